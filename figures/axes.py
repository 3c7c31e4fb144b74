"""Axes that the pictures of activation functions share, and how a function is drawn on them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Function = Callable[[Array], Array]

X: Array = np.arange(-400, 401) / 80
"""The inputs from −5 to 5 at which functions are drawn. 0 is one of them, so a kink is sharp.

Where a line is straight, matplotlib leaves out the points between; it does so from 128 points up.
"""

Y_LIMIT = 2.0
"""Every activation is drawn over y from −2 to 2.

Up to 5, where ReLU is at x = 5, the sigmoid's derivative (0.25 at most) would be a ripple on a
phone. And a range that is symmetric about 0 shows at a glance which functions are odd. A line that
leaves it ends at the frame.
"""

INK, MUTED = "#1f2328", "#59636e"
"""Text, and what stands behind: colours that a page knows, and turns over in the dark."""

Style = dict[str, Any]
FUNCTION: Style = {"color": "C0", "linestyle": "-"}
DERIVATIVE: Style = {"color": "C1", "linestyle": "--"}
REFERENCE: Style = {"color": MUTED, "linestyle": "-", "linewidth": 1.2}
"""Thin grey lines: the x-axis, asymptotes, further members of a family."""


def set_activation_axes(axes: Axes, y_label: str = "") -> None:
    """Give axes the range and the scales that all activation functions share."""
    axes.set(
        xlim=(-5, 5),
        ylim=(-Y_LIMIT, Y_LIMIT),
        xticks=[-4, -2, 0, 2, 4],
        yticks=[-2, -1, 0, 1, 2],
        xlabel="$x$",
        ylabel=y_label,
    )
    # One unit of y is as long as 1.5 units of x, whatever the size of the picture: slopes in one
    # picture can be compared with slopes in another.
    axes.set_aspect(1.5)
    # No line stands at x = 0, where it would seem to join the two values of a function that jumps.
    axes.grid(visible=False, axis="x")
    axes.axhline(0, **REFERENCE, zorder=1.5)


def plot_function(
    axes: Axes, f: Function, style: Style, x: Array = X, label: str | None = None
) -> None:
    """Draw a continuous function at the inputs x, as far as it stays within ±`Y_LIMIT`.

    With a label it is data: the page's read-out and table have its values.
    """
    y = f(x)
    y = np.where(np.abs(y) <= Y_LIMIT, y, np.nan)  # nothing is drawn through NaN
    # Where a line runs along the frame or ends at it, its full width is seen.
    axes.plot(x, y, clip_on=False, label=label, **style)


def plot_function_with_jump(
    axes: Axes,
    f: Function,
    style: Style,
    label: str | None = None,
    rim: float = 0.13,
    circle: float = 7.0,
) -> None:
    """Draw a function that jumps at 0, with no line between its two values.

    A filled circle stands at f(0), an open one at the limit from the side where f does not come
    to f(0). The branch there ends at the rim: with nothing behind the picture to hide it, it would
    be seen inside the circle.

    Parameters
    ----------
    axes
        Where to draw.
    f
        The function; it is continuous on either side of 0.
    style
        Colour and dashes of the line.
    label
        Its name, where it is data.
    rim
        Radius of the open circle in units of x.
    circle
        Diameter of a circle in points.
    """
    value = f(np.zeros(1))
    for side in (-1, 1):
        beside_zero = np.array([side * np.finfo(float).tiny])
        limit = f(beside_zero)
        reached = bool(limit == value)
        start = beside_zero if reached else np.array([side * rim])
        plot_function(axes, f, style, np.sort(np.append(start, X[side * X > rim])), label)
        axes.plot(
            0,
            limit,
            marker="o",
            markersize=circle,
            markeredgewidth=1.8,
            markeredgecolor=style["color"],
            markerfacecolor=style["color"] if reached else "none",
            zorder=3,  # above any line
        )


def set_log_ticks(axes: Axes, exponents: Sequence[int]) -> None:
    """Mark powers of ten on a logarithmic y-axis, as Python writes them: a phone shows 1e-6 whole.

    The small raised exponent of 10⁻⁶ would be under 7 px high there.
    """
    labels = [f"1e{exponent}".replace("-", "−") if exponent else "1" for exponent in exponents]
    axes.set_yticks([10.0**exponent for exponent in exponents], labels)
    axes.yaxis.set_minor_locator(NullLocator())
