"""matplotlib's own gallery, drawn by Truepage: what is drawn, refused, broken, and at what cost.

Each of the gallery's scripts becomes a figure, mechanically: a function that runs it and returns
what it leaves open in pyplot, and one more function for each further figure. First every script
is run bare, in Truepage's style and a process of its own, which says what matplotlib itself can
draw here, and leaves Agg's picture of it to compare with. Then Truepage builds them all, twice:
what is drawn the second time is drawn every time.

    python bench/gallery.py [--sample N | --only NAME …] [--json FILE] [--sheet FILE] [--cost N]

The scripts come with matplotlib's source distribution, which pip fetches; it, the project and the
pictures are kept under `.truepage/gallery/`.
"""

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "browser"))

from gallerying.measuring import Drawn, browser_page, measure  # noqa: E402
from gallerying.sheet import write_sheet  # noqa: E402

from truepage.build import build  # noqa: E402
from truepage.progress import ProgressLine  # noqa: E402
from truepage.project import find_project  # noqa: E402

STORE = HERE.parent / ".truepage" / "gallery"
BARE = HERE / "gallerying" / "bare.py"

# pip asks a source distribution's build system for its metadata before it hands it out. This one
# answers at once, without a compiler.
BUILD_SYSTEM = """
from pathlib import Path
def prepare_metadata_for_build_wheel(folder, settings=None):
    info = Path(folder, "matplotlib-{0}.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: matplotlib\\nVersion: {0}\\n")
    return info.name
"""

WRAPPER = """
@figure(alt="Figure {number} of {script}.")
def {function}():
    sys.path.insert(0, {folder!r})
    runpy.run_path({script!r}, run_name="__main__")
    return plt.figure(plt.get_fignums()[{index}])
"""
HEAD = (
    "import runpy\nimport sys\n\nimport matplotlib.pyplot as plt\n\nfrom truepage import figure\n"
)


@dataclass
class Report:
    """What came of the scripts.

    Parameters
    ----------
    scripts
        How many were tried.
    skipped
        Script → why matplotlib itself does not draw it here: another library, LaTeX, no figure.
    drawn
        Names of the figures that were drawn.
    refused
        Figure → the one line that says why not.
    broken
        Figure → what was raised that the bare script does not raise, or only in Truepage's style.
    every_time
        Figure → why it was drawn again when nothing had changed.
    warnings
        What the build warned of.
    measured
        Figure → what `measure` found.
    """

    scripts: int
    skipped: dict[str, str] = field(default_factory=dict)
    drawn: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    every_time: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    measured: dict[str, dict[str, Any]] = field(default_factory=dict)


