"""Bringing products up to date: which are stale and why, running those jobs, keeping what came."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeVar

from truepage.discover import Figure, discover
from truepage.draw import Kind, Rendering, drawing
from truepage.errors import DrawingError
from truepage.files import write
from truepage.index import Index
from truepage.job import Failure, Job, Product, Run
from truepage.notebooks.notebook import Notebook, execution, find_notebooks, read_notebooks
from truepage.pages.assets import vendored
from truepage.pool import run
from truepage.project import Project
from truepage.store import Store
from truepage.trace import Trace
from truepage.world import Inputs, World

T = TypeVar("T")

ATTEMPTS = 3
"""How often a job is run at most when somebody writes to its inputs meanwhile."""

Progress = Callable[[int, int, Run | Failure], None]
"""Called after each job with how many are done, how many there are, and what came of it."""


def _silent(done: int, total: int, outcome: Run | Failure) -> None:
    pass


@dataclass(frozen=True)
class Standing:
    """How a job stands before anything is run.

    Parameters
    ----------
    job
        The job.
    product
        What came of it, when that is fresh.
    trace
        What its last run here touched, if it ever ran.
    reasons
        In words, why it is not fresh.
    seconds
        How long its last run took; 0 when it never ran.
    """

    job: Job
    product: Product | None
    trace: Trace | None
    reasons: tuple[str, ...]
    seconds: float

    @property
    def status(self) -> str:
        """`fresh`, `stale`, `missing` (never run), or `unseen` (run every time)."""
        if self.product:
            return "fresh"
        if self.trace is None:
            return "missing"
        return "unseen" if self.trace.unseen else "stale"


@dataclass(frozen=True)
class Batch:
    """What came of some jobs.

    Parameters
    ----------
    products
        Name of a job → what came of it, fresh or new.
    done
        Names of those that were run, and well → why; the others were fresh.
    failures
        Those that nothing came of.
    warnings
        What the author should know: what recording could not follow, what was damaged.
    """

    products: Mapping[str, Product]
    done: Mapping[str, tuple[str, ...]]
    failures: tuple[Failure, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Manifest:
    """The pictures of a project, by name, after a build.

    Parameters
    ----------
    figures
        What is declared.
    renderings
        What could be drawn.
    drawn
        Names of those drawn in this build → why; the others were fresh.
    failures
        Those that could not be drawn.
    warnings
        What the author should know: what recording could not follow, what was damaged.
    others
        What came of the jobs that were run with the drawings.
    """

    figures: Mapping[str, Figure]
    renderings: Mapping[str, Rendering]
    drawn: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    others: Batch = field(default_factory=lambda: Batch({}, {}, (), ()))

    def raise_failures(self) -> None:
        """Raise one error that lists every figure that could not be drawn, if there is one."""
        if self.failures:
            raise DrawingError("\n".join(failure.message for failure in self.failures))


class Workshop:
    """A project with its store and its index: what a command works with.

    Parameters
    ----------
    project
        The project.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.store = Store(project.cache_dir)
        checkout = hashlib.sha256(str(project.root).encode()).hexdigest()[:16]
        self.index = Index(project.cache_dir / "index" / f"{checkout}.json")
        self.world = World(project, self.index)

    def look_again(self) -> None:
        """Look at the state of everything anew."""
        self.index.look_again()
        self.world = World(self.project, self.index)

    def figures(self, names: Sequence[str] = ()) -> dict[str, Figure]:
        """Return the figures of the given names, or all of them.

        Raises
        ------
        DrawingError
            There is no figure of a name.
        """
        figures = discover(self.project, self.index)
        if unknown := [name for name in names if name not in figures]:
            raise DrawingError("\n".join(unknown_figure(name, figures) for name in unknown))
        return {name: figures[name] for name in names} if names else figures

    def drawings(self, names: Sequence[str] = (), kind: Kind = "svg") -> dict[str, Job]:
        """Return the jobs of drawing the figures of the given names, or all of them."""
        figures = self.figures(names)
        return {name: drawing(self.project, figure, kind) for name, figure in figures.items()}

    def notebooks(self) -> dict[str, Notebook]:
        """Return the notebooks among the pages, where the site is one that executes them."""
        host = self.project.root / "mkdocs.yml"
        docs = self.project.root / "docs"
        if not (host.is_file() and "mkdocs-jupyter" in host.read_text("utf-8", "replace")):
            return {}
        return read_notebooks(self.project, find_notebooks(docs), docs, self.figures(), self.index)

    def executions(self) -> dict[str, Job]:
        """Return the jobs of executing the notebooks, by what commands call them."""
        return {name: execution(notebook) for name, notebook in self.notebooks().items()}

    def jobs(self) -> dict[str, Job]:
        """Return the jobs of all figures and all notebooks, by what commands call them."""
        return {**self.drawings(), **self.executions()}

    def job(self, name: str) -> Job:
        """Return the job of a figure or of a notebook.

        Raises
        ------
        DrawingError
            There is none of this name.
        """
        jobs = self.jobs()
        if name not in jobs:
            raise DrawingError(unknown_figure(name, jobs))
        return jobs[name]

    def standing(self, job: Job) -> Standing:
        """Return how a job stands. Runs nothing and imports nothing of the author's."""
        key = " ".join(job.identity)
        last = self.store.last(job.identity, self.index.last.get(key, ""))
        if last and last[0].is_fresh(self.world):
            candidates = [last]
        else:
            candidates = [
                entry for entry in self.store.traces(job.identity) if entry[0].is_fresh(self.world)
            ]
        for trace, meta in candidates:
            if product := self.store.get(meta):
                self.store.used(job.identity, trace)
                self.index.remember(key, trace.digest)
                return Standing(job, product, trace, (), product.seconds)
        if last is None:
            return Standing(job, None, None, (f"it was never {job.done}",), 0.0)
        trace, meta = last
        changes = tuple(trace.changes(self.world, self.project))
        reasons = changes or (f"its {job.result} was lost",)
        return Standing(job, None, trace, reasons, float(meta["seconds"]))

    def keep(self, job: Job, run: Run, inputs: Inputs | None = None) -> Trace:
        """Keep what came of a job; return its trace.

        Parameters
        ----------
        inputs
            The inputs that it declares, as they were before; by default as they are now.
        """
        unseen = dict(run.unseen)
        if job.inputs is not None:
            # The author has said what C code reads.
            unseen = {what: where for what, where in unseen.items() if " C " not in what}
        trace = Trace(
            {
                **self.world.base(),
                **run.parts,
                **self.world.distributions(run.installed),
                **self.world.ours(run.ours),
                **(inputs or self.world.inputs(job)).afterwards(),
            },
            unseen,
        )
        self.store.put(job.identity, trace, run.product)
        self.index.remember(" ".join(job.identity), trace.digest)
        return trace


