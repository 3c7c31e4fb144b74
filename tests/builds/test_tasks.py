"""Tasks other than figures: any task's module gets a clean child, a record and a place to keep."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import truepage
from truepage.engine import pool
from truepage.engine.batch import run_tasks
from truepage.engine.context import BuildContext
from truepage.engine.errors import DeclarationError
from truepage.engine.pool import Pool
from truepage.engine.project import find_project
from truepage.engine.task import Task
from truepage.figures.manifest import find_drawings

Make = Callable[[Mapping[str, str | bytes]], Path]

TASK = '''
"""A task that calls a function of the author's on one number, and says what it finds around it."""

import sys

from truepage.tracing.author import RefusedError, load

FILES = ("markdown/truepage.css",)  # as good as any


def run(request, recorder):
    module = load(request["module"], request["path"])
    value = getattr(module, request["function"])(request["argument"])
    if value is None:
        raise RefusedError("it gave nothing")
    facts = {"value": value, "matplotlib": "matplotlib" in sys.modules}
    return {"txt": str(value).encode(), "bin": bytes(3), "json": b"{}"}, facts
'''

SOURCE = """
from pathlib import Path

calls = 0


def double(x):
    global calls
    calls += 1
    return 2 * x * calls


def triple(x):
    return 3 * x


def read(x):
    return Path("data.txt").read_text()


def nothing(x):
    pass


def fails(x):
    return x / 0
"""


@pytest.fixture
def root(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without figures, and a task that workers can import."""
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'tasks'}{os.pathsep}{_path()}")
    return make({"src/lib.py": SOURCE, "tasks/calls.py": TASK, "data.txt": "one"})


def _path() -> str:
    return os.environ.get("PYTHONPATH", "")


def _task(root: Path, name: str, function: str, argument: float = 4) -> Task:
    return Task(
        name=name,
        identity=("call", "lib", function, repr(argument)),
        place=f"docs/page.md:{len(name)}",
        words=f"equation {name!r}",
        module="calls",
        request={
            "module": "lib",
            "path": str(root / "src/lib.py"),
            "function": function,
            "argument": argument,
        },
    )


def _run(root: Path, *tasks: Task) -> tuple[dict[str, object], list[str], list[str]]:
    """Return the values, the names of what was run, and the messages of what failed."""
    batch = run_tasks(BuildContext(find_project(root)), tasks)
    values = {name: product.facts["value"] for name, product in batch.products.items()}
    return values, sorted(batch.done), [failure.message for failure in batch.failures]


def test_a_task_is_run_again_when_what_it_touched_changes_and_only_then(root: Path) -> None:
    """Functions, files, and nothing else; each call finds the author's module as new."""
    tasks = [_task(root, name, name) for name in ("double", "triple", "read")]
    values = {"double": 8, "read": "one", "triple": 12}
    assert _run(root, *tasks) == (values, ["double", "read", "triple"], [])
    assert _run(root, *tasks) == (values, [], [])
    source = root / "src/lib.py"
    source.write_text(source.read_text().replace("3 * x", "30 * x"))
    assert _run(root, *tasks) == ({**values, "triple": 120}, ["triple"], [])
    (root / "data.txt").write_text("two")
    assert _run(root, *tasks)[1] == ["read"]
    assert _run(root, _task(root, "double", "double", 5))[1] == ["double"]
    assert _run(root, *tasks)[1] == []


def test_all_files_of_a_product_are_kept_and_none_is_trusted(root: Path) -> None:
    """A product is whole or it is made again."""
    task = _task(root, "double", "double")
    files = {"txt": b"8", "bin": bytes(3), "json": b"{}"}
    for suffix in files:
        context = BuildContext(find_project(root))
        batch = run_tasks(context, [task])
        assert batch.products["double"].files == files
        again = BuildContext(find_project(root)).status(task)
        assert again.product == batch.products["double"]
        (damaged,) = (root / ".truepage/objects").glob(f"*.{suffix}")
        damaged.write_bytes(b"x")
        assert BuildContext(find_project(root)).status(task).reasons == ("its result was lost",)


def test_a_worker_without_need_of_matplotlib_does_not_import_it(root: Path) -> None:
    """Nor does it see what an earlier task did: each has a process of its own."""
    tasks = [_task(root, f"double-{number}", "double", number) for number in range(6)]
    project = replace(find_project(root), jobs=1)
    products = run_tasks(BuildContext(project), tasks).products.values()
    assert not any(product.facts["matplotlib"] for product in products)
    assert sorted(product.facts["value"] for product in products) == [0, 2, 4, 6, 8, 10]


def test_each_record_starts_clean(root: Path) -> None:
    """What one task touched is no part of the next task's trace, in the same worker."""
    source = root / "src/lib.py"
    asks = "def asks(x):\n    import os, json.tool\n    open('data.txt').close()\n"
    source.write_text(SOURCE + asks + "    return os.environ.get('COLOUR', 'none')\n")
    project = replace(find_project(root), jobs=1)
    tasks = [_task(root, name, name) for name in ("triple", "asks", "double")]
    context = BuildContext(project)
    run_tasks(context, tasks)
    parts = {task.name: context.status(task).trace.parts for task in tasks}
    assert {"variable COLOUR", "file data.txt", "function src/lib.py:asks"} <= parts["asks"].keys()
    only = {label.replace("triple", "double") for label in parts["triple"]}
    assert only == parts["double"].keys()
    assert not {label for label in only if label.startswith(("variable", "file"))}


def test_tasks_of_several_tasks_run_in_one_batch(root: Path, head: str) -> None:
    """Each worker serves one task."""
    (root / "figures").mkdir()
    (root / "figures/f.py").write_text(head + '@figure(alt="A.")\ndef flat(): return level(1)\n')
    context = BuildContext(find_project(root))
    tasks = [_task(root, "double", "double"), *find_drawings(context).values()]
    batch = run_tasks(context, [*tasks, _task(root, "triple", "triple")])
    assert {name: set(product.files) for name, product in batch.products.items()} == {
        "double": {"txt", "bin", "json"},
        "flat": {"svg"},
        "triple": {"txt", "bin", "json"},
    }


def test_failures_begin_with_place_and_words_and_harm_no_other_task(root: Path) -> None:
    """The author's frames are shown, ours are not, nor the task's."""
    names = ("fails", "nothing", "missing", "triple")
    values, done, messages = _run(root, *(_task(root, name, name) for name in names))
    assert (values, done) == ({"triple": 12}, ["triple"])
    line = SOURCE.split("\n").index("    return x / 0") + 1
    assert messages == [
        "docs/page.md:5: equation 'fails': ZeroDivisionError: division by zero\n"
        f'    tasks/calls.py:13: value = getattr(module, request["function"])'
        '(request["argument"])\n'
        f"    src/lib.py:{line}: return x / 0",
        "docs/page.md:7: equation 'missing': AttributeError: module 'lib' has no attribute "
        "'missing'\n"
        '    tasks/calls.py:13: value = getattr(module, request["function"])'
        '(request["argument"])',
        "docs/page.md:7: equation 'nothing': it gave nothing",
    ]


def test_a_task_depends_on_its_tasks_code_and_on_ours(root: Path) -> None:
    """Also on the files that the task names, and on the worker's own module."""
    task = _task(root, "double", "double")
    run_tasks(BuildContext(find_project(root)), [task])
    trace = BuildContext(find_project(root)).status(task).trace
    assert trace
    (label,) = (label for label in trace.parts if label.startswith("truepage "))
    ours = set(label.removeprefix("truepage ").split(os.pathsep))
    code = str(root / "tasks/calls.py")
    assert {
        "tracing/author.py",
        "tracing/recorder.py",
        "markdown/truepage.css",
        "worker.py",
        code,
    } <= ours
    assert not {"figures/picture.py", "figures/truepage.mplstyle", "engine/batch.py"} & ours
    (root / "tasks/calls.py").write_text(TASK.replace("str(value)", "str(value + 1)"))
    assert BuildContext(find_project(root)).status(task).reasons == ("truepage's own code changed",)


def test_a_figure_depends_on_the_style_and_on_the_task_of_drawing(plain: Path) -> None:
    """What draws and what it reads when it starts."""
    context = BuildContext(find_project(plain))
    task = find_drawings(context)["flat"]
    run_tasks(context, [task])
    trace = context.status(task).trace
    assert trace
    (label,) = (label for label in trace.parts if label.startswith("truepage "))
    ours = set(label.removeprefix("truepage ").split(os.pathsep))
    assert {"declare.py", "worker.py", "tracing/patches.py"} <= ours
    assert {"figures/picture.py", "figures/truepage.mplstyle"} <= ours
    for name in ours:
        assert (Path(truepage.__file__).parent / name).is_file(), name


def test_two_tasks_of_one_name_and_a_missing_input_are_refused(root: Path) -> None:
    """Before anything is run."""
    task = _task(root, "double", "double")
    context = BuildContext(find_project(root))
    with pytest.raises(ValueError, match="two tasks"):
        run_tasks(context, [task, replace(task, identity=("other",))])
    with pytest.raises(DeclarationError, match=r"^docs/page.md:6: equation 'double' declares"):
        run_tasks(context, [replace(task, inputs=("nowhere.nc",))])
    assert not list((root / ".truepage").rglob("*.txt"))


def test_a_trace_in_the_store_says_what_its_product_is(root: Path) -> None:
    """Its file holds the digests of the product's files, and the facts."""
    run_tasks(BuildContext(find_project(root)), [_task(root, "double", "double")])
    (file,) = (path for path in (root / ".truepage/traces").rglob("*") if path.is_file())
    kept = json.loads(file.read_bytes().partition(b"\n")[2])
    assert set(kept["product"]["files"]) == {"txt", "bin", "json"}
    assert kept["product"]["facts"]["value"] == 8


def test_where_the_kernel_does_not_tell_it_is_said_once(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for a project, until it tells again."""

    class Alone(Pool):
        def _start(self, task: str) -> Any:
            self._arguments = ["alone"]
            return super()._start(task)

    def said() -> list[str]:
        batch = run_tasks(
            BuildContext(find_project(root)), [_task(root, "double", "double")], force=True
        )
        return [line for line in batch.said if "its kernel does not tell of them" in line]

    assert said() == []
    with monkeypatch.context() as patch:
        patch.setattr(pool, "Pool", Alone)
        assert [len(said()), len(said())] == [1, 0]
    assert said() == []
