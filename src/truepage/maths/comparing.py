"""Comparing the sides of an equation at one point, with each other and with the code."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flint import arb

from truepage.maths.balls import Evaluation
from truepage.maths.calls import Answer
from truepage.maths.functions import NoCase, Undefined
from truepage.maths.linear import Array, Meaningless, Value
from truepage.maths.notation import Statement
from truepage.maths.slopes import NoDerivative
from truepage.maths.terms import Apply, Comparison, Number, Term

TOLERANCE = 1e-9
SMALLEST = 2.3e-308
"""What two numbers may differ by in any case: the smallest normal float."""

NO_CASE = "undefined: no case applies"


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


def links(statement: Statement, defines: bool, code: bool) -> list[Link]:
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


def compare(
    sides: Sides, link: Link, code: "Array | float | None", answer: Answer | None, count: Count
) -> "str | tuple[str, str, Link]":
    """Return ``held``, ``undecided``, ``left out``, or the two values that differ, as shown."""
    right = sides.value(link.right)
    if link.left is None:
        if isinstance(right, Undefined):
            if isinstance(right, NoCase) and code is not None and np.all(np.isfinite(code)):
                count.gaps.append((written(code), NO_CASE, link))
            return "left out"
        if code is None:
            return (f"raises {answer.raised if answer else ''}", written(right), link)
        state = _code_agrees(code, right, count, last=sides.last)
        return state if state != "differs" else (written(code), written(right), link)
    left = sides.value(link.left)
    if isinstance(left, Undefined) or isinstance(right, Undefined):
        if isinstance(left, NoDerivative) and not isinstance(right, Undefined):
            return (f"undefined: {left}", written(right), link)
        if isinstance(right, NoDerivative) and not isinstance(left, Undefined):
            return (written(left), f"undefined: {right}", link)
        if isinstance(right, NoCase) and not isinstance(left, Undefined):
            count.gaps.append((written(left), NO_CASE, link))
        if isinstance(left, NoCase) and not isinstance(right, Undefined):
            count.gaps.append((NO_CASE, written(right), link))
        return "left out"
    state = _related(left, link.relation, right, link.right)
    return state if state != "differs" else (written(left), written(right), link)


def _related(left: Value, relation: str, right: Value, term: Term) -> str:
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        if _shape(left) != _shape(right):
            raise Meaningless(f"sides of shape {_shape(left)} and {_shape(right)} are compared")
        return overall(
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
        return overall([_code_agrees(float(one), other, count, last=last) for one, other in pairs])
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


def overall(states: Sequence[str]) -> str:
    """Return what several comparisons come to together."""
    for state in ("differs", "undecided", "held"):
        if state in states:
            return state
    return "left out"


def written(value: "Value | float") -> str:
    """Return a number, or the numbers in an array, as messages show them."""
    if isinstance(value, np.ndarray):
        return "[" + ", ".join(written(one) for one in value) + "]"
    if isinstance(value, arb):
        if not value.is_finite():
            return "nothing known"
        number = float(value.mid())
        if math.isinf(number) or (number == 0 and not value.is_zero()):
            return str(value.mid().str(6, radius=False))
        value = number
    return f"{value:.6g}".replace("-", "−") if isinstance(value, float) else str(value)
