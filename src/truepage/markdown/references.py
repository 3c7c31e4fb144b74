"""`@fig-name` in running text: a link to what the label names."""

import re
from xml.etree import ElementTree as etree  # noqa: N813 (as Python-Markdown calls it)

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor

from truepage.markdown.page import Page

REFERENCE = r"(?<![\w@/.])@(?P<label>fig-[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)"


def register(md: Markdown, page: Page) -> None:
    """Add references to a converter."""
    # After code (190), escapes (180) and links (160), so that none of them holds a reference.
    md.inlinePatterns.register(Reference(page, md), "truepage-reference", 70)


class Reference(InlineProcessor):
    """A cross-reference in running text."""

    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self, page: Page, md: Markdown) -> None:
        super().__init__(REFERENCE, md)
        self._page = page

    def handleMatch(  # type: ignore[override] # noqa: N802 (Python-Markdown's names and types)
        self, m: re.Match[str], data: str
    ) -> tuple[etree.Element | None, int, int]:
        """Return the link."""
        target = self._page.site.target(m["label"], self._page.path)
        if isinstance(target, str):
            self._page.problem(target, m[0])
            return None, m.start(0), m.end(0)
        link = etree.Element("a", {"href": target.href, "class": "truepage-reference"})
        link.text = target.words
        return link, m.start(0), m.end(0)
