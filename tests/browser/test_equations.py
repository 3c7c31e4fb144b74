"""Equations in a real browser: on a phone, in print, on the keyboard and in the clipboard.

The page is made by plain Python-Markdown, so what is tested needs no MkDocs.
"""

import io
from collections.abc import Iterator
from pathlib import Path

import markdown
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page
from serving import serve

from truepage.markdown.assets import page_assets, stylesheets

SUM = " + ".join(rf"\frac{{a_{{{n}}}}}{{b_{{{n}}}}}" for n in range(12))
MATRIX = " & ".join(["a + b + c + d"] * 10)
TEXT = rf"""
# The $`\sigma`$ function

Short $`\sigma(x) < 1`$ and @eq-long, then more.

```math
% label: eq-short
\sigma(x) = \frac{{1}}{{1 + e^{{-x}}}}
```

```math
% label: eq-long
y = {SUM}
```

```math
\begin{{pmatrix}} {MATRIX} \end{{pmatrix}}
```

Wide $`\left({SUM}\right)`$ in a line, and the end.

```math
\begin{{align}} a &= b \\ c &= d \end{{align}}
```
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the page with its assets."""
    root = tmp_path_factory.mktemp("equations")
    for name, content in page_assets().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            content = content.read_bytes()
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    links = "".join(f'<link rel="stylesheet" href="{sheet}">' for sheet in stylesheets())
    body = markdown.markdown(TEXT, extensions=["truepage", "toc"])
    (root / "index.html").write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Equations</title>'
        f'<meta name="viewport" content="width=device-width">{links}'
        f'<script defer src="assets/formulas.js"></script></head><body>{body}</body></html>',
        encoding="utf-8",
    )
    return root


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Address of the page."""
    with serve(folder, "/") as address:
        yield address


def _open(browser: Browser, address: str, width: int, *, script: bool = True) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 700},
        permissions=["clipboard-read", "clipboard-write"],
        java_script_enabled=script,
    )
    page = context.new_page()
    page.goto(address)
    if script:
        page.evaluate("document.fonts.ready")
        page.wait_for_function("document.fonts.check('1em KaTeX_Main')")
    return page


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    """The page on the narrowest phone."""
    page = _open(browser, address, 320)
    yield page
    page.context.close()


@pytest.fixture
def wide(browser: Browser, address: str) -> Iterator[Page]:
    """The page on a screen."""
    page = _open(browser, address, 1280)
    yield page
    page.context.close()


def test_no_formula_makes_the_page_wider_than_a_phone(phone: Page) -> None:
    """Wide ones scroll inside themselves; the number stays on the screen, to the end."""
    assert phone.evaluate("document.documentElement.scrollWidth") == 320
    scrolls = "boxes => boxes.map(box => box.scrollWidth > box.clientWidth)"
    assert phone.locator(".truepage-formula").evaluate_all(scrolls) == [False, True, True, False]
    box = phone.locator("#eq-long .truepage-formula")
    box.evaluate("f => f.scrollLeft = 1e6")
    number = phone.locator("#eq-long .truepage-equation-number").bounding_box()
    assert number
    assert number["x"] + number["width"] <= 320
    assert phone.locator("#eq-long .truepage-equation-number").inner_text() == "(2)"


def test_only_what_scrolls_is_a_stop_of_the_keyboard(phone: Page, wide: Page) -> None:
    """It has a name that says which equation it is; arrows move it; a turned phone is looked at."""
    stops = "[...document.querySelectorAll('[tabindex]')].map(f => f.getAttribute('aria-label'))"
    assert phone.evaluate(stops) == ["Equation 2", "Equation", "Formula"]
    box = phone.locator("#eq-long .truepage-formula")
    box.focus()
    assert box.evaluate("f => getComputedStyle(f).outlineStyle") == "solid"
    phone.keyboard.press("ArrowRight")
    phone.wait_for_function("document.querySelector('#eq-long .truepage-formula').scrollLeft > 0")
    assert wide.evaluate(stops) == []
    wide.set_viewport_size({"width": 320, "height": 700})
    wide.wait_for_function("document.querySelectorAll('.truepage-formula[tabindex]').length == 2")


def test_without_the_script_every_display_formula_is_a_stop(browser: Browser, address: str) -> None:
    """So that none is out of reach of the keyboard."""
    page = _open(browser, address, 320, script=False)
    assert page.locator(".truepage-formula[tabindex='0']").count() == 4
    page.context.close()


def _edge(box: Locator, side: str) -> tuple[int, int, int]:
    """Return the colour at a side of a formula, where it has nothing but its ground."""
    picture = Image.open(io.BytesIO(box.screenshot())).convert("RGB")
    x = 1 if side == "left" else picture.width - 2
    colours = picture.getcolors(1 << 24) or []
    ground = max(colours)[1]
    column = [picture.getpixel((x, y)) for y in range(picture.height // 5, picture.height // 3)]
    darkest = min(column, key=sum)
    return tuple(abs(one - other) for one, other in zip(darkest, ground, strict=True))


def test_a_shadow_shows_where_more_of_a_formula_is(phone: Page) -> None:
    """At the right before it is scrolled, at the left after; none where all of it is seen."""
    long = phone.locator("#eq-long .truepage-formula")
    matrix = phone.locator(".truepage-formula").nth(2)
    short = phone.locator("#eq-short .truepage-formula")
    for box, moved in ((long, False), (matrix, False), (short, None), (long, True)):
        if moved:
            box.evaluate("f => f.scrollLeft = 1e6")
            phone.evaluate("new Promise(requestAnimationFrame)")
        seen = {side: max(_edge(box, side)) > 8 for side in ("left", "right")}
        assert seen == {"left": moved is True, "right": moved is False}


def test_print_clips_no_formula(browser: Browser, address: str) -> None:
    """On paper what is too wide is smaller, or goes on in the next line; numbers are there."""
    page = _open(browser, address, 680)
    page.emulate_media(media="print")
    outside = page.evaluate(
        """[...document.querySelectorAll('.truepage-formula')].map(box => {
            const right = box.getBoundingClientRect().right
            const ends = [...box.querySelectorAll('.katex-base')].map(
                part => part.getBoundingClientRect().right)
            return Math.max(...ends) - right
        })"""
    )
    assert max(outside) <= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    assert page.locator("#eq-long .truepage-equation-number").is_visible()
    page.context.close()


def test_no_line_begins_with_punctuation(phone: Page) -> None:
    """At any width the full stop is on the line of its formula, which a browser would not keep."""
    phone.evaluate(
        "html => { document.body.innerHTML = html }",
        markdown.markdown(
            " ".join(f"Word{'s' * n} ($`\\sigma(x_{n})`$)." for n in range(40)),
            extensions=["truepage"],
        ),
    )
    apart = """spans => {
        let count = 0
        for (let width = 200; width < 320; width += 3) {
            document.body.style.width = `${width}px`
            for (const span of spans) {
                const range = document.createRange()
                range.selectNode(span.lastChild)
                const base = span.querySelector('.katex-base').getBoundingClientRect()
                if (base.bottom < range.getBoundingClientRect().top) count += 1
            }
        }
        return count
    }"""
    spans = phone.locator(".truepage-unbroken")
    assert spans.count() == 40
    assert spans.evaluate_all(apart) == 0
    phone.add_style_tag(content=".truepage-unbroken { white-space: normal }")
    assert spans.evaluate_all(apart) > 0


def test_width_is_measured_well(wide: Page) -> None:
    """What a formula's width was taken for when it was set is what it takes in the browser."""
    found = wide.evaluate(
        """[...document.querySelectorAll('.truepage-formula[style]')].map(box => {
            const formula = box.querySelector('.katex')
            const parts = [...box.querySelectorAll('.katex-base')]
                .map(part => part.getBoundingClientRect())
            const seen = Math.max(...parts.map(p => p.right)) - Math.min(...parts.map(p => p.left))
            const em = parseFloat(getComputedStyle(formula).fontSize)
            return [seen / em, parseFloat(box.style.getPropertyValue('--truepage-em'))]
        })"""
    )
    assert len(found) == 2
    for seen, measured in found:
        assert 0.97 * seen <= measured <= 1.1 * seen


