"""Claims in the reals: proved, refuted, tested, undecided. The truths are derived by hand.

Where a number cannot be had by hand (the minimum of SiLU) it comes from mpmath or from a search
by brute force; never from the code under test, nor from sympy, which is wrong about ReLU and step.
"""

import math
from fractions import Fraction
from typing import Any

import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from truepage.maths.claim import Answer
from truepage.maths.facts import range_of
from truepage.maths.pieces import pieces
from truepage.maths.piecewise import NotPiecewise
from truepage.maths.proofs import prove
from truepage.maths.properties import read_properties
from truepage.maths.quotients import Quotient, U, X, limit, nonzero, sign_at, signs
from truepage.maths.terms import (
    Apply,
    Call,
    Cases,
    Comparison,
    Definition,
    Derivative,
    Index,
    Number,
    Symbol,
    Term,
)

x = Symbol("x")


def number(value: object) -> Number:
    """A number of a formula."""
    return Number(Fraction(str(value)))


def op(name: str, *terms: Term) -> Term:
    """An operation."""
    return Apply(name, terms)


def call(name: str, *terms: Term) -> Term:
    """A function applied."""
    return Call(name, terms)


def exp(term: Term) -> Term:
    """E to a term."""
    return op("power", Symbol("e"), term)


def above(term: Term, then: Term, otherwise: Term) -> Term:
    """One term where another is positive, else a third."""
    return Cases(((then, (Comparison((term, number(0)), (">",)),)), (otherwise, ())))


ONE, ZERO, TWO = number(1), number(0), number(2)
MINUS = op("negate", x)
SIGMOID = op("divide", ONE, op("add", ONE, exp(MINUS)))
TANH = op("subtract", op("divide", TWO, op("add", ONE, exp(op("multiply", number(-2), x)))), ONE)
RELU = call("\\max", ZERO, x)
LEAKY = op("add", RELU, op("dot", Symbol("s"), call("\\min", ZERO, x)))
STEP = above(x, ONE, ZERO)
IDENTITY = op("multiply", Symbol("s"), x)
SILU = op("multiply", x, SIGMOID)
ELU = above(x, x, op("subtract", exp(x), ONE))
# tanh(log(1 + e^x)) = ((1 + e^x)² − 1) / ((1 + e^x)² + 1)
SQUARE = op("power", op("add", ONE, exp(x)), TWO)
MISH = op("multiply", x, op("divide", op("subtract", SQUARE, ONE), op("add", SQUARE, ONE)))
HALF_ERF = op("add", ONE, call("erf", op("divide", x, op("sqrt", TWO))))
GELU = op("multiply", op("divide", x, TWO), HALF_ERF)
SOFTPLUS = call("\\log", op("add", ONE, exp(x)))
RECIPROCAL = op("divide", ONE, x)
SHIFTED = op("abs", op("subtract", x, ONE))
CUBE = op("power", x, number(3))
GAUSS_LIKE = op("divide", ONE, op("add", ONE, op("power", x, TWO)))

BLIP = Cases(((ONE, (Comparison((x, ZERO), ("=",)),)), (ZERO, ())))

TERMS = {
    "sigmoid": SIGMOID, "tanh": TANH, "relu": RELU, "leaky": LEAKY, "step": STEP,
    "identity": IDENTITY, "silu": SILU, "elu": ELU, "mish": MISH, "gelu": GELU,
    "softplus": SOFTPLUS, "reciprocal": RECIPROCAL, "shifted": SHIFTED, "cube": CUBE,
    "gauss": GAUSS_LIKE, "tanh'": Derivative(TANH, x), "sinh": call("\\sinh", x),
    "cosh": call("\\cosh", x), "tanh itself": call("\\tanh", x), "sign": call("sgn", x),
    "blip": BLIP,
    "shifted pole": op("add", ONE, op("divide", ONE, x)),
    "cut": call("\\max", ZERO, op("subtract", SOFTPLUS, number(5))),
    "half": op("divide", ONE, RELU),
}  # fmt: skip


def judge(name: str, claim: str, **arguments: object) -> Answer:
    """What comes of one claim about a function of x."""
    given = "".join(f", {key}={value}" for key, value in arguments.items())
    fence = read_properties([f"code.f(x{given})", claim])
    numbers = {key: Fraction(str(value)) for key, value in arguments.items()}
    (answer,) = prove(list(fence.claims), TERMS[name], "x", numbers, {})
    return answer


