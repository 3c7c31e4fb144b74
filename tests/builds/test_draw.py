"""Drawing: clean processes, and the same bytes each time."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from truepage.engine.project import find_project
from truepage.figures.manifest import Manifest, build

Make = Callable[[Mapping[str, str | bytes]], Path]
Write = Callable[[Path, Mapping[str, str | bytes]], Path]

GOOD = """
import random
import sys
from pathlib import Path

import matplotlib
import numpy as np
import helper
from package import number

helper.imports += 1
MATPLOTLIB_SAVEFIG = Figure.savefig


@figure(alt=f"A line at {number()}.")
def computed_alt() -> Figure:
    return level(number())


@figure(alt="State that this figure leaves behind.")
def a_dirty() -> Figure:
    matplotlib.rcParams["figure.figsize"] = (9, 9)
    matplotlib.rcParams["svg.hashsalt"] = "mine"
    random.random()
    np.random.random()
    helper.imports = 100
    sys.path.clear()
    return level(0.1)


@figure(alt="State that this figure finds.")
def b_clean() -> Figure:
    words = [
        str(helper.imports),
        str(list(matplotlib.rcParams["figure.figsize"])),
        f"{random.random():.6f} {np.random.random():.6f}",
        Path.cwd().joinpath("pyproject.toml").read_text().strip(),
        " ".join({"some", "words", "in", "a", "set"}),
    ]
    picture = Figure()
    picture.text(0, 0, "; ".join(words), parse_math=False)
    picture.savefig("found.svg")
    return level(0.2 + random.random() / 10 + np.random.random() / 100)


@figure(alt="What it found, as a line whose height tells.")
def c_words() -> Figure:
    found = [
        helper.imports == 1,
        list(matplotlib.rcParams["figure.figsize"]) == [5.5, 3.5],
        Path("pyproject.toml").is_file(),
        str(Path.cwd()) == str(Path(__file__).parents[1]),
        "matplotlib.pyplot" not in sys.modules,
    ]
    assert all(found), found
    return level(0.3)


@figure(alt="An axis, with ids and clip paths in its SVG.")
def d_axes() -> Figure:
    picture = Figure()
    picture.subplots().plot([0, 1, 2], [0, 1, 4])
    return picture
"""

FILES = {
    "figures/helper.py": "imports = 0\n",
    "src/package/__init__.py": "def number(): return 0.25\n",
}


@pytest.fixture(scope="module")
def good(
    tmp_path_factory: pytest.TempPathFactory, write: Write, head: str
) -> tuple[Path, Manifest]:
    """A project whose figures can all be drawn, and what was drawn, one at a time."""
    root = write(tmp_path_factory.mktemp("good"), {"figures/good.py": head + GOOD, **FILES})
    return root, build(replace(find_project(root), jobs=1))


def test_figures_and_source_folders_can_be_imported_and_alt_text_computed(
    good: tuple[Path, Manifest],
) -> None:
    """The alt text is what the imported module says, the size what the figure has."""
    _, manifest = good
    manifest.raise_failures()
    drawn = manifest.renderings["computed-alt"]
    assert drawn.alt == "A line at 0.25."
    assert (drawn.width, drawn.height) == (192, 96)
    assert drawn.content.startswith(b"<svg ")
    assert drawn.seconds > 0


def test_no_figure_sees_what_another_did(good: tuple[Path, Manifest]) -> None:
    """rcParams, seeds, modules' variables and sys.path are as new: `c-words` checks them itself."""
    _, manifest = good
    assert {"a-dirty", "b-clean", "c-words"} <= manifest.renderings.keys()


def test_the_same_bytes_in_another_folder_order_and_number_of_tasks(
    good: tuple[Path, Manifest], make: Make, head: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the place, the schedule or the caller's environment goes into a picture."""
    root, manifest = good
    other = make({"figures/good.py": head + GOOD, **FILES})
    for name, value in {"PYTHONHASHSEED": "7", "MPLBACKEND": "pdf", "LC_ALL": "C"}.items():
        monkeypatch.setenv(name, value)
    again = build(replace(find_project(other), jobs=2), sorted(manifest.renderings, reverse=True))
    again.raise_failures()
    assert again.drawn.keys() == manifest.drawn.keys()
    assert (other / "found.svg").read_bytes()[-500:] == (root / "found.svg").read_bytes()[-500:]
    for name, rendering in manifest.renderings.items():
        assert again.renderings[name].content == rendering.content, name


def test_pictures_hold_no_date_and_no_version(good: tuple[Path, Manifest]) -> None:
    """Metadata that would change from day to day is left out."""
    _, manifest = good
    text = manifest.renderings["d-axes"].content.decode()
    assert "<dc:date>" not in text
    assert "Matplotlib v" not in text


def test_a_png_is_drawn_on_white(plain: Path) -> None:
    """For places that cannot show SVG: two dots to a CSS pixel, opaque."""
    rendering = build(find_project(plain), kind="png").renderings["flat"]
    assert rendering.content[:8] == b"\x89PNG\r\n\x1a\n"
    size = [int.from_bytes(rendering.content[at : at + 4], "big") for at in (16, 20)]
    assert size == [384, 192]
