"""Findings of the checks of pages, and how `truepage equations` reports them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from truepage.pages.source import PageText


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An equation, a claim, a value or an example of a page, and what came of checking it.

    Parameters
    ----------
    name
        What messages call it.
    display
        Whether it is a block of its own.
    status
        ``checked``, ``refuted``, ``not understood``, ``undecided`` or ``unchecked``; ``shown
        wrong`` where the author says that it is refuted, and it is.
    against
        What it was held to: a dotted name, or ``identity``.
    points, left_out, undecided
        At how many points it was decided, at how many a side has no value, and how many stay
        undecided.
    ulps
        The largest error of the code in units in the last place; None: there is none to compare.
    warnings
        What the code warned of.
    tried
        The values of the letters that were tried.
    ordinal
        Which of the page's formulas it is, from 0; -1: it is no formula.
    message
        What is wrong, as a message without its place; for `unchecked` the author's reason.
    """

    page: str
    line: int
    name: str
    label: str = ""
    tex: str
    display: bool = True
    status: str
    against: str = ""
    points: int = 0
    left_out: int = 0
    undecided: int = 0
    ulps: float | None = None
    warnings: tuple[str, ...] = ()
    tried: str = ""
    ordinal: int = -1
    message: str = ""

    @property
    def wrong(self) -> bool:
        """Whether the build stops."""
        return self.status in ("refuted", "not understood", "undecided")

    @property
    def place(self) -> str:
        """Page and line, with which messages begin."""
        return f"{self.page}:{self.line}"


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
