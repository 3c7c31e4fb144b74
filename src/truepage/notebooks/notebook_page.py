"""A notebook, executed, as the Markdown of a page.

Prose stays as it is, but for formulas between dollar signs, which Jupyter knows and pages write in
another way. Code becomes fences, what it showed becomes fences and figures. So a notebook's page is
made by the same extensions as every other page.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from truepage.engine.task import TaskResult
from truepage.figures.draw import Rendering
from truepage.notebooks.cells import ANSWER, Cell
from truepage.notebooks.notebook import Notebook
from truepage.notebooks.options import Options
from truepage.notebooks.outputs import ATTACHED, image_name
from truepage.notebooks.prose import as_on_pages, prose

FAILED = "This notebook could not be executed. What you see is an earlier result."

FOLD = "Answer"
"""What a folded answer is called."""

# Tags as MyST-NB, Jupyter Book and nbconvert have them.
WITHOUT = {"cell": {"remove-cell", "remove_cell"}, "code": {"remove-input", "remove_input"}}
WITHOUT["outputs"] = {"remove-output", "remove_output"}
FOLDED = {"code": "hide-input", "outputs": "hide-output"}
FOLDED_CELL = "hide-cell"

RAW = {"", "text/html", "text/markdown", "text/x-markdown"}
"""Forms of raw cells that pages have: the others are for other writers, such as LaTeX."""


@dataclass(frozen=True)
class NotebookPage:
    """The Markdown of a notebook's page.

    Parameters
    ----------
    text
        The whole.
    places
        Where in the author's file each of its lines is from, as messages show it.
    """

    text: str
    places: tuple[str, ...]

    def placed(self, message: str, path: str) -> str:
        """Return a message on a line of the page with the line that it is from.

        Parameters
        ----------
        path
            The page's file, as messages show it.
        """
        match = re.match(rf"{re.escape(path)}:(\d+)(?::\d+)?: ", message)
        if match and int(match[1]) <= len(self.places):
            return f"{self.places[int(match[1]) - 1]}: {message[match.end() :]}"
        return message

    def with_failure(self, message: str, words: str = FAILED) -> "NotebookPage":
        """Return the page with a note that it is an earlier one, in place of one that it has."""
        lines = self.text.split("\n")
        at = next((i + 1 for i, line in enumerate(lines) if line.startswith("# ")), 0)
        if at + 1 < len(lines) and lines[at + 1].startswith("!!! failure"):
            return self  # what failed first stays to be seen: it is the page of before that
        note = ["", *failed(message, words)]
        place = self.places[0] if self.places else ""
        return NotebookPage(
            "\n".join([*lines[:at], *note, *lines[at:]]),
            (*self.places[:at], *[place] * len(note), *self.places[at:]),
        )


class _Lines:
    """Lines of Markdown that know where they are from."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.indent = ""

    def add(self, *lines: str, place: str) -> None:
        """Add lines that are from one place."""
        self.lines += [(f"{self.indent}{line}" if line else "", place) for line in lines]


def notebook_page(
    notebook: Notebook,
    product: TaskResult | None,
    options: Options,
    end: str = "",
    failure: str = "",
    *,
    note: str = "",
    files: str = "",
) -> NotebookPage:
    """Return the page of a notebook.

    Parameters
    ----------
    notebook
        The notebook.
    product
        What came of executing it; None: nothing.
    options
        What to show of it.
    end
        Markdown that comes last.
    failure
        Why it could not be executed, or "".
    note
        What is said before all, or "".
    files
        Address of the folder with images and attachments, from the page's file.
    """
    out = _Lines()
    cells = notebook.cells
    begin = int(bool(cells) and cells[0].kind == "raw" and cells[0].source.startswith("---"))
    for first in cells[:begin]:  # front matter
        out.add(*first.source.split("\n"), "", place=notebook.place(first))
    out.add(*failed(failure), place=notebook.path)
    if cells[begin : begin + 1] and cells[begin].kind != "markdown":
        out.add(*_said(note), place=notebook.path)
        note = ""
    is_folded = False
    for at, cell in enumerate(cells[begin:], start=begin):
        if (options.without_cells | WITHOUT["cell"]) & set(cell.tags):
            continue
        if (ANSWER in cell.tags) != is_folded:
            is_folded = not is_folded
            out.indent = ""
            if is_folded:
                out.add(f'??? success "{FOLD}"', "", place=notebook.place(cell))
                out.indent = "    "
        if cell.kind == "markdown":
            source = _with_attachments(cell.source, f"{files}/{at}-")
            for line, number in prose(source):
                out.add(line, place=notebook.place(cell, number))
            out.add("", place=notebook.place(cell))
            out.add(*_said(note), place=notebook.path)  # after the title
            note = ""
        elif cell.kind == "raw":
            if cell.form in RAW:
                for number, line in enumerate(cell.source.split("\n")):
                    out.add(line, place=notebook.place(cell, number))
                out.add("", place=notebook.place(cell))
        else:
            _add_code(out, notebook, cell, product, options, files)
    out.indent = ""
    out.add(*end.split("\n"), place=notebook.path)
    return NotebookPage(
        "\n".join(line for line, _ in out.lines), tuple(place for _, place in out.lines)
    )


