# ---
# description: ReLU units that die, and three cures compared; with exercises.
# jupyter:
#   # ruff: noqa: D100, S101 (a page, whose asserts are its checks)
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Dying ReLU and its cures
#
# A [ReLU](../activations/relu.md) unit that is negative for every example gives 0 and gets no
# gradient. Nothing in its weights will ever change: it is dead. Here a hundred units learn side by
# side. We count the dead, and try three cures.

# %%
import matplotlib.pyplot as plt
import numpy as np

from neural.activations import leaky_relu, leaky_relu_derivative, relu, relu_derivative
from neural.losses import mean_squared_error, mean_squared_error_gradient
from neural.networks import Activation, Affine, backpropagate, feedforward, gradient_descent

RELU = Activation(relu, relu_derivative)
LEAKY_RELU = Activation(leaky_relu, leaky_relu_derivative)

# %% [markdown]
# ## A dead unit
#
# It gives $\max(0, w x + b)$ and has to learn $\max(0, x)$ for *x* between −1 and 1. With *w* = −1
# and *b* = −1.5 it is negative for all of them.

# %%
x = np.linspace(-1, 1, 21).reshape(-1, 1)  # (21, 1)


def gradients(layers):
    """Give ∂L/∂w and ∂L/∂b of one unit, and the loss."""
    values = feedforward(layers, x)
    gradient = mean_squared_error_gradient(relu(x), values[-1])
    affine, _ = backpropagate(layers, values, gradient).parameters
    loss = mean_squared_error(relu(x), values[-1])
    return affine.weights.item(), affine.bias.item(), loss


dead = Affine(np.array([[-1.0]]), np.array([-1.5]))
for name, activation in (("ReLU", RELU), ("leaky ReLU", LEAKY_RELU)):
    dw, db, loss = gradients((dead, activation))
    print(f"{name:10} loss {loss:.3f}, ∂L/∂w = {dw + 0:.5f}, ∂L/∂b = {db + 0:.5f}")

# %% [markdown]
# There is a loss, and ReLU gets nothing to lower it by. Under leaky ReLU, whose slope is 0.01 on
# the negative side, the gradient is small, but it is there. Both parts are negative, so *w* and *b*
# will grow.

# %%
assert gradients((dead, RELU))[:2] == (0, 0)
assert max(gradients((dead, LEAKY_RELU))[:2]) < 0

# %% [markdown]
# ## A hundred units
#
# They start with standard normal weights and biases, and each learns by itself. A unit is dead
# while it is positive for no example.


# %%
def count_dead(activation, learning_rate, bias=None, epochs=1000):
    """Give the number of dead units before each epoch."""
    units = 100
    generator = np.random.default_rng(0)
    weights, biases = generator.standard_normal((1, units)), generator.standard_normal(units)
    layers = (Affine(weights, biases if bias is None else np.full(units, bias)), activation)
    target = np.repeat(relu(x), units, axis=1)
    counts = []
    for _ in range(epochs):
        values = feedforward(layers, x)
        counts.append(int(np.all(values[1] <= 0, axis=0).sum()))
        # The loss is a mean over the units; each shall go its full step.
        gradient = units * mean_squared_error_gradient(target, values[-1])
        layers = gradient_descent(layers, backpropagate(layers, values, gradient), learning_rate)
    return counts


small, large = count_dead(RELU, 0.5), count_dead(RELU, 1.5)
print(f"learning rate 0.5: {small[0]} dead at first, {small[-1]} in the end")
print(f"learning rate 1.5: {large[0]} dead at first, {large[-1]} in the end")

# %% [markdown]
# There are two ways to die. Some units are **born dead**: their random start is negative
# everywhere. Others are **killed** by a step that is too long. It carries them to where they are
# negative everywhere, and there is no way back.

# %%
assert small[0] == small[-1] == 26
assert large[-1] == 67

# %% [markdown]
# ## Three cures
#
# - **Short steps**: a learning rate of 0.5 instead of 1.5.
# - **A positive start**: all biases are 1 at first.
# - **A leak**: leaky ReLU.

