"""Whether a preview lasts: saves at random each second, for an hour, in front of open pages.

    python bench/soak.py [--seconds 3600] [--seed 1]

A site with figures of functions and of data, a listing, a value, a checked equation, prose and a
notebook is served by `mkdocs serve`. Good edits and mistakes are saved, by writing and by renaming,
with swap files, deletions, whole checkouts, and a configuration that cannot be read. At the end
nothing may have leaked, in the server, in what it started, or in the open pages; and what stands
on pages that were never reloaded must be what a clean build puts there.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from live import SHAPES, find_chromium, make_site, opened, served
from playwright.sync_api import Browser, Page, sync_playwright
from serving import FLAGS

CONFIG = """\
site_name: Soak
theme: {name: material, font: false, features: [content.code.copy]}
plugins:
  - truepage
  - mkdocs-jupyter: {include: ["*.py"], execute: true}
markdown_extensions: [pymdownx.superfences, pymdownx.highlight]
"""

MEASURED = """
from matplotlib.figure import Figure
from truepage import figure


@figure(alt="What was measured.")
def measured() -> Figure:
    drawn = Figure()
    with open("data/measured.txt") as file:
        drawn.subplots().plot([float(word) for word in file.read().split()])
    return drawn
"""

FACTOR = """\
def factor(x):
    return 1 * x
"""

SHOWN = """
![What was measured.](figure:measured)

![](listing:factor.factor)

Said 1 times; the factor of two is [](value:factor.factor(2):.1f).

```math
% check: factor.factor(x)
% label: eq-factor
1 x
```

| a | b |
|---|---|
| 1 | Said 1 times |
"""

NOTEBOOK = """\
# %% [markdown]
# # A notebook
#
# Said 1 times.

# %%
import factor

print("the factor of two is", factor.factor(2))
"""

WORDS = """
() => {
  const article = document.querySelector("article").cloneNode(true);
  for (const extra of article.querySelectorAll("figure, nav, script, .truepage-tools, details"))
    extra.remove();
  return article.textContent.replace(/\\s+/g, "");
}
"""
"""What a page says, without its figures and without spaces."""

MOST = {
    "processes": 0,
    "files": 3,
    "threads": 2,
    "megabytes": 60,
    "of children": 60,
    "of pages": 10,
    "nodes": 2000,
    "listeners": 200,
}
"""How much more of each may be there at the end: what Python and a browser keep for later."""

WRONG = ("return nothing + ", "return ]] + ")
"""A mistake that fails when the function is run, and one that fails its whole module."""

PAGES = ("", "page-11/", "notes/")
"""The pages that are open."""

CLOSED = "page-21/"
"""A page that nobody looks at until the end."""


def main() -> None:
    """Soak."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        problems = soak(chromium, Path(folder) / "soak", options.seconds, options.seed, 30)
        chromium.close()
    print("\n".join(problems) or "nothing leaked, and every page is that of a clean build")
    sys.exit(bool(problems))


def soak(chromium: Browser, root: Path, seconds: float, seed: int, figures: int = 21) -> list[str]:
    """Save at random each second; return what leaked, and what differs at the end."""
    furnish(make_site(root, figures, shared=True))
    saves = Saves(root, random.Random(seed))
    problems: list[str] = []
    with served(root) as (address, server, lines):
        pages = [opened(chromium, address + name) for name in PAGES]
        process = psutil.Process(server.pid)
        for _ in range(30):  # until caches are filled
            saves.save()
            time.sleep(0.5)
        saves.mend()
        settle(process)
        before = usage(process, pages)
        print(f"     0 s, {saves.count} saves: {told(before)}", flush=True)
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            started = time.monotonic()
            saves.save()
            time.sleep(max(0.0, 1 - (time.monotonic() - started)))
            if saves.count % 60 == 0:
                shown, passed = told(usage(process, pages)), time.monotonic() - began
                print(f"{passed:6.0f} s, {saves.count} saves: {shown}", flush=True)
        saves.mend()
        settle(process)
        after = usage(process, pages)
        print(f"before: {told(before)}; after {saves.count} saves: {told(after)}")
        print(f"saves: {', '.join(f'{n} {kind}' for kind, n in sorted(saves.kinds.items()))}")
        problems += [
            f"{what}: {before[what]:.0f} before, {after[what]:.0f} after"
            for what, most in MOST.items()
            if after[what] > before[what] + most
        ]
        if trouble := [at for at, line in enumerate(lines) if "Traceback" in line]:
            problems.append(f"a traceback: {''.join(lines[trouble[0] : trouble[0] + 30])}")
        problems += ["a page was reloaded" for page in pages if page.evaluate("window.mark") != 1]
        wanted = built(chromium, root)
        for name, page in zip(PAGES, pages, strict=True):
            problems += differences(page, name, wanted[name])
            page.close()
        page = opened(chromium, address + CLOSED)
        problems += differences(page, CLOSED, wanted[CLOSED])
        page.close()
    return problems


