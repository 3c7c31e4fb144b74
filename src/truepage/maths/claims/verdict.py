"""The outcome of claims: messages for the author, and what a page shows."""

from dataclasses import dataclass, replace

from truepage.maths.claims.fence import Comparing
from truepage.maths.claims.model import Answer, Claim, Subject


@dataclass(frozen=True)
class Judged:
    """A claim and its answer.

    Parameters
    ----------
    subject, claim, answer
        The function, the claim, the answer.
    path, line
        Its place.
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
        """The words that refute it, and the claim that holds."""
        right = self.answer.right
        name = self.claim.text.partition(":")[0]
        holds = f" What holds is `{name}: {right}`." if right else ""
        return f"{self.answer.words}.{holds}"

    @property
    def said(self) -> str:
        """The message that refutes it, with its place."""
        return f"{self.path}:{self.line}: {self._words} is refuted: {self.refutation}"

    @property
    def found(self) -> tuple[str, str]:
        """The word for its answer on a page, and a sentence that says it in full."""
        return self.answer.found(floats=self.claim.floats, assumed=self.claim.assumed)

    @property
    def _words(self) -> str:
        return f"claim `{self.claim.text}` of {self.subject.text}"

    @property
    def message(self) -> str:
        """The message that stops the build, without the place; "" if it holds."""
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
    """The outcome of a fence: its claims, judged, or the message that says what is wrong with it.

    Parameters
    ----------
    judged
        Its claims; those of a comparison come from other fences.
    table
        Of a comparison: its columns and rows.
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
        """Return the outcome of the same fence in another line."""
        by = line - self.line
        return Verdict(
            self.judged  # of a comparison they stand elsewhere
            if self.table
            else tuple(replace(one, line=one.line + by) for one in self.judged),
            self.table,
            tuple((number + by, message) for number, message in self.problems),
            line,
        )
