"""The claims of a site: each held to its formula or to the code, once, and remembered.

Claims in float64 are jobs of the engine (`truepage.checking.sweeping`): kept as long as nothing
that the code touched has changed. Claims in the reals depend on nothing but their own text, the
formula with all that it leads to, and our own proofs; their answers are kept under a digest of
these.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from truepage.checking.cache import CLAIMS, opened
from truepage.checking.calls import find_function, reason
from truepage.checking.fences import Fence
from truepage.checking.meanings import CodeFormula, FormulaSource
from truepage.engine.batch import run_jobs
from truepage.engine.cache import Memo, digest
from truepage.engine.context import BuildContext
from truepage.engine.errors import PageError
from truepage.engine.task import Task
from truepage.maths.claims.fence import (
    Judged,
    Judgement,
    Properties,
    is_comparing,
    read_comparing,
    read_properties,
)
from truepage.maths.claims.model import Answer, Claim, ClaimError, Property, Subject


@dataclass
class Claims:
    """All claims of a site.

    Parameters
    ----------
    formulas
        Whoever knows the site's checked equations.
    elsewhere
        Fences that comparisons may look at, beside those that are judged.
    """

    workshop: BuildContext
    formulas: FormulaSource
    elsewhere: Iterable[Fence] = ()
    _verdicts: dict[Fence, Judgement] = field(default_factory=dict)

    def prepare(self, found: Iterable[Fence]) -> None:
        """Judge the claims of some fences together."""
        new = [fence for fence in dict.fromkeys(found) if fence not in self._verdicts]
        if not new:
            return
        if any(is_comparing(fence.lines) for fence in new):
            others = (fence for fence in self.elsewhere if not is_comparing(fence.lines))
            new += [fence for fence in others if fence not in {*new, *self._verdicts}]
        read: dict[Fence, Properties] = {}
        for fence in new:
            if is_comparing(fence.lines):
                continue
            try:
                read[fence] = read_properties(fence.lines)
            except ClaimError as error:
                self._verdicts[fence] = _problem(fence, error)
        swept = self._swept(read)
        for fence, properties in read.items():
            self._verdicts[fence] = self._judged(fence, properties, swept.get(fence))
        for fence in new:  # last: they look at the others
            if is_comparing(fence.lines):
                self._verdicts[fence] = self._compared(fence)
        self._memo.save()

    def verdict(self, fence: Fence) -> Judgement:
        """Return what came of a fence."""
        self.prepare([fence])
        return self._verdicts[fence].at(fence.line)

    def verified(self, subject: Subject, kind: type[Property], floats: bool) -> Judged | None:
        """Return the claim of a kind about a function that a page makes, if it holds."""
        for verdict in self._verdicts.values():
            for one in verdict.judged:
                said = type(one.claim.property), one.claim.floats, one.wanted
                if said != (kind, floats, False):
                    continue
                if one.subject.key == subject.key and not one.message:
                    return one
        return None

    def _swept(self, read: Mapping[Fence, Properties]) -> dict[Fence, list[Answer] | str]:
        """Return the answers to claims in float64, or the message that says why there are none."""
        jobs: dict[Fence, Task] = {}
        found: dict[Fence, list[Answer] | str] = {}
        for fence, properties in read.items():
            if any(claim.floats for claim in properties.claims):
                try:
                    jobs[fence] = self._job(fence, properties)
                except PageError as error:
                    found[fence] = str(error)
        if jobs:
            batch = run_jobs(self.workshop, {job.name: job for job in jobs.values()}.values())
            failures = {failure.name: reason(failure) for failure in batch.failures}
            for fence, job in jobs.items():
                if job.name in failures:
                    found[fence] = failures[job.name]
                else:
                    answers = batch.products[job.name].facts["answers"]
                    found[fence] = [Answer(**answer) for answer in answers]
        return found

    def _job(self, fence: Fence, properties: Properties) -> Task:
        subject = properties.subject
        function = find_function(self.workshop.project, subject.function)
        arguments = {name: float(number.key()) for name, number in subject.arguments.items()}
        lines = [subject.text, *filter(None, [properties.domain])]
        lines += [claim.text for claim in properties.claims if claim.floats]
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:24]
        return Task(
            name=f"claims-{digest}",
            identity=("claims", function.path, *lines),
            place=f"{fence.path}:{fence.line}",
            words=subject.text,
            task="truepage.checking.sweeping",
            request={
                "module": function.module,
                "path": str(self.workshop.project.root / function.path),
                "function": function.name,
                "arguments": arguments,
                "lines": lines,
            },
            code=(self.workshop.project.root / function.path,),
        )

    def _judged(
        self, fence: Fence, properties: Properties, swept: list[Answer] | str | None
    ) -> Judgement:
        judged, problems = [], []
        in_floats = iter(swept if isinstance(swept, list) else [])
        if isinstance(swept, str):
            problems.append((fence.line, f"claims about {properties.subject.text}: {swept}"))
        reals = [claim for claim in properties.claims if not claim.floats]
        in_reals = iter(self._proved(properties.subject, reals))
        for claim in properties.claims:
            answer = next(in_floats if claim.floats else in_reals, None)
            if answer is not None:
                line = fence.line + claim.line
                judged.append(
                    Judged(properties.subject, claim, answer, fence.path, line, properties.refuted)
                )
        problems += [(one.line, one.message) for one in judged if one.message]
        return Judgement(tuple(judged), None, tuple(problems), fence.line)

    def _proved(self, subject: Subject, claims: list[Claim]) -> list[Answer]:
        """Return the answers to claims in the reals: as they are kept, or found now."""
        if not claims:
            return []
        formula = self._formula(subject.function)
        keys = [_key(claim, subject, formula) for claim in claims]
        known = [self._memo.find(key) for key in keys]
        if None in known:
            new = [claim for claim, kept in zip(claims, known, strict=True) if kept is None]
            answers = iter(_prove(subject, new, self.formulas.formula_of(subject.function)))
            for at, key in enumerate(keys):
                if known[at] is None:
                    known[at] = asdict(next(answers))
                    self._memo.note(key, known[at])
        return [Answer(**kept) for kept in known]

    def _formula(self, function: str) -> str:
        """Return the digest of a function's formula, kept while no equation has changed."""
        key = digest("formula", self.formulas.state, function)
        found: str | None = self._memo.find(key)
        if found is None:
            found = digest(repr(self.formulas.formula_of(function)))
            self._memo.note(key, found)
        return found

    @cached_property
    def _memo(self) -> Memo:
        return opened(self.workshop.project, CLAIMS)

    def _compared(self, fence: Fence) -> Judgement:
        """Return a comparison of what other fences claim."""
        try:
            table = read_comparing(fence.lines)
        except ClaimError as error:
            return _problem(fence, error)
        judged, problems = [], []
        for row in table.rows:
            for column in table.columns:
                found = self.verified(row.subject, column.property, column.floats)
                if found is not None:
                    judged.append(found)
                    continue
                problems.append(
                    (
                        fence.line + row.line,
                        f"no page claims a `{column.text}` of {row.subject.text} that holds; "
                        "expected one in a properties fence.",
                    )
                )
        return Judgement(tuple(judged), table, tuple(problems), fence.line)


