"""Builds that are killed at random moments: what they leave is whole, and never stale."""

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from fuzzing.programs import generate
from truepage.engine.context import BuildContext
from truepage.engine.project import read_project
from truepage.figures.manifest import find_drawings


def kill_builds(folder: Path, count: int, seed: int) -> Iterator[str]:
    """Kill builds at random moments, some of them two at once, and yield what is wrong after it."""
    chance = random.Random(seed)
    root = folder / "killed"
    generate(root, chance)
    source = root / "src/lib_0.py"
    texts = [source.read_text().replace("FACTOR = ", f"FACTOR = {number}") for number in (1, 2)]
    command = [sys.executable, "-m", "truepage", "--root", str(root), "render", "--quiet"]
    truth = []
    for text in texts:
        source.write_text(text)
        subprocess.run([*command, "--force"], check=True)
        truth.append(_rendered(root))
    shutil.rmtree(root / ".truepage")
    for number in range(count):
        version = chance.randrange(2)
        source.write_text(texts[version])
        if chance.random() < 0.2:
            shutil.rmtree(root / ".truepage", ignore_errors=True)
        quiet = subprocess.DEVNULL  # workers may complain that their builder is gone
        builds = [
            subprocess.Popen(command, stderr=quiet) for _ in range(chance.choice([1, 1, 1, 2]))
        ]
        time.sleep(chance.uniform(0.1, 1.2))
        for build in builds:
            build.kill()
            build.wait()
        for name, content in _rendered(root).items():
            if content not in (truth[0][name], truth[1][name]):
                yield f"kill {number}: {name} is no whole picture"
        context = BuildContext(read_project(root))
        for name, task in find_drawings(context).items():
            kept = context.status(task).product
            if kept and kept.files["svg"] != truth[version][name]:
                yield f"kill {number}: {name} is stale"
        if number % 10 == 9:
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode or done.stderr or _rendered(root) != truth[version]:
                yield f"kill {number}: the next build is not clean: {done.stderr}"


def _rendered(root: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in (root / "figures/rendered").glob("*.svg")}
