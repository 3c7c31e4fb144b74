"""What the losses and their gradients compute, and how they behave at the edges."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from neural import losses
from neural.activations import sigmoid
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
    mean_squared_error,
    one_hot,
    predicted_class,
    softmax,
    surprisal,
    surprisal_derivative,
)

Array = NDArray[np.float64]
Slope = Callable[..., Array]

LOSSES = [
    "mean_squared_error",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "cross_entropy_with_logits",
]
every_loss = pytest.mark.parametrize("name", LOSSES)
rows_of_logits = arrays(float, (3, 4), elements=st.floats(-50, 50))


def loss_and_gradient(name: str) -> tuple[Callable[..., float], Callable[..., Array]]:
    """Look up a loss and the gradient that stands beside it."""
    return getattr(losses, name), getattr(losses, f"{name}_gradient")


def examples() -> tuple[Array, Array]:
    """Draw targets and predictions that every loss accepts: rows of probabilities."""
    random = np.random.default_rng(3)
    return random.dirichlet(np.full(4, 4.0), 5), random.dirichlet(np.full(4, 4.0), 5)


# Labels


def test_one_hot_marks_the_class() -> None:
    """The row of a label is 1 in that label's column and 0 elsewhere, for labels of any shape."""
    np.testing.assert_array_equal(one_hot([2, 0], 3), [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(one_hot(1, 2), [0, 1])
    np.testing.assert_array_equal(one_hot([0, 0], 1), [[1], [1]])
    np.testing.assert_array_equal(one_hot(np.array([], int), 2), np.zeros((0, 2)))
    assert one_hot(np.zeros((2, 3), np.uint8), 4).shape == (2, 3, 4)
    assert one_hot([0], np.int64(2)).dtype == np.float64


def test_the_articles_prediction_is_of_the_second_class() -> None:
    """The prediction (0.1, 0.7, 0.2) is classified as class 2, whose label is 1; ties go first."""
    assert predicted_class([0.1, 0.7, 0.2]) == 1
    np.testing.assert_array_equal(predicted_class([[0.5, 0.5], [0, 1]]), [0, 1])


@given(arrays(int, (6,), elements=st.integers(0, 4)))
def test_predicted_class_undoes_one_hot(labels: Array) -> None:
    """The most probable class of a one-hot row is its label."""
    np.testing.assert_array_equal(predicted_class(one_hot(labels, 5)), labels)


# Information


def test_surprisal_at_the_ends() -> None:
    """What is certain carries no information, 0 and not −0; the impossible infinitely much."""
    assert surprisal(0.0) == np.inf
    assert surprisal(1.0) == 0
    assert not np.signbit(surprisal(1.0))
    assert surprisal_derivative(0.0) == -np.inf


def test_surprisal_derivative_agrees_with_finite_differences(slope_of: Slope) -> None:
    """−1/p is the slope of −log p."""
    p = np.linspace(0.05, 0.95, 19)
    np.testing.assert_allclose(
        surprisal_derivative(p), slope_of(lambda q: surprisal(q).sum(), p), rtol=1e-6
    )


def test_entropy_of_known_distributions() -> None:
    """Certainty has entropy 0, a fair coin log 2, a fair die log 6; 0 · log 0 adds 0."""
    np.testing.assert_array_equal(entropy([[1, 0, 0], [0, 0, 1]]), [0, 0])
    assert entropy([0.5, 0.5, 0]) == pytest.approx(np.log(2), rel=1e-15)
    assert entropy(np.full(6, 1 / 6)) == pytest.approx(np.log(6), rel=1e-15)


@given(rows_of_logits)
def test_entropy_is_bounded(logits: Array) -> None:
    """No distribution over k classes has less entropy than 0 or more than log k."""
    values = entropy(softmax(logits))
    assert values.shape == (3,)
    assert np.all((values >= 0) & (values <= np.log(4) + 1e-12))


def test_entropy_gradient_agrees_with_finite_differences() -> None:
    """From one class to another, so that the sum stays 1, the gradient gives the slope."""
    p = np.array([0.5, 0.3, 0.15, 0.05])
    for i, j in [(0, 1), (1, 2), (3, 0)]:
        way = np.eye(4)[i] - np.eye(4)[j]
        slope = (entropy(p + 1e-6 * way) - entropy(p - 1e-6 * way)) / 2e-6
        assert entropy_gradient(p) @ way == pytest.approx(slope, rel=1e-7)
    assert entropy_gradient([1, 0])[1] == np.inf


# Softmax


@given(rows_of_logits, st.floats(-1e3, 1e3))
def test_softmax_gives_distributions_and_ignores_a_shift(logits: Array, shift: float) -> None:
    """Each row sums to 1, is ordered as its logits are, and is the same with all logits shifted."""
    p = softmax(logits)
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-15)
    np.testing.assert_allclose(softmax(logits + shift), p, rtol=1e-11)
    order = np.argsort(logits, axis=-1)
    assert np.all(np.diff(np.take_along_axis(p, order, axis=-1)) >= 0)


def test_softmax_of_huge_logits() -> None:
    """No logit overflows: not the largest float, nor the widest gap between two."""
    huge = np.finfo(float).max
    np.testing.assert_array_equal(softmax([[huge, huge], [huge, -huge]]), [[0.5, 0.5], [1, 0]])


def test_softmax_of_two_logits_is_the_sigmoid() -> None:
    """With two classes, softmax(z, 0) = (σ(z), 1 − σ(z))."""
    z = np.linspace(-40, 40, 81)
    p = softmax(np.stack([z, np.zeros_like(z)], axis=-1))
    np.testing.assert_allclose(p, np.stack([sigmoid(z), sigmoid(-z)], axis=-1), rtol=1e-14)


# Losses and gradients


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "cross_entropy"])
def test_gradients_agree_with_finite_differences(name: str, slope_of: Slope) -> None:
    """The gradient is the slope of the loss in each direction, for soft targets too."""
    loss, gradient = loss_and_gradient(name)
    target, prediction = examples()
    slope = slope_of(lambda p: loss(target, p), prediction)
    np.testing.assert_allclose(gradient(target, prediction), slope, rtol=1e-6, atol=1e-9)


