"""What a page may ask of a site whose other pages are known, too."""

import hashlib
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from truepage.checking.claims import Claims
from truepage.checking.equations import check_equations
from truepage.checking.findings import Finding
from truepage.checking.formulas import find_equations
from truepage.checking.page_values import Computer
from truepage.checking.pages import find_fences
from truepage.engine.context import BuildContext
from truepage.engine.errors import PageError
from truepage.examples.examples import Examples
from truepage.examples.script import find_script
from truepage.figures.discover import unknown_figure
from truepage.figures.draw import Rendering
from truepage.figures.manifest import Manifest
from truepage.galleries.example import Example
from truepage.galleries.gallery_site import GallerySite
from truepage.markdown.galleries import card, cards
from truepage.markdown.page import Target
from truepage.markdown.project_pages import ProjectPages
from truepage.markdown.references import Numbered, find
from truepage.markdown.shown import PageFigure, empty, page_figure
from truepage.maths.annotation import Equation
from truepage.maths.values import find_values
from truepage.notebooks.notebook_site import NotebookSite
from truepage.pages.bibliography import Bibliography
from truepage.pages.source import prose_without_code

DOCUMENTS = re.compile(r"^::: (?P<module>[\w.]+)", re.MULTILINE)
"""What a page says that documents a module, by mkdocstrings."""

EMPTY = (480, 300)
"""Size of the space for a picture that was never drawn."""


def digest(content: bytes) -> str:
    """Return what a file's URL has of its content."""
    return hashlib.sha256(content).hexdigest()[:10]


def relative_url(url: str, page: str) -> str:
    """Return an address of a site as it is seen from a page.

    Examples
    --------
    >>> relative_url("assets/a.svg", "sub/page/"), relative_url("assets/a.svg", "page.html")
    ('../../assets/a.svg', 'assets/a.svg')
    """
    return posixpath.relpath(f"/{url}", posixpath.dirname(f"/{page}") or "/")


