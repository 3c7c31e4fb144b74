"""Checking the equations of a site: what was found before is kept, the rest is verified."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from truepage.checking.cache import EQUATIONS, digest, keep_findings, kept_findings, opened
from truepage.checking.finding import Finding
from truepage.checking.formulas import find_equations
from truepage.engine.context import BuildContext
from truepage.maths.annotation import Equation


def check(
    workshop: BuildContext, pages: Mapping[str, str], wanted: Iterable[str] | None = None
) -> list[Finding]:
    """Check the equations of pages.

    Parameters
    ----------
    pages
        Path of each page of the site → its Markdown, in reading order.
    wanted
        The pages whose equations are checked; None: all. The others may define symbols.
    """
    found = {path: find_equations(path, text) for path, text in pages.items()}
    return check_equations(workshop, found, wanted)


def check_equations(
    workshop: BuildContext,
    found: Mapping[str, Sequence[Equation]],
    wanted: Iterable[str] | None = None,
) -> list[Finding]:
    """Check the equations that were found on pages, as `check` does."""
    chosen = [path for path in found if wanted is None or path in set(wanted)]
    memo = opened(workshop.project, EQUATIONS)
    equations = [asdict(equation) for several in found.values() for equation in several]
    project = workshop.project
    state = digest([dict(project.symbols), dict(project.macros), chosen, equations])
    kept = kept_findings(memo, state, workshop)
    if kept is not None:
        return kept
    # Here, not above: when nothing has changed, ball arithmetic is not even imported.
    from truepage.checking.verifying import verify

    findings, jobs, batch = verify(workshop, found, chosen, memo)
    keep_findings(memo, state, findings, jobs, batch)
    return findings
