r"""Where a letter takes its values, as in ``p \in (0, 1)`` or ``X \in \mathbb{R}^{n \times d}``."""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import inf, nextafter

from flint import arb

from truepage.maths.arrays import Meaningless
from truepage.maths.evaluation import value
from truepage.maths.notation import Kind, read_term
from truepage.maths.terms import CONSTANTS, Apply, Comparison, Index, Number, Symbol, Term, walk
from truepage.maths.tokens import Token, Unreadable, parted

NATURALS = {"\\mathbb{N}", "\\mathbb{Z}"}
REALS = "\\mathbb{R}"
PARTS = re.compile(r"(\\[gl]e|[<>])(-?\d+)")
"""What stands below ℝ or ℤ: ≥ 0."""
SHORT = {"+": "\\ge0", "++": ">0", "0": "\\ge0", "1": "\\ge1", "": ""}
"""The same for short: ℝ₊, ℕ₀."""
MOST_NUMBERS = 10_000
"""How many numbers a set may have whose middle is left out."""
FARTHEST = 40
"""How far whole numbers are tried: beyond where factorials and powers of 2 leave an integer."""


@dataclass(frozen=True)
class Interval:
    """Numbers from one to another; ±∞ as floats."""

    low: Fraction | float = -inf
    high: Fraction | float = inf
    low_closed: bool = False  # whether the end belongs to it
    high_closed: bool = False

    @cached_property
    def ends(self) -> tuple[float, float]:
        """The ends as floats."""
        return float(self.low), float(self.high)

    @cached_property
    def _extremes(self) -> tuple[float, float]:
        """The least and the greatest finite float in it."""
        (low, high), largest = self.ends, sys.float_info.max
        if not (self.low_closed or low > self.low):
            low = nextafter(low, inf)
        if not (self.high_closed or high < self.high):
            high = nextafter(high, -inf)
        return max(low, -largest), min(high, largest)

    def __contains__(self, x: float) -> bool:
        """Tell whether a finite float lies in it."""
        low, high = self._extremes
        return low <= x <= high

    def includes(
        self,
        low: Fraction | float,
        high: Fraction | float,
        low_closed: bool = True,
        high_closed: bool = True,
    ) -> bool:
        """Tell whether an interval lies in it."""
        begins = low > self.low or (low == self.low and self.low_closed >= low_closed)
        return begins and (
            high < self.high or (high == self.high and self.high_closed >= high_closed)
        )

    def __str__(self) -> str:
        """Return it as a claim's domain is written."""
        low, high = (
            "−∞" if end == -inf else "∞" if end == inf else str(end).replace("-", "−")
            for end in (self.low, self.high)
        )
        return f"{'(['[self.low_closed]}{low}, {high}{')]'[self.high_closed]}"


@dataclass(frozen=True)
class Finite:
    """A few numbers."""

    values: tuple[Fraction, ...]


@dataclass(frozen=True)
class Whole:
    r"""Whole numbers from one to another, the ends as terms: ``\{1, \dots, K\}``."""

    low: Term
    high: Term


@dataclass(frozen=True)
class SampleDistribution:
    r"""Probabilities of as many outcomes as a size says; none is 0 in ``\Delta_X^+``."""

    size: Symbol
    positive: bool = False


@dataclass(frozen=True)
class Domain:
    """Where a letter takes its values."""

    of: Interval | Finite | Whole | SampleDistribution = Interval()  # where each number of it lies
    shape: tuple[Term, ...] = ()  # sizes of a vector or matrix: numbers and letters

    @property
    def sizes(self) -> tuple[str, ...]:
        """Letters that stand for sizes."""
        size = (self.of.size,) if isinstance(self.of, SampleDistribution) else ()
        return tuple(term.name for term in (*self.shape, *size) if isinstance(term, Symbol))


REAL = Domain()


@dataclass(frozen=True)
class Gap:
    """Numbers that a union or a difference leaves out: between two, the ends included or not."""

    low: Fraction
    high: Fraction
    low_out: bool = True
    high_out: bool = True

    def conditions(self, letter: Symbol) -> Iterator[Comparison]:
        """Yield what holds of a letter outside of it."""
        ends = Number(self.low), Number(self.high)
        if self.low < self.high:
            sides = tuple(Apply("subtract", (letter, end)) for end in ends)
            product = Apply("multiply", sides)
            yield Comparison((product, Number(Fraction(0))), ("\\ge",))
        for end, out in zip(ends, (self.low_out, self.high_out), strict=True):
            if out:
                yield Comparison((letter, end), ("\\ne",))


