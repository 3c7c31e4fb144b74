"""Bringing pictures up to date: which are stale and why, drawing those, keeping what was drawn."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from truepage.discover import Figure, discover
from truepage.draw import Drawing, Failure, Kind, Rendering, draw
from truepage.errors import DrawingError
from truepage.files import write
from truepage.index import Index
from truepage.project import Project
from truepage.store import Store
from truepage.trace import Trace
from truepage.world import World

Progress = Callable[[int, int, Drawing | Failure], None]
"""Called after each drawing with how many are done, how many there are, and what came of it."""


@dataclass(frozen=True)
class Standing:
    """How a figure stands before anything is drawn.

    Parameters
    ----------
    figure
        The figure.
    rendering
        Its picture, when that is fresh.
    trace
        What its last drawing here touched, if it was ever drawn.
    reasons
        In words, why it is not fresh.
    seconds
        How long its last drawing took; 0 when it was never drawn.
    """

    figure: Figure
    rendering: Rendering | None
    trace: Trace | None
    reasons: tuple[str, ...]
    seconds: float

    @property
    def status(self) -> str:
        """`fresh`, `stale`, `missing` (never drawn), or `unseen` (drawn every time)."""
        if self.rendering:
            return "fresh"
        if self.trace is None:
            return "missing"
        return "unseen" if self.trace.unseen else "stale"


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
    """

    figures: Mapping[str, Figure]
    renderings: Mapping[str, Rendering]
    drawn: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()

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

    def standing(self, figure: Figure, kind: Kind = "svg") -> Standing:
        """Return how a figure stands. Draws nothing and imports nothing of the author's."""
        key = f"{kind} {figure.name}"
        last = self.store.last(figure, kind, self.index.last.get(key, ""))
        if last and last[0].is_fresh(self.world):
            candidates = [last]
        else:
            candidates = [
                entry for entry in self.store.traces(figure, kind) if entry[0].is_fresh(self.world)
            ]
        for trace, meta in candidates:
            if rendering := self.store.get(meta):
                self.store.used(figure, kind, trace)
                self.index.remember(key, trace.digest)
                return Standing(figure, rendering, trace, (), rendering.seconds)
        if last is None:
            return Standing(figure, None, None, ("it was never drawn",), 0.0)
        trace, meta = last
        reasons = tuple(trace.changes(self.world, self.project)) or ("its picture was lost",)
        return Standing(figure, None, trace, reasons, float(str(meta["seconds"])))

    def keep(self, figure: Figure, drawing: Drawing) -> Trace:
        """Keep what was drawn; return its trace."""
        unseen = dict(drawing.unseen)
        if figure.inputs is not None:
            # The author has said what C code reads.
            unseen = {what: where for what, where in unseen.items() if " C " not in what}
        trace = Trace(
            {
                **self.world.base(),
                **drawing.parts,
                **self.world.distributions(drawing.installed),
                **self.world.inputs(figure),
            },
            unseen,
        )
        rendering = drawing.rendering
        self.store.put(figure, rendering.kind, trace, rendering)
        self.index.remember(f"{rendering.kind} {figure.name}", trace.digest)
        return trace


def unknown_figure(name: str, figures: Mapping[str, object]) -> str:
    """Return the message for a name that no figure has."""
    close = get_close_matches(name, figures, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(figures) or 'none'}."
    return f"no figure is named {name!r}; {hint}"


def status(project: Project) -> list[Standing]:
    """Return how each figure stands. Draws nothing."""
    workshop = Workshop(project)
    standings = [workshop.standing(figure) for figure in workshop.figures().values()]
    workshop.index.save()
    return standings


def build(
    project: Project,
    names: Sequence[str] = (),
    *,
    kind: Kind = "svg",
    force: bool = False,
    progress: Progress = lambda done, total, outcome: None,
) -> Manifest:
    """Bring figures up to date and return them all; nothing fresh is drawn unless forced."""
    workshop = Workshop(project)
    figures = workshop.figures(names)
    for figure in figures.values():
        workshop.world.inputs(figure)  # a missing one is found before anything is drawn
    standings = {name: workshop.standing(figure, kind) for name, figure in figures.items()}
    renderings: dict[str, Rendering] = {}
    warnings: list[str] = []
    failures: list[Failure] = []
    stale = {}
    for name, standing in standings.items():
        if standing.rendering and not force:
            renderings[name] = standing.rendering
        else:
            stale[name] = standing
    in_order = sorted(stale.values(), key=lambda standing: -standing.seconds)
    for done, outcome in enumerate(draw(project, [s.figure for s in in_order], kind), start=1):
        if isinstance(outcome, Failure):
            failures.append(outcome)
        else:
            name = outcome.rendering.name
            renderings[name] = outcome.rendering
            trace = workshop.keep(figures[name], outcome)
            warnings.extend(_unseen(figures[name], trace))
        progress(done, len(stale), outcome)
    if stale:
        workshop.store.prune()
    workshop.index.save()
    damaged = [
        f"{name}: was damaged in the store; it is drawn again." for name in workshop.store.damaged
    ]
    return Manifest(
        figures=figures,
        renderings=dict(sorted(renderings.items())),
        drawn={
            name: standing.reasons or ("it was asked for",)
            for name, standing in stale.items()
            if name in renderings
        },
        failures=tuple(sorted(failures, key=lambda failure: failure.name)),
        warnings=(*damaged, *warnings),
    )


def _unseen(figure: Figure, trace: Trace) -> Iterable[str]:
    for what, where in trace.unseen.items():
        remedy = (
            "Name the files by @figure(inputs=[…]), or say inputs=[] if there are none."
            if " C " in what
            else "Give it what it needs as a constant or a file."
        )
        place = f" ({where})" if where.strip() else ""
        yield (
            f"{figure.place}: figure {figure.name!r} {what}{place}, which cannot be followed; "
            f"it is drawn every time. {remedy}"
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
