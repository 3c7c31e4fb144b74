"""Calls of the author's functions: what they are called with, and what they answer."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any, TypeAlias

Arguments: TypeAlias = tuple[Sequence[Any], dict[str, Any]]
"""Positional and keyword arguments: numbers, and lists (nested, for matrices) for arrays."""


@dataclass(frozen=True)
class CodeFunction:
    """A function of the author's."""

    symbol: str  # its dotted name: the module, and the name in it
    module: str
    name: str
    path: str  # relative to the project's root
    line: int


@dataclass(frozen=True)
class Answer:
    """Result of one call.

    Parameters
    ----------
    value
        Numbers, nested as in the array that the function returned; of complex ones a dictionary of
        two such, `real` and `imag`; None if it raised.
    """

    value: Any
    warnings: tuple[str, ...] = ()  # each once
    raised: str = ""  # the exception in one line, and the first frame that is the author's


def answer(
    function: Callable[..., Any],
    arguments: Arguments,
    words: Callable[[Exception], str],
) -> Answer:
    """Call a function.

    Parameters
    ----------
    arguments
        A list becomes an array of floats, a float a NumPy scalar, which overflows to ∞ where
        Python's own raises an error.
    words
        Describes what the function raises: the other calls go on, as a formula may hold where the
        code does not.
    """
    positional = [_argument(one) for one in arguments[0]]
    named = {name: _argument(one) for name, one in arguments[1].items()}
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            value = _numbers(function(*positional, **named))
        except Exception as error:
            return Answer(None, raised=words(error))
    return Answer(value, tuple(sorted({str(warning.message) for warning in heard})))


def _numbers(returned: Any) -> Any:
    """Return what a function returned as real numbers, nested as its array is."""
    import numpy as np  # here, not above: who only names functions needs none of it

    array = np.asarray(returned)
    if np.ma.is_masked(returned):
        raise TypeError("it returns an array with masked elements; expected numbers")
    if array.dtype.kind == "c":
        if np.any(array.imag):
            return {"real": array.real.tolist(), "imag": array.imag.tolist()}
        array = array.real
    real = array.dtype.kind in "biuf" or (
        array.dtype.kind == "O" and all(isinstance(one, Real | Decimal) for one in array.flat)
    )
    if not real:
        raise TypeError(f"it returns {_said(returned)}; expected real numbers")
    return array.astype(float).tolist()


def _said(value: Any) -> str:
    text = f"{type(value).__name__} {value!r}"
    return text if len(text) <= 60 else f"{text[:59]}…"


def _argument(given: Any) -> Any:
    import numpy as np

    if isinstance(given, list):
        return np.array(given, dtype=float)
    return np.float64(given) if isinstance(given, float) else given
