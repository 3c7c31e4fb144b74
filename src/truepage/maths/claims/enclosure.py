"""Enclosures of a term of one variable, and where it certainly is 0.

Everything here is certain: an enclosure holds all values that the term takes on a ball, and is only
given if the term and each of its parts have finite values on all of it.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from flint import arb, arb_series, fmpq, fmpq_poly

from truepage.maths.arrays import Value
from truepage.maths.environment import Definitions
from truepage.maths.evaluation import Evaluation
from truepage.maths.functions import Undefined, exact, sign
from truepage.maths.jets import leaves, precision
from truepage.maths.terms import Apply, Number, Symbol, Term

BITS = 256

Coefficients: TypeAlias = tuple[Fraction, ...]
"""Of a polynomial, from the constant on; the last one is not 0, so that 0 has none."""

NARROW = 48
"""How many times an interval is halved, at most, in which a term has one zero."""

STEPS = 400
"""How many intervals may be looked at for the zeros of a term."""


class Unknown(Exception):  # noqa: N818 (it is an answer)
    """Nothing is known: the ball is too wide, or a part of the term has no value in it."""


def _finite(found: Value) -> Value:
    """Return the value of a part of a term, if it certainly is finite."""
    numbers = found.flat if isinstance(found, np.ndarray) else (found,)
    if not all(one.is_finite() for number in numbers for one in leaves(number)):
        raise Unknown
    return found


@lru_cache(maxsize=1024)
def _strict(term: Term) -> tuple[Term, Definitions]:
    """Return a term with the place where its code is kept, which stops at what is not finite."""
    return term, Definitions({}, each=_finite)


def enclosed(
    term: Term, variable: str, where: arb | Fraction, order: int = 0, bits: int = BITS
) -> tuple[arb, ...] | None:
    """Return enclosures of Taylor coefficients: the value, the slope, half the second derivative.

    Branches that a ball does not decide give the hull of both, which is right for the value, and
    for the slope of a continuous term. None: nothing is known.

    Raises
    ------
    Undefined
        The term certainly has no value, or no derivative, anywhere on the ball.
    Meaningless
        It is not understood.
    """
    try:
        with precision(bits):
            ball = exact(where) if isinstance(where, Fraction) else where
            at = arb_series([ball, arb(1)], prec=order + 1) if order else ball
            same, definitions = _strict(term)
            found = Evaluation(definitions, {variable: at}, level=min(order, 1)).value(same)
    except (Unknown, ValueError, ZeroDivisionError, OverflowError):
        return None
    if isinstance(found, arb):
        return (found, *[arb(0)] * order)
    if isinstance(found, arb_series) and found.prec > order:
        return tuple(found[n] for n in range(order + 1))
    return None


def known(
    term: Term, variable: str, where: arb | Fraction, order: int = 0, bits: int = BITS
) -> tuple[arb, ...] | None:
    """Return enclosures as `enclosed` does, but None where there certainly is no value."""
    try:
        return enclosed(term, variable, where, order, bits)
    except Undefined:
        return None


def span(low: Fraction, high: Fraction) -> arb:
    """Return a ball that holds an interval."""
    with precision(BITS):
        return arb(exact((low + high) / 2), exact((high - low) / 2))


@lru_cache(maxsize=4096)
def polynomial(term: Term, variable: str) -> Coefficients | None:
    """Return the coefficients of a term that is a polynomial with rational ones, else None."""
    found = _polynomial(term, variable)
    return None if found is None else tuple(Fraction(int(c.p), int(c.q)) for c in found.coeffs())


def _polynomial(term: Term, variable: str) -> fmpq_poly | None:
    match term:
        case Number(value):
            return fmpq_poly([fmpq(value.numerator, value.denominator)])
        case Symbol(name):
            return fmpq_poly([0, 1]) if name == variable else None
        case Apply(operation, arguments) if operation in _ARITHMETIC:
            parts = [_polynomial(one, variable) for one in arguments]
            known = [one for one in parts if one is not None]
            return _ARITHMETIC[operation](*known) if len(known) == len(parts) else None
    return None


def _divided(x: fmpq_poly, y: fmpq_poly) -> fmpq_poly | None:
    return x * (1 / y[0]) if y.degree() == 0 else None


def _raised(x: fmpq_poly, y: fmpq_poly) -> fmpq_poly | None:
    times = y[0] if y.degree() <= 0 else None
    if times is None or times.q != 1 or not 0 <= times * max(1, x.degree()) <= 32:
        return None
    return x ** int(times.p)


_ARITHMETIC: dict[str, Callable[..., fmpq_poly | None]] = {
    "add": lambda x, y: x + y, "subtract": lambda x, y: x - y, "multiply": lambda x, y: x * y,
    "times": lambda x, y: x * y, "dot": lambda x, y: x * y,
    "negate": lambda x: -x, "divide": _divided, "power": _raised,
}  # fmt: skip


def at(coefficients: Sequence[Fraction], place: Fraction) -> Fraction:
    """Return the value of a polynomial."""
    value = Fraction(0)
    for one in reversed(coefficients):
        value = value * place + one
    return value


def derived(coefficients: Coefficients) -> Coefficients:
    """Return the derivative of a polynomial."""
    return tuple(n * one for n, one in enumerate(coefficients))[1:]


def extremes(poly: Coefficients, low: Fraction, high: Fraction) -> tuple[Fraction | arb, ...]:
    """Return balls whose hull holds the values of a polynomial on an interval, and no others."""
    if len(poly) <= 1:
        return (at(poly, low),)
    found: list[Fraction | arb] = [at(poly, low), at(poly, high)]
    for a, b in roots(derived(poly)) if len(poly) > 2 else []:
        if low < b and a < high:
            found.append(at(poly, a) if a == b else _enclosed(poly, a, b))
    return tuple(found)


def _enclosed(poly: Coefficients, a: Fraction, b: Fraction) -> arb:
    with precision(BITS):
        place, value = span(a, b), arb(0)
        for one in reversed(poly):
            value = value * place + exact(one)
    return value


def sign_at(term: Term, variable: str, place: Fraction) -> int | None:
    """Return the sign of a term at a place; None: it is not known, or there is no value."""
    coefficients = polynomial(term, variable)
    if coefficients is not None:
        value = at(coefficients, place)
        return (value > 0) - (value < 0)
    if isinstance(term, Apply) and term.operation == "subtract" and len({*term.arguments}) == 1:
        return 0 if known(term, variable, place) else None
    found = known(term, variable, place)
    return None if found is None else sign(found[0])


Zero: TypeAlias = tuple[Fraction, Fraction]
"""A narrow interval in which a term has its only zero; both ends are the same if it is exact."""


def zeros(term: Term, variable: str, low: Fraction, high: Fraction) -> list[Zero] | None:
    """Return where a term is 0 on an interval, all of it; None: it is not known."""
    coefficients = polynomial(term, variable)
    if coefficients is not None:
        return [(a, b) for a, b in roots(coefficients) if low <= b and a <= high]
    found: list[Zero] = []
    ahead = [(low, high)]
    for _ in range(STEPS):
        if not ahead:
            return _merged(found)
        a, b = ahead.pop()
        box = known(term, variable, span(a, b), 1) or known(term, variable, span(a, b))
        if box and sign(box[0]):
            continue
        if len(box or ()) == 2 and sign(box[1]):  # type: ignore[index]
            ends = sign_at(term, variable, a), sign_at(term, variable, b)
            if None in ends:
                return None
            if ends[0] == 0 or ends[1] == 0 or ends[0] != ends[1]:
                found.append(_bisected(term, variable, a, b, ends[0] or -(ends[1] or 0)))
            continue
        if (b - a) * 2**NARROW < high - low:
            return None
        middle = (a + b) / 2
        ahead += [(a, middle), (middle, b)]
    return None


@lru_cache(maxsize=4096)
def roots(coefficients: Coefficients) -> list[Zero]:
    """Return where a polynomial is 0."""
    if len(coefficients) <= 1:
        return []
    if len(coefficients) == 2:
        exactly = [-coefficients[0] / coefficients[1]]
        near: list[arb] = []
    else:
        poly = fmpq_poly([fmpq(c.numerator, c.denominator) for c in coefficients])
        exactly = [Fraction(int(root.p), int(root.q)) for root, _ in poly.roots()]
        with precision(BITS):
            near = [z.real for z, _ in poly.complex_roots() if z.imag.is_zero()]  # type: ignore[misc, has-type]
    found = [(root, root) for root in exactly]
    for root in near:
        middle = _fraction(root.mid())
        width = max(abs(middle), Fraction(1)) / 2**NARROW + _fraction(root.rad())
        if not any(abs(one - middle) < width for one in exactly):
            found.append((middle - width, middle + width))
    return _merged(found)


def _fraction(ball: arb) -> Fraction:
    mantissa, exponent = ball.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _bisected(term: Term, variable: str, a: Fraction, b: Fraction, left: int) -> Zero:
    """Return the zero of a term that is strictly monotone, with its sign at the left."""
    width = (b - a) / 2**NARROW
    for end in (a, b):
        if sign_at(term, variable, end) == 0:
            return end, end
    while b - a > width:
        middle = (a + b) / 2
        side = sign_at(term, variable, middle)
        if side == 0:
            return middle, middle
        if side is None:
            break
        a, b = (middle, b) if side == left else (a, middle)
    simple = ((a + b) / 2).limit_denominator(10**6)
    if a <= simple <= b and sign_at(term, variable, simple) == 0:
        return simple, simple
    return a, b


def _merged(found: list[Zero]) -> list[Zero]:
    merged: list[Zero] = []
    for a, b in sorted(found):
        if merged and a <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(b, merged[-1][1])
        else:
            merged.append((a, b))
    return merged
