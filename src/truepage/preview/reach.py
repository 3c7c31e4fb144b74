"""Which paths a picture depends on, as its trace says; and whether a path has really changed."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from truepage.engine.dependencies import read
from truepage.engine.dependencies.base import ANY
from truepage.engine.dependencies.files import File
from truepage.engine.project import Project
from truepage.engine.trace import Trace

Signature = tuple[int, ...] | None
"""What tells a file from another state of it: size, times and inode; None: it is not there."""


class Reach:
    """What reaches what.

    Parameters
    ----------
    project
        The project whose root labels are relative to.
    """

    def __init__(self, project: Project) -> None:
        self._root = project.root
        self._ours = (str(project.cache_dir), str(project.rendered_dir))
        self._known: dict[str, Signature] = {}
        self._paths: dict[str, frozenset[str]] = {}

    def really_changed(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of some paths that are not as they were when they were last asked about.

        A swap file that came and went is not among them, nor is what the build itself writes.
        """
        found = set()
        if len(self._known) > 100_000:
            self._known.clear()  # names of long ago
        for path in paths:
            if path.startswith(self._ours) or "__pycache__" in path:
                continue
            now = _signature(path)
            unknown = path not in self._known
            if now is None and unknown:
                self._known[path] = None
                found.add(path)  # deleted before it was ever asked about
            elif unknown or self._known[path] != now:
                self._known[path] = now
                found.add(path)
        return frozenset(found)

    def reaches(self, paths: Iterable[str], trace: Trace | None) -> bool:
        """Tell whether a change of some paths may touch what a trace speaks of."""
        if trace is None:
            return True
        touched = self._touched(trace)
        return any(
            path in touched or os.path.dirname(path) in touched or ANY in touched for path in paths
        )

    def code(self, trees: Iterable[Path]) -> dict[str, Signature]:
        """Return the signatures of all Python files in some folders."""
        return {
            path: _signature(path)
            for tree in trees
            for folder, _, names in os.walk(tree)
            for name in names
            if name.endswith(".py")
            and not (path := os.path.join(folder, name)).startswith(self._ours)
        }

    def files(self, trace: Trace | None, declared: Iterable[File] = ()) -> dict[str, Signature]:
        """Return the signatures of the files that a trace speaks of, and of declared ones.

        Folders are not among them: a drawing may leave something of its own in one.
        """
        touched = {os.path.join(self._root, file.name) for file in declared}
        touched |= self._touched(trace) if trace else set()
        found = {path: _signature(path) for path in touched if path != ANY}
        return {path: now for path, now in found.items() if not (now and stat.S_ISDIR(now[0]))}

    def folders(self, traces: Iterable[Trace | None]) -> set[Path]:
        """Return the folders of the project, or near it, that traces speak of files in."""
        found = set()
        for trace in traces:
            for path in self._touched(trace) if trace else ():
                folder = path if os.path.isdir(path) else os.path.dirname(path)
                if path != ANY and "site-packages" not in folder:
                    found.add(Path(folder))
        return {folder for folder in found if folder.is_relative_to(self._root)}

    def _touched(self, trace: Trace) -> frozenset[str]:
        """Return the paths that a trace speaks of; `ANY` if there are patterns among them."""
        found = self._paths.get(trace.digest)
        if found is None:
            if len(self._paths) > 10_000:
                self._paths.clear()  # traces of long ago
            paths = {path for label in trace.parts if (path := read(label).path)}
            found = self._paths[trace.digest] = frozenset(
                path if path == ANY else os.path.normpath(os.path.join(self._root, path))
                for path in paths
            )
        return found


def _signature(path: str) -> Signature:
    """Return what tells a path's state from another; a folder is its names, and no more."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mode, found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns
