"""Builds that are killed, disks that are full or read-only, damage, clocks that jump."""

import errno
import functools
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import truepage.engine.file_access
from truepage.cli import main
from truepage.engine.context import BuildContext
from truepage.engine.pool import Pool, running
from truepage.engine.project import find_project
from truepage.engine.task import Failure, Run
from truepage.figures.manifest import build, find_drawings, publish

COUNT = 6

FIGURE = """
@figure(alt="Line {0}.")
def line_{0}() -> Figure:
    return level(HEIGHT * {0})


"""


@pytest.fixture(scope="module", autouse=True)
def _one_environment() -> Iterator[None]:
    """All projects have one environment: what is installed is asked for once."""
    with pytest.MonkeyPatch.context() as patch:
        asked_once = functools.cache(metadata.packages_distributions)
        patch.setattr(metadata, "packages_distributions", asked_once)
        yield


@pytest.fixture(scope="session")
def project_with_lines(tmp_path_factory: pytest.TempPathFactory, head: str) -> Path:
    """Root of a project with some figures that depend on one source file; nothing is drawn."""
    root = tmp_path_factory.mktemp("faults")
    for folder in ("figures", "src"):
        (root / folder).mkdir()
    (root / "pyproject.toml").write_text("[tool.truepage]\njobs = 1\n")
    (root / "src/heights.py").write_text("HEIGHT = 0.1\n")
    figures = "".join(FIGURE.format(number) for number in range(COUNT))
    (root / "figures/lines.py").write_text(f"from heights import HEIGHT\n{head}{figures}")
    return root


@pytest.fixture(scope="session")
def drawings(project_with_lines: Path) -> dict[str, Run]:
    """Each figure of that project, drawn; kept in no store."""
    project = find_project(project_with_lines)
    tasks = find_drawings(BuildContext(project))
    folder = project_with_lines / ".truepage/drawing"
    folder.mkdir(parents=True)
    found = {}
    with Pool(project, folder, fresh=False) as pool:
        for name, task in tasks.items():
            outcome = pool.run(task)
            assert isinstance(outcome, Run), outcome
            found[name] = outcome
    shutil.rmtree(project.cache_dir)
    return found


@pytest.fixture
def root(project_with_lines: Path, tmp_path: Path) -> Path:
    """Root of a copy of the project with nothing drawn."""
    return Path(shutil.copytree(project_with_lines, tmp_path / "project"))


@pytest.fixture
def kept(root: Path, drawings: Mapping[str, Run]) -> Path:
    """Root of a copy with all figures in its store."""
    _keep(root, drawings)
    assert _judged(root, drawings) == COUNT
    return root


def _keep(root: Path, drawings: Mapping[str, Run]) -> None:
    """Do what a build does once the pictures are drawn."""
    context = BuildContext(find_project(root))
    for name, task in find_drawings(context).items():
        context.keep(task, drawings[name])
    context.index.save()


def _judged(root: Path, drawings: Mapping[str, Run]) -> int:
    """Return how many pictures count as fresh; each of those is the right one."""
    context = BuildContext(find_project(root))
    fresh = 0
    for name, task in find_drawings(context).items():
        status = context.status(task)
        if status.product:
            assert status.product.files == drawings[name].product.files
            assert status.product.facts == drawings[name].product.facts
            fresh += 1
    return fresh


def _keep_and_die(root: Path, drawings: Mapping[str, Run], chance: float) -> int:
    """Keep drawings in a child that ends as by kill -9 on its way: by its n-th event, such as
    opening a file, of all that it takes. Return the child's exit code.
    """
    child = os.fork()
    if child == 0:
        seen = 0
        deadly = 0

        def heard(event: str, details: tuple[Any, ...]) -> None:
            nonlocal seen
            seen += 1
            if seen == deadly:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(heard)
        elsewhere = root.with_name("counted")
        shutil.copytree(root, elsewhere)
        seen = 0
        _keep(elsewhere, drawings)
        deadly = seen + 1 + int(chance * seen)
        _keep(root, drawings)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("part", range(20))
