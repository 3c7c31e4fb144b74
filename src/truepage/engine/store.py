"""Where products are kept between builds: addressed by content, trusted only after a look.

    objects/<digest of a file's content>.<suffix>
    arrays/<digest of a file's content>.npy
    traces/<digest of the task's identity>/<digest of the trace>
        JSON (see `truepage.engine.file_access.write_checked`)

Arrays are what steps come to (`truepage.steps`): they may be large, so they are mapped into memory,
never read whole, and have a limit of their own.

A trace says what its task touched and which objects came of it. A task has as many traces as it was
run in different states of the project, so a branch that is checked out again finds its pictures. A
file is written under another name, flushed and renamed: a build that is killed leaves whole files
or none, and builds, branches and checkouts may share the folder. Nothing waits for the disk: what
a power cut leaves half written is found by its digest.
"""

# ruff: noqa: PTH108, PTH110, PTH116, PTH119, PTH123
# Paths are texts here, and files opened without `pathlib`: that is asked for hundreds of times in
# every build, also when nothing changed.

import contextlib
import hashlib
import json
import os
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from truepage.engine.file_access import clear, keep, read_checked, write_checked
from truepage.engine.task import TaskResult
from truepage.engine.trace import Trace

LIMIT = 512 * 1024 * 1024
"""Bytes that the store may grow to; beyond, what was not used for longest goes."""

ARRAYS = 16 * 1024**3
"""Bytes that arrays may take; what was not used for longest goes, unless it was used today."""

DAY = 86_400.0


Identity = tuple[str, ...]
Meta = dict[str, Any]
"""What a trace keeps of a product: the digests of its files, its facts, its seconds."""


class Store:
    """The products kept in a folder."""

    def __init__(self, folder: Path) -> None:
        self._objects = str(folder / "objects")
        self._traces = str(folder / "traces")
        self._arrays = str(folder / "arrays")
        self.damaged: list[str] = []

    def traces(self, identity: Identity) -> Iterator[tuple[Trace, Meta]]:
        """Yield a task's traces with what came of them, the latest used first."""
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
            parts, product = kept["parts"], kept["product"]
            _check(parts, product)
            return Trace(parts, kept["untracked"], os.path.basename(file)), product
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._remove(file)
            return None

    def get(self, meta: Meta) -> TaskResult | None:
        """Return a kept product, or None when a file of it is gone or not what it was."""
        files = {}
        for suffix, digest in meta["files"].items():
            file = self._object(digest, suffix)
            try:
                with open(file, "rb") as opened:
                    content = opened.read()
            except FileNotFoundError:
                return None
            except OSError:  # such as a folder
                content = b""
            foreign = suffix.endswith("svg") and is_foreign(content)
            if foreign or hashlib.sha256(content).hexdigest() != digest:
                self._remove(file)
                return None
            files[suffix] = content
        return TaskResult(files, meta["facts"], meta["seconds"])

    def used(self, identity: Identity, trace: Trace) -> None:
        """Note that a trace was used, once a day: what was not used for longest goes first."""
        file = self._file(identity, trace.digest)
        with contextlib.suppress(OSError):
            if time.time() - os.stat(file).st_mtime > DAY:
                os.utime(file)

    def put(self, identity: Identity, trace: Trace, product: TaskResult) -> None:
        """Keep a product and the trace of its task."""
        digests = {}
        for suffix, content in product.files.items():
            digests[suffix] = digest = hashlib.sha256(content).hexdigest()
            keep(Path(self._object(digest, suffix)), content)
        meta = {"files": digests, "facts": product.facts, "seconds": product.seconds}
        entry = {"parts": trace.parts, "untracked": trace.untracked, "product": meta}
        text = json.dumps(entry).encode()  # parts stay in their order: first what came first
        write_checked(Path(self._file(identity, trace.digest)), text)

    def prune(self, limit: int = LIMIT, arrays: int = ARRAYS) -> int:
        """Remove what was not used for longest until the store is within its limits."""
        removed = _prune((self._traces, self._objects), limit, time.time())
        return removed + _prune((self._arrays,), arrays, time.time() - DAY)

    def array(self, digest: str) -> str:
        """Return the file of an array, and note once a day that it was used."""
        file = f"{self._arrays}{os.sep}{digest if _NAME.fullmatch(digest) else 'none'}.npy"
        with contextlib.suppress(OSError):
            if time.time() - os.stat(file).st_mtime > DAY / 2:
                os.utime(file)
        return file

    def remove(self, file: str) -> None:
        """Remove a file that is not what it was, if it is there; remember that it was."""
        if os.path.exists(file):
            self._remove(file)

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
            clear(Path(file))
            os.unlink(file)


