"""Values and gradients are PyTorch's, for every function that PyTorch has too.

Skipped where PyTorch is not installed, unless the environment variable REQUIRE_TORCH is set.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

if os.environ.get("REQUIRE_TORCH"):
    import torch
else:
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: values and gradients are not compared with it"
    )
from torch.nn import functional as F  # noqa: N812  # the name that all of PyTorch's users know

from neural import activations, losses, modern
from neural.gated import SwiGLU
from neural.networks import (
    Activation,
    Affine,
    Gradients,
    backpropagate,
    backpropagate_through_time,
    feedforward,
    gradient_descent,
    unroll,
)

Array = NDArray[Any]

both_types = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def assert_close(ours: Array, theirs: "torch.Tensor", ulps: float = 8, slack: float = 0) -> None:
    """Compare up to a few roundings, of the values themselves or of numbers of size 1."""
    expected = theirs.detach().numpy()
    rounding = ulps * float(np.finfo(expected.dtype).eps) + slack
    assert ours.dtype == expected.dtype
    np.testing.assert_allclose(ours, expected, rtol=rounding, atol=rounding)


def tensor(x: Array) -> "torch.Tensor":
    """Make a tensor that collects its gradient."""
    return torch.tensor(x, requires_grad=True)


# Activations


def step(x: "torch.Tensor") -> "torch.Tensor":
    """Binary step, with 0 at 0."""
    return torch.heaviside(x, torch.zeros((), dtype=x.dtype))


def prelu(x: "torch.Tensor", a: float) -> "torch.Tensor":
    """Parametric ReLU of one slope, which PyTorch wants in a tensor."""
    return F.prelu(x, torch.tensor(a, dtype=x.dtype))


ACTIVATIONS = [
    ("step", step, {}),
    ("sigmoid", torch.sigmoid, {}),
    ("sigmoid", F.sigmoid, {}),
    ("tanh", torch.tanh, {}),
    ("tanh", F.tanh, {}),
    ("relu", F.relu, {}),
    ("leaky_relu", F.leaky_relu, {}),
    *[("leaky_relu", F.leaky_relu, {"negative_slope": slope}) for slope in (0.0, 0.3, -2.0)],
    *[("prelu", prelu, {"a": a}) for a in (0.0, 0.25, -2.0)],
    *[("identity", lambda x, a: a * x, {"a": a}) for a in (1.0, 0.3, -2.0)],
]
every_activation = pytest.mark.parametrize(("name", "theirs", "slope"), ACTIVATIONS)


def inputs(dtype: type) -> dict[str, Array]:
    """Draw inputs of every kind: the article's, random, extreme, special."""
    random = np.random.default_rng(12)
    info = np.finfo(dtype)
    return {
        "article": np.arange(-5, 5, 0.1, dtype=dtype),
        "random": random.normal(0, 10, (20, 50)).astype(dtype),
        "extreme": np.array([36, 37, 88, 104, 710, 746, 1e4, 1e30, info.max], dtype),
        "small": np.array([info.eps, 1e-20, info.tiny, info.smallest_subnormal], dtype),
        "special": np.array([0.0, -0.0, np.inf, np.nan], dtype),
        "empty": np.zeros((0, 3), dtype),
    }


@every_activation
@both_types
@pytest.mark.parametrize("kind", inputs(float))
@pytest.mark.parametrize("sign", [1, -1])
def test_activations(
    name: str, theirs: Callable, slope: dict, dtype: type, kind: str, sign: int
) -> None:
    """An activation has PyTorch's value and PyTorch's slope, in PyTorch's type and shape.

    Two differences are on purpose: a slope of 0 gives 0 at −∞, and where the input is NaN, so are
    the step and all slopes.
    """
    x = sign * inputs(dtype)[kind]
    if 0.0 in slope.values():
        x = x[x != -np.inf]
    if name == "step":
        x = x[~np.isnan(x)]
    ours = getattr(activations, name)(x, **slope)
    there = tensor(x)
    result = theirs(there, **slope)
    assert_close(ours, result)
    assert ours.shape == tuple(result.shape)
    if name != "step":  # torch.heaviside has no gradient
        result.sum().backward()
        derivative = getattr(activations, f"{name}_derivative")(x, **slope)
        assert_close(derivative[~np.isnan(x)], there.grad[~torch.isnan(there)])


