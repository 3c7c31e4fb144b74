"""What mkdocstrings makes of a module, with something added below each documented object."""

from collections.abc import Callable
from html.parser import HTMLParser

HEADING, CONTENTS, CHILDREN = "doc-heading", "doc-contents", "doc-children"
"""Classes of mkdocstrings' HTML: an object's heading, what is below it, and what it contains."""


def below_objects(html: str, added: Callable[[str], str]) -> str:
    """Return a page's HTML with what is added below each object, before what the object contains.

    Parameters
    ----------
    added
        Takes an object's dotted name; returns HTML, or "".

    Examples
    --------
    >>> html = '<h2 id="m.f" class="doc doc-heading"></h2><div class="doc doc-contents">x</div>'
    >>> below_objects(html, str.upper)
    '<h2 id="m.f" class="doc doc-heading"></h2><div class="doc doc-contents">xM.F</div>'
    """
    if CONTENTS not in html:
        return html
    found = _Objects(html)
    found.feed(html)
    parts, last = [], 0
    for at, name in sorted(found.ends.items()):
        parts += [html[last:at], added(name)]
        last = at
    return "".join([*parts, html[last:]])


class _Objects(HTMLParser):
    """Finds where what is below each object ends.

    Parameters
    ----------
    html
        What will be fed.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.ends: dict[int, str] = {}
        """Index in the HTML → name of the object that ends there."""
        self._starts = [0]
        for line in html.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._heading = ""
        self._open: list[str] = []  # for each division: the object that it is the contents of

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note headings and divisions."""
        attributes = dict(attrs)
        classes = (attributes.get("class") or "").split()
        if HEADING in classes:
            self._heading = attributes.get("id") or ""
        if tag == "div":
            if CHILDREN in classes and self._open:
                self._end(len(self._open) - 1)
            self._open.append(self._heading if CONTENTS in classes else "")
            if CONTENTS in classes:
                self._heading = ""

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a division."""
        if tag == "div" and self._open:
            self._end(len(self._open) - 1)
            self._open.pop()

    def _end(self, at: int) -> None:
        if name := self._open[at]:
            line, column = self.getpos()
            self.ends[self._starts[line - 1] + column] = name
            self._open[at] = ""
