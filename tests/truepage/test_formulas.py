"""Formulas are kept between builds, and what is kept is never wrong."""

import html
import json
from pathlib import Path
from typing import Any

import pytest

from truepage.engine.file_access import read_checked
from truepage.maths.katex import TexError
from truepage.pages import typesetting
from truepage.pages.formula_cache import Formulas, with_html

FORMULAS = [(r"\sigma(x) < 1", False), (r"\frac{a}{b}", True), ("x", False), ("x", True)]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """What KaTeX was asked for."""
    asked: list[tuple[str, bool]] = []
    typeset = typesetting.typeset

    def ask(tex: str, *, display: bool, **options: Any) -> typesetting.Typeset:
        asked.append((tex, display))
        return typeset(tex, display=display, **options)

    monkeypatch.setattr(typesetting, "typeset", ask)
    return asked


def build(file: Path | None) -> dict[tuple[str, bool], typesetting.Typeset]:
    """Set the formulas as one build does."""
    kept = Formulas(file)
    found = {one: kept.typeset(one[0], display=one[1]) for one in FORMULAS for _ in range(2)}
    kept.save()
    return found


def test_a_formula_is_set_once_in_a_build_and_never_again(
    tmp_path: Path, asked: list[tuple[str, bool]]
) -> None:
    """In another build all of it is as it was: HTML, text and widths."""
    first = build(tmp_path / "formulas")
    assert asked == FORMULAS
    assert build(tmp_path / "formulas") == first
    assert asked == FORMULAS
    assert first == {one: typesetting.typeset(one[0], display=one[1]) for one in FORMULAS}


def test_a_second_build_starts_no_javascript(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it write the file anew."""
    file = tmp_path / "formulas"
    build(file)
    before = file.stat()
    monkeypatch.setattr("truepage.maths.katex.context", pytest.fail)
    build(file)
    assert file.stat().st_mtime_ns == before.st_mtime_ns


def test_without_a_file_a_formula_is_kept_in_memory(asked: list[tuple[str, bool]]) -> None:
    """Plain Python-Markdown outside of a project writes nothing."""
    build(None)
    assert asked == FORMULAS


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-1],
        lambda text: text.replace(b"sigma", b"omega"),
        lambda text: b"",
        lambda text: b"\n",
        lambda text: b"\xff" * 100,
        lambda text: text[:1000],
    ],
    ids=["cut", "changed", "empty", "a line", "noise", "half"],
)
def test_a_damaged_file_is_no_file(
    tmp_path: Path, asked: list[tuple[str, bool]], damage: object
) -> None:
    """Its formulas are set again, and the next build finds them."""
    file = tmp_path / "formulas"
    first = build(file)
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    assert build(file) == first
    assert asked == FORMULAS * 2
    assert build(file) == first
    assert asked == FORMULAS * 2


def test_what_another_program_made_is_not_trusted(
    tmp_path: Path, asked: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another KaTeX, or other code around it; the file is written whole by ours then."""
    file = tmp_path / "formulas"
    build(file)
    monkeypatch.setattr(typesetting, "digest", lambda: "another")
    build(file)
    assert asked == FORMULAS * 2
    head = json.loads(read_checked(file).split(b"\n")[0])
    assert len(head["entries"]) == len(FORMULAS)


def test_the_digest_is_of_katex_and_of_the_code_around_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte of KaTeX changed is another KaTeX."""
    before = typesetting.digest()
    assert typesetting.digest() == before
    other = tmp_path / "katex.min.js"
    other.write_bytes(typesetting.vendored("katex/katex.min.js").read_bytes() + b"\n")
    monkeypatch.setattr(typesetting, "vendored", lambda name: other)
    assert typesetting.digest() != before


def test_what_is_refused_is_refused_again(tmp_path: Path) -> None:
    """An error is not kept."""
    for _ in range(2):
        kept = Formulas(tmp_path / "formulas")
        with pytest.raises(TexError):
            kept.typeset(r"\foo", display=False)
        kept.save()
    assert not (tmp_path / "formulas").exists()


def test_a_folder_that_cannot_be_written_to_is_no_fault(tmp_path: Path) -> None:
    """The formulas are there all the same."""
    (tmp_path / "file").write_text("")
    assert len(build(tmp_path / "file" / "formulas")) == len(FORMULAS)


def test_a_page_can_be_read_with_text_for_formulas() -> None:
    """Each is text once, and is put back as it was; other HTML like KaTeX's is left alone."""
    kept = Formulas()
    one = kept.typeset(r"\sigma(x) < 1", display=False)
    two = kept.typeset(r"\frac{a}{b}", display=True)
    other = typesetting.typeset("z", display=False)
    page = f'<h1>{one.html} &amp; {one.html}</h1><p>{two.html}{other.html}<span class="katex'
    text, taken = kept.with_text(page)
    assert len(taken) == 3
    assert with_html(text, taken) == page
    assert text.startswith(
        '<h1><span data-truepage-formula="0">σ(x) &lt; 1</span> &amp; '
        '<span data-truepage-formula="1">'
    )
    assert html.unescape(text).count("σ(x) < 1") == 2
    assert other.html in text
    assert two.html not in text
