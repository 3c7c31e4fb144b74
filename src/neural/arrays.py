"""What every array in this package is: real, in floating point, and checked before use."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
Parameters = ParamSpec("Parameters")


def floats(x: ArrayLike) -> Array:
    """Convert to floating point: float16, float32, … stay; integers and booleans become float64.

    What is not a real number raises a ValueError.

    Examples
    --------
    >>> floats([1, 2]).dtype, floats(np.float32(1)).dtype
    (dtype('float64'), dtype('float32'))
    """
    array = np.asarray(x)
    if array.dtype.kind not in "fiub":
        raise ValueError(
            f"found values of type {array.dtype}; expected real numbers: "
            "convert them first, with np.asarray(x, dtype=float) say"
        )
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def elementwise(
    formula: Callable[Concatenate[Array, Parameters], Array],
) -> Callable[Concatenate[ArrayLike, Parameters], Array]:
    """Apply a formula to every element of its first argument, whatever that argument is.

    A number gives a NumPy number, an array an array of the same shape; the type is that of
    `floats`. NaN stays NaN. The formula needs no care for overflow and underflow: both already
    round to the right ±∞, 0 or subnormal number, so their warnings are silenced.

    Examples
    --------
    >>> @elementwise
    ... def square(x):
    ...     return x * x
    >>> square(3), square(np.array([1e-200, np.nan], dtype=np.float32))
    (np.float64(9.0), array([ 0., nan], dtype=float32))
    """

    @wraps(formula)
    def apply(x: ArrayLike, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Array:
        x = floats(x)
        with np.errstate(all="ignore"):
            y = np.where(np.isnan(x), x, formula(x, *args, **kwargs)).astype(x.dtype)
        result: Array = y[()]  # () makes a number of an array without dimensions
        return result

    return apply  # type: ignore[return-value]  # mypy cannot see that no formula has a second x
