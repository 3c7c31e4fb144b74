"""Maths on a site that MkDocs builds with Material: titles, numbers, links, the search."""

import html
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from building import build

Write = Callable[[Path, Mapping[str, str | bytes]], Path]

FENCE = "```math\n% label: eq-{0}\n{1}\n```\n"

SITE = {
    "mkdocs.yml": """\
site_name: Maths
site_url: https://maths.example/
theme: { name: material, font: false }
nav: [index.md, sub/second.md, third.md]
plugins: [search, truepage]
markdown_extensions:
  - tables
  - toc: { permalink: true }
  - pymdownx.superfences
  - pymdownx.snippets: { base_path: [parts], check_paths: true }
validation: { anchors: warn, links: { not_found: warn } }
""",
    "docs/index.md": f"""\
---
description: The first page.
---
# The $`\\sigma`$ function

Its slope is $`\\sigma'(x) < \\frac{{1}}{{2}}`$, see @eq-late, @eq-part and [this](#eq-first).

{FENCE.format("first", "x^2")}
## Where $`x_1 < 0`$

| a | b |
|---|---|
| $`|x|`$ | y |

![Picture of $`\\alpha`$](picture.png)
""",
    "docs/sub/second.md": '# Second $`\\beta`$\n\n--8<-- "part.md"\n\n@eq-first and @eq-part.\n',
    "docs/third.md": f"# Third\n\n{FENCE.format('late', 'z')}\n[link](sub/second.md#eq-part)\n",
    "docs/picture.png": b"\x89PNG",
    "figures/none.py": "",
    "parts/part.md": FENCE.format("part", "y^2"),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, write: Write) -> Path:
    """Root of the site, built."""
    root = write(tmp_path_factory.mktemp("maths"), SITE)
    done = build(root)
    assert done.returncode == 0, done.stderr
    return root


def page(root: Path, name: str) -> str:
    """Return a built page."""
    return (root / "site" / name).read_text(encoding="utf-8")


def test_titles_hold_the_formula_as_text(root: Path) -> None:
    """Of the page, in the navigation, and in the table of contents; addresses are words."""
    first = page(root, "index.html")
    assert "<title>Second β - Maths</title>" in page(root, "sub/second/index.html")
    tags = re.sub(r"<[^>]+>", "", first)
    assert len(re.findall(r"^\s*The σ function\s*$", tags, re.MULTILINE)) >= 2
    for name in ("index.html", "third/index.html"):
        navigation = re.findall(r"<nav .*?</nav>", page(root, name), re.DOTALL)
        assert "katex" not in "".join(navigation)
    assert '<h2 id="where-x_1-0">' in first
    assert re.search(r'href="#where-x_1-0".*?x_1 &lt; 0', first, re.DOTALL)


def test_equations_are_numbered_over_the_site(root: Path) -> None:
    """In the order of the navigation, snippets where they are included."""
    numbers = {
        name: re.findall(r'id="(eq-[a-z]+)".*?>\((\d)\)</a>', page(root, name), re.DOTALL)
        for name in ("index.html", "sub/second/index.html", "third/index.html")
    }
    assert numbers == {
        "index.html": [("eq-first", "1")],
        "sub/second/index.html": [("eq-part", "2")],
        "third/index.html": [("eq-late", "3")],
    }


def test_references_lead_from_any_page_to_the_equation(root: Path) -> None:
    """And ordinary links to its anchor are known to MkDocs."""
    links = {
        name: re.findall(r'reference" href="([^"]*)">(Equation \d)<', page(root, name))
        for name in ("index.html", "sub/second/index.html")
    }
    assert links == {
        "index.html": [("third/#eq-late", "Equation 3"), ("sub/second/#eq-part", "Equation 2")],
        "sub/second/index.html": [("../../#eq-first", "Equation 1"), ("#eq-part", "Equation 2")],
    }
    assert 'href="../sub/second/#eq-part">link</a>' in page(root, "third/index.html")


def test_the_search_has_each_formula_once_as_text(root: Path) -> None:
    """In titles, running text, tables and displays; no TeX, and no marks."""
    index = json.loads((root / "site/search/search_index.json").read_text(encoding="utf-8"))
    entries = {entry["location"]: entry for entry in index["docs"]}
    text = html.unescape(re.sub(r"<[^>]+>", "", entries[""]["text"]))
    assert entries[""]["title"] == "The σ function"
    assert text.split("\n")[0].startswith("Its slope is σ′(x) < 1/2, see Equation 3, Equation 2")
    assert text.rstrip().endswith("x^2 (1)")
    section = entries["#where-x_1-0"]
    assert html.unescape(section["title"]) == "Where x_1 < 0"
    assert re.sub(r"<[^>]+>", "", section["text"]).split() == ["a", "b", "|x|", "y"]
    assert not re.search(r"katex|\\\\|formula=", json.dumps(index["docs"], ensure_ascii=False))


def test_pages_show_the_formulas_all_the_same(root: Path) -> None:
    """What the search read was put back."""
    first = page(root, "index.html")
    assert first.count('<span class="katex">') == 5
    assert "data-truepage-formula" not in first
    assert 'alt="Picture of α"' in first


def test_a_second_build_sets_nothing_and_builds_the_same(root: Path) -> None:
    """What is kept is not written anew; it goes by the formula, not by the page."""
    kept = root / ".truepage" / "formulas"
    before, pages = kept.stat().st_mtime_ns, page(root, "index.html")
    done = build(root)
    assert done.returncode == 0, done.stderr
    assert kept.stat().st_mtime_ns == before
    assert page(root, "index.html") == pages


def test_problems_of_all_pages_are_told_with_line_and_column(tmp_path: Path, write: Write) -> None:
    """Front matter counts; a label given twice is told with both places, also across pages."""
    root = write(
        tmp_path,
        {
            **SITE,
            "docs/index.md": "---\ntitle: A\n---\n\na $`x + \\foo`$\n\n"
            + FENCE.format("part", "x"),
            "docs/third.md": "# Third\n\n> a @eq-lat\n",
        },
    )
    done = build(root)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for words in (
        "docs/index.md:5:9: KaTeX cannot set this formula: Undefined control sequence: \\foo\n"
        "    x + \\foo\n        ^\n",
        "docs/sub/second.md:3:1: the label 'eq-part' is given a second time; "
        "the first is at docs/index.md:8:1.",
        "docs/third.md:3: @eq-lat refers to an equation that is on no page; ",
    ):
        assert done.stderr.count(words) == 1, done.stderr
