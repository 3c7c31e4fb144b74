"""What a claim about a function consists of, and what may come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias


class ClaimError(Exception):
    """A line of a `properties` fence is not understood."""

    def __init__(self, words: str, line: int) -> None:
        super().__init__(words)
        self.line = line


@dataclass(frozen=True)
class Number:
    """A number of a claim.

    Parameters
    ----------
    text
        As it is written.
    value
        What it is; for digits that go on (0.278…) the end nearer to zero. None: infinite.
    sign
        Of an infinite one; else 0.
    unit
        Width of what digits that go on may stand for; 0: the number is exact.
    shown
        Unit of its last digit, for numbers that are compared as far as they are shown.
    """

    text: str
    value: Fraction | None
    sign: int = 0
    unit: Fraction = Fraction(0)
    shown: Fraction = Fraction(0)

    def key(self) -> float | Fraction:
        """Return what numbers are sorted and compared by."""
        return self.sign * float("inf") if self.value is None else self.value


@dataclass(frozen=True)
class Interval:
    """An interval; each end belongs to it or does not."""

    low: Number
    high: Number
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True)
class Values:
    """Finitely many numbers."""

    numbers: tuple[Number, ...]


@dataclass(frozen=True)
class Limit:
    """The number that a function tends to, at ±∞ or at a point."""

    value: Number
    at: Number


@dataclass(frozen=True)
class Symmetry:
    """A kind of symmetry: odd, even, none, or about a point; not looked at in some points."""

    kind: str
    centre: tuple[Number, Number] | None = None
    excepted: tuple[Number, ...] = ()


@dataclass(frozen=True)
class Region:
    """Where something is so: ``nowhere``, ``everywhere``, or how the variable relates to an end."""

    relation: str
    end: Number | None = None


@dataclass(frozen=True)
class Saturation:
    """A value that the code gives exactly from a number on, or up to one."""

    value: Number
    upward: bool
    end: Number


Statement: TypeAlias = (
    "Interval | Values | tuple[Limit, ...] | str | Symmetry | tuple[Number, ...] | Region "
    "| tuple[Saturation, ...]"
)


@dataclass(frozen=True)
class Claim:
    """One claim.

    Parameters
    ----------
    text
        As the author wrote it.
    property
        What it is about, a key of `PROPERTIES`.
    floats
        It is about float64 and not about the reals.
    assumed
        The author says that it may stay undecided.
    statement
        What it says.
    line
        Number of its line in the fence; the opening line has 0.
    domain
        The numbers that it is about; None: all of them.
    """

    text: str
    property: str
    floats: bool
    assumed: bool
    statement: Statement
    line: int
    domain: Interval | None = None


@dataclass(frozen=True)
class Subject:
    """The function that claims are about.

    Parameters
    ----------
    function
        Its dotted name.
    variable
        The name of its first argument in the claims.
    arguments
        Its other arguments.
    text
        As the author wrote it.
    """

    function: str
    variable: str
    arguments: Mapping[str, Number] = field(hash=False)
    text: str

    @property
    def key(self) -> str:
        """Name of the function with its arguments, whatever its variable is called."""
        arguments = [f"{name}={number.key()}" for name, number in sorted(self.arguments.items())]
        return f"{self.function}({', '.join(arguments)})"


@dataclass(frozen=True)
class Properties:
    """A `properties` fence.

    Parameters
    ----------
    subject
        What the claims are about.
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
    property: str
    floats: bool


@dataclass(frozen=True)
class Row:
    """A row of a comparison: what names it, as Markdown, the function, the line in the fence."""

    title: str
    subject: Subject
    line: int


@dataclass(frozen=True)
class Comparing:
    """A fence that compares functions by what other fences claim of them.

    Parameters
    ----------
    columns
        What is compared.
    rows
        The functions.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Answer:
    """What came of a claim.

    Parameters
    ----------
    status
        ``proved``, ``tested``, ``refuted`` or ``undecided``.
    words
        Why: at which place, and both values; or what could not be decided.
    right
        What holds instead, as a claim would say it; "" where it is not known.
    points
        At how many points it was tested; 0: it was proved, or not tested.
    interval
        The interval that a proof is for; "" if points prove it.
    """

    status: str
    words: str = ""
    right: str = ""
    points: int = 0
    interval: str = ""