MODERN = [
    ("softplus", partial(F.softplus, threshold=100)),  # of 20, beyond which it leaves out e⁻ˣ
    ("elu", F.elu),
    ("selu", F.selu),
    ("gelu", F.gelu),
    ("silu", F.silu),
    ("mish", F.mish),
]


@pytest.mark.parametrize(("name", "theirs"), MODERN)
@both_types
@pytest.mark.parametrize("kind", inputs(float))
@pytest.mark.parametrize("sign", [1, -1])
def test_modern_activations(name: str, theirs: Callable, dtype: type, kind: str, sign: int) -> None:
    """Value and slope are PyTorch's for all finite numbers; at ±∞ PyTorch may give NaN."""
    x = sign * inputs(dtype)[kind]
    x = x[np.abs(x) < 1e38]  # the GELU of PyTorch doubles x, and overflows beyond
    there = tensor(x)
    result = theirs(there)
    result.sum().backward()
    assert_close(getattr(modern, name)(x), result)
    assert_close(getattr(modern, f"{name}_derivative")(x), there.grad)


@pytest.mark.parametrize("function", [F.gelu, F.silu])
def test_minus_infinity_is_nan_in_pytorch(function: Callable) -> None:
    """The difference on purpose is there: PyTorch gives NaN, the limit is 0."""
    assert torch.isnan(function(torch.tensor(-torch.inf)))


@both_types
def test_the_slope_of_prelu_learns_as_pytorchs(dtype: type) -> None:
    """∂L/∂a of one slope, and of one slope for each unit, is PyTorch's."""
    x = np.random.default_rng(13).normal(0, 2, (7, 3)).astype(dtype)
    for slopes in (np.array([0.25], dtype), np.array([0.1, 0.2, -0.3], dtype)):
        a = tensor(slopes)
        y = F.prelu(torch.tensor(x), a)
        assert_close(activations.prelu(x, slopes), y)
        y.sum().backward()
        ours = activations.prelu_slope_derivative(x).sum(axis=0, keepdims=True)
        assert_close(ours.sum(axis=1) if len(slopes) == 1 else ours[0], a.grad, ulps=64)


def test_a_slope_of_zero_at_minus_infinity() -> None:
    """The difference on purpose is there: PyTorch gives NaN, the limit is 0."""
    assert torch.isnan(F.leaky_relu(torch.tensor(-torch.inf), 0.0))
    assert activations.leaky_relu(-np.inf, 0.0) == 0


# Losses

# PyTorch writes its bound as a float32, which 10⁻¹² is not: its gradients there are larger by this.
PYTORCHS_BOUND = 5e-9


def probabilities(dtype: type, shape: tuple[int, ...]) -> Array:
    """Draw probabilities from 0 to 1, both of them among the rest."""
    p = np.random.default_rng(14).uniform(size=shape).astype(dtype)
    p.flat[:4] = [0, 1, 1e-30, 1 - 1e-7]
    return p


def logits(dtype: type, shape: tuple[int, ...]) -> Array:
    """Draw logits of moderate size, with 0 and very confident ones among them."""
    z = np.random.default_rng(15).normal(0, 5, shape).astype(dtype)
    z.flat[:6] = [0, 50, -50, 1e4, -1e4, 1e30]
    return z


def distributions(dtype: type, shape: tuple[int, ...]) -> Array:
    """Draw rows of probabilities, none of them 0."""
    p = np.random.default_rng(16).dirichlet(np.ones(shape[-1]), shape[:-1])
    return p.astype(dtype)


def categorical(loss: Callable, z: "torch.Tensor", y: "torch.Tensor") -> "torch.Tensor":
    """Compute a loss of rows with the classes last, as here; PyTorch has them second."""
    return loss(z.movedim(-1, 1) if z.ndim > 1 else z, y.movedim(-1, 1) if y.ndim > 1 else y)


