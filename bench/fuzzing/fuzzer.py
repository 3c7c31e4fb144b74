"""A program that is edited, what the engine says of it, and what drawing again shows."""

import ast
import contextlib
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import truepage.engine.pool
import truepage.engine.stat_cache
from fuzzing.edits import EDITS
from fuzzing.programs import generate
from fuzzing.tally import IMPORTED, NEEDLESS, RAN, Blame, Tally
from truepage.engine.ast_digest import dump, outline
from truepage.engine.bindings import bindings
from truepage.engine.context import BuildContext
from truepage.engine.dependencies.base import Dependency
from truepage.engine.dependencies.code import Function, Module, Words
from truepage.engine.errors import TruepageError
from truepage.engine.pool import Pool
from truepage.engine.project import read_project
from truepage.engine.step_sharing import Steps
from truepage.engine.task import Run, TaskResult
from truepage.engine.trace import Trace
from truepage.project_tasks import find_tasks

LONG = 40
"""Edits of one generated program; then comes another."""

HERE = Path(__file__).parents[2]


class Fuzzer:
    """A project that is edited, and a warm worker that draws its figures.

    Parameters
    ----------
    root
        The project's folder.
    chance
        Where random choices come from.
    tally
        What is counted into.
    shared
        A Pool whose workers are used.
    """

    def __init__(
        self, root: Path, chance: random.Random, tally: Tally, shared: Pool | None
    ) -> None:
        self.root, self.chance, self.tally = root, chance, tally
        self.project = read_project(root)
        folder = self.project.cache_dir / "drawing"
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.pool = Pool(self.project, folder)
        if shared:
            self.pool._all, self.pool._free = shared._all, shared._free
        self.pictures: dict[str, bytes | None] = {}
        self.blames: dict[str, Blame] = {}
        self.before: dict[Path, bytes] = {}

    def draw(self) -> dict[str, bytes | None]:
        """Draw all figures and keep what was drawn; None is a figure that fails."""
        context = BuildContext(self.project)
        pictures: dict[str, bytes | None] = {}
        pool = self._pool(Steps(context, anew=True))
        for name, task in find_tasks(context).items():
            outcome = pool.run(task)
            pictures[name] = None
            if isinstance(outcome, Run):
                context.keep(task, outcome)
                pictures[name] = _content(outcome.product)
        context.index.save()
        return pictures

    def judge(self) -> dict[str, bytes | None]:
        """Return the pictures that the engine calls fresh; None: it would draw the figure."""
        context = BuildContext(self.project)
        fresh = {}
        pool = self._pool(Steps(context))
        for name, task in find_tasks(context).items():
            status = context.status(task)
            product = status.product or pool.settled(task)
            fresh[name] = _content(product) if product else None
            if product:
                continue
            trace = status.trace
            if trace and (changed := list(trace.changed(context.current))):
                self.blames[name] = self._blame(trace, changed)
            else:  # a notebook has other cells
                self.blames[name] = Blame(RAN, "what it consists of")
        context.index.save()
        return fresh

    def _pool(self, steps: Steps) -> Pool:
        """Return the pool, with something that answers calls of steps."""
        pool = Pool(self.project, self._folder, steps)
        pool._all, pool._free = self.pool._all, self.pool._free
        return pool

    def step(self) -> None:
        """Make one edit and compare; an edit that breaks a figure is taken back afterwards."""
        backup = self.before = self._backup()
        edit = self.chance.choice(EDITS)
        what = ""
        with contextlib.suppress(LookupError, SyntaxError):
            what = edit(self.root, self.chance)
        if not what:
            return
        self.tally.edits += 1
        try:
            fresh = self.judge()
            pictures = self.draw()
        except TruepageError:  # no figure can be told: nothing counts as fresh
            self._restore(backup)
            return
        for name, content in pictures.items():
            self._compare(name, content, fresh.get(name), f"{edit.__name__}: {what}")
        broken = None in pictures.values() and None not in self.pictures.values()
        if broken or self.chance.random() < 0.3:
            self._restore(backup)
            for name, content in self.judge().items():
                if content is not None and content != self.pictures.get(name):
                    self.tally.stale.append(f"{self.root.name}: {name} after taking back {what}")
        else:
            self.pictures = pictures

    def _compare(self, name: str, truth: bytes | None, fresh: bytes | None, what: str) -> None:
        before = self.pictures.get(name)
        if truth is not None and truth == before:
            self.tally.unchanged += 1
            if fresh is None:
                blame = self.blames[name]
                self.tally.idle[blame.kind] += 1
                edit = what.partition(":")[0]
                self.tally.causes[f"{blame.kind}, after {edit}: {blame.words}"] += 1
        else:
            self.tally.changed += 1
        if fresh is not None and fresh != truth:
            self.tally.stale.append(f"{self.root.name}: {name} after {what}")

    def _blame(self, trace: Trace, changed: list[Dependency]) -> Blame:
        """Return why the engine would draw a figure again, whose trace has changed so."""
        words, kinds = set(), {NEEDLESS}
        for on in changed:
            if isinstance(on, Module):
                statements, binds = self._statements(on.path)
                kinds |= set() if binds else {IMPORTED}
                words.add(f"{statements}, {'some' if trace.of(Words) else 'all'}")
            elif isinstance(on, Function) and self._is_counted_anew(trace.parts[on.label], on):
                words.add("a function that ran is counted anew")
            else:
                kinds.add(RAN)
                words.add(type(on).__name__.lower())
        kind = next(kind for kind in (RAN, IMPORTED, NEEDLESS) if kind in kinds)
        return Blame(kind, " and ".join(sorted(words)) or "nothing that is recorded")

    def _is_counted_anew(self, digest: str, function: Function) -> bool:
        """Tell whether one of several functions of one name has only another number now."""
        with contextlib.suppress(OSError, SyntaxError):
            pieces = outline(ast.parse((self.root / function.path).read_bytes())).pieces
            return any(
                now == digest and piece.partition("#")[0] == function.piece.partition("#")[0]
                for piece, now in pieces.items()
            )
        return False

    def _statements(self, name: str) -> tuple[str, bool]:
        """Say which of a module's statements an edit changed, and whether all only bind names."""
        path = self.root / name
        if not path.is_file() or path not in self.before:
            return "a module that comes or goes", False
        old, new = (ast.parse(text) for text in (self.before[path], path.read_bytes()))
        dumped = [[repr(dump(statement)) for statement in tree.body] for tree in (old, new)]
        changed = {
            type(statement).__name__
            + " with decorators" * bool(getattr(statement, "decorator_list", []))
            for tree, there in ((old, dumped[1]), (new, dumped[0]))
            for statement in tree.body
            if repr(dump(statement)) not in there
        }
        words = "+".join(sorted(changed)) or "order or number of statements"
        return words, bindings(old).rest == bindings(new).rest

    def _backup(self) -> dict[Path, bytes]:
        return {
            path: path.read_bytes()
            for folder in ("src", "figures", "docs", "data")
            for path in (self.root / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    def _restore(self, backup: dict[Path, bytes]) -> None:
        now = self._backup()
        for path in now.keys() - backup.keys():
            path.unlink()
        for path, content in backup.items():
            if now.get(path) != content:
                path.write_bytes(content)


def _content(product: TaskResult) -> bytes:
    """Return all that is seen of a result: a picture, or what a notebook's cells show."""
    if "svg" in product.files:
        return product.files["svg"]
    facts = json.dumps(product.facts, sort_keys=True).encode()
    return b"".join([facts, *(product.files[name] for name in sorted(product.files))])


def fuzz(
    folder: Path, edits: int, own: int, seed: int, *, notebooks: bool = False
) -> Iterator[Tally]:
    """Edit programs in a folder and yield the tally after each program.

    Parameters
    ----------
    folder
        Where the programs are written.
    edits
        How many edits of generated programs.
    own
        How many edits of a copy of our own `src/neural` and `figures`.
    seed
        The same seed makes the same programs and edits.
    notebooks
        Whether the programs have notebooks.
    """
    truepage.engine.pool.TIMEOUT = 10.0  # an edit may make a loop that never ends
    truepage.engine.stat_cache.RACY = (
        20_000_000  # edits follow each other fast; the index is to be used
    )
    chance = random.Random(seed)
    tally = Tally()
    with contextlib.ExitStack() as stack:
        shared: Pool | None = None

        def run(root: Path, upto: int) -> None:
            nonlocal shared
            fuzzer = Fuzzer(root, chance, tally, shared)
            if shared is None:
                shared = stack.enter_context(fuzzer.pool)
            fuzzer.pictures = fuzzer.draw()
            tries = 0
            while tally.edits < upto and tries < 10 * LONG:
                tries += 1
                fuzzer.step()

        if own:
            root = folder / "own"
            ignore = shutil.ignore_patterns("rendered", "__pycache__", "truepage")
            for name in ("src", "figures"):
                shutil.copytree(HERE / name, root / name, ignore=ignore)
            (root / "pyproject.toml").write_text("")
            while tally.edits < own:
                run(root, min(own, tally.edits + LONG))
                yield tally
        program = 0
        while tally.edits < own + edits:
            program += 1
            root = folder / f"program-{seed}-{program}"
            generate(root, chance, notebooks=notebooks)
            run(root, min(own + edits, tally.edits + LONG))
            if not tally.stale:
                shutil.rmtree(root)
            yield tally
