"""The state that things outside a program are in, as short strings that can be compared.

Both sides use these: `truepage.tracing` when a drawing touches a thing, and `current_state` when it
is decided whether the thing is as it was.
"""

import hashlib
import io
import os
import stat
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from importlib.machinery import all_suffixes
from pathlib import Path
from typing import Any

_paths = sysconfig.get_paths()

STANDARD = (
    *(str(Path(_paths[name]).resolve()) + os.sep for name in ("stdlib", "platstdlib")),
    *(path + os.sep for path in sys.path if path.endswith(".zip")),
)
"""Folders of Python's own library; installed distributions may be inside them."""

_FOREIGN = tuple(
    f"{folder}{name}{os.sep}" for folder in STANDARD for name in ("site-packages", "dist-packages")
)

INSTALLED = tuple(
    dict.fromkeys(
        f"{folder}{os.sep}"
        for path in [
            _paths["purelib"],
            _paths["platlib"],
            *(path for path in sys.path if path.endswith(("site-packages", "dist-packages"))),
        ]
        for folder in (Path(path).absolute(), Path(path).resolve())  # it may be behind a link
    )
)
"""Folders that installed distributions are in."""

# The functions as they are before recording wraps them.
_stat, _lstat, _readlink = os.stat, os.lstat, os.readlink

ABSENT = "absent"

MOVED = "written to while it was read"
"""The state of a file that nobody can tell: no file ever has it."""

LOOKED = "looked"
"""Label of the functions whose code something looked at, and which did not run."""

ENVIRONMENT, PYTHON = "<environment>", "<python>"
"""What labels call the folder of the environment, and of the Python that it was made with."""

_OF_SESSION = (
    *(b"_", b"COLUMNS", b"DISPLAY", b"INVOCATION_ID", b"JOURNAL_STREAM", b"LINES", b"MAKE"),
    *(b"MFLAGS", b"OLDPWD", b"PWD", b"SHLVL", b"SSH_", b"TERM", b"WINDOWID", b"XDG_SESSION"),
    *(b"COLORTERM", b"DBUS_SESSION", b"GPG_TTY", b"PYTEST_", b"VTE_", b"WAYLAND_"),
)


def is_standard(path: str) -> bool:
    """Tell whether a file belongs to Python's own library."""
    return path.startswith(STANDARD) and not path.startswith(_FOREIGN)


def shown(path: str, root: str) -> str:
    """Return a path as labels have it: the same for each place that a project may be in."""
    for name, folder in sorted(
        {".": root, ENVIRONMENT: sys.prefix, PYTHON: sys.base_prefix}.items(),
        key=lambda item: -len(item[1]),
    ):
        if path.startswith(folder + os.sep):
            inside = path[len(folder) + 1 :].replace(os.sep, "/")
            return inside if name == "." else f"{name}/{inside}"
    return "." if path == root else path


def found(label: str, root: str) -> str:
    """Return the path that a label has, from the root of the file system."""
    name, _, inside = label.partition("/")
    folder = {ENVIRONMENT: sys.prefix, PYTHON: sys.base_prefix}.get(name)
    return os.path.join(folder, inside) if folder else os.path.join(root, label)


_OF_PATHS = frozenset(
    {"attributes", "distributions", "entries", "file", "kind", "link", "listing", "mapped"}
    | {"module", "rights", "size", "stat", "times"}
)
_OF_PIECES = frozenset({"candidates", "function"})


def path_of(label: str) -> str:
    """Return the path that a label speaks of, as labels have it; or nothing.

    Examples
    --------
    >>> path_of("function src/a.py:f"), path_of("mapped data/a.npy"), path_of("python")
    ('src/a.py', 'data/a.npy', '')
    """
    kind, _, name = label.partition(" ")
    if kind in _OF_PIECES:
        return name.rpartition(":")[0]
    return name if kind in _OF_PATHS else ""


def is_folder(path: str) -> bool:
    """Tell whether a path is a folder; nobody hears the question."""
    try:
        return stat.S_ISDIR(_stat(path).st_mode)
    except (OSError, ValueError):
        return False


