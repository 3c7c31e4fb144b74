"""The blocks of a script: its docstring heads its page, then prose and code take turns.

Prose begins at a line that begins with `# %%`, or is one of `#` signs, as sphinx-gallery has them.
Nothing in the script need be ours.
"""

import ast
import hashlib
import io
import json
import platform
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from truepage.galleries.example import Example, plain
from truepage.galleries.restructured import Lines, as_markdown
from truepage.notebooks.cells import Cell, tree_of
from truepage.notebooks.notebook import Notebook

_CODE = (
    Path(__file__).with_name(f"{name}.py").read_bytes()
    for name in ("example", "restructured", "script_blocks")
)

READ = f"script {hashlib.sha256(b''.join(_CODE)).hexdigest()[:16]} {platform.python_version()}"
"""Changes with what is made of a script."""

MARKER = re.compile(r"# ?%%(?P<title>.*)|#{20,}\s*")

FAILS = re.compile(r"#\s*expected to fail\b.*", re.IGNORECASE)

_SAYS = re.compile(r"#\s*(?P<key>alt|caption|thumbnail)\s*:\s*(?P<text>.*)")

_SAYS_MORE = re.compile(r"#\s{2,}(?P<text>\S.*)")

_TIMEOUT = re.compile(r"#\s*timeout\s*:\s*(?P<text>[1-9]\d{0,6})\s*(?:s|seconds)?\s*")

_THUMBNAIL = re.compile(r"#\s*sphinx_gallery_thumbnail_number\s*=\s*(?P<text>-?\d+)\s*")

_SPHINX = re.compile(r"#\s*sphinx_gallery_\w+.*")

_TAGS = re.compile(r"\[\w+\]|\b[\w.-]+=(?:\"[^\"]*\"|\[[^\]]*\]|\S+)")


def read_example(source: bytes, path: str) -> dict[str, Any]:
    """Return what a script holds, as `example_from` reads it.

    Parameters
    ----------
    source
        Its content.
    path
        The file, from the project's root.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        text = source.decode(encoding).removeprefix("\ufeff").replace("\r\n", "\n")
        tree = ast.parse(text)
        comments = _comments(text)
        made = _read(text, tree, comments, path)
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
        text = source.decode("utf-8", "replace")  # running it says what is wrong
        title = Cell("markdown", f"# {_from_name(path)}")
        cells = (title, Cell("code", text, number=1, python=text))
        made = Example(_notebook(path, cells), _from_name(path), "")
    found: dict[str, Any] = json.loads(json.dumps(asdict(made)))
    return found


def _from_name(path: str) -> str:
    """Return a title for a script that has none.

    Examples
    --------
    >>> _from_name("examples/plot_two_lines.py")
    'Two lines'
    """
    stem = path.rpartition("/")[2].removesuffix(".py").removeprefix("plot_")
    words = re.sub(r"[_-]+", " ", stem).strip() or stem
    return words[0].upper() + words[1:]


def _comments(text: str) -> dict[int, str]:
    """Return the comments that stand alone on their line, by its index."""
    lines = text.split("\n")
    return {
        token.start[0] - 1: token.string
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
        and not lines[token.start[0] - 1][: token.start[1]].strip()
    }


def _read(text: str, tree: ast.Module, comments: Mapping[int, str], path: str) -> Example:
    lines = text.split("\n")
    doc, start = None, 0
    head: Lines = []
    levels: dict[str, int] = {}
    first = tree.body[0] if tree.body else None
    if (doc := ast.get_docstring(tree)) is not None and first is not None:
        start = first.end_lineno or 1
        shown = doc.split("\n")
        head = _with_title(shown, levels)
        head = [(line, number + first.lineno - 1) for line, number in head]
    markers = [at for at, comment in comments.items() if at >= start and _marks(lines[at])]
    title, summary = _heading(head), _summary(head)
    if not title:  # of a script without a docstring, that of its first block
        title = _from_name(path)
        levels.setdefault("", 0)
        head = [(f"# {title}", start), ("", start), *head]
    cells = [_prose(head)]
    said = _Said()
    number = 0
    heading = title
    for begin, end in zip([start, *markers], [*markers, len(lines)], strict=True):
        prose, after = (
            _block(lines, begin, end, comments, said, levels) if begin in markers else ([], begin)
        )
        if prose:
            cells.append(_prose(prose))
        heading = _heading(prose) or heading
        code = _code(lines, after, end, comments, said)
        if code is not None:
            number += 1
            source, origins = code
            cells.append(
                Cell(
                    kind="code",
                    source=source,
                    number=number,
                    line=origins[0],
                    captions=said.take("caption"),
                    alts=said.take("alt"),
                    unsaid=heading,
                    python="\n".join(lines[origins[0] - 1 : end]),
                    origins=tuple(origins),
                )
            )
    fails = next((at + 1 for at, comment in comments.items() if FAILS.fullmatch(comment)), 0)
    return Example(
        notebook=_notebook(path, tuple(cells)),
        title=title,
        summary=summary,
        doc=doc if "__doc__" in text else None,
        fails=fails,
        thumbnail=said.thumbnail,
        timeout=said.timeout,
        imports=tuple(sorted(set(_imports(tree)))),
    )


def _notebook(path: str, cells: tuple[Cell, ...]) -> Notebook:
    what = json.dumps([tree_of(cell.python) for cell in cells])
    digest = hashlib.sha256(what.encode("utf-8", "surrogatepass")).hexdigest()
    return Notebook(path, path.removesuffix(".py"), cells, digest)


def _marks(line: str) -> bool:
    return MARKER.fullmatch(line) is not None


def _with_title(shown: Sequence[str], levels: dict[str, int]) -> Lines:
    """Return a docstring as Markdown. Where no line is marked as its title, the first one is it."""
    made = as_markdown(shown, levels)
    if _heading(made):
        return made
    at = next((at for at, (line, _) in enumerate(made) if line.strip()), None)
    if at is None:
        return []
    levels.setdefault("", 0)
    line, number = made[at]
    rest = made[at + 1 :]
    return [(f"# {line.strip().removesuffix('.')}", number), ("", number), *rest]


def _heading(lines: Lines) -> str:
    """Return the first heading of some prose, if it begins with it."""
    first = next((line for line, _ in lines if line.strip()), "")
    return first.lstrip("#").strip() if re.match(r"#{1,6} ", first) else ""


def _summary(lines: Lines) -> str:
    """Return the first paragraph below a title, as plain text."""
    words: list[str] = []
    for line, _ in lines:
        if line.startswith(("#", "!!!", "```", "|", "![")):
            if words:
                break
        elif line.strip():
            words.append(line)
        elif words:
            break
    return plain(" ".join(words))


def _prose(lines: Lines) -> Cell:
    return Cell(
        kind="markdown",
        source="\n".join(line for line, _ in lines),
        line=lines[0][1] + 1 if lines else 1,
        origins=tuple(number + 1 for _, number in lines),
    )


class _Said:
    """The options that comments set for a block's pictures, and for the script."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {"alt": [], "caption": []}
        self.thumbnail = 1
        self.timeout: int | None = None

    def note(self, key: str, text: str) -> None:
        """Note what a comment says."""
        if key == "thumbnail":
            self.thumbnail = int(text) if re.fullmatch(r"-?[1-9]\d*", text) else 1
        elif key == "timeout":
            self.timeout = int(text)
        else:
            self._found[key].append(text)

    def take(self, key: str) -> tuple[str, ...]:
        """Return what was said since the last block."""
        found, self._found[key] = self._found[key], []
        return tuple(found)


