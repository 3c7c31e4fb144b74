"""Too small, right, too large: the learning rate.

A network with four hidden units learns XOR by gradient descent. The only difference between the
runs is the length of the steps.
"""

import matplotlib.pyplot as plt
import numpy as np

from neural.activations import sigmoid, sigmoid_derivative, tanh, tanh_derivative
from neural.losses import binary_cross_entropy_with_logits as loss
from neural.losses import binary_cross_entropy_with_logits_gradient as loss_gradient
from neural.networks import (
    Activation,
    backpropagate,
    feedforward,
    gradient_descent,
    random_affine,
)

INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
TARGETS = np.array([[0], [1], [1], [0]], float)
EPOCHS = 400

# %%
# ## One run
#
# The last layer gives logits: the loss takes the sigmoid itself, which keeps its gradient from
# vanishing.


def learn(rate):
    """Return the loss after each epoch, and the layers after the last one."""
    generator = np.random.default_rng(1)
    layers = [
        random_affine(2, 4, generator),
        Activation(tanh, tanh_derivative),
        random_affine(4, 1, generator),
    ]
    losses = []
    for _ in range(EPOCHS):
        values = feedforward(layers, INPUTS)
        losses.append(loss(TARGETS, values[-1]))
        gradients = backpropagate(layers, values, loss_gradient(TARGETS, values[-1]))
        layers = gradient_descent(layers, gradients, rate)
    return losses, layers


# %%
# ## Three rates
#
# caption: The loss by epoch at three learning rates.
# alt: Three curves of the loss over 400 epochs, on a logarithmic scale. With a rate of 0.01 it
#   hardly falls; with 0.5 it falls steadily; with 8 it rises above its start and stays there.

fig, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
for rate in (0.01, 0.5, 8.0):
    axes.semilogy(learn(rate)[0], label=f"rate {rate:g}")
axes.set(xlabel="epoch", ylabel="loss")
axes.legend()

# %%
# ## What it has learnt
#
# The probabilities that the second network gives to the four inputs.

_, layers = learn(0.5)
for row, logit in zip(INPUTS, feedforward(layers, INPUTS)[-1], strict=True):
    print(row, f"{sigmoid(logit.item()):.2f}")
print("slope of the sigmoid at 0:", sigmoid_derivative(0.0))
