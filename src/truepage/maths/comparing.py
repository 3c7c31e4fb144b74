"""Comparing the sides of an equation at one point, with each other and with the code."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from flint import acb, arb

from truepage.maths.arrays import Array, Meaningless, Scaled, Value
from truepage.maths.calculus import NoDerivative
from truepage.maths.calls import Answer
from truepage.maths.environment import ball
from truepage.maths.evaluation import UNORDERED
from truepage.maths.functions import NoCase, Singular, Undefined
from truepage.maths.notation import Statement
from truepage.maths.sides import ROUNDING_BITS, Sides
from truepage.maths.terms import Apply, Number, Term
from truepage.maths.verdict import Count, written, written_apart

TOLERANCE = 1e-9
NOUGHT = 1e-30
"""Distance from a limit of 0 right beside a point."""
ROUNDED = arb(2) ** -ROUNDING_BITS
SMALLEST = 2.3e-308
"""What two numbers may differ by in any case: the smallest normal float."""
LARGEST = arb(2) ** 1024 * (1 - arb(2) ** -54)
"""From here on the nearest float is infinite."""
NARROW_ENOUGH = arb(10) ** -12
"""Width, relative above 1, up to which two formulas may be known that are equal as far as known:
only limits and infinite sums are as wide."""
APART = 8
"""How many times as far off as by 1 ULP in each number code may be where a formula is shaky."""
NARROW = 1e-6
"""Relative width up to which the values of a term with branches on ±1 ULP tell anything."""
GOOD = 60
"""Bits of a value that must be known before the code's error is told."""
NOTHING = arb(2) ** -1140

Outcome: TypeAlias = "str | tuple[str, str]"
"""``held``, ``undecided``, ``left out``, ``differs``, or the two values that differ, as shown."""


@dataclass(frozen=True)
class ComparisonLink:
    """Two sides that a statement relates."""

    left: Term | None  # None: it is the code's value
    relation: str
    right: Term
    letter: str = ""  # of the left side, that stands for the code's value, as in 1/R = …

    @property
    def code(self) -> bool:
        """Whether the code's value is compared."""
        return self.left is None or bool(self.letter)


def links(
    statement: Statement, defines: bool, code: bool, letter: str = ""
) -> list[ComparisonLink]:
    """Return the pairs to compare: neighbours, and the code with the first side it can be."""
    terms, relations = list(statement.terms), list(statement.relations)
    links = []
    if code and letter:
        links.append(ComparisonLink(terms[0], relations[0], terms[1], letter))
        terms, relations = terms[1:], relations[1:]
    elif code:
        assignment = bool(relations) and relations[0] == "\\leftarrow"
        relation = "=" if assignment or not defines else relations[0]
        links.append(ComparisonLink(None, relation, terms[1 if (defines or assignment) else 0]))
        if assignment and not defines:
            terms, relations = terms[1:], relations[1:]
    if defines:
        terms, relations = terms[1:], relations[1:]
    for left, relation, right in zip(terms, relations, terms[1:], strict=False):
        links.append(ComparisonLink(left, relation, right))
    return links


def compare(
    sides: Sides, link: ComparisonLink, code: Any, answer: Answer | None, count: Count
) -> Outcome:
    """Compare two sides, or a side with what the code gave: None if it raised an error."""
    right = sides.value(link.right)
    if link.code and code is None:
        known = isinstance(right, Undefined) or all(_is_finite(one) for one in _flat(right))
        if not known and not sides.last:
            return "undecided"
        raised = answer.raised if answer else ""
        # Code that says itself that it cannot compute this far gives no wrong value.
        overflow = raised.startswith("OverflowError") and sides.far_out
        if not known or isinstance(right, Undefined) or overflow:
            return "left out"
        return f"raises {raised}", written(right)
    if link.left is None:
        return _compare_code(sides, link, code, count)
    if link.letter and not np.all(np.isfinite(code)):
        return "left out" if isinstance(right, Undefined) else (written(code), "finite")
    if link.letter:
        left = sides.with_letter(link.left, link.letter, ball(code))
    else:
        left = sides.value(link.left)
    without = [isinstance(one, Undefined) for one in (left, right)]
    if all(without) or isinstance(left, Singular) or isinstance(right, Singular):
        return "left out"
    if without[0]:
        outcome = _without_value(sides, link.left, left, right, of_code=bool(link.letter))
        return outcome if isinstance(outcome, str) else outcome[::-1]
    if without[1]:
        return _without_value(sides, link.right, right, left, of_code=bool(link.letter))
    state = _related(left, link.relation, right, link.right, of_code=bool(link.letter))
    return state if state != "differs" else written_apart(left, right)


