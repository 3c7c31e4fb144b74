"""`mkdocs serve` in a folder, and the pages that are open in front of it."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from playwright.sync_api import Browser, Locator, Page, expect

WAIT = 20_000
"""Milliseconds after which something that should happen is taken not to happen."""

HANG = 60
"""Seconds after which what should end is taken to hang."""

FILES = {
    "pyproject.toml": "",
    "mkdocs.yml": """\
site_name: Live
theme:
  name: material
  font: false
strict: true
plugins: [truepage]
markdown_extensions: [pymdownx.superfences, pymdownx.highlight]
""",
    "src/shapes.py": """\
def height(x):
    return 0.25 * x


def other():
    return 0.5
""",
    "figures/lines.py": """\
import numpy as np
from matplotlib.figure import Figure
from truepage import figure

import shapes


@figure(alt="A line.", sweep={"slope": [1.0, 2.0, 3.0]})
def swept(slope: float = 1.0) -> Figure:
    fig = Figure(figsize=(3, 2))
    x = np.array([0.0, 1.0])
    fig.subplots().plot(x, slope * shapes.height(x), label="a line")
    return fig


@figure(alt="Another line.")
def plain() -> Figure:
    fig = Figure(figsize=(3, 2))
    fig.subplots().plot([0, 1], [0, shapes.other()])
    return fig
""",
    "docs/index.md": """\
# Live

Some prose.

![A line.](figure:swept)

![](listing:shapes.height)

"""
    + "More prose.\n\n" * 60
    + """\
![Another.](figure:plain)
""",
    "docs/second.md": "# Second\n\nSee @fig-plain.\n",
}


class Preview:
    """`mkdocs serve` in a folder, and what it says."""

    def __init__(self, root: Path, port: int) -> None:
        self.root, self.port = root, port
        self.address = f"http://127.0.0.1:{port}/"
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"],
            cwd=root,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._news:
                self.said.append(line)
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def until(self, words: str, after: int = 0, timeout: float = HANG) -> str:
        """Wait until some words are said, after so many lines; return the line."""

        def said() -> list[str]:
            return [line for line in self.said[after:] if words in line]

        with self._news:
            found = self._news.wait_for(lambda: said() or self.process.poll() is not None, timeout)
            assert found and said(), f"{words!r} was not said: {''.join(self.said)}"
            return said()[0]

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace some text in a file."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def stop(self) -> None:
        """End it as Ctrl-C does; it must leave nothing."""
        self.end(signal.SIGINT)

    def end(self, number: int, others: int = 0) -> None:
        """End it by a signal; it must leave nothing but what others in its folder have."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        os.killpg(self.process.pid, number)
        self.process.wait(timeout=HANG)
        _, alive = psutil.wait_procs(family, timeout=HANG)
        assert not alive
        self._reader.join()
        assert self.process.stdout
        self.process.stdout.close()
        assert "Traceback" not in "".join(self.said)
        assert len(list((self.root / ".truepage").glob("running-*"))) <= others


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def write(root: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


Serve = Callable[..., Preview]


def asked(address: str, **headers: str) -> tuple[int, str]:
    """Return the status and the text that an address of our own answers with."""
    parts = urlsplit(address)
    with contextlib.closing(http.client.HTTPConnection(parts.netloc, timeout=HANG)) as connection:
        connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
        answer = connection.getresponse()
        news = answer.getheader("Content-Type") == "text/event-stream"  # it has no end
        return answer.status, "" if news else answer.read().decode()


def opened(browser: Browser, address: str) -> Page:
    """Open a page and wait until it has its news; a reload would take its mark away."""
    page = browser.new_page(viewport={"width": 900, "height": 700})
    page.goto(address)
    expect(page.locator("html[data-truepage=live]")).to_have_count(1, timeout=WAIT)
    page.evaluate("window.mark = 1")
    return page


def drawing(page: Page, name: str) -> str:
    """Return the markup of a picture."""
    return str(page.locator(f"#fig-{name} .truepage-picture svg").evaluate("e => e.outerHTML"))


def listing(page: Page) -> Locator:
    """Return the listing of `shapes.height`."""
    return page.locator("article > .highlight", has_text="def height")


def until_changed(page: Page, name: str, before: str) -> None:
    """Wait for another picture than the one before."""
    page.wait_for_function(
        "([name, before]) => document.querySelector(`#fig-${name} svg`).outerHTML !== before",
        arg=[name, before],
        timeout=WAIT,
    )
    assert page.evaluate("window.mark") == 1, "the page was reloaded"
