"""The data behind a picture, read from the artists that were drawn.

What has a label is data, as it is for a legend; in axes where nothing has one, everything is.
Lines across the axes (`axhline`) are none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib._mathtext_data import tex2uni
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import FillBetweenPolyCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle, StepPatch
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from truepage.figures.layout import all_axes

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """One thing that was drawn.

    Parameters
    ----------
    name
        Its label, as plain text.
    kind
        `line`, `post`, `pre` or `mid` (lines in steps), `points`, `bars`, `low` or `high` (the
        edges of a band).
    x, y
        Where its points are, of shape (n,). NaN stands where a line is broken.
    color
        As `#rrggbb`.
    """

    name: str
    kind: str
    x: Array
    y: Array
    color: str


@dataclass(frozen=True)
class Panel:
    """One pair of axes.

    Parameters
    ----------
    title, x_name, y_name
        What stands on them, as plain text.
    box
        Left, top, width and height of the frame, in points from the picture's top left corner.
    x_limits, y_limits, x_scale, y_scale
        What the frame shows, and how: `linear`, `log`, or another of matplotlib's.
    categories
        Position on the x-axis → the words that stand there, where they are words.
    series
        What is drawn.
    """

    title: str
    x_name: str
    y_name: str
    box: tuple[float, float, float, float]
    x_limits: tuple[float, float]
    y_limits: tuple[float, float]
    x_scale: str
    y_scale: str
    categories: dict[float, str]
    series: tuple[Series, ...]


def read(figure: Figure, seen: Bbox | None = None) -> list[Panel]:
    """Return the panels of a figure that was drawn, those without data left out.

    Parameters
    ----------
    figure
        The figure.
    seen
        What the picture shows of it, in points from its bottom left corner; None: all.
    """
    seen = seen or Bbox.from_bounds(0, 0, *(72 * figure.get_size_inches()))
    panels = [_panel(axes, seen) for axes in all_axes(figure)]
    return [panel for panel in panels if panel.series]


def _panel(axes: Axes, seen: Bbox) -> Panel:
    frame = axes.get_window_extent().transformed(axes.figure.dpi_scale_trans.inverted())
    x_name, y_name = plain(axes.get_xlabel()), plain(axes.get_ylabel())
    title = next(
        (plain(words) for side in ("left", "center", "right") if (words := axes.get_title(side))),
        "",
    )
    found = [
        series
        for artist in [*axes.lines, *axes.collections, *axes.containers, *axes.patches]
        for series in _series(artist, axes)
    ]
    labelled = [series for series in found if series.name]
    if not labelled:
        names = (
            [y_name or "y"]
            if len(found) == 1
            else [f"{y_name or 'y'} {i + 1}" for i in range(len(found))]
        )
        labelled = [
            Series(name, each.kind, each.x, each.y, each.color)
            for name, each in zip(names, found, strict=True)
        ]
    return Panel(
        title=title,
        x_name=x_name or "x",
        y_name=y_name,
        box=(72 * frame.x0 - seen.x0, seen.y1 - 72 * frame.y1, 72 * frame.width, 72 * frame.height),
        x_limits=axes.get_xlim(),
        y_limits=axes.get_ylim(),
        x_scale=axes.get_xscale(),
        y_scale=axes.get_yscale(),
        categories=_categories(axes),
        series=tuple(_joined(labelled)),
    )


def _series(artist: Any, axes: Axes) -> Iterator[Series]:
    """Yield what one artist draws; nothing if it is hidden, or not drawn in the data's numbers."""
    label = str(artist.get_label() or "")
    name = "" if label.startswith("_") else plain(label)
    if isinstance(artist, BarContainer):
        # Those of a drawing in three dimensions are no rectangles.
        bars = [bar for bar in artist.patches if type(bar) is Rectangle and bar.get_visible()]
        if bars:
            x = np.array([bar.get_x() + bar.get_width() / 2 for bar in bars])
            y = np.array([bar.get_y() + bar.get_height() for bar in bars])
            yield Series(name, "bars", x, y, to_hex(bars[0].get_facecolor()))
        return
    if not isinstance(artist, Artist) or not artist.get_visible():
        return
    if isinstance(artist, Line2D):
        if artist.get_transform().contains_branch_seperately(axes.transData) != (True, True):
            return
        x, y = (np.asarray(values, dtype=float) for values in artist.get_data(orig=False))
        kind = (
            "points"
            if artist.get_linestyle() == "None"
            else _STEPS.get(artist.get_drawstyle(), "line")
        )
        if len(x):
            yield Series(name, kind, x, y, to_hex(artist.get_color()))
    elif isinstance(artist, PathCollection):
        points: Array = np.ma.filled(np.ma.asarray(artist.get_offsets(), dtype=float), np.nan)
        if len(points):
            color = _color(artist.get_facecolor())
            yield Series(name, "points", points[:, 0], points[:, 1], color)
    elif isinstance(artist, FillBetweenPolyCollection) and name:
        yield from _band(artist, name)
    elif isinstance(artist, StepPatch):
        values, edges, _ = artist.get_data()
        y = np.append(values, values[-1])
        yield Series(
            name, "post", np.asarray(edges, dtype=float), y, to_hex(artist.get_edgecolor())
        )


