"""Hold a built site to Lighthouse and to the W3C's validator: `make check` does.

    python tests/browser/audit.py site            every page; the speed of five, five times
    python tests/browser/audit.py site --every    the speed of every page, five times: an hour
    python tests/browser/audit.py site --quick    the validator alone

Both come from npm (`package.json`). The validator needs Java; where there is none it is left out
and says so, but not in CI.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving import FLAGS, find_chromium, html_pages, serve

ROOT = Path(__file__).parents[2]
NODE_MODULES = ROOT / "node_modules"
NODE = Path(sys.executable).with_name("node")

HUNDRED = ("accessibility", "best-practices", "seo")
PERFORMANCE = 95
RUNS = 5
ARTICLE = ("", "loss-functions/", "activations/", "experiments/", "notebooks/xor/")
"""Pages whose speed is measured, unless that of every page is."""
HEAVIEST = 350_000
"""Bytes that a first visit of a page may take, all that comes with it included."""
NO_PAGE = "404.html"
"""It is served for any address that is not found, so it has none of its own to be judged by."""

# What the validator says of Material's and mkdocs-jupyter's HTML and style, and not of ours.
THEIRS = tuple(
    map(
        re.compile,
        (
            # Material: the boxes behind the drawer and the search must not be restored checked.
            r"Attribute “autocomplete” is only allowed when the input type is .*",
        ),
    )
)


@dataclass(frozen=True)
class Scores:
    """Lighthouse's scores of a page, out of 100."""

    performance: int
    accessibility: int
    best_practices: int
    seo: int
    shift: float
    size: int
    failed: tuple[str, ...]


def lighthouse(address: str, categories: Sequence[str]) -> Scores:
    """Return a page's scores on a slow phone, as Lighthouse simulates one."""
    chromium = find_chromium()
    assert chromium
    done = subprocess.run(
        [
            NODE,
            NODE_MODULES / "lighthouse" / "cli" / "index.js",
            address,
            "--output=json",
            "--quiet",
            f"--only-categories={','.join(categories)}",
            "--disable-full-page-screenshot",
            # A slow phone is needed where speed is looked at, and only there.
            f"--throttling-method={'simulate' if 'performance' in categories else 'provided'}",
            f"--chrome-flags=--headless {' '.join(FLAGS)}",
        ],
        env={**os.environ, "CHROME_PATH": chromium},
        capture_output=True,
        text=True,
    )
    if not done.stdout:
        sys.exit(f"Lighthouse gave nothing for {address}: {done.stderr[-2000:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    scores = {name: round(100 * part["score"]) for name, part in report["categories"].items()}
    audits = report["audits"]
    failed = tuple(
        f"{name}: {reference['id']}"
        for name in scores
        if name in HUNDRED
        for reference in report["categories"][name]["auditRefs"]
        if reference["weight"]
        and (audits[reference["id"]]["score"] or 0) < 1
        and audits[reference["id"]]["score"] is not None
    )
    return Scores(
        performance=scores.get("performance", -1),
        accessibility=scores.get("accessibility", -1),
        best_practices=scores.get("best-practices", -1),
        seo=scores.get("seo", -1),
        shift=audits.get("cumulative-layout-shift", {}).get("numericValue", 0.0),
        size=round(audits.get("total-byte-weight", {}).get("numericValue", 0)),
        failed=failed,
    )


def validate(site: Path) -> list[str] | None:
    """Return what the validator has against the site's pages; None where there is no Java."""
    java = shutil.which("java")
    if not java:
        return None
    done = subprocess.run(
        [
            java,
            "-Xss4m",
            "-jar",
            NODE_MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar",
            *("--format", "json", "--errors-only", "--skip-non-html", "--stdout"),
            "--exit-zero-always",
            site,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        f"{message['url'].rpartition(site.name + '/')[2]}:{message.get('lastLine', 1)}: "
        f"{message['message']}"
        for message in json.loads(done.stdout)["messages"]
    ]


def ours(messages: Sequence[str]) -> list[str]:
    """Return the messages that are not about what others make."""
    return [
        message
        for message in messages
        if not any(theirs.fullmatch(message.partition(": ")[2]) for theirs in THEIRS)
    ]


def problems(site: Path, *, quick: bool, every: bool) -> Iterator[str]:
    """Yield all that keeps the site from its figures."""
    messages = validate(site)
    if messages is None:
        words = "no Java on this machine: install `default-jre-headless` to validate pages"
        if os.environ.get("CI"):
            yield words
        print(f"audit: {words}")
    else:
        found = ours(messages)
        print(f"validator: {len(found)} errors, {len(messages) - len(found)} of others")
        yield from (
            f"{message} ({count} times)" for message, count in Counter(found).most_common(40)
        )
    if quick:
        return
    with serve(site, "/") as address:
        pages = [path for path in html_pages(site) if path != NO_PAGE]
        # Half of the time it waits for its own pauses.
        with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as threads:
            looked_at = threads.map(lambda path: lighthouse(address + path, HUNDRED), pages)
            for path, scores in zip(pages, looked_at, strict=True):
                yield from (f"{path or 'home'}: {audit}" for audit in scores.failed)
        print(f"Lighthouse: {', '.join(HUNDRED)} of every page looked at")
        # Other work on a machine lowers the figure for speed, and in CI there is other work.
        times = 1 if os.environ.get("CI") else RUNS
        for path in pages if every else ARTICLE:
            runs = [lighthouse(address + path, ("performance",)) for _ in range(times)]
            median = statistics.median(run.performance for run in runs)
            shift = max(run.shift for run in runs)
            size = max(run.size for run in runs)
            print(
                f"performance {median:.0f}, shift {shift:.3f}, {size / 1000:.0f} KB: "
                f"{path or 'home'}",
                flush=True,
            )
            if median < PERFORMANCE and times == RUNS:
                yield f"{path or 'home'}: performance {median:.0f}, expected {PERFORMANCE}"
            if shift > 0:
                yield f"{path or 'home'}: layout shift {shift:.5f}, expected 0"
            if size > HEAVIEST:
                yield f"{path or 'home'}: {size} bytes, expected {HEAVIEST} at most"


def main() -> None:
    """Print what is found; fail if that is anything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path)
    parser.add_argument("--quick", action="store_true", help="the validator alone")
    parser.add_argument("--every", action="store_true", help="the speed of every page")
    options = parser.parse_args()
    if not (NODE_MODULES / "lighthouse").exists():
        sys.exit("audit: no Lighthouse; `make check` brings it.")
    if not find_chromium() and not options.quick:
        words = "audit: no Chromium on this machine; install the package `chromium`."
        if os.environ.get("CI"):
            sys.exit(words)
        print(words)
        options.quick = True
    found = list(problems(options.site.resolve(), quick=options.quick, every=options.every))
    for problem in found:
        print(problem, file=sys.stderr)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
