"""Maths on a page: markdown-katex's extension with KaTeX in this process as its renderer.

What is changed, and why: the extension starts a process for each formula, for its options as
well, and takes options from the page; ours asks the site and takes none. It looks for formulas
line by line, so it misses those that go on over two lines and finds others in comments; ours finds
them where Markdown finds code (`truepage.markdown.written`).

First, before anything else reads the text, each formula is replaced by a mark. When Markdown has
made paragraphs and headings of the text, it is known which marks stand in code (they become what
was written), and the others are set. In titles, attributes and addresses they are plain text.
"""

import html as entities
import re
from xml.etree import ElementTree as etree  # noqa: N813 (as Python-Markdown calls it)

from markdown import Extension, Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import toc
from markdown.postprocessors import Postprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import ETX, STX, AtomicString
from markdown_katex.extension import KatexExtension, KatexPreprocessor

from truepage.markdown.equations import findings, inline_mark, show
from truepage.markdown.page import Page
from truepage.markdown.references import LABEL
from truepage.markdown.written import NOTE, Finder, Formula
from truepage.maths.memory import Finding
from truepage.pages import plaintext
from truepage.pages.katex import TexError, Typeset

# After snippets (32), so that maths in an included file is set too, and after the page's text is
# normalized (30), so that no author can write a mark; before superfences (25).
PRIORITY = 28

MARK = re.compile(f"{STX}katex(\\d+){ETX}")
BLOCK_MARK = re.compile(f"{STX}katexblock(\\d+){ETX}")
ANY_MARK = re.compile(f"{STX}katex(?:block)?(\\d+){ETX}")
ALONE = re.compile(f"^[ ]*{BLOCK_MARK.pattern}[ ]*$", re.MULTILINE)
# A browser would break a line between a formula and the full stop after it.
PUNCTUATED = re.compile(f"[([“‘«„]*(?P<mark>{STX}katex(?P<number>\\d+){ETX})[.,:;!?)\\]”’»…–]*")
TAG = re.compile(f"<[a-zA-Z][^<>]*{STX}katex[^<>]*>")
CODE = re.compile(r"<(pre|code|script|style|textarea)\b.*?</\1>", re.DOTALL)

JOINER = "\u2060"
"""Nothing, where no line ends."""

HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}

WIDE = 14.0
"""Width in em that fits on a phone; what is wider can be scrolled by itself."""

SHORT = 8.0
"""Width in em of a formula that is not broken for the sake of what stands around it."""


class Maths(KatexExtension):  # type: ignore[misc] # markdown-katex has no types
    """markdown-katex's extension, rendering in process."""

    def __init__(self, page: Page) -> None:
        # Not KatexExtension's own __init__: it runs `katex --help` to learn its options.
        Extension.__init__(self)
        self.options = {"insert_fonts_css": False}
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
        self.marked.clear()
        self.as_text = False

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Python-Markdown's name)
        """Register the parts: formulas become marks, and the marks HTML."""
        md.preprocessors.register(MathsPreprocessor(md, self), "truepage-maths", PRIORITY)
        # After lists, quotes and footnotes (17), which hand us what they contain; before
        # paragraphs (10).
        md.parser.blockprocessors.register(EquationBlock(md.parser), "truepage-equation", 14)
        # Before indented code is highlighted (30) and hidden.
        md.treeprocessors.register(MarksInCode(md, self), "truepage-maths-in-code", 40)
        # After attribute lists (8), which name headings; before the table of contents (5).
        md.treeprocessors.register(MathsTreeprocessor(md, self), "truepage-maths", 6)
        md.treeprocessors.register(TextIsOver(md, self), "truepage-maths-as-html", -99)
        md.postprocessors.register(MathsPostprocessor(md, self), "truepage-maths", 0)
        md.registerExtension(self)

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
                self.typeset[number] = self.page.site.typeset(formula.tex, display=formula.display)
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


class MathsPreprocessor(KatexPreprocessor):  # type: ignore[misc] # markdown-katex has no types
    """Replace each formula by a mark."""

    ext: Maths

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with a mark in each formula's place."""
        text = "\n".join(lines)
        out, done = [], 0
        for start, end, formula in Finder(lines, self.ext.page.origins(lines)).find():
            out += [text[done:start], self.ext.mark(formula)]
            done = end
        self.ext.findings = findings(self.ext.page, [one.tex for one in self.ext.formulas])
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


