"""Notebooks: when they are executed, what a page gets of them, and what is refused."""

import json
import re
import zipfile
from collections.abc import Mapping
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

import nbformat
import pytest

from truepage import pool
from truepage.build import Batch, run_jobs
from truepage.errors import DeclarationError
from truepage.job import Product
from truepage.notebooks.downloads import archive, executed, script
from truepage.notebooks.notebook import Notebook, execution, find_notebooks, read_notebooks
from truepage.notebooks.options import Options, read_options
from truepage.notebooks.page import notebook_page, renderings
from truepage.project import find_project
from truepage.workshop import Standing, Workshop

pytestmark = pytest.mark.usefixtures("warm_workers")

LIBRARY = """\
SCALE = 3
OTHER = 4


def triple(x):
    return SCALE * x


def unused(x):
    return x
"""

NOTEBOOK = """\
# %% [markdown]
# # A title
#
# Prose.

# %%
from library import triple

# %%
print(triple(14))
"""

DRAWS = """\
# %%
# fig: line — A caption with $x$.
# alt: A line that rises,
#   from 0 to 1.
import matplotlib.pyplot as plt

_, axes = plt.subplots(figsize=(2, 1))
_ = axes.plot([0, 1])
"""


def read(root: Path) -> tuple[Workshop, dict[str, Notebook]]:
    """Return the notebooks in `docs/`."""
    workshop = Workshop(find_project(root))
    docs = workshop.project.root / "docs"
    (root / "figures").mkdir(exist_ok=True)
    paths = find_notebooks(docs)
    found = read_notebooks(workshop.project, paths, docs, workshop.figures(), workshop.index)
    return workshop, found


def execute(root: Path) -> Batch:
    """Bring the notebooks in `docs/` up to date."""
    workshop, notebooks = read(root)
    return run_jobs(workshop, map(execution, notebooks.values()))


def one(batch: Batch) -> Product:
    """Return what came of the only notebook."""
    assert batch.failures == ()
    (product,) = batch.products.values()
    return product


def shown(product: Product) -> list[str]:
    """Return all that the cells of a notebook show."""
    return [output["text"] for cell in product.facts["cells"].values() for output in cell]


def refusal(root: Path, code: str, path: str = "docs/a.py") -> str:
    """Return why a notebook with one cell cannot be used."""
    text = f"# %%\n{code}\n"
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")
    try:
        batch = execute(root)
    except DeclarationError as error:
        return str(error)
    (failure,) = batch.failures
    return failure.message


@pytest.fixture
def project(make: Any) -> Path:
    """Root of a project with a notebook that uses a library."""
    root: Path = make({"src/library.py": LIBRARY, "docs/a.py": NOTEBOOK})
    return root


# When it is executed.


def edit(path: Path, before: str, after: str) -> None:
    """Change a file."""
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("docs/a.py", "Prose.", "Other prose."),
        ("docs/a.py", "print(triple(14))", "print( triple(14) )  # a comment"),
        ("docs/a.py", "# %%\nprint", "# %% [markdown]\n# More.\n\n# %%\nprint"),
        ("src/library.py", "return x", "return x + 1"),
        ("src/library.py", "OTHER = 4", "OTHER = 5"),
        ("src/library.py", "def unused", "# More.\n\n\ndef unused"),
    ],
)
def test_what_its_code_does_not_touch_executes_nothing(
    project: Path, file: str, before: str, after: str
) -> None:
    """Prose, comments, functions that did not run, constants that nobody mentions."""
    assert shown(one(execute(project))) == ["42\n"]
    edit(project / file, before, after)
    assert execute(project).done == {}


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("docs/a.py", "triple(14)", "triple(15)"),
        ("docs/a.py", "# %%\nprint", "# %%\n'more'\n\n# %%\nprint"),
        ("src/library.py", "SCALE = 3", "SCALE = 5"),
        ("src/library.py", "SCALE * x", "SCALE * x + 1"),
    ],
)
def test_what_its_code_touches_executes_it(
    project: Path, file: str, before: str, after: str
) -> None:
    """Cells, a function that ran, a constant that this function reads."""
    assert shown(one(execute(project))) == ["42\n"]
    edit(project / file, before, after)
    batch = execute(project)
    assert batch.done.keys() == {"notebook-a"}
    assert shown(one(batch)) != ["42\n"]


