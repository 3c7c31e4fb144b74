"""The language of `properties` fences.

The first line names the function of the code, its variable, and numbers for its parameters. Each
line after it is one claim:

    neural.activations.sigmoid(z)
    range: (0, 1)
    range in float64: [0, 1]
    limits: 0 at −∞, 1 at ∞
    monotone: strictly increasing
    symmetry: point (0, 1/2)
    saturates in float64: 0 up to −745.13, 1 from 36.74

A claim is about the reals unless it says ``in float64``; one line may say ``domain: (0, ∞)``. This
module only reads; it imports nothing large.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import pairwise

from truepage.maths.claims.continuity import Continuous, Kinks
from truepage.maths.claims.derivative import Derivative, ZeroGradient
from truepage.maths.claims.limits import Limits
from truepage.maths.claims.model import (
    REALS,
    Answer,
    Claim,
    ClaimError,
    Domain,
    Number,
    Property,
    Subject,
    interval,
    maths,
    number,
    parts,
)
from truepage.maths.claims.monotone import Monotone
from truepage.maths.claims.ranges import DerivativeRange, Range
from truepage.maths.claims.saturation import Saturates
from truepage.maths.claims.symmetry import Symmetry

KINDS: tuple[type[Property], ...] = (
    Range, Limits, Monotone, Symmetry, Continuous, Kinks, Derivative, DerivativeRange,
    ZeroGradient, Saturates,
)  # fmt: skip
PROPERTIES: Mapping[str, type[Property]] = {kind.name: kind for kind in KINDS}
"""The kinds of claim, by name."""

FUNCTION = re.compile(
    r"(?P<function>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)\((?P<variable>[A-Za-z]\w*)"
    r"(?P<arguments>(?:,\s*[A-Za-z]\w*\s*=\s*[^,()]+)*)\)"
)
CLAIM = re.compile(
    r"(?P<property>[a-z ]+?)(?P<floats> in float64)?\s*:\s*(?P<statement>.+?)"
    r"(?P<assumed>\s*\(assumed\))?"
)
REFUTED = re.compile(r"\s*%\s*refuted\b")
"""A line that says that the claims are wrong, and that the page is to show why."""

LONGEST = 400
"""Characters that a line may have."""


@dataclass(frozen=True)
class Properties:
    """The contents of a `properties` fence.

    Parameters
    ----------
    subject
        The function that the claims are about.
    claims
        The claims.
    refuted
        The author says that they are wrong, and wants to show that they are.
    domain
        The line that says which numbers the claims are about, if there is one.
    """

    subject: Subject
    claims: tuple[Claim, ...]
    refuted: bool = False
    domain: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a comparison: a property, in the reals or in float64."""

    text: str
    property: type[Property]
    floats: bool


@dataclass(frozen=True)
class Row:
    """A row of a comparison: its title as Markdown, the function, the line in the fence."""

    title: str
    subject: Subject
    line: int


