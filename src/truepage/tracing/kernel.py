"""The kernel's part in recording: Linux, without privileges.

The forked child puts a seccomp filter on itself. From then on each call of a few kinds (opening a
file, starting a program, connecting, asking for entropy), by whatever code and in whatever process
that follows from it, waits until the supervisor in the parent (`truepage.tracing.supervisor`) has
looked at it and lets it go on. See seccomp(2).
"""

import ctypes
import os
import platform
import socket
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

NUMBERS: Mapping[str, Mapping[str, int]] = {
    "x86_64": {
        "open": 2,
        "creat": 85,
        "openat": 257,
        "openat2": 437,
        "stat": 4,
        "lstat": 6,
        "access": 21,
        "newfstatat": 262,
        "faccessat": 269,
        "statx": 332,
        "faccessat2": 439,
        "readlink": 89,
        "readlinkat": 267,
        "execve": 59,
        "execveat": 322,
        "mkdir": 83,
        "mkdirat": 258,
        "rename": 82,
        "renameat": 264,
        "renameat2": 316,
        "connect": 42,
        "getrandom": 318,
    },
    "aarch64": {
        "openat": 56,
        "openat2": 437,
        "newfstatat": 79,
        "faccessat": 48,
        "statx": 291,
        "faccessat2": 439,
        "readlinkat": 78,
        "execve": 221,
        "execveat": 281,
        "mkdirat": 34,
        "renameat": 38,
        "renameat2": 276,
        "connect": 203,
        "getrandom": 278,
    },
}
"""Architecture → name of a system call → its number there."""


_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_IO_URING_SETUP = 425

_SECCOMP = {"x86_64": 317, "aarch64": 277}

_SET_MODE_FILTER, _NEW_LISTENER, _NO_NEW_PRIVS = 1, 1 << 3, 38

_DEATH_SIGNAL, _SUBREAPER, _KILL = 1, 36, 9

_ALLOW, _NOTIFY, _NO_SYSTEM_CALL = 0x7FFF0000, 0x7FC00000, 0x00050026

_ABOUT_NUMBER = 0x1000  # AT_EMPTY_PATH

MACHINE = platform.machine()


def is_offered() -> bool:
    """Tell whether this system may have what is needed; `install` finds out."""
    return sys.platform == "linux" and MACHINE in NUMBERS and hasattr(os, "pidfd_open")


def adopt() -> None:
    """Become the parent of what outlives its own parent among the processes started from here."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, _KILL, 0, 0, 0)


def install(channel: socket.socket) -> bool:
    """Put the filter on for this process and all that it starts; hand the listener over."""
    library = ctypes.CDLL(None, use_errno=True)
    numbers = list(NUMBERS[MACHINE].values())

    def step(code: int, yes: int, no: int, value: int) -> bytes:
        return struct.pack("HBBI", code, yes, no, value)

    count = len(numbers)
    program = [
        step(0x20, 0, 0, 4),  # the architecture
        step(0x15, 0, count + 6, _ARCHITECTURES[MACHINE]),
        step(0x20, 0, 0, 0),  # the number of the call
        step(0x15, count + 6, 0, _IO_URING_SETUP),
        # C libraries ask so about files that are open, by their number; that is most of all calls.
        step(0x15, 0, 3, NUMBERS[MACHINE]["newfstatat"]),
        step(0x20, 0, 0, 40),  # its flags
        step(0x45, count + 1, 0, _ABOUT_NUMBER),
        step(0x20, 0, 0, 0),
        *(step(0x15, count - index, 0, number) for index, number in enumerate(numbers)),
        step(0x06, 0, 0, _ALLOW),
        step(0x06, 0, 0, _NOTIFY),
        step(0x06, 0, 0, _NO_SYSTEM_CALL),  # who opens files that way has another one
    ]
    code = ctypes.create_string_buffer(b"".join(program))
    header = ctypes.create_string_buffer(
        struct.pack("HxxxxxxQ", len(program), ctypes.addressof(code))
    )
    library.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    listener = library.syscall(
        _SECCOMP[MACHINE], _SET_MODE_FILTER, _NEW_LISTENER, ctypes.byref(header)
    )
    if listener < 0:
        channel.send(b"0")
        return False
    socket.send_fds(channel, [b"1"], [listener])
    os.close(listener)
    return True


def receive(channel: socket.socket) -> int | None:
    """Return the listener that the child hands over; None if it has none."""
    said, listeners, *_ = socket.recv_fds(channel, 1, 1)
    return listeners[0] if said == b"1" else None


def end_all() -> None:
    """Kill what is left of the processes that a task started, wherever they went."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    for _ in range(100):
        try:
            left = children.read_text().split()
        except OSError:
            return
        if not left:
            return
        for child in map(int, left):
            try:
                os.kill(child, _KILL)
                os.waitpid(child, 0)
            except OSError:
                continue
