"""matplotlib's own gallery, drawn by Truepage: what is drawn, refused, broken, and at what cost.

    python bench/gallery.py [--sample N | --only NAME …] [--json FILE] [--sheet FILE] [--elsewhere]
    python bench/gallery.py --cost N | --faults

Each of the gallery's scripts becomes a figure, mechanically: a function that runs it and returns
what it leaves open in pyplot, and one more function for each further figure. First every script
is run bare, in Truepage's style and a process of its own, which says what matplotlib itself can
draw here, and leaves Agg's picture of it to compare with. Then Truepage builds them all, twice:
what is drawn the second time is drawn every time. With `--elsewhere` it builds them in another
folder as well, and compares the bytes.

A picture is as it should be if, in the light, it is *like* Agg's: `difference` is at most 0.12
(`gallerying/measuring.py` says what that is). What renderers decide by themselves, such as where
the edge of a marker or an image lies within a pixel, comes to 0.1; the faintest of the faults that
once were published, half a cap of an error bar that is gone, to 0.125, a grid over an image to
0.19, lost edges of points to 0.22, a lost label of a contour to 0.35, a dropped ground to 0.5.
`--faults` draws them all, in pairs (`gallerying/faults.py`). In the dark its text has a contrast of
3 : 1 or the one that it has in the light, its data have the same colours, and at no time is text
outside.

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

from gallerying.faults import differences  # noqa: E402
from gallerying.measuring import Drawn, browser_page, measure  # noqa: E402
from gallerying.sheet import write_sheet  # noqa: E402

from truepage.engine.progress import ProgressLine  # noqa: E402
from truepage.engine.project import Project, find_project  # noqa: E402
from truepage.figures.manifest import build  # noqa: E402

LIKE = 0.12
"""The largest difference of a picture from Agg's."""
READABLE = 3.0
"""The lowest contrast of text in the dark that has less of it than in the light."""
SAME = 0.002
"""The largest share of the pixels of data that are others in the dark."""

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
    elsewhere
        Figure → its files of which another folder has other bytes.
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
    elsewhere: dict[str, list[str]] = field(default_factory=dict)
    measured: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def failed(self) -> dict[str, dict[str, Any]]:
        """What is measured of a picture → figure → what it is there, where that is too bad."""
        bad = {
            "difference": lambda found: found > LIKE,
            "contrast": lambda found: found[0] < READABLE,
            "data": lambda found: found > SAME,
            "outside": bool,
        }
        return {
            name: {figure: m[name] for figure, m in self.measured.items() if is_bad(m[name])}
            for name, is_bad in bad.items()
        }


def main() -> None:
    """Draw what is asked for and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, metavar="N", help="N scripts, evenly spread")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="scripts whose path has NAME in it"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="write a contact sheet, as HTML")
    parser.add_argument("--elsewhere", action="store_true", help="build in another folder, too")
    parser.add_argument("--faults", action="store_true", help="only: how much faults differ")
    parser.add_argument("--cost", type=int, metavar="N", help="only: processor time for N scripts")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    options = parser.parse_args()

    if options.faults:
        show_faults()
        return
    scripts = choose(find_scripts(fetch()), options.sample, options.only or ())
    if options.cost:
        cost(scripts, options.cost, options.jobs)
        return
    report, drawn = draw(scripts, options.jobs, elsewhere=options.elsewhere)
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


def make_project(root: Path, scripts: Iterable[Path], counts: dict[str, int]) -> Project:
    """Write a project with a figure for each figure of each script, and nothing drawn.

    Parameters
    ----------
    counts
        Script's key → how many figures it leaves open.
    """
    figures = root / "figures"
    for folder in (figures, root / ".truepage"):
        shutil.rmtree(folder, ignore_errors=True)
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
    return find_project(root)


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


def draw(scripts: Sequence[Path], jobs: int, *, elsewhere: bool) -> tuple[Report, list[Drawn]]:
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

    counts = {name: each["figures"] for name, each in found.items()}
    project = make_project(STORE / "project", wanted, counts)
    first = build(project, progress=ProgressLine(sys.stderr))
    again = build(project)
    if elsewhere:
        second = build(make_project(STORE / "another" / "folder", wanted, counts)).renderings
        for name, rendering in first.renderings.items():
            files, others = rendering.product.files, second[name].product.files
            if different := [kind for kind in files if files[kind] != others.get(kind)]:
                report.elsewhere[name] = different
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
        if any(loop.returncode for loop in run_bare(chosen, STORE / "loop", jobs, fork=False)):
            sys.exit("the bare loop did not come to its end")
        marks.append(processor_time())
        subprocess.run([*command, "--jobs", str(jobs)], check=False)
        marks.append(processor_time())
        seconds = [marks[1] - marks[0], marks[2] - marks[1]]
    print(f"{len(chosen)} scripts, processor time: bare {seconds[0]:.1f} s, ", end="")
    print(f"Truepage {seconds[1]:.1f} s, {seconds[1] / seconds[0]:.2f} ×")


def show(report: Report) -> None:
    """Print a summary, and what went wrong."""
    found = {
        name: getattr(report, name)
        for name in ("skipped", "refused", "broken", "every_time", "elsewhere")
    }
    for title, figures in (found | report.failed).items():
        for name, words in figures.items():
            print(f"{title}: {name}: {words}")
    print(f"{report.scripts} scripts: {len(report.drawn)} figures drawn", end="")
    for title, figures in (found | report.failed | {"warnings": report.warnings}).items():
        print(f", {len(figures)} {title.replace('_', ' ')}", end="")
    print(".")


def show_faults() -> None:
    """Print by how much pictures with faults differ from the right ones; fail if one is like it."""
    unseen = False
    for fault, found in differences():
        print(f"{found:.3f}  {fault}")
        unseen |= found <= LIKE
    if unseen:
        sys.exit(f"expected more than {LIKE} of each")


if __name__ == "__main__":
    main()
