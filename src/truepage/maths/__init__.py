"""Maths of pages, held to code: equations, claims about functions, and values.

Examples
--------
>>> check(r"f(x) = x^2", lambda x: x * x, "f(x)").status
'checked'
>>> verdict = check(r"f(x) = x^3", lambda x: x * x, "f(x)")
>>> verdict.status, verdict.words
('refuted', 'at x = −1 the code gives 1, `x^{3}` is −1')
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from truepage.maths.verdict import Verdict

__all__ = ["check"]


def check(
    tex: str,
    function: Callable[..., Any] | None = None,
    call: str = "",
    *,
    where: Iterable[str] = (),
    symbols: Mapping[str, str] | None = None,
    tolerance: float | None = None,
) -> "Verdict":
    r"""Hold a formula to a function, or its sides to each other, without a page or a site.

    Parameters
    ----------
    tex
        The formula, in KaTeX's TeX.
    function
        The function that its left side is the value of; None: both sides are equal.
    call
        What it is called with, in the formula's letters: ``f(x, negative_slope)``.
    where
        Declarations, as after ``% where:``: ``p \\in (0, 1)``, ``z = w x + b``.
    symbols
        Symbol → its definition: ``{r"\\sigma": r"\\sigma(u) = \\frac{1}{1 + e^{-u}}"}``.
    tolerance
        Error of the function that is accepted: absolute below 1, relative above.

    Returns
    -------
    Verdict
        Its `status` is ``checked``, ``refuted``, ``not understood`` or ``undecided``; its `words`
        say where and why, its `tried` at which values of the letters.
    """
    # Here, not above: pages without formulas need no ball arithmetic.
    from truepage.maths.alone import check_alone

    declared = [*where, *(symbols or {}).values()]
    return check_alone(tex, function, call, declared, tolerance)
