"""From what an author's function returned to what is shown: a matplotlib Figure, or a picture.

matplotlib's artists, and whatever holds them (arrays of axes, seaborn's grids), stand for their
Figure; nothing at all stands for what pyplot has open. Else an object is asked for the picture
that a notebook would show of it.
"""

import base64
import contextlib
import io
import random
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure, FigureBase

from truepage.figures.outside import Picture, read_png, read_svg
from truepage.tracing.author import RefusedError

SEED = 0

LONGEST = 10_000
"""Things in a collection that may be one of artists."""

EXPECTED = (
    "expected a matplotlib Figure or Axes, nothing (what pyplot has open), the text of an SVG, or "
    "what displays itself as SVG or PNG: let the function return it, or the block end with it"
)
# Packages whose pictures a browser draws, and how to get one without.
_BROWSER = {
    "plotly": 'what it can write by itself, such as `return figure.to_image("svg")` with kaleido',
    "bokeh": "its picture, such as `return bokeh.io.export.get_svg(plot)` with a browser at hand",
    "holoviews": 'its Figure: `return holoviews.render(plot, backend="matplotlib")`',
    "pyecharts": "a picture that it wrote",
    "folium": "a picture of the map",
}


def call(function: Callable[..., object], **values: object) -> Figure | Picture:
    """Return what an author's function draws, with chance as it is for every drawing.

    Raises
    ------
    RefusedError
        It returned something that is no picture.
    """
    random.seed(SEED)
    np.random.seed(SEED)
    before = _open_in_pyplot()
    result = function(**values)
    found: Figure | Picture
    called = getattr(function, "called", f"{function.__name__}()")
    try:
        if result is None:
            # One that was there before may be the author's canvas, if there is no other.
            after = _open_in_pyplot()
            found = _left_open([each for each in after if each not in before] or after)
        else:
            found = shown(result)
    except RefusedError as error:
        raise RefusedError(f"{called} {error}") from None
    if isinstance(found, Figure):
        take_off_screen(found)
    return found


def take_off_screen(figure: Figure) -> None:
    """Let nothing wait for a window to show the figure: it would draw into one that is not there.

    What it does comes after a drawing, and so is in no picture that matplotlib saves.
    """
    registry = figure.canvas.callbacks
    for waiting in list(registry.callbacks.get("draw_event", ())):
        registry.disconnect(waiting)


def shown(result: object) -> Figure | Picture:
    """Return what is shown of a result.

    Raises
    ------
    RefusedError
        Nothing is; the message goes on after the function's name.
    """
    if found := _one_of(figures_in(result), f"returned {_kind(result)} of"):
        return found
    if isinstance(result, str | bytes):
        return _text(result)
    animation: Any = sys.modules.get("matplotlib.animation")
    if animation and isinstance(result, animation.Animation):
        raise RefusedError(
            f"returned {_kind(result)}; a page shows no animation. Return the Figure of one frame, "
            'or let readers go through the frames: @figure(sweep={"frame": range(…)})'
        )
    if picture := _displayed(result):
        return picture
    top = type(result).__module__.partition(".")[0]
    if top in _BROWSER:
        raise RefusedError(
            f"returned {_kind(result)}, which a browser draws with {top}'s own script, and pages "
            f"have none of it; expected {_BROWSER[top]}"
        )
    raise RefusedError(f"returned {_kind(result)}; {EXPECTED}")


def is_shown(value: object) -> bool:
    """Tell whether the value that a block's code ends with is its figure; else pyplot's is."""
    return value is not None and (
        not _open_in_pyplot() or next(figures_in(value), None) is not None
    )


def _kind(result: object) -> str:
    return type(result).__name__


def _open_in_pyplot() -> list[Figure]:
    """Return the figures that pyplot has open."""
    helper: Any = sys.modules.get("matplotlib._pylab_helpers")  # no figure is made the current one
    managers = helper.Gcf.get_all_fig_managers() if helper else []
    return [manager.canvas.figure for manager in managers]


