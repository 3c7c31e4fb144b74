"""A project that is being worked on, without a browser."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from truepage.engine.context import BuildContext
from truepage.engine.project import find_project
from truepage.figures.manifest import build
from truepage.preview.board import Board, News, Subscriber
from truepage.preview.session import Session

LINES = """\
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from truepage import figure
import heights


def level(height):
    picture = Figure(figsize=(2, 1))
    picture.add_artist(Line2D([0, 1], [height, height]))
    return picture


@figure(alt="A low line.")
def low() -> Figure:
    return level(heights.low())


@figure(alt="A high line.")
def high() -> Figure:
    return level(heights.high())
"""

HEIGHTS = "def low():\n    return 0.25\n\n\ndef high():\n    return 0.75\n"

HANG = 60
"""Seconds after which what should happen is taken to hang."""

Start = Callable[..., "Watched"]


class Watched:
    """A session, its board as one page sees it, and what it says."""

    def __init__(self, root: Path, figures: tuple[str, ...]) -> None:
        self.root = root
        self.board = Board()
        self.said: list[str] = []
        self.settled: queue.SimpleQueue[frozenset[str]] = queue.SimpleQueue()
        self.project = find_project(root)
        self.session = Session(
            self.project,
            self.board,
            show=lambda rendering, figure: {"digest": hash(rendering.content)},
            say=self.said.append,
            settled=self.settled.put,
        )
        self.session.start()
        assert self.session.wait(HANG)
        self._context = self.board.reader(figures, self.board.number)
        self.reader: Subscriber = self._context.__enter__()

    def close(self) -> None:
        """End it."""
        self._context.__exit__(None, None, None)
        self.session.close()

    def write(self, name: str, text: str) -> None:
        """Write a file of the project as editors do: nobody sees half of it."""
        whole = self.root / f"{name}.tmp"
        whole.write_text(text)
        whole.replace(self.root / name)

    def edit(self, old: str, new: str) -> None:
        """Edit the module of heights."""
        text = (self.root / "src/heights.py").read_text()
        assert old in text
        self.write("src/heights.py", text.replace(old, new))

    def next(self, timeout: float = HANG) -> tuple[str, str]:
        """Return the topic of the next news."""
        news: News | None = self.reader.news.get(timeout=timeout)
        assert news
        return news.topic

    def rest(self) -> frozenset[str]:
        """Wait until all is done; return the paths that changed."""
        paths = self.settled.get(timeout=HANG)
        while not any(path.endswith((".py", ".txt")) for path in paths):
            paths = self.settled.get(timeout=HANG)
        return paths

    def pictures(self) -> dict[str, bytes]:
        """Return the pictures as pages show them."""
        return {name: found.content for name, found in self.session.manifest().renderings.items()}


def until(so: Callable[[], object]) -> None:
    """Wait until something is so; what hangs fails."""
    deadline = time.monotonic() + HANG
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def start(make: Callable[..., Path]) -> Iterator[Start]:
    """Start a session of a project with two figures of two functions in one module."""
    running: list[Watched] = []

    def started(figures: tuple[str, ...] = ("low", "high"), **files: str) -> Watched:
        root = make({"figures/lines.py": LINES, "src/heights.py": HEIGHTS, **files})
        watched = Watched(root, figures)
        running.append(watched)
        return watched

    yield started
    for watched in running:
        watched.close()


def test_what_a_save_touches_is_drawn_and_nothing_else(start: Start) -> None:
    """One line says what changed, which figure, why, and how long it took."""
    watched = start()
    before = watched.pictures()
    watched.edit("0.25", "0.3")
    assert watched.next() == ("picture", "low")
    assert {Path(path).name for path in watched.rest()} >= {"heights.py"}
    after = watched.pictures()
    assert after["high"] == before["high"]
    assert after["low"] != before["low"]
    assert watched.said[-1].startswith(
        "src/heights.py changed: low drawn, because function `heights.low` changed ("
    )
    assert watched.reader.news.empty()


def test_pictures_are_those_of_a_build(start: Start) -> None:
    """And kept, so that a build has nothing to draw."""
    watched = start()
    watched.edit("0.25", "0.3")
    watched.next()
    watched.rest()
    manifest = build(watched.project)
    assert manifest.drawn == {}
    built = {name: rendering.content for name, rendering in manifest.renderings.items()}
    assert built == watched.pictures()


def test_a_worker_waits_that_has_imported_what_figures_import(start: Start) -> None:
    """Also where nothing had to be drawn: the next save has it draw."""
    first = start(**{"figures/lines.py": f"import yaml\n{LINES}"})
    first.session.close()
    watched = Watched(first.root, ("low",))
    try:
        free = watched.session._drawings.workers._free
        until(lambda: [preload for (_, preload), _ in free][-1:] == [(("yaml", ()),)])
        process = free[-1][1]
        watched.edit("0.25", "0.3")
        assert watched.next() == ("picture", "low")
        watched.rest()
        assert process in [worker for _, worker in free]
    finally:
        watched.close()


def test_an_edit_that_changes_no_picture_is_no_news(start: Start) -> None:
    """A comment draws nothing; another way to the same number draws, and shows nothing."""
    watched = start()
    watched.edit("0.25", "0.25  # low")
    watched.rest()
    said = len(watched.said)
    watched.edit("0.25", "1 / 4")
    watched.rest()
    assert len(watched.said) == said + 1
    assert watched.reader.news.empty()


def test_an_undone_edit_is_not_drawn_again(start: Start) -> None:
    """Its picture is in the store."""
    watched = start()
    watched.edit("0.25", "0.3")
    watched.next()
    watched.rest()
    watched.edit("0.3", "0.25")
    assert watched.next() == ("picture", "low")
    watched.rest()
    assert watched.said[-1].startswith("src/heights.py changed: low as kept")


def test_a_mistake_keeps_the_last_picture_and_is_told_once(start: Start) -> None:
    """Mended, the figure is said to be so."""
    watched = start()
    before = watched.pictures()
    watched.edit("def low", "def def low")
    assert {watched.next(), watched.next()} == {("failure", "low"), ("failure", "high")}
    watched.rest()
    assert watched.pictures() == before
    assert len([line for line in watched.said if "SyntaxError" in line]) == 1
    assert {failure.name for failure in watched.session.manifest().failures} == {"low", "high"}
    watched.edit("def def low", "def low")
    assert {watched.next(), watched.next()} == {("failure", "low"), ("failure", "high")}
    watched.rest()
    assert watched.session.manifest().failures == ()


def test_what_a_failed_drawing_touched_is_forgotten(start: Start) -> None:
    """Also what its forks touched, which they tell by a file: a swept figure is mended, too."""
    swept = LINES.replace('line.")\ndef low()', 'line.", sweep={"by": [1, 2]})\ndef low(by=1)')
    watched = start(**{"figures/lines.py": swept})
    watched.edit("return 0.25", "return nothing")
    assert watched.next() == ("failure", "low")
    watched.edit("return nothing", "return 0.5")
    watched.rest()
    until(lambda: watched.session.manifest().failures == ())
    assert watched.session.wait(HANG)


def test_a_block_on_a_page_follows_its_code(start: Start) -> None:
    """A mistake in it is told; undone, the picture of before is shown again, and no mistake."""
    block = (
        "```python figure='low' alt='A.' caption='A.'\nimport matplotlib.pyplot as plt\n{}\n```\n"
    )
    page, lines = "docs/index.md", LINES.replace("def low()", "def other()")
    watched = start(**{page: block.format("plt.plot([1, 2])"), "figures/lines.py": lines})
    first = watched.pictures()
    watched.write(page, block.format("plt.plot([1, 3])"))
    assert watched.next() == ("picture", "low")
    until(lambda: watched.pictures() != first)
    watched.write(page, block.format("plt.plot(nothing)"))
    assert watched.next() == ("failure", "low")
    watched.write(page, block.format("plt.plot([1, 2])"))
    until(lambda: watched.pictures() == first and not watched.session.manifest().failures)
    assert {watched.next(), watched.next()} == {("failure", "low"), ("picture", "low")}


def test_a_wrong_declaration_stops_its_file_alone(start: Start) -> None:
    """The figures of other files go on."""
    other = LINES.replace("low", "flat").replace("high", "steep").replace("heights.", "0 and ")
    other = other.replace("import heights\n", "").replace("0 and flat()", "0.5")
    other = other.replace("0 and steep()", "0.6")
    watched = start(("low", "flat"), **{"figures/other.py": other})
    watched.write("figures/other.py", other.replace('alt="A flat line."', ""))
    assert watched.next() == ("problem", "figures")
    assert watched.next() == ("failure", "flat")
    watched.rest()
    watched.edit("0.25", "0.3")
    assert watched.next() == ("picture", "low")
    watched.rest()
    watched.write("figures/other.py", other)
    assert {watched.next(), watched.next()} == {("problem", "figures"), ("failure", "flat")}


def test_figures_may_come_and_go(start: Start) -> None:
    """A new one is drawn; one that is gone is gone."""
    watched = start(("low", "high", "new"))
    new = '\n\n@figure(alt="New.")\ndef new() -> Figure:\n    return level(0.5)\n'
    watched.write("figures/lines.py", LINES + new)
    assert watched.next() == ("picture", "new")
    watched.rest()
    watched.write("figures/lines.py", LINES)
    watched.rest()
    assert set(watched.pictures()) == {"low", "high"}


def test_files_that_are_read_are_watched(start: Start) -> None:
    """Wherever in the project they are."""
    lines = LINES.replace("heights.low()", "float(open('data/deep/low.txt').read())")
    watched = start(**{"figures/lines.py": lines, "data/deep/low.txt": "0.25"})
    watched.write("data/deep/low.txt", "0.3")
    assert watched.next() == ("picture", "low")


def test_what_is_outdated_while_it_is_drawn_is_never_shown(start: Start) -> None:
    """The newest save wins; the picture is that of a clean build."""
    watched = start()
    slow = "import time\n    for _ in range(40): time.sleep(0.01)\n    return 0."
    for number in range(3, 9):
        watched.write("src/heights.py", HEIGHTS.replace("return 0.25", f"{slow}{number}"))
        time.sleep(0.1)
    assert watched.next() == ("picture", "low")
    watched.rest()
    assert watched.reader.news.empty()
    assert watched.pictures() == {
        name: rendering.content for name, rendering in build(watched.project).renderings.items()
    }


def test_a_drawing_that_was_never_shown_does_not_count_as_shown(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its save comes back while the next one's is drawn: the page has neither yet."""
    monkeypatch.setattr("truepage.preview.drawings.LATE", HANG)
    watched = start()
    texts = [
        f"import os\n    open('began{n}', 'w').close()\n"
        f"    while not os.path.exists({n!r}): pass\n    return 0.{n}"
        for n in "34"
    ]
    running = watched.session._drawings.running
    watched.edit("return 0.25", texts[0])
    until((watched.root / "began3").exists)
    first = running["low"]
    watched.edit(*texts)
    until(lambda: first.is_outdated)
    (watched.root / "3").touch()
    until((watched.root / "began4").exists)
    (watched.root / "3").unlink()
    watched.edit(*reversed(texts))
    until(lambda: "low" not in watched.session._saves.waiting)
    (watched.root / "4").touch()
    assert watched.next() == ("picture", "low")
    assert watched.session.wait(HANG)
    (watched.root / "4").unlink()
    assert watched.pictures() == {
        name: rendering.content for name, rendering in build(watched.project).renderings.items()
    }


