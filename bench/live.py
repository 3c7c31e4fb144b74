"""How long it takes from a save to changed pixels, in a real browser; and whether that lasts.

A site of N figures, ten to a page, is served by `mkdocs serve`. One function is edited again and
again; a page that shows its figure is open in Chromium. Measured is the time from before the file
is written until the frame after the picture's change was painted. The floor, in the same run: the
same drawing in a process that has everything imported.

    python bench/live.py [--figures 10 300] [--saves 30]
    python bench/live.py --soak 3600

The second saves at random each second: good edits and mistakes, by writing and by renaming, with
swap files, deletions and whole checkouts. At the end nothing may have leaked, and every picture on
a page that was never reloaded must be that of a clean build.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests" / "browser")]

from figures import MODULE, make_project  # noqa: E402 (our own, beside this file)
from serving import FLAGS, find_chromium  # noqa: E402

CONFIG = """\
site_name: Bench
theme: {name: material, font: false}
plugins: [truepage]
"""

FLOOR = """
import io, sys, time
import matplotlib
matplotlib.use("agg")
import matplotlib.style
from matplotlib import font_manager
from truepage.pictures.picture import FONTS, STYLE
matplotlib.style.use(STYLE)
for font in FONTS:
    font_manager.fontManager.addfont(font)
import plots_1
for line in sys.stdin:
    started = time.perf_counter()
    plots_1.curve_7().savefig(io.BytesIO(), format="svg", metadata={"Date": None})
    print(time.perf_counter() - started, flush=True)
"""

SHARED = """
def shared(x):
    return x + 0.0
