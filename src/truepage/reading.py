"""Reading the author's modules: the code to run, marked, and what is known of it."""

import ast
import contextlib
import hashlib
import marshal
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

from truepage.bindings import Bindings, Mentions, bindings, mentions
from truepage.files import read_checked, write_checked
from truepage.outline import VERSION, Outline, mark, outline, pieces_of


@dataclass(frozen=True)
class Reading:
    """What was read of a module's file: its outline, its bindings, what each piece mentions."""

    outline: Outline
    bindings: Bindings
    mentions: Mapping[str, Mentions]

    def plain(self) -> tuple[Any, ...]:
        """Return it as `marshal` can keep it."""
        return (
            (dict(self.outline.pieces), dict(self.outline.special)),
            (self.bindings.rest, dict(self.bindings.names)),
            {name: (m.words, m.values, m.imported) for name, m in self.mentions.items()},
        )

    @staticmethod
    def of(outlined: Any, bound: Any, mentioned: Any) -> "Reading":
        """Return what `plain` was made of."""
        names = {name: Mentions(*found) for name, found in mentioned.items()}
        return Reading(Outline(*outlined), Bindings(*bound), names)


def read_module(path: str, shown: str, source: bytes, codes: Path) -> tuple[CodeType, Reading]:
    """Return a module's code, marked, and what was read of its file.

    Parameters
    ----------
    path, shown
        The file, and what labels call it.
    source
        Its content.
    codes
        Folder where both are kept for the next job.

    Raises
    ------
    SyntaxError
        The source is not valid Python.
    """
    names = "\0".join([VERSION, sys.version, path, shown])
    key = hashlib.sha256(os.fsencode(names) + b"\0" + source).hexdigest()
    file = codes / f"{key}.bin"
    try:
        code, *kept = marshal.loads(read_checked(file))  # noqa: S302 (we wrote it)
        return code, Reading.of(*kept)
    except (OSError, ValueError, EOFError, TypeError):
        pass
    tree = ast.parse(source, path)
    found = Reading(
        outline(tree), bindings(tree), {name: mentions(node) for name, node in pieces_of(tree)}
    )
    mark(tree, shown)
    code = compile(tree, path, "exec", dont_inherit=True)
    with contextlib.suppress(OSError):  # a folder that cannot be written costs time only
        write_checked(file, marshal.dumps((code, *found.plain())))
    return code, found