def unknown_figure(name: str, figures: Collection[str]) -> str:
    """Return the message for a name that no figure has."""
    close = get_close_matches(name, figures, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(figures) or 'none'}."
    return f"no figure is named {name!r}; {hint}"


def status(project: Project) -> list[Standing]:
    """Return how each figure and notebook stands. Runs nothing."""
    workshop = Workshop(project)
    standings = [workshop.standing(job) for job in workshop.jobs().values()]
    workshop.index.save()
    return standings


def run_jobs(
    workshop: Workshop,
    jobs: Iterable[Job],
    *,
    force: bool = False,
    progress: Progress = _silent,
) -> Batch:
    """Bring the products of some jobs up to date; nothing fresh is run unless forced.

    Parameters
    ----------
    workshop
        The project, with its store.
    jobs
        The jobs, each of another name; their tasks may differ.
    force
        Run them all.
    progress
        What to tell how it goes.

    Raises
    ------
    DeclarationError
        A job declares an input that is not there. Nothing was run.
    ValueError
        Two jobs have one name.
    """
    jobs = list(jobs)
    named = {job.name: job for job in jobs}
    if len(named) < len(jobs):
        raise ValueError("two jobs of one batch have the same name")
    # A missing one is found before anything is run.
    inputs = {name: workshop.world.inputs(job) for name, job in named.items()}
    standings = {name: workshop.standing(job) for name, job in named.items()}
    products: dict[str, Product] = {}
    warnings: list[str] = []
    failures: list[Failure] = []
    stale = {}
    for name, standing in standings.items():
        if standing.product and not force:
            products[name] = standing.product
        else:
            stale[name] = standing
    in_order = sorted(stale.values(), key=lambda standing: -standing.seconds)
    waiting = [standing.job for standing in in_order]
    done = 0
    for attempt in range(ATTEMPTS):
        again = []
        for outcome in run(workshop.project, waiting):
            job = named[outcome.name]
            moved = inputs[job.name].moved
            if moved and attempt + 1 < ATTEMPTS:
                again.append(job)
                continue
            if isinstance(outcome, Failure):
                failures.append(outcome)
            else:
                products[job.name] = outcome.product
                trace = workshop.keep(job, outcome, inputs[job.name])
                warnings.extend(_unseen(job, trace))
                warnings.extend(_written(job, moved))
            done += 1
            progress(done, len(stale), outcome)
        if not again:
            break
        workshop.look_again()
        inputs |= {job.name: workshop.world.inputs(job) for job in again}
        waiting = again
    if stale:
        workshop.store.prune()
    workshop.index.save()
    damaged = [
        f"{name}: was damaged in the store; it is made again." for name in workshop.store.damaged
    ]
    return Batch(
        products=dict(sorted(products.items())),
        done={
            name: standing.reasons or ("it was asked for",)
            for name, standing in stale.items()
            if name in products
        },
        failures=tuple(sorted(failures, key=lambda failure: failure.name)),
        warnings=(*damaged, *warnings),
    )


