"""Sweeps: every frame is what the function draws for its value, and mistakes are named."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from truepage.engine.errors import DrawingError
from truepage.engine.project import find_project
from truepage.figures import svg
from truepage.figures.manifest import Manifest, build
from truepage.figures.svg import Node
from truepage.figures.sweep import Slot, slots

pytestmark = pytest.mark.usefixtures("warm_workers")

Make = Callable[[Mapping[str, str | bytes]], Path]

HEAD = """
import numpy as np
from matplotlib.figure import Figure
from truepage import figure

def curve(a, words=True):
    picture = Figure(figsize=(3, 2))
    axes = picture.subplots()
    x = np.linspace(-1, 1, 9)
    axes.plot(x, a * x**2, label="$ax^2$")
    axes.plot(x, x, label="line")
    axes.set(xlim=(-1, 1), ylim=(-1, 1))
    if a == 0.5:
        axes.plot(x, -x, "C3", label="more")  # a frame of another shape
        axes.scatter([0], [0], s=90)
    axes.text(0, 0, f"a = {a:g}" if words else "", color="C1" if a > 0 else "C2")
    return picture

"""
SWEPT = """
@figure(alt="A parabola.", sweep={"a": np.linspace(-1, 1, 5)})
def parabola(a: float = 0.0) -> Figure:
    return curve(a)
"""
ALONE = """
@figure(alt="A parabola.", name="frame-{frame}")
def parabola_{frame}() -> Figure:
    return curve({value})
"""


def filled(picture: str, found: list[Slot], frame: int) -> ElementTree.Element:
    """Return a frame, made as the page's script makes it: the default one with its slots filled."""
    root = ElementTree.fromstring(picture)  # noqa: S314
    elements = list(root.iter())
    for index, name, values in found:
        element, value = elements[index + 1], values[frame]
        if value is None:
            continue
        if name == "*":
            inside = ElementTree.fromstring(f"<g>{value}</g>")  # noqa: S314
            element.text = inside.text
            element[:] = list(inside)
        elif name == "":
            element.text = str(value)
        elif value is False:
            del element.attrib[name]
        else:
            element.set(name, str(value))
    return root


def canonical(root: ElementTree.Element) -> str:
    """Return XML in its canonical form."""
    return ElementTree.canonicalize(ElementTree.tostring(root, "unicode"))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory, write: Any) -> Manifest:
    """A sweep of five frames, and each of them as a figure of its own."""
    alone = "".join(
        ALONE.format(frame=frame, value=value) for frame, value in enumerate((-1, -0.5, 0, 0.5, 1))
    )
    root = write(tmp_path_factory.mktemp("swept"), {"figures/curves.py": HEAD + SWEPT + alone})
    manifest = build(find_project(root))
    manifest.raise_failures()
    return manifest


def test_each_frame_is_the_figure_drawn_alone(drawn: Manifest) -> None:
    """To the byte, once both are in canonical form: also one with more lines, text or points."""
    product = drawn.renderings["parabola"].product
    default = svg.inline(product.files["svg"])
    sweep = json.loads(product.files["json"])["sweep"]
    assert (sweep["start"], sweep["shown"]) == (2, ["−1", "−0.5", "0", "0.5", "1"])
    for frame in range(5):
        name = f"frame-{frame}"
        alone = svg.inline(drawn.renderings[name].product.files["svg"])
        alone = alone.replace(name, "parabola").replace(f"Frame {frame}", "Parabola")
        made = canonical(filled(default, sweep["slots"], frame))
        assert made == canonical(ElementTree.fromstring(alone))  # noqa: S314
        assert (made == canonical(filled(default, [], frame))) == (frame == 2)


def test_the_default_frame_is_the_picture(drawn: Manifest) -> None:
    """In `figures/rendered/` and without JavaScript."""
    assert b"a = 0<" in drawn.renderings["parabola"].content


def test_the_csv_has_all_frames_and_the_page_s_table_the_default_one(drawn: Manifest) -> None:
    """The parameter stands in the first column."""
    product = drawn.renderings["parabola"].product
    rows = product.files["csv"].decode().splitlines()
    assert rows[0] == "a,x,ax²,line,more"
    assert rows[1] == "-1,-1,-1,-1,"
    assert rows[-7] == "1,-0.5,0.25,-0.5,"
    assert "0.5,-0.5,0.125,-0.5,0.5" in rows
    assert {row.partition(",")[0] for row in rows[1:]} == {"-1", "-0.5", "0", "0.5", "1"}
    assert product.facts["table"]["of"] == 9


def test_every_frame_is_under_the_promise(make: Make) -> None:
    """What only one frame reads makes the figure stale."""
    root = make(
        {
            "data/x.txt": "0.25",
            "figures/curves.py": HEAD
            + """
@figure(alt="A parabola.", sweep={"a": [0, 1]})
def parabola(a: float = 0) -> Figure:
    return curve(a if a == 0 else float(open("data/x.txt").read()))
""",
        }
    )
    project = find_project(root)
    first = build(project)
    assert build(project).drawn == {}
    (root / "data/x.txt").write_text("0.75")
    second = build(project)
    assert list(second.drawn) == ["parabola"]
    one, other = (each.renderings["parabola"].product.files for each in (first, second))
    assert one["svg"] == other["svg"] and one["json"] != other["json"]


