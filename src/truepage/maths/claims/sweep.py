"""Claims in float64, held to the code: the task of sweeping a function, done in a child.

A claim that is not refuted holds at every tested point (`truepage.maths.claims.floats`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from truepage.author import RefusedError, load
from truepage.maths.claims.fence import read_properties
from truepage.maths.claims.floats import Code, Floats, Sweep, inside
from truepage.maths.claims.model import Answer, Claim, refuted, undecided
from truepage.recording.recorder import Recorder


def run(
    request: Mapping[str, Any], recorder: Recorder
) -> tuple[dict[str, bytes], dict[str, object]]:
    """Import the author's module and hold claims to its function.

    Parameters
    ----------
    request
        `module`, its `path`, `function` (a dotted name inside it), its other `arguments`, and the
        `lines` of the fence.
    recorder
        Records this job.

    Raises
    ------
    RefusedError
        There is no such function, or it does not give one number for each.
    """
    function: Any = load(request["module"], request["path"])
    for name in request["function"].split("."):
        function = getattr(function, name, None)
    if not callable(function):
        raise RefusedError(f"{request['function']} is no function once its module is imported")

    def code(x: Floats) -> Floats:
        found = np.asarray(function(x, **request["arguments"]), dtype=np.float64)
        if found.shape != x.shape:
            raise RefusedError(
                f"it gives an array of shape {found.shape} for one of shape {x.shape}; "
                "expected one number for each"
            )
        return found

    claims = [claim for claim in read_properties(request["lines"]).claims if claim.floats]
    return {}, {"answers": [vars(answer) for answer in swept(claims, code)]}


def swept(claims: list[Claim], code: Code) -> list[Answer]:
    """Hold claims in float64 to code."""
    if not claims:
        return []
    x = inside(claims[0].domain)
    if not len(x):
        return [undecided("no float is in the domain") for _ in claims]
    with np.errstate(all="ignore"):  # how the code rounds and overflows is looked at
        sweep = Sweep(x, code)
        nan = np.isnan(sweep.y)
        if nan.any():
            place = sweep.text(x[sweep.first(nan)])
            return [refuted(f"at {place} the code gives NaN") for _ in claims]
        return [claim.property.sweep(sweep) for claim in claims]
