"""Numbers that one letter is tried at, all over its domain, and the branches among them.

An unbounded domain is tried as far as data go, with sizes from 2⁻¹⁰ to 256; over all floats, from
the smallest to 10³⁰⁰, where the author declares an accuracy.
"""

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np

from truepage.maths.domains import Interval
from truepage.maths.terms import Apply, Call, Comparison, Number, Term, walk

NORMALS = 108
EDGES = (36.7, 37.5, 709.7, 710.0, 745.0, 746.0, 1e3, 1e10, 1e300)
"""Where e^−x is lost beside 1, where e^x overflows and underflows, and far out."""
DATA = range(-10, 9)
"""Powers of two that unbounded letters reach in default domains."""
WIDE = 64
"""From this width on an interval is tried at numbers of ordinary size, too."""
BESIDE_ZERO = -40
ONE, HALF = Number(Fraction(1)), Number(Fraction(1, 2))
NEAR_ENDS = 13
"""Halvings of an interval towards its ends, less one."""


@lru_cache(maxsize=64)
def grid(branches: tuple[Fraction, ...] = (), *, floats: bool = False) -> list[float]:
    """Return the points that a real variable is tried at.

    Parameters
    ----------
    branches
        Numbers at which a formula may change its form.
    floats
        Reach over all floats, and not as far as data go.

    Examples
    --------
    >>> len(grid()), max(grid())
    (229, 256.0)
    >>> points = grid(floats=True)
    >>> len(points), min(points), 5e-324 in points
    (355, -1e+300, True)
    """
    generator = np.random.default_rng(355)
    quarters = [float(x) for x in np.arange(-40, 41) / 4]
    found = [0.0, -0.0, *sorted(quarters, key=_simplicity)]
    powers = range(-60, 11) if floats else DATA
    ends = (5e-324, 1e-310, *(2.0**k for k in powers), *EDGES) if floats else [2.0**k for k in DATA]
    for size in ends:
        found += [size, -size]
    found += [float(x) for x in generator.normal(size=NORMALS) * 3]
    for branch in branches:
        found += around(float(branch))
    return _distinct(found) if branches else found


def _simplicity(x: float) -> tuple[bool, float, bool]:
    """Return what sorts numbers by how well they read: a message shows the first that disagrees."""
    return (not x.is_integer(), abs(x), x < 0)


def _distinct(found: Iterable[float]) -> list[float]:
    """Return numbers without those that came before; the two zeros are different."""
    return list({(x, math.copysign(1, x)): x for x in found}.values())


def within(
    interval: Interval, branches: tuple[Fraction, ...] = (), *, floats: bool = False
) -> list[float]:
    """Return the points that a variable in an interval is tried at."""
    low, high = interval.ends
    if math.isinf(low) and math.isinf(high):
        return grid(branches, floats=floats)
    if math.isinf(low) or math.isinf(high):
        end, side = (high, -1) if math.isinf(low) else (low, 1)
        found = [end + side * abs(x) for x in grid(branches, floats=floats)]
    else:
        width = high - low
        steps = [2.0**-k for k in range(1, 61 if floats else NEAR_ENDS)]
        found = [low + width * step for step in steps]
        found += [high - width * step for step in steps[:45]]
        found += [low + width * n / 64 for n in range(65)]
        found += [x for x in grid() if low < x < high] if width > WIDE else []
        found += [float(x) for x in np.random.default_rng(65).uniform(low, high, size=150)]
    found += [beside for branch in branches for beside in around(float(branch))]
    return [x for x in _distinct(found) if x in interval]


def around(x: float) -> tuple[float, float, float]:
    """Return a float and its two neighbours; those of 0 are as small as data are."""
    if x == 0:
        return 0.0, -(2.0**BESIDE_ZERO), 2.0**BESIDE_ZERO
    return x, math.nextafter(x, -math.inf), math.nextafter(x, math.inf)


def branch_points(terms: Iterable[Term]) -> list[Fraction]:
    """Return the numbers in what decides between branches: there a formula may change its form."""
    found: dict[Fraction, None] = {}
    for difference in compared(terms):
        for inner in walk(difference):
            if isinstance(inner, Number):
                found.setdefault(inner.value)
                found.setdefault(-inner.value)
    return list(found)


def compared(terms: Iterable[Term]) -> Iterator[Term]:
    r"""Yield the terms whose zeros are special: x − t of ``x > t``, x of ``|x|`` and of ``1/x``.

    Of what jumps again and again two are enough: x and x − 1 of ``\lfloor x \rfloor``.
    """
    for term in terms:
        for part in walk(term):
            match part:
                case Comparison(sides) | Call(("\\max" | "\\min"), sides):
                    yield from (Apply("subtract", pair) for pair in pairwise(sides))
                case Apply("abs", (inner,)) | Call(("sgn" | "sign"), (inner,)):
                    yield inner
                case Apply("divide", (_, inner)):
                    yield inner
                case Apply(("floor" | "ceil"), (inner,)):
                    yield inner
                    yield Apply("subtract", (inner, ONE))
                case Call("round", (inner,)):
                    yield Apply("subtract", (inner, HALF))
                case Apply("mod", pair):
                    yield Apply("divide", pair)
                    yield Apply("subtract", pair)
