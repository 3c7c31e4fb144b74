"""Operations on numbers, vectors and matrices of balls, as formulas mean them.

A vector is an array with one dimension and is a column or a row as the product needs it; a matrix
times a vector, a vector times a matrix and a matrix times a matrix are products of matrices. A
vector that is added to a matrix is added to each of its rows, as biases are in this field.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from flint import arb
from numpy.typing import NDArray

from truepage.maths.functions import (
    absolute,
    divide,
    logarithm,
    power,
    square_root,
    whole,
)
from truepage.maths.jets import Scalar, constant

Array: TypeAlias = NDArray[Any]
Value: TypeAlias = Scalar | Array


class Row(np.ndarray[Any, Any]):
    """A vector that was transposed: a row, whatever stands beside it."""


class Meaningless(Exception):  # noqa: N818 (a description of a formula, for the author)
    """A formula has no meaning: a letter that stands for nothing, shapes that do not fit."""


def mapped(function: Callable[..., Value], *arguments: Value) -> Value:
    """Apply a function of numbers, to arrays element by element."""
    if len(arguments) == 1 and not isinstance(arguments[0], np.ndarray):
        return function(*arguments)
    arrays = [one for one in arguments if isinstance(one, np.ndarray)]
    if not arrays:
        return function(*arguments)
    if any(one.shape != arrays[0].shape for one in arrays):
        raise Meaningless("a function is applied to arrays of different shapes")
    result = np.empty(arrays[0].shape, dtype=object)
    for place in np.ndindex(result.shape):
        result[place] = function(
            *(one[place] if isinstance(one, np.ndarray) else one for one in arguments)
        )
    return result


def _sum(operation: Callable[[Any, Any], Value]) -> Callable[[Value, Value], Value]:
    def apply(x: Value, y: Value) -> Value:
        if type(x) is arb and type(y) is arb:
            return operation(x, y)
        if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
            shapes: list[tuple[int, ...]] = [getattr(one, "shape", ()) for one in (x, y)]
            rows = len(shapes[0]) != len(shapes[1]) and all(shapes)
            if shapes[0] != shapes[1] and not (rows and shapes[0][-1] == shapes[1][-1]):
                raise Meaningless(f"shapes {shapes[0]} and {shapes[1]} cannot be added")
        return operation(x, y)

    return apply


def multiply(x: Value, y: Value) -> Value:
    """Product: of numbers, of a number and an array, or of matrices and vectors."""
    if not (isinstance(x, np.ndarray) and isinstance(y, np.ndarray)):
        return x * y
    if isinstance(x, Row) and y.ndim == 1 and not isinstance(y, Row):
        return _matrix_product(x.view(np.ndarray), y)
    if isinstance(y, Row) and x.ndim == 1 and not isinstance(x, Row):
        return x[:, np.newaxis] @ y[np.newaxis, :].view(np.ndarray)
    if x.ndim == y.ndim == 1:
        raise Meaningless(r"two vectors side by side; write \mathbf{w}^\top \mathbf{x} or \odot")
    return _matrix_product(x.view(np.ndarray), y.view(np.ndarray))


def _matrix_product(x: Array, y: Array) -> Value:
    if x.shape[-1] != y.shape[0]:
        raise Meaningless(f"shapes {x.shape} and {y.shape} cannot be multiplied")
    product: Value = x @ y
    return product


def dot(x: Value, y: Value) -> Value:
    """Product with a dot: of two vectors it is their inner product."""
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and x.ndim == y.ndim == 1:
        return _matrix_product(x, y)
    return multiply(x, y)


def _divide(x: Value, y: Value) -> Value:
    if isinstance(y, np.ndarray):
        raise Meaningless("a division by a vector or matrix")
    return mapped(lambda one: divide(one, y), x)


def _power(x: Value, y: Value) -> Value:
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        raise Meaningless("a power of a vector or matrix")
    return power(x, y)


def _transpose(x: Value) -> Value:
    if not isinstance(x, np.ndarray):
        return x
    if x.ndim > 1:
        return x.T
    return x.view(np.ndarray) if isinstance(x, Row) else x.view(Row)


def _root(x: Scalar, degree: Scalar) -> Scalar:
    number = whole(degree)
    odd = number is not None and number % 2 == 1
    if odd and constant(x) < 0:
        return -power(-x, divide(arb(1), degree))
    return power(x, divide(arb(1), degree))


OPERATIONS: dict[str, Callable[..., Value]] = {
    "add": _sum(lambda x, y: x + y),
    "subtract": _sum(lambda x, y: x - y),
    "negate": lambda x: -x,
    "multiply": multiply,
    "dot": dot,
    "elementwise": lambda x, y: mapped(lambda a, b: a * b, x, y),
    "divide": _divide,
    "power": _power,
    "abs": lambda x: mapped(absolute, x),
    "sqrt": lambda x: mapped(square_root, x),
    "root": lambda x, degree: mapped(_root, x, degree),
    "log_base": lambda x, base: mapped(_log_base, x, base),
    "transpose": _transpose,
}
"""Operations that have a sign, by the name that terms call them."""


def _log_base(x: Scalar, base: Scalar) -> Scalar:
    return divide(logarithm(x), logarithm(base))
