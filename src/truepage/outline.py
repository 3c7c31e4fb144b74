"""What a Python file would execute: on import, and when each of its functions is called.

A file is cut into *pieces*: its body (everything that importing it executes: all but the bodies of
functions) and each function, named by its qualified name. A piece's digest is taken over its
syntax tree, so comments, layout and line numbers do not count; nor do docstrings, which draw
nothing unless something reads them (`introspects`).
"""

import ast
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

BODY = "<module>"
"""Name of the piece that importing a file executes."""

RAN = "__truepage_ran__"
"""Name, among the builtins, of what each function calls first: it takes the piece's label."""

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

# Code that looks at code: its drawing may depend on docstrings, comments and line numbers.
_INTROSPECTION = frozenset(
    "__doc__ __code__ __wrapped__ _getframe ast co_firstlineno currentframe dis f_lineno "
    "getdoc getsource help inspect linecache pydoc tb_lineno tokenize traceback".split()
)
# The clock behind methods of C types, which cannot be watched while they run.
_CLOCK = frozenset({"now", "utcnow", "today", "timeit"})


@dataclass(frozen=True)
class Outline:
    """A Python file, cut into pieces.

    Parameters
    ----------
    pieces
        Name of a piece → digest of its syntax tree.
    introspects
        Names of the pieces that look at code, or at its docstrings or line numbers.
    clocks
        Names of the pieces that seem to ask for the date or the time.
    """

    pieces: Mapping[str, str]
    introspects: frozenset[str]
    clocks: frozenset[str]


def outline(tree: ast.Module) -> Outline:
    """Return the outline of a file's syntax tree."""
    pieces, introspects, clocks = {}, set(), set()
    for name, node in pieces_of(tree):
        words: set[str] = set()
        parts: list[str] = []
        for part in _own_parts(node):
            _dump(part, parts, words)
        pieces[name] = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        if words & _INTROSPECTION:
            introspects.add(name)
        if words & _CLOCK:
            clocks.add(name)
    return Outline(pieces, frozenset(introspects), frozenset(clocks))


def pieces_of(tree: ast.Module) -> Iterator[tuple[str, ast.Module | Function]]:
    """Yield each piece's name and node. Of two of one name the second is `name#2`."""
    yield BODY, tree
    seen: dict[str, int] = {}
    stack: list[tuple[ast.AST, str]] = [(tree, "")]
    while stack:
        parent, prefix = stack.pop()
        for child in reversed(list(ast.iter_child_nodes(parent))):
            inner = prefix
            if isinstance(child, ast.ClassDef):
                inner = f"{prefix}{child.name}."
            elif isinstance(child, Function):
                inner = f"{prefix}{getattr(child, 'name', '<lambda>')}.<locals>."
            stack.append((child, inner))
        if isinstance(parent, Function):
            name = prefix.removesuffix(".<locals>.")
            seen[name] = count = seen.get(name, 0) + 1
            yield (name if count == 1 else f"{name}#{count}"), parent


def mark(tree: ast.Module, label: str) -> None:
    """Make each function call `RAN` first, with `label` and its piece's name.

    Line numbers, docstrings and what `inspect` sees stay as they are.
    """
    for name, node in list(pieces_of(tree)):
        if isinstance(node, ast.Module):
            continue
        call = ast.Call(ast.Name(RAN, ast.Load()), [ast.Constant(f"{label}:{name}")], [])
        if isinstance(node, ast.Lambda):
            # The call returns None, so the lambda returns what it did.
            node.body = _at(node.body, ast.BoolOp(ast.Or(), [call, node.body]))
        else:
            start = 1 if _has_docstring(node) else 0
            place = node.body[min(start, len(node.body) - 1)]
            node.body.insert(start, _at(place, ast.Expr(call)))


def _at(place: ast.AST, node: Any) -> Any:
    """Give a new node and what is new in it another's place."""
    for inner in ast.walk(node):
        if not hasattr(inner, "lineno"):
            ast.copy_location(inner, place)
    return node


def _own_parts(node: ast.Module | Function) -> list[ast.AST]:
    """Return what a piece executes itself: a function's body, or a module's statements."""
    if isinstance(node, ast.Lambda):
        return [node.body]
    return list(node.body[1:] if _has_docstring(node) else node.body)


def _has_docstring(node: ast.AST) -> bool:
    body = getattr(node, "body", None)
    return bool(
        isinstance(body, list)
        and body
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )


def _dump(node: object, out: list[str], words: set[str]) -> None:
    """Write a node's tree, without what is inside functions, and collect the names in it."""
    if isinstance(node, list):
        out.append("[")
        for item in node:
            _dump(item, out, words)
        out.append("]")
        return
    if not isinstance(node, ast.AST):
        out.append(f"{type(node).__name__}:{node!r}")
        if isinstance(node, str):
            words.update(node.split("."))  # names, attributes, imported modules, strings
        return
    out.append(type(node).__name__)
    skipped = "body" if isinstance(node, Function) else ""
    for field, value in ast.iter_fields(node):
        if field == skipped or field in {"type_comment", "kind"}:
            continue
        if field == "body" and isinstance(node, ast.ClassDef) and _has_docstring(node):
            value = value[1:]
        _dump(value, out, words)
    out.append(")")
