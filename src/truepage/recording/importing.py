"""Importing the author's modules, marked, while noting where Python looked for them."""

import hashlib
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from truepage.recording.reading import read_module
from truepage.recording.recorder import Recorder
from truepage.states import is_folder


def install(recorder: Recorder) -> None:
    """Take the place of Python's finder of modules in `sys.path`."""
    sys.meta_path[sys.meta_path.index(PathFinder)] = _Finder(recorder)


class _Finder(PathFinder):
    """Finds modules as Python does, notes where it looked, and loads the author's marked."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def find_spec(  # type: ignore[override] # an instance here, a class method there
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        recorder = self._recorder
        if not recorder.active:
            return PathFinder.find_spec(name, path, target)
        with recorder.quiet():
            spec = PathFinder.find_spec(name, path, target)
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
            if spec and type(spec.loader) is SourceFileLoader and recorder.first_party(str(origin)):
                spec.loader = _Loader(name, str(origin), recorder)
            return spec


class _Loader(SourceFileLoader):
    """Loads a module of the author's with its functions marked."""

    def __init__(self, name: str, path: str, recorder: Recorder) -> None:
        super().__init__(name, path)
        self._recorder = recorder

    def get_code(self, fullname: str) -> CodeType:
        recorder, path = self._recorder, os.path.abspath(self.get_filename(fullname))
        with recorder.quiet():
            source = Path(path).read_bytes()
            try:
                code, found = read_module(path, recorder.shown(path), source, recorder.codes)
            except SyntaxError:
                recorder.parts[f"file {recorder.shown(path)}"] = hashlib.sha256(source).hexdigest()
                raise
            recorder.loaded(fullname, path, source, found)
            return code