@pytest.mark.parametrize(
    ("sweep", "parameters", "words"),
    [
        ("{}", "a=0", "its sweep has 0 parameters"),
        ('{"a": [0, 1], "b": [0, 1]}', "a=0, b=0", "has 2 parameters (a, b); expected one"),
        ("[0, 1]", "a=0", "its sweep has [0, 1]"),
        ('{"slope": [0, 1]}', "a=0", "'slope', which is no parameter of f(); it has: a"),
        ('{"a": [0, 1]}', "a", "has no default; expected one, such as a=0"),
        ('{"a": [0, 1]}', "a=None", "is None; expected a number"),
        ('{"a": [0, 1]}', "a=0.4", "0.4, is not among the values of its sweep; the nearest is 0"),
        ('{"a": []}', "a=0", "has 0 values; expected 2 to 200"),
        ('{"a": range(201)}', "a=0", "has 201 values"),
        ('{"a": "01"}', "a=0", "are '01'; expected numbers"),
        ('{"a": 3}', "a=0", "are 3; expected numbers"),
        ('{"a": [0, "1"]}', "a=0", "hold '1'; expected finite numbers"),
        ('{"a": [0, float("nan")]}', "a=0", "hold nan"),
        ('{"a": [False, True]}', "a=0", "hold False"),
        ('{"a": [1, 0]}', "a=0", "do not increase"),
        ('{"a": [0, 0]}', "a=0", "do not increase"),
    ],
)
def test_a_wrong_sweep_is_refused_with_place_and_remedy(
    make: Make, sweep: str, parameters: str, words: str
) -> None:
    """Nothing is drawn."""
    body = (
        f'@figure(alt="A.", sweep={sweep})\ndef f({parameters}) -> Figure:\n    return Figure()\n'
    )
    with pytest.raises(DrawingError) as caught:
        build(find_project(make({"figures/x.py": HEAD + body}))).raise_failures()
    assert words in str(caught.value)
    assert str(caught.value).startswith("figures/x.py:")


def test_frames_of_two_sizes_are_refused(make: Make) -> None:
    """A page cannot show them by a slider."""
    body = """
@figure(alt="A.", sweep={"a": [1, 2]})
def sizes(a: int = 1) -> Figure:
    return Figure(figsize=(a, 2))
"""
    with pytest.raises(DrawingError) as caught:
        build(find_project(make({"figures/x.py": HEAD + body}))).raise_failures()
    assert "frames of its sweep differ in size" in str(caught.value)


def test_images_stand_beside_the_page_and_in_the_picture(make: Make) -> None:
    """The SVG has them in it; a page loads them from files; a sweep changes them."""
    body = """
@figure(alt="A.", sweep={"a": [1, 2]})
def image(a: int = 1) -> Figure:
    picture = Figure(figsize=(2, 1))
    axes = picture.subplots()
    axes.imshow([[a, 0], [0, 3]])
    return picture
"""
    manifest = build(find_project(make({"figures/x.py": HEAD + body})))
    manifest.raise_failures()
    files = manifest.renderings["image"].product.files
    assert files["1.png"].startswith(b"\x89PNG") and b"data:image/png" in files["svg"]
    page = svg.inline(files["svg"], {"1.png": "assets/1.png"})
    assert 'href="assets/1.png"' in page and "data:" not in page
    assert b"data:image/png" in files["json"]


def test_a_number_near_the_default_is_the_default(make: Make) -> None:
    """`linspace` misses 0.3 in the last bit; the function gets its default itself."""
    body = """
@figure(alt="A.", sweep={"a": np.arange(7) * 0.1})
def f(a: float = 0.3) -> Figure:
    assert abs(a - 0.3) > 1e-12 or a == 0.3
    return curve(a)
"""
    manifest = build(find_project(make({"figures/x.py": HEAD + body})))
    manifest.raise_failures()
    assert manifest.renderings["f"].product.facts["sweep"]["start"] == 3


def test_slots_hold_only_what_changes() -> None:
    """Attributes that come and go, text, and elements of another shape."""

    def tree(**changed: Any) -> Node:
        path = Node("path", {"d": changed.get("d", "M0 0"), **changed.get("more", {})})
        text = Node("text", {"x": "1"}, text=changed.get("text", "a"))
        group = Node("g", {}, [Node("path", {"d": "M"})] * changed.get("count", 1))
        return Node("svg", {}, [path, Node("g", {}, [text]), group])

    frames = [tree(), tree(d="M1 1", text="b"), tree(more={"fill": "red"}, count=2)]
    assert slots(frames, 0) == [
        (0, "d", [None, "M1 1", None]),
        (0, "fill", [None, None, "red"]),
        (2, "", [None, "b", None]),
        (3, "*", [None, None, '<path d="M"/><path d="M"/>']),
    ]
    assert slots(frames, 2)[1] == (0, "fill", [False, False, None])
