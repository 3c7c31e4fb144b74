"""What `truepage equations` says: a line for each equation, and a message for each wrong one."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from truepage.checking.finding import Finding
from truepage.engine.errors import PageError
from truepage.engine.project import HOST, Project
from truepage.pages.source import INCLUDES, PageText, fences, page_text

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
    """Return the pages that an author names, by path from the root or from the pages' folder.

    Raises
    ------
    PageError
        There is no such page.
    """
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


def placed(findings: Iterable[Finding], pages: Mapping[str, PageText]) -> list[Finding]:
    """Return findings in the pages' order, with the places at which authors find them."""
    order = {page: at for at, page in enumerate(pages)}
    found = []
    for finding in sorted(findings, key=lambda one: (order[one.page], one.line)):
        page, _, line = pages[finding.page].places[finding.line - 1].rpartition(":")
        found.append(replace(finding, page=page, line=int(line)))
    return found


def rows(findings: Sequence[Finding]) -> list[str]:
    """Return a line for each equation, in columns."""
    cells = [("PLACE", "EQUATION", "STATUS", "AGAINST", "POINTS", "WORST ERROR", "NOTE")]
    for one in findings:
        ulps = "" if one.ulps is None else f"{one.ulps:.1f} ULP"
        points = str(one.points) if one.points else ""
        note = "" if one.wrong or one.status == "shown wrong" else one.message
        name = one.label or _short(one.tex)
        cells.append((one.place, name, one.status, one.against, points, ulps, note))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _short(tex: str) -> str:
    text = " ".join(tex.split())
    return text if len(text) <= 30 else text[:29] + "…"


def summary(findings: Sequence[Finding]) -> str:
    """Return how many there are of each status."""
    statuses = [one.status for one in findings]
    counts = {status: statuses.count(status) for status in dict.fromkeys(statuses)}
    return ", ".join(f"{count} {status}" for status, count in counts.items()) or "no equation"


def document(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Return what the command says as JSON."""
    return [asdict(one) for one in findings]


def messages(findings: Sequence[Finding]) -> list[str]:
    """Return a message for each equation that stops the build."""
    return [f"{one.place}: {one.message}" for one in findings if one.wrong]
