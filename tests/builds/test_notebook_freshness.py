"""Notebooks are executed when something that made their results has changed, and only then."""

from pathlib import Path
from typing import Any

import pytest
from notebook_projects import LIBRARY, NOTEBOOK, edit, execute, one, read, shown

from truepage.engine import pool
from truepage.engine.context import TaskStatus
from truepage.notebooks.notebook import execution

pytestmark = pytest.mark.usefixtures("warm_workers")


@pytest.fixture
def project(make: Any) -> Path:
    """Root of a project with a notebook that uses a library."""
    root: Path = make({"src/library.py": LIBRARY, "docs/a.py": NOTEBOOK})
    return root


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("docs/a.py", "Prose.", "Other prose."),
        ("docs/a.py", "print(triple(14))", "print( triple(14) )  # a comment"),
        ("docs/a.py", "# %%\nprint", "# %% [markdown]\n# More.\n\n# %%\nprint"),
        ("src/library.py", "return x", "return x + 1"),
        ("src/library.py", "OTHER = 4", "OTHER = 5"),
        ("src/library.py", "def unused", "# More.\n\n\ndef unused"),
    ],
)
def test_what_its_code_does_not_touch_executes_nothing(
    project: Path, file: str, before: str, after: str
) -> None:
    """Prose, comments, functions that did not run, constants that nobody mentions."""
    assert shown(one(execute(project))) == ["42\n"]
    edit(project / file, before, after)
    assert execute(project).done == {}


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("docs/a.py", "triple(14)", "triple(15)"),
        ("docs/a.py", "# %%\nprint", "# %%\n'more'\n\n# %%\nprint"),
        ("src/library.py", "SCALE = 3", "SCALE = 5"),
        ("src/library.py", "SCALE * x", "SCALE * x + 1"),
    ],
)
def test_what_its_code_touches_executes_it(
    project: Path, file: str, before: str, after: str
) -> None:
    """Cells, a function that ran, a constant that this function reads."""
    assert shown(one(execute(project))) == ["42\n"]
    edit(project / file, before, after)
    batch = execute(project)
    assert batch.done.keys() == {"notebook-a"}
    assert shown(one(batch)) != ["42\n"]


def test_cells_that_changed_are_the_reason(project: Path) -> None:
    """Not that it was never executed; what it then touched and how long it took is known."""

    def status() -> TaskStatus:
        context, notebooks = read(project)
        return context.status(execution(notebooks["a"]))

    assert (status().word, status().reasons) == ("missing", ("it was never executed",))
    execute(project)
    known = status()
    assert known.word == "fresh"
    edit(project / "docs/a.py", "triple(14)", "triple(15)")
    assert (status().word, status().reasons) == ("stale", ("its cells changed",))
    assert (status().trace, status().seconds) == (known.trace, known.seconds)
    assert execute(project).done == {"notebook-a": ("its cells changed",)}
    edit(project / "docs/a.py", "triple(15)", "triple(14)")
    assert status().word == "fresh"


def test_a_file_that_it_reads_counts_and_is_found_beside_it(make: Any) -> None:
    """The working directory is the notebook's folder, as in Jupyter."""
    root = make(
        {"docs/deep/data.txt": "one", "docs/deep/a.py": "# %%\nprint(open('data.txt').read())"}
    )
    assert shown(one(execute(root))) == ["one\n"]
    assert execute(root).done == {}
    (root / "docs/deep/data.txt").write_text("two")
    assert shown(one(execute(root))) == ["two\n"]


def test_only_the_notebook_that_uses_a_function_is_executed(project: Path) -> None:
    """Of two, when the library of one is edited."""
    (project / "docs/b.py").write_text("# %%\nfrom library import unused\n\nprint(unused(1))\n")
    assert len(execute(project).done) == 2
    edit(project / "src/library.py", "return x", "return x + 1")
    assert execute(project).done.keys() == {"notebook-b"}


def test_an_unchanged_notebook_starts_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No process, and jupytext is not imported."""
    execute(project)
    monkeypatch.setattr(pool.Pool, "_start", lambda *_: pytest.fail("a worker was started"))
    never = "truepage.notebooks.notebook._read"
    monkeypatch.setattr(never, lambda *_: pytest.fail("a file was read"))
    assert execute(project).done == {}


def test_chance_is_seeded(make: Any) -> None:
    """The global generators have a fixed seed; who asks the machine for one gets the same, too."""
    root = make({"docs/a.py": "# %%\nimport numpy as np\n\nprint(np.random.rand())"})
    first = shown(one(execute(root)))
    (root / "docs/a.py").write_text("# %%\nimport numpy as np\n\nprint(np.random.rand() + 0)")
    assert shown(one(execute(root))) == first
    (root / "docs/a.py").write_text(
        "# %%\nimport numpy as np\n\nprint(np.random.default_rng().random())"
    )
    batch = execute(root)
    assert batch.warnings == ()
    assert not execute(root).done


def test_two_notebooks_do_not_see_each_other(make: Any) -> None:
    """Global state that one leaves, in a module or in matplotlib's settings, the other has not."""
    text = """\
# %%
import builtins

import matplotlib.pyplot as plt

import library

print(library.SCALE, plt.rcParams["font.size"] == 33, hasattr(builtins, "left"))
library.SCALE, plt.rcParams["font.size"], builtins.left = 9, 33, 1
_ = plt.figure()
plt.close("all")
"""
    root = make({"src/library.py": LIBRARY, "docs/a.py": text, "docs/b.py": text})
    batch = execute(root)
    assert [shown(product) for product in batch.products.values()] == [["3 False False\n"]] * 2


def test_an_edit_outside_the_code_keeps_the_answer_right(project: Path) -> None:
    """Lines that moved are told as they are now."""
    edit(project / "docs/a.py", "print(triple(14))", "print(triple('a') / 2)")
    message = execute(project).failures[0].message
    assert "docs/a.py:10: print(triple('a') / 2)" in message
    edit(project / "docs/a.py", "# Prose.", "# Prose.\n#\n# More.")
    assert "docs/a.py:12: print(triple('a') / 2)" in execute(project).failures[0].message
