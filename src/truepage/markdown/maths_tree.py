"""Maths in the tree that Markdown makes of a page: equations are numbered, headings have text."""

import re
from html import unescape
from xml.etree import ElementTree as etree  # noqa: N813 (as Python-Markdown calls it)

from markdown import Markdown
from markdown.extensions import toc
from markdown.treeprocessors import Treeprocessor
from markdown.util import STX, AtomicString

from truepage.checking.formulas import NOTE, Formula
from truepage.markdown.marks import ANY_MARK, BLOCK_MARK, JOINER, MARK, WIDE, Marks
from truepage.markdown.references import LABEL
from truepage.markdown.verdict_marks import inline_mark, show
from truepage.pages import plaintext

CODE = re.compile(r"<(pre|code|script|style|textarea)\b.*?</\1>", re.DOTALL)

HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}


class MarksInCode(Treeprocessor):
    """Give indented code its formulas back as they were written: only here is it known as code."""

    def __init__(self, md: Markdown, marks: Marks) -> None:
        super().__init__(md)
        self._marks = marks

    def run(self, root: etree.Element) -> None:
        """Put the source in each mark's place."""
        for code in root.iter("code"):
            if code.text and STX in code.text:
                code.text = AtomicString(self._marks.as_written(code.text))


class MathsTreeprocessor(Treeprocessor):
    """Set the formulas, number the equations, and give headings their text and address."""

    def __init__(self, md: Markdown, marks: Marks) -> None:
        super().__init__(md)
        self._marks = marks

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
        self._marks.as_text = True

    def _walk(self, root: etree.Element) -> None:
        for element in root.iter():
            if element.tag == "code":
                if element.text and STX in element.text:
                    element.text = AtomicString(self._marks.as_written(element.text))
            elif element.get("class") == "truepage-equation" and element.text:
                self._equation(element)
            elif element.tag in HEADINGS and "toc" in self.md.treeprocessors:
                self._heading(element, root)
            for text in (element.text, element.tail, *element.attrib.values()):
                if text and STX in text:
                    for mark in ANY_MARK.finditer(text):
                        self._marks.set(int(mark[1]))

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
            mark = inline_mark(self._marks.findings.get(number), self._marks.page, linked=True)
            if mark is not None and before:
                self._marks.marked.add(number)
                mark.tail = type(before)(before[found.end() :])
                before = type(before)(before[: found.end()] + JOINER)
                parent.insert(at, mark)
        return before

    def _in_raw_html(self, raw: str) -> str:
        """Return HTML that an author wrote, with its formulas set: not those in code."""
        out, done = [], 0
        for code in CODE.finditer(raw):
            out += [self._equations(raw[done : code.start()]), self._marks.as_written(code[0])]
            done = code.end()
        return "".join([*out, self._equations(raw[done:])])

    def _equations(self, raw: str) -> str:
        for mark in MARK.finditer(raw):
            self._marks.set(int(mark[1]))

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
        formula = self._marks.formulas[int(mark[1])]
        typeset = self._marks.set(int(mark[1]))
        label = self._label(formula)
        target = self._marks.page.site.target(label, self._marks.page.path) if label else ""
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
        if finding := self._marks.findings.get(int(mark[1])):
            place = self._marks.page.place(*formula.place(0))
            show(element, finding, place, self._marks.page)

    def _label(self, formula: Formula) -> str:
        """Return the label of an equation; what is wrong with it is a problem of the page."""
        page, labels = self._marks.page, []
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
            self._marks.problem(
                r"an equation has a label and a \tag; expected one of them.", formula, tag.start()
            )
        return labels[0] if labels else ""

    def _heading(self, heading: etree.Element, root: etree.Element) -> None:
        """Give a heading with maths its line in the table of contents, and a readable address."""
        text = toc.escape_cdata("".join(toc.remove_fnrefs(heading).itertext()))
        if not MARK.search(text):
            return
        if "id" not in heading.attrib:
            words = MARK.sub(lambda mark: plaintext.spelled(self._marks.text(int(mark[1]))), text)
            contents = self.md.treeprocessors["toc"]
            words = toc.strip_tags(toc.run_postprocessors(toc.unescape(words), self.md))
            used = {name for element in root.iter() if (name := element.get("id"))}
            slug = contents.slugify(unescape(words), contents.sep)  # type: ignore[attr-defined]
            heading.set("id", toc.unique(slug, used))
        heading.attrib.setdefault("data-toc-label", text)


class TextIsOver(Treeprocessor):
    """Where the tree becomes the page's HTML, marks become HTML."""

    def __init__(self, md: Markdown, marks: Marks) -> None:
        super().__init__(md)
        self._marks = marks

    def run(self, root: etree.Element) -> None:
        """Note it."""
        self._marks.as_text = False