class WholeSite(ProjectPages):
    """What a page may ask of a whole site (a `truepage.markdown.page.PageSite`).

    Parameters
    ----------
    context
        The project's: one for a build, so that no file is read twice.
    manifest
        Its pictures.
    downloads
        The same pictures as readers may take them away.
    """

    def __init__(self, context: BuildContext, manifest: Manifest, downloads: Manifest) -> None:
        super().__init__(context.project.root)
        self._project, self._computer = context.project, Computer(context)
        self._examples = Examples(context)
        self._manifest = manifest
        self._files: dict[str, dict[str, bytes]] = {}
        for name, rendering in (*manifest.renderings.items(), *downloads.renderings.items()):
            self._files.setdefault(name, {}).update(rendering.product.files)
            self._files[name].pop("json", None)  # it stands in the page
        # A URL has its content's digest: an edit that changes no pixel changes no URL.
        self._sources = {
            name: {
                suffix: f"assets/figures/{name}.{digest(content)}.{suffix}"
                for suffix, content in files.items()
            }
            for name, files in self._files.items()
        }
        self._notebooks: NotebookSite | None = None
        self._galleries: GallerySite | None = None
        self.urls: Mapping[str, str] = {}
        """Path of a page made of a script, from the folder of the pages → its URL."""
        self._extra: dict[str, Rendering] = {}
        self.numbers: Mapping[str, Numbered] = {}
        self.sources = Bibliography({}, lambda file: None)
        self.pages: Mapping[str, str] = {}
        self.docs = "docs"
        self.url = ""
        """The page's own, relative to the site: hosts leave links within HTML as they are."""

    def prepare(self) -> list[str]:
        """Have the statements of all pages judged together.

        Returns
        -------
        list
            The pages with examples, where the project has none run.
        """
        fences = [fence for page in self.pages.items() for fence in find_fences(*page)]
        if fences:  # what judges them is slow to import
            self.claims().prepare(fences)
        scripts = {path: find_script(text.split("\n")) for path, text in self.pages.items()}
        found = {path: script for path, script in scripts.items() if script}
        if self._project.examples:
            self.examples().prepare(found.items())
        self.computer().prepare(
            value.expression
            for text in self.pages.values()
            for value in find_values("\n".join(prose_without_code(text.split("\n"))))
            if not value.fault
        )
        return [] if self._project.examples else list(found)

    def add(self, notebooks: NotebookSite | None, galleries: GallerySite | None) -> None:
        """Add notebooks and scripts: their figures, and where their pages' lines are from."""
        self._notebooks, self._galleries = notebooks, galleries
        drawn = {
            **(notebooks.figures if notebooks else {}),
            **(galleries.figures if galleries else {}),
        }
        for name, rendering in drawn.items():
            self._extra[name] = rendering
            self._sources[name] = {}
            self._files[name] = {}
            for suffix, content in rendering.product.files.items():
                if suffix != "json":
                    url = f"assets/figures/{name}.{digest(content)}.{suffix}"
                    self._sources[name][suffix], self._files[name][suffix] = url, content

    def pictures(self) -> dict[str, bytes]:
        """Return the pictures and what lies behind them: URL relative to the site → content."""
        return {
            source: self._files[name][suffix]
            for name, sources in self._sources.items()
            for suffix, source in sources.items()
        }

    def figure(self, name: str, page: str) -> PageFigure | str:
        """Return a figure; its addresses are relative to the page."""
        if name in self._extra:
            addresses = {
                suffix: relative_url(source, self.url)
                for suffix, source in self._sources[name].items()
            }
            return page_figure(self._extra[name], None, addresses)  # its code is on its page
        rendering = self._manifest.renderings.get(name)
        if rendering is None:
            if name in self._manifest.figures:  # a preview, in which it failed
                return PageFigure(name, "", *EMPTY, drawing=empty(*EMPTY))
            return unknown_figure(name, [*self._manifest.figures, *self._extra])
        code = self.code_of(self._manifest.figures[name])
        addresses = {
            suffix: relative_url(source, self.url) for suffix, source in self._sources[name].items()
        }
        return page_figure(rendering, code, addresses)

    def target(self, label: str, page: str) -> Target | str:
        """Return the link to the page that shows what a label names."""
        found = find(self.numbers, label)
        if isinstance(found, str):
            return found
        here = page == f"{self.docs}/{found.page}"
        href = f"#{label}" if here else f"{self._from(page, found.page)}#{label}"
        return Target(found.word, found.number, href)

    def bibliography(self) -> Bibliography:
        """Return what pages cite, and where it is listed."""
        return self.sources

    def equations(self, page: str, found: Sequence[Equation]) -> Sequence[Finding]:
        """Return what checking a page's equations came to; those of all pages are checked once."""
        if list(found) == self._found.get(page):
            return [finding for finding in self._findings if finding.page == page]
        # Some extension brought them, which nobody could know of before.
        return check_equations(self._computer.context, {**self._found, page: found}, [page])

    @cached_property
    def _found(self) -> dict[str, list[Equation]]:
        return {path: find_equations(path, text) for path, text in self.pages.items()}

    @cached_property
    def _findings(self) -> list[Finding]:
        return check_equations(self._computer.context, self._found)

    def code(self, symbol: str, page: str) -> str | None:
        """Return where a page documents a symbol, as mkdocstrings does."""
        for path, text in self.pages.items():
            for found in DOCUMENTS.finditer(text):
                if symbol.startswith(f"{found['module']}."):
                    return f"{self._from(page, path.removeprefix(f'{self.docs}/'))}#{symbol}"
        return None

    def located(self, message: str) -> str:
        """Return a message with the place in the author's own file, which may be a notebook."""
        for made in (self._notebooks, self._galleries):
            message = made.place(message) if made else message
        return message

    def gallery(self, name: str, *, titled: bool) -> list[str] | str:
        """Return the Markdown that shows a gallery."""
        if self._galleries is None:
            return super().gallery(name, titled=titled)
        found = self._galleries.index(name, self._cards, self._file, titled=titled)
        if found is None:
            there = ", ".join(self._galleries.galleries)
            return (
                f"there is no gallery {name!r}; expected one of those that [tool.truepage] in "
                f"pyproject.toml names: {there}."
            )
        return found

    def examples_of(self, symbol: str) -> list[str] | str:
        """Return the Markdown that shows the examples that ran a function."""
        if self._galleries is None:
            return super().examples_of(symbol)
        try:
            found = self._galleries.using(symbol)
        except PageError as error:
            return str(error)
        return [self._cards(found)] if found else [f"*No example runs `{symbol}`.*"]

    def uses(self, symbol: str) -> str:
        """Return the HTML that shows, below a documented object, the examples that ran it."""
        try:
            found = self._galleries.using(symbol, modules=False) if self._galleries else []
        except PageError:
            return ""
        if not found:
            return ""
        words = "1 example runs this" if len(found) == 1 else f"{len(found)} examples run this"
        return (
            f'<details class="quote truepage-uses" data-search-exclude=""><summary>{words}'
            f"</summary>{self._cards(found)}</details>"
        )

    def _cards(self, examples: Iterable[Example]) -> str:
        """Return links to examples side by side."""
        return cards(map(self._card, examples))

    def _card(self, example: Example) -> str:
        """Return a link to an example."""
        galleries = self._galleries
        assert galleries  # noqa: S101 (it has the example)
        picture = galleries.thumbnail(example)
        source = self._file(self._sources[picture.name]["svg"]) if picture else ""
        address = self._file(self.urls[galleries.uri(example)])
        return card(example, address, picture, source, "" if picture else galleries.said(example))

    def _file(self, url: str) -> str:
        found = relative_url(url, self.url)
        return f"{found}/" if url.endswith("/") else found

    def claims(self) -> Claims:
        """Return what judges the claims of pages."""
        return self._claims

    @cached_property
    def _claims(self) -> Claims:
        return Claims(self._computer.context, self.pages)

    def _from(self, page: str, uri: str) -> str:
        """Return the way from a page's file to another file of the site."""
        return posixpath.relpath(uri, posixpath.dirname(page.removeprefix(f"{self.docs}/")) or ".")
