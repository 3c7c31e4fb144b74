"""The task of calling a function of the author's on many arguments, in a child of the worker.

What comes of it is one file, ``json``: for each call, in order, its ``value`` (numbers, nested as
its array is) and the ``warnings`` it gave, or what it ``raised``. JSON as Python writes it keeps
every float exactly, ±∞ and NaN too.
"""

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
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
            found = np.asarray(function(*arguments, **keywords))
            value = found.astype(float).tolist()
        except Exception as error:
            # Ours to tell, and the other calls go on: a formula may hold where the code does not.
            return {"raised": author_traceback(error, root)}
    told: dict[str, Any] = {"value": value}
    if heard:
        told["warnings"] = sorted({str(warning.message) for warning in heard})
    return told


def _argument(given: Any) -> Any:
    if isinstance(given, list):
        return np.array(given, dtype=float)
    return np.float64(given) if isinstance(given, float) else given
