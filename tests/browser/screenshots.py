"""Take a picture of every page of the built site, as readers have it: `make screenshots`.

They go to `.truepage/screenshots/`; the one that the README shows goes to `docs/assets/site.png`.
Of another folder than `site/`, whose name may follow, they go where the second name says.
"""

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from serving import FLAGS, find_chromium, html_pages, serve

ROOT = Path(__file__).parents[2]
VIEWS = {
    f"{width}-{scheme}": {"color_scheme": scheme, "viewport": {"width": pixels, "height": 800}}
    for width, pixels in (("wide", 1280), ("phone", 390))
    for scheme in ("light", "dark")
}
A4 = {"width": 718, "height": 1016}
"""CSS pixels of the sheet without its margins."""


def main() -> None:
    """Visit every page in every view."""
    other = [Path(name).resolve() for name in sys.argv[1:3]]
    site, out = other if len(other) == 2 else (ROOT / "site", ROOT / ".truepage" / "screenshots")
    chromium = find_chromium()
    if not chromium:
        sys.exit("screenshots: no Chromium on this machine; install the package `chromium`.")
    out.mkdir(parents=True, exist_ok=True)
    with serve(site, "/") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for view, options in VIEWS.items():
            page = browser.new_page(**options, reduced_motion="reduce")
            for path in html_pages(site):
                visit(page, address + path)
                page.screenshot(path=out / f"{_name(path)}-{view}.png", full_page=True)
            page.close()
        page = browser.new_page(viewport=A4, reduced_motion="reduce")
        for path in html_pages(site):
            visit(page, address + path)
            page.pdf(path=out / f"{_name(path)}-print.pdf", format="A4")
            page.emulate_media(media="print")
            page.screenshot(path=out / f"{_name(path)}-print.png", full_page=True)
            page.emulate_media(media="null")
        page.close()
        if not other:
            page = browser.new_page(
                viewport={"width": 1120, "height": 1000}, reduced_motion="reduce"
            )
            visit(page, f"{address}activations/sigmoid/#derivative")
            page.wait_for_timeout(500)  # the header changes its title
            page.screenshot(path=ROOT / "docs" / "assets" / "site.png")
        browser.close()
    print(f"{len(list(out.iterdir()))} pictures in {out}/")


def _name(path: str) -> str:
    return path.strip("/").replace("/", "-") or "home"


def visit(page: Page, address: str) -> None:
    """Open a page and wait for its pictures and typefaces."""
    page.goto(address)
    page.evaluate(
        """async () => {
            for (const image of document.images) image.loading = 'eager'
            await Promise.allSettled([...document.images].map(image => image.decode()))
            await document.fonts.ready
        }"""
    )


if __name__ == "__main__":
    main()
