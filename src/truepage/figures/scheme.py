# mypy: disable-error-code="no-untyped-call"
"""Light and dark from one drawing: which colours may follow the page, and whether that is right.

While a figure is drawn, a small picture of it is kept twice, as it is in the light and as it would
be in the dark, a pixel a point. So it is known of everything that is drawn what lies behind it:

- A colour of the palette follows the page where the page lies behind it, and stays where something
  lies behind it that stays: white numbers on an image.
- What could be seen in the light and not in the dark makes the whole picture stay light.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgba
from numpy.typing import NDArray
from PIL import Image

from truepage.figures import palette

TEXT = 3.0
"""WCAG's contrast for large text: what every text has in the dark, or what it has in the light."""
SHAPE = 1.9
"""The contrast of lines and areas, unless they are fainter in the light."""
SLACK = 0.85
"""A contrast that is smaller by less is the same."""
SAMPLE = 500
"""Pixels that are looked at, of what lies behind a shape."""
COVERED = 60
"""Of 255: more than this of a pixel is covered where a line or a shape is."""

HIDDEN = 0.1
"""What part of some shapes' pixels must not be lost in the dark."""
GLASS = 0.6
"""More of an image is not opaque where its colours shine through; else its edges are."""

Color = tuple[int, int, int]


@lru_cache(1 << 12)
def levels(color: Any) -> Color:
    """Return red, green and blue of one of matplotlib's colours, from 0 to 255."""
    red, green, blue = (round(255 * float(part)) for part in to_rgba(color)[:3])
    return red, green, blue


_DARK = {levels(light): levels(dark) for light, dark in palette.PALETTE.values()}
PALETTE = frozenset(_DARK)
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
_SERIES = {levels(light) for name, (light, _) in palette.PALETTE.items() if name.isdigit()}

_level = np.arange(256) / 255
_LINEAR = np.where(_level <= 0.04045, _level / 12.92, ((_level + 0.055) / 1.055) ** 2.4)
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722])

Pixels = NDArray[np.uint8]


def covers(color: Any) -> bool:
    """Tell whether a colour is the author's own, and hides what lies behind it."""
    return bool(color[3] == 1 and levels(color) not in PALETTE)


