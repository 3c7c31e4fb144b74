"""Numbers that are known exactly or by a ball: compared, and shown in messages."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

from flint import arb

from truepage.maths.claims.model import Number
from truepage.maths.functions import exact, sign

Real: TypeAlias = Fraction | arb
"""A number that is known exactly, or by a ball."""

CLOSE = Fraction(1, 10**25)
"""How near a value must come to an end or a limit that is claimed."""


def ball(real: Real) -> arb:
    """Return a number as a ball."""
    return exact(real) if isinstance(real, Fraction) else real


def order(first: Real, second: Real) -> int | None:
    """Return the sign of the second number less the first; None: it is not known."""
    if isinstance(first, Fraction) and isinstance(second, Fraction):
        return (second > first) - (second < first)
    return sign(ball(second) - ball(first))


def total(first: Real, second: Real) -> Real:
    """Return the sum of two numbers."""
    if isinstance(first, Fraction) and isinstance(second, Fraction):
        return first + second
    return ball(first) + ball(second)


def near(real: Real, number: Number, by: Fraction = CLOSE) -> bool:
    """Tell whether a number certainly is near to one that is claimed."""
    low, high = number.ends
    return order(low - by, real) == 1 and order(real, high + by) == 1


def equal(real: Real, number: Number) -> bool:
    """Tell whether a number certainly is one that is claimed, as far as its digits say."""
    low, high = number.ends
    if number.unit:
        return order(low, real) in (0, 1) and order(real, high) in (0, 1)
    return order(low, real) == 0


def differ(real: Real, number: Number) -> bool:
    """Tell whether a number certainly is not one that is claimed."""
    low, high = number.ends
    return order(real, low) == 1 or order(high, real) == 1


def farther(real: Real, other: Real, number: Number) -> bool:
    """Tell whether the second number certainly is farther from a claimed one than the first."""
    low, high = number.ends
    middle = (low + high) / 2
    if number.unit:
        return order(abs(ball(real) - exact(middle)), abs(ball(other) - exact(middle))) == 1
    return order(abs(ball(real) - exact(low)), abs(ball(other) - exact(low))) == 1


def largest(reals: Sequence[Real], way: int = 1) -> Real:
    """Return about the greatest of some numbers, or with −1 the least."""
    return max(reals, key=lambda one: way * ball(one).mid())


def width(reals: Sequence[Real]) -> float:
    """Return about how wide the hull of some numbers is."""
    if not reals:
        return float("inf")
    found = float((ball(reals[-1]) - ball(reals[0])).abs_upper()) + float(ball(reals[0]).rad())
    return found if found < float("inf") else 1e308


def lowest(reals: Sequence[Real], way: int) -> float:
    """Return about the lower end of the hull of some numbers times ±1."""
    found = [float((way * ball(one)).lower()) for one in reals]
    return min(found, default=-1e308)


def uncovered(images: list[tuple[Real, Real]], taken: Sequence[Real]) -> tuple[str, bool]:
    """Return words for a gap between closed intervals, "" if there certainly (True) is none.

    Where two of them do no more than touch, that number must be among those that are taken.
    """
    ordered = sorted(images, key=lambda two: ball(two[0]).mid())
    reached, certain = ordered[0][1] if ordered else Fraction(0), True
    for low, high in ordered[1:]:
        side = order(low, reached)
        if side != 1:
            same = {order(low, one) for one in taken} | {order(reached, one) for one in taken}
            certain &= 0 in same
            if side == -1 or not same & {0, None}:
                ends = apart(reached, low)
                return f"between {ends[0]} and {ends[1]}" if side == -1 else ends[0], certain
        reached = largest([reached, high])
    return "", certain


def shown(real: Real, digits: int = 10) -> str:
    """Return a number as a message shows it."""
    text: str = ball(real).mid().str(digits, radius=False)
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def apart(first: Real, second: Real) -> tuple[str, str]:
    """Return two numbers as a message shows them, with as many digits as tell them apart."""
    for digits in (10, 20, 40):
        if shown(first, digits) != shown(second, digits):
            break
    return shown(first, digits), shown(second, digits)


def text(place: Fraction) -> str:
    """Return a place as messages show it: exactly if that is short."""
    exactly = precise(place)
    short = len(exactly) < (9 if "/" in exactly else 20)
    return exactly if short else f"{float(place):.6g}".replace("-", "−")


def precise(number: Fraction) -> str:
    """Return a number exactly."""
    decimal = f"{float(number):.12g}"
    return (decimal if Fraction(decimal) == number else str(number)).replace("-", "−")


def at(place: Fraction) -> str:
    """Return words for a place."""
    return f"at {text(place)}"
