"""What readers of a notebook may take away."""

import json
import zipfile
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

import nbformat
import pytest
from notebook_projects import (
    DRAWS,
    LIBRARY,
    NOTEBOOK,
    edit,
    execute,
    one,
    read,
)

from truepage.engine.batch import run_tasks
from truepage.notebooks.downloads import archive, executed, script
from truepage.notebooks.notebook import execution

pytestmark = pytest.mark.usefixtures("warm_workers")


@pytest.fixture
def project(make: Any) -> Path:
    """Root of a project with a notebook that uses a library."""
    root: Path = make({"src/library.py": LIBRARY, "docs/a.py": NOTEBOOK})
    return root


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
    context, notebooks = read(project)
    task = execution(notebooks["a"])
    product = one(run_tasks(context, [task]))
    trace = context.status(task).trace
    itself = {
        "ipynb": executed(notebooks["a"], product),
        "py": script(context.project, notebooks["a"]),
    }
    content = archive(context.project, notebooks["a"], itself, trace)
    assert content
    assert archive(context.project, notebooks["a"], itself, trace) == content
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
