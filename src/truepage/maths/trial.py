"""Verification of an equation: values of its sides and of its code at many points.

Sides are evaluated in ball arithmetic with more and more bits until it is certain whether they
agree; code is called by the engine beforehand. Two numbers agree if they
differ by less than 10⁻⁹ of the second; the code's also if the formula has its value within ±1 ULP
of the point, or if the author accepts the error. Beyond the range of floats the code must give ±∞.
A point at which no side has a value is left out and counted; one at which a single side has none
is a difference. The code's error in units in the last place (ULP) and its warnings are reported
apart.
"""

import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from flint import arb

from truepage.maths.arrays import Array, Meaningless, NoElement, Value
from truepage.maths.calls import Answer, Arguments
from truepage.maths.comparing import (
    Link,
    Sides,
    compare,
    links,
    overall,
)
from truepage.maths.domains import Finite, Whole
from truepage.maths.environment import Definitions, numbers
from truepage.maths.evaluation import Evaluation
from truepage.maths.functions import Singular, Undefined
from truepage.maths.jets import precision
from truepage.maths.left_side import ANYTHING
from truepage.maths.nearby import Surroundings, ties
from truepage.maths.notation import Statement
from truepage.maths.points import FRIENDLY, Point, points
from truepage.maths.problem import Problem
from truepage.maths.spelling import spelled
from truepage.maths.terms import IMAGINARY, Repeated, Symbol, Term, children, reached
from truepage.maths.verdict import Count, Disagreement, Verdict, written

BITS = (128, 320, 800, 2000, 8000)
"""Precisions, tried one after another."""

EXACT_BITS = (640, 2000)
"""Precisions for sides that must be equal, and not as near to each other as code is."""

ENOUGH = 5
"""Points that must be decided, unless there are fewer."""

FEW = 20
"""Points that conditions must leave."""

SECONDS = 20
"""Processor time that an equation may take."""

UNDECIDED = 20
"""One point in so many may stay undecided."""

LARGE = (300, 50, 17, 9)
"""Size of the one long vector, by how many indices run at once besides a first one."""

LONGEST = 200
"""How far an index may run that has no bounds."""

NEARLY = 1e-9
"""How far what a name like y² stands for may lie outside of its range, by rounding."""
DEEPEST = 6_000


