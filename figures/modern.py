"""Pictures of the activation functions that came after ReLU, over the same range as the others."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from axes import (
    DERIVATIVE,
    FUNCTION,
    MUTED,
    REFERENCE,
    Function,
    plot_function,
    plot_function_with_jump,
    set_activation_axes,
)
from neural import activations as act
from neural import modern
from neural.losses import softmax as probabilities
from truepage import figure


def dip(f: Function) -> tuple[float, float]:
    """Return where a function of this module is least, and its value there."""
    x = np.linspace(-3, 0, 300_001)
    y = f(x)
    return float(x[y.argmin()]), float(y.min())


def _card(
    f: Function, derivative: Function, name: str, *, jump: bool = False, relu: bool = True
) -> tuple[Figure, Axes]:
    """Draw a function and its derivative, and ReLU behind them, which all of them resemble."""
    figure = Figure(figsize=(5.5, 3.7), layout="constrained")
    axes = figure.subplots()
    set_activation_axes(axes, "$f(x)$")
    if relu:
        plot_function(axes, act.relu, REFERENCE)
    plot_function(axes, f, FUNCTION, label="$f(x)$")
    draw = plot_function_with_jump if jump else plot_function
    draw(axes, derivative, DERIVATIVE, label="$f'(x)$")
    axes.text(2.2, 1.85, name, color="C0", va="center")
    axes.text(4.9, 0.7, "derivative", color="C1", ha="right", va="top")
    return figure, axes


def _mark_dip(axes: Axes, f: Function) -> None:
    """Mark the lowest point of a function."""
    x, y = dip(f)
    axes.plot(x, y, "o", color="C0", markersize=5)
    axes.text(
        x, y - 0.12, f"({x:.2f}, {y:.2f})".replace("-", "−"), color="C0", ha="center", va="top"
    )


@figure(
    alt="Softplus and its derivative. Softplus is near 0 for negative x, is log 2 = "
    f"{modern.softplus(0):.2f} at 0 and near x for positive x: ReLU, the thin line below it, with "
    "a round corner. Its derivative is the sigmoid."
)
def softplus() -> Figure:
    """Draw softplus and its derivative, above ReLU."""
    return _card(modern.softplus, modern.softplus_derivative, "Softplus")[0]


@figure(
    alt="The exponential linear unit and its derivative for an α to be chosen, at first 1. For "
    "positive x it is the line f(x) = x. For negative x it levels off at −α. With α = 1 the "
    "derivative has no jump at 0; with any other it has one, from α to 1.",
    sweep={"alpha": [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5]},
)
def elu(alpha: float = 1) -> Figure:
    """Draw the ELU and its derivative for some α."""
    figure, axes = _card(
        partial(modern.elu, alpha=alpha),
        partial(modern.elu_derivative, alpha=alpha),
        "ELU",
        jump=alpha != 1,
        relu=False,
    )
    axes.text(4.9, -1.78, f"$\\alpha = {alpha:g}$", ha="right", va="center")
    return figure


@figure(
    alt="The scaled exponential linear unit and its derivative. For positive x it is a line of "
    f"slope {modern.SELU_SCALE:.2f}. For negative x it levels off at "
    f"−{modern.SELU_SCALE * modern.SELU_ALPHA:.2f}. The derivative jumps at 0."
)
def selu() -> Figure:
    """Draw the SELU and its derivative."""
    return _card(modern.selu, modern.selu_derivative, "SELU", jump=True, relu=False)[0]


@figure(
    alt="GELU and its derivative. GELU follows ReLU, the thin line, on both sides, and between "
    "them dips below 0, deepest at x = {:.2f} with {:.2f}. Its derivative rises from 0 through a "
    "small dip to above 1 and back to 1.".format(*dip(modern.gelu))
)
def gelu() -> Figure:
    """Draw the GELU and its derivative, above ReLU."""
    figure, axes = _card(modern.gelu, modern.gelu_derivative, "GELU")
    _mark_dip(axes, modern.gelu)
    return figure


@figure(
    alt="SiLU and its derivative. SiLU follows ReLU, the thin line, on both sides, more loosely "
    "than GELU, and dips below 0, deepest at x = {:.2f} with {:.2f}. Its derivative is below 0 "
    "to the left of the dip, and rises to above 1 before it comes back to 1.".format(
        *dip(modern.silu)
    )
)
def silu() -> Figure:
    """Draw the SiLU and its derivative, above ReLU."""
    figure, axes = _card(modern.silu, modern.silu_derivative, "SiLU")
    _mark_dip(axes, modern.silu)
    return figure


@figure(
    alt="Mish and its derivative. Mish looks like SiLU: near ReLU, the thin line, on both sides, "
    "with a dip below 0, deepest at x = {:.2f} with {:.2f}.".format(*dip(modern.mish))
)
def mish() -> Figure:
    """Draw Mish and its derivative, above ReLU."""
    figure, axes = _card(modern.mish, modern.mish_derivative, "Mish")
    _mark_dip(axes, modern.mish)
    return figure


@figure(
    alt="Output of a SwiGLU unit over what its gate is given, for four values. Each curve is the "
    "SiLU times the value: twice as high for 2, upside down for −1, level for 0. Where the gate "
    "is given −5, all four are near 0."
)
def swiglu() -> Figure:
    """Draw what a gate lets through of four values."""
    figure = Figure(figsize=(5.5, 3.7), layout="constrained")
    axes = figure.subplots()
    set_activation_axes(axes, "output")
    axes.set_xlabel("given to the gate")
    for value, color, style in ((2, "C0", "-"), (1, "C1", "--"), (0, MUTED, ":"), (-1, "C2", "-.")):
        line = {"color": color, "linestyle": style}
        name = f"value {value}".replace("-", "−")
        plot_function(axes, lambda x, v=value: v * modern.silu(x), line, label=name)
    axes.legend(loc="upper left")
    return figure


@figure(
    alt="Softmax of three logits. Two are fixed at 0 and 1, the third is to be chosen, at first 2. "
    "Bars show the three probabilities, which always add up to 1: at −4 the third has next to "
    "nothing, at 4 nearly all, and the two others keep their ratio of e to 1.",
    sweep={"third": range(-4, 5)},
)
def softmax(third: float = 2) -> Figure:
    """Draw the probabilities that the softmax makes of three logits."""
    figure = Figure(figsize=(5.5, 3.0), layout="constrained")
    axes = figure.subplots()
    logits = np.array([0.0, 1.0, third])
    p = probabilities(logits)
    axes.bar(range(3), p, color=["C1", "C2", "C0"], width=0.6)
    for place, one in enumerate(p):
        axes.text(place, one + 0.03, f"{one:.3f}", ha="center", va="bottom")
    names = [f"$z_{k + 1} = {z:g}$" for k, z in enumerate(logits)]
    axes.set(ylim=(0, 1.12), yticks=[0, 0.5, 1], ylabel="probability")
    axes.set_xticks(range(3), names)
    return figure


@figure(
    alt="Thirteen activation functions, each with its derivative dashed, side by side over the "
    "same range. From binary step and identity through sigmoid and tanh to ReLU and its relatives: "
    "leaky and parametric ReLU with a kink at 0, softplus, ELU and SELU with one bend, GELU, SiLU "
    "and Mish with a dip below 0."
)
def thirteen() -> Figure:
    """Draw all functions of one variable with their derivatives as small multiples."""
    jumps = partial(plot_function_with_jump, rim=0.24, circle=4.0)
    panels = [
        ("Binary step", act.step, act.step_derivative, jumps, plot_function),
        ("Identity", act.identity, act.identity_derivative, plot_function, plot_function),
        ("Sigmoid", act.sigmoid, act.sigmoid_derivative, plot_function, plot_function),
        ("Tanh", act.tanh, act.tanh_derivative, plot_function, plot_function),
        ("ReLU", act.relu, act.relu_derivative, plot_function, jumps),
        ("Leaky ReLU", act.leaky_relu, act.leaky_relu_derivative, plot_function, jumps),
        ("Parametric ReLU", act.prelu, act.prelu_derivative, plot_function, jumps),
        ("Softplus", modern.softplus, modern.softplus_derivative, plot_function, plot_function),
        ("ELU", modern.elu, modern.elu_derivative, plot_function, plot_function),
        ("SELU", modern.selu, modern.selu_derivative, plot_function, jumps),
        ("GELU", modern.gelu, modern.gelu_derivative, plot_function, plot_function),
        ("SiLU", modern.silu, modern.silu_derivative, plot_function, plot_function),
        ("Mish", modern.mish, modern.mish_derivative, plot_function, plot_function),
    ]
    figure = Figure(figsize=(5.5, 6.4), layout="constrained")
    places = list(figure.subplots(5, 3).flat)
    for axes, (title, f, derivative, draw, draw_derivative) in zip(places, panels, strict=False):
        set_activation_axes(axes)
        axes.set(title=title, xlabel="", xticks=[-4, 0, 4], yticks=[-2, 0, 2])
        draw(axes, f, FUNCTION, label="$f(x)$")
        draw_derivative(axes, derivative, DERIVATIVE, label="$f'(x)$")
        axes.label_outer()
    for axes in places[10:12]:  # nothing is drawn below them
        axes.tick_params(axis="x", labelbottom=True)
    for axes in places[13:]:
        axes.set_axis_off()
    places[13].plot([], [], **FUNCTION, label="function")
    places[13].plot([], [], **DERIVATIVE, label="derivative")
    places[13].legend(loc="center left")
    return figure
