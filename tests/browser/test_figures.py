"""Figures in a real browser: colours, letters, sliders, read-outs, the large view, print."""

import contextlib
import gzip
import html
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.ft2font import FT2Font, LoadFlags
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from neural import activations
from truepage.figures import palette
from truepage.figures.picture import FONTS

Open = Callable[..., Any]


@pytest.fixture
def opened(browser: Browser, address: str) -> Open:
    """Open a page of the site and bring one of its figures into view."""

    @contextlib.contextmanager
    def open_figure(path: str, name: str, **options: Any) -> Iterator[tuple[Page, Locator]]:
        base = options.pop("base", address)
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        page = context.new_page()
        said: list[str] = []
        if base.startswith("http"):  # from the disk, browsers have much to say about fonts
            page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(base + path)
        figure = page.locator(f"#fig-{name}")
        figure.scroll_into_view_if_needed()
        page.evaluate("document.fonts.ready")
        if options.get("java_script_enabled", True):
            ready = f"#fig-{name} .truepage-handle"
            if figure.locator(".truepage-stage > template").count():
                page.wait_for_selector(ready, state="attached")
        yield page, figure
        assert [words for words in said if "search_index" not in words] == []  # only from the disk
        context.close()

    return open_figure


def paints(figure: Locator) -> list[str]:
    """Return the colours that the browser strokes the figure's curves with, in order."""
    found: list[str] = figure.evaluate(
        "f => [...f.querySelectorAll('svg path')].map(p => getComputedStyle(p).stroke)"
    )
    return list(dict.fromkeys(color for color in found if color != "none"))


def rgb(color: str) -> str:
    """Return a colour as browsers write it."""
    return f"rgb({', '.join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))})"


# One drawing for light, dark and print


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_drawing_has_the_colours_of_the_page_s_scheme(opened: Open, scheme: Any) -> None:
    """Those of the palette, and the paper behind it is the one that contrast was computed with."""
    with opened("activations/tanh/", "tanh", color_scheme=scheme) as (page, figure):
        dark = scheme == "dark"
        expected = {rgb(palette.PALETTE[name][dark]) for name in ("1", "2", "muted", "grid", "ink")}
        assert set(paints(figure)) == expected
        text = figure.locator("svg text").first.evaluate("t => getComputedStyle(t).fill")
        assert text == rgb(palette.PALETTE["ink"][dark])
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == ("rgb(30, 36, 41)" if dark else "rgb(255, 255, 255)")


def test_the_scheme_follows_the_switch(opened: Open) -> None:
    """Not only the system's setting."""
    with opened("activations/tanh/", "tanh", color_scheme="light") as (page, figure):
        page.locator("label[title='Switch to dark mode']").click()
        assert rgb(palette.PALETTE["1"][1]) in paints(figure)


def test_print_is_light_and_whole(opened: Open) -> None:
    """Also from a dark screen; sliders and tools stay away, and a figure is on one page."""
    with opened("activations/prelu/", "prelu", color_scheme="dark") as (page, figure):
        page.emulate_media(media="print")
        assert rgb(palette.PALETTE["1"][0]) in paints(figure)
        assert figure.evaluate("f => getComputedStyle(f).breakInside") == "avoid"
        assert not figure.locator(".truepage-sweep").is_visible()
        assert not page.locator(".truepage-tools").first.is_visible()
        clipped = figure.evaluate(
            """f => {
                const svg = f.querySelector('svg').getBoundingClientRect()
                const box = f.getBoundingClientRect()
                return svg.left < box.left - 1 || svg.right > box.right + 1
            }"""
        )
        assert not clipped
        assert page.pdf(format="A5").startswith(b"%PDF")


def test_a_reader_s_own_colours_are_used(opened: Open) -> None:
    """Forced colours: text and lines are the system's."""
    with opened("activations/tanh/", "tanh", forced_colors="active") as (page, figure):
        system = page.evaluate(
            """['CanvasText', 'LinkText', 'GrayText'].map(name => {
                const element = document.body.appendChild(document.createElement('i'))
                element.style.color = name
                return getComputedStyle(element).color
            })"""
        )
        assert set(paints(figure)) <= set(system)


def test_a_file_that_stands_alone_is_right_in_both_schemes(
    browser: Browser, tmp_path: Path
) -> None:
    """As an image, where no page's rules hold: ink that can be read on white and on black."""
    committed = Path(__file__).parents[2] / "figures" / "rendered" / "tanh.svg"
    (tmp_path / "tanh.svg").write_bytes(committed.read_bytes())
    (tmp_path / "page.html").write_text('<body style="margin:0"><img src="tanh.svg">')
    for scheme, expected in (("light", palette.PALETTE["1"][0]), ("dark", palette.PALETTE["1"][1])):
        page = browser.new_page(color_scheme=scheme, viewport={"width": 600, "height": 400})  # type: ignore[arg-type]
        page.goto((tmp_path / "page.html").as_uri())
        page.wait_for_function("document.images[0].complete")
        shot = Image.open(io.BytesIO(page.screenshot(omit_background=True))).convert("RGB")
        colors = {color: count for count, color in shot.getcolors(maxcolors=1 << 20) or []}
        assert colors.get(tuple(int(expected[at : at + 2], 16) for at in (1, 3, 5)), 0) > 100
        page.close()


