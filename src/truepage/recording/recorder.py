"""Recording what a job touches, from inside the process that does it.

Everything is written down as `label → state`, in words that the deciding side understands
(`truepage.world`): `function src/a.py:f`, `module src/a.py`, `file data.csv`, `listing data`,
`candidates src:name`, `variable HOME`, `distribution numpy`.

What is watched, and how:
- first-party functions and modules: an import hook compiles them with one call at the head of
  each function (`truepage.recording.importing`, `truepage.recording.reading`);
- files opened and folders listed: `sys.addaudithook`, which also sees what C code of Python does
  (`truepage.recording.hearing`);
- files asked about but not opened, environment variables, the clock, randomness without a seed:
  no audit event tells of those, so `os.stat`, `os.environ` and their like are wrapped
  (`truepage.recording.watching`).
"""

import builtins
import contextlib
import hashlib
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from importlib.util import source_from_cache
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from truepage.recording.bindings import EVERY, words_of_code
from truepage.recording.lookup import Space, looked_up
from truepage.recording.others import (
    BLIND,
    PACKAGE,
    VISIBLE,
    installed_modules,
    our_modules,
    our_name,
)
from truepage.recording.outline import BODY, CLOCK, CODE, LOGGED, PLACE, RAN
from truepage.recording.reading import Reading
from truepage.states import (
    INSTALLED,
    installed_distributions,
    is_standard,
    state_of_candidates,
    state_of_environment,
    state_of_file,
    state_of_folder,
    state_of_kind,
    state_of_link,
    state_of_offers,
    state_of_place,
    state_of_rights,
    state_of_times,
    state_of_variable,
)


