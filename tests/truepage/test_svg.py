"""matplotlib's SVG made fit for a page: what is seen stays, and what it is written in is ours."""

import gzip
import io
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.path import Path as Curve
from matplotlib.transforms import Affine2D

from truepage.engine import file_access
from truepage.engine.errors import TruepageError
from truepage.engine.project import find_project
from truepage.figures import palette, paths, picture, svg
from truepage.figures.manifest import build

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}href"


@pytest.fixture(autouse=True, scope="module")
def style() -> Iterator[None]:
    """Our drawing style, for the time of these tests."""
    with matplotlib.rc_context():
        matplotlib.style.use(picture.STYLE)
        for font in picture.FONTS:
            matplotlib.font_manager.fontManager.addfont(font)
        matplotlib.rcParams["svg.hashsalt"] = "salt"
        yield


def lines(figure: Figure) -> None:
    """Two curves with a legend, ticks, a grid and mathematical text."""
    axes = figure.subplots()
    x = np.linspace(-5, 5, 201)
    axes.plot(x, np.tanh(x), label="tanh")
    axes.plot(x, np.sinc(x), label=r"$\sin(x) / x$")
    axes.set(title="Two", xlabel="$x$", ylabel=r"$\frac{a}{b}$ and words")
    axes.legend()


def markers(figure: Figure) -> None:
    """Points of several looks, on logarithmic axes."""
    axes = figure.subplots()
    axes.loglog([1, 10, 100], [3, 2, 1], "o", color="#123456")
    axes.scatter([2, 20], [2, 2], s=[40, 90], marker="^", c=["red", "C1"], edgecolors="k")
    axes.scatter(range(1, 31), range(1, 31), c=["red", "C1"] * 15, edgecolors="k")  # one shape


def areas(figure: Figure) -> None:
    """Bars, a band, a hatched patch, an arrow, and turned text, some of it clipped."""
    left, right = figure.subplots(1, 2)
    left.bar(["one", "two"], [1, 2], hatch="/")
    right.fill_between([0, 1, 2], [0, 1, 0], [1, 2, 1], alpha=0.3)
    right.annotate("here", (1, 1), (0.2, 1.6), arrowprops={"arrowstyle": "->"}, rotation=30)
    right.set(xlim=(0.3, 1.2), ylim=(0.5, 1.2))


def field(figure: Figure) -> None:
    """Contours, and curves of Bézier's."""
    axes = figure.subplots()
    x, y = np.meshgrid(np.linspace(-2, 2, 30), np.linspace(-2, 2, 30))
    axes.contourf(x, y, np.exp(-(x**2) - y**2))
    axes.add_patch(matplotlib.patches.Circle((0, 0), 1, fill=False))
    axes.add_patch(matplotlib.patches.FancyBboxPatch((-1, -1), 1, 1))


PICTURES: dict[str, Callable[[Figure], None]] = {
    "lines": lines,
    "markers": markers,
    "areas": areas,
    "field": field,
}


