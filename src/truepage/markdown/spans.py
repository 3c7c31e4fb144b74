"""What running text holds besides words: inline code, inline maths, comments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

TOKEN = re.compile(r"\\.|<!--.*?-->|(?P<dollar>\$?)(?P<ticks>`+)", re.DOTALL)
BLANK = re.compile(r"\n[ \t>]*(?=\n|\Z)")


@dataclass(frozen=True)
class Span:
    """A stretch of text.

    Parameters
    ----------
    kind
        ``open``: inline maths that is never closed. ``half``: code with a dollar sign before it
        and none after it.
    start, end
        Where it is, with what encloses it.
    ticks
        How many backticks enclose it.
    """

    kind: Literal["comment", "code", "maths", "open", "half"]
    start: int
    end: int
    ticks: int = 0


def spans(text: str) -> Iterator[Span]:
    r"""Yield the spans of a text in order; none is inside another.

    As in Markdown, code ends with as many backticks as it began with, in the same paragraph, and
    a backslash takes the meaning from the sign after it.

    Examples
    --------
    >>> [span.kind for span in spans("$`a`$ `$` <!-- $`b`$ --> \\$`c` $`d` $`e")]
    ['maths', 'code', 'comment', 'code', 'half', 'open']
    """
    at = 0
    while token := TOKEN.search(text, at):
        start, at, ticks = token.start(), token.end(), token["ticks"]
        if not ticks:
            if token[0].startswith("<!--"):
                yield Span("comment", start, at)
            continue
        blank = BLANK.search(text, at)
        closing = re.compile(rf"(?<!`){ticks}(?!`)").search(
            text, at, blank.start() if blank else len(text)
        )
        if closing:
            at = closing.end()
        if not token["dollar"]:
            if closing:
                yield Span("code", start, at, len(ticks))
        elif not closing:
            yield Span("open", start, at, len(ticks))
        elif text.startswith("$", at):
            at += 1
            yield Span("maths", start, at, len(ticks))
        else:
            yield Span("half", start, at, len(ticks))
