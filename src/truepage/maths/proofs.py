"""Claims in the reals, held to a function's formula.

Where the formula is made of powers and exponentials, piece by piece, claims are proved, or what
is so is proved and differs (`truepage.maths.facts`). Other formulas are evaluated in ball
arithmetic at many points, and a claim that survives holds at every tested point: no more is said.
"""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from flint import arb

from truepage.maths import facts
from truepage.maths.claim import Answer, Claim, Interval, Limit, Number, Region, Symmetry, Values
from truepage.maths.facts import Part, Real, Undecided, compare
from truepage.maths.pieces import pieces
from truepage.maths.piecewise import NotPiecewise, Piecewise
from truepage.maths.properties import MONOTONE
from truepage.maths.quotients import TooLarge
from truepage.maths.terms import Definition, Term
from truepage.maths.tested import Formula, tested


def prove(
    claims: list[Claim],
    term: Term,
    variable: str,
    numbers: Mapping[str, Fraction],
    definitions: Mapping[str, Definition],
) -> list[Answer]:
    """Hold claims to a formula.

    Parameters
    ----------
    claims
        Claims in the reals.
    term
        The function's formula.
    variable
        The formula's variable.
    numbers
        What its other letters stand for.
    definitions
        What symbols in it are defined as.
    """
    formula = Formula(term, variable, numbers, definitions)
    try:
        function = pieces(term, variable, numbers, definitions)
    except NotPiecewise as reason:
        return [tested(claim, formula, f"{reason}") for claim in claims]
    return [_judged(claim, function, formula) for claim in claims]


def _judged(claim: Claim, function: Piecewise, formula: Formula) -> Answer:
    try:
        wrong = _JUDGES[claim.property](claim.statement, function)
    except (Undecided, NotPiecewise) as reason:
        return tested(claim, formula, f"{reason}")
    except TooLarge:
        return tested(claim, formula, "its derivatives are too large")
    if wrong is None:
        return Answer("proved")
    words, right = wrong
    return Answer("refuted", _at_a_place(claim, formula) or words, right)


def _at_a_place(claim: Claim, formula: Formula) -> str:
    """Return the first tested point where a claim is wrong, if there is one."""
    answer = tested(claim, formula, "")
    return answer.words if answer.status == "refuted" else ""


Wrong = tuple[str, str] | None
"""What is wrong with a claim, and what holds instead; None: it holds."""


def _range(claimed: Any, function: Piecewise) -> Wrong:
    parts = facts.range_of(function)
    if _same_set(claimed, parts):
        return None
    right = shown_set(parts)
    if isinstance(claimed, Interval) and len(parts) == 1:
        (part,) = parts
        words = [
            f"{end.text} is {'approached and never reached' if closed else 'one of its values'}"
            for end, closed, real, really in (
                (claimed.low, claimed.low_closed, part.low, part.low_closed),
                (claimed.high, claimed.high_closed, part.high, part.high_closed),
            )
            if _equal(end, real) and closed != really
        ]
        if words:
            return ", and ".join(words), right
    return "its values are others", right


def _same_set(claimed: Interval | Values, parts: list[Part]) -> bool:
    if isinstance(claimed, Values):
        numbers = sorted(claimed.numbers, key=Number.key)
        return len(numbers) == len(parts) and all(
            part.single and _equal(number, part.low)
            for number, part in zip(numbers, parts, strict=True)
        )
    if len(parts) != 1:
        return False
    (part,) = parts
    return (
        _equal(claimed.low, part.low)
        and _equal(claimed.high, part.high)
        and (claimed.low_closed, claimed.high_closed) == (part.low_closed, part.high_closed)
    )


def _equal(number: Number, real: Real) -> bool:
    """Tell whether a number is one that was claimed, as far as its digits say."""
    if number.value is None:
        return isinstance(real, float) and math.copysign(1, real) == number.sign
    if isinstance(real, float):
        return False
    if not number.unit:
        return compare(number.value, real) == 0
    sign = -1 if number.text.startswith(("-", "−")) else 1
    outer = number.value + sign * number.unit
    low, high = min(number.value, outer), max(number.value, outer)
    inside = compare(low, real) <= 0 and compare(real, high) <= 0
    return inside and compare(outer, real) != 0


def _limits(claimed: tuple[Limit, ...], function: Piecewise) -> Wrong:
    wrong, right = [], []
    for one in claimed:
        place = one.at.key()
        found = facts.limit_at(function, place)
        if found is None:
            wrong.append(f"there is no limit at {one.at.text}")
        elif not _equal(one.value, found):
            wrong.append(f"the limit at {one.at.text} is {shown(found)}, not {one.value.text}")
        right.append(f"{shown(found)} at {one.at.text}" if found is not None else "")
    return ("; ".join(wrong), ", ".join(filter(None, right))) if wrong else None


