"""Comparing the sides of an equation at one point, with each other and with the code."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import acb, arb

from truepage.maths.arrays import Array, Meaningless, Scaled, Value
from truepage.maths.calls import Answer
from truepage.maths.derivatives import NoDerivative
from truepage.maths.environment import ball
from truepage.maths.evaluation import UNORDERED, Evaluation
from truepage.maths.functions import NoCase, Singular, Undefined
from truepage.maths.jets import precision
from truepage.maths.nearby import Surroundings
from truepage.maths.notation import Statement
from truepage.maths.terms import Apply, Comparison, Number, Term
from truepage.maths.verdict import Count, written, written_apart

TOLERANCE = 1e-9
NOUGHT = 1e-30
"""Distance from a limit of 0 right beside a point."""
ROUNDING_BITS = 53
"""Bits with which balls are as wide as rounding makes the values of code."""
ROUNDED = arb(2) ** -ROUNDING_BITS
BESIDE_BITS = 1200
"""Bits for values right beside a point, where they may cancel."""
SMALLEST = 2.3e-308
"""What two numbers may differ by in any case: the smallest normal float."""

NARROW_ENOUGH = arb(10) ** -12
"""Width, relative above 1, up to which two formulas may be known that are equal as far as known:
only limits and infinite sums are as wide."""

APART = 8
"""How many times as far off as by 1 ULP in each number code may be where a formula is shaky."""
NARROW = 1e-6
"""Relative width up to which the values of a term with branches on ±1 ULP tell anything."""


@dataclass(frozen=True)
class Link:
    """Two sides that a statement relates.

    Parameters
    ----------
    left
        The left side; None: it is the code's value.
    relation, right
        The relation as it is written, and the right side.
    letter
        A letter of the left side that stands for the code's value, as in ``1/R = …``.
    """

    left: Term | None
    relation: str
    right: Term
    letter: str = ""

    @property
    def code(self) -> bool:
        """Whether the code's value is compared."""
        return self.left is None or bool(self.letter)


