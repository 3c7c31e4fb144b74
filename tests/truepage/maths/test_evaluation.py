"""Values and derivatives of terms, against mpmath, against hand-derived numbers and by sampling."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mp

from truepage.maths.arrays import Meaningless
from truepage.maths.calculus import NoDerivative
from truepage.maths.evaluation import value
from truepage.maths.functions import Undefined
from truepage.maths.jets import precision
from truepage.maths.terms import (
    Apply,
    Call,
    Cases,
    Comparison,
    Definition,
    Derivative,
    Index,
    Number,
    Repeated,
    Symbol,
    Term,
)

X = Symbol("x")
ZERO, ONE, TWO = (Number(Fraction(n)) for n in range(3))


def call(name: str, *arguments: Term, order: int = 0) -> Call:
    """A function by its name, applied."""
    return Call(name, arguments, order)


def derivative(term: Term, variable: str, env: dict[str, object], order: int = 1) -> arb:
    """A derivative with respect to a letter."""
    return value(Derivative(term, Symbol(variable), order), env)


def op(name: str, *arguments: Term) -> Apply:
    """An operation on terms."""
    return Apply(name, arguments)


SIGMOID = Definition(
    ("z",),
    op("divide", ONE, op("add", ONE, op("power", Symbol("e"), op("negate", Symbol("z"))))),
)
STEP = Cases(((ONE, (Comparison((X, ZERO), (">",)),)), (ZERO, ())))
RELU = call("\\max", ZERO, X)

SMOOTH = [
    (call("\\exp", X), mpmath.exp, (-700, 700)),
    (call("\\log", X), mpmath.log, (1e-3, 1e3)),
    (call("\\sin", X), mpmath.sin, (-50, 50)),
    (call("\\cos", X), mpmath.cos, (-50, 50)),
    (call("\\tan", X), mpmath.tan, (-1.5, 1.5)),
    (call("\\sinh", X), mpmath.sinh, (-300, 300)),
    (call("\\cosh", X), mpmath.cosh, (-300, 300)),
    (call("\\tanh", X), mpmath.tanh, (-30, 30)),
    (call("\\arctan", X), mpmath.atan, (-1e6, 1e6)),
    (call("\\arcsin", X), mpmath.asin, (-0.99, 0.99)),
    (call("\\arccos", X), mpmath.acos, (-0.99, 0.99)),
    (call("arsinh", X), mpmath.asinh, (-1e6, 1e6)),
    (call("arcosh", X), mpmath.acosh, (1.01, 1e6)),
    (call("artanh", X), mpmath.atanh, (-0.99, 0.99)),
    (call("erf", X), mpmath.erf, (-5, 5)),
    (op("sqrt", X), mpmath.sqrt, (1e-3, 1e3)),
    (op("power", X, Number(Fraction(5, 2))), lambda x: x**2.5, (1e-3, 1e3)),
    (op("power", X, Number(Fraction(-3))), lambda x: x**-3, (0.01, 1e3)),
    (op("power", TWO, X), lambda x: mpmath.mpf(2) ** x, (-50, 50)),
    (op("log_base", X, TWO), lambda x: mpmath.log(x, 2), (1e-3, 1e3)),
    (op("root", X, Number(Fraction(3))), mpmath.cbrt, (1e-3, 1e3)),
    (call("\\sigma", X), lambda x: 1 / (1 + mpmath.exp(-x)), (-30, 30)),
]


@pytest.mark.parametrize(("term", "oracle", "domain"), SMOOTH)
def test_values_and_two_derivatives_are_those_of_mpmath(term, oracle, domain):
    """At points all over its domain a function has mpmath's value, and mpmath's derivatives."""
    generator = np.random.default_rng(1)
    for x in [*generator.uniform(*domain, size=12), (domain[0] + domain[1]) / 2]:
        env = {"x": float(x), "\\sigma": SIGMOID}
        with precision(2000), mp.workdps(320):
            expected = oracle(mp.mpf(float(x)))
            found = value(term, env)
            assert _near(found, expected)
        with precision(300), mp.workdps(60):
            for order in (1, 2):
                slope = mp.diff(oracle, mp.mpf(float(x)), order, h=mp.mpf(10) ** -20)
                assert _near(derivative(term, "x", env, order), slope, 1e-12)


def _near(found: arb, expected: object, relative: float = 1e-50) -> bool:
    found = mp.mpf(found.mid().str(400, radius=False))
    return abs(found - expected) <= relative * abs(expected) + mp.mpf(10) ** -400


@settings(deadline=None)  # other work may run on the machine
@given(st.floats(-5, 5), st.floats(0, 3), st.floats(0, 1))
def test_a_wide_ball_encloses_all_values_and_slopes(middle, radius, share):
    """Wherever in a ball a point lies, the answer for the ball holds the answer for the point."""
    x = middle + (2 * share - 1) * radius
    wide = {"x": arb(middle, radius), "\\sigma": SIGMOID}
    thin = {"x": x, "\\sigma": SIGMOID}
    assume(wide["x"].contains(arb(x)))  # else it was rounded out of the ball
    for term in (
        STEP,
        RELU,
        op("abs", X),
        op("power", X, TWO),
        call("\\sigma", X),
        call("\\tanh", X),
        op("subtract", call("\\sigma", op("multiply", TWO, X)), op("multiply", X, X)),
        call("\\min", X, op("power", X, Number(Fraction(3)))),
    ):
        hull = value(term, wide)
        assert hull.is_nan() or hull.overlaps(value(term, thin))
        try:
            slope = derivative(term, "x", thin)
        except NoDerivative:
            continue
        enclosure = derivative(term, "x", wide)
        assert enclosure.is_nan() or enclosure.overlaps(slope)


def test_a_ball_across_a_branch_gives_the_union():
    """The step takes 0 and 1 around 0, ReLU 0 to the end, and |x| is not negative."""
    around = {"x": arb(0, 1)}
    assert value(STEP, around).contains(0) and value(STEP, around).contains(1)
    assert float(value(RELU, around).lower()) == pytest.approx(0, abs=1e-6)
    assert value(op("abs", X), around) >= arb("-1e-6")
    slope = derivative(RELU, "x", around)
    assert slope.contains(0) and slope.contains(1) and not slope.contains(2)


def test_there_is_no_derivative_at_kinks_and_jumps():
    """Both slopes are told; where they agree, branches do no harm."""
    with pytest.raises(NoDerivative, match="0 from the left and 1 from the right"):
        derivative(RELU, "x", {"x": 0})
    with pytest.raises(NoDerivative, match="jump"):
        derivative(STEP, "x", {"x": 0})
    assert derivative(call("\\max", ZERO, op("power", X, TWO)), "x", {"x": 0}) == 0
    smooth = op("multiply", X, op("abs", X))  # x|x| has the slope 2|x|
    assert derivative(smooth, "x", {"x": 0}) == 0
    hole = Cases(((X, (Comparison((X, ZERO), ("\\ne",)),)), (ONE, ())))
    with pytest.raises(NoDerivative):
        derivative(hole, "x", {"x": 0})


@pytest.mark.parametrize(
    "term",
    [
        op("divide", ONE, X),
        call("\\log", X),
        call("\\log", op("negate", ONE)),
        op("sqrt", op("negate", ONE)),
        op("power", X, op("negate", ONE)),
        op("power", op("negate", ONE), Number(Fraction(1, 2))),
        Cases(((ONE, (Comparison((X, ZERO), (">",)),)),)),
    ],
)
def test_what_has_no_value_at_zero(term):
    """1/0, log 0, √−1, … and a case distinction without a case."""
    with pytest.raises(Undefined):
        value(term, {"x": 0})


def test_far_out_precision_decides():
    """2/(1 + e^(−2x)) − 1 at 1e-60 is 1e-60, and σ(−1e300) is positive."""
    doubled = op("multiply", TWO, X)
    tanh = op("subtract", op("multiply", TWO, call("\\sigma", doubled)), ONE)
    env = {"x": 1e-60, "\\sigma": SIGMOID}
    with precision(1000):
        assert float(value(tanh, env)) == 1e-60
        assert value(call("\\sigma", X), {**env, "x": -1e300}) > 0


def test_definitions_see_what_is_global_and_not_the_callers_letters():
    """With a = 2x, f(y) = a y: f in a place where x is bound still means the global x."""
    env = {
        "x": 3,
        "a": Definition((), op("multiply", TWO, X)),
        "f": Definition(("y",), op("multiply", Symbol("a"), Symbol("y"))),
    }
    total = Repeated("add", "x", ONE, TWO, call("f", X))
    assert value(total, env) == 6 * (1 + 2)


def test_chain_rule_through_definitions():
    """∂L/∂w with L = ½(y − z)², z = w x + b; and with respect to z, which is itself defined."""
    loss = op("divide", op("power", op("subtract", Symbol("y"), Symbol("z")), TWO), TWO)
    z = op("add", op("multiply", Symbol("w"), X), Symbol("b"))
    env = {"w": 2, "x": 5, "b": 1, "y": 4, "L": Definition((), loss), "z": Definition((), z)}
    assert derivative(Symbol("L"), "w", env) == -(4 - 11) * 5
    assert derivative(Symbol("L"), "z", env) == -(4 - 11)
    assert derivative(Symbol("z"), "w", env) == 5


def test_primes_inside_a_derivative():
    """d/dx of σ′(x²) is σ″(x²)·2x; at 1 that is −0.1817…, from σ″ = σ(1 − σ)(1 − 2σ)."""
    inner = call("\\sigma", op("power", X, TWO), order=1)
    s = 1 / (1 + np.exp(-1.0))
    found = derivative(inner, "x", {"x": 1, "\\sigma": SIGMOID})
    assert float(found) == pytest.approx(s * (1 - s) * (1 - 2 * s) * 2)


def test_sums_indices_and_elements_that_vary():
    """z_i = Σ_j w_j x_ij, and ∂/∂w_j Σ_i z_i² — by hand 2 Σ_i z_i x_ij."""
    x, w = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]]), np.array([2.0, -3.0])
    i, j = Symbol("i"), Symbol("j")
    term = Repeated(
        "add",
        "j",
        None,
        None,
        op("multiply", Index(Symbol("w"), (j,)), Index(X, (i, j))),
    )
    env = {"x": x, "w": w, "j": 2, "z": Definition(("i",), term, indexed=True)}
    squares = Repeated(
        "add", "i", ONE, Number(Fraction(3)), op("power", Index(Symbol("z"), (i,)), TWO)
    )
    slope = value(Derivative(squares, Index(Symbol("w"), (j,))), env)
    assert float(slope) == pytest.approx((2 * (x @ w) @ x)[1])
    whole = value(Derivative(squares, Symbol("w")), env)
    assert [float(s) for s in whole] == pytest.approx(list(2 * (x @ w) @ x))


def test_a_function_hands_a_vector_on_to_one_that_takes_vectors():
    """With g(v) = Σᵢ vᵢ and f(v) = 2 g(v), f of a vector is a number."""
    v, i = Symbol("v"), Symbol("i")
    total = Repeated("add", "i", None, None, Index(v, (i,)))
    env = {
        "x": np.array([1.0, 2.0, 4.5]),
        "g": Definition(("v",), total),
        "f": Definition(("v",), op("multiply", TWO, call("g", v))),
    }
    assert value(call("f", X), env) == 15


def test_a_recurrence_begins_where_it_is_declared():
    """y_t = 2 y_{t−1} + 1 from y_0 = 3: y_4 is 63, and ∂y_4/∂y_0 and ∂y_4/∂y_2 are 16 and 4."""
    y, t = Symbol("y"), Symbol("t")
    before = Index(y, (op("subtract", t, ONE),))
    step = Definition(("t",), op("add", op("multiply", TWO, before), ONE), indexed=True)
    last = Index(y, (Number(Fraction(4)),))
    assert value(last, {"y": step, "y_0": 3}) == 63
    for begin, slope in ((0, 16), (2, 4)):
        variable = Index(y, (Number(Fraction(begin)),))
        assert value(Derivative(last, variable), {"y": step, "y_0": 3}) == slope
    with pytest.raises(Meaningless, match="not declared where it begins"):
        value(last, {"y": step})


def test_matrices_are_those_of_numpy():
    """(XW + b)ᵀ and wᵀx, as NumPy has them; shapes that do not fit are no guess."""
    generator = np.random.default_rng(0)
    x, w, b, v = (generator.normal(size=s) for s in ((4, 3), (3, 2), (2,), (2,)))
    env = {"X": x, "W": w, "b": b, "v": v}
    product = op("multiply", Symbol("X"), Symbol("W"))
    found = value(op("transpose", op("add", product, Symbol("b"))), env)
    assert found.astype(float) == pytest.approx((x @ w + b).T)
    inner = op("multiply", op("transpose", Symbol("v")), Symbol("b"))
    assert float(value(inner, env)) == pytest.approx(v @ b)
    outer = op("multiply", Symbol("v"), op("transpose", Symbol("b")))
    assert value(outer, env).astype(float) == pytest.approx(np.outer(v, b))
    each = value(call("\\sigma", product), {**env, "\\sigma": SIGMOID})
    assert each.astype(float) == pytest.approx(1 / (1 + np.exp(-(x @ w))))
    for wrong in (
        op("multiply", Symbol("W"), Symbol("X")),
        op("multiply", Symbol("v"), Symbol("b")),
        op("add", Symbol("X"), Symbol("v")),
        op("add", Symbol("X"), ONE),
        op("power", Symbol("X"), TWO),
    ):
        with pytest.raises(Meaningless):
            value(wrong, env)


def test_what_stands_for_nothing_is_named():
    """An unknown letter, an element that is not there, a number with an index."""
    with pytest.raises(Meaningless, match="q stands for nothing"):
        value(Symbol("q"), {})
    with pytest.raises(Meaningless, match="x has no element 4"):
        value(Index(X, (Number(Fraction(4)),)), {"x": np.zeros(3)})
    with pytest.raises(Meaningless, match="has no elements"):
        value(Index(X, (ONE,)), {"x": 2})
    with pytest.raises(Meaningless, match="leads back to itself"):
        value(X, {"x": Definition((), op("add", X, ONE))})
