"""`truepage new`: what it writes builds as it is, and it touches nothing that is there."""

import re
from pathlib import Path

import pytest

from truepage.cli import main


def tree(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_new_project_builds_strict_and_shows_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a folder that was not there, without a `pyproject.toml`; all is on one page."""
    monkeypatch.chdir(tmp_path)
    assert main(["new", "waves"]) == 0
    told = capsys.readouterr().out
    assert told.endswith("Now: cd waves && mkdocs serve\n")
    root = tmp_path / "waves"
    assert sorted(
        re.findall(r"waves/([^\s,]+?)[.,]?(?=[\s,])", told.partition("\n")[0] + "\n")
    ) == (sorted(tree(root)))
    assert "site_name: waves\n" in (root / "mkdocs.yml").read_text()
    assert main(["--root", "waves", "equations"]) == 0

    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    config = load_config(str(root / "mkdocs.yml"), strict=True, site_dir=str(tmp_path / "site"))
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    page = (tmp_path / "site/index.html").read_text()
    assert page.count('<figure class="truepage-figure"') == 2
    assert page.count('<input type="range"') == 1
    assert 'href="#eq-damped"' in page
    assert "checked" in page.lower()
    assert ">0.22<" in page
    assert "The Theory of Sound" in page


def test_a_site_that_is_there_gets_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its files stay as they are; what its configuration needs is said."""
    monkeypatch.chdir(tmp_path)
    before = {"mkdocs.yml": b"site_name: Old\ndocs_dir: pages\n", "pages/index.md": b"# Old\n"}
    for name, content in before.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert main(["new", "."]) == 0
    told = capsys.readouterr().out
    after = tree(tmp_path)
    assert before.items() <= after.items()
    assert {"pages/truepage.md", "pages/references.bib", "src/oscillation.py"} <= after.keys()
    assert "\n    plugins:\n      - search\n      - truepage\n" in told
    assert told.endswith("Now: mkdocs serve\n")

    assert main(["new", "."]) == 1
    assert tree(tmp_path) == after
    assert "pages/truepage.md: is there, and `truepage new`" in capsys.readouterr().err
