"""Sums, products and relations."""

from typing import NoReturn

from truepage.maths.constructs import filled
from truepage.maths.factors import TIMES, Factors
from truepage.maths.terms import (
    Apply,
    Comparison,
    Index,
    Term,
    index_letters,
)
from truepage.maths.tokens import Token


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
