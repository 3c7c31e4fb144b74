"""The task of drawing a figure, done in a child of `truepage.worker`."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib.backends.backend_svg  # warm: savefig imports it only when it runs
import matplotlib.style
from matplotlib.figure import Figure

from truepage import watching
from truepage.author import RefusedError, load
from truepage.declare import ATTRIBUTE, Declaration
from truepage.recording import Recorder

STYLE = Path(__file__).with_name("truepage.mplstyle")

FILES = (STYLE.name,)
"""Files of this package, beside its modules, that pictures depend on."""

# Neither a date nor a version goes in: the same drawing is the same bytes.
SAVE: dict[str, dict[str, Any]] = {
    "svg": {"metadata": {"Date": None, "Creator": None}},
    "png": {"metadata": {"Software": None}, "dpi": 200, "transparent": False, "facecolor": "white"},
}


def set_up(recorder: Recorder) -> None:
    """Set matplotlib's defaults, then our style; no file of the machine's has a say."""
    matplotlib.rcdefaults()
    matplotlib.use("agg")
    matplotlib.style.use(STYLE)
    watching.watch_matplotlib(recorder)


def warm_up() -> None:
    """Draw once what most pictures have, so that no child does so again.

    Nothing of this shows in a picture: matplotlib fills caches (fonts, glyphs, the parser of
    mathematical text) that hold the same whoever fills them.
    """
    figure = Figure()
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], label="$x^2$ 0123456789−")
    axes.set(title="Title", xlabel="$x$", ylabel="y")
    axes.legend()
    figure.savefig(io.BytesIO(), format="svg")


def run(
    request: Mapping[str, Any], recorder: Recorder
) -> tuple[dict[str, bytes], dict[str, object]]:
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
    figure = function()
    if not isinstance(figure, Figure):
        raise RefusedError(
            f"{request['function']}() returned {type(figure).__name__}; "
            "expected a matplotlib.figure.Figure: end the function with `return figure`"
        )
    buffer, kind = io.BytesIO(), request["kind"]
    figure.savefig(buffer, format=kind, **SAVE[kind])
    width, height = figure.get_size_inches()
    facts: dict[str, object] = {
        "alt": declaration.alt.strip(),
        "width": round(width * 96),
        "height": round(height * 96),
    }
    return {kind: buffer.getvalue()}, facts
