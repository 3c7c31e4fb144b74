"""Which names a module binds quietly, so that it can bind another without harm.

Most edits of a module's body add or change something that a given drawing never looks at: a new
function, another figure, a constant. A statement is *quiet* when all it does is to bind a name:
the definition of a function without decorators and with constant defaults, that of a figure, that
of a class without bases whose body does the same, or the assignment of a constant. A quiet
statement can matter to a drawing only if the drawing's code mentions its name: by itself, as an
attribute, in an import or in a text. So two bodies are equal to a drawing when they are equal in
all that is not quiet, and in the quiet statements whose names occur among the words of the code it
executed.

Where names may be looked up that no code spells out (`getattr`, `globals()`, a module that is
passed on as a value), every statement counts. Code that is made while the program runs, by `eval`
or for a dataclass, spells out its names as well: they are read when it is executed.
"""

import ast
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import CodeType

from truepage.recording.outline import Function, dump

DYNAMIC = frozenset(
    {
        "__builtins__",
        "__dict__",
        "__globals__",
        "__import__",
        "__loader__",
        "__subclasses__",
        "attrgetter",
        "builtins",
        "compile",
        "delattr",
        "dir",
        "f_globals",
        "f_locals",
        "gc",
        "getattr",
        "getmembers",
        "globals",
        "hasattr",
        "import_module",
        "importlib",
        "locals",
        "methodcaller",
        "modules",
        "pickle",
        "pkgutil",
        "reload",
        "runpy",
        "setattr",
        "vars",
    }
)
"""Looks up names that need not be spelled out."""

EVERY = "*"
"""Stands for all words: code was executed that may look up any name."""

_PLAIN = frozenset({"bool", "bytes", "complex", "float", "int", "object", "str"})
_SHAPING = frozenset({"__classcell__", "__module__", "__qualname__", "__slots__"})
"""Names in a class's body that its making looks at, and may fail for."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Bindings:
    """What a module's body does, apart from what it binds quietly.

    Parameters
    ----------
    rest
        Digest of the statements that are not quiet.
    names
        Name that is bound quietly → digest of the statements that do, and of where they stand.
    """

    rest: str
    names: Mapping[str, str]

    def seen_by(self, words: Collection[str]) -> str:
        """Return the digest of what code can see of the module that mentions these words."""
        seen = [f"{name} {self.names[name]}" for name in sorted(self.names) if name in words]
        return _digest([self.rest, *seen])


@dataclass(frozen=True)
class Mentions:
    """The names that occur in a piece of code.

    Parameters
    ----------
    words
        All of them, also those in texts.
    values
        Those that are used as values, not only to look something up in them; `.x` is an attribute.
    imported
        Those that a function's own imports bind.
    """

    words: frozenset[str]
    values: frozenset[str]
    imported: frozenset[str]


def bindings(tree: ast.Module) -> Bindings:
    """Return what a module's body does."""
    rest: list[str] = []
    names: dict[str, list[str]] = {}
    count = 0
    for statement, name in _statements(tree):
        if name:
            # Quiet statements can change places with each other, not with the rest.
            names.setdefault(name, []).append(_digest([str(count), *dump(statement)]))
        else:
            count += 1
            rest += dump(statement)
    return Bindings(_digest(rest), {name: _digest(found) for name, found in names.items()})


def mentions(node: ast.Module | Function) -> Mentions:
    """Return the names that a piece mentions: a function's body, or a module's."""
    words: set[str] = set()
    if isinstance(node, ast.Module):
        for statement, name in _statements(node):
            found = _words(statement)
            if name:
                found.remove(name)  # it binds its name, and mentions it only if it does so again
            words.update(found)
        return Mentions(frozenset(words), frozenset(_values(node.body)), frozenset())
    body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else [*node.body]
    imported = set()
    for part in body:
        words.update(_words(part))
        for inner in _walk([part]):
            if isinstance(inner, ast.Import | ast.ImportFrom):
                imported |= {alias.asname or alias.name for alias in inner.names}
    return Mentions(frozenset(words), frozenset(_values(body)), frozenset(imported))


def words_of_code(code: CodeType) -> set[str]:
    """Return the words in compiled code, without those of the functions in it.

    Examples
    --------
    >>> sorted(words_of_code(compile("f(LEVEL.x, k='a-b')", "", "eval")))
    ['LEVEL', 'a', 'b', 'f', 'k', 'x']
    """
    words: set[str] = set()
    stack: list[object] = [*code.co_names, *code.co_freevars, *code.co_consts]
    while stack:
        part = stack.pop()
        if isinstance(part, str | bytes):
            words.update(_WORD.findall(part if isinstance(part, str) else part.decode("latin-1")))
        elif isinstance(part, tuple | frozenset):
            stack += part
    return words


