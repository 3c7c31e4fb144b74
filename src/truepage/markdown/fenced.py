"""Fenced code in colours, remembered between builds.

`pymdownx.superfences` asks `pymdownx.highlight` for what sets code in colours. It is given the same
with a memory: compiling the grammar of one language takes longer than all else on a page.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from markdown import Markdown
from markdown.preprocessors import Preprocessor

from truepage.engine.cache import digest
from truepage.markdown.page import Page

HIGHLIGHTER = "pymdownx.highlight"
"""The module of what is remembered. What somebody else put in its place may be anything."""

# Before superfences (25) asks, and when all extensions are registered.
PRIORITY = 99


def register(md: Markdown, page: Page) -> None:
    """Give a converter's fences a memory."""
    md.preprocessors.register(Remembering(page, md), "truepage-fenced", PRIORITY)


class Remembering(Preprocessor):
    """Put what remembers in the place of what does not, where a page's host has a memory."""

    def __init__(self, page: Page, md: Markdown) -> None:
        super().__init__(md)
        self._page = page

    def run(self, lines: list[str]) -> list[str]:
        """Start a page."""
        for extension in highlighting(self.md):
            highlighter = extension.get_pymdownx_highlighter()
            if highlighter.__module__ == HIGHLIGHTER:
                made = _remembering(highlighter, self._page)
                extension.get_pymdownx_highlighter = lambda made=made: made
        return lines


def highlighting(md: Markdown) -> Iterator[Any]:
    """Yield the extension that superfences asks: the first that answers."""
    found = (each for each in md.registeredExtensions if hasattr(each, "get_pymdownx_highlighter"))
    if extension := next(found, None):
        yield extension


def _remembering(highlighter: Any, page: Page) -> Any:
    """Return a class like pymdownx' `Highlight`, with the memory of a page's site."""

    class Remembered(highlighter):  # type: ignore[misc] # a class that is known when it runs
        def highlight(self, *args: Any, **kwargs: Any) -> Any:
            def make() -> Any:
                return super(Remembered, self).highlight(*args, **kwargs)

            key = _key(self, args, kwargs)
            return page.site.highlighting().remembered(key, make) if key else make()

    return Remembered


def _key(highlighter: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Return the digest of all that a block's HTML depends on; "" if something else does, too.

    Parameters
    ----------
    args, kwargs
        What `Highlight.highlight` was called with: the code, its language, and more.
    """
    options = {name: value for name, value in vars(highlighter).items() if name != "md"}
    language = args[1] or options["default_lang"] or "text"
    if (
        kwargs.get("inline")  # an element, and not text
        or options.get("title_mode") == "html"  # the title is put aside in the converter
        or options["auto_title_map"]  # that may ask for the same
        or options["noclasses"]  # with a style that may be the author's
        or options["guess_lang"]  # among lexers that may be the author's
        or not _comes_with_pygments(highlighter.get_extended_language(language)[0])
    ):
        return ""
    if not (options["line_spans"] or options["line_anchors"]):
        kwargs = {**kwargs, "code_block_count": 0}  # addresses of lines alone hold it
    try:
        asked = json.dumps([options, args, kwargs])
    except TypeError:
        return ""
    return digest("fence", asked)


def _comes_with_pygments(language: str) -> bool:
    return language.lower() in _languages()


@cache
def _languages() -> frozenset[str]:
    from pygments.lexers import LEXERS

    return frozenset(name for _, _, aliases, *_ in LEXERS.values() for name in aliases)
