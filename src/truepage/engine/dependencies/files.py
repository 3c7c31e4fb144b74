"""Dependencies on files and folders, by what was asked about them."""

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

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

if TYPE_CHECKING:
    from truepage.engine.project import Project

# The functions as they are before recording wraps them.
_stat, _lstat, _readlink = os.stat, os.lstat, os.readlink

MOVED = "written to while it was read"
"""The state of a file that nobody can tell: no file ever has it."""


class OfPath(Dependency):
    """A dependency whose name is a path."""

    tells: ClassVar[tuple[str, ...]] = ()
    """What of a path's status it is."""

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

    def change(self, old: str, new: str, project: "Project") -> str:
        if ABSENT in {old, new}:
            return f"`{self.name}` is {'gone' if new == ABSENT else 'new'}"
        return super().change(old, new, project)

    @classmethod
    def look(cls, path: str) -> str:
        """Return the state of a path from the root of the file system.

        Raises
        ------
        OSError
            Nothing is there.
        """
        return cls._told(_stat(path))

    @classmethod
    def _told(cls, found: os.stat_result) -> str:
        return " ".join(str(getattr(found, name)) for name in cls.tells)


class File(OfPath):
    """The content of a file."""

    phrase = "`{}`"

    def state(self, now: Surroundings) -> str:
        return now.content(now.path(self.name))


class Mapped(OfPath):
    """The content of a file that is mapped: writing to it may leave its times as they are."""

    phrase = "`{}`"
    look = staticmethod(content)


class Listing(OfPath):
    """The names in a folder."""

    phrase = "the names in `{}/`"
    look = staticmethod(names_in)


class Entries(OfPath):
    """The names in a folder with what `os.scandir` tells of each."""

    phrase = "sizes or times in `{}/`"

    @classmethod
    def look(cls, path: str) -> str:
        names = sorted(os.listdir(path))
        return digest(f"{name} {Stat.look(os.path.join(path, name))}" for name in names)


class Kind(OfPath):
    """What a path is: absent, a file, a folder, a link or something else."""

    phrase = "whether `{}` is there"

    @classmethod
    def look(cls, path: str) -> str:
        link = "link to " * stat.S_ISLNK(_lstat(path).st_mode)
        try:
            mode = _stat(path).st_mode
        except OSError:
            return "link to nothing"
        kind = "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"
        return link + kind


class Link(OfPath):
    """Where a link points, or what a path is that is none."""

    phrase = "where `{}` links to"

    @classmethod
    def look(cls, path: str) -> str:
        try:
            return f"-> {_readlink(path)}"
        except OSError:
            return Kind.look(path)


class Rights(OfPath):
    """What a path is, its owner and its permissions."""

    phrase = "the permissions of `{}`"
    tells = ("st_mode", "st_uid", "st_gid")


class Size(OfPath):
    """A file's size."""

    phrase = "the size of `{}`"
    tells = ("st_size",)


class Times(OfPath):
    """A file's size and when its content was changed."""

    phrase = "size or time of `{}`"
    tells = ("st_size", "st_mtime_ns")


class Stat(OfPath):
    """All that `os.stat` and `os.lstat` tell of a path, but when it was last read."""

    phrase = "size, times or owner of `{}`"
    tells = (*Rights.tells, *Times.tells, "st_ctime_ns", "st_ino", "st_nlink")

    @classmethod
    def look(cls, path: str) -> str:
        found = []
        for ask in (_stat, _lstat):
            try:
                found.append(cls._told(ask(path)))
            except OSError as error:
                found.append(f"error {error.errno}")
        return " | ".join(found)


class Attributes(OfPath):
    """A path's extended attributes, where the system has them."""

    phrase = "the attributes of `{}`"

    @classmethod
    def look(cls, path: str) -> str:
        if not hasattr(os, "listxattr"):
            return ABSENT
        names = sorted(os.listxattr(path))
        return digest(f"{name} {os.getxattr(path, name)!r}" for name in names)


class Matches(Dependency):
    """The files that a declared name stands for; it may be a pattern."""

    phrase = "what `{}` stands for"

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
