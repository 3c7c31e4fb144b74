"""The command line: what it prints where, and with which code it ends."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

from truepage.cli import main

pytestmark = pytest.mark.usefixtures("warm_workers")

Make = Callable[[Mapping[str, str | bytes]], Path]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process; return exit code, standard output and standard error."""

    def run(root: Path, *arguments: str) -> tuple[int, str, str]:
        try:
            code = main(["--root", str(root), *arguments])
        except SystemExit as error:
            code = int(str(error.code))
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


def test_render_draws_once_and_says_so(plain: Path, run: Run) -> None:
    """What changed and the count go to standard output, progress to standard error."""
    code, out, err = run(plain, "render")
    assert (code, out) == (0, "figures/rendered/flat.svg\n1 figure drawn, 0 fresh.\n")
    assert re.fullmatch(r"\[1/1\] flat  \d+\.\d\d s\n", err)
    assert run(plain, "render") == (0, "0 figures drawn, 1 fresh.\n", "")
    code, out, err = run(plain, "render", "flat", "--force", "--quiet", "--jobs", "1")
    assert (code, out, err) == (0, "", "")


def test_list_shows_a_table_and_json_with_stable_keys(
    plain: Path, drawn_once: Path, run: Run
) -> None:
    """Before anything is drawn there is no picture to describe; afterwards there is."""
    code, out, err = run(plain, "list")
    assert (code, err) == (0, "")
    head, row = out.splitlines()
    assert head.split()[:3] == ["NAME", "STATUS", "PLACE"]
    assert row.split()[:3] == ["flat", "missing", "figures/lines.py:13"]

    (entry,) = json.loads(run(drawn_once, "list", "--json")[1])
    assert entry.pop("seconds") > 0
    assert entry == {
        "name": "flat",
        "status": "fresh",
        "reasons": [],
        "place": "figures/lines.py:13",
        "alt": "A flat line.",
        "width": 192,
        "height": 96,
        "bytes": None,
    }


def test_list_of_nothing_says_so(make: Make, run: Run) -> None:
    """An empty figures folder is no error."""
    root = make({"figures/readme.txt": ""})
    assert run(root, "list") == (0, "No figure is declared under figures, src, docs.\n", "")
    assert run(root, "list", "--json") == (0, "[]\n", "")
    assert run(root, "render") == (0, "0 figures drawn, 0 fresh.\n", "")


def test_an_unknown_name_gets_a_suggestion(plain: Path, run: Run) -> None:
    """All unknown names at once; a close one is suggested, else all are listed."""
    code, out, err = run(plain, "render", "flatt", "zzz")
    assert (code, out) == (1, "")
    assert err == (
        "truepage: no figure is named 'flatt'; did you mean 'flat'?\n"
        "no figure is named 'zzz'; there are: flat.\n"
    )


def test_a_failing_figure_ends_with_code_1_and_the_others_are_published(
    make: Make, head: str, run: Run
) -> None:
    """Every failure is in the one message, sorted by name, on standard error."""
    text = "".join(
        f'@figure(alt="A.")\ndef {name}(): {body}\n\n\n'
        for name, body in {"c": "return level(1)", "b": "return 5", "a": "1 / 0"}.items()
    )
    root = make({"figures/x.py": head + text})
    code, out, err = run(root, "render", "--quiet")
    assert (code, out) == (1, "")
    assert err == (
        "truepage: figures/x.py:21: figure 'a': ZeroDivisionError: division by zero\n"
        "    figures/x.py:21: def a(): 1 / 0\n"
        "figures/x.py:17: figure 'b': b() returned int; expected a matplotlib Figure or Axes, "
        "nothing (what pyplot has open), the text of an SVG, or what displays itself as SVG or "
        "PNG: let the function return it, or the block end with it\n"
    )
    assert [path.name for path in (root / "figures/rendered").iterdir()] == ["c.svg"]


def test_why_and_uses_tell_what_a_figure_depends_on(drawn_plain: Path, run: Run) -> None:
    """The helper function counts, and its change is given as the reason."""
    assert run(drawn_plain, "why", "flat")[1].startswith("flat (figures/lines.py:13) is fresh.\n")
    assert run(drawn_plain, "uses", "figures/lines.py")[1] == "flat  figures/lines.py:13\n"
    assert run(drawn_plain, "uses", "nothing")[1] == "No figure is known to use nothing.\n"
    path = drawn_plain / "figures/lines.py"
    path.write_text(path.read_text().replace("[0, 1], [height", "[0, 2], [height"))
    code, out, _ = run(drawn_plain, "why", "flat")
    assert code == 0
    assert "flat (figures/lines.py:13) is stale.\n  because " in out
    assert "level" in out.splitlines()[1]
    assert run(drawn_plain, "why", "nope")[0] == 1