# Text is text


def _wait_for_fonts(route: Any) -> None:
    answer = route.fetch()
    style = answer.text()
    assert "font-display:optional" in style
    route.fulfill(
        response=answer, body=style.replace("font-display:optional", "font-display:block")
    )


def test_text_is_as_wide_as_it_was_laid_out(opened: Open) -> None:
    """Every label ends where matplotlib thought it would: letters have the same widths."""
    with opened("loss-functions/", "negative-log") as (page, figure):
        # On a busy machine the typeface may come too late for the page that asks for it first.
        page.route("**/style.*.css", _wait_for_fonts)
        page.reload()
        page.evaluate("document.fonts.ready")
        ends = figure.evaluate(
            """f => [...f.querySelectorAll('svg text')].map(text => {
                const box = text.getBBox()
                return [text.textContent, box.width]
            })"""
        )
        widths = dict(ends)
        (regular,) = [font for font in FONTS if font.name == "Inter-Regular.ttf"]
        font = FT2Font(str(regular))
        font.set_size(1000, 72)
        for text in ("badly misclassified:", "classified well:"):
            font.set_text(text, flags=LoadFlags.NO_HINTING)
            expected = font.get_width_height()[0] / 64 * 12 / 1000
            assert widths[text] == pytest.approx(expected, rel=0.01)


def test_letters_can_be_read_on_a_phone(opened: Open) -> None:
    """Ten CSS pixels high where the screen is 340 px wide, in every figure of the article."""
    phone = {"width": 340, "height": 640}
    with opened("activations/sigmoid/", "sigmoid-derivative", viewport=phone) as (page, _):
        for path in ("activations/", "experiments/", "loss-functions/", "activations/prelu/"):
            page.goto(re.sub(r"activations/sigmoid/$", path, page.url.split("#")[0]))
            sizes = page.evaluate(
                """[...document.querySelectorAll('.truepage-picture svg')].map(svg =>
                    11.5 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)"""
            )
            assert min(sizes) >= 9.7
            page.goto(page.url.replace(path, "activations/sigmoid/"))


def test_text_can_be_selected_and_found(opened: Open) -> None:
    """It is no outline."""
    with opened("activations/relu/", "relu") as (page, figure):
        assert "derivative ReLU′(x)" in (figure.locator("svg").text_content() or "").replace(
            "\xa0", " "
        )
        assert page.evaluate("window.find('derivative')") is True


# Figures that answer


def test_a_slider_changes_the_picture_by_keyboard(opened: Open) -> None:
    """Arrow keys; the value is said in words, and the curve is another."""
    with opened("activations/prelu/", "prelu") as (page, figure):
        slider, before = figure.locator("input"), figure.locator("svg").inner_html()
        slider.focus()
        page.keyboard.press("End")
        assert slider.get_attribute("aria-valuetext") == "a 1"
        assert figure.locator("output").inner_text() == "1"
        last = figure.locator("svg").inner_html()
        assert last != before
        assert "a=1" in last.replace("</tspan>", "").replace(" ", "") or ">1<" in last
        page.keyboard.press("Home")
        assert slider.get_attribute("aria-valuetext") == "a −0.25"
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        assert slider.get_attribute("aria-valuetext") == "a 0.25"
        # Back at the start, every attribute is what it was.
        assert figure.locator("svg").inner_html() == before


def test_without_javascript_there_is_the_default_frame_and_the_table(opened: Open) -> None:
    """And no dead slider."""
    with opened("activations/prelu/", "prelu", java_script_enabled=False) as (page, figure):
        assert figure.locator("svg").is_visible()
        assert not figure.locator("input").is_visible()
        assert not page.locator(".truepage-enlarge").first.is_visible()
        page.locator(".truepage-tools summary").first.click()
        assert page.locator(".truepage-table").first.is_visible()


