"""What Python and its libraries warn of while a figure is drawn: warnings, and log records.

Both go to the task's output between two marks, so that the builder tells them from what is printed,
also where the author has closed the streams or a fork is the one that warns.
"""

import logging
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from truepage.engine.task import WARNED
from truepage.tracing.recorder import Recorder

_QUIET = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
"""What Python shows to nobody but the author of the code that does it."""


def hear(recorder: Recorder) -> None:
    """Send what is warned of from now on to where this process prints."""
    output = os.dup(2)
    sent: set[str] = set()  # matplotlib warns of a font that is not found at each text

    def send(words: str) -> None:
        with recorder.quiet():
            place = _place(recorder)
            text = f"{WARNED}{words}{f' ({place})' if place else ''}{WARNED}"
            if text not in sent:
                sent.add(text)
                os.write(output, text.encode("utf-8", "replace"))

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: object = None,
        line: str | None = None,
    ) -> None:
        send(f"{category.__name__}: {message}")

    warnings.resetwarnings()  # the environment of who builds has no say
    for category in _QUIET:
        warnings.simplefilter("ignore", category)
    # What `plt.show()` says where nobody is to be shown anything.
    warnings.filterwarnings("ignore", ".*is non-interactive, and thus cannot be shown")
    # `pictures.frame` says it once, by text.
    warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from")
    warnings.showwarning = show
    logging.lastResort = _Unhandled(send)


class _Unhandled(logging.Handler):
    """Takes what no handler of the author's takes, from warnings on."""

    def __init__(self, send: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record."""
        self._send(f"{record.name}: {record.getMessage()}")


def _place(recorder: Recorder) -> str:
    """Return the author's line that the warning is about; "" when none is running."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if recorder.is_author(frame):
            return (
                f"{recorder.shown(str(Path(frame.f_code.co_filename).absolute()))}:{frame.f_lineno}"
            )
        frame = frame.f_back
    return ""
