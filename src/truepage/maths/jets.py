"""Truncated power series with coefficients that are power series: nested derivatives.

Each derivative inside another one has a perturbation of its own. The outermost one, at level 1, is
the variable of an `arb_series`; the one at level n is the variable of a `Jet`, whose coefficients
are scalars of lower levels. With one perturbation for all, ∂/∂x (x ∂f/∂y) would take the change of
x for a change of y.

An inner perturbation is infinitely smaller than each power of an outer one, as the inner limit is
taken first. So the sign of a jet is that of its first coefficient that is not 0.

Source: J. M. Siskind and B. A. Pearlmutter, *Nesting forward-mode AD in a functional framework*,
Higher-Order and Symbolic Computation 21 (2008).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias, Union

import numpy as np
from flint import arb, arb_series, ctx

Scalar: TypeAlias = Union[arb, arb_series, "Jet"]

UNKNOWN = arb.nan()


class Jet:
    """The beginning of a power series over scalars of lower levels.

    It has the operators of an `arb_series` and each of its functions without a parameter, such as
    `exp`. It is no sequence, or NumPy would take it for an array.

    Parameters
    ----------
    coefficients
        The first coefficients; those that are missing are 0.
    level
        How many derivatives its perturbation lies inside, itself included: at least 2.
    prec
        Number of coefficients that are known, named as in `arb_series`.
    """

    __slots__ = ("coefficients", "level", "prec")

    def __init__(self, coefficients: Sequence[Scalar], level: int, prec: int) -> None:
        self.coefficients = coefficients[:prec]
        self.level = level
        self.prec = prec

    def __add__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented  # NumPy does it for each element
        other = arb(other) if isinstance(other, int) else other
        level, prec, xs, ys = _aligned(self, other)
        length = min(prec, max(len(xs), len(ys)))
        parts = zip(*(coefficients(one, level, length) for one in (self, other)), strict=True)
        return Jet([x + y for x, y in parts], level, prec)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __neg__(self) -> "Jet":
        return Jet([-one for one in self.coefficients], self.level, self.prec)

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        level, prec, xs, ys = _aligned(self, other)
        parts: list[Any] = [None] * min(prec, len(xs) + len(ys) - 1)
        for i, x in enumerate(xs):
            for j, y in enumerate(ys[: len(parts) - i], i):
                parts[j] = x * y if parts[j] is None else parts[j] + x * y
        return Jet(parts, level, prec)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else self * (1 / other)

    def __rtruediv__(self, other: Any) -> Any:
        return self.lifted(lambda series: 1 / series) * other

    def __getattr__(self, name: str) -> Callable[[], Scalar]:
        if name.startswith("_") or not hasattr(arb_series, name):
            raise AttributeError(name, name=name, obj=self)
        return lambda: self.lifted(lambda series: getattr(series, name)())

    def lifted(self, function: Callable[[Any], Any]) -> Scalar:
        """Apply a function of series: its Taylor polynomial at the centre, at the rest of this."""
        length = _degree(self) + 1
        with room(length):
            taylor = function(variable(constant(self), 1, 1, length))
        rest = _without_constant(self)
        result, *lower = reversed(coefficients(taylor, 1, length))
        for one in lower:
            result = result * rest + one
        return result


def variable(at: Scalar, direction: int, level: int, prec: int) -> Scalar:
    """Return a place with the perturbation of a level, to the right (1) or to the left (−1)."""
    return _series([at, arb(direction)], level, prec)


def _series(parts: Sequence[Any], level: int, prec: int) -> Scalar:
    return arb_series(parts, prec=prec) if level == 1 else Jet(parts, level, prec)


def level_of(x: Any) -> int:
    """Return the level of the innermost perturbation that a scalar depends on; 0: of none."""
    return x.level if isinstance(x, Jet) else int(isinstance(x, arb_series))


def coefficient(x: Scalar, level: int, n: int) -> Scalar:
    """Return the coefficient of the n-th power of the perturbation of a level, the highest in x.

    NaN if it was cut off.
    """
    if level_of(x) < level:
        return x if n == 0 else UNKNOWN if constant(x).is_nan() else arb(0)
    if isinstance(x, arb) or n >= x.prec:
        return UNKNOWN
    if isinstance(x, Jet):
        return x.coefficients[n] if n < len(x.coefficients) else arb(0)
    return x[n]


def coefficients(x: Scalar, level: int, count: int) -> list[Scalar]:
    """Return the first coefficients of the perturbation of a level, the highest in x."""
    if level == 1 and isinstance(x, arb_series):  # quickly, since integrals have many
        return [*(x[n] for n in range(min(count, x.prec))), *[UNKNOWN] * (count - x.prec)]
    return [coefficient(x, level, n) for n in range(count)]


def constant(x: Scalar) -> arb:
    """Return the value of a series at its centre."""
    while isinstance(x, Jet):
        x = x.coefficients[0]
    return x[0] if isinstance(x, arb_series) else x


def each(function: Callable[..., arb], *scalars: Scalar) -> Scalar:
    """Apply a function to the numbers that scalars have at the same powers, of all levels."""
    level = max(map(level_of, scalars))
    if not level:
        return function(*scalars)
    parts = [each(function, *part) for part in _parts(level, *scalars)]
    return _series(parts, level, len(parts))


def together(*scalars: Any) -> list[tuple[arb, ...]]:
    """Return the numbers that scalars have at the same powers, of all levels."""
    level = max(map(level_of, scalars))
    if not level:
        return [scalars]
    return [found for part in _parts(level, *scalars) for found in together(*part)]


def _parts(level: int, *scalars: Scalar) -> list[tuple[Scalar, ...]]:
    """Return the coefficients that scalars have at each power of the perturbation of a level."""
    prec = min(one.prec for one in scalars if not isinstance(one, arb) and level_of(one) == level)
    return list(zip(*(coefficients(one, level, prec) for one in scalars), strict=True))


def leaves(x: Scalar) -> list[arb]:
    """Return the numbers in a scalar: all coefficients, of all levels."""
    return [x] if isinstance(x, arb) else [one for (one,) in together(x)]


precision = ctx.workprec
"""Computes with so many bits, in a ``with`` statement."""


@contextmanager
def room(length: int) -> Iterator[None]:
    """Let series of flint have at least so many coefficients; it cuts them off at 10."""
    before, ctx.cap = ctx.cap, max(ctx.cap, length)
    try:
        yield
    finally:
        ctx.cap = before


def _aligned(x: Any, y: Any) -> tuple[int, int, list[Scalar], list[Scalar]]:
    """Return the higher level of two scalars, how far both are known, and their coefficients."""
    level = max(level_of(x), level_of(y))
    prec = min(one.prec for one in (x, y) if level_of(one) == level)
    xs, ys = ([*one.coefficients] if level_of(one) == level else [one] for one in (x, y))
    return level, prec, xs, ys


def _degree(x: Scalar) -> int:
    """Return the highest total degree of a term that is not cut off."""
    if isinstance(x, Jet):
        return x.prec - 1 + max(map(_degree, x.coefficients))
    return x.prec - 1 if isinstance(x, arb_series) else 0


def _without_constant(x: Scalar) -> Scalar:
    """Return a scalar less its value at the centre, which becomes exactly 0."""
    if isinstance(x, arb):
        return arb(0)
    first, *others = coefficients(x, level_of(x), x.prec)
    return _series([_without_constant(first), *others], level_of(x), x.prec)
