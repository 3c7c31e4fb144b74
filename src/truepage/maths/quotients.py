"""Quotients of polynomials in x and u = e^(r·x): exact arithmetic, limits, and where they are zero.

Most functions of this field are made of such quotients, piece by piece: the sigmoid is
u / (1 + u) with u = eˣ. For them questions about the whole line have exact answers. x and u are
algebraically independent, so two quotients are the same function only if they are the same as
polynomials; and at a rational x other than 0, e^(r·x) is transcendental (Lindemann 1882), so a
quotient is zero there only if its polynomial is. Signs between the zeros are proved by interval
arithmetic (python-flint's `arb`) on boxes that are halved until the sign is certain; the two
infinite ends, where boxes do not reach, by bounds on the terms that the leading one outgrows.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeAlias

from flint import arb, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

from truepage.maths.functions import exact

_RING = fmpq_mpoly_ctx.get(("x", "u"), "lex")
X, U = _RING.gens()

DEGREE = 60
"""Degree that a polynomial may have."""

BOXES = 3000
"""How many boxes a proof may take."""

End: TypeAlias = Fraction | None
"""An end of an open interval of the line; None: infinite."""

INFINITY = math.inf


def _q(number: Fraction | int) -> fmpq:
    fraction = Fraction(number)
    return fmpq(fraction.numerator, fraction.denominator)


def _fraction(number: fmpq) -> Fraction:
    return Fraction(int(number.p), int(number.q))


class TooLarge(ArithmeticError):  # noqa: N818 (it is an answer)
    """A polynomial is too large for proofs that end in time."""


@dataclass(frozen=True, eq=False)
class Quotient:
    """A quotient of polynomials in x and u = e^(rate·x), in lowest terms.

    Parameters
    ----------
    top, bottom
        The polynomials.
    rate
        How fast u grows.
    """

    top: fmpq_mpoly
    bottom: fmpq_mpoly
    rate: Fraction

    @classmethod
    def of(cls, top: Any, bottom: Any, rate: Fraction) -> "Quotient":
        """Return a quotient in lowest terms.

        Raises
        ------
        TooLarge
            Its polynomials are.
        """
        top, bottom = top + 0 * X, bottom + 0 * X
        if max(*top.degrees(), *bottom.degrees()) > DEGREE:
            raise TooLarge
        common = top.gcd(bottom)
        lead = bottom.leading_coefficient() / common.leading_coefficient()
        return cls(divmod(top, common)[0] / lead, divmod(bottom, common)[0] / lead, rate)

    @classmethod
    def number(cls, number: Fraction | int, rate: Fraction) -> "Quotient":
        """Return a constant."""
        return cls(_q(number) + 0 * X, 1 + 0 * X, rate)

    def __add__(self, other: "Quotient") -> "Quotient":
        top = self.top * other.bottom + other.top * self.bottom
        return Quotient.of(top, self.bottom * other.bottom, self.rate)

    def __neg__(self) -> "Quotient":
        return Quotient(-self.top, self.bottom, self.rate)

    def __sub__(self, other: "Quotient") -> "Quotient":
        return self + -other

    def __mul__(self, other: "Quotient") -> "Quotient":
        return Quotient.of(self.top * other.top, self.bottom * other.bottom, self.rate)

    def __truediv__(self, other: "Quotient") -> "Quotient":
        return Quotient.of(self.top * other.bottom, self.bottom * other.top, self.rate)

    def same(self, other: "Quotient") -> bool:
        """Tell whether the two are the same function."""
        return bool(self.top == other.top and self.bottom == other.bottom)

    @property
    def constant(self) -> Fraction | None:
        """The number that it is everywhere; None: it is not."""
        if self.top.is_constant() and self.bottom.is_constant():
            return _fraction(self.top[0, 0]) / _fraction(self.bottom[0, 0])
        return None

    def derivative(self) -> "Quotient":
        """Return the derivative with respect to x."""
        top = _slope(self.top, self.rate) * self.bottom - self.top * _slope(self.bottom, self.rate)
        return Quotient.of(top, self.bottom * self.bottom, self.rate)

    def mirrored(self) -> "Quotient":
        """Return the quotient of −x."""
        top, bottom = _mirrored(self.top), _mirrored(self.bottom)
        up, down = self.top.degrees()[1], self.bottom.degrees()[1]
        return Quotient.of(top * U ** max(down - up, 0), bottom * U ** max(up - down, 0), self.rate)

    def at(self, place: Fraction) -> "Quotient | None":
        """Return the quotient with a number in place of x; None: it has no value there."""
        top, bottom = (_at(polynomial, place) for polynomial in (self.top, self.bottom))
        return None if bottom.is_zero() else Quotient.of(top, bottom, self.rate)

    def ball(self, x: arb) -> arb:
        """Return an enclosure of the values on a ball."""
        return _ball(self.top, x, self.rate) / _ball(self.bottom, x, self.rate)


def sign_at(quotient: Quotient, place: Fraction) -> int | None:
    """Return the sign of a quotient at a place; None: it has no value there."""
    fixed = quotient.at(place)
    if fixed is None:
        return None
    return 0 if fixed.top.is_zero() else _sign(fixed.ball(exact(place)))


def limit(quotient: Quotient, *, left: bool) -> Fraction | float:
    """Return the limit at −∞ (left) or at ∞."""
    if left:
        quotient = quotient.mirrored()
    (up, top), (down, bottom) = _leading(quotient.top), _leading(quotient.bottom)
    if not top:
        return Fraction(0)
    order = (up - down) or (max(top) - max(bottom))
    if order < 0:
        return Fraction(0)
    ratio = top[max(top)] / bottom[max(bottom)]
    return ratio if order == 0 else math.copysign(INFINITY, ratio)


def signs(quotient: Quotient, low: End, high: End) -> frozenset[int] | None:
    """Return the signs that a quotient takes on an open interval; None: it could not be proved.

    The quotient must have a value on all of the interval.
    """
    if quotient.top.is_zero():
        return frozenset({0})
    factors = [*_factors(quotient.top), *_factors(quotient.bottom)]
    for root in rational_roots(quotient.top):
        if inside(root, low, high):
            parts = signs(quotient, low, root), signs(quotient, root, high)
            here = sign_at(quotient, root)
            if parts[0] is None or parts[1] is None or here is None:
                return None
            return parts[0] | parts[1] | {here}
    product = quotient.top * quotient.bottom
    found = _sampled(product, low, high, quotient.rate, every=9)
    zeros = False
    for factor, multiplicity in factors:
        if len(found) > 1:
            break
        if nonzero(factor, low, high, quotient.rate):
            continue
        if multiplicity % 2:
            found = _sampled(product, low, high, quotient.rate)
            if len(found) < 2:
                return None
        elif _sampled(factor, low, high, quotient.rate) >= {-1, 1}:
            zeros = True
        else:
            return None
    if len(found) > 1:
        return frozenset({-1, 0, 1})
    if not found:
        return None
    return found | {0} if zeros else found


def inside(place: Fraction, low: End, high: End) -> bool:
    """Tell whether a place is inside an open interval."""
    return (low is None or low < place) and (high is None or place < high)


def rational_roots(polynomial: fmpq_mpoly) -> list[Fraction]:
    """Return the rational places where a polynomial is zero because one of its factors says so."""
    roots = set()
    for factor, _ in _factors(polynomial):
        if factor.degrees() == (1, 0):
            roots.add(-_fraction(factor[0, 0]) / _fraction(factor[1, 0]))
        elif _at(factor, Fraction(0)).is_zero():
            roots.add(Fraction(0))  # where u = 1
    return sorted(roots)


def only_rational_roots(polynomial: fmpq_mpoly, low: End, high: End, rate: Fraction) -> bool:
    """Tell whether it is proved that `rational_roots` has all zeros inside an interval."""
    for factor, _ in _factors(polynomial):
        roots = [root for root in rational_roots(factor) if inside(root, low, high)]
        for start, end in pairwise([low, *roots, high]):
            if not nonzero(factor, start, end, rate):
                return False
    return True


def nonzero(polynomial: fmpq_mpoly, low: End, high: End, rate: Fraction) -> bool:
    """Tell whether it is proved that a polynomial is zero nowhere in an open interval."""
    far = Fraction(32)
    start, end = low, high
    for _ in range(6):
        start = low if low is not None else -far
        end = high if high is not None else far
        left = low is not None or _tail(_mirrored(polynomial), far, rate)
        if start < end and left and (high is not None or _tail(polynomial, far, rate)):
            break
        far *= 4
    else:
        return False
    assert start is not None and end is not None  # noqa: S101
    return _boxes(polynomial, start, end, rate, (low, high))


def _boxes(
    polynomial: fmpq_mpoly, start: Fraction, end: Fraction, rate: Fraction, ends: tuple[End, End]
) -> bool:
    """Prove by boxes that a polynomial is zero nowhere between two places."""
    left = [(start, end)]
    for _ in range(BOXES):
        if not left:
            return True
        low, high = left.pop()
        box = exact(low).union(exact(high))
        if _sign(_ball(polynomial, box, rate)):
            continue
        touches = [end for end in ends if end is not None and end in (low, high)]
        if len(touches) == 1 and _leaves(polynomial, touches[0], box, rate):
            continue
        middle = (low + high) / 2
        left += [(low, middle), (middle, high)]
    return False


def _leaves(polynomial: fmpq_mpoly, end: Fraction, box: arb, rate: Fraction) -> bool:
    """Prove that a polynomial is zero at an end of a box and nowhere else in it.

    Its slope has one sign there, or is zero at the end and nowhere else, and so on.
    """
    for _ in range(3):
        if not _at(polynomial, end).is_zero():
            return False
        polynomial = _slope(polynomial, rate)
        if _sign(_ball(polynomial, box, rate)):
            return True
    return False


def _tail(polynomial: fmpq_mpoly, far: Fraction, rate: Fraction) -> bool:
    """Prove that a polynomial is zero nowhere from a far place on.

    Divided by the power of u and of x that grows fastest, its leading coefficient stays, and each
    other term is between 0 and its value at the far place, if it falls from there on.
    """
    power, leading = _leading(polynomial)
    if not leading:
        return False
    degree = max(leading)
    total = arb(0)
    for (i, j), coefficient in _terms(polynomial).items():
        up, decay = i - degree, (power - j) * rate
        if up == 0 and decay == 0:
            total += arb(coefficient)
            continue
        if up > 0 and up > decay * far:
            return False
        bound = exact(far) ** up * (-exact(decay) * exact(far)).exp()
        total += arb(coefficient) * arb(0).union(bound)
    return bool(_sign(total))


@lru_cache(maxsize=256)
def samples(low: End, high: End) -> tuple[Fraction, ...]:
    """Return places inside an open interval: many near its finite ends, some far out."""
    if low is not None and high is not None:
        width = high - low
        near = [width / 2**n for n in (8, 16, 24)]
        inner = [low + width * Fraction(n, 32) for n in range(1, 32)]
        return (*inner, *(low + d for d in near), *(high - d for d in near))
    origin = low if low is not None else high if high is not None else Fraction(0)
    steps = [Fraction(step, 4) * Fraction(2) ** n for n in range(-20, 12) for step in (4, 5, 6, 7)]
    places = [origin, *(origin + step for step in steps), *(origin - step for step in steps)]
    return tuple(place for place in places if inside(place, low, high))


@lru_cache(maxsize=256)
def _sample_balls(low: End, high: End) -> tuple[arb, ...]:
    return tuple(map(exact, samples(low, high)))


def _sampled(
    polynomial: fmpq_mpoly, low: End, high: End, rate: Fraction, every: int = 1
) -> frozenset[int]:
    """Return signs that a polynomial takes at some places, or at every so-manieth of them."""
    found: set[int] = set()
    for ball in _sample_balls(low, high)[::every]:
        side = _sign(_ball(polynomial, ball, rate))
        if side:
            found.add(side)
        if len(found) == 2:
            break
    return frozenset(found)


def _sign(x: arb) -> int:
    """Return the sign of a ball; 0: it is not certain."""
    return 1 if x > 0 else -1 if x < 0 else 0


def _factors(polynomial: fmpq_mpoly) -> list[tuple[fmpq_mpoly, int]]:
    return [] if polynomial.is_constant() else list(polynomial.factor()[1])


def _terms(polynomial: fmpq_mpoly) -> dict[tuple[int, int], fmpq]:
    """Return the coefficients of a polynomial by the powers of x and of u."""
    return {(int(i), int(j)): c for (i, j), c in polynomial.to_dict().items()}


def _slope(polynomial: fmpq_mpoly, rate: Fraction) -> fmpq_mpoly:
    """Return the derivative of a polynomial in x and u with respect to x."""
    return polynomial.derivative(0) + _q(rate) * U * polynomial.derivative(1)


def _at(polynomial: fmpq_mpoly, place: Fraction) -> fmpq_mpoly:
    u = U if place else 1 + 0 * X
    return polynomial.compose(_q(place) + 0 * X, u)


def _mirrored(polynomial: fmpq_mpoly) -> fmpq_mpoly:
    """Return u to the polynomial's degree, times the polynomial of −x and 1/u."""
    degree = int(polynomial.degrees()[1])
    total = 0 * X
    for (i, j), coefficient in _terms(polynomial).items():
        total += coefficient * (-X) ** i * U ** (degree - j)
    return total


def _leading(polynomial: fmpq_mpoly) -> tuple[int, dict[int, Fraction]]:
    """Return the highest power of u, and its coefficient: a polynomial in x."""
    terms = _terms(polynomial)
    power = max((j for _, j in terms), default=0)
    return power, {i: _fraction(c) for (i, j), c in terms.items() if j == power}


def _ball(polynomial: fmpq_mpoly, x: arb, rate: Fraction) -> arb:
    """Return an enclosure of a polynomial's values on a ball."""
    terms = _terms(polynomial)
    grows = any(j for _, j in terms)
    u = arb(1)
    if grows:  # the exponential grows: its values on a ball are between those at the ends
        exponent = x * exact(rate)
        u = exponent.lower().exp().union(exponent.upper().exp())
    total = arb(0)
    for (i, j), coefficient in terms.items():
        part = arb(coefficient)
        if i:
            part *= _power(x, i)
        total += part * u**j if j else part
    return total


def _power(x: arb, exponent: int) -> arb:
    if exponent % 2 == 0 and x.contains(0):
        return arb(0).union(arb(x.abs_upper()) ** exponent)
    return x**exponent
