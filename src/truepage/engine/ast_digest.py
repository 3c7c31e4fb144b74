"""What a Python file would execute: on import, and when each of its functions is called.

A file is cut into *pieces*: its body (everything that importing it executes: all but the bodies of
functions) and each function, named by its qualified name. A piece's digest is taken over its
syntax tree, so comments, layout and line numbers do not count; nor do docstrings, which draw
nothing unless something reads them (`CODE`).
"""

import ast
import hashlib
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

BODY = "<module>"
"""Name of the piece that importing a file executes."""

RAN = "__truepage_ran__"
"""Name, among the builtins, of what each function calls first: it takes the piece's label."""

HASH, ID, REPR = "__truepage_hash__", "__truepage_id__", "__truepage_repr__"
"""Names, among the builtins, of what answers in the place of `hash`, `id` and `repr`."""

SET = "__truepage_set__"
"""Name, among the builtins, of what looks at an object that is a set, perhaps, and returns it."""

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

VERSION = hashlib.sha256(
    b"".join(
        Path(__file__).with_name(f"{name}.py").read_bytes()
        for name in ("ast_digest", "quiet", "bindings")
    )
).hexdigest()[:16]
"""Changes with how files are cut: what another version made of them is not comparable."""

# What a piece may hold whose use says what else its drawing depends on. Calls tell for themselves
# (`truepage.tracing.patches`); these are looked up without one, and mean nothing else.
CODE = frozenset(
    "__doc__ co_lines co_lnotab co_linetable co_positions f_lineno lineno tb_lineno".split()
)
"""Looks at code: docstrings, comments and line numbers count as well."""

PLACE = frozenset("__cached__ __file__ __path__ __spec__ co_filename sys".split())
"""Asks where things are on this machine; `sys` stands for those of its variables that tell."""

_TELLING = frozenset("argv base_prefix exec_prefix executable orig_argv path prefix".split())
CLOCK = frozenset({"%datetime64", "%now"})
"""Together: asks NumPy's C code, which cannot be watched, for the date or the time."""

_SPECIAL = CODE | PLACE | CLOCK

# What sees the variables of a function, which the functions inside it decide about as well.
_VARIABLES = frozenset({"dir", "eval", "exec", "locals", "vars"})


@dataclass(frozen=True)
class Outline:
    """A Python file, cut into pieces.

    Parameters
    ----------
    pieces
        Name of a piece → digest of its syntax tree.
    special
        Name of a piece → those of `CODE` and `PLACE` that occur in it.
    """

    pieces: Mapping[str, str]
    special: Mapping[str, frozenset[str]]


def outline(tree: ast.Module) -> Outline:
    """Return the outline of a file's syntax tree."""
    pieces, special = {}, {}
    systems = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == "sys"
    }
    for name, node in pieces_of(tree):
        words: set[str] = set()
        parts: list[str] = []
        for part in _own_parts(node):
            _dump(part, parts, words)
        words -= {"sys"} - _tells(node, systems)
        if words & _VARIABLES:
            for inner in ast.walk(node):
                if isinstance(inner, Function) and inner is not node:
                    for part in _own_parts(inner):
                        _dump(part, parts, set())
        pieces[name] = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        if found := words & _SPECIAL:
            special[name] = frozenset(found)
    return Outline(pieces, special)


def parsed(source: bytes) -> ast.Module | None:
    """Return the syntax tree of a file's content; nothing if Python could not compile it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
            compile(tree, "", "exec", dont_inherit=True)  # finds more that is wrong
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree


def _tells(node: ast.Module | Function, systems: set[str]) -> set[str]:
    """Return `sys` if a piece looks up a variable of `sys` that tells where things are."""
    stack: list[ast.AST] = list(_own_parts(node))
    while stack:
        inner = stack.pop()
        if isinstance(inner, ast.ImportFrom) and inner.module == "sys":
            if not _TELLING.isdisjoint(alias.name for alias in inner.names):
                return {"sys"}
        elif (
            isinstance(inner, ast.Attribute)
            and inner.attr in _TELLING
            and isinstance(inner.value, ast.Name)
            and inner.value.id in systems
        ):
            return {"sys"}
        for field, value in ast.iter_fields(inner):
            if not (field == "body" and isinstance(inner, Function)):
                items = value if isinstance(value, list) else [value]
                stack += [item for item in items if isinstance(item, ast.AST)]
    return set()


def pieces_of(tree: ast.Module) -> Iterator[tuple[str, ast.Module | Function]]:
    """Yield each piece's name and node. Of two of one name the second is `name#2`."""
    yield BODY, tree
    seen: dict[str, int] = {}

    def unique(name: str) -> str:
        seen[name] = count = seen.get(name, 0) + 1
        return name if count == 1 else f"{name}#{count}"

    stack: list[tuple[ast.AST, str]] = [(tree, "")]
    while stack:
        node, prefix = stack.pop()
        if isinstance(node, ast.ClassDef):
            prefix = unique(f"{prefix}{node.name}") + "."
        elif isinstance(node, Function):
            name = unique(f"{prefix}{getattr(node, 'name', '<lambda>')}")
            yield name, node
            prefix = f"{name}.<locals>."
        stack += [(child, prefix) for child in reversed(list(ast.iter_child_nodes(node)))]


