"""Doing something in a process of its own that knows all that this one knows, and leaves nothing.

A drawing may change whatever it reaches: what pyplot has open, settings, generators of random
numbers, the author's own variables. A fork takes all of that along when it ends.
"""

import contextlib
import errno
import os
import pickle
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from truepage.engine.task import AGAIN
from truepage.tracing.author import RaisedError, RefusedError, author_traceback, flush
from truepage.tracing.recorder import Recorder

T = TypeVar("T")


def apart(work: Callable[[], T], recorder: Recorder) -> T:
    """Return what some work gives, done in a fork; where there is no fork, it is done here.

    Parameters
    ----------
    work
        The work; what it returns can be pickled.
    recorder
        What records this task, the work included.

    Raises
    ------
    RefusedError, RaisedError, MemoryError, OSError
        As in the fork. If that is killed or ends the process, so is this one.
    """
    if not hasattr(os, "fork"):
        return work()
    flush()  # what is not written yet both processes would write
    _say_again()
    reading, writing = os.pipe()
    with recorder.quiet():
        child = os.fork()
    if child == 0:
        os.close(reading)
        answer: tuple[str, Any] = _answer(work, Path(recorder.root))
        with recorder.quiet(), os.fdopen(writing, "wb") as pipe:
            pickle.dump((*answer, recorder.seen()), pipe)
        flush()
        os._exit(0)
    os.close(writing)
    with recorder.quiet(), os.fdopen(reading, "rb") as pipe:
        packed = pipe.read()
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended < 0:
        os.kill(os.getpid(), -ended)
        signal.pause()
    if ended or not packed:
        os._exit(ended)
    how, result, seen = pickle.loads(packed)  # noqa: S301 (our own fork's)
    recorder.add(seen)
    _say_again()
    if how == "raised":
        raise result
    returned: T = result
    return returned


def _say_again() -> None:
    """Part what is printed now from what was printed before: it may be the same."""
    with contextlib.suppress(OSError):  # the author may have closed it
        os.write(1, AGAIN.encode())


def _answer(work: Callable[[], object], root: Path) -> tuple[str, Any]:
    try:
        return "returned", work()
    except (RefusedError, MemoryError) as error:
        return "raised", error
    except BaseException as error:  # SystemExit too
        if isinstance(error, OSError) and error.errno == errno.EFBIG:
            return "raised", OSError(errno.EFBIG, "")
        return "raised", RaisedError(author_traceback(error, root))
