"""Symmetry of a function's graph: `symmetry`."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Self

from truepage.maths.claims.model import (
    Answer,
    ClaimError,
    Domain,
    Names,
    Number,
    Property,
    but_for,
    maths,
    number,
    numbers,
    refuted,
    undecided,
)

if TYPE_CHECKING:
    from truepage.maths.claims.curve import Curve
    from truepage.maths.claims.floats import Sweep
    from truepage.maths.claims.reals import Real

ZERO = Number("0", Fraction(0))
FEW = 8
"""How many pairs of points must be known, at least."""


@dataclass(frozen=True)
class Symmetry(Property):
    """Odd, even, none, or about a point; some places may be left out."""

    kind: str
    centre: tuple[Number, Number] = (ZERO, ZERO)
    excepted: tuple[Number, ...] = ()

    name: ClassVar[str] = "symmetry"
    title: ClassVar[str] = "Symmetry"
    in_floats: ClassVar[bool] = True

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        """Read a word, or a point."""
        text, _, excepted = text.partition(" except at ")
        outside = numbers(excepted, names) if excepted else ()
        if text in {"odd", "even", "none"}:
            return cls(text, (ZERO, ZERO), outside)
        match = re.fullmatch(r"(?:about the )?point \((?P<x>[^,()]+),(?P<y>[^,()]+)\)", text)
        if not match:
            raise ClaimError(
                f"{text!r} is no symmetry; expected odd, even, none or one like `point (0, 1/2)`"
            )
        centre = number(match["x"], names), number(match["y"], names)
        if any(one.value is None or one.unit for one in centre):
            raise ClaimError(f"{text!r} is no point; expected exact, finite numbers")
        return cls("point", centre, outside)

    def shown(self, x: str) -> str:
        """Return it in words."""
        words = {
            "odd": "odd: about the origin",
            "even": "even: about the vertical axis",
            "none": f"none about {maths(f'{x} = 0')}",
            "point": f"about {maths(f'({self.centre[0].tex()}, {self.centre[1].tex()})')}",
        }
        return words[self.kind] + but_for(self.excepted, x)

    def places(self) -> tuple[Number, ...]:
        """Return the places that are left out."""
        return self.excepted

    def fits(self, domain: Domain, *, floats: bool) -> None:
        """Check that the domain has the symmetry, too."""
        super().fits(domain, floats=floats)
        if not domain.mirrors(self._x):
            raise ClaimError(
                f"the domain {domain.text} is not symmetric about {self.centre[0].text}; "
                "expected one that is, or no claim of a symmetry"
            )

    @property
    def _x(self) -> Fraction:
        return Fraction(self.centre[0].key())

    def hold(self, curve: "Curve") -> Answer:
        """Compare values at points and at their mirror images."""
        from truepage.maths.claims.reals import at

        if self.kind == "none":
            if all(self._broken(curve, kind) for kind in ("odd", "even", "any point")):
                return Answer("proved")
            return undecided("the points show a symmetry")
        if words := self._broken(curve, self.kind):
            return refuted(words)
        pairs = [one for one in curve.points if not self._left_out(one.place)]
        known = [one for one in pairs if one.value is not None]
        for one in pairs:
            both_missing = one.missing and curve.at(2 * self._x - one.place).missing
            if one.value is None and not both_missing:
                return undecided(f"nothing is known {at(one.place)}")
        return curve.tested() if len(known) >= FEW else undecided("too little is known")

    def _left_out(self, place: Fraction) -> bool:
        excepted = {one.value for one in self.excepted}
        return place in excepted or 2 * self._x - place in excepted

    def _broken(self, curve: "Curve", kind: str) -> str:
        """Return words for a pair of points that certainly breaks a symmetry."""
        from truepage.maths.claims import reals

        total: Real | None = None if kind == "any point" else 2 * Fraction(self.centre[1].key())
        for point in curve.points:
            if self._left_out(point.place):
                continue
            other = curve.at(2 * self._x - point.place)
            here, there = reals.at(point.place), reals.at(other.place)
            if point.missing != other.missing and (point.value or other.value) is not None:
                given, lacking = (there, here) if point.missing else (here, there)
                return f"{given} it has a value, and {lacking} it has none"
            if point.value is None or other.value is None:
                continue
            values = reals.apart(point.value, other.value)
            if kind == "even":
                same = reals.order(point.value, other.value)
            else:
                found = reals.total(point.value, other.value)
                total = found if total is None else total
                same = reals.order(total, found)
            if same and point is other:
                values = reals.apart(point.value, Fraction(self.centre[1].key()))
                return f"{here} the value is {values[0]}, not {values[1]}"
            if same:
                return f"{here} the value is {values[0]}, and {there} it is {values[1]}"
        return ""

    def sweep(self, sweep: "Sweep") -> Answer:
        """Compare the code's values at floats and at their mirror images."""
        x, y = sweep.as_float(self.centre[0]), sweep.as_float(self.centre[1])
        mirrored = sweep.code(2 * x - sweep.x)
        if self.kind == "none":
            if (sweep.y == mirrored).all():
                return refuted("it is symmetric", "even")
            if (sweep.y == -mirrored).all():
                return refuted("it is symmetric", "odd")
            total = sweep.y + mirrored
            if (total == 2 * sweep.code_at(0.0)).all():
                return refuted("it is symmetric about a point")
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
