"""What was made before is kept between builds, and what is kept is never wrong."""

import json
from pathlib import Path

import pytest

from truepage.engine import cache
from truepage.engine.cache import Memo, digest
from truepage.engine.file_access import read_checked, write_checked

VALUES = {"a": ["x", 1.5, None], "b": "é\ud800", "c": {"d": []}}


def build(file: Path | None, day: int = 0, made_by: str = "us") -> set[str]:
    """Ask for all values as one build does; return those that had to be made."""
    kept = Memo(file, made_by)
    kept._today += day
    made = set()
    for key, value in [*VALUES.items()] * 2:
        found = kept.find(key)
        if found is None:
            made.add(key)
            kept.note(key, value)
        else:
            assert found == value
    kept.save()
    return made


def test_what_was_made_is_found_in_the_next_build(tmp_path: Path) -> None:
    """And a build that makes nothing new writes nothing."""
    file = tmp_path / "memo"
    assert build(file) == set(VALUES)
    before = file.stat()
    assert build(file) == set()
    assert file.stat().st_mtime_ns == before.st_mtime_ns


def test_another_maker_makes_it_again(tmp_path: Path) -> None:
    """Its file has nothing of the one before."""
    file = tmp_path / "memo"
    build(file)
    assert build(file, made_by="others") == set(VALUES)
    assert build(file, made_by="others") == set()
    assert build(file) == set(VALUES)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"{}\n", b"[]\n", b'{"made_by": "us", "entries": 3}\n', b"\xff" * 99],
)
def test_nonsense_is_no_file(tmp_path: Path, content: bytes) -> None:
    """Whether it is damaged or was written so."""
    file = tmp_path / "memo"
    for write in (Path.write_bytes, write_checked):
        write(file, content)
        assert build(file) == set(VALUES)
        assert build(file) == set()


def test_what_nothing_uses_goes_after_a_month(tmp_path: Path) -> None:
    """What a build uses stays for another."""
    file = tmp_path / "memo"
    old = Memo(file, "us")
    old.note("old", 1)
    old.save()
    build(file)
    assert Memo(file, "us").find("old") == 1
    build(file, day=20)
    assert Memo(file, "us").find("old") == 1
    assert build(file, day=40) == set()
    assert set(json.loads(read_checked(file).split(b"\n")[0])["entries"]) == set(VALUES)


def test_the_file_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not used for longest goes first."""
    monkeypatch.setattr(cache, "LIMIT", 1000)
    file = tmp_path / "memo"
    for day, key in enumerate("abcdefgh"):
        kept = Memo(file, "us")
        kept._today += day
        kept.note(key, key * 300)
        kept.save()
    kept = Memo(file, "us")
    assert [key for key in "abcdefgh" if kept.find(key)] == ["f", "g", "h"]


def test_a_folder_that_cannot_be_written_to_is_no_fault(tmp_path: Path) -> None:
    """All of it is there all the same, in this build."""
    (tmp_path / "file").write_text("")
    assert build(tmp_path / "file" / "memo") == set(VALUES)


def test_without_a_file_nothing_is_kept() -> None:
    """Who asks remembers what it was told, or asks again."""
    kept = Memo(None, "us")
    kept.note("a", 1)
    kept.save()
    assert kept.find("a") is None


def test_a_key_tells_parts_apart() -> None:
    """However they are cut, and whatever they hold."""
    keys = [digest("ab", "c"), digest("a", "bc"), digest("abc"), digest(b"ab", "d"), digest()]
    assert len(set(keys)) == len(keys)
    assert digest("é") == digest("é".encode())
    assert digest("\ud800")