def _written(job: Job, moved: Iterable[str]) -> Iterator[str]:
    for label in moved:
        yield (
            f"{job.place}: {job.words} declares the input {label.partition(' ')[2]!r}, which was "
            f"written to while it was {job.done}, {ATTEMPTS} times one after the other; it may not "
            f"show what is there now, and is {job.done} again next time. Let nothing write to its "
            "inputs meanwhile."
        )


def _unseen(job: Job, trace: Trace) -> Iterator[str]:
    for what, where in trace.unseen.items():
        remedy = (
            "Name the files by @figure(inputs=[…]), or say inputs=[] if there are none."
            if " C " in what
            else "Give it what it needs as a constant or a file."
        )
        place = f" ({where})" if where.strip() else ""
        yield (
            f"{job.place}: {job.words} {what}{place}, which cannot be followed; "
            f"it is {job.done} every time. {remedy}"
        )


def build(
    project: Project,
    names: Sequence[str] = (),
    *,
    kind: Kind = "svg",
    force: bool = False,
    progress: Progress = _silent,
    others: Iterable[Job] = (),
    workshop: Workshop | None = None,
) -> Manifest:
    """Bring figures up to date and return them all; nothing fresh is drawn unless forced.

    Parameters
    ----------
    others
        Other jobs, which are run with the drawings.
    """
    vendored("figure-fonts")  # without them letters would be others, and of other widths
    workshop = workshop or Workshop(project)
    figures = workshop.figures(names)
    jobs = [drawing(project, figure, kind) for figure in figures.values()]
    batch = run_jobs(workshop, [*jobs, *others], force=force, progress=progress)

    def of(names: Collection[str], found: Mapping[str, T]) -> dict[str, T]:
        return {name: each for name, each in found.items() if name in names}

    rest = {name for name in (*batch.products, *batch.done) if name not in figures}
    drawn = [failure for failure in batch.failures if failure.name in figures]
    return Manifest(
        figures=figures,
        renderings={
            name: Rendering(name, kind, product)
            for name, product in of(figures, batch.products).items()
        },
        drawn=of(figures, batch.done),
        failures=tuple(drawn),
        warnings=batch.warnings,
        others=Batch(
            of(rest, batch.products),
            of(rest, batch.done),
            tuple(failure for failure in batch.failures if failure not in drawn),
            (),
        ),
    )


def publish(project: Project, manifest: Manifest, *, whole: bool) -> list[str]:
    """Bring `figures/rendered/` up to date with a build; return what changed there.

    Parameters
    ----------
    whole
        The manifest has every figure of the project, so that a picture without one is removed.
    """
    changed = []
    for name, rendering in manifest.renderings.items():
        path = project.rendered_dir / f"{name}.svg"
        if not path.is_file() or path.read_bytes() != rendering.content:
            write(path, rendering.content)
            changed.append(project.relative(path))
    if whole:
        for path in sorted(project.rendered_dir.glob("*.svg")):
            if path.stem not in manifest.figures:
                path.unlink(missing_ok=True)  # another build may have been faster
                changed.append(f"{project.relative(path)} (removed: no figure has this name)")
    return changed
