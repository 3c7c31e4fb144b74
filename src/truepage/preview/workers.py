"""Workers that stay: warmed up before they are needed, and replaced when they had to be stopped."""

import contextlib
import subprocess
import threading
from collections import Counter
from collections.abc import Sequence

from truepage.engine.pool import GONE, Kind, Pool, exchange, running
from truepage.engine.preload import Preloads
from truepage.engine.project import Project
from truepage.engine.step_sharing import Steps
from truepage.engine.task import Failure, Kept, Run, Task


class Workers(Pool):
    """A pool for a session, which also stops a single task.

    Parameters
    ----------
    project
        The project whose code is run.
    steps
        What answers when tasks call steps.
    """

    def __init__(self, project: Project, steps: Steps) -> None:
        project.cache_dir.mkdir(parents=True, exist_ok=True)
        self._left = contextlib.ExitStack()
        folder = self._left.enter_context(running(project.cache_dir))
        super().__init__(project, folder, steps, preloads=Preloads(project))
        self._busy: dict[int, subprocess.Popen[str]] = {}  # by thread
        self._threads: dict[str, int] = {}  # by name of the task
        self._stopped = False
        self._starting = threading.Lock()
        self._warm: tuple[str, int] | None = None

    def keep_warm(self, module: str, number: int) -> None:
        """See to it that as many workers of a task are there or on their way."""
        self._warm = module, number
        with self._starting:  # or two threads would each start what is missing
            while not self._stopped and len(self._all) < number:
                self._free.append(((module, ()), self._start((module, ()))))

    def prepare(self, tasks: Sequence[Task]) -> None:
        """Import ahead, where nobody waits for it, what most of some tasks will import."""
        counts = Counter((task.module, self._preloads.of(task)) for task in tasks if self._preloads)
        for (module, preload), _ in counts.most_common(1):
            kind = module, preload
            if not preload or self._stopped or any(entry[0] == kind for entry in list(self._free)):
                return
            task = next(task for task in tasks if task.module == module)
            worker = self._start(kind)
            told = exchange(worker, {**self._order(task, preload), "prepares": True})
            if told["ended"] == "ended":
                self._free.append((kind, worker))
            elif self._preloads and told is not GONE:
                self._preloads.refuse(preload)

    def run(self, task: Task) -> Run | Failure | Kept:
        """Run one task; called from as many threads as there may be tasks at once."""
        self._folder.mkdir(exist_ok=True)  # another build may have tidied up
        thread = threading.get_ident()
        self._threads[task.name] = thread
        try:
            return super().run(task)
        finally:
            self._threads.pop(task.name, None)
            self._busy.pop(thread, None)
            self._bury()
            if self._warm:
                self.keep_warm(*self._warm)

    def cancel(self, task: Task) -> None:
        """Stop a task that nobody waits for any more; its `run` returns a failure."""
        worker = self._busy.get(self._threads.get(task.name, 0))
        if worker:
            worker.terminate()

    def renew(self) -> None:
        """End the workers that imported something ahead: it may be another by now."""
        for entry in [entry for entry in list(self._free) if entry[0][1]]:
            with contextlib.suppress(ValueError):  # another thread was faster
                self._free.remove(entry)
                entry[1].terminate()

    def close(self) -> None:
        """End all workers, and what they are running with them."""
        self._stopped = True
        self.stop()
        for worker in list(self._all):
            with contextlib.suppress(OSError, ValueError):
                try:
                    worker.wait(timeout=2)
                except subprocess.TimeoutExpired:
                    worker.kill()
        self._bury()
        self._left.close()

    def _take(self, kind: Kind) -> "subprocess.Popen[str]":
        worker = super()._take(kind)
        # The first one is the task's; a step that it calls goes on when the task is stopped.
        first = self._busy.setdefault(threading.get_ident(), worker)
        if first.poll() is not None:  # it was no good for the task
            self._busy[threading.get_ident()] = worker
        return worker

    def _bury(self) -> None:
        """Forget the workers that have ended."""
        for worker in [worker for worker in list(self._all) if worker.poll() is not None]:
            with contextlib.suppress(ValueError):  # another thread was faster
                self._all.remove(worker)
                for pipe in (worker.stdin, worker.stdout):
                    with contextlib.suppress(OSError):
                        if pipe:
                            pipe.close()
        for entry in [entry for entry in list(self._free) if entry[1].poll() is not None]:
            with contextlib.suppress(ValueError):
                self._free.remove(entry)
