"""What is measured of a picture that was drawn from the gallery, in Chromium, beside Agg's picture.

**Light.** Both pictures are blurred by 3 CSS pixels, so that where a letter's edge is, which every
renderer decides by itself, does not count, and that a letter is there, does. `difference` is the
largest that is left anywhere, in any of red, green and blue, of 1. A lost label of a contour, a
ground that was dropped, swapped ends of a colormap or another font are above the threshold wherever
they are in the picture; a mean over all of it would not see them. What authors place in pixels is
elsewhere at each resolution, and in SVG a pixel is a point: so the nearer of two of Agg's pictures
counts, of 192 and of 72 dots to the inch.

**Dark.** `contrast` is the lowest contrast of a text with what is behind it, of those that have
less of it than in the light. `data` is the share of pixels that are others, of those that show
nothing but what stands for values: images, meshes, points and lines that a colormap gave colours.

`outside` has the text of which something is drawn outside the picture.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from playwright.sync_api import Page, sync_playwright
from serving import FLAGS, find_chromium

from truepage.figures import svg
from truepage.markdown.assets import page_assets, stylesheets

BLUR = 6
"""Dots; two are a CSS pixel."""

MARGIN = 40
"""CSS pixels around a picture, for text that would leave it."""

HOST = "http://gallery.test/"
LINK = f'<link rel="stylesheet" href="{HOST}{{}}">'
PAGE = """<!doctype html><html lang="en">{styles}
<style>body {{ margin: {margin}px; background: {ground} }}
svg {{ display: block; overflow: visible !important }}
.truepage-picture {{ margin: 0 }}</style>
<body data-md-color-scheme="{scheme}"><div class="truepage-picture">{picture}</div>"""
GROUNDS = {"default": "#ffffff", "slate": "#1e2129"}

# A page gives a picture whole CSS pixels, in which it is a trifle smaller.
SIZE = """() => {
  const svg = document.querySelector('svg'), {width, height} = svg.viewBox.baseVal
  svg.setAttribute('width', width * 4 / 3)
  svg.setAttribute('height', height * 4 / 3)
  return [width * 4 / 3, height * 4 / 3].map(Math.round)
}"""

# Text, and groups of outlines of letters: where each is, its colour, and its opacity.
TEXTS = """() => {
  const svg = document.querySelector('svg'), found = []
  for (const each of svg.querySelectorAll('text, g[transform*="scale"]')) {
    const box = each.getBoundingClientRect(), style = getComputedStyle(each)
    found.push({
      text: each.textContent, color: style.fill, opacity: style.opacity * style.fillOpacity,
      box: [box.left, box.top, box.right, box.bottom],
    })
    each.style.visibility = 'hidden'
  }
  return found
}"""

Pixels = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Drawn:
    """A figure that was drawn.

    Parameters
    ----------
    name
        Its name.
    agg
        Agg's picture of it, in the same style, 192 dots to the inch.
    files
        What Truepage made: `svg`, data.
    facts
        What else Truepage knows of it.
    """

    name: str
    agg: Path
    files: Mapping[str, bytes]
    facts: Mapping[str, Any]


@contextmanager
def browser_page() -> Iterator[Page]:
    """Yield a page that has what pages of sites have: fonts and style sheets."""
    assets = {f"{HOST}{url}": content for url, content in page_assets().items()}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(device_scale_factor=2, viewport={"width": 2200, "height": 2200})

        def answer(route: Any) -> None:
            content = assets.get(route.request.url, "")
            if isinstance(content, Path):
                content = content.read_bytes()
            kind = {"css": "text/css", "woff2": "font/woff2"}.get(route.request.url.split(".")[-1])
            route.fulfill(body=content, content_type=kind or "text/html")

        page.route("**/*", answer)
        page.goto(HOST)
        page.set_content("".join(LINK.format(url) for url in stylesheets()))
        page.evaluate("Promise.all([...document.fonts].map(font => font.load()))")
        yield page
        browser.close()


def measure(drawn: Drawn, page: Page, folder: Path) -> dict[str, Any]:
    """Return what is measured of a picture, by name; leave what Chromium shows in a folder."""
    shown, texts, grounds = {}, {}, {}
    outside: list[str] = []
    for scheme in GROUNDS:
        seen, texts[scheme], without = show(drawn.files["svg"], scheme, page)
        shown[scheme], grounds[scheme] = inside(seen), inside(without)
        outside = outside or leaving(texts[scheme], seen, without)
        Image.fromarray(shown[scheme]).save(folder / f"{drawn.name}.{scheme}.png")
    differences = [
        difference(flat(path, shown["default"].shape[1::-1]), shown["default"])
        for path in (drawn.agg, drawn.agg.with_suffix(".72.png"))
    ]
    contrasts = [
        (dark, text["text"])
        for text, other in zip(texts["slate"], texts["default"], strict=True)
        if (dark := contrast(text, shown["slate"], grounds["slate"]))
        < contrast(other, shown["default"], grounds["default"]) - 0.1
    ]
    return {
        "bytes": len(drawn.files["svg"]),
        "follows": drawn.facts["follows"],
        "difference": round(min(differences), 3),
        "contrast": min(contrasts, default=(21.0, "")),
        "data": round(changed(drawn.agg, shown), 3),
        "outside": outside,
    }


def inside(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what is seen of a picture on a page."""
    return pixels[2 * MARGIN : -2 * MARGIN, 2 * MARGIN : -2 * MARGIN]