RIGHT = [
    ("sigmoid", "range: (0, 1)"),
    ("sigmoid", "limits: 0 at −∞, 1 at ∞, 1/2 at 0"),
    ("sigmoid", "monotone: strictly increasing"),
    ("sigmoid", "monotone: increasing"),
    ("sigmoid", "symmetry: point (0, 1/2)"),
    ("sigmoid", "continuous: everywhere"),
    ("sigmoid", "kinks: none"),
    ("sigmoid", "derivative: > 0"),
    ("sigmoid", "derivative range: (0, 1/4]"),
    ("sigmoid", "zero gradient: nowhere"),
    ("tanh", "range: (−1, 1)"),
    ("tanh", "symmetry: odd"),
    ("tanh", "symmetry: point (0, 0)"),
    ("tanh", "derivative range: (0, 1]"),
    ("tanh'", "range: (0, 1]"),
    ("tanh'", "symmetry: even"),
    ("tanh'", "monotone: no"),
    ("tanh itself", "range: (-1, 1)"),
    ("relu", "range: [0, ∞)"),
    ("relu", "monotone: increasing"),
    ("relu", "continuous: everywhere"),
    ("relu", "kinks: 0"),
    ("relu", "derivative: ≥ 0"),
    ("relu", "derivative range: {0, 1}"),
    ("relu", "zero gradient: for x < 0"),
    ("relu", "symmetry: none"),
    ("relu", "limits: 0 at −∞, ∞ at ∞, 0 at 0"),
    ("step", "range: {0, 1}"),
    ("step", "monotone: increasing"),
    ("step", "continuous: except at 0"),
    ("step", "kinks: none"),
    ("step", "derivative: = 0"),
    ("step", "derivative range: {0}"),
    ("step", "zero gradient: for x ≠ 0"),
    ("step", "symmetry: none"),
    ("step", "symmetry: point (0, 1/2) except at 0"),
    ("silu", "limits: 0 at −∞, ∞ at ∞"),
    ("silu", "monotone: no"),
    ("silu", "symmetry: none"),
    ("silu", "range: [−0.27846…, ∞)"),
    ("mish", "monotone: no"),
    ("mish", "range: [−0.3088…, ∞)"),
    ("mish", "limits: 0 at −∞, ∞ at ∞"),
    ("elu", "range: (−1, ∞)"),
    ("elu", "kinks: none"),
    ("elu", "monotone: strictly increasing"),
    ("elu", "derivative range: (0, 1]"),
    ("gelu", "monotone: no"),
    ("gelu", "symmetry: none"),
    ("reciprocal", "continuous: except at 0"),
    ("reciprocal", "symmetry: odd"),
    ("reciprocal", "monotone: no"),
    ("shifted", "range: [0, ∞)"),
    ("shifted", "kinks: 1"),
    ("shifted", "derivative range: {−1, 1}"),
    ("cube", "monotone: strictly increasing"),
    ("cube", "derivative: ≥ 0"),
    ("cube", "zero gradient: at x = 0"),
    ("cube", "derivative range: [0, ∞)"),
    ("gauss", "range: (0, 1]"),
    ("gauss", "symmetry: even"),
    ("sinh", "range: (−∞, ∞)"),
    ("sinh", "symmetry: odd"),
    ("cosh", "range: [1, ∞)"),
    ("sign", "range: {−1, 0, 1}"),
    ("sign", "symmetry: odd"),
    ("shifted pole", "symmetry: point (0, 1)"),
    ("blip", "range: {0, 1}"),
    ("blip", "monotone: no"),
    ("blip", "continuous: except at 0"),
    ("blip", "limits: 0 at 0"),
    ("blip", "symmetry: even"),
]


@pytest.mark.parametrize(("name", "claim"), RIGHT)
def test_what_holds_is_proved(name: str, claim: str) -> None:
    """Over all real numbers, ends and attained values included."""
    assert judge(name, claim).status == "proved"


