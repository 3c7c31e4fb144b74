"""Claims in the reals, held to a function's formula.

A claim is proved on a bounded interval: by enclosures of the formula and its derivative on boxes
that are halved until each leaves no doubt (`truepage.maths.enclosures`), and by exact values where
branches meet. A claim that is not proved is tried at points (`truepage.maths.tested`). Unknown is
never false, and two numbers that cannot be told apart are not equal.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any

from flint import arb

from truepage.maths.balls import precision
from truepage.maths.branches import NotPlain, Piece, linear, pieces, plain
from truepage.maths.claim import Answer, Claim, Interval, Number, Region, Values
from truepage.maths.enclosures import BITS, BOXES, Box, Test, enclosed, everywhere, has_no_value
from truepage.maths.functions import exact
from truepage.maths.terms import Definition, Term
from truepage.maths.tested import (
    SLOPES_WRONG,
    Formula,
    ball_of,
    in_region,
    outside,
    tested,
    text_of,
)

REACH = Fraction(50)
"""Proofs are for the numbers from minus this to this."""

BESIDE = Fraction(1, 1000)
"""How far from an open end of the claim's domain a proof begins."""


FEW = 200
"""How many boxes a range is held to that can be refuted by boxes, and not proved."""


def prove(
    claims: list[Claim],
    term: Term,
    variable: str,
    numbers: Mapping[str, Fraction],
    definitions: Mapping[str, Definition],
) -> list[Answer]:
    """Hold claims to a formula.

    Parameters
    ----------
    claims
        Claims in the reals.
    term
        The function's formula.
    variable
        The formula's variable.
    numbers
        What its other letters stand for.
    definitions
        What symbols in it are defined as.
    """
    found = []
    for claim in claims:
        also = _ends(claim)
        try:
            cut = pieces(plain(term, variable, numbers, definitions), variable, also)
        except (NotPlain, RecursionError) as reason:
            cut, why = [], str(reason)
        else:
            why = "it is not proved"
        places = [piece.low for piece in cut if piece.low is not None and piece.low == piece.high]
        formula = Formula(term, variable, numbers, definitions, [*also, *places], claim.domain)
        curve = Curve(cut, variable, claim.domain)
        with precision(BITS):
            answer = _PROOFS[claim.property](claim.statement, curve) if curve.boxes else None
            if answer is None:
                answer = tested(claim, formula, why)
            elif answer.status == "undecided":
                tries = tested(claim, formula, "")
                answer = tries if tries.status == "refuted" else answer
        found.append(answer)
    return found


def _ends(claim: Claim) -> list[Fraction]:
    """Return the numbers at which a claim says that something changes."""
    said = claim.statement
    ends: list[Number | None] = []
    if isinstance(said, Region):
        ends = [said.end]
    elif claim.property in ("continuous", "kinks"):
        ends = [one for one in said if isinstance(one, Number)]  # type: ignore[union-attr]
    return [one.value for one in ends if one and one.value is not None]


