"""What `truepage equations` says of claims and values, beside the equations."""

from collections.abc import Iterable, Mapping

from truepage.checking.claims import Claims
from truepage.checking.fences import find_fences
from truepage.checking.finding import Finding
from truepage.checking.meanings import SiteFormulas
from truepage.checking.values import Computer, ValueFinding, find_findings
from truepage.engine.context import BuildContext
from truepage.maths.claims.fence import Judged, is_comparing
from truepage.pages.source import prose_without_code


def find_statements(
    workshop: BuildContext, pages: Mapping[str, str], wanted: Iterable[str] | None = None
) -> list[Finding]:
    """Judge the claims and the values of pages.

    Parameters
    ----------
    pages
        Path of each page of the site → its Markdown, in reading order.
    wanted
        The pages that are judged; None: all. The others may define what functions are in the reals.
    """
    chosen = list(pages) if wanted is None else [page for page in pages if page in set(wanted)]
    lines = {page: pages[page].split("\n") for page in pages}
    fences = {page: find_fences(page, lines[page]) for page in pages}
    claims = Claims(
        workshop,
        SiteFormulas(workshop.project, pages),
        [fence for several in fences.values() for fence in several],
    )
    claims.prepare(fence for page in chosen for fence in fences[page])
    found = []
    for fence in (fence for page in chosen for fence in fences[page]):
        verdict = claims.verdict(fence)
        said = {line for line, _ in verdict.problems}
        if not is_comparing(fence.lines):
            judged = [_claim(one) for one in verdict.judged]
            found += judged
            said -= {one.line for one in judged}
        found += [
            Finding(
                page=fence.path,
                line=line,
                name="properties",
                label="",
                tex="properties",
                display=True,
                status="not understood",
                message=message,
            )
            for line, message in verdict.problems
            if line in said
        ]
    prose = {page: prose_without_code(lines[page]) for page in chosen}
    found += [_value(one) for one in find_findings(prose, Computer(workshop))]
    return found


def _claim(judged: Judged) -> Finding:
    answer = judged.answer
    status, message = answer.status, judged.message
    if judged.wanted:
        status = "shown wrong" if status == "refuted" else "undecided"
    elif status == "undecided" and judged.claim.assumed:
        status, message = "assumed", answer.words
    return Finding(
        page=judged.path,
        line=judged.line,
        name=f"claim `{judged.claim.text}`",
        label="",
        tex=judged.claim.text,
        display=True,
        status=status,
        against=judged.subject.function,
        points=answer.points,
        message=message,
    )


def _value(finding: ValueFinding) -> Finding:
    return Finding(
        page=finding.path,
        line=finding.line,
        name=f"value {finding.value.expression!r}",
        label="",
        tex=finding.text or finding.value.shown,
        display=False,
        status="refuted" if finding.message else "computed",
        against=finding.value.expression,
        message=finding.message,
    )
