"""Checking the equations of a site: what was found before is kept, the rest is verified.

Two things are kept: what all equations came to the last time, which stands as long as no equation,
no symbol and no code that they name has changed; and the verdict on each single one, under a digest
of everything that it depends on (`truepage.checking.verifying`).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from truepage.checking.findings import Finding
from truepage.checking.formulas import find_equations
from truepage.checking.function_calls import opened
from truepage.engine.cache import Memo, digest
from truepage.engine.context import BuildContext
from truepage.engine.task import Task, TaskResult
from truepage.maths.annotation import Equation

EQUATIONS = "equations"
"""Name of the file in a project's cache where it is kept."""


def check(
    context: BuildContext, pages: Mapping[str, str], wanted: Iterable[str] | None = None
) -> list[Finding]:
    """Check the equations of the wanted pages, or of all; the others may define symbols.

    Parameters
    ----------
    pages
        Path of each page of the site → its Markdown, in reading order.
    """
    found = {path: find_equations(path, text) for path, text in pages.items()}
    return check_equations(context, found, wanted)


def check_equations(
    context: BuildContext,
    found: Mapping[str, Sequence[Equation]],
    wanted: Iterable[str] | None = None,
) -> list[Finding]:
    """Check the equations that were found on pages, as `check` does."""
    chosen = [path for path in found if wanted is None or path in set(wanted)]
    memo = opened(context.project, EQUATIONS)
    equations = [asdict(equation) for several in found.values() for equation in several]
    project = context.project
    asked = [dict(project.symbols), dict(project.macros), chosen, equations]
    state = digest(json.dumps(asked, sort_keys=True))
    kept = _kept(memo, state, context)
    if kept is not None:
        return kept
    # Here, not above: when nothing has changed, ball arithmetic is not even imported.
    from truepage.checking.verifying import verify

    findings, tasks, products = verify(context, found, chosen, memo)
    # A task without a product is to be tried again. What was not understood may be so for a mistake
    # in the code, of which no task tells.
    understood = all(finding.status != "not understood" for finding in findings)
    if understood and all(task.name in products for task in tasks):
        asked = [(task.name, task.identity, _content(products[task.name])) for task in tasks]
        memo.note(state, {"tasks": asked, "findings": [asdict(finding) for finding in findings]})
    memo.save()
    return findings


def status_of(
    context: BuildContext, found: Mapping[str, Sequence[Equation]], page: str, ordinal: int
) -> str:
    """Return the status of one equation of a site, by its ordinal among its page's formulas."""
    findings = check_equations(context, found, [page])
    return next((one.status for one in findings if one.ordinal == ordinal), "")


def _kept(memo: Memo, state: str, context: BuildContext) -> list[Finding] | None:
    """Return all findings of the last time, if nothing that they depend on has changed."""
    kept = memo.find(state)
    if kept is None:
        return None
    for name, identity, content in kept["tasks"]:
        product = context.status(Task(name, tuple(identity), "", "", "", {})).product
        if product is None or _content(product) != content:
            return None
    return [Finding(**{**one, "warnings": tuple(one["warnings"])}) for one in kept["findings"]]


def _content(product: TaskResult) -> str:
    return hashlib.sha256(product.files["json"]).hexdigest()
