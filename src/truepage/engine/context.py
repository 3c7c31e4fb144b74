"""Build contexts: a project with its store, its index and the current state of its files."""

import hashlib
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from truepage.engine.current_state import CurrentState, Inputs
from truepage.engine.dependencies import files
from truepage.engine.dependencies.base import ABSENT
from truepage.engine.dependencies.code import Step
from truepage.engine.project import Project
from truepage.engine.stat_cache import StatCache
from truepage.engine.step_call import STALE, StepCall, arrays_in
from truepage.engine.store import Meta, Store
from truepage.engine.task import Run, Task, TaskResult
from truepage.engine.trace import Trace


@dataclass(frozen=True)
class TaskStatus:
    """How a task stands before anything is run.

    Parameters
    ----------
    task
        The task.
    product
        What came of it, when that is fresh.
    trace
        What its last run here touched, if it ever ran, with whatever content.
    reasons
        In words, why it is not fresh.
    seconds
        How long its last run took; 0 when it never ran.
    """

    task: Task
    product: TaskResult | None
    trace: Trace | None
    reasons: tuple[str, ...]
    seconds: float

    @property
    def word(self) -> str:
        """`fresh`, `stale`, `missing` (never run), or `untracked` (run every time)."""
        if self.product:
            return "fresh"
        if self.trace is None:
            return "missing"
        return "untracked" if self.trace.untracked else "stale"


