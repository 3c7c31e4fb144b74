"""What cells show, as pages have it: the best form that a page can show of each thing.

A form that needs a kernel, or a script from somewhere, is not shown; then the next best is, and a
note says so. Results that were stored in a file are read here, too.
"""

import base64
import hashlib
import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

Output = dict[str, str]
"""One thing that a cell shows: its `kind` and its `text`; of a figure, its name; of an image, its
content in base64, and its `type`."""

FIGURE = "application/x-truepage-figure"
"""What a figure is displayed as: its index among those of the cell."""

WIDGET = "application/vnd.jupyter.widget-view+json"

IMAGES = {
    "image/svg+xml": "svg",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
}
"""Images that a page can show → the suffix of their file."""

KINDS = {
    "text/markdown": "markdown",
    "text/latex": "latex",
    "text/html": "html",
    **dict.fromkeys(IMAGES, "image"),
    "text/plain": "text",
}
"""Forms that a value may be displayed in, the best one first."""

QUIET = {"text/plain", "application/json", "text/x-python"}

_ACTIVE = re.compile(
    r"<(?:script|iframe|object|embed|link|meta|base|form)\b|\son[a-z]+\s*=|javascript:|@import"
    r"|url\(\s*[\"']?(?:https?:)?//|\ssrc\s*=\s*[\"']?(?:https?:)?//",
    re.IGNORECASE,
)
_SCOPED = re.compile(r"<style scoped[^>]*>.*?</style>", re.DOTALL | re.IGNORECASE)
_STYLE = re.compile(r"(<style[^>]*>)(.*?)(</style>)", re.DOTALL | re.IGNORECASE)


def best(data: Mapping[str, Any]) -> list[Output]:
    """Return the best form of a value that a page can show, with a note if there was a better one.

    Parameters
    ----------
    data
        MIME type → the value in that form, as Jupyter has it.

    Examples
    --------
    >>> best({"text/html": "<script></script>", "text/plain": "a chart"})[0]
    {'kind': 'text', 'text': 'a chart'}
    """
    if WIDGET in data:
        name = " ".join(_text(data.get("text/plain", "")).split()).partition("(")[0]
        words = f"A widget{f' ({name})' if name else ''} is not shown: it needs a running notebook."
        return [{"kind": "note", "text": words}]
    notes: list[Output] = []
    for mime, kind in KINDS.items():
        if mime not in data:
            continue
        text = _text(data[mime])
        if kind == "html":
            if active := _ACTIVE.search(text):
                words = f"Its HTML is not shown: `{active[0].strip()}` may load or run things."
                notes.append({"kind": "note", "text": words})
                continue
            text = _STYLE.sub(r"\1@scope{\2}\3", _SCOPED.sub("", text))
        if kind == "image":
            content = text.encode() if mime == "image/svg+xml" else base64.b64decode(text)
            coded = base64.b64encode(content).decode()
            return [{"kind": kind, "text": coded, "type": IMAGES[mime]}, *notes]
        return [{"kind": kind, "text": text}, *notes]
    if not notes:
        forms = ", ".join(sorted(data)) or "nothing"
        notes.append({"kind": "note", "text": f"Not shown: {forms}."})
    return notes


def _text(value: object) -> str:
    """Return a value's text, which files may hold line by line."""
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def stored(document: Any) -> dict[str, list[Output]]:
    """Return what the cells of a notebook showed when it was saved, by the number of the cell."""
    found = {}
    number = 0
    for cell in document.cells:
        number += cell.cell_type == "code"
        if cell.cell_type == "code":
            found[str(number)] = [
                part for output in cell.get("outputs", ()) for part in _stored(output)
            ]
    return found


def _stored(output: Mapping[str, Any]) -> Iterator[Output]:
    kind = output["output_type"]
    if kind == "stream":
        yield {"kind": "stream", "text": plain(_text(output["text"]))}
    elif kind == "error":
        yield {"kind": "text", "text": f"{output['ename']}: {output['evalue']}"}
    else:
        for part in best(output["data"]):
            yield {**part, "text": plain(part["text"])} if part["kind"] == "text" else part


ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")


def plain(text: str) -> str:
    """Return text without colours; of a line that was written over, what was written last."""
    lines = ESCAPE.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


def image_name(output: Output) -> str:
    """Return the name of an image's file: the same content has the same name."""
    return f"{hashlib.sha256(output['text'].encode()).hexdigest()[:16]}.{output['type']}"


ATTACHED = re.compile(r"attachment:(?P<name>[^)\s\"'>]+)")


def attachments(document: Any) -> dict[tuple[int, str], bytes]:
    """Return the files that prose brings with it, by the cell's index and their name."""
    return {
        (at, name): next(
            base64.b64decode(_text(content)) if mime != "image/svg+xml" else _text(content).encode()
            for mime, content in forms.items()
        )
        for at, cell in enumerate(document.cells)
        for name, forms in cell.get("attachments", {}).items()
        if forms
    }


def attached(source: str) -> list[str]:
    """Return the names of the files that prose asks for.

    Examples
    --------
    >>> attached("![a](attachment:image%20one.png)")
    ['image one.png']
    """
    return [unquote(match["name"]) for match in ATTACHED.finditer(source)]


def read_document(path: Path, content: bytes | None = None) -> Any:
    """Return a notebook as `nbformat` has it, of whichever version it is."""
    import warnings

    import jupytext

    text = (path.read_bytes() if content is None else content).decode("utf-8-sig")
    if path.suffix != ".ipynb":
        return jupytext.reads(text, fmt={"extension": path.suffix})
    nbformat: Any = importlib.import_module("nbformat")  # without types
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of ids that cells lack, say
        return nbformat.reads(text, as_version=4)
