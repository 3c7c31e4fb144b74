"""What is not the author's: our own modules, installed ones, and those that nobody can follow."""

import os
import re
import sys
from pathlib import Path

from truepage.engine.locations import INSTALLED

PACKAGE = str(Path(__file__).parents[1]) + os.sep

TUNING = re.compile(
    r"/proc/(self|thread-self|\d+|cpuinfo|meminfo|stat|filesystems|mounts|sys)(/|$)"
    r"|/sys/(devices/system/(cpu|node)|fs/cgroup|kernel/mm)(/|$)"
)
"""What libraries look at to choose how fast they go, and not what they compute."""

OURS = (
    *("arrays/", "code/", "drawing/", "index/"),
    *("locks/", "objects/", "running-", "traces/"),
)
"""What is ours in a project's cache; who reads anything else there reads data."""

# Modules of the standard library whose C code opens files, or starts processes, unseen.
BLIND = {
    "_dbm": "opens a database by C code",
    "_gdbm": "opens a database by C code",
    "_tkinter": "uses Tk, whose C code may read files",
    "PIL.ImageFont": "uses PIL.ImageFont, whose C code may read files",
    "multiprocessing.popen_forkserver": "starts a process",
    "multiprocessing.popen_spawn_posix": "starts a process",
    "multiprocessing.popen_spawn_win32": "starts a process",
}

# Distributions whose C code opens files by way of Python only, where it is seen. Any other's may
# read what nobody sees, so a figure that imports it must declare its inputs.
VISIBLE = frozenset(
    [
        "PIL",
        "contourpy",
        "cycler",
        "dateutil",
        "fontTools",
        "kiwisolver",
        "matplotlib",
        "mpl_toolkits",
        "numpy",
        "packaging",
        "pandas",
        "pyparsing",
        "pytz",
        "scipy",
        "six",
        "tzdata",
    ]
)


def installed_modules() -> set[str]:
    """Return the top-level names of the installed modules that are imported now."""
    return {
        name.partition(".")[0]
        for name, module in list(sys.modules.items())
        if (getattr(module, "__file__", None) or "").startswith(INSTALLED)
    }


def our_modules() -> set[str]:
    """Return the files of our own modules that are imported now."""
    return {
        our_name(str(sys.modules[name].__file__))
        for name in list(sys.modules)
        if name == "truepage" or name.startswith("truepage.")
    }


def our_name(path: str) -> str:
    """Return a file of ours as dependencies name it."""
    return path.removeprefix(PACKAGE)