def _copy(page: Page, start: str, end: str) -> str:
    """Select from the beginning of one element to the end of another, copy, and read it."""
    page.evaluate(
        """([start, end]) => {
            const range = document.createRange()
            range.setStart(document.querySelector(start), 0)
            const last = document.querySelector(end)
            range.setEnd(last, last.childNodes.length)
            getSelection().removeAllRanges()
            getSelection().addRange(range)
        }""",
        [start, end],
    )
    page.keyboard.press("Control+c")
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_a_copied_formula_is_its_tex(wide: Page) -> None:
    """Once: alone, in running text between dollars, and from what begins or ends inside it."""
    short = r"\sigma(x) = \frac{1}{1 + e^{-x}}"
    assert _copy(wide, "#eq-short .katex-html", "#eq-short .katex-html") == short
    assert _copy(wide, "#eq-short .katex-base", "#eq-short .katex-base") == short
    assert _copy(wide, "h1", "h1") == r"The $\sigma$ function"
    both = _copy(wide, "h1 .katex-html", "p .katex-html")
    assert " ".join(both.split()) == r"$\sigma$ function Short $\sigma(x) < 1$"
    text = _copy(wide, "p", "#eq-short")
    assert text.split("\n")[0] == r"Short $\sigma(x) < 1$ and Equation 2, then more."
    assert f"$${short}$$" in text
    assert text.count(r"\frac") == 1
    html = wide.evaluate(
        """async () => {
            const [item] = await navigator.clipboard.read()
            return (await item.getType('text/html')).text()
        }"""
    )
    assert html.count(r"\frac") == 1


