"""Derivatives of terms, from power series in ball arithmetic.

At t = 0 a term is expanded to the right and, if it has branches, to the left as well, and is
evaluated at the place itself. Where these do not agree there is a kink or a jump.
"""

from collections.abc import Callable, Mapping
from math import factorial
from typing import Protocol, Self, TypeAlias

import numpy as np
from flint import arb, arb_series

from truepage.maths.definitions import Definitions
from truepage.maths.functions import FUNCTIONS, Scalar, Undefined, constant
from truepage.maths.linear import Array, Meaningless, Value, mapped
from truepage.maths.terms import Call, Definition, Derivative, Index, Symbol, Term

Local: TypeAlias = dict[str, Value]
"""Names that are bound, with what they stand for."""
Place: TypeAlias = tuple[str, tuple[int, ...]]
"""A name, and the indices of an element of it."""

Vary = Callable[[Term, Scalar], Value]
"""Evaluates a term with the variable's value replaced."""


class Evaluation(Protocol):
    """What evaluates terms at a point (`truepage.maths.balls`)."""

    definitions: Definitions

    def value(self, term: Term, local: Local | None = None) -> Value:
        """Return the value of a term."""

    def scalar(self, term: Term, local: Local | None = None) -> Scalar:
        """Return the value of a term that must be a number."""

    def enter(self, definition: Definition, local: Local) -> Value:
        """Return the value of a definition's body."""

    def place(self, variable: Symbol | Index, local: Local) -> Place:
        """Return what names a variable."""

    def varied(self, change: Mapping[Place, Value]) -> Self:
        """Return the same with some things fixed otherwise."""


class NoDerivative(Undefined):
    """A term has a kink or a jump here."""

    def __init__(self, left: Value, right: Value) -> None:
        super().__init__(left, right)

    def __str__(self) -> str:
        """Return the two slopes, as far as they are plain numbers."""
        left, right = (f"{float(s.mid()):.6g}" if isinstance(s, arb) else "?" for s in self.args)
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
        slopes: Array = np.empty(at.shape, dtype=object)
        for place in np.ndindex(at.shape):
            indices = tuple(i + 1 for i in place)
            vary = _vary(evaluation, (variable.name, indices), local)
            slopes[place] = _slope(evaluation, term, at.item(place), vary)
        return slopes
    return _slope(evaluation, term, at, _vary(evaluation, evaluation.place(variable, local), local))


def _vary(evaluation: Evaluation, place: Place, local: Local) -> Vary:
    return lambda body, x: evaluation.varied({place: x}).value(body, local)


def _slope(evaluation: Evaluation, term: Derivative, at: Scalar, vary: Vary) -> Value:
    """Return the derivative at a place, from one expansion or, at branches, from two."""
    if isinstance(at, arb_series):
        raise Meaningless("a derivative inside a derivative is not supported")

    def expand(direction: int) -> tuple[Value, Value]:
        expansion = vary(term.body, arb_series([at, arb(direction)], prec=term.order + 1))
        scale = factorial(term.order) * direction**term.order

        def coefficient(x: Scalar) -> Scalar:
            return x[term.order] * scale if isinstance(x, arb_series) else arb(0)

        return mapped(coefficient, expansion), mapped(constant, expansion)

    right, limit_right = expand(1)
    if not evaluation.definitions.branches(term.body):
        return right
    left, limit_left = expand(-1)
    here = vary(term.body, at)
    if not (
        _may_be_equal(left, right)
        and _may_be_equal(limit_left, here)
        and _may_be_equal(limit_right, here)
    ):
        raise NoDerivative(left, right)
    return right


def _may_be_equal(x: Value, y: Value) -> bool:
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        return all(_may_be_equal(a, b) for a, b in zip(x.flat, y.flat, strict=True))
    return not (isinstance(x, arb) and isinstance(y, arb)) or x.is_nan() or x.overlaps(y)


def prime_of(evaluation: Evaluation, term: Call, local: Local) -> Value:
    """Return f′(a), and where a itself is expanded, the expansion of f′ along with it."""
    definition = evaluation.definitions.table.get(term.function)
    if definition is None and term.function in FUNCTIONS:
        definition = Definition(("u",), Call(term.function, (Symbol("u"),)))
    if definition is None or definition.indexed or len(definition.parameters) != 1:
        raise Meaningless(f"{term.function} is not a function of one variable")
    if len(term.arguments) != 1:
        raise Meaningless(f"{term.function} is a function of one variable")
    (parameter,) = definition.parameters
    body = definition
    slope = Definition((parameter,), Derivative(body.body, Symbol(parameter), term.order))

    def of_one(a: Scalar) -> Value:
        at = evaluation.enter(slope, {parameter: constant(a)})
        if isinstance(a, arb):
            return at
        inner = arb_series([a[0], arb(1)], prec=a.prec + term.order)
        expansion = evaluation.enter(body, {parameter: inner})
        for _ in range(term.order):
            expansion = expansion.derivative() if isinstance(expansion, arb_series) else arb(0)
        return expansion(a - a[0]) if isinstance(expansion, arb_series) else expansion

    return mapped(of_one, evaluation.value(term.arguments[0], local))
