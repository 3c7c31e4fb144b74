"""A table of edits: what has to be drawn again after each, and in which words.

The truth comes from drawing again in any case and comparing bytes; the engine is asked before that.

A file `*.cases` holds cases in plain text:

    == name: the fact that the case shows
    expect: fresh | drawn, words of a reason | always, words of a reason
    -- path
    content of a file before the edit
    >> edit
    -- path
    its content after the edit
    -- path: gone
    -- path: these words => those words
    -- environment
    NAME=value
    -- run
    Python code that runs in the project's folder

A part `environment` or `run` may stand before the edit as well. Each project also has a module
`show`, whose function of that name draws its argument's text.
"""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from unittest import mock

import pytest

from truepage.engine.context import BuildContext, TaskStatus
from truepage.engine.pool import Pool
from truepage.engine.project import Project, read_project
from truepage.engine.task import Failure, Run
from truepage.figures.manifest import find_drawings

HERE = Path(__file__).parent

SHOW = """\
from matplotlib.figure import Figure


def show(*values):
    picture = Figure(figsize=(1, 1))
    picture.text(0, 0, " ".join(map(str, values)), parse_math=False)
    return picture
"""
"""Draws nothing but a text: that takes a few milliseconds."""

HEAD = "from show import show\nfrom truepage import figure\n"
"""How `figures/f.py` begins in each case."""


@dataclass
class State:
    """Files, variables and code: what a project is like, or what an edit does to it."""

    files: dict[str, str] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    replaced: list[tuple[str, str, str]] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    run: str = ""

    def apply(self, root: Path) -> None:
        """Bring a project's folder into this state."""
        for name, content in self.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        for name in self.gone:
            (root / name).unlink()
        for name, old, new in self.replaced:
            text = (root / name).read_text(encoding="utf-8")
            assert text.count(old) == 1, f"{name}: {old!r} stands there {text.count(old)} times"
            (root / name).write_text(text.replace(old, new), encoding="utf-8")
        if self.run:
            subprocess.run([sys.executable, "-I", "-S", "-c", self.run], cwd=root, check=True)


@dataclass(frozen=True)
class Case:
    """A project, an edit of it, and what the engine should say."""

    name: str
    fact: str
    verdict: str
    reason: str
    before: State
    edit: State


@dataclass(frozen=True)
class Outcome:
    """What the engine said after the edit, and the pictures drawn before and after it."""

    status: TaskStatus
    before: bytes
    after: bytes | str


def cases() -> list[Case]:
    """Return the cases of all files."""
    return [case for file in sorted(HERE.glob("*.cases")) for case in _read(file)]