def test_cells_that_changed_are_the_reason(project: Path) -> None:
    """Not that it was never executed; what it then touched and how long it took is known."""

    def standing() -> Standing:
        workshop, notebooks = read(project)
        return workshop.standing(execution(notebooks["a"]))

    assert (standing().status, standing().reasons) == ("missing", ("it was never executed",))
    execute(project)
    known = standing()
    assert known.status == "fresh"
    edit(project / "docs/a.py", "triple(14)", "triple(15)")
    assert (standing().status, standing().reasons) == ("stale", ("its cells changed",))
    assert (standing().trace, standing().seconds) == (known.trace, known.seconds)
    assert execute(project).done == {"notebook-a": ("its cells changed",)}
    edit(project / "docs/a.py", "triple(15)", "triple(14)")
    assert standing().status == "fresh"


def test_a_file_that_it_reads_counts_and_is_found_beside_it(make: Any) -> None:
    """The working directory is the notebook's folder, as in Jupyter."""
    root = make(
        {"docs/deep/data.txt": "one", "docs/deep/a.py": "# %%\nprint(open('data.txt').read())"}
    )
    assert shown(one(execute(root))) == ["one\n"]
    assert execute(root).done == {}
    (root / "docs/deep/data.txt").write_text("two")
    assert shown(one(execute(root))) == ["two\n"]


def test_only_the_notebook_that_uses_a_function_is_executed(project: Path) -> None:
    """Of two, when the library of one is edited."""
    (project / "docs/b.py").write_text("# %%\nfrom library import unused\n\nprint(unused(1))\n")
    assert len(execute(project).done) == 2
    edit(project / "src/library.py", "return x", "return x + 1")
    assert execute(project).done.keys() == {"notebook-b"}


def test_an_unchanged_notebook_starts_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No process, and jupytext is not imported."""
    execute(project)
    monkeypatch.setattr(pool.Pool, "_start", lambda *_: pytest.fail("a worker was started"))
    never = "truepage.notebooks.notebook._read"
    monkeypatch.setattr(never, lambda *_: pytest.fail("a file was read"))
    assert execute(project).done == {}


def test_chance_is_seeded_and_unseeded_draws_are_told(make: Any) -> None:
    """The global generators have a fixed seed; one that takes its seed from the machine is told."""
    root = make({"docs/a.py": "# %%\nimport numpy as np\n\nprint(np.random.rand())"})
    first = shown(one(execute(root)))
    (root / "docs/a.py").write_text("# %%\nimport numpy as np\n\nprint(np.random.rand() + 0)")
    assert shown(one(execute(root))) == first
    (root / "docs/a.py").write_text(
        "# %%\nimport numpy as np\n\nprint(np.random.default_rng().random())"
    )
    batch = execute(root)
    assert "draws random numbers without a seed" in batch.warnings[0]
    assert execute(root).done


def test_two_notebooks_do_not_see_each_other(make: Any) -> None:
    """Global state that one leaves, in a module or in matplotlib's settings, the other has not."""
    text = """\
# %%
import builtins

import matplotlib.pyplot as plt

import library

print(library.SCALE, plt.rcParams["font.size"] == 33, hasattr(builtins, "left"))
library.SCALE, plt.rcParams["font.size"], builtins.left = 9, 33, 1
_ = plt.figure()
plt.close("all")
"""
    root = make({"src/library.py": LIBRARY, "docs/a.py": text, "docs/b.py": text})
    batch = execute(root)
    assert [shown(product) for product in batch.products.values()] == [["3 False False\n"]] * 2


# What a page gets.


def page(root: Path, options: Options | None = None) -> str:
    """Return the Markdown of the only notebook's page."""
    workshop, notebooks = read(root)
    (notebook,) = notebooks.values()
    product = one(run_jobs(workshop, [execution(notebook)]))
    return notebook_page(notebook, product, options or Options()).text


