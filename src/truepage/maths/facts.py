"""What is so of a function that is known piece by piece: its range, limits, symmetry, kinks.

Nothing here is a guess: what cannot be proved raises `Undecided`.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from flint import arb

from truepage.maths.functions import exact
from truepage.maths.piecewise import Piecewise, same_at
from truepage.maths.quotients import (
    End,
    Quotient,
    inside,
    rational_roots,
    samples,
    sign_at,
    signs,
)

Real: TypeAlias = Fraction | float | arb
"""A real number: a rational, ±∞ as a float, or the small ball that an irrational one is in."""

NARROW = Fraction(1, 2**34)
"""How far irrational places are narrowed down."""


class Undecided(Exception):  # noqa: N818 (it is an answer)
    """Something could not be proved, nor its opposite."""


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a function's range: from one number to another, and which ends belong to it."""

    low: Real
    high: Real
    low_closed: bool
    high_closed: bool

    @property
    def single(self) -> bool:
        """Whether it is one number."""
        return self.low_closed and self.high_closed and compare(self.low, self.high) == 0


def compare(x: Real, y: Real) -> int:
    """Return −1, 0 or 1.

    Raises
    ------
    Undecided
        Two balls overlap.
    """
    if isinstance(x, arb) or isinstance(y, arb):
        if isinstance(x, float) or isinstance(y, float):  # an infinite one
            return compare(*(Fraction(0) if isinstance(one, arb) else one for one in (x, y)))
        difference = _arb(x) - _arb(y)
        if difference > 0:
            return 1
        if difference < 0:
            return -1
        if x is y:
            return 0
        raise Undecided("two numbers are too close to be told apart")
    return (x > y) - (x < y)


def _arb(x: Real) -> arb:
    return x if isinstance(x, arb) else exact(Fraction(x))


def value_at(quotient: Quotient, place: Fraction) -> Real:
    """Return the value of a quotient at a place where it has one."""
    fixed = quotient.at(place)
    if fixed is None:
        raise Undecided("it has no value at a place where pieces meet")
    constant = fixed.constant
    return fixed.ball(exact(place)) if constant is None else constant


def side(function: Piecewise, at: int, *, left: bool) -> Real:
    """Return the limit at a place from one side."""
    found = function.one_sided(at, left=left)
    if found is None:
        raise Undecided("a limit at a place where pieces meet is not known")
    return value_at(found, function.places[at]) if isinstance(found, Quotient) else found


def ends(function: Piecewise) -> Iterator[tuple[End, End, Quotient, Real, Real]]:
    """Yield each open interval with its quotient and the limits at its ends.

    Raises
    ------
    Undecided
        The function has no value on a whole interval.
    """
    last = len(function.places)
    for at, (low, high, piece) in enumerate(function.intervals()):
        if piece is None:
            raise Undecided("it has no value on a part of the line")
        from_left = function.limit(left=True) if at == 0 else side(function, at - 1, left=False)
        to_right = function.limit(left=False) if at == last else side(function, at, left=True)
        assert from_left is not None and to_right is not None  # noqa: S101 (there is a piece)
        yield low, high, piece, from_left, to_right


def turns(quotient: Quotient, low: End, high: End, depth: int = 0) -> tuple[set[int], list[Real]]:
    """Return the signs that the slope has between the turning points, and the values at these."""
    slope = quotient.derivative()
    found = signs(slope, low, high)
    if found is not None and not found >= {-1, 1}:
        return {next(iter(found - {0}), 0)}, []
    if depth > 6:
        raise Undecided("it turns too often")
    roots = [root for root in rational_roots(slope.top) if inside(root, low, high)]
    if roots:
        cut, value = (roots[0], roots[0]), value_at(quotient, roots[0])
    else:
        cut = _bracket(slope, low, high)
        value = quotient.ball(exact(cut[0]).union(exact(cut[1])))
    left, first = turns(quotient, low, cut[0], depth + 1)
    right, second = turns(quotient, cut[1], high, depth + 1)
    return left | right, [*first, value, *second]


