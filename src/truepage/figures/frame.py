"""Drawing a figure as it is now: laid out, with all of its text in the picture, light enough."""

import io
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from matplotlib.transforms import Bbox

from truepage.figures import data
from truepage.figures.backend import Canvas, Renderer
from truepage.figures.layout import lay_out, room
from truepage.figures.weight import lighten, marked

MOST = 1_500_000
"""Bytes that a picture should have at most."""

TWICE = 192
"""Dots an inch that are two to a CSS pixel."""

# Neither a date nor a version goes in: the same drawing is the same bytes.
SAVE: dict[str, dict[str, Any]] = {
    "svg": {"metadata": {"Date": None, "Creator": None}},
    "png": {"metadata": {"Software": None}, "dpi": TWICE},
    "pdf": {"metadata": {"CreationDate": None, "Creator": None, "Producer": None}},
}


@dataclass(frozen=True)
class Frame:
    """A figure, drawn; where something is swept, for one value of it.

    Parameters
    ----------
    source
        What matplotlib wrote: SVG.
    panels
        Its data.
    part
        What is seen of the figure, in points from its bottom left corner.
    faithful
        Whether all that is seen in the light is seen in the dark, in the dark's colours.
    missing
        Text → its characters that no font has.
    outside
        Text that is not seen.
    """

    source: bytes
    panels: list[data.Panel]
    part: Bbox
    faithful: bool
    missing: Mapping[str, str]
    outside: tuple[str, ...]

    @property
    def size(self) -> dict[str, int]:
        """The picture's `width` and `height` in CSS pixels."""
        return {"width": round(self.part.width / 0.75), "height": round(self.part.height / 0.75)}


def frame_of(figure: Figure) -> Frame:
    """Return a figure as it is drawn now."""
    lay_out(figure)
    lighten(figure)
    part, dpi = Bbox.from_bounds(0, 0, *(72 * figure.get_size_inches())), TWICE
    source, renderer = _svg(figure, dpi, part)
    if len(source) > MOST:
        lighten(figure, all_of_it=True)
        dpi //= 2
        source, renderer = _svg(figure, dpi, part)
    wider, outside = room(part.width, part.height, renderer.texts)
    if wider:
        part = wider
        figure.set_layout_engine("none")  # another layout may move what was measured
        source, _ = _svg(figure, dpi, part)
    return Frame(
        source,
        data.read(figure, part),
        part,
        renderer.backdrop.faithful,
        renderer.missing,
        tuple(outside),
    )


def saved(figure: Figure, kind: str, part: Bbox) -> bytes:
    """Return a part of a figure as `png` or `pdf`, on white where its author gave it no ground."""
    figure.set_layout_engine("none")  # all is where it is in the SVG
    buffer = io.BytesIO()
    ground = figure.get_facecolor() if to_rgba(figure.get_facecolor())[3] else "white"
    figure.savefig(buffer, format=kind, facecolor=ground, **SAVE[kind], **_within(figure, part))
    return buffer.getvalue()


def _svg(figure: Figure, dpi: int, part: Bbox) -> tuple[bytes, Renderer]:
    """Return what matplotlib writes of a part of a figure, and what wrote it."""
    buffer, before = io.BytesIO(), figure.canvas
    canvas = Canvas(figure)
    try:
        with marked(figure):
            figure.savefig(buffer, format="svg", dpi=dpi, **SAVE["svg"], **_within(figure, part))
    finally:
        figure.set_canvas(before)
    return buffer.getvalue(), canvas.get_renderer()


def _within(figure: Figure, part: Bbox) -> dict[str, Any]:
    """Return what tells `savefig` to save a part of a figure."""
    inches = Bbox(part.get_points() / 72)
    whole = inches.get_points().tolist() == [[0, 0], figure.get_size_inches().tolist()]
    cut: Any = matplotlib.rcParams["savefig.bbox"]
    if whole and cut is None:
        return {}
    if figure.get_layout_engine() is None:
        # Only with an engine does matplotlib tell axes that place themselves what it draws with.
        figure.set_layout_engine(
            PlaceHolderLayoutEngine(adjust_compatible=True, colorbar_gridspec=True)
        )
    return {"bbox_inches": inches}


def warn(frames: Iterable[Frame]) -> None:
    """Say once what is not seen as it was meant."""
    missing = {text: own for frame in frames for text, own in frame.missing.items()}
    outside = dict.fromkeys(text for frame in frames for text in frame.outside)
    for text, characters in missing.items():
        warnings.warn(
            f"the text {text!r} has characters that no font at hand has: {characters!r}. Pages "
            "show them in a font of the reader's, PNG and PDF show boxes; expected a font that has "
            'them: matplotlib.font_manager.fontManager.addfont("fonts/….ttf"), and its name in '
            'matplotlib.rcParams["font.family"]',
            stacklevel=2,
        )
    for text in outside:
        warnings.warn(
            f"the text {text!r} is outside the picture; expected it inside: move it, or let "
            "clip_on=True leave out what is outside the axes",
            stacklevel=2,
        )
