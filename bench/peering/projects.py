"""The same figures as a project of each tool."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from figures import MODULE, make_project

from peering.floor import run_floor

EDITED = 7
"""The figure whose function, and whose comment, is edited."""
COMMENT = "# Edited {0} times.\n"


SCRIPT = '''"""
{title}

Its graph.
"""
# Edited 0 times.
import matplotlib.pyplot as plt
import numpy as np

import library_{start} as library

figure, axes = plt.subplots()
x = np.linspace(-5, 5, 201)
axes.plot(x, library.function_{number}(x), label="function {number}")
axes.set(xlabel="x", ylabel="f(x)", title="Function {number}")
axes.legend()
'''

BLOCK = """
```python exec="true" html="true"
# Edited 0 times.
import io

import numpy as np
from matplotlib.figure import Figure

import library_{start} as library

figure = Figure()
axes = figure.subplots()
x = np.linspace(-5, 5, 201)
axes.plot(x, library.function_{number}(x), label="function {number}")
axes.set(xlabel="x", ylabel="f(x)", title="Function {number}")
axes.legend()
buffer = io.StringIO()
figure.savefig(buffer, format="svg")
print(buffer.getvalue())
```
"""

MKDOCS = """site_name: Bench
theme:
  name: material
  font: false
markdown_extensions:
  - pymdownx.superfences
plugins:
  - search
"""

GALLERY_MKDOCS = """  - gallery:
      conf_script: docs/gallery_conf.py
      examples_dirs: [docs/scripts]
      gallery_dirs: [docs/gallery]
nav:
  - Bench: index.md
  - Gallery: gallery
"""

# Both galleries publish PNG unless told otherwise.
GALLERY_MKDOCS_CONF = """from mkdocs_gallery.scrapers import matplotlib_scraper


def svg(*arguments, **options):
    return matplotlib_scraper(*arguments, format="svg", **options)


conf = {"image_scrapers": (svg,)}
"""

GALLERY_SPHINX_SCRAPER = """from sphinx_gallery.scrapers import matplotlib_scraper


def svg(*arguments, **options):
    return matplotlib_scraper(*arguments, format="svg", **options)
"""

GALLERY_SPHINX_CONF = """import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
project = "Bench"
extensions = ["sphinx_gallery.gen_gallery"]
sphinx_gallery_conf = {
    "examples_dirs": "../scripts",
    "gallery_dirs": "gallery",
    "image_scrapers": ("svg_scraper.svg",),
    "parallel": True,
}
"""

PLOT_CONF = """project = "Bench"
extensions = ["matplotlib.sphinxext.plot_directive"]
plot_formats = ["svg"]
"""


def write_pages(root: Path, figures: int, pattern: str, config: str) -> None:
    """Write an MkDocs site, as many figures to a page as there are functions in a module."""
    (root / "mkdocs.yml").write_text(config)
    (root / "docs").mkdir()
    (root / "docs" / "index.md").write_text("# Bench\n")
    for start in range(1, figures + 1, MODULE):
        text = f"# Functions from {start}\n"
        for number in range(start, min(start + MODULE, figures + 1)):
            text += "\n" + pattern.format(number=number, start=start) + "\n"
        (root / "docs" / f"page_{start}.md").write_text(text)


def write_figures(root: Path, figures: int) -> None:
    """Write a project of truepage's without a site."""
    make_project(root, figures)
    for plots in (root / "figures").glob("*.py"):
        plots.write_text(COMMENT.format(0) + plots.read_text())


def write_truepage(root: Path, figures: int) -> None:
    """Write a site whose pictures truepage draws."""
    write_figures(root, figures)
    pattern = "![Curve number {number}.](figure:curve-{number})"
    write_pages(root, figures, pattern, MKDOCS + "  - truepage\n")


