"""Truepage beside other tools that draw figures while a site is built.

Every tool gets the same N functions in library modules and draws each as the same picture, an SVG.
Where a tool caches by script, it gets a script for each figure: the finest grain it has. All are
measured in one run, in turn. A published picture is *right* when its curve is the graph of the
library's function as it stands now; it was *drawn* when its bytes are new, for a peer's SVG has new
identifiers after each drawing. Truepage's bytes do not change, so it is asked what it drew.

    python bench/peers.py [--figures 60] [--rounds 3]

The peers come from `bench/peers.txt`, into an environment of their own under `.truepage/`. What it
was resolved from is PEERS, below:

    uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-header --no-annotate --constraint requirements.txt --output-file bench/peers.txt -
"""

import argparse
import datetime
import hashlib
import json
import os
import platform
import re
import resource
import runpy
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import numpy as np
from figures import FLOOR, FUNCTION, MODULE, make_project

from truepage.build import build
from truepage.job import ENVIRONMENT
from truepage.pictures.paths import places
from truepage.project import find_project
from truepage.workshop import Workshop

HERE = Path(__file__).parent
PEERS = (
    "markdown-exec",
    "matplotlib",
    "mkdocs",
    "mkdocs-gallery",
    "mkdocs-material",
    "numpy",
    "sphinx",
    "sphinx-gallery[parallel]",
)
EDITED = 7
"""The figure whose function, and whose comment, is edited."""
COMMENT = "# Edited {0} times.\n"


# What each project is made of.

SCRIPT = '''"""
{title}

Its graph.
"""
# Edited 0 times.
import matplotlib.pyplot as plt
import numpy as np

import library_{start} as library

figure, axes = plt.subplots()
x = np.linspace(-5, 5, 201)
axes.plot(x, library.function_{number}(x), label="function {number}")
axes.set(xlabel="x", ylabel="f(x)", title="Function {number}")
axes.legend()
'''

BLOCK = """
```python exec="true" html="true"
# Edited 0 times.
import io

import numpy as np
from matplotlib.figure import Figure

import library_{start} as library

figure = Figure()
axes = figure.subplots()
x = np.linspace(-5, 5, 201)
axes.plot(x, library.function_{number}(x), label="function {number}")
axes.set(xlabel="x", ylabel="f(x)", title="Function {number}")
axes.legend()
buffer = io.StringIO()
figure.savefig(buffer, format="svg")
print(buffer.getvalue())
```
"""

MKDOCS = """site_name: Bench
theme:
  name: material
  font: false
markdown_extensions:
  - pymdownx.superfences
plugins:
  - search
"""

GALLERY_MKDOCS = """  - gallery:
      conf_script: docs/gallery_conf.py
      examples_dirs: [docs/scripts]
      gallery_dirs: [docs/gallery]
nav:
  - Bench: index.md
  - Gallery: gallery
"""

# Both galleries publish PNG unless told otherwise.
GALLERY_MKDOCS_CONF = """from mkdocs_gallery.scrapers import matplotlib_scraper


def svg(*arguments, **options):
    return matplotlib_scraper(*arguments, format="svg", **options)


conf = {"image_scrapers": (svg,)}
"""

GALLERY_SPHINX_SCRAPER = """from sphinx_gallery.scrapers import matplotlib_scraper


def svg(*arguments, **options):
    return matplotlib_scraper(*arguments, format="svg", **options)
"""

GALLERY_SPHINX_CONF = """import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
project = "Bench"
extensions = ["sphinx_gallery.gen_gallery"]
sphinx_gallery_conf = {
    "examples_dirs": "../scripts",
    "gallery_dirs": "gallery",
    "image_scrapers": ("svg_scraper.svg",),
    "parallel": True,
}
"""

PLOT_CONF = """project = "Bench"
extensions = ["matplotlib.sphinxext.plot_directive"]
plot_formats = ["svg"]
"""


@dataclass(frozen=True)
class System:
    """A tool, or a way to use it.

    Parameters
    ----------
    name
        What the table calls it.
    write
        Writes its project of N figures into a folder.
    command
        Builds the site, in that folder.
    site
        Where the built site is.
    drawing
        The file that draws the edited figure; none where pictures are ready-made.
    drawn
        Finds in what the command printed how many figures it drew, where their bytes do not tell.
    """

    name: str
    write: Callable[[Path, int], object]
    command: tuple[str | Path, ...]
    site: str
    drawing: str | None
    drawn: Callable[[str], int] | None = None


