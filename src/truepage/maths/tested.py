"""Claims in the reals tried at many points, in ball arithmetic.

It is how a claim is refuted at a point that one can look at, and all that can be done for formulas
about which nothing is proved. What comes out is rigorous at each point: a claim is refuted only if
the balls leave no doubt. That it holds between the points, or far out, is not said.
"""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

from flint import arb

from truepage.maths.balls import derivative, precision, value
from truepage.maths.claim import Answer, Claim, Interval, Limit, Number, Region, Symmetry, Values
from truepage.maths.functions import Undefined, exact
from truepage.maths.linear import Meaningless
from truepage.maths.terms import Definition, Term

BITS = 128
FAR = 12
"""The points reach to 2 to this power."""

NEAR = Fraction(1, 100)
"""How near, in parts of the set's width, a value must come to an end that is not taken."""


_Evaluate: TypeAlias = Callable[[Term, Mapping[str, Any]], Any]

_STEPS = (4, 5, 6, 7)


class Formula:
    """A function's formula, evaluated at points.

    Parameters
    ----------
    term
        The formula.
    variable
        Its variable.
    numbers
        What its other letters stand for.
    definitions
        What symbols in it are defined as.
    """

    def __init__(
        self,
        term: Term,
        variable: str,
        numbers: Mapping[str, Fraction],
        definitions: Mapping[str, Definition],
    ) -> None:
        self._term, self._variable = term, variable
        self._env: dict[str, Any] = {**definitions, **numbers}

    @cached_property
    def values(self) -> dict[Fraction, arb | None]:
        """Return the values at the points, in order; None: there is none."""
        return {place: self._at(value, place) for place in points()}

    @cached_property
    def slopes(self) -> dict[Fraction, arb | None]:
        """Return the derivatives at the points, in order; None: there is none."""
        return {
            place: self._at(lambda term, env: derivative(term, self._variable, env), place)
            for place in points()
        }

    def _at(
        self, evaluate: Callable[[Term, Mapping[str, Any]], Any], place: Fraction
    ) -> arb | None:
        with precision(BITS):
            try:
                found = evaluate(self._term, {**self._env, self._variable: place})
            except (Undefined, Meaningless):
                return None
        return found if isinstance(found, arb) and found.is_finite() else None


def points() -> list[Fraction]:
    """Return the points, from 0 outwards: a grid, and powers of two with steps between them."""
    positive = {Fraction(n, 8) for n in range(1, 81)}
    positive |= {Fraction(step, 4) * Fraction(2) ** n for n in range(-FAR, FAR) for step in _STEPS}
    return [Fraction(0), *(place for size in sorted(positive) for place in (size, -size))]


def tested(claim: Claim, formula: Formula, reason: str) -> Answer:
    """Try a claim at the points.

    Parameters
    ----------
    claim
        The claim.
    formula
        What it is held to.
    reason
        Why it is not proved, for the case that it stays undecided.
    """
    answer = _TESTS[claim.property](claim.statement, formula)
    if answer.status == "undecided":
        words = "; ".join(filter(None, (reason, answer.words)))
        return Answer("undecided", words)
    return answer


def _held(formula: Formula, wrong: Iterator[str]) -> Answer:
    """Return the answer of a claim that is wrong wherever there are words for it."""
    words = next(wrong, "")
    return Answer("refuted", words) if words else Answer("tested", points=len(points()))


def _range(claimed: Interval | Values, formula: Formula) -> Answer:
    return _contained(claimed, formula.values, "value")


def _derivative_range(claimed: Interval | Values, formula: Formula) -> Answer:
    return _contained(claimed, formula.slopes, "derivative")


def _contained(
    claimed: Interval | Values, found: Mapping[Fraction, arb | None], what: str
) -> Answer:
    for place, real in found.items():
        if real is not None and _outside(claimed, real):
            return Answer("refuted", f"at {_place(place)} the {what} is {_text(real)}")
    known = [real for real in found.values() if real is not None]
    if isinstance(claimed, Values):
        for number in claimed.numbers:
            if not any(real.overlaps(_ball(number)) for real in known):
                return Answer("undecided", f"no tested {what} is {number.text}")
        return Answer("tested", points=len(known))
    for end, closed in ((claimed.low, claimed.low_closed), (claimed.high, claimed.high_closed)):
        if not _approached(end, closed, claimed, known):
            return Answer("undecided", f"no tested {what} comes near {end.text}")
    return Answer("tested", points=len(known))


def _ball(number: Number) -> arb:
    assert number.value is not None  # noqa: S101 (finite)
    sign = -1 if number.text.startswith(("-", "−")) else 1
    return exact(number.value).union(exact(number.value + sign * number.unit))


def _outside(claimed: Interval | Values, real: arb) -> bool:
    """Tell whether a value is certainly not in a set."""
    if isinstance(claimed, Values):
        return not any(real.overlaps(_ball(number)) for number in claimed.numbers)
    low, high = claimed.low, claimed.high
    below = low.value is not None and bool(
        real < _ball(low) if claimed.low_closed else real <= _ball(low)
    )
    above = high.value is not None and bool(
        real > _ball(high) if claimed.high_closed else real >= _ball(high)
    )
    return below or above


def _approached(end: Number, closed: bool, claimed: Interval, known: list[arb]) -> bool:
    if end.value is None:
        return any(bool(end.sign * real > 1000) for real in known)
    width = Fraction(1)
    if claimed.low.value is not None and claimed.high.value is not None:
        width = claimed.high.value - claimed.low.value
    near = exact(width * (NEAR if not closed else NEAR / 1000))
    ball = _ball(end)
    return any(real.overlaps(ball) or bool(abs(real - ball) < near) for real in known)


