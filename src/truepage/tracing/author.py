"""The author's code, as every task in a child meets it: importing it, and what it raised."""

import contextlib
import importlib
import linecache
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from truepage.engine.locations import INSTALLED, is_standard
from truepage.tracing.third_party import PACKAGE

FRAMES = 12
"""How many frames of an author's traceback a message shows."""
LONGEST = 4000
"""How many characters of an author's message it shows."""

_OTHERS = (PACKAGE, *INSTALLED)


class RefusedError(Exception):
    """The author's code was run and what came of it cannot be used."""


class RaisedError(Exception):
    """The author's code raised something in another process: its `author_traceback`."""


def flush() -> None:
    """Write what the author's code printed and what is not written yet."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # it may be closed
            stream.flush()


def load(module: str, path: str) -> ModuleType:
    """Import a module of the author's and make sure that it is the one in a file.

    Parameters
    ----------
    module
        Its dotted name.
    path
        The file, from the root of the file system.

    Raises
    ------
    RefusedError
        Another module has this name.
    """
    found = importlib.import_module(module)
    here, expected = getattr(found, "__file__", None), Path(path)
    if here is None or Path(here).resolve() != expected.resolve():
        raise RefusedError(
            f"its module is named like another, {module!r} ({here or 'built in'}); "
            f"expected to import {expected.name}: rename the file"
        )
    return found


def load_function(module: str, path: str, name: str) -> Callable[..., Any]:
    """Import a module of the author's, as `load` does, and return a function of it.

    Raises
    ------
    RefusedError
        Another module has this name, or it has no such function.
    """
    function: Any = load(module, path)
    for part in name.split("."):
        function = getattr(function, part, None)
    if not callable(function):
        raise RefusedError(
            f"{module}.{name} is {function!r} once the module is imported; expected a function"
        )
    found: Callable[..., Any] = function
    return found


def author_traceback(error: BaseException, root: Path) -> dict[str, Any]:
    """Return the error in one line and the frames of it that are the author's own.

    The author's is what is neither Python's, nor installed, nor ours; and what such code executes
    without a file.

    Parameters
    ----------
    error
        What the author's code raised.
    root
        The project's root: paths in it are shown from there.
    """
    frames: list[tuple[str, int | None, str]] = []
    near = False  # the frame before is the author's
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if file.startswith("<frozen "):  # such as `runpy`
            continue
        nameless = file.startswith("<")
        path = file if nameless else _absolute(file, root)
        near = near if nameless else not (is_standard(path) or path.startswith(_OTHERS))
        if near:
            code = linecache.getline(path, line, frame.f_globals).strip()
            frames.append((_shown(path, root), line, code))
    if isinstance(error, SyntaxError) and error.filename:
        path = _shown(_absolute(error.filename, root), root)
        frames.append((path, error.lineno, (error.text or "").strip()))
    if len(frames) > FRAMES:  # a recursion without end
        left_out = f"({len(frames) - FRAMES} more)"
        frames = [*frames[: FRAMES // 2], ("…", None, left_out), *frames[-FRAMES // 2 :]]
    try:
        message = str(error).strip() or "(no message)"
    except Exception as second:
        message = f"(its __str__ raised {type(second).__name__})"
    return {"message": f"{type(error).__name__}: {message[:LONGEST]}", "frames": frames}


def _absolute(file: str, root: Path) -> str:
    """Return a file's path; what the author names without its folder is in the project's root."""
    within = root / file
    return str(within if within.exists() else Path(file).absolute())


def _shown(path: str, root: Path) -> str:
    return Path(path).relative_to(root).as_posix() if Path(path).is_relative_to(root) else path
