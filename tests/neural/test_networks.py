"""What compositions compute, in depth and in time, and that their gradients are right."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from neural import activations, losses
from neural.networks import (
    Activation,
    Affine,
    Layer,
    backpropagate,
    backpropagate_through_time,
    feedforward,
    gradient_descent,
    random_affine,
    unroll,
)

Array = NDArray[np.float64]
Slope = Callable[..., Array]

NAMES = ["identity", "sigmoid", "tanh", "relu", "leaky_relu", "prelu"]


def activation(name: str, **slope: float) -> Activation:
    """Make a layer of an activation function and its derivative."""
    function, derivative = (getattr(activations, name + end) for end in ("", "_derivative"))
    return Activation(partial(function, **slope), partial(derivative, **slope))


def deep(name: str, *sizes: int) -> tuple[Layer, ...]:
    """Make a network of random affine layers of these sizes, an activation after each."""
    random = np.random.default_rng(11)
    layers: list[Layer] = []
    for inputs, outputs in pairwise(sizes):
        layers += [random_affine(inputs, outputs, random), activation(name)]
    return tuple(layers)


def replaced(layers: tuple[Layer, ...], k: int, **parameters: Array) -> tuple[Layer, ...]:
    """Copy a network with other parameters in its layer k, an affine one."""
    old = {"weights": layers[k].weights, "bias": layers[k].bias}
    return (*layers[:k], Affine(**{**old, **parameters}), *layers[k + 1 :])


# Feedforward


def test_an_affine_layer_is_what_it_says() -> None:
    """f(x) = xW + b, for one example a row."""
    layer = Affine(np.array([[1.0, 0.0], [2.0, -1.0]]), np.array([10.0, 20.0]))
    np.testing.assert_array_equal(layer(np.array([[1.0, 1.0], [0.0, 3.0]])), [[13, 19], [16, 17]])


def test_every_value_on_the_way_is_kept() -> None:
    """The values are the input, each layer's output, and last f(g(x, θ_g), θ_f)."""
    g, f = random_affine(2, 3, np.random.default_rng(0)), activation("tanh")
    x = np.array([[1.0, -2.0]])
    values = feedforward((g, f), x)
    np.testing.assert_array_equal(values[0], x)
    np.testing.assert_array_equal(values[1], g(x))
    np.testing.assert_array_equal(values[2], f(g(x)))
    assert len(values) == 3


def test_the_empty_composition_is_the_identity() -> None:
    """Without layers the output is the input, and so is the gradient."""
    x = np.ones((2, 2))
    (y,) = feedforward((), x)
    np.testing.assert_array_equal(y, x)
    gradients = backpropagate((), (y,), 3 * x)
    np.testing.assert_array_equal(gradients.values[0], 3 * x)
    assert gradients.parameters == ()


@given(st.integers(0, 6))
def test_composition_is_associative(cut: int) -> None:
    """A network may be cut anywhere: its parts one after the other are the whole."""
    layers = deep("tanh", 2, 4, 3, 1)
    x = np.linspace(-1, 1, 8).reshape(4, 2)
    half = feedforward(layers[:cut], x)[-1]
    np.testing.assert_array_equal(feedforward(layers[cut:], half)[-1], feedforward(layers, x)[-1])


def test_linear_layers_collapse_into_one() -> None:
    """XW₁W₂…Wₙ = XW: without activations a deep network is one layer, with them it is not."""
    random = np.random.default_rng(4)
    linear = tuple(random_affine(3, 3, random) for _ in range(5))
    x = random.standard_normal((7, 3))
    product = np.linalg.multi_dot([layer.weights for layer in linear])
    np.testing.assert_allclose(feedforward(linear, x)[-1], x @ product, rtol=1e-12)
    bent = [layer for one in linear for layer in (one, activation("relu"))]
    y = feedforward(bent, x)[-1]
    assert not np.allclose(feedforward(bent, -x)[-1], -y)