class Backdrop:
    """What has been drawn so far, in the light and in the dark.

    Parameters
    ----------
    width, height
        Size of the picture in points.
    """

    def __init__(self, width: float, height: float) -> None:
        self._size = max(1, round(width)), max(1, round(height))
        self._waiting: list[Callable[[], object]] | None = []
        self._faithful = True
        self._followed: set[Color] = set()
        self._fixed: set[Color] = set()

    @property
    def faithful(self) -> bool:
        """Whether the dark shows what the light shows: all of it, and a series in one colour."""
        return self._faithful and self._followed.isdisjoint(self._fixed)

    def keeps(
        self,
        paint: Callable[[RendererAgg], None],
        colors: list[Any],
        *,
        data: bool,
        least: float,
        area: bool,
    ) -> bool:
        """Draw something; tell whether its colours stay as they are, or follow the page.

        Parameters
        ----------
        paint
            Draws it, opaque.
        colors
            What it is drawn in, RGBA: its inside and its edge, or one of them.
        data
            Whether its colours stand for values: they stay.
        least
            The contrast that it must have, unless it has less in the light: `TEXT` or `SHAPE`; 0
            for what fills its place, such as a mesh.
        area
            Whether it is an area that text may lie on.
        """
        colors = [color for color in colors if color[3] > 0]
        if not colors:
            return data
        known = not data and all(levels(color) in PALETTE for color in colors)
        if self._waiting is not None and known and not (area and levels(colors[0]) in _SERIES):
            # A picture of lines in the palette's colours alone is turned over as a whole.
            self._waiting.append(lambda: self._draw(paint, colors, data, least))
            self._followed.update(map(levels, colors))
            return False
        self._start()
        return self._draw(paint, colors, data, least)

    def paste(
        self,
        gc: Any,
        image: Pixels,
        place: tuple[float, float, float, float],
        *,
        shapes: bool = False,
        data: bool = False,
    ) -> None:
        """Draw an image; it stays.

        Parameters
        ----------
        image, place
            RGBA, from the bottom; its left, bottom, width and height.
        shapes
            Whether lines and areas were drawn as pixels; else an author's image, or a mesh.
        data
            Whether colours of these stand for values.
        """
        self._start()
        left, bottom, width, height = place
        size = (max(1, round(width)), max(1, round(height)))
        small = np.array(Image.fromarray(image, "RGBA").resize(size, Image.Resampling.BOX))
        self._agg.clear()
        self._agg.draw_image(gc, round(left), round(bottom), small)
        if found := self._covered(1):
            where, inside, drawn = found
            if (data or not shapes) and np.mean(drawn[..., 3][inside] < 255) > GLASS:
                self._faithful = False  # in the dark other colours shine through
            if shapes:
                self._faithful &= self._are_seen(where, drawn)
                opaque = image[image[..., 3] == 255][:, :3]
                self._fixed |= {
                    color for color in _SERIES if not data and (opaque == color).all(axis=1).any()
                }
            for picture in self._pictures:
                _blend(picture[where], inside, drawn[..., :3][inside], drawn[..., 3:][inside] / 255)

    def _start(self) -> None:
        """Draw what was waiting: from now on, what lies behind something makes a difference."""
        if self._waiting is None:
            return
        waiting, self._waiting = self._waiting, None
        self._agg = RendererAgg(*self._size, 72)
        shape = (*self._size[::-1], 3)
        self._pictures = np.full(shape, WHITE, np.uint8), np.full(shape, _DARK[WHITE], np.uint8)
        for draw in waiting:
            draw()

    def _draw(
        self, paint: Callable[[RendererAgg], None], colors: list[Any], data: bool, least: float
    ) -> bool:
        self._agg.clear()
        paint(self._agg)
        found = self._covered(COVERED)
        if found is None:
            return data
        where, inside, _ = found
        behind = [picture[where][inside] for picture in self._pictures]
        some = [pixels[:: 1 + len(pixels) // SAMPLE] for pixels in behind]
        same = float(np.mean(np.all(some[0] == some[1], axis=1)))
        keeps = data or same > 0.5
        # Text may lie on a colour that follows the page: it is read in one of two ways.
        either = not data and (0 < same < 1 or least == TEXT)
        if least:
            options = [keeps, not keeps] if either else [keeps]
            seen = [
                each
                for each in options
                if (each and same == 1) or _is_seen(colors, each, some, least)
            ]
            self._faithful &= bool(seen)
            keeps = (seen or options)[0]
        if data and same < 1 and any(color[3] < 1 for color in colors):
            self._faithful = False  # in the dark another colour shines through
        if not keeps:
            self._followed.update(map(levels, colors))
        if least != TEXT:
            own, alpha = levels(colors[0]), float(colors[0][3])
            for picture, color in zip(self._pictures, (own, _turned(own, keeps)), strict=True):
                _blend(picture[where], inside, np.array(color), alpha)
        return keeps

    def _are_seen(self, where: Any, drawn: Pixels) -> bool:
        """Tell whether pixels of shapes are seen in the dark as well as they are in the light."""
        inside = drawn[..., 3] > COVERED
        colors = drawn[..., :3][inside]
        light, dark = (_ratios(colors, picture[where][inside]) for picture in self._pictures)
        hidden = (light >= SHAPE) & (dark < SHAPE) & (dark < SLACK * light)
        return not hidden.size or float(np.mean(hidden)) < HIDDEN

    def _covered(self, least: int) -> tuple[Any, NDArray[np.bool_], Pixels] | None:
        """Return where something was drawn, which pixels of it are covered, and they."""
        drawn = np.asarray(self._agg.buffer_rgba())
        pixels = drawn.view("<u4")[..., 0]  # whose highest byte is how opaque they are
        rows = np.flatnonzero(pixels.max(axis=1) >= 1 << 24)
        if not len(rows):
            return None
        down = slice(rows[0], rows[-1] + 1)
        columns = np.flatnonzero(pixels[down].max(axis=0) >= 1 << 24)
        where = (down, slice(columns[0], columns[-1] + 1))
        covered = drawn[where][..., 3] >= least
        return (where, covered, drawn[where]) if covered.any() else None


def _blend(picture: Pixels, inside: NDArray[np.bool_], color: Any, alpha: Any) -> None:
    solid = isinstance(alpha, float) and alpha == 1
    picture[inside] = color if solid else np.round(alpha * color + (1 - alpha) * picture[inside])


def _turned(color: Color, keeps: bool) -> Color:
    """Return what a colour is in the dark."""
    return color if keeps else _DARK.get(color, color)


def _is_seen(colors: list[Any], keeps: bool, behind: list[Pixels], least: float) -> bool:
    """Tell whether something is seen in the dark as well as it is in the light."""
    for color in colors:
        own, alpha = levels(color), float(color[3])
        dark = _contrast(_turned(own, keeps), alpha, behind[1], least)
        if dark >= least or dark >= SLACK * _contrast(own, alpha, behind[0], least):
            return True
    return False


def _contrast(color: Color, alpha: float, behind: Pixels, least: float) -> float:
    """Return WCAG's contrast between a colour and what lies behind it: of text, where it is low."""
    mixed: NDArray[Any] = np.array(color)
    if alpha < 1:
        mixed = (alpha * mixed + (1 - alpha) * behind).round().astype(int)
    ratios = _ratios(mixed, behind)
    place = len(ratios) // (10 if least == TEXT else 2)
    return float(np.partition(ratios, place)[place])


def _ratios(colors: NDArray[Any], behind: Pixels) -> NDArray[np.floating[Any]]:
    """Return WCAG's contrast of each colour with the one behind it."""
    front, back = _LINEAR[colors] @ _WEIGHTS, _LINEAR[behind] @ _WEIGHTS
    ratios: NDArray[np.floating[Any]] = (np.maximum(front, back) + 0.05) / (
        np.minimum(front, back) + 0.05
    )
    return ratios
