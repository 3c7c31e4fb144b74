r"""Formulas written out, cut where their branches meet, and enclosed on boxes.

A branch is a case, a maximum or minimum, \|x\| or sgn. The terms that decide it have their zeros
isolated: an exact zero is a place between two pieces; around another one is a narrow piece in which
the branch stays. `Piece.smooth` and `Piece.continuous` say what the branches that stay leave open.
A box is a closed interval of a piece, which is halved until its values and slopes leave no doubt.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import combinations, pairwise

from flint import arb

from truepage.maths.claims.enclosure import (
    BITS,
    Zero,
    at,
    derived,
    extremes,
    known,
    polynomial,
    sign_at,
    span,
    zeros,
)
from truepage.maths.claims.reals import CLOSE, Real, ball, text
from truepage.maths.environment import JUMPS
from truepage.maths.evaluation import related
from truepage.maths.functions import FUNCTIONS, exact
from truepage.maths.terms import (
    Apply,
    Call,
    Cases,
    Comparison,
    Definition,
    Derivative,
    Number,
    Repeated,
    Symbol,
    Term,
    rebuilt,
    walk,
)

DEEPEST = 30
"""How deep definitions may lead from one to the next."""

MOST = 120
"""How many cuts a formula may have."""

SIGNS = {"sgn", "sign"}
EXTREMES = {"\\max", "\\min"}
PLAIN = {
    "add", "subtract", "multiply", "times", "dot", "divide", "power", "negate", "abs", "sqrt",
    "root", "log_base", "mod", "floor", "ceil",
}  # fmt: skip


class NotPlain(Exception):  # noqa: N818 (it is an answer)
    """A formula is not a composition of known functions of one real variable."""


def name_of(term: Term) -> str:
    """Return the name of a function or an operation, "" of anything else."""
    match term:
        case Call(name) | Apply(name):
            return name
    return ""


@dataclass(frozen=True)
class Piece:
    """A formula on a closed interval."""

    low: Fraction
    high: Fraction
    term: Term

    @property
    def continuous(self) -> bool:
        """Whether the formula is continuous wherever all of its parts have finite values."""
        return not any(isinstance(one, Cases) or name_of(one) in JUMPS for one in _parts(self.term))

    @property
    def smooth(self) -> bool:
        """Whether it is analytic wherever all of its parts have finite derivatives."""
        return not _parts(self.term)


@lru_cache(maxsize=4096)
def _parts(term: Term) -> tuple[Term, ...]:
    """Return the parts of a formula that have branches or jumps."""
    return tuple(one for one in walk(term) if deciding(one) or name_of(one) in JUMPS)


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
        It has indices, or something that stands for nothing.
    """
    if depth > DEEPEST:
        raise NotPlain("its definitions lead too deep")

    def inside(part: Term) -> Term:
        if isinstance(part, Comparison):
            return rebuilt(part, inside)
        return plain(part, variable, numbers, definitions, depth)

    match term:
        case Number():
            return term
        case Symbol(name) if name == variable or name.startswith("bound "):
            return term
        case Symbol(name) if name in numbers:
            return Number(numbers[name])
        case Symbol(name) if name in definitions and not definitions[name].parameters:
            return plain(definitions[name].body, variable, numbers, definitions, depth + 1)
        case Symbol("e" | "\\pi"):
            return term
        case Symbol(name):
            raise NotPlain(f"{name} stands for nothing")
        case Apply(operation) if operation in PLAIN:
            return rebuilt(term, inside)
        case Cases():
            return rebuilt(term, inside)
        case Repeated("add" | "multiply", index, lower, upper, body, ()) if lower and upper:
            own = f"bound {depth} {index}"
            body = inside(_renamed(body, {index: own}))
            return Repeated(term.operation, own, inside(lower), inside(upper), _straight(body))
        case Derivative(body, Symbol(name), order) if name == variable:
            return Derivative(_straight(inside(body)), Symbol(variable), order)
        case Call(function, arguments, order) if function in definitions:
            definition = definitions[function]
            if definition.indexed or len(definition.parameters) != len(arguments):
                raise NotPlain(f"{function} is defined with other arguments")
            given = [inside(one) for one in arguments]
            if order and given != [Symbol(variable)]:
                raise NotPlain(f"a derivative of {function} at something else than {variable}")
            names = {name: f"{depth} {name}" for name in definition.parameters}
            bound = dict(zip(names.values(), (Definition((), one) for one in given), strict=True))
            if set(names) & {name_of(part) for part in walk(definition.body)}:
                raise NotPlain("a parameter is a function")
            body = _renamed(definition.body, names)
            body = plain(body, variable, numbers, {**definitions, **bound}, depth + 1)
            return Derivative(_straight(body), Symbol(variable), order) if order else body
        case Call(function, _, 0) if function in FUNCTIONS:
            return rebuilt(term, inside)
        case Call(function):
            raise NotPlain(f"{function} is not a known function")
    raise NotPlain("it is not composed of known functions of one variable")


