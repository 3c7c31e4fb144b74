"""Dependencies on files and folders, by what was asked about them."""

import os
import stat
from pathlib import Path
from typing import Self

from truepage.engine.dependencies.base import (
    ABSENT,
    ANY,
    Dependency,
    Surroundings,
    content,
    digest,
    names_in,
)
from truepage.engine.locations import shown

# The functions as they are before recording wraps them.
_stat, _lstat, _readlink = os.stat, os.lstat, os.readlink

MOVED = "written to while it was read"
"""The state of a file that nobody can tell: no file ever has it."""


class OfPath(Dependency):
    """A dependency whose name is a path."""

    @classmethod
    def at(cls, path: str, root: str) -> Self:
        """Return that on a path from the root of the file system, as any machine may have it."""
        return cls(shown(path, root))

    @property
    def path(self) -> str:
        return self.name

    def state(self, now: Surroundings) -> str:
        try:
            return self.look(now.path(self.name))
        except OSError:
            return ABSENT

    @staticmethod
    def look(path: str) -> str:
        """Return the state of a path from the root of the file system.

        Raises
        ------
        OSError
            There is none, and this kind asks for no more.
        """
        raise NotImplementedError


class File(OfPath):
    """The content of a file."""

    words = "`{}`"

    def state(self, now: Surroundings) -> str:
        return now.content(now.path(self.name))


class Mapped(OfPath):
    """The content of a file that is mapped: writing to it may leave its times as they are."""

    words = "`{}`"
    look = staticmethod(content)


class Listing(OfPath):
    """The names in a folder."""

    words = "the names in `{}/`"
    look = staticmethod(names_in)


class Entries(OfPath):
    """The names in a folder with what `os.scandir` tells of each."""

    words = "sizes or times in `{}/`"

    @staticmethod
    def look(path: str) -> str:
        names = sorted(os.listdir(path))
        return digest(f"{name} {Stat.look(os.path.join(path, name))}" for name in names)


class Kind(OfPath):
    """What a path is: absent, a file, a folder, a link or something else."""

    words = "whether `{}` is there"

    @staticmethod
    def look(path: str) -> str:
        link = "link to " * stat.S_ISLNK(_lstat(path).st_mode)
        try:
            mode = _stat(path).st_mode
        except OSError:
            return "link to nothing"
        kind = "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"
        return link + kind


class Link(OfPath):
    """Where a link points, or what a path is that is none."""

    words = "where `{}` links to"

    @staticmethod
    def look(path: str) -> str:
        try:
            return f"-> {_readlink(path)}"
        except OSError:
            return Kind.look(path)


class Rights(OfPath):
    """What a path is, its owner and its permissions."""

    words = "the permissions of `{}`"

    @staticmethod
    def look(path: str) -> str:
        found = _stat(path)
        return f"{found.st_mode:o} {found.st_uid} {found.st_gid}"


class Size(OfPath):
    """A file's size."""

    words = "the size of `{}`"

    @staticmethod
    def look(path: str) -> str:
        return str(_stat(path).st_size)


class Times(OfPath):
    """A file's size and when its content was changed."""

    words = "size or time of `{}`"

    @staticmethod
    def look(path: str) -> str:
        found = _stat(path)
        return f"{found.st_size} {found.st_mtime_ns}"


class Stat(OfPath):
    """All that `os.stat` and `os.lstat` tell of a path, but when it was last read."""

    words = "size, times or owner of `{}`"

    @staticmethod
    def look(path: str) -> str:
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


class Attributes(OfPath):
    """A path's extended attributes, where the system has them."""

    words = "the attributes of `{}`"

    @staticmethod
    def look(path: str) -> str:
        if not hasattr(os, "listxattr"):
            return ABSENT
        names = sorted(os.listxattr(path))
        return digest(f"{name} {os.getxattr(path, name)!r}" for name in names)


class Matches(Dependency):
    """The files that a declared name stands for; it may be a pattern."""

    words = "what `{}` stands for"

    @property
    def path(self) -> str:
        return ANY

    def state(self, now: Surroundings) -> str:
        root = Path(now.root)
        found = (path for path in root.glob(self.name) if path.is_file())
        return " ".join(sorted(path.relative_to(root).as_posix() for path in found))


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
