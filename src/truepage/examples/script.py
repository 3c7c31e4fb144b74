"""The examples of a page, in the order in which they stand: one script, as `doctest` reads it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from truepage.pages.source import FENCE, fences

LANGUAGE = re.compile(r"^(?:\{\s*(?:#\S+\s+)?\.)?(?:python3?|py3?|pycon|python-repl)(?![\w-])")
"""How the info string of a block begins whose examples are run."""

PROMPT = re.compile(r"^\s*>>> ?", re.MULTILINE)


@dataclass(frozen=True)
class ExampleBlock:
    """A fenced block with examples.

    Parameters
    ----------
    start, end
        Indexes of its first example's line in the script, and after its last line.
    """

    start: int
    end: int


@dataclass(frozen=True)
class Script:
    """The examples of a page.

    Parameters
    ----------
    text
        Its fenced blocks with examples, one after the other. Where they stand on the page is no
        part of it: prose may move them.
    lines
        For each line of the text, the index of the page's line that it is.
    blocks
        The blocks in it.
    """

    text: str
    lines: tuple[int, ...]
    blocks: tuple[ExampleBlock, ...]

    def example(self, line: int) -> str:
        """Return what stands after the prompt in a line of the text."""
        return PROMPT.sub("", self.text.split("\n")[line]).strip()


def find_script(lines: Sequence[str]) -> Script | None:
    r"""Return the examples of a page, or None if it has none.

    Examples
    --------
    >>> script = find_script(["Prose.", "```python", ">>> 1 + 1", "2", "```"])
    >>> script.text, script.lines
    ('>>> 1 + 1\n2\n', (2, 3, 4))
    """
    text: list[str] = []
    origins: list[int] = []
    blocks: list[ExampleBlock] = []
    for start, end, inside in _blocks(lines):
        first = next(at for at, line in enumerate(inside) if PROMPT.match(line))
        blocks.append(ExampleBlock(len(text) + first, len(text) + len(inside)))
        text += [*inside, ""]  # an empty line ends what an example gives
        origins += range(start, end)
    if not blocks:
        return None
    return Script("\n".join(text), tuple(origins), tuple(blocks))


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, int, list[str]]]:
    """Yield what is inside each block with examples, and from which line to which it stands."""
    for start, end, info in fences(lines):
        opening = FENCE.match(lines[start])
        indent = len(opening["indent"]) if opening else 0
        inside = [line[indent:] for line in lines[start + 1 : end - 1]]
        if LANGUAGE.match(info) and any(map(PROMPT.match, inside)):
            yield start + 1, start + 2 + len(inside), inside  # the last is the closing fence
