"""Notebooks on a site that MkDocs builds, with mkdocs-jupyter to tell which files they are."""

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from building import build

from truepage.check import examine_notebooks
from truepage.cli import main
from truepage.engine.batch import run_tasks
from truepage.engine.context import BuildContext
from truepage.engine.errors import DrawingError
from truepage.engine.project import find_project
from truepage.notebooks.notebook_site import NotebookSite

Write = Callable[[Path, Mapping[str, str | bytes]], Path]

CONFIG = """\
site_name: Notebooks
theme:
  name: material
  font: false
plugins:
  - search
  - truepage
  - mkdocs-jupyter:
      include: ["notebooks/*"]
      execute: true
markdown_extensions:
  - admonition
  - toc
  - pymdownx.superfences
  - truepage
validation:
  anchors: warn
nav:
  - index.md
  - notebooks/first.py
  - notebooks/second.ipynb
  - last.md
"""

FIRST = """\
# %% [markdown]
# # The first notebook
#
# Prose, with $x^2$, a link to [the second](second.ipynb) and [the start](../index.md#begin).
#
# $$
# % label: eq-double
# 2x
# $$

# %%
# fig: slope — A slope, $2x$.
# alt: A line that rises by $2^3$.
import matplotlib.pyplot as plt

from library import double

_, axes = plt.subplots(figsize=(2, 1))
_ = axes.plot([0, double(1)])
print("uniqueword")
"""

SECOND = {
    "cells": [
        {
            "cell_type": "markdown",
            "id": "a",
            "metadata": {},
            "source": "# The second\n\n@fig-slope",
        },
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {"tags": ["answer"]},
            "source": "6 * 7",
            "outputs": [],
            "execution_count": None,
        },
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}

FILES = {
    "pyproject.toml": "",
    "mkdocs.yml": CONFIG,
    "src/library.py": "def double(x):\n    return 2 * x\n\n\ndef other(x):\n    return x\n",
    "docs/index.md": "# Start\n\n## Begin\n\n![Flat.](figure:flat)\n\n"
    "[First](notebooks/first.py), @fig-slope, @eq-double.\n",
    "docs/last.md": "# Last\n\n![High.](figure:high)\n",
    "docs/notebooks/first.py": FIRST,
    "docs/notebooks/second.ipynb": json.dumps(SECOND),
    "figures/lines.py": """\
from matplotlib.figure import Figure
from truepage import figure


@figure(alt="Flat.")
def flat():
    return Figure(figsize=(2, 1))


@figure(alt="High.")
def high():
    return Figure(figsize=(1, 2))
""",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, write: Write) -> Path:
    """Root of a site with two notebooks, built."""
    root = write(tmp_path_factory.mktemp("notebooks"), FILES)
    done = build(root)
    assert done.returncode == 0, done.stderr
    assert "2 notebooks executed, 0 fresh" in done.stderr
    return root


def page(root: Path, name: str) -> str:
    """Return a built page."""
    return (root / "site" / name / "index.html").read_text(encoding="utf-8")


def test_a_notebook_is_a_page_like_others(site: Path) -> None:
    """Its title, formulas and figure are the site's; nothing of JupyterLab's is there."""
    text = page(site, "notebooks/first")
    assert "<title>The first notebook - Notebooks</title>" in text
    assert text.count('class="katex"') == 3
    figure = re.search(r'<figure [^>]*id="fig-slope".*?<svg.*?</figure>', text, re.DOTALL)
    assert figure
    assert "$" not in figure[0]
    assert figure[0].count('class="katex"') == 1, "in its caption"
    assert "A line that rises by 2^3." in figure[0]
    assert "jp-" not in text
    assert "<style" not in text.partition("<body")[2]
    assert len(text) < 90_000


def test_figures_and_equations_have_numbers_in_reading_order(site: Path) -> None:
    """Over pages and notebooks; references lead from any of them to any other."""
    for name, number in (("", 1), ("notebooks/first", 2), ("last", 3)):
        assert f">Figure {number}.</span>" in page(site, name)
    assert re.search(r'href="notebooks/first/#fig-slope"[^>]*>Figure 2<', page(site, ""))
    assert re.search(r'href="notebooks/first/#eq-double"[^>]*>Equation', page(site, ""))
    assert re.search(r'href="\.\./first/#fig-slope"[^>]*>Figure 2<', page(site, "notebooks/second"))


