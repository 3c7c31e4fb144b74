"""Verifying an equation: what its sides and its code come to at many points.

Sides are evaluated in ball arithmetic (`truepage.maths.balls`) with more and more bits until it is
certain whether they agree; code is called by the engine beforehand. Two numbers agree if they
differ by less than 10⁻⁹ of the second; beyond the range of floats the code must give ±∞. A point
at which a side has no value is left out and counted, except that a derivative which does not exist
cannot be equal to anything. How many units in the last place (ULP) the code is off, and what it
warned of, is reported apart.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from flint import arb

from truepage.maths.balls import Evaluation, numbers, precision
from truepage.maths.calls import Answer, Arguments
from truepage.maths.comparing import Count, Link, Sides, compare, links, overall, written
from truepage.maths.definitions import Definitions
from truepage.maths.functions import Undefined
from truepage.maths.linear import Array, Meaningless, Value
from truepage.maths.notation import Statement
from truepage.maths.points import Point, points
from truepage.maths.problem import Problem
from truepage.maths.spelling import spelled
from truepage.maths.terms import Symbol, Term, walk
from truepage.maths.verdict import Disagreement, Verdict

BITS = (128, 320, 800, 2000)
"""Precisions, tried one after another."""

ENOUGH = 5
"""Points that must be decided, unless there are fewer."""

GAPS = 5
"""At how many points a case distinction may have no case where the other side has a value."""


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
        self.definitions = Definitions(problem.definitions())
        self.free = problem.free_indices()
        self.links = [
            links(statement, at in problem.defines, problem.code is not None and at == 0)
            for at, statement in enumerate(problem.statements)
        ]
        self.points = list(self._points()) if tried is None else tried
        self.given: dict[int, dict[str, Value]] = {}  # the points as balls
        self.refuted_at: int | None = None

    def _points(self) -> Iterator[Point]:
        bodies = [definition.body for definition in self.definitions.table.values()]
        terms = [*(t for s in self.problem.statements for t in s.terms), *bodies]
        for point in points(self.problem.scope.variables, self._leading(), terms):
            if self._allowed(point):
                yield point

    def _leading(self) -> list[str]:
        """Return the letters that run over the whole grid: the code's first, or all."""
        code = self.problem.code
        if code is None:
            return list(self.problem.scope.variables)
        for _, argument in code.arguments:
            for name in _symbols(argument):
                if name in self.problem.scope.variables:
                    return [name]
        return []

    def _allowed(self, point: Point) -> bool:
        if not self.problem.scope.constraints:
            return True
        evaluation = Evaluation(self.definitions, numbers(point))
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
        sizes = self.problem.scope.sizes
        found: list[Arguments] = []
        for number, point in enumerate(self.points):
            positional: list[Any] = []
            named: dict[str, Any] = {}
            for keyword, argument in code.arguments:
                if isinstance(argument, int | float):
                    given: Any = argument
                elif isinstance(argument, Symbol) and argument.name in point:
                    own = point[argument.name]
                    size = argument.name in sizes
                    given = (
                        own.tolist() if isinstance(own, np.ndarray) else int(own) if size else own
                    )
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
        try:
            for number in range(len(self.points)) if only is None else only:
                answer = answers[number] if code else None
                found = self._at(number, answer, count)
                if found:
                    self.refuted_at = number
                    return Verdict("refuted", against, count.decided, disagreement=found)
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
        )
        tried = len(self.points) if only is None else len(only)
        wanted = min(ENOUGH, tried) if self.problem.scope.variables else 1
        decided = min(count.decided, *(self._held(count)), count.decided)
        if decided < max(wanted, 1) or count.undecided > count.decided:
            words = (
                f"only {decided} points could be decided; at {count.left_out} a side has no value, "
                f"{count.undecided} stay undecided"
            )
            return replace(verdict, status="undecided", words=words)
        allowed = self.problem.annotation.accuracy
        if allowed is not None and count.ulps is not None and count.ulps > allowed:
            words = f"the code is off by {count.ulps:.1f} ULP; {allowed:g} are declared"
            return replace(verdict, status="refuted", words=words)
        return verdict

    def _held(self, count: Count) -> list[int]:
        """Return at how many points each relation was decided: none may be idle."""
        return [count.held.get(id(link), 0) for pairs in self.links for link in pairs]

    def _at(self, number: int, answer: Answer | None, count: Count) -> Disagreement | None:
        """Try one point; return how sides disagree there, if they do."""
        point, given = self.points[number], self._balls(number)
        outcomes = []
        for local in self._free(Evaluation(self.definitions, given)):
            for position, statement in enumerate(self.problem.statements):
                held = answer if position == 0 else None
                outcome = self._statement(position, statement, local, given, held, count)
                outcomes.append(outcome)
                if len(count.gaps) >= GAPS:  # more than the single points that may be left out
                    outcome = count.gaps[-1]
                if isinstance(outcome, tuple):
                    left, right, link = outcome
                    named = (spelled(link.left) if link.left else "the code", spelled(link.right))
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

    def _free(self, evaluation: Evaluation) -> Iterator[dict[str, int]]:
        """Yield values for the indices that nothing binds: each holds for all its elements."""
        names = self.free
        if not names:
            yield {}
            return
        terms = [t for s in self.problem.statements for t in (*s.terms[1:], s.terms[0])]
        extents = []
        for name in names:
            extents.append(_extent(evaluation, name, terms))
        for places in product(*(range(1, extent + 1) for extent in extents)):
            yield dict(zip(names, places, strict=True))

    def _statement(
        self,
        position: int,
        statement: Statement,
        free: Mapping[str, int],
        given: Mapping[str, Value],
        answer: Answer | None,
        count: Count,
    ) -> "str | tuple[str, str, Link]":
        """Return ``held``, ``undecided``, ``left out``, or the two sides that disagree."""
        pairs = self.links[position]
        if not pairs:
            return "left out"
        state = "undecided"
        for bits in BITS:
            with precision(bits):
                evaluation = Evaluation(self.definitions, given)
                sides = Sides(evaluation, free, last=bits == BITS[-1])
                if not all(sides.hold(one) for one in statement.conditions):
                    return "left out"
                states = []
                for link in pairs:
                    code = self._code_value(answer, free) if link.code else None
                    found = compare(sides, link, code, answer, count)
                    if isinstance(found, tuple):
                        return found
                    states.append(found)
            state = overall(states)
            if state != "undecided":
                break
        for link, found in zip(pairs, states, strict=True):
            count.held[id(link)] = count.held.get(id(link), 0) + (found == "held")
        return state

    def _code_value(self, answer: Answer | None, free: Mapping[str, int]) -> "Array | float | None":
        assert answer is not None and self.problem.code is not None  # noqa: S101
        if answer.raised:
            return None
        value = np.array(answer.value, dtype=float)
        try:
            for pick in self.problem.code.picks:
                value = value[pick]
            if free and value.ndim:
                value = value[tuple(place - 1 for place in free.values())]
        except IndexError:
            raise Meaningless(
                f"the call returns an array of shape {value.shape}, which has no such element"
            ) from None
        return float(value) if np.ndim(value) == 0 else value


def _extent(evaluation: Evaluation, index: str, terms: Sequence[Term]) -> int:
    for term in terms:
        try:
            return evaluation.extent(index, term, {})
        except Meaningless:
            continue
    raise Meaningless(f"how far {index} runs is not said")


def _symbols(argument: Term | float) -> Iterator[str]:
    if not isinstance(argument, int | float):
        yield from (part.name for part in walk(argument) if isinstance(part, Symbol))


def _floats(value: Value) -> Any:
    if isinstance(value, np.ndarray):
        return [_floats(one) for one in value]
    return float(value.mid()) if isinstance(value, arb) else math.nan


def _shown(point: Point, free: Mapping[str, int]) -> str:
    """Return the letters with their values."""
    parts = [f"{name.removesuffix('_⋯')} = {written(value)}" for name, value in point.items()]
    return ", ".join([*parts, *(f"{name} = {place}" for name, place in free.items())])
