"""Source code by symbol: what a page shows of `neural.activations.relu`."""

import ast
import contextlib
import difflib
import textwrap
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from truepage.engine.errors import PageError
from truepage.engine.project import Project

FOLLOWED = 20
"""Imports that are followed at most from a name to its definition."""


@dataclass(frozen=True)
class CodeListing:
    """The source of one symbol.

    Parameters
    ----------
    symbol
        Its dotted name.
    path, line
        Where it stands; the path is relative to the project's root.
    code
        Its source, each docstring cut to its first paragraph: the page has the prose around it.
    """

    symbol: str
    path: str
    line: int
    code: str


@dataclass(frozen=True)
class CodeDefinition:
    """Where a symbol is defined.

    Parameters
    ----------
    path, line
        The file, from the project's root, and the line.
    name
        Its qualified name there; "" for the module itself.
    node
        What defines it.
    text
        The file's text.
    """

    path: str
    line: int
    name: str
    node: ast.AST
    text: str

    @property
    def is_function(self) -> bool:
        """Whether it is a function."""
        return isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef)

    @property
    def runs(self) -> bool:
        """Whether there is a function in it, or it is one."""
        return any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(self.node)
        )


def find_listing(project: Project, symbol: str) -> CodeListing:
    """Return the source of a function, class or constant of the project, importing nothing.

    Raises
    ------
    PageError
        The project has no such module, or the module no such name.
    """
    found = find_definition(project, symbol)
    if isinstance(found.node, ast.Module):
        raise PageError(_unknown(project, symbol))
    lines = _short_docstrings(found.text.split("\n"), found.node)
    last = getattr(found.node, "end_lineno", found.line)
    code = "\n".join(line for line in lines[found.line - 1 : last] if line is not None)
    return CodeListing(symbol, found.path, found.line, textwrap.dedent(code))


def find_definition(project: Project, symbol: str) -> CodeDefinition:
    """Return where a symbol of the project is defined; a name may be imported from there.

    Raises
    ------
    PageError
        The project has no such module, or the module no such name.
    """
    asked = symbol
    for _ in range(FOLLOWED):
        try:
            found = _look(project, symbol)
        except PageError:
            if symbol == asked:
                raise
            raise PageError(
                f"the symbol {asked!r} is imported as {symbol!r}, which the project does not "
                "define; expected a function, class or constant of its own."
            ) from None
        if isinstance(found, CodeDefinition):
            return found
        symbol = found
    raise PageError(f"the symbol {asked!r} is imported in a circle.")


def _look(project: Project, symbol: str) -> CodeDefinition | str:
    """Return the definition of a symbol, or the symbol that its module imports for it."""
    parts = symbol.split(".")
    for cut in range(len(parts), 0, -1):
        for folder in (*project.source_dirs, project.figures_dir):
            module = folder.joinpath(*parts[:cut])
            for path in (module.with_suffix(".py"), module / "__init__.py"):
                if path.is_file():
                    return _in_module(project, path, symbol, parts[:cut], parts[cut:])
    raise PageError(_unknown(project, symbol))


def _unknown(project: Project, symbol: str) -> str:
    folders = ", ".join(f"{project.relative(folder)}/" for folder in project.source_dirs)
    return (
        f"no module of the symbol {symbol!r} is found under {folders}; "
        "expected a dotted name such as package.module.function."
    )


@lru_cache(maxsize=32)
def _parsed(text: str) -> ast.Module:
    """Return a module's syntax tree; a page asks for many symbols of the same one."""
    return ast.parse(text)


def _in_module(
    project: Project, path: Path, symbol: str, module: list[str], names: list[str]
) -> CodeDefinition | str:
    shown = project.relative(path)
    try:
        with tokenize.open(path) as file:  # as Python reads it: a mark at the start, other codes
            text = file.read()
        tree = _parsed(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        line, words = getattr(error, "lineno", None) or 1, getattr(error, "msg", error)
        raise PageError(f"{shown}:{line}: not valid Python: {words}.") from None
    node: ast.AST = tree
    package = module if path.name == "__init__.py" else module[:-1]
    for at, name in enumerate(names):
        body = list(_statements(getattr(node, "body", [])))
        inner = next((statement for statement in body if name in _defines(statement)), None)
        if inner is None:
            rest = names[at + 1 :]
            known = [name for statement in body for name in _defines(statement)]
            if at == 0:
                imported = dict(each for statement in body for each in _imports(statement, package))
                if name in imported:
                    return ".".join([imported[name], *rest])
                for source in (source for to, source in imported.items() if to.startswith("*")):
                    with contextlib.suppress(PageError):
                        return find_definition(project, ".".join([source, name, *rest]))
            elif isinstance(node, ast.ClassDef):  # inherited, perhaps
                for base in node.bases:
                    if ast.unparse(base) == node.name:
                        continue  # one that was imported, which this one hides
                    with contextlib.suppress(PageError):
                        return find_definition(
                            project, ".".join([*module, ast.unparse(base), name, *rest])
                        )
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {'.'.join([*module, *names[:at], close[0]])}? " if close else ""
            raise PageError(
                f"{shown} has no {name!r} for the symbol {symbol!r}; {hint}it has: "
                f"{', '.join(known)}."
            )
        node = inner
    decorators = getattr(node, "decorator_list", [])
    own = getattr(node, "lineno", 1)
    first = min([own, *(decorator.lineno for decorator in decorators)])
    return CodeDefinition(shown, first, ".".join(names), node, text)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a body, and those in its branches."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With):
            yield from _statements(statement.body)
            yield from _statements(getattr(statement, "orelse", []))
            for handler in getattr(statement, "handlers", []):
                yield from _statements(handler.body)


def _imports(statement: ast.stmt, package: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the names that a statement imports from modules, each with the symbol that it is."""
    if isinstance(statement, ast.ImportFrom):
        above = package[: len(package) - statement.level + 1] if statement.level else []
        source = [*above, *([statement.module] if statement.module else [])]
        for alias in statement.names:
            whole = ".".join(source)
            if alias.name == "*":
                yield f"*{whole}", whole
            else:
                yield alias.asname or alias.name, f"{whole}.{alias.name}"


def _defines(statement: ast.stmt) -> list[str]:
    """Return the names that a statement of a module or class defines."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _short_docstrings(lines: list[str], node: ast.AST) -> list[str | None]:
    """Return the lines of a file, those after a docstring's first paragraph replaced by None."""
    kept: list[str | None] = list(lines)
    if not any('"""' in line or "'''" in line for line in lines):
        return kept
    for inner in ast.walk(node):
        if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        first = inner.body[0]
        if ast.get_docstring(inner) is None or first.end_lineno is None:
            continue
        blank = next(
            (at for at in range(first.lineno, first.end_lineno) if not lines[at - 1].strip()), None
        )
        if blank is not None:
            quotes = '"""' if '"""' in lines[first.lineno - 1] else "'''"
            kept[blank - 2] = lines[blank - 2] + quotes
            kept[blank - 1 : first.end_lineno] = [None] * (first.end_lineno - blank + 1)
    return kept
