"""Making the fonts that figures are laid out with: `make` runs this module.

matplotlib measures text with TrueType files, a page shows it with WOFF2. Both are the same design:
Inter is instanced from the very files that pages load, and KaTeX's files are those of its package.
"""

import logging
import tempfile
from pathlib import Path

from fontTools.merge import Merger, Options
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from truepage.figures.svg import MATHS_SCALE

VENDOR = Path(__file__).parents[1] / "vendor"
FOLDER = "figure-fonts"

SUBSETS = ("latin", "latin-ext", "greek", "cyrillic")
FACES = {
    "Inter-Regular": ("normal", 400),
    "Inter-Bold": ("normal", 700),
    "Inter-Italic": ("italic", 400),
}

DATE = 3_700_000_000
"""Seconds since 1904, in 2021: the same files are the same bytes."""

KATEX = (
    "KaTeX_Main-Regular",
    "KaTeX_Main-Bold",
    "KaTeX_Math-Italic",
    "KaTeX_Caligraphic-Regular",
    "KaTeX_SansSerif-Regular",
    "KaTeX_Typewriter-Regular",
)


def main() -> None:
    """Make them all."""
    logging.disable(
        logging.WARNING
    )  # KaTeX's files have 1970 for their date, and fontTools says so
    folder = VENDOR / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, (style, weight) in FACES.items():
        _inter(style, weight, folder / f"{name}.ttf")
    for name in KATEX:
        font = TTFont(VENDOR / "katex" / "fonts" / f"{name}.ttf", recalcTimestamp=False)
        font["head"].created = font["head"].modified = DATE
        font["head"].unitsPerEm = round(font["head"].unitsPerEm / MATHS_SCALE)
        font.save(folder / f"{name}.ttf")


def _inter(style: str, weight: int, path: Path) -> None:
    """Put the subsets of the variable font together, at one weight.

    Substitutions (GSUB) are left out: a subset's refer to tables that merging drops. Figures turn
    them off on the page, too (`font-variant-ligatures`), so text is as wide there as it was here.
    """
    files = VENDOR / "fonts" / "inter" / "files"
    with tempfile.TemporaryDirectory() as scratch:
        parts = []
        for subset in SUBSETS:
            font = TTFont(files / f"inter-{subset}-wght-{style}.woff2", recalcTimestamp=False)
            instantiateVariableFont(font, {"wght": weight}, inplace=True)
            font.flavor = None
            parts.append(Path(scratch, f"{subset}.ttf"))
            font.save(parts[-1])
        drop = Options(drop_tables=["GSUB", "STAT", "prep", "gasp"])
        merged = Merger(drop).merge([str(part) for part in parts])
        bold = weight >= 600
        for record in merged["name"].names:
            if record.nameID in {2, 17}:
                record.string = "Bold" if bold else "Italic" if style == "italic" else "Regular"
        merged["OS/2"].fsSelection = 1 << (5 if bold else 0 if style == "italic" else 6)
        merged["head"].macStyle = 1 if bold else 2 if style == "italic" else 0
        merged["head"].created = merged["head"].modified = DATE
        merged.recalcTimestamp = False
        merged.save(path)


if __name__ == "__main__":
    main()
