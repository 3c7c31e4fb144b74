"""Maths in plain Python-Markdown: where it is set, where it is left alone, and what is wrong."""

import html as entities
import re
from typing import Any
from xml.etree import ElementTree

import markdown
import pytest
from standins import StandIn

from truepage.engine.errors import PageError
from truepage.markdown.references import Numbered, number
from truepage.markdown.shown import PageFigure
from truepage.pages.source import spans

HOST = [
    "admonition",
    "attr_list",
    "def_list",
    "footnotes",
    "md_in_html",
    "tables",
    "toc",
    "pymdownx.highlight",
    "pymdownx.superfences",
    "pymdownx.tabbed",
]


class Site(StandIn):
    """A site of the page that is converted, and another with the equation `eq-other`."""

    def __init__(self, text: str) -> None:
        super().__init__({"page.md": text, "next.md": "```math\n% label: eq-other\nx\n```"})

    def figure(self, name: str, page: str) -> PageFigure:
        """Return a figure whose alternative text holds a formula."""
        alt = "Where $`\\sigma(x) < 1`$." if name == "good" else "Where $`\\foo`$."
        drawing = f"<svg><desc>{entities.escape(alt)}</desc></svg>"
        return PageFigure(name, alt=alt, width=1, height=1, drawing=drawing)


def convert(text: str, /, *, extensions: list[str] = HOST, **options: Any) -> str:
    """Convert a page `docs/page.md`."""
    return markdown.markdown(
        text,
        extensions=["truepage", *extensions],
        extension_configs={
            "truepage": {"site": Site(text), "page": "docs/page.md", **options},
            "pymdownx.tabbed": {"alternate_style": True},
            "pymdownx.snippets": {"base_path": ["."]},
        },
    )


def problems(text: str, /, **options: Any) -> list[str]:
    """Return the first lines of the problems that a page has."""
    with pytest.raises(PageError) as caught:
        convert(text, **options)
    return [line for line in str(caught.value).split("\n") if not line.startswith("    ")]


def math(html: str) -> list[str]:
    """Return the TeX of each formula that was set."""
    found = re.findall(r'<annotation encoding="application/x-tex">(.*?)</annotation>', html, re.S)
    return [entities.unescape(tex) for tex in found]


def parsed(html: str) -> ElementTree.Element:
    """Return the page as a parser of XML sees it."""
    html = re.sub(r"&(?!amp;|lt;|gt;|quot;|#)", "&amp;", html)
    return ElementTree.fromstring(f"<body>{html}</body>")  # noqa: S314 (our own output)


def text_of(html: str) -> str:
    """Return a page's text, without its tags."""
    return entities.unescape(re.sub(r"<[^>]+>", "", html))


