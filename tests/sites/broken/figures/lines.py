"""A figure that no page asks for rightly."""

from matplotlib.figure import Figure

from truepage import figure


@figure(alt="Nothing.")
def low() -> Figure:
    """Draw nothing."""
    return Figure(figsize=(2, 1))
