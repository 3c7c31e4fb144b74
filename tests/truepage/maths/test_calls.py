"""Calls of the author's functions run in a recorded child and are kept as long as they hold."""

import math
from pathlib import Path

import pytest

from truepage.checking.function_calls import answers, calling, find_function
from truepage.engine.batch import run_tasks
from truepage.engine.context import BuildContext
from truepage.engine.errors import PageError
from truepage.engine.project import Project, read_project
from truepage.maths.calls import Answer

CODE = """
import warnings

import numpy as np


def double(x, *, plus=0.0):
    return 2 * x + plus


def matrix(w, x):
    return w @ x


def fussy(x):
    if x > 1:
        warnings.warn("too much")
    if x > 2:
        raise ValueError(f"{x} is far too much")
    return x
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with one module of functions."""
    (tmp_path / "pyproject.toml").write_text("[tool.truepage]\njobs = 1\n")
    (tmp_path / "src" / "own").mkdir(parents=True)
    (tmp_path / "src" / "own" / "__init__.py").write_text("")
    (tmp_path / "src" / "own" / "code.py").write_text(CODE)
    return read_project(tmp_path)


def ask(project: Project, name: str, calls: list) -> tuple[list[Answer], int]:
    """The answers, and how many tasks had to be run for them."""
    task = calling(project, find_function(project, name), calls, "page.md:1")
    batch = run_tasks(BuildContext(project), [task])
    assert not batch.failures
    return answers(batch.products[task.name]), len(batch.done)


def test_numbers_and_arrays_go_in_and_come_out_exactly(project: Project):
    """Floats keep every bit, infinities and NaN too; lists arrive as arrays."""
    hard = [0.1, 5e-324, -0.0, 1e308, math.inf, -math.inf]
    found, _ = ask(project, "own.code.double", [([x], {"plus": 0.25}) for x in hard])
    assert [answer.value for answer in found] == [2 * x + 0.25 for x in hard]
    (answer,), _ = ask(project, "own.code.double", [([math.nan], {})])
    assert math.isnan(answer.value)
    (answer,), _ = ask(project, "own.code.matrix", [([[[1.0, 2.0], [0.0, 3.0]], [1.0, 1.0]], {})])
    assert answer.value == [3.0, 3.0]


def test_warnings_and_exceptions_are_told_call_by_call(project: Project):
    """One call that raises does not keep the others from answering."""
    found, _ = ask(project, "own.code.fussy", [([x], {}) for x in (1.0, 2.0, 3.0)])
    assert [answer.value for answer in found] == [1.0, 2.0, None]
    assert found[1].warnings == ("too much",)
    assert found[2].raised.startswith("ValueError: 3.0 is far too much (src/own/code.py:")


def test_calls_are_kept_until_the_code_that_ran_changes(project: Project):
    """The same calls run nothing; another function of the module may change; theirs may not."""
    calls = [([1.0], {})]
    assert ask(project, "own.code.double", calls)[1] == 1
    assert ask(project, "own.code.double", calls)[1] == 0
    path = project.root / "src/own/code.py"
    path.write_text(CODE.replace("w @ x", "x @ w"))
    assert ask(project, "own.code.double", calls)[1] == 0
    path.write_text(CODE.replace("2 * x", "3 * x"))
    found, run = ask(project, "own.code.double", calls)
    assert (found[0].value, run) == (3.0, 1)


def test_only_the_projects_own_functions_can_be_named(project: Project):
    """Python's modules, installed ones and names that are not there are errors."""
    assert find_function(project, "own.code.double").module == "own.code"
    for name in ("os.system", "numpy.exp", "own.code.nothing", "own.codes.double", "double"):
        with pytest.raises(PageError):
            find_function(project, name)
