"""A layer with a gate: the feed-forward layer of most language models since 2020.

Source: Shazeer 2020, *GLU Variants Improve Transformer*, equation 6 (without biases).

Examples
--------
>>> one = Affine(np.ones((1, 1)), np.zeros(1))
>>> SwiGLU(gate=one, value=one)(np.array([[2.0]]))
array([[3.52318831]])
"""

from dataclasses import dataclass

import numpy as np

from neural.arrays import Array
from neural.modern import silu, silu_derivative
from neural.networks import Affine


@dataclass(frozen=True, eq=False)
class SwiGLU:
    """Swish-gated linear unit: f(x) = SiLU(gate(x)) ⊙ value(x), for two affine layers."""

    gate: Affine
    value: Affine

    def __post_init__(self) -> None:
        if np.shape(self.gate.weights) != np.shape(self.value.weights):
            raise ValueError(
                f"found a gate with weights of shape {np.shape(self.gate.weights)} and a value "
                f"with {np.shape(self.value.weights)}; expected one shape: both take the same input"
            )

    def __call__(self, x: Array) -> Array:
        """SiLU(gate(X)) ⊙ value(X), for X of shape (n, d_in): one example a row."""
        return silu(self.gate(x)) * self.value(x)

    def backward(self, x: Array, gradient: Array) -> tuple[Array, "SwiGLU"]:
        """Product rule: the gate gets G ⊙ value ⊙ SiLU′, the value G ⊙ SiLU; ∂L/∂X is the sum."""
        z = self.gate(x)
        through_gate, gate = self.gate.backward(x, gradient * self.value(x) * silu_derivative(z))
        through_value, value = self.value.backward(x, gradient * silu(z))
        return through_gate + through_value, SwiGLU(gate, value)

    def plus(self, other: "SwiGLU", scale: float = 1.0) -> "SwiGLU":
        """Both layers + scale · other's."""
        return SwiGLU(self.gate.plus(other.gate, scale), self.value.plus(other.value, scale))
