"""Questions that a child asks the builder, and their answers."""

import contextlib
import json
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import TextIO

_clock = time.perf_counter  # as it is before recording wraps it


class Questions:
    """What a child asks the builder: one question after the other.

    Parameters
    ----------
    channel
        Where the child sends the socket of each question.
    tell, orders
        What a question goes to, and where its answer comes from.
    """

    def __init__(
        self, channel: socket.socket, tell: Callable[[object], None], orders: TextIO
    ) -> None:
        self.channel, self.orders, self._tell = channel, orders, tell
        self._open: deque[socket.socket] = deque()
        self._before, self._since = 0.0, 0.0

    def waited(self) -> float:
        """Return the seconds for which answers were waited for."""
        return self._before + (_clock() - self._since if self._open else 0.0)

    def receive(self) -> bool:
        """Take a question; tell whether there was one, and more may come."""
        _, sockets, *_ = socket.recv_fds(self.channel, 1, 1)
        for number in sockets:
            self._open.append(socket.socket(fileno=number))
            if len(self._open) == 1:
                self._put()
        return bool(sockets)

    def answer(self) -> bool:
        """Hand an answer to who asked; tell whether there was one, and more may come."""
        line = self.orders.readline()
        if not line and self._open:
            raise TimeoutError  # nobody wants the task any more
        if not line:
            return False
        asker = self._open.popleft()
        self._before += _clock() - self._since
        with asker, contextlib.suppress(OSError):  # it may have ended
            asker.sendall(line.encode())
        if self._open:
            self._put()
        return True

    def _put(self) -> None:
        self._since = _clock()
        with self._open[0].makefile("r", encoding="utf-8") as question:
            self._tell({"asks": json.loads(question.readline())})

    def close(self) -> None:
        """End: nobody asks any more; the answer that is on its way is taken."""
        self.channel.close()
        if self._open:
            self.orders.readline()
        for asker in self._open:
            asker.close()
