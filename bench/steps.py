"""A step that ten figures use, beside what is done by hand: what each edit costs, and who is stale.

    python bench/steps.py [--seconds 6] [--megabytes 1000]

The step takes some seconds. It reads a file, calls a helper in another module and has a parameter.
Three tools draw the same ten figures from it: Truepage, each figure in a process of its own and
only those that are stale; and a script that draws all in one process, with `joblib.Memory`, where
that is installed, or with a cache by hand, `np.save` under the arguments' text. Whether a picture
is stale is told by a drawing without any cache.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from truepage.engine.context import BuildContext
from truepage.engine.pool import run
from truepage.engine.project import find_project
from truepage.engine.task import Run
from truepage.figures.manifest import build, find_drawings

FIGURES = 10

SOURCES = {
    "helpers.py": "def shape(x):\n    return x * 1.0\n",
    "model.py": """\
from pathlib import Path

import numpy as np
from helpers import shape
{head}

{decorator}
def simulation(n=1000):
    for _ in range({rounds}):
        pass
    return shape(np.linspace(0, 1, n)) * float(Path("level.txt").read_text())
""",
}
FIGURE = """

@figure(alt="Ten of its values.")
def number_{number}() -> Figure:
    picture = Figure(figsize=(2, 1))
    values = simulation()[:: 100 + {number}]
    picture.subplots().plot(values)
    return picture
"""
HEADS = {
    "truepage": ("from truepage import step", "@step"),
    "joblib": ("import joblib", '@joblib.Memory("cache", verbose=0).cache'),
    "by hand": (
        """

def kept(function):
    def call(n=1000):
        file = Path(f"cache-{n}.npy")
        if not file.exists():
            np.save(file, function(n))
        return np.load(file)
    return call
""",
        "@kept",
    ),
    "none": ("", ""),
}
DRAW = """
import sys
sys.path[:0] = ["src", "figures"]
import matplotlib
matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "x"
import drawn
for number in sys.argv[1:]:
    getattr(drawn, f"number_{number}")().savefig(f"{number}.svg", metadata={"Date": None})
"""

EDITS = {
    "nothing": ("level.txt", "2", "2"),
    "a figure": ("figures/drawn.py", "number_0() -> Figure:\n    picture = Figure(figsize=(2, 1)",
                 "number_0() -> Figure:\n    picture = Figure(figsize=(3, 1)"),
    "the step, same result": ("src/model.py", "return shape(", "return 1 * shape("),
    "its helper": ("src/helpers.py", "x * 1.0", "x * 3.0"),
    "the file it reads": ("level.txt", "2", "5"),
}  # fmt: skip


def write(root: Path, tool: str, seconds: float) -> None:
    """Write the project of a tool."""
    head, decorator = HEADS[tool]
    files = {f"src/{name}": text for name, text in SOURCES.items()}
    files["src/model.py"] = files["src/model.py"].format(
        head=head, decorator=decorator, rounds=int(30e6 * seconds)
    )
    start = "from matplotlib.figure import Figure\nfrom model import simulation\n"
    start += "from truepage import figure\n"
    figures = (FIGURE.format(number=number) for number in range(FIGURES))
    files |= {"figures/drawn.py": start + "".join(figures), "level.txt": "2", "pyproject.toml": ""}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def draw(root: Path, tool: str) -> tuple[float, list[bytes]]:
    """Draw all figures; return the seconds that took, and the pictures."""
    started = time.perf_counter()
    if tool == "truepage":
        manifest = build(find_project(root))
        manifest.raise_failures()
        seconds = time.perf_counter() - started
        return seconds, [each.content for each in manifest.renderings.values()]
    numbers = [str(n) for n in range(FIGURES)]
    subprocess.run([sys.executable, "-c", DRAW, *numbers], cwd=root, check=True)
    seconds = time.perf_counter() - started
    return seconds, [(root / f"{n}.svg").read_bytes() for n in range(FIGURES)]


def compare(seconds: float) -> None:
    """Make each edit for each tool, and say what it cost and which pictures are stale."""
    tools = ["truepage", "by hand", "none"]
    try:
        __import__("joblib")
        tools.insert(1, "joblib")
    except ImportError:
        print("joblib is not installed: it is left out.")
    with tempfile.TemporaryDirectory() as folder:
        roots = {tool: Path(folder, tool.replace(" ", "-")) for tool in tools}
        for tool, root in roots.items():
            write(root, tool, 0.0 if tool == "none" else seconds)
        before: dict[str, list[bytes]] = {}
        print(f"{'edit':24}" + "".join(f"{tool:>22}" for tool in tools[:-1]))
        for edit in ["first", *EDITS]:
            if edit in EDITS:
                name, old, new = EDITS[edit]
                for root in roots.values():
                    path = root / name
                    assert old in path.read_text()
                    path.write_text(path.read_text().replace(old, new))
            took, pictures = {}, {}
            for tool, root in roots.items():
                took[tool], pictures[tool] = draw(root, tool)
            changed = [
                edit == "first" or one != other
                for one, other in zip(pictures["none"], before.get("none", []), strict=False)
            ] or [True] * FIGURES
            cells = []
            for tool in tools[:-1]:
                same = before.get(tool) and zip(pictures[tool], before[tool], strict=True)
                kept = [one == other for one, other in same] if same else [False] * FIGURES
                stale = sum(
                    is_new and is_kept for is_new, is_kept in zip(changed, kept, strict=True)
                )
                cells.append(f"{took[tool]:8.2f} s{f', {stale} stale' if stale else '':>12}")
            print(f"{edit:24}" + "".join(cells), flush=True)
            before = pictures


LARGE = """
import time
import numpy as np
from matplotlib.figure import Figure
from truepage import figure
from large import large


def draw():
    large(0)
    began = time.perf_counter()
    values = large()
    picture = Figure(figsize=(2, 1))
    picture.text(0, 0, "x")
    print(f"LOADED {1000 * (time.perf_counter() - began):.1f}")
    return picture
"""


def measure(megabytes: int) -> None:
    """Let ten figures load a large result; say how much memory that takes, and how long."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        figures = "".join(
            f'\n\n@figure(alt="A.")\ndef number_{n}():\n    return draw()\n' for n in range(FIGURES)
        )
        files = {
            "pyproject.toml": "",
            "src/large.py": "import numpy as np\nfrom truepage import step\n\n\n@step\n"
            f"def large(n={megabytes << 17}):\n    return np.arange(n, dtype=float)\n",
            "figures/drawn.py": LARGE + figures,
        }
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        project = find_project(root)
        context = BuildContext(project)
        began = time.perf_counter()
        loads = []
        for outcome in run(project, list(find_drawings(context).values())):
            assert isinstance(outcome, Run), outcome
            loads += [float(line.split()[1]) for line in outcome.said.splitlines()]
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{megabytes} MiB for {FIGURES} figures: {time.perf_counter() - began:.1f} s in all;")
        print(f"loads {min(loads):.1f} to {max(loads):.1f} ms; the largest process {peak:.0f} MiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--megabytes", type=int, default=1000)
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    compare(options.seconds)
    measure(options.megabytes)
