"""Steps: computed once for all who call them, and never stale.

Each step of these projects writes a letter to a file of its name when it is computed: an oracle
that the engine does not know of, in a folder of the cache, where nothing is recorded.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from truepage.check import examine
from truepage.checking.page_values import Computer
from truepage.cli import main
from truepage.engine.batch import run_tasks
from truepage.engine.context import BuildContext
from truepage.engine.pool import run
from truepage.engine.project import find_project
from truepage.engine.step_sharing import Steps
from truepage.engine.task import Run
from truepage.figures.manifest import Manifest, build, find_drawings
from truepage.project_tasks import find_statuses, find_tasks

Make = Callable[[Mapping[str, str | bytes]], Path]

pytestmark = pytest.mark.usefixtures("warm_workers")

SIMULATION = """
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from truepage import step

FACTOR = 2.0


@dataclass
class Model:
    weights: np.ndarray
    name: str = "plain"


def count(name):
    Path(".truepage/drawing").mkdir(parents=True, exist_ok=True)
    with Path(".truepage/drawing", name).open("a") as file:
        file.write("x")


@step
def simulation(n: int = 100) -> np.ndarray:
    count("simulation")
    return np.arange(n) * factor() + float(Path("level.txt").read_text())


def factor():
    return FACTOR


@step(timeout=60)
def mean(values):
    count("mean")
    return {"mean": float(np.mean(values)), "of": np.shape(values)}


@step
def trained(model):
    count("trained")
    return Model(model.weights * 2, model.name + "!")


@step
def nested(n=100):
    count("nested")
    return round(float(simulation(n)[-1]), -2)
"""

FIGURES = """
from simulations import Model, mean, nested, simulation, trained
import numpy as np


@figure(alt="A.")
def a() -> Figure:
    return level(float(simulation()[-1]) / 1000)


@figure(alt="B.")
def b() -> Figure:
    return level(float(simulation(n=100)[1]) / 10)
"""


class Site:
    """A project with steps.

    Parameters
    ----------
    root
        Its root.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def counts(self) -> dict[str, int]:
        """Return how often each step was computed."""
        counts = sorted((self.root / ".truepage/drawing").iterdir())
        return {path.name: len(path.read_text()) for path in counts}

    def edit(self, name: str, old: str, new: str) -> None:
        """Put a text in the place of another one in a file."""
        path = self.root / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def build(self) -> Manifest:
        """Bring all figures up to date."""
        manifest = build(find_project(self.root))
        manifest.raise_failures()
        return manifest


@pytest.fixture
def site(make: Make, head: str) -> Callable[[str, str], Site]:
    """Return a site with these steps and figures, in a folder of its own."""

    def made(steps: str = "", figures: str = "") -> Site:
        files = {
            "level.txt": "3",
            "src/simulations.py": SIMULATION + textwrap.dedent(steps),
            "figures/lines.py": head + FIGURES + textwrap.dedent(figures),
        }
        return Site(make(files))

    return made


MakeSite = Callable[..., Site]


def test_a_step_is_computed_once_for_all_who_call_it(site: MakeSite) -> None:
    """Two figures, a notebook and a number in the text; with its default, by place and by name."""
    here = site()
    (here.root / "mkdocs.yml").write_text("plugins:\n  - mkdocs-jupyter:\n      execute: true\n")
    (here.root / "docs").mkdir()
    notebook = (
        "# %% [markdown]\n# # N\n\n# %%\nfrom simulations import simulation\nsimulation(100)[1]\n"
    )
    (here.root / "docs/notes.py").write_text(notebook)
    context = BuildContext(find_project(here.root))
    batch = run_tasks(context, find_tasks(context).values())
    assert not batch.failures
    outcome = Computer(context).outcome("simulations.simulation(100)[2]")
    assert outcome.number == 7
    assert here.counts() == {"simulation": 1}
    assert not here.build().drawn


def test_a_changed_step_that_gives_the_same_leaves_its_callers_fresh(site: MakeSite) -> None:
    """Its code is another, it is computed again, and nothing is drawn."""
    here = site()
    here.build()
    here.edit("src/simulations.py", "return FACTOR", "return FACTOR * 1")
    manifest = here.build()
    assert here.counts() == {"simulation": 2}
    assert not manifest.drawn
    assert manifest.renderings.keys() == {"a", "b"}
    assert not here.build().drawn
    assert here.counts() == {"simulation": 2}


