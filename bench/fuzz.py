"""Random edits of random programs: is a picture ever stale, and how many are drawn needlessly?

After each edit the engine says which pictures are fresh; then every figure is drawn again, and the
bytes are compared. Programs are generated (modules, classes, closures, imports, data files), and
with `--own` a copy of this repository's `src/neural` and `figures` is edited as well. With
`--notebooks` there are notebooks in the programs, and a result is what all their cells show.

    python bench/fuzz.py [--edits 5000] [--own 0] [--notebooks 500] [--seed 0] [--kills 200]
"""

import argparse
import ast
import contextlib
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import truepage.index
import truepage.pool
from truepage.errors import TruepageError
from truepage.job import Product, Run
from truepage.pool import Pool
from truepage.project import read_project
from truepage.recording.bindings import bindings
from truepage.recording.outline import dump, outline
from truepage.trace import Trace
from truepage.workshop import Workshop

truepage.pool.TIMEOUT = 10.0  # an edit may make a loop that never ends
truepage.index.RACY = 20_000_000  # edits follow each other fast; so that the index is used at all

LONG = 40
"""Edits of one generated program; then comes another."""

HERE = Path(__file__).parent.parent


# Programs.

SHOW = '''\
from matplotlib.figure import Figure


def tell(value):
    """Say what a value is, without addresses."""
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(tell, value)) + "]"
    if isinstance(value, (int, float, str, bool, type(None))):
        return repr(value)
    return type(value).__name__


def show(compute):
    picture = Figure(figsize=(1, 1))
    try:
        found = tell(compute())
    except Exception as error:
        found = type(error).__name__ + str(error)
    picture.text(0, 0, ascii(found), parse_math=False)
    return picture
'''

HEAD = """\
import functools
import glob
import os
from pathlib import Path

{imports}

FACTOR = {a}
TABLE = {{}}


def register(function):
    TABLE[function.__name__] = function
    return function


def twice(function):
    @functools.wraps(function)
    def wrapped(*arguments):
        return function(*arguments) * 2

    return wrapped
"""

# Each template defines `{name}`, a function of one number; `{other}` is one that exists already.
TEMPLATES = [
    """
def {name}(x, scale={a}):
    # a comment
    if x > {b}:
        return {other}(x - 1) * scale
    return x + {a}
""",
    """
@register
def {name}(x):
    total = {a}
    for step in range({b}):
        if step % 2:
            continue
        total += step * x
    return total
""",
    """
def {name}(x):
    count = {a}

    def inner(y):
        nonlocal count
        count += {b}
        return count * y

    inner(x)
    return inner({other}(x))
""",
    """
class Base_{name}:
    weight = {a}

    def value(self, x):
        return self.weight + x

    def unused(self):
        return {b}


class Child_{name}(Base_{name}):
    @property
    def half(self):
        return self.weight / 2

    def value(self, x):
        return super().value(x) * {b} + self.half


def {name}(x):
    return Child_{name}().value(x)
""",
    """
@twice
def {name}(x):
    return sum(item * {a} for item in [x, {b}] if item > {c})
""",
    """
{name} = functools.partial(lambda k, x: k * x + {a}, {b})
""",
    """
def steps_{name}(x):
    yield x
    yield {a}
    yield {other}(x)


def {name}(x):
    return [value for value in steps_{name}(x)][{c}]
""",
    """
def {name}(x):
    return float(Path("data/{file}.txt").read_text()) + x * FACTOR
""",
    """
def {name}(x):
    return len(glob.glob("data/*.txt")) * {a} + x
""",
    """
def {name}(x):
    match x % 3:
        case 0:
            return {a}
        case 1:
            return TABLE.get("{other}", abs)(x)
        case _:
            return -x
""",
    """
def {name}(x):
    function = globals().get("{other}", abs)
    try:
        return function(x) / (x - {a})
    except ZeroDivisionError:
        return {b}
""",
    """
try:
    import extra_{file}
except ImportError:
    extra_{file} = None


def {name}(x):
    return x + (extra_{file}.VALUE if extra_{file} else {a})
""",
    """
STATE_{name} = [{a}]


def push_{name}(x):
    global FACTOR
    STATE_{name}.append(x)
    FACTOR = {b}


def {name}(x):
    push_{name}({other}(x))
    return STATE_{name}[-1] + FACTOR
""",
    """
def {name}(x):
    if os.path.exists("data/{file}.txt"):
        return {a} * x
    return eval("{other}(x)")
""",
]


