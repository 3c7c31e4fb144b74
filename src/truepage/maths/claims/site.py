"""The claims of a site: each held to its formula or to the code, once, and remembered.

Claims in float64 are jobs of the engine (`truepage.maths.claims.sweep`): kept as long as nothing
that the code touched has changed. Claims in the reals depend on nothing but their own text, the
formula with all that it leads to, and our own proofs; their answers are kept under a digest of
these.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from truepage.build import run_jobs
from truepage.errors import PageError
from truepage.job import Failure, Job
from truepage.maths.calls import find_function
from truepage.maths.claims.answers import FILE, Memory, answer_key
from truepage.maths.claims.fence import (
    Fence,
    Properties,
    is_comparing,
    read_comparing,
    read_properties,
)
from truepage.maths.claims.model import Answer, Claim, ClaimError, Property, Subject
from truepage.maths.claims.verdict import Judged, Verdict
from truepage.maths.meanings import CodeFormula, FormulaSource
from truepage.workshop import Workshop


@dataclass
class Claims:
    """All claims of a site.

    Parameters
    ----------
    workshop
        The project, with its store.
    formulas
        Whoever knows the site's checked equations.
    elsewhere
        Fences that comparisons may look at, beside those that are judged.
    """

    workshop: Workshop
    formulas: FormulaSource
    elsewhere: Iterable[Fence] = ()
    _verdicts: dict[Fence, Verdict] = field(default_factory=dict)

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
        self._memory.save()

    def verdict(self, fence: Fence) -> Verdict:
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
        jobs: dict[Fence, Job] = {}
        found: dict[Fence, list[Answer] | str] = {}
        for fence, properties in read.items():
            if any(claim.floats for claim in properties.claims):
                try:
                    jobs[fence] = self._job(fence, properties)
                except PageError as error:
                    found[fence] = str(error)
        if jobs:
            batch = run_jobs(self.workshop, {job.name: job for job in jobs.values()}.values())
            failures = {failure.name: _words(failure) for failure in batch.failures}
            for fence, job in jobs.items():
                if job.name in failures:
                    found[fence] = failures[job.name]
                else:
                    answers = batch.products[job.name].facts["answers"]
                    found[fence] = [Answer(**answer) for answer in answers]
        return found

    def _job(self, fence: Fence, properties: Properties) -> Job:
        subject = properties.subject
        function = find_function(self.workshop.project, subject.function)
        arguments = {name: float(number.key()) for name, number in subject.arguments.items()}
        lines = [subject.text, *filter(None, [properties.domain])]
        lines += [claim.text for claim in properties.claims if claim.floats]
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:24]
        return Job(
            name=f"claims-{digest}",
            identity=("claims", function.path, *lines),
            place=f"{fence.path}:{fence.line}",
            words=subject.text,
            task="truepage.maths.claims.sweep",
            request={
                "module": function.module,
                "path": str(self.workshop.project.root / function.path),
                "function": function.name,
                "arguments": arguments,
                "lines": lines,
            },
        )

    def _judged(
        self, fence: Fence, properties: Properties, swept: list[Answer] | str | None
    ) -> Verdict:
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
        return Verdict(tuple(judged), None, tuple(problems), fence.line)

    def _proved(self, subject: Subject, claims: list[Claim]) -> list[Answer]:
        """Return the answers to claims in the reals: as they are kept, or found now."""
        if not claims:
            return []
        formula = self._memory.formula(subject.function, self.formulas)
        keys = [answer_key(claim, subject, formula) for claim in claims]
        new = [
            claim
            for claim, key in zip(claims, keys, strict=True)
            if key not in self._memory.answers
        ]
        if new:
            answers = _prove(subject, new, self.formulas.formula_of(subject.function))
            for claim, answer in zip(new, answers, strict=True):
                self._memory.remember(answer_key(claim, subject, formula), answer)
        return [self._memory.answers[key] for key in keys]

    @cached_property
    def _memory(self) -> "Memory":
        return Memory(self.workshop.project.cache_dir / FILE)

    def _compared(self, fence: Fence) -> Verdict:
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
        return Verdict(tuple(judged), table, tuple(problems), fence.line)


def _prove(subject: Subject, claims: list[Claim], formula: CodeFormula | str) -> list[Answer]:
    """Hold claims in the reals to a formula."""
    if isinstance(formula, str):
        return [Answer("undecided", formula) for _ in claims]
    # Here, not above: a build that proves nothing needs none of it.
    from truepage.maths.claims.curve import prove
    from truepage.maths.names import spellings

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


def _problem(fence: Fence, error: ClaimError) -> Verdict:
    stop = "" if str(error).endswith("?") else "."
    line = fence.line + error.line
    return Verdict(problems=((line, f"properties: {error}{stop}"),), line=fence.line)


def _words(failure: Failure) -> str:
    """Return a failure's message without the place of the job."""
    _, _, words = failure.message.partition(": ")
    return words[words.find(": ") + 2 :]