def _own(
    lines: Sequence[str], start: int, end: int, comments: Mapping[int, str], said: _Said
) -> set[int]:
    """Note what comments say of pictures; return the indexes of the lines that are not shown."""
    hidden: set[int] = set()
    at = start
    while at < end:
        comment = comments.get(at, "")
        if found := _SAYS.fullmatch(comment.rstrip()):
            text = [found["text"].strip()]
            hidden.add(at)
            while at + 1 < end and (
                more := _SAYS_MORE.fullmatch(comments.get(at + 1, "").rstrip())
            ):
                at += 1
                hidden.add(at)
                text.append(more["text"].strip())
            said.note(found["key"], " ".join(text))
        elif found := _THUMBNAIL.fullmatch(comment):
            said.note("thumbnail", found["text"])
            hidden.add(at)
        elif found := _TIMEOUT.fullmatch(comment):
            said.note("timeout", found["text"])
            hidden.add(at)
        elif FAILS.fullmatch(comment) or _SPHINX.fullmatch(comment):
            hidden.add(at)
        at += 1
    return hidden


def _block(
    lines: Sequence[str],
    start: int,
    end: int,
    comments: Mapping[int, str],
    said: _Said,
    levels: dict[str, int],
) -> tuple[Lines, int]:
    """Return the prose that a marker begins, and the index of the line after it."""
    after = start + 1
    while after < end and lines[after].startswith("#"):
        after += 1
    hidden = _own(lines, start + 1, after, comments, said)
    numbers = [at for at in range(start + 1, after) if at not in hidden]
    text = [re.sub(r"^#+ ?", "", lines[at]) for at in numbers]
    made = [(line, numbers[number]) for line, number in as_markdown(text, levels)]
    found = MARKER.fullmatch(lines[start])
    title = _TAGS.sub("", (found and found["title"]) or "").strip()
    if title:
        made = [(f"## {title}", start), ("", start), *made]
    while made and not made[-1][0].strip():
        made.pop()
    return made, after


def _code(
    lines: Sequence[str], start: int, end: int, comments: Mapping[int, str], said: _Said
) -> tuple[str, list[int]] | None:
    """Return the code of a block as it is shown, and the line of each of its lines."""
    hidden = _own(lines, start, end, comments, said)
    shown = [at for at in range(start, end) if at not in hidden]
    while shown and not lines[shown[0]].strip():
        shown.pop(0)
    while shown and not lines[shown[-1]].strip():
        shown.pop()
    if not shown:
        return None
    return "\n".join(lines[at] for at in shown), [at + 1 for at in shown]


def _imports(tree: ast.Module) -> Iterator[str]:
    """Yield the first parts of the names of modules that are imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
