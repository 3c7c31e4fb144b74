"""Values on a page: `[0.0066](value:neural.activations.sigmoid_derivative(5))`.

The text of the link is what readers see, wherever the Markdown is read. Its address says how the
value is computed. The build computes it and holds the text to it: as many digits as are shown,
each of them right, the last one rounded. Where the text is empty the build fills it in, in the
format after a colon at the end: `[](value:neural.activations.sigmoid(5):.4f)`.

An expression is read by Python's own parser and walked node by node; nothing is ever given to
`eval`. What may stand in it: numbers, strings, True, False and None; lists and tuples; arithmetic
and comparison; indexing; names that the project's modules define, and calls of them; Python's
`math`; and the few functions in `FUNCTIONS`. Everything else is an error that shows the part.
`read` imports nothing; `compute` runs where the author's code may.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from unicodedata import numeric

from truepage.engine.errors import PageError
from truepage.maths.calls import CodeFunction

BEGIN = re.compile(r"(?<![!\\])\[(?P<text>[^\[\]]*)\]\((?P<angle><?)value:")
FORMAT = re.compile(r":(?P<format>,?(?:\.\d{1,2})?[efgd%]|,d?)$")
TIE = 4 * 2.0**-53
"""How near to a tie, relatively, a float may be for both roundings to count as right."""
FUNCTIONS: Mapping[str, Any] = {
    one.__name__: one for one in (abs, float, int, len, max, min, round, sum)
}
"""Functions that need no module."""
LONGEST = 400
"""Characters that an expression may have."""
BITS = 10_000
"""Bits that a power of whole numbers may have."""
_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    **{ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Pow: operator.pow},
    **{ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod},
    **{ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Eq: operator.eq, ast.NotEq: operator.ne},
    **{ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge},
}


@dataclass(frozen=True)
class Value:
    """A value as it stands in Markdown.

    Parameters
    ----------
    start, end
        Where it begins in the text, and where it ends.
    shown, expression
        The text that readers see, and how it is computed.
    format
        How to write it where the text is empty.
    fault
        What is wrong with the way it is written.
    """

    start: int
    end: int
    shown: str
    expression: str
    format: str = ""
    fault: str = ""


def find_values(text: str) -> Iterator[Value]:
    """Yield the values in a piece of Markdown that has no code in it.

    Examples
    --------
    >>> [value.expression for value in find_values("[2](value:abs(-2)) [](<value:max(1, 2):d>)")]
    ['abs(-2)', 'max(1, 2)']
    """
    at = 0
    while match := BEGIN.search(text, at):
        value = value_at(text, match)
        yield value
        at = value.end


def value_at(text: str, match: re.Match[str]) -> Value:
    """Return the value that begins where `BEGIN` matches."""
    end = _end(text, match.end(), angle=bool(match["angle"]))
    if end is None:
        stop = (text.find("\n", match.end()) + 1 or len(text) + 1) - 1
        return Value(
            match.start(), stop, match["text"], text[match.end() : stop],
            fault="its address has no end; expected [text](value:expression)",
        )  # fmt: skip
    address = text[match.end() : end].strip()
    form = FORMAT.search(address)
    fault = "its address has a space in it, so that others who read Markdown see no link; expected"
    fault = f"{fault} <…> around it: ](<value:{address}>)"
    return Value(
        match.start(),
        end + (2 if match["angle"] else 1),
        " ".join(match["text"].split()),
        address[: form.start()] if form else address,
        form["format"] if form else "",
        fault if re.search(r"\s", address) and not match["angle"] else "",
    )


def _end(text: str, start: int, *, angle: bool) -> int | None:
    """Return where an address ends: at its > or at the ) that nothing in it has opened."""
    depth, quote = 0, ""
    for at in range(start, len(text)):
        character = text[at]
        if character == "\n":
            return None
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif angle:
            if text.startswith(">)", at):
                return at
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            if depth == 0:
                return at
            depth -= 1
    return None


def shown(value: Value, number: int | float) -> tuple[str, str]:
    """Return the text that a page is to show, and what is wrong with it or ""."""
    if not math.isfinite(number):
        return value.shown, f"value {value.expression!r} is {number}; expected a finite number."
    if not value.shown:
        if not value.format and not isinstance(number, int):
            return "", (
                f"value {value.expression!r} has neither a text nor a format; expected one of "
                f"them, such as [{number:.4g}](value:{value.expression})."
            )
        return filled(number, value.format), ""
    if value.format:
        return value.shown, (
            f"value {value.expression!r} has a text and a format; expected only one of them."
        )
    reading = read_number(value.shown)
    if reading is None:
        return value.shown, (
            f"value {value.expression!r}: its text {value.shown!r} is not read as a number; "
            "expected one like 0.0066, −0.5, 1.2e-5, 1.2 × 10⁻⁵, 95,615, 25 % or ½."
        )
    (claimed, unit), true = reading, Fraction(number)
    slack = abs(true) * Fraction(TIE) if isinstance(number, float) else Fraction(0)
    if abs(claimed - true) <= unit / 2 + slack:
        return value.shown, ""
    return value.shown, (
        f"value {value.expression!r} is {written(value.shown, true, unit)}, "
        f"and the page says {value.shown}. (More exactly: {number:.12g}.)"
    )


def filled(number: int | float, form: str) -> str:
    """Return a number in a format of Python's, with a real minus sign.

    Examples
    --------
    >>> filled(-0.00664805, ".4f"), filled(95615, ","), filled(0.25, ".0%")
    ('−0.0066', '95,615', '25 %')
    """
    whole = form.endswith("d") or not form
    text = format(round(number) if whole and number == round(number) else number, form)
    return text.replace("%", " %").replace("-", "−")


NUMBER = re.compile(
    r"(?P<sign>[-+−]?)"
    r"(?P<whole>\d{1,3}(?:,\d{3})+|\d+)?(?:\.(?P<part>\d+))?"
    r"(?P<vulgar>[¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])?"
    r"(?:[eE](?P<exponent>[-+−]?\d{1,3})|[  ]?[×·][  ]?10(?P<power>[⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}))?"
    r"(?P<percent>[  ]?%)?",
    re.ASCII,
)
"""A number as text has it: 0.0066, −0.5, 1.2e-5, 1.2 × 10⁻⁵, 95,615, 25 %, ½."""

VULGAR = {sign: Fraction(numeric(sign)).limit_denominator(9) for sign in "¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"}
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def read_number(text: str) -> tuple[Fraction, Fraction] | None:
    """Return a number that text shows, and the unit of its last digit (0: exact); None: not one.

    Examples
    --------
    >>> read_number("−0.50"), read_number("25 %")
    ((Fraction(-1, 2), Fraction(1, 100)), (Fraction(1, 4), Fraction(1, 100)))
    >>> read_number("1½"), read_number("many")
    ((Fraction(3, 2), Fraction(0, 1)), None)
    """
    match = NUMBER.fullmatch(text.strip())
    if not match or not (match["whole"] or match["vulgar"]):
        return None
    if match["vulgar"] and (match["part"] or match["exponent"] or match["power"]):
        return None
    part = match["part"] or ""
    exponent = int((match["exponent"] or match["power"] or "0").translate(RAISED))
    scale = Fraction(10) ** exponent / (100 if match["percent"] else 1)
    digits = (match["whole"] or "").replace(",", "")
    size = Fraction(Decimal(f"{digits or 0}.{part or 0}"))
    if match["vulgar"]:
        size += VULGAR[match["vulgar"]]
    number = size * scale * (-1 if match["sign"] in {"-", "−"} else 1)
    return number, Fraction(0) if match["vulgar"] else scale / 10 ** len(part)


def written(text: str, true: Fraction, unit: Fraction) -> str:
    """Return a number in the way in which a text of that unit shows another, wrong one."""
    match = NUMBER.fullmatch(text.strip())
    assert match  # noqa: S101 (it was read)
    if not unit:  # vulgar fractions, which are exact
        signs = {fraction: sign for sign, fraction in VULGAR.items()}
        return "−" * (true < 0) + signs.get(abs(true), f"{float(abs(true)):.6g}".replace("-", "−"))
    minus = "-" if match["sign"] == "-" else "−"
    places, tail = len(match["part"] or ""), match["percent"] or ""
    scaled = true * (100 if match["percent"] else 1)
    if match["exponent"] or match["power"]:
        return f"{float(scaled):.{places}e}".replace("-", "−") + tail
    whole, part = divmod(abs(round(scaled * 10**places)), 10**places)
    comma = "," if "," in (match["whole"] or "") else ""
    decimals = f".{part:0{places}d}" if places else ""
    return f"{minus * (scaled < 0)}{whole:{comma}d}{decimals}{tail}"


class ExpressionError(Exception):
    """An expression has a part that it may not have, or one that cannot be computed."""


@dataclass(frozen=True)
class Expression:
    """An expression that was read: its text, and the project's modules in it → their files."""

    text: str
    modules: Mapping[str, str]