@pytest.mark.parametrize(
    ("name", "claim", "right"),
    [
        ("sigmoid", "range: [0, 1]", "(0, 1)"),
        ("sigmoid", "range: (0, 1]", "(0, 1)"),
        ("sigmoid", "range: (0, 0.999)", "(0, 1)"),
        ("sigmoid", "range: (−1, 1)", "(0, 1)"),
        ("sigmoid", "range: (0, 2)", "(0, 1)"),
        ("sigmoid", "range: {0, 1}", "(0, 1)"),
        ("sigmoid", "limits: 1 at −∞, 1 at ∞", "0 at −∞, 1 at ∞"),
        ("sigmoid", "limits: ∞ at ∞", "1 at ∞"),
        ("sigmoid", "monotone: decreasing", "strictly increasing"),
        ("sigmoid", "monotone: no", "strictly increasing"),
        ("sigmoid", "symmetry: odd", "point (0, 1/2)"),
        ("sigmoid", "symmetry: even", "point (0, 1/2)"),
        ("sigmoid", "symmetry: none", "point (0, 1/2)"),
        ("sigmoid", "symmetry: point (0, 0.51)", "point (0, 1/2)"),
        ("sigmoid", "continuous: except at 0", "everywhere"),
        ("sigmoid", "kinks: 0", "none"),
        ("sigmoid", "derivative: ≤ 0", "> 0"),
        ("sigmoid", "derivative range: (0, 1/4)", "(0, 1/4]"),
        ("sigmoid", "derivative range: (0, 0.26]", "(0, 1/4]"),
        ("sigmoid", "zero gradient: for x > 100", ""),
        ("tanh", "range: [−1, 1]", "(−1, 1)"),
        ("tanh", "symmetry: even", "odd"),
        ("relu", "range: (0, ∞)", "[0, ∞)"),
        ("relu", "range: [0, 1000000)", "[0, ∞)"),
        ("relu", "monotone: strictly increasing", "increasing"),
        ("relu", "kinks: none", "0"),
        ("relu", "continuous: except at 0", "everywhere"),
        ("relu", "derivative: > 0", "≥ 0"),
        ("relu", "derivative range: [0, 1]", "{0, 1}"),
        ("relu", "zero gradient: for x ≤ 0", ""),
        ("relu", "zero gradient: nowhere", ""),
        ("relu", "symmetry: odd", "none"),
        ("step", "range: [0, 1]", "{0, 1}"),
        ("step", "range: {0, 1/2, 1}", "{0, 1}"),
        ("step", "monotone: strictly increasing", "increasing"),
        ("step", "continuous: everywhere", "except at 0"),
        ("step", "kinks: 0", "none"),
        ("step", "zero gradient: everywhere", ""),
        ("step", "symmetry: point (0, 1/2)", "none"),
        ("step", "limits: 0 at 0", ""),
        ("silu", "monotone: increasing", "no"),
        ("silu", "derivative: ≥ 0", ""),
        ("silu", "range: [0, ∞)", "[−0.278465…, ∞)"),
        ("silu", "range: [−0.2784, ∞)", "[−0.278465…, ∞)"),
        ("silu", "range: (−0.279…, ∞)", "[−0.278465…, ∞)"),
        ("mish", "monotone: increasing", "no"),
        ("gelu", "monotone: increasing", "no"),
        ("gelu", "derivative: ≥ 0", ""),
        ("gelu", "range: [0, ∞)", ""),
        ("softplus", "range: [1, ∞)", ""),
        ("softplus", "symmetry: odd", ""),
        ("cut", "monotone: strictly increasing", ""),
        ("cut", "monotone: decreasing", ""),
        ("reciprocal", "continuous: everywhere", "except at 0"),
        ("reciprocal", "range: (−∞, ∞)", "(−∞, 0) ∪ (0, ∞)"),
        ("cube", "zero gradient: nowhere", ""),
        ("shifted pole", "symmetry: none", "point (0, 1)"),
        ("shifted pole", "symmetry: odd", "point (0, 1)"),
    ],
)
def test_what_is_wrong_is_refuted_with_what_is_right(name: str, claim: str, right: str) -> None:
    """And with words that say why: a point with the value there, or what is so instead."""
    answer = judge(name, claim)
    assert answer.status == "refuted"
    assert answer.words
    assert answer.right == right