class Curve:
    """A function on the interval that proofs are for: pieces, and the places between them.

    Parameters
    ----------
    cut
        All pieces of the formula.
    variable
        Its variable.
    domain
        Where the claim is made; None: for all real numbers.
    """

    def __init__(self, cut: list[Piece], variable: str, domain: Interval | None) -> None:
        self.variable, self._domain = variable, domain
        low, high = -REACH, REACH
        if domain:
            if domain.low.value is not None:
                low = max(low, domain.low.value + (0 if domain.low_closed else BESIDE))
            if domain.high.value is not None:
                high = min(high, domain.high.value - (0 if domain.high_closed else BESIDE))
        self.low, self.high = low, high
        self.boxes: list[Box] = []
        self.places: list[tuple[Fraction, Piece | None, Piece, Piece | None]] = []
        for at, piece in enumerate(cut):
            if piece.low is not None and piece.low == piece.high:
                if low <= piece.low <= high:
                    self.places.append(
                        (
                            piece.low,
                            cut[at - 1] if piece.low > low else None,
                            piece,
                            cut[at + 1] if piece.low < high else None,
                        )
                    )
                continue
            start = low if piece.low is None else max(low, piece.low)
            end = high if piece.high is None else min(high, piece.high)
            if start < end:
                self.boxes.append(Box(piece, variable, start, end))

    @property
    def whole(self) -> bool:
        """Whether the interval is all of the claim's domain."""
        domain = self._domain
        if domain is None:
            return False
        return (domain.low.value, domain.high.value) == (self.low, self.high)

    @property
    def interval(self) -> str:
        """The interval as a claim would have it."""
        return f"[{number_text(self.low)}, {number_text(self.high)}]"

    @property
    def points(self) -> list[Box]:
        """The places where pieces meet, each as a box."""
        return [Box(here, self.variable, place, place) for place, _, here, _ in self.places]

    def proved(self) -> Answer:
        """Return the answer to a claim that holds on the interval."""
        return Answer("proved", interval=self.interval)

    def value(self, piece: Piece, place: Fraction) -> arb | None:
        """Return the value of a piece's formula at a place, exact where it can be."""
        line = linear(piece.term, self.variable)
        if line:
            return exact(line[0] * place + line[1])
        return enclosed(piece.term, self.variable, exact(place))

    def compared(self, first: Piece, second: Piece, place: Fraction) -> int | None:
        """Return the sign of the second value less the first; None: it is not known."""
        one, other = linear(first.term, self.variable), linear(second.term, self.variable)
        if first.term == second.term:
            return 0 if self.value(first, place) is not None else None
        if one and other:
            difference = (other[0] - one[0]) * place + other[1] - one[1]
            return (difference > 0) - (difference < 0)
        return sign_of(self.value(first, place), self.value(second, place))

    def jumps(self, at: int) -> bool | None:
        """Tell whether the function certainly is not continuous at a place between pieces."""
        place, left, here, right = self.places[at]
        sides = [side for side in (left, right) if side]
        if not all(side.continuous for side in sides):
            return None
        found = [self.compared(side, here, place) for side in sides]
        if any(found):
            return True
        return None if None in found else False

    def bends(self, at: int) -> bool | None:
        """Tell whether the slopes on both sides of a place differ."""
        place, left, _, right = self.places[at]
        if left is None or right is None:
            return False
        slopes = [Box(one, self.variable, place, place).slope_at(place) for one in (left, right)]
        if left.term == right.term:
            return None if slopes[0] is None else False
        lines = [linear(one.term, self.variable) for one in (left, right)]
        if lines[0] and lines[1]:
            return lines[0][0] != lines[1][0]
        sign = sign_of(*slopes)
        return None if sign is None else sign != 0


def sign_of(first: arb | None, second: arb | None) -> int | None:
    """Return the sign of the second number less the first; None: it is not known."""
    if first is None or second is None:
        return None
    if first < second:
        return 1
    if first > second:
        return -1
    return 0 if first.is_exact() and second.is_exact() and first == second else None


def number_text(number: Fraction) -> str:
    """Return a number as a claim has it."""
    decimal = f"{float(number):.12g}"
    return (decimal if Fraction(decimal) == number else str(number)).replace("-", "−")


def _range(claimed: Interval | Values, curve: Curve) -> Answer | None:
    return _within(claimed, curve, slopes=False)


def _derivative_range(claimed: Interval | Values, curve: Curve) -> Answer | None:
    return _within(claimed, curve, slopes=True)


def _within(claimed: Interval | Values, curve: Curve, *, slopes: bool) -> Answer | None:
    """Prove a range whose ends are all reached on the interval; None: it is not proved."""
    boxes = curve.boxes if slopes else [*curve.boxes, *curve.points]
    what = "derivative" if slopes else "value"

    def at(box: Box, place: Fraction) -> arb | Fraction | None:
        line = linear(box.piece.term, curve.variable)
        if line:
            return line[0] if slopes else line[0] * place + line[1]
        return box.slope_at(place) if slopes else box.value_at(place)

    def own(box: Box, place: Fraction) -> bool:
        return box.low == box.high or place not in (box.piece.low, box.piece.high)

    def certain(box: Box, claimed: Interval | Values) -> tuple[bool | None, float]:
        line = linear(box.piece.term, curve.variable)
        if line and (slopes or not line[0] or box.low == box.high):
            return inside(claimed, at(box, box.low)), 0.0  # type: ignore[arg-type]
        slope = box.slope() if slopes else None
        found = ((slope,) if slope is not None else ()) if slopes else box.values()
        if not found or (isinstance(claimed, Values) and len(found) > 1):
            return None, 0.0
        width = float((found[-1] - found[0]).abs_upper())
        return all(inside(claimed, one) for one in found) or None, -width

    def wrong(box: Box, place: Fraction) -> str:
        found = at(box, place) if own(box, place) else None
        found = exact(found) if isinstance(found, Fraction) else found
        if found is not None and outside(claimed, found):
            return f"at {number_text(place)} the {what} is {text_of(found)}"
        return ""

    can = isinstance(claimed, Values) or (claimed.low_closed and claimed.high_closed)
    words = everywhere(boxes, lambda box: certain(box, claimed), wrong, BOXES if can else FEW)
    if words:
        return Answer("refuted", words)
    taken = [
        found
        for box in boxes
        for place in (box.low, box.middle, box.high)
        if own(box, place) and (found := at(box, place)) is not None
    ]
    if isinstance(claimed, Interval) and curve.whole:
        for end, closed, rest in (
            (claimed.low, claimed.low_closed, replace(claimed, low_closed=False)),
            (claimed.high, claimed.high_closed, replace(claimed, high_closed=False)),
        ):
            if closed and _held(boxes, partial(certain, claimed=rest)):
                return Answer("refuted", f"{end.text} is never reached")
    ends = (
        claimed.numbers
        if isinstance(claimed, Values)
        else [claimed.low] * claimed.low_closed + [claimed.high] * claimed.high_closed
    )
    if words is None or (isinstance(claimed, Interval) and len(ends) < 2):
        return None
    reached = all(any(_is(end, one) for one in taken) for end in ends)
    return curve.proved() if reached else None


