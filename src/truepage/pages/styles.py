"""One style sheet for a page in place of ten: the first paint waits for one request.

The name has the digest of the content, so a browser may keep it, and a change is seen at once.

Material chooses between light and dark by a script. Where scripts are off, a second style sheet
does, for readers whose system is dark: it has the rules of the dark scheme under the light one's
name.
"""

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

LINK = re.compile(r'[ \t]*<link rel="stylesheet" href="(?P<href>[^"]+)">\n?')
ADDRESS = re.compile(r"""url\((?P<quote>["']?)(?!["']?(?:data:|https?:|/|#))(?P<path>[^"')]+)""")
SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=[^*]*\*/")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
BRACE = re.compile(r"[{}]")
CHARSET = re.compile(r'^\ufeff?@charset "[^"]*";')

FOLDER = "assets"
DARK, LIGHT = "[data-md-color-scheme=slate]", "[data-md-color-scheme=default]"


class StyleSheets:
    """Joins the style sheets that pages link to.

    Parameters
    ----------
    read
        Gives the text of a file of the site, or None if the site has no such file.
    base
        The path that the site is published under; a page that is served for any address
        (404.html) has it at the beginning of its links.
    dropped
        Rules to leave out.
    """

    def __init__(
        self,
        read: Callable[[str], str | None],
        base: str = "/",
        dropped: re.Pattern[str] | None = None,
    ) -> None:
        self._read, self._base, self._dropped = read, base, dropped
        self._joined: dict[tuple[str, ...], str | None] = {}
        self.files: dict[str, str] = {}
        """URL relative to the site → text, of the style sheets that were made."""

    def link(self, html: str, page: str) -> str:
        """Return a page with one link to a style sheet where it had several.

        Links to other sites stay, and so do all when the sheets cannot be joined: one is not the
        site's, or imports another.

        Parameters
        ----------
        page
            The page's URL, relative to the site.
        """
        head = html.partition("</head>")[0]
        links = [link for link in LINK.finditer(head) if not urlsplit(link["href"]).netloc]
        sheets = tuple(self._resolved(link["href"], page) for link in links)
        if len(links) < 2:
            return html
        if sheets not in self._joined:
            self._joined[sheets] = self._join(sheets)
        joined = self._joined[sheets]
        if joined is None:
            return html
        first = links[0]["href"]
        if first.startswith(self._base):
            href = self._base + joined
        else:
            href = posixpath.relpath(joined, posixpath.dirname(page) or ".")
        tags = f'<link rel="stylesheet" href="{href}">\n'
        if _dark(joined) in self.files:
            tags += (
                '<noscript><link rel="stylesheet" media="(prefers-color-scheme: dark)" '
                f'href="{_dark(href)}"></noscript>\n'
            )
        for link in reversed(links):
            new = tags if link is links[0] else ""
            html = html[: link.start()] + new + html[link.end() :]
        return html

    def _resolved(self, href: str, page: str) -> str:
        """Return what a link leads to, relative to the site."""
        path = urlsplit(href).path
        if path.startswith(self._base):
            return path.removeprefix(self._base)
        return posixpath.normpath(posixpath.join(posixpath.dirname(page), path))

    def _join(self, sheets: tuple[str, ...]) -> str | None:
        """Make the style sheet for these, and return its URL."""
        texts = []
        for sheet in sheets:
            text = self._read(sheet)
            if text is None or "@import" in text:
                return None
            texts.append(_moved(CHARSET.sub("", SOURCE_MAP.sub("", text)), sheet).strip())
        joined = '@charset "UTF-8";\n' + "\n".join(texts) + "\n"
        if self._dropped:
            joined = self._dropped.sub("", joined)
        name = f"{FOLDER}/style.{hashlib.sha256(joined.encode()).hexdigest()[:10]}.css"
        self.files[name] = joined
        if dark := "".join(dark_rules(joined)):
            self.files[_dark(name)] = dark
        return name


def _dark(name: str) -> str:
    """Return the URL of the dark rules of a joined style sheet."""
    return f"{name.removesuffix('.css')}.dark.css"


def dark_rules(text: str) -> Iterator[str]:
    """Yield the rules for the dark scheme, as they hold where the scheme is still the light one.

    Examples
    --------
    >>> list(dark_rules("a{x:1} @media print{b{x:2} [data-md-color-scheme=slate] b, c{x:3}}"))
    ['@media print{[data-md-color-scheme=default] b{x:3}}']
    """
    text = COMMENT.sub("", text).replace('"slate"', "slate")
    at = 0
    while (opening := text.find("{", at)) >= 0:
        head = text[at:opening].strip().rpartition(";")[2].strip()  # no @charset before it
        at = _closing(text, opening) + 1
        body = text[opening + 1 : at - 1]
        if head.startswith("@media"):
            if inner := "".join(dark_rules(body)):
                yield f"{head}{{{inner}}}"
        elif dark := [selector.strip() for selector in head.split(",") if DARK in selector]:
            yield f"{','.join(dark).replace(DARK, LIGHT)}{{{body}}}"


def _closing(text: str, opening: int) -> int:
    """Return the index of the brace that closes the one at an index."""
    depth = 0
    for brace in BRACE.finditer(text, opening):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return brace.start()
    return len(text)


def _moved(text: str, sheet: str) -> str:
    """Return a style sheet's text with its addresses as they are seen from the new place."""

    def moved(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(sheet), match["path"]))
        return f"url({match['quote']}{posixpath.relpath(path, FOLDER)}"

    return ADDRESS.sub(moved, text)
