"""All values of a function, or of its derivative: `range`, `derivative range`."""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Self

from truepage.maths.claims import reals
from truepage.maths.claims.model import ClaimAnswer, Property, refuted, undecided
from truepage.maths.claims.reals import ClaimedInterval, ClaimedNumber, Names, Real

if TYPE_CHECKING:
    from truepage.maths.claims.curve import Curve, Point
    from truepage.maths.claims.floats import Sweep
    from truepage.maths.claims.pieces import Piece

SLACK = Fraction(1, 10**12)
"""How far beyond a closed end values may seem to be where they turn."""

NEXT = Fraction(1, 2**10)
"""How far beside a turning point values must certainly be others."""
NEARER = Fraction(1, 2**60)
"""How far beside it they must be almost the same: beyond a jump they are not."""


@dataclass(frozen=True)
class Range(Property):
    """All values, as an interval or as finitely many numbers."""

    interval: ClaimedInterval | None = None
    values: tuple[ClaimedNumber, ...] = ()

    name: ClassVar[str] = "range"
    title: ClassVar[str] = "Range"
    in_floats: ClassVar[bool] = True
    what: ClassVar[str] = "value"

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        if text.startswith("{") and text.endswith("}"):
            return cls(None, reals.numbers(text[1:-1], names))
        return cls(reals.interval(text, names))

    def shown(self, x: str) -> str:
        if self.interval:
            return reals.maths(self.interval.tex())
        return reals.maths("\\{" + ", ".join(one.tex() for one in self.values) + "\\}")

    def of(self, point: "Point") -> "Real | None":
        """Return the number at a point that is to be in the set."""
        return point.value

    def over(self, piece: "Piece") -> tuple[Real, ...]:
        """Return numbers whose hull holds those in a piece."""
        return piece.values

    def _excludes(self, real: Real) -> bool:
        """Tell whether a number certainly is not in the set."""
        if self.interval:
            return self.interval.holds(real) is False
        return all(number.equals(real) is False for number in self.values)

    def _includes(self, reals: tuple[Real, ...], slack: Fraction = Fraction(0)) -> bool:
        """Tell whether all numbers of a hull certainly are in the set."""
        if self.interval:
            return bool(reals) and all(self.interval.holds(one, slack) for one in reals)
        return bool(reals) and any(all(map(number.equals, reals)) for number in self.values)

    def hold(self, curve: "Curve") -> ClaimAnswer:
        """Show that all values are in the set, that its ends are reached, and all between."""
        doubt = f"it is not certain that the {self.what} is in the set"
        answer = self.contain(curve, doubt, SLACK if self.interval else None)
        if not answer.holds:
            return answer
        for point in curve.peaks(self.of):
            if words := self._wrong(point):
                return refuted(words)
        known = [y for one in curve.points if (y := self.of(one)) is not None]
        for number in self.values:
            if not any(map(number.equals, known)):
                return undecided(f"no tested {self.what} is {number.text}")
        return self._filled(curve, answer, known) if self.interval else answer

    def contain(self, curve: "Curve", doubt: str, slack: Fraction | None) -> ClaimAnswer:
        """Show that all values are in the set, or beyond a closed end by little."""

        def within(piece: "Piece", slack: Fraction = Fraction(0)) -> float | None:
            found = self.over(piece)
            fits = self._includes(found, slack)
            if self.interval and len(found) == 2 and not (fits or any(map(self._excludes, found))):
                with piece.precisely() as same:  # erf(50) is less than 1 by e^−2500
                    fits = self._includes(self.over(same))
            return None if fits else -reals.width(found)

        nearly = None if slack is None else partial(within, slack=slack)
        return curve.judge(within, self._wrong, nearly, doubt)

    def _wrong(self, point: "Point") -> str:
        y = self.of(point)
        return reals.said(point.place, y, self.what) if y is not None and self._excludes(y) else ""

    def _filled(self, curve: "Curve", answer: ClaimAnswer, known: list[Real]) -> ClaimAnswer:
        """Hold the claim, whose interval has all values, to the interval's having no others."""
        assert self.interval  # noqa: S101 (an interval is claimed)
        exactly, inside = answer.status == "proved", self.interval
        for end, side, closed, rest in (
            (inside.low, -1, inside.low_closed, replace(inside, low_closed=False)),
            (inside.high, 1, inside.high_closed, replace(inside, high_closed=False)),
        ):
            if end.value is None:
                found = curve.grows_somewhere(end.sign, self.of)
            elif end.unit:  # which number it is exactly is not said
                reached = self._turns(curve, end, side)
                if reached != closed and any(end.equals(y, reals.CLOSE) for y in known):
                    return undecided(f"{end.text} seems {'' if reached else 'not '}to be reached")
                found, exactly = reached or not closed, False
            elif closed:
                found = any(map(end.equals, known))
                if not found and exactly and curve.whole and self._stay_in(rest, curve):
                    return refuted(f"{end.text} is never reached")
                exactly &= found
                found = found or self._turns(curve, end, side)
            else:
                found = any(end.equals(y, reals.CLOSE) for y in known)
            exactly &= closed
            if not found:
                return undecided(f"no tested {self.what} comes near {end.text}")
        images = curve.images(self.of, slopes=self.what == "derivative")
        gap, certain = _gap(images, known)
        if gap:
            return undecided(f"no tested {self.what} is {gap}")
        return answer if exactly and certain else curve.tested()

    def _stay_in(self, inside: ClaimedInterval, curve: "Curve") -> bool:
        """Tell whether all values certainly are in an interval."""
        same = type(self)(inside)
        found = curve.judge(
            lambda piece: None if same._includes(self.over(piece)) else 0.0, lambda point: ""
        )
        return found.status == "proved"

    def _turns(self, curve: "Curve", end: ClaimedNumber, side: int) -> bool:
        """Tell whether an end is reached as far as points show: values turn there.

        Of an exact end (no digits are left out) they come nearer and go away again. Of another one
        they are greatest, or least.
        """
        for one in [*curve.points, *curve.peaks(self.of)]:
            y = self.of(one)
            if y is None or not end.equals(y, reals.CLOSE):
                continue
            beside = self._beside(curve, one.place, NEXT)
            if end.unit:
                close = self._beside(curve, one.place, NEARER)
                turned = all(
                    other is not None and reals.order(other, y) in {0, side}
                    for other in beside + close
                ) and all(
                    other is not None
                    and reals.order(abs(reals.ball(y) - reals.ball(other)), SLACK) == 1
                    for other in close
                )
            else:
                turned = len(beside) == 2 and all(
                    other is not None and end.is_nearer(y, other) for other in beside
                )
            if turned:
                return True
        return False

    def _beside(self, curve: "Curve", place: Fraction, by: Fraction) -> "list[Real | None]":
        places = (place - by, place + by)
        return [self.of(curve.at(one)) for one in places if curve.domain.holds(one)]

    def sweep(self, sweep: "Sweep") -> ClaimAnswer:
        """Hold the claim to the code's values."""
        y, right = sweep.y, _seen(sweep)
        if self.interval:
            low, high = sweep.as_float(self.interval.low), sweep.as_float(self.interval.high)
            wrong = (y < low) if self.interval.low_closed else (y <= low)
            wrong |= (y > high) if self.interval.high_closed else (y >= high)
            ends = [self.interval.low] * self.interval.low_closed
            ends += [self.interval.high] * self.interval.high_closed
        else:
            wrong, ends = ~sweep.among(y, self.values), list(self.values)
        if wrong.any():
            return refuted(sweep.gives(sweep.first(wrong)), right)
        for end in ends:
            if not (y == sweep.as_float(end)).any():
                return refuted(f"the code gives {end.text} at no tested point", right)
        if self.interval and right.startswith("{"):
            return refuted("the code gives a few values only", right)
        for bound, best in ((low, y.min()), (high, y.max())) if self.interval else ():
            near = abs(best - bound) <= 1e-6 * max(1.0, abs(high - low))
            if not (near or (abs(bound) == float("inf") and abs(best) > 1e100)):
                return refuted(f"the code's values end at {sweep.text(best)}", right)
        return sweep.tested()


