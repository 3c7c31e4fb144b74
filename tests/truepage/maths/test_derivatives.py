"""Derivatives of any order and nesting, against mpmath's differences in high precision."""

import random
from collections.abc import Callable
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb
from mpmath import mp

from truepage.maths.calculus import NoDerivative
from truepage.maths.evaluation import value
from truepage.maths.functions import FUNCTIONS, Undefined
from truepage.maths.jets import precision
from truepage.maths.linear import OPERATIONS, Meaningless
from truepage.maths.notation import Reader
from truepage.maths.terms import (
    Apply,
    Call,
    Cases,
    Comparison,
    Definition,
    Derivative,
    Index,
    Number,
    Repeated,
    Symbol,
    Term,
    spelled,
)
from truepage.maths.tokens import Unreadable
from truepage.maths.tree import tokens

X, Y = Symbol("x"), Symbol("y")
Function = Callable[..., mpmath.mpf]

UNARY: dict[str, Function] = {
    "\\exp": mpmath.exp, "\\sin": mpmath.sin, "\\cos": mpmath.cos, "\\tanh": mpmath.tanh,
    "\\sinh": mpmath.sinh, "\\cosh": mpmath.cosh, "\\arctan": mpmath.atan, "arsinh": mpmath.asinh,
    "erf": mpmath.erf,
}  # fmt: skip
OF_POSITIVE: dict[str, Function] = {"\\log": mpmath.log, "sqrt": mpmath.sqrt}
BINARY: dict[str, Function] = {
    "add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "multiply": lambda a, b: a * b,
}  # fmt: skip


def number(value: int | Fraction) -> Number:
    """A number, exactly."""
    return Number(Fraction(value))


def op(name: str, *arguments: Term) -> Apply:
    """An operation on terms."""
    return Apply(name, arguments)


def random_term(rng: random.Random, depth: int) -> tuple[Term, Function]:
    """Return a smooth term in x and y, and the same as a function of mpmath's numbers."""
    if depth == 0:
        n = rng.randint(1, 5)
        return rng.choice([(X, lambda x, y: x), (Y, lambda x, y: y), (number(n), lambda x, y: n)])
    one, f = random_term(rng, depth - 1)
    kind = rng.randrange(5)
    if kind == 0:
        name = rng.choice(list(UNARY))
        return Call(name, (one,)), lambda x, y: UNARY[name](f(x, y))
    if kind == 1:  # of 1 + u², which is positive
        name = rng.choice(list(OF_POSITIVE))
        positive = op("add", number(1), op("power", one, number(2)))
        term = op(name, positive) if name in OPERATIONS else Call(name, (positive,))
        return term, lambda x, y: OF_POSITIVE[name](1 + f(x, y) ** 2)
    other, g = random_term(rng, depth - 1)
    if kind == 2:
        below = op("add", number(2), Call("\\cos", (other,)))
        return op("divide", one, below), lambda x, y: f(x, y) / (2 + mpmath.cos(g(x, y)))
    name = rng.choice(list(BINARY))
    return op(name, one, other), lambda x, y: BINARY[name](f(x, y), g(x, y))


def differentiated(f: Function, variable: Symbol, order: int) -> Function:
    """Return a derivative by mpmath's finite differences."""
    if variable == X:
        return lambda x, y: mpmath.diff(lambda t: f(t, y), x, order)
    return lambda x, y: mpmath.diff(lambda t: f(x, t), y, order)


def close(ours: object, theirs: mpmath.mpf) -> bool:
    """Whether twenty digits agree and are known."""
    assert isinstance(ours, arb)
    with mp.workdps(60):
        middle, radius = (mpmath.mpf(n.str(45, radius=False)) for n in (ours.mid(), ours.rad()))
        scale = max(1, abs(theirs))
        return bool(radius < 1e-20 * scale and abs(middle - theirs) < 1e-20 * scale)


@pytest.mark.parametrize("seed", range(200))
def test_nested_and_mixed_derivatives_are_those_of_mpmath(seed):
    """Derivatives of terms that hold derivatives, with factors between, are mpmath's."""
    rng = random.Random(seed)
    term, f = random_term(rng, rng.randint(1, 3))
    for _ in range(rng.randint(1, 3)):
        variable, order = rng.choice([X, Y]), rng.choice([1, 1, 1, 2, 3])
        term, f = Derivative(term, variable, order), differentiated(f, variable, order)
        factor, g = random_term(rng, rng.randint(0, 1))
        term = op("multiply", factor, term)
        f = lambda x, y, f=f, g=g: g(x, y) * f(x, y)  # noqa: E731
    x, y = Fraction(rng.randint(-9, 9), 7), Fraction(rng.randint(-9, 9), 5)
    with mp.workdps(60), precision(300):
        expected = f(
            mpmath.mpf(x.numerator) / x.denominator, mpmath.mpf(y.numerator) / y.denominator
        )
        assert close(value(term, {"x": x, "y": y}), expected), spelled(term)