def _left_open(figures: list[Figure]) -> Figure:
    """Return the one figure that a function that returned nothing left open in pyplot."""
    found = _one_of(figures, "returned nothing and left open")
    if found is None:
        raise RefusedError(f"returned nothing, and pyplot has no figure open; {EXPECTED}")
    return found


def _one_of(figures: Iterable[Figure], words: str) -> Figure | None:
    """Return the one figure among some, which may be named often; None if there is none."""
    different = list(dict.fromkeys(figures))
    if len(different) > 1:
        raise RefusedError(
            f"{words} {len(different)} figures; expected one: return the one to show, and give "
            "each other one a function of its own"
        )
    return different[0] if different else None


def figures_in(result: object) -> Iterator[Figure]:
    """Yield the figures that a result stands for."""
    if isinstance(result, FigureBase | Artist):
        found: Any = result.figure
        found = getattr(found, "figure", None)  # of a part of a figure, the whole
        if isinstance(found, Figure):
            yield found
    elif _holds_objects(result):
        for each in np.asarray(result, dtype=object).flat:
            yield from figures_in(each)
    elif isinstance(result, Mapping):
        for each in result.values():
            yield from figures_in(each)
    elif isinstance(result, Collection) and not isinstance(result, str | bytes | np.ndarray):
        for each in result if _is_short(result) else ():
            yield from figures_in(each)
    else:
        for name in ("figure", "fig"):  # a grid of seaborn's, and what is made like one
            with contextlib.suppress(Exception):  # a property may do anything
                held = getattr(result, name, None)
                if isinstance(held, FigureBase):
                    yield from figures_in(held)
                    return


def _holds_objects(result: Any) -> bool:
    """Tell whether something is an array of objects, or pandas' Series of them."""
    with contextlib.suppress(Exception):  # an attribute may do anything
        return bool(result.dtype == object) and np.size(result) <= LONGEST
    return False


def _is_short(result: Collection[object]) -> bool:
    """Tell whether a collection may be one of artists; it is not looked through otherwise."""
    return isinstance(result, list | tuple | set | frozenset) and len(result) <= LONGEST


def _text(result: str | bytes) -> Picture:
    """Return the picture that a text is: SVG, or the bytes of a PNG file."""
    content = result.encode() if isinstance(result, str) else result
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return read_png(content)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return read_svg(content)
    raise RefusedError(
        f"returned {_kind(result)} that is no SVG ({content[:40].decode('utf-8', 'replace')!r}); "
        f"{EXPECTED}"
    )


def _displayed(result: object) -> Picture | None:
    """Return the picture by which an object displays itself in a notebook, SVG before PNG."""
    if type(result).__module__.partition(".")[0] == "altair":
        # What it shows in a notebook is a browser's to draw; vl-convert needs none.
        written = io.StringIO()
        result.save(written, format="svg")  # type: ignore[attr-defined]
        return read_svg(written.getvalue().encode())
    if hasattr(result, "_truepage_has_no_such_attribute"):
        return None  # it has every attribute that it is asked for
    bundle = _asked(result, "_repr_mimebundle_", include={"image/svg+xml", "image/png"})
    found = bundle if isinstance(bundle, Mapping) else {}
    for kind, name, read in (
        ("image/svg+xml", "_repr_svg_", read_svg),
        ("image/png", "_repr_png_", read_png),
    ):
        content = found.get(kind) or _asked(result, name)
        if isinstance(content, str):
            content = content.encode() if read is read_svg else _decoded(content)
        if isinstance(content, bytes) and content:
            return read(content)
    return None


def _asked(result: object, name: str, **options: object) -> Any:
    """Return what a method for displays returns, without the metadata that it may come with."""
    method = None if isinstance(result, type) else getattr(result, name, None)
    answer = method(**options) if callable(method) else None
    return answer[0] if isinstance(answer, tuple) and answer else answer


def _decoded(text: str) -> bytes:
    """Return the bytes of a picture that is text, as in a notebook's file."""
    return base64.b64decode(text)
