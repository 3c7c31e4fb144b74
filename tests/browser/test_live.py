"""Save, and see it: a preview in a real browser."""

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

WAIT = 20_000
"""Milliseconds after which something that should happen is taken not to happen."""

FILES = {
    "pyproject.toml": "",
    "mkdocs.yml": """\
site_name: Live
theme:
  name: material
  font: false
strict: true
plugins: [truepage]
markdown_extensions: [pymdownx.superfences, pymdownx.highlight]
""",
    "src/shapes.py": """\
def height(x):
    return 0.25 * x


def other():
    return 0.5
""",
    "figures/lines.py": """\
import numpy as np
from matplotlib.figure import Figure
from truepage import figure

import shapes


@figure(alt="A line.", sweep={"slope": [1.0, 2.0, 3.0]})
def swept(slope: float = 1.0) -> Figure:
    fig = Figure(figsize=(3, 2))
    x = np.array([0.0, 1.0])
    fig.subplots().plot(x, slope * shapes.height(x), label="a line")
    return fig


@figure(alt="Another line.")
def plain() -> Figure:
    fig = Figure(figsize=(3, 2))
    fig.subplots().plot([0, 1], [0, shapes.other()])
    return fig
""",
    "docs/index.md": """\
# Live

Some prose.

![A line.](figure:swept)

![](listing:shapes.height)

"""
    + "More prose.\n\n" * 60
    + """\
![Another.](figure:plain)
""",
    "docs/second.md": "# Second\n\nSee @fig-plain.\n",
}


class Preview:
    """`mkdocs serve` in a folder, and what it says."""

    def __init__(self, root: Path, port: int) -> None:
        self.root, self.port = root, port
        self.address = f"http://127.0.0.1:{port}/"
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"],
            cwd=root,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._news:
                self.said.append(line)
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def until(self, words: str, after: int = 0, timeout: float = 30) -> str:
        """Wait until some words are said, after so many lines; return the line."""

        def said() -> list[str]:
            return [line for line in self.said[after:] if words in line]

        with self._news:
            found = self._news.wait_for(lambda: said() or self.process.poll() is not None, timeout)
            assert found and said(), f"{words!r} was not said: {''.join(self.said)}"
            return said()[0]

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace some text in a file."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def stop(self) -> None:
        """End it as Ctrl-C does; it must end at once, and leave nothing."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        began = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(timeout=10)
        assert time.monotonic() - began < 3
        _, alive = psutil.wait_procs(family, timeout=3)
        assert not alive
        self._reader.join()
        assert self.process.stdout
        self.process.stdout.close()
        assert "Traceback" not in "".join(self.said)
        assert not list((self.root / ".truepage").glob("running-*"))


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose figures were drawn, to be copied."""
    root = tmp_path_factory.mktemp("live") / "site"
    write(root, FILES)
    subprocess.run([sys.executable, "-m", "truepage", "render", "--quiet"], cwd=root, check=True)
    return root