@pytest.mark.parametrize(
    ("name", "claim", "words"),
    [
        (
            "sigmoid",
            "range: [0, 1]",
            "0 is approached and never reached, and 1 is approached and never reached",
        ),
        ("sigmoid", "range: (0, 1/2)", "at 0 the value is 0.5"),
        ("relu", "range: (0, ∞)", "at 0 the value is 0"),
        ("relu", "monotone: decreasing", "it is 0 at 0 and 0.000244140625 at 0.000244141"),
        ("sigmoid", "symmetry: odd", "at 0 the value is 0.5, not 0"),
        ("relu", "symmetry: even", "at 0.000244141 the value is 0.000244140625, "
         "and at −0.000244141 it is 0"),
        ("sigmoid", "derivative: < 0", "at 0 it is 0.25"),
        ("sigmoid", "derivative range: (0, 1/4)", "at 0 the derivative is 0.25"),
        ("relu", "kinks: none", "at 0 it has no derivative"),
        ("reciprocal", "continuous: everywhere", "at 0 it has no value"),
        ("sigmoid", "limits: 1 at −∞", "the limit at −∞ is 0, not 1"),
        ("step", "limits: 0 at 0", "there is no limit at 0"),
        ("relu", "zero gradient: for x ≤ 0", "there is no derivative at 0"),
    ],
)  # fmt: skip
def test_a_refutation_says_where_and_what(name: str, claim: str, words: str) -> None:
    """The point nearest to zero at which one can see it."""
    assert judge(name, claim).words == words


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("gelu", "limits: 0 at −∞, ∞ at ∞"),
        ("gelu", "range: [−0.16…, ∞)"),
        ("softplus", "range: (0, ∞)"),
        ("softplus", "monotone: strictly increasing"),
        ("softplus", "derivative: > 0"),
        ("softplus", "derivative range: (0, 1)"),
        ("softplus", "zero gradient: nowhere"),
        ("half", "range: (0, ∞)"),  # it has no value for x ≤ 0
    ],
)
def test_where_there_is_no_proof_it_holds_at_every_tested_point_and_no_more(
    name: str, claim: str
) -> None:
    """Formulas with log and erf are not made of powers and exponentials."""
    answer = judge(name, claim)
    assert answer.status == "tested"
    assert answer.points > 100


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("softplus", "continuous: everywhere"),
        ("gelu", "kinks: none"),
        ("gelu", "range: [−0.5, ∞)"),
        ("softplus", "limits: 1/2 at ∞"),
    ],
)
def test_what_points_cannot_show_stays_undecided(name: str, claim: str) -> None:
    """With the reason."""
    answer = judge(name, claim)
    assert answer.status == "undecided"
    assert (
        "is not made of powers and exponentials" in answer.words or "another kind" in answer.words
    )


@pytest.mark.parametrize(
    ("slope", "claim", "status"),
    [
        ("0.01", "range: (−∞, ∞)", "proved"),
        ("0.01", "monotone: strictly increasing", "proved"),
        ("0.01", "derivative range: {s, 1}", "proved"),
        ("0.01", "kinks: 0", "proved"),
        ("0", "range: (−∞, ∞)", "refuted"),
        ("0", "range: [0, ∞)", "proved"),
        ("0", "monotone: increasing", "proved"),
        ("0", "monotone: strictly increasing", "refuted"),
        ("-0.5", "range: [0, ∞)", "proved"),
        ("-0.5", "monotone: increasing", "refuted"),
        ("-0.5", "monotone: no", "proved"),
        ("0.3", "derivative range: {0.3…, 1}", "proved"),
        ("0.3", "derivative range: {0.2…, 1}", "refuted"),
        ("0.39", "derivative range: {0.3…, 1}", "proved"),
        ("1", "kinks: none", "proved"),
        ("1", "kinks: 0", "refuted"),
        ("1", "symmetry: odd", "proved"),
        ("2", "symmetry: none", "proved"),
        ("-1", "symmetry: even", "proved"),
    ],
)
def test_leaky_relu_depends_on_its_slope(slope: str, claim: str, status: str) -> None:
    """0 makes it ReLU, 1 the identity, −1 the absolute value."""
    assert judge("leaky", claim, s=slope).status == status


def test_the_identity_has_every_value_unless_its_slope_is_zero() -> None:
    """With slope 0 it is constant."""
    assert judge("identity", "range: (−∞, ∞)", s=-3).status == "proved"
    assert judge("identity", "monotone: strictly decreasing", s=-3).status == "proved"
    assert judge("identity", "range: {0}", s=0).status == "proved"
    assert judge("identity", "monotone: constant", s=0).status == "proved"
    assert judge("identity", "zero gradient: everywhere", s=0).status == "proved"


def test_the_minimum_of_silu_is_where_brute_force_finds_it() -> None:
    """A search over a fine grid in floating point, which shares nothing with the proof."""
    (part,) = range_of(pieces(SILU, "x", {}, {}))
    lowest = min(t / 1e5 / (1 + math.exp(-t / 1e5)) for t in range(-200_000, 0))
    assert isinstance(part.low, arb)
    assert abs(float(part.low.mid()) - lowest) < 1e-9
    assert part.low_closed and part.high == math.inf and not part.high_closed


