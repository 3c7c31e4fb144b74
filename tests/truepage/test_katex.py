"""KaTeX in this process: right, and bounded whatever the formula."""

import contextlib
import html
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from truepage.engine.file_access import vendored
from truepage.maths.katex import TexError, context
from truepage.pages.plaintext import spelled
from truepage.pages.typesetting import render, typeset


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
    ("tex", "position"),
    [("𝑥 + \\foo", 4), ("\\text{é𝑥} \\foo", 10), ("a % b\n\\foo", 6), ("{", None), ("a & b", 2)],
)
def test_places_are_counted_in_characters(tex: str, position: int | None) -> None:
    """JavaScript counts a character beyond U+FFFF twice."""
    with pytest.raises(TexError) as caught:
        render(tex, display=False)
    assert caught.value.position == (len(tex) if position is None else position)


COMMANDS = """
globalThis.asks = (tex) => {
  const asked = [];
  const trust = ({command}) => { asked.push(command); return true; };
  try {
    katex.renderToString(tex, {strict: false, displayMode: true, trust});
  } catch {}
  return JSON.stringify(asked);
};
"""
ARGUMENTS = ["{x}", "{x}{y}", "{a=b}{y}", "{javascript:alert(1)}{y}", "{https://a.example/b.png}"]


def test_every_command_that_needs_trust_is_refused_by_name() -> None:
    """Every name in KaTeX's tables is tried: those that ask whether they are trusted are not."""
    source = vendored("katex/katex.min.js").read_text(encoding="utf-8")
    names = sorted(set(re.findall(r'"\\\\([A-Za-z@]+)"', source)))
    names += sorted(set(re.findall(r'[{,]"?\\\\([A-Za-z@]+)"?:', source)))
    assert len(names) > 500
    javascript = context()
    javascript.eval(COMMANDS)
    refused = {}
    for name in names:
        for arguments in ARGUMENTS:
            tex = f"x + \\{name}{arguments}"
            for command in json.loads(javascript.eval(f"asks({json.dumps(tex)})")):
                refused[command] = tex
                with pytest.raises(TexError) as error:
                    render(tex, display=True)
                assert error.value.words.startswith(f"{command} can load or run things")
                assert error.value.position in {4, None}
    assert refused.keys() >= {
        *(r"\href", r"\url", r"\includegraphics"),
        *(r"\htmlClass", r"\htmlId", r"\htmlStyle", r"\htmlData"),
    }


@pytest.mark.parametrize("tex", [r"\href{\u006aavascript:x}{y}", r"\href{a\:b:c}{y}", r"\url{\%}"])
def test_odd_addresses_are_refused_as_well(tex: str) -> None:
    """Also those that KaTeX refuses without asking."""
    with pytest.raises(TexError):
        render(tex, display=False)


def test_the_colour_of_refused_commands_can_not_be_written() -> None:
    """What marks them is no colour; any colour of an author's is set."""
    with pytest.raises(TexError, match="Invalid color"):
        render(r"\color{truepage-refused}x", display=False)
    assert "color:#cc0000" in render(r"\color{#cc0000}x", display=False)


@pytest.mark.parametrize(
    "spoiler",
    [
        r"\gdef\mine{x}\mine",
        r"\global\def\mine{x}\mine",
        r"\def\mine{x}\mine",
        r"\newcommand{\mine}{x}\mine",
        r"\global\let\mine=\alpha\mine",
        r"\xdef\mine{x}\mine",
        r"\renewcommand{\frac}[2]{x}\frac{1}{2}",
        r"\gdef\frac#1#2{x}\frac{1}{2}",
        r"\global\let\alpha=\beta",
        r"\gdef\mine{\href{a}{b}}",
        r"\gdef\foo",
    ],
)
def test_no_formula_changes_another(spoiler: str) -> None:
    """What one defines, for all or for itself, is gone with it."""
    good = render(r"\frac{\alpha}{2}", display=False)
    with contextlib.suppress(TexError):
        render(spoiler, display=False)
    with pytest.raises(TexError, match="Undefined control sequence"):
        render(r"\mine", display=False)
    assert render(r"\frac{\alpha}{2}", display=False) == good