@contextmanager
def deep() -> Iterator[None]:
    """Allow sums of hundreds of terms, which are as many levels deep."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


class Trial:
    """A problem with the points at which it is tried.

    Parameters
    ----------
    problem
        What is to be verified.
    tried
        The points; None: those that suit the problem.
    """

    def __init__(self, problem: Problem, tried: Sequence[Point] | None = None) -> None:
        self.problem = problem
        table = problem.definitions()
        terms = [t for s in problem.statements for t in (*s.terms, *s.conditions)]
        self.definitions = Definitions(
            table,
            first=problem.first,
            is_complex=any(part == Symbol(IMAGINARY) for part in reached(terms, table)),
        )
        self.free = problem.free_indices()
        self.links = [
            links(
                statement,
                at in problem.defines,
                problem.code is not None and at == 0,
                problem.letter if at == 0 else "",
            )
            for at, statement in enumerate(problem.statements)
        ]
        self.points = list(self._points()) if tried is None else tried
        self.given: dict[int, dict[str, Value]] = {}  # the points as balls
        self.refuted_at: int | None = None

    def _points(self) -> Iterator[Point]:
        bodies = [definition.body for definition in self.definitions.table.values()]
        terms: list[Term] = [t for s in self.problem.statements for t in (*s.terms, *s.conditions)]
        terms += [*bodies, *self.problem.scope.constraints]
        floats = self.problem.annotation.accuracy is not None
        # What is defined element by element may be a recurrence, or a sum for each of them.
        inside = any(one.indexed for one in self.definitions.table.values())
        nested = len(self.free) + max(map(_nesting, terms)) + inside
        large = LARGE[min(nested, len(LARGE) - 1)]
        variables = self.problem.scope.variables
        found = list(points(variables, terms, floats=floats, large=large))
        for point in [*found, *ties(terms, found[:FRIENDLY], variables, self.definitions)]:
            if self._allowed(point):
                yield point

    def _evaluation(self, point: Point) -> Evaluation:
        return Evaluation(self.definitions, numbers(point))

    def _allowed(self, point: Point) -> bool:
        if not self.problem.scope.constraints:
            return True
        evaluation = self._evaluation(point)
        try:
            return all(evaluation.holds(one) for one in self.problem.scope.constraints)
        except Undefined:
            return False

    def calls(self) -> list[Arguments]:
        """Return what the code is to be called with, at each point.

        Raises
        ------
        Meaningless
            An argument has no value.
        """
        code = self.problem.code
        if code is None:
            return []
        scope = self.problem.scope
        whole = scope.sizes | {
            name
            for name, domain in scope.variables.items()
            if not domain.shape
            and (
                isinstance(domain.of, Whole)
                or (
                    isinstance(domain.of, Finite)
                    and all(value.denominator == 1 for value in domain.of.values)
                )
            )
        }
        found: list[Arguments] = []
        for number, point in enumerate(self.points):
            positional: list[Any] = []
            named: dict[str, Any] = {}
            for keyword, argument in code.arguments:
                if isinstance(argument, int | float):
                    given: Any = argument
                elif isinstance(argument, Symbol) and argument.name in point:
                    own = point[argument.name]
                    given = own.tolist() if isinstance(own, np.ndarray) else own
                    if argument.name in whole:
                        given = int(own)
                else:
                    given = self._float(argument, number)
                if keyword:
                    named[keyword] = given
                else:
                    positional.append(given)
            found.append((positional, named))
        return found

    def _balls(self, number: int) -> dict[str, Value]:
        if number not in self.given:
            self.given[number] = numbers(self.points[number])
        return self.given[number]

    def _float(self, argument: Term, number: int) -> Any:
        """Return the float next to the value of an argument that is no letter alone."""
        try:
            with precision(BITS[0]):
                return _floats(Evaluation(self.definitions, self._balls(number)).value(argument))
        except Undefined:
            return math.nan

    def verify(self, answers: Sequence[Answer] = (), only: Sequence[int] | None = None) -> Verdict:
        """Return whether the equation holds, from what the code answered at each point.

        Parameters
        ----------
        answers
            What the code answered at each point.
        only
            The points that are tried; None: all.
        """
        code = self.problem.code
        against = code.function.symbol if code else "identity"
        count = Count()
        begun, slow = time.process_time(), False
        try:
            for number in range(len(self.points)) if only is None else only:
                answer = answers[number] if code else None
                found = self._at(number, answer, count)
                if found:
                    self.refuted_at = number
                    return Verdict("refuted", against, count.decided, disagreement=found)
                slow = time.process_time() - begun > SECONDS
                if slow or count.undecided > ENOUGH + len(self.points) // UNDECIDED:
                    break
        except Meaningless as error:
            return Verdict("not understood", against, words=str(error))
        except RecursionError:
            return Verdict("not understood", against, words="a definition leads back to itself")
        verdict = Verdict(
            "checked",
            against,
            count.decided,
            count.left_out,
            count.undecided,
            count.ulps,
            tuple(count.warnings),
            tried=self._tried(),
        )
        tried = len(self.points) if only is None else len(only)
        wanted = min(ENOUGH, tried) if self.problem.scope.variables else 1
        if self.problem.scope.constraints and tried < FEW:
            words = f"the conditions leave {tried} of the points that would be tried"
            words += "; expected domains, such as `% where: p \\in (0, 1)`"
            return replace(verdict, status="undecided", words=words)
        if slow:
            words = f"to evaluate it takes longer than {SECONDS} s"
            words += f": {count.decided} of {tried} points were decided; write smaller sums"
            return replace(verdict, status="undecided", words=words)
        decided = min(count.decided, *(self._held(count)), count.decided)
        if decided < max(wanted, 1) or count.undecided * UNDECIDED > tried:
            words = (
                f"only {decided} points could be decided; at {count.left_out} no side has a value, "
                f"{count.undecided} stay undecided"
            )
            return replace(verdict, status="undecided", words=words)
        if 2 * count.shaky > count.judged:
            words = (
                f"for {count.shaky} of {count.judged} values of the code rounding leaves open what "
                "the formula gives; expected one that loses fewer digits"
            )
            return replace(verdict, status="undecided", words=words)
        allowed = self.problem.annotation.accuracy
        if allowed is not None and count.ulps is not None and count.ulps > allowed:
            words = f"the code is off by {count.ulps:.1f} ULP; {allowed:g} are declared"
            return replace(verdict, status="refuted", words=words)
        return verdict

    def _tried(self) -> str:
        """Return the values of the letters that were tried."""
        said = []
        for name in self.points[0] if self.points else ():
            values = [point[name] for point in self.points]
            arrays = [value for value in values if isinstance(value, np.ndarray)]
            longest = max((array.size for array in arrays), default=1)
            numbers = np.hstack([*map(np.ravel, arrays), [v for v in values if type(v) is float]])
            low, high = float(numbers.min()), float(numbers.max())
            of = f" in up to {longest} elements" if longest > 1 else ""
            said.append(f"{name.removesuffix('_⋯')} from {written(low)} to {written(high)}{of}")
        return ", ".join(said)

    def _held(self, count: Count) -> list[int]:
        """Return at how many points each relation was decided: none may be idle."""
        return [count.held.get(id(link), 0) for pairs in self.links for link in pairs]

    def _at(self, number: int, answer: Answer | None, count: Count) -> Disagreement | None:
        """Try one point; return how sides disagree there, if they do."""
        point = self.points[number]
        code = self._code_value(answer) if answer else None
        try:
            extents = self._extents(number, code)
        except Singular:  # the size of an inverse that there is not
            count.left_out += 1
            return None
        if isinstance(code, np.ndarray) and code.shape[: len(extents)] != tuple(extents):
            shapes = (f"an array of shape {code.shape}", f"of shape {tuple(extents)}")
            right = spelled(self.problem.statements[0].terms[-1])
            return Disagreement(_shown(point, {}), *shapes, ("the code", right))
        if code is not None and self._is_outside(code):
            low, high = self.problem.within
            must = f"from {low:g} to {high:g}" if high < math.inf else f"at least {low:g}"
            left = spelled(self.problem.statements[0].terms[0])
            return Disagreement(_shown(point, {}), written(code), must, ("the code", left))
        outcomes = []
        first = self.definitions.first
        for places in product(*(range(first, first + extent) for extent in extents)):
            local = dict(zip(self.free, places, strict=True))
            one = _element(code, tuple(place - first for place in places))
            for position, statement in enumerate(self.problem.statements):
                held = (answer, one) if position == 0 else (None, None)
                outcome = self._statement(position, statement, local, number, held, count)
                outcomes.append(outcome)
                if isinstance(outcome, tuple):
                    left, right, link = outcome
                    named = (spelled(link.left) if link.left else "the code", spelled(link.right))
                    if link.letter:
                        named = (f"{named[0]} with the code's {link.letter}", named[1])
                    return Disagreement(_shown(point, local), left, right, named)
        if "undecided" in outcomes:
            count.undecided += 1
        elif "held" in outcomes:
            count.decided += 1
        else:
            count.left_out += 1
        if answer:
            count.warnings.update(dict.fromkeys(answer.warnings))
        return None

    def _extents(self, number: int, code: "Array | float | None") -> list[int]:
        """Return how far the indices run that nothing binds: the equation holds for each."""
        if not self.free:
            return []
        evaluation = Evaluation(self.definitions, self._balls(number))
        sides = [t for s in self.problem.statements for t in s.terms[1:]]
        firsts = [s.terms[0] for s in self.problem.statements]
        try:
            return [_extent(evaluation, name, sides, firsts) for name in self.free]
        except Meaningless:  # c_k = Σ_i x_i cos(ik): as many elements as the code gives
            if not isinstance(code, np.ndarray) or code.ndim < len(self.free):
                raise
            return list(code.shape[: len(self.free)])

    def _is_outside(self, code: "Array | float") -> bool:
        """Tell whether the code's value lies where what it is called cannot."""
        low, high = self.problem.within
        if (low, high) == ANYTHING:
            return False
        if np.iscomplexobj(code):
            return True
        return bool(np.any(code < low - NEARLY) or np.any(code > high + NEARLY))

    def _statement(
        self,
        position: int,
        statement: Statement,
        free: Mapping[str, int],
        number: int,
        held: "tuple[Answer | None, Array | float | None]",
        count: Count,
    ) -> "str | tuple[str, str, Link]":
        """Return ``held``, ``undecided``, ``left out``, or the two sides that disagree."""
        answer, code = held
        pairs = self.links[position]
        if not pairs:
            return "left out"
        state = "undecided"
        near = Surroundings(self.points[number], self._balls(number), self.problem.scope.variables)
        for bits in BITS if all(link.code for link in pairs) else EXACT_BITS:
            with precision(bits):
                evaluation = Evaluation(self.definitions, self._balls(number))
                sides = Sides(
                    evaluation,
                    free,
                    last=bits == BITS[-1],
                    near=near,
                    tolerance=self.problem.annotation.tolerance,
                )
                if not all(sides.hold(one) for one in statement.conditions):
                    return "left out"
                states = []
                for link in pairs:
                    found = compare(sides, link, code if link.code else None, answer, count)
                    if isinstance(found, tuple):
                        return found
                    states.append(found)
            state = overall(states)
            if state != "undecided":
                break
        for link, found in zip(pairs, states, strict=True):
            count.held[id(link)] = count.held.get(id(link), 0) + (found == "held")
        return state

    def _code_value(self, answer: Answer) -> "Array | float | None":
        """Return what the code gave, for all free indices; None if it raised an error."""
        if answer.raised or self.problem.code is None:
            return None
        if isinstance(answer.value, float) and not self.problem.code.picks:
            return answer.value
        if isinstance(answer.value, dict):  # complex numbers
            value: Array = np.array(answer.value["real"]) + 1j * np.array(answer.value["imag"])
        else:
            value = np.array(answer.value, dtype=float)
        try:
            for pick in self.problem.code.picks:
                value = value[pick]
        except IndexError:
            raise Meaningless(
                f"the call returns an array of shape {value.shape}, which has no such element"
            ) from None
        return value.item() if np.ndim(value) == 0 else value