def main() -> None:
    """Draw what is asked for and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, metavar="N", help="N scripts, evenly spread")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="scripts whose path has NAME in it"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="write a contact sheet, as HTML")
    parser.add_argument("--cost", type=int, metavar="N", help="only: processor time for N scripts")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    options = parser.parse_args()

    scripts = choose(find_scripts(fetch()), options.sample, options.only or ())
    if options.cost:
        cost(scripts, options.cost, options.jobs)
        return
    report, drawn = draw(scripts, options.jobs)
    shots = STORE / "shown"
    shots.mkdir(exist_ok=True)
    with browser_page() as page:
        for each in drawn:
            report.measured[each.name] = measure(each, page, shots)
    if options.sheet:
        write_sheet(options.sheet, drawn, report.measured, shots)
    if options.json:
        options.json.write_text(json.dumps(vars(report), indent=1))
    show(report)


def fetch() -> Path:
    """Return the folder of the gallery that belongs to the installed matplotlib."""
    release = version("matplotlib")
    folder = STORE / f"matplotlib-{release}"
    if not folder.is_dir():
        STORE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=STORE) as scratch:
            Path(scratch, "mesonpy.py").write_text(BUILD_SYSTEM.format(release))
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--no-build-isolation", "--no-binary", "matplotlib", "--dest", scratch]
            subprocess.run(
                [*command, f"matplotlib=={release}"],
                check=True,
                env={**os.environ, "PYTHONPATH": scratch},
            )
            (archive,) = Path(scratch).glob("*.tar.gz")
            with tarfile.open(archive) as packed:
                inside = [m for m in packed.getmembers() if "/galleries/examples/" in m.name]
                packed.extractall(scratch, inside, filter="data")
            Path(scratch, f"matplotlib-{release}/galleries/examples").rename(folder)
    return folder


def find_scripts(gallery: Path) -> list[Path]:
    """Return the scripts of a gallery, in order."""
    return sorted(gallery.rglob("*.py"))


def choose(scripts: Sequence[Path], sample: int | None, only: Collection[str]) -> list[Path]:
    """Return the scripts that are asked for."""
    chosen = [s for s in scripts if not only or any(name in s.as_posix() for name in only)]
    if sample and sample < len(chosen):
        chosen = [chosen[at * len(chosen) // sample] for at in range(sample)]
    return chosen


def key(script: Path) -> str:
    """Return what a script is called: `lines-bars-and-markers-bar-label-demo`."""
    return re.sub(r"[^a-z0-9]+", "-", f"{script.parent.name}-{script.stem}".lower()).strip("-")


def make_project(root: Path, scripts: Iterable[Path], counts: dict[str, int]) -> None:
    """Write a project with a figure for each figure of each script.

    Parameters
    ----------
    counts
        Script's key → how many figures it leaves open.
    """
    figures = root / "figures"
    shutil.rmtree(figures, ignore_errors=True)
    figures.mkdir(parents=True)
    (root / "pyproject.toml").touch()
    for script in scripts:
        folder = root / "scripts" / script.parent.name
        shutil.copytree(script.parent, folder, dirs_exist_ok=True)
        text, name = HEAD, key(script)
        for index in range(counts[name]):
            text += WRAPPER.format(
                number=index + 1,
                script=f"scripts/{script.parent.name}/{script.name}",
                folder=f"scripts/{script.parent.name}",
                function=f"{name}{f'-{index + 1}' if index else ''}".replace("-", "_"),
                index=index,
            )
        (figures / f"{name.replace('-', '_')}.py").write_text(text)


def run_bare(
    scripts: Sequence[Path], out: Path, jobs: int, *, fork: bool
) -> list["subprocess.Popen[bytes]"]:
    """Run scripts bare in some processes at once (`gallerying/bare.py`) and wait for them."""
    out.mkdir(parents=True, exist_ok=True)
    running = [
        subprocess.Popen(
            [sys.executable, BARE, out, "fork" if fork else "loop", *scripts[start::jobs]],
            cwd=out,  # some write files
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for start in range(min(jobs, len(scripts)))
    ]
    for process in running:
        process.wait()
    return running


def draw(scripts: Sequence[Path], jobs: int) -> tuple[Report, list[Drawn]]:
    """Draw scripts bare and with Truepage; return what came of it."""
    report = Report(len(scripts))
    bare = STORE / "bare"
    known = {key(script): bare / f"{key(script)}.json" for script in scripts}
    run_bare([s for s in scripts if not known[key(s)].is_file()], bare, jobs, fork=True)
    found = {name: json.loads(path.read_text()) for name, path in known.items()}
    for name, each in found.items():
        if not each["figures"]:
            (report.broken if each.get("ours") else report.skipped)[name] = each["why"]
    wanted = [script for script in scripts if found[key(script)]["figures"]]

    root = STORE / "project"
    make_project(root, wanted, {name: each["figures"] for name, each in found.items()})
    shutil.rmtree(root / ".truepage", ignore_errors=True)
    project = find_project(root)
    first = build(project, progress=ProgressLine(sys.stderr))
    again = build(project)
    report.drawn = sorted(first.renderings)
    report.every_time = {name: list(reasons) for name, reasons in again.drawn.items()}
    report.warnings = list(first.warnings)
    for failure in first.failures:
        # An error has its type first and its frames below; a refusal is one line of ours.
        words = failure.message.partition(f"figure {failure.name!r}: ")[2]
        broken = "\n" in words or re.match(r"\w*(Error|Exception|Exit|Warning):", words)
        (report.broken if broken else report.refused)[failure.name] = failure.message
    names = {
        f"{name}{f'-{index + 1}' if index else ''}": bare / f"{name}.{index}.png"
        for name, each in found.items()
        for index in range(each["figures"])
    }
    drawn = [
        Drawn(name, names[name], rendering.product.files, rendering.product.facts)
        for name, rendering in first.renderings.items()
    ]
    return report, drawn


def cost(scripts: Sequence[Path], count: int, jobs: int) -> None:
    """Print the processor time of a cold build beside that of the bare loop, for some scripts."""
    bare = STORE / "bare"
    known = {key(script): bare / f"{key(script)}.json" for script in scripts}
    run_bare([s for s in scripts if not known[key(s)].is_file()], bare, jobs, fork=True)
    single = [s for s in scripts if json.loads(known[key(s)].read_text())["figures"] == 1]
    chosen = choose(single, count, ())
    root = STORE / "cost"
    make_project(root, chosen, dict.fromkeys(map(key, chosen), 1))
    command = [sys.executable, "-m", "truepage", "--root", root, "render", "--quiet"]

    def processor_time() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    seconds = []
    for _ in range(2):  # the first round warms the disk
        shutil.rmtree(root / ".truepage", ignore_errors=True)
        marks = [processor_time()]
        run_bare(chosen, STORE / "loop", jobs, fork=False)
        marks.append(processor_time())
        subprocess.run([*command, "--jobs", str(jobs)], check=False)
        marks.append(processor_time())
        seconds = [marks[1] - marks[0], marks[2] - marks[1]]
    print(f"{len(chosen)} scripts, processor time: bare {seconds[0]:.1f} s, ", end="")
    print(f"Truepage {seconds[1]:.1f} s, {seconds[1] / seconds[0]:.2f} ×")


def show(report: Report) -> None:
    """Print a summary, and what went wrong."""
    for title in ("skipped", "refused", "broken", "every_time"):
        for name, words in getattr(report, title).items():
            print(f"{title}: {name}: {words}")
    print(f"{report.scripts} scripts: {len(report.drawn)} figures drawn", end="")
    for title in ("refused", "broken", "every_time", "skipped", "warnings"):
        print(f", {len(getattr(report, title))} {title.replace('_', ' ')}", end="")
    print(".")


if __name__ == "__main__":
    main()
