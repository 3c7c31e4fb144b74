"""Loss functions, each with its gradient with respect to the prediction beside it.

A loss L takes the target first and the prediction second, both of one shape, and gives one number:
the mean over all examples. Where there are classes, each example is a row with a column for each,
and labels count from 0. A gradient has the shape of the prediction. Half precision is computed in
float32, float32 stays, everything else is float64.

A probability of 0 for what then happens has an infinite surprisal. So that learning can go on, the
losses from probabilities bound it at 100: so much a confident mistake costs. The divisors of their
gradients are 10⁻¹² at least. PyTorch's `binary_cross_entropy` has the same bounds. The losses from
logits need none.

Bad input raises a ValueError that says what was found, what was expected, and the remedy: shapes
that differ, labels that are none, probabilities outside 0 to 1, rows whose sum is not 1, logits
that are not finite, no examples.

Sources: Shannon 1948, section 6 (entropy); Tribus, *Thermostatics and Thermodynamics*, 1961
(surprisal); Goodfellow, Bengio and Courville 2016, equation 6.29 (softmax).

Examples
--------
>>> one_hot([0, 2], classes=3)
array([[1., 0., 0.],
       [0., 0., 1.]])
>>> predicted_class([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]])
array([1, 0])
>>> surprisal([1, 0.5, 0]), surprisal_derivative([1, 0.5, 0])
(array([0.        , 0.69314718,        inf]), array([ -1.,  -2., -inf]))
>>> entropy([[0.5, 0.5], [1, 0]]), entropy_gradient([0.5, 0.5])
(array([0.69314718, 0.        ]), array([-0.30685282, -0.30685282]))
>>> softmax([[1000, 1000], [-1000, 0]])
array([[0.5, 0.5],
       [0. , 1. ]])
>>> softmax_derivative([0, 0])
array([[ 0.25, -0.25],
       [-0.25,  0.25]])
>>> mean_squared_error([1, 0], [0.5, 0]), mean_squared_error_gradient([1, 0], [0.5, 0])
(np.float64(0.125), array([-0.5,  0. ]))
>>> binary_cross_entropy(1, 0.5), binary_cross_entropy_gradient(1, 0.5)
(np.float64(0.6931471805599453), np.float64(-2.0))
>>> binary_cross_entropy(1, 0), binary_cross_entropy_gradient(1, 0)
(np.float64(100.0), np.float64(-1000000000000.0))
>>> binary_cross_entropy_with_logits(1, 0), binary_cross_entropy_with_logits(1, -1000)
(np.float64(0.6931471805599453), np.float64(1000.0))
>>> binary_cross_entropy_with_logits_gradient([1, 0], [0, 0])
array([-0.25,  0.25])
>>> y = one_hot([1], classes=2)
>>> cross_entropy(y, [[0.5, 0.5]]), cross_entropy_gradient(y, [[0.5, 0.5]])
(np.float64(0.6931471805599453), array([[ 0., -2.]]))
>>> cross_entropy_with_logits(y, [[1000, 0]]), cross_entropy_with_logits_gradient(y, [[0, 0]])
(np.float64(1000.0), array([[ 0.5, -0.5]]))
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neural.activations import sigmoid
from neural.arrays import Array, distributions, finite, numbers, pair, probabilities

Number: TypeAlias = np.floating[Any]

LARGEST_SURPRISAL = 100
SMALLEST_DIVISOR = 1e-12


def one_hot(labels: ArrayLike, classes: int) -> Array:
    """Encode labels of shape (n,) as rows, (n, classes): 1 in the label's column, 0 elsewhere."""
    labels = np.asarray(labels)
    if not isinstance(classes, int | np.integer) or classes < 1:
        raise ValueError(f"found {classes!r} classes; expected a whole number, 1 or more")
    if labels.dtype.kind not in "iu":
        raise ValueError(
            f"found labels of type {labels.dtype}; expected whole numbers: "
            "convert them with np.asarray(labels, dtype=int) if that loses nothing"
        )
    outside = labels[(labels < 0) | (labels >= classes)]
    if outside.size:
        raise ValueError(
            f"found label {outside[0]}; expected 0 to {classes - 1}, for {classes} classes: "
            "labels count from 0"
        )
    return np.where(labels[..., np.newaxis] == np.arange(classes), 1.0, 0.0)


def predicted_class(probabilities: ArrayLike) -> NDArray[np.intp]:
    """Give the label of the most probable class of each row, the first of equals."""
    label: NDArray[np.intp] = np.argmax(distributions(probabilities), axis=-1)
    return label


@np.errstate(all="ignore")
def surprisal(p: ArrayLike) -> Array:
    """Information in an event of probability p, in nats: −log p, which is ∞ at p = 0."""
    return 0 - np.log(probabilities(p))  # −log 1 alone would be −0


@np.errstate(all="ignore")
def surprisal_derivative(p: ArrayLike) -> Array:
    """Slope of the surprisal: −1/p, which is −∞ at p = 0."""
    return -1 / probabilities(p)


@np.errstate(all="ignore")
def entropy(p: ArrayLike) -> Array:
    """Average information of each distribution along the last axis: −Σ p log p, in nats."""
    p = distributions(p)
    average: Array = np.sum(np.where(p > 0, p * surprisal(p), 0), axis=-1)  # p log p → 0 as p → 0
    return average


def entropy_gradient(p: ArrayLike) -> Array:
    """Gradient of the entropy: ∂/∂p = −log p − 1, which is ∞ at p = 0."""
    return surprisal(distributions(p)) - 1