def _bracket(quotient: Quotient, low: End, high: End) -> tuple[Fraction, Fraction]:
    """Return a small interval in which a quotient changes its sign."""
    places = sorted(set(samples(low, high)))
    for a, b in pairwise(places):
        first = sign_at(quotient, a)
        if first == -(sign_at(quotient, b) or 0):
            while b - a > NARROW:
                middle = (a + b) / 2
                a, b = (middle, b) if sign_at(quotient, middle) == first else (a, middle)
            return a, b
    raise Undecided("where it turns was not found")


def range_of(function: Piecewise) -> list[Part]:
    """Return the range of a function, as parts that are apart from each other."""
    parts = []
    for low, high, piece, first, last in ends(function):
        constant = piece.constant
        if constant is not None:
            parts.append(Part(constant, constant, True, True))
            continue
        _, values = turns(piece, low, high)
        candidates = [(first, False), (last, False), *((value, True) for value in values)]
        parts.append(_hull(candidates))
    for value, place in zip(function.here, function.places, strict=True):
        if value is not None:
            number = value_at(value, place)
            parts.append(Part(number, number, True, True))
    return _joined(parts)


def _hull(candidates: Sequence[tuple[Real, bool]]) -> Part:
    (low, low_closed), (high, high_closed) = candidates[0], candidates[0]
    for value, taken in candidates[1:]:
        order = compare(value, low)
        if order <= 0:
            low, low_closed = value, taken or (order == 0 and low_closed)
        order = compare(value, high)
        if order >= 0:
            high, high_closed = value, taken or (order == 0 and high_closed)
    return Part(low, high, low_closed, high_closed)


def _joined(parts: Sequence[Part]) -> list[Part]:
    """Return the parts with those joined that overlap or touch."""
    done: list[Part] = []
    for part in parts:
        at = 0
        while at < len(done):
            other = done[at]
            if _touch(part, other) and _touch(other, part):
                part = _hull(
                    [
                        (part.low, part.low_closed),
                        (part.high, part.high_closed),
                        (other.low, other.low_closed),
                        (other.high, other.high_closed),
                    ]
                )
                del done[at]
                at = 0
            else:
                at += 1
        done.append(part)
    return sorted(done, key=lambda part: float(_middle(part.low)))


def _touch(left: Part, right: Part) -> bool:
    """Tell whether one part does not end before another begins."""
    order = compare(left.high, right.low)
    return order > 0 or (order == 0 and (left.high_closed or right.low_closed))


def _middle(x: Real) -> float:
    return float(x.mid()) if isinstance(x, arb) else float(x)


def monotone(function: Piecewise) -> str:
    """Return the strongest word for how a function goes: as `properties.MONOTONE` has them."""
    found: set[int] = set()
    for low, high, piece, _, _ in ends(function):
        found |= turns(piece, low, high)[0]
    for at, place in enumerate(function.places):
        steps = [side(function, at, left=True), side(function, at, left=False)]
        value = function.here[at]
        if value is not None:
            steps.insert(1, value_at(value, place))
        found |= {compare(after, before) for before, after in pairwise(steps)} - {0}
    if found >= {-1, 1}:
        return "no"
    if 1 in found or -1 in found:
        word = "increasing" if 1 in found else "decreasing"
        return word if 0 in found else f"strictly {word}"
    return "constant"


def discontinuities(function: Piecewise) -> list[Fraction]:
    """Return where a function is not continuous, or has no value."""
    list(ends(function))  # that the limits are known
    return [place for at, place in enumerate(function.places) if not function.continuous_at(at)]


def kinks(function: Piecewise) -> list[Fraction]:
    """Return where a function is continuous and has no derivative."""
    slopes = function.derivative()
    slopes = slopes.refined(function.places)
    return [
        place
        for at, place in enumerate(function.places)
        if function.continuous_at(at) and slopes.here[slopes.places.index(place)] is None
    ]


def slope_signs(function: Piecewise) -> set[int]:
    """Return the signs of the derivative, wherever there is one."""
    slopes = function.derivative()
    found: set[int] = set()
    for low, high, piece in slopes.intervals():
        part = signs(piece, low, high) if piece else None
        if part is None:
            raise Undecided("the sign of the derivative is not proved")
        found |= part
    for value, place in zip(slopes.here, slopes.places, strict=True):
        if value is not None and (one := sign_at(value, place)) is not None:
            found.add(one)
    return found