def _compare_code(sides: Sides, link: ComparisonLink, code: Any, count: Count) -> Outcome:
    right = sides.value(link.right)
    if isinstance(right, Undefined):
        # At a kink code may give what it likes.
        silent = isinstance(right, Singular | NoDerivative) or not np.all(np.isfinite(code))
        return (
            "left out"
            if silent
            else _without_value(sides, link.right, right, ball(code), of_code=True)
        )
    if link.relation == "=":
        count.judged += 1
        state = _code_agrees(code, right, count, sides)
        if state == "differs":
            state = _with_rounding(sides, link.right, code, count)
        elif state == "undecided" and sides.last and _is_limit(sides, link.right, ball(code)):
            state = "held"  # in (a − b) / (ln a − ln b) nothing is known where a = b
    elif not np.all(np.isfinite(code)):
        state = "differs"
    else:
        state = _related(ball(code), link.relation, right, link.right, of_code=True)
    return state if state != "differs" else written_apart(code, right)


def _without_value(
    sides: Sides, term: Term, why: Undefined, other: Value, *, of_code: bool
) -> Outcome:
    """Judge a point at which one side has no value and the other has one.

    That is a difference, but for single points: where a case distinction leaves out one between
    two cases, and where code gives the limit (sin x / x at 0).
    """
    words = "undefined"
    if isinstance(why, NoDerivative):  # a formula that gives one there is wrong
        words = f"undefined: {why}"
    elif isinstance(why, NoCase):
        words = "undefined: no case applies"
        if sides.beside(term):
            return "left out"
    elif of_code and _is_limit(sides, term, other):
        return "held"
    return written(other), words


def _is_limit(sides: Sides, term: Term, value: Value) -> bool:
    """Tell whether a value is the limit of a side at the point, from wherever it has values."""
    values = sides.beside(term)
    return bool(values) and all(_near(one, value) for one in values)


def _near(value: Value, limit: Value) -> bool:
    """Tell whether a value right beside a point is the limit there, as far as can be seen."""
    if _shape(value) != _shape(limit):
        return False
    pairs = zip(_flat(value), _flat(limit), strict=True)
    return all(abs(one - other) <= TOLERANCE * abs(other) + NOUGHT for one, other in pairs)


def _with_rounding(sides: Sides, term: Term, code: "Array | float", count: Count) -> str:
    """Tell whether rounding explains a difference: ``held``, ``differs``, or ``undecided``.

    It does if the formula has the code's value within ±1 ULP of the point, computed as in floats.
    Beside a jump that explains nothing, unless it is the formula's own rounding that decides where
    the jump is. Where rounding may lead to a division by 0, no value of code is right or wrong.
    How often rounding explains nearly any value is counted.
    """
    for found in (sides.rounded, sides.wide):
        wide, here = found(term), found == sides.rounded
        if isinstance(wide, Undefined) or _shape(wide) != _shape(code):
            return "differs"
        pairs = list(zip(_flat(wide), _flat(code), strict=True))
        if not all(_is_finite(value) for value, _ in pairs):
            return "undecided" if here else "differs"
        if all(np.isfinite(one) and (ball(one) - value).contains(0) for value, one in pairs):
            narrow = all(value.rad() < NARROW * (1 + abs(value.mid())) for value, _ in pairs)
            count.shaky += not narrow
            if narrow or (not sides.jumps(term) and (here or _is_shaky(sides, term, code))):
                return "held"
            if here:
                return "undecided"
    return "differs"


def _is_shaky(sides: Sides, term: Term, code: "Array | float") -> bool:
    """Tell whether points within ±1 ULP have values that are as far apart as the code's is.

    A wide ball alone says nothing: it may hold much more than the values that there are.
    """
    here = _flat(sides.value(term))
    found = [_flat(one) for one in sides.corners(term) if not isinstance(one, Undefined)]
    for at, one in enumerate(_flat(code)):
        apart = [abs(value[at] - here[at]) for value in found if len(value) == len(here)]
        off = abs(ball(one) - here[at])
        if not any(APART * distance >= off for distance in apart):
            return False
    return True


def _for_each(judge: Callable[[Any, Any], str], left: Any, right: Any, words: str) -> str:
    """Return what comparing numbers, or arrays element by element, comes to together."""
    if _shape(left) != _shape(right):
        raise Meaningless(words.format(_shape(left), _shape(right)))
    return overall([judge(a, b) for a, b in zip(_flat(left), _flat(right), strict=True)])


