"""Elementary functions of balls and of power series of balls, by name.

A ball (python-flint's `arb`) encloses a real number; a power series (`arb_series`, and `Jet` where
derivatives are nested) encloses the beginning of a Taylor expansion, from which they are read off.
Where a function has no value on all of a ball, `Undefined` is raised; where it may have none on a
part of it, the answer is NaN: nothing is known.

Source: F. Johansson, *Arb: efficient arbitrary-precision midpoint-radius interval arithmetic*,
IEEE Transactions on Computers 66 (2017).
"""

from collections.abc import Callable
from fractions import Fraction
from operator import methodcaller
from typing import Any

from flint import acb, arb, arb_series, fmpq

from truepage.maths.jets import UNKNOWN, Jet, Scalar, coefficient, constant, each, level_of

LARGE_BINOMIAL = 10_000
"""From here on binomial coefficients come from the gamma function."""


class Undefined(ArithmeticError):  # noqa: N818 (it is no error: most functions are so somewhere)
    """A term has no value here."""


class Singular(Undefined):
    """A matrix has no inverse: what code gives for one is rounding."""


class NoCase(Undefined):
    """None of the cases of a case distinction applies."""


def exact(number: Fraction | int) -> arb:
    """Return the ball of a rational number: exact if it is a binary fraction, else very small."""
    if isinstance(number, int) or number.denominator == 1:
        return arb(int(number))
    return arb(fmpq(number.numerator, number.denominator))


def whole(x: Scalar) -> int | None:
    """Return a whole number that is known exactly, else None."""
    found = x.unique_fmpz() if isinstance(x, arb) and x.is_integer() else None
    return None if found is None else int(found)


def sign(x: Scalar) -> int | None:
    """Return the sign of all of a ball; of a series, its sign just to the right of its centre.

    None if it is not the same everywhere, or not known.
    """
    if not isinstance(x, arb):
        signs = (sign(coefficient(x, level_of(x), n)) for n in range(x.prec))
        return next((side for side in signs if side != 0), 0)
    if x > 0:
        return 1
    if x < 0:
        return -1
    return 0 if x.is_zero() else None


def union(x: Scalar, y: Scalar) -> Scalar:
    """Return a ball (or series) that encloses both."""
    return each(lambda a, b: UNKNOWN if a.is_nan() or b.is_nan() else a.union(b), x, y)


def _unknown(x: Scalar) -> Scalar:
    """Return the series of the same form of which nothing is known."""
    return each(lambda one: UNKNOWN, x)


def divide(x: Scalar, y: Scalar) -> Scalar:
    """Divide x by y."""
    leading = constant(y)
    if leading.is_zero():
        raise Undefined
    if not isinstance(y, arb | acb) and not (leading > 0 or leading < 0):
        return _unknown(y)  # flint would raise
    return x / y


def exponential(x: Scalar) -> Scalar:
    """Return e to the x."""
    if isinstance(x, arb) and not x.is_exact() and not (x.rad() < 1):
        return _monotone(arb.exp, x)
    return x.exp()


def _monotone(function: Callable[[arb], arb], x: arb) -> Scalar:
    """Return the image of a wide ball under a function that does not decrease: that of its ends."""
    low, high = function(x.lower()), function(x.upper())
    return union(low, high) if low.is_finite() and high.is_finite() else function(x)


def logarithm(x: Scalar) -> Scalar:
    """Natural logarithm, of a complex number its principal value."""
    if isinstance(x, acb):
        if x.is_zero():
            raise Undefined
        return x.log()
    if constant(x) <= 0:
        raise Undefined
    if isinstance(x, arb) and not x.is_exact() and x > 0:
        return _monotone(arb.log, x)
    return x.log()


def square_root(x: Scalar) -> Scalar:
    """Square root, where it is not negative; of a complex number its principal value."""
    if isinstance(x, acb):
        return x.sqrt()
    leading = constant(x)
    if leading < 0:
        raise Undefined
    if not isinstance(x, arb) and leading.is_zero():
        return _root_of_zero(x)
    return x.sqrt()


