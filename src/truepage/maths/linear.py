"""Matrices, norms, samples; all operations and functions of arrays, by name."""

import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial, reduce
from itertools import chain
from typing import Any

import numpy as np
from flint import acb, arb, arb_mat, ctx, fmpq_mat

from truepage.maths import functions
from truepage.maths.arrays import (
    Array,
    Meaningless,
    NoElement,
    Row,
    Scaled,
    Value,
    diagonal,
    is_square,
    mapped,
    total,
)
from truepage.maths.functions import (
    Singular,
    absolute,
    divide,
    exact,
    exponential,
    larger,
    power,
    square_root,
    whole,
)
from truepage.maths.jets import UNKNOWN, Scalar, constant, precision

SQUARINGS = 100
"""How often a matrix is squared to find its greatest eigenvalue."""
GOOD = 16
"""Bits of its trace that must be known."""


def _added(operation: Callable[[Any, Any], Any], x: Any, y: Any) -> Any:
    """Return a sum or a difference, of numbers or of what has shapes that fit."""
    if type(x) is arb and type(y) is arb:
        return operation(x, y)
    if isinstance(x, Scaled) and isinstance(y, Scaled):
        return Scaled(operation(x.factor, y.factor))
    x = x.like(y) if isinstance(x, Scaled) else x
    y = y.like(x) if isinstance(y, Scaled) else y
    shapes = [np.shape(one) if isinstance(one, np.ndarray) else () for one in (x, y)]
    rows = len(shapes[0]) != len(shapes[1]) and all(shapes) and shapes[0][-1] == shapes[1][-1]
    each = {len(shape) for shape in shapes} == {0, 1}  # x − μ
    if shapes[0] != shapes[1] and not (rows or each):
        raise Meaningless(f"shapes {shapes[0]} and {shapes[1]} cannot be added")
    return operation(x, y)


def multiply(x: Any, y: Any) -> Any:
    """Product: of numbers, of a number and an array, or of matrices and vectors."""
    if type(x) is arb and type(y) is arb:
        return x * y
    if isinstance(y, Scaled):
        x, y = y, x
    if isinstance(x, Scaled):
        product = (y.factor if isinstance(y, Scaled) else y) * x.factor
        return product if isinstance(y, np.ndarray) else Scaled(product)
    if not (isinstance(x, np.ndarray) and isinstance(y, np.ndarray)):
        return x * y
    of_rows = isinstance(x, Row), isinstance(y, Row)
    if of_rows == (False, True) and x.ndim == 1:
        return np.outer(x, y)
    if x.ndim == y.ndim == 1 and of_rows != (True, False):
        raise Meaningless(r"two vectors side by side; write \mathbf{w}^\top \mathbf{x} or \odot")
    product = _matrix_product(x, y)
    return product.view(Row) if of_rows[0] and y.ndim == 2 else product


def _matrix_product(x: Array, y: Array) -> Any:
    """Return a product of matrices, or of a matrix and a vector."""
    if x.shape[-1] != y.shape[0]:
        raise Meaningless(f"shapes {x.shape} and {y.shape} cannot be multiplied")
    return x.view(np.ndarray) @ y.view(np.ndarray)


def _are_vectors(x: Value, y: Value) -> bool:
    return isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and x.ndim == y.ndim == 1


def _dot(x: Any, y: Any) -> Any:
    """Product with a dot: of two vectors it is their inner product."""
    return _matrix_product(x, y) if _are_vectors(x, y) else multiply(x, y)


def _inner(x: Any, y: Any) -> Any:
    if not _are_vectors(x, y):
        raise Meaningless("\\langle x, y \\rangle is of two vectors")
    return _matrix_product(x, y)


def _times(x: Any, y: Any) -> Any:
    r"""Product with ``\times``: of two vectors with three elements it is their cross product."""
    if not (_are_vectors(x, y) and x.shape == y.shape == (3,)):
        return multiply(x, y)
    (a, b, c), (d, e, f) = x, y
    return np.array([b * f - c * e, c * d - a * f, a * e - b * d], dtype=object)


def _tensor(x: Value, y: Value) -> Any:
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        raise Meaningless("⊗ of arrays can be read in two ways; write \\odot or x y^\\top")
    return multiply(x, y)


def _divide(x: Value, y: Value) -> Any:
    if isinstance(y, np.ndarray):
        raise Meaningless("a division by a vector or matrix; write A^{-1}")
    if isinstance(x, Scaled) and not isinstance(y, Scaled):
        return Scaled(divide(x.factor, y))
    return mapped(lambda one: divide(one, y), x)


def _row(*cells: Value) -> Any:
    if any(isinstance(cell, np.ndarray | Scaled) for cell in cells):
        raise Meaningless("a matrix of matrices is not understood")
    row: Array = np.empty(len(cells), dtype=object)
    row[:] = cells
    return row


def _matrix(*rows: Array) -> Any:
    matrix: Array = np.stack(rows)
    if matrix.shape[1] == 1:
        return matrix[:, 0]
    return matrix[0].view(Row) if len(matrix) == 1 else matrix