@dataclass(frozen=True)
class Comparing:
    """A fence that compares functions by the claims of other fences."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def read_properties(lines: Sequence[str]) -> Properties:
    """Read the lines inside a fence.

    Raises
    ------
    ClaimError
        A line is not understood.
    """
    numbered = [(at, line.strip()) for at, line in enumerate(lines, start=1)]
    numbered = [(at, line) for at, line in numbered if line and not line.startswith("%")]
    for at, line in numbered:
        if len(line) > LONGEST:
            raise ClaimError(f"it has {len(line)} characters; expected {LONGEST} at most", at)
    if not numbered:
        raise ClaimError("it is empty; expected the function's name in its first line")
    (first, head), *others = numbered
    subject = read_subject(head, first)
    domains = [(at, line) for at, line in others if line.startswith("domain:")]
    for at, line in domains[1:]:
        raise ClaimError(f"{line!r} is a second domain; expected one", at)
    domain, said = REALS, ""
    for at, said in domains:
        domain = _domain(said.removeprefix("domain:").strip(), subject, at)
    claims: list[Claim] = []
    for at, line in others:
        if (at, line) in domains:
            continue
        claim = read_claim(line, subject, at, domain)
        kinds = [(type(one.property), one.floats) for one in claims]
        if (type(claim.property), claim.floats) in kinds:
            raise ClaimError(f"{line!r} is a second claim of its kind; expected one", at)
        claims.append(claim)
    if not claims:
        raise ClaimError("it claims nothing; expected a line such as `range: (0, 1)`")
    return Properties(subject, tuple(claims), any(REFUTED.match(line) for line in lines), said)


def is_comparing(lines: Sequence[str]) -> bool:
    """Tell whether the lines of a fence compare functions."""
    return next((line for line in lines if line.strip()), "").strip().startswith("compare:")


def read_comparing(lines: Sequence[str]) -> Comparing:
    """Read the lines of a comparison: the properties, then a line for each function.

    Raises
    ------
    ClaimError
        A line is not understood.
    """
    numbered = [(at, line.strip()) for at, line in enumerate(lines, start=1) if line.strip()]
    (first, head), *others = numbered
    columns = []
    for text in parts(head.removeprefix("compare:").strip()):
        name = text.removesuffix(" in float64")
        columns.append(Column(text, _kind(name, first), name != text))
    rows = []
    for at, line in others:
        title, _, function = line.rpartition(": ")
        rows.append(Row(title or function, read_subject(function, at), at))
    if not rows:
        raise ClaimError("it compares nothing; expected a line for each function", first)
    return Comparing(tuple(columns), tuple(rows))


def read_subject(text: str, line: int = 0) -> Subject:
    """Read the line that names the function.

    Raises
    ------
    ClaimError
        It does not.
    """
    match = FUNCTION.fullmatch(text)
    if not match:
        raise ClaimError(
            f"{text!r} is not a function with its variable; expected package.module.function(x) "
            "or package.module.function(x, parameter=0.5)",
            line,
        )
    arguments: dict[str, Number] = {}
    for part in match["arguments"].split(",")[1:]:
        name, _, said = (piece.strip() for piece in part.partition("="))
        with _line(line):
            arguments[name] = number(said, {})
        if arguments[name].value is None or arguments[name].unit:
            raise ClaimError(f"{name} is {said}; expected a finite number, written out", line)
    return Subject(match["function"], match["variable"], arguments, text)


def read_claim(text: str, subject: Subject, line: int = 0, domain: Domain = REALS) -> Claim:
    """Read one claim.

    Raises
    ------
    ClaimError
        It is not understood, or says something of a place outside of the domain.
    """
    match = CLAIM.fullmatch(text)
    if not match:
        raise ClaimError(f"{text!r} is not a claim; expected one like `range: (0, 1)`", line)
    kind, floats = _kind(match["property"].strip(), line), bool(match["floats"])
    if floats and not kind.in_floats:
        known = ", ".join(one.name for one in KINDS if one.in_floats)
        raise ClaimError(
            f"{kind.name!r} cannot be claimed in float64; expected one of {known}", line
        )
    if not floats and not kind.in_reals:
        raise ClaimError(
            f"no function {kind.name} in the reals as it does in floating point; "
            f"expected `{kind.name} in float64: …`",
            line,
        )

    with _line(line):
        said = kind.read(match["statement"].strip(), subject.arguments, subject.variable)
        said.fits(domain, floats=floats)
    return Claim(text, said, floats, bool(match["assumed"]), line, domain)


def title(kind: type[Property], *, floats: bool) -> str:
    """Return the name of a row or a column.

    Examples
    --------
    >>> title(Range, floats=True)
    'Range in float64'
    """
    return kind.title + " in float64" * floats


def shown(claim: Claim, subject: Subject) -> str:
    """Return the words of a claim on a page, as Markdown.

    Examples
    --------
    >>> fence = read_properties(["f.g(z)", "range: (0, 1]", "zero gradient: for z < 0"])
    >>> [shown(claim, fence.subject) for claim in fence.claims]
    ['$`(0, 1]`$', 'for $`z < 0`$']
    """
    name = subject.variable
    x = name if len(name) == 1 else f"\\text{{{name}}}".replace("_", "\\_")
    domain = maths(f"{x} \\in {claim.domain.tex()}")
    return claim.property.shown(x) + f", for {domain}" * bool(claim.domain.text)


def _kind(name: str, line: int) -> type[Property]:
    if name in PROPERTIES:
        return PROPERTIES[name]
    close = get_close_matches(name, PROPERTIES, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(PROPERTIES)}"
    raise ClaimError(f"no property is named {name!r}; {hint}", line)


@contextmanager
def _line(number: int) -> Iterator[None]:
    """Give errors a line."""
    try:
        yield
    except ClaimError as error:
        raise ClaimError(str(error), number) from None


def _domain(text: str, subject: Subject, line: int) -> Domain:
    pieces = re.split(r"\s*(?:∪|\\cup)\s*", text)
    with _line(line):
        intervals = [interval(one, subject.arguments) for one in pieces]
    intervals.sort(key=lambda one: (one.low.key(), one.high.key()))
    if any(one.low.unit or one.high.unit for one in intervals):
        raise ClaimError(f"{text!r} is no domain; expected exact ends, as in (0, ∞)", line)
    for before, after in pairwise(intervals):
        touch = before.high.key() == after.low.key()
        if before.high.key() > after.low.key() or (touch and before.high_closed | after.low_closed):
            raise ClaimError(
                f"{text!r}: {before} and {after} meet; expected one interval for both",
                line,
            )
    return Domain(tuple(intervals), text)


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