def test_a_selection_without_formulas_is_copied_as_ever(wide: Page) -> None:
    """The script keeps out of it."""
    assert _copy(wide, "p a", "p a") == "Equation 2"


def test_selected_text_has_each_formula_once_without_the_script(wide: Page) -> None:
    """What is seen: the hidden MathML and its source are not selected."""
    wide.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))")
    assert "\\sigma" not in wide.evaluate("getSelection().toString()")
    assert wide.evaluate("getSelection().toString()").count("σ") == 1


def test_formulas_have_mathml_for_those_who_listen(wide: Page) -> None:
    """And what is seen is hidden from them."""
    assert wide.locator(".katex-html:not([aria-hidden='true'])").count() == 0
    assert wide.locator(".katex").count() == wide.locator(".katex math").count() == 7
    assert wide.locator("math[display='block']").count() == 4


def test_only_labels_number_equations(wide: Page) -> None:
    """KaTeX's own numbers of `align` are not shown."""
    numbers = "all => all.map(one => getComputedStyle(one, '::before').content)"
    assert wide.locator(".eqn-num").evaluate_all(numbers) == ["none", "none"]
    assert wide.locator(".truepage-equation-number").all_inner_texts() == ["(1)", "(2)"]


def test_an_equation_is_at_the_end_of_its_link(wide: Page) -> None:
    """A reference in the text leads to it."""
    wide.click("p a.truepage-reference")
    assert wide.evaluate("document.querySelector(':target').id") == "eq-long"


@pytest.mark.parametrize("density", [1, 1.25, 1.5, 2])
def test_nothing_is_drawn_beside_an_equation_that_fits(
    browser: Browser, address: str, density: float
) -> None:
    """The shadows that tell of more are covered, also where the edge is within a pixel."""
    context = browser.new_context(
        viewport={"width": 1283, "height": 900}, device_scale_factor=density
    )
    page = context.new_page()
    page.goto(address)
    formula = page.locator("#eq-short .truepage-formula")
    shot = Image.open(io.BytesIO(formula.screenshot())).convert("L")
    context.close()
    width, height = shot.size
    for left in (0, width - 6):
        assert shot.crop((left, 0, left + 6, height)).getextrema()[0] > 250
