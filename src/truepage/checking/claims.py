"""The claims of a site: each held to its formula or to the code, once, and remembered.

Claims in float64 are questions to the code, kept as long as nothing that it touched has changed.
Claims in the reals depend on nothing but their own text, the formula with all that it leads to, and
our own proofs; their answers are kept under a digest of these. They count only as long as the
equation that gives the formula is checked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from truepage.checking.equations import status_of
from truepage.checking.findings import Finding
from truepage.checking.formulas import find_equations
from truepage.checking.function_calls import (
    ask,
    find_function,
    function_request,
    opened,
    question,
    told,
)
from truepage.checking.pages import Fence, find_fences
from truepage.engine.cache import Memo, digest
from truepage.engine.context import BuildContext
from truepage.engine.errors import PageError
from truepage.engine.task import Task
from truepage.maths.annotation import Equation
from truepage.maths.claims.fence import (
    Comparing,
    Properties,
    Subject,
    is_comparing,
    read_comparing,
    read_properties,
)
from truepage.maths.claims.model import Claim, ClaimAnswer, undecided
from truepage.maths.claims.reals import ClaimError

if TYPE_CHECKING:
    from truepage.checking.site import CodeFormula, Site

CLAIMS = "claims"
"""Name of the file in a project's cache where answers are kept."""


@dataclass(frozen=True)
class Judged:
    """A claim and its answer.

    Parameters
    ----------
    wanted
        The author says that it is wrong, and wants to show it.
    """

    subject: Subject
    claim: Claim
    answer: ClaimAnswer
    path: str
    line: int
    wanted: bool = False

    @property
    def said(self) -> str:
        """The message that refutes it, with its place."""
        return f"{self.path}:{self.line}: {self._refutation}"

    @property
    def found(self) -> tuple[str, str]:
        """The word for its answer on a page, and a sentence that says it in full."""
        answer = self.answer
        if answer.status == "proved" and not answer.interval:
            return "proved", "Proved from the checked equation, by its values at some points."
        if answer.status == "proved":
            return (
                f"proved on {answer.interval}",
                f"Proved from the checked equation, for all numbers in {answer.interval}.",
            )
        if answer.status == "tested":
            by_code, by_equation = "floats, by the code", "points, by the equation; not proved"
            kind = by_code if self.claim.floats else by_equation
            return "tested", f"Holds at all {answer.points:,} tested {kind}."
        if self.claim.assumed:
            return "assumed", "Not decided by the build; the author says so."
        return answer.status, answer.words

    @property
    def message(self) -> str:
        """The message that stops the build, without the place; "" if it holds."""
        status = self.answer.status
        if self.wanted and status != "refuted":
            return f"{self._words} is not refuted, though the page says so: it is {status}."
        if status == "refuted" and not self.wanted:
            return self._refutation
        if status == "undecided" and not self.claim.assumed:
            return (
                f"{self._words} is undecided: {self.answer.words}. "
                "Expected `(assumed)` after it, if you know that it holds."
            )
        return ""

    @property
    def _words(self) -> str:
        return f"claim `{self.claim.text}` of {self.subject.text}"

    @property
    def _refutation(self) -> str:
        """The words that refute it, and the claim that holds."""
        name, right = self.claim.text.partition(":")[0], self.answer.right
        holds = f" What holds is `{name}: {right}`." if right else ""
        return f"{self._words} is refuted: {self.answer.words}.{holds}"

    def finding(self) -> Finding:
        """Return what a command says of it."""
        status, message = self.answer.status, self.message
        if self.wanted:
            status = "undecided" if message else "shown wrong"
        elif status == "undecided" and self.claim.assumed:
            status, message = "assumed", self.answer.words
        return Finding(
            page=self.path,
            line=self.line,
            name=f"claim `{self.claim.text}`",
            tex=self.claim.text,
            status=status,
            against=self.subject.function,
            points=self.answer.points,
            message=message,
        )


@dataclass(frozen=True)
class Judgement:
    """The outcome of a fence.

    Parameters
    ----------
    judged
        Its claims; those of a comparison come from other fences.
    findings
        What a command says of each claim of its own, and of what is wrong with it.
    line
        The line of the fence.
    table
        Of a comparison: its columns and rows.
    """

    judged: tuple[Judged, ...]
    findings: tuple[Finding, ...]
    line: int
    table: Comparing | None = None

    def at(self, line: int) -> "Judgement":
        """Return the outcome of the same fence in another line."""
        by = line - self.line
        moved = tuple(replace(one, line=one.line + by) for one in self.judged)
        return replace(
            self,
            judged=self.judged if self.table else moved,  # of a comparison they stand elsewhere
            findings=tuple(replace(one, line=one.line + by) for one in self.findings),
            line=line,
        )


