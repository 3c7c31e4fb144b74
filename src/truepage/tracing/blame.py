"""Who is to blame for what a thread does: the author's code, an import, or recording itself.

What importing an installed module does is that version's doing, and counts by the version alone.
What the author's code does afterwards counts, whoever does it on its behalf.

The kernel's view (`truepage.tracing.kernel`) asks from another process. So the answers are in
memory that is shared with it: which threads not to listen to, and which path was noted here last.
"""

import mmap
import os
import threading
from typing import Literal

SLOTS = 255
"""Threads for which the answer can be shared; what others do always counts."""

_name_of_thread = threading.get_native_id  # as it is before recording wraps it

_PATH = 4096
_SIZE = 3 * _PATH


class _Thread(threading.local):
    """What one thread is doing."""

    quiet = False
    importing = False
    slot = 0


class Blame:
    """Tells whom to blame; made before the process forks that does a task."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, _SIZE)
        self._thread = _Thread()

    def reset(self) -> None:
        """Forget all threads, before the next task."""
        self._page[:] = bytes(_SIZE)

    def begin(self) -> None:
        """Begin, in the process that does the task: its threads are others than its parent's."""
        self._thread = _Thread()

    def part(self) -> None:
        """Share nothing any more: this process is a fork of the one that does the task."""
        self._page = mmap.mmap(-1, _SIZE)
        self._thread = _Thread()

    @property
    def quiet(self) -> bool:
        """Whether what this thread does is recording's own doing."""
        return self._thread.quiet

    @property
    def importing(self) -> bool:
        """Whether what this thread does is the doing of an installed module's import."""
        return self._thread.importing

    def while_quiet(self) -> "_While":
        """Blame recording for what this thread does."""
        return _While(self, "quiet", True)

    def while_listening(self) -> "_While":
        """Blame others again, amid what recording does."""
        return _While(self, "quiet", False)

    def while_importing(self, installed: bool) -> "_While":
        """Blame the module that is imported: an installed one, or else the author's."""
        return _While(self, "importing", installed)

    def set(self, name: str, value: bool) -> bool:
        """Set one of the answers for this thread; return what it was."""
        before: bool = getattr(self._thread, name)
        setattr(self._thread, name, value)
        self._share()
        return before

    def note_path(self, path: str | bytes, act: Literal[b"open", b"ask"]) -> None:
        """Say which path this thread is about to open or to ask about, and that it is noted."""
        name = (act + os.fsencode(path))[: _PATH - 8]
        head = _name_of_thread().to_bytes(4, "little") + len(name).to_bytes(4, "little")
        self._page[_PATH : _PATH + 8 + len(name)] = head + name

    # Asked from the other process.

    def is_noted(self, thread: int, path: bytes, act: Literal[b"open", b"ask"]) -> bool:
        """Tell whether a thread has noted that it opens a path, or asks about it."""
        name = act + path
        head = thread.to_bytes(4, "little") + len(name).to_bytes(4, "little")
        return self._page[_PATH : _PATH + 8 + len(name)] == head + name

    def acts(self, thread: int) -> bool:
        """Tell whether the author is to blame for what a thread does."""
        name, page = thread.to_bytes(4, "little"), self._page
        for slot in range(1, 1 + int.from_bytes(page[:4], "little")):
            if page[8 * slot : 8 * slot + 4] == name:
                return page[8 * slot + 4] == 0
        return True

    def _share(self) -> None:
        thread, page = self._thread, self._page
        if not thread.slot:
            used = int.from_bytes(page[:4], "little")
            if used == SLOTS:
                return
            thread.slot = used + 1
            start = 8 * thread.slot
            page[start : start + 4] = _name_of_thread().to_bytes(4, "little")
            page[:4] = thread.slot.to_bytes(4, "little")
        page[8 * thread.slot + 4] = thread.quiet or thread.importing


class _While:
    """Sets an answer for as long as a block runs; `contextlib` would look at docstrings."""

    def __init__(self, blame: Blame, name: str, value: bool) -> None:
        self._blame, self._name, self._value = blame, name, value

    def __enter__(self) -> None:
        self._value = self._blame.set(self._name, self._value)

    def __exit__(self, *_: object) -> None:
        self._blame.set(self._name, self._value)
