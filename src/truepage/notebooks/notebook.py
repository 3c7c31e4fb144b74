"""Notebooks: reading them, and executing one as a job.

A notebook is a `.ipynb`, or a script or Markdown file that jupytext reads as one. Its code cells
are executed together, one after another, when they or anything they touched changed
(`truepage.notebooks.executing`). Prose is no part of that. Outputs that are stored in the file are
ignored, but for a notebook that is not to be run, or is in another language.
"""

import ast
import hashlib
import json
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from truepage.engine.errors import DeclarationError
from truepage.engine.project import Project
from truepage.engine.stat_cache import Index
from truepage.engine.task import Task
from truepage.figures.blocks import NAME
from truepage.figures.discover import Figure
from truepage.notebooks.outputs import attached, read_document
from truepage.notebooks.prose import as_on_pages

SUFFIXES = (".ipynb", ".py", ".md")

ANSWER = "answer"
"""Tag of the cells that are an exercise's answer: a page folds them."""

RAISES = "raises-exception"
"""Tag of a cell that is to raise an exception, as Jupyter has it."""

# Magics that say how Jupyter shows things, when it reads modules again, or what it has installed;
# those that measure, with nothing left behind; and questions to its help: nothing to do here.
MAGIC = re.compile(
    r"^(?P<indent>[ \t]*)(?:%(?:config|matplotlib|load_ext|reload_ext|autoreload|timeit|prun|mamba"
    r"|conda|pip|pylab|precision|xmode|who|whos|history|tb)\b.*"
    r"|!\s*(?:python3? -m )?(?:pip3?|conda|mamba|apt|apt-get)\b.*"
    r"|\?{1,2}\w[\w.]*|%?\w[\w.]*\?{1,2})"
    r"[ \t]*$",
    re.MULTILINE,
)
TIMED = re.compile(r"^(?P<indent>[ \t]*)%time\b[ \t]*", re.MULTILINE)
CELL_MAGIC = re.compile(r"\s*%%(?P<name>\w+)(?P<line>.*)\n?")
OTHER = re.compile(r"^\s*(?:%|!|[\w, ]+=\s*[%!])")

SAYS = re.compile(r"#\s*(?P<key>fig|alt)\s*:\s*(?P<text>.*)")
SAYS_MORE = re.compile(r"#\s{2,}(?P<text>\S.*)")
NAMED = re.compile(r"(?P<name>\S+)\s+[—–-]+\s+(?P<caption>.+)")

AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
"""As in Jupyter, a cell may wait for something."""

_READ = f"notebook 7 {platform.python_version()}"
"""Changes with what is made of a notebook's file."""


@dataclass(frozen=True)
class Cell:
    """One cell.

    Parameters
    ----------
    kind
        ``code``, ``markdown`` or ``raw``.
    source
        Its text; of code without the comments that describe its figure.
    number
        Of a code cell: the how manieth it is, from 1.
    line
        Where `source` begins: line of the file, or of the cell in an `.ipynb`.
    tags
        Its tags.
    figure
        Name of the figure that it draws, as `# fig:` says.
    captions, alts
        What comments say of its figures, in the order in which it draws them.
    unsaid
        What it says of those that no comment describes.
    described
        How many lines above `source` describe its figure.
    python
        Of code, what is run: Python, line by line.
    hidden
        Whether its code is folded where it is edited (Jupyter's `source_hidden`).
    form
        Of a raw cell, what its text is in: a MIME type, or nothing.
    origins
        Line of the file that each line of `source` is from, where they do not follow each other.
    """

    kind: str
    source: str
    number: int = 0
    line: int = 1
    tags: tuple[str, ...] = ()
    figure: str = ""
    captions: tuple[str, ...] = ()
    alts: tuple[str, ...] = ()
    unsaid: str = ""
    described: int = 0
    python: str = ""
    hidden: bool = False
    form: str = ""
    origins: tuple[int, ...] = ()

    def caption(self, at: int) -> str:
        """Return the caption of one of its figures, counted from 0."""
        return self.captions[at] if at < len(self.captions) else self.unsaid

    @property
    def is_quiet(self) -> bool:
        """Whether the value of its last expression is not shown: it ends with a semicolon."""
        last = self.source.rstrip().rpartition("\n")[2].partition("#")[0]
        return last.rstrip().endswith(";")


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


def place(path: str, cell: int, line: int) -> str:
    """Return a line as messages show it: in an `.ipynb`, of the cell.

    Examples
    --------
    >>> place("docs/a.py", 2, 40), place("docs/a.ipynb", 2, 1)
    ('docs/a.py:40', 'docs/a.ipynb, cell 2:1')
    """
    inside = f", cell {cell}" if path.endswith(".ipynb") and cell else ""
    return f"{path}{inside}:{line}"


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
    index: Index | None = None,
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
    index = index or Index(None)
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