def _transpose(x: Value) -> Any:
    if not isinstance(x, np.ndarray) or x.ndim > 1:
        return x.T if isinstance(x, np.ndarray) else x
    return x.view(np.ndarray) if isinstance(x, Row) else x.view(Row)


def _transpose_letter(x: Value) -> Any:
    if not isinstance(x, np.ndarray):
        raise Meaningless("^T of a number: declare T if it is a power, write ^\\top if not")
    return _transpose(x)


def _element(x: Value, *places: Value) -> Any:
    """Return an element of a matrix that is computed, as in ``(M^{-1})_{ij}``."""
    if not isinstance(x, np.ndarray) or len(places) > x.ndim:
        raise Meaningless("an index stands after something that has no such elements")
    indices = [whole(one) for one in places if not isinstance(one, np.ndarray)]
    if x.ndim == 2 and len(indices) == 1 and indices[0] in range(11, 100):
        indices = [*map(int, str(indices[0]))]  # (A^2)_{12}
    if any(i is None or not 1 <= i <= n for i, n in zip(indices, x.shape, strict=False)):
        raise NoElement("there is no such element; elements are counted from 1")
    found: Value = x[tuple(i - 1 for i in indices if i is not None)]
    return found


def _as_flint(x: Any) -> tuple[arb_mat, fmpq_mat | None]:
    """Return a square matrix as flint has it, and in rational numbers if it is exact."""
    if not is_square(x):
        raise Meaningless("an inverse, a determinant or a trace of something that is not square")
    if not all(isinstance(one, arb) for one in x.flat):
        words = "an inverse or a determinant is computed of real numbers, and not its derivative"
        raise Meaningless(words)
    is_exact = all(one.is_exact() for one in x.flat)
    rational = fmpq_mat([[one.fmpq() for one in row] for row in x]) if is_exact else None
    return arb_mat(x.tolist()), rational


def _inverse(x: Array) -> Any:
    """Inverse of a square matrix; nothing is known where the determinant may be 0."""
    matrix, rational = _as_flint(x)
    if rational is not None and not rational.det():
        raise Singular
    try:
        return np.array(matrix.inv().tolist(), dtype=object)
    except ZeroDivisionError:
        return np.full(x.shape, UNKNOWN, dtype=object)


def _determinant(x: Value) -> Any:
    matrix, rational = _as_flint(x)
    if rational is None:
        return matrix.det()
    found = rational.det()
    return exact(Fraction(int(found.p), int(found.q)))


def _trace(x: Any) -> Any:
    if not is_square(x):
        raise Meaningless("a trace of something that is no square matrix")
    return total(x.diagonal())


def _power(x: Any, y: Any) -> Any:
    if isinstance(y, np.ndarray) or isinstance(x, Scaled) or isinstance(y, Scaled):
        raise Meaningless("a power with a vector or matrix in its exponent, or of I")
    if not isinstance(x, np.ndarray):
        return power(x, y)
    times = whole(y)
    if not is_square(x) or times is None or times not in (-1, *range(1, 65)):
        what = "of this matrix" if x.ndim == 2 else "of a vector; write \\odot or \\lVert x \\rVert"
        raise Meaningless(f"a power {what}")
    return _inverse(x) if times == -1 else reduce(_matrix_product, [x] * times)


def _absolute(x: Value) -> Any:
    """Absolute value; of a square matrix, as textbooks have it, the determinant."""
    is_matrix = isinstance(x, np.ndarray) and x.ndim == 2
    return _determinant(x) if is_matrix else mapped(absolute, x)


def _components(x: Any) -> list[Any]:
    if isinstance(x, np.ndarray) and x.ndim == 1:
        return list(x.flat)
    if isinstance(x, np.ndarray | Scaled):
        raise Meaningless(
            "which norm of a matrix this is is not said; write \\lVert A \\rVert_F, or 2, 1 or "
            "\\infty for the F"
        )
    return [x]


def _euclidean(components: list[Any]) -> Any:
    if len(components) == 1:
        return absolute(components[0])
    sizes = [abs(one) if isinstance(one, acb) else one for one in components]
    return square_root(total(power(one, arb(2)) for one in sizes))


def _frobenius(x: Value) -> Any:
    if not isinstance(x, np.ndarray):
        raise Meaningless("\\lVert A \\rVert_F is of a matrix")
    return _euclidean(list(x.flat))


def _norm_max(x: Any) -> Any:
    """Greatest size of an element; of a matrix, greatest sum of the sizes in a row."""
    is_matrix = isinstance(x, np.ndarray) and x.ndim == 2
    rows = list(x) if is_matrix else [[one] for one in _components(x)]
    return reduce(larger, [total(map(absolute, row)) for row in rows])


