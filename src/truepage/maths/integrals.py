"""Definite integrals with rigorous error bounds, by Taylor expansions on small intervals.

On [m − h, m + h] the integral of f is the sum of 2 aₖ h^(k+1) / (k + 1) over even k < n, with the
Taylor coefficients aₖ at m, and an error of at most 2 |aₙ| h^(n+1) / (n + 1), in which aₙ encloses
the n-th coefficient everywhere in the interval (Lagrange's remainder). This holds for integrands
that are n times differentiable there; where that is not known, aₙ is not finite.
"""

from collections.abc import Callable

from flint import arb, arb_series, ctx

from truepage.maths.functions import Undefined
from truepage.maths.jets import UNKNOWN, Scalar

ORDER = 24
SMALL = arb(2) ** -116
"""Error of a piece that is accepted; with more bits it would take many more pieces."""
MOST_PIECES = 150
MOST_HALVINGS = 20
"""So often an interval is halved: around a pole it would have no end."""


def integral(integrand: Callable[[Scalar], Scalar], lower: Scalar, upper: Scalar) -> arb:
    """Return the integral of a smooth function from one number to another; NaN if not known."""
    if not (isinstance(lower, arb) and isinstance(upper, arb)):
        return UNKNOWN
    if not (lower.is_finite() and upper.is_finite()):
        return UNKNOWN
    cap = ctx.cap
    ctx.cap = ORDER + 1  # flint drops all coefficients beyond
    try:
        return _in_pieces(integrand, lower, upper)
    finally:
        ctx.cap = cap


def _in_pieces(integrand: Callable[[Scalar], Scalar], lower: arb, upper: arb) -> arb:
    total, ahead, pieces = arb(0), [(lower, upper)], 0
    least = abs(upper - lower).mid() * arb(2) ** -MOST_HALVINGS
    while ahead:
        low, high = ahead.pop()
        pieces += 1
        if pieces > MOST_PIECES or abs(high - low) < least:
            return UNKNOWN
        part = _piece(integrand, low, high)
        small = part.is_finite() and part.rad() <= SMALL * (1 + abs(total))
        good = part.is_finite() and part.rel_accuracy_bits() >= min(70, ctx.prec - 16)
        if small or good:
            total += part
        else:
            middle = arb(((low + high) / 2).mid())
            ahead += [(middle, high), (low, middle)]
    return total


def _piece(integrand: Callable[[Scalar], Scalar], low: arb, high: arb) -> arb:
    middle, half = (low + high) / 2, (high - low) / 2
    around = low.union(high)
    try:
        # The value everywhere in the interval must exist: a pole in it makes this fail.
        at, rest = (_coefficients(integrand, centre) for centre in (middle, around))
    except Undefined:
        return UNKNOWN
    if not all(one.is_finite() for one in rest):
        return UNKNOWN
    total = arb(0)
    for k in range(0, ORDER, 2):
        total += 2 * at[k] * half ** (k + 1) / (k + 1)
    error = 2 * arb(abs(rest[ORDER]).upper()) * arb(abs(half).upper()) ** (ORDER + 1) / (ORDER + 1)
    return total + arb(0, error)


def _coefficients(integrand: Callable[[Scalar], Scalar], centre: arb) -> list[arb]:
    found = integrand(arb_series([centre, 1], prec=ORDER + 1))
    if isinstance(found, arb):
        return [found] + [arb(0)] * ORDER
    if not isinstance(found, arb_series) or found.prec <= ORDER:
        return [UNKNOWN] * (ORDER + 1)
    return [found[k] for k in range(ORDER + 1)]