def systems(python: Path, jobs: int) -> list[System]:
    """Return all that is measured.

    Parameters
    ----------
    python
        The interpreter of the peers' environment.
    jobs
        How many processes a tool may use, if it can.
    """
    mkdocs = (python, "-m", "mkdocs", "build", "--quiet")
    sphinx = (python, "-m", "sphinx", "-q", "docs", "site")
    script, page = f"scripts/plot_{EDITED}.py", "docs/page_1.md"
    plots = "figures/plots_1.py"
    parallel = f"-j{jobs}"
    return [
        System(
            "truepage, site with MkDocs",
            write_truepage,
            (sys.executable, "-m", "mkdocs", "build"),
            "site",
            plots,
            lambda output: int(re.search(r"(\d+) figures drawn", output)[1]),
        ),
        System(
            "truepage render",
            write_figures,
            (sys.executable, "-m", "truepage", "render", "--quiet", "--json"),
            "figures/rendered",
            plots,
            lambda output: len(json.loads(output)["drawn"]),
        ),
        System("mkdocs-gallery", write_mkdocs_gallery, mkdocs, "site", f"docs/{script}"),
        System("markdown-exec", write_markdown_exec, mkdocs, "site", page),
        System("plot_directive", write_plot_directive, sphinx, "site", script),
        System(
            f"plot_directive {parallel}",
            write_plot_directive,
            (*sphinx, parallel),
            "site",
            script,
        ),
        System("sphinx-gallery", write_sphinx_gallery, sphinx, "site", script),
        System(
            f"sphinx-gallery {parallel}",
            write_sphinx_gallery,
            (*sphinx, parallel),
            "site",
            script,
        ),
        System("ready-made pictures, MkDocs", write_ready, mkdocs, "site", None),
    ]


def write_pages(root: Path, figures: int, pattern: str, config: str) -> None:
    """Write an MkDocs site, as many figures to a page as there are functions in a module."""
    (root / "mkdocs.yml").write_text(config)
    (root / "docs").mkdir()
    (root / "docs" / "index.md").write_text("# Bench\n")
    for start in range(1, figures + 1, MODULE):
        text = f"# Functions from {start}\n"
        for number in range(start, min(start + MODULE, figures + 1)):
            text += "\n" + pattern.format(number=number, start=start) + "\n"
        (root / "docs" / f"page_{start}.md").write_text(text)


def write_figures(root: Path, figures: int) -> None:
    """Write a project of truepage's without a site."""
    make_project(root, figures)
    for plots in (root / "figures").glob("*.py"):
        plots.write_text(COMMENT.format(0) + plots.read_text())


def write_truepage(root: Path, figures: int) -> None:
    """Write a site whose pictures truepage draws."""
    write_figures(root, figures)
    pattern = "![Curve number {number}.](figure:curve-{number})"
    write_pages(root, figures, pattern, MKDOCS + "  - truepage\n")


def write_ready(root: Path, figures: int) -> None:
    """Write a site that shows ready-made pictures."""
    make_project(root, figures)
    write_pages(root, figures, "![Curve number {number}.](pictures/curve_{number}.svg)", MKDOCS)
    (root / "docs" / "pictures").mkdir()
    run_floor(root, root / "docs" / "pictures", figures)


def write_same(root: Path, figures: int, built: Path) -> None:
    """Write a site whose pages are those of a built one, ready-made: HTML and all other files."""
    root.mkdir()
    write_pages(root, figures, "", MKDOCS)
    for page in (root / "docs").glob("page_*.md"):
        html = (built / page.stem / "index.html").read_text()
        shown = re.search(r"<article[^>]*>.*?</h1>(.*)</article>", html, re.DOTALL)
        assert shown
        within = re.sub(r"\n\s*\n", "\n", shown[1].strip())  # an empty line would end the block
        page.write_text(f"{page.read_text()}\n<div>\n{within}\n</div>\n")
    shutil.copytree(built / "assets" / "figures", root / "docs" / "assets" / "figures")


def write_markdown_exec(root: Path, figures: int) -> None:
    """Write a site whose pages draw while they are rendered."""
    make_project(root, figures)
    write_pages(root, figures, BLOCK, MKDOCS + "  - markdown-exec\n")


