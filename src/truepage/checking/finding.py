"""An equation, a claim or a value of a page, and what came of checking it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """An equation and what came of checking it.

    Parameters
    ----------
    page, line
        Where it stands.
    name
        What messages call it.
    label
        Its label, if it has one.
    tex
        Its TeX.
    display
        Whether it stands by itself.
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
    label: str
    tex: str
    display: bool
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
        """Whether it stops the build."""
        return self.status in ("refuted", "not understood", "undecided")

    @property
    def place(self) -> str:
        """Where it stands, as messages begin."""
        return f"{self.page}:{self.line}"
