"""What a task touched, and in words what of it has changed since.

A product is *fresh* when every part of its trace has the state it had. That is sound because a run
of the same program on the same inputs diverges first at something it executed or read: if none of
that changed, nothing can have. What recording cannot follow is in `untracked`; a trace with any of
it is never fresh.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from truepage.engine.current_state import CurrentState
from truepage.engine.dependencies import in_order, read
from truepage.engine.dependencies.base import Dependency
from truepage.engine.dependencies.code import Step, Words
from truepage.engine.project import Project
from truepage.engine.step_call import STALE

T = TypeVar("T", bound=Dependency)


@dataclass(frozen=True)
class Trace:
    """What one task touched.

    Parameters
    ----------
    parts
        Label → state at the time, such as ``function src/a.py:f`` → digest of its syntax tree.
    untracked
        What recording could not follow → where the author's code did it.
    name
        Its digest, where that is known already: the trace's name in the store.
    """

    parts: Mapping[str, str]
    untracked: Mapping[str, str]
    name: str = field(default="", compare=False)

    @cached_property
    def digest(self) -> str:
        """One digest of it all: the trace's name in the store."""
        if self.name:
            return self.name
        content = json.dumps([self.parts, self.untracked], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def of(self, *kinds: type[T]) -> list[T]:
        """Return its dependencies of some kinds."""
        names = {kind.__name__.lower() for kind in kinds}
        labels = (label for label in self.parts if label.partition(" ")[0] in names)
        return [on for label in labels if isinstance(on := read(label), kinds)]

    def is_fresh(self, now: CurrentState) -> bool:
        """Tell whether running it again could not give other bytes."""
        known = now.known.get  # most parts are as they were and were asked for before
        return not self.untracked and all(
            known(label) == state or self._is_as_it_was(label, state, now)
            for label, state in self.parts.items()
        )

    def _is_as_it_was(self, label: str, state: str, now: CurrentState) -> bool:
        return now.state(label) == state or read(label).is_seen_as(state, now, self._words)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(self.parts.get(Words().label, "").split(" "))

    def changed(self, now: CurrentState) -> Iterator[Dependency]:
        """Yield what is not as it was, in the order in which it was touched."""
        for label, state in self.parts.items():
            if not self._is_as_it_was(label, state, now):
                yield read(label)

    def awaits(self, now: CurrentState) -> str:
        """Return the name of the first step that must be computed to know whether this is fresh.

        Nothing, if that is known already: steps are in the order in which they were called, and
        one with another result may lead to other calls.
        """
        changed = [] if self.untracked else list(self.changed(now))
        open_ = changed and all(isinstance(on, Step) for on in changed)
        return changed[0].name if open_ and now.state(changed[0].label) == STALE else ""

    def changes(self, now: CurrentState, project: Project) -> Iterator[str]:
        """Yield in words what is not as it was."""
        yield from dict.fromkeys(  # two kinds may be the same to a person
            on.change(self.parts[on.label], now.state(on.label), project)
            for on in in_order(self.changed(now))
        )
        for what, where in self.untracked.items():
            yield f"it {what}{f' ({where})' if where.strip() else ''}"
