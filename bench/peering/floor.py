"""Drawing without any tool: a bare script, in as many processes as there are cores."""

import os
import subprocess
import sys
import time
from pathlib import Path

from figures import FLOOR, MODULE

from truepage.engine.project import find_project


def run_floor(root: Path, out: Path, figures: int) -> float:
    """Draw with a bare script, in as many processes as there are cores; return the seconds."""
    names = [
        f"plots_{(number - 1) // MODULE * MODULE + 1}:curve_{number}"
        for number in range(1, figures + 1)
    ]
    out.mkdir(parents=True, exist_ok=True)
    path = {**os.environ, "PYTHONPATH": f"{root / 'figures'}{os.pathsep}{root / 'src'}"}
    style = Path(sys.modules["truepage"].__file__).parent / "figures/truepage.mplstyle"
    jobs = find_project(root).jobs
    started = time.perf_counter()
    running = [
        subprocess.Popen([sys.executable, "-c", FLOOR, style, out, "share", *share], env=path)
        for start in range(jobs)
        if (share := names[start::jobs])
    ]
    assert not any(process.wait() for process in running)
    return time.perf_counter() - started
