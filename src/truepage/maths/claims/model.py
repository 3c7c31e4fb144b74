"""The parts of a claim about a function: numbers, sets, the claim itself and its answer."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar, Self

from truepage.maths.values import VULGAR, read_number

INFINITE = {"∞": 1, "\\infty": 1, "inf": 1}


class ClaimError(Exception):
    """A line of a `properties` fence is not understood."""

    def __init__(self, words: str, line: int = 0) -> None:
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
        Its value; for digits that go on (0.278…) the end nearer to zero. None: infinite.
    sign
        Of an infinite one; else 0.
    unit
        Width of the range of values that digits that go on may mean; 0: the number is exact.
    shown
        Unit of its last digit, for numbers that are compared as far as they are shown.
    """

    text: str
    value: Fraction | None
    sign: int = 0
    unit: Fraction = Fraction(0)
    shown: Fraction = Fraction(0)

    def key(self) -> float | Fraction:
        """Return the number for sorting and comparing."""
        return self.sign * float("inf") if self.value is None else self.value

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """The least and the greatest value that a finite number may have."""
        assert self.value is not None  # noqa: S101 (finite)
        by = -self.unit if self.text.startswith(("-", "−")) else self.unit
        return min(self.value, self.value + by), max(self.value, self.value + by)

    def tex(self) -> str:
        r"""Return it as TeX.

        Examples
        --------
        >>> Number("−1/2", Fraction(-1, 2)).tex(), Number("−∞", None, -1).tex()
        ('-\\tfrac{1}{2}', '-\\infty')
        """
        if self.value is None:
            return "-\\infty" if self.sign < 0 else "\\infty"
        text = self.text.replace("−", "-").replace("...", "…").replace("…", "\\ldots").strip()
        for sign, fraction in VULGAR.items():
            text = text.replace(sign, f" {fraction}").strip()
        text = re.sub(r"(\d+)\s*/\s*(\d+)", r"\\tfrac{\1}{\2}", text)
        return text.replace("%", "\\%").replace(",", "{,}")


@dataclass(frozen=True)
class Interval:
    """An interval; each end belongs to it or does not."""

    low: Number
    high: Number
    low_closed: bool
    high_closed: bool

    def holds(self, place: Fraction) -> bool:
        """Tell whether a number is in it."""
        low, high = self.low.key(), self.high.key()
        return (low < place or (self.low_closed and low == place)) and (
            place < high or (self.high_closed and place == high)
        )

    def __str__(self) -> str:
        """Return it as an author writes it."""
        left, right = "(["[self.low_closed], ")]"[self.high_closed]
        return f"{left}{self.low.text}, {self.high.text}{right}"

    def tex(self) -> str:
        """Return it as TeX."""
        left, right = "(["[self.low_closed], ")]"[self.high_closed]
        return f"{left}{self.low.tex()}, {self.high.tex()}{right}"


@dataclass(frozen=True)
class Domain:
    """The numbers that claims are about: intervals in order, no two of which meet."""

    intervals: tuple[Interval, ...] = (
        Interval(Number("−∞", None, -1), Number("∞", None, 1), False, False),
    )
    text: str = ""

    def holds(self, place: Fraction) -> bool:
        """Tell whether a number is in it."""
        return any(one.holds(place) for one in self.intervals)

    def borders(self, place: float | Fraction) -> bool:
        """Tell whether numbers next to a place, or far out, are in it."""
        return any(one.low.key() <= place <= one.high.key() for one in self.intervals)

    def mirrors(self, centre: Fraction) -> bool:
        """Tell whether it is symmetric about a place."""

        def turned(end: Number) -> float | Fraction:
            return -float(end.key()) if end.value is None else 2 * centre - end.value

        ends = [
            (one.low.key(), one.low_closed, one.high.key(), one.high_closed)
            for one in self.intervals
        ]
        mirrored = [
            (turned(one.high), one.high_closed, turned(one.low), one.low_closed)
            for one in reversed(self.intervals)
        ]
        return ends == mirrored

    def tex(self) -> str:
        """Return it as TeX."""
        return " \\cup ".join(one.tex() for one in self.intervals)


REALS = Domain()

Names = Mapping[str, Number]
"""The parameters that a claim may name."""


