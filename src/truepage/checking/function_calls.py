"""What the author's code is asked: which function a name means, and the tasks that ask it.

Each question is a task of the engine (`truepage.checking.tasks`): run in a clean, recorded child,
and kept as long as nothing that it touched has changed. What else is made from the answers is kept
in a `Memo`, which another version of our own code begins anew.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from truepage.engine.batch import run_tasks
from truepage.engine.cache import Memo, digest
from truepage.engine.context import BuildContext
from truepage.engine.file_access import vendored
from truepage.engine.project import Project
from truepage.engine.task import Task, TaskResult
from truepage.maths.calls import Answer, Arguments, CodeFunction
from truepage.pages.listing import find_listing


def find_function(project: Project, symbol: str) -> CodeFunction:
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
    return CodeFunction(
        symbol, ".".join(parts[:cut]), ".".join(parts[cut:]), listing.path, listing.line
    )


def question(
    do: str, identity: Sequence[str], place: str, request: Mapping[str, Any], code: Iterable[Path]
) -> Task:
    """Return the task of asking something of the author's code.

    Parameters
    ----------
    do
        The kind of task: one of `truepage.checking.tasks.TASKS`.
    identity
        All of the request that makes a difference; first what messages call it.
    place
        Where a page asks for it: begins every message.
    code
        Files of the author's that it executes first.
    """
    return Task(
        name=f"{do}-{digest(*identity)[:32]}",
        identity=(do, *identity),
        place=place,
        words=identity[0],
        module="truepage.checking.tasks",
        request={"do": do, **request},
        code=tuple(code),
        done="called" if do == "call" else "run",
        result="answer" if do == "call" else "result",
    )


def function_request(project: Project, function: CodeFunction) -> dict[str, str]:
    """Return the part of a request that names a function."""
    path = str(project.root / function.path)
    return {"module": function.module, "function": function.name, "path": path}


def calling(
    project: Project, function: CodeFunction, calls: Sequence[Arguments], place: str
) -> Task:
    """Return the task of calling a function on each of some arguments."""
    content = [[list(positional), named] for positional, named in calls]
    return question(
        "call",
        (function.symbol, function.path, digest(json.dumps(content, sort_keys=True))),
        place,
        {**function_request(project, function), "root": str(project.root), "calls": content},
        [project.root / function.path],
    )


def ask(
    context: BuildContext, tasks: Iterable[Task]
) -> tuple[Mapping[str, TaskResult], dict[str, str]]:
    """Return what came of tasks, by name, and why nothing came of others, without the place."""
    named = {task.name: task for task in tasks}
    batch = run_tasks(context, named.values())
    return batch.products, {
        failure.name: failure.message.removeprefix(f"{named[failure.name].place}: ")
        for failure in batch.failures
    }


def told(product: TaskResult) -> Any:
    """Return what a task answered."""
    return json.loads(product.files["json"])


def answers(product: TaskResult) -> list[Answer]:
    """Return what the calls of a task came to, in their order."""
    return [Answer(one["value"], tuple(one["warnings"]), one["raised"]) for one in told(product)]


def opened(project: Project, file: str) -> Memo:
    """Return what is kept in a file; what other code of ours found out is not."""
    return Memo(project.cache_dir / file, made_by())


@cache
def made_by() -> str:
    """Return what verdicts depend on besides the author's equations and code: our own."""
    state = hashlib.sha256(version("python-flint").encode())
    for folder in ("checking", "maths"):
        for path in sorted((Path(__file__).parents[1] / folder).rglob("*.py")):
            state.update(path.read_bytes())
    state.update(vendored("katex/katex.min.js").read_bytes())
    return state.hexdigest()
