"""The root of a project and its four options."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from truepage.engine.errors import TruepageError
from truepage.engine.project import find_project

Make = Callable[[Mapping[str, str | bytes]], Path]


def test_all_options_have_defaults(make: Make) -> None:
    """An empty pyproject.toml is enough."""
    root = make({})
    project = find_project(root)
    assert project.root == root.resolve()
    assert project.figures_dir == root / "figures"
    assert project.source_dirs == (root / "src",)
    assert project.cache_dir == root / ".truepage"
    assert project.rendered_dir == root / "figures" / "rendered"
    assert project.jobs >= 1


def test_the_project_is_found_from_a_folder_inside_it(make: Make) -> None:
    """The nearest pyproject.toml above counts."""
    root = make({"docs/deep/page.md": ""})
    assert find_project(root / "docs/deep").root == root


def test_options_are_read(make: Make, tmp_path: Path) -> None:
    """Folders are taken from the root, or as they are when absolute."""
    text = f"""[tool.truepage]
figures_dir = "art/figures"
source_dirs = ["lib", "{tmp_path / "elsewhere"}"]
cache_dir = "../cache"
jobs = 3
"""
    project = find_project(make({"pyproject.toml": text}))
    assert project.figures_dir == tmp_path / "art/figures"
    assert project.source_dirs == (tmp_path / "lib", tmp_path / "elsewhere")
    assert project.cache_dir == tmp_path.parent / "cache"
    assert project.jobs == 3


@pytest.mark.parametrize(
    "line",
    [
        "figures_dir = 5",
        'figures_dir = ""',
        'source_dirs = "src"',
        "source_dirs = [5]",
        "cache_dir = []",
        "jobs = 0",
        "jobs = -1",
        "jobs = true",
        "jobs = 1.5",
        'jobs = "2"',
        'colour = "red"',
    ],
)
def test_an_option_that_makes_no_sense_is_an_error_with_file_and_option(
    make: Make, line: str
) -> None:
    """The message names the file, the option and what is expected instead."""
    root = make({"pyproject.toml": f"[tool.truepage]\n{line}\n"})
    with pytest.raises(TruepageError) as caught:
        find_project(root)
    message = str(caught.value)
    assert message.startswith(f"{root / 'pyproject.toml'}: [tool.truepage] ")
    assert line.split(" ")[0] in message
    assert "expected" in message or "it has" in message


@pytest.mark.parametrize(
    "text", ["[tool\n", "x = \xe9\n".encode("latin-1"), "[tool]\ntruepage = 3\n"]
)
def test_a_pyproject_that_cannot_be_read_is_an_error(make: Make, text: str | bytes) -> None:
    """TOML that is none, bytes that are no UTF-8, a table that is a number."""
    root = make({"pyproject.toml": text})
    with pytest.raises(TruepageError, match=r"pyproject\.toml: "):
        find_project(root)


def test_outside_a_project_the_error_says_what_to_create(tmp_path: Path) -> None:
    """No pyproject.toml here or above."""
    assert not any((folder / "pyproject.toml").exists() for folder in tmp_path.parents)
    with pytest.raises(
        TruepageError, match=r"found no pyproject\.toml and no mkdocs\.yml here or "
    ):
        find_project(tmp_path)


def test_the_host_file_alone_makes_a_project(tmp_path: Path) -> None:
    """Where there is a `pyproject.toml`, be it further up, that is the root."""
    (tmp_path / "site/docs").mkdir(parents=True)
    (tmp_path / "site/mkdocs.yml").write_text("site_name: A")
    assert find_project(tmp_path / "site/docs").root == tmp_path / "site"
    (tmp_path / "pyproject.toml").write_text("")
    assert find_project(tmp_path / "site/docs").root == tmp_path
