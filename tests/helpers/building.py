"""Building a site as an author does."""

import os
import subprocess
import sys
from pathlib import Path


def build(root: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Build the site of a folder, strictly; more of the command line and the environment."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", *arguments],
        cwd=root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
    )
