"""`![](gallery:folder)` and `![](examples:package.module.function)`, each alone in a line."""

import re

from markdown import Markdown
from markdown.preprocessors import Preprocessor

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