class DerivativeRange(Range):
    """All values of the derivative."""

    name = "derivative range"
    title = "Range of the derivative"
    in_floats = False
    what = "derivative"

    def of(self, point: "Point") -> "Real | None":
        """Return the derivative at a point."""
        return point.slope

    def over(self, piece: "Piece") -> tuple[Real, ...]:
        """Return numbers whose hull holds the slopes in a piece."""
        return piece.slopes


def _gap(images: list[tuple[Real, Real]], taken: list[Real]) -> tuple[str, bool]:
    """Return words for a gap between closed intervals, "" if there certainly (True) is none.

    Where two of them do no more than touch, that number must be among those that are taken.
    """
    ordered = sorted(images, key=lambda two: reals.ball(two[0]).mid())
    reached, certain = ordered[0][1] if ordered else Fraction(0), True
    for low, high in ordered[1:]:
        side = reals.order(low, reached)
        if side != 1:
            same = {reals.order(low, one) for one in taken} | {
                reals.order(reached, one) for one in taken
            }
            certain &= 0 in same
            if side == -1 or not same & {0, None}:
                ends = reals.apart(reached, low)
                return f"between {ends[0]} and {ends[1]}" if side == -1 else ends[0], certain
        reached = reals.largest([reached, high])
    return "", certain


def _seen(sweep: "Sweep") -> str:
    """Return the range that was seen, where it can be said simply."""
    values = sweep.distinct()
    if len(values) <= 4:
        return "{" + ", ".join(map(sweep.text, values)) + "}"
    if abs(values[0]) < 1e100 and abs(values[-1]) < 1e100:
        return f"[{sweep.text(values[0])}, {sweep.text(values[-1])}]"
    return ""
