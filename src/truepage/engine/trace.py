"""What a job touched, and in words what of it has changed since.

A product is *fresh* when every part of its trace has the state it had. That is sound because a run
of the same program on the same inputs diverges first at something it executed or read: if none of
that changed, nothing can have. What recording cannot follow is in `unseen`; a trace with any of it
is never fresh.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from truepage.engine.current_state import CurrentState
from truepage.engine.project import Project
from truepage.engine.states import ABSENT, LOOKED
from truepage.engine.step_call import STALE, Call


@dataclass(frozen=True)
class Trace:
    """What one job touched.

    Parameters
    ----------
    parts
        Label → state at the time, such as ``function src/a.py:f`` → digest of its syntax tree.
    unseen
        What recording could not follow → where the author's code did it.
    name
        Its digest, where that is known already: the trace's name in the store.
    """

    parts: Mapping[str, str]
    unseen: Mapping[str, str]
    name: str = field(default="", compare=False)

    @cached_property
    def digest(self) -> str:
        """One digest of it all: the trace's name in the store."""
        if self.name:
            return self.name
        content = json.dumps([self.parts, self.unseen], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def is_fresh(self, world: CurrentState) -> bool:
        """Tell whether running it again could not give other bytes."""
        known = world.known.get  # most parts are as they were and were asked for before
        return not self.unseen and all(
            known(label) == state or self._is_as_it_was(label, state, world)
            for label, state in self.parts.items()
        )

    def _is_as_it_was(self, label: str, state: str, world: CurrentState) -> bool:
        """Tell whether a part has the state it had, as far as this job can see."""
        if label in {"words", LOOKED}:
            return True  # the job's own: they say what it can see of modules, and what did not run
        if not label.startswith("module "):
            return world.state(label) == state
        # All of a module's body, or all of it that these words can see.
        whole, _, seen = state.partition(" ")
        return world.state(label) == whole or (
            bool(seen) and world.seen_of(label.partition(" ")[2], self._words) == seen
        )

    @cached_property
    def ran(self) -> frozenset[str]:
        """Labels of the author's functions that ran: not those whose code was only looked at."""
        only = json.loads(self.parts.get(LOOKED, "[]"))
        every = {label for label in self.parts if label.startswith("function ")}
        return frozenset(every - {f"function {name}" for name in only})

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(self.parts.get("words", "").split(" "))

    def changed(self, world: CurrentState) -> Iterator[str]:
        """Yield the labels of what is not as it was."""
        for label, state in self.parts.items():
            if not self._is_as_it_was(label, state, world):
                yield label

    def awaits(self, world: CurrentState) -> str:
        """Return the label of the first step that must be computed to know whether this is fresh.

        Nothing, if that is known already: steps are in the order in which they were called, and
        one with another result may lead to other calls.
        """
        if self.unseen:
            return ""
        changed = list(self.changed(world))
        others = any(not label.startswith("step ") for label in changed)
        stale = bool(changed) and not others and world.state(changed[0]) == STALE
        return changed[0] if stale else ""

    def changes(self, world: CurrentState, project: Project) -> Iterator[str]:
        """Yield in words what is not as it was."""
        for label in self.changed(world):
            yield _change(label, self.parts[label], world.state(label), project)
        for what, where in self.unseen.items():
            yield f"it {what}{f' ({where})' if where.strip() else ''}"


def describe(label: str, project: Project) -> str:
    """Return a label as a person reads it.

    Examples
    --------
    >>> from pathlib import Path
    >>> project = Project(Path("/p"), Path("/p/figures"), (Path("/p/src"),), Path("/p/.c"), 1)
    >>> describe("function src/neural/losses.py:entropy", project)
    'function `neural.losses.entropy`'
    """
    kind, _, name = label.partition(" ")
    path, _, piece = name.rpartition(":")
    if kind == "function":
        return f"function `{symbol_of(label, project)}`"
    if kind == "module":
        return f"module `{_module(name, project)}`"
    if kind == "step":
        return f"step `{Call.read(name).shown}`"
    if kind == "candidates":
        return f"what `{path}/` offers as module `{piece}`"
    names = {
        "distribution": name,
        "distributions": f"the distributions in `{name}/`",
        "file": f"`{name}`",
        "entries": f"sizes or times in `{name}/`",
        "environment": "the list of environment variables",
        "folders": "the folders that modules are imported from",
        "held": f"the installed file `{name}`",
        "inherited": "the environment variables that programs inherit",
        "installed": "the list of installed distributions",
        "kind": f"whether `{name}` is there",
        "offered": f"what is installed under the module name `{name}`",
        LOOKED: "the functions whose code it looked at without running them",
        "link": f"where `{name}` links to",
        "attributes": f"the attributes of `{name}`",
        "listing": f"the names in `{name}/`",
        "mapped": f"`{name}`",
        "stat": f"size, times or owner of `{name}`",
        "place": "the folder of the project or of its Python",
        "platform": "the platform",
        "python": "Python",
        "rights": f"the permissions of `{name}`",
        "size": f"the size of `{name}`",
        "start": "what Python reads when it starts (variables such as LANG and TZ, *.pth files)",
        "times": f"size or time of `{name}`",
        "truepage": "truepage's own code",
        "words": "the names that its code mentions",
        "variable": f"environment variable `{name}`",
    }
    return names.get(kind, label)


def names(label: str, target: str, project: Project) -> bool:
    """Tell whether a label names a function, module, file, folder or variable.

    Examples
    --------
    >>> from pathlib import Path
    >>> project = Project(Path("/p"), Path("/p/figures"), (Path("/p/src"),), Path("/p/.c"), 1)
    >>> [names("function src/a.py:f", target, project) for target in ("a.f", "a", "src/a.py", "f")]
    [True, True, True, False]
    """
    kind, _, name = label.partition(" ")
    if kind == "step":
        call = Call.read(name)
        return target in {call.shown, f"{_module(call.path, project)}.{call.function}"}
    if kind not in {"function", "module"}:
        return name == target.rstrip("/")
    path, _, piece = name.rpartition(":") if kind == "function" else (name, "", "")
    module = _module(path, project)
    return target in {path, module, f"{module}.{piece.replace('<locals>.', '')}"}


def symbol_of(label: str, project: Project) -> str:
    """Return the dotted name of a function that a label names."""
    path, _, piece = label.partition(" ")[2].rpartition(":")
    return f"{_module(path, project)}.{piece.replace('<locals>.', '')}"


def _change(label: str, old: str, new: str, project: Project) -> str:
    kind = label.partition(" ")[0]
    words = describe(label, project)
    if kind in {"distribution", "python", "platform"}:
        return f"{words} {old.removeprefix('CPython ')} → {new.removeprefix('CPython ')}"
    if new == STALE:
        return f"{words} is to be computed again"
    if new == ABSENT:
        return f"{words} is gone"
    if old == ABSENT:
        return f"{words} is new"
    return f"{words} changed"


def _module(path: str, project: Project) -> str:
    """Return a file's name as a module: `src/neural/losses.py` is `neural.losses`."""
    for folder in (*project.source_dirs, project.figures_dir):
        prefix = f"{project.relative(folder)}/"
        if path.startswith(prefix):
            path = path.removeprefix(prefix)
            break
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
