"""Edits of programs, made at random."""

import ast
import random
import re
from collections.abc import Callable
from pathlib import Path

Edit = Callable[[Path, random.Random], str]
"""Changes a project and says what it did; an empty text: nothing."""


def _modules(root: Path) -> list[Path]:
    folders = ("src", "figures", "docs")
    return [path for folder in folders for path in sorted((root / folder).rglob("*.py"))]


def _nodes(path: Path, *kinds: type[ast.AST]) -> list[ast.AST]:
    found = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kinds)]
    return [node for node in found if hasattr(node, "lineno")]


def _replace(path: Path, node: ast.AST, text: str) -> str:
    """Put a text in the place of a node; the rest of the file stays as it is."""
    source = path.read_text()
    old = ast.get_source_segment(source, node) or ""
    lines = source.encode().splitlines(keepends=True)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    start = offsets[node.lineno - 1] + node.col_offset
    end = offsets[node.end_lineno - 1] + node.end_col_offset
    new = source.encode()[:start] + text.encode() + source.encode()[end:]
    path.write_bytes(new)
    return f"{path.name}:{node.lineno}: {old!r} -> {text!r}"


def _pick(root: Path, chance: random.Random, *kinds: type[ast.AST]) -> tuple[Path, ast.AST]:
    """Choose a file and a node of some kind in it."""
    for _ in range(20):
        path = chance.choice(_modules(root))
        if nodes := _nodes(path, *kinds):
            return path, chance.choice(nodes)
    raise LookupError


def change_constant(root: Path, chance: random.Random) -> str:
    """Another number, text or truth value."""
    path, node = _pick(root, chance, ast.Constant)
    value = node.value
    if isinstance(value, bool) or value is None:
        return _replace(path, node, str(not value))
    if isinstance(value, int | float):
        return _replace(path, node, repr(chance.choice([value + 1, -value, 0, 1, 2.5])))
    if isinstance(value, str) and '"""' not in (
        ast.get_source_segment(path.read_text(), node) or '"""'
    ):
        return _replace(path, node, repr(chance.choice([value + "x", value[::-1], ""])))
    return ""


def change_operator(root: Path, chance: random.Random) -> str:
    """Another operator or comparison."""
    path, node = _pick(root, chance, ast.BinOp, ast.Compare)
    if isinstance(node, ast.BinOp):
        node.op = chance.choice([ast.Add(), ast.Sub(), ast.Mult(), ast.Div()])
    else:
        node.ops[0] = chance.choice([ast.Lt(), ast.Gt(), ast.Eq(), ast.NotEq(), ast.LtE()])
    return _replace(path, node, f"({ast.unparse(node)})")


def change_default(root: Path, chance: random.Random) -> str:
    """Another default of a parameter."""
    path, node = _pick(root, chance, ast.arguments, ast.FunctionDef)
    if isinstance(node, ast.FunctionDef) and node.args.defaults:
        return _replace(path, chance.choice(node.args.defaults), str(chance.randint(0, 9)))
    return ""


def drop_statement(root: Path, chance: random.Random) -> str:
    """A statement becomes `pass`."""
    path, node = _pick(root, chance, ast.Assign, ast.AugAssign, ast.Expr, ast.Return, ast.If)
    return _replace(path, node, "pass")


def swap_statements(root: Path, chance: random.Random) -> str:
    """Two statements that follow each other change places."""
    path, node = _pick(root, chance, ast.FunctionDef, ast.ClassDef, ast.For, ast.If)
    if len(node.body) < 2:
        return ""
    first = chance.randrange(len(node.body) - 1)
    one, two = node.body[first : first + 2]
    source = path.read_text()
    texts = [ast.get_source_segment(source, statement) or "" for statement in (one, two)]
    if any("@" in text for text in texts) or any(
        getattr(statement, "decorator_list", None) for statement in (one, two)
    ):
        return ""
    _replace(path, two, texts[0])
    return _replace(path, one, texts[1])


def wrap_statement(root: Path, chance: random.Random) -> str:
    """A return is put under a condition."""
    path, node = _pick(root, chance, ast.Return)
    return _replace(path, node, f"return ({ast.unparse(node.value or ast.Constant(0))}) or 7")


def decorate(root: Path, chance: random.Random) -> str:
    """A decorator is added or taken away."""
    path, node = _pick(root, chance, ast.FunctionDef)
    lines = path.read_text().splitlines(keepends=True)
    indent = " " * node.col_offset
    own = [item for item in node.decorator_list if ast.unparse(item) in {"twice", "register"}]
    if own:
        gone = chance.choice(own)
        lines[gone.lineno - 1] = "\n"
        what = f"-@{ast.unparse(gone)}"
    else:
        what = chance.choice(["twice", "register", "functools.cache"])
        lines.insert(node.lineno - 1, f"{indent}@{what}\n")
    path.write_text("".join(lines))
    return f"{path.name}:{node.lineno}: {what} {node.name}"


def rename(root: Path, chance: random.Random) -> str:
    """A function gets another name, where it is defined or in the whole file."""
    path, node = _pick(root, chance, ast.FunctionDef)
    source = path.read_text()
    everywhere = chance.random() < 0.5
    old, new = (f"{node.name}", f"{node.name}_x") if everywhere else (f"def {node.name}(", "")
    path.write_text(source.replace(old, new or f"def {node.name}_x("))
    return f"{path.name}: {old} renamed"


