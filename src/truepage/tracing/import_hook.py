"""Importing the author's modules, marked, while noting where Python looked for them."""

import hashlib
import os
import sys
from collections.abc import Sequence
from dis import opmap
from importlib.machinery import (
    ExtensionFileLoader,
    ModuleSpec,
    PathFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from truepage.engine.dependencies.files import File
from truepage.engine.locations import is_folder
from truepage.tracing import libraries
from truepage.tracing.preloading import Preloaded
from truepage.tracing.reading import read_module
from truepage.tracing.recorder import Recorder


def install(recorder: Recorder) -> None:
    """Take the place of Python's finder of modules in `sys.path`."""
    libraries.install(recorder)
    sys.meta_path[sys.meta_path.index(PathFinder)] = _Finder(recorder)
    for kind in (SourceFileLoader, SourcelessFileLoader, ExtensionFileLoader):
        _blame_imports(kind, "exec_module", recorder)
    _blame_imports(ExtensionFileLoader, "create_module", recorder)


def _blame_imports(kind: Any, name: str, recorder: Recorder) -> None:
    """Blame a module for what its import does, if it is not the author's."""
    load = getattr(kind, name)

    def loading(self: Any, subject: Any) -> Any:
        installed = not recorder.first_party(os.path.abspath(self.path))
        with recorder.blame.while_importing(installed):
            found = load(self, subject)
        if name == "exec_module":
            libraries.watch(subject, recorder)
        return found

    setattr(kind, name, loading)


# Instructions whose names the code around them mentions; that which imports `*` needs none.
_SPELLING = {
    opmap[name]
    for name in ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM", "IMPORT_STAR", "CALL_INTRINSIC_1")
    if name in opmap
}


class _Lookups:
    """Notes which names are looked up in the author's modules without being spelled in their code.

    Parameters
    ----------
    recorder
        Where they are noted.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._codes: dict[int, tuple[CodeType, bytes]] = {}
        """Identity of some code → the code, which keeps it, and its instructions if they count."""

    def note(self, name: str, caller: FrameType) -> None:
        """Note that a frame looks up a name."""
        code = caller.f_code
        if id(code) not in self._codes:
            authors = self._recorder.is_author(caller)
            self._codes[id(code)] = (code, code.co_code if authors else b"")
        instructions = self._codes[id(code)][1]
        if code.co_name == "get_annotations" and not caller.f_locals.get("eval_str", True):
            return  # `inspect` takes the module's names, and looks up none
        if not instructions or instructions[caller.f_lasti] not in _SPELLING:
            self._recorder.looked_up(name, caller.f_globals.get("__name__", ""))


class _Finder(PathFinder):
    """Finds modules as Python does, notes where it looked, and loads the author's marked."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._lookups = _Lookups(recorder)

    def find_spec(  # type: ignore[override] # an instance here, a class method there
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        recorder = self._recorder
        if not recorder.active:
            return PathFinder.find_spec(name, path, target)
        with recorder.quiet():
            spec = PathFinder.find_spec(name, path, target)
            if not recorder.blame.importing:
                recorder.requested.append(name)
            tail = name.rpartition(".")[2]
            origin = spec.origin if spec else None
            for entry in sys.path if path is None else path:
                folder = os.path.abspath(entry or os.curdir)
                recorder.searched(folder, tail)
                if is_folder(inner := os.path.join(folder, tail)):
                    recorder.searched(inner, "__init__")
                if origin and origin.startswith(folder + os.sep):
                    break
            recorder.imported(name, origin or "")
            ahead: Preloaded | None = recorder.preloaded
            if ahead and name in ahead.awaited:
                ahead.begin(recorder)
                return ahead.found(name, origin)
            if spec and type(spec.loader) is SourceFileLoader and recorder.first_party(str(origin)):
                spec.loader = _MarkingLoader(name, str(origin), recorder, self._lookups)
            return spec


class _MarkingLoader(SourceFileLoader):
    """Loads a module of the author's with its functions marked."""

    def __init__(self, name: str, path: str, recorder: Recorder, lookups: _Lookups) -> None:
        super().__init__(name, path)
        self._recorder, self._lookups = recorder, lookups

    def exec_module(self, module: ModuleType) -> None:
        recorder, lookups, space = self._recorder, self._lookups, vars(module)
        code = self.get_code(module.__name__)

        class Watched(ModuleType):
            """A module that tells which names are looked up in it."""

            def __getattribute__(self, name: str) -> Any:
                if recorder.active:
                    lookups.note(name, sys._getframe(1))
                return super().__getattribute__(name)

        if type(module) is ModuleType:
            module.__class__ = Watched
        with recorder.blame.while_importing(installed=False):
            exec(code, space)  # noqa: S102 (the author's)

    def get_code(self, fullname: str) -> CodeType:
        recorder, path = self._recorder, os.path.abspath(self.get_filename(fullname))
        with recorder.quiet():
            source = Path(path).read_bytes()
            try:
                code, found = read_module(
                    path, recorder.shown(path), source, recorder.codes, recorder.compiled
                )
            except SyntaxError:
                recorder.depends(File.at(path, recorder.root), hashlib.sha256(source).hexdigest())
                raise
            recorder.loaded(fullname, path, source, found)
            return code
