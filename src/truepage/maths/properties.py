"""Claims about a function, as an author writes them: the language of `properties` fences.

The first line names the function of the code, its variable, and numbers for its parameters. Each
line after it is one claim:

    neural.activations.sigmoid(z)
    range: (0, 1)
    range in float64: [0, 1]
    limits: 0 at −∞, 1 at ∞
    monotone: strictly increasing
    symmetry: point (0, 1/2)
    saturates in float64: 0 up to −745.13, 1 from 36.74

A claim is about the reals unless it says ``in float64``. Claims about the reals are held to the
function's checked formula (`truepage.maths.proofs`), the others to the code
(`truepage.maths.sweep`). This module only reads; it imports nothing large.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction
from typing import TypeAlias

from truepage.maths.claim import (
    Claim,
    ClaimError,
    Column,
    Comparing,
    Interval,
    Limit,
    Number,
    Properties,
    Region,
    Row,
    Saturation,
    Statement,
    Subject,
    Symmetry,
    Values,
)
from truepage.maths.digits import read_number

FUNCTION = re.compile(
    r"(?P<function>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)\((?P<variable>[A-Za-z]\w*)"
    r"(?P<arguments>(?:,\s*[A-Za-z]\w*\s*=\s*[^,()]+)*)\)"
)
CLAIM = re.compile(
    r"(?P<property>[a-z ]+?)(?P<floats> in float64)?\s*:\s*(?P<statement>.+?)"
    r"(?P<assumed>\s*\(assumed\))?"
)
REGION = re.compile(
    r"(?:for |at |where )?(?P<name>[A-Za-z]\w*)\s*"
    r"(?P<relation><=|>=|!=|[<>=≠≤≥])\s*(?P<end>[^<>=≠≤≥].*)"
)

REFUTED = re.compile(r"\s*%\s*refuted\b")
"""A line that says that the claims are wrong, and that the page is to show why."""

LONGEST = 400
"""Characters that a line may have."""

INFINITE = {"∞": 1, "\\infty": 1, "inf": 1}


def read_properties(lines: Sequence[str]) -> Properties:
    """Read the lines inside a fence.

    Raises
    ------
    ClaimError
        A line is not understood.
    """
    numbered = [(at, line.strip()) for at, line in enumerate(lines, start=1)]
    numbered = [(at, line) for at, line in numbered if line and not line.startswith("%")]
    for at, line in numbered:
        if len(line) > LONGEST:
            raise ClaimError(f"it has {len(line)} characters; expected {LONGEST} at most", at)
    if not numbered:
        raise ClaimError("it is empty; expected the function's name in its first line", 0)
    subject = read_subject(numbered[0][1], numbered[0][0])
    claims: list[Claim] = []
    domain, said = None, ""
    for at, line in numbered[1:]:
        if line.startswith("domain:"):
            if said:
                raise ClaimError(f"{line!r} is a second domain; expected one", at)
            domain, said = _domain(line.removeprefix("domain:").strip(), subject, at), line
    for at, line in numbered[1:]:
        if line.startswith("domain:"):
            continue
        claim = replace(read_claim(line, subject, at), domain=domain)
        if any((claim.property, claim.floats) == (c.property, c.floats) for c in claims):
            raise ClaimError(f"{line!r} is a second claim of its kind; expected one", at)
        claims.append(claim)
    if not claims:
        raise ClaimError("it claims nothing; expected a line such as `range: (0, 1)`", 0)
    return Properties(subject, tuple(claims), any(REFUTED.match(line) for line in lines), said)


def is_comparing(lines: Sequence[str]) -> bool:
    """Tell whether the lines of a fence compare functions."""
    return next((line for line in lines if line.strip()), "").strip().startswith("compare:")


def read_comparing(lines: Sequence[str]) -> Comparing:
    """Read the lines of a comparison: what is compared, then a line for each function.

    Raises
    ------
    ClaimError
        A line is not understood.
    """
    numbered = [(at, line.strip()) for at, line in enumerate(lines, start=1) if line.strip()]
    (first, head), *others = numbered
    columns = []
    for text in _split(head.removeprefix("compare:").strip()):
        name = text.removesuffix(" in float64")
        if name not in PROPERTIES:
            raise ClaimError(_unknown(name), first)
        columns.append(Column(text, name, name != text))
    rows = []
    for at, line in others:
        title, _, function = line.rpartition(": ")
        rows.append(Row(title or function, read_subject(function, at), at))
    if not rows:
        raise ClaimError("it compares nothing; expected a line for each function", first)
    return Comparing(tuple(columns), tuple(rows))


def _unknown(name: str) -> str:
    close = get_close_matches(name, PROPERTIES, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(PROPERTIES)}"
    return f"no property is named {name!r}; {hint}"


def read_subject(text: str, line: int = 0) -> Subject:
    """Read what names the function.

    Raises
    ------
    ClaimError
        It does not.
    """
    match = FUNCTION.fullmatch(text)
    if not match:
        raise ClaimError(
            f"{text!r} is not a function with its variable; expected package.module.function(x) "
            "or package.module.function(x, parameter=0.5)",
            line,
        )
    arguments = {}
    for part in match["arguments"].split(",")[1:]:
        name, _, number = (piece.strip() for piece in part.partition("="))
        arguments[name] = _number(number, {}, line)
        if arguments[name].value is None:
            raise ClaimError(f"{name} is {number}; expected a finite number", line)
    return Subject(match["function"], match["variable"], arguments, text)


def read_claim(text: str, subject: Subject, line: int = 0) -> Claim:
    """Read one claim.

    Raises
    ------
    ClaimError
        It is not understood.
    """
    match = CLAIM.fullmatch(text)
    if not match:
        raise ClaimError(f"{text!r} is not a claim; expected one like `range: (0, 1)`", line)
    name, floats = match["property"].strip(), bool(match["floats"])
    if name not in PROPERTIES:
        raise ClaimError(_unknown(name), line)
    if floats and name not in FLOATS:
        raise ClaimError(
            f"{name!r} cannot be claimed in float64; expected one of {', '.join(FLOATS)}", line
        )
    if name == "saturates" and not floats:
        raise ClaimError(
            "no function saturates in the reals as it does in floating point; "
            "expected `saturates in float64: …`",
            line,
        )
    reader = PROPERTIES[name]
    names = {**subject.arguments, "": _zero(subject.variable)}
    statement = reader(match["statement"].strip(), names, line)
    return Claim(text, name, floats, bool(match["assumed"]), statement, line)


def _domain(text: str, subject: Subject, line: int) -> Interval:
    found = _range(text, subject.arguments, line)
    if not isinstance(found, Interval) or found.low.unit or found.high.unit:
        raise ClaimError(f"{text!r} is no domain; expected an interval like (0, ∞)", line)
    return found


def _zero(text: str) -> Number:
    return Number(text, Fraction(0))


def _number(text: str, names: Mapping[str, Number], line: int) -> Number:
    """Read a number: a decimal, a fraction, ±∞, digits that go on, or a parameter's name."""
    plain = text.strip().replace("−", "-")
    if plain in names and plain:
        return names[plain]
    if plain.lstrip("+-") in INFINITE:
        return Number(text.strip(), None, -1 if plain.startswith("-") else 1)
    if plain.endswith(("…", "...")):
        reading = read_number(plain.removesuffix("…").removesuffix("..."))
        if reading and reading[1]:
            return Number(text.strip(), reading[0], unit=reading[1], shown=reading[1])
    over, slash, under = plain.partition("/")
    reading, divisor = (
        read_number(over),
        read_number(under) if slash else (Fraction(1), Fraction(1)),
    )
    if reading and divisor and divisor[0]:
        return Number(
            text.strip(), reading[0] / divisor[0], shown=Fraction(0) if slash else reading[1]
        )
    raise ClaimError(
        f"{text.strip()!r} is not a number; expected one like 0, 1/2, −0.5, ∞, or 0.278… where "
        "the digits go on",
        line,
    )