def test_a_drawing_that_never_ends_is_stopped_by_the_next_save(start: Start) -> None:
    """Nobody waits for its timeout."""
    watched = start()
    watched.edit("return 0.25", "while True: pass")
    until(lambda: watched.session._drawings.running)
    watched.edit("while True: pass", "return 0.3")
    assert watched.next() == ("picture", "low")


def test_a_failure_of_what_was_between_two_saves_is_never_shown(start: Start) -> None:
    """The drawing fails after the file was mended, and before anybody was told of that."""
    watched = start()
    wait = "import os\n    while not os.path.exists('go'): pass\n    return nothing"
    watched.edit("return 0.25", wait)
    until(lambda: watched.session._drawings.running)
    watched.session._watcher.stop()
    watched.edit(wait, "return 0.3")
    (watched.root / "go").touch()
    assert watched.next() == ("picture", "low")
    assert watched.session.wait(HANG)
    assert watched.reader.news.empty()
    assert not [line for line in watched.said if "failed" in line]


def test_a_declared_input_that_is_gone_fails_its_figure_alone(start: Start) -> None:
    """In its place; the session goes on, and restored all is as it was."""
    lines = LINES.replace('alt="A low line."', 'alt="A low line.", inputs=["data/low.txt"]')
    lines = lines.replace("heights.low()", "float(open('data/low.txt').read())")
    watched = start(**{"figures/lines.py": lines, "data/low.txt": "0.25"})
    before = watched.pictures()
    (watched.root / "data/low.txt").unlink()
    assert watched.next() == ("failure", "low")
    watched.rest()
    (failure,) = watched.session.manifest().failures
    assert "data/low.txt" in failure.message
    watched.edit("0.75", "0.8")
    assert watched.next() == ("picture", "high")
    watched.rest()
    watched.write("data/low.txt", "0.25")
    assert watched.next() == ("failure", "low")
    watched.rest()
    assert watched.session.manifest().failures == ()
    assert watched.pictures()["low"] == before["low"]


