"""The Markdown extension in plain Python-Markdown: figures, references, listings, maths."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import markdown
import pytest
from standins import StandIn

from truepage.engine.errors import PageError
from truepage.markdown.page import PageFigure
from truepage.markdown.references import Numbered, number
from truepage.markdown.shown import view
from truepage.pages.highlighting import Highlighting
from truepage.pages.listing import CodeListing

HOST = ["admonition", "attr_list", "tables", "toc", "pymdownx.superfences", "pymdownx.tabbed"]


CODE = CodeListing("lines.flat", "figures/lines.py", 7, "def flat():\n    return 1 < 2")


class Site(StandIn):
    """A site with two figures, one symbol, and figure `other` on another page."""

    def __init__(self, text: str) -> None:
        super().__init__({"page.md": text, "sub/next.md": "![B.](figure:other)"})

    def figure(self, name: str, page: str) -> PageFigure | str:
        """Return the picture of `flat` or `other`."""
        if name not in {"flat", "other"}:
            return f"no figure is named {name!r}."
        return PageFigure(
            name,
            alt='A "flat" line < 1 & > 0.',
            width=576,
            height=365,
            drawing=f'<svg id="{name}" width="576" height="365"><text>a_b *c*</text></svg>',
            answers='{"panels":[{"name":"</script>"}]}',
            sweep={"name": "slope & bias", "shown": ["0", "0.5"], "start": 1},
            table={"heads": ["x", "f < g"], "rows": [["-1e-05", "a-b"]], "of": 40},
            downloads={"CSV": "../flat.csv", "SVG": "../flat.svg"},
            code=Highlighting().highlighted(CODE),
        )

    def listing(self, symbol: str) -> CodeListing | str:
        """Return the source of `package.f`."""
        if symbol != "package.f":
            return f"no {symbol!r}."
        return CodeListing(symbol, "src/package.py", 3, "def f():\n\n    return '$`x`$ ```'")


def convert(text: str, *, extensions: list[str] = HOST, **options: Any) -> str:
    """Convert a page `docs/page.md` of the site."""
    return markdown.markdown(
        text,
        extensions=["truepage", *extensions],
        extension_configs={
            "truepage": {"site": Site(text), "page": "docs/page.md", **options},
            "pymdownx.tabbed": {"alternate_style": True},
        },
    )


def problems(text: str, **options: Any) -> list[str]:
    """Return the first lines of the problems that a page has."""
    with pytest.raises(PageError) as caught:
        convert(text, **options)
    return [line for line in str(caught.value).split("\n") if not line.startswith("    ")]


def parsed(html: str) -> ElementTree.Element:
    """Return the page as a parser of XML sees it."""
    return ElementTree.fromstring(f"<body>{html}</body>")  # noqa: S314 (our own output)


def figures(html: str) -> list[ElementTree.Element]:
    """Return the page's figures, as a parser of XML sees them."""
    return list(parsed(html).iter("figure"))


def math(html: str) -> list[str]:
    """Return the TeX of each formula that was set."""
    return re.findall(r'<annotation encoding="application/x-tex">(.*?)</annotation>', html, re.S)


# Figures and references


def test_a_figure_has_number_caption_alt_text_size_and_anchor() -> None:
    """The whole element, attribute by attribute."""
    (figure,) = figures(convert("![A *flat* [line](x.md)\nover two lines.](figure:flat)"))
    assert figure.attrib == {
        "class": "truepage-figure",
        "id": "fig-flat",
        "style": "--truepage-width:576px",
    }
    stage, caption = figure
    (picture,) = stage.iter("svg")
    assert picture.attrib == {"id": "flat", "width": "576", "height": "365"}
    assert "".join(picture.itertext()) == "a_b *c*"
    assert "".join(caption.itertext()) == "Figure 1. A flat line over two lines."
    assert [link.get("href") for link in caption.iter("a")] == ["x.md"]
    assert [emphasis.text for emphasis in caption.iter("em")] == ["flat"]


def test_a_sweep_has_a_slider_that_starts_at_the_default() -> None:
    """It says its value in words, and without the script it is not shown at all."""
    (figure,) = figures(convert("![A.](figure:flat)"))
    (slider,) = figure.iter("input")
    assert (slider.get("type"), slider.get("value"), slider.get("max")) == ("range", "1", "1")
    assert slider.get("aria-valuetext") == "slope & bias 0.5"
    (label,) = figure.iter("label")
    assert (label.get("for"), label.text) == (slider.get("id"), "slope & bias")
    assert [output.text for output in figure.iter("output")] == ["0.5"]


