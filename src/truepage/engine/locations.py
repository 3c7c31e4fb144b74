"""Where Python and installed distributions are, and what dependencies call a path."""

import os
import stat
import sys
import sysconfig
from pathlib import Path

_paths = sysconfig.get_paths()

STANDARD = (
    *(str(Path(_paths[name]).resolve()) + os.sep for name in ("stdlib", "platstdlib")),
    *(path + os.sep for path in sys.path if path.endswith(".zip")),
)
"""Folders of Python's own library; installed distributions may be inside them."""

_FOREIGN = tuple(
    f"{folder}{name}{os.sep}" for folder in STANDARD for name in ("site-packages", "dist-packages")
)

INSTALLED = tuple(
    dict.fromkeys(
        f"{folder}{os.sep}"
        for path in [
            _paths["purelib"],
            _paths["platlib"],
            *(path for path in sys.path if path.endswith(("site-packages", "dist-packages"))),
        ]
        for folder in (Path(path).absolute(), Path(path).resolve())  # it may be behind a link
    )
)
"""Folders that installed distributions are in."""

ENVIRONMENT, PYTHON = "<environment>", "<python>"
"""What labels call the folder of the environment, and of the Python that it was made with."""

_stat = os.stat  # as it is before recording wraps it


def is_standard(path: str) -> bool:
    """Tell whether a file belongs to Python's own library."""
    return path.startswith(STANDARD) and not path.startswith(_FOREIGN)


def shown(path: str, root: str) -> str:
    """Return a path as labels have it: the same for each place that a project may be in."""
    for name, folder in sorted(
        {".": root, ENVIRONMENT: sys.prefix, PYTHON: sys.base_prefix}.items(),
        key=lambda item: -len(item[1]),
    ):
        if path.startswith(folder + os.sep):
            inside = path[len(folder) + 1 :].replace(os.sep, "/")
            return inside if name == "." else f"{name}/{inside}"
    return "." if path == root else path


def found(label: str, root: str) -> str:
    """Return the path that a label has, from the root of the file system."""
    name, _, inside = label.partition("/")
    folder = {ENVIRONMENT: sys.prefix, PYTHON: sys.base_prefix}.get(name)
    return os.path.join(folder, inside) if folder else os.path.join(root, label)


def is_folder(path: str) -> bool:
    """Tell whether a path is a folder; nobody hears the question."""
    try:
        return stat.S_ISDIR(_stat(path).st_mode)
    except (OSError, ValueError):
        return False
