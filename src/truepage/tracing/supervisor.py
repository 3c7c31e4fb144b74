"""The supervisor of a task: it answers the system calls that wait for it, and notes what they open.

What Python does is noted in the child, which knows whom to blame (`truepage.tracing.blame`); here
is noted what nobody noted there. Entropy the supervisor hands out itself
(`truepage.tracing.chance`). See seccomp_unotify(2).
"""

# ruff: noqa: PTH110, PTH113, PTH115, PTH116, PTH118, PTH119, PTH120, PTH123, PTH206
# Paths are texts here: each question of the kernel's costs the task what its answer takes.

import ctypes
import fcntl
import hashlib
import os
import stat
import struct
import sys
import time
from importlib.util import source_from_cache
from typing import Any

from truepage.engine.dependencies import files, machine
from truepage.engine.dependencies.base import Surroundings
from truepage.engine.locations import INSTALLED, is_standard, shown
from truepage.tracing.blame import Blame
from truepage.tracing.chance import Entropy
from truepage.tracing.kernel import MACHINE, NUMBERS
from truepage.tracing.programs import telling, told_by_script
from truepage.tracing.third_party import PACKAGE, TUNING

_CONTINUE = 1

_RECEIVE, _SEND, _ADD_DESCRIPTOR, _ANSWERS = 0xC0502100, 0xC0182101, 0x40182103, 2

_ONLY_NAMED = 0o10000000  # O_PATH: nothing is read

_IPV4, _IPV6 = 2, 10

_ARGUMENTS = 64

_SEMAPHORES = "/dev/shm/sem."  # noqa: S108 (nothing of ours)

_HERE = Surroundings(os.sep)


