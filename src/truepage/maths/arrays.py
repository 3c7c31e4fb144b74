"""Vectors and matrices of balls: how they are added, multiplied, and taken element by element.

A vector is an array with one dimension and is a column or a row as the product needs it; a matrix
times a vector, a vector times a matrix and a matrix times a matrix are products of matrices. A
vector that is added to a matrix is added to each of its rows, as biases are in this field.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from flint import acb, arb
from numpy.typing import NDArray

from truepage.maths import functions
from truepage.maths.jets import Scalar

Array: TypeAlias = NDArray[Any]
Value: TypeAlias = Scalar | Array


OF_COMPLEX = {
    "add", "subtract", "negate", "multiply", "times", "elementwise", "divide", "power", "abs",
    "sqrt", "norm", "norm_p", "row", "matrix", "transpose", "element", "tr", "\\mathbb{E}",
} | functions.OF_COMPLEX  # fmt: skip
"""Operations and functions that are computed of complex numbers."""


class Row(np.ndarray[Any, Any]):
    """A vector that was transposed: a row, whatever stands beside it."""


class Scaled:
    """The identity matrix I of whatever size fits, times a number."""

    def __init__(self, factor: Scalar) -> None:
        self.factor = factor

    def __neg__(self) -> "Scaled":
        return Scaled(-self.factor)

    def like(self, other: Value) -> Array:
        """Return the matrix that has the size of another."""
        if not isinstance(other, np.ndarray) or other.ndim != 2 or len({*other.shape}) != 1:
            raise Meaningless("the identity I stands beside something that is no square matrix")
        matrix: Array = np.empty(other.shape, dtype=object)
        for row, column in np.ndindex(*other.shape):
            matrix[row, column] = self.factor if row == column else arb(0)
        return matrix


class Meaningless(Exception):  # noqa: N818 (a description of a formula, for the author)
    """A formula has no meaning: a letter that stands for nothing, shapes that do not fit."""


class NoElement(Meaningless):
    """A vector or matrix has no such element."""


def mapped(function: Callable[..., Value], *arguments: Value) -> Value:
    """Apply a function of numbers, to arrays element by element."""
    arrays = []
    for one in arguments:
        if type(one) is arb:
            continue
        if isinstance(one, np.ndarray):
            arrays.append(one)
        elif isinstance(one, Scaled):
            raise Meaningless("the identity I has no size here; declare I, or write the matrix")
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


def guarded(name: str, function: Callable[..., Value]) -> Callable[..., Value]:
    """Return a function that refuses complex numbers, unless it is one that takes them."""
    if name in OF_COMPLEX:
        return function

    def apply(*arguments: Value) -> Value:
        arrays = [one for one in arguments if isinstance(one, np.ndarray)]
        found = [*arguments, *(x for one in arrays for x in one.flat)]
        plain = name == "dot" and len(arrays) < len(arguments)
        if any(isinstance(one, acb) for one in found) and not plain:
            what = name.removeprefix("\\")
            words = f"{what} of a complex number is not computed"
            raise Meaningless(f"{words}; write it for the real and the imaginary part")
        return function(*arguments)

    return apply


def added(operation: Callable[[Any, Any], Value]) -> Callable[[Value, Value], Value]:
    """Return a sum or a difference, of numbers or of what has shapes that fit."""

    def apply(x: Value, y: Value) -> Value:
        if type(x) is arb and type(y) is arb:
            return operation(x, y)
        if isinstance(x, Scaled) and isinstance(y, Scaled):
            return Scaled(operation(x.factor, y.factor))
        if isinstance(x, Scaled):
            x = x.like(y)
        if isinstance(y, Scaled):
            y = y.like(x)
        if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
            shapes: list[tuple[int, ...]] = [getattr(one, "shape", ()) for one in (x, y)]
            rows = len(shapes[0]) != len(shapes[1]) and all(shapes)
            fits = rows and shapes[0][-1] == shapes[1][-1]
            fits = fits or {len(shape) for shape in shapes} == {0, 1}  # x − μ, for each element
            if shapes[0] != shapes[1] and not fits:
                raise Meaningless(f"shapes {shapes[0]} and {shapes[1]} cannot be added")
        return operation(x, y)

    return apply


def multiply(x: Value, y: Value) -> Value:
    """Product: of numbers, of a number and an array, or of matrices and vectors."""
    if type(x) is arb and type(y) is arb:
        return x * y
    if isinstance(x, Scaled):
        return Scaled(x.factor * y.factor) if isinstance(y, Scaled) else _scaled(x, y)
    if isinstance(y, Scaled):
        return _scaled(y, x)
    if not (isinstance(x, np.ndarray) and isinstance(y, np.ndarray)):
        return x * y
    if isinstance(x, Row) and y.ndim == 2:
        row = matrix_product(x.view(np.ndarray), y)
        return row.view(Row) if isinstance(row, np.ndarray) else row
    if isinstance(x, Row) and y.ndim == 1 and not isinstance(y, Row):
        return matrix_product(x.view(np.ndarray), y)
    if isinstance(y, Row) and x.ndim == 1 and not isinstance(x, Row):
        return x[:, np.newaxis] @ y[np.newaxis, :].view(np.ndarray)
    if x.ndim == y.ndim == 1:
        raise Meaningless(r"two vectors side by side; write \mathbf{w}^\top \mathbf{x} or \odot")
    return matrix_product(x.view(np.ndarray), y.view(np.ndarray))


def _scaled(identity: Scaled, other: Array | Scalar) -> Any:
    product = other * identity.factor
    return product if isinstance(other, np.ndarray) else Scaled(product)


def matrix_product(x: Array, y: Array) -> Value:
    """Return a product of matrices, or of a matrix and a vector."""
    if x.shape[-1] != y.shape[0]:
        raise Meaningless(f"shapes {x.shape} and {y.shape} cannot be multiplied")
    product: Value = x @ y
    return product


def dot(x: Value, y: Value) -> Value:
    """Product with a dot: of two vectors it is their inner product."""
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and x.ndim == y.ndim == 1:
        return matrix_product(x, y)
    return multiply(x, y)
