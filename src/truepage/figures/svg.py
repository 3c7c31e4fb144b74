"""matplotlib's SVG, made fit for a page: small, in the page's colours and letters, with alt text.

What is drawn stays what it is: a coordinate moves by at most 0.005 pt. Colours of the palette
become CSS variables, numbers and styles are written as short as they can be, ids are the figure's
own, and what draws nothing goes. The same input gives the same bytes.
"""

import base64
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from types import MappingProxyType
from xml.etree import ElementTree as etree  # noqa: N813 (as the library calls it)

from truepage.figures import palette
from truepage.figures.paths import COMMAND, NUMBER, path_data, short

MATHS_SCALE = 1.1
"""Formulas on a page stand 1.1 times as large as the text around them, and so they do in figures.

matplotlib sets both in one size. So the fonts that it measures formulas with claim a smaller em
(`typefaces`), and what is laid out with them comes out larger; here that size is said.
"""

TEXT = "'Inter Variable',Inter,system-ui,sans-serif"
"""The page's typeface; where the picture stands alone, what the machine has."""

INK = palette.PALETTE["ink"][0]
"""What text and areas are drawn in where nothing is said."""

DOTS = 192 / 72
"""Dots of a PNG to a point."""

_COLOR = re.compile(r"#[0-9a-fA-F]{6}\b")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_VARIABLE = re.compile(r"var\(--truepage-([a-z0-9]+),")
_NO_TURN = re.compile(r"rotate\(-?0(?:\.0+)? [^)]*\)")
# An id that matplotlib made up and nothing refers to, such as `line2d_3`.
_AUTOMATIC = re.compile(r"[a-z0-9]+_\d+")
_SLANTED = re.compile("[lqc]")
_WORDS = re.compile(r"[^\d+\-−*/×=<>≤≥]*")
# What stands in an attribute or between tags as it is.
_PLAIN = re.compile(r"[^&<>\"\r\n\t]*")
_IMAGE = re.compile(r"data:image/(png|svg\+xml);base64,([A-Za-z0-9+/=]+)")
_SUFFIX = {"png": "png", "svg+xml": "svg"}
# What no XML may hold; no font has glyphs for it.
_ILLEGAL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_OPENING = re.compile(r"^<\?xml[^>]*>\s*|<style>.*?</style>| xmlns=\"[^\"]*\"", re.DOTALL)

NUMERIC = frozenset(
    {"x", "y", "width", "height", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "transform"}
    | {"stroke-width", "stroke-dasharray", "stroke-dashoffset", "stroke-miterlimit", "font-size"}
    | {"opacity", "fill-opacity", "stroke-opacity"}
)
# What an attribute is when it is not written.
_DEFAULTS = {
    "stroke-dashoffset": "0",
    "stroke-linejoin": "round",  # ours, on the root
    "stroke-width": "1",
    "text-anchor": "start",
    "font-style": "normal",
    "font-weight": "400",
    "fill": palette.themed(INK),  # likewise
}
_SVG = "{http://www.w3.org/2000/svg}"
_REFERRED_TO = frozenset({"path", "clipPath", "pattern", "filter", "linearGradient", "marker"})
_NEVER = frozenset({"id", "style", "type", "version", "standalone"})
_DRAWS_NOTHING = frozenset({"metadata", "style", "title"})


@dataclass
class Node:
    """An element as it will be written."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)
    text: str = ""

    def walk(self) -> Iterator["Node"]:
        """Yield this element and all it contains, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def __str__(self) -> str:
        attributes = "".join(f" {name}={_quoted(v)}" for name, v in self.attributes.items())
        inside = _escaped(self.text) + "".join(map(str, self.children))
        return f"<{self.tag}{attributes}" + (f">{inside}</{self.tag}>" if inside else "/>")


def convert(source: bytes, name: str, alt: str, *, follows: bool = True) -> bytes:
    """Return the SVG file of a figure, made from what matplotlib wrote.

    Parameters
    ----------
    source
        What `savefig(format="svg")` wrote, with `svg.fonttype: none`.
    name
        The figure's name; ids begin with it.
    alt
        What the picture shows, in words.
    follows
        Whether its colours follow the page; else it is light, on white.
    """
    root = described(source, name, alt, follows=follows)
    used = sorted(
        {
            name
            for node in root.walk()
            for value in node.attributes.values()
            if "var(" in value
            for name in _VARIABLE.findall(value)
        }
    )
    root.attributes = {"xmlns": "http://www.w3.org/2000/svg", **root.attributes}
    if used:
        root.children.insert(2, Node("style", text=palette.dark(used)))
    return f"{root}\n".encode()


