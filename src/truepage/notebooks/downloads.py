"""The files that readers of a notebook may take away, and what its page says of them."""

import base64
import io
import json
import posixpath
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from truepage.engine.dependencies.base import ABSENT
from truepage.engine.dependencies.code import Module
from truepage.engine.dependencies.files import File
from truepage.engine.dependencies.machine import Distribution
from truepage.engine.project import Project
from truepage.engine.task import TaskResult
from truepage.engine.trace import Trace
from truepage.notebooks.cells import ANSWER
from truepage.notebooks.notebook import Notebook
from truepage.notebooks.outputs import IMAGES


def executed(notebook: Notebook, product: TaskResult) -> bytes:
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
                says = f"# fig: {cell.figure} — {cell.caption(0)}\n# alt: {cell.alts[0]}\n"
            outputs = product.facts["cells"].get(str(cell.number), ())
            made |= {
                "execution_count": cell.number,
                "source": says + cell.source,
                "outputs": [_as_jupyter(output, product) for output in outputs],
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


_MIME = {
    "text": "text/plain",
    "markdown": "text/markdown",
    "latex": "text/latex",
    "note": "text/plain",
}


def _as_jupyter(output: Mapping[str, str], product: TaskResult) -> dict[str, Any]:
    """Return something that a cell shows, as an `.ipynb` has it."""
    kind, text = output["kind"], output["text"]
    if kind == "stream":
        return {"output_type": "stream", "name": "stdout", "text": text}
    if kind == "figure":
        svg = product.files[f"{text}.svg"].decode()
        alt = product.facts["figures"][text]["alt"]
        data: dict[str, str] = {"image/svg+xml": svg, "text/plain": alt}
    elif kind == "image":
        mime = next(mime for mime, suffix in IMAGES.items() if suffix == output["type"])
        content = base64.b64decode(text).decode() if output["type"] == "svg" else text
        data = {mime: content, "text/plain": "(an image)"}
    elif kind == "html":
        data = {"text/html": text, "text/plain": "(a table)"}
    else:
        data = {_MIME[kind]: text}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def downloads(
    project: Project, notebook: Notebook, product: TaskResult, trace: Trace | None
) -> dict[str, bytes]:
    """Return the files that readers may take away: suffix → content.

    Parameters
    ----------
    product, trace
        What came of executing the notebook, and what that touched.
    """
    files = {"ipynb": executed(notebook, product), "py": script(project, notebook)}
    if whole := archive(project, notebook, files, trace):
        files["zip"] = whole
    return files


def archive(
    project: Project, notebook: Notebook, itself: Mapping[str, bytes], trace: Trace | None
) -> bytes | None:
    """Return a ZIP file in which a notebook runs by itself, or None if it reads other folders.

    It holds the modules and data that the notebook's recording names, and the versions of all
    packages that were imported: some of them by others only, which may not ask for them.

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
    for on in trace.of(Distribution):
        if (version := trace.parts[on.label]) != ABSENT:
            requirements.append(f"{on.name}=={version.partition('+')[0]}")  # not one machine's
    for name in sorted({on.path for on in trace.of(File, Module)}):
        path = project.root / name
        base = next((base for base in bases if name.startswith(f"{base}/")), None)
        if path.is_file() and base is None:
            return None
        if path.is_file() and name != notebook.path:
            files[name.removeprefix(f"{base}/")] = path.read_bytes()
    files["requirements.txt"] = ("\n".join(sorted(requirements)) + "\n").encode()
    return packed(stem, files)


def packed(folder: str, files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP file with one folder; the same files are the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archived:
        for name, content in sorted(files.items()):
            info = zipfile.ZipInfo(f"{folder}/{name}")  # of 1980
            info.external_attr, info.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            archived.writestr(info, content)
    return buffer.getvalue()


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
