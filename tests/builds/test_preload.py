"""What is imported ahead of tasks, and that no task can tell."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from truepage.engine.context import BuildContext
from truepage.engine.pool import Pool, running
from truepage.engine.preload import Preload, Preloads
from truepage.engine.project import find_project
from truepage.engine.task import Run, Task
from truepage.project_tasks import find_task

Make = Callable[[Mapping[str, str | bytes]], Path]

PROJECT = {
    "figures/f.py": dedent("""\
        import logging
        import numpy as np
        import yaml
        from mylib import height
        from PIL import Image
        from matplotlib import pyplot as plt
        from truepage import figure

        @figure(alt="A.")
        def a():
            table = yaml.safe_load("x: [1, 2]")
            drawn, axes = plt.subplots()
            axes.plot(table["x"], [0, height()])
            return drawn
        """),
    "src/mylib/__init__.py": "from .inner import height\n",
    "src/mylib/inner.py": dedent("""\
        import pybtex.database
        from dataclasses import dataclass, field
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            import mkdocs

        HEIGHT: int = 2
        ENDS = {"low": -1 * HEIGHT, "high": HEIGHT}

        @dataclass(frozen=True)
        class Box:
            sides: list[int] = field(default_factory=list)

        def height():
            return HEIGHT
        """),
}

ALL: Preload = (
    ("yaml", ()),
    ("pybtex.database", ()),
    ("PIL", ("Image",)),
    ("matplotlib", ("pyplot",)),
)


@pytest.fixture
def root(make: Make) -> Path:
    """A project whose figure imports what is installed."""
    return make(PROJECT)


class Given(Preloads):
    """Has imported ahead what a test says."""

    def __init__(self, preload: Preload) -> None:
        self.preload = preload

    def of(self, task: Task) -> Preload:
        """Return what the test says, until that is refused."""
        return self.preload

    def refuse(self, preload: Preload) -> None:
        """Import nothing ahead any more."""
        self.preload = ()


def task_of(root: Path) -> Task:
    """Return the task of the project's figure."""
    return find_task(BuildContext(find_project(root)), "a")


def preload(root: Path) -> Preload:
    """Return what is imported ahead of it."""
    return Preloads(find_project(root)).of(task_of(root))


def test_imports_count_that_come_before_anything_happens(root: Path) -> None:
    """Those of the author's modules too; a call, or a value put into a module, ends it."""
    assert preload(root) == ALL
    file = root / "figures/f.py"
    text = file.read_text()
    for line in (
        *("np.float = float", "print()", "with open('f'): pass"),
        *("A = list(plt.colormaps)", "A = [*np.x]", "A = {**np.x}", "A = np.x['a']", "A: f() = 1"),
        "if TYPE_CHECKING: pass\nelse: print()",
        *("@f()\nclass A: pass", "class A:\n    a = f()", "def f(a=g()): pass"),
    ):
        file.write_text(text.replace("from PIL", f"{line}\nfrom PIL"))
        assert preload(root) == ALL[:2]
    (root / "src/mylib/inner.py").write_text("import yaml\nprint()\nimport pybtex")
    assert preload(root) == ALL[:1]


def test_what_one_task_imports_is_imported_ahead_of_no_task(root: Path) -> None:
    """It would be imported once either way."""
    task, project = task_of(root), find_project(root)
    assert Preloads(project, [task]).of(task) == ()
    assert Preloads(project, [task, replace(task, name="b")]).of(task) == ALL


SETTING = "plt = __import__('matplotlib').rcParams.update({'font.size': 20})"


@pytest.mark.parametrize(
    ("given", "before", "kept"),
    [
        (ALL, "", True),
        ((*ALL, ("mkdocs", ())), "", False),
        (ALL, "plt = __import__('os').environ.update(A='')", False),
        (ALL, SETTING, False),
        ((("no_such_module", ()),), "", False),
        ((("this", ()),), "", False),
        ((("mylib", ()),), "", False),
    ],
    ids=["all", "more", "variable", "setting", "fails", "prints", "author's"],
)
def test_a_task_cannot_tell(root: Path, given: Preload, before: str, kept: bool) -> None:
    """Result and trace are those of a worker that imports nothing ahead."""
    file = root / "figures/f.py"
    file.write_text(f"{before}\n{file.read_text()}")
    task, project, ahead = task_of(root), find_project(root), Given(given)
    project.cache_dir.mkdir()
    with (
        running(project.cache_dir) as folder,
        Pool(project, folder, fresh=False, preloads=ahead) as warm,
        Pool(project, folder, fresh=False) as cold,
    ):
        mine, truth = warm.run(task), cold.run(task)
    assert isinstance(truth, Run)
    assert isinstance(mine, Run)
    assert replace(mine.product, seconds=0) == replace(truth.product, seconds=0)
    assert replace(mine, product=truth.product) == truth
    assert (ahead.preload == given) is kept


def test_a_module_that_another_one_has_replaced_is_not_the_old_one(root: Path) -> None:
    """Its name means a file of the author's now, while the worker that imported it lives on."""
    task, project, ahead = task_of(root), find_project(root), Given(ALL)
    project.cache_dir.mkdir()
    with running(project.cache_dir) as folder, Pool(project, folder, preloads=ahead) as pool:
        assert isinstance(pool.run(task), Run)
        (root / "src/yaml.py").write_text("def safe_load(text):\n    return {'x': [3, 4]}\n")
        outcome = pool.run(task)
    assert isinstance(outcome, Run)
    assert "function src/yaml.py:safe_load" in outcome.parts
    assert ahead.preload == ()