def _nesting(term: Term) -> int:
    """Return how many sums of a term run inside another one."""

    def depth(part: Term) -> int:
        return isinstance(part, Repeated) + max(map(depth, children(part)), default=0)

    return max(0, depth(term) - 1)


def _exists(evaluation: Evaluation, sides: Sequence[Term], local: Mapping[str, Value]) -> bool:
    """Tell whether all elements exist that sides have with some values for their indices."""
    for term in sides:
        try:
            evaluation.value(term, dict(local))
        except NoElement:
            return False
        except (Undefined, Meaningless):
            continue
    return True


def _element(value: "Array | float | None", places: tuple[int, ...]) -> "Array | float | None":
    """Return what the code gave for free indices."""
    if not isinstance(value, np.ndarray) or not places:
        return value
    element: Any = value[places]
    return element if isinstance(element, np.ndarray) else element.item()


def _extent(
    evaluation: Evaluation, index: str, sides: Sequence[Term], firsts: Sequence[Term]
) -> int:
    first = evaluation.definitions.first
    for term in (*sides, *firsts):
        try:
            extent = evaluation.extent(index, term, {})
        except Meaningless:
            continue
        if _exists(evaluation, sides, {index: arb(first + extent - 1)}):
            return extent
        break
    # As far as all elements exist that the sides have: x_{n-i+1}, or a sum up to k.
    for extent in range(1, LONGEST):
        if not _exists(evaluation, sides, {index: arb(first + extent)}):
            return extent
    raise Meaningless(f"how far {index} runs is not said")


def _floats(value: Value) -> Any:
    if isinstance(value, np.ndarray):
        return [_floats(one) for one in value]
    return float(value.mid()) if isinstance(value, arb) else math.nan


def _shown(point: Point, free: Mapping[str, int]) -> str:
    """Return the letters with their values."""
    parts = [f"{name.removesuffix('_⋯')} = {written(value)}" for name, value in point.items()]
    return ", ".join([*parts, *(f"{name} = {place}" for name, place in free.items())])