class Claims:
    """All claims of a site.

    Parameters
    ----------
    pages
        Path of each page → its Markdown, in reading order: their equations say what functions are
        in the reals, and comparisons look at their claims.
    """

    def __init__(self, context: BuildContext, pages: Mapping[str, str]) -> None:
        self.context, self._pages = context, pages
        self.verdicts: dict[Fence, Judgement] = {}

    def prepare(self, found: Iterable[Fence]) -> None:
        """Judge the claims of some fences together."""
        new = [fence for fence in dict.fromkeys(found) if fence not in self.verdicts]
        if any(is_comparing(fence.lines) for fence in new):
            others = (f for path, text in self._pages.items() for f in find_fences(path, text))
            new += [f for f in others if f not in {*new, *self.verdicts}]
        read: dict[Fence, Properties] = {}
        for fence in new:
            if not is_comparing(fence.lines):
                try:
                    read[fence] = read_properties(fence.lines)
                except ClaimError as error:
                    self.verdicts[fence] = _not_understood(fence, error)
        swept = self._swept(read)
        for fence, properties in read.items():
            self.verdicts[fence] = self._judged(fence, properties, swept.get(fence, []))
        for fence in new:  # last: they look at the others
            if is_comparing(fence.lines):
                self.verdicts[fence] = self._compared(fence)
        if new:
            self._memo.save()

    def verdict(self, fence: Fence) -> Judgement:
        """Return what came of a fence."""
        self.prepare([fence])
        return self.verdicts[fence].at(fence.line)

    def _swept(self, read: Mapping[Fence, Properties]) -> dict[Fence, list[ClaimAnswer] | str]:
        """Return the answers to claims in float64, or the message that says why there are none."""
        tasks: dict[Fence, Task] = {}
        found: dict[Fence, list[ClaimAnswer] | str] = {}
        for fence, properties in read.items():
            if any(claim.floats for claim in properties.claims):
                try:
                    tasks[fence] = self._task(fence, properties)
                except PageError as error:
                    found[fence] = str(error)
        products, reasons = ask(self.context, tasks.values()) if tasks else ({}, {})
        for fence, task in tasks.items():
            if task.name in products:
                found[fence] = [ClaimAnswer(**answer) for answer in told(products[task.name])]
            else:
                found[fence] = reasons[task.name].removeprefix(f"{task.words}: ")
        return found

    def _task(self, fence: Fence, properties: Properties) -> Task:
        project, subject = self.context.project, properties.subject
        function = find_function(project, subject.function)
        lines = [subject.text, *filter(None, [properties.domain])]
        lines += [claim.text for claim in properties.claims if claim.floats]
        return question(
            "sweep",
            (subject.text, function.path, *lines),
            f"{fence.path}:{fence.line}",
            {
                **function_request(project, function),
                "arguments": {name: float(one.key()) for name, one in subject.arguments.items()},
                "lines": lines,
            },
            [project.root / function.path],
        )

    def _judged(
        self, fence: Fence, properties: Properties, swept: list[ClaimAnswer] | str
    ) -> Judgement:
        subject = properties.subject
        reals = [one for one in properties.claims if not one.floats]
        floats = [one.line for one in properties.claims if one.floats]
        answers = dict(zip((one.line for one in reals), self._proved(subject, reals), strict=True))
        problems = []
        if isinstance(swept, str):
            problems.append(_problem(fence, f"claims about {subject.text}: {swept}"))
        else:
            answers |= zip(floats, swept, strict=True)
        wanted = properties.refuted
        judged = [
            Judged(subject, one, answers[one.line], fence.path, fence.line + one.line, wanted)
            for one in properties.claims
            if one.line in answers
        ]
        found = [*problems, *(one.finding() for one in judged)]
        return Judgement(tuple(judged), tuple(found), fence.line)

    def _proved(self, subject: Subject, claims: Sequence[Claim]) -> list[ClaimAnswer]:
        """Return the answers to claims in the reals: as they are kept, or found now."""
        if not claims:
            return []
        formula, place = self._formula(subject.function)
        if place and (status := status_of(self.context, self._equations, *place)) != "checked":
            words = f"the equation that says what {subject.function} is in the reals is {status}"
            return [undecided(words) for _ in claims]
        about = (subject.variable, subject.key, formula)
        keys = [digest(repr((replace(claim, line=0), *about))) for claim in claims]
        kept = {key: self._memo.find(key) for key in keys}
        new = {key: claim for key, claim in zip(keys, claims, strict=True) if kept[key] is None}
        if new:
            found = _prove(subject, list(new.values()), self._site.formula_of(subject.function))
            for key, answer in zip(new, found, strict=True):
                kept[key] = asdict(answer)
                self._memo.note(key, kept[key])
        return [ClaimAnswer(**kept[key]) for key in keys]

    def _formula(self, function: str) -> tuple[str, tuple[str, int] | None]:
        """Return a formula's digest and its equation's place, kept until an equation changes."""
        key = digest("formula", self._state, function)
        kept: tuple[str, tuple[str, int] | None] | None = self._memo.find(key)
        if kept is None:
            found = self._site.formula_of(function)
            place = None if isinstance(found, str) else (found.page, found.ordinal)
            kept = digest(repr(found)), place
            self._memo.note(key, kept)
        return kept

    @cached_property
    def _memo(self) -> Memo:
        return opened(self.context.project, CLAIMS)

    @cached_property
    def _site(self) -> "Site":
        # Here, not above: when nothing has changed nobody asks, and KaTeX is not needed.
        from truepage.checking.site import Site

        return Site(self.context.project, self._equations)

    @cached_property
    def _equations(self) -> dict[str, list[Equation]]:
        return {path: find_equations(path, text) for path, text in self._pages.items()}

    @cached_property
    def _state(self) -> str:
        """Digest of what formulas depend on: the checked equations and the site's symbols."""
        said = [
            (one.page, one.ordinal, one.tex, [(note.key, note.text) for note in one.notes])
            for equations in self._equations.values()
            for one in equations
            if any(note.key == "check" for note in one.notes)
        ]
        project = self.context.project
        options = [sorted(some.items()) for some in (project.symbols, project.macros)]
        return digest(repr((said, options)))

    def _compared(self, fence: Fence) -> Judgement:
        """Return a comparison of what other fences claim."""
        try:
            table = read_comparing(fence.lines)
        except ClaimError as error:
            return _not_understood(fence, error)
        known = {
            (one.subject.key, type(one.claim.property), one.claim.floats): one
            for verdict in reversed(self.verdicts.values())
            for one in reversed(verdict.judged)
            if not (one.wanted or one.message)
        }
        judged, problems = [], []
        for row in table.rows:
            for column in table.columns:
                found = known.get((row.subject.key, column.property, column.floats))
                if found is not None:
                    judged.append(found)
                    continue
                words = (
                    f"no page claims a `{column.text}` of {row.subject.text} that holds; "
                    "expected one in a properties fence."
                )
                problems.append(_problem(fence, words, row.line))
        return Judgement(tuple(judged), tuple(problems), fence.line, table)