class BuildContext:
    """A project with its store and its index: what a command works with.

    Parameters
    ----------
    project
        The project.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.store = Store(project.cache_dir)
        checkout = hashlib.sha256(str(project.root).encode()).hexdigest()[:16]
        self.index = StatCache(project.cache_dir / "index" / f"{checkout}.json")
        self._lock = threading.RLock()  # steps are asked for from several threads
        self._computed: dict[str, tuple[Trace, str]] = {}  # steps of this process, and results
        self._last: dict[str, Trace | None] = {}  # steps that were asked for, and their traces
        self.current = CurrentState(project, self.index, self._step)

    def look_again(self) -> None:
        """Look at the state of everything anew."""
        with self._lock:
            self.index.look_again()
            self._last.clear()
            self.current = CurrentState(self.project, self.index, self._step)

    def save(self) -> None:
        """Keep what is known of files for the next build."""
        with self._lock:
            self.index.save()

    def status(self, task: Task) -> TaskStatus:
        """Return how a task stands. Runs nothing and imports nothing of the author's."""
        with self._lock:
            return self._status(task)

    def _status(self, task: Task) -> TaskStatus:
        key = "\0".join(task.identity)
        last = self.store.last(task.identity, self.index.last.get(key, ""))
        if last and last[0].is_fresh(self.current):
            candidates = [last]
        else:
            candidates = [
                entry
                for entry in self.store.traces(task.identity)
                if entry[0].is_fresh(self.current)
            ]
        for trace, meta in candidates:
            product = self.store.get(meta)
            if product and self._has(product.facts.get("arrays", ())):
                self.store.used(task.identity, trace)
                self.index.remember(key, trace.digest)
                return TaskStatus(task, product, trace, (), product.seconds)
        if last is None and (earlier := self._earlier(task)):
            trace, meta = earlier
            return TaskStatus(task, None, trace, (f"{task.holds} changed",), float(meta["seconds"]))
        if last is None:
            return TaskStatus(task, None, None, (f"it was never {task.done}",), 0.0)
        trace, meta = last
        changes = tuple(trace.changes(self.current, self.project))
        reasons = changes or (f"its {task.result} was lost",)
        return TaskStatus(task, None, trace, reasons, float(meta["seconds"]))

    def _earlier(self, task: Task) -> tuple[Trace, Meta] | None:
        """Return the trace and the result of a task's last run, when it held other content."""
        if not task.holds:
            return None
        *rest, _ = task.identity
        start = "\0".join([*rest, ""])
        found = (key for key in reversed(self.index.last) if key.startswith(start))
        key = next(found, start)
        return self.store.last((*rest, key.removeprefix(start)), self.index.last.get(key, ""))

    def keep(self, task: Task, run: Run, inputs: Inputs | None = None) -> Trace:
        """Keep what came of a task; return its trace.

        Parameters
        ----------
        inputs
            The inputs that it declares, as they were before; by default as they are now.
        """
        with self._lock:
            return self._keep(task, run, inputs)

    def _keep(self, task: Task, run: Run, inputs: Inputs | None) -> Trace:
        untracked = dict(run.untracked)
        if task.inputs is not None:
            # The author has said what C code reads.
            untracked = {what: where for what, where in untracked.items() if " C " not in what}
        trace = Trace(
            {
                **self.current.base(),
                **run.parts,
                **self.current.distributions(run.installed),
                **self.current.ours(run.ours),
                **(inputs or self.current.inputs(task)).afterwards(),
                **(self._left(run) if task.identity[0] == "step" else {}),
            },
            untracked,
        )
        self.store.put(task.identity, trace, run.product)
        self.index.remember("\0".join(task.identity), trace.digest)
        if task.identity[0] == "step":
            content = hashlib.sha256(run.product.files["json"]).hexdigest()
            for digest in run.product.facts["arrays"]:
                self.index.learn(self.store.array(digest), digest)
            self._computed[task.identity[1]] = (trace, content)
            self.forget_steps()
            if self._step(task.identity[1]) == STALE:  # something was saved meanwhile
                self.look_again()
        return trace

    # Steps.

    def step(self, name: str) -> str | None:
        """Return the digest of what a call of a step comes to, if that is known."""
        with self._lock:
            state = self.current.state_of(Step(name))
        return None if state == STALE else state

    def _left(self, run: Run) -> dict[str, str]:
        """Return the files that a step has left in the project: without them it is not fresh."""
        kinds = [(kind.label, kind.state(self.current)) for kind in map(files.Kind, run.wrote)]
        return {label: state for label, state in kinds if state != ABSENT}

    def calls_steps(self, task: Task) -> bool:
        """Tell whether a task called a step when it was run."""
        traces = (trace for trace, _ in self.store.traces(task.identity))
        return any(trace.of(Step) for trace in traces)

    def awaits(self, task: Task) -> str:
        """Return the name of a step that must be computed to know whether a task is fresh."""
        with self._lock:
            if self.status(task).product:
                return ""
            traces = (trace for trace, _ in self.store.traces(task.identity))
            return next((name for trace in traces if (name := trace.awaits(self.current))), "")

    def forget_steps(self) -> None:
        """Ask again what those steps come to of which that was not known."""
        with self._lock:
            self._last.clear()
            known = self.current.known
            for label in [label for label, state in known.items() if state == STALE]:
                del known[label]

    def facts(self, name: str) -> Mapping[str, Any]:
        """Return what is known of a step that was computed before: its line, and its inputs."""
        _, meta = next(self.store.traces(("step", name)), (None, {"facts": {}}))
        facts: Mapping[str, Any] = meta["facts"]
        return facts

    def has_arguments(self, name: str) -> bool:
        """Tell whether the arguments of a call are in the store."""
        with self._lock:
            arguments: Any = StepCall.read(name).arguments
            if isinstance(arguments, str):
                product = self.store.get({"files": {"json": arguments}, "facts": {}, "seconds": 0})
                if product is None:
                    return False
                arguments = json.loads(product.files["json"])
            return self._has(arrays_in(arguments))

    def steps(self, traces: Iterable[Trace | None]) -> dict[str, Task]:
        """Return the tasks of the steps that tasks with these traces called, and of theirs."""
        names = [name for name, _ in self.called(traces)]
        tasks = [StepCall.read(name).task(self.facts(name)) for name in names]
        return {task.called: task for task in tasks}

    def whole(self, trace: Trace) -> Trace:
        """Return a trace with all that the steps touched which the task called."""
        touched = [last.parts for _, last in self.called([trace]) if last]
        parts = {label: state for each in (trace.parts, *touched) for label, state in each.items()}
        return Trace(parts, trace.untracked) if touched else trace

    def called(self, traces: Iterable[Trace | None]) -> list[tuple[str, Trace | None]]:
        """Return the names of the steps that were called, each with its last trace."""
        found: dict[str, Trace | None] = {}
        left = list(traces)
        while left:
            trace = left.pop()
            for name in (step.name for step in trace.of(Step)) if trace else ():
                if name not in found:
                    with self._lock:
                        if name not in self._last:
                            self._last[name] = self.status(StepCall.read(name).task({})).trace
                        found[name] = self._last[name]
                    left.append(found[name])
        return list(found.items())

    def _step(self, name: str) -> str:
        """Return the state of a step: the digest of its result, if that is known."""
        trace, digest = self._computed.get(name, (None, ""))
        if trace and trace.untracked and Trace(trace.parts, {}).is_fresh(self.current):
            return digest  # in this process it counts
        product = self.status(StepCall.read(name).task({})).product
        return hashlib.sha256(product.files["json"]).hexdigest() if product else STALE

    def _has(self, arrays: Iterable[str]) -> bool:
        """Tell whether some arrays are in the store, as they were."""
        files = {digest: self.store.array(digest) for digest in arrays}
        for digest, file in files.items():
            if self.index.digest(file) != digest:
                self.store.remove(file)
                self.index.forget(file)
                return False
        return True
