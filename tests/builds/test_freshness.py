"""What is drawn again and what is not, the store, and `figures/rendered`."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from truepage.engine.context import BuildContext
from truepage.engine.dependencies.files import MOVED
from truepage.engine.errors import TruepageError
from truepage.engine.pool import run
from truepage.engine.project import Project, find_project
from truepage.engine.step_sharing import Steps
from truepage.engine.task import Failure, Kept, Run, Task
from truepage.figures.likeness import same
from truepage.figures.manifest import build, publish
from truepage.project_tasks import find_task

pytestmark = pytest.mark.usefixtures("warm_workers")

Make = Callable[[Mapping[str, str | bytes]], Path]
Write = Callable[[Path, Mapping[str, str | bytes]], Path]

USES_SOURCE = """
from heights import HEIGHT


@figure(alt="A.", inputs=["data/x.txt"])
def a() -> Figure:
    return level(HEIGHT)
"""


def drawn(root: Path, *names: str) -> list[str]:
    """Build; return the names of what was drawn."""
    manifest = build(find_project(root), names)
    manifest.raise_failures()
    return sorted(manifest.drawn)


@pytest.fixture(scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory, write: Write, head: str) -> Path:
    """Root of a project with a source file and a declared input, built; to be copied."""
    files = {
        "figures/a.py": head + USES_SOURCE,
        "src/heights.py": "HEIGHT = 0.5\n",
        "data/x.txt": "1",
        "pyproject.toml": "[tool.truepage]\njobs = 1\n",
    }
    root = write(tmp_path_factory.mktemp("built"), files)
    assert drawn(root) == ["a"]
    return root


@pytest.fixture
def built(built_once: Path, tmp_path: Path) -> Path:
    """Root of a copy of it: the store moves with the folder, so nothing is drawn again."""
    root = Path(shutil.copytree(built_once, tmp_path / "built"))
    assert drawn(root) == []
    return root


def test_nothing_is_drawn_the_second_time_and_what_changed_is(built: Path) -> None:
    """A comment in pyproject.toml is no change; the source and the declared input are."""
    assert drawn(built) == []
    with (built / "pyproject.toml").open("a") as file:
        file.write("# a comment\n")
    assert drawn(built) == []
    (built / "src/heights.py").write_text("HEIGHT = 0.6\n")
    assert drawn(built) == ["a"]
    (built / "data/x.txt").write_text("2")
    assert drawn(built) == ["a"]
    assert drawn(built) == []


def test_an_edit_that_is_taken_back_draws_nothing(built: Path) -> None:
    """Pictures of earlier states are kept: another branch and back costs nothing."""
    (built / "src/heights.py").write_text("HEIGHT = 0.6\n")
    assert drawn(built) == ["a"]
    (built / "src/heights.py").write_text("HEIGHT = 0.5\n")
    assert drawn(built) == []


def _flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def test_a_damaged_store_is_never_shown(built: Path) -> None:
    """Whatever happens to its files, the picture stays what the code draws."""
    before = build(find_project(built)).renderings["a"]
    damages: list[tuple[Callable[[bytes], bytes], str, str]] = [
        (lambda content: b"", "objects", "code"),
        (_flip, "objects", "code"),
        (_flip, "traces", "index"),
        (lambda content: b"[" * 200_000, "traces", "index"),
    ]
    for damage, *folders in damages:
        files = [
            path
            for folder in folders
            for path in (built / ".truepage" / folder).rglob("*")
            if path.is_file() and path.stat().st_size  # not what an earlier damage left empty
        ]
        assert len(files) >= 2
        for path in files:
            path.write_bytes(damage(path.read_bytes()))
        manifest = build(find_project(built))
        manifest.raise_failures()
        assert list(manifest.drawn) == ["a"]
        after = manifest.renderings["a"]
        assert (after.content, after.alt) == (before.content, before.alt)


def test_a_damaged_index_costs_nothing_but_time(built: Path) -> None:
    """It is thrown away, and nothing is drawn for it."""
    for damage in (_flip, lambda content: b"[" * 200_000):
        for index in (built / ".truepage/index").iterdir():
            index.write_bytes(damage(index.read_bytes()))
        assert drawn(built) == []


def test_a_declared_input_that_is_not_there_is_an_error(built: Path) -> None:
    """It names the figure's place and the input."""
    (built / "data/x.txt").unlink()
    with pytest.raises(TruepageError, match=r"figures/a\.py:17: .*'a'.*'data/x\.txt'"):
        build(find_project(built))


UNSEEN_READ = """
import ctypes

from truepage import figure
from matplotlib.figure import Figure


@figure(alt="A.", inputs=["data/*.txt"])
def a() -> Figure:
    content = ctypes.create_string_buffer(8)
    libc = ctypes.CDLL(None)
    number = libc.open(b"data/x.txt", 0)
    libc.read(number, content, 7)
    libc.close(number)
    picture = Figure(figsize=(1, 1))
    picture.text(0, 0, content.value.decode())
    return picture
"""
"""Reads its input where no recording sees it."""


