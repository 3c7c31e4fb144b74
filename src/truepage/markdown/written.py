"""The formulas of a text, as their author wrote them, each with its place in the page's file."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from truepage.source import FENCE, Span, fences, prose, spans

COMMENT = re.compile(r"[ \t]*%")
NOTE = re.compile(
    r"(?<!\\)(?:\\\\)*(?P<note>%[ \t]*(?P<word>label|check|where|unchecked|refuted|accuracy):)"
)
FENCE_QUOTE = re.compile(r"[ \t]*>[ \t>]*")


@dataclass(frozen=True)
class Formula:
    r"""A formula as an author wrote it.

    Parameters
    ----------
    source
        The whole of it as it stands in the text, without what indents it.
    tex
        The TeX, without lines that are comments.
    display
        Whether it stands by itself (in a fence).
    starts
        Where each line of the TeX begins: index of the page's line (None: not known), column.
    comments
        The lines that are comments, each with the index of its line.
    fault
        What is wrong with it before KaTeX looks at it.
    """

    source: str
    tex: str = ""
    display: bool = False
    starts: tuple[tuple[int | None, int], ...] = ((None, 0),)
    comments: tuple[tuple[int | None, str], ...] = ()
    fault: str = ""

    def place(self, position: int) -> tuple[int | None, int]:
        """Return line and column of a character of the TeX."""
        line = min(self.tex.count("\n", 0, position), len(self.starts) - 1)
        index, column = self.starts[line]
        return index, column + position - (self.tex.rfind("\n", 0, position) + 1)


class Finder:
    """What finds the formulas of one text.

    Parameters
    ----------
    lines
        The text.
    origins
        Of each line, the index of the page's line that it comes from; None: not known.
    """

    def __init__(self, lines: Sequence[str], origins: Sequence[int | None]) -> None:
        self._lines, self._origins = lines, origins
        self._offsets = list(accumulate((len(line) + 1 for line in lines), initial=0))

    def find(self) -> list[tuple[int, int, Formula]]:
        """Return where each formula begins and ends in the text, and the formula; in order."""
        text, shown = "\n".join(self._lines), "\n".join(prose(self._lines))
        found = [
            *(self._block(*fence) for fence in fences(self._lines) if _is_math(fence[2])),
            *(self._inline(span, text) for span in spans(shown) if _is_maths(span)),
        ]
        return sorted(found, key=lambda one: one[0])

    def _block(self, start: int, end: int, info: str) -> tuple[int, int, Formula]:
        """Return where a math fence is, without its indentation, and its formula."""
        closed = end <= len(self._lines)
        lines = self._lines[start:end]
        opening = FENCE.match(lines[0])
        assert opening  # noqa: S101 (fences() said so)
        indent = opening["indent"]  # in a block quote with its >
        cut = [_shared(line, indent) for line in lines]
        tex, starts, comments = [], [], []
        for at in range(1, len(lines) - closed):
            line = lines[at][cut[at] :]
            if COMMENT.match(line):
                comments.append((self._origins[start + at], line.strip()))
            else:
                tex.append(line)
                starts.append((self._origins[start + at], cut[at]))
        if tex and "%" in tex[-1]:  # KaTeX wants a line's end after a comment
            tex.append("")
            starts.append(starts[-1])
        begin = (self._origins[start], len(indent))
        fault = ""
        if not closed:
            fault = "a math fence is opened and never closed; expected a line of ``` after it."
        elif info != "math":
            fault = (
                f"a math fence has more in its first line than `math`: {info!r}; "
                "expected no options there."
            )
        elif not "".join(tex).strip():
            fault = "a math fence holds no formula; expected TeX between its lines."
        formula = Formula(
            source="\n".join(line[some:] for line, some in zip(lines, cut, strict=True)),
            tex="\n".join(tex),
            display=True,
            starts=(begin,) if fault else tuple(starts),
            comments=tuple(comments),
            fault=fault,
        )
        last = min(end, len(self._lines)) - 1
        return (
            self._offsets[start] + len(indent),
            self._offsets[last] + len(self._lines[last]),
            formula,
        )

    def _inline(self, span: Span, text: str) -> tuple[int, int, Formula]:
        """Return where an inline formula is, and the formula."""
        if span.kind != "maths":
            fault = (
                "inline maths is opened and not closed in its paragraph; expected $`…`$. "
                "A dollar sign before code is written \\$."
                if span.kind == "open"
                else "inline maths ends without a dollar sign; expected $`…`$. "
                "A dollar sign before code is written \\$."
            )
            formula = Formula("$", starts=(self._place(span.start),), fault=fault)
            return span.start, span.start + 1, formula
        begin, end = span.start + 1 + span.ticks, span.end - 1 - span.ticks
        first, last = self._line(begin), self._line(end)
        quote = FENCE_QUOTE.match(self._lines[first])
        tex, starts = [], []
        for at in range(first, last + 1):
            left = max(begin - self._offsets[at], 0)
            if at > first and quote and (prefix := FENCE_QUOTE.match(self._lines[at])):
                left = prefix.end()  # > at the head of a line is the block quote's
            tex.append(self._lines[at][left : end - self._offsets[at] if at == last else None])
            starts.append((self._origins[at], left))
        fault, note = "", NOTE.search("\n".join(tex))
        if note and note["word"] == "label":
            fault = (
                "an inline formula has a label; expected it in a line of its own in a ```math "
                "fence."
            )
        elif note:  # what it is held to: see truepage.maths.annotation
            tex = "\n".join(tex)[: note.start("note")].rstrip().split("\n")
            starts = starts[: len(tex)]
        return (
            span.start,
            span.end,
            Formula(text[span.start : span.end], "\n".join(tex), False, tuple(starts), (), fault),
        )

    def _line(self, offset: int) -> int:
        return bisect_right(self._offsets, offset) - 1

    def _place(self, offset: int) -> tuple[int | None, int]:
        line = self._line(offset)
        return self._origins[line], offset - self._offsets[line]


def _shared(line: str, indent: str) -> int:
    """Return how many characters a line begins with as the indentation does."""
    pairs = zip(line, indent, strict=False)
    return next(
        (at for at, (one, other) in enumerate(pairs) if one != other), min(map(len, (line, indent)))
    )


def _is_math(info: str) -> bool:
    """Tell whether a fence is one of maths, also one with more in its first line."""
    return re.match(r"math(?![\w-])", info) is not None


def _is_maths(span: Span) -> bool:
    return span.kind in {"maths", "open", "half"}