def cross_entropy_of_probabilities(p: "torch.Tensor", y: "torch.Tensor") -> "torch.Tensor":
    """Cross-entropy from its definition; PyTorch has it from logits only."""
    return -torch.mean(torch.sum(y * torch.log(p), dim=-1))


LOSSES = [
    ("mean_squared_error", logits, logits, F.mse_loss),
    ("mean_squared_error", probabilities, probabilities, F.mse_loss),
    ("binary_cross_entropy", probabilities, probabilities, F.binary_cross_entropy),
    (
        "binary_cross_entropy_with_logits",
        probabilities,
        logits,
        F.binary_cross_entropy_with_logits,
    ),
    ("cross_entropy", distributions, distributions, cross_entropy_of_probabilities),
    (
        "cross_entropy_with_logits",
        distributions,
        logits,
        partial(categorical, F.cross_entropy),
    ),
]


@pytest.mark.parametrize(("name", "draw_target", "draw", "theirs"), LOSSES)
@both_types
@pytest.mark.parametrize("shape", [(9, 4), (6,), (2, 3, 4)])
def test_losses(
    name: str, draw_target: Callable, draw: Callable, theirs: Callable, dtype: type, shape: tuple
) -> None:
    """A loss has PyTorch's value and PyTorch's gradient, bounded where PyTorch bounds it."""
    target, prediction = draw_target(dtype, shape)[..., ::-1], draw(dtype, shape)
    there = tensor(prediction)
    result = theirs(there, torch.tensor(target.copy()))
    result.backward()
    ours = getattr(losses, f"{name}_gradient")(target, prediction)
    assert_close(getattr(losses, name)(target, prediction), result, ulps=32)
    bounded = np.full(shape, name == "binary_cross_entropy") & (np.abs(ours) > 1e9)
    there_bounded = torch.tensor(bounded)
    assert_close(ours[~bounded], there.grad[~there_bounded], ulps=32)
    assert_close(ours[bounded], there.grad[there_bounded], slack=PYTORCHS_BOUND)


@both_types
def test_binary_cross_entropy_of_hard_targets(dtype: type) -> None:
    """At p = 0 and p = 1 the bounds are PyTorch's: 100 for the loss, 10¹² for its gradient."""
    p, y = (np.array(values, dtype) for values in ([0, 0, 1, 1, 0.5, 1e-35], [0, 1, 0, 1, 1, 1]))
    for one, target in zip(p, y, strict=True):
        there = tensor(one)
        result = F.binary_cross_entropy(there, torch.tensor(target))
        result.backward()
        assert_close(losses.binary_cross_entropy(target, one), result)
        ours = losses.binary_cross_entropy_gradient(target, one)
        assert_close(ours, there.grad, slack=PYTORCHS_BOUND)


@both_types
def test_cross_entropy_of_labels(dtype: type) -> None:
    """One-hot targets here are class labels there, in value and in gradient."""
    labels, z = np.array([3, 0, 1, 1, 2]), logits(dtype, (5, 4))
    target = losses.one_hot(labels, 4)
    there = tensor(z)
    result = F.cross_entropy(there, torch.tensor(labels))
    result.backward()
    assert_close(losses.cross_entropy_with_logits(target, z), result)
    assert_close(losses.cross_entropy_with_logits_gradient(target, z), there.grad)


def test_one_hot_and_predicted_class() -> None:
    """Encoding and decoding labels are PyTorch's, ties included."""
    labels = np.array([[2, 0], [1, 1]])
    expected = F.one_hot(torch.tensor(labels), 4).numpy()
    np.testing.assert_array_equal(losses.one_hot(labels, 4), expected)
    p = np.array([[0.1, 0.7, 0.2], [0.4, 0.4, 0.2], [0.0, 0.0, 1.0]])
    np.testing.assert_array_equal(losses.predicted_class(p), torch.tensor(p).argmax(-1).numpy())


@both_types
def test_softmax(dtype: type) -> None:
    """Softmax is PyTorch's, for confident logits too."""
    z = logits(dtype, (9, 4))
    assert_close(losses.softmax(z), F.softmax(torch.tensor(z), dim=-1))


