"""The formulas of a page, each behind a mark until Markdown has made a tree of the text."""

import html as entities
import re
from xml.etree import ElementTree as etree  # noqa: N813 (as Python-Markdown calls it)

from markdown.util import ETX, STX

from truepage.checking.findings import Finding
from truepage.checking.formulas import Formula
from truepage.markdown.page import Page
from truepage.markdown.verdict_marks import inline_mark
from truepage.maths.katex import TexError
from truepage.pages.typesetting import Typeset

MARK = re.compile(f"{STX}katex(\\d+){ETX}")
BLOCK_MARK = re.compile(f"{STX}katexblock(\\d+){ETX}")
ANY_MARK = re.compile(f"{STX}katex(?:block)?(\\d+){ETX}")

JOINER = "\u2060"
"""Nothing, where no line ends."""

WIDE = 14.0
"""Width in em that fits on a phone; what is wider can be scrolled by itself."""


class Marks:
    """The formulas of a page, by the number in their marks.

    Parameters
    ----------
    page
        The page.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.formulas: list[Formula] = []
        self.typeset: dict[int, Typeset | None] = {}
        self.messages: dict[int, str] = {}
        self.findings: dict[int, Finding] = {}
        self.marked: set[int] = set()
        """Inline formulas that have their mark in the page's tree."""
        self.as_text = False

    def reset(self) -> None:
        """Forget the page before."""
        self.formulas.clear()
        self.typeset.clear()
        self.messages.clear()
        self.findings.clear()
        self.marked.clear()
        self.as_text = False

    def mark(self, formula: Formula) -> str:
        """Return the mark that stands for a formula."""
        self.formulas.append(formula)
        kind = "block" if formula.display else ""
        return f"{STX}katex{kind}{len(self.formulas) - 1}{ETX}"

    def set(self, number: int) -> Typeset | None:
        """Set a formula, once; what hinders that is a problem of the page."""
        if number not in self.typeset:
            formula = self.formulas[number]
            self.typeset[number] = None
            if formula.fault:
                self.messages[number] = self.problem(formula.fault, formula)
                return None
            try:
                self.typeset[number] = self.page.site.typeset(
                    formula.tex, display=formula.display, macros=dict(formula.macros)
                )
            except TexError as error:
                words = f"KaTeX cannot set this formula: {error}"
                self.messages[number] = self.problem(words, formula, error.position)
            finding = self.findings.get(number)
            if finding and finding.wrong and self.typeset[number]:
                self.messages[number] = self.problem(finding.message, formula)
        return self.typeset[number]

    def html(self, number: int) -> str:
        """Return what a page shows in a mark's place."""
        typeset = self.set(number)
        if typeset is None:
            source = f"<code>{entities.escape(self.formulas[number].source)}</code>"
            return source + self._shown(number)
        if not self.formulas[number].display and typeset.part > WIDE:
            return (
                '<span class="truepage-wide" role="group" aria-label="Formula" tabindex="0">'
                f"{typeset.html}</span>{self._checked(number)}"
            )
        return typeset.html + self._checked(number) + self._shown(number)

    def _checked(self, number: int) -> str:
        """Return the mark behind an inline formula where it could not be put into the tree."""
        if self.formulas[number].display or number in self.marked:
            return ""
        mark = inline_mark(self.findings.get(number), self.page, linked=False)
        if mark is None:
            return ""
        return JOINER + etree.tostring(mark, encoding="unicode", method="html")

    def _shown(self, number: int) -> str:
        """Return what a preview shows of a formula's problem."""
        if number not in self.messages or not self.page.preview:
            return ""
        return f'<span class="truepage-problem">{entities.escape(self.messages[number])}</span>'

    def text(self, number: int) -> str:
        """Return what stands in a mark's place where only text can stand."""
        typeset = self.set(number)
        return typeset.text if typeset and typeset.text else self.formulas[number].tex.strip()

    def problem(self, words: str, formula: Formula, position: int | None = None) -> str:
        """Note a problem of the page, at a character of the TeX or where the formula begins."""
        return self.page.problem_at(words, self.page.place(*formula.place(position or 0)))

    def as_written(self, text: str) -> str:
        """Return code with the source in each mark's place, indented as the mark is."""

        def source(match: re.Match[str]) -> str:
            line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
            indent = line if not line.strip() else ""
            return self.formulas[int(match[1])].source.replace("\n", f"\n{indent}")

        return ANY_MARK.sub(source, text)
