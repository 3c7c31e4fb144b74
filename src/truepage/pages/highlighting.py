"""Code in colours, remembered between builds."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from truepage.engine.cache import Memo, digest
from truepage.pages.listing import CodeListing

FILE = "highlighted"
"""The name of what was highlighted before in a project's cache."""

MAKERS = ("pygments", "pymdown-extensions")
"""Packages that set code in colours, here or in fences."""


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
        self._memo = Memo(file, digest(*map(_version, MAKERS), Path(__file__).read_bytes()))

    def highlighted(self, listing: CodeListing) -> Highlighted:
        """Return the source of a symbol, with colours where Pygments is installed."""
        html = self.remembered(digest(listing.code), lambda: _html(listing.code))
        return Highlighted(listing.path, listing.line, html)

    def remembered(self, key: str, make: Callable[[], str]) -> str:
        """Return code in colours, made now or before.

        Parameters
        ----------
        key
            Digest of all that it depends on, besides the packages that make it.
        make
            What makes it.
        """
        html = self._memo.find(key)
        if html is None:
            html = make()
            self._memo.note(key, html)
        return str(html)

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


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
