"""Tables and sections with numbers: `Table: Caption. {#tbl-name}` and `## Heading {#sec-name}`.

The caption of a table is a paragraph of its own above it. A section's number stands beside its
heading; it is no part of the heading's text, and so neither of the table of contents.
"""

import re
from xml.etree import ElementTree as etree  # noqa: N813 (as Python-Markdown calls it)

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.blockprocessors import BlockProcessor
from markdown.treeprocessors import Treeprocessor

from truepage.markdown.page import Page, Target
from truepage.markdown.references import CAPTION, NAME

_HEADING = re.compile(r"h[1-6]")
_SECTION = re.compile(rf"sec-{NAME}")
_MARK = "truepage-table-caption"


def register(md: Markdown, page: Page) -> None:
    """Add captions and numbers to a converter."""
    if "attr_list" not in md.treeprocessors:
        md.registerExtensions(["attr_list"], {})  # it reads {#sec-name}
    md.parser.blockprocessors.register(CaptionBlock(md.parser), _MARK, 15)
    # After inline patterns (20), which set what a caption says, and after attr_list (8).
    md.treeprocessors.register(Captions(page, md), _MARK, 6)
    md.treeprocessors.register(Sections(page, md), "truepage-sections", 6)


class CaptionBlock(BlockProcessor):
    """A block that is a table's caption."""

    def __init__(self, parser: BlockParser) -> None:
        super().__init__(parser)

    def test(self, parent: etree.Element, block: str) -> bool:
        """Tell whether the block is a caption and nothing else."""
        return CAPTION.fullmatch(block.strip()) is not None

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        """Put a paragraph in the block's place, which finds its table later."""
        match = CAPTION.fullmatch(blocks.pop(0).strip())
        assert match  # noqa: S101 (test() said so)
        paragraph = etree.SubElement(parent, "p", {_MARK: match["label"]})
        paragraph.text = " ".join(match["caption"].split())


class _Numbered(Treeprocessor):
    def __init__(self, page: Page, md: Markdown) -> None:
        super().__init__(md)
        self._page = page

    def _target(self, label: str) -> Target | None:
        """Return what a label leads to; note it if it is given a second time."""
        page = self._page
        lines = [at for at, line in enumerate(page.lines) if f"{{#{label}}}" in line]
        place = page.place(lines[0] if lines else None, 0)
        before = page.site.give_label(label, place)
        if before or len(lines) > 1:
            page.problem(
                f"the label {label!r} is given a second time; expected it once: {before or place}.",
                f"{{#{label}}}",
                last=True,
            )
        target = page.site.target(label, page.path)
        if isinstance(target, str):
            page.problem(target, f"{{#{label}}}")
            return None
        return target


class Captions(_Numbered):
    """Give each caption to the table that follows it."""

    def run(self, root: etree.Element) -> None:
        """Move captions into tables."""
        for parent in root.iter():
            for paragraph in [child for child in parent if child.get(_MARK)]:
                label = paragraph.get(_MARK, "")
                children = list(parent)
                after = children[children.index(paragraph) + 1 :]
                if not after or after[0].tag != "table":
                    self._page.problem(
                        f"the caption {label!r} has no table after it; expected one, with an empty "
                        "line between.",
                        f"{{#{label}}}",
                    )
                    continue
                if not (target := self._target(label)):
                    continue
                table = after[0]
                table.set("id", label)
                caption = etree.Element("caption")
                number = etree.SubElement(caption, "span", {"class": "truepage-number"})
                number.text, number.tail = f"{target.words}.", f" {paragraph.text or ''}"
                caption.extend(list(paragraph))
                table.insert(0, caption)
                parent.remove(paragraph)


class Sections(_Numbered):
    """Give headings with a label their number."""

    def run(self, root: etree.Element) -> None:
        """Set the number beside each."""
        for element in root.iter():
            label = element.get("id", "")
            if not (_HEADING.fullmatch(str(element.tag)) and _SECTION.fullmatch(label)):
                continue
            if target := self._target(label):
                element.set("data-section", f"§ {target.number}")
