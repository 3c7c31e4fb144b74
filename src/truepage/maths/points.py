"""Where an equation is tried: a grid over the whole line, and vectors and matrices of many sizes.

Everything is seeded: the same equation is tried at the same points every time. The one letter of
an equation that is a number runs over about 355 points, from the smallest float to 10³⁰⁰, both
sides of each branch and the places where floating point overflows among them; the other letters
have values of ordinary size. Equations with vectors and matrices are tried with several sizes,
which differ from each other, so that no index can stand for another.
"""

import functools
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from truepage.maths.domains import Distribution, Domain, Finite, Interval, Whole
from truepage.maths.terms import Call, Cases, Number, Symbol, Term, walk

Point: TypeAlias = "dict[str, float | NDArray[np.float64]]"

NORMALS = 108
SAMPLES = 24
"""Points for equations with vectors and matrices."""

EDGES = (36.7, 37.5, 709.7, 710.0, 745.0, 746.0, 1e3, 1e10, 1e300)
"""Where e^−x is lost beside 1, where e^x overflows and underflows, and far out."""

LARGEST_SIZE = 4
FRIENDLY = 3
"""How many of the first points have quarters for numbers: a message shows the first that fails."""
DENOMINATOR = 2**20
"""Probabilities are multiples of its reciprocal, so that their sum is exactly 1."""


@functools.lru_cache(maxsize=64)
def grid(branches: tuple[Fraction, ...] = ()) -> list[float]:
    """Return the points that a real variable is tried at.

    Parameters
    ----------
    branches
        Numbers at which a formula may change its form.

    Examples
    --------
    >>> points = grid()
    >>> len(points), min(points), 5e-324 in points
    (355, -1e+300, True)
    """
    generator = np.random.default_rng(355)
    quarters = [float(x) for x in np.arange(-40, 41) / 4]
    found = [0.0, -0.0, *sorted(quarters, key=_simplicity)]
    for size in (5e-324, 1e-310, *(2.0**k for k in range(-60, 11)), *EDGES):
        found += [size, -size]
    found += [float(x) for x in generator.normal(size=NORMALS) * 3]
    for branch in branches:
        at = float(branch)
        found += [at, math.nextafter(at, -math.inf), math.nextafter(at, math.inf)]
    return _distinct(found) if branches else found


def _simplicity(x: float) -> tuple[bool, float, bool]:
    """Return what sorts numbers by how well they read: a message shows the first that disagrees."""
    return (not x.is_integer(), abs(x), x < 0)


def _distinct(found: Iterable[float]) -> list[float]:
    """Return numbers without those that came before; the two zeros are different."""
    return list({(x, math.copysign(1, x)): x for x in found}.values())


def within(interval: Interval, branches: tuple[Fraction, ...] = ()) -> list[float]:
    """Return the points that a variable in an interval is tried at."""
    low, high = float(interval.low), float(interval.high)
    if math.isinf(low) and math.isinf(high):
        return grid(branches)
    if math.isinf(low) or math.isinf(high):
        end, side = (high, -1) if math.isinf(low) else (low, 1)
        found = [end + side * abs(x) for x in grid(branches)]
    else:
        width = high - low
        steps = [2.0**-k for k in range(1, 61)]
        found = [low + width * step for step in steps]
        found += [high - width * step for step in steps[:45]]
        found += [low + width * n / 64 for n in range(65)]
        found += [float(x) for x in np.random.default_rng(65).uniform(low, high, size=150)]
    found += [float(branch) for branch in branches]
    return [x for x in _distinct(found) if _inside(x, interval)]


def _inside(x: float, interval: Interval) -> bool:
    above = x >= interval.low if interval.low_closed else x > interval.low
    below = x <= interval.high if interval.high_closed else x < interval.high
    return above and below and math.isfinite(x)


def branch_points(terms: Iterable[Term]) -> list[Fraction]:
    """Return the numbers in case distinctions and maxima: there a formula may change its form."""
    found: dict[Fraction, None] = {}
    for term in terms:
        for part in walk(term):
            if isinstance(part, Cases) or (
                isinstance(part, Call) and part.function in ("\\max", "\\min")
            ):
                for inner in walk(part):
                    if isinstance(inner, Number) and abs(inner.value) < 1e6:
                        found.setdefault(inner.value)
    return list(found)


def points(
    variables: Mapping[str, Domain], first: Sequence[str], terms: Sequence[Term]
) -> Iterator[Point]:
    """Yield the points that an equation is tried at.

    Parameters
    ----------
    variables
        Its letters and their domains.
    first
        The letters that run over a whole grid, in turn; the others have ordinary values.
    terms
        What is evaluated, for the branches in it.
    """
    seed = zlib.crc32(" ".join(variables).encode())
    generator = np.random.default_rng(seed)
    scalars = [name for name, domain in variables.items() if not domain.sizes and not domain.shape]
    branches = tuple(branch_points(terms))
    if len(scalars) == len(variables):
        yield from _scalar_points(variables, first, branches, generator)
        return
    for number in range(SAMPLES):
        yield _sample(variables, number, generator)