# Where it is set


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("$`x`$", ["x"]),
        ("a $`x`$", ["x"]),
        ("a $`x`$ and $`y`$", ["x", "y"]),
        ("$`x`$$`y`$", ["x", "y"]),
        ("a $``x`y``$ b", ["x`y"]),
        ("a $`x\n+ y`$ b", ["x\n+ y"]),
        ("> a $`x\n> + y`$ b", ["x\n+ y"]),
        ("> a $`x\n+ y`$ b", ["x\n+ y"]),
        ("*a $`x_1`$ b* __$`y_2`$__ _$`z`$_", ["x_1", "y_2", "z"]),
        ("a <!-- $`n`$ --> $`x`$", ["x"]),
        ("[see $`x`$](other.md)", ["x"]),
        ("- $`x`$\n- b", ["x"]),
        ("|a|b|\n|-|-|\n|$`x`$|$`y`$|", ["x", "y"]),
        ("|a|b|\n|-|-|\n|$`|x|`$|$`\\max\\{a|b\\}`$|", ["|x|", "\\max\\{a|b\\}"]),
        ("!!! note\n    $`x`$\n\n    ```math\n    y\n    ```", ["x", "y"]),
        ('!!! note "Title $`x`$"\n    b', ["x"]),
        ('=== "A"\n\n    $`x`$\n\n=== "B"\n\n    ```math\n    y\n    ```', ["x", "y"]),
        ("a[^1]\n\n[^1]: b $`x`$\n\n    ```math\n    y\n    ```", ["x", "y"]),
        ("term $`x`$\n:   means $`y`$", ["x", "y"]),
        ('<div markdown="1">\n$`x`$\n\n```math\ny\n```\n</div>', ["x", "y"]),
        ("<div>\n$`x`$\n\n```math\ny\n```\n</div>", ["x", "y"]),
        ("```math\nx\n```", ["x"]),
        ("```math\nx\n\ny\n```", ["x\n\ny"]),
        ("a\n```math\nx\n```\nb", ["x"]),
        ("- a\n    ```math\n    x\n    ```\n- b", ["x"]),
        ("> ```math\n> x\n> y\n> ```", ["x\ny"]),
        (">```math\n>x\n>```", ["x"]),
        ("1. a\n\n    ```math\n    x\n    ```\n\n2. b", ["x"]),
        ("1. a\n\n    - b\n\n        ```math\n        x\n          y\n        ```", ["x\n  y"]),
        ("```math\n% label: eq-a\n% a note\nx\n% more\ny\n```", ["x\ny"]),
        ("```math\n% check: f(x)\nx\n  % where: x\n```", ["x"]),
        ("~~~math\nx\n~~~", ["x"]),
        ("````math\nx\n````", ["x"]),
    ],
)
def test_maths_is_set_wherever_it_stands(text: str, formulas: list[str]) -> None:
    """Inline or in a fence, in every kind of block; a paragraph goes on around it."""
    html = convert(text)
    assert [formula.strip() for formula in math(html)] == formulas
    assert "katex0" not in html
    assert "$`" not in html
    parsed(re.sub(r"<(input|br|hr)([^>]*?)/?>", r"<\1\2/>", html).replace(' checked="checked"', ""))


@pytest.mark.parametrize(
    "text",
    [
        "`` $`x`$ ``",
        "``` $`x`$ ```",
        "`<!--` `` $`x`$ `` `-->`",
        "```\n$`x`$\n```",
        "```python\n$`x`$\n```",
        "````\n```math\nx\n```\n````",
        "a\n\n    $`x`$ and $`y`$",
        "a\n\n    $`\\foo`$\n\n    $`open",
        "a\n\n    ```math\n    \\foo\n    ```",
        "- a\n\n        $`x`$",
        "<!-- $`\\foo`$ -->",
        "<!--\n$`\\foo`$\n\n```math\n\\foo{\n```\n-->",
        "<pre>$`x`$</pre>",
        "<p>a <code>$`x`$</code></p>",
        "costs 5$ or `6`$",
        "costs \\$`5`$",
        "costs \\$`5",
    ],
)
def test_maths_in_code_and_comments_is_left_alone(text: str) -> None:
    """It is not set, not checked, and stays as it was written."""
    html = convert(text)
    assert math(html) == []
    assert "katex" not in html
    if not text.startswith("<!--"):
        assert text_of(html).count("$") == text.count("$")
    if "```math" in text and not text.startswith("<!--"):
        assert "\n```math\n\\foo\n```" in text_of(html) or "```math\nx\n```" in text_of(html)