def test_an_edit_of_a_figure_computes_no_step(site: MakeSite) -> None:
    """The step is fresh."""
    here = site()
    here.build()
    here.edit("figures/lines.py", "simulation()[-1]", "simulation()[-2]")
    assert here.build().drawn.keys() == {"a"}
    assert here.counts() == {"simulation": 1}


def test_what_a_step_reads_reaches_its_callers(site: MakeSite) -> None:
    """A file and a constant that only the step sees; the pictures are those of the new result."""
    here = site()
    first = here.build().renderings["a"].content
    (here.root / "level.txt").write_text("4")
    second = here.build()
    assert second.drawn.keys() == {"a", "b"}
    here.edit("src/simulations.py", "FACTOR = 2.0", "FACTOR = 5.0")
    third = here.build()
    assert third.drawn.keys() == {"a", "b"}
    assert here.counts() == {"simulation": 3}
    contents = {first, second.renderings["a"].content, third.renderings["a"].content}
    assert len(contents) == 3


def test_a_result_that_comes_back_is_found(site: MakeSite) -> None:
    """As of a branch that is checked out again: neither the step nor a figure is run."""
    here = site()
    here.build()
    (here.root / "level.txt").write_text("4")
    here.build()
    (here.root / "level.txt").write_text("3")
    assert not here.build().drawn
    assert here.counts() == {"simulation": 2}


def test_a_step_of_steps_is_cut_off_early(site: MakeSite) -> None:
    """The inner one changes, the outer one is computed again and rounds to the same."""
    figure = '\n\n@figure(alt="N.")\ndef n() -> Figure:\n    return level(nested() / 1000)\n'
    here = site(figures=figure)
    here.build()
    (here.root / "level.txt").write_text("3.5")
    assert here.build().drawn.keys() == {"a", "b"}
    assert here.counts() == {"nested": 2, "simulation": 2}
    here.edit("src/simulations.py", "return FACTOR", "return FACTOR * 1")
    assert not here.build().drawn
    assert here.counts() == {"nested": 2, "simulation": 3}


def test_a_caller_cannot_spoil_what_is_kept(site: MakeSite) -> None:
    """It writes to a large result, mapped from its file; the next one gets it as it was."""
    figures = """

    @figure(alt="C.")
    def c() -> Figure:
        values = simulation(50_000)
        values[:] = 0
        assert simulation(50_000)[1] == 5
        return level(float(values.sum()))


    @figure(alt="D.")
    def d() -> Figure:
        assert simulation(50_000)[1] == 5
        return level(0.5)
    """
    here = site(figures=figures)
    here.build()
    here.edit("figures/lines.py", "level(0.5)", "level(0.6)")
    here.build()
    assert here.counts() == {"simulation": 2}  # of 100, and of 50,000


def test_arguments_count_by_their_content(site: MakeSite) -> None:
    """Arrays that are equal, whoever made them; another type or number is another call."""
    figures = """

    @figure(alt="C.")
    def c() -> Figure:
        one, other = np.array([1.0, 2.0]), np.linspace(1, 2, 2)
        assert mean(one) == mean(values=other) == {"mean": 1.5, "of": (2,)}
        mean(one.astype(np.float32)), mean([1.0, 2.0]), mean((1.0, 2.0))
        mean(np.array([1.0, -0.0])), mean(np.array([1.0, 0.0]))
        result = trained(Model(one))
        assert type(result) is Model and result.name == "plain!" and result.weights[1] == 4
        trained(model=Model(other, "plain"))
        return level(0.1)
    """
    here = site(figures=figures)
    here.build()
    assert here.counts() == {"mean": 6, "simulation": 1, "trained": 1}


SLOW = """

import time

@step
def slow(n=1):
    count("slow")
    time.sleep(0.5)
    return n
"""
SLOW_FIGURES = """

from simulations import slow


@figure(alt="C.")
def c() -> Figure:
    return level(slow())


@figure(alt="D.")
def d() -> Figure:
    return level(slow() + 1)
"""


def test_who_asks_at_the_same_moment_waits_for_one_computation(site: MakeSite) -> None:
    """Two workers of one build, and a second build beside it."""
    here = site(steps=SLOW, figures=SLOW_FIGURES)
    builds = [threading.Thread(target=here.build) for _ in range(2)]
    for each in builds:
        each.start()
    for each in builds:
        each.join()
    assert here.counts() == {"simulation": 1, "slow": 1}
    assert not list((here.root / ".truepage/locks").iterdir())
    assert not here.build().drawn