def leaving(
    found: list[dict[str, Any]], seen: NDArray[np.uint8], without: NDArray[np.uint8]
) -> list[str]:
    """Return the text of which more than the rim of a pixel is outside the picture."""
    drawn = np.abs(seen.astype(int) - without).max(axis=2) > 64
    edge = 2 * MARGIN - 2
    drawn[edge:-edge, edge:-edge] = False
    texts = []
    for text in found:
        left, top, right, bottom = (max(0, round(2 * side)) for side in text["box"])
        if drawn[top:bottom, left:right].any():
            texts.append(text["text"])
    return texts


def show(
    picture: bytes, scheme: str, page: Page
) -> tuple[NDArray[np.uint8], list[dict[str, Any]], NDArray[np.uint8]]:
    """Return what Chromium shows of a picture and around it, its texts, and all without them."""
    styles = "".join(LINK.format(url) for url in stylesheets())
    page.set_content(
        PAGE.format(
            styles=styles,
            margin=MARGIN,
            ground=GROUNDS[scheme],
            scheme=scheme,
            picture=svg.inline(picture),
        )
    )
    page.evaluate("document.fonts.ready")
    width, height = page.evaluate(SIZE)
    clip = {"x": 0, "y": 0, "width": width + 2 * MARGIN, "height": height + 2 * MARGIN}

    def pixels() -> NDArray[np.uint8]:
        return np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB"))

    shown = pixels()
    texts = page.evaluate(TEXTS)
    return shown, texts, pixels()


def flat(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return one of Agg's pictures on white."""
    agg = Image.open(path).convert("RGBA")
    white = Image.new("RGBA", agg.size, "white")
    white.alpha_composite(agg)
    return np.asarray(white.convert("RGB").resize(size, Image.Resampling.BICUBIC))


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return by how much two pictures differ where they differ most."""
    height, width = [min(a, b) for a, b in zip(one.shape, other.shape, strict=True)][:2]
    blurred = [
        np.asarray(
            Image.fromarray(each[:height, :width]).filter(ImageFilter.GaussianBlur(BLUR)), float
        )
        for each in (one, other)
    ]
    return float(np.abs(blurred[0] - blurred[1]).max() / 255)


def contrast(text: Mapping[str, Any], shown: NDArray[np.uint8], ground: NDArray[np.uint8]) -> float:
    """Return WCAG's contrast between a text and what is behind it, where its letters are seen."""
    left, top, right, bottom = (max(0, round(2 * (side - MARGIN))) for side in text["box"])
    with_it, behind = (each[top:bottom, left:right].reshape(-1, 3) for each in (shown, ground))
    behind = behind[(with_it != behind).any(axis=1)]
    if not len(behind) or not text["color"].startswith("rgb"):
        return 21.0
    color = np.array([float(part) for part in text["color"].strip("rgba()").split(",")][:3])
    mixed = text["opacity"] * color + (1 - text["opacity"]) * behind
    front, back = luminance(mixed), luminance(behind)
    ratios = (np.maximum(front, back) + 0.05) / (np.minimum(front, back) + 0.05)
    return round(float(np.quantile(ratios, 0.25)), 2)


def luminance(colors: Pixels | NDArray[np.uint8]) -> Pixels:
    """Return WCAG's relative luminance."""
    level = colors / 255
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def changed(agg: Path, shown: Mapping[str, NDArray[np.uint8]]) -> float:
    """Return the share of the pixels of data that are others in the dark."""
    alone = agg.with_suffix(".data.png")
    if not alone.is_file():
        return 0.0
    data = np.asarray(Image.open(alone).convert("RGBA"))
    whole = np.asarray(Image.open(agg).convert("RGBA"))
    seen = (data[..., 3] == 255) & (data == whole).all(axis=2)
    size = shown["default"].shape[1::-1]
    # Without the edges, where the ground has a part in a pixel.
    mask = Image.fromarray(seen).convert("L").resize(size).filter(ImageFilter.MinFilter(7))
    inside = np.asarray(mask) == 255
    light, dark = (shown[scheme][inside] for scheme in GROUNDS)
    return float(np.mean((light != dark).any(axis=1))) if len(light) else 0.0
