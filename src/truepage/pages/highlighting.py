"""Python code in colours, as a page shows what draws a figure."""

from dataclasses import dataclass
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from truepage.memo import Memo, digest
from truepage.pages.listing import Listing

FILE = "highlighted"
"""The name of what was highlighted before in a project's cache."""


@dataclass(frozen=True)
class Highlighted:
    """The source of one symbol, in colours.

    Parameters
    ----------
    path, line
        Where it stands; the path is relative to the project's root.
    html
        Its source.
    """

    path: str
    line: int
    html: str


class Highlighting:
    """Pygments with a memory: it needs longer for a function than all else that shows a figure.

    Parameters
    ----------
    file
        Where code is kept between builds; None: nowhere.
    """

    def __init__(self, file: Path | None = None) -> None:
        try:
            pygments = version("pygments")
        except PackageNotFoundError:
            pygments = ""
        self._memo = Memo(file, digest(pygments, Path(__file__).read_bytes()))

    def highlighted(self, listing: Listing) -> Highlighted:
        """Return the source of a symbol, with colours where Pygments is installed."""
        key = digest(listing.code)
        html = self._memo.find(key)
        if html is None:
            html = _html(listing.code)
            self._memo.note(key, html)
        return Highlighted(listing.path, listing.line, html)

    def save(self) -> None:
        """Keep what is new for the next build."""
        self._memo.save()


def _html(code: str) -> str:
    try:
        from pygments import highlight
        from pygments.formatters.html import HtmlFormatter
        from pygments.lexers.python import PythonLexer
    except ImportError:
        return f"<pre><code>{escape(code)}</code></pre>"
    html = highlight(code, PythonLexer(), HtmlFormatter(cssclass="highlight", wrapcode=True))
    return str(html).replace("<pre>", '<pre tabindex="0">', 1)
