"""Points at which an equation is tried: numbers, and vectors and matrices of many sizes.

Everything is seeded: the same equation is tried at the same points every time. Each letter that is
a number runs over its whole domain in turn, both sides of each branch among its values, while the
others have values of ordinary size. An unbounded domain is tried as far as data go, with sizes from
2⁻¹⁰ to 256; over all floats, from the smallest to 10³⁰⁰, where the author declares an accuracy.
Vectors and matrices are tried with several sizes, which differ from each other, so that no index
can stand for another, and one of which is large.
"""

import functools
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, islice, pairwise, product
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from truepage.maths.arrays import Meaningless
from truepage.maths.domains import Distribution, Domain, Finite, Interval, Whole
from truepage.maths.terms import Apply, Call, Comparison, Number, Symbol, Term, spelled, walk

Point: TypeAlias = "dict[str, float | NDArray[np.float64]]"

NORMALS = 108
SAMPLES = 24
"""Points for equations with vectors and matrices, before single letters are swept."""

EDGES = (36.7, 37.5, 709.7, 710.0, 745.0, 746.0, 1e3, 1e10, 1e300)
"""Where e^−x is lost beside 1, where e^x overflows and underflows, and far out."""

DATA = range(-10, 9)
"""Powers of two that unbounded letters reach in default domains."""
MOST_VALUES = 200
"""How many of a set's numbers are tried."""
WIDE = 64
"""From this width on an interval is tried at numbers of ordinary size, too."""
BESIDE_ZERO = -40
NEAR_ENDS = 13
"""Halvings of an interval towards its ends, less one."""

LARGEST_SIZE = 4
MIDDLE_SIZES = (1, 2, 3, 4, 5, 6, 7, 9, 11, 16)
"""Sizes of a lone vector."""
LARGE_MATRIX = 11
SWEPT = 12
"""Points in which the elements of vectors run over their domain, or over special numbers."""
FAR = 25.0
"""How far out several letters are at once: e^xy is still a float, and e^(x/y) for y from 1/16."""
PAIRS = 4
"""Pairs of letters that are special at once."""
MANY = 200
"""Points that the letters of an equation share, if there are several."""
FRIENDLY = 3
"""How many of the first points have quarters for numbers: a message shows the first that fails."""
DENOMINATOR = 2**20
"""Probabilities are multiples of its reciprocal, so that their sum is exactly 1."""


@functools.lru_cache(maxsize=64)
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
    r"""Yield the terms whose zeros are special: x − t of ``x > t``, x of ``|x|`` and of ``1/x``."""
    for term in terms:
        for part in walk(term):
            match part:
                case Comparison(sides) | Call(("\\max" | "\\min"), sides):
                    yield from (Apply("subtract", pair) for pair in pairwise(sides))
                case Apply("abs", (inner,)) | Call(("sgn" | "sign"), (inner,)):
                    yield inner
                case Apply("divide", (_, inner)):
                    yield inner


