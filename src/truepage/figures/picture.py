"""The task of drawing a figure, done in a child of `truepage.worker`.

As `svg` it gives the picture for pages, its data, and what a page's script needs; as `png` what
readers may take away.
"""

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, get_args

import matplotlib.style
from matplotlib import font_manager
from matplotlib.figure import Figure
from pyparsing import ParserElement

from truepage.declare import ATTRIBUTE, FigureDeclaration, Scheme
from truepage.figures import readout, svg, table
from truepage.figures.apart import apart
from truepage.figures.backend import Canvas, watch_colormaps
from truepage.figures.frame import Frame, frame_of, saved, warn
from truepage.figures.layout import watch_style
from truepage.figures.outside import Picture, framed
from truepage.figures.returned import call
from truepage.figures.sweep import FigureSweep, slots, sweep_of
from truepage.figures.warned import hear
from truepage.figures.written import written
from truepage.tracing import patches
from truepage.tracing.author import RefusedError, load
from truepage.tracing.recorder import Recorder

STYLE = Path(__file__).with_name("truepage.mplstyle")
FONTS = sorted(Path(__file__).parents[1].glob("vendor/figure-fonts/*.ttf"))

FILES = (f"figures/{STYLE.name}", *(f"vendor/figure-fonts/{font.name}" for font in FONTS))
"""Files of this package, beside its modules, that pictures depend on."""

MOST = 1_500_000
"""Bytes that a page's script may read of a picture."""


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
    Canvas.fonts = {os.path.realpath(font.fname): font for font in own}
    Canvas.mapped = watch_colormaps()
    watch_style()
    patches.watch_matplotlib(recorder)


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
        `name` and `kind` of the figure, the `path` of its file; its `module` and `function`, or its
        `block`.
    recorder
        What records this drawing.

    Raises
    ------
    RefusedError
        The function is not a figure's, or what it returned is none.
    """
    hear(recorder)
    matplotlib.rcParams["svg.hashsalt"] = request["name"]
    function, declaration = _declared(request, recorder)
    if not isinstance(declaration.alt, str) or not declaration.alt.strip():
        raise RefusedError(f"its alt text is {declaration.alt!r}; expected one or two sentences")
    if declaration.scheme not in get_args(Scheme):
        raise RefusedError(
            f"its scheme is {declaration.scheme!r}; expected one of: {', '.join(get_args(Scheme))}"
        )
    alt = declaration.alt.strip()
    sweep = None
    if declaration.sweep is not None:
        sweep = sweep_of(declaration.sweep, function)
    if request["kind"] == "png":
        figure = call(function)
        if isinstance(figure, Picture):
            files = {"png": figure.content} if figure.kind == "png" else {}
            return files, {"alt": alt, "width": figure.width, "height": figure.height}
        frame = frame_of(figure)
        files = {kind: saved(figure, kind, frame.part) for kind in ("png", "pdf")}
        return files, {"alt": alt, **frame.size}
    others: dict[int, Frame] = {}
    if sweep:  # each frame in a process that has drawn no other; the default one last, in this
        for at, value in enumerate(sweep.values):
            if at != sweep.start:
                work = partial(_frame, function, {sweep.parameter: value})
                others[at] = apart(work, recorder)
    figure = call(function, **({sweep.parameter: sweep.values[sweep.start]} if sweep else {}))
    if isinstance(figure, Picture):
        return from_outside(request["name"], figure, alt)
    return for_pages(request["name"], figure, alt, sweep, others, declaration.scheme)


def _declared(
    request: Mapping[str, Any], recorder: Recorder
) -> tuple[Callable[..., object], FigureDeclaration]:
    """Return the function that draws a figure, and what is declared of it."""
    if "block" in request:
        return written(request["block"], Path(request["path"]), recorder)
    module = load(request["module"], request["path"])
    function = getattr(module, request["function"], None)
    declaration = getattr(function, ATTRIBUTE, None)
    if not callable(function) or not isinstance(declaration, FigureDeclaration):
        raise RefusedError(
            f"{request['module']}.{request['function']} is {function!r} once the module is "
            "imported; expected the function that @figure decorates, at the module's top level"
        )
    return function, declaration


def _frame(function: Callable[..., object], values: Mapping[str, object]) -> Frame:
    figure = call(function, **values)
    if isinstance(figure, Picture):
        raise RefusedError("it has a sweep, and returned a picture; expected a matplotlib Figure")
    return frame_of(figure)


def from_outside(name: str, picture: Picture, alt: str) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return what a page shows of a picture that others drew: it has no data, and stays light."""
    facts = {"alt": alt, "width": picture.width, "height": picture.height, "follows": False}
    facts["table"] = {"heads": [], "rows": [], "of": 0}
    content = framed(picture, name, alt)
    return {"svg": content, **svg.images(content)}, facts


def for_pages(
    name: str,
    figure: Figure,
    alt: str,
    sweep: FigureSweep | None = None,
    others: Mapping[int, Frame] | None = None,
    scheme: Scheme = "auto",
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
    scheme
        As `@figure` was told.
    """
    start = sweep.start if sweep else 0
    default = frame_of(figure)
    drawn = {**(others or {}), start: default}
    frames = [drawn[at] for at in sorted(drawn)]
    if sizes := [frame.size for frame in frames if frame.size != default.size]:
        raise RefusedError(f"the frames of its sweep differ in size: {default.size}, {sizes[0]}")
    warn(frames)
    panels = [frame.panels for frame in frames]
    follows = scheme == "both" or (scheme == "auto" and all(frame.faithful for frame in frames))
    picture = svg.convert(default.source, name, alt, follows=follows)
    heads, rows = table.table(default.panels)
    facts: dict[str, Any] = {
        "alt": alt,
        **default.size,
        "follows": follows,
        "table": {
            "heads": heads,
            "rows": table.excerpt(rows, len(default.panels)),
            "of": len(rows),
        },
    }
    files = {"svg": picture, **svg.images(picture)}
    answers: dict[str, object] = {"panels": readout.answers(panels, start, follows=follows)}
    if sweep:
        trees = [svg.described(frame.source, name, alt, follows=follows) for frame in frames]
        facts["sweep"] = {"name": sweep.name, "shown": sweep.shown, "start": start}
        answers["sweep"] = {**facts["sweep"], "slots": slots(trees, start)}
    if sweep or answers["panels"]:
        files["json"] = readout.as_json(answers)
        if len(files["json"]) > MOST:
            raise RefusedError(
                f"its frames take {len(files['json']) >> 10} KiB of a page; expected at most "
                f"{MOST >> 10}: fewer values in its sweep, or lines where it has images"
            )
    if sweep:
        heads, rows = table.swept_table(sweep.name, sweep.shown, panels)
    if rows:
        files["csv"] = table.as_csv(heads, rows)
    return files, facts
