"""A notebook, executed, as the Markdown of a page and as files that readers may take away.

Prose stays as it is, but for formulas between dollar signs, which Jupyter knows and pages write in
another way. Code becomes fences, what it showed becomes fences and figures. So a notebook's page is
made by the same extensions as every other page.
"""

import io
import json
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truepage.draw import Rendering
from truepage.errors import DeclarationError
from truepage.job import Product
from truepage.notebooks.notebook import ANSWER, Cell, Notebook
from truepage.project import Project
from truepage.trace import Trace

# Where a formula begins and ends is as in Jupyter: no space inside the dollars, no digit behind.
CODE = re.compile(r"(?P<ticks>`+)(?:.+?)(?P=ticks)(?!`)|\\\$", re.DOTALL)
INLINE = re.compile(r"(?<![\\$])\$(?![\s$`])(?P<tex>(?:\\.|[^$\\\n])*?)(?<![\s\\])\$(?![\d$])")
FENCE = re.compile(r"^\s*(?P<fence>`{3,}|~{3,})")

FOLD = "Answer"
"""What a folded answer is called."""


@dataclass(frozen=True)
class Options:
    """What of a notebook its page shows (the options of mkdocs-jupyter).

    Parameters
    ----------
    code
        Whether code is shown.
    without_cells, without_outputs, without_code
        Tags of the cells that are left out, or whose outputs or code is.
    """

    code: bool = True
    without_cells: frozenset[str] = frozenset()
    without_outputs: frozenset[str] = frozenset()
    without_code: frozenset[str] = frozenset()


# Options of mkdocs-jupyter that can be honoured with one value only, and why.
_ONLY: dict[str, tuple[object, str]] = {
    "execute": (True, "a page's results come from running its code"),
    "execute_ignore": ([], "a page's results come from running its code; use `ignore`"),
    "include_requirejs": (False, "pages load nothing from elsewhere"),
    "custom_mathjax_url": ("", "formulas are set by KaTeX while the site is built"),
    "ignore_h1_titles": (False, "a page's title is its first heading; `title:` in nav is another"),
    "data_files": ({}, "the archive beside a notebook holds the files it reads"),
    "toc_depth": (6, "it is an option of the Markdown extension toc, for all pages"),
}
_TAGS = {
    "remove_cell_tags": "without_cells",
    "remove_all_outputs_tags": "without_outputs",
    "remove_input_tags": "without_code",
}


def read_options(options: Mapping[str, Any]) -> Options:
    """Return what the options of mkdocs-jupyter ask of pages.

    Raises
    ------
    DeclarationError
        One of them cannot be honoured.
    """
    problems = [
        f"mkdocs-jupyter: {name} is {options[name]!r}; expected {value!r}: {why}."
        for name, (value, why) in _ONLY.items()
        if name in options and options[name] != value
    ]
    if options.get("kernel_name", "") not in {"", "python3"}:
        problems.append(
            f"mkdocs-jupyter: kernel_name is {options['kernel_name']!r}; expected 'python3': "
            "notebooks are executed by the Python that builds the site."
        )
    tags = options.get("remove_tag_config", {})
    if unknown := sorted(tags.keys() - _TAGS.keys() - {"enabled"}):
        problems.append(
            f"mkdocs-jupyter: remove_tag_config has {', '.join(unknown)}; expected of it "
            f"{', '.join(_TAGS)}."
        )
    if problems:
        raise DeclarationError("\n".join(problems))
    return Options(
        code=bool(options.get("show_input", True)) and not options.get("no_input", False),
        **{ours: frozenset(tags.get(theirs, ())) for theirs, ours in _TAGS.items()},
    )


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

    def with_failure(self, message: str) -> "NotebookPage":
        """Return the page with a note that it is an earlier one, in place of one that it has."""
        lines = self.text.split("\n")
        at = next((i + 1 for i, line in enumerate(lines) if line.startswith("# ")), 0)
        if at + 1 < len(lines) and lines[at + 1].startswith("!!! failure"):
            return self  # what failed first stays to be seen: it is the page of before that
        note = ["", *failed(message)]
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
    notebook: Notebook, product: Product | None, options: Options, end: str = "", failure: str = ""
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
    """
    out = _Lines()
    cells = list(notebook.cells)
    if cells and cells[0].kind == "raw" and cells[0].source.startswith("---"):
        first = cells.pop(0)  # front matter
        out.add(*first.source.split("\n"), "", place=notebook.place(first))
    out.add(*failed(failure), place=notebook.path)
    is_folded = False
    for cell in cells:
        if options.without_cells & set(cell.tags) or cell.kind == "raw":
            continue
        if (ANSWER in cell.tags) != is_folded:
            is_folded = not is_folded
            out.indent = ""
            if is_folded:
                out.add(f'??? success "{FOLD}"', "", place=notebook.place(cell))
                out.indent = "    "
        if cell.kind == "markdown":
            for line, at in _prose(cell.source):
                out.add(line, place=notebook.place(cell, at))
            out.add("", place=notebook.place(cell))
        else:
            _add_code(out, notebook, cell, product, options)
    out.indent = ""
    out.add(*end.split("\n"), place=notebook.path)
    return NotebookPage(
        "\n".join(line for line, _ in out.lines), tuple(place for _, place in out.lines)
    )


def failed(message: str) -> list[str]:
    """Return a note that a page's results are not those of its code, if there is a message."""
    if not message:
        return []
    fence = _fence(message)
    return [
        '!!! failure "This notebook could not be executed. What you see is an earlier result."',
        "",
        *(
            f"    {line}" if line else ""
            for line in (f"{fence} {{ .text .no-copy }}", *message.split("\n"), fence)
        ),
        "",
    ]