def points(
    variables: Mapping[str, Domain],
    terms: Sequence[Term],
    *,
    floats: bool = False,
    large: int = 300,
) -> Iterator[Point]:
    """Yield the points that an equation is tried at.

    Parameters
    ----------
    variables
        Its letters and their domains.
    terms
        What is evaluated, for the branches in it.
    floats
        Letters run over all floats, and not as far as data go.
    large
        Size of the one long vector; matrices have sizes from `LARGE_MATRIX` on.
    """
    seed = zlib.crc32(" ".join(variables).encode())
    generator = np.random.default_rng(seed)
    branches = tuple(branch_points(terms))
    if not variables:
        yield {}
        return
    runs = {name: _run(domain, branches, floats=floats) for name, domain in variables.items()}
    sizes = _sizes(variables)
    if not sizes and not any(domain.shape for domain in variables.values()):
        for number in range(FRIENDLY if len(variables) > 1 else 0):
            yield {name: _ordinary(variables[name], -number, generator, {}) for name in variables}
        yield from _swept(variables, runs, generator, {}, MANY, 6 * len(branches))
        yield from _together(variables, runs, generator)
        return
    for number in range(SAMPLES):
        yield _sample(variables, number, generator, large)
    pools = {name: _pool(run, branches) for name, run in runs.items()}
    near = {name: [x for x in run if abs(x) <= FAR] or run for name, run in runs.items()}
    ends = {name: [min(run), max(run)] if run else [] for name, run in near.items()}
    for number in range(SWEPT):
        chosen = (runs, pools, ends)[number % 3]
        if number % 6 == 5:  # one of them at the very ends of its domain
            one = list(runs)[number // 6 % len(runs)]
            chosen = {**ends, one: [min(runs[one]), max(runs[one])] if runs[one] else []}
        yield _with_elements_of(variables, chosen, number, generator)
    for special in SPECIAL[:3]:
        equal = {name: [special] if special in run else [] for name, run in runs.items()}
        yield _with_elements_of(variables, equal, SWEPT, generator)
    small = {name: 2 + at for at, name in enumerate(sizes)}
    numbers = {n: d for n, d in variables.items() if not (d.shape or d.sizes or n in sizes)}
    for point in _swept(numbers, runs, generator, small, MANY // 10, 6 * len(branches)):
        yield {**_filled(variables, small, 1, generator), **point}


def _pool(run: Sequence[float], branches: tuple[Fraction, ...]) -> list[float]:
    """Return the special ones of a letter's numbers: elements from these few are often equal."""
    near = {beside for branch in branches for beside in around(float(branch))}
    return [x for x in run if x in near or x in SPECIAL]


def _is_in(domain: Domain, x: float) -> bool:
    return isinstance(domain.of, Interval) and x in domain.of


def _together(
    variables: Mapping[str, Domain], runs: Mapping[str, list[float]], generator: Generator
) -> Iterator[Point]:
    """Yield points in which several letters are special at once: 0, 1, or far out."""
    if len(variables) < 2:
        return
    corners = {}
    for name, run in runs.items():
        inside = [x for x in run if x == 0 or 1 / 16 <= abs(x) <= FAR] or run
        ends = {min(inside), max(inside)} | {x for x in (-FAR, FAR) if _is_in(variables[name], x)}
        corners[name] = [*(x for x in (0.0, 1.0) if x in run), min(ends), max(ends)]
    for pair in islice(combinations(variables, 2), PAIRS):
        for values in product(*(corners[name] for name in pair)):
            number = int(generator.integers(1, 5))
            others = {n: _ordinary(d, number, generator, {}) for n, d in variables.items()}
            yield {**others, **dict(zip(pair, values, strict=True))}
    for special in SPECIAL[:3]:
        if all(special in run for run in runs.values()):
            yield dict.fromkeys(variables, special)


def _sizes(variables: Mapping[str, Domain]) -> list[str]:
    return list(dict.fromkeys(name for domain in variables.values() for name in domain.sizes))


def _swept(
    variables: Mapping[str, Domain],
    runs: Mapping[str, list[float]],
    generator: Generator,
    sizes: Mapping[str, int],
    share: int,
    last: int,
) -> Iterator[Point]:
    """Yield points in which one letter after another runs over its domain.

    Parameters
    ----------
    share
        Points for all letters together, if there are several.
    last
        Numbers at the end of each run that are kept: those at branches.
    """
    number = 0
    for one in variables:
        run = runs[one]
        if len(variables) > 1 or sizes:
            step = max(1, -(-len(run) * len(variables) // share))
            ends = [run.index(min(run)), run.index(max(run))] if run else []
            kept = {*range(0, len(run), step), *ends, *range(max(0, len(run) - last), len(run))}
            run = [x for at, x in enumerate(run) if at in kept]
        for x in run:
            number += 1
            others = {
                name: _ordinary(domain, number, generator, sizes)
                for name, domain in variables.items()
                if name != one
            }
            yield {name: others.get(name, x) for name in variables}


def _with_elements_of(
    variables: Mapping[str, Domain],
    chosen: Mapping[str, Sequence[float]],
    number: int,
    generator: Generator,
) -> Point:
    """Return a point in which the elements of vectors are some of given numbers."""
    # Powers of two: with 1/n the mean of equal numbers is exactly that number.
    sizes = {name: 2 ** (2 - at % 2) for at, name in enumerate(_sizes(variables))}
    point = _filled(variables, sizes, number + 1, generator)
    for name, domain in variables.items():
        array = point[name]
        if domain.shape and chosen[name] and isinstance(array, np.ndarray):
            point[name] = generator.choice(chosen[name], size=array.shape)
    return point


def _run(domain: Domain, branches: tuple[Fraction, ...], *, floats: bool) -> list[float]:
    """Return the numbers that a letter, or each element of a vector, is tried at."""
    match domain.of:
        case Interval() as interval:
            return within(interval, branches, floats=floats)
        case Finite(values):
            return [float(value) for value in values[:: len(values) // MOST_VALUES + 1]]
        case Whole(Number(low), Number(high)):
            return [float(n) for n in range(int(low), int(high) + 1)]
    return []


SPECIAL = (0.0, 1.0, -1.0, 0.5, 2.0, 0.01)


def _ordinary(domain: Domain, number: int, generator: Generator, sizes: Mapping[str, int]) -> float:
    """Return a value of ordinary size; now and then a special one."""
    match domain.of:
        case Finite(values):
            return float(values[generator.integers(len(values))])
        case Whole(low, high):
            begin, end = (_size(term, sizes) for term in (low, high))
            return float(generator.integers(begin, end + 1))
        case Interval() as interval:
            if number > 0 and number % 5 == 0:
                special = SPECIAL[(number // 5) % len(SPECIAL)]
                if special in interval:
                    return special
            x = float(generator.normal() * 1.5)
            if number <= 0:
                x = round(4 * x) / 4 or 1.0
            least, most = interval.ends
            if math.isinf(least) and math.isinf(most):
                return x
            if math.isinf(least):
                return most - abs(x) - 2.0**-10
            if math.isinf(most):
                return least + abs(x) + 2.0**-10
            share = generator.uniform() if number > 0 else generator.integers(1, 8) / 8
            return least + float(share) * (most - least)
    raise AssertionError(domain)


def _size(term: Term, sizes: Mapping[str, int]) -> int:
    if isinstance(term, Number):
        return int(term.value)
    name = term.name if isinstance(term, Symbol) else ""
    if name not in sizes:
        words = f"a size or the end of a set is `{spelled(term)}`; expected a number or a letter"
        raise Meaningless(f"{words} that is the size of a vector")
    return sizes[name]


def _sample(
    variables: Mapping[str, Domain], number: int, generator: Generator, large: int
) -> Point:
    names = _sizes(variables)
    if number == 0:
        sizes = {name: 2 + at for at, name in enumerate(names)}
    elif number == SAMPLES - 1:
        matrices = len(names) > 1 or any(len(domain.shape) > 1 for domain in variables.values())
        sizes = {name: LARGE_MATRIX + at if matrices else large for at, name in enumerate(names)}
    elif number < SAMPLES // 3:  # all different, as far as there are numbers
        order = generator.permutation(max(LARGEST_SIZE, len(names))) + 1
        sizes = {name: int(order[at]) for at, name in enumerate(names)}
    elif len(names) == 1 and not any(len(domain.shape) > 1 for domain in variables.values()):
        sizes = {names[0]: MIDDLE_SIZES[number % len(MIDDLE_SIZES)]}
    else:
        sizes = {name: int(generator.integers(1, LARGEST_SIZE + 1)) for name in names}
    return _filled(variables, sizes, number, generator)


def _filled(
    variables: Mapping[str, Domain], sizes: Mapping[str, int], number: int, generator: Generator
) -> Point:
    """Return a point with vectors and matrices of given sizes."""
    point: Point = {name: float(size) for name, size in sizes.items()}
    for name, domain in variables.items():
        if name in sizes:
            continue
        if isinstance(domain.of, Distribution):
            kind = 0 if domain.of.positive else number
            point[name] = _distribution(sizes[domain.of.size.name], kind, generator)
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
