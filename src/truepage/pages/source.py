"""Markdown as text: where its code, its maths and its comments are. Knows no converter."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

TAB = 4
"""Columns of a tab, as Python-Markdown replaces it."""

INCLUDES = re.compile(r"[ \t]*-+8<-+(?:[ \t]+[\"'][^\"']*[\"'])?[ \t]*")
"""A line in whose place, or after which, other text comes (pymdownx.snippets)."""

FENCE = re.compile(r"^(?P<indent>[ \t>]*)(?P<fence>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)$")
CODE = re.compile(r"(`+).*?\1")
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


def fences(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield each fenced block: index of its first line, index after its last, its info string.

    A fence that is never closed ends after the last line, so its end is `len(lines) + 1`.
    """
    index = 0
    while index < len(lines):
        opening = FENCE.match(lines[index])
        if not opening:
            index = _after_comment(lines, index)
            continue
        fence = opening["fence"]
        end = index + 1
        while end < len(lines):
            closing = lines[end].strip(" \t>")
            if closing.startswith(fence) and not closing.strip(fence[0]):
                break
            end += 1
        yield index, end + 1, opening["info"].strip()
        index = end + 1


def _after_comment(lines: Sequence[str], index: int) -> int:
    """Return the index of the next line that is not inside a comment begun on this line."""
    if "<!--" not in lines[index]:
        return index + 1
    _, begun, rest = CODE.sub("", lines[index]).rpartition("<!--")
    if not begun or "-->" in rest:
        return index + 1
    return next((at for at in range(index + 1, len(lines)) if "-->" in lines[at]), index) + 1


def prose(lines: Sequence[str]) -> list[str]:
    """Return the lines with fenced code and HTML comments made blank.

    What is left stays where it was: no line and no column changes.
    """
    kept = list(lines)
    for start, end, _ in fences(lines):
        kept[start:end] = [" " * len(line) for line in kept[start:end]]
    text = "\n".join(kept)
    for span in spans(text):
        if span.kind == "comment":
            blank = re.sub(r"[^\n]", " ", text[span.start : span.end])
            text = text[: span.start] + blank + text[span.end :]
    return text.split("\n")


def prose_without_code(lines: Sequence[str]) -> list[str]:
    """Return the lines as `prose` does, without inline code."""
    return [CODE.sub("", line) for line in prose(lines)]


@dataclass(frozen=True)
class PageText:
    """The text of a page as its host converts it, with what hooks and snippets bring.

    Parameters
    ----------
    text
        The text.
    places
        Where the author wrote each of its lines, as messages show it; for a line that comes from
        elsewhere, the line in whose place it stands.
    """

    text: str
    places: tuple[str, ...]


def page_text(path: str, source: str, text: str, places: Sequence[str] = ()) -> PageText:
    r"""Return the text of a page that was made of another text.

    Parameters
    ----------
    path
        The page's file, as messages show it.
    source
        What it was made of.
    text
        What was made of it.
    places
        Where the author wrote each line of `source`. By default it is the content of the file.

    Examples
    --------
    >>> page_text("p.md", "a: b\n\nOne\nTwo\n", "One\n1.5\nTwo\n").places
    ('p.md:3', 'p.md:3', 'p.md:4', 'p.md:5')
    """
    numbers = numbered(source.split("\n"), text.split("\n"))
    return PageText(
        text,
        tuple(
            places[number - 1] if number <= len(places) else f"{path}:{number}"
            for number in numbers
        ),
    )


def numbered(before: Sequence[str], after: Sequence[str]) -> list[int]:
    """Return the number, among the lines before, of the one that each line after comes from.

    One that comes from none has the number of the line above.
    """
    numbers, last = [], 1
    for origin in origins(before, after):
        last = last if origin is None else origin + 1
        numbers.append(last)
    return numbers


def origins(before: Sequence[str], after: Sequence[str]) -> list[int | None]:
    """Return the index, in the lines before, of the line that each line after comes from."""
    before, after = normal(before), normal(after)
    if before == after[: len(before)]:
        return [at if at < len(before) else None for at in range(len(after))]
    found: list[int | None] = []
    for tag, begin, end, first, last in difflib.SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            found += range(begin, end)
        elif begin < end:
            found += [min(begin + at, end - 1) for at in range(last - first)]
        else:
            found += [None] * (last - first)
    return found


def normal(lines: Sequence[str]) -> list[str]:
    """Return lines as Python-Markdown's first step leaves them."""
    text = "\n".join(lines).replace("\r\n", "\n").replace("\x02", "").replace("\x03", "")
    return [line.expandtabs(TAB).rstrip() for line in text.split("\n")]


# No space inside the dollars and no digit behind, and a sign that no price has.
_INLINE_DOLLARS = re.compile(
    r"(?<![\\$\w])\$(?=\S)(?P<tex>[A-Za-z]|[^$\n]*?(?:\\[A-Za-z]|[\^_=<>])[^$\n]*?)(?<![\s\\])\$"
    r"(?![\w$`])"
)
_DISPLAY_DOLLARS = re.compile(r"(?<!\\)\$\$(?P<tex>(?:(?!\n[ \t]*\n)[^$])+)\$\$")


def find_dollars(lines: Sequence[str]) -> list[tuple[int, str]]:
    r"""Return maths between dollar signs: the number of its line, from 1, and the whole of it.

    Examples
    --------
    >>> find_dollars(["Of $x_1$, $5 and $6 or \\$y$,", "$$", "z", "$$", "`$a$` and $`b`$."])
    [(1, '$x_1$'), (2, '$$ z $$')]
    """
    text = "\n".join(prose(lines))
    for span in spans(text):  # code, and formulas of ours
        text = text[: span.start] + _blank(text[span.start : span.end]) + text[span.end :]
    found = [(match.start(), match[0]) for match in _DISPLAY_DOLLARS.finditer(text)]
    rest = _DISPLAY_DOLLARS.sub(lambda match: _blank(match[0]), text)
    found += [(match.start(), match[0]) for match in _INLINE_DOLLARS.finditer(rest)]
    return [(text.count("\n", 0, at) + 1, " ".join(maths.split())) for at, maths in sorted(found)]


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
