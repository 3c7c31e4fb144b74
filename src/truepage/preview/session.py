"""A project that is being worked on: its pictures follow the code.

One thread decides; it hears of changes, asks the engine what is stale, and has that drawn by
workers that are kept warm, figures on open pages first. What it finds goes to the board.

Nothing here is trusted that the engine does not say: a notification only tells where to look, and
a drawing whose inputs changed meanwhile is never shown, but made again. The newest save wins.
"""

import os
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from truepage.engine.context import BuildContext
from truepage.engine.current_state import CurrentState, Inputs
from truepage.engine.errors import DeclarationError, TruepageError
from truepage.engine.project import Project
from truepage.engine.step_sharing import Steps
from truepage.engine.task import Failure, Kept, Run, Task, TaskResult, printed, warned
from truepage.engine.trace import Trace
from truepage.figures.discover import Figure
from truepage.figures.draw import drawing
from truepage.figures.manifest import Manifest, find_figures
from truepage.preview.board import Board
from truepage.preview.drawings import Drawing, Drawings
from truepage.preview.excerpt import PLACE
from truepage.preview.pictures import Pictures, Show, State
from truepage.preview.reach import Reach, Signature
from truepage.preview.save import Save, Saves
from truepage.preview.watcher import Watcher


@dataclass(frozen=True)
class _Changed:
    paths: frozenset[str] | None
    at: float


@dataclass(frozen=True)
class _Done:
    drawing: Drawing
    outcome: Run | Failure | Kept