def _add_code(
    out: _Lines, notebook: Notebook, cell: Cell, product: Product | None, options: Options
) -> None:
    """Add a code cell: its code, and what it shows."""
    code = cell.source.rstrip()
    skipped = len(code) - len(code.lstrip("\n"))
    tags = set(cell.tags)
    if code and options.code and not options.without_code & tags:
        fence, place = _fence(code), notebook.place(cell)
        out.add(f"{fence} {{ .python }}", place=place)
        for at, line in enumerate(code.lstrip("\n").split("\n"), start=skipped):
            out.add(line, place=notebook.place(cell, at))
        out.add(fence, "", place=place)
    if product and not options.without_outputs & tags:
        for block in _outputs(cell, product.facts["cells"].get(str(cell.number), ())):
            out.add(*block, "", place=notebook.place(cell))


def _outputs(cell: Cell, outputs: Sequence[Mapping[str, str]]) -> Iterator[list[str]]:
    """Yield what a cell shows, as Markdown; text that follows on text is one block with it."""
    text = ""
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
            yield [f"![{cell.caption}](figure:{cell.figure})"]
        elif kind == "markdown":
            yield [line for line, _ in _prose(content)]
        elif kind == "latex":
            yield ["```math", *content.strip().strip("$").strip().split("\n"), "```"]
        elif kind == "html":
            lines = (line for line in content.split("\n") if line.strip())
            yield ['<div class="truepage-result">', *lines, "</div>"]


def _fence(text: str) -> str:
    """Return a fence that nothing in a text ends."""
    return "`" * (3 + max((len(ticks) for ticks in re.findall(r"`{3,}", text)), default=0))


def _prose(source: str) -> Iterator[tuple[str, int]]:
    """Yield the lines of prose, formulas written as pages have them, each with its number."""
    fence = ""
    inside = False  # of a display formula
    for at, line in enumerate(source.split("\n")):
        stripped = line.strip()
        if fence or (not inside and (FENCE.match(line))):
            found = FENCE.match(line)
            if not fence and found:
                fence = found["fence"]
            elif stripped.startswith(fence) and not stripped.strip(fence[0]):
                fence = ""
            yield line, at
        elif inside or stripped.startswith("$$"):
            tex = stripped if inside else stripped[2:]
            if not inside:
                yield "", at
                yield "```math", at
            ends = tex.endswith("$$")
            if words := (tex[:-2] if ends else tex).strip():
                yield words, at
            inside = not ends
            if ends:
                yield "```", at
                yield "", at
        else:
            yield _INLINE.sub(_inline, line), at
    if inside:  # the formula is never closed: what is made of it says so
        yield "", at


_INLINE = re.compile(f"{CODE.pattern}|{INLINE.pattern}")


def _inline(match: re.Match[str]) -> str:
    if match["tex"] is not None:
        return f"$`{match['tex']}`$"
    return "$" if match[0] == r"\$" else match[0]


# What readers may take away.


def renderings(notebook: Notebook, product: Product) -> dict[str, Rendering]:
    """Return the figures that a notebook draws, by name, as those of `figures/` are."""
    found = {}
    for name, facts in product.facts["figures"].items():
        prefix = f"{name}."
        files = {
            suffix.removeprefix(prefix): content
            for suffix, content in product.files.items()
            if suffix.startswith(prefix)
        }
        found[name] = Rendering(name, "svg", Product(files, facts, product.seconds))
    return found


