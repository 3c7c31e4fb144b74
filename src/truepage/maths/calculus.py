"""Derivatives, limits and infinite sums.

Derivatives are read off power series in ball arithmetic. At t = 0 a term is expanded to the right
and, if it has branches, to the left as well, and is evaluated at the place itself. Where these do
not agree there is a kink or a jump. A derivative inside another one has a variable t of its own
(`truepage.maths.jets`).

Limits, infinite sums and integrals to ∞ have no bound that is certain. A limit is taken as known if
values very near the place, at distances that have nothing in common, agree to many digits; a sum or
an integral, if what is added shrinks at least by half each time, or if Richardson's extrapolation
settles. Whatever does not settle is not known: a comparison with it stays undecided.

Source: C. Brezinski and M. Redivo Zaglia, *Extrapolation Methods* (1991).
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import count, islice, product
from math import factorial
from typing import Any

import numpy as np
from flint import arb, arb_series

from truepage.maths.arrays import Array, Meaningless, Value, mapped
from truepage.maths.environment import JUMPS, Environment, Local, Place
from truepage.maths.functions import FUNCTIONS, Undefined, exact
from truepage.maths.jets import (
    UNKNOWN,
    Jet,
    Scalar,
    coefficient,
    constant,
    leaves,
    precision,
    room,
    together,
    variable,
)
from truepage.maths.terms import (
    Apply,
    Call,
    Cases,
    Definition,
    Derivative,
    Number,
    Repeated,
    Symbol,
    names_in,
    reached,
    walk,
)

MARGIN = 4
"""How many terms more an expansion has where its sign decides: x³ is 0 to first order."""
INFINITY = Symbol("\\infty")
MINUS_INFINITY = Apply("negate", (INFINITY,))
NEAR = (Fraction(5, 4) / 2**200, Fraction(4, 3) / 2**311, Fraction(7, 5) / 2**420)
"""Distances from the place of a limit; their reciprocals for a limit at ∞."""
AGREE = arb(2) ** -150
BITS = 1600
"""Bits for values near the place of a limit, where they may cancel."""
FAR = arb(2) ** 100
"""Numbers beyond this one, or nearer to 0 than 1 over it, may decide what a limit is."""
SWITCHES = JUMPS | {"max", "min", "\\max", "\\min"}
"""Operations and functions whose values may go on in another way, however far on."""

SMALL = arb(2) ** -110
"""What is added no more counts, relative to the sum."""
MOST_TERMS = 2048
"""Terms of an infinite sum; a power of two."""
SETTLED = arb(10) ** -13
"""Relative width up to which an extrapolated value counts as known."""


class NoLimit(Undefined):
    """A term has other limits from the left and from the right."""


class NoDerivative(Undefined):
    """A term has a kink or a jump here."""

    def __init__(self, left: Value, right: Value) -> None:
        super().__init__(left, right)

    def __str__(self) -> str:
        """Return the two slopes, as far as they are plain numbers."""
        left, right = (
            "?" if isinstance(s, np.ndarray) else f"{float(constant(s).mid()):.6g}"
            for s in self.args
        )
        if left == right:
            return "there is a jump"
        return f"the slope is {left} from the left and {right} from the right"


def derivative_of(e: Environment, term: Derivative, local: Local) -> Value:
    """Return a derivative; with respect to a vector or matrix, an array of them."""

    def slope(place: Place, at: Any) -> Value:
        return _slope(e, term, at, lambda x: e.varied({place: x}).value(term.body, local))

    letter, order = term.variable, term.order
    at = e.value(letter, local)
    if isinstance(letter, Symbol) and letter.name in local:
        if isinstance(at, np.ndarray):
            raise Meaningless("a vector or matrix stands where a number is expected")
        bound = letter.name
        return _slope(e, term, at, lambda x: e.varied().value(term.body, {**local, bound: x}))
    if not isinstance(at, np.ndarray):
        return slope(e.place(letter, local), at)
    if not isinstance(letter, Symbol):
        raise Meaningless("a derivative with respect to an element that is a vector")
    if order > 1:
        words = f"a derivative of order {order} with respect to an array; write its elements"
        raise Meaningless(words)
    slopes: Array = np.empty(at.shape, dtype=object)
    for place in np.ndindex(at.shape):
        indices = tuple(i + e.definitions.first for i in place)
        one = slope((letter.name, indices), at.item(place))
        if isinstance(one, np.ndarray):
            raise Meaningless("the derivative of an array by an array; write its elements")
        slopes[place] = one
    return slopes


def _slope(
    e: Environment, term: Derivative, at: Scalar, function: Callable[[Scalar], Value]
) -> Value:
    """Return the derivative at a place, from one expansion or, at branches, from two."""
    level, order = e.level + 1, term.order
    branches = e.definitions.branches(term.body)
    # Deeper down a margin would cost more than it is worth: it multiplies at each level.
    length = order + 1 + (MARGIN if branches and level <= 2 else 0)

    def nth(n: int, direction: int, x: Scalar) -> Scalar:
        found: Scalar = coefficient(x, level, n) * (factorial(n) * direction**n)
        return found

    def expand(direction: int, lowest: int) -> list[Value]:
        try:
            with room(length):
                expansion = function(variable(at, direction, level, length))
        except AttributeError as error:
            if not isinstance(error.obj, arb_series | Jet):
                raise
            raise Meaningless(f"the derivative of {error.name} is not supported") from None
        return [mapped(partial(nth, n, direction), expansion) for n in range(lowest, order + 1)]

    if not branches:
        return expand(1, order)[0]
    right, left, here = expand(1, 0), expand(-1, 0), function(at)
    if not (_may_be_equal(left[0], here) and _may_be_equal(right[0], here)):
        raise NoDerivative(left[order], right[order])
    for from_left, from_right in zip(left, right, strict=True):
        if not _may_be_equal(from_left, from_right):
            raise NoDerivative(from_left, from_right)
    return mapped(_if_known, right[order], here, *left, *right)


def _if_known(slope: Scalar, *others: Scalar) -> Scalar:
    """Return a slope, or NaN if something is not known that decides whether there is one."""
    known = all(not number.is_nan() for one in others for number in leaves(one))
    return slope if known else UNKNOWN


def _may_be_equal(x: Value, y: Value) -> bool:
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        return all(_may_be_equal(a, b) for a, b in zip(x.flat, y.flat, strict=True))
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        return True
    return all(a.is_nan() or b.is_nan() or a.overlaps(b) for a, b in together(x, y))


def prime_of(e: Environment, term: Call, local: Local) -> Value:
    """Return f′(a): the derivative of what defines f, at a."""
    definition = e.definitions.table.get(term.function)
    if definition is None and term.function in FUNCTIONS:
        definition = Definition(("u",), Call(term.function, (Symbol("u"),)))
    one = definition is not None and not definition.indexed and len(definition.parameters) == 1
    if definition is None or not one or len(term.arguments) != 1:
        raise Meaningless(f"{term.function} is not a function of one variable")
    (parameter,), body = definition.parameters, definition.body

    def derived() -> Definition:
        return Definition((parameter,), Derivative(body, Symbol(parameter), term.order))

    slope = e.definitions.fact(f"derivative {term.order} by {parameter}", body, derived)
    return mapped(lambda at: e.enter(slope, {parameter: at}), e.value(term.arguments[0], local))


def limit_of(e: Environment, term: Repeated, local: Local) -> Value:
    """Return a limit; NaN: it is not known."""
    place = term.lower
    if place is None:
        raise Meaningless("a limit without a place")
    far = place in (INFINITY, MINUS_INFINITY)
    sides = (-1,) if place == MINUS_INFINITY else (1,) if far else (1, -1)
    if isinstance(term.upper, Number):  # from one side: 0⁺, 0⁻
        sides = (int(term.upper.value),)

    if _has_far_scale(e, term, local):
        return UNKNOWN
    at = None if far else real(e.value(place, local), "a limit")
    with precision(BITS):
        found = []
        for distance, side in product(map(exact, NEAR), sides):
            x = side / distance if at is None else at + side * distance
            inside = {**local, term.index: x}
            found.append(real(e.varied().value(term.body, inside), "a limit"))
        ends = [_common(found[at :: len(sides)]) for at in range(len(sides))]
        if not all(one.is_finite() for one in ends):
            return UNKNOWN
        if not all(one.overlaps(ends[-1]) for one in ends):
            raise NoLimit
        return ends[-1]


def _common(found: Sequence[arb]) -> arb:
    """Return what values near a place agree on; NaN if they do not."""
    last = found[-1]
    near = AGREE * abs(last).max(arb(1))
    if not all(one.is_finite() and abs(one - last) <= near for one in found):
        return UNKNOWN
    return last + arb(0, 4 * near.upper())


def _has_far_scale(e: Environment, term: Repeated, local: Local) -> bool:
    """Tell whether a number in a term is so large or small that its limit may be beyond it."""
    for part in reached([term.body], e.definitions.table):
        named = isinstance(part, Symbol) and part.name != term.index
        if named or not any(map(names_in, walk(part))):
            try:
                size = e.value(part, local)
            except (Meaningless, Undefined):
                continue
            if isinstance(size, arb) and size != 0 and not 1 / FAR < abs(size) < FAR:
                return True
    return False


def _switches(e: Environment, term: Repeated) -> bool:
    """Tell whether the index may change the form of what is added: further on it may be another."""
    return any(
        isinstance(part, Cases)
        or (isinstance(part, Apply | Repeated) and part.operation in SWITCHES)
        or names_in(part) & SWITCHES
        for part in reached([term.body], e.definitions.table)
        if any(term.index in names_in(inner) for inner in walk(part))
    )


def infinite_sum_of(e: Environment, term: Repeated, local: Local) -> Value:
    """Return an infinite sum; NaN: it does not settle."""
    if term.operation != "add" or term.lower is None:
        raise Meaningless("an infinite product, maximum or minimum is not computed")
    if _switches(e, term):
        return UNKNOWN
    inside = dict(local)

    def one(n: int) -> arb:
        inside[term.index] = arb(n)
        return real(e.value(term.body, inside), "an infinite sum")

    terms = map(one, islice(count(e.whole(term.lower, local)), MOST_TERMS))
    return settled(terms, at_powers_of_two=True)


def real(value: Value, what: str) -> arb:
    """Return a value that must be a real number; `what` names what asks for it."""
    if not isinstance(value, arb):
        raise Meaningless(f"{what} of anything but numbers is not computed, nor its derivative")
    return value


def settled(terms: Iterator[arb], *, at_powers_of_two: bool) -> arb:
    """Return the sum of what shrinks fast, or else Richardson's extrapolation of partial sums.

    The partial sums that count are those after 1, 2, 4, … terms, or after each.
    """
    total, before, shrinking = arb(0), arb(0), 0
    table: list[arb] = []
    sizes: list[arb] = []
    change = UNKNOWN
    for number, one in enumerate(terms, 1):
        if not one.is_finite():
            return UNKNOWN
        total += one
        sizes.append(abs(one))
        if one == 0:
            continue  # says nothing of those that follow
        if shrinking >= 4 and abs(one) <= SMALL * abs(total).max(SETTLED):
            return total + arb(0, 2 * abs(one).upper())
        shrinking = shrinking + 1 if 2 * abs(one) <= abs(before) else 0
        before = one
        if not at_powers_of_two or number & (number - 1) == 0:
            row = [total]
            for power, other in enumerate(table, 1):
                row.append(row[-1] + (row[-1] - other) / (2**power - 1))
            if len(table) > 4:
                change = row[-1] - table[-1]
            table = row
    if all(one == 0 for one in sizes[len(sizes) // 2 :]):
        return total if any(one != 0 for one in sizes) else UNKNOWN
    if at_powers_of_two and not 10 * max(sizes[-16:]) < 9 * max(sizes[len(sizes) // 2 - 16 :][:16]):
        return UNKNOWN  # what is added does not become small, as in 1 − 1 + 1 − …
    if table and abs(change) <= SETTLED * abs(table[-1]).max(arb(1)):
        return table[-1] + arb(0, 4 * abs(change).upper())
    return UNKNOWN
