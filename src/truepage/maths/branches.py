r"""Formulas cut at the places where their branches meet: no branches are left between these.

A branch is a case, a maximum or minimum, \|x\| or sgn. Where it depends on a term that is linear in
the variable with rational coefficients, its place is a rational number and its side is exact. Other
branches stay in the formula; `Piece.smooth` and `Piece.continuous` say what that leaves open.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise

from truepage.maths.evaluation import related
from truepage.maths.functions import FUNCTIONS
from truepage.maths.terms import (
    Apply,
    Call,
    Cases,
    Comparison,
    Definition,
    Number,
    Symbol,
    Term,
    rebuilt,
    walk,
)

DEEPEST = 30
"""How deep definitions may lead from one to the next."""

MOST = 64
"""How many branch points a formula may have."""

SIGNS = {"sgn", "sign"}
EXTREMES = {"\\max", "\\min"}
PLAIN = {"add", "subtract", "multiply", "times", "dot", "divide", "power", "negate", "abs", "sqrt"}


class NotPlain(Exception):  # noqa: N818 (it is an answer)
    """A formula is not a composition of elementary functions of one real variable."""


@dataclass(frozen=True)
class Piece:
    """A formula on an open interval, or at one place if the ends are the same."""

    low: Fraction | None
    high: Fraction | None
    term: Term

    @property
    def continuous(self) -> bool:
        """Whether the formula is continuous wherever all of its parts have values."""
        return not any(
            isinstance(part, Cases) or (isinstance(part, Call) and part.function in SIGNS)
            for part in walk(self.term)
        )

    @property
    def smooth(self) -> bool:
        """Whether it is differentiable wherever all of its parts have finite derivatives."""
        return self.continuous and not any(
            (isinstance(part, Apply) and part.operation == "abs")
            or (isinstance(part, Call) and part.function in EXTREMES)
            for part in walk(self.term)
        )


def plain(
    term: Term,
    variable: str,
    numbers: Mapping[str, Fraction],
    definitions: Mapping[str, Definition],
    depth: int = 0,
) -> Term:
    """Return a formula with its definitions and numbers written out.

    Raises
    ------
    NotPlain
        It has sums, indices or derivatives, or something that stands for nothing.
    """
    if depth > DEEPEST:
        raise NotPlain("its definitions lead too deep")

    def inside(part: Term) -> Term:
        return plain(part, variable, numbers, definitions, depth)

    match term:
        case Number():
            return term
        case Symbol(name) if name == variable:
            return Symbol(variable)
        case Symbol(name) if name in numbers:
            return Number(numbers[name])
        case Symbol(name) if name in definitions and not definitions[name].parameters:
            return plain(definitions[name].body, variable, numbers, definitions, depth + 1)
        case Symbol("e" | "\\pi"):
            return term
        case Apply(operation) if operation in PLAIN:
            return rebuilt(term, inside)
        case Cases():
            return rebuilt(term, lambda part: _compared(part, inside))
        case Call(function, arguments, 0) if function in definitions:
            definition = definitions[function]
            if not definition.indexed and len(definition.parameters) == len(arguments):
                given = dict(zip(definition.parameters, map(inside, arguments), strict=True))
                return _entered(definition.body, given, variable, numbers, definitions, depth + 1)
        case Call(function, _, 0) if function in FUNCTIONS:
            return rebuilt(term, inside)
    raise NotPlain("it is not composed of elementary functions of one variable")


def _compared(part: Term, inside: "object") -> Term:
    assert callable(inside)  # noqa: S101
    found: Term = rebuilt(part, inside) if isinstance(part, Comparison) else inside(part)
    return found


def _entered(
    body: Term,
    given: Mapping[str, Term],
    variable: str,
    numbers: Mapping[str, Fraction],
    definitions: Mapping[str, Definition],
    depth: int,
) -> Term:
    """Return a definition's body with its parameters replaced."""
    if set(given) & {part.function for part in walk(body) if isinstance(part, Call)}:
        raise NotPlain("a parameter is a function")
    # Parameters get names that no formula has, so that they shadow what they should.
    fresh = {name: f"parameter {depth} {name}" for name in given}

    def renamed(part: Term) -> Term:
        if isinstance(part, Symbol):
            return Symbol(fresh.get(part.name, part.name))
        return rebuilt(part, renamed)

    bound = {fresh[name]: Definition((), term) for name, term in given.items()}
    return plain(renamed(body), variable, numbers, {**definitions, **bound}, depth)


def linear(term: Term, variable: str) -> tuple[Fraction, Fraction] | None:
    """Return a and b of a term that is ax + b with rational numbers, else None."""
    match term:
        case Number(value):
            return Fraction(0), value
        case Symbol(name):
            return (Fraction(1), Fraction(0)) if name == variable else None
        case Apply(operation, arguments) if operation in PLAIN:
            found = [linear(part, variable) for part in arguments]
            known = [one for one in found if one is not None]
            if len(known) < len(found):
                return None
            return _linear(operation, known)
    return None


