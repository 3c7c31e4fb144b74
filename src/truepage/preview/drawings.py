"""Drawings in progress: each occupies a worker, and a thread that waits for it."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from truepage.engine.current_state import Inputs
from truepage.engine.project import Project
from truepage.engine.step_sharing import Steps
from truepage.engine.task import Failure, Kept, Run, Task
from truepage.preview.reach import Signature
from truepage.preview.workers import Workers

LATE = 2.0
"""Seconds that an outdated drawing may go on for; what takes longer is stopped. Its worker goes
with it, and starting another one costs more than waiting for most drawings."""


@dataclass
class Drawing:
    """A figure that is being drawn.

    Parameters
    ----------
    task, inputs
        The task, and the inputs that it declares.
    files
        The files that it may be made of, as they were before it began.
    began
        When it began.
    is_outdated
        Something was saved since.
    is_stopped
        It was told to end.
    """

    task: Task
    inputs: Inputs
    files: Mapping[str, Signature]
    began: float
    is_outdated: bool = False
    is_stopped: bool = False


class Drawings:
    """The drawings of a session that have begun and not ended.

    Parameters
    ----------
    project
        The project.
    steps
        Answers calls of steps.
    done
        Called with each drawing and its outcome, from the thread that has waited for it.
    """

    def __init__(
        self,
        project: Project,
        steps: Steps,
        done: Callable[[Drawing, Run | Failure | Kept], None],
    ) -> None:
        self._jobs, self._done = project.jobs, done
        self.running: dict[str, Drawing] = {}
        """Name of a figure → its drawing."""
        self.workers = Workers(project, steps)
        self._threads = ThreadPoolExecutor(project.jobs + 1, thread_name_prefix="truepage-drawing")
        self._preparing = threading.Lock()

    def keep_warm(self) -> None:
        """Start the workers."""
        # One more than draw at once: it is there when another one has to be stopped.
        self.workers.keep_warm("truepage.figures.picture", self._jobs + 1)

    @property
    def are_full(self) -> bool:
        """Whether as many are running as may run at once."""
        return len(self.running) >= self._jobs

    @property
    def patience(self) -> float | None:
        """Seconds until an outdated one may have to be stopped; None: all are wanted."""
        outdated = any(each.is_outdated and not each.is_stopped for each in self.running.values())
        return LATE if outdated else None

    def outdate(self) -> None:
        """Note that something was saved."""
        for each in self.running.values():
            each.is_outdated = True

    def stop_late(self) -> None:
        """Stop the outdated ones that take too long."""
        for each in self.running.values():
            late = time.perf_counter() - each.began > LATE
            if each.is_outdated and late and not each.is_stopped:
                each.is_stopped = True
                self.workers.cancel(each.task)

    def begin(self, task: Task, inputs: Inputs, files: Mapping[str, Signature]) -> None:
        """Begin a drawing."""
        drawing = self.running[task.name] = Drawing(task, inputs, files, time.perf_counter())
        self._threads.submit(self._draw, drawing)

    def _draw(self, drawing: Drawing) -> None:
        task = drawing.task
        try:
            outcome: Run | Failure | Kept = self.workers.run(task)
        except Exception as error:  # whatever it is, the session goes on
            outcome = Failure(task.name, f"{task.place}: {task.words}: {error}")
        self._done(drawing, outcome)

    def prepare(self, tasks: Sequence[Task]) -> None:
        """Have a worker ready for the next save."""
        with contextlib.suppress(RuntimeError):  # the session ends
            self._threads.submit(self._prepare, tasks)

    def _prepare(self, tasks: Sequence[Task]) -> None:
        if self._preparing.acquire(blocking=False):
            try:
                with contextlib.suppress(OSError):
                    self.workers.prepare(tasks)
            finally:
                self._preparing.release()

    def close(self) -> None:
        """End them all, and the workers."""
        self.workers.close()
        self._threads.shutdown(wait=True, cancel_futures=True)
