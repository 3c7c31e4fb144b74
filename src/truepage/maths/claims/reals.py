"""Numbers and sets of them: as claims write them, compared with what is known, and shown.

A number is known as a fraction, or as a ball that holds it. Comparisons have three answers, of
which None is that it is not known. Reading claims needs no balls: flint is imported where two are
compared.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from truepage.maths.values import VULGAR, read_number

if TYPE_CHECKING:
    from flint import arb

Real: TypeAlias = "Fraction | int | arb"
"""A number that is known exactly, or by a ball."""

INFINITE = {"∞", "\\infty", "inf"}

CLOSE = Fraction(1, 10**25)
"""How near a value must come to an end or a limit that is claimed."""


class ClaimError(Exception):
    """A line of a `properties` fence is not understood."""

    def __init__(self, words: str, line: int = 0) -> None:
        super().__init__(words)
        self.line = line


def ball(real: Real) -> "arb":
    """Return a number as a ball."""
    from truepage.maths.functions import exact

    return exact(real) if isinstance(real, Fraction | int) else real


def order(first: Real, second: Real) -> int | None:
    """Return the sign of the second number less the first; None: it is not known."""
    if isinstance(first, Fraction | int) and isinstance(second, Fraction | int):
        return (second > first) - (second < first)
    from truepage.maths.functions import sign

    return sign(ball(second) - ball(first))


def every(answers: Iterable[bool | None]) -> bool | None:
    """Tell whether all answers are yes; None: it is not known."""
    known = set(answers)
    return False if False in known else None if None in known else True


def below(first: Real, second: Real, *, equal: bool = True) -> bool | None:
    """Tell whether a number is less than another, or equal to it; None: it is not known."""
    side = order(first, second)
    return None if side is None else side > 0 or (side == 0 and equal)


def largest(reals: Iterable[Real], way: int = 1) -> Real:
    """Return about the greatest of some numbers, or with −1 the least."""
    return max(reals, key=lambda one: way * ball(one).mid())


def width(reals: tuple[Real, ...]) -> float:
    """Return about how wide the hull of some numbers is."""
    if not reals:
        return float("inf")
    found = float((ball(reals[-1]) - ball(reals[0])).abs_upper()) + float(ball(reals[0]).rad())
    return found if found < float("inf") else 1e308


@dataclass(frozen=True)
class ClaimedNumber:
    """A number of a claim.

    Parameters
    ----------
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

    def equals(self, real: Real, by: Fraction = Fraction(0)) -> bool | None:
        """Tell whether a number is this one, as far as its digits say, or near to it."""
        low, high = self.ends
        return every([below(low - by, real), below(real, high + by)])

    def is_nearer(self, real: Real, other: Real) -> bool:
        """Tell whether one number certainly is nearer to this one than another."""
        low, high = self.ends
        middle = ball((low + high) / 2)
        return order(abs(ball(real) - middle), abs(ball(other) - middle)) == 1

    def tex(self) -> str:
        r"""Return it as TeX.

        Examples
        --------
        >>> ClaimedNumber("−1/2", Fraction(-1, 2)).tex()
        '-\\tfrac{1}{2}'
        """
        if self.value is None:
            return "-\\infty" if self.sign < 0 else "\\infty"
        text = self.text.replace("−", "-").replace("...", "…").replace("…", "\\ldots").strip()
        for sign, fraction in VULGAR.items():
            text = text.replace(sign, f" {fraction}").strip()
        text = re.sub(r"(\d+)\s*/\s*(\d+)", r"\\tfrac{\1}{\2}", text)
        return text.replace("%", "\\%").replace(",", "{,}")


@dataclass(frozen=True)
class ClaimedInterval:
    """An interval; each end belongs to it or does not."""

    low: ClaimedNumber
    high: ClaimedNumber
    low_closed: bool
    high_closed: bool

    def holds(self, real: Real, slack: Fraction = Fraction(0)) -> bool | None:
        """Tell whether a number is in it, or beyond a closed end by little; None: not known."""
        sides = []
        if self.low.value is not None:
            end = self.low.ends[0] - slack * self.low_closed
            sides.append(below(end, real, equal=self.low_closed))
        if self.high.value is not None:
            end = self.high.ends[1] + slack * self.high_closed
            sides.append(below(real, end, equal=self.high_closed))
        return every(sides)

    def __str__(self) -> str:
        """Return it as an author writes it."""
        return self._between(self.low.text, self.high.text)

    def tex(self) -> str:
        """Return it as TeX."""
        return self._between(self.low.tex(), self.high.tex())

    def _between(self, low: str, high: str) -> str:
        return f"{'(['[self.low_closed]}{low}, {high}{')]'[self.high_closed]}"