# %%
# fig: three-cures — Dead units among a hundred, by epoch, without a cure and with each of three.
# alt: Number of dead units among a hundred by epoch, up to 1000. Without a cure it rises from 26
#   to 67 at once and stays there. With short steps it stays at 26. With a positive start it rises
#   from 0 to 100 at once. With a leak it rises to 65, then falls to 0 within 250 epochs.
cures = {
    "no cure": large,
    "short steps": small,
    "positive start": count_dead(RELU, 1.5, bias=1.0),
    "leak": count_dead(LEAKY_RELU, 1.5),
}
_, axes = plt.subplots(figsize=(5.5, 3.6), layout="constrained")
for (name, counts), style in zip(cures.items(), ("-", "--", "-.", ":"), strict=True):
    axes.plot(counts, style, label=name)
axes.set(xlabel="epoch", ylabel="dead units of 100", xlim=(0, 1000), ylim=(0, 104))
axes.legend(ncols=2)
for name, counts in cures.items():
    print(f"{name:14} {counts[0]:3} at first, {counts[10]:3} after 10 epochs, {counts[-1]:3} last")

# %% [markdown]
# @fig-three-cures shows what each of them does. Short steps kill no unit, and revive none: those
# that are born dead stay dead. A positive start lets none be born dead, but the long steps then
# kill every one. Only the leak brings units back. It does not keep them from dying; it makes dying
# harmless.

# %%
assert cures["short steps"][-1] == 26
assert cures["positive start"][0] == 0
assert cures["positive start"][-1] == 100
assert max(cures["leak"]) == 65
assert not any(cures["leak"][250:])

# %% [markdown]
# ## Exercises
#
# **1.** Which units are born dead? Weight and bias are standard normal and independent, and *x*
# goes from −1 to 1. What share of them is it?

# %% [markdown] tags=["answer"]
# The largest value of $w x + b$ is $|w| + b$, so a unit is dead if $b \le -|w|$. In the plane of
# *w* and *b* this is the quarter that opens downwards, between the two diagonals. The normal
# distribution looks the same in all directions. So it is a quarter of the units.

# %% tags=["answer"]
generator = np.random.default_rng(0)
w, b = generator.standard_normal((2, 1_000_000))
share = np.mean(b <= -np.abs(w))
print(f"{share:.3f}")
assert abs(share - 0.25) < 0.002

# %% [markdown]
# **2.** The dead unit from above learns with leaky ReLU. How long until it is positive for some
# example, with a slope of 0.01, of 0.1 and of 0.3?

# %% [markdown] tags=["answer"]
# About in proportion to one over the slope: the gradient of a unit that is negative everywhere is
# the slope times the error, and the error stays nearly the same. A larger slope is a faster way
# back. It is also less of a nonlinearity: with a slope of 1 nothing of ReLU is left.

# %% tags=["answer"]
epochs = {}
for slope in (0.01, 0.1, 0.3):
    leaky = Activation(
        lambda z, slope=slope: leaky_relu(z, slope),
        lambda z, slope=slope: leaky_relu_derivative(z, slope),
    )
    layers, epochs[slope] = (dead, leaky), 0
    while np.all((values := feedforward(layers, x))[1] <= 0):
        gradient = mean_squared_error_gradient(relu(x), values[-1])
        layers = gradient_descent(layers, backpropagate(layers, values, gradient), 0.5)
        epochs[slope] += 1
    print(f"slope {slope:4}: {epochs[slope]} epochs")
assert epochs[0.3] < epochs[0.1] < epochs[0.01]
assert 0.5 < 0.01 * epochs[0.01] / (0.1 * epochs[0.1]) < 2

# %% [markdown]
# **3.** Can a dead unit in a hidden layer come back when the layers before it learn?

# %% [markdown] tags=["answer"]
# Yes. Its own weights get no gradient, but its input changes while other units of the layer before
# learn. Here the input moves from between −1 and 1 to between −4 and −2, and the unit is positive.
# It is luck, not learning: nothing led there to help this unit.

# %% tags=["answer"]
assert np.all(feedforward((dead, RELU), x)[1] <= 0)
assert np.all(feedforward((dead, RELU), x - 3)[1] > 0)
