"""Drawings that do not end by themselves are ended, and nothing of them is left."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from processes import ended

from truepage.engine import pool
from truepage.engine.context import BuildContext
from truepage.engine.project import find_project
from truepage.engine.task import Run
from truepage.figures.manifest import build, find_drawings

Make = Callable[[Mapping[str, str | bytes]], Path]


def test_a_figure_that_does_not_end_is_stopped(
    make: Make, head: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that sleeps with all signals blocked; the one after it is drawn."""
    loops = """
import signal, time
@figure(alt="A.")
def loops():
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    while True: pass
@figure(alt="A.")
def then(): return level(1)
"""
    monkeypatch.setattr(pool, "TIMEOUT", 0.5)
    project = replace(find_project(make({"figures/a.py": head + loops})), jobs=1)
    manifest = build(project)
    (failure,) = manifest.failures
    assert failure.message.startswith("figures/a.py:15: figure 'loops': was not done after ")
    assert list(manifest.renderings) == ["then"]


def test_ctrl_c_ends_a_build_at_once_with_one_line_and_no_process_left(
    make: Make, head: str
) -> None:
    """SIGINT to the whole process group, as a terminal sends it, while a figure loops."""
    loops = """
import os
@figure(alt="A.")
def a():
    with open("begun", "w") as begun:
        print(os.getpid(), os.getppid(), file=begun)
    while True: pass
"""
    root = make({"figures/a.py": head + loops})
    os.mkfifo(root / "begun")
    command = subprocess.Popen(
        [sys.executable, "-m", "truepage", "--root", root, "render"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever runs the tests in the background ignores it, and children would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with (root / "begun").open() as begun:  # waits until the figure opens it, too
        processes = [int(pid) for pid in begun.read().split()]
    os.killpg(command.pid, signal.SIGINT)
    out, err = command.communicate(timeout=20)
    assert (command.returncode, out) == (130, "")
    assert err == "truepage: stopped; what was finished is kept.\n"
    assert [ended(pid) for pid in processes] == [True, True]


ENDED_EARLY = """
import os, signal, sys, time
from truepage import worker

def loops(*order):
    while True: pass

def setpgid(child, group, really=os.setpgid):  # the first thing that a worker does after a fork
    really(child, group)
    if child:
        print(child, flush=True)
        os.kill(os.getpid(), signal.SIGTERM)

worker.do, os.setpgid = loops, setpgid
signal.signal(signal.SIGTERM, lambda *_: worker._terminate())
order = {"name": "a", "timeout": 30, "memory": 2**34, "files": 2**20}
worker._in_child(None, order, worker.Recorder(), print, sys.stdin, follows=False)
"""


def test_a_worker_that_is_told_to_end_as_it_forks_takes_its_child_along() -> None:
    """A child that nobody knows would run for ever, and hold the worker's pipes."""
    command = [sys.executable, "-c", ENDED_EARLY]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=20)
    assert done.returncode == 128 + signal.SIGTERM
    deadline = time.monotonic() + 10  # it takes a moment to go
    while not ended(int(done.stdout)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ended(int(done.stdout))


def test_an_abandoned_build_stops_what_it_draws(make: Make, head: str) -> None:
    """Who stops asking for outcomes does not wait for figures that are still being drawn."""
    text = """
@figure(alt="A.")
def loops():
    open("begun", "w").close()
    while True: pass
@figure(alt="A.")
def quick():
    open("begun").read()
    return level(1)
"""
    root = make({"figures/a.py": head + text})
    os.mkfifo(root / "begun")
    project = replace(find_project(root), jobs=2)
    threads = set(threading.enumerate())
    outcomes = pool.run(project, list(find_drawings(BuildContext(project)).values()))
    first = next(outcomes)
    assert isinstance(first, Run)
    assert first.name == "quick"
    outcomes.close()
    assert set(threading.enumerate()) == threads
