"""What came of verifying an equation."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Status: TypeAlias = Literal["checked", "refuted", "not understood", "undecided", "unchecked"]

ULPS = 4.0
"""How far code may be off before the listing notes it."""


@dataclass(frozen=True)
class Disagreement:
    """The first point where an equation does not hold: the letters' values, and both sides'."""

    at: str
    left: str
    right: str
    sides: tuple[str, str]

    def said(self, code: str) -> str:
        """Return it in words, in which the code has a name."""
        left, right = self.sides
        found = f"`{left}` is {self.left}"
        if left == "the code":
            found = f"{code} {'' if self.left.startswith('raises ') else 'gives '}{self.left}"
        return f"{f'at {self.at} ' if self.at else ''}{found}, `{right}` is {self.right}"


@dataclass(frozen=True)
class Verdict:
    """What came of verifying an equation.

    Parameters
    ----------
    status
        Whether it holds.
    against
        What it was held to: a dotted name, ``identity``, or nothing.
    points
        How many points were decided.
    left_out, undecided
        At how many a side has no value, and how many stay undecided.
    ulps
        The largest error of the code, in units in the last place; None: there is no code.
    warnings
        What the code warned of.
    disagreement
        Where it does not hold.
    words
        What is not understood, or why it is not checked.
    repair
        The edit that would make it true.
    tried
        The values of the letters that were tried.
    """

    status: Status
    against: str = ""
    points: int = 0
    left_out: int = 0
    undecided: int = 0
    ulps: float | None = None
    warnings: tuple[str, ...] = ()
    disagreement: Disagreement | None = None
    words: str = ""
    repair: str = ""
    tried: str = ""
