"""The present state of whatever a task touched, label by label.

Here freshness is decided: nothing of the author's is imported, nor is matplotlib.
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from truepage.engine.dependencies import code, files, machine, read
from truepage.engine.dependencies.base import Dependency, Surroundings, content, normalised
from truepage.engine.errors import DeclarationError
from truepage.engine.project import Project
from truepage.engine.stat_cache import StatCache, signature_of
from truepage.engine.step_call import STALE
from truepage.engine.task import ENVIRONMENT, Task


@dataclass(frozen=True)
class Inputs:
    """The inputs that a task declares, as they were before it was run.

    C code reads them when nobody sees it, so what counts is that nobody wrote to them meanwhile:
    content that is as before may have been another in between.

    Parameters
    ----------
    states
        Each with its state.
    signatures
        Each of the files, and the folders of files that a pattern matches → its signature
        (`stat_cache`).
    """

    states: Mapping[Dependency, str]
    signatures: Mapping[files.File, list[int]]
    now: Surroundings

    @property
    def moved(self) -> list[Dependency]:
        """Those that somebody wrote to since."""
        found: list[Dependency] = [
            on
            for on, state in self.states.items()
            if isinstance(on, files.Matches) and on.state(self.now) != state
        ]
        for file, signature in self.signatures.items():
            with contextlib.suppress(OSError):
                if signature_of(self.now.path(file.name)) == signature:
                    continue
            found.append(file)
        return found

    def afterwards(self) -> dict[str, str]:
        """Return the labels and states that hold for all of the time; of what moved, none does."""
        states = {**self.states, **dict.fromkeys(self.moved, files.MOVED)}
        return {on.label: state for on, state in states.items()}


class CurrentState(Surroundings):
    """The state of things now. Each is looked at once.

    Parameters
    ----------
    project
        The project whose root names are relative to.
    index
        What is known of its files.
    steps
        Returns the state of a step: the digest of its result, or `STALE`.
    """

    def __init__(
        self, project: Project, index: StatCache, steps: Callable[[str], str] = lambda name: STALE
    ) -> None:
        folders = (project.figures_dir, *project.source_dirs)
        super().__init__(str(project.root), tuple(map(project.relative, folders)))
        self._project, self._index, self._steps = project, index, steps

    def state(self, label: str) -> str:
        """Return the state of what a label names."""
        found = self.known.get(label)
        return self.state_of(read(label)) if found is None else found

    def states(self, dependencies: Iterable[Dependency]) -> dict[str, str]:
        """Return the labels and states of some dependencies."""
        return {on.label: self.state_of(on) for on in dependencies}

    def base(self) -> dict[str, str]:
        """Return the labels and states that every task depends on."""
        return self.states([machine.Python(), machine.Platform(), machine.Start(), code.Folders()])

    def distributions(self, names: Iterable[str]) -> dict[str, str]:
        """Return the labels and states of what installed some files or top-level modules.

        Parameters
        ----------
        names
            Each from the folder of installed distributions. One that is no distribution's counts by
            its content.
        """
        holders, shared = self._holders
        found: set[Dependency] = set()
        for file in names:
            top = file.partition(os.sep)[0].partition(".")[0]
            found_in = holders.get(top, [])
            if len(found_in) > 1 and file in shared:
                found_in = [shared[file]]
            found |= {machine.Distribution(normalised(name)) for name in found_in} or {
                machine.Held(file)
            }
        return self.states(sorted(found, key=lambda on: on.label))

    def ours(self, names: Iterable[str]) -> dict[str, str]:
        """Return the label and state of files of our own package."""
        return self.states([machine.Truepage(os.pathsep.join(names))])

    def inputs(self, task: Task) -> Inputs:
        """Return the inputs that a task declares, as they are now.

        Raises
        ------
        DeclarationError
            Nothing is found under one of the names.
        """
        states: dict[Dependency, str] = {}
        signatures: dict[files.File, list[int]] = {}
        root = self._project.root
        for pattern in task.inputs or ():
            paths = sorted(path for path in root.glob(pattern) if path.is_file())
            if not paths:
                raise DeclarationError(
                    f"{task.place}: {task.words} declares the input {pattern!r}, and "
                    "no file is found there; expected a file, named from the project's root."
                )
            on = files.Matches(pattern)
            states[on] = self.state_of(on)
            for path in map(str, paths):
                file = files.File.at(path, self.root)
                states[file] = self.state_of(file)
                signatures[file] = self._index.signature(path)
                if any(sign in pattern for sign in "*?["):  # another may come and go
                    folder = os.path.dirname(path)
                    signatures[files.File.at(folder, self.root)] = signature_of(folder)
        return Inputs(states, signatures, self)

    @cached_property
    def variables(self) -> Mapping[bytes, bytes]:
        """The variables of the environment, as tasks have them."""
        merged = {**os.environ, **ENVIRONMENT}
        return {os.fsencode(name): os.fsencode(value) for name, value in merged.items()}

    def content(self, path: str) -> str:
        """Return the digest of a file's content, or in a word why it has none."""
        return (os.path.isfile(path) and self._index.digest(path)) or content(path)

    def derived(self, path: str, what: str, compute: Callable[[bytes], Any]) -> Any:
        """Return what follows from a file's content."""
        return self._index.derived(path, what, compute)

    def step(self, name: str) -> str:
        """Return the digest of what a call of a step comes to, or `STALE`."""
        self.known[code.Step(name).label] = STALE  # old traces may name each other
        return self._steps(name)

    @cached_property
    def _holders(self) -> tuple[dict[str, list[str]], dict[str, str]]:
        """Top-level name → the distributions that bring it; file of several such → which."""
        name = f"holders {self.state_of(machine.Installed())}"
        holders, shared = self._index.fact(name, _holders)
        return holders, shared


def _holders() -> list[dict[str, Any]]:
    from importlib.metadata import files, packages_distributions  # slow to import, and to ask

    holders = {top: sorted(set(names)) for top, names in packages_distributions().items()}
    several = {name for names in holders.values() if len(names) > 1 for name in names}
    shared = {str(file): name for name in sorted(several) for file in files(name) or ()}
    return [holders, shared]
