"""Which names a module binds quietly, so that it can bind another without harm.

Most edits of a module's body add or change something that a given drawing never looks at: a new
function, another figure, a constant. A statement is *quiet* when all it does is to bind a name:
the definition of a function without decorators and with constant defaults, that of a figure, that
of a class whose body does the same and whose base is such a class, or the assignment of a
constant. A quiet statement can matter to a drawing only if the drawing's code mentions its name:
by itself, as an attribute, in an import or in a text. That code is what is not quiet, the functions
that ran, and then the quiet statements that these mention, and those that they mention in turn. So
two bodies are equal to a drawing when they are equal in all that is not quiet, and in the quiet
statements whose names occur among the words of the code it executed.

Some names stand for Python's own (`TRUSTED`) as long as no module of the author's binds them, so
they count as words of every drawing. What a name of a class stands for, nothing changes between its
definition and its use as a base: within the file that is read off its tree, and a drawing that sets
a module's names from elsewhere counts as one that may look up any name.

Where names may be looked up that no code spells out (`getattr`, `globals()`, a module that is
passed on as a value), every statement counts; `getattr(x, "y")` does spell its name out. Code that
is made while the program runs, by `eval` or for a dataclass, spells out its names as well: they are
read when it is executed.
"""

import ast
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
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

SPELLED = frozenset({"getattr", "globals", "hasattr"})
"""Those of them that can be used with a name that is spelled out."""

TRUSTED = SPELLED | frozenset(
    {"classmethod", "object", "property", "staticmethod"}
    | {"ArithmeticError", "AttributeError", "Exception", "KeyError", "LookupError"}
    | {"NotImplementedError", "OSError", "RuntimeError", "TypeError", "ValueError"}
)
"""Python's own names that are taken to stand for what they do, unless the author binds them."""

_DECORATORS = frozenset({"classmethod", "property", "staticmethod"})
_BASES = TRUSTED - SPELLED - _DECORATORS

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
        All of them, also those in texts; of a module's body without its quiet statements.
    values
        Those that are used as values, not only to look something up in them; `.x` is an attribute.
    imported
        Those that a function's own imports bind.
    bound
        Name that a module's body binds quietly → the words in the statements that do.
    classes
        Those of them that may be the base of a quiet class.
    """

    words: frozenset[str]
    values: frozenset[str]
    imported: frozenset[str]
    bound: Mapping[str, frozenset[str]] = field(default_factory=dict)
    classes: frozenset[str] = frozenset()


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
        bound: dict[str, set[str]] = {}
        classes = set()
        for statement, name in _statements(node):
            (bound.setdefault(name, set()) if name else words).update(_mentioned(statement))
            if name and isinstance(statement, ast.ClassDef):
                classes.add(name)
        return Mentions(
            frozenset(words),
            frozenset(_values(node.body)),
            frozenset(),
            {name: frozenset(found) for name, found in bound.items()},
            frozenset(classes),
        )
    body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else [*node.body]
    imported = set()
    for part in body:
        words.update(_mentioned(part))
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
    counts = Counter(_bound(tree))
    decorators = _DECORATORS - counts.keys()
    known = set(_PLAIN)  # what an annotation can name without fail
    bases = set(_BASES - counts.keys())  # what a class can have as its base to no effect
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
            if _is_quiet_class(statement, known, bases, decorators):
                name = statement.name
                if counts[name] == 1:
                    known.add(name)
                    if "__init_subclass__" not in _bound(statement):
                        bases.add(name)
        elif isinstance(statement, ast.Import):
            known |= {alias.asname for alias in statement.names if alias.asname}
        elif isinstance(statement, ast.ImportFrom):
            known |= {alias.asname or alias.name for alias in statement.names}
        elif isinstance(statement, ast.Pass) or _is_text(statement):
            continue  # it does nothing at all
        if _imports_all(statement):
            bases = set(
                _BASES - counts.keys()
            )  # one of what was defined before may have been bound anew
        # `__x` in a class may mean `_C__x`.
        yield statement, "" if "__" in name or name == "figure" else name


def _is_text(statement: ast.stmt) -> bool:
    """Tell whether a statement is a constant that stands alone, such as a docstring."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _imports_all(statement: ast.stmt) -> bool:
    """Tell whether a statement, or one in it, imports `*`."""
    return any(
        isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
        for node in _walk([statement])
    )