def mark(tree: ast.Module, label: str) -> None:
    """Make each function call `RAN` first, with `label` and its piece's name.

    Line numbers, docstrings and what `inspect` sees stay as they are.
    """
    _Answering(tree).visit(tree)
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


class _Answering(ast.NodeTransformer):
    """Lets a module ask recording where Python's answer would be another in each run.

    The order of a set is, if its members have no hash but by where they are in memory. So it is
    looked at where it is made, for whoever gets it, and where the module goes through it.
    """

    def __init__(self, tree: ast.Module) -> None:
        bound = {node.id for node in ast.walk(tree) if _is_bound(node)}
        self._own = {*_ANSWERED, *_MAKING, *_ITERATING} - bound

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self._own and isinstance(node.ctx, ast.Load):
            node.id = _ANSWERED.get(node.id, node.id)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if not any(isinstance(each, ast.Set | ast.SetComp) for each in node.comparators):
            self.generic_visit(node)
        return node  # who only asks what is in it sees no order

    def visit_For(self, node: ast.For | ast.AsyncFor | ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.iter = self._looking(node.iter)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        return self.visit_For(node)

    def visit_Starred(self, node: ast.Starred) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            node.value = self._looking(node.value)
        return node

    def visit_Set(self, node: ast.Set | ast.SetComp | ast.Call) -> ast.AST:
        self.generic_visit(node)
        return self._looking(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self.visit_Set(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        called = node.func
        if isinstance(called, ast.Name) and called.id == "len":
            for argument in node.args:  # who counts what is in it sees no order
                self.generic_visit(argument)
            return node
        if isinstance(called, ast.Name) and called.id in self._own & _MAKING and node.args:
            return self.visit_Set(node)
        self.generic_visit(node)
        if isinstance(called, ast.Attribute) and called.attr == "pop" and not node.args:
            called.value = self._looking(called.value)
        elif (isinstance(called, ast.Name) and called.id in self._own & _ITERATING) or (
            isinstance(called, ast.Attribute) and called.attr in _ITERATING
        ):
            node.args = [self._looking(each) for each in node.args]
        return node

    def _looking(self, node: ast.expr) -> ast.expr:
        if isinstance(node, _ORDERED):
            return node
        looking: ast.Call = _at(node, ast.Call(ast.Name(SET, ast.Load()), [node], []))
        return looking


_ANSWERED = {"hash": HASH, "id": ID, "repr": REPR}
_MAKING = {"frozenset", "set"}
_ITERATING = frozenset(
    "enumerate extend fromkeys iter join list map max min sorted sum tuple zip".split()
)
_ORDERED = (
    ast.Constant,
    ast.Dict,
    ast.DictComp,
    ast.GeneratorExp,
    ast.JoinedStr,
    ast.Lambda,
    ast.List,
    ast.ListComp,
    ast.Starred,
    ast.Tuple,
)


def _is_bound(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)


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
    return [statement for statement in node.body if not _does_nothing(statement)]


def _does_nothing(item: object) -> bool:
    """Tell whether something is `pass`, or a constant that stands alone, such as a docstring."""
    return isinstance(item, ast.Pass) or (
        isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant)
    )


def _has_docstring(node: ast.AST) -> bool:
    body = getattr(node, "body", None)
    return bool(
        isinstance(body, list)
        and body
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )


def dump(node: ast.AST) -> list[str]:
    """Return what a node's tree says, without what is inside functions and without docstrings."""
    parts: list[str] = []
    _dump(node, parts, set())
    return parts


def _dump(node: object, out: list[str], words: set[str]) -> None:
    """Write a node's tree, without what is inside functions, and collect the names in it."""
    if isinstance(node, list):
        out.append("[")
        for item in node:
            if not _does_nothing(item):
                _dump(item, out, words)
        out.append("]")
        return
    if not isinstance(node, ast.AST):
        if isinstance(node, str):
            words.update(node.split("."))  # names, attributes, imported modules, strings
            words.update({"%datetime64"} if "datetime64" in node or "M8" in node else ())
            words.update({"%now"} if node in {"now", "today"} else ())
        # In hexadecimal, which has no limit of digits.
        shown = hex(node) if type(node) is int else repr(node)
        out.append(f"{type(node).__name__}:{shown}")
        return
    out.append(type(node).__name__)
    skipped = ""
    if isinstance(node, Function):
        skipped = "body"
        out.append("generator" * _yields(node))
        out.append("__classcell__" * _knows_class(node))
    for field, value in ast.iter_fields(node):
        if field == skipped or field in {"type_comment", "kind"}:
            continue
        _dump(value, out, words)
    out.append(")")


def _knows_class(function: Function) -> bool:
    """Tell whether a function, if it is a method, makes its class keep a cell in its namespace."""
    return any(
        isinstance(node, ast.Name) and node.id in {"super", "__class__"}
        for node in ast.walk(function)
    )


def _yields(function: Function) -> bool:
    """Tell whether calling a function makes a generator, and runs none of its body."""
    stack: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else [*function.body]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, Function | ast.ClassDef):
            stack += ast.iter_child_nodes(node)
    return False
