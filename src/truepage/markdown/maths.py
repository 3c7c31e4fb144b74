"""Maths on a page: markdown-katex's extension with KaTeX in this process as its renderer.

What is changed, and why: the extension starts a process for each formula, for its options as
well, and takes options from the page; ours asks the site and takes none. It looks for formulas
line by line, so it misses those that go on over two lines and finds others in comments; ours finds
them where Markdown finds code (`truepage.checking.formulas`).

First, before anything else reads the text, each formula is replaced by a mark. When Markdown has
made paragraphs and headings of the text, it is known which marks stand in code (they become what
was written), and the others are set. In titles, attributes and addresses they are plain text.
"""

import html as entities
import re
from xml.etree import ElementTree as etree  # noqa: N813 (as Python-Markdown calls it)

from markdown import Extension, Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.postprocessors import Postprocessor
from markdown.util import ETX, STX, AtomicString
from markdown_katex.extension import KatexExtension, KatexPreprocessor

from truepage.checking.formulas import find_formulas
from truepage.markdown.marks import ANY_MARK, BLOCK_MARK, Marks
from truepage.markdown.maths_tree import MarksInCode, MathsTreeprocessor, TextIsOver
from truepage.markdown.page import Page
from truepage.markdown.verdict_marks import findings
from truepage.maths.katex import TexError

# After snippets (32), so that maths in an included file is set too, and after the page's text is
# normalized (30), so that no author can write a mark; before superfences (25).
PRIORITY = 28

ALONE = re.compile(f"^[ ]*{BLOCK_MARK.pattern}[ ]*$", re.MULTILINE)
# A browser would break a line between a formula and the full stop after it.
PUNCTUATED = re.compile(f"[([“‘«„]*(?P<mark>{STX}katex(?P<number>\\d+){ETX})[.,:;!?)\\]”’»…–]*")
TAG = re.compile(f"<[a-zA-Z][^<>]*{STX}katex[^<>]*>")

SHORT = 8.0
"""Width in em of a formula that is not broken for the sake of what stands around it."""


class Maths(KatexExtension):  # type: ignore[misc] # markdown-katex has no types
    """markdown-katex's extension, rendering in process."""

    def __init__(self, page: Page) -> None:
        # Not KatexExtension's own __init__: it runs `katex --help` to learn its options.
        Extension.__init__(self)
        self.options = {"insert_fonts_css": False}
        self.marks = Marks(page)

    def reset(self) -> None:
        """Forget the page before."""
        self.marks.reset()

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Python-Markdown's name)
        """Register the parts: formulas become marks, and the marks HTML."""
        md.preprocessors.register(MathsPreprocessor(md, self), "truepage-maths", PRIORITY)
        # After lists, quotes and footnotes (17), which hand us what they contain; before
        # paragraphs (10).
        md.parser.blockprocessors.register(EquationBlock(md.parser), "truepage-equation", 14)
        # Before indented code is highlighted (30) and hidden.
        md.treeprocessors.register(MarksInCode(md, self.marks), "truepage-maths-in-code", 40)
        # After attribute lists (8), which name headings; before the table of contents (5).
        md.treeprocessors.register(MathsTreeprocessor(md, self.marks), "truepage-maths", 6)
        md.treeprocessors.register(TextIsOver(md, self.marks), "truepage-maths-as-html", -99)
        md.postprocessors.register(MathsPostprocessor(md, self.marks), "truepage-maths", 0)
        md.registerExtension(self)


class MathsPreprocessor(KatexPreprocessor):  # type: ignore[misc] # markdown-katex has no types
    """Replace each formula by a mark."""

    ext: Maths

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with a mark in each formula's place."""
        text = "\n".join(lines)
        marks = self.ext.marks
        out, done = [], 0
        marks.page.brought = (lines, marks.page.origins(lines))
        formulas = find_formulas(*marks.page.brought)
        first = len(marks.formulas)
        for formula in formulas:
            out += [text[done : formula.start], marks.mark(formula)]
            done = formula.end
        for ordinal, finding in findings(marks.page, formulas).items():
            marks.findings[first + ordinal] = finding
        return "".join([*out, text[done:]]).split("\n")


WRITTEN = re.compile(r"\$(?P<ticks>`+)(?P<tex>.+?)(?P=ticks)\$", re.DOTALL)


def in_words(html: str, page: Page, near: str) -> str:
    """Return HTML with plain text in the place of formulas that are still as they were written.

    An alternative text may hold them; it comes from the figure's declaration, not from the page.
    """

    def words(written: re.Match[str]) -> str:
        tex = entities.unescape(written["tex"])
        try:
            return entities.escape(page.site.typeset(tex, display=False).text)
        except TexError as error:
            page.problem(f"KaTeX cannot set a formula of an alternative text: {error}", near)
            return written[0]

    return WRITTEN.sub(words, html)


class EquationBlock(BlockProcessor):
    """A display formula interrupts a paragraph: it is an element of its own."""

    def test(self, parent: etree.Element, block: str) -> bool:
        """Tell whether a line of the block is a display formula's mark."""
        return ALONE.search(block) is not None

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        """Put the element between what is before and after."""
        block = blocks.pop(0)
        found = ALONE.search(block)
        assert found  # noqa: S101 (test() said so)
        before, after = block[: found.start()].rstrip("\n"), block[found.end() :].lstrip("\n")
        if before:
            self.parser.parseBlocks(parent, [before])
        element = etree.SubElement(parent, "div", {"class": "truepage-equation"})
        element.text = AtomicString(found[0].strip())
        if after:
            blocks.insert(0, after)


class MathsPostprocessor(Postprocessor):
    """Put the HTML of each formula in its mark's place; its text, where there can be no HTML.

    Not markdown-katex's: that one asks for every mark in every text (in each heading, for one),
    warns of those that are elsewhere, and never ends when a formula spells a mark.
    """

    def __init__(self, md: Markdown, marks: Marks) -> None:
        super().__init__(md)
        self._marks = marks

    def run(self, text: str) -> str:
        """Return the text with all formulas in it."""
        if STX not in text:
            return text
        if self._marks.as_text:
            return self._texts(text)
        text = TAG.sub(lambda tag: self._texts(tag[0]), text)
        text = PUNCTUATED.sub(self._unbroken, text)
        return ANY_MARK.sub(lambda mark: self._marks.html(int(mark[1])), text)

    def _unbroken(self, found: re.Match[str]) -> str:
        """Keep a short formula and the punctuation around it on one line."""
        typeset = self._marks.set(int(found["number"]))
        if not typeset or typeset.width > SHORT or found[0] == found["mark"]:
            return found[0]
        return f'<span class="truepage-unbroken">{found[0]}</span>'

    def _texts(self, text: str) -> str:
        return ANY_MARK.sub(lambda mark: entities.escape(self._marks.text(int(mark[1]))), text)