def test_a_lock_whose_holder_was_killed_keeps_nobody(site: MakeSite) -> None:
    """The process that computed is gone, and so is its lock; its file is still there."""
    here = site()
    task = next(iter(find_drawings(BuildContext(find_project(here.root)), ["a"]).values()))
    name = "step-" + "0" * 24
    program = f"""
import fcntl, os, signal
from pathlib import Path
for path in Path({str(here.root)!r}, ".truepage/locks").iterdir():
    fcntl.flock(os.open(path, os.O_RDWR), fcntl.LOCK_EX)
os.kill(os.getpid(), signal.SIGKILL)
"""
    locks = here.root / ".truepage/locks"
    locks.mkdir(parents=True)
    steps = Steps(BuildContext(find_project(here.root)))
    (locks / name).touch()
    [outcome] = run(find_project(here.root), [task], steps)
    assert isinstance(outcome, Run)
    [computed] = steps.computed.values()
    (locks / computed.name).touch()
    killed = subprocess.run([sys.executable, "-c", program])
    assert killed.returncode < 0
    (here.root / "level.txt").write_text("4")
    here.build()
    assert here.counts() == {"simulation": 2}


@pytest.mark.parametrize(
    ("returned", "found"),
    [
        ("open('level.txt')", "its result is a _io.TextIOWrapper; expected what was read"),
        ("(n for n in range(3))", "its result is a generator; expected all of it at once"),
        ("{'f': [lambda: 1]}", "its result['f'][0] is a function; expected the values"),
        ("np.array([1, None])", "its result is an array of Python objects; expected an array"),
    ],
)
def test_a_result_that_cannot_be_kept_is_one_clear_error(
    site: MakeSite, returned: str, found: str
) -> None:
    """It names the step's line, what was found where in the result, and what would do."""
    steps = f"\n\n@step\ndef wrong():\n    return {returned}\n"
    figures = """

    from simulations import wrong


    @figure(alt="C.")
    def c() -> Figure:
        return level(wrong())
    """
    here = site(steps=steps, figures=figures)
    line = (here.root / "src/simulations.py").read_text().count("\n") - 2
    [failure] = build(find_project(here.root)).failures
    where = (
        (here.root / "figures/lines.py").read_text().split("\n").index("    return level(wrong())")
    )
    assert f"src/simulations.py:{line}: step 'simulations.wrong()': {found}" in failure.message
    assert f"called at figures/lines.py:{where + 1}" in failure.message


def test_an_argument_that_cannot_be_kept_is_one_clear_error(site: MakeSite) -> None:
    """It names the caller's line, the step's, and the argument."""
    figures = '\n\n@figure(alt="C.")\ndef c() -> Figure:\n    return level(mean({1: print}))\n'
    here = site(figures=figures)
    [failure] = build(find_project(here.root)).failures
    assert re.search(r"calls the step mean \(src/simulations.py:\d+\)", failure.message)
    assert "its argument 'values'[1] is a builtin_function_or_method" in failure.message
    assert "called at figures/lines.py:" in failure.message


def test_a_step_that_raises_names_its_own_line_once(site: MakeSite) -> None:
    """It is run once, and who goes on after it is no figure that counts as fresh."""
    steps = """

    @step
    def fails():
        count("fails")
        raise ValueError("too hot")
    """
    figures = """

    from simulations import fails


    @figure(alt="C.")
    def c() -> Figure:
        return level(fails())


    @figure(alt="D.")
    def d() -> Figure:
        try:
            return level(fails())
        except Exception:
            return level(0)
    """
    here = site(steps=steps, figures=figures)
    manifest = build(find_project(here.root))
    [failure] = manifest.failures
    assert failure.name == "c"
    assert "step 'simulations.fails()': ValueError: too hot" in failure.message
    assert 'raise ValueError("too hot")' in failure.message
    assert here.counts()["fails"] == 1
    assert any("goes on after a step that it calls failed" in each for each in manifest.warnings)
    statuses = {
        each.task.called: each.word for each in find_statuses(BuildContext(find_project(here.root)))
    }
    assert statuses["d"] == "untracked"


