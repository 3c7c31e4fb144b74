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
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, Literal, TypeAlias

import numpy as np
from flint import arb

from truepage.maths.balls import Evaluation, numbers, precision
from truepage.maths.calls import Answer, Arguments
from truepage.maths.definitions import Definitions
from truepage.maths.functions import NoCase, Undefined
from truepage.maths.linear import Array, Meaningless, Value
from truepage.maths.notation import Statement
from truepage.maths.points import Point, points
from truepage.maths.problem import Problem
from truepage.maths.slopes import NoDerivative
from truepage.maths.spelling import spelled
from truepage.maths.terms import Apply, Comparison, Number, Symbol, Term, walk

Status: TypeAlias = Literal["checked", "refuted", "not understood", "undecided", "unchecked"]

TOLERANCE = 1e-9
SMALLEST = 2.3e-308
"""What two numbers may differ by in any case: the smallest normal float."""

BITS = (128, 320, 800, 2000)
"""Precisions, tried one after another."""

ENOUGH = 5
"""Points that must be decided, unless there are fewer."""

NO_CASE = "undefined: no case applies"

GAPS = 5
"""At how many points a case distinction may have no case where the other side has a value."""

ULPS = 4.0
"""How far code may be off before the listing notes it."""


@dataclass(frozen=True)
class Disagreement:
    """The first point where an equation does not hold: the letters' values, and both sides'."""

    at: str
    left: str
    right: str
    sides: tuple[str, str]


@dataclass(frozen=True)
class Verdict:
    """What came of verifying an equation.

    Parameters
    ----------
    status
        Whether it holds.
    against
        What it was held to: a dotted name, ``identity``, or nothing.
    points
        How many points were decided.
    left_out, undecided
        At how many a side has no value, and how many stay undecided.
    ulps
        The largest error of the code, in units in the last place; None: there is no code.
    warnings
        What the code warned of.
    disagreement
        Where it does not hold.
    words
        What is not understood, or why it is not checked.
    repair
        The edit that would make it true.
    """

    status: Status
    against: str = ""
    points: int = 0
    left_out: int = 0
    undecided: int = 0
    ulps: float | None = None
    warnings: tuple[str, ...] = ()
    disagreement: Disagreement | None = None
    words: str = ""
    repair: str = ""


@dataclass
class Count:
    """Points counted while an equation is verified."""

    decided: int = 0
    left_out: int = 0
    undecided: int = 0
    ulps: float | None = None
    warnings: dict[str, None] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)  # link → at how many points it was decided
    gaps: list[tuple[str, str, "Link"]] = field(default_factory=list)  # no case applies there


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
            _links(statement, at in problem.defines, problem.code is not None and at == 0)
            for at, statement in enumerate(problem.statements)
        ]
        self.points = list(self._points()) if tried is None else list(tried)
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
        found: list[Arguments] = []
        for point in self.points:
            evaluation = Evaluation(self.definitions, numbers(point))
            positional: list[Any] = []
            named: dict[str, Any] = {}
            for keyword, argument in code.arguments:
                given = self._float(argument, point, evaluation)
                if keyword:
                    named[keyword] = given
                else:
                    positional.append(given)
            found.append((positional, named))
        return found

    def _float(self, argument: Term | float, point: Point, evaluation: Evaluation) -> Any:
        if isinstance(argument, int | float):
            return argument
        if isinstance(argument, Symbol) and argument.name in point:
            own = point[argument.name]
            if isinstance(own, np.ndarray):
                return own.tolist()
            whole = argument.name in self.problem.scope.sizes
            return int(own) if whole else own
        try:
            with precision(BITS[0]):
                return _floats(evaluation.value(argument))
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
                found = self._at(self.points[number], answer, count)
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
        return [count.held.get(id(link), 0) for links in self.links for link in links]

    def _at(self, point: Point, answer: Answer | None, count: Count) -> Disagreement | None:
        """Try one point; return how sides disagree there, if they do."""
        given = numbers(point)
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
        links = self.links[position]
        if not links:
            return "left out"
        state = "undecided"
        for bits in BITS:
            with precision(bits):
                evaluation = Evaluation(self.definitions, given)
                sides = Sides(evaluation, free, last=bits == BITS[-1])
                if not all(sides.hold(one) for one in statement.conditions):
                    return "left out"
                states = []
                for link in links:
                    code = self._code_value(answer, free) if link.code else None
                    found = _compare(sides, link, code, answer, count)
                    if isinstance(found, tuple):
                        return found
                    states.append(found)
            state = _overall(states)
            if state != "undecided":
                break
        for link, found in zip(links, states, strict=True):
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


