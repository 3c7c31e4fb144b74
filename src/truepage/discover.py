"""Finding the figures a project declares, by reading its files and importing none of them."""

import ast
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from truepage.errors import DeclarationError
from truepage.index import Index
from truepage.project import Project

NAME = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
"""A figure's name: it becomes a file name, part of a URL and an HTML id."""


@dataclass(frozen=True)
class Figure:
    """One figure, as its declaration stands in the source.

    Parameters
    ----------
    name
        What pages call it.
    module
        The module to import, with ``figures_dir`` on the path.
    function
        The function to call.
    path, line
        Where it is declared; the path is relative to the project's root.
    inputs
        Files it declares that its drawing reads, relative to the project's root; None: none said.
    timeout
        Seconds of processor time that its drawing may take; None: none said.
    """

    name: str
    module: str
    function: str
    path: str
    line: int
    inputs: tuple[str, ...] | None
    timeout: float | None = None

    @property
    def place(self) -> str:
        """``figures/activations.py:12``, as messages show it."""
        return f"{self.path}:{self.line}"


def discover(project: Project, index: Index | None = None) -> dict[str, Figure]:
    """Return the project's figures by name, in order of name.

    Parameters
    ----------
    project
        The project.
    index
        What is known of its files: one that did not change is not read again.

    Raises
    ------
    DeclarationError
        A file cannot be parsed, a figure has no alt text or no usable name, or two figures have
        one name. The message lists all that is wrong in all the files.
    """
    default = {folder / "figures" for folder in (project.root, project.host.parent)}
    if not project.figures_dir.is_dir() and project.figures_dir not in default:
        raise DeclarationError(
            f"{project.relative(project.figures_dir)}/: found no such folder; expected the "
            "modules that declare figures there, as figures_dir under [tool.truepage] in "
            "pyproject.toml says. Create it, or name another one."
        )
    index = index or Index(None)
    figures: dict[str, Figure] = {}
    problems: list[str] = []
    for path in sorted(project.figures_dir.rglob("*.py")):
        if project.rendered_dir in path.parents or not path.is_file():
            continue
        for entry in index.derived(
            str(path),
            f"figures {project.relative(path)}",
            lambda source, path=path: [  # type: ignore[misc] # bound now, not when called
                found if isinstance(found, str) else asdict(found)
                for found in _figures_in(source, path, project)
            ],
        ):
            if isinstance(entry, str):
                problems.append(entry)
                continue
            inputs = entry["inputs"]
            found = Figure(**{**entry, "inputs": None if inputs is None else tuple(inputs)})
            if (other := figures.setdefault(found.name, found)) is not found:
                problems.append(
                    f"{found.place}: a second figure is named {found.name!r}; the first is at "
                    f'{other.place}. Rename one of them, or give it @figure(name="…").'
                )
    if problems:
        raise DeclarationError("\n".join(problems))
    return dict(sorted(figures.items()))


def _figures_in(source: bytes, path: Path, project: Project) -> Iterator[Figure | str]:
    """Yield the figures one file declares, and a message for each wrong declaration."""
    shown = project.relative(path)
    try:
        tree = ast.parse(source, filename=shown)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        words = getattr(error, "msg", None) or str(error) or "nested too deeply"
        yield f"{shown}:{line}: not valid Python: {words}."
        return
    names = _names_of_figure(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for decorator in node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            if ast.unparse(call.func if call else decorator) in names:
                yield _declared(node, call, path, shown, project)


def _names_of_figure(tree: ast.Module) -> set[str]:
    """Return the expressions that mean `truepage.figure` in a module, such as `tp.figure`."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in {"truepage", "truepage.declare"}:
                    names.add(f"{alias.asname or alias.name}.figure")
        elif isinstance(node, ast.ImportFrom) and node.module in {"truepage", "truepage.declare"}:
            names |= {alias.asname or alias.name for alias in node.names if alias.name == "figure"}
    return names


def _declared(
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    call: ast.Call | None,
    path: Path,
    shown: str,
    project: Project,
) -> Figure | str:
    """Return the figure that a decorated function declares, or what is wrong with it."""
    place = f"{shown}:{node.lineno}"
    keywords = {word.arg: word.value for word in call.keywords} if call else {}
    alt = keywords.get("alt")
    if alt is None or (isinstance(alt, ast.Constant) and not str(alt.value or "").strip()):
        return (
            f"{place}: the figure {node.name}() has no alt text; expected one or two sentences "
            'that say what the picture shows: @figure(alt="…").'
        )
    given = keywords.get("name")
    if given is None or (isinstance(given, ast.Constant) and given.value is None):
        name: object = node.name.replace("_", "-")
    elif isinstance(given, ast.Constant):
        name = given.value
    else:
        return (
            f"{place}: the name of the figure {node.name}() is computed "
            f"({ast.unparse(given)}); expected a string literal, so that it can be found "
            "without running the file."
        )
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return (
            f"{place}: a figure cannot be named {name!r}; expected letters, digits "
            'and single hyphens: give it @figure(name="…").'
        )
    try:
        inputs = ast.literal_eval(keywords["inputs"]) if "inputs" in keywords else None
    except (ValueError, TypeError):
        inputs = ast.unparse(keywords["inputs"])
    named = isinstance(inputs, list | tuple) and all(isinstance(file, str) for file in inputs)
    if not named and inputs is not None:
        return (
            f"{place}: the inputs of the figure {node.name}() are "
            f"{ast.unparse(keywords['inputs'])}; expected a list of file names as they are, "
            'such as inputs=["data/x.csv"].'
        )
    timeout = keywords.get("timeout", ast.Constant(None))
    limit = timeout.value if isinstance(timeout, ast.Constant) else ""
    if limit is not None and not (isinstance(limit, int | float) and limit > 0):
        return (
            f"{place}: the timeout of the figure {node.name}() is {ast.unparse(timeout)}; expected "
            "seconds as a number, such as timeout=600."
        )
    module = path.relative_to(project.figures_dir).with_suffix("")
    parts = module.parts[:-1] if module.name == "__init__" else module.parts
    files = None if inputs is None else tuple(inputs)
    return Figure(name, ".".join(parts), node.name, shown, node.lineno, files, limit)
