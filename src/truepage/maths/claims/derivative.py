"""The sign of the derivative, wherever there is one: `derivative`."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Self

from truepage.maths.claims.model import Answer, ClaimError, Names, Property

if TYPE_CHECKING:
    from truepage.maths.claims.boxes import Box
    from truepage.maths.claims.curve import Curve, Point

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
