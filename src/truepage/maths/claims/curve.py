"""A function in the reals, as claims ask about it: values at places, and proofs on an interval.

A proof is by enclosures on boxes that are halved until each leaves no doubt, and by the values of
both sides where branches meet. Unknown is never false, and two numbers that cannot be told apart
are not equal. Beyond the interval there are points only: they refute, and never prove.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from heapq import heappop, heappush
from itertools import pairwise

from flint import arb

from truepage.maths.arrays import Meaningless
from truepage.maths.claims import points
from truepage.maths.claims.enclosure import (
    BITS,
    enclosed,
    known,
    span,
)
from truepage.maths.claims.model import Answer, Claim, Domain, refuted, undecided
from truepage.maths.claims.pieces import (
    Box,
    NotPlain,
    Piece,
    both,
    cut,
    near,
    plain,
    resolved,
    ties,
)
from truepage.maths.claims.points import FAR
from truepage.maths.claims.reals import Real, ball, largest, order, precise, text
from truepage.maths.functions import Undefined
from truepage.maths.jets import precision
from truepage.maths.terms import Definition, Term

BOXES = 2000
"""The largest number of boxes that one claim is checked on."""

TINY = Fraction(1, 10**7)
"""How wide a box may be that is held to a claim with a tolerance."""


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
    numbers
        The numbers that its other letters stand for.
    definitions
        The definitions of symbols in it.
    """
    answers = []
    curves: dict[object, Curve] = {}
    for claim in claims:
        places = tuple(one.value for one in claim.property.places() if one.value is not None)
        try:
            if (key := (claim.domain, places)) not in curves:
                formula = plain(term, variable, numbers, definitions)
                curves[key] = Curve(formula, variable, claim.domain, places)
            with precision(BITS):
                answers.append(_held(claim, curves[key]))
        except (NotPlain, Meaningless, RecursionError) as reason:
            answers.append(undecided(f"the formula is not understood: {reason}"))
    return answers


def _held(claim: Claim, curve: "Curve") -> Answer:
    answer = claim.property.hold(curve)
    if answer.status not in ("proved", "tested") or claim.property.name == "continuous":
        return answer
    for point in curve.points:
        if point.missing and not curve.is_place(point.place):
            where = claim.domain.text or "all numbers"
            return undecided(
                f"at {text(point.place)} it has no value, and the claim is about {where}; "
                "a line `domain: …` says where it is made"
            )
    return answer


@dataclass(frozen=True)
class Point:
    """The values of a function at a place.

    Parameters
    ----------
    value, slope
        The value and the derivative at the place; None: there is none, or it is not known.
    missing, kinked
        There certainly is no value, or no derivative.
    """

    place: Fraction
    value: Real | None = None
    slope: Real | None = None
    missing: bool = False
    kinked: bool = False


Certain = Callable[[Box], float | None]
"""Holds a claim to a box. None: it certainly holds; else the lower, the sooner it is halved."""

Of = Callable[[Point], Real | None]
"""The number at a point that a claim is about: its value, or its slope."""


