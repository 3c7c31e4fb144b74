"""Wrapping what no audit event tells of: questions about files, variables, the clock, chance."""

import os
import random
import sys
import time
from types import FrameType
from typing import Any

from truepage.recording import PACKAGE, Recorder

_TELLING = frozenset("stat lstat getsize getmtime getctime getatime".split())
_STAT_MODULES = frozenset(
    {"pathlib", "genericpath", "posixpath", "ntpath", "glob", "fnmatch", "os", "shutil"}
)


def install(recorder: Recorder) -> None:
    """Wrap them all; the process ends after its drawing, so there is no way back."""
    _wrap_environment(recorder)
    _wrap_questions(recorder)
    _wrap_clock(recorder)
    _wrap_randomness(recorder)


def _wrap_environment(recorder: Recorder) -> None:
    kind: Any = type(os.environ)
    get, contains, iterate = kind.__getitem__, kind.__contains__, kind.__iter__

    def getitem(self: Any, key: Any) -> Any:
        recorder.variable(os.fsdecode(key))
        return get(self, key)

    def has(self: Any, key: Any) -> bool:
        recorder.variable(os.fsdecode(key))
        return bool(contains(self, key))

    def every(self: Any) -> Any:
        for key in list(self._data):
            recorder.variable(os.fsdecode(key))
        return iterate(self)

    kind.__getitem__, kind.__contains__, kind.__iter__ = getitem, has, every


def _wrap_questions(recorder: Recorder) -> None:
    def wrap(name: str) -> None:
        ask = getattr(os, name)

        def asking(path: Any, *arguments: Any, **options: Any) -> Any:
            if recorder.active and not isinstance(path, int):
                frame: FrameType | None = sys._getframe(1)
                outermost = "stat"
                while frame and frame.f_globals.get("__name__", "").split(".")[0] in _STAT_MODULES:
                    outermost, frame = frame.f_code.co_name, frame.f_back
                whole = (
                    name in _TELLING
                    and outermost in _TELLING
                    and frame is not None
                    and recorder.is_author(frame)
                )
                if not (frame and frame.f_code.co_filename.startswith(PACKAGE)):
                    recorder.asked(os.path.abspath(os.fsdecode(path)), whole)
            return ask(path, *arguments, **options)

        setattr(os, name, asking)

    for name in ("stat", "lstat", "access", "readlink"):
        wrap(name)


def _wrap_clock(recorder: Recorder) -> None:
    def wrap(name: str) -> None:
        tell = getattr(time, name)

        def telling(*arguments: Any) -> Any:
            given = len(arguments) > (name == "strftime")  # a time that is only converted
            if recorder.active and not given and recorder.author_calls():
                recorder.note(f"reads the clock (time.{name})")
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
