# ---
# description: A recurrent unit unrolled in time learns to remember; with exercises.
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
# # A recurrent network, unrolled
#
# A recurrent network applies the same function at every step, to its last output and to the next
# input. Written out step by step it is a feedforward network whose layers share their parameters.
# Here we unroll the smallest one, take its gradient by hand, and teach it to remember.
# [Experiments](../experiments.md#a-recurrent-network-unrolled-in-time) shows what is behind it.

# %%
import matplotlib.pyplot as plt
import numpy as np

from neural.activations import tanh, tanh_derivative
from neural.losses import mean_squared_error, mean_squared_error_gradient
from neural.networks import Activation, Affine, backpropagate_through_time, unroll

# %% [markdown]
# ## One unit
#
# Its state is $y_t = \tanh(w \, y_{t-1} + x_t)$. It hears one pulse, 1, and then nothing.


# %%
def states(w, inputs):
    """Give y_1 … y_T of the unit, from y_0 = 0."""
    found, y = [], 0.0
    for x in inputs:
        y = float(tanh(w * y + x))
        found.append(y)
    return np.array(found)


pulse = np.zeros(20)
pulse[0] = 1.0
for w in (0.5, 1.0, 2.0):
    print(f"w = {w}: after 5 steps {states(w, pulse)[4]:.3f}, after 20 {states(w, pulse)[19]:.3f}")

# %% [markdown]
# With *w* = 0.5 the pulse is soon forgotten. With *w* = 2 it is kept: the state stays at 0.958,
# where tanh(2*y*) = *y*.

# %%
assert abs(states(0.5, pulse)[19]) < 1e-5
kept = states(2.0, pulse)[19]
assert round(kept, 3) == 0.958
assert np.isclose(tanh(2 * kept), kept)

# %% [markdown]
# ## The gradient by hand
#
# Write *z* for what goes into tanh. The last state depends on the first one through all the states
# between, so
#
# $$
# \frac{\partial y_T}{\partial y_t} = \prod_{s=t+1}^{T} \tanh'(z_s) \, w.
# $$
#
# And it depends on *w* at every step. Each step adds its share:
#
# $$
# \frac{\partial y_T}{\partial w}
#   = \sum_t \frac{\partial y_T}{\partial y_t} \, \tanh'(z_t) \, y_{t-1}.
# $$


# %%
def weight_gradient(w, inputs):
    """Give ∂y_T/∂w, and ∂y_T/∂y_t for each t, from the last step to the first."""
    y = states(w, inputs)
    before = np.concatenate([[0.0], y[:-1]])
    slopes = tanh_derivative(w * before + inputs)
    to_state, total = np.zeros_like(y), 0.0
    reaches = 1.0  # ∂y_T/∂y_T
    for t in reversed(range(len(y))):
        to_state[t] = reaches
        total += reaches * slopes[t] * before[t]
        reaches *= slopes[t] * w
    return total, to_state


by_hand, to_state = weight_gradient(1.0, pulse)
print(f"∂y_T/∂w = {by_hand:.6f}")

# %% [markdown]
# Two checks: a small step up and down in *w*, and `neural.networks`, which goes back through any
# layers. There the weights of the last state and of the input stand in one matrix.

# %%
step = 1e-6
up, down = states(1.0 + step, pulse)[-1], states(1.0 - step, pulse)[-1]
assert np.isclose(by_hand, (up - down) / (2 * step), rtol=1e-7)


def unit(w):
    """Give the unit as layers: y_{t-1} and x_t side by side, times (w, 1), then tanh."""
    return Affine(np.array([[w], [1.0]]), np.zeros(1)), Activation(tanh, tanh_derivative)


steps = unroll(unit(1.0), pulse.reshape(20, 1, 1), np.zeros((1, 1)))
last = np.zeros((20, 1, 1))
last[-1] = 1.0  # we ask for the gradient of the last state alone
found = backpropagate_through_time(unit(1.0), steps, last)
assert np.isclose(found.parameters[0].weights[0, 0], by_hand)
assert np.allclose([value.item() for value in found.values[1:]], to_state)

# %% [markdown]
# ## How far back does it reach?

