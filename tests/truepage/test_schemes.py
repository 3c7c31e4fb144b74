"""What was drawn is what is shown: colours, grounds, fonts, clips, in the light and in the dark."""

import itertools
import os
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib._mathtext import StixFonts
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import BboxImage
from matplotlib.layout_engine import LayoutEngine
from matplotlib.transforms import Bbox

from truepage.figures import palette, picture, svg
from truepage.figures.backend import Canvas
from truepage.figures.frame import Frame, frame_of, saved
from truepage.figures.layout import watch_style
from truepage.figures.likeness import same

INK, C0 = "var(--truepage-ink,#1f2328)", "var(--truepage-1,#0069a6)"


@pytest.fixture(autouse=True)
def style(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Our drawing style and its fonts, for the time of a test."""
    manager = font_manager.fontManager
    monkeypatch.setattr(manager, "ttflist", list(manager.ttflist))
    for font in picture.FONTS:
        manager.addfont(font)
    own = manager.ttflist[-len(picture.FONTS) :]
    monkeypatch.setattr(Canvas, "fonts", {os.path.realpath(font.fname): font for font in own})
    monkeypatch.setattr(Axes, "add_image", Axes.add_image)
    monkeypatch.setattr(Axes, "_make_twin_axes", Axes._make_twin_axes)  # type: ignore[attr-defined]
    monkeypatch.setattr(StixFonts, "_get_glyph", StixFonts._get_glyph)
    watch_style()
    with matplotlib.rc_context():
        matplotlib.style.use(picture.STYLE)
        yield
    plt.close("all")


def shown(figure: Figure) -> tuple[Frame, str]:
    """Return a figure's drawing, and the SVG that comes of it."""
    frame = frame_of(figure)
    return frame, svg.convert(frame.source, "name", "Alt.", follows=frame.faithful).decode()


def texts(content: str) -> dict[str, str]:
    """Return text → its fill, as it is written or inherited."""
    root = ElementTree.fromstring(content)  # noqa: S314 (ours)
    return {
        "".join(each.itertext()): each.get("fill", root.get("fill", ""))
        for each in root.iter()
        if each.tag.endswith("}text")
    }


def test_lines_in_the_style_s_colours_follow_the_page() -> None:
    """And nothing else has to be known of them."""
    figure, axes = plt.subplots()
    axes.plot([1, 2], "C0")
    axes.set_title("Title")
    frame, content = shown(figure)
    assert frame.faithful and C0 in content and texts(content)["Title"] == INK


def test_a_ground_of_the_author_s_stays_and_so_does_what_lies_on_it() -> None:
    """White and black points on gray: neither the ground nor the points change."""
    figure, axes = plt.subplots(facecolor="lightyellow")
    axes.set_facecolor("gray")
    axes.scatter([1], [1], color="white", s=300)
    axes.scatter([2], [2], color="black", s=300)
    axes.set_title("Title")
    frame, content = shown(figure)
    assert frame.faithful
    assert {"#ffffe0", "#808080", "#ffffff", "#000000"} <= set(re.findall(r'"(#\w{6})"', content))
    assert texts(content)["Title"] == "#1f2328"
    assert "var(--truepage" not in re.sub(r"^<svg[^>]*>|<style>.*?</style>", "", content)


def test_colours_of_data_stay() -> None:
    """Black and white of a colormap are no ink and no paper; numbers on them stay legible."""
    figure, axes = plt.subplots()
    axes.pcolormesh([[0.0, 0.5, 1.0]], cmap="gray")
    axes.text(0.5, 0.5, "on black", color="white", ha="center")
    axes.text(2.5, 0.5, "on white", color="black", ha="center")
    axes.set_title("Title")
    frame, content = shown(figure)
    found = texts(content)
    assert (found["on black"], found["on white"]) == ("#ffffff", "#000000")
    assert frame.faithful and found["Title"] == INK
    assert "data:image/png" in content  # meshes are pixels: browsers show seams between shapes


def test_a_white_label_on_a_bar_stays_readable() -> None:
    """On a colour that follows the page it follows, or stays, whatever can be read."""
    figure, axes = plt.subplots()
    bars = axes.bar(["a", "b"], [3, 5])
    axes.bar_label(bars, ["white", "ink"], label_type="center", color="white")
    axes.texts[1].set_color("#1f2328")
    frame, content = shown(figure)
    assert frame.faithful
    assert texts(content)["white"] == "var(--truepage-paper,#ffffff)"
    assert texts(content)["ink"] == "#1f2328"  # light ink on light blue could not be read


@pytest.mark.parametrize(
    "draw",
    [
        lambda axes: axes.bar(["a"], [1], color="navy"),
        lambda axes: axes.text(0.5, 0.5, "gray", color="0.35"),
        lambda axes: axes.imshow([[0.0, 1.0]], alpha=0.4),
        lambda axes: axes.scatter([1, 2], [1, 2], c=[0, 1], cmap="gray"),
    ],
)
def test_what_the_dark_would_hide_stays_light_on_white(draw: Callable[..., object]) -> None:
    """Nothing in it follows the page, and a page's light ground is in it."""
    figure, axes = plt.subplots()
    draw(axes)
    frame, content = shown(figure)
    assert not frame.faithful and "var(--" not in content and "<style>" not in content
    assert '<rect width="100%" height="100%" fill="#ffffff"/>' in content


def test_the_dark_style_of_matplotlib_s_is_dark_everywhere() -> None:
    """Black stays black, and all of its text is white."""
    with plt.style.context("dark_background"):
        figure, axes = plt.subplots()
        axes.plot([1, 2])
        axes.set(title="Title", xlabel="x label")
    _, content = shown(figure)
    assert 'fill="#000000"' in content
    assert set(texts(content).values()) == {"#ffffff"}
    assert saved(figure, "png", frame_of(figure).part).startswith(b"\x89PNG")


def test_contour_labels_are_clipped_where_they_stand() -> None:
    """The clip is around the turned text, not in its own coordinates."""
    figure, axes = plt.subplots()
    x = np.linspace(0, 4, 50)
    axes.clabel(axes.contour(x, x, x[:, None] ** 2 + x**2, levels=[2, 4, 8, 16], colors="k"))
    _, content = shown(figure)
    root = ElementTree.fromstring(content)  # noqa: S314 (ours)
    labels = [each for each in root.iter() if each.get("clip-path") and each.tag.endswith("}g")]
    assert sorted("".join(label.itertext()) for label in labels) == ["16", "2", "4", "8"]
    assert not [each for each in root.iter() if each.get("clip-path") and each.get("transform")]


def test_nothing_is_cut_off() -> None:
    """Labels are laid out; what stands beside the picture widens it; what is far away is named."""
    figure, axes = plt.subplots()
    axes.plot([1000, 2000], [10000, 20000])
    axes.set(xlabel="Time in seconds", ylabel="Money in euros", xlim=(1000, 2000))
    axes.text(1e6, 15000, "far away")
    figure.text(1.02, 0.5, "beside")
    frame, content = shown(figure)
    assert frame.outside == ("far away",)
    assert 528 < frame.size["width"] < 700 and f'width="{frame.size["width"]}"' in content


def test_what_is_laid_out_stays_where_it_is_when_the_picture_grows() -> None:
    """A second layout may come to another end than the first, after which text was measured."""

    class Moving(LayoutEngine):
        _adjust_compatible = _colorbar_gridspec = True
        runs = 0

        def execute(self, fig: Any) -> None:
            self.runs += 1
            fig.axes[0].set_position([0.1 * self.runs, 0.1, 0.5, 0.8])

    figure, axes = plt.subplots(layout=(engine := Moving()))
    axes.text(1, 0, "Far to the right of the axes, and so of the picture")
    assert shown(figure)[0].part.x1 > 396 and engine.runs == 1


@pytest.mark.parametrize("adjust", ["subplots_adjust", "tight_layout", "axes"])
def test_the_author_s_own_layout_is_left_alone(adjust: str) -> None:
    """Axes are where they were put."""
    figure = plt.figure()
    axes = figure.add_axes((0.2, 0.3, 0.4, 0.5)) if adjust == "axes" else figure.subplots()
    if adjust == "subplots_adjust":
        figure.subplots_adjust(left=0.4)
    elif adjust == "tight_layout":
        figure.tight_layout()
    before = axes.get_position().bounds
    shown(figure)
    assert axes.get_position().bounds == before


def test_axes_leave_room_for_text_that_the_author_placed() -> None:
    """Such as a name that several axes have in common: it is beside them without a layout, too."""
    figure, axes = plt.subplots(2, 2)
    placed = [
        figure.text(0.5, 0.02, "Common x", ha="center"),
        figure.text(0.02, 0.5, "Common y", va="center", rotation=90),
        figure.suptitle("Title", y=0.95, size=18),
        figure.legend(axes[0, 0].plot([1000, 2000]), ["Legend"], loc="lower right"),
    ]
    shown(figure)
    for each in axes.flat:
        box = each.get_tightbbox()
        assert not any(box.overlaps(other.get_window_extent()) for other in placed)


def test_text_over_the_axes_takes_no_room() -> None:
    """A watermark is no reason to make them smaller."""
    sizes = []
    for word in ("", "Draft"):
        figure, axes = plt.subplots()
        figure.text(0.5, 0.5, word, ha="center", size=40)
        shown(figure)
        sizes.append(axes.get_position().size.tolist())
    assert sizes[0] == sizes[1]


def test_labels_of_ticks_have_their_symbols(caplog: pytest.LogCaptureFixture) -> None:
    """The style's font has no centred dot; matplotlib would draw a currency sign."""
    figure, axes = plt.subplots()
    axes.set_title(r"$\mathdefault{2\cdot 10^{-3}}$")
    shown(figure)
    assert not caplog.records


def test_text_is_outlines_where_a_page_has_not_its_font() -> None:
    """Text in the page's font stays text; what no font has does, too, and is named."""
    figure, axes = plt.subplots()
    axes.set_title("page's  own")
    axes.set_xlabel("another", family="DejaVu Serif")
    axes.set_ylabel("温度")
    axes.text(0.5, 0.5, "half bold", weight="semibold", style="italic")
    with pytest.warns(UserWarning, match="Glyph"):
        frame, content = shown(figure)
    assert set(texts(content)) >= {"page's  own", "温度"} and "another" not in texts(content)
    assert 'style="white-space:pre"' in content
    assert frame.missing == {"温度": "度温"}


def test_heavy_artists_and_those_of_agg_s_become_pixels() -> None:
    """Text and axes stay what they are; what is light stays shapes."""
    figure, axes = plt.subplots()
    axes.scatter(*np.random.default_rng(1).normal(size=(2, 50_000)), s=2)
    (line,) = axes.plot([0, 1], [0, 1])
    line.set_agg_filter(lambda image, dpi: (image, 0, 0))
    axes.plot([0, 1], [1, 0], "C1", label="light")
    _, content = shown(figure)
    assert len(content) < 300_000 and "<image" in content
    assert "#c04a00" in content and "4" in texts(content)


class Filtered(Artist):
    """Artists that are drawn together, by Agg, as matplotlib's documentation writes such a one."""

    def __init__(self, *artists: Artist) -> None:
        super().__init__()
        self._artists = artists

    def draw(self, renderer: Any) -> None:
        """Draw them."""
        renderer.start_rasterizing()
        renderer.start_filter()
        for artist in self._artists:
            artist.draw(renderer)
        renderer.stop_filter(lambda image, dpi: (image, 0, 0))
        renderer.stop_rasterizing()


class Late(BboxImage):
    """An image that has its pixels only when it is drawn."""

    def draw(self, renderer: Any) -> None:
        """Draw it."""
        self.set_data(np.full((2, 2, 3), 100, np.uint8))
        super().draw(renderer)


@pytest.mark.parametrize(
    ("look", "beside", "follows"),
    [
        ({"color": "k"}, {"visible": False}, False),  # it would be lost
        ({}, {"color": "C0"}, False),  # another line, or a legend, would have another colour
        ({}, {"color": "C1"}, True),
    ],
)
def test_pixels_of_lines_and_points_are_seen_in_the_dark(
    look: dict[str, Any], beside: dict[str, Any], follows: bool
) -> None:
    """In pixels a colour stays as it is, whatever the page's."""
    figure, axes = plt.subplots()
    axes.plot(np.sin(np.arange(3_000)), np.cos(np.arange(3_000)), "o", **look)
    axes.plot([-1, 1], [-1, 1], **beside)
    frame, content = shown(figure)
    assert "<image" in content and frame.faithful == follows


def test_a_thousand_points_are_shapes() -> None:
    """They share their outline, so they are light, and their colour follows the page."""
    figure, axes = plt.subplots()
    axes.scatter(np.arange(1_000), np.arange(1_000) % 37)
    content = shown(figure)[1]
    assert "<image" not in content and C0 in content and len(content) < 100_000


def test_artists_of_an_author_s_draw_themselves() -> None:
    """What they do when they are drawn is done, also by several at once and one within another."""
    figure, axes = plt.subplots()
    bars = axes.bar(["a", "b"], [1, 2])
    for bar in bars:
        bar.set_rasterized(True)
    axes.add_artist(Filtered(*bars))
    axes.plot([0, 1], [1, 2], "C1")
    for at in (0.2, 0.7):
        axes.add_artist(Late(Bbox.from_bounds(100 * at, 100, 20, 20)))
    _, content = shown(figure)
    assert content.count("<image") >= 3 and "#c04a00" in content and "b" in texts(content)


def test_colours_that_stay_are_given_back_exactly() -> None:
    """They are drawn as their neighbours, which no author's colour is taken for."""
    for color, beside in palette.KEPT.items():
        assert palette.themed(beside) == palette.literal(color) == color
    assert palette.themed("#000000") == palette.themed(palette.BLACK)
    assert palette.literal(palette.BLACK) == "#000000"


@pytest.mark.parametrize(
    ("look", "area", "hatch"),
    [
        ({"facecolor": "gold", "alpha": 0.5}, 0.5, 0.5),
        ({"facecolor": (1, 0.8, 0, 0.3)}, 0.3, 1.0),
        ({"facecolor": "none", "alpha": 0.5}, None, 0.5),
        ({"facecolor": "gold"}, 1.0, 1.0),
    ],
)
@pytest.mark.parametrize("draw", ["axvspan", "fill_between"])
def test_a_hatch_is_no_fainter_than_it_was_drawn(
    look: dict[str, Any], area: float | None, hatch: float, draw: str
) -> None:
    """SVG gives a pattern the opacity of its element, too: half a hatch was left as a quarter."""
    figure, axes = plt.subplots()
    place = (0, 1) if draw == "axvspan" else ([0, 1], [0, 1])
    getattr(axes, draw)(*place, hatch="//", linewidth=0, **look)
    root = ElementTree.fromstring(shown(figure)[1])  # noqa: S314 (ours)
    (pattern,) = root.iterfind(".//{*}pattern")
    ground, lines = pattern
    drawn = [each for each in root.iter() if each.get("fill") in {"#ffd700", "#ffcc00"}]
    (hatched,) = (each for each in root.iter() if each.get("fill", "").startswith("url("))

    def opacity(*elements: ElementTree.Element) -> float:
        names = ("opacity", "fill-opacity", "stroke-opacity")
        return float(np.prod([float(each.get(name, "1")) for each in elements for name in names]))

    assert opacity(hatched, lines) == pytest.approx(hatch)
    if area is None:
        assert not drawn and ground.get("fill") == "none"
    else:
        assert opacity(*drawn) == pytest.approx(area)


@pytest.mark.parametrize(("width", "limit"), [(1, "10"), (12, "32")])
def test_the_tip_of_a_wide_line_is_as_long_as_in_a_png(width: float, limit: str) -> None:
    """Agg cuts tips off that are longer than the line is wide, times that width in dots."""
    figure, axes = plt.subplots()
    axes.plot([0, 1, 0], [0, 0.5, 1], lw=width, solid_joinstyle="miter", ls="-")
    assert f'stroke-miterlimit="{limit}"' in shown(figure)[1]


def test_the_size_of_figures_does_not_depend_on_where_they_are_saved() -> None:
    """An author's `savefig.bbox` is for files of the author's."""
    matplotlib.rcParams["savefig.bbox"] = "tight"
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    frame, content = shown(figure)
    assert frame.size == {"width": 528, "height": 336} and 'viewBox="0 0 396 252"' in content


def test_a_colour_bar_has_room() -> None:
    """Its labels are in a picture that is as large as it was asked to be."""
    figure, axes = plt.subplots(1, 2)
    for each in axes:
        figure.colorbar(each.imshow(np.eye(4)), label="a label")
        each.set(ylabel="number", title="Title")
    frame, _ = shown(figure)
    assert frame.size == {"width": 528, "height": 336}
    boxes = [each.get_tightbbox() for each in figure.axes]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def test_images_may_differ_in_the_last_levels() -> None:
    """Processors differ in the last bits of what a colormap is asked for."""

    def content(level: int) -> bytes:
        figure, axes = plt.subplots()
        axes.imshow(np.full((2, 2, 3), level, np.uint8))
        return shown(figure)[1].encode()

    assert same(content(100), content(101))
    assert not same(content(100), content(110))
