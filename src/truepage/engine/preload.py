"""Which installed modules a task imports before anything else of the author's happens.

A worker that has imported them already spares each of its tasks seconds. That makes no difference
as long as nothing could have changed what an import does, or looked at what it changes: so only
imports count that come first, in the task's own code and in the author's modules that this imports.
Whether the task did import them all, and found Python as it was, is looked at in the task itself
(`truepage.tracing.preloading`).
"""

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import resolve_name
from pathlib import Path

from truepage.engine.project import Project
from truepage.engine.task import Task

Statement = tuple[str, tuple[str, ...]]
"""A module, and names that are taken from it: some may be modules in turn."""

Preload = tuple[Statement, ...]
"""What a worker imports before its first task, in this order."""

LIGHT = frozenset({"numpy", "matplotlib", "truepage", *sys.stdlib_module_names})
"""Top-level modules that a worker has imported anyway, or that cost little; but see `HEAVY`."""

HEAVY = frozenset({"matplotlib.pyplot"})

DECLARING = frozenset(
    {"TypeVar", "cache", "contextmanager", "dataclass", "field", "figure", "lru_cache", "step"}
)
"""What may be called between imports: it looks at what it is given, and at nothing else."""

PLAIN = (
    *(ast.Constant, ast.Name, ast.Attribute, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Lambda),
    *(ast.UnaryOp, ast.BinOp, ast.Call, ast.keyword, ast.arguments, ast.arg),
    *(ast.USub, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.expr_context),
)
"""Expressions that take no copy of anything that changes: no item, no element, no text of it."""


class Preloads:
    """What to import ahead of the tasks of a batch.

    Parameters
    ----------
    project
        The project whose code it is.
    tasks
        The tasks of the batch; none: they come one by one, and each counts.
    """

    def __init__(self, project: Project, tasks: Sequence[Task] = ()) -> None:
        self._folders = (project.figures_dir, *project.source_dirs)
        self._refused: set[Preload] = set()
        read = _ImportReader(self._folders)
        self._known = {task.name: read.preload(task) for task in tasks}
        self._number = Counter((task.module, self._known[task.name]) for task in tasks)

    def of(self, task: Task) -> Preload:
        """Return what is imported ahead of a task: nothing if no other one would profit."""
        # Tasks that come one by one come from several threads, and their files change meanwhile.
        found = self._known.get(task.name)
        found = _ImportReader(self._folders).preload(task) if found is None else found
        profits = not self._number or self._number[task.module, found] > 1
        return found if profits and found not in self._refused else ()

    def refuse(self, preload: Preload) -> None:
        """Import this ahead of no task any more: to one it made a difference."""
        self._refused.add(preload)


class _ImportReader:
    """Reads which imports come first; each file once.

    Parameters
    ----------
    folders
        The folders that the author's modules are imported from.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._files: dict[Path, tuple[list[Statement], bool]] = {}

    def preload(self, task: Task) -> Preload:
        """Return what a task imports first."""
        found: list[Statement] = []
        for code in task.code:
            statements, goes_on = self._in(code) if isinstance(code, str) else self._in_file(code)
            found += statements
            if not goes_on:
                break
        return tuple(dict.fromkeys(found))

    def _in_file(self, path: Path, package: str = "") -> tuple[list[Statement], bool]:
        """Return the imports that a file begins with, and whether nothing but imports is in it."""
        if path not in self._files:
            self._files[path] = [], True  # for whoever imports it while it is imported
            try:
                self._files[path] = self._in(path.read_bytes(), package)
            except OSError:
                self._files[path] = [], False
        return self._files[path]

    def _in(self, source: str | bytes, package: str = "") -> tuple[list[Statement], bool]:
        found: list[Statement] = []
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            return found, False
        for node in tree.body:
            for module, names in _imports(node, package):
                statements, goes_on = self._imported(module, names)
                found += statements
                if not goes_on:
                    return found, False
            if not (isinstance(node, ast.Import | ast.ImportFrom) or _is_quiet(node)):
                return found, False
        return found, True

    def _imported(self, module: str, names: tuple[str, ...]) -> tuple[list[Statement], bool]:
        """Return what importing a module imports first; the author's own is looked into."""
        top = module.partition(".")[0]
        if not any(_file_of(folder, top) for folder in self._folders):
            if top in LIGHT and module not in HEAVY:
                names = tuple(name for name in names if f"{module}.{name}" in HEAVY)
            light = top in LIGHT and module not in HEAVY and not names
            return ([] if light else [(module, names)]), True
        found: list[Statement] = []
        parts = module.split(".")
        wanted = [".".join(parts[: at + 1]) for at in range(len(parts))]
        wanted += [f"{module}.{name}" for name in names]
        for name in wanted:
            for folder in self._folders:
                if path := _file_of(folder, name):
                    inside = path.name == "__init__.py"
                    package = name if inside else name.rpartition(".")[0]
                    statements, goes_on = self._in_file(path, package)
                    found += statements
                    if not goes_on:
                        return found, False
                    break
        return found, True


def _file_of(folder: Path, module: str) -> Path | None:
    """Return the file of a module, or of a package's own code, in a folder."""
    stem = folder.joinpath(*module.split("."))
    for path in (stem / "__init__.py", stem.with_name(f"{stem.name}.py")):
        if path.is_file():
            return path
    return None


def _imports(node: ast.stmt, package: str) -> Iterator[Statement]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name, ()
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        if node.level and package:
            module = resolve_name(module, package)
        yield module, tuple(alias.name for alias in node.names if alias.name != "*")


def _is_quiet(node: ast.stmt) -> bool:
    """Tell whether a statement binds names and looks at nothing that an import may have changed."""
    match node:
        case ast.Expr(ast.Constant()) | ast.Pass():
            return True
        case ast.Assign():
            names = all(isinstance(target, ast.Name) for target in node.targets)
            return names and _are_plain([node.value])
        case ast.AnnAssign():
            told = _are_plain([node.value]) and not _calls([node.annotation])
            return told and isinstance(node.target, ast.Name)
        case ast.If():
            told = ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
            return told and not node.orelse
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            evaluated = [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]
            every = [node.returns]
            every += [arg.annotation for arg in ast.walk(node.args) if isinstance(arg, ast.arg)]
            return _are_plain(evaluated) and not _calls(every)
        case ast.ClassDef():
            told = _are_plain([*node.decorator_list, *(each.value for each in node.keywords)])
            return told and not _calls(node.bases) and all(map(_is_quiet, node.body))
    return False


def _are_plain(values: Iterable[ast.expr | None]) -> bool:
    """Tell whether expressions only name things, and call nothing but what declares."""
    return all(
        isinstance(node, PLAIN)
        and not (isinstance(node, ast.Dict) and None in node.keys)
        and not (isinstance(node, ast.Call) and not _declares(node.func))
        for value in values
        if value
        for node in ast.walk(value)
    )


def _declares(function: ast.expr) -> bool:
    return ast.unparse(function).rpartition(".")[2] in DECLARING


def _calls(values: Iterable[ast.expr | None]) -> bool:
    return any(isinstance(node, ast.Call) for each in values if each for node in ast.walk(each))
