"""Telling a person how the drawing goes: one line that changes on a terminal, plain lines else."""

import shutil
from collections.abc import Callable
from typing import TextIO

from truepage.engine.task import Failure, Run

Progress = Callable[[int, int, Run | Failure], None]
"""Called after each task with how many are done, how many there are, and what came of it, under the
name that commands call it."""


def silent(done: int, total: int, outcome: Run | Failure) -> None:
    """Say nothing."""


class ProgressLine:
    """Write progress to a stream.

    Parameters
    ----------
    stream
        Where to write; when it is a terminal, each line takes the place of the one before.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()

    def __call__(self, done: int, total: int, outcome: Run | Failure) -> None:
        """Say that one more task is done."""
        if isinstance(outcome, Failure):
            line = f"[{done}/{total}] {outcome.name}  failed"
        else:
            line = f"[{done}/{total}] {outcome.name}  {outcome.product.seconds:.2f} s"
        if not self._terminal:
            print(line, file=self._stream, flush=True)
            return
        line = line[: shutil.get_terminal_size().columns - 1]
        end = "\n" if done == total else ""
        print(f"\r\x1b[K{line}", end=end, file=self._stream, flush=True)
