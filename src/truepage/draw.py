"""Drawing figures, each in a clean process of its own."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Literal

from truepage.discover import Figure
from truepage.project import Project

Kind = Literal["svg", "png"]
"""What a figure is drawn as: `svg` for pages; `png`, opaque, for those that cannot show SVG."""

TIMEOUT = 120.0
"""Seconds that one figure may take."""

MEMORY = 4 * 1024**3
"""Bytes of address space that one figure may take, what numpy and matplotlib take included."""

FILES = 64 * 1024**2
"""Bytes that one figure may print, or write to a file."""

DAY = 86_400.0

# The same for every drawing, whoever starts it.
WORKER_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",  # sets of strings keep their order
    "PYTHONDONTWRITEBYTECODE": "1",
    "MPLBACKEND": "agg",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    # One thread: sums come out in one order, and a fork is safe.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}


@dataclass(frozen=True)
class Rendering:
    """A figure, drawn.

    Parameters
    ----------
    name
        The figure's name.
    content
        The picture.
    kind
        Its format.
    alt
        Its alternative text.
    width, height
        Its size in CSS pixels.
    seconds
        How long the drawing took.
    """

    name: str
    content: bytes
    kind: Kind
    alt: str
    width: int
    height: int
    seconds: float


@dataclass(frozen=True)
class Drawing:
    """A picture, and what its drawing touched, as `truepage.recording` has it.

    Parameters
    ----------
    rendering
        The picture.
    parts
        Label → state.
    installed
        Top-level names of the installed modules that were imported.
    unseen
        What recording could not follow → where.
    """

    rendering: Rendering
    parts: dict[str, str]
    installed: list[str]
    unseen: dict[str, str]


@dataclass(frozen=True)
class Failure:
    """A figure that could not be drawn, and the message that says why."""

    name: str
    message: str


def draw(
    project: Project, figures: Sequence[Figure], kind: Kind = "svg", *, fresh: bool = False
) -> Iterator[Drawing | Failure]:
    """Draw figures, several at once, and yield each as it is done.

    Parameters
    ----------
    project, figures
        What to draw. They are begun in the order given.
    kind
        As what.
    fresh
        Start a new interpreter for each figure, instead of a fork of a warm one. It is slower, and
        the bytes are the same; `truepage check` makes sure.
    """
    if not figures:
        return
    project.cache_dir.mkdir(parents=True, exist_ok=True)
    workers = min(project.jobs, len(figures))
    _sweep(project.cache_dir)
    with (
        tempfile.TemporaryDirectory(prefix="drawing-", dir=project.cache_dir) as folder,
        Studio(project, Path(folder), fresh, warm=len(figures) > 2 * workers) as studio,
        ThreadPoolExecutor(workers) as threads,
    ):
        tasks = [threads.submit(studio.draw, figure, kind) for figure in figures]
        try:
            for task in as_completed(tasks):
                yield task.result()
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            studio.stop()  # or the threads would wait for drawings that nobody wants any more
            raise


def _sweep(cache: Path) -> None:
    """Remove what builds left that were killed more than a day ago."""
    for folder in cache.glob("drawing-*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > DAY:
                shutil.rmtree(folder)


class Studio:
    """Warm workers: as many as are drawing at one time, each used again when it is free."""

    def __init__(self, project: Project, folder: Path, fresh: bool, warm: bool = True) -> None:
        self._project = project
        self._folder = folder
        self._fresh = fresh
        # Warming up takes as long as two drawings: with few to come it does not pay.
        self._arguments = [] if warm and not fresh else ["cold"]
        self._all: list[subprocess.Popen[str]] = []
        self._free: SimpleQueue[subprocess.Popen[str]] = SimpleQueue()

    def __enter__(self) -> "Studio":
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
        """Tell the workers to end, and what they are drawing with them."""
        for worker in self._all:
            worker.terminate()

    def draw(self, figure: Figure, kind: Kind) -> Drawing | Failure:
        """Draw one figure; called from as many threads as there may be drawings at once."""
        try:
            worker = self._free.get_nowait()
        except Empty:
            worker = self._start()
        assert worker.stdin and worker.stdout  # noqa: S101 (pipes, by _start)
        request = {
            "name": figure.name,
            "kind": kind,
            "module": figure.module,
            "function": figure.function,
            "path": str(self._project.root / figure.path),
            "root": str(self._project.root),
            "import_from": [
                str(self._project.figures_dir),
                *(str(source) for source in self._project.source_dirs),
            ],
            "folder": str(self._folder),
            "cache": str(self._project.cache_dir),
            "timeout": TIMEOUT,
            "memory": MEMORY,
            "files": FILES,
        }
        try:
            worker.stdin.write(json.dumps(request) + "\n")
            worker.stdin.flush()
            reply = worker.stdout.readline()
        except (BrokenPipeError, ValueError):
            reply = ""
        if self._fresh:
            worker.kill()
        elif reply and worker.poll() is None:
            self._free.put(worker)
        return self._outcome(
            figure, kind, json.loads(reply) if reply else "ended its worker process"
        )

    def _start(self) -> "subprocess.Popen[str]":
        """Start a worker whose environment does not depend on who asks."""
        worker = subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-P", "-m", "truepage.worker", *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, **WORKER_ENVIRONMENT},
        )
        self._all.append(worker)
        return worker

    def _outcome(self, figure: Figure, kind: Kind, ended: str) -> Drawing | Failure:
        """Read what the child left in the folder."""
        description = self._folder / f"{figure.name}.json"
        if ended == "timeout":
            return _failure(figure, f"was not done after {TIMEOUT:.0f} s; expected it to end")
        if ended != "ended" or not description.is_file():
            log = self._folder / f"{figure.name}.log"
            words = log.read_text("utf-8", "replace").strip() if log.is_file() else ""
            said = f"; its last words: {words[-400:]}" if words else ""
            return _failure(figure, f"{ended} before the picture was finished{said}")
        result: dict[str, Any] = json.loads(description.read_text(encoding="utf-8"))
        if "refused" in result:
            return _failure(figure, result["refused"])
        if "raised" in result:
            lines = [result["raised"]["message"]]
            for path, line, code in result["raised"]["frames"]:
                lines.append(f"    {path}:{line}: {code}" if line else f"    {path} {code}")
            return _failure(figure, "\n".join(lines))
        rendering = Rendering(
            name=figure.name,
            content=(self._folder / f"{figure.name}.{kind}").read_bytes(),
            kind=kind,
            alt=result["alt"].strip(),
            width=result["width"],
            height=result["height"],
            seconds=result["seconds"],
        )
        return Drawing(rendering, result["parts"], result["installed"], result["unseen"])


def _failure(figure: Figure, words: str) -> Failure:
    return Failure(figure.name, f"{figure.place}: figure {figure.name!r}: {words}")