def test_a_snippet_is_set_like_the_page_that_includes_it(tmp_path: Any, monkeypatch: Any) -> None:
    """Inline, display, numbered; a fault in it is told at the line that includes it."""
    monkeypatch.chdir(tmp_path)
    snippet = "$`z`$\n\n```math\n% label: eq-part\n\\foo\n```\n"
    (tmp_path / "part.txt").write_text(snippet.replace("\\foo", "y"))
    text = '# A\n\n--8<-- "part.txt"\n\n$`x`$ @eq-part'
    html = markdown.markdown(text, extensions=["pymdownx.snippets", "truepage"])
    assert [tex.strip() for tex in math(html)] == ["z", "y", "x"]
    assert 'id="eq-part"' in html
    assert ">Equation 1</a>" in html
    (tmp_path / "part.txt").write_text(snippet)
    (problem,) = problems(
        f"a\nb\n\n{text}".replace("@eq-part", ""), extensions=["pymdownx.snippets"]
    )
    assert problem.startswith("docs/page.md:6:1: KaTeX cannot set this formula: ")


def test_a_display_formula_interrupts_a_paragraph() -> None:
    """No `div` inside a `p`, and no formula inside the words."""
    body = parsed(convert("before\n```math\nx\n```\nafter"))
    assert [element.tag for element in body] == ["p", "div", "p"]
    assert [body[0].text, body[2].text] == ["before", "after"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a $`x`$, b", "x,"),
        ("a ($`x`$).", "(x)."),
        ("a $`x`$", None),
        ("a $`x`$’s", "x’"),
        ("a &amp;$`x`$; b", "x;"),
        ("a $`x + y + z + u + v + w + a + b + c + d`$.", None),
        ("```math\nx\n```\n.", None),
    ],
)
def test_punctuation_stays_with_its_formula(text: str, kept: str | None) -> None:
    """No line begins with a full stop; a long formula may be broken all the same."""
    html = convert(text)
    found = [span for span in parsed(html).iter("span") if span.get("class") == "truepage-unbroken"]
    assert [(span.text or "") + "x" + (span[0].tail or "") for span in found] == [kept] * bool(kept)


def test_what_an_author_writes_cannot_pass_for_a_mark() -> None:
    """The marks are made of characters that Markdown takes from every text."""
    html = convert("tmp_inline_md_katex_0x \x02katex0\x03 $`x`$")
    assert "tmp_inline_md_katex_0x katex0 <span" in html
    assert math(html) == ["x"]


# Where only text can stand


def toc_of(text: str) -> list[dict[str, Any]]:
    """Return the entries of a page's table of contents."""
    md = markdown.Markdown(
        extensions=["truepage", *HOST],
        extension_configs={
            "truepage": {"site": Site(text), "page": "docs/page.md"},
            "toc": {"permalink": True},
        },
    )
    md.convert(text)
    return md.toc_tokens  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(
    ("heading", "name", "anchor"),
    [
        ("The $`\\sigma`$ function", "The σ function", "the-sigma-function"),
        ("$`\\sigma'(x) < \\frac{1}{4}`$", "σ′(x) &lt; 1/4", "sigma-prime-x-1-4"),
        ("$`x<y>z`$ & *more*", "x &lt; y &gt; z &amp; more", "x-y-z-more"),
        ("Why $`x^2`$?[^1]", "Why x^2?", "why-x-2"),
        ("Own $`x`$ {#own}", "Own x", "own"),
        ("No maths", "No maths", "no-maths"),
        ("$`\\alpha\n+ \\beta`$", "α + β", "alpha-beta"),
    ],
)
def test_a_heading_has_readable_text_and_address(heading: str, name: str, anchor: str) -> None:
    """The formula once, in the table of contents and in the anchor; set in the heading itself."""
    text = f"# {heading}\n\n[^1]: note"
    (entry,) = toc_of(text)
    assert entry["name"] == name
    assert entry["id"] == anchor
    html = convert(text)
    assert f'<h1 id="{anchor}">' in html
    assert len(math(html)) == heading.count("$`")
    assert "data-toc-label" not in html


def test_headings_of_one_name_have_addresses_of_their_own() -> None:
    """As Python-Markdown numbers them."""
    entries = toc_of("## a $`x`$\n\n## a $`x`$\n\n## a x\n\n## b")
    assert len({entry["id"] for entry in entries}) == 4


