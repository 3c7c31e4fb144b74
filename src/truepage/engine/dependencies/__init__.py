"""What a result depends on: one small class for each kind.

Each says what a trace calls it, how its state is found now, what a person reads of it, which path
a preview watches for it, and how it is the same on another machine.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from truepage.engine.dependencies import code, files, machine
from truepage.engine.dependencies.base import Dependency, Unknown

KINDS: Mapping[str, type[Dependency]] = {
    kind.__name__.lower(): kind
    for kind in (
        *(code.Function, code.Inspected, code.Module, code.Words, code.Step),
        *(files.File, files.Mapped, files.Matches, files.Listing, files.Entries, files.Kind),
        *(files.Link, files.Size, files.Times, files.Rights, files.Stat, files.Attributes),
        *(code.Candidates, code.Offered, code.Folders),
        *(machine.Variable, machine.AllVariables, machine.Inherited),
        *(machine.Distribution, machine.Held, machine.Distributions),
        *(machine.Installed, machine.Python, machine.Platform, machine.Start),
        *(machine.Place, machine.Truepage),
    )
}
"""What a label begins with → the kind; in the order in which a person sees them."""

_ORDER = {kind: place for place, kind in enumerate(KINDS.values())}


@lru_cache(1 << 16)  # figures have most of their labels in common
def read(label: str) -> Dependency:
    """Return the dependency of a label.

    Examples
    --------
    >>> read("function src/a.py:f"), read("python").label, read("mapped data/a.npy").path
    (Function(name='src/a.py:f'), 'python', 'data/a.npy')
    """
    kind, _, name = label.partition(" ")
    return KINDS[kind](name) if kind in KINDS else Unknown(label)


def in_order(dependencies: Iterable[Dependency]) -> list[Dependency]:
    """Return dependencies as a person is shown them: kind after kind, each as it came."""
    return sorted(dependencies, key=lambda on: _ORDER.get(type(on), len(_ORDER)))
