# ---
# description: A saturated unit learns under two losses, step by step; with exercises.
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
# # Slow learning
#
# A single unit is confidently wrong. How long does it take to learn better, under squared error
# and under cross-entropy? [Loss functions](../loss-functions.md) says why one of them is slow. Here
# we watch it happen.

# %%
import matplotlib.pyplot as plt
import numpy as np

from neural import losses
from neural.activations import sigmoid, sigmoid_derivative
from neural.networks import (
    Activation,
    Affine,
    backpropagate,
    feedforward,
    gradient_descent,
)

# %% [markdown]
# ## The unit
#
# It has one input *x*, a weight *w* and a bias *b*, and gives $\sigma(z)$ with $z = w x + b$. There
# is one example: the input is 1, and the target is 0. We start at *w* = *b* = 2.5, so that *z* = 5.
# The unit says 0.99. It could hardly be more wrong.

# %%
x = np.array([[1.0]])
target = np.array([[0.0]])


def unit(z):
    """Give a unit whose weight and bias are both z/2, so that its input of 1 gives z."""
    affine = Affine(weights=np.array([[z / 2]]), bias=np.array([z / 2]))
    return affine, Activation(sigmoid, sigmoid_derivative)


start = unit(5.0)
output = feedforward(start, x)[-1].item()
print(f"output {output:.4f}, slope of the sigmoid {sigmoid_derivative(5.0):.4f}")
assert round(output, 2) == 0.99

# %% [markdown]
# ## The first step
#
# What does each loss ask the weight to do? Back-propagation tells.


# %%
def weight_gradient(layers, loss_gradient):
    """Give the gradient of the loss with respect to the weight."""
    values = feedforward(layers, x)
    gradient = loss_gradient(target, values[-1])
    affine, _ = backpropagate(layers, values, gradient).parameters
    return affine.weights.item()


squared = weight_gradient(start, losses.mean_squared_error_gradient)
cross = weight_gradient(start, losses.binary_cross_entropy_gradient)
print(f"squared error {squared:.4f}, cross-entropy {cross:.4f}")

# %% [markdown]
# Both follow from the formulas. The mean squared error of one example is $(y - \sigma(z))^2$,
# without the ½ in front, so
#
# $$
# \frac{\partial L}{\partial w} = 2 \, (\sigma(z) - y) \, \sigma'(z) \, x.
# $$
#
# The gradient of cross-entropy is $(\sigma(z) - y) \, x$. The error is 0.99 in both. It is the
# factor $2 \sigma'(z)$ that makes the one 75 times smaller than the other.

# %%
assert np.isclose(squared, 2 * (output - 0) * sigmoid_derivative(5.0) * 1)
assert np.isclose(cross, (output - 0) * 1)
assert round(cross / squared) == 75

# %% [markdown]
# ## All the steps
#
# Now let both learn, at the same learning rate.


# %%
def learn(layers, loss_gradient, epochs, learning_rate=0.5):
    """Give the output of the unit before each epoch, and after the last one."""
    outputs = []
    for _ in range(epochs):
        values = feedforward(layers, x)
        outputs.append(values[-1].item())
        gradients = backpropagate(layers, values, loss_gradient(target, values[-1]))
        layers = gradient_descent(layers, gradients, learning_rate)
    outputs.append(feedforward(layers, x)[-1].item())
    return np.array(outputs)


under_squared = learn(start, losses.mean_squared_error_gradient, epochs=200)
under_cross = learn(start, losses.binary_cross_entropy_gradient, epochs=200)
assert under_squared[60] > 0.97

# %%
# fig: saturated-unit — Output of one unit that starts at 0.99 and has to learn 0, by epoch.
# alt: Output of a sigmoid unit by epoch. Under cross-entropy it falls at once and is below 0.1
#   after 16 epochs. Under squared error it stays above 0.9 for 75 epochs, then falls.
_, axes = plt.subplots(figsize=(5.5, 3.4), layout="constrained")
axes.plot(under_squared, label="squared error")
axes.plot(under_cross, "--", label="cross-entropy")
axes.set(xlabel="epoch", ylabel="output, to become 0", xlim=(0, 200), ylim=(0, 1))
_ = axes.legend()

