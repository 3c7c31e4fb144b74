"""What the engine costs, beside a bare script that draws the same figures.

The project has N figures of N functions, ten to a module. The floor imports matplotlib once
a process, calls the same functions and saves the same SVGs, with the same number of processes.
Beside it is the floor of what isolation costs: the same script with a fork for each figure.
Everything is measured in one run, in turn; the median of the rounds is shown.

With libraries, the modules import these as well, and the floor imports each once a process.

    python bench/figures.py [--figures 300] [--rounds 3] [--libraries pandas seaborn scipy.stats]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from truepage.engine.project import find_project

FLOOR = """
import importlib, os, sys
import matplotlib
matplotlib.use("agg")
import matplotlib.style
from pathlib import Path
from matplotlib.font_manager import fontManager
matplotlib.style.use(sys.argv[1])
fonts = list(Path(sys.argv[1]).parents[1].glob("vendor/figure-fonts/*.ttf"))
assert fonts  # with others the pictures would be others, and each would come with a warning
for font in fonts:
    fontManager.addfont(font)
forks = sys.argv[3] == "fork"
if forks:
    import matplotlib.backends.backend_svg, numpy, numpy.random, matplotlib.figure
for target in sys.argv[4:]:
    if forks and os.fork():
        assert os.wait()[1] == 0
        continue
    module, name = target.split(":")
    matplotlib.rcParams["svg.hashsalt"] = name
    figure = getattr(importlib.import_module(module), name)()
    figure.savefig(f"{sys.argv[2]}/{name}.svg", metadata={"Date": None, "Creator": None})
    if forks:
        os._exit(0)
"""

HEAD = """
import numpy as np
from matplotlib.figure import Figure
from truepage import figure

import library_{0} as library
"""

PLOT = """
@figure(alt="Curve number {0}.")
def curve_{0}() -> Figure:
    drawn = Figure()
    axes = drawn.subplots()
    x = np.linspace(-5, 5, 201)
    axes.plot(x, library.function_{0}(x), label="function {0}")
    axes.set(xlabel="x", ylabel="f(x)", title="Function {0}")
    axes.legend()
    return drawn
"""

FUNCTION = """
def function_{0}(x):
    return np.tanh(x / {0}) + {0}
"""

MODULE = 10
"""Figures in a module, and functions in the module of theirs."""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--figures", type=int, default=300, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--libraries", nargs="+", default=[], metavar="MODULE")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        root = make_project(Path(folder) / "project", options.figures, options.libraries)
        jobs = find_project(root).jobs
        out = Path(folder) / "floor"
        out.mkdir()
        library = root / "src" / "library_1.py"
        edits = iter(range(1, 1000))

        def floor(names: list[str], how: str = "share") -> None:
            more = filter(None, [os.environ.get("PYTHONPATH")])
            folders = [str(root / "figures"), str(root / "src"), *more]
            path = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
            style = Path(sys.modules["truepage"].__file__).parent / "figures/truepage.mplstyle"
            shares = [share for start in range(jobs) if (share := names[start::jobs])]
            running = [
                subprocess.Popen([sys.executable, "-c", FLOOR, style, out, how, *share], env=path)
                for share in shares
            ]
            assert not any(process.wait() for process in running)

        def render(*arguments: str) -> None:
            command = [sys.executable, "-m", "truepage", "--root", root, "render", "--quiet"]
            subprocess.run([*command, *arguments], check=True)

        def edit() -> None:
            changed = FUNCTION.format(7).replace("+ 7", f"+ 7 + {next(edits)}")
            text = library.read_text()
            start = text.index("def function_7(") - 1
            library.write_text(text[:start] + changed + text[text.index("\ndef function_8(") :])

        names = [
            f"plots_{(number - 1) // MODULE * MODULE + 1}:curve_{number}"
            for number in range(1, options.figures + 1)
        ]
        measures: dict[str, Callable[[], object]] = {
            "floor: a bare script": lambda: floor(names),
            "the same, a fork for each figure": lambda: floor(names, "fork"),
            "truepage render --force": lambda: render("--force"),
            "truepage render, all fresh": render,
            "one figure in a bare script": lambda: floor(names[6:7]),
            "one function edited": lambda: (edit(), render()),
            "truepage --version": lambda: subprocess.run(
                [sys.executable, "-m", "truepage", "--version"],
                check=True,
                stdout=subprocess.DEVNULL,
            ),
        }
        seconds: dict[str, list[float]] = {name: [] for name in measures}
        for round_number in range(options.rounds + 1):
            for name, action in measures.items():
                started = time.perf_counter()
                action()
                if round_number:  # the first round warms the disk
                    seconds[name].append(time.perf_counter() - started)

    medians = {name: statistics.median(values) for name, values in seconds.items()}
    floors = {
        "the same, a fork for each figure": "floor: a bare script",
        "truepage render --force": "floor: a bare script",
        "truepage render, all fresh": "floor: a bare script",
        "one function edited": "one figure in a bare script",
    }
    print(f"{options.figures} figures, {jobs} processes, median of {options.rounds} rounds")
    for name, value in medians.items():
        beside = f"{value / medians[floors[name]]:6.2f} ×" if name in floors else ""
        print(f"{name:32}{value:8.3f} s {beside}")


def make_project(root: Path, figures: int, libraries: Sequence[str] = ()) -> Path:
    """Write a project with as many figures, each of a function of its own."""
    imports = "".join(f"import {library}\n" for library in libraries)
    for folder in ("figures", "src"):
        (root / folder).mkdir(parents=True)
    (root / "pyproject.toml").touch()
    for start in range(1, figures + 1, MODULE):
        numbers = range(start, min(start + MODULE, figures + 1))
        plots = imports + HEAD.format(start) + "".join(PLOT.format(number) for number in numbers)
        functions = "import numpy as np\n" + "".join(FUNCTION.format(number) for number in numbers)
        (root / "figures" / f"plots_{start}.py").write_text(plots)
        (root / "src" / f"library_{start}.py").write_text(functions)
    return root


if __name__ == "__main__":
    main()
