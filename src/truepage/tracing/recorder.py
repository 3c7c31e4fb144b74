"""Recording what a task touches, from inside the process that does it.

Everything is written down as a dependency (`truepage.engine.dependencies`) with its state.

What is watched, and how:
- first-party functions and modules: an import hook compiles them with one call at the head of
  each function (`truepage.tracing.import_hook`, `truepage.tracing.reading`);
- files opened and folders listed: `sys.addaudithook`, which also sees what C code of Python does
  (`truepage.tracing.audit_hook`);
- files asked about but not opened, environment variables, the clock, randomness without a seed:
  no audit event tells of those, so `os.stat`, `os.environ` and their like are wrapped
  (`truepage.tracing.patches`).
"""

import builtins
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from importlib.util import source_from_cache
from pathlib import Path
from threading import get_ident  # as it is before recording wraps it
from time import time_ns  # so is this
from types import BuiltinFunctionType, CodeType, FrameType, MethodType, ModuleType
from typing import Any
from weakref import WeakSet

from truepage.engine.ast_digest import BODY, CLOCK, CODE, HASH, ID, PLACE, RAN, REPR, SET
from truepage.engine.bindings import EVERY, words_of_code
from truepage.engine.dependencies import code, files, machine
from truepage.engine.dependencies.base import Dependency, Surroundings, content
from truepage.engine.locations import INSTALLED, STANDARD, is_standard, shown
from truepage.tracing.blame import Blame
from truepage.tracing.chance import Entropy
from truepage.tracing.lookup import Space, looked_up
from truepage.tracing.reading import Reading
from truepage.tracing.third_party import (
    BLIND,
    OURS,
    PACKAGE,
    TUNING,
    VISIBLE,
    installed_modules,
    our_modules,
    our_name,
)


def ignored(cache: str) -> tuple[str, ...]:
    """Return what the paths begin with that are ours in a project's cache."""
    return tuple(os.path.join(cache, name) for name in OURS)


