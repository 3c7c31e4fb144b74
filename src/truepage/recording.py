"""Recording what a drawing touches, from inside the process that draws.

Everything is written down as `label → state`, in words that the deciding side understands
(`truepage.world`): `function src/a.py:f`, `module src/a.py`, `file data.csv`, `listing data`,
`candidates src:name`, `variable HOME`, `distribution numpy`.

What is watched, and how:
- first-party functions and modules: an import hook compiles them with one call at the head of
  each function (`truepage.outline.mark`);
- files opened and folders listed: `sys.addaudithook`, which also sees what C code of Python does;
- files asked about but not opened, environment variables, the clock, randomness without a seed:
  no audit event tells of those, so `os.stat`, `os.environ` and their like are wrapped.
"""

import ast
import builtins
import contextlib
import hashlib
import marshal
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import source_from_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from truepage.files import read_checked, write_checked
from truepage.outline import BODY, RAN, Outline, mark, outline
from truepage.states import (
    INSTALLED,
    STANDARD,
    installed_distributions,
    state_of_candidates,
    state_of_file,
    state_of_folder,
    state_of_kind,
    state_of_offers,
    state_of_times,
    state_of_variable,
)

PACKAGE = str(Path(__file__).parent) + os.sep

# Events after which nothing can be known of what happened: the drawing is never called fresh.
_UNSEEN = {
    "subprocess.Popen": "starts a process",
    "os.system": "starts a process",
    "os.exec": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.spawn": "starts a process",
    "os.fork": "forks",
    "os.forkpty": "forks",
    "pty.spawn": "starts a process",
    "socket.connect": "uses the network",
    "socket.sendto": "uses the network",
    "socket.sendmsg": "uses the network",
    "socket.bind": "uses the network",
    "socket.getaddrinfo": "uses the network",
    "socket.gethostbyname": "uses the network",
    "socket.gethostname": "asks for the machine's name",
}
_FOREIGN = {"ctypes.dlopen", "ctypes.dlsym", "ctypes.dlsym/handle", "ctypes.call_function"}

# Distributions whose C code opens files by way of Python only, where it is seen. Any other's may
# read what nobody sees, so a figure that imports it must declare its inputs.
_VISIBLE = frozenset(
    "PIL contourpy cycler dateutil fontTools kiwisolver matplotlib mpl_toolkits numpy packaging "
    "pandas pyparsing pytz scipy six tzdata".split()
)


def installed_modules() -> set[str]:
    """Return the top-level names of the installed modules that are imported now."""
    return {
        name.partition(".")[0]
        for name, module in list(sys.modules.items())
        if (getattr(module, "__file__", None) or "").startswith(INSTALLED)
    }


