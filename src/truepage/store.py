"""Where pictures are kept between builds: addressed by content, trusted only after a look.

    objects/<digest of the picture>.<kind>
    traces/<digest of the figure's identity>/<digest of the trace>
        the digest of the rest, then the rest as JSON

A trace says what its drawing touched and which object came of it. A figure has as many traces as
it was drawn in different states of the project, so a branch that is checked out again finds its
pictures. A file is written under another name, flushed and renamed: a build that is killed leaves
whole files or none, and builds, branches and checkouts may share the folder. Nothing waits for the
disk: what a power cut leaves half written is found by its digest.
"""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from truepage.discover import Figure
from truepage.draw import Kind, Rendering
from truepage.files import read_checked, write, write_checked
from truepage.trace import Trace

FORMAT = 1
"""Number of the way traces are kept; those of another are not looked at."""

LIMIT = 512 * 1024 * 1024
"""Bytes that the store may grow to; beyond, what was not used for longest goes."""

DAY = 86_400.0


class Store:
    """The pictures kept in a folder."""

    def __init__(self, folder: Path) -> None:
        self._objects = folder / "objects"
        self._traces = folder / "traces"
        self.damaged: list[str] = []

    def traces(self, figure: Figure, kind: Kind) -> Iterator[tuple[Trace, dict[str, object]]]:
        """Yield a figure's traces with what came of them, the latest used first."""
        folder = self._folder(figure, kind)
        try:
            files = sorted(os.scandir(folder), key=lambda file: -file.stat().st_mtime)
        except OSError:
            return
        for file in files:
            if not file.name.startswith(".") and (entry := self.entry(Path(file.path))):
                yield entry

    def last(
        self, figure: Figure, kind: Kind, digest: str
    ) -> tuple[Trace, dict[str, object]] | None:
        """Return the trace of a digest, if it is there."""
        return self.entry(self._file(figure, kind, digest))

    def entry(self, file: Path) -> tuple[Trace, dict[str, object]] | None:
        """Read a trace; one that is damaged is removed."""
        try:
            kept = json.loads(read_checked(file))
            if kept["format"] != FORMAT:
                return None
            trace = Trace(kept["parts"], kept["unseen"])
            return trace, kept["rendering"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            self.damaged.append(file.name)
            with contextlib.suppress(OSError):
                file.unlink()
            return None

    def get(self, meta: dict[str, object]) -> Rendering | None:
        """Return a kept picture, or None when it is gone or not what it was."""
        file = self._objects / f"{meta['content']}.{meta['kind']}"
        try:
            content = file.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(content).hexdigest() != meta["content"]:
            self.damaged.append(file.name)
            with contextlib.suppress(OSError):
                file.unlink()
            return None
        return Rendering(**{**meta, "content": content})  # type: ignore[arg-type]

    def used(self, figure: Figure, kind: Kind, trace: Trace) -> None:
        """Note that a trace was used, once a day: what was not used for longest goes first."""
        file = self._file(figure, kind, trace.digest)
        with contextlib.suppress(OSError):
            if time.time() - file.stat().st_mtime > DAY:
                os.utime(file)

    def put(self, figure: Figure, kind: Kind, trace: Trace, rendering: Rendering) -> None:
        """Keep a picture and the trace of its drawing."""
        digest = hashlib.sha256(rendering.content).hexdigest()
        write(self._objects / f"{digest}.{kind}", rendering.content)
        meta = {**asdict(rendering), "content": digest}
        entry = {"format": FORMAT, "parts": trace.parts, "unseen": trace.unseen, "rendering": meta}
        text = json.dumps(entry, sort_keys=True).encode()
        write_checked(self._file(figure, kind, trace.digest), text)

    def prune(self, limit: int = LIMIT) -> int:
        """Remove what was not used for longest until the store is within its limit."""
        files = []
        for folder in (self._traces, self._objects):
            for path in folder.rglob("*"):
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

    def _file(self, figure: Figure, kind: Kind, digest: str) -> Path:
        return self._folder(figure, kind) / (digest or "none")

    def _folder(self, figure: Figure, kind: Kind) -> Path:
        identity = "\0".join([figure.name, figure.path, figure.function, kind])
        return self._traces / hashlib.sha256(identity.encode()).hexdigest()[:24]