def read_domains(found: Sequence[Token], kind: Kind) -> tuple[Domain, list[Gap]]:
    r"""Return the domain that tokens after ``\in`` are, with what ∪ and ∖ leave out of it.

    Raises
    ------
    Unreadable
        It is none that is known.
    """
    whole, *without = _split(found, "\\setminus")
    domains = [read_domain(part, kind) for part in _split(whole, "\\cup")]
    gaps: list[Gap] = []
    for part in without:
        taken = read_domain(part, kind)
        if not isinstance(taken.of, Finite) or taken.shape:
            raise Unreadable("expected such as \\setminus \\{0\\}", part[0].start, part[-1].end)
        gaps += [Gap(number, number) for number in taken.of.values]
    if len(domains) == 1:
        if gaps and domains[0].shape:
            raise Unreadable("\\setminus is understood of numbers", found[0].start, found[-1].end)
        return domains[0], gaps
    intervals = [domain.of for domain in domains if isinstance(domain.of, Interval)]
    if len(intervals) < len(domains) or any(domain.shape for domain in domains):
        raise Unreadable("\\cup is understood between intervals", found[0].start, found[-1].end)
    intervals.sort(key=lambda one: (one.low, one.high))
    for left, right in pairwise(intervals):
        if left.high > right.low:
            raise Unreadable("these intervals overlap", found[0].start, found[-1].end)
        ends = Fraction(left.high), Fraction(right.low)
        touch = ends[0] == ends[1]
        gap = Gap(*ends, not left.high_closed, not right.low_closed)
        if not touch or (gap.low_out and gap.high_out):
            gaps.append(gap)
    first, last = intervals[0], intervals[-1]
    return Domain(replace(first, high=last.high, high_closed=last.high_closed)), gaps


def _split(found: Sequence[Token], sign: str) -> list[list[Token]]:
    parts = parted(found, "set", sign)
    if not all(parts):
        raise Unreadable(f"nothing stands beside {sign}", found[0].start, found[-1].end)
    return parts


def read_domain(found: Sequence[Token], kind: Kind) -> Domain:
    r"""Return the one domain that tokens after ``\in`` are, without ∪ and ∖."""
    tokens = list(found)
    while tokens and tokens[-1].kind in ("stop", "comma", "quad"):
        tokens.pop()
    if not tokens:
        raise Unreadable("nothing stands after \\in")
    first, last = tokens[0], tokens[-1]
    if len(tokens) == 1 and first.kind == "symbol":
        return _named(first, kind)
    if first.kind == "open" and last.kind == "close":
        shape = _shape(last.sup, kind)
        inside = tokens[1:-1]
        if first.text == "{":
            return Domain(_set(inside, kind, first), shape)
        if first.text in "([" and last.text in ")]":
            parts = _parts(inside)
            if len(parts) != 2:
                raise Unreadable("an interval has two ends", first.start, first.end)
            low, high = _end(parts[0], kind, inf), _end(parts[1], kind, -inf)
            if not low < high:
                words = "the ends of the interval are not in order"
                raise Unreadable(words, first.start, first.end)
            return Domain(Interval(low, high, first.text == "[", last.text == "]"), shape)
    raise Unreadable("this domain is not understood", first.start, last.end)


def _named(token: Token, kind: Kind) -> Domain:
    if token.text == "\\Delta" and len(token.sub) == 1 and token.sub[0].kind == "symbol":
        if token.sup and [one.text for one in token.sup] != ["+"]:
            raise Unreadable("expected \\Delta_X, or \\Delta_X^+", token.start, token.end)
        return Domain(SampleDistribution(Symbol(token.sub[0].text), bool(token.sup)), ())
    below, above = "".join(one.text for one in token.sub), "".join(one.text for one in token.sup)
    signed = above in ("+", "-")
    shape = () if signed else _shape(token.sup, kind)
    part = {"+": ">0", "-": "<0"}[above] if signed else SHORT.get(below, below)
    found = PARTS.fullmatch(part) if not (signed and below) else None
    if token.text in (*NATURALS, REALS) and (found or not part):
        sign, number = (found[1], Fraction(found[2])) if found else ("", Fraction(0))
        if token.text == REALS:
            low_end = number if sign in (">", "\\ge") else -inf
            high_end = number if sign in ("<", "\\le") else inf
            return Domain(Interval(low_end, high_end, sign == "\\ge", sign == "\\le"), shape)
        low, high = Fraction(1 if token.text == "\\mathbb{N}" else -FARTHEST), Fraction(FARTHEST)
        if sign in (">", "\\ge"):
            low = number + (sign == ">")
        elif sign:
            high = number - (sign == "<")
        return Domain(Whole(Number(low), Number(high)), shape)
    words = "expected such as \\mathbb{R}, (0, 1), \\{0, 1\\}, \\mathbb{R}^{n \\times d}, \\Delta_X"
    raise Unreadable(f"the domain {token.text} is not known; {words}", token.start, token.end)


