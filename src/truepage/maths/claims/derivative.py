"""The sign of the derivative, and where exactly it is 0: `derivative`, `zero gradient`."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Self

from truepage.maths.claims.model import (
    Answer,
    ClaimError,
    Names,
    Number,
    Property,
    maths,
    number,
    undecided,
)

if TYPE_CHECKING:
    from truepage.maths.claims.curve import Curve, Point
    from truepage.maths.claims.pieces import Box

SIGNS = {"> 0": ">", ">= 0": "≥", "≥ 0": "≥", "< 0": "<", "<= 0": "≤", "≤ 0": "≤", "= 0": "="}
ALLOWED: Mapping[str, set[int]] = {
    ">": {1}, "≥": {0, 1}, "<": {-1}, "≤": {-1, 0}, "=": {0},
}  # fmt: skip
WORDS = {
    ">": "positive", "≥": "never negative", "<": "negative", "≤": "never positive", "=": "zero",
}  # fmt: skip


@dataclass(frozen=True)
class Derivative(Property):
    """The sign of the derivative."""

    relation: str

    name: ClassVar[str] = "derivative"
    title: ClassVar[str] = "Derivative"

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        """Read a comparison with 0."""
        if text not in SIGNS:
            raise ClaimError(
                f"{text!r} is no sign; expected > 0, ≥ 0, < 0, ≤ 0 or = 0 "
                "(for its values there is `derivative range: …`)"
            )
        return cls(SIGNS[text])

    def shown(self, x: str) -> str:
        """Return it in words."""
        return f"{WORDS[self.relation]} where it exists"

    def hold(self, curve: "Curve") -> Answer:
        """Enclose the derivative."""
        from truepage.maths.claims import reals

        allowed = ALLOWED[self.relation]
        up = -1 if self.relation in "<≤" else 1

        def wrong(point: "Point") -> str:
            if point.slope is None:
                return ""
            sign = reals.order(Fraction(0), point.slope)
            if sign is None or sign in allowed:
                return ""
            return f"{reals.at(point.place)} the derivative is {reals.shown(point.slope)}"

        def certain(box: "Box", slack: Fraction = Fraction(0)) -> float | None:
            ends = [reals.order(-up * slack, slope) for slope in box.slopes]
            if ends and all(sign in allowed for sign in ends):
                return None
            return reals.lowest(box.slopes, up)

        slack = reals.CLOSE if self.relation in "≥≤" else Fraction(0)

        def nearly(box: "Box") -> float | None:
            return certain(box, slack)

        return curve.judge(certain, wrong, nearly, "the sign of the derivative is not certain")


if TYPE_CHECKING:
    from truepage.maths.claims.curve import Curve, Point
    from truepage.maths.claims.pieces import Box

REGION = re.compile(
    r"(?:for |at |where )?(?P<name>[A-Za-z]\w*)\s*"
    r"(?P<relation><=|>=|!=|[<>=≠≤≥])\s*(?P<end>[^<>=≠≤≥].*)"
)
RELATIONS: Mapping[str, tuple[Callable[[Any, Any], bool], str]] = {
    "<": (operator.lt, "<"), "≤": (operator.le, "\\le"), "=": (operator.eq, "="),
    "≠": (operator.ne, "\\ne"), "≥": (operator.ge, "\\ge"), ">": (operator.gt, ">"),
}  # fmt: skip


@dataclass(frozen=True)
class ZeroGradient(Property):
    """Where the derivative is 0: ``nowhere``, ``everywhere``, or x in relation to an end."""

    relation: str
    end: Number | None = None

    name: ClassVar[str] = "zero gradient"
    title: ClassVar[str] = "Derivative is 0"

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        """Read a word or a relation."""
        if text in {"nowhere", "everywhere"}:
            return cls(text)
        match = REGION.fullmatch(text)
        if not match or match["name"] != variable:
            raise ClaimError(
                f"{text!r} is no part of the line; expected nowhere, everywhere or one like "
                f"`for {variable} < 0`"
            )
        relation = {"!=": "≠", "<=": "≤", ">=": "≥"}.get(match["relation"], match["relation"])
        return cls(relation, number(match["end"], names))

    def shown(self, x: str) -> str:
        """Return the part of the line."""
        if self.end is None:
            return self.relation
        return f"for {maths(f'{x} {RELATIONS[self.relation][1]} {self.end.tex()}')}"

    def places(self) -> tuple[Number, ...]:
        """Return the end."""
        return (self.end,) if self.end else ()

    def holds(self, place: Fraction) -> bool:
        """Tell whether a place is where the derivative is to be 0."""
        if self.end is None:
            return self.relation == "everywhere"
        return RELATIONS[self.relation][0](place, self.end.value)

    def hold(self, curve: "Curve") -> Answer:
        """Enclose the derivative on both sides of the end."""
        from truepage.maths.claims import reals

        def wrong(point: "Point") -> str:
            wanted = self.holds(point.place)
            if wanted and point.kinked:
                return f"{reals.at(point.place)} there is no derivative"
            sign = None if point.slope is None else reals.order(Fraction(0), point.slope)
            if point.slope is None or sign is None or (sign == 0) == wanted:
                return ""
            return f"{reals.at(point.place)} the derivative is {reals.shown(point.slope)}"

        def certain(box: "Box") -> float | None:
            signs = {reals.order(Fraction(0), slope) for slope in box.slopes}
            wanted = self.holds(box.middle)
            fits = signs == {0} if wanted else len(signs) == 1 and signs <= {1, -1}
            return None if fits else -reals.width(box.slopes)

        words = "it is not certain that the derivative is 0 exactly there:"
        answer = curve.judge(certain, wrong, certain, f"{words} not known")
        if answer.status in ("refuted", "undecided"):
            return answer
        for place in curve.places:
            point = curve.at(place)
            sign = None if point.slope is None else reals.order(Fraction(0), point.slope)
            if sign is None and (self.holds(place) or not point.kinked):
                return undecided(f"{words} not known {reals.at(place)}")
        return answer