def _held(boxes: list[Box], test: Test) -> bool:
    return everywhere(boxes, test, lambda box, place: "") == ""


def _is(number: Number, real: arb | Fraction) -> bool:
    """Tell whether a value certainly is a number, as far as its digits say."""
    if isinstance(real, Fraction):
        if not number.unit:
            return number.value == real
        real = exact(real)
    if number.unit:
        return bool(ball_of(number).contains(real))
    return bool(real.is_exact() and ball_of(number).is_exact() and real == ball_of(number))


def inside(claimed: Interval | Values, real: arb | Fraction) -> bool | None:
    """Tell whether all of a ball certainly is in a set; None: it is not known."""
    if isinstance(real, Fraction) and isinstance(claimed, Interval):
        ends = ((claimed.low, claimed.low_closed), (claimed.high, claimed.high_closed))
        reached = [end.value for end, closed in ends if closed and not end.unit]
    else:
        reached = []
    if real in reached:
        return True
    if isinstance(claimed, Values):
        return any(_is(number, real) for number in claimed.numbers) or None
    ball = exact(real) if isinstance(real, Fraction) else real
    low, high = claimed.low, claimed.high
    above = low.value is None or bool(
        ball >= ball_of(low) if claimed.low_closed else ball > ball_of(low)
    )
    below = high.value is None or bool(
        ball <= ball_of(high) if claimed.high_closed else ball < ball_of(high)
    )
    return (above and below) or None


def _slopes(claimed: str, curve: Curve) -> str | None:
    """Hold the sign of the derivative to all boxes: "", words, or None as in `everywhere`."""
    upward = claimed in (">", "≥")

    def test(box: Box) -> tuple[bool | None, float]:
        found = box.slope()
        if found is None:
            return None, 0.0
        order = float((found if upward else -found).lower())
        return _CERTAIN[claimed](found) or None, order

    def wrong(box: Box, place: Fraction) -> str:
        if place in (box.piece.low, box.piece.high):
            return ""
        slope = box.slope_at(place)
        if slope is None or not SLOPES_WRONG[claimed](slope):
            return ""
        return f"at {number_text(place)} the derivative is {text_of(slope)}"

    return everywhere(curve.boxes, test, wrong)


_CERTAIN: Mapping[str, Callable[[arb], bool]] = {
    ">": lambda slope: bool(slope > 0),
    "≥": lambda slope: bool(slope >= 0),
    "<": lambda slope: bool(slope < 0),
    "≤": lambda slope: bool(slope <= 0),
    "=": lambda slope: slope.is_zero(),
}


def _derivative(claimed: str, curve: Curve) -> Answer | None:
    words = _slopes(claimed, curve)
    if words:
        return Answer("refuted", words)
    return curve.proved() if words == "" else None


def _monotone(claimed: str, curve: Curve) -> Answer | None:
    if claimed == "no":
        return None
    way = {"increasing": 1, "decreasing": -1, "constant": 0}[claimed.removeprefix("strictly ")]
    loose = {1: "≥", -1: "≤", 0: "="}[way]
    words = _slopes(loose, curve)
    if words:
        return Answer("refuted", words)
    if words is None:
        return None
    if claimed.startswith("strictly") and _slopes({1: ">", -1: "<"}[way], curve) != "":
        return None
    for place, left, here, right in curve.places:
        steps = [one for one in (left, here, right) if one]
        for first, second in pairwise(steps):
            sign = curve.compared(first, second, place)
            if sign is None or sign not in (0, way):
                return None
    return curve.proved()


def _continuous(claimed: tuple[Number, ...], curve: Curve) -> Answer:
    """Continuity: in the pieces by what they are made of, between them by values."""
    known = {number.value for number in claimed}
    if words := _no_value(curve, known):
        return Answer("refuted", words)
    for at, (place, *_) in enumerate(curve.places):
        jump = _gap(curve, at)
        if jump is None:
            return _unsure(f"it may have a jump at {number_text(place)}")
        if jump and place not in known:
            return Answer("refuted", f"it is not continuous at {number_text(place)}")
        if not jump and place in known:
            return Answer("refuted", f"it is continuous at {number_text(place)}")
    return _connected(curve, [number for number in known if number is not None], smooth=False)


