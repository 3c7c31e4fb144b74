"""The task of running a page's examples, in a child of `truepage.worker`.

What is an example, and what it may give, is `doctest`'s to say. Its own runner is not used: it
gives all code names of its own, so that nobody could tell that it is the author's.
"""

import ast
import contextlib
import doctest
import io
import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from truepage.tracing.author import author_traceback
from truepage.tracing.reading import read_tree
from truepage.tracing.recorder import Recorder

EMPTY = re.compile(r"^ *$(?=\n)", re.MULTILINE)

Wrong = dict[str, Any]
"""What is wrong with an example: its `line` in the script and its `source`; then what it `got` and
what the page says (`want`), or what it `raised`; or the `fault` in the way it is written."""


def run(
    request: Mapping[str, Any], recorder: Recorder
) -> tuple[dict[str, bytes], dict[str, object]]:
    """Run the examples of a page, one after the other in the same module.

    Parameters
    ----------
    request
        The script's `text`, and the `page`: its path from the project's root.
    recorder
        What records this.

    Returns
    -------
    tuple
        No files; and what is `wrong`. After an error that no page shows nothing is run.
    """
    try:
        examples = doctest.DocTestParser().get_examples(request["text"], request["page"])
    except ValueError as error:  # such as a prompt without a space after it
        found = re.fullmatch(r"line (\d+) of the docstring for .*? (has|lacks) (.*)", str(error))
        if not found:
            return {}, {"wrong": [{"fault": str(error)}]}
        return {}, {"wrong": [{"line": int(found[1]) - 1, "fault": f"it {found[2]} {found[3]}"}]}
    module = sys.modules["__main__"] = ModuleType("__main__")
    root = Path.cwd()  # an example may go elsewhere
    path = root / request["page"]
    _note_code(path, examples, module, recorder)
    sys.displayhook = sys.__displayhook__
    wrong: list[Wrong] = []
    for example in examples:
        found_wrong = _run(example, path, root, module)
        for what, where in recorder.untracked.items():
            if where.startswith(f"{request['page']}:"):  # a line of what was compiled, not of it
                recorder.untracked[what] = f"`{' '.join(example.source.split())}`"
        if found_wrong:
            wrong.append({"line": example.lineno, "source": example.source, **found_wrong})
            if "raised" in found_wrong:  # what comes after it would only follow from it
                break
    return {}, {"wrong": wrong}


def _note_code(
    path: Path, examples: Sequence[doctest.Example], module: ModuleType, recorder: Recorder
) -> None:
    """Tell the recorder of the code, all of which is in the task's identity."""
    body: list[ast.stmt] = []
    for example in examples:
        with contextlib.suppress(SyntaxError):  # found again when it runs
            body += ast.parse(example.source).body
    with recorder.quiet():
        source = path.read_bytes() if path.is_file() else b""
    recorder.given(str(path), source, read_tree(ast.Module(body, [])), module)


def _run(example: doctest.Example, path: Path, root: Path, module: ModuleType) -> Wrong | None:
    """Run one example; return what is wrong with it."""
    flags = 0
    for flag, on in example.options.items():
        flags = flags | flag if on else flags & ~flag
    if flags & doctest.SKIP:
        return None
    printed, raised = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        try:
            code = compile(example.source, str(path), "single", dont_inherit=True)
            exec(code, vars(module))  # noqa: S102 (the author's)
        except BaseException as error:  # SystemExit too: no example ends the others
            raised = error
    got, check = printed.getvalue(), doctest.OutputChecker().check_output
    if got and not got.endswith("\n"):
        got += "\n"
    if raised is None:
        if check(example.want, got, flags):
            return None
        # As a page has to write it.
        return {"got": EMPTY.sub(doctest.BLANKLINE_MARKER, got), "want": example.want}
    words = traceback.format_exception_only(raised)[-1]
    if example.exc_msg is None:
        found = author_traceback(raised, root)
        found["frames"] = [frame for frame in found["frames"] if root / frame[0] != path]
        return {"raised": found}
    if check(example.exc_msg, words, flags) or (
        flags & doctest.IGNORE_EXCEPTION_DETAIL and _kind(example.exc_msg) == _kind(words)
    ):
        return None
    return {"got": words, "want": example.exc_msg}


def _kind(words: str) -> str:
    """Return the name of an error without its module and its message."""
    return words.partition(":")[0].strip().rpartition(".")[2]
