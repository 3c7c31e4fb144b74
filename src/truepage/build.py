"""Bringing pictures up to date: which are stale, drawing those, keeping what was drawn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from truepage.discover import Figure, discover
from truepage.draw import Failure, Kind, Rendering, draw
from truepage.errors import DrawingError
from truepage.project import Project
from truepage.store import Store, write
from truepage.trace import fingerprints

Progress = Callable[[int, int, Rendering | Failure], None]
"""Called after each drawing with how many are done, how many there are, and what came of it."""


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
        Names of those drawn in this build; the others were fresh.
    failures
        Those that could not be drawn.
    """

    figures: Mapping[str, Figure]
    renderings: Mapping[str, Rendering]
    drawn: frozenset[str] = frozenset()
    failures: tuple[Failure, ...] = field(default=())

    def raise_failures(self) -> None:
        """Raise one error that lists every figure that could not be drawn, if there is one."""
        if self.failures:
            raise DrawingError("\n".join(failure.message for failure in self.failures))


def select(project: Project, names: Sequence[str] = ()) -> dict[str, Figure]:
    """Return the figures of the given names, or all of them.

    Raises
    ------
    DrawingError
        There is no figure of a name.
    """
    figures = discover(project)
    if unknown := [name for name in names if name not in figures]:
        raise DrawingError("\n".join(unknown_figure(name, figures) for name in unknown))
    return {name: figures[name] for name in names} if names else figures


def unknown_figure(name: str, figures: Mapping[str, object]) -> str:
    """Return the message for a name that no figure has."""
    from difflib import get_close_matches

    close = get_close_matches(name, figures, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(figures) or 'none'}."
    return f"no figure is named {name!r}; {hint}"


def status(project: Project) -> dict[Figure, Rendering | None]:
    """Return each figure with its picture if that is fresh, else None. Draws nothing."""
    figures = discover(project)
    store = Store(project.cache_dir)
    prints = fingerprints(project, figures.values())
    return {figure: store.get(prints[name]) for name, figure in figures.items()}


def build(
    project: Project,
    names: Sequence[str] = (),
    *,
    kind: Kind = "svg",
    force: bool = False,
    progress: Progress = lambda done, total, outcome: None,
) -> Manifest:
    """Bring figures up to date and return them all; nothing fresh is drawn unless forced."""
    figures = select(project, names)
    store = Store(project.cache_dir)
    prints = fingerprints(project, figures.values(), kind)
    kept = {} if force else {name: store.get(prints[name]) for name in figures}
    renderings = {name: rendering for name, rendering in kept.items() if rendering}
    stale = [figure for name, figure in figures.items() if name not in renderings]
    failures = []
    for done, outcome in enumerate(draw(project, stale, kind), start=1):
        if isinstance(outcome, Failure):
            failures.append(outcome)
        else:
            store.put(prints[outcome.name], outcome)
            renderings[outcome.name] = outcome
        progress(done, len(stale), outcome)
    return Manifest(
        figures=figures,
        renderings=dict(sorted(renderings.items())),
        drawn=frozenset(figure.name for figure in stale) & renderings.keys(),
        failures=tuple(sorted(failures, key=lambda failure: failure.name)),
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
