"""What can go wrong, as an author reads it.

TruepageError               one message: place, what was found, what was expected, the remedy
├── DeclarationError        a figure is declared wrongly: no alt text, a name twice, not a Figure
├── DrawingError            a figure's function raised, or returned something else
└── PageError               a page names a figure, a symbol or a formula that cannot be had
"""


class TruepageError(Exception):
    """An error the author can mend. Its text is complete: no traceback of ours goes with it."""


class DeclarationError(TruepageError):
    """A figure is declared wrongly."""


class DrawingError(TruepageError):
    """A figure could not be drawn."""


class PageError(TruepageError):
    """A page asks for something that cannot be had."""
