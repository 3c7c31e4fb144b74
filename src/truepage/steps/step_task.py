"""The task of computing a call of a step, in a child of `truepage.worker`."""

import inspect
import json
from collections.abc import Mapping
from typing import Any

from truepage.declare import STEP, DeclaredStep
from truepage.engine.locations import found
from truepage.steps.asking import Contents
from truepage.steps.contents import UnkeepableError
from truepage.tracing.author import RefusedError, load_function
from truepage.tracing.recorder import Recorder


def run(
    request: Mapping[str, Any], recorder: Recorder
) -> tuple[dict[str, bytes], dict[str, object]]:
    """Import the author's module, call the function, and pack what it returns.

    Parameters
    ----------
    request
        The fields of a `truepage.engine.step_call.StepCall`, and what is `declared` of the step.

    Raises
    ------
    RefusedError
        There is no such step, or its result is no data.
    """
    module, name, arguments = request["module"], request["function"], request["arguments"]
    function = load_function(module, found(request["path"], recorder.root), name)
    step = getattr(function, STEP, None)
    if not isinstance(step, DeclaredStep):
        raise RefusedError(
            f"{module}.{name} is no step once the module is imported; expected @step above its def"
        )
    contents = Contents(recorder)
    with recorder.quiet():
        packed = contents.read(arguments) if isinstance(arguments, str) else arguments
        signature = inspect.signature(step.function)
    values = {key: contents.unpack(tree) for key, tree in packed.items()}
    bound = inspect.BoundArguments(signature, values)
    with recorder.quiet():
        before = {key: contents.digest(value) for key, value in values.items()}
    value = step.function(*bound.args, **bound.kwargs)
    with recorder.quiet():
        for key, argument in values.items():
            if contents.digest(argument) != before[key]:
                raise RefusedError(
                    f"it changes its argument {key!r}, which its caller does not see; expected "
                    "it to change a copy, and to return that"
                )
        packer = contents.packer()
        try:
            tree = packer.pack(value, "its result")
        except UnkeepableError as error:
            raise RefusedError(str(error)) from None
        document = json.dumps(tree).encode()
    size = len(document) + sum(packer.arrays.values())
    facts = {**request["declared"], "arrays": packer.arrays, "bytes": size}
    return {"json": document}, facts
