"""Activation functions, each with its derivative beside it.

All of them work on numbers and on arrays of any shape, element by element. The type of the input
is kept: float32 gives float32. Integers and booleans are computed in float64; what is not a real
number raises a ValueError. NaN stays NaN, ±∞ gives the limit, and no input causes a floating-point
warning. In float64 every value is within 4 ULP (units in the last place) of the true one, over the
whole line. A jump or a kink, at x = 0, has no derivative: the one from the left is given there, as
in PyTorch's ReLUs. An array of slopes is broadcast against x: one for each unit, say.

Sources: McCulloch and Pitts 1943 (step); Goodfellow, Bengio and Courville 2016, section 3.10
(sigmoid); LeCun, Bottou, Orr and Müller 1998, section 4.4 (tanh); Nair and Hinton 2010 (relu);
Maas, Hannun and Ng 2013 (leaky_relu); He, Zhang, Ren and Sun 2015, equation 1 (prelu).

Examples
--------
>>> x = [-2, 0, 3]
>>> step(x), step_derivative(x)
(array([0., 0., 1.]), array([0., 0., 0.]))
>>> identity(x, a=0.5), identity_derivative(x, a=0.5)
(array([-1. ,  0. ,  1.5]), array([0.5, 0.5, 0.5]))
>>> sigmoid([-1000, -40, 0]), sigmoid_derivative([0, 40])
(array([0.00000000e+00, 4.24835426e-18, 5.00000000e-01]), array([2.50000000e-01, 4.24835426e-18]))
>>> tanh([-1000, 0, 1e-20]), tanh_derivative([0, 20])
(array([-1.e+00,  0.e+00,  1.e-20]), array([1.0000000e+00, 1.6993417e-17]))
>>> relu(x), relu_derivative(x)
(array([0., 0., 3.]), array([0., 0., 1.]))
>>> leaky_relu(x), leaky_relu_derivative(x)
(array([-0.02,  0.  ,  3.  ]), array([0.01, 0.01, 1.  ]))
>>> prelu(x), prelu_derivative(x), prelu_slope_derivative(x)
(array([-0.5,  0. ,  3. ]), array([0.25, 0.25, 1.  ]), array([-2.,  0.,  0.]))
"""

import numpy as np

from neural.arrays import Array, elementwise, floats


@elementwise
def step(x: Array) -> Array:
    """Binary step: 1 if x > 0, else 0."""
    return np.where(x > 0, 1, 0)


@elementwise
def step_derivative(x: Array) -> Array:
    """First derivative of the binary step: 0."""
    return np.zeros_like(x)


@elementwise
def identity(x: Array, a: float | Array = 1.0) -> Array:
    """Identity with slope a: f(x) = a·x.

    With a = 0 it is 0 at ±∞ as well: that is the limit, where 0·∞ alone would be NaN.
    """
    a = floats(a)
    return np.where(a == 0, 0, a * x)


@elementwise
def identity_derivative(x: Array, a: float | Array = 1.0) -> Array:
    """First derivative of the identity with slope a: f′(x) = a, the same everywhere."""
    return a + np.zeros_like(x)


@elementwise
def sigmoid(x: Array) -> Array:
    """Sigmoid, the logistic function: σ(x) = 1 / (1 + e⁻ˣ) = eˣ / (1 + eˣ).

    The first form serves x ≥ 0 and the second x < 0: the exponent is never positive, so the
    exponential cannot overflow, and small results keep all their digits.
    """
    e: Array = np.exp(-np.abs(x))  # in [0, 1]
    return np.where(x >= 0, 1, e) / (1 + e)


@elementwise
def sigmoid_derivative(x: Array) -> Array:
    """First derivative of the sigmoid: σ′(x) = σ(x)·(1 − σ(x)) = e⁻ˣ / (1 + e⁻ˣ)².

    The last form, since 1 − σ(x) loses its digits as σ(x) nears 1, and is 0 from x = 37. As σ′ is
    even, the exponent is −|x|, and the exponential cannot overflow. The square is written out as
    1 + 2e⁻ˣ + e⁻²ˣ to save a rounding.
    """
    e: Array = np.exp(-np.abs(x))  # in [0, 1]
    return e / (1 + e * (2 + e))


@elementwise
def tanh(x: Array) -> Array:
    """Hyperbolic tangent: tanh(x) = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ) = 2 / (1 + e⁻²ˣ) − 1 = 2σ(2x) − 1.

    Computed by NumPy's own: the last two forms subtract nearly equal numbers where x is small,
    and give 0 for x = 10⁻²⁰.
    """
    return np.tanh(x)


@elementwise
def tanh_derivative(x: Array) -> Array:
    """First derivative of tanh: tanh′(x) = 1 − tanh²(x) = 4σ′(2x).

    The last form, since 1 − tanh²(x) loses digits as tanh(x) nears ±1, and is 0 from x = 20.
    """
    return 4 * sigmoid_derivative(2 * x)


@elementwise
def relu(x: Array) -> Array:
    """Rectified linear unit: max(0, x)."""
    return np.maximum(0, x)


@elementwise
def relu_derivative(x: Array) -> Array:
    """First derivative of the rectified linear unit: 1 if x > 0, else 0."""
    return np.where(x > 0, 1, 0)


@elementwise
def leaky_relu(x: Array, negative_slope: float | Array = 0.01) -> Array:
    """Leaky rectified linear unit: max(0, x) + negative_slope · min(0, x)."""
    return np.maximum(0, x) + identity(np.minimum(0, x), negative_slope)


@elementwise
def leaky_relu_derivative(x: Array, negative_slope: float | Array = 0.01) -> Array:
    """First derivative of the leaky rectified linear unit: 1 if x > 0, else negative_slope."""
    return np.where(x > 0, 1, negative_slope)


@elementwise
def prelu(x: Array, a: float | Array = 0.25) -> Array:
    """Parametric rectified linear unit: max(0, x) + a · min(0, x), where a is learned."""
    return np.maximum(0, x) + identity(np.minimum(0, x), a)


@elementwise
def prelu_derivative(x: Array, a: float | Array = 0.25) -> Array:
    """Partial derivative of the parametric ReLU with respect to x: 1 if x > 0, else a."""
    return np.where(x > 0, 1, a)


@elementwise
def prelu_slope_derivative(x: Array) -> Array:
    """Partial derivative of the parametric ReLU with respect to a, whatever a is: min(0, x)."""
    return np.minimum(0, x)
