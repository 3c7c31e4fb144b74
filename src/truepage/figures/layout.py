"""Room for all that is drawn, and no harm by a style that the author did not ask for.

What the author decides is respected: an engine, `tight_layout`, `subplots_adjust`, a grid
specification with edges or gaps, axes that were placed by hand.
"""

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import matplotlib
from matplotlib import _mathtext
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

MARGIN = 4.0
"""Points around text that would be outside."""
GROWTH = 0.5
"""By how much of its size a picture may grow, on each side, for text that would be outside."""
SLACK = 0.5
"""Points by which the box of a text may leave the picture: no letter fills its box."""

NO_COLOR = (1.0, 1.0, 1.0, 0.0)
"""The style's own ground of axes: nothing, and not what an author calls nothing."""


def watch_style() -> None:
    """Mend what the style does where it is harm.

    That is grids over images, twins without their frame, and symbols in the labels of ticks that
    its font has not: matplotlib looks for them elsewhere, but not for these labels.
    """
    base: Any = matplotlib.axes.Axes
    add_image, make_twin = base.add_image, base._make_twin_axes

    def adding(self: Any, image: Any) -> Any:
        _hide_grid(self)
        return add_image(self, image)

    def making(self: Any, *arguments: Any, **options: Any) -> Any:
        twin = make_twin(self, *arguments, **options)
        _hide_grid(twin)
        twin.spines["right" if "sharex" in options else "top"].set_visible(True)
        return twin

    base.add_image, base._make_twin_axes = adding, making

    others: Any = _mathtext.StixFonts
    get_glyph = others._get_glyph

    def getting(self: Any, font: str, *arguments: Any) -> Any:
        return get_glyph(self, "regular" if font == "default" else font, *arguments)

    others._get_glyph = getting


def _hide_grid(axes: Any) -> None:
    """Hide a grid that nobody but our style has asked for."""
    ours = to_hex(matplotlib.rcParams["grid.color"]) == "#d8dde2"
    if ours and matplotlib.rcParams["axes.grid"]:
        axes.grid(visible=False)


def all_axes(figure: Figure) -> Iterator[Axes]:
    """Yield a figure's axes, insets too."""
    for axes in figure.axes:
        yield axes
        yield from (child for child in axes.child_axes if isinstance(child, Axes))


def lay_out(figure: Figure) -> None:
    """Give a figure whose author chose no layout one with room, and insets their ground."""
    seen: list[Bbox] = []
    most = figure.bbox.expanded(1 + 2 * GROWTH, 1 + 2 * GROWTH)
    for axes in all_axes(figure):
        place = axes.get_position()
        inset = axes not in figure.axes or any(_lies_in(place, other) for other in seen)
        if inset and axes.get_facecolor() == NO_COLOR:
            axes.set_facecolor("white")
        seen.append(place)
        for text in axes.texts:
            if not most.contains(*text.get_transform().transform(text.get_unitless_position())):
                text.set_in_layout(False)  # nothing would be left of the axes
    if figure.get_layout_engine() is None and _is_plain(figure):
        # The constrained one cannot place a colour bar that shares a cell of a grid with its axes.
        left, bottom, right, top = _free(figure)
        if any(map(_shares_cell, figure.axes)):
            figure.set_layout_engine("tight", rect=(left, bottom, right, top))
        else:
            size = (right - left, top - bottom)
            figure.set_layout_engine("constrained", rect=(left, bottom, *size))
        # Where there is no room for it, all stays as the author, who asked for none, has it.
        warnings.filterwarnings("ignore", "(constrained_layout|Tight layout) not applied")


def _free(figure: Figure) -> tuple[float, float, float, float]:
    """Return the left, bottom, right and top of what is free of text that the author placed.

    Such text is beside axes as they would be without a layout.
    """
    places = figure.subplotpars
    left, bottom, right, top = 0.0, 0.0, 1.0, 1.0
    placed: list[Any] = [
        *(text for text in figure.texts if not getattr(text, "_autopos", False)),
        *(legend for legend in figure.legends if getattr(legend, "_outside_loc", None) is None),
    ]
    for each in placed:
        if not (each.get_visible() and each.get_in_layout()):
            continue
        box = each.get_window_extent().transformed(figure.transFigure.inverted())
        x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        if y >= places.top:
            top = min(top, box.y0)
        elif y <= places.bottom:
            bottom = max(bottom, box.y1)
        elif x <= places.left:
            left = max(left, box.x1)
        elif x >= places.right:
            right = min(right, box.x0)
    if right - left < 0.5 or top - bottom < 0.5:  # it is rather over the axes
        return 0.0, 0.0, 1.0, 1.0
    return left, bottom, right, top


def _lies_in(inner: Bbox, outer: Bbox) -> bool:
    """Tell whether axes are an inset of others, not their twin."""
    x, y = (inner.x0 + inner.x1) / 2, (inner.y0 + inner.y1) / 2
    return outer.contains(x, y) and inner.width * inner.height < 0.6 * outer.width * outer.height


def _is_plain(figure: Figure) -> bool:
    """Tell whether all axes are where a grid put them of which only the shape was given."""
    places = figure.subplotpars
    sides = ("left", "right", "bottom", "top", "wspace", "hspace")
    defaults: Any = matplotlib.rcParams
    if any(getattr(places, s) != defaults[f"figure.subplot.{s}"] for s in sides):
        return False
    bars = [axes for axes in figure.axes if hasattr(axes, "_colorbar_info")]
    shared = [axes for axes in bars if _shares_cell(axes)]
    if shared and shared != bars:
        return False  # there is no layout for both
    made = [grid for axes in shared for grid in list(_grids(axes))[:2]]  # by the colour bars
    for axes in figure.axes:
        if axes in bars:
            continue
        if axes.get_subplotspec() is None or not axes.get_in_layout():
            return False
        for grid in _grids(axes):
            given = (getattr(grid, side, None) for side in (*sides, "_wspace", "_hspace"))
            if grid not in made and any(side is not None for side in given):
                return False
    return bool(figure.axes)


def _shares_cell(axes: Axes) -> bool:
    """Tell whether axes are a colour bar that shares a cell of a grid with its axes."""
    return hasattr(axes, "_colorbar_info") and axes.get_subplotspec() is not None


def _grids(axes: Axes) -> Iterator[Any]:
    """Yield the grid that axes are in, the grid that this one is in, and so on."""
    spec = axes.get_subplotspec()
    while spec is not None:
        grid: Any = spec.get_gridspec()
        yield grid
        spec = getattr(grid, "_subplot_spec", None)


def room(
    width: float, height: float, texts: Iterable[tuple[str, Bbox]]
) -> tuple[Bbox | None, list[str]]:
    """Return the frame, in points, in which all text of a picture is seen.

    Parameters
    ----------
    width, height
        Size of the picture in points.
    texts
        Its lines of text, and where they are.

    Returns
    -------
    frame
        None if the picture has room as it is.
    outside
        Text that is too far away.
    """
    frame, outside = Bbox.from_bounds(0, 0, width, height), []
    most = frame.expanded(1 + 2 * GROWTH, 1 + 2 * GROWTH)
    for text, box in texts:
        if frame.contains(box.x0 + SLACK, box.y0 + SLACK) and frame.contains(
            box.x1 - SLACK, box.y1 - SLACK
        ):
            continue
        if most.contains(box.x0, box.y0) and most.contains(box.x1, box.y1):
            frame = Bbox.union([frame, box.padded(MARGIN)])
        else:
            outside.append(text)
    return (frame if (frame.width, frame.height) != (width, height) else None), outside
