"""The data behind a picture: what was drawn, under its own names, and nothing else."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from truepage.figures import data, readout
from truepage.figures import table as tables


def panels(draw: Callable[[Any], None]) -> list[data.Panel]:
    """Return the panels of a figure with one pair of axes, once it is drawn."""
    figure = Figure()
    draw(figure.subplots())
    figure.savefig(io.BytesIO(), format="svg")
    return data.read(figure)


def table(draw: Callable[[Any], None]) -> list[dict[str, str]]:
    """Return the rows of its CSV."""
    content = tables.as_csv(*tables.table(panels(draw)))
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_lines_of_one_x_share_rows() -> None:
    """Heads are the labels, formulas read out; numbers are those that were plotted."""
    x = np.linspace(0, 1, 5)

    def draw(axes: Any) -> None:
        axes.plot(x, x**2, label="$x^2$")
        axes.plot(x, np.sqrt(x), "--", label=r"$\sqrt{x}$")
        axes.axhline(0.5)
        axes.set_xlabel("time $t$")

    rows = table(draw)
    assert list(rows[0]) == ["time t", "x²", "√x"]
    assert [float(row["x²"]) for row in rows] == (x**2).tolist()
    assert np.allclose([float(row["√x"]) for row in rows], np.sqrt(x), rtol=1e-9)


def test_where_nothing_is_labelled_everything_is_data() -> None:
    """Under the name of its axis. As soon as one thing has a label, others have none to show."""
    (only,) = panels(lambda axes: (axes.plot([0, 1], [2, 3]), axes.set_ylabel("height")))
    assert [series.name for series in only.series] == ["height"]
    (two,) = panels(lambda axes: axes.plot([0, 1], [[2, 3], [4, 5]]))
    assert [series.name for series in two.series] == ["y 1", "y 2"]
    (one,) = panels(lambda axes: (axes.plot([0, 1], [2, 3], label="a"), axes.plot([0, 1], [4, 5])))
    assert [series.name for series in one.series] == ["a"]


def test_bars_stand_under_their_words() -> None:
    """A category is a word in the first column."""
    rows = table(lambda axes: axes.bar(["cat", "bird"], [3, 4.5], label="count"))
    assert rows == [{"x": "cat", "count": "3"}, {"x": "bird", "count": "4.5"}]


def test_scattered_points_and_steps() -> None:
    """Two points at one x are two rows; a histogram has a row for each edge."""

    def points(axes: Any) -> None:
        axes.scatter([1, 2, 1], [5, 6, 7], label="points")

    assert [(row["x"], row["points"]) for row in table(points)] == [
        ("1", "5"), ("1", "7"), ("2", "6"),
    ]  # fmt: skip
    (panel,) = panels(lambda axes: axes.stairs([1, 2], [0, 1, 3], label="stairs"))
    (stairs,) = panel.series
    assert (stairs.kind, stairs.x.tolist(), stairs.y.tolist()) == ("post", [0, 1, 3], [1, 2, 2])
    (panel,) = panels(lambda axes: axes.step([0, 1, 2], [3, 4, 5], where="mid", label="steps"))
    assert [(series.kind, series.y.tolist()) for series in panel.series] == [("mid", [3, 4, 5])]


def test_a_band_has_two_edges() -> None:
    """From the lower to the upper, whichever was given first."""
    x = np.arange(4.0)
    rows = table(lambda axes: axes.fill_between(x, x + 2, x * x / 9, label="range"))
    assert [float(row["range, from"]) for row in rows] == pytest.approx(x * x / 9)
    assert [float(row["range, to"]) for row in rows] == pytest.approx(x + 2)


def test_pieces_of_one_name_are_one_line_with_a_gap() -> None:
    """As a function that jumps is drawn. A marker at its end adds nothing."""

    def draw(axes: Any) -> None:
        axes.plot([-2, -1, -1e-300], [0, 0, 0], label="f")
        axes.plot([0.5, 1, 2], [1, 1, 1], label="f")
        axes.plot([0], [0], "o")

    (panel,) = panels(draw)
    (series,) = panel.series
    assert np.isnan(series.y).sum() == 1
    assert [row["x"] for row in table(draw)] == ["-2", "-1", "0", "0.5", "1", "2"]
    (answer,) = readout.answers([[panel]], 0)
    assert answer["lines"][0]["y"] == [0, 0, 0, None, 1, 1, 1]


def test_nan_and_masked_values_are_gaps() -> None:
    """They are in no row."""
    rows = table(lambda axes: axes.plot([0, 1, 2], [1, np.nan, np.inf], label="a"))
    assert rows == [{"x": "0", "a": "1"}]


def test_hidden_and_empty_artists_are_not_data() -> None:
    """What is not seen is not told."""

    def draw(axes: Any) -> None:
        axes.plot([0, 1], [0, 1], label="hidden")[0].set_visible(False)
        axes.plot([], [], label="key")

    assert panels(draw) == []


def test_several_panels_are_told_apart() -> None:
    """By their titles; without one, by their number. Insets are panels, too."""
    figure = Figure()
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], [1, 2], label="a")
    left.set_title("left", loc="left")
    right.plot([0, 1], [3, 4], label="a")
    inset = right.inset_axes((0.1, 0.1, 0.3, 0.3))
    inset.plot([0, 1], [5, 6], label="b")
    figure.savefig(io.BytesIO(), format="svg")
    heads, rows = tables.table(data.read(figure))
    assert heads == ["panel", "x", "a", "b"]
    assert rows == [
        ["left", "0", "1", ""], ["left", "1", "2", ""],
        ["2", "0", "3", ""], ["2", "1", "4", ""],
        ["3", "0", "", "5"], ["3", "1", "", "6"],
    ]  # fmt: skip


def test_csv_survives_commas_quotes_and_newlines() -> None:
    """RFC 4180."""
    rows = table(lambda axes: axes.plot([0, 1], [1, 2], label='a, "b"\nc'))
    assert list(rows[0]) == ["x", 'a, "b" c']


def test_the_frame_s_place_is_in_points_from_the_top_left() -> None:
    """There a read-out puts its cursor."""
    figure = Figure(figsize=(5, 4))
    figure.add_axes((0.1, 0.2, 0.5, 0.6)).plot([0, 1], [0, 1])
    figure.savefig(io.BytesIO(), format="svg", dpi=50)
    (panel,) = data.read(figure)
    assert panel.box == pytest.approx((36, 57.6, 180, 172.8))


def test_answers_are_the_drawn_values() -> None:
    """At points that were drawn, to four digits; the ends are among them."""
    x = np.linspace(-3, 3, 1001)
    (answer,) = readout.answers([panels(lambda axes: axes.plot(x, np.exp(x), label="e"))], 0)
    places = answer["xs"][0]
    stops = np.linspace(places["from"], places["to"], places["count"])
    assert (stops[0], stops[-1], len(stops)) == (-3, 3, 101)
    assert answer["lines"][0]["y"] == [float(f"{value:.4g}") for value in np.exp(stops)]


def test_answers_of_a_logarithmic_axis() -> None:
    """The scale is told; other scales have no read-out."""
    x = np.geomspace(1, 1000, 7)
    (answer,) = readout.answers([panels(lambda axes: axes.loglog(x, x**2))], 0)
    assert (answer["x"][2], answer["y"][2]) == ("log", "log")
    assert answer["xs"] == [[1, 3.16228, 10, 31.6228, 100, 316.228, 1000]]

    def odd(axes: Any) -> None:
        axes.plot(x, x)
        axes.set_xscale("symlog")

    assert readout.answers([panels(odd)], 0) == []


@pytest.mark.parametrize("order", [[2, 1, 0], [0, 2, 1]])
def test_a_line_that_turns_back_has_no_read_out(order: list[int]) -> None:
    """It has no one value at an x."""
    assert readout.answers([panels(lambda axes: axes.plot(order, [1, 2, 3]))], 0) == []


def test_too_many_lines_have_no_read_out() -> None:
    """The box would hide the picture; the table has them all."""
    found = panels(lambda axes: axes.plot([0, 1, 2], np.ones((3, readout.LINES + 1))))
    assert len(found[0].series) == readout.LINES + 1
    assert readout.answers([found], 0) == []


def test_frames_store_what_changes() -> None:
    """A line that stays has its values once."""

    def frame(slope: float) -> list[data.Panel]:
        def draw(axes: Any) -> None:
            axes.plot([0, 1, 2], [0, 1, 2], label="same")
            axes.plot([0, 1, 2], [0, slope, 2 * slope], label="other")
            axes.set(xlim=(0, 2), ylim=(0, 4))

        return panels(draw)

    (answer,) = readout.answers([frame(slope) for slope in (0.5, 1, 2)], 1)
    same, other = answer["lines"]
    assert "frames" not in same
    assert other["frames"] == [[0, 0.5, 1], [0, 1, 2], [0, 2, 4]]
    assert other["y"] == other["frames"][1]


def test_what_the_script_reads_is_json() -> None:
    """Strictly: no NaN, no infinity."""
    found = panels(lambda axes: axes.plot([0, 1, 2, 3], [1, np.nan, np.inf, 2], label="ü"))
    text = readout.as_json(readout.answers([found], 0)).decode()
    assert "ü" in text and json.loads(text, parse_constant=pytest.fail)


def test_a_long_table_is_sampled_from_end_to_end() -> None:
    """On the page, a dozen rows; of several panels, some of each."""
    long = [[str(number)] for number in range(1000)]
    kept = tables.excerpt(long, 1)
    assert len(kept) == tables.ROWS and kept[0] == ["0"] and kept[-1] == ["999"]
    assert tables.excerpt(long[:20], 1) == long[:20]
    even = tables.excerpt([[str(number)] for number in range(801)], 1)
    assert [row[0] for row in even] == [str(80 * number) for number in range(11)]
    two = [[panel, str(number)] for panel in "ab" for number in range(100)]
    assert [row[0] for row in tables.excerpt(two, 2)] == ["a"] * 6 + ["b"] * 6