"""

WATCH = """
name => {
  const figure = document.getElementById(`fig-${name}`);
  window.seen = new Promise((done) => {
    const observer = new MutationObserver(() => {
      observer.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(() =>
        done(performance.timeOrigin + performance.now())));
    });
    observer.observe(figure, { subtree: true, childList: true });
  });
}
"""

SHAPES = """
() => Object.fromEntries([...document.querySelectorAll(".truepage-figure")].map((figure) => [
  figure.id,
  [...figure.querySelectorAll(".truepage-picture svg :is(path, text, use, tspan)")]
    .filter((shape) => !shape.closest(".truepage-cursor"))
    .map((shape) => ["d", "x", "y", "transform", "style"].map((name) => shape.getAttribute(name))
      .concat(shape.tagName === "text" ? shape.textContent : "")),
]))
"""


def main() -> None:
    """Measure, or soak."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--figures", type=int, nargs="+", default=[10, 300], metavar="N")
    parser.add_argument("--saves", type=int, default=30, metavar="N")
    parser.add_argument("--soak", type=float, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        if options.soak:
            problems = soak(chromium, Path(folder) / "soak", options.soak, options.seed)
            print(
                "\n".join(problems) or "nothing leaked, and every picture is that of a clean build"
            )
            sys.exit(bool(problems))
        for figures in options.figures:
            measure(chromium, make_site(Path(folder) / str(figures), figures), options.saves)
        reach(chromium, make_site(Path(folder) / "reach", 50, shared=True))


def make_site(root: Path, figures: int, *, shared: bool = False) -> Path:
    """Write a site with as many figures, ten to a page; they may share a helper."""
    make_project(root, figures)
    if shared:
        (root / "src/shared.py").write_text(SHARED)
        for module in (root / "src").glob("library_*.py"):
            text = module.read_text().replace(
                "import numpy as np", "import numpy as np\nimport shared"
            )
            module.write_text(text.replace("return np.tanh(", "return shared.shared(1) * np.tanh("))
    (root / "mkdocs.yml").write_text(CONFIG)
    (root / "docs").mkdir()
    for start in range(1, figures + 1, MODULE):
        numbers = range(start, min(start + MODULE, figures + 1))
        shown = "".join(f"![Curve {n}.](figure:curve-{n})\n\n" for n in numbers)
        name = "index" if start == 1 else f"page-{start}"
        (root / f"docs/{name}.md").write_text(f"# Page {start}\n\n{shown}")
    return root


@contextlib.contextmanager
def served(root: Path) -> Iterator[tuple[str, subprocess.Popen[str], list[str]]]:
    """Serve a site; give its address, the process and the lines that it says."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"],
        cwd=root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert server.stdout
    lines: list[str] = []
    ready = threading.Event()

    def read() -> None:
        assert server.stdout
        for line in server.stdout:
            lines.append(line)
            if "Serving on" in line:
                ready.set()
        ready.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert ready.wait(300)
        assert server.poll() is None, "".join(lines)
        yield f"http://127.0.0.1:{port}/", server, lines
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGINT)
        server.wait(timeout=20)
        reader.join()
        server.stdout.close()


def opened(chromium: Browser, address: str) -> Page:
    """Open a page and wait until it is connected."""
    page = chromium.new_page(viewport={"width": 1000, "height": 800})
    page.goto(address)
    page.wait_for_selector("html[data-truepage=live]", state="attached")
    page.evaluate("window.mark = 1")
    return page


def measure(chromium: Browser, root: Path, saves: int) -> None:
    """Measure saves of one function, each beside the floor."""
    library = root / "src/library_1.py"
    text = library.read_text()
    floor = subprocess.Popen(
        [sys.executable, "-c", FLOOR],
        env={**os.environ, "PYTHONPATH": f"{root / 'figures'}{os.pathsep}{root / 'src'}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert floor.stdin and floor.stdout
    with served(root) as (address, _, _):
        page = opened(chromium, address)
        page.locator("#fig-curve-7").scroll_into_view_if_needed()
        took, floors = [], []
        for number in range(saves + 2):
            page.evaluate(WATCH, "curve-7")
            began = time.time() * 1000
            library.write_text(text.replace("/ 7)", f"/ 7) * (1 + {number + 1} / 100)"))
            seen = page.evaluate("window.seen")
            floor.stdin.write("\n")
            floor.stdin.flush()
            alone = float(floor.stdout.readline()) * 1000
            if number > 1:  # the first ones warm what is cold
                took.append(seen - began)
                floors.append(alone)
            time.sleep(0.1)
        assert page.evaluate("window.mark") == 1
        page.close()
    floor.stdin.close()
    floor.wait()
    floor.stdout.close()
    median, alone = statistics.median(took), statistics.median(floors)
    p95 = sorted(took)[int(0.95 * len(took))]
    figures = len(list((root / "docs").glob("*.md"))) * MODULE
    print(
        f"{figures:4} figures: save → pixels {median:.0f} ms, floor {alone:.0f} ms "
        f"(+{median - alone:.0f} ms), 95 % within {p95:.0f} ms ({p95 / median:.2f} × the median)"
    )


def reach(chromium: Browser, root: Path) -> None:
    """Measure a helper that reaches all figures: those on the open page come first."""
    helper = root / "src/shared.py"
    with served(root) as (address, _, lines):
        page = opened(chromium, address + "page-41/")
        names = [f"curve-{number}" for number in range(41, 51)]
        before = page.evaluate(SHAPES)
        said = len(lines)
        began = time.perf_counter()
        helper.write_text(SHARED.replace("0.0", "0.1"))
        first = last = 0.0
        while not last:
            now = page.evaluate(SHAPES)
            changed = [name for name in names if now[f"fig-{name}"] != before[f"fig-{name}"]]
            first = first or (time.perf_counter() - began if changed else 0.0)
            last = time.perf_counter() - began if len(changed) == len(names) else 0.0
        while not any("drawn" in line for line in lines[said:]):
            time.sleep(0.01)
        everything = time.perf_counter() - began
        page.close()
    print(
        f"a helper that reaches 50 figures: the first of the open page after {first * 1000:.0f} "
        f"ms, all ten of it after {last * 1000:.0f} ms, all fifty after {everything * 1000:.0f} ms"
    )


def soak(chromium: Browser, root: Path, seconds: float, seed: int, figures: int = 30) -> list[str]:
    """Save at random each second; return what leaked, and which pictures differ at the end."""
    make_site(root, figures, shared=True)
    chance = random.Random(seed)
    problems: list[str] = []
    with served(root) as (address, server, lines):
        pages = [opened(chromium, address), opened(chromium, address + "page-11/")]
        process = psutil.Process(server.pid)
        for _ in range(12):  # until caches are filled
            save(root, chance)
            time.sleep(0.5)
        began, before, saves = time.monotonic(), usage(process), 12
        shown = before
        while time.monotonic() - began < seconds:
            started = time.monotonic()
            save(root, chance)
            saves += 1
            time.sleep(max(0.0, 1 - (time.monotonic() - started)))
            if saves % 60 == 0:
                shown = usage(process)
                print(
                    f"{time.monotonic() - began:6.0f} s, {saves} saves: {told(shown)}", flush=True
                )
        mend(root, chance)
        settle(process)
        after = usage(process)
        print(f"before: {told(before)}; after {saves} saves: {told(after)}")
        for what, most in (("processes", 0), ("files", 3), ("threads", 2), ("megabytes", 60)):
            if after[what] > before[what] + most:
                problems.append(f"{what}: {before[what]:.0f} before, {after[what]:.0f} after")
        if trouble := [at for at, line in enumerate(lines) if "Traceback" in line]:
            problems.append(f"a traceback: {''.join(lines[trouble[0] : trouble[0] + 30])}")
        found = [page.evaluate(SHAPES) for page in pages]
        problems += ["a page was reloaded" for page in pages if page.evaluate("window.mark") != 1]
        leftover = [page.locator(".truepage-failure").count() for page in pages]
        problems += [f"{count} failures are still shown" for count in leftover if count]
        wanted = built(chromium, root, ["index.html", "page-11/index.html"])
        for is_shown, is_wanted in zip(found, wanted, strict=True):
            assert is_wanted
            problems += [
                f"{name} is not that of a clean build"
                for name in is_wanted
                if is_shown.get(name) != is_wanted[name]
            ]
        for page in pages:
            page.close()
    return problems


def save(root: Path, chance: random.Random) -> None:
    """Do one of the things that editors and authors do."""
    modules = sorted((root / "src").glob("*.py"))
    module = chance.choice(modules)
    text = module.read_text()
    number = chance.randint(1, 9)
    kind = chance.randrange(9)
    if kind <= 3:  # a good edit
        replace(module, good(text, number), renaming=kind % 2 == 0)
    elif kind == 4:  # saved twice
        replace(module, good(text, number), renaming=False)
        replace(module, good(text, number + 1), renaming=False)
    elif kind == 5:  # a mistake, mended later by `good`
        replace(module, text.replace("return ", "return nothing + ", 1), renaming=False)
    elif kind == 6:  # a swap file, and a backup
        swap = module.with_name(f".{module.name}.swp")
        swap.write_text("swap")
        module.rename(f"{module}~")
        module.write_text(good(text, number))
        swap.unlink()
        Path(f"{module}~").unlink()
    elif kind == 7:  # deleted and restored
        module.unlink()
        time.sleep(chance.random() * 0.2)
        module.write_text(text)
    else:  # as a checkout does: many at once
        for other in modules:
            replace(other, good(other.read_text(), number), renaming=True)


def good(text: str, number: int) -> str:
    """Return a module's text with another number in it, and without mistakes."""
    text = text.replace("nothing + ", "")
    head, _, tail = text.rpartition("# edit")
    text = head or tail
    lines = [line for line in text.split("\n") if not line.startswith("EDIT")]
    body = "\n".join(lines).rstrip("\n")
    first, _, rest = body.partition("return ")
    return (
        f"{first}return {number} * {rest.lstrip('0123456789 *') if rest[0].isdigit() else rest}\n"
    )


def replace(path: Path, text: str, *, renaming: bool) -> None:
    """Write a file, as it is or by renaming another."""
    if renaming:
        new = path.with_name(f".{path.name}.new")
        new.write_text(text)
        new.rename(path)
    else:
        path.write_text(text)


def mend(root: Path, chance: random.Random) -> None:
    """Leave every module without a mistake."""
    for module in sorted((root / "src").glob("*.py")):
        replace(module, good(module.read_text(), chance.randint(1, 9)), renaming=False)


def settle(process: psutil.Process, quiet: float = 15.0) -> None:
    """Wait until nothing is drawn any more: for long enough to start one, workers have no child."""
    since = time.monotonic()
    while time.monotonic() - since < quiet:
        time.sleep(0.05)
        if len(process.children(recursive=True)) > len(process.children()):
            since = time.monotonic()


def usage(process: psutil.Process) -> dict[str, float]:
    """Return what a server takes, with all that it started."""
    family = [process, *process.children(recursive=True)]
    return {
        "processes": len(family),
        "files": process.num_fds(),
        "threads": process.num_threads(),
        "megabytes": process.memory_info().rss / 2**20,
    }


def told(taken: dict[str, float]) -> str:
    """Return in words what a server takes."""
    return ", ".join(f"{number:.0f} {what}" for what, number in taken.items())


def built(chromium: Browser, root: Path, pages: list[str]) -> list[dict[str, object]]:
    """Return the pictures of some pages of a clean build."""
    clean = root.with_name("clean")
    shutil.copytree(root, clean, ignore=shutil.ignore_patterns(".truepage", "__pycache__"))
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet"],
        cwd=clean,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=True,
    )
    found = []
    for name in pages:
        page = chromium.new_page()
        page.goto((clean / "site" / name).as_uri())
        found.append(page.evaluate(SHAPES))
        page.close()
    return found


if __name__ == "__main__":
    main()