def _renamed(term: Term, names: Mapping[str, str]) -> Term:
    if isinstance(term, Symbol):
        return Symbol(names.get(term.name, term.name))
    return rebuilt(term, lambda part: _renamed(part, names))


def _straight(term: Term) -> Term:
    """Return a term under a sum or a derivative, which may have no branches there."""
    if any(isinstance(one, Cases) or deciding(one) for one in walk(term)):
        raise NotPlain("it has branches inside a sum or a derivative")
    if any(name_of(one) in JUMPS for one in walk(term)):
        raise NotPlain("it has jumps inside a sum or a derivative")
    return term


def deciding(term: Term) -> list[Term]:
    """Return the terms whose signs decide which branch of a term is taken."""
    match term:
        case Cases(branches):
            return [
                Apply("subtract", pair)
                for _, conditions in branches
                for one in conditions
                for pair in pairwise(one.terms)
            ]
        case Call(function, arguments) if function in EXTREMES:
            return [Apply("subtract", pair) for pair in combinations(arguments, 2)]
        case Call(function, (one,)) if function in SIGNS:
            return [one]
        case Apply("abs", (one,)):
            return [one]
    return []


def singular(term: Term) -> Iterator[Term]:
    """Yield the terms at whose zeros a formula without branches may have no value or slope."""
    for part in walk(term):
        match part:
            case Call("\\log" | "\\ln" | "\\lg", (one,)):
                yield one
            case Apply("sqrt" | "root" | "log_base", (one, *_)) | Apply("divide", (_, one)):
                yield one
            case Apply("power", (base, exponent)) if base != Symbol("e"):
                if not (isinstance(exponent, Number) and exponent.value.denominator == 1) or (
                    exponent.value < 0
                ):
                    yield base


def cut(
    term: Term, variable: str, low: Fraction, high: Fraction, also: set[Fraction], most: int = MOST
) -> list[Piece]:
    """Cut a formula on an interval into pieces, in order.

    Where one piece ends and the next begins at the same place, both are right up to it, and the
    value at the place itself is that of `resolved` there.
    """
    narrow: list[Zero] = [(one, one) for one in also if low < one < high]
    nodes = [one for one in walk(term) if deciding(one)]
    inner = [one for one in nodes if not any(deciding(part) for part in list(walk(one))[1:])]
    isolated: dict[Term, list[Zero]] = {}
    for one in inner:
        found = [zeros(each, variable, low, high) for each in deciding(one)]
        if None not in found:
            isolated[one] = [zero for each in found for zero in each or []]
    if not isolated:
        for one in {*singular(term)}:
            narrow += [zero for zero in zeros(one, variable, low, high) or [] if zero[0] == zero[1]]
        ends = sorted({low, high, *(a for a, _ in narrow if low < a < high)})
        if len(ends) > most:
            raise NotPlain("it has too many branches")
        return [Piece(a, b, term) for a, b in pairwise(ends)]
    narrow += [zero for several in isolated.values() for zero in several]
    ends = sorted({low, high, *(end for zero in narrow for end in zero if low < end < high)})
    if len(ends) > most:
        raise NotPlain("it has too many branches")
    pieces: list[Piece] = []
    for a, b in pairwise(ends):
        if any(zero[0] < b and a < zero[1] for zero in narrow):  # inside a narrow interval
            pieces.append(Piece(a, b, term))
            continue
        here = resolved(term, variable, (a + b) / 2, set(isolated))
        pieces += cut(here, variable, a, b, set(), most) if here != term else [Piece(a, b, term)]
    return pieces


def resolved(term: Term, variable: str, place: Fraction, nodes: set[Term] | None = None) -> Term:
    """Return a formula with the branches taken that it takes at a place, where that is known.

    Parameters
    ----------
    nodes
        The terms whose branches are taken; None: all.
    """

    def side(one: Term) -> int | None:
        return sign_at(one, variable, place)

    def holds(comparison: Comparison) -> bool | None:
        answers = [
            related(relation, side(Apply("subtract", pair)))
            for pair, relation in zip(pairwise(comparison.terms), comparison.relations, strict=True)
        ]
        return False if False in answers else None if None in answers else True

    def case(term: Cases) -> Term:
        left: list[tuple[Term, tuple[Comparison, ...]]] = []
        for body, conditions in term.branches:
            answers = [holds(one) for one in conditions]
            if False in answers:
                continue
            if None not in answers:
                if not left:
                    return body
                left.append((body, ()))
                break
            left.append((body, conditions))
        return Cases(tuple(left))

    def renew(term: Term) -> Term:
        if not _parts(term):
            return term
        chosen = nodes is None or term in nodes
        term = rebuilt(term, renew) if not isinstance(term, Number | Symbol) else term
        if not chosen:
            return term
        match term:
            case Cases():
                return case(term)
            case Apply("abs", (one,)):
                at = side(one)
                return term if at is None else one if at >= 0 else Apply("negate", (one,))
            case Call(function, (one,)) if function in SIGNS:
                at = side(one)
                return term if at is None else Number(Fraction(at))
            case Call(function, (best, *others)) if function in EXTREMES and others:
                for other in others:
                    at = side(Apply("subtract", (best, other)))
                    if at is None:
                        return term
                    if (at < 0) == (function == "\\max") and at != 0:
                        best = other
                return best
        return term

    return renew(term)


