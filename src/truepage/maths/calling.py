"""The task of calling a function of the author's on many arguments, in a child of the worker.

What comes of it is one file, ``json``: for each call, in order, its ``value`` (numbers, nested as
its array is) and the ``warnings`` it gave, or what it ``raised``. JSON as Python writes it keeps
every float exactly, ±∞ and NaN too.
"""

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from truepage.author import RefusedError, author_traceback, load
from truepage.recording.recorder import Recorder


def run(
    request: Mapping[str, Any], recorder: Recorder
) -> tuple[dict[str, bytes], dict[str, object]]:
    """Import the author's module and call its function once for each set of arguments.

    Parameters
    ----------
    request
        `module`, its `path`, `function` (a dotted name inside it), `root`, and `calls`: for each
        call its arguments and its keyword arguments. A list becomes an array of floats, a float
        a NumPy scalar, which overflows to ∞ where Python's own raises an error.
    recorder
        What records this job.

    Raises
    ------
    RefusedError
        There is no such function.
    """
    function: Any = load(request["module"], request["path"])
    for name in request["function"].split("."):
        function = getattr(function, name, None)
    if not callable(function):
        raise RefusedError(
            f"{request['module']}.{request['function']} is {function!r} once the module is "
            "imported; expected a function"
        )
    root = Path(request["root"])
    answers = [answer(function, these, named, root) for these, named in request["calls"]]
    return {"json": json.dumps(answers).encode()}, {}


def answer(
    function: Callable[..., Any],
    positional: Sequence[Any],
    named: Mapping[str, Any],
    root: Path,
) -> dict[str, Any]:
    """Return what one call of a function came to, as JSON can hold it."""
    arguments = [_argument(one) for one in positional]
    keywords = {name: _argument(one) for name, one in named.items()}
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            value = _numbers(function(*arguments, **keywords))
        except Exception as error:
            # Ours to tell, and the other calls go on: a formula may hold where the code does not.
            return {"raised": author_traceback(error, root)}
    told: dict[str, Any] = {"value": value}
    if heard:
        told["warnings"] = sorted({str(warning.message) for warning in heard})
    return told


def _numbers(returned: Any) -> Any:
    """Return what a function returned as real numbers, nested as its array is."""
    array = np.asarray(returned)
    if np.ma.is_masked(returned):
        raise TypeError("it returns an array with masked elements; expected numbers")
    if array.dtype.kind == "c" and not np.any(array.imag):
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
    if isinstance(given, list):
        return np.array(given, dtype=float)
    return np.float64(given) if isinstance(given, float) else given