def _split(text: str) -> list[str]:
    """Split at the commas that are not inside brackets."""
    return [part.strip() for part in re.split(r",\s*(?![^(]*\))", text)]


def _range(text: str, names: Mapping[str, Number], line: int) -> Statement:
    inside = text[1:-1]
    if text.startswith("{") and text.endswith("}"):
        return Values(tuple(_number(part, names, line) for part in inside.split(",")))
    ends = inside.split(",")
    if len(ends) != 2 or text[0] not in "[(" or text[-1] not in "])":
        raise ClaimError(
            f"{text!r} is not a set of numbers; expected one like (0, 1), [0, ∞) or {{0, 1}}", line
        )
    low, high = (_number(end, names, line) for end in ends)
    closed = text[0] == "[", text[-1] == "]"
    if not low.key() < high.key():
        raise ClaimError(f"{text!r} is empty: its lower end is not below its upper end", line)
    if (closed[0] and low.value is None) or (closed[1] and high.value is None):
        raise ClaimError(f"{text!r} has ∞ for an element; expected a round bracket there", line)
    return Interval(low, high, *closed)


def _limits(text: str, names: Mapping[str, Number], line: int) -> Statement:
    limits = []
    for part in _split(text):
        value, found, at = (
            re.split(r"\s+(at)\s+", part, maxsplit=1) if " at " in part else ("",) * 3
        )
        if not found:
            raise ClaimError(f"{part!r} is not a limit; expected one like `1 at ∞`", line)
        limits.append(Limit(_number(value, names, line), _number(at, names, line)))
    return tuple(limits)


