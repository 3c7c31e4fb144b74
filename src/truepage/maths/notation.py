r"""Formulas, read: from the tokens of KaTeX's parse tree to terms and statements.

What mathematicians leave open is decided here, or refused: a letter before parentheses is applied
if it is known as a function and multiplies if it is known as a variable; a sum reaches to the next
plus or minus; ``\log a b`` and ``a / b c`` are errors that ask for parentheses, and ``f^{-1}`` for
another letter. Nothing is guessed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NoReturn

from truepage.maths.functions import FUNCTIONS
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
)
from truepage.maths.tokens import Token, Unreadable, tokens

Kind = Callable[[str], Literal["function", "variable", None]]
"""Tells what a name is known as."""

END = Token("end")
TIMES = {"\\cdot": "dot", "\\times": "multiply", "\\odot": "elementwise"}
CONDITIONS = {"for", "if", "when", "where", "for all", "for every"}
OTHERWISE = {"otherwise", "else"}
DIFFERENTIALS = {"d", "\\partial", "\\mathrm{d}"}


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
    found = unstacked(tokens(tex))
    statements: list[Statement] = []
    for part in _parted(found):
        if part[0].kind == "text" and part[0].text in CONDITIONS and statements:
            last = statements.pop()
            conditions = (*last.conditions, *Reader(part[1:], kind).conditions())
            statements.append(Statement(last.terms, last.relations, conditions))
        else:
            statements.append(Reader(part, kind).statement())
    if not statements:
        raise Unreadable("the formula is empty", 0, len(tex))
    return statements


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


class Reader:
    """Reads one sequence of tokens from left to right.

    Parameters
    ----------
    found
        The tokens.
    kind
        Tells what a name is known as.
    """

    def __init__(self, found: Sequence[Token], kind: Kind) -> None:
        self._tokens = list(found)
        self._kind = kind
        self._at = 0

    # Statements

    def statement(self) -> Statement:
        """Read terms and the relations between them, to the end."""
        comparison = self._comparison()
        return Statement(comparison.terms, comparison.relations)

    def conditions(self) -> tuple[Comparison, ...]:
        """Read conditions, separated by commas or “and”, to the end."""
        found = []
        while self._now.kind != "end":
            if self._now.kind == "comma" or self._now.text == "and":
                self._next()
                continue
            comparison = self._comparison(whole=False)
            if not comparison.relations:
                self._refuse("a condition is no relation")
            found.append(comparison)
        return tuple(found)

    def whole(self) -> Term:
        """Read one term, to the end."""
        term = self._sum()
        self._expect_end()
        return term

    def _comparison(self, *, whole: bool = True) -> Comparison:
        terms, relations = [self._sum()], []
        while self._now.kind == "relation":
            relations.append(self._next().text)
            terms.append(self._sum())
        if whole:
            self._expect_end()
        return Comparison(tuple(terms), tuple(relations))

    # Tokens

    @property
    def _now(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else END

    def _next(self) -> Token:
        token = self._now
        self._at += 1
        return token

    def _expect_end(self) -> None:
        if self._now.kind != "end":
            self._refuse(f"{self._now.text or 'a part'} is not expected here")

    def _refuse(self, words: str, token: Token | None = None) -> NoReturn:
        token = token or self._now
        if token.start is None:  # a macro's, or the end: show what stands nearest before it
            placed = [one for one in self._tokens[: self._at] if one.start is not None]
            token = placed[-1] if placed else token
        raise Unreadable(words, token.start, token.end)

    def _inside(self, found: Sequence[Token]) -> Term:
        return Reader(found, self._kind).whole()

    # Sums and products

    def _sum(self) -> Term:
        signed = self._now.kind == "operator" and self._now.text in ("+", "-")
        negative = signed and self._next().text == "-"
        total = self._product()
        if negative:
            total = Apply("negate", (total,))
        while self._now.kind == "operator" and self._now.text in ("+", "-"):
            operation = "add" if self._next().text == "+" else "subtract"
            if self._now.kind == "dots":
                total = self._filled_sum(total, operation)
            else:
                total = Apply(operation, (total, self._product()))
        return total

    def _filled_sum(self, before: Term, operation: str) -> Term:
        r"""Read ``x_1 + x_2 + \cdots + x_n``."""
        dots = self._next()
        if operation != "add" or self._now.text != "+":
            self._refuse("what the dots stand for is not understood", dots)
        self._next()
        last, firsts = self._product(), _summands(before)
        return self._filled("add", firsts, last, dots)

    def _filled(self, operation: str, firsts: list[Term], last: Term, dots: Token) -> Term:
        """Return the sum or product from the first to the last, what is between given by dots."""
        numbered = [one for one in firsts if isinstance(one, Index)]
        if len(numbered) == len(firsts) and isinstance(last, Index):
            counts = [one.indices for one in numbered]
            begin = counts[0][0]
            if isinstance(begin, Number) and all(
                one.base == last.base and one.indices == (Number(begin.value + n),)
                for n, one in enumerate(numbered)
            ):
                body = Index(last.base, (Symbol("•"),))
                return Repeated(operation, "•", begin, last.indices[0], body)
        self._refuse(
            "what the dots stand for is not understood; expected a_1 a_2 \\cdots a_n", dots
        )

    def _product(self) -> Term:
        factors: list[Term] = [self._factor()]
        joins: list[str] = []
        while True:
            token = self._now
            if token.kind == "operator" and token.text in TIMES:
                self._next()
                joins.append(TIMES[token.text])
            elif token.kind == "operator" and token.text == "/":
                self._next()
                divisor = self._factor()
                if self._begins_factor():
                    self._refuse("a / b c can be read in two ways; write \\frac or parentheses")
                if len(factors) > 1 and joins[-1] == "multiply":
                    factors = [_multiplied(factors, joins)]
                    joins = []
                factors[-1] = Apply("divide", (factors[-1], divisor))
                continue
            elif token.kind == "dots":
                self._next()
                count = len(factors)
                while count and isinstance(factors[count - 1], Index):
                    count -= 1
                last = self._factor()
                firsts, factors = factors[count:], factors[:count]
                if not firsts:
                    self._refuse("what the dots stand for is not understood", token)
                joins = joins[: max(0, len(factors))]
                factors.append(self._filled("multiply", firsts, last, token))
                joins = joins[: len(factors) - 1]
                continue
            elif self._begins_factor():
                joins.append("multiply")
            else:
                return _multiplied(factors, joins)
            factors.append(self._factor())

    def _begins_factor(self) -> bool:
        kinds = {"number", "symbol", "word", "open", "big", "fraction", "root", "group", "cases"}
        if self._now.kind == "bar":
            return not self._in_bars
        return self._now.kind in kinds and self._now.text != "\\infty"

    _in_bars = False

    # Factors

    def _factor(self) -> Term:
        token = self._now
        match token.kind:
            case "number":
                self._next()
                decimals = len(token.text.partition(".")[2])
                return self._scripted(Number(Fraction(token.text), decimals), token)
            case "symbol":
                return self._symbol()
            case "word":
                return self._word()
            case "open" | "bar":
                return self._parenthesised()
            case "big":
                return self._repeated()
            case "fraction":
                return self._fraction()
            case "root":
                self._next()
                body, index = token.parts
                inside = self._inside(body)
                root = Apply("root", (inside, self._inside(index))) if index else None
                return self._scripted(root or Apply("sqrt", (inside,)), token)
            case "group":
                self._next()
                return self._scripted(self._inside(token.parts[0]), token)
            case "cases":
                self._next()
                return self._cases(token)
            case "end":
                self._refuse("the formula ends where a term is expected")
        self._refuse(f"{token.text or 'a part'} is not expected here")

    def _symbol(self) -> Term:
        token = self._next()
        if token.text == "\\infty":
            self._refuse("∞ is no number to compute with", token)
        symbol = _starred(token)
        named: Symbol | Index = symbol
        if token.sub:
            named = Index(symbol, _indices(token.sub, self._kind))
        name = named.name
        applied = self._now.kind == "open" and self._now.text in "(["
        kind = self._kind(name)
        if applied and kind is None and isinstance(named, Index):
            kind = "variable"  # W_1 (…): functions with an index must be declared
        if token.primes or (applied and kind != "variable"):
            if not applied:
                self._refuse(f"{name} with a prime has no argument; write {name}'(x)", token)
            self._no_inverse(token)
            call: Term = Call(name, self._arguments(), token.primes)
            exponent = _exponent(token)
            if exponent:
                call = Apply("power", (call, self._inside(exponent)))
            return self._after_parenthesis(call)
        if kind == "function":
            self._no_inverse(token)
        return self._scripted(named, token)

    def _word(self) -> Term:
        r"""Read a function that has a name, such as ``\tanh^2 x`` or ``\log_2 (n)``."""
        token = self._next()
        known = token.text if token.text in FUNCTIONS else f"\\{token.text}"
        name = known if known in FUNCTIONS else token.text
        if token.text not in FUNCTIONS and known not in FUNCTIONS and self._kind(name) is None:
            self._refuse(f"{token.text} is no function that is known", token)
        self._no_inverse(token)
        if self._now.kind == "open" and self._now.text in "([{":
            arguments = self._arguments()
            closing = self._tokens[self._at - 1]
            if closing.sup:
                self._refuse(f"write {token.text}^n(x) or {token.text}((x)^n)", closing)
        elif token.text in ("\\max", "\\min"):
            self._refuse(f"{token.text} has no parentheses", token)
        else:
            arguments = (self._bare_argument(token),)
        call: Term = Call(name, arguments, token.primes)
        if token.sub:
            if token.text != "\\log" or token.primes or len(arguments) != 1:
                self._refuse(f"{token.text} with an index is not understood", token)
            call = Apply("log_base", (arguments[0], self._inside(token.sub)))
        if token.sup:
            call = Apply("power", (call, self._inside(token.sup)))
        return call

    def _bare_argument(self, function: Token) -> Term:
        """Read what a function without parentheses is applied to: one factor, or 2x."""
        number = self._now if self._now.kind == "number" else None
        if not self._begins_factor():
            self._refuse(f"{function.text} has no argument", function)
        argument = self._factor()
        if number and not number.sup and self._now.kind == "symbol":
            argument = Apply("multiply", (argument, self._factor()))
        if self._begins_factor() and self._now.kind not in ("word", "big"):
            self._refuse(f"what {function.text} is applied to can be read in two ways; write (…)")
        return argument

    def _no_inverse(self, token: Token) -> None:
        if "".join(one.text for one in token.sup) == "-1":
            self._refuse(
                f"{token.text}^{{-1}} can be the inverse function or the reciprocal; "
                "write \\frac{1}{…}, or give the inverse a letter",
                token,
            )

    def _arguments(self) -> tuple[Term, ...]:
        opening = self._next()
        arguments = [self._sum()]
        while self._now.kind == "comma":
            self._next()
            arguments.append(self._sum())
        self._close(opening)
        return tuple(arguments)

    def _close(self, opening: Token) -> Token:
        partner = {"(": ")", "[": "]", "{": "}", "|": "|"}[opening.text]
        if self._now.kind not in ("close", "bar") or self._now.text != partner:
            self._refuse(f"{opening.text} is not closed", opening)
        return self._next()

    def _parenthesised(self) -> Term:
        opening = self._next()
        if opening.text == "{":
            self._refuse("a set is not expected here", opening)
        inner = Reader(self._tokens[self._at :], self._kind)
        inner._in_bars = opening.text == "|"
        term = inner._sum()
        self._at += inner._at
        closing = self._close(opening)
        if opening.text == "|":
            term = Apply("abs", (term,))
        return self._scripted(term, closing)

    def _after_parenthesis(self, term: Term) -> Term:
        """Apply the exponent that the parenthesis just closed has: f(x)² is (f(x))²."""
        closing = self._tokens[self._at - 1]
        return self._scripted(term, closing)

    def _scripted(self, term: Term, token: Token) -> Term:
        """Apply the superscript of a token: an exponent, or ⊤."""
        if token.primes:
            self._refuse("a prime stands after something that is no function", token)
        if token.sub and not isinstance(term, Index):
            self._refuse("an index stands after something that is no letter", token)
        exponent = _exponent(token)
        if not exponent:
            return term
        if exponent[0].text in ("\\top", "\\intercal", "\\mathsf{T}"):
            return Apply("transpose", (term,))
        text = "".join(one.text for one in exponent)
        if text == "T" and self._kind("T") != "variable":
            self._refuse("^T can be a power or a transpose; write ^\\top", token)
        if exponent[0].kind == "open" and exponent[-1].kind == "close":
            self._refuse("a superscript in parentheses is not understood; write an index", token)
        return Apply("power", (term, self._inside(exponent)))

    # Fractions, derivatives, sums, cases

    def _fraction(self) -> Term:
        token = self._next()
        over, under = token.parts
        differential = under[0].text if len(under) > 1 else ""
        if differential in DIFFERENTIALS and over and over[0].text == differential:
            if self._kind(differential) is not None:
                self._refuse(
                    f"{differential} is a variable, and this looks like a derivative", token
                )
            return self._derivative(token)
        return self._scripted(Apply("divide", (self._inside(over), self._inside(under))), token)

    def _derivative(self, token: Token) -> Term:
        """Read ∂L/∂w, d²y/dx², or ∂/∂w followed by what it is applied to."""
        over, under = token.parts
        order = 1
        if over[0].sup:
            power = "".join(one.text for one in over[0].sup)
            below = "".join(one.text for one in under[-1].sup)
            if not power.isdigit() or power != below or len(under) != 2:
                self._refuse("this derivative is not understood", token)
            order = int(power)
            under = (
                under[0],
                Token("symbol", under[1].text, under[1].start, under[1].end, sub=under[1].sub),
            )
        if sum(one.text in DIFFERENTIALS for one in under) > 1:
            self._refuse("a mixed derivative is not understood", token)
        variable = self._inside(under[1:])
        if not isinstance(variable, Symbol | Index):
            self._refuse("a derivative is with respect to a letter", token)
        body = self._inside(over[1:]) if len(over) > 1 else self._product()
        return Derivative(body, variable, order)

    def _repeated(self) -> Term:
        token = self._next()
        operation = "add" if token.text == "\\sum" else "multiply"
        bounds = _bounds(token, self._kind)
        if not self._begins_factor() and self._now.text not in TIMES:
            self._refuse(f"nothing stands after {token.text}", token)
        body = self._product()
        for index, lower, upper in reversed(bounds):
            body = Repeated(operation, index, lower, upper, body)
        return body

    def _cases(self, token: Token) -> Term:
        branches = []
        for row in token.rows:
            if len(row) != 2 or not row[1]:
                self._refuse("a case has no condition; write & \\text{if } … or otherwise", token)
            value = [one for one in row[0] if one.kind != "comma"]
            words = [one for one in row[1] if one.kind not in ("comma", "stop", "quad")]
            conditions: tuple[Comparison, ...] = ()
            if not (len(words) == 1 and words[0].text in OTHERWISE):
                if words and words[0].text in CONDITIONS:
                    words = words[1:]
                conditions = Reader(words, self._kind).conditions()
                if not conditions:
                    self._refuse("a case has no condition", token)
            branches.append((self._inside(value), conditions))
        return Cases(tuple(branches))


def _multiplied(factors: list[Term], joins: list[str]) -> Term:
    product = factors[0]
    for join, factor in zip(joins, factors[1:], strict=True):
        product = Apply(join, (product, factor))
    return product


def _summands(term: Term) -> list[Term]:
    if isinstance(term, Apply) and term.operation == "add":
        return [*_summands(term.arguments[0]), term.arguments[1]]
    return [term]


def _starred(token: Token) -> Symbol:
    """Return the symbol of a token; a star, as in f^*, is part of its name."""
    star = len(token.sup) == 1 and token.sup[0].text in ("*", "\\ast", "\\cdot", "\\star")
    return Symbol(f"{token.text}^*" if star else token.text)


def _exponent(token: Token) -> tuple[Token, ...]:
    return () if token.kind == "symbol" and _starred(token).name != token.text else token.sup


def _indices(found: Sequence[Token], kind: Kind) -> tuple[Term, ...]:
    """Read a subscript: letters side by side, or terms with commas between them, are indices."""
    parts: list[list[Token]] = [[]]
    for token in found:
        if token.kind == "comma":
            parts.append([])
        else:
            parts[-1].append(token)
    if (
        len(parts) == 1
        and len(found) > 1
        and all(token.kind == "symbol" and len(token.text.lstrip("\\")) >= 1 for token in found)
    ):
        parts = [[token] for token in found]
    plain = all(token.kind in ("symbol", "number") for token in found)
    if len(parts) == 1 and len(found) > 1 and plain:
        raise Unreadable(
            "an index is not understood; write commas, as in W_{2, j}",
            found[0].start,
            found[-1].end,
        )
    if any(not part for part in parts):
        raise Unreadable("an index is not understood", found[0].start, found[-1].end)
    return tuple(read_term(part, kind) for part in parts)


def _bounds(token: Token, kind: Kind) -> list[tuple[str, Term | None, Term | None]]:
    """Return what a sum or product runs over: its indices with their bounds."""

    def refuse() -> NoReturn:
        raise Unreadable(
            f"what {token.text} runs over is not understood; expected i=1 and n, x \\in X, or i",
            token.start,
            token.end,
        )

    sub = token.sub
    if not sub or sub[0].kind != "symbol" or sub[0].sub or sub[0].sup:
        refuse()
    if len(sub) > 2 and sub[1].text in ("=", "\\in"):
        index, after = sub[0].text, sub[2:]
        if sub[1].text == "=" and token.sup:
            return [(index, read_term(after, kind), read_term(token.sup, kind))]
        if sub[1].text == "\\in" and not token.sup:
            over = read_term(after, kind)
            if isinstance(over, Symbol):
                return [(index, Number(Fraction(1)), over)]
        refuse()
    names = [one for one in sub if one.kind != "comma"]
    if token.sup or any(one.kind != "symbol" or one.sub or one.sup for one in names):
        refuse()
    return [(one.text, None, None) for one in names]
