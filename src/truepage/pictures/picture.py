"""The task of drawing a figure, done in a child of `truepage.worker`.

As `svg` it gives the picture for pages, its data, and what a page's script needs; as `png` what
readers may take away.
"""

import gzip
import io
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib.backends.backend_svg  # warm: savefig imports it only when it runs
import matplotlib.style
import numpy as np
from cycler import cycler
from matplotlib import font_manager
from matplotlib.figure import Figure
from pyparsing import ParserElement

from truepage.author import RefusedError, load
from truepage.declare import ATTRIBUTE, Declaration
from truepage.pictures import data, palette, readout, svg, table
from truepage.pictures.sweep import Sweep, slots, sweep_of
from truepage.recording import watching
from truepage.recording.recorder import Recorder

STYLE = Path(__file__).with_name("truepage.mplstyle")
FONTS = sorted(Path(__file__).parents[1].glob("vendor/figure-fonts/*.ttf"))

FILES = (f"pictures/{STYLE.name}", *(f"vendor/figure-fonts/{font.name}" for font in FONTS))
"""Files of this package, beside its modules, that pictures depend on."""

SEED = 0

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

    def sample() -> Figure:
        figure = Figure()
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], label="$x^2$ 0123456789−")
        axes.set(title="Title", xlabel="$x$", ylabel="y")
        axes.legend()
        return figure

    for_pages("sample", sample, "A line.")
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
        figure = _call(function)
        files = {kind: saved(figure, kind, **ON_WHITE) for kind in ("png", "pdf")}
        return files, {"alt": alt, **_size(figure)}
    return for_pages(request["name"], function, alt, sweep)


def for_pages(
    name: str, function: Callable[..., object], alt: str, sweep: Sweep | None = None
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Draw every frame, and return the default one with all that a page shows beside it."""
    start = sweep.start if sweep else 0
    given = [{sweep.parameter: value} for value in sweep.values] if sweep else [{}]
    sources: list[bytes] = [b""] * len(given)
    panels: list[list[data.Panel]] = [[] for _ in given]
    size: dict[str, object] = {}
    # The default frame comes first, as it would without a sweep.
    for frame in sorted(range(len(given)), key=lambda frame: frame != start):
        with matplotlib.rc_context():
            figure = _call(function, **given[frame])
            sources[frame] = saved(figure, "svg")
            panels[frame] = data.read(figure)
        size = size or _size(figure)
        if size != _size(figure):
            raise RefusedError(f"the frames of its sweep differ in size: {size}, {_size(figure)}")
    picture = svg.convert(sources[start], name, alt)
    heads, rows = table.table(panels[start])
    facts: dict[str, Any] = {
        "alt": alt,
        **size,
        "table": {"heads": heads, "rows": table.excerpt(rows, len(panels[start])), "of": len(rows)},
    }
    files = {"svg": picture}
    if b"<image" in picture or _is_heavy(picture):
        if sweep:
            raise RefusedError(
                "it has a sweep, and is too heavy to stand in a page: it holds an image or has "
                f"more than {HEAVY} bytes, compressed; expected lines"
            )
        for scheme, settings in (("light", {}), ("dark", _night())):
            with matplotlib.rc_context(settings):
                files[f"{scheme}.png"] = saved(_call(function), "png")
    else:
        answers: dict[str, object] = {"panels": readout.answers(panels, start)}
        if sweep:
            trees = [svg.described(source, name, alt) for source in sources]
            facts["sweep"] = {"name": sweep.name, "shown": sweep.shown, "start": start}
            answers["sweep"] = {**facts["sweep"], "slots": slots(trees, start)}
        if sweep or answers["panels"]:
            files["json"] = readout.as_json(answers)
    if sweep:
        heads, rows = table.swept_table(sweep.name, sweep.shown, panels)
    if rows:
        files["csv"] = table.as_csv(heads, rows)
    return files, facts


def _call(function: Callable[..., object], **values: object) -> Figure:
    """Return the figure that the author's function draws, from the same state each time."""
    random.seed(SEED)
    np.random.seed(SEED)
    figure = function(**values)
    if not isinstance(figure, Figure):
        name = getattr(function, "__name__", "it")
        raise RefusedError(
            f"{name}() returned {type(figure).__name__}; "
            "expected a matplotlib.figure.Figure: end the function with `return figure`"
        )
    return figure


def saved(figure: Figure, kind: str, **options: Any) -> bytes:
    """Return a figure's picture: `svg`, `png` or `pdf`."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, **SAVE[kind], **options)
    return buffer.getvalue()


def _is_heavy(picture: bytes) -> bool:
    """Tell whether a picture is too heavy for a page; what is light as it is need not be packed."""
    return len(picture) > HEAVY and len(gzip.compress(picture)) > HEAVY


def _night() -> Any:
    """Return the settings of our style that differ in the dark: those that hold our colours."""
    dark = dict(palette.PALETTE.values())
    settings: dict[str, Any] = dict(matplotlib.rcParams.items())

    def turned(value: Any) -> Any:
        return dark.get(f"#{str(value).lower().removeprefix('#')}", value)

    cycle = settings.pop("axes.prop_cycle").by_key()
    found = {name: turned(value) for name, value in settings.items() if turned(value) != value}
    found["axes.prop_cycle"] = cycler(
        **{name: [turned(value) for value in values] for name, values in cycle.items()}
    )
    return found


def _size(figure: Figure) -> dict[str, object]:
    """Return a figure's size in CSS pixels."""
    width, height = figure.get_size_inches()
    return {"width": round(width * 96), "height": round(height * 96)}
