"""Claims in the reals tried at many points, in ball arithmetic.

It is how a claim is refuted at a point that one can look at, and all that can be done for formulas
about which nothing is proved. What comes out is rigorous at each point: a claim is refuted only if
the balls leave no doubt. That it holds between the points, or far out, is not said.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

from flint import arb

from truepage.maths.balls import derivative, precision, value
from truepage.maths.claim import Answer, Claim, Interval, Limit, Number, Region, Symmetry, Values
from truepage.maths.functions import Undefined, exact
from truepage.maths.linear import Meaningless
from truepage.maths.terms import Definition, Term

BITS = 256
PRECISE = 2600
"""Bits for far points, where 256 leave too wide a ball."""

CLOSE = arb(10) ** -25
"""How near a value must come to an end or a limit that is claimed."""

FAR = (4, 6, 8, 10, 12, 16, 32, 64, 128, 256, 512, 1000)
"""The points far out, and those next to an end or a branch: 2 to these powers."""

BESIDE = Fraction(1, 2**10)
"""How far beside a turning point values must certainly be others."""

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
    also
        Places that are looked at as well, with points next to them: where branches meet.
    domain
        Where the claim is made; None: for all real numbers.
    """

    def __init__(
        self,
        term: Term,
        variable: str,
        numbers: Mapping[str, Fraction],
        definitions: Mapping[str, Definition],
        also: Iterable[Fraction] = (),
        domain: Interval | None = None,
    ) -> None:
        self._term, self._variable = term, variable
        self._env: dict[str, Any] = {**definitions, **numbers}
        self.also, self.domain = sorted(set(also)), domain
        self.unknown: set[Fraction] = set()

    @cached_property
    def points(self) -> list[Fraction]:
        """The points in the domain, from 0 outwards."""
        found = set(points())
        ends = [self.domain.low.value, self.domain.high.value] if self.domain else []
        for place in [*self.also, *(end for end in ends if end is not None)]:
            found |= {place, *(place + sign * Fraction(1, 2**n) for n in FAR for sign in (1, -1))}
        inside = [place for place in found if within(self.domain, place)]
        return sorted(inside, key=lambda place: (abs(place), place < 0))

    @cached_property
    def values(self) -> dict[Fraction, arb | None]:
        """Return the values at the points, in order; None: there is none, or it is unknown."""
        return {place: self.value(place) for place in self.points}

    @cached_property
    def slopes(self) -> dict[Fraction, arb | None]:
        """Return the derivatives at the points, in order; None: there is none."""
        return {place: self.slope(place) for place in self.points}

    def value(self, place: Fraction) -> arb | None:
        """Return the value at a place."""
        return self._at(value, place)

    def slope(self, place: Fraction) -> arb | None:
        """Return the derivative at a place."""
        return self._at(lambda term, env: derivative(term, self._variable, env), place)

    def _at(
        self, evaluate: Callable[[Term, Mapping[str, Any]], Any], place: Fraction
    ) -> arb | None:
        for bits in (BITS, PRECISE):
            with precision(bits):
                try:
                    found = evaluate(self._term, {**self._env, self._variable: place})
                except (Undefined, Meaningless):
                    return None
                except (ValueError, ZeroDivisionError, OverflowError):
                    continue
                if (
                    isinstance(found, arb)
                    and found.is_finite()
                    and found.rad() < CLOSE * (1 + abs(found))
                ):
                    return found
        self.unknown.add(place)
        return None


def within(domain: Interval | None, place: Fraction) -> bool:
    """Tell whether a number is in a domain."""
    if domain is None:
        return True
    low, high = domain.low.value, domain.high.value
    above = low is None or place > low or (domain.low_closed and place == low)
    return above and (high is None or place < high or (domain.high_closed and place == high))


def points() -> list[Fraction]:
    """Return the points everywhere: a grid, powers of two with steps between, and far ones."""
    positive = {Fraction(n, 8) for n in range(1, 81)} | {Fraction(2) ** n for n in FAR}
    positive |= {Fraction(step, 4) * Fraction(2) ** n for n in range(-12, 12) for step in _STEPS}
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
    if words:
        return Answer("refuted", words)
    if formula.unknown:
        return Answer("undecided", f"nothing is known at {_place(min(formula.unknown, key=abs))}")
    return Answer("tested", points=len(formula.points))


def _range(claimed: Interval | Values, formula: Formula) -> Answer:
    return _contained(claimed, formula, formula.values, formula.value, "value")


def _derivative_range(claimed: Interval | Values, formula: Formula) -> Answer:
    return _contained(claimed, formula, formula.slopes, formula.slope, "derivative")


