"""Pictures with a fault, each beside the right one: what `difference` has to tell apart.

Each fault is one that a version of Truepage published in silence. Both pictures are Agg's.
"""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import truepage
from gallerying.measuring import difference, flat

PACKAGE = Path(truepage.__file__).parent


def differences() -> Iterator[tuple[str, float]]:
    """Yield each fault, in words, and by how much a picture with it differs from the right one."""
    for font in sorted(PACKAGE.glob("vendor/figure-fonts/*.ttf")):
        font_manager.fontManager.addfont(font)
    plt.style.use(PACKAGE / "figures" / "truepage.mplstyle")
    for draw in FAULTS:
        pictures = []
        for fault in (False, True):
            figure = Figure(layout=None if draw is _outside and fault else "constrained")
            draw(figure.subplots(), fault)
            written = io.BytesIO()
            figure.savefig(written, dpi=192)
            pictures.append(flat(written, (1056, 672)))
        yield str(draw.__doc__).rstrip("."), difference(*pictures)


def _outside(axes: Axes, _: bool) -> None:
    """Labels outside the canvas."""
    axes.plot([1000, 2000, 3000], [10000, 20000, 30000])
    axes.set(xlabel="Time in seconds", ylabel="Money in euros")


def _contour_labels(axes: Axes, fault: bool) -> None:
    """Labels of contours that are gone."""
    x = np.linspace(0, 4, 50)
    texts = axes.clabel(axes.contour(x, x, x[:, None] ** 2 + x**2, levels=[2, 8], colors="k"))
    for text in texts if fault else ():
        text.remove()


def _ground(axes: Axes, fault: bool) -> None:
    """A ground that is dropped."""
    axes.set_facecolor("none" if fault else "gray")
    axes.scatter([1, 2], [1, 2], color="white", s=300)


def _pale_lines(axes: Axes, fault: bool) -> None:
    """The white lines of `dark_background`, on white."""
    axes.set_facecolor("white" if fault else "black")
    axes.plot([1, 3, 2], "w")


def _swapped_ends(axes: Axes, fault: bool) -> None:
    """A colormap whose ends, black and white, are swapped."""
    axes.pcolormesh(np.linspace(0, 1, 11)[None, :], cmap="gray_r" if fault else "gray")


def _swapped_colors(axes: Axes, fault: bool) -> None:
    """Colours of series that are swapped."""
    for at in (1, 0) if fault else (0, 1):
        axes.plot([at, 1 - at], color=f"C{at}" if not fault else f"C{1 - at}", ls="-")


def _earlier_curve(axes: Axes, fault: bool) -> None:
    """A curve of an earlier frame."""
    axes.plot([0, 2])
    axes.plot([0, 1], color="C0", ls="-", alpha=float(fault))


def _grid(axes: Axes, fault: bool) -> None:
    """A grid over an image."""
    axes.imshow(np.arange(12).reshape(3, 4))
    axes.set_axisbelow(False)
    axes.grid(visible=fault)


def _halved_marker(axes: Axes, fault: bool) -> None:
    """An end marker that is halved."""
    axes.plot([0, 1], [0, 1], "o", clip_on=fault)
    axes.set(xlim=(0, 1), ylim=(0, 2))


def _halved_bar(axes: Axes, fault: bool) -> None:
    """A cap of an error bar that is halved."""
    axes.errorbar([0, 1], [1, 1], yerr=0.5, capsize=5, fmt="none", clip_on=fault)
    axes.set(xlim=(0, 1.1), ylim=(0, 2))


def _bare_legend(axes: Axes, fault: bool) -> None:
    """A legend without a ground, over data."""
    axes.plot(np.sin(np.arange(200)), label="data")
    axes.legend(loc="upper center", framealpha=0 if fault else 1, frameon=True)


def _bare_edges(axes: Axes, fault: bool) -> None:
    """Edges of a collection's shapes that are gone."""
    edges = "none" if fault else "black"
    axes.scatter(range(9), range(9), c=["w", "y", "c"] * 3, edgecolors=edges, linewidths=1)


def _other_font(axes: Axes, fault: bool) -> None:
    """A font that was given by file and is not shown."""
    axes.text(0.2, 0.5, "Some text", family="DejaVu Sans" if fault else "STIXGeneral", size=14)


FAULTS: tuple[Callable[[Any, bool], None], ...] = (
    _outside,
    _contour_labels,
    _ground,
    _pale_lines,
    _swapped_ends,
    _swapped_colors,
    _earlier_curve,
    _grid,
    _halved_marker,
    _halved_bar,
    _bare_legend,
    _bare_edges,
    _other_font,
)
