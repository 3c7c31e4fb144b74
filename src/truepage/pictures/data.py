"""The data behind a picture, read from the artists that were drawn.

What has a label is data, as it is for a legend; in axes where nothing has one, everything is.
Lines across the axes (`axhline`) are none.
"""

import csv
import io
import json
import math
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
from matplotlib.patches import StepPatch
from numpy.typing import NDArray

from truepage.pictures.palette import themed

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


def read(figure: Figure) -> list[Panel]:
    """Return the panels of a figure that was drawn, those without data left out."""
    _, height = (72 * size for size in figure.get_size_inches())
    panels: list[Panel] = []
    for axes in figure.axes:
        inner = [child for child in axes.child_axes if isinstance(child, Axes)]
        panels.extend(_panel(each, height) for each in (axes, *inner))
    return [panel for panel in panels if panel.series]


def _panel(axes: Axes, height: float) -> Panel:
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
        box=(72 * frame.x0, height - 72 * frame.y1, 72 * frame.width, 72 * frame.height),
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
        bars = [bar for bar in artist.patches if bar.get_visible()]
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


def table(panels: Sequence[Panel]) -> tuple[list[str], list[list[str]]]:
    """Return the heads and the rows of one table of all that is drawn.

    A row has the values of all series at one x; with several panels its first cell says which.
    """
    several = len(panels) > 1
    x_names = list(dict.fromkeys(panel.x_name for panel in panels))
    columns = list(dict.fromkeys(series.name for panel in panels for series in panel.series))
    x_name = x_names[0] if len(x_names) == 1 else "x"
    heads = [*(["panel"] if several else []), x_name if x_name not in columns else "x", *columns]
    rows = []
    for number, panel in enumerate(panels, start=1):
        lead = [panel.title or str(number)] if several else []
        rows += [[*lead, *row] for row in _rows(panel, columns)]
    return heads, rows


def _rows(panel: Panel, columns: Sequence[str]) -> list[list[str]]:
    """Return the rows of one panel: x, then a cell for each of the columns."""
    # A number that differs from another by less than the eye could see is the same.
    span = abs(panel.x_limits[1] - panel.x_limits[0]) or 1.0
    places = 12 - math.floor(math.log10(span)) if math.isfinite(span) else 12
    at: dict[float, dict[str, list[str]]] = {}
    for series in panel.series:
        seen = np.isfinite(series.x) & np.isfinite(series.y)
        xs = series.x[seen] if panel.x_scale == "log" else series.x[seen].round(places) + 0.0
        for x, y in zip(xs.tolist(), series.y[seen].tolist(), strict=True):
            cells = at.get(x)
            if cells is None:
                cells = at[x] = {}
            cells.setdefault(series.name, []).append(_written(y))
    rows = []
    for x in sorted(at):
        cells = at[x]
        words = panel.categories.get(x) or _written(x)
        for again in range(max(map(len, cells.values()))):
            rows.append([words, *(_cell(cells.get(name, ()), again) for name in columns)])
    return rows


def _cell(values: Sequence[str], number: int) -> str:
    return values[number] if number < len(values) else ""


def swept_table(
    name: str, shown: Sequence[str], frames: Sequence[Sequence[Panel]]
) -> tuple[list[str], list[list[str]]]:
    """Return one table of all frames of a sweep; the first column is what is swept.

    Parameters
    ----------
    name
        What is swept.
    shown
        Its value in each frame.
    frames
        The panels of each frame.
    """
    tables = [table(panels) for panels in frames]
    columns = list(dict.fromkeys(head for heads, _ in tables for head in heads))
    rows = []
    for value, (heads, own) in zip(shown, tables, strict=True):
        for row in own:
            cells = dict(zip(heads, row, strict=True))
            rows.append([value.replace("−", "-"), *(cells.get(column, "") for column in columns)])
    return [name, *columns], rows


def _written(value: float) -> str:
    """Return a number for a table, with ten significant digits.

    Examples
    --------
    >>> _written(0.1 + 0.2), _written(-0.0), _written(1e-20)
    ('0.3', '0', '1e-20')
    """
    return "%.10g" % (value + 0.0)


