"""The finishing of a MkDocs page: what the theme made is mended, and the search reads less."""

from collections.abc import Mapping, Sequence
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from truepage.markdown.whole_site import WholeSite
from truepage.pages.facts import PageFacts, reading_minutes, with_facts
from truepage.pages.finishing import DROPPED, finished, with_terms, without_idle_scripts
from truepage.pages.formula_cache import with_html
from truepage.pages.search import (
    with_colours,
    with_excluded,
    without_colours,
    without_excluded,
)
from truepage.pages.styles import StyleSheets


class PageFinishing:
    """What the finishing of pages depends on, over all builds of a process."""

    def __init__(self) -> None:
        self.copies = self.is_instant = False
        """Whether the theme offers to copy code, and loads the next page into the open one."""
        self.styles = StyleSheets(lambda uri: None, "/", DROPPED)
        self.corrections: File | None = None
        """The page that lists what was wrong."""
        self.changes: Mapping[str, Any] = {}
        """Path of a page → when it changed."""
        self._excluded: Sequence[str] = ()
        self._code: Sequence[str] = ()
        self._formulas: Any = ()

    def set_aside(self, page: Page, site: WholeSite) -> None:
        """Leave to the search each formula once, as text, and neither pictures nor colours."""
        content, self._excluded = without_excluded(page.content or "")
        content, self._code = without_colours(content)
        page.content, self._formulas = site.formulas.with_text(content)

    def put_back(self, page: Page) -> None:
        """Put back what the search does not read."""
        content = with_html(page.content or "", self._formulas)
        page.content = with_excluded(with_colours(content, self._code), self._excluded)

    def page(
        self, html: str, page: Page, config: MkDocsConfig, site: WholeSite, *, all_facts: bool
    ) -> str:
        """Return the HTML of a page as it is published.

        Parameters
        ----------
        all_facts
            Whether the page says how long it takes to read, when it changed, and how to cite it.
        """
        html = with_terms(html)
        if all_facts or self.corrections:
            html = with_facts(html, self._facts(page, config, site), all_of_them=all_facts)
        return self.html(html, page.file.dest_uri, config)

    def html(self, html: str, uri: str, config: MkDocsConfig) -> str:
        """Return HTML with what the theme made of it mended, and its own style sheet."""
        if config.theme.name == "material":
            html = finished(html, copy=self.copies)
        if not self.is_instant:  # else the next page, which may need them, comes into this one
            html = without_idle_scripts(html)
        return self.styles.link(html, uri)

    def _facts(self, page: Page, config: MkDocsConfig, site: WholeSite) -> PageFacts:
        path = f"{site.docs}/{page.file.src_uri}"
        corrections = self.corrections
        return PageFacts(
            title=str(page.title),
            site=config.site_name,
            author=config.site_author or "",
            url=page.canonical_url or "",
            minutes=reading_minutes(site.pages.get(path, page.markdown or "")),
            changed=self.changes.get(path),
            corrections=get_relative_url(corrections.url, page.url)
            if corrections and corrections.src_uri != page.file.src_uri
            else "",
        )
