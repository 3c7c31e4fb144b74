"""What `truepage equations` says: a line for each equation, and a message for each wrong one."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from truepage.errors import PageError
from truepage.maths.memory import Finding
from truepage.project import Project

DOCS = "docs"
"""The folder of the pages, in the project's root."""


def read_pages(project: Project) -> dict[str, str]:
    """Return the Markdown of all pages of a project, by path from its root, in reading order."""
    folder = project.root / DOCS
    paths = sorted(
        folder.rglob("*.md"), key=lambda path: (path.parent, path.name != "index.md", path)
    )
    return {project.relative(path): path.read_text(encoding="utf-8") for path in paths}


def chosen_pages(project: Project, names: Sequence[str], pages: Sequence[str]) -> list[str]:
    """Return the pages that an author names, by path from the root or from the pages' folder.

    Raises
    ------
    PageError
        There is no such page.
    """
    found = []
    for name in names:
        inside = Path(name).resolve()
        spellings = {name, f"{DOCS}/{name}", project.relative(inside)}
        match = next((page for page in pages if page in spellings), None)
        if match is None:
            raise PageError(f"there is no page {name!r}; expected one under {DOCS}/.")
        found.append(match)
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