def test_a_page_is_prose_code_and_what_the_code_shows(project: Path) -> None:
    """In Markdown that the site's extensions set."""
    assert (
        page(project)
        == """\
# A title

Prose.

``` { .python }
from library import triple
```

``` { .python }
print(triple(14))
```

``` { .text .truepage-output .no-copy }
42
```

"""
    )


def test_every_line_of_a_page_knows_where_it_is_from(project: Path) -> None:
    """So that a message names the author's line."""
    workshop, notebooks = read(project)
    (notebook,) = notebooks.values()
    product = one(run_jobs(workshop, [execution(notebook)]))
    made = notebook_page(notebook, product, Options())
    places = dict(zip(made.text.split("\n"), made.places, strict=True))
    assert places["# A title"] == "docs/a.py:2"
    assert places["Prose."] == "docs/a.py:4"
    assert places["print(triple(14))"] == "docs/a.py:10"


def test_formulas_between_dollars_become_those_of_pages(make: Any) -> None:
    """Inline and display, not in code, not prices."""
    text = """\
# %% [markdown]
# With $x^2$ and `$y$` and \\$5, or 5 $ and 6 $, $`z`$.
#
# $$
# % label: eq-a
# a = b
# $$
#
# $$c = d$$
#
# ```
# $e$
# ```
"""
    assert (
        page(make({"docs/a.py": text}))
        == """\
With $`x^2`$ and `$y$` and $5, or 5 $ and 6 $, $`z`$.


```math
% label: eq-a
a = b
```



```math
c = d
```


```
$e$
```

"""
    )


def test_answers_are_folded_together(make: Any) -> None:
    """Cells with the tag `answer` that follow each other are one answer."""
    text = (
        "# %% [markdown]\n# Why?\n\n"
        '# %% [markdown] tags=["answer"]\n# So.\n\n'
        '# %% tags=["answer"]\nprint(1)\n\n'
        "# %% [markdown]\n# Next."
    )
    assert (
        page(make({"docs/a.py": text}))
        == """\
Why?

??? success "Answer"

    So.

    ``` { .python }
    print(1)
    ```

    ``` { .text .truepage-output .no-copy }
    1
    ```

Next.

"""
    )


def test_a_figure_is_as_those_of_the_site(make: Any) -> None:
    """With caption, alternative text over two lines, data and colours of the page."""
    root = make({"docs/a.py": DRAWS})
    text = page(root)
    assert text.endswith("![A caption with $`x`$.](figure:line)\n\n")
    assert "# fig" not in text
    assert "# alt" not in text
    workshop, notebooks = read(root)
    product = one(execute(root))
    rendering = renderings(notebooks["a"], product)["line"]
    assert rendering.alt == "A line that rises, from 0 to 1."
    assert (rendering.width, rendering.height) == (192, 96)
    assert b"var(--" in rendering.content
    assert b"csv" not in rendering.content
    assert set(rendering.product.files) >= {"svg", "csv"}
    assert workshop.index is not None


@pytest.mark.parametrize(
    "end", ["plt.show()", "axes.figure", "display(axes.figure)", "pass  # it is left open"]
)
def test_a_figure_is_shown_once_however_it_is_shown(make: Any, end: str) -> None:
    """By show(), as the last value, by display(), or left open."""
    root = make({"docs/a.py": f"{DRAWS}{end}\n"})
    product = one(execute(root))
    assert [o["kind"] for cell in product.facts["cells"].values() for o in cell] == ["figure"]


def test_stored_outputs_are_ignored(make: Any) -> None:
    """What an .ipynb says that its cells gave is not what they give."""
    document = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("Grüße"),
            nbformat.v4.new_code_cell(
                "print('é' * 3)\n1 + 1",
                outputs=[nbformat.v4.new_output("stream", text="stored")],
                execution_count=7,
            ),
        ]
    )
    root = make({"docs/a.ipynb": nbformat.writes(document)})
    assert shown(one(execute(root))) == ["ééé\n", "2"]
    assert "stored" not in page(root)


def test_what_is_shown_is_plain(make: Any) -> None:
    """No colours, no lines that were written over; a warning without a path."""
    code = r"""
import warnings

print("\x1b[31mred\x1b[0m")
print("10 %\r20 %\r100 %")
warnings.warn("beware")
"""
    assert shown(one(execute(make({"docs/a.py": f"# %%{code}"})))) == [
        "red\n100 %\nUserWarning: beware\n"
    ]