@dataclass(frozen=True)
class ClaimedDomain:
    """The numbers that claims are about: intervals in order, no two of which meet."""

    intervals: tuple[ClaimedInterval, ...] = (
        ClaimedInterval(ClaimedNumber("−∞", None, -1), ClaimedNumber("∞", None, 1), False, False),
    )
    text: str = ""

    def holds(self, place: Fraction) -> bool:
        """Tell whether a number is in it."""
        return any(one.holds(place) for one in self.intervals)

    def borders(self, place: float | Fraction) -> bool:
        """Tell whether numbers next to a place, or far out, are in it."""
        return any(one.low.key() <= place <= one.high.key() for one in self.intervals)

    @property
    def ends(self) -> list[tuple[Fraction, bool]]:
        """Its finite ends, and whether each belongs to it."""
        both = [
            (end.value, closed)
            for one in self.intervals
            for end, closed in ((one.low, one.low_closed), (one.high, one.high_closed))
        ]
        return [(end, closed) for end, closed in both if end is not None]

    def mirrors(self, centre: Fraction) -> bool:
        """Tell whether it is symmetric about a place."""

        def turned(end: ClaimedNumber) -> float | Fraction:
            return -end.key() if end.value is None else 2 * centre - end.value

        return [
            (one.low.key(), one.low_closed, one.high.key(), one.high_closed)
            for one in self.intervals
        ] == [
            (turned(one.high), one.high_closed, turned(one.low), one.low_closed)
            for one in reversed(self.intervals)
        ]

    def tex(self) -> str:
        """Return it as TeX."""
        return " \\cup ".join(one.tex() for one in self.intervals)


REALS = ClaimedDomain()

Names = Mapping[str, ClaimedNumber]
"""The parameters that a claim may name."""


def number(text: str, names: Names) -> ClaimedNumber:
    """Read a decimal, a fraction, ±∞, digits that go on, or a parameter's name.

    `number` and what reads more than one raise a `ClaimError` if they are something else.
    """
    text = text.strip()
    plain = text.replace("−", "-")
    if plain in names:
        return names[plain]
    if plain.lstrip("+-") in INFINITE:
        return ClaimedNumber(text, None, -1 if plain.startswith("-") else 1)
    digits = plain.removesuffix("…").removesuffix("...")
    over, slash, under = digits.partition("/")
    reading = read_number(over)
    divisor = read_number(under) if slash else (Fraction(1), Fraction(1))
    goes_on = digits != plain
    if reading and divisor and divisor[0] and not (goes_on and (slash or not reading[1])):
        shown = Fraction(0) if slash else reading[1]
        return ClaimedNumber(text, reading[0] / divisor[0], 0, shown * goes_on, shown)
    raise ClaimError(
        f"{text!r} is not a number; expected one like 0, 1/2, −0.5, ∞, or 0.278… where "
        "the digits go on"
    )


def numbers(text: str, names: Names) -> tuple[ClaimedNumber, ...]:
    """Read numbers with commas between them."""
    return tuple(number(part, names) for part in text.split(","))


def interval(text: str, names: Names) -> ClaimedInterval:
    """Read an interval that is not empty."""
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
    return ClaimedInterval(low, high, *closed)


def read_domain(text: str, names: Names) -> ClaimedDomain:
    """Read intervals with ∪ between them, no two of which meet."""
    intervals = [interval(one, names) for one in re.split(r"\s*(?:∪|\\cup)\s*", text)]
    intervals.sort(key=lambda one: (one.low.key(), one.high.key()))
    if any(one.low.unit or one.high.unit for one in intervals):
        raise ClaimError(f"{text!r} is no domain; expected exact ends, as in (0, ∞)")
    for one, other in pairwise(intervals):
        touch = one.high.key() == other.low.key()
        if one.high.key() > other.low.key() or (touch and one.high_closed | other.low_closed):
            raise ClaimError(f"{text!r}: {one} and {other} meet; expected one interval for both")
    return ClaimedDomain(tuple(intervals), text)


def parts(text: str) -> list[str]:
    """Split at the commas that are not inside brackets."""
    return [part.strip() for part in re.split(r",\s*(?![^(]*\))", text)]


def maths(text: str) -> str:
    """Return TeX as Markdown has it in a sentence."""
    return f"$`{text}`$"


def where(places: tuple[ClaimedNumber, ...], x: str) -> str:
    """Return places as Markdown."""
    return maths(f"{x} = {', '.join(one.tex() for one in places)}")


def but_for(places: tuple[ClaimedNumber, ...], x: str) -> str:
    """Return the words that leave places out."""
    return f", but for {where(places, x)}" if places else ""


def shown(real: Real, digits: int = 10) -> str:
    """Return a number as a message shows it."""
    text: str = ball(real).mid().str(digits, radius=False)
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def apart(first: Real, second: Real) -> tuple[str, str]:
    """Return two numbers as a message shows them, with as many digits as tell them apart."""
    for digits in (10, 20, 40):
        if shown(first, digits) != shown(second, digits):
            break
    return shown(first, digits), shown(second, digits)


def precise(number: Fraction) -> str:
    """Return a number exactly."""
    decimal = f"{float(number):.12g}"
    return (decimal if Fraction(decimal) == number else str(number)).replace("-", "−")


def text(place: Fraction) -> str:
    """Return a place as messages show it: exactly if that is short."""
    exactly = precise(place)
    short = len(exactly) < (9 if "/" in exactly else 20)
    return exactly if short else f"{float(place):.6g}".replace("-", "−")


def said(place: Fraction, real: Real, what: str = "value") -> str:
    """Return words for a number at a place."""
    return f"at {text(place)} the {what} is {shown(real)}"
