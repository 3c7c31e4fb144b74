"""Points at which an equation is tried: numbers, and vectors and matrices of many sizes.

Everything is seeded: the same equation is tried at the same points every time. Each letter that is
a number runs over its whole domain in turn, both sides of each branch among its values, while the
others have values of ordinary size.
Vectors and matrices are tried with several sizes, which differ from each other, so that no index
can stand for another, and one of which is large. Where terms that are compared are equal a formula
may change its form, so equations are tried there, too.
"""

import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, islice, pairwise, product
from typing import TypeAlias

import numpy as np
from flint import acb, arb
from numpy.typing import NDArray

from truepage.maths.arrays import Meaningless
from truepage.maths.domains import REAL, Domain, Finite, Interval, SampleDistribution, Whole
from truepage.maths.environment import Definitions, numbers
from truepage.maths.evaluation import Evaluation
from truepage.maths.functions import Undefined, sign
from truepage.maths.grids import BESIDE_ZERO, around, branch_points, compared, within
from truepage.maths.jets import constant, precision
from truepage.maths.terms import Index, Number, Symbol, Term, rebuilt, spelled, walk

Point: TypeAlias = "dict[str, float | NDArray[np.float64]]"

SAMPLES = 24
"""Points for equations with vectors and matrices, before single letters are swept."""
SPECIAL = (0.0, 1.0, -1.0, 0.5, 2.0, 0.01)
MOST_VALUES = 200
"""How many of a set's numbers are tried."""
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
MOST_TIES = 60
"""Places at which zeros of terms are sought, by at most STEPS steps of Newton's method."""
STEPS = 8
NEAR = 2.0**-30
"""Relative distance from a zero at which rounding no longer decides on which side of it code is."""
CROSSINGS = 8
"""How many changes of a term's sign between points are followed to a zero."""
THINNED = 20
"""Points of a letter's run between which they are sought if there are other letters."""
BITS = 128


