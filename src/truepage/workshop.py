"""A project with its store and its index: what a command works with, and how its jobs stand."""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from truepage.discover import Figure, discover
from truepage.draw import Kind, drawing
from truepage.errors import DrawingError
from truepage.galleries.gallery import find_galleries, script_jobs
from truepage.index import Index
from truepage.job import Job, Product, Run
from truepage.notebooks.notebook import Notebook, execution, find_notebooks, read_notebooks
from truepage.project import Project
from truepage.store import Meta, Store
from truepage.trace import Trace
from truepage.world import Inputs, World

EXECUTES = re.compile(r"\bexecute:[ \t]*(?:true|!ENV)", re.IGNORECASE)
"""What a host's configuration says where notebooks are run."""

LEAVES = re.compile(r"\bnotebooks:[ \t]*false", re.IGNORECASE)
"""What it says where they are left to mkdocs-jupyter."""


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
        What its last run here touched, if it ever ran, with whatever content.
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
        host = self.project.host
        docs = self.project.docs_dir
        said = host.read_text("utf-8", "replace") if host.is_file() else ""
        if "mkdocs-jupyter" not in said or not EXECUTES.search(said) or LEAVES.search(said):
            return {}
        paths = find_notebooks(docs)
        found = read_notebooks(self.project, paths, docs, self.figures(), self.index)
        return {name: one for name, one in found.items() if one.language == "python"}

    def executions(self) -> dict[str, Job]:
        """Return the jobs of executing the notebooks, by what commands call them."""
        return {name: execution(notebook) for name, notebook in self.notebooks().items()}

    def scripts(self) -> dict[str, Job]:
        """Return the jobs of running the scripts of galleries, by what commands call them."""
        return script_jobs(find_galleries(self.project, self.index).values())

    def jobs(self) -> dict[str, Job]:
        """Return the jobs of all figures, notebooks and scripts, by what commands call them."""
        return {**self.drawings(), **self.executions(), **self.scripts()}

    def job(self, name: str) -> Job:
        """Return the job of a figure, a notebook or a script.

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
        if last is None and (earlier := self._earlier(job)):
            trace, meta = earlier
            return Standing(job, None, trace, (f"{job.holds} changed",), float(meta["seconds"]))
        if last is None:
            return Standing(job, None, None, (f"it was never {job.done}",), 0.0)
        trace, meta = last
        changes = tuple(trace.changes(self.world, self.project))
        reasons = changes or (f"its {job.result} was lost",)
        return Standing(job, None, trace, reasons, float(meta["seconds"]))

    def _earlier(self, job: Job) -> tuple[Trace, Meta] | None:
        """Return the trace of a job's last run, and what came of it, when it held other content."""
        if not job.holds:
            return None
        *rest, _ = job.identity
        start = " ".join([*rest, ""])
        found = (key for key in reversed(self.index.last) if key.startswith(start))
        key = next(found, start)
        return self.store.last((*rest, key.removeprefix(start)), self.index.last.get(key, ""))

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
    if close:
        hint = f"did you mean {close[0]!r}?"
    elif figures:
        hint = f"there are: {', '.join(figures)}."
    else:
        hint = (
            "there are none yet; expected a function with @figure in figures/, or a page's block "
            f'```python figure="{name}" alt="…" caption="…".'
        )
    return f"no figure is named {name!r}; {hint}"


def status(project: Project) -> list[Standing]:
    """Return how each figure, notebook and script stands. Runs nothing."""
    workshop = Workshop(project)
    standings = [workshop.standing(job) for job in workshop.jobs().values()]
    workshop.index.save()
    return standings
