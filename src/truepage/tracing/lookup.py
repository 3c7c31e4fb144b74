"""Which names the code that a task executed may look up, in its own modules and in others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from truepage.engine.ast_digest import BODY, CODE
from truepage.engine.bindings import DYNAMIC, EVERY, SPELLED
from truepage.engine.quiet import TRUSTED
from truepage.tracing.reading import CodePiece


@dataclass(frozen=True)
class Space:
    """A module of the author's, as it is when a task ends.

    Parameters
    ----------
    name
        What it is imported by.
    path
        Its file, as labels have it.
    variables
        What it holds.
    is_given
        Whether the task's identity holds its code, all of it: a notebook's cells.
    """

    name: str
    path: str
    variables: Mapping[str, Any]
    is_given: bool = False

    @property
    def modules(self) -> set[str]:
        """The names that modules have in it."""
        held = list(self.variables.items())
        return {name for name, value in held if isinstance(value, ModuleType)}


def looked_up(
    executed: Mapping[tuple[str, str], CodePiece],
    spaces: Sequence[Space],
    more: set[str],
    asked: set[str],
) -> set[str]:
    """Return the words of all that was executed, or `EVERY` if it may look up any name.

    Parameters
    ----------
    executed
        Path and name of each piece that was executed → the piece; each space's body is among them.
    spaces
        The author's modules.
    more
        All words in code that was executed and is no module's.
    asked
        All names that anybody looked up in the author's modules, such as those that data spell.
    """
    inner = {f".{space.name.rpartition('.')[2]}" for space in spaces if "." in space.name}
    outer = {space.path: space.modules for space in spaces}
    given = {space.path for space in spaces if space.is_given}
    for path in given:
        outer[path] |= executed[path, BODY].mentions.imported
    if EVERY in asked:
        return {EVERY}
    words = {name.partition(".")[0] for _, name in executed} | asked
    for (path, _), piece in executed.items():
        found = piece.mentions
        words |= found.words
        if path in given:
            words.update(*found.bound.values())
        if path not in outer or found.values & (inner | outer[path] | found.imported):
            return {EVERY}  # a module is passed on as a value, or may be
    known = {name.removeprefix(".") for name in inner.union(*outer.values())}
    if more & known:
        return {EVERY}  # what it does with a module is not known
    words |= more
    own = TRUSTED | SPELLED
    bodies = [piece.mentions for (_, name), piece in executed.items() if name == BODY]
    if any(more & body.classes for body in bodies) or any(
        own.intersection(space.variables) for space in spaces
    ):
        return {EVERY}  # a name may not stand for what it seems to
    while new := {
        word
        for body in bodies
        for name in words & body.bound.keys()
        for word in body.bound[name] - words
    }:
        words |= new
    return words | own if words.isdisjoint(DYNAMIC | CODE) else {EVERY}
