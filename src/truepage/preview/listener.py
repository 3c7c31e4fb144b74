"""A server that answers this machine alone, in a thread of its own."""

import http.server
import socketserver
import threading
from typing import Any

CONNECTIONS = 128
"""How many requests are answered at one time; each open page holds one."""

PATIENCE = 10.0
"""Seconds that a request may take to arrive, or an answer to be taken."""


class ListenerServer(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """The server itself; its handlers find in `listener` what they answer for."""

    daemon_threads = True
    block_on_close = False
    listener: Any

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._free = threading.BoundedSemaphore(CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own; where all are taken, not at all."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and be free for the next."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a page that goes away in the middle of an answer is no error."""


class Listener:
    """What answers at a port of the loopback interface.

    Parameters
    ----------
    port
        Where to listen; 0: anywhere.
    handler
        Answers a request.
    """

    def __init__(self, port: int, handler: type[http.server.BaseHTTPRequestHandler]) -> None:
        self._server = ListenerServer(("127.0.0.1", port), handler)
        self._server.listener = self
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.1},
            name=f"truepage-{type(self).__name__.lower()}",
            daemon=True,
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
