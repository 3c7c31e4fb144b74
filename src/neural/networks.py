"""Networks as compositions of functions, back-propagation through them, gradient descent.

A layer is a function of its input and of its own parameters θ. A network is a sequence of layers,
first to last. A recurrent network applies the same layers at every step, to its last output and
the next input. Nothing changes in place: a step of gradient descent gives new layers. What does not
fit raises a ValueError that says what was found, what was expected, and the remedy.

Sources: LeCun, Bottou, Orr and Müller 1998, equation 16 (random_affine); Rumelhart, Hinton and
Williams 1986 (backpropagate); Werbos 1990 (backpropagate_through_time).

Examples
--------
>>> from neural.activations import relu, relu_derivative
>>> layers = [Affine(np.array([[2.0]]), np.array([0.0])), Activation(relu, relu_derivative)]
>>> values = feedforward(layers, [[3]])
>>> values
(array([[3.]]), array([[6.]]), array([[6.]]))
>>> gradients = backpropagate(layers, values, gradient=np.array([[1.0]]))
>>> gradients.values
(array([[2.]]), array([[1.]]), array([[1.]]))
>>> gradient_descent(layers, gradients, learning_rate=0.1)[0]
Affine(weights=array([[1.7]]), bias=array([-0.1]))
>>> random_affine(2, 3, np.random.default_rng(0)).weights.shape
(2, 3)

The same in time, with a layer that adds the next input to its last output:

>>> add = Affine(np.ones((2, 1)), np.zeros(1))
>>> steps = unroll([add], np.ones((3, 1, 1)), initial=np.zeros((1, 1)))
>>> [values[-1].item() for values in steps]
[1.0, 2.0, 3.0]
>>> backpropagate_through_time([add], steps, np.ones((3, 1, 1))).values
(array([[3.]]), array([[3.]]), array([[2.]]), array([[1.]]))
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Protocol, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from neural.arrays import Array, floats


class Layer(Protocol):
    """What a composition needs of a layer. The gradient ∂L/∂θ is kept as a layer of its kind."""

    def __call__(self, x: Array) -> Array:
        """f(x, θ), for one example a row."""

    def backward(self, x: Array, gradient: Array) -> tuple[Array, Self]:
        """Chain rule: ∂L/∂x and ∂L/∂θ, from x and ∂L/∂f(x, θ)."""

    def plus(self, other: Self, scale: float = 1.0) -> Self:
        """Layer with the parameters θ + scale · other's."""


@dataclass(frozen=True, eq=False)
class Affine:
    """Affine transformation: f(x) = xW + b, W of shape (d_in, d_out) and b of shape (d_out,)."""

    weights: Array
    bias: Array

    def __post_init__(self) -> None:
        if np.ndim(self.weights) != 2 or np.shape(self.bias) != np.shape(self.weights)[1:]:
            raise ValueError(
                f"found weights of shape {np.shape(self.weights)} and a bias of shape "
                f"{np.shape(self.bias)}; expected (d_in, d_out) and (d_out,): transpose W?"
            )

    def __call__(self, x: Array) -> Array:
        """XW + b, for X of shape (n, d_in): one example a row."""
        if x.ndim != 2 or x.shape[1] != self.weights.shape[0]:
            raise ValueError(
                f"found an input of shape {x.shape}; expected (n, {self.weights.shape[0]}): "
                "one example a row, one column for each row of the weights"
            )
        return x @ self.weights + self.bias

    def backward(self, x: Array, gradient: Array) -> tuple[Array, "Affine"]:
        """∂L/∂X = G Wᵀ, ∂L/∂W = Xᵀ G and ∂L/∂b = Σₙ G, where G = ∂L/∂f of shape (n, d_out)."""
        return gradient @ self.weights.T, Affine(x.T @ gradient, gradient.sum(axis=0))

    def plus(self, other: "Affine", scale: float = 1.0) -> "Affine":
        """W + scale · other's W, and b likewise."""
        return Affine(self.weights + scale * other.weights, self.bias + scale * other.bias)


@dataclass(frozen=True, eq=False)
class Activation:
    """A function and its derivative, from neural.activations, as a layer without parameters."""

    function: Callable[[Array], Array]
    derivative: Callable[[Array], Array]

    def __call__(self, x: Array) -> Array:
        """f(x), of the shape of x."""
        return self.function(x)

    def backward(self, x: Array, gradient: Array) -> tuple[Array, "Activation"]:
        """∂L/∂x = ∂L/∂f · f′(x), element by element."""
        return gradient * self.derivative(x), self

    def plus(self, other: "Activation", scale: float = 1.0) -> "Activation":
        """Itself: there is nothing to add to."""
        return self


@dataclass(frozen=True, eq=False)
class Gradients:
    """What back-propagation finds about the loss L of a composition, first to last."""

    values: tuple[Array, ...]  # ∂L/∂v for each value v on the way
    parameters: tuple[Layer, ...]  # ∂L/∂θ for each layer, as a layer of its kind


