"""Waiting that Ctrl-C ends, in the main thread.

Python acts on a signal between two of its instructions. One that comes after the last of them and
before the system waits is acted on when the wait is over, however long that takes: about one in a
thousand, if it comes just then. On Windows none ends a wait. So no wait of ours is long.
"""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, as_completed
from typing import TypeVar

T = TypeVar("T")

PULSE = 1.0
"""Seconds after which a wait begins anew."""


def wait_for(event: threading.Event) -> None:
    """Wait until an event has happened."""
    while not event.wait(PULSE):
        pass


def each_when_done(futures: Iterable[Future[T]]) -> Iterator[Future[T]]:
    """Yield futures as they are done."""
    left = set(futures)
    while left:
        try:
            for future in as_completed(left, timeout=PULSE):
                left.remove(future)
                yield future
        except TimeoutError:
            continue
