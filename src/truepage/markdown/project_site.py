"""The site that one page sees when no host tells of others: the project's figures, this page."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from truepage.checking.claims import Claims
from truepage.checking.equations import check_equations
from truepage.checking.findings import Finding
from truepage.checking.formulas import find_equations
from truepage.checking.pages import read_pages
from truepage.figures.discover import unknown_figure
from truepage.figures.manifest import Manifest, build
from truepage.markdown.page import Target
from truepage.markdown.project_pages import ProjectPages
from truepage.markdown.references import Numbered, find, number
from truepage.markdown.shown import PageFigure, page_figure
from truepage.maths.annotation import Equation
from truepage.pages.bibliography import Bibliography
from truepage.pages.bibtex import read_text


class ProjectSite(ProjectPages):
    """Figures drawn from the project that a folder belongs to, numbered on one page.

    Parameters
    ----------
    root
        A folder of the project.
    pictures
        Address of a picture, with ``{name}`` in it.
    """

    def __init__(self, root: Path, pictures: str) -> None:
        super().__init__(root)
        self._pictures = pictures
        self._numbers: dict[str, Numbered] = {}
        self._text = ""

    @cached_property
    def _manifest(self) -> Manifest:
        manifest = build(self._project)
        manifest.raise_failures()
        return manifest

    def begin(self, text: str) -> None:
        """Begin a page: give all that has a number on it its number."""
        self._text = text
        self._numbers = number({"": text})
        self._labels = {}
        self._bibliography = Bibliography({"": text}, self._read, self.bibtex)

    def _read(self, file: str) -> str | None:
        return read_text(self._root / file, file)

    def end(self) -> None:
        """End a page: keep what it brought."""
        self.save()

    def figure(self, name: str, page: str) -> PageFigure | str:
        """Return a figure."""
        rendering = self._manifest.renderings.get(name)
        if rendering is None:
            return unknown_figure(name, self._manifest.figures)
        code = self.code_of(self._manifest.figures[name])
        return page_figure(rendering, code, {"svg": self._pictures.format(name=name)})

    def target(self, label: str, page: str) -> Target | str:
        """Return what a label leads to, on this page."""
        found = find(self._numbers, label)
        return found if isinstance(found, str) else Target(found.word, found.number, f"#{label}")

    def bibliography(self) -> Bibliography:
        """Return what this page cites and lists."""
        return self._bibliography

    def equations(self, page: str, found: Sequence[Equation]) -> Sequence[Finding]:
        """Return what checking this page's equations came to."""
        pages = read_pages(self._project)
        every = {path: find_equations(path, text) for path, text in pages.items()}
        return check_equations(self._computer.context, {**every, page: list(found)}, [page])

    def code(self, symbol: str, page: str) -> str | None:
        """Return None: one page alone knows of no other."""
        return None

    def claims(self) -> Claims:
        """Return what judges the claims of this page, by its equations and the other pages'."""
        return Claims(self._computer.context, {"": self._text, **read_pages(self._project)})