def test_figures_on_open_pages_come_first(start: Start) -> None:
    """Of many that a shared function reaches."""
    many = "".join(
        f'\n\n@figure(alt="{n}.")\n'
        f"def many_{n}() -> Figure:\n    return level(heights.low() + {n} / 100)\n"
        for n in range(12)
    )
    watched = start(("many-9", "low"), **{"figures/lines.py": LINES + many})
    order: list[str] = []
    show = watched.session._gallery._show

    def noted(rendering: Any, figure: Any) -> Any:
        order.append(rendering.name)
        return show(rendering, figure)

    watched.session._gallery._show = noted
    watched.edit("0.25", "0.3")
    watched.rest()
    assert len(order) == 13
    assert {"many-9", "low"} <= set(order[: 2 + watched.project.jobs])
    assert "13" in watched.said[-1] or "10 more drawn" in watched.said[-1]
    assert "the first after" in watched.said[-1]


def test_what_cannot_be_followed_is_not_drawn_for_ever(start: Start) -> None:
    """A figure that reads the clock is drawn when its code changes, not at every look."""
    lines = LINES.replace("    return level(heights.low())", "    import time; time.time()\n"
                          "    return level(heights.low())")  # fmt: skip
    watched = start(**{"figures/lines.py": lines})
    said = len(watched.said)
    watched.session.changed(None)
    assert watched.session.wait(HANG)
    assert watched.said[said:] == []
    watched.edit("0.25", "0.3")
    assert watched.next() == ("picture", "low")


