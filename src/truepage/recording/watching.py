"""Wrapping what no audit event tells of: questions about files, variables, the clock, chance."""

import os
import platform
import random
import re
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from truepage.recording.others import PACKAGE
from truepage.recording.recorder import Recorder

_KINDS = {"stat": "times", "lstat": "times", "access": "rights", "readlink": "link"}
_TELLING = frozenset("stat lstat getsize getmtime getctime getatime".split())
_STAT_MODULES = frozenset(
    {"pathlib", "genericpath", "posixpath", "ntpath", "glob", "fnmatch", "os", "shutil"}
)


def install(recorder: Recorder) -> None:
    """Wrap them all; the process ends after its job, so there is no way back."""
    _wrap_environment(recorder)
    _wrap_questions(recorder)
    _wrap_clock(recorder)
    _wrap_randomness(recorder)
    _wrap_machine(recorder)


def _wrap_environment(recorder: Recorder) -> None:
    kind: Any = type(os.environ)
    get, contains, iterate = kind.__getitem__, kind.__contains__, kind.__iter__
    length, put, delete = kind.__len__, kind.__setitem__, kind.__delitem__

    def getitem(self: Any, key: Any) -> Any:
        if recorder.active:
            recorder.variable(key)
        return get(self, key)

    def has(self: Any, key: Any) -> bool:
        if recorder.active:
            recorder.variable(key)
        return bool(contains(self, key))

    def every(self: Any) -> Any:
        recorder.variables()
        return iterate(self)

    def count(self: Any) -> int:
        recorder.variables()
        return int(length(self))

    def assign(self: Any, key: Any, value: Any) -> None:
        put(self, key, value)
        if recorder.active:
            recorder.variables_set.add(os.fsdecode(key))

    def remove(self: Any, key: Any) -> None:
        if recorder.active:
            recorder.variable(key)
        delete(self, key)
        if recorder.active:
            recorder.variables_set.add(os.fsdecode(key))

    kind.__getitem__, kind.__contains__, kind.__iter__ = getitem, has, every
    kind.__len__, kind.__setitem__, kind.__delitem__ = count, assign, remove


