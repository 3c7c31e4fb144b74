"""Derivatives of terms, from power series in ball arithmetic.

At t = 0 a term is expanded to the right and, if it has branches, to the left as well, and is
evaluated at the place itself. Where these do not agree there is a kink or a jump. A derivative
inside another one has a variable t of its own (`truepage.maths.jets`).
"""

from collections.abc import Callable
from functools import partial
from math import factorial
from typing import Any

import numpy as np
from flint import arb_series

from truepage.maths.arrays import Array, Meaningless, Value, mapped
from truepage.maths.environment import Environment, Local, Place
from truepage.maths.functions import FUNCTIONS, Undefined
from truepage.maths.jets import (
    UNKNOWN,
    Jet,
    Scalar,
    coefficient,
    constant,
    leaves,
    room,
    together,
    variable,
)
from truepage.maths.terms import Call, Definition, Derivative, Symbol

MARGIN = 4
"""How many terms more an expansion has where its sign decides: x³ is 0 to first order."""


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
