r"""Formulas, read: from the tokens of KaTeX's parse tree to terms and statements.

What mathematicians leave open is decided here, or refused: a letter before parentheses is applied
if it is known as a function and multiplies if it is known as a variable; a sum reaches to the next
plus or minus; ``\log a b`` and ``a / b c`` are errors that ask for parentheses, and ``f^{-1}`` for
another letter. Nothing is guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from truepage.maths.cursor import Kind
from truepage.maths.factors import CONDITIONS, Factors
from truepage.maths.operators import TIMES, filled
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
from truepage.maths.tokens import Token, Unreadable
from truepage.maths.tree import tokens


class Reader(Factors):
    """Reads terms, and relations between them."""

    _mod: Token | None = None
    """The mod, outside of parentheses, of the product that was read last."""

    def comparison(self, *, whole: bool = True) -> Comparison:
        """Read terms and the relations between them; whole: to the end."""
        terms, relations = [self.sum()], []
        if self.now.kind == "relation":
            self._bound |= set(index_letters(terms[0]))
        while self.now.kind == "relation":
            if self.now.text == "\\in":
                self.refuse(
                    "∈ is compared nowhere; write 0 \\le x \\le 1, or a line `% where: x ∈ …`"
                )
            relations.append(self.next().text)
            terms.append(self.sum())
        if whole:
            self.expect_end()
        return Comparison(tuple(terms), tuple(relations))

    def conditions(self) -> tuple[Comparison, ...]:
        """Read conditions, separated by commas or “and”, to the end."""
        found = []
        while self.now.kind != "end":
            if self.now.kind == "comma" or self.now.text == "and":
                self.next()
                continue
            comparison = self.comparison(whole=False)
            if not comparison.relations:
                self.refuse("a condition is no relation")
            found.append(comparison)
        return tuple(found)

    def sum(self) -> Term:
        """Read terms with plus and minus between them."""
        signed = self.now.kind == "operator" and self.now.text in ("+", "-")
        negative = signed and self.next().text == "-"
        total = self.product()
        alone = not negative and not (self.now.kind == "operator" and self.now.text in ("+", "-"))
        if self._mod and not alone:
            self.refuse("mod beside + or - can be read in two ways; write (…)", self._mod)
        if negative:
            total = Apply("negate", (total,))
        while self.now.kind == "operator" and self.now.text in ("+", "-"):
            operation = "add" if self.next().text == "+" else "subtract"
            if self.now.kind == "dots":
                total = self._filled_sum(total, operation)
            else:
                total = Apply(operation, (total, self._signed()))
                if self._mod:
                    self.refuse("mod beside + or - can be read in two ways; write (…)", self._mod)
        return total

    def _signed(self) -> Term:
        """Read a product that may have a minus of its own, as in x + -y."""
        if self.now.text != "-":
            return self.product()
        self.next()
        return Apply("negate", (self.product(),))

    def _filled_sum(self, before: Term, operation: str) -> Term:
        r"""Read ``x_1 + x_2 + \cdots + x_n``."""
        dots = self.next()
        if operation != "add" or self.now.text != "+":
            self._refuse_dots(dots)
        self.next()
        last, firsts = self.product(), _summands(before)
        return self._filled("add", firsts, last, dots)

    def _refuse_dots(self, dots: Token) -> NoReturn:
        words = "what the dots stand for is not understood; expected such as"
        self.refuse(f"{words} x_1 + \\dots + x_n, or \\sum", dots)

    def _filled(self, operation: str, firsts: list[Term], last: Term, dots: Token) -> Term:
        """Return the sum or product from the first to the last, what is between given by dots."""
        found = filled(operation, firsts, last)
        return found or self._refuse_dots(dots)

    def product(self) -> Term:
        """Read factors side by side, or with a sign between them."""
        self._mod = None
        factors: list[Term] = [self.factor()]
        joins: list[str] = []
        while True:
            token = self.now
            if token.kind == "operator" and token.text in TIMES:
                self.next()
                joins.append(TIMES[token.text])
                if token.text == "\\bmod":
                    return self._modulo(factors, token)
            elif token.kind == "operator" and token.text == "/":
                self.next()
                divisor = self.factor()
                if self.begins_factor():
                    self.refuse("a / b c can be read in two ways; write \\frac or parentheses")
                if len(factors) > 1 and joins[-1] == "multiply":
                    factors = [_multiplied(factors, joins)]
                    joins = []
                factors[-1] = Apply("divide", (factors[-1], divisor))
                continue
            elif token.kind == "dots":
                self.next()
                count = len(factors)
                while count and isinstance(factors[count - 1], Index):
                    count -= 1
                last = self.factor()
                firsts, factors = factors[count:], factors[:count]
                if not firsts:
                    self._refuse_dots(token)
                joins = joins[: max(0, len(factors))]
                factors.append(self._filled("multiply", firsts, last, token))
                joins = joins[: len(factors) - 1]
                continue
            elif self.begins_factor():
                self._refuse_number_behind_letter()
                joins.append("multiply")
            else:
                return _multiplied(factors, joins)
            factors.append(self.factor())

    def _refuse_number_behind_letter(self) -> None:
        before = self._tokens[self._at - 1]
        plain = before.kind == "symbol" and not (before.sub or before.sup)
        plain &= before.text != IMAGINARY
        if plain and self.now.kind == "number":
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
    product = factors[0]
    for join, factor in zip(joins, factors[1:], strict=True):
        product = Apply(join, (product, factor))
    return product


def _summands(term: Term) -> list[Term]:
    if isinstance(term, Apply) and term.operation == "add":
        return [*_summands(term.arguments[0]), term.arguments[1]]
    return [term]


__all__ = [
    "Kind",
    "Reader",
    "Statement",
    "read",
    "read_term",
    "read_tokens",
    "statement_of",
    "unstacked",
]


@dataclass(frozen=True)
class Statement:
    """One statement of a formula: terms in relation to each other, or a term alone.

    Parameters
    ----------
    terms, relations
        The sides, and the relations between them: one fewer.
    conditions
        When it holds: all of these.
    """

    terms: tuple[Term, ...]
    relations: tuple[str, ...]
    conditions: tuple[Comparison, ...] = ()


def read(tex: str, kind: Kind) -> list[Statement]:
    """Return the statements of a formula.

    Parameters
    ----------
    kind
        Tells what a name is known as.

    Raises
    ------
    Unreadable
        A part is not understood.
    katex.TexError
        KaTeX does not accept it.
    """
    statements = read_tokens(unstacked(tokens(tex)), kind)
    if not statements:
        raise Unreadable("the formula is empty", 0, len(tex))
    return statements


def read_tokens(found: Sequence[Token], kind: Kind) -> list[Statement]:
    """Return the statements that tokens are.

    Raises
    ------
    Unreadable
        A part is not understood.
    """
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

    An index that something on another side has, or that stands there as a number, is one.
    """
    letters = {one.name for one in first.indices if isinstance(one, Symbol)}
    if len(letters) != len(first.indices) or kind(first.base.name) == "function":
        return False
    return _only_in_names(letters, others, kind)


def _only_in_names(letters: set[str], terms: Sequence[Term], kind: Kind) -> bool:
    """Whether letters occur in such names only as are known with their index."""
    ahead, found = list(terms), False
    while ahead:
        here = ahead.pop()
        if isinstance(here, Index) and kind(here.name) is not None:
            continue
        found = found or (isinstance(here, Symbol) and here.name in letters)
        ahead += children(here)
    return not found


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
    """Part a formula at commas and wide spaces that are inside nothing."""
    parts: list[list[Token]] = [[]]
    depth, bars = 0, 0
    for position, token in enumerate(found):
        depth += (token.kind == "open") - (token.kind == "close")
        bars += token.kind == "bar"
        last = position == len(found) - 1
        if depth == 0 and (token.kind in ("comma", "quad") or (token.kind == "stop" and last)):
            parts.append([])
        elif token.kind == "text" and token.text in (*CONDITIONS, "and"):
            parts.append([token] if token.text != "and" else [])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]
