r"""Formulas, read: from the tokens of KaTeX's parse tree to terms and statements.

What mathematicians leave open is decided here, or refused: a letter before parentheses is applied
if it is known as a function and multiplies if it is known as a variable; a sum reaches to the next
plus or minus; ``\log a b`` and ``a / b c`` are errors that ask for parentheses, and ``f^{-1}`` for
another letter. Nothing is guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import NoReturn

from truepage.maths.factors import CONDITIONS, Factors
from truepage.maths.operators import TIMES, Kind, filled
from truepage.maths.terms import (
    IMAGINARY,
    Apply,
    Comparison,
    Index,
    Symbol,
    Term,
    children,
    index_letters,
)
from truepage.maths.tokens import Token, outside

__all__ = ["Kind", "Reader", "Statement", "read_term", "read_tokens", "statement_of", "unstacked"]


class Reader(Factors):
    """Reads terms, and relations between them."""

    _mod: Token | None = None
    """The mod, outside of parentheses, of the product that was read last."""

    def comparison(self, *, whole: bool = True) -> Comparison:
        """Read terms and the relations between them; whole: to the end."""
        terms, relations = [self.sum()], list[str]()
        with self._around(index_letters(terms[0]) if self.now.kind == "relation" else ()):
            while self.now.kind == "relation":
                if self.now.text == "\\in":
                    words = "write 0 \\le x \\le 1, or a line `% where: x ∈ …`"
                    self.refuse(f"∈ is compared nowhere; {words}")
                relations.append(self.next().text)
                terms.append(self.sum())
        if whole:
            self.expect_end()
        return Comparison(tuple(terms), tuple(relations))

    def sum(self) -> Term:
        """Read terms with plus and minus between them."""
        sign = self.takes("+", "-")
        total, mods = self.product(), [self._mod]
        if sign == "-":
            total = Apply("negate", (total,))
        while between := self.takes("+", "-"):
            if self.now.kind == "dots":
                total = self._filled_sum(total, between)
                continue
            negative = self.takes("-")  # x + -y
            product = self.product()
            product = Apply("negate", (product,)) if negative else product
            total = Apply("add" if between == "+" else "subtract", (total, product))
            mods.append(self._mod)
        mod = next(filter(None, mods), None)
        if mod and (sign == "-" or len(mods) > 1):
            self.refuse("mod beside + or - can be read in two ways; write (…)", mod)
        return total

    def _filled_sum(self, before: Term, sign: str) -> Term:
        r"""Read ``x_1 + x_2 + \cdots + x_n``."""
        dots = self.next()
        if sign != "+" or self.takes("+", "-") != "+":
            self._refuse_dots(dots)
        return self._filled("add", _summands(before), self.product(), dots)

    def _refuse_dots(self, dots: Token) -> NoReturn:
        words = "what the dots stand for is not understood; expected such as"
        self.refuse(f"{words} x_1 + \\dots + x_n, or \\sum", dots)

    def _filled(self, operation: str, firsts: list[Term], last: Term, dots: Token) -> Term:
        """Return the sum or product from the first to the last, what is between given by dots."""
        self.bare(dots)
        return filled(operation, firsts, last) or self._refuse_dots(dots)

    def product(self) -> Term:
        """Read factors side by side, or with a sign between them."""
        factors = [self.factor()]
        joins = [""]  # what joins each factor to those before it
        while True:
            token = self.now
            if sign := self.takes(*TIMES):
                if sign == "\\bmod":
                    return self._modulo(factors, token)
                joins.append(TIMES[sign])
                factors.append(self.factor())
            elif self.takes("/"):
                divisor = self.factor()
                if self.begins_factor():
                    self.refuse("a / b c can be read in two ways; write \\frac or parentheses")
                if joins[-1] == "multiply":
                    factors, joins = [_multiplied(factors, joins)], [""]
                factors[-1] = Apply("divide", (factors[-1], divisor))
            elif token.kind == "dots":
                self.next()
                last, at = self.factor(), len(factors)
                while at and isinstance(factors[at - 1], Index):
                    at -= 1
                if at == len(factors):
                    self._refuse_dots(token)
                factors[at:] = [self._filled("multiply", factors[at:], last, token)]
                del joins[at + 1 :]
            elif self.begins_factor():
                self._refuse_number_behind_letter()
                joins.append("multiply")
                factors.append(self.factor())
            else:
                self._mod = None
                return _multiplied(factors, joins)

    def _refuse_number_behind_letter(self) -> None:
        before = self._tokens[self._at - 1]
        plain = before.kind == "symbol" and not (before.sub or before.sup)
        if plain and before.text != IMAGINARY and self.now.kind == "number":
            x, n = before.text, self.now.text
            words = f"{x} {n} can be read in several ways; write {n} {x}, {x}_{n} or {x}^{n}"
            self.refuse(f"{words}, or \\text{{{x}{n}}} for a name")

    def _modulo(self, factors: list[Term], token: Token) -> Term:
        r"""Read ``a \bmod b``, of one factor each."""
        divisor = self.factor()
        if len(factors) > 1 or self.begins_factor() or self.now.text in (*TIMES, "/"):
            self.refuse("mod beside a product can be read in two ways; write (…)", token)
        self._mod = token
        return Apply("mod", (factors[0], divisor))


def _multiplied(factors: list[Term], joins: list[str]) -> Term:
    pairs = zip(joins[1:], factors[1:], strict=True)
    return reduce(lambda product, pair: Apply(pair[0], (product, pair[1])), pairs, factors[0])


def _summands(term: Term) -> list[Term]:
    if isinstance(term, Apply) and term.operation == "add":
        return [*_summands(term.arguments[0]), term.arguments[1]]
    return [term]


@dataclass(frozen=True)
class Statement:
    """One statement of a formula: terms in relation to each other, or a term alone.

    Parameters
    ----------
    terms, relations
        The sides, and the relations between them: one fewer.
    conditions
        All must hold where it does.
    """

    terms: tuple[Term, ...]
    relations: tuple[str, ...]
    conditions: tuple[Comparison, ...] = ()

    @property
    def is_strict(self) -> bool:
        """Whether it says of some sides that they are not equal."""
        return not {"<", ">", "\\ne"}.isdisjoint(self.relations)


def read_tokens(found: Sequence[Token], kind: Kind) -> list[Statement]:
    """Return the statements that tokens are; what is not understood is `Unreadable`."""
    statements: list[Statement] = []
    for part in _parted(found):
        if part[0].kind == "text" and part[0].text in CONDITIONS and statements:
            last = statements.pop()
            conditions = (*last.conditions, *Reader(part[1:], kind).conditions())
            statements.append(Statement(last.terms, last.relations, conditions))
        else:
            statements.append(statement_of(part, kind))
    return statements


def statement_of(found: Sequence[Token], kind: Kind) -> Statement:
    """Return the one statement that tokens are."""
    comparison = Reader(found, kind).comparison()
    first, *others = comparison.terms
    if others and isinstance(first, Index) and _is_label(first, others, kind):
        first = Symbol(first.name)
    return Statement((first, *others), comparison.relations)


def _is_label(first: Index, others: Sequence[Term], kind: Kind) -> bool:
    """Whether the index of the left side is part of its name, as in ``E_A``: no side runs over it.

    An index that something on another side has, or that stands there as a number, is one. In names
    that are known with their index it says nothing.
    """
    letters = {one.name for one in first.indices if isinstance(one, Symbol)}
    if len(letters) != len(first.indices) or kind(first.base.name) == "function":
        return False
    ahead = list(others)
    while ahead:
        here = ahead.pop()
        if isinstance(here, Symbol) and here.name in letters:
            return False
        if not (isinstance(here, Index) and kind(here.name) is not None):
            ahead += children(here)
    return True


def read_term(found: Sequence[Token], kind: Kind) -> Term:
    """Return the one term that tokens are."""
    return Reader(found, kind).whole()


def unstacked(found: Sequence[Token]) -> list[Token]:
    """Write the rows of an `aligned` one after another."""
    flat: list[Token] = []
    for token in found:
        if token.kind != "rows":
            flat.append(token)
            continue
        for row in token.rows:
            line = [part for cell in row for part in cell]
            while line and line[0].kind == "quad":
                del line[0]
            goes_on = line and line[0].kind in ("relation", "operator", "comma")
            if flat and line and not goes_on:
                flat.append(Token("quad"))
            flat += line
    return flat


def _parted(found: Sequence[Token]) -> list[list[Token]]:
    """Part a formula at commas and wide spaces that are inside nothing, and before conditions."""
    parts: list[list[Token]] = [[]]
    between = {at for at, token in outside(found) if token.kind in ("comma", "quad")}
    if found and found[-1].kind == "stop":
        between.add(len(found) - 1)
    for at, token in enumerate(found):
        if at in between or (token.kind == "text" and token.text == "and"):
            parts.append([])
        elif token.kind == "text" and token.text in CONDITIONS:
            parts.append([token])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]
