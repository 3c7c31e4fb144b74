"""What is refused of notebooks, and what is no notebook."""

import re
from typing import Any

import nbformat
import pytest
from notebook_projects import DRAWS, execute, one, read, refusal, shown

from truepage.engine import pool
from truepage.engine.errors import DeclarationError

pytestmark = pytest.mark.usefixtures("warm_workers")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("1 / 0", r"cell 1: ZeroDivisionError: division by zero\n    docs/a\.py:2: 1 / 0"),
        ("import sys\nsys.exit(3)", r"cell 1: SystemExit: 3\n    docs/a\.py:3: sys\.exit\(3\)"),
        ("exit()", r"cell 1: SystemExit: exit\(\) would end the notebook; .*\n.*a\.py:2: exit\(\)"),
        ("input('?')", r"cell 1: EOFError: input\(\) asks a reader who is not there"),
        ("import os\nos._exit(3)", "ended the process with code 3"),
        ("object()", r"cell 1 shows an object's address .*'<object at 0x"),
        ("import os\nprint(os.getcwd())", r"cell 1 shows a path of this machine"),
        ("from pathlib import Path\nprint(Path.home() / '.cache')", "a path of this machine"),
        ("import tempfile\nprint(tempfile.mkdtemp())", "cell 1 shows a path of this machine"),
        ("print('x' * 10**9)", "cell 1 shows more than 20000 characters"),
        (
            "while True:\n    try:\n        print('x' * 999)\n    except Exception:\n        break",
            "cell 1 shows more than 20000 characters",
        ),
        ("x = bytearray(10**10)", "needs more than 4096 MiB of memory"),
        ("# fig: a — B.\n# alt: C.\n1", r"cell 1 draws no figure, and `# fig:` names one, 'a'"),
        (
            "# fig: a — B.\n# alt: C.\nimport matplotlib.pyplot as p\np.figure()\n_ = p.figure()",
            "cell 1 draws two figures",
        ),
        ("# fig: a — B.\n1", r"docs/a\.py:2: the figure of cell 1 has no alt text"),
        ("# alt: B.\n1", r"docs/a\.py:2: the figure of cell 1 has no name and caption"),
        ("# fig: ä — B.\n# alt: C.\n1", r"docs/a\.py:2: a figure cannot be named 'ä'"),
        ("x = 1\n!exit 3", r"cell 1: OSError: `exit 3` ended with code 3\n    docs/a\.py:3"),
        ("%nothing 1", r"cell 1: UsageError: Line magic function `%nothing` not found"),
        ("x = 1\ny = (", r"docs/a\.py:3: cell 1 is not valid Python: '\(' was never closed"),
        ("return 1", r"docs/a\.py:2: cell 1 is not valid Python: 'return' outside function"),
    ],
)
def test_what_no_page_can_have_is_told_with_its_line(make: Any, code: str, words: str) -> None:
    """Notebook, cell and line; nothing of it ends the build without a word."""
    message = refusal(make({}), code)
    assert re.search(words, message), message
    assert "docs/a.py" in message


def test_words_that_look_like_folders_are_shown(make: Any) -> None:
    """A folder that every machine has is no secret, nor is what only begins with its name."""
    words = "/tmp /tmpfile a/tmp/b /usr/bin/env https://a.b/tmp/c"  # noqa: S108 (words)
    root = make({"docs/a.py": f"# %%\nprint('{words}')"})
    assert shown(one(execute(root))) == [f"{words}\n"]


def test_a_cell_that_never_ends_is_stopped(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time that a task has; the message says which it is."""
    monkeypatch.setattr(pool, "TIMEOUT", 1.0)
    message = refusal(make({}), "1\n\n# %%\n# Words.\nwhile True:\n    pass")
    assert message == (
        "docs/a.py: notebook 'a': cell 2 was not done after 1 s of processor time; "
        "expected it to end\n"
        "    docs/a.py:5: # Words."
    )


def test_a_cell_that_ends_the_process_is_told(make: Any) -> None:
    """With what was printed where no cell shows it; of earlier cells nothing is told."""
    code = "1\n\n# %%\nimport os\n_ = os.write(2, b'Oh.'), os._exit(3)"
    assert refusal(make({}), code) == (
        "docs/a.py: notebook 'a': cell 2 ended the process with code 3 before the result was "
        "finished; its last words: Oh.\n    docs/a.py:5: import os"
    )


def test_in_an_ipynb_a_line_is_told_in_its_cell(make: Any) -> None:
    """A line of its JSON would help nobody."""
    cells = [nbformat.v4.new_code_cell("1"), nbformat.v4.new_code_cell("x = 2\n\nx / 0")]
    text = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
    (failure,) = execute(make({"docs/a.ipynb": text})).failures
    assert failure.message.endswith(
        "cell 2: ZeroDivisionError: division by zero\n    docs/a.ipynb, cell 2:3: x / 0"
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "docs/a.ipynb: cannot be read as a notebook"),
        ('{"cells": 3}', "docs/a.ipynb: cannot be read as a notebook"),
        (b"\xff\xfe", "docs/a.ipynb: cannot be read as a notebook: UnicodeDecodeError"),
        (
            '{"cells": [{"cell_type": "markdown", "metadata": {}, "id": "a", '
            '"source": "![a](attachment:b.png)"}], "metadata": {}, "nbformat": 4, '
            '"nbformat_minor": 5}',
            "docs/a.ipynb, cell 1 of all: the attachment 'b.png' is not in this cell; it has none.",
        ),
    ],
)
def test_what_is_no_whole_notebook_is_told(make: Any, content: str | bytes, words: str) -> None:
    """Broken JSON, an attachment that is gone."""
    with pytest.raises(DeclarationError, match=re.escape(words)):
        read(make({"docs/a.ipynb": content}))


def test_a_notebook_without_a_kernel_is_python(make: Any) -> None:
    """Nothing else could be run."""
    text = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    assert shown(one(execute(make({"docs/a.ipynb": text})))) == []


def test_magics_that_change_nothing_may_stay(make: Any) -> None:
    """As Jupyter writes them, or commented by jupytext."""
    text = (
        "# %%\n# %matplotlib inline\n# %config InlineBackend.figure_formats = ['svg']\nprint(1)\n"
    )
    assert shown(one(execute(make({"docs/a.py": text})))) == ["1\n"]


def test_two_figures_of_one_name_are_told_with_both_places(make: Any, one_figure: str) -> None:
    """Whether in figures/ or in another notebook."""
    text = DRAWS.replace("line —", "flat —")
    with pytest.raises(DeclarationError, match=r"docs/a\.py:2: .*the first is at figures/l\.py:13"):
        read(make({"figures/l.py": one_figure, "docs/a.py": text}))