def as_csv(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Return a table as CSV (RFC 4180), in UTF-8."""
    out = io.StringIO()
    csv.writer(out).writerows([heads, *rows])
    return out.getvalue().encode()


def as_json(value: object) -> bytes:
    """Return what a page's script reads, in the fewest characters."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


ROWS = 12
"""Rows of a table that a page shows, about."""


def excerpt(rows: list[list[str]], panels: int) -> list[list[str]]:
    """Return the rows that a page shows: all if they are few, else some from each panel."""
    if len(rows) <= 2 * ROWS:
        return rows
    kept = []
    of_panels: dict[str, list[list[str]]] = {}
    for row in rows:
        of_panels.setdefault(row[0] if panels > 1 else "", []).append(row)
    for own in of_panels.values():
        most = min(len(own), max(5, ROWS // len(of_panels)))
        # Even steps from end to end, if a row more or less allows it: −5, −4, … and not −4.0875.
        steps = next((each for each in (most - 1, most, most - 2) if not (len(own) - 1) % each), 0)
        places = np.linspace(0, len(own) - 1, (steps or most - 1) + 1).round().astype(int)
        kept += [own[place] for place in np.unique(places)]
    return kept


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


_RAISED = str.maketrans("0123456789+-−=()nixT*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱˣᵀ*")
_LOWERED = str.maketrans("0123456789+-−=()aeoxhklmnpstij", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼ")


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


VALUES = 600
"""Values that a page's read-out knows, about: more lines and frames have fewer places each."""
FEWEST, MOST = 21, 101
"""Places along a line."""
LINES = 8
"""Lines of one panel that a read-out tells apart; of more it would hide the picture."""

_READ = frozenset({"line", "pre", "post", "mid"})


def answers(frames: Sequence[Sequence[Panel]], start: int) -> list[dict[str, Any]]:
    """Return what a page's script says when a line is pointed at: values as they were drawn.

    Parameters
    ----------
    frames
        The panels of each frame of a sweep; of one frame where nothing is swept.
    start
        Index of the default frame.
    """
    lines = sum(each.kind in _READ for panel in frames[start] for each in panel.series)
    samples = max(FEWEST, min(MOST, VALUES // max(1, lines * len(frames))))
    found = []
    for number, panel in enumerate(frames[start]):
        same = [frame[number] for frame in frames if len(frame) == len(frames[start])]
        steady = len(same) == len(frames) and all(
            [series.name for series in other.series] == [series.name for series in panel.series]
            and other.box == panel.box
            and (other.x_limits, other.y_limits) == (panel.x_limits, panel.y_limits)
            for other in same
        )
        if not steady or not {panel.x_scale, panel.y_scale} <= {"linear", "log"}:
            continue
        xs: list[Any] = []
        read = []
        for place, series in enumerate(panel.series):
            if series.kind not in _READ:
                continue
            known = _sampled(series, panel, samples)
            if known is None:
                continue
            x = _steps(series.x[known])
            if x not in xs:
                xs.append(x)
            line: dict[str, Any] = {
                "name": series.name,
                "color": themed(series.color),
                "x": xs.index(x),
                "y": _rounded(series.y[known]),
            }
            if series.kind != "line":
                line["kind"] = series.kind
            others = [_values(other.series[place], series.x[known]) for other in same]
            if any(other != line["y"] for other in others):
                line["frames"] = others
            read.append(line)
        if 0 < len(read) <= LINES:
            found.append(
                {
                    "name": panel.title,
                    "label": panel.x_name,
                    "box": [round(size, 2) for size in panel.box],
                    "x": [*_rounded(np.asarray(panel.x_limits)), panel.x_scale],
                    "y": [*_rounded(np.asarray(panel.y_limits)), panel.y_scale],
                    "xs": xs,
                    "lines": read,
                }
            )
    return found


def _sampled(series: Series, panel: Panel, samples: int) -> NDArray[np.intp] | None:
    """Return the indices of the points that a read-out knows; None if the line turns back.

    Where a line is broken (NaN) and where it ends, the points next to the gap are among them.
    """
    low, high = sorted(panel.x_limits)
    slack = 1e-9 * (high - low)
    inside = np.flatnonzero((series.x >= low - slack) & (series.x <= high + slack))
    if len(inside) < 3 or not np.all(np.diff(series.x[inside]) >= 0):
        return None
    steps = len(inside) - 1
    least = -(-steps // (samples - 1))
    # Even steps up to the end, if they need not be much longer.
    stride = next((each for each in range(least, 2 * least) if steps % each == 0), least)
    chosen = set(inside[::stride].tolist()) | {int(inside[-1])}
    finite = np.isfinite(series.y)
    edges = np.flatnonzero(finite[inside][1:] != finite[inside][:-1])
    chosen |= {int(inside[edge + side]) for edge in edges for side in (0, 1)}
    return np.array(sorted(chosen))


def _values(series: Series, x: Array) -> list[float | None]:
    """Return a line's values at some places where the default frame's line has its points."""
    if len(series.x) and np.isin(x, series.x).all():
        order = np.argsort(series.x, kind="stable")
        return _rounded(series.y[order][np.searchsorted(series.x[order], x)])
    return _rounded(np.interp(x, series.x, series.y, left=np.nan, right=np.nan))


def _steps(x: Array) -> Any:
    """Return places along x: first, last and how many where the steps are even."""
    if len(x) > 3 and np.allclose(np.diff(x), (x[-1] - x[0]) / (len(x) - 1), rtol=1e-9, atol=0):
        return {"from": float(x[0]), "to": float(x[-1]), "count": len(x)}
    return [float(f"{value:.6g}") for value in x]


def _rounded(values: Array) -> list[float | None]:
    """Return numbers with four significant digits, as they are shown; None where there is none."""
    return [_shortest(float(value)) if math.isfinite(value) else None for value in values]


def _shortest(value: float) -> float:
    short = float(f"{value:.4g}")
    return int(short) if short == int(short) else short
