"""What is drawn as pixels: what only Agg can draw, and what is lighter so than as shapes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.collections import Collection, PolyCollection, QuadMesh, TriMesh
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.quiver import Barbs, Quiver
from matplotlib.spines import Spine
from matplotlib.text import Text

from truepage.figures.backend import DATA, FIELD, GROUND
from truepage.figures.layout import all_axes

SHAPES, VERTICES, LONG = 2_000, 20_000, 100_000
"""Shapes of one artist, their vertices, and the points of a line, of which more become pixels."""


def lighten(figure: Figure, *, all_of_it: bool = False) -> None:
    """Have pixels drawn of what is heavy as shapes.

    Parameters
    ----------
    figure
        The figure.
    all_of_it
        Whether everything becomes pixels that is no text, axis, spine or legend.
    """
    for artist in _drawn(figure):
        if artist.get_agg_filter() is not None or _is_heavy(artist) or all_of_it:
            artist.set_rasterized(True)


def _drawn(figure: Figure) -> Iterator[Artist]:
    """Yield what authors draw with."""
    rest = (Axis, Spine, Text, Legend)
    owners: list[Any] = [figure, *figure.subfigs, *all_axes(figure)]
    for owner in owners:
        axes = set(figure.axes)
        for artist in owner.get_children():
            if not isinstance(artist, rest) and artist not in axes and artist is not owner.patch:
                yield artist


def _is_heavy(artist: Any) -> bool:
    if isinstance(artist, QuadMesh | TriMesh):
        return True  # between cells that are shapes, browsers show what is behind them
    if isinstance(artist, Collection):
        paths, offsets = artist.get_paths(), np.asarray(artist.get_offsets())
        places = max(len(paths), len(offsets))
        # Places of one size share their outline; of each size it is written once more.
        outlines = max(len(paths), len(artist.get_transforms()))
        vertices = sum(np.size(path.vertices) // 2 for path in paths)
        return places > SHAPES or vertices * outlines > VERTICES * max(1, len(paths))
    if isinstance(artist, Line2D):
        marked = artist.get_marker() not in {"None", "none", "", " ", None}
        return np.size(artist.get_xdata(orig=False)) > (SHAPES if marked else LONG)
    return False


@contextmanager
def marked(figure: Figure) -> Iterator[None]:
    """Mark for the renderer what stands for values, and the grounds."""
    owners: list[Any] = [figure, *figure.subfigs, *all_axes(figure)]
    marks: list[tuple[Artist, str]] = [(owner.patch, GROUND) for owner in owners]
    for artist in _drawn(figure):
        if isinstance(artist, Collection) and artist.get_array() is not None:
            if isinstance(artist, ContourSet):
                if artist.colors is None:
                    marks.append((artist, FIELD if artist.filled else DATA))
            elif isinstance(artist, QuadMesh | TriMesh | PolyCollection) and not isinstance(
                artist, Quiver | Barbs
            ):
                marks.append((artist, FIELD))
            else:
                marks.append((artist, DATA))
    before = [artist.get_gid() for artist, _ in marks]
    for artist, mark in marks:
        artist.set_gid(mark)
    try:
        yield
    finally:
        for (artist, _), gid in zip(marks, before, strict=True):
            artist.set_gid(gid)
