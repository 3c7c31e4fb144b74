r"""All formulas that one edit makes of a formula: a sign, a factor, a bound, a prime, an argument.

If exactly one such edit makes a refuted equation true, the message names it. And the other way
round: a checker that lets an edit of a true equation pass has a hole (`bench/mutants.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from typing import TypeAlias

from truepage.maths.calls import Answer
from truepage.maths.problem import Problem
from truepage.maths.terms import (
    ONE,
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
    spelled,
    walk,
)
from truepage.maths.trial import Trial
from truepage.maths.verdict import Verdict

TWO = Number(Fraction(2))
WEAKER = {"<": "\\le", "\\le": "<", ">": "\\ge", "\\ge": ">"}
OTHER_WAY = {"<": ">", ">": "<", "\\le": "\\ge", "\\ge": "\\le"}
FUNCTIONS = {"\\max": "\\min", "\\min": "\\max", "\\sin": "\\cos", "\\cos": "\\sin"}
REPEATED = {"add": "multiply", "multiply": "add", "max": "min", "min": "max"}
REPEATED |= {"argmax": "argmin", "argmin": "argmax"}
LARGEST = 300
"""Terms of a formula beyond which no repair is looked for: edits times points take too long."""
MOST = 600
"""Edits that are tried for a repair."""

Variant: TypeAlias = tuple[Term, str]
"""A term with one edit, and the edit in words."""


@dataclass(frozen=True)
class Edit:
    """One edit of a formula: in words, as they follow “It holds …”, and the problem it makes."""

    words: str
    problem: Problem


def repair(trial: Trial, answers: Sequence[Answer], verdict: Verdict) -> Verdict:
    """Return a verdict with the edit that would make a refuted equation true, if there is one."""
    sides = (side for statement in trial.problem.statements for side in statement.terms)
    if sum(1 for side in sides for _ in walk(side)) > LARGEST or len(trial.points) < 2:
        return verdict  # of numbers, many edits make one true
    likely = [] if trial.refuted_at is None else [trial.refuted_at]
    for edit in islice(edits(trial.problem), MOST):
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
    if edit.words.endswith(tuple(f"in place of `{relation}`" for relation in WEAKER)):
        return 0
    if "sign" in edit.words:
        return 1
    return 3 if edit.words.startswith("with the factor") else 2


def _edits(problem: Problem) -> Iterator[Edit]:
    statements = problem.statements
    for position, statement in enumerate(statements):
        terms, relations = statement.terms, statement.relations
        # An edit of the name of what is computed says nothing.
        fixed = position in problem.defines or relations[:1] == ("\\leftarrow",)
        found = [
            (words, replace(statement, terms=(*terms[:at], new, *terms[at + 1 :])))
            for at, side in enumerate(terms)
            if at or not fixed
            for new, words in [*_scaled(side), *variants(side)]
        ]
        for old, new, edited in _other_relations(relations):
            found.append((_instead(old, new), replace(statement, relations=edited)))
        for words, changed in found:
            others = (*statements[:position], changed, *statements[position + 1 :])
            yield Edit(words, replace(problem, statements=others))


def _other_relations(relations: tuple[str, ...]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield an old relation, a new one in its place, and all relations with it."""
    for at, old in enumerate(relations):
        for table in (WEAKER, OTHER_WAY):
            if old in table:
                yield old, table[old], (*relations[:at], table[old], *relations[at + 1 :])


def _instead(old: str, new: str) -> str:
    return f"with `{new}` in place of `{old}`"


def _scaled(term: Term) -> Iterator[Variant]:
    """Yield a term with the other sign, twice, and half: for sides, summands and arguments."""
    shown = spelled(term)
    if isinstance(term, Apply) and term.operation == "negate":
        yield term.arguments[0], f"without the minus sign before `{shown.lstrip('-')}`"
    else:
        yield Apply("negate", (term,)), f"with a minus sign before `{shown}`"
    yield Apply("multiply", (TWO, term)), f"with the factor 2 before `{shown}`"
    yield Apply("divide", (term, TWO)), f"with the factor ½ before `{shown}`"


def variants(term: Term) -> Iterator[Variant]:
    """Yield a term with one edit somewhere inside it."""
    for new in _here(term):
        yield new if isinstance(new, tuple) else (new, _instead(spelled(term), spelled(new)))
    for place, child in enumerate(children(term)):
        for variant, words in variants(child):
            new = _with_child(term, place, variant)
            # Of a number in a condition, the condition says where it stands.
            whole = isinstance(term, Comparison)
            yield new, _instead(spelled(term), spelled(new)) if whole else words


