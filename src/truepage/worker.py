"""The process that draws: `python -P -m truepage.worker`, started by `truepage.draw`.

It has matplotlib imported and nothing of the author's. Requests come as lines of JSON on standard
input; for each it forks a child, which draws one figure in that clean state and leaves
the picture and `<name>.json` in the request's folder; a line of JSON says how the child ended.
Where there is no fork, the worker draws one figure itself and ends.
"""

import contextlib
import importlib
import io
import json
import os
import random
import signal
import sys
import time
import traceback
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import matplotlib.backends.backend_svg  # warm: savefig imports it only when it runs
import matplotlib.style
import numpy as np
import numpy.random  # warm: numpy imports it only when it is used
from matplotlib.figure import Figure

from truepage.declare import ATTRIBUTE, Declaration

STYLE = Path(__file__).with_name("truepage.mplstyle")
SEED = 0
FRAMES = 12
"""How many frames of an author's traceback a message shows."""
LONGEST = 4000
"""How many characters of an author's message it shows."""

# Neither a date nor a version goes in: the same drawing is the same bytes.
SAVE: dict[str, dict[str, Any]] = {
    "svg": {"metadata": {"Date": None, "Creator": None}},
    "png": {"metadata": {"Software": None}, "dpi": 200, "transparent": False, "facecolor": "white"},
}


class RefusedError(Exception):
    """The figure was called and what came back cannot be used."""


def main() -> None:
    """Serve requests until standard input ends."""
    # Ctrl-C reaches every process of a terminal; ours end when the builder says so, by SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _terminate)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    for line in sys.stdin:
        request = json.loads(line)
        if hasattr(os, "fork"):
            print(json.dumps(_draw_in_child(request)), file=replies, flush=True)
        else:
            _draw(request)
            print(json.dumps("ended"), file=replies, flush=True)
            return


def _draw_in_child(request: dict[str, Any]) -> str:
    """Fork a child that draws; return how it ended: `ended`, `timeout` or what killed it."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        for number in (signal.SIGALRM, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _draw(request)
        os._exit(0)
    try:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(child, child)  # both set it: whoever is first, it can be killed from now on
        signal.signal(signal.SIGALRM, _alarm)
        signal.setitimer(signal.ITIMER_REAL, request["timeout"])
        _, status = os.waitpid(child, 0)
        ended = os.waitstatus_to_exitcode(status)
    except TimeoutError:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return "timeout"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)  # whatever the figure itself started
    if ended == 0:
        return "ended"
    if ended < 0:
        return f"was killed by {signal.Signals(-ended).name}"
    return f"ended the process with code {ended}"


def _alarm(number: int, frame: FrameType | None) -> None:
    raise TimeoutError


def _terminate(number: int, frame: FrameType | None) -> None:
    raise SystemExit


def _draw(request: dict[str, Any]) -> None:
    """Draw one figure and leave the picture and its description in the request's folder."""
    folder, name = Path(request["folder"]), request["name"]
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # input() ends at once, and takes no request
    log = os.open(folder / f"{name}.log", os.O_WRONLY | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    started = time.perf_counter()
    result: dict[str, Any]
    try:
        picture, declaration = _picture(request)
        result = {
            "alt": declaration.alt,
            "width": picture.width,
            "height": picture.height,
            "seconds": time.perf_counter() - started,
        }
        (folder / f"{name}.{request['kind']}").write_bytes(picture.content)
    except RefusedError as error:
        result = {"refused": str(error)}
    except BaseException as error:  # SystemExit too: the author's code must not end ours
        result = {"raised": _author_traceback(error, request)}
    temporary = folder / f"{name}.json.part"
    temporary.write_text(json.dumps(result), encoding="utf-8")
    temporary.rename(folder / f"{name}.json")


class Picture:
    """A picture and its size in CSS pixels."""

    def __init__(self, content: bytes, width: int, height: int) -> None:
        self.content, self.width, self.height = content, width, height


def _picture(request: dict[str, Any]) -> tuple[Picture, Declaration]:
    """Import the author's module, call the function and save what it returns."""
    os.chdir(request["root"])
    sys.path[:0] = request["import_from"]
    _import_from_source(request["import_from"])
    matplotlib.use("agg")
    matplotlib.rcdefaults()
    matplotlib.style.use(STYLE)
    matplotlib.rcParams["svg.hashsalt"] = request["name"]
    random.seed(SEED)
    np.random.seed(SEED)

    module = importlib.import_module(request["module"])
    here, expected = getattr(module, "__file__", None), Path(request["path"])
    if here is None or Path(here).resolve() != expected.resolve():
        raise RefusedError(
            f"its module is named like another, {request['module']!r} ({here or 'built in'}); "
            f"expected to import {expected.name}: rename the file"
        )
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
    buffer = io.BytesIO()
    figure.savefig(buffer, format=request["kind"], **SAVE[request["kind"]])
    width, height = figure.get_size_inches()
    return Picture(buffer.getvalue(), round(width * 96), round(height * 96)), declaration


class _FromSource(SourceFileLoader):
    """Import a module from its source, whatever bytecode lies beside it.

    A .pyc is trusted by the time (in seconds) and the size of its source: after an edit within one
    second that keeps the size, it would draw the old code.
    """

    def path_stats(self, path: str) -> NoReturn:
        """Know no time: without one, no bytecode is read."""
        raise OSError


def _import_from_source(folders: list[str]) -> None:
    """Let modules in the author's folders be imported from their source alone."""

    def finder(folder: str) -> FileFinder:
        if not any(Path(folder).is_relative_to(own) for own in folders):
            raise ImportError  # not the author's: the next hook takes it
        extensions = (ExtensionFileLoader, EXTENSION_SUFFIXES)
        return FileFinder(folder, extensions, (_FromSource, SOURCE_SUFFIXES))

    sys.path_hooks.insert(0, finder)
    sys.path_importer_cache.clear()


def _author_traceback(error: BaseException, request: dict[str, Any]) -> dict[str, Any]:
    """Return the error in one line and the frames of it that are the author's own."""
    root, *folders = (Path(folder) for folder in (request["root"], *request["import_from"]))

    def shown(path: Path) -> str:
        return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()

    frames: list[tuple[str, int | None, str]] = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        base = next((base for base in (root, *folders) if path.is_relative_to(base)), None)
        if base is None or path == Path(__file__):
            continue
        if "site-packages" not in path.relative_to(base).parts:
            frames.append((shown(path), frame.lineno, frame.line or ""))
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((shown(Path(error.filename)), error.lineno, (error.text or "").strip()))
    if len(frames) > FRAMES:  # a recursion without end
        left_out = f"({len(frames) - FRAMES} more)"
        frames = [*frames[: FRAMES // 2], ("…", None, left_out), *frames[-FRAMES // 2 :]]
    try:
        message = str(error).strip() or "(no message)"
    except Exception as second:
        message = f"(its __str__ raised {type(second).__name__})"
    return {"message": f"{type(error).__name__}: {message[:LONGEST]}", "frames": frames}


if __name__ == "__main__":
    main()