def _prune(folders: Iterable[str], limit: int, until: float) -> int:
    """Remove the oldest files in some folders until they take no more than a limit.

    Parameters
    ----------
    until
        Time from which on files are not removed.
    """
    files = []
    for folder in folders:
        for path in Path(folder).rglob("*"):
            with contextlib.suppress(OSError):
                status = path.stat()
                if path.is_file():
                    files.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in files)
    removed = 0
    for changed, size, path in sorted(files):
        if total <= limit or changed >= until:
            break
        with contextlib.suppress(OSError):
            path.unlink()
            total -= size
            removed += 1
    return removed


def _check(parts: Any, product: Any) -> None:
    """Make sure that a trace is one that this program writes.

    Raises
    ------
    ValueError
        It depends on nothing, or names files outside the store.
    """
    names = {*product["files"], *product["files"].values()}
    if not {"python", "platform", "start", "folders"} <= parts.keys():
        raise ValueError("a trace without what every task depends on")
    if not all(map(_NAME.fullmatch, names)) or not isinstance(product["seconds"], float | int):
        raise ValueError("a trace of another's making")


def is_foreign(picture: bytes) -> bool:
    """Tell whether an SVG has what our writer never writes: what acts, or leads elsewhere."""
    small = picture.lower()
    suspect = any(word in small for word in _SUSPECT) or any(
        small.count(word) != small.count(inside) for word, inside in _LEADING
    )
    return suspect and bool(_FOREIGN.search(_EMBEDDED.sub(rb"\1", picture)))


_NAME = re.compile(r"[\w-]+(\.[\w-]+)*")
_SUSPECT = (
    *(b"script", b"<foreign", b":foreign", b"iframe", b"embed", b"object", b"handler", b"listener"),
    *(b"animate", b"<set", b":set", b"<!", b"<?", b"@import"),
    *(before + b"on" for before in (b" ", b"\t", b"\n", b"\r", b"\f", b'"', b"'", b"/")),
)
_LEADING = ((b"href", b'href="#'), (b"src", b'src="#'), (b"url(", b"url(#"))
_INSIDE = rb"\s*+[\"']?+\s*+(?!#|data:image/(?:png|jpeg)\b)"
# An image's own scripts do not run, and it loads nothing: `truepage.figures.outside` writes such.
_EMBEDDED = re.compile(
    rb"(<image\b[^<>]*?)\shref=\"data:image/(?:svg\+xml|png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]*\""
)
_FOREIGN = re.compile(
    rb"(?i)<(?:\w+:)?(?:script|foreignobject|iframe|embed|object|handler|listener|animate\w*|set)\b"
    rb"|<!(?:entity|doctype[^>]*\[)|<\?xml-stylesheet"
    rb"|<[^<>]*[\s\"'/](?:on\w+\s*=|(?:\w+:)?(?:href|src)\s*=" + _INSIDE + rb"[^\s>]"
    rb"|style\s*=[^>]*(?:script:|@import|url\(" + _INSIDE + rb"))"
    rb"|<style\b[^>]*>[^<]*(?:script:|@import|url\(" + _INSIDE + rb")"
)
