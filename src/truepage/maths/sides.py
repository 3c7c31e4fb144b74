"""The sides of a statement at one point, and near it.

A comparison that is not clear at a point looks right beside it, or at all numbers within ±1 ULP.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from flint import arb

from truepage.maths.arrays import Array, Meaningless, NoElement, Value
from truepage.maths.domains import Interval, SampleDistribution
from truepage.maths.environment import Definitions, Local
from truepage.maths.evaluation import Evaluation
from truepage.maths.functions import Undefined
from truepage.maths.jets import precision
from truepage.maths.points import Point
from truepage.maths.problem import Problem
from truepage.maths.terms import Comparison, Term

ROUNDING_BITS = 53
"""Bits with which balls are as wide as rounding makes the values of code."""
BESIDE_BITS = 1200
"""Bits for values right beside a point, where they may cancel."""
BESIDE = 200
"""Power of two, negative, of the distance at which a side is looked at right beside a point."""
CORNERS = ((1, 1), (-1, -1), (1, -1), (-1, 1))
"""Signs by which every other number is moved."""
LONGEST = 200
"""How far an index may run that has no bounds."""
FAR_OUT = 8.0
"""From here on code may overflow: the exponential of a cube does."""


class Sides:
    """The sides of a statement at one point, each evaluated once.

    Parameters
    ----------
    point, given
        The letters' values, and the same as balls.
    free
        Indices with their places.
    last
        Whether no more precision is to come.
    """

    def __init__(
        self,
        problem: Problem,
        definitions: Definitions,
        point: Point,
        given: Mapping[str, Value],
        free: Mapping[str, int],
        *,
        last: bool,
    ) -> None:
        self.last, self.tolerance = last, problem.annotation.tolerance
        self._definitions, self._point, self._given = definitions, point, given
        self._variables = problem.scope.variables
        self._evaluation = Evaluation(definitions, given)
        self._local: Local = {name: arb(place) for name, place in free.items()}
        self._values: dict[int, Any] = {}

    def value(self, term: Term) -> Any:
        """Return the value of a side, or why it has none."""
        key = id(term)
        if key not in self._values:
            self._values[key] = self._found(self._evaluation, term)
        return self._values[key]

    def _found(self, evaluation: Evaluation, term: Term, **bound: Value) -> Any:
        try:
            return evaluation.value(term, {**self._local, **bound})
        except Undefined as error:
            return error

    def _at(self, given: Mapping[str, Value], term: Term) -> Any:
        return self._found(Evaluation(self._definitions, given), term)

    def with_letter(self, term: Term, letter: str, value: Value) -> Any:
        """Return the value of a side in which a letter has a value of its own."""
        return self._found(self._evaluation, term, **{letter: value})

    def hold(self, condition: Comparison) -> bool:
        """Tell whether a condition certainly holds."""
        try:
            return self._evaluation.holds(condition, self._local) is True
        except Undefined:
            return False

    def jumps(self, term: Term) -> bool:
        """Tell whether a side may jump."""
        return self._definitions.jumps(term)

    @property
    def far_out(self) -> bool:
        """Whether a letter is so large that code may overflow."""
        return any(np.any(np.abs(x) >= FAR_OUT) for x in self._point.values())

    def rounded(self, term: Term) -> Any:
        """Return all values that a side may have if it is computed as in floats."""
        with precision(ROUNDING_BITS):
            return self._found(self._evaluation.varied(), term)

    def wide(self, term: Term) -> Any:
        """Return all values that a side has within ±1 ULP of the point, computed as in floats."""
        with precision(ROUNDING_BITS):
            return self._at(self._moved(), term)

    def corners(self, term: Term) -> Iterator[Any]:
        """Yield the values of a side with each number moved by 1 ULP."""
        for signs in CORNERS:
            yield self._at(self._moved(signs), term)

    def _moved(self, signs: tuple[int, ...] = ()) -> dict[str, Value]:
        """Return the point with each number moved by 1 ULP, or as a ball of ±1 ULP."""
        found, count = dict(self._given), 0
        for name, domain in self._variables.items():
            own = self._point.get(name)
            if not isinstance(domain.of, Interval) or own is None:
                continue
            array = np.empty(np.shape(own), dtype=object)
            for place in np.ndindex(array.shape):
                x = float(np.asarray(own)[place])
                ulp = math.ulp(x)
                array[place] = arb(x) + signs[count % 2] * ulp if signs else arb(x, ulp)
                count += 1
            found[name] = array if array.shape else array.item()
        return found

    def beside(self, term: Term) -> list[Any]:
        """Return the values of a side right beside the point, for letters where it has them all."""
        found: list[Any] = []
        with precision(BESIDE_BITS):
            for points in self._points_beside():
                values = [self._at(point, term) for point in points]
                if not any(isinstance(one, Undefined) for one in values):
                    found += values
        return found

    def _points_beside(self) -> Iterator[list[Mapping[str, Value]]]:
        """Yield, for one letter after another, the points beside the point, within the domain."""
        given, step = self._given, arb(2) ** -BESIDE
        inward: dict[str, Value] = {}
        for name, domain in self._variables.items():
            own, of = self._point.get(name), domain.of
            if own is None or not isinstance(of, Interval | SampleDistribution):
                continue
            ends = of.ends if isinstance(of, Interval) else (0.0, math.inf)
            if isinstance(own, np.ndarray):
                # Each element by another distance, or a limit along the diagonal would do.
                distances = np.arange(own.size).reshape(own.shape).astype(object)
                move: Array = (3 * distances + 2) * step
                inward[name] = given[name] + np.where(own == ends[1], -move, move)
                outward = given[name] + np.where(own == ends[0], move, -move)
                yield [{**given, name: inward[name]}, {**given, name: outward}]
            elif isinstance(of, Interval):
                yield [
                    {**given, name: given[name] + side * step}
                    for side, end in zip((-1, 1), ends, strict=True)
                    if own != end
                ]
        if len(inward) > 1:
            yield [{**given, **inward}]


def extent_of(
    evaluation: Evaluation, index: str, sides: Sequence[Term], firsts: Sequence[Term]
) -> int:
    """Return how far an index runs that nothing binds."""
    first = evaluation.definitions.first

    def exists(place: int) -> bool:
        """Tell whether all elements exist that sides have there."""
        for term in sides:
            try:
                evaluation.value(term, {index: arb(first + place)})
            except NoElement:
                return False
            except (Undefined, Meaningless):
                continue
        return True

    for term in (*sides, *firsts):
        try:
            extent = evaluation.extent(index, term, {})
        except Meaningless:
            continue
        if exists(extent - 1):
            return extent
        break
    # As far as all elements exist that the sides have: x_{n-i+1}, or a sum up to k.
    for extent in range(1, LONGEST):
        if not exists(extent):
            return extent
    raise Meaningless(f"how far {index} runs is not said")