def _root_of_zero(x: Scalar) -> Scalar:
    """Square root of a series that begins with 0, just to the right of its centre."""
    if not isinstance(x, arb_series):
        return _unknown(x)
    begins = next((n for n in range(x.prec) if not x[n].is_zero()), None)
    if begins is None:  # it may be t², cut off
        return arb_series([arb(0), *[UNKNOWN] * (x.prec - 1)], prec=x.prec)
    if begins % 2 or x[begins] < 0:
        raise Undefined  # the slope is infinite, or there is no value
    if not x[begins] > 0:
        return _unknown(x)
    rest = arb_series([x[n] for n in range(begins, x.prec)], prec=x.prec - begins).sqrt()
    zeros = [arb(0)] * (begins // 2)
    return arb_series([*zeros, *(rest[n] for n in range(rest.prec))], prec=len(zeros) + rest.prec)


def power(base: Scalar, exponent: Scalar) -> Scalar:
    """Raise a base to an exponent: any base to a whole exponent, else a positive one."""
    times = whole(exponent)
    if times is not None:
        if times < 0:
            return divide(arb(1), power(base, arb(-times)))
        if isinstance(base, arb) and times > 0 and times % 2 == 0 and sign(base) is None:
            # From 0 to the power of the end that is further away.
            return base if base.is_nan() else arb(0).union(arb(base.abs_upper()) ** times)
        return base**times if isinstance(base, arb | acb) else _product_of_equals(base, times)
    if isinstance(base, arb) and base.is_zero() and constant(exponent) > 0:
        return arb(0)
    if not isinstance(base, acb) and constant(base) <= 0:
        raise Undefined
    return exponential(exponent * logarithm(base))


def _product_of_equals(base: Scalar, count: int) -> Scalar:
    """Multiply a series by itself; flint takes its logarithm, and a ball around 0 has none."""
    if count == 0:
        return arb(1)
    half = _product_of_equals(base, count // 2)
    square = half * half
    return base * square if count % 2 else square


def _own(
    name: str,
    formula: Callable[[Any], Any],
    *,
    increases: bool = False,  # so that its values at the ends of a wide ball are its bounds
    everywhere: bool = True,  # it has a value at each number
) -> Callable[[Scalar], Scalar]:
    """Return a function that balls have as their own, and series by a formula."""
    of_ball: Callable[[Any], Any] = methodcaller(name)

    def apply(x: Any) -> Any:
        if isinstance(x, Jet):
            return x.lifted(apply)
        if isinstance(x, arb_series):
            series = formula(x)
            # Arb's own function gives the leading coefficient all its digits.
            others = (series[n] for n in range(1, series.prec))
            return arb_series([apply(x[0]), *others], prec=series.prec)
        if increases and isinstance(x, arb) and not x.is_exact() and not (x.rad() < 1):
            return _monotone(of_ball, x)
        result = of_ball(x)
        if not everywhere and isinstance(x, arb) and x.is_exact() and not result.is_finite():
            raise Undefined
        return result

    return apply


def _tanh(x: arb_series) -> arb_series:
    small = ((-2 if x[0] > 0 else 2) * x).exp()  # the one that cannot overflow
    return (1 - small if x[0] > 0 else small - 1) / (1 + small)


def absolute(x: Scalar) -> Scalar:
    """Absolute value."""
    if isinstance(x, acb):
        return abs(x)
    if isinstance(x, arb):
        return x if x.is_nan() or x > 0 else -x if x < 0 else arb(0).union(arb(x.abs_upper()))
    return larger(x, -x)


def larger(x: Scalar, y: Scalar) -> Scalar:
    """Return the greater of two; if that depends on where in the balls they are, enclose both."""
    if isinstance(x, arb) and isinstance(y, arb):
        return UNKNOWN if x.is_nan() or y.is_nan() else x.max(y)
    side = sign(x - y)
    if side is None:
        return union(x, y)
    return x if side > 0 else y


def _signum(x: Scalar) -> Scalar:
    side = sign(x)
    return arb(side) if side is not None else union(arb(-1), arb(1))


def floor(x: Scalar) -> Scalar:
    """Greatest whole number that is not above x; of a series, just to the right of its centre."""
    centre = constant(x)
    below = centre.floor()
    if isinstance(x, arb) or not below.overlaps(centre):
        return below
    side = sign(x - centre)
    if side is None or whole(below) is None or not centre.is_exact():
        return below.union(below - 1)
    return below - 1 if side < 0 else below


def ceiling(x: Scalar) -> Scalar:
    """Least whole number that is not below x."""
    return -floor(-x)


def _nearest(x: Scalar) -> Scalar:
    """Return the nearest whole number; of two, the even one, as NumPy and Python have it."""
    below = floor(x)
    side = sign(x - below - arb(0.5))
    if side is None:
        return union(below, below + 1)
    odd = whole(below / 2) is None
    return below + 1 if side > 0 or (side == 0 and odd) else below


def modulo(x: Scalar, y: Scalar) -> Scalar:
    """Remainder of a division, with the sign of the divisor."""
    return x - y * floor(divide(x, y))


def _gamma(x: Scalar) -> Scalar:
    number = whole(constant(x))
    if number is not None and number <= 0:
        raise Undefined  # a pole
    return x.gamma()


def factorial(n: Scalar) -> Scalar:
    """Factorial, of a whole number; of a ball around one, by the gamma function."""
    number = whole(n)
    if isinstance(n, arb) and n.is_exact() and (number is None or number < 0):
        raise Undefined
    if isinstance(n, arb) and not n > -1:
        return UNKNOWN
    return _gamma(n + 1)


def binomial(n: Scalar, k: Scalar) -> Scalar:
    """Binomial coefficient of any number over a whole one that is not large."""
    count, above = whole(k), whole(n)
    if count is None and isinstance(k, arb) and k.is_exact():
        raise Undefined
    if count is not None and (count < 0 or (above is not None and 0 <= above < count)):
        return arb(0)
    if count is not None and above is not None and 0 <= above <= LARGE_BINOMIAL:
        return arb.bin_uiui(above, count)
    if count is None or count > LARGE_BINOMIAL:
        return divide(_gamma(n + 1), _gamma(k + 1) * _gamma(n - k + 1))
    product: Scalar = arb(1)
    for step in range(count):
        product = product * (n - step) / (step + 1)
    return product


def root(x: Scalar, degree: Scalar) -> Scalar:
    """Root of a degree, of a negative number too if the degree is odd."""
    number = whole(degree)
    if number is not None and number % 2 == 1 and constant(x) < 0:
        return -power(-x, divide(arb(1), degree))
    return power(x, divide(arb(1), degree))


def log_base(x: Scalar, base: Scalar) -> Scalar:
    """Logarithm to a base."""
    return divide(logarithm(x), logarithm(base))


def _arctangent2(y: Scalar, x: Scalar) -> Scalar:
    if isinstance(y, arb) and isinstance(x, arb):
        return arb.atan2(y, x)
    if constant(x) > 0:
        return divide(y, x).atan()
    side = sign(constant(y))
    if not side:
        raise Undefined
    return side * arb.pi() / 2 - divide(x, y).atan()


def _part(name: str, function: Callable[[acb], Any]) -> Callable[[Scalar], Any]:
    """Return a function that takes a number apart; series have no such parts."""
    return lambda x: function(acb(x)) if isinstance(x, arb | acb) else getattr(x, name)()


_sinh = _own("sinh", lambda x: (x.exp() - (-x).exp()) / 2, increases=True)
_cosh = _own("cosh", lambda x: (x.exp() + (-x).exp()) / 2)

FUNCTIONS: dict[str, Callable[..., Scalar]] = {
    "\\exp": exponential,
    "\\log": logarithm,
    "\\ln": logarithm,
    "\\lg": lambda x: log_base(x, arb(10)),
    "lb": lambda x: log_base(x, arb(2)),
    "\\sin": methodcaller("sin"),
    "\\cos": methodcaller("cos"),
    "\\tan": lambda x: divide(x.sin(), x.cos()),
    "\\cot": lambda x: divide(x.cos(), x.sin()),
    "\\sec": lambda x: divide(arb(1), x.cos()),
    "\\csc": lambda x: divide(arb(1), x.sin()),
    "\\arcsin": _own("asin", methodcaller("asin"), everywhere=False),
    "\\arccos": _own("acos", methodcaller("acos"), everywhere=False),
    "\\arctan": methodcaller("atan"),
    "atan2": _arctangent2,
    "\\sinh": _sinh,
    "\\cosh": _cosh,
    "\\tanh": _own("tanh", _tanh, increases=True),
    "\\coth": lambda x: divide(_cosh(x), _sinh(x)),
    "sech": lambda x: divide(arb(1), _cosh(x)),
    "csch": lambda x: divide(arb(1), _sinh(x)),
    "arsinh": _own("asinh", lambda x: logarithm(x + square_root(x * x + 1))),
    "arcosh": _own("acosh", lambda x: logarithm(x + square_root(x * x - 1)), everywhere=False),
    "artanh": _own("atanh", lambda x: logarithm(divide(1 + x, 1 - x)) / 2, everywhere=False),
    "erf": methodcaller("erf"),
    "erfc": methodcaller("erfc"),
    "\\Gamma": _gamma,
    "mod": modulo,
    "round": _nearest,
    "sgn": _signum,
    "sign": _signum,
    "\\max": larger,
    "\\min": lambda x, y: -larger(-x, -y),
    "Re": _part("Re", lambda z: z.real),
    "Im": _part("Im", lambda z: z.imag),
    "\\arg": _part("arg", acb.arg),
    "conj": _part("conj", acb.conjugate),
}
"""Functions known everywhere, by name."""

PERIODIC = {"\\sin", "\\cos", "\\tan", "\\cot", "\\sec", "\\csc"}
"""Those that oscillate; a run of letters may follow them without parentheses."""

OF_COMPLEX = {
    "\\exp", "\\log", "\\ln", "\\sin", "\\cos", "\\tan", "\\sinh", "\\cosh", "\\tanh",
    "Re", "Im", "\\arg", "conj",
}  # fmt: skip
"""Those that are computed of complex numbers."""
