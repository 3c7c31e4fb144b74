"""Calls of the author's functions: which function a name means, and the job that calls it.

Each set of calls of one function is a job of the engine (`truepage.checking.calling`): run in a
clean, recorded child, and kept as long as nothing that it touched has changed.
"""

import hashlib
import json
from collections.abc import Sequence

from truepage.engine.project import Project
from truepage.engine.task import Failure, Task, TaskResult
from truepage.maths.calls import Answer, Arguments, Function
from truepage.pages.listing import find_listing


def find_function(project: Project, symbol: str) -> Function:
    """Return the function that a dotted name means, importing nothing.

    Only modules in the project's source folders and figures' folder can be named.

    Raises
    ------
    PageError
        There is no such module, or no such name in it.
    """
    listing = find_listing(project, symbol)
    parts = symbol.split(".")
    stem = listing.path.removesuffix(".py").removesuffix("/__init__").split("/")
    cut = next(n for n in range(len(parts) - 1, 0, -1) if stem[-n:] == parts[:n])
    return Function(
        symbol, ".".join(parts[:cut]), ".".join(parts[cut:]), listing.path, listing.line
    )


def calling(project: Project, function: Function, calls: Sequence[Arguments], place: str) -> Task:
    """Return the job of calling a function on each of some arguments.

    Parameters
    ----------
    place
        Where a page asks for it: begins every message.
    """
    content = [[list(positional), named] for positional, named in calls]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
    return Task(
        name=f"call-{hashlib.sha256(f'{function.symbol} {digest}'.encode()).hexdigest()[:32]}",
        identity=("calls", function.symbol, function.path, digest),
        place=place,
        words=function.symbol,
        task="truepage.checking.calling",
        request={
            "module": function.module,
            "function": function.name,
            "path": str(project.root / function.path),
            "root": str(project.root),
            "calls": content,
        },
        code=(project.root / function.path,),
        done="called",
        result="answer",
    )


def answers(product: TaskResult) -> list[Answer]:
    """Return what the calls of a job came to, in their order."""
    told = json.loads(product.files["json"])
    return [Answer(one["value"], tuple(one["warnings"]), one["raised"]) for one in told]


def reason(failure: Failure) -> str:
    """Return a failure's message without the place of the job: who asks has places of their own."""
    _, _, words = failure.message.partition(": ")
    return words[words.find(": ") + 2 :]
