"""Truepage beside mkdocs-jupyter alone: four notebooks that use a library, on one site.

Each notebook imports a library module of its own, computes, prints a value, and draws two curves.
Twenty pages of prose are around them, about as many as this repository's site has. Both sites have
the same theme, pages and notebooks. A page is *right* when it shows the value that the library
gives as it stands now. What four more pages cost by themselves is measured, too: pages that show
the same prose, code and figures, and are no notebooks.

    python bench/notebooks.py [--rounds 3] [--write]
"""

import argparse
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
COUNT = 4
PAGES = 20

LIBRARY = """\
import numpy as np

FACTOR = {number}


def curve(x):
    return FACTOR * np.tanh(x)


def value():
    return 1000 + 10 * {number}


def unused():
    return {number}
"""

NOTEBOOK = """\
# %% [markdown]
# # Notebook {number}
#
# Words 0.

# %%
import matplotlib.pyplot as plt
import numpy as np

import library_{number} as library

x = np.linspace(-5, 5, 201)

# %% [markdown]
# The curve is $f(x) = a \\tanh x$.

# %%
# fig: curve-{number} — The curve.
# alt: A curve that rises.
_, axes = plt.subplots(figsize=(5, 3), layout="constrained")
axes.plot(x, library.curve(x), label="curve")
axes.plot(x, np.gradient(library.curve(x), x), label="slope")
_ = axes.legend()

# %%
# a comment 0
print("shown:", library.value())

# %%
total = sum(float(library.curve(step / 1000)) for step in range(20_000))
assert total > 0
"""

PAGE = """\
# Notebook {number}

Words 0.

```python
{setup}
```

The curve is $`f(x) = a \\tanh x`$.

```python
{drawing}
```

![The curve.](figure:curve-{number})

```python
# a comment 0
print("shown:", library.value())
```

```text
shown: 1000
```

```python
{sum}
```

## Run it yourself

This page is no notebook, and has as many words: `n{number}.ipynb`, `n{number}.py`.
The archive `n{number}.zip` has both, and all that they need: the modules, and the versions
of the packages. Python 3.11 or newer is enough.

```sh
python3 -m zipfile --extract n{number}.zip .
cd n{number}
python3 -m venv environment
environment/bin/pip install --requirement requirements.txt
environment/bin/jupyter lab n{number}.ipynb
```
"""

FIGURE = """\
from truepage import figure


@figure(name="curve-{number}", alt="A curve that rises.")
def curve():
    {setup}
    {drawing}
    return axes.figure
"""

MKDOCS = """\
site_name: Bench
theme:
  name: material
  font: false
markdown_extensions:
  - admonition
  - pymdownx.superfences
plugins:
  - search
{plugins}
"""

JUPYTER = """\
  - mkdocs-jupyter:
      include: ["notebooks/*.py"]
      execute: true
      allow_errors: false
"""

SYSTEMS = {
    "truepage": "  - truepage\n" + JUPYTER,
    "mkdocs-jupyter alone": JUPYTER,
    "truepage, pages instead": "  - truepage\n" + JUPYTER,
    "truepage, without the notebooks": "  - truepage\n" + JUPYTER,
}


