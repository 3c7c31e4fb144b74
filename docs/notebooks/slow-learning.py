# ---
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
# # A saturated unit
#
# A single unit is confidently wrong. How long does it take to learn better, under squared error
# and under cross-entropy? The page *Loss function* says why one of them is slow. Here we watch it
# happen.

# %%
# %config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
import numpy as np

from neural import losses
from neural.activations import sigmoid, sigmoid_derivative
from neural.networks import Activation, Affine, backpropagate, feedforward, gradient_descent

plt.rcParams["font.size"] = 14  # to be read on a phone, too

# %% [markdown]
# ## The unit
#
# It has one input x, a weight w and a bias b, and gives σ(z) with z = wx + b. There is one
# example: the input is 1, and the target is 0. We start at w = b = 2.5, so that z = 5. The unit
# says 0.99. It could hardly be more wrong.

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
    affine, _ = backpropagate(layers, values, loss_gradient(target, values[-1])).parameters
    return affine.weights.item()


squared = weight_gradient(start, losses.mean_squared_error_gradient)
cross = weight_gradient(start, losses.binary_cross_entropy_gradient)
print(f"squared error {squared:.4f}, cross-entropy {cross:.4f}")

# %% [markdown]
# Both follow from the formulas. The mean squared error of one example is (y − σ(z))², without the
# ½, so its gradient is 2 (σ(z) − y) σ′(z) x. The gradient of cross-entropy is (σ(z) − y) x. The
# error is 0.99 in both. It is the factor 2σ′(z) that makes the one 75 times smaller than the
# other.

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

# %%
# fig: saturated-unit — Output of the unit by epoch, under both losses.
# alt: Output by epoch. Cross-entropy falls at once; squared error stays near 1 for 90 epochs first.
_, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
axes.plot(under_squared, label="squared error")
axes.plot(under_cross, "--", label="cross-entropy")
axes.set(xlabel="epoch", ylabel="output (should be 0)", xlim=(0, 200), ylim=(0, 1))
axes.legend()
assert under_squared[60] > 0.97

# %% [markdown]
# Under cross-entropy the output falls at once. Under squared error it stays near 1 for a long
# while, then turns, and falls quickly when the sigmoid is steep. After that both flatten out
# again. That is as it should be: there is little error left.
#
# When is the output below 0.1?


# %%
def first_epoch_below(outputs, level):
    """Give the first epoch at which the output is below the level."""
    return int(np.argmax(outputs < level))


print(first_epoch_below(under_squared, 0.1), first_epoch_below(under_cross, 0.1))
assert first_epoch_below(under_squared, 0.1) == 119
assert first_epoch_below(under_cross, 0.1) == 16

# %% [markdown]
# After 119 epochs with the one and after 16 with the other. Most of the 119 go by before anything
# seems to happen: at epoch 60 the output is still above 0.97.

# %% [markdown]
# ## Exercises
#
# **1.** Under squared error the unit is slow at first and slow at last. At which output does it
# learn fastest?
#
# *Answer.* Write p for the output. The target is 0, so the gradient is 2 · p · p(1 − p), since the
# slope of the sigmoid is p(1 − p). Its derivative with respect to p is 4p − 6p², and that is 0 at
# p = 2/3.

# %%
p = np.linspace(0, 1, 3001)
gradient = 2 * p * p * (1 - p)
assert np.isclose(p[np.argmax(gradient)], 2 / 3)

# %% [markdown]
# **2.** Start further out, at z = 7 and z = 9. How does the number of epochs grow, for each loss?
#
# *Answer.* For cross-entropy it grows by a constant. As long as the unit is saturated the error is
# close to 1, and each epoch lowers w and b by close to ½ each, so z by close to 1. Two more in z
# are two more epochs. For squared error it grows by a factor. Far out σ′(z) is nearly e⁻ᶻ, so each
# step up by 2 makes the slope e² ≈ 7.4 times smaller.


# %%
def epochs_needed(z, loss_gradient):
    """Give the number of epochs until the output is below 0.1."""
    return first_epoch_below(learn(unit(z), loss_gradient, epochs=5000), 0.1)


for z in (5.0, 7.0, 9.0):
    print(
        f"z = {z:g}: {epochs_needed(z, losses.mean_squared_error_gradient):4} epochs under squared "
        f"error, {epochs_needed(z, losses.binary_cross_entropy_gradient)} under cross-entropy"
    )

# %%
cross_entropy_epochs = [
    epochs_needed(z, losses.binary_cross_entropy_gradient) for z in (5.0, 7.0, 9.0)
]
squared_error_epochs = [epochs_needed(z, losses.mean_squared_error_gradient) for z in (7.0, 9.0)]
assert cross_entropy_epochs == [16, 18, 20]
assert 6 < squared_error_epochs[1] / squared_error_epochs[0] < np.exp(2)
