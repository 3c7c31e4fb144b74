"""How a function changes: `monotone`, `derivative`, `zero gradient`."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Self

from truepage.maths.claims import reals
from truepage.maths.claims.model import ClaimAnswer, Property, refuted, undecided
from truepage.maths.claims.ranges import DerivativeRange
from truepage.maths.claims.reals import ClaimedNumber, ClaimError, Names

if TYPE_CHECKING:
    from truepage.maths.claims.curve import Curve, Point
    from truepage.maths.claims.floats import Sweep
    from truepage.maths.claims.pieces import Piece

RELATIONS: Mapping[str, tuple[Callable[[Any, Any], bool], str, str, str]] = {
    "<": (operator.lt, "<", "(−∞, 0)", "negative"),
    "≤": (operator.le, "\\le", "(−∞, 0]", "never positive"),
    "=": (operator.eq, "=", "{0}", "zero"),
    "≠": (operator.ne, "\\ne", "", ""),
    "≥": (operator.ge, "\\ge", "[0, ∞)", "never negative"),
    ">": (operator.gt, ">", "(0, ∞)", "positive"),
}
"""What a relation is, its TeX, the numbers that are in it to 0, and words for these."""

ASCII = {"!=": "≠", "<=": "≤", ">=": "≥"}

REGION = re.compile(
    r"(?:for |at |where )?(?P<name>[A-Za-z]\w*)\s*"
    r"(?P<relation><=|>=|!=|[<>=≠≤≥])\s*(?P<end>[^<>=≠≤≥].*)"
)


@dataclass(frozen=True)
class DerivativeSign(Property):
    """The sign of the derivative."""

    relation: str

    name: ClassVar[str] = "derivative"
    title: ClassVar[str] = "Derivative"

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        relation = ASCII.get(text.removesuffix(" 0"), text.removesuffix(" 0"))
        if not text.endswith(" 0") or relation == "≠" or relation not in RELATIONS:
            raise ClaimError(
                f"{text!r} is no sign; expected > 0, ≥ 0, < 0, ≤ 0 or = 0 "
                "(for its values there is `derivative range: …`)"
            )
        return cls(relation)

    def shown(self, x: str) -> str:
        return f"{RELATIONS[self.relation][3]} where it exists"

    def hold(self, curve: "Curve") -> ClaimAnswer:
        """Enclose the derivative."""
        doubt = "the sign of the derivative is not certain"
        signs = DerivativeRange.read(RELATIONS[self.relation][2], {}, "")
        return signs.contain(curve, doubt, reals.CLOSE)


@dataclass(frozen=True)
class ZeroGradient(Property):
    """Where the derivative is 0: ``nowhere``, ``everywhere``, or x in relation to an end."""

    relation: str
    end: ClaimedNumber | None = None

    name: ClassVar[str] = "zero gradient"
    title: ClassVar[str] = "Derivative is 0"

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        if text in {"nowhere", "everywhere"}:
            return cls(text)
        match = REGION.fullmatch(text)
        if not match or match["name"] != variable:
            raise ClaimError(
                f"{text!r} is no part of the line; expected nowhere, everywhere or one like "
                f"`for {variable} < 0`"
            )
        relation = ASCII.get(match["relation"], match["relation"])
        return cls(relation, reals.number(match["end"], names))

    def shown(self, x: str) -> str:
        if self.end is None:
            return self.relation
        return f"for {reals.maths(f'{x} {RELATIONS[self.relation][1]} {self.end.tex()}')}"

    def places(self) -> tuple[ClaimedNumber, ...]:
        return (self.end,) if self.end else ()

    def _is_zero_at(self, place: Fraction) -> bool:
        if self.end is None:
            return self.relation == "everywhere"
        return RELATIONS[self.relation][0](place, self.end.value)

    def hold(self, curve: "Curve") -> ClaimAnswer:
        """Enclose the derivative on both sides of the end."""

        def wrong(point: "Point") -> str:
            wanted, side = self._is_zero_at(point.place), point.slope_sign
            if wanted and point.kinked:
                return f"at {reals.text(point.place)} there is no derivative"
            if point.slope is None or side is None or (side == 0) == wanted:
                return ""
            return reals.said(point.place, point.slope, "derivative")

        def certain(piece: "Piece") -> float | None:
            sides = {reals.order(0, slope) for slope in piece.slopes}
            wanted = self._is_zero_at(piece.middle)
            fits = sides == {0} if wanted else sides in ({1}, {-1})
            return None if fits else -reals.width(piece.slopes)

        words = "it is not certain that the derivative is 0 exactly there: not known"
        answer = curve.judge(certain, wrong, certain, words)
        if not answer.holds:
            return answer
        for point in map(curve.at, curve.places):
            if point.slope_sign is None and (self._is_zero_at(point.place) or not point.kinked):
                return undecided(f"{words} at {reals.text(point.place)}")
        return answer


KINDS = {"increasing": 1, "decreasing": -1, "constant": 0}
WAYS = (
    "increasing", "strictly increasing", "decreasing", "strictly decreasing", "constant", "no",
)  # fmt: skip


@dataclass(frozen=True)
class Monotone(Property):
    """Increasing, decreasing, constant, or none of them."""

    way: str

    name: ClassVar[str] = "monotone"
    title: ClassVar[str] = "Monotone"
    in_floats: ClassVar[bool] = True

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        if text not in WAYS:
            raise ClaimError(f"{text!r} is unknown; expected one of {', '.join(WAYS)}")
        return cls(text)

    def shown(self, x: str) -> str:
        return self.way

    @property
    def _kind(self) -> str:
        return self.way.removeprefix("strictly ")

    @property
    def _strictly(self) -> bool:
        return self.way != self._kind

    def hold(self, curve: "Curve") -> ClaimAnswer:
        """Compare values at points, then the sign of the derivative, and steps at places."""
        known = {one.place: one.value for one in curve.points if one.value is not None}
        simple = sorted(place for place in known if place.denominator <= 8)
        steps = sorted(pairwise(simple), key=lambda two: min(map(abs, two)))
        steps += pairwise(sorted(known))  # last: messages prefer simple places
        signs = [((a, b), reals.order(known[a], known[b])) for a, b in steps]

        def found(wanted: int) -> tuple[Fraction, Fraction] | None:
            fitting = [two for two, sign in signs if sign == wanted]
            for a, b in fitting:
                first, second = reals.apart(known[a], known[b])
                if first != second and reals.text(a) != reals.text(b):
                    return a, b
            return fitting[0] if fitting else None

        up, down = found(1), found(-1)
        if self.way == "no":
            if up and down:
                return ClaimAnswer("proved")
            return undecided("it goes only one way between the tested points")
        way = KINDS[self._kind]
        wrong = {1: down, -1: up, 0: up or down}[way]
        if wrong is None and self._strictly:
            wrong = next((two for two, sign in signs if sign == 0), None)
        if wrong:
            (a, b), (first, second) = wrong, reals.apart(known[wrong[0]], known[wrong[1]])
            words = f"it is {first} at {reals.text(a)} and {second} at {reals.text(b)}"
            return refuted(words, "no" if up and down else "")
        answer = DerivativeSign({1: "≥", -1: "≤", 0: "="}[way]).hold(curve)
        if not answer.holds:
            return answer
        for place in curve.places:
            for sign in curve.steps(place):
                if sign is None:
                    return undecided(f"the values at {reals.text(place)} cannot be told apart")
                if sign not in (0, way):
                    return refuted(f"it goes the other way at {reals.text(place)}")
        if self._strictly and not curve.changes():
            return undecided("it is not certain that it is level nowhere")
        return answer

    def sweep(self, sweep: "Sweep") -> ClaimAnswer:
        """Compare the code's values at neighbouring points."""
        x, y = sweep.x, sweep.y
        up, down = y[1:] > y[:-1], y[1:] < y[:-1]
        if self.way == "no":
            both = up.any() and down.any()
            return sweep.tested() if both else refuted("it goes one way only")
        wrong = {1: down, -1: up, 0: up | down}[KINDS[self._kind]]
        weaker = self._kind if self._strictly and not wrong.any() else ""
        if self._strictly:
            wrong = wrong | (y[1:] == y[:-1])
        if not wrong.any():
            return sweep.tested()
        at = sweep.first(wrong)
        words = f"the code gives {sweep.text(y[at])} at {sweep.text(x[at])} and "
        return refuted(f"{words}{sweep.text(y[at + 1])} at {sweep.text(x[at + 1])}", weaker)
