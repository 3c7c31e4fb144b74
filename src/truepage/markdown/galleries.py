"""`![](gallery:folder)` and `![](examples:package.module.function)`, each alone in a line."""

import re
from collections.abc import Iterable
from html import escape

from markdown import Markdown
from markdown.preprocessors import Preprocessor

from truepage.figures.draw import Rendering
from truepage.galleries.example import Example, plain
from truepage.galleries.gallery import SHOWS
from truepage.markdown.listings import problem_block
from truepage.markdown.page import Page, prose

# After snippets (32); before superfences hides code (31.05), which a README may hold, too.
PRIORITY = 31.6

_TITLE = re.compile(r"^# |^={3,}\s*$", re.MULTILINE)


def register(md: Markdown, page: Page) -> None:
    """Add galleries to a converter."""
    md.preprocessors.register(GalleryPreprocessor(page, md), "truepage-galleries", PRIORITY)


class GalleryPreprocessor(Preprocessor):
    """Replace each by the examples that it names."""

    def __init__(self, page: Page, md: Markdown) -> None:
        super().__init__(md)
        self._page = page

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with examples in the place of each."""
        out: list[str] = []
        shown = prose(lines)
        for line, text in zip(lines, shown, strict=True):
            match = SHOWS.match(text)
            out.extend(self._found(match, shown) if match else [line])
        return out

    def _found(self, match: re.Match[str], shown: list[str]) -> list[str]:
        site = self._page.site
        if match["kind"] == "gallery":
            titled = _TITLE.search("\n".join(shown)) is not None
            found = site.gallery(match["name"], titled=titled)
        else:
            found = site.examples_of(match["name"])
        if isinstance(found, str):
            message = self._page.problem(found, match[0])
            return ["", problem_block(message), ""] if self._page.preview else []
        return ["", *found, ""]


def cards(found: Iterable[str]) -> str:
    """Return links to examples side by side, as HTML in one line."""
    return f'<div class="truepage-gallery">{"".join(found)}</div>'


def card(example: Example, address: str, picture: Rendering | None, source: str, said: str) -> str:
    """Return a link to an example, as HTML.

    Parameters
    ----------
    address
        Of its page.
    picture, source
        The picture that stands for it, and its address.
    said
        What stands for it where there is no picture.
    """
    lines = said.strip("\n").expandtabs().split("\n")
    image = (
        f'<code aria-hidden="true">{"&#10;".join(escape(line[:40]) for line in lines[:8])}</code>'
    )
    if picture:
        light = "" if picture.product.facts["follows"] else ' class="truepage-light"'
        image = (
            f'<img src="{escape(source)}" alt="" width="{picture.width}" '
            f'height="{picture.height}" loading="lazy" decoding="async"{light}>'
        )
    tooltip = f' title="{escape(example.summary)}"' if example.summary else ""
    return (
        f'<a class="truepage-example" href="{escape(address)}"{tooltip}>'
        f'<span class="truepage-thumbnail">{image}</span>'
        f"<span>{escape(plain(example.title))}</span></a>"
    )
