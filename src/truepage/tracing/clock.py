"""Watching the clock being read, and answering who asks for entropy."""

import datetime
import os
import random
import sys
import time
import timeit
import tracemalloc
import uuid
from typing import Any

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

from truepage.tracing.patches import replace
from truepage.tracing.recorder import Recorder, hands_on

# Parts of the standard library that measure time for their own ends, and show it to nobody.
_MACHINERY = (
    "asyncio",
    "concurrent",
    "logging",
    "multiprocessing",
    "queue",
    "random",
    "sched",
    "selectors",
    "socket",
    "subprocess",
    "tempfile",
    "threading",
)


_CONVERTING = {"localtime", "gmtime", "ctime", "asctime", "strftime"}
_CLOCKS = (
    *("time", "monotonic", "perf_counter", "process_time", "thread_time", "clock_gettime"),
    *("time_ns", "monotonic_ns", "perf_counter_ns", "process_time_ns", "thread_time_ns"),
    *("clock_gettime_ns", "localtime", "gmtime", "ctime", "asctime", "strftime"),
)


def install(recorder: Recorder) -> None:
    """Wrap them all; the process ends after its task, so there is no way back."""
    _wrap_clock(recorder)
    _wrap_dates(recorder)
    _answer_entropy(recorder)


def _wrap_clock(recorder: Recorder) -> None:
    def wrap(module: Any, name: str) -> None:
        tell = getattr(module, name)

        def telling(*arguments: Any, **options: Any) -> Any:
            given = name in _CONVERTING and len(arguments) > (name == "strftime")
            if recorder.hears() and not given and recorder.author_is_near(without=_MACHINERY):
                recorder.note(f"reads the clock ({module.__name__}.{name})")
            return tell(*arguments, **options)

        setattr(module, name, telling)

    for name in _CLOCKS:
        if hasattr(time, name):
            wrap(time, name)
    for name in ("uuid1", "getnode"):
        wrap(uuid, name)
    wrap(timeit.Timer, "timeit")
    if resource:
        wrap(resource, "getrusage")
    for name in ("get_traced_memory", "take_snapshot", "get_tracemalloc_memory"):
        wrap(tracemalloc, name)


def _wrap_dates(recorder: Recorder) -> None:
    """Watch who asks for the present date: the author, or any library for them."""

    def wrap(kind: Any, name: str) -> None:
        def telling(cls: Any, *arguments: Any, **options: Any) -> Any:
            caller = sys._getframe(1)
            inside = caller.f_globals.get("__name__", "").startswith(_MACHINERY)
            own = inside and not hands_on(caller)
            if recorder.hears() and not own and recorder.is_for_author():
                recorder.note(f"asks for the date ({kind.__name__}.{name})")
            return old.__get__(None, cls)(*arguments, **options)

        old = replace(kind, name, classmethod(telling))

    wrap(datetime.datetime, "now")
    wrap(datetime.datetime, "utcnow")
    wrap(datetime.date, "today")


def _answer_entropy(recorder: Recorder) -> None:
    """Answer who asks for random bytes with the same ones in every run."""
    urandom, seed = os.urandom, random.Random.seed

    def entropy(size: int) -> bytes:
        return recorder.draw(size) if recorder.hears() else urandom(size)

    def seeding(self: random.Random, a: Any = None, version: int = 2) -> None:
        if a is None and recorder.active:
            a = int.from_bytes(recorder.draw(32), "little")
        seed(self, a, version)

    if hasattr(os, "getrandom"):
        getrandom = os.getrandom

        def randomly(size: int, flags: int = 0) -> bytes:
            return recorder.draw(size) if recorder.hears() else getrandom(size, flags)

        os.getrandom = randomly
    os.urandom = entropy
    random._urandom = entropy  # type: ignore[attr-defined] # secrets and default_rng come here
    random.Random.seed = seeding  # type: ignore[method-assign]
    random.seed = seeding.__get__(random._inst)