NOTEBOOK = """\
# %% [markdown]
# # Results
#
# Words.

# %%
import os

os.chdir("..")
{imports}
from show import tell


def told(compute):
    try:
        return tell(compute())
    except Exception as error:
        return type(error).__name__ + ascii(str(error))


# %%
print(told(lambda: {first}({a})))

# %%
base = {b}


def local(x):
    return base + {second}(x)


# %%
level = told(lambda: local({c}))
level

# %% [markdown]
# More words.

# %%
[told(lambda: {third}({a})), level, len(TABLE), FACTOR]

# %%
# fig: picture-{name} — A caption.
# alt: A line.
import matplotlib.pyplot as plt

_, axes = plt.subplots(figsize=(2, 1))
_ = axes.plot([0, base], label=told(lambda: {first}(base))[:20])
_ = axes.legend()
"""


def generate(root: Path, chance: random.Random, *, notebooks: bool = False) -> None:
    """Write a random project."""

    def write(name: str, text: str) -> None:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def numbers() -> dict[str, int]:
        return {name: chance.randint(0, 5) for name in "abc"}

    write("pyproject.toml", "")
    write("src/show.py", SHOW)
    write("src/parts/__init__.py", "LEVEL = 1\n")
    for number in range(3):
        write(f"data/{number}.txt", f"{chance.randint(0, 9)}\n")
    modules = ["lib_0", "lib_1", "parts.inner", "lib_2"]
    known = ["abs"]
    for place, module in enumerate(modules):
        imports = [f"from {other} import *" for other in modules[:place]]
        if place > 1 and chance.random() < 0.5:
            imports[-1] = f"import {modules[place - 1]}"
        text = HEAD.format(imports="\n".join(imports), **numbers())
        for count in range(chance.randint(4, 7)):
            name = f"f_{place}_{count}"
            template = chance.choice(TEMPLATES)
            details = {"other": chance.choice(known), "file": chance.randint(0, 3)}
            text += "\n" + template.format(name=name, **details, **numbers())
            known.append(name)
        write(f"src/{module.replace('.', '/')}.py", text)
    for page in ("one", "two"):
        imports = "\n".join(f"from {module} import *" for module in modules)
        text = f"from show import show\nfrom truepage import figure\n{imports}\n"
        for count in range(3):
            text += (
                f'\n\n@figure(alt="A.")\ndef {page}_{count}():\n'
                f"    return show(lambda: [{chance.choice(known)}({count}), "
                f"{chance.choice(known)}({chance.randint(0, 5)})])\n"
            )
        write(f"figures/{page}.py", text)
    if notebooks:
        write("mkdocs.yml", "plugins: [mkdocs-jupyter]\n")
        imports = "\n".join(f"from {module} import *" for module in modules)
        for name in ("three", "four"):
            names = {place: chance.choice(known) for place in ("first", "second", "third")}
            text = NOTEBOOK.format(name=name, imports=imports, **names, **numbers())
            write(f"docs/{name}.py", text)
        (root / "figures/two.py").unlink()


# Edits.

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


# What comes of them.


RAN = "another function ran, or something else was read or looked for"
"""The grain of functions and files implies it: their effect is not known before they run."""

IMPORTED = "another statement runs at import"
"""One that does more than bind a name, so that it may have any effect; finer recording of imports
could know better."""

NEEDLESS = "needless"
"""Only names are bound to something else: finer recording could know that nothing looks them up."""


@dataclass(frozen=True)
class Blame:
    """Why the engine would draw a figure again.

    Parameters
    ----------
    kind
        `RAN`, `IMPORTED` or `NEEDLESS`: the first that applies.
    words
        What changed; of modules, which kind of statement, and whether some of its names count for
        the figure, or all.
    """

    kind: str
    words: str