def _contained(
    claimed: Interval | Values,
    formula: Formula,
    found: Mapping[Fraction, arb | None],
    at: Callable[[Fraction], arb | None],
    what: str,
) -> Answer:
    known = {place: real for place, real in found.items() if real is not None}
    if not known:
        return Answer("undecided", f"no {what} is known")
    for sign in (1, -1):
        known.update(_peak(known, at, sign))
    for place, real in known.items():
        if outside(claimed, real):
            return Answer("refuted", f"at {_place(place)} the {what} is {text_of(real)}")
    if isinstance(claimed, Values):
        for number in claimed.numbers:
            if not any(_close(number, real) for real in known.values()):
                return Answer("undecided", f"no tested {what} is {number.text}")
        return Answer("tested", points=len(known))
    for end in (claimed.low, claimed.high):
        closed = claimed.low_closed if end is claimed.low else claimed.high_closed
        if end.value is None:
            near = any(_unbounded(path, known, end.sign) for path in _paths(formula))
        elif closed:
            near = _reached(end, known, at, formula)
        else:
            near = any(_close(end, real) for real in known.values())
            if not end.unit and _reached(end, known, at, formula):
                return Answer("undecided", f"a tested {what} cannot be told from {end.text}")
        if not near:
            return Answer("undecided", f"no tested {what} comes near {end.text}")
    return Answer("tested", points=len(known))


def _reached(
    end: Number,
    known: Mapping[Fraction, arb],
    at: Callable[[Fraction], arb | None],
    formula: Formula,
) -> bool:
    """Tell whether a number is a value, as far as points show it: exactly, or where it turns."""
    wanted = ball_of(end)
    for place, real in known.items():
        if abs(place) > 2**12 or not _close(end, real):
            continue
        if real.is_exact() and wanted.is_exact() and real == wanted:
            return True
        beside = [place - BESIDE, place + BESIDE]
        others = [at(one) for one in beside if within(formula.domain, one)]
        inner = all(within(formula.domain, one) for one in beside)
        if not inner and not end.unit and not real.overlaps(wanted):
            continue
        if end.unit or all(
            other is not None and bool(abs(other - wanted) > abs(real - wanted)) for other in others
        ):
            return True
    return False


def _close(number: Number, real: arb) -> bool:
    """Tell whether a value certainly is as near to a number as claims are held to."""
    if number.unit:
        return bool(ball_of(number).contains(real))
    return bool(abs(real - ball_of(number)) < CLOSE)


def _peak(
    known: Mapping[Fraction, arb], at: Callable[[Fraction], arb | None], sign: int
) -> dict[Fraction, arb]:
    """Return values around the greatest one (times a sign), ever nearer to where it is."""
    ordered = sorted(place for place in known if abs(place) <= 2**12)
    if not ordered:
        return {}
    best = max(ordered, key=lambda place: float((sign * known[place]).mid()))
    where = ordered.index(best)
    step = max(
        (abs(best - one) for one in ordered[max(0, where - 1) : where + 2]), default=Fraction(0)
    )
    found: dict[Fraction, arb] = {}
    top, low, high = known[best], ordered[0], ordered[-1]
    if step == 0:
        return found
    for _ in range(400):
        moved = False
        for place in (best - step, best + step):
            real = at(place) if low <= place <= high else None
            if real is None:
                continue
            found[place] = real
            if bool(sign * real > sign * top):
                best, top, moved = place, real, True
                break
        if not moved:
            step /= 2
        if step < Fraction(1, 2**100):
            break
    return found


def _paths(formula: Formula) -> Iterator[list[Fraction]]:
    """Yield points that go far out, or towards a branch or an end of the domain."""
    for sign in (1, -1):
        yield [sign * Fraction(2) ** n for n in FAR]
        for place in formula.also:
            yield [place + sign * Fraction(1, 2**n) for n in FAR]
        ends = [formula.domain.low.value, formula.domain.high.value] if formula.domain else []
        for end in (end for end in ends if end is not None):
            yield [end + sign * Fraction(1, 2**n) for n in FAR]


def _unbounded(path: list[Fraction], known: Mapping[Fraction, arb], sign: int) -> bool:
    """Tell whether values along a path go on growing: no step is much less than the one before."""
    values = [sign * known[place] for place in path if place in known]
    steps = [after - before for before, after in pairwise(values)][-6:]
    return (
        len(steps) >= 4
        and all(bool(step > arb(1) / 10) for step in steps)
        and all(bool(after > before * 9 / 10) for before, after in pairwise(steps[1:]))
    )


def ball_of(number: Number) -> arb:
    """Return a ball of all that a number may stand for."""
    assert number.value is not None  # noqa: S101 (finite)
    sign = -1 if number.text.startswith(("-", "−")) else 1
    return exact(number.value).union(exact(number.value + sign * number.unit))


