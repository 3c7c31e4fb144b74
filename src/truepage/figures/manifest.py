"""Manifests: the figures of a project with their pictures, after a build."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from truepage.engine.batch import Batch, run_tasks
from truepage.engine.context import BuildContext
from truepage.engine.errors import DrawingError
from truepage.engine.file_access import vendored, write
from truepage.engine.progress import Progress, silent
from truepage.engine.project import Project
from truepage.engine.task import Failure, Task
from truepage.figures.discover import Figure, discover, unknown_figure
from truepage.figures.draw import Kind, Rendering, drawing

T = TypeVar("T")


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
        What the author should know: what was warned of, what recording could not follow, what was
        damaged.
    said
        What was printed in the drawings, and in the other tasks.
    others
        What came of the tasks that were run with the drawings.
    """

    figures: Mapping[str, Figure]
    renderings: Mapping[str, Rendering]
    drawn: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    others: Batch = field(default_factory=lambda: Batch({}, {}, (), ()))

    def raise_failures(self) -> None:
        """Raise one error that lists every figure that could not be drawn, if there is one."""
        if self.failures:
            raise DrawingError("\n".join(failure.message for failure in self.failures))


def find_figures(context: BuildContext, names: Sequence[str] = ()) -> dict[str, Figure]:
    """Return the figures of the given names, or all of them.

    Raises
    ------
    DrawingError
        A name belongs to no figure.
    """
    figures = discover(context.project, context.index)
    if unknown := [name for name in names if name not in figures]:
        raise DrawingError("\n".join(unknown_figure(name, figures) for name in unknown))
    return {name: figures[name] for name in names} if names else figures


def find_drawings(
    context: BuildContext, names: Sequence[str] = (), kind: Kind = "svg"
) -> dict[str, Task]:
    """Return the tasks that draw the figures of the given names, or all of them."""
    figures = find_figures(context, names)
    return {name: drawing(context.project, figure, kind) for name, figure in figures.items()}


def build(
    project: Project,
    names: Sequence[str] = (),
    *,
    kind: Kind = "svg",
    force: bool = False,
    progress: Progress = silent,
    others: Iterable[Task] = (),
    context: BuildContext | None = None,
) -> Manifest:
    """Bring figures up to date and return them all; nothing fresh is drawn unless forced.

    Parameters
    ----------
    others
        Other tasks, which are run with the drawings.
    """
    vendored("figure-fonts")  # without them letters would be others, and of other widths
    context = context or BuildContext(project)
    figures = find_figures(context, names)
    tasks = [drawing(project, figure, kind) for figure in figures.values()]
    batch = run_tasks(context, [*tasks, *others], force=force, progress=progress)

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
        said=batch.said,
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
