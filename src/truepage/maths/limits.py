"""Limits, infinite sums and integrals to ∞: values as far as evaluation can tell.

None of these has a bound that is certain. A limit is taken as known if values very near the place,
at distances that have nothing in common, agree to many digits; a sum or an integral, if what is
added shrinks at least by half each time, or if Richardson's extrapolation settles. Whatever does
not settle is not known: a comparison with it stays undecided.

Source: C. Brezinski and M. Redivo Zaglia, *Extrapolation Methods* (1991).
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import count, islice

from flint import arb, ctx

from truepage.maths.functions import exact
from truepage.maths.jets import UNKNOWN

NEAR = (Fraction(5, 4) / 2**200, Fraction(4, 3) / 2**311, Fraction(7, 5) / 2**420)
"""Distances from the place of a limit; their reciprocals for a limit at ∞."""
AGREE = arb(2) ** -150
BITS = 1600
"""Bits for values near the place of a limit, where they may cancel."""

SMALL = arb(2) ** -110
"""What is added no more counts, relative to the sum."""
MOST_TERMS = 2048
"""Terms of an infinite sum; a power of two."""
SETTLED = arb(10) ** -13
"""Relative width up to which an extrapolated value counts as known."""


def limit(function: Callable[[arb], arb], place: arb | None, sides: tuple[int, ...]) -> arb:
    """Return the limit of a function at a place, or at ±∞; NaN: it is not known.

    Parameters
    ----------
    place
        None: ∞, in the direction that `sides` tells.
    sides
        From where: 1 from the right (or to ∞), −1 from the left (or to −∞).
    """
    before, ctx.prec = ctx.prec, BITS
    try:
        found = []
        for distance in NEAR:
            for side in sides:
                at = side / exact(distance) if place is None else place + side * exact(distance)
                found.append(function(at))
        last = found[-1]
        room = AGREE * abs(last).max(arb(1))
        if not all(one.is_finite() and abs(one - last) <= room for one in found):
            return UNKNOWN
        return last + arb(0, 4 * room.upper())
    finally:
        ctx.prec = before


def infinite_sum(term: Callable[[int], arb], lower: int) -> arb:
    """Return the sum of terms from one on; NaN: it does not settle."""
    terms = (term(n) for n in islice(count(lower), MOST_TERMS))
    return _settled(terms, at_powers_of_two=True)


def improper_integral(integral: Callable[[arb, arb], arb], start: arb, side: int) -> arb:
    """Return an integral from a number to ∞ (or from −∞ to it); NaN: it does not settle.

    Parameters
    ----------
    integral
        The integral from one number to a greater one.
    side
        1: to ∞; −1: from −∞.
    """

    def pieces() -> Iterator[arb]:
        near = start
        for power in range(12):
            far = start + side * 2**power
            yield integral(near, far) if side > 0 else integral(far, near)
            near = far

    return _settled(pieces(), at_powers_of_two=False)


def _settled(terms: Iterator[arb], *, at_powers_of_two: bool) -> arb:
    """Return the sum of what shrinks fast, or else Richardson's extrapolation of partial sums.

    The partial sums that count are those after 1, 2, 4, … terms, or after each.
    """
    total, before, shrinking = arb(0), arb(0), 0
    table: list[arb] = []
    sizes: list[arb] = []
    change = UNKNOWN
    for number, one in enumerate(terms, 1):
        if not one.is_finite():
            return UNKNOWN
        total += one
        sizes.append(abs(one))
        if shrinking >= 4 and abs(one) <= SMALL * abs(total).max(SETTLED):
            return total + arb(0, 2 * abs(one).upper())
        shrinking = shrinking + 1 if 2 * abs(one) <= abs(before) else 0
        before = one
        if not at_powers_of_two or number & (number - 1) == 0:
            row = [total]
            for power, other in enumerate(table, 1):
                row.append(row[-1] + (row[-1] - other) / (2**power - 1))
            if len(table) > 4:
                change = row[-1] - table[-1]
            table = row
    if at_powers_of_two and not 10 * max(sizes[-16:]) < 9 * max(sizes[len(sizes) // 2 - 16 :][:16]):
        return UNKNOWN  # what is added does not become small, as in 1 − 1 + 1 − …
    if table and abs(change) <= SETTLED * abs(table[-1]).max(arb(1)):
        return table[-1] + arb(0, 4 * abs(change).upper())
    return UNKNOWN
