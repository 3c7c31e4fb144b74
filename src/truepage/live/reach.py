"""Which paths a picture depends on, as its trace says; and whether a path has really changed."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from truepage.project import Project
from truepage.trace import Trace

_PIECES = frozenset({"function", "candidates"})
_PATHS = frozenset(
    {"module", "file", "times", "kind", "link", "rights", "listing", "entries", "candidates"}
) | {"function"}


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
        self._known: dict[str, tuple[int, ...] | None] = {}
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
            try:
                status = os.stat(path)
                # A folder is its names: what else is in it has notifications of its own.
                now = (status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns)
            except OSError:
                now = None
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
            path in touched or os.path.dirname(path) in touched or "*" in touched for path in paths
        )

    def folders(self, traces: Iterable[Trace | None]) -> set[Path]:
        """Return the folders of the project, or near it, that traces speak of files in."""
        found = set()
        for trace in traces:
            for path in self._touched(trace) if trace else ():
                folder = path if os.path.isdir(path) else os.path.dirname(path)
                if path != "*" and "site-packages" not in folder:
                    found.add(Path(folder))
        return {folder for folder in found if folder.is_relative_to(self._root)}

    def _touched(self, trace: Trace) -> frozenset[str]:
        """Return the paths that a trace speaks of; ``*`` if there are patterns among them."""
        found = self._paths.get(trace.digest)
        if found is None:
            if len(self._paths) > 10_000:
                self._paths.clear()  # traces of long ago
            found = self._paths[trace.digest] = frozenset(self._in(trace))
        return found

    def _in(self, trace: Trace) -> Iterator[str]:
        for label in trace.parts:
            kind, _, name = label.partition(" ")
            if kind == "matches":
                yield "*"
            elif kind in _PATHS:
                path = name.rpartition(":")[0] if kind in _PIECES else name
                yield os.path.normpath(os.path.join(self._root, path))
