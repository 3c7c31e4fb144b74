"""Programs made at random: modules, classes, closures, data files, figures, notebooks."""

import random
from pathlib import Path

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
    picture = Figure(figsize=(12, 1))  # long messages have room
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

from truepage import step

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
@step
def {name}(x, power={a}):
    return [abs(float({other}(x))) % 100 // 7 * power, Path("data/{file}.txt").read_text()][0]
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
