"""What was made before and costs time to make: kept in the project's cache, in one file a kind.

What is made depends on what it is made from, whose digest names an entry, and on what makes it,
whose digest says who made the file.

    the digest of the rest (see `truepage.engine.file_access`)
    {"made_by": digest, "entries": {digest: [day it was last used, offset, length]}}
    entry entry entry …     each JSON

Entries are read where they are asked for. A file that is damaged, or was made by something else, is
no file: everything is made again.
"""

import contextlib
import hashlib
import json
import time
from pathlib import Path
from typing import Any

from truepage.engine.file_access import read_checked, write_checked

LIMIT = 64 * 1024 * 1024
"""Bytes that the file may grow to; beyond, what was not used for longest goes."""

DAYS = 30
"""Days for which an entry is kept that nothing uses."""

MANY = 1000
"""New entries that are written at once."""


class Memo:
    """What was made before.

    Parameters
    ----------
    file
        Where it is kept between builds; None: nowhere.
    made_by
        Digest of what makes it.
    """

    def __init__(self, file: Path | None, made_by: str) -> None:
        self._file = file
        self._made_by = made_by
        self._today = int(time.time() // 86_400)
        self._entries: dict[str, tuple[int, int, int]] = {}
        self._kept = b""
        self._found: dict[str, Any] = {}
        self._new: dict[str, bytes] = {}
        self._used: set[str] = set()
        if file is not None:
            with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
                self._read(file)

    def _read(self, file: Path) -> None:
        head, _, kept = read_checked(file).partition(b"\n")
        contents = json.loads(head)
        if contents["made_by"] == self._made_by:
            self._entries = {key: tuple(entry) for key, entry in contents["entries"].items()}
            self._kept = kept

    def find(self, key: str) -> Any:
        """Return what was made under a key, or None."""
        if key not in self._found and (key in self._new or key in self._entries):
            _, offset, length = self._entries.get(key, (0, 0, 0))
            body = self._new.get(key) or self._kept[offset : offset + length]
            self._found[key] = json.loads(body)
            self._used.add(key)
        return self._found.get(key)

    def note(self, key: str, made: Any) -> None:
        """Note what was made; JSON, and not None."""
        if self._file is not None:
            if len(self._new) > MANY:  # by a process that lives on
                self.save()
                self._found.clear()
            self._used.add(key)
            self._found.pop(key, None)
            self._new[key] = json.dumps(made, separators=(",", ":")).encode()

    def save(self) -> None:
        """Keep what is new, for the next build; forget what was not used for long.

        A folder that cannot be written to makes the next build slower, and nothing else.
        """
        if self._file is None:
            return
        days = {key: day for key, (day, _, _) in self._entries.items()}
        old = [key for key, day in days.items() if day < self._today - DAYS]
        late = [key for key in self._used if days.get(key, self._today) < self._today - DAYS // 4]
        if not self._new and not late and not set(old) - self._used:
            return
        bodies = {
            key: self._kept[offset : offset + length]
            for key, (_, offset, length) in self._entries.items()
            if key in self._used or key not in old
        }
        bodies |= reversed(self._new.items())
        entries: dict[str, tuple[int, int, int]] = {}
        kept: list[bytes] = []
        size = 0
        for key in sorted(bodies, key=lambda key: -self._day(key)):
            body = bodies[key]
            if size + len(body) > LIMIT:
                break
            entries[key] = (self._day(key), size, len(body))
            kept.append(body)
            size += len(body)
        head = json.dumps({"made_by": self._made_by, "entries": entries}).encode()
        self._entries, self._kept, self._new = entries, b"".join(kept), {}
        with contextlib.suppress(OSError):
            write_checked(self._file, head + b"\n" + self._kept)

    def _day(self, key: str) -> int:
        """Return the day on which an entry was last used."""
        if key in self._used or key not in self._entries:
            return self._today
        return self._entries[key][0]


def digest(*parts: bytes | str) -> str:
    """Return a key: the digest of what something is made from."""
    whole = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        whole.update(len(content).to_bytes(8, "big") + content)
    return whole.hexdigest()
