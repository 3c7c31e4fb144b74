"""Pictures of the activation functions, all over the same range of x and y."""

from collections.abc import Callable
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from axes import (
    DERIVATIVE,
    FUNCTION,
    INK,
    MUTED,
    REFERENCE,
    Function,
    X,
    plot_function,
    plot_function_with_jump,
    set_activation_axes,
)
from neural import activations as act
from truepage import figure

Draw = Callable[..., None]

LEAK = 0.01  # the usual slope of a leaky ReLU, and the default of ours


@figure(
    alt="Sigmoid function: an S-shaped curve that rises from near 0 at x = −5 through "
    f"{act.sigmoid(0):.1f} at x = 0 to near 1 at x = 5. It is flat at both ends: its slope, "
    f"{act.sigmoid_derivative(0):.2g} at x = 0, is only {act.sigmoid_derivative(5):.2g} at ±5."
)
def sigmoid() -> Figure:
    """Draw the sigmoid, with its slope where it is steepest and where it saturates."""
    figure, axes = _one_panel(r"$\sigma(x)$")
    axes.axhline(1, **REFERENCE | {"linestyle": ":"}, zorder=1.5)
    plot_function(axes, act.sigmoid, FUNCTION, label=r"$\sigma(x)$")
    for x, text_x, text_y, alignment in (
        (-5, -4.9, 0.32, "left"),
        (0, 0.5, 0.42, "left"),
        (5, 4.9, 1.32, "right"),
    ):
        slope = act.sigmoid_derivative(x)
        tangent = np.clip(np.array([x - 0.9, x + 0.9]), -5, 5)
        axes.plot(
            tangent,
            act.sigmoid(x) + slope * (tangent - x),
            color="C1",
            linestyle="-",
            linewidth=7,
            alpha=0.4,
            clip_on=False,
            zorder=1.8,
        )
        axes.text(text_x, text_y, f"slope {slope:.2g}", color="C1", ha=alignment, va="center")
    return figure


@figure(
    alt="Sigmoid function and its derivative. The derivative is a bell around x = 0: "
    f"{act.sigmoid_derivative(0):.2g} at its top, where the sigmoid is steepest, and close to 0 "
    "at −5 and 5."
)
def sigmoid_derivative() -> Figure:
    """Draw the sigmoid and its derivative."""
    figure, axes = _one_panel()
    plot_function(axes, act.sigmoid, FUNCTION, label=r"$\sigma(x)$")
    plot_function(axes, act.sigmoid_derivative, DERIVATIVE, label=r"$\sigma'(x)$")
    axes.text(4.9, 1.12, r"$\sigma(x)$", color="C0", ha="right", va="bottom")
    axes.text(4.9, 0.16, r"derivative $\sigma'(x)$", color="C1", ha="right", va="bottom")
    return figure


@figure(
    alt="Binary step function: 0 up to and including x = 0, where a filled circle stands, and 1 to "
    "the right of an open circle at x = 0. No line joins the two values. The derivative is 0."
)
def step() -> Figure:
    """Draw the binary step and its derivative."""
    figure, axes = _one_panel()
    plot_function_with_jump(axes, act.step, FUNCTION, "$f(x)$")
    plot_function(axes, act.step_derivative, DERIVATIVE, label="$f'(x)$")
    axes.text(4.9, -0.14, "derivative", color="C1", ha="right", va="top")
    axes.text(2.5, 1.12, "1 if $x > 0$", color="C0", ha="center", va="bottom")
    axes.text(-2.5, 0.12, r"0 if $x \leq 0$", color="C0", ha="center", va="bottom")
    return figure


@figure(
    alt="Identity function: a straight line through the origin, of slope 1. Its derivative is a "
    "level line at 1. Thin lines show f(x) = ax with a = 0.5 and a = 2."
)
def identity() -> Figure:
    """Draw the identity and its derivative, and two other slopes."""
    figure, axes = _one_panel()
    for a in (0.5, 2.0):
        plot_function(axes, partial(act.identity, a=a), REFERENCE)
    plot_function(axes, act.identity, FUNCTION, label="$f(x)$")
    plot_function(axes, act.identity_derivative, DERIVATIVE, label="$f'(x)$")
    axes.text(-3.5, -1.45, "$a = 0.5$", ha="right", va="center")
    axes.text(-2.1, -1.75, "$a = 1$", color="C0", ha="right", va="center")
    axes.text(-0.7, -1.75, "$a = 2$", va="center")
    axes.text(-4.9, 1.12, "derivative for $a = 1$", color="C1", va="bottom")
    return figure


