"""Verifying the equations of pages: understanding them, calling the code, and comparing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from truepage.checking.findings import Finding
from truepage.checking.function_calls import answers, ask, calling
from truepage.checking.site import Entry, Site
from truepage.engine.cache import Memo, digest
from truepage.engine.context import BuildContext
from truepage.engine.task import Task, TaskResult
from truepage.maths.annotation import Equation
from truepage.maths.arrays import Meaningless
from truepage.maths.points import SAMPLES
from truepage.maths.repair import repair
from truepage.maths.trial import Trial, deep
from truepage.maths.verdict import ULPS, Disagreement, Verdict

TOO_DEEP = "it is nested too deeply; part it by definitions, `% where: a = …`"


@dataclass
class Verification:
    """An equation on its way: what was made of it, where it is tried, what it asks of the code."""

    entry: Entry
    trial: Trial | None = None
    task: Task | None = None
    verdict: Verdict | None = None


def verify(
    context: BuildContext,
    pages: Mapping[str, Sequence[Equation]],
    chosen: Sequence[str],
    memo: Memo,
) -> tuple[list[Finding], list[Task], Mapping[str, TaskResult]]:
    """Verify the equations of the chosen pages that have no verdict in the memo."""
    with deep():
        site = Site(context.project, pages)
        entries = [entry for page in chosen for entry in site.entries(page)]
        verifications = [
            _verification(context, entry) for entry in (*entries, *_elsewhere(site, entries))
        ]
        tasks = {
            verification.task.name: verification.task
            for verification in verifications
            if verification.task
        }
        products, reasons = ask(context, tasks.values())
        for verification in verifications:
            name = verification.task.name if verification.task else ""
            if verification.verdict is None and name in reasons:
                verification.verdict = Verdict("undecided", words=reasons[name])
            elif verification.verdict is None and verification.trial:
                verification.verdict = _verdict(verification.trial, products.get(name), memo)
        _hold_to_definitions(verifications)
        return (
            [_finding(verification) for verification in verifications[: len(entries)]],
            list(tasks.values()),
            products,
        )


def _elsewhere(site: Site, entries: Sequence[Entry]) -> list[Entry]:
    """Return the equations on other pages whose definitions these use, and those that they use."""
    known = {(one.equation.page, one.equation.ordinal) for one in entries}
    found: list[Entry] = []
    ahead = list(entries)
    while ahead:
        problem = ahead.pop().problem
        for equation in (use.equation for use in problem.uses) if problem else ():
            place = equation.page, equation.ordinal
            if place in known:
                continue
            known.add(place)
            more = [one for one in site.entries(equation.page) if one.equation.ordinal == place[1]]
            found += more
            ahead += more
    return found


def _hold_to_definitions(verifications: Sequence[Verification]) -> None:
    """Take the mark from what was compared by a definition that does not hold itself."""
    by_place = {(one.entry.equation.page, one.entry.equation.ordinal): one for one in verifications}
    ahead = list(verifications)
    while ahead:
        verification = ahead.pop()
        if not (
            verification.entry.problem
            and verification.verdict
            and verification.verdict.status == "checked"
        ):
            continue
        for known in verification.entry.problem.uses:
            other = by_place.get(
                (known.equation.page, known.equation.ordinal), verification
            ).verdict
            if other and other.status != "checked":
                place = f"{known.equation.page}:{known.equation.line}"
                words = f"{known.name} is as {place} defines it, and that is {other.status}"
                verification.verdict = replace(
                    verification.verdict, status="undecided", words=words
                )
                ahead = list(verifications)  # what uses this one


def _verification(context: BuildContext, entry: Entry) -> Verification:
    if entry.problem is None:
        return Verification(entry)
    verification = Verification(entry)
    try:
        verification.trial = trial = Trial(entry.problem)
        calls = trial.calls()
    except (Meaningless, RecursionError) as error:
        words = str(error) if isinstance(error, Meaningless) else TOO_DEEP
        verification.verdict = Verdict("not understood", words=words)
        return verification
    if entry.problem.code:
        place = f"{entry.equation.page}:{entry.equation.line}"
        verification.task = calling(context.project, entry.problem.code.function, calls, place)
    return verification


def _verdict(trial: Trial, product: TaskResult | None, memo: Memo) -> Verdict:
    """Return the verdict that was found before, or a new one."""
    content, found = (product.files["json"], answers(product)) if product else (b"", [])
    problem, said = trial.problem, trial.problem.annotation
    asked = (problem.statements, problem.scope, problem.code, problem.defines, problem.letter)
    around = (problem.within, problem.first, said.accuracy, said.tolerance)
    key = digest(repr((*asked, *around)), content)
    kept = memo.find(key)
    if kept is not None:
        where = kept["disagreement"]
        return Verdict(
            **{
                **kept,
                "warnings": tuple(kept["warnings"]),
                "disagreement": where and Disagreement(**{**where, "sides": tuple(where["sides"])}),
            }
        )
    try:
        verdict = trial.verify(found)
        if verdict.status == "refuted" and verdict.disagreement:
            verdict = repair(trial, found, verdict)
    except RecursionError:
        return Verdict("not understood", words=TOO_DEEP)
    memo.note(key, asdict(verdict))
    return verdict


def _finding(verification: Verification) -> Finding:
    entry, equation = verification.entry, verification.entry.equation
    verdict = verification.verdict
    line = equation.line
    if entry.fault:
        line, verdict = entry.fault.line, Verdict("not understood", words=entry.fault.words)
    elif verdict is None:
        verdict = Verdict("unchecked", words=entry.annotation.unchecked or "")
    status: str = verdict.status
    told = message(entry, verdict)
    if entry.annotation.refuted is not None:
        if status == "refuted":
            status = "shown wrong"
        elif status == "checked":
            status = "refuted"
            told = f"{equation.name} is said to be refuted, and it holds; remove `% refuted:`."
    code = entry.annotation.check
    return Finding(
        page=equation.page,
        line=line,
        name=equation.name,
        label=equation.label,
        tex=equation.tex,
        display=equation.display,
        status=status,
        against=verdict.against or (code if isinstance(code, str) else code.symbol if code else ""),
        points=verdict.points,
        left_out=verdict.left_out,
        undecided=verdict.undecided,
        ulps=verdict.ulps,
        warnings=verdict.warnings,
        tried=verdict.tried,
        ordinal=equation.ordinal,
        message=told,
    )


def message(entry: Entry, verdict: Verdict) -> str:
    """Return what there is to say, without the place; of an equation that holds, what to note."""
    name, tex = entry.equation.name, entry.equation.tex
    shown = "\n".join(f"    {line}" for line in tex.strip().split("\n"))
    match verdict.status:
        case "unchecked":
            return verdict.words
        case "checked":
            return _notes(entry, verdict)
        case "not understood":
            part = entry.fault.part if entry.fault else ""
            at = f", at `{part}`" if part else ""
            return f"{name} is not understood: {verdict.words}{at}.\n{shown}"
        case "undecided":
            return f"{name} is undecided: {verdict.words}.\n{shown}"
    found = verdict.disagreement
    if found is None:
        return f"{name} is refuted: {verdict.words}.\n{shown}"
    code = entry.problem.code if entry.problem else None
    lines = [f"{name} is refuted: {found.said(code.function.symbol if code else '')}.", shown]
    if verdict.repair:
        lines.append(f"    It holds {verdict.repair}.")
    return "\n".join(lines)


def _notes(entry: Entry, verdict: Verdict) -> str:
    """Return what an author should know of an equation that holds."""
    notes = []
    code = entry.problem.code if entry.problem else None
    # What is composed of several inputs may lose digits however well it is computed.
    of_one_number = code is not None and len(code.arguments) <= 2 and verdict.points > SAMPLES
    if of_one_number and verdict.ulps is not None and verdict.ulps > ULPS:
        notes.append(f"the code is off by {verdict.ulps:.1f} ULP")
    if verdict.warnings:
        notes.append(f"the code warned: {'; '.join(verdict.warnings)}")
    if verdict.undecided:
        several = verdict.undecided > 1
        notes.append(f"{verdict.undecided} point{'s stay' if several else ' stays'} undecided")
    return "; ".join(notes)
