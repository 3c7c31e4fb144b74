"""Every way in which a figure can fail: one clear message each, and no other figure harmed."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from processes import ended

from truepage.engine.project import find_project
from truepage.engine.task import Failure
from truepage.figures.manifest import Manifest, build

Make = Callable[[Mapping[str, str | bytes]], Path]
Write = Callable[[Path, Mapping[str, str | bytes]], Path]

BAD = """
import os, signal, subprocess, sys, time
from pathlib import Path


@figure(alt="A.")
def raises():
    return inner({})

def inner(d):
    return d["key"]


@figure(alt="A.")
def returns_none():
    level(1)


@figure(alt="A.")
def exits():
    sys.exit(0)


@figure(alt="A.")
def exits_hard():
    os._exit(3)


@figure(alt="A.")
def exits_hard_with_zero():
    os._exit(0)


@figure(alt="A.")
def aborts():
    print("last words")
    sys.stdout.flush()
    os.abort()


@figure(alt="A.")
def recursion():
    return recursion()


@figure(alt="A.")
def asks():
    return input("Name? ")


@figure(alt="A.")
def kills_the_worker():
    os.kill(os.getppid(), signal.SIGKILL)
    return level(1)


class Mute(Exception):
    def __str__(self):
        raise RuntimeError


@figure(alt="A.")
def mute():
    raise Mute


@figure(alt="A.")
def surrogate():
    raise ValueError("\\udc80 half a letter")


@figure(alt="A.")
def fails_while_saving():
    picture = level(1)
    picture.text(0, 0, "$\\\\frac$")
    return picture


@figure(alt="A.")
def needs_an_argument(height):
    return level(height)


@figure(alt="A.")
async def coroutine():
    return level(1)


@figure(alt="A.")
def generator():
    yield level(1)


if Path("never").exists():

    @figure(alt="A.")
    def conditional():
        return level(1)


def outer():
    @figure(alt="A.")
    def nested():
        return level(1)


@figure(alt="A" * 0 + " ")
def blank_alt():
    return level(1)


@figure(alt="Closes what it prints to.")
def ok_closes_stdout():
    sys.stdout.close()
    os.close(1)
    os.close(2)
    return level(0.1)


@figure(alt="Prints a lot.")
def ok_prints():
    for _ in range(200):
        print("x" * 10_000)
        print("x" * 10_000, file=sys.stderr)
    return level(0.2)


@figure(alt="Leaves a process behind.")
def ok_leaves_a_process():
    child = subprocess.Popen(["sleep", "1000"])
    Path("left-behind").write_text(str(child.pid))
    return level(0.3)


@figure(alt="Throws all in a folder away.")
def ok_changes_folder():
    os.chdir("/")
    os.umask(0o777)
    return level(0.4)
"""


@pytest.fixture(scope="module")
def bad(
    tmp_path_factory: pytest.TempPathFactory, write: Write, head: str
) -> tuple[Path, Manifest, dict[str, str]]:
    """A project in which nearly everything goes wrong: root, manifest, messages by name."""
    root = write(
        tmp_path_factory.mktemp("bad"),
        {
            "figures/bad.py": head + BAD,
            "figures/random.py": head + '@figure(alt="A.")\ndef shadow(): return level(1)\n',
            "figures/no_import.py": f'{head}\nimport nowhere\n@figure(alt="A.")\ndef lost(): ...\n',
            "figures/broken.py": f'{head}\nimport half\n@figure(alt="A.")\ndef broken(): ...\n',
            "figures/half.py": "x = 1\ndef half(:\n",
            "src/ok.py": "",
        },
    )
    (root / "figures/half.py").rename(root / "src/half.py")  # not a figure's file: found by import
    manifest = build(replace(find_project(root), jobs=2))
    return root, manifest, {failure.name: failure.message for failure in manifest.failures}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("raises", "KeyError: 'key'"),
        ("returns-none", "returned nothing, and pyplot has no figure open; expected a matplotlib"),
        ("exits", "SystemExit: 0"),
        ("exits-hard", "ended the process with code 3 before the picture was finished"),
        ("exits-hard-with-zero", "ended before the picture was finished"),
        ("aborts", "was killed by SIGABRT before the picture was finished; its last words: "),
        ("recursion", "RecursionError: "),
        ("asks", "EOFError: "),
        ("kills-the-worker", "ended its worker process before the picture was finished"),
        ("mute", "Mute: (its __str__ raised RuntimeError)"),
        ("surrogate", "ValueError: \udc80 half a letter"),
        ("fails-while-saving", "ValueError: "),
        ("needs-an-argument", "TypeError: needs_an_argument() missing 1 required"),
        ("coroutine", "returned coroutine; expected"),
        ("generator", "returned generator; expected"),
        ("conditional", "expected the function that @figure decorates, at the module's top level"),
        ("nested", "expected the function that @figure decorates, at the module's top level"),
        ("blank-alt", "its alt text is ' '; expected one or two sentences"),
        ("shadow", "its module is named like another, 'random'"),
        ("lost", "ModuleNotFoundError: No module named 'nowhere'"),
        ("broken", "SyntaxError: "),
    ],
)
def test_each_way_to_fail_has_its_message(
    bad: tuple[Path, Manifest, dict[str, str]], name: str, expected: str
) -> None:
    """The message begins with the place of the declaration and the figure's name."""
    _, manifest, messages = bad
    place = manifest.figures[name].place
    assert messages[name].startswith(f"{place}: figure {name!r}: ")
    assert expected in messages[name]