def random_affine(inputs: int, outputs: int, generator: Generator, gain: float = 1.0) -> Affine:
    """Affine layer to start learning from: bias 0, normal weights of variance gain² / inputs.

    With gain 1 the layer keeps the size of its inputs; √2 makes up for the half that relu drops.
    """
    weights = gain / np.sqrt(inputs) * generator.standard_normal((inputs, outputs))
    return Affine(weights, np.zeros(outputs))


def feedforward(layers: Sequence[Layer], x: ArrayLike) -> tuple[Array, ...]:
    """Compose layers: y = f(g(x, θ_g), θ_f).

    Gives every value on the way, which back-propagation needs: the input x of shape (n, d), the
    output of each layer, and last the output y of the network.
    """
    values = [floats(x)]
    for layer in layers:
        values.append(layer(values[-1]))
    return tuple(values)


def backpropagate(layers: Sequence[Layer], values: Sequence[Array], gradient: Array) -> Gradients:
    """Chain rule through a composition, from the last layer back to the first.

    It starts from the values that `feedforward` gave and the gradient ∂L/∂y, of the shape of y.
    """
    if len(values) != len(layers) + 1 or gradient.shape != values[-1].shape:
        raise ValueError(
            f"found {len(values)} values for {len(layers)} layers, and a gradient of shape "
            f"{gradient.shape} for an output of shape {values[-1].shape}; expected one value more "
            "than layers, and one shape: take values and gradient from the same network"
        )
    gradients, parameters = [gradient], []
    for layer, x in zip(reversed(layers), reversed(values[:-1]), strict=True):
        gradient, parameter = layer.backward(x, gradient)
        gradients.append(gradient)
        parameters.append(parameter)
    return Gradients(tuple(reversed(gradients)), tuple(reversed(parameters)))


def unroll(
    layers: Sequence[Layer], inputs: ArrayLike, initial: ArrayLike
) -> tuple[tuple[Array, ...], ...]:
    """Compose layers in time: y_t = f(y_{t−1}, x_t, θ), with the same θ at every step.

    The inputs x_1 … x_T have shape (T, n, d_x), and the initial y_0 shape (n, d_y). The layers take
    y_{t−1} and x_t side by side: of the first weights, d_y rows meet y_{t−1} and the others x_t.
    Gives for each step what `feedforward` gives; the last value of each is y_t.
    """
    inputs, initial = floats(inputs), floats(initial)
    if inputs.ndim != 3 or initial.shape[:-1] != inputs.shape[1:2]:
        raise ValueError(
            f"found inputs of shape {inputs.shape} and a first output of shape {initial.shape}; "
            "expected (T, n, d_x) and (n, d_y): steps first, then examples"
        )
    steps: list[tuple[Array, ...]] = []
    y = initial
    for x in inputs:
        steps.append(feedforward(layers, np.concatenate([y, x], axis=1)))
        y = steps[-1][-1]
        if y.shape != initial.shape:
            raise ValueError(
                f"found an output of shape {y.shape} after one of shape {initial.shape}; expected "
                "the same shape at every step: let the last layer have d_y outputs"
            )
    return tuple(steps)


def backpropagate_through_time(
    layers: Sequence[Layer], steps: Sequence[Sequence[Array]], gradients: Array
) -> Gradients:
    """Chain rule through a recurrent composition, from the last step back to the first.

    The output y_t reaches the loss twice: at once, and through y_{t+1}. Both gradients add up, and
    so do those of all the steps for the θ they share.

    It starts from the steps that `unroll` gave, and from the gradients ∂L/∂y_1 … ∂L/∂y_T as far as
    the loss uses each y_t at once, of shape (T, n, d_y). The values that it finds are
    ∂L/∂y_0 … ∂L/∂y_T, each in full.
    """
    expected = (len(steps), *(steps[-1][-1].shape if steps else ()))
    if gradients.shape != expected or not steps:
        raise ValueError(
            f"found gradients of shape {gradients.shape} for {len(steps)} steps; expected "
            f"{expected}, one step at least: give zeros where the loss does not use an output"
        )
    through_time = np.zeros_like(gradients[-1])
    found: list[Gradients] = []
    for values, at_once in zip(reversed(steps), reversed(gradients), strict=True):
        found.append(backpropagate(layers, values, at_once + through_time))
        through_time = found[-1].values[0][:, : at_once.shape[1]]  # the columns of y_{t−1}
    states = [step.values[-1] for step in reversed(found)]
    of_layers = zip(*(step.parameters for step in found), strict=True)
    totals = tuple(reduce(lambda total, one: total.plus(one), each) for each in of_layers)
    return Gradients((through_time, *states), totals)


def gradient_descent(
    layers: Sequence[Layer], gradients: Gradients, learning_rate: float
) -> tuple[Layer, ...]:
    """One step downhill: θ − learning_rate · ∂L/∂θ for each layer."""
    if len(layers) != len(gradients.parameters):
        raise ValueError(
            f"found gradients of {len(gradients.parameters)} layers for {len(layers)}; expected "
            "one for each: take network and gradients from the same back-propagation"
        )
    pairs = zip(layers, gradients.parameters, strict=True)
    return tuple(layer.plus(gradient, -learning_rate) for layer, gradient in pairs)
