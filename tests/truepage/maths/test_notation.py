"""Formulas are read as mathematicians read them, or not at all."""

from math import cos, e, exp, log, pi, sqrt, tanh

import numpy as np
import pytest

from truepage.maths.balls import value
from truepage.maths.notation import Statement, read
from truepage.maths.terms import Call, Definition, Symbol
from truepage.maths.tokens import Unreadable

X, W = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([[0.5, -1.0], [2.0, 1.5]])
ENV = {
    "x": 0.7,
    "y": -1.2,
    "a": 2.5,
    "b": 0.3,
    "n": 3,
    "z": np.array([0.5, -1.0, 2.0]),
    "v": np.array([1.0, 2.0, 4.0]),
    "\\hat{y}": 0.25,
    "\\theta": 1.5,
    "negative_slope": 0.01,
    "X": X,
    "W": W,
    "W_1": W,
    "f": Definition(("u",), read("u^2 + 1", lambda name: None)[0].terms[0]),
    "\\sigma": Definition(("u",), read("1 / (1 + e^{-u})", lambda name: None)[0].terms[0]),
}
S = 1 / (1 + exp(-0.7))


def kind(name: str) -> str | None:
    """What the names above are known as."""
    found = ENV.get(name)
    if found is None:
        return None
    return "function" if isinstance(found, Definition) else "variable"


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"2 x^2 - 3x + 1", 2 * 0.49 - 2.1 + 1),
        (r"-x^2", -0.49),
        (r"x y a", 0.7 * -1.2 * 2.5),
        (r"a (x + y)", 2.5 * -0.5),
        (r"f(x)", 1.49),
        (r"f(x)^2", 1.49**2),
        (r"f'(x)", 1.4),
        (r"f''(x)", 2),
        (r"\sigma'(x) \, a", S * (1 - S) * 2.5),
        (r"\frac{1}{1 + e^{-x}}", S),
        (r"\tfrac12 (y - \sigma(x))^2", (-1.2 - S) ** 2 / 2),
        (r"\frac{x + y}{a} b", -0.5 / 2.5 * 0.3),
        (r"x / a", 0.28),
        (r"1 / (4 \cosh^2 \tfrac{x}{2})", S * (1 - S)),
        (r"\tanh^2(x)", tanh(0.7) ** 2),
        (r"1 - \tanh^2 x", 1 - tanh(0.7) ** 2),
        (r"\log_2 8", 3),
        (r"\ln e", 1),
        (r"\sin 2x \cos x", np.sin(1.4) * cos(0.7)),
        (r"\log x - \log a", log(0.7) - log(2.5)),
        (r"53 \log 2", 53 * log(2)),
        (r"\operatorname{arcosh}(1 + \sqrt{3})", np.arccosh(1 + sqrt(3))),
        (r"\sqrt[3]{8}", 2),
        (r"\max(0, y) + \text{negative\_slope} \cdot \min(0, y)", -0.012),
        (r"\max\{x, y, b\}", 0.7),
        (r"|y| + |{-x}|", 1.9),
        (r"\left| y \right|", 1.2),
        (r"\lvert x - y \rvert", 1.9),
        (r"\bigl( x + \bigl( y \bigr) \bigr) \left( a \right)", -1.25),
        (r"10^2 + 1.5", 101.5),
        (r"\pi \mathrm{e}", pi * e),
        (r"\hat{y} \theta", 0.375),
        (r"\sum_{i=1}^{n} z_i^2", 5.25),
        (r"\sum_i z_i v_i", 6.5),
        (r"\sum_{i=1}^n z_i - z_1", 1.0),
        (r"\prod_{i=1}^{3} v_i", 8),
        (r"\sum_{i=1}^{3} \sum_{j=1}^{2} X_{ij} W_{2,j}", sum(X @ W[1])),
        (r"\sum_{i,j} X_{ij}", 21),
        (r"z_1 + z_2 + \cdots + z_n", 1.5),
        (r"v_1 v_2 \cdots v_n", 8),
        (r"\mathbf{z}^\top \mathbf{v}", 6.5),
        (r"\mathbf{z} \cdot \mathbf{v}", 6.5),
        (r"X W_1", X @ W),
        (r"X (W_1 W)", X @ W @ W),
        (r"W^\top", W.T),
        (r"\frac{d}{d x} \sigma(x)", S * (1 - S)),
        (r"\frac{\partial}{\partial x} \tfrac12 (y - \sigma(x))^2", -(-1.2 - S) * S * (1 - S)),
        (r"\frac{\partial (x^2 a)}{\partial x}", 3.5),
        (r"\frac{\partial^2 (x^3)}{\partial x^2}", 4.2),
        (r"\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}", 1),
        (r"\begin{cases} a, & x < 0, \\ b, & 0 \le x \le 1 \end{cases}", 0.3),
        (
            r"\begin{cases} 1 & \text{if } x > 1 \text{ and } y < 0 \\ 2 & \text{else} \end{cases}",
            2,
        ),
    ],
)
def test_a_term_has_the_value_that_a_reader_would_compute(tex, expected):
    """Values computed by hand, with Python's math and NumPy."""
    (statement,) = read(tex, kind)
    found = value(statement.terms[0], ENV)
    found = found.astype(float) if isinstance(found, np.ndarray) else float(found)
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("tex", "words", "part"),
    [
        (r"f^{-1}(x)", "inverse function or the reciprocal", "f^{-1}"),
        (r"\sin^{-1} x", "inverse function or the reciprocal", r"\sin^{-1}"),
        (r"\log a b", "two ways", "b"),
        (r"a / b c", "two ways", "c"),
        (r"\log(x)^2", r"write \log^n(x) or \log((x)^n)", ")^2"),
        (r"W^T", "power or a transpose", "W^T"),
        (r"x^{(1)}", "superscript in parentheses", "x^{(1)}"),
        (r"\pm x", r"\pm is not understood", r"\pm"),
        (r"x \propto y", r"\propto is not understood", r"\propto"),
        (r"\int x", r"\int is not understood", ""),
        (r"\lim_{x} a", "no function that is known", ""),
        (r"\max_{x} a", "no parentheses", ""),
        (r"W_{2j}", "W_{2, j}", "2j"),
        (r"\binom{a}{b}", "without its bar", "{a}{b}"),
        (r"\begin{pmatrix} a & b \end{pmatrix}", "matrix written out", "a & b"),
        (r"\infty", "no number", r"\infty"),
        (r"\sigma'", "has no argument", r"\sigma'"),
        (r"\sum_{i \ne 1} z_i", "runs over is not understood", ""),
        (r"(x + y", "not closed", "("),
        (r"x +", "ends where a term is expected", "+"),
        (r"\operatorname{softmax} x", "no function that is known", "softmax"),
        (r"\lim(a)", "no function that is known", ""),
        (r"v_1 \cdots a", "dots stand for", ""),
        (r"\frac{\partial^2 L}{\partial x \, y}", "", ""),
        (r"\begin{cases} 1 \\ 2 \end{cases}", "no condition", ""),
        (r"x \color{red}{y}", "kind 'color'", ""),
        (r"\underbrace{x}_{y}", "kind 'horizBrace'", ""),
        (r"\hat{ab}", "one letter only", ""),
    ],
)
def test_what_is_ambiguous_or_unknown_is_refused_with_its_part(tex, words, part):
    """Nothing is guessed, and the message shows the place."""
    with pytest.raises(Unreadable) as error:
        read(tex, kind)
    assert words in error.value.words
    if part:
        start, end = error.value.start, error.value.end
        assert part in tex[start:end] or tex[start:end] in part


