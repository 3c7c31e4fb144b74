"""Where pictures are kept between builds: addressed by content, trusted only after a look.

    objects/<digest of the picture>.<kind>
    drawings/<digest of what it depends on>     the digest of the rest, then the rest as JSON

A file is written under another name, flushed and renamed, so a build that is killed leaves whole
files or none, and two builds may share the folder.
"""

import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

from truepage.draw import Rendering
from truepage.trace import Fingerprint, digest_of


class Store:
    """The pictures kept in a folder."""

    def __init__(self, folder: Path) -> None:
        self._objects = folder / "objects"
        self._drawings = folder / "drawings"

    def get(self, fingerprint: Fingerprint) -> Rendering | None:
        """Return the picture drawn from this state, or None when there is none to be trusted."""
        try:
            digest, _, text = self._drawing(fingerprint).read_bytes().partition(b"\n")
            if digest_of(text).encode() != digest:
                return None
            entry = json.loads(text)
            content = (self._objects / f"{entry['content']}.{entry['kind']}").read_bytes()
            if digest_of(content) != entry["content"]:
                return None
            return Rendering(**{**entry, "content": content})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, fingerprint: Fingerprint, rendering: Rendering) -> None:
        """Keep a picture."""
        digest = digest_of(rendering.content)
        write(self._objects / f"{digest}.{rendering.kind}", rendering.content)
        text = json.dumps({**asdict(rendering), "content": digest}, indent=1).encode()
        write(self._drawing(fingerprint), digest_of(text).encode() + b"\n" + text)

    def _drawing(self, fingerprint: Fingerprint) -> Path:
        return self._drawings / fingerprint.digest


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
