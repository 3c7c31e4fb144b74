"""The fonts of a first visit: small, and without a letter lost."""

import base64
import io
import re

import pytest
from fontTools.ttLib import TTFont

from truepage.engine.file_access import vendored
from truepage.markdown.assets import katex_style, page_assets, preloads, stylesheets
from truepage.pages.fonts import FACES, Face, unicode_range

RULE = re.compile(
    r'font-family:"(?P<family>[^"]+)";font-style:(?P<style>\w+);font-weight:(?P<weight>[^;]+);.*?'
    r"src:url\((?P<source>[^)]+)\).*?unicode-range:(?P<letters>[^}]+)\}"
)


def points(text: str) -> set[int]:
    """Give the code points of a unicode-range."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.removeprefix("U+").partition("-")
        found |= set(range(int(first, 16), int(last or first, 16) + 1))
    return found


def rules(name: str) -> list[re.Match[str]]:
    """Give the rules of one of the two style sheets."""
    return list(RULE.finditer((vendored("page-fonts") / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("face", FACES, ids=lambda face: f"{face.family} {face.style}")
@pytest.mark.parametrize("sheet", ["page-fonts.css", "page-fonts-offline.css"])
def test_every_letter_of_the_package_has_a_font(face: Face, sheet: str) -> None:
    """The letters kept and the rest, which is in the package's file, are all that there are."""
    letters = [
        points(rule["letters"])
        for rule in rules(sheet)
        if (rule["family"], rule["style"], rule["weight"]) == (face.family, face.style, face.weight)
    ]
    whole = set(TTFont(vendored(face.file)).getBestCmap())
    assert set().union(*letters) == whole
    assert sum(map(len, letters)) == len(whole)


@pytest.mark.parametrize("sheet", ["page-fonts.css", "page-fonts-offline.css"])
def test_a_rule_claims_what_its_font_has(sheet: str) -> None:
    """No letter is claimed by a font within the style sheet that does not have it."""
    within = [rule for rule in rules(sheet) if rule["source"].startswith("data:")]
    assert within
    for rule in within:
        data = base64.b64decode(rule["source"].partition(",")[2])
        assert points(rule["letters"]) <= set(TTFont(io.BytesIO(data)).getBestCmap())


def test_offline_no_letter_of_the_text_is_in_a_file() -> None:
    """Some browsers load no font from another folder of the disk."""
    families = {
        rule["family"] for rule in rules("page-fonts-offline.css") if "data:" in rule["source"]
    }
    assert {"Inter Variable", "Inter Italic", "JetBrains Mono Variable", "KaTeX_Main"} <= families


def test_the_fonts_of_a_first_visit_are_small() -> None:
    """Text, italics, code and formulas together weigh less than 115 KB."""
    files = sum(file.stat().st_size for file in vendored("page-fonts").glob("*.woff2"))
    within = sum(
        len(base64.b64decode(rule["source"].partition(",")[2]))
        for rule in rules("page-fonts.css")
        if rule["source"].startswith("data:")
    )
    assert files + within < 115_000


def test_no_face_is_declared_twice() -> None:
    """KaTeX's own rules for the trimmed fonts are gone; the others are there."""
    style = katex_style()
    assert "KaTeX_Fraktur-Regular" in style
    assert not re.search(
        r"KaTeX_(AMS|Caligraphic-R|Main-Regular|Main-Bold\.|Math-Italic|Size\d)[^}]*woff2", style
    )
    assert ".ttf" not in style


def test_what_is_linked_and_preloaded_is_there() -> None:
    """Every style sheet, every preloaded font, and every file that a rule names."""
    assets = page_assets()
    assert {*stylesheets(), *stylesheets(offline=True), *preloads()} <= assets.keys()
    for rule in rules("page-fonts.css"):
        if not rule["source"].startswith("data:"):
            name = f"assets/page-fonts/{rule['source']}".replace("page-fonts/../", "")
            assert name in assets


def test_ranges_are_written_short() -> None:
    """Neighbours are one range."""
    assert unicode_range([1, 2, 3, 5, 7, 8]) == "U+1-3,U+5,U+7-8"
