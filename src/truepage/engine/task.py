"""What the author's code is run for, and what comes of it.

A `Task` is run in a clean process of its own, where all that it touches is recorded. What comes of
it, a `TaskResult`, is kept and counts as fresh as long as nothing of that has changed. Drawing a
figure is a task (`truepage.figures.draw`); so is whatever else a page wants of the author's code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

ENVIRONMENT = {
    "PYTHONHASHSEED": "0",  # sets of strings keep their order
    "PYTHONDONTWRITEBYTECODE": "1",
    "MPLBACKEND": "agg",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "SOURCE_DATE_EPOCH": "315532800",  # 1980: what authors save themselves has no date of today
    # One thread: sums come out in one order, and a fork is safe.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}
"""Environment variables that are the same for every task, whoever starts it."""

HERE = "\x1e"
"""What stands between two of these in a task's standard error says what it is doing, and in further
lines where: for the message, should it not come back."""


AGAIN = "\x1d"
"""Separates, in a task's output, the prints of one drawing from those of the next."""

WARNED = "\x1f"
"""Encloses a warning there."""

COLD = "cold"
"""How a task ended that has to be done by a worker which has imported nothing ahead."""


@dataclass(frozen=True)
class Task:
    """Something that the author's code is run for.

    Parameters
    ----------
    name
        Names its files while it runs: letters, digits and hyphens, unique in its batch.
    identity
        Names it in the store: the same identity and a fresh trace give the same product. It holds
        all of the request that makes a difference. First what kind of task it is, then what
        commands call it.
    place
        Where the author asks for it, such as ``figures/x.py:12``: begins every message.
    words
        What messages call it, such as ``figure 'sigmoid'``.
    module
        Dotted name of the module whose ``run(request, recorder) -> (files, facts)`` does it in the
        child (see `truepage.worker`).
    request
        What that is told; JSON.
    code
        What it executes first of the author's: files, and pieces of code.
    inputs
        Files that it reads in ways Python cannot see, from the project's root; None: none said.
    timeout
        Seconds of processor time that it may take; None: as every task.
    may_be_untracked
        Its author has no way to say what it reads: that it is run every time is said, and is no
        warning, which would end a strict build.
    done, result
        What messages say is done with it, and what comes of it: a figure is ``drawn`` and gives a
        ``picture``.
    holds
        What messages call that whose digest its identity ends in, such as ``its cells``; "": it
        holds nothing that authors edit.
    title
        What commands call it, where that is not the second part of its identity.
    """

    name: str
    identity: tuple[str, ...]
    place: str
    words: str
    module: str
    request: Mapping[str, Any]
    code: tuple[Path | str, ...] = ()
    inputs: tuple[str, ...] | None = None
    timeout: float | None = None
    may_be_untracked: bool = False
    done: str = "run"
    result: str = "result"
    holds: str = ""
    title: str = ""

    @property
    def called(self) -> str:
        """What commands call it: the second part of its identity, whatever its kind."""
        return self.title or self.identity[1]


@dataclass(frozen=True)
class TaskResult:
    """What came of a task.

    Parameters
    ----------
    files
        Suffix → content, such as ``{"svg": b"…"}``.
    facts
        What else is known of it; JSON.
    seconds
        How long the task took.
    """

    files: Mapping[str, bytes]
    facts: Mapping[str, Any]
    seconds: float


@dataclass(frozen=True)
class Run:
    """A task that was run: what came of it, and what it touched (`truepage.tracing`).

    Parameters
    ----------
    name
        The task's name.
    product
        What came of it.
    parts
        Label → state.
    installed
        Top-level names of the installed modules that were imported.
    ours
        Files of our own package that it depends on, from there.
    untracked
        What recording could not follow → where.
    wrote
        Files of the project that it wrote to, which other tasks may read.
    followed
        Whether the kernel told what C libraries and other programs opened in it.
    said
        What it printed.
    warned
        What Python and its libraries warned of.
    """

    name: str
    product: TaskResult
    parts: Mapping[str, str]
    installed: tuple[str, ...]
    ours: tuple[str, ...]
    untracked: Mapping[str, str]
    wrote: tuple[str, ...] = ()
    followed: bool = True
    said: str = ""
    warned: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """A task that nothing came of, the message that says why, and what it printed before."""

    name: str
    message: str
    said: str = ""


@dataclass(frozen=True)
class Kept:
    """A task that need not be run, for the steps that it calls came to the same; what it gave."""

    name: str
    product: TaskResult


def printed(task: Task, outcome: Run | Failure) -> list[str]:
    """Return what a task printed, as one message, if it did."""
    said = indent(outcome.said, "    ")
    return [f"{task.place}: {task.words} says:\n{said}"] if said else []


def warned(task: Task, outcome: Run | Failure) -> list[str]:
    """Return a message for each thing that was warned of in a task."""
    words = outcome.warned if isinstance(outcome, Run) else ()
    return [f"{task.place}: {task.words}: {each}" for each in words]
