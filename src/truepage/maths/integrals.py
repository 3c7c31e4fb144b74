"""Definite integrals, also to ∞.

A definite integral has a rigorous error bound. On [m − h, m + h] the integral of f is the sum of
2 aₖ h^(k+1) / (k + 1) over even k < n, with the Taylor coefficients aₖ at m, and an error of at
most 2 |aₙ| h^(n+1) / (n + 1), in which aₙ encloses the n-th coefficient everywhere in the interval
(Lagrange's remainder). This holds for integrands that are n times differentiable there; where that
is not known, aₙ is not finite.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flint import arb

from truepage.maths.arrays import Meaningless
from truepage.maths.calculus import INFINITY, MINUS_INFINITY, real, settled
from truepage.maths.environment import Environment, Local
from truepage.maths.functions import Undefined
from truepage.maths.jets import (
    UNKNOWN,
    Scalar,
    coefficients,
    each,
    leaves,
    room,
    together,
    variable,
)
from truepage.maths.terms import (
    Repeated,
    reached,
)


@dataclass(frozen=True)
class Effort:
    """How much an integral may cost."""

    order: int  # of the expansion of each piece; even
    small: arb  # error of a piece that is accepted; with more bits it takes many more pieces
    pieces: int  # into how many it is cut, at most


ALONE = Effort(24, arb(2) ** -116, 150)
NESTED = Effort(14, arb(2) ** -60, 20)
"""Inside another integral, or a derivative, each piece is paid for many times."""
LEAST = arb(2) ** -20
"""The shortest part of an interval that counts: around a pole there would be no end."""


def integral_of(e: Environment, term: Repeated, local: Local) -> Any:
    """Return an integral; NaN: it is not known."""
    low_end, high_end, body = term.lower, term.upper, term.body
    if low_end is None or high_end is None:
        raise Meaningless("an integral without ends")

    def is_nested() -> bool:
        parts = reached([body], e.definitions.table)
        return any(isinstance(one, Repeated) and one.operation == "integrate" for one in parts)

    improper = {INFINITY, MINUS_INFINITY} & {low_end, high_end}
    nested = e.definitions.fact("holds an integral", body, is_nested)
    if improper and nested:
        raise Meaningless("an integral to ∞ over another integral is not computed")
    if e.definitions.bends(body):
        raise Meaningless("an integral over something with branches; part it at each of them")
    ends: list[Any] = [
        arb(0) if end in improper else e.scalar(end, local) for end in (low_end, high_end)
    ]
    lower, upper = ends
    if improper and (e.level or not all(isinstance(one, arb) for one in ends)):
        raise Meaningless("an integral to ∞ inside a derivative or an integral is not computed")
    inside = e.varied()

    def between(low: Scalar, high: Scalar) -> Scalar:
        def integrand(x: Scalar) -> Scalar:
            return inside.scalar(body, {**local, term.index: x})

        return _integral(integrand, low, high, inside.level, nested=nested)

    if not improper:
        return between(lower, upper)

    def pieces(near: arb, side: int) -> Iterator[arb]:
        for power in range(12):
            far = near + side * 2**power
            yield real(between(near, far) if side > 0 else between(far, near), "an integral to ∞")
            near = far

    total: Any = arb(0)  # what comes before 0 need not shrink
    if high_end == INFINITY:
        start = lower.max(arb(0))
        total += between(lower, start) + settled(pieces(start, 1), at_powers_of_two=False)
    if low_end == MINUS_INFINITY:
        start = upper.min(arb(0))
        total += between(start, upper) + settled(pieces(start, -1), at_powers_of_two=False)
    return total


def _integral(
    integrand: Callable[[Scalar], Scalar],
    lower: Scalar,
    upper: Scalar,
    level: int,
    *,
    nested: bool = False,
) -> Scalar:
    """Return the integral of a smooth function from one number to another; NaN if not known.

    Parameters
    ----------
    lower, upper
        The ends, which may depend on the perturbations of levels below.
    level
        The level of the perturbation by which the integrand is expanded.
    nested
        Whether there is another integral in the integrand.
    """
    effort, width = NESTED if nested or level > 1 else ALONE, upper - lower
    length = effort.order + 1

    def expanded(place: arb) -> list[Scalar]:
        with room(length):
            found = integrand(lower + width * variable(place, 1, level, length))
        return coefficients(found, level, length)

    total: Scalar = arb(0)
    ahead, pieces = [(arb(0), arb(1))], 0
    while ahead:
        low, high = ahead.pop()
        pieces += 1
        if pieces > effort.pieces or high - low < LEAST:
            return UNKNOWN
        middle = (low + high) / 2
        try:
            # The value everywhere in the piece must exist: a pole in it makes this fail.
            at, everywhere = expanded(middle), expanded(low.union(high))
        except Undefined:
            return UNKNOWN
        if all(map(_is_finite, everywhere)):
            part, error = _piece(at, everywhere[-1], (high - low) / 2)
            if all(_is_small(effort.small, *two) for two in together(error, part)):
                total = total + (part + error) * width
                continue
        ahead += [(middle, high), (low, middle)]
    return total


def _piece(at: list[Scalar], last: Scalar, half: arb) -> tuple[Scalar, Scalar]:
    """Return the integral over a piece from its expansion, and the bound of the error."""
    part: Scalar = arb(0)
    power, square = 2 * half, half * half
    for n in range(0, len(at) - 1, 2):
        part = part + at[n] * (power / (n + 1))
        power *= square
    scale = 2 * half ** len(at) / len(at)
    return part, each(lambda one: arb(0, (one * scale).abs_upper()), last)


def _is_finite(x: Scalar) -> bool:
    if isinstance(x, arb):
        return bool(x.is_finite())
    return all(number.is_finite() for number in leaves(x))


def _is_small(small: arb, error: arb, part: arb) -> bool:
    """Tell whether the error of a piece is small, or no more than what else is not known of it."""
    return bool(error.rad() <= small * (1 + abs(part)) or error.rad() <= part.rad())