def test_the_read_out_tells_neural_s_values_by_keyboard(opened: Open) -> None:
    """At every place the cursor can stand at, to the four digits that it shows."""
    with opened("activations/sigmoid/", "sigmoid-derivative") as (page, figure):
        handle = figure.locator(".truepage-handle")
        handle.focus()
        page.keyboard.press("Home")
        count = int(handle.get_attribute("aria-valuemax") or 0)
        assert count == 100
        for _ in range(count + 1):
            words = (handle.get_attribute("aria-valuetext") or "").replace("−", "-")
            found = re.fullmatch(r"x (\S+): σ\(x\) (\S+), σ′\(x\) (\S+)", words)
            assert found, words
            x, value, slope = (float(number) for number in found.groups())
            assert value == float(f"{float(activations.sigmoid(x)):.4g}")
            assert slope == float(f"{float(activations.sigmoid_derivative(x)):.4g}")
            page.keyboard.press("ArrowRight")
        shown = figure.locator(".truepage-readout").inner_text().replace("−", "-")
        assert shown.split() == ["x", "=", "5", "σ(x)", f"{value:.4g}", "σ′(x)", f"{slope:.4g}"]


def test_the_read_out_follows_the_slider(opened: Open) -> None:
    """Its values are those of the frame that is seen."""
    with opened("activations/prelu/", "prelu") as (page, figure):
        figure.locator("input").focus()
        page.keyboard.press("End")
        handle = figure.locator(".truepage-handle")
        handle.focus()
        page.keyboard.press("Home")
        assert handle.get_attribute("aria-valuetext") == "x −5: f(x) none, f′(x) 1"
        for _ in range(200):
            words = handle.get_attribute("aria-valuetext") or ""
            if words.startswith("x −1:"):
                break
            page.keyboard.press("ArrowRight")
        assert words == "x −1: f(x) −1, f′(x) 1"


def test_the_cursor_stands_on_the_curve(opened: Open) -> None:
    """Where the pointer is, in the drawn picture's own coordinates."""
    with opened("activations/tanh/", "tanh") as (page, figure):
        box = figure.locator("svg").bounding_box()
        assert box
        for share in (0.3, 0.55, 0.9):
            page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 3)
            state = figure.evaluate(
                """f => {
                    const {left, top} = f.querySelector('svg').getBoundingClientRect()
                    const curve = [...f.querySelectorAll('svg path')].find(path =>
                        path.getAttribute('stroke').includes('--truepage-1'))
                    const dot = f.querySelector('.truepage-cursor circle')
                    const x = Number(dot.getAttribute('cx')), y = Number(dot.getAttribute('cy'))
                    let nearest = Infinity
                    for (let at = 0; at <= curve.getTotalLength(); at += 0.25) {
                        const point = curve.getPointAtLength(at)
                        nearest = Math.min(nearest, Math.hypot(point.x - x, point.y - y))
                    }
                    const scale = f.querySelector('svg').viewBox.baseVal.width /
                        f.querySelector('svg').getBoundingClientRect().width
                    return [nearest, x / scale]
                }"""
            )
            assert state[0] < 0.3
            assert abs(state[1] - share * box["width"]) < 0.6 * box["width"] / 100
        page.mouse.move(box["x"] - 60, box["y"])
        assert figure.locator(".truepage-cursor").count() == 0


def test_a_logarithmic_axis_is_read_out_as_such(opened: Open) -> None:
    """The dot stands on the curve there, too, and panels are reached by the arrow keys."""
    with opened("experiments/", "vanishing-gradient") as (page, figure):
        handle = figure.locator(".truepage-handle")
        handle.focus()
        page.keyboard.press("Home")
        words = handle.get_attribute("aria-valuetext") or ""
        assert words.startswith("Biases 0: layer 1: ReLU ")
        assert float(words.rpartition(" ")[2].replace("−", "-")) < 1e-11
        page.keyboard.press("ArrowDown")
        assert (handle.get_attribute("aria-valuetext") or "").startswith("Biases of size 2: ")


def test_nothing_is_set_up_before_it_is_seen(browser: Browser, address: str) -> None:
    """A figure below the screen waits."""
    page = browser.new_page(viewport={"width": 1000, "height": 500})
    page.goto(f"{address}experiments/")
    page.wait_for_load_state("networkidle")
    assert page.locator("#fig-xor + .truepage-tools").count() == 1
    assert page.locator("#fig-unrolled .truepage-handle").count() == 0
    page.locator("#fig-unrolled").scroll_into_view_if_needed()
    page.wait_for_selector("#fig-unrolled .truepage-handle")
    page.close()


def test_a_picture_opens_large_and_comes_back(opened: Open) -> None:
    """By button, click and Enter; Escape closes it, and the focus is where it was."""
    with opened("activations/prelu/", "prelu") as (page, figure):
        width = figure.locator("svg").bounding_box()["width"]
        button = page.locator("#fig-prelu + .truepage-tools .truepage-enlarge")
        assert button.get_attribute("aria-label", timeout=1000)
        button.focus()
        page.keyboard.press("Enter")
        dialog = page.locator("dialog[open]")
        assert dialog.locator("svg").bounding_box()["width"] > 1.5 * width
        assert dialog.locator("input[type=range]").is_visible()
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)
        assert page.evaluate("document.activeElement.className").startswith("truepage-button")
        assert figure.locator("svg").bounding_box()["width"] == width

        figure.locator(".truepage-handle").focus()
        page.keyboard.press("Enter")
        expect(dialog).to_have_count(1)
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_have_count(0)
        figure.locator("svg").click(position={"x": 90, "y": 60})
        expect(dialog).to_have_count(1)


