"""What is known of the project's files, so that an unchanged file is not read again.

Like git's index: a file whose size, times and inode are those it had when it was read is taken to
have the content it had. The racy case, a file changed within the clock's tick in which it was
read, is handled by not trusting what was read so soon after its last change. The index only saves
time: without it, or with a damaged one, everything is read.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from truepage.engine.cache import Memo

RACY = 2_000_000_000
"""Nanoseconds: the coarsest tick of a file system's clock."""


def signature_of(path: str) -> list[int]:
    """Return a file's size, time of modification, time of change and inode.

    Raises
    ------
    OSError
        There is no such file.
    """
    status = os.stat(path)
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


class StatCache:
    """Digests of files, and what was worked out from their content.

    Parameters
    ----------
    file
        Where the index is kept; None: nowhere.
    """

    def __init__(self, file: Path | None) -> None:
        self._cache = Memo(file, "")
        self._files: dict[str, list[Any]] = self._cache.find("files") or {}
        self.last: dict[str, str] = self._cache.find("last") or {}
        """What is remembered under a name, such as the trace that a figure was last seen with."""
        self._checked: dict[str, str | None] = {}
        self._changed = False

    def digest(self, path: str) -> str | None:
        """Return the SHA-256 of a file's content, or None when it cannot be read."""
        if path in self._checked:
            return self._checked[path]
        found: str | None
        try:
            signature = signature_of(path)
            kept = self._files.get(path)
            changed = max(signature[1:3])  # who sets one time cannot set both
            if kept and kept[0] == signature and changed + RACY <= kept[1]:
                found = kept[2]
            else:
                now = time.time_ns()
                with open(path, "rb", buffering=0) as file:  # it may be larger than memory
                    found = hashlib.file_digest(file, "sha256").hexdigest()
                self._files[path] = [signature, now, found]
                self._changed = True
        except OSError:
            found = None
        self._checked[path] = found
        return found

    def signature(self, path: str) -> list[int]:
        """Return the size, times and inode that a file had when its digest was taken; or nothing.

        As long as they are what `signature_of` tells, nobody has written to the file since.
        """
        return list(self._files[path][0]) if self._checked.get(path) else []

    def derived(self, path: str, what: str, compute: Callable[[bytes], Any]) -> Any:
        """Return what follows from a file's content; it is computed once for each content.

        Parameters
        ----------
        path
            The file.
        what
            Names the computation; it says all that the result depends on but the content.
        compute
            Takes the content and returns something that JSON can hold.
        """
        digest = self.digest(path)
        if digest is None:
            raise FileNotFoundError(path)
        known = self._cache.find(f"{digest} {what}")
        if known is None:
            content = Path(path).read_bytes()
            # Somebody may have saved the file since its digest was taken.
            known = compute(content)
            self._cache.note(f"{hashlib.sha256(content).hexdigest()} {what}", known)
        return known

    def fact(self, name: str, compute: Callable[[], Any]) -> Any:
        """Return something slow to find out; the name says all that it depends on."""
        known = self._cache.find(name)
        if known is None:
            self._cache.note(name, known := compute())
        return known

    def learn(self, path: str, digest: str) -> None:
        """Note the digest of a file of ours that was written just now, and nobody else writes."""
        with contextlib.suppress(OSError):
            signature = signature_of(path)
            self._files[path] = [signature, max(signature[1:3]) + RACY, digest]
            self._checked[path] = digest
            self._changed = True

    def forget(self, path: str) -> None:
        """Look at a file anew."""
        self._checked.pop(path, None)

    def remember(self, name: str, trace: str) -> None:
        """Note the trace that a figure was last seen with."""
        if self.last.get(name) != trace:
            self.last[name] = trace
            self._changed = True

    def look_again(self) -> None:
        """Look at each file anew, for a process that lives on while files change."""
        self._checked.clear()

    def save(self) -> None:
        """Keep the index, if it changed; what belongs to no file seen now is dropped."""
        if self._changed:
            files = {path: kept for path, kept in self._files.items() if self._checked.get(path)}
            self._cache.note("files", files)
            self._cache.note("last", self.last)
            self._changed = False
        self._cache.save()