def test_a_build_killed_while_it_writes_leaves_no_wrong_picture(
    root: Path, drawings: Mapping[str, Run], part: int
) -> None:
    """Killed at any moment, it leaves right pictures or none, and the next build is clean."""
    assert _keep_and_die(root, drawings, part / 21) == -signal.SIGKILL
    _judged(root, drawings)
    _keep(root, drawings)
    assert _judged(root, drawings) == COUNT
    context = BuildContext(find_project(root))
    assert [context.status(task).word for task in find_drawings(context).values()] == (
        ["fresh"] * COUNT
    )
    assert context.store.damaged == []


@pytest.mark.parametrize("delay", [0.3, 0.7, 1.0])
def test_a_killed_command_leaves_whole_pictures_and_a_clean_next_build(
    root: Path, drawings: Mapping[str, Run], delay: float, warm_workers: None
) -> None:
    """Also `figures/rendered` holds whole pictures only, and no worker survives its builder."""
    command = [sys.executable, "-m", "truepage", "--root", root, "render", "--quiet"]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        process.wait(delay)
    except subprocess.TimeoutExpired:
        process.kill()
    process.wait()
    for picture in (root / "figures/rendered").glob("*.svg"):
        assert picture.read_bytes() == drawings[picture.stem].product.files["svg"]
    _judged(root, drawings)
    project = find_project(root)
    manifest = build(project)
    manifest.raise_failures()
    assert manifest.warnings == ()
    publish(project, manifest, whole=True)
    for name, drawing in drawings.items():
        rendered = root / "figures/rendered" / f"{name}.svg"
        assert rendered.read_bytes() == drawing.product.files["svg"]


