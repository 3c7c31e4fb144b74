"""`truepage serve` ends when it is told to, and leaves no process."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest

Make = Callable[[Mapping[str, str | bytes]], Path]

HANG = 60
"""Seconds after which what is waited for will not come."""

LINES = """\
import pathlib

from matplotlib.figure import Figure
from truepage import figure

@figure(alt="It never ends.")
def endless() -> Figure:
    pathlib.Path("busy").touch()
    while True:
        pass
"""

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]


@pytest.mark.parametrize("number", SIGNALS, ids=[each.name for each in SIGNALS])
def test_it_ends_in_the_middle_of_a_drawing(make: Make, number: signal.Signals) -> None:
    """By Ctrl-C, by `kill`, by closing the terminal, and by what it cannot answer: `kill -9`."""
    root = make({"figures/lines.py": LINES})
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "truepage", "--root", str(root), "serve", "--port", port],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Where the suite runs in the background, Ctrl-C is ignored, and this is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + HANG
    while not (root / "busy").exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    family = psutil.Process(process.pid).children(recursive=True)
    assert family
    process.send_signal(number)
    said, _ = process.communicate(timeout=HANG)
    assert process.returncode == (-number if number == signal.SIGKILL else 130)
    assert "Traceback" not in said
    assert psutil.wait_procs(family, timeout=HANG)[1] == []