class Recorder:
    """What one job touched."""

    def __init__(self) -> None:
        self.root = ""
        self.codes = Path()
        self.parts: dict[str, str] = {}
        self.ran: set[str] = set()
        self.unseen: dict[str, str] = {}
        self._names: list[str] = []
        self._read: dict[str, Reading] = {}
        self._sources: dict[str, str] = {}
        self._given: dict[str, ModuleType] = {}
        self._written: set[str] = set()
        self._appended: dict[str, str] = {}
        self._special: set[str] = set()  # words in code that was executed and is not marked
        self._more: set[str] = set()  # all words in it
        self.logs = False
        self.variables_set: set[str] = set()
        self._variables_read: set[str | bytes] = set()
        self._environment = state_of_environment()  # before anything of the author's is run
        self._ignored: tuple[str, ...] = ()
        self._quiet = threading.local()
        self._installed: set[str] = set()
        self._ours: set[str] = set()
        self.installed: list[str] = []
        self.ours: list[str] = []
        self.active = False

    def install(self) -> None:
        """Make the call that marked functions begin with known."""
        setattr(builtins, RAN, self.ran.add)

    def note_what_is_imported(self) -> None:
        """Depend on the installed modules, and on those of ours, that are imported already."""
        self._installed |= installed_modules()
        self._ours |= our_modules()

    def depend_on(self, task: ModuleType) -> None:
        """Depend on a task's module, wherever it is, and on the files that it names."""
        self._ours |= {our_name(str(task.__file__)), *getattr(task, "FILES", ())}

    def start(self, root: Path, cache: Path) -> None:
        """Begin. There is no way back: the process ends after its job.

        Parameters
        ----------
        root
            The project's root. Paths under it are recorded from there.
        cache
            The project's cache, whose files are no dependency.
        """
        self.root = str(root)
        self.codes = cache / "code"
        self._ignored = (str(cache) + os.sep,)
        self.active = True

    def stop(self) -> None:
        """End, and work out what follows from what was seen."""
        self.active = False
        executed = {(path, BODY): found.piece(BODY) for path, found in self._read.items()}
        for path in self._given:  # all of it, not only the functions that ran
            names = self._read[path].names
            executed.update({(path, name): self._read[path].piece(name) for name in names})
        for label in set(self.ran):
            path, _, name = label.rpartition(":")
            executed[path, name] = piece = self._read[path].piece(name)
            self.parts[f"function {label}"] = piece.digest
        words = looked_up(executed, list(self._spaces()), self._more)
        for path, found in self._read.items():
            if path in self._given:
                continue
            seen = "" if words == {EVERY} else f" {found.bindings.seen_by(words)}"
            self.parts[f"module {path}"] = executed[path, BODY].digest + seen
        if words != {EVERY}:
            self.parts["words"] = " ".join(sorted(words))
        special = set(self._special)
        for (path, name), piece in executed.items():
            special |= piece.special
            if piece.special & (CLOCK | LOGGED if self.logs else CLOCK):
                where = path if name == BODY else f"{path}, in {name}"
                self.note("seems to ask for the date or the time", where)
        if special & CODE:
            # Code that looks at code: docstrings, comments and line numbers count as well.
            for path, digest in self._sources.items():
                self.parts[f"file {path}"] = digest
        if special & PLACE:
            self.parts["place"] = state_of_place(self.root)
        if "%attach" in special and "sqlite3" in sys.modules:
            self.note("seems to attach a database, which C code reads", " ")
        for name, what in BLIND.items():
            if name in sys.modules:
                self.note(what, " ")
        self.installed = sorted(self._installed)
        self.ours = sorted(self._ours)

    def seen(self) -> dict[str, Any]:
        """Return what was seen until now, for the recorder of another process to `add`."""
        kinds = (bool, dict, list, set)
        return {
            name: value
            for name, value in vars(self).items()
            if isinstance(value, kinds) and name != "_given"  # it holds modules
        }

    def add(self, seen: dict[str, Any]) -> None:
        """Add what a fork of this process has seen."""
        for name, value in seen.items():
            own = getattr(self, name)
            if isinstance(own, bool):
                setattr(self, name, own or value)
            elif isinstance(own, dict):
                own.update({**value, **own})
            elif isinstance(own, set):
                own |= value
            else:
                own += [each for each in value if each not in own]

    def _spaces(self) -> Iterator[Space]:
        """Yield the author's modules, those last that were given."""
        # One that is known by other names was put there by `sys.modules`: DYNAMIC.
        for name in dict.fromkeys(self._names):
            module = sys.modules.get(name)
            file = getattr(module, "__file__", None)
            if module and file and (path := self.shown(os.path.abspath(file))) in self._read:
                yield Space(name, path, vars(module))
        for path, module in self._given.items():
            yield Space("", path, vars(module), is_given=True)

    def loaded(self, name: str, path: str, source: bytes, found: Reading) -> None:
        """Note a first-party module that is about to be executed."""
        shown = self.shown(path)
        self._names.append(name)
        self._read[shown] = found
        self._sources[shown] = hashlib.sha256(source).hexdigest()

    def given(self, path: str, source: bytes, found: Reading, module: ModuleType) -> None:
        """Note code that the job's identity holds, so that it is no part: a notebook's cells.

        Parameters
        ----------
        path, source
            The file that it stands in, and that file's content.
        found
            What was read of it.
        module
            The module that it is executed in.
        """
        shown = self.shown(path)
        self._read[shown], self._given[shown] = found, module
        self._sources[shown] = hashlib.sha256(source).hexdigest()

    def note(self, what: str, where: str = "") -> None:
        """Note something that recording cannot follow."""
        self.unseen.setdefault(what, where or self._place())

    def shown(self, path: str) -> str:
        """Return a path as labels have it."""
        if path.startswith(self.root + os.sep):
            return path[len(self.root) + 1 :].replace(os.sep, "/")
        return "." if path == self.root else path

    def first_party(self, path: str) -> bool:
        """Tell whether a file is the author's: neither Python's, nor installed, nor ours."""
        return not (path.startswith((*INSTALLED, PACKAGE, "<")) or is_standard(path))

    def absolute(self, path: Any, folder: int | None = None) -> str:
        """Return a path from the root of the file system; it may be open, and known by a number."""
        if isinstance(path, int):
            try:
                return os.path.abspath(os.readlink(f"/proc/self/fd/{path}"))
            except OSError:
                self.note("uses a folder by its number")
                return os.curdir
        base = os.curdir if folder in (None, -1) else self.absolute(folder)
        return os.path.abspath(os.path.join(base, os.fsdecode(path)))

    def executed(self, code: CodeType) -> None:
        """Note the words in code that is executed and was not marked, such as `exec` makes."""
        path = os.path.abspath(code.co_filename)
        if code.co_filename.startswith("<") or (
            self.first_party(path) and self.shown(path).partition(", cell ")[0] not in self._read
        ):
            stack = [code]
            while stack:
                code = stack.pop()
                constants = [str(constant) for constant in code.co_consts]
                self._special |= {*code.co_names, *constants}
                self._more |= words_of_code(code)
                stack += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
            if self._special & CLOCK:
                self.note("seems to ask for the date or the time")

    def hears(self) -> bool:
        """Tell whether what this thread does is the job's doing."""
        return self.active and not getattr(self._quiet, "now", False)

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """Do not listen to what this thread does: it is we who do it."""
        before = getattr(self._quiet, "now", False)
        self._quiet.now = True
        try:
            yield
        finally:
            self._quiet.now = before

    def opened(self, path: Any, mode: str | None, flags: int, folder: int | None = None) -> None:
        """Note a file that is opened: what counts is what can be read of it as it was before."""
        if isinstance(path, int) or path is None:
            return
        file = self.absolute(path, folder)
        if mode is None:
            created = bool(flags & os.O_TRUNC) or (flags & os.O_CREAT and flags & os.O_EXCL)
            appends = bool(flags & os.O_WRONLY)
        else:
            created = not set(mode).isdisjoint("wx")
            appends = "a" in mode and "+" not in mode
            if "x" in mode:
                self.asked(file, "kind")
        if created:
            self._written.add(file)
        elif not appends:
            self.read(file)
        elif file not in self._written:
            self._appended.setdefault(file, state_of_file(file))

    def read(self, path: str) -> None:
        """Note a file that is opened for reading."""
        if self._skipped(path):
            return
        if path.startswith(("/proc/", "/sys/")):
            self.note(f"reads the machine's state ({path})")
            return
        if path in ("/dev/urandom", "/dev/random"):
            self.note("draws random numbers without a seed")
            return
        if state_of_kind(path).endswith("other"):  # a pipe or a device: it may never end
            self.note(f"reads what is no file ({path})")
            return
        state = self._appended.get(path) or state_of_file(path)
        self.parts.setdefault(f"file {self.shown(path)}", state)

    def listed(self, path: str) -> None:
        """Note a folder that is listed."""
        if path + os.sep in INSTALLED:
            self.parts.setdefault("installed", installed_distributions(path))
        elif not self._skipped(path + os.sep):
            self.parts.setdefault(f"listing {self.shown(path)}", state_of_folder(path))

    def asked(self, path: str, kind: str) -> None:
        """Note a question about a file: its kind, its times, its rights or where it links to."""
        if not self._skipped(path):
            self.parts.setdefault(f"{kind} {self.shown(path)}", _QUESTIONS[kind](path))

    def searched(self, folder: str, name: str) -> None:
        """Note that a folder was searched for a module."""
        if folder + os.sep in INSTALLED:
            self.parts.setdefault(f"offered {name}", state_of_offers(name))
        if self.first_party(folder + os.sep):
            label = f"candidates {self.shown(folder)}:{name}"
            self.parts.setdefault(label, state_of_candidates(folder, name))

    def variable(self, name: str | bytes) -> None:
        """Note an environment variable that is read; matplotlib reads one a hundred times."""
        if name not in self._variables_read:
            self._variables_read.add(name)
            name = os.fsdecode(name)
            if name not in self.variables_set:
                self.parts.setdefault(f"variable {name}", state_of_variable(name))

    def variables(self) -> None:
        """Note that all environment variables are read, or which there are."""
        if self.active:
            self.parts.setdefault("environment", self._environment)

    def _skipped(self, path: str) -> bool:
        if path.startswith(INSTALLED):
            folder = next(folder for folder in INSTALLED if path.startswith(folder))
            self._installed.add(path[len(folder) :].split(os.sep, 1)[0])
            return True
        if f"{os.sep}__pycache__{os.sep}" in path and path.endswith(".pyc"):
            # Compiled by a loader that is not ours: what counts is the source.
            if not (path.startswith(PACKAGE) or is_standard(path)):
                self.read(source_from_cache(path))
            return True
        return (
            path.startswith((PACKAGE, *self._ignored))
            or is_standard(path)
            or path in self._written
            or path == os.devnull
        )

    def imported(self, name: str, file: str) -> None:
        """Note a module that is found in a file."""
        if file.startswith(PACKAGE):
            self._ours.add(our_name(file))
        if not file.startswith(INSTALLED):
            return
        top = name.partition(".")[0]
        self._installed.add(top)
        if top not in VISIBLE and file.endswith((".so", ".pyd")):
            self.note(f"imports {top}, whose C code may read files", " ")

    # Who is asking.

    def _place(self) -> str:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if self.is_author(frame):
                return f"{self.shown(frame.f_code.co_filename)}:{frame.f_lineno}"
            frame = frame.f_back
        return ""

    def is_author(self, frame: FrameType) -> bool:
        """Tell whether a frame runs the author's code."""
        return self.first_party(frame.f_code.co_filename)

    def author_is_near(self, without: Sequence[str] = ()) -> bool:
        """Tell whether the author's code, not an installed library, is what acts here.

        Parameters
        ----------
        without
            Modules of the standard library that act by themselves.
        """
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            file = frame.f_code.co_filename
            if frame.f_globals.get("__name__") in without:
                return False
            if not (file.startswith((PACKAGE, "<")) or is_standard(file)):
                return self.is_author(frame)
            frame = frame.f_back
        return False


_QUESTIONS: dict[str, Callable[[str], str]] = {
    "kind": state_of_kind,
    "link": state_of_link,
    "rights": state_of_rights,
    "times": state_of_times,
}
