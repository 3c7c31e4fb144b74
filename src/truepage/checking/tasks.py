"""The tasks of calling, sweeping and computing with the author's code, in a child of the worker.

What comes of each is one file, ``json``. JSON as Python writes it keeps every float exactly, ±∞ and
NaN too.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from truepage.maths.calls import answer
from truepage.maths.claims.fence import read_properties
from truepage.maths.values import ExpressionError, compute
from truepage.tracing.author import RefusedError, author_traceback, load, load_function
from truepage.tracing.recorder import Recorder


def run(
    request: Mapping[str, Any], recorder: Recorder
) -> tuple[dict[str, bytes], dict[str, object]]:
    """Do what a request asks for.

    Parameters
    ----------
    request
        `do` names the kind of task; each says what else it takes.

    Raises
    ------
    RefusedError
        There is no such function, or what it gives cannot be used.
    """
    return {"json": json.dumps(TASKS[request["do"]](request)).encode()}, {}


def call(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the `Answer` to each of some calls of a function.

    Parameters
    ----------
    request
        `module`, its `path`, `function` (a dotted name inside it), `root`, and `calls`: for each
        call its arguments and its keyword arguments.
    """
    function = load_function(request["module"], request["path"], request["function"])
    root = Path(request["root"])

    def words(error: Exception) -> str:
        told = author_traceback(error, root)
        last = [f" ({path}:{line}: {code})" for path, line, code in told["frames"][-1:]]
        return "".join([told["message"], *last])

    return [asdict(answer(function, arguments, words)) for arguments in request["calls"]]


def sweep(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the `Answer` to each claim in float64 about a function.

    Parameters
    ----------
    request
        `module`, its `path`, `function`, its other `arguments`, and the `lines` of the fence.
    """
    from truepage.maths.claims.floats import ShapeError, swept  # with NumPy; others need none

    function = load_function(request["module"], request["path"], request["function"])
    claims = [claim for claim in read_properties(request["lines"]).claims if claim.floats]
    try:
        answers = swept(claims, lambda x: function(x, **request["arguments"]))
    except ShapeError as error:
        raise RefusedError(str(error)) from None
    return [asdict(one) for one in answers]


def value(request: Mapping[str, Any]) -> int | float:
    """Return the value of an expression as a number of Python's own.

    Parameters
    ----------
    request
        The `expression`, and its `modules`: dotted name → file, from the project's root.
    """
    modules = {
        name: load(name, str(Path(path).resolve())) for name, path in request["modules"].items()
    }
    try:
        found: object = compute(request["expression"], modules)
    except ExpressionError as error:
        raise RefusedError(str(error)) from None
    shape = getattr(found, "shape", None)
    if shape == () and hasattr(found, "item"):  # NumPy's numbers, and arrays of one number
        found = found.item()
    if isinstance(found, bool) or not isinstance(found, int | float):
        of_shape = f" of shape {shape}" if shape else ""
        raise RefusedError(
            f"its value is of type {type(found).__name__}{of_shape}; expected one real number"
        )
    return found


TASKS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "call": call, "sweep": sweep, "value": value,
}  # fmt: skip
