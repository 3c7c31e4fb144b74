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
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from truepage.maths.claims.continuity import Continuous, Kinks
from truepage.maths.claims.derivatives import DerivativeSign, Monotone, ZeroGradient
from truepage.maths.claims.limits import Limits, Saturates
from truepage.maths.claims.model import Claim, Property
from truepage.maths.claims.ranges import DerivativeRange, Range
from truepage.maths.claims.reals import (
    REALS,
    ClaimedDomain,
    ClaimedNumber,
    ClaimError,
    maths,
    number,
    parts,
    read_domain,
)
from truepage.maths.claims.symmetry import Symmetry

KINDS: tuple[type[Property], ...] = (
    Range, Limits, Monotone, Symmetry, Continuous, Kinks, DerivativeSign, DerivativeRange,
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
class Subject:
    """The function that claims are about, by its dotted name, and as the author wrote it.

    Parameters
    ----------
    variable
        The name of its first argument in the claims.
    arguments
        Its other arguments.
    """

    function: str
    variable: str
    arguments: Mapping[str, ClaimedNumber] = field(hash=False)
    text: str

    @property
    def key(self) -> str:
        """Name of the function with its arguments, whatever its variable is called."""
        arguments = [f"{name}={number.key()}" for name, number in sorted(self.arguments.items())]
        return f"{self.function}({', '.join(arguments)})"


@dataclass(frozen=True)
class Properties:
    """The contents of a `properties` fence.

    Parameters
    ----------
    refuted
        The author says that the claims are wrong, and wants to show that they are.
    domain
        The line that says which numbers the claims are about, if there is one.
    """

    subject: Subject
    claims: tuple[Claim, ...]
    refuted: bool = False
    domain: str = ""


class Column(NamedTuple):
    """A column of a comparison: a property, in the reals or in float64."""

    text: str
    property: type[Property]
    floats: bool


class FenceRow(NamedTuple):
    """A row of a comparison: its title as Markdown, the function, the line in the fence."""

    title: str
    subject: Subject
    line: int


@dataclass(frozen=True)
class Comparing:
    """A fence that compares functions by the claims of other fences."""

    columns: tuple[Column, ...]
    rows: tuple[FenceRow, ...]


def read_properties(lines: Sequence[str]) -> Properties:
    """Read the lines inside a fence, or raise a `ClaimError` with a line."""
    (first, head), *others = _numbered(lines, "the function's name")
    with _line(first):
        subject = read_subject(head)
    domain, said = REALS, ""
    claims: dict[tuple[type[Property], bool], Claim] = {}
    for at, line in sorted(others, key=lambda one: not one[1].startswith("domain:")):
        with _line(at):
            if line.startswith("domain:"):
                if said:
                    raise ClaimError(f"{line!r} is a second domain; expected one")
                said = line
                domain = read_domain(line.removeprefix("domain:").strip(), subject.arguments)
                continue
            claim = _claim(line, at, subject, domain)
            if claims.setdefault((type(claim.property), claim.floats), claim) is not claim:
                raise ClaimError(f"{line!r} is a second claim of its kind; expected one")
    if not claims:
        raise ClaimError("it claims nothing; expected a line such as `range: (0, 1)`")
    shown_wrong = any(REFUTED.match(line) for line in lines)
    return Properties(subject, tuple(claims.values()), shown_wrong, said)


def is_comparing(lines: Sequence[str]) -> bool:
    """Tell whether the lines of a fence compare functions."""
    return next((line for line in lines if line.strip()), "").strip().startswith("compare:")


def read_comparing(lines: Sequence[str]) -> Comparing:
    """Read a comparison: the properties, then a line for each function; or raise a `ClaimError`."""
    (first, head), *others = _numbered(lines, "the properties")
    columns, rows = [], []
    with _line(first):
        for text in parts(head.removeprefix("compare:").strip()):
            name = text.removesuffix(" in float64")
            columns.append(Column(text, _kind(name), name != text))
        if not others:
            raise ClaimError("it compares nothing; expected a line for each function")
    for at, line in others:
        title, _, function = line.rpartition(": ")
        with _line(at):
            rows.append(FenceRow(title or function, read_subject(function), at))
    return Comparing(tuple(columns), tuple(rows))


def _numbered(lines: Sequence[str], first: str) -> list[tuple[int, str]]:
    """Return the lines that say something, each with its number."""
    found = [(at, line.strip()) for at, line in enumerate(lines, start=1)]
    found = [(at, line) for at, line in found if line and not line.startswith("%")]
    for at, line in found:
        if len(line) > LONGEST:
            raise ClaimError(f"it has {len(line)} characters; expected {LONGEST} at most", at)
    if not found:
        raise ClaimError(f"it is empty; expected {first} in its first line")
    return found


def read_subject(text: str) -> Subject:
    """Read the line that names the function, or raise a `ClaimError`."""
    match = FUNCTION.fullmatch(text)
    if not match:
        raise ClaimError(
            f"{text!r} is not a function with its variable; expected package.module.function(x) "
            "or package.module.function(x, parameter=0.5)"
        )
    arguments: dict[str, ClaimedNumber] = {}
    for part in match["arguments"].split(",")[1:]:
        name, _, said = (piece.strip() for piece in part.partition("="))
        arguments[name] = number(said, {})
        if arguments[name].value is None or arguments[name].unit:
            raise ClaimError(f"{name} is {said}; expected a finite number, written out")
    return Subject(match["function"], match["variable"], arguments, text)


def _claim(text: str, line: int, subject: Subject, domain: ClaimedDomain) -> Claim:
    match = CLAIM.fullmatch(text)
    if not match:
        raise ClaimError(f"{text!r} is not a claim; expected one like `range: (0, 1)`")
    kind, floats = _kind(match["property"].strip()), bool(match["floats"])
    if floats and not kind.in_floats:
        known = ", ".join(one.name for one in KINDS if one.in_floats)
        raise ClaimError(f"{kind.name!r} cannot be claimed in float64; expected one of {known}")
    if not floats and not kind.in_reals:
        raise ClaimError(
            f"no function {kind.name} in the reals as it does in floating point; "
            f"expected `{kind.name} in float64: …`"
        )
    said = kind.read(match["statement"].strip(), subject.arguments, subject.variable)
    said.fits(domain, floats=floats)
    return Claim(text, said, floats, bool(match["assumed"]), line, domain)


def _kind(name: str) -> type[Property]:
    if name in PROPERTIES:
        return PROPERTIES[name]
    close = get_close_matches(name, PROPERTIES, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(PROPERTIES)}"
    raise ClaimError(f"no property is named {name!r}; {hint}")


@contextmanager
def _line(number: int) -> Iterator[None]:
    """Give errors a line."""
    try:
        yield
    except ClaimError as error:
        raise ClaimError(str(error), number) from None


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