def _statements(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    """Yield the statements of a module's body, each with the name it binds quietly, or nothing."""
    figure = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "truepage"
        and any(alias.name == "figure" and not alias.asname for alias in node.names)
        for node in tree.body
    )
    known = set(_PLAIN)  # what an annotation can name without fail
    for statement in tree.body:
        name = ""
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            if _is_quiet(statement, known, figure):
                name = statement.name
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name) and _is_constant(statement.value):
                name = target.id
        elif isinstance(statement, ast.ClassDef):
            if _is_quiet_class(statement, known):
                name = statement.name
        elif isinstance(statement, ast.Import):
            known |= {alias.asname for alias in statement.names if alias.asname}
        elif isinstance(statement, ast.ImportFrom):
            known |= {alias.asname or alias.name for alias in statement.names}
        yield statement, "" if name.startswith("__") or name == "figure" else name


def _is_quiet(
    function: ast.FunctionDef | ast.AsyncFunctionDef, known: set[str], figure: bool
) -> bool:
    """Tell whether a function's definition does nothing but bind its name."""
    arguments = function.args
    everything = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    everything += [extra for extra in (arguments.vararg, arguments.kwarg) if extra]
    annotations = [function.returns, *(argument.annotation for argument in everything)]
    defaults = [*arguments.defaults, *arguments.kw_defaults]
    return (
        all(figure and _is_declaration(decorator) for decorator in function.decorator_list)
        and all(value is None or _is_constant(value) for value in defaults)
        and all(
            value is None
            or isinstance(value, ast.Constant)
            or (isinstance(value, ast.Name) and value.id in known)
            for value in annotations
        )
        and not getattr(function, "type_params", [])
    )


def _is_quiet_class(node: ast.ClassDef, known: set[str]) -> bool:
    """Tell whether a class's definition does nothing but bind its name.

    A base would have a say: it may have a metaclass or `__init_subclass__`.
    """
    if node.bases or node.keywords or node.decorator_list or getattr(node, "type_params", []):
        return False
    for part in node.body:
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            quiet = _is_quiet(part, known, figure=False)
            quiet = quiet and part.name not in _SHAPING
        elif isinstance(part, ast.Assign):
            quiet = _is_constant(part.value) and all(map(_is_plain_name, part.targets))
        else:
            constant = isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
            quiet = constant or isinstance(part, ast.Pass)
        if not quiet:
            return False
    return True


def _is_plain_name(target: ast.expr) -> bool:
    """Tell whether a target is a name without a meaning of its own, such as `__slots__` has."""
    return isinstance(target, ast.Name) and not target.id.startswith("__")


def _is_declaration(decorator: ast.expr) -> bool:
    """Tell whether a decorator is truepage's `@figure(…)` with constants."""
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Name)
        and decorator.func.id == "figure"
        and not decorator.args
        and {word.arg for word in decorator.keywords} <= {"alt", "name", "inputs"}
        and any(word.arg == "alt" for word in decorator.keywords)
        and all(_is_constant(word.value) for word in decorator.keywords)
    )


def _is_constant(node: ast.expr) -> bool:
    """Tell whether an expression can be evaluated without looking anything up, and cannot fail."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return isinstance(node.operand, ast.Constant) and type(node.operand.value) in {int, float}
    if isinstance(node, ast.Tuple | ast.List):
        return all(map(_is_constant, node.elts))
    return isinstance(node, ast.Constant)


def _words(node: ast.AST) -> list[str]:
    """Return the words in a node's names and texts, each as often as it occurs."""
    words = []
    for part in dump(node):
        kind, _, text = part.partition(":")
        if kind in {"str", "bytes"}:
            value = ast.literal_eval(text)
            words += _WORD.findall(value if kind == "str" else value.decode("latin-1"))
    return words


def _values(nodes: Collection[ast.AST]) -> set[str]:
    """Return the names of variables, and `.x` of attributes, that are used as values."""
    bases = set()
    found: dict[int, str] = {}
    for node in _walk(nodes):
        if isinstance(node, ast.Attribute):
            bases.add(id(node.value))
            found[id(node)] = f".{node.attr}"
        elif isinstance(node, ast.Name):
            found[id(node)] = node.id
    return {name for key, name in found.items() if key not in bases}


def _walk(nodes: Collection[ast.AST]) -> Iterator[ast.AST]:
    """Yield nodes and what is in them, without the bodies of functions."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        yield node
        for field, value in ast.iter_fields(node):
            if not (field == "body" and isinstance(node, Function)):
                items = value if isinstance(value, list) else [value]
                stack += [item for item in items if isinstance(item, ast.AST)]


def _digest(words: Collection[str]) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()
