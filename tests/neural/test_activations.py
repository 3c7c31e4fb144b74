"""What every activation function and every derivative promises, whatever it computes."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from neural import activations, modern
from neural.activations import (
    identity,
    leaky_relu,
    leaky_relu_derivative,
    prelu,
    prelu_derivative,
    prelu_slope_derivative,
    relu,
    relu_derivative,
    sigmoid,
    sigmoid_derivative,
    step,
    tanh,
    tanh_derivative,
)

Function = Callable[..., NDArray[np.float64]]

NAMES = ["step", "identity", "sigmoid", "tanh", "relu", "leaky_relu", "prelu"]
FUNCTIONS = [getattr(activations, name) for name in NAMES]
DERIVATIVES = [getattr(activations, f"{name}_derivative") for name in NAMES]
MODERN_NAMES = ["softplus", "elu", "selu", "gelu", "silu", "mish"]
MODERN = [getattr(modern, name) for name in MODERN_NAMES]
MODERN_DERIVATIVES = [getattr(modern, f"{name}_derivative") for name in MODERN_NAMES]
ALL = [*FUNCTIONS, *DERIVATIVES, prelu_slope_derivative, *MODERN, *MODERN_DERIVATIVES]
every_function = pytest.mark.parametrize("function", ALL, ids=lambda f: f.__name__)

SPECIAL = [0.0, -0.0, 1.0, -1.0, 20.0, -20.0, 1000.0, -1000.0, np.inf, -np.inf, np.nan]
numbers = st.floats(allow_nan=False, allow_infinity=False)
moderate = st.floats(-30, 30)


def extremes(dtype: type) -> NDArray[np.floating]:
    """List special values, and the largest and smallest normal and subnormal ones of a type."""
    info = np.finfo(dtype)
    ends = [info.max, info.tiny, info.smallest_subnormal]
    return np.array([*SPECIAL, *ends, *(-end for end in ends)], dtype=dtype)


# Types and shapes


@every_function
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (0,), (5,), (2, 3), (2, 0, 4), (1, 2, 3, 4)])
def test_floating_types_and_shapes_are_kept(function: Function, dtype: type, shape: tuple) -> None:
    """The result has the shape and the floating-point type of the input."""
    y = function(np.ones(shape, dtype))
    assert (y.shape, y.dtype) == (shape, dtype)


@every_function
@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint8, np.uint64, np.bool_])
def test_integers_and_booleans_become_float64(function: Function, dtype: type) -> None:
    """Integers and booleans are computed in float64, with the values they stand for."""
    x = np.array([0, 1], dtype=dtype)
    y = function(x)
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y, function(x.astype(float)))


@every_function
@pytest.mark.parametrize("x", [2, 2.0, True, np.float64(2), np.array(2.0), np.int32(2)])
def test_a_number_gives_a_numpy_number(function: Function, x: object) -> None:
    """A number in, or an array without dimensions, is a NumPy number out, not an array."""
    y = function(x)
    assert type(y) is np.float64
    assert y == function([x])[0]


@every_function
def test_float32_numbers_give_float32_numbers(function: Function) -> None:
    """A single number keeps its type just as an array does."""
    assert type(function(np.float32(2))) is np.float32


@every_function
def test_lists_work_and_inputs_are_left_alone(function: Function) -> None:
    """A list is as good as an array, and an array that came in is not written to."""
    x = np.array([[-2.0, np.nan], [0.5, np.inf]])
    kept = x.copy()
    np.testing.assert_array_equal(function(x), function(x.tolist()))
    np.testing.assert_array_equal(x, kept)
    assert not np.shares_memory(function(x), x)


@every_function
def test_elements_do_not_depend_on_each_other(function: Function) -> None:
    """An element's value is the same alone, in an array, and in a strided view of one."""
    x = np.linspace(-40, 40, 101)
    alone = [function(value) for value in x]
    np.testing.assert_array_max_ulp(function(x), np.array(alone), 8)  # vector units round apart
    np.testing.assert_array_max_ulp(function(x[::-3]), np.array(alone)[::-3], 8)