def test_what_the_script_reads_cannot_end_its_element() -> None:
    """`</script>` in a label is data; in a script, `navigation.instant` would run it."""
    (figure,) = figures(convert("![A.](figure:flat)"))
    (answers,) = figure.iter("template")
    assert json.loads(answers.text or "") == {"panels": [{"name": "</script>"}]}


def test_data_and_code_stand_behind_a_figure() -> None:
    """A table with real minus signs, downloads under the figure's name, and the function."""
    page = parsed(convert("![A.](figure:flat)"))
    (behind,) = page.findall("div")
    assert behind.get("class") == "truepage-tools"
    data, code = behind.findall("details")
    assert [cell.text for cell in data.iter("th")] == ["x", "f < g"]
    assert [cell.text for cell in data.iter("td")] == ["−1e−05", "a-b"]
    assert [caption.text for caption in data.iter("caption")] == ["1 of 40 rows"]
    assert {link.get("download"): link.get("href") for link in data.iter("a")} == {
        "flat.csv": "../flat.csv",
        "flat.svg": "../flat.svg",
    }
    words = "".join(code.itertext())
    assert "figures/lines.py, line 7" in words
    assert "return 1 < 2" in words


def test_a_picture_that_stays_light_has_light_colours_around_it() -> None:
    """Its read-out, too: a class of its own gives them."""
    kinds = [
        list(parsed(view(PageFigure("flat", "A.", 10, 10, follows=follows))).iter("div"))[1]
        for follows in (True, False)
    ]
    assert [each.get("class") for each in kinds] == [
        "truepage-picture",
        "truepage-picture truepage-light",
    ]


def test_maths_and_references_work_in_captions() -> None:
    """Also a half-open interval, whose brackets do not match."""
    html = convert("![Range $`[0, 1)`$, see @fig-other.](figure:flat)")
    assert math(html) == ["[0, 1)"]
    assert '<a class="truepage-reference" href="sub/next.md#fig-other">Figure 2</a>' in html
    assert html.count("<figure") == 1


@pytest.mark.parametrize(
    ("text", "parents"),
    [
        ("- ![A.](figure:flat)\n- b", "ul/li"),
        ("1. a\n\n    ![A.](figure:flat)", "ol/li"),
        ("> a\n>\n> ![A.](figure:flat)", "blockquote"),
        ("!!! note\n    ![A.](figure:flat)", "div"),
        ('=== "One"\n\n    ![A.](figure:flat)\n\n=== "Two"\n\n    b', "div/div/div"),
    ],
    ids=["list", "loose list", "quote", "admonition", "tab"],
)
def test_figures_stand_in_lists_quotes_admonitions_and_tabs(text: str, parents: str) -> None:
    """There they are as anywhere else."""
    found = parsed(convert(text)).findall(f"{parents}/figure")
    assert [figure.get("id") for figure in found] == ["fig-flat"]


def test_references_become_links_in_prose_alone() -> None:
    """Not in code, addresses of mail, links, or words that only begin so."""
    text = (
        "![A.](figure:flat)\n\n@fig-flat, (@fig-flat) and @fig-flat’s **@fig-flat**.\n\n"
        "`@fig-flat` me@fig-flat.org @@fig-flat a/@fig-flat [see @fig-flat](x.md)\n\n"
        "    @fig-flat\n\n```\n@fig-flat\n```\n"
    )
    html = convert(text)
    assert html.count('href="page.md#fig-flat">Figure 1</a>') == 4
    assert html.count("@fig-flat") == 7


