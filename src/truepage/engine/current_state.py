"""The present state of whatever a job touched, label by label.

Here freshness is decided: nothing of the author's is imported, nor is matplotlib.
"""

import ast
import contextlib
import hashlib
import os
import platform
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from truepage.engine import states
from truepage.engine.ast_digest import VERSION, outline
from truepage.engine.bindings import Bindings, bindings
from truepage.engine.errors import DeclarationError
from truepage.engine.project import Project
from truepage.engine.stat_cache import Index, signature_of
from truepage.engine.states import ABSENT, INSTALLED, MOVED
from truepage.engine.step_call import STALE
from truepage.engine.task import ENVIRONMENT, Task

_PACKAGE = Path(__file__).parents[1]

_BINDINGS = f"bindings {VERSION} {platform.python_version()}"
_OUTLINE = f"outline {VERSION} {platform.python_version()}"

# Variables that are read before anything is recorded, beside `PYTHON…` and `LC_…`.
_STARTING = frozenset(
    {b"LANG", b"LANGUAGE", b"TZ", b"LD_LIBRARY_PATH", b"LD_PRELOAD"}
    | {b"NPY_DISABLE_CPU_FEATURES", b"OPENBLAS_CORETYPE"}
)


@dataclass(frozen=True)
class Inputs:
    """The inputs that a job declares, as they were before it was run.

    C code reads them when nobody sees it, so what counts is that nobody wrote to them meanwhile:
    content that is as before may have been another in between.

    Parameters
    ----------
    root
        The project's root.
    states
        Label → state.
    patterns
        What the job declares.
    signatures
        File, or folder of files that a pattern matches → its signature (`stat_cache`).
    """

    root: Path
    states: Mapping[str, str]
    patterns: tuple[str, ...]
    signatures: Mapping[str, list[int]]

    @property
    def moved(self) -> list[str]:
        """The labels of those that somebody wrote to since."""
        found = [
            label
            for pattern in self.patterns
            if matches(self.root, pattern) != self.states[label := f"matches {pattern}"]
        ]
        for name, signature in self.signatures.items():
            with contextlib.suppress(OSError):
                if signature_of(os.path.join(self.root, name)) == signature:
                    continue
            found.append(f"file {name}")
        return found

    def afterwards(self) -> dict[str, str]:
        """Return the labels and states that hold for all of the time; of what moved, none does."""
        return {**self.states, **dict.fromkeys(self.moved, MOVED)}


def matches(root: Path, pattern: str) -> str:
    """Return the files that a declared name stands for."""
    found = (path for path in root.glob(pattern) if path.is_file())
    return " ".join(sorted(path.relative_to(root).as_posix() for path in found))


