"""Experiments: what a unit and a small network learn, and when they do not.

None of them hinges on its seed. `slow_learning` draws no random numbers. `xor` and `dying_relu`
were tried with the seeds 0 to 99, and what their alt texts say held for every one.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from neural.activations import relu
from neural.losses import (
    binary_cross_entropy,
    binary_cross_entropy_gradient,
    mean_squared_error_gradient,
)
from neural.networks import Affine, Layer, feedforward, random_affine
from training import LEAKY_RELU, RELU, SIGMOID, TANH, train
from truepage import figure


@figure(
    alt="Output of one sigmoid unit by epoch while it learns to give 0. Under squared error a unit "
    "that starts near 1, confidently wrong, stays there for tens of epochs before it turns, while "
    "one that starts at 0.73 falls at once. Under cross-entropy both fall at once."
)
def slow_learning() -> Figure:
    """Draw the output of a unit while it learns, under two losses and from two starts."""
    epochs = 150
    x, target = np.ones((1, 1)), np.zeros((1, 1))
    figure = Figure(figsize=(5.5, 3.6), layout=ConstrainedLayoutEngine(wspace=0.06))
    panels = figure.subplots(1, 2, sharey=True)
    for axes, title, gradient in zip(
        panels,
        ("Squared error", "Cross-entropy"),
        (mean_squared_error_gradient, binary_cross_entropy_gradient),
        strict=True,
    ):
        for start in (0.5, 2.5):  # weight and bias, so that the unit starts at σ(1) and σ(5)
            unit = (Affine(np.full((1, 1), start), np.full(1, start)), SIGMOID)
            history = train(unit, x, target, gradient, learning_rate=0.5, epochs=epochs)
            outputs = [values[-1].item() for _, values in history]
            axes.plot(outputs, label=f"starts at {outputs[0]:.2f}", clip_on=False, zorder=3)
        axes.set(title=title, xlim=(0, epochs), xticks=[0, 50, 100, 150], xlabel="epoch")
    panels[0].set(ylim=(0, 1), yticks=[0, 0.5, 1], ylabel=r"output $\sigma(z)$, to become 0")
    panels[1].legend(loc="upper right")
    return figure


@figure(
    alt="Output of one sigmoid unit by epoch while it learns to give 0, under squared error and "
    "under cross-entropy, from a start to be chosen, at first z = 4, where it gives 0.98. Under "
    "cross-entropy it falls at once from every start. Under squared error it does so from z = 0; "
    "from z = 4 it stays for tens of epochs before it turns, and from z = 6 for more than 150.",
    sweep={"start": range(7)},
)
def learning_from(start: int = 4) -> Figure:
    """Draw the output of a unit while it learns from z = start, under two losses."""
    epochs = 150
    x, target = np.ones((1, 1)), np.zeros((1, 1))
    half = start / 2  # z = wx + b with x = 1: weight and bias have equal shares in it
    unit = (Affine(np.full((1, 1), half), np.full(1, half)), SIGMOID)
    figure = Figure(figsize=(5.5, 3.4), layout="constrained")
    axes = figure.subplots()
    for name, gradient in (
        ("squared error", mean_squared_error_gradient),
        ("cross-entropy", binary_cross_entropy_gradient),
    ):
        history = train(unit, x, target, gradient, learning_rate=0.5, epochs=epochs)
        outputs = [values[-1].item() for _, values in history]
        axes.plot(outputs, label=name, clip_on=False, zorder=3)
    axes.set(xlim=(0, epochs), xticks=[0, 50, 100, 150], xlabel="epoch")
    axes.set(ylim=(0, 1), yticks=[0, 0.5, 1], ylabel=r"output $\sigma(z)$, to become 0")
    axes.legend(loc="upper right", bbox_to_anchor=(1, 0.95))
    return figure


@figure(
    alt="Number of dead units among a hundred, by epoch. Left, with a small step: the ReLU units "
    "that start dead stay dead. Right, with a large step: the first steps kill more than half of "
    "the ReLU units, for good. Leaky ReLU units come back, and in the end none of them is dead."
)
def dying_relu() -> Figure:
    """Draw how many units are dead while each learns max(0, x), with ReLU and with leaky ReLU."""
    epochs = 1000
    figure = Figure(figsize=(5.5, 3.8), layout=ConstrainedLayoutEngine(wspace=0.06))
    panels = figure.subplots(1, 2, sharey=True)
    for axes, rate in zip(panels, (0.5, 1.5), strict=True):
        for name, unit in (("ReLU", RELU), ("leaky ReLU", LEAKY_RELU)):
            axes.plot(_dead_units(unit, rate, epochs), label=name, clip_on=False, zorder=3)
        axes.set(title=f"Learning rate {rate}", xlim=(0, epochs), xticks=[0, 500, 1000])
        axes.set_xlabel("epoch")
    panels[0].set(ylim=(0, 100), yticks=[0, 25, 50, 75, 100], ylabel="dead units of 100")
    panels[0].legend(loc="upper left")
    return figure


def _dead_units(activation: Layer, learning_rate: float, epochs: int) -> list[int]:
    """Count at every epoch the units that no input makes positive.

    A hundred units with one input each start with standard normal weights and biases. None feeds
    another, so each learns alone; as one layer of a network they are computed at once.
    """
    units = 100
    generator = np.random.default_rng(0)
    weights, biases = generator.standard_normal((1, units)), generator.standard_normal(units)
    x = np.linspace(-1, 1, 21).reshape(-1, 1)
    target = np.repeat(relu(x), units, axis=1)
    history = train(
        (Affine(weights, biases), activation),
        x,
        target,
        mean_squared_error_gradient,
        learning_rate * units,  # the loss is a mean over the units; each shall go its full step
        epochs,
    )
    return [int(np.all(values[1] <= 0, axis=0).sum()) for _, values in history]


XOR_INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_TARGET = np.array([[0.0], [1.0], [1.0], [0.0]])


@figure(
    alt="A network learns exclusive or. Left: from each of ten random starts, the cross-entropy of "
    "a network with four hidden units falls below 0.1 within 150 epochs; without a hidden layer "
    "it ends at 0.69, which is guessing. Right: the plane of inputs as one trained network divides "
    "it, with curved borders between (0, 1) and (1, 0) in class 1 and (0, 0) and (1, 1) in class 0."
)
def xor() -> Figure:
    """Draw how small networks learn XOR, and how one of them divides the plane in the end."""
    figure = Figure(figsize=(5.5, 2.75), layout=ConstrainedLayoutEngine(wspace=0.06))
    left, right = figure.subplots(1, 2)

    trained: list[Sequence[Layer]] = []
    for seed in range(10):
        generator = np.random.default_rng(seed)
        hidden, output = random_affine(2, 4, generator), random_affine(4, 1, generator)
        layers, errors = _learn_xor((hidden, TANH, output, SIGMOID))
        trained.append(layers)
        name = f"start {seed + 1}"
        left.plot(errors, color="C0", linestyle="-", linewidth=1.2, label=name)
    _, errors = _learn_xor((random_affine(2, 1, np.random.default_rng(0)), SIGMOID))
    left.plot(errors, "C1--", clip_on=False, zorder=3, label="no hidden layer")
    left.text(150, 0.73, "no hidden layer", color="C1", ha="right", va="bottom")
    left.text(150, 0.36, "hidden layer", color="C0", ha="right", va="bottom")
    left.set(xlim=(0, 150), xticks=[0, 50, 100, 150], xlabel="epoch")
    left.set(ylim=(0, 1), yticks=[0, 0.5, 1], ylabel="cross-entropy", box_aspect=1)

    side = np.linspace(-0.5, 1.5, 61)
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    probability = feedforward(trained[0], plane)[-1].reshape(len(side), len(side))
    right.contourf(side, side, probability, [0, 0.5, 1], colors=["C1", "C0"], alpha=0.25)
    right.contour(side, side, probability, [0.5], colors="#1f2328", linewidths=1.2)
    for (x1, x2), target in zip(XOR_INPUTS, XOR_TARGET[:, 0], strict=True):
        color, marker = ("C0", "s") if target else ("C1", "o")
        right.plot(x1, x2, marker, color=color, markersize=9)
        right.text(x1, x2 + 0.12, f"{target:.0f}", color=color, ha="center", va="bottom")
    right.grid(visible=False)
    right.set(xlabel="first input", xticks=[0, 1], ylabel="second input", yticks=[0, 1])
    right.set_aspect("equal")
    return figure


def _learn_xor(layers: Sequence[Layer]) -> tuple[Sequence[Layer], list[float]]:
    """Return the network as trained, and its cross-entropy at every epoch."""
    gradient = binary_cross_entropy_gradient
    history = list(train(layers, XOR_INPUTS, XOR_TARGET, gradient, learning_rate=1.0, epochs=150))
    errors = [float(binary_cross_entropy(XOR_TARGET, values[-1])) for _, values in history]
    return history[-1][0], errors
