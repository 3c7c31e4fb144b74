"""Answering what an extension module calls in the C library: Linux, 64 bits.

Such calls go through a table that the linker has filled with addresses (see elf(5)). Another
address there is called from anywhere in the module, whatever led to it.
"""

import ctypes
import mmap
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_DYNAMIC = 2
_STRINGS, _SYMBOLS = 5, 6
_TABLES = ((23, 2), (7, 8))
"""Tags of the tables in which functions may be, each with that of its size."""

_CLOCK = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p)
"""What `time` of C takes and returns."""


def replace_time(path: str, new: Any) -> bool:
    """Let a module that is loaded from a file call something of Python's as `time` of C.

    Parameters
    ----------
    new
        Takes what `time` takes, and what does what it does.
    """
    if sys.platform != "linux" or sys.maxsize < 1 << 32:
        return False
    library = ctypes.CDLL(None)
    old = _CLOCK(("time", library))
    called = _CLOCK(lambda place: new(place, old))
    found = False
    for slot in _slots(os.path.realpath(path), b"time"):
        page = slot & -mmap.PAGESIZE
        if library.mprotect(ctypes.c_void_p(page), mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_WRITE):
            continue
        ctypes.c_void_p.from_address(slot).value = ctypes.cast(called, ctypes.c_void_p).value
        _kept.append(called)
        found = True
    return found


_kept: list[object] = []  # what C code calls must not be thrown away


def _slots(path: str, name: bytes) -> Iterator[int]:
    """Yield where the address is that a module calls as a function of some name."""
    maps = (line.split(maxsplit=5) for line in Path("/proc/self/maps").read_text().splitlines())
    base = next((int(line[0].partition("-")[0], 16) for line in maps if line[5:] == [path]), 0)
    if not base:
        return
    (headers,), (size, count) = _at(base + 32, "Q"), _at(base + 54, "HH")
    parts = (_at(base + headers + size * number, "IIQQ") for number in range(count))
    place = next((base + start for kind, _, _, start in parts if kind == _DYNAMIC), 0)
    known: dict[int, int] = {}
    while place and (entry := _at(place, "qQ"))[0]:
        known[entry[0]] = entry[1]
        place += 16

    def table(tag: int) -> int:
        return known[tag] + (base if known[tag] < base else 0)

    for start, length in _TABLES:
        for at in range(0, known.get(length, 0), 24):
            slot, which, _ = _at(table(start) + at, "QQq")
            (text,) = _at(table(_SYMBOLS) + 24 * (which >> 32), "I")
            if which >> 32 and ctypes.string_at(table(_STRINGS) + text) == name:
                yield base + slot


def _at(address: int, form: str) -> tuple[int, ...]:
    return struct.unpack(form, ctypes.string_at(address, struct.calcsize(form)))
