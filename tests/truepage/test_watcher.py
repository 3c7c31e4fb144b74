"""Noticing that files may have changed."""

import queue
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from truepage.preview import watcher
from truepage.preview.watcher import Watcher

Reports = queue.SimpleQueue[frozenset[str] | None]


@pytest.fixture
def reports() -> Reports:
    """What a watcher says."""
    return queue.SimpleQueue()


@pytest.fixture
def watching(tmp_path: Path, reports: Reports) -> Iterator[Watcher]:
    """A watcher of the folder `tree`."""
    (tmp_path / "tree").mkdir()
    watcher = Watcher(reports.put)
    watcher.watch([tmp_path / "tree"])
    watcher.start()
    yield watcher
    watcher.stop()


def names(report: frozenset[str] | None) -> set[str]:
    """Return the names of the files in a report."""
    assert report is not None
    return {Path(path).name for path in report}


def test_a_save_by_renaming_is_one_report(
    tmp_path: Path, watching: Watcher, reports: Reports
) -> None:
    """As are two writes in a row, and a backup that is made before."""
    target = tmp_path / "tree/a.py"
    for number in range(3):
        new = tmp_path / "tree/.a.py.new"
        new.write_text(str(number))
        new.rename(target)
        target.write_text(f"{number} again")
        assert "a.py" in names(reports.get(timeout=5))
        assert reports.empty()


def test_many_saves_by_renaming_are_reported_without_delay(
    tmp_path: Path, watching: Watcher, reports: Reports
) -> None:
    """Watchdog would be half a second behind for each of them."""
    target = tmp_path / "tree/a.py"
    for number in range(30):
        new = tmp_path / "tree/.a.py.new"
        new.write_text(str(number))
        new.rename(target)
        target.rename(f"{target}~")
        Path(f"{target}~").rename(target)
    (tmp_path / "tree/last.py").write_text("1")
    began = time.monotonic()
    while "last.py" not in names(reports.get(timeout=10)):
        pass
    assert time.monotonic() - began < 3


def test_reading_is_no_news(tmp_path: Path, watching: Watcher, reports: Reports) -> None:
    """Or each look would cause the next."""
    target = tmp_path / "tree/a.py"
    target.write_text("1")
    reports.get(timeout=5)
    target.read_text()
    list((tmp_path / "tree").iterdir())
    (tmp_path / "tree/b.py").write_text("2")
    assert "a.py" not in names(reports.get(timeout=5))


def test_a_long_stream_is_passed_on_before_it_ends(
    tmp_path: Path, watching: Watcher, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that writes all the time does not hold up the rest."""
    monkeypatch.setattr(watcher, "QUIET", 60.0)
    (tmp_path / "tree/a.py").write_text("1")
    assert "a.py" in names(reports.get(timeout=5))


def test_a_folder_that_is_replaced_is_watched_again(
    tmp_path: Path, watching: Watcher, reports: Reports
) -> None:
    """A checkout may remove a folder and make it again."""
    tree = tmp_path / "tree"
    tree.rename(tmp_path / "old")
    tree.mkdir()
    watching.watch([tree])
    while not reports.empty():
        reports.get()
    (tree / "b.py").write_text("1")
    report = reports.get(timeout=5)
    while "b.py" not in names(report):
        report = reports.get(timeout=5)


def test_a_folder_that_is_not_there_does_no_harm(tmp_path: Path, watching: Watcher) -> None:
    """It is watched once it is there and watching is asked for again."""
    watching.watch([tmp_path / "nowhere"], [tmp_path])


def test_folders_alone_are_watched_without_what_is_below(tmp_path: Path, reports: Reports) -> None:
    """A project's root holds too much to watch it all."""
    (tmp_path / "below").mkdir()
    watcher = Watcher(reports.put)
    watcher.watch([], [tmp_path])
    watcher.start()
    (tmp_path / "below/a.py").write_text("1")
    (tmp_path / "b.py").write_text("1")
    report = reports.get(timeout=5)
    watcher.stop()
    assert "b.py" in names(report)
    assert "a.py" not in names(report)


def test_after_sleep_everything_is_looked_at(
    reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock on the wall went on while the other one stood still."""
    monkeypatch.setattr(watcher, "TICK", 0.01)
    wall = [0.0]

    def clocks() -> tuple[float, float]:
        wall[0] += 3600
        return 0.0, wall[0]

    sleeper = Watcher(reports.put, clocks)
    sleeper.start()
    assert reports.get(timeout=5) is None
    sleeper.stop()


def test_now_and_then_everything_is_looked_at(
    reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notification that never came is made good."""
    monkeypatch.setattr(watcher, "TICK", 0.01)
    monkeypatch.setattr(watcher, "SWEEP", 0.05)
    sweeper = Watcher(reports.put)
    sweeper.start()
    assert reports.get(timeout=5) is None
    sweeper.stop()


def test_dropped_notifications_are_made_good(watching: Watcher, reports: Reports) -> None:
    """Watchdog says it in its log alone."""
    from watchdog.observers import inotify_c

    inotify_c.logger.warning("Inotify queue overflowed; filesystem events were lost")
    assert reports.get(timeout=5) is None


def test_a_stopped_watcher_says_nothing(tmp_path: Path, reports: Reports) -> None:
    """And stops at once."""
    (tmp_path / "tree").mkdir()
    watcher = Watcher(reports.put)
    watcher.watch([tmp_path / "tree"])
    watcher.start()
    began = time.monotonic()
    watcher.stop()
    assert time.monotonic() - began < 2
    (tmp_path / "tree/a.py").write_text("1")
    assert reports.empty()
