"""Numbers that pages tell in passing and that need a line or two of code."""

import ast
import inspect
from collections.abc import Callable
from textwrap import dedent

from neural.activations import tanh, tanh_derivative


def remembered_state(weight: float) -> float:
    """Return the positive state that a recurrent unit y = tanh(weight · y) keeps for ever."""
    state = 1.0
    for _ in range(200):  # each step leaves a sixth of the distance, for a weight of 2
        state = float(tanh(weight * state))
    return state


def remembered_factor(weight: float) -> float:
    """Return what one step multiplies the gradient by when the unit is in that state."""
    return weight * float(tanh_derivative(weight * remembered_state(weight)))


def tanh_is_one_from() -> float:
    """Return the first float from which tanh is 1.0, which depends on NumPy's own tanh."""
    low, high = 1.0, 100.0
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (low, middle) if tanh(middle) == 1 else (middle, high)
    return high


COSTLY = {"exp", "expm1", "log1p", "tanh", "erfc"}


def costly_calls(function: Callable[..., object]) -> int:
    """Count the exponentials, logarithms, tanh and erfc that the code of a function calls.

    Functions of `neural` that it calls are counted with it.
    """
    function = inspect.unwrap(function)
    calls = 0
    for node in ast.walk(ast.parse(dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "np":
            calls += node.attr in COSTLY
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            named = inspect.unwrap(function.__globals__.get(node.id, len))
            if node.id in COSTLY:
                calls += 1
            elif inspect.isfunction(named) and named.__module__ in {
                "neural.activations",
                "neural.modern",
            }:
                calls += costly_calls(named)
    return calls
