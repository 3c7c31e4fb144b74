"""What is measured of each tool, and of builds that draw nothing."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from figures import FUNCTION

from peering.floor import run_floor
from peering.judging import is_right, published
from peering.projects import COMMENT, EDITED, write_ready, write_same, write_truepage
from peering.systems import System, run
from truepage.engine.context import BuildContext
from truepage.engine.project import find_project
from truepage.figures.manifest import build


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
        manifest = build(project, context=BuildContext(project))
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
