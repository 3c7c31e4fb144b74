"""What every page of the article has, and that pages and figures fit together."""

import ast
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml

from neural.activations import sigmoid

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# The article's own pages; the guide and the reference of the code are not part of it.
PAGES = sorted([*DOCS.glob("*.md"), *DOCS.glob("activations/*.md")])
NOTEBOOKS = sorted(DOCS.glob("notebooks/*.py"))

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
every_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)

FENCE = re.compile(
    r"^[ ]*(?P<ticks>`{3,})(?P<kind>\w*)[^\n`]*\n(?P<body>.*?)^[ ]*(?P=ticks)$",
    re.MULTILINE | re.DOTALL,
)
FIGURE = re.compile(r"^!\[(?P<caption>.+)\]\(figure:(?P<name>[\w-]+)\)$", re.MULTILINE)


def prose(page: Path) -> str:
    """Give the text of a page without what stands in fences."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def formulas(page: Path) -> list[str]:
    """Give the TeX of all formulas of a page, displayed and inline."""
    text = page.read_text(encoding="utf-8")
    displayed = [fence["body"] for fence in FENCE.finditer(text) if fence["kind"] == "math"]
    return displayed + re.findall(r"\$`(.*?)`\$", prose(page))


def shown_figures() -> list[str]:
    """Give the names of all figures on the pages, in any order."""
    pages = map(prose, DOCS.rglob("*.md"))
    return [figure["name"] for page in pages for figure in FIGURE.finditer(page)]


def declared_figures() -> set[str]:
    """Give the names of all functions with the decorator `@figure`."""
    names = set()
    for module in (ROOT / "figures").glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "figure":
                    given = {word.arg: word.value for word in decorator.keywords}.get("name")
                    names.add(ast.literal_eval(given) if given else node.name.replace("_", "-"))
    return names


def test_there_are_pages() -> None:
    """The article has its pages and notebooks where the tests look for them."""
    assert DOCS / "index.md" in PAGES
    assert DOCS / "activations" / "relu.md" in PAGES
    assert len(NOTEBOOKS) == 4


@every_page
def test_page_has_a_description(page: Path) -> None:
    """The front matter of a page describes it in one sentence."""
    match = re.match(r"---\n(.*?)\n---\n", page.read_text(encoding="utf-8"), re.DOTALL)
    assert match
    description = yaml.safe_load(match[1])["description"]
    assert 20 < len(description) < 160
    assert description.endswith(".")
    assert description.count(". ") == 0


@every_page
def test_page_has_one_first_heading(page: Path) -> None:
    """A page has exactly one heading of the first level."""
    assert len(re.findall(r"^# ", prose(page), re.MULTILINE)) == 1


@every_notebook
def test_notebook_begins_with_its_title(notebook: Path) -> None:
    """The first cell of a notebook is Markdown and begins with the one first heading."""
    cells = re.split(r"^# %%", notebook.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    markdown = [cell for cell in cells if cell.startswith(" [markdown]\n")]
    assert cells[0].startswith(" [markdown]\n# # ")
    assert sum(len(re.findall(r"^# # ", cell, re.MULTILINE)) for cell in markdown) == 1


@every_page
def test_fences_are_closed(page: Path) -> None:
    """Every line of three backticks belongs to a fence that is opened and closed."""
    assert "```" not in prose(page)


def test_figures_on_pages_are_declared() -> None:
    """Every figure on a page is drawn by a function in figures/."""
    assert set(shown_figures()) <= declared_figures()


def test_declared_figures_are_on_pages() -> None:
    """Every function in figures/ draws for some page, and no figure is shown twice."""
    assert Counter(shown_figures()) == Counter(declared_figures())


@every_page
def test_figures_are_spoken_of(page: Path) -> None:
    """The prose of a page refers to each figure that the page shows."""
    text = prose(page)
    for figure in FIGURE.finditer(text):
        assert re.search(rf"@fig-{figure['name']}(?![\w-])", text), figure["name"]


@every_page
def test_references_lead_to_figures(page: Path) -> None:
    """Every reference to a figure names one that some page shows."""
    references = re.findall(r"@fig-([\w-]+)", prose(page))
    assert set(references) <= set(shown_figures())


def test_labels_of_equations_are_unique() -> None:
    """No two equations of the article have the same label."""
    text = "\n".join(formula for page in PAGES for formula in formulas(page))
    labels = Counter(re.findall(r"^\s*% label: (\S+)$", text, re.MULTILINE))
    assert labels
    assert set(labels.values()) == {1}


@every_page
def test_the_loss_is_called_l(page: Path) -> None:
    """No formula has the letter E, which the first version used for the loss at times.

    Only the page of corrections may quote it.
    """
    words = re.compile(r"\\(text|operatorname)\{[^{}]*\}|\\[A-Za-z]+")
    named_e = [tex for tex in formulas(page) if "E" in words.sub("", tex)]
    assert named_e == (["E"] if page.name == "corrections.md" else [])


def test_sigmoid_is_exactly_one_from_a_first_float_on() -> None:
    """The first float at which sigmoid is 1.0 is 53 log 2 up to rounding, and the next all are.

    The pages on sigmoid and on corrections say so.
    """
    low, high = 1.0, 100.0
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (low, middle) if sigmoid(middle) == 1 else (middle, high)
    assert high == pytest.approx(53 * np.log(2), rel=1e-14)
    for _ in range(1000):
        assert sigmoid(high) == 1
        assert sigmoid(low) < 1
        low, high = np.nextafter(low, 0.0), np.nextafter(high, 100.0)