def test_a_finger_reads_values_and_does_not_enlarge(opened: Open) -> None:
    """The read-out stays when the finger is lifted, until it touches something else."""
    with opened("activations/tanh/", "tanh", has_touch=True) as (page, figure):
        box = figure.locator("svg").bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert figure.locator(".truepage-readout").is_visible()
        assert page.locator("dialog").count() == 0
        page.touchscreen.tap(5, 5)
        assert not figure.locator(".truepage-readout").is_visible()


def test_all_of_it_works_from_the_disk(opened: Open, site: Path) -> None:
    """Without a server."""
    base = site.as_uri() + "/"
    with opened("activations/prelu/index.html", "prelu", base=base) as (page, figure):
        figure.locator("input").focus()
        page.keyboard.press("ArrowRight")
        assert figure.locator("input").get_attribute("aria-valuetext") == "a 0.375"
        assert figure.locator(".truepage-handle").count() == 1


# Small, steady, and downloadable


def test_figures_are_small_and_move_nothing(browser: Browser, site: Path, address: str) -> None:
    """Under 7 KB each, with all frames and values; the page's layout does not shift."""
    for file in sorted(site.rglob("*.html")):
        html = file.read_text()
        for part in re.findall(
            r'<figure class="truepage-figure".*?<div class="truepage-tools"', html, re.DOTALL
        ):
            name = re.findall(r'id="fig-([^"]*)"', part)[0]
            assert len(gzip.compress(part.encode())) < 7000, name
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.add_init_script(
        """window.shift = 0
        new PerformanceObserver(list => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value
        }).observe({type: 'layout-shift', buffered: true})"""
    )
    page.goto(f"{address}activations/prelu/")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    before = page.evaluate("shift")  # by what else is on the page
    page.mouse.wheel(0, 1500)
    page.wait_for_selector("#fig-prelu .truepage-handle")
    assert page.evaluate("shift") == before
    page.close()


def test_ids_are_the_page_s_only_ones(browser: Browser, site: Path) -> None:
    """Pictures in one page do not share ids."""
    for file in sorted(site.rglob("*.html")):
        ids = re.findall(r'\sid="([^"]+)"', file.read_text())
        pictures = [own for own in ids if "--" in own]
        assert len(pictures) == len(set(pictures)), file


def test_downloads_are_what_they_say(opened: Open) -> None:
    """CSV with a row for each place along x, SVG, PNG at two dots a pixel, PDF."""
    with opened("activations/tanh/", "tanh") as (page, _):
        page.locator("#fig-tanh + .truepage-tools summary").first.click()
        contents = {}
        for kind in ("CSV", "SVG", "PNG", "PDF"):
            link = page.locator("#fig-tanh + .truepage-tools").get_by_role("link", name=kind)
            assert link.get_attribute("download") == f"tanh.{kind.lower()}"
            answer = page.request.get(link.evaluate("a => a.href"))
            assert answer.status == 200
            contents[kind] = answer.body()
        assert contents["PDF"].startswith(b"%PDF")
        assert b"<svg" in contents["SVG"][:10]
        width, _ = (int.from_bytes(contents["PNG"][at : at + 4], "big") for at in (16, 20))
        assert width == 2 * 528
        rows = [line.split(",") for line in contents["CSV"].decode().splitlines()]
        assert rows[0] == ["x", "tanh(x)", "tanh′(x)"]
        values = np.array(rows[1:], dtype=float)
        assert np.allclose(values[:, 1], activations.tanh(values[:, 0]), rtol=1e-9)
        assert np.allclose(values[:, 2], activations.tanh_derivative(values[:, 0]), rtol=1e-9)


def test_the_script_is_small() -> None:
    """Under 8 KB as it is transferred."""
    script = Path(__file__).parents[2] / "src" / "truepage" / "markdown" / "truepage.js"
    assert len(gzip.compress(script.read_bytes())) < 8000


def test_what_the_script_reads_is_whole(site: Path) -> None:
    """Each figure's values are JSON, and every frame has every value."""
    for file in sorted(site.rglob("*.html")):
        for text in re.findall(
            r'<template data-search-exclude="">(.*?)</template>', file.read_text(), re.DOTALL
        ):
            found = json.loads(html.unescape(text))
            for slot in found.get("sweep", {}).get("slots", []):
                assert len(slot[2]) == len(found["sweep"]["shown"])
