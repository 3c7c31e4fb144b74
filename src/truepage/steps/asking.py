"""In the process of a task: asking the builder what a call of a step comes to.

The arguments go to the store, and the result comes from there: large arrays as memory that is
mapped from their files, which is copied where somebody writes to it, and only there.
"""

import builtins
import contextlib
import hashlib
import importlib.util
import inspect
import json
import os
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import Any, BinaryIO

import numpy as np

from truepage.declare import STEP, DeclaredStep
from truepage.engine.dependencies import code
from truepage.engine.file_access import keep
from truepage.engine.step_call import StepCall
from truepage.steps.contents import Packer, Tree, UnkeepableError, unpack
from truepage.tracing.author import RefusedError
from truepage.tracing.recorder import Recorder

if sys.platform != "win32":
    import resource

MAPPED = 1 << 16
"""Bytes from which an array is not read but mapped into memory."""

INLINE = 1000
"""Characters that packed arguments may have in a label; longer ones are an object of the store."""

_clock = time.perf_counter  # as it is before recording wraps it
_DIGEST = re.compile(r"[0-9a-f]{64}")

Send = Callable[[str], str]
"""Sends the builder a question in one line and returns its answer."""


def install(recorder: Recorder, send: Send) -> "Asker":
    """Let calls of steps be answered by the builder from now on; return what asks it."""
    asker = Asker(recorder, send)
    setattr(builtins, STEP, asker)
    return asker


def by_socket(channel: socket.socket, question: str) -> str:
    """Ask by a socket of its own, whose other end goes through a channel: forks may share that."""
    ours, theirs = socket.socketpair()
    with ours:
        socket.send_fds(channel, [b"?"], [theirs.fileno()])
        theirs.close()
        with ours.makefile("rw", encoding="utf-8") as stream:
            stream.write(question + "\n")
            stream.flush()
            return stream.readline()


class Asker:
    """What is called in the place of a step.

    Parameters
    ----------
    recorder
        What records this task.
    send
        Asks the builder.
    """

    def __init__(self, recorder: Recorder, send: Send) -> None:
        self._recorder, self._send = recorder, send
        self._contents = Contents(recorder)
        self._known: dict[str, str] = {}
        self.waited = 0.0
        """Seconds for which answers were waited for, by one thread or more."""
        self._guard, self._waiting, self._since = Lock(), 0, 0.0

    def __call__(
        self, step: DeclaredStep, arguments: tuple[Any, ...], named: Mapping[str, Any]
    ) -> object:
        """Return what a call of a step comes to.

        Raises
        ------
        TypeError
            The function does not take these arguments.
        RefusedError
            They, or the result, cannot be kept; or computing it failed.
        """
        recorder = self._recorder
        with recorder.quiet():
            call, line = self._call(step, arguments, named)
            name = call.name
            digest = self._known.get(name)
            if digest is None:
                told = {"call": name, "line": line, "inputs": step.inputs, "timeout": step.timeout}
                with self._counted():
                    said = self._send(json.dumps(told))
                answer = json.loads(said or '{"failed": "it was stopped"}')
                if "failed" in answer:
                    self._refuse(f"calls a step that failed:\n{answer['failed']}")
                digest = self._known[name] = answer["result"]
            recorder.depends(code.Step(name), digest)
            document = self._contents.read(digest)
        return self._contents.unpack(document)

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        with self._guard:
            self._since = self._since if self._waiting else _clock()
            self._waiting += 1
        try:
            yield
        finally:
            with self._guard:
                self._waiting -= 1
                self.waited += 0.0 if self._waiting else _clock() - self._since

    def _call(
        self, step: DeclaredStep, arguments: tuple[Any, ...], named: Mapping[str, Any]
    ) -> tuple[StepCall, int]:
        """Return a call, with all its arguments by name, and the line where its step stands."""
        function: Any = step.function
        module, name = (getattr(function, key, "") for key in ("__module__", "__qualname__"))
        name = name or repr(function)
        code = getattr(inspect.unwrap(function), "__code__", None)
        line = code.co_firstlineno if code else 1
        found: Any = sys.modules.get(module)
        file = getattr(found, "__file__", None) or (code and code.co_filename)
        path = self._recorder.shown(self._recorder.absolute(file)) if file else ""
        place = f" ({path}:{line})" if path else ""
        for part in name.split("."):
            found = getattr(found, part, None)
        if module == "__main__" or found is None:
            self._refuse(
                f"calls the step {name}{place}, which cannot be found by its name; expected "
                "@step above a `def` at the top level of a module in figures/ or in source_dirs"
            )
        if getattr(found, STEP, None) is not step:
            self._refuse(
                f"calls the step {name}{place}, but {module}.{name} is something else by "
                "now; expected @step above all other decorators, and one definition of a name"
            )
        try:
            bound = inspect.signature(function).bind(*arguments, **named)
        except TypeError as error:
            raise TypeError(f"{name}(): {error}") from None
        bound.apply_defaults()
        try:
            packer = self._contents.packer()
            packed = {
                key: packer.pack(value, f"its argument {key!r}")
                for key, value in bound.arguments.items()
            }
        except UnkeepableError as error:
            self._refuse(f"calls the step {name} ({path}:{line}), and {error}")
        text = json.dumps(packed)
        inside: Any = packed if len(text) <= INLINE else self._contents.write(text.encode())
        return StepCall(module, path, name, inside), line

    def _refuse(self, words: str) -> None:
        """Raise what says why there is no result; who catches it cannot count as fresh."""
        place = self._recorder.place()
        self._recorder.note("goes on after a step that it calls failed", place)
        raise RefusedError(f"{words}\n    called at {place}")


