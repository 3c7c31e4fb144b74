r"""A formula held to a function: what bears the mark was compared.

Each table is a kind of mistake that was once checked, or of truth that was once refused.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from truepage.maths import check


def _clipped(y, p):
    q = np.clip(p, 0.001, 0.999)
    return -(y * np.log(q) + (1 - y) * np.log(1 - q))


def _clipped_mean(y, p):
    return np.mean(_clipped(y, p))


def _first_four(x):
    return np.sum(x[:4])


WRONG: dict[str, tuple[str, Callable[..., Any] | None, str, list[str]]] = {
    # The relation that is written is the relation that is tested.
    "greater": ("f(x) > x^2", lambda x: x * x, "f(x)", []),
    "less": ("f(x) < x^2", lambda x: x * x, "f(x)", []),
    "unequal": (r"f(x) \ne x^2", lambda x: x * x, "f(x)", []),
    "at-least": (r"f(x) \ge x^2 + 1", lambda x: x * x, "f(x)", []),
    "member": (r"f(x) \in (5, 6)", lambda x: x * x, "f(x)", []),
    "member-of-nothing": ("f(x) = x^2", lambda x: x * x, "f(x)", [r"x \in"]),
    "about": (r"f \approx 3.15", lambda: np.pi, "f()", []),
    "unequal-at-a-number": (r"x \ne 0.6875", None, "", [r"x \in \mathbb{R}"]),
    "greater-but-at-one": ("(x - 0.6875)^2 > 0", None, "", [r"x \in \mathbb{R}"]),
    # Every statement is compared, or used by one that is.
    "later-line": (
        r"\begin{aligned} d_1 &= 2x \\ d_2 &= d_1 + 10^6 \end{aligned}",
        lambda x: 2 * x, "f(x)", [],
    ),
    "after-comma": (r"f(x) = 2x, \quad g = 7", lambda x: 2 * x, "f(x)", []),
    "no-relation": ("f(x) = 2x, 7", lambda x: 2 * x, "f(x)", []),
    "comma-for-point": (r"\pi \approx 3,99", None, "", []),
    # A value beside none is a difference.
    "root-squared": (r"f(x) = \sqrt{x}^2", np.abs, "f(x)", []),
    "e-to-log": (r"f(x) = e^{\log x}", lambda x: x, "f(x)", []),
    "log-of-negative": (r"f(x) = \log x", lambda x: np.log(np.abs(x)), "f(x)", []),
    "cube-root": ("f(x) = x^{1/3}", np.cbrt, "f(x)", []),
    "log-of-product": (r"\ln(x y) = \ln x + \ln y", None, "", [r"x, y \in \mathbb{R}"]),
    # A decimal is the number that is written where no code is compared.
    "float-in-bars": (
        r"|0.1| = 0.1000000000000000055511151231257827021181583404541015625", None, "", [],
    ),
    "removable-pole": (r"\frac{x^2 - 1}{x - 1} = x + 1", None, "", [r"x \in \mathbb{R}"]),
    "one-over-one-over": (r"\frac{1}{1 / x} = x", None, "", [r"x \in \mathbb{R}"]),
    "limit-from-one-side": (
        r"\lim_{h \to 0} \frac{|x + h| - |x|}{h} = \operatorname{sign}(x)", None, "",
        [r"x \in \mathbb{R}"],
    ),
    "impossible-branch": (
        r"f(x) = \begin{cases} x & x > 0 \\ \sqrt{-1} & x \le 0 \end{cases}",
        lambda x: np.maximum(x, 0), "f(x)", [],
    ),
    # Every letter is swept, and sizes go beyond 4.
    "threshold": (
        r"f(x) = \begin{cases} 1 & e^x > 5.3 \\ 0 & e^x \le 5.3 \end{cases}",
        lambda x: float(x > 1.668), "f(x)", [],
    ),
    "second-threshold": (
        r"f(x) = \begin{cases} 1 & \sin x > 0.6 \\ 0 & \sin x \le 0.6 \end{cases}",
        lambda x: float(np.sin(x) > 0.6 if x < 2 else np.sin(x) > 0.601), "f(x)", [],
    ),
    "threshold-of-rounding": (
        r"f(x) = \begin{cases} 1 & \frac{1}{1 + e^{-x}} > 0.9 \\ 0 & \text{else} \end{cases}",
        lambda x: float(x > 2.2), "f(x)", [],
    ),
    "floor-from-below": (r"f(x) = \lfloor x \rfloor", lambda x: np.floor(x + 1e-9), "f(x)", []),
    "round-of-halves": (
        r"f(x) = \operatorname{round}(x)", lambda x: np.ceil(x - 0.5 - 1e-9), "f(x)", [],
    ),
    "clipped": (
        r"\ell = -y \log p - (1 - y) \log(1 - p)", _clipped, "f(y, p)",
        [r"y \in \{0, 1\}; p \in (0, 1)"],
    ),
    "clipped-vector": (
        r"\ell = -\frac{1}{n} \sum_{i=1}^n (y_i \log p_i + (1 - y_i) \log(1 - p_i))",
        _clipped_mean, "f(y, p)", [r"y \in \{0, 1\}^n; p \in (0, 1)^n"],
    ),
    "first-four": (r"S = \sum_{i=1}^n x_i", _first_four, "f(x)", [r"x \in \mathbb{R}^n"]),
    # Ties at thresholds, letters included.
    "tie": (
        r"f(x) = \begin{cases} 1 & x > t \\ 0 & x \le t \end{cases}",
        lambda x, t: np.where(x >= t, 1.0, 0.0), "f(x, t)", [],
    ),
    "tie-beside": (
        r"f(x) = \begin{cases} 1 & x > 2t + 1 \\ 0 & x \le 2t + 1 \end{cases}",
        lambda x, t: np.where(x >= 2 * t + 1, 1.0, 0.0), "f(x, t)", [],
    ),
    "decimal-tie": (
        r"f(x) = \begin{cases} 1 & x > 0.3 \\ 0 & x \le 0.3 \end{cases}",
        lambda x: np.where(x >= 0.3, 1.0, 0.0), "f(x)", [],
    ),
    "first-hundred": (
        r"S = \sum_{i=1}^n x_i", lambda x: np.sum(x[:100]), "f(x)", [r"x \in \mathbb{R}^n"],
    ),
    # Another norm, another sign of the imaginary unit, another vector of derivatives.
    "frobenius": (
        r"d = \lVert A \rVert_2", np.linalg.norm, "f(A)", [r"A \in \mathbb{R}^{m \times n}"],
    ),
    "largest-element": (
        r"d = \lVert A \rVert_\infty", lambda a: np.abs(a).max(), "f(A)",
        [r"A \in \mathbb{R}^{m \times n}"],
    ),
    "dft-sign": (
        r"X_k = \sum_{n=0}^{N-1} x_n e^{2\pi i k n / N}", np.fft.fft, "f(x)",
        [r"x \in \mathbb{R}^N"],
    ),
    "dft-real": (
        r"X_k = \sum_{n=0}^{N-1} x_n e^{-2\pi i k n / N}", lambda x: np.fft.fft(x).real, "f(x)",
        [r"x \in \mathbb{R}^N"],
    ),
    "real-part": (r"\operatorname{Re}(z) = a", lambda a, b: a, "f(a, b)", ["z = a - b"]),
    "complex-for-size": (
        r"|H(\omega)| = \frac{1}{1 + i \omega}", lambda w: 1 / (1 + 1j * w), "f(omega)", [],
    ),
    "squares-for-sizes": (
        r"\lVert x \rVert^2 = \sum_{k=1}^n x_k^2", None, "",
        [r"a \in \mathbb{R}^n", "x_k = i a_k"],
    ),
    "gradient": (
        r"\nabla f(x) = x", None, "", [r"x \in \mathbb{R}^n", r"f(x) = x^\top x"],
    ),
    "double-integral": (r"\int_0^1 \int_0^x y \, dy \, dx = \frac{1}{2}", None, "", []),
    "slope-of-integral": (
        r"\frac{d}{da} \int_0^a a x \, dx = a^2", None, "", [r"a \in (1, 2)"],
    ),
    # The left side names what the code gives at the arguments of the call.
    **{
        f"left-{at}": (f"{left} = 2x", lambda x: 2 * x, "f(x)", where)
        for at, (left, where) in enumerate([
            ("f(-x)", []), ("f(x + 1)", []), ("f(2)", []), ("f(y)", []), ("|f(-x)|", []),
            ("f(y)", [r"y \in \mathbb{R}"]), (r"p(x \mid y)", [r"y \in \mathbb{R}"]),
            (r"\max(y, 0)", []), (r"\max y", []), ("|y|", []), ("|y|^3", []), (r"\|y\|", []),
            ("y^2", []), (r"\exp(y)", []), (r"\sin(y)", []), (r"\lfloor y \rfloor", []),
            (r"\nabla f(x)", ["f(x) = x^3"]), (r"f(\sin x)", []), ("y^{-2}", []), ("e^y", []),
        ])
    },
    **{
        f"domain-{domain}": ("f(x) = |x|", lambda x: x, "f(x)", [rf"x \in {domain}"])
        for domain in [
            r"\mathbb{R} \setminus \{0\}", r"(-1, 0) \cup (0, 1)", r"[-10^6, 10^6]", r"[-\pi, 0]",
            r"\mathbb{R}_{\le 0}", r"\mathbb{R}^-", r"\mathbb{Z}", "[0, T]", r"\mathbb{R}_{x}",
        ]
    },
    # Elements are counted from 0 where a sum over them begins there, in all of a formula.
    **{
        f"from-0-{right}": (f"f = {right}", np.sum, "f(x)", [r"x \in \mathbb{R}^n"])
        for right in [
            r"\sum_{i=0}^{n} x_i", r"\frac12 (\sum_{i=0}^{n-1} x_i + \sum_{i=1}^n x_i)",
            r"x_1 - x_0 + \sum_{i=0}^{n-1} x_i",
        ]
    },
    # Meanings that nobody sees on the page.
    "fixed-function": (r"\sin(x) = x", None, "", [r"\sin(x) = x", r"x \in \mathbb{R}"]),
    "fixed-number": (r"\pi = 3", None, "", [r"\pi = 3"]),
    "declared-twice": ("x = 3", None, "", ["x = 2", "x = 3"]),
    "two-domains": (r"x \ge 2", None, "", [r"x \in (0, 1)", r"x \in (2, 3)"]),
    "empty": ("", lambda x: x, "f(x)", []),
    # Readings that nobody sees on the page.
    "exponent-of-fraction": (r"f(x) = \frac{x}{2}^2", lambda x: x * x / 4, "f(x)", []),
    "factor": (r"f(x) = \sin(\pi x)", lambda x: 1.01 * np.sin(np.pi * x), "f(x)", []),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_formulas_are_not_checked(name: str) -> None:
    """They are refuted, or not understood."""
    tex, function, call, where = WRONG[name]
    declared = [one for text in where for one in text.split("; ")]
    assert check(tex, function, call, where=declared).status in ("refuted", "not understood")


def test_rounding_does_not_explain_everything() -> None:
    """A formula that loses all its digits says nothing of code."""
    verdict = check("f(x) = (x + 10^{20}) - 10^{20}", lambda x: 0.0 * x, "f(x)")
    assert verdict.status == "undecided"
    assert "rounding leaves open" in verdict.words


def test_sides_that_may_be_equal_are_not_unequal() -> None:
    """At 1 no precision tells x e^−x from e^−1."""
    verdict = check("x e^{-x} < e^{-1}", where=[r"x \in \mathbb{R}"])
    assert verdict.status == "undecided"
    assert verdict.words == "at x = 1 it is not certain that its sides are not equal"


TRUE: dict[str, tuple[str, Callable[..., Any] | None, str, list[str]]] = {
    "decimal-in-bars": (r"|0.1| = \frac{1}{10}", None, "", []),
    "decimal-letter": ("10 a = 1", None, "", ["a = 0.1"]),
    "floor": (r"f(x) = \lfloor x \rfloor", np.floor, "f(x)", []),
    "remainder": (r"f(x) = x \bmod 0.3", lambda x: x % 0.3, "f(x)", []),
    "threshold": (
        r"f(x) = \begin{cases} 1 & \frac{1}{1 + e^{-x}} > 0.9 \\ 0 & \text{else} \end{cases}",
        lambda x: float(1 / (1 + np.exp(-x)) > 0.9), "f(x)", [],
    ),
    "greater": ("f(x) > x^2 - 1", lambda x: x * x, "f(x)", []),
    "zeros-of-a-wave": (r"y = \sin(2 \pi f t)", lambda t, f: np.sin(2 * np.pi * f * t), "g(t, f)",
                        [r"t \in [0, 1]", r"f \in \{1, 2, 3\}"]),
    "cosine": (r"y = \cos(\pi x)", lambda x: np.cos(np.pi * x), "g(x)", []),
    "decimal-threshold": (
        r"f(x) = \begin{cases} 1 & x \ge 0.3 \\ 0 & x < 0.3 \end{cases}",
        lambda x: np.where(x >= 0.3, 1.0, 0.0), "f(x)", [],
    ),
    "letter-threshold": (
        r"f(x) = \begin{cases} 1 & x \ge t \\ 0 & x < t \end{cases}",
        lambda x, t: np.where(x >= t, 1.0, 0.0), "f(x, t)", [],
    ),
    "overflow": ("f(x) = x^{200}", lambda x: x ** 200, "f(x)", []),
    "removable": (r"s = \frac{\sin(\pi x)}{\pi x}", np.sinc, "f(x)", []),
    "used-definition": (r"f(x) = 2a, \quad a = x + 1", lambda x: 2 * (x + 1), "f(x)", []),
    "square-as-name": (
        r"s^2 = \frac{1}{n} \sum_{i=1}^n (x_i - m)^2", np.var, "f(x)",
        [r"x \in \mathbb{R}^n", r"m = \frac{1}{n} \sum_{i=1}^n x_i"],
    ),
    "prime-as-name": (r"x' = 2x", lambda x: 2 * x, "f(x)", []),
    "index-as-name": (r"L_\delta(r) = \delta r", lambda r, d: d * r, "f(r, delta)", []),
    "bars-as-name": (r"|H| = |x| + 1", lambda x: np.abs(x) + 1, "f(x)", []),
    **{
        f"left-{left}": (f"{left} = 2x", lambda x: 2 * x, "f(x)", [])
        for left in [
            "s^3", "R^2", "f(x, y)", "H(X)", "f'(x)", r"\nabla f(x)", r"\nabla_\theta L", "F_X(x)",
            r"L_\delta(x)", r"p(x \mid \mu)", r"f(x; \mu, \sigma^2)", r"\operatorname{ReLU6}(x)",
            r"\log p(x \mid \theta)", r"\tan\theta", "P(X = x)", r"P(X \le x)", r"D(X \| Y)",
            r"\mathbb{E}[X]", r"\langle E \rangle", r"\mathcal{L}(\theta)",
        ]
    },
    **{
        f"domain-{domain}": ("f(x) = |x|", lambda x: x, "f(x)", [rf"x \in {domain}"])
        for domain in [
            r"\mathbb{R}^+", r"\mathbb{R}_{\ge 0}", r"\mathbb{N}_0", r"(0, 2\pi)", r"[0, 10^6]",
            r"(0, 1) \cup (2, 3)", r"\mathbb{N} \setminus \{3\}", r"\mathbb{Z}_{>0}",
        ]
    },
    "hole": (
        r"s = \frac{x}{|x|}", np.sign, "f(x)", [r"x \in \mathbb{R} \setminus \{0\}"],
    ),
    "letter-and-digit": (
        r"y = x + \sqrt{s2}", lambda x, s2: x + np.sqrt(s2), "f(x, s2)", [r"s2 \in (0, \infty)"],
    ),
    "from-0": (
        r"X_k = \sum_{n=0}^{N-1} n x_n \cos(k n)",
        lambda x: np.array([
            sum(n * x[n] * np.cos(k * n) for n in range(len(x))) for k in range(len(x))
        ]),
        "f(x)", [r"x \in \mathbb{R}^N"],
    ),
    "from-0-slope": (
        r"\frac{\partial f}{\partial x_i} = 2 x_i", None, "",
        [r"x \in \mathbb{R}^n", r"f = \sum_{i=0}^{n-1} x_i^2"],
    ),
    "series": (r"\sum_{k=0}^\infty \frac{x^k}{k!} = e^x", None, "", [r"x \in [-2, 2]"]),
    "spectral": (
        r"d = \lVert A \rVert_2", lambda a: np.linalg.norm(a, 2), "f(A)",
        [r"A \in \mathbb{R}^{m \times n}"],
    ),
    "norms-at-most": (
        r"\lVert A \rVert_2^2 \le \lVert A \rVert_1 \lVert A \rVert_\infty", None, "",
        [r"A \in \mathbb{R}^{m \times n}"],
    ),
    "euler": (
        r"e^{i\theta} = \cos\theta + i \sin\theta", None, "", [r"\theta \in \mathbb{R}"],
    ),
    "dft": (
        r"X_k = \sum_{n=0}^{N-1} x_n e^{-2\pi i k n / N}", np.fft.fft, "f(x)",
        [r"x \in \mathbb{R}^N"],
    ),
    "response": (
        r"|H(\omega)| = \frac{1}{|1 + j\omega\tau|}", lambda w, t: abs(1 / (1 + 1j * w * t)),
        "f(omega, tau)", [],
    ),
    "index-and-not-unit": (
        r"y_i = i x_i", lambda x: np.arange(1, len(x) + 1) * x, "f(x)", [r"x \in \mathbb{R}^n"],
    ),
    "gradient": (
        r"\nabla f = (A + A^\top) x", None, "",
        [r"A \in \mathbb{R}^{n \times n}", r"x \in \mathbb{R}^n", r"f(x) = x^\top A x"],
    ),
    "double-integral": (
        r"\int_0^1 \int_0^{1-x} x e^{y} \, dy \, dx = e - \frac{5}{2}",
        None, "", [],
    ),
    "slope-of-integral": (
        r"\frac{d}{da} \int_a^{a^2} \cos x \, dx = 2a \cos a^2 - \cos a", None, "",
        [r"a \in (0, 1)"],
    ),
    "deep-recurrence": (
        r"\frac{\partial h_D}{\partial h_0} = \prod_{l=1}^D w_l", lambda w, h: np.prod(w),
        "f(w, h_0)", [r"w \in \mathbb{R}^D", r"h_0 \in \mathbb{R}", "h_l = w_l h_{l-1}"],
    ),
    "gradient-of-half": (
        r"\nabla_x \frac{1}{2} x^\top x = x", None, "", [r"x \in \mathbb{R}^n"],
    ),
    "letters-below": (
        r"y = \text{Tanh}(H_{in})", np.tanh, "f(H_in)", [r"H_{in} \in (0, 1)"],
    ),
    "degrees": (r"y = \sin(x^\circ)", lambda x: np.sin(np.deg2rad(x)), "f(x)", []),
    "to-radians": (r"r = \frac{\pi}{180^\circ} x", np.deg2rad, "f(x)", []),
    "limit": (r"\lim_{x \to 0} \frac{\sin x}{x} = 1", None, "", []),
    "singular": (r"A A^{-1} = I", None, "", [r"A \in \mathbb{R}^{n \times n}"]),
    "element": (
        r"N_{ij} = (M^{-1})_{ij}", np.linalg.inv, "f(M)", [r"M \in \mathbb{R}^{n \times n}"],
    ),
    "element-as-name": (r"f(x)_i = 2 x_i", lambda x: 2 * x, "f(x)", [r"x \in \mathbb{R}^n"]),
    "all-but-one": (
        r"s_k = \sum_{i \ne k} x_i", lambda x: np.sum(x) - x, "f(x)", [r"x \in \mathbb{R}^n"],
    ),
    "argument-of-the-call": ("f(-x) = 2x", lambda x: -2 * x, "f(-x)", []),
    "number-of-the-call": ("f(2) = 4", lambda x: x * x, "f(2)", []),
    "defined-argument": ("L(z) = 2z", lambda x: 6 * x, "f(x)", ["z = 3x"]),
    "cosine-as-name": (r"\cos\theta = \cos x", np.cos, "f(x)", []),
    "reciprocal": (r"\frac{1}{R} = \frac{1}{a} + \frac{1}{b}", lambda a, b: a * b / (a + b),
                   "f(a, b)", [r"a, b \in (0, \infty)"]),
}  # fmt: skip


@pytest.mark.parametrize(
    "tex",
    [
        r"\sum_{n=1}^\infty \frac{[n > 8]}{n^2} = 0",
        r"\sum_{n=1}^\infty \max(0, n - 5000) 2^{-n} = 0",
        r"\lim_{x \to \infty} \frac{x}{x + 10^{200}} = 0",
        r"\lim_{x \to 0} \frac{x}{x + 10^{-300}} = 1",
    ],
)
def test_what_may_begin_later_is_not_known(tex: str) -> None:
    """Terms of a sum may begin late, and a limit lie beyond the numbers of its formula."""
    assert check(tex).status == "undecided"


@pytest.mark.parametrize("name", TRUE)
def test_true_formulas_with_ordinary_code_are_checked(name: str) -> None:
    """Rounding, thresholds and names as people write them are no differences."""
    tex, function, call, where = TRUE[name]
    verdict = check(tex, function, call, where=where)
    assert verdict.status == "checked", verdict.words


def test_a_declared_tolerance_is_accepted_and_no_more() -> None:
    """Textbook code loses digits far out: the author may say so; a factor is still seen."""
    tex, where = r"s = \frac{e^{-z}}{(1 + e^{-z})^2}", []

    def textbook(z):
        s = 1 / (1 + np.exp(-z))
        return s * (1 - s)

    assert check(tex, textbook, "f(z)", where=where).status == "refuted"
    assert check(tex, textbook, "f(z)", where=where, tolerance=1e-9).status == "checked"
    wrong = check(tex, lambda z: 1.01 * textbook(z), "f(z)", where=where, tolerance=1e-9)
    assert wrong.status == "refuted"


def test_a_refutation_shows_two_different_numbers() -> None:
    """However near they are."""
    verdict = check("f(x) = 8192 x", lambda x: 8192 * x * (1 + 2e-9), "f(x)")
    assert verdict.disagreement
    assert verdict.disagreement.left != verdict.disagreement.right


def test_the_verdict_says_what_was_tried() -> None:
    """The values of each letter, and how many elements a vector had."""
    verdict = check(r"S = a \sum_i x_i", lambda a, x: a * np.sum(x), "f(a, x)",
                    where=[r"x \in \mathbb{R}^n"])  # fmt: skip
    assert "a from −256 to 256" in verdict.tried
    assert "in up to 300 elements" in verdict.tried


def test_what_was_tried_is_no_more_than_what_was_compared() -> None:
    """Where code says that it overflows nothing was; nor where neither side has a value."""

    def cube(x):
        if abs(x) >= 8:
            raise OverflowError
        return x**3

    verdict = check("f(x) = x^3", cube, "f(x)")
    assert verdict.status == "checked"
    assert verdict.tried == "x from −7.75 to 7.75"
    assert check(r"f(x) = \ln x", np.log, "f(x)").tried == "x from 0.000976562 to 256"