def _key(claim: Claim, subject: Subject, formula: str) -> str:
    """Return a digest of all that the answer to a claim in the reals depends on."""
    said = (replace(claim, line=0), subject.variable, subject.key, formula)
    return digest(repr(said))


def _prove(subject: Subject, claims: list[Claim], formula: CodeFormula | str) -> list[Answer]:
    """Hold claims in the reals to a formula."""
    if isinstance(formula, str):
        return [Answer("undecided", formula) for _ in claims]
    # Here, not above: a build that proves nothing needs none of it.
    from truepage.maths.claims.curve import prove
    from truepage.maths.scope import spellings

    numbers: dict[str, Fraction] = {}
    for name, number in subject.arguments.items():
        letter = next((one for one in spellings(name) if one in formula.letters), None)
        if letter is None:
            words = f"{name} is no letter of the function's checked equation"
            return [Answer("undecided", words) for _ in claims]
        numbers[letter] = Fraction(number.key())
    if missing := [letter for letter in formula.letters if letter not in numbers]:
        words = f"what {', '.join(missing)} is in the checked equation is not said"
        return [Answer("undecided", words) for _ in claims]
    return prove(claims, formula.term, formula.variable, numbers, formula.definitions)


def _problem(fence: Fence, error: ClaimError) -> Judgement:
    stop = "" if str(error).endswith("?") else "."
    line = fence.line + error.line
    return Judgement(problems=((line, f"properties: {error}{stop}"),), line=fence.line)
