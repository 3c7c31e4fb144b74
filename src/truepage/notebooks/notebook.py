"""Notebooks: reading them, and executing one as a task.

A notebook is a `.ipynb`, or a script or Markdown file that jupytext reads as one. Its code cells
are executed together, one after another, when they or anything they touched changed
(`truepage.notebooks.executing`). Prose is no part of that. Outputs that are stored in the file are
ignored, but for a notebook that is not to be run, or is in another language.
"""

import hashlib
import json
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from truepage.engine.errors import DeclarationError
from truepage.engine.project import Project
from truepage.engine.stat_cache import StatCache
from truepage.engine.task import Task
from truepage.figures.discover import Figure
from truepage.notebooks.cells import (
    RAISES,
    Cell,
    described,
    faults,
    place,
    python,
    read_cell,
    tags,
    tree_of,
)
from truepage.notebooks.outputs import attached, read_document
from truepage.notebooks.prose import as_on_pages

SUFFIXES = (".ipynb", ".py", ".md")

_READ = f"notebook 7 {platform.python_version()}"
"""Changes with what is made of a notebook's file."""


@dataclass(frozen=True)
class Notebook:
    """A notebook as it stands in its file.

    Parameters
    ----------
    path
        The file, from the project's root.
    name
        What messages and commands call it: the file without suffix, from the pages' folder.
    cells
        Its cells.
    digest
        What its code cells do: their syntax trees, and what makes a difference beside them.
    script
        The whole as a Python script, of a notebook that is none.
    language
        What its cells are in. Only Python is run.
    """

    path: str
    name: str
    cells: tuple[Cell, ...]
    digest: str
    script: str = field(default="", repr=False)
    language: str = "python"

    @property
    def code(self) -> tuple[Cell, ...]:
        """Its code cells."""
        return tuple(cell for cell in self.cells if cell.kind == "code")

    def place(self, cell: Cell, line: int = 0) -> str:
        """Return a line of a cell, counted from 0, as messages show it."""
        if 0 <= line < len(cell.origins):
            return place(self.path, cell.number, cell.origins[line])
        return place(self.path, cell.number, cell.line + line)


def looks_like_notebook(path: Path) -> bool:
    """Tell whether a file is a notebook: by its suffix, or by how it begins."""
    if path.suffix == ".ipynb":
        return True
    if path.suffix not in SUFFIXES:
        return False
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.read(2000)
    if path.suffix == ".md":
        return head.startswith("---") and "kernelspec:" in head.partition("\n---")[0]
    return bool(re.search(r"^# (?:%%|jupyter:)", head, re.MULTILINE))


def find_notebooks(docs: Path) -> list[Path]:
    """Return the notebooks in a folder of pages, in order of name."""
    return [
        path
        for path in sorted(docs.rglob("*"))
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(docs).parts)
        and looks_like_notebook(path)
    ]


def read_notebooks(
    project: Project,
    paths: Iterable[Path],
    docs: Path,
    figures: Mapping[str, Figure],
    index: StatCache | None = None,
) -> dict[str, Notebook]:
    """Read notebooks; return them by name.

    Parameters
    ----------
    project
        The project.
    paths
        The files.
    docs
        The folder of the pages, which names are told from.
    figures
        The project's figures: none in a notebook may have the name of one of them.
    index
        What is known of files: one that did not change is not read again.

    Raises
    ------
    DeclarationError
        A file is no notebook in Python, a cell is no Python, a figure lacks its name, caption or
        alternative text, or two have one name. The message lists all that is wrong.
    """
    index = index or StatCache(None)
    notebooks: dict[str, Notebook] = {}
    problems: list[str] = []
    places = {figure.name: figure.place for figure in figures.values()}
    for path in paths:
        shown = project.relative(path)

        def read(source: bytes, path: Path = path, shown: str = shown) -> object:
            found = _read(source, path, shown)
            return found if isinstance(found, str) else json.loads(json.dumps(asdict(found)))

        found = index.derived(str(path), f"{_READ} {shown}", read)
        if isinstance(found, str):
            problems.append(found)
            continue
        cells = tuple(map(read_cell, found["cells"]))
        name = path.relative_to(docs).with_suffix("").as_posix()
        notebook = Notebook(shown, name, cells, found["digest"], found["script"], found["language"])
        for cell in notebook.code:
            here = notebook.place(cell, -cell.described)
            if cell.figure and (other := places.setdefault(cell.figure, here)) != here:
                problems.append(
                    f"{here}: a second figure is named {cell.figure!r}; the first is at {other}. "
                    "Rename one of them."
                )
        if name in notebooks:
            other = notebooks[name].path
            problems.append(
                f"{shown}: another notebook has this name: {other}. Rename one, or leave one out "
                "by `ignore` of mkdocs-jupyter."
            )
        notebooks[name] = notebook
    if problems:
        raise DeclarationError("\n".join(problems))
    return notebooks