class Recorder:
    """What one task touched."""

    def __init__(self) -> None:
        self.root = ""
        self._here = Surroundings("")
        self.codes = self.compiled = self.cache = self.forks = Path()
        self.parts: dict[str, str] = {}
        self.ran: set[str] = set()
        self.looked: dict[str, str] = {}
        """Functions whose code somebody looked at, whether they ran or not; as a fork says it."""
        self.untracked: dict[str, str] = {}
        self._names: list[str] = []
        self._read: dict[str, Reading] = {}
        self._sources: dict[str, str] = {}
        self._given: dict[str, ModuleType] = {}
        self._opened: set[str] = set()
        self._written: set[str] = set()
        self._appended: dict[str, str] = {}
        self._special: set[str] = set()  # words in code that was executed and is not marked
        self._more: set[str] = set()  # all words in it
        self._asked: set[str] = set()  # names that were looked up in modules, by whomever
        self.requested: list[str] = []
        """Modules that were looked for by what is no import itself."""
        self.preloaded: Any = None
        """What was imported ahead (`truepage.tracing.preloading`)."""
        self.variables_set: set[str] = set()
        self.swept: object = None
        """The variable that an import comes by while it looks through all of them."""
        self._variables_read: set[str | bytes] = set()
        # As it is before anything of the author's is run.
        self._environment = machine.AllVariables().state(self._here)
        self._ignored: tuple[str, ...] = ()
        self.blame = Blame()
        self.hears_numpy = False
        """Whether NumPy's C code tells when it asks for the date or the time."""
        self.follows = False
        """Whether the kernel tells what C code and child processes open."""
        self.entropy, self._imported_entropy = Entropy(""), Entropy("import")
        self._drawing: int | None = None
        self._ids: dict[int, int] = {}
        self._places: tuple[str, ...] = ()
        self._mirror: int | None = None
        self._installed: set[str] = set()
        self._ours: set[str] = set()
        self.installed: list[str] = []
        self.ours: list[str] = []
        self.active = False
        self._began = 0

    def install(self) -> None:
        """Make the call that marked functions begin with known."""
        setattr(builtins, RAN, self.ran.add)
        for name, answer in {
            HASH: self._hash,
            ID: self._id,
            REPR: self._repr,
            SET: self._set,
        }.items():
            setattr(builtins, name, answer)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._fork)

    def note_what_is_imported(self) -> None:
        """Depend on the installed modules, and on those of ours, that are imported already."""
        self._installed |= installed_modules()
        self._ours |= our_modules()

    def depend_on(self, module: ModuleType) -> None:
        """Depend on a task's module, wherever it is, and on the files that it names."""
        self._ours |= {our_name(str(module.__file__)), *getattr(module, "FILES", ())}

    def start(self, root: Path, cache: Path, name: str, folder: Path) -> None:
        """Begin. There is no way back: the process ends after its task.

        Parameters
        ----------
        root
            The project's root. Paths under it are recorded from there.
        cache
            The project's cache, whose files are no dependency.
        name
            The task's name, which entropy follows from.
        folder
            The build's own, where forks of this process say what they touch.
        """
        self.root, self.cache, self.forks = str(root), cache, folder / f"{name}.forks"
        self._here = Surroundings(self.root)
        self._places = (self.root + os.sep, *INSTALLED, *STANDARD)
        self.entropy = Entropy(name)
        self.codes, self.compiled = cache / "code", folder / "compiled"
        self._ignored = ignored(str(cache))
        self._began = time_ns()
        self.active = True

    def stop(self) -> None:
        """End, and work out what follows from what was seen."""
        self.active = False
        self._gather()
        for path in self._opened - self._written - self._appended.keys():
            label = files.File.at(path, self.root).label
            self.parts[label] = files.settled(path, self.parts[label], self._began)
        executed = {(path, BODY): found.piece(BODY) for path, found in self._read.items()}
        for path in self._given:  # all of it, not only the functions that ran
            names = self._read[path].names
            executed.update({(path, name): self._read[path].piece(name) for name in names})
        functions = [
            *map(code.Function, self.ran),
            *map(code.Inspected, self.looked.keys() - self.ran),
        ]
        for on in functions:
            if on.path in self._read:  # else a fork imported it: its whole file counts
                piece = executed[on.path, on.piece] = self._read[on.path].piece(on.piece)
                self.parts[on.label] = piece.digest
        words = looked_up(executed, list(self._spaces()), self._more, self._asked)
        for path, found in self._read.items():
            if path in self._given:
                continue
            seen = "" if words == {EVERY} else f" {found.bindings.seen_by(words)}"
            self.parts[code.Module(path).label] = executed[path, BODY].digest + seen
        if words != {EVERY}:
            self.parts[code.Words().label] = " ".join(sorted(words))
        special = set(self._special)
        for (path, name), piece in executed.items():
            special |= piece.special
            if piece.special >= CLOCK and not self.hears_numpy:
                where = path if name == BODY else f"{path}, in {name}"
                self.note("seems to ask for the date or the time", where)
        if special & CODE:
            # Code that looks at code: docstrings, comments and line numbers count as well.
            for path, digest in self._sources.items():
                self.parts[files.File(path).label] = digest
        if special & PLACE:
            self.shows_place()
        for name, what in BLIND.items():
            if name in sys.modules and not self.follows:
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
        if self._mirror is not None:
            self.depends(files.File(shown), self._sources[shown])

    def given(self, path: str, source: bytes, found: Reading, module: ModuleType) -> None:
        """Note code that the task's identity holds, so that it is no part: a notebook's cells.

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
        """Note something that recording cannot follow, unless an import does it."""
        if what not in self.untracked and not self.blame.importing:
            self.untracked[what] = where or self.place()
            self._tell("untracked", what, self.untracked[what])

    @property
    def wrote(self) -> list[str]:
        """The files of the project that were written to, which are not ours."""
        return [
            self.shown(path)
            for path in self._written | self._appended.keys()
            if path.startswith(self.root + os.sep) and not path.startswith(self._ignored)
        ]

    def depends(self, on: Dependency, state: str | None = None) -> None:
        """Note something that is touched, with its state when that was first."""
        label = on.label
        if label not in self.parts:
            with self.quiet():
                self.parts[label] = on.state(self._here) if state is None else state
            self._tell("parts", label, self.parts[label])

    def shows_place(self) -> None:
        """Note that where the project is on this machine may show."""
        self.depends(machine.Place())

    def shows_code(self) -> None:
        """Note that docstrings, comments or line numbers may show."""
        self._special |= CODE

    def draw(self, size: int) -> bytes:
        """Return random bytes that are the same in every run of this task."""
        if self.blame.importing:
            return self._imported_entropy.draw(size)
        thread = get_ident()
        if self._drawing is None:
            self._drawing = thread
        elif thread != self._drawing:
            self.note("draws random numbers in several threads")
        return self.entropy.draw(size)

    def looked_up(self, name: str, caller: str) -> None:
        """Note a name that is looked up in a module of the author's; `__dict__` has them all."""
        if self.active and caller != "importlib._bootstrap":  # which takes names from the code
            if name != "__dict__":
                self._asked.add(name)
            elif not caller.startswith(_LOOKING):
                self._asked.add(EVERY)

    def _id(self, subject: object) -> int:
        """Return a number for an object: not where it is, but the how manieth was asked for."""
        return 16 * self.ordinal(id(subject))

    def ordinal(self, number: int) -> int:
        """Return the how manieth a number is among those that were asked for."""
        return self._ids.setdefault(number, len(self._ids) + 1)

    def _hash(self, subject: object) -> int:
        """Return an object's hash: if it has none of its own, one that its number gives."""
        if type(subject).__hash__ is object.__hash__:
            return self._id(subject)
        return hash(subject)

    def _repr(self, subject: object) -> str:
        """Return an object's text, and note if it shows where the object is."""
        shown = repr(subject)
        if " at 0x" in shown:
            self.note("shows an object's address in memory")
        return shown

    def _set(self, made: Any) -> Any:
        """Return what may be a set, and note if its order is another in each run."""
        if isinstance(made, set | frozenset | WeakSet):
            kinds: set[Any] = set(map(type, made))
            for kind in kinds - {type(None)}:
                if kind.__hash__ is object.__hash__ or kind in _BY_PLACE:
                    self.note("keeps objects in a set, whose order is another each time")
        return made

    # Forks of this process: what they touch, they say in a file.

    def _fork(self) -> None:
        if self.active:
            self.blame.part()
            self._mirror = os.open(self.forks, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            setattr(builtins, RAN, self._ran)

    def _ran(self, label: str) -> None:
        if label not in self.ran:
            self.ran.add(label)
            self._tell("ran", label)

    def _tell(self, *words: str) -> None:
        if self._mirror is not None:
            os.write(self._mirror, json.dumps(words).encode() + b"\n")

    def _gather(self) -> None:
        if self.forks.is_file():
            for line in self.forks.read_bytes().splitlines():
                kind, name, *state = json.loads(line)
                if kind == "ran":
                    self.ran.add(name)
                else:
                    getattr(self, kind).setdefault(name, *state)

    def shown(self, path: str) -> str:
        """Return a path as labels have it."""
        return shown(path, self.root)

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
        found = os.path.join(base, os.fsdecode(path))
        if os.pardir in found.split(os.sep):  # above a link's target is another folder
            head, tail = os.path.split(found)
            with self.quiet():
                found = os.path.join(os.path.realpath(head), tail)
        return os.path.abspath(found)

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

    def dissected(self, function: Any) -> None:
        """Note that somebody looks at a function's code: it counts as if it ran."""
        stack: list[object] = [function.__code__]
        while stack:
            code = stack.pop()
            if isinstance(code, CodeType):
                stack += code.co_consts
                path = self.shown(code.co_filename)
                for label in code.co_consts if path in self._read else ():
                    if str(label).removeprefix(f"{path}:") in self._read[path].names:
                        self.looked[str(label)] = ""
                        self._tell("looked", str(label), "")

    def hears(self) -> bool:
        """Tell whether what this thread does is the task's doing."""
        return self.active and not self.blame.quiet

    def quiet(self) -> AbstractContextManager[None]:
        """Do not listen to what this thread does: it is we who do it."""
        return self.blame.while_quiet()

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
                self.asked(file, files.Kind)
        if created:
            self._written.add(file)
        elif not appends:
            self.read(file)
        elif file not in self._written:
            self._appended.setdefault(file, content(file))

    def read(self, path: str) -> None:
        """Note a file that is opened for reading."""
        if self._skipped(path):
            return
        if path.startswith(("/proc/", "/sys/")):
            if TUNING.match(path) and not self.author_is_near():
                return
            self.note(f"reads the machine's state ({path})")
            return
        if path in ("/dev/urandom", "/dev/random"):
            if not self.follows:
                self.note("reads random numbers from a device")
            return
        if (
            files.Kind.at(path, self.root).state(self._here).endswith("other")
        ):  # a pipe or a device: it may never end
            self.note(f"reads what is no file ({path})")
            return
        self._opened.add(path)
        self.depends(files.File.at(path, self.root), self._appended.get(path))

    def listed(self, path: str) -> None:
        """Note a folder that is listed."""
        if path + os.sep in INSTALLED:
            self.depends(machine.Installed())
        elif not self._skipped(path + os.sep):
            self.depends(files.Listing.at(path, self.root))

    def entered(self, path: str) -> None:
        """Note a folder that is listed with all that is told of what is in it."""
        if not self._skipped(path + os.sep):
            self.depends(files.Entries.at(path, self.root))

    def searched_for_distributions(self, path: str) -> None:
        """Note a folder that is searched for installed distributions, and for nothing else."""
        if self.blame.importing:
            return
        if path + os.sep in INSTALLED:
            self.listed(path)
        elif not self._skipped(path + os.sep):
            self.depends(machine.Distributions.at(path, self.root))

    def mapped(self, path: str) -> None:
        """Note a file that is mapped into memory."""
        if not self._skipped(path):
            self.depends(files.Mapped.at(path, self.root))

    def asked(self, path: str, kind: type[files.OfPath]) -> None:
        """Note a question about a file: its kind, its times, its rights or where it links to."""
        above = path.rstrip(os.sep) + os.sep
        if kind in {files.Kind, files.Link} and any(
            place.startswith(above) for place in self._places
        ):
            return  # above the project and its Python are folders, and not the same everywhere
        if not self._skipped(path):
            self.depends(kind.at(path, self.root))

    def searched(self, folder: str, name: str) -> None:
        """Note that a folder was searched for a module."""
        if folder + os.sep in INSTALLED:
            self.depends(code.Offered(name))
        if self.first_party(folder + os.sep):
            self.depends(code.Candidates(f"{self.shown(folder)}:{name}"))

    def variable(self, name: str | bytes) -> None:
        """Note an environment variable that is read; matplotlib reads one a hundred times."""
        if self.blame.importing and name == self.swept:
            return
        if name not in self._variables_read:
            self._variables_read.add(name)
            name = os.fsdecode(name)
            if name not in self.variables_set:
                self.depends(machine.Variable(name))

    def variables(self) -> None:
        """Note that all environment variables are read, or which there are."""
        if self.hears() and not self.blame.importing:
            self.depends(machine.AllVariables(), self._environment)

    def inherits(self) -> None:
        """Note that code is run which may read any environment variable, as programs do."""
        self.depends(machine.Inherited())

    def _skipped(self, path: str) -> bool:
        if path.startswith(INSTALLED):
            folder = next(folder for folder in INSTALLED if path.startswith(folder))
            inside = path[len(folder) :]
            if inside.endswith(".pyc") and "__pycache__" in inside:
                inside = source_from_cache(inside)
            if ".dist-info/" not in inside and ".egg-info/" not in inside:
                self._installed.add(inside)
            elif not self.blame.importing:  # such as the list of its entry points
                self.depends(machine.Held(inside))
            return True
        if f"{os.sep}__pycache__{os.sep}" in path and path.endswith(".pyc"):
            # Compiled by a loader that is not ours: what counts is the source.
            if not (path.startswith(PACKAGE) or is_standard(path)):
                self.read(source_from_cache(path))
            return True
        return (
            path.startswith((PACKAGE, *self._ignored))
            or is_standard(path)
            or is_standard(path + os.sep)
            or path in self._written
            or path == os.devnull
            or (self.blame.importing and path.startswith(("/proc/", "/sys/")))
        )

    def imported(self, name: str, file: str) -> None:
        """Note a module that is found in a file."""
        if file.startswith(PACKAGE):
            self._ours.add(our_name(file))
        if not file.startswith(INSTALLED):
            return
        self._skipped(file)
        top = name.partition(".")[0]
        if not self.follows and top not in VISIBLE and file.endswith((".so", ".pyd")):
            self.note(f"imports {top}, whose C code may read files", " ")

    # Who is asking.

    def place(self) -> str:
        """Return the author's line that waits for what is done here."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if self.is_author(frame):
                return f"{self.shown(frame.f_code.co_filename)}:{frame.f_lineno}"
            frame = frame.f_back
        return ""

    def is_author(self, frame: FrameType) -> bool:
        """Tell whether a frame runs the author's code."""
        return self.first_party(frame.f_code.co_filename)

    def is_for_author(self) -> bool:
        """Tell whether the author's code is among those that wait for what is done here."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if self.is_author(frame) or hands_on(frame):
                return True
            frame = frame.f_back
        return False

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
            if without and hands_on(frame):
                return True
            if frame.f_globals.get("__name__", "").startswith(tuple(without)):
                return False
            if not (file.startswith((PACKAGE, "<")) or is_standard(file)):
                return self.is_author(frame)
            frame = frame.f_back
        return False


def hands_on(frame: FrameType) -> bool:
    """Tell whether a frame calls, in a thread or a process, what somebody gave it to call.

    Who gave it waits elsewhere, so the author is not among the callers.
    """
    return (frame.f_globals.get("__name__", ""), frame.f_code.co_name) in _HANDING


_HANDING = {
    ("concurrent.futures.process", "_process_chunk"),
    ("concurrent.futures.process", "<listcomp>"),  # before Python 3.12
    ("concurrent.futures.thread", "run"),
    ("multiprocessing.pool", "mapstar"),
    ("multiprocessing.pool", "starmapstar"),
    ("multiprocessing.pool", "worker"),
    ("multiprocessing.process", "run"),
    ("threading", "run"),
}

# Parts of the standard library that take a module's names and look up none that code does not name.
_LOOKING = ("dataclasses", "enum", "functools", "importlib", "typing", "warnings")

# Types whose hash tells where something is, though it is not that of `object`.
_BY_PLACE = {BuiltinFunctionType, MethodType}
