"""`properties` fences: claims about a function, held to its formula and its code, as a table."""

import re
from xml.etree import ElementTree as etree  # noqa: N813 (as Python-Markdown calls it)

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.blockprocessors import BlockProcessor
from markdown.preprocessors import Preprocessor
from markdown.util import ETX, STX, AtomicString

from truepage.checking.claims import Judged, Judgement
from truepage.checking.formulas import Formula
from truepage.checking.pages import INFO, Fence, fence_at
from truepage.markdown.marks import Marks
from truepage.markdown.page import FENCE, Page, fences
from truepage.maths.claims.fence import Comparing, shown, title

# Before maths (28), which sets the formulas that our tables bring.
PRIORITY = 28.5

MARK = re.compile(f"{STX}properties(\\d+){ETX}")
INLINE = re.compile(r"\$`(?P<tex>[^`]+)`\$")


def register(md: Markdown, page: Page, marks: Marks) -> None:
    """Add property tables to a converter."""
    part = PropertiesPreprocessor(page, md)
    md.preprocessors.register(part, "truepage-properties", PRIORITY)
    # After lists, quotes and footnotes (17), which hand us what they contain.
    blocks = PropertiesBlock(md.parser, part, marks)
    md.parser.blockprocessors.register(blocks, "truepage-properties", 14.5)


class PropertiesPreprocessor(Preprocessor):
    """Replace each fence by a mark, and judge all claims of the page together."""

    def __init__(self, page: Page, md: Markdown) -> None:
        super().__init__(md)
        self._page = page
        self.verdicts: list[Judgement] = []

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with a mark in each fence's place."""
        places = [found for found in fences(lines) if found[2].split(" ", 1)[0] == INFO]
        self.verdicts = []
        if not places:
            return lines
        origins = self._page.origins(lines)
        out = list(lines)
        kept: list[tuple[int, int, Fence]] = []
        for start, end, info in places:
            origin = origins[start]
            if end > len(lines) or info != INFO:
                fault = "is never closed" if end > len(lines) else f"has more than `{INFO}`: {info}"
                self._page.problem_at(
                    f"a properties fence {fault}; expected its first line to say `{INFO}` alone, "
                    "and a line of ``` after it.",
                    self._page.place(origin, 0),
                )
                continue
            number = self._page.number(origin) if origin is not None else 0
            kept.append((start, end, fence_at(self._page.path, number, lines[start:end])))
        claims = self._page.site.claims()
        claims.prepare(fence for _, _, fence in kept)
        for start, end, fence in kept:
            verdict = claims.verdict(fence)
            for one in verdict.findings:
                if one.wrong:
                    self._page.problem_at(one.message, one.place)
            opening = FENCE.match(lines[start])
            indent = opening["indent"] if opening else ""
            out[start:end] = [indent] * (end - start)  # lines keep their numbers
            out[start + 1] = f"{indent}{STX}properties{len(self.verdicts)}{ETX}"
            self.verdicts.append(verdict)
        return out


class PropertiesBlock(BlockProcessor):
    """Put a table in a mark's place."""

    def __init__(self, parser: BlockParser, part: PropertiesPreprocessor, marks: Marks) -> None:
        super().__init__(parser)
        self._part, self._marks = part, marks

    def test(self, parent: etree.Element, block: str) -> bool:
        """Tell whether a block is a mark."""
        return MARK.fullmatch(block.strip()) is not None

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        """Make the table."""
        mark = MARK.fullmatch(blocks.pop(0).strip())
        assert mark  # noqa: S101 (test() said so)
        verdict = self._part.verdicts[int(mark[1])]
        if not verdict.judged:
            return
        box = etree.SubElement(parent, "div", {"class": "truepage-properties"})
        if verdict.table:
            self._compared(box, verdict.table, verdict.judged)
        elif verdict.judged[0].wanted:
            self._refuted(box, verdict.judged)
        else:
            self._properties(box, verdict.judged)

    def _properties(self, box: etree.Element, judged: tuple[Judged, ...]) -> None:
        """Show a row for each claim: what it is about, what it says, what came of it."""
        table = etree.SubElement(box, "table")
        caption = etree.SubElement(table, "caption")
        caption.text = "Properties of "
        etree.SubElement(caption, "code").text = AtomicString(judged[0].subject.text)
        body = etree.SubElement(table, "tbody")
        for one in judged:
            row = etree.SubElement(body, "tr")
            head = etree.SubElement(row, "th", {"scope": "row"})
            head.text = title(type(one.claim.property), floats=one.claim.floats)
            etree.SubElement(row, "td").text = self._set(shown(one.claim, one.subject))
            word, sentence = one.found
            cell = etree.SubElement(row, "td", {"class": "truepage-found", "title": sentence})
            cell.text = word

    def _compared(
        self, box: etree.Element, comparing: Comparing, judged: tuple[Judged, ...]
    ) -> None:
        """Show a row for each function, a column for each property."""
        known = {
            (one.subject.key, type(one.claim.property), one.claim.floats): one for one in judged
        }
        table = etree.SubElement(box, "table")
        words = dict.fromkeys(one.found[0] for one in judged)
        etree.SubElement(table, "caption").text = (
            f"Each entry is {' or '.join(words)} on the page of its function"
            if len(words) == 1
            else f"Entries are {' or '.join(words)}; the pages of the functions say which"
        )
        head = etree.SubElement(etree.SubElement(table, "thead"), "tr")
        for name in ("Function", *(title(c.property, floats=c.floats) for c in comparing.columns)):
            etree.SubElement(head, "th", {"scope": "col"}).text = name
        body = etree.SubElement(table, "tbody")
        for function in comparing.rows:
            row = etree.SubElement(body, "tr")
            etree.SubElement(row, "th", {"scope": "row"}).text = function.title
            for column in comparing.columns:
                one = known.get((function.subject.key, column.property, column.floats))
                cell = etree.SubElement(row, "td")
                if one:
                    cell.text = self._set(shown(one.claim, function.subject))
                    cell.set("title", one.found[1])

    def _refuted(self, box: etree.Element, judged: tuple[Judged, ...]) -> None:
        """Show what was claimed, struck out, and what the build says of it."""
        box.set("class", "truepage-wrong-claim")
        for one in judged:
            line = etree.SubElement(box, "p")
            line.text = f"{title(type(one.claim.property), floats=one.claim.floats)}: "
            etree.SubElement(line, "del").text = self._set(shown(one.claim, one.subject))
            said = etree.SubElement(
                box,
                "div",
                {
                    "class": "truepage-refutation",
                    "role": "note",
                    "aria-label": "Refuted by the build",
                },
            )
            etree.SubElement(said, "strong").text = "Refuted by the build"
            code = etree.SubElement(etree.SubElement(said, "pre"), "code")
            code.text = AtomicString(one.said)

    def _set(self, text: str) -> str:
        """Return words with a mark in the place of each formula."""

        def mark(match: re.Match[str]) -> str:
            return self._marks.mark(Formula(source=match[0], tex=match["tex"]))

        return INLINE.sub(mark, text)
