"""The task of calling a function of the author's on many arguments, in a child of the worker.

What comes of it is one file, ``json``: the `Answer` to each call, in order. JSON as Python writes
it keeps every float exactly, ±∞ and NaN too.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from truepage.maths.calls import answer
from truepage.tracing.author import author_traceback, load_function
from truepage.tracing.recorder import Recorder


def run(
    request: Mapping[str, Any], recorder: Recorder
) -> tuple[dict[str, bytes], dict[str, object]]:
    """Import the author's module and call its function once for each set of arguments.

    Parameters
    ----------
    request
        `module`, its `path`, `function` (a dotted name inside it), `root`, and `calls`: for each
        call its arguments and its keyword arguments.

    Raises
    ------
    RefusedError
        There is no such function.
    """
    function = load_function(request["module"], request["path"], request["function"])
    root = Path(request["root"])

    def words(error: Exception) -> str:
        told = author_traceback(error, root)
        last = [f" ({path}:{line}: {code})" for path, line, code in told["frames"][-1:]]
        return "".join([told["message"], *last])

    answers = [answer(function, arguments, words) for arguments in request["calls"]]
    return {"json": json.dumps([asdict(one) for one in answers]).encode()}, {}