@figure(
    alt="Hyperbolic tangent and its derivative. Tanh rises from near −1 through the origin to near "
    "1 and looks the same after half a turn about the origin. The derivative is a bell: "
    f"{act.tanh_derivative(0):.2g} at its top, at x = 0, and close to 0 at −3 and 3."
)
def tanh() -> Figure:
    """Draw tanh and its derivative."""
    figure, axes = _one_panel()
    plot_function(axes, act.tanh, FUNCTION, label=r"$\tanh(x)$")
    plot_function(axes, act.tanh_derivative, DERIVATIVE, label=r"$\mathrm{tanh}'(x)$")
    axes.text(4.9, 1.12, r"$\tanh(x)$", color="C0", ha="right", va="bottom")
    axes.text(4.9, 0.16, r"derivative $\mathrm{tanh}'(x)$", color="C1", ha="right", va="bottom")
    return figure


@figure(
    alt="Rectified linear unit and its derivative. The function is 0 for negative x and the line "
    "f(x) = x for positive x. The derivative jumps at x = 0, from 0 with a filled circle to 1 with "
    "an open one."
)
def relu() -> Figure:
    """Draw ReLU and its derivative."""
    figure, axes = _one_panel()
    plot_function(axes, act.relu, FUNCTION, label=r"$\mathrm{ReLU}(x)$")
    plot_function_with_jump(axes, act.relu_derivative, DERIVATIVE, r"$\mathrm{ReLU}'(x)$")
    axes.text(2.2, 1.85, r"$\mathrm{ReLU}(x)$", color="C0", va="center")
    axes.text(4.9, 0.88, r"derivative $\mathrm{ReLU}'(x)$", color="C1", ha="right", va="top")
    return figure


@figure(
    alt="Leaky rectified linear unit and its derivative. For positive x the function is the line "
    f"f(x) = x. For negative x it is a line of a slope to be chosen, at first {LEAK}: so nearly "
    "level that an inset shows it again, stretched upwards. The derivative jumps at x = 0, from "
    "that slope to 1.",
    sweep={"slope": [0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]},
)
def leaky_relu(slope: float = LEAK) -> Figure:
    """Draw leaky ReLU and its derivative, and its negative branch again, stretched."""
    f = partial(act.leaky_relu, negative_slope=slope)
    derivative = partial(act.leaky_relu_derivative, negative_slope=slope)
    figure, axes = _one_panel()
    plot_function(axes, f, FUNCTION, label="$f(x)$")
    plot_function_with_jump(axes, derivative, DERIVATIVE, "$f'(x)$")
    axes.text(2.2, 1.85, "Leaky ReLU", color="C0", va="center")
    axes.text(4.9, 0.88, "derivative", color="C1", ha="right", va="top")

    inset = axes.inset_axes((-3.4, -1.6, 3.2, 1.0), transform=axes.transData)
    plot_function(inset, f, FUNCTION, X[X <= 0])
    depth = 5 * max(slope, LEAK)
    inset.set(xlim=(-5, 0), ylim=(-1.2 * depth, 0), xticks=[-5, 0])
    inset.set_yticks([-depth, 0], [f"−{depth:.2f}", "0"])
    inset.text(-0.2, -0.95 * depth, f"slope {slope}", color="C0", ha="right", va="center")
    return figure


@figure(
    alt="Parametric rectified linear unit and its derivative. For positive x it is the line "
    "f(x) = x for every a. For negative x it is a line of slope a, at first 0.25. Thin lines show "
    "other members of the family, fanned out from the origin: a = 0.5, and a = 1, which is the "
    "identity; a = 0, level, is ReLU. The derivative jumps at x = 0, from a to 1.",
    sweep={"a": np.arange(-2, 9) / 8},
)
def prelu(a: float = 0.25) -> Figure:
    """Draw parametric ReLU and its derivative, among others of its family."""
    figure, axes = _one_panel()
    for other, text_x, name in ((0.5, -3.4, ""), (1.0, -1.6, " (identity)")):
        plot_function(axes, partial(act.prelu, a=other), REFERENCE, X[X <= 0])
        axes.text(text_x, -1.78, f"$a = {other:g}${name}", color=MUTED, va="center")
    plot_function(axes, partial(act.prelu, a=a), FUNCTION, label="$f(x)$")
    plot_function_with_jump(axes, partial(act.prelu_derivative, a=a), DERIVATIVE, "$f'(x)$")
    axes.text(2.2, 1.85, "$f(x)$", color="C0", va="center")
    axes.text(4.9, 0.88, "derivative", color="C1", ha="right", va="top")
    axes.text(4.9, -1.78, f"$a = {a:g}$", ha="right", va="center")
    return figure


