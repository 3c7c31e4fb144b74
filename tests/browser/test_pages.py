"""Every page of the site in a real browser: light and wide, dark and narrow."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

VIEWS = {
    "light, wide": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark, phone": {"color_scheme": "dark", "viewport": {"width": 320, "height": 640}},
}


@pytest.fixture(params=VIEWS)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """An empty page, as one reader has it."""
    context = browser.new_context(**VIEWS[request.param])
    yield context.new_page()
    context.close()


def _visits(page: Page, site: Path, address: str) -> Iterator[str]:
    """Open every page of the site; yield each once its lazy pictures are there, too."""
    for file in sorted(site.rglob("*.html")):
        path = file.relative_to(site).as_posix().removesuffix("index.html")
        page.goto(address + path)
        page.evaluate(
            """async () => {
                for (const image of document.images) image.loading = 'eager'
                await Promise.allSettled([...document.images].map(image => image.decode()))
                await document.fonts.ready
            }"""
        )
        yield path


def test_pages_are_whole_and_private(page: Page, site: Path, address: str) -> None:
    """A page asks its own site only, gets all it asks for, and has nothing to say on the console.

    No page is wider than the screen, and no picture is missing.
    """
    problems: list[str] = []
    page.on("console", lambda message: problems.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((address, "data:", "blob:"))
            else problems.append(f"asks elsewhere: {request.url}")
        ),
    )
    page.on(
        "response",
        lambda response: (
            None if response.status < 400 else problems.append(f"{response.status}: {response.url}")
        ),
    )
    found = {}
    for path in _visits(page, site, address):
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if width > 0:
            problems.append(f"{width} px wider than the screen")
        problems += page.evaluate(
            "[...document.images].filter(i => !i.naturalWidth).map(i => `no picture: ${i.src}`)"
        )
        if problems:
            found[path] = sorted(set(problems))
            problems.clear()
    assert found == {}


def test_every_formula_is_typeset(page: Page, site: Path, address: str) -> None:
    """Formulas are drawn with KaTeX's own fonts, and no mark or TeX source is left on a page."""
    for path in _visits(page, site, address):
        text = page.inner_text("body")
        assert "md_katex" not in text, path
        # What the guide quotes stands in <code>, and counts as quoted.
        prose = page.evaluate(
            """[...document.querySelectorAll('article > p')].map(paragraph => {
                const copy = paragraph.cloneNode(true)
                copy.querySelectorAll('code').forEach(code => code.remove())
                return copy.textContent
            }).join()"""
        )
        assert "$`" not in prose, path
        if page.locator(".katex").count():
            assert page.evaluate("document.fonts.check('1em KaTeX_Main')"), path