def links(statement: Statement, defines: bool, code: bool, letter: str = "") -> list[Link]:
    """Return the pairs to compare: neighbours, and the code with the first side it can be."""
    terms, relations = list(statement.terms), list(statement.relations)
    links = []
    if code and letter:
        links.append(Link(terms[0], relations[0], terms[1], letter))
        terms, relations = terms[1:], relations[1:]
    elif code:
        assignment = bool(relations) and relations[0] == "\\leftarrow"
        relation = "=" if assignment or not defines else relations[0]
        links.append(Link(None, relation, terms[1 if (defines or assignment) else 0]))
        if assignment and not defines:
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
    near
        The surroundings of the point.
    tolerance
        Error of the code that the author accepts.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        free: Mapping[str, int],
        *,
        last: bool,
        near: Surroundings,
        tolerance: float | None = None,
    ) -> None:
        self.last, self.near, self.tolerance = last, near, tolerance
        self._evaluation = evaluation
        self._local: dict[str, Value] = {name: arb(place) for name, place in free.items()}
        self._values: dict[int, Value | Undefined] = {}

    def value(self, term: Term) -> Value | Undefined:
        """Return the value of a side, or why it has none."""
        key = id(term)
        if key not in self._values:
            self._values[key] = self._found(self._evaluation, term)
        return self._values[key]

    def with_letter(self, term: Term, letter: str, value: Value) -> Value | Undefined:
        """Return the value of a side in which a letter has a value of its own."""
        return self._found(self._evaluation, term, {letter: value})

    def beside(self, term: Term) -> Iterator[list[Value | Undefined]]:
        """Yield the values of a side right beside the point, for one letter after another."""
        with precision(BESIDE_BITS):
            for points in self.near.beside():
                yield [
                    self._found(Evaluation(self._evaluation.definitions, point), term)
                    for point in points
                ]

    def rounded(self, term: Term) -> Value | Undefined:
        """Return all values that a side may have if it is computed as in floats."""
        with precision(ROUNDING_BITS):
            return self._found(self._evaluation.varied({}), term)

    def wide(self, term: Term) -> Value | Undefined:
        """Return all values that a side has within ±1 ULP of the point, computed as in floats."""
        with precision(ROUNDING_BITS):
            evaluation = Evaluation(self._evaluation.definitions, self.near.wide())
            return self._found(evaluation, term)

    def corners(self, term: Term) -> Iterator[Value | Undefined]:
        """Yield the values of a side where each number is moved by 1 ULP."""
        for point in self.near.corners():
            yield self._found(Evaluation(self._evaluation.definitions, point), term)

    def jumps(self, term: Term) -> bool:
        """Tell whether a side may jump."""
        return self._evaluation.definitions.jumps(term)

    def _found(
        self, evaluation: Evaluation, term: Term, more: Mapping[str, Value] | None = None
    ) -> Value | Undefined:
        try:
            return evaluation.value(term, {**self._local, **(more or {})})
        except Undefined as error:
            return error

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
    if link.code and code is None and not isinstance(right, Undefined):
        unknown = not all(isinstance(one, arb | acb) and one.is_finite() for one in _flat(right))
        if unknown:
            return "left out" if sides.last else "undecided"
    if link.code and code is None:
        # Code that says itself that it cannot compute this far gives no wrong value.
        overflow = answer and answer.raised.startswith("OverflowError") and sides.near.far_out
        if isinstance(right, Undefined) or overflow:
            return "left out"
        return (f"raises {answer.raised if answer else ''}", written(right), link)
    if link.left is None:
        assert code is not None  # noqa: S101 (it was looked at)
        if isinstance(right, Undefined):
            if isinstance(right, Singular) or not np.all(np.isfinite(code)):
                return "left out"
            return _without_value(sides, link.right, right, ball(code), link, first=False)
        if link.relation == "=":
            count.judged += 1
            state = _code_agrees(code, right, count, last=sides.last, tolerance=sides.tolerance)
            if state == "differs":
                state = _with_rounding(sides, link.right, code, count)
            elif state == "undecided" and sides.last and _is_limit(sides, link.right, ball(code)):
                state = "held"  # in (a − b) / (ln a − ln b) nothing is known where a = b
        elif not np.all(np.isfinite(code)):
            state = "differs"
        else:
            state = _related(ball(code), link.relation, right, link.right, of_code=True)
        return state if state != "differs" else (*written_apart(code, right), link)
    left = sides.value(link.left) if not link.letter else Undefined()
    if link.letter and code is not None:
        if not np.all(np.isfinite(code)):
            return "left out" if isinstance(right, Undefined) else (written(code), "finite", link)
        left = sides.with_letter(link.left, link.letter, ball(code))
    if isinstance(left, Undefined) and isinstance(right, Undefined):
        return "left out"
    if isinstance(left, Singular) or isinstance(right, Singular):
        return "left out"
    if isinstance(left, Undefined):
        assert not isinstance(right, Undefined)  # noqa: S101 (it was looked at)
        return _without_value(sides, link.left, left, right, link, first=True)
    if isinstance(right, Undefined):
        return _without_value(sides, link.right, right, left, link, first=False)
    state = _related(left, link.relation, right, link.right, of_code=bool(link.letter))
    return state if state != "differs" else (*written_apart(left, right), link)


def _without_value(
    sides: Sides, term: Term, why: Undefined, other: Value, link: Link, *, first: bool
) -> "str | tuple[str, str, Link]":
    """Judge a point at which one side has no value and the other has one.

    That is a difference, but for single points: where a case distinction leaves out one between
    two cases, and where the other side is the limit (sin x / x at 0).
    """
    gap = isinstance(why, NoCase)
    if isinstance(why, NoDerivative):
        # At a kink code may give what it likes; a formula that gives the derivative may not.
        if link.left is None:
            return "left out"
    else:
        if gap and _beside(sides, term):
            return "left out"
        if not gap and _is_limit(sides, term, other):
            return "held"
    words = "undefined"
    if isinstance(why, NoCase):
        words = "undefined: no case applies"
    elif isinstance(why, NoDerivative):
        words = f"undefined: {why}"
    return (words, written(other), link) if first else (written(other), words, link)


def _beside(sides: Sides, term: Term) -> list[Value]:
    """Return the values of a side right beside the point, for letters where it has them all."""
    found: list[Value] = []
    for values in sides.beside(term):
        known = [one for one in values if not isinstance(one, Undefined)]
        found += known if len(known) == len(values) else []
    return found


def _is_limit(sides: Sides, term: Term, value: Value) -> bool:
    """Tell whether a value is the limit of a side at the point, from wherever it has values."""
    values = _beside(sides, term)
    return bool(values) and all(_near(one, value) for one in values)


def _near(value: Value, limit: Value) -> bool:
    """Tell whether a value right beside a point is the limit there, as far as can be seen."""
    if _shape(value) != _shape(limit):
        return False
    pairs = zip(_flat(value), _flat(limit), strict=True)
    return all(abs(one - other) <= TOLERANCE * abs(other) + NOUGHT for one, other in pairs)


