"""However a preview ends, and whatever goes on then: no process is left."""

import signal
import subprocess
import sys
import time

import psutil
import pytest
from previews import FILES, HANG, Preview, Serve, asked

NOTEBOOKS = FILES["mkdocs.yml"].replace(
    "[truepage]", '\n  - truepage\n  - mkdocs-jupyter: {include: ["*.py"], execute: true}'
)
BUSY = """\
import pathlib

pathlib.Path(__file__).parents[1].joinpath("busy").touch()
while True:
    pass
"""


def until_busy(preview: Preview) -> None:
    """Wait until the author's endless code runs."""
    deadline = time.monotonic() + HANG
    while not (preview.root / "busy").exists():
        assert time.monotonic() < deadline, "".join(preview.said)
        time.sleep(0.01)


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", SIGNALS, ids=[each.name for each in SIGNALS])
def test_it_ends_in_the_middle_of_a_drawing(serve: Serve, number: signal.Signals) -> None:
    """By Ctrl-C, by `kill`, by closing the terminal; the drawing itself would never end."""
    preview = serve()
    (preview.root / "src/shapes.py").write_text(BUSY)
    until_busy(preview)
    preview.end(number)


@pytest.mark.parametrize("number", SIGNALS, ids=[each.name for each in SIGNALS])
def test_it_ends_in_the_middle_of_a_notebook(serve: Serve, number: signal.Signals) -> None:
    """Whose kernel would go on for ever."""
    preview = serve(before={"mkdocs.yml": NOTEBOOKS, "docs/notes.py": "# %%\nx = 1\n"})
    file = (preview.root / "busy").as_posix()
    (preview.root / "docs/notes.py").write_text(
        f"# %%\nimport pathlib\n\npathlib.Path({file!r}).touch()\nwhile True:\n    pass\n"
    )
    until_busy(preview)
    preview.end(number)


def test_a_machine_that_slept_finds_what_was_saved(serve: Serve) -> None:
    """All its processes are stopped; what was saved meanwhile is drawn when they go on."""
    preview = serve()
    family = [psutil.Process(preview.process.pid)]
    family += family[0].children(recursive=True)
    for process in family:
        process.suspend()
    preview.edit("src/shapes.py", "0.25 * x", "0.5 * x")
    for process in reversed(family):
        process.resume()
    preview.until("swept drawn")
    assert "truepage-figure" in asked(preview.address)[1]


def test_a_port_that_is_in_use_is_an_error_that_says_so(serve: Serve) -> None:
    """And leaves the first one alone, with whom a third goes along at another port."""
    preview = serve()
    command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{preview.port}"]
    second = subprocess.run(command, cwd=preview.root, capture_output=True, text=True, timeout=HANG)
    assert second.returncode != 0
    assert "in use" in second.stderr + second.stdout
    assert "Traceback" not in second.stderr + second.stdout
    third = serve()
    said = len(preview.said), len(third.said)
    preview.edit("src/shapes.py", "0.25 * x", "0.5 * x")
    for each, after in zip((preview, third), said, strict=True):
        each.until("swept", after)
        assert "truepage-figure" in asked(each.address)[1]
    third.end(signal.SIGINT, others=1)