def test_a_missed_notification_is_made_good(start: Start) -> None:
    """Looking at everything finds what nobody told of."""
    watched = start()
    watched.session._watcher.stop()
    watched.edit("0.25", "0.3")
    watched.session.changed(None)
    assert watched.next() == ("picture", "low")


def test_a_session_ends_at_once_and_leaves_nothing(make: Callable[..., Path]) -> None:
    """Workers, threads and folders go, in the middle of a drawing too."""
    root = make({"figures/lines.py": LINES, "src/heights.py": HEIGHTS})
    before = set(threading.enumerate())
    others = set(psutil.Process().children(recursive=True))  # a browser of other tests, say
    watched = Watched(root, ())
    watched.edit("return 0.25", "while True: pass")
    until(lambda: watched.session._drawings.running)
    children = set(psutil.Process().children(recursive=True)) - others
    workers = {one for one in children if "chrom" not in one.name()}  # it starts some late
    assert workers
    closing = threading.Thread(target=watched.close)  # the drawing itself would never end
    closing.start()
    closing.join(HANG)
    assert not closing.is_alive()
    _, alive = psutil.wait_procs(workers, timeout=HANG)
    assert not alive
    assert set(threading.enumerate()) <= before
    assert not list((root / ".truepage").glob("running-*"))


def test_traces_say_what_reaches_what(start: Start) -> None:
    """No other figure is asked about."""
    watched = start()
    asked: list[str] = []
    status = BuildContext.status

    def noted(self: BuildContext, task: Any) -> Any:
        asked.append(task.name)
        return status(self, task)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BuildContext, "status", noted)
        watched.edit("0.75", "0.8")
        assert watched.next() == ("picture", "high")
        watched.rest()
    assert asked == ["high"]


def test_a_step_is_computed_again_and_its_figures_drawn_if_it_gives_another_result(
    start: Start,
) -> None:
    """An edit of what a step calls: the page hears of a picture only if it can be another."""
    figures = LINES.replace("import heights", "import heights\nfrom steps import at")
    step = "import heights\nfrom truepage import step\n\n\n@step\ndef at(x=1):\n"
    watched = start(
        **{
            "figures/lines.py": figures.replace("heights.low()", "at()"),
            "src/steps.py": f"{step}    return heights.low() * x\n",
        }
    )
    before = watched.pictures()
    watched.edit("0.25", "0.25 * 1.0")
    watched.rest()
    until(lambda: any("steps.at(x=1) computed" in line for line in watched.said))
    assert watched.pictures() == before
    watched.edit("0.25 * 1.0", "0.3")
    assert watched.next() == ("picture", "low")
    watched.rest()
    assert {name for name, content in watched.pictures().items() if content != before[name]} == {
        "low"
    }
