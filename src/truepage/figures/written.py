"""The function that a figure's block on a page is: running its code draws the figure."""

import ast
import inspect
import linecache
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from truepage.declare import FigureDeclaration
from truepage.figures.returned import is_shown
from truepage.tracing.author import RefusedError
from truepage.tracing.reading import read_tree
from truepage.tracing.recorder import Recorder


def written(
    block: Mapping[str, Any], path: Path, recorder: Recorder
) -> tuple[Callable[..., object], FigureDeclaration]:
    """Return the function that draws the figure of a block, and what the block declares.

    Parameters
    ----------
    block
        Its `parts`, each a `line` of the page and the `code` that begins there: those of the blocks
        that it goes on after, then its own. What its first line says: `alt`, `scheme`, and `sweep`,
        such as ``slope=[0, 0.5, 1]``.
    path
        The page.
    recorder
        What records the drawing: the code is in the task's identity, and so is no part.

    Raises
    ------
    RefusedError
        Its code is not valid Python, or its sweep cannot be read.
    """
    trees = [_parsed(part, path) for part in block["parts"]]
    module = sys.modules["__main__"] = ModuleType("__main__")
    module.__file__ = str(path)
    with recorder.quiet():
        source = path.read_bytes() if path.is_file() else b""
        linecache.getlines(str(path))
    body = [statement for tree in trees for statement in tree.body]
    recorder.given(str(path), source, read_tree(ast.Module(body, [])), module)
    sweep, defaults = _sweep(block.get("sweep"), trees, str(path))
    earlier = [compile(tree, str(path), "exec", dont_inherit=True) for tree in trees[:-1]]
    own, last = _parted(trees[-1], str(path))
    kept = dict(vars(module))

    def draw(**values: object) -> object:
        names = vars(module)
        names.clear()
        names.update(kept)
        for part in earlier:
            exec(part, names)  # noqa: S102 (the author's)
        _close_all()
        names.update({**defaults, **values})
        exec(own, names)  # noqa: S102 (the author's)
        value = eval(last, names) if last else None  # noqa: S307 (the author's)
        return value if is_shown(value) else None

    draw.called = "its code"  # type: ignore[attr-defined]
    draw.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(parameter, inspect.Parameter.KEYWORD_ONLY, default=default)
            for parameter, default in defaults.items()
        ]
    )
    return draw, FigureDeclaration(
        alt=block["alt"], sweep=sweep, scheme=block.get("scheme", "auto")
    )


def _close_all() -> None:
    """Close what the blocks before have open in pyplot: each block has its own figure."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot:
        pyplot.close("all")


def _parsed(part: Mapping[str, Any], path: Path) -> ast.Module:
    try:
        tree: ast.Module = ast.parse(part["code"], str(path))
    except SyntaxError as error:
        lines = part["code"].split("\n")
        error.text = lines[min(error.lineno or 1, len(lines)) - 1]
        error.lineno = (error.lineno or 1) + part["line"] - 1
        raise
    ast.increment_lineno(tree, part["line"] - 1)
    return tree


def _parted(tree: ast.Module, path: str) -> tuple[CodeType, CodeType | None]:
    """Return the code of a part without the expression that it ends with, and that of this one."""
    body, last = tree.body, None
    if body and isinstance(body[-1], ast.Expr):
        expression = ast.Expression(body[-1].value)
        last = compile(expression, path, "eval", dont_inherit=True)
        body = body[:-1]
    return compile(ast.Module(body, []), path, "exec", dont_inherit=True), last


def _sweep(
    text: str | None, trees: list[ast.Module], path: str
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Return what is swept, and the parameter's default; take its assignment out of the code."""
    if text is None:
        return None, {}
    example = 'such as sweep="slope=[0, 0.5, 1]" with a line `slope = 0.5` in the block'
    name, equals, values = (each.strip() for each in text.partition("="))
    if not (equals and name.isidentifier()):
        raise RefusedError(f"its sweep is {text!r}; expected a name and its values, {example}")
    own = trees[-1].body
    for at, statement in enumerate(own):
        if isinstance(statement, ast.Assign) and [
            ast.unparse(target) for target in statement.targets
        ] == [name]:
            try:
                default = ast.literal_eval(statement.value)
            except ValueError:
                break
            del own[at]
            names: dict[str, Any] = {}
            for imported in (each for tree in trees for each in tree.body):
                if isinstance(imported, ast.Import | ast.ImportFrom):
                    module = ast.Module([imported], [])
                    exec(compile(module, path, "exec", dont_inherit=True), names)  # noqa: S102
            try:
                found = eval(values, names)  # noqa: S307 (the author's)
            except Exception as error:
                raise RefusedError(
                    f"the values of its sweep, {values!r}, raise {type(error).__name__}: {error}; "
                    "expected an expression with the block's imports, such as [0, 0.5, 1]"
                ) from None
            return {name: found}, {name: default}
    raise RefusedError(
        f"its sweep is over {name!r}, and no line of the block assigns a number to it; expected "
        f"one at the block's left margin: what the page shows first, {example}"
    )
