"""The task of executing a notebook, or a script in blocks, in a child of the worker.

There is no kernel: the cells run one after another in one namespace, in a process forked from one
that has matplotlib and IPython imported. What Jupyter would show is collected cell by cell. A
figure becomes a picture as those in `figures/` do (`truepage.figures.picture`). A script runs as
`python script.py` runs it, in its own folder, and may end when it likes.
"""

import ast
import builtins
import contextlib
import os
import random
import shlex
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib.pyplot
import numpy as np
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.figure import Figure
from traitlets.config import Config

from truepage.figures import picture
from truepage.notebooks.cell_execution import CellExecution, parse
from truepage.tracing.author import RefusedError
from truepage.tracing.reading import read_tree
from truepage.tracing.recorder import Recorder

FILES = picture.FILES
"""Files of this package, beside its modules, that results depend on."""


def set_up(recorder: Recorder) -> None:
    """Set the style of pictures, and make the shell that cells run in."""
    picture.set_up(recorder)
    matplotlib.pyplot.switch_backend("agg")
    main = sys.modules["__main__"]
    settings = Config()
    settings.HistoryManager.enabled = False
    settings.HistoryManager.hist_file = ":memory:"
    # It wants a place for a profile.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        InteractiveShell.clear_instance()
        shell: Any = InteractiveShell.instance(
            config=settings,
            ipython_dir=folder,
            colors="nocolor",
            autoindent=False,
            history_length=0,
            display_pub_class=Publisher,
        )
    shell.ask_exit = _no_exit
    shell.system = _system
    for name in ("bash", "sh"):
        shell.register_magic_function(_script(name), "cell", name)
    sys.modules["__main__"] = main


def warm_up() -> None:
    """Draw once what most pictures have."""
    picture.warm_up()


class Publisher(DisplayPublisher):
    """Hands what `display()` is called with to the cell that is running."""

    cell: "CellExecution | None" = None

    def publish(self, data: Any, *arguments: Any, **options: Any) -> None:
        """Show one thing."""
        if self.cell:
            self.cell.show(data)

    def clear_output(self, wait: bool = False) -> None:
        """Forget what the cell has shown."""
        if self.cell:
            self.cell.outputs.clear()


def run(
    request: Mapping[str, Any], recorder: Recorder
) -> tuple[dict[str, bytes], dict[str, object]]:
    """Execute a notebook's cells.

    Parameters
    ----------
    request
        `path` of the notebook, from the project's root, and its code `cells`
        (`truepage.notebooks.notebook.execution`). Of a script also `script`: its `doc`, and the
        line that says that it `fails`, or 0 (`truepage.galleries.example.running`).
    recorder
        What records this.

    Returns
    -------
    tuple
        The files of its figures, ``<name>.svg`` and so on; and facts: `cells`, the outputs by the
        cell's number, and `figures`, what `truepage.figures.picture` says of each.

    Raises
    ------
    RefusedError
        A cell raised, or shows what no page may.
    """
    root = Path.cwd()
    path = root / request["path"]
    os.chdir(path.parent)
    sys.path.insert(0, str(path.parent))
    shell: Any = InteractiveShell.instance()
    script = request.get("script")
    module = _main(path, script["doc"]) if script else shell.user_module
    sys.modules["__main__"] = module
    running = CellExecution(path, root, shell, vars(module), script)
    _note_code(path, request["cells"], module, recorder)
    if script:
        _check_siblings(request["path"], path, request["cells"], recorder)
    builtins.input = _no_input
    matplotlib.pyplot.show = lambda *arguments, **options: running.flush()
    matplotlib.pyplot.pause = lambda interval: None
    Figure.show = lambda self, warn=True: None  # type: ignore[method-assign]
    warnings.showwarning = _warn
    shell.display_pub.cell = running
    shell.display_formatter.mimebundle_formatter.for_type(Figure, running.keep)
    cells, figures = {}, {}
    files: dict[str, bytes] = {}
    with contextlib.nullcontext() if script else shell.builtin_trap:
        for cell in request["cells"]:
            running.execute(cell)
            cells[str(cell["number"])] = running.outputs
            for at, figure in enumerate(running.figures):
                name = running.name(at)
                alts = [*cell["alts"], *[cell["unsaid"]] * (at + 1)]
                made, facts = _picture(figure, name, alts[at])
                figures[name] = {**facts, "named": bool(cell["figure"])}
                files.update({f"{name}.{suffix}": made[suffix] for suffix in made})
                running.check(made["svg"].decode(), "its figure")
            if running.has_ended:
                break
    if script and script["fails"] and not running.has_failed:
        raise RefusedError(
            f"raised nothing, and {request['path']}:{script['fails']} says that it is expected to "
            "fail; expected an exception, or no such comment"
        )
    return files, {"cells": cells, "figures": figures}


