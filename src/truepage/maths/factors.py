"""Factors: letters with what hangs on them, functions, parentheses, fractions, sums and cases."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NoReturn

from truepage.maths.functions import FUNCTIONS, PERIODIC
from truepage.maths.linear import OF_ARRAYS
from truepage.maths.operators import (
    DIFFERENTIALS,
    EXTREMES,
    TIMES,
    Operators,
    exponent_of,
    filled,
    indices,
    starred,
    text_of,
)
from truepage.maths.terms import (
    CONSTANTS,
    Apply,
    Call,
    Cases,
    Comparison,
    Index,
    Number,
    Symbol,
    Term,
    walk,
)
from truepage.maths.tokens import INDICATOR, NO_LETTERS, Token, parted

ENCLOSING = {
    "|": "abs",
    "\\|": "norm",
    "\\lfloor": "floor",
    "\\lceil": "ceil",
    "\\langle": "inner",
}
KNOWN = FUNCTIONS.keys() | OF_ARRAYS.keys()
ALIASES = {
    "E": "\\mathbb{E}",
    "\\mathbb{V}": "Var",
    "Tr": "tr",
    "trace": "tr",
    "ld": "lb",
}
"""Other names of functions that are known."""
CONDITIONS = {"for", "if", "when", "where", "for all", "for every"}
OTHERWISE = {"otherwise", "else"}


class Factors(Operators):
    """Reads factors; what is inside them is read anew."""

    def factor(self) -> Term:
        """Read one factor, with the factorial signs after it."""
        term = self._factor()
        if self.now.kind != "factorial":
            return term
        before, token = self._tokens[self._at - 1], self.next()
        if before.sup:
            self.refuse("this factorial can be read in two ways; write (…)", before)
        if self.now.kind == "factorial":
            self.refuse("a double factorial is not understood; write a product", token)
        return self._scripted(Apply("factorial", (term,)), token)

    def _factor(self) -> Term:
        token = self.now
        match token.kind:
            case "number":
                self.next()
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
                self.next()
                body, index = token.parts
                inside = self.inside(body)
                root = Apply("root", (inside, self.inside(index))) if index else None
                return self._scripted(root or Apply("sqrt", (inside,)), token)
            case "cases":
                self.next()
                return self._cases(token)
            case "binomial":
                self.next()
                over, under = token.parts
                return self._scripted(
                    Apply("binomial", (self.inside(over), self.inside(under))), token
                )
            case "matrix" | "determinant":
                self.next()
                return self._scripted(self._matrix(token), token)
            case "end":
                self.refuse("the formula ends where a term is expected")
        self.refuse(f"{token.text or 'a part'} is not expected here")

    def _symbol(self) -> Term:
        token = self.next()
        if token.text == "\\infty":
            self.refuse("∞ is no number to compute with", token)
        if token.text == INDICATOR:
            return self._indicator(token)
        if token.text == "\\nabla":
            return self._gradient(token)
        if token.upright and self._kind(token.text) is None and f"\\{token.text}" in KNOWN:
            self._at -= 1
            self._tokens[self._at] = replace(token, kind="word", text=f"\\{token.text}")
            return self._word()
        if token.text in NO_LETTERS:
            self.refuse(f"{token.text} is no letter; {NO_LETTERS[token.text]}", token)
        if self.now.kind == "number" and self._kind(token.text + self.now.text) is not None:
            number = self.next()  # s2, which is declared
            token = replace(number, kind="symbol", text=token.text + number.text)
        symbol = starred(token)
        applied = self.now.kind == "open" and self.now.text in "(["
        word = ALIASES.get(token.text, token.text) if applied else ""
        if token.upright and f"\\{word.lower()}" in KNOWN:
            word = f"\\{word.lower()}"  # \text{Tanh}
        own = self._kind(token.text) is not None or bool(token.sub)
        plain = not token.upright and word == token.text
        # An upright E before ( may be anything; E[x] is the mean.
        if word in KNOWN and not own and not plain and (token.text != "E" or self.now.text == "["):
            symbol = Symbol(word)
        if token.sub and word in OF_ARRAYS and self._kind(token.text) is None:
            self.refuse(f"{token.text} with an index is not understood; write a sum", token)
        named: Symbol | Index = symbol
        if len(token.sub) == 1 and token.sub[0].upright:
            named = Symbol(f"{symbol.name}_{_braced(token.sub[0].text)}")
            token = replace(token, sub=())
        elif token.sub:
            named = Index(symbol, indices(token.sub, self.inside))
        name = named.name
        kind = self._kind(name)
        if applied and kind is None and (isinstance(named, Index) or name in CONSTANTS):
            kind = "variable"  # W_1 (…): functions with an index must be declared
        if token.primes or (applied and kind != "variable"):
            if not applied:
                self.refuse(f"{name} with a prime has no argument; write {name}'(x)", token)
            self._no_inverse(token)
            call: Term = Call(name, self._arguments(token), token.primes)
            exponent = exponent_of(token)
            if exponent:
                call = Apply("power", (call, self.inside(exponent)))
            return self._after_parenthesis(call)
        if kind == "function":
            self._no_inverse(token)
        return self._scripted(named, token)

    def _gradient(self, token: Token) -> Term:
        r"""Read ``\nabla_w L``, ``\nabla f(x)`` or ``\nabla f``, a vector of derivatives."""
        if token.sup:
            words = "\\nabla^2 can be the Laplace operator or a matrix; write second derivatives"
            self.refuse(words, token)
        if self.now.text in TIMES:
            self.refuse("a divergence or a curl is not computed; write its derivatives", token)
        variables = parted(token.sub, "comma") if token.sub else []
        body = self.factor()
        if self.begins_factor() and not any(isinstance(one, Symbol | Index) for one in walk(body)):
            body = Apply("multiply", (body, self.product()))
        plain = isinstance(body, Call | Symbol | Index) and self.now.text in TIMES
        if self.begins_factor() or (self.now.text in (*TIMES, "/") and not plain):
            self.refuse(
                "what \\nabla is applied to can be read in two ways; write \\nabla (…)", token
            )
        by = [self.inside(one) for one in variables]
        if not all(isinstance(one, Symbol | Index) for one in by):
            self.refuse("a gradient is with respect to letters, as in \\nabla_w L", token)
        return Apply("gradient", (body, *by))

    def _indicator(self, token: Token) -> Term:
        r"""Read ``\mathbf{1}_{x > 0}``, ``\mathbb{1}[x > 0]`` or ``\mathbf{1}\{x > 0\}``."""
        condition = None
        if token.sub:
            braced = len(token.sub) > 1 and token.sub[0].text == "{"
            inside = token.sub[1:-1] if braced else token.sub
            condition = self._of(inside).comparison()
        elif self.now.kind == "open":
            opening = self.next()
            inner = self._from_here(in_bars="")
            condition = inner.comparison(whole=False)
            self._at += inner._at
            self.close(opening)
        if not condition or not condition.relations:
            words = f"{token.text} is understood of a condition, as in {token.text}[x > 0]"
            self.refuse(f"{words}; write a sum for a vector of ones", token)
        return _one_if(condition)

    def _word(self) -> Term:
        r"""Read a function that has a name, such as ``\tanh^2 x`` or ``\log_2 (n)``."""
        token = self.next()
        if token.text == "\\arg" and self.now.text in ("\\max", "\\min"):
            after = self.next()
            token = replace(after, text=f"arg{after.text[1:]}", start=token.start)
        if token.sub and token.text.removeprefix("\\") in EXTREMES:
            return self._over_an_index(token)
        if token.text == "\\lim":
            return self._limit(token)
        if self._kind(token.text) is None and token.text in ALIASES:
            token = replace(token, text=ALIASES[token.text])
        known = token.text if token.text in KNOWN else f"\\{token.text}"
        name = known if known in KNOWN else token.text
        applied = self.now.kind == "open" and self.now.text in "([{"
        own = applied and token.text.isalpha()  # what it stands for is asked later
        named = known not in KNOWN and token.text.isalpha() and not applied
        if named and not self.begins_factor() and self._kind(name) != "function":
            return self._scripted(Symbol(token.text), token)  # a word on a side of its own
        if known not in KNOWN and self._kind(name) is None and not own:
            near = {"\\sup": "\\max", "\\inf": "\\min", "\\limsup": "\\lim", "\\liminf": "\\lim"}
            words = f"write {near[token.text]}" if token.text in near else "declare it, with (…)"
            self.refuse(f"{token.text} is no function that is known; {words}", token)
        self._no_inverse(token)
        if applied:
            arguments = self._arguments(token, token.text.removeprefix("\\"))
            closing = self._tokens[self._at - 1]
            if closing.sup or closing.sub:
                if token.sup or token.sub:
                    self.refuse(f"write ({token.text}(…))^n", closing)
                return self._scripted(Call(name, arguments, token.primes), closing)
        elif token.text in ("\\max", "\\min"):
            self.refuse(f"{token.text} has no parentheses", token)
        else:
            arguments = (self._bare_argument(token),)
        call: Term = Call(name, arguments, token.primes)
        if token.sub:
            if token.text != "\\log" or token.primes or len(arguments) != 1:
                self.refuse(f"{token.text} with an index is not understood", token)
            call = Apply("log_base", (arguments[0], self.inside(token.sub)))
        if token.sup:
            call = Apply("power", (call, self.inside(token.sup)))
        return call

    def _bare_argument(self, function: Token) -> Term:
        r"""Read what a function without parentheses is applied to: one factor, or 2x.

        Of a trigonometric function it is a whole run of letters: ``\sin 2\pi f t``.
        """
        if self.now.text == "-":
            self.next()
            return Apply("negate", (self._bare_argument(function),))
        first = self.now
        if not self.begins_factor():
            self.refuse(f"{function.text} has no argument", function)
        if angle := self._angle(function):
            return angle
        argument = self.factor()
        run = first.kind in ("number", "symbol") and not first.sup
        while run and self.now.kind == "symbol" and self._continues(first, function):
            first = self.now
            argument = Apply("multiply", (argument, self.factor()))
            run = not first.sup
        if self.begins_factor() and self.now.kind not in ("word", "big"):
            self.refuse(f"what {function.text} is applied to can be read in two ways; write (…)")
        return argument

    def _continues(self, before: Token, function: Token) -> bool:
        """Whether the letter that comes next belongs to the run after a function."""
        applied = self._at + 1 < len(self._tokens) and self._tokens[self._at + 1].kind == "open"
        if before.kind == "number":
            return not applied or function.text not in PERIODIC
        return function.text in PERIODIC and self.now.text != "e" and not applied

    def _no_inverse(self, token: Token) -> None:
        if text_of(token.sup) == "-1":
            self.refuse(
                f"{token.text}^{{-1}} can be the inverse function or the reciprocal; "
                "write \\frac{1}{…}, or give the inverse a letter",
                token,
            )

    def _angle(self, function: Token) -> Term | None:
        r"""Read an angle in degrees, as in ``\sin 30^\circ``; None: there is none."""
        token = self.now
        degrees = token.kind in ("number", "symbol") and text_of(token.sup) == "\\circ"
        if not degrees or function.text not in PERIODIC:
            return None
        self._tokens[self._at] = replace(token, sup=())
        turn = Apply("divide", (Symbol("\\pi"), Number(Fraction(180))))
        return Apply("multiply", (self._factor(), turn))

    def _refuse_degrees(self, token: Token) -> NoReturn:
        words = "° is read in an angle alone, \\sin 30^\\circ, and in \\frac{\\pi}{180^\\circ}"
        self.refuse(f"{words}; write \\frac{{\\pi}}{{180}}, or the number without it", token)

    def _arguments(self, function: Token, operation: str = "") -> tuple[Term, ...]:
        opening = self.next()
        angle = self._angle(function)
        if angle and self.now.kind != "close":
            self._refuse_degrees(self.now)
        arguments = [angle or self.sum()]
        while self.now.kind in ("comma", "mid"):
            self.next()
            if self.now.kind == "dots" and operation in ("max", "min"):
                dots = self.next()
                if self.now.kind == "comma":
                    self.next()
                found = filled(operation, arguments, self.sum())
                if found is None:
                    self.refuse("what the dots stand for is not understood", dots)
                arguments = [found]
            else:
                arguments.append(self.sum())
        self.close(opening)
        return tuple(arguments)

    def _parenthesised(self) -> Term:
        opening = self.next()
        inner = self._from_here(in_bars=opening.text if opening.text in ("|", "\\|") else "")
        terms = [inner.sum()]
        if opening.text == "[" and inner.now.kind == "relation":  # [x > 0]
            inner = self._from_here(in_bars="")
            condition = inner.comparison(whole=False)
            self._at += inner._at
            return self._scripted(_one_if(condition), self.close(opening))
        if opening.text == "{":
            self.refuse("a set is not expected here", opening)
        if opening.text == "\\langle":
            if inner.now.kind != "comma":
                self.refuse("expected \\langle x, y \\rangle", opening)
            inner.next()
            terms.append(inner.sum())
        self._at += inner._at
        if opening.text == "\\lfloor" and self.now.text == "\\rceil":
            return self._scripted(Call("round", (terms[0],)), self.next())
        closing = self.close(opening)
        if opening.text == "\\|":
            return self._norm(terms[0], closing)
        operation = ENCLOSING.get(opening.text)
        term = Apply(operation, tuple(terms)) if operation else terms[0]
        return self._scripted(term, closing)

    def _norm(self, term: Term, closing: Token) -> Term:
        r"""Return the norm that a subscript says: none and 2 are a vector's Euclidean one."""
        which = text_of(closing.sub)
        bare = replace(closing, sub=())
        if which in ("", "2"):
            norm = Apply("norm_2" if which else "norm", (term,))
        elif which == "\\infty":
            norm = Apply("norm_max", (term,))
        elif which == "F":
            norm = Apply("norm_frobenius", (term,))
        else:
            norm = Apply("norm_p", (term, self.inside(closing.sub)))
        return self._scripted(norm, bare)

    def _matrix(self, token: Token) -> Term:
        rows = [tuple(self.inside(cell) for cell in row) for row in token.rows if any(row)]
        if len({len(row) for row in rows}) != 1:
            self.refuse("the rows of a matrix have different lengths", token)
        matrix = Apply("matrix", tuple(Apply("row", row) for row in rows))
        return Apply("det", (matrix,)) if token.kind == "determinant" else matrix

    def _after_parenthesis(self, term: Term) -> Term:
        """Apply the exponent that the parenthesis just closed has: f(x)² is (f(x))²."""
        closing = self._tokens[self._at - 1]
        return self._scripted(term, closing)

    def _scripted(self, term: Term, token: Token) -> Term:
        """Apply the superscript of a token: an exponent, or ⊤."""
        if token.primes:
            self.refuse("a prime stands after something that is no function", token)
        if token.sub and token.kind == "close":
            text = text_of(token.sub)
            bare = replace(token, sub=())
            if text == "+":
                return self._scripted(_positive_part(term), bare)
            return self._scripted(Apply("element", (term, *indices(token.sub, self.inside))), bare)
        if token.sub and not isinstance(term, Index):
            self.refuse("an index stands after something that is no letter", token)
        exponent = exponent_of(token)
        if not exponent:
            return term
        text = text_of(exponent)
        if text in ("\\top", "\\intercal") or (text == "T" and exponent[0].upright):
            return Apply("transpose", (term,))
        if text == "T" and self._kind("T") != "variable":
            return Apply("transpose_letter", (term,))
        if text in ("-\\top", "-\\intercal") or (text == "-T" and exponent[1].upright):
            inverse = Apply("power", (term, Number(Fraction(-1))))
            return Apply("transpose", (inverse,))
        if text == "\\circ":
            self._refuse_degrees(token)
        if text == "+":
            return _positive_part(term)
        if text == "-":
            self.refuse("a minus alone above is not understood; write \\max(0, -x)", token)
        if exponent[0].text in ("(", "[") and exponent[-1].kind == "close":
            self.refuse("a superscript in parentheses is not understood; write an index", token)
        return Apply("power", (term, self.inside(exponent)))

    def _fraction(self) -> Term:
        token = self.next()
        over, under = token.parts
        differential = under[0].text if len(under) > 1 else ""
        if differential in DIFFERENTIALS and over and over[0].text == differential:
            if self._kind(differential) is not None:
                self.refuse(
                    f"{differential} is a variable, and this looks like a derivative", token
                )
            return self._derivative(token)
        if token.sup:
            self.refuse("the exponent of a fraction can be read in two ways; write (…)", token)
        return Apply("divide", tuple(map(self.inside, _without_degree(over, under))))

    def _cases(self, token: Token) -> Term:
        branches = []
        for row in token.rows:
            if len(row) != 2 or not row[1]:
                self.refuse("a case has no condition; write & \\text{if } … or otherwise", token)
            value = [one for one in row[0] if one.kind != "comma"]
            words = [one for one in row[1] if one.kind not in ("comma", "stop", "quad")]
            conditions: tuple[Comparison, ...] = ()
            if not (len(words) == 1 and words[0].text in OTHERWISE):
                if words and words[0].text in CONDITIONS:
                    words = words[1:]
                conditions = self._of(words).conditions()
                if not conditions:
                    self.refuse("a case has no condition", token)
            branches.append((self.inside(value), conditions))
        return Cases(tuple(branches))


def _without_degree(*sides: Sequence[Token]) -> Iterator[Sequence[Token]]:
    r"""Return what is above and below a bar; in π/180° the sign is a unit that is converted."""
    for side, other in (sides, sides[::-1]):
        plain = len(side) == 1 and side[0].text == "180" and text_of(side[0].sup) == "\\circ"
        converts = plain and text_of(other) == "\\pi"
        yield [replace(side[0], sup=())] if converts else side


def _positive_part(term: Term) -> Term:
    return Call("\\max", (Number(Fraction(0)), term))


def _one_if(condition: Comparison) -> Term:
    return Cases(((Number(Fraction(1)), (condition,)), (Number(Fraction(0)), ())))


def _braced(name: str) -> str:
    return name if len(name) == 1 else f"{{{name}}}"
