"""Derivatives of terms, from power series in ball arithmetic.

At t = 0 a term is expanded to the right and, if it has branches, to the left as well, and is
evaluated at the place itself. Where these do not agree there is a kink or a jump. A derivative
inside another one has a variable t of its own (`truepage.maths.jets`).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import factorial
from typing import Protocol, Self, TypeAlias

import numpy as np
from flint import arb_series

from truepage.maths.arrays import Array, Meaningless, Value, mapped
from truepage.maths.definitions import Definitions
from truepage.maths.functions import FUNCTIONS, Undefined
from truepage.maths.jets import (
    UNKNOWN,
    Jet,
    Scalar,
    coefficient,
    constant,
    leaves,
    pairs,
    room,
    variable,
)
from truepage.maths.terms import Call, Comparison, Definition, Derivative, Index, Symbol, Term

Local: TypeAlias = dict[str, Value]
"""Names that are bound, with what they stand for."""
Place: TypeAlias = tuple[str, tuple[int, ...]]
"""A name, and the indices of an element of it."""

MARGIN = 4
"""How many terms more an expansion has where its sign decides: x³ is 0 to first order."""

Vary = Callable[[Term, Scalar], Value]
"""Evaluates a term with the variable's value replaced."""


class Evaluation(Protocol):
    """What evaluates terms at a point (`truepage.maths.evaluation`)."""

    definitions: Definitions
    level: int

    def value(self, term: Term, local: Local | None = None) -> Value:
        """Return the value of a term."""

    def scalar(self, term: Term, local: Local | None = None) -> Scalar:
        """Return the value of a term that must be a number."""

    def holds(self, comparison: Comparison, local: Local | None = None) -> bool | None:
        """Tell whether a chain of relations holds."""

    def named(self, name: str) -> Value | None:
        """Return what a name stands for that is not bound, if anything."""

    def given(self, name: str) -> Value | None:
        """Return what a name is given as."""

    def element(self, name: str, indices: tuple[int, ...], local: Local) -> Value:
        """Return an element of a vector or matrix."""

    def applied(self, function: str, arguments: Sequence[Value]) -> Value:
        """Return the value of a function."""

    def enter(self, definition: Definition, local: Local) -> Value:
        """Return the value of a definition's body."""

    def place(self, variable: Symbol | Index, local: Local) -> Place:
        """Return what names a variable."""

    def varied(self, change: Mapping[Place, Value]) -> Self:
        """Return the same with some things fixed otherwise."""

    def count(self, terms: int) -> None:
        """Count the terms of sums and products."""

    def extent(self, index: str, body: Term, local: Local) -> int:
        """Return how far an index runs that has no bounds."""


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


def derivative_of(evaluation: Evaluation, term: Derivative, local: Local) -> Value:
    """Return a derivative; with respect to a vector or matrix, an array of them."""
    variable = term.variable
    if isinstance(variable, Symbol) and variable.name in local:
        name = variable.name

        def vary_local(body: Term, x: Scalar) -> Value:
            return evaluation.varied({}).value(body, {**local, name: x})

        return _slope(evaluation, term, evaluation.scalar(variable, local), vary_local)
    at = evaluation.value(variable, local)
    if isinstance(at, np.ndarray):
        if not isinstance(variable, Symbol):
            raise Meaningless("a derivative with respect to an element that is a vector")
        if term.order > 1:
            raise Meaningless(
                f"a derivative of order {term.order} with respect to an array; write its elements"
            )
        slopes: Array = np.empty(at.shape, dtype=object)
        for place in np.ndindex(at.shape):
            indices = tuple(i + evaluation.definitions.first for i in place)
            vary = _vary(evaluation, (variable.name, indices), local)
            slope = _slope(evaluation, term, at.item(place), vary)
            if isinstance(slope, np.ndarray):
                raise Meaningless("the derivative of an array by an array; write its elements")
            slopes[place] = slope
        return slopes
    return _slope(evaluation, term, at, _vary(evaluation, evaluation.place(variable, local), local))


def _vary(evaluation: Evaluation, place: Place, local: Local) -> Vary:
    return lambda body, x: evaluation.varied({place: x}).value(body, local)


def _slope(evaluation: Evaluation, term: Derivative, at: Scalar, vary: Vary) -> Value:
    """Return the derivative at a place, from one expansion or, at branches, from two."""
    level, order = evaluation.level + 1, term.order
    branches = evaluation.definitions.branches(term.body)
    # Deeper down a margin would cost more than it is worth: it multiplies at each level.
    length = order + 1 + (MARGIN if branches and level <= 2 else 0)

    def nth(n: int, direction: int, x: Scalar) -> Scalar:
        found: Scalar = coefficient(x, level, n) * (factorial(n) * direction**n)
        return found

    def expand(direction: int, lowest: int) -> list[Value]:
        try:
            with room(length):
                expansion = vary(term.body, variable(at, direction, level, length))
        except AttributeError as error:
            if not isinstance(error.obj, arb_series | Jet):
                raise
            raise Meaningless(f"the derivative of {error.name} is not supported") from None
        return [mapped(partial(nth, n, direction), expansion) for n in range(lowest, order + 1)]

    if not branches:
        return expand(1, order)[0]
    right, left = expand(1, 0), expand(-1, 0)
    here = vary(term.body, at)
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
    return all(a.is_nan() or b.is_nan() or a.overlaps(b) for a, b in pairs(x, y))


def prime_of(evaluation: Evaluation, term: Call, local: Local) -> Value:
    """Return f′(a): the derivative of what defines f, at a."""
    definition = evaluation.definitions.table.get(term.function)
    if definition is None and term.function in FUNCTIONS:
        definition = Definition(("u",), Call(term.function, (Symbol("u"),)))
    if definition is None or definition.indexed or len(definition.parameters) != 1:
        raise Meaningless(f"{term.function} is not a function of one variable")
    if len(term.arguments) != 1:
        raise Meaningless(f"{term.function} is a function of one variable")
    (parameter,) = definition.parameters
    body, order = definition.body, term.order

    def derived() -> Definition:
        return Definition((parameter,), Derivative(body, Symbol(parameter), order))

    slope = evaluation.definitions.fact(f"derivative {order} by {parameter}", body, derived)
    return mapped(
        lambda a: evaluation.enter(slope, {parameter: a}),
        evaluation.value(term.arguments[0], local),
    )
