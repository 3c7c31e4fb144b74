"""The process that draws: `python -P -m truepage.worker`, started by `truepage.draw`.

It has matplotlib imported and nothing of the author's. Requests come as lines of JSON on standard
input; for each it forks a child, which draws one figure in that clean state and leaves
the picture and `<name>.json` in the request's folder; a line of JSON says how the child ended.
Where there is no fork, the worker draws one figure itself and ends.
"""

import contextlib
import errno
import gc
import importlib
import io
import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

import matplotlib.backends.backend_svg  # warm: savefig imports it only when it runs
import matplotlib.style
import numpy as np
import numpy.random  # warm: numpy imports it only when it is used
from matplotlib.figure import Figure

from truepage import hearing, importing, watching
from truepage.declare import ATTRIBUTE, Declaration
from truepage.recording import Recorder, installed_modules

if sys.platform != "win32":
    import resource

STYLE = Path(__file__).with_name("truepage.mplstyle")
SEED = 0
FRAMES = 12
"""How many frames of an author's traceback a message shows."""
LONGEST = 4000
"""How many characters of an author's message it shows."""

_clock = time.perf_counter

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
    _set_style()
    if "cold" not in sys.argv:
        _warm_up()
    warm = installed_modules()
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    for line in sys.stdin:
        request = {**json.loads(line), "warm": warm}
        forks = hasattr(os, "fork")
        ended = _draw_in_child(request) if forks else _draw(request)
        try:
            print(json.dumps(ended), file=replies, flush=True)
        except BrokenPipeError:
            os._exit(0)  # who asked is gone
        if not forks:
            return


def _set_style() -> None:
    """Set matplotlib's defaults, then our style; no file of the machine's has a say."""
    matplotlib.rcdefaults()
    matplotlib.use("agg")
    matplotlib.style.use(STYLE)


def _warm_up() -> None:
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
    gc.collect()
    gc.freeze()  # the child's collector does not touch, and so not copy, what is here
    gc.set_threshold(50_000, 20, 100)  # a drawing is short: it seldom needs its collector


def _draw_in_child(request: dict[str, Any]) -> str:
    """Fork a child that draws; return how it ended: `ended`, `timeout` or what killed it."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        for number in (signal.SIGALRM, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _limit(request)
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


def _limit(request: dict[str, Any]) -> None:
    """Bound the memory and the files of this process: a figure must not take the machine."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (request["memory"],) * 2)
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["files"],) * 2)


def _alarm(number: int, frame: FrameType | None) -> None:
    raise TimeoutError


def _terminate(number: int, frame: FrameType | None) -> None:
    raise SystemExit


def _draw(request: dict[str, Any]) -> str:
    """Draw one figure and leave the picture and its description in the request's folder."""
    folder, name, root = Path(request["folder"]), request["name"], Path(request["root"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # input() ends at once, and takes no request
    log = os.open(folder / f"{name}.log", os.O_WRONLY | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    started = time.perf_counter()
    cache = Path(request["cache"])
    recorder = Recorder(root, [cache, folder], request["warm"])
    result: dict[str, Any]
    try:
        picture, declaration = _picture(request, recorder)
        seconds = _clock() - started
        recorder.stop()
        result = {
            "alt": declaration.alt,
            "width": picture.width,
            "height": picture.height,
            "seconds": seconds,
            "parts": recorder.parts,
            "installed": recorder.installed,
            "unseen": recorder.unseen,
        }
        (folder / f"{name}.{request['kind']}").write_bytes(picture.content)
    except RefusedError as error:
        result = {"refused": str(error)}
    except MemoryError:
        result = {"refused": f"needs more than {request['memory'] >> 20} MiB of memory"}
    except BaseException as error:  # SystemExit too: the author's code must not end ours
        if isinstance(error, OSError) and error.errno == errno.EFBIG:
            result = {"refused": f"prints or writes more than {request['files'] >> 20} MiB"}
        else:
            result = {"raised": _author_traceback(error, request)}
    temporary = folder / f"{name}.json.part"
    temporary.write_text(json.dumps(result), encoding="utf-8")
    temporary.rename(folder / f"{name}.json")
    return "ended"


class Picture:
    """A picture and its size in CSS pixels."""

    def __init__(self, content: bytes, width: int, height: int) -> None:
        self.content, self.width, self.height = content, width, height


def _picture(request: dict[str, Any], recorder: Recorder) -> tuple[Picture, Declaration]:
    """Import the author's module, call the function and save what it returns."""
    os.chdir(request["root"])
    sys.path[:0] = request["import_from"]
    matplotlib.rcParams["svg.hashsalt"] = request["name"]
    random.seed(SEED)
    np.random.seed(SEED)
    importing.install(recorder, Path(request["cache"]) / "code")
    watching.install(recorder)
    hearing.install(recorder)
    recorder.start()

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