def read_cell(document: Mapping[str, Any]) -> Cell:
    """Return a cell that was kept as JSON."""
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
    }
    return Cell(**fields)


def execution(notebook: Notebook) -> Task:
    """Return the job of executing a notebook."""
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
        task="truepage.notebooks.executing",
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


def tree_of(source: str) -> str:
    """Return what code does, without comments and layout."""
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source


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
            tags=_tags(found),
            hidden=bool(found.metadata.get("jupyter", {}).get("source_hidden")),
            form=str(found.metadata.get("raw_mimetype") or found.metadata.get("format") or ""),
        )
        if cell.kind == "code" and language == "python":
            cell = _described(cell, found.metadata, shown, problems)
            cell = replace(cell, python=_python(cell.source))
            problems.extend(_faults(cell, shown))
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


def _tags(cell: Any) -> tuple[str, ...]:
    """Return a cell's tags, and what else says the same: of nbsphinx, and of JupyterLab."""
    tags = [str(tag) for tag in cell.metadata.get("tags", ())]
    if cell.metadata.get("nbsphinx") == "hidden":
        tags.append("remove-cell")
    if cell.metadata.get("jupyter", {}).get("outputs_hidden"):
        tags.append("hide-output")
    return tuple(dict.fromkeys(tags))


def _python(source: str) -> str:
    """Return a cell's code as Python: what IPython makes of its magics, line by line."""
    found = CELL_MAGIC.match(source)
    head = ""
    if found and found["name"] in {"time", "capture", "prun"}:
        # Their body is run as any other: what they measure is another each time.
        head, source = "\n" * source.count("\n", 0, found.end()), source[found.end() :]
    elif found and found["name"] == "timeit":
        return "pass"
    source = head + TIMED.sub(r"\g<indent>", MAGIC.sub(r"\g<indent>pass", source))
    if not (any(map(OTHER.match, source.split("\n"))) or CELL_MAGIC.match(source)):
        return source
    from IPython.core.inputtransformer2 import TransformerManager  # slow to import

    manager: Any = TransformerManager
    return str(manager().transform_cell(source))


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


def _described(cell: Cell, metadata: Mapping[str, Any], shown: str, problems: list[str]) -> Cell:
    """Return a cell with what its first comments, or its metadata, say of its figure."""
    said = {key: str(metadata[key]) for key in ("fig", "alt") if key in metadata}
    lines = cell.source.split("\n")
    key, at = "", 0
    for at, line in enumerate(lines):  # noqa: B007 (where it stops is what is wanted)
        if match := SAYS.fullmatch(line.rstrip()):
            key = match["key"]
            said[key] = match["text"].strip()
        elif key and (match := SAYS_MORE.fullmatch(line.rstrip())):
            said[key] = f"{said[key]} {match['text'].strip()}"
        else:
            break
    here = place(shown, cell.number, cell.line)
    if not said:
        return cell
    named = NAMED.fullmatch(said.get("fig", ""))
    if not named:
        problems.append(
            f"{here}: the figure of cell {cell.number} has no name and caption; "
            "expected the cell to begin with `# fig: name — Caption.`"
        )
    elif not NAME.fullmatch(named["name"]):
        problems.append(
            f"{here}: a figure cannot be named {named['name']!r}; expected letters, digits and "
            "single hyphens."
        )
    if not said.get("alt"):
        problems.append(
            f"{here}: the figure of cell {cell.number} has no alt text; expected one or two "
            "sentences that say what the picture shows, in a comment below its name: `# alt: …`"
        )
    return replace(
        cell,
        source="\n".join(lines[at:]),
        line=cell.line + at,
        figure=named["name"] if named else "",
        captions=(named["caption"].strip(),) if named else (),
        alts=(said["alt"],) if said.get("alt") else (),
        described=at,
    )


def _faults(cell: Cell, shown: str) -> list[str]:
    """Return what is wrong with a cell's code, as far as that is seen before it is executed."""
    try:
        compile(ast.parse(cell.python), shown, "exec", AWAIT, dont_inherit=True)
    except SyntaxError as error:
        number = min(error.lineno or 1, len(cell.source.split("\n")))
        here = place(shown, cell.number, cell.line + number - 1)
        return [f"{here}: cell {cell.number} is not valid Python: {error.msg}."]
    except (ValueError, RecursionError, MemoryError) as error:
        here = place(shown, cell.number, cell.line)
        return [f"{here}: cell {cell.number} is not valid Python: {error}."]
    return []