@pytest.mark.parametrize("name", [*UNARY, "\\log", "sqrt"])
@pytest.mark.parametrize("order", [9, 10, 11, 12, 20, 30])
def test_high_orders_are_those_of_mpmath(name, order):
    """Orders around and above flint's default of ten terms are no less right than the first."""
    body = op(name, X) if name in OPERATIONS else Call(name, (X,))
    function = {**UNARY, **OF_POSITIVE}[name]
    at = Fraction(3, 7)
    with mp.workdps(60), precision(600):
        taylor = mpmath.taylor(function, mpmath.mpf(3) / 7, order)[order] * mpmath.factorial(order)
        for split in (0, 1, order // 2):
            inner = Derivative(body, X, order - split)
            term = Derivative(inner, X, split) if split else inner
            assert close(value(term, {"x": at}), taylor)


def test_each_derivative_has_its_own_perturbation():
    """With f = xy: ∂/∂x ∂f/∂y = 1, and ∂/∂x (x ∂f/∂y) = 2x."""
    f = Definition(("x", "y"), op("multiply", X, Y))
    env = {"f": f, "x": 3, "y": 5}
    inner = Derivative(Symbol("f"), Y)
    assert value(Derivative(inner, X), env) == 1
    assert value(Derivative(op("multiply", X, inner), X), env) == 6


def test_every_function_can_be_nested():
    """Each function of one number, and its prime, can stand inside two derivatives."""
    for name in sorted(
        set(FUNCTIONS) - {"\\max", "\\min", "atan2", "mod", "Re", "Im", "\\arg", "conj"}
    ):
        at = Fraction(5, 4) if name == "arcosh" else Fraction(1, 3)
        plain = value(Derivative(Call(name, (X,)), X, 3), {"x": at})
        nested = Derivative(Derivative(Call(name, (op("multiply", X, Y),), 1), X), X)
        assert plain.overlaps(value(nested, {"x": at, "y": 1})), name


RELU = Call("\\max", (number(0), X))
ABS = op("abs", X)
ZIGZAG = op("multiply", X, ABS)  # smooth but for its second derivative at 0
STEP_OF_SQUARE = Cases(
    ((number(1), (Comparison((op("power", X, number(2)), number(0)), (">",)),)), (number(0), ()))
)


@pytest.mark.parametrize(
    "term",
    [
        Derivative(RELU, X, 2), Derivative(Derivative(RELU, X), X), Derivative(ABS, X, 3),
        Derivative(ZIGZAG, X, 2), Derivative(Derivative(ZIGZAG, X), X), Derivative(ZIGZAG, X, 11),
        Derivative(Call("f", (X,), 1), X), Derivative(STEP_OF_SQUARE, X),
        Derivative(Derivative(op("multiply", Y, RELU), Y), X),
        Derivative(Derivative(op("multiply", Y, RELU), X), Y),
    ],
)  # fmt: skip
def test_no_higher_or_mixed_derivative_at_a_kink_or_jump(term):
    """At 0 these have no derivative, though both sides may have the same second slope; at 2 all."""
    env = {"y": 3, "f": Definition(("x",), RELU)}
    with pytest.raises(NoDerivative):
        value(term, {**env, "x": 0})
    assert value(term, {**env, "x": 2}).is_finite()


def test_smooth_to_the_order_asked_for():
    """Of x |x| the first derivative at 0 is 0, whichever way it is written."""
    for term in (Derivative(ZIGZAG, X), Derivative(op("power", ABS, number(2)), X, 2)):
        assert value(term, {"x": 0}) == (0 if term.order == 1 else 2)


def test_a_power_has_no_more_derivatives_than_it_has():
    """At 0 the second derivative of x to 3/2 is not known, and none is 0 by mistake."""
    half = op("power", X, number(Fraction(3, 2)))
    for order in (1, 2, 12):
        with pytest.raises(Undefined):
            value(Derivative(half, X, order), {"x": 0})


def test_hessian_and_jacobian_by_their_elements():
    """∂²L/∂wᵢ∂wⱼ of L = Σₖ (Σₙ xₖₙ wₙ)³ is 6 Σₖ zₖ xₖᵢ xₖⱼ."""
    rng = np.random.default_rng(1)
    x, w = rng.integers(-4, 5, (3, 2)).astype(float), np.array([2.0, -1.5])
    i, j, k, n = map(Symbol, "ijkn")
    wide = Index(X, (k, n))
    z = Definition(
        ("k",),
        Repeated("add", "n", None, None, op("multiply", wide, Index(Symbol("w"), (n,)))),
        True,
    )
    loss = Repeated("add", "k", None, None, op("power", Index(Symbol("z"), (k,)), number(3)))
    env = {"x": x, "w": w, "z": z, "L": Definition((), loss)}
    hessian = Derivative(
        Derivative(Symbol("L"), Index(Symbol("w"), (j,))), Index(Symbol("w"), (i,))
    )
    theirs = 6 * np.einsum("k,ki,kj->ij", x @ w, x, x)
    for a in (1, 2):
        for b in (1, 2):
            assert float(value(hessian, {**env, "i": a, "j": b})) == theirs[a - 1, b - 1]
    row = value(
        Derivative(Derivative(Symbol("L"), Symbol("w")), Index(Symbol("w"), (i,))), {**env, "i": 1}
    )
    assert [float(one) for one in row] == list(theirs[0])
    mixed = Derivative(Derivative(Symbol("L"), Index(X, (i, j))), Index(Symbol("w"), (j,)))
    own = (x @ w)[1]
    assert float(value(mixed, {**env, "i": 2, "j": 1})) == 6 * own * x[1, 0] * w[0] + 3 * own**2
    with pytest.raises(Meaningless, match="elements"):
        value(Derivative(Symbol("L"), Symbol("w"), 2), env)


def test_a_recurrence_inside_two_derivatives():
    """y_t = w y_{t−1}², y_0 = w: y_3 is w¹⁵, and all its derivatives are that power's."""
    w, t = Symbol("w"), Symbol("t")
    before = Index(Symbol("y"), (op("subtract", t, number(1)),))
    step = Definition(("t",), op("multiply", w, op("power", before, number(2))), True)
    env = {"y": step, "y_0": Definition((), w), "w": Fraction(1, 2)}
    last = Index(Symbol("y"), (number(3),))
    ours = value(Derivative(op("multiply", w, Derivative(last, w, 2)), w), env)
    assert float(ours) == 15 * 14 * 14 * 0.5**13


def read(tex: str) -> Term:
    """Read a term; each letter but d is a variable."""
    return Reader(tokens(tex), lambda name: None if name in "d\\partial" else "variable").whole()


F = Symbol("f")


@pytest.mark.parametrize(
    ("tex", "term"),
    [
        (r"\frac{\partial^2 f}{\partial x \partial y}", Derivative(Derivative(F, Y), X)),
        (r"\frac{\partial^3 f}{\partial x^2 \partial y}", Derivative(Derivative(F, Y), X, 2)),
        (r"\frac{\partial^3 f}{\partial x \, \partial x \, \partial y}",
         Derivative(Derivative(F, Y), X, 2)),
        (r"\frac{\partial^{12}}{\partial y^{10} \partial x^2} (x)",
         Derivative(Derivative(X, X, 2), Y, 10)),
        (r"\frac{d^2 y}{dx^2}", Derivative(Y, X, 2)),
        (r"\frac{d}{dx} \frac{df}{dy}", Derivative(Derivative(F, Y), X)),
        (r"\frac{\partial^2 f}{\partial x_1 \partial x_2}",
         Derivative(Derivative(F, Index(X, (number(2),))), Index(X, (number(1),)))),
    ],
)  # fmt: skip
def test_mixed_derivatives_are_read_as_nested_ones(tex, term):
    """The last variable below the bar is the innermost; each term can be read as it is spelled."""
    assert read(tex) == term
    assert read(spelled(term)) == term


@pytest.mark.parametrize(
    "tex",
    [
        r"\frac{\partial^2 f}{\partial x}", r"\frac{\partial f}{\partial x \partial y}",
        r"\frac{\partial^2 f}{\partial x^2 \partial y}", r"\frac{\partial^2 f}{\partial x y}",
        r"\frac{\partial^2 f}{\partial x \partial}", r"\frac{\partial^n f}{\partial x^n}",
        r"\frac{\partial^{101} f}{\partial x^{101}}", r"\frac{d^2 f}{dx \, \partial y}",
        r"\frac{\partial f}{\partial 2}",
    ],
)  # fmt: skip
def test_orders_above_and_below_the_bar_must_agree(tex):
    """What is no derivative as it is written is refused."""
    with pytest.raises(Unreadable):
        read(tex)