MONOTONE = (
    "increasing",
    "strictly increasing",
    "decreasing",
    "strictly decreasing",
    "constant",
    "no",
)


def _monotone(text: str, names: Mapping[str, Number], line: int) -> Statement:
    if text not in MONOTONE:
        raise ClaimError(f"{text!r} is unknown; expected one of {', '.join(MONOTONE)}", line)
    return text


def _symmetry(text: str, names: Mapping[str, Number], line: int) -> Statement:
    text, _, excepted = text.partition(" except at ")
    outside = tuple(_number(part, names, line) for part in excepted.split(",")) if excepted else ()
    if text in {"odd", "even", "none"}:
        return Symmetry(text, None, outside)
    match = re.fullmatch(r"(?:about the )?point \((?P<x>[^,()]+),(?P<y>[^,()]+)\)", text)
    if not match:
        raise ClaimError(
            f"{text!r} is no symmetry; expected odd, even, none or one like `point (0, 1/2)`", line
        )
    centre = (_number(match["x"], names, line), _number(match["y"], names, line))
    return Symmetry("point", centre, outside)


def _continuous(text: str, names: Mapping[str, Number], line: int) -> Statement:
    if text == "everywhere":
        return ()
    if not text.startswith("except at "):
        raise ClaimError(f"{text!r}: expected `everywhere` or one like `except at 0`", line)
    return tuple(_number(part, names, line) for part in text[10:].split(","))


def _kinks(text: str, names: Mapping[str, Number], line: int) -> Statement:
    if text == "none":
        return ()
    return tuple(_number(part, names, line) for part in text.removeprefix("at ").split(","))


SIGNS = {"> 0": ">", ">= 0": "≥", "≥ 0": "≥", "< 0": "<", "<= 0": "≤", "≤ 0": "≤", "= 0": "="}


def _sign(text: str, names: Mapping[str, Number], line: int) -> Statement:
    if text not in SIGNS:
        raise ClaimError(
            f"{text!r} is no sign; expected > 0, ≥ 0, < 0, ≤ 0 or = 0 "
            "(for its values there is `derivative range: …`)",
            line,
        )
    return SIGNS[text]


def _region(text: str, names: Mapping[str, Number], line: int) -> Statement:
    if text in {"nowhere", "everywhere"}:
        return Region(text)
    match = REGION.fullmatch(text)
    variable = names[""].text
    if not match or match["name"] != variable:
        raise ClaimError(
            f"{text!r} is no part of the line; expected nowhere, everywhere or one like "
            f"`for {variable} < 0`",
            line,
        )
    relation = {"!=": "≠", "<=": "≤", ">=": "≥"}.get(match["relation"], match["relation"])
    return Region(relation, _number(match["end"], names, line))


def _saturates(text: str, names: Mapping[str, Number], line: int) -> Statement:
    found = []
    for part in _split(text):
        value, word, end = [*re.split(r"\s+(from|up to)\s+", part, maxsplit=1), "", ""][:3]
        if not word:
            raise ClaimError(
                f"{part!r} is no saturation; expected one like `1 from 36.74` or `0 up to −745.13`",
                line,
            )
        found.append(
            Saturation(_number(value, names, line), word == "from", _number(end, names, line))
        )
    return tuple(found)


Reader: TypeAlias = Callable[[str, Mapping[str, Number], int], Statement]

PROPERTIES: Mapping[str, Reader] = {
    "range": _range,
    "limits": _limits,
    "monotone": _monotone,
    "symmetry": _symmetry,
    "continuous": _continuous,
    "kinks": _kinks,
    "derivative": _sign,
    "derivative range": _range,
    "zero gradient": _region,
    "saturates": _saturates,
}
"""What can be claimed, and how it is read."""

FLOATS = ("range", "limits", "monotone", "symmetry", "saturates")
"""What can be claimed in float64."""