def differences(page: Page, name: str, wanted: tuple[dict[str, Any], str]) -> list[str]:
    """Return what on a page is not as a clean build has it."""
    shapes, words = wanted
    found = page.evaluate(SHAPES)
    problems = [
        f"{name}{figure} is not that of a clean build"
        for figure in shapes
        if found.get(figure) != shapes[figure]
    ]
    if (said := page.evaluate(WORDS)) != words:
        problems.append(f"/{name} says {said!r}, and a clean build {words!r}")
    if count := page.locator(".truepage-failure, .truepage-problem").count():
        problems.append(f"/{name} still shows {count} failures")
    return problems


def furnish(root: Path) -> None:
    """Put more than figures of functions into a site."""
    for name, text in {
        "mkdocs.yml": CONFIG,
        "figures/measured.py": MEASURED,
        "src/factor.py": FACTOR,
        "data/measured.txt": "1 2 4",
        "docs/notes.py": NOTEBOOK,
        "docs/index.md": (root / "docs/index.md").read_text() + SHOWN,
    }.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)


class Saves:
    """What editors and authors do to a site, at random.

    Parameters
    ----------
    root
        The site's folder.
    chance
        What chooses.
    """

    def __init__(self, root: Path, chance: random.Random) -> None:
        self.root, self.chance = root, chance
        self.count = 0
        self.kinds: dict[str, int] = {}
        self._last: dict[Path, str] = {}  # what was good of a file that is wrong now

    def save(self) -> None:
        """Do one thing."""
        self.count += 1
        kinds = [self.code] * 5 + [self.twice, self.mistake, self.swap, self.vanish, self.checkout]
        kinds += [self.data, self.prose, self.notebook, self.figure, self.config]
        kind = self.chance.choice(kinds)
        self.kinds[kind.__name__] = self.kinds.get(kind.__name__, 0) + 1
        kind(self.chance.randint(1, 9))

    def mend(self) -> None:
        """Leave everything without a mistake."""
        for path in list(self._last):
            self._restore(path)
        for module in self._modules():
            replace(module, good(module.read_text(), 3), renaming=False)
        # The equation says 1 x: anything else is refuted.
        replace(self.root / "src/factor.py", FACTOR, renaming=True)

    def code(self, number: int) -> None:
        """Edit a module."""
        module = self.chance.choice(self._modules())
        replace(module, good(module.read_text(), number), renaming=number % 2 == 0)

    def twice(self, number: int) -> None:
        """Save a module empty, and then with all that is in it."""
        module = self.chance.choice(self._modules())
        text = good(module.read_text(), number)
        module.write_text("")
        time.sleep(self.chance.random() * 0.1)
        module.write_text(text)

    def mistake(self, number: int) -> None:
        """Make one: `good` mends it later."""
        module = self.chance.choice(self._modules())
        wrong = self.chance.choice(WRONG)
        text = good(module.read_text(), number)
        replace(module, text.replace("return ", wrong, 1), renaming=False)

    def swap(self, number: int) -> None:
        """Write a swap file and a backup, as some editors do."""
        module = self.chance.choice(self._modules())
        text = good(module.read_text(), number)
        swap, backup = module.with_name(f".{module.name}.swp"), Path(f"{module}~")
        swap.write_text("swap")
        module.rename(backup)
        module.write_text(text)
        swap.unlink()
        backup.unlink()

    def vanish(self, number: int) -> None:
        """Delete a file and restore it."""
        path = self.chance.choice([*self._modules(), self._data])
        text = path.read_text()
        path.unlink()
        time.sleep(self.chance.random() * 0.2)
        path.write_text(text)

    def checkout(self, number: int) -> None:
        """Write many files at once."""
        for module in self._modules():
            replace(module, good(module.read_text(), number), renaming=True)

    def data(self, number: int) -> None:
        """Edit what a figure reads: now and then so that it cannot."""
        replace(self._data, f"1 {number} x" if number == 9 else f"1 {number} 4", renaming=True)
        if number == 9:
            self._last[self._data] = "1 2 4"

    def prose(self, number: int) -> None:
        """Edit a page: now and then with a figure that nobody declared."""
        self._either(self.root / "docs/index.md", "Said ", number, "![](figure:nobody)\n\nSaid ")

    def notebook(self, number: int) -> None:
        """Edit a notebook: now and then so that it fails."""
        self._either(self.root / "docs/notes.py", "import factor", number, "import factory")

    def figure(self, number: int) -> None:
        """Rename a figure that a page shows, or give it its name back."""
        self._either(self.root / "figures/measured.py", "def measured", number, "def renamed")

    def config(self, number: int) -> None:
        """Save a configuration that cannot be read, or one that can."""
        self._either(self.root / "mkdocs.yml", "site_name: ", number, "site_name: [")

    @property
    def _data(self) -> Path:
        return self.root / "data/measured.txt"

    def _modules(self) -> list[Path]:
        return sorted((self.root / "src").glob("*.py"))

    def _either(self, path: Path, words: str, number: int, wrong: str) -> None:
        """Say another number in a file; of three times one with a mistake, until the next."""
        self._restore(path)
        text = path.read_text()
        start, said, rest = text.partition("Said ")
        text = f"{start}{said}{number}{rest.lstrip('0123456789')}" if said else text
        if number % 3 == 0:
            self._last[path] = text
            text = text.replace(words, wrong, 1)
        replace(path, text, renaming=number % 2 == 0)

    def _restore(self, path: Path) -> None:
        if path in self._last:
            replace(path, self._last.pop(path), renaming=False)


