"""What came of something the author saved: one line, once all of it has come."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass
class Save:
    """Something the author did, and what came of it.

    Parameters
    ----------
    paths
        The files that changed, from the project's root; empty: not known.
    began
        When it was noticed.
    waiting
        Figures that are not drawn yet.
    drawn, failed, found
        Those that are, those that could not be, and those that were in the store.
    reasons
        Why they were not fresh.
    first
        Seconds until the first of them was shown.
    """

    paths: tuple[str, ...]
    began: float
    waiting: set[str] = field(default_factory=set)
    drawn: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    reasons: dict[str, None] = field(default_factory=dict)
    first: float = 0.0

    def line(self) -> str:
        """Return in one line what came of it; nothing if nothing did."""
        done = [
            *([f"{_some(self.drawn)} drawn"] if self.drawn else []),
            *([f"{_some(self.found)} as kept"] if self.found else []),
            *([f"{_some(self.failed)} failed"] if self.failed else []),
        ]
        if not done:
            return ""
        what = f"{_some(self.paths)} changed: " if self.paths else ""
        seconds = time.perf_counter() - self.began
        first = f", the first after {self.first:.2f} s" if len(self.drawn) > 1 else ""
        why = f", because {_some(self.reasons)}" if self.reasons else ""
        return f"{what}{', '.join(done)}{why} ({seconds:.2f} s{first})"


class Saves:
    """The saves that something waits for, and the figures that wait.

    Parameters
    ----------
    say
        Where the line of each goes.
    failure
        Returns why there is no fresh picture of a figure.
    """

    def __init__(self, say: Callable[[str], None], failure: Callable[[str], str]) -> None:
        self._say, self._failure = say, failure
        self._open: list[Save] = []
        self.waiting: dict[str, Save] = {}
        """Figure that is to be drawn → the latest save that asked for it."""

    def begin(self, save: Save) -> None:
        """Note a save of which all is known that it asks for."""
        self._open.append(save)
        self._report(save)

    def ask(self, name: str, save: Save, reasons: Iterable[str]) -> None:
        """Have a figure wait for a save, and for no earlier one."""
        save.waiting.add(name)
        save.reasons |= dict.fromkeys(reasons)
        older = self.waiting.get(name)
        if older and older is not save:
            older.waiting.discard(name)
            self._report(older)
        self.waiting[name] = save

    def forget(self, name: str) -> None:
        """Let a figure wait no more: what it was to be drawn for is undone."""
        older = self.waiting.pop(name, None)
        if older:
            older.waiting.discard(name)
            self._report(older)

    def came(self, name: str, to: list[str]) -> None:
        """Note, in a list of the save that a figure waited for, what came of it."""
        save = self.waiting.pop(name)
        save.waiting.discard(name)
        to.append(name)
        save.first = save.first or time.perf_counter() - save.began
        self._report(save)

    def _report(self, save: Save) -> None:
        """Say what came of a save, once all of it has come."""
        if save.waiting or save not in self._open:
            return
        self._open.remove(save)
        if line := save.line():
            self._say(line)
        told: set[str] = set()
        for name in save.failed:
            message = self._failure(name)
            cause = message.partition(f"figure {name!r}: ")[2] or message
            if cause and cause not in told:  # a mistake in a shared module is told once
                self._say(message)
            told.add(cause)


def _some(names: Iterable[str], most: int = 3) -> str:
    """Return the first of some names, and how many more there are.

    Examples
    --------
    >>> _some(["a", "b"]), _some("abcde")
    ('a, b', 'a, b, c and 2 more')
    """
    found = list(names)
    more = len(found) - most
    return ", ".join(found[:most]) + (f" and {more} more" if more > 0 else "")
