"""Formulas are read as mathematicians read them, or not at all."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from math import cos, e, exp, log, pi, sqrt, tanh

import mpmath as mp
import numpy as np
import pytest

from truepage.maths.arrays import Meaningless
from truepage.maths.evaluation import value
from truepage.maths.notation import Statement, read_tokens, unstacked
from truepage.maths.terms import Call, Definition, Index, Symbol
from truepage.maths.tokens import SCRIPTED, Token, Unreadable
from truepage.maths.tree import tokens


def read(tex, kind):
    """The statements of a formula."""
    return read_tokens(unstacked(tokens(tex)), kind)


X, W = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([[0.5, -1.0], [2.0, 1.5]])
Z, V = np.array([0.5, -1.0, 2.0]), np.array([1.0, 2.0, 4.0])
ENV = {
    "x": 0.7,
    "y": -1.2,
    "a": 2.5,
    "b": 0.3,
    "n": 3,
    "z": Z,
    "v": V,
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
        (r"\log(x)^2 + \mathrm{exp}(x) + \text{tanh}(x)", log(0.7) ** 2 + exp(0.7) + tanh(0.7)),
        (r"\cos\theta x + \sin 2\pi x y", cos(1.05) + np.sin(2 * pi * 0.7 * -1.2)),
        (r"1 + \exp -x", 1 + exp(-0.7)),
        (r"x + -y - -a", 0.7 + 1.2 + 2.5),
        (r"\operatorname{sech} x \cosh x + \operatorname{csch} x \sinh x + \operatorname{lb} 8", 5),
        (r"\operatorname{round}(a) + \lfloor y \rceil + \lfloor x \rceil", 2 - 1 + 1),
        (r"(x)_+ + [y]_+ + y^+ + (y)_+^2 + (x - y)^+", 0.7 + 1.9),
        (r"[x > 0] + 2 [y \ge x] + 4 \cdot \mathbf{1}_{x = x} + \mathbb{1}\{y < a\}", 6),
        (r"(W^{-1})_{12} + (W^2)_{2,1}", np.linalg.inv(W)[0, 1] + (W @ W)[1, 0]),
        (r"W^{-\top}", np.linalg.inv(W).T),
        (r"\operatorname{diag}(z) + \operatorname{diag}(z)^\top", 2 * np.diag(Z)),
        (r"\operatorname{diag}(W)", np.diag(W)),
        (r"z \times v", np.cross(Z, V)),
        (r"2 \times x", 1.4),
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
        (r"\boxed{x} + \textcolor{red}{y} + \color{blue} a", 2.0),
        (r"\underbrace{x y}_{z} + \overbrace{x + y}^{z}", -0.84 - 0.5),
        (r"0{,}5 + .25 + \smash{x} \tag{1}", 1.45),
        (r"\left. x \right. + \phantom{a} y", -0.5),
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
        (r"\sum_{i \ne 1} z_i + \sum_{i > 1} z_i + \sum_{2 \le i \le n} z_i", 3),
        (r"\sum_{0 < i < n} z_i + \sum z_i v_i + \sum_{i = 2, \dots, n} z_i", -0.5 + 6.5 + 1),
        (r"\sum_{i < j} z_i z_j + \sum_{i \ne j} z_i z_j", 3 * (-0.5 + 1 - 2)),
        (r"\sum_j \sum_{i \le j} z_i", 0.5 - 0.5 + 1.5),
        (r"\sum_{\substack{i=1 \\ i \ne 2}}^{n} z_i + \max_{i \in \{1, \dots, 2\}} z_i", 3.0),
        (r"\prod_{1 \le i < j \le n} (v_j - v_i)", 1 * 3 * 2),
        (r"z_1 + z_2 + \cdots + z_n", 1.5),
        (r"v_1 v_2 \cdots v_n", 8),
        (r"(z_1^2 + \dots + z_n^2) + (z_1 v_1 + z_2 v_2 + \dots + z_n v_n)", 5.25 + 6.5),
        (r"(1 + 2 + \dots + n) + \max(z_1, \dots, z_n) + \min\{z_1, z_2, \ldots, z_n\}", 7),
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
        (r"\|z\|", np.linalg.norm(Z)),
        (r"\lVert z - v \rVert_2^2", np.sum((Z - V) ** 2)),
        (r"\lVert z \rVert_1 + \left\| z \right\|_\infty", 3.5 + 2),
        (r"\|z\|_3", np.linalg.norm(Z, 3)),
        (r"\|W\|_F", np.linalg.norm(W)),
        (r"\|y\|", 1.2),
        (r"\langle z, v \rangle", 6.5),
        (r"z^T v + v^\top z", 13),
        (r"v_1 W^T", W.T),
        (r"\mathbf{z}^\top z z^\top v", Z @ Z * (Z @ V)),
        (r"W^{-1}", np.linalg.inv(W)),
        (r"(X^\top X)^{-1} X^\top z", np.linalg.lstsq(X, Z, rcond=None)[0]),
        (r"W^2 (I - 2 W) ", W @ W @ (np.eye(2) - 2 * W)),
        (r"\det W + \det(W) + |W|", 3 * np.linalg.det(W)),
        (r"\operatorname{tr}(W W) + \operatorname{tr} W", np.trace(W @ W) + np.trace(W)),
        (r"W \begin{pmatrix} x \\ y \end{pmatrix}", W @ [0.7, -1.2]),
        (r"\begin{bmatrix} 1 & x \\ y & 2 \end{bmatrix} W", np.array([[1, 0.7], [-1.2, 2]]) @ W),
        (r"\begin{vmatrix} 1 & x \\ y & 2 \end{vmatrix}", 2.84),
        (r"n! \, 2 + n!^2 + (n + 1)!", 12 + 36 + 24),
        (r"\binom{5}{n} + \binom{a}{2} + \binom{2}{n}", 10 + 2.5 * 1.5 / 2),
        (r"\Gamma(a) + \Gamma(n)", float(mp.gamma(2.5)) + 2),
        (r"\operatorname{erf}(x) + \operatorname{erfc} x", 1),
        (
            r"\lg 100 + \cot x + \sec x + \csc x",
            2 + 1 / np.tan(0.7) + 1 / cos(0.7) + 1 / np.sin(0.7),
        ),
        (r"\operatorname{atan2}(y, x)", np.arctan2(-1.2, 0.7)),
        (r"\lfloor y \rfloor + \left\lceil a \right\rceil + \lfloor n \rfloor", -2 + 3 + 3),
        (r"7 \bmod n", 1),
        (r"(y \bmod n) + \operatorname{mod}(7, n)", 1.8 + 1),
        (r"\max_i z_i - \min_i v_i", 1),
        (r"\max_{i=2}^{n} z_i", 2),
        (r"\max_{i,j} X_{ij}", 6),
        (r"\arg\max_k z_k + \operatorname*{arg\,min}_k z_k", 3 + 2),
        (r"\max(x, y)^2 + \max\left(x, y\right)^2", 0.98),
        (r"f\left(x\right)^2", 1.49**2),
        (r"\operatorname{E}[z] + \mathbb{E}[v]", Z.mean() + V.mean()),
        (r"\operatorname{E}[z^2] + \mathbb{E}[(z - \mathbb{E}[z])^2]", (Z @ Z) / 3 + Z.var()),
        (r"\operatorname{E}[x z v + 1] + \operatorname{E}[z]^2", 0.7 * 6.5 / 3 + 1 + Z.mean() ** 2),
        (r"\operatorname{Var}[z] + \mathrm{Var}(v)", Z.var() + V.var()),
        (r"\int_0^a e^{-t^2} \, \mathrm{d}t", float(mp.quad(lambda t: mp.exp(-(t**2)), [0, 2.5]))),
        (r"\int_a^x t^2 + 1 \, dt", (0.7**3 - 2.5**3) / 3 + 0.7 - 2.5),
        (r"x \otimes y", -0.84),
        (r"\lim_{t \to 0} \frac{\sin t}{t} + \lim_{t \to 0^+} \frac{|t|}{t}", 2),
        (r"\lim_{t \to -\infty} e^t - \lim_{t \to 0^-} \frac{|t|}{t}", 1),
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
        (r"\log^2(x)^2", r"write (\log(…))^n", ")^2"),
        (r"\sin x (y)", "two ways", ""),
        (r"\sin x e^y", "two ways", ""),
        (r"\mathbf{1} x", "of a condition", ""),
        (r"x^{(1)}", "superscript in parentheses", "x^{(1)}"),
        (r"\pm x", r"\pm is not understood", r"\pm"),
        (r"x \propto y", r"\propto is not understood", r"\propto"),
        (r"\int x", "without ends", ""),
        (r"\lim_{x} a", "expected \\lim_{x \\to a}", ""),
        (r"W_{2j}", "W_{2, j}", "2j"),
        (r"{a \atop b}", "without its bar", ""),
        (r"\begin{matrix} a & b \end{matrix}", "matrix written out", "a & b"),
        (r"\infty", "no number", r"\infty"),
        (r"\int_0^1 x", "no dx of its own", ""),
        (r"180^\circ", "write \\frac{\\pi}{180}", ""),
        (r"n!!", "double factorial", ""),
        (r"x^n!", "two ways", ""),
        (r"a + b \bmod 3", "two ways", ""),
        (r"a b \bmod 3", "two ways", ""),
        (r"-a \bmod 3", "two ways", ""),
        (r"\langle x \rangle", "langle x, y", ""),
        (r"\|x", "not closed", ""),
        (r"\sigma'", "has no argument", r"\sigma'"),
        (r"\sum_{z_i > 1} z_i", "runs over is not understood", ""),
        (r"\sum z", "write \\sum_i", ""),
        (r"(x + y", "not closed", "("),
        (r"x +", "ends where a term is expected", "+"),
        (r"\operatorname{swish} x", "no function that is known", "swish"),
        (r"\lim(a)", "expected \\lim_{x \\to a}", ""),
        (r"v_1 \cdots a", "dots stand for", ""),
        (r"z_1^2 + z_3^2 + \dots + z_n^2", "dots stand for", ""),
        (r"x2", "several ways", "2"),
        (r"\frac{\partial^2 L}{\partial x \, y}", "", ""),
        (r"\begin{cases} 1 \\ 2 \end{cases}", "no condition", ""),
        (r"2 \underbrace{x + y}_{z}", "what this brace holds is a sum", ""),
        (r"1{,}000", "two ways", ""),
        (r"\cancel{x}", r"\cancel is not understood", ""),
        (r"x : y", "before = only", ""),
        (r"\stackrel{a}{x}", "above or below x", ""),
        (r"\nabla^2 x", "Laplace", ""),
        (r"\nabla \cdot x", "divergence", ""),
        (r"\iint x", "one for each letter", ""),
        (r"(x > 0)", "[x > 0] is understood", ""),
        (r"\sup x", "write \\max", ""),
        (r"x^-", "max(0, -x)", ""),
        (r"\mathbb{E}_x[z]", "with an index", ""),
        (r"x \sim y", "relations are", ""),
        (r"x \wedge y", "operators are", ""),
        (r"x \mapsto y", "write f(x)", ""),
        (r"f \colon x", "write f(x)", ""),
        (r"x \stackrel{?}{=} y", "? ", ""),
        (r"50\% x", "write 0.5", ""),
        (r"\hat{ab}", "one letter only", ""),
        (r"1 - ^2 x", "exponent at - is not understood", ""),
        (r"x =_a y", "index or exponent at = ", "=_a"),
        (r"\frac{1}x_i", "index stands after", ""),
        (r"\frac{d f(x)}{d x}^2", "exponent of a fraction", ""),
        (r"\frac{d x}{d^2 x}", "not understood", ""),
        (r"\lim^2_{x \to 0} x", "at \\lim is not", ""),
        (r"\sum'_i z_i", "with a prime", ""),
        (r"\sin(x)'", "a prime stands", ""),
        (r"\sum_{i=1, 3, \dots, n} z_i", "runs over is not understood", "i=1, 3, \\dots, n"),
        (r"\sum_{i \in \{1, 3, \dots, n\}} z_i", "runs over is not understood", ""),
        (r"\begin{cases} 2 & x > 0 \\ 0 & \text{else} \end{cases}'", "a prime stands", ""),
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


def scripted(token: Token) -> Iterator[Token]:
    """Yield a token with one more script, or with one at a token inside it."""
    if token.kind in SCRIPTED:
        yield replace(token, sub=(*token.sub, Token("symbol", "k")))
        yield replace(token, sup=(*token.sup, Token("number", "2")))
        yield replace(token, primes=token.primes + 1)
    for field in fields(Token):
        part = getattr(token, field.name)
        if isinstance(part, tuple):
            yield from (replace(token, **{field.name: one}) for one in scripted_in(part))


def scripted_in(found: Sequence[object]) -> Iterator[tuple]:
    """Yield tokens, nested or not, with one more script somewhere."""
    for at, part in enumerate(found):
        for one in scripted(part) if isinstance(part, Token) else scripted_in(part):
            yield (*found[:at], one, *found[at + 1 :])


@pytest.mark.parametrize(
    "tex",
    [
        r"\sum_{i=1}^{n} z_i^2 + \prod_{i \in \{1, \dots, n\}} v_i - \max_{i < 3} (z)_i",
        r"\frac{\partial^3 f}{\partial x^2 \partial y} + \frac{d f(x)}{dx}",
        r"\lim_{x \to 0^+} \sin 2\pi x + \int_0^1 x \, dx + \nabla_z f",
        r"\|z\|_F + |x| + \sqrt[3]{x} + \lfloor x \rceil + \langle z, v \rangle + n!",
        r"\begin{cases} \log_2 8 & x \ge R_{\max} \\ \mathbf{1}_{\{x < 1\}} & y < 1 \end{cases}",
        r"\tanh^2(x) + f'(x) + \begin{pmatrix} 1 & x \\ y & 2 \end{pmatrix} + \binom{n}{2}",
    ],
)
def test_a_script_at_any_token_is_read_or_refused(tex):
    """None is dropped in silence."""
    found = tokens(tex)
    statements = read_tokens(found, kind)
    for changed in scripted_in(found):
        try:
            assert read_tokens(changed, kind) != statements, changed
        except Unreadable:
            continue


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
    assert shapes(r"\begin{aligned} x &= y \\ &\quad + a \end{aligned}") == [(2, ("=",), 0)]
    for sign in (":=", r"\coloneqq", r"\triangleq", r"\stackrel{\text{def}}{=}", r"\overset{!}{=}"):
        assert shapes(f"x {sign} y") == [(2, ("=",), 0)]
    assert shapes(r"x \le y \quad \forall x > 0") == [(2, (r"\le",), 1)]
    assert shapes(r"x \not= y") == [(2, ("\\ne",), 0)]
    assert shapes(r"x \approx 0.70") == [(2, ("\\approx",), 0)]


def test_a_letter_before_parentheses_is_what_it_is_known_as():
    """What is known as nothing is applied, and whoever knows no g says so."""
    assert read("g(x)", kind) == [Statement((Call("g", (Symbol("x"),)),), ())]
    assert read("f(x)", lambda name: "variable") != read("f(x)", kind)


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"\|X\|", "norm of a matrix"),
        (r"x^T", "declare T"),
        (r"z \otimes v", "two ways"),
        (r"z^2", "power of a vector"),
        (r"X^{-1}", "power of this matrix"),
        (r"I + x", "no square matrix"),
        (r"\operatorname{E}[x]", "of a vector"),
        (r"\operatorname{E}[\|z\|]", "of a vector"),
        (r"\int_0^1 |t| \, dt", "branches"),
        (r"\int_0^\infty \int_0^u s u \, ds \, du", "over another integral"),
        (r"\sum_{i=0}^{2} z_i", "counted from 1"),
    ],
)
def test_what_has_no_one_meaning_is_refused_with_what_would(tex, words):
    """The same notation means different things for numbers, vectors and matrices."""
    (statement,) = read(tex, kind)
    with pytest.raises(Meaningless, match=re.escape(words)):
        value(statement.terms[0], ENV)


@pytest.mark.parametrize(
    ("tex", "name"),
    [
        (r"E_{\text{kin}} = a", "E_{kin}"),
        (r"E_\mathrm{kin} = a", "E_{kin}"),
        (r"V_{\max} = a", "V_{max}"),
        (r"f_+ = a", "f_+"),
        (r"E_A = a", "E_A"),
    ],
)
def test_letters_and_words_below_are_part_of_a_name(tex, name):
    """Nothing on the other side runs over them."""
    assert read(tex, kind)[0].terms[0] == Symbol(name)


def test_an_index_on_both_sides_is_an_index():
    """It is no part of the name, whether it stands below a letter or for itself."""
    assert isinstance(read("s_i = z_i", kind)[0].terms[0], Index)
    assert isinstance(read("s_i = 2 i", kind)[0].terms[0], Index)
