"""What the engine costs, beside a bare script that draws the same figures.

The floor imports matplotlib once a process, calls the same functions and saves the same SVGs,
with the same number of processes. Everything is measured in one run; the median of five is shown.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROUNDS = 5

FLOOR = """
import importlib, sys
import matplotlib
matplotlib.use("agg")
import matplotlib.style
matplotlib.style.use(sys.argv[1])
for target in sys.argv[3:]:
    module, function, name = target.split(":")
    getattr(importlib.import_module(module), function)().savefig(f"{sys.argv[2]}/{name}.svg")
"""


def main() -> None:
    """Measure and print a table."""
    from truepage.discover import discover
    from truepage.project import find_project

    project = find_project(ROOT)
    figures = list(discover(project).values())
    targets = [f"{figure.module}:{figure.function}:{figure.name}" for figure in figures]
    style = ROOT / "src" / "truepage" / "truepage.mplstyle"
    command = [sys.executable, "-m", "truepage"]

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        skipped = shutil.ignore_patterns("__pycache__", "rendered", "truepage")
        for name in ("figures", "src"):
            shutil.copytree(ROOT / name, copy / name, ignore=skipped)
        (copy / "pyproject.toml").touch()
        path = {**os.environ, "PYTHONPATH": f"{copy / 'figures'}{os.pathsep}{copy / 'src'}"}

        def floor() -> None:
            shares = [targets[start :: project.jobs] for start in range(project.jobs)]
            running = [
                subprocess.Popen([sys.executable, "-c", FLOOR, style, folder, *share], env=path)
                for share in shares
            ]
            assert not any(process.wait() for process in running)

        def render(*arguments: str) -> None:
            subprocess.run([*command, "--root", copy, "render", "--quiet", *arguments], check=True)

        floor_seconds = median(floor)
        cold = median(lambda: render("--force"))
        nothing = median(render)
        interpreter = median(
            lambda: subprocess.run([*command, "--version"], check=True, stdout=subprocess.DEVNULL)
        )

    print(f"{len(figures)} figures, {project.jobs} processes, median of {ROUNDS}")
    print(f"{'floor: a bare script':32}{floor_seconds:7.2f} s   1.00")
    print(f"{'truepage render --force':32}{cold:7.2f} s   {cold / floor_seconds:4.2f} × the floor")
    print(f"{'truepage render, all fresh':32}{nothing:7.2f} s   {nothing / floor_seconds:4.2f}")
    print(f"{'truepage --version':32}{interpreter:7.2f} s   {interpreter / floor_seconds:4.2f}")


def median(action: Callable[[], object]) -> float:
    """Return the median seconds of some runs, after one that warms the disk."""
    action()
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