def test_clean_removes_the_store(drawn_plain: Path, run: Run) -> None:
    """Nothing of it is left; without a store there is nothing to remove."""
    assert re.fullmatch(r"\.truepage/: \d+ files removed\.\n", run(drawn_plain, "clean")[1])
    assert not (drawn_plain / ".truepage").exists()
    assert run(drawn_plain, "clean") == (0, ".truepage/: 0 files removed.\n", "")


def test_check_of_what_is_as_committed_ends_with_code_0(drawn_plain: Path, run: Run) -> None:
    """It says how many pictures were drawn anew."""
    code, out, _ = run(drawn_plain, "check")
    assert code == 0
    assert out.startswith("1 picture drawn anew, ")


def test_check_needs_no_options(drawn_plain: Path, run: Run) -> None:
    """A site without a pyproject.toml is a project as well."""
    (drawn_plain / "pyproject.toml").rename(drawn_plain / "mkdocs.yml")
    assert run(drawn_plain, "check", "--quiet")[0] == 0


def test_check_finds_what_differs_is_missing_or_is_an_orphan(
    make: Make, head: str, run: Run
) -> None:
    """Each finding has its message and remedy; `check` itself changes no picture."""
    text = "".join(
        f'@figure(alt="A.")\ndef {name}(): return level({height})\n\n\n'
        for name, height in {"a": 0.1, "b": 0.2}.items()
    )
    root = make({"figures/x.py": head + text})
    run(root, "render")
    rendered = root / "figures/rendered"
    (rendered / "a.svg").unlink()
    changed = (rendered / "b.svg").read_bytes().replace(b"M0 57.6", b"M0 50.6")
    assert changed != (rendered / "b.svg").read_bytes()
    (rendered / "b.svg").write_bytes(changed)
    (rendered / "old.svg").write_text("")
    (rendered / "notes.txt").write_text("")
    code, out, err = run(root, "check", "--quiet")
    remedy = "Run `truepage render`, look at the picture and commit it."
    assert (code, out) == (1, "")
    assert err.splitlines()[:-1] == [
        "truepage: figures/rendered/a.svg: found no file; expected the figure of "
        f"figures/x.py:13. {remedy}",
        f"figures/rendered/b.svg: differs from what figures/x.py:17 draws now. {remedy}",
        "figures/rendered/notes.txt: no figure has this name; expected none. Delete it.",
        "figures/rendered/old.svg: no figure has this name; expected none. Delete it.",
    ]
    assert (rendered / "b.svg").read_bytes() == changed
    assert not (rendered / "a.svg").exists()


def test_help_and_version(plain: Path, run: Run) -> None:
    """Help names each command; each command has help of its own."""
    code, out, err = run(plain, "--help")
    assert (code, err) == (0, "")
    commands = ["new", "render", "list", "why", "uses", "check", "equations", "serve", "clean"]
    assert re.findall(r"^    (\w+)(?: |$)", out, re.MULTILINE) == commands
    for command in commands:
        code, out, err = run(plain, command, "--help")
        assert (code, err) == (0, "")
        assert out.startswith(f"usage: truepage {command} ")
    assert run(plain, "--version") == (0, f"truepage {version('truepage')}\n", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required: COMMAND"),
        (["draw"], "invalid choice: 'draw'"),
        (["render", "--jobs", "0"], "argument --jobs: '0' is not a whole number from 1 up"),
        (["render", "--jobs", "two"], "argument --jobs: 'two' is not a whole number from 1 up"),
        (["list", "flat"], "unrecognized arguments: flat"),
    ],
)
def test_a_command_that_makes_no_sense_ends_with_code_2(
    plain: Path, run: Run, arguments: list[str], words: str
) -> None:
    """The message is for people: it names no function of ours."""
    code, out, err = run(plain, *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert "_positive" not in err


def test_outside_a_project_there_is_one_message(tmp_path: Path, run: Run) -> None:
    """Whatever the command, and also for a folder that does not exist."""
    for arguments in (["render"], ["list"], ["check"], ["why", "x"]):
        code, out, err = run(tmp_path / "nowhere", *arguments)
        assert (code, out) == (1, "")
        assert err.startswith("truepage: ")
        assert err.count("\n") == 1
        assert "found no pyproject.toml" in err


def test_a_reader_that_stops_reading_is_no_error(plain: Path) -> None:
    """`truepage list | head -0` ends in silence."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "truepage", "--root", plain, "list"]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_words_beyond_ascii_reach_a_terminal_that_has_only_ascii(make: Make, head: str) -> None:
    """Alt text in JSON is escaped; a message's letters are, too."""
    text = '@figure(alt="±5 → 1")\ndef a(): return level(1)\n@figure(alt="é")\ndef b(): 1 / 0\n'
    root = make({"figures/é.py": head + text})
    command = [sys.executable, "-m", "truepage", "--root", root]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*command, "render", "--quiet"], capture_output=True, env=environment)
    assert done.returncode == 1
    assert done.stderr.startswith(b"truepage: figures/\\xe9.py:15: figure 'b': ZeroDivisionError")
    done = subprocess.run([*command, "list", "--json"], capture_output=True, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)[0]["alt"] == "±5 → 1"
