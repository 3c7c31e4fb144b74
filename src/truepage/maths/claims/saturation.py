"""From which number on code gives exactly one value: `saturates in float64`."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Self

from truepage.maths.claims.model import (
    Answer,
    ClaimError,
    Names,
    Number,
    Property,
    maths,
    number,
    parts,
    refuted,
)

if TYPE_CHECKING:
    from truepage.maths.claims.floats import Sweep


@dataclass(frozen=True)
class Saturates(Property):
    """Values that the code gives exactly, from a number on (True) or up to one."""

    levels: tuple[tuple[Number, bool, Number], ...]

    name: ClassVar[str] = "saturates"
    title: ClassVar[str] = "Saturates"
    in_floats: ClassVar[bool] = True
    in_reals: ClassVar[bool] = False

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        """Read values with the numbers where they begin or end."""
        found = []
        for part in parts(text):
            value, word, end = [*re.split(r"\s+(from|up to)\s+", part, maxsplit=1), "", ""][:3]
            if not word:
                raise ClaimError(
                    f"{part!r} is no saturation; expected one like `1 from 36.74` or "
                    "`0 up to −745.13`"
                )
            found.append((number(value, names), word == "from", number(end, names)))
        return cls(tuple(found))

    def places(self) -> tuple[Number, ...]:
        """Return the ends."""
        return tuple(end for _, _, end in self.levels)

    def shown(self, x: str) -> str:
        """Return each value with its end."""
        return ", ".join(
            f"{maths(value.tex())} "
            + ("from {} on" if upward else "up to {}").format(maths(f"{x} = {end.tex()}"))
            for value, upward, end in self.levels
        )

    def sweep(self, sweep: "Sweep") -> Answer:
        """Find where the code begins to give each value, to the last bit."""
        wrong, right = [], []
        for value, upward, end in self.levels:
            found = sweep.end(sweep.as_float(value), upward=upward)
            word = "from" if upward else "up to"
            if found is None:
                far = sweep.y[-1 if upward else 0]
                wrong.append(f"far out the code gives {sweep.text(far)}, not {value.text}")
                continue
            unit, exactly = end.shown, Fraction(found)
            rounded = Fraction(round(exactly / unit)) * unit if unit else exactly
            right.append(f"{value.text} {word} {_decimal(rounded, unit)}")
            assert end.value is not None  # noqa: S101 (a place is finite)
            if abs(exactly - end.value) > unit / 2:
                near = sweep.text(float(f"{found:.12g}"))
                wrong.append(f"the code gives {value.text} {word} {near}")
        if wrong:
            return refuted("; ".join(wrong), ", ".join(right))
        return sweep.tested()


def _decimal(number: Fraction, unit: Fraction) -> str:
    places = 0
    while unit and unit * 10**places < 1:
        places += 1
    text = f"{float(number):.{places}f}" if unit else repr(float(number))
    return text.replace("-", "−")
