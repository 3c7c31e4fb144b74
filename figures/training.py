"""Learning by gradient descent, as all the experiments do it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural import activations
from neural.networks import Activation, Layer, backpropagate, feedforward, gradient_descent

Array = NDArray[np.floating[Any]]

SIGMOID = Activation(activations.sigmoid, activations.sigmoid_derivative)
TANH = Activation(activations.tanh, activations.tanh_derivative)
RELU = Activation(activations.relu, activations.relu_derivative)
LEAKY_RELU = Activation(activations.leaky_relu, activations.leaky_relu_derivative)


def train(
    layers: Sequence[Layer],
    x: Array,
    target: Array,
    loss_gradient: Callable[[Array, Array], Array],
    learning_rate: float,
    epochs: int,
) -> Iterator[tuple[Sequence[Layer], tuple[Array, ...]]]:
    """Give the network and its values at every epoch, from before the first step to after the last.

    An epoch is one step of gradient descent over all examples.

    Parameters
    ----------
    layers
        The network to start from.
    x, target
        Inputs of shape (n, d) and targets of the shape of the output.
    loss_gradient
        ∂L/∂y from the target and the output y, one of `neural.losses`.
    learning_rate, epochs
        Length and number of the steps.
    """
    for _ in range(epochs):
        values = feedforward(layers, x)
        yield layers, values
        gradients = backpropagate(layers, values, loss_gradient(target, values[-1]))
        layers = gradient_descent(layers, gradients, learning_rate)
    yield layers, feedforward(layers, x)
