"""Claims in the reals: proved, refuted, tested, undecided. The truths are derived by hand.

Where a number cannot be had by hand (the minimum of SiLU) it comes from mpmath or from a search
by brute force; never from the code under test, nor from sympy, which is wrong about ReLU and step.
"""

import importlib.util
from fractions import Fraction
from pathlib import Path

import pytest

from truepage.maths.claims.curve import prove
from truepage.maths.claims.fence import read_properties
from truepage.maths.claims.model import ClaimAnswer
from truepage.maths.terms import (
    Apply,
    Call,
    Cases,
    Comparison,
    Derivative,
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


def judge(name: str, claim: str, **arguments: object) -> ClaimAnswer:
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


QUOTIENT = above(x, op("divide", op("subtract", ONE, exp(MINUS)), x), ONE)
NEARLY_E = Cases(((exp(x), (Comparison((x, ONE), ("<",)),)), (number("2.718281828459045"), ())))
DIPS = op(
    "add",
    op("subtract", op("divide", CUBE, number(3)), op("power", x, TWO)),
    op("multiply", Number(1 - Fraction(1, 10**9)), x),
)
TERMS |= {
    "quotient": QUOTIENT, "nearly e": NEARLY_E, "dips": DIPS,
    "erf and more": op("add", call("erf", x), number("0.005")),
    "200 erf": op("multiply", number(200), call("erf", x)),
    "0.995 erf": op("multiply", number("0.995"), call("erf", x)), "erf": call("erf", x),
    "sin": call("\\sin", x), "gaussian": exp(op("negate", op("power", x, TWO))),
    "square": op("power", op("subtract", x, ONE), TWO),
    "log": call("\\log", x), "arsinh": call("arsinh", x), "root": op("sqrt", x),
}  # fmt: skip


@pytest.mark.parametrize(("name", "claim"), RIGHT)
def test_what_holds_is_never_refuted(name: str, claim: str) -> None:
    """Proved, tested or undecided: all of these are true."""
    assert judge(name, claim, **({"s": 0.01} if name in ("leaky", "identity") else {})).status in (
        "proved",
        "tested",
        "undecided",
    )


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("sigmoid", "monotone: strictly increasing"),
        ("sigmoid", "continuous: everywhere"),
        ("relu", "kinks: 0"),
        ("relu", "derivative range: {0, 1}"),
        ("relu", "zero gradient: for x < 0"),
        ("step", "continuous: except at 0"),
        ("step", "zero gradient: for x ≠ 0"),
        ("elu", "kinks: none"),
        ("softplus", "kinks: none"),
        ("gelu", "continuous: everywhere"),
        ("sin", "kinks: none"),
    ],
)
def test_a_proof_is_for_an_interval(name: str, claim: str) -> None:
    """And says for which."""
    answer = judge(name, claim)
    assert (answer.status, answer.interval) == ("proved", "[−50, 50]")


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("quotient", "kinks: none"),
        ("quotient", "zero gradient: nowhere"),
        ("nearly e", "continuous: everywhere"),
        ("erf and more", "limits: 1 at ∞"),
        ("200 erf", "limits: ∞ at ∞"),
        ("0.995 erf", "range: (−1, 1)"),
        ("sin", "range: (−1, 1)"),
        ("gaussian", "range: [0, 1]"),
        ("erf", "range: [−1, 1]"),
        ("dips", "monotone: strictly increasing"),
        ("square", "symmetry: even"),
        ("sigmoid", "range: [0, 1]"),
        ("sigmoid", "kinks: 0"),
        ("sigmoid", "derivative range: (0, 0.26]"),
        ("relu", "monotone: strictly increasing"),
        ("relu", "kinks: none"),
        ("step", "continuous: everywhere"),
        ("step", "limits: 0 at 0"),
        ("reciprocal", "continuous: everywhere"),
        ("cube", "zero gradient: nowhere"),
    ],
)
def test_what_is_false_is_refuted_or_undecided(name: str, claim: str) -> None:
    """Never proved, and not called tested."""
    assert judge(name, claim).status in ("refuted", "undecided")


@pytest.mark.parametrize(
    ("name", "domain", "claim"),
    [
        ("log", "(0, ∞)", "range: (−∞, ∞)"),
        ("log", "(0, ∞)", "continuous: everywhere"),
        ("root", "[0, ∞)", "range: [0, ∞)"),
        ("erf", "(−∞, ∞)", "range: (−1, 1)"),
    ],
)
def test_a_domain_says_where_a_claim_is_made(name: str, domain: str, claim: str) -> None:
    """Outside of it the function may have no value."""
    fence = read_properties(["code.f(x)", f"domain: {domain}", claim])
    (answer,) = prove(list(fence.claims), TERMS[name], "x", {}, {})
    assert answer.status in ("proved", "tested")


NESTED = call("\\max", MINUS, above(op("subtract", x, ONE), ONE, x))


@pytest.mark.parametrize("claim", ["kinks: none", "derivative: > 0", "monotone: increasing"])
def test_a_branch_of_a_branch_is_a_branch_point_too(claim: str) -> None:
    """The greater of −x and a case that is x on the left turns at 0, where no case does."""
    (answer,) = prove(list(read_properties(["code.f(x)", claim]).claims), NESTED, "x", {}, {})
    assert answer.status == "refuted"


def sine(term: Term) -> Term:
    """Its sine."""
    return call("\\sin", term)


