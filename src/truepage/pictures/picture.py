"""The task of drawing a figure, done in a child of `truepage.worker`.

As `svg` it gives the picture for pages, its data, and what a page's script needs; as `png` what
readers may take away.
"""

import gzip
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib.backends.backend_svg  # warm: savefig imports it only when it runs
import matplotlib.style
from matplotlib import font_manager
from matplotlib.figure import Figure
from pyparsing import ParserElement

from truepage.apart import apart
from truepage.author import RefusedError, load
from truepage.declare import ATTRIBUTE, Declaration
from truepage.pictures import data, readout, svg, table
from truepage.pictures.outside import Picture, framed
from truepage.pictures.returned import call
from truepage.pictures.sweep import Sweep, slots, sweep_of
from truepage.recording import watching
from truepage.recording.recorder import Recorder
from truepage.warned import hear

STYLE = Path(__file__).with_name("truepage.mplstyle")
FONTS = sorted(Path(__file__).parents[1].glob("vendor/figure-fonts/*.ttf"))

FILES = (f"pictures/{STYLE.name}", *(f"vendor/figure-fonts/{font.name}" for font in FONTS))
"""Files of this package, beside its modules, that pictures depend on."""

HEAVY = 60_000
"""Bytes that an inline picture may have, compressed; a heavier one is shown as an image."""

TWICE = 192
"""Dots an inch that are two to a CSS pixel."""

# Neither a date nor a version goes in: the same drawing is the same bytes.
SAVE: dict[str, dict[str, Any]] = {
    "svg": {"metadata": {"Date": None, "Creator": None}},
    "png": {"metadata": {"Software": None}, "dpi": TWICE},
    "pdf": {"metadata": {"CreationDate": None, "Creator": None, "Producer": None}},
}
ON_WHITE = {"transparent": False, "facecolor": "white"}


def set_up(recorder: Recorder) -> None:
    """Set matplotlib's defaults, then our style; no file of the machine's has a say."""
    matplotlib.rcdefaults()
    matplotlib.use("agg")
    matplotlib.style.use(STYLE)
    manager = font_manager.fontManager
    for font in FONTS:
        manager.addfont(font)
    own = manager.ttflist[len(manager.ttflist) - len(FONTS) :]
    names = {font.name for font in own}
    # Where the machine has fonts of these names, too, ours are meant.
    manager.ttflist = [font for font in manager.ttflist if font.name not in names] + own
    # What reads formulas hashes itself by a call of `id()`, which takes a tenth of drawing a figure
    # with formulas, and is an audit event each time. `object` hashes by identity, too.
    ParserElement.__hash__ = object.__hash__  # type: ignore[method-assign]
    watching.watch_matplotlib(recorder)


def warm_up() -> None:
    """Make once the picture of what most figures have, so that no child does all of it anew.

    Nothing of this shows in a picture: what fills are caches (fonts, glyphs, the parsers of
    mathematical text and of patterns) that hold the same whoever fills them.
    """
    figure = Figure()
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], label="$x^2$ 0123456789−")
    axes.set(title="Title", xlabel="$x$", ylabel="y")
    axes.legend()
    for_pages("sample", figure, "A line.")
    # matplotlib closes in every child the fonts that are open here; what is closed already costs
    # no child anything.
    opened: Any = getattr(font_manager, "_get_font", None)
    if hasattr(opened, "cache_clear"):
        opened.cache_clear()


