r"""Formulas written out, cut where their branches meet, and enclosed on intervals.

A branch is a case, a maximum or minimum, \|x\| or sgn. The terms that decide it have their zeros
isolated: an exact zero is a place between two pieces; around another one is a narrow piece in which
the branch stays. `Formula` says what the branches that stay leave open.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TypeAlias

from flint import arb

from truepage.maths.claims.enclosure import (
    EXTREMES,
    PRECISE,
    SIGNS,
    Enclosed,
    Zero,
    branching,
    deciding,
    known,
    name_of,
    polynomial,
    sign_at,
    singular,
    span,
    zeros,
)
from truepage.maths.claims.reals import Real, ball, every
from truepage.maths.environment import JUMPS
from truepage.maths.evaluation import related
from truepage.maths.functions import FUNCTIONS
from truepage.maths.jets import precision
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

PLAIN = {
    "add", "subtract", "multiply", "times", "dot", "divide", "power", "negate", "abs", "sqrt",
    "root", "log_base", "mod", "floor", "ceil",
}  # fmt: skip


Branches: TypeAlias = tuple[tuple[Term, tuple[Comparison, ...]], ...]


class NotPlain(Exception):  # noqa: N818 (it is an answer)
    """A formula is not a composition of known functions of one real variable."""


class Plain:
    """Formulas written out: with their definitions and numbers in the place of names.

    Parameters
    ----------
    meanings
        What symbols stand for, beside the variable.
    """

    def __init__(self, variable: str, meanings: Mapping[str, Definition]) -> None:
        self._variable, self._meanings = variable, meanings

    def of(self, term: Term, bound: Mapping[str, Term] | None = None, depth: int = 0) -> Term:
        """Return a term written out.

        Parameters
        ----------
        bound
            What parameters and indices in it stand for, written out.

        Raises
        ------
        NotPlain
            It has indices, or something that stands for nothing.
        """
        bound = bound or {}
        if depth > DEEPEST:
            raise NotPlain("its definitions lead too deep")

        def inside(part: Term) -> Term:
            if isinstance(part, Comparison):  # of a case, and nowhere else
                return rebuilt(part, inside)
            return self.of(part, bound, depth)

        match term:
            case Symbol(name) if name in bound:
                return bound[name]
            case Symbol(name) if name == self._variable:
                return term
            case Symbol(name) if (one := self._meanings.get(name)) and not one.parameters:
                return self.of(one.body, None, depth + 1)
            case Number() | Symbol("e" | "\\pi"):
                return term
            case Symbol(name):
                raise NotPlain(f"{name} stands for nothing")
            case Apply(operation) if operation in PLAIN:
                return rebuilt(term, inside)
            case Cases():
                return rebuilt(term, inside)
            case Repeated("add" | "multiply", index, lower, upper, body, ()) if lower and upper:
                own = f"bound {depth} {index}"
                body = self.of(body, {**bound, index: Symbol(own)}, depth)
                return replace(
                    term, index=own, lower=inside(lower), upper=inside(upper), body=_straight(body)
                )
            case Derivative(body, Symbol(name)) if name == self._variable and name not in bound:
                return replace(term, body=_straight(inside(body)))
            case Call(function, arguments, order) if function in self._meanings:
                return self._called(function, [inside(one) for one in arguments], order, depth)
            case Call(function, _, 0) if function in FUNCTIONS:
                return rebuilt(term, inside)
            case Call(function):
                raise NotPlain(f"{function} is not a known function")
        raise NotPlain("it is not composed of known functions of one variable")

    def _called(self, function: str, given: list[Term], order: int, depth: int) -> Term:
        """Return what defines a function, written out, or a derivative of it."""
        definition, variable = self._meanings[function], Symbol(self._variable)
        if definition.indexed or len(definition.parameters) != len(given):
            raise NotPlain(f"{function} is defined with other arguments")
        if order and given != [variable]:
            raise NotPlain(f"a derivative of {function} at something else than {variable.name}")
        if {*definition.parameters} & {name_of(part) for part in walk(definition.body)}:
            raise NotPlain("a parameter is a function")
        bound = dict(zip(definition.parameters, given, strict=True))
        body = self.of(definition.body, bound, depth + 1)
        return Derivative(_straight(body), variable, order) if order else body


def _straight(term: Term) -> Term:
    """Return a term under a sum or a derivative, which may have no branches there."""
    if any(isinstance(one, Cases) or deciding(one) for one in walk(term)):
        raise NotPlain("it has branches inside a sum or a derivative")
    if any(name_of(one) in JUMPS for one in walk(term)):
        raise NotPlain("it has jumps inside a sum or a derivative")
    return term


@dataclass(frozen=True, eq=False)
class Piece:
    """A formula on a closed interval; `whole` is the length of what it was halved from."""

    formula: Enclosed
    low: Fraction
    high: Fraction
    whole: Fraction

    @property
    def middle(self) -> Fraction:
        """The place in the middle."""
        return (self.low + self.high) / 2

    def halves(self) -> "tuple[Piece, Piece]":
        """Return its two halves."""
        ends = (self.low, self.middle), (self.middle, self.high)
        left, right = (Piece(self.formula, *two, self.whole) for two in ends)
        return left, right

    @contextmanager
    def precisely(self) -> "Iterator[Piece]":
        """Work with many bits, also at its ends."""
        formula = Enclosed(self.formula.term, self.formula.variable, (PRECISE,))
        with precision(PRECISE):
            yield replace(self, formula=formula)

    @cached_property
    def values(self) -> tuple[Real, ...]:
        """Balls whose hull holds all values; (): not known."""
        return self._hull(0)

    @cached_property
    def slopes(self) -> tuple[Real, ...]:
        """Balls whose hull holds all slopes, for jumps in the slope as well; (): not known."""
        return self._hull(1)

    @cached_property
    def _coefficients(self) -> tuple[arb, ...]:
        term, variable = self.formula.term, self.formula.variable
        order = 2 if self.formula.smooth else 1 if self.formula.continuous else 0
        where = span(self.low, self.high)
        return known(term, variable, where, order) or known(term, variable, where) or ()

    def _hull(self, order: int) -> tuple[Real, ...]:
        """Return balls for a coefficient: by its own growth, which has one sign or is small."""
        at = self.formula.at
        if poly := self.formula.polynomial:
            return (poly.slope if order else poly).extremes(self.low, self.high)
        found = self._coefficients[order:]
        if len(found) < 2:
            return found
        growth = found[1] * (order + 1)
        if growth >= 0 or growth <= 0:
            ends = [two[order] for two in (at(self.low), at(self.high)) if two]
            if len(ends) == 2 and None not in ends:
                return tuple(one for one in ends if one is not None)
        centre = at(self.middle)
        if centre is None or (here := centre[order]) is None:
            return found[:1]
        better = ball(here) + growth * span(self.low - self.middle, self.high - self.middle)
        return (better if better.rad() < found[0].rad() else found[0],)


def cut(
    term: Term, variable: str, low: Fraction, high: Fraction, also: set[Fraction], most: int = MOST
) -> list[Piece]:
    """Cut a formula on an interval into pieces, in order.

    Where one piece ends and the next begins at the same place, both are right up to it, and the
    value at the place itself is that of `resolved` there.
    """
    narrow: list[Zero] = [(one, one) for one in also if low < one < high]
    isolated: dict[Term, list[Zero]] = {}
    for one in [one for one in walk(term) if deciding(one)]:
        if any(deciding(part) for part in list(walk(one))[1:]):
            continue  # those inside of it come first
        found = [zeros(each, variable, low, high) for each in deciding(one)]
        if None not in found:
            isolated[one] = [zero for each in found for zero in each or []]
    if isolated:
        narrow += [zero for several in isolated.values() for zero in several]
    else:
        for one in {*singular(term)}:
            narrow += [zero for zero in zeros(one, variable, low, high) or [] if zero[0] == zero[1]]
    ends = sorted({low, high, *(end for zero in narrow for end in zero if low < end < high)})
    if len(ends) > most:
        raise NotPlain("it has too many branches")
    pieces: list[Piece] = []
    formula = Enclosed(term, variable)
    for a, b in pairwise(ends):
        stays = not isolated or any(zero[0] < b and a < zero[1] for zero in narrow)
        here = term if stays else resolved(term, variable, (a + b) / 2, set(isolated))
        if here == term:
            pieces.append(Piece(formula, a, b, b - a))
        else:
            pieces += cut(here, variable, a, b, set(), most)
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
        return every(
            related(relation, side(Apply("subtract", pair)))
            for pair, relation in zip(pairwise(comparison.terms), comparison.relations, strict=True)
        )

    def case(branches: Branches) -> Term:
        left: list[tuple[Term, tuple[Comparison, ...]]] = []
        for body, conditions in branches:
            applies = every(map(holds, conditions))
            if applies and not left:
                return body
            if applies is not False:
                left.append((body, () if applies else conditions))
            if applies:
                break
        return Cases(tuple(left))

    def renew(term: Term) -> Term:
        if not branching(term):
            return term
        chosen = nodes is None or term in nodes
        term = rebuilt(term, renew)
        match term if chosen else None:
            case Cases(branches):
                return case(branches)
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
    every_one = (one for part in walk(term) for one in deciding(part))
    polynomials = ((one, polynomial(one, variable)) for one in every_one)
    return tuple(one for one, poly in polynomials if poly is None or poly.degree >= 0)


def ties(term: Term, variable: str, place: Fraction) -> bool:
    """Tell whether a place may be one where branches of a formula meet."""
    return any(
        not sign_at(resolved(one, variable, place), variable, place)
        for one in deciders(term, variable)
    )
