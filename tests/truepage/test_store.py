"""What is kept between builds is data, whoever wrote it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from truepage.engine.file_access import FORMAT, KEY, OthersError, read_checked, write_checked
from truepage.engine.store import Store, is_foreign
from truepage.engine.task import TaskResult
from truepage.engine.trace import Trace
from truepage.figures.outside import framed, read_svg

IDENTITY = ("figure", "a")
PARTS = dict.fromkeys(("python", "platform", "start", "folders"), "1")
PICTURE = b'<svg><text>on x = 1, javascript: href=x</text><use href="#a"/></svg>'

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="3" height="3"><script>1</script></svg>'


def _kept(root: Path) -> Store:
    store = Store(root)
    store.put(IDENTITY, Trace(PARTS, {}), TaskResult({"svg": PICTURE}, {}, 0.1))
    return store


def _forge(root: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Change a trace as somebody would who knows how it is written."""
    (file,) = (root / "traces").glob("*/*")
    entry = json.loads(read_checked(file))
    change(entry)
    write_checked(file, json.dumps(entry).encode())


def test_what_is_put_is_got(tmp_path: Path) -> None:
    """The picture comes back."""
    (found,) = _kept(tmp_path).traces(IDENTITY)
    product = Store(tmp_path).get(found[1])
    assert product is not None
    assert product.files == {"svg": PICTURE}


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry["product"]["files"].update(svg="../../victim"),
        lambda entry: entry["product"]["files"].update({"../x": "0" * 64}),
        lambda entry: entry.update(parts={}),
        lambda entry: entry.update(product=[]),
    ],
)
def test_a_trace_of_anothers_making_is_no_trace(
    tmp_path: Path, change: Callable[[dict[str, object]], object]
) -> None:
    """It names files outside, depends on nothing, or is of another form."""
    root = tmp_path / "project/store"
    victim = tmp_path / "victim.svg"
    victim.write_text("x")
    _kept(root)
    _forge(root, change)
    assert list(Store(root).traces(IDENTITY)) == []
    assert victim.read_text() == "x"


@pytest.mark.parametrize("folder", ["objects", "traces"])
def test_a_folder_in_the_place_of_a_file_heals(tmp_path: Path, folder: str) -> None:
    """It is removed, and the file is written anew."""
    store = _kept(tmp_path)
    file = next(path for path in (tmp_path / folder).rglob("*") if path.is_file())
    file.unlink()
    file.mkdir()
    found = [store.get(meta) for _, meta in store.traces(IDENTITY)]
    assert found in ([], [None])
    _kept(tmp_path)
    assert file.is_file()


def test_with_a_key_only_what_is_signed_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is unsigned, or signed with another key, is as good as absent, and not damaged."""
    file = tmp_path / "x"
    write_checked(file, b"1")
    monkeypatch.setenv(KEY, "one")
    with pytest.raises(OthersError):
        read_checked(file)
    write_checked(file, b"2")
    assert read_checked(file) == b"2"
    monkeypatch.setenv(KEY, "another")
    with pytest.raises(OthersError):
        read_checked(file)
    monkeypatch.delenv(KEY)
    assert read_checked(file) == b"2"


@pytest.mark.parametrize(
    "inside",
    [
        b"<script>1</script>",
        b"<SCRIPT/>",
        b'<rect onload="x()"/>',
        b"<rect\nonload=x/>",
        b'<a xlink:href="https://example.org"/>',
        b"<image href='http://example.org/x'/>",
        b"<foreignObject/>",
        b'<style>@import "x"</style>',
        b'<rect style="fill:url(http://example.org)"/>',
        b'<a href="javascript:x"/>',
        b"<!ENTITY a 'b'>",
        b'<a href="data:image/svg+xml;base64,AAAA"/>',
        b'<image href="data:image/svg+xml;base64,AAAA" onload="x()"/>',
        b'<image href="data:text/html;base64,AAAA"/>',
    ],
)
def test_an_svg_that_acts_is_foreign(inside: bytes) -> None:
    """It has what our writer never writes; the same words in a text are none of it."""
    assert is_foreign(b"<svg>" + inside + b"</svg>")
    assert not is_foreign(PICTURE)
    assert not is_foreign(framed(read_svg(SVG), "a", "A picture of another's making."))


def test_what_another_version_wrote_is_not_looked_at(tmp_path: Path) -> None:
    """It is as good as absent, and not damaged."""
    store = _kept(tmp_path)
    file = next(path for path in (tmp_path / "traces").rglob("*") if path.is_file())
    content = file.read_bytes()
    assert content.startswith(FORMAT + b" ")
    for head in (b"3 ", b""):
        file.write_bytes(head + content.removeprefix(FORMAT + b" "))
        assert list(store.traces(IDENTITY)) == []
    assert store.damaged == []
