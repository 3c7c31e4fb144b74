"""Dependencies on the author's code: functions, modules, where these come from, and steps."""

import os
import platform
from collections.abc import Collection
from importlib.machinery import all_suffixes
from typing import TYPE_CHECKING

from truepage.engine.ast_digest import BODY, VERSION, outline, parsed
from truepage.engine.bindings import Bindings, bindings
from truepage.engine.dependencies.base import ABSENT, Dependency, Surroundings
from truepage.engine.locations import INSTALLED
from truepage.engine.step_call import StepCall

if TYPE_CHECKING:
    from truepage.engine.project import Project

_BINDINGS = f"bindings {VERSION} {platform.python_version()}"
_OUTLINE = f"outline {VERSION} {platform.python_version()}"


class _Inside(Dependency):
    """A dependency whose name is that of a file or folder, a colon, and what it calls something."""

    @property
    def path(self) -> str:
        return self.name.rpartition(":")[0]

    @property
    def piece(self) -> str:
        """What the file or folder calls it."""
        return self.name.rpartition(":")[2]


class Function(_Inside):
    """A function that ran, as its file calls it (`truepage.engine.ast_digest`)."""

    phrase = "function `{}`"

    def state(self, now: Surroundings) -> str:
        try:
            pieces = now.derived(now.path(self.path), _OUTLINE, _pieces)
        except OSError:
            return ABSENT
        return str(pieces.get(self.piece, ABSENT))

    def symbol(self, project: "Project") -> str:
        """Return its dotted name."""
        return f"{_module(self.path, project)}.{self.piece.replace('<locals>.', '')}"

    def describe(self, project: "Project") -> str:
        return self.phrase.format(self.symbol(project))

    def is_named(self, target: str, project: "Project") -> bool:
        return target in {self.path, _module(self.path, project), self.symbol(project)}


class Inspected(Function):
    """A function that did not run, and whose code something looked at."""

    phrase = "the code of function `{}`"


class Module(Function):
    """What importing a module executes: its name is its file's.

    What was recorded is the state of it all, and perhaps of what the code that ran can see of it.
    """

    phrase = "module `{}`"

    @property
    def path(self) -> str:
        return self.name

    @property
    def piece(self) -> str:
        return BODY

    def is_seen_as(self, state: str, now: Surroundings, words: Collection[str]) -> bool:
        whole, _, seen = state.partition(" ")
        if not seen or now.state_of(self) == whole:
            return bool(seen)
        try:
            found = now.derived(now.path(self.name), _BINDINGS, _bindings)
        except OSError:
            return False
        return bool(found) and Bindings(*found).seen_by(words) == seen

    def symbol(self, project: "Project") -> str:
        return _module(self.name, project)


class Words(Dependency):
    """The words of the code that ran: the task's own, which say what it can see of modules."""

    phrase = "the names that its code mentions"

    def state(self, now: Surroundings) -> str:
        return ""

    def is_seen_as(self, state: str, now: Surroundings, words: Collection[str]) -> bool:
        return True


class Candidates(_Inside):
    """What in a folder could be imported under a module's name."""

    phrase = "what `{}/` offers as module `{}`"

    def state(self, now: Surroundings) -> str:
        return _candidates(now.path(self.path), self.piece)

    def describe(self, project: "Project") -> str:
        return self.phrase.format(self.path, self.piece)


class Offered(Dependency):
    """What is installed under a module's name."""

    phrase = "what is installed under the module name `{}`"

    def state(self, now: Surroundings) -> str:
        return " ".join(_candidates(folder, self.name) for folder in INSTALLED)


class Folders(Dependency):
    """The folders that modules are imported from."""

    phrase = "the folders that modules are imported from"

    def state(self, now: Surroundings) -> str:
        return " ".join(now.folders)


class Step(Dependency):
    """What a call of a step comes to: its name is the call's."""

    def state(self, now: Surroundings) -> str:
        return now.step(self.name)

    def describe(self, project: "Project") -> str:
        return f"step `{StepCall.read(self.name).shown}`"

    def is_named(self, target: str, project: "Project") -> bool:
        call = StepCall.read(self.name)
        return target in {call.shown, f"{_module(call.path, project)}.{call.function}"}


def _pieces(source: bytes) -> dict[str, str]:
    tree = parsed(source)
    return dict(outline(tree).pieces) if tree else {}


def _bindings(source: bytes) -> list[object]:
    tree = parsed(source)
    found = bindings(tree) if tree else None
    return [found.rest, dict(found.names)] if found else []


def _candidates(folder: str, name: str) -> str:
    try:
        names = os.listdir(folder)
    except OSError:
        return ABSENT
    importable = {name, *(name + suffix for suffix in all_suffixes())}
    return " ".join(sorted(importable.intersection(names)))


def _module(path: str, project: "Project") -> str:
    """Return a file's name as a module: `src/neural/losses.py` is `neural.losses`."""
    for folder in (*project.source_dirs, project.figures_dir):
        prefix = f"{project.relative(folder)}/"
        if path.startswith(prefix):
            path = path.removeprefix(prefix)
            break
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
