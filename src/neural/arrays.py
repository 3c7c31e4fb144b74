"""What every array in this package is: real, in floating point, and checked before use.

Each check raises one clear ValueError: what was found, what was expected, and the remedy.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
Parameters = ParamSpec("Parameters")


def floats(x: ArrayLike) -> Array:
    """Convert to floating point: float16, float32, … stay; integers and booleans become float64."""
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
    >>> square = elementwise(lambda x: x * x)
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


def numbers(x: ArrayLike) -> Array:
    """Check for one real number at least. Half precision, too narrow for a loss, is widened."""
    array = floats(x)
    if array.size == 0:
        raise ValueError(f"found no values, in shape {array.shape}; expected one example at least")
    return array.astype(np.result_type(array.dtype, np.float32))


def finite(logits: ArrayLike) -> Array:
    """Check for numbers that are not infinite and not NaN."""
    array = numbers(logits)
    bad = array[~np.isfinite(array)]
    if bad.size:
        raise ValueError(
            f"found a logit of {bad[0]}; expected finite numbers: "
            "if training diverged, a smaller learning rate may help"
        )
    return array


def probabilities(p: ArrayLike) -> Array:
    """Check for numbers from 0 to 1."""
    array = numbers(p)
    bad = array[~((array >= 0) & (array <= 1))]  # so that NaN is bad too
    if bad.size:
        raise ValueError(
            f"found a probability of {bad[0]}; expected numbers from 0 to 1: "
            "turn logits into probabilities with sigmoid or softmax"
        )
    return array


def distributions(p: ArrayLike) -> Array:
    """Check for rows of probabilities along the last axis, each with sum 1 up to rounding."""
    array = np.atleast_1d(probabilities(p))
    sums = array.sum(axis=-1)
    rounding = np.sqrt(np.finfo(floats(p).dtype).eps)  # of the type in which p was computed
    bad = sums[np.abs(sums - 1) > rounding]
    if bad.size:
        raise ValueError(
            f"found a row of probabilities with sum {bad[0]:.6g}; expected 1: "
            "divide each row by its sum, or make it with softmax or one_hot"
        )
    return array


def pair(target: Array, prediction: Array) -> tuple[Array, Array]:
    """Check a target and a prediction for the same shape; give both the prediction's type."""
    if target.shape != prediction.shape:
        raise ValueError(
            f"found a target of shape {target.shape} and a prediction of shape "
            f"{prediction.shape}; expected one shape: encode labels with one_hot, or reshape"
        )
    return target.astype(prediction.dtype), prediction