def read(text: str, find: Callable[[str], CodeFunction]) -> Expression:
    """Read an expression, importing nothing.

    Parameters
    ----------
    find
        Finds what a dotted name is in the project; raises `PageError` if it is nothing.

    Raises
    ------
    ExpressionError
        It is not an expression, or has a part that is not allowed.
    """
    modules: dict[str, str] = {}
    for name in map(ast.unparse, filter(_is_name, _walk(_parse(text)))):
        if name in FUNCTIONS or name.startswith("math."):
            continue
        if "." not in name:
            raise ExpressionError(
                f"{name!r} is not known; expected a dotted name such as package.module.function, "
                f"a name of Python's math, or one of {', '.join(FUNCTIONS)}"
            )
        try:
            found = find(name)
        except PageError as error:
            raise ExpressionError(str(error).rstrip(".")) from None
        modules[found.module] = found.path
    return Expression(text, modules)


def compute(text: str, modules: Mapping[str, Any]) -> Any:
    """Return the value of an expression that `read` accepted, with the modules it names imported.

    Raises
    ------
    ExpressionError
        It would take too much.
    """
    return _value(_parse(text), modules)


def _parse(text: str) -> ast.expr:
    """Parse an expression, refusing the first part that may not stand in one."""
    if len(text) > LONGEST:
        raise ExpressionError(f"it has {len(text)} characters; expected {LONGEST} at most")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        words = error.msg if text.strip() else "it is empty"
        raise ExpressionError(
            f"it is not an expression in Python ({words}); expected one such as "
            "package.module.function(1)"
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError("it is not an expression in Python") from None
    for node in _walk(tree):
        name = ast.unparse(node) if _is_name(node) else ""
        if not name and not _is_allowed(node):
            raise ExpressionError(
                f"{ast.unparse(node)!r} may not stand in it; expected numbers, lists, arithmetic, "
                "comparison, indexing, and calls of the project's functions by their dotted names"
            )
        if any(part.startswith("_") for part in name.split(".")):
            raise ExpressionError(f"{name!r} has a part that begins with an underscore")
        if name.startswith("math.") and not hasattr(math, name.removeprefix("math.")):
            raise ExpressionError(f"Python's math has no {name.removeprefix('math.')!r}")
    return tree


def _walk(node: ast.expr) -> Iterator[ast.expr]:
    """Yield a node and those in it; a dotted name is one."""
    yield node
    for child in () if _is_name(node) else ast.iter_child_nodes(node):
        child = child.value if isinstance(child, ast.keyword) else child
        if isinstance(child, ast.expr):
            yield from _walk(child)


def _is_name(node: ast.expr) -> bool:
    """Tell whether a node is a name with dots or without."""
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _is_name(node.value))


