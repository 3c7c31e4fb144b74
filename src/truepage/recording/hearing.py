"""Listening to Python's audit events: files, folders, processes, the network, C libraries."""

import os
import sys
from typing import Any
from urllib.parse import unquote

from truepage.recording.recorder import Recorder
from truepage.states import state_of_entries

# Events after which nothing can be known of what happened: the job is never called fresh.
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
# Events of changing a file by its name: what was there before them counts.
_CHANGED = {"os.mkdir", "os.remove", "os.rename", "os.rmdir"}
_FOREIGN = {"ctypes.dlopen", "ctypes.dlsym", "ctypes.dlsym/handle", "ctypes.call_function"}
_HEARD = {
    "open",
    "exec",
    "import",
    "os.listdir",
    "os.scandir",
    "sqlite3.connect",
    *_UNSEEN,
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


def _note(recorder: Recorder, event: str, details: tuple[Any, ...]) -> None:
    """Note one event. Two frames up is who caused it."""
    if event == "open":
        recorder.opened(*details)
    elif event in _UNSEEN:
        recorder.note(_UNSEEN[event])
    elif event in _FOREIGN:
        if recorder.author_is_near():
            recorder.note("calls a C library")
    elif event == "import":
        if details[1]:  # an extension module, loaded from this file
            recorder.read(os.path.abspath(details[1]))
    elif event == "exec":
        recorder.executed(details[0])
    elif event == "sqlite3.connect":
        _database(recorder, os.fsdecode(details[0]))
    elif event in _CHANGED:
        if sys._getframe(2).f_globals.get("__name__") != "tempfile":
            recorder.asked(recorder.absolute(details[0], details[-1]), "kind")
    else:  # os.listdir, os.scandir
        folder = recorder.absolute("." if details[0] is None else details[0])
        if event == "os.scandir" and recorder.is_author(sys._getframe(2)):
            state = state_of_entries(folder)
            recorder.parts.setdefault(f"entries {recorder.shown(folder)}", state)
        else:
            recorder.listed(folder)


def _database(recorder: Recorder, path: str) -> None:
    if path and not path.startswith((":memory:", "file::memory:")):
        if path.startswith("file:"):
            path = unquote(path.removeprefix("file:").partition("?")[0])
        for name in (path, f"{path}-wal", f"{path}-journal"):
            recorder.read(os.path.abspath(name))
