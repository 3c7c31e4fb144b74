"""Checking the equations of a site: what was found before is kept, the rest is verified."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from truepage.maths.equations import Equation, find_equations
from truepage.maths.memory import FILE, Finding, Memory, digest
from truepage.workshop import Workshop


def check(
    workshop: Workshop, pages: Mapping[str, str], wanted: Iterable[str] | None = None
) -> list[Finding]:
    """Check the equations of pages.

    Parameters
    ----------
    workshop
        The project, with its store.
    pages
        Path of each page of the site → its Markdown, in reading order.
    wanted
        The pages whose equations are checked; None: all. The others may define symbols.
    """
    found = {path: find_equations(path, text) for path, text in pages.items()}
    return check_equations(workshop, found, wanted)


def check_equations(
    workshop: Workshop,
    found: Mapping[str, Sequence[Equation]],
    wanted: Iterable[str] | None = None,
) -> list[Finding]:
    """Check the equations that were found on pages, as `check` does."""
    chosen = [path for path in found if wanted is None or path in set(wanted)]
    memory = Memory(workshop.project.cache_dir / FILE)
    equations = [asdict(equation) for several in found.values() for equation in several]
    project = workshop.project
    state = digest([dict(project.symbols), dict(project.macros), chosen, equations])
    kept = memory.stands(state, workshop)
    if kept is not None:
        return kept
    # Here, not above: when nothing has changed, ball arithmetic is not even imported.
    from truepage.maths.verifying import verify

    findings, jobs, batch = verify(workshop, found, chosen, memory)
    memory.keep(state, findings, jobs, batch)
    return findings