def test_without_a_table_of_contents_a_heading_is_a_heading() -> None:
    """No attribute is left over."""
    assert re.match(r'<h1>a <span class="katex">', convert("# a $`x`$", extensions=[]))


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("![Range $`[0, 1)`$](a.png)", 'alt="Range [0, 1)"'),
        ("[a](b.md 'as $`x < 1`$')", 'title="as x &lt; 1"'),
        ('<img src="a.png" alt="$`\\sigma`$">', 'alt="σ"'),
        ('a <abbr title="$`\\sigma`$">b</abbr>', 'title="σ"'),
    ],
)
def test_attributes_hold_plain_text(text: str, attribute: str) -> None:
    """Where HTML would break the page."""
    html = convert(text)
    assert attribute in html
    assert "katex" not in html


def test_figures_have_formulas_in_captions_and_words_in_alternative_texts() -> None:
    """A formula there that cannot be set is told where the figure is shown."""
    html = convert("a\n\n![Caption $`[0, 1)`$, see @eq-other.](figure:good)")
    assert math(html) == ["[0, 1)"]
    assert html.count("<figure") == 1
    assert "<desc>Where σ(x) &lt; 1.</desc>" in html
    (problem,) = problems("a\n\n![Caption.](figure:bad)")
    assert problem.startswith("docs/page.md:3: KaTeX cannot set a formula of an alternative text: ")


# Numbers


def test_a_labelled_equation_has_an_anchor_and_a_number() -> None:
    """The comment is not set; the number is a link to the equation itself."""
    html = convert("```math\nx\n```\n\n```math\n% label: eq-sigmoid\ny\n```\n\nsee @eq-sigmoid.")
    first, second, _ = parsed(html)
    assert first.attrib == {"class": "truepage-equation"}
    assert second.attrib == {"class": "truepage-equation", "id": "eq-sigmoid"}
    box, link = second
    assert box.attrib == {
        "class": "truepage-formula",
        "role": "group",
        "aria-label": "Equation 1",
        "tabindex": "0",
    }
    assert (link.text, link.get("href")) == ("(1)", "#eq-sigmoid")
    assert "label" not in "".join(math(html))
    assert '<a class="truepage-reference" href="page.md#eq-sigmoid">Equation 1</a>.</p>' in html


def test_numbers_follow_reading_order_each_kind_by_itself() -> None:
    """Code and comments do not count."""
    fence = "```math\n% label: eq-{}\nx\n```\n\n".format
    pages = {
        "b.md": f"{fence('one')}![A](figure:a)\n\n````\n{fence('no')}````\n\n> {fence('two')}",
        "a.md": f"<!--\n{fence('no')}-->\n\n{fence('three')}![B](figure:b)",
    }
    pages["b.md"] = pages["b.md"].replace("> ```math\n% label", "> ```math\n> % label")
    assert number(pages) == {
        "fig-a": Numbered("Figure", 1, "b.md"),
        "fig-b": Numbered("Figure", 2, "a.md"),
        "eq-one": Numbered("Equation", 1, "b.md"),
        "eq-two": Numbered("Equation", 2, "b.md"),
        "eq-three": Numbered("Equation", 3, "a.md"),
    }


def test_without_a_host_the_page_numbers_its_equations() -> None:
    """In plain Python-Markdown, also where there is no project; the page is read anew each time."""
    md = markdown.Markdown(extensions=["truepage"])
    text = "@eq-b\n\n```math\n% label: eq-a\nx\n```\n\n```math\n% label: eq-b\ny\n```"
    for _ in range(2):
        html = md.reset().convert(text)
        assert '<a class="truepage-reference" href="#eq-b">Equation 2</a>' in html
        assert re.findall(r">\((\d)\)</a>", html) == ["1", "2"]


