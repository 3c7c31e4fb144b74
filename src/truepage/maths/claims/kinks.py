"""Kinks: places at which a function is continuous and has no derivative."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from truepage.maths.claims.model import (
    Answer,
    Names,
    Number,
    Property,
    at,
    numbers,
    refuted,
    undecided,
)

if TYPE_CHECKING:
    from truepage.maths.claims.boxes import Box
    from truepage.maths.claims.curve import Curve


@dataclass(frozen=True)
class Kinks(Property):
    """All places at which there is a kink."""

    kinks: tuple[Number, ...]

    name: ClassVar[str] = "kinks"
    title: ClassVar[str] = "Kinks"

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        """Read `none`, or the places."""
        return cls(() if text == "none" else numbers(text.removeprefix("at "), names))

    def shown(self, x: str) -> str:
        """Return it in words."""
        return f"at {at(self.kinks, x)}" if self.kinks else "none"

    def places(self) -> tuple[Number, ...]:
        """Return the kinks."""
        return self.kinks

    def hold(self, curve: "Curve") -> Answer:
        """Compare slopes where pieces meet; in between, enclose them."""
        from truepage.maths.claims import reals

        kinks = {one.value for one in self.kinks}
        for place in curve.places:
            gap, bend = curve.gap(place), curve.bend(place)
            kink = False if gap else bend if gap is False else None
            if kink is None:
                return undecided(f"it is not certain whether it has a kink {reals.at(place)}")
            if kink != (place in kinks):
                return refuted(f"it has {'a' if kink else 'no'} kink {reals.at(place)}")

        def certain(box: "Box") -> float | None:
            return None if box.piece.smooth and box.slopes else -float(box.high - box.low)

        doubt = "it is not certain that it is differentiable"
        return curve.judge(certain, lambda point: "", certain, doubt)
