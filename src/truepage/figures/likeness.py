"""Whether two pictures are equal but for the last digit of coordinates."""

import base64
import io
from xml.etree import ElementTree as etree  # noqa: N813 (as the library calls it)

from PIL import Image, ImageChops

from truepage.figures.paths import NUMBER, STEPS, places
from truepage.figures.svg import NUMERIC

LEVELS = 2
"""Of 255: by how much pixels of images may differ."""


def same(one: bytes, other: bytes, tolerance: float = 1.5 / STEPS) -> bool:
    """Tell whether two converted pictures are equal but for the last digit of coordinates.

    Processors differ in the last bits of exp(), and a coordinate may be rounded up on one and down
    on another.

    Examples
    --------
    >>> one = b'<svg><path d="M0 0l1 1 1 2" stroke="#100100"/></svg>'
    >>> same(one, b'<svg><path d="M0 0l1.01 1 .99 2" stroke="#100100"/></svg>')
    True
    >>> same(one, b'<svg><path d="M0 0l1 1 1 2.1" stroke="#100100"/></svg>')
    False
    >>> same(one, b'<svg><path d="M0 0l1 1 1 2" stroke="#100101"/></svg>')
    False
    """
    if one == other:
        return True
    try:
        trees = [list(etree.fromstring(each).iter()) for each in (one, other)]  # noqa: S314 (ours)
    except etree.ParseError:
        return False
    return len(trees[0]) == len(trees[1]) and all(
        a.tag == b.tag
        and len(a) == len(b)
        and (a.text, a.tail) == (b.text, b.tail)
        and a.keys() == b.keys()
        and all(_near(name, a.get(name, ""), b.get(name, ""), tolerance) for name in a.keys())  # noqa: SIM118 (an element is no dictionary)
        for a, b in zip(*trees, strict=True)
    )


def _near(name: str, one: str, other: str, tolerance: float) -> bool:
    """Tell whether two values of an attribute are equal, or nearly so if they are numbers."""
    if one == other:
        return True
    if name == "d":
        first, second = places(one), places(other)
        words = [[word for word, _ in path] for path in (first, second)]
        numbers = [[x for _, point in path for x in point] for path in (first, second)]
    elif name == "href":
        return _alike(one, other)
    elif name in NUMERIC:
        words = [NUMBER.split(value) for value in (one, other)]
        numbers = [[float(number) for number in NUMBER.findall(v)] for v in (one, other)]
    else:
        return False
    return words[0] == words[1] and all(
        abs(a - b) <= tolerance for a, b in zip(*numbers, strict=True)
    )


def _alike(one: str, other: str) -> bool:
    """Tell whether two images in a picture are equal but for the last digits of their levels."""
    kind = "data:image/png;base64,"
    if not (one.startswith(kind) and other.startswith(kind)):
        return False
    images = [
        Image.open(io.BytesIO(base64.b64decode(each.removeprefix(kind)))).convert("RGBA")
        for each in (one, other)
    ]
    if images[0].size != images[1].size:
        return False
    return max(ImageChops.difference(*images).tobytes(), default=0) <= LEVELS