def write(root: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


Serve = Callable[..., Preview]


@pytest.fixture
def serve(drawn: Path, tmp_path: Path) -> Iterator[Serve]:
    """Start previews of a copy of the site."""
    running: list[Preview] = []
    root = tmp_path / "site"
    shutil.copytree(drawn, root)

    def start(port: int = 0, before: Mapping[str, str] | None = None) -> Preview:
        write(root, before or {})
        preview = Preview(root, port or free_port())
        running.append(preview)
        preview.until("Serving on")
        return preview

    yield start
    for preview in running:
        if preview.process.poll() is None:
            preview.stop()


def asked(address: str, **headers: str) -> tuple[int, str]:
    """Return the status and the text that an address of our own answers with."""
    parts = urlsplit(address)
    with contextlib.closing(http.client.HTTPConnection(parts.netloc, timeout=5)) as connection:
        connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
        answer = connection.getresponse()
        news = answer.getheader("Content-Type") == "text/event-stream"  # it has no end
        return answer.status, "" if news else answer.read().decode()


def opened(browser: Browser, address: str) -> Page:
    """Open a page and wait until it has its news; a reload would take its mark away."""
    page = browser.new_page(viewport={"width": 900, "height": 700})
    page.goto(address)
    expect(page.locator("html[data-truepage=live]")).to_have_count(1, timeout=WAIT)
    page.evaluate("window.mark = 1")
    return page


def drawing(page: Page, name: str) -> str:
    """Return the markup of a picture."""
    return str(page.locator(f"#fig-{name} .truepage-picture svg").evaluate("e => e.outerHTML"))


def listing(page: Page) -> Locator:
    """Return the listing of `shapes.height`."""
    return page.locator("article > .highlight", has_text="def height")


def until_changed(page: Page, name: str, before: str) -> None:
    """Wait for another picture than the one before."""
    page.wait_for_function(
        "([name, before]) => document.querySelector(`#fig-${name} svg`).outerHTML !== before",
        arg=[name, before],
        timeout=WAIT,
    )
    assert page.evaluate("window.mark") == 1, "the page was reloaded"


def test_a_saved_change_is_in_the_open_page_without_a_reload(
    serve: Serve, browser: Browser
) -> None:
    """Scroll position, slider and focus stay; listings follow."""
    preview = serve()
    page = opened(browser, preview.address)
    slider = page.locator("#fig-swept input")
    slider.focus()
    slider.press("End")
    expect(slider).to_have_value("2")
    page.evaluate("scrollTo(0, 150)")
    before, other = drawing(page, "swept"), drawing(page, "plain")
    preview.edit("src/shapes.py", "0.25 * x", "0.75 * x * x")
    until_changed(page, "swept", before)
    expect(slider).to_have_value("2")
    expect(slider).to_be_focused()
    assert page.evaluate("scrollY") == 150
    assert drawing(page, "plain") == other
    expect(listing(page)).to_contain_text("0.75 * x * x", timeout=WAIT)
    assert page.evaluate("window.mark") == 1
    assert page.evaluate("scrollY") == 150
    line = preview.until("swept drawn")
    assert re.search(
        r"src/shapes.py changed: swept drawn, because function `shapes.height` changed "
        r"\(\d+\.\d\d s",
        line,
    )
    page.close()


def test_a_failing_figure_says_so_in_its_place_and_comes_back_by_itself(
    serve: Serve, browser: Browser
) -> None:
    """Message, the author's file and line with two lines around it, the last picture dimmed."""
    preview = serve()
    page = opened(browser, preview.address)
    before = drawing(page, "swept")
    preview.edit("src/shapes.py", "return 0.25 * x", "return nothing * x")
    failure = page.locator("#fig-swept .truepage-failure")
    expect(failure).to_contain_text("NameError: name 'nothing' is not defined", timeout=WAIT)
    expect(failure.locator("li")).to_have_text(
        ["1  def height(x):", "2      return nothing * x", "3  ", "4  "]
    )
    expect(failure.locator("li[aria-current]")).to_contain_text("return nothing")
    assert drawing(page, "swept") == before
    assert (
        page.locator("#fig-swept .truepage-view").evaluate("e => getComputedStyle(e).opacity") < "1"
    )
    expect(page.locator("#fig-plain .truepage-failure")).to_have_count(0)
    # Whoever comes now sees it as well.
    second = opened(browser, preview.address)
    expect(second.locator("#fig-swept .truepage-failure")).to_have_count(1, timeout=WAIT)
    preview.edit("src/shapes.py", "return nothing * x", "return 0.5 * x")
    for each in (page, second):
        expect(each.locator(".truepage-failure")).to_have_count(0, timeout=WAIT)
        until_changed(each, "swept", before)
        each.close()


def test_a_module_that_cannot_be_imported_is_told_once_and_mended(
    serve: Serve, browser: Browser
) -> None:
    """All figures that need it fail, and all come back."""
    preview = serve()
    page = opened(browser, preview.address)
    preview.edit("src/shapes.py", "def other", "def def other")
    expect(page.locator(".truepage-figure .truepage-failure")).to_have_count(2, timeout=WAIT)
    preview.until("SyntaxError")
    assert len([line for line in preview.said if "SyntaxError" in line]) == 1
    preview.edit("src/shapes.py", "def def other", "def other")
    expect(page.locator(".truepage-failure")).to_have_count(0, timeout=WAIT)
    assert page.evaluate("window.mark") == 1
    page.close()


MISTAKES = [
    ("docs/index.md", "Some prose.", "Some $`\\frac{1`$ prose.", "KaTeX cannot set this formula"),
    ("docs/index.md", "Some prose.", "Some @fig-plane.", "@fig-plane refers to a figure"),
    ("docs/index.md", "(figure:plain)", "(figure:plane)", "no figure is named 'plane'"),
    ("docs/index.md", "listing:shapes.height", "listing:shapes.hight", "has no 'hight'"),
    ("mkdocs.yml", "site_name: Live", "site_name: [Live", "parsing the configuration file"),
    ("mkdocs.yml", "site_name: Live", "site_nome: Live", "site_name"),
    ("figures/lines.py", 'alt="Another line."', 'alt=""', "plain() has no alt text"),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "words"), MISTAKES, ids=[words for *_, words in MISTAKES]
)
def test_a_mistake_is_shown_while_everything_goes_on(
    serve: Serve, browser: Browser, file: str, old: str, new: str, words: str
) -> None:
    """In TeX, Markdown, YAML, Python: requests are answered, and mended it goes away."""
    preview = serve()
    page = opened(browser, preview.address)
    preview.edit(file, old, new)
    report = page.locator(".truepage-failure", has_text=words).first
    expect(report).to_be_visible(timeout=WAIT)
    if file == "docs/index.md":  # and in its place, too
        expect(page.locator("article .truepage-problem")).to_contain_text(words, timeout=WAIT)
    began = time.monotonic()
    assert "truepage-figure" in asked(preview.address)[1]
    assert time.monotonic() - began < 2
    before = drawing(page, "swept")
    preview.edit("src/shapes.py", "0.25 * x", "0.5 * x")
    until_changed(page, "swept", before)  # pictures follow all the same
    preview.edit(file, new, old)
    expect(page.locator(".truepage-failure, .truepage-problem")).to_have_count(0, timeout=WAIT)
    assert preview.process.poll() is None
    page.close()


