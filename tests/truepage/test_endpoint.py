"""The address from which open pages have their news: whom it answers, and for how long it waits."""

import contextlib
import socket

import pytest

from truepage.preview import endpoint, listener
from truepage.preview.board import Board


def test_half_sent_requests_hold_nothing_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many are answered at one time; one more is closed at once, a silent one after a while."""
    monkeypatch.setattr(listener, "CONNECTIONS", 2)
    monkeypatch.setattr(endpoint._EndpointHandler, "timeout", 0.5)
    server = endpoint.Endpoint(Board(), lambda name, suffix: None, [])
    server.start()
    try:
        with contextlib.ExitStack() as stack:
            silent = [
                stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 20))
                for _ in range(3)
            ]
            for each in silent:
                with contextlib.suppress(OSError):  # the one too many is closed already
                    each.send(b"GET / HTTP/1.1\r\n")
            assert [_end(each) for each in silent] == [b""] * 3
        with socket.create_connection(("127.0.0.1", server.port), 20) as asking:
            asking.send(b"GET / HTTP/1.0\r\n\r\n")
            assert _end(asking).startswith(b"HTTP/1.1 403")
    finally:
        server.close()


def _end(connection: socket.socket) -> bytes:
    try:
        return connection.recv(99)
    except ConnectionResetError:
        return b""
