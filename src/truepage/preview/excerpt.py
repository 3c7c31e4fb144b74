"""A failure as a page shows it: the message, and the author's lines that it speaks of."""

import re
from pathlib import Path
from typing import Any

AROUND = 2
"""Lines shown before the line in question, and after it."""

PLACE = re.compile(r"^\s*(?P<path>[^\s:][^:\n]*):(?P<line>\d+)\b", re.MULTILINE)


def excerpt(root: Path, message: str) -> dict[str, Any]:
    """Return a message with the lines around the innermost place that it names.

    Parameters
    ----------
    root
        The project's root, which the paths in messages are relative to.
    message
        The message; a line of it that begins with ``path:line`` names a place.

    Returns
    -------
    dict
        ``message``; ``place``, such as ``src/a.py:3``, or ``""``; ``lines``, pairs of number and
        text; ``line``, the number of the one in question.
    """
    shown: dict[str, Any] = {"message": message, "place": "", "lines": [], "line": 0}
    for match in PLACE.finditer(message):
        line = int(match["line"])
        file = root / match["path"]
        try:
            text = file.read_text(encoding="utf-8", errors="replace").split("\n")
        except (OSError, ValueError):
            continue
        first = max(line - AROUND, 1)
        lines = list(enumerate(text[first - 1 : line + AROUND], first))
        shown |= {"place": f"{match['path']}:{line}", "lines": lines, "line": line}
    return shown
