"""Sweeps: a figure drawn for each value of a parameter, stored as what changes between frames."""

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from truepage.figures.svg import Node
from truepage.tracing.author import RefusedError

MOST = 200
"""Frames that a sweep may have."""

Value = str | None | bool
Slot = tuple[int, str, list[Value]]
"""Something that changes: the element's index in document order (−1: the root), the attribute, and
its value in each frame. The attribute ``""`` is the element's text, ``"*"`` all it contains. The
value None stands for what the default frame has, False for no such attribute."""


@dataclass(frozen=True)
class FigureSweep:
    """What is swept.

    Parameters
    ----------
    parameter
        The parameter of the figure's function.
    values
        What it is given, frame by frame.
    start
        The frame that the page shows first: the one of the parameter's default.
    """

    parameter: str
    values: tuple[Any, ...]
    start: int

    @property
    def name(self) -> str:
        """The parameter's name in words."""
        return self.parameter.replace("_", " ")

    @property
    def shown(self) -> list[str]:
        """The values as a reader sees them."""
        return [f"{value:.6g}".replace("-", "−") for value in self.values]


def sweep_of(declared: object, function: Callable[..., object]) -> FigureSweep:
    """Return what `@figure(sweep=…)` declares.

    Parameters
    ----------
    declared
        What was given: ``{"slope": np.linspace(0, 1, 21)}``.
    function
        The figure's function.

    Raises
    ------
    RefusedError
        It cannot be swept so; the message says what is expected.
    """
    expected = 'expected one parameter and its values, such as sweep={"slope": [0, 0.5, 1]}'
    if not isinstance(declared, Mapping) or len(declared) != 1:
        found = (
            f"{len(declared)} parameters ({', '.join(map(str, declared))})"
            if isinstance(declared, Mapping)
            else repr(declared)
        )
        raise RefusedError(f"its sweep has {found}; {expected}")
    ((name, given),) = declared.items()
    parameters = inspect.signature(function).parameters
    if name not in parameters:
        own = ", ".join(parameters) or "none"
        raise RefusedError(
            f"its sweep is over {name!r}, which is no parameter of {function.__name__}(); "
            f"it has: {own}"
        )
    values = _numbers(name, given)
    default = parameters[name].default
    if default is inspect.Parameter.empty:
        raise RefusedError(
            f"its parameter {name!r} has no default; expected one, such as {name}={values[0]!r}: "
            "it is what a page shows first"
        )
    if isinstance(default, bool) or not isinstance(default, int | float):
        raise RefusedError(
            f"the default of its parameter {name!r} is {default!r}; expected a number among the "
            "values of its sweep"
        )
    span = abs(values[-1] - values[0])
    near = min(range(len(values)), key=lambda frame: abs(values[frame] - default))
    if not abs(values[near] - default) <= 1e-9 * span:
        raise RefusedError(
            f"the default of its parameter {name!r}, {default!r}, is not among the values of its "
            f"sweep; the nearest is {values[near]!r}"
        )
    return FigureSweep(name, (*values[:near], default, *values[near + 1 :]), near)


def _numbers(name: str, given: object) -> list[Any]:
    """Return the values as Python's own numbers, once they are such as can be swept."""
    if not isinstance(given, Iterable) or isinstance(given, str | bytes):
        raise RefusedError(f"the values of its sweep over {name!r} are {given!r}; expected numbers")
    values = [value.item() if hasattr(value, "item") else value for value in given]
    wrong = [
        value
        for value in values
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value)
    ]
    if wrong:
        raise RefusedError(
            f"the values of its sweep over {name!r} hold {wrong[0]!r}; expected finite numbers"
        )
    if not 2 <= len(values) <= MOST:
        raise RefusedError(
            f"its sweep over {name!r} has {len(values)} values; expected 2 to {MOST}"
        )
    if any(after <= before for before, after in pairwise(values)):
        raise RefusedError(
            f"the values of its sweep over {name!r} do not increase; "
            "expected each to be greater than the one before it"
        )
    return values


def slots(frames: Sequence[Node], start: int) -> list[Slot]:
    """Return what changes between the frames of a sweep.

    Frame `k` is the default frame with each slot's value `k` put in.

    Parameters
    ----------
    frames
        Each frame's tree, as `truepage.figures.svg.parse` gives it.
    start
        Index of the default frame, the one that stands on the page.
    """
    found: list[Slot] = []
    _compare(list(frames), start, -1, found)
    return found


def _compare(nodes: list[Node], start: int, index: int, found: list[Slot]) -> int:
    """Compare one element across the frames; return the index of its last descendant."""
    default = nodes[start]
    names = dict.fromkeys(name for node in nodes for name in node.attributes)
    for name in names:
        _slot([node.attributes.get(name, False) for node in nodes], start, (index, name), found)
    alike = all(_shape(node) == _shape(default) for node in nodes)
    if not alike:
        insides: list[Value] = ["".join(map(str, node.children)) or node.text for node in nodes]
        _slot(insides, start, (index, "*"), found)
        return index + sum(1 for _ in default.walk()) - 1
    if not default.children:
        _slot([node.text for node in nodes], start, (index, ""), found)
    last = index
    for place in range(len(default.children)):
        last = _compare([node.children[place] for node in nodes], start, last + 1, found)
    return last


def _slot(values: list[Value], start: int, where: tuple[int, str], found: list[Slot]) -> None:
    if any(value != values[start] for value in values):
        same = [None if value == values[start] else value for value in values]
        found.append((*where, same))


def _shape(node: Node) -> tuple[str, ...]:
    return tuple(child.tag for child in node.children)