def test_cross_entropy_gradient_agrees_with_finite_differences() -> None:
    """From one class to another, so that the sums stay 1, the gradient gives the slope."""
    target, p = examples()
    for i, j in [(0, 1), (1, 2), (3, 0)]:
        way = np.tile(np.eye(4)[i] - np.eye(4)[j], (5, 1))
        plus, minus = (cross_entropy(target, p + sign * 1e-7 * way) for sign in (1, -1))
        slope = np.sum(cross_entropy_gradient(target, p) * way)
        assert slope == pytest.approx((plus - minus) / 2e-7, rel=1e-5)


@every_loss
def test_a_loss_is_the_mean_over_the_examples(name: str) -> None:
    """The loss of a batch is the mean of its examples' losses; gradients are shared out alike."""
    loss, gradient = loss_and_gradient(name)
    target, prediction = examples()
    each = [loss(t[None], p[None]) for t, p in zip(target, prediction, strict=True)]
    assert loss(target, prediction) == pytest.approx(np.mean(each), rel=1e-14)
    rows = [gradient(t[None], p[None])[0] / 5 for t, p in zip(target, prediction, strict=True)]
    np.testing.assert_allclose(gradient(target, prediction), rows, rtol=1e-13)


@every_loss
@pytest.mark.parametrize(
    ("dtype", "result"),
    [(np.float16, np.float32), (np.float32, np.float32), (np.float64, np.float64), (int, float)],
)
def test_types_are_kept(name: str, dtype: type, result: type) -> None:
    """Loss and gradient have the prediction's type, float32 at least; integers become float64."""
    loss, gradient = loss_and_gradient(name)
    target, prediction = one_hot([0, 1], 2), np.array([[0, 1], [0, 1]], dtype)
    assert loss(target, prediction).dtype == result
    assert gradient(target, prediction).dtype == result
    assert gradient(target, prediction).shape == prediction.shape


@every_loss
def test_a_confident_mistake_is_finite(name: str) -> None:
    """Even the worst mistake has a finite loss and gradient, and causes no warning."""
    loss, gradient = loss_and_gradient(name)
    target = np.array([[1.0, 0.0]])
    for dtype in (np.float32, np.float64):
        mistakes = [np.array([[0, 1]], dtype)]
        if "logits" in name:
            mistakes += [np.array([[-1e30, 1e30]], dtype), np.array([[-3000, 3000]], dtype)]
        for mistake in mistakes:
            with np.errstate(all="raise"):
                assert np.isfinite(loss(target, mistake))
                assert np.all(np.isfinite(gradient(target, mistake)))
                assert np.any(gradient(target, mistake) != 0)


@every_loss
def test_a_perfect_prediction_costs_nothing(name: str) -> None:
    """What is predicted with certainty and happens costs 0, and causes no warning."""
    loss, _ = loss_and_gradient(name)
    target = np.array([[1.0, 0.0], [0.0, 1.0]])
    perfect = (target - 0.5) * 1e4 if "logits" in name else target
    with np.errstate(all="raise"):
        assert loss(target, perfect) == 0
        assert not np.signbit(loss(target, perfect))


def test_the_bounds_of_a_confident_mistake() -> None:
    """From probabilities, a mistake costs 100 at most, and its gradient is 10¹² at most."""
    assert binary_cross_entropy([1, 0], [0, 1]) == 100
    np.testing.assert_array_equal(binary_cross_entropy_gradient([1, 0], [0, 1]), [-5e11, 5e11])
    assert cross_entropy([[1, 0]], [[0, 1]]) == 100
    np.testing.assert_array_equal(cross_entropy_gradient([[1, 0]], [[0, 1]]), [[-1e12, 0]])
    assert binary_cross_entropy(1, 1e-40) == pytest.approx(40 * np.log(10), rel=1e-15)
    assert binary_cross_entropy(0, 1e-20) == 1e-20  # log(1 − p) would lose it


