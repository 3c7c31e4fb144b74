"""Examples on pages, run by the command line and by whole builds of sites."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import markdown
import pytest
from building import build

from truepage.cli import main
from truepage.engine.batch import run_tasks
from truepage.engine.context import BuildContext
from truepage.engine.errors import PageError
from truepage.engine.project import find_project
from truepage.examples.examples import Examples
from truepage.examples.script import find_script

pytestmark = pytest.mark.usefixtures("warm_workers")

Make = Callable[[Mapping[str, str | bytes]], Path]

CODE = '''\
"""The author's functions."""


def double(x):
    return 2 * x


def other(x):
    return x
'''

PAGE = """\
# Examples

```python
>>> from own import double
>>> double(4)
8
>>> print("a\\n\\nb")
a
<BLANKLINE>
b
>>> double("ab")[::-1]  # doctest: +ELLIPSIS
'ba...'
>>> double(None)
Traceback (most recent call last):
TypeError: unsupported operand type(s) for *: 'int' and 'NoneType'
```

Prose.

```python
>>> double(5)
10
```
"""

OPTIONS = "[tool.truepage]\nexamples = true\n"
FILES = {
    "pyproject.toml": OPTIONS,
    "src/own.py": CODE,
    "docs/index.md": PAGE,
    "figures/none.py": "",
}


def problems(root: Path, text: str) -> list[tuple[int, str]]:
    """Return what is wrong with a page's examples: the number of the page's line, and a message."""
    script = find_script(text.split("\n"))
    assert script
    found = Examples(BuildContext(find_project(root))).wrong("docs/index.md", script)
    return [(script.lines[line] + 1, words) for line, words in found]


def runs(root: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many tasks it takes to know that a page's examples are right."""
    ran: list[str] = []

    def watched(context: BuildContext, tasks: object, **options: object) -> object:
        batch = run_tasks(context, tasks, **options)  # type: ignore[arg-type]
        ran.extend(batch.done)
        return batch

    monkeypatch.setattr("truepage.examples.examples.run_tasks", watched)
    assert problems(root, text) == []
    return len(ran)


def test_what_doctest_accepts_is_right(make: Make) -> None:
    """Values, printed lines, its directives, and errors that are expected."""
    assert problems(make(FILES), PAGE) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("\n8\n", "\n9\n", 5, "the example `double(4)` gives 8, and the page says 9."),
        ("\n10\n", "\n", 21, "the example `double(5)` gives 10, and the page says nothing."),
        (
            "\nb\n>>> double(",
            "\nc\n>>> double(",
            7,
            'the example `print("a\\n\\nb")` gives\n    a\n    <BLANKLINE>\n    b\n'
            "and the page says\n    a\n    <BLANKLINE>\n    c",
        ),
        (
            "double(5)",
            "double(None)",
            21,
            "the example `double(None)` raises TypeError: unsupported operand type(s) for *: 'int' "
            "and 'NoneType'\n    src/own.py:5: return 2 * x",
        ),
        ("double(5)", "exit(3)", 21, "the example `exit(3)` raises SystemExit: 3"),
        (">>> double(5)", ">>>double(5)", 21, "an example cannot be read: it lacks blank after"),
        ("double(4)", "double(", 5, "the example `double(` raises SyntaxError: '(' was never"),
    ],
)
def test_a_wrong_example_has_its_line_and_both_results(
    make: Make, old: str, new: str, line: int, words: str
) -> None:
    """What it gives, what the page says, and where in the author's code it failed."""
    assert old in PAGE
    found = problems(make(FILES), PAGE.replace(old, new))
    assert found[0][0] == line
    assert found[0][1].startswith(words)


def test_after_an_error_nothing_more_is_said(make: Make) -> None:
    """The rest only follows from it; before it every wrong example is named."""
    text = PAGE.replace("\n8\n", "\n9\n").replace("from own import double", "from own import doubl")
    assert [line for line, _ in problems(make(FILES), text)] == [4]
    text = PAGE.replace("\n8\n", "\n9\n").replace("\n10\n", "\n11\n")
    assert [line for line, _ in problems(make(FILES), text)] == [5, 21]


def test_examples_run_again_exactly_when_what_they_used_changed(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not when prose moves them, nor when another function of the same file is edited."""
    root = make(FILES)
    assert runs(root, PAGE, monkeypatch) == 1
    assert runs(root, PAGE, monkeypatch) == 0
    assert runs(root, f"More.\n\n{PAGE}".replace("Prose", "Other prose"), monkeypatch) == 0
    (root / "src/own.py").write_text(CODE.replace("return x\n", "return -x\n"))
    assert runs(root, PAGE, monkeypatch) == 0
    (root / "src/own.py").write_text(CODE.replace("2 * x", "x * 2"))
    with pytest.raises(AssertionError, match="unsupported"):  # its error has other words now
        runs(root, PAGE, monkeypatch)
    (root / "src/own.py").write_text(CODE)
    assert runs(root, PAGE.replace("double(5)", "double(2) + 6"), monkeypatch) == 1


def test_an_edit_that_makes_an_example_wrong_is_found(make: Make) -> None:
    """The page has not changed; the code has."""
    root = make(FILES)
    assert problems(root, PAGE) == []
    (root / "src/own.py").write_text(CODE.replace("2 * x", "3 * x"))
    assert [line for line, _ in problems(root, PAGE)] == [5, 21]


def test_an_example_that_kills_its_process_is_a_message(make: Make) -> None:
    """At the first example of the page, for which it was is not known."""
    found = problems(make(FILES), "```py\n>>> import os\n>>> os._exit(7)\n```")
    assert [line for line, _ in found] == [2]
    assert "ended the process with code 7" in found[0][1]


def test_an_example_that_leaves_the_folder_is_a_message_as_well(make: Make) -> None:
    """Where the project is does not depend on where its examples go."""
    text = "```py\n>>> import os\n>>> os.chdir('/')\n>>> 1 / 0\n```"
    assert problems(make(FILES), text) == [
        (4, "the example `1 / 0` raises ZeroDivisionError: division by zero")
    ]


def test_the_command_lists_examples_and_fails_on_wrong_ones(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row for each block, and one for each example that is wrong."""
    root = make(FILES)
    assert main(["--root", str(root), "equations", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["line"], row["tex"], row["status"]) for row in rows] == [
        (4, "from own import double", "run"),
        (21, "double(5)", "run"),
    ]
    (root / "docs/index.md").write_text(PAGE.replace("\n10\n", "\n11\n"))
    assert main(["--root", str(root), "equations"]) == 1
    out, err = capsys.readouterr()
    assert "1 run, 1 refuted." in out
    assert err == (
        "truepage: docs/index.md:21: the example `double(5)` gives 10, and the page says 11.\n"
    )


def test_a_site_with_a_wrong_example_is_not_built(make: Make) -> None:
    """Each problem has its file, and its line and column unless a snippet has brought it."""
    mkdocs = (
        "site_name: S\nplugins: [truepage]\ntheme: { name: material, font: false }\n"
        "markdown_extensions: [pymdownx.superfences, admonition, {pymdownx.snippets: "
        "{base_path: [parts]}}]\n"
    )
    wrong = PAGE.replace("\n10\n", "\n11\n")
    inside = "".join(f"    {line}\n" if line else "\n" for line in wrong.split("\n"))
    root = make({**FILES, "mkdocs.yml": mkdocs, "parts/part.md": PAGE})
    assert build(root).returncode == 0
    (root / "docs/index.md").write_text(f"---\ntitle: T\n---\n{wrong}")
    (root / "docs/note.md").write_text(f"# Note\n\n!!! note\n\n{inside}")
    (root / "docs/with.md").write_text('# With\n\n--8<-- "part.md"\n')
    (root / "parts/part.md").write_text(wrong)
    done = build(root)
    assert done.returncode == 1
    words = "the example `double(5)` gives 10, and the page says 11."
    assert f"docs/index.md:24:1: {words}" in done.stderr
    assert f"docs/note.md:25:5: {words}" in done.stderr
    assert f"docs/with.md: {words}" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_is_run_unless_it_is_asked_for(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pages that were there before may hold what nobody meant to be run."""
    page = "```python\n>>> import os\n>>> os._exit(7)\n0\n```\n"
    mkdocs = "site_name: S\nplugins: [truepage]\ntheme: readthedocs\n"
    root = make({**FILES, "pyproject.toml": "", "mkdocs.yml": mkdocs, "docs/index.md": page})
    done = build(root)
    assert done.returncode == 0, done.stderr
    assert "What follows `>>>` is not run (docs/index.md)" in done.stderr
    assert main(["--root", str(root), "equations"]) == 0
    assert "no equation" in capsys.readouterr().out


def test_plain_markdown_runs_them_as_well(make: Make) -> None:
    """Any host of the extension is stopped."""
    root = make(FILES)
    options = {"truepage": {"root": str(root)}}
    markdown.markdown(PAGE, extensions=["truepage"], extension_configs=options)
    with pytest.raises(PageError, match=r"page:21:1: the example `double.5.` gives 10"):
        markdown.markdown(
            PAGE.replace("\n10\n", "\n11\n"), extensions=["truepage"], extension_configs=options
        )


def test_what_cannot_be_followed_is_said(make: Make) -> None:
    """Such examples are run every time."""
    root = make(FILES)
    script = find_script(["```python", ">>> import time", ">>> time.time() > 0", "True", "```"])
    assert script
    for _ in range(2):
        examples = Examples(BuildContext(find_project(root)))
        assert examples.wrong("docs/index.md", script) == []
        (warning,) = examples.warnings
        assert warning.startswith("docs/index.md: what follows `>>>` ")
        assert "which cannot be followed; it is run every time" in warning
