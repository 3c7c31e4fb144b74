"""The task of holding claims in float64 to a function of the author's, in a child of the worker."""

from collections.abc import Mapping
from typing import Any

from truepage.maths.claims.fence import read_properties
from truepage.maths.claims.floats import ShapeError, swept
from truepage.tracing.author import RefusedError, load_function
from truepage.tracing.recorder import Recorder


def run(
    request: Mapping[str, Any], recorder: Recorder
) -> tuple[dict[str, bytes], dict[str, object]]:
    """Import the author's module and hold claims to its function.

    Parameters
    ----------
    request
        `module`, its `path`, `function` (a dotted name inside it), its other `arguments`, and the
        `lines` of the fence.

    Raises
    ------
    RefusedError
        There is no such function, or it does not give one number for each.
    """
    function = load_function(request["module"], request["path"], request["function"])
    claims = [claim for claim in read_properties(request["lines"]).claims if claim.floats]
    try:
        answers = swept(claims, lambda x: function(x, **request["arguments"]))
    except ShapeError as error:
        raise RefusedError(str(error)) from None
    return {}, {"answers": [vars(answer) for answer in answers]}
