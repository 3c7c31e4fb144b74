"""Which statements of a module's body are quiet: all that they do is to bind a name.

That is the definition of a function without decorators and with constant defaults, that of a
figure, that of a class whose body does the same and whose base is such a class, and the assignment
of a constant.

Some names stand for Python's own (`TRUSTED`) as long as no module of the author's binds them, so
they count as words of every drawing. What a name of a class stands for, nothing changes between its
definition and its use as a base: within the file that is read off its tree, and a drawing that sets
a module's names from elsewhere counts as one that may look up any name.
"""

import ast
from collections import Counter
from collections.abc import Collection, Iterator
from copy import copy

from truepage.engine.ast_digest import Function

TRUSTED = frozenset(
    {"classmethod", "object", "property", "staticmethod"}
    | {"ArithmeticError", "AttributeError", "Exception", "KeyError", "LookupError"}
    | {"NotImplementedError", "OSError", "RuntimeError", "TypeError", "ValueError"}
)
"""Python's own names that are taken to stand for what they do, unless the author binds them."""

_DECORATORS = frozenset({"classmethod", "property", "staticmethod"})
_DECLARING = {"figure": {"alt", "name", "inputs", "timeout"}, "step": {"inputs", "timeout"}}
"""Truepage's decorators, with the arguments that have no other effect."""
_BASES = TRUSTED - _DECORATORS
_PLAIN = frozenset({"bool", "bytes", "complex", "float", "int", "object", "str"})
_SHAPING = frozenset({"__classcell__", "__module__", "__qualname__", "__slots__"})
"""Names in a class's body that its making looks at, and may fail for."""


def statements(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    """Yield the statements of a module's body, each with the name it binds quietly, or nothing."""
    declared = {
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "truepage"
        for alias in node.names
        if not alias.asname
    }
    counts = Counter(_bound(tree))
    decorators = _DECORATORS - counts.keys()
    gone = set(_deleted(tree))
    known = set(_PLAIN)  # what an annotation can name without fail
    bases = set(_BASES - counts.keys())  # what a class can have as its base to no effect
    for statement in tree.body:
        name = ""
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            if _is_quiet(statement, known - gone, declared):
                name = statement.name
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name) and _is_constant(statement.value):
                name = target.id
        elif isinstance(statement, ast.ClassDef):
            if _is_quiet_class(statement, known - gone, bases, decorators):
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
        yield statement, "" if "__" in name or name in _DECLARING.keys() & declared else name


def _is_text(statement: ast.stmt) -> bool:
    """Tell whether a statement is a constant that stands alone, such as a docstring."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _imports_all(statement: ast.stmt) -> bool:
    """Tell whether a statement, or one in it, imports `*`."""
    return any(
        isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
        for node in walk([statement])
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


def _deleted(tree: ast.AST) -> Iterator[str]:
    """Yield the names that anything in a tree deletes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
            yield node.id
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


def _is_quiet(
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    known: set[str],
    declared: Collection[str] = (),
) -> bool:
    """Tell whether a function's definition does nothing but bind its name.

    Parameters
    ----------
    known
        The names that annotations can have.
    declared
        The names that are truepage's.
    """
    arguments = function.args
    everything = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    everything += [extra for extra in (arguments.vararg, arguments.kwarg) if extra]
    annotations = [function.returns, *(argument.annotation for argument in everything)]
    defaults = [*arguments.defaults, *arguments.kw_defaults]
    return (
        all(_is_declaration(decorator, declared) for decorator in function.decorator_list)
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
            quiet = _is_quiet(plain, known)
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


def _is_declaration(decorator: ast.expr, declared: Collection[str]) -> bool:
    """Tell whether a decorator is truepage's `@figure(…)` or `@step`, with constants."""
    if isinstance(decorator, ast.Name):
        return decorator.id == "step" and "step" in declared
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Name)
        and decorator.func.id in _DECLARING.keys() & declared
        and not decorator.args
        and {word.arg for word in decorator.keywords} <= _DECLARING[decorator.func.id]
        and (decorator.func.id == "step" or any(word.arg == "alt" for word in decorator.keywords))
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


def walk(nodes: Collection[ast.AST]) -> Iterator[ast.AST]:
    """Yield nodes and what is in them, without the bodies of functions."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        yield node
        for part, value in ast.iter_fields(node):
            if not (part == "body" and isinstance(node, Function)):
                items = value if isinstance(value, list) else [value]
                stack += [item for item in items if isinstance(item, ast.AST)]
