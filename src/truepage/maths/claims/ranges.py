"""All values of a function, or of its derivative: `range`, `derivative range`."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Self

from truepage.maths.claims.model import (
    Answer,
    Interval,
    Names,
    Number,
    Property,
    interval,
    maths,
    numbers,
    refuted,
    undecided,
)

if TYPE_CHECKING:
    from truepage.maths.claims.curve import Curve, Point
    from truepage.maths.claims.floats import Sweep
    from truepage.maths.claims.pieces import Box
    from truepage.maths.claims.reals import Real

SLACK = Fraction(1, 10**12)
"""How far beyond a closed end values may seem to be where they turn."""

NEXT = Fraction(1, 2**10)
"""How far beside a turning point values must certainly be others."""


@dataclass(frozen=True)
class Range(Property):
    """All values, as an interval or as finitely many numbers."""

    interval: Interval | None = None
    values: tuple[Number, ...] = ()

    name: ClassVar[str] = "range"
    title: ClassVar[str] = "Range"
    in_floats: ClassVar[bool] = True
    what: ClassVar[str] = "value"

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        """Read an interval or numbers in braces."""
        if text.startswith("{") and text.endswith("}"):
            return cls(None, numbers(text[1:-1], names))
        return cls(interval(text, names))

    def shown(self, x: str) -> str:
        """Return the set."""
        if self.interval:
            return maths(self.interval.tex())
        return maths("\\{" + ", ".join(one.tex() for one in self.values) + "\\}")

    def of(self, point: "Point") -> "Real | None":
        """Return the number at a point that is to be in the set."""
        return point.value

    def over(self, box: "Box") -> "Sequence[Real]":
        """Return numbers whose hull holds those in a box."""
        return box.values

    def hold(self, curve: "Curve") -> Answer:
        """Show that all values are in the set, that its ends are reached, and all between."""
        from truepage.maths.claims import reals
        from truepage.maths.claims.pieces import PRECISE
        from truepage.maths.jets import precision

        def wrong(point: "Point") -> str:
            y = self.of(point)
            if y is None or not self._outside(y):
                return ""
            return f"{reals.at(point.place)} the {self.what} is {reals.shown(y)}"

        def within(box: "Box", slack: Fraction = Fraction(0)) -> float | None:
            found = self.over(box)
            if self.interval:
                fits = bool(found) and all(self._inside(y, slack) for y in found)
                if not fits and len(found) == 2 and not any(map(self._outside, found)):
                    with precision(PRECISE):  # erf(50) is less than 1 by e^−2500
                        fits = all(self._inside(y) for y in self.over(box.precisely()))
            else:
                fits = bool(found) and any(
                    all(reals.equal(y, number) for y in found) for number in self.values
                )
            return None if fits else -reals.width(found)

        def nearly(box: "Box") -> float | None:
            return within(box, SLACK)

        doubt = f"it is not certain that the {self.what} is in the set"
        answer = curve.judge(within, wrong, nearly if self.interval else None, doubt)
        if answer.status not in ("proved", "tested"):
            return answer
        for point in curve.peaks(self.of):
            if words := wrong(point):
                return refuted(words)
        known = [y for one in curve.points if (y := self.of(one)) is not None]
        for number in self.values:
            if not any(reals.equal(y, number) for y in known):
                return undecided(f"no tested {self.what} is {number.text}")
        return self._filled(curve, answer, known) if self.interval else answer

    def _filled(self, curve: "Curve", answer: Answer, known: "list[Real]") -> Answer:
        """Hold the claim, whose interval has all values, to the interval's having no others."""
        from truepage.maths.claims import reals

        assert self.interval  # noqa: S101 (an interval is claimed)
        exactly = answer.status == "proved"
        for end, closed in (
            (self.interval.low, self.interval.low_closed),
            (self.interval.high, self.interval.high_closed),
        ):
            if end.value is None:
                found = curve.grows_somewhere(end.sign, self.of)
            elif closed:
                found = any(reals.equal(y, end) for y in known)
                if not found and exactly and curve.whole and self._never(curve, end):
                    return refuted(f"{end.text} is never reached")
                exactly &= found
                found = found or self._turns(curve, end)
            else:
                found = any(reals.near(y, end) for y in known)
            exactly &= closed
            if not found:
                return undecided(f"no tested {self.what} comes near {end.text}")
        images = curve.images(self.of, slopes=self.what == "derivative")
        gap, certain = reals.uncovered(images, known)
        if gap:
            return undecided(f"no tested {self.what} is {gap}")
        exactly &= certain
        return answer if exactly else curve.tested()

    def _outside(self, y: "Real") -> bool:
        """Tell whether a number certainly is not in the set."""
        from truepage.maths.claims import reals

        if not self.interval:
            return all(reals.differ(y, number) for number in self.values)
        low, high = self.interval.low, self.interval.high
        below = reals.order(y, low.ends[0]) if low.value is not None else None
        above = reals.order(high.ends[1], y) if high.value is not None else None
        return bool(
            below == 1
            or above == 1
            or (below == 0 and not self.interval.low_closed)
            or (above == 0 and not self.interval.high_closed)
        )

    def _inside(self, y: "Real", slack: Fraction = Fraction(0)) -> bool:
        """Tell whether a number certainly is in the interval, or beyond a closed end by little."""
        from truepage.maths.claims import reals

        assert self.interval  # noqa: S101 (an interval is claimed)
        sides = []
        if self.interval.low.value is not None:
            closed = self.interval.low_closed
            sides.append((reals.order(self.interval.low.ends[0] - slack * closed, y), closed))
        if self.interval.high.value is not None:
            closed = self.interval.high_closed
            sides.append((reals.order(y, self.interval.high.ends[1] + slack * closed), closed))
        return all(side == 1 or (side == 0 and closed) for side, closed in sides)

    def _never(self, curve: "Curve", end: Number) -> bool:
        """Tell whether a closed end certainly is not reached."""
        assert self.interval  # noqa: S101 (an interval is claimed)
        low, high = self.interval.low, self.interval.high
        rest = Interval(
            low, high, self.interval.low_closed and end is not low,
            self.interval.high_closed and end is not high,
        )  # fmt: skip
        inner = type(self)(rest)

        def certain(box: "Box") -> float | None:
            found = self.over(box)
            return None if found and all(inner._inside(y) for y in found) else 0.0

        return curve.judge(certain, lambda point: "").status == "proved"

    def _turns(self, curve: "Curve", end: Number) -> bool:
        """Tell whether a closed end is reached as far as points show: values turn there."""
        from truepage.maths.claims import reals

        for one in [*curve.points, *curve.peaks(self.of)]:
            y = self.of(one)
            if y is None or not reals.near(y, end):
                continue
            beside = [self.of(curve.at(one.place + by)) for by in (NEXT, -NEXT)
                      if curve.domain.holds(one.place + by)]  # fmt: skip
            inner = len(beside) == 2 or end.unit
            if inner and all(y1 is not None and reals.farther(y, y1, end) for y1 in beside):
                return True
        return False

    def sweep(self, sweep: "Sweep") -> Answer:
        """Hold the claim to the code's values."""
        y = sweep.y
        right = _seen(sweep)
        if not self.interval:
            wrong = ~sweep.among(y, self.values)
            ends = list(self.values)
        else:
            low, high = sweep.as_float(self.interval.low), sweep.as_float(self.interval.high)
            wrong = (y < low) if self.interval.low_closed else (y <= low)
            wrong |= (y > high) if self.interval.high_closed else (y >= high)
            ends = [self.interval.low] * self.interval.low_closed
            ends += [self.interval.high] * self.interval.high_closed
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


@dataclass(frozen=True)
class DerivativeRange(Range):
    """All values of the derivative."""

    name: ClassVar[str] = "derivative range"
    title: ClassVar[str] = "Range of the derivative"
    in_floats: ClassVar[bool] = False
    what: ClassVar[str] = "derivative"

    def of(self, point: "Point") -> "Real | None":
        """Return the derivative at a point."""
        return point.slope

    def over(self, box: "Box") -> "Sequence[Real]":
        """Return numbers whose hull holds the slopes in a box."""
        return box.slopes


def _seen(sweep: "Sweep") -> str:
    """Return the range that was seen, where it can be said simply."""
    values = sweep.distinct()
    if len(values) <= 4:
        return "{" + ", ".join(map(sweep.text, values)) + "}"
    if abs(values[0]) < 1e100 and abs(values[-1]) < 1e100:
        return f"[{sweep.text(values[0])}, {sweep.text(values[-1])}]"
    return ""
