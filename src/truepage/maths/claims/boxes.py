"""Values and slopes of a piece of a formula on closed intervals, which are halved."""

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from flint import arb

from truepage.maths.claims.enclosure import BITS, at, derived, extremes, known, polynomial, span
from truepage.maths.claims.pieces import Piece
from truepage.maths.claims.reals import CLOSE, Real, ball, text
from truepage.maths.functions import exact

PRECISE = 2600
"""Bits for far points, where 256 leave too wide a ball."""


@dataclass(frozen=True)
class Box:
    """A closed interval of a piece."""

    piece: Piece
    variable: str
    low: Fraction
    high: Fraction
    _at: dict[Fraction, tuple[Real, Real | None] | None] = field(repr=False, compare=False)

    @property
    def middle(self) -> Fraction:
        """The place in the middle."""
        return (self.low + self.high) / 2

    def halves(self) -> "tuple[Box, Box]":
        """Return its two halves."""
        ends = (self.low, self.middle), (self.middle, self.high)
        return tuple(Box(self.piece, self.variable, *two, self._at) for two in ends)  # type: ignore[return-value]

    def at(self, place: Fraction) -> tuple[Real, Real | None] | None:
        """Return the value and the slope of the piece's formula at a place."""
        if place not in self._at:
            self._at[place] = both(self.piece, self.variable, place)
        return self._at[place]

    @cached_property
    def _coefficients(self) -> tuple[arb, ...] | None:
        order = 2 if self.piece.smooth else 1 if self.piece.continuous else 0
        found = known(self.piece.term, self.variable, span(self.low, self.high), order)
        return found or known(self.piece.term, self.variable, span(self.low, self.high))

    @cached_property
    def slopes(self) -> tuple[Real, ...]:
        """Balls whose hull holds all slopes, for jumps in the slope as well; (): not known."""
        if (poly := polynomial(self.piece.term, self.variable)) is not None:
            return extremes(derived(poly), self.low, self.high)
        found = self._coefficients
        return () if found is None or len(found) < 2 else self._hull(found[1:], 1)

    @cached_property
    def values(self) -> tuple[Real, ...]:
        """Balls whose hull holds all values; (): not known."""
        if (poly := polynomial(self.piece.term, self.variable)) is not None:
            return extremes(poly, self.low, self.high)
        found = self._coefficients
        return () if found is None else self._hull(found, 0)

    def _hull(self, found: tuple[arb, ...], order: int) -> tuple[Real, ...]:
        """Return balls for a coefficient: by its own growth, which has one sign or is small."""
        if len(found) < 2:
            return (found[0],)
        growth = found[1] * (order + 1)
        if growth >= 0 or growth <= 0:
            low, high = self.at(self.low), self.at(self.high)
            if low and high and low[order] is not None and high[order] is not None:
                return low[order], high[order]  # type: ignore[return-value]
        centre = self.at(self.middle)
        if centre is None or centre[order] is None:
            return (found[0],)
        offset = span(self.low - self.middle, self.high - self.middle)
        better = ball(centre[order]) + growth * offset  # type: ignore[arg-type]
        return (better if better.rad() < found[0].rad() else found[0],)


def both(piece: Piece, variable: str, place: Fraction) -> tuple[Real, Real | None] | None:
    """Return the value and the slope of a piece's formula at a place; None: not known."""
    coefficients = polynomial(piece.term, variable)
    if coefficients is not None:
        return at(coefficients, place), at(derived(coefficients), place)
    for bits in (BITS, PRECISE):
        found = known(piece.term, variable, place, 1, bits) if piece.smooth else None
        found = found or known(piece.term, variable, place, 0, bits)
        if found and all(one.rad() < exact(CLOSE) * (1 + abs(one)) for one in found):
            return found[0], found[1] if len(found) == 2 else None
    return None


def near(box: Box) -> str:
    """Return words for a box in which something is not known."""
    if box.high - box.low < Fraction(1, 1000) * max(Fraction(1), abs(box.middle)):
        return f"near {float(box.middle):.6g}".replace("-", "−")
    return f"between {text(box.low)} and {text(box.high)}"
