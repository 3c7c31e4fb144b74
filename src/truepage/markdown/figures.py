"""`![Caption.](figure:name)` alone in a paragraph: a numbered figure."""

from xml.etree import ElementTree as etree  # noqa: N813 (as Python-Markdown calls it)

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.blockprocessors import BlockProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from truepage.markdown.maths import in_words
from truepage.markdown.page import FIGURE, Page, Target
from truepage.markdown.shown import tools, view


def register(md: Markdown, page: Page) -> None:
    """Add figures to a converter."""
    # Before paragraphs (10); after lists and quotes, which hand us what they contain.
    md.parser.blockprocessors.register(FigureBlock(md.parser, page), "truepage-figure", 15)
    md.treeprocessors.register(StrayFigures(page, md), "truepage-stray-figure", 5)


class FigureBlock(BlockProcessor):
    """A block that is one figure."""

    def __init__(self, parser: BlockParser, page: Page) -> None:
        super().__init__(parser)
        self._page = page

    def test(self, parent: etree.Element, block: str) -> bool:
        """Tell whether the block is a figure and nothing else."""
        return FIGURE.fullmatch(block.strip()) is not None

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        """Put the figure in the block's place."""
        block = blocks.pop(0).strip()
        match = FIGURE.fullmatch(block)
        assert match  # noqa: S101 (test() said so)
        caption, name = " ".join(match["caption"].split()), match["name"]
        page = self._page
        near = f"](figure:{name})"  # the caption may hold marks by now, where the page has maths
        picture = page.site.figure(name, page.path)
        is_named = bool(caption) or (not isinstance(picture, str) and picture.is_named)
        target: Target | str = Target("Picture", 0, "")
        if caption:
            target = page.site.target(f"fig-{name}", page.path)
        if isinstance(picture, str) or isinstance(target, str):
            words = picture if isinstance(picture, str) else str(target)
            message = page.problem(words, near)
            if page.preview:
                shown = etree.SubElement(parent, "div", {"class": "truepage-problem"})
                shown.text = AtomicString(message)
            return
        if name in page.shown:
            page.problem(
                f"figure {name!r} is on this page a second time; expected it once. "
                f"Refer to it by @fig-{name}.",
                near,
                last=True,
            )
        if is_named and not caption:
            page.problem(
                f"figure {name!r} has no caption; expected ![Caption.](figure:{name}).",
                near,
            )
        page.shown.add(name)
        figure = etree.SubElement(
            parent,
            "figure",
            {
                "class": "truepage-figure",
                "id": f"fig-{name}",
                "style": f"--truepage-width:{picture.width}px",
            },
        )
        stage = etree.SubElement(figure, "div", {"class": "truepage-stage"})
        html = view(picture)
        if "$`" in picture.alt:
            html = in_words(html, page, near)
        stage.text = self._stored(html)
        if is_named:
            legend = etree.SubElement(figure, "figcaption")
            number = etree.SubElement(legend, "span", {"class": "truepage-number"})
            number.text, number.tail = f"{target.words}.", " "
            etree.SubElement(legend, "span").text = caption
        behind = etree.SubElement(
            parent,
            "div",
            {"class": "truepage-tools", "style": f"--truepage-width:{picture.width}px"},
        )
        behind.text = self._stored(tools(picture, target.words if is_named else "this picture"))

    def _stored(self, html: str) -> AtomicString:
        """Return what stands for HTML until the page is written."""
        return AtomicString(self.parser.md.htmlStash.store(html))


class StrayFigures(Treeprocessor):
    """Find figures, listings and galleries that are not alone in a paragraph, or not quite so."""

    def __init__(self, page: Page, md: Markdown) -> None:
        super().__init__(md)
        self._page = page

    def run(self, root: etree.Element) -> None:
        """Note each of them as a problem."""
        for element in root.iter():
            source = element.get("src") or element.get("href") or ""
            if source.startswith(("figure:", "listing:", "gallery:", "examples:")):
                expected = f"![Caption.]({source}) alone in a paragraph, with an empty line before "
                expected += "and after."
                if source.startswith(("gallery:", "examples:")):
                    expected = (
                        f"![]({source}) alone in its line, with nothing in its brackets, and "
                    )
                    expected += "neither indented nor within a list, a quotation or a table."
                self._page.problem(
                    f"{source!r} is not shown; expected {expected}",
                    f"({source}",
                )