@np.errstate(all="ignore")
def softmax(logits: ArrayLike) -> Array:
    """Probabilities from the logits of each row: softmax(z)ₖ = exp zₖ / Σⱼ exp zⱼ.

    The largest logit is subtracted first. That changes no ratio, and no exponential overflows.
    """
    z = np.atleast_1d(finite(logits))
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    p: Array = e / e.sum(axis=-1, keepdims=True)
    return p


@np.errstate(all="ignore")
def softmax_derivative(logits: ArrayLike) -> Array:
    """Jacobian of the softmax, a matrix for each row: ∂pₖ/∂zⱼ = pₖ([k = j] − pⱼ)."""
    p = softmax(logits)
    return p[..., np.newaxis] * (np.eye(p.shape[-1], dtype=p.dtype) - p[..., np.newaxis, :])


@np.errstate(all="ignore")
def mean_squared_error(target: ArrayLike, prediction: ArrayLike) -> Number:
    """Mean squared error: L = (1/n) Σ (y − ŷ)², over all n elements."""
    y, prediction = pair(numbers(target), numbers(prediction))
    return np.mean((y - prediction) ** 2)


@np.errstate(all="ignore")
def mean_squared_error_gradient(target: ArrayLike, prediction: ArrayLike) -> Array:
    """Gradient of the mean squared error: ∂L/∂ŷ = (2/n)(ŷ − y)."""
    y, prediction = pair(numbers(target), numbers(prediction))
    return 2 / y.size * (prediction - y)


@np.errstate(all="ignore")
def binary_cross_entropy(target: ArrayLike, probability: ArrayLike) -> Number:
    """Cross-entropy of two classes: L = −(1/n) Σ (y log p + (1 − y) log(1 − p))."""
    y, p = pair(probabilities(target), probabilities(probability))
    if_one = np.minimum(-np.log(p), LARGEST_SURPRISAL)
    if_zero = np.minimum(-np.log1p(-p), LARGEST_SURPRISAL)
    return np.mean(y * if_one + (1 - y) * if_zero)


@np.errstate(all="ignore")
def binary_cross_entropy_gradient(target: ArrayLike, probability: ArrayLike) -> Array:
    """Gradient of the binary cross-entropy: ∂L/∂p = (1/n)(p − y) / (p (1 − p))."""
    y, p = pair(probabilities(target), probabilities(probability))
    return (p - y) / np.maximum(p * (1 - p), SMALLEST_DIVISOR) / y.size


@np.errstate(all="ignore")
def binary_cross_entropy_with_logits(target: ArrayLike, logit: ArrayLike) -> Number:
    """Cross-entropy of two classes, from logits z: p = σ(z) in `binary_cross_entropy`.

    With log σ(z) = −log(1 + e⁻ᶻ) it becomes L = (1/n) Σ (max(0, z) − yz + log(1 + e^−|z|)). No
    exponent is positive, so a confident mistake costs |z|, however large.
    """
    y, z = pair(probabilities(target), finite(logit))
    return np.mean(np.maximum(0, z) - y * z + np.log1p(np.exp(-np.abs(z))))


@np.errstate(all="ignore")
def binary_cross_entropy_with_logits_gradient(target: ArrayLike, logit: ArrayLike) -> Array:
    """Gradient of the binary cross-entropy from logits: ∂L/∂z = (1/n)(σ(z) − y).

    Written (1 − y) σ(z) − y σ(−z), the same without the lost digits where σ(z) nears y = 1.
    """
    y, z = pair(probabilities(target), finite(logit))
    return ((1 - y) * sigmoid(z) - y * sigmoid(-z)) / y.size


@np.errstate(all="ignore")
def cross_entropy(target: ArrayLike, probability: ArrayLike) -> Number:
    """Cross-entropy: L = −(1/n) Σᵢ Σₖ yᵢₖ log pᵢₖ, over n examples i and the classes k."""
    y, p = pair(distributions(target), distributions(probability))
    example: Array = np.sum(y * np.minimum(surprisal(p), LARGEST_SURPRISAL), axis=-1)
    return np.mean(example)


@np.errstate(all="ignore")
def cross_entropy_gradient(target: ArrayLike, probability: ArrayLike) -> Array:
    """Gradient of the cross-entropy: ∂L/∂pᵢₖ = −(1/n) yᵢₖ / pᵢₖ."""
    y, p = pair(distributions(target), distributions(probability))
    return (0 - y) / np.maximum(p, SMALLEST_DIVISOR) / y[..., 0].size


@np.errstate(all="ignore")
def cross_entropy_with_logits(target: ArrayLike, logits: ArrayLike) -> Number:
    """Cross-entropy from logits z: p = softmax(z) in `cross_entropy`.

    With −log softmax(z)ₖ = log Σⱼ exp zⱼ − zₖ no probability is rounded to 0, and a confident
    mistake costs as much as its logit leads. The largest is subtracted first, as in `softmax`.
    """
    y, z = pair(distributions(target), finite(logits))
    z = z - z.max(axis=-1, keepdims=True)
    information = np.log(np.sum(np.exp(z), axis=-1, keepdims=True)) - z
    example: Array = np.sum(np.where(y > 0, y * information, 0), axis=-1)
    return np.mean(example)


@np.errstate(all="ignore")
def cross_entropy_with_logits_gradient(target: ArrayLike, logits: ArrayLike) -> Array:
    """Gradient of the cross-entropy from logits: ∂L/∂zᵢₖ = (1/n)(softmax(zᵢ)ₖ − yᵢₖ)."""
    y, z = pair(distributions(target), finite(logits))
    return (softmax(z) - y) / y[..., 0].size
