"""Source code by symbol: what a page shows of `neural.activations.relu`."""

import ast
import textwrap
import tokenize
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from truepage.errors import PageError
from truepage.project import Project


@dataclass(frozen=True)
class Listing:
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


def find_listing(project: Project, symbol: str) -> Listing:
    """Return the source of a function, class or constant of the project, importing nothing.

    Raises
    ------
    PageError
        The project has no such module, or the module no such name.
    """
    parts = symbol.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        for folder in (*project.source_dirs, project.figures_dir):
            module = folder.joinpath(*parts[:cut])
            for path in (module.with_suffix(".py"), module / "__init__.py"):
                if path.is_file():
                    return _in_module(project, path, symbol, parts[cut:])
    folders = ", ".join(f"{project.relative(folder)}/" for folder in project.source_dirs)
    raise PageError(
        f"no module of the symbol {symbol!r} is found under {folders}; "
        "expected a dotted name such as package.module.function."
    )


@lru_cache(maxsize=32)
def _statements(text: str) -> list[ast.stmt]:
    """Return the statements of a module; a page asks for many symbols of the same one."""
    return ast.parse(text).body


def _in_module(project: Project, path: Path, symbol: str, names: list[str]) -> Listing:
    shown = project.relative(path)
    try:
        with tokenize.open(path) as file:  # as Python reads it: a mark at the start, other codes
            text = file.read()
        body = _statements(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        line, words = getattr(error, "lineno", None) or 1, getattr(error, "msg", error)
        raise PageError(f"{shown}:{line}: not valid Python: {words}.") from None
    node: ast.stmt | None = None
    for name in names:
        node = next((statement for statement in body if name in _defines(statement)), None)
        if node is None:
            known = [name for statement in body for name in _defines(statement)]
            raise PageError(
                f"{shown} has no {name!r} for the symbol {symbol!r}; it has: {', '.join(known)}."
            )
        body = getattr(node, "body", [])
    assert node is not None  # noqa: S101 (a symbol has at least one name after its module)
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    lines = _short_docstrings(text.split("\n"), node)
    code = "\n".join(line for line in lines[first - 1 : node.end_lineno] if line is not None)
    return Listing(symbol, shown, first, textwrap.dedent(code))


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
