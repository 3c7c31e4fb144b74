"""Batches of tasks: the stale ones are run, and their results kept."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from truepage.engine.context import BuildContext
from truepage.engine.current_state import Inputs
from truepage.engine.dependencies import read
from truepage.engine.dependencies.base import Dependency
from truepage.engine.dependencies.files import MOVED
from truepage.engine.pool import run
from truepage.engine.progress import Progress, silent
from truepage.engine.step_sharing import Steps
from truepage.engine.task import Failure, Kept, Run, Task, TaskResult, printed, warned
from truepage.engine.trace import Trace

ATTEMPTS = 3
"""How often a task is run at most when somebody writes to its inputs meanwhile."""


@dataclass(frozen=True)
class Batch:
    """What came of some tasks.

    Parameters
    ----------
    products
        Name of a task → what came of it, fresh or new.
    done
        Names of those that were run, and well → why; the others were fresh.
    failures
        Those that nothing came of.
    warnings
        What the author should know: what was warned of, what recording could not follow, what was
        damaged.
    said
        What was printed in those that were run.
    """

    products: Mapping[str, TaskResult]
    done: Mapping[str, tuple[str, ...]]
    failures: tuple[Failure, ...]
    warnings: tuple[str, ...]
    said: tuple[str, ...] = ()


def run_tasks(
    context: BuildContext,
    tasks: Iterable[Task],
    *,
    force: bool = False,
    progress: Progress = silent,
) -> Batch:
    """Bring the products of some tasks up to date; nothing fresh is run unless forced.

    Parameters
    ----------
    context
        The project, with its store.
    tasks
        The tasks, each of another name, and of any kind.
    force
        Run them all.
    progress
        What to tell how it goes.

    Raises
    ------
    DeclarationError
        A task declares an input that is not there. Nothing was run.
    ValueError
        Two tasks have one name.
    """
    tasks = list(tasks)
    named = {task.name: task for task in tasks}
    if len(named) < len(tasks):
        raise ValueError("two tasks of one batch have the same name")
    # A missing one is found before anything is run.
    inputs = {name: context.current.inputs(task) for name, task in named.items()}
    statuses = {name: context.status(task) for name, task in named.items()}
    products: dict[str, TaskResult] = {}
    warnings: list[str] = []
    said: list[str] = []
    failures: list[Failure] = []
    stale = {}
    for name, status in statuses.items():
        if status.product and not force:
            products[name] = status.product
        else:
            stale[name] = status
    in_order = sorted(stale.values(), key=lambda status: -status.seconds)
    waiting = [status.task for status in in_order]
    done = 0
    wrote = False
    followed = True
    traces: dict[str, Trace] = {}
    computed: list[tuple[Task, Run | Failure]] = []

    def compute(task: Task, outcome: Run | Failure) -> None:
        computed.append((task, outcome))
        progress(min(done, len(stale)), len(stale), replace(outcome, name=task.called))

    for attempt in range(ATTEMPTS):
        again = []
        steps = Steps(context, compute, forced=force)
        for outcome in run(context.project, waiting, steps):
            task = named[outcome.name]
            if isinstance(outcome, Kept):
                products[task.name] = outcome.product
                del stale[task.name]
                continue
            moved = _moved(inputs[task.name], outcome)
            if moved and attempt + 1 < ATTEMPTS:
                again.append(task)
                continue
            said.extend(printed(task, outcome))
            if isinstance(outcome, Failure):
                failures.append(outcome)
            else:
                warnings.extend(warned(task, outcome))
                products[task.name] = outcome.product
                wrote |= bool(outcome.wrote)
                followed &= outcome.followed
                traces[task.name] = trace = context.keep(task, outcome, inputs[task.name])
                warnings.extend(_written(task, moved))
            done += 1
            progress(min(done, len(stale)), len(stale), replace(outcome, name=task.called))
        wrote |= any(isinstance(run, Run) and run.wrote for _, run in computed)
        if wrote and attempt + 1 < ATTEMPTS:  # one may have read what another wrote after it
            context.look_again()
            again += _outrun(context, named, traces, products)
        if not again:
            break
        context.look_again()
        inputs |= {task.name: context.current.inputs(task) for task in again}
        waiting = again
    for task, outcome in computed:
        said.extend(printed(task, outcome))
        warnings.extend(warned(task, outcome))
        if isinstance(outcome, Run):
            followed &= outcome.followed
            if last := context.status(task).trace:
                warnings.extend(_untracked(task, last))
    for name, trace in traces.items():
        told = said if named[name].may_be_untracked else warnings
        told.extend(_untracked(named[name], trace))
    if stale or computed:
        said.extend(_how_followed(context, followed))
        context.store.prune()
    context.save()
    damaged = [
        f"{name}: was damaged in the store; it is made again." for name in context.store.damaged
    ]
    return Batch(
        products=dict(sorted(products.items())),
        done={
            name: (stale[name].reasons or ("it was asked for",))
            if name in stale
            else ("it reads what another wrote",)
            for name in traces
        },
        failures=tuple(sorted(failures, key=lambda failure: failure.name)),
        warnings=(*damaged, *warnings),
        said=tuple(sorted(said)),
    )


def _how_followed(context: BuildContext, followed: bool) -> Iterator[str]:
    """Yield a message, once for a project, where the kernel does not tell what is opened."""
    before = context.index.last.get("kernel", "tells")
    context.index.remember("kernel", "tells" if followed else "is silent")
    if before == "tells" and not followed:
        yield (
            "files that C libraries and other programs open are not followed on this machine: its "
            "kernel does not tell of them (that takes Linux 5.14 and a container that allows "
            "seccomp). What reads such files says so, and is run every time unless they are named, "
            "as by @figure(inputs=[…])."
        )


def _outrun(
    context: BuildContext,
    tasks: Mapping[str, Task],
    traces: Mapping[str, Trace],
    products: Mapping[str, TaskResult],
) -> Iterator[Task]:
    """Yield the tasks, fresh or run, that have read what another task has written since."""
    for name in products:
        trace = traces.get(name)
        if trace is None:
            if not context.status(tasks[name]).product:
                yield tasks[name]
        elif not trace.untracked and any(trace.changed(context.current)):
            yield tasks[name]


def _moved(inputs: Inputs, outcome: Run | Failure) -> list[Dependency]:
    """Return the files that were written to while a task was run."""
    parts = outcome.parts if isinstance(outcome, Run) else {}
    during = (read(label) for label, state in parts.items() if state == MOVED)
    return list(dict.fromkeys([*inputs.moved, *during]))


def _written(task: Task, moved: Iterable[Dependency]) -> Iterator[str]:
    for on in moved:
        yield (
            f"{task.place}: {task.words} reads {on.name!r}, which was "
            f"written to while it was {task.done}, {ATTEMPTS} times one after the other; it may "
            f"not show what is there now, and is {task.done} again next time. Let nothing write to "
            "it meanwhile."
        )


def _untracked(task: Task, trace: Trace) -> Iterator[str]:
    for what, where in trace.untracked.items():
        remedy = "Give it what it needs as a constant or a file."
        if " C " in what:
            decorator = "step" if task.identity[0] == "step" else "figure"
            remedy = f"Name the files by @{decorator}(inputs=[…]), or say inputs=[] if there are "
            remedy += "none."
            if task.identity[0] not in {"figure", "step"}:
                remedy = "Let a figure do it: it can name the files, by @figure(inputs=[…])."
        if task.may_be_untracked:
            remedy = ""
        place = f" ({where})" if where.strip() else ""
        yield (
            f"{task.place}: {task.words} {what}{place}, which cannot be followed; "
            f"it is {task.done} every time. {remedy}".rstrip()
        )