def _with_child(term: Term, place: int, new: Term) -> Term:
    count = iter(range(10**9))
    return rebuilt(term, lambda child: new if next(count) == place else child)


def _moved(term: Term, place: int) -> Iterator[tuple[str, Term]]:
    """Yield a term with a child that is one more or one less, and the sign of the one."""
    child = list(children(term))[place]
    for sign, operation in (("+", "add"), ("-", "subtract")):
        yield sign, _with_child(term, place, Apply(operation, (child, ONE)))


def _here(term: Term) -> Iterator[Variant | Term]:
    """Yield a term with one edit of its outermost operation; without words it is in its place."""
    match term:
        case Apply():
            yield from _operation(term)
        case Number(value):
            yield from (Number(value + 1), Number(value - 1))
        case Call(function, arguments, order):
            if function in FUNCTIONS:
                yield replace(term, function=FUNCTIONS[function])
            if order:
                yield replace(term, order=order - 1)
            elif len(arguments) == 1:
                yield replace(term, order=1)
                yield arguments[0], f"without `{function}`"
            for at in range(1, len(arguments)):
                swapped = (arguments[at], arguments[at - 1])
                yield replace(
                    term, arguments=(*arguments[: at - 1], *swapped, *arguments[at + 1 :])
                )
            for at, argument in enumerate(arguments):
                for new, _ in _scaled(argument):
                    yield _with_child(term, at, new)
        case Index(_, indices):
            for at in range(len(indices)):
                yield from (new for _, new in _moved(term, at + 1))
            if len(indices) == 2:
                yield replace(term, indices=indices[::-1])
        case Repeated(operation, index, lower, upper, body) if operation in REPEATED:
            yield replace(term, operation=REPEATED[operation])
            if lower is None or upper is None:
                return
            for place, bound in enumerate((lower, upper)):
                for sign, new in _moved(term, place):
                    yield new, f"with the bound `{spelled(bound)} {sign} 1`"
            if Symbol(index) in walk(body):
                yield body, f"without the sum over `{index}`"
        case Cases(branches):
            for at, (body, conditions) in enumerate(branches):
                before, after = branches[:at], branches[at + 1 :]
                if len(branches) > 1:
                    yield Cases((*before, *after)), f"without the case `{spelled(body)}`"
                for other, (theirs, its) in enumerate(after):
                    rest = (*after[:other], (body, its), *after[other + 1 :])
                    yield Cases((*before, (theirs, conditions), *rest))
        case Comparison(_, relations):
            yield from (replace(term, relations=new) for *_, new in _other_relations(relations))
        case Derivative(_, _, order):
            yield replace(term, order=order + 1)


def _operation(term: Apply) -> Iterator[Variant | Term]:
    """Yield an operation with one edit."""

    def without(what: str, part: Term, kept: Term) -> Variant:
        return kept, f"without the {what} `{spelled(part)}`"

    match term:
        case Apply("negate", (inner,)):
            yield without("minus sign before", inner, inner)
        case Apply("add" | "subtract" as operation, (left, right)):
            other, sign = ("subtract", "minus") if operation == "add" else ("add", "plus")
            yield Apply(other, term.arguments), f"with a {sign} sign before `{spelled(right)}`"
            yield without("term", right, left)
            yield without("term", left, right if operation == "add" else Apply("negate", (right,)))
            for at, side in enumerate(term.arguments):
                for new, words in _scaled(side):
                    if "factor" in words:
                        yield _with_child(term, at, new), words
            if operation == "add":
                negative = Apply("add", (Apply("negate", (left,)), right))
                yield negative, f"with a minus sign before `{spelled(left)}`"
        case Apply("multiply" | "times" | "dot" | "elementwise", (left, right)):
            yield without("factor", right, left)
            yield without("factor", left, right)
        case Apply("divide", (left, right)):
            yield without("divisor", right, left)
        case Apply("power", (left, right)):
            yield without("exponent", right, left)
            negative = Apply("power", (left, Apply("negate", (right,))))
            yield negative, f"with a minus sign before the exponent `{spelled(right)}`"
    if term.operation in ("subtract", "divide", "power", "multiply"):
        yield Apply(term.operation, term.arguments[::-1])