def _prove(
    subject: Subject, claims: list[Claim], formula: "CodeFormula | str"
) -> list[ClaimAnswer]:
    """Hold claims in the reals to a formula."""
    if isinstance(formula, str):
        return [undecided(formula) for _ in claims]
    # Here, not above: a build that proves nothing needs none of it.
    from truepage.maths.claims.curve import prove
    from truepage.maths.scope import spellings

    words = ""
    numbers: dict[str, Fraction] = {}
    for name, number in subject.arguments.items():
        letter = next((one for one in spellings(name) if one in formula.letters), None)
        if letter is None:
            words = words or f"{name} is no letter of the function's checked equation"
        else:
            numbers[letter] = Fraction(number.key())
    if missing := [letter for letter in formula.letters if letter not in numbers]:
        words = words or f"what {', '.join(missing)} is in the checked equation is not said"
    if words:
        return [undecided(words) for _ in claims]
    return prove(
        claims, formula.term, formula.variable, numbers, formula.definitions, formula.intervals
    )


def _not_understood(fence: Fence, error: ClaimError) -> Judgement:
    stop = "" if str(error).endswith("?") else "."
    return Judgement((), (_problem(fence, f"properties: {error}{stop}", error.line),), fence.line)


def _problem(fence: Fence, words: str, line: int = 0) -> Finding:
    return Finding(
        page=fence.path,
        line=fence.line + line,
        name="properties",
        tex="properties",
        status="not understood",
        message=words,
    )


def check_claims(
    context: BuildContext, pages: Mapping[str, str], wanted: Sequence[str] | None = None
) -> list[Finding]:
    """Judge the claims of the wanted pages, or of all; see `Claims`."""
    claims = Claims(context, pages)
    chosen = [page for page in pages if wanted is None or page in wanted]
    fences = [fence for page in chosen for fence in find_fences(page, pages[page])]
    claims.prepare(fences)
    return [finding for fence in fences for finding in claims.verdict(fence).findings]
