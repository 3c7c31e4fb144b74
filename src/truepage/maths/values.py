"""Values on a page: `[0.0066](value:neural.activations.sigmoid_derivative(5))`.

The text of the link is what readers see, wherever the Markdown is read. Its address says how the
value is computed. The build computes it and holds the text to it: as many digits as are shown,
each of them right, the last one rounded. Where the text is empty the build fills it in, in the
format after a colon at the end: `[](value:neural.activations.sigmoid(5):.4f)`.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from truepage.build import run_jobs
from truepage.job import Failure, Job
from truepage.maths.digits import read_number, written
from truepage.maths.expressions import Expression, ExpressionError, read
from truepage.workshop import Workshop

BEGIN = re.compile(r"(?<![!\\])\[(?P<text>[^\[\]]*)\]\((?P<angle><?)value:")

FORMAT = re.compile(r":(?P<format>,?(?:\.\d{1,2})?[efgd%]|,d?)$")

TIE = 4 * 2.0**-53
"""How near to a tie, relatively, a float may be for both roundings to count as right."""


@dataclass(frozen=True)
class Value:
    """A value as it stands in Markdown.

    Parameters
    ----------
    start, end
        Where it begins in the text, and where it ends.
    shown
        The text that readers see.
    expression
        How it is computed.
    format
        How to write it where the text is empty; "" when none is given.
    fault
        What is wrong with the way it is written, or "".
    """

    start: int
    end: int
    shown: str
    expression: str
    format: str = ""
    fault: str = ""


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


def find_values(text: str) -> Iterator[Value]:
    """Yield the values in a piece of Markdown that has no code in it.

    Examples
    --------
    >>> [value.expression for value in find_values("[2](value:abs(-2)) [](<value:max(1, 2):d>)")]
    ['abs(-2)', 'max(1, 2)']
    """
    at = 0
    while match := BEGIN.search(text, at):
        value = value_at(text, match)
        yield value
        at = value.end


def value_at(text: str, match: re.Match[str]) -> Value:
    """Return the value that begins where `BEGIN` matches."""
    end = _end(text, match.end(), angle=bool(match["angle"]))
    if end is None:
        stop = (text.find("\n", match.end()) + 1 or len(text) + 1) - 1
        return Value(
            match.start(), stop, match["text"], text[match.end() : stop],
            fault="its address has no end; expected [text](value:expression)",
        )  # fmt: skip
    address = text[match.end() : end].strip()
    form = FORMAT.search(address)
    fault = ""
    if not match["angle"] and re.search(r"\s", address):
        fault = (
            "its address has a space in it, so that others who read Markdown see no link; "
            f"expected <…> around it: ](<value:{address}>)"
        )
    return Value(
        match.start(),
        end + (2 if match["angle"] else 1),
        " ".join(match["text"].split()),
        address[: form.start()] if form else address,
        form["format"] if form else "",
        fault,
    )


def _end(text: str, start: int, *, angle: bool) -> int | None:
    """Return where an address ends: at its > or at the ) that nothing in it has opened."""
    depth, quote = 0, ""
    for at in range(start, len(text)):
        character = text[at]
        if character == "\n":
            return None
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif angle:
            if text.startswith(">)", at):
                return at
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            if depth == 0:
                return at
            depth -= 1
    return None


class Computer:
    """What computes the expressions of pages, each once.

    Parameters
    ----------
    workshop
        The project, with its store: a value is computed again exactly when what it touched changed.
    """

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self._known: dict[str, Outcome] = {}

    def prepare(self, expressions: Iterable[str]) -> None:
        """Compute some expressions together."""
        jobs: dict[str, tuple[str, Job]] = {}
        for text in dict.fromkeys(expressions):
            if text in self._known:
                continue
            try:
                job = _job(read(text, self.workshop.project))
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
            self._known[jobs[failure.name][0]] = Outcome(message=_words(failure))

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


def _job(expression: Expression) -> Job:
    digest = hashlib.sha256(expression.text.encode()).hexdigest()[:24]
    return Job(
        name=f"value-{digest}",
        identity=("value", expression.text, *sorted(expression.modules.values())),
        place="value",
        words=expression.text,
        task="truepage.maths.computing",
        request={"expression": expression.text, "modules": dict(expression.modules)},
    )


def _words(failure: Failure) -> str:
    """Return a failure's message without the place of the job: values have places of their own."""
    _, _, words = failure.message.partition(": ")
    return words[words.find(": ") + 2 :]


def find_findings(pages: Mapping[str, Sequence[str]], computer: Computer) -> list[ValueFinding]:
    """Judge all values of some pages.

    Parameters
    ----------
    pages
        Path → lines of prose: what is code has been made empty, and the number of lines has stayed.
    computer
        What computes.
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


def shown(value: Value, number: int | float) -> tuple[str, str]:
    """Return the text that a page is to show, and what is wrong with it or ""."""
    if not math.isfinite(number):
        return value.shown, f"value {value.expression!r} is {number}; expected a finite number."
    if not value.shown:
        if not value.format and not isinstance(number, int):
            return "", (
                f"value {value.expression!r} has neither a text nor a format; expected one of "
                f"them, such as [{number:.4g}](value:{value.expression})."
            )
        return filled(number, value.format), ""
    if value.format:
        return value.shown, (
            f"value {value.expression!r} has a text and a format; expected only one of them."
        )
    reading = read_number(value.shown)
    if reading is None:
        return value.shown, (
            f"value {value.expression!r}: its text {value.shown!r} is not read as a number; "
            "expected one like 0.0066, −0.5, 1.2e-5, 1.2 × 10⁻⁵, 95,615, 25 % or ½."
        )
    claimed, unit = reading
    true = Fraction(number)
    slack = abs(true) * Fraction(TIE) if isinstance(number, float) else Fraction(0)
    if abs(claimed - true) <= unit / 2 + slack:
        return value.shown, ""
    return value.shown, (
        f"value {value.expression!r} is {written(value.shown, true, unit)}, "
        f"and the page says {value.shown}. (More exactly: {number:.12g}.)"
    )


def filled(number: int | float, form: str) -> str:
    """Return a number in a format of Python's, with a real minus sign.

    Examples
    --------
    >>> filled(-0.00664805, ".4f"), filled(95615, ","), filled(0.25, ".0%")
    ('−0.0066', '95,615', '25 %')
    """
    whole = form.endswith("d") or not form
    text = format(round(number) if whole and number == round(number) else number, form)
    return text.replace("%", " %").replace("-", "−")