def failed(message: str, words: str = FAILED) -> list[str]:
    """Return a note that a page's results are not those of its code, if there is a message."""
    if not message:
        return []
    fence = _fence(message)
    return [
        f'!!! failure "{words}"',
        "",
        *(
            f"    {line}" if line else ""
            for line in (f"{fence} {{ .text .no-copy }}", *message.split("\n"), fence)
        ),
        "",
    ]


def _said(note: str) -> list[str]:
    return ["", '!!! note ""', "", f"    {note}", ""] if note else []


def attachment_name(cell: int, name: str) -> str:
    """Return the name of the file that a cell of prose brings with it.

    Examples
    --------
    >>> attachment_name(3, "an image.PNG")
    '3-an-image.PNG'
    """
    return f"{cell}-{_safe(name)}"


def _with_attachments(source: str, before: str) -> str:
    return ATTACHED.sub(lambda found: before + _safe(unquote(found["name"])), source)


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", name)


def _add_code(
    out: _Lines,
    notebook: Notebook,
    cell: Cell,
    product: TaskResult | None,
    options: Options,
    files: str,
) -> None:
    """Add a code cell: its code, and what it shows."""
    code = cell.source.rstrip()
    skipped = len(code) - len(code.lstrip("\n"))
    tags, place, indent = set(cell.tags), notebook.place(cell), out.indent

    def fold(name: str, is_folded: bool) -> None:
        if is_folded and not out.indent:
            out.add(f'??? note "{name}"', "", place=place)
            out.indent = "    "

    fold("Cell", FOLDED_CELL in tags)
    if code and options.code and not (options.without_code | WITHOUT["code"]) & tags:
        fold("Code", FOLDED["code"] in tags or cell.hidden)
        fence = _fence(code)
        out.add(f"{fence} {{ .{_language(notebook, code)} }}", place=place)
        for at, line in enumerate(code.lstrip("\n").split("\n"), start=skipped):
            out.add(line, place=notebook.place(cell, at))
        out.add(fence, "", place=place)
        if FOLDED_CELL not in tags:
            out.indent = indent
    if product and not (options.without_outputs | WITHOUT["outputs"]) & tags:
        blocks = list(_outputs(cell, product.facts["cells"].get(str(cell.number), ()), files))
        if blocks:
            fold("Output", FOLDED["outputs"] in tags)
        for block in blocks:
            out.add(*block, "", place=place)
    out.indent = indent


_LANGUAGES = {"bash": "bash", "sh": "bash", "html": "html", "latex": "latex", "javascript": "js"}


def _language(notebook: Notebook, code: str) -> str:
    """Return what a cell's code is coloured as."""
    magic = re.match(r"\s*%%(\w+)", code)
    if magic and magic[1] in _LANGUAGES:
        return _LANGUAGES[magic[1]]
    return notebook.language.lower().replace("+", "p").replace("#", "sharp").replace(" ", "")


def _outputs(cell: Cell, outputs: Sequence[Mapping[str, str]], files: str) -> Iterator[list[str]]:
    """Yield what a cell shows, as Markdown; text that follows on text is one block with it."""
    text, drawn = "", 0
    for output in [*outputs, {"kind": "end", "text": ""}]:
        kind, content = output["kind"], output["text"]
        if kind in {"stream", "text"}:
            text += content if content.endswith("\n") else f"{content}\n"
            continue
        if text.strip():
            shown = text.rstrip().lstrip("\n")
            fence = _fence(shown)
            yield [f"{fence} {{ .text .truepage-output .no-copy }}", *shown.split("\n"), fence]
        text = ""
        if kind == "figure":
            yield [f"![{as_on_pages(cell.caption(drawn))}](figure:{content})"]
            drawn += 1
        elif kind == "image":
            yield [f"![What cell {cell.number} shows.]({files}/{image_name(dict(output))})"]
        elif kind == "note":
            yield [f"*{content}*"]
        elif kind == "markdown":
            yield [line for line, _ in prose(content)]
        elif kind == "latex":
            yield [line for line, _ in prose(_display(content))]
        elif kind == "html":
            lines = (line for line in content.split("\n") if line.strip())
            yield ['<div class="truepage-result">', *lines, "</div>"]


def _display(latex: str) -> str:
    """Return LaTeX that is displayed as prose has it: a formula stands between dollars."""
    tex = latex.strip()
    if re.fullmatch(r"\$[^$]+\$", tex, re.DOTALL):
        return f"$${tex.strip('$')}$$"
    is_whole = tex.startswith(("$", r"\begin{"))
    return tex if is_whole or "$" in tex else f"$${tex}$$"


def _fence(text: str) -> str:
    """Return a fence that nothing in a text ends."""
    return "`" * (3 + max((len(ticks) for ticks in re.findall(r"`{3,}", text)), default=0))


def renderings(notebook: Notebook, product: TaskResult) -> dict[str, Rendering]:
    """Return the figures that a notebook draws, by name, as those of `figures/` are."""
    found = {}
    for name, facts in product.facts["figures"].items():
        prefix = f"{name}."
        files = {
            suffix.removeprefix(prefix): content
            for suffix, content in product.files.items()
            if suffix.startswith(prefix)
        }
        found[name] = Rendering(name, "svg", TaskResult(files, facts, product.seconds))
    return found