# What is wrong


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("```math\nx", "3:1", "a math fence is opened and never closed"),
        ("- a\n\n    ```math\n    x", "5:5", "a math fence is opened and never closed"),
        ("a $`x b\n\nc`$", "3:3", "inline maths is opened and not closed in its paragraph"),
        ("a $`x` b", "3:3", "inline maths ends without a dollar sign"),
        ("a $`x", "3:3", "inline maths is opened and not closed in its paragraph"),
        ('```math {"trust": true}\nx\n```', "3:1", "has more in its first line than `math`"),
        ("```math title='a'\nx\n```", "3:1", "has more in its first line than `math`"),
        ("```math{.a}\nx\n```", "3:1", "has more in its first line than `math`"),
        ("```math\n% label: eq-a\n\n```", "3:1", "holds no formula"),
        ("a $`\\foo`$", "3:5", "Undefined control sequence: \\foo"),
        ("a $``x + \\foo``$", "3:10", "Undefined control sequence: \\foo"),
        ("a $`x\n  + \\foo`$", "4:5", "Undefined control sequence: \\foo"),
        ("> a $`x\n> + \\foo`$", "4:5", "Undefined control sequence: \\foo"),
        ("|a|\n|-|\n|$`\\foo`$|", "5:4", "Undefined control sequence: \\foo"),
        ("a <!-- b --> $`\\foo`$", "3:16", "Undefined control sequence: \\foo"),
        ("a\t$`\\foo`$", "3:5", "Undefined control sequence: \\foo"),
        ("𝑥 $`𝑥\\text{é} + \\foo`$", "3:17", "Undefined control sequence: \\foo"),
        ("```math\nx\n```\n\n```math\nx\n\\foo\n```", "9:1", "Undefined control sequence: \\foo"),
        ("```math\n% label: eq-a\n% b\nx\n  \\foo\n```", "7:3", "Undefined control sequence"),
        ("> ```math\n> \\foo\n> ```", "4:3", "Undefined control sequence: \\foo"),
        ("- a\n\n    ```math\n      \\foo\n    ```", "6:7", "Undefined control sequence: \\foo"),
        ("# $`\\foo`$", "3:5", "Undefined control sequence: \\foo"),
        ("![$`\\foo`$](a.png)", "3:5", "Undefined control sequence: \\foo"),
        ("a[^1]\n\n[^1]: $`\\foo`$", "5:9", "Undefined control sequence: \\foo"),
        ("<div>\n$`\\foo`$\n</div>", "4:3", "Undefined control sequence: \\foo"),
        ("$`x + \\href{javascript:alert(1)}{x}`$", "3:7", "\\href can load or run things"),
        ("$`a\u2028b`$", "3:4", "KaTeX cannot set this formula: "),
        ("$`aé`$", "3:4", "KaTeX cannot set this formula: "),
        ("$`x % label: eq-a`$", "3:3", "an inline formula has a label"),
        ("```math\nx\ny % label: eq-a\n```", "5:5", "a label stands behind maths"),
        ("```math\n% label: sigmoid\nx\n```", "4:1", "is not a label; expected `% label: eq-name`"),
        ("```math\n% label: eq-a_b\nx\n```", "4:1", "is not a label; expected `% label: eq-name`"),
        ("```math\n% label: eq-a\n% label: eq-b\nx\n```", "5:1", "an equation has two labels"),
        ("```math\n% label: eq-a\nx \\tag{3}\n```", "5:3", "has a label and a \\tag"),
    ],
)
def test_each_fault_has_its_line_and_column(text: str, place: str, words: str) -> None:
    """Of the place that is wrong, not that of another formula that begins alike."""
    (problem,) = problems(f"`\\foo`\n\n{text}")
    assert problem.startswith(f"docs/page.md:{place}: ")
    assert words in problem