def write_ready(root: Path, figures: int) -> None:
    """Write a site that shows ready-made pictures."""
    make_project(root, figures)
    write_pages(root, figures, "![Curve number {number}.](pictures/curve_{number}.svg)", MKDOCS)
    (root / "docs" / "pictures").mkdir()
    run_floor(root, root / "docs" / "pictures", figures)


def write_same(root: Path, figures: int, built: Path) -> None:
    """Write a site whose pages are those of a built one, ready-made: HTML and all other files."""
    root.mkdir()
    write_pages(root, figures, "", MKDOCS)
    for page in (root / "docs").glob("page_*.md"):
        html = (built / page.stem / "index.html").read_text()
        shown = re.search(r"<article[^>]*>.*?</h1>(.*)</article>", html, re.DOTALL)
        assert shown
        within = re.sub(r"\n\s*\n", "\n", shown[1].strip())  # an empty line would end the block
        page.write_text(f"{page.read_text()}\n<div>\n{within}\n</div>\n")
    shutil.copytree(built / "assets" / "figures", root / "docs" / "assets" / "figures")


def write_markdown_exec(root: Path, figures: int) -> None:
    """Write a site whose pages draw while they are rendered."""
    make_project(root, figures)
    write_pages(root, figures, BLOCK, MKDOCS + "  - markdown-exec\n")


def write_scripts(root: Path, figures: int, title: Callable[[str], str]) -> None:
    """Write a script for each figure."""
    make_project(root, figures)
    (root / "scripts").mkdir()
    for number in range(1, figures + 1):
        start = (number - 1) // MODULE * MODULE + 1
        text = SCRIPT.format(title=title(f"Function {number}"), number=number, start=start)
        (root / "scripts" / f"plot_{number}.py").write_text(text)


def markdown_title(words: str) -> str:
    """Return a title in Markdown."""
    return f"# {words}"


def sphinx_title(words: str) -> str:
    """Return a title in reStructuredText."""
    return f"{words}\n{'=' * len(words)}"


def write_mkdocs_gallery(root: Path, figures: int) -> None:
    """Write a gallery for MkDocs."""
    write_scripts(root, figures, markdown_title)
    (root / "docs").mkdir()
    (root / "scripts").rename(root / "docs" / "scripts")
    (root / "docs" / "scripts" / "README.md").write_text("# Gallery\n")
    (root / "docs" / "index.md").write_text("# Bench\n")
    (root / "docs" / "gallery_conf.py").write_text(GALLERY_MKDOCS_CONF)
    (root / "mkdocs.yml").write_text(MKDOCS + GALLERY_MKDOCS)


def write_sphinx_gallery(root: Path, figures: int) -> None:
    """Write a gallery for Sphinx."""
    write_scripts(root, figures, sphinx_title)
    (root / "scripts" / "GALLERY_HEADER.rst").write_text(f"{sphinx_title('Gallery')}\n")
    (root / "docs").mkdir()
    (root / "docs" / "conf.py").write_text(GALLERY_SPHINX_CONF)
    (root / "docs" / "svg_scraper.py").write_text(GALLERY_SPHINX_SCRAPER)
    contents = f"{sphinx_title('Bench')}\n\n.. toctree::\n\n   gallery/index\n"
    (root / "docs" / "index.rst").write_text(contents)


def write_plot_directive(root: Path, figures: int) -> None:
    """Write a Sphinx site whose pages name the scripts that draw."""
    write_scripts(root, figures, sphinx_title)
    (root / "docs").mkdir()
    (root / "docs" / "conf.py").write_text(PLOT_CONF)
    contents = f"{sphinx_title('Bench')}\n\n.. toctree::\n\n"
    for start in range(1, figures + 1, MODULE):
        contents += f"   page_{start}\n"
        text = f"{sphinx_title(f'Functions from {start}')}\n"
        for number in range(start, min(start + MODULE, figures + 1)):
            text += f"\n.. plot:: ../scripts/plot_{number}.py\n"
        (root / "docs" / f"page_{start}.rst").write_text(text)
    (root / "docs" / "index.rst").write_text(contents)
