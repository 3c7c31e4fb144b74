"""Wrapping what no audit event tells of: questions about files, variables, the machine, code."""

import ctypes
import gc
import inspect
import logging
import os
import platform
import re
import sys
import threading
import types
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from truepage.engine.dependencies.files import Kind, Link, OfPath, Rights, Size, Stat, Times
from truepage.tracing.recorder import Recorder
from truepage.tracing.third_party import PACKAGE

_KINDS: dict[str, type[OfPath]] = {"access": Rights, "readlink": Link}
# Functions of the standard library that ask for no more of what `os.stat` tells than this.
_ASKING: dict[str, type[OfPath]] = {
    **dict.fromkeys(["exists", "lexists", "isdir", "isfile", "islink", "ismount"], Kind),
    **dict.fromkeys(["is_block_device", "is_char_device", "is_dir", "is_fifo", "is_file"], Kind),
    **dict.fromkeys(["is_mount", "is_socket", "is_symlink", "realpath", "_joinrealpath"], Kind),
    **dict.fromkeys(["mkdir", "makedirs", "rmtree", "walk"], Kind),
    **{"getsize": Size, "getmtime": Times},
}
_TELLING = frozenset(["stat", "lstat", "owner", "group", "samefile", "getctime", "getatime"])
_PATHS = frozenset(
    {"pathlib", "genericpath", "posixpath", "ntpath", "glob", "fnmatch", "os", "shutil"}
)
# Parts of the standard library that look at files for their own ends, and show nothing of them.
_OWN_ENDS = ("importlib", "linecache", "inspect", "tokenize", "runpy", "pkgutil", "zipimport")


# Functions of `inspect` that show what they read of code; the others compare, or ask for arguments.
_READING = {"getdoc", "_finddoc", "getsourcelines", "findsource", "getframeinfo", "getcomments"}
_DISSECTING = {"_has_code_flag", "getclosurevars"}


def install(recorder: Recorder) -> None:
    """Wrap them all; the process ends after its task, so there is no way back."""
    _wrap_environment(recorder)
    _wrap_questions(recorder)
    _wrap_places(recorder)
    _wrap_code(recorder)
    _wrap_logging(recorder)
    _wrap_machine(recorder)


def replace(kind: type, name: str, new: Any) -> Any:
    """Put something into a type that Python code cannot set; return what was there.

    What is looked up by way of the type is found by whoever looks, however it is spelled.
    """
    (inside,) = gc.get_referents(kind.__dict__)
    old = inside[name]
    inside[name] = new
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))
    return old


def _wrap_environment(recorder: Recorder) -> None:
    kind: Any = type(os.environ)
    get, contains, iterate = kind.__getitem__, kind.__contains__, kind.__iter__
    length, put, delete = kind.__len__, kind.__setitem__, kind.__delitem__

    def getitem(self: Any, key: Any) -> Any:
        if recorder.hears():
            recorder.variable(key)
        return get(self, key)

    def has(self: Any, key: Any) -> bool:
        if recorder.hears():
            recorder.variable(key)
        return bool(contains(self, key))

    def every(self: Any) -> Any:
        recorder.variables()
        for recorder.swept in iterate(self):
            yield recorder.swept

    def count(self: Any) -> int:
        recorder.variables()
        return int(length(self))

    def assign(self: Any, key: Any, value: Any) -> None:
        put(self, key, value)
        if recorder.hears():
            recorder.variables_set.add(os.fsdecode(key))

    def remove(self: Any, key: Any) -> None:
        if recorder.hears():
            recorder.variable(key)
        delete(self, key)
        if recorder.hears():
            recorder.variables_set.add(os.fsdecode(key))

    _wrap_bare_environment(recorder)
    kind.__getitem__, kind.__contains__, kind.__iter__ = getitem, has, every
    kind.__len__, kind.__setitem__, kind.__delitem__ = count, assign, remove


def _wrap_bare_environment(recorder: Recorder) -> None:
    """Watch the dictionary that `os.environ` was made of."""

    class Bare(dict[Any, Any]):
        def __getitem__(self, key: Any) -> Any:
            return os.environb[key] if recorder.active else super().__getitem__(key)

        def __contains__(self, key: object) -> bool:
            recorder.variables()
            return super().__contains__(key)

        def get(self, key: Any, default: Any = None) -> Any:
            return os.environb.get(key, default)

        def __iter__(self) -> Any:
            recorder.variables()
            return super().__iter__()

        def items(self) -> Any:
            recorder.variables()
            return super().items()

        def copy(self) -> Any:
            recorder.variables()
            return super().copy()

    if os.name == "posix":
        import posix

        posix.environ = Bare(posix.environ)


def _wrap_questions(recorder: Recorder) -> None:
    def wrap(name: str) -> None:
        ask = getattr(os, name)

        def asking(path: Any, *arguments: Any, **options: Any) -> Any:
            if recorder.active and not recorder.blame.quiet:
                frame: FrameType | None = sys._getframe(1)
                kind = _KINDS.get(name, Stat)
                while frame and frame.f_globals.get("__name__", "").split(".")[0] in _PATHS:
                    called = frame.f_code.co_name
                    if kind is Stat or called in _TELLING:
                        kind = _ASKING.get(called, Stat)
                    frame = frame.f_back
                module = frame.f_globals.get("__name__", "") if frame else ""
                if recorder.blame.importing or module.startswith(_OWN_ENDS):
                    kind = Kind
                if isinstance(path, int):
                    if recorder.is_author(sys._getframe(1)):
                        recorder.note("asks about an open file by its number")
                elif not (frame and frame.f_code.co_filename.startswith(PACKAGE)):
                    with recorder.quiet():
                        recorder.asked(recorder.absolute(path, options.get("dir_fd")), kind)
                if not isinstance(path, int):
                    recorder.blame.note_path(os.fspath(path), b"ask")
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


