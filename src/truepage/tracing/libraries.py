"""Libraries that are watched from inside, once imported: dateutil, NumPy, OpenSSL, SQLite."""

import re
import sys
from datetime import datetime
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from truepage.tracing.linking import replace_time
from truepage.tracing.recorder import Recorder

_NUMPY = ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath")
_ATTACH, _FUNCTION = 24, 31
_TIMES = {"date", "datetime", "julianday", "strftime", "time", "timediff", "unixepoch"}
_NOW = re.compile(
    r"(?i)'now'|\bcurrent_(?:date|time)|\b(?:date|time|datetime|\w+day|unixepoch)\s*\(\s*\)"
)


def _watch_statements(recorder: Recorder, connection: Any) -> None:
    """Watch what statements attach, and whether they ask for the time or for chance."""
    asked: set[str] = set()

    def authorize(action: int, first: str | None, second: str | None, *_: object) -> int:
        if action == _ATTACH and first and recorder.hears():
            with recorder.quiet():
                database(recorder, first)
        elif action == _FUNCTION and second:
            asked.add(second.lower())
        return 0

    def run(statement: str) -> None:
        if asked & {"random", "randomblob"} and not recorder.follows:
            recorder.note("asks SQLite for random numbers")
        now = asked & _TIMES and _NOW.search(statement)
        if now or any(name.startswith("current_") for name in asked):
            recorder.note("asks SQLite for the time")

    connection.set_authorizer(authorize)
    connection.set_trace_callback(run)


def _watch_dates(parser: Any) -> None:
    """Let dateutil ask for the present date only where a text leaves out what it takes from it."""
    parse = parser.parse

    def parsing(self: Any, timestr: Any, default: Any = None, *rest: Any, **options: Any) -> Any:
        if default is None:
            found, other = (
                parse(self, timestr, example, *rest, **options)
                for example in (datetime(2000, 1, 1), datetime(2004, 2, 2))
            )
            # Matplotlib wants to know of categories whether they could be dates, and no more.
            if found == other or sys._getframe(2).f_globals["__name__"] == "matplotlib.category":
                return found
        return parse(self, timestr, default, *rest, **options)

    parser.parse = parsing


def _watch_numpy(recorder: Recorder, path: str) -> None:
    """Watch NumPy's C code ask for the date, as for the words `now` and `today` in data."""

    def telling(place: int | None, tell: Any) -> int:
        if recorder.hears():  # nobody but data makes it ask
            recorder.note("asks NumPy for the date or the time")
        return int(tell(place))

    with recorder.quiet():
        recorder.hears_numpy = replace_time(path, telling)


def database(recorder: Recorder, path: str) -> None:
    """Note a database that is opened, by its name."""
    if path and not path.startswith((":memory:", "file::memory:")):
        if path.startswith("file:"):
            path = unquote(path.removeprefix("file:").partition("?")[0])
        for name in (path, f"{path}-wal", f"{path}-journal"):
            recorder.read(recorder.absolute(name))


def watch(module: ModuleType, recorder: Recorder) -> None:
    """Watch a library that has been imported, if it is one of these."""
    library: Any = module
    if library.__name__ == "ssl":  # OpenSSL draws from what nobody can answer
        library.RAND_bytes = recorder.draw
    elif library.__name__ in _NUMPY:
        _watch_numpy(recorder, library.__file__)
    elif library.__name__ == "dateutil.parser._parser":
        _watch_dates(library.parser)
    elif library.__name__ == "sqlite3.dbapi2":
        connect = library.connect

        def connecting(*arguments: Any, **options: Any) -> Any:
            connection = connect(*arguments, **options)
            if recorder.active:
                _watch_statements(recorder, connection)
            return connection

        library.connect = connecting


def install(recorder: Recorder) -> None:
    """Watch those of them that are imported already."""
    for name in (*_NUMPY, "dateutil.parser._parser", "ssl", "sqlite3.dbapi2"):
        if name in sys.modules:
            watch(sys.modules[name], recorder)
    if "sqlite3" in sys.modules:
        sys.modules["sqlite3"].connect = sys.modules["sqlite3.dbapi2"].connect  # type: ignore[attr-defined]