def saved(draw: Callable[[Figure], None]) -> bytes:
    """Return what matplotlib writes."""
    figure = Figure(layout="constrained")
    draw(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


@pytest.fixture(scope="module", params=PICTURES)
def pair(request: pytest.FixtureRequest) -> tuple[bytes, bytes]:
    """What matplotlib wrote, and what we made of it."""
    source = saved(PICTURES[request.param])
    return source, svg.convert(source, "name", "Alt text.")


# An independent reading of both files: what is drawn, in order, with its points and its paint.


def vertices(data: str) -> list[tuple[float, float]]:
    """Return the points of a path with absolute or relative commands."""
    sizes = {"m": 2, "l": 2, "h": 1, "v": 1, "q": 4, "c": 6, "z": 0}
    found: list[tuple[float, float]] = []
    x = y = 0.0
    for letter, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", data):
        values = [float(value) for value in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", numbers)]
        size, relative = sizes[letter.lower()], letter.islower()
        for at in range(0, len(values), size or 1):
            step = values[at : at + size]
            if letter in "hv":
                step = [step[0], 0.0] if letter == "h" else [0.0, step[0]]
            corner = (x, y) if relative else (0.0, 0.0)
            found += [
                (corner[0] + a, corner[1] + b) for a, b in zip(step[::2], step[1::2], strict=True)
            ]
            x, y = found[-1]
    return found


def moved(points: list[tuple[float, float]], transform: str) -> list[tuple[float, float]]:
    """Return points after an SVG transform."""
    matrix = Affine2D()
    for name, numbers in reversed(re.findall(r"(\w+)\(([^)]*)\)", transform)):
        values = [float(value) for value in re.split(r"[ ,]+", numbers.strip())]
        if name == "translate":
            matrix.translate(*values)
        elif name == "scale":
            matrix.scale(*values)
        elif name == "rotate":
            matrix.rotate_deg_around(*(values[1:] or (0, 0)), values[0])
        else:
            raise AssertionError(name)
    return [tuple(point) for point in matrix.transform(points).tolist()] if points else []


Look = tuple[str, str, str, str, str]


def drawn(source: bytes) -> list[tuple[list[tuple[float, float]], Look]]:
    """Return every path that is seen, with what it is painted with."""
    root = ElementTree.fromstring(source)  # noqa: S314 (our own)
    known = {element.get("id"): element for element in root.iter(f"{SVG}path") if element.get("id")}
    inside = {id(path) for defs in root.iter(f"{SVG}defs") for path in defs.iter(f"{SVG}path")}
    found = []

    def paint(element: ElementTree.Element) -> dict[str, str]:
        words = dict(
            tuple(each.strip() for each in declaration.split(":", 1))
            for declaration in element.get("style", "").split(";")
            if ":" in declaration
        )
        return {**{name: value for name, value in element.items() if name != "style"}, **words}

    def visit(element: ElementTree.Element, outer: dict[str, str], transform: str) -> None:
        own = {**outer, **paint(element)}
        turned = f"{transform} {element.get('transform', '')}".strip()
        points: list[tuple[float, float]] | None = None
        if element.tag == f"{SVG}path" and id(element) not in inside:
            points = vertices(element.get("d", ""))
        if element.tag == f"{SVG}use":
            path = known[(element.get(XLINK) or element.get("href", "")).removeprefix("#")]
            own = {**own, **paint(path)}
            x, y = float(element.get("x", 0)), float(element.get("y", 0))
            points = [(a + x, b + y) for a, b in vertices(path.get("d", ""))]
        if points:
            fill, stroke = own.get("fill", "#000000"), own.get("stroke", "none")
            if len(points) <= 2:
                fill = "none"  # a line has no inside
            if (fill, stroke) != ("none", "none"):
                look = (
                    fill,
                    stroke,
                    own.get("stroke-width", "1"),
                    own.get("stroke-dasharray", ""),
                    own.get("opacity", own.get("fill-opacity", "")),
                )
                found.append((moved(points, turned), look))
        for child in element:
            if child.tag not in {f"{SVG}defs", f"{SVG}clipPath"}:
                visit(child, own, turned)

    visit(root, {}, "")
    return found


def painted(look: Look) -> Look:
    """Return what ours would say of matplotlib's paint: the same in the words of a page."""

    def color(value: str) -> str:
        value = re.sub(r"url\(.*", "a pattern", value)
        return palette.themed(value) if value.startswith("#") else value

    def number(value: str) -> str:
        return re.sub(r"[\d.]+", lambda m: f"{float(m[0]):.2f}", value)

    fill, stroke, width, dashes, opacity = look
    return color(fill), color(stroke), number(width), number(dashes), number(opacity)


def simple(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return points without repetitions of the one before, to a hundredth."""
    kept: list[tuple[float, float]] = []
    for x, y in points:
        rounded = (round(x, 2), round(y, 2))
        if not kept or rounded != kept[-1]:
            kept.append(rounded)
    return kept


def test_every_path_stands_where_it_stood_and_looks_as_it_looked(pair: tuple[bytes, bytes]) -> None:
    """In the same order, to a hundredth of a point, with the same paint."""
    source, converted = (drawn(each) for each in pair)
    assert len(source) == len(converted) > 3
    for (before, look), (after, own) in zip(source, converted, strict=True):
        assert painted(look) == painted(own)
        first, second = simple(before), simple(after)
        assert len(first) == len(second)
        assert np.allclose(first, second, atol=0.0151)


def test_all_text_is_there_in_reading_order(pair: tuple[bytes, bytes]) -> None:
    """Letters of formulas, too; matplotlib writes those look by look."""
    texts = [
        "".join(element.itertext())
        for element in ElementTree.fromstring(pair[1]).iter(f"{SVG}text")  # noqa: S314
    ]
    before = [
        "".join(element.itertext()).strip()
        for element in ElementTree.fromstring(pair[0]).iter(f"{SVG}text")  # noqa: S314
    ]
    assert len(texts) == len(before) > 3
    for after, source in zip(texts, before, strict=True):
        assert sorted(re.sub(r"\s", "", after)) == sorted(re.sub(r"\s", "", source))
    if "tanh" in texts:
        assert "sin(x)/x" in texts
        assert any(re.fullmatch(r"(ab|ba)\s*and\swords", text) for text in texts)


def test_text_keeps_its_anchor_and_its_size(pair: tuple[bytes, bytes]) -> None:
    """So that it is centred in any typeface."""
    found = re.findall(rb"text-anchor: (\w+)", pair[0])
    anchors = re.findall(rb'text-anchor="(\w+)"', pair[1])
    assert anchors == [anchor for anchor in found if anchor != b"start"]
    assert b"DejaVu" not in pair[1]


def test_nothing_of_matplotlib_s_own_is_left(pair: tuple[bytes, bytes]) -> None:
    """No metadata, no styles but ours, no ids that other figures on the page may have."""
    root = ElementTree.fromstring(pair[1])  # noqa: S314
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids)) and all(str(own).startswith("name--") for own in ids)
    assert not [element for element in root.iter() if element.tag.endswith("metadata")]
    assert not [element for element in root.iter(f"{SVG}path") if element.get("style")]
    references = re.findall(rb'(?:url\(#|href="#)([^")]+)', pair[1])
    assert {reference.decode() for reference in references} <= set(ids)


def test_the_picture_has_a_name_a_description_and_a_size(pair: tuple[bytes, bytes]) -> None:
    """A screen reader says both; the page keeps the room before anything is loaded."""
    root = ElementTree.fromstring(pair[1])  # noqa: S314
    assert root.get("role") == "img"
    said = [root.find(f"*[@id='{own}']") for own in str(root.get("aria-labelledby")).split()]
    assert [element.text for element in said if element is not None] == ["Name", "Alt text."]
    assert (root.get("width"), root.get("height")) == ("528", "336")
    assert root.get("viewBox") == "0 0 396 252"


def test_in_a_page_the_picture_brings_no_rules(pair: tuple[bytes, bytes]) -> None:
    """A `<style>` in it would hold for the whole page. All else is the same."""
    inline = svg.inline(pair[1])
    assert "<style" not in inline and "xmlns" not in inline and inline.startswith("<svg ")
    assert len(inline) > 0.8 * len(pair[1])


def test_a_file_that_stands_alone_is_dark_in_the_dark() -> None:
    """GitHub shows it as an image: it has to know by itself, and names each variable it uses."""
    text = svg.convert(saved(lines), "name", "Alt.").decode()
    (rule,) = re.findall(r"<style>(.*?)</style>", text)
    assert rule.startswith("@media (prefers-color-scheme:dark){:root{")
    named = set(re.findall(r"(--truepage-\w+):", rule))
    assert named == set(re.findall(r"var\((--truepage-\w+),", text)) >= {"--truepage-ink"}


def test_the_same_drawing_is_the_same_bytes() -> None:
    """Whatever was drawn before."""
    once = svg.convert(saved(areas), "name", "Alt.")
    random.random()
    assert svg.convert(saved(areas), "name", "Alt.") == once


def test_a_line_plot_is_small() -> None:
    """As it stands in the page."""
    inline = svg.inline(svg.convert(saved(lines), "name", "Alt."))
    assert len(gzip.compress(inline.encode())) < 2500


def test_hostile_words_stay_words() -> None:
    """Labels and alt texts are text, whatever is in them."""

    def draw(figure: Figure) -> None:
        figure.text(0.5, 0.5, '</text><script>alert("1")</script> & \'"', parse_math=False)

    converted = svg.convert(saved(draw), "name", '</desc><style>*{}</style> & "')
    root = ElementTree.fromstring(converted)  # noqa: S314
    assert not list(root.iter(f"{SVG}script"))
    assert "*{}" in svg.inline(converted) and "<style" not in svg.inline(converted)
    assert "".join(root.itertext()).count("</script>") == 1


def test_an_image_stays_whole() -> None:
    """Its data are those that matplotlib wrote."""

    def draw(figure: Figure) -> None:
        figure.subplots().imshow(np.eye(3))

    source = saved(draw)
    (data,) = re.findall(rb'xlink:href="(data:image[^"]*)"', source)
    assert re.sub(rb"\s", b"", data) in svg.convert(source, "name", "Alt.")


COORDINATE = st.floats(-2000, 2000)
POINTS = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=30)


@given(POINTS, st.booleans())
def test_rounding_does_not_add_up(points: list[tuple[float, float]], closed: bool) -> None:
    """Each point of a path stands within half a hundredth of where it was, however long it is."""
    data = " ".join(f"{'L' if at else 'M'} {x:.6f} {y:.6f}" for at, (x, y) in enumerate(points))
    short = paths.path_data(f"{data} z" if closed else data)
    before = np.array([(round(x, 6), round(y, 6)) for x, y in points])
    after = np.array(vertices(short))
    # Points that fall together are written once.
    distances = np.abs(before[:, None] - after[None]).max(axis=2)
    assert np.all(distances.min(axis=1) <= 0.00501)
    assert np.all(distances.min(axis=0) <= 0.00501)
    assert len(short) <= len(data)


@given(POINTS)
def test_what_is_written_is_read_again(points: list[tuple[float, float]]) -> None:
    """`places` gives the points that `path_data` wrote."""
    data = " ".join(f"{'L' if at else 'M'} {x:.6f} {y:.6f}" for at, (x, y) in enumerate(points))
    short = paths.path_data(data)
    assert np.allclose([point for _, point in paths.places(short)], vertices(short))


def test_curves_keep_their_control_points() -> None:
    """A circle is four or eight Bézier curves, not a polygon."""
    curve = Curve.unit_circle().transformed(Affine2D().scale(100).translate(200, 200))
    data = "".join(
        f"{'MLQC'[[1, 2, 3, 4].index(code)]} {' '.join(f'{value:.4f}' for value in points)} "
        for points, code in curve.iter_segments()
        if code != Curve.CLOSEPOLY
    )
    assert np.allclose(vertices(paths.path_data(data)), vertices(data), atol=0.0051)
    assert "c" in paths.path_data(data)


def test_a_picture_depends_on_the_fonts_it_is_measured_with() -> None:
    """All nine are there, and each counts when it is asked whether a picture is fresh."""
    assert len(picture.FONTS) == 9
    assert {f"vendor/figure-fonts/{font.name}" for font in picture.FONTS} < set(picture.FILES)


def test_without_the_fonts_nothing_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Letters of other widths would be laid out, and nobody would be told."""
    monkeypatch.setattr(file_access, "VENDOR", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    with pytest.raises(TruepageError, match="figure-fonts: not found"):
        build(find_project(tmp_path))