def test_a_step_that_needs_itself_is_found_out(site: MakeSite) -> None:
    """With the same arguments; with others it is a recursion as any other."""
    steps = """

    @step
    def fibonacci(n):
        count("fibonacci")
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


    @step
    def ping(n):
        return pong(n)


    @step
    def pong(n):
        return ping(n)
    """
    figures = """

    from simulations import fibonacci, ping


    @figure(alt="C.")
    def c() -> Figure:
        return level(fibonacci(7))


    @figure(alt="D.")
    def d() -> Figure:
        return level(ping(1))
    """
    here = site(steps=steps, figures=figures)
    manifest = build(find_project(here.root))
    assert "c" in manifest.renderings
    assert here.counts()["fibonacci"] == 8
    [failure] = manifest.failures
    assert "computing it asks for itself" in failure.message


def test_a_step_runs_in_a_clean_process(site: MakeSite) -> None:
    """What its caller set does not reach it, nor what it sets its caller; chance is repeatable."""
    steps = """

    import os

    @step
    def drawn():
        os.environ["LEFT"] = "here"
        seen = os.environ.get("SET", "")
        return float(np.random.default_rng().random()), float(np.random.random()), seen
    """
    figures = """

    import os
    from simulations import drawn


    @figure(alt="C.")
    def c() -> Figure:
        os.environ["SET"] = "there"
        np.random.seed(7)
        one, other, seen = drawn()
        assert seen == "" and "LEFT" not in os.environ
        return level(one + other)
    """
    here = site(steps=steps, figures=figures)
    first = here.build().renderings["c"].content
    report = examine(find_project(here.root), lambda *_: None)
    assert {each.facts.kind for each in report.findings} == {"missing"}  # nothing is published
    assert report.steps == 2
    assert here.build().renderings["c"].content == first


def test_check_finds_a_step_that_differs_from_what_is_stored(site: MakeSite) -> None:
    """It is computed anew. Here another result is kept, as if recording had missed something."""
    here = site()
    here.build()
    project = find_project(here.root)
    context = BuildContext(project)
    [task] = context.steps(
        [context.status(each).trace for each in find_tasks(context).values()]
    ).values()
    [outcome] = run(project, [task])
    assert isinstance(outcome, Run)
    product = outcome.product
    wrong = type(product)({"json": b'{"is": "tuple", "value": [1]}'}, product.facts, 1.0)
    context.keep(task, Run(**{**vars(outcome), "product": wrong}))
    context.save()
    kinds = {each.facts.kind for each in examine(project, lambda *_: None).findings}
    assert "stored" in kinds


def test_commands_know_steps(site: MakeSite, capsys: pytest.CaptureFixture[str]) -> None:
    """`list` shows size and seconds, `why` its reasons, `uses` whom a step and its files reach."""
    here = site()
    here.build()

    def said(*arguments: str) -> str:
        assert main(["--root", str(here.root), *arguments]) == 0
        return capsys.readouterr().out

    assert re.search(
        r"simulations\.simulation\(n=100\) +fresh +src/simulations.py:\d+ +\d", said("list")
    )
    assert " B\n" in said("list")
    assert "step `simulations.simulation(n=100)`" in said("why", "a")
    assert "function `simulations.factor`" in said("why", "simulations.simulation(n=100)")
    for target in ("simulations.simulation", "simulations.factor", "level.txt"):
        assert {line.split()[0] for line in said("uses", target).splitlines()} >= {"a", "b"}
    (here.root / "level.txt").write_text("9")
    assert "is to be computed again" in said("why", "a")


def test_a_damaged_array_is_computed_again(site: MakeSite) -> None:
    """What is in the store counts only as long as it has its digest."""
    here = site()
    here.build()
    for path in (here.root / ".truepage/arrays").iterdir():
        path.write_bytes(path.read_bytes()[:-8] + bytes(8))
        os.utime(path, (1, 1))
    here.edit("figures/lines.py", "simulation()[-1]", "simulation()[-2]")
    before = here.build().renderings["a"].content
    assert here.counts() == {"simulation": 2}
    here.edit("figures/lines.py", "simulation()[-2]", "simulation()[-2] + 0")
    assert here.build().renderings["a"].content == before


def test_what_a_step_declares_is_known_though_its_trace_is_lost(site: MakeSite) -> None:
    """Its caller says it again: its line, its inputs and how long it may take."""
    here = site()
    here.build()
    steps = [status.task for status in find_statuses(BuildContext(find_project(here.root)))]
    for task in (task for task in steps if task.identity[0] == "step"):
        name = hashlib.sha256("\0".join(task.identity).encode()).hexdigest()[:24]
        shutil.rmtree(here.root / ".truepage/traces" / name)
    here.build()
    after = find_statuses(BuildContext(find_project(here.root)))
    places = {status.task.place for status in after if status.task.identity[0] == "step"}
    assert places == {task.place for task in steps if task.identity[0] == "step"}


