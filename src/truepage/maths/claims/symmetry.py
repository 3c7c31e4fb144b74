"""Symmetry of a function's graph: `symmetry`."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Self

from truepage.maths.claims import reals
from truepage.maths.claims.model import ClaimAnswer, Property, refuted, undecided
from truepage.maths.claims.reals import ClaimedDomain, ClaimedNumber, ClaimError, Names, Real

if TYPE_CHECKING:
    from truepage.maths.claims.curve import Curve
    from truepage.maths.claims.floats import Sweep

ORIGIN = (ClaimedNumber("0", Fraction(0)),) * 2
FEW = 8
"""How many pairs of points must be known, at least."""


@dataclass(frozen=True)
class Symmetry(Property):
    """Odd, even, none, or about a point; some places may be left out."""

    kind: str
    centre: tuple[ClaimedNumber, ClaimedNumber] = ORIGIN
    excepted: tuple[ClaimedNumber, ...] = ()

    name: ClassVar[str] = "symmetry"
    title: ClassVar[str] = "Symmetry"
    in_floats: ClassVar[bool] = True

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        text, _, excepted = text.partition(" except at ")
        outside = reals.numbers(excepted, names) if excepted else ()
        if text in {"odd", "even", "none"}:
            return cls(text, ORIGIN, outside)
        match = re.fullmatch(r"(?:about the )?point \((?P<x>[^,()]+),(?P<y>[^,()]+)\)", text)
        if not match:
            raise ClaimError(
                f"{text!r} is no symmetry; expected odd, even, none or one like `point (0, 1/2)`"
            )
        centre = reals.number(match["x"], names), reals.number(match["y"], names)
        if any(one.value is None or one.unit for one in centre):
            raise ClaimError(f"{text!r} is no point; expected exact, finite numbers")
        return cls("point", centre, outside)

    def shown(self, x: str) -> str:
        words = {
            "odd": "odd: about the origin",
            "even": "even: about the vertical axis",
            "none": f"none about {reals.maths(f'{x} = 0')}",
            "point": f"about {reals.maths(f'({self.centre[0].tex()}, {self.centre[1].tex()})')}",
        }
        return words[self.kind] + reals.but_for(self.excepted, x)

    def places(self) -> tuple[ClaimedNumber, ...]:
        return self.excepted

    def fits(self, domain: ClaimedDomain, *, floats: bool) -> None:
        """Check that the domain has the symmetry, too."""
        super().fits(domain, floats=floats)
        if not domain.mirrors(self._mirrored(Fraction(0)) / 2):
            raise ClaimError(
                f"the domain {domain.text} is not symmetric about {self.centre[0].text}; "
                "expected one that is, or no claim of a symmetry"
            )

    def _mirrored(self, place: Fraction) -> Fraction:
        return 2 * Fraction(self.centre[0].key()) - place

    def _left_out(self, place: Fraction) -> bool:
        return bool({place, self._mirrored(place)} & {one.value for one in self.excepted})

    def hold(self, curve: "Curve") -> ClaimAnswer:
        """Compare values at points and at their mirror images."""
        if self.kind == "none":
            if all(self._broken(curve, kind) for kind in ("odd", "even", "any point")):
                return ClaimAnswer("proved")
            return undecided("the points show a symmetry")
        if words := self._broken(curve, self.kind):
            return refuted(words)
        pairs = [one for one in curve.points if not self._left_out(one.place)]
        for one in pairs:
            both_missing = one.missing and curve.at(self._mirrored(one.place)).missing
            if one.value is None and not both_missing:
                return undecided(f"nothing is known at {reals.text(one.place)}")
        known = sum(one.value is not None for one in pairs)
        return curve.tested() if known >= FEW else undecided("too little is known")

    def _broken(self, curve: "Curve", kind: str) -> str:
        """Return words for a pair of points that certainly breaks a symmetry."""
        y = Fraction(self.centre[1].key())
        total: Real | None = None if kind == "any point" else 2 * y
        for point in curve.points:
            if self._left_out(point.place):
                continue
            other = curve.at(self._mirrored(point.place))
            here, there = f"at {reals.text(point.place)}", f"at {reals.text(other.place)}"
            if point.missing != other.missing and (point.value or other.value) is not None:
                given, lacking = (there, here) if point.missing else (here, there)
                return f"{given} it has a value, and {lacking} it has none"
            if point.value is None or other.value is None:
                continue
            if kind == "even":
                side = reals.order(point.value, other.value)
            else:
                found = _sum(point.value, other.value)
                total = found if total is None else total
                side = reals.order(total, found)
            if side and point is other:
                values = reals.apart(point.value, y)
                return f"{here} the value is {values[0]}, not {values[1]}"
            if side:
                values = reals.apart(point.value, other.value)
                return f"{here} the value is {values[0]}, and {there} it is {values[1]}"
        return ""

    def sweep(self, sweep: "Sweep") -> ClaimAnswer:
        """Compare the code's values at floats and at their mirror images."""
        x, y = sweep.as_float(self.centre[0]), sweep.as_float(self.centre[1])
        mirrored = sweep.code(2 * x - sweep.x)
        if self.kind == "none":
            total = sweep.y + mirrored
            for same, words, right in (
                (sweep.y == mirrored, "it is symmetric", "even"),
                (sweep.y == -mirrored, "it is symmetric", "odd"),
                (total == 2 * sweep.code_at(0.0), "it is symmetric about a point", ""),
            ):
                if same.all():
                    return refuted(words, right)
            return sweep.tested()
        wanted = mirrored if self.kind == "even" else 2 * y - mirrored
        wrong = (sweep.y != wanted) & ~sweep.among(sweep.x, self.excepted)
        if not wrong.any():
            return sweep.tested()
        at = sweep.first(wrong)
        return refuted(
            f"{sweep.gives(at)}, and at {sweep.text(2 * x - sweep.x[at])} "
            f"it gives {sweep.text(mirrored[at])}"
        )


def _sum(first: Real, second: Real) -> Real:
    if isinstance(first, Fraction) and isinstance(second, Fraction):
        return first + second
    return reals.ball(first) + reals.ball(second)