def test_a_first_build_that_fails_is_served_and_recovers(serve: Serve, browser: Browser) -> None:
    """A figure, a page and a theme's file that are wrong from the beginning."""
    wrong = FILES["src/shapes.py"].replace("0.25 * x", "nothing * x")
    index = FILES["docs/index.md"].replace("listing:shapes.height", "listing:shapes.hight")
    preview = serve(before={"src/shapes.py": wrong, "docs/index.md": index})
    page = opened(browser, preview.address)
    expect(page.locator("#fig-swept .truepage-failure")).to_contain_text("NameError")
    expect(page.locator(".truepage-failure", has_text="has no 'hight'")).to_be_visible()
    preview.edit("docs/index.md", "hight", "height")
    preview.edit("src/shapes.py", "nothing * x", "0.5 * x")
    expect(page.locator(".truepage-failure")).to_have_count(0, timeout=WAIT)
    expect(listing(page)).to_contain_text("0.5 * x", timeout=WAIT)
    page.close()


def test_a_first_build_that_gives_no_page_at_all_is_served_and_recovers(
    serve: Serve, browser: Browser
) -> None:
    """Two figures of one name and a snippet that is not there: the only page says why."""
    yml = FILES["mkdocs.yml"].replace(
        "[pymdownx.superfences,", "[{pymdownx.snippets: {check_paths: true}}, pymdownx.superfences,"
    )
    preview = serve(before={"mkdocs.yml": yml, "docs/second.md": '--8<-- "nowhere.md"\n'})
    page = browser.new_page()
    page.goto(preview.address)
    expect(page.locator("pre")).to_contain_text("nowhere.md")
    preview.edit("docs/second.md", '--8<-- "nowhere.md"', "# Second")
    expect(page.locator("#fig-swept")).to_be_visible(timeout=WAIT)
    page.close()


def test_prose_follows_without_a_reload(serve: Serve, browser: Browser) -> None:
    """Only the block that changed is another one."""
    preview = serve()
    page = opened(browser, preview.address)
    page.evaluate("document.querySelectorAll('article p').forEach(p => p.mark = 1)")
    preview.edit("docs/index.md", "Some prose.", "Some better prose.")
    expect(page.get_by_text("Some better prose.")).to_be_visible(timeout=WAIT)
    assert page.evaluate("window.mark") == 1
    marks = page.evaluate("[...document.querySelectorAll('article p')].filter(p => !p.mark).length")
    assert marks <= 2  # it, and Material's line of the source, where there is one
    page.close()


def test_the_newest_save_wins(serve: Serve, browser: Browser) -> None:
    """A save during a drawing that takes long, and one that never ends: neither is waited for."""
    preview = serve()
    page = opened(browser, preview.address)
    before = drawing(page, "plain")
    preview.edit("src/shapes.py", "def other():", "def other():\n    while True: pass")
    time.sleep(1)
    preview.edit("src/shapes.py", "    while True: pass", "    sum(range(10**10))")
    time.sleep(0.5)
    preview.edit("src/shapes.py", "    sum(range(10**10))\n    return 0.5", "    return 0.125")
    until_changed(page, "plain", before)  # long before either would have ended
    preview.until("plain drawn")
    assert len([line for line in preview.said if "drawn" in line]) == 1
    page.close()


