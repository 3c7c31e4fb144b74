"""Tables and sections with numbers, and references to them."""

import re
from pathlib import Path

import markdown
import pytest

from truepage.engine.errors import PageError
from truepage.markdown import TruepageExtension
from truepage.markdown.references import number, unused

TABLE = """See @tbl-ranges.

Table: Ranges, with ``$`x`$`` and *words*. {#tbl-ranges}

| f | range |
|---|---|
| a | b |
"""


def convert(text: str, root: Path) -> str:
    """Give the HTML of a page."""
    extension = TruepageExtension(root=str(root), page="page.md")
    return markdown.markdown(text, extensions=["tables", extension])


def test_a_table_has_its_caption_within_it(tmp_path: Path) -> None:
    """The caption is the table's own, with its number; the reference leads to the table."""
    html = convert(TABLE.replace("``", ""), tmp_path)
    assert '<a class="truepage-reference" href="#tbl-ranges">Table 1</a>' in html
    caption = re.search(r'<table id="tbl-ranges">\s*<caption>(.*?)</caption>', html, re.DOTALL)
    assert caption
    assert caption[1].startswith('<span class="truepage-number">Table 1.</span> Ranges, with ')
    assert "<em>words</em>" in caption[1]
    assert 'class="katex"' in caption[1]
    assert "{#tbl" not in html


def test_a_section_has_its_number_beside_its_heading(tmp_path: Path) -> None:
    """The heading's text stays as it was written, and headings without a label have no number."""
    html = convert("# Title\n\n## Plain\n\n## Why {#sec-why}\n\nSee @sec-why.\n", tmp_path)
    assert '<h2 data-section="§ 1" id="sec-why">Why</h2>' in html
    assert "<h2>Plain</h2>" in html
    assert '<a class="truepage-reference" href="#sec-why">Section 1</a>' in html


def test_numbers_follow_reading_order_over_the_site() -> None:
    """Tables and sections are counted apart, over all pages."""
    one = "## A {#sec-a}\n\nTable: T. {#tbl-t}\n\n## B {#sec-b}\n"
    two = "## C {#sec-c}\n\n```\nTable: No. {#tbl-no}\n## No {#sec-no}\n```\n\nTable: U. {#tbl-u}\n"
    found = number({"one.md": one, "two.md": two})
    assert {label: (named.number, named.page) for label, named in found.items()} == {
        "sec-a": (1, "one.md"),
        "sec-b": (2, "one.md"),
        "sec-c": (3, "two.md"),
        "tbl-t": (1, "one.md"),
        "tbl-u": (2, "two.md"),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Table: Alone. {#tbl-alone}\n\nText.\n",
            "page.md:1: the caption 'tbl-alone' has no table after it",
        ),
        (
            f"{TABLE.replace('``', '')}\nNow @tbl-range.\n",
            "page.md:9: @tbl-range refers to a table",
        ),
        ("## A {#sec-a}\n\nSee @sec-b.\n", "page.md:3: @sec-b refers to a section"),
        ("## A {#sec-a}\n\n## B {#sec-a}\n", "page.md:3: the label 'sec-a' is given a second time"),
    ],
)
def test_what_is_wrong_has_page_and_line(text: str, message: str, tmp_path: Path) -> None:
    """A caption without a table, an unknown label, and a label that is given twice."""
    with pytest.raises(PageError) as error:
        convert(text, tmp_path)
    assert message in str(error.value)


def test_a_label_that_nothing_refers_to_is_told_with_page_and_line() -> None:
    """A label of a table or section is for references; a link by its anchor is one, too."""
    pages = {"a.md": "# A\n\n## B {#sec-b}\n", "c.md": TABLE.replace("See @tbl-ranges.", "")}
    assert unused(pages) == [
        "a.md:3: nothing refers to 'sec-b'; expected @sec-b on some page, or no such label.",
        "c.md:3: nothing refers to 'tbl-ranges'; expected @tbl-ranges on some page, "
        "or no such label.",
    ]
    assert unused({**pages, "d.md": "[B](a.md#sec-b), @tbl-ranges"}) == []