def write_scripts(root: Path, figures: int, title: Callable[[str], str]) -> None:
    """Write a script for each figure."""
    make_project(root, figures)
    (root / "scripts").mkdir()
    for number in range(1, figures + 1):
        start = (number - 1) // MODULE * MODULE + 1
        text = SCRIPT.format(title=title(f"Function {number}"), number=number, start=start)
        (root / "scripts" / f"plot_{number}.py").write_text(text)


def markdown_title(words: str) -> str:
    """Return a title in Markdown."""
    return f"# {words}"


def sphinx_title(words: str) -> str:
    """Return a title in reStructuredText."""
    return f"{words}\n{'=' * len(words)}"


def write_mkdocs_gallery(root: Path, figures: int) -> None:
    """Write a gallery for MkDocs."""
    write_scripts(root, figures, markdown_title)
    (root / "docs").mkdir()
    (root / "scripts").rename(root / "docs" / "scripts")
    (root / "docs" / "scripts" / "README.md").write_text("# Gallery\n")
    (root / "docs" / "index.md").write_text("# Bench\n")
    (root / "docs" / "gallery_conf.py").write_text(GALLERY_MKDOCS_CONF)
    (root / "mkdocs.yml").write_text(MKDOCS + GALLERY_MKDOCS)


def write_sphinx_gallery(root: Path, figures: int) -> None:
    """Write a gallery for Sphinx."""
    write_scripts(root, figures, sphinx_title)
    (root / "scripts" / "GALLERY_HEADER.rst").write_text(f"{sphinx_title('Gallery')}\n")
    (root / "docs").mkdir()
    (root / "docs" / "conf.py").write_text(GALLERY_SPHINX_CONF)
    (root / "docs" / "svg_scraper.py").write_text(GALLERY_SPHINX_SCRAPER)
    contents = f"{sphinx_title('Bench')}\n\n.. toctree::\n\n   gallery/index\n"
    (root / "docs" / "index.rst").write_text(contents)


def write_plot_directive(root: Path, figures: int) -> None:
    """Write a Sphinx site whose pages name the scripts that draw."""
    write_scripts(root, figures, sphinx_title)
    (root / "docs").mkdir()
    (root / "docs" / "conf.py").write_text(PLOT_CONF)
    contents = f"{sphinx_title('Bench')}\n\n.. toctree::\n\n"
    for start in range(1, figures + 1, MODULE):
        contents += f"   page_{start}\n"
        text = f"{sphinx_title(f'Functions from {start}')}\n"
        for number in range(start, min(start + MODULE, figures + 1)):
            text += f"\n.. plot:: ../scripts/plot_{number}.py\n"
        (root / "docs" / f"page_{start}.rst").write_text(text)
    (root / "docs" / "index.rst").write_text(contents)


# A warm worker that draws what it is told, each figure in a fork, and answers with the processor
# time of each; "without" it has nothing installed that records.
RECORDING = """
import json, os, sys
from types import SimpleNamespace
from truepage import worker
from truepage.pictures import picture
from truepage.recording import watching

if sys.argv[1] == "without":
    nothing = lambda *arguments, **options: None
    worker.Recorder = lambda: SimpleNamespace(
        install=nothing, note_what_is_imported=nothing, depend_on=nothing, start=nothing,
        stop=nothing, parts={}, installed=[], ours=[], unseen={})
    worker.importing = worker.watching = worker.hearing = SimpleNamespace(install=nothing)
    watching.watch_matplotlib = nothing

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


# What is measured.


def run_floor(root: Path, out: Path, figures: int) -> float:
    """Draw with a bare script, in as many processes as there are cores; return the seconds."""
    names = [
        f"plots_{(number - 1) // MODULE * MODULE + 1}:curve_{number}"
        for number in range(1, figures + 1)
    ]
    out.mkdir(parents=True, exist_ok=True)
    path = {**os.environ, "PYTHONPATH": f"{root / 'figures'}{os.pathsep}{root / 'src'}"}
    style = Path(sys.modules["truepage"].__file__).parent / "pictures/truepage.mplstyle"
    jobs = find_project(root).jobs
    started = time.perf_counter()
    running = [
        subprocess.Popen([sys.executable, "-c", FLOOR, style, out, "share", *share], env=path)
        for start in range(jobs)
        if (share := names[start::jobs])
    ]
    assert not any(process.wait() for process in running)
    return time.perf_counter() - started


def run(system: System, root: Path) -> tuple[float, str]:
    """Build a site; return the seconds, and what the command printed."""
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    if system.drawn is None:  # truepage finds src/ by itself
        environment["PYTHONPATH"] = str(root / "src")
    started = time.perf_counter()
    done = subprocess.run(
        system.command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{system.name}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    # MkDocs logs to standard error, and truepage's JSON must stand alone.
    return seconds, done.stdout or done.stderr


class Images(HTMLParser):
    """The addresses of the images that a page shows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an image."""
        address = dict(attrs).get("src")
        if tag == "img" and address:
            self.addresses.add(unquote(urldefrag(address).url))


def published(site: Path) -> dict[int, set[str]]:
    """Return the pictures that a site's pages show: number of the function → SVG documents."""
    pictures = set()
    pages = sorted(site.rglob("*.html"))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        pictures.update(re.findall(r"<svg\b.*?</svg>", text, re.DOTALL))
        for address in Images(text).addresses:
            if address.endswith(".svg") and not address.startswith(("http", "data")):
                pictures.add((page.parent / address).read_text(encoding="utf-8"))
    if not pages:
        pictures.update(path.read_text(encoding="utf-8") for path in site.glob("*.svg"))
    found = defaultdict(set)
    for picture in pictures:
        if title := re.search(r"\bFunction (\d+)", picture):
            found[int(title[1])].add(picture)
    return found