def _bound(tree: ast.AST) -> Iterator[str]:
    """Yield the names that anything in a tree binds, deletes or declares, as often as it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest


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


def _is_quiet_class(
    node: ast.ClassDef, known: set[str], bases: set[str], decorators: frozenset[str]
) -> bool:
    """Tell whether a class's definition does nothing but bind its name.

    Another base would have a say: it may have a metaclass or `__init_subclass__`.
    """
    if node.keywords or node.decorator_list or getattr(node, "type_params", []):
        return False
    if len(node.bases) > 1 or not all(_is_name(base, bases) for base in node.bases):
        return False
    for part in node.body:
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            plain = copy(part)
            if len(part.decorator_list) == 1 and _is_name(part.decorator_list[0], decorators):
                plain.decorator_list = []
            quiet = _is_quiet(plain, known, figure=False)
            quiet = quiet and part.name not in _SHAPING
        elif isinstance(part, ast.Assign):
            quiet = _is_constant(part.value) and all(map(_is_plain_name, part.targets))
        else:
            quiet = isinstance(part, ast.Pass) or _is_text(part)
        if not quiet:
            return False
    return True


def _is_name(node: ast.expr, among: Collection[str]) -> bool:
    """Tell whether an expression is one of some names."""
    return isinstance(node, ast.Name) and node.id in among


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
    if isinstance(node, ast.Set):
        return all(map(_is_key, node.elts))
    if isinstance(node, ast.Dict):
        return all(map(_is_key, node.keys)) and all(map(_is_constant, node.values))
    return isinstance(node, ast.Constant)


def _is_key(node: ast.expr | None) -> bool:
    """Tell whether an expression is a constant that can be hashed; None is an unpacking."""
    if isinstance(node, ast.Tuple):
        return all(map(_is_key, node.elts))
    return isinstance(node, ast.Constant | ast.UnaryOp) and _is_constant(node)


def _mentioned(node: ast.AST) -> set[str]:
    """Return the words in a node, without `SPELLED` where what is looked up is spelled out."""
    words = Counter(_words(node))
    harmless = Counter(name for inner in _walk([node]) if (name := _spelled(inner)[0]))
    return {word for word, count in words.items() if count > harmless[word]}


def _spelled(node: ast.AST) -> tuple[str, str]:
    """Return which of `SPELLED` a node uses with a constant name, and that name."""
    match node:
        case ast.Call(
            func=ast.Name(id="getattr" | "hasattr" as which),
            args=[subject, ast.Constant(value=str(found)), *_],
            keywords=[],
        ) if not isinstance(subject, ast.Starred):
            return which, f".{found}"
        case (
            ast.Call(
                func=ast.Attribute(
                    value=ast.Call(func=ast.Name(id="globals"), args=[], keywords=[]), attr="get"
                ),
                args=[ast.Constant(value=str(found)), *_],
            )
            | ast.Subscript(
                value=ast.Call(func=ast.Name(id="globals"), args=[], keywords=[]),
                slice=ast.Constant(value=str(found)),
                ctx=ast.Load(),
            )
        ):
            return "globals", found
    return "", ""


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
            if isinstance(node.ctx, ast.Load):  # what an attribute is set of is used as a value
                bases.add(id(node.value))
            found[id(node)] = f".{node.attr}"
        elif isinstance(node, ast.Name):
            found[id(node)] = node.id
    values = {name for key, name in found.items() if key not in bases}
    return values | {spelled for node in _walk(nodes) if (spelled := _spelled(node)[1])}


def _walk(nodes: Collection[ast.AST]) -> Iterator[ast.AST]:
    """Yield nodes and what is in them, without the bodies of functions."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        yield node
        for part, value in ast.iter_fields(node):
            if not (part == "body" and isinstance(node, Function)):
                items = value if isinstance(value, list) else [value]
                stack += [item for item in items if isinstance(item, ast.AST)]


def _digest(words: Collection[str]) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()
