"""Our own files; writing files whole, and reading what may have been damaged since."""

import hashlib
import os
import tempfile
from pathlib import Path

from truepage.errors import TruepageError

VENDOR = Path(__file__).with_name("vendor")


def vendored(name: str) -> Path:
    """Return a file or folder of ours that `make` brings from other packages.

    Raises
    ------
    TruepageError
        It is not there: a checkout in which `make` has not run.
    """
    path = VENDOR / name
    if not path.exists():
        raise TruepageError(
            f"src/truepage/vendor/{name}: not found; expected what package-lock.json lists. "
            "In a checkout of this repository run `make .venv`; elsewhere install truepage's wheel."
        )
    return path


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def keep(path: Path, content: bytes) -> None:
    """Write a file whole unless it has this content; either way it counts as changed now.

    A file that is written over must reach the disk first, on some file systems. That takes a
    hundred times as long as reading it.
    """
    try:
        same = path.read_bytes() == content
        if same:
            os.utime(path)
    except OSError:
        same = False
    if not same:
        write(path, content)


def write_checked(path: Path, content: bytes) -> None:
    """Write a file whole, its first line the digest of the rest."""
    write(path, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)


def read_checked(path: Path | str) -> bytes:
    """Read what `write_checked` wrote.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is not what was written.
    """
    with open(path, "rb") as file:  # noqa: PTH123 (faster, and asked for hundreds of times)
        digest, _, content = file.read().partition(b"\n")
    if hashlib.sha256(content).hexdigest().encode() != digest:
        raise ValueError(f"{path} is damaged")
    return content
