"""Page assets: KaTeX, typefaces, styles and scripts, all of them served by the site.

`vendor/` is filled by `make` from the packages in `package-lock.json`; a built wheel carries it.
"""

import re
from pathlib import Path

from truepage.engine.file_access import VENDOR, vendored
from truepage.figures.palette import stylesheet

HERE = Path(__file__).parent

# Rules of the packages for fonts of which `page-fonts` has a smaller one.
_TRIMMED = re.compile(
    r"(?:/\* [\w-]+-latin-wght-normal \*/\s*)?"
    r"@font-face ?\{[^}]*"
    r"(?:-latin-wght-normal|KaTeX_(?:(?:AMS|Caligraphic|Main|Size\d)-Regular|Main-Bold|Math-Italic))\.woff2[^}]*\}\s*"
)
_OLD_FONT = re.compile(r',\s*url\([^)]+\.(?:woff|ttf)\) format\("\w+"\)')


def page_assets() -> dict[str, str | bytes | Path]:
    """Return what every page needs: URL relative to the site → text, or the file to copy."""
    assets: dict[str, str | bytes | Path] = {
        "assets/katex/katex.min.css": katex_style(),
        "assets/truepage.css": stylesheet() + (HERE / "truepage.css").read_text(encoding="utf-8"),
        "assets/truepage.js": HERE / "truepage.js",
        "assets/formulas.js": HERE / "formulas.js",
        "assets/page.js": HERE / "page.js",
    }
    for folder in ("katex/fonts", "fonts", "page-fonts"):
        for font in sorted(vendored(folder).rglob("*.woff2")):
            # Text in italics is Inter's; letters of other alphabets are slanted.
            if "-italic" not in font.name or font.name == "inter-latin-wght-italic.woff2":
                assets[f"assets/{font.relative_to(VENDOR).as_posix()}"] = font
    for file in _font_styles():
        # A font that comes late is for the next page: nothing moves on this one.
        rules = file.read_text(encoding="utf-8").replace("display: swap", "display: optional")
        assets[f"assets/{file.relative_to(VENDOR).as_posix()}"] = _TRIMMED.sub("", rules)
    for file in sorted(vendored("page-fonts").glob("*.css")):
        assets[f"assets/page-fonts/{file.name}"] = file
    return assets


def katex_style() -> str:
    """Return KaTeX's style sheet without the font files of old, and those that `page-fonts` has."""
    style = (vendored("katex") / "katex.min.css").read_text(encoding="utf-8")
    return _TRIMMED.sub("", _OLD_FONT.sub("", style))


def stylesheets(*, offline: bool = False) -> list[str]:
    """Return the URLs of the style sheets among `page_assets`, in the order to load them.

    Parameters
    ----------
    offline
        Whether pages are to be opened from the disk.
    """
    return [
        *(f"assets/{file.relative_to(VENDOR).as_posix()}" for file in _font_styles()),
        f"assets/page-fonts/page-fonts{'-offline' if offline else ''}.css",
        "assets/katex/katex.min.css",
        "assets/truepage.css",
    ]


def preloads() -> list[str]:
    """Return the URLs of the fonts that a browser should ask for before it knows it needs them."""
    return [
        "assets/page-fonts/inter-latin-wght-normal.woff2",
        "assets/page-fonts/jetbrains-mono-latin-wght-normal.woff2",
    ]


def _font_styles() -> list[Path]:
    """Return the packages' style sheets for upright letters; slanted ones are in `page-fonts`."""
    return sorted(vendored("fonts").rglob("wght.css"))
