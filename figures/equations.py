"""What the article's equations are held to where a formula and our code differ in shape.

Each function takes what the formula has, puts it into the layers and arrays that `neural` works
with, and gives back what the left side of the equation says. Nothing is computed here that `neural`
computes.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from neural import activations, losses
from neural.gated import SwiGLU
from neural.networks import (
    Activation,
    Affine,
    backpropagate,
    backpropagate_through_time,
    feedforward,
    gradient_descent,
    unroll,
)

Array = NDArray[np.float64]

SIGMOID = Activation(activations.sigmoid, activations.sigmoid_derivative)
TANH = Activation(activations.tanh, activations.tanh_derivative)


def affine(weights: object, bias: object) -> Affine:
    """Affine layer with weights and a bias of any numbers that fit."""
    bias = np.atleast_1d(np.asarray(bias, dtype=float))
    return Affine(np.asarray(weights, dtype=float).reshape(-1, bias.size), bias)


def rows(x: object) -> Array:
    """All inputs, one example a row; a single number is one example with one input."""
    return np.atleast_2d(np.asarray(x, dtype=float))


def unit(w: Array, x: Array, b: float) -> float:
    """Weighted sum of one unit: wᵀx + b."""
    return affine(w, b)(rows(x)).item()


def composed(x: float, theta_g: Array, theta_f: Array) -> float:
    """Two layers with one unit each: f(g(x, θ_g), θ_f), the first one with a sigmoid."""
    layers = [affine(theta_g[0], theta_g[1]), SIGMOID, affine(theta_f[0], theta_f[1])]
    return feedforward(layers, rows(x))[-1].item()


def recurrent(y_0: float, x: Array, theta: Array) -> Array:
    """All outputs y_1 … y_T of a recurrent unit: tanh(θ₁ y + θ₂ x + θ₃)."""
    layers = [affine(theta[:2], theta[2]), TANH]
    steps = unroll(layers, x.reshape(-1, 1, 1), rows(y_0))
    return np.array([values[-1].item() for values in steps])


def recurrent_tanh(y_0: float, x: Array, w: float) -> Array:
    """All outputs of the recurrent unit tanh(w y + x)."""
    return recurrent(y_0, x, np.array([w, 1.0, 0.0]))


def through_time(y_0: float, x: Array, w: float) -> float:
    """Gradient of the last output of the recurrent unit tanh(w y + x), with respect to y_0."""
    layers = [affine([w, 1.0], 0.0), TANH]
    steps = unroll(layers, x.reshape(-1, 1, 1), rows(y_0))
    gradients = np.zeros((len(x), 1, 1))
    gradients[-1] = 1
    return backpropagate_through_time(layers, steps, gradients).values[0].item()


def descended(theta: float, eta: float, x: float, y: float) -> float:
    """Weight θ after one step of gradient descent on ½ (y − θx)²."""
    layers = [affine(theta, 0.0)]
    values = feedforward(layers, rows(x))
    gradient = losses.mean_squared_error_gradient(rows(y), values[-1]) / 2
    step = gradient_descent(layers, backpropagate(layers, values, gradient), eta)
    return step[0].weights.item()


def squared_error(y: float, w: float, x: float, b: float) -> float:
    """Half the squared error of one sigmoid unit on one example."""
    prediction = feedforward([affine(w, b), SIGMOID], rows(x))[-1]
    return losses.mean_squared_error(rows(y), prediction) / 2


def _weight_gradient(activation: Activation, y: float, w: float, x: float, b: float) -> float:
    """∂L/∂w of half the squared error of one unit, by back-propagation."""
    layers = [affine(w, b), activation]
    values = feedforward(layers, rows(x))
    gradient = losses.mean_squared_error_gradient(rows(y), values[-1]) / 2
    return backpropagate(layers, values, gradient).parameters[0].weights.item()


def squared_error_gradient(y: float, w: float, x: float, b: float) -> float:
    """Gradient of `squared_error` with respect to the weight."""
    return _weight_gradient(SIGMOID, y, w, x, b)


def identity_gradient(y: float, w: float, x: float, b: float, a: float) -> float:
    """Gradient of half the squared error of a unit with the identity a·z."""
    identity = Activation(
        partial(activations.identity, a=a), partial(activations.identity_derivative, a=a)
    )
    return _weight_gradient(identity, y, w, x, b)


def binary_cross_entropy(y: Array, w: Array, x: Array, b: float) -> float:
    """Cross-entropy of one sigmoid unit over the examples in the rows of x."""
    (logits,) = feedforward([affine(w, b)], x)[1:]
    return losses.binary_cross_entropy_with_logits(y, logits.ravel())


def binary_cross_entropy_gradient(y: Array, w: Array, x: Array, b: float) -> Array:
    """Gradient of `binary_cross_entropy` with respect to the weights, by back-propagation."""
    layers = [affine(w, b)]
    values = feedforward(layers, x)
    gradient = losses.binary_cross_entropy_with_logits_gradient(y[:, np.newaxis], values[-1])
    return backpropagate(layers, values, gradient).parameters[0].weights.ravel()


def linear_layers(x: Array, weights: Array) -> Array:
    """Output of layers that only multiply by their weights, one after another."""
    layers = [affine(w, np.zeros(w.shape[1])) for w in weights]
    return feedforward(layers, x)[-1]


def two_affine_layers(x: Array, w_1: Array, b_1: Array, w_2: Array, b_2: Array) -> Array:
    """Output of two affine layers."""
    return feedforward([affine(w_1, b_1), affine(w_2, b_2)], x)[-1]


def chain_gradient(y: float, h_0: float, w: Array, b: Array) -> float:
    """Gradient of ½ (y − h_D)² with respect to h_0, of D sigmoid units in a row."""
    layers = [one for pair in zip(w, b, strict=True) for one in (affine(*pair), SIGMOID)]
    values = feedforward(layers, rows(h_0))
    gradient = losses.mean_squared_error_gradient(rows(y), values[-1]) / 2
    return backpropagate(layers, values, gradient).values[0].item()


def swiglu(x: Array, w: Array, v: Array) -> Array:
    """Gated layer without biases, on one example: SiLU(xW) ⊙ xV."""
    gate, value = (affine(weights, np.zeros(weights.shape[1])) for weights in (w, v))
    return SwiGLU(gate, value)(rows(x))[0]
