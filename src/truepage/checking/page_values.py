"""Computing the values of pages, each once, and holding their texts to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from truepage.checking.findings import Finding
from truepage.checking.function_calls import ask, find_function, question, told
from truepage.engine.context import BuildContext
from truepage.engine.task import Task
from truepage.maths.values import Expression, ExpressionError, Value, find_values, read, shown
from truepage.pages.source import prose_without_code


@dataclass(frozen=True)
class Outcome:
    """Number that an expression has, or the message that says why it has none."""

    number: int | float | None = None
    message: str = ""


class Computer:
    """What computes the expressions of pages, each once and when what it touched has changed."""

    def __init__(self, context: BuildContext) -> None:
        self.context = context
        self._known: dict[str, Outcome] = {}

    def prepare(self, expressions: Iterable[str]) -> None:
        """Compute some expressions together."""
        tasks: dict[str, Task] = {}
        for text in dict.fromkeys(expressions):
            if text not in self._known:
                try:
                    tasks[text] = _task(read(text, partial(find_function, self.context.project)))
                except ExpressionError as error:
                    self._known[text] = Outcome(message=f"{error}.")
        products, reasons = ask(self.context, tasks.values()) if tasks else ({}, {})
        for text, task in tasks.items():
            if task.name in products:
                self._known[text] = Outcome(told(products[task.name]))
            else:
                self._known[text] = Outcome(message=reasons[task.name].removeprefix(f"{text}: "))

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


def _task(expression: Expression) -> Task:
    modules = dict(expression.modules)
    return question(
        "value",
        (expression.text, *sorted(modules.values())),
        "value",
        {"expression": expression.text, "modules": modules},
        map(Path, modules.values()),
    )


def check_values(
    computer: Computer, pages: Mapping[str, str], wanted: Sequence[str] | None = None
) -> list[Finding]:
    """Judge the values of the wanted pages, or of all; page → Markdown."""
    chosen = [page for page in pages if wanted is None or page in wanted]
    texts = {page: "\n".join(prose_without_code(pages[page].split("\n"))) for page in chosen}
    found = [(page, value) for page in chosen for value in find_values(texts[page])]
    computer.prepare(value.expression for _, value in found if not value.fault)
    findings = []
    for page, value in found:
        text, message = computer.judge(value)
        finding = Finding(
            page=page,
            line=texts[page].count("\n", 0, value.start) + 1,
            name=f"value {value.expression!r}",
            tex=text or value.shown,
            display=False,
            status="refuted" if message else "computed",
            against=value.expression,
            message=message,
        )
        findings.append(finding)
    return findings