def _shape(exponent: Sequence[Token], kind: Kind) -> tuple[Term, ...]:
    parts = parted(exponent, "operator", "\\times") if exponent else []
    read = (read_term(part, kind) for part in parts)
    shape = tuple(Symbol(size.name) if isinstance(size, Index) else size for size in read)
    for size, part in zip(shape, parts, strict=True):
        if not isinstance(size, Number | Symbol):
            raise Unreadable("a size is a number or a letter", part[0].start, part[-1].end)
    return shape


def _set(inside: Sequence[Token], kind: Kind, at: Token) -> Finite | Whole:
    parts = _parts(inside)
    dots = [position for position, part in enumerate(parts) if part[0].kind == "dots"]
    if not dots:
        return Finite(tuple(_number(part, kind) for part in parts))
    words = "this set is not understood; expected such as "
    words += "\\{1, \\dots, n\\} or \\{0, 2, \\dots, 10\\}"
    if len(parts) < 3 or dots != [len(parts) - 2]:
        raise Unreadable(words, at.start)
    terms = [read_term(part, kind) for part in (*parts[:-2], parts[-1])]
    *shown, last = [rational(term) for term in terms]
    numbers = [number for number in shown if number is not None]
    if len(numbers) == len(shown) and last is not None:
        return Finite(_progression([*numbers, last], words, at))
    # The last one is a letter: the size of a vector.
    first = numbers[0] if numbers else Fraction(1, 2)
    if first.denominator != 1 or shown != [first + n for n in range(len(shown))]:
        raise Unreadable(words, at.start)
    return Whole(Number(first), terms[-1])


def _progression(shown: Sequence[Fraction], words: str, at: Token) -> tuple[Fraction, ...]:
    """Return all numbers of a set of which the first ones and the last are written out."""
    first, last = shown[0], shown[-1]
    step = shown[1] - first if len(shown) > 2 else Fraction(1)
    count = (last - first) / step if step else Fraction(-1)
    if count.denominator != 1 or not 0 <= count < MOST_NUMBERS:
        raise Unreadable(words, at.start)
    found = tuple(first + n * step for n in range(int(count) + 1))
    if found[: len(shown) - 1] != tuple(shown[:-1]):
        raise Unreadable(words, at.start)
    return found


def _parts(inside: Sequence[Token]) -> list[list[Token]]:
    parts = parted(inside, "comma")
    if not all(parts):
        where = inside[0] if inside else Token("end")
        raise Unreadable("this set is not understood", where.start, where.end)
    return parts


def _number(part: Sequence[Token], kind: Kind) -> Fraction:
    """Return the rational number that tokens are."""
    found = rational(read_term(part, kind))
    if found is None:
        raise Unreadable("expected a number", part[0].start, part[-1].end)
    return found


def _end(part: Sequence[Token], kind: Kind, inward: float) -> Fraction | float:
    """Return an end of an interval: ±∞, a rational number, or the float next to such as 2π."""
    if part[-1].text == "\\infty" and [one.text for one in part[:-1]] in ([], ["+"], ["-"]):
        return -inf if part[0].text == "-" else inf
    term = read_term(part, kind)
    exact = rational(term)
    if exact is not None:
        return exact
    if any(isinstance(one, Symbol) and one.name not in CONSTANTS for one in walk(term)):
        words = (
            "the end of an interval is a number; for a letter write a condition, 0 \\le t \\le T"
        )
        raise Unreadable(words, part[0].start, part[-1].end)
    try:
        number = value(term, {})
    except (Meaningless, ArithmeticError):
        number = None
    if not isinstance(number, arb) or not number.is_finite():
        raise Unreadable("expected a number", part[0].start, part[-1].end)
    near = float(number.mid())
    outside = arb(near) < number if inward > 0 else arb(near) > number
    return Fraction(nextafter(near, inward) if outside else near)


def rational(term: Term) -> Fraction | None:
    """Return the number that a term is if it is one written out: 2, −½, 3/4."""
    match term:
        case Number(value):
            return value
        case Apply("negate", (inner,)):
            number = rational(inner)
            return None if number is None else -number
        case Apply("divide", (over, under)):
            left, right = rational(over), rational(under)
            return left / right if left is not None and right else None
    return None