def _related(left: Value, relation: str, right: Value, term: Term, *, of_code: bool) -> str:
    left = left.like(right) if isinstance(left, Scaled) else left
    right = right.like(left) if isinstance(right, Scaled) else right

    def judge(one: Any, other: Any) -> str:
        if not (_is_number(one) and _is_number(other)):
            raise Meaningless("a side is no number")
        difference = one - other
        if isinstance(difference, acb):
            if relation not in ("=", "\\ne"):
                raise Meaningless(UNORDERED)
            if not difference.is_finite():
                return "undecided"
        elif one.is_nan() or other.is_nan():
            return "undecided"
        return _judged(difference, relation, abs(other), term, of_code=of_code)

    return _for_each(judge, left, right, "sides of shape {} and {} are compared")


def _judged(difference: Any, relation: str, size: arb, term: Term, *, of_code: bool) -> str:
    """Tell whether a relation holds, from a difference and the size of the right side."""
    slack = size * ROUNDED if of_code else arb(0)
    small = NARROW_ENOUGH * size.max(arb(1))
    match relation:
        case "=" if of_code:
            return _within(difference, size * TOLERANCE + SMALLEST)
        case "\\approx":
            return _approximately(difference, term)
        case "=":
            holds, fails = abs(difference) <= small, not difference.contains(0)
        case "\\ne":
            holds, fails = not difference.contains(0), difference.is_zero()
        case "<":
            holds, fails = difference < 0, difference >= 0
        case ">":
            holds, fails = difference > 0, difference <= 0
        case "\\le":
            holds, fails = difference <= slack.max(small), difference > slack
        case "\\ge":
            holds, fails = difference >= -slack.max(small), difference < -slack
        case _:
            raise Meaningless(f"the relation {relation} is not expected here")
    return "differs" if fails else "held" if holds else "undecided"


def _within(difference: Any, allowed: arb) -> str:
    size = abs(difference)
    return "held" if size <= allowed else "differs" if size > allowed else "undecided"


def _approximately(difference: arb, term: Term) -> str:
    """Tell whether a number is one written out, to the digits that are shown."""
    number = term.arguments[0] if isinstance(term, Apply) and term.operation == "negate" else term
    if not isinstance(number, Number):
        raise Meaningless("on the right of ≈ stands no number written out")
    return _within(difference, arb(10) ** -number.decimals / 2)


def _code_agrees(code: "Array | float", reference: Value, count: Count, sides: Sides) -> str:
    def judge(one: Any, other: Any) -> str:
        return _number_agrees(ball(one), other, count, sides)

    words = "the call returns an array of shape {}; the formula has shape {}"
    return _for_each(judge, code, reference, words)


def _number_agrees(code: Any, reference: Any, count: Count, sides: Sides) -> str:
    if not _is_number(reference):
        raise Meaningless("a side is no number")
    of_complex = isinstance(code, acb) or isinstance(reference, acb)
    if not reference.is_finite() if of_complex else reference.is_nan():
        return "undecided"
    size = abs(reference)
    if not code.is_finite():
        if of_complex or code.is_nan():
            return "differs"
        beyond = reference > LARGEST if code > 0 else reference < -LARGEST
        return "held" if beyond else "differs" if size < LARGEST else "undecided"
    difference, tolerance = abs(code - reference), sides.tolerance
    state = _within(difference, size * TOLERANCE + SMALLEST)
    if state != "held" and tolerance and difference <= tolerance * size.max(arb(1)):
        return "held" if size > tolerance else "left out"  # there it says nothing
    if state == "held" and not of_complex:
        known = reference.rel_accuracy_bits() >= GOOD or reference.rad() < NOTHING
        if not known and not sides.last:
            return "undecided"
        nearest = float(reference.mid())
        if known and math.isfinite(nearest):
            count.ulps = max(count.ulps or 0.0, float(difference.mid()) / math.ulp(nearest))
    return state


def _shape(value: Any) -> tuple[int, ...]:
    return value.shape if isinstance(value, np.ndarray) else ()


def _flat(value: Any) -> list[Any]:
    return list(value.flat) if isinstance(value, np.ndarray) else [value]


def _is_number(value: Any) -> bool:
    return isinstance(value, arb | acb)


def _is_finite(value: Any) -> bool:
    return _is_number(value) and bool(value.is_finite())


def overall(states: Sequence[str]) -> str:
    """Return what several comparisons come to together."""
    return next((one for one in ("differs", "undecided", "held") if one in states), "left out")
