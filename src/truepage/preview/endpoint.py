"""The address on this machine from which open pages have their news.

It listens on the loopback interface alone. An address begins with a token that only the served
pages know; a request that comes from elsewhere, or was led here under another host's name, is
refused. Nothing is looked up on the disk by what a request says.
"""

import contextlib
import http.server
import queue
import secrets
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from truepage.preview.board import Board
from truepage.preview.listener import PATIENCE, Listener, ListenerServer

SCRIPTS = tuple(Path(__file__).with_name(name) for name in ("theme.js", "live.js"))
"""What pages are sent as one script."""

BEAT = 15.0
"""Seconds after which a silent connection is tried, to see whether the page is still there."""

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "png": "image/png",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
}

File = Callable[[str, str], bytes | None]
"""Returns a file of a figure's picture, by the figure's name and the file's suffix."""


class Endpoint(Listener):
    """A small server of news.

    Parameters
    ----------
    board
        What there is to tell.
    file
        The files of pictures.
    origins
        Origins of the pages that may ask, such as ``http://127.0.0.1:8000``.
    """

    def __init__(self, board: Board, file: File, origins: Iterable[str]) -> None:
        self.board, self.file = board, file
        self.origins = frozenset(origins)
        self.token = secrets.token_urlsafe(24)
        super().__init__(0, _EndpointHandler)

    @property
    def address(self) -> str:
        """Where it is, token included."""
        return f"http://127.0.0.1:{self.port}/{self.token}"

    def tag(self, since: int, *, build: int = 0, page: str = "") -> str:
        """Return the script element that connects a page.

        Parameters
        ----------
        since
            Number of the latest news when the page was made.
        build
            Number of the build that made it.
        page
            Its Markdown file, from the project's root.
        """
        return (
            f'<script id="truepage-live" src="{self.address}/live.js" data-since="{since}" '
            f'data-build="{build}" data-page="{escape(page)}" defer></script>'
        )


def loopback_names(host: str, port: int) -> set[str]:
    """Return the origins by which a browser on this machine may know a server.

    Examples
    --------
    >>> sorted(loopback_names("127.0.0.1", 8000))
    ['http://127.0.0.1:8000', 'http://[::1]:8000', 'http://localhost:8000']
    """
    names = {"127.0.0.1", "localhost", "[::1]"}
    if host not in {"0.0.0.0", "::", "::1", *names}:  # noqa: S104 (compared, not bound)
        names.add(host)
    ports = {f"http://{name}:{port}" for name in names}
    return ports | {f"http://{name}" for name in names} if port == 80 else ports


class _EndpointHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE
    server: ListenerServer

    def do_GET(self) -> None:
        """Answer with the script, a file of a picture, or news."""
        endpoint: Endpoint = self.server.listener
        parts = urlsplit(self.path)
        _, token, *rest = parts.path.split("/")
        if not self._is_meant_for_us() or not secrets.compare_digest(
            token.encode(), endpoint.token.encode()
        ):
            self.send_error(403)
        elif rest == ["live.js"]:
            script = b"".join(path.read_bytes() for path in SCRIPTS)
            self._send("text/javascript; charset=utf-8", script)
        elif rest == ["news"]:
            self._news(parse_qs(parts.query))
        elif len(rest) == 2 and rest[0] == "figures":
            name, _, suffix = rest[1].partition(".")
            content = endpoint.file(name, suffix) if suffix in TYPES else None
            if content is None:
                self.send_error(404)
            else:
                self._send(TYPES[suffix], content)
        else:
            self.send_error(404)

    def _is_meant_for_us(self) -> bool:
        """Tell whether the request names us as its host, and comes from one of our pages."""
        endpoint: Endpoint = self.server.listener
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        ours = {f"127.0.0.1:{endpoint.port}", f"localhost:{endpoint.port}"}
        # A script or a download is asked for without an origin: there the token decides.
        return host in ours and (origin is None or origin in endpoint.origins)

    def _send(self, kind: str, content: bytes) -> None:
        self._head(kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _head(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if origin := self.headers.get("Origin"):
            self.send_header("Access-Control-Allow-Origin", origin)
        self.send_header("Vary", "Origin")

    def _news(self, query: dict[str, list[str]]) -> None:
        """Send news as they come, until the page goes away."""
        since = self.headers.get("Last-Event-ID") or query.get("since", ["0"])[0]
        figures = query.get("figures", [""])[0].split(",")
        self.close_connection = True
        self._head("text/event-stream")
        self.end_headers()
        board = self.server.listener.board
        with (
            board.reader(
                figures,
                int(since) if since.isdecimal() else 0,
                query.get("page", [""])[0],
            ) as reader,
            contextlib.suppress(OSError),
        ):
            self.wfile.write(b": hello\nretry: 500\n\n")
            while True:
                try:
                    news = reader.news.get(timeout=BEAT)
                except queue.Empty:
                    self.wfile.write(b": still here\n\n")
                    continue
                if news is None:
                    return
                self.wfile.write(f"id: {news.number}\ndata: {news.text}\n\n".encode())

    def log_message(self, *words: object) -> None:
        """Say nothing."""