def state_of_file(path: str) -> str:
    """Return the digest of a file's content."""
    try:
        with io.FileIO(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except IsADirectoryError:
        return state_of_folder(path)
    except OSError as error:
        return ABSENT if isinstance(error, FileNotFoundError) else f"error {error.errno}"


def settled(path: str, state: str, since: int) -> str:
    """Return the state that a file had all the time; of one that was written to, none.

    Parameters
    ----------
    path, state
        The file, and its state when it was opened. What was read of it came later.
    since
        When the time began, in nanoseconds on the wall's clock.
    """
    try:
        # Who sets a file's times leaves this one as the clock says.
        return MOVED if _stat(path).st_ctime_ns > since else state
    except OSError:
        return state if state == ABSENT or state.startswith("error ") else MOVED


def state_of_folder(path: str) -> str:
    """Return the digest of the names in a folder, each with whether it is a folder too."""
    try:
        with os.scandir(path) as entries:
            names = sorted(
                f"{entry.name}{os.sep * entry.is_dir()}{'@' * entry.is_symlink()}"
                for entry in entries
            )
    except OSError:
        return ABSENT
    return _digest(names)


def state_of_entries(path: str) -> str:
    """Return the digest of the names in a folder with what `os.scandir` tells of each."""
    try:
        names = sorted(os.listdir(path))
    except OSError:
        return ABSENT
    return _digest(f"{name} {state_of_stat(os.path.join(path, name))}" for name in names)


def state_of_candidates(folder: str, name: str) -> str:
    """Return what in a folder could be imported under a name."""
    try:
        names = os.listdir(folder)
    except OSError:
        return ABSENT
    importable = {name, *(name + suffix for suffix in all_suffixes())}
    return " ".join(sorted(importable.intersection(names)))


def state_of_offers(name: str) -> str:
    """Return what installed distributions offer under a module's name."""
    return " ".join(state_of_candidates(folder, name) for folder in INSTALLED)


def state_of_kind(path: str) -> str:
    """Return what a path is: absent, a file, a folder, a link or something else."""
    try:
        link = "link to " * stat.S_ISLNK(_lstat(path).st_mode)
    except OSError:
        return ABSENT
    try:
        mode = _stat(path).st_mode
    except OSError:
        return "link to nothing"
    kind = "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"
    return link + kind


def state_of_link(path: str) -> str:
    """Return where a link points, or what a path is that is none."""
    try:
        return f"-> {_readlink(path)}"
    except OSError:
        return state_of_kind(path)


def state_of_rights(path: str) -> str:
    """Return what a path is, its owner and its permissions."""
    try:
        found = _stat(path)
    except OSError:
        return ABSENT
    return f"{found.st_mode:o} {found.st_uid} {found.st_gid}"


def state_of_size(path: str) -> str:
    """Return a file's size."""
    try:
        return str(_stat(path).st_size)
    except OSError:
        return ABSENT


def state_of_times(path: str) -> str:
    """Return a file's size and when its content was changed."""
    try:
        found = _stat(path)
    except OSError:
        return ABSENT
    return f"{found.st_size} {found.st_mtime_ns}"


def state_of_stat(path: str) -> str:
    """Return all that `os.stat` and `os.lstat` tell of a path, but when it was last read."""
    told = []
    for ask in (_stat, _lstat):
        try:
            found = ask(path)
        except OSError as error:
            told.append(f"error {error.errno}")
            continue
        told.append(
            f"{found.st_mode:o} {found.st_ino} {found.st_nlink} {found.st_uid} {found.st_gid} "
            f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"
        )
    return " | ".join(told)


def state_of_attributes(path: str) -> str:
    """Return the digest of a path's extended attributes."""
    try:
        names = sorted(os.listxattr(path))
        return _digest(f"{name} {os.getxattr(path, name)!r}" for name in names)
    except (AttributeError, OSError):
        return ABSENT


def state_of_variable(name: str, environment: Mapping[bytes, bytes] | None = None) -> str:
    """Return the digest of an environment variable's value: it may be a secret."""
    values: Any = os.environ._data if environment is None else environment  # type: ignore[attr-defined]
    value = values.get(os.fsencode(name))
    return ABSENT if value is None else _digest([repr(value)])[:16]


def state_of_environment(environment: Mapping[bytes, bytes] | None = None) -> str:
    """Return the digest of all environment variables."""
    values: Any = os.environ._data if environment is None else environment  # type: ignore[attr-defined]
    return _digest(f"{name!r} {value!r}" for name, value in sorted(values.items()))


def state_of_inherited(environment: Mapping[bytes, bytes] | None = None) -> str:
    """Return the digest of the variables that programs inherit, but a terminal session's own."""
    values: Any = os.environ._data if environment is None else environment  # type: ignore[attr-defined]
    return state_of_environment(
        {name: value for name, value in values.items() if not name.startswith(_OF_SESSION)}
    )


def state_of_place(root: str) -> str:
    """Return the digest of where a project and its Python are on this machine."""
    return _digest([root, sys.executable, sys.prefix])


def installed_distributions(folder: str) -> str:
    """Return the digest of the names and versions of what is installed in a folder."""
    try:
        names = os.listdir(folder)
    except OSError:
        return ABSENT
    return _digest(sorted(name for name in names if name.endswith((".dist-info", ".egg-info"))))


def _digest(words: Iterable[str]) -> str:
    text = "\0".join(words)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
