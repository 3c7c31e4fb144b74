"""The task of computing an expression of a page, in a child of `truepage.worker`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from truepage.maths.values import ExpressionError, compute
from truepage.tracing.author import RefusedError, load
from truepage.tracing.recorder import Recorder


def run(
    request: Mapping[str, Any], recorder: Recorder
) -> tuple[dict[str, bytes], dict[str, object]]:
    """Import the modules that an expression names, and compute it.

    Parameters
    ----------
    request
        The `expression`, and its `modules`: dotted name → file, from the project's root.

    Raises
    ------
    RefusedError
        Its value is not one real number.
    """
    modules = {
        name: load(name, str(Path(path).resolve())) for name, path in request["modules"].items()
    }
    try:
        value = compute(request["expression"], modules)
    except ExpressionError as error:
        raise RefusedError(str(error)) from None
    return {}, {"value": _number(value)}


def _number(value: object) -> int | float:
    """Return a value as a number of Python's own."""
    shape = getattr(value, "shape", None)
    if shape == () and hasattr(value, "item"):  # NumPy's numbers, and arrays of one number
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        of_shape = f" of shape {shape}" if shape else ""
        raise RefusedError(
            f"its value is of type {type(value).__name__}{of_shape}; expected one real number"
        )
    return value
