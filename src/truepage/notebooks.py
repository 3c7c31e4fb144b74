"""When a notebook is executed again: by a rule that is coarse, and never wrong.

mkdocs-jupyter keeps what a notebook gave, by the notebook's own text: it does not see the modules
and files behind it. So it keeps in a folder whose name is the state of all of these together.
"""

import hashlib
import os
import platform
import shutil
from pathlib import Path

from truepage.build import Workshop
from truepage.states import INSTALLED, installed_distributions

KEPT = 16
"""How many states of the project keep their notebooks."""


def notebook_cache(workshop: Workshop, docs: Path) -> Path:
    """Return the folder for what notebooks give in the present state of the project.

    Parameters
    ----------
    workshop
        The project.
    docs
        The folder of the pages; what in it is no Markdown may be a notebook's data.
    """
    project = workshop.project
    state = [platform.python_version(), *map(installed_distributions, INSTALLED)]
    for folder in (project.figures_dir, *project.source_dirs, docs):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            if (
                path.suffix != ".md"
                and project.rendered_dir not in path.parents
                and "__pycache__" not in path.parts
            ):
                state.append(f"{project.relative(path)} {workshop.index.digest(str(path))}")
    workshop.index.save()
    folder = project.cache_dir / "notebooks" / hashlib.sha256("\0".join(state).encode()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    older = sorted(folder.parent.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT]
    for path in older:
        shutil.rmtree(path, ignore_errors=True)
    return folder
