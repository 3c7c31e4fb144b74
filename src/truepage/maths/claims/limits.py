"""What a function tends to, and from where on code gives that: `limits`, `saturates`."""

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, Self

from truepage.maths.claims import reals
from truepage.maths.claims.model import ClaimAnswer, Property, refuted, undecided
from truepage.maths.claims.reals import ClaimedDomain, ClaimedNumber, ClaimError, Names

if TYPE_CHECKING:
    from truepage.maths.claims.curve import Curve
    from truepage.maths.claims.floats import Sweep


@dataclass(frozen=True)
class Limits(Property):
    """Limits, at ±∞ or at places: pairs of the limit and where it is."""

    limits: tuple[tuple[ClaimedNumber, ClaimedNumber], ...]

    name: ClassVar[str] = "limits"
    title: ClassVar[str] = "Limits"
    in_floats: ClassVar[bool] = True

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        found = _read(text, names, r"at", "is not a limit; expected one like `1 at ∞`")
        return cls(tuple((value, at) for value, _, at in found))

    def shown(self, x: str) -> str:
        arrow = f"{x} \\to "
        return ", ".join(
            f"{reals.maths(value.tex())} as {reals.maths(arrow + at.tex())}"
            for value, at in self.limits
        )

    def places(self) -> tuple[ClaimedNumber, ...]:
        return tuple(at for _, at in self.limits if at.value is not None)

    def fits(self, domain: ClaimedDomain, *, floats: bool) -> None:
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

    def hold(self, curve: "Curve") -> ClaimAnswer:
        """Come near each limit on whole intervals, or else on several ways that share nothing."""
        for limit, at in self.limits:
            for side in (at.sign,) if at.value is None else (1, -1):
                if words := _missed(curve, limit, at, side):
                    return undecided(words)
        return curve.tested()

    def sweep(self, sweep: "Sweep") -> ClaimAnswer:
        """Hold the claim to the code at ±∞."""
        for limit, at in self.limits:
            found = sweep.code_at(sweep.as_float(at))
            if found != sweep.as_float(limit):
                return refuted(f"at {at.text} the code gives {sweep.text(found)}")
        return ClaimAnswer("tested", points=len(self.limits))


def _missed(curve: "Curve", limit: ClaimedNumber, at: ClaimedNumber, side: int) -> str:
    """Return words if values next to a place are not all near a limit, as far as is known."""
    if not curve.leads(at.value, side):
        return ""
    if limit.value is None:
        ways = curve.ways(at.value, side)
        if all(curve.grows(way, limit.sign, lambda point: point.value) for way in ways):
            return ""
        return f"it does not go on growing next to {at.text}"

    def is_near(place: Fraction) -> bool:
        nearer = 2 * place if at.value is None else (at.value + place) / 2
        values = curve.over(min(place, nearer), max(place, nearer))
        return values is not None and limit.equals(values, reals.CLOSE) is True

    last = curve.last(at.value, side)
    if all(is_near(places[0]) for places in last):
        return ""
    for place in chain(*last):
        value = curve.at(place).value
        if value is None:
            return f"too little is known next to {at.text}"
        if not limit.equals(value, reals.CLOSE):
            return reals.said(place, value)
    return ""


@dataclass(frozen=True)
class Saturates(Property):
    """Values that the code gives exactly, ``from`` a number on or ``up to`` one."""

    levels: tuple[tuple[ClaimedNumber, str, ClaimedNumber], ...]

    name: ClassVar[str] = "saturates"
    title: ClassVar[str] = "Saturates"
    in_floats: ClassVar[bool] = True
    in_reals: ClassVar[bool] = False

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        expected = "is no saturation; expected one like `1 from 36.74` or `0 up to −745.13`"
        return cls(_read(text, names, r"from|up to", expected))

    def places(self) -> tuple[ClaimedNumber, ...]:
        return tuple(end for _, _, end in self.levels)

    def shown(self, x: str) -> str:
        return ", ".join(
            f"{reals.maths(value.tex())} {word} {reals.maths(f'{x} = {end.tex()}')}"
            + " on" * (word == "from")
            for value, word, end in self.levels
        )

    def sweep(self, sweep: "Sweep") -> ClaimAnswer:
        """Find where the code begins to give each value, to the last bit."""
        wrong, right = [], []
        for value, word, end in self.levels:
            found = sweep.end(sweep.as_float(value), upward=word == "from")
            if found is None:
                far = sweep.y[-1 if word == "from" else 0]
                wrong.append(f"far out the code gives {sweep.text(far)}, not {value.text}")
                continue
            unit, exactly = end.shown, Fraction(found)
            rounded = Fraction(round(exactly / unit)) * unit if unit else exactly
            right.append(f"{value.text} {word} {_decimal(rounded, unit)}")
            if abs(exactly - Fraction(end.key())) > unit / 2:
                near = sweep.text(float(f"{found:.12g}"))
                wrong.append(f"the code gives {value.text} {word} {near}")
        if wrong:
            return refuted("; ".join(wrong), ", ".join(right))
        return sweep.tested()


def _read(
    text: str, names: Names, words: str, expected: str
) -> tuple[tuple[ClaimedNumber, str, ClaimedNumber], ...]:
    """Read parts of a value, one of some words, and a place."""
    found = []
    for part in reals.parts(text):
        value, word, at = [*re.split(rf"\s+({words})\s+", part, maxsplit=1), "", ""][:3]
        if not word:
            raise ClaimError(f"{part!r} {expected}")
        found.append((reals.number(value, names), word, reals.number(at, names)))
    return tuple(found)


def _decimal(number: Fraction, unit: Fraction) -> str:
    places = 0
    while unit and unit * 10**places < 1:
        places += 1
    text = f"{float(number):.{places}f}" if unit else repr(float(number))
    return text.replace("-", "−")