@pytest.mark.parametrize("z", [1e1, 1e2, 1e3, 1e6, 1e100, 1e308])
def test_from_logits_a_mistake_costs_its_logit(z: float) -> None:
    """Beyond rounding the loss of a mistake is linear in the logit, and its gradient is ±1."""
    assert binary_cross_entropy_with_logits(1, -z) == pytest.approx(z, rel=1e-5)
    assert binary_cross_entropy_with_logits(0, z) == pytest.approx(z, rel=1e-5)
    assert cross_entropy_with_logits([[0, 1]], [[z, 0]]) == pytest.approx(z, rel=1e-5)
    if z >= 1e2:
        assert binary_cross_entropy_with_logits(1, -z) == z
        assert cross_entropy_with_logits([[0, 1]], [[z, 0]]) == z
        assert binary_cross_entropy_with_logits_gradient(1, -z) == -1
        np.testing.assert_array_equal(
            cross_entropy_with_logits_gradient([[0, 1]], [[z, 0]]), [[1, -1]]
        )


def test_a_gap_between_logits_that_overflows() -> None:
    """Two logits further apart than the largest float are no NaN: success costs 0, a mistake ∞."""
    apart = [[1.7e308, -1.7e308]]
    with np.errstate(all="raise"):
        assert cross_entropy_with_logits([[1, 0]], apart) == 0
        assert cross_entropy_with_logits([[0, 1]], apart) == np.inf
        gradient = cross_entropy_with_logits_gradient([[0, 1]], apart)
    np.testing.assert_array_equal(gradient, [[1, -1]])


def test_a_single_class_is_certain() -> None:
    """With one class there is nothing to learn: losses, and gradients from logits, are 0."""
    ones, logits = np.ones((2, 1)), np.array([[3.0], [-4.0]])
    assert cross_entropy(ones, ones) == cross_entropy_with_logits(ones, logits) == 0
    np.testing.assert_array_equal(cross_entropy_gradient(ones, ones), [[-0.5], [-0.5]])
    np.testing.assert_array_equal(cross_entropy_with_logits_gradient(ones, logits), [[0], [0]])


def test_from_logits_a_confident_success_keeps_its_digits() -> None:
    """Where σ(z) rounds to the target, loss and gradient are e⁻ᶻ still, and not 0."""
    z = np.array([40.0, 100.0, 700.0])
    for target, sign in [(1, 1), (0, -1)]:
        for one in z:
            cost = binary_cross_entropy_with_logits(target, sign * one)
            assert cost == pytest.approx(np.exp(-one), rel=1e-14)
            gradient = binary_cross_entropy_with_logits_gradient(target, sign * one)
            assert gradient == pytest.approx(-sign * np.exp(-one), rel=1e-14)


@given(
    arrays(float, (4,), elements=st.floats(-20, 20)), arrays(float, (4,), elements=st.floats(0, 1))
)
def test_logits_and_probabilities_agree(z: Array, target: Array) -> None:
    """A loss from logits is the loss from their probabilities; so is binary from categorical."""
    cost = binary_cross_entropy_with_logits(target, z)
    assert binary_cross_entropy(target, sigmoid(z)) == pytest.approx(cost, rel=1e-7, abs=1e-12)
    two_targets = np.stack([target, 1 - target], axis=-1)
    two_logits = np.stack([z, np.zeros_like(z)], axis=-1)
    assert cross_entropy_with_logits(two_targets, two_logits) == pytest.approx(cost, abs=1e-12)
    assert cross_entropy(two_targets, softmax(two_logits)) == pytest.approx(cost, abs=1e-7)


@given(rows_of_logits, rows_of_logits)
def test_gibbs_inequality(first: Array, second: Array) -> None:
    """No prediction costs less than the truth itself, whose cost is its entropy."""
    truth = softmax(first)
    least = np.mean(entropy(truth))
    assert cross_entropy_with_logits(truth, second) >= least - 1e-12
    assert cross_entropy_with_logits(truth, first) == pytest.approx(least, abs=1e-12)


@given(rows_of_logits)
def test_the_gradient_of_cross_entropy_from_logits_sums_to_zero(logits: Array) -> None:
    """What one class gains in probability the others lose."""
    gradient = cross_entropy_with_logits_gradient(one_hot([0, 1, 3], 4), logits)
    np.testing.assert_allclose(gradient.sum(axis=-1), 0, atol=1e-15)


def test_mean_squared_error_takes_any_real_numbers() -> None:
    """Values of any size and shape are compared; what overflows is ∞, without a warning."""
    with np.errstate(all="raise"):
        assert mean_squared_error(3, 1) == 4
        assert mean_squared_error([[1, 2], [3, 4]], [[1, 2], [3, 0]]) == 4
        assert mean_squared_error([1e200], [-1e200]) == np.inf
        assert np.isnan(mean_squared_error([np.nan], [0.0]))


def test_every_loss_is_tested() -> None:
    """No loss escapes this module: each function with a gradient is in the list above."""
    suffix = "_gradient"
    with_gradient = {name.removesuffix(suffix) for name in vars(losses) if name.endswith(suffix)}
    assert with_gradient == {*LOSSES, "entropy"}