def _read(file: Path) -> Iterator[Case]:
    for text in re.split(r"^== ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, _, body = text.partition("\n")
        name, _, fact = head.partition(": ")
        expectation, _, body = body.partition("\n")
        verdict, _, reason = expectation.removeprefix("expect: ").partition(", ")
        assert verdict in {"fresh", "drawn", "always"}, f"{file.name}: {name}: {expectation}"
        before, found, edit = body.partition(">> edit\n")
        assert found, f"{file.name}: {name} has no edit"
        yield Case(name, fact, verdict, reason, _state(before), _state(edit))


def _state(text: str) -> State:
    state = State()
    for part in re.split(r"^-- ", text, flags=re.MULTILINE)[1:]:
        head, _, content = part.partition("\n")
        path, _, what = head.partition(": ")
        content = content.rstrip("\n") + "\n" if content.strip() else ""
        if path == "run":
            state.run = content
        elif path == "environment":
            state.environment = dict(line.split("=", 1) for line in content.splitlines())
        elif what == "gone":
            state.gone.append(path)
        elif what:
            old, _, new = what.partition(" => ")
            state.replaced.append((path, old.replace("\\n", "\n"), new.replace("\\n", "\n")))
        else:
            state.files[path] = (HEAD if path == "figures/f.py" else "") + content
    return state


@pytest.fixture(scope="module", params=[[], ["alone"]], ids=["kernel", "alone"])
def outcomes(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Mapping[str, Outcome]:
    """Name of a case → what came of it, with the kernel's view and without it.

    All cases share the workers that draw.
    """
    top = tmp_path_factory.mktemp("cases")
    monkeypatch = pytest.MonkeyPatch()  # all projects have one environment: ask for it once
    projects = {}
    for case in cases():
        root = top / case.name
        State({"pyproject.toml": "", "src/show.py": SHOW}).apply(root)
        case.before.apply(root)
        projects[case.name] = read_project(root)
    monkeypatch.setattr(metadata, "packages_distributions", cache(metadata.packages_distributions))
    first = {key: value for case in cases() for key, value in case.before.environment.items()}
    then = {key: value for case in cases() for key, value in case.edit.environment.items()}

    before, failures = {}, []
    with mock.patch.dict(os.environ, first), _drawing(projects, request.param) as drawings:
        for name, drawing in drawings:
            if isinstance(drawing, Failure):
                failures.append(f"{name}: {drawing.message}")
                continue
            context = BuildContext(projects[name])
            context.keep(find_drawings(context)["a"], drawing)
            context.index.save()
            before[name] = drawing.product.files["svg"]
    assert not failures, "\n".join(failures)
    for case in cases():
        case.edit.apply(top / case.name)
    with mock.patch.dict(os.environ, {**first, **then}):
        statuses = {}
        for name, project in projects.items():
            context = BuildContext(project)
            statuses[name] = context.status(find_drawings(context)["a"])
        with _drawing(projects, request.param) as drawings:
            after = dict(drawings)
    monkeypatch.undo()
    return {
        name: Outcome(
            statuses[name],
            before[name],
            drawing.message if isinstance(drawing, Failure) else drawing.product.files["svg"],
        )
        for name, drawing in after.items()
    }


@contextlib.contextmanager
def _drawing(
    projects: Mapping[str, Project], options: list[str]
) -> Iterator[Iterator[tuple[str, Run | Failure]]]:
    """Draw each project's figure `a`, by two workers that serve them all."""
    with contextlib.ExitStack() as stack:
        shared: Pool | None = None

        def draw(item: tuple[str, Pool]) -> tuple[str, Run | Failure]:
            name, pool = item
            return name, pool.run(find_drawings(BuildContext(projects[name]))["a"])

        pools = {}
        for name, project in projects.items():
            folder = project.cache_dir / "drawing"
            folder.mkdir(parents=True, exist_ok=True)
            pool = Pool(project, folder, fresh=False)
            pool._arguments = options
            if shared is None:
                shared = stack.enter_context(pool)
            pool._all, pool._free = shared._all, shared._free
            pools[name] = pool
        yield ThreadPoolExecutor(2).map(draw, pools.items())


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_staleness(
    case: Case, outcomes: Mapping[str, Outcome], request: pytest.FixtureRequest
) -> None:
    """The engine's verdict and reason are the expected ones, and no changed picture is fresh.

    Where the kernel does not tell, what processes do is not followed.
    """
    outcome = outcomes[case.name]
    status, same = outcome.status, outcome.before == outcome.after
    assert same or status.word != "fresh", f"STALE: {case.fact}"
    if request.node.callspec.params["outcomes"] and any(
        re.search(r"\b(process|device|library)\b", reason) for reason in status.reasons
    ):
        return
    said = {"fresh": "fresh", "stale": "drawn", "untracked": "always"}[status.word]
    assert (said, status.reasons) == (case.verdict, status.reasons), case.fact
    assert case.reason in "; ".join(status.reasons), case.fact
    if case.verdict == "drawn":
        assert not same, f"the edit of this case changes no picture: {case.fact}"


def test_the_table_is_long_enough_and_its_names_are_unique() -> None:
    """Each case has a name of its own and a fact."""
    names = [case.name for case in cases()]
    assert len(names) == len(set(names)) >= 60
    assert all(case.fact for case in cases())
