"""The site that one page sees when no host tells of others: the project's figures, this page."""

from functools import cached_property
from pathlib import Path

from truepage.build import Manifest, Workshop, build, unknown_figure
from truepage.errors import PageError
from truepage.listing import Listing, find_listing
from truepage.markdown.page import Target, number
from truepage.markdown.shown import PageFigure, page_figure
from truepage.maths.values import Computer
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
        self._numbers: dict[str, tuple[int, str]] = {}

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

    def number(self, text: str) -> None:
        """Give each figure of the page its number."""
        self._numbers = number({"": text})

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
        name = label.removeprefix("fig-")
        if name not in self._numbers:
            return f"@{label} refers to a figure that is on no page; expected one of this page."
        return Target(f"Figure {self._numbers[name][0]}", f"#{label}")

    def listing(self, symbol: str) -> Listing | str:
        """Return the source of a symbol."""
        try:
            return find_listing(self._project, symbol)
        except PageError as error:
            return str(error)

    def computer(self) -> Computer:
        """Return what computes the values of pages."""
        return self._computer