def test_layers_and_gradients_are_frozen() -> None:
    """A layer's parameters cannot be exchanged behind a network's back; nor can gradients."""
    layers = deep("tanh", 2, 3)
    values = feedforward(layers, [[1, 2]])
    gradients = backpropagate(layers, values, values[-1])
    with pytest.raises(FrozenInstanceError):
        layers[0].bias = np.ones(3)
    with pytest.raises(FrozenInstanceError):
        layers[1].function = np.sin
    with pytest.raises(FrozenInstanceError):
        gradients.values = ()


# Back-propagation


@pytest.mark.parametrize("name", NAMES)
def test_backpropagation_agrees_with_finite_differences(name: str, slope_of: Slope) -> None:
    """∂L/∂W, ∂L/∂b and ∂L/∂x are the slopes of the loss, through every layer."""
    layers = deep(name, 3, 4, 2)
    random = np.random.default_rng(5)
    x, target = random.standard_normal((6, 3)), random.standard_normal((6, 2))

    def loss(layers: tuple[Layer, ...], x: Array) -> float:
        return losses.mean_squared_error(target, feedforward(layers, x)[-1])

    values = feedforward(layers, x)
    at_output = losses.mean_squared_error_gradient(target, values[-1])
    gradients = backpropagate(layers, values, at_output)
    close = partial(np.testing.assert_allclose, rtol=1e-6, atol=1e-9)
    close(gradients.values[0], slope_of(lambda x: loss(layers, x), x))
    for k in (0, 2):
        for part in ("weights", "bias"):
            slope = slope_of(
                lambda p, k=k, part=part: loss(replaced(layers, k, **{part: p}), x),
                getattr(layers[k], part),
            )
            close(getattr(gradients.parameters[k], part), slope)


def test_gradients_at_every_value(slope_of: Slope) -> None:
    """∂L/∂v is given for every value on the way: the slope of the loss from there on."""
    layers = deep("sigmoid", 2, 3, 2)
    x = np.array([[0.3, -1.0]])
    values = feedforward(layers, x)
    gradients = backpropagate(layers, values, np.ones_like(values[-1]))
    assert len(gradients.values) == len(values)
    for k, value in enumerate(values):
        slope = slope_of(lambda v, k=k: feedforward(layers[k:], v)[-1].sum(), value)
        np.testing.assert_allclose(gradients.values[k], slope, rtol=1e-6, atol=1e-10)


def test_the_articles_gradients_for_one_unit() -> None:
    """For one unit: −(y − σ) σ′ x under half the squared error, (σ − y) x under cross-entropy."""
    unit = (Affine(np.array([[0.8], [-0.4]]), np.array([0.3])), activation("sigmoid"))
    x, y = np.array([[1.5, -2.0]]), np.array([[1.0]])
    _, z, s = feedforward(unit, x)
    squared = backpropagate(
        unit, (x, z, s), losses.mean_squared_error_gradient(y, s) / 2
    ).parameters[0]
    entropy = backpropagate(unit, (x, z, s), losses.binary_cross_entropy_gradient(y, s)).parameters[
        0
    ]
    slope = activations.sigmoid_derivative(z)
    np.testing.assert_allclose(squared.weights, -(y - s) * slope * x.T, rtol=1e-14)
    np.testing.assert_allclose(entropy.weights, (s - y) * x.T, rtol=1e-14)


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [("sigmoid", 0, 1e-12), ("tanh", 1e-6, 1), ("identity", 1e-2, 1e2)],
)
def test_gradients_vanish_with_depth(name: str, least: float, most: float) -> None:
    """Over 30 layers the sigmoid's gradient all but vanishes, tanh's shrinks, a line's stays."""
    layers = deep(name, *[50] * 31)
    values = feedforward(layers, np.random.default_rng(6).standard_normal((4, 50)))
    gradients = backpropagate(layers, values, np.ones_like(values[-1]))
    ratio = np.linalg.norm(gradients.values[0]) / np.linalg.norm(gradients.values[-1])
    assert least < ratio < most


# In time


