"""Computing the values of pages, each once, and holding their texts to them."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from truepage.checking.calls import find_function, reason
from truepage.engine.batch import run_jobs
from truepage.engine.context import BuildContext
from truepage.engine.task import Task
from truepage.maths.values import (
    Expression,
    ExpressionError,
    Value,
    find_values,
    read,
    shown,
)


@dataclass(frozen=True)
class Outcome:
    """What came of an expression: its number, or the message that says why there is none."""

    number: int | float | None = None
    message: str = ""


@dataclass(frozen=True)
class ValueFinding:
    """A value of a page, judged.

    Parameters
    ----------
    path, line
        Where it stands.
    value
        As it stands there.
    text
        What the page shows, when nothing is wrong.
    message
        What is wrong, or "".
    """

    path: str
    line: int
    value: Value
    text: str = ""
    message: str = ""


class Computer:
    """What computes the expressions of pages, each once.

    Parameters
    ----------
    workshop
        The project, with its store: a value is computed again exactly when what it touched changed.
    """

    def __init__(self, workshop: BuildContext) -> None:
        self.workshop = workshop
        self._known: dict[str, Outcome] = {}

    def prepare(self, expressions: Iterable[str]) -> None:
        """Compute some expressions together."""
        jobs: dict[str, tuple[str, Task]] = {}
        for text in dict.fromkeys(expressions):
            if text in self._known:
                continue
            try:
                job = _job(read(text, partial(find_function, self.workshop.project)))
            except ExpressionError as error:
                self._known[text] = Outcome(message=f"{error}.")
            else:
                jobs[job.name] = (text, job)
        if not jobs:
            return
        batch = run_jobs(self.workshop, (job for _, job in jobs.values()))
        for name, product in batch.products.items():
            self._known[jobs[name][0]] = Outcome(product.facts["value"])
        for failure in batch.failures:
            self._known[jobs[failure.name][0]] = Outcome(message=reason(failure))

    def outcome(self, expression: str) -> Outcome:
        """Return what came of an expression."""
        self.prepare([expression])
        return self._known[expression]

    def judge(self, value: Value) -> tuple[str, str]:
        """Return the text that a page is to show for a value, and what is wrong with it or ""."""
        if value.fault:
            return value.shown, f"a value cannot be read: {value.fault}."
        outcome = self.outcome(value.expression)
        if outcome.number is None:
            return value.shown, f"value {value.expression!r}: {outcome.message}"
        return shown(value, outcome.number)


def _job(expression: Expression) -> Task:
    digest = hashlib.sha256(expression.text.encode()).hexdigest()[:24]
    return Task(
        name=f"value-{digest}",
        identity=("value", expression.text, *sorted(expression.modules.values())),
        place="value",
        words=expression.text,
        task="truepage.checking.computing",
        request={"expression": expression.text, "modules": dict(expression.modules)},
        code=tuple(Path(path) for path in expression.modules.values()),
    )


def find_findings(pages: Mapping[str, Sequence[str]], computer: Computer) -> list[ValueFinding]:
    """Judge all values of some pages.

    Parameters
    ----------
    pages
        Path → lines of prose: what is code has been made empty, and the number of lines has stayed.
    """
    texts = {path: "\n".join(lines) for path, lines in pages.items()}
    found = [(path, value) for path, text in texts.items() for value in find_values(text)]
    computer.prepare(value.expression for _, value in found if not value.fault)
    findings = []
    for path, value in found:
        line = texts[path].count("\n", 0, value.start) + 1
        words, message = computer.judge(value)
        findings.append(ValueFinding(path, line, value, words, message))
    return findings
