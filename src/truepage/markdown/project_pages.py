"""What the pages of a project are told in whichever host: formulas, listings, values, labels."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from truepage.checking.page_values import Computer
from truepage.engine.context import BuildContext
from truepage.engine.errors import PageError, TruepageError
from truepage.engine.project import Project, find_project
from truepage.examples.examples import Examples
from truepage.figures.discover import Figure
from truepage.pages.bibtex import FILE as BIBTEX
from truepage.pages.bibtex import BibTeX
from truepage.pages.formula_cache import FILE as FORMULAS
from truepage.pages.formula_cache import Formulas
from truepage.pages.highlighting import FILE as HIGHLIGHTED
from truepage.pages.highlighting import Highlighted, Highlighting
from truepage.pages.listing import CodeListing, find_listing
from truepage.pages.typesetting import Typeset

NO_PAGES = (
    "no page is made of a script here; expected MkDocs, with truepage under `plugins` in "
    'mkdocs.yml, and `galleries = ["…"]` under [tool.truepage] in pyproject.toml.'
)


class ProjectPages:
    """The part of a `truepage.markdown.page.PageSite` that is the same in every host.

    Parameters
    ----------
    root
        A folder of the project. It is looked for when a page asks for something of it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._labels: dict[str, str] = {}

    @cached_property
    def _project(self) -> Project:
        return find_project(self._root)

    @cached_property
    def _computer(self) -> Computer:
        return Computer(BuildContext(self._project))

    @cached_property
    def _examples(self) -> Examples:
        return Examples(BuildContext(self._project))

    @cached_property
    def formulas(self) -> Formulas:
        """The formulas of pages, with those that were set before."""
        try:
            macros = self._project.macros
        except TruepageError:  # a page without a project
            macros = {}
        return Formulas(self._kept(FORMULAS), macros)

    @cached_property
    def _highlighting(self) -> Highlighting:
        return Highlighting(self._kept(HIGHLIGHTED))

    @cached_property
    def bibtex(self) -> BibTeX:
        """What reads bibliographies, with those that were read before."""
        return BibTeX(self._kept(BIBTEX))

    def _kept(self, name: str) -> Path | None:
        """Return where something is kept between builds; a page without a project keeps nothing."""
        try:
            return self._project.cache_dir / name
        except TruepageError:
            return None

    def code_of(self, figure: Figure) -> Highlighted | None:
        """Return the code that draws a figure, as it lies behind the picture.

        There is none of a block that shows it elsewhere, or whose module was edited away by now.
        """
        code: CodeListing | str
        if figure.block:
            own = figure.block["parts"][-1]
            code = CodeListing("", figure.path, own["line"], own["code"])
            if figure.block["shows"] != "folded":
                return None
        else:
            code = self.listing(f"{figure.module}.{figure.function}")
        return None if isinstance(code, str) else self._highlighting.highlighted(code)

    def highlighting(self) -> Highlighting:
        """Return what sets code in colours, with what was set before."""
        return self._highlighting

    def share(self) -> None:
        """Make what copies of this one have together: pages may be converted side by side."""
        for name in ("formulas", "_highlighting", "bibtex", "_computer", "_examples"):
            getattr(self, name)

    def save(self) -> None:
        """Keep what took time to make, for the next build."""
        for name in ("formulas", "_highlighting", "bibtex"):
            if name in self.__dict__:  # it was asked for
                self.__dict__[name].save()

    def give_label(self, label: str, place: str) -> str | None:
        """Note where a label is given; return the place where it was given before."""
        before = self._labels.setdefault(label, place)
        return None if before == place else before

    def typeset(
        self, tex: str, *, display: bool, macros: Mapping[str, str] | None = None
    ) -> Typeset:
        """Return a formula, set now or before."""
        return self.formulas.typeset(tex, display=display, macros=macros)

    def listing(self, symbol: str) -> CodeListing | str:
        """Return the source of a symbol."""
        try:
            return find_listing(self._project, symbol)
        except PageError as error:
            return str(error)

    def examples(self) -> Examples:
        """Return what runs the examples of pages."""
        return self._examples

    def computer(self) -> Computer:
        """Return what computes the values of pages."""
        return self._computer

    def gallery(self, name: str, *, titled: bool) -> list[str] | str:
        """Return why there is none: only a host that takes pages from us has their pages."""
        return f"the gallery {name!r} is not shown: {NO_PAGES}"

    def examples_of(self, symbol: str) -> list[str] | str:
        """Return why there are none."""
        return f"the examples of {symbol!r} are not shown: {NO_PAGES}"

    def located(self, message: str) -> str:
        """Return the message: the page is the author's own."""
        return message
