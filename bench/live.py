"""How long it takes from a save to changed pixels, in a real browser.

A site of N figures, ten to a page, is served by `mkdocs serve`. One function is edited again and
again; a page that shows its figure is open in Chromium. Measured is the time from before the file
is written until the frame after the picture's change was painted. The floor, in the same run: the
same drawing in a process that has everything imported.

    python bench/live.py [--figures 10 300] [--saves 30]
Whether it lasts: `bench/soak.py`.
"""

import argparse
import contextlib
import os
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
from truepage.figures.picture import FONTS, STYLE
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
    options = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
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


if __name__ == "__main__":
    main()