def outside(claimed: Interval | Values, real: arb) -> bool:
    """Tell whether a value is certainly not in a set."""
    if isinstance(claimed, Values):
        return not any(real.overlaps(ball_of(number)) for number in claimed.numbers)
    low, high = claimed.low, claimed.high
    below = low.value is not None and bool(
        real < ball_of(low) if claimed.low_closed else real <= ball_of(low)
    )
    above = high.value is not None and bool(
        real > ball_of(high) if claimed.high_closed else real >= ball_of(high)
    )
    return below or above


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
        return _held(formula, iter(()))
    (a, first), (b, second) = wrong
    words = f"it is {text_of(first)} at {_place(a)} and {text_of(second)} at {_place(b)}"
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
            yield f"at {_place(place)} the value is {text_of(real)}, not {text_of(height)}"
        else:
            yield (
                f"at {_place(place)} the value is {text_of(real)}, "
                f"and at {_place(2 * x - place)} it is {text_of(other)}"
            )


def _limits(claimed: tuple[Limit, ...], formula: Formula) -> Answer:
    for one in claimed:
        for path in _towards(one.at):
            path = [place for place in path if within(formula.domain, place)]
            if not path:
                continue
            known = {p: real for p in path if (real := formula.value(p)) is not None}
            if len(known) < 4:
                return Answer("undecided", f"too little is known next to {one.at.text}")
            last = max(known, key=path.index)
            if one.value.value is None:
                near = _unbounded(path, known, one.value.sign)
            else:
                near = path.index(last) > 8 and _close(one.value, known[last])
            if not near:
                words = f"at {_place(last)} the value is {text_of(known[last])}"
                return Answer("undecided", words)
    return Answer("tested", points=len(FAR) * len(claimed))


def _towards(at: Number) -> Iterator[list[Fraction]]:
    if at.value is None:
        yield [at.sign * Fraction(2) ** n for n in FAR]
        return
    for sign in (1, -1):
        yield [at.value + sign * Fraction(1, 2**n) for n in FAR]


SLOPES_WRONG: Mapping[str, Callable[[arb], bool]] = {
    ">": lambda slope: bool(slope <= 0),
    "≥": lambda slope: bool(slope < 0),
    "<": lambda slope: bool(slope >= 0),
    "≤": lambda slope: bool(slope > 0),
    "=": lambda slope: bool(slope != 0),
}
"""Sign that is claimed → whether a slope certainly has another."""


def _derivative(claimed: str, formula: Formula) -> Answer:
    answer = _held(
        formula,
        (
            f"at {_place(place)} it is {text_of(slope)}"
            for place, slope in formula.slopes.items()
            if slope is not None and SLOPES_WRONG[claimed](slope)
        ),
    )
    if answer.status == "tested" and claimed in "<>" and _levels(formula):
        return Answer("undecided", "somewhere it cannot be told from 0")
    return answer


def _levels(formula: Formula, but: Callable[[Fraction], bool] = lambda place: False) -> bool:
    """Tell whether the derivative seems to be 0 somewhere, where nothing is left out."""
    zero = Number("0", Fraction(0))
    known = {p: s for p, s in formula.slopes.items() if s is not None and not but(p)}
    size = {place: abs(slope) for place, slope in known.items()}

    def at(place: Fraction) -> arb | None:
        slope = formula.slope(place)
        return None if slope is None else abs(slope)

    found = {**size, **_valleys(size, at)}
    return _reached(zero, {p: s for p, s in found.items() if not but(p)}, at, formula)


def _valleys(
    size: Mapping[Fraction, arb], at: Callable[[Fraction], arb | None]
) -> dict[Fraction, arb]:
    """Return values near each place where they are less than at both neighbours."""
    places = sorted(size)
    found: dict[Fraction, arb] = {}
    for low, place, high in zip(places, places[1:], places[2:], strict=False):
        if size[place] < size[low] and size[place] < size[high] and len(found) < 4000:
            found.update(_peak({p: size[p] for p in (low, place, high)}, at, -1))
    return found


def _zero_gradient(claimed: Region, formula: Formula) -> Answer:
    def wrong() -> Iterator[str]:
        for place, slope in formula.slopes.items():
            wanted = in_region(claimed, place)
            if slope is not None and (bool(slope != 0) if wanted else slope.is_zero()):
                yield f"at {_place(place)} the derivative is {text_of(slope)}"

    answer = _held(formula, wrong())
    if answer.status == "tested" and _levels(formula, lambda place: in_region(claimed, place)):
        return Answer("undecided", "elsewhere it cannot be told from 0")
    return answer


def in_region(claimed: Region, place: Fraction) -> bool:
    """Tell whether a place is where something is claimed."""
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
        if real is None and place not in known and place not in formula.unknown:
            return Answer("refuted", f"at {_place(place)} it has no value")
    return Answer("undecided", "points cannot show that it is continuous")


def _kinks(claimed: tuple[Number, ...], formula: Formula) -> Answer:
    known = {number.value for number in claimed}
    for place, slope in formula.slopes.items():
        missing = slope is None and place not in formula.unknown
        if missing and formula.values[place] is not None and place not in known:
            return Answer("refuted", f"at {_place(place)} it has no derivative")
    return Answer("undecided", "points cannot show that it has no kink")


def _place(place: Fraction) -> str:
    return f"{float(place):g}".replace("-", "−")


def text_of(real: arb) -> str:
    """Return a value as a message shows it."""
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
