"""Every page for every reader: by ear, by keyboard, on a phone, in the dark, enlarged, on paper."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe import AXE, violations
from playwright.sync_api import Browser, BrowserContext, Page, Route
from serving import html_pages

ROOT = Path(__file__).parents[2]
WIDTHS = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 320, "height": 640}}
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
REPRESENTATIVE = (
    "",
    "activations/",
    "activations/sigmoid/",
    "notebooks/xor/",
    "api/losses/",
    "references/",
)

SHIFTS = """
window.shifts = []
new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
        const moved = entry.sources.map(source => source.node?.outerHTML?.slice(0, 99))
        window.shifts.push([entry.value, ...moved])
    }
}).observe({type: 'layout-shift', buffered: true})
"""


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Any]:
    """What opens an empty page as one reader has it; the options are Playwright's."""
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        contexts.append(browser.new_context(**options))
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.skipif(not AXE.exists(), reason="no axe-core: `make test` brings it")
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(width: str, open_page: Any, site: Path, address: str) -> None:
    """axe-core finds no violation on any page, light or dark."""
    page = open_page(viewport=WIDTHS[width], reduced_motion="reduce")
    found = {}
    for path in html_pages(site):
        page.goto(address + path)
        page.evaluate("new Promise(done => requestIdleCallback(() => requestIdleCallback(done)))")
        problems = violations(page)
        page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
        problems += [f"dark: {problem}" for problem in violations(page, COLOUR_RULES)]
        if problems:
            found[path] = problems
    assert found == {}


# What the keyboard must reach: all that is for use and is shown. Of radio buttons of one name, one.
REACHABLE = """() => {
    const shown = element => element.checkVisibility({visibilityProperty: true})
    const radio = element => element.type === 'radio' ? element.name : null
    const names = new Set()
    return [...document.querySelectorAll(
        'a[href], button, input, select, summary, textarea, [tabindex]'
    )].filter(element => {
        if (element.tabIndex < 0 || element.disabled || !shown(element)) return false
        if (element.matches('.md-search *') && innerWidth < 960) return false  // not open
        if (element.matches('.md-top')) return false  // comes and goes while one scrolls
        const name = radio(element)
        if (name && names.has(name)) return false
        if (name) names.add(name)
        return true
    }).map(element => {
        element.dataset.reach = radio(element) ?? String(Math.random())
        return element.outerHTML.slice(0, 120) + ' §' + element.dataset.reach
    })
}"""

# What has the focus: whether it is in the window, is painted, and looks other than without it.
FOCUSED = """() => {
    const element = document.activeElement
    if (element === document.body) return null
    const shows = element.matches('.md-option') ? element.nextElementSibling
        : element.type === 'radio' ? element.labels[0] : element
    const of = () => {
        const style = getComputedStyle(shows)
        return [style.outlineStyle !== 'none' && style.outlineWidth, style.boxShadow,
                style.color, style.backgroundColor, style.borderColor].join()
    }
    const box = shows.getBoundingClientRect()
    const focused = of()
    const plain = shows.dataset.plain
    const inside = box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight
    return {
        name: element.outerHTML.slice(0, 120) + ' §' + (element.type === 'radio'
            ? element.name : element.dataset.reach),
        seen: inside && box.width > 0 && box.height > 0,
        marked: /^[1-9]|^0\\.[1-9]|auto/.test(focused) || focused !== plain,
    }
}"""


@pytest.mark.parametrize("width", WIDTHS)
def test_the_keyboard_reaches_all_and_shows_where_it_is(
    width: str, open_page: Any, address: str
) -> None:
    """Tab goes to everything that can be used, each is in the window and marked when it is there.

    The first stop skips to the content.
    """
    page = open_page(viewport=WIDTHS[width], reduced_motion="reduce")
    for path in REPRESENTATIVE:
        page.goto(address + path, wait_until="load")
        page.wait_for_function("document.documentElement.matches('.js-focus-visible')")
        reachable = page.evaluate(REACHABLE)
        reached: list[dict[str, Any]] = []
        for _ in range(2 * len(reachable) + 10):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if focused is None:
                break
            reached.append(focused)
        assert "md-skip" in reached[0]["name"], path
        assert [stop["name"] for stop in reached if not stop["seen"]] == [], path
        assert [stop["name"] for stop in reached if not stop["marked"]] == [], path
        keys = {stop["name"].rpartition("§")[2] for stop in reached}
        assert [name for name in reachable if name.rpartition("§")[2] not in keys] == [], path


def test_the_navigation_of_a_phone_opens_by_keyboard(open_page: Any, address: str) -> None:
    """On a phone, Enter on the button opens the navigation, whose links are then stops."""
    page = open_page(viewport=WIDTHS["phone"], reduced_motion="reduce")
    page.goto(address, wait_until="load")
    drawer = page.locator("label[for=__drawer].md-header__button")
    link = page.locator(".md-sidebar--primary a", has_text="Loss functions")
    assert not link.is_visible()
    drawer.focus()
    page.keyboard.press("Enter")
    link.wait_for(state="visible")
    link.focus()
    assert page.evaluate("document.activeElement.textContent.trim()") == "Loss functions"


def test_nothing_is_lost_in_large_text(open_page: Any, site: Path, address: str) -> None:
    """At 200 % text in a window of 1280 px, no page scrolls sideways."""
    page = open_page(viewport=WIDTHS["wide"])
    wide = {}
    for path in html_pages(site):
        page.goto(address + path)
        page.add_style_tag(content="html { font-size: 250% !important }")
        extra = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if extra > 0:
            wide[path] = extra
    assert wide == {}