def _wrap_places(recorder: Recorder) -> None:
    """Watch the author ask where things are, directly or by `pathlib`."""

    def wrap(module: Any, name: str) -> None:
        tell = getattr(module, name)

        def telling(*arguments: Any, **options: Any) -> Any:
            frame: FrameType | None = sys._getframe(1)
            while frame and frame.f_globals.get("__name__") in ("pathlib", "posixpath", "ntpath"):
                frame = frame.f_back
            if recorder.active and frame and recorder.is_author(frame):
                recorder.shows_place()
            return tell(*arguments, **options)

        setattr(module, name, telling)

    for name in ("abspath", "realpath"):
        wrap(os.path, name)
    for name in ("getcwd", "getcwdb"):
        wrap(os, name)


def _wrap_code(recorder: Recorder) -> None:
    """Watch who looks at docstrings and at the lines that code stands in.

    The body of a class looks at those of its methods for `property` and the like, which copy them.
    """
    copying = (
        "collections",
        "dataclasses",
        "functools",
        "abc",
        "typing",
        "enum",
        "contextlib",
        "reprlib",
    )

    def looks(shown_by: set[str]) -> bool:
        caller = sys._getframe(2)
        name = caller.f_code.co_name
        return (
            recorder.active
            and not (caller.f_code.co_flags & inspect.CO_OPTIMIZED == 0 and name != "<module>")
            and not (caller.f_globals.get("__name__") == "inspect" and name not in shown_by)
            and not (recorder.blame.importing or recorder.blame.quiet)
            and not caller.f_code.co_filename.startswith(PACKAGE)
            and not caller.f_globals.get("__name__", "").startswith(copying)
        )

    def wrap(kind: type, name: str, shown_by: set[str], note: Callable[[Any], None]) -> None:
        old = kind.__dict__[name]

        def get(subject: Any) -> Any:
            if looks(shown_by):
                note(subject)
            return old.__get__(subject)

        replace(
            kind,
            name,
            property(get, getattr(old, "__set__", None), getattr(old, "__delete__", None)),
        )

    def show(_: object) -> None:
        recorder.shows_code()

    def look_up(_: object) -> None:
        recorder.looked_up("__dict__", sys._getframe(2).f_globals.get("__name__", ""))

    wrap(types.FunctionType, "__doc__", _READING, show)
    wrap(types.CodeType, "co_firstlineno", _READING, show)
    wrap(type, "__doc__", _READING, show)
    for name in ("__code__", "__closure__"):
        wrap(types.FunctionType, name, _DISSECTING, recorder.dissected)
    wrap(types.FunctionType, "__globals__", set(), look_up)


def _wrap_logging(recorder: Recorder) -> None:
    """Watch what log records show beside their message."""
    set_up = logging.Formatter.format
    times = re.compile(r"[({$](?:asctime|created|msecs|relativeCreated|process|thread|taskName)\b")
    lines = re.compile(r"[({$](?:lineno|funcName)\b")

    def formatting(self: Any, record: Any) -> str:
        if recorder.active:
            text = str(self._fmt)
            if times.search(text):
                recorder.note("shows when something was logged, or by whom")
            if lines.search(text):
                recorder.shows_code()
        return set_up(self, record)

    logging.Formatter.format = formatting  # type: ignore[method-assign]


def _wrap_machine(recorder: Recorder) -> None:
    def wrap(module: Any, name: str) -> None:
        tell = getattr(module, name)

        def telling(*arguments: Any, **options: Any) -> Any:
            caller = sys._getframe(1).f_code.co_name
            if (
                recorder.hears()
                and caller not in _STEADY
                and recorder.author_is_near(without=_MACHINERY)
            ):
                recorder.note(f"asks about the machine ({module.__name__}.{name})")
            return tell(*arguments, **options)

        setattr(module, name, telling)

    for name in [
        "cpu_count",
        "getloadavg",
        "getlogin",
        "getpgid",
        "getpid",
        "getppid",
        "process_cpu_count",
        "sched_getaffinity",
        "statvfs",
        "times",
        "uname",
    ]:
        if hasattr(os, name):
            wrap(os, name)
    wrap(platform, "uname")
    for name in ("get_count", "get_objects", "get_referrers", "get_stats"):
        wrap(gc, name)
    for name in ("_current_frames", "getallocatedblocks"):
        wrap(sys, name)
    for name in ("get_ident", "get_native_id"):
        _answer_identity(recorder, name)


def _answer_identity(recorder: Recorder, name: str) -> None:
    """Tell the author's code how manieth its thread is to be asked for, and not its number."""
    tell = getattr(threading, name)

    def telling() -> int:
        near = recorder.hears() and recorder.author_is_near(without=_MACHINERY)
        return recorder.ordinal(tell()) if near else int(tell())

    setattr(threading, name, telling)


# Parts of the standard library that ask for such things and show them to nobody.
_MACHINERY = (
    "asyncio",
    "concurrent",
    "logging",
    "multiprocessing",
    "random",
    "subprocess",
    "tempfile",
    "threading",
)
_STEADY = {"machine", "system"}  # `platform.system`: every task depends on that anyway

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
        if recorder.active and recorder.root in shown:
            recorder.shows_place()

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

    # What a file of the machine's says is no default of the author's.
    dict.update(library.rcParamsOrig, library.rcParamsDefault)
    text.set_text = setting
    fonts.FontManager.findfont = finding
    folders = library.style.core.USER_LIBRARY_PATHS
    if any(Path(folder).is_dir() for folder in folders):
        folders.clear()  # no style of the machine's has a say
        library.style.reload_library()