def square(term: Term) -> Term:
    """Its square."""
    return op("power", term, TWO)


PI = Symbol("\\pi")
AT_60 = op("subtract", x, number(60))
FAR = {
    "|x − 60|": op("abs", AT_60),
    "max(0, x − 60)": call("\\max", ZERO, AT_60),
    "step at 60": above(AT_60, ONE, ZERO),
    "1/(x − 60)": op("divide", ONE, AT_60),
    "x": x,
    "bump at 60.3": op(
        "subtract",
        x,
        op("multiply", number(200), exp(op("negate", square(op("subtract", x, number("60.3")))))),
    ),
    "|x² − 3600|": op("abs", op("subtract", square(x), number(3600))),
    "max(0, x² − 5000)": call("\\max", ZERO, op("subtract", square(x), number(5000))),
    "x² < 2": Cases(((ZERO, (Comparison((square(x), TWO), ("<",)),)), (ONE, ()))),
    "slow wave": op("add", op("divide", x, number(100)), sine(op("divide", x, number(60)))),
    "sin πx": sine(op("multiply", PI, x)),
    "sin π/x": sine(op("divide", PI, x)),
    "x cos 2πx": op("multiply", x, call("\\cos", op("multiply", op("multiply", TWO, PI), x))),
    "x mod 1": call("mod", x, ONE),
    "round x": call("round", x),
    "relu": RELU,
    "step": STEP,
    "log": call("\\log", x),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("|x − 60|", ["kinks: none", "monotone: strictly decreasing", "derivative: < 0"]),
        ("max(0, x − 60)", ["range: {0}", "zero gradient: everywhere", "monotone: constant"]),
        ("step at 60", ["continuous: everywhere", "range: [0, 1]"]),
        ("1/(x − 60)", ["continuous: everywhere"]),
        ("x", ["kinks: 100", "continuous: except at 100", "zero gradient: for x > 60"]),
        ("bump at 60.3", ["monotone: increasing", "derivative: > 0"]),
        ("|x² − 3600|", ["kinks: none", "kinks: 60"]),
        ("max(0, x² − 5000)", ["kinks: none", "range: {0}", "derivative: = 0"]),
        ("x² < 2", ["continuous: everywhere", "monotone: constant", "range: [0, 1]"]),
        ("slow wave", ["monotone: increasing", "derivative: > 0"]),
        ("sin πx", ["limits: 0 at ∞", "range: {0}", "range: (−1, 1)"]),
        ("sin π/x", ["limits: 0 at 0"]),
        ("x cos 2πx", ["limits: ∞ at ∞"]),
        ("x mod 1", ["continuous: everywhere", "kinks: none"]),
        ("round x", ["continuous: everywhere", "kinks: none", "derivative: = 0"]),
        ("relu", ["derivative range: [0, 1]"]),
        ("step", ["range: [0, 1]"]),
        ("log", ["symmetry: odd", "range: (−∞, ∞)"]),
    ],
)
def test_what_is_false_far_out_or_between_the_points_is_not_proved_nor_tested(
    name: str, claims: list[str]
) -> None:
    """Branches, poles and bumps beyond 50, and oscillations that powers of two do not see."""
    for claim in claims:
        (answer,) = prove(
            list(read_properties(["code.f(x)", claim]).claims), FAR[name], "x", {}, {}
        )
        assert answer.status in ("refuted", "undecided"), claim


@pytest.mark.parametrize(
    ("name", "domain", "claim", "interval"),
    [
        ("|x − 60|", "", "kinks: 60", "[−500, 500]"),
        ("|x² − 3600|", "", "kinks: −60, 60", "[−500, 500]"),
        ("step at 60", "", "continuous: except at 60", "[−500, 500]"),
        ("|x − 60|", "[−1, 2]", "monotone: strictly decreasing", "[−1, 2]"),
        ("log", "(0, ∞)", "continuous: everywhere", "[0.001, 50]"),
        ("sin π/x", "(−∞, 0) ∪ (0, ∞)", "continuous: everywhere", "[−50, −0.001] ∪ [0.001, 50]"),
    ],
)
def test_a_proof_reaches_beyond_the_places_in_the_domain_and_says_how_far(
    name: str, domain: str, claim: str, interval: str
) -> None:
    """The interval is part of the answer."""
    lines = ["code.f(x)", *[f"domain: {domain}"] * bool(domain), claim]
    (answer,) = prove(list(read_properties(lines).claims), FAR[name], "x", {}, {})
    assert (answer.status, answer.interval) == ("proved", interval)


def test_a_function_that_nobody_knows_is_not_one_without_values() -> None:
    """It is not understood, and nothing is refuted."""
    claims = read_properties(["code.f(x)", "continuous: everywhere", "range: (0, 1)"]).claims
    for answer in prove(list(claims), call("foo", x), "x", {}, {}):
        assert answer.status == "undecided"
        assert "foo is not a known function" in answer.words


def test_no_answer_about_random_functions_is_contradicted_by_mpmath() -> None:
    """A few of the functions that `bench/soundness.py` draws."""
    path = Path(__file__).parents[3] / "bench/soundness.py"
    spec = importlib.util.spec_from_file_location("soundness", path)
    assert spec and spec.loader
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    counts, wrong = bench.tried(12, 3)
    assert wrong == []
    assert counts["proved"] > 1
