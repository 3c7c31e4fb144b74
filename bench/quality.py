"""Our pages beside those of a default site, as a reader gets them: `make quality`.

The default site is what the same packages give when nothing is set: Material's own fonts and
scripts, markdown-katex, mkdocs-jupyter, and each figure as a file. Its build takes minutes, because
each formula is a process of its own. Writes `bench/quality.md`, which a page of the guide shows.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from audit import HUNDRED, RUNS, lighthouse, ours, validate  # noqa: E402
from axe import violations  # noqa: E402
from serving import FLAGS, find_chromium, html_pages, serve  # noqa: E402

from truepage.engine.project import find_project  # noqa: E402
from truepage.pages.listing import find_listing  # noqa: E402

WORK = ROOT / ".truepage" / "quality"
REPORT = ROOT / "bench" / "quality.md"
PAGES = {
    "home": "",
    "loss functions": "loss-functions/",
    "sigmoid": "activations/sigmoid/",
    "notebook": "notebooks/xor/",
}
PHONE = {"width": 320, "height": 640}


def default_site() -> Path:
    """Build the default site of the same pages; return its folder."""
    source, site = WORK / "default", WORK / "default-site"
    shutil.rmtree(source, ignore_errors=True)
    (source / "docs" / "figures").mkdir(parents=True)
    for picture in (ROOT / "figures" / "rendered").glob("*.svg"):
        shutil.copy(picture, source / "docs" / "figures")
    for file in (ROOT / "docs").rglob("*"):
        path = file.relative_to(ROOT / "docs")
        if file.is_dir() or "stylesheets" in path.parts or path.suffix in {".bib", ".txt"}:
            continue
        target = source / "docs" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            up = "../" * (len(path.parts) - 1)
            target.write_text(_plain(file.read_text(encoding="utf-8"), up), encoding="utf-8")
        else:
            shutil.copy(file, target)
    (source / "mkdocs.yml").write_text(_settings(), encoding="utf-8")
    mkdocs = Path(sys.executable).with_name("mkdocs")
    subprocess.run(
        [mkdocs, "build", "--quiet", "--site-dir", site],
        cwd=source,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=True,
    )
    return site


def _plain(text: str, up: str) -> str:
    """Return a page without what only truepage reads."""
    project = find_project(ROOT)

    def listing(match: re.Match[str]) -> str:
        found = find_listing(project, match["symbol"])
        lines = ["```python", *found.code.split("\n"), "```"]
        return "\n".join(match["indent"] + line if line else "" for line in lines)

    text = re.sub(
        r"^!\[([^\n]*)\]\(figure:([\w-]+)\)$",
        rf"![\2]({up}figures/\2.svg)\n\n*\1*",
        text,
        flags=re.MULTILINE,
    )
    text = re.sub(
        r"^(?P<indent>[ ]*)!\[\]\(listing:(?P<symbol>neural[\w.]+)\)$",
        listing,
        text,
        flags=re.MULTILINE,
    )
    text = re.sub(r"\[([^\]]*)\]\(<?value:[^)>]*(?:\([^)]*\)[^)>]*)*>?\)", r"\1", text)
    text = re.sub(r" *% [a-z]+:[^\n]*?(?=`\$)", "", text)  # what an inline formula is held to
    return re.sub(r"^[ ]*% [a-z-]+:.*\n", "", text, flags=re.MULTILINE)


def _settings() -> str:
    """Return this site's mkdocs.yml with everything left out that is not a default."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    theme = "theme: { name: material }\n\n"
    text = re.sub(r"^theme:\n.*?(?=^extra_css)", theme, text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^extra_css:\n(?:  .*\n)+", "", text, flags=re.MULTILINE)
    text = re.sub(r"^  - (?:truepage|offline):.*\n(?:    .*\n)+", "", text, flags=re.MULTILINE)
    text = re.sub(r"^  - truepage\b.*\n", "  - markdown_katex\n", text, flags=re.MULTILINE)
    text = re.sub(
        r"^(  - mkdocs-jupyter:\n      include:.*\n)(?:      .*\n)+",
        r"\1      execute: true\n",
        text,
        flags=re.MULTILINE,
    )
    text = re.sub(
        r"^(validation):\n(?:  .*\n)+|^strict:.*\n|^exclude_docs:.*\n", "", text, flags=re.MULTILINE
    )
    text = re.sub(
        r"paths: \[(.+)\]",
        lambda match: f"paths: [{', '.join(str(ROOT / path) for path in match[1].split(', '))}]",
        text,
    )
    return text.replace("[!relative $config_dir]", f"['{ROOT}']")


@dataclass(frozen=True)
class Visit:
    """What a first visit brings: bytes, requests to other sites, and what is wider than a phone."""

    size: int
    elsewhere: int
    wide: int
    violations: int


def visit(browser: Browser, address: str, path: str) -> Visit:
    """Visit a page for the first time, on a phone and on a wide screen, light and dark."""
    found = size = wide = 0
    asked: set[str] = set()
    for width in (PHONE["width"], 1280):
        context = browser.new_context(viewport={**PHONE, "width": width}, reduced_motion="reduce")
        page = context.new_page()
        line = context.new_cdp_session(page)
        line.send("Network.enable")
        sizes: list[float] = []
        line.on(
            "Network.loadingFinished", lambda event, to=sizes: to.append(event["encodedDataLength"])
        )
        page.on("request", lambda request: asked.add(request.url))
        page.goto(address + path, wait_until="load")
        page.wait_for_load_state("networkidle")
        if width == PHONE["width"]:
            size = round(sum(sizes))
            extra = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            wide = max(0, extra)
        for scheme in ("default", "slate"):
            page.evaluate(f"document.body.dataset.mdColorScheme = '{scheme}'")
            page.wait_for_timeout(500)  # colours fade
            found += len(violations(page))
        context.close()
    elsewhere = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    return Visit(size, len(elsewhere), wide, found)


def measured(name: str, site: Path, browser: Browser) -> Iterator[dict[str, str]]:
    """Yield what is measured of each page, in words."""
    messages = validate(site) or []
    with serve(site, "/") as address:
        for words, path in PAGES.items():
            seen = visit(browser, address, path)
            runs = [
                lighthouse(
                    address + path, ("performance", *HUNDRED) if not run else ("performance",)
                )
                for run in range(RUNS)
            ]
            errors = sum(message.startswith(f"{path}index.html:") for message in ours(messages))
            page = {
                "Performance": f"{statistics.median(run.performance for run in runs):.0f}",
                "Accessibility": f"{runs[0].accessibility}",
                "Best practices": f"{runs[0].best_practices}",
                "SEO": f"{runs[0].seo}",
                "First visit, KB": f"{seen.size / 1024:.0f}",
                "Requests elsewhere": f"{seen.elsewhere}",
                "Layout shift": f"{max(run.shift for run in runs):.4f}",
                "Wider than 320 px by": f"{seen.wide} px",
                "axe": f"{seen.violations}",
                "HTML errors": f"{errors}",
            }
            print(name, words, page, flush=True)
            yield page


def main() -> None:
    """Measure both sites and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--default-site", type=Path, help="one that was built before")
    parser.add_argument("--site", type=Path, default=ROOT / "site", help="this site, built")
    options = parser.parse_args()
    other = options.default_site or default_site()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        default = list(measured("default", other, browser))
        own = list(measured("truepage", options.site, browser))
        pages = len(html_pages(options.site))
        browser.close()
    lines = [
        f"| default → truepage | {' | '.join(PAGES)} |",
        f"|---|{'--:|' * len(PAGES)}",
    ]
    for measure in own[0]:
        cells = (
            f"{before[measure]} → {after[measure]}"
            for before, after in zip(default, own, strict=True)
        )
        lines.append(f"| {measure} | {' | '.join(cells)} |")
    REPORT.write_text(
        f"<!-- made by bench/quality.py from {pages} pages -->\n\n" + "\n".join(lines) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
