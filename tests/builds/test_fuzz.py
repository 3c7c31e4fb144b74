"""A short run of `bench/fuzz.py`: random edits of random programs, judged by drawing again."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from truepage.engine import pool, stat_cache

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def fuzzer(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return what it consists of; what that sets in the engine is taken back after the test."""
    monkeypatch.setattr(pool, "TIMEOUT", pool.TIMEOUT)
    monkeypatch.setattr(stat_cache, "RACY", stat_cache.RACY)
    monkeypatch.syspath_prepend(BENCH)
    return importlib.import_module("fuzzing.fuzzer")


def test_no_picture_is_stale_after_random_edits(fuzzer: ModuleType, tmp_path: Path) -> None:
    """Thirty edits: each changed picture is drawn again, and the edits do change some."""
    *_, tally = fuzzer.fuzz(tmp_path, 30, 0, 1)
    assert tally.stale == []
    assert tally.edits == 30
    assert tally.changed > 0
    assert tally.unchanged > 100


def test_the_fuzzer_sees_an_engine_that_misses_something(
    fuzzer: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When every picture counts as fresh, stale ones are found."""
    monkeypatch.setattr("truepage.engine.trace.Trace.is_fresh", lambda self, current: True)
    *_, tally = fuzzer.fuzz(tmp_path, 15, 0, 1)
    assert tally.stale


def test_no_notebook_is_stale_after_random_edits(fuzzer: ModuleType, tmp_path: Path) -> None:
    """Ten edits of cells, prose and the modules behind them."""
    *_, tally = fuzzer.fuzz(tmp_path, 10, 0, 1, notebooks=True)
    assert tally.stale == []
    assert tally.changed > 0
    assert tally.unchanged > 20