class MarksInCode(Treeprocessor):
    """Give indented code its formulas back as they were written: only here is it known as code."""

    def __init__(self, md: Markdown, ext: Maths) -> None:
        super().__init__(md)
        self._ext = ext

    def run(self, root: etree.Element) -> None:
        """Put the source in each mark's place."""
        for code in root.iter("code"):
            if code.text and STX in code.text:
                code.text = AtomicString(_as_written(code.text, self._ext))


def _as_written(text: str, ext: Maths) -> str:
    """Return code with the source in each mark's place, indented as the mark is."""

    def source(match: re.Match[str]) -> str:
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        indent = line if not line.strip() else ""
        return ext.formulas[int(match[1])].source.replace("\n", f"\n{indent}")

    return ANY_MARK.sub(source, text)


class MathsTreeprocessor(Treeprocessor):
    """Set the formulas, number the equations, and give headings their text and address."""

    def __init__(self, md: Markdown, ext: Maths) -> None:
        super().__init__(md)
        self._ext = ext

    def run(self, root: etree.Element) -> None:
        """Set all formulas that are not in code."""
        self._walk(root)
        self._mark(root)
        stash = self.md.htmlStash.rawHtmlBlocks
        for at, raw in enumerate(stash):
            if isinstance(raw, etree.Element):
                self._walk(raw)
                self._mark(raw)
            elif STX in raw:
                stash[at] = self._in_raw_html(raw)
        # From here to the end others make texts: of headings, for one.
        self._ext.as_text = True

    def _walk(self, root: etree.Element) -> None:
        for element in root.iter():
            if element.tag == "code":
                if element.text and STX in element.text:
                    element.text = AtomicString(_as_written(element.text, self._ext))
            elif element.get("class") == "truepage-equation" and element.text:
                self._equation(element)
            elif element.tag in HEADINGS and "toc" in self.md.treeprocessors:
                self._heading(element, root)
            for text in (element.text, element.tail, *element.attrib.values()):
                if text and STX in text:
                    for mark in ANY_MARK.finditer(text):
                        self._ext.set(int(mark[1]))

    def _mark(self, parent: etree.Element) -> None:
        """Put a mark behind each inline formula that is checked, so that hosts see its link.

        In headings and links it would be a link in a link.
        """
        children = list(parent)
        parent.text = self._split(parent, parent.text, 0)
        for child in children:
            if child.tag not in {"a", "code", *HEADINGS}:
                self._mark(child)
            child.tail = self._split(parent, child.tail, list(parent).index(child) + 1)

    def _split(self, parent: etree.Element, text: str | None, at: int) -> str | None:
        """Put the marks of a text into its parent, from a place on; return what is before them."""
        before = text
        for found in reversed(list(MARK.finditer(text or ""))):
            number = int(found[1])
            mark = inline_mark(self._ext.findings.get(number), self._ext.page, linked=True)
            if mark is not None and before:
                self._ext.marked.add(number)
                mark.tail = type(before)(before[found.end() :])
                before = type(before)(before[: found.end()] + JOINER)
                parent.insert(at, mark)
        return before

    def _in_raw_html(self, raw: str) -> str:
        """Return HTML that an author wrote, with its formulas set: not those in code."""
        out, done = [], 0
        for code in CODE.finditer(raw):
            out += [self._equations(raw[done : code.start()]), _as_written(code[0], self._ext)]
            done = code.end()
        return "".join([*out, self._equations(raw[done:])])

    def _equations(self, raw: str) -> str:
        for mark in MARK.finditer(raw):
            self._ext.set(int(mark[1]))

        def equation(mark: re.Match[str]) -> str:
            element = etree.Element("div", {"class": "truepage-equation"})
            element.text = mark[0]
            self._equation(element)
            return etree.tostring(element, encoding="unicode", method="html")

        return BLOCK_MARK.sub(equation, raw)

    def _equation(self, element: etree.Element) -> None:
        """Fill the element of a display formula."""
        mark = BLOCK_MARK.search(element.text or "")
        if not mark:
            return
        formula = self._ext.formulas[int(mark[1])]
        typeset = self._ext.set(int(mark[1]))
        label = self._label(formula)
        target = self._ext.page.site.target(label, self._ext.page.path) if label else ""
        name = "Equation" if isinstance(target, str) else target.words
        element.text = None
        box = etree.SubElement(
            element,
            "div",
            {"class": "truepage-formula", "role": "group", "aria-label": name, "tabindex": "0"},
        )
        if typeset and typeset.width > WIDE:
            box.set("style", f"--truepage-em: {typeset.width:g}")
        box.text = AtomicString(mark[0])
        if label:
            element.set("id", label)
        if not isinstance(target, str):
            link = etree.SubElement(
                element,
                "a",
                {"class": "truepage-equation-number", "href": f"#{label}", "aria-label": name},
            )
            link.text = f"({target.number})"
            box.tail = " "  # where there is no style, and in the search
        if finding := self._ext.findings.get(int(mark[1])):
            place = self._ext.page.place(*formula.place(0))
            show(element, finding, place, self._ext.page)

    def _label(self, formula: Formula) -> str:
        """Return the label of an equation; what is wrong with it is a problem of the page."""
        page, labels = self._ext.page, []
        for line, comment in formula.comments:
            note = NOTE.match(comment)
            if not note or note["word"] != "label":
                continue
            place = page.place(line, 0)
            if found := LABEL.match(comment):
                labels.append(found["label"])
                if before := page.site.give_label(found["label"], place):
                    page.problem_at(
                        f"the label {found['label']!r} is given a second time; "
                        f"the first is at {before}. Expected each label once on the site.",
                        place,
                    )
            else:
                page.problem_at(
                    f"{comment!r} is not a label; expected `% label: eq-name`, "
                    "the name made of letters, digits and single hyphens.",
                    place,
                )
            if len(labels) > 1:
                page.problem_at("an equation has two labels; expected one.", place)
        if not formula.fault and (note := NOTE.search(formula.tex)):
            at = formula.place(note.start("word"))
            page.problem_at(
                f"a {note['word']} stands behind maths; expected it in a line of its own.",
                page.place(*at),
            )
        if labels and (tag := re.search(r"\\tag\b", formula.tex)):
            self._ext.problem(
                r"an equation has a label and a \tag; expected one of them.", formula, tag.start()
            )
        return labels[0] if labels else ""

    def _heading(self, heading: etree.Element, root: etree.Element) -> None:
        """Give a heading with maths its line in the table of contents, and a readable address."""
        text = toc.escape_cdata("".join(toc.remove_fnrefs(heading).itertext()))
        if not MARK.search(text):
            return
        if "id" not in heading.attrib:
            words = MARK.sub(lambda mark: plaintext.spelled(self._ext.text(int(mark[1]))), text)
            contents = self.md.treeprocessors["toc"]
            words = toc.strip_tags(toc.run_postprocessors(toc.unescape(words), self.md))
            used = {name for element in root.iter() if (name := element.get("id"))}
            slug = contents.slugify(entities.unescape(words), contents.sep)  # type: ignore[attr-defined]
            heading.set("id", toc.unique(slug, used))
        heading.attrib.setdefault("data-toc-label", text)


