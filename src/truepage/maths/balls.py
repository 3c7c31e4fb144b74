r"""The value of a term, in ball arithmetic: a rigorous enclosure, whatever the precision.

What the letters stand for is given as an environment: name → number, ball, array, or definition. A
ball may be as wide as you like; the answer then encloses all values that the term takes on it.
Arrays hold vectors and matrices; a finite set is the number of its elements, and they are numbered
from 1, as all indices are. Where a term certainly has no value, `Undefined` is raised; NaN means
that nothing is known, because the balls are too wide for the precision.

Derivatives come from power series: at t = 0 the term is expanded to the right and, if it has
branches, to the left as well. Where the two differ there is no derivative.

Examples
--------
>>> from truepage.maths.terms import Apply, Call, Number, Symbol
>>> x = Symbol("x")
>>> relu = Call("\\max", (Number(Fraction(0)), x))
>>> float(value(relu, {"x": 3.5}))
3.5
>>> interval = value(Apply("subtract", (relu, x)), {"x": arb(0, 1)})
>>> interval.contains(arb(0)) and interval.contains(arb(1))
True
>>> float(derivative(Apply("power", (x, Number(Fraction(3)))), "x", {"x": 2}))
12.0
>>> derivative(relu, "x", {"x": 0})
Traceback (most recent call last):
    ...
truepage.maths.slopes.NoDerivative: the slope is 0 from the left and 1 from the right
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from flint import acb, arb, ctx
from numpy.typing import NDArray

from truepage.maths.arrays import Array, Value
from truepage.maths.definitions import Definitions
from truepage.maths.evaluation import Evaluation
from truepage.maths.functions import exact
from truepage.maths.terms import Definition, Derivative, Symbol, Term

__all__ = ["Evaluation", "ball", "derivative", "numbers", "precision", "value"]

Given: TypeAlias = Value | float | Fraction | NDArray[Any] | Definition


class precision:  # noqa: N801 (it reads like a function, and is faster than a generator)
    """Compute with so many bits, in a ``with`` statement."""

    __slots__ = ("_before", "_bits")

    def __init__(self, bits: int) -> None:
        self._bits = bits

    def __enter__(self) -> None:
        self._before: int = ctx.prec
        ctx.prec = self._bits

    def __exit__(self, *error: object) -> None:
        ctx.prec = self._before


def value(term: Term, env: Mapping[str, Given]) -> Value:
    """Return the value of a term.

    Raises
    ------
    Undefined
        It certainly has none here.
    Meaningless
        It has none anywhere: a letter that stands for nothing, shapes that do not fit.
    """
    return Evaluation(Definitions.of(env), numbers(env)).value(term)


def derivative(term: Term, variable: str, env: Mapping[str, Given], order: int = 1) -> Value:
    """Return a derivative of a term with respect to one of its letters.

    Over a wide ball it encloses the slopes at all points that have one, and at a kink everything
    between the two; so a continuous term is monotone where this has one sign.

    Raises
    ------
    NoDerivative
        It has a kink or a jump at exactly this place.
    Undefined, Meaningless
        As for `value`.
    """
    return value(Derivative(term, Symbol(variable), order), env)


def numbers(env: Mapping[str, Given]) -> dict[str, Value]:
    """Return what an environment gives as numbers, as balls."""
    return {name: ball(given) for name, given in env.items() if not isinstance(given, Definition)}


def ball(given: "Value | float | Fraction | NDArray[Any]") -> Value:
    """Return a number, or an array of numbers, as balls; each is exactly that float or fraction."""
    if isinstance(given, np.ndarray):
        return given if given.dtype == object else _ball_of_each(given)
    if isinstance(given, complex):
        number: Any = acb(given)
        return number  # type: ignore[no-any-return]
    if isinstance(given, float | np.floating):
        return arb(float(given))
    return exact(given) if isinstance(given, Fraction | int) else given


def _ball_of_each(array: NDArray[Any]) -> Array:
    balls = np.empty(array.shape, dtype=object)
    for place, number in np.ndenumerate(array):
        balls[place] = ball(number.item())
    return balls
