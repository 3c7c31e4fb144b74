"""Processes that a test started, or something that it started."""

import psutil


def ended(pid: int) -> bool:
    """Whether a process does nothing any more: gone, or waiting for its parent to ask."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
