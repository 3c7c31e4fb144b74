"""Maths of pages, held to code: equations, claims about functions, and values.

Examples
--------
>>> from truepage.maths import check
>>> check(r"f(x) = x^2", lambda x: x * x, "f(x)").status
'checked'
>>> verdict = check(r"f(x) = x^3", lambda x: x * x, "f(x)")
>>> verdict.status, verdict.words
('refuted', 'at x = −1 the code gives 1, `x^{3}` is −1')
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truepage.maths.alone import check

__all__ = ["check"]


def __getattr__(name: str) -> Any:
    """Import what checks formulas when it is asked for: ball arithmetic is slow to import."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from truepage.maths import alone

    return getattr(alone, name)
