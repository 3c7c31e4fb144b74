"""The author's code, as every task in a child meets it: importing it, and what it raised."""

import importlib
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

FRAMES = 12
"""How many frames of an author's traceback a message shows."""
LONGEST = 4000
"""How many characters of an author's message it shows."""

_PACKAGE = Path(__file__).parent


class RefusedError(Exception):
    """The author's code was run and what came of it cannot be used."""


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


def author_traceback(error: BaseException, root: Path, folders: Iterable[Path]) -> dict[str, Any]:
    """Return the error in one line and the frames of it that are the author's own.

    Parameters
    ----------
    error
        What the author's code raised.
    root, folders
        The project's root, and the other folders that its modules are imported from.
    """
    bases = (root, *folders)

    def shown(path: Path) -> str:
        return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()

    frames: list[tuple[str, int | None, str]] = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        base = next((base for base in bases if path.is_relative_to(base)), None)
        if base is None or path.is_relative_to(_PACKAGE):
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
