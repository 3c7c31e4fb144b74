"""What is known of a page: minutes to read, the day of its last change, and its citation."""

import os
import subprocess
from datetime import date
from pathlib import Path

import pytest
from pybtex.database import parse_string

from truepage.pages.facts import PageFacts, last_changes, reading_minutes, with_facts


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two pages, of which one was changed a year later."""
    root = tmp_path / "project"
    (root / "docs" / "sub").mkdir(parents=True)

    def commit(day: str, *files: str) -> None:
        for file in files:
            (root / file).write_text(day, encoding="utf-8")
        stamp = f"{day}T23:30:00+12:00"
        who = {
            f"GIT_{role}_{part}": "x"
            for role in ("AUTHOR", "COMMITTER")
            for part in ("NAME", "EMAIL")
        }
        when = {"GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp}
        for command in (["add", "."], ["commit", "-q", "-m", day]):
            subprocess.run(
                ["git", *command], cwd=root, env={**os.environ, **who, **when}, check=True
            )

    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    commit("2024-05-06", "docs/a b.md", "docs/sub/ü.md")
    commit("2025-05-06", "docs/sub/ü.md")
    return root


def test_each_file_has_the_day_of_its_last_commit(repository: Path) -> None:
    """By the author's calendar; names with spaces and letters of any alphabet, too."""
    assert last_changes(repository, "docs") == {
        "docs/a b.md": date(2024, 5, 6),
        "docs/sub/ü.md": date(2025, 5, 6),
    }


def test_a_project_within_a_repository_has_its_own_paths(repository: Path) -> None:
    """Paths are relative to the project's root."""
    assert last_changes(repository / "docs", "sub") == {"sub/ü.md": date(2025, 5, 6)}


def test_without_git_or_with_half_a_history_no_day_is_known(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shallow clone would give every file the day of the last commit; that is no answer."""
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth=1", repository.as_uri(), shallow], check=True)
    assert last_changes(shallow, "docs") == {}
    (tmp_path / "bare").mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert last_changes(tmp_path / "bare", "docs") == {}
    monkeypatch.setenv("PATH", "")
    assert last_changes(repository, "docs") == {}


def test_code_and_front_matter_take_no_time_and_formulas_do() -> None:
    """Minutes count words, and a display formula as several."""
    assert reading_minutes("word " * 400) == 2
    assert reading_minutes("word " * 400 + "\n```python\n" + "code " * 4000 + "\n```\n") == 2
    assert reading_minutes("Short.") == 1
    assert reading_minutes("```math\nx\n```\n\n" * 100) > 5


def test_the_citation_is_bibtex() -> None:
    """Another program reads it, whole."""
    facts = PageFacts(
        "Leaky ReLU", "Site", "The Authors", "https://x.example/", 3, date(2025, 1, 2)
    )
    entry = parse_string(facts.citation(), "bibtex").entries["leaky-relu2025"]
    assert dict(entry.fields) == {
        "title": "Leaky ReLU",
        "organization": "Site",
        "year": "2025",
        "url": "https://x.example/",
    }
    assert entry.persons["author"][0].last_names == ["{The Authors}"]


def test_facts_stand_under_the_title_and_at_the_end() -> None:
    """Without a day and without corrections there is still the time it takes to read."""
    html = with_facts("<article><h1>A</h1><p>B</p></article>", PageFacts("A", "A", "", "", 1))
    assert html.startswith('<article><h1>A</h1>\n<p class="truepage-facts">1 minute to read</p>')
    assert html.endswith("</details>\n</article>")