class Property(ABC):
    """A kind of claim, and what one claim of it says.

    Attributes
    ----------
    name
        The word for it in a fence.
    title
        The name of its row or column on a page.
    in_floats, in_reals
        Whether it can be claimed in float64, and in the reals.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    in_floats: ClassVar[bool] = False
    in_reals: ClassVar[bool] = True

    @classmethod
    @abstractmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        """Read what follows the colon.

        Raises
        ------
        ClaimError
            It is not understood.
        """

    @abstractmethod
    def shown(self, x: str) -> str:
        """Return the words on a page, as Markdown; `x` is the variable as TeX."""

    def places(self) -> tuple[Number, ...]:
        """Return the places in the domain at which something is claimed."""
        return ()

    def fits(self, domain: Domain, *, floats: bool) -> None:
        """Check the claim's places.

        Raises
        ------
        ClaimError
            One is no exact number in the domain.
        """
        for place in self.places():
            if place.value is None or place.unit:
                raise ClaimError(f"{place.text!r} is no place; expected an exact, finite number")
            if not domain.holds(place.value):
                raise ClaimError(
                    f"{place.text} is not in the domain {domain.text}; expected a place in it"
                )

    def hold(self, curve: Any) -> "Answer":
        """Hold the claim to a function in the reals (`truepage.maths.claims.curve`).

        A kind that is of floats alone has none: the fence's reader refuses it in the reals.
        """
        raise NotImplementedError

    def sweep(self, sweep: Any) -> "Answer":
        """Hold the claim to code in float64 (`truepage.maths.claims.floats`).

        Kinds that cannot be claimed in float64 have none: the fence's reader refuses them.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Claim:
    """One claim.

    Parameters
    ----------
    text
        As the author wrote it.
    property
        Its kind, and what it says.
    floats
        It is about float64 and not about the reals.
    assumed
        The author says that it may stay undecided.
    line
        Number of its line in the fence; the opening line has 0.
    domain
        The numbers that it is about.
    """

    text: str
    property: Property
    floats: bool
    assumed: bool
    line: int
    domain: Domain = REALS


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
class Answer:
    """The answer to a claim.

    Parameters
    ----------
    status
        ``proved``, ``tested``, ``refuted`` or ``undecided``.
    words
        Why: at which place, and both values; or the part that could not be decided.
    right
        The claim of this kind that holds instead; "" where it is not known.
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

    def found(self, *, floats: bool, assumed: bool) -> tuple[str, str]:
        """Return the word for it on a page, and a sentence that says it in full."""
        if self.status == "proved" and not self.interval:
            return "proved", "Proved from the checked equation, by its values at some points."
        if self.status == "proved":
            return (
                f"proved on {self.interval}",
                f"Proved from the checked equation, for all numbers in {self.interval}.",
            )
        if self.status == "tested":
            kind = "floats, by the code" if floats else "points, by the equation; not proved"
            return "tested", f"Holds at all {self.points:,} tested {kind}."
        if assumed:
            return "assumed", "Not decided by the build; the author says so."
        return self.status, self.words


def refuted(words: str, right: str = "") -> Answer:
    """Return the answer to a claim that is false."""
    return Answer("refuted", words, right)


def undecided(words: str) -> Answer:
    """Return the answer to a claim about which too little is known."""
    return Answer("undecided", words)


def maths(text: str) -> str:
    """Return TeX as Markdown has it in a sentence."""
    return f"$`{text}`$"


def number(text: str, names: Names) -> Number:
    """Read a number: a decimal, a fraction, ±∞, digits that go on, or a parameter's name.

    Raises
    ------
    ClaimError
        It is none of these.
    """
    plain = text.strip().replace("−", "-")
    if plain in names:
        return names[plain]
    if plain.lstrip("+-") in INFINITE:
        return Number(text.strip(), None, -1 if plain.startswith("-") else 1)
    if plain.endswith(("…", "...")):
        reading = read_number(plain.removesuffix("…").removesuffix("..."))
        if reading and reading[1]:
            return Number(text.strip(), reading[0], unit=reading[1], shown=reading[1])
    over, slash, under = plain.partition("/")
    reading = read_number(over)
    divisor = read_number(under) if slash else (Fraction(1), Fraction(1))
    if reading and divisor and divisor[0]:
        shown = Fraction(0) if slash else reading[1]
        return Number(text.strip(), reading[0] / divisor[0], shown=shown)
    raise ClaimError(
        f"{text.strip()!r} is not a number; expected one like 0, 1/2, −0.5, ∞, or 0.278… where "
        "the digits go on"
    )


def numbers(text: str, names: Names) -> tuple[Number, ...]:
    """Read numbers with commas between them."""
    return tuple(number(part, names) for part in text.split(","))


def interval(text: str, names: Names) -> Interval:
    """Read an interval.

    Raises
    ------
    ClaimError
        It is none, or an empty one.
    """
    ends = text[1:-1].split(",")
    if len(ends) != 2 or text[0] not in "[(" or text[-1] not in "])":
        raise ClaimError(
            f"{text!r} is not a set of numbers; expected one like (0, 1), [0, ∞) or {{0, 1}}"
        )
    low, high = (number(end, names) for end in ends)
    closed = text[0] == "[", text[-1] == "]"
    if not low.key() < high.key():
        raise ClaimError(f"{text!r} is empty: its lower end is not below its upper end")
    if (closed[0] and low.value is None) or (closed[1] and high.value is None):
        raise ClaimError(f"{text!r} has ∞ for an element; expected a round bracket there")
    return Interval(low, high, *closed)


def parts(text: str) -> list[str]:
    """Split at the commas that are not inside brackets."""
    return [part.strip() for part in re.split(r",\s*(?![^(]*\))", text)]


def at(places: tuple[Number, ...], x: str) -> str:
    """Return places as Markdown."""
    return maths(f"{x} = {', '.join(one.tex() for one in places)}")


def but_for(places: tuple[Number, ...], x: str) -> str:
    """Return the words that leave places out."""
    return f", but for {at(places, x)}" if places else ""
