"""The page being converted: what it may ask for, and the problems found on it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from truepage.engine.errors import PageError
from truepage.markdown.shown import PageFigure
from truepage.pages.bibliography import Bibliography
from truepage.pages.highlighting import Highlighting
from truepage.pages.listing import CodeListing
from truepage.pages.source import CODE, FENCE, TAB, fences, origins, prose, prose_without_code
from truepage.pages.typesetting import Typeset

if TYPE_CHECKING:  # most pages hold none of these, which take a tenth of a second to import
    from truepage.checking.claims import Claims
    from truepage.checking.findings import Finding
    from truepage.checking.page_values import Computer
    from truepage.examples.examples import Examples
    from truepage.maths.annotation import Equation

__all__ = ["CODE", "FENCE", "Page", "Target", "fences", "prose", "prose_without_code"]

FIGURE = re.compile(
    r"!\[(?P<caption>(?:[^\[\]]|\[[^\[\]]*\])*)\]\(figure:(?P<name>[^)\s]*)\s*\)", re.DOTALL
)


@dataclass(frozen=True)
class Target:
    """What a cross-reference leads to: `Figure`, its number, and its address."""

    word: str
    number: int
    href: str

    @property
    def words(self) -> str:
        """Return the words of the link."""
        return f"{self.word} {self.number}"


class PageSite(Protocol):
    """What a page may ask of the site that it is on. Each answer may be a message instead."""

    def figure(self, name: str, page: str) -> PageFigure | str:
        """Return a figure for the page of that path."""

    def target(self, label: str, page: str) -> Target | str:
        """Return what a label such as `fig-sigmoid` leads to, seen from the page."""

    def give_label(self, label: str, place: str) -> str | None:
        """Note where a label is given; return the place where it was given before."""

    def typeset(
        self, tex: str, *, display: bool, macros: Mapping[str, str] | None = None
    ) -> Typeset:
        """Return a formula; raise `truepage.pages.typesetting.TexError`."""

    def highlighting(self) -> Highlighting:
        """Return what sets code in colours, with what was set before."""

    def listing(self, symbol: str) -> CodeListing | str:
        """Return the source of a symbol such as `neural.activations.relu`."""

    def bibliography(self) -> Bibliography:
        """Return what pages cite, and where it is listed."""

    def computer(self) -> "Computer":
        """Return what computes the values of pages."""

    def examples(self) -> "Examples":
        """Return what runs the examples of pages."""

    def claims(self) -> "Claims":
        """Return what judges the claims of pages."""

    def equations(self, page: str, found: "Sequence[Equation]") -> "Sequence[Finding]":
        """Return what checking the equations came to that were found on the page of that path."""

    def code(self, symbol: str, page: str) -> str | None:
        """Return where readers find a symbol of the code, seen from the page; None: nowhere."""

    def gallery(self, name: str, *, titled: bool) -> list[str] | str:
        """Return the Markdown that shows a gallery; its title, too, on a page without one."""

    def examples_of(self, symbol: str) -> list[str] | str:
        """Return the Markdown that shows the examples that ran a function."""

    def located(self, message: str) -> str:
        """Return a message that begins with a place, with the one in the author's own file.

        A page may be made of something else, such as a notebook.
        """


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
    numbers
        The number of each line in that file, where a hook of the host changed the text.
    problems
        Where problems go that are to be reported with those of other pages; None: they are
        raised, all of the page's in one error, when the page is done.
    preview
        The page is looked at while it is written: problems are shown where they are, too.
    """

    site: PageSite
    path: str
    first_line: int = 1
    numbers: Sequence[int] = ()
    problems: list[str] | None = None
    preview: bool = False
    lines: Sequence[str] = ()
    found: list[str] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    brought: tuple[Sequence[str], Sequence[int | None]] = ((), ())
    """The lines as maths is read from them, and the index of the page's line of each."""

    def problem(self, words: str, near: str, *, last: bool = False) -> str:
        """Note a problem at the first (or last) place where the page's prose has some text.

        Returns the message with that place.

        Parameters
        ----------
        near
            Text of one line, or whole lines, such as those of a fenced block.
        """
        found = _places(self.lines, near)
        if not found:  # a snippet brings it: the line that includes it is meant
            origins = (self.brought[1][at] for at in _places(self.brought[0], near))
            found = [origin for origin in origins if origin is not None]
        place = f":{self.number(found[-1 if last else 0])}" if found else ""
        return self._note(f"{self.path}{place}: {words}")

    def problem_at(self, words: str, place: str) -> str:
        """Note a problem at a place that `place` returned; return the message."""
        return self._note(f"{place}: {words}")

    def _note(self, message: str) -> str:
        message = self.site.located(message)
        if message not in self.found:
            self.found.append(message)
        return message

    def origins(self, lines: Sequence[str]) -> list[int | None]:
        """Return, for lines made of the page's, the index of the page's line that each comes from.

        The host replaced tabs; extensions put other lines in the place of a line (snippets).
        """
        return origins(self.lines, lines)

    def number(self, line: int) -> int:
        """Return the number, in the page's file, of the page's line with that index."""
        return self.numbers[line] if line < len(self.numbers) else self.first_line + line

    def place(self, line: int | None, column: int) -> str:
        """Return a place as messages show it: file, line and column.

        Parameters
        ----------
        line
            Index of the page's line; None: not known.
        column
            Index of the character in that line, tabs replaced by spaces.
        """
        if line is None or line >= len(self.lines):
            return self.path
        text = self.lines[line]
        at = next((at for at in range(len(text)) if _width(text[:at]) >= column), column)
        return f"{self.path}:{self.number(line)}:{at + 1}"

    def finish(self) -> None:
        """Hand over the problems, or raise them."""
        if self.problems is not None:
            self.problems.extend(self.found)
        elif self.found:
            raise PageError("\n".join(self.found))


def _places(lines: Sequence[str], near: str) -> list[int]:
    """Return the indices of lines where some text is (see `Page.problem`)."""
    if "\n" in near:
        wanted = [line.strip(" \t>") for line in near.split("\n")]
        bare = [line.strip(" \t>") for line in lines]
        return [at for at in range(len(bare)) if bare[at : at + len(wanted)] == wanted]
    text = re.compile(re.escape(near.strip()) + r"(?![\w-])")
    shown = prose(lines)
    for where in ([CODE.sub("", line) for line in shown], shown, lines):
        if found := [at for at, line in enumerate(where) if text.search(line)]:
            return found
    return []


def _width(text: str) -> int:
    return len(text.expandtabs(TAB))
