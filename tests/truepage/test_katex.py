"""KaTeX in this process: right, and bounded whatever the formula."""

import html
import re
import time

import pytest

from truepage.katex import TexError, render


def test_a_formula_becomes_html_with_mathml() -> None:
    """The reader's browser needs no script; a screen reader gets MathML and the source."""
    text = render(r"\frac{1}{1 + e^{-x}}", display=True)
    assert 'class="katex-display"' in text
    assert "<mfrac>" in text
    assert '<annotation encoding="application/x-tex">' in text
    assert "katex-display" not in render("x", display=False)


@pytest.mark.parametrize("tex", ["", "'\"`</script>", "\\text{é}", "x < y"])
def test_any_text_arrives_as_it_is(tex: str) -> None:
    """Quotes, tags, and letters beyond ASCII break nothing on their way."""
    source = re.search(r'<annotation encoding="application/x-tex">(.*?)</annotation>', _html(tex))
    assert source
    assert html.unescape(source[1]) == tex


def _html(tex: str) -> str:
    return render(tex, display=False)


def test_an_error_points_at_the_place() -> None:
    """A caret stands under the character that KaTeX stumbles over, also in a later line."""
    with pytest.raises(TexError) as caught:
        render("a +\nb + \\foo + c", display=True)
    words, line, caret = str(caught.value).split("\n")
    assert words == r"Undefined control sequence: \foo"
    assert line == r"    b + \foo + c"
    assert caret == "        ^"


@pytest.mark.parametrize(
    "tex",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\url{https://example.org}",
        r"\includegraphics{https://example.org/x.png}",
        r"\htmlClass{x}{y}",
        r"\htmlId{x}{y}",
        r"\htmlStyle{color: red}{y}",
    ],
)
def test_commands_that_load_or_run_things_are_refused(tex: str) -> None:
    """`trust` is off, and what KaTeX would set in red is an error."""
    with pytest.raises(TexError):
        render(tex, display=False)


@pytest.mark.parametrize(
    "tex",
    [
        r"\def\a{\a\a}\a",
        r"\def\a{xxxxxxxxxx}\def\b{\a\a\a\a\a\a\a\a\a\a}\def\c{\b\b\b\b\b\b\b\b\b\b}"
        r"\def\d{\c\c\c\c\c\c\c\c\c\c}\d\d\d\d\d\d\d\d\d\d",
        "{" * 1_000_000,
        "{" * 100_000 + "}" * 100_000,
        "x\0y",
        "\\" * 3,
        "\ud800",
    ],
    ids=["recursion", "bomb", "1 MB of braces", "deep", "NUL", "backslashes", "surrogate"],
)
def test_hostile_formulas_end_soon_and_harm_no_later_one(tex: str) -> None:
    """An error or HTML, within seconds; the next formula is set as ever; the message is short."""
    before = render("x^2", display=False)
    started = time.monotonic()
    try:
        assert "<math" in render(tex, display=False)
    except TexError as error:
        assert len(str(error)) < 1000
    assert time.monotonic() - started < 6
    assert render("x^2", display=False) == before


def test_macros_do_not_leak_from_one_formula_to_the_next() -> None:
    r"""`\gdef` defines for its own formula alone."""
    render(r"\gdef\mine{x}\mine", display=False)
    with pytest.raises(TexError, match="Undefined control sequence"):
        render(r"\mine", display=False)
