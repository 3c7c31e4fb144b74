"""Our own files; writing files whole, and reading what may have been damaged since."""

import hashlib
import hmac
import os
import shutil
from pathlib import Path

from truepage.engine.errors import TruepageError

KEY = "TRUEPAGE_STORE_KEY"
"""Variable of the environment with the key that files of the store are signed with, if any."""

FORMAT = b"4"
"""Number of the way in which all is written that is kept between builds."""

VENDOR = Path(__file__).parents[1] / "vendor"


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
            "In a checkout of this repository run `make ready`; elsewhere install truepage's wheel."
        )
    return path


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not by `tempfile`, whose names follow each other: in a task they are the author's.
    temporary = path.with_name(f".{path.name}-{os.urandom(8).hex()}")
    try:
        with open(temporary, "xb") as file:  # noqa: PTH123 (as below; tests let it fail)
            file.write(content)
        temporary.replace(path)
    except OSError as error:  # which need not say where the disk is full
        temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None
    except BaseException:
        temporary.unlink(missing_ok=True)
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
        clear(path)
        write(path, content)


class OthersError(FileNotFoundError):
    """A file is of another version's, or nobody with the key has written it: it counts as none."""


def write_checked(path: Path, content: bytes) -> None:
    """Write a file whole: first `FORMAT` and its digest, signed if there is a key (`KEY`).

    What is in its way, such as a folder of its name, is removed: it is no file of ours.
    """
    clear(path)
    write(path, b" ".join([FORMAT, _digest(content), *_signature(content)]) + b"\n" + content)


def read_checked(path: Path | str) -> bytes:
    """Read what `write_checked` wrote.

    Raises
    ------
    OSError
        The file cannot be read, or is of others (`OthersError`).
    ValueError
        It is not what was written.
    """
    with open(path, "rb") as file:  # noqa: PTH123 (faster, and asked for hundreds of times)
        head, _, content = file.read().partition(b"\n")
    version, *digest = head.split(b" ")
    if version != FORMAT and version.isalnum():
        raise OthersError(path)
    if digest[:1] != [_digest(content)]:
        raise ValueError(f"{path} is damaged")
    expected = _signature(content)
    if expected and not hmac.compare_digest(b" ".join(digest[1:]), expected[0]):
        raise OthersError(path)
    return content


def clear(path: Path) -> None:
    """Remove what keeps a file of ours from being written: a folder of its name, a file above."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    for folder in (path.parent, *path.parent.parents[:1]):
        if folder.is_file():
            folder.unlink()


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _signature(content: bytes) -> list[bytes]:
    key = os.fsencode(os.environ.get(KEY, ""))
    return [hmac.new(key, content, hashlib.sha256).hexdigest().encode()] if key else []
