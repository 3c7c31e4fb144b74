"""Verification of an equation: values of its sides and of its code at many points.

Sides are evaluated in ball arithmetic with more and more bits until it is certain whether they
agree; code is called beforehand. Two numbers agree if they differ by less than 10⁻⁹ of the second;
the code's also if the formula has its value within ±1 ULP of the point, or if the author accepts
the error. Beyond the range of floats the code must give ±∞. A point at which no side has a value is
left out and counted; one at which a single side has none is a difference. The code's error in units
in the last place (ULP) and its warnings are reported apart.
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

from truepage.maths.arrays import Array, Meaningless, Value
from truepage.maths.calls import Answer, Arguments
from truepage.maths.comparing import Outcome, compare, links, overall
from truepage.maths.domains import Domain, Finite, Whole
from truepage.maths.environment import Definitions, numbers
from truepage.maths.evaluation import Evaluation
from truepage.maths.functions import Singular, Undefined
from truepage.maths.jets import precision
from truepage.maths.left_side import ANYTHING
from truepage.maths.points import FRIENDLY, Point, Sampler
from truepage.maths.problem import Problem
from truepage.maths.sides import Sides, extent_of
from truepage.maths.terms import (
    IMAGINARY,
    Comparison,
    Repeated,
    Symbol,
    Term,
    children,
    reached,
    spelled,
)
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
    """A problem with the points at which it is tried, by default those that suit it."""

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
        self.points = list(self._points(terms)) if tried is None else tried
        self.given: dict[int, dict[str, Value]] = {}  # the points as balls
        self.refuted_at: int | None = None

    def _points(self, sides: Sequence[Term]) -> Iterator[Point]:
        table, scope = self.definitions.table, self.problem.scope
        terms = [*sides, *(one.body for one in table.values()), *scope.constraints]
        # What is defined element by element may be a recurrence, or a sum for each of them.
        inside = any(one.indexed for one in table.values())
        nested = len(self.free) + max(0, max(map(_nesting, terms)) - 1) + inside
        floats = self.problem.annotation.accuracy is not None
        # Where its sides are equal an inequality may fail that holds all around.
        strict = (one for one in self.problem.statements if one.is_strict)
        terms += [Comparison(one.terms, one.relations) for one in strict]
        sampler = Sampler(scope.variables, terms, floats=floats)
        found = list(sampler.points(LARGE[min(nested, len(LARGE) - 1)]))
        for point in [*found, *sampler.ties(found[:FRIENDLY], self.definitions)]:
            if self._allowed(point):
                yield point

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
        if self.problem.code is None:
            return []
        scope = self.problem.scope
        whole = {name for name, domain in scope.variables.items() if _is_whole(domain)}
        whole |= scope.sizes
        found: list[Arguments] = []
        for number, point in enumerate(self.points):
            positional, named = [], {}
            for keyword, argument in self.problem.code.arguments:
                given: Any = argument
                if isinstance(argument, Symbol) and argument.name in point:
                    own = point[argument.name]
                    given = own.tolist() if isinstance(own, np.ndarray) else own
                    if argument.name in whole:
                        given = int(given)
                elif not isinstance(argument, int | float):
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

        Only some points may be chosen.
        """
        code = self.problem.code
        against = code.function.symbol if code else "identity"
        count = Count()
        begun, slow = time.process_time(), False
        chosen = range(len(self.points)) if only is None else only
        try:
            for number in chosen:
                found = self._at(number, answers[number] if code else None, count)
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
            tried=_tried(count.compared),
        )
        words = self._doubts(count, len(chosen), slow)
        if words:
            return replace(verdict, status="undecided", words=words)
        allowed = self.problem.annotation.accuracy
        if allowed is not None and count.ulps is not None and count.ulps > allowed:
            words = f"the code is off by {count.ulps:.1f} ULP; {allowed:g} are declared"
            return replace(verdict, status="refuted", words=words)
        return verdict

    def _doubts(self, count: Count, tried: int, slow: bool) -> str:
        """Return why an equation is undecided that is nowhere refuted, if it is."""
        if self.problem.scope.constraints and tried < FEW:
            words = f"the conditions leave {tried} of the points that would be tried"
            return f"{words}; expected domains, such as `% where: p \\in (0, 1)`"
        if slow:
            words = f"to evaluate it takes longer than {SECONDS} s"
            return f"{words}: {count.decided} of {tried} points were decided; write smaller sums"
        # None of the relations may be idle.
        held = [count.held.get(id(link), 0) for pairs in self.links for link in pairs]
        decided = min([count.decided, *held])
        wanted = min(ENOUGH, tried) if self.problem.scope.variables else 1
        if decided < max(wanted, 1) or count.undecided * UNDECIDED > tried:
            words = f"only {decided} points could be decided; at {count.left_out} no side has a"
            return f"{words} value, {count.undecided} stay undecided"
        if count.undecided and any(one.is_strict for one in self.problem.statements):
            at = f"at {count.open_at} " if count.open_at else ""
            return f"{at}it is not certain that its sides are not equal"
        if 2 * count.shaky > count.judged:
            words = f"for {count.shaky} of {count.judged} values of the code rounding leaves open"
            return f"{words} what the formula gives; expected one that loses fewer digits"
        return ""

    def _at(self, number: int, answer: Answer | None, count: Count) -> Disagreement | None:
        """Try one point; return how sides disagree there, if they do."""
        point, first = self.points[number], self.definitions.first
        code = self._code_value(answer) if answer else None
        try:
            extents = self._extents(number, code)
        except Singular:  # the size of an inverse that there is not
            count.left_out += 1
            return None
        differ = self._unlike(code, extents)
        if differ:
            return Disagreement(_shown(point, {}), *differ)
        outcomes = set()
        for places in product(*(range(first, first + extent) for extent in extents)):
            local = dict(zip(self.free, places, strict=True))
            one = _element(code, tuple(place - first for place in places))
            for position in range(len(self.problem.statements)):
                held = (answer, one) if position == 0 else (None, None)
                outcome = self._statement(position, local, number, *held, count)
                if isinstance(outcome, Disagreement):
                    return outcome
                outcomes.add(outcome)
        if "undecided" in outcomes:
            count.undecided += 1
            count.open_at = count.open_at or _shown(point, {})
        if "held" in outcomes and "undecided" not in outcomes:
            count.decided += 1
            count.compared.append(point)
        count.left_out += not outcomes & {"held", "undecided"}
        if answer:
            count.warnings.update(dict.fromkeys(answer.warnings))
        return None

    def _unlike(self, code: Any, extents: list[int]) -> tuple[str, str, tuple[str, str]] | None:
        """Return the code's value, and what it must be like, if it is not."""
        sides = self.problem.statements[0].terms
        if isinstance(code, np.ndarray) and code.shape[: len(extents)] != tuple(extents):
            is_, must = f"an array of shape {code.shape}", f"of shape {tuple(extents)}"
            return is_, must, ("the code", spelled(sides[-1]))
        if code is None or self.problem.within == ANYTHING:
            return None
        low, high = self.problem.within  # of what a name like y² stands for
        inside = not np.iscomplexobj(code)
        if inside and not (np.any(code < low - NEARLY) or np.any(code > high + NEARLY)):
            return None
        must = f"from {low:g} to {high:g}" if high < math.inf else f"at least {low:g}"
        return written(code), must, ("the code", spelled(sides[0]))

    def _extents(self, number: int, code: "Array | float | None") -> list[int]:
        """Return how far the indices run that nothing binds: the equation holds for each."""
        if not self.free:
            return []
        evaluation = Evaluation(self.definitions, self._balls(number))
        sides = [t for s in self.problem.statements for t in s.terms[1:]]
        firsts = [s.terms[0] for s in self.problem.statements]
        try:
            return [extent_of(evaluation, name, sides, firsts) for name in self.free]
        except Meaningless:  # c_k = Σ_i x_i cos(ik): as many elements as the code gives
            if not isinstance(code, np.ndarray) or code.ndim < len(self.free):
                raise
            return list(code.shape[: len(self.free)])

    def _statement(
        self,
        position: int,
        free: Mapping[str, int],
        number: int,
        answer: Answer | None,
        code: "Array | float | None",
        count: Count,
    ) -> str | Disagreement:
        """Return ``held``, ``undecided``, ``left out``, or how two sides disagree."""
        pairs, state = self.links[position], "undecided"
        if not pairs:
            return "left out"
        states: list[str] = []
        point = self.points[number]
        for bits in BITS if all(link.code for link in pairs) else EXACT_BITS:
            with precision(bits):
                given, last = self._balls(number), bits == BITS[-1]
                sides = Sides(self.problem, self.definitions, point, given, free, last=last)
                if not all(map(sides.hold, self.problem.statements[position].conditions)):
                    return "left out"
                states = []
                for link in pairs:
                    found: Outcome = compare(sides, link, code, answer, count)
                    if not isinstance(found, str):
                        left = spelled(link.left) if link.left else "the code"
                        left += f" with the code's {link.letter}" if link.letter else ""
                        named = (left, spelled(link.right))
                        return Disagreement(_shown(point, free), *found, named)
                    states.append(found)
            state = overall(states)
            if state != "undecided":
                break
        for link, one in zip(pairs, states, strict=True):
            count.held[id(link)] = count.held.get(id(link), 0) + (one == "held")
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


