"""What is counted: stale pictures, and needless drawings with why."""

from collections import Counter
from dataclasses import dataclass, field

RAN = "another function ran, or something else was read or looked for"
"""The grain of functions and files implies it: their effect is not known before they run."""

IMPORTED = "another statement runs at import"
"""One that does more than bind a name, so that it may have any effect; finer recording of imports
could know better."""

NEEDLESS = "needless"
"""Only names are bound to something else: finer recording could know that nothing looks them up."""


@dataclass(frozen=True)
class Blame:
    """Why the engine would draw a figure again.

    Parameters
    ----------
    kind
        `RAN`, `IMPORTED` or `NEEDLESS`: the first that applies.
    words
        What changed; of modules, which kind of statement, and whether some of its names count for
        the figure, or all.
    """

    kind: str
    words: str


@dataclass
class Tally:
    """What was counted.

    Parameters
    ----------
    edits
        How many edits were made; taking one back is none.
    verdicts
        How many times the engine judged a figure.
    changed
        How often the picture was another, or could not be drawn any more.
    unchanged
        How often the picture stayed.
    idle
        Kind of the reason (see `Blame`) → how often it stayed and the engine would have drawn it.
    stale
        Each time the engine called a picture fresh that was not: what happened.
    causes
        What was edited, and why the engine would have drawn → how often needlessly.
    """

    edits: int = 0
    changed: int = 0
    unchanged: int = 0
    idle: Counter[str] = field(default_factory=Counter)
    stale: list[str] = field(default_factory=list)
    causes: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        share = 100 / max(1, self.unchanged)
        kinds = ", ".join(
            f"{self.idle[kind]} {kind} ({share * self.idle[kind]:.1f} %)"
            for kind in (RAN, IMPORTED, NEEDLESS)
        )
        return (
            f"{self.edits} edits, {self.changed + self.unchanged} verdicts "
            f"({self.changed} pictures changed), {len(self.stale)} stale, "
            f"{self.idle.total()} drawn to no effect ({share * self.idle.total():.1f} % of the "
            f"unchanged): {kinds}"
        )