class CurrentState:
    """The state of things now. Each is looked at once.

    Parameters
    ----------
    project
        The project whose root labels are relative to.
    index
        What is known of its files.
    steps
        Returns the state of a step: the digest of its result, or `STALE`.
    """

    def __init__(
        self, project: Project, index: Index, steps: Callable[[str], str] = lambda name: STALE
    ) -> None:
        self._project, self._steps = project, steps
        self._root = str(project.root)
        self._index = index
        self.known: dict[str, str] = {}
        """Label → state, of what was asked for so far."""

    def state(self, label: str) -> str:
        """Return the state of what a label names; of an unknown kind of label, an unknown state."""
        found = self.known.get(label)
        if found is None:
            kind, _, name = label.partition(" ")
            found = self.known[label] = getattr(self, f"_{kind}", self._unknown)(name)
        return found

    def seen_of(self, name: str, words: frozenset[str]) -> str:
        """Return the state of what code with these words can see of a module's body."""
        try:
            found = self._index.derived(self._path(name), _BINDINGS, _bindings)
        except OSError:
            return ABSENT
        return Bindings(*found).seen_by(words) if found else ABSENT

    def base(self) -> dict[str, str]:
        """Return the labels and states that every job depends on."""
        labels = ("python", "platform", "start", "folders")
        return {label: self.state(label) for label in labels}

    def distributions(self, files: Iterable[str]) -> dict[str, str]:
        """Return the labels and states of what installed some files or top-level modules.

        Parameters
        ----------
        files
            Each from the folder of installed distributions. One that is no distribution's counts by
            its content.
        """
        holders, shared = self._holders
        labels = set()
        for file in files:
            top = file.partition(os.sep)[0].partition(".")[0]
            names = holders.get(top, [])
            if len(names) > 1:
                names = [shared[file]] if file in shared else names
            labels |= {f"distribution {_normal(name)}" for name in names}
            if not names:
                labels.add(f"held {file}")
        return {label: self.state(label) for label in sorted(labels)}

    def ours(self, files: Iterable[str]) -> dict[str, str]:
        """Return the label and state of files of our own package."""
        label = f"truepage {os.pathsep.join(files)}"
        return {label: self.state(label)}

    def inputs(self, job: Task) -> Inputs:
        """Return the inputs that a job declares, as they are now.

        Raises
        ------
        DeclarationError
            Nothing is found under one of the names.
        """
        states: dict[str, str] = {}
        signatures: dict[str, list[int]] = {}
        root = self._project.root
        for pattern in job.inputs or ():
            paths = sorted(path for path in root.glob(pattern) if path.is_file())
            if not paths:
                raise DeclarationError(
                    f"{job.place}: {job.words} declares the input {pattern!r}, and "
                    "no file is found there; expected a file, named from the project's root."
                )
            states[f"matches {pattern}"] = self.state(f"matches {pattern}")
            for path in paths:
                name = self._project.relative(path)
                states[f"file {name}"] = self.state(f"file {name}")
                signatures[name] = self._index.signature(self._path(name))
                if any(sign in pattern for sign in "*?["):  # another may come and go
                    folder = self._project.relative(path.parent)
                    signatures[folder] = signature_of(self._path(folder))
        return Inputs(root, states, job.inputs or (), signatures)

    # A method for each kind of label.

    def _matches(self, pattern: str) -> str:
        return matches(self._project.root, pattern)

    def _step(self, name: str) -> str:
        self.known[f"step {name}"] = STALE  # old traces may name each other
        return self._steps(name)

    def _file(self, name: str) -> str:
        path = self._path(name)
        if os.path.isfile(path):
            return self._index.digest(path) or states.state_of_file(path)
        return states.state_of_file(path)

    def _module(self, name: str) -> str:
        return self._piece(name, "<module>")

    def _function(self, name: str) -> str:
        path, _, piece = name.rpartition(":")
        return self._piece(path, piece)

    def _start(self, name: str) -> str:
        """Return the state of what Python and its libraries read when they start, unrecorded."""
        found = [
            f"{name!r}={value!r}"
            for name, value in sorted(self._variables.items())
            if name.startswith((b"PYTHON", b"LC_")) or name in _STARTING
        ]
        if b"TZ" not in self._variables:
            found.append(self._index.digest("/etc/localtime") or ABSENT)
        for name in ("sitecustomize", "usercustomize"):
            if (spec := PathFinder.find_spec(name)) and spec.origin:
                found.append(self._index.digest(os.path.abspath(spec.origin)) or ABSENT)
        for folder in INSTALLED:
            for file in sorted(self._installed_names[folder]):
                if file.endswith(".pth") or file.startswith("__editable__"):
                    # It may name the project's own folder, which may have moved.
                    with contextlib.suppress(OSError):
                        text = Path(folder, file).read_text("utf-8", "surrogateescape")
                        found.append(f"{file}={text.replace(str(self._project.root), '.')}")
        return hashlib.sha256("\0".join(found).encode("utf-8", "surrogateescape")).hexdigest()

    def _folders(self, name: str) -> str:
        folders = (self._project.figures_dir, *self._project.source_dirs)
        return " ".join(self._project.relative(folder) for folder in folders)

    def _environment(self, name: str) -> str:
        return states.state_of_environment(self._variables)

    def _inherited(self, name: str) -> str:
        return states.state_of_inherited(self._variables)

    def _place(self, name: str) -> str:
        return states.state_of_place(str(self._project.root))

    def _entries(self, name: str) -> str:
        return states.state_of_entries(self._path(name))

    def _link(self, name: str) -> str:
        return states.state_of_link(self._path(name))

    def _rights(self, name: str) -> str:
        return states.state_of_rights(self._path(name))

    def _attributes(self, name: str) -> str:
        return states.state_of_attributes(self._path(name))

    def _mapped(self, name: str) -> str:
        # Who has mapped a file can write to it and leave its times as they are.
        return states.state_of_file(self._path(name))

    def _stat(self, name: str) -> str:
        return states.state_of_stat(self._path(name))

    def _distributions(self, name: str) -> str:
        return states.installed_distributions(self._path(name))

    def _listing(self, name: str) -> str:
        return states.state_of_folder(self._path(name))

    def _candidates(self, name: str) -> str:
        folder, _, module = name.rpartition(":")
        return states.state_of_candidates(self._path(folder), module)

    def _offered(self, name: str) -> str:
        return states.state_of_offers(name)

    def _kind(self, name: str) -> str:
        return states.state_of_kind(self._path(name))

    def _size(self, name: str) -> str:
        return states.state_of_size(self._path(name))

    def _times(self, name: str) -> str:
        return states.state_of_times(self._path(name))

    def _variable(self, name: str) -> str:
        return states.state_of_variable(name, self._variables)

    def _held(self, name: str) -> str:
        for folder in INSTALLED:
            if found := self._index.digest(folder + name):
                return found
        return ABSENT

    def _distribution(self, name: str) -> str:
        return self._versions.get(name, ABSENT)

    def _installed(self, name: str) -> str:
        return "".join(
            states.installed_distributions(folder.rstrip(os.sep)) for folder in INSTALLED
        )

    def _python(self, name: str) -> str:
        return f"{platform.python_implementation()} {platform.python_version()}"

    def _platform(self, name: str) -> str:
        return f"{sys.platform} {platform.machine()}"

    def _truepage(self, name: str) -> str:
        files = (str(_PACKAGE / file) for file in name.split(os.pathsep))
        digests = " ".join(self._index.digest(file) or ABSENT for file in files)
        return hashlib.sha256(digests.encode()).hexdigest()

    def _unknown(self, name: str) -> str:
        return "unknown"

    def _path(self, name: str) -> str:
        return states.found(name, self._root)

    def _piece(self, name: str, piece: str) -> str:
        path = self._path(name)
        try:
            pieces = self._index.derived(path, _OUTLINE, _pieces)
        except OSError:
            return ABSENT
        return str(pieces.get(piece, ABSENT))

    @cached_property
    def _variables(self) -> Mapping[bytes, bytes]:
        merged = {**os.environ, **ENVIRONMENT}
        return {os.fsencode(name): os.fsencode(value) for name, value in merged.items()}

    @cached_property
    def _installed_names(self) -> dict[str, list[str]]:
        """Folder of installed distributions → the names in it."""
        return {folder: os.listdir(folder) if os.path.isdir(folder) else [] for folder in INSTALLED}

    @cached_property
    def _versions(self) -> dict[str, str]:
        """Normalised name of a distribution → version, from the names of the folders alone."""
        versions = {}
        for folder in reversed(INSTALLED):
            for entry in self._installed_names[folder]:
                stem, dot, kind = entry.rpartition(".")
                name, dash, version = stem.partition("-")
                if dash and dot and kind in {"dist-info", "egg-info"}:
                    versions[_normal(name)] = version
        return versions

    @cached_property
    def _holders(self) -> tuple[dict[str, list[str]], dict[str, str]]:
        """Top-level name → the distributions that bring it; file of several such → which."""
        holders, shared = self._index.fact(f"holders {self.state('installed')}", _holders)
        return holders, shared


def _holders() -> list[dict[str, Any]]:
    from importlib.metadata import files, packages_distributions  # slow to import, and to ask

    holders = {top: sorted(set(names)) for top, names in packages_distributions().items()}
    several = {name for names in holders.values() if len(names) > 1 for name in names}
    shared = {str(file): name for name in sorted(several) for file in files(name) or ()}
    return [holders, shared]


def _pieces(source: bytes) -> dict[str, str]:
    tree = _parsed(source)
    return dict(outline(tree).pieces) if tree else {}


def _bindings(source: bytes) -> list[object]:
    tree = _parsed(source)
    found = bindings(tree) if tree else None
    return [found.rest, dict(found.names)] if found else []


def _parsed(source: bytes) -> ast.Module | None:
    """Return the tree of a file, or None when Python could not compile it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
            compile(tree, "", "exec", dont_inherit=True)  # finds more that is wrong
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
