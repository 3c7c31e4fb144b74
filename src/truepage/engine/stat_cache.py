"""What is known of the project's files, so that an unchanged file is not read again.

Like git's index: a file whose size, times and inode are those it had when it was read is taken to
have the content it had. The racy case, a file changed within the clock's tick in which it was
read, is handled by not trusting what was read so soon after its last change. The index only saves
time: without it, or with a damaged one, everything is read.
"""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from truepage.engine.files import read_checked, write_checked

FORMAT = 3
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


class Index:
    """Digests of files, and what was worked out from their content.

    Parameters
    ----------
    file
        Where the index is kept; None: nowhere.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._changed = False
        self._files: dict[str, list[Any]] = {}
        self._derived: dict[str, dict[str, Any]] = {}
        self._checked: dict[str, str | None] = {}
        self._kept_facts: dict[str, Any] = {}
        self._facts: dict[str, Any] = {}
        self.last: dict[str, str] = {}
        if file is None:
            return
        try:
            kept = json.loads(read_checked(file))
            if kept["format"] == FORMAT:
                self._files, self._derived = kept["files"], kept["derived"]
                self.last, self._kept_facts = kept["last"], kept["facts"]
        except (OSError, ValueError, KeyError, TypeError):
            pass

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
        known = self._derived.setdefault(digest, {})
        if what not in known:
            content = Path(path).read_bytes()
            # Somebody may have saved the file since its digest was taken.
            known = self._derived.setdefault(hashlib.sha256(content).hexdigest(), {})
            known[what] = compute(content)
            self._changed = True
        return known[what]

    def fact(self, name: str, compute: Callable[[], Any]) -> Any:
        """Return something slow to find out; the name says all that it depends on.

        Of names that begin with the same word, the last that was asked for is kept.
        """
        if name not in self._facts:
            if name in self._kept_facts:
                self._facts[name] = self._kept_facts[name]
            else:
                self._facts[name] = compute()
                self._changed = True
        return self._facts[name]

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
        if len(self._derived) > 2 * len(self._files) + 100:
            digests = {kept[2] for kept in self._files.values()}
            self._derived = {key: value for key, value in self._derived.items() if key in digests}

    def save(self) -> None:
        """Keep the index, if it changed; what belongs to no file seen now is dropped."""
        if not self._changed or self._file is None:
            return
        files = {path: kept for path, kept in self._files.items() if self._checked.get(path)}
        digests = {kept[2] for kept in files.values()}
        new = {_word(name) for name in self._facts}
        document = {
            "format": FORMAT,
            "files": files,
            "derived": {key: value for key, value in self._derived.items() if key in digests},
            "last": self.last,
            "facts": {
                **{name: fact for name, fact in self._kept_facts.items() if _word(name) not in new},
                **self._facts,
            },
        }
        with contextlib.suppress(OSError):  # a folder that cannot be written costs time only
            write_checked(self._file, json.dumps(document, separators=(",", ":")).encode())
        self._changed = False


def _word(name: str) -> str:
    return name.partition(" ")[0]
