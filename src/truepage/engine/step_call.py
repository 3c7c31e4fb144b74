"""Calls of steps: what names one, as a dependency and as a task."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from truepage.engine.task import Task

STALE = "to be computed"
"""The state of a call whose result is not known before it is computed again."""

TIMEOUT = 3600.0
"""Seconds of processor time that computing a step may take, unless it says otherwise."""

LONGEST = 60
"""Characters of its arguments that messages show."""


@dataclass(frozen=True)
class StepCall:
    """A call of a step.

    Parameters
    ----------
    module, path, function
        The step: its module, the file, from the project's root, and its name there.
    arguments
        Parameter → its packed value (`truepage.steps.contents`), or ``None`` and the digest of the
        object that holds all of them, where they are long.
    """

    module: str
    path: str
    function: str
    arguments: Mapping[str, Any] | str

    @property
    def name(self) -> str:
        """It all, in one line: what follows `step` in a label."""
        return json.dumps([self.module, self.path, self.function, self.arguments])

    @classmethod
    def read(cls, name: str) -> "StepCall":
        """Return the call of a name."""
        return cls(*json.loads(name))

    @property
    def shown(self) -> str:
        """It as a person reads it, such as ``models.simulation(n=10000)``."""
        if isinstance(self.arguments, str):
            inside = f"… {self.arguments[:8]}"
        else:
            inside = ", ".join(f"{key}={_text(tree)}" for key, tree in self.arguments.items())
        if len(inside) > LONGEST:  # the digest tells one from another
            digest = hashlib.sha256(inside.encode("utf-8", "replace")).hexdigest()
            inside = f"{inside[: LONGEST - 10]}… {digest[:8]}"
        return f"{self.module}.{self.function}({inside})"

    def task(self, facts: Mapping[str, Any]) -> Task:
        """Return the task of computing it.

        Parameters
        ----------
        facts
            What is known of the step besides: its `line`, and what it declares.
        """
        inputs = facts.get("inputs")
        declared = {key: facts.get(key) for key in ("line", "inputs", "timeout")}
        return Task(
            name=f"step-{hashlib.sha256(self.name.encode()).hexdigest()[:24]}",
            identity=("step", self.name),
            place=f"{self.path}:{facts.get('line', 1)}",
            words=f"step {self.shown!r}",
            module="truepage.steps.step_task",
            request={**self.__dict__, "declared": declared},
            inputs=None if inputs is None else tuple(inputs),
            timeout=facts.get("timeout") or TIMEOUT,
            done="computed",
            title=self.shown,
        )


def arrays_in(tree: Any) -> set[str]:
    """Return the digests of the arrays of a packed value."""
    if isinstance(tree, dict):
        if tree.get("is") == "array" and isinstance(tree["value"], str):
            return {tree["value"]}
        tree = [*tree.values()]
    return {digest for each in tree for digest in arrays_in(each)} if type(tree) is list else set()


def _text(tree: Any) -> str:
    """Return a packed value as a person reads it."""
    if isinstance(tree, list):
        return f"[{', '.join(map(_text, tree))}]"
    if not isinstance(tree, dict):
        return repr(tree)
    kind, value = tree["is"], tree["value"]
    if kind == "tuple":
        return f"({', '.join(map(_text, value))})"
    if kind == "dict":
        return f"{{{', '.join(f'{_text(key)}: {_text(each)}' for key, each in value)}}}"
    if kind == "dataclass":
        inside = ", ".join(f"{field}={_text(each)}" for field, each in value)
        return f"{tree['of'].rpartition(':')[2]}({inside})"
    if kind == "enum":
        return f"{tree['of'].rpartition(':')[2]}.{value}"
    if kind == "array":
        return f"array {value[:8]}"
    inside = value if isinstance(value, str) else _text(value)
    return " ".join([kind, *([tree["of"]] if isinstance(tree.get("of"), str) else []), inside])