@dataclass
class Tally:
    """What was counted.

    Parameters
    ----------
    edits
        How many edits were made; taking one back is none.
    verdicts
        How many times the engine judged a figure.
    changed
        How often the picture was another, or could not be drawn any more.
    unchanged
        How often the picture stayed.
    idle
        Kind of the reason (see `Blame`) → how often it stayed and the engine would have drawn it.
    stale
        Each time the engine called a picture fresh that was not: what happened.
    causes
        What was edited, and why the engine would have drawn → how often needlessly.
    """

    edits: int = 0
    changed: int = 0
    unchanged: int = 0
    idle: Counter[str] = field(default_factory=Counter)
    stale: list[str] = field(default_factory=list)
    causes: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        share = 100 / max(1, self.unchanged)
        kinds = ", ".join(
            f"{self.idle[kind]} {kind} ({share * self.idle[kind]:.1f} %)"
            for kind in (RAN, IMPORTED, NEEDLESS)
        )
        return (
            f"{self.edits} edits, {self.changed + self.unchanged} verdicts "
            f"({self.changed} pictures changed), {len(self.stale)} stale, "
            f"{self.idle.total()} drawn to no effect ({share * self.idle.total():.1f} % of the "
            f"unchanged): {kinds}"
        )


class Fuzzer:
    """A project that is edited, and a warm worker that draws its figures.

    Parameters
    ----------
    root
        The project's folder.
    chance
        Where random choices come from.
    tally
        What is counted into.
    shared
        A Pool whose workers are used.
    """

    def __init__(
        self, root: Path, chance: random.Random, tally: Tally, shared: Pool | None
    ) -> None:
        self.root, self.chance, self.tally = root, chance, tally
        self.project = read_project(root)
        folder = self.project.cache_dir / "drawing"
        folder.mkdir(parents=True, exist_ok=True)
        self.pool = Pool(self.project, folder, fresh=False)
        if shared:
            self.pool._all, self.pool._free = shared._all, shared._free
        self.pictures: dict[str, bytes | None] = {}
        self.blames: dict[str, Blame] = {}
        self.before: dict[Path, bytes] = {}

    def draw(self) -> dict[str, bytes | None]:
        """Draw all figures and keep what was drawn; None is a figure that fails."""
        workshop = Workshop(self.project)
        pictures: dict[str, bytes | None] = {}
        for name, job in workshop.jobs().items():
            outcome = self.pool.run(job)
            pictures[name] = None
            if isinstance(outcome, Run):
                workshop.keep(job, outcome)
                pictures[name] = _content(outcome.product)
        workshop.index.save()
        return pictures

    def judge(self) -> dict[str, bytes | None]:
        """Return the pictures that the engine calls fresh; None: it would draw the figure."""
        workshop = Workshop(self.project)
        fresh = {}
        for name, job in workshop.jobs().items():
            standing = workshop.standing(job)
            fresh[name] = _content(standing.product) if standing.product else None
            if standing.trace and not standing.product:
                changed = list(standing.trace.changed(workshop.world))
                self.blames[name] = self._blame(standing.trace, changed)
        workshop.index.save()
        return fresh

    def step(self) -> None:
        """Make one edit and compare; an edit that breaks a figure is taken back afterwards."""
        backup = self.before = self._backup()
        edit = self.chance.choice(EDITS)
        what = ""
        with contextlib.suppress(LookupError, SyntaxError):
            what = edit(self.root, self.chance)
        if not what:
            return
        self.tally.edits += 1
        try:
            fresh = self.judge()
            pictures = self.draw()
        except TruepageError:  # no figure can be told: nothing counts as fresh
            self._restore(backup)
            return
        for name, content in pictures.items():
            self._compare(name, content, fresh.get(name), f"{edit.__name__}: {what}")
        broken = None in pictures.values() and None not in self.pictures.values()
        if broken or self.chance.random() < 0.3:
            self._restore(backup)
            for name, content in self.judge().items():
                if content is not None and content != self.pictures.get(name):
                    self.tally.stale.append(f"{self.root.name}: {name} after taking back {what}")
        else:
            self.pictures = pictures

    def _compare(self, name: str, truth: bytes | None, fresh: bytes | None, what: str) -> None:
        before = self.pictures.get(name)
        if truth is not None and truth == before:
            self.tally.unchanged += 1
            if fresh is None:
                blame = self.blames[name]
                self.tally.idle[blame.kind] += 1
                edit = what.partition(":")[0]
                self.tally.causes[f"{blame.kind}, after {edit}: {blame.words}"] += 1
        else:
            self.tally.changed += 1
        if fresh is not None and fresh != truth:
            self.tally.stale.append(f"{self.root.name}: {name} after {what}")

    def _blame(self, trace: Trace, changed: list[str]) -> Blame:
        """Return why the engine would draw a figure again, whose trace has changed so."""
        words, kinds = set(), {NEEDLESS}
        for label in changed:
            kind, _, name = label.partition(" ")
            path = name.rpartition(":")[0]
            if kind == "module":
                statements, binds = self._statements(name)
                kinds |= set() if binds else {IMPORTED}
                words.add(f"{statements}, {'some' if 'words' in trace.parts else 'all'}")
            elif kind == "function" and self._is_counted_anew(trace.parts[label], name, path):
                words.add("a function that ran is counted anew")
            else:
                kinds.add(RAN)
                words.add(kind)
        kind = next(kind for kind in (RAN, IMPORTED, NEEDLESS) if kind in kinds)
        return Blame(kind, " and ".join(sorted(words)) or "nothing that is recorded")

    def _is_counted_anew(self, digest: str, name: str, path: str) -> bool:
        """Tell whether one of several functions of one name has only another number now."""
        with contextlib.suppress(OSError, SyntaxError):
            pieces = outline(ast.parse((self.root / path).read_bytes())).pieces
            return any(
                now == digest and f"{path}:{piece}".partition("#")[0] == name.partition("#")[0]
                for piece, now in pieces.items()
            )
        return False

    def _statements(self, name: str) -> tuple[str, bool]:
        """Say which of a module's statements an edit changed, and whether all only bind names."""
        path = self.root / name
        if not path.is_file() or path not in self.before:
            return "a module that comes or goes", False
        old, new = (ast.parse(text) for text in (self.before[path], path.read_bytes()))
        dumped = [[repr(dump(statement)) for statement in tree.body] for tree in (old, new)]
        changed = {
            type(statement).__name__
            + " with decorators" * bool(getattr(statement, "decorator_list", []))
            for tree, there in ((old, dumped[1]), (new, dumped[0]))
            for statement in tree.body
            if repr(dump(statement)) not in there
        }
        words = "+".join(sorted(changed)) or "order or number of statements"
        return words, bindings(old).rest == bindings(new).rest

    def _backup(self) -> dict[Path, bytes]:
        return {
            path: path.read_bytes()
            for folder in ("src", "figures", "docs", "data")
            for path in (self.root / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    def _restore(self, backup: dict[Path, bytes]) -> None:
        now = self._backup()
        for path in now.keys() - backup.keys():
            path.unlink()
        for path, content in backup.items():
            if now.get(path) != content:
                path.write_bytes(content)


def _content(product: Product) -> bytes:
    """Return all that is seen of a result: a picture, or what a notebook's cells show."""
    if "svg" in product.files:
        return product.files["svg"]
    facts = json.dumps(product.facts, sort_keys=True).encode()
    return b"".join([facts, *(product.files[name] for name in sorted(product.files))])


def fuzz(
    folder: Path, edits: int, own: int, seed: int, *, notebooks: bool = False
) -> Iterator[Tally]:
    """Edit programs in a folder and yield the tally after each program.

    Parameters
    ----------
    folder
        Where the programs are written.
    edits
        How many edits of generated programs.
    own
        How many edits of a copy of our own `src/neural` and `figures`.
    seed
        The same seed makes the same programs and edits.
    notebooks
        Whether the programs have notebooks.
    """
    chance = random.Random(seed)
    tally = Tally()
    with contextlib.ExitStack() as stack:
        shared: Pool | None = None

        def run(root: Path, upto: int) -> None:
            nonlocal shared
            fuzzer = Fuzzer(root, chance, tally, shared)
            if shared is None:
                shared = stack.enter_context(fuzzer.pool)
            fuzzer.pictures = fuzzer.draw()
            tries = 0
            while tally.edits < upto and tries < 10 * LONG:
                tries += 1
                fuzzer.step()

        if own:
            root = folder / "own"
            ignore = shutil.ignore_patterns("rendered", "__pycache__", "truepage")
            for name in ("src", "figures"):
                shutil.copytree(HERE / name, root / name, ignore=ignore)
            (root / "pyproject.toml").write_text("")
            while tally.edits < own:
                run(root, min(own, tally.edits + LONG))
                yield tally
        program = 0
        while tally.edits < own + edits:
            program += 1
            root = folder / f"program-{seed}-{program}"
            generate(root, chance, notebooks=notebooks)
            run(root, min(own + edits, tally.edits + LONG))
            if not tally.stale:
                shutil.rmtree(root)
            yield tally


def kill_builds(folder: Path, count: int, seed: int) -> Iterator[str]:
    """Kill builds at random moments, some of them two at once, and yield what is wrong after it."""
    chance = random.Random(seed)
    root = folder / "killed"
    generate(root, chance)
    source = root / "src/lib_0.py"
    texts = [source.read_text().replace("FACTOR = ", f"FACTOR = {number}") for number in (1, 2)]
    command = [sys.executable, "-m", "truepage", "--root", str(root), "render", "--quiet"]
    truth = []
    for text in texts:
        source.write_text(text)
        subprocess.run([*command, "--force"], check=True)
        truth.append(_rendered(root))
    shutil.rmtree(root / ".truepage")
    for number in range(count):
        version = chance.randrange(2)
        source.write_text(texts[version])
        if chance.random() < 0.2:
            shutil.rmtree(root / ".truepage", ignore_errors=True)
        quiet = subprocess.DEVNULL  # workers may complain that their builder is gone
        builds = [
            subprocess.Popen(command, stderr=quiet) for _ in range(chance.choice([1, 1, 1, 2]))
        ]
        time.sleep(chance.uniform(0.1, 1.2))
        for build in builds:
            build.kill()
            build.wait()
        for name, content in _rendered(root).items():
            if content not in (truth[0][name], truth[1][name]):
                yield f"kill {number}: {name} is no whole picture"
        workshop = Workshop(read_project(root))
        for name, job in workshop.drawings().items():
            kept = workshop.standing(job).product
            if kept and kept.files["svg"] != truth[version][name]:
                yield f"kill {number}: {name} is stale"
        if number % 10 == 9:
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode or done.stderr or _rendered(root) != truth[version]:
                yield f"kill {number}: the next build is not clean: {done.stderr}"


def _rendered(root: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in (root / "figures/rendered").glob("*.svg")}


def main() -> int:
    """Fuzz and print; the exit code is 1 if there was a stale picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=5000, metavar="N")
    parser.add_argument("--own", type=int, default=0, metavar="N")
    parser.add_argument(
        "--notebooks", type=int, default=0, metavar="N", help="edits of programs with notebooks"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--kills", type=int, default=0, metavar="N", help="builds to kill as well")
    options = parser.parse_args()
    started = time.perf_counter()
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        told = 0
        if options.notebooks:
            programs = fuzz(Path(folder), options.notebooks, 0, options.seed, notebooks=True)
        else:
            programs = fuzz(Path(folder), options.edits, options.own, options.seed)
        for tally in programs:
            for line in tally.stale[told:]:
                print(f"STALE {line}", flush=True)
            told = len(tally.stale)
            print(f"{time.perf_counter() - started:7.0f} s: {tally}", flush=True)
        wrong = 0
        for line in kill_builds(Path(folder), options.kills, options.seed) if options.kills else ():
            print(f"WRONG {line}", flush=True)
            wrong += 1
        if options.kills:
            print(f"{options.kills} builds killed, {wrong} times something was wrong after it")
    for cause, count in tally.causes.most_common():
        print(f"  {count:5} {cause}")
    return 1 if tally.stale or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
