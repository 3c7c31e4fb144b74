r"""All formulas that one edit makes of a formula: a sign, a factor, a bound, a prime, an argument.

If exactly one such edit makes a refuted equation true, the message names it. And the other way
round: a checker that lets an edit of a true equation pass has a hole (`bench/mutants.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from truepage.maths.calls import Answer
from truepage.maths.notation import Statement
from truepage.maths.problem import Problem
from truepage.maths.spelling import spelled
from truepage.maths.terms import (
    Apply,
    Call,
    Cases,
    Comparison,
    Derivative,
    Index,
    Number,
    Repeated,
    Symbol,
    Term,
    children,
    rebuilt,
    walk,
)
from truepage.maths.trial import Trial
from truepage.maths.verdict import Verdict

ONE, TWO = Number(Fraction(1)), Number(Fraction(2))
WEAKER = {"<": "\\le", "\\le": "<", ">": "\\ge", "\\ge": ">"}
OTHER_WAY = {"<": ">", ">": "<", "\\le": "\\ge", "\\ge": "\\le"}
SUMS = {"add": "subtract", "subtract": "add"}
EXTREMES = {"\\max": "\\min", "\\min": "\\max", "\\sin": "\\cos", "\\cos": "\\sin"}
LARGEST = 300
"""Terms of a formula beyond which no repair is looked for: edits times points take too long."""
MOST = 600
"""Edits that are tried for a repair."""


@dataclass(frozen=True)
class Edit:
    """One edit of a formula: in words, as they follow “It holds …”, and the problem it makes."""

    words: str
    problem: Problem


@dataclass(frozen=True)
class Variant:
    """A term with one edit: what was changed, into what, or the edit in words."""

    term: Term
    words: str


def repair(trial: Trial, answers: Sequence[Answer], verdict: Verdict) -> Verdict:
    """Return a verdict with the edit that would make a refuted equation true, if there is one."""
    size = sum(
        1 for statement in trial.problem.statements for side in statement.terms for _ in walk(side)
    )
    if size > LARGEST or len(trial.points) < 2:  # of numbers, many edits make one true
        return verdict
    likely = [] if trial.refuted_at is None else [trial.refuted_at]
    for number, edit in enumerate(edits(trial.problem)):
        if number == MOST:
            break
        other = Trial(edit.problem, trial.points)
        other.given = trial.given
        if likely and other.verify(answers, only=likely).status == "refuted":
            continue
        if other.verify(answers).status == "checked":
            return replace(verdict, repair=edit.words)
    return verdict


def edits(problem: Problem) -> Iterator[Edit]:
    """Yield the problems that one edit makes of a problem, the likeliest mistakes first."""
    yield from sorted(_edits(problem), key=_rank)


def _rank(edit: Edit) -> int:
    """Return how late an edit is tried: relations and signs first, new factors last."""
    likely = ("in place of `\\le`", "in place of `<`", "in place of `\\ge`", "in place of `>`")
    if edit.words.endswith(likely):
        return 0
    if "sign" in edit.words:
        return 1
    return 3 if edit.words.startswith("with the factor") else 2


def _edits(problem: Problem) -> Iterator[Edit]:
    for position, statement in enumerate(problem.statements):
        for words, changed in _statements(statement, skip_first=_fixed(problem, position)):
            statements = list(problem.statements)
            statements[position] = changed
            yield Edit(words, replace(problem, statements=tuple(statements)))


def _fixed(problem: Problem, position: int) -> bool:
    """Whether the first side names what is computed, so that an edit of it says nothing."""
    statement = problem.statements[position]
    assignment = bool(statement.relations) and statement.relations[0] == "\\leftarrow"
    return position in problem.defines or assignment


def _statements(statement: Statement, *, skip_first: bool) -> Iterator[tuple[str, Statement]]:
    for at, side in enumerate(statement.terms):
        if at == 0 and skip_first:
            continue
        for variant in [*_signs_and_factors(side), *variants(side)]:
            terms = (*statement.terms[:at], variant.term, *statement.terms[at + 1 :])
            yield variant.words, replace(statement, terms=terms)
    for at, relation in enumerate(statement.relations):
        for table in (WEAKER, OTHER_WAY):
            if relation in table:
                new = table[relation]
                relations = (*statement.relations[:at], new, *statement.relations[at + 1 :])
                yield _instead(relation, new), replace(statement, relations=relations)


def _instead(old: str, new: str) -> str:
    return f"with `{new}` in place of `{old}`"


def _signs_and_factors(term: Term) -> Iterator[Variant]:
    """Yield a term with the other sign, twice, and half: for sides, summands and arguments."""
    shown = spelled(term)
    if isinstance(term, Apply) and term.operation == "negate":
        yield Variant(term.arguments[0], f"without the minus sign before `{shown.lstrip('-')}`")
    else:
        yield Variant(Apply("negate", (term,)), f"with a minus sign before `{shown}`")
    yield Variant(Apply("multiply", (TWO, term)), f"with the factor 2 before `{shown}`")
    yield Variant(Apply("divide", (term, TWO)), f"with the factor ½ before `{shown}`")


def variants(term: Term) -> Iterator[Variant]:
    """Yield a term with one edit somewhere inside it."""
    yield from _here(term)
    for place, child in enumerate(children(term)):
        for variant in variants(child):
            new = _with_child(term, place, variant.term)
            # Of a number in a condition, the condition says where it stands.
            whole = isinstance(term, Comparison)
            yield Variant(new, _instead(spelled(term), spelled(new)) if whole else variant.words)


def _with_child(term: Term, place: int, new: Term) -> Term:
    count = iter(range(10**9))
    return rebuilt(term, lambda child: new if next(count) == place else child)


def _here(term: Term) -> Iterator[Variant]:
    """Yield a term with one edit of its outermost operation."""

    def instead(new: Term) -> Variant:
        return Variant(new, _instead(spelled(term), spelled(new)))

    match term:
        case Apply(operation, arguments):
            yield from _operation(term, operation, arguments)
        case Number(value):
            for new in (value + 1, value - 1):
                yield instead(Number(new))
        case Call():
            yield from _call(term)
        case Index():
            yield from _index(term)
        case Repeated():
            yield from _repeated(term)
        case Cases(branches):
            for at, (body, conditions) in enumerate(branches):
                if len(branches) > 1:
                    others = (*branches[:at], *branches[at + 1 :])
                    yield Variant(Cases(others), f"without the case `{spelled(body)}`")
                for other, (their, _) in enumerate(branches):
                    if other > at:
                        swapped = list(branches)
                        swapped[at] = (their, conditions)
                        swapped[other] = (body, branches[other][1])
                        yield instead(Cases(tuple(swapped)))
        case Comparison(terms, relations):
            for at, relation in enumerate(relations):
                for table in (WEAKER, OTHER_WAY):
                    if relation in table:
                        signs = (*relations[:at], table[relation], *relations[at + 1 :])
                        yield instead(Comparison(terms, signs))
        case Derivative(body, variable, order):
            yield instead(Derivative(body, variable, order + 1))


def _operation(term: Apply, operation: str, arguments: tuple[Term, ...]) -> Iterator[Variant]:
    whole = spelled(term)
    if operation == "negate":
        shown = spelled(arguments[0])
        yield Variant(arguments[0], f"without the minus sign before `{shown}`")
    if len(arguments) != 2:
        return
    left, right = arguments
    if operation in SUMS:
        sign = "minus" if operation == "add" else "plus"
        new: Term = Apply(SUMS[operation], arguments)
        yield Variant(new, f"with a {sign} sign before `{spelled(right)}`")
        yield Variant(left, f"without the term `{spelled(right)}`")
        kept = right if operation == "add" else Apply("negate", (right,))
        yield Variant(kept, f"without the term `{spelled(left)}`")
        for at, side in enumerate(arguments):
            for variant in _signs_and_factors(side):
                if "factor" in variant.words:
                    yield Variant(_with_child(term, at, variant.term), variant.words)
        if operation == "add":
            negative = Apply("add", (Apply("negate", (left,)), right))
            yield Variant(negative, f"with a minus sign before `{spelled(left)}`")
    elif operation in ("multiply", "times", "dot", "elementwise"):
        yield Variant(left, f"without the factor `{spelled(right)}`")
        yield Variant(right, f"without the factor `{spelled(left)}`")
    elif operation == "divide":
        yield Variant(left, f"without the divisor `{spelled(right)}`")
    elif operation == "power":
        yield Variant(left, f"without the exponent `{spelled(right)}`")
        negative = Apply("power", (left, Apply("negate", (right,))))
        yield Variant(negative, f"with a minus sign before the exponent `{spelled(right)}`")
    if operation in ("subtract", "divide", "power", "multiply"):
        new = Apply(operation, (right, left))
        yield Variant(new, _instead(whole, spelled(new)))


def _call(term: Call) -> Iterator[Variant]:
    whole = spelled(term)

    def instead(new: Term) -> Variant:
        return Variant(new, _instead(whole, spelled(new)))

    if term.function in EXTREMES:
        yield instead(replace(term, function=EXTREMES[term.function]))
    if term.order:
        yield instead(replace(term, order=term.order - 1))
    elif len(term.arguments) == 1:
        yield instead(replace(term, order=1))
        yield Variant(term.arguments[0], f"without `{term.function}`")
    arguments = list(term.arguments)
    for at in range(len(arguments) - 1):
        swapped = [*arguments]
        swapped[at], swapped[at + 1] = swapped[at + 1], swapped[at]
        yield instead(replace(term, arguments=tuple(swapped)))
    for at, argument in enumerate(arguments):
        for variant in _signs_and_factors(argument):
            yield instead(_with_child(term, at, variant.term))


def _index(term: Index) -> Iterator[Variant]:
    for at, index in enumerate(term.indices):
        for operation in ("add", "subtract"):
            moved = _with_child(term, at + 1, Apply(operation, (index, ONE)))
            yield Variant(moved, _instead(spelled(term), spelled(moved)))
    if len(term.indices) == 2:
        swapped = replace(term, indices=term.indices[::-1])
        yield Variant(swapped, _instead(spelled(term), spelled(swapped)))


def _repeated(term: Repeated) -> Iterator[Variant]:
    others = {"add": "multiply", "multiply": "add", "max": "min", "min": "max"}
    others |= {"argmax": "argmin", "argmin": "argmax"}
    if term.operation not in others:
        return
    other = replace(term, operation=others[term.operation])
    yield Variant(other, _instead(spelled(term), spelled(other)))
    if term.lower is None or term.upper is None:
        return
    for place, bound in enumerate((term.lower, term.upper)):
        for operation in ("add", "subtract"):
            new = _with_child(term, place, Apply(operation, (bound, ONE)))
            words = f"with the bound `{spelled(bound)} {'+' if operation == 'add' else '-'} 1`"
            yield Variant(new, words)
    if not any(isinstance(part, Symbol) and part.name == term.index for part in walk(term.body)):
        return
    yield Variant(term.body, f"without the sum over `{term.index}`")