def make(root: Path, name: str) -> None:
    """Write the site of a system."""
    plugins = SYSTEMS[name]
    files = {
        "pyproject.toml": "",
        "mkdocs.yml": MKDOCS.format(plugins=plugins),
        "docs/index.md": "# Start\n",
        "figures/none.py": "",
    }
    for number in range(PAGES):
        words = "Words and *more* words, with `code` and a [link](index.md). " * 5
        sections = (f"## Section {section}\n\n{words}\n" for section in range(12))
        files[f"docs/page_{number}.md"] = f"# Page {number}\n\n" + "\n".join(sections)
    for number in range(COUNT):
        files[f"src/library_{number}.py"] = LIBRARY.format(number=number + 1)
        if "instead" in name:
            cells = NOTEBOOK.format(number=number).split("# %%")
            setup, drawing, total = (
                "\n".join(line for line in cells[at].strip().split("\n") if line[:1] != "#")
                for at in (2, 4, 6)
            )
            code = {"number": number, "setup": setup, "drawing": drawing}
            files[f"docs/notebooks/n{number}.md"] = PAGE.format(sum=total, **code)
            inside = {"setup": setup.replace("\n", "\n    ")}
            inside["drawing"] = drawing.replace("\n", "\n    ")
            files[f"figures/curve_{number}.py"] = FIGURE.format(number=number, **inside)
        elif "without" not in name:
            files[f"docs/notebooks/n{number}.py"] = NOTEBOOK.format(number=number)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def build(root: Path) -> tuple[float, float]:
    """Build a site; return the seconds on the clock, and those of its processes."""
    path = [str(root / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    before, started = processor_time(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet"],
        cwd=root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
    )
    seconds, used = time.perf_counter() - started, processor_time() - before
    assert done.returncode == 0, done.stderr
    return seconds, used


def instructions(root: Path) -> int:
    """Return how many instructions a build executes: however busy the machine is, the same."""
    path = [str(root / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    counting = [
        "valgrind",
        "--tool=cachegrind",
        "--cache-sim=no",
        "--cachegrind-out-file=/dev/null",
    ]
    done = subprocess.run(
        [*counting, sys.executable, "-m", "mkdocs", "build", "--quiet"],
        cwd=root,
        env={
            **os.environ,
            "NO_MKDOCS_2_WARNING": "1",
            "PYTHONPATH": os.pathsep.join(path),
            "PYTHONHASHSEED": "0",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = re.findall(r"I +refs: +([\d,]+)", done.stderr)  # of each process
    return sum(int(count.replace(",", "")) for count in found)


def processor_time() -> float:
    """Return the seconds that all builds took until now, in all their processes."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def values(root: Path) -> list[str]:
    """Return the value that each notebook's page shows."""
    pages = (root / f"site/notebooks/n{number}/index.html" for number in range(COUNT))
    texts = (re.sub(r"<[^>]+>", "", page.read_text()) for page in pages)
    return [re.findall(r"shown: (\d+)", text)[-1] for text in texts]


def edit(path: Path, pattern: str, instead: str) -> None:
    """Change a file."""
    text = path.read_text()
    changed = re.sub(pattern, instead, text, count=1)
    assert changed != text, (path, pattern)
    path.write_text(changed)


def measure(folder: Path, number: int) -> dict[str, dict[str, tuple[float, float]]]:
    """Measure one round; the systems take turns. Return system → step → seconds."""
    found: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    roots = {}
    for name in SYSTEMS:
        roots[name] = root = folder / f"{number}-{re.sub(r'[^a-z]+', '-', name)}"
        make(root, name)
        found[name]["cold"] = build(root)
    for _ in range(5):  # more often: this is what is compared most closely
        for name, root in roots.items():
            took = build(root)
            found[name]["no-op"] = min(took, found[name].get("no-op", took), key=lambda t: t[1])
    if number == 0 and shutil.which("valgrind"):
        for name, root in roots.items():
            if name.startswith("truepage"):
                found[name]["instructions"] = (0.0, instructions(root))
    for name, root in roots.items():
        if "," in name:  # without notebooks
            continue
        edit(root / "src/library_1.py", r"1000 \+", f"{2000 + number} +")
        found[name]["library"] = build(root)
        right = values(root)[1] == str(2000 + number + 20)
        others = [value for place, value in enumerate(values(root)) if place != 1]
        assert others == ["1010", "1030", "1040"]
        found[name]["right"] = (float(right), 0.0)
        edit(root / "docs/notebooks/n2.py", r"Words \d+", f"Words {number + 1}")
        found[name]["prose"] = build(root)
    return found


def table(rounds: list[dict[str, dict[str, tuple[float, float]]]]) -> str:
    """Return the results as Markdown."""

    def median(name: str, step: str) -> str:
        taken = [each[name][step][1] for each in rounds if step in each[name]]
        return f"{statistics.median(taken):.2f} s" if taken else "–"

    lines = [
        f"Measured on {time.strftime('%Y-%m-%d')}: Python {platform.python_version()}, "
        f"{platform.system()}, {os.cpu_count()} cores, {COUNT} notebooks, {PAGES} "
        f"other pages, median of {len(rounds)} rounds. Seconds are of processor time, for other "
        "work ran on the machine.",
        "",
        "| Site | cold | no-op | library function edited | page | prose edited |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    for name in SYSTEMS:
        page = "–"
        if "right" in rounds[0][name]:
            page = "right" if all(each[name]["right"][0] for each in rounds) else "**stale**"
        cells = (median(name, step) for step in ("cold", "no-op", "library"))
        lines.append(f"| {name} | {' | '.join(cells)} | {page} | {median(name, 'prose')} |")

    without = "truepage, without the notebooks"

    def ratio(name: str) -> str:
        ratios = [each[name]["no-op"][1] / each[without]["no-op"][1] for each in rounds]
        return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"

    lines += [
        "",
        f"A no-op build with the notebooks, divided by one without them: {ratio('truepage')}. With "
        "as many pages instead that show the same prose, code and figures and are no notebooks: "
        f"{ratio('truepage, pages instead')}.",
        *counted(rounds[0], without),
        "",
        "Versions: "
        + ", ".join(
            f"{name} {version(name)}"
            for name in ("ipykernel", "ipython", "mkdocs", "mkdocs-jupyter", "mkdocs-material")
        )
        + ".",
    ]
    return "\n".join(lines) + "\n"


def counted(first: dict[str, dict[str, tuple[float, float]]], without: str) -> list[str]:
    """Return what is said of instructions, if they were counted."""
    counts = {
        name: steps["instructions"][1] for name, steps in first.items() if "instructions" in steps
    }
    if not counts:
        return []
    ours, pages = (
        f"{counts[name] / counts[without]:.3f}" for name in ("truepage", "truepage, pages instead")
    )
    return [
        "",
        f"In instructions, which other work on the machine does not change: {ours}, and {pages}.",
    ]


def main() -> None:
    """Measure and print; with `--write` keep the table for the guide."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--write", action="store_true", help="keep the table in notebooks.md")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-notebooks-"))
    try:
        text = table([measure(folder, number) for number in range(options.rounds)])
    finally:
        shutil.rmtree(folder)
    print(text)
    if options.write:
        (HERE / "notebooks.md").write_text(text)


if __name__ == "__main__":
    main()
