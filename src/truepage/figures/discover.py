"""Finding the figures a project declares, by reading its files and importing none of them.

They are functions of modules, in the figures' folder and in the author's packages, and blocks of
code on pages.
"""

import ast
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from truepage.engine.errors import DeclarationError
from truepage.engine.project import FIGURES, Project
from truepage.engine.stat_cache import StatCache
from truepage.figures.blocks import NAME, read_blocks


@dataclass(frozen=True)
class Figure:
    """One figure, as its declaration stands in the source.

    Parameters
    ----------
    name
        What pages call it.
    path, line
        Where it is declared; the path is relative to the project's root.
    inputs
        Files it declares that its drawing reads, relative to the project's root; None: none said.
    module
        The module to import, with the project's folders on the path; "" if a block draws it.
    function
        The function to call.
    timeout
        Seconds of processor time that its drawing may take; None: none said.
    block
        The block of a page that draws it (`truepage.figures.blocks`), if one does.
    """

    name: str
    path: str
    line: int
    inputs: tuple[str, ...] | None
    module: str = ""
    function: str = ""
    timeout: float | None = None
    block: Mapping[str, Any] | None = None

    @property
    def place(self) -> str:
        """``figures/activations.py:12``, as messages show it."""
        return f"{self.path}:{self.line}"


def discover(project: Project, index: StatCache | None = None) -> dict[str, Figure]:
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
    default = {folder / FIGURES for folder in (project.root, project.host.parent)}
    if not project.figures_dir.is_dir() and project.figures_dir not in default:
        raise DeclarationError(
            f"{project.relative(project.figures_dir)}/: found no such folder; expected the modules "
            "that declare figures there, as figures_dir under [tool.truepage] in pyproject.toml "
            "says. Create it, or name another one."
        )
    index = index or StatCache(None)
    figures: dict[str, Figure] = {}
    problems: list[str] = []
    for path, entry in _declarations(project, index):
        if isinstance(entry, str):
            problems.append(entry)
            continue
        inputs = None if entry["inputs"] is None else tuple(entry["inputs"])
        found = Figure(**{**entry, "path": path, "inputs": inputs})
        if (other := figures.setdefault(found.name, found)) is not found:
            remedy = "." if found.block else ', or give it @figure(name="…").'
            problems.append(
                f"{found.place}: a second figure is named {found.name!r}; the first is at "
                f"{other.place}. Rename one of them{remedy}"
            )
    if problems:
        raise DeclarationError("\n".join(problems))
    return dict(sorted(figures.items()))


def _declarations(
    project: Project, index: StatCache
) -> Iterator[tuple[str, Mapping[str, Any] | str]]:
    """Yield each declaration with its file: what a `Figure` takes, or what is wrong with it."""
    for path, module in _modules(project):
        shown = project.relative(path)
        others = project.figures_dir not in path.parents

        def functions(
            source: bytes, shown: str = shown, module: str = module, others: bool = others
        ) -> list[Any]:
            if others and b"truepage" not in source:
                return []
            return [
                found if isinstance(found, str) else asdict(found)
                for found in _figures_in(source, shown, module)
            ]

        for entry in index.derived(str(path), f"figures {shown} {module}", functions):
            yield shown, entry
    for path in sorted(project.docs_dir.rglob("*.md")):
        if path.is_file():
            shown = project.relative(path)

            def blocks(source: bytes, shown: str = shown) -> list[Any]:
                text = source.decode("utf-8", "replace").removeprefix("\ufeff")
                return list(read_blocks(shown, text.replace("\r\n", "\n")))

            for entry in index.derived(str(path), f"blocks {shown}", blocks):
                yield shown, entry


def _modules(project: Project) -> Iterator[tuple[Path, str]]:
    """Yield the author's modules: the file, and the dotted name."""
    seen: set[str] = set()
    for top in (project.figures_dir, *project.source_dirs):
        for folder, folders, files in os.walk(top):
            folders[:] = sorted(
                name
                for name in folders
                if not name.startswith(".")
                and name not in {"node_modules", "__pycache__"}
                and not Path(folder, name, "pyvenv.cfg").exists()
                and Path(folder, name) != project.rendered_dir
            )
            for name in sorted(files):
                path = Path(folder, name)
                if path.suffix == ".py" and str(path) not in seen and path.is_file():
                    seen.add(str(path))
                    parts = path.relative_to(top).with_suffix("").parts
                    yield path, ".".join(parts[:-1] if name == "__init__.py" else parts)


def _figures_in(source: bytes, shown: str, module: str) -> Iterator[Figure | str]:
    """Yield the figures one file declares, and a message for each wrong declaration."""
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
                yield _declared(node, call, shown, module)


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
    shown: str,
    module: str,
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
    files = None if inputs is None else tuple(inputs)
    return Figure(name, shown, node.lineno, files, module, node.name, limit)


def unknown_figure(name: str, figures: Collection[str]) -> str:
    """Return the message for a name that no figure has."""
    close = get_close_matches(name, figures, n=1)
    if close:
        hint = f"did you mean {close[0]!r}?"
    elif figures:
        hint = f"there are: {', '.join(figures)}."
    else:
        hint = (
            "there are none yet; expected a function with @figure in figures/, or a page's block "
            f'```python figure="{name}" alt="…" caption="…".'
        )
    return f"no figure is named {name!r}; {hint}"
