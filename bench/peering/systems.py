"""The tools, and ways to use them."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from peering.projects import (
    EDITED,
    write_figures,
    write_markdown_exec,
    write_mkdocs_gallery,
    write_plot_directive,
    write_ready,
    write_sphinx_gallery,
    write_truepage,
)


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


def systems(python: Path, tasks: int) -> list[System]:
    """Return all that is measured.

    Parameters
    ----------
    python
        The interpreter of the peers' environment.
    tasks
        How many processes a tool may use, if it can.
    """
    mkdocs = (python, "-m", "mkdocs", "build", "--quiet")
    sphinx = (python, "-m", "sphinx", "-q", "docs", "site")
    script, page = f"scripts/plot_{EDITED}.py", "docs/page_1.md"
    plots = "figures/plots_1.py"
    parallel = f"-j{tasks}"
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