@pytest.fixture
def refuse_writes(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let every later write of ours fail with an error number of the system's."""

    def refuse(number: int) -> None:
        monkeypatch.setattr(truepage.engine.file_access, "open", _failing(number), raising=False)

    return refuse


def _failing(number: int) -> Callable[..., Any]:
    """Return what opens files as Python does, but makes none."""

    def opening(path: Any, mode: str = "r", *arguments: Any) -> Any:
        if "x" in mode:
            raise OSError(number, os.strerror(number))
        return open(path, mode, *arguments)  # noqa: PTH123

    return opening


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_a_fresh_store_that_cannot_be_written_serves_its_pictures(
    kept: Path, drawings: Mapping[str, Run], number: int, refuse_writes: Callable[[int], None]
) -> None:
    """A full disk or a read-only store costs time, nothing else, while nothing is stale."""
    refuse_writes(number)
    os.utime(kept / "src/heights.py")  # the index has something to write
    manifest = build(find_project(kept))
    assert not manifest.drawn
    for name, rendering in manifest.renderings.items():
        assert rendering.content == drawings[name].product.files["svg"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_stale_figure_on_a_disk_that_takes_nothing_is_one_clear_line(
    kept: Path,
    drawings: Mapping[str, Run],
    number: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    warm_workers: None,
) -> None:
    """The command fails with the system's words; what was kept before stays right."""
    source = kept / "src/heights.py"
    before = source.read_text()
    source.write_text("HEIGHT = 0.2\n")
    with monkeypatch.context() as patch:
        patch.setattr(truepage.engine.file_access, "open", _failing(number), raising=False)
        assert main(["--root", str(kept), "render", "--quiet"]) == 1
    said = capsys.readouterr().err
    assert os.strerror(number) in said
    assert said.count("\n") == 1
    assert "Traceback" not in said
    source.write_text(before)
    assert _judged(kept, drawings) == COUNT


def test_a_disk_that_fills_up_in_the_middle_of_a_file_leaves_no_half_picture(
    root: Path, drawings: Mapping[str, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The half that was written has a temporary name, and it is removed."""

    def cut(path: Path, mode: str) -> Any:
        file = open(path, mode)  # noqa: PTH123, SIM115
        write = file.write

        class Full:
            def __enter__(self) -> "Full":
                return self

            def __exit__(self, *error: object) -> None:
                file.close()

            def write(self, content: bytes) -> None:
                write(content[: len(content) // 2])
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        return Full()

    with monkeypatch.context() as patch:
        patch.setattr(truepage.engine.file_access, "open", cut, raising=False)
        with pytest.raises(OSError, match="No space left"):
            _keep(root, drawings)
    left = [path for path in (root / ".truepage").rglob("*") if path.is_file()]
    assert left == []
    _keep(root, drawings)
    assert _judged(root, drawings) == COUNT


def test_a_drawing_that_cannot_be_written_says_where(root: Path) -> None:
    """The path, and what the system says."""
    project = find_project(root)
    task = next(iter(find_drawings(BuildContext(project)).values()))
    with Pool(project, root / "gone", fresh=False, warm=False) as pool:
        outcome = pool.run(task)
    assert isinstance(outcome, Failure)
    assert f"could not write {root / 'gone'}" in outcome.message
    assert os.strerror(errno.ENOENT) in outcome.message


@pytest.mark.skipif(not hasattr(os, "fork"), reason="locks of files, as Unix has them")
def test_what_a_killed_build_leaves_goes_with_the_next(tmp_path: Path) -> None:
    """And nothing of one that lives."""
    child = os.fork()
    if child == 0:
        with running(tmp_path):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert len(list(tmp_path.iterdir())) == 1
    with running(tmp_path) as first, running(tmp_path) as second:
        assert {*tmp_path.iterdir()} == {first, second}
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", range(20))
def test_damaged_bytes_anywhere_in_the_store_make_no_wrong_picture(
    kept: Path, drawings: Mapping[str, Run], seed: int
) -> None:
    """Bytes changed, cut off, repeated or put in: found by a digest, and drawn again."""
    chance = random.Random(seed)
    files = sorted(path for path in (kept / ".truepage").rglob("*") if path.is_file())
    for path in chance.sample(files, len(files) // 2):
        content = bytearray(path.read_bytes())
        place = chance.randrange(len(content))
        match chance.randrange(4):
            case 0:
                content[place] ^= 1 << chance.randrange(8)
            case 1:
                del content[place:]
            case 2:
                content *= 2
            case 3:
                content[place:place] = chance.randbytes(9)
        path.write_bytes(content)
    _judged(kept, drawings)
    _keep(kept, drawings)
    assert _judged(kept, drawings) == COUNT


def test_pictures_that_change_places_in_the_store_are_found(
    kept: Path, drawings: Mapping[str, Run]
) -> None:
    """A whole picture under another's name is not taken for it."""
    objects = sorted((kept / ".truepage/objects").iterdir())
    contents = [path.read_bytes() for path in objects]
    for path, content in zip(objects, [*contents[1:], contents[0]], strict=True):
        path.write_bytes(content)
    assert _judged(kept, drawings) == 0


def test_a_forced_build_mends_what_is_damaged_and_writes_over_nothing_else(
    kept: Path, drawings: Mapping[str, Run]
) -> None:
    """A file that has its content stays; all count as used, so that none of them goes first."""
    objects = sorted((kept / ".truepage/objects").iterdir())
    damaged, *sound = objects
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    inodes = [path.stat().st_ino for path in sound]
    for path in objects:
        os.utime(path, (10**9, 10**9))
    _keep(kept, drawings)
    for path in objects:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
        assert path.stat().st_mtime > 10**9
    assert [path.stat().st_ino for path in sound] == inodes
    assert sorted((kept / ".truepage/objects").iterdir()) == objects


def test_an_edit_under_a_clock_that_jumps_back_is_seen(
    kept: Path, drawings: Mapping[str, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file's time in the future, or one that goes back, hides no edit."""
    source = kept / "src/heights.py"
    content = source.read_bytes()
    for when in (time.time() + 10**6, 10**9):
        os.utime(source, (when, when))
        assert _judged(kept, drawings) == COUNT
        source.write_bytes(content.replace(b"0.1", b"0.2"))
        os.utime(source, (when, when))  # the same size and time as before
        assert _judged(kept, drawings) == 0
        source.write_bytes(content)
        os.utime(source, (when, when))
        assert _judged(kept, drawings) == COUNT
    monkeypatch.setattr("time.time_ns", lambda: 10**18)
    assert _judged(kept, drawings) == COUNT
    source.write_bytes(content.replace(b"0.1", b"0.2"))
    assert _judged(kept, drawings) == 0


def test_a_store_whose_folder_vanishes_is_made_again(
    kept: Path, drawings: Mapping[str, Run]
) -> None:
    """Nothing is lost but time."""
    shutil.rmtree(kept / ".truepage")
    assert _judged(kept, drawings) == 0
    _keep(kept, drawings)
    assert _judged(kept, drawings) == COUNT
