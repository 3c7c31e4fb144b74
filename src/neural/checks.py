"""What the losses ask of their arguments, each said in one clear ValueError.

Each check gives floating-point numbers, float32 at least: half precision is too narrow for a loss.
"""

import numpy as np
from numpy.typing import ArrayLike

from neural.arrays import Array, floats


def numbers(x: ArrayLike) -> Array:
    """Check for real numbers, one at least."""
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
