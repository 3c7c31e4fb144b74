"""Why classifiers use cross-entropy.

A unit says 0.9999 and should have said 0. How strongly does each loss push it back? The squared
error goes through the derivative of the sigmoid, which is nearly 0 there; in the cross-entropy that
factor cancels.
"""

import matplotlib.pyplot as plt
import numpy as np

from neural.activations import sigmoid, sigmoid_derivative
from neural.losses import (
    binary_cross_entropy_with_logits_gradient,
    mean_squared_error_gradient,
)

# %%
# ## Gradients with respect to the logit
#
# alt: Two curves over the logit from -10 to 10, for a target of 0. That of cross-entropy rises from
#   0 to 1 and stays there; that of the squared error is a hump around 0 and falls back to 0.
# caption: How strongly a wrong answer is pushed back. The target is 0.

logits = np.linspace(-10, 10, 201)
squared = [
    mean_squared_error_gradient(np.zeros(1), sigmoid(np.array([z]))).item() * sigmoid_derivative(z)
    for z in logits
]
crossed = [
    binary_cross_entropy_with_logits_gradient(np.zeros(1), np.array([z])).item() for z in logits
]
plt.figure(figsize=(6.4, 3.4), layout="constrained")
plt.plot(logits, crossed, label="cross-entropy")
plt.plot(logits, squared, label="squared error")
plt.xlabel("logit $z$")
plt.ylabel("gradient")
plt.legend()

# %%
# ## At the saturated unit

z = np.log(0.9999 / 0.0001)
at = np.abs(logits - z).argmin()
print(f"squared error {squared[at]:.6f}, cross-entropy {crossed[at]:.6f}")