def _color(colors: Any) -> str:
    """Return the first of some colours; black if there is none."""
    return to_hex(colors[0]) if len(colors) else "#000000"


_STEPS = {"steps": "pre", "steps-pre": "pre", "steps-mid": "mid", "steps-post": "post"}


def _band(artist: FillBetweenPolyCollection, name: str) -> Iterator[Series]:
    """Yield the two edges of a filled band."""
    color = _color(artist.get_facecolor())
    for path in artist.get_paths():
        # Out along one edge and back along the other, each with a point more at both of its ends.
        vertices = np.asarray(path.vertices, dtype=float)
        half = (len(vertices) - 1) // 2
        first, second = vertices[1:half], vertices[half + 1 : -1][::-1]
        size = min(len(first), len(second))
        low = np.minimum(first[:size, 1], second[:size, 1])
        high = np.maximum(first[:size, 1], second[:size, 1])
        yield Series(f"{name}, from", "low", first[:size, 0], low, color)
        yield Series(f"{name}, to", "high", first[:size, 0], high, color)


def _joined(found: Sequence[Series]) -> Iterator[Series]:
    """Yield the series, those of one name and kind as one: a line may be drawn in pieces."""
    names: dict[tuple[str, bool], list[Series]] = {}
    for series in found:
        names.setdefault((series.name, series.kind in {"low", "high"}), []).append(series)
    for pieces in names.values():
        lines = [piece for piece in pieces if piece.kind != "points"] or pieces
        # A gap between pieces is no line.
        x = np.concatenate([np.append(piece.x, piece.x[-1:]) for piece in lines])[:-1]
        y = np.concatenate([np.append(piece.y, np.nan) for piece in lines])[:-1]
        if len(lines) == 1:
            x, y = lines[0].x, lines[0].y
        yield Series(pieces[0].name, lines[0].kind, x, y, lines[0].color)


def _categories(axes: Axes) -> dict[float, str]:
    """Return the words at the ticks of the x-axis, if they are words."""
    places = [float(place) for place in axes.get_xticks()]
    words = [plain(label.get_text()) for label in axes.get_xticklabels()]
    if len(places) != len(words) or not any(re.search(r"[^\W\d_]{2}", word) for word in words):
        return {}
    return dict(zip(places, words, strict=True))


_RAISED = str.maketrans("0123456789+-−=()nixT*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱˣᵀ*")
_LOWERED = str.maketrans("0123456789+-−=()aeoxhklmnpstij", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼ")


def plain(label: str) -> str:
    r"""Return a label of matplotlib's as plain text: mathematical text is read out.

    Examples
    --------
    >>> plain(r"derivative $\sigma'(x)$"), plain("$w^{-1} x_0$"), plain(r"$-\log p$")
    ('derivative σ′(x)', 'w⁻¹ x₀', '−log p')
    >>> plain(r"$\mathrm{ReLU}(x) \leq \frac{1}{2}$")
    'ReLU(x) ≤ 1/2'
    """
    parts = re.split(r"(?<!\\)\$", label)
    if len(parts) % 2 == 0:  # an odd number of dollars: no mathematical text
        parts = [label]
    words = [
        _formula(part) if at % 2 else part.replace(r"\$", "$") for at, part in enumerate(parts)
    ]
    return " ".join("".join(words).split())


def _formula(tex: str) -> str:
    tex = re.sub(r"\\d?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"\1/\2", tex)
    tex = re.sub(
        r"\\sqrt\s*\{([^{}]*)\}", lambda m: f"√{m[1]}" if len(m[1]) == 1 else f"√({m[1]})", tex
    )
    tex = re.sub(r"\\(?:math\w+|operatorname|text)\s*\{([^{}]*)\}", r"\1", tex)
    tex = re.sub(r"\\[,;:! ]|\\q?quad|~", " ", tex)
    tex = re.sub(
        r"\\([A-Za-z]+)(\s*)",
        lambda m: chr(tex2uni[m[1]]) + m[2] if m[1] in tex2uni else m[0][1:],
        tex,
    )
    tex = re.sub(r"\^(?:\{([^{}]*)\}|(.))", lambda m: (m[1] or m[2]).translate(_RAISED), tex)
    tex = re.sub(r"_(?:\{([^{}]*)\}|(.))", lambda m: (m[1] or m[2]).translate(_LOWERED), tex)
    return re.sub(r"[{}\\]", "", tex).replace("-", "−").replace("'", "′")
