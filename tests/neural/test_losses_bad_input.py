"""What the losses refuse, and that they say what was found and what was expected."""

from collections.abc import Callable

import numpy as np
import pytest

from neural import losses
from neural.losses import (
    binary_cross_entropy,
    binary_cross_entropy_gradient,
    binary_cross_entropy_with_logits,
    binary_cross_entropy_with_logits_gradient,
    cross_entropy,
    cross_entropy_gradient,
    cross_entropy_with_logits,
    cross_entropy_with_logits_gradient,
    entropy,
    entropy_gradient,
    one_hot,
    predicted_class,
    softmax,
    surprisal,
    surprisal_derivative,
)

EVERY_LOSS = [
    getattr(losses, name + end)
    for name in (
        "mean_squared_error",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "cross_entropy",
        "cross_entropy_with_logits",
    )
    for end in ("", "_gradient")
]
every_loss = pytest.mark.parametrize("function", EVERY_LOSS, ids=lambda f: f.__name__)

ONE_HOT_ERRORS = [
    ([0, 3], 3, r"found label 3; expected 0 to 2, for 3 classes: "),
    ([-1], 3, r"found label -1; expected 0 to 2"),
    ([0.0], 3, r"found labels of type float64; expected whole numbers: "),
    ([True], 3, r"found labels of type bool; expected whole numbers: "),
    (["cat"], 3, r"found labels of type <U3; expected whole numbers: "),
    ([0], 0, r"found 0 classes; expected a whole number, 1 or more"),
    ([0], 2.5, r"found 2\.5 classes; expected a whole number, 1 or more"),
]


@pytest.mark.parametrize(("labels", "classes", "message"), ONE_HOT_ERRORS)
def test_labels_that_cannot_be_encoded(labels: object, classes: object, message: str) -> None:
    """Labels out of range, labels that are no labels, and too few classes are refused."""
    with pytest.raises(ValueError, match=message):
        one_hot(labels, classes)


@pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan, np.inf])
@pytest.mark.parametrize(
    "function",
    [
        surprisal,
        surprisal_derivative,
        entropy,
        entropy_gradient,
        predicted_class,
        lambda p: binary_cross_entropy([[1, 0]], p),
        lambda p: binary_cross_entropy(p, [[1, 0]]),
        lambda p: binary_cross_entropy_gradient([[1, 0]], p),
        lambda p: binary_cross_entropy_with_logits(p, [[1, 0]]),
        lambda p: binary_cross_entropy_with_logits_gradient(p, [[1, 0]]),
        lambda p: cross_entropy([[1, 0]], p),
        lambda p: cross_entropy(p, [[1, 0]]),
        lambda p: cross_entropy_gradient([[1, 0]], p),
        lambda p: cross_entropy_with_logits(p, [[1, 0]]),
        lambda p: cross_entropy_with_logits_gradient(p, [[1, 0]]),
    ],
)
def test_probabilities_outside_0_to_1(function: Callable[..., object], bad: float) -> None:
    """What is not a number from 0 to 1 is no probability, in targets and in predictions."""
    message = r"found a probability of (-0\.1|1\.1|nan|inf); expected numbers from 0 to 1: "
    with pytest.raises(ValueError, match=message):
        function([[0.5, bad]])


@pytest.mark.parametrize(
    "function",
    [
        entropy,
        entropy_gradient,
        predicted_class,
        lambda p: cross_entropy([[1, 0]], p),
        lambda p: cross_entropy(p, [[1, 0]]),
        lambda p: cross_entropy_gradient(p, [[1, 0]]),
        lambda p: cross_entropy_with_logits(p, [[1, 0]]),
    ],
)
def test_rows_that_do_not_sum_to_one(function: Callable[..., object]) -> None:
    """Rows that do not sum to 1 are refused; rows that do up to their own rounding are not."""
    with pytest.raises(
        ValueError, match=r"found a row of probabilities with sum 0\.9; expected 1: "
    ):
        function([[0.5, 0.4]])
    for dtype in (np.float16, np.float32, np.float64):
        function(np.array([[1, 2]], dtype) / dtype(3))


@every_loss
@pytest.mark.parametrize("part", [0, 1])
def test_shapes_that_do_not_match(function: Callable[..., object], part: int) -> None:
    """Target and prediction have one shape: nothing is broadcast in silence."""
    arguments = [[[1, 0]], [[1, 0]]]
    arguments[part] = [[1, 0], [1, 0]]
    with pytest.raises(ValueError, match=r"found a target of shape \(., 2\) and a prediction"):
        function(*arguments)


@every_loss
def test_an_empty_batch(function: Callable[..., object]) -> None:
    """A mean over nothing has no value, so an empty batch is refused."""
    with pytest.raises(ValueError, match=r"found no values, in shape \(0, 2\); expected one"):
        function(np.zeros((0, 2)), np.zeros((0, 2)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_logits_that_are_not_finite(bad: float) -> None:
    """A logit that is infinite or NaN is refused, and the likely cause is named."""
    for function in (
        softmax,
        lambda z: binary_cross_entropy_with_logits([[1, 0]], z),
        lambda z: binary_cross_entropy_with_logits_gradient([[1, 0]], z),
        lambda z: cross_entropy_with_logits([[1, 0]], z),
        lambda z: cross_entropy_with_logits_gradient([[1, 0]], z),
    ):
        with pytest.raises(ValueError, match=r"found a logit of -?(nan|inf); expected finite"):
            function([[0.5, bad]])