def flat_where(function: Piecewise, place: Fraction | None, relation: str) -> str:
    """Tell whether the derivative is zero exactly where the variable relates to a place so.

    Returns
    -------
    str
        "" if it is; else what is wrong.
    """
    slopes = function.derivative()
    if place is not None:
        slopes = slopes.refined([place])
    for low, high, piece in slopes.intervals():
        wanted = _related(low, high, place, relation)
        found = signs(piece, low, high) if piece else None
        if found is None:
            raise Undecided("the sign of the derivative is not proved")
        if wanted != (0 in found) or (wanted and found != {0}):
            where = _between(low, high)
            return (
                f"the derivative is {'not zero everywhere' if wanted else 'zero somewhere'} {where}"
            )
    for at, (value, own) in enumerate(zip(slopes.here, slopes.places, strict=True)):
        wanted = relation == "everywhere" or (
            place is not None and relation in _HOLDS[(own > place) - (own < place)]
        )
        if value is None:
            if wanted:
                return f"there is no derivative at {_text(slopes.places[at])}"
        elif wanted != (sign_at(value, own) == 0):
            return f"the derivative is {'not ' * wanted}zero at {_text(own)}"
    return ""


_HOLDS = {-1: {"<", "≤", "≠"}, 0: {"=", "≤", "≥"}, 1: {">", "≥", "≠"}}


def _related(low: End, high: End, place: Fraction | None, relation: str) -> bool:
    """Tell whether all of an open interval, on one side of a place, relates to it so."""
    if place is None:
        return relation == "everywhere"
    return relation in _HOLDS[1 if low is not None and low >= place else -1]


def _between(low: End, high: End) -> str:
    if low is None and high is None:
        return "on the line"
    if low is None:
        return f"below {_text(high)}"
    return f"above {_text(low)}" if high is None else f"between {_text(low)} and {_text(high)}"


def _text(number: End) -> str:
    return str(number).replace("-", "−")


def symmetric(function: Piecewise, kind: str, height: Fraction, but: Sequence[Fraction]) -> bool:
    """Tell whether a function is even, or symmetric about the point (0, height)."""
    mirror = function.mirrored()
    same = {place for one in (function, mirror) for place in one.places}
    here, there = function.refined(same), mirror.refined(same)

    def fits(one: Quotient | None, other: Quotient | None) -> Quotient | None:
        if one is None or other is None:
            return one if one is other else _never(one or other)
        if kind == "even":
            return one - other
        return one + other - Quotient.number(2 * height, one.rate)

    for one, other in zip(here.pieces, there.pieces, strict=True):
        difference = fits(one, other)
        if difference is not None and not difference.top.is_zero():
            return False
    for place, one, other in zip(here.places, here.here, there.here, strict=True):
        difference = fits(one, other)
        if place not in but and difference is not None and sign_at(difference, place) != 0:
            return False
    return True


def _never(quotient: Quotient | None) -> Quotient | None:
    """Return a quotient that is not zero: one side has a value and the other has none."""
    return Quotient.number(1, quotient.rate) if quotient else None


def balance(function: Piecewise) -> Fraction | None:
    """Return the height of the point on the axis x = 0 that a function is symmetric about."""
    last, first = function.pieces[-1], function.pieces[0]
    total = (last + first.mirrored()).constant if last and first else None
    if total is not None and symmetric(function, "point", total / 2, ()):
        return total / 2
    return None


def limit_at(function: Piecewise, place: Fraction | float) -> Real | None:
    """Return the limit at a place or at ±∞; None: from the two sides it is not the same."""
    if isinstance(place, float) and math.isinf(place):
        return function.limit(left=place < 0)
    fixed = Fraction(place)
    refined = function.refined([fixed])
    at = refined.places.index(fixed)
    left, right = side(refined, at, left=True), side(refined, at, left=False)
    one, other = refined.pieces[at], refined.pieces[at + 1]
    if one and other and isinstance(left, arb) and same_at(one, other, fixed):
        return left
    return left if compare(left, right) == 0 else None
