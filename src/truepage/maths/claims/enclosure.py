"""Terms of one variable: enclosures, where one certainly is 0, and where it has branches.

Everything here is certain: an enclosure holds all values that the term takes on a ball, and is only
given if the term and each of its parts have finite values on all of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import combinations, pairwise
from typing import TypeAlias

import numpy as np
from flint import arb, arb_poly, arb_series, fmpq, fmpq_poly

from truepage.maths.arrays import Value
from truepage.maths.claims.reals import CLOSE, Real
from truepage.maths.environment import JUMPS, Definitions
from truepage.maths.evaluation import Evaluation
from truepage.maths.functions import Undefined, exact, sign
from truepage.maths.jets import leaves, precision
from truepage.maths.terms import Apply, Call, Cases, Number, Symbol, Term, walk

BITS = 256

PRECISE = 4096
"""Bits for far points, where 256 leave too wide a ball."""

Zero: TypeAlias = tuple[Fraction, Fraction]
"""A narrow interval in which a term has its only zero; both ends are the same if it is exact."""

SIGNS = {"sgn", "sign"}
EXTREMES = {"\\max", "\\min"}

NARROW = 48
"""How many times an interval is halved, at most, in which a term has one zero."""

STEPS = 400
"""How many intervals may be looked at for the zeros of a term."""


class UnknownRange(Exception):  # noqa: N818 (it is an answer)
    """Nothing is known: the ball is too wide, or a part of the term has no value in it."""


def _finite(found: Value) -> Value:
    """Return the value of a part of a term, if it certainly is finite."""
    numbers = found.flat if isinstance(found, np.ndarray) else (found,)
    if not all(one.is_finite() for number in numbers for one in leaves(number)):
        raise UnknownRange
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
    except (UnknownRange, ValueError, ZeroDivisionError, OverflowError):
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


class Polynomial:
    """A polynomial with rational coefficients."""

    def __init__(self, poly: fmpq_poly) -> None:
        self._poly = poly
        self.degree: int = poly.degree()
        """−1 for 0."""

    def at(self, place: Fraction) -> Fraction:
        """Return its value."""
        return _fraction(self._poly(fmpq(place.numerator, place.denominator)))

    @cached_property
    def slope(self) -> "Polynomial":
        """Its derivative."""
        return Polynomial(self._poly.derivative())

    @cached_property
    def roots(self) -> list[Zero]:
        """Where it is 0, if it is not 0 everywhere."""
        if self.degree < 1:
            return []
        exactly = [_fraction(root) for root, _ in self._poly.roots()]
        found = [(root, root) for root in exactly]
        with precision(BITS):
            complex_roots = self._poly.complex_roots() if self.degree > 1 else []
            near = [z.real for z, _ in complex_roots if z.imag.is_zero()]  # type: ignore[misc, has-type]
        for root in near:
            middle = _fraction(root.mid().fmpq())
            width = max(abs(middle), Fraction(1)) / 2**NARROW + _fraction(root.rad().fmpq())
            if not any(abs(one - middle) < width for one in exactly):
                found.append((middle - width, middle + width))
        return _merged(found)

    def extremes(self, low: Fraction, high: Fraction) -> tuple[Fraction | arb, ...]:
        """Return balls whose hull holds its values on an interval, and no others."""
        if self.degree < 1:
            return (self.at(low),)
        found: list[Fraction | arb] = [self.at(low), self.at(high)]
        for a, b in self.slope.roots:
            if low < b and a < high:
                with precision(BITS):
                    found.append(self.at(a) if a == b else arb_poly(self._poly)(span(a, b)))
        return tuple(found)


def _fraction(number: fmpq) -> Fraction:
    return Fraction(int(number.p), int(number.q))


@lru_cache(maxsize=4096)
def polynomial(term: Term, variable: str) -> Polynomial | None:
    """Return a term that is a polynomial with rational coefficients, else None."""
    found = _polynomial(term, variable)
    return None if found is None else Polynomial(found)


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
    "add": lambda x, y: x + y, "subtract": lambda x, y: x - y, "negate": lambda x: -x,
    **dict.fromkeys(("multiply", "times", "dot"), lambda x, y: x * y),
    "divide": _divided, "power": _raised,
}  # fmt: skip


def sign_at(term: Term, variable: str, place: Fraction) -> int | None:
    """Return the sign of a term at a place; None: it is not known, or there is no value."""
    if (poly := polynomial(term, variable)) is not None:
        value = poly.at(place)
        return (value > 0) - (value < 0)
    if isinstance(term, Apply) and term.operation == "subtract" and len({*term.arguments}) == 1:
        return 0 if known(term, variable, place) else None
    found = known(term, variable, place)
    return None if found is None else sign(found[0])


def zeros(term: Term, variable: str, low: Fraction, high: Fraction) -> list[Zero] | None:
    """Return where a term is 0 on an interval, all of it; None: it is not known."""
    if (poly := polynomial(term, variable)) is not None:
        return [(a, b) for a, b in poly.roots if low <= b and a <= high]
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


def name_of(term: Term) -> str:
    """Return the name of a function or an operation, "" of anything else."""
    match term:
        case Call(name) | Apply(name):
            return name
    return ""


def deciding(term: Term) -> list[Term]:
    """Return the terms whose signs decide which branch of a term is taken."""
    match term:
        case Cases(branches):
            compared = [one.terms for _, conditions in branches for one in conditions]
            return [Apply("subtract", pair) for terms in compared for pair in pairwise(terms)]
        case Call(function, arguments) if function in EXTREMES:
            return [Apply("subtract", pair) for pair in combinations(arguments, 2)]
        case Call(function, (one,)) if function in SIGNS:
            return [one]
        case Apply("abs", (one,)):
            return [one]
    return []


def singular(term: Term) -> Iterator[Term]:
    """Yield the terms at whose zeros a formula without branches may have no value or slope."""
    for part in walk(term):
        match part:
            case Call("\\log" | "\\ln" | "\\lg", (one,)):
                yield one
            case Apply("sqrt" | "root" | "log_base", (one, *_)) | Apply("divide", (_, one)):
                yield one
            case Apply("power", (base, exponent)) if base != Symbol("e"):
                if not (isinstance(exponent, Number) and exponent.value.denominator == 1) or (
                    exponent.value < 0
                ):
                    yield base


@lru_cache(maxsize=4096)
def branching(term: Term) -> tuple[Term, ...]:
    """Return the parts of a formula that have branches or jumps."""
    return tuple(one for one in walk(term) if deciding(one) or name_of(one) in JUMPS)


@dataclass(frozen=True, eq=False)
class Enclosed:
    """A term of one variable, and what is known of it at places.

    Parameters
    ----------
    bits
        How precisely it is evaluated: what is tried first, and then.
    """

    term: Term
    variable: str
    bits: tuple[int, ...] = (BITS, PRECISE)
    _at: dict[Fraction, tuple[Real, "Real | None"] | None] = field(default_factory=dict)

    @cached_property
    def polynomial(self) -> Polynomial | None:
        """The same as a polynomial, if it is one."""
        return polynomial(self.term, self.variable)

    @cached_property
    def continuous(self) -> bool:
        """Whether it is continuous wherever all of its parts have finite values."""
        return not any(
            isinstance(one, Cases) or name_of(one) in JUMPS for one in branching(self.term)
        )

    @cached_property
    def smooth(self) -> bool:
        """Whether it is analytic wherever all of its parts have finite derivatives."""
        return not branching(self.term)

    def at(self, place: Fraction) -> tuple[Real, "Real | None"] | None:
        """Return the value and the slope at a place; None: not known."""
        if place not in self._at:
            self._at[place] = self._found(place)
        return self._at[place]

    def _found(self, place: Fraction) -> tuple[Real, "Real | None"] | None:
        if poly := self.polynomial:
            return poly.at(place), poly.slope.at(place)
        for bits in self.bits:
            found = known(self.term, self.variable, place, 1, bits) if self.smooth else None
            found = found or known(self.term, self.variable, place, 0, bits)
            if found and all(one.rad() < exact(CLOSE) * (1 + abs(one)) for one in found):
                return found[0], found[1] if len(found) == 2 else None
        return None
