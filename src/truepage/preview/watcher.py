"""Noticing that files may have changed, by the operating system's own notifications.

A notification says where to look, never what is there: whether anything is stale is decided by the
engine. So one too many costs a look, and one too few is made good by looking at everything now and
then, when the machine slept, and when the system dropped notifications.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

QUIET = 0.015
"""Seconds without a notification after which a save counts as done: an editor that renames or
writes twice has its notifications within a few milliseconds."""

LONGEST = 0.25
"""Seconds after which those of a long stream, such as a checkout's, are passed on all the same."""

TICK = 2.0
"""Seconds between looks at the clocks."""

ASLEEP = 5.0
"""Seconds that the clock on the wall is ahead of the one that stands still with the machine."""

SWEEP = 60.0
"""Seconds after which everything is looked at without being told to."""

# What reading a file causes is no news, or our own look would be the next notification.
_NEWS = frozenset({"created", "deleted", "modified", "moved", "closed"})

Report = Callable[[frozenset[str] | None], None]
"""Called with the paths that may have changed; None: any may have."""


class Watcher:
    """What watches some folders.

    Parameters
    ----------
    report
        Whom to tell; called from a thread of the watcher's own.
    clocks
        Returns the time that stands still while the machine sleeps, and the time on the wall.
    """

    def __init__(
        self,
        report: Report,
        clocks: Callable[[], tuple[float, float]] = lambda: (time.monotonic(), time.time()),
    ) -> None:
        self._report = report
        self._clocks = clocks
        _pair_no_moves()
        self._observer: BaseObserver = Observer()
        self._watches: dict[Path, tuple[int, ObservedWatch]] = {}  # with the folder's inode
        self._news = threading.Condition()
        self._paths: set[str] = set()
        self._all = False
        self._latest = 0.0
        self._stopped = False
        self._thread = threading.Thread(target=self._tell, name="truepage-watcher", daemon=True)
        self._dropped = _Dropped(self.look_at_everything)

    def start(self) -> None:
        """Begin to watch."""
        logging.getLogger("watchdog.observers").addHandler(self._dropped)
        self._observer.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; nothing is reported any more."""
        with self._news:
            self._stopped = True
            self._news.notify_all()
        logging.getLogger("watchdog.observers").removeHandler(self._dropped)
        self._observer.stop()
        if self._thread.is_alive():
            self._thread.join()
            self._observer.join()

    def watch(self, trees: Iterable[Path], folders: Iterable[Path] = ()) -> None:
        """Watch these and no others: folders with all that is in them, and folders alone.

        A folder that is not there, or that is another one of the same name by now, is watched
        again by the next call.
        """
        trees = set(trees)
        wanted = dict.fromkeys(trees, True)
        for folder in folders:
            if not any(folder.is_relative_to(tree) for tree in trees):
                wanted.setdefault(folder, False)
        for folder, (inode, watch) in list(self._watches.items()):
            if wanted.get(folder) != watch.is_recursive or _inode(folder) != inode:
                del self._watches[folder]
                with contextlib.suppress(KeyError, OSError):
                    self._observer.unschedule(watch)
        for folder, recursive in wanted.items():
            inode = _inode(folder)
            if folder not in self._watches and inode:
                with contextlib.suppress(OSError):  # gone in between
                    handler = _Handler(self._note)
                    watch = self._observer.schedule(handler, str(folder), recursive=recursive)
                    self._watches[folder] = inode, watch

    def look_at_everything(self) -> None:
        """Report that anything may have changed."""
        with self._news:
            self._all = True
            self._news.notify_all()

    def _note(self, *paths: str) -> None:
        with self._news:
            self._paths.update(paths)
            self._latest = time.monotonic()
            self._news.notify_all()

    def _tell(self) -> None:
        swept = self._clocks()[0]
        while True:
            with self._news:
                before = self._clocks()
                self._news.wait_for(lambda: self._paths or self._all or self._stopped, TICK)
                first = time.monotonic()
                while self._paths and not self._stopped:
                    now = time.monotonic()
                    left = min(self._latest + QUIET, first + LONGEST) - now
                    if left <= 0:
                        break
                    self._news.wait(left)
                if self._stopped:
                    return
                awake, wall = self._clocks()
                slept = (wall - before[1]) - (awake - before[0]) > ASLEEP
                everything = self._all or slept or awake - swept > SWEEP
                paths = None if everything else frozenset(self._paths)
                self._paths.clear()
                self._all = False
            if paths is None:
                swept = awake
            if paths is None or paths:
                self._report(paths)


def _pair_no_moves() -> None:
    """Have watchdog hand on renames at once, on Linux.

    It holds each back for half a second, to tell both of its names in one event, and all that comes
    after it as well: a few saves by renaming, and notifications are seconds behind. To us a rename
    is two paths, whatever they have to do with each other.
    """
    with contextlib.suppress(ImportError, OSError):  # another system
        from watchdog.observers.inotify_move_event_grouper import InotifyMoveEventGrouper

        InotifyMoveEventGrouper.delay = 0.001


class _Handler(FileSystemEventHandler):
    """What hands on the paths of watchdog's events."""

    def __init__(self, note: Callable[..., None]) -> None:
        self._note = note

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Hand on where something happened."""
        if event.event_type in _NEWS:
            self._note(*(str(path) for path in (event.src_path, event.dest_path) if path))


class _Dropped(logging.Handler):
    """What hears that the system dropped notifications: watchdog tells only its log."""

    def __init__(self, remedy: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._remedy = remedy

    def emit(self, record: logging.LogRecord) -> None:
        """Look at everything."""
        self._remedy()


def _inode(folder: Path) -> int:
    """Return what tells a folder from another of its name; 0 if it is not there."""
    try:
        return folder.stat().st_ino if folder.is_dir() else 0
    except OSError:
        return 0
