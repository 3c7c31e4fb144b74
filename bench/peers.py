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
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
from figures import make_project
from peering.measuring import Row, measure, no_op
from peering.projects import EDITED
from peering.recording import copy_of_own, recording
from peering.systems import systems

from truepage.engine.project import find_project

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
    spread = f" ({ratios[0]:.2f}–{ratios[-1]:.2f})"
    rights = {row.right for row in rows}
    words = {True: "right", False: "**stale**", None: "–"}
    drawn = counts([row.edited_drawn for row in rows])
    commented = counts([row.comment_drawn for row in rows])
    return [
        name,
        f"{statistics.median(ratios):.2f}" + spread * (len(ratios) > 1),
        seconds(median([row.no_op for row in rows])),
        f"{seconds(median([row.edited for row in rows]))}, {drawn} drawn" if drawn != "–" else "–",
        words[rights.pop()] if len(rights) == 1 else "sometimes **stale**",
        f"{commented} drawn" if commented != "–" else "–",
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
        for words, write, times in (
            ("drawing one curve, recorded", lambda root: make_project(root, 1), 100),
            ("drawing a figure of this site, recorded", copy_of_own, 5),
        ):
            (folder / words).mkdir()
            measured = recording(folder / words, write, times * options.rounds)
            added.append(comparison(words, measured))

    head = ["System", "cold ÷ floor", "no-op", "function edited", "picture", "comment edited"]
    today = datetime.datetime.now(datetime.UTC).date()
    rounds = (
        "one round" if options.rounds == 1 else f"median of {options.rounds} rounds (least–most)"
    )
    report = (
        f"Measured on {today}: Python {platform.python_version()}, {platform.system()}, "
        f"{jobs} cores, {options.figures} figures, {rounds}.\n\n"
        f"{table(head, [cells(system, measured) for system, measured in rows.items()])}\n"
        f"{table(['Processor time', 'without', 'with truepage', 'more'], added)}\n"
        f"{alone}"
        f"Versions: {versions(python)}.\n"
    )
    (HERE / "results.md").write_text(report, encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