def good(text: str, number: int) -> str:
    """Return a module's text with another number in it, and without mistakes."""
    for wrong in WRONG:
        text = text.replace(wrong, "return ")
    first, returns, rest = text.partition("return ")
    rest = rest.lstrip("0123456789 *") if rest[0].isdigit() else rest
    return f"{first}{returns}{number} * {rest}"


def replace(path: Path, text: str, *, renaming: bool) -> None:
    """Write a file, as it is or by renaming another."""
    if renaming:
        new = path.with_name(f".{path.name}.new")
        new.write_text(text)
        new.rename(path)
    else:
        path.write_text(text)


def settle(process: psutil.Process, quiet: float = 15.0) -> None:
    """Wait until nothing is drawn any more: for long enough to start one, workers have no child."""
    since = time.monotonic()
    while time.monotonic() - since < quiet:
        time.sleep(0.05)
        if len(process.children(recursive=True)) > len(process.children()):
            since = time.monotonic()


def usage(process: psutil.Process, pages: list[Page]) -> dict[str, float]:
    """Return what a server takes, what it started, and what the open pages take."""
    children = process.children(recursive=True)
    found = {
        "processes": 1.0 + len(children),
        "files": process.num_fds(),
        "threads": process.num_threads(),
        "megabytes": process.memory_info().rss / 2**20,
        "of children": sum(memory(child) for child in children),
        "of pages": 0.0,
        "nodes": 0.0,
        "listeners": 0.0,
    }
    for page in pages:
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        session.send("HeapProfiler.collectGarbage")
        metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
        found["of pages"] += metrics["JSHeapUsedSize"] / 2**20
        found["nodes"] += metrics["Nodes"]
        found["listeners"] += metrics["JSEventListeners"]
        session.detach()
    return found


def memory(process: psutil.Process) -> float:
    """Return the megabytes that are a process's own; 0 if it has just ended."""
    try:
        return float(process.memory_full_info().uss) / 2**20
    except psutil.NoSuchProcess:
        return 0.0


def told(taken: dict[str, float]) -> str:
    """Return in words what is taken."""
    return ", ".join(f"{number:.0f} {what}" for what, number in taken.items())


def built(chromium: Browser, root: Path) -> dict[str, tuple[dict[str, Any], str]]:
    """Return the pictures and the words of each page of a clean build, by its address."""
    clean = root.with_name("clean")
    shutil.copytree(root, clean, ignore=shutil.ignore_patterns(".truepage", "__pycache__"))
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet"],
        cwd=clean,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=True,
    )
    found = {}
    for name in (*PAGES, CLOSED):
        page = chromium.new_page()
        page.goto((clean / "site" / name / "index.html").as_uri())
        found[name] = page.evaluate(SHAPES), page.evaluate(WORDS)
        page.close()
    return found


if __name__ == "__main__":
    main()
