"""Making the fonts that a first visit needs: `python -m truepage.page_fonts`, run by `make`.

They go into the style sheet itself, so that text and formulas are painted once, in their own
letters: nothing moves when a font arrives. That is only good if they are small. So each keeps the
letters and the weights that pages are set in. What has other letters loads the whole file: the
browser tells by `unicode-range`. The italic is a file of its own under a name of its own; until
it is there, text is slanted by the browser, which takes the same room.
"""

import base64
import io
import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

VENDOR = Path(__file__).with_name("vendor")
FOLDER = "page-fonts"

WEIGHTS = (400, 700)
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl"]
"""Kerning and accents. Not ligatures: code shows `>=` as it is typed."""

LETTERS = range(0x20, 0x7F)
GREEK = range(0x391, 0x3CA)
SIGNS = "\xa0±·×÷†…′←↑→↓↔↦∀∂∃∅∇∈∉−∓∗∘∙∞∠∣∥∧∨∩∪∫∼≅≈≠≡≤≥≪≫⊂⊃⊆⊇⊕⊗⊤⊥⋅⋮⋯⋱⟨⟩\u2061\u2062\u2063"


@dataclass(frozen=True)
class Face:
    """A font that goes into the style sheet.

    Parameters
    ----------
    family, style, weight
        As style sheets call them.
    file
        Where its letters are, in `vendor/`.
    letters
        Code points to keep; None: all that the file has.
    apart
        The name of the file that it becomes instead; pages load it when they need it.
    """

    family: str
    file: str
    style: str = "normal"
    weight: str = "400 700"
    letters: Collection[int] | None = None
    apart: str = ""


INTER = "fonts/inter/files/inter-latin-wght"
JETBRAINS = "fonts/jetbrains-mono/files/jetbrains-mono-latin-wght"

FACES = (
    Face("Inter Variable", f"{INTER}-normal.woff2"),
    Face("Inter Italic", f"{INTER}-italic.woff2", style="italic", apart="inter-italic.woff2"),
    Face("JetBrains Mono Variable", f"{JETBRAINS}-normal.woff2"),
    Face(
        "KaTeX_Main",
        "katex/fonts/KaTeX_Main-Regular.woff2",
        weight="400",
        letters={*LETTERS, *GREEK, *map(ord, SIGNS)},
    ),
    Face(
        "KaTeX_Math",
        "katex/fonts/KaTeX_Math-Italic.woff2",
        style="italic",
        weight="400",
        letters={*LETTERS, *GREEK, 0x3D1, 0x3D5, 0x3F1, 0x3F5},
    ),
)


def main() -> None:
    """Write the style sheet."""
    logging.disable(logging.WARNING)  # KaTeX's files give 1970 as their date, and fontTools says so
    folder = VENDOR / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    rules = []
    for face in FACES:
        font = TTFont(VENDOR / face.file, recalcTimestamp=False)
        letters = set(font.getBestCmap())
        if face.letters is not None:
            letters &= set(face.letters)
        data = _trimmed(font, letters)
        if face.apart:
            (folder / face.apart).write_bytes(data)
            source = f"url({face.apart}) format('woff2');font-display:optional"
        else:
            source = (
                f"url(data:font/woff2;base64,{base64.b64encode(data).decode()}) format('woff2')"
            )
        rules.append(
            f'@font-face{{font-family:"{face.family}";font-style:{face.style};'
            f"font-weight:{face.weight};src:{source};unicode-range:{unicode_range(letters)}}}\n"
        )
    (folder / "page-fonts.css").write_text("".join(rules), encoding="utf-8")


def _trimmed(font: TTFont, letters: Iterable[int]) -> bytes:
    """Return a font as WOFF2 with only these letters, and at most the weights of pages."""
    options = subset.Options()
    options.layout_features = FEATURES
    options.hinting = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    if "fvar" in font:
        # Written and read in between: instancing wants the tables as they are in a file.
        plain = io.BytesIO()
        font.flavor = None
        font.save(plain)
        font = TTFont(plain, recalcTimestamp=False)
        instantiateVariableFont(font, {"wght": WEIGHTS}, inplace=True)
    trimmed = io.BytesIO()
    font.flavor = "woff2"
    font.save(trimmed)
    return trimmed.getvalue()


def unicode_range(letters: Iterable[int]) -> str:
    """Return code points as a style sheet lists them.

    Examples
    --------
    >>> unicode_range([0x41, 0x43, 0x42, 0x3B1])
    'U+41-43,U+3B1'
    """
    points = sorted(letters)
    starts = [points[0], *(b for a, b in pairwise(points) if b > a + 1)]
    ends = [*(a for a, b in pairwise(points) if b > a + 1), points[-1]]
    return ",".join(
        f"U+{first:X}" if first == last else f"U+{first:X}-{last:X}"
        for first, last in zip(starts, ends, strict=True)
    )


if __name__ == "__main__":
    main()
