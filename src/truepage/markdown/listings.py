"""`![Title](listing:package.module.name)` alone in a line: the source of that symbol."""

import re
from html import escape

from markdown import Markdown
from markdown.preprocessors import Preprocessor

from truepage.markdown.fenced import highlighting
from truepage.markdown.page import Page, prose

LISTING = re.compile(
    r"^(?P<indent>[ \t]*)!\[(?P<title>[^\]]*)\]\(listing:(?P<symbol>[\w.]+)\)[ \t]*$"
)

# After maths (28), which must not look into the code; before superfences (25), which sets it.
PRIORITY = 27


def register(md: Markdown, page: Page) -> None:
    """Add listings to a converter."""
    md.preprocessors.register(ListingPreprocessor(page, md), "truepage-listing", PRIORITY)


class ListingPreprocessor(Preprocessor):
    """Replace each listing by a fenced block of code."""

    def __init__(self, page: Page, md: Markdown) -> None:
        super().__init__(md)
        self._page = page

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with code in each listing's place."""
        out: list[str] = []
        for line, shown in zip(lines, prose(lines), strict=True):
            match = LISTING.match(shown)
            out.extend(self._code(match) if match else [line])
        return out

    def _code(self, match: re.Match[str]) -> list[str]:
        listing = self._page.site.listing(match["symbol"])
        if isinstance(listing, str):
            message = self._page.problem(listing, match[0])
            return (
                ["", f"{match['indent']}{problem_block(message)}", ""] if self._page.preview else []
            )
        title = match["title"] or f"{listing.path}, line {listing.line}"
        fence = "`" * (3 + max(map(len, re.findall(r"`{3,}", listing.code)), default=0))
        code = [f"{fence} {{ .python }}", *listing.code.split("\n"), fence]
        if any(highlighting(self.md)):
            code[0] = f'{fence} {{ .python title="{title}" }}'
        else:  # nothing else sets a title
            code[:0] = [f'<p class="truepage-place">{escape(title)}</p>', ""]
        return [match["indent"] + line if line else "" for line in code]


def problem_block(message: str) -> str:
    """Return a message as a block of HTML in one line."""
    return f'<div class="truepage-problem">{escape(message)}</div>'.replace("\n", "<br>")
