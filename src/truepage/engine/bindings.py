"""Which names a module binds quietly, so that it can bind another without harm.

Most edits of a module's body add or change something that a given drawing never looks at: a new
function, another figure, a constant. A statement is *quiet* when all it does is to bind a name
(`truepage.engine.quiet`). It can matter to a drawing only if the drawing's code mentions its
name: by itself, as an attribute, in an import or in a text. That code is what is not quiet, the
functions that ran, and then the quiet statements that these mention, and those that they mention
in turn. So two bodies are equal to a drawing when they are equal in all that is not quiet, and in
the quiet statements whose names occur among the words of the code it executed.

That is worth its lines: of pictures that an edit leaves as they are, 0.3 % are drawn again for a
name that nothing looks up; if the whole body counted, it would be 14 % (`bench/fuzz.py`, 135 edits,
740 such pictures).

Where names may be looked up that no code spells out (`getattr`, `globals()`, a module that is
passed on as a value), every statement counts; `getattr(x, "y")` does spell its name out. Code that
is made while the program runs, by `eval` or for a dataclass, spells out its names as well: they are
read when it is executed.
"""

import ast
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import CodeType

from truepage.engine.ast_digest import Function, dump
from truepage.engine.quiet import statements, walk

DYNAMIC = frozenset(
    {
        "__bases__",
        "__builtins__",
        "__dict__",
        "__globals__",
        "__import__",
        "__init_subclass__",
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
"""Looks up names that need not be spelled out, or gives classes another way to be made."""

SPELLED = frozenset({"getattr", "globals", "hasattr"})
"""Those of them that can be used with a name that is spelled out: Python's own, unless the author
binds the name (see `truepage.engine.quiet.TRUSTED`)."""

EVERY = "*"
"""Stands for all words: code was executed that may look up any name."""

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
    for statement, name in statements(tree):
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
        for statement, name in statements(node):
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
        for inner in walk([part]):
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


def _mentioned(node: ast.AST) -> set[str]:
    """Return the words in a node, without `SPELLED` where what is looked up is spelled out."""
    words = Counter(_words(node))
    harmless = Counter(name for inner in walk([node]) if (name := _spelled(inner)[0]))
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
    for node in walk(nodes):
        if isinstance(node, ast.Attribute):
            if isinstance(node.ctx, ast.Load):  # what an attribute is set of is used as a value
                bases.add(id(node.value))
            found[id(node)] = f".{node.attr}"
        elif isinstance(node, ast.Name):
            found[id(node)] = node.id
    values = {name for key, name in found.items() if key not in bases}
    return values | {spelled for node in walk(nodes) if (spelled := _spelled(node)[1])}


def _digest(words: Collection[str]) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()