class Sampler:
    """Points that an equation is tried at, from the domains of its letters.

    Parameters
    ----------
    variables
        Its letters and their domains.
    terms
        What is evaluated, for the branches in it.
    floats
        Letters run over all floats, and not as far as data go.
    """

    def __init__(
        self, variables: Mapping[str, Domain], terms: Sequence[Term], *, floats: bool = False
    ) -> None:
        self.variables, self.terms = variables, terms
        self._branches = tuple(branch_points(terms))
        self._runs = {name: self._run(one, floats) for name, one in variables.items()}
        self._sizes = list(dict.fromkeys(n for one in variables.values() for n in one.sizes))
        self._has_matrix = any(len(one.shape) > 1 for one in variables.values())
        self._generator = np.random.default_rng(zlib.crc32(" ".join(variables).encode()))

    def _run(self, domain: Domain, floats: bool) -> list[float]:
        """Return the numbers that a letter, or each element of a vector, is tried at."""
        match domain.of:
            case Interval() as interval:
                return within(interval, self._branches, floats=floats)
            case Finite(values):
                return [float(value) for value in values[:: len(values) // MOST_VALUES + 1]]
            case Whole(Number(low), Number(high)):
                return [float(n) for n in range(int(low), int(high) + 1)]
        return []

    def points(self, large: int = 300) -> Iterator[Point]:
        """Yield the points; one long vector has a given size."""
        variables = self.variables
        if not variables:
            yield {}
        elif self._sizes or any(domain.shape for domain in variables.values()):
            yield from self._of_arrays(large)
        else:
            for number in range(FRIENDLY if len(variables) > 1 else 0):
                yield {name: self._ordinary(one, -number) for name, one in variables.items()}
            yield from self._swept(variables, {}, MANY)
            yield from self._together()

    def _of_arrays(self, large: int) -> Iterator[Point]:
        runs = self._runs
        for number in range(SAMPLES):
            yield self._filled(self._sample_sizes(number, large), number)
        near = {beside for branch in self._branches for beside in around(float(branch))}
        # Elements from these few are often equal.
        pools = {name: [x for x in run if x in near or x in SPECIAL] for name, run in runs.items()}
        close = {name: [x for x in run if abs(x) <= FAR] or run for name, run in runs.items()}
        ends = {name: [min(run), max(run)] if run else [] for name, run in close.items()}
        for number in range(SWEPT):
            chosen = (runs, pools, ends)[number % 3]
            if number % 6 == 5:  # one of them at the very ends of its domain
                one = list(runs)[number // 6 % len(runs)]
                chosen = {**ends, one: [min(runs[one]), max(runs[one])] if runs[one] else []}
            yield self._with_elements_of(chosen, number)
        for special in SPECIAL[:3]:
            equal = {name: [special] if special in run else [] for name, run in runs.items()}
            yield self._with_elements_of(equal, SWEPT)
        small = {name: 2 + at for at, name in enumerate(self._sizes)}
        plain = {
            name: domain
            for name, domain in self.variables.items()
            if not (domain.shape or domain.sizes or name in small)
        }
        for point in self._swept(plain, small, MANY // 10):
            yield {**self._filled(small, 1), **point}

    def _together(self) -> Iterator[Point]:
        """Yield points in which several letters are special at once: 0, 1, or far out."""
        if len(self.variables) < 2:
            return
        corners = {}
        for name, run in self._runs.items():
            of = self.variables[name].of
            inside = [x for x in run if x == 0 or 1 / 16 <= abs(x) <= FAR] or run
            far = [x for x in (-FAR, FAR) if isinstance(of, Interval) and x in of]
            ends = min(*inside, *far, math.inf), max(*inside, *far, -math.inf)
            corners[name] = [*(x for x in (0.0, 1.0) if x in run), *ends]
        for pair in islice(combinations(self.variables, 2), PAIRS):
            for values in product(*(corners[name] for name in pair)):
                number = int(self._generator.integers(1, 5))
                others = {n: self._ordinary(one, number) for n, one in self.variables.items()}
                yield {**others, **dict(zip(pair, values, strict=True))}
        for special in SPECIAL[:3]:
            if all(special in run for run in self._runs.values()):
                yield dict.fromkeys(self.variables, special)

    def _swept(
        self, variables: Mapping[str, Domain], sizes: Mapping[str, int], share: int
    ) -> Iterator[Point]:
        """Yield points in which one letter after another runs over its domain.

        If there are several letters they share so many points; those at branches, at the end of
        each run, are kept.
        """
        number, last = 0, 6 * len(self._branches)
        for one in variables:
            run = self._runs[one]
            if len(variables) > 1 or sizes:
                step = max(1, -(-len(run) * len(variables) // share))
                ends = [run.index(min(run)), run.index(max(run))] if run else []
                kept = {*range(0, len(run), step), *ends, *range(max(0, len(run) - last), len(run))}
                run = [x for at, x in enumerate(run) if at in kept]
            for x in run:
                number += 1
                yield {
                    name: x if name == one else self._ordinary(domain, number, sizes)
                    for name, domain in variables.items()
                }

    def _with_elements_of(self, chosen: Mapping[str, Sequence[float]], number: int) -> Point:
        """Return a point in which the elements of vectors are some of given numbers."""
        # Powers of two: with 1/n the mean of equal numbers is exactly that number.
        point = self._filled({n: 2 ** (2 - at % 2) for at, n in enumerate(self._sizes)}, number + 1)
        for name, domain in self.variables.items():
            array = point[name]
            if domain.shape and chosen[name] and isinstance(array, np.ndarray):
                point[name] = self._generator.choice(chosen[name], size=array.shape)
        return point

    def _ordinary(
        self, domain: Domain, number: int, sizes: Mapping[str, int] | None = None
    ) -> float:
        """Return a value of ordinary size; now and then a special one."""
        generator = self._generator
        match domain.of:
            case Finite(values):
                return float(values[generator.integers(len(values))])
            case Whole(low, high):
                begin, end = (_size(term, sizes or {}) for term in (low, high))
                return float(generator.integers(begin, end + 1))
            case Interval() as interval:
                special = SPECIAL[(number // 5) % len(SPECIAL)]
                if number > 0 and number % 5 == 0 and special in interval:
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

    def _sample_sizes(self, number: int, large: int) -> dict[str, int]:
        names, lone = self._sizes, len(self._sizes) <= 1 and not self._has_matrix
        if number == 0:
            return {name: 2 + at for at, name in enumerate(names)}
        if number == SAMPLES - 1:
            return {name: large if lone else LARGE_MATRIX + at for at, name in enumerate(names)}
        if number < SAMPLES // 3:  # all different, as far as there are numbers
            order = self._generator.permutation(max(LARGEST_SIZE, len(names))) + 1
            return {name: int(order[at]) for at, name in enumerate(names)}
        if lone:
            return {name: MIDDLE_SIZES[number % len(MIDDLE_SIZES)] for name in names}
        return {name: int(self._generator.integers(1, LARGEST_SIZE + 1)) for name in names}

    def _filled(self, sizes: Mapping[str, int], number: int) -> Point:
        """Return a point with vectors and matrices of given sizes."""
        point: Point = {name: float(size) for name, size in sizes.items()}
        for name, domain in self.variables.items():
            if name in sizes:
                continue
            if isinstance(domain.of, SampleDistribution):
                certain = number % 6 == 5 and not domain.of.positive
                point[name] = self._distribution(sizes[domain.of.size.name], certain)
                continue
            shape = tuple(_size(term, sizes) for term in domain.shape)
            of = number - FRIENDLY + 1 if not shape else min(number - FRIENDLY, 1)
            array = np.empty(shape)
            for place in np.ndindex(shape):
                array[place] = self._ordinary(domain, of, sizes)
            point[name] = array if shape else array.item()
        return point

    def _distribution(self, size: int, certain: bool) -> NDArray[np.float64]:
        generator = self._generator
        if certain:  # one outcome
            outcome: NDArray[np.float64] = np.eye(size)[generator.integers(size)]
            return outcome
        counts = generator.multinomial(DENOMINATOR - size, generator.dirichlet(np.ones(size))) + 1
        shares: NDArray[np.float64] = counts / DENOMINATOR
        return shares

    def ties(self, base: Sequence[Point], definitions: Definitions) -> Iterator[Point]:
        """Yield points at which a term is 0 whose zeros are special, and beside them.

        A letter, or the elements of a vector, are moved there by Newton's method with secants, or
        by halving where the sign changes.
        """
        moved = [
            (term, name, domain.of)
            for term in dict.fromkeys(compared(self.terms))
            for names in [{part.name for part in walk(term) if isinstance(part, Symbol | Index)}]
            for name, domain in self.variables.items()
            if name in names and isinstance(domain.of, Interval)
        ]
        for (difference, name, interval), point in islice(product(moved, base), MOST_TIES):
            with precision(BITS):
                places = self._special(self._of_one(difference), name, point, definitions)
            inside = (one for one in places if one in interval)  # and none beyond an open end
            for place in dict.fromkeys(beside for one in inside for beside in _near(one)):
                if place not in interval:
                    continue
                own = point[name]
                if not isinstance(own, np.ndarray):
                    yield {**point, name: place}
                    continue
                yield {**point, name: np.full_like(own, place)}
                changed = own.copy()
                changed.flat[0] = place
                yield {**point, name: changed}

    def _special(
        self, difference: Term, name: str, point: Point, definitions: Definitions
    ) -> list[float]:
        """Return zeros of a term; if a letter is the only one, all that its run has between."""
        value = _along(difference, name, point, definitions)
        own = point[name]
        found = _zero(value, float(own.flat[0] if isinstance(own, np.ndarray) else own))
        zeros = [found] if found is not None else []
        alone = len(self.variables) == 1 and not isinstance(own, np.ndarray)
        if alone or found is None:
            run = self._runs[name]
            zeros += _crossings(value, run if alone else run[:: len(run) // THINNED + 1])
        return zeros

    def _of_one(self, term: Term) -> Term:
        """Return a term with a number's letter in the place of each element of a vector."""
        if isinstance(term, Index) and self.variables.get(term.base.name, REAL).shape:
            return term.base
        return rebuilt(term, self._of_one)


def _near(zero: float) -> tuple[float, ...]:
    """Return a zero, its neighbours, and places beside it where rounding decides nothing."""
    away = max(abs(zero), 1.0) * NEAR
    return *around(zero), zero - away, zero + away


def _size(term: Term, sizes: Mapping[str, int]) -> int:
    if isinstance(term, Number):
        return int(term.value)
    name = term.name if isinstance(term, Symbol) else ""
    if name not in sizes:
        words = f"a size or the end of a set is `{spelled(term)}`; expected a number or a letter"
        raise Meaningless(f"{words} that is the size of a vector")
    return sizes[name]


def _along(
    difference: Term, name: str, point: Point, definitions: Definitions
) -> Callable[[float], arb | None]:
    """Return the values of a term while one letter runs; None: it is not known, or complex."""
    firsts = {n: v.flat[0] if isinstance(v, np.ndarray) else v for n, v in point.items()}

    def at(x: float) -> arb | None:
        try:
            given = numbers({**firsts, name: x})
            found = constant(Evaluation(definitions, given).scalar(difference))
        except (Undefined, Meaningless, IndexError):
            return None
        return None if isinstance(found, acb) else found

    return at


def _zero(value: Callable[[float], arb | None], x: float) -> float | None:
    """Return a zero of a function, sought from a place by Newton's method with secants."""
    step = 0.25
    for _ in range(STEPS):
        here, there = value(x), value(x + step)
        if here is None or there is None:
            return None
        if here.is_zero():
            return x
        slope = (there - here) / step
        if not (here.is_finite() and slope.is_finite()) or slope.contains(0):
            return None
        after = float((arb(x) - here / slope).mid())
        if not math.isfinite(after):
            return None
        if abs(after - x) <= 2 * math.ulp(x):
            return after
        x, step = after, max(abs(after - x) / 16, 2.0**-30)
    return None


def _crossings(value: Callable[[float], arb | None], run: Sequence[float]) -> list[float]:
    """Return places between some numbers where a function changes its sign, nearest to 0 first."""
    known = [(x, found) for x in sorted({*run}) if (found := value(x)) is not None]
    signs = [(x, sign(found)) for x, found in known]
    changes = [two for two in pairwise(signs) if two[0][1] and two[1][1] and two[0][1] != two[1][1]]
    places = []
    for (low, before), (high, _) in sorted(changes, key=lambda two: abs(two[0][0]))[:CROSSINGS]:
        while (middle := low + (high - low) / 2) not in (low, high):
            found = value(middle)
            if found is None:
                break
            low, high = (middle, high) if sign(found) == before else (low, middle)
        places.append(high if abs(high) > 2.0**BESIDE_ZERO else 0.0)  # towards a pole it has no end
    return places
