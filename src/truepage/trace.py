"""What a picture depends on, and one digest of all of it.

The rule here is coarse and correct: every file of the figures' folder and of the source folders,
the inputs that figures declare, Python, the distributions that draw, and our own format.
"""

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from truepage.discover import Figure
from truepage.errors import DeclarationError
from truepage.project import Project

FORMAT = 1
"""Number of the way pictures are drawn and kept; a new number redraws all."""

DISTRIBUTIONS = ("contourpy", "matplotlib", "numpy", "truepage")
STYLE = Path(__file__).with_name("truepage.mplstyle")


@dataclass(frozen=True)
class Fingerprint:
    """What a drawing depends on: a label a person can read → the state it is in."""

    parts: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        """One digest of all the parts."""
        return digest_of(json.dumps(self.parts, sort_keys=True).encode())


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def fingerprints(
    project: Project, figures: Iterable[Figure], kind: str = "svg"
) -> dict[str, Fingerprint]:
    """Return each figure's fingerprint as things are now, by the figure's name."""
    common = {
        "format": str(FORMAT),
        "kind": kind,
        "Python": platform.python_version(),
        "style": digest_of(STYLE.read_bytes()),
        **{name: version(name) for name in DISTRIBUTIONS},
        **_first_party(project),
    }
    return {
        figure.name: Fingerprint({"figure": figure.name, **common, **_inputs(project, figure)})
        for figure in figures
    }


def _first_party(project: Project) -> dict[str, str]:
    """Return the digest of every file under the figures' folder and the source folders."""
    return {
        f"file {project.relative(path)}": digest_of(path.read_bytes())
        for folder in (project.figures_dir, *project.source_dirs)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and project.rendered_dir not in path.parents
        and project.cache_dir not in path.parents
        and "__pycache__" not in path.parts
    }


def _inputs(project: Project, figure: Figure) -> dict[str, str]:
    parts = {}
    for name in figure.inputs:
        try:
            parts[f"input {name}"] = digest_of((project.root / name).read_bytes())
        except (OSError, ValueError) as error:
            raise DeclarationError(
                f"{figure.place}: figure {figure.name!r} declares the input {name!r}, which cannot "
                f"be read ({getattr(error, 'strerror', error)}); expected a file, named from the "
                "root."
            ) from None
    return parts