@figure(
    alt="The sigmoid of a times x and its derivative, for a gain a to be chosen, at first 1. The "
    "greater the gain, the steeper the sigmoid at x = 0 and the narrower the bell of its "
    "derivative: its top is a quarter of the gain, and beside it the derivative falls to 0 the "
    "sooner. With a gain of 0.25 the curve is nearly straight; with 5 it is nearly a step.",
    sweep={"gain": [0.25, 0.5, 1, 2, 3, 5]},
)
def sigmoid_gain(gain: float = 1) -> Figure:
    """Draw the sigmoid of an input that a weight has made larger, and its derivative."""
    figure, axes = _one_panel()
    plot_function(axes, lambda x: act.sigmoid(gain * x), FUNCTION, label=r"$\sigma(ax)$")
    # The chain rule: d σ(ax) / dx = a σ′(ax).
    plot_function(
        axes,
        lambda x: gain * act.sigmoid_derivative(gain * x),
        DERIVATIVE,
        label=r"$a\,\sigma'(ax)$",
    )
    axes.text(4.9, 1.12, r"$\sigma(ax)$", color="C0", ha="right", va="bottom")
    axes.text(-4.9, 1.12, r"derivative $a\,\sigma'(ax)$", color="C1", va="bottom")
    axes.text(4.9, -1.78, f"gain $a = {gain:g}$", ha="right", va="center")
    return figure


@figure(
    alt="Seven activation functions, each with its derivative dashed, side by side over the same "
    "range: binary step, identity, sigmoid, tanh, ReLU, leaky ReLU with slope "
    f"{LEAK} and parametric ReLU with a = 0.25."
)
def activations() -> Figure:
    """Draw all seven with their derivatives as small multiples."""
    smooth, jumps = plot_function, partial(plot_function_with_jump, rim=0.24, circle=6.0)
    seven: tuple[tuple[str, Function, Draw, Function, Draw], ...] = (
        ("Binary step", act.step, jumps, act.step_derivative, smooth),
        ("Identity, $a = 1$", act.identity, smooth, act.identity_derivative, smooth),
        ("Sigmoid", act.sigmoid, smooth, act.sigmoid_derivative, smooth),
        ("Tanh", act.tanh, smooth, act.tanh_derivative, smooth),
        ("ReLU", act.relu, smooth, act.relu_derivative, jumps),
        ("Leaky ReLU, slope 0.01", act.leaky_relu, smooth, act.leaky_relu_derivative, jumps),
        ("Parametric ReLU, $a = 0.25$", act.prelu, smooth, act.prelu_derivative, jumps),
    )
    figure = Figure(figsize=(5.5, 8), layout="constrained")
    *panels, last = figure.subplots(4, 2).flat
    for axes, (title, f, draw, derivative, draw_derivative) in zip(panels, seven, strict=True):
        set_activation_axes(axes)
        axes.set_title(title)
        # The derivative goes on top: where both are 0, the function is seen through its dashes.
        draw(axes, f, FUNCTION, label="$f(x)$")
        draw_derivative(axes, derivative, DERIVATIVE, label="$f'(x)$")
        axes.label_outer()
    # The eighth place is free for the key; so the panel above it is the last of its column.
    panels[5].tick_params(axis="x", labelbottom=True)
    last.set_axis_off()
    last.plot([], [], **FUNCTION, label="function")
    last.plot([], [], **DERIVATIVE, label="derivative")
    last.plot([], [], "o", color=INK, label="value at the jump")
    last.plot([], [], "o", color=INK, fillstyle="none", label="limit, not a value")
    last.legend(loc="center")
    return figure


def _one_panel(y_label: str = "$f(x)$") -> tuple[Figure, Axes]:
    """Return a figure with one set of the axes that all activations share."""
    figure = Figure(figsize=(5.5, 3.7), layout="constrained")
    axes = figure.subplots()
    set_activation_axes(axes, y_label)
    return figure, axes
