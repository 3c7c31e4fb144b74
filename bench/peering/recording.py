"""What recording costs: each figure is drawn with it and without."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from truepage.engine.context import BuildContext
from truepage.engine.project import find_project
from truepage.engine.task import ENVIRONMENT
from truepage.figures.manifest import find_drawings

HERE = Path(__file__).parents[2]

# A warm worker that draws what it is told, each figure in a fork, and answers with the processor
# time of each; "without" it has nothing installed that records.
RECORDING = """
import json, os, sys
from types import SimpleNamespace
from truepage.tracing import worker
from truepage.figures import picture
from truepage.tracing import patches

if sys.argv[1] == "without":
    nothing = lambda *arguments, **options: None
    worker.Recorder = lambda: SimpleNamespace(
        install=nothing, note_what_is_imported=nothing, depend_on=nothing, start=nothing,
        stop=nothing, parts={}, installed=[], ours=[], untracked={})
    worker.importing = worker.watching = worker.hearing = SimpleNamespace(install=nothing)
    patches.watch_matplotlib = nothing

recorder = worker.prepare(picture, warm=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        worker.do(picture, json.loads(line), recorder)
        os._exit(0)
    _, status, used = os.wait4(child, 0)
    assert status == 0
    print(used.ru_utime + used.ru_stime, flush=True)
"""


def recording(folder: Path, write: Callable[[Path], object], rounds: int) -> np.ndarray:
    """Return the seconds of drawing each figure of a project, with recording and without.

    The shape is (figures, 2). It is processor time again, the median of the rounds.
    """
    root = folder / "project"
    write(root)
    project = find_project(root)
    # Without recording Python reads its own compiled files, as it does for a script run before.
    compiling = [sys.executable, "-m", "compileall", "-q", "-f", root]
    subprocess.run(compiling, check=True)
    project.cache_dir.mkdir(exist_ok=True)
    tasks = find_drawings(BuildContext(project)).values()
    workers = {
        how: subprocess.Popen(
            [sys.executable, "-P", "-c", RECORDING, how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **ENVIRONMENT},
            text=True,
        )
        for how in ("with", "without")
    }
    measured = []
    for round_number in range(-1, rounds):  # the first fills the cache of compiled modules
        for number, task in enumerate(tasks):
            used, pictures = {}, {}
            for how in sorted(workers, reverse=bool((round_number + number) % 2)):
                order = {
                    "name": task.name,
                    "request": task.request,
                    "root": str(root),
                    "import_from": [str(root / "figures"), str(root / "src")],
                    "folder": str(project.cache_dir),
                    "cache": str(project.cache_dir),
                }
                worker = workers[how]
                assert worker.stdin and worker.stdout
                print(json.dumps(order), file=worker.stdin, flush=True)
                used[how] = float(worker.stdout.readline())
                left = project.cache_dir / f"{task.name}.result"
                pictures[how] = left.read_bytes().partition(b"\n")[2]
            assert pictures["with"] == pictures["without"], task.name
            if round_number >= 0:
                measured.append([used["with"], used["without"]])
    for worker in workers.values():
        worker.communicate()
    pairs = np.array(measured).reshape(rounds, len(tasks), 2)
    return np.median(pairs, axis=0)


def copy_of_own(root: Path) -> None:
    """Copy this repository's own figures and the code they draw."""
    ignored = shutil.ignore_patterns("__pycache__", "rendered")
    shutil.copytree(HERE / "figures", root / "figures", ignore=ignored)
    shutil.copytree(HERE / "src" / "neural", root / "src" / "neural", ignore=ignored)
    (root / "pyproject.toml").touch()