def _monotone(claimed: str, formula: Formula) -> Answer:
    known = sorted((place, real) for place, real in formula.values.items() if real is not None)
    steps = sorted(pairwise(known), key=lambda step: min(abs(step[0][0]), abs(step[1][0])))
    up = next((step for step in steps if step[1][1] > step[0][1]), None)
    down = next((step for step in steps if step[1][1] < step[0][1]), None)
    if claimed == "no":
        if up and down:
            return Answer("proved")
        return Answer("undecided", "it goes only one way between the tested points")
    against = {"increasing": down, "decreasing": up, "constant": up or down}
    wrong = against[claimed.removeprefix("strictly ")]
    if wrong is None and claimed.startswith("strictly"):
        wrong = next((s for s in steps if (s[1][1] - s[0][1]).is_zero()), None)
    if wrong is None:
        return Answer("tested", points=len(known))
    (a, first), (b, second) = wrong
    words = f"it is {_text(first)} at {_place(a)} and {_text(second)} at {_place(b)}"
    return Answer("refuted", words, "no" if up and down else "")


def _symmetry(claimed: Symmetry, formula: Formula) -> Answer:
    found = formula.values
    kinds = ("odd", "even", "point") if claimed.kind == "none" else (claimed.kind,)
    answers = [_held(formula, _asymmetries(kind, claimed, found)) for kind in kinds]
    if claimed.kind != "none":
        return answers[0]
    proved = all(answer.status == "refuted" for answer in answers)
    return Answer("proved") if proved else Answer("undecided", "the points show a symmetry")


def _asymmetries(
    kind: str, claimed: Symmetry, found: Mapping[Fraction, arb | None]
) -> Iterator[str]:
    x = y = Fraction(0)
    if claimed.centre:
        x, y = (Fraction(number.key()) for number in claimed.centre)
    height = exact(y)
    if kind == "point" and not claimed.centre:  # about any point on the axis: what one pair says
        pairs = ((real, found.get(-place)) for place, real in found.items())
        sums = (a + b for a, b in pairs if a is not None and b is not None)
        height = next(sums, arb(0)) / 2
    for place, real in found.items():
        other = found.get(2 * x - place)
        excepted = any(place == number.value for number in claimed.excepted)
        if real is None or other is None or excepted:
            continue
        wanted = other if kind == "even" else 2 * height - other
        if real.overlaps(wanted):
            continue
        if place == x:
            yield f"at {_place(place)} the value is {_text(real)}, not {_text(height)}"
        else:
            yield (
                f"at {_place(place)} the value is {_text(real)}, "
                f"and at {_place(2 * x - place)} it is {_text(other)}"
            )


def _limits(claimed: tuple[Limit, ...], formula: Formula) -> Answer:
    for one in claimed:
        if one.at.value is not None:
            return Answer("undecided", f"the limit at {one.at.text} was not tried")
        last = max(points(), key=lambda place: one.at.sign * place)
        real = formula.values[last]
        near = real is not None and (
            bool(one.value.sign * real > 100)
            if one.value.value is None
            else bool(abs(real - _ball(one.value)) < exact(NEAR))
        )
        if not near:
            shown = "no number" if real is None else _text(real)
            return Answer("undecided", f"at {_place(last)} the value is {shown}")
    return Answer("tested", points=len(points()))


_SIGNS: Mapping[str, Callable[[arb], bool]] = {
    ">": lambda slope: bool(slope <= 0),
    "≥": lambda slope: bool(slope < 0),
    "<": lambda slope: bool(slope >= 0),
    "≤": lambda slope: bool(slope > 0),
    "=": lambda slope: bool(slope != 0),
}
"""Sign that is claimed → whether a slope certainly has another."""


def _derivative(claimed: str, formula: Formula) -> Answer:
    return _held(
        formula,
        (
            f"at {_place(place)} it is {_text(slope)}"
            for place, slope in formula.slopes.items()
            if slope is not None and _SIGNS[claimed](slope)
        ),
    )


def _zero_gradient(claimed: Region, formula: Formula) -> Answer:
    def wrong() -> Iterator[str]:
        for place, slope in formula.slopes.items():
            wanted = _in_region(claimed, place)
            if slope is not None and (bool(slope != 0) if wanted else slope.is_zero()):
                yield f"at {_place(place)} the derivative is {_text(slope)}"

    return _held(formula, wrong())


def _in_region(claimed: Region, place: Fraction) -> bool:
    if claimed.end is None:
        return claimed.relation == "everywhere"
    end = Fraction(claimed.end.key())
    return {
        "<": place < end, "≤": place <= end, "=": place == end,
        "≠": place != end, "≥": place >= end, ">": place > end,
    }[claimed.relation]  # fmt: skip


def _continuous(claimed: tuple[Number, ...], formula: Formula) -> Answer:
    known = {number.value for number in claimed}
    for place, real in formula.values.items():
        if real is None and place not in known:
            return Answer("refuted", f"at {_place(place)} it has no value")
    return Answer("undecided", "points cannot show that it is continuous")


def _kinks(claimed: tuple[Number, ...], formula: Formula) -> Answer:
    known = {number.value for number in claimed}
    for place, slope in formula.slopes.items():
        if slope is None and formula.values[place] is not None and place not in known:
            return Answer("refuted", f"at {_place(place)} it has no derivative")
    return Answer("undecided", "points cannot show that it has no kink")


def _place(place: Fraction) -> str:
    return f"{float(place):g}".replace("-", "−")


def _text(real: arb) -> str:
    digits: str = real.mid().str(10, radius=False)
    if "." in digits and "e" not in digits:
        digits = digits.rstrip("0").rstrip(".")
    return digits.replace("-", "−")


_TESTS: Mapping[str, Callable[[Any, Formula], Answer]] = {
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