def _scalar_points(
    variables: Mapping[str, Domain],
    first: Sequence[str],
    branches: tuple[Fraction, ...],
    generator: Generator,
) -> Iterator[Point]:
    if not variables:
        yield {}
        return
    runs = {name: _run(variables[name], branches) for name in variables}
    leading = [name for name in first if name in variables] or list(variables)[:1]
    count = max(len(runs[name]) for name in leading)
    for number in range(FRIENDLY if len(variables) > 1 else 0):
        yield {name: _ordinary(variables[name], -number, generator, {}) for name in variables}
    for number in range(1, count + 1):
        one = leading[number % len(leading)]
        point: Point = {}
        for name, domain in variables.items():
            run = runs[name]
            if name == one or len(run) <= 3:
                at = number - 1 if name == one else number * 7 + len(point)
                point[name] = run[at % len(run)]
            else:
                point[name] = _ordinary(domain, number, generator, {})
        yield point


def _run(domain: Domain, branches: tuple[Fraction, ...]) -> list[float]:
    match domain.of:
        case Interval() as interval:
            return within(interval, branches)
        case Finite(values):
            return [float(value) for value in values]
        case Whole(Number(low), Number(high)):
            return [float(n) for n in range(int(low), int(high) + 1)]
    raise AssertionError(domain)


SPECIAL = (0.0, 1.0, -1.0, 0.5, 2.0, 0.01)


def _ordinary(domain: Domain, number: int, generator: Generator, sizes: Mapping[str, int]) -> float:
    """Return a value of ordinary size; now and then a special one."""
    match domain.of:
        case Finite(values):
            return float(values[generator.integers(len(values))])
        case Whole(low, high):
            begin, end = (_size(term, sizes) for term in (low, high))
            return float(generator.integers(begin, end + 1))
        case Interval(low, high) as interval:
            if number > 0 and number % 5 == 0:
                special = SPECIAL[(number // 5) % len(SPECIAL)]
                if _inside(special, interval):
                    return special
            x = float(generator.normal() * 1.5)
            if number <= 0:
                x = round(4 * x) / 4 or 1.0
            if math.isinf(low) and math.isinf(high):
                return x
            if math.isinf(low):
                return float(high) - abs(x) - 2.0**-10
            if math.isinf(high):
                return float(low) + abs(x) + 2.0**-10
            share = generator.uniform() if number > 0 else generator.integers(1, 8) / 8
            return float(low) + float(share) * (float(high) - float(low))
    raise AssertionError(domain)


def _size(term: Term, sizes: Mapping[str, int]) -> int:
    if isinstance(term, Number):
        return int(term.value)
    return sizes[term.name] if isinstance(term, Symbol) else 1


def _sample(variables: Mapping[str, Domain], number: int, generator: Generator) -> Point:
    names = list(dict.fromkeys(name for domain in variables.values() for name in domain.sizes))
    if number == 0:
        sizes = {name: 2 + at for at, name in enumerate(names)}
    elif number < SAMPLES // 2:  # all different, as far as there are numbers
        order = generator.permutation(max(LARGEST_SIZE, len(names))) + 1
        sizes = {name: int(order[at]) for at, name in enumerate(names)}
    else:
        sizes = {name: int(generator.integers(1, LARGEST_SIZE + 1)) for name in names}
    point: Point = {name: float(size) for name, size in sizes.items()}
    for name, domain in variables.items():
        if name in sizes:
            continue
        if isinstance(domain.of, Distribution):
            point[name] = _distribution(sizes[domain.of.size.name], number, generator)
            continue
        shape = tuple(_size(term, sizes) for term in domain.shape)
        if not shape:
            point[name] = _ordinary(domain, number - FRIENDLY + 1, generator, sizes)
            continue
        array = np.empty(shape)
        for place in np.ndindex(shape):
            array[place] = _ordinary(domain, min(number - FRIENDLY, 1), generator, sizes)
        point[name] = array
    return point


def _distribution(size: int, number: int, generator: Generator) -> NDArray[np.float64]:
    if number % 6 == 5:  # one outcome is certain
        certain: NDArray[np.float64] = np.eye(size)[generator.integers(size)]
        return certain
    counts = generator.multinomial(DENOMINATOR - size, generator.dirichlet(np.ones(size))) + 1
    shares: NDArray[np.float64] = counts / DENOMINATOR
    return shares
