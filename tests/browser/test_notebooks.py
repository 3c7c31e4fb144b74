"""The notebooks' pages on the built site, and the files that readers may take away."""

import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in (ROOT / "docs/notebooks").glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_s_page_is_small(site: Path, name: str) -> None:
    """Formulas, figures and coloured code included it has less than 90 kB of HTML."""
    assert (site / "notebooks" / name / "index.html").stat().st_size < 90_000


@pytest.mark.parametrize("name", NAMES)
def test_nothing_tells_of_the_machine(site: Path, name: str) -> None:
    """Neither the page nor what is taken away has a path of the machine that built them."""
    files = site / "assets/notebooks/notebooks"
    contents = {
        file.name: file.read_bytes()
        for file in (
            site / "notebooks" / name / "index.html",
            *(files / f"{name}.{suffix}" for suffix in ("ipynb", "py")),
        )
    }
    with zipfile.ZipFile(files / f"{name}.zip") as packed:
        contents |= {file: packed.read(file) for file in packed.namelist()}
    assert len(contents) > 5
    for file, content in contents.items():
        for path in (ROOT, Path.home(), site):
            assert str(path).encode() + b"/" not in content, file