def test_values_are_shown_as_markdown_latex_or_html(make: Any) -> None:
    """The best form that a page can have; scripts and styles never."""
    code = """\
from IPython.display import HTML, Latex, Markdown, display

display(Markdown("**bold** $x$"), Latex("$$a$$"), HTML("<table></table>"))
HTML("<script>alert()</script>")
"""
    text = page(make({"docs/a.py": f"# %%\n{code}"}))
    assert "**bold** $`x`$\n" in text
    assert "```math\na\n```" in text
    assert '<div class="truepage-result">\n<table></table>\n</div>' in text
    assert "alert" not in text.partition("```\n")[2]


def test_a_cell_may_be_there_to_raise(make: Any) -> None:
    """Its tag says so, as in Jupyter; then not to raise is the mistake."""
    cell = '# %% tags=["raises-exception"]\n{}\n'
    root = make({"docs/a.py": cell.format("1 / 0")})
    assert shown(one(execute(root))) == ["ZeroDivisionError: division by zero"]
    (root / "docs/a.py").write_text(cell.format("1 / 1"))
    assert "raised nothing" in execute(root).failures[0].message


def test_tags_and_options_hide_what_they_name(make: Any) -> None:
    """As mkdocs-jupyter has them."""
    text = '# %% tags=["a"]\nprint(1)\n\n# %% tags=["b"]\nprint(2)\n\n# %% tags=["c"]\nprint(3)\n'
    root = make({"docs/a.py": text})
    options = read_options(
        {
            "execute": True,
            "remove_tag_config": {
                "remove_cell_tags": ["a"],
                "remove_all_outputs_tags": ["b"],
                "remove_input_tags": ["c"],
            },
        }
    )
    found = page(root, options)
    assert "1" not in found
    assert re.findall(r"^(?:print\(.\)|\d)$", found, re.MULTILINE) == ["print(2)", "3"]
    assert "print" not in page(root, read_options({"show_input": False}))


@pytest.mark.parametrize(
    "option",
    [
        {"execute": False},
        {"execute_ignore": ["x.py"]},
        {"include_requirejs": True},
        {"custom_mathjax_url": "https://x.example"},
        {"kernel_name": "ir"},
        {"data_files": {"a": ["b"]}},
        {"remove_tag_config": {"remove_single_output_tags": ["x"]}},
    ],
)
def test_an_option_that_cannot_be_honoured_is_an_error(option: Mapping[str, Any]) -> None:
    """And says what was expected."""
    with pytest.raises(DeclarationError, match=f"mkdocs-jupyter: {next(iter(option))} .*expected"):
        read_options(option)


# What readers take away.


def test_the_notebook_to_take_away_is_valid_and_has_the_results(make: Any) -> None:
    """It passes nbformat's own check; an answer is folded in JupyterLab."""
    root = make({"docs/a.py": DRAWS + '\n# %% tags=["answer"]\nprint(1)\n2\n'})
    _, notebooks = read(root)
    content = executed(notebooks["a"], one(execute(root)))
    document = nbformat.reads(content.decode(), as_version=4)
    nbformat.validate(document)
    figure, text = document.cells
    assert figure.source.startswith("# fig: line — A caption with $x$.\n# alt: A line")
    assert "<svg" in figure.outputs[0].data["image/svg+xml"]
    assert [output.output_type for output in text.outputs] == ["stream", "display_data"]
    assert text.metadata.jupyter.source_hidden is True


