"""Another server's pages, with the script that keeps their pictures up to date.

The host needs to know nothing of it, and what it builds stays free of it: the script is put into
a page on its way to the browser, by an address of our own beside the host's.
"""

import contextlib
import html
import http.client
import http.server
import shutil
import socket
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from truepage.preview.listener import PATIENCE, Listener, ListenerServer

HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"}
    | {"transfer-encoding", "upgrade", "content-length"}
)
"""Headers that speak of one connection only."""

TIMEOUT = 60.0

AWAY = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="1">
<title>No answer</title>
<body style="font: 1rem/1.5 system-ui; max-width: 60rem; margin: 2rem auto; padding: 0 1rem">
<h1>{address} does not answer</h1><p>{why}. Start the site's own server; this page waits for it.</p>
"""


class Proxy(Listener):
    """A server that hands on what another one answers.

    Parameters
    ----------
    address
        The other server, such as ``http://localhost:8000``.
    port
        Where to listen, on this machine alone; 0: anywhere.
    tag
        Returns the script element for a page.
    """

    def __init__(self, address: str, port: int, tag: Callable[[], str]) -> None:
        parts = urlsplit(address)
        self.address, self.host = address, parts.hostname or "localhost"
        self.target_port = parts.port or 80
        self.tag = tag
        super().__init__(port, _ProxyHandler)


class _ProxyHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE
    server: ListenerServer

    def do_GET(self) -> None:
        """Hand on a request and its answer."""
        proxy: Proxy = self.server.listener
        name, _, port = self.headers.get("Host", "").rpartition(":")
        if name not in {"127.0.0.1", "localhost"} or port != str(proxy.port):
            self.send_error(403)  # led here under another host's name
            return
        if self.headers.get("Upgrade"):
            self._tunnel()
            return
        with contextlib.closing(
            http.client.HTTPConnection(proxy.host, proxy.target_port, timeout=TIMEOUT)
        ) as connection:
            try:
                size = int(self.headers.get("Content-Length", 0))
                headers = {name: value for name, value in self.headers.items() if not _skips(name)}
                headers["Host"] = f"{proxy.host}:{proxy.target_port}"
                body = self.rfile.read(size) if size else None
                connection.request(self.command, self.path, body, headers)
                answer = connection.getresponse()
            except (OSError, http.client.HTTPException, ValueError) as error:
                words = html.escape(getattr(error, "strerror", None) or str(error))
                page = AWAY.format(address=html.escape(proxy.address), why=words).encode()
                self._answer(502, [("Content-Type", "text/html; charset=utf-8")], page)
                return
            self._hand_on(answer)

    do_POST = do_PUT = do_DELETE = do_OPTIONS = do_HEAD = do_GET  # noqa: N815 (the base's names)

    def _hand_on(self, answer: http.client.HTTPResponse) -> None:
        proxy: Proxy = self.server.listener
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP]
        ours = f"http://{self.headers['Host']}"
        headers = [
            (name, value.replace(proxy.address, ours) if name.lower() == "location" else value)
            for name, value in headers
        ]
        kind = answer.getheader("Content-Type", "")
        if self.command != "HEAD" and kind.startswith("text/html") and answer.status == 200:
            head, end, tail = answer.read().rpartition(b"</body>")
            page = head + proxy.tag().encode() + end + tail if end else tail
            cached = {"etag", "last-modified", "cache-control"}
            headers = [(name, value) for name, value in headers if name.lower() not in cached]
            self._answer(answer.status, [*headers, ("Cache-Control", "no-store")], page)
            return
        self.close_connection = True  # its end is the answer's end: the length is not known
        self._head(answer.status, [*headers, ("Connection", "close")])
        shutil.copyfileobj(answer, self.wfile)

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self._head(status, [*headers, ("Content-Length", str(len(content)))])
        self.wfile.write(content)

    def _head(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def _tunnel(self) -> None:
        """Hand on both ways whatever comes, such as the host's own reload."""
        proxy: Proxy = self.server.listener
        self.close_connection = True
        lines = [self.requestline]
        for name, value in self.headers.items():
            lines.append(f"{name}: {_renamed(name, value, proxy)}")
        with socket.create_connection((proxy.host, proxy.target_port), timeout=TIMEOUT) as there:
            there.settimeout(None)
            there.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
            back = threading.Thread(target=_pour, args=(there, self.connection), daemon=True)
            back.start()
            _pour(self.connection, there)
            with contextlib.suppress(OSError):
                there.shutdown(socket.SHUT_RDWR)
            back.join()

    def log_message(self, *words: object) -> None:
        """Say nothing."""


def _skips(name: str) -> bool:
    """Tell whether a request's header is not handed on: answers are to come as plain text."""
    return name.lower() in HOP or name.lower() in {
        "host",
        "accept-encoding",
        "if-none-match",
        "if-modified-since",
    }


def _renamed(name: str, value: str, proxy: Proxy) -> str:
    """Return a header's value with the other server's name for ours."""
    theirs = f"{proxy.host}:{proxy.target_port}"
    if name.lower() == "host":
        return theirs
    return f"http://{theirs}" if name.lower() == "origin" else value


def _pour(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while content := source.recv(65536):
            target.sendall(content)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
