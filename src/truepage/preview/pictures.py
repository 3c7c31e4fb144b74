"""How the figures of a session stand: the last good picture of each, or why there is none."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truepage.engine.task import Failure, Task, TaskResult
from truepage.engine.trace import Trace
from truepage.figures.discover import Figure
from truepage.figures.draw import Rendering
from truepage.figures.manifest import Manifest
from truepage.preview.board import Board
from truepage.preview.excerpt import excerpt

Show = Callable[[Rendering, Figure], Mapping[str, Any]]
"""Returns what a page is sent of a picture."""


@dataclass
class State:
    """How a figure stands in the session.

    Parameters
    ----------
    figure, task
        The figure, and the task of drawing it.
    product
        The last good picture, fresh or not.
    product_trace
        What drawing that touched.
    trace
        What the latest drawing touched, which may have been outdated before it could be shown.
    failure, shown
        Why there is no fresh one, as a message, and as pages show that.
    """

    figure: Figure
    task: Task
    product: TaskResult | None = None
    product_trace: Trace | None = None
    trace: Trace | None = None
    failure: str = ""
    shown: Mapping[str, Any] = field(default_factory=dict)


class Pictures:
    """The figures by name: one thread puts things up, and all may look.

    Parameters
    ----------
    root
        The project's root, which the paths in messages are relative to.
    board
        Where news go.
    show
        What a page is sent of a picture.
    """

    def __init__(self, root: Path, board: Board, show: Show) -> None:
        self._root, self._board, self._show = root, board, show
        self._lock = threading.Lock()
        self.states: dict[str, State] = {}
        self.wrong = ""
        """What is wrong with the declarations."""

    def replace(self, states: dict[str, State], wrong: str) -> None:
        """Put up the figures that are declared now."""
        with self._lock:
            self.states, self.wrong = states, wrong

    def failure(self, name: str) -> str:
        """Return why there is no fresh picture of a figure."""
        return self.states[name].failure if name in self.states else ""

    def manifest(self) -> Manifest:
        """Return the pictures as they are now: the last good one of each figure."""
        with self._lock:
            states = dict(self.states)
            wrong = self.wrong
        failures = [Failure(name, state.failure) for name, state in states.items() if state.failure]
        if wrong:
            failures.insert(0, Failure("", wrong))
        return Manifest(
            figures={name: state.figure for name, state in states.items()},
            renderings={
                name: Rendering(name, "svg", state.product)
                for name, state in states.items()
                if state.product
            },
            failures=tuple(failures),
        )

    def file(self, name: str, suffix: str) -> bytes | None:
        """Return a file of a figure's picture."""
        with self._lock:
            state = self.states.get(name)
        return state.product.files.get(suffix) if state and state.product else None

    def show(self, state: State, product: TaskResult, trace: Trace | None) -> None:
        """Show a picture."""
        name = state.figure.name
        with self._lock:
            new = state.product is None or state.product.files != product.files
            new = new or state.product is None or state.product.facts != product.facts
            failed, state.failure = state.failure, ""
            state.product = product
            state.product_trace = state.trace = trace
        if new:
            shown = self._show(Rendering(name, "svg", product), state.figure)
            self._board.post("picture", name, {"picture": name, **shown})
        if failed:
            self._board.post("failure", name, {"mended": name})

    def fail(self, state: State, message: str) -> None:
        """Show why there is no fresh picture."""
        shown = excerpt(self._root, message)
        if message == state.failure and shown == state.shown:
            return
        with self._lock:
            state.failure, state.shown = message, shown
        name = state.figure.name
        self._board.post("failure", name, {"failure": name, **shown}, lasting=True)