def test_threads_set_formulas_side_by_side() -> None:
    """Each has a context of its own: QuickJS knows the stack of one thread."""
    expected = [render(f"x_{{{n}}}", display=False) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: render(f"x_{{{n}}}", display=False), range(8)))
    assert found == expected


@pytest.mark.parametrize("display", [False, True])
def test_html_is_katexs_own_byte_for_byte(display: bool) -> None:
    """With its default options."""
    for tex in [
        r"\frac{1}{1 + e^{-x}}",
        r"\sum_{i=1}^n x_i \\ y",
        r"\widehat{ab}\cancel{x}\sqrt{y}\overbrace{z}^n\phase{t}",
        r"\color{red}x\textcolor{#123}{y}\boxed{z}\rule{1em}{2em}",
        r"\begin{cases}a & b\end{cases}",
    ]:
        own = context().eval(
            "JSON.stringify(katex.renderToString("
            f"{json.dumps(tex)}, {{displayMode: {json.dumps(display)}}}))"
        )
        assert render(tex, display=display) == json.loads(own)


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\frac{1}{1+e^{-x}}", "1/(1 + e^(−x))"),
        (r"\frac{e^{-z}}{(1+e^{-z})^2}", "e^(−z)/(1 + e^(−z))^2"),
        (r"\frac{1}{2x}", "1/(2x)"),
        (r"\frac{1}{(a)(b)}", "1/((a)(b))"),
        (r"\frac{\partial L}{\partial w_{ij}}", "(∂L)/(∂w_ij)"),
        (r"\sigma'(x)=\sigma(x)\,(1-\sigma(x))", "σ′(x) = σ(x) (1 − σ(x))"),
        (r"x_{ij}^2\to\infty", "x_ij^2 → ∞"),
        (r"\begin{cases}x & \text{if } x\ge 0\\0&\text{otherwise}\end{cases}",
         "{x if x ≥ 0; 0 otherwise"),
        (r"\begin{aligned}a&=-b\\c&=d\end{aligned}", "a = −b; c = d"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "(1 2; 3 4)"),
        (r"\sin x+\max(0,x)-\log_2 p\log q", "sin x + max(0, x) − log_2 p log q"),
        (r"\sum_{i=1}^n x_i w_i", "∑_(i = 1)^n x_i w_i"),
        (r"\lim_{x\to 0} f", "lim_(x → 0) f"),
        (r"\hat y\;\bar{ab}\;\vec v", "ŷ ab v⃗"),
        (r"\sqrt{x+1}", "√(x + 1)"),
        (r"\binom{n}{k}", "(n choose k)"),
        (r"-x - -y", "−x − −y"),
        (r"\{x \mid x>0\}, |x|", "{x | x > 0}, |x|"),
        (r"[0,1)", "[0, 1)"),
        (r"\mathbf{w}^\top\mathbf{x}\phantom{y}", "w^⊤ x"),
        (r"\text{a \& b} < 2", "a & b < 2"),
    ],
)  # fmt: skip
def test_a_formula_has_a_line_of_plain_text(tex: str, text: str) -> None:
    """For titles, the search, and alternative texts."""
    assert typeset(tex, display=True).text == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("σ", "sigma"),
        ("Σϵεϑ", "sigma epsilon epsilon theta"),
        ("σ′(x) ≤ ¼", "sigma prime x ¼"),
        ("∂L/∂w_ij → ∞", "partial L partial w_ij infinity"),
        ("≤", ""),
    ],
)
def test_plain_text_is_spelled_for_addresses(text: str, words: str) -> None:
    """Greek letters by name, signs left out."""
    assert spelled(text) == words
