"""What sites have that were there before Truepage: their maths, code, notebooks and folders."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from building import build

from truepage.cli import main

Make = Callable[[Mapping[str, str | bytes]], Path]

CONFIG = """\
site_name: S
theme: { name: material, font: false }
plugins: [search, truepage]
markdown_extensions: [attr_list, admonition, pymdownx.superfences, truepage]
"""
JUPYTER = CONFIG.replace("truepage]", "truepage, {mkdocs-jupyter: {include: ['nb/*']}}]", 1)
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5E"
    "rkJggg=="
)


def text_of(root: Path, page: str) -> str:
    """Return a built page without its tags."""
    html = (root / "site" / page / "index.html").read_text(encoding="utf-8")
    return re.sub(r"<annotation.*?</annotation>|<[^>]+>", "", html, flags=re.DOTALL)


def test_a_site_without_figures_and_facts_is_built(make: Make) -> None:
    """No folder of figures is needed, and no page says what nobody asked for. Python's byte order
    mark and encodings are read as Python reads them.
    """
    root = make(
        {
            "mkdocs.yml": CONFIG,
            "src/own.py": "\ufeffdef f(x):\n    return 2 * x\n",
            "src/old.py": "# coding: latin-1\nUMLAUT = 'ü'\n".encode("latin-1"),
            "docs/index.md": "# Home\n\n![](listing:own.f)\n\n![](listing:old.UMLAUT)\n\n"
            "[4](value:own.f(2))\n",
        }
    )
    done = build(root)
    assert done.returncode == 0, done.stderr
    shown = text_of(root, "")
    assert "def f(x):" in shown
    assert "UMLAUT = &#39;ü&#39;" in shown or "UMLAUT = 'ü'" in shown
    assert "to read" not in shown
    assert "Cite" not in shown


def test_maths_between_dollars_is_hinted_at(make: Make) -> None:
    """With its line, and what is expected; prices are none, nor is what arithmatex sets."""
    page = "# H\n\nFrom $5 to $6, \\$x$ and `$y$`.\n\nInline $x_1$.\n\n$$\nz\n$$\n"
    root = make({"mkdocs.yml": CONFIG, "docs/index.md": page})
    done = build(root)
    assert done.returncode == 1
    assert "docs/index.md:5: $x_1$ and 1 more is shown as it is written; expected" in done.stderr
    (root / "docs/index.md").write_text(page.replace("$x_1$", "").replace("$$", ""))
    assert build(root).returncode == 0
    (root / "docs/index.md").write_text(page)
    with_it = CONFIG.replace("attr_list", "attr_list, pymdownx.arithmatex: {generic: true}")
    (root / "mkdocs.yml").write_text(
        with_it.replace(
            "[attr_list, pymdownx.arithmatex: {generic: true}",
            "[attr_list, {pymdownx.arithmatex: {generic: true}}",
        )
    )
    done = build(root)
    assert done.returncode == 0, done.stderr
    assert 'class="arithmatex"' in (root / "site/index.html").read_text()


def test_a_site_in_a_folder_below_has_its_figures_beside_it(
    make: Make, one_figure: str, capsys: Any
) -> None:
    """The commands find them, too, from the root and from there."""
    root = make(
        {
            "book/mkdocs.yml": CONFIG,
            "book/docs/index.md": "# H\n\n![A.](figure:flat)\n",
            "book/figures/lines.py": one_figure,
        }
    )
    done = build(root / "book")
    assert done.returncode == 0, done.stderr
    for folder in (root, root / "book"):
        assert main(["--root", str(folder), "list"]) == 0
        assert "flat  fresh   book/figures/lines.py:13" in capsys.readouterr().out


def test_without_a_pyproject_the_site_is_the_project(tmp_path: Path, one_figure: str) -> None:
    """As after `mkdocs new`."""
    for path, text in {
        "mkdocs.yml": CONFIG,
        "docs/index.md": "# H\n\n![A.](figure:flat)\n",
        "figures/lines.py": one_figure,
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    done = build(tmp_path)
    assert done.returncode == 0, done.stderr


STORED = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}},
    "cells": [
        {
            "cell_type": "markdown",
            "id": "a",
            "metadata": {},
            "source": "# Stored\n\n![pic](attachment:an%20image.png)\n\n"
            "\\begin{align}\na &= b\n\\end{align}",
            "attachments": {"an image.png": {"image/png": PIXEL}},
        },
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {},
            "execution_count": 1,
            "source": "x <- c(1, 2)\nx",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["[1] 1", " 2\n"]},
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"image/png": PIXEL, "text/plain": "plot"},
                },
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "metadata": {},
                    "data": {"text/html": "<script>x</script>", "text/plain": "a table"},
                },
            ],
        },
        {
            "cell_type": "raw",
            "id": "c",
            "metadata": {"raw_mimetype": "text/latex"},
            "source": "\\newpage",
        },
        {"cell_type": "raw", "id": "d", "metadata": {}, "source": "<b>raw</b>"},
    ],
}


def test_a_notebook_that_is_not_run_shows_what_is_stored(make: Make) -> None:
    """In whatever language, with its attachments; what no page can have is told."""
    root = make(
        {
            "mkdocs.yml": JUPYTER,
            "docs/index.md": "# H\n",
            "docs/nb/stored.ipynb": json.dumps(STORED),
            "docs/nb/old.ipynb": json.dumps(
                {
                    "nbformat": 3,
                    "nbformat_minor": 0,
                    "metadata": {"name": "x"},
                    "worksheets": [
                        {
                            "metadata": {},
                            "cells": [
                                {
                                    "cell_type": "code",
                                    "input": "1+1",
                                    "language": "python",
                                    "outputs": [],
                                    "prompt_number": 1,
                                    "collapsed": False,
                                    "metadata": {},
                                }
                            ],
                        }
                    ],
                }
            ),
        }
    )
    done = build(root)
    assert done.returncode == 0, done.stderr
    shown = text_of(root, "nb/stored")
    for words in ("were stored in the notebook", "x &lt;- c(1, 2)", "[1] 1 2", "a table", "raw"):
        assert words in shown
    html = (root / "site/nb/stored/index.html").read_text()
    folder = root / "site/nb/stored"
    images = re.findall(r'<img alt="[^"]*" src="([^"]+)"', html)
    assert [folder.joinpath(image).read_bytes() for image in images] == [
        base64.b64decode(PIXEL)
    ] * 2
    assert "katex-display" in html
    assert "x</script>" not in html
    assert "newpage" not in html
    for note in (
        "docs/nb/stored.ipynb: is not run: it is in R, and only Python is.",
        "docs/nb/old.ipynb: is not run: mkdocs-jupyter is told not to.",
        "a raw cell in text/latex is for other writers than pages",
        "cell 1: Its HTML is not shown: `<script` may load or run things.",
    ):
        assert note in done.stderr


def test_a_site_may_leave_its_notebooks_to_mkdocs_jupyter(make: Make) -> None:
    """Then they are as they were before."""
    notebook = nbformat.writes(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Theirs")])
    )
    config = JUPYTER.replace("truepage, {", "truepage: {notebooks: false}, {", 1)
    config = config.replace("truepage: {notebooks: false},", "{truepage: {notebooks: false}},")
    root = make({"mkdocs.yml": config, "docs/index.md": "# H\n", "docs/nb/a.ipynb": notebook})
    done = build(root)
    assert done.returncode == 0, done.stderr
    assert "jupyter-wrapper" in (root / "site/nb/a/index.html").read_text()


def test_a_page_and_a_notebook_of_one_name_are_refused(make: Make) -> None:
    """The site would have one of them."""
    root = make(
        {
            "mkdocs.yml": JUPYTER,
            "docs/nb/a.md": "# Page\n",
            "docs/nb/a.ipynb": json.dumps(STORED),
            "docs/index.md": "# H\n",
        }
    )
    done = build(root)
    assert done.returncode == 1
    assert re.search(
        r"docs/nb/a\.\w+: becomes the same page as docs/nb/a\.\w+; rename", done.stderr
    )
    assert "Traceback" not in done.stderr


def test_what_a_hook_brings_is_numbered_with_a_place(make: Make) -> None:
    """A label in it is known, and a mistake has the line in whose place it stands."""
    hook = (
        "def on_page_markdown(markdown, **kwargs):\n"
        "    return markdown.replace('HERE', '```math\\n% label: eq-größe\\nh = 1\\n```')\n"
    )
    root = make(
        {
            "mkdocs.yml": f"{CONFIG}hooks: [hook.py]\n",
            "hook.py": hook,
            "docs/index.md": "# H {#sec-größe}\n\nHERE\n\n@eq-größe in @sec-größe.\n",
        }
    )
    done = build(root)
    assert done.returncode == 0, done.stderr
    assert "Equation 1 in Section 1." in text_of(root, "")
    (root / "hook.py").write_text(hook.replace("h = 1", "\\\\foo"))
    done = build(root)
    assert "docs/index.md:3:" in done.stderr
    assert "KaTeX cannot set this formula" in done.stderr
