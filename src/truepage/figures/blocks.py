"""Figures that are written where they stand: fenced blocks of code on a page.

    ```python figure="sine-wave" alt="One period of a sine." caption="A sine wave repeats itself."
    plt.plot(x, np.sin(x))
    ```

Such a block is run like a notebook's cell: its figure is the value of its last expression, or else
the one that pyplot has open. On its page it is an image like others, `![Caption.](figure:name)`.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from truepage.pages.source import FENCE, fences, prose

NAME = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
"""A figure's name: it becomes a file name, part of a URL and an HTML id."""

CODE = ("folded", "shown", "hidden")
"""Where readers find the code: behind the picture, above it, or nowhere."""

OPTIONS = ("figure", "alt", "caption", "code", "after", "sweep", "inputs", "scheme", "timeout")
FOR_CODE = ("title", "linenums", "hl_lines")
"""Options of fenced code, for code that is shown."""

_LANGUAGE = re.compile(r"^(?:\{\s*\.)?(?:python3?|py3?)(?![\w-])")
_OPTION = re.compile(
    r"""(?P<name>[\w-]+)=(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s}]+))"""
)
_TICKS = re.compile(r"^[ \t>]*`{3,}[^`]*\bfigure=[^`]*`")


@dataclass(frozen=True)
class Block:
    """A figure's block on a page.

    Parameters
    ----------
    options
        What stands in its first line.
    start, end
        Indices of its first line, and after its last.
    indent
        What stands before each of its lines.
    code
        The code in it.
    """

    options: Mapping[str, str]
    start: int
    end: int
    indent: str
    code: str

    @property
    def name(self) -> str:
        """The figure's name."""
        return self.options["figure"]

    @property
    def shows(self) -> str:
        """Where readers find the code: one of `CODE`."""
        return self.options.get("code", CODE[0])

    @property
    def image(self) -> str:
        """What stands for it on its page."""
        return f"![{self.options.get('caption', '')}](figure:{self.name})"


def find_blocks(lines: Sequence[str]) -> Iterator[Block]:
    """Yield the figures' blocks of a page, right or wrong.

    Examples
    --------
    >>> lines = ["```python figure='a' alt='A.' caption='A.'", "plt.plot([1])", "```"]
    >>> [(block.name, block.code) for block in find_blocks(lines)]
    [('a', 'plt.plot([1])')]
    """
    for start, end, info in fences(lines):
        if not _LANGUAGE.match(info):
            continue
        options = {
            found["name"]: next(
                value for value in found.group("double", "single", "bare") if value is not None
            )
            for found in _OPTION.finditer(info)
        }
        if "figure" in options:
            opening = FENCE.match(lines[start])
            indent = opening["indent"] if opening else ""
            inside = [line[len(indent) :] for line in lines[start + 1 : end - 1]]
            yield Block(options, start, min(end, len(lines)), indent, "\n".join(inside))


def with_images(lines: Sequence[str], *, nests: bool = True) -> list[str]:
    """Return a page's lines with an image in the place of each block, and the code that is shown.

    As far as no code is shown, each line stays where it was.

    Parameters
    ----------
    nests
        Whether fences can stand in lists and quotes; else code is shown by its indentation there.
    """
    made: list[str] = []
    last = 0
    for block in find_blocks(lines):
        made += lines[last : block.start]
        blank = block.indent.rstrip()
        if block.shows != "shown":
            made += [blank] * (block.end - block.start - 1)
        elif nests or not block.indent:
            fence = FENCE.match(lines[block.start])
            assert fence  # noqa: S101 (it is a block)
            kept = [f'{name}="{block.options[name]}"' for name in FOR_CODE if name in block.options]
            opening = " ".join([f"{block.indent}{fence['fence']}python", *kept])
            made += [opening, *lines[block.start + 1 : block.end], blank]
        else:
            made += [
                blank,
                *(f"{block.indent}    {line}" for line in block.code.split("\n")),
                blank,
            ]
        made += [block.indent + block.image]
        if block.shows == "shown":
            made.append(blank)
        last = block.end
    return [*made, *lines[last:]]


def read_blocks(path: str, text: str) -> Iterator[dict[str, Any] | str]:
    """Yield what is known of each block of a page, or a message that says what is wrong with it.

    Parameters
    ----------
    path, text
        The page's file, as messages show it, and its content.

    Yields
    ------
    dict
        `name`, `line`, and the `block`: what drawing it takes (`truepage.figures.written`).
    """
    known: dict[str, list[dict[str, Any]]] = {}
    for at, line in enumerate(prose(text.split("\n")), 1):
        if _TICKS.match(line):
            yield (
                f"{path}:{at}: a block's first line holds a backtick, so that it begins no block; "
                "expected `~~~` at its beginning and end where its caption needs backticks."
            )
    for block in find_blocks(text.split("\n")):
        place = f"{path}:{block.start + 1}"
        wrong = _wrong(block, known)
        if wrong:
            yield f"{place}: {wrong}"
            continue
        options = block.options
        parts = [
            *known.get(options.get("after", ""), ()),
            {"line": block.start + 2, "code": block.code},
        ]
        known[block.name] = parts
        declared = {name: options[name] for name in ("alt", "sweep", "scheme") if name in options}
        yield {
            "name": block.name,
            "line": block.start + 1,
            "inputs": None
            if "inputs" not in options
            else options["inputs"].replace(",", " ").split(),
            "timeout": float(options["timeout"]) if "timeout" in options else None,
            "block": {"parts": parts, "shows": block.shows, **declared},
        }


def _wrong(block: Block, known: Mapping[str, object]) -> str:
    """Return what is wrong with the first line of a block."""
    name, options = block.name, block.options
    if not NAME.fullmatch(name):
        return (
            f"a figure cannot be named {name!r}; expected letters, digits and single hyphens, "
            'such as figure="sine-wave".'
        )
    if unknown := [each for each in options if each not in (*OPTIONS, *FOR_CODE)]:
        near = difflib.get_close_matches(unknown[0], OPTIONS, n=1)
        remedy = f"did you mean {near[0]}?" if near else f"it has {', '.join(OPTIONS)}."
        return f"the block of figure {name!r} has no option {unknown[0]!r}; {remedy}"
    if not options.get("alt", "").strip():
        return (
            f"the figure {name!r} has no alt text; expected one or two sentences that say what "
            'the picture shows: alt="…" in the first line of its block.'
        )
    if not options.get("caption", "").strip():
        return (
            f"the figure {name!r} has no caption; expected one in the first line of its block: "
            'caption="…".'
        )
    if block.shows not in CODE:
        return f"the block of figure {name!r} has code={block.shows!r}; expected {', '.join(CODE)}."
    after = options.get("after")
    if after is not None and after not in known:
        above = ", ".join(known) or "none"
        return (
            f"the block of figure {name!r} goes on after {after!r}, which is no figure of a block "
            f"above it on this page; those are: {above}."
        )
    timeout = options.get("timeout", "1")
    if not re.fullmatch(r"\d+(?:\.\d+)?", timeout) or not float(timeout):
        return (
            f"the timeout of figure {name!r} is {timeout!r}; expected seconds as a number, such as "
            "timeout=600."
        )
    return ""