class Session:
    """The pictures of a project, kept as the code has them.

    Parameters
    ----------
    project
        The project.
    board
        Where news go.
    show
        What a page is sent of a picture.
    say
        Where a line for each event goes.
    settled
        Called, from the session's thread, with the paths that changed since the last call, when
        all that they make stale is drawn: for what depends on the code besides figures.
    """

    def __init__(
        self,
        project: Project,
        board: Board,
        *,
        show: Show,
        say: Callable[[str], None],
        settled: Callable[[frozenset[str]], None] = lambda paths: None,
    ) -> None:
        self.board = board
        self._project, self._say, self._settled = project, say, settled
        self._context = BuildContext(project)
        self._reach = Reach(project)
        self._trees = [project.figures_dir, *project.source_dirs, project.docs_dir]
        self._trees += project.galleries
        self._code: dict[str, Signature] = {}  # the Python files in them, when last looked at
        self._gallery = Pictures(project.root, board, show)
        self._inbox: queue.SimpleQueue[_Changed | _Done | None] = queue.SimpleQueue()
        self._saves = Saves(say, self._gallery.failure)
        self._unsettled: set[str] = set()
        self._folders: set[Path] = set()
        self._drew = False  # so that there may be folders that are not watched yet
        self._broken: set[str] = set()  # figures that wrong declarations concern
        self._troubled = ""  # what keeps the session from going on
        steps = Steps(self._context, self._computed)
        self._drawings = Drawings(project, steps, lambda *done: self._inbox.put(_Done(*done)))
        self._watcher = Watcher(self.changed)
        self._idle = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="truepage-session", daemon=True)

    # Called from elsewhere.

    def start(self) -> None:
        """Look at everything and draw what is stale; `wait` waits for it."""
        self._drawings.keep_warm()
        self._watch()
        self._watcher.start()
        self.changed(None)
        self._thread.start()

    def changed(self, paths: frozenset[str] | None) -> None:
        """Note that some paths, or any, may have changed."""
        self._idle.clear()
        self._inbox.put(_Changed(paths, time.perf_counter()))

    def manifest(self) -> Manifest:
        """Return the pictures as they are now: the last good one of each figure."""
        return self._gallery.manifest()

    def file(self, name: str, suffix: str) -> bytes | None:
        """Return a file of a figure's picture."""
        return self._gallery.file(name, suffix)

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is left to do, or for some seconds; tell whether that is so."""
        return self._idle.wait(timeout)

    def close(self) -> None:
        """End: at once, and everything that was started."""
        self._stopped = True
        self._inbox.put(None)
        self._watcher.stop()
        self._drawings.close()
        if self._thread.is_alive():
            self._thread.join()
        self.board.close()

    # The session's own thread.

    def _run(self) -> None:
        while True:
            if self._inbox.empty() and not self._saves.waiting and not self._drawings.running:
                self._rest()
            try:
                event = self._inbox.get(timeout=self._drawings.patience)
            except queue.Empty:
                self._begin()
                continue
            if event is None or self._stopped:
                return
            try:
                if isinstance(event, _Done):
                    self._done(event)
                else:
                    self._look(event)
                    self._trouble("")
                if not self._stopped:
                    self._begin()
            except (TruepageError, OSError) as error:
                self._trouble(str(error))
            except Exception as error:  # whatever it is, the session goes on
                self._trouble(f"{type(error).__name__}: {error}")

    def _rest(self) -> None:
        """Nothing is left to do: watch what the drawings read, and let the others go on."""
        if self._drew:
            self._drew = False
            self._folders = self._reach.folders(
                self._all_of(state) for state in self._gallery.states.values()
            )
            self._watch()
        shown = self.board.open_figures()
        states = [*self._gallery.states.values()]
        seen = [state.task for state in states if state.figure.name in shown]
        self._drawings.prepare(seen or [state.task for state in states])
        if self._unsettled:
            paths, self._unsettled = frozenset(self._unsettled), set()
            self._settled(paths)
        if self._inbox.empty():
            self._idle.set()
            if not self._inbox.empty():
                self._idle.clear()

    def _look(self, event: _Changed) -> None:
        """Find out what a change made stale."""
        self._watch()
        self._context.look_again()
        current = self._context.current
        paths = None if event.paths is None else self._reach.really_changed(event.paths)
        if paths is not None and not paths:
            return
        self._code = self._reach.code(self._trees)
        self._drawings.outdate()
        save = Save(self._names(paths or ()), event.at)
        before = set(self._gallery.states)
        if paths is None or any(self._declares(path) for path in paths):
            self._discover()
        first = self.board.open_figures()
        for name in sorted(self._gallery.states, key=lambda name: name not in first):
            state = self._gallery.states[name]
            new = name not in before
            touched = paths is None or new or self._reach.reaches(paths, self._all_of(state))
            if name in self._broken:
                continue
            if touched or state.failure:
                self._ask(state, current, save)
                if name in first:
                    self._begin()
        if paths is None:
            self._context.save()
        else:
            self._unsettled |= paths
        self._saves.begin(save)

    def _ask(self, state: State, current: CurrentState, save: Save) -> None:
        """Ask how a figure stands, and have it drawn if it is not fresh."""
        name = state.figure.name
        shown = state.product_trace if state.product and not state.failure else None
        # What cannot be followed makes a picture stale in a build; here it would for ever.
        if shown and Trace(shown.parts, {}).is_fresh(current):
            self._saves.forget(name)
            return
        status = self._context.status(state.task)
        if status.product:
            self._saves.forget(name)
            new = status.product != state.product or state.failure
            self._show(state, status.product, status.trace)
            if new and save.paths:
                save.found.append(name)
            return
        state.trace = status.trace or state.trace
        self._saves.ask(name, save, status.reasons)

    def _begin(self) -> None:
        """Have drawn what is next, as far as there are workers."""
        self._drawings.stop_late()
        open_figures = self.board.open_figures()

        def turn(name: str) -> tuple[bool, float, str]:
            product = self._gallery.states[name].product
            return name not in open_figures, -product.seconds if product else 0.0, name

        for name in sorted(self._saves.waiting.keys() - self._drawings.running.keys(), key=turn):
            if self._drawings.are_full:
                return
            state = self._gallery.states[name]
            try:
                inputs = self._context.current.inputs(state.task)
            except (TruepageError, OSError) as error:  # such as one that is gone
                self._gallery.fail(state, str(error))
                self._saves.came(name, self._saves.waiting[name].failed)
                continue
            self._drawings.begin(state.task, inputs, self._files(state, inputs))

    def _done(self, event: _Done) -> None:
        """Show what came of a drawing, unless it is outdated."""
        name, outcome = event.drawing.task.name, event.outcome
        del self._drawings.running[name]
        save = self._saves.waiting.get(name)
        state = self._gallery.states.get(name)
        if not save or not state or state.task.identity != event.drawing.task.identity:
            return  # not asked for any more
        if event.drawing.is_outdated or isinstance(outcome, Run):
            self._context.look_again()
        if isinstance(outcome, Kept):
            self._ask(state, self._context.current, save)
            return
        if isinstance(outcome, Failure):
            if event.drawing.is_outdated:
                return  # it waits still, and is begun again
            if moved := self._moved(event.drawing, state):
                self._look(_Changed(moved, time.perf_counter()))  # before anybody told of it
                return
            self._tell(state.task, outcome)
            self._gallery.fail(state, outcome.message)
            self._saves.came(name, save.failed)
        else:
            trace = self._context.keep(state.task, outcome, event.drawing.inputs)
            untracked = bool(trace.untracked)
            if not untracked and not trace.is_fresh(self._context.current):
                state.trace = trace
                self._drawings.workers.renew()
                return
            if untracked and event.drawing.is_outdated:
                return
            self._tell(state.task, outcome)
            self._show(state, outcome.product, trace)
            self._saves.came(name, save.drawn)

    def _all_of(self, state: State) -> Trace | None:
        """Return what a figure's drawing touched, with what its steps touched."""
        return state.trace and self._context.whole(state.trace)

    def _computed(self, task: Task, outcome: Run | Failure) -> None:
        """Say what a step printed; called from the thread that has waited for it."""
        self._tell(task, outcome)
        if isinstance(outcome, Run):
            self._say(f"{task.called} computed ({outcome.product.seconds:.2f} s)")

    def _tell(self, task: Task, outcome: Run | Failure) -> None:
        """Say what a drawing printed, and what was warned of in it."""
        for words in (*printed(task, outcome), *warned(task, outcome)):
            self._say(words)

    def _show(self, state: State, product: TaskResult, trace: Trace | None) -> None:
        """Show a picture, and remember that it may have been made of other files."""
        self._drew = True
        self._gallery.show(state, product, trace)

    def _moved(self, drawing: Drawing, state: State) -> frozenset[str]:
        """Return the files that are not as they were before a drawing.

        An editor may truncate a file before it writes it, or save two files one after the other:
        a drawing that fails of what was between has nothing to say.
        """
        self._code = self._reach.code(self._trees)
        before, now = drawing.files, self._files(state, drawing.inputs)
        return frozenset(
            path for path in before.keys() | now.keys() if before.get(path) != now.get(path)
        )

    def _files(self, state: State, inputs: Inputs) -> dict[str, Signature]:
        """Return the files that a figure may be made of, as they are."""
        return {**self._code, **self._reach.files(self._all_of(state), inputs.signatures)}

    def _trouble(self, message: str) -> None:
        """Show what keeps the session itself from going on, or that nothing does any more."""
        if message != self._troubled:
            self._troubled = message
            self._problem("project", message)
            if message:
                self._say(message)

    def _problem(self, topic: str, message: str) -> None:
        """Show what is wrong and belongs to no figure, or by an empty message that all is well."""
        self.board.post_problem(self._project.root, topic, message)

    def _discover(self) -> None:
        """Find the figures that are declared."""
        try:
            found = find_figures(self._context)
            wrong = ""
        except DeclarationError as error:
            found, wrong = (
                {name: state.figure for name, state in self._gallery.states.items()},
                str(error),
            )
        if wrong != self._gallery.wrong:
            self._problem("figures", wrong)
            if wrong:
                self._say(wrong)
        self._broken = {
            figure.name for figure in found.values() if wrong and _concerns(wrong, figure)
        }
        states = {}
        for name, figure in found.items():
            task = drawing(self._project, figure)
            state = self._gallery.states.get(name)
            if state is None:
                state = State(figure, task)
            elif state.task.identity != task.identity:
                # Pages show its last picture, or why there is none, until there is another one.
                state = replace(state, product_trace=None, trace=None)
            state.figure, state.task = figure, task
            states[name] = state
        for name in self._gallery.states.keys() - states.keys():
            self._saves.forget(name)
        self._gallery.replace(states, wrong)
        for state in states.values():
            if state.figure.name in self._broken:
                self._saves.forget(state.figure.name)
                self._gallery.fail(state, wrong)

    def _watch(self) -> None:
        """Watch all that the pictures depend on."""
        self._watcher.watch(self._trees, {self._project.root, *self._folders})

    def _declares(self, path: str) -> bool:
        """Tell whether figures may be declared in a file: a module, or a page."""
        found = Path(path)
        return found.suffix != ".svg" or self._project.rendered_dir not in found.parents

    def _names(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Return what the author calls the files among some paths, those that are there if any."""
        files = [path for path in paths if not os.path.isdir(path)]
        there = [path for path in files if os.path.exists(path)]
        return tuple(sorted(self._project.relative(Path(path)) for path in there or files))


def _concerns(wrong: str, figure: Figure) -> bool:
    """Tell whether what is wrong with declarations concerns a figure: its file, or it alone."""
    return any(
        match["path"] == figure.path
        and (
            "not valid Python" in line
            or (f" {figure.function}()" if figure.function else repr(figure.name)) in line
        )
        for line in wrong.split("\n")
        if (match := PLACE.match(line))
    )
