"""Activation functions that came after ReLU, each with its derivative beside it.

They keep to what `neural.activations` promises about types, NaN, ±∞ and warnings. In float64
softplus, ELU and SELU are within 4 ULP of the true value over the whole line. GELU, SiLU and Mish
are so where the value is 1 or more; where it is less, they are off by 4 ULP of 1 at most, which
is 10⁻¹⁵.

Sources: Dugas, Bengio, Bélisle, Nadeau and Garcia 2001 (softplus); Clevert, Unterthiner and
Hochreiter 2016 (elu); Klambauer, Unterthiner, Mayr and Hochreiter 2017 (selu); Hendrycks and Gimpel
2016 (gelu, silu); Elfwing, Uchibe and Doya 2018 (silu); Misra 2020 (mish).

Examples
--------
>>> softplus([-1000, 0, 1000]), softplus_derivative(0)
(array([0.00000000e+00, 6.93147181e-01, 1.00000000e+03]), np.float64(0.5))
>>> elu([-1000, -1e-20, 3]), elu_derivative([-1000, 0, 3])
(array([-1.e+00, -1.e-20,  3.e+00]), array([0., 1., 1.]))
>>> selu([-1000, 1]), selu_derivative(1)
(array([-1.75809934,  1.05070099]), np.float64(1.0507009873554805))
>>> gelu([-1, 0, 1]), gelu_derivative(0)
(array([-0.15865525,  0.        ,  0.84134475]), np.float64(0.5))
>>> silu([-1, 0, 1]), silu_derivative(0)
(array([-0.26894142,  0.        ,  0.73105858]), np.float64(0.5))
>>> mish([-1, 0, 1]), mish_derivative(0)
(array([-0.30340146,  0.        ,  0.86509839]), np.float64(0.6))
"""

from math import erfc, pi, sqrt

import numpy as np

from neural.activations import sigmoid, sigmoid_derivative
from neural.arrays import Array, elementwise

SELU_SCALE = 1.0507009873554804934
SELU_ALPHA = 1.6732632423543772848
"""Inputs of mean 0 and variance 1 keep both, layer after layer, with exactly these two numbers."""

FAR = 1e3
"""At −1000 all that multiplies x below is 0. So x goes no further, or 0 · ∞ would be NaN."""


def _normal_distribution(x: Array) -> Array:
    """Φ(x) = erfc(−x/√2)/2. By erfc, since 1 + erf has lost its digits for x = −5."""
    half: Array = np.vectorize(erfc, otypes=[np.float64])(-x / sqrt(2)) / 2
    return half


@elementwise
def softplus(x: Array) -> Array:
    """Softplus: log(1 + eˣ) = max(0, x) + log(1 + e^−|x|).

    The last form, since eˣ overflows, and since it shows that softplus is ReLU with a round corner.
    """
    return np.maximum(0, x) + np.log1p(np.exp(-np.abs(x)))


@elementwise
def softplus_derivative(x: Array) -> Array:
    """First derivative of softplus: the sigmoid."""
    return sigmoid(x)


@elementwise
def elu(x: Array, alpha: float = 1.0) -> Array:
    """Exponential linear unit: x if x > 0, else α(eˣ − 1)."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(0, x)))


@elementwise
def elu_derivative(x: Array, alpha: float = 1.0) -> Array:
    """First derivative of the ELU: 1 if x > 0, else αeˣ.

    With α = 1 it has no jump.
    """
    return np.where(x > 0, 1, alpha * np.exp(np.minimum(0, x)))


@elementwise
def selu(x: Array) -> Array:
    """Scaled exponential linear unit: λ·ELU(x) with α and λ fixed."""
    return SELU_SCALE * elu(x, SELU_ALPHA)


@elementwise
def selu_derivative(x: Array) -> Array:
    """First derivative of the SELU: λ if x > 0, else λαeˣ."""
    return SELU_SCALE * elu_derivative(x, SELU_ALPHA)


@elementwise
def gelu(x: Array) -> Array:
    """Gaussian error linear unit: x·Φ(x), where Φ(x) = (1 + erf(x/√2))/2.

    Φ(x) is the probability that a standard normal number is less than x.
    """
    return np.maximum(-FAR, x) * _normal_distribution(x)


@elementwise
def gelu_derivative(x: Array) -> Array:
    """First derivative of the GELU: Φ(x) + x·φ(x), where φ(x) = e^(−x²/2) / √(2π)."""
    density: Array = np.exp(-x * x / 2) / sqrt(2 * pi)
    return _normal_distribution(x) + np.clip(x, -FAR, FAR) * density


@elementwise
def silu(x: Array) -> Array:
    """Sigmoid linear unit, also called Swish: x·σ(x)."""
    return np.maximum(-FAR, x) * sigmoid(x)


@elementwise
def silu_derivative(x: Array) -> Array:
    """First derivative of the SiLU: σ(x) + x·σ′(x)."""
    return sigmoid(x) + np.clip(x, -FAR, FAR) * sigmoid_derivative(x)


@elementwise
def mish(x: Array) -> Array:
    """Mish: x·tanh(softplus(x))."""
    return np.maximum(-FAR, x) * np.tanh(softplus(x))


@elementwise
def mish_derivative(x: Array) -> Array:
    """First derivative of Mish: t + x·(1 − t²)·σ(x), where t = tanh(softplus(x)).

    1 − t² is written 4σ′(2 softplus(x)), since it loses its digits as t nears 1.
    """
    s = softplus(x)
    return np.tanh(s) + np.clip(x, -FAR, FAR) * 4 * sigmoid_derivative(2 * s) * sigmoid(x)
