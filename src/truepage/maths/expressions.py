"""Expressions that a page may have computed: calls of the project's functions, and arithmetic.

An expression is read by Python's own parser and walked node by node; nothing is ever given to
`eval`. What may stand in it: numbers, strings, True, False and None; lists and tuples; arithmetic
and comparison; indexing; names that the project's modules define, and calls of them; Python's
`math`; and the few functions in `FUNCTIONS`. Everything else is an error that shows the part.

Reading (`read`) imports nothing. Computing (`compute`) happens where the author's code may run.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from truepage.engine.errors import PageError
from truepage.maths.calls import Function

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": abs,
    "float": float,
    "int": int,
    "len": len,
    "max": max,
    "min": min,
    "round": round,
    "sum": sum,
}
"""Functions that need no module."""

LONGEST = 400
"""Characters that an expression may have."""

BITS = 10_000
"""Bits that a power of whole numbers may have."""

_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class ExpressionError(Exception):
    """An expression has a part that it may not have, or one that cannot be computed."""


@dataclass(frozen=True)
class Expression:
    """An expression that was read.

    Parameters
    ----------
    text
        As the author wrote it.
    modules
        The project's modules that it names → their files, from the project's root.
    """

    text: str
    modules: Mapping[str, str]


def read(text: str, find: Callable[[str], Function]) -> Expression:
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
    for node in _names(_parse(text)):
        name = ast.unparse(node)
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
    """Return the value of an expression that `read` accepted.

    Parameters
    ----------
    modules
        Dotted name → module, imported.

    Raises
    ------
    ExpressionError
        It would take too much.
    """
    return _value(_parse(text), modules)


def _parse(text: str) -> ast.expr:
    """Parse an expression, refusing each kind of node that is not on the list."""
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
    _check(tree)
    return tree


def _check(node: ast.expr) -> None:
    """Raise an error for the first part that may not stand in an expression."""
    parts: list[ast.expr] = []
    match node:
        case ast.Constant(value=value) if isinstance(value, int | float | str | None):
            pass
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            pass
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            parts = [left, right]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            parts = [operand]
        case ast.Compare(left=left, ops=ops, comparators=others) if all(
            type(op) in _OPERATORS for op in ops
        ):
            parts = [left, *others]
        case ast.Subscript(value=value, slice=ast.Slice(lower=lower, upper=upper, step=step)):
            parts = [value, *(end for end in (lower, upper, step) if end)]
        case ast.Subscript(value=value, slice=index):
            parts = [value, index]
        case ast.Call(func=function, args=arguments, keywords=keywords) if _is_name(function):
            if any(keyword.arg is None for keyword in keywords):
                _refuse(node)
            parts = [function, *arguments, *(keyword.value for keyword in keywords)]
        case ast.Name() | ast.Attribute() if _is_name(node):
            name = ast.unparse(node)
            if any(part.startswith("_") for part in name.split(".")):
                raise ExpressionError(f"{name!r} has a part that begins with an underscore")
            if name.startswith("math.") and not hasattr(math, name.removeprefix("math.")):
                raise ExpressionError(f"Python's math has no {name.removeprefix('math.')!r}")
        case _:
            _refuse(node)
    for part in parts:
        _check(part)


def _refuse(node: ast.expr) -> None:
    raise ExpressionError(
        f"{ast.unparse(node)!r} may not stand in it; expected numbers, lists, arithmetic, "
        "comparison, indexing, and calls of the project's functions by their dotted names"
    )


def _is_name(node: ast.expr) -> bool:
    """Tell whether a node is a name with dots or without."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _names(node: ast.expr) -> list[ast.expr]:
    """Return the names in an expression, dotted ones whole."""
    if _is_name(node):
        return [node]
    found = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.keyword):
            child = child.value
        if isinstance(child, ast.expr):
            found += _names(child)
    return found


def _value(node: ast.expr, modules: Mapping[str, Any]) -> Any:
    """Return the value of a node; those that are not here were refused by `_check`."""

    def values(nodes: list[ast.expr]) -> list[Any]:
        return [_value(each, modules) for each in nodes]

    match node:
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
        case ast.Subscript(value=value, slice=ast.Slice(lower=lower, upper=upper, step=step)):
            ends = [_value(end, modules) if end else None for end in (lower, upper, step)]
            return _value(value, modules)[slice(*ends)]
        case ast.Subscript(value=value, slice=index):
            return _value(value, modules)[_value(index, modules)]
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
            for part in parts[cut:]:
                value = getattr(value, part)
            return value
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