# %% [markdown]
# @fig-saturated-unit shows it. Under cross-entropy the output falls at once. Under squared error it
# stays near 1 for a long while, then turns, and falls quickly where the sigmoid is steep. After
# that both flatten out again. That is as it should be: there is little error left.
#
# When is the output below 0.1?


# %%
def first_epoch_below(outputs, level):
    """Give the first epoch at which the output is below the level."""
    return int(np.argmax(outputs < level))


print("squared error:", first_epoch_below(under_squared, 0.1))
print("cross-entropy:", first_epoch_below(under_cross, 0.1))
assert first_epoch_below(under_squared, 0.1) == 119
assert first_epoch_below(under_cross, 0.1) == 16
assert first_epoch_below(under_squared, 0.9) == 76

# %% [markdown]
# After 119 epochs with the one and after 16 with the other. Most of the 119 go by before anything
# seems to happen: at epoch 60 the output is still above 0.97.

# %% [markdown]
# ## Exercises
#
# **1.** Under squared error the unit is slow at first and slow at last. At which output does it
# learn fastest?

# %% [markdown] tags=["answer"]
# Write *p* for the output. The target is 0, so the gradient is $2 p \cdot p (1 - p)$, since the
# slope of the sigmoid is $p (1 - p)$. Its derivative with respect to *p* is $4 p - 6 p^2$, and that
# is 0 at $p = \tfrac{2}{3}$.

# %% tags=["answer"]
p = np.linspace(0, 1, 3001)
gradient = 2 * p * p * (1 - p)
assert np.isclose(p[np.argmax(gradient)], 2 / 3)

# %% [markdown]
# **2.** Start further out, at *z* = 7 and *z* = 9. How does the number of epochs grow, for each
# loss?

# %% [markdown] tags=["answer"]
# For cross-entropy it grows by a constant. As long as the unit is saturated the error is close to
# 1, and each epoch lowers *w* and *b* by close to ½ each, so *z* by close to 1. Two more in *z* are
# two more epochs.
#
# For squared error it grows by a factor. Far out $\sigma'(z)$ is nearly $e^{-z}$, so each step up
# by 2 makes the slope $e^2 \approx 7.4$ times smaller. The number of epochs grows by about 5 from
# *z* = 5 to 7, by more than 6 from 7 to 9, and by ever closer to 7.4 further out.


# %% tags=["answer"]
def epochs_needed(z, loss_gradient):
    """Give the number of epochs until the output is below 0.1."""
    return first_epoch_below(learn(unit(z), loss_gradient, epochs=5000), 0.1)


starts = (5.0, 7.0, 9.0)
squared = [epochs_needed(z, losses.mean_squared_error_gradient) for z in starts]
cross = [epochs_needed(z, losses.binary_cross_entropy_gradient) for z in starts]
for z, slow, fast in zip(starts, squared, cross, strict=True):
    print(f"z = {z:g}: {slow:4} epochs under squared error, {fast} under cross-entropy")
assert cross == [16, 18, 20]
assert round(squared[1] / squared[0]) == 5
assert 6 < squared[2] / squared[1] < np.exp(2)

# %% [markdown]
# **3.** Could a larger learning rate make up for the small slope? Take 75 times the rate under
# squared error, since that is what the first gradient lacks.

# %% [markdown] tags=["answer"]
# Here it could. The first step is then as long as that under cross-entropy, and later ones are
# longer. But the rate was made for this one start. From *z* = 0, where the slope is ¼, the first
# step takes *z* down by more than 18: from a unit that says ½ to one that is saturated on the other
# side. One rate cannot suit all units. Cross-entropy needs no such choice.

# %% tags=["answer"]
large = learn(start, losses.mean_squared_error_gradient, epochs=20, learning_rate=37.5)
print("output after 20 epochs:", f"{large[-1]:.4f}")
assert large[-1] < 0.1

middle = weight_gradient(unit(0.0), losses.mean_squared_error_gradient)
assert 2 * 37.5 * middle > 18
