"""The `properties` fences of a page. This module only finds them; it imports nothing large."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from truepage.pages.source import FENCE, fences

INFO = "properties"
"""The info string of a fence that holds claims."""


@dataclass(frozen=True)
class Fence:
    """A `properties` fence on a page.

    Parameters
    ----------
    path, line
        The place of its first line; the same fence elsewhere on its page is the same fence.
    lines
        The lines inside it, without indentation.
    """

    path: str
    line: int = field(compare=False)
    lines: tuple[str, ...] = ()


def find_fences(path: str, lines: Sequence[str]) -> list[Fence]:
    """Return the `properties` fences of a page."""
    return [
        fence_at(path, start + 1, lines[start:end])
        for start, end, info in fences(lines)
        if info == INFO and end <= len(lines)
    ]


def fence_at(path: str, line: int, lines: Sequence[str]) -> Fence:
    """Return a fence from its lines, the first and the last among them."""
    opening = FENCE.match(lines[0])
    indent = opening["indent"] if opening else ""
    inside = (text.removeprefix(indent).removeprefix(indent.rstrip()) for text in lines[1:-1])
    return Fence(path, line, tuple(text.rstrip() for text in inside))
