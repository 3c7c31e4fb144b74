"""Random bytes that are the same in every run: what a task gets that asks for entropy.

A picture of numbers that are drawn without a seed would be another each time. Entropy that follows
from the task's name makes it the same one, whoever asks and however; what an import draws comes
from a stream of its own, because a warm process has imported more than a cold one.
"""

import hashlib


class Entropy:
    """A stream of bytes that follows from a name."""

    def __init__(self, name: str) -> None:
        self._name = name.encode()
        self._drawn = 0

    def draw(self, size: int) -> bytes:
        """Return the next bytes."""
        found = b""
        while len(found) < size:
            found += hashlib.sha256(self._name + self._drawn.to_bytes(8, "little")).digest()
            self._drawn += 1
        return found[:size]
