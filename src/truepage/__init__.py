"""Pages that cannot drift from the code: figures, listings and maths that follow from it."""

from truepage.declare import figure, step

__all__ = ["figure", "step"]