class Supervisor:
    """Answers what the processes of a task ask the kernel for, and notes what they open.

    Parameters
    ----------
    listener
        Where their questions come from.
    child
        The process of the task.
    name
        The task's name.
    blame
        Who is to blame in it.
    """

    def __init__(self, listener: int, child: int, name: str, blame: Blame) -> None:
        self.listener = listener
        self._child = child
        self._name = name
        self._blame = blame
        self._numbers = {number: call for call, number in NUMBERS[MACHINE].items()}
        self._tasks: dict[int, tuple[int, bool]] = {child: (child, True)}
        self._entropy: dict[int, Entropy] = {}
        self._imported = Entropy("import of C code")
        self.files: dict[files.OfPath, str] = {}
        """What was touched, by its path from the root of the file system → its state then."""
        self._inherited: str | None = None
        self._noted: set[str] = set()
        self._shown: set[str] = set()
        self._wrote: set[str] = set()
        self.made: set[str] = set()
        """Files that were there only because the task made them, before it read any of it."""
        self.untracked: dict[str, str] = {}
        self._began = time.time_ns()

    def told(self, root: str, ignored: tuple[str, ...]) -> dict[str, Any]:
        """Return what was noted, in the words of `truepage.engine.task.Run`.

        Parameters
        ----------
        root
            The project's root.
        ignored
            What paths begin with that are no dependencies.
        """
        parts, installed = {}, set()
        if self._inherited:
            parts[machine.Inherited().label] = self._inherited
        for on, state in self.files.items():
            path = on.path
            if (
                isinstance(on, files.Rights | files.Times)
                and path not in self._shown
                and self._is_read(path)
            ):
                continue  # who reads a file asks for its size before
            if path.startswith(INSTALLED):
                folder = next(folder for folder in INSTALLED if path.startswith(folder))
                installed.add(path[len(folder) :])
            elif not (
                path.startswith((PACKAGE, _SEMAPHORES, *ignored))
                or is_standard(path + os.sep)
                or path == os.devnull
            ):
                if isinstance(on, files.File) and path not in self._wrote:
                    state = files.settled(path, state, self._began)
                parts[on.at(path, root).label] = state
        return {
            "parts": parts,
            "installed": sorted(installed),
            "untracked": self.untracked,
            "made": sorted(shown(path, root) for path in self.made),
            "wrote": [
                shown(path, root)
                for path in self._wrote
                if path.startswith(root + os.sep) and not path.startswith(ignored)
            ],
        }

    def _is_read(self, path: str) -> bool:
        return path in self._noted or files.File(path) in self.files

    def answer(self) -> None:
        """Answer one question."""
        request = bytearray(80)
        try:
            fcntl.ioctl(self.listener, _RECEIVE, request, True)
        except OSError:
            return  # who asked was killed
        identifier, thread, _, number, _, _ = struct.unpack_from("QIIiIQ", request)
        arguments = struct.unpack_from("6Q", request, 32)
        value, flags = 0, _CONTINUE
        try:
            call = self._numbers[number]
            if call in _OPENING and self._is_entropy(thread, call, arguments):
                self._open_entropy(identifier)
                return
            if call == "getrandom":
                value, flags = self._hand_out(thread, *arguments[:2]), 0
            else:
                self._look(call, thread, arguments)
        except (OSError, ValueError):
            pass  # the process ended meanwhile
        try:
            answer = bytearray(struct.pack("QqiI", identifier, value, 0, flags))
            fcntl.ioctl(self.listener, _SEND, answer, True)
        except OSError:
            pass  # so did it here

    def _is_entropy(self, thread: int, call: str, arguments: tuple[int, ...]) -> bool:
        return _text(thread, arguments["at" in call]) in {b"/dev/urandom", b"/dev/random"}

    def _open_entropy(self, identifier: int) -> None:
        """Let the process have a file of bytes that follow from the task's name for the device."""
        file = os.memfd_create("entropy")
        try:
            os.write(file, hashlib.shake_256(self._name.encode()).digest(1 << 20))
            os.lseek(file, 0, os.SEEK_SET)
            request = struct.pack("QIIII", identifier, _ANSWERS, file, 0, os.O_CLOEXEC)
            fcntl.ioctl(self.listener, _ADD_DESCRIPTOR, bytearray(request), True)
        except OSError:
            pass  # who asked was killed
        finally:
            os.close(file)

    def _hand_out(self, thread: int, address: int, size: int) -> int:
        _, acts = self._task(thread)
        size = min(size, 1 << 20)
        if not acts:
            found = self._imported.draw(size)
        else:
            # Which thread or process comes first, nobody knows: each has the same.
            stream = self._entropy.setdefault(thread, Entropy(f"{self._name} of C code"))
            found = stream.draw(size)
        with open(f"/proc/{thread}/mem", "r+b", 0) as memory:
            memory.seek(address)
            memory.write(found)
        return size

    def _look(self, call: str, thread: int, arguments: tuple[int, ...]) -> None:
        process, acts = self._task(thread)
        if not acts:
            return
        if call == "connect":
            self._connects(_read(thread, arguments[1], 2))
            return
        folder, at = -100, 0
        if call.endswith(("at", "at2", "statx")) and call not in {"stat", "lstat", "creat"}:
            folder, at = ctypes.c_int(arguments[0] & 0xFFFFFFFF).value, 1
        path = _text(thread, arguments[at])
        if not path:
            return
        noted = process == self._child and self._blame.is_noted(
            thread, path, b"ask" if call in _ASKING else b"open"
        )
        if noted and call in _ASKING:
            return
        found = _absolute(thread, folder, path)
        if call in _ASKING:
            self._asks(found, call, process)
        elif call.startswith("mkdir"):
            if not os.path.exists(found):
                self._writes(found)
        elif call.startswith("rename"):
            if call == "rename":
                target = _absolute(thread, -100, _text(thread, arguments[1]))
            else:
                other = ctypes.c_int(arguments[2] & 0xFFFFFFFF).value
                target = _absolute(thread, other, _text(thread, arguments[3]))
            self._writes(target)
        elif call.startswith("exec"):
            self._executes(found, _list(thread, arguments[at + 1]))
        else:
            if call == "creat":
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            elif call == "openat2":
                (flags,) = struct.unpack("Q", _read(thread, arguments[2], 8))
            else:
                flags = arguments[at + 1]
            self._opens(found, flags, noted)
            if process != self._child:
                self._reads_script(found)

    def _task(self, thread: int) -> tuple[int, bool]:
        """Return the process of a thread, and whether the author is to blame for what it does."""
        process, counts = self._tasks.get(thread) or self._new_task(thread)
        return process, counts and (process != self._child or self._blame.acts(thread))

    def _new_task(self, thread: int) -> tuple[int, bool]:
        with open(f"/proc/{thread}/status", "rb") as file:
            told = dict(line.split(b":", 1) for line in file.read().splitlines() if b":" in line)
        process, parent = int(told[b"Tgid"]), int(told[b"PPid"])
        if process in self._tasks:
            found = (process, self._tasks[process][1])
        elif parent in self._tasks:  # one that an import starts is that import's doing
            found = (process, self._task(parent)[1])
        else:
            found = (process, True)
        self._tasks[thread] = self._tasks[process] = found
        return found

    def _opens(self, path: str, flags: int, noted: bool) -> None:
        if flags & _ONLY_NAMED:
            return
        if _is_written_only(path, flags):
            self._writes(path)
        elif noted:
            self._noted.add(path)
        else:
            self._reads(path)
            if flags & (os.O_WRONLY | os.O_RDWR):
                self._wrote.add(path)

    def _writes(self, path: str) -> None:
        self._wrote.add(path)
        if not self._is_read(path):
            self.made.add(path)

    def _is_made(self, path: str) -> bool:
        while path not in self.made:
            above = os.path.dirname(path)
            if above == path:
                return False
            path = above
        return True

    def _reads(self, path: str) -> None:
        if path.endswith(".pyc") and "__pycache__" in path:
            path = source_from_cache(path)  # whose time was compared
        if files.File(path) in self.files or self._is_made(path):
            return
        try:
            mode = os.stat(path).st_mode
        except OSError:
            self._note(files.File(path))
            return
        if path.startswith(("/proc/", "/sys/")):
            if not TUNING.match(path):
                self.untracked.setdefault(f"reads the machine's state ({path})", " ")
        elif stat.S_ISDIR(mode):
            self._note(files.Listing(path))
        elif stat.S_ISREG(mode):
            self._note(files.File(path))

    def _note(self, on: files.OfPath) -> None:
        if on not in self.files:
            self.files[on] = on.state(_HERE)

    def _reads_script(self, path: str) -> None:
        if path.endswith(".pyc") and "__pycache__" in path:
            path = source_from_cache(path)
        if not (path.startswith((PACKAGE, *INSTALLED)) or is_standard(path)) and (
            told := told_by_script(path)
        ):
            self.untracked.setdefault(told, " ")

    def _asks(self, path: str, call: str, process: int) -> None:
        """Note that C code or another process asks about a file."""
        if path.startswith(("/proc/", "/sys/", "/dev/")) or self._is_made(path):
            return
        if call.startswith("readlink"):
            self._note(files.Link(path))
        elif os.path.exists(path):
            self._note(files.Rights(path))
            if _program(process) in _SHOWING:
                self._shown.add(path)
            # The time of a folder changes with each file that is made in it.
            if os.path.isfile(path) or path in self._shown:
                self._note(files.Times(path))
        else:
            self._note(files.Kind(path))

    def _executes(self, path: str, arguments: list[bytes]) -> None:
        self._inherited = self._inherited or machine.Inherited().state(_HERE)
        self._reads(path)
        if os.path.exists(path) and (told := telling(path, arguments)):
            self.untracked.setdefault(told, " ")
        try:
            with open(path, "rb") as file:
                head = file.readline(256)
        except OSError:
            return
        if head.startswith(b"#!") and (words := head[2:].split()):
            self._executes(os.fsdecode(words[0]), [*words, os.fsencode(path)])
        elif head.startswith(b"\x7fELF\x01"):
            self.untracked.setdefault("starts a program of 32 bits", " ")

    def _connects(self, family: bytes) -> None:
        if int.from_bytes(family, sys.byteorder) in {_IPV4, _IPV6}:
            self.untracked.setdefault("uses the network", " ")


