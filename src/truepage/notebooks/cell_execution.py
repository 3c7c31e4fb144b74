"""The execution of one cell after the other, in the process of the task, and what each shows."""

import __future__

import ast
import asyncio
import errno
import inspect
import io
import linecache
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import CodeType
from typing import Any

import matplotlib.pyplot
from matplotlib.figure import Figure

from truepage.engine.task import HERE
from truepage.figures.returned import figures_in
from truepage.notebooks.cells import AWAIT, place
from truepage.notebooks.outputs import FIGURE, Output, best, plain
from truepage.tracing.author import RefusedError, author_traceback

LONGEST = 20_000
"""Characters that one cell may show: more than that nobody reads."""

HEXADECIMAL = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")

ADDRESS = re.compile(r"<[^<>\n]* at 0x[0-9a-fA-F]{6,}[^<>\n]*>|\bat 0x[0-9a-fA-F]{6,}")

HOME = str(Path.home())  # asked now, before anything is recorded

TEMPORARY = tempfile.gettempdir()


def parse(source: str, name: str, line: int) -> ast.Module:
    """Return the syntax tree of a cell, with the lines of its file."""
    flags = ast.PyCF_ONLY_AST | AWAIT
    try:
        tree: ast.Module = compile(source, name, "exec", flags, dont_inherit=True)
    except SyntaxError as error:
        error.lineno = (error.lineno or 1) + line - 1
        raise
    ast.increment_lineno(tree, line - 1)
    return tree


