"""The numbers that a function tends to: `limits`."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from truepage.maths.claims.model import (
    Answer,
    ClaimError,
    Domain,
    Names,
    Number,
    Property,
    maths,
    number,
    parts,
    refuted,
    undecided,
)

if TYPE_CHECKING:
    from truepage.maths.claims.curve import Curve
    from truepage.maths.claims.floats import Sweep


@dataclass(frozen=True)
class Limits(Property):
    """Limits, at ±∞ or at places: pairs of the limit and where it is."""

    limits: tuple[tuple[Number, Number], ...]

    name: ClassVar[str] = "limits"
    title: ClassVar[str] = "Limits"
    in_floats: ClassVar[bool] = True

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        """Read limits with commas between them."""
        found = []
        for part in parts(text):
            value, *at = re.split(r"\s+at\s+", part, maxsplit=1)
            if not at:
                raise ClaimError(f"{part!r} is not a limit; expected one like `1 at ∞`")
            found.append((number(value, names), number(at[0], names)))
        return cls(tuple(found))

    def shown(self, x: str) -> str:
        """Return each with its place."""
        arrow = f"{x} \\to "
        return ", ".join(
            f"{maths(value.tex())} as {maths(arrow + at.tex())}" for value, at in self.limits
        )

    def places(self) -> tuple[Number, ...]:
        """Return the places that are finite."""
        return tuple(at for _, at in self.limits if at.value is not None)

    def fits(self, domain: Domain, *, floats: bool) -> None:
        """Check that the function is defined next to each place."""
        for _, at in self.limits:
            if at.unit:
                raise ClaimError(f"{at.text!r} is no place; expected an exact number, or ±∞")
            if floats and at.value is not None:
                raise ClaimError(f"a limit at {at.text} in float64; expected one at −∞ or ∞")
            if not domain.borders(at.key()):
                raise ClaimError(
                    f"{at.text} is not at the domain {domain.text}; expected a place in it, "
                    "or an end of it"
                )

    def hold(self, curve: "Curve") -> Answer:
        """Come near each limit on whole intervals, or else on several ways that share nothing."""
        for limit, at in self.limits:
            for side in (at.sign,) if at.value is None else (1, -1):
                if not curve.leads(at.value, side):
                    continue
                if limit.value is not None:
                    words = _missed(curve, limit, at, side)
                elif all(
                    curve.grows(way, limit.sign, lambda point: point.value)
                    for way in curve.paths(at.value, side)
                ):
                    words = ""
                else:
                    words = f"it does not go on growing next to {at.text}"
                if words:
                    return undecided(words)
        return curve.tested()

    def sweep(self, sweep: "Sweep") -> Answer:
        """Hold the claim to the code at ±∞."""
        for limit, at in self.limits:
            found = sweep.code_at(sweep.as_float(at))
            if found != sweep.as_float(limit):
                return refuted(f"at {at.text} the code gives {sweep.text(found)}")
        return Answer("tested", points=len(self.limits))


def _missed(curve: "Curve", limit: Number, at: Number, side: int) -> str:
    """Return words if values next to a place are not all near a number, as far as is known."""
    from truepage.maths.claims import points, reals

    def covered(n: int) -> bool:
        near, far = (points.towards(at.value, side, m)[0] for m in (n + 1, n))
        found = curve.over(min(near, far), max(near, far))
        return bool(found) and reals.near(found[0], limit)

    if all(covered(n) for n in points.FAR[-3:]):
        return ""
    for n in points.FAR[-3:]:
        for place in points.towards(at.value, side, n):
            value = curve.at(place).value
            if value is None:
                return f"too little is known next to {at.text}"
            if not reals.near(value, limit):
                return f"{reals.at(place)} the value is {reals.shown(value)}"
    return ""
