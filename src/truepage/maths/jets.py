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

import operator
from collections.abc import Callable, Sequence
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
        return _operated(operator.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return _operated(operator.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return _operated(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return _operated(operator.sub, other, self)

    def __mul__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, np.ndarray) else _product(self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        return self * (other.lifted(_reciprocal) if isinstance(other, Jet) else 1 / other)

    def __rtruediv__(self, other: Any) -> Any:
        return self.lifted(_reciprocal) * other

    def __neg__(self) -> "Jet":
        return Jet([-one for one in self.coefficients], self.level, self.prec)

    def __getattr__(self, name: str) -> Callable[[], Scalar]:
        if name.startswith("_") or not hasattr(arb_series, name):
            raise AttributeError(name, name=name, obj=self)
        return lambda: self.lifted(lambda series: getattr(series, name)())

    def lifted(self, function: Callable[[Any], Any]) -> Scalar:
        """Apply a function of series: its Taylor polynomial at the centre, at the rest of this."""
        length = _degree(self) + 1
        with room(length):
            taylor = function(arb_series([constant(self), arb(1)], prec=length))
        rest = _without_constant(self)
        result: Scalar = coefficient(taylor, 1, length - 1)
        for n in reversed(range(length - 1)):
            result = result * rest + coefficient(taylor, 1, n)
        return result


def variable(at: Scalar, direction: int, level: int, prec: int) -> Scalar:
    """Return a place with the perturbation of a level, to the right (1) or to the left (−1)."""
    return _series([at, arb(direction)], level, prec)


def _series(coefficients: Sequence[Scalar], level: int, prec: int) -> Scalar:
    if level == 1:
        return arb_series([constant(one) for one in coefficients], prec=prec)
    return Jet(coefficients, level, prec)


def level_of(x: Any) -> int:
    """Return the level of the innermost perturbation that a scalar depends on; 0: of none."""
    return x.level if isinstance(x, Jet) else int(isinstance(x, arb_series))


def coefficient(x: Scalar, level: int, n: int) -> Scalar:
    """Return the coefficient of the n-th power of the perturbation of a level, the highest in x.

    NaN if it was cut off.
    """
    if level_of(x) < level:
        if n == 0:
            return x
        return UNKNOWN if constant(x).is_nan() else arb(0)
    if isinstance(x, arb) or n >= x.prec:
        return UNKNOWN
    if isinstance(x, Jet):
        return x.coefficients[n] if n < len(x.coefficients) else arb(0)
    return x[n]


def constant(x: Scalar) -> arb:
    """Return the value of a series at its centre."""
    while isinstance(x, Jet):
        x = x.coefficients[0]
    return x[0] if isinstance(x, arb_series) else x


def combined(function: Callable[[Any, Any], Any], x: Scalar, y: Scalar) -> Scalar:
    """Apply a function to each pair of coefficients of two scalars, one of them a series."""
    level, prec = common(x, y)
    pairs = ((coefficient(x, level, n), coefficient(y, level, n)) for n in range(prec))
    return _series([function(one, other) for one, other in pairs], level, prec)


def each(function: Callable[[arb], arb], x: Scalar) -> Scalar:
    """Apply a function to each number in a scalar: to all coefficients, of all levels."""
    if isinstance(x, arb):
        return function(x)
    parts = [each(function, coefficient(x, level_of(x), n)) for n in range(x.prec)]
    return _series(parts, level_of(x), x.prec)


def pairs(x: Scalar, y: Scalar) -> list[tuple[arb, arb]]:
    """Return the numbers in two scalars, those of the same powers together."""
    if isinstance(x, arb) and isinstance(y, arb):
        return [(x, y)]
    level, prec = common(x, y)
    parts = ((coefficient(x, level, n), coefficient(y, level, n)) for n in range(prec))
    return [two for part in parts for two in pairs(*part)]


def leaves(x: Scalar) -> list[arb]:
    """Return the numbers in a scalar: all coefficients, of all levels."""
    return [one for one, _ in pairs(x, x)]


def unknown_like(x: Scalar) -> Scalar:
    """Return the series of the same form of which nothing is known."""
    return each(lambda one: UNKNOWN, x)


class room:  # noqa: N801 (it reads like a function, and is faster than a generator)
    """Let series of flint have at least so many coefficients; it cuts them off at 10."""

    __slots__ = ("_before", "_length")

    def __init__(self, length: int) -> None:
        self._length = length

    def __enter__(self) -> None:
        self._before: int = ctx.cap
        ctx.cap = max(ctx.cap, self._length)

    def __exit__(self, *error: object) -> None:
        ctx.cap = self._before


def common(x: Scalar, y: Scalar) -> tuple[int, int]:
    """Return the higher level of two scalars, and how many coefficients both have there."""
    level = max(level_of(x), level_of(y))
    lengths = [one.prec for one in (x, y) if not isinstance(one, arb) and level_of(one) == level]
    return level, min(lengths)


def _operated(operation: Callable[[Any, Any], Any], x: Any, y: Any) -> Any:
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        return NotImplemented  # NumPy does it for each element
    x, y = (arb(one) if isinstance(one, int) else one for one in (x, y))
    level, prec = common(x, y)
    lengths = [len(one.coefficients) if level_of(one) == level else 1 for one in (x, y)]
    parts = [
        operation(coefficient(x, level, n), coefficient(y, level, n))
        for n in range(min(prec, max(lengths)))
    ]
    return Jet(parts, level, prec)


def _product(x: Any, y: Any) -> Scalar:
    level, prec = common(x, y)
    xs, ys = (one.coefficients if level_of(one) == level else (one,) for one in (x, y))
    parts: list[Any] = [None] * min(prec, len(xs) + len(ys) - 1)
    for i, one in enumerate(xs):
        for j, other in enumerate(ys[: len(parts) - i], i):
            parts[j] = one * other if parts[j] is None else parts[j] + one * other
    return Jet(parts, level, prec)


def _reciprocal(series: arb_series) -> arb_series:
    return 1 / series


def _degree(x: Scalar) -> int:
    """Return the highest total degree of a term that is not cut off."""
    if isinstance(x, Jet):
        return x.prec - 1 + max(map(_degree, x.coefficients))
    return x.prec - 1 if isinstance(x, arb_series) else 0


def _without_constant(x: Scalar) -> Scalar:
    """Return a scalar less its value at the centre, which becomes exactly 0."""
    if isinstance(x, arb):
        return arb(0)
    level = level_of(x)
    first, *others = (coefficient(x, level, n) for n in range(x.prec))
    return _series([_without_constant(first), *others], level, x.prec)