@pytest.mark.skipif(sys.platform == "win32", reason="reads by the C library of POSIX systems")
@pytest.mark.parametrize("meanwhile", ["edited", "edited and restored", "added and removed"])
def test_an_input_that_is_written_to_meanwhile_draws_again(
    make: Make, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    """The picture is that of what is there in the end, though content and names are as before."""
    files = {"figures/a.py": UNSEEN_READ, "data/x.txt": "two" if meanwhile == "edited" else "one"}
    root = make(files)
    truth = build(find_project(root)).renderings["a"].content
    shutil.rmtree(root / ".truepage")
    (root / "data/x.txt").write_text("one")
    attempts = []

    def run_among_edits(
        project: Project, tasks: Sequence[Task], steps: Steps
    ) -> Iterator[Run | Failure | Kept]:
        attempts.append(len(tasks))
        if len(attempts) > 1:
            yield from run(project, tasks, steps)
        elif meanwhile == "edited":
            outcomes = list(run(project, tasks, steps))
            (root / "data/x.txt").write_text("two")
            yield from outcomes
        elif meanwhile == "edited and restored":
            (root / "data/x.txt").write_text("two")
            outcomes = list(run(project, tasks, steps))
            (root / "data/x.txt").write_text("one")
            yield from outcomes
        else:
            (root / "data/y.txt").write_text("two")
            outcomes = list(run(project, tasks, steps))
            (root / "data/y.txt").unlink()
            yield from outcomes

    monkeypatch.setattr("truepage.engine.batch.run", run_among_edits)
    manifest = build(find_project(root))
    manifest.raise_failures()
    assert manifest.warnings == ()
    assert manifest.renderings["a"].content == truth
    assert attempts == [1, 1]
    assert drawn(root) == []


WAITS = """
import os
import time


@figure(alt="A.")
def a() -> Figure:
    with open("data/x.txt") as file:
        open("reads", "w").close()
        while not os.path.exists("written"):
            time.sleep(0.01)
        text = file.read()
    picture = Figure(figsize=(1, 1))
    picture.text(0, 0, text)
    return picture
"""
"""Opens a file, and reads it once somebody has written to it."""


def test_a_file_that_is_written_to_between_opening_and_reading_draws_again(
    make: Make, head: str
) -> None:
    """Its content is as it was when it was opened; the picture shows what was in between."""
    root = make({"figures/a.py": head + WAITS, "data/x.txt": "one"})

    def write_meanwhile() -> None:
        while not (root / "reads").exists():
            time.sleep(0.01)
        (root / "data/x.txt").write_text("two")
        (root / "written").touch()

    with ThreadPoolExecutor() as threads:
        threads.submit(write_meanwhile)
        outcome = next(
            iter(run(find_project(root), [find_task(BuildContext(find_project(root)), "a")]))
        )
    assert isinstance(outcome, Run)
    assert outcome.parts["file data/x.txt"] == MOVED


def test_an_input_that_is_always_written_to_is_never_fresh(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few attempts, a warning that names it, and it is drawn again by the next build."""
    root = make({"figures/a.py": UNSEEN_READ, "data/x.txt": "one"})

    def run_and_write(
        project: Project, tasks: Sequence[Task], steps: Steps
    ) -> Iterator[Run | Failure | Kept]:
        for outcome in run(project, tasks, steps):
            (root / "data/x.txt").write_text("one")
            yield outcome

    with monkeypatch.context() as patched:
        patched.setattr("truepage.engine.batch.run", run_and_write)
        manifest = build(find_project(root))
    (warning,) = manifest.warnings
    assert warning.startswith("figures/a.py:9: figure 'a' reads 'data/x.txt', which was written")
    assert drawn(root) == ["a"]
    assert drawn(root) == []


def test_a_store_is_shared_by_two_folders_with_one_content(
    make: Make, one_figure: str, tmp_path: Path
) -> None:
    """The second checkout draws nothing: nothing of the folder is in the key."""
    files = {
        "pyproject.toml": '[tool.truepage]\ncache_dir = "../cache"\n',
        "figures/a.py": one_figure,
    }
    make({f"{folder}/{name}": text for folder in ("one", "two") for name, text in files.items()})
    assert drawn(tmp_path / "one") == ["flat"]
    assert drawn(tmp_path / "two") == []


def test_two_builds_at_once_share_a_store(built: Path) -> None:
    """Both end well, and what they leave is whole."""
    command = [sys.executable, "-m", "truepage", "--root", built, "render", "--force", "--quiet"]
    runs = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [run.communicate()[1] for run in runs] == ["", ""]
    assert [run.returncode for run in runs] == [0, 0]
    assert drawn(built) == []


def test_a_cache_inside_the_sources_is_no_source(make: Make, one_figure: str) -> None:
    """`source_dirs = ["."]` holds the store and the rendered pictures; the figure stays fresh."""
    root = make(
        {"figures/a.py": one_figure, "pyproject.toml": '[tool.truepage]\nsource_dirs = ["."]\n'}
    )
    project = find_project(root)
    publish(project, build(project), whole=True)
    assert drawn(root) == []


def test_a_cache_that_cannot_be_made_is_a_message(
    plain: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file where the cache's folder should be: place and reason, no traceback."""
    from truepage.cli import main

    (plain / ".truepage").write_text("")
    assert main(["--root", str(plain), "render"]) == 1
    assert capsys.readouterr().err == f"truepage: {plain / '.truepage'}: File exists.\n"


def test_rendered_pictures_are_written_when_they_change_and_only_then(built: Path) -> None:
    """An unchanged file keeps its time; a changed one is replaced, not written into."""
    project = find_project(built)
    path = project.rendered_dir / "a.svg"
    assert publish(project, build(project), whole=True) == ["figures/rendered/a.svg"]
    os.utime(path, (1e9, 1e9))
    assert publish(project, build(project), whole=True) == []
    assert path.stat().st_mtime == 1e9
    inode = path.stat().st_ino
    kept = path.open("rb")
    (built / "src/heights.py").write_text("HEIGHT = 0.6\n")
    assert publish(project, build(project), whole=True) == ["figures/rendered/a.svg"]
    assert path.stat().st_ino != inode
    with kept:  # who reads the old file meanwhile reads it whole
        assert kept.read().endswith(b"</svg>\n")
    assert [file.name for file in project.rendered_dir.iterdir()] == ["a.svg"]


def test_orphans_go_on_a_whole_render_only(built: Path) -> None:
    """A render of named figures says nothing about the others; other files are never touched."""
    project = find_project(built)
    project.rendered_dir.mkdir()
    orphan, other = project.rendered_dir / "gone.svg", project.rendered_dir / "notes.txt"
    orphan.write_text("")
    other.write_text("")
    publish(project, build(project, ["a"]), whole=False)
    assert orphan.exists()
    changed = publish(project, build(project), whole=True)
    assert changed == ["figures/rendered/gone.svg (removed: no figure has this name)"]
    assert not orphan.exists()
    assert other.exists()


def test_the_picture_of_a_figure_that_fails_stays(built: Path) -> None:
    """The last good picture in figures/rendered is not taken away by an error."""
    project = find_project(built)
    publish(project, build(project), whole=True)
    before = (project.rendered_dir / "a.svg").read_bytes()
    (built / "src/heights.py").write_text("HEIGHT = 1 / 0\n")
    manifest = build(project)
    assert [failure.name for failure in manifest.failures] == ["a"]
    assert publish(project, manifest, whole=True) == []
    assert (project.rendered_dir / "a.svg").read_bytes() == before


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ('d="M1 2"', 'd="M1.01 2"', True),
        ('d="M1 2"', 'd="M1.02 2"', False),
        ('d="M1 2l3-.01 2 2"', 'd="M1 2h3l2 1.99"', True),
        ('d="M1 2h30v.01h-30z"', 'd="M1 2h30v5h-30z"', False),
        ('d="M-1 2"', 'd="M1 2"', False),
        ('d="M1 2h3"', 'd="M1 2h3h3"', False),
        ('d="M1 2q1 1 2 2"', 'd="M1 2l1 1 2 2"', False),
        ('x="1"', 'x="1.01"', True),
        ('x="1"', 'y="1"', False),
        ('transform="rotate(1 2 3)"', 'transform="rotate(1 2.01 3)"', True),
        ('transform="rotate(1 2 3)"', 'transform="skewX(1 2 3)"', False),
        ('fill="#1e0005"', 'fill="#100000"', False),
        ('fill="#000001"', 'fill="#000002"', False),
        ('id="a--1"', 'id="a--2"', False),
    ],
)
def test_two_pictures_are_the_same_within_a_hundredth_of_a_point(
    one: str, other: str, equal: bool
) -> None:
    """Processors differ in last bits; colours that look like numbers are compared as they are."""
    first, second = (f"<svg><path {words}/></svg>".encode() for words in (one, other))
    assert same(first, second) is equal
    assert same(second, first) is equal


def test_what_is_no_picture_is_equal_only_to_itself() -> None:
    """A committed file that is cut off, empty, or has other text."""
    whole = b"<svg><text>1</text></svg>"
    for other in (b"", whole[:9], b"<svg><text>2</text></svg>", b"<svg><text>1</text><g/></svg>"):
        assert not same(whole, other)
        assert same(other, other)