def _is_allowed(node: ast.expr) -> bool:
    """Tell whether a node that is no name may stand in an expression."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int | float | str | None)
        case ast.BinOp(op=op) | ast.UnaryOp(op=op):
            return type(op) in _OPERATORS
        case ast.Compare(ops=ops):
            return all(type(op) in _OPERATORS for op in ops)
        case ast.Call(func=function, keywords=keywords):
            return _is_name(function) and all(keyword.arg for keyword in keywords)
    return isinstance(node, ast.List | ast.Tuple | ast.Subscript | ast.Slice)


def _value(node: ast.expr | None, modules: Mapping[str, Any]) -> Any:
    """Return the value of a node; those that are not here were refused by `_parse`."""

    def values(nodes: Sequence[ast.expr | None]) -> list[Any]:
        return [_value(each, modules) for each in nodes]

    match node:
        case None:  # an end of a slice
            return None
        case ast.Constant(value=value):
            return value
        case ast.List(elts=parts):
            return values(parts)
        case ast.Tuple(elts=parts):
            return tuple(values(parts))
        case ast.BinOp(left=left, op=op, right=right):
            return _apply(type(op), *values([left, right]))
        case ast.UnaryOp(op=op, operand=operand):
            return _apply(type(op), _value(operand, modules))
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = values([left, *others])
            pairs = zip(ops, sides, sides[1:], strict=False)
            return all(_OPERATORS[type(op)](*pair) for op, *pair in pairs)
        case ast.Slice(lower=lower, upper=upper, step=step):
            return slice(*values([lower, upper, step]))
        case ast.Subscript(value=whole, slice=index):
            return _value(whole, modules)[_value(index, modules)]
        case ast.Call(func=function, args=arguments, keywords=keywords):
            named = {str(each.arg): _value(each.value, modules) for each in keywords}
            return _value(function, modules)(*values(arguments), **named)
    return _named(ast.unparse(node), modules)


def _named(name: str, modules: Mapping[str, Any]) -> Any:
    """Return what a name stands for."""
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    if name.startswith("math."):
        return getattr(math, name.removeprefix("math."))
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        if (value := modules.get(".".join(parts[:cut]))) is not None:
            return operator.attrgetter(".".join(parts[cut:]))(value)
    raise ExpressionError(f"{name!r} is in no module that was imported")


def _apply(op: type[ast.AST], *operands: Any) -> Any:
    """Do arithmetic, unless it would fill the memory."""
    if any(isinstance(operand, str | list | tuple) for operand in operands):
        raise ExpressionError("it does arithmetic with a list or a text; expected numbers")
    if op is ast.Pow and all(isinstance(operand, int) for operand in operands):
        base, exponent = operands
        if abs(base).bit_length() * max(exponent, 1) > BITS:
            raise ExpressionError(f"{base} ** {exponent} has too many digits")
    return _OPERATORS[op](*operands)