class Curve:
    """A function in the reals.

    Parameters
    ----------
    term
        Its formula, written out.
    domain
        The numbers that the claim is about.
    also
        Places at which something is claimed.
    """

    def __init__(
        self, term: Term, variable: str, domain: Domain, also: tuple[Fraction, ...] = ()
    ) -> None:
        self.term, self.variable, self.domain = term, variable, domain
        self._marks = points.landmarks(term, variable, domain) | {*also}
        self.spans = points.spans(domain, self._marks)
        self._pieces: list[Piece] = []
        for low, high in self.spans:
            try:
                self._pieces += cut(term, variable, low, high, {*also})
            except NotPlain:
                self._pieces.append(Piece(low, high, term))
        self._boxes = [Box(one, variable, one.low, one.high, {}) for one in self._pieces]
        self._starts = [one.low for one in self._pieces]
        ends = {end for low, high in self.spans for end in (low, high)}
        inner = {one.low for one in self._pieces} | {one.high for one in self._pieces}
        self.places = sorted(p for p in inner if p not in ends or self._is_edge(p))
        self._known: dict[Fraction, Point] = {}

    @property
    def interval(self) -> str:
        """The interval that proofs are for, as a claim would have it."""
        return " ∪ ".join(f"[{precise(a)}, {precise(b)}]" for a, b in self.spans)

    @property
    def whole(self) -> bool:
        """Whether the interval is all of the domain."""
        ends = [(one.low.value, one.high.value) for one in self.domain.intervals]
        return ends == self.spans

    @cached_property
    def _points(self) -> list[Fraction]:
        return points.points(self.domain, self._marks | {*self.places})

    @cached_property
    def points(self) -> list[Point]:
        """The points at which claims are tried, the simplest first."""
        return [self.at(place) for place in self._points]

    def tested(self) -> Answer:
        """Return the answer to a claim that holds at the points."""
        return Answer("tested", points=len(self.points))

    def is_place(self, place: Fraction) -> bool:
        """Tell whether pieces meet at a place."""
        at = bisect_left(self.places, place)
        return at < len(self.places) and self.places[at] == place

    def _is_edge(self, place: Fraction) -> bool:
        """Tell whether a place is a closed end of the domain."""
        ends = [(one.low, one.low_closed) for one in self.domain.intervals]
        ends += [(one.high, one.high_closed) for one in self.domain.intervals]
        return any(closed and end.value == place for end, closed in ends)

    def at(self, place: Fraction) -> Point:
        """Return the values at a place."""
        if place not in self._known:
            self._known[place] = self._at(place)
        return self._known[place]

    def _at(self, place: Fraction) -> Point:
        box = self._boxes[max(0, bisect_left(self._starts, place) - 1)]
        if box.low < place < box.high and box.piece.smooth and (inner := box.at(place)):
            return Point(place, *inner)
        here = self._here(place)
        found = both(here, self.variable, place)
        if found is None and self._missing(here.term, place):
            return Point(place, missing=True, kinked=True)
        value = found[0] if found else None
        if self.is_place(place) and value is not None:
            gap, bend = self.gap(place), self.bend(place)
            sides = [both(one, self.variable, place) for one in self.sides(place) if one]
            slope = sides[0][1] if gap is False and bend is False and sides and sides[0] else None
            return Point(place, value, slope, kinked=bool(gap or bend))
        if found is None or ties(self.term, self.variable, place):
            return Point(place, value)
        return Point(place, *found)

    def _here(self, place: Fraction) -> Piece:
        """Return the formula with the branches that it takes at a place."""
        return Piece(place, place, resolved(self.term, self.variable, place))

    def _missing(self, term: Term, place: Fraction) -> bool:
        """Tell whether a formula certainly has no value at a place."""
        try:
            enclosed(term, self.variable, place)
        except Undefined:
            return True
        return False

    def sides(self, place: Fraction) -> tuple[Piece | None, Piece | None]:
        """Return the formulas on both sides of a place; None: that side is not in the domain."""
        found: list[Piece | None] = [None, None]
        for one in self._pieces:
            if place in (one.low, one.high):
                side = Piece(place, place, resolved(one.term, self.variable, place))
                known = not ties(one.term, self.variable, place)
                found[one.low == place] = side if known else one
        return found[0], found[1]

    def steps(self, place: Fraction) -> list[tuple[Piece, Piece, int | None]]:
        """Return what leads over a place: from, to, and the sign of the step; None: not known."""
        left, right = self.sides(place)
        chain = [one for one in (left, self._here(place), right) if one]
        return [(a, b, self._step(a, b, place)) for a, b in pairwise(chain)]

    def _step(self, first: Piece, second: Piece, place: Fraction) -> int | None:
        """Return the sign of a step at a place; a side has a limit if its formula is continuous."""
        if not (first.continuous and second.continuous):
            return None
        values = [both(one, self.variable, place) for one in (first, second)]
        if values[0] is None or values[1] is None:
            return None
        return 0 if first.term == second.term else order(values[0][0], values[1][0])

    def gap(self, place: Fraction) -> bool | None:
        """Tell whether the function has a jump, or no value, at a place; None: not known."""
        if self._missing(self._here(place).term, place):
            return True
        signs = [sign for _, _, sign in self.steps(place)]
        return True if any(signs) else None if None in signs else False

    def bend(self, place: Fraction) -> bool | None:
        """Tell whether the slopes on both sides of a place differ; None: it is not known."""
        left, right = self.sides(place)
        if left is None or right is None:
            return False
        slopes = [both(one, self.variable, place) for one in (left, right)]
        if any(found is None or found[1] is None for found in slopes):
            return None
        if left.term == right.term:
            return False
        side = order(slopes[0][1], slopes[1][1])  # type: ignore[index, arg-type]
        return None if side is None else side != 0

    def judge(
        self,
        certain: Certain,
        wrong: Callable[[Point], str],
        nearly: Certain | None = None,
        doubt: str = "it is not certain",
    ) -> Answer:
        """Hold a claim to all points, then to all boxes: halve what is not certain.

        Parameters
        ----------
        certain
            Holds it to a box.
        wrong
            Says what is wrong at a point, "" if nothing certainly is.
        nearly
            The same as `certain` with a tolerance, for very small boxes; next to places these may
            be left out. Where that is needed the claim is not proved.
        doubt
            Words for what is not known where neither can be shown.
        """
        for place in self._points:
            if words := wrong(self.at(place)):
                return refuted(words)
        queue = [(-float("inf"), n, box) for n, box in enumerate(self._boxes)]
        count, exactly = len(queue), True
        while queue:
            _, _, box = heappop(queue)
            if count > BOXES or (box.high - box.low) * 2**100 < 1:
                return undecided(f"{doubt} {near(box)}")
            if words := wrong(self.at(box.middle)):
                return refuted(words)
            for half in box.halves():
                urgency = certain(half)
                if urgency is None:
                    continue
                small = half.high - half.low
                if nearly and small < TINY and (nearly(half) is None or self._beside(half)):
                    exactly = False
                    continue
                count += 1
                heappush(queue, (urgency, count, half))
        return Answer("proved", interval=self.interval) if exactly else self.tested()

    def _beside(self, box: Box) -> bool:
        """Tell whether a box is a small part next to a place, where a slope may have no bound."""
        small = (box.high - box.low) * 2**20 < box.piece.high - box.piece.low
        return small and box.piece.smooth and (self.is_place(box.low) or self.is_place(box.high))

    def images(self, of: "Of", *, slopes: bool) -> list[tuple[Real, Real]]:
        """Return intervals of numbers that are taken, by points and by what is connected."""
        taken = {one.place: real for one in self.points if (real := of(one)) is not None}
        found = [(taken[place], taken[place]) for place in self.places if place in taken]
        for one in self.domain.intervals:
            low, high = one.low.key(), one.high.key()
            inner = [place for place in self.places if low < place < high]
            for a, b in pairwise([low, *inner, high]):
                reals = [real for place, real in taken.items() if a < place < b]
                boxes = [box for box in self._boxes if a < box.high and box.low < b]
                if not all(x.piece.smooth if slopes else x.piece.continuous for x in boxes):
                    found += [(real, real) for real in reals]
                    continue
                ends = [x.at(place) for x in boxes for place in (x.low, x.high)]
                reals += [y for two in ends if two and (y := two[slopes]) is not None]
                if reals:
                    found.append((largest(reals, -1), largest(reals)))
        return found

    def over(self, low: Fraction, high: Fraction) -> tuple[Real, ...]:
        """Return a ball that holds all values on an interval anywhere; (): not known."""
        found = known(self.term, self.variable, span(low, high))
        return (found[0],) if found else ()

    def leads(self, place: Fraction | None, side: int) -> bool:
        """Tell whether places next to one, or far out, are in the domain."""
        return self.domain.holds(points.towards(place, side, FAR[-1])[0])

    def paths(self, place: Fraction | None, side: int) -> list[list[Fraction]]:
        """Return ways that lead to a place from one side; without one, far out."""
        steps = [points.towards(place, side, n) for n in FAR]
        found = [[one for one in way if self.domain.holds(one)] for way in zip(*steps, strict=True)]
        return [way for way in found if way]

    def grows(self, way: list[Fraction], sign: int, of: "Of") -> bool:
        """Tell whether numbers go on growing: no step is much less than the one before."""
        found = [real for place in way if (real := of(self.at(place))) is not None]
        steps = [sign * (ball(b) - ball(a)) for a, b in pairwise(found)][-6:]
        return (
            len(steps) >= 4
            and all(bool(step > arb(1) / 10) for step in steps)
            and all(bool(after > before * 9 / 10) for before, after in pairwise(steps[1:]))
        )

    def grows_somewhere(self, sign: int, of: "Of") -> bool:
        """Tell whether numbers go on growing far out, or towards a place or an end."""
        ends = [end.value for one in self.domain.intervals for end in (one.low, one.high)]
        places = dict.fromkeys([None, *self.places, *ends])
        ways = (way for place in places for side in (1, -1) for way in self.paths(place, side)[:1])
        return any(self.grows(way, sign, of) for way in ways)

    def peaks(self, of: "Of") -> Iterator[Point]:
        """Yield points ever nearer to the greatest and to the least number at the points."""
        inner = [one for one in self.points if abs(one.place) < 2**12 and of(one) is not None]
        inner.sort(key=lambda one: one.place)
        for way in (1, -1) if inner else ():
            best = largest([real for one in inner if (real := of(one)) is not None], way)
            top = next(one for one in inner if of(one) is best)
            at = inner.index(top)
            step = max(abs(top.place - one.place) for one in inner[max(0, at - 1) : at + 2])
            for _ in range(160):
                for place in (top.place - step, top.place + step):
                    inside = inner[0].place <= place <= inner[-1].place
                    other = self.at(place) if inside and self.domain.holds(place) else top
                    real, so_far = of(other), of(top)
                    if real is not None and so_far is not None and order(so_far, real) == way:
                        top = other
                        break
                else:
                    step /= 2
            yield top

    def changes(self) -> bool:
        """Tell whether the function certainly is not level on any part of the interval."""
        for box in self._boxes:
            ends = box.at(box.low), box.at(box.high)
            apart = ends[0] and ends[1] and order(ends[0][0], ends[1][0])
            if not (box.piece.smooth and apart):
                signs = {order(Fraction(0), one) for one in box.slopes}
                if not (len(signs) == 1 and signs <= {1, -1}):
                    return False
        return True