def _norm_2(x: Value) -> Any:
    """Euclidean norm; of a matrix, its greatest singular value.

    That is the square root of the greatest eigenvalue λ of AᵀA. A power Gᵏ of AᵀA has a trace
    from λᵏ to n λᵏ, and its root of degree k is the nearer to λ, the greater k is.
    """
    if not isinstance(x, np.ndarray) or x.ndim != 2:
        return _euclidean(_components(x))
    if not all(isinstance(one, arb) for one in x.flat):
        raise Meaningless("the derivative of this norm of a matrix is not computed")
    with precision(ctx.prec + 2 * SQUARINGS):
        matrix = arb_mat(x.tolist())
        product, logarithms, degree = matrix.transpose() * matrix, arb(0), arb(1)
        for _ in range(SQUARINGS):
            size = product.trace()
            if size.rel_accuracy_bits() < GOOD:  # the matrix itself is not known better
                break
            logarithms += size.log() / degree
            product = product * (1 / size)
            product, degree = product * product, 2 * degree
        size = product.trace()
        if not size > 0:
            most = arb(constant(_euclidean(list(x.flat))).abs_upper())
            return arb(0) if most.is_zero() else arb(0).union(most)
        ends = (size / product.nrows()).log().union(size.log())
        return ((logarithms + ends / degree) / 2).exp()


def _norm_p(x: Value, p: Scalar) -> Any:
    if isinstance(x, np.ndarray) and x.ndim == 2 and whole(p) == 1:
        return _norm_max(x.T)
    if not constant(p) >= 1:
        raise Meaningless("a norm with an index that is less than 1")
    sizes = [absolute(one) for one in _components(x)]
    if whole(p) == 1:
        return total(sizes)
    return power(total(power(one, p) for one in sizes), divide(arb(1), p))


def _mean(x: Value) -> Any:
    """Mean of a sample, which is a vector."""
    if not isinstance(x, np.ndarray) or x.ndim != 1:
        words = "E and Var are understood of a vector, as the numbers of a sample"
        raise Meaningless(f"{words}; write \\frac{{1}}{{n}}\\sum_i for anything else")
    return total(x) / len(x)


def _variance(x: Any) -> Any:
    """Mean squared distance of a sample from its mean."""
    centre = _mean(x)
    return _mean(mapped(lambda one: power(one - centre, arb(2)), x))


def _softmax(x: Value) -> Any:
    """Softmax of a vector, or of each row of a matrix."""
    if not isinstance(x, np.ndarray):
        raise Meaningless("softmax of a number; expected a vector or a matrix")
    if x.ndim == 2:
        return np.stack([_softmax(row) for row in x])
    powers = mapped(exponential, x)
    return _divide(powers, total(powers))


def _elementwise(**operations: Callable[..., Value]) -> dict[str, Callable[..., Value]]:
    return {name: partial(mapped, one) for name, one in operations.items()}


def check_real(name: str, arguments: Sequence[Value]) -> None:
    """Refuse complex numbers, unless an operation or a function is one that takes them."""
    lists = [one.flat if isinstance(one, np.ndarray) else [one] for one in arguments]
    scaled = name == "dot" and any(not isinstance(one, np.ndarray) for one in arguments)
    if name not in OF_COMPLEX and not scaled and any(isinstance(x, acb) for x in chain(*lists)):
        words = f"{name.removeprefix(chr(92))} of a complex number is not computed"
        raise Meaningless(f"{words}; write it for the real and the imaginary part")


OPERATIONS: dict[str, Callable[..., Value]] = {
    "add": partial(_added, operator.add),
    "subtract": partial(_added, operator.sub),
    "negate": operator.neg,
    "multiply": multiply,
    "dot": _dot,
    "times": _times,
    "inner": _inner,
    "tensor": _tensor,
    "divide": _divide,
    "power": _power,
    "abs": _absolute,
    "norm": lambda x: _euclidean(_components(x)),
    "norm_2": _norm_2,
    "norm_max": _norm_max,
    "norm_p": _norm_p,
    "norm_frobenius": _frobenius,
    "det": _determinant,
    "row": _row,
    "matrix": _matrix,
    "element": _element,
    "transpose": _transpose,
    "transpose_letter": _transpose_letter,
    **_elementwise(
        elementwise=operator.mul,
        mod=functions.modulo,
        floor=functions.floor,
        ceil=functions.ceiling,
        factorial=functions.factorial,
        binomial=functions.binomial,
        sqrt=square_root,
        root=functions.root,
        log_base=functions.log_base,
    ),
}
"""Operations that have a sign, by the name that terms call them."""

OF_ARRAYS: dict[str, Callable[[Value], Value]] = {
    "\\mathbb{E}": _mean,
    "Var": _variance,
    "\\det": _determinant,
    "tr": _trace,
    "diag": diagonal,
    "softmax": _softmax,
}
"""Functions of vectors and matrices, by name."""
TAKES_ARRAYS = {
    "norm", "norm_2", "norm_max", "norm_p", "norm_frobenius", "inner", "det", "transpose",
    "transpose_letter", "element",
}  # fmt: skip
"""Operations that make of a parameter a vector or a matrix."""
OF_COMPLEX = {
    "add", "subtract", "negate", "multiply", "times", "elementwise", "divide", "power", "abs",
    "sqrt", "norm", "norm_p", "row", "matrix", "transpose", "element", "tr", "\\mathbb{E}",
} | functions.OF_COMPLEX  # fmt: skip
"""Operations and functions that are computed of complex numbers."""
