"""What a page gets of a notebook."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from notebook_projects import DRAWS, LIBRARY, NOTEBOOK, execute, one, page, read, shown

from truepage.engine.batch import run_tasks
from truepage.notebooks.notebook import execution
from truepage.notebooks.notebook_page import notebook_page, renderings
from truepage.notebooks.options import Options, read_options
from truepage.notebooks.outputs import best

pytestmark = pytest.mark.usefixtures("warm_workers")


@pytest.fixture
def project(make: Any) -> Path:
    """Root of a project with a notebook that uses a library."""
    root: Path = make({"src/library.py": LIBRARY, "docs/a.py": NOTEBOOK})
    return root


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
    context, notebooks = read(project)
    (notebook,) = notebooks.values()
    product = one(run_tasks(context, [execution(notebook)]))
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
    context, notebooks = read(root)
    product = one(execute(root))
    rendering = renderings(notebooks["a"], product)["line"]
    assert rendering.alt == "A line that rises, from 0 to 1."
    assert (rendering.width, rendering.height) == (192, 96)
    assert b"var(--" in rendering.content
    assert b"csv" not in rendering.content
    assert set(rendering.product.files) >= {"svg", "csv"}
    assert context.index is not None


def test_a_figure_may_be_described_in_the_cell_s_metadata(make: Any) -> None:
    """It is the same figure as one that comments describe, on the same page."""
    code = DRAWS.partition("  from 0 to 1.\n")[2].strip()
    cell = nbformat.v4.new_code_cell(
        code,
        metadata={
            "fig": "line — A caption with $x$.",
            "alt": "A line that rises, from 0 to 1.",
        },
    )
    text = nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))
    root = make({"docs/a.py": DRAWS})
    shown_page, files = page(root), one(execute(root)).files
    (root / "docs/a.py").unlink()
    (root / "docs/a.ipynb").write_text(text)
    assert (page(root), one(execute(root)).files) == (shown_page, files)


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
    options, _ = read_options(
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
    assert "print" not in page(root, read_options({"show_input": False})[0])


@pytest.mark.parametrize(
    "option",
    [
        {"include_requirejs": True},
        {"custom_mathjax_url": "https://x.example"},
        {"kernel_name": "ir"},
        {"data_files": {"a": ["b"]}},
        {"remove_tag_config": {"remove_single_output_tags": ["x"]}},
    ],
)
def test_an_option_that_does_nothing_is_told(option: Mapping[str, Any]) -> None:
    """A site that has it is built; the note says why it makes no difference."""
    options, (note,) = read_options({"execute": True, **option})
    assert options == Options()
    assert next(iter(option)) in note
    assert "does nothing" in note or "do nothing" in note


def test_a_site_says_which_notebooks_are_run() -> None:
    """As mkdocs-jupyter has it: all, none, or all but some."""
    options, notes = read_options({"execute": True, "execute_ignore": ["old/*"]})
    assert notes == []
    assert options.runs(Path("docs/a.ipynb"))
    assert not options.runs(Path("docs/old/a.ipynb"))
    assert not read_options({"execute": False})[0].runs(Path("docs/a.ipynb"))


def test_magics_run_or_have_nothing_to_do(make: Any) -> None:
    """Commands of the system, cells in other languages; what measures leaves no numbers."""
    cells = [
        "!echo out; echo err >&2\nfiles = !echo a b\nprint(files)",
        "%%time\nx = 1 + 1\nx",
        "%%bash\necho $((6 * 7))",
        "%timeit 1 / 0\nprint?\n%pip install nothing\n%time print('done')",
        "%%latex\n\\alpha + \\beta",
    ]
    document = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    root = make({"docs/a.ipynb": nbformat.writes(document)})
    assert shown(one(execute(root))) == [
        "out\nerr\n['a b']\n", "2", "42\n", "done\n", "\\alpha + \\beta\n"
    ]  # fmt: skip
    assert "```math\n\\alpha + \\beta\n```" in page(root)


def test_a_cell_may_wait(make: Any) -> None:
    """As in Jupyter, `await` stands anywhere; the loop is that of the whole notebook."""
    code = """# %%
import asyncio

task = asyncio.get_running_loop().create_task(asyncio.sleep(0, "later"))
await asyncio.sleep(0)
print("now")

