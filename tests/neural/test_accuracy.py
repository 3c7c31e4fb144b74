"""Every activation is within 4 ULP of the true value, over the whole float64 line.

Those that multiply x by a probability are so where they are 1 or more, and within 4 ULP of 1 below.

The oracle is ball arithmetic (Arb): it gives the true value with a bound of its own error, and its
precision is doubled until that bound is far below one ULP.
"""

from collections.abc import Callable
from math import inf, isinf
from math import ulp as spacing
from types import ModuleType

import numpy as np
import pytest
from flint import arb, ctx
from numpy.typing import NDArray

from neural import activations, losses, modern

BUDGET = 4  # ULP
LARGEST_PRECISION = 1 << 14  # bits
LARGEST = float(np.finfo(np.float64).max)

Oracle = Callable[[arb], arb]


def whole_line() -> NDArray[np.float64]:
    """Points of every size and sign, dense where the functions bend, saturate and underflow."""
    random = np.random.default_rng(2021)
    bits = random.integers(0, 0x7FF0000000000000, 4000, dtype=np.uint64).view(np.float64)
    named = [5e-324, 1e-310, 2.3e-308, 1e-60, 0.5, 1, 18.7, 19.06, 20, 32, 36.7, 36.74, 37.5, 40]
    named += [354, 355, 360, 372, 373, 709.7, 710, 744, 745, 745.13, 746, 1e3, 1e10, 1e300, LARGEST]
    # Where σ(x)·σ(−x), and then e⁻ˣ / (1 + e⁻ˣ)² as it stands, are off by more than 4 ULP.
    named += [2.6857668433623694, 4.839381344667384, 5.538259683676796]
    named += [4.1432578146196235, 4.844492101053446, 6.930228763560018]
    positive = np.concatenate(
        [
            named,
            2.0 ** np.arange(-60, 11),
            bits,  # every exponent is as likely as every other
            random.uniform(0, 3, 4000),
            random.uniform(0, 40, 4000),
            random.uniform(340, 376, 1000),  # tanh′ becomes subnormal
            random.uniform(700, 750, 1000),  # the sigmoid becomes subnormal
        ]
    )
    return np.concatenate([[0.0, -0.0], positive, -positive])


def ulp(x: float) -> float:
    """Distance between neighbouring floats at x, where x has one; at the end the largest one."""
    return spacing(min(abs(x), LARGEST))


def true_value(oracle: Oracle, x: float) -> arb:
    """Enclose the true value until the enclosure is narrower than a thousandth of an ULP."""
    ctx.prec = 128
    while ctx.prec <= LARGEST_PRECISION:
        ball = oracle(arb(x))
        if ball.rad() * 1024 < arb(ulp(float(ball.mid()))):
            return ball
        ctx.prec *= 2
    raise AssertionError(f"undecided at {x!r} with {LARGEST_PRECISION} bits")


def error(computed: float, truth: arb, least: float = 0.0) -> float:
    """Distance between the computed and the true value, in ULP of the true value or of `least`."""
    if isinf(computed):
        overflows = abs(truth) > arb(LARGEST) and (truth > 0) == (computed > 0)
        return 0.0 if overflows else inf
    return float(abs(arb(computed) - truth) / ulp(max(abs(float(truth.mid())), least)))


def positive_part(x: arb) -> arb:
    """max(0, x), exactly."""
    return x if x > 0 else arb(0)


def negative_part(x: arb) -> arb:
    """min(0, x), exactly."""
    return x if x < 0 else arb(0)


def logistic(x: arb) -> arb:
    """σ(x), from its definition."""
    return 1 / (1 + (-x).exp())


def leaky(slope: float) -> Oracle:
    """Leaky and parametric ReLU of a slope, which is the float it is."""
    return lambda x: positive_part(x) + arb(slope) * negative_part(x)


def kinked(slope: float) -> Oracle:
    """Slope of both: 1 on the right, the given one on the left and at 0."""
    return lambda x: arb(1) if x > 0 else arb(slope)


def normal_distribution(x: arb) -> arb:
    """Φ(x): how probable it is that a standard normal number is less than x."""
    return (-x / arb(2).sqrt()).erfc() / 2


def normal_density(x: arb) -> arb:
    """φ(x), the derivative of Φ."""
    return (-x * x / 2).exp() / (2 * arb.pi()).sqrt()


def log_one_plus_exp(x: arb) -> arb:
    """Softplus, from its definition."""
    return (1 + x.exp()).log()


def exponential(alpha: float, scale: float = 1.0) -> Oracle:
    """ELU and SELU with numbers that are the floats they are."""
    return lambda x: arb(scale) * (x if x > 0 else arb(alpha) * x.expm1())


def exponential_slope(alpha: float, scale: float = 1.0) -> Oracle:
    """Slope of both: the scale on the right, an exponential on the left and at 0."""
    return lambda x: arb(scale) * (arb(1) if x > 0 else arb(alpha) * x.exp())


