"""Saves at random under a preview, in front of open pages."""

import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser


def test_saves_at_random_leak_nothing_and_leave_no_wrong_page(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The soak of `bench/soak.py`, which lasts an hour there, for ten seconds."""
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parents[2] / "bench"), *sys.path])
    from soak import soak

    assert soak(browser, tmp_path / "site", seconds=10, seed=11) == []
