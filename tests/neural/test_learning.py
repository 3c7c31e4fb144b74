"""What gradient descent learns, and what it cannot: the experiments of the article in small."""

from functools import partial

import numpy as np
import pytest

from neural import activations, losses
from neural.networks import (
    Activation,
    Affine,
    Layer,
    backpropagate,
    feedforward,
    gradient_descent,
    random_affine,
)


def activation(name: str, **slope: float) -> Activation:
    """Make a layer of an activation function and its derivative."""
    function, derivative = (getattr(activations, name + end) for end in ("", "_derivative"))
    return Activation(partial(function, **slope), partial(derivative, **slope))


def test_gradient_descent_goes_downhill_and_changes_nothing_in_place() -> None:
    """A step is θ − rate · ∂L/∂θ: the loss falls, and the network that came in is as it was."""
    random = np.random.default_rng(11)
    layers = (random_affine(2, 3, random), activation("tanh"), random_affine(3, 1, random))
    x, y = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([[0.5], [-0.5]])
    before = layers[0].weights.copy()
    values = feedforward(layers, x)
    gradients = backpropagate(layers, values, losses.mean_squared_error_gradient(y, values[-1]))
    better = gradient_descent(layers, gradients, learning_rate=0.1)
    np.testing.assert_array_equal(better[0].weights, before - 0.1 * gradients.parameters[0].weights)
    np.testing.assert_array_equal(
        better[2].bias, layers[2].bias - 0.1 * gradients.parameters[2].bias
    )
    np.testing.assert_array_equal(layers[0].weights, before)
    assert better[1] is layers[1]
    costs = [losses.mean_squared_error(y, feedforward(net, x)[-1]) for net in (layers, better)]
    assert costs[1] < costs[0]


@pytest.mark.parametrize(("hidden", "seed"), [(2, 0), (3, 0)])
@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_a_small_network_learns_xor(name: str, hidden: int, seed: int) -> None:
    """One hidden layer of 2 or 3 units, well started, learns exclusive or; no line can."""
    random = np.random.default_rng(seed)
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = np.array([[0.0], [1.0], [1.0], [0.0]])
    network: tuple[Layer, ...] = (
        random_affine(2, hidden, random, gain=2),
        activation(name),
        random_affine(hidden, 1, random),
    )
    for _ in range(3000):
        values = feedforward(network, x)
        gradient = losses.binary_cross_entropy_with_logits_gradient(y, values[-1])
        gradients = backpropagate(network, values, gradient)
        network = gradient_descent(network, gradients, learning_rate=1.0)
    np.testing.assert_array_equal(activations.step(feedforward(network, x)[-1]), y)


def test_a_saturated_unit_learns_under_cross_entropy_only() -> None:
    """From z = 10 where 0 is right, 50 steps mend it under cross-entropy and not under MSE."""
    x, y = np.array([[1.0]]), np.array([[0.0]])
    outputs = []
    for gradient in (losses.mean_squared_error_gradient, losses.binary_cross_entropy_gradient):
        unit: tuple[Layer, ...] = (Affine(np.array([[10.0]]), np.zeros(1)), activation("sigmoid"))
        for _ in range(50):
            values = feedforward(unit, x)
            gradients = backpropagate(unit, values, gradient(y, values[-1]))
            unit = gradient_descent(unit, gradients, learning_rate=0.5)
        outputs.append(feedforward(unit, x)[-1].item())
    assert outputs[0] > 0.999
    assert outputs[1] < 0.05


def test_a_dead_relu_stays_dead_and_a_leaky_one_recovers() -> None:
    """A unit that is negative for every input gets no gradient from ReLU, and some when leaky."""
    x, y = np.array([[0.5], [1.0]]), np.array([[1.0], [2.0]])
    start = Affine(np.array([[-1.0]]), np.array([-1.0]))
    costs = {}
    for layer in (activation("relu"), activation("leaky_relu", negative_slope=0.1)):
        unit: tuple[Layer, ...] = (start, layer)
        for _ in range(500):
            values = feedforward(unit, x)
            gradient = losses.mean_squared_error_gradient(y, values[-1])
            unit = gradient_descent(unit, backpropagate(unit, values, gradient), 0.1)
        costs[layer.function.func.__name__] = losses.mean_squared_error(y, values[-1])
        if layer.function.func is activations.relu:
            np.testing.assert_array_equal(unit[0].weights, start.weights)
    assert costs["relu"] == 2.5
    assert costs["leaky_relu"] < 0.01


@pytest.mark.parametrize(("gain", "variance"), [(1.0, 0.01), (2.0, 0.04)])
def test_random_layers_keep_the_size_of_their_inputs(gain: float, variance: float) -> None:
    """Weights have mean 0 and variance gain² / inputs, the bias is 0, a seed repeats the draw."""
    layer = random_affine(100, 400, np.random.default_rng(1), gain)
    assert layer.weights.mean() == pytest.approx(0, abs=0.01 * gain)
    assert layer.weights.var() == pytest.approx(variance, rel=0.05)
    np.testing.assert_array_equal(layer.bias, np.zeros(400))
    again = random_affine(100, 400, np.random.default_rng(1), gain)
    np.testing.assert_array_equal(layer.weights, again.weights)
