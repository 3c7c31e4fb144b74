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
"""How often a job is run at most when somebody writes to its inputs meanwhile."""


@dataclass(frozen=True)
class Batch:
    """What came of some jobs.

    Parameters
    ----------
    products
        Name of a job → what came of it, fresh or new.
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


def run_jobs(
    workshop: BuildContext,
    jobs: Iterable[Task],
    *,
    force: bool = False,
    progress: Progress = silent,
) -> Batch:
    """Bring the products of some jobs up to date; nothing fresh is run unless forced.

    Parameters
    ----------
    workshop
        The project, with its store.
    jobs
        The jobs, each of another name; their tasks may differ.
    force
        Run them all.
    progress
        What to tell how it goes.

    Raises
    ------
    DeclarationError
        A job declares an input that is not there. Nothing was run.
    ValueError
        Two jobs have one name.
    """
    jobs = list(jobs)
    named = {job.name: job for job in jobs}
    if len(named) < len(jobs):
        raise ValueError("two jobs of one batch have the same name")
    # A missing one is found before anything is run.
    inputs = {name: workshop.world.inputs(job) for name, job in named.items()}
    standings = {name: workshop.standing(job) for name, job in named.items()}
    products: dict[str, TaskResult] = {}
    warnings: list[str] = []
    said: list[str] = []
    failures: list[Failure] = []
    stale = {}
    for name, standing in standings.items():
        if standing.product and not force:
            products[name] = standing.product
        else:
            stale[name] = standing
    in_order = sorted(stale.values(), key=lambda standing: -standing.seconds)
    waiting = [standing.job for standing in in_order]
    done = 0
    wrote = False
    followed = True
    traces: dict[str, Trace] = {}
    computed: list[tuple[Task, Run | Failure]] = []

    def compute(job: Task, outcome: Run | Failure) -> None:
        computed.append((job, outcome))
        progress(min(done, len(stale)), len(stale), replace(outcome, name=job.called))

    for attempt in range(ATTEMPTS):
        again = []
        steps = Steps(workshop, compute, forced=force)
        for outcome in run(workshop.project, waiting, steps):
            job = named[outcome.name]
            if isinstance(outcome, Kept):
                products[job.name] = outcome.product
                del stale[job.name]
                continue
            moved = _moved(inputs[job.name], outcome)
            if moved and attempt + 1 < ATTEMPTS:
                again.append(job)
                continue
            said.extend(printed(job, outcome))
            if isinstance(outcome, Failure):
                failures.append(outcome)
            else:
                warnings.extend(warned(job, outcome))
                products[job.name] = outcome.product
                wrote |= bool(outcome.wrote)
                followed &= outcome.followed
                traces[job.name] = trace = workshop.keep(job, outcome, inputs[job.name])
                warnings.extend(_written(job, moved))
            done += 1
            progress(min(done, len(stale)), len(stale), replace(outcome, name=job.called))
        wrote |= any(isinstance(run, Run) and run.wrote for _, run in computed)
        if wrote and attempt + 1 < ATTEMPTS:  # one may have read what another wrote after it
            workshop.look_again()
            again += _outrun(workshop, named, traces, products)
        if not again:
            break
        workshop.look_again()
        inputs |= {job.name: workshop.world.inputs(job) for job in again}
        waiting = again
    for job, outcome in computed:
        said.extend(printed(job, outcome))
        warnings.extend(warned(job, outcome))
        if isinstance(outcome, Run):
            followed &= outcome.followed
            if last := workshop.standing(job).trace:
                warnings.extend(_unseen(job, last))
    for name, trace in traces.items():
        told = said if named[name].may_be_untracked else warnings
        told.extend(_unseen(named[name], trace))
    if stale or computed:
        said.extend(_how_followed(workshop, followed))
        workshop.store.prune()
    workshop.save()
    damaged = [
        f"{name}: was damaged in the store; it is made again." for name in workshop.store.damaged
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


def _how_followed(workshop: BuildContext, followed: bool) -> Iterator[str]:
    """Yield a message, once for a project, where the kernel does not tell what is opened."""
    before = workshop.index.last.get("kernel", "tells")
    workshop.index.remember("kernel", "tells" if followed else "is silent")
    if before == "tells" and not followed:
        yield (
            "files that C libraries and other programs open are not followed on this machine: its "
            "kernel does not tell of them (that takes Linux 5.14 and a container that allows "
            "seccomp). What reads such files says so, and is run every time unless they are named, "
            "as by @figure(inputs=[…])."
        )


def _outrun(
    workshop: BuildContext,
    jobs: Mapping[str, Task],
    traces: Mapping[str, Trace],
    products: Mapping[str, TaskResult],
) -> Iterator[Task]:
    """Yield the jobs, fresh or run, that have read what another job has written since."""
    for name in products:
        trace = traces.get(name)
        if trace is None:
            if not workshop.standing(jobs[name]).product:
                yield jobs[name]
        elif not trace.unseen and any(trace.changed(workshop.world)):
            yield jobs[name]


def _moved(inputs: Inputs, outcome: Run | Failure) -> list[Dependency]:
    """Return the files that were written to while a job was run."""
    parts = outcome.parts if isinstance(outcome, Run) else {}
    during = (read(label) for label, state in parts.items() if state == MOVED)
    return list(dict.fromkeys([*inputs.moved, *during]))


def _written(job: Task, moved: Iterable[Dependency]) -> Iterator[str]:
    for on in moved:
        yield (
            f"{job.place}: {job.words} reads {on.name!r}, which was "
            f"written to while it was {job.done}, {ATTEMPTS} times one after the other; it may not "
            f"show what is there now, and is {job.done} again next time. Let nothing write to it "
            "meanwhile."
        )


def _unseen(job: Task, trace: Trace) -> Iterator[str]:
    for what, where in trace.unseen.items():
        remedy = "Give it what it needs as a constant or a file."
        if " C " in what:
            decorator = "step" if job.identity[0] == "step" else "figure"
            remedy = f"Name the files by @{decorator}(inputs=[…]), or say inputs=[] if there are "
            remedy += "none."
            if job.identity[0] not in {"figure", "step"}:
                remedy = "Let a figure do it: it can name the files, by @figure(inputs=[…])."
        if job.may_be_untracked:
            remedy = ""
        place = f" ({where})" if where.strip() else ""
        yield (
            f"{job.place}: {job.words} {what}{place}, which cannot be followed; "
            f"it is {job.done} every time. {remedy}".rstrip()
        )
