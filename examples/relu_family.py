"""ReLU and its relatives.

Left of 0 they differ: the ReLU is 0, and learns nothing there; the others keep a small slope.
"""

import matplotlib.pyplot as plt
import numpy as np

from neural.activations import leaky_relu, leaky_relu_derivative, prelu, relu, relu_derivative

x = np.linspace(-3, 3, 121)

# %%
# ## The functions
#
# caption: Three functions that agree right of 0.
# alt: Three curves that are one line of slope 1 right of 0. Left of it the ReLU is 0, the leaky
#   ReLU falls slightly and the parametric ReLU falls with a slope of 0.25.

plt.figure(figsize=(6.4, 3.4), layout="constrained")
plt.plot(x, relu(x), label="ReLU")
plt.plot(x, leaky_relu(x), label="leaky ReLU, slope 0.01")
plt.plot(x, prelu(x), label="parametric ReLU, $a = 0.25$")
plt.legend()

# %%
# ## Who learns at −2?
#
# A unit whose input is −2 passes the gradient on times this factor.

{"ReLU": relu_derivative(-2.0), "leaky ReLU": leaky_relu_derivative(-2.0)}
