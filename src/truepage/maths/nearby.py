"""What lies near the points at which an equation is tried.

Where terms that are compared are equal a formula may change its form, so equations are tried there,
too; and a comparison that is not clear at a point looks right beside it, or at all numbers within
±1 ULP of it.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice, product

import numpy as np
from flint import acb, arb

from truepage.maths.arrays import Array, Meaningless, Value
from truepage.maths.domains import Distribution, Domain, Interval
from truepage.maths.environment import Definitions, numbers
from truepage.maths.evaluation import Evaluation
from truepage.maths.functions import Undefined
from truepage.maths.jets import constant, precision
from truepage.maths.points import Point, around, compared
from truepage.maths.terms import Index, Symbol, Term, rebuilt, walk

BITS = 128
"""Precision for the zeros of terms."""

MOST_TIES = 60
"""Places at which zeros of terms are sought."""

STEPS = 8
"""Steps of Newton's method."""

FAR_OUT = 8.0
"""From here on code may overflow: the exponential of a cube does."""

CORNERS = ((1, 1), (-1, -1), (1, -1), (-1, 1))
"""Signs by which every other number is moved."""

BESIDE = 200
"""Power of two, negative, of the distance at which a side is looked at right beside a point."""


def ties(
    terms: Sequence[Term],
    base: Sequence[Point],
    variables: Mapping[str, Domain],
    definitions: Definitions,
) -> Iterator[Point]:
    """Yield points at which a term is 0 whose zeros are special, and beside them.

    A letter, or the elements of a vector, are moved there by Newton's method with secants.
    """
    found = dict.fromkeys(compared(terms))
    moved = [(term, name) for term in found for name in _movable(term, variables)]
    for (difference, name), point in islice(product(moved, base), MOST_TIES):
        domain = variables[name]
        with precision(BITS):
            place = _zero(_of_one(difference, variables), name, point, definitions)
        interval = domain.of
        assert isinstance(interval, Interval)  # noqa: S101 (it is movable)
        if place is None or place not in interval:
            continue
        for beside in around(place):
            if beside not in interval:
                continue
            own = point[name]
            if isinstance(own, np.ndarray):
                yield {**point, name: np.full_like(own, beside)}
                changed = own.copy()
                changed.flat[0] = beside
                yield {**point, name: changed}
            else:
                yield {**point, name: beside}


def _movable(term: Term, variables: Mapping[str, Domain]) -> list[str]:
    """Return the letters of a term that take any value of an interval."""
    names = {part.name for part in walk(term) if isinstance(part, Symbol)}
    names |= {part.name for part in walk(term) if isinstance(part, Index)}
    return [n for n in variables if n in names and isinstance(variables[n].of, Interval)]


def _of_one(term: Term, variables: Mapping[str, Domain]) -> Term:
    """Return a term with a number's letter in the place of each element of a vector."""
    if isinstance(term, Index):
        domain = variables.get(term.base.name)
        if domain and domain.shape:
            return term.base
    return rebuilt(term, lambda part: _of_one(part, variables))


def _zero(difference: Term, name: str, point: Point, definitions: Definitions) -> float | None:
    firsts = {n: v.flat[0] if isinstance(v, np.ndarray) else v for n, v in point.items()}
    x, step = float(firsts[name]), 0.25
    for _ in range(STEPS):
        try:
            here, there = (
                constant(Evaluation(definitions, numbers({**firsts, name: at})).scalar(difference))
                for at in (x, x + step)
            )
        except (Undefined, Meaningless, IndexError):
            return None
        if isinstance(here, acb) or isinstance(there, acb):
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


class Surroundings:
    """The surroundings of a point, as far as a comparison may look there.

    Parameters
    ----------
    point, given
        The point, and the same as balls.
    variables
        Its letters and their domains.
    """

    def __init__(
        self, point: Point, given: Mapping[str, Value], variables: Mapping[str, Domain]
    ) -> None:
        self._point, self._given, self._variables = point, given, variables

    @property
    def far_out(self) -> bool:
        """Whether a letter is so large that code may overflow."""
        return any(np.any(np.abs(x) >= FAR_OUT) for x in self._point.values())

    def beside(self) -> Iterator[list[Mapping[str, Value]]]:
        """Yield, for one letter after another, the points beside a point, within the domain."""
        point, given = self._point, self._given
        step = arb(2) ** -BESIDE
        inward: dict[str, Value] = {}
        for name, domain in self._variables.items():
            own = point.get(name)
            if own is None or not isinstance(domain.of, Interval | Distribution):
                continue
            if isinstance(own, np.ndarray):
                ends = domain.of.ends if isinstance(domain.of, Interval) else (0.0, math.inf)
                # Each element by another distance, or a limit along the diagonal would do.
                distances = np.arange(own.size).reshape(own.shape).astype(object)
                move: Array = (3 * distances + 2) * step
                low, high = own == ends[0], own == ends[1]
                inward[name] = given[name] + np.where(high, -move, move)
                outward = given[name] + np.where(low, move, -move)
                yield [{**given, name: inward[name]}, {**given, name: outward}]
            elif isinstance(domain.of, Interval):
                yield [
                    {**given, name: given[name] + side * step}
                    for side, end in zip((-1, 1), domain.of.ends, strict=True)
                    if own != end
                ]
        if len(inward) > 1:
            yield [{**given, **inward}]

    def wide(self) -> dict[str, Value]:
        """Return a point with each number as a ball of ±1 ULP."""
        return self._moved(lambda at, x: arb(x, math.ulp(x)))

    def corners(self) -> Iterator[dict[str, Value]]:
        """Yield points with each number moved by 1 ULP, up or down."""
        for signs in CORNERS:
            yield self._moved(partial(_moved_by, signs))

    def _moved(self, move: Callable[[int, float], arb]) -> dict[str, Value]:
        found, count = dict(self._given), 0
        for name, domain in self._variables.items():
            own = self._point.get(name)
            if not isinstance(domain.of, Interval) or own is None:
                continue
            array = np.empty(np.shape(own), dtype=object)
            for place in np.ndindex(array.shape):
                array[place] = move(count, float(np.asarray(own)[place]))
                count += 1
            found[name] = array if array.shape else array.item()
        return found


def _moved_by(signs: Sequence[int], at: int, x: float) -> arb:
    return arb(x) + signs[at % 2] * math.ulp(x)
