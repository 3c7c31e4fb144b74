"""At which places a function jumps, and at which it has a kink: `continuous`, `kinks`."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from truepage.maths.claims import reals
from truepage.maths.claims.model import ClaimAnswer, Property, refuted, undecided
from truepage.maths.claims.reals import ClaimedNumber, ClaimError, Names

if TYPE_CHECKING:
    from fractions import Fraction

    from truepage.maths.claims.curve import Curve, Point
    from truepage.maths.claims.pieces import Piece


@dataclass(frozen=True)
class _Breaks(Property):
    """All places at which a function is not as smooth as elsewhere."""

    breaks: tuple[ClaimedNumber, ...]

    kind: ClassVar[str]
    smooth: ClassVar[str]
    words: ClassVar[tuple[str, str]]

    def places(self) -> tuple[ClaimedNumber, ...]:
        return self.breaks

    def hold(self, curve: "Curve") -> ClaimAnswer:
        """Compare both sides where pieces meet; in between, enclose values or slopes."""
        claimed = {one.value for one in self.breaks}

        def wrong(point: "Point") -> str:
            lacks = self._lacks_value(point) and point.place not in claimed
            return f"at {reals.text(point.place)} it has no value" if lacks else ""

        def certain(piece: "Piece") -> float | None:
            return None if self._is_smooth(piece) else -float(piece.high - piece.low)

        for point in curve.points:
            if found := wrong(point):
                return refuted(found)
        for place in curve.places:
            breaks, at = self._breaks(curve, place), f"at {reals.text(place)}"
            if breaks is None:
                return undecided(f"it is not certain whether it has a {self.kind} {at}")
            if breaks != (place in claimed):
                return refuted(f"{self.words[breaks]} {at}")
        return curve.judge(certain, wrong, certain, f"it is not certain that it is {self.smooth}")

    @abstractmethod
    def _breaks(self, curve: "Curve", place: "Fraction") -> bool | None: ...

    @abstractmethod
    def _is_smooth(self, piece: "Piece") -> bool: ...

    def _lacks_value(self, point: "Point") -> bool:
        return False


class Continuous(_Breaks):
    """Continuous everywhere in the domain but at some places, where it is not."""

    name = "continuous"
    title = "Continuous"
    kind, smooth = "jump", "continuous"
    words = "it is continuous", "it is not continuous"

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        if text == "everywhere":
            return cls(())
        if not text.startswith("except at "):
            raise ClaimError(f"{text!r}: expected `everywhere` or one like `except at 0`")
        return cls(reals.numbers(text.removeprefix("except at "), names))

    def shown(self, x: str) -> str:
        return f"everywhere{reals.but_for(self.breaks, x)}"

    def _breaks(self, curve: "Curve", place: "Fraction") -> bool | None:
        return curve.jumps(place)

    def _is_smooth(self, piece: "Piece") -> bool:
        return piece.formula.continuous and bool(piece.values)

    def _lacks_value(self, point: "Point") -> bool:
        return point.missing


class Kinks(_Breaks):
    """All places at which there is a kink."""

    name = "kinks"
    title = "Kinks"
    kind, smooth = "kink", "differentiable"
    words = "it has no kink", "it has a kink"

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        return cls(() if text == "none" else reals.numbers(text.removeprefix("at "), names))

    def shown(self, x: str) -> str:
        return f"at {reals.where(self.breaks, x)}" if self.breaks else "none"

    def _breaks(self, curve: "Curve", place: "Fraction") -> bool | None:
        jumps, bends = curve.jumps(place), curve.bends(place)
        return False if jumps else bends if jumps is False else None

    def _is_smooth(self, piece: "Piece") -> bool:
        return piece.formula.smooth and bool(piece.slopes)
