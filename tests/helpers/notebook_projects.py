"""Projects with notebooks, and what comes of executing them."""

from pathlib import Path

from truepage.engine.batch import Batch, run_tasks
from truepage.engine.context import BuildContext
from truepage.engine.errors import DeclarationError
from truepage.engine.project import find_project
from truepage.engine.task import TaskResult
from truepage.figures.manifest import find_figures
from truepage.notebooks.notebook import Notebook, execution, find_notebooks, read_notebooks
from truepage.notebooks.notebook_page import notebook_page
from truepage.notebooks.options import Options

LIBRARY = """\
SCALE = 3
OTHER = 4


def triple(x):
    return SCALE * x


def unused(x):
    return x
"""

NOTEBOOK = """\
# %% [markdown]
# # A title
#
# Prose.

# %%
from library import triple

# %%
print(triple(14))
"""

DRAWS = """\
# %%
# fig: line — A caption with $x$.
# alt: A line that rises,
#   from 0 to 1.
import matplotlib.pyplot as plt

_, axes = plt.subplots(figsize=(2, 1))
_ = axes.plot([0, 1])
"""


def read(root: Path) -> tuple[BuildContext, dict[str, Notebook]]:
    """Return the notebooks in `docs/`."""
    context = BuildContext(find_project(root))
    docs = context.project.root / "docs"
    (root / "figures").mkdir(exist_ok=True)
    paths = find_notebooks(docs)
    found = read_notebooks(context.project, paths, docs, find_figures(context), context.index)
    return context, found


def execute(root: Path) -> Batch:
    """Bring the notebooks in `docs/` up to date."""
    context, notebooks = read(root)
    return run_tasks(context, map(execution, notebooks.values()))


def one(batch: Batch) -> TaskResult:
    """Return what came of the only notebook."""
    assert batch.failures == ()
    (product,) = batch.products.values()
    return product


def shown(product: TaskResult) -> list[str]:
    """Return all that the cells of a notebook show."""
    return [output["text"] for cell in product.facts["cells"].values() for output in cell]


def refusal(root: Path, code: str, path: str = "docs/a.py") -> str:
    """Return why a notebook with one cell cannot be used."""
    text = f"# %%\n{code}\n"
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")
    try:
        batch = execute(root)
    except DeclarationError as error:
        return str(error)
    (failure,) = batch.failures
    return failure.message


def edit(path: Path, before: str, after: str) -> None:
    """Change a file."""
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def page(root: Path, options: Options | None = None) -> str:
    """Return the Markdown of the only notebook's page."""
    context, notebooks = read(root)
    (notebook,) = notebooks.values()
    product = one(run_tasks(context, [execution(notebook)]))
    return notebook_page(notebook, product, options or Options()).text
