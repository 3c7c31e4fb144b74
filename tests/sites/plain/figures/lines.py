"""Three lines."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from shapes import height

from truepage import figure


def _line(share: float) -> Figure:
    picture = Figure(figsize=(2, 1))
    picture.add_artist(Line2D([0, 1], [height(share)] * 2))
    return picture


@figure(alt="A flat line at a quarter.")
def low() -> Figure:
    """Draw the low line."""
    return _line(0.25)


@figure(alt="A flat line at a half.")
def middle() -> Figure:
    """Draw the middle line."""
    return _line(0.5)


@figure(alt="A flat line at three quarters.")
def high() -> Figure:
    """Draw the high line."""
    return _line(0.75)
