"""Making the fonts that a first visit needs: `python -m truepage.pages.fonts`, run by `make`.

Each keeps the letters and the weights that pages are set in, and is a third to a half as large as
the package's file. That one is still there for all other letters: the browser tells by
`unicode-range`. Nothing on a page moves when a font arrives:

- The letters of formulas stand in the style sheet itself; so a formula is painted once.
- So do the letters of words in italics: a font that is asked for when the text is laid out comes
  before the first paint, or just after it, and slows it down on a phone.
- The text's fonts are for the next page where they come too late for this one (`optional`).

A page opened from the disk may not load fonts from another folder in every browser. So there is a
second style sheet, with all of them in it.
"""

import base64
import io
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

VENDOR = Path(__file__).parents[1] / "vendor"
FOLDER = "page-fonts"

FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl"]
"""Kerning and accents. Not ligatures: code shows `>=` as it is typed."""

LETTERS = range(0x20, 0x7F)
PUNCTUATION = "\xa0–—‘’“”…−"
GREEK = range(0x391, 0x3CA)
SIGNS = (
    "\xa0±·×÷†…′←↑→↓↔↦∀∂∃∅∇∈∉−∓∗∘∙∝∞∠∣∥∧∨∩∪∫∼≅≈≠≡≤≥≪≫⊂⊃⊆⊇⊕⊗⊙⊤⊥⋅⋮⋯⋱⌈⌉⌊⌋⟨⟩"
    "\u200b\u2061\u2062\u2063\ue020"
)
LARGE = "()[]{}|/ \xa0∑∏∫√∣∥⟨⟩⎛⎜⎝⎞⎟⎠⎡⎢⎣⎤⎥⎦⎧⎨⎩⎪⎫⎬⎭"
"""What formulas have in larger sizes."""
NAMES = range(ord("A"), ord("z") + 1)
SETS = "CENPQRZ"
CALLIGRAPHIC = "DLNOX"
"""Vectors, sets and losses: what formulas on learning have in other alphabets."""


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
    within
        Whether it stands in the style sheet itself.
    """

    family: str
    file: str
    style: str = "normal"
    weight: str = "400 700"
    letters: Collection[int] | None = None
    within: bool = False

    @property
    def name(self) -> str:
        """The name of the file made of it."""
        return Path(self.file).name


INTER = "fonts/inter/files/inter-latin-wght"
JETBRAINS = "fonts/jetbrains-mono/files/jetbrains-mono-latin-wght"

FACES = (
    Face("Inter Variable", f"{INTER}-normal.woff2"),
    Face(
        "Inter Italic",
        f"{INTER}-italic.woff2",
        style="italic",
        weight="400",
        letters={*LETTERS, *map(ord, PUNCTUATION)},
        within=True,
    ),
    Face("JetBrains Mono Variable", f"{JETBRAINS}-normal.woff2"),
    Face(
        "KaTeX_Main",
        "katex/fonts/KaTeX_Main-Regular.woff2",
        weight="400",
        letters={*LETTERS, *GREEK, *map(ord, SIGNS)},
        within=True,
    ),
    Face(
        "KaTeX_Math",
        "katex/fonts/KaTeX_Math-Italic.woff2",
        style="italic",
        weight="400",
        letters={*LETTERS, *GREEK, 0x3D1, 0x3D5, 0x3F1, 0x3F5},
        within=True,
    ),
    Face(
        "KaTeX_Main",
        "katex/fonts/KaTeX_Main-Bold.woff2",
        weight="700",
        letters=NAMES,
        within=True,
    ),
    Face(
        "KaTeX_AMS",
        "katex/fonts/KaTeX_AMS-Regular.woff2",
        weight="400",
        letters=set(map(ord, SETS)),
        within=True,
    ),
    Face(
        "KaTeX_Caligraphic",
        "katex/fonts/KaTeX_Caligraphic-Regular.woff2",
        weight="400",
        letters=set(map(ord, CALLIGRAPHIC)),
        within=True,
    ),
    *(
        Face(
            f"KaTeX_Size{size}",
            f"katex/fonts/KaTeX_Size{size}-Regular.woff2",
            weight="400",
            letters=set(map(ord, LARGE)),
            within=True,
        )
        for size in (1, 2, 3, 4)
    ),
)


def main() -> None:
    """Make them all, and both style sheets."""
    logging.disable(logging.WARNING)  # KaTeX's files give 1970 as their date, and fontTools says so
    folder = VENDOR / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    online, offline = [], []
    for face in FACES:
        font = TTFont(VENDOR / face.file, recalcTimestamp=False)
        letters = set(font.getBestCmap())
        kept = letters & set(face.letters) if face.letters is not None else letters
        data = _trimmed(font, kept, [int(weight) for weight in face.weight.split()])
        within = _rule(face, f"data:font/woff2;base64,{base64.b64encode(data).decode()}", kept)
        rest = _rule(face, f"../{face.file}", letters - kept) if kept < letters else ""
        offline += [within, rest]
        if face.within:
            online += [within, rest]
        else:
            (folder / face.name).write_bytes(data)
            online += [_rule(face, face.name, kept)]
    (folder / "page-fonts.css").write_text("".join(online), encoding="utf-8")
    (folder / "page-fonts-offline.css").write_text("".join(offline), encoding="utf-8")


def _rule(face: Face, address: str, letters: Collection[int]) -> str:
    """Return what a style sheet says of a font."""
    display = "" if address.startswith("data:") else "font-display:optional;"
    return (
        f'@font-face{{font-family:"{face.family}";font-style:{face.style};'
        f"font-weight:{face.weight};{display}src:url({address}) format('woff2');"
        f"unicode-range:{unicode_range(letters)}}}\n"
    )


def _trimmed(font: TTFont, letters: Iterable[int], weights: Sequence[int]) -> bytes:
    """Return a font as WOFF2 with only these letters and weights: one, or from one to another."""
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
        instantiateVariableFont(font, {"wght": (weights[0], weights[-1])}, inplace=True)
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
