"""Pictures of the activation functions, all over the same range of x and y."""

from collections.abc import Callable
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from axes import (
    DERIVATIVE,
    FUNCTION,
    REFERENCE,
    Function,
    Style,
    X,
    plot_function,
    plot_function_with_jump,
    set_activation_axes,
)
from neural import activations as act
from truepage import figure

Draw = Callable[[Axes, Function, Style], None]

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
    plot_function(axes, act.sigmoid, FUNCTION)
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
    plot_function(axes, act.sigmoid, FUNCTION)
    plot_function(axes, act.sigmoid_derivative, DERIVATIVE)
    axes.text(4.9, 1.12, r"$\sigma(x)$", color="C0", ha="right", va="bottom")
    axes.text(4.9, 0.16, r"derivative $\sigma'(x)$", color="C1", ha="right", va="bottom")
    return figure


@figure(
    alt="Binary step function: 0 up to and including x = 0, where a filled circle stands, and 1 to "
    "the right of an open circle at x = 0. No line joins the two values."
)
def step() -> Figure:
    """Draw the binary step."""
    figure, axes = _one_panel()
    plot_function_with_jump(axes, act.step, FUNCTION)
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
    plot_function(axes, act.identity, FUNCTION)
    plot_function(axes, act.identity_derivative, DERIVATIVE)
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
    plot_function(axes, act.tanh, FUNCTION)
    plot_function(axes, act.tanh_derivative, DERIVATIVE)
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
    plot_function(axes, act.relu, FUNCTION)
    plot_function_with_jump(axes, act.relu_derivative, DERIVATIVE)
    axes.text(2.2, 1.85, r"$\mathrm{ReLU}(x)$", color="C0", va="center")
    axes.text(4.9, 0.88, r"derivative $\mathrm{ReLU}'(x)$", color="C1", ha="right", va="top")
    return figure


@figure(
    alt="Leaky rectified linear unit and its derivative. For positive x the function is the line "
    f"f(x) = x. For negative x it is a line of slope {LEAK}, so nearly level that an inset shows "
    "it again, stretched upwards. The derivative jumps at x = 0, from "
    f"{act.leaky_relu_derivative(0, LEAK):.2g} to 1."
)
def leaky_relu() -> Figure:
    """Draw leaky ReLU and its derivative, and its negative branch again, stretched."""
    f = partial(act.leaky_relu, negative_slope=LEAK)
    figure, axes = _one_panel()
    plot_function(axes, f, FUNCTION)
    plot_function_with_jump(
        axes, partial(act.leaky_relu_derivative, negative_slope=LEAK), DERIVATIVE
    )
    axes.text(2.2, 1.85, "Leaky ReLU", color="C0", va="center")
    axes.text(4.9, 0.88, "derivative", color="C1", ha="right", va="top")

    inset = axes.inset_axes((-3.6, -1.5, 3.4, 1.1), transform=axes.transData)
    plot_function(inset, f, FUNCTION, X[X <= 0])
    inset.set(xlim=(-5, 0), ylim=(-0.06, 0), xticks=[-5, 0])
    inset.set_yticks([-0.05, 0], ["−0.05", "0"])
    inset.text(-0.2, -0.045, f"slope {LEAK}", color="C0", ha="right", va="center")
    return figure


@figure(
    alt="Parametric rectified linear unit with four slopes a. For positive x all four are the line "
    "f(x) = x. For negative x they fan out from the origin: level with a = 0, which is ReLU, then "
    "ever steeper with a = 0.25, a = 0.5 and a = 1, which is the identity."
)
def prelu() -> Figure:
    """Draw parametric ReLU with several slopes of its negative branch."""
    figure, axes = _one_panel()
    for a, style, text_x, text_y, alignment in (
        (0.0, {"color": "C2", "linestyle": "-."}, -4.9, 0.22, "left"),
        (0.25, {"color": "C0", "linestyle": "-"}, -4.9, -0.82, "left"),
        (0.5, {"color": "C1", "linestyle": "--"}, -3.5, -1.45, "right"),
        (1.0, {"color": "C3", "linestyle": ":"}, -1.55, -1.75, "left"),
    ):
        plot_function(axes, partial(act.prelu, a=a), style, X[X <= 0])
        name = {0.0: " (ReLU)", 1.0: " (identity)"}.get(a, "")
        axes.text(
            text_x, text_y, f"$a = {a:g}${name}", color=style["color"], ha=alignment, va="center"
        )
    plot_function(axes, act.prelu, {"color": "#333333", "linestyle": "-"}, X[X >= 0])
    axes.text(2.2, 1.85, "every $a$", va="center")
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
    figure = Figure(figsize=(6, 8.4), layout="constrained")
    *panels, last = figure.subplots(4, 2).flat
    for axes, (title, f, draw, derivative, draw_derivative) in zip(panels, seven, strict=True):
        set_activation_axes(axes)
        axes.set_title(title)
        # The derivative goes on top: where both are 0, the function is seen through its dashes.
        draw(axes, f, FUNCTION)
        draw_derivative(axes, derivative, DERIVATIVE)
        axes.label_outer()
    # The eighth place is free for the key; so the panel above it is the last of its column.
    panels[5].tick_params(axis="x", labelbottom=True)
    last.set_axis_off()
    last.plot([], [], **FUNCTION, label="function")
    last.plot([], [], **DERIVATIVE, label="derivative")
    last.plot([], [], "o", color="#333333", label="value at the jump")
    last.plot([], [], "o", color="#333333", fillstyle="none", label="limit, not a value")
    last.legend(loc="center")
    return figure


def _one_panel(y_label: str = "$f(x)$") -> tuple[Figure, Axes]:
    """Return a figure with one set of the axes that all activations share."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    set_activation_axes(axes, y_label)
    return figure, axes