def images(picture: bytes) -> dict[str, bytes]:
    """Return the images in a converted picture as files: `1.png`, `2.png` or `1.svg`."""
    return {
        f"{number}.{_SUFFIX[found[1]]}": base64.b64decode(found[2])
        for number, found in enumerate(_IMAGE.finditer(picture.decode()), start=1)
    }


def inline(picture: bytes, addresses: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return a converted picture as it stands in a page, whose own rules say what is dark.

    Parameters
    ----------
    picture
        The picture.
    addresses
        Name of a file, as `images` has them → its address; without it an image stays in the page.
    """
    numbers = itertools.count(1)

    def elsewhere(found: re.Match[str]) -> str:
        name = f"{next(numbers)}.{_SUFFIX[found[1]]}"
        return escape(addresses[name]) if name in addresses else found[0]

    return _IMAGE.sub(elsewhere, _OPENING.sub("", picture.decode()).strip())


def described(source: bytes, name: str, alt: str, *, follows: bool = True) -> Node:
    """Return a picture with its title and its description, as it stands in a page."""
    root = parse(source, name, follows=follows)
    title, description = f"{name}--title", f"{name}--desc"
    root.attributes |= {"role": "img", "aria-labelledby": f"{title} {description}"}
    words = name.replace("-", " ")
    root.children[:0] = [
        Node("title", {"id": title}, text=words[:1].upper() + words[1:]),
        Node("desc", {"id": description}, text=alt),
    ]
    return root


def parse(source: bytes, name: str, *, follows: bool = True) -> Node:
    """Read what matplotlib wrote, and leave what is seen.

    Two drawings that look alike to 0.005 pt have equal trees, and a drawing in which little is
    another has a tree of the same shape: frames of a sweep are compared by it.
    """
    legal = _ILLEGAL.sub(b"", source)
    tree = etree.fromstring(legal)  # noqa: S314 (matplotlib's own, of this moment)
    reader = _SvgReader(tree, name, palette.themed if follows else palette.literal)
    left, top, width, height = map(float, tree.get("viewBox", "0 0 0 0").split())
    root = Node(
        "svg",
        {
            "viewBox": f"{short(left)} {short(top)} {short(width)} {short(height)}",
            "width": str(round(width * 96 / 72)),
            "height": str(round(height * 96 / 72)),
            "fill": reader.color(INK),
            "stroke-linejoin": "round",
            "font-family": TEXT,
            # Fonts were measured without their contextual forms, and without hinting.
            "style": "font-variant-ligatures:no-contextual",
            "text-rendering": "geometricPrecision",
        },
    )
    seen = [node for child in tree for node in reader.read(child)]
    # What is referred to stands first. matplotlib writes it where it is used for the first time,
    # and so the frames of a sweep would differ in more than they do.
    ground = {"width": "100%", "height": "100%", "fill": "#ffffff"}
    root.children = [
        *([] if follows else [Node("rect", ground)]),
        *([Node("defs", children=reader.definitions)] if reader.definitions else []),
        *seen,
    ]
    return root


class _SvgReader:
    """Turns elements of matplotlib's into ours.

    Parameters
    ----------
    tree
        The whole drawing.
    name
        The figure's name.
    color
        Returns a colour as it is written.
    """

    def __init__(self, tree: etree.Element, name: str, color: Callable[[str], str]) -> None:
        self._ids: dict[str, str] = {}
        self._name, self.color = name, color
        self.definitions: list[Node] = []
        """What is referred to: markers, clips, patterns."""
        # Shapes that are drawn in several places: a line's marker, which has its stroke itself, or
        # a shape of a collection, whose stroke each place has. A marker as short as a tick is
        # written where it stands.
        shapes = {path.get("id", ""): path for path in tree.iterfind(f".//{_SVG}defs/{_SVG}path")}
        self._markers = {own: path for own, path in shapes.items() if path.get("style")}
        self._ticks = {
            own for own, path in self._markers.items() if 1 <= len(_points(path.get("d", ""))) <= 2
        }

    def read(self, element: etree.Element) -> list[Node]:
        """Return what is seen of an element: nothing, it, or what it contains."""
        tag = _tag(element)
        if tag in _DRAWS_NOTHING:
            return []
        attributes = self._attributes(element)
        if tag == "use":
            reference = _href(element).removeprefix("#")
            if reference in self._ticks:
                return [self._tick(self._markers[reference], element, attributes)]
            if reference in self._markers:
                attributes = {k: v for k, v in attributes.items() if not k.startswith("stroke")}
            attributes = {"href": f"#{self._id(reference)}", **attributes}
        if tag == "path":
            if element.get("id") in self._ticks or _unseen(attributes):
                return []
            attributes = {"d": path_data(element.get("d", "")), **attributes}
            if attributes.get("stroke-linejoin") == "miter" and _SLANTED.search(attributes["d"]):
                # As PDF has it, and Agg for wide lines, where it is the line's width in dots.
                width = float(attributes.get("stroke-width", "1"))
                attributes["stroke-miterlimit"] = short(max(10.0, DOTS * width))
            if not attributes["d"]:
                return []
        if tag == "text":
            return [_text(element, attributes)]
        if tag == "image":
            attributes["href"] = re.sub(r"\s", "", _href(element))
        own = element.get("id", "")
        if tag in _REFERRED_TO and own and not _AUTOMATIC.fullmatch(own):
            attributes = {"id": self._id(own), **attributes}
        children = [node for child in element for node in self.read(child)]
        if tag == "g":
            return self._group(attributes, children)
        if tag == "defs":
            self.definitions += children
            return []
        return [Node(tag, attributes, children)]

    def _group(self, attributes: dict[str, str], children: list[Node]) -> list[Node]:
        """Return a group's content, with the group around it only if it says something."""
        if not children or not attributes:
            return children
        if len(children) == 1 and children[0].tag == "text":
            (text,) = children
            if "clip-path" in attributes and "transform" in text.attributes:
                return [Node("g", attributes, children)]  # the clip is not turned with the text
            text.attributes = {**attributes, **text.attributes}
            return children
        return [Node("g", attributes, children)]

    def _tick(self, path: etree.Element, use: etree.Element, own: dict[str, str]) -> Node:
        """Return a short line where it stands."""
        x, y = float(use.get("x", 0)), float(use.get("y", 0))
        attributes = {**own, **self._attributes(path)}
        for position in ("x", "y", "fill"):
            attributes.pop(position, None)
        return Node("path", {"d": path_data(path.get("d", ""), x, y), **attributes})

    def _attributes(self, element: etree.Element) -> dict[str, str]:
        """Return an element's attributes, and what its style says, as attributes."""
        found: dict[str, str] = {}
        for name, value in element.attrib.items():
            if "}" not in name and name not in _NEVER and name != "d":
                found[name] = value
        for declaration in element.get("style", "").split(";"):
            name, _, value = declaration.partition(":")
            if value:
                found[name.strip()] = value.strip()
        shown = {}
        for name, value in found.items():
            if name == "transform":
                value = _NO_TURN.sub("", value).strip()
            if name == "transform" and not value.startswith(("translate", "rotate")):
                value = NUMBER.sub(lambda m: f"{float(m[0]):.6g}", value)  # it is multiplied by
            elif name in NUMERIC:
                value = NUMBER.sub(lambda m: short(float(m[0])), value.replace("px", ""))
            if "#" in value:
                value = _COLOR.sub(lambda m: self.color(m[0]), value)
                value = _REFERENCE.sub(lambda m: f"url(#{self._id(m[1])})", value)
            if value and _DEFAULTS.get(name) != value:
                shown[name] = value
        if shown.get("stroke-linecap") == "butt":
            del shown["stroke-linecap"]
        return shown

    def _id(self, own: str) -> str:
        """Return the id that stands for one of matplotlib's: the figure's name and a number."""
        return self._ids.setdefault(own, f"{self._name}--{len(self._ids) + 1}")


def _text(element: etree.Element, attributes: dict[str, str]) -> Node:
    """Return a piece of text; of mathematical text, with its letters in reading order."""
    if attributes.get("transform", "").startswith("rotate"):
        # Turned about its own anchor.
        attributes["transform"] = re.sub(r" +", " ", attributes["transform"])
    _set_font(attributes)
    text = Node("text", attributes, text=(element.text or "").strip("\n"))
    letters = [_letter(span) for span in element]
    if letters:
        text.text = ""
        letters.sort(key=lambda letter: letter.x)
        text.children = list(_runs(letters))
    elif text.text != " ".join(text.text.split()):
        attributes["style"] = "white-space:pre"
    return text


@dataclass(frozen=True)
class _Letter:
    x: float
    y: str
    text: str
    look: tuple[tuple[str, str], ...]


def _letter(span: etree.Element) -> _Letter:
    """Read one `<tspan>`, in which matplotlib puts letters of one look, each at its own place."""
    look: dict[str, str] = {}
    for declaration in span.get("style", "").split(";"):
        name, _, value = declaration.partition(":")
        if name.strip() != "fill":  # the whole text has it
            look[name.strip()] = value.strip()
    _set_font(look)
    look = {name: value for name, value in look.items() if _DEFAULTS.get(name) != value}
    x = float(span.get("x", "0").split()[0])
    return _Letter(x, short(float(span.get("y", "0"))), span.text or "", tuple(look.items()))


def _runs(letters: list[_Letter]) -> Iterator[Node]:
    """Yield letters of one look that stand on one line together.

    Words flow, so that they read well in another typeface, too. In formulas each letter keeps its
    place.
    """
    run: list[_Letter] = []
    for letter in [*letters, None]:
        if run and (not letter or (letter.look, letter.y) != (run[0].look, run[0].y)):
            look = dict(run[0].look)
            text = "".join(each.text for each in run)
            formula = look.get("font-family", "").startswith("KaTeX") or not _WORDS.fullmatch(text)
            places = [short(each.x) for each in run] if formula else [short(run[0].x)]
            y = {} if run[0].y == "0" else {"y": run[0].y}
            yield Node("tspan", {"x": " ".join(places), **y, **look}, text=text)
            run = []
        if letter:
            run.append(letter)


def _set_font(attributes: dict[str, str]) -> None:
    """Write family and size as the page has them."""
    family = attributes.pop("font-family", "")
    first = family.split(",")[0].strip(" '\"")
    size = float(attributes.pop("font-size", "0").removesuffix("px"))
    if first.startswith("KaTeX_"):
        size *= MATHS_SCALE
        attributes["font-family"] = f"{first},serif"
    elif first.startswith("STIX"):
        attributes["font-family"] = "KaTeX_Main,serif"
    elif first and first != "Inter":
        attributes["font-family"] = family.replace('"', "'")
    if size:
        attributes["font-size"] = short(size)


def _unseen(attributes: Mapping[str, str]) -> bool:
    """Tell whether a path has neither a fill nor a stroke."""
    return attributes.get("fill") == "none" and attributes.get("stroke", "none") == "none"


def _points(data: str) -> list[str]:
    """Return the commands of a path of straight lines; nothing if it is another."""
    commands = [command for command, _ in COMMAND.findall(data)]
    return commands if set(commands) <= {"M", "L"} else []


def _tag(element: etree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _href(element: etree.Element) -> str:
    return element.get("{http://www.w3.org/1999/xlink}href", element.get("href", ""))


# As `xml.sax.saxutils` writes them; importing that takes HTTP and TLS along, in every process.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_IN_TEXT = str.maketrans(_ENTITIES)
_IN_VALUE = str.maketrans({**_ENTITIES, "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _escaped(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else text.translate(_IN_TEXT)


def _quoted(value: str) -> str:
    r"""Return the value of an attribute in quotes.

    Examples
    --------
    >>> print(_quoted("a < b"), _quoted('a "b"'), _quoted("'a' \"b\""))
    "a &lt; b" 'a "b"' "'a' &quot;b&quot;"
    """
    if _PLAIN.fullmatch(value):
        return f'"{value}"'
    escaped = value.translate(_IN_VALUE)
    if '"' in escaped and "'" not in escaped:
        return f"'{escaped}'"
    return '"{}"'.format(escaped.replace('"', "&quot;"))
