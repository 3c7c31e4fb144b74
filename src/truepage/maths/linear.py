"""Operations on numbers, vectors and matrices of balls, as formulas mean them."""

import functools
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from flint import acb, arb, arb_mat, ctx, fmpq_mat

from truepage.maths.arrays import (
    Array,
    Meaningless,
    NoElement,
    Row,
    Scaled,
    Value,
    added,
    dot,
    mapped,
    matrix_product,
    multiply,
)
from truepage.maths.functions import (
    Singular,
    absolute,
    binomial,
    ceiling,
    divide,
    exact,
    exponential,
    factorial,
    floor,
    larger,
    logarithm,
    modulo,
    power,
    square_root,
    whole,
)
from truepage.maths.jets import UNKNOWN, Scalar, constant

SQUARINGS = 100
"""How often a matrix is squared to find its greatest eigenvalue."""
GOOD = 16
"""Bits of its trace that must be known."""


def _divide(x: Value, y: Value) -> Value:
    if isinstance(y, np.ndarray):
        raise Meaningless("a division by a vector or matrix; write A^{-1}")
    if isinstance(x, Scaled) and not isinstance(y, Scaled):
        return Scaled(divide(x.factor, y))
    return mapped(lambda one: divide(one, y), x)


def _power(x: Value, y: Value) -> Value:
    if isinstance(y, np.ndarray) or isinstance(x, Scaled) or isinstance(y, Scaled):
        raise Meaningless("a power with a vector or matrix in its exponent, or of I")
    if not isinstance(x, np.ndarray):
        return power(x, y)
    times = whole(y)
    square = x.ndim == 2 and x.shape[0] == x.shape[1]
    if not square or times is None or times == 0 or times < -1 or times > 64:
        what = "of this matrix" if x.ndim == 2 else "of a vector; write \\odot or \\lVert x \\rVert"
        raise Meaningless(f"a power {what}")
    if times == -1:
        return inverse(x)
    result: Value = x
    for _ in range(times - 1):
        result = matrix_product(result, x)  # type: ignore[arg-type]
    return result


def _as_flint(x: Value) -> arb_mat:
    if not isinstance(x, np.ndarray) or x.ndim != 2 or x.shape[0] != x.shape[1]:
        raise Meaningless("an inverse, a determinant or a trace of something that is not square")
    if not all(isinstance(one, arb) for one in x.flat):
        raise Meaningless(
            "an inverse or a determinant is computed of real numbers, and not its derivative"
        )
    return arb_mat([list(row) for row in x])


def inverse(x: Value) -> Value:
    """Inverse of a square matrix; none is known where the determinant may be 0."""
    matrix = _as_flint(x)
    assert isinstance(x, np.ndarray)  # noqa: S101 (it was looked at)
    if _is_singular(x):
        raise Singular
    result: Array = np.empty(x.shape, dtype=object)
    try:
        found = matrix.inv()
    except ZeroDivisionError:
        result[...] = UNKNOWN
        return result
    for row, column in np.ndindex(*result.shape):
        result[row, column] = found[row, column]
    return result


def _is_singular(matrix: Array) -> bool:
    """Tell whether a matrix has the determinant 0 for certain: in rational numbers."""
    if not all(one.is_exact() for one in matrix.flat):
        return False
    return not _rational(matrix).det()


def _rational(matrix: Array) -> fmpq_mat:
    return fmpq_mat([[one.fmpq() for one in row] for row in matrix])


def determinant(x: Value) -> Value:
    """Return the determinant of a square matrix; for certain where its elements are exact."""
    matrix = _as_flint(x)
    assert isinstance(x, np.ndarray)  # noqa: S101 (it was looked at)
    if all(one.is_exact() for one in x.flat):
        found = _rational(x).det()
        return exact(Fraction(int(found.p), int(found.q)))
    result: arb = matrix.det()
    return result


def trace(x: Value) -> Value:
    """Sum of the diagonal of a square matrix."""
    if not isinstance(x, np.ndarray) or x.ndim != 2 or x.shape[0] != x.shape[1]:
        raise Meaningless("a trace of something that is no square matrix")
    total: Value = sum((x[n, n] for n in range(1, len(x))), x[0, 0])
    return total


def _absolute(x: Value) -> Value:
    """Absolute value; of a square matrix, as textbooks have it, the determinant."""
    return determinant(x) if isinstance(x, np.ndarray) and x.ndim == 2 else mapped(absolute, x)