def shows(picture: str, function: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Tell whether the curve of a picture is the graph of a function on [-5, 5].

    Both are scaled to the unit square, so that no tool's size, style or margins matter. The curve
    is the open path with the most points; matplotlib leaves out points on a straight line. Scaled,
    the functions of high numbers are alike, all but straight: which of them a picture shows, its
    title says. The edited function is far from what it was.
    """
    paths = re.findall(r' d="((?:[ML] [-\d.]+ [-\d.]+\s*)+)"', picture)
    curves = [np.array(re.findall(r"[ML] (\S+) (\S+)", path), float) for path in paths]
    ours = re.findall(r' d="(M[-\d. ]+(?:[lhv][-\d. ]+)+)"', picture)  # relative, and shorter
    curves += [np.array([point for _, point in places(path)]) for path in ours]
    curve = max(curves, key=len)
    x, y = curve[:, 0], -curve[:, 1]
    xs = np.linspace(-5, 5, 201)
    expected = function(xs)

    def scaled(values: np.ndarray) -> np.ndarray:
        return (values - values.min()) / np.ptp(values)

    return bool(np.abs(np.interp(scaled(x), scaled(xs), scaled(expected)) - scaled(y)).max() < 0.01)


def is_right(pictures: dict[int, set[str]], root: Path, number: int) -> bool:
    """Tell whether every published picture of a function shows it as it is in the library now."""
    start = (number - 1) // MODULE * MODULE + 1
    library = runpy.run_path(str(root / "src" / f"library_{start}.py"))
    found = pictures.get(number, set())
    return bool(found) and all(shows(picture, library[f"function_{number}"]) for picture in found)


def edit_function(root: Path, number: int) -> None:
    """Give the edited figure's function another shape."""
    library = root / "src" / "library_1.py"
    text = library.read_text()
    before = FUNCTION.format(EDITED)
    assert before in text
    library.write_text(text.replace(before, before.replace(f"x / {EDITED}", f"x * {number}")))


def edit_comment(drawing: Path) -> None:
    """Change the comment beside the drawing of the edited figure."""
    text = drawing.read_text()
    place = text.rfind(COMMENT.format(0), 0, max(text.find(f"function_{EDITED}("), 0))
    assert place >= 0
    drawing.write_text(text[:place] + text[place:].replace(COMMENT.format(0), COMMENT.format(1), 1))


@dataclass(frozen=True)
class Row:
    """One system in one round."""

    cold: float
    floor: float
    no_op: float
    edited: float | None = None
    edited_drawn: int | None = None
    right: bool | None = None
    comment_drawn: int | None = None


def measure(system: System, root: Path, figures: int) -> Row:
    """Build a project of one system four times: cold, unchanged, and after either edit."""
    root.mkdir()
    system.write(root, figures)
    pictures: dict[int, set[str]] = {}

    def build() -> tuple[float, int]:
        nonlocal pictures
        seconds, output = run(system, root)
        before, pictures = pictures, published(root / system.site)
        changed = sum(pictures[number] != before.get(number) for number in pictures)
        return seconds, changed if system.drawn is None else system.drawn(output)

    with tempfile.TemporaryDirectory() as out:
        before = run_floor(root, Path(out), figures)
        cold, drawn = build()
        after = run_floor(root, Path(out), figures)
    floor = (before + after) / 2  # what else runs on the machine slows all three
    wrong = [number for number in range(1, figures + 1) if not is_right(pictures, root, number)]
    assert not wrong and drawn == figures, f"{system.name}: drew {drawn}; wrong: {wrong}"
    no_op, _ = build()
    if system.drawing is None:
        return Row(cold, floor, no_op)
    edit_function(root, 1)
    edited, edited_drawn = build()
    right = is_right(pictures, root, EDITED)
    edit_comment(root / system.drawing)
    _, comment_drawn = build()
    return Row(cold, floor, no_op, edited, edited_drawn, right, comment_drawn)


def no_op(folder: Path, figures: int, rounds: int) -> dict[str, np.ndarray]:
    """Return the processor time of building an unchanged site, in seconds, of each round.

    There is a site of `truepage`; one that shows ready-made pictures, `bare`; and one that has
    truepage's own pages ready-made, the `same`. Within the first, the `engine` alone.
    """
    roots = {name: folder / name for name in ("truepage", "bare", "same")}
    for name, write in (("truepage", write_truepage), ("bare", write_ready)):
        roots[name].mkdir()
        write(roots[name], figures)
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}

    def seconds(name: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=roots[name], env=environment, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def engine() -> float:
        started = time.process_time()
        manifest = build(project, workshop=Workshop(project))
        used = time.process_time() - started
        assert len(manifest.renderings) == figures
        assert not manifest.drawn
        return used

    seconds("truepage")  # draws
    write_same(roots["same"], figures, roots["truepage"] / "site")
    project = find_project(roots["truepage"])
    measured = []
    for round_number in range(-1, rounds):  # the first warms the disk
        order = sorted(roots, reverse=bool(round_number % 2))
        measured.append({**{name: seconds(name) for name in order}, "engine": engine()})
    return {name: np.array([used[name] for used in measured[1:]]) for name in measured[0]}


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
    jobs = Workshop(project).drawings().values()
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
        for number, job in enumerate(jobs):
            used, pictures = {}, {}
            for how in sorted(workers, reverse=bool((round_number + number) % 2)):
                order = {
                    "name": job.name,
                    "request": job.request,
                    "root": str(root),
                    "import_from": [str(root / "figures"), str(root / "src")],
                    "folder": str(project.cache_dir),
                    "cache": str(project.cache_dir),
                }
                worker = workers[how]
                assert worker.stdin and worker.stdout
                print(json.dumps(order), file=worker.stdin, flush=True)
                used[how] = float(worker.stdout.readline())
                left = project.cache_dir / f"{job.name}.result"
                pictures[how] = left.read_bytes().partition(b"\n")[2]
            assert pictures["with"] == pictures["without"], job.name
            if round_number >= 0:
                measured.append([used["with"], used["without"]])
    for worker in workers.values():
        worker.communicate()
    pairs = np.array(measured).reshape(rounds, len(jobs), 2)
    return np.median(pairs, axis=0)


def copy_of_own(root: Path) -> None:
    """Copy this repository's own figures and the code they draw."""
    ignored = shutil.ignore_patterns("__pycache__", "rendered")
    shutil.copytree(HERE.parent / "figures", root / "figures", ignore=ignored)
    shutil.copytree(HERE.parent / "src" / "neural", root / "src" / "neural", ignore=ignored)
    (root / "pyproject.toml").touch()


# The environment of the peers, and the tables.


def peers_python() -> Path:
    """Return the interpreter of the peers' environment; make it if it is missing or outdated."""
    lock = HERE / "peers.txt"
    folder = HERE.parent / ".truepage" / "peers"
    ready = folder / "ready"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not ready.is_file() or ready.read_text() != digest:
        print("Setting up the peers, once; it takes a minute.", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = ["install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([python, "-m", "pip", *install, "-r", lock], check=True)
        ready.write_text(digest)
    return python


def versions(python: Path) -> str:
    """Return the peers and their versions, in words."""
    names = [re.sub(r"\[.*", "", name) for name in PEERS]
    asking = "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"
    done = subprocess.run(
        [python, "-c", asking, *names], stdout=subprocess.PIPE, text=True, check=True
    )
    return ", ".join(map(" ".join, zip(names, done.stdout.split(), strict=True)))


def cells(name: str, rows: list[Row]) -> list[str]:
    """Return a system's line of the table: medians of the rounds."""

    def median(values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return statistics.median(known) if known else None

    def seconds(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f} s"

    def counts(values: list[int | None]) -> str:
        known = sorted({value for value in values if value is not None})
        return " or ".join(map(str, known)) if known else "–"

    ratios = sorted(row.cold / row.floor for row in rows)
    rights = {row.right for row in rows}
    words = {True: "right", False: "**stale**", None: "–"}
    return [
        name,
        f"{statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})",
        seconds(median([row.no_op for row in rows])),
        seconds(median([row.edited for row in rows])),
        counts([row.edited_drawn for row in rows]),
        words[rights.pop()] if len(rights) == 1 else "sometimes **stale**",
        counts([row.comment_drawn for row in rows]),
    ]


def comparison(words: str, measured: np.ndarray) -> list[str]:
    """Return a line that compares, for pairs of seconds, the first with the second: medians."""
    with_truepage, without = np.median(measured, axis=0)
    more = np.median(measured[:, 0] / measured[:, 1]) - 1
    milliseconds = (f"{1000 * value:.0f} ms" for value in (without, with_truepage))
    return [words, *milliseconds, f"{more:+.1%}".replace("%", " %")]


def table(head: list[str], lines: list[list[str]]) -> str:
    """Return a table in Markdown; all columns but the first are aligned to the right."""
    rule = ["---", *["--:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(line)} |\n" for line in [head, rule, *lines])


def main() -> None:
    """Measure; print the tables and write them to `bench/results.md`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--figures", type=int, default=60, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--large", type=int, default=300, metavar="N", help="for the no-op alone")
    options = parser.parse_args()
    if options.figures < EDITED:
        parser.error(f"--figures is {options.figures}; expected at least {EDITED}, which is edited")

    python = peers_python()
    rows: dict[str, list[Row]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jobs = find_project(make_project(folder / "empty", 0)).jobs
        for round_number in range(options.rounds):
            for number, system in enumerate(systems(python, jobs)):
                print(f"round {round_number + 1}: {system.name}", file=sys.stderr)
                root = folder / f"project-{round_number}-{number}"
                rows[system.name].append(measure(system, root, options.figures))
                shutil.rmtree(root)
        print("no-op and recording", file=sys.stderr)
        (folder / "no-op").mkdir()
        used = no_op(folder / "no-op", options.large, 5 * options.rounds)
        added = [
            comparison(
                f"`mkdocs build`, nothing changed, {options.large} figures; without: {words}",
                np.stack([used["truepage"], used[name]], axis=1),
            )
            for name, words in (
                ("same", "the same pages, ready-made"),
                ("bare", "pages that show a ready-made picture for each figure and nothing else"),
            )
        ]
        share = np.median(used["engine"] / used["bare"])
        alone = (
            f"To find {options.large} figures fresh takes {1000 * np.median(used['engine']):.0f} "
            f"ms, {share:.1%} of the build with nothing but pictures. The rest is what a page "
            "shows of a figure besides: its code, data, downloads and number.\n\n"
        ).replace("%", " %")
        for words, write, rounds in (
            ("drawing one curve, recorded", lambda root: make_project(root, 1), 100),
            ("drawing a figure of this site, recorded", copy_of_own, 5),
        ):
            (folder / words).mkdir()
            measured = recording(folder / words, write, rounds * options.rounds)
            added.append(comparison(words, measured))

    head = [
        "System",
        "cold ÷ floor",
        "no-op",
        "function edited",
        "drawn",
        "picture",
        "comment edited: drawn",
    ]
    today = datetime.datetime.now(datetime.UTC).date()
    report = (
        f"Measured on {today}: Python {platform.python_version()}, {platform.system()}, "
        f"{jobs} cores, {options.figures} figures, median of {options.rounds} rounds "
        "(least–most).\n\n"
        f"{table(head, [cells(system, measured) for system, measured in rows.items()])}\n"
        f"{table(['Processor time', 'without', 'with truepage', 'more'], added)}\n"
        f"{alone}"
        f"Versions: {versions(python)}.\n"
    )
    (HERE / "results.md").write_text(report, encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
