"""The notebooks of a site: their tasks, their pages, and the files that readers may take away."""

import base64
import posixpath
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from truepage.engine.batch import Batch
from truepage.engine.context import BuildContext
from truepage.engine.errors import DrawingError
from truepage.engine.task import Task, TaskResult
from truepage.figures.draw import Rendering
from truepage.figures.manifest import find_figures
from truepage.notebooks.downloads import downloads, run_it_yourself
from truepage.notebooks.notebook import (
    SUFFIXES,
    Notebook,
    execution,
    looks_like_notebook,
    read_notebooks,
)
from truepage.notebooks.notebook_page import (
    RAW,
    NotebookPage,
    attachment_name,
    notebook_page,
    renderings,
)
from truepage.notebooks.options import Options, read_options
from truepage.notebooks.outputs import (
    attached,
    attachments,
    image_name,
    read_document,
    stored,
)

DOWNLOADS = "assets/notebooks"
"""Where on the site the files are that readers may take away."""


class NotebookSite:
    """Notebooks that become pages.

    Parameters
    ----------
    context
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

    def __init__(self, context: BuildContext, docs: Path, options: Mapping[str, Any]) -> None:
        self._context, self._docs = context, docs
        self._options: Options
        self._options, self.notes = read_options(options)
        paths = [path for path in sorted(docs.rglob("*")) if _is_included(path, options)]
        found = read_notebooks(context.project, paths, docs, find_figures(context), context.index)
        self._notebooks: dict[str, Notebook] = {
            (context.project.root / notebook.path).relative_to(docs).as_posix(): notebook
            for notebook in found.values()
        }
        self.tasks: dict[str, Task] = {
            uri: execution(notebook)
            for uri, notebook in self._notebooks.items()
            if notebook.language == "python" and self._options.runs(docs / uri)
        }
        self.pages: dict[str, NotebookPage] = {}
        """Path of the notebook, from the folder of the pages → its page."""
        self.figures: dict[str, Rendering] = {}
        """The figures in notebooks, by name."""
        self._drawn: dict[str, list[str]] = {}
        self.files: dict[str, bytes] = {}
        """URL relative to the site → a file that readers may take away."""

    def receive(
        self,
        executed: Batch,
        earlier: "NotebookSite | None",
    ) -> None:
        """Make the pages of what came of executing the notebooks.

        Parameters
        ----------
        executed
            The results of the tasks.
        earlier
            The site as it was before, for a preview: its pages stay where a notebook fails.

        Raises
        ------
        DrawingError
            A notebook failed, and there is no preview.
        """
        messages = {failure.name: failure.message for failure in executed.failures}
        failed = [messages[task.name] for task in self.tasks.values() if task.name in messages]
        if failed and earlier is None:
            raise DrawingError("\n".join(failed))
        for uri, notebook in self._notebooks.items():
            task = self.tasks.get(uri)
            if task is None:
                self._show_stored(uri, notebook)
            elif task.name in executed.products:
                self._make(uri, notebook, executed.products[task.name])
            else:
                self._keep(uri, notebook, messages[task.name], earlier)

    def read(self) -> None:
        """Make the pages of what authors wrote, without what their code shows."""
        for uri, notebook in self._notebooks.items():
            self.pages[uri] = notebook_page(notebook, None, self._options)

    def place(self, message: str) -> str:
        """Return a message with the line of a notebook that its page's line is from."""
        for uri, page in self.pages.items():
            message = page.placed(message, self._notebooks[uri].path)
        return message

    def _make(self, uri: str, notebook: Notebook, product: TaskResult) -> None:
        project = self._context.project
        drawn = renderings(notebook, product)
        self.figures.update(drawn)
        self._drawn[uri] = list(drawn)
        for name, rendering in drawn.items():
            if not rendering.product.facts.get("named", True):
                self.notes.append(
                    f"{notebook.path}: a picture has no name, caption and alt text, and is shown "
                    f"as {name!r}; to give them, begin its cell with `# fig: name — Caption.` and "
                    "`# alt: …`"
                )
        trace = self._context.status(self.tasks[uri]).trace
        files = downloads(project, notebook, product, trace)
        end = run_it_yourself(notebook, self._add(uri, notebook, files))
        self._page(uri, notebook, product, end)

    def _show_stored(self, uri: str, notebook: Notebook) -> None:
        """Make the page of a notebook that is not run: with what is stored in it."""
        path = self._context.project.root / notebook.path
        product = TaskResult({}, {"cells": stored(read_document(path)), "figures": {}}, 0.0)
        why = "mkdocs-jupyter is told not to"
        if notebook.language != "python":
            why = f"it is in {notebook.language}, and only Python is"
        self.notes.append(f"{notebook.path}: is not run: {why}. Its page shows stored results.")
        note = "The results on this page were stored in the notebook; they were not run anew."
        files = {path.suffix[1:]: path.read_bytes()}
        suffix, address = next(iter(self._add(uri, notebook, files).items()))
        stem = posixpath.basename(notebook.name)
        end = (
            f'This page is a notebook: [`{stem}.{suffix}`]({address}){{ download="{stem}.{suffix}" '
            "}."
        )
        self._page(uri, notebook, product, end, note)

    def _page(
        self, uri: str, notebook: Notebook, product: TaskResult, end: str, note: str = ""
    ) -> None:
        """Make a page, and the files that it shows: images, and what prose brings."""
        folder = f"{DOWNLOADS}/{notebook.name}"
        for outputs in product.facts["cells"].values():
            for output in outputs:
                if output["kind"] == "image":
                    content = base64.b64decode(output["text"])
                    self.files[f"{folder}/{image_name(output)}"] = content
        if any(attached(cell.source) for cell in notebook.cells if cell.kind == "markdown"):
            document = read_document(self._context.project.root / notebook.path)
            for (cell, name), content in attachments(document).items():
                self.files[f"{folder}/{attachment_name(cell, name)}"] = content
        self.notes += [
            f"{notebook.place(cell)}: a raw cell in {cell.form} is for other writers than pages, "
            "and left out."
            for cell in notebook.cells
            if cell.kind == "raw" and cell.form not in RAW
        ]
        self.notes += [
            f"{notebook.path}, cell {number}: {output['text']}"
            for number, outputs in product.facts["cells"].items()
            for output in outputs
            if output["kind"] == "note"
        ]
        files = posixpath.relpath(folder, posixpath.dirname(uri) or ".")
        self.pages[uri] = notebook_page(
            notebook, product, self._options, end, note=note, files=files
        )

    def _add(self, uri: str, notebook: Notebook, files: Mapping[str, bytes]) -> dict[str, str]:
        """Add files that readers may take away: suffix → content; return their addresses."""
        addresses = {}
        for suffix, content in files.items():
            url = f"{DOWNLOADS}/{notebook.name}.{suffix}"
            self.files[url] = content
            addresses[suffix] = posixpath.relpath(url, posixpath.dirname(uri) or ".")
        return addresses

    def _keep(
        self, uri: str, notebook: Notebook, message: str, earlier: "NotebookSite | None"
    ) -> None:
        """Let a page stay as it was, and say on it what failed."""
        if earlier and uri in earlier.pages:
            names = self._drawn[uri] = earlier._drawn.get(uri, [])
            self.figures.update({name: earlier.figures[name] for name in names})
            prefix = f"{DOWNLOADS}/{notebook.name}"
            self.files.update(
                {
                    url: file
                    for url, file in earlier.files.items()
                    if url.startswith((f"{prefix}.", f"{prefix}/"))
                }
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
