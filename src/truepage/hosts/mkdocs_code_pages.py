"""The notebooks and galleries of a MkDocs site: their tasks, pages and files."""

from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel

from truepage.engine.batch import Batch
from truepage.engine.context import BuildContext
from truepage.engine.task import Task
from truepage.galleries.gallery import SHOWS
from truepage.galleries.gallery_site import GallerySite
from truepage.notebooks.notebook_page import NotebookPage
from truepage.notebooks.notebook_site import NotebookSite
from truepage.pages.source import prose


class CodePages:
    """The pages of a site that are notebooks, or scripts of galleries.

    Parameters
    ----------
    context
        The project.
    config
        The site's configuration.
    notebooks
        Whether notebooks become pages here; else mkdocs-jupyter makes them.
    """

    def __init__(self, context: BuildContext, config: MkDocsConfig, *, notebooks: bool) -> None:
        docs = Path(config.docs_dir).resolve()
        self._docs = context.project.relative(docs)
        self.notebooks: NotebookSite | None = None
        self.galleries: GallerySite | None = None
        if "mkdocs-jupyter" in config.plugins and notebooks:
            options = dict(config.plugins["mkdocs-jupyter"].config)
            self.notebooks = NotebookSite(context, docs, options)
        if context.project.galleries:
            refers = "autorefs" in config.plugins or "mkdocstrings" in config.plugins
            self.galleries = GallerySite(context, docs, refers=refers)

    def __bool__(self) -> bool:
        """Tell whether the site has notebooks or galleries."""
        return bool(self.notebooks or self.galleries)

    @property
    def _made(self) -> list[NotebookSite | GallerySite]:
        return [made for made in (self.notebooks, self.galleries) if made]

    @property
    def tasks(self) -> list[Task]:
        """The tasks of executing them."""
        return [task for made in self._made for task in made.tasks.values()]

    @property
    def pages(self) -> dict[str, NotebookPage]:
        """Path from the folder of the pages → the page."""
        return {uri: page for made in self._made for uri, page in made.pages.items()}

    @property
    def files(self) -> dict[str, bytes]:
        """URL relative to the site → a file that readers may take away."""
        return {url: file for made in self._made for url, file in made.files.items()}

    def read(self) -> None:
        """Make the pages of notebooks as authors wrote them, without results."""
        if self.notebooks:
            self.notebooks.read()

    def receive(self, executed: Batch, earlier: "CodePages | None") -> None:
        """Make the pages of the results.

        Parameters
        ----------
        earlier
            The pages before, for a preview, which stay where a task fails; None: it is none.
        """
        if self.notebooks:
            before = None if earlier is None else earlier.notebooks or self.notebooks
            self.notebooks.receive(executed, before)
        if self.galleries:
            ran = earlier.galleries if earlier and earlier is not self else None
            self.galleries.receive(executed, ran)

    def report(self, executed: Batch) -> Iterator[str]:
        """Yield in words how many were executed, and what the author should know of them."""
        for made in self._made:
            words = "notebooks executed" if made is self.notebooks else "examples run"
            names = {task.name for task in made.tasks.values()}
            done = len(names & executed.done.keys())
            yield f"{done} {words}, {len(names & executed.products.keys()) - done} fresh"
            yield from made.notes

    def add_to(self, files: Files, config: MkDocsConfig) -> tuple[dict[str, str], list[str]]:
        """Add the pages to the files of a site.

        Returns
        -------
        tuple
            Path of a script's page → its URL; and the names of the galleries that no page shows.

        Raises
        ------
        PluginError
            A page is there already, or two would become one.
        """
        for uri, page in (self.notebooks.pages if self.notebooks else {}).items():
            if file := files.get_file_from_path(uri):
                # Without a file behind it, it is a page like others: mkdocs-jupyter lets it be.
                file.content_string = page.text
        urls: dict[str, str] = {}
        unshown: list[str] = []
        if self.galleries:
            urls, unshown = _add_scripts(self.galleries, files, config)
        if self.pages:
            self._refuse_twins(files)
        return urls, unshown

    def _refuse_twins(self, files: Files) -> None:
        """Stop where a notebook and a page become one page, of which the site would have either."""
        seen: dict[str, str] = {}
        for file in files.documentation_pages():
            other = seen.setdefault(file.url, file.src_uri)
            if other != file.src_uri and {other, file.src_uri} & self.pages.keys():
                raise PluginError(
                    f"{self._docs}/{file.src_uri}: becomes the same page as {self._docs}/{other}; "
                    "rename one, or leave one out by `ignore` of mkdocs-jupyter or `exclude_docs`."
                )


def _add_scripts(
    galleries: GallerySite, files: Files, config: MkDocsConfig
) -> tuple[dict[str, str], list[str]]:
    """Make pages of the scripts of galleries, and find out which pages show these."""
    shown: dict[str, str] = {}
    for file in files.documentation_pages():
        for line in prose(file.content_string.split("\n")):
            found = SHOWS.match(line)
            if found and found["kind"] == "gallery":
                shown.setdefault(found["name"].strip("/"), file.src_uri)
    galleries.write(shown)
    urls = {}
    for uri, page in galleries.pages.items():
        if there := files.get_file_from_path(uri):
            raise PluginError(
                f"{there.abs_src_path or uri}: is a page where the gallery has one of its own; "
                "rename one of them."
            )
        # Hundreds of them are no navigation: readers come from the page that shows them.
        file = File.generated(config, uri, content=page.text, inclusion=InclusionLevel.NOT_IN_NAV)
        files.append(file)
        urls[uri] = file.url
    return urls, [name for name in galleries.galleries if name not in shown]
