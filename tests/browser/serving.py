"""A folder served on this machine, and the Chromium to look at it."""

import contextlib
import functools
import gzip
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

COMPRESSED = {".css", ".csv", ".html", ".js", ".json", ".svg", ".txt", ".xml"}
"""What a static host compresses on the way."""


def find_chromium() -> str | None:
    """Return the path of a Chromium, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def html_pages(site: Path) -> list[str]:
    """Return the addresses of all pages of a built site, relative to it."""
    files = sorted(site.rglob("*.html"))
    return [file.relative_to(site).as_posix().removesuffix("index.html") for file in files]


@contextlib.contextmanager
def serve(folder: Path, path: str) -> Iterator[str]:
    """Serve a folder as static hosts do, compressed; give the address of a path in it."""
    handler = functools.partial(_StaticHost, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{path}"
        finally:
            server.shutdown()
            thread.join()


class _StaticHost(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with a file, compressed if it is text."""
        file = Path(self.translate_path(self.path))
        if file.is_dir() and self.path.partition("?")[0].endswith("/"):
            file /= "index.html"
        if not file.is_file() or file.suffix not in COMPRESSED:
            super().do_GET()
            return
        body = _gzipped(file, file.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(file))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        # A browser that leaves a page before it is whole is no error.
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@functools.lru_cache(maxsize=256)
def _gzipped(file: Path, changed: int) -> bytes:
    """Return a file's content, compressed; `changed` tells its versions apart."""
    return gzip.compress(file.read_bytes(), 6, mtime=0)
