"""Reading the author's modules: the code to run, marked, and what is known of it."""

import ast
import contextlib
import hashlib
import json
import marshal
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType
from typing import Any

from truepage.engine.ast_digest import VERSION, mark, outline, pieces_of
from truepage.engine.bindings import Bindings, Mentions, bindings, mentions
from truepage.engine.file_access import read_checked, write, write_checked


@dataclass(frozen=True)
class CodePiece:
    """What was read of a piece of a module's file (`truepage.engine.ast_digest`).

    Parameters
    ----------
    digest
        The digest of its syntax tree.
    special
        The special words in it.
    mentions
        The names that it mentions.
    """

    digest: str
    special: frozenset[str]
    mentions: Mentions


@dataclass(frozen=True)
class Reading:
    """What was read of a module's file, as JSON holds it.

    Parameters
    ----------
    pieces
        Name of a piece → its digest, the special words in it, and the fields of its `Mentions`.
    bound
        What the module's body does, apart from what it binds quietly: the fields of `Bindings`.
    """

    pieces: Mapping[str, Sequence[Any]]
    bound: Sequence[Any]

    @property
    def names(self) -> Iterable[str]:
        """The names of its pieces."""
        return self.pieces.keys()

    def piece(self, name: str) -> CodePiece:
        """Return what was read of a piece."""
        digest, special, (words, values, imported, bound, classes) = self.pieces[name]
        return CodePiece(
            digest,
            frozenset(special),
            Mentions(
                frozenset(words),
                frozenset(values),
                frozenset(imported),
                {key: frozenset(found) for key, found in bound.items()},
                frozenset(classes),
            ),
        )

    @cached_property
    def bindings(self) -> Bindings:
        """What the module's body does, apart from what it binds quietly."""
        return Bindings(*self.bound)


def read_module(
    path: str, shown: str, source: bytes, codes: Path, compiled: Path
) -> tuple[CodeType, Reading]:
    """Return a module's code, marked, and what was read of its file.

    Parameters
    ----------
    path, shown
        The file, and what labels call it.
    source
        Its content.
    codes
        Folder where what was read is kept for the next build: data, and no code.
    compiled
        Folder where this build keeps code for its next task. It is of this build alone, so nobody
        else can have put anything there.

    Raises
    ------
    SyntaxError
        The source is not valid Python.
    """
    names = os.fsencode("\0".join([VERSION, sys.version]))
    key = hashlib.sha256(names + b"\0" + source).hexdigest()
    place = hashlib.sha256(os.fsencode(f"{path}\0{shown}\0{key}")).hexdigest()
    kept, made = codes / f"{key}.json", compiled / f"{place}.code"
    try:
        code = marshal.loads(made.read_bytes())  # noqa: S302 (our own)
        return code, Reading(**json.loads(read_checked(kept)))
    except (OSError, ValueError, TypeError, EOFError):
        tree = ast.parse(source, path)
    try:
        found = Reading(**json.loads(read_checked(kept)))
    except (OSError, ValueError, TypeError):
        found = read_tree(tree)
        text = json.dumps({"pieces": found.pieces, "bound": found.bound}).encode()
        with contextlib.suppress(OSError):  # a folder that cannot be written costs time only
            write_checked(kept, text)
    mark(tree, shown)
    code = compile(tree, path, "exec", dont_inherit=True)
    with contextlib.suppress(OSError):
        write(made, marshal.dumps(code))
    return code, found


def read_tree(tree: ast.Module) -> Reading:
    """Return what is read of a syntax tree."""
    outlined, bound = outline(tree), bindings(tree)
    pieces = {}
    for name, node in pieces_of(tree):
        found = mentions(node)
        fields = (
            sorted(found.words),
            sorted(found.values),
            sorted(found.imported),
            {key: sorted(words) for key, words in found.bound.items()},
            sorted(found.classes),
        )
        special = sorted(outlined.special.get(name, ()))
        pieces[name] = (outlined.pieces[name], special, fields)
    return Reading(pieces, (bound.rest, dict(bound.names)))
