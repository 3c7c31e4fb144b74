"""Cells of notebooks: their code as Python, and the comments that describe their figures."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from truepage.figures.blocks import NAME

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


def place(path: str, cell: int, line: int) -> str:
    """Return a line as messages show it: in an `.ipynb`, of the cell.

    Examples
    --------
    >>> place("docs/a.py", 2, 40), place("docs/a.ipynb", 2, 1)
    ('docs/a.py:40', 'docs/a.ipynb, cell 2:1')
    """
    inside = f", cell {cell}" if path.endswith(".ipynb") and cell else ""
    return f"{path}{inside}:{line}"


def read_cell(document: Mapping[str, Any]) -> Cell:
    """Return a cell that was kept as JSON."""
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
    }
    return Cell(**fields)


def tree_of(source: str) -> str:
    """Return what code does, without comments and layout."""
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source


def tags(cell: Any) -> tuple[str, ...]:
    """Return a cell's tags, and what else says the same: of nbsphinx, and of JupyterLab."""
    tags = [str(tag) for tag in cell.metadata.get("tags", ())]
    if cell.metadata.get("nbsphinx") == "hidden":
        tags.append("remove-cell")
    if cell.metadata.get("jupyter", {}).get("outputs_hidden"):
        tags.append("hide-output")
    return tuple(dict.fromkeys(tags))


def python(source: str) -> str:
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


def described(cell: Cell, metadata: Mapping[str, Any], shown: str, problems: list[str]) -> Cell:
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


def faults(cell: Cell, shown: str) -> list[str]:
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
