"""Code in colours is kept between builds."""

from pathlib import Path

import pygments
import pytest
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

from truepage.pages import highlighting
from truepage.pages.highlighting import Highlighting
from truepage.pages.listing import CodeListing

LISTINGS = [
    CodeListing("a.f", "src/a.py", 3, "def f(x):\n    return x < 1"),
    CodeListing("a.g", "b", 1, ""),
]


def test_code_is_highlighted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what Pygments makes of it, and the keyboard can scroll it; where it stands is new."""
    file = tmp_path / "highlighted"
    first = Highlighting(file)
    shown = [first.highlighted(listing) for listing in LISTINGS]
    first.save()
    for listing, found in zip(LISTINGS, shown, strict=True):
        formatter = HtmlFormatter(cssclass="highlight", wrapcode=True)
        plain = pygments.highlight(listing.code, PythonLexer(), formatter)
        assert found.html.replace(' tabindex="0"', "") == plain
        assert '<pre tabindex="0">' in found.html
    monkeypatch.setattr(highlighting, "_html", pytest.fail)
    moved = Highlighting(file).highlighted(CodeListing("a.f", "src/a.py", 9, LISTINGS[0].code))
    assert (moved.path, moved.line, moved.html) == ("src/a.py", 9, shown[0].html)


def test_another_pygments_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its colours may be others."""
    first = Highlighting(tmp_path / "highlighted")
    first.highlighted(LISTINGS[0])
    first.save()
    monkeypatch.setattr(highlighting, "version", lambda name: "another")
    asked: list[str] = []
    monkeypatch.setattr(highlighting, "_html", lambda code: asked.append(code) or "html")
    assert Highlighting(tmp_path / "highlighted").highlighted(LISTINGS[0]).html == "html"
    assert asked == [LISTINGS[0].code]
