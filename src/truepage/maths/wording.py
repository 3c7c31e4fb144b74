"""Claims as a page shows them: words, with formulas as in Markdown; never more than was found.

Examples
--------
>>> from truepage.maths.properties import read_properties
>>> fence = read_properties(["f.g(z)", "range: (0, 1]", "zero gradient: for z < 0"])
>>> [shown(claim, fence.subject) for claim in fence.claims]
['$`(0, 1]`$', 'for $`z < 0`$']
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from truepage.maths.claim import (
    Answer,
    Claim,
    Interval,
    Limit,
    Number,
    Region,
    Saturation,
    Subject,
    Symmetry,
    Values,
)
from truepage.maths.digits import VULGAR

ARROW = " \\to "
BELONGS = " \\in "

TITLES = {
    "range": "Range",
    "limits": "Limits",
    "monotone": "Monotone",
    "symmetry": "Symmetry",
    "continuous": "Continuous",
    "kinks": "Kinks",
    "derivative": "Derivative",
    "derivative range": "Range of the derivative",
    "zero gradient": "Derivative is 0",
    "saturates": "Saturates",
}


def title(name: str, *, floats: bool) -> str:
    """Return what a row or a column is called.

    Examples
    --------
    >>> title("range", floats=True)
    'Range in float64'
    """
    return TITLES[name] + " in float64" * floats


def shown(claim: Claim, subject: Subject) -> str:
    """Return what a claim says, as Markdown."""
    x = _letters(subject.variable)
    words = _WORDS[claim.property](claim.statement, x)
    if claim.domain:
        words += f", for {_maths(x + BELONGS + set_of(claim.domain))}"
    return words


def found(answer: Answer, claim: Claim) -> tuple[str, str]:
    """Return the word for what came of a claim, and a sentence that says it in full."""
    if answer.status == "proved":
        if not answer.interval:
            return "proved", "Proved from the checked equation, by its values at some points."
        return (
            f"proved on {answer.interval}",
            f"Proved from the checked equation, for all numbers in {answer.interval}.",
        )
    if answer.status == "tested":
        kind = "floats, by the code" if claim.floats else "points, by the equation; not proved"
        return "tested", f"Holds at all {answer.points:,} tested {kind}."
    if claim.assumed:
        return "assumed", "Not decided by the build; the author says so."
    return answer.status, answer.words


def tex(number: Number) -> str:
    r"""Return a number as TeX.

    Examples
    --------
    >>> from fractions import Fraction
    >>> tex(Number("−1/2", Fraction(-1, 2))), tex(Number("−∞", None, -1))
    ('-\\tfrac{1}{2}', '-\\infty')
    """
    if number.value is None:
        return "-\\infty" if number.sign < 0 else "\\infty"
    text = number.text.replace("−", "-").replace("...", "…").replace("…", "\\ldots").strip()
    for sign, fraction in VULGAR.items():
        text = text.replace(sign, f" {fraction}").strip()
    text = re.sub(r"(\d+)\s*/\s*(\d+)", r"\\tfrac{\1}{\2}", text)
    return text.replace("%", "\\%").replace(",", "{,}")


def _letters(name: str) -> str:
    """Return a variable's name as TeX."""
    return name if len(name) == 1 else f"\\text{{{name}}}".replace("_", "\\_")


def _maths(text: str) -> str:
    return f"$`{text}`$"


def set_of(claimed: Interval | Values) -> str:
    """Return a set of numbers as TeX."""
    if isinstance(claimed, Values):
        return "\\{" + ", ".join(map(tex, claimed.numbers)) + "\\}"
    left, right = "(["[claimed.low_closed], ")]"[claimed.high_closed]
    return f"{left}{tex(claimed.low)}, {tex(claimed.high)}{right}"


def _range(claimed: Any, x: str) -> str:
    return _maths(set_of(claimed))


def _limits(claimed: tuple[Limit, ...], x: str) -> str:
    return ", ".join(
        f"{_maths(tex(one.value))} as {_maths(x + ARROW + tex(one.at))}" for one in claimed
    )


def _monotone(claimed: str, x: str) -> str:
    return {"no": "no"}.get(claimed, claimed)


def _symmetry(claimed: Symmetry, x: str) -> str:
    words = {
        "odd": "odd: about the origin",
        "even": "even: about the vertical axis",
        "none": f"none about {_maths(f'{x} = 0')}",
    }.get(claimed.kind, "")
    if claimed.centre:
        words = f"about {_maths(f'({tex(claimed.centre[0])}, {tex(claimed.centre[1])})')}"
    return words + _except(claimed.excepted, x)


def _except(places: tuple[Number, ...], x: str) -> str:
    return f", but for {_at(places, x)}" if places else ""


def _at(places: tuple[Number, ...], x: str) -> str:
    return _maths(f"{x} = {', '.join(map(tex, places))}")


def _continuous(claimed: tuple[Number, ...], x: str) -> str:
    return f"everywhere{_except(claimed, x)}"


def _kinks(claimed: tuple[Number, ...], x: str) -> str:
    return f"at {_at(claimed, x)}" if claimed else "none"


def _derivative(claimed: str, x: str) -> str:
    words = {
        ">": "positive",
        "≥": "never negative",
        "<": "negative",
        "≤": "never positive",
        "=": "zero",
    }
    return f"{words[claimed]} where it exists"


def _zero_gradient(claimed: Region, x: str) -> str:
    if claimed.end is None:
        return claimed.relation
    sign = {"≠": "\\ne", "≤": "\\le", "≥": "\\ge"}.get(claimed.relation, claimed.relation)
    return f"for {_maths(f'{x} {sign} {tex(claimed.end)}')}"


def _saturates(claimed: tuple[Saturation, ...], x: str) -> str:
    return ", ".join(
        f"{_maths(tex(one.value))} "
        + ("from {} on" if one.upward else "up to {}").format(_maths(f"{x} = {tex(one.end)}"))
        for one in claimed
    )


_WORDS: Mapping[str, Callable[[Any, str], str]] = {
    "range": _range,
    "limits": _limits,
    "monotone": _monotone,
    "symmetry": _symmetry,
    "continuous": _continuous,
    "kinks": _kinks,
    "derivative": _derivative,
    "derivative range": _range,
    "zero gradient": _zero_gradient,
    "saturates": _saturates,
}