# %%
await task
"""
    assert shown(one(execute(make({"docs/a.py": code})))) == ["now\n", "'later'"]


def test_pictures_without_a_name_are_shown(make: Any) -> None:
    """One after the other, without number and caption."""
    code = """# %%
import matplotlib.pyplot as plt

for ends in ([0, 1], [1, 0]):
    plt.figure(figsize=(2, 1))
    plt.plot(ends)
"""
    root = make({"docs/sub/a b.py": code})
    product = one(execute(root))
    assert {name: facts["named"] for name, facts in product.facts["figures"].items()} == {
        "sub-a-b-cell-1": False,
        "sub-a-b-cell-1-2": False,
    }
    assert "![](figure:sub-a-b-cell-1)\n\n![](figure:sub-a-b-cell-1-2)" in page(root)


def test_tags_of_other_writers_hide_and_fold(make: Any) -> None:
    """Those of MyST-NB, nbsphinx and JupyterLab."""
    cells = [
        nbformat.v4.new_code_cell(f"print({at})", metadata=metadata)
        for at, metadata in enumerate(
            (
                {"tags": ["remove-input"]},
                {"tags": ["remove-output"]},
                {"tags": ["remove-cell"]},
                {"nbsphinx": "hidden"},
                {"tags": ["hide-input"]},
                {"tags": ["hide-output"]},
                {"tags": ["hide-cell"]},
                {"jupyter": {"source_hidden": True}},
            )
        )
    ]
    text = page(make({"docs/a.ipynb": nbformat.writes(nbformat.v4.new_notebook(cells=cells))}))
    lines = [line for line in text.split("\n") if line.strip() and "```" not in line]
    assert lines == [
        "0",
        "print(1)",
        '??? note "Code"', "    print(4)", "4",
        "print(5)", '??? note "Output"', "    5",
        '??? note "Cell"', "    print(6)", "    6",
        '??? note "Code"', "    print(7)", "7",
    ]  # fmt: skip


def test_formulas_of_notebooks_are_set(make: Any) -> None:
    """Environments without dollars, a display within a sentence, and lines that are broken."""
    text = (
        "# %% [markdown]\n# So $$x$$ and $a\n# b$, a ` here.\n#\n# There ` $c$.\n#\n"
        "# \\begin{align}\n# a &= b \\label{one}\n# \\end{align}\n#\n"
        "# \\begin{equation}\n# c\n# \\end{equation}\n#\n# \\begin{eqnarray}\n# d &=& e\n"
        "# \\end{eqnarray}\n#\n# - item\n#   $$f$$\n"
    )
    found = page(make({"docs/a.py": text}))
    assert [line.strip() for line in found.split("\n") if line.strip()] == [
        "So", "```math", "x", "```", "and $`a", "b`$, a ` here.", "There ` $`c`$.",
        "```math", r"\begin{aligned}", "a &= b", r"\end{aligned}", "```",
        "```math", "c", "```",
        "```math", r"\begin{aligned}", "d &= e", r"\end{aligned}", "```",
        "- item", "```math", "f", "```",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "kinds", "words"),
    [
        ({"text/html": "<style scoped>x</style><table></table>"}, ["html"], "<table></table>"),
        ({"text/html": "<style>p{}</style>"}, ["html"], "<style>@scope{p{}}</style>"),
        ({"text/html": "<script></script>", "text/plain": "a"}, ["text", "note"], "a"),
        ({"text/html": "<b onclick='x()'>"}, ["note"], "Its HTML is not shown: `onclick='`"),
        ({"image/png": "iVBORw==", "text/plain": "a"}, ["image"], "iVBORw=="),
        ({"video/mp4": "x"}, ["note"], "Not shown: video/mp4."),
        (
            {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "IntSlider(value=3)"},
            ["note"],
            "A widget (IntSlider) is not shown: it needs a running notebook.",
        ),
    ],
)
def test_the_best_form_that_a_page_can_have_is_shown(
    data: Mapping[str, Any], kinds: list[str], words: str
) -> None:
    """What is not is told."""
    found = best(data)
    assert [output["kind"] for output in found] == kinds
    assert found[0]["text"].startswith(words.partition("='`")[0])
