"""The site that one page sees when no host tells of others: the project's figures, this page."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from truepage.build import Manifest, Workshop, build, unknown_figure
from truepage.errors import PageError, TruepageError
from truepage.markdown.page import Target
from truepage.markdown.references import Numbered, find, number
from truepage.markdown.shown import PageFigure, page_figure
from truepage.maths.checker import check
from truepage.maths.claims import Claims, find_fences
from truepage.maths.meanings import SiteFormulas
from truepage.maths.memory import Finding
from truepage.maths.report import read_pages
from truepage.maths.values import Computer
from truepage.pages.bibliography import Bibliography
from truepage.pages.formulas import FILE, Formulas
from truepage.pages.katex import Typeset
from truepage.pages.listing import Listing, find_listing
from truepage.project import Project, find_project


class ProjectSite:
    """Figures drawn from the project that a folder belongs to, numbered on one page.

    Parameters
    ----------
    root
        A folder of the project.
    pictures
        Address of a picture, with ``{name}`` in it.
    """

    def __init__(self, root: Path, pictures: str) -> None:
        self._root = root
        self._pictures = pictures
        self._numbers: dict[str, Numbered] = {}
        self._labels: dict[str, str] = {}
        self._text = ""

    @cached_property
    def _project(self) -> Project:
        return find_project(self._root)

    @cached_property
    def _manifest(self) -> Manifest:
        manifest = build(self._project)
        manifest.raise_failures()
        return manifest

    @cached_property
    def _computer(self) -> Computer:
        return Computer(Workshop(self._project))

    @cached_property
    def _formulas(self) -> Formulas:
        try:
            return Formulas(self._project.cache_dir / FILE)
        except TruepageError:  # a page with maths alone needs no project
            return Formulas()

    def begin(self, text: str) -> None:
        """Begin a page: give all that has a number on it its number."""
        self._text = text
        self._numbers = number({"": text})
        self._labels = {}
        self._bibliography = Bibliography({"": text}, self._read)

    def _read(self, file: str) -> str | None:
        path = self._root / file
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def end(self) -> None:
        """End a page: keep the formulas that it brought."""
        if "_formulas" in self.__dict__:
            self._formulas.save()

    def figure(self, name: str, page: str) -> PageFigure | str:
        """Return a figure."""
        rendering = self._manifest.renderings.get(name)
        if rendering is None:
            return unknown_figure(name, self._manifest.figures)
        figure = self._manifest.figures[name]
        code = self.listing(f"{figure.module}.{figure.function}")
        return page_figure(
            rendering,
            None if isinstance(code, str) else code,
            {"svg": self._pictures.format(name=name)},
        )

    def target(self, label: str, page: str) -> Target | str:
        """Return what a label leads to, on this page."""
        found = find(self._numbers, label)
        return found if isinstance(found, str) else Target(found.word, found.number, f"#{label}")

    def give_label(self, label: str, place: str) -> str | None:
        """Note where a label is given; return the place where it was given before."""
        before = self._labels.setdefault(label, place)
        return None if before == place else before

    def typeset(self, tex: str, *, display: bool) -> Typeset:
        """Return a formula, set now or before."""
        return self._formulas.typeset(tex, display=display)

    def listing(self, symbol: str) -> Listing | str:
        """Return the source of a symbol."""
        try:
            return find_listing(self._project, symbol)
        except PageError as error:
            return str(error)

    def bibliography(self) -> Bibliography:
        """Return what this page cites and lists."""
        return self._bibliography

    def computer(self) -> Computer:
        """Return what computes the values of pages."""
        return self._computer

    def equations(self, page: str) -> Sequence[Finding]:
        """Return what checking this page's equations came to."""
        pages = {**read_pages(self._project), page: self._text}
        return check(self._computer.workshop, pages, [page])

    def code(self, symbol: str, page: str) -> str | None:
        """Return None: one page alone knows of no other."""
        return None

    def located(self, message: str) -> str:
        """Return the message: the page is the author's own."""
        return message

    def claims(self) -> Claims:
        """Return what judges the claims of this page, by its equations and the other pages'."""
        others = read_pages(self._project)
        elsewhere = (
            fence for path, text in others.items() for fence in find_fences(path, text.split("\n"))
        )
        formulas = SiteFormulas(self._project, {"": self._text, **others})
        return Claims(self._computer.workshop, formulas, elsewhere)
