"""Running tasks, several at once, each in a clean process of its own."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

from truepage.engine.context import BuildContext
from truepage.engine.dependencies import read
from truepage.engine.preload import Preload, Preloads
from truepage.engine.project import Project
from truepage.engine.step_sharing import Steps
from truepage.engine.task import (
    AGAIN,
    COLD,
    ENVIRONMENT,
    HERE,
    WARNED,
    Failure,
    Kept,
    Run,
    Task,
    TaskResult,
)
from truepage.engine.waiting import each_when_done

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

TIMEOUT = 120.0
"""Seconds of processor time that a task may take, unless it says otherwise."""

MORE_TIME = {
    "drawn": "@figure(timeout=…)",
    "computed": "@step(timeout=…)",
    "run": "a comment in it: `# timeout: 600`",
}
"""What is done with a task → how its author gives it more time."""

MEMORY = 4 * 1024**3
"""Bytes of memory that one task may write to, what numpy and matplotlib take included."""

FILES = 64 * 1024**2
"""Bytes that one task may print, or write to a file."""

GONE: Mapping[str, Any] = {"ended": "ended its worker process"}
"""What is said by a worker that says nothing any more."""

DAY = 86_400.0
LOCK = "locked"

Kind = tuple[str, Preload]
"""What a worker can do: the module of its tasks, and what it imports ahead of them."""

LONGEST = 20_000
"""Bytes of what a task prints that are shown."""

WARNING = re.compile(f"{WARNED}([^{WARNED}]*){WARNED}")
NOTE = re.compile(f"{HERE}([^{HERE}]*){HERE}")


def run(
    project: Project, tasks: Sequence[Task], steps: Steps | None = None, *, fresh: bool = False
) -> Iterator[Run | Failure | Kept]:
    """Run tasks and yield what came of each as it is done.

    Parameters
    ----------
    project
        The project whose code is run.
    tasks
        What to run, each of another name. They are begun in the order given.
    steps
        What answers when they call steps; None: with what is in the project's store.
    fresh
        Start a new interpreter for each task, instead of a fork of a warm one. It is slower, and
        the bytes are the same; `truepage check` makes sure.
    """
    if not tasks:
        return
    project.cache_dir.mkdir(parents=True, exist_ok=True)
    workers = min(project.jobs, len(tasks))
    with (
        running(project.cache_dir) as folder,
        Pool(
            project,
            folder,
            steps,
            fresh=fresh,
            warm=len(tasks) > 2 * workers,
            preloads=Preloads(project, tasks),
        ) as pool,
        ThreadPoolExecutor(workers) as threads,
    ):
        futures = [threads.submit(pool.run, task) for task in tasks]
        try:
            for future in each_when_done(futures):
                yield future.result()
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            pool.stop()  # or the threads would wait for what nobody wants any more
            raise


@contextlib.contextmanager
def running(cache: Path) -> Iterator[Path]:
    """Give a folder for what a build does meanwhile, and remove those of builds that were killed.

    As long as its builder lives, a folder holds a file that is locked.
    """
    for left in cache.glob("running-*"):
        with contextlib.suppress(OSError):
            if _is_left(left):
                shutil.rmtree(left)
    with (
        tempfile.TemporaryDirectory(
            prefix="running-", dir=cache, ignore_cleanup_errors=True
        ) as folder,
        Path(folder, "new").open("w") as lock,
    ):
        if fcntl:
            fcntl.flock(lock, fcntl.LOCK_EX)
            Path(lock.name).rename(Path(folder, LOCK))
        yield Path(folder)


def _is_left(folder: Path) -> bool:
    if not fcntl or not (folder / LOCK).is_file():
        return time.time() - folder.stat().st_mtime > DAY
    with (folder / LOCK).open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


class Pool:
    """Workers: as many as there are tasks at one time, each used again when it is free.

    Parameters
    ----------
    project
        The project whose code is run.
    folder
        Where the children leave what they made.
    steps
        What answers when tasks call steps; None: with what is in the project's store.
    fresh
        Each worker does one task only.
    warm
        Workers warm up before their first task.
    preloads
        What they import ahead of which task; None: nothing.
    """

    def __init__(
        self,
        project: Project,
        folder: Path,
        steps: Steps | None = None,
        *,
        fresh: bool = False,
        warm: bool = True,
        preloads: Preloads | None = None,
    ) -> None:
        self._project, self._steps = project, steps or Steps(BuildContext(project), forced=True)
        self._folder = folder
        self._fresh = fresh
        # Warming up takes as long as two drawings: with few to come it does not pay.
        self._arguments = [] if warm and not fresh else ["cold"]
        self._all: list[subprocess.Popen[str]] = []
        self._preloads = None if fresh else preloads
        self._free: list[tuple[Kind, subprocess.Popen[str]]] = []

    def __enter__(self) -> "Pool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        for worker in self._all:
            worker.communicate()

    def stop(self) -> None:
        """Tell the workers to end, and what they are running with them."""
        self._steps.stop()
        for worker in self._all:
            worker.terminate()

    def run(self, task: Task) -> Run | Failure | Kept:
        """Run one task; called from as many threads as there may be tasks at once."""
        product = None if self._steps.forced else self.settled(task)
        return Kept(task.name, product) if product else self._run(task)

    def settled(self, task: Task) -> TaskResult | None:
        """Return what came of a task, if it is fresh once its steps are computed."""
        return self._steps.settle(task, self._run)

    def _run(self, task: Task) -> Run | Failure:
        preload = self._preloads.of(task) if self._preloads else ()
        while (outcome := self._try(task, preload)) is None:
            if preload and self._preloads:
                self._preloads.refuse(preload)
                preload = ()
        return self._steps.conflict(task, outcome) or outcome

    def _try(self, task: Task, preload: Preload) -> Run | Failure | None:
        """Run one task; return None if what was imported before may make a difference to it."""
        for left in self._folder.glob(f"{task.name}.*"):  # by one that failed, or was stopped
            left.unlink(missing_ok=True)
        kind = task.module, preload
        worker = self._take(kind)
        told = exchange(worker, self._order(task, preload))
        while "asks" in told:
            told = exchange(worker, self._steps.answer(told["asks"], self._run))
        if self._fresh:
            worker.kill()
        elif told["ended"] == COLD:
            worker.terminate()
            worker.wait()
        elif told is not GONE and worker.poll() is None:
            self._free.append((kind, worker))
        fails = told is not GONE and told["ended"] not in {"ended", "timeout"}
        if told["ended"] == COLD or (preload and fails):  # a fork may be what it does not survive
            return None
        return self._outcome(task, told["ended"], told.get("seen"))

    def _order(self, task: Task, preload: Preload) -> dict[str, Any]:
        return {
            "name": task.name,
            "request": task.request,
            "root": str(self._project.root),
            "import_from": [
                str(self._project.figures_dir),
                *(str(source) for source in self._project.source_dirs),
            ],
            "folder": str(self._folder),
            "cache": str(self._project.cache_dir),
            "script": task.place.rpartition(":")[0],
            "timeout": task.timeout or TIMEOUT,
            "memory": MEMORY,
            "files": FILES,
            "preload": preload,
        }

    def _take(self, kind: Kind) -> "subprocess.Popen[str]":
        """Return a worker for a kind of task: one that is free, or a new one."""
        for entry in list(self._free):
            if entry[0] == kind:
                with contextlib.suppress(ValueError):  # another thread was faster
                    self._free.remove(entry)
                    return entry[1]
        while len(self._free) > self._project.jobs:  # of other kinds: each takes memory
            with contextlib.suppress(IndexError):
                self._free.pop(0)[1].terminate()
        return self._start(kind)

    def _start(self, kind: Kind) -> "subprocess.Popen[str]":
        """Start a worker whose environment does not depend on who asks."""
        worker = subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-P", "-m", "truepage.worker", kind[0], *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, **ENVIRONMENT},
            # A group of its own: Ctrl-C on the terminal must not meet it while it starts.
            process_group=0 if os.name == "posix" else None,
        )
        self._all.append(worker)
        return worker

    def _outcome(self, task: Task, ended: str, seen: dict[str, Any] | None) -> Run | Failure:
        """Read what the child left in the folder (`truepage.worker` says how)."""
        left = self._folder / f"{task.name}.result"
        if ended != "ended" or not left.is_file():
            return self._lost(task, ended)
        head, _, content = left.read_bytes().partition(b"\n")
        left.unlink()
        result: dict[str, Any] = json.loads(head)
        said, warned = self._heard(task)
        if "refused" in result:
            return _failure(task, result["refused"], said)
        if "raised" in result:
            lines = [result["raised"]["message"]]
            for path, line, code in result["raised"]["frames"]:
                at = f"{path}:{line}{f': {code}' * bool(code)}" if line else f"{path} {code}"
                lines.append(f"    {at}")
            return _failure(task, "\n".join(lines), said)
        files, start = {}, 0
        for suffix, size in result["sizes"].items():
            files[suffix] = content[start : start + size]
            start += size
        parts, installed, untracked = result["parts"], result["installed"], result["untracked"]
        if seen:
            parts = {**seen["parts"], **_without(parts, set(seen["made"]))}
            installed += seen["installed"]
            untracked = {**seen["untracked"], **untracked}
            result["wrote"] += seen["wrote"]
        return Run(
            name=task.name,
            product=TaskResult(files, result["facts"], result["seconds"]),
            parts=parts,
            installed=tuple(installed),
            ours=tuple(result["ours"]),
            untracked=untracked,
            wrote=tuple(sorted(set(result["wrote"]))),
            followed=seen is not None,
            said=said,
            warned=warned,
        )

    def _heard(self, task: Task) -> tuple[str, tuple[str, ...]]:
        """Return what a task printed, and what was warned of in it; each once."""
        log = self._folder / f"{task.name}.log"
        with log.open("rb") as opened:
            text = opened.read(LONGEST).decode("utf-8", "replace")
        left_out = log.stat().st_size - LONGEST
        warned = tuple(dict.fromkeys(WARNING.findall(text)))
        said = "".join(dict.fromkeys(WARNING.sub("", NOTE.sub("", text)).split(AGAIN))).strip()
        return f"{said}\n… and {left_out} bytes more" if left_out > 0 else said, warned

    def _lost(self, task: Task, ended: str) -> Failure:
        """Return why a task came to nothing, which could not say so itself."""
        log = self._folder / f"{task.name}.log"
        said = log.read_text("utf-8", "replace") if log.is_file() else ""
        doing, _, where = ["", *NOTE.findall(said)][-1].partition("\n")
        words = WARNING.sub("", NOTE.sub("", said)).replace(AGAIN, "").strip()
        limit = task.timeout or TIMEOUT
        if ended in {"timeout", "idle"}:
            of = " of processor time" if ended == "timeout" else ", and computes nothing"
            why = f"was not done after {limit:g} s{of}; expected it to end"
            why += f". Give it more by {MORE_TIME[task.done]}" if task.done in MORE_TIME else ""
        else:
            why = f"{ended} before the {task.result} was finished"
            why += f"; its last words: {words[-400:]}" if words else ""
        return _failure(task, f"{doing} {why}\n{where}".strip())


def exchange(worker: "subprocess.Popen[str]", words: Mapping[str, Any]) -> Mapping[str, Any]:
    """Send a worker an order, or the answer to a question; return what it says then."""
    assert worker.stdin and worker.stdout  # noqa: S101 (pipes, by _start)
    try:
        worker.stdin.write(json.dumps(words) + "\n")
        worker.stdin.flush()
        reply = worker.stdout.readline()
        return json.loads(reply) if reply else GONE
    except (BrokenPipeError, ValueError):
        return GONE


def _without(parts: dict[str, str], made: set[str]) -> dict[str, str]:
    """Leave out what is told of files that a task made itself, and of what is in such folders."""

    def is_made(label: str) -> bool:
        path = PurePosixPath(read(label).path)
        return not made.isdisjoint(map(str, (path, *path.parents)))

    return {label: state for label, state in parts.items() if not (made and is_made(label))}


def _failure(task: Task, words: str, said: str = "") -> Failure:
    return Failure(task.name, f"{task.place}: {task.words}: {words}", said)
