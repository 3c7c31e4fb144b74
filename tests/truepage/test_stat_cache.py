"""What is known of files holds for the content it was worked out from."""

from pathlib import Path

from truepage.engine.stat_cache import StatCache


def test_a_save_between_two_looks_teaches_nothing_wrong(tmp_path: Path) -> None:
    """What followed from the second content was noted for the first, for ever."""
    file = tmp_path / "module.py"
    index = StatCache(tmp_path / "index.json")
    file.write_bytes(b"first")
    index.digest(str(file))
    file.write_bytes(b"second")
    assert index.derived(str(file), "itself", bytes.decode) == "second"
    file.write_bytes(b"first")
    index.look_again()
    assert index.derived(str(file), "itself", bytes.decode) == "first"