def test_numbers_follow_reading_order_over_all_pages() -> None:
    """Code, comments and a second mention do not count."""
    pages = {
        "b.md": "`![X](figure:x)` <!-- ![Y](figure:y) -->\n\n![B](figure:b)\n\n@fig-a",
        "a.md": "```\n![Z](figure:z)\n```\n![A](figure:a)\n\n![B](figure:b)",
    }
    assert number(pages) == {
        "fig-b": Numbered("Figure", 1, "b.md"),
        "fig-a": Numbered("Figure", 2, "a.md"),
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("![A.](figure:nope)", "docs/page.md:3: no figure is named 'nope'."),
        ("![$`x`$](figure:nope)", "docs/page.md:3: no figure is named 'nope'."),
        ("- ![A\nb.](figure:nope)", "docs/page.md:4: no figure is named 'nope'."),
        ("![](figure:flat)", "docs/page.md:3: figure 'flat' has no caption;"),
        ("![A](figure:flat)\n\n![B](figure:flat)", "docs/page.md:5: figure 'flat' is on this page"),
        ("see @fig-nope", "docs/page.md:3: @fig-nope refers to a figure that is on no page; "),
        (
            "x @fig-otherwise\n@fig-otherw",
            "docs/page.md:3: @fig-otherwise refers to a figure that is on no page; ",
        ),
        ("a ![A](figure:flat)", "docs/page.md:3: 'figure:flat' is not shown;"),
        ("![A](figure:flat)\nb", "docs/page.md:3: 'figure:flat' is not shown;"),
        ("[A](figure:flat)", "docs/page.md:3: 'figure:flat' is not shown;"),
        ("![Range [0, 1)](figure:flat)", "docs/page.md:3: 'figure:flat' is not shown;"),
        ("![A](figure:flat){ width=3 }", "docs/page.md:3: 'figure:flat' is not shown;"),
        ('![A](figure:flat "T")', "docs/page.md:3: 'figure:flat' is not shown;"),
        ("|a|\n|-|\n|![A](figure:flat)|", "docs/page.md:5: 'figure:flat' is not shown;"),
        ("x ![](listing:package.f)", "docs/page.md:3: 'listing:package.f' is not shown;"),
        ("> ![](listing:package.f)", "docs/page.md:3: 'listing:package.f' is not shown;"),
        ("![](listing:package.g)", "docs/page.md:3: no 'package.g'."),
    ],
)
def test_each_problem_has_its_line(text: str, problem: str) -> None:
    """Nothing that an author wrote as a figure or listing is passed over in silence."""
    assert problems(f"`](figure:nope)`\n\n{text}")[0].startswith(problem)


def test_all_problems_of_a_page_are_told_at_once_each_once() -> None:
    """Front matter is counted where a host says how long it was."""
    text = "@fig-a\n\n# @fig-b\n\n$`\\foo`$\n\n![C](figure:c)\n\n```math\nx\n"
    lines = problems(text, first_line=11)
    assert sorted(int(line.split(":")[1]) for line in lines) == [11, 13, 15, 17, 19]


def test_a_host_collects_problems_instead_of_an_error() -> None:
    """The list it passed is filled, and the page is converted."""
    collected: list[str] = []
    assert "<p>" in convert("@fig-nope", problems=collected)
    (problem,) = collected
    assert problem.startswith("docs/page.md:1: @fig-nope refers to a figure that is on no page; ")


# Listings


def test_a_listing_is_highlighted_code_with_its_place() -> None:
    """What looks like maths or a fence inside it stays code."""
    html = convert("![](listing:package.f)")
    assert "src/package.py, line 3" in html
    text = re.sub(r"<[^>]+>", "", html)
    assert "def f():\n\n    return '$`x`$ ```'" in text
    assert "My title" in convert("![My title](listing:package.f)")


def test_a_listing_in_a_tab_keeps_its_indentation() -> None:
    """The page's indentation is the tab's; the code's own is kept."""
    html = convert('=== "NumPy"\n\n    ![](listing:package.f)\n\n=== "Other"\n\n    b')
    assert html.count('class="tabbed-block"') == 2
    assert "def f():\n\n    return" in re.sub(r"<[^>]+>", "", html)


def test_listings_shown_as_an_example_are_left_alone() -> None:
    """Inside a fence or a comment the line stands for itself."""
    assert "listing:package.f" in convert("```markdown\n![](listing:package.f)\n```")
    assert "def f" not in convert("<!--\n![](listing:package.f)\n-->")


def test_a_converter_can_be_used_again() -> None:
    """Nothing of one page is seen on the next."""
    text = "![A $`x`$.](figure:flat)"
    converter = markdown.Markdown(
        extensions=["truepage"], extension_configs={"truepage": {"site": Site(text)}}
    )
    first = converter.convert(text)
    with pytest.raises(PageError):
        converter.convert("@fig-nope")
    assert converter.reset().convert(text) == first


# Without a host


def test_without_a_host_the_project_here_is_drawn(drawn_plain: Path) -> None:
    """The pictures' address can be given; numbers are the page's own."""
    html = markdown.markdown(
        "![A.](figure:flat)\n\nsee @fig-flat",
        extensions=["truepage"],
        extension_configs={"truepage": {"root": str(drawn_plain), "pictures": "/pics/{name}.svg"}},
    )
    (figure,) = figures(html)
    (picture,) = figure.iter("svg")
    assert [words.text for words in picture.iter("desc")] == ["A flat line."]
    assert not list(picture.iter("style"))  # the page has its own
    assert 'href="/pics/flat.svg" download="flat.svg"' in html
    assert '<a class="truepage-reference" href="#fig-flat">Figure 1</a>' in html
    with pytest.raises(PageError, match=r"page:1: .*did you mean 'flat'"):
        markdown.markdown(
            "![A.](figure:flatt)",
            extensions=["truepage"],
            extension_configs={"truepage": {"root": str(drawn_plain)}},
        )
