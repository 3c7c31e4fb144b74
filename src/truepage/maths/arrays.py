"""Operations on numbers, vectors and matrices of balls, as formulas mean them.

A vector is an array with one dimension and is a column or a row as the product needs it; a matrix
times a vector, a vector times a matrix and a matrix times a matrix are products of matrices. A
vector that is added to a matrix is added to each of its rows, as biases are in this field.
"""

import functools
import operator
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from flint import arb
from numpy.typing import NDArray

from truepage.maths.jets import Scalar

Array: TypeAlias = NDArray[Any]
Value: TypeAlias = Scalar | Array


class Meaningless(Exception):  # noqa: N818 (a description of a formula, for the author)
    """A formula has no meaning: a letter that stands for nothing, shapes that do not fit."""


class NoElement(Meaningless):
    """A vector or matrix has no such element."""


class Row(np.ndarray[Any, Any]):
    """A vector that was transposed: a row, whatever stands beside it."""


class Scaled:
    """The identity matrix I of whatever size fits, times a number."""

    def __init__(self, factor: Scalar) -> None:
        self.factor = factor

    def __neg__(self) -> "Scaled":
        return Scaled(-self.factor)

    def like(self, other: Any) -> Array:
        """Return the matrix that has the size of another."""
        if not is_square(other):
            raise Meaningless("the identity I stands beside something that is no square matrix")
        return diagonal(np.array([self.factor] * len(other), dtype=object))


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


def is_square(x: Any) -> bool:
    """Tell whether a value is a square matrix."""
    return isinstance(x, np.ndarray) and x.ndim == 2 and x.shape[0] == x.shape[1]


def total(numbers: Any) -> Any:
    """Return the sum of some numbers, at least one."""
    return functools.reduce(operator.add, numbers)


def diagonal(x: Value) -> Array:
    """Return the diagonal matrix of a vector, or the diagonal of a matrix."""
    if not isinstance(x, np.ndarray):
        raise Meaningless("diag is of a vector or a matrix")
    if x.ndim == 2:
        return x.diagonal()
    matrix: Array = np.full((len(x), len(x)), arb(0), dtype=object)
    matrix[np.diag_indices(len(x))] = x.view(np.ndarray)
    return matrix