def execution(notebook: Notebook) -> Task:
    """Return the task of executing a notebook."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", notebook.name).strip("-") or "notebook"
    cells = [
        {
            "number": cell.number,
            "line": cell.line,
            "source": cell.python,
            "quiet": cell.is_quiet,
            "raises": RAISES in cell.tags,
            "figure": cell.figure,
            "alts": [as_on_pages(alt) for alt in cell.alts],
            "unsaid": f"What cell {cell.number} draws.",
            "unnamed": f"{slug}-cell-{cell.number}",
        }
        for cell in notebook.code
    ]
    return Task(
        name="notebook-" + re.sub(r"[^A-Za-z0-9]+", "-", notebook.name),
        identity=("notebook", notebook.name, notebook.path, notebook.digest),
        place=notebook.path,
        words=f"notebook {notebook.name!r}",
        module="truepage.notebooks.executing",
        request={"path": notebook.path, "cells": cells},
        may_be_untracked=True,
        done="executed",
        result="result",
        holds="its cells",
    )


def _digest(cells: Iterable[Cell]) -> str:
    """Return the digest of what code cells do."""
    what = [
        [tree_of(cell.python), cell.is_quiet, RAISES in cell.tags, cell.figure, cell.alts]
        for cell in cells
        if cell.kind == "code"
    ]
    return hashlib.sha256(json.dumps(what).encode("utf-8", "surrogatepass")).hexdigest()


def _read(source: bytes, path: Path, shown: str) -> Notebook | str:
    """Return the notebook that a file holds, or what is wrong with it, a line for each fault."""
    try:
        import jupytext  # slow to import, and only here when a notebook is new
    except ImportError:
        return (
            f"{shown}: reading notebooks needs jupytext; install it: pip install truepage[mkdocs]"
        )
    try:
        document = read_document(path, source)
    except Exception as error:  # jupytext and nbformat raise what they like
        words = str(error).strip().partition("\n")[0][:200]
        return f"{shown}: cannot be read as a notebook: {type(error).__name__}: {words}"
    metadata = document.metadata
    language = metadata.get("kernelspec", {}).get("language") or metadata.get(
        "language_info", {}
    ).get("name", "python")
    text = source.decode("utf-8-sig")
    script = path.suffix == ".py"
    lines = text.split("\n") if path.suffix != ".ipynb" else None
    cells: list[Cell] = []
    problems: list[str] = []
    number = at = 0
    for found in document.cells:
        line = 1
        if lines is not None:
            at, line = _find(found.source, lines, at)
        number += found.cell_type == "code"
        cell = Cell(
            kind=found.cell_type,
            source=found.source,
            number=number if found.cell_type == "code" else 0,
            line=line,
            tags=tags(found),
            hidden=bool(found.metadata.get("jupyter", {}).get("source_hidden")),
            form=str(found.metadata.get("raw_mimetype") or found.metadata.get("format") or ""),
        )
        if cell.kind == "code" and language == "python":
            cell = described(cell, found.metadata, shown, problems)
            cell = replace(cell, python=python(cell.source))
            problems.extend(faults(cell, shown))
        names = found.get("attachments", {})
        problems.extend(
            f"{shown}, cell {len(cells) + 1} of all: the attachment {name!r} is not in this cell; "
            f"it has {', '.join(names) or 'none'}. Attach it again."
            for name in (attached(cell.source) if cell.kind == "markdown" else ())
            if name not in names
        )
        cells.append(cell)
    if problems:
        return "\n".join(problems)
    whole = ""
    if not script and language == "python":
        whole = jupytext.writes(document, fmt="py:percent")
    return Notebook(shown, "", tuple(cells), _digest(cells), whole, language)


def _find(source: str, lines: Sequence[str], start: int) -> tuple[int, int]:
    """Return where a cell ends in its file, and the line on which it begins.

    In a script prose is commented, and so are magics: lines are compared without that.
    """
    wanted = [_bare(line) for line in source.split("\n")]
    for at in range(start, len(lines) - len(wanted) + 1):
        if all(_bare(lines[at + i]) == line for i, line in enumerate(wanted)):
            return at + len(wanted), at + 1
    return start, start + 1


def _bare(line: str) -> str:
    return re.sub(r"^[#\s]+", "", line).rstrip()