def run(request: Mapping[str, Any], recorder: Recorder) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Import the author's module, call the function and save what it returns.

    Parameters
    ----------
    request
        `name`, `kind`, `module`, `function` and `path` of the figure.
    recorder
        What records this drawing.

    Raises
    ------
    RefusedError
        The function is not a figure's, or what it returned is none.
    """
    hear(recorder)
    matplotlib.rcParams["svg.hashsalt"] = request["name"]
    module = load(request["module"], request["path"])
    function = getattr(module, request["function"], None)
    declaration = getattr(function, ATTRIBUTE, None)
    if not callable(function) or not isinstance(declaration, Declaration):
        raise RefusedError(
            f"{request['module']}.{request['function']} is {function!r} once the module is "
            "imported; expected the function that @figure decorates, at the module's top level"
        )
    if not isinstance(declaration.alt, str) or not declaration.alt.strip():
        raise RefusedError(f"its alt text is {declaration.alt!r}; expected one or two sentences")
    alt = declaration.alt.strip()
    sweep = None
    if declaration.sweep is not None:
        sweep = sweep_of(declaration.sweep, function)
    if request["kind"] == "png":
        figure = call(function)
        if isinstance(figure, Picture):
            files = {"png": figure.content} if figure.kind == "png" else {}
            return files, {"alt": alt, "width": figure.width, "height": figure.height}
        files = {kind: saved(figure, kind, **ON_WHITE) for kind in ("png", "pdf")}
        return files, {"alt": alt, **_size(figure)}
    others: dict[int, Frame] = {}
    if sweep:  # each frame in a process that has drawn no other; the default one last, in this
        for at, value in enumerate(sweep.values):
            if at != sweep.start:
                work = partial(_frame, function, {sweep.parameter: value})
                others[at] = apart(work, recorder)
    figure = call(function, **({sweep.parameter: sweep.values[sweep.start]} if sweep else {}))
    if isinstance(figure, Picture):
        return from_outside(request["name"], figure, alt)
    return for_pages(request["name"], figure, alt, sweep, others)


@dataclass(frozen=True)
class Frame:
    """A figure, drawn for one value of what is swept.

    Parameters
    ----------
    source
        What `savefig(format="svg")` wrote.
    panels
        Its data.
    size
        Its `width` and `height` in CSS pixels.
    """

    source: bytes
    panels: list[data.Panel]
    size: Mapping[str, object]


def frame_of(figure: Figure) -> Frame:
    """Return a figure as it is drawn now."""
    return Frame(saved(figure, "svg"), data.read(figure), _size(figure))


def _frame(function: Callable[..., object], values: Mapping[str, object]) -> Frame:
    figure = call(function, **values)
    if isinstance(figure, Picture):
        raise RefusedError("it has a sweep, and returned a picture; expected a matplotlib Figure")
    return frame_of(figure)


def from_outside(name: str, picture: Picture, alt: str) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return what a page shows of a picture that others drew: it has no data, and stays light."""
    facts = {"alt": alt, "width": picture.width, "height": picture.height}
    facts["table"] = {"heads": [], "rows": [], "of": 0}
    return {"svg": framed(picture, name, alt)}, facts


def for_pages(
    name: str,
    figure: Figure,
    alt: str,
    sweep: Sweep | None = None,
    others: Mapping[int, Frame] | None = None,
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return a figure's picture with all that a page shows beside it.

    Parameters
    ----------
    name
        The figure's name.
    figure
        It, drawn once; of a sweep, the default frame.
    alt
        What it shows, in words.
    sweep, others
        What is swept, and the other frames by their numbers.
    """
    start = sweep.start if sweep else 0
    default = frame_of(figure)
    drawn = {**(others or {}), start: default}
    frames = [drawn[at] for at in sorted(drawn)]
    if sizes := [frame.size for frame in frames if frame.size != default.size]:
        raise RefusedError(f"the frames of its sweep differ in size: {default.size}, {sizes[0]}")
    panels = [frame.panels for frame in frames]
    picture = svg.convert(default.source, name, alt)
    heads, rows = table.table(default.panels)
    facts: dict[str, Any] = {
        "alt": alt,
        **default.size,
        "table": {
            "heads": heads,
            "rows": table.excerpt(rows, len(default.panels)),
            "of": len(rows),
        },
    }
    files = {"svg": picture}
    if b"<image" in picture or _is_heavy(picture):
        if sweep:
            raise RefusedError(
                "it has a sweep, and is too heavy to stand in a page: it holds an image or has "
                f"more than {HEAVY} bytes, compressed; expected lines"
            )
        files["light.png"] = files["dark.png"] = saved(figure, "png", **ON_WHITE)
    else:
        answers: dict[str, object] = {"panels": readout.answers(panels, start)}
        if sweep:
            trees = [svg.described(frame.source, name, alt) for frame in frames]
            facts["sweep"] = {"name": sweep.name, "shown": sweep.shown, "start": start}
            answers["sweep"] = {**facts["sweep"], "slots": slots(trees, start)}
        if sweep or answers["panels"]:
            files["json"] = readout.as_json(answers)
    if sweep:
        heads, rows = table.swept_table(sweep.name, sweep.shown, panels)
    if rows:
        files["csv"] = table.as_csv(heads, rows)
    return files, facts


def saved(figure: Figure, kind: str, **options: Any) -> bytes:
    """Return a figure's picture: `svg`, `png` or `pdf`."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, **SAVE[kind], **options)
    return buffer.getvalue()


def _is_heavy(picture: bytes) -> bool:
    """Tell whether a picture is too heavy for a page; what is light as it is need not be packed."""
    return len(picture) > HEAVY and len(gzip.compress(picture)) > HEAVY


def _size(figure: Figure) -> dict[str, object]:
    """Return a figure's size in CSS pixels."""
    width, height = figure.get_size_inches()
    return {"width": round(width * 96), "height": round(height * 96)}