def shapes(tex: str) -> list[tuple[int, tuple[str, ...], int]]:
    """Number of sides, relations and number of conditions of each statement."""
    return [(len(s.terms), s.relations, len(s.conditions)) for s in read(tex, kind)]


def test_statements_are_parted_and_chains_kept():
    """Rows of `aligned`, commas, wide spaces and conditions."""
    rows = r"\begin{aligned} x &= y = a \\[1ex] &\le b \\ a &= b \end{aligned}"
    assert shapes(rows) == [(4, ("=", "=", "\\le"), 0), (2, ("=",), 0)]
    assert shapes(r"x = y, \quad a = b, \qquad \theta \leftarrow b.") == [
        (2, ("=",), 0), (2, ("=",), 0), (2, ("\\leftarrow",), 0),
    ]  # fmt: skip
    assert shapes(r"f'(x) = 0 \quad \text{for } x \ne 0, y > 1") == [(2, ("=",), 1), (2, (">",), 0)]
    assert shapes(r"x \not= y") == [(2, ("\\ne",), 0)]
    assert shapes(r"x \approx 0.70") == [(2, ("\\approx",), 0)]


def test_a_letter_before_parentheses_is_what_it_is_known_as():
    """What is known as nothing is applied, and whoever knows no g says so."""
    assert read("g(x)", kind) == [Statement((Call("g", (Symbol("x"),)),), ())]
    assert read("f(x)", lambda name: "variable") != read("f(x)", kind)
