"""Verdict on an equation, and the numbers in its messages."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from flint import acb, arb

from truepage.maths.arrays import Scaled, Value

Status: TypeAlias = Literal["checked", "refuted", "not understood", "undecided", "unchecked"]

ULPS = 4.0
"""How far code may be off before the listing notes it."""


@dataclass(frozen=True)
class Disagreement:
    """The first point where an equation does not hold: the letters' values, and both sides'."""

    at: str
    left: str
    right: str
    sides: tuple[str, str]

    def said(self, code: str) -> str:
        """Return it in words, in which the code has a name."""
        left, right = self.sides
        found = f"`{left}` is {self.left}"
        if left == "the code":
            found = f"{code} {'' if self.left.startswith('raises ') else 'gives '}{self.left}"
        return f"{f'at {self.at} ' if self.at else ''}{found}, `{right}` is {self.right}"


@dataclass(frozen=True)
class Verdict:
    """Result of verifying an equation."""

    status: Status
    against: str = ""  # what it was held to: a dotted name, ``identity``, or nothing
    points: int = 0  # that were decided
    left_out: int = 0  # points at which no side has a value
    undecided: int = 0
    ulps: float | None = None  # the code's largest error, in units in the last place
    warnings: tuple[str, ...] = ()  # of the code
    disagreement: Disagreement | None = None
    words: str = ""  # what is not understood, or why it is not checked
    repair: str = ""  # the edit that would make it true
    tried: str = ""  # the values of the letters at the points that were decided


@dataclass
class Count:
    """Points counted while an equation is verified."""

    decided: int = 0
    compared: list[Any] = field(default_factory=list)  # the points that were decided
    left_out: int = 0
    undecided: int = 0
    open_at: str = ""  # the first point that stays undecided
    judged: int = 0  # values of code
    shaky: int = 0  # those that are right because rounding leaves the formula's wide open
    ulps: float | None = None
    warnings: dict[str, None] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)  # link → at how many points it was decided


def written_apart(left: "Value | float", right: "Value | float") -> tuple[str, str]:
    """Return two values that differ as messages show them: with digits that differ."""
    for digits in (6, 9, 12, 17):
        texts = written(left, digits), written(right, digits)
        if texts[0] != texts[1]:
            break
    return texts


def written(value: "Value | float", digits: int = 6) -> str:
    """Return a number, or the numbers in an array, as messages show them."""
    if isinstance(value, np.ndarray):
        return "[" + ", ".join(written(one, digits) for one in value) + "]"
    if isinstance(value, Scaled):
        return f"{written(value.factor, digits)} I"
    if isinstance(value, acb | complex):
        parts = [arb(0) if arb(one).contains(0) else one for one in (value.real, value.imag)]
        real, imaginary = (written(one, digits) for one in parts)
        return f"{real} + {imaginary} i".replace("+ −", "− ")
    if isinstance(value, arb):
        if not value.is_finite():
            return "nothing known"
        number = float(value.mid())
        if digits > 16 or math.isinf(number) or (number == 0 and not value.is_zero()):
            return str(value.mid().str(digits, radius=False)).replace("-", "−")
        value = number
    return f"{value:.{digits}g}".replace("-", "−") if isinstance(value, float) else str(value)
