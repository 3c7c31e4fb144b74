"""The data of a picture as a table: the one a page shows, and the CSV with all of it."""

import csv
import io
import math
import re
from collections.abc import Sequence

import numpy as np

from truepage.figures.data import Panel

ROWS = 12
"""Rows of a table that a page shows, about."""


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
    """Return a table as CSV (RFC 4180), in UTF-8, with no cell that a spreadsheet would run."""
    out = io.StringIO()
    csv.writer(out).writerows([_as_text(cell) for cell in row] for row in (heads, *rows))
    return out.getvalue().encode()


def _as_text(cell: str) -> str:
    """Return a cell that a spreadsheet takes for a text or a number, and for no formula.

    Examples
    --------
    >>> [_as_text(cell) for cell in ("=1+1", "@f", "-a", "-1.5e-20", "-inf", "x = 1")]
    ["'=1+1", "'@f", "'-a", '-1.5e-20', '-inf', 'x = 1']
    """
    if not cell.startswith(("=", "+", "-", "@", "\t", "\r")) or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"


_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|inf)")


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
        near = (each for each in (most - 1, most, most - 2) if each > 0)
        steps = next((each for each in near if not (len(own) - 1) % each), 0)
        places = np.linspace(0, len(own) - 1, (steps or most - 1) + 1).round().astype(int)
        kept += [own[place] for place in np.unique(places)]
    return kept
