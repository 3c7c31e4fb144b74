"""Importing installed modules once, for all the tasks of a worker, so that none of them can tell.

What is imported ahead is taken out of `sys.modules` again, so that a task asks for it as if it were
not there; each module that it asks for is put back. At the end it must have asked for all of them,
and when it asks for the first one Python must be as it was: the environment, the paths, the locale
and matplotlib's settings. If not, the task is done again where nothing was imported ahead.

Importing is recorded as it is in a task, and all tasks of the worker have touched what it touched.
What fails, prints, warns, draws from the global generators, starts threads, leaves files open or
comes from the author's folders is not imported ahead.
"""

import contextlib
import locale
import os
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from truepage.engine.preload import Preload
from truepage.tracing.recorder import Recorder

FORKED = frozenset({"jemalloc_bg_thd"})
"""Threads that see to a fork themselves: that of pyarrow's allocator."""


class ColdError(Exception):
    """What was imported ahead of a task may make a difference to it."""


class Preloaded:
    """What was imported ahead; made while the recorder is active, which it is not any more then.

    Parameters
    ----------
    preload
        What to import.
    recorder
        What records it.
    state
        Returns the state of the global generators of random numbers.

    Raises
    ------
    ColdError
        It cannot be: what was imported by now may make a difference to any task.
    """

    def __init__(self, preload: Preload, recorder: Recorder, state: Callable[[], object]) -> None:
        self.awaited: dict[str, tuple[ModuleType, ModuleSpec]] = {}
        """Module that the task has not asked for yet → it, and how it was found."""
        before, filters = set(sys.modules), list(warnings.filters)
        recorder.requested.clear()
        with _unheard(recorder, state):
            for module, names in preload:
                __import__(module, None, None, names)
        new = {name: module for name, module in sys.modules.items() if name not in before}
        files = (getattr(module, "__file__", None) for module in new.values())
        if any(file and recorder.first_party(file) for file in files):
            raise ColdError
        self._filters = [entry for entry in warnings.filters if entry not in filters]
        for name in recorder.requested:
            if (found := new.get(name)) and found.__spec__:
                self.awaited[name] = found, found.__spec__
        for name in self.awaited:
            del sys.modules[name]
            package, _, last = name.rpartition(".")
            holder = new.get(package) or sys.modules.get(package)
            if holder:
                vars(holder).pop(last, None)
        self._follows = recorder.follows
        recorder.active = False
        self._current = _current()

    def begin(self, recorder: Recorder) -> None:
        """Go on, when a task asks for the first of it, as if it were imported now.

        Raises
        ------
        ColdError
            Python is not as it was.
        """
        if not self._current:
            return
        if _current() != self._current or recorder.follows != self._follows:
            raise ColdError
        self._current = []
        warnings.filters[:0] = self._filters  # type: ignore[index] # a list, in all versions
        # Adds nothing, and has Python look at the filters anew.
        warnings.simplefilter("ignore", DeprecationWarning, append=True)

    def found(self, name: str, origin: str | None) -> ModuleSpec:
        """Return how a module is found that is here already.

        Raises
        ------
        ColdError
            By now it is in another file.
        """
        module, spec = self.awaited[name]
        if spec.origin != origin:
            raise ColdError
        found = ModuleSpec(name, _Loader(self, module, spec), origin=spec.origin)
        found.submodule_search_locations = spec.submodule_search_locations
        return found


class _Loader(Loader):
    """Loads a module that is here already."""

    def __init__(self, ahead: Preloaded, module: ModuleType, spec: ModuleSpec) -> None:
        self._ahead, self._module, self._spec = ahead, module, spec

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec
        del self._ahead.awaited[module.__name__]


def _current() -> list[object]:
    """Return what an import could see of this process that code before it may change."""
    matplotlib: Any = sys.modules.get("matplotlib")
    settings = dict(dict.items(matplotlib.rcParams)) if matplotlib else {}
    settings.pop("svg.hashsalt", None)  # each picture's own
    return [dict(os.environ), list(sys.path), settings, locale.setlocale(locale.LC_ALL)]


@contextlib.contextmanager
def _unheard(recorder: Recorder, state: Callable[[], object]) -> Iterator[None]:
    """Let nobody hear of what is done, provided that there is nothing to hear of.

    Raises
    ------
    ColdError
        It printed, warned, failed, drew, or left threads or open files.
    """
    said: list[str] = []
    show, warnings.showwarning = warnings.showwarning, lambda *told, **_: said.append(str(told[0]))
    kept = [os.dup(number) for number in (1, 2)]
    with recorder.quiet(), tempfile.TemporaryFile() as file:
        files, drawn = _open_files(), state()
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        try:
            with recorder.blame.while_listening():
                yield
        except BaseException as error:
            raise ColdError from error
        finally:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            for number, old in zip((1, 2), kept, strict=True):
                os.dup2(old, number)
                os.close(old)
            warnings.showwarning = show
        printed = os.lseek(file.fileno(), 0, os.SEEK_END)
        if said or printed or _open_files() - files or _threads() or state() != drawn:
            raise ColdError


def _open_files() -> set[Path]:
    try:
        return set(Path("/proc/self/fd").iterdir())
    except OSError:
        return set()


def _threads() -> int:
    """Return how many threads there are that a fork would leave in the middle of something."""
    try:
        names = [
            (thread / "comm").read_text().strip() for thread in Path("/proc/self/task").iterdir()
        ]
    except OSError:
        return threading.active_count() - 1
    return sum(name not in FORKED for name in names) - 1