@lru_cache(maxsize=4096)
def deciders(term: Term, variable: str) -> tuple[Term, ...]:
    """Return the terms of a formula at whose zeros its branches meet."""
    return tuple(
        one for part in walk(term) for one in deciding(part) if polynomial(one, variable) != ()
    )


def ties(term: Term, variable: str, place: Fraction) -> bool:
    """Tell whether a place may be one where branches of a formula meet."""
    return any(
        not sign_at(resolved(one, variable, place), variable, place)
        for one in deciders(term, variable)
    )


PRECISE = 4096
"""Bits for far points, where 256 leave too wide a ball."""


@dataclass(frozen=True)
class Box:
    """A closed interval of a piece."""

    piece: Piece
    variable: str
    low: Fraction
    high: Fraction
    _at: dict[Fraction, tuple[Real, Real | None] | None] = field(repr=False, compare=False)
    bits: tuple[int, ...] = (BITS, PRECISE)

    @property
    def middle(self) -> Fraction:
        """The place in the middle."""
        return (self.low + self.high) / 2

    def halves(self) -> "tuple[Box, Box]":
        """Return its two halves."""
        ends = (self.low, self.middle), (self.middle, self.high)
        return tuple(Box(self.piece, self.variable, *two, self._at) for two in ends)  # type: ignore[return-value]

    def at(self, place: Fraction) -> tuple[Real, Real | None] | None:
        """Return the value and the slope of the piece's formula at a place."""
        if place not in self._at:
            self._at[place] = both(self.piece, self.variable, place, self.bits)
        return self._at[place]

    def precisely(self) -> "Box":
        """Return the same box, whose ends are evaluated with many bits at once."""
        return replace(self, _at={}, bits=(PRECISE,))

    @cached_property
    def _coefficients(self) -> tuple[arb, ...] | None:
        order = 2 if self.piece.smooth else 1 if self.piece.continuous else 0
        found = known(self.piece.term, self.variable, span(self.low, self.high), order)
        return found or known(self.piece.term, self.variable, span(self.low, self.high))

    @cached_property
    def slopes(self) -> tuple[Real, ...]:
        """Balls whose hull holds all slopes, for jumps in the slope as well; (): not known."""
        if (poly := polynomial(self.piece.term, self.variable)) is not None:
            return extremes(derived(poly), self.low, self.high)
        found = self._coefficients
        return () if found is None or len(found) < 2 else self._hull(found[1:], 1)

    @cached_property
    def values(self) -> tuple[Real, ...]:
        """Balls whose hull holds all values; (): not known."""
        if (poly := polynomial(self.piece.term, self.variable)) is not None:
            return extremes(poly, self.low, self.high)
        found = self._coefficients
        return () if found is None else self._hull(found, 0)

    def _hull(self, found: tuple[arb, ...], order: int) -> tuple[Real, ...]:
        """Return balls for a coefficient: by its own growth, which has one sign or is small."""
        if len(found) < 2:
            return (found[0],)
        growth = found[1] * (order + 1)
        if growth >= 0 or growth <= 0:
            low, high = self.at(self.low), self.at(self.high)
            if low and high and low[order] is not None and high[order] is not None:
                return low[order], high[order]  # type: ignore[return-value]
        centre = self.at(self.middle)
        if centre is None or centre[order] is None:
            return (found[0],)
        offset = span(self.low - self.middle, self.high - self.middle)
        better = ball(centre[order]) + growth * offset  # type: ignore[arg-type]
        return (better if better.rad() < found[0].rad() else found[0],)


def both(
    piece: Piece, variable: str, place: Fraction, precisions: tuple[int, ...] = (BITS, PRECISE)
) -> tuple[Real, Real | None] | None:
    """Return the value and the slope of a piece's formula at a place; None: not known."""
    coefficients = polynomial(piece.term, variable)
    if coefficients is not None:
        return at(coefficients, place), at(derived(coefficients), place)
    for bits in precisions:
        found = known(piece.term, variable, place, 1, bits) if piece.smooth else None
        found = found or known(piece.term, variable, place, 0, bits)
        if found and all(one.rad() < exact(CLOSE) * (1 + abs(one)) for one in found):
            return found[0], found[1] if len(found) == 2 else None
    return None


def near(box: Box) -> str:
    """Return words for a box in which something is not known."""
    if box.high - box.low < Fraction(1, 1000) * max(Fraction(1), abs(box.middle)):
        return f"near {float(box.middle):.6g}".replace("-", "−")
    return f"between {text(box.low)} and {text(box.high)}"