_OPENING = frozenset({"open", "creat", "openat", "openat2"})

_ASKING = frozenset(
    {"stat", "lstat", "access", "newfstatat", "faccessat", "faccessat2", "statx"}
    | {"readlink", "readlinkat"}
)

# Programs that show what they ask about a file, or decide by it.
_SHOWING = frozenset(
    {"find", "git", "ls", "make", "ninja", "rsync", "stat", "tar", "test", "zip", "dash", "bash"}
)


def _is_written_only(path: str, flags: int) -> bool:
    """Tell whether opening a file makes it, or makes it empty."""
    if flags & os.O_CREAT and (flags & os.O_EXCL or not os.path.exists(path)):
        return True
    return bool(flags & os.O_TRUNC)


def _read(thread: int, address: int, size: int) -> bytes:
    with open(f"/proc/{thread}/mem", "rb", 0) as memory:
        memory.seek(address)
        return memory.read(size)


def _text(thread: int, address: int, limit: int = 4096) -> bytes:
    """Return the text at an address, which a zero ends."""
    found = b""
    with open(f"/proc/{thread}/mem", "rb", 0) as memory:
        while b"\0" not in found and len(found) < limit:
            memory.seek(address + len(found))
            found += memory.read(256 - (address + len(found)) % 256)
    return found.partition(b"\0")[0]


def _list(thread: int, address: int) -> list[bytes]:
    """Return the texts at an address, of which the last is followed by no address."""
    found: list[bytes] = []
    while len(found) < _ARGUMENTS and (
        place := int.from_bytes(_read(thread, address + 8 * len(found), 8), sys.byteorder)
    ):
        found.append(_text(thread, place, 1 << 16))
    return found


def _program(process: int) -> str:
    try:
        return os.path.basename(os.readlink(f"/proc/{process}/exe"))
    except OSError:
        return ""


def _absolute(thread: int, folder: int, path: bytes) -> str:
    found = os.fsdecode(path)
    if not found.startswith(os.sep):
        base = f"/proc/{thread}/cwd" if folder == -100 else f"/proc/{thread}/fd/{folder}"
        found = os.path.join(os.readlink(base), found)
    if os.pardir in found.split(os.sep):
        head, tail = os.path.split(found)
        found = os.path.join(os.path.realpath(head), tail)
    return os.path.normpath(found)