def test_two_browsers_and_a_server_that_is_started_again(serve: Serve, browser: Browser) -> None:
    """Both are told; after a restart, at another endpoint, both go on without being reloaded."""
    preview = serve()
    context = browser.new_context()
    pages = [opened(browser, preview.address), context.new_page()]
    pages[1].goto(preview.address)
    expect(pages[1].locator("html[data-truepage=live]")).to_have_count(1)
    for page in pages:
        page.evaluate("window.first = true")  # it would not outlive a reload
    before = drawing(pages[0], "swept")
    preview.edit("src/shapes.py", "0.25 * x", "0.5 * x")
    for page in pages:
        page.wait_for_function(
            "before => document.querySelector('#fig-swept svg').outerHTML !== before", arg=before
        )
    preview.stop()
    preview.edit("src/shapes.py", "0.5 * x", "0.25 * x")
    again = serve(port=preview.port)
    for page in pages:
        page.wait_for_function(
            "before => document.querySelector('#fig-swept svg').outerHTML === before",
            arg=before,
            timeout=WAIT,
        )
    again.edit("src/shapes.py", "0.25 * x", "0.125 * x")
    for page in pages:
        page.wait_for_function(
            "before => document.querySelector('#fig-swept svg').outerHTML !== before",
            arg=before,
            timeout=WAIT,
        )
        assert page.evaluate("window.first")
    pages[0].close()
    context.close()


def test_another_branch_is_checked_out_under_the_preview(serve: Serve, browser: Browser) -> None:
    """One line for all its files; going back draws nothing."""
    preview = serve()

    def git(*words: str) -> None:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@a", *words]
        subprocess.run(command, cwd=preview.root, check=True, capture_output=True)

    git("init", "-b", "main")
    git("add", "src", "figures", "docs")
    git("commit", "-m", "one")
    page = opened(browser, preview.address)
    first = drawing(page, "swept"), drawing(page, "plain")
    git("checkout", "-b", "other")
    preview.edit("src/shapes.py", "0.25 * x", "0.5 * x")
    until_changed(page, "swept", first[0])
    preview.edit("src/shapes.py", "return 0.5\n", "return 0.75\n")
    until_changed(page, "plain", first[1])
    git("commit", "-am", "two")
    said = len(preview.said)
    git("checkout", "main")
    page.wait_for_function(
        "first => ['swept', 'plain'].every((name, i) =>"
        " document.querySelector(`#fig-${name} svg`).outerHTML === first[i])",
        arg=first,
        timeout=WAIT,
    )
    line = preview.until("as kept", said)
    assert "plain, swept as kept" in line or "swept, plain as kept" in line
    assert not [line for line in preview.said[said:] if "drawn" in line]
    page.close()


def test_a_file_that_is_deleted_comes_back(serve: Serve, browser: Browser) -> None:
    """Its figures fail, and are as they were when it is restored."""
    preview = serve()
    page = opened(browser, preview.address)
    before = drawing(page, "swept")
    path = preview.root / "src/shapes.py"
    text = path.read_text()
    path.unlink()
    expect(page.locator(".truepage-figure .truepage-failure")).to_have_count(2, timeout=WAIT)
    path.write_text(text)
    expect(page.locator(".truepage-failure")).to_have_count(0, timeout=WAIT)
    assert drawing(page, "swept") == before
    page.close()


def test_the_endpoint_answers_its_own_pages_alone(serve: Serve) -> None:
    """No token, another origin, another host's name, a path that climbs: all refused."""
    preview = serve()
    _, html = asked(preview.address)
    address = re.search(r'src="(http://127\.0\.0\.1:\d+/[^"/]+)/live\.js"', html)
    assert address

    def status(path: str, **headers: str) -> int:
        return asked(path, **headers)[0]

    own, origin = address[1], preview.address.rstrip("/")
    base = own.rpartition("/")[0]
    assert status(f"{own}/live.js") == 200
    assert status(f"{own}/news?figures=swept", Origin=origin) == 200
    assert status(f"{own}/news", Origin=origin.replace("127.0.0.1", "localhost")) == 200
    assert status(f"{own}/news", Origin="http://evil.example") == 403
    assert status(f"{own}/news", Origin="null") == 403
    assert status(f"{own}/live.js", Host="evil.example") == 403
    assert status(f"{base}/{'x' * 32}/news", Origin=origin) == 403
    assert status(f"{base}/live.js") == 403
    assert status(f"{own}/figures/swept.svg") == 200
    for path in ("../../pyproject.toml", "..%2f..%2fpyproject.toml", "swept.py", "swept.json", ""):
        assert status(f"{own}/figures/{path}") in {403, 404}
    assert own.startswith("http://127.0.0.1:")
    port = int(base.rpartition(":")[2])
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(preview.process.pid).net_connections()
        if connection.status == "LISTEN" and connection.laddr.port == port
    ]
    assert listening == ["127.0.0.1"]