@dataclass(frozen=True)
class Link:
    """Two things that a statement says are related; a side may be the code."""

    left: Term | None
    relation: str
    right: Term

    @property
    def code(self) -> bool:
        """Whether the left side is the code."""
        return self.left is None


def _links(statement: Statement, defines: bool, code: bool) -> list[Link]:
    """Return the pairs to compare: neighbours, and the code with the first side it can be."""
    terms, relations = list(statement.terms), list(statement.relations)
    links = []
    if code:
        assignment = bool(relations) and relations[0] == "\\leftarrow"
        first = 1 if (defines or assignment) else 0
        links.append(Link(None, "=", terms[first]))
        if assignment:
            terms, relations = terms[1:], relations[1:]
    if defines:
        terms, relations = terms[1:], relations[1:]
    for left, relation, right in zip(terms, relations, terms[1:], strict=False):
        links.append(Link(left, relation, right))
    return links


class Sides:
    """The sides of a statement at one point, each evaluated once.

    Parameters
    ----------
    evaluation
        What the letters have as values.
    free
        Indices with their places.
    last
        Whether no more precision is to come.
    """

    def __init__(self, evaluation: Evaluation, free: Mapping[str, int], *, last: bool) -> None:
        self.last = last
        self._evaluation = evaluation
        self._local: dict[str, Value] = {name: arb(place) for name, place in free.items()}
        self._values: dict[int, Value | Undefined] = {}

    def value(self, term: Term) -> Value | Undefined:
        """Return the value of a side, or why it has none."""
        key = id(term)
        if key not in self._values:
            try:
                self._values[key] = self._evaluation.value(term, self._local)
            except Undefined as error:
                self._values[key] = error
        return self._values[key]

    def hold(self, condition: Comparison) -> bool:
        """Whether a condition certainly holds."""
        try:
            return self._evaluation.holds(condition, self._local) is True
        except Undefined:
            return False


def _compare(
    sides: Sides, link: Link, code: "Array | float | None", answer: Answer | None, count: Count
) -> "str | tuple[str, str, Link]":
    right = sides.value(link.right)
    if link.left is None:
        if isinstance(right, Undefined):
            if isinstance(right, NoCase) and code is not None and np.all(np.isfinite(code)):
                count.gaps.append((_written(code), NO_CASE, link))
            return "left out"
        if code is None:
            return (f"raises {answer.raised if answer else ''}", _written(right), link)
        state = _code_agrees(code, right, count, last=sides.last)
        return state if state != "differs" else (_written(code), _written(right), link)
    left = sides.value(link.left)
    if isinstance(left, Undefined) or isinstance(right, Undefined):
        if isinstance(left, NoDerivative) and not isinstance(right, Undefined):
            return (f"undefined: {left}", _written(right), link)
        if isinstance(right, NoDerivative) and not isinstance(left, Undefined):
            return (_written(left), f"undefined: {right}", link)
        if isinstance(right, NoCase) and not isinstance(left, Undefined):
            count.gaps.append((_written(left), NO_CASE, link))
        if isinstance(left, NoCase) and not isinstance(right, Undefined):
            count.gaps.append((NO_CASE, _written(right), link))
        return "left out"
    state = _related(left, link.relation, right, link.right)
    return state if state != "differs" else (_written(left), _written(right), link)


def _related(left: Value, relation: str, right: Value, term: Term) -> str:
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        if _shape(left) != _shape(right):
            raise Meaningless(f"sides of shape {_shape(left)} and {_shape(right)} are compared")
        return _overall(
            [_related(a, relation, b, term) for a, b in zip(_flat(left), _flat(right), strict=True)]
        )
    if not isinstance(left, arb) or not isinstance(right, arb):
        raise Meaningless("a side is no number")
    if left.is_nan() or right.is_nan():
        return "undecided"
    difference = left - right
    match relation:
        case "=":
            return _equal(difference, right)
        case "\\approx":
            return _approximately(difference, term)
        case "\\ne":
            holds, fails = not difference.contains(0), difference.is_zero()
        case "<":
            holds, fails = difference < 0, difference >= 0
        case ">":
            holds, fails = difference > 0, difference <= 0
        case "\\le":
            holds, fails = difference <= 0, difference > 0
        case "\\ge":
            holds, fails = difference >= 0, difference < 0
        case _:
            raise Meaningless(f"the relation {relation} is not expected here")
    return "held" if holds else "differs" if fails else "undecided"


