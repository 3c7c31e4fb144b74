"""Calls of the author's functions: which function a name means, and what it answers.

Each set of calls of one function is a job of the engine (`truepage.maths.calling`): run in a clean,
recorded child, and kept as long as nothing that it touched has changed.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from truepage.job import Job, Product
from truepage.pages.listing import find_listing
from truepage.project import Project

Arguments: TypeAlias = tuple[Sequence[Any], dict[str, Any]]
"""Positional and keyword arguments: numbers, and lists (nested, for matrices) for arrays."""


@dataclass(frozen=True)
class Function:
    """A function of the author's.

    Parameters
    ----------
    symbol
        Its dotted name.
    module, name
        The module in it, and the rest.
    path, line
        Where it stands; the path is relative to the project's root.
    """

    symbol: str
    module: str
    name: str
    path: str
    line: int


@dataclass(frozen=True)
class Answer:
    """What one call came to.

    Parameters
    ----------
    value
        Numbers, nested as in the array that the function returned; None if it raised.
    warnings
        What it warned of, each once.
    raised
        The exception in one line, and the first frame of it that is the author's.
    """

    value: Any
    warnings: tuple[str, ...] = ()
    raised: str = ""


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


def calling(project: Project, function: Function, calls: Sequence[Arguments], place: str) -> Job:
    """Return the job of calling a function on each of some arguments.

    Parameters
    ----------
    place
        Where a page asks for it: begins every message.
    """
    content = [[list(positional), named] for positional, named in calls]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
    return Job(
        name=f"call-{hashlib.sha256(f'{function.symbol} {digest}'.encode()).hexdigest()[:32]}",
        identity=("call", function.symbol, function.path, digest),
        place=place,
        words=function.symbol,
        task="truepage.maths.calling",
        request={
            "module": function.module,
            "function": function.name,
            "path": str(project.root / function.path),
            "root": str(project.root),
            "calls": content,
        },
        done="called",
        result="answer",
    )


def answers(product: Product) -> list[Answer]:
    """Return what the calls of a job came to, in their order."""
    return [answer_of(one) for one in json.loads(product.files["json"])]


def answer_of(told: Mapping[str, Any]) -> Answer:
    """Return what one call came to, from what the child tells of it."""
    if "raised" not in told:
        return Answer(told["value"], tuple(told.get("warnings", ())))
    words = told["raised"]["message"]
    for path, line, code in told["raised"]["frames"][-1:]:
        words += f" ({path}:{line}: {code})"
    return Answer(None, raised=words)
