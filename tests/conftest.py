"""What the tests of `truepage` share: small projects, written from strings."""

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from truepage.engine.pool import Kind, Pool
from truepage.engine.project import find_project
from truepage.figures.manifest import build, publish

HEAD = """\
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from truepage import figure


def level(height: float) -> Figure:
    picture = Figure(figsize=(2, 1))
    picture.add_artist(Line2D([0, 1], [height, height]))
    return picture


"""
"""How a figure module begins: `level` draws one line, which takes a few milliseconds."""

MakeProject = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture(scope="session")
def head() -> str:
    """Imports and a helper that figure modules of the tests begin with."""
    return HEAD


@pytest.fixture(scope="session")
def one_figure() -> str:
    """Return a figure module with one figure, `flat`, declared in its line 13."""
    return HEAD + '@figure(alt="A flat line.")\ndef flat() -> Figure:\n    return level(0.5)\n'


def _write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in {"pyproject.toml": "", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


@pytest.fixture(scope="session")
def write() -> Callable[[Path, Mapping[str, str | bytes]], Path]:
    """Write files into a folder, with an empty pyproject.toml unless one is given."""
    return _write


@pytest.fixture
def make(tmp_path: Path) -> MakeProject:
    """Write a project into a folder of the test's own."""
    return lambda files: _write(tmp_path, files)


@pytest.fixture
def plain(make: MakeProject, one_figure: str) -> Path:
    """Root of a project with the one figure `flat`."""
    return make({"figures/lines.py": one_figure})


@pytest.fixture(scope="session")
def drawn_once(tmp_path_factory: pytest.TempPathFactory, one_figure: str) -> Path:
    """Root of a project with the figure `flat`, drawn and published; to be copied."""
    root = _write(tmp_path_factory.mktemp("drawn"), {"figures/lines.py": one_figure})
    project = find_project(root)
    publish(project, build(project), whole=True)
    return root


@pytest.fixture
def drawn_plain(drawn_once: Path, tmp_path: Path) -> Path:
    """Root of a copy of it: the store moves with the folder, so nothing is drawn again."""
    return Path(shutil.copytree(drawn_once, tmp_path, dirs_exist_ok=True))


@pytest.fixture(scope="session")
def _workers() -> Iterator[list[tuple[Kind, "subprocess.Popen[str]"]]]:
    """Workers that are free, each with its task, ended after the last test."""
    workers: list[tuple[str, subprocess.Popen[str]]] = []
    yield workers
    for _, worker in workers:
        worker.terminate()
        worker.communicate()


@pytest.fixture
def warm_workers(
    _workers: list[tuple[Kind, "subprocess.Popen[str]"]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let one build's workers serve the next test's builds: starting one takes half a second.

    Each figure is drawn in a process of its own all the same. Tests of drawing do without.
    """
    start, leave = Pool._start, Pool.__exit__

    def take(self: Pool, kind: Kind) -> "subprocess.Popen[str]":
        for entry in _workers:
            if entry[0] == kind and not self._fresh:
                _workers.remove(entry)
                self._all.append(entry[1])
                return entry[1]
        return start(self, kind)

    def give_back(self: Pool, kind: Any, error: Any, trace: Any) -> None:
        if error is None and not self._fresh:
            free = [entry for entry in self._free if entry[1].poll() is None]
            _workers.extend(free)
            self._all = [worker for worker in self._all if worker not in [w for _, w in free]]
        leave(self, kind, error, trace)

    monkeypatch.setattr(Pool, "_start", take)
    monkeypatch.setattr(Pool, "__exit__", give_back)