CHECKED = """\
# Live

Some prose.

```math
% check: shapes.height(x)
% label: eq-height
h(x) = \\frac{x}{4}
```

And at 2 it is [0.50](value:shapes.height(2)), at 3 it is [](value:shapes.height(3):.2f).

![A line.](figure:swept)

![Another.](figure:plain)
"""


def test_an_equation_and_a_value_are_held_to_the_code_when_it_changes(
    serve: Serve, browser: Browser
) -> None:
    """The mark goes, in the place there is what refutes it; mended, both are as they were."""
    preview = serve(before={"docs/index.md": CHECKED})
    page = opened(browser, preview.address)
    mark = page.locator("article .truepage-checked")
    expect(mark).to_have_count(1)
    preview.edit("src/shapes.py", "0.25 * x", "0.5 * x")
    expect(page.locator("#eq-height")).to_contain_text("eq-height is refuted", timeout=WAIT)
    expect(page.locator(".truepage-failure")).to_contain_text("is 1.00, and the page says 0.50")
    expect(page.locator("article")).to_contain_text("at 3 it is 1.50")
    expect(mark).to_have_count(0)
    preview.edit("src/shapes.py", "0.5 * x", "0.25 * x")
    expect(mark).to_have_count(1, timeout=WAIT)
    expect(page.locator(".truepage-failure, .truepage-problem")).to_have_count(0)
    expect(page.locator("article")).to_contain_text("at 3 it is 0.75")
    assert page.evaluate("window.mark") == 1, "the page was reloaded"
    page.close()


NOTEBOOK = """\
# %% [markdown]
# # A notebook
#
# $$
# % check: shapes.height(x)
# % label: eq-notebook
# \\frac{x}{4}
# $$

# %%
import shapes

assert shapes.height(4) == 1, "the height has changed"
print("height", shapes.height(8))
"""


def test_a_notebook_that_fails_says_so_and_comes_back(serve: Serve, browser: Browser) -> None:
    """Cell and line of the assert, while the last result stays; so for an equation in it."""
    config = FILES["mkdocs.yml"].replace(
        "[truepage]", '\n  - truepage\n  - mkdocs-jupyter: {include: ["*.py"], execute: true}'
    )
    preview = serve(before={"mkdocs.yml": config, "docs/notes.py": NOTEBOOK})
    page = opened(browser, preview.address + "notes/")
    article = page.locator("article")
    expect(article).to_contain_text("height 2.0")
    expect(article.locator("#eq-notebook .truepage-checked")).to_have_count(1)
    preview.edit("src/shapes.py", "0.25 * x", "0.5 * x")
    report = article.locator(".admonition.failure")
    expect(report).to_contain_text("docs/notes.py:13: assert", timeout=WAIT)
    expect(article.locator("#eq-notebook")).to_contain_text("docs/notes.py:7: equation")
    expect(article).to_contain_text("height 2.0")
    preview.edit("src/shapes.py", "0.5 * x", "0.25 * x")
    expect(report).to_have_count(0, timeout=WAIT)
    expect(page.locator(".truepage-failure, .truepage-problem")).to_have_count(0, timeout=WAIT)
    preview.edit("docs/notes.py", "{x}{4}", "{x}{5}")
    expect(article.locator("#eq-notebook")).to_contain_text("is refuted", timeout=WAIT)
    preview.edit("docs/notes.py", "{x}{5}", "{x}{4}")
    expect(article.locator("#eq-notebook .truepage-checked")).to_have_count(1, timeout=WAIT)
    preview.edit("docs/notes.py", '"height"', '"twice"')
    expect(article).to_contain_text("twice 2.0", timeout=WAIT)
    assert page.evaluate("window.mark") == 1, "the page was reloaded"
    page.close()