def _wrap_questions(recorder: Recorder) -> None:
    def wrap(name: str) -> None:
        ask = getattr(os, name)

        def asking(path: Any, *arguments: Any, **options: Any) -> Any:
            if recorder.active:
                frame: FrameType | None = sys._getframe(1)
                outermost = "stat"
                while frame and frame.f_globals.get("__name__", "").split(".")[0] in _STAT_MODULES:
                    outermost, frame = frame.f_code.co_name, frame.f_back
                mine = frame is not None and recorder.is_author(frame)
                if isinstance(path, int):
                    if recorder.is_author(sys._getframe(1)):
                        recorder.note("asks about an open file by its number")
                elif not (frame and frame.f_code.co_filename.startswith(PACKAGE)):
                    kind = _KINDS.get(name, "kind")
                    if kind == "times" and not (mine and outermost in _TELLING):
                        kind = "kind"  # a library's question whether the file is there
                    recorder.asked(recorder.absolute(path, options.get("dir_fd")), kind)
            return ask(path, *arguments, **options)

        setattr(os, name, asking)

    for name in ("stat", "lstat", "fstat", "access", "readlink"):
        wrap(name)

    opens = os.open

    def opening(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if dir_fd is None or not recorder.active:
            return opens(path, flags, mode)
        with recorder.quiet():
            recorder.opened(path, None, flags, dir_fd)
            return opens(path, flags, mode, dir_fd=dir_fd)

    os.open = opening


def _wrap_clock(recorder: Recorder) -> None:
    def wrap(name: str) -> None:
        tell = getattr(time, name)

        def telling(*arguments: Any) -> Any:
            given = len(arguments) > (name == "strftime")  # a time that is only converted
            if recorder.active and not given and recorder.author_is_near(without=("logging",)):
                recorder.note(f"reads the clock (time.{name})")
            recorder.logs |= sys._getframe(1).f_globals.get("__name__") == "logging"
            return tell(*arguments)

        setattr(time, name, telling)

    for name in (
        "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time "
        "process_time_ns thread_time thread_time_ns localtime gmtime ctime asctime strftime"
    ).split():
        if hasattr(time, name):
            wrap(name)


def _wrap_randomness(recorder: Recorder) -> None:
    urandom, seed = os.urandom, random.Random.seed

    def entropy(size: int) -> bytes:
        if recorder.active:
            recorder.note("draws random numbers without a seed")
        return urandom(size)

    def seeding(self: random.Random, a: Any = None, version: int = 2) -> None:
        if a is None and recorder.active and _outside(("random", "tempfile")):
            recorder.note("draws random numbers without a seed")
        seed(self, a, version)

    if hasattr(os, "getrandom"):
        getrandom = os.getrandom

        def randomly(size: int, flags: int = 0) -> bytes:
            if recorder.active:
                recorder.note("draws random numbers without a seed")
            return getrandom(size, flags)

        os.getrandom = randomly
    os.urandom = entropy
    random._urandom = entropy  # type: ignore[attr-defined] # secrets and default_rng come here
    random.Random.seed = seeding  # type: ignore[method-assign]
    random.seed = seeding.__get__(random._inst)


def _outside(modules: tuple[str, ...]) -> bool:
    """Tell whether a call comes from elsewhere than some modules of the standard library."""
    frame: FrameType | None = sys._getframe(2)
    while frame and frame.f_globals.get("__name__") == "random":
        frame = frame.f_back
    return not (frame and frame.f_globals.get("__name__") in modules)


def _wrap_machine(recorder: Recorder) -> None:
    def wrap(module: Any, name: str) -> None:
        tell = getattr(module, name)

        def telling(*arguments: Any, **options: Any) -> Any:
            caller = sys._getframe(1).f_code.co_name
            if (
                recorder.active
                and caller not in _STEADY
                and recorder.author_is_near(without=_MACHINERY)
            ):
                recorder.note(f"asks about the machine ({module.__name__}.{name})")
            return tell(*arguments, **options)

        setattr(module, name, telling)

    for name in (
        "cpu_count getloadavg getlogin getpgid getpid getppid process_cpu_count "
        "sched_getaffinity statvfs times uname"
    ).split():
        if hasattr(os, name):
            wrap(os, name)
    wrap(platform, "uname")


# Parts of the standard library that ask for such things and show them to nobody.
_MACHINERY = ("asyncio", "concurrent.futures.thread", "logging", "random", "tempfile", "threading")
_STEADY = {"machine", "system"}  # `platform.system`: every job depends on that anyway

_GENERIC = {"cursive", "fantasy", "monospace", "sans-serif", "serif"}
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


def watch_matplotlib(recorder: Recorder) -> None:
    """Watch what text is set and which fonts are asked for."""
    library: Any = sys.modules["matplotlib"]  # who asks for this has imported it; we need not
    text, fonts = library.text.Text, library.font_manager
    properties = fonts.FontProperties
    set_text, find = text.set_text, fonts.FontManager.findfont
    # Matplotlib's fonts, and ours: they are the same on every machine.
    shipped = (os.path.join(library.get_data_path(), "fonts"), os.path.join(PACKAGE, "vendor"))
    cache = Path(library.get_cachedir(), f"fontlist-v{fonts.FontManager.__version__}.json")
    families = {
        font.name.lower() for font in fonts.fontManager.ttflist if font.fname.startswith(shipped)
    }

    def setting(self: Any, s: Any) -> None:
        set_text(self, s)
        shown = s if type(s) is str else self.get_text()
        if " 0x" in shown and recorder.active and _ADDRESS.search(shown):
            recorder.note("shows an object's address in memory")

    def finding(self: Any, prop: Any, *arguments: Any, **options: Any) -> Any:
        if recorder.active:
            asked = prop if type(prop) is properties else properties._from_any(prop)
            family = (asked.get_family() or [""])[0]
            if family in _GENERIC:
                # Past the checks of `rcParams`, which take longer than all else here.
                family = dict.__getitem__(library.rcParams, f"font.{family}")[0]
            if family.lower() not in families or asked.get_file():
                with recorder.quiet():
                    # Which fonts there are decides: another machine may have it, or not.
                    recorder.read(str(cache))
        return find(self, prop, *arguments, **options)

    text.set_text = setting
    fonts.FontManager.findfont = finding
    folders = library.style.core.USER_LIBRARY_PATHS
    if any(Path(folder).is_dir() for folder in folders):
        folders.clear()  # no style of the machine's has a say
        library.style.reload_library()