class CellExecution:
    """The cell that is running, and what it has shown so far.

    Parameters
    ----------
    path, root
        The notebook's file, and the project's root.
    shell
        IPython's, which knows how values are displayed.
    names
        The namespace that the cells share.
    script
        What is known of a script (see `run`); None: it is a notebook.
    """

    def __init__(
        self,
        path: Path,
        root: Path,
        shell: Any,
        names: dict[str, Any],
        script: Mapping[str, Any] | None,
    ) -> None:
        self._path, self._root, self._shell = path, root, shell
        self._names, self._script = names, script
        self._flags = AWAIT
        self.has_ended = self.has_failed = False
        """Whether a script has said that it is done, and whether it has failed as it was to."""
        self._streams = (sys.stdout, sys.stderr)
        self._machine = _paths_within(root)
        self.outputs: list[Output] = []
        self.figures: list[Figure] = []
        self._cell: dict[str, Any] = {}
        self._refused = ""
        self._loop: asyncio.AbstractEventLoop | None = None

    def execute(self, cell: dict[str, Any]) -> None:
        """Execute one cell, and collect what it shows."""
        self._cell, self._refused = cell, ""
        self.outputs, self.figures = [], []
        os.write(2, f"{HERE}{self._told('')}{HERE}".encode("utf-8", "replace"))
        sys.stdout, sys.stderr = _Stream(self), _Stream(self)
        try:
            self._execute(cell)
            if cell["raises"] and not self._script:
                self.refuse("raised nothing, and its tag says that it does")
        except (MemoryError, RefusedError):
            raise
        except BaseException as error:  # SystemExit too: the author's code must not end ours
            if isinstance(error, OSError) and error.errno == errno.EFBIG:
                raise
            if self._script and isinstance(error, SystemExit) and error.code in {None, 0}:
                self.has_ended = True
            elif cell["raises"] and isinstance(error, Exception):
                self._add("text", f"{type(error).__name__}: {error}")
                self.has_ended = self.has_failed = bool(self._script)
            else:
                raise RefusedError(self._raised(error)) from None
        finally:
            sys.stdout, sys.stderr = self._streams
        self.flush()
        if self._refused:
            self.refuse(self._refused)
        if cell["figure"] and not self.figures:
            self.refuse(f"draws no figure, and `# fig:` names one, {cell['figure']!r}")
        if self._script:  # its figures, then what it says
            self.outputs.sort(key=lambda output: output["kind"] != "figure")
        for output in self.outputs:
            if output["kind"] != "image":
                output["text"] = plain(output["text"])
                if self._script:  # which was not written for a page
                    output["text"] = output["text"].replace(f"{self._root}{os.sep}", "")
                    output["text"] = HEXADECIMAL.sub("at 0x…", output["text"])
                self.check(output["text"], "it")

    def _execute(self, cell: dict[str, Any]) -> None:
        name = str(self._path)
        if self._path.suffix == ".ipynb":
            name += f", cell {cell['number']}"
            lines = cell["source"].splitlines(keepends=True)
            linecache.cache[name] = (0, None, [""] * (cell["line"] - 1) + lines, name)
        tree = parse(cell["source"], name, cell["line"])
        for statement in tree.body:  # what one cell takes from the future, all that follow have
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                for alias in statement.names:
                    self._flags |= getattr(__future__, alias.name).compiler_flag
        last = tree.body[-1] if tree.body else None
        if isinstance(last, ast.Expr) and not cell["quiet"]:
            del tree.body[-1]
            self._run(compile(tree, name, "exec", self._flags, dont_inherit=True))
            value = self._run(
                compile(ast.Expression(last.value), name, "eval", self._flags, dont_inherit=True)
            )
            self._show_value(value)
        else:
            self._run(compile(tree, name, "exec", self._flags, dont_inherit=True))

    def _show_value(self, value: object) -> None:
        """Show the value of a cell's last expression, if there is something to be seen."""
        if value is None:
            return
        if self._script is None:
            self._names["_"] = value
        elif not isinstance(value, Figure) and any(figures_in(value)):
            return  # artists are seen in their figure
        data, _ = self._shell.display_formatter.format(value)
        # What displays itself has done so.
        if data:
            self.show(data)

    def _run(self, code: CodeType) -> Any:
        """Run code in the namespace that cells share, and wait for it if it waits itself."""
        value = eval(code, self._names)  # noqa: S307 (the author's)
        if not code.co_flags & inspect.CO_COROUTINE:
            return value
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        return self._loop.run_until_complete(value)

    def name(self, at: int) -> str:
        """Return the name of one of the cell's figures: the author's, or its place."""
        more = f"-{at + 1}" if at else ""
        return str(self._cell["figure"] or f"{self._cell['unnamed']}{more}")

    def keep(self, figure: Figure) -> dict[str, str]:
        """Keep a figure that is displayed; return what stands for it."""
        return {FIGURE: str(self._figure(figure))}

    def _figure(self, figure: Figure) -> int:
        if figure not in self.figures:
            self.figures.append(figure)
        return self.figures.index(figure)

    def flush(self) -> None:
        """Show the figures that pyplot has open, and close them: what `plt.show()` does here."""
        for number in matplotlib.pyplot.get_fignums():
            self.show({FIGURE: str(self._figure(matplotlib.pyplot.figure(number)))})
        matplotlib.pyplot.close("all")

    def write(self, text: str) -> None:
        """Add printed text."""
        if self.outputs and self.outputs[-1]["kind"] == "stream":
            self._add("", text, to=self.outputs[-1])
        else:
            self._add("stream", text)

    def show(self, data: Mapping[str, Any]) -> None:
        """Add a value in the best form it has."""
        if FIGURE not in data:
            for output in best(data):
                if output["kind"] == "image":
                    self.outputs.append(output)
                else:
                    self._add(output["kind"], output["text"])
            return
        if self._cell["figure"] and len(self.figures) > 1:
            self.refuse("draws two figures, and `# fig:` names one; expected one in a cell")
        figure = {"kind": "figure", "text": self.name(int(data[FIGURE]))}
        if figure not in self.outputs:
            self.outputs.append(figure)

    def _add(self, kind: str, text: str, to: Output | None = None) -> None:
        shown = sum(len(output["text"]) for output in self.outputs)
        if shown + len(text) > LONGEST:
            self._refused = (  # the author's code may catch what is raised here
                f"shows more than {LONGEST} characters; expected no more than a reader takes in"
            )
            self.refuse(self._refused)
        if to:
            to["text"] += text
        else:
            self.outputs.append({"kind": kind, "text": text})

    def check(self, text: str, what: str) -> None:
        """Refuse text that would be another on another machine, or the next time."""
        if found := ADDRESS.search(text):
            self.refuse(
                f"shows an object's address in memory, {found[0]!r} in {what}, another one each "
                "time; expected what readers can use. Assigned to `_`, as in `_ = axes.legend()`, "
                "it is not shown"
            )
        if found := self._machine.search(text):
            self.refuse(
                f"shows a path of this machine, {found[0]!r} in {what}; expected a path from the "
                "notebook's folder"
            )

    def refuse(self, words: str) -> None:
        """Raise what says that this cell cannot be used."""
        raise RefusedError(self._told(f" {words}"))

    def _told(self, words: str) -> str:
        """Return words on this cell, with its first line."""
        number, line = self._cell["number"], self._cell["line"]
        shown = self._path.relative_to(self._root).as_posix()
        first = self._cell["source"].strip().partition("\n")[0]
        return f"{self._called}{words}\n    {place(shown, number, line)}: {first}"

    @property
    def _called(self) -> str:
        return f"{'block' if self._script else 'cell'} {self._cell['number']}"

    def _raised(self, error: BaseException) -> str:
        """Return what a cell raised, with the author's lines."""
        raised = author_traceback(error, self._root)
        lines = [f"{self._called}: {raised['message']}"]
        for path, line, code in raised["frames"]:
            lines.append(f"    {path}:{line}: {code}" if line else f"    {path} {code}")
        return "\n".join(lines)


def _paths_within(root: Path) -> re.Pattern[str]:
    """Return what finds paths that are of this machine, such as those within the project."""
    within = r"/[\w.]"
    # By themselves some are words: `/tmp`, or the `/app` that a container has.
    places = [rf"{re.escape(folder)}(?={within})" for folder in (str(root), TEMPORARY)]
    places += [
        rf"{re.escape(folder)}(?={within}|\b(?!/))"
        for folder in {str(root), sys.prefix, sys.base_prefix, HOME}
        if folder.count(os.sep) > 1 or folder == HOME != os.sep
    ]
    return re.compile(rf"(?<![\w/])(?:{'|'.join(places)})")


class _Stream(io.TextIOBase):
    """Takes what the cell prints."""

    encoding = "utf-8"

    def __init__(self, running: CellExecution) -> None:
        self._running = running

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            self._running.write(text)
        return len(text)