def _components(x: Value) -> list[Scalar]:
    if isinstance(x, np.ndarray) and x.ndim == 1:
        return list(x.flat)
    if isinstance(x, np.ndarray | Scaled):
        raise Meaningless(
            "which norm of a matrix this is is not said; write \\lVert A \\rVert_F, or 2, 1 or "
            "\\infty for the F"
        )
    return [x]


def _euclidean(components: list[Scalar]) -> Scalar:
    if len(components) == 1:
        return absolute(components[0])
    sizes = [abs(one) if isinstance(one, acb) else one for one in components]
    squares = [power(one, arb(2)) for one in sizes]
    total = sum(squares[1:], squares[0])
    return square_root(total)


def _frobenius(x: Value) -> Value:
    if not isinstance(x, np.ndarray):
        raise Meaningless("\\lVert A \\rVert_F is of a matrix")
    return _euclidean(list(x.flat))


def _norm_max(x: Value) -> Value:
    """Greatest size of an element; of a matrix, greatest sum of the sizes in a row."""
    rows = list(x) if isinstance(x, np.ndarray) and x.ndim == 2 else _components(x)
    sizes: list[Scalar] = [
        sum(map(absolute, one.flat), arb(0)) if isinstance(one, np.ndarray) else absolute(one)
        for one in rows
    ]
    return functools.reduce(larger, sizes[1:], sizes[0])


def _norm_2(x: Value) -> Value:
    """Euclidean norm; of a matrix, its greatest singular value.

    That is the square root of the greatest eigenvalue λ of AᵀA. A power Gᵏ of AᵀA has a trace
    from λᵏ to n λᵏ, and its root of degree k is the nearer to λ, the greater k is.
    """
    if not isinstance(x, np.ndarray) or x.ndim != 2:
        return _euclidean(_components(x))
    if not all(isinstance(one, arb) for one in x.flat):
        raise Meaningless("the derivative of this norm of a matrix is not computed")
    before, ctx.prec = ctx.prec, ctx.prec + 2 * SQUARINGS
    try:
        matrix = arb_mat([list(row) for row in x])
        power, logarithms, degree = matrix.transpose() * matrix, arb(0), arb(1)
        for _ in range(SQUARINGS):
            size = power.trace()
            if size.rel_accuracy_bits() < GOOD:  # the matrix itself is not known better
                break
            logarithms += size.log() / degree
            power = power * (1 / size)
            power, degree = power * power, 2 * degree
        size = power.trace()
        if not size > 0:
            most = arb(constant(_euclidean(list(x.flat))).abs_upper())
            return arb(0) if most.is_zero() else arb(0).union(most)
        ends = (size / power.nrows()).log().union(size.log())
        return ((logarithms + ends / degree) / 2).exp()
    finally:
        ctx.prec = before


def _norm_p(x: Value, p: Scalar) -> Value:
    if isinstance(x, np.ndarray) and x.ndim == 2 and whole(p) == 1:
        return _norm_max(x.T)
    if not constant(p) >= 1:
        raise Meaningless("a norm with an index that is less than 1")
    sizes = [absolute(one) for one in _components(x)]
    if whole(p) == 1:
        return sum(sizes[1:], sizes[0])
    powers = [power(one, p) for one in sizes]
    return power(sum(powers[1:], powers[0]), divide(arb(1), p))


def _inner(x: Value, y: Value) -> Value:
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and x.ndim == y.ndim == 1:
        return matrix_product(x.view(np.ndarray), y.view(np.ndarray))
    raise Meaningless("\\langle x, y \\rangle is of two vectors")


def _tensor(x: Value, y: Value) -> Value:
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        raise Meaningless("⊗ of arrays can be read in two ways; write \\odot or x y^\\top")
    return multiply(x, y)


def _row(*cells: Value) -> Value:
    row: Array = np.empty(len(cells), dtype=object)
    for at, cell in enumerate(cells):
        if isinstance(cell, np.ndarray | Scaled):
            raise Meaningless("a matrix of matrices is not understood")
        row[at] = cell
    return row


def _matrix(*rows: Array) -> Value:
    matrix: Array = np.stack(rows)
    if matrix.shape[1] == 1:
        return matrix[:, 0]
    return matrix[0].view(Row) if len(matrix) == 1 else matrix


def sample(x: Value) -> list[Scalar]:
    """Return the numbers of a sample, which is a vector."""
    if not isinstance(x, np.ndarray) or x.ndim != 1:
        words = "E and Var are understood of a vector, as the numbers of a sample"
        raise Meaningless(f"{words}; write \\frac{{1}}{{n}}\\sum_i for anything else")
    return list(x.flat)


def mean(x: Value) -> Scalar:
    """Mean of a sample."""
    numbers = sample(x)
    return sum(numbers[1:], numbers[0]) / len(numbers)


