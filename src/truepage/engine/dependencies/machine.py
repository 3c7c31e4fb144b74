"""Dependencies on the environment: Python, what is installed, variables, where it all is."""

import contextlib
import os
import platform
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from truepage.engine.dependencies.base import ABSENT, Dependency, Surroundings, digest
from truepage.engine.dependencies.files import OfPath
from truepage.engine.locations import INSTALLED

if TYPE_CHECKING:
    from truepage.engine.project import Project

_PACKAGE = Path(__file__).parents[2]

# Variables that are read before anything is recorded, beside `PYTHON…` and `LC_…`.
_STARTING = frozenset(
    {b"LANG", b"LANGUAGE", b"TZ", b"LD_LIBRARY_PATH", b"LD_PRELOAD"}
    | {b"NPY_DISABLE_CPU_FEATURES", b"OPENBLAS_CORETYPE"}
)
_OF_SESSION = (
    *(b"_", b"COLUMNS", b"DISPLAY", b"INVOCATION_ID", b"JOURNAL_STREAM", b"LINES", b"MAKE"),
    *(b"MFLAGS", b"OLDPWD", b"PWD", b"SHLVL", b"SSH_", b"TERM", b"WINDOWID", b"XDG_SESSION"),
    *(b"COLORTERM", b"DBUS_SESSION", b"GPG_TTY", b"PYTEST_", b"VTE_", b"WAYLAND_"),
)


class Variable(Dependency):
    """An environment variable's value, of which a trace has the digest: it may be a secret."""

    phrase = "environment variable `{}`"

    def state(self, now: Surroundings) -> str:
        value = now.variables.get(os.fsencode(self.name))
        return ABSENT if value is None else digest([repr(value)])[:16]


class AllVariables(Dependency):
    """All environment variables."""

    phrase = "the list of environment variables"
    leaves_out: tuple[bytes, ...] = ()

    def state(self, now: Surroundings) -> str:
        return digest(
            f"{name!r} {value!r}"
            for name, value in sorted(now.variables.items())
            if not name.startswith(self.leaves_out)
        )


class Inherited(AllVariables):
    """The variables that programs inherit, but a terminal session's own."""

    phrase = "the environment variables that programs inherit"
    leaves_out = _OF_SESSION


class Distribution(Dependency):
    """The version of an installed distribution: its name is normalised."""

    def state(self, now: Surroundings) -> str:
        return now.versions.get(self.name, ABSENT)

    def change(self, old: str, new: str, project: "Project") -> str:
        return f"{self.describe(project)} {old} → {new}"


class Held(Dependency):
    """A file among installed distributions, by its content: its name is its path there."""

    phrase = "the installed file `{}`"

    def state(self, now: Surroundings) -> str:
        states = (now.content(folder + self.name) for folder in INSTALLED)
        return next((state for state in states if state != ABSENT), ABSENT)


class Distributions(OfPath):
    """The names and versions of what is installed in a folder."""

    phrase = "the distributions in `{}/`"

    @classmethod
    def look(cls, path: str) -> str:
        names = sorted(os.listdir(path))
        return digest(name for name in names if name.endswith((".dist-info", ".egg-info")))


class Installed(Dependency):
    """The list of installed distributions."""

    phrase = "the list of installed distributions"

    def state(self, now: Surroundings) -> str:
        return "".join(Distributions(folder).state(now) for folder in INSTALLED)


class Python(Distribution):
    """The version of Python."""

    phrase = "Python"

    def state(self, now: Surroundings) -> str:
        return f"{platform.python_implementation()} {platform.python_version()}"

    def change(self, old: str, new: str, project: "Project") -> str:
        old, new = (each.removeprefix("CPython ") for each in (old, new))
        return super().change(old, new, project)


class Platform(Distribution):
    """The system and the kind of processor."""

    phrase = "the platform"

    def state(self, now: Surroundings) -> str:
        return f"{sys.platform} {platform.machine()}"


class Start(Dependency):
    """What Python and its libraries read when they start, unrecorded."""

    phrase = "what Python reads when it starts (variables such as LANG and TZ, *.pth files)"

    def state(self, now: Surroundings) -> str:
        found = [
            f"{name!r}={value!r}"
            for name, value in sorted(now.variables.items())
            if name.startswith((b"PYTHON", b"LC_")) or name in _STARTING
        ]
        if b"TZ" not in now.variables:
            found.append(now.content("/etc/localtime"))
        for name in ("sitecustomize", "usercustomize"):
            if (spec := PathFinder.find_spec(name)) and spec.origin:
                found.append(now.content(os.path.abspath(spec.origin)))
        for folder in INSTALLED:
            for file in sorted(now.installed[folder]):
                if file.endswith(".pth") or file.startswith("__editable__"):
                    # It may name the project's own folder, which may have moved.
                    with contextlib.suppress(OSError):
                        text = Path(folder, file).read_text("utf-8", "surrogateescape")
                        found.append(f"{file}={text.replace(now.root, '.')}")
        return digest(found)


class Place(Dependency):
    """Where the project and its Python are on this machine, of which a trace has the digest."""

    phrase = "the folder of the project or of its Python"

    def state(self, now: Surroundings) -> str:
        return digest([now.root, sys.executable, sys.prefix])


class Truepage(Dependency):
    """Files of our own package: their names from there."""

    phrase = "truepage's own code"

    def state(self, now: Surroundings) -> str:
        files = self.name.split(os.pathsep)
        return digest(now.content(str(_PACKAGE / file)) for file in files)
