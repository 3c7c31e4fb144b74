"""Check back-propagation by finite differences.

Code that computes a gradient is easily wrong in a way that still learns, only worse. Whoever writes
such code compares it with the slope between two nearby points. This is the comparison for a small
network of `neural.networks`, parameter by parameter.
"""

import numpy as np

from neural.activations import tanh, tanh_derivative
from neural.losses import mean_squared_error, mean_squared_error_gradient
from neural.networks import Activation, Affine, backpropagate, feedforward, random_affine

generator = np.random.default_rng(7)
layers = [
    random_affine(3, 4, generator),
    Activation(tanh, tanh_derivative),
    random_affine(4, 2, generator),
]
inputs, targets = generator.standard_normal((5, 3)), generator.standard_normal((5, 2))

# %%
# ## The gradient by the chain rule

values = feedforward(layers, inputs)
gradients = backpropagate(layers, values, mean_squared_error_gradient(targets, values[-1]))

# %%
# ## The same by two evaluations of the loss
#
# The slope of the chord from $w - h$ to $w + h$ misses the derivative by a term in $h^2$. With
# $h = 10^{-5}$ that is about as small as the rounding of the loss itself.


def loss(weights):
    """Return the loss with other weights in the first layer."""
    changed = [Affine(weights, layers[0].bias), *layers[1:]]
    return mean_squared_error(targets, feedforward(changed, inputs)[-1])


h = 1e-5
weights = layers[0].weights
chords = np.zeros_like(weights)
for at in np.ndindex(weights.shape):
    moved = np.zeros_like(weights)
    moved[at] = h
    chords[at] = (loss(weights + moved) - loss(weights - moved)) / (2 * h)

worst = np.abs(chords - gradients.parameters[0].weights).max()
print(f"{weights.size} weights, largest difference below 1e-9: {bool(worst < 1e-9)}")
