"""Continuity and kinks of a function, but for the places that a claim names."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from truepage.maths.claims.model import (
    Answer,
    ClaimError,
    Names,
    Number,
    Property,
    at,
    but_for,
    numbers,
    refuted,
    undecided,
)

if TYPE_CHECKING:
    from truepage.maths.claims.curve import Curve, Point
    from truepage.maths.claims.pieces import Box


@dataclass(frozen=True)
class Continuous(Property):
    """Continuous everywhere in the domain but at some places, where it is not."""

    excepted: tuple[Number, ...]

    name: ClassVar[str] = "continuous"
    title: ClassVar[str] = "Continuous"

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        """Read `everywhere`, or the places."""
        if text == "everywhere":
            return cls(())
        if not text.startswith("except at "):
            raise ClaimError(f"{text!r}: expected `everywhere` or one like `except at 0`")
        return cls(numbers(text.removeprefix("except at "), names))

    def shown(self, x: str) -> str:
        """Return it in words."""
        return f"everywhere{but_for(self.excepted, x)}"

    def places(self) -> tuple[Number, ...]:
        """Return the places that are left out."""
        return self.excepted

    def hold(self, curve: "Curve") -> Answer:
        """Compare values where pieces meet; in between, enclose them."""
        from truepage.maths.claims import reals

        excepted = {one.value for one in self.excepted}

        def wrong(point: "Point") -> str:
            missing = point.missing and point.place not in excepted
            return f"{reals.at(point.place)} it has no value" if missing else ""

        for point in curve.points:
            if words := wrong(point):
                return refuted(words)
        for place in curve.places:
            gap = curve.gap(place)
            if gap is None:
                return undecided(f"it is not certain whether it has a jump {reals.at(place)}")
            if gap != (place in excepted):
                return refuted(f"it is {'not ' * gap}continuous {reals.at(place)}")

        def certain(box: "Box") -> float | None:
            return None if box.piece.continuous and box.values else -float(box.high - box.low)

        return curve.judge(certain, wrong, certain, "it is not certain that it is continuous")


if TYPE_CHECKING:
    from truepage.maths.claims.curve import Curve
    from truepage.maths.claims.pieces import Box


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