def recurrent(name: str = "tanh") -> tuple[tuple[Layer, ...], Array, Array]:
    """Make a recurrent network of 3 units, with 4 steps of 2 inputs for 5 examples, and y_0."""
    random = np.random.default_rng(8)
    inputs, initial = random.standard_normal((4, 5, 2)), random.standard_normal((5, 3))
    return (random_affine(5, 3, random), activation(name)), inputs, initial


def test_unrolling_applies_the_same_function_at_every_step() -> None:
    """y_t = f(y_{t−1}, x_t, θ), step by step; the output and the input lie side by side."""
    layers, inputs, y = recurrent()
    steps = unroll(layers, inputs, y)
    recurrent_weights, input_weights = layers[0].weights[:3], layers[0].weights[3:]
    assert len(steps) == 4
    for x, values in zip(inputs, steps, strict=True):
        np.testing.assert_array_equal(values[0], np.hstack([y, x]))
        expected = np.tanh(y @ recurrent_weights + x @ input_weights + layers[0].bias)
        y = values[-1]
        np.testing.assert_allclose(y, expected, rtol=1e-12)


def test_time_can_be_cut_anywhere() -> None:
    """Going on from the last output is the same as having gone on."""
    layers, inputs, initial = recurrent()
    whole = unroll(layers, inputs, initial)
    first = unroll(layers, inputs[:2], initial)
    second = unroll(layers, inputs[2:], first[-1][-1])
    np.testing.assert_array_equal(second[-1][-1], whole[-1][-1])
    assert unroll(layers, inputs[:0], initial) == ()


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "leaky_relu"])
def test_backpropagation_through_time_agrees_with_finite_differences(
    name: str, slope_of: Slope
) -> None:
    """∂L/∂W, ∂L/∂b and ∂L/∂y_0 are the slopes of a loss that uses the output of every step."""
    layers, inputs, initial = recurrent(name)
    at_once = np.random.default_rng(9).standard_normal((4, 5, 3))

    def loss(layers: tuple[Layer, ...], initial: Array) -> float:
        outputs = [values[-1] for values in unroll(layers, inputs, initial)]
        return float(np.sum(at_once * outputs))

    steps = unroll(layers, inputs, initial)
    gradients = backpropagate_through_time(layers, steps, at_once)
    close = partial(np.testing.assert_allclose, rtol=1e-6, atol=1e-8)
    close(gradients.values[0], slope_of(lambda y: loss(layers, y), initial))
    for part in ("weights", "bias"):
        slope = slope_of(
            lambda p, part=part: loss(replaced(layers, 0, **{part: p}), initial),
            getattr(layers[0], part),
        )
        close(getattr(gradients.parameters[0], part), slope)


