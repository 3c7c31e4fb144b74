"""The equations of a page: its display formulas, and those inline ones that have notes."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from truepage.maths.annotation import Note, split_comments, split_inline
from truepage.source import FENCE, fences, prose, spans

QUOTE = re.compile(r"[ \t>]*")


@dataclass(frozen=True)
class Equation:
    """A formula that states something.

    Parameters
    ----------
    page
        The page's path, as messages show it.
    line
        Number of the line that its TeX begins in.
    tex
        The TeX without comments; a display formula's keeps its lines.
    display
        Whether it stands by itself.
    label
        The name that references use, if it has one.
    notes
        What is written beside it.
    source
        All of it as it stands on the page, comments too.
    """

    page: str
    line: int
    tex: str
    display: bool
    label: str
    notes: tuple[Note, ...]
    source: str

    @property
    def name(self) -> str:
        """What messages call it: its label, or how it begins."""
        if self.label:
            return f"equation {self.label}"
        short = " ".join(self.tex.split())
        return f"the formula `{short if len(short) <= 40 else short[:39] + '…'}`"


def find_equations(page: str, text: str) -> list[Equation]:
    r"""Return the equations of a page in their order.

    Examples
    --------
    >>> [(e.line, e.tex) for e in find_equations("p.md", "$`a = b % check: identity`$ and $`c`$")]
    [(1, 'a = b')]
    """
    lines = text.split("\n")
    found = [*_display(page, lines), *_inline(page, lines)]
    return sorted(found, key=lambda equation: equation.line)


def _display(page: str, lines: list[str]) -> Iterator[Equation]:
    for start, end, info in fences(lines):
        if info != "math" or end > len(lines):
            continue
        opening = FENCE.match(lines[start])
        indent = opening["indent"] if opening else ""
        inside = [
            (number + 1, lines[number].removeprefix(indent).removeprefix(indent.rstrip()))
            for number in range(start + 1, end - 1)
        ]
        tex, notes = split_comments(inside)
        first = next((n for n, line in enumerate(tex.split("\n")) if line.strip()), 0)
        yield _equation(
            page,
            start + 2 + first,
            "\n".join(tex.split("\n")[first:]),
            True,
            notes,
            "\n".join(line for _, line in inside),
        )


def _inline(page: str, lines: list[str]) -> Iterator[Equation]:
    shown = prose(lines)
    text = "\n".join(shown)
    offsets = list(accumulate((len(line) + 1 for line in shown), initial=0))
    for span in spans(text):
        if span.kind != "maths":
            continue
        inside = text[span.start + 1 + span.ticks : span.end - 1 - span.ticks]
        line = bisect_right(offsets, span.start)
        source = re.sub(r"\n[ \t>]*", " ", inside)
        tex, notes = split_inline(source, line)
        if notes:
            yield _equation(page, line, tex.strip(), False, notes, source)


def _equation(
    page: str, line: int, tex: str, display: bool, notes: list[Note], source: str
) -> Equation:
    label = next((note.text for note in notes if note.key == "label"), "")
    others = tuple(note for note in notes if note.key != "label")
    return Equation(page, line, tex, display, label, others, source)