def test_in_plain_python_a_step_is_its_function(tmp_path: Path) -> None:
    """Signature, name, docstring, pickling and methods; nothing is kept."""
    (tmp_path / "plain.py").write_text(
        textwrap.dedent(
            '''
            import inspect, pickle
            from truepage import step

            calls = []

            @step
            def square(x: float = 2.0) -> float:
                """Return a square."""
                calls.append(x)
                return x * x

            class Model:
                @step
                def area(self):
                    return iter([1])

            if __name__ == "__main__":
                import plain
                assert plain.square() == 4 and plain.square(3) == 9 and plain.calls == [2.0, 3]
                assert str(inspect.signature(plain.square)) == "(x: float = 2.0) -> float"
                assert plain.square.__doc__ == "Return a square."
                assert pickle.loads(pickle.dumps(plain.square)) is plain.square
                assert list(plain.Model().area()) == [1]
            '''
        )
    )
    subprocess.run([sys.executable, "plain.py"], cwd=tmp_path, check=True)


def test_a_step_that_changes_its_argument_is_refused(site: MakeSite) -> None:
    """In plain Python its caller would see it, and here it would not."""
    steps = """

    @step
    def filled(values):
        values[0] = 1
        return values.sum()
    """
    figures = """

    from simulations import filled


    @figure(alt="C.")
    def c() -> Figure:
        return level(filled(np.zeros(3)))
    """
    [failure] = build(find_project(site(steps=steps, figures=figures).root)).failures
    assert "it changes its argument 'values', which its caller does not see" in failure.message


def test_a_name_that_means_another_step_by_now_is_refused(site: MakeSite) -> None:
    """Or a call of the first would get the result of the second, which is found by its name."""
    steps = """

    @step
    def level_of():
        return 1


    first = level_of


    @step
    def level_of():
        return 2
    """
    figures = """

    from simulations import first


    @figure(alt="C.")
    def c() -> Figure:
        return level(first())
    """
    [failure] = build(find_project(site(steps=steps, figures=figures).root)).failures
    assert "simulations.level_of is something else by now" in failure.message


def test_a_step_may_have_other_decorators(site: MakeSite) -> None:
    """Below it, wherever these are from: it is a step of the module in which it stands."""
    steps = """

    import functools


    @step
    @functools.cache
    @np.errstate(divide="ignore")
    def odd():
        return float(np.log(np.zeros(1))[0] < 0)
    """
    figures = """

    from simulations import odd


    @figure(alt="C.")
    def c() -> Figure:
        return level(odd())
    """
    site(steps=steps, figures=figures).build()


FILES = """

@step
def content(path):
    return float(Path(path).read_text())


@step
def written():
    count("written")
    Path("made.txt").write_text("5")
    return "made.txt"
"""


def test_who_writes_what_its_step_reads_is_refused(site: MakeSite) -> None:
    """The step may have been computed before that, or for another who wrote something else."""
    figures = """

    from pathlib import Path

    from simulations import content


    @figure(alt="C.")
    def c() -> Figure:
        Path("own.txt").write_text("1")
        before = content("own.txt")
        Path("own.txt").write_text("2")
        return level(before + content("own.txt"))
    """
    [failure] = build(find_project(site(steps=FILES, figures=figures).root)).failures
    assert "writes to 'own.txt', which the step \"simulations.content(" in failure.message
    assert "expected it to pass what is in the file as an argument" in failure.message


def test_a_step_is_computed_again_for_a_file_that_it_left(site: MakeSite) -> None:
    """Its result is kept, and the file is not."""
    figures = """

    from simulations import content, written


    @figure(alt="C.")
    def c() -> Figure:
        return level(content(written()))
    """
    here = site(steps=FILES, figures=figures)
    here.build()
    assert here.build().drawn == {}
    (here.root / "made.txt").unlink()
    here.build()
    assert here.counts()["written"] == 2


def test_threads_that_wait_at_once_wait_once(site: MakeSite) -> None:
    """The seconds of a figure are those that it has drawn for."""
    steps = """

    @step
    def late(n):
        total = 0
        for k in range(1_000_000):
            total += k
        return n
    """
    figures = """

    from threading import Thread

    from simulations import late


    @figure(alt="C.")
    def c() -> Figure:
        threads = [Thread(target=late, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return level(1)
    """
    here = site(steps=steps, figures=figures)
    assert here.build().renderings["c"].product.seconds > 0
