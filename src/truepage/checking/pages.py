"""The pages of a project without a host, and the `properties` fences on pages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from truepage.engine.errors import PageError
from truepage.engine.project import HOST, Project
from truepage.pages.source import FENCE, INCLUDES, PageText, fences, page_text

INFO = "properties"
"""The info string of a fence that holds claims."""

BRINGS = re.compile(r"[ \t]*(?:hooks:|- *[\"']?(?:macros|include-markdown|gen-files)\b)")
"""What a host's configuration says that brings other text to pages."""


def read_pages(project: Project) -> dict[str, str]:
    """Return the files of all pages of a project, by path from its root, in reading order."""
    paths = sorted(
        project.docs_dir.rglob("*.md"),
        key=lambda path: (path.parent, path.name != "index.md", path),
    )
    return {project.relative(path): path.read_text(encoding="utf-8") for path in paths}


def whole_pages(project: Project) -> dict[str, PageText]:
    """Return the pages of a project for which no host is there, as `read_pages` does.

    Raises
    ------
    PageError
        A page gets text from elsewhere, which its host alone can read.
    """
    problems, found = [], {}
    host = project.host
    lines = host.read_text("utf-8", "replace").split("\n") if host.is_file() else []
    for number, line in enumerate(lines, 1):
        if BRINGS.match(line):
            problems.append(f"{project.relative(host)}:{number}: `{line.strip()}`")
    for path, text in read_pages(project).items():
        found[path] = page_text(path, text, text)
        kept = text.split("\n")
        for start, end, info in fences(kept):
            if not info.startswith("math"):
                kept[start:end] = [""] * (min(end, len(kept)) - start)
        problems += [
            f"{path}:{number}: `{line.strip()}`"
            for number, line in enumerate(kept, 1)
            if INCLUDES.fullmatch(line)
        ]
    if problems:
        words = "may bring equations that MkDocs alone can read; expected it to be installed"
        raise PageError("\n".join(f"{problem} {words}, and a {HOST}." for problem in problems))
    return found


def chosen_pages(project: Project, names: Sequence[str], pages: Sequence[str]) -> list[str]:
    """Return the pages that an author names, by path from the root or from the pages' folder."""
    found = []
    docs = project.relative(project.docs_dir)
    for name in names:
        spellings = {name, f"{docs}/{name}", project.relative(Path(name).resolve())}
        exact = [page for page in pages if page in spellings]
        ends = [page for page in pages if page.endswith(f"/{name}")]
        match = next(iter(exact or ends), None)
        if match is None or (not exact and len(ends) > 1):
            raise PageError(f"there is no page {name!r}; expected one under {docs}/.")
        found.append(match)
    return found


@dataclass(frozen=True)
class Fence:
    """A `properties` fence on a page.

    Parameters
    ----------
    path, line
        The place of its first line; the same fence elsewhere on its page is the same fence.
    lines
        The lines inside it, without indentation.
    """

    path: str
    line: int = field(compare=False)
    lines: tuple[str, ...] = ()


def find_fences(path: str, text: str) -> list[Fence]:
    """Return the `properties` fences of a page."""
    lines = text.split("\n")
    return [
        fence_at(path, start + 1, lines[start:end])
        for start, end, info in fences(lines)
        if info == INFO and end <= len(lines)
    ]


def fence_at(path: str, line: int, lines: Sequence[str]) -> Fence:
    """Return a fence from its lines, the first and the last among them."""
    opening = FENCE.match(lines[0])
    indent = opening["indent"] if opening else ""
    inside = (text.removeprefix(indent).removeprefix(indent.rstrip()) for text in lines[1:-1])
    return Fence(path, line, tuple(text.rstrip() for text in inside))