def executed(notebook: Notebook, product: Product) -> bytes:
    """Return the notebook with its results, as an `.ipynb`."""
    cells: list[dict[str, Any]] = []
    for at, cell in enumerate(notebook.cells):
        metadata: dict[str, Any] = {"tags": list(cell.tags)} if cell.tags else {}
        if ANSWER in cell.tags:
            metadata["jupyter"] = {"source_hidden": True}  # JupyterLab folds it
        made: dict[str, Any] = {
            "cell_type": cell.kind,
            "id": f"cell-{at + 1}",
            "metadata": metadata,
            "source": cell.source,
        }
        if cell.kind == "code":
            says = ""
            if cell.figure:
                says = f"# fig: {cell.figure} — {cell.caption}\n# alt: {cell.alt}\n"
            outputs = product.facts["cells"].get(str(cell.number), ())
            made |= {
                "execution_count": cell.number,
                "source": says + cell.source,
                "outputs": [_as_jupyter(output, cell, product) for output in outputs],
            }
        cells.append(made)
    document = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


_MIME = {"text": "text/plain", "markdown": "text/markdown", "latex": "text/latex"}


def _as_jupyter(output: Mapping[str, str], cell: Cell, product: Product) -> dict[str, Any]:
    """Return something that a cell shows, as an `.ipynb` has it."""
    kind, text = output["kind"], output["text"]
    if kind == "stream":
        return {"output_type": "stream", "name": "stdout", "text": text}
    if kind == "figure":
        svg = product.files[f"{text}.svg"].decode()
        data: dict[str, str] = {"image/svg+xml": svg, "text/plain": cell.alt}
    elif kind == "html":
        data = {"text/html": text, "text/plain": "(a table)"}
    else:
        data = {_MIME[kind]: text}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def archive(
    project: Project, notebook: Notebook, itself: Mapping[str, bytes], trace: Trace | None
) -> bytes | None:
    """Return a ZIP file in which a notebook runs by itself, or None if it reads other folders.

    It holds the modules and data that the notebook's recording names, and the versions of the
    packages.

    Parameters
    ----------
    itself
        Suffix (``ipynb``, ``py``) → the notebook as such a file.
    trace
        The recording.
    """
    if trace is None:
        return None
    folder = posixpath.dirname(notebook.path)
    stem = posixpath.basename(notebook.name)
    files = {f"{stem}.{suffix}": content for suffix, content in itself.items()}
    bases = [*(project.relative(source) for source in project.source_dirs), folder]
    bases.append(project.relative(project.figures_dir))
    requirements = ["jupyterlab"]
    for label, state in sorted(trace.parts.items()):
        kind, _, name = label.partition(" ")
        if kind == "distribution" and name in _NEEDED:
            requirements.append(f"{name}=={state}")
        if kind not in {"module", "file"}:
            continue
        path = project.root / name
        base = next((base for base in bases if name.startswith(f"{base}/")), None)
        if path.is_file() and base is None:
            return None
        if path.is_file() and name != notebook.path:
            files[name.removeprefix(f"{base}/")] = path.read_bytes()
    files["requirements.txt"] = ("\n".join(sorted(requirements)) + "\n").encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in sorted(files.items()):
            info = zipfile.ZipInfo(f"{stem}/{name}")  # of 1980: the same files are the same bytes
            info.external_attr, info.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            packed.writestr(info, content)
    return buffer.getvalue()


# Of what is imported, what a notebook itself asks for; the rest comes with it.
_NEEDED = {"matplotlib", "numpy", "pandas", "scipy", "seaborn", "sympy", "scikit-learn", "torch"}


def script(project: Project, notebook: Notebook) -> bytes:
    """Return the notebook as a Python script."""
    if notebook.script:
        return notebook.script.encode()
    return Path(project.root, notebook.path).read_bytes()


def run_it_yourself(notebook: Notebook, addresses: Mapping[str, str]) -> str:
    """Return the end of a notebook's page: where to have it, and how to run it.

    Parameters
    ----------
    addresses
        Suffix (``ipynb``, ``py``, ``zip``) → address from the page's file.
    """
    stem = posixpath.basename(notebook.name)
    links = {
        suffix: f'[{words}]({addresses[suffix]}){{ download="{stem}.{suffix}" }}'
        for suffix, words in (
            ("ipynb", f"`{stem}.ipynb`"),
            ("py", f"`{stem}.py`"),
            ("zip", f"`{stem}.zip`"),
        )
        if suffix in addresses
    }
    alone = (
        f"This page is a notebook: {links['ipynb']} with its results, {links['py']} as a script."
    )
    if "zip" not in links:
        return f"## Run it yourself\n\n{alone}"
    return f"""## Run it yourself

{alone} The archive {links["zip"]} has both, and all that they need: the modules, and the versions
of the packages. Python 3.11 or newer is enough.

```sh
python3 -m zipfile --extract {stem}.zip .
cd {stem}
python3 -m venv environment
environment/bin/pip install --requirement requirements.txt
environment/bin/jupyter lab {stem}.ipynb
```
"""
