"""Pictures that others drew, SVG or PNG: made safe, and given a frame that a page can show.

What a page has of them is an image on a light ground of its own. In an image nothing runs, nothing
is loaded, and no style reaches the page around it; what could do so is taken out all the same, for
whoever takes the picture out.
"""

import base64
import io
import re
import struct
import warnings
from dataclasses import dataclass
from xml.etree import ElementTree as etree  # noqa: N813 (as the library calls it)

from PIL import Image

from truepage.figures.paths import NUMBER
from truepage.figures.svg import Node
from truepage.tracing.author import RefusedError

LARGEST = 2_000_000
"""Bytes that a picture may have."""

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"

_UNITS = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 9.6 / 2.54,
}
_LENGTH = re.compile(r"\s*([\d.]+(?:e[-+]?\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)
# What runs.
_RUNNING = frozenset({"script", "handler", "listener"})
# What holds something that is no picture; a reader would see it.
_FOREIGN = frozenset({"audio", "canvas", "embed", "foreignObject", "iframe", "object", "video"})
_ANIMATION = frozenset({"animate", "set", "animateTransform", "animateMotion"})
_INSIDE = re.compile(r"#|data:image/(?:png|jpeg|gif|webp);base64,", re.IGNORECASE)
_URL = re.compile(r"url\(\s*(?P<quote>['\"]?)(?P<target>[^'\")]*)(?P=quote)\s*\)", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s'\")]*", re.IGNORECASE)
_IMPORT = re.compile(r"@import[^;]*;?|@font-face\s*\{[^}]*\}", re.IGNORECASE)
_RUNS = re.compile(
    r"javascript:|expression\s*\(|-moz-binding|behavior\s*:|image(?:-set)?\s*\(", re.IGNORECASE
)


@dataclass(frozen=True)
class Picture:
    """A picture that others drew.

    Parameters
    ----------
    kind
        `svg+xml` or `png`.
    content
        It, safe.
    width, height
        Its size in CSS pixels.
    """

    kind: str
    content: bytes
    width: int
    height: int


def read_png(content: bytes) -> Picture:
    """Return a PNG picture, on white where it is transparent.

    Raises
    ------
    RefusedError
        It is none, or a large one.
    """
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            size = image.size
            if image.has_transparency_data:
                ground = Image.new("RGBA", size, "white")
                ground.alpha_composite(image.convert("RGBA"))
                written = io.BytesIO()
                ground.convert("RGB").save(written, "PNG", optimize=True)
                content = written.getvalue()
            else:
                image.load()
    except (OSError, ValueError, SyntaxError, struct.error) as error:
        raise RefusedError(f"returned a PNG that cannot be read ({error})") from None
    _check_size(content)
    return Picture("png", content, *size)


def read_svg(content: bytes) -> Picture:
    """Return an SVG picture without what runs, or leads out of it.

    Raises
    ------
    RefusedError
        It is none, says no size, or is a large one.
    """
    _check_size(content)
    if b"<!ENTITY" in content or b"\0" in content:  # as it has in UTF-16, where they would hide
        raise RefusedError("returned SVG that declares entities; expected none, and UTF-8")
    try:
        root = etree.fromstring(content)  # noqa: S314 (without entities)
    except etree.ParseError as error:
        raise RefusedError(f"returned text that is no SVG: {error}") from None
    if root.tag not in {f"{SVG}svg", "svg"}:
        raise RefusedError(f"returned text that is no SVG: its root is <{_tag(root)}>")
    size = _size(root)
    left_out: set[str] = set()
    _clean(root, left_out)
    if left_out:
        names = ", ".join(f"<{name}>" for name in sorted(left_out))
        warnings.warn(f"{names} in its SVG cannot be shown, and was left out", stacklevel=2)
    for prefix, name in (("", SVG), ("xlink", XLINK)):
        etree.register_namespace(prefix, name[1:-1])
    if root.tag == "svg":  # as it stands in HTML, where it needs no namespace
        root.set("xmlns", SVG[1:-1])
    return Picture("svg+xml", etree.tostring(root), *size)


def framed(picture: Picture, name: str, alt: str) -> bytes:
    """Return the SVG file that shows a picture on a light ground.

    Parameters
    ----------
    name
        The figure's name; ids begin with it.
    alt
        What the picture shows, in words.
    """
    size = {"width": str(picture.width), "height": str(picture.height)}
    title, description = f"{name}--title", f"{name}--desc"
    words = name.replace("-", " ")
    data = base64.b64encode(picture.content).decode()
    root = Node(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {picture.width} {picture.height}",
            **size,
            "role": "img",
            "aria-labelledby": f"{title} {description}",
        },
        [
            Node("title", {"id": title}, text=words[:1].upper() + words[1:]),
            Node("desc", {"id": description}, text=alt),
            Node("rect", {**size, "fill": "#fff"}),
            Node("image", {**size, "href": f"data:image/{picture.kind};base64,{data}"}),
        ],
    )
    return f"{root}\n".encode()


def _check_size(content: bytes) -> None:
    if len(content) > LARGEST:
        raise RefusedError(
            f"returned a picture of {len(content) / 1e6:.1f} MB; expected at most "
            f"{LARGEST / 1e6:.0f} MB: return a smaller one"
        )


def _size(root: etree.Element) -> tuple[int, int]:
    """Return an SVG's size in CSS pixels: what it says, or what its box is."""
    sizes = [_LENGTH.fullmatch(root.get(side, "")) for side in ("width", "height")]
    box = [float(number) for number in NUMBER.findall(root.get("viewBox", ""))]
    found = []
    for at, size in enumerate(sizes):
        if size and size[2].lower() in _UNITS:
            found.append(float(size[1]) * _UNITS[size[2].lower()])
        elif len(box) == 4:
            found.append(box[2 + at])
    if len(found) < 2 or not all(1 <= side <= 20_000 for side in found):
        raise RefusedError(
            'returned SVG without a size; expected <svg width="…" height="…"> or a viewBox'
        )
    if len(box) != 4:
        root.set("viewBox", f"0 0 {found[0]:g} {found[1]:g}")
    root.set("width", f"{found[0]:g}")
    root.set("height", f"{found[1]:g}")
    return round(found[0]), round(found[1])


def _clean(element: etree.Element, left_out: set[str]) -> None:
    """Take out of an element what runs, or leads out of the picture."""
    for name in list(element.attrib):
        if not _is_harmless(name, element.attrib[name]):
            del element.attrib[name]
    if _tag(element) == "style":
        text = (element.text or "").replace("\\", "")  # which would hide what it says
        text = _URL.sub(_inside, _RUNS.sub("", _IMPORT.sub("", text)))
        element.text = _ADDRESS.sub("", text)
    for child in list(element):
        if _tag(child) in _FOREIGN:
            left_out.add(_tag(child))
        if _tag(child) in _RUNNING | _FOREIGN or _leads_on(child):
            element.remove(child)
            continue
        if _tag(child) == "a":
            child.tag = child.tag.replace("}a", "}g") if "}" in child.tag else "g"
        _clean(child, left_out)


def _leads_on(element: etree.Element) -> bool:
    """Tell whether an element changes where another one leads."""
    target = element.get("attributeName", "").rpartition(":")[2].lower()
    return _tag(element) in _ANIMATION and (target == "href" or target.startswith("on"))


def _is_harmless(name: str, value: str) -> bool:
    bare = name.rpartition("}")[2].lower()
    if bare.startswith("on"):
        return False
    if bare in {"href", "src", "data", "action"}:
        return _INSIDE.match(value.strip()) is not None
    if bare == "style" and "\\" in value:
        return False
    return not _RUNS.search(value) and all(
        _INSIDE.match(url["target"].strip()) for url in _URL.finditer(value)
    )


def _inside(url: re.Match[str]) -> str:
    return url[0] if _INSIDE.match(url["target"].strip()) else "none"


def _tag(element: etree.Element) -> str:
    return str(element.tag).rpartition("}")[2]