def _is_whole(domain: Domain) -> bool:
    """Tell whether a letter is a whole number."""
    of = domain.of
    whole = isinstance(of, Finite) and all(value.denominator == 1 for value in of.values)
    return not domain.shape and (whole or isinstance(of, Whole))


def _nesting(term: Term) -> int:
    """Return how many sums of a term run inside each other."""
    return isinstance(term, Repeated) + max(map(_nesting, children(term)), default=0)


def _element(value: "Array | float | None", places: tuple[int, ...]) -> "Array | float | None":
    """Return what the code gave for free indices."""
    if not isinstance(value, np.ndarray) or not places:
        return value
    element: Any = value[places]
    return element if isinstance(element, np.ndarray) else element.item()


def _floats(value: Value) -> Any:
    if isinstance(value, np.ndarray):
        return [_floats(one) for one in value]
    return float(value.mid()) if isinstance(value, arb) else math.nan


def _tried(points: Sequence[Point]) -> str:
    """Return the values of the letters at some points."""
    said = []
    for name in points[0] if points else ():
        arrays = [np.ravel(point[name]) for point in points]
        longest = max(array.size for array in arrays)
        numbers = np.hstack(arrays)
        low, high = written(float(numbers.min())), written(float(numbers.max()))
        of = f" in up to {longest} elements" if longest > 1 else ""
        said.append(f"{name.removesuffix('_⋯')} from {low} to {high}{of}")
    return ", ".join(said)


def _shown(point: Point, free: Mapping[str, int]) -> str:
    """Return the letters with their values."""
    parts = [f"{name.removesuffix('_⋯')} = {written(value)}" for name, value in point.items()]
    return ", ".join([*parts, *(f"{name} = {place}" for name, place in free.items())])