class Recorder:
    """What one drawing touched.

    Parameters
    ----------
    root
        The project's root. Paths under it are recorded from there.
    ignored
        Folders whose files are no dependency: the cache, the request's folder.
    codes
        Folder of compiled modules, kept between drawings.
    warm
        Top-level names of the installed modules that were imported before.
    """

    def __init__(
        self, root: Path, ignored: Sequence[Path], codes: Path, warm: Iterable[str]
    ) -> None:
        self.root = str(root)
        self.parts: dict[str, str] = {}
        self.ran: set[str] = set()
        self.unseen: dict[str, str] = {}
        self._outlines: dict[str, Outline] = {}
        self._sources: dict[str, str] = {}
        self._written: set[str] = set()
        self._ignored = tuple(str(folder) + os.sep for folder in ignored)
        self._codes = codes
        self._quiet = threading.local()
        self._installed: set[str] = set(warm)
        self.installed: list[str] = []
        self.active = False

    def start(self) -> None:
        """Begin. There is no way back: the process ends after its drawing."""
        setattr(builtins, RAN, self.ran.add)
        sys.addaudithook(self._heard)
        self.active = True

    def stop(self) -> None:
        """End, and work out what follows from what was seen."""
        self.active = False
        introspects = False
        for label in self.ran:
            path, _, name = label.rpartition(":")
            found = self._outlines[path]
            self.parts[f"function {label}"] = found.pieces[name]
            introspects |= name in found.introspects
            if name in found.clocks:
                self.note("seems to ask for the date or the time", f"{path}, in {name}")
        for path, found in self._outlines.items():
            self.parts[f"module {path}"] = found.pieces[BODY]
            introspects |= BODY in found.introspects
            if BODY in found.clocks:
                self.note("seems to ask for the date or the time", path)
        if introspects:
            # Code that looks at code: docstrings, comments and line numbers count as well.
            for path, digest in self._sources.items():
                self.parts[f"file {path}"] = digest
        self.installed = sorted(self._installed)

    def loaded(self, path: str, source: bytes, found: Outline) -> None:
        """Note a first-party module that is about to be executed."""
        shown = self.shown(path)
        self._outlines[shown] = found
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
        return not path.startswith((*INSTALLED, *STANDARD, PACKAGE)) and not path.startswith("<")

    def compiled(self, path: str, source: bytes) -> tuple[CodeType, Outline]:
        """Return a module's code, marked, and its outline; both are kept for the next drawing."""
        shown = self.shown(path)
        key = hashlib.sha256(
            b"\0".join([sys.version.encode(), path.encode(), shown.encode(), source])
        ).hexdigest()
        file = self._codes / f"{key}.bin"
        try:
            code, *outlined = marshal.loads(read_checked(file))  # noqa: S302 (we wrote it)
            return code, Outline(*outlined)
        except (OSError, ValueError, EOFError, TypeError):
            pass
        tree = ast.parse(source, path)
        found = outline(tree)
        mark(tree, shown)
        code = compile(tree, path, "exec", dont_inherit=True)
        kept = marshal.dumps((code, dict(found.pieces), found.introspects, found.clocks))
        with contextlib.suppress(OSError):  # a folder that cannot be written costs time only
            write_checked(file, kept)
        return code, found

    # What the audit hook hears.

    def _heard(self, event: str, details: tuple[Any, ...]) -> None:
        if event not in _HEARD or not self.active or getattr(self._quiet, "now", False):
            return
        with self.quiet():
            if event == "open":
                self._opened(*details)
            elif event in _UNSEEN:
                self.note(_UNSEEN[event])
            elif event in _FOREIGN:
                if self._author_is_near():
                    self.note("calls a C library")
            elif event == "import":
                if details[1]:  # an extension module, loaded from this file
                    self.read(os.path.abspath(details[1]))
            elif event == "sqlite3.connect":
                if not str(details[0]).startswith(":memory:"):
                    self.read(os.path.abspath(os.fsdecode(details[0]).removeprefix("file:")))
            else:  # os.listdir, os.scandir
                folder = details[0] if details[0] is not None else "."
                if not isinstance(folder, int):
                    self.listed(os.path.abspath(os.fsdecode(folder)))

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """Do not listen to what this thread does: it is we who do it."""
        self._quiet.now = True
        try:
            yield
        finally:
            self._quiet.now = False

    def _opened(self, path: Any, mode: str | None, flags: int) -> None:
        if isinstance(path, int) or path is None:
            return
        file = os.path.abspath(os.fsdecode(path))
        writes = (
            not set(mode).isdisjoint("wax") if mode else bool(flags & (os.O_WRONLY | os.O_TRUNC))
        )
        if writes:
            self._written.add(file)
        else:
            self.read(file)

    def read(self, path: str) -> None:
        """Note a file that is opened for reading."""
        if self._skipped(path):
            return
        if path.startswith(("/proc/", "/sys/")):
            self.note(f"reads the machine's state ({path})")
            return
        if state_of_kind(path).endswith("other"):  # a pipe or a device: it may never end
            self.note(f"reads what is no file ({path})")
            return
        self.parts.setdefault(f"file {self.shown(path)}", state_of_file(path))

    def listed(self, path: str) -> None:
        """Note a folder that is listed."""
        if path + os.sep in INSTALLED:
            self.parts.setdefault("installed", installed_distributions(path))
        elif not self._skipped(path + os.sep):
            self.parts.setdefault(f"listing {self.shown(path)}", state_of_folder(path))

    def asked(self, path: str, whole: bool) -> None:
        """Note a question about a file: whether it is there or, `whole`, its size and times."""
        if self._skipped(path):
            return
        kind, state = ("times", state_of_times(path)) if whole else ("kind", state_of_kind(path))
        self.parts.setdefault(f"{kind} {self.shown(path)}", state)

    def searched(self, folder: str, name: str) -> None:
        """Note that a folder was searched for a module."""
        if folder + os.sep in INSTALLED:
            self.parts.setdefault(f"offered {name}", state_of_offers(name))
        if self.first_party(folder + os.sep):
            label = f"candidates {self.shown(folder)}:{name}"
            self.parts.setdefault(label, state_of_candidates(folder, name))

    def variable(self, name: str) -> None:
        """Note an environment variable that is read."""
        if self.active:
            self.parts.setdefault(f"variable {name}", state_of_variable(name))

    def _skipped(self, path: str) -> bool:
        if path.startswith(INSTALLED):
            folder = next(folder for folder in INSTALLED if path.startswith(folder))
            self._installed.add(path[len(folder) :].split(os.sep, 1)[0])
            return True
        if f"{os.sep}__pycache__{os.sep}" in path and path.endswith(".pyc"):
            # Compiled by a loader that is not ours: what counts is the source.
            if not path.startswith((*STANDARD, PACKAGE)):
                self.read(source_from_cache(path))
            return True
        return (
            path.startswith((*STANDARD, PACKAGE, *self._ignored))
            or path in self._written
            or path in (os.devnull, "/dev/urandom")
        )

    def imported(self, name: str, file: str) -> None:
        """Note a module that is found in a file."""
        if not file.startswith(INSTALLED):
            return
        top = name.partition(".")[0]
        self._installed.add(top)
        if top not in _VISIBLE and file.endswith((".so", ".pyd")):
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

    def author_calls(self, depth: int = 2) -> bool:
        """Tell whether the function that was called was called by the author's own code."""
        return self.is_author(sys._getframe(depth))

    def _author_is_near(self) -> bool:
        """Tell whether the author's code, not an installed library, is what acts here."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename.startswith((*STANDARD, PACKAGE, "<")):
            frame = frame.f_back
        return frame is not None and self.is_author(frame)


_HEARD = {"open", "import", "os.listdir", "os.scandir", "sqlite3.connect", *_UNSEEN, *_FOREIGN}