def _main(path: Path, doc: str | None) -> ModuleType:
    """Return the module that a script runs in, and let it run as Python runs a script."""
    module = ModuleType("__main__", doc)
    module.__file__ = str(path)
    # It was laid out for a figure of matplotlib's own size.
    matplotlib.rcParams["figure.figsize"] = matplotlib.rcParamsDefault["figure.figsize"]
    sys.argv = [path.name]
    sys.orig_argv = [sys.executable, path.name]
    return module


def _note_code(
    path: Path, cells: list[dict[str, Any]], module: ModuleType, recorder: Recorder
) -> None:
    """Tell the recorder of the cells' code: it is what the task is identified by."""
    trees = [parse(cell["source"], str(path), cell["line"]) for cell in cells]
    body = [statement for tree in trees for statement in tree.body]
    with recorder.quiet():
        source = path.read_bytes()
    recorder.given(str(path), source, read_tree(ast.Module(body, [])), module)


def _check_siblings(
    shown: str, path: Path, cells: list[dict[str, Any]], recorder: Recorder
) -> None:
    """Refuse to import a module that is here already, where Python takes a file beside a script.

    What stands there later is noticed: it is recorded as looked for.
    """
    for cell in cells:
        tree = parse(cell["source"], str(path), cell["line"])
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            else:
                continue
            for name in {name.partition(".")[0] for name in names} & sys.modules.keys():
                with recorder.quiet():
                    recorder.searched(str(path.parent), name)
                    beside = path.with_name(f"{name}.py")
                    is_there = beside.is_file()
                if is_there:
                    raise RefusedError(
                        f"`{name}` is Python's own or an installed module here, and Python takes "
                        f"{beside.name} beside the script; expected another name for that file\n"
                        f"    {shown}:{node.lineno}: {ast.unparse(node)}"
                    )


def _picture(figure: Figure, name: str, alt: str) -> tuple[dict[str, bytes], dict[str, object]]:
    """Return the files of a figure, and the facts of it, and disturb no random numbers."""
    states = random.getstate(), np.random.get_state()
    matplotlib.rcParams["svg.hashsalt"] = name
    files, facts = picture.for_pages(name, figure, alt)
    random.setstate(states[0])
    np.random.set_state(states[1])
    return files, facts


def _system(command: str) -> None:
    """Run a command of the system, and show what it says: `!ls`."""
    done = subprocess.run(  # noqa: S602 (the author's)
        command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    print(done.stdout, end="")
    if done.returncode:
        raise OSError(f"`{command}` ended with code {done.returncode}")


def _script(shell: str) -> Callable[[str, str], None]:
    """Return what runs a cell of a shell's commands: `%%bash`."""

    def run(line: str, cell: str) -> None:
        _system(shlex.join([shell, "-c", cell]))

    return run


def _no_input(prompt: object = "") -> str:
    raise EOFError("input() asks a reader who is not there; expected the value in the code")


def _no_exit() -> None:
    raise SystemExit("exit() would end the notebook; expected code that goes on")


def _warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: Any = None,
    line: str | None = None,
) -> None:
    """Show a warning without where it is from: that is a path of this machine."""
    print(f"{category.__name__}: {message}", file=file or sys.stderr)