@every_function
@pytest.mark.parametrize("x", [1j, "1", None, [1, "a"], np.array([10**400])])
def test_what_is_not_a_real_number_is_refused(function: Function, x: object) -> None:
    """Complex numbers, text and objects raise a ValueError that names what was found."""
    with pytest.raises(ValueError, match=r"found values of type .+; expected real numbers: "):
        function(x)


# NaN, infinities, warnings


@every_function
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_nan_stays_nan_and_nothing_else_becomes_nan(function: Function, dtype: type) -> None:
    """The result is NaN exactly where the input is."""
    x = extremes(dtype)
    np.testing.assert_array_equal(np.isnan(function(x)), np.isnan(x))


@every_function
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_no_input_causes_a_floating_point_warning(function: Function, dtype: type) -> None:
    """Even with every floating-point condition raised as an error, none is; nor any warning."""
    x = np.concatenate([extremes(dtype), np.linspace(-1000, 1000, 4001).astype(dtype)])
    with np.errstate(all="raise"):
        function(x)
        for value in x[:20]:
            function(value)


@every_function
def test_the_callers_error_handling_is_restored(function: Function) -> None:
    """A call, even a failed one, leaves the caller's handling of floating-point errors alone."""
    with np.errstate(all="raise"):
        before = np.geterr()
        function([-1000.0, np.inf])
        with pytest.raises(ValueError, match="real numbers"):
            function("text")
        assert np.geterr() == before


