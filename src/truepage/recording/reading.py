"""Reading the author's modules: the code to run, marked, and what is known of it."""

import ast
import contextlib
import hashlib
import marshal
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from types import CodeType

from truepage.files import read_checked, write_checked
from truepage.recording.bindings import Bindings, Mentions, bindings, mentions
from truepage.recording.outline import VERSION, mark, outline, pieces_of


@dataclass(frozen=True)
class Piece:
    """What was read of a piece of a module's file (`truepage.recording.outline`).

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


class Reading:
    """What was read of a module's file; each part is unpacked when somebody asks for it.

    Parameters
    ----------
    pieces
        Name of a piece → what was read of it, packed.
    bound
        What the module's body does, packed.
    """

    def __init__(self, pieces: Mapping[str, bytes], bound: bytes) -> None:
        self._pieces = pieces
        self._bound = bound

    @property
    def names(self) -> Iterable[str]:
        """The names of its pieces."""
        return self._pieces.keys()

    def piece(self, name: str) -> Piece:
        """Return what was read of a piece."""
        digest, special, mentioned = marshal.loads(self._pieces[name])  # noqa: S302 (our own)
        return Piece(digest, special, Mentions(*mentioned))

    @cached_property
    def bindings(self) -> Bindings:
        """What the module's body does, apart from what it binds quietly."""
        return Bindings(*marshal.loads(self._bound))  # noqa: S302 (our own)


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
        code, pieces, bound = marshal.loads(read_checked(file))  # noqa: S302 (we wrote it)
        return code, Reading(pieces, bound)
    except (OSError, ValueError, EOFError, TypeError):
        pass
    tree = ast.parse(source, path)
    pieces, bound = _packed(tree)
    mark(tree, shown)
    code = compile(tree, path, "exec", dont_inherit=True)
    with contextlib.suppress(OSError):  # a folder that cannot be written costs time only
        write_checked(file, marshal.dumps((code, pieces, bound)))
    return code, Reading(pieces, bound)


def read_tree(tree: ast.Module) -> Reading:
    """Return what is read of a syntax tree."""
    return Reading(*_packed(tree))


def _packed(tree: ast.Module) -> tuple[dict[str, bytes], bytes]:
    """Return what a `Reading` is made of."""
    outlined, bound = outline(tree), bindings(tree)
    pieces = {}
    for name, node in pieces_of(tree):
        found = mentions(node)
        special = outlined.special.get(name, frozenset())
        mentioned = tuple(getattr(found, part.name) for part in fields(found))
        pieces[name] = marshal.dumps((outlined.pieces[name], special, mentioned))
    return pieces, marshal.dumps((bound.rest, dict(bound.names)))
