"""Experiments: through many layers or many steps in time, what becomes of a signal and a gradient.

None of them hinges on its seed. `linear_collapse` and `vanishing_gradient` were tried with the
seeds 0 to 99, and what their alt texts say held for every one. `unrolled` draws no random numbers.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from axes import set_log_ticks
from neural.networks import (
    Affine,
    Layer,
    backpropagate,
    backpropagate_through_time,
    feedforward,
    random_affine,
    unroll,
)
from training import RELU, SIGMOID, TANH
from truepage import figure


@figure(
    alt="Output of three affine layers, one after the other, over their input x. With nothing "
    "between the layers it is a straight line, and circles on it show that a single affine layer "
    "gives the same. With ReLU between the same layers, the line bends."
)
def linear_collapse() -> Figure:
    """Draw random affine layers with and without ReLU between, and what they collapse to."""
    generator = np.random.default_rng(1)
    first, second, third = (
        Affine(random_affine(inputs, outputs, generator).weights, generator.normal(size=outputs))
        for inputs, outputs in ((1, 8), (8, 8), (8, 1))
    )
    # ((xW₁ + b₁)W₂ + b₂)W₃ + b₃ = x(W₁W₂W₃) + b: the bias b is what the layers make of x = 0.
    collapsed = Affine(
        first.weights @ second.weights @ third.weights,
        feedforward((first, second, third), np.zeros((1, 1)))[-1][0],
    )
    figure = Figure(figsize=(5.5, 4), layout="constrained")
    axes = figure.subplots()
    x = np.linspace(-5, 5, 401).reshape(-1, 1)
    axes.plot(x, feedforward((first, second, third), x)[-1], label="three layers")
    (circles,) = axes.plot(x[::40], collapsed(x[::40]), "o", color="C0", label="one layer")
    circles.set(markersize=9, fillstyle="none", clip_on=False)
    bent = feedforward((first, RELU, second, RELU, third), x)[-1]
    axes.plot(x, bent, color="C1", linestyle="--", label="three layers, ReLU between")
    axes.set(xlim=(-5, 5), xticks=[-4, -2, 0, 2, 4], xlabel="$x$", ylabel="output")
    axes.legend()
    return figure


# √2 makes up for the half that ReLU drops.
UNITS = (("ReLU", RELU, np.sqrt(2)), ("tanh", TANH, 1.0), ("sigmoid", SIGMOID, 1.0))
NETWORKS = 10


@figure(
    alt="Size of the gradient at each of 20 layers, on a logarithmic scale, for ReLU, tanh and "
    "sigmoid. On the way back from layer 20 to layer 1 the sigmoid's gradient falls steadily, to a "
    "millionth of a millionth and less. Those of ReLU and tanh stay within a factor of ten when "
    "biases are 0. With biases of size 2, which saturate tanh, its gradient falls to about a "
    "millionth, and only ReLU's stays."
)
def vanishing_gradient() -> Figure:
    """Draw the size of the gradient at each layer, for three activations and two kinds of bias."""
    depth = 20
    layer = np.arange(1, depth + 1)
    figure = Figure(figsize=(5.5, 4.4), layout=ConstrainedLayoutEngine(wspace=0.06))
    panels = figure.subplots(1, 2, sharey=True)
    for axes, bias in zip(panels, (0.0, 2.0), strict=True):
        for name, activation, gain in UNITS:
            sizes = np.array(
                [_gradient_sizes(activation, gain, bias, depth, seed) for seed in range(NETWORKS)]
            )
            (line,) = axes.semilogy(layer, np.median(sizes, axis=0), label=name)
            axes.fill_between(
                layer,
                sizes.min(axis=0),
                sizes.max(axis=0),
                color=line.get_color(),
                alpha=0.2,
                linewidth=0,
            )
        axes.set(title=f"Biases of size {bias:.0f}" if bias else "Biases 0")
        axes.set(xlim=(1, depth), xticks=[1, 10, 20], xlabel="layer")
    left, right = panels
    left.set_ylabel("size of the gradient")
    left.text(5, 1e-1, "ReLU and tanh", va="center")
    left.text(10, 1e-9, "sigmoid", color="C2")
    right.text(5, 1e-1, "ReLU", color="C0", va="center")
    right.text(3, 1e-3, "tanh", color="C1")
    right.text(10, 1e-11, "sigmoid", color="C2")
    set_log_ticks(left, [0, -3, -6, -9, -12, -15])
    return figure


@figure(
    alt="Size of the gradient at each layer of networks whose depth is to be chosen, at first 10 "
    "layers, on a logarithmic scale. At the last layer it is 1. From there to the first layer the "
    "sigmoid's falls by the same factor at each layer, so the deeper the network, the less reaches "
    "its first layer: with 2 layers a quarter or so, with 20 less than a billionth. Those of ReLU "
    "and tanh stay near 1.",
    sweep={"layers": range(2, 21, 2)},
)
def gradient_by_depth(layers: int = 10) -> Figure:
    """Draw the size of the gradient at each layer of networks of some depth."""
    figure = Figure(figsize=(5.5, 3.7), layout="constrained")
    axes = figure.subplots()
    for name, activation, gain in UNITS:
        sizes = [_gradient_sizes(activation, gain, 0.0, layers, seed) for seed in range(NETWORKS)]
        medians = np.median(sizes, axis=0)
        axes.semilogy(range(1, layers + 1), medians, clip_on=False, label=name)
    axes.set(xlim=(1, 20), xticks=[1, 5, 10, 15, 20], xlabel="layer")
    axes.set(ylim=(1e-13, 10), ylabel="size of the gradient")
    set_log_ticks(axes, [0, -3, -6, -9, -12])
    axes.legend(loc="lower right")
    return figure


@figure(
    alt="Size of the signal after each of 20 layers, on a logarithmic scale, for random weights of "
    "a scale to be chosen, at first 1, where ReLU's falls below a thousandth and tanh's to about a "
    "tenth. With the square root of 2, which is 1.41, both stay near a half. With less, both fade "
    "by about the same factor at each layer. With more, ReLU's grows so, and tanh's stays below 1.",
    sweep={"scale": [0.5, 0.8, 1, 1.2, 1.41, 1.7, 2]},
)
def starting_scale(scale: float = 1) -> Figure:
    """Draw how large signals are at each layer of random networks whose weights have some scale."""
    depth, units = 20, 32
    gain = np.sqrt(2) if scale == 1.41 else scale  # a reader chooses among short numbers
    figure = Figure(figsize=(5.5, 3.4), layout="constrained")
    axes = figure.subplots()
    for name, activation in (("ReLU", RELU), ("tanh", TANH)):
        sizes = []
        for seed in range(NETWORKS):
            generator = np.random.default_rng(seed)
            layers: list[Layer] = []
            for _ in range(depth):
                layers += [random_affine(units, units, generator, gain), activation]
            values = feedforward(layers, generator.standard_normal((64, units)))
            sizes.append([float(np.sqrt(np.mean(value**2))) for value in values[::2]])
        axes.semilogy(range(depth + 1), np.median(sizes, axis=0), clip_on=False, label=name)
    axes.set(xlim=(0, depth), xticks=[0, 5, 10, 15, 20], xlabel="layer")
    axes.set(ylim=(1e-9, 1e4), ylabel="size of the signal")
    set_log_ticks(axes, [3, 0, -3, -6, -9])
    axes.legend(loc="lower left")
    return figure


def _gradient_sizes(
    activation: Layer, gain: float, bias: float, depth: int, seed: int
) -> list[float]:
    """Return the root mean square of ∂L/∂y for the output y of each layer, first to last.

    A layer has 32 units, with normal weights that keep the size of a signal and normal biases of
    standard deviation `bias`. Inputs and ∂L/∂y of the last layer are standard normal, for 64
    examples.
    """
    generator = np.random.default_rng(seed)
    layers: list[Layer] = []
    for _ in range(depth):
        weights = random_affine(32, 32, generator, gain).weights
        layers += [Affine(weights, bias * generator.standard_normal(32)), activation]
    values = feedforward(layers, generator.standard_normal((64, 32)))
    gradients = backpropagate(layers, values, generator.standard_normal((64, 32)))
    # Two values a layer: after its affine transformation, and after its activation.
    return [float(np.sqrt(np.mean(gradient**2))) for gradient in gradients.values[2::2]]


@figure(
    alt="A recurrent unit over 20 steps with feedback weights 0.5, 1 and 2. Above, its state after "
    "one pulse at step 1: with weight 0.5 it is soon forgotten, with 1 it fades slowly, with 2 it "
    "is kept near 1. Below, on a logarithmic scale, the gradient of the last state, back through "
    "time: with weight 1 it shrinks slowly, with 0.5 much faster and with 2, where tanh saturates, "
    "fastest of all."
)
def unrolled() -> Figure:
    """Draw the states of an unrolled recurrent unit, and the gradient back through time."""
    steps = 20
    pulse = np.zeros((steps, 1, 1))  # x₁ = 1, then nothing
    pulse[0] = 1.0
    at_the_end = np.zeros((steps, 1, 1))  # L = y₂₀: the loss sees the last state only
    at_the_end[-1] = 1.0
    figure = Figure(figsize=(5.5, 6), layout=ConstrainedLayoutEngine(hspace=0.06))
    above, below = figure.subplots(2, 1, sharex=True)
    for weight in (0.5, 1.0, 2.0):
        # y_t = tanh(w · y_{t−1} + x_t)
        layers = (Affine(np.array([[weight], [1.0]]), np.zeros(1)), TANH)
        unrolled_steps = unroll(layers, pulse, initial=np.zeros((1, 1)))
        states = [values[-1].item() for values in unrolled_steps]
        gradients = backpropagate_through_time(layers, unrolled_steps, at_the_end).values[1:]
        sizes = [abs(gradient.item()) for gradient in gradients]
        t = range(1, steps + 1)
        name = f"$w = {weight:g}$"
        above.plot(t, states, marker="o", markersize=4, clip_on=False, zorder=3, label=name)
        below.semilogy(t, sizes, marker="o", markersize=4, clip_on=False, zorder=3, label=name)
    for label, color, height_above, height_below in (
        ("$w = 0.5$", "C0", 0.08, 1e-6),
        ("$w = 1$", "C1", 0.46, 5e-3),
        ("$w = 2$", "C2", 0.85, 1e-11),
    ):
        above.text(8, height_above, label, color=color, va="bottom")
        below.text(8, height_below, label, color=color, va="bottom")
    above.set(xlim=(1, steps), xticks=[1, 5, 10, 15, 20])
    above.set(ylim=(0, 1), yticks=[0, 0.5, 1], ylabel="state")
    below.set(xlabel="step", ylabel="gradient of the last state")
    set_log_ticks(below, [0, -3, -6, -9, -12, -15])
    return figure