def _with_rounding(sides: Sides, term: Term, code: "Array | float", count: Count) -> str:
    """Tell whether rounding explains a difference: ``held``, ``differs``, or ``left out``.

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
        if not all(isinstance(value, arb | acb) and value.is_finite() for value, _ in pairs):
            return "undecided" if here else "differs"
        if all(
            np.isfinite(one) and (ball(_plain(one)) - value).contains(0) for value, one in pairs
        ):
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
        off = abs(ball(_plain(one)) - here[at])
        if not any(APART * distance >= off for distance in apart):
            return False
    return True


def _related(left: Value, relation: str, right: Value, term: Term, *, of_code: bool = False) -> str:
    if isinstance(left, Scaled):
        left = left.like(right)
    if isinstance(right, Scaled):
        right = right.like(left)
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        if _shape(left) != _shape(right):
            raise Meaningless(f"sides of shape {_shape(left)} and {_shape(right)} are compared")
        pairs = zip(_flat(left), _flat(right), strict=True)
        return overall([_related(a, relation, b, term, of_code=of_code) for a, b in pairs])
    if isinstance(left, acb) or isinstance(right, acb):
        return _related_complex(acb(left), relation, acb(right))
    if not isinstance(left, arb) or not isinstance(right, arb):
        raise Meaningless("a side is no number")
    if left.is_nan() or right.is_nan():
        return "undecided"
    difference = left - right
    slack = abs(right) * ROUNDED if of_code else arb(0)
    small = NARROW_ENOUGH * abs(right).max(arb(1))
    match relation:
        case "=" if of_code:
            return _equal(difference, right)
        case "=":
            holds, fails = bool(abs(difference) <= small), not difference.contains(0)
        case "\\approx":
            return _approximately(difference, term)
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


def _related_complex(left: acb, relation: str, right: acb) -> str:
    difference, small = left - right, NARROW_ENOUGH * abs(right).max(arb(1))
    match relation:
        case "=":
            holds, fails = bool(abs(difference) <= small), not difference.contains(0)
        case "\\ne":
            holds, fails = not difference.contains(0), difference.is_zero()
        case _:
            raise Meaningless(UNORDERED)
    known = difference.is_finite()
    return "undecided" if not known else "differs" if fails else "held" if holds else "undecided"


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


def _code_agrees(
    code: "Array | float",
    reference: Value,
    count: Count,
    *,
    last: bool,
    tolerance: float | None,
) -> str:
    if isinstance(reference, np.ndarray) or isinstance(code, np.ndarray):
        if _shape(code) != _shape(reference):
            raise Meaningless(
                f"the call returns an array of shape {_shape(code)}; "
                f"the formula has shape {_shape(reference)}"
            )
        pairs = zip(_flat(code), _flat(reference), strict=True)
        return overall(
            [
                _code_agrees(_plain(one), other, count, last=last, tolerance=tolerance)
                for one, other in pairs
            ]
        )
    if isinstance(reference, acb) or isinstance(code, complex):
        return _complex_agrees(code, reference, tolerance)
    if not isinstance(reference, arb):
        raise Meaningless("a side is no number")
    if reference.is_nan():
        return "undecided"
    if math.isnan(code):
        return "differs"
    if math.isinf(code):
        beyond = reference > LARGEST if code > 0 else reference < -LARGEST
        return "held" if beyond else "differs" if abs(reference) < LARGEST else "undecided"
    difference = arb(code) - reference
    state = _equal(difference, reference)
    if state != "held" and tolerance and abs(difference) <= tolerance * abs(reference).max(arb(1)):
        return "held" if abs(reference) > tolerance else "left out"  # there it says nothing
    if state == "held":
        known = reference.rel_accuracy_bits() >= GOOD or reference.rad() < NOTHING
        if not known and not last:
            return "undecided"
        if known:
            _note_accuracy(code, reference, count)
    return state


def _complex_agrees(code: complex, reference: Any, tolerance: float | None) -> str:
    if not reference.is_finite():
        return "undecided"
    if not np.isfinite(code):
        return "differs"
    difference, size = abs(acb(code) - reference), abs(reference)
    if tolerance and difference <= tolerance * size.max(arb(1)):
        return "held"
    return _equal(difference, size)


def _shape(value: Any) -> tuple[int, ...]:
    return value.shape if isinstance(value, np.ndarray) else ()


def _plain(number: Any) -> Any:
    """Return a number as Python's own."""
    return number.item() if isinstance(number, np.generic) else number


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