def test_dark_without_scripts(open_page: Any, address: str) -> None:
    """Without JavaScript a reader whose system is dark gets the dark scheme, others the light."""
    colours = {}
    for scheme in ("light", "dark"):
        for scripts in (True, False):
            page = open_page(color_scheme=scheme, java_script_enabled=scripts)
            page.goto(f"{address}activations/sigmoid/")
            picture = page.locator("body")
            colours[scheme, scripts] = picture.evaluate(
                "body => [getComputedStyle(body).backgroundColor, getComputedStyle(body).color]"
            )
    assert colours["dark", False] == colours["dark", True]
    assert colours["light", False] == colours["light", True]
    assert colours["light", True] != colours["dark", True]


def test_pages_do_not_move_while_they_load(open_page: Any, address: str) -> None:
    """On a slow line, whatever comes late (fonts, scripts) moves nothing: the layout shift is 0."""
    for path in REPRESENTATIVE:
        page = open_page(viewport=WIDTHS["phone"])
        line = page.context.new_cdp_session(page)
        line.send("Network.enable")
        line.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": 150,
                "downloadThroughput": 200_000,
                "uploadThroughput": 90_000,
            },
        )
        page.add_init_script(SHIFTS)
        page.goto(address + path, wait_until="load")
        page.wait_for_function("document.fonts.status === 'loaded'")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("shifts") == [], path


def test_scripts_move_nothing(open_page: Any, address: str, site: Path) -> None:
    """They come when a page is there, all of it in view: no block of it is then elsewhere."""
    held: list[Route] = []
    for width in (412, 1280):
        page = open_page(viewport={"width": width, "height": 30_000})
        page.route("**/*.js", lambda route: held.append(route))
        page.add_init_script(SHIFTS)
        for path in html_pages(site):
            page.goto(address + path, wait_until="commit")
            page.wait_for_selector("footer")
            page.evaluate("document.fonts.ready")
            page.wait_for_timeout(100)  # fonts that come later are for the next page
            # On a busy machine one may have come after the first paint, and what is laid out anew
            # takes it: that is the font's doing, and no script's.
            page.evaluate("document.body.hidden = true; document.body.offsetHeight")
            page.evaluate("document.body.hidden = false; document.body.offsetHeight")
            page.wait_for_timeout(100)
            page.evaluate("shifts.length = 0")
            while held:
                held.pop().continue_()
                page.wait_for_timeout(10)
            page.wait_for_load_state("load")
            page.wait_for_timeout(100)
            assert page.evaluate("shifts") == [], path


def test_fonts_are_there_for_the_first_frame(open_page: Any, address: str, site: Path) -> None:
    """Those that a page uses are in its style or asked for in its head."""
    for path in html_pages(site):
        page = open_page(viewport=WIDTHS["wide"])  # a page before would leave it its fonts
        asked: set[str] = set()
        page.on("request", lambda request, asked=asked: asked.add(request.url))
        page.goto(address + path, wait_until="load")
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(100)
        preloaded = page.evaluate(
            "[...document.querySelectorAll('link[rel=preload]')].map(link => link.href)"
        )
        assert {name for name in asked if name.endswith(".woff2")} <= set(preloaded), path
        page.context.close()


def test_no_line_ends_between_a_formula_and_its_mark(open_page: Any, address: str) -> None:
    """However wide the page is."""
    page = open_page(viewport=WIDTHS["phone"])
    for path in ("activations/sigmoid/", "loss-functions/"):
        page.goto(address + path, wait_until="load")
        for width in range(320, 1000, 9):
            page.set_viewport_size({"width": width, "height": 900})
            places = page.locator("article .katex + .truepage-inline").evaluate_all(
                """marks => marks.filter(mark => mark.checkVisibility()).map(mark => {
                    const formula = mark.previousElementSibling
                    const end = formula.querySelector(".katex-base:last-child")
                    const [at, of] = [mark, end].map(element => element.getBoundingClientRect())
                    return [formula.querySelector("annotation").textContent, at.left - of.right]
                })"""
            )
            assert places
            assert [place for place in places if abs(place[1]) > 12] == [], (path, width)


def test_what_a_reference_leads_to_is_shown(open_page: Any, address: str) -> None:
    """A reference shows what it leads to on hover and on focus, on this page and on others.

    Escape puts it away, and so does leaving; the pointer may go from the link into the box.
    """
    page = open_page(viewport=WIDTHS["wide"])
    page.goto(f"{address}activations/sigmoid/")
    link = page.locator("a.truepage-reference").first
    box = page.locator(".truepage-preview")
    link.scroll_into_view_if_needed()
    link.hover()
    box.wait_for()
    assert box.locator("svg").count() >= 1
    box.hover()
    page.wait_for_timeout(400)  # longer than the box waits for the pointer
    assert box.is_visible()
    page.keyboard.press("Escape")
    assert box.count() == 0

    page.mouse.move(0, 0)
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    box.wait_for()
    assert link.get_attribute("aria-describedby") == box.get_attribute("id")
    page.keyboard.press("Tab")
    assert box.count() == 0
    assert link.get_attribute("aria-describedby") is None


def test_forced_colours_keep_everything_visible(open_page: Any, address: str) -> None:
    """In a system's own few colours text, lines and focus use them, and pictures are not blank."""
    page = open_page(forced_colors="active", color_scheme="dark")
    page.goto(f"{address}activations/sigmoid/")
    text, ground = page.evaluate(
        "[getComputedStyle(document.querySelector('article p')).color, "
        "getComputedStyle(document.body).backgroundColor]"
    )
    assert text != ground
    strokes = page.evaluate(
        """[...document.querySelectorAll('figure svg path')]
            .map(path => getComputedStyle(path).stroke).filter(stroke => stroke !== 'none')"""
    )
    assert strokes
    assert ground not in strokes
