"""Values and slopes of a formula on intervals, and the search for a place where a claim is wrong.

Everything here is certain: an enclosure holds all values that the formula takes on the closed
interval, and is only given if the formula and each of its parts have finite values on all of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush

from flint import arb, arb_series

from truepage.maths.balls import precision
from truepage.maths.branches import Piece, linear
from truepage.maths.definitions import Definitions
from truepage.maths.evaluation import Evaluation
from truepage.maths.functions import Undefined, exact
from truepage.maths.linear import Meaningless, Value
from truepage.maths.terms import Derivative, Symbol, Term

BITS = 256
BOXES = 3000
"""How many boxes a claim may be held to."""


class Unknown(Exception):  # noqa: N818 (it is an answer)
    """Nothing is known: the boxes are too wide, or a part of the formula has no value in them."""


def _finite(found: Value) -> Value:
    """Return the value of a part of a formula, if it is certain to be finite."""
    parts = found.coeffs() if isinstance(found, arb_series) else [found]
    if not all(isinstance(part, arb) and part.is_finite() for part in parts):
        raise Unknown
    return found


def strictly(term: Term, variable: str, at: arb) -> Value:
    """Return the value of a formula all of whose parts have finite values."""
    return Evaluation(Definitions({}, each=_finite), {variable: at}).value(term)


def enclosed(term: Term, variable: str, box: arb) -> arb | None:
    """Return an enclosure of a formula's values; None: nothing is known."""
    try:
        with precision(BITS):
            found = strictly(term, variable, box)
    except (Unknown, Undefined, Meaningless, ValueError, ZeroDivisionError, OverflowError):
        return None
    return found if isinstance(found, arb) else None


def has_no_value(term: Term, variable: str, place: Fraction) -> bool:
    """Tell whether a formula certainly has no value at a place."""
    try:
        with precision(BITS):
            strictly(term, variable, exact(place))
    except Undefined:
        return True
    except (Unknown, Meaningless, ValueError, ZeroDivisionError, OverflowError):
        return False
    return False


@dataclass(frozen=True)
class Box:
    """A closed interval with its piece of the formula."""

    piece: Piece
    variable: str
    low: Fraction
    high: Fraction

    @property
    def ball(self) -> arb:
        """The interval as a ball that holds it."""
        with precision(BITS):
            return exact(self.low).union(exact(self.high))

    @property
    def middle(self) -> Fraction:
        """A place inside."""
        return (self.low + self.high) / 2

    def halves(self) -> "tuple[Box, Box]":
        """Return its two halves."""
        return (
            Box(self.piece, self.variable, self.low, self.middle),
            Box(self.piece, self.variable, self.middle, self.high),
        )

    def slope(self) -> arb | None:
        """Return an enclosure of all slopes; None: nothing is known.

        Where a maximum or an absolute value has its branch point inside, it is the hull of the
        slopes of both branches, and the formula is still continuous.
        """
        if not self.piece.continuous:
            return None
        line = linear(self.piece.term, self.variable)
        if line:
            return exact(line[0])
        return enclosed(
            Derivative(self.piece.term, Symbol(self.variable)), self.variable, self.ball
        )

    def values(self) -> tuple[arb, ...]:
        """Return an enclosure of all values, or of the least and the greatest; (): not known."""
        found = enclosed(self.piece.term, self.variable, self.ball)
        if found is None:
            return ()
        slope = self.slope()
        if slope is None:
            return (found,)
        if slope >= 0 or slope <= 0:
            ends = [self.value_at(self.low), self.value_at(self.high)]
            if ends[0] is not None and ends[1] is not None:
                return ends[0], ends[1]
        return (found,)

    def value_at(self, place: Fraction) -> arb | None:
        """Return the value of the piece's formula at a place."""
        return enclosed(self.piece.term, self.variable, exact(place))

    def slope_at(self, place: Fraction) -> arb | None:
        """Return the slope of the piece's formula at a place; None: nothing is known."""
        return Box(self.piece, self.variable, place, place).slope() if self.piece.smooth else None


Test = Callable[[Box], tuple[bool | None, float]]
"""Whether a claim certainly holds in a box (None: not known), and how urgent halving it is."""


def everywhere(
    boxes: list[Box], test: Test, wrong: Callable[[Box, Fraction], str], most: int = BOXES
) -> str | None:
    """Hold a claim to all points of some boxes: halve what is not certain, the worst first.

    Returns
    -------
    str or None
        "" if it holds in every box; None if that is not known; else what is wrong, at a place.
    """
    queue: list[tuple[float, int, Box]] = []
    count = 0
    for box in boxes:
        heappush(queue, (-float("inf"), count := count + 1, box))
    while queue:
        _, _, box = heappop(queue)
        if count > most:
            return None
        if words := wrong(box, box.middle):
            return words
        for half in box.halves() if box.low != box.high else (box,):
            certain, order = test(half)
            if certain:
                continue
            count += 1
            if half.low == half.high:
                return None
            heappush(queue, (order, count, half))
    return ""
