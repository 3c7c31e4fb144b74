"""What all kinds of dependencies have in common, and what their states are looked up in."""

import hashlib
import io
import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from truepage.engine.locations import INSTALLED, found
from truepage.engine.step_call import STALE

if TYPE_CHECKING:  # a task need not know how projects are read
    from truepage.engine.project import Project

ABSENT = "absent"

ANY = "*"
"""The path of a dependency on files whose names nobody knows before they are there."""


class Surroundings:
    """What there is around a program: files, variables, what is installed.

    Parameters
    ----------
    root
        The project's root.
    folders
        The folders that modules are imported from, from there.
    """

    def __init__(self, root: str, folders: Sequence[str] = ()) -> None:
        self.root, self.folders = root, folders
        self.known: dict[str, str] = {}
        """Label → state, of what was asked for so far."""

    def state_of(self, on: "Dependency") -> str:
        """Return the state of a dependency, as it was when that was asked for first."""
        label = on.label
        if label not in self.known:
            self.known[label] = on.state(self)
        return self.known[label]

    def path(self, name: str) -> str:
        """Return the path that dependencies call so, from the root of the file system."""
        return found(name, self.root)

    @property
    def variables(self) -> Mapping[bytes, bytes]:
        """The variables of the environment, asked for so that nobody hears it."""
        unheard: Mapping[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]
        return unheard

    def content(self, path: str) -> str:
        """Return the digest of a file's content, or in a word why it has none."""
        return content(path)

    def derived(self, path: str, what: str, compute: Callable[[bytes], Any]) -> Any:
        """Return what follows from a file's content (`truepage.engine.stat_cache.Index.derived`).

        Raises
        ------
        OSError
            There is no such file.
        """
        return compute(Path(path).read_bytes())

    def step(self, name: str) -> str:
        """Return the digest of what a call of a step comes to, or `STALE`."""
        return STALE

    @cached_property
    def installed(self) -> Mapping[str, Sequence[str]]:
        """Folder of installed distributions → the names in it."""
        return {folder: os.listdir(folder) if os.path.isdir(folder) else [] for folder in INSTALLED}

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """Normalised name of a distribution → version, from the names of the folders alone."""
        versions = {}
        for folder in reversed(INSTALLED):
            for entry in self.installed[folder]:
                stem, dot, kind = entry.rpartition(".")
                name, dash, version = stem.partition("-")
                if dash and dot and kind in {"dist-info", "egg-info"}:
                    versions[normalised(name)] = version
        return versions


@dataclass(frozen=True)
class Dependency:
    """Something that a result depends on.

    Parameters
    ----------
    name
        Which one of its kind, on whatever machine and wherever there the project is; paths in it
        are as `truepage.engine.locations.shown` returns them. "" where there is only one.
    """

    name: str = ""
    phrase: ClassVar[str] = "{}"
    """What a person reads, with a place for the name."""

    @property
    def label(self) -> str:
        """It as a trace has it, such as ``file data/a.csv``."""
        kind = type(self).__name__.lower()
        return f"{kind} {self.name}" if self.name else kind

    @property
    def path(self) -> str:
        """The path that it speaks of, as `name` has paths: what to watch. `ANY`, or nothing."""
        return ""

    def state(self, now: Surroundings) -> str:
        """Return a short text that is another when there is a difference."""
        raise NotImplementedError

    def is_seen_as(self, state: str, now: Surroundings, words: Collection[str]) -> bool:
        """Tell whether it is as it was to code with these words, though its state is another."""
        return False

    def describe(self, project: "Project") -> str:
        """Return it as a person reads it."""
        return self.phrase.format(self.name)

    def change(self, old: str, new: str, project: "Project") -> str:
        """Return in words what has become of it between two states."""
        ends = {ABSENT: "is gone", STALE: "is to be computed again"}
        end = ends.get(new) or ("is new" if old == ABSENT else "changed")
        return f"{self.describe(project)} {end}"

    def is_named(self, target: str, project: "Project") -> bool:
        """Tell whether an author may call it so: a function, a file, a variable."""
        return self.name == target.rstrip("/")


class Unknown(Dependency):
    """A dependency of a kind that only another version has; its name is the label."""

    @property
    def label(self) -> str:
        return self.name

    def state(self, now: Surroundings) -> str:
        return "unknown"


def normalised(name: str) -> str:
    """Return a distribution's name as all spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def content(path: str) -> str:
    """Return the digest of a file's content; of a folder, of the names in it."""
    try:
        with io.FileIO(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except IsADirectoryError:
        return names_in(path)
    except OSError as error:
        return ABSENT if isinstance(error, FileNotFoundError) else f"error {error.errno}"


def names_in(path: str) -> str:
    """Return the digest of the names in a folder, each with whether it is a folder too."""
    try:
        with os.scandir(path) as entries:
            names = sorted(
                f"{entry.name}{os.sep * entry.is_dir()}{'@' * entry.is_symlink()}"
                for entry in entries
            )
    except OSError:
        return ABSENT
    return digest(names)


def digest(words: Iterable[str]) -> str:
    """Return the digest of some words."""
    text = "\0".join(words)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