def _linear(
    operation: str, parts: Sequence[tuple[Fraction, Fraction]]
) -> tuple[Fraction, Fraction] | None:
    if operation == "negate":
        return -parts[0][0], -parts[0][1]
    if len(parts) != 2:
        return None
    (a, b), (c, d) = parts
    if operation == "add":
        return a + c, b + d
    if operation == "subtract":
        return a - c, b - d
    if operation in ("multiply", "times", "dot") and (a == 0 or c == 0):
        return a * d + b * c, b * d
    if operation == "divide" and c == 0 and d != 0:
        return a / d, b / d
    if operation == "power" and c == 0 and d == 1:
        return a, b
    return None


def _deciding(term: Term) -> Iterator[Term]:
    """Yield the terms at whose zeros something may happen: a branch, a pole, an end."""
    for part in walk(term):
        match part:
            case Comparison(terms):
                yield from (Apply("subtract", pair) for pair in pairwise(terms))
            case Call(function, arguments) if function in EXTREMES:
                yield from (Apply("subtract", pair) for pair in combinations(arguments, 2))
            case Call(function, (one,)) if function in SIGNS or function in ("\\log", "\\ln"):
                yield one
            case Apply("abs" | "sqrt", (one,)) | Apply("divide", (_, one)):
                yield one
            case Apply("power", (base, _)) if base != Symbol("e"):
                yield base


def _places(term: Term, variable: str) -> set[Fraction]:
    found = (linear(one, variable) for one in _deciding(term))
    return {-one[1] / one[0] for one in found if one and one[0]}


def pieces(term: Term, variable: str, also: Sequence[Fraction] = ()) -> list[Piece]:
    """Cut a plain formula: intervals and the places between them, in order.

    Raises
    ------
    NotPlain
        It has too many branches.
    """
    cuts = sorted({*also, *_places(term, variable)})
    if len(cuts) > MOST:
        raise NotPlain("it has too many branches")
    ends = [None, *cuts, None]
    found: list[Piece] = []
    for low, high in pairwise(ends):
        if low is not None:
            found.append(Piece(low, low, resolved(term, variable, low)))
        met: set[Fraction] = set()
        inner = resolved(term, variable, _between(low, high), met)
        inside = {
            place
            for place in met | _places(inner, variable)
            if (low is None or place > low) and (high is None or place < high)
        }
        if inside:  # a branch inside a branch
            return pieces(term, variable, sorted({*cuts, *inside}))
        found.append(Piece(low, high, inner))
    return found


def _between(low: Fraction | None, high: Fraction | None) -> Fraction:
    if low is None:
        return Fraction(0) if high is None else high - 1
    return low + 1 if high is None else (low + high) / 2


def resolved(term: Term, variable: str, place: Fraction, met: set[Fraction] | None = None) -> Term:
    """Return a formula with the branches taken that it takes at a place.

    Where else these branches meet is added to `met`: a maximum of what is itself a case shows it
    only once the case is known.
    """

    def side(one: Term) -> int | None:
        found = linear(one, variable)
        if found is None:
            return None
        if met is not None and found[0]:
            met.add(-found[1] / found[0])
        number = found[0] * place + found[1]
        return (number > 0) - (number < 0)

    def holds(comparison: Comparison) -> bool | None:
        inner = [renew(one) for one in comparison.terms]
        answers = [
            related(relation, side(Apply("subtract", (left, right))))
            for (left, right), relation in zip(pairwise(inner), comparison.relations, strict=True)
        ]
        return False if False in answers else None if None in answers else True

    def cases(term: Cases) -> Term:
        left: list[tuple[Term, tuple[Comparison, ...]]] = []
        for body, conditions in term.branches:
            answers = [holds(one) for one in conditions]
            if False in answers:
                continue
            if None not in answers:
                if not left:
                    return renew(body)
                left.append((renew(body), ()))
                break
            left.append((renew(body), conditions))
        return Cases(tuple(left))

    def renew(term: Term) -> Term:
        if isinstance(term, Cases):
            return cases(term)
        if isinstance(term, Number | Symbol):
            return term
        term = rebuilt(term, renew)
        match term:
            case Apply("abs", (one,)):
                at = side(one)
                return term if at is None else one if at >= 0 else Apply("negate", (one,))
            case Call(function, (one,)) if function in SIGNS:
                at = side(one)
                return term if at is None else Number(Fraction(at))
            case Call(function, arguments) if function in EXTREMES and len(arguments) > 1:
                best, *others = arguments
                for other in others:
                    at = side(Apply("subtract", (best, other)))
                    if at is None:
                        return term
                    if (at < 0) == (function == "\\max") and at != 0:
                        best = other
                return best
        return term

    return renew(term)
