"""A function in the reals, as claims ask about it: values at places, and proofs on an interval.

A proof is by enclosures on pieces that are halved until each leaves no doubt, and by the values of
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
from truepage.maths.claims import claimed_points
from truepage.maths.claims.claimed_points import FAR, towards
from truepage.maths.claims.enclosure import BITS, Enclosed, enclosed, known, span
from truepage.maths.claims.model import Claim, ClaimAnswer, refuted, undecided
from truepage.maths.claims.pieces import NotPlain, Piece, Plain, cut, resolved, ties
from truepage.maths.claims.reals import ClaimedDomain, Real, ball, largest, order, precise, text
from truepage.maths.domains import Interval
from truepage.maths.functions import Undefined
from truepage.maths.jets import precision
from truepage.maths.terms import Definition, Number, Term

MOST = 2000
"""The largest number of pieces that one claim is checked on."""

EVERYWHERE: Mapping[str, Interval] = {}
TINY = Fraction(1, 10**7)
"""How wide a piece may be that is held to a claim with a tolerance."""


def prove(
    claims: list[Claim],
    term: Term,
    variable: str,
    numbers: Mapping[str, Fraction],
    definitions: Mapping[str, Definition],
    intervals: Mapping[str, Interval] = EVERYWHERE,
) -> list[ClaimAnswer]:
    """Hold claims to a formula, which is said for letters in some intervals.

    Its other letters stand for numbers or are defined.
    """
    for letter, where in intervals.items():
        value = numbers.get(letter)
        if value is not None and not where.includes(value, value):
            words = f"the equation says it for {letter} in {where}, and {letter} is"
            return [undecided(f"{words} {text(value)}") for _ in claims]
    values = {name: Definition((), Number(value)) for name, value in numbers.items()}
    answers = []
    curves: dict[object, Curve] = {}
    for claim in claims:
        where = intervals.get(variable, Interval())
        if not all(
            where.includes(one.low.key(), one.high.key(), one.low_closed, one.high_closed)
            for one in claim.domain.intervals
        ):
            words = f"the equation says it for {variable} in {where}; expected a line"
            answers.append(undecided(f"{words} `domain: {where}`, or a part of it"))
            continue
        places = tuple(one.value for one in claim.property.places() if one.value is not None)
        try:
            if (key := (claim.domain, places)) not in curves:
                formula = Plain(variable, {**definitions, **values}).of(term)
                curves[key] = Curve(formula, variable, claim.domain, places)
            with precision(BITS):
                answers.append(_held(claim, curves[key]))
        except (NotPlain, Meaningless, RecursionError) as reason:
            answers.append(undecided(f"the formula is not understood: {reason}"))
    return answers


def _held(claim: Claim, curve: "Curve") -> ClaimAnswer:
    answer = claim.property.hold(curve)
    if not answer.holds or claim.property.name == "continuous":
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
    value: "Real | None" = None
    slope: "Real | None" = None
    missing: bool = False
    kinked: bool = False

    @property
    def slope_sign(self) -> int | None:
        """The sign of the derivative; None: there is none, or it is not known."""
        return None if self.slope is None else order(0, self.slope)


Certain = Callable[[Piece], float | None]
"""Holds a claim to a piece. None: it certainly holds; else the lower, the sooner it is halved."""

Of = Callable[[Point], "Real | None"]
"""The number at a point that a claim is about: its value, or its slope."""


class Curve:
    """A function in the reals: its formula, written out, and the numbers that a claim is about.

    Parameters
    ----------
    also
        Places at which something is claimed.
    """

    def __init__(
        self, term: Term, variable: str, domain: ClaimedDomain, also: tuple[Fraction, ...] = ()
    ) -> None:
        self.term, self.variable, self.domain = term, variable, domain
        self._marks = claimed_points.landmarks(term, variable, domain) | {*also}
        self.spans = claimed_points.spans(domain, self._marks)
        self._pieces: list[Piece] = []
        for low, high in self.spans:
            try:
                self._pieces += cut(term, variable, low, high, {*also})
            except NotPlain:
                self._pieces.append(Piece(Enclosed(term, variable), low, high, high - low))
        self._starts = [one.low for one in self._pieces]
        edges = {end for end, closed in domain.ends if closed}
        beyond = {end for both in self.spans for end in both} - edges
        self._meet = {end for one in self._pieces for end in (one.low, one.high)} - beyond
        self.places = sorted(self._meet)
        self._known: dict[Fraction, Point] = {}
        self._resolved: dict[Fraction, Enclosed] = {}
        self._beside: dict[Fraction, tuple[Enclosed | None, Enclosed | None]] = {}

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
    def points(self) -> list[Point]:
        """The points at which claims are tried, the simplest first."""
        return [
            self.at(place) for place in claimed_points.points(self.domain, self._marks | self._meet)
        ]

    def tested(self) -> ClaimAnswer:
        """Return the answer to a claim that holds at the points."""
        return ClaimAnswer("tested", points=len(self.points))

    def is_place(self, place: Fraction) -> bool:
        """Tell whether pieces meet at a place."""
        return place in self._meet

    def at(self, place: Fraction) -> Point:
        """Return the values at a place."""
        if place not in self._known:
            self._known[place] = self._at(place)
        return self._known[place]

    def _at(self, place: Fraction) -> Point:
        piece = self._pieces[max(0, bisect_left(self._starts, place) - 1)]
        inside = piece.low < place < piece.high and piece.formula.smooth
        if inside and (inner := piece.formula.at(place)):
            return Point(place, *inner)
        found = self._here(place).at(place)
        if found is None:
            missing = self._is_missing(place)
            return Point(place, missing=missing, kinked=missing)
        if self.is_place(place):
            jumps, bends = self.jumps(place), self.bends(place)
            side = next(one for one in self._sides(place) if one).at(place)
            slope = side[1] if side and jumps is False and bends is False else None
            return Point(place, found[0], slope, kinked=bool(jumps or bends))
        return Point(place, found[0], None if ties(self.term, self.variable, place) else found[1])

    def _here(self, place: Fraction) -> Enclosed:
        """Return the formula with the branches that it takes at a place."""
        if place not in self._resolved:
            term = resolved(self.term, self.variable, place)
            self._resolved[place] = Enclosed(term, self.variable)
        return self._resolved[place]

    def _is_missing(self, place: Fraction) -> bool:
        """Tell whether there certainly is no value at a place."""
        try:
            enclosed(self._here(place).term, self.variable, place)
        except Undefined:
            return True
        return False

    def _sides(self, place: Fraction) -> tuple[Enclosed | None, Enclosed | None]:
        """Return the formulas on both sides of a place; None: that side is not in the domain."""
        if place not in self._beside:
            found: list[Enclosed | None] = [None, None]
            for piece in self._pieces:
                if place in (piece.low, piece.high):
                    one = piece.formula
                    if not ties(one.term, self.variable, place):
                        one = Enclosed(resolved(one.term, self.variable, place), self.variable)
                    found[piece.low == place] = one
            self._beside[place] = found[0], found[1]
        return self._beside[place]

    def steps(self, place: Fraction) -> list[int | None]:
        """Return the signs of the steps that lead over a place; None: a sign is not known.

        A side has a limit if its formula is continuous.
        """
        left, right = self._sides(place)
        found: list[int | None] = []
        for one, other in pairwise(side for side in (left, self._here(place), right) if side):
            here, there = one.at(place), other.at(place)
            if not (one.continuous and other.continuous and here and there):
                found.append(None)
            else:
                found.append(0 if one.term == other.term else order(here[0], there[0]))
        return found

    def jumps(self, place: Fraction) -> bool | None:
        """Tell whether the function has a jump, or no value, at a place; None: not known."""
        if self._is_missing(place):
            return True
        signs = self.steps(place)
        return True if any(signs) else None if None in signs else False

    def bends(self, place: Fraction) -> bool | None:
        """Tell whether the slopes on both sides of a place differ; None: it is not known."""
        left, right = self._sides(place)
        if left is None or right is None:
            return False
        slopes = [found[1] for one in (left, right) if (found := one.at(place))]
        if len(slopes) < 2 or slopes[0] is None or slopes[1] is None:
            return None
        side = 0 if left.term == right.term else order(slopes[0], slopes[1])
        return None if side is None else side != 0

    def judge(
        self,
        certain: Certain,
        wrong: Callable[[Point], str],
        nearly: Certain | None = None,
        doubt: str = "it is not certain",
    ) -> ClaimAnswer:
        """Hold a claim to all points, then to all pieces: halve what is not certain.

        Parameters
        ----------
        certain
            Holds it to a piece.
        wrong
            Says what is wrong at a point, "" if nothing certainly is.
        nearly
            The same as `certain` with a tolerance, for very small pieces; next to places these may
            be left out. Where that is needed the claim is not proved.
        doubt
            Words for what is not known where neither can be shown.
        """
        for point in self.points:
            if words := wrong(point):
                return refuted(words)
        queue = [(-float("inf"), n, piece) for n, piece in enumerate(self._pieces)]
        count, exactly = len(queue), True
        while queue:
            _, _, piece = heappop(queue)
            if count > MOST or (piece.high - piece.low) * 2**100 < 1:
                return undecided(f"{doubt} {_near(piece)}")
            if words := wrong(self.at(piece.middle)):
                return refuted(words)
            for half in piece.halves():
                urgency = certain(half)
                if urgency is None:
                    continue
                small = half.high - half.low
                if nearly and small < TINY and (nearly(half) is None or self._is_beside(half)):
                    exactly = False
                    continue
                count += 1
                heappush(queue, (urgency, count, half))
        return ClaimAnswer("proved", interval=self.interval) if exactly else self.tested()

    def _is_beside(self, piece: Piece) -> bool:
        """Tell whether a piece is a small part next to a place, where a slope may have no bound."""
        small = (piece.high - piece.low) * 2**20 < piece.whole
        return small and piece.formula.smooth and not self._meet.isdisjoint((piece.low, piece.high))

    def images(self, of: Of, *, slopes: bool) -> list[tuple[Real, Real]]:
        """Return intervals of numbers that are taken, by points and by what is connected."""
        taken = {one.place: real for one in self.points if (real := of(one)) is not None}
        found = [(taken[place], taken[place]) for place in self.places if place in taken]
        for one in self.domain.intervals:
            low, high = one.low.key(), one.high.key()
            inner = [place for place in self.places if low < place < high]
            for a, b in pairwise([low, *inner, high]):
                reals = [real for place, real in taken.items() if a < place < b]
                pieces = [piece for piece in self._pieces if a < piece.high and piece.low < b]
                formulas = [piece.formula for piece in pieces]
                if not all(x.smooth if slopes else x.continuous for x in formulas):
                    found += [(real, real) for real in reals]
                    continue
                ends = [x.formula.at(place) for x in pieces for place in (x.low, x.high)]
                reals += [y for two in ends if two and (y := two[slopes]) is not None]
                if reals:
                    found.append((largest(reals, -1), largest(reals)))
        return found

    def over(self, low: Fraction, high: Fraction) -> arb | None:
        """Return a ball that holds all values on an interval anywhere; None: not known."""
        found = known(self.term, self.variable, span(low, high))
        return found[0] if found else None

    def leads(self, place: Fraction | None, side: int) -> bool:
        """Tell whether places next to one, or far out, are in the domain."""
        return self.domain.holds(towards(place, side, FAR[-1])[0])

    def last(self, place: Fraction | None, side: int) -> list[list[Fraction]]:
        """Return the places nearest to one on a side of it, or farthest out, in order."""
        return [towards(place, side, n) for n in FAR[-3:]]

    def ways(self, place: Fraction | None, side: int) -> list[list[Fraction]]:
        """Return ways that lead to a place from one side; without one, far out."""
        steps = zip(*(towards(place, side, n) for n in FAR), strict=True)
        return [way for step in steps if (way := list(filter(self.domain.holds, step)))]

    def grows(self, way: list[Fraction], sign: int, of: Of) -> bool:
        """Tell whether numbers go on growing: no step is much less than the one before."""
        found = [real for place in way if (real := of(self.at(place))) is not None]
        steps = [sign * (ball(b) - ball(a)) for a, b in pairwise(found)][-6:]
        return (
            len(steps) >= 4
            and all(bool(step > arb(1) / 10) for step in steps)
            and all(bool(after > before * 9 / 10) for before, after in pairwise(steps[1:]))
        )

    def grows_somewhere(self, sign: int, of: Of) -> bool:
        """Tell whether numbers go on growing far out, or towards a place or an end."""
        places = dict.fromkeys([None, *self.places, *(end for end, _ in self.domain.ends)])
        ways = (way for place in places for side in (1, -1) for way in self.ways(place, side)[:1])
        return any(self.grows(way, sign, of) for way in ways)

    def peaks(self, of: Of) -> Iterator[Point]:
        """Yield points ever nearer to the greatest and to the least number at the points."""
        inner = [one for one in self.points if abs(one.place) < 2**12 and of(one) is not None]
        inner.sort(key=lambda one: one.place)
        for way in (1, -1) if inner else ():
            best = largest([real for one in inner if (real := of(one)) is not None], way)
            at, top = next((n, one) for n, one in enumerate(inner) if of(one) is best)
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
        for piece in self._pieces:
            left, right = piece.formula.at(piece.low), piece.formula.at(piece.high)
            if piece.formula.smooth and left and right and order(left[0], right[0]):
                continue
            if {order(0, one) for one in piece.slopes} not in ({1}, {-1}):
                return False
        return True


def _near(piece: Piece) -> str:
    """Return words for a piece in which something is not known."""
    if piece.high - piece.low < Fraction(1, 1000) * max(Fraction(1), abs(piece.middle)):
        return f"near {float(piece.middle):.6g}".replace("-", "−")
    return f"between {text(piece.low)} and {text(piece.high)}"
