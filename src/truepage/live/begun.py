"""A drawing that was begun."""

from collections.abc import Mapping
from dataclasses import dataclass

from truepage.job import Job
from truepage.live.reach import Signature
from truepage.world import Inputs


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

    job: Job
    inputs: Inputs
    files: Mapping[str, Signature]
    began: float
    outdated: bool = False
    stopped: bool = False