def _equal(difference: arb, reference: arb) -> str:
    size = abs(difference)
    allowed = abs(reference) * TOLERANCE + SMALLEST
    return "held" if size <= allowed else "differs" if size > allowed else "undecided"


def _approximately(difference: arb, term: Term) -> str:
    """Tell whether a number is one written out, to the digits that are shown."""
    number = term.arguments[0] if isinstance(term, Apply) and term.operation == "negate" else term
    if not isinstance(number, Number):
        raise Meaningless("on the right of ≈ stands no number written out")
    half = arb(10) ** -number.decimals / 2
    size = abs(difference)
    return "held" if size <= half else "differs" if size > half else "undecided"


def _code_agrees(code: "Array | float", reference: Value, count: Count, *, last: bool) -> str:
    if isinstance(reference, np.ndarray) or isinstance(code, np.ndarray):
        if _shape(code) != _shape(reference):
            raise Meaningless(
                f"the call returns an array of shape {_shape(code)}; "
                f"the formula has shape {_shape(reference)}"
            )
        pairs = zip(_flat(code), _flat(reference), strict=True)
        return _overall([_code_agrees(float(one), other, count, last=last) for one, other in pairs])
    if not isinstance(reference, arb):
        raise Meaningless("a side is no number")
    if reference.is_nan():
        return "undecided"
    if math.isnan(code):
        return "differs"
    if math.isinf(code):
        beyond = reference > LARGEST if code > 0 else reference < -LARGEST
        return "held" if beyond else "differs" if abs(reference) < LARGEST else "undecided"
    state = _equal(arb(code) - reference, reference)
    if state == "held":
        known = reference.rel_accuracy_bits() >= GOOD or reference.rad() < NOTHING
        if not known and not last:
            return "undecided"
        if known:
            _note_accuracy(code, reference, count)
    return state


def _shape(value: Any) -> tuple[int, ...]:
    return value.shape if isinstance(value, np.ndarray) else ()


def _flat(value: Any) -> list[Any]:
    return list(value.flat) if isinstance(value, np.ndarray) else [value]


GOOD = 60
"""Bits of a value that must be known before the code's error is told."""
NOTHING = arb(2) ** -1140

LARGEST = arb(2) ** 1024 * (1 - arb(2) ** -54)
"""From here on the nearest float is infinite."""


def _note_accuracy(code: float, reference: arb, count: Count) -> None:
    """Note how many units in the last place the code is off."""
    nearest = float(reference.mid())
    if not math.isfinite(nearest):
        return
    error = float(abs(arb(code) - reference).mid()) / math.ulp(nearest)
    count.ulps = max(count.ulps or 0.0, error)


def _overall(states: Sequence[str]) -> str:
    """Return what several comparisons come to together."""
    for state in ("differs", "undecided", "held"):
        if state in states:
            return state
    return "left out"


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


def _written(value: "Value | float") -> str:
    """Return a number, or the numbers in an array, as messages show them."""
    if isinstance(value, np.ndarray):
        return "[" + ", ".join(_written(one) for one in value) + "]"
    if isinstance(value, arb):
        if not value.is_finite():
            return "nothing known"
        number = float(value.mid())
        if math.isinf(number) or (number == 0 and not value.is_zero()):
            return str(value.mid().str(6, radius=False))
        value = number
    return f"{value:.6g}".replace("-", "−") if isinstance(value, float) else str(value)


def _shown(point: Point, free: Mapping[str, int]) -> str:
    """Return the letters with their values."""
    parts = [f"{name.removesuffix('_⋯')} = {_written(value)}" for name, value in point.items()]
    return ", ".join([*parts, *(f"{name} = {place}" for name, place in free.items())])
