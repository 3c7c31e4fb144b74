"""`properties` fences as they stand on a page, and what came of the claims in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from truepage.maths.claim import Answer, Claim, Comparing, Subject
from truepage.source import FENCE, fences

INFO = "properties"
"""The info string of a fence that holds claims."""


@dataclass(frozen=True)
class Fence:
    """A `properties` fence as it stands on a page.

    Parameters
    ----------
    path, line
        Where its first line is; the same fence elsewhere on its page is the same fence.
    lines
        The lines inside it, without indentation.
    """

    path: str
    line: int = field(compare=False)
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """A claim, and what came of it.

    Parameters
    ----------
    subject, claim
        The claim and what it is about.
    answer
        What came of it.
    path, line
        Where it stands.
    wanted
        The author says that it is wrong, and wants to show it.
    """

    subject: Subject
    claim: Claim
    answer: Answer
    path: str
    line: int
    wanted: bool = False

    @property
    def refutation(self) -> str:
        """What is wrong with it, and what holds."""
        right = self.answer.right
        name = self.claim.text.partition(":")[0]
        holds = f" What holds is `{name}: {right}`." if right else ""
        return f"{self.answer.words}.{holds}"

    @property
    def said(self) -> str:
        """The message that refutes it, with its place."""
        return f"{self.path}:{self.line}: {self._words} is refuted: {self.refutation}"

    @property
    def _words(self) -> str:
        return f"claim `{self.claim.text}` of {self.subject.text}"

    @property
    def message(self) -> str:
        """What is to be mended, without the place; "" if nothing."""
        words, status = self._words, self.answer.status
        if self.wanted:
            if status == "refuted":
                return ""
            return f"{words} is not refuted, though the page says so: it is {status}."
        if status == "refuted":
            return f"{words} is refuted: {self.refutation}"
        if status == "undecided" and not self.claim.assumed:
            return (
                f"{words} is undecided: {self.answer.words}. "
                "Expected `(assumed)` after it, if you know that it holds."
            )
        return ""


@dataclass(frozen=True)
class Verdict:
    """What came of a fence: its claims, judged, or the message that says what is wrong with it.

    Parameters
    ----------
    judged
        Its claims; those of a comparison come from other fences.
    table
        Of a comparison: what it compares.
    problems
        Line → message.
    line
        The fence's.
    """

    judged: tuple[Judged, ...] = ()
    table: Comparing | None = None
    problems: tuple[tuple[int, str], ...] = ()
    line: int = 0

    def at(self, line: int) -> "Verdict":
        """Return what came of the same fence in another line."""
        by = line - self.line
        return Verdict(
            self.judged  # of a comparison they stand elsewhere
            if self.table
            else tuple(replace(one, line=one.line + by) for one in self.judged),
            self.table,
            tuple((number + by, message) for number, message in self.problems),
            line,
        )


def find_fences(path: str, lines: Sequence[str]) -> list[Fence]:
    """Return the `properties` fences of a page."""
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