def test_links_lead_to_pages(site: Path) -> None:
    """From pages to notebooks, from notebooks to each other and to pages."""
    assert '<a href="notebooks/first/">First</a>' in page(site, "")
    text = page(site, "notebooks/first")
    assert '<a href="../second/">the second</a>' in text
    assert '<a href="../../#begin">the start</a>' in text


def test_the_search_holds_each_thing_once(site: Path) -> None:
    """Prose, code, and what the code shows."""
    index = json.loads((site / "site/search/search_index.json").read_text())
    found = [entry for entry in index["docs"] if entry["location"].startswith("notebooks/first")]
    text = " ".join(entry["title"] + " " + entry["text"] for entry in found)
    assert text.count("Prose, with") == 1
    assert text.count("from library import double") == 1
    assert text.count("uniqueword") == 2  # in the code, and shown


def test_answers_are_folded(site: Path) -> None:
    """By an element that needs no script."""
    text = page(site, "notebooks/second")
    assert re.search(
        r"<details class=\"success\">\s*<summary>Answer</summary>.*?42", text, re.DOTALL
    )


def test_readers_can_take_the_notebook_away(site: Path) -> None:
    """As .ipynb with results, as .py, and with all that it needs; the links lead there."""
    for name in ("first", "second"):
        tags = re.findall(r"<a [^>]*assets/notebooks[^>]*>", page(site, f"notebooks/{name}"))
        links = [
            [re.search(rf' {kind}="([^"]*)"', tag)[1] for kind in ("href", "download")]  # type: ignore[index]
            for tag in tags
        ]
        assert [file for _, file in links] == [f"{name}.{kind}" for kind in ("ipynb", "py", "zip")]
        for address, _ in links:
            assert (site / "site/notebooks" / name / address).is_file()


def test_nothing_of_this_machine_is_on_a_page(site: Path) -> None:
    """Nor in what readers take away."""
    for path in (site / "site").rglob("*"):
        if path.suffix in {".html", ".ipynb", ".py", ".json", ".svg"}:
            assert str(site) not in path.read_text(encoding="utf-8")


def test_an_unchanged_site_executes_nothing_and_an_edit_one(site: Path) -> None:
    """And the page has the new result."""
    assert "0 notebooks executed, 2 fresh" in build(site).stderr
    library = site / "src/library.py"
    before = library.read_text()
    try:
        library.write_text(before.replace("return x", "return -x"))
        assert "0 notebooks executed, 2 fresh" in build(site).stderr
        library.write_text(before.replace("2 * x", "3 * x"))
        assert "1 notebooks executed, 1 fresh" in build(site).stderr
    finally:
        library.write_text(before)
    assert "0 notebooks executed, 2 fresh" in build(site).stderr