# %%
# fig: reach-of-gradient — Gradient of the last state with respect to the state at each step.
# alt: On a logarithmic scale, the gradient of the last of 20 states with respect to each state,
#   for three weights. It is 1 at the last step. Going back to step 1 it falls to 0.04 with w = 1,
#   to a millionth with w = 0.5, and to less than a trillionth with w = 2.
_, axes = plt.subplots(figsize=(5.5, 3.4), layout="constrained")
reach = {}
for w, style in ((1.0, "-"), (0.5, "--"), (2.0, ":")):
    _, reach[w] = weight_gradient(w, pulse)
    axes.semilogy(range(1, 21), reach[w], style, label=f"w = {w}")
axes.set(xlabel="step", ylabel="gradient of the last state", xlim=(1, 20))
axes.set_xticks([1, 5, 10, 15, 20])
axes.legend()
assert 0.03 < reach[1.0][0] < 0.05
assert 1e-6 < reach[0.5][0] < 1e-5
assert reach[2.0][0] < 1e-12

# %% [markdown]
# @fig-reach-of-gradient has a surprise: the unit that remembers, with *w* = 2, has the gradient
# that vanishes fastest. Its state sits where tanh is flat, and each step multiplies the gradient by
# 2 tanh′(2*y*) ≈ 0.17.
#
# ## Learning to remember
#
# A task: hear 1 or −1 at the first step, say the same at the last. Only *w* is learned.


# %%
def learn(w, length, epochs=300, learning_rate=0.1):
    """Give the loss before each epoch, and w after the last."""
    inputs = np.zeros((length, 2, 1))  # two examples
    inputs[0, :, 0] = 1.0, -1.0
    target = np.array([[1.0], [-1.0]])
    history = []
    for _ in range(epochs):
        steps = unroll(unit(w), inputs, np.zeros((2, 1)))
        output = steps[-1][-1]
        history.append(mean_squared_error(target, output))
        gradients = np.zeros((length, 2, 1))
        gradients[-1] = mean_squared_error_gradient(target, output)
        found = backpropagate_through_time(unit(w), steps, gradients)
        w -= learning_rate * found.parameters[0].weights[0, 0]
    return history, w


for length in (5, 10, 20):
    history, w = learn(0.5, length)
    print(f"{length:2} steps: loss {history[0]:.3f} → {history[-1]:.3f}, w = {w:.2f}")

# %% [markdown]
# From *w* = 0.5 it learns to remember for 5 steps and for 10. For 20 it learns nothing in 300
# epochs. The solution is the same, a *w* of about 2. The gradient that would lead there is too
# small to notice.

# %%
assert learn(0.5, 5)[0][-1] < 0.01
assert learn(0.5, 10)[0][-1] < 0.01
assert learn(0.5, 20)[0][-1] > 0.99

# %% [markdown]
# ## Exercises
#
# **1.** Leave out tanh. With *w* = 0.9, after how many steps is less
# than half of a pulse left?

# %% [markdown] tags=["answer"]
# After *n* steps 0.9 to the power *n* is left, so *n* is more than log ½ / log 0.9 ≈ 6.6. After 7.

# %% tags=["answer"]
assert round(np.log(0.5) / np.log(0.9), 1) == 6.6
assert 0.9**7 < 0.5 < 0.9**6

# %% [markdown]
# **2.** Start the task of 20 steps at *w* = 1 instead. Why does it work now?

# %% [markdown] tags=["answer"]
# With *w* = 1 the factor *w* tanh′(*z*) is close to 1 while the state is small, and the state fades
# slowly. @fig-reach-of-gradient shows that 4 % of the gradient reach back over 20 steps. That is
# enough to learn from. Le, Jaitly and Hinton (2015) started recurrent networks of ReLU units at the
# identity for the same reason.

# %% tags=["answer"]
history, w = learn(1.0, 20)
print(f"loss {history[0]:.3f} → {history[-1]:.3f}, w = {w:.2f}")
assert history[-1] < 0.01

# %% [markdown]
# **3.** For which *w* can the unit remember at all, however long it takes?

# %% [markdown] tags=["answer"]
# It needs a state other than 0 that stays: *y* = tanh(*wy*). At 0 the right side has slope *w*, and
# it bends towards 0 on both sides. So for *w* from 0 to 1 the curves meet at 0 alone, and every
# state fades. For *w* > 1 they meet twice more, and the unit can hold on to a sign.

# %% tags=["answer"]
assert abs(states(1.0, np.eye(1, 10_000)[0])[-1]) < 0.02  # it fades, though slowly
assert states(1.1, np.eye(1, 10_000)[0])[-1] > 0.5  # it stays
