"""Examples: scripts of a gallery, and the tasks of running them."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from truepage.engine.task import Task
from truepage.notebooks.cells import read_cell
from truepage.notebooks.notebook import Notebook
from truepage.notebooks.prose import as_on_pages

_MARKS = re.compile(r"[`*]|(?<=\])\([^)]*\)|[\[\]]|\$(?=`)|(?<=`)\$")


@dataclass(frozen=True)
class Example:
    """A script of a gallery.

    Parameters
    ----------
    notebook
        Its blocks, as cells. Its name is its path from the project's root, without suffix.
    title
        The title of its page, in Markdown.
    summary
        The first paragraph below it, as plain text.
    doc
        Its docstring, if its code asks for it.
    fails
        The line that says that it is expected to fail, or 0.
    thumbnail
        Number of its picture in the index, from 1; negative numbers count from the last, -1.
    timeout
        Seconds of processor time that it may take; None: as every script.
    imports
        Names of modules that it imports.
    """

    notebook: Notebook
    title: str
    summary: str
    doc: str | None = None
    fails: int = 0
    thumbnail: int = 1
    timeout: int | None = None
    imports: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Its file, from the project's root."""
        return self.notebook.path


def example_from(document: Mapping[str, Any]) -> Example:
    """Return an example that was kept as JSON."""
    cells = tuple(map(read_cell, document["notebook"]["cells"]))
    notebook = Notebook(**{**document["notebook"], "cells": cells})
    imports = tuple(document["imports"])
    return Example(**{**document, "notebook": notebook, "imports": imports})


def running(example: Example, slug: str) -> Task:
    """Return the task of running a script.

    Parameters
    ----------
    slug
        What the names of its pictures begin with: letters, digits and hyphens.
    """
    notebook = example.notebook
    cells = [
        {
            "number": cell.number,
            "line": cell.line,
            "source": cell.python,
            "quiet": cell.is_quiet,
            "raises": bool(example.fails),
            "figure": "",
            "alts": [as_on_pages(alt) for alt in cell.alts],
            "unsaid": plain(cell.unsaid if cell.unsaid == example.title else
                            f"{example.title}: {cell.unsaid}"),
            "unnamed": f"{slug}--{cell.number}",
        }
        for cell in notebook.code
    ]  # fmt: skip
    held = [{**cell, "source": "", "line": 0} for cell in cells]
    what = [notebook.digest, held, example.doc, bool(example.fails)]
    digest = hashlib.sha256(json.dumps(what).encode("utf-8", "surrogatepass"))
    return Task(
        name=f"script-{slug}",
        identity=("script", example.path, digest.hexdigest()),
        place=example.path,
        words="the example",
        module="truepage.notebooks.executing",
        request={
            "path": example.path,
            "cells": cells,
            "script": {"doc": example.doc, "fails": example.fails},
        },
        timeout=example.timeout,
        may_be_untracked=True,
        done="run",
        result="result",
        holds="its code",
    )


def plain(markdown: str) -> str:
    """Return words without marks of Markdown.

    Examples
    --------
    >>> plain("The *first* [link](x) of `a`")
    'The first link of a'
    """
    return " ".join(_MARKS.sub("", markdown).split())