@both_types
def test_softmax_derivative(dtype: type) -> None:
    """The Jacobian of the softmax is what PyTorch's automatic differentiation finds."""
    z = np.random.default_rng(25).normal(0, 3, 5).astype(dtype)
    jacobian = torch.autograd.functional.jacobian(partial(F.softmax, dim=-1), torch.tensor(z))
    assert_close(losses.softmax_derivative(z), jacobian)
    rows = losses.softmax_derivative(np.stack([z, z[::-1]]))
    assert_close(rows[0], jacobian)


@both_types
def test_entropy(dtype: type) -> None:
    """Entropy and its gradient are PyTorch's, for a probability of 0 too."""
    p = np.concatenate([distributions(dtype, (5, 3)), np.eye(3, dtype=dtype)])
    there = tensor(p)
    result = torch.special.entr(there).sum(dim=-1)
    result.sum().backward()
    assert_close(losses.entropy(p), result)
    assert_close(losses.entropy_gradient(p), there.grad)


@both_types
def test_surprisal(dtype: type) -> None:
    """Surprisal and its slope are those of PyTorch's logarithm, at 0 and 1 too."""
    p = probabilities(dtype, (50,))
    there = tensor(p)
    result = -torch.log(there)
    result.sum().backward()
    assert_close(losses.surprisal(p), result)
    assert_close(losses.surprisal_derivative(p), there.grad)


# Networks

TANH = Activation(activations.tanh, activations.tanh_derivative)
RELU = Activation(activations.relu, activations.relu_derivative)


def affine(linear: "torch.nn.Linear") -> Affine:
    """Take the parameters of a layer of PyTorch, whose weights are the transposed ones."""
    return Affine(linear.weight.detach().numpy().T.copy(), linear.bias.detach().numpy().copy())


def sequential() -> "torch.nn.Sequential":
    """Make a small network in PyTorch: 3 inputs, 5 tanh, 4 ReLU, 2 outputs."""
    torch.manual_seed(17)
    linear = partial(torch.nn.Linear, dtype=torch.float64)
    return torch.nn.Sequential(
        linear(3, 5), torch.nn.Tanh(), linear(5, 4), torch.nn.ReLU(), linear(4, 2)
    )


@both_types
def test_affine(dtype: type) -> None:
    """An affine layer is F.linear with the weights transposed, gradients included."""
    random = np.random.default_rng(18)
    x, w, b = (random.normal(size=shape).astype(dtype) for shape in [(6, 3), (3, 2), (2,)])
    there = [tensor(part) for part in (x, w.T, b)]
    result = F.linear(*there)
    result.sum().backward()
    layer = Affine(w, b)
    assert_close(layer(x), result, ulps=32)
    dx, dtheta = layer.backward(x, np.ones((6, 2), dtype))
    assert_close(dx, there[0].grad, ulps=32)
    assert_close(dtheta.weights, there[1].grad.T, ulps=32)
    assert_close(dtheta.bias, there[2].grad, ulps=32)


def test_swiglu() -> None:
    """Value and all gradients of a gated layer are those of its parts in PyTorch."""
    torch.manual_seed(26)
    gate, value = (torch.nn.Linear(3, 4, dtype=torch.float64) for _ in range(2))
    layer = SwiGLU(affine(gate), affine(value))
    x = np.random.default_rng(27).normal(size=(6, 3))
    there = tensor(x)
    result = F.silu(gate(there)) * value(there)
    (result**2).sum().backward()
    assert_close(layer(x), result, ulps=32)
    dx, dtheta = layer.backward(x, 2 * layer(x))
    assert_close(dx, there.grad, ulps=256)
    for ours, theirs in ((dtheta.gate, gate), (dtheta.value, value)):
        assert_close(ours.weights, theirs.weight.grad.T, ulps=256)
        assert_close(ours.bias, theirs.bias.grad, ulps=256)
    (moved,) = gradient_descent([layer], Gradients((dx, dx), (dtheta,)), 0.1)
    assert_close(moved.gate.weights.T, gate.weight - 0.1 * gate.weight.grad, ulps=256)