@pytest.mark.parametrize(
    ("function", "at_minus_infinity", "at_infinity"),
    [
        (step, 0, 1),
        (identity, -np.inf, np.inf),
        (sigmoid, 0, 1),
        (tanh, -1, 1),
        (relu, 0, np.inf),
        (leaky_relu, -np.inf, np.inf),
        (prelu, -np.inf, np.inf),
        (activations.step_derivative, 0, 0),
        (activations.identity_derivative, 1, 1),
        (sigmoid_derivative, 0, 0),
        (tanh_derivative, 0, 0),
        (relu_derivative, 0, 1),
        (leaky_relu_derivative, 0.01, 1),
        (prelu_derivative, 0.25, 1),
        (prelu_slope_derivative, -np.inf, 0),
        (modern.softplus, 0, np.inf),
        (modern.elu, -1, np.inf),
        (modern.selu, -modern.SELU_SCALE * modern.SELU_ALPHA, np.inf),
        *[(f, 0, np.inf) for f in (modern.gelu, modern.silu, modern.mish)],
        *[(f, 0, 1) for f in MODERN_DERIVATIVES if f is not modern.selu_derivative],
        (modern.selu_derivative, 0, modern.SELU_SCALE),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_infinities_give_the_limits(
    function: Function, at_minus_infinity: float, at_infinity: float
) -> None:
    """At −∞ and ∞ stands the limit of the function."""
    np.testing.assert_array_equal(function([-np.inf, np.inf]), [at_minus_infinity, at_infinity])


@pytest.mark.parametrize("function", [identity, leaky_relu, prelu])
@pytest.mark.parametrize("slope", [0, 0.0, -0.0, np.float32(0), np.array([0.0, 1.0])])
def test_a_slope_of_zero_gives_zero_at_minus_infinity(function: Function, slope: float) -> None:
    """A line of slope 0 is 0 everywhere, at −∞ too, where 0 · ∞ would be NaN."""
    assert np.ravel(function([-np.inf, -1.0], slope))[0] == 0


@pytest.mark.parametrize("function", [identity, leaky_relu, prelu])
@pytest.mark.parametrize("slope", [1e-300, 1e300])
def test_slopes_beyond_a_narrow_type_make_no_nan(function: Function, slope: float) -> None:
    """A slope that float32 cannot hold is not rounded to 0 or ∞ before it is used."""
    y = function(np.array([-np.inf, -1, 0, 1], np.float32), slope)
    expected = function(np.array([-np.inf, -1, 0, 1]), slope)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(y, expected.astype(np.float32))


@pytest.mark.parametrize("function", [identity, prelu, leaky_relu])
def test_negative_slopes_turn_infinity_round(function: Function) -> None:
    """With slope −2 the left end points up."""
    assert function(-np.inf, -2.0) == np.inf


# Values


def test_the_step_and_the_kinks_at_zero() -> None:
    """At 0, and at −0, step is 0; derivatives give 0 or the negative slope, as PyTorch does."""
    zeros = np.array([0.0, -0.0])
    np.testing.assert_array_equal(step(zeros), [0, 0])
    np.testing.assert_array_equal(relu_derivative(zeros), [0, 0])
    np.testing.assert_array_equal(leaky_relu_derivative(zeros, 0.2), [0.2, 0.2])
    np.testing.assert_array_equal(prelu_derivative(zeros, 0.2), [0.2, 0.2])
    np.testing.assert_array_equal(prelu_slope_derivative(zeros), [0, 0])


def test_the_smallest_numbers_already_have_a_sign() -> None:
    """The smallest positive number is beyond the step and the kinks, its negative is not."""
    x = np.array([5e-324, -5e-324])
    np.testing.assert_array_equal(step(x), [1, 0])
    np.testing.assert_array_equal(relu_derivative(x), [1, 0])
    np.testing.assert_array_equal(leaky_relu_derivative(x), [1, 0.01])
    np.testing.assert_array_equal(prelu_slope_derivative(x), [0, -5e-324])


def test_where_float64_reaches_the_open_ends() -> None:
    """In float64 the sigmoid is 1 from x ≈ 36.74 on, and tanh from x ≈ 19 on."""
    assert sigmoid(36.73) < 1 == sigmoid(36.75)
    assert tanh(18.9) < 1 == tanh(19.07)  # in between, libraries of elementary functions differ


def test_prelu_takes_one_slope_for_each_unit() -> None:
    """An array of slopes is broadcast against the input, in value and in derivative."""
    x = np.array([[-1.0, -1.0], [2.0, -4.0]])
    slopes = np.array([0.5, 0.25])
    np.testing.assert_array_equal(prelu(x, slopes), [[-0.5, -0.25], [2, -1]])
    np.testing.assert_array_equal(prelu_derivative(x, slopes), [[0.5, 0.25], [1, 0.25]])
    assert prelu(x.astype(np.float32), slopes).dtype == np.float32


@pytest.mark.parametrize(
    ("function", "derivative"),
    [*zip(FUNCTIONS + MODERN, DERIVATIVES + MODERN_DERIVATIVES, strict=True)],
    ids=NAMES + MODERN_NAMES,
)
def test_derivatives_agree_with_finite_differences(
    function: Function, derivative: Function
) -> None:
    """Away from jumps and kinks a derivative is the slope of its function."""
    x = np.concatenate([np.linspace(-12, -0.01, 301), np.linspace(0.01, 12, 301)])
    slope = (function(x + 1e-5) - function(x - 1e-5)) / 2e-5
    np.testing.assert_allclose(derivative(x), slope, rtol=1e-6, atol=1e-10)


@pytest.mark.parametrize("name", ["identity", "leaky_relu", "prelu"])
@pytest.mark.parametrize("slope", [-0.5, 0.0, 0.3, 2.0])
def test_derivatives_with_a_slope_agree_with_finite_differences(name: str, slope: float) -> None:
    """The slope that is given is the slope of function and derivative alike."""
    function, derivative = getattr(activations, name), getattr(activations, f"{name}_derivative")
    x = np.array([-3.0, -0.1, 0.1, 3.0])
    difference = (function(x + 1e-5, slope) - function(x - 1e-5, slope)) / 2e-5
    np.testing.assert_allclose(derivative(x, slope), difference, rtol=1e-9, atol=1e-10)
    np.testing.assert_array_equal(function(x, **{_slope_name(name): slope}), function(x, slope))


def _slope_name(name: str) -> str:
    return "negative_slope" if name == "leaky_relu" else "a"


@pytest.mark.parametrize("a", [-0.5, 0.0, 0.25, 2.0])
def test_slope_derivative_agrees_with_finite_differences(a: float) -> None:
    """∂prelu/∂a is the slope of prelu in the direction of a."""
    x = np.linspace(-5, 5, 101)
    slope = (prelu(x, a + 1e-5) - prelu(x, a - 1e-5)) / 2e-5
    np.testing.assert_allclose(prelu_slope_derivative(x), slope, rtol=1e-9, atol=1e-9)


# Invariants


@given(numbers)
def test_ranges(x: float) -> None:
    """Each function stays in its range: [0, 1], [−1, 1] and [0, ∞); slopes stay in theirs."""
    assert step(x) in (0, 1)
    assert 0 <= sigmoid(x) <= 1
    assert -1 <= tanh(x) <= 1
    assert relu(x) >= 0
    assert 0 <= sigmoid_derivative(x) <= 0.25
    assert 0 <= tanh_derivative(x) <= 1


@given(numbers, numbers)
def test_monotonic(first: float, second: float) -> None:
    """A larger input never gives a smaller value, up to the rounding of the values."""
    low, high = sorted([first, second])
    for function in FUNCTIONS:
        rounding = abs(function(low)) * 1e-15
        assert function(low) <= function(high) + rounding


@given(numbers)
def test_symmetries(x: float) -> None:
    """Tanh is odd, the sigmoid symmetric about (0, ½), the slopes of both are even."""
    assert tanh(-x) == -tanh(x)
    assert sigmoid(x) + sigmoid(-x) == pytest.approx(1, abs=3e-16)
    assert sigmoid_derivative(-x) == sigmoid_derivative(x)
    assert tanh_derivative(-x) == tanh_derivative(x)


@given(moderate)
def test_sigmoid_and_tanh_are_one_shape(x: float) -> None:
    """Tanh is a sigmoid stretched to (−1, 1): tanh(x) = 2σ(2x) − 1; so are their slopes."""
    assert tanh(x) == pytest.approx(2 * sigmoid(2 * x) - 1, abs=1e-15)
    assert tanh_derivative(x) == pytest.approx(1 - tanh(x) ** 2, abs=1e-15)
    assert sigmoid_derivative(x) == pytest.approx(sigmoid(x) * sigmoid(-x), rel=1e-14)


@given(st.floats(-1e300, 1e300), st.floats(-10, 10))
def test_rectifiers(x: float, slope: float) -> None:
    """Leaky and parametric ReLU are one formula; slope 0 makes it ReLU, slope 1 the identity."""
    assert leaky_relu(x, slope) == prelu(x, slope) == relu(x) + slope * prelu_slope_derivative(x)
    assert leaky_relu(x, 0.0) == relu(x) == relu(relu(x))
    assert leaky_relu(x, 1.0) == identity(x) == x == relu(x) - relu(-x)


# After ReLU


@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0])
def test_elu_with_an_alpha_agrees_with_finite_differences(alpha: float) -> None:
    """The slope beside 0 is α on the left and 1 on the right."""
    x = np.array([-3.0, -0.1, 0.1, 3.0])
    difference = (modern.elu(x + 1e-5, alpha) - modern.elu(x - 1e-5, alpha)) / 2e-5
    np.testing.assert_allclose(modern.elu_derivative(x, alpha), difference, rtol=1e-9)
    assert modern.elu_derivative(0.0, alpha) == alpha


def test_selu_keeps_mean_and_variance() -> None:
    """A standard normal input has an output of mean 0 and variance 1, by numerical integration."""
    x = np.linspace(-12, 12, 240_001)
    density = np.exp(-x * x / 2) / np.sqrt(2 * np.pi) * (x[1] - x[0])
    y = modern.selu(x)
    assert np.sum(y * density) == pytest.approx(0, abs=1e-8)
    assert np.sum(y * y * density) == pytest.approx(1, abs=1e-8)


@given(moderate)
def test_what_the_modern_ones_have_in_common(x: float) -> None:
    """f(x) − f(−x) is x for softplus, GELU and SiLU; all lie between the ends that they have."""
    for function in (modern.softplus, modern.gelu, modern.silu):
        assert function(x) - function(-x) == pytest.approx(x, abs=1e-14)
    assert modern.softplus(x) >= relu(x)
    for function in (modern.gelu, modern.silu, modern.mish):
        assert -0.31 < function(x) <= max(x, 0)