def add_function(root: Path, chance: random.Random) -> str:
    """A function that nobody calls, or that takes another's place."""
    path = chance.choice(_modules(root))
    names = [node.name for node in _nodes(path, ast.FunctionDef) if node.col_offset == 0]
    name = chance.choice([*names, "quite_new", "len", "extra"])
    text = f"\n\ndef {name}(*arguments):\n    return {chance.randint(0, 9)}\n"
    path.write_text(path.read_text() + text)
    return f"{path.name}: + {name}"


def make_generator(root: Path, chance: random.Random) -> str:
    """A function yields now."""
    path, node = _pick(root, chance, ast.FunctionDef)
    statement = node.body[-1]
    return _replace(path, statement, f"yield {chance.randint(0, 9)}")


def edit_class(root: Path, chance: random.Random) -> str:
    """A class gets an attribute."""
    path, node = _pick(root, chance, ast.ClassDef)
    lines = path.read_text().splitlines(keepends=True)
    text = f"    weight = {chance.randint(0, 9)}\n"
    lines.insert(chance.choice([node.lineno, node.end_lineno]), text)
    path.write_text("".join(lines))
    return f"{path.name}: {node.name}.{text.strip()}"


def edit_data(root: Path, chance: random.Random) -> str:
    """A data file is changed, added or removed."""
    path = root / f"data/{chance.randint(0, 4)}.txt"
    path.parent.mkdir(exist_ok=True)
    if path.exists() and chance.random() < 0.3:
        path.unlink()
        return f"- {path.name}"
    path.write_text(f"{chance.randint(0, 9)}\n")
    return f"{path.name} written"


def edit_module(root: Path, chance: random.Random) -> str:
    """A module appears, shadows another, or goes."""
    name = chance.choice(["extra_0", "extra_1", "extra_2", "lib_0", "lib_2", "glob"])
    folder = "figures" if name == "lib_2" or name == "lib_0" else "src"
    path = root / folder / f"{name}.py"
    if path.exists():
        path.unlink()
        return f"- {folder}/{name}.py"
    path.write_text(f"VALUE = {chance.randint(0, 9)}\n")
    return f"+ {folder}/{name}.py"


def edit_layout(root: Path, chance: random.Random) -> str:
    """Comments and empty lines between statements of a file's top level."""
    path, node = _pick(root, chance, ast.FunctionDef, ast.ClassDef, ast.Assign)
    lines = path.read_text().splitlines(keepends=True)
    text = chance.choice(["\n", "# A comment.\n", "\n\n# TABLE = 1\n"])
    lines.insert(len(lines) if node.col_offset else node.lineno - 1, text)
    path.write_text("".join(lines))
    return f"{path.name}: layout"


def edit_comment(root: Path, chance: random.Random) -> str:
    """A comment at the end of a line that has one statement."""
    path, node = _pick(root, chance, ast.Return, ast.Assign, ast.AugAssign)
    lines = path.read_text().splitlines(keepends=True)
    lines[node.end_lineno - 1] = lines[node.end_lineno - 1].rstrip("\n") + "  # said again\n"
    path.write_text("".join(lines))
    return f"{path.name}:{node.end_lineno}: a comment"


def edit_docstring(root: Path, chance: random.Random) -> str:
    """A docstring is added to a function or a class."""
    path, node = _pick(root, chance, ast.FunctionDef, ast.ClassDef)
    lines = path.read_text().splitlines(keepends=True)
    first = node.body[0]
    if first.lineno == node.lineno:
        return ""
    above = getattr(first, "decorator_list", None)
    place = (above[0].lineno if above else first.lineno) - 1
    lines.insert(place, " " * first.col_offset + f'"""Text {chance.randint(0, 99)}."""\n')
    path.write_text("".join(lines))
    return f"{path.name}: docstring of {node.name}"


def touch(root: Path, chance: random.Random) -> str:
    """A file is written again with the content it has."""
    path = chance.choice(_modules(root))
    path.write_bytes(path.read_bytes())
    return f"{path.name} touched"


def edit_cells(root: Path, chance: random.Random) -> str:
    """A cell of a notebook is added, removed, moved or cut in two; or prose is edited."""
    if not (paths := sorted((root / "docs").glob("*.py"))):
        return ""
    path = chance.choice(paths)
    cells = re.split(r"^(?=# %%)", path.read_text(), flags=re.MULTILINE)[1:]
    at = chance.randrange(len(cells))
    what = chance.choice(["prose", "words", "code", "remove", "swap", "cut"])
    if what == "prose":
        cells.insert(at, f"# %% [markdown]\n# Prose {chance.randint(0, 99)}.\n\n")
    elif what == "words":
        cells = [cell.replace("words", "words again").replace("Words", "Word") for cell in cells]
    elif what == "code":
        cells.insert(at, f"# %%\nprint({chance.randint(0, 99)})\n\n")
    elif what == "remove":
        del cells[at]
    elif what == "swap":
        other = chance.randrange(len(cells))
        cells[at], cells[other] = cells[other], cells[at]
    else:
        cells[at] = cells[at].replace("\n\n\n", "\n\n\n# %%\n", 1)
    path.write_text("".join(cells))
    return f"{path.name}: cell {at + 1}, {what}"


EDITS: list[Edit] = [
    *[edit_cells] * 4,
    *[change_constant] * 5,
    *[change_operator] * 3,
    *[drop_statement] * 2,
    *[edit_data] * 2,
    *[edit_comment] * 2,
    *[edit_layout] * 2,
    change_default,
    swap_statements,
    wrap_statement,
    decorate,
    rename,
    add_function,
    make_generator,
    edit_class,
    edit_module,
    edit_docstring,
    touch,
]
