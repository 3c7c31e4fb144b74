"""Whether what a site publishes shows what its library computes."""

import re
import runpy
from collections import defaultdict
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import numpy as np
from figures import MODULE

from truepage.figures.paths import places


class Images(HTMLParser):
    """The addresses of the images that a page shows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an image."""
        address = dict(attrs).get("src")
        if tag == "img" and address:
            self.addresses.add(unquote(urldefrag(address).url))


def published(site: Path) -> dict[int, set[str]]:
    """Return the pictures that a site's pages show: number of the function → SVG documents."""
    pictures = set()
    pages = sorted(site.rglob("*.html"))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        pictures.update(re.findall(r"<svg\b.*?</svg>", text, re.DOTALL))
        for address in Images(text).addresses:
            if address.endswith(".svg") and not address.startswith(("http", "data")):
                pictures.add((page.parent / address).read_text(encoding="utf-8"))
    if not pages:
        pictures.update(path.read_text(encoding="utf-8") for path in site.glob("*.svg"))
    found = defaultdict(set)
    for picture in pictures:
        if title := re.search(r"\bFunction (\d+)", picture):
            found[int(title[1])].add(picture)
    return found


def shows(picture: str, function: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Tell whether the curve of a picture is the graph of a function on [-5, 5].

    Both are scaled to the unit square, so that no tool's size, style or margins matter. The curve
    is the open path with the most points; matplotlib leaves out points on a straight line. Scaled,
    the functions of high numbers are alike, all but straight: which of them a picture shows, its
    title says. The edited function is far from what it was.
    """
    paths = re.findall(r' d="((?:[ML] [-\d.]+ [-\d.]+\s*)+)"', picture)
    curves = [np.array(re.findall(r"[ML] (\S+) (\S+)", path), float) for path in paths]
    ours = re.findall(r' d="(M[-\d. ]+(?:[lhv][-\d. ]+)+)"', picture)  # relative, and shorter
    curves += [np.array([point for _, point in places(path)]) for path in ours]
    # One that is all but straight has few; lines of grid and legend are level or upright.
    curve = max(curves, key=lambda path: (np.ptp(path, axis=0).all(), len(path)))
    x, y = curve[:, 0], -curve[:, 1]
    xs = np.linspace(-5, 5, 201)
    expected = function(xs)

    def scaled(values: np.ndarray) -> np.ndarray:
        return (values - values.min()) / np.ptp(values)

    return bool(np.abs(np.interp(scaled(x), scaled(xs), scaled(expected)) - scaled(y)).max() < 0.01)


def is_right(pictures: dict[int, set[str]], root: Path, number: int) -> bool:
    """Tell whether every published picture of a function shows it as it is in the library now."""
    start = (number - 1) // MODULE * MODULE + 1
    library = runpy.run_path(str(root / "src" / f"library_{start}.py"))
    found = pictures.get(number, set())
    return bool(found) and all(shows(picture, library[f"function_{number}"]) for picture in found)