SLOPES = [0.01, 0.25, 0.0, 1.0, -0.7, 1e-300, 1e300]
CASES = [
    ("step", {}, lambda x: arb(1) if x > 0 else arb(0)),
    ("step_derivative", {}, lambda x: arb(0)),
    ("sigmoid", {}, logistic),
    ("sigmoid_derivative", {}, lambda x: logistic(x) * logistic(-x)),
    ("tanh", {}, lambda x: x.tanh()),
    ("tanh_derivative", {}, lambda x: x.sech() ** 2),
    ("relu", {}, positive_part),
    ("relu_derivative", {}, kinked(0)),
    ("prelu_slope_derivative", {}, negative_part),
    *[("identity", {"a": a}, lambda x, a=a: arb(a) * x) for a in SLOPES],
    *[("identity_derivative", {"a": a}, lambda x, a=a: arb(a)) for a in SLOPES],
    *[("leaky_relu", {"negative_slope": a}, leaky(a)) for a in SLOPES],
    *[("leaky_relu_derivative", {"negative_slope": a}, kinked(a)) for a in SLOPES],
    *[("prelu", {"a": a}, leaky(a)) for a in SLOPES],
    *[("prelu_derivative", {"a": a}, kinked(a)) for a in SLOPES],
]


SELU = (modern.SELU_ALPHA, modern.SELU_SCALE)
MODERN_CASES = [
    ("softplus", 0, log_one_plus_exp),
    ("softplus_derivative", 0, logistic),
    ("elu", 0, exponential(1.0)),
    ("elu_derivative", 0, exponential_slope(1.0)),
    ("selu", 0, exponential(*SELU)),
    ("selu_derivative", 0, exponential_slope(*SELU)),
    ("gelu", 1, lambda x: x * normal_distribution(x)),
    ("gelu_derivative", 1, lambda x: normal_distribution(x) + x * normal_density(x)),
    ("silu", 1, lambda x: x * logistic(x)),
    ("silu_derivative", 1, lambda x: logistic(x) + x * logistic(x) * logistic(-x)),
    ("mish", 1, lambda x: x * log_one_plus_exp(x).tanh()),
    (
        "mish_derivative",
        1,
        lambda x: (s := log_one_plus_exp(x)).tanh() + x * s.sech() ** 2 * logistic(x),
    ),
]


def named(case: tuple[str, dict[str, float], Oracle]) -> str:
    """Name a case in pytest's report."""
    return "-".join([case[0], *(str(value) for value in case[1].values())])


@pytest.mark.parametrize(("name", "slope", "oracle"), CASES, ids=map(named, CASES))
def test_activations_are_within_4_ulp(name: str, slope: dict[str, float], oracle: Oracle) -> None:
    """An activation, and its derivative, is within 4 ULP of the truth at every point."""
    line = whole_line() if not slope else whole_line()[::8]
    computed = getattr(activations, name)(line, **slope)
    errors = [
        error(float(y), true_value(oracle, float(x))) for x, y in zip(line, computed, strict=True)
    ]
    worst = int(np.argmax(errors))
    assert errors[worst] <= BUDGET, f"{errors[worst]:.2f} ULP at {line[worst]!r}"


@pytest.mark.parametrize(
    ("name", "least", "oracle"), MODERN_CASES, ids=[case[0] for case in MODERN_CASES]
)
def test_modern_activations_are_within_4_ulp(name: str, least: float, oracle: Oracle) -> None:
    """An activation, and its derivative, is within 4 ULP of the truth, or of 1 where it is less."""
    line = whole_line()[::3]
    computed = getattr(modern, name)(line)
    errors = [
        error(float(y), true_value(oracle, float(x)), least)
        for x, y in zip(line, computed, strict=True)
    ]
    worst = int(np.argmax(errors))
    assert errors[worst] <= BUDGET, f"{errors[worst]:.2f} ULP at {line[worst]!r}"


@pytest.mark.parametrize(
    ("module", "cases"), [(activations, CASES), (modern, MODERN_CASES)], ids=["first", "modern"]
)
def test_every_activation_has_an_oracle(module: ModuleType, cases: list[tuple[str]]) -> None:
    """No activation escapes this module: the cases name all the functions there are."""
    public = {
        name
        for name, value in vars(module).items()
        if hasattr(value, "__wrapped__") and value.__module__ == module.__name__
    }
    assert public == {case[0] for case in cases}


def test_one_step_beyond_the_budget_is_noticed() -> None:
    """The measure itself works: neighbours are 1 ULP apart, s(1 − s) is far off at 36."""
    x = 36.0
    truth = true_value(lambda t: logistic(t) * logistic(-t), x)
    s = activations.sigmoid(x)
    assert error(float(s * (1 - s)), truth) > BUDGET
    assert 0.5 <= error(float(np.nextafter(1, 2)), arb(1)) <= 1
    assert error(inf, arb(1)) == inf
    assert error(inf, arb(10) ** 400) == 0


@pytest.mark.parametrize(
    ("name", "oracle"),
    [("surprisal", lambda p: -p.log()), ("surprisal_derivative", lambda p: -1 / p)],
)
def test_surprisal_is_within_4_ulp(name: str, oracle: Oracle) -> None:
    """Surprisal and its slope are within 4 ULP of the truth at every probability but 0."""
    line = whole_line()
    line = line[(line > 0) & (line <= 1)]
    computed = getattr(losses, name)(line)
    errors = [
        error(float(y), true_value(oracle, float(p))) for p, y in zip(line, computed, strict=True)
    ]
    worst = int(np.argmax(errors))
    assert errors[worst] <= BUDGET, f"{errors[worst]:.2f} ULP at {line[worst]!r}"
