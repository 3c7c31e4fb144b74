"""The site as a folder on the reader's disk: opened as a file, with no server."""

from pathlib import Path

import pytest
from building import build
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make offline` builds it."""
    folder = tmp_path_factory.mktemp("offline") / "a folder"
    built = build(ROOT, "--site-dir", str(folder), OFFLINE="true")
    assert built.returncode == 0, built.stderr
    return folder


def listening(page: Page, folder: Path) -> list[str]:
    """Give the list to which all goes that a page says or asks for in vain."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on(
        "requestfailed",
        lambda request: (
            None
            if request.failure == "net::ERR_ABORTED"  # the next page was opened before it came
            else heard.append(f"failed: {request.url}")
        ),
    )
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((folder.as_uri(), "data:", "blob:", "about:"))
            else heard.append(f"asks elsewhere: {request.url}")
        ),
    )
    return heard


def test_pages_are_whole_on_the_disk(browser: Browser, folder: Path) -> None:
    """Every page opens from the disk with its fonts, pictures and formulas, and says nothing."""
    page = browser.new_page()
    heard = listening(page, folder)
    for file in sorted(folder.rglob("*.html")):
        if file.name == "404.html":
            continue  # it is for servers
        page.goto(file.as_uri())
        page.evaluate("document.fonts.ready")
        assert page.evaluate("document.fonts.check('1em \"Inter Variable\"')"), file
        assert heard == [], file
    page.close()


def test_links_stay_on_the_disk(browser: Browser, folder: Path) -> None:
    """From the first page the next ones are reached by their links."""
    page = browser.new_page()
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("link", name="sigmoid", exact=True).first.click()
    page.wait_for_url(f"{folder.as_uri()}/activations/sigmoid.html")
    assert page.locator("article h1").inner_text().startswith("Sigmoid")
    page.close()


def test_the_search_works_on_the_disk(browser: Browser, folder: Path) -> None:
    """Words are found without a server, by nothing but what is in the folder."""
    page = browser.new_page()
    heard = listening(page, folder)
    page.goto((folder / "activations" / "sigmoid.html").as_uri())
    page.locator(".md-search__input").click()
    page.keyboard.type("dying")
    result = page.locator(".md-search-result__item a").first
    result.wait_for(timeout=10_000)
    assert "ying" in result.inner_text()
    assert heard == []
    page.close()
