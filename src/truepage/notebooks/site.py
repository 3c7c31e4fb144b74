"""The notebooks of a site: their jobs, their pages, and the files that readers may take away."""

import posixpath
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import Any

from truepage.draw import Rendering
from truepage.errors import DrawingError
from truepage.job import Failure, Job, Product
from truepage.notebooks.downloads import archive, executed, run_it_yourself, script
from truepage.notebooks.notebook import (
    SUFFIXES,
    Notebook,
    execution,
    looks_like_notebook,
    read_notebooks,
)
from truepage.notebooks.options import Options, read_options
from truepage.notebooks.page import NotebookPage, notebook_page, renderings
from truepage.workshop import Workshop

DOWNLOADS = "assets/notebooks"
"""Where on the site the files are that readers may take away."""


class NotebookSite:
    """Notebooks that become pages.

    Parameters
    ----------
    workshop
        The project.
    docs
        The folder of the pages.
    options
        Those of mkdocs-jupyter: it says which files are notebooks, and what to show of them.

    Raises
    ------
    DeclarationError
        An option cannot be honoured, or a notebook is wrong before it is executed.
    """

    def __init__(self, workshop: Workshop, docs: Path, options: Mapping[str, Any]) -> None:
        self._workshop, self._docs = workshop, docs
        self._options: Options = read_options(options)
        paths = [path for path in sorted(docs.rglob("*")) if _is_included(path, options)]
        found = read_notebooks(workshop.project, paths, docs, workshop.figures(), workshop.index)
        self._notebooks: dict[str, Notebook] = {
            (workshop.project.root / notebook.path).relative_to(docs).as_posix(): notebook
            for notebook in found.values()
        }
        self.jobs: dict[str, Job] = {
            uri: execution(notebook) for uri, notebook in self._notebooks.items()
        }
        self.pages: dict[str, NotebookPage] = {}
        """Path of the notebook, from the folder of the pages → its page."""
        self.figures: dict[str, Rendering] = {}
        """The figures in notebooks, by name."""
        self.files: dict[str, bytes] = {}
        """URL relative to the site → a file that readers may take away."""

    def receive(
        self,
        products: Mapping[str, Product],
        failures: Iterable[Failure],
        earlier: "NotebookSite | None",
    ) -> None:
        """Make the pages of what came of executing the notebooks.

        Parameters
        ----------
        products
            Name of the job → what came of it.
        failures
            The jobs that nothing came of.
        earlier
            The site as it was before, for a preview: its pages stay where a notebook fails.

        Raises
        ------
        DrawingError
            A notebook failed, and there is no preview.
        """
        messages = {failure.name: failure.message for failure in failures}
        failed = [messages[job.name] for job in self.jobs.values() if job.name in messages]
        if failed and earlier is None:
            raise DrawingError("\n".join(failed))
        for uri, notebook in self._notebooks.items():
            job = self.jobs[uri]
            if job.name in products:
                self._make(uri, notebook, products[job.name])
            else:
                self._keep(uri, notebook, messages[job.name], earlier)

    def read(self) -> None:
        """Make the pages of what authors wrote, without what their code shows."""
        for uri, notebook in self._notebooks.items():
            self.pages[uri] = notebook_page(notebook, None, self._options)

    def place(self, message: str) -> str:
        """Return a message with the line of a notebook that its page's line is from."""
        for uri, page in self.pages.items():
            path = self._notebooks[uri].path
            match = re.match(rf"{re.escape(path)}:(\d+)(?::\d+)?: ", message)
            if match and int(match[1]) <= len(page.places):
                return f"{page.places[int(match[1]) - 1]}: {message[match.end() :]}"
        return message

    def _make(self, uri: str, notebook: Notebook, product: Product) -> None:
        project = self._workshop.project
        self.figures.update(renderings(notebook, product))
        trace = self._workshop.standing(self.jobs[uri]).trace
        files = {"ipynb": executed(notebook, product), "py": script(project, notebook)}
        if packed := archive(project, notebook, files, trace):
            files["zip"] = packed
        addresses = {}
        for suffix, content in files.items():
            url = f"{DOWNLOADS}/{notebook.name}.{suffix}"
            self.files[url] = content
            addresses[suffix] = posixpath.relpath(url, posixpath.dirname(uri) or ".")
        end = run_it_yourself(notebook, addresses)
        self.pages[uri] = notebook_page(notebook, product, self._options, end)

    def _keep(
        self, uri: str, notebook: Notebook, message: str, earlier: "NotebookSite | None"
    ) -> None:
        """Let a page stay as it was, and say on it what failed."""
        if earlier and uri in earlier.pages:
            names = {cell.figure for cell in earlier._notebooks[uri].code}
            self.figures.update(
                {name: figure for name, figure in earlier.figures.items() if name in names}
            )
            prefix = f"{DOWNLOADS}/{notebook.name}."
            self.files.update(
                {url: file for url, file in earlier.files.items() if url.startswith(prefix)}
            )
            self.pages[uri] = earlier.pages[uri].with_failure(message)
        else:
            self.pages[uri] = notebook_page(notebook, None, self._options, failure=message)


def _is_included(path: Path, options: Mapping[str, Any]) -> bool:
    """Tell whether mkdocs-jupyter takes a file for a notebook: it asks the same in this way."""
    pure = PurePath(path)
    return (
        path.suffix in SUFFIXES
        and any(pure.match(pattern) for pattern in options["include"])
        and not any(pure.match(pattern) for pattern in options["ignore"])
        and path.is_file()
        and (path.suffix != ".md" or looks_like_notebook(path))
    )
