"""Citations: `@maas2013` and `[@maas2013; @he2015]` in running text, and the list of what is cited.

`![](bibliography:references.bib#keyword)` alone in a paragraph is the list.
"""

import posixpath
import re
from urllib.parse import quote
from xml.etree import ElementTree as etree  # noqa: N813 (as Python-Markdown calls it)

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.blockprocessors import BlockProcessor
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString

from truepage.markdown.page import Page
from truepage.maths.katex import TexError
from truepage.pages.bibliography import BARE, BRACKETED, KEY, LIST, bare_key
from truepage.pages.bibtex import Source, listed

_PART = re.compile(rf"(?P<bare>-?)@(?P<key>{KEY})(?:,\s*(?P<locator>.*))?", re.DOTALL)


def register(md: Markdown, page: Page) -> None:
    """Add citations and lists of them to a converter."""
    md.parser.blockprocessors.register(ListBlock(md.parser, page), "truepage-bibliography", 15)
    # After code (190) and escapes (180); before links (160), whose brackets these are like.
    md.inlinePatterns.register(Bracketed(page, md), "truepage-citations", 175)
    md.inlinePatterns.register(BareCitation(page, md), "truepage-citation", 69)


def _link(source: Source, words: str, page: Page) -> etree.Element:
    """Return a link to where the list has the source."""
    where = page.site.bibliography().listed_on[source.key]
    address = ""
    if where not in ("", page.path):
        address = posixpath.relpath(where, posixpath.dirname(page.path) or ".")
    link = etree.Element(
        "a",
        {
            "href": f"{address}#{quote(f'cite-{source.key}', safe=':/+.&$~?')}",
            "class": "truepage-citation",
            "title": f"{_authors(source)}{source.title}",
        },
    )
    link.text = AtomicString(words)
    return link


def _authors(source: Source) -> str:
    """Return the authors as a list begins with them; nothing if there are none."""
    names = listed([str(author) for author in source.authors]) if source.authors else ""
    return f"{names}: " if names else ""


class BareCitation(InlineProcessor):
    """`@maas2013`: Maas, Hannun and Ng (2013)."""

    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self, page: Page, md: Markdown) -> None:
        super().__init__(BARE, md)
        self._page = page

    def handleMatch(  # type: ignore[override] # noqa: N802 (Python-Markdown's names and types)
        self, m: re.Match[str], data: str
    ) -> tuple[etree.Element | None, int | None, int | None]:
        """Return the link."""
        bibliography = self._page.site.bibliography()
        key = bare_key(m["key"], bibliography.sources)
        if key is None:
            return None, None, None
        end = m.start("key") + len(key)
        source = bibliography.find(key)
        if isinstance(source, Source):
            return _link(source, source.cited, self._page), m.start(0), end
        if source:
            self._page.problem(source, f"@{key}")
        return None, m.start(0), end


class Bracketed(InlineProcessor):
    """`[@maas2013, section 2; -@he2015]`: (Maas, Hannun and Ng 2013, section 2; 2015)."""

    def __init__(self, page: Page, md: Markdown) -> None:
        super().__init__(BRACKETED, md)
        self._page = page

    def handleMatch(  # type: ignore[override] # noqa: N802 (Python-Markdown's names and types)
        self, m: re.Match[str], data: str
    ) -> tuple[etree.Element | None, int, int]:
        """Return the links, in parentheses."""
        group = etree.Element("span", {"class": "truepage-citations"})
        group.text = "("
        parts = [_PART.fullmatch(item.strip()) for item in m["items"].split(";")]
        for index, part in enumerate(parts):
            assert part  # noqa: S101 (the pattern said so)
            source = self._page.site.bibliography().find(part["key"])
            if not isinstance(source, Source):
                if source:
                    self._page.problem(source, f"@{part['key']}")
                return None, m.start(0), m.end(0)
            words = f"{source.names} {source.dated}".strip()
            if part["bare"]:
                words = source.dated or words
            link = _link(source, words, self._page)
            locator = f", {part['locator'].strip()}" if part["locator"] else ""
            link.tail = locator + (")" if index == len(parts) - 1 else "; ")
            group.append(link)
        return group, m.start(0), m.end(0)


class ListBlock(BlockProcessor):
    """A block that is a list of sources."""

    def __init__(self, parser: BlockParser, page: Page) -> None:
        super().__init__(parser)
        self._page = page

    def test(self, parent: etree.Element, block: str) -> bool:
        """Tell whether the block is a list of sources and nothing else."""
        return LIST.fullmatch(block.strip()) is not None

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        """Put the list in the block's place."""
        block = blocks.pop(0).strip()
        match = LIST.fullmatch(block)
        assert match  # noqa: S101 (test() said so)
        page, bibliography = self._page, self._page.site.bibliography()
        file = posixpath.normpath(posixpath.join(posixpath.dirname(page.path), match["file"]))
        sources = bibliography.choose(file, match["keyword"])
        if not sources:
            if file in bibliography.broken:
                for problem in bibliography.broken[file].split("\n"):
                    place, _, words = problem.partition(": ")
                    page.problem_at(words, place)
            elif bibliography.read(file) is None:
                page.problem(f"{match['file']!r} is not found; expected {file}.", block)
            else:
                page.problem(f"no entry of {file} has the keyword {match['keyword']!r}.", block)
            return
        items = etree.SubElement(parent, "ul", {"class": "truepage-bibliography"})
        for source in sources:
            item = etree.SubElement(items, "li", {"id": f"cite-{source.key}"})
            item.text = AtomicString(_authors(source))
            title = etree.SubElement(item, "cite")
            inside = etree.SubElement(title, "a", {"href": source.url}) if source.url else title
            self._set(inside, source)
            where = f". {source.where}" if source.where else ""
            note = f" {source.note}" if source.note else ""
            dated = f" ({source.dated})" if source.dated else ""
            title.tail = AtomicString(f"{where}{dated}.{note}")

    def _set(self, element: etree.Element, source: Source) -> None:
        """Put a source's title into an element."""
        last: etree.Element | None = None
        for kind, text in source.rich or (("", source.title),):
            if kind == "math":
                try:
                    html = self._page.site.typeset(text, display=False).html
                except TexError as error:
                    words = f"KaTeX cannot set a formula in the title of {source.key!r}: {error}"
                    self._page.problem_at(words, source.place)
                    continue
                last = etree.SubElement(element, "span")
                last.text = AtomicString(self.parser.md.htmlStash.store(html))
            elif kind:
                last = etree.SubElement(element, kind)
                last.text = AtomicString(text)
            elif last is None:
                element.text = AtomicString(f"{element.text or ''}{text}")
            else:
                last.tail = AtomicString(f"{last.tail or ''}{text}")