def _gap(curve: Curve, at: int) -> bool | None:
    """Tell whether a function has a jump, or no value, at a place."""
    _, _, here, _ = curve.places[at]
    if has_no_value(here.term, curve.variable, curve.places[at][0]):
        return True
    return curve.jumps(at)


def _no_value(curve: Curve, known: set[Fraction | None]) -> str:
    """Return words for a place where there certainly is no value."""
    tried = [(box.piece, place) for box in curve.boxes for place in samples(box)]
    tried += [(here, place) for place, _, here, _ in curve.places]
    for piece, place in tried:
        if place not in known and has_no_value(piece.term, curve.variable, place):
            return f"at {number_text(place)} it has no value"
    return ""


def samples(box: Box) -> list[Fraction]:
    """Return places inside a box."""
    return [box.low + (box.high - box.low) * Fraction(n, 32) for n in range(1, 32)]


def _kinks(claimed: tuple[Number, ...], curve: Curve) -> Answer:
    known = {number.value for number in claimed}
    for at, (place, *_) in enumerate(curve.places):
        gap, bend = _gap(curve, at), curve.bends(at)
        kink = False if gap or (bend is False and gap is False) else None
        kink = True if gap is False and bend else kink
        if kink is None:
            return _unsure(f"it may have a kink at {number_text(place)}")
        if kink and place not in known:
            return Answer("refuted", f"it has a kink at {number_text(place)}")
        if not kink and place in known:
            return Answer("refuted", f"it has no kink at {number_text(place)}")
    return _connected(curve, [], smooth=True)


def _connected(curve: Curve, known: list[Fraction], *, smooth: bool) -> Answer:
    """Prove that each piece is continuous, or has a derivative; near its ends, if it can be."""

    def test(box: Box) -> tuple[bool | None, float]:
        fits = box.piece.smooth if smooth else box.piece.continuous
        found = box.slope() if smooth else enclosed(box.piece.term, curve.variable, box.ball)
        return (True if fits and found is not None else None), 0.0

    def ignore(box: Box, place: Fraction) -> str:
        return ""

    if everywhere(curve.boxes, test, ignore) == "":
        return curve.proved()
    # A pole or a vertical tangent at an end of a piece: all but what is next to it.
    near = [_clipped(box) for box in curve.boxes]
    if everywhere(near, test, ignore) == "":
        return Answer("tested", points=len(near) * 2, interval=curve.interval)
    kind = "is differentiable" if smooth else "is continuous"
    return _unsure(f"it is not certain that it {kind} between its branch points")


def _clipped(box: Box) -> Box:
    by = (box.high - box.low) / 2**20
    low = box.low + by if box.low == box.piece.low else box.low
    high = box.high - by if box.high == box.piece.high else box.high
    return Box(box.piece, box.variable, low, high)


def _unsure(words: str) -> Answer:
    return Answer("undecided", words)


def _zero_gradient(claimed: Region, curve: Curve) -> Answer | None:
    """Where the derivative is 0: whole pieces by their form, nowhere by the sign of the slope."""
    for box in curve.boxes:
        line = linear(box.piece.term, curve.variable)
        wanted = in_region(claimed, box.middle)
        if wanted and (line is None or line[0]):
            return None
        if not wanted and line and not line[0]:
            return Answer("refuted", f"at {number_text(box.middle)} the derivative is 0")
        if not wanted and not _held([box], _not_zero):
            return None
    for at, (place, left, _, right) in enumerate(curve.places):
        gap, bend = _gap(curve, at), curve.bends(at)
        sides = [
            Box(one, curve.variable, place, place).slope_at(place) for one in (left, right) if one
        ]
        if in_region(claimed, place):
            if gap or (gap is False and bend):
                return Answer("refuted", f"at {number_text(place)} there is no derivative")
            if (
                gap is not False
                or bend is not False
                or not all(s is not None and s.is_zero() for s in sides)
            ):
                return None
        elif not gap and not any(s is not None and bool(s != 0) for s in sides):
            return None
    return curve.proved()


def _not_zero(box: Box) -> tuple[bool | None, float]:
    found = box.slope()
    return (None, 0.0) if found is None else (bool(found != 0) or None, -float(found.rad()))


_PROOFS: Mapping[str, Callable[[Any, Curve], Answer | None]] = {
    "range": _range,
    "limits": lambda claimed, curve: None,
    "monotone": _monotone,
    "symmetry": lambda claimed, curve: None,
    "continuous": _continuous,
    "kinks": _kinks,
    "derivative": _derivative,
    "derivative range": _derivative_range,
    "zero gradient": _zero_gradient,
}