def test_gradients_at_every_step(slope_of: Slope) -> None:
    """∂L/∂y_t is given in full for t = 0 … T: what the loss uses at once, and through time."""
    layers, inputs, initial = recurrent()
    at_once = np.random.default_rng(10).standard_normal((4, 5, 3))
    steps = unroll(layers, inputs, initial)
    gradients = backpropagate_through_time(layers, steps, at_once)
    assert len(gradients.values) == 5

    def loss_from(t: int, y: Array) -> float:
        outputs = [y, *(values[-1] for values in unroll(layers, inputs[t:], y))]
        return float(np.sum(at_once[t - 1 :] * outputs))

    for t in (1, 2, 3, 4):
        slope = slope_of(lambda y, t=t: loss_from(t, y), steps[t - 1][-1])
        np.testing.assert_allclose(gradients.values[t], slope, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("count", [1, 2])
def test_a_recurrent_function_may_be_deep(count: int, slope_of: Slope) -> None:
    """The function of every step may be any network that ends in as many units as y has."""
    inputs, initial = recurrent()[1:]
    layers, inputs = deep("tanh", 5, 7, 3), inputs[:count]

    def loss(y: Array) -> float:
        return float(sum(values[-1].sum() for values in unroll(layers, inputs, y)))

    at_once = np.ones((count, 5, 3))
    gradients = backpropagate_through_time(layers, unroll(layers, inputs, initial), at_once)
    slope = slope_of(loss, initial)
    np.testing.assert_allclose(gradients.values[0], slope, rtol=1e-6, atol=1e-9)


# Bad input


@pytest.mark.parametrize(
    ("weights", "bias"), [((2,), (2,)), ((2, 3), (2,)), ((2, 3), (1, 3)), ((2, 3), ())]
)
def test_weights_and_bias_that_do_not_fit(weights: tuple, bias: tuple) -> None:
    """Weights are a matrix, and the bias has one number for each of its columns."""
    with pytest.raises(ValueError, match=r"found weights of shape .+ and a bias .+; expected"):
        Affine(np.zeros(weights), np.zeros(bias))


@pytest.mark.parametrize("shape", [(2,), (4, 3), (1, 4, 2)])
def test_inputs_that_do_not_fit(shape: tuple) -> None:
    """An input has one row an example, and as many columns as the layer has inputs."""
    with pytest.raises(ValueError, match=r"found an input of shape .+; expected \(n, 2\): one"):
        feedforward(deep("relu", 2, 3), np.zeros(shape))


@pytest.mark.parametrize("shape", [(3,), (1, 3), (4, 2)])
def test_gradients_that_do_not_fit(shape: tuple) -> None:
    """The gradient at the output has the shape of the output: nothing is broadcast in silence."""
    layers = deep("relu", 2, 3)
    values = feedforward(layers, np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"a gradient of shape .+ of shape \(4, 3\); expected"):
        backpropagate(layers, values, np.zeros(shape))


def test_networks_that_are_not_the_same() -> None:
    """Values of one network are no values of another, and gradients of one are none of another."""
    layers = deep("relu", 2, 3)
    values = feedforward(layers, np.zeros((4, 2)))
    with pytest.raises(
        ValueError, match=r"found 2 values for 2 layers, .+; expected one value more"
    ):
        backpropagate(layers, values[1:], values[-1])
    gradients = backpropagate(layers, values, values[-1])
    with pytest.raises(ValueError, match="found gradients of 2 layers for 1; expected one for"):
        gradient_descent(layers[:1], gradients, 0.1)


def test_lists_and_integers_are_welcome() -> None:
    """Inputs may be lists of integers: they are converted once, at the start."""
    layers, time = deep("tanh", 2, 3), deep("tanh", 3, 1)
    values = feedforward(layers, [[1, 2]])
    np.testing.assert_array_equal(values[-1], feedforward(layers, np.array([[1.0, 2.0]]))[-1])
    ((first, *_),) = unroll(time, [[[1, 2]]], [[3]])
    np.testing.assert_array_equal(first, [[3.0, 1.0, 2.0]])


@pytest.mark.parametrize(
    ("inputs", "initial", "message"),
    [
        ((4, 2), (5, 3), "found inputs of shape .+; expected"),
        ((4, 5, 2), (6, 3), "found inputs of shape .+; expected"),
        ((4, 5, 2), (3,), "found inputs of shape .+; expected"),
        ((4, 5, 2), (5,), "found inputs of shape .+; expected"),
        ((4, 5, 2), (5, 2), "found an input of shape .+; expected"),
        ((1, 5, 3), (5, 2), "found an output of shape .+ after one of shape .+; expected"),
    ],
)
def test_inputs_in_time_that_do_not_fit(inputs: tuple, initial: tuple, message: str) -> None:
    """Inputs are steps of examples, the first output fits them and the network's output."""
    layers, _, _ = recurrent()
    with pytest.raises(ValueError, match=message):
        unroll(layers, np.zeros(inputs), np.zeros(initial))


@pytest.mark.parametrize(("steps", "shape"), [(4, (3, 5, 3)), (4, (4, 5, 1)), (0, (0, 5, 3))])
def test_gradients_in_time_that_do_not_fit(steps: int, shape: tuple) -> None:
    """There is a gradient for each step and output, and there is a step."""
    layers, inputs, initial = recurrent()
    unrolled = unroll(layers, inputs[:steps], initial)
    with pytest.raises(ValueError, match=rf"found gradients of shape .+ for {steps} steps; "):
        backpropagate_through_time(layers, unrolled, np.zeros(shape))