def _monotone(claimed: str, function: Piecewise) -> Wrong:
    found = facts.monotone(function)
    holds = claimed in (found, found.removeprefix("strictly "))
    if found == "constant":
        holds = claimed in {"constant", "increasing", "decreasing"}
    assert found in MONOTONE  # noqa: S101 (one vocabulary)
    words = {"no": "it goes up and down", "constant": "it is constant"}.get(found, f"it is {found}")
    return None if holds else (words, found)


def _symmetry(claimed: Symmetry, function: Piecewise) -> Wrong:
    but = [Fraction(number.key()) for number in claimed.excepted]
    right = _true_symmetry(function)
    zero = Fraction(0)
    if claimed.kind == "none":
        return None if right == "none" else (f"it is symmetric: {right}", right)
    if claimed.kind == "point":
        assert claimed.centre  # noqa: S101 (a point has one)
        x, y = (Fraction(number.key()) for number in claimed.centre)
        if x:
            raise Undecided("only symmetry about a point with x = 0 can be proved")
        holds = facts.symmetric(function, "point", y, but)
    else:
        holds = facts.symmetric(function, claimed.kind, zero, but)
    return None if holds else ("the two sides differ", right)


def _true_symmetry(function: Piecewise) -> str:
    if facts.symmetric(function, "even", Fraction(0), ()):
        return "even"
    height = facts.balance(function)
    if height is None:
        return "none"
    return f"point (0, {shown(height)})" if height else "odd"


def _places(found: list[Fraction], claimed: tuple[Number, ...], words: str, none: str) -> Wrong:
    numbers = sorted(Fraction(number.key()) for number in claimed)
    if numbers == sorted(found):
        return None
    listed = ", ".join(shown(place) for place in found)
    return (f"{words} {listed}" if found else f"it is so {none}"), listed or none


def _continuous(claimed: tuple[Number, ...], function: Piecewise) -> Wrong:
    wrong = _places(
        facts.discontinuities(function), claimed, "it is not continuous at", "everywhere"
    )
    if wrong and wrong[1] != "everywhere":
        return wrong[0], f"except at {wrong[1]}"
    return ("it is continuous everywhere", "everywhere") if wrong else None


def _kinks(claimed: tuple[Number, ...], function: Piecewise) -> Wrong:
    wrong = _places(facts.kinks(function), claimed, "it has a kink at", "none")
    return ("it has no kink", "none") if wrong and wrong[1] == "none" else wrong


_SIGNS = {">": {1}, "≥": {0, 1}, "<": {-1}, "≤": {-1, 0}, "=": {0}}


def _derivative(claimed: str, function: Piecewise) -> Wrong:
    found = facts.slope_signs(function)
    if found <= _SIGNS[claimed]:
        return None
    words = {1: "positive", 0: "zero", -1: "negative"}
    right = next((f"{sign} 0" for sign in (">", "<", "=", "≥", "≤") if found <= _SIGNS[sign]), "")
    extra = sorted(found - _SIGNS[claimed])
    return f"it is {' and '.join(words[side] for side in extra)} somewhere", right


def _derivative_range(claimed: Any, function: Piecewise) -> Wrong:
    return _range(claimed, function.derivative())


def _zero_gradient(claimed: Region, function: Piecewise) -> Wrong:
    place = Fraction(claimed.end.key()) if claimed.end else None
    words = facts.flat_where(function, place, claimed.relation)
    return (words, "") if words else None


_JUDGES: Mapping[str, Callable[[Any, Piecewise], Wrong]] = {
    "range": _range,
    "limits": _limits,
    "monotone": _monotone,
    "symmetry": _symmetry,
    "continuous": _continuous,
    "kinks": _kinks,
    "derivative": _derivative,
    "derivative range": _derivative_range,
    "zero gradient": _zero_gradient,
}


def shown(real: Real) -> str:
    """Return a number as a claim has it.

    Examples
    --------
    >>> shown(Fraction(-1, 4)), shown(math.inf)
    ('−1/4', '∞')
    """
    if isinstance(real, arb):
        return f"{float(real.mid()):.6g}…".replace("-", "−")
    if isinstance(real, float):
        return "∞" if real > 0 else "−∞"
    return str(real).replace("-", "−")


def shown_set(parts: list[Part]) -> str:
    """Return a set of numbers as a claim has it."""
    if all(part.single for part in parts):
        return "{" + ", ".join(shown(part.low) for part in parts) + "}"
    return " ∪ ".join(
        f"{'[' if part.low_closed else '('}{shown(part.low)}, "
        f"{shown(part.high)}{']' if part.high_closed else ')'}"
        if not part.single
        else f"{{{shown(part.low)}}}"
        for part in parts
    )
