"""Where products are kept between builds: addressed by content, trusted only after a look.

    objects/<digest of a file's content>.<suffix>
    traces/<digest of the job's identity>/<digest of the trace>
        the digest of the rest, then the rest as JSON

A trace says what its job touched and which objects came of it. A job has as many traces as it was
run in different states of the project, so a branch that is checked out again finds its pictures. A
file is written under another name, flushed and renamed: a build that is killed leaves whole files
or none, and builds, branches and checkouts may share the folder. Nothing waits for the disk: what
a power cut leaves half written is found by its digest.
"""

# ruff: noqa: PTH108, PTH116, PTH119, PTH123
# Paths are texts here, and files opened without `pathlib`: that is asked for hundreds of times in
# every build, also when nothing changed.

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from truepage.files import keep, read_checked, write_checked
from truepage.job import Product
from truepage.trace import Trace

FORMAT = 2
"""Number of the way traces are kept; those of another are not looked at."""

LIMIT = 512 * 1024 * 1024
"""Bytes that the store may grow to; beyond, what was not used for longest goes."""

DAY = 86_400.0


Identity = tuple[str, ...]
Meta = dict[str, Any]
"""What a trace keeps of a product: the digests of its files, its facts, its seconds."""


class Store:
    """The products kept in a folder."""

    def __init__(self, folder: Path) -> None:
        self._objects = str(folder / "objects")
        self._traces = str(folder / "traces")
        self.damaged: list[str] = []

    def traces(self, identity: Identity) -> Iterator[tuple[Trace, Meta]]:
        """Yield a job's traces with what came of them, the latest used first."""
        folder = self._folder(identity)
        try:
            files = sorted(os.scandir(folder), key=lambda file: -file.stat().st_mtime)
        except OSError:
            return
        for file in files:
            if not file.name.startswith(".") and (entry := self.entry(file.path)):
                yield entry

    def last(self, identity: Identity, digest: str) -> tuple[Trace, Meta] | None:
        """Return the trace of a digest, if it is there."""
        return self.entry(self._file(identity, digest))

    def entry(self, file: str) -> tuple[Trace, Meta] | None:
        """Read a trace; one that is damaged is removed."""
        try:
            kept = json.loads(read_checked(file))
            if kept["format"] != FORMAT:
                return None
            return Trace(kept["parts"], kept["unseen"], os.path.basename(file)), kept["product"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            self._remove(file)
            return None

    def get(self, meta: Meta) -> Product | None:
        """Return a kept product, or None when a file of it is gone or not what it was."""
        files = {}
        for suffix, digest in meta["files"].items():
            file = self._object(digest, suffix)
            try:
                with open(file, "rb") as opened:
                    content = opened.read()
            except OSError:
                return None
            if hashlib.sha256(content).hexdigest() != digest:
                self._remove(file)
                return None
            files[suffix] = content
        return Product(files, meta["facts"], meta["seconds"])

    def used(self, identity: Identity, trace: Trace) -> None:
        """Note that a trace was used, once a day: what was not used for longest goes first."""
        file = self._file(identity, trace.digest)
        with contextlib.suppress(OSError):
            if time.time() - os.stat(file).st_mtime > DAY:
                os.utime(file)

    def put(self, identity: Identity, trace: Trace, product: Product) -> None:
        """Keep a product and the trace of its job."""
        digests = {}
        for suffix, content in product.files.items():
            digests[suffix] = digest = hashlib.sha256(content).hexdigest()
            keep(Path(self._object(digest, suffix)), content)
        meta = {"files": digests, "facts": product.facts, "seconds": product.seconds}
        entry = {"format": FORMAT, "parts": trace.parts, "unseen": trace.unseen, "product": meta}
        text = json.dumps(entry, sort_keys=True).encode()
        write_checked(Path(self._file(identity, trace.digest)), text)

    def prune(self, limit: int = LIMIT) -> int:
        """Remove what was not used for longest until the store is within its limit."""
        files = []
        for folder in (self._traces, self._objects):
            for path in Path(folder).rglob("*"):
                with contextlib.suppress(OSError):
                    status = path.stat()
                    if path.is_file():
                        files.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in files)
        removed = 0
        for _, size, path in sorted(files):
            if total <= limit:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                total -= size
                removed += 1
        return removed

    def _file(self, identity: Identity, digest: str) -> str:
        return f"{self._folder(identity)}{os.sep}{digest or 'none'}"

    def _folder(self, identity: Identity) -> str:
        name = hashlib.sha256("\0".join(identity).encode()).hexdigest()[:24]
        return f"{self._traces}{os.sep}{name}"

    def _object(self, digest: str, suffix: str) -> str:
        return f"{self._objects}{os.sep}{digest}.{suffix}"

    def _remove(self, file: str) -> None:
        """Remove a damaged file and remember it."""
        self.damaged.append(os.path.basename(file))
        with contextlib.suppress(OSError):
            os.unlink(file)