def test_a_failing_figure_harms_no_other(bad: tuple[Path, Manifest, dict[str, str]]) -> None:
    """All others are drawn, also those that close, print, leave or throw away what they can."""
    _, manifest, messages = bad
    good = {name for name in manifest.figures if name.startswith("ok-")}
    assert len(good) == 4
    assert manifest.renderings.keys() == good
    assert messages.keys() == manifest.figures.keys() - good


def test_a_traceback_shows_the_authors_frames_and_none_of_ours(
    bad: tuple[Path, Manifest, dict[str, str]], head: str
) -> None:
    """Each frame is file, line and the line's text, outermost first."""
    _, _, messages = bad
    lines = (head + BAD).split("\n")
    outer, inner = lines.index("    return inner({})"), lines.index('    return d["key"]')
    assert messages["raises"].split("\n")[1:] == [
        f"    figures/bad.py:{outer + 1}: return inner({{}})",
        f'    figures/bad.py:{inner + 1}: return d["key"]',
    ]
    for message in messages.values():
        assert "truepage/" not in message
        assert "site-packages" not in message
        assert "Traceback" not in message


def test_a_syntax_error_in_an_imported_module_is_shown_with_its_place(
    bad: tuple[Path, Manifest, dict[str, str]],
) -> None:
    """The frame is the broken file's own line."""
    _, _, messages = bad
    assert "    src/half.py:2: def half(:" in messages["broken"]


def test_an_endless_recursion_is_shown_short(bad: tuple[Path, Manifest, dict[str, str]]) -> None:
    """A thousand equal frames would hide every other message."""
    _, _, messages = bad
    assert messages["recursion"].count("\n") < 20
    assert re.search(r"… \(\d+ more\)", messages["recursion"])


def test_what_a_figure_started_is_gone_afterwards(
    bad: tuple[Path, Manifest, dict[str, str]],
) -> None:
    """A process that the figure leaves behind is killed with it."""
    root, _, _ = bad
    pid = int((root / "left-behind").read_text())
    assert ended(pid)


def test_nothing_of_a_drawing_is_left_in_the_cache(
    bad: tuple[Path, Manifest, dict[str, str]],
) -> None:
    """Temporary folders go; no bytecode is written beside the author's files."""
    root, _, _ = bad
    assert not list((root / ".truepage").glob("running-*"))
    assert not list(root.rglob("__pycache__"))


def test_bytecode_is_never_trusted(make: Make, one_figure: str) -> None:
    """A .pyc that claims to belong to the source, by time and size, but holds other code."""
    old, new = one_figure.replace("0.5", "0.1"), one_figure.replace("0.5", "0.9")
    root = make({"figures/lines.py": old})
    path = root / "figures/lines.py"
    os.utime(path, (1e9, 1e9))
    subprocess.run([sys.executable, "-m", "py_compile", path], check=True)
    path.write_text(new)
    os.utime(path, (1e9, 1e9))
    assert list(root.rglob("*.pyc"))
    drawn = build(find_project(root)).renderings["flat"].content
    assert re.search(rb"M0 7\.2h", drawn)  # nine tenths up a picture 72 points high


def test_frames_are_shown_of_figures_outside_the_root(make: Make, head: str) -> None:
    """`figures_dir` may lie beside the project."""
    root = make(
        {
            "in/pyproject.toml": '[tool.truepage]\nfigures_dir = "../art"\n',
            "art/a.py": head + '@figure(alt="A.")\ndef a():\n    1 / 0\n',
        }
    )
    (failure,) = build(find_project(root / "in")).failures
    place = (root / "art/a.py").as_posix()
    assert failure == Failure(
        "a", f"{place}:13: figure 'a': ZeroDivisionError: division by zero\n    {place}:14: 1 / 0"
    )