@pytest.mark.parametrize(
    ("tex", "column", "words"),
    [
        ("a\0b", 4, "holds the character U+0000, which no page can show"),
        ("a\ud800b", 4, "holds the character U+D800, which no page can show"),
        ("{" * 1_000_000, 3, "is 1,000,000 characters long; expected 20,000 at most"),
        ("{" * 20_000, 3, "KaTeX cannot set this formula"),
        ("\\def\\a{\\a\\a}\\a", 3, "Too many expansions: infinite loop"),
        ("\\htmlData{a=b}{x}", 3, "\\htmlData can load or run things"),
    ],
    ids=["NUL", "surrogate", "1 MB", "deep", "bomb", "data"],
)
def test_a_hostile_formula_is_told_and_the_next_is_set(tex: str, column: int, words: str) -> None:
    """With its line, in a short message; whatever it is, the page is converted."""
    collected: list[str] = []
    html = convert(f"a\n\n$`{tex}`$\n\n$`y`$", problems=collected)
    assert math(html) == ["y"]
    (problem,) = collected
    place, _, message = problem.partition(": ")
    assert place.rpartition(":")[0] == "docs/page.md:3"
    assert int(place.rpartition(":")[2]) >= column
    assert words in message
    assert len(problem) < 1000


def test_a_fault_shows_the_formula_with_a_caret() -> None:
    """The line of the formula, and the place in it."""
    with pytest.raises(PageError) as caught:
        convert("```math\na\n  + \\foo{b}\n```")
    assert str(caught.value).split("\n")[1:] == ["      + \\foo{b}", "        ^"]


def test_a_label_given_twice_is_told_with_both_places() -> None:
    """Also on another page."""
    fence = "```math\n% label: eq-a\nx\n```\n"
    (problem,) = problems(f"{fence}\n{fence}")
    assert problem.startswith("docs/page.md:7:1: the label 'eq-a' is given a second time; ")
    assert "the first is at docs/page.md:2:1." in problem


def test_an_unknown_label_is_told_with_the_one_that_was_meant() -> None:
    """Line by line; a label that nothing refers to is no fault."""
    text = "```math\n% label: eq-sigmoid\nx\n```\n\na\n@eq-sigmiod\n\n@eq-zz"
    assert problems(text) == [
        "docs/page.md:7: @eq-sigmiod refers to an equation that is on no page; "
        "did you mean @eq-sigmoid?",
        "docs/page.md:9: @eq-zz refers to an equation that is on no page; "
        "expected a math fence with the line `% label: eq-zz`.",
    ]


def test_all_faults_are_told_at_once_each_once() -> None:
    """In a heading, which is asked for its text several times, as well."""
    text = "# $`\\foo`$\n\n$`\\bar{`$\n\n```math\n\\baz\n```"
    assert [problem.split(" ")[0] for problem in problems(text, first_line=11)] == [
        "docs/page.md:11:5:",
        "docs/page.md:13:8:",
        "docs/page.md:16:1:",
    ]


def test_another_text_than_the_page_has_no_line_in_it() -> None:
    """As docstrings have none, which other extensions convert with the same options."""
    (problem,) = problems("$`\\foo`$", text="# The page\n")
    assert problem.startswith("docs/page.md: KaTeX cannot set this formula: ")
    (problem,) = problems("$`\\foo`$", text="$`\\foo`$\n")
    assert problem.startswith("docs/page.md:1:3: ")


def test_a_formula_is_asked_for_once() -> None:
    """However often its text is needed; formulas in code are not asked for."""
    text = "# $`a`$ b\n\n    $`code`$\n\n![$`c`$](d.png)"
    site = Site(text)
    markdown.markdown(
        text, extensions=["truepage", "toc"], extension_configs={"truepage": {"site": site}}
    )
    assert site.asked == ["a", "c"]


@pytest.mark.parametrize("length", [10, 2000])
def test_an_unclosed_formula_takes_no_time(length: int) -> None:
    """A page of nothing but beginnings."""
    assert len(list(spans("$`" * length))) <= length