def test_backpropagation_through_layers() -> None:
    """The gradients of all parameters and of the input are those of a Sequential."""
    model = sequential()
    layers = (affine(model[0]), TANH, affine(model[2]), RELU, affine(model[4]))
    x = np.random.default_rng(19).normal(size=(8, 3))
    target = losses.one_hot(np.arange(8) % 2, 2)
    there = tensor(x)
    F.cross_entropy(model(there), torch.tensor(target)).backward()
    values = feedforward(layers, x)
    gradient = losses.cross_entropy_with_logits_gradient(target, values[-1])
    gradients = backpropagate(layers, values, gradient)
    assert_close(gradients.values[0], there.grad)
    for k in (0, 2, 4):
        assert_close(gradients.parameters[k].weights.T, model[k].weight.grad)
        assert_close(gradients.parameters[k].bias, model[k].bias.grad)


def test_gradient_descent() -> None:
    """After 20 steps of gradient descent the parameters are those torch.optim.SGD arrives at."""
    model = sequential()
    layers = (affine(model[0]), TANH, affine(model[2]), RELU, affine(model[4]))
    random = np.random.default_rng(20)
    x, y = random.normal(size=(8, 3)), random.normal(size=(8, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(20):
        optimizer.zero_grad()
        F.mse_loss(model(torch.tensor(x)), torch.tensor(y)).backward()
        optimizer.step()
        values = feedforward(layers, x)
        gradient = losses.mean_squared_error_gradient(y, values[-1])
        layers = gradient_descent(layers, backpropagate(layers, values, gradient), 0.1)
    for k in (0, 2, 4):
        assert_close(layers[k].weights.T, model[k].weight, ulps=1000)
        assert_close(layers[k].bias, model[k].bias, ulps=1000)


def recurrent(cell: "torch.nn.Module", suffix: str, activation: Activation) -> tuple:
    """Take the parameters of a recurrent cell of PyTorch, which has two biases."""
    part = {
        name: getattr(cell, f"{name}{suffix}").detach().numpy()
        for name in ("weight_hh", "weight_ih", "bias_hh", "bias_ih")
    }
    weights = np.vstack([part["weight_hh"].T, part["weight_ih"].T])
    return Affine(weights, part["bias_hh"] + part["bias_ih"]), activation


@pytest.mark.parametrize(("nonlinearity", "activation"), [("tanh", TANH), ("relu", RELU)])
def test_a_recurrent_network_in_time(nonlinearity: str, activation: Activation) -> None:
    """Outputs, and gradients through time, are those of nn.RNN."""
    torch.manual_seed(21)
    rnn = torch.nn.RNN(2, 3, nonlinearity=nonlinearity, dtype=torch.float64)
    layers = recurrent(rnn, "_l0", activation)
    random = np.random.default_rng(22)
    x, y0, at_once = (random.normal(size=shape) for shape in [(6, 4, 2), (4, 3), (6, 4, 3)])
    initial = tensor(y0)
    outputs, _ = rnn(torch.tensor(x), initial[None])
    outputs.retain_grad()
    (outputs * torch.tensor(at_once)).sum().backward()

    steps = unroll(layers, x, y0)
    gradients = backpropagate_through_time(layers, steps, at_once)
    assert_close(np.array([values[-1] for values in steps]), outputs, ulps=32)
    assert_close(gradients.values[0], initial.grad, ulps=256)
    theta = gradients.parameters[0]
    assert_close(theta.weights[:3].T, rnn.weight_hh_l0.grad, ulps=256)
    assert_close(theta.weights[3:].T, rnn.weight_ih_l0.grad, ulps=256)
    assert_close(theta.bias, rnn.bias_hh_l0.grad, ulps=256)


def test_a_recurrent_network_step_by_step() -> None:
    """One step is one call of nn.RNNCell."""
    torch.manual_seed(23)
    cell = torch.nn.RNNCell(2, 3, dtype=torch.float64)
    random = np.random.default_rng(24)
    x, y0 = random.normal(size=(3, 4, 2)), random.normal(size=(4, 3))
    y = torch.tensor(y0)
    for step_input, values in zip(x, unroll(recurrent(cell, "", TANH), x, y0), strict=True):
        y = cell(torch.tensor(step_input), y)
        assert_close(values[-1], y, ulps=32)