class Contents:
    """Packed values and their arrays, in the store.

    Parameters
    ----------
    recorder
        What records this task, and knows its folders.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._arrays, self._objects = recorder.cache / "arrays", recorder.cache / "objects"
        self._written = 0

    def packer(self) -> Packer:
        """Return what packs values into the store."""
        return Packer(self._keep, self._find)

    def digest(self, value: object) -> str:
        """Return the digest of a value, and keep nothing."""

        def of_array(array: np.ndarray[Any, Any]) -> str:
            whole = _Hashing(None)
            np.save(whole, array, allow_pickle=False)
            return whole.digest.hexdigest()

        packed = Packer(of_array, self._find).pack(value, "")
        return hashlib.sha256(json.dumps(packed).encode()).hexdigest()

    def write(self, document: bytes) -> str:
        """Keep a document; return its digest."""
        digest = hashlib.sha256(document).hexdigest()
        keep(self._objects / f"{digest}.json", document)
        return digest

    def read(self, digest: str) -> Tree:
        """Return a document that was kept."""
        return json.loads((self._objects / f"{_checked(digest)}.json").read_bytes())

    def unpack(self, tree: Tree) -> Any:
        """Return a packed value, made anew."""
        return unpack(tree, self._load, self._find)

    def _keep(self, array: np.ndarray[Any, Any]) -> str:
        """Keep an array; return its digest."""
        self._written += 1
        self._arrays.mkdir(parents=True, exist_ok=True)
        temporary = self._recorder.forks.with_suffix(f".{os.getpid()}-{self._written}.npy")
        try:
            with _unlimited(), temporary.open("wb") as file:
                whole = _Hashing(file)
                np.save(whole, array, allow_pickle=False)
            digest = whole.digest.hexdigest()
            temporary.replace(self._arrays / f"{digest}.npy")
        finally:
            temporary.unlink(missing_ok=True)
        return digest

    def _load(self, digest: str) -> np.ndarray[Any, Any]:
        file = self._arrays / f"{_checked(digest)}.npy"
        with self._recorder.quiet():
            mode: Any = "c" if file.stat().st_size > MAPPED else None
            return np.asarray(np.load(file, mmap_mode=mode, allow_pickle=False))

    def _find(self, name: str) -> object:
        """Return the author's class of a name; nothing else is imported."""
        module, _, inside = name.partition(":")
        if module == "__main__":
            return None
        spec = importlib.util.find_spec(module.partition(".")[0])
        places = [spec.origin, *(spec.submodule_search_locations or ())] if spec else []
        files = [place for place in places if place and os.sep in place]
        if not any(map(self._recorder.first_party, files)):
            return None
        found: Any = None
        with contextlib.suppress(ImportError):
            found = importlib.import_module(module)
        for part in inside.split("."):
            found = getattr(found, part, None)
        return found


class _Hashing:
    """A file that is written to, if there is one, and the digest of what is written."""

    def __init__(self, file: BinaryIO | None) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, content: bytes) -> int:
        """Write some more of it."""
        self.digest.update(content)
        return self._file.write(content) if self._file else len(content)


@contextlib.contextmanager
def _unlimited() -> Iterator[None]:
    """Lift the limit of what a task may write: what it keeps is no file of the author's."""
    if sys.platform == "win32":
        yield
        return
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits[1], limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def _checked(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"{digest!r} is no digest")
    return digest
