"""The page being converted: what it may ask for, and the problems found on it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from truepage.errors import PageError
from truepage.listing import Listing
from truepage.markdown.shown import PageFigure
from truepage.maths.values import Computer

FENCE = re.compile(r"^(?P<indent>[ \t>]*)(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)$")
CODE = re.compile(r"(`+).*?\1")
FIGURE = re.compile(
    r"!\[(?P<caption>(?:[^\[\]]|\[[^\[\]]*\])*)\]\(figure:(?P<name>[^)\s]*)\s*\)", re.DOTALL
)


@dataclass(frozen=True)
class Target:
    """What a cross-reference leads to: the words of the link, and its address."""

    words: str
    href: str


class Site(Protocol):
    """What a page may ask of the site that it is on. Each answer may be a message instead."""

    def figure(self, name: str, page: str) -> PageFigure | str:
        """Return a figure for the page of that path."""

    def target(self, label: str, page: str) -> Target | str:
        """Return what a label such as `fig-sigmoid` leads to, seen from the page."""

    def listing(self, symbol: str) -> Listing | str:
        """Return the source of a symbol such as `neural.activations.relu`."""

    def computer(self) -> Computer:
        """Return what computes the values of pages."""


@dataclass
class Page:
    """One page while it is converted.

    Parameters
    ----------
    site
        Whom to ask.
    path
        The page's Markdown file as messages show it, and as the site knows it.
    first_line
        The number of the text's first line in that file (front matter comes before it).
    problems
        Where problems go that are to be reported with those of other pages; None: they are
        raised, all of the page's in one error, when the page is done.
    """

    site: Site
    path: str
    first_line: int = 1
    problems: list[str] | None = None
    lines: Sequence[str] = ()
    found: list[str] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)

    def problem(self, words: str, near: str, *, last: bool = False) -> None:
        """Note a problem at the first (or last) place where the page's prose has some text.

        Parameters
        ----------
        near
            Text of one line, or whole lines, such as those of a fenced block.
        """
        if "\n" in near:
            wanted = [line.strip(" \t>") for line in near.split("\n")]
            lines = [line.strip(" \t>") for line in self.lines]
            places = [at for at in range(len(lines)) if lines[at : at + len(wanted)] == wanted]
        else:
            text = re.compile(re.escape(near.strip()) + r"(?![\w-])")
            lines = prose(self.lines)
            for where in ([CODE.sub("", line) for line in lines], lines, self.lines):
                if places := [at for at, line in enumerate(where) if text.search(line)]:
                    break
        place = f":{self.first_line + places[-1 if last else 0]}" if places else ""
        message = f"{self.path}{place}: {words}"
        if message not in self.found:
            self.found.append(message)

    def finish(self) -> None:
        """Hand over the problems, or raise them."""
        if self.problems is not None:
            self.problems.extend(self.found)
        elif self.found:
            raise PageError("\n".join(self.found))


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
    _, begun, rest = CODE.sub("", lines[index]).rpartition("<!--")
    if not begun or "-->" in rest:
        return index + 1
    return next((at for at in range(index + 1, len(lines)) if "-->" in lines[at]), index) + 1


def prose(lines: Sequence[str]) -> list[str]:
    """Return the lines with fenced code and HTML comments made empty; their number stays."""
    kept = list(lines)
    for start, end, _ in fences(lines):
        kept[start:end] = [""] * (min(end, len(lines)) - start)
    text = re.sub(
        r"<!--.*?-->",
        lambda match: re.sub(r"[^\n]", "", match[0]),
        "\n".join(kept),
        flags=re.DOTALL,
    )
    return text.split("\n")


def prose_without_code(lines: Sequence[str]) -> list[str]:
    """Return the lines as `prose` does, without inline code."""
    return [CODE.sub("", line) for line in prose(lines)]


def figure_names(text: str) -> list[str]:
    """Return the figures that a page shows, in reading order, each once.

    Examples
    --------
    >>> figure_names("![A](figure:a) ![B](figure:b) again ![A](figure:a)")
    ['a', 'b']
    """
    shown = "\n".join(prose_without_code(text.split("\n")))
    return list(dict.fromkeys(match["name"] for match in FIGURE.finditer(shown)))


def number(pages: Mapping[str, str]) -> dict[str, tuple[int, str]]:
    """Give each figure of a site its number.

    Parameters
    ----------
    pages
        Path → Markdown text, in reading order.

    Returns
    -------
    dict
        Name → (number, path of the page that shows it first).
    """
    numbers: dict[str, tuple[int, str]] = {}
    for path, text in pages.items():
        for name in figure_names(text):
            numbers.setdefault(name, (len(numbers) + 1, path))
    return numbers
