"""In the builder: what calls of steps come to, computed once for all tasks that ask."""

import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from truepage.engine.context import BuildContext
from truepage.engine.dependencies.files import File, Kind, Mapped, Size, Stat, Times
from truepage.engine.errors import TruepageError
from truepage.engine.step_call import StepCall
from truepage.engine.task import Failure, Run, Task, TaskResult
from truepage.engine.trace import Trace

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PULSE = 0.05
"""Seconds between two attempts to get what another build holds."""

CONTENT = (File, Mapped, Kind, Size, Times, Stat)
"""The dependencies on whether, and what, is written to a file."""

DEEPEST = 32
"""How many steps may wait one for the other: each has a process."""

RunTask = Callable[[Task], Run | Failure]
"""Runs a task in a process of its own, and waits for it."""

Done = Callable[[Task, Run | Failure], None]
"""Told of each step that was computed; called from any thread."""


class Steps:
    """Answers what calls of steps come to.

    Tasks ask from as many threads as run at once. A call is computed by the first of them, in its
    thread, while the others wait; a file that is locked keeps other builds from computing the same.

    Parameters
    ----------
    context
        The project, with its store.
    done
        What to tell of each step that was computed.
    anew
        Compute each call once, whatever the store has.
    forced
        Run tasks whose steps come to the same, too.
    """

    def __init__(
        self,
        context: BuildContext,
        done: Done = lambda task, outcome: None,
        *,
        anew: bool = False,
        forced: bool = False,
    ) -> None:
        self._context, self._done = context, done
        self._anew, self.forced = anew, anew or forced
        self.computed: dict[str, Run] = {}
        """Name of a call that was computed → the run."""
        self.before: dict[str, str | None] = {}
        """Name of such a call → the digest of what was kept before, if that counted."""
        self._failed: dict[str, tuple[object, Failure]] = {}  # with the state of things then
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._waits: dict[str, str] = {}  # a call that is being computed → one that it asks for
        self._thread = _ThreadCalls()
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Compute nothing any more."""
        self._stopped.set()

    def settle(self, task: Task, run: RunTask) -> TaskResult | None:
        """Compute the steps that a task called, as far as it takes to know whether it is fresh.

        Returns
        -------
        TaskResult
            What came of it, if it is: the steps came to the same. Else None.
        """
        if not self._context.calls_steps(task):
            return None
        while name := self._context.awaits(task):
            facts = self._context.facts(name)
            # Only who calls it can say what it declares, once its trace is lost.
            if not facts or isinstance(self._result(name, facts, run), Failure):
                return None
        return self._context.status(task).product

    def answer(self, asked: Mapping[str, Any], run: RunTask) -> dict[str, str]:
        """Return the digest of a `result`, or in words why it `failed`.

        Parameters
        ----------
        asked
            The name of the `call`; the `line` of the step, and its declared `inputs` and `timeout`.
        run
            Runs the task that computes it.
        """
        found = self._result(asked["call"], asked, run)
        return {"failed": found.message} if isinstance(found, Failure) else {"result": found}

    def _result(self, name: str, facts: Mapping[str, Any], run: RunTask) -> str | Failure:
        task = StepCall.read(name).task(facts)
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(self._alone(name))
            except TruepageError as error:
                return Failure(task.name, f"{task.place}: {task.words}: {error}")
            if found := self._known(name):
                return found
            held.enter_context(self._locked(task))
            if self._stopped.is_set():
                return Failure(task.name, f"{task.place}: {task.words}: was stopped")
            if found := self._known(name):
                return found
            if not self._anew and self.settle(task, run) and (found := self._known(name)):
                return found
            outcome = self._compute(name, task, run)
            self._done(task, outcome)
            if isinstance(outcome, Failure):
                self._failed[name] = (self._context.current, outcome)
                return outcome
            self.computed[name] = outcome
            return digest_of(outcome)

    def conflict(self, task: Task, outcome: Run | Failure) -> Failure | None:
        """Return a failure if a task has written to a file that a step which it called has read.

        The step may have been computed before it wrote, or for another caller.
        """
        if isinstance(outcome, Failure) or not outcome.wrote:
            return None
        for name, trace in self._context.called([Trace(outcome.parts, {})]):
            for path in (on.path for on in trace.of(*CONTENT)) if trace else ():
                if path in outcome.wrote:
                    shown = StepCall.read(name).shown
                    return Failure(
                        task.name,
                        f"{task.place}: {task.words}: writes to {path!r}, which the step {shown!r} "
                        "that it calls reads: whether before or after cannot be kept apart; "
                        "expected it to pass what is in the file as an argument",
                        outcome.said,
                    )
        return None

    def _known(self, name: str) -> str | Failure | None:
        """Return what a call comes to, or why that failed, if that is known."""
        current, failure = self._failed.get(name, (None, None))
        if failure and current is self._context.current:
            return failure
        if self._anew:
            return digest_of(self.computed[name]) if name in self.computed else None
        return self._context.step(name)

    def _compute(self, name: str, task: Task, run: RunTask) -> Run | Failure:
        try:
            inputs = self._context.current.inputs(task)
        except TruepageError as error:
            return Failure(task.name, str(error))
        if not self._context.has_arguments(name):
            return Failure(
                task.name, f"{task.place}: {task.words}: its arguments are lost; build again"
            )
        self.before[name] = self._context.step(name)
        outcome = run(task)
        if isinstance(outcome, Run):
            self._context.keep(task, outcome, inputs)
        return outcome

    @contextlib.contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """Let one thread compute a call, and find out whether it waits for itself."""
        calls = self._thread.calls
        with self._guard:
            if len(calls) == DEEPEST:
                raise TruepageError(
                    f"it is called {DEEPEST} steps deep, and each waits in a process of its own; "
                    "expected a loop inside one step"
                )
            if calls:
                waits: str | None = name
                while waits is not None:
                    if waits == calls[-1]:
                        raise TruepageError(
                            "computing it asks for itself; expected a call with other arguments, "
                            "and none at the top level of its own module"
                        )
                    waits = self._waits.get(waits)
                self._waits[calls[-1]] = name
            lock = self._locks.setdefault(name, threading.Lock())
        try:
            with lock:
                calls.append(name)
                try:
                    yield
                finally:
                    calls.pop()
        finally:
            if calls:
                self._waits.pop(calls[-1], None)

    @contextlib.contextmanager
    def _locked(self, task: Task) -> Iterator[None]:
        """Keep other builds from computing the same; a lock ends with the process that has it."""
        if not fcntl or self._anew:
            yield
            return
        path = self._context.project.cache_dir / "locks" / task.name
        while not self._stopped.is_set():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    time.sleep(PULSE)
                    continue
                if not _is_at(path, file.fileno()):  # who had it has removed it
                    continue
                try:
                    self._context.forget_steps()  # another build may have computed it meanwhile
                    yield
                finally:
                    path.unlink(missing_ok=True)
                return
        yield


class _ThreadCalls(threading.local):
    """The calls that a thread computes, each for the one before."""

    def __init__(self) -> None:
        self.calls: list[str] = []


def digest_of(run: Run) -> str:
    """Return the digest of what computing a step came to."""
    return hashlib.sha256(run.product.files["json"]).hexdigest()


def _is_at(path: Path, descriptor: int) -> bool:
    """Tell whether a path is that of an open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False