def variance(x: Value) -> Scalar:
    """Mean squared distance of a sample from its mean."""
    centre = mean(x)
    squares = [power(one - centre, arb(2)) for one in sample(x)]
    return sum(squares[1:], squares[0]) / len(squares)


def _transpose(x: Value) -> Value:
    if not isinstance(x, np.ndarray):
        return x
    if x.ndim > 1:
        return x.T
    return x.view(np.ndarray) if isinstance(x, Row) else x.view(Row)


def _transpose_letter(x: Value) -> Value:
    if not isinstance(x, np.ndarray):
        raise Meaningless("^T of a number: declare T if it is a power, write ^\\top if not")
    return _transpose(x)


def _root(x: Scalar, degree: Scalar) -> Scalar:
    number = whole(degree)
    odd = number is not None and number % 2 == 1
    if odd and constant(x) < 0:
        return -power(-x, divide(arb(1), degree))
    return power(x, divide(arb(1), degree))


def _element(x: Value, *places: Value) -> Value:
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


def _diagonal(x: Value) -> Value:
    """Return the diagonal matrix of a vector, or the diagonal of a matrix."""
    if not isinstance(x, np.ndarray):
        raise Meaningless("diag is of a vector or a matrix")
    if x.ndim == 2:
        return np.array([x[n, n] for n in range(min(x.shape))], dtype=object)
    matrix: Array = np.full((len(x), len(x)), arb(0), dtype=object)
    matrix[np.diag_indices(len(x))] = x.view(np.ndarray)
    return matrix


def _times(x: Value, y: Value) -> Value:
    r"""Product with ``\times``: of two vectors with three elements it is their cross product."""
    if not (isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and x.shape == y.shape == (3,)):
        return multiply(x, y)
    (a, b, c), (d, e, f) = x, y
    return np.array([b * f - c * e, c * d - a * f, a * e - b * d], dtype=object)


OPERATIONS: dict[str, Callable[..., Value]] = {
    "add": added(lambda x, y: x + y),
    "subtract": added(lambda x, y: x - y),
    "negate": lambda x: -x,
    "multiply": multiply,
    "dot": dot,
    "times": _times,
    "element": _element,
    "elementwise": lambda x, y: mapped(lambda a, b: a * b, x, y),
    "divide": _divide,
    "power": _power,
    "abs": _absolute,
    "norm": lambda x: _euclidean(_components(x)),
    "norm_2": _norm_2,
    "norm_max": _norm_max,
    "norm_p": _norm_p,
    "norm_frobenius": _frobenius,
    "inner": _inner,
    "tensor": _tensor,
    "mod": lambda x, y: mapped(modulo, x, y),
    "floor": lambda x: mapped(floor, x),
    "ceil": lambda x: mapped(ceiling, x),
    "factorial": lambda x: mapped(factorial, x),
    "binomial": lambda n, k: mapped(binomial, n, k),
    "det": determinant,
    "row": _row,
    "matrix": _matrix,
    "sqrt": lambda x: mapped(square_root, x),
    "root": lambda x, degree: mapped(_root, x, degree),
    "log_base": lambda x, base: mapped(_log_base, x, base),
    "transpose": _transpose,
    "transpose_letter": _transpose_letter,
}
"""Operations that have a sign, by the name that terms call them."""


def _log_base(x: Scalar, base: Scalar) -> Scalar:
    return divide(logarithm(x), logarithm(base))


def softmax(x: Value) -> Value:
    """Softmax of a vector, or of each row of a matrix."""
    if not isinstance(x, np.ndarray):
        raise Meaningless("softmax of a number; expected a vector or a matrix")
    if x.ndim == 2:
        rows: Array = np.empty(x.shape, dtype=object)
        for at, row in enumerate(x):
            rows[at] = softmax(row)
        return rows
    powers = [exponential(one) for one in x]
    total = sum(powers[1:], powers[0])
    shares: Array = np.empty(x.shape, dtype=object)
    shares[:] = [divide(one, total) for one in powers]
    return shares


OF_ARRAYS: dict[str, Callable[[Value], Value]] = {
    "\\mathbb{E}": mean,
    "Var": variance,
    "\\det": determinant,
    "tr": trace,
    "diag": _diagonal,
    "softmax": softmax,
}
"""Functions of vectors and matrices, by name."""
TAKES_ARRAYS = {
    "norm", "norm_2", "norm_max", "norm_p", "norm_frobenius", "inner", "det", "transpose",
    "transpose_letter", "element",
}  # fmt: skip
"""Operations that make of a parameter a vector or a matrix."""
