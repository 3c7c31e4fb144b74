"""Listening to Python's audit events: files, folders, processes, the network, C libraries."""

import os
import sys
from types import FrameType
from typing import Any

from truepage.engine.dependencies.files import Attributes, Kind
from truepage.engine.locations import INSTALLED
from truepage.tracing.libraries import database
from truepage.tracing.recorder import Recorder

# Events after which nothing can be known of what happened: the task is never called fresh.
_UNTRACKED = {
    "socket.connect": "uses the network",
    "socket.sendto": "uses the network",
    "socket.sendmsg": "uses the network",
    "socket.bind": "uses the network",
    "socket.getaddrinfo": "uses the network",
    "socket.gethostbyname": "uses the network",
    "socket.gethostname": "asks for the machine's name",
}
_PROCESSES = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn"}
# Events of changing a file by its name: what was there before them counts.
_CHANGED = {"os.mkdir", "os.remove", "os.rename", "os.rmdir"}
# Modules that scan folders and use no more of what is found than its name and kind.
_NAMES_ONLY = {"os", "pathlib", "glob", "fnmatch"}
_FOREIGN = {"ctypes.dlopen", "ctypes.dlsym", "ctypes.dlsym/handle", "ctypes.call_function"}
# Functions of C that answer without the kernel, which otherwise tells what C libraries do.
_TELLING = {"clock", "clock_gettime", "ftime", "getpid", "gettimeofday", "time", "timespec_get"}
_INHERITING = {"getenv", "secure_getenv"}
_HEARD = {
    "builtins.id",
    "open",
    "exec",
    "import",
    "mmap.__new__",
    "os.getxattr",
    "os.listdir",
    "os.listxattr",
    "os.scandir",
    "sqlite3.connect",
    "sys._getframe",
    *_PROCESSES,
    *_UNTRACKED,
    *_CHANGED,
    *_FOREIGN,
}


def install(recorder: Recorder) -> None:
    """Listen from now on; a hook cannot be taken away."""

    def heard(event: str, details: tuple[Any, ...]) -> None:
        if event in _HEARD and recorder.hears():
            with recorder.quiet():
                _note(recorder, event, details)

    sys.addaudithook(heard)


def _takes_names(recorder: Recorder, caller: FrameType) -> None:
    """Note that an installed library looks at who called it, as for names in a query."""
    file = caller.f_code.co_filename
    if file.startswith(INSTALLED) and not recorder.blame.importing:
        recorder.looked_up("__dict__", caller.f_globals.get("__name__", ""))


def _note(recorder: Recorder, event: str, details: tuple[Any, ...]) -> None:
    """Note one event. Two frames up is who caused it."""
    if event == "open":
        if isinstance(details[0], str | bytes):
            recorder.blame.note_path(details[0], b"open")
        recorder.opened(*details)
    elif event in _PROCESSES:
        if not recorder.follows:
            recorder.note("starts a process")
    elif event in _UNTRACKED:
        recorder.note(_UNTRACKED[event])
    elif event in _FOREIGN:
        asks = details[-1] in _TELLING if event == "ctypes.dlsym" else not recorder.follows
        if recorder.author_is_near():
            if details[-1] in _INHERITING or (
                event == "ctypes.dlopen" and details[0] and os.sep in str(details[0])
            ):
                recorder.inherits()
            if asks:
                recorder.note("calls a C library")
    elif event == "import":
        if details[1]:  # an extension module, loaded from this file
            recorder.read(path := os.path.abspath(details[1]))
            if recorder.first_party(path):
                recorder.inherits()
    elif event == "builtins.id":
        if recorder.is_author(sys._getframe(2)):
            recorder.note("shows or compares where objects are in memory (id)")
    elif event == "sys._getframe":
        _takes_names(recorder, sys._getframe(2))
    elif event == "exec":
        recorder.executed(details[0])
    elif event == "sqlite3.connect":
        database(recorder, os.fsdecode(details[0]))
    elif event == "mmap.__new__":
        if details[0] >= 0:
            recorder.mapped(recorder.absolute(details[0]))
    elif event in {"os.getxattr", "os.listxattr"}:
        recorder.asked(recorder.absolute(details[0]), Attributes)
    elif event in _CHANGED:
        if sys._getframe(2).f_globals.get("__name__") != "tempfile":
            recorder.asked(recorder.absolute(details[0], details[-1]), Kind)
    else:  # os.listdir, os.scandir
        if not isinstance(details[0], int):
            recorder.blame.note_path("." if details[0] is None else details[0], b"open")
        folder = recorder.absolute("." if details[0] is None else details[0])
        caller = sys._getframe(2).f_globals.get("__name__", "")
        if caller.startswith("importlib"):
            recorder.searched_for_distributions(folder)
        elif event == "os.scandir" and caller not in _NAMES_ONLY and not recorder.blame.importing:
            recorder.entered(folder)
        else:
            recorder.listed(folder)