def test_definitions_and_derivatives_are_followed() -> None:
    """σ(2x), σ′(x), and a definition that another one uses."""
    definitions = {
        "\\sigma": Definition(("z",), _renamed(SIGMOID)),
        "g": Definition(("t",), op("multiply", TWO, call("\\sigma", op("multiply", TWO, _t())))),
    }
    fence = read_properties(["code.f(x)", "range: (−1, 1)", "symmetry: odd"])
    term = op("subtract", call("g", x), ONE)
    answers = prove(list(fence.claims), term, "x", {}, definitions)
    assert [answer.status for answer in answers] == ["proved", "proved"]
    prime = Call("\\sigma", (op("multiply", TWO, x),), 1)
    fence = read_properties(["code.f(x)", "range: (0, 1/4]", "symmetry: even"])
    answers = prove(list(fence.claims), prime, "x", {}, definitions)
    assert [answer.status for answer in answers] == ["proved", "proved"]


def _t() -> Term:
    return Symbol("t")


def _renamed(term: Term) -> Term:
    return op("divide", ONE, op("add", ONE, exp(op("negate", Symbol("z"))))) if term else term


@pytest.mark.parametrize(
    "term",
    [
        call("\\log", x),
        op("power", x, op("divide", ONE, TWO)),
        exp(op("power", x, TWO)),
        call("\\max", op("subtract", op("power", x, TWO), TWO), ZERO),  # its kinks are ±√2
        call("\\sin", x),
        Symbol("unknown"),
        op("power", op("power", op("add", x, exp(x)), number(40)), number(40)),
        Index(Symbol("x"), (number(1),)),
    ],
)
def test_what_is_not_of_this_form_is_not_guessed_at(term: Term) -> None:
    """Logarithms, roots, other exponents, branches that meet at irrational places."""
    with pytest.raises(NotPiecewise):
        pieces(term, "x", {}, {})


SMALL = st.integers(-3, 3)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(SMALL, st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=4))
def test_a_proved_sign_is_the_sign_everywhere(parts: list[tuple[int, int, int]]) -> None:
    """Polynomials in x and e^x at random, against Python's own floating point on a grid."""
    total: Any = 0 * X
    for coefficient, i, j in parts:
        total += coefficient * X**i * U**j
    rate = Fraction(1)
    quotient = Quotient.of(total, 1 + 0 * X, rate)
    proved = signs(quotient, None, None)

    def real(t: float) -> tuple[float, float]:
        terms = [c * t**i * math.exp(j * t) for c, i, j in parts]
        return sum(terms), sum(map(abs, terms)) * 1e-12

    found = set()
    for n in range(-400, 401):
        value, error = real(n / 20)
        if abs(value) > error:
            found.add(1 if value > 0 else -1)
    if proved is not None:
        assert found <= proved
    if nonzero(quotient.top, None, None, rate):
        assert len(found) == 1
    for left in (True, False):
        end = limit(quotient, left=left)
        value, error = real(-40.0 if left else 40.0)
        if abs(value) <= error:  # cancelled: nothing is known of it
            continue
        if end == math.inf or end == -math.inf:
            assert value * end > 0
        elif end == 0:
            assert abs(value) <= 1e-9


def test_a_zero_at_the_end_of_an_interval_is_no_zero_inside() -> None:
    """e^x ≥ 1 + x, with equality at 0 alone, where the curves touch: proved on both sides."""
    above_tangent = Quotient.of(U - 1 - X, 1 + 0 * X, Fraction(1))
    assert signs(above_tangent, Fraction(0), None) == {1}
    assert signs(above_tangent, None, Fraction(0)) == {1}
    assert sign_at(above_tangent, Fraction(0)) == 0
    assert signs(above_tangent, None, None) == {0, 1}


def test_zeros_are_found_far_out_and_where_the_sign_does_not_change() -> None:
    """At ±69, beyond where boxes begin; and at ±√2, where a square touches zero."""
    rate = Fraction(1)
    assert not nonzero(10**30 * U - 1, None, None, rate)
    assert not nonzero(U - 10**30, None, None, rate)
    assert nonzero(10**30 * U + 1, None, None, rate)
    square = Quotient.of((X**2 - 2) ** 2, 1 + 0 * X, rate)
    assert signs(square, None, None) == {0, 1}
    assert signs(square, Fraction(0), Fraction(1)) == {1}