def test_the_archive_has_all_that_the_recording_names(project: Path) -> None:
    """The library, the data, and the versions of packages; it is the same each time."""
    (project / "docs/data.txt").write_text("7")
    edit(project / "docs/a.py", "print(", "import markdown\nprint(open('data.txt').read(), ")
    workshop, notebooks = read(project)
    job = execution(notebooks["a"])
    product = one(run_jobs(workshop, [job]))
    trace = workshop.standing(job).trace
    itself = {
        "ipynb": executed(notebooks["a"], product),
        "py": script(workshop.project, notebooks["a"]),
    }
    content = archive(workshop.project, notebooks["a"], itself, trace)
    assert content
    assert archive(workshop.project, notebooks["a"], itself, trace) == content
    with zipfile.ZipFile(BytesIO(content)) as packed:
        assert packed.namelist() == [
            "a/a.ipynb",
            "a/a.py",
            "a/data.txt",
            "a/library.py",
            "a/requirements.txt",
        ]
        required = packed.read("a/requirements.txt").decode().splitlines()
        assert {"jupyterlab", *(f"{name}=={version(name)}" for name in ("numpy", "markdown"))} <= {
            *required
        }
        assert required == sorted(required)
        assert json.loads(packed.read("a/a.ipynb"))["nbformat"] == 4


# What is refused.


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
        ("print('x' * 10**9)", "cell 1 shows more than 20000 characters"),
        (
            "while True:\n    try:\n        print('x' * 999)\n    except Exception:\n        break",
            "cell 1 shows more than 20000 characters",
        ),
        ("x = bytearray(10**10)", "needs more than 4096 MiB of memory"),
        (
            "import matplotlib.pyplot as plt\nplt.plot([1])",
            r"cell 1 draws a figure that has no name, caption and alt text",
        ),
        ("# fig: a — B.\n# alt: C.\n1", r"cell 1 draws no figure, and `# fig:` names one, 'a'"),
        (
            "# fig: a — B.\n# alt: C.\nimport matplotlib.pyplot as p\np.figure()\n_ = p.figure()",
            "cell 1 draws two figures",
        ),
        ("# fig: a — B.\n1", r"docs/a\.py:2: the figure of cell 1 has no alt text"),
        ("# alt: B.\n1", r"docs/a\.py:2: the figure of cell 1 has no name and caption"),
        ("# fig: ä — B.\n# alt: C.\n1", r"docs/a\.py:2: a figure cannot be named 'ä'"),
        ("x = 1\n!ls", r"docs/a\.py:3: '!ls' is no Python, in cell 1"),
        ("%timeit 1", r"docs/a\.py:2: '%timeit 1' is no Python, in cell 1"),
        ("%%html\n<b>", r"docs/a\.py:2: '%%html' is no Python"),
        ("print?", r"docs/a\.py:2: 'print\?' is no Python"),
        ("x = 1\ny = (", r"docs/a\.py:3: cell 1 is not valid Python: '\(' was never closed"),
        ("return 1", r"docs/a\.py:2: cell 1 is not valid Python: 'return' outside function"),
    ],
)
def test_what_no_page_can_have_is_told_with_its_line(make: Any, code: str, words: str) -> None:
    """Notebook, cell and line; nothing of it ends the build without a word."""
    message = refusal(make({}), code)
    assert re.search(words, message), message
    assert "docs/a.py" in message


def test_a_cell_that_never_ends_is_stopped(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time that a job has; the message says which it is."""
    monkeypatch.setattr(pool, "TIMEOUT", 1.0)
    message = refusal(make({}), "1\n\n# %%\n# Words.\nwhile True:\n    pass")
    assert message == (
        "docs/a.py: notebook 'a': cell 2 was not done after 1 s; expected it to end\n"
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
            '{"cells": [], "metadata": {"kernelspec": {"name": "ir", "language": "R", '
            '"display_name": "R"}}, "nbformat": 4, "nbformat_minor": 5}',
            "docs/a.ipynb: is a notebook in 'R'; expected Python",
        ),
    ],
)
def test_what_is_no_notebook_in_python_is_told(make: Any, content: str | bytes, words: str) -> None:
    """Broken JSON, another language."""
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


def test_an_edit_outside_the_code_keeps_the_answer_right(project: Path) -> None:
    """Lines that moved are told as they are now."""
    edit(project / "docs/a.py", "print(triple(14))", "print(triple('a') / 2)")
    message = execute(project).failures[0].message
    assert "docs/a.py:10: print(triple('a') / 2)" in message
    edit(project / "docs/a.py", "# Prose.", "# Prose.\n#\n# More.")
    assert "docs/a.py:12: print(triple('a') / 2)" in execute(project).failures[0].message
