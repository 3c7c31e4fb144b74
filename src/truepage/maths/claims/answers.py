"""Answers to claims in the reals that were found before."""

import contextlib
import hashlib
import json
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

from truepage.files import read_checked, write_checked
from truepage.maths.claims.model import Answer, Claim, Subject
from truepage.maths.meanings import FormulaSource

FILE = "claims"
"""The file's name in a project's cache."""

LIMIT = 4000
"""How many answers the file may hold."""

STATES = 20
"""Of how many states of the site the formulas are kept."""


def answer_key(claim: Claim, subject: Subject, formula: str) -> str:
    """Return a digest of all that the answer to a claim in the reals depends on."""
    said = (replace(claim, line=0), subject.variable, subject.key, formula)
    return hashlib.sha256(repr(said).encode()).hexdigest()


class Memory:
    """Answers to claims in the reals that were found before.

    Kept in a file: the answers, each under a digest of its claim and the formula; and what the
    formulas' digests are as long as the site's equations are as they were. A file that is damaged,
    or that other proofs made, is no file.

    Parameters
    ----------
    file
        Where it is kept between builds.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._changed = False
        self._formulas: dict[str, dict[str, str]] = {}
        self.answers: dict[str, Answer] = {}
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            kept = json.loads(read_checked(file))
            if kept["made_by"] == _made_by():
                answers = {key: Answer(**answer) for key, answer in kept["answers"].items()}
                self._formulas, self.answers = kept["formulas"], answers

    def formula(self, function: str, source: FormulaSource) -> str:
        """Return the digest of a function's formula."""
        known = self._formulas.setdefault(source.state, {})
        if function not in known:
            said = repr(source.formula_of(function))
            known[function] = hashlib.sha256(said.encode()).hexdigest()
            self._changed = True
        return known[function]

    def remember(self, key: str, answer: Answer) -> None:
        """Keep an answer."""
        self.answers[key] = answer
        self._changed = True

    def save(self) -> None:
        """Write what is new; without a place for it the next build is slower, and nothing else."""
        if not self._changed:
            return
        answers = list(self.answers.items())[-LIMIT:]
        content = {
            "made_by": _made_by(),
            "formulas": dict(list(self._formulas.items())[-STATES:]),
            "answers": {key: asdict(answer) for key, answer in answers},
        }
        with contextlib.suppress(OSError):
            write_checked(self._file, json.dumps(content).encode())
        self._changed = False


@cache
def _made_by() -> str:
    """Return a digest of the code that proofs are made by."""
    files = sorted(Path(__file__).parents[1].rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
