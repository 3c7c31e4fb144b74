"""Softmax with a temperature.

The softmax turns any numbers $z$, called *logits*, into probabilities. Dividing the logits by a
temperature $T$ first decides how sure of itself the answer is: a low temperature gives nearly all
to the largest logit, a high one gives the same to each.
"""

import matplotlib.pyplot as plt
import numpy as np

from neural.losses import entropy, softmax

logits = np.array([2.0, 1.0, 0.0, -1.0])

# %%
# ## Three temperatures
#
# The order of the classes never changes: $z_i / T$ is largest where $z_i$ is.
#
# caption: Probabilities of four classes at three temperatures.
# alt: Three groups of four bars. At temperature 0.3 the first class has nearly all of the
#   probability; at 1 the bars fall from 0.64 to 0.03; at 5 they are nearly the same.

temperatures = (0.3, 1.0, 5.0)
fig, panels = plt.subplots(1, 3, sharey=True, figsize=(6.4, 2.6), layout="constrained")
for axes, temperature in zip(panels, temperatures, strict=True):
    axes.bar(["A", "B", "C", "D"], softmax(logits / temperature))
    axes.set_title(f"$T = {temperature:g}$")
panels[0].set_ylabel("probability")

# %%
# ## What it does to the entropy
#
# With $T \to 0$ the answer is certain and its entropy is 0; with $T \to \infty$ it is the entropy
# of four equal classes, $\log 4$.

for temperature in (0.01, *temperatures, 1000.0):
    print(f"T = {temperature:7g}   entropy {entropy(softmax(logits / temperature)):.4f}")
print(f"log 4 = {np.log(4):.4f}")
