"""What a picture answers when it is pointed at: values along its lines, for a page's script."""

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from truepage.figures.data import Array, Panel, Series
from truepage.figures.palette import literal, themed

VALUES = 600
"""Values that a page's read-out knows, about: more lines and frames have fewer places each."""
FEWEST, MOST = 21, 101
"""Places along a line."""
LINES = 8
"""Lines of one panel that a read-out tells apart; of more it would hide the picture."""

_READ = frozenset({"line", "pre", "post", "mid"})


def answers(
    frames: Sequence[Sequence[Panel]], start: int, *, follows: bool = True
) -> list[dict[str, Any]]:
    """Return what a page's script says when a line is pointed at: values as they were drawn.

    Parameters
    ----------
    frames
        The panels of each frame of a sweep; of one frame where nothing is swept.
    start
        Index of the default frame.
    follows
        Whether the picture's colours follow the page.
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
                "color": (themed if follows else literal)(series.color),
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


def as_json(value: object) -> bytes:
    """Return what a page's script reads, in the fewest characters."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
