"""A drawing that was begun."""

from collections.abc import Mapping
from dataclasses import dataclass

from truepage.engine.current_state import Inputs
from truepage.engine.task import Task
from truepage.preview.reach import Signature


@dataclass
class Begun:
    """A figure that is being drawn.

    Parameters
    ----------
    job, inputs
        The job, and the inputs that it declares.
    files
        The files it may be made of, as they were before it began.
    began
        When it began.
    outdated
        Something was saved since.
    stopped
        It was told to end.
    """

    job: Task
    inputs: Inputs
    files: Mapping[str, Signature]
    began: float
    outdated: bool = False
    stopped: bool = False