class TextIsOver(Treeprocessor):
    """Where the tree becomes the page's HTML, marks become HTML."""

    def __init__(self, md: Markdown, ext: Maths) -> None:
        super().__init__(md)
        self._ext = ext

    def run(self, root: etree.Element) -> None:
        """Note it."""
        self._ext.as_text = False


class MathsPostprocessor(Postprocessor):
    """Put the HTML of each formula in its mark's place; its text, where there can be no HTML.

    Not markdown-katex's: that one asks for every mark in every text (in each heading, for one),
    warns of those that are elsewhere, and never ends when a formula spells a mark.
    """

    def __init__(self, md: Markdown, ext: Maths) -> None:
        super().__init__(md)
        self._ext = ext

    def run(self, text: str) -> str:
        """Return the text with all formulas in it."""
        if STX not in text:
            return text
        if self._ext.as_text:
            return self._texts(text)
        text = TAG.sub(lambda tag: self._texts(tag[0]), text)
        text = PUNCTUATED.sub(self._unbroken, text)
        return ANY_MARK.sub(lambda mark: self._ext.html(int(mark[1])), text)

    def _unbroken(self, found: re.Match[str]) -> str:
        """Keep a short formula and the punctuation around it on one line."""
        typeset = self._ext.set(int(found["number"]))
        if not typeset or typeset.width > SHORT or found[0] == found["mark"]:
            return found[0]
        return f'<span class="truepage-unbroken">{found[0]}</span>'

    def _texts(self, text: str) -> str:
        return ANY_MARK.sub(lambda mark: entities.escape(self._ext.text(int(mark[1]))), text)