@pytest.mark.parametrize(
    ("file", "before", "after", "words"),
    [
        ("notebooks/first.py", "double(1)", "double()", r"cell 1: TypeError.*\n.*first\.py:19: "),
        ("notebooks/first.py", "$x^2$", r"$\nothing$", r"docs/notebooks/first\.py:4: .*KaTeX"),
        ("notebooks/first.py", "(second.ipynb)", "(third.ipynb)", r"third\.ipynb"),
        ("index.md", "(notebooks/first.py)", "(notebooks/none.py)", r"notebooks/none\.py"),
        ("notebooks/first.py", "# fig: slope", "# fig: flat", r"first\.py:12: a second figure"),
        ("notebooks/second.ipynb", "@fig-slope", "@fig-none", r"second\.ipynb:3: @fig-none refers"),
    ],
)
def test_a_mistake_fails_the_build_with_its_place(
    tmp_path: Path, write: Write, file: str, before: str, after: str, words: str
) -> None:
    """In code, in prose, in a link in either direction, in a name, in a reference."""
    root = write(tmp_path, FILES)
    path = root / "docs" / file
    path.write_text(path.read_text().replace(before, after, 1))
    done = build(root)
    assert done.returncode != 0
    assert re.search(words, done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def notebook_site(root: Path) -> NotebookSite:
    """Return the notebooks of a project, read anew."""
    options = {"include": ["notebooks/*"], "ignore": [], "execute": True}
    return NotebookSite(BuildContext(find_project(root)), root / "docs", options)


def receive(site: NotebookSite, root: Path, earlier: NotebookSite | None) -> None:
    """Execute and make pages."""
    batch = run_tasks(BuildContext(find_project(root)), site.tasks.values())
    site.receive(batch, earlier)


def test_in_a_preview_the_earlier_page_stays_and_says_what_failed(
    tmp_path: Path, write: Write
) -> None:
    """A build ends instead; the figure and the downloads stay, too."""
    root = write(tmp_path, FILES)
    first = notebook_site(root)
    receive(first, root, None)
    path = root / "docs/notebooks/first.py"
    path.write_text(path.read_text().replace("double(1)", "double()"))
    with pytest.raises(DrawingError, match="cell 1: TypeError"):
        receive(notebook_site(root), root, None)
    second = notebook_site(root)
    receive(second, root, first)
    text = second.pages["notebooks/first.py"].text
    assert text.startswith("# The first notebook\n\n!!! failure")
    assert "cell 1: TypeError" in text
    assert "uniqueword\n```" in text
    assert "slope" in second.figures
    assert second.files == first.files
    third = notebook_site(root)
    receive(third, root, second)
    assert third.pages["notebooks/first.py"].text.count("!!! failure") == 1


def test_a_check_says_which_output_differs(tmp_path: Path, write: Write) -> None:
    """Of a notebook that shows another thing each time."""
    code = "# %%\nprint('always')\n\n# %%\nimport time\n\nprint('never', time.time_ns())\n"
    root = write(tmp_path, {**FILES, "docs/notebooks/first.py": code})
    (root / "docs/index.md").write_text("# Start")
    count, findings = examine_notebooks(find_project(root), lambda *_: None)
    assert count == 2
    (finding,) = findings
    assert finding.facts.name == "notebooks/first"
    assert "is not deterministic" in finding.facts.message
    assert re.search(r"\n    cell 2 shows 'never .*' and the other time", finding.facts.message)


def test_the_commands_know_notebooks(
    tmp_path: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """`render`, `list`, `why` and `uses`; a name of a figure or a notebook chooses."""
    root = write(tmp_path, FILES)

    def run(*arguments: str) -> str:
        code = main(["--root", str(root), *arguments])
        told = capsys.readouterr()
        assert code == 0, told.err
        return told.out

    assert "notebooks/first   missing" in run("list")
    assert "0 figures drawn" in run("render", "notebooks/first")
    assert "1 notebook executed, 1 fresh." in run("render")
    assert "0 notebooks executed, 2 fresh." in run("render")
    assert "notebooks/first   fresh" in run("list")
    assert "function `library.double`" in run("why", "notebooks/first")
    assert "library.other" not in run("why", "notebooks/first")
    assert run("uses", "library.double") == "notebooks/first  docs/notebooks/first.py\n"
    path = root / "src/library.py"
    path.write_text(path.read_text().replace("2 * x", "x * 2"))
    assert "because function `library.double` changed" in run("why", "notebooks/first")
    document = json.loads(run("render", "--json"))
    assert document["executed"].keys() == {"notebooks/first"}
    assert main(["--root", str(root), "why", "notebooks/frist"]) == 1
    assert "did you mean 'notebooks/first'?" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="asks for a terminal as Unix has them")
def test_a_terminal_shows_how_it_goes(tmp_path: Path, write: Write) -> None:
    """Each figure and notebook when it is done, by the name that commands know it by."""
    root = write(tmp_path, FILES)
    terminal, end = os.openpty()
    command = [sys.executable, "-m", "mkdocs", "build"]
    with subprocess.Popen(command, cwd=root, stdout=end, stderr=end) as building:
        os.close(end)
        said = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while more := os.read(terminal, 4096):
                said += more
    os.close(terminal)
    assert building.returncode == 0, said.decode()
    told = re.findall(r"\[(\d)/4\] (\S+)  [\d.]+ s", said.decode())
    assert [number for number, _ in told] == ["1", "2", "3", "4"]
    assert sorted(name for _, name in told) == [
        "flat",
        "high",
        "notebooks/first",
        "notebooks/second",
    ]
