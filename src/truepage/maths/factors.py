"""Factors: letters with their scripts, functions, parentheses, fractions and cases."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from truepage.maths.functions import FUNCTIONS, PERIODIC
from truepage.maths.linear import OF_ARRAYS
from truepage.maths.operators import DIFFERENTIALS, REPEATED, Operators, filled
from truepage.maths.terms import (
    CONSTANTS,
    ONE,
    Apply,
    Call,
    Cases,
    Comparison,
    Index,
    Number,
    Symbol,
    Term,
    element_name,
)
from truepage.maths.tokens import INDICATOR, NO_LETTERS, Token, Unreadable, parted, text_of

ENCLOSING = {"|": "abs", "\\lfloor": "floor", "\\lceil": "ceil", "\\langle": "inner"}
NORMS = {"": "norm", "2": "norm_2", "\\infty": "norm_max", "F": "norm_frobenius"}
"""Index of a norm → its operation; without one it is a vector's Euclidean norm."""
EXTREMES = {"max", "min", "argmax", "argmin"}
KNOWN = FUNCTIONS.keys() | OF_ARRAYS.keys()
ALIASES = {"E": "\\mathbb{E}", "\\mathbb{V}": "Var", "Tr": "tr", "trace": "tr", "ld": "lb"}
"""Other names of functions that are known."""
NEAR = {"\\sup": "\\max", "\\inf": "\\min", "\\limsup": "\\lim", "\\liminf": "\\lim"}
"""Functions that are not computed, and what to write instead."""
CONDITIONS = {"for", "if", "when", "where", "for all", "for every"}
OTHERWISE = {"otherwise", "else"}
ZERO = Number(Fraction(0))
DEGREES = "° is read in an angle alone, \\sin 30^\\circ, and in \\frac{\\pi}{180^\\circ}; "
DEGREES += "write \\frac{\\pi}{180}, or the number without it"


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
        token = self.next()
        match token.kind:
            case "symbol":
                return self._symbol(token)
            case "word":
                return self._word(token)
            case "open" | "bar":
                return self._parenthesised(token)
            case "fraction":
                return self._fraction(token)
            case "big" if token.text == "\\int":
                return self.integral(token)
            case "big":
                return self.repeated(REPEATED[token.text], token)
            case "number":
                decimals = len(token.text.partition(".")[2])
                return self._scripted(Number(Fraction(token.text), decimals), token)
            case "root" | "binomial":
                operation = "sqrt" if len(token.parts) == 1 else token.kind
                inside = tuple(map(self.inside, token.parts))
                return self._scripted(Apply(operation, inside), token)
            case "matrix" | "determinant" | "cases":
                read = self._cases if token.kind == "cases" else self._matrix
                return self._scripted(read(token), token)
            case "end":
                self.refuse("the formula ends where a term is expected", token)
        self.refuse(f"{token.text or 'a part'} is not expected here", token)

    def _symbol(self, token: Token) -> Term:
        if token.text == INDICATOR:
            return self._indicator(token)
        if token.text == "\\nabla":
            return self.gradient(token)
        if token.upright and self._kind(token.text) is None and f"\\{token.text}" in KNOWN:
            return self._word(replace(token, kind="word", text=f"\\{token.text}"))
        if token.text == "\\infty":
            self.refuse("∞ is no number to compute with", token)
        if token.text in NO_LETTERS:
            self.refuse(f"{token.text} is no letter; {NO_LETTERS[token.text]}", token)
        if self.now.kind == "number" and self._kind(token.text + self.now.text) is not None:
            text = token.text + self.now.text  # s2, which is declared
            token = replace(self.next(), kind="symbol", text=text)
        applied = self.now.kind == "open" and self.now.text in "(["
        symbol, exponent = self._starred(token, applied=applied)
        named: Symbol | Index = symbol
        if len(token.sub) == 1 and token.sub[0].upright:
            named = Symbol(element_name(symbol.name, [text_of(token.sub)]))
        elif token.sub:
            named = Index(symbol, self._indices(token.sub))
        name = named.name
        kind = self._kind(name)
        if applied and kind is None and (isinstance(named, Index) or name in CONSTANTS):
            kind = "variable"  # W_1 (…): functions with an index must be declared
        if token.primes and not applied:
            self.refuse(f"{name} with a prime has no argument; write {name}'(x)", token)
        if token.primes or kind == "function" or (applied and kind != "variable"):
            self._refuse_inverse(token)
        if not (token.primes or (applied and kind != "variable")):
            return self._scripted(named, replace(token, sub=(), sup=exponent))
        call: Term = Call(name, self._arguments(), token.primes)
        if exponent:
            call = Apply("power", (call, self.inside(exponent)))
        return self._scripted(call, self._tokens[self._at - 1])

    def _starred(self, token: Token, *, applied: bool) -> tuple[Symbol, tuple[Token, ...]]:
        """Return the symbol of a token, and its exponent; a star, as in f^*, is part of a name.

        Upright letters before parentheses are a function that is known, if nothing is declared.
        """
        if text_of(token.sup) in ("*", "\\ast", "\\cdot", "\\star"):
            return Symbol(f"{token.text}^*"), ()
        word = ALIASES.get(token.text, token.text) if applied else ""
        if token.upright and f"\\{word.lower()}" in KNOWN:
            word = f"\\{word.lower()}"  # \text{Tanh}
        if token.sub and word in OF_ARRAYS and self._kind(token.text) is None:
            self.refuse(f"{token.text} with an index is not understood; write a sum", token)
        own = self._kind(token.text) is not None or token.sub
        plain = not token.upright and word == token.text
        # An upright E before ( may be anything; E[x] is the mean.
        mean = token.text != "E" or self.now.text == "["
        named = word in KNOWN and mean and not (own or plain)
        return Symbol(word if named else token.text), token.sup

    def _indices(self, found: Sequence[Token]) -> tuple[Term, ...]:
        """Read a subscript: letters side by side, or terms with commas between, are indices."""
        parts, kinds = parted(found, "comma"), {token.kind for token in found}
        if len(parts) == 1 and kinds == {"symbol"}:
            parts = [[token] for token in found]
        elif len(parts) == 1 < len(found) and kinds <= {"symbol", "number"}:
            words = "an index is not understood; write commas, as in W_{2, j}"
            raise Unreadable(words, found[0].start, found[-1].end)
        if not all(parts):
            raise Unreadable("an index is not understood", found[0].start, found[-1].end)
        return tuple(map(self.inside, parts))

    def _indicator(self, token: Token) -> Term:
        r"""Read ``\mathbf{1}_{x > 0}``, ``\mathbb{1}[x > 0]`` or ``\mathbf{1}\{x > 0\}``."""
        condition, scripted = None, replace(token, sub=())
        if token.sub:
            inside = token.sub
            if inside[0].text == "{":
                self.bare(inside[-1])
                inside = inside[1:-1]
            condition = self._of(inside).comparison()
        elif self.now.kind == "open":
            self.bare(token)
            opening = self.next()
            with self._around(bars=""):
                condition = self.comparison(whole=False)
            scripted = self.close(opening)
        if not condition or not condition.relations:
            words = f"{token.text} is understood of a condition, as in {token.text}[x > 0]"
            self.refuse(f"{words}; write a sum for a vector of ones", token)
        return self._scripted(_one_if(condition), scripted)

    def _word(self, token: Token) -> Term:
        r"""Read a function that has a name, such as ``\tanh^2 x`` or ``\log_2 (n)``."""
        if token.text == "\\arg" and self.now.text in ("\\max", "\\min"):
            self.bare(token)
            after = self.next()
            token = replace(after, text=f"arg{after.text[1:]}", start=token.start)
        operation = token.text.removeprefix("\\")
        if token.sub and operation in EXTREMES:
            return self.repeated(operation, token)
        if token.text == "\\lim":
            return self.limit(token)
        if self._kind(token.text) is None and token.text in ALIASES:
            token = replace(token, text=ALIASES[token.text])
        name = next((n for n in (token.text, f"\\{token.text}") if n in KNOWN), token.text)
        applied = self.now.kind == "open" and self.now.text in "([{"
        known, kind, letters = name in KNOWN, self._kind(name), token.text.isalpha()
        if letters and not (known or kind == "function" or applied or self.begins_factor()):
            return self._scripted(Symbol(token.text), token)  # a word on a side of its own
        if not known and kind is None and not (letters and applied):
            words = f"write {NEAR[token.text]}" if token.text in NEAR else "declare it, with (…)"
            self.refuse(f"{token.text} is no function that is known; {words}", token)
        self._refuse_inverse(token)
        if applied:
            arguments = self._arguments(operation)
            closing = self._tokens[self._at - 1]
            if closing.sup or closing.sub or closing.primes:
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
        return Apply("power", (call, self.inside(token.sup))) if token.sup else call

    def _bare_argument(self, function: Token) -> Term:
        r"""Read what a function without parentheses is applied to: one factor, or 2x.

        Of a trigonometric function it is a whole run of letters: ``\sin 2\pi f t``.
        """
        if self.takes("-"):
            return Apply("negate", (self._bare_argument(function),))
        first = self.now
        if not self.begins_factor():
            self.refuse(f"{function.text} has no argument", function)
        if function.text in PERIODIC and (angle := self._angle()):
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

    def _refuse_inverse(self, token: Token) -> None:
        if text_of(token.sup) == "-1":
            words = "can be the inverse function or the reciprocal; write \\frac{1}{…}"
            self.refuse(f"{token.text}^{{-1}} {words}, or give the inverse a letter", token)

    def _angle(self) -> Term | None:
        r"""Read an angle in degrees, as in ``\sin 30^\circ``; None: there is none."""
        token = self.now
        if token.kind not in ("number", "symbol") or text_of(token.sup) != "\\circ":
            return None
        self._tokens[self._at] = replace(token, sup=())
        turn = Apply("divide", (Symbol("\\pi"), Number(Fraction(180))))
        return Apply("multiply", (self._factor(), turn))

    def _arguments(self, operation: str = "") -> tuple[Term, ...]:
        """Read what a function is applied to, in parentheses."""
        opening = self.next()
        arguments: list[Term] = []
        with self._around(bars=""):
            angle = self._angle() if f"\\{operation}" in PERIODIC else None
            if angle and self.now.kind != "close":
                self.refuse(DEGREES)
            arguments.append(angle or self.sum())
            while self.now.kind in ("comma", "mid"):
                self.next()
                if self.now.kind != "dots" or operation not in ("max", "min"):
                    arguments.append(self.sum())
                    continue
                dots = self.next()
                if self.now.kind == "comma":
                    self.next()
                found = filled(operation, arguments, self.sum())
                if found is None:
                    self.refuse("what the dots stand for is not understood", dots)
                arguments = [found]
        self.close(opening)
        return tuple(arguments)

    def _parenthesised(self, opening: Token) -> Term:
        start, second = self._at, None
        self.bare(opening)
        with self._around(bars=opening.text if opening.text in ("|", "\\|") else ""):
            term = self.sum()
            if opening.text == "[" and self.now.kind == "relation":  # [x > 0]
                self._at = start
                term = _one_if(self.comparison(whole=False))
                return self._scripted(term, self.close(opening))
            if opening.text == "{":
                self.refuse("a set is not expected here", opening)
            if opening.text == "\\langle":
                if self.now.kind != "comma":
                    self.refuse("expected \\langle x, y \\rangle", opening)
                self.next()
                second = self.sum()
        if opening.text == "\\lfloor" and self.now.text == "\\rceil":
            return self._scripted(Call("round", (term,)), self.next())
        closing = self.close(opening)
        if opening.text == "\\|":
            which = text_of(closing.sub)
            power = () if which in NORMS else (self.inside(closing.sub),)
            norm = Apply(NORMS.get(which, "norm_p"), (term, *power))
            return self._scripted(norm, replace(closing, sub=()))
        if opening.text in ENCLOSING:
            term = Apply(ENCLOSING[opening.text], (term, second) if second else (term,))
        return self._scripted(term, closing)

    def _matrix(self, token: Token) -> Term:
        rows = [Apply("row", tuple(map(self.inside, row))) for row in token.rows if any(row)]
        if len({len(row.arguments) for row in rows}) != 1:
            self.refuse("the rows of a matrix have different lengths", token)
        matrix = Apply("matrix", tuple(rows))
        return Apply("det", (matrix,)) if token.kind == "determinant" else matrix

    def _scripted(self, term: Term, token: Token) -> Term:
        """Apply the scripts of a token: indices behind parentheses, an exponent, or ⊤."""
        text, bare = text_of(token.sup), replace(token, sub=())
        if token.primes:
            self.refuse("a prime stands after something that is no function", token)
        if token.sub and token.kind == "close":
            if text_of(token.sub) == "+":
                return self._scripted(_positive_part(term), bare)
            return self._scripted(Apply("element", (term, *self._indices(token.sub))), bare)
        if token.sub:
            self.refuse("an index stands after something that is no letter", token)
        if not token.sup:
            return term
        upright = token.sup[-1].upright
        if text in ("\\top", "\\intercal") or (text == "T" and upright):
            return Apply("transpose", (term,))
        if text == "T" and self._kind("T") != "variable":
            return Apply("transpose_letter", (term,))
        if text in ("-\\top", "-\\intercal") or (text == "-T" and upright):
            inverse = Apply("power", (term, Number(Fraction(-1))))
            return Apply("transpose", (inverse,))
        if text == "\\circ":
            self.refuse(DEGREES, token)
        if text == "+":
            return _positive_part(term)
        if text == "-":
            self.refuse("a minus alone above is not understood; write \\max(0, -x)", token)
        if token.sup[0].text in ("(", "[") and token.sup[-1].kind == "close":
            self.refuse("a superscript in parentheses is not understood; write an index", token)
        return Apply("power", (term, self.inside(token.sup)))

    def _fraction(self, token: Token) -> Term:
        over, under = token.parts
        if token.sup:
            self.refuse("the exponent of a fraction can be read in two ways; write (…)", token)
        differential = under[0].text if len(under) > 1 else ""
        if differential in DIFFERENTIALS and over and over[0].text == differential:
            if self._kind(differential) is not None:
                words = f"{differential} is a variable, and this looks like a derivative"
                self.refuse(words, token)
            return self.derivative(token)
        sides = (_without_degree(over, under), _without_degree(under, over))
        return self._scripted(Apply("divide", tuple(map(self.inside, sides))), token)

    def _cases(self, token: Token) -> Term:
        branches = []
        for row in token.rows:
            if len(row) != 2 or not row[1]:
                self.refuse("a case has no condition; write & \\text{if } … or otherwise", token)
            value = [one for one in row[0] if one.kind != "comma"]
            words = [one for one in row[1] if one.kind not in ("comma", "stop", "quad")]
            conditions: tuple[Comparison, ...] = ()
            if len(words) != 1 or words[0].text not in OTHERWISE:
                begins = bool(words) and words[0].text in CONDITIONS
                conditions = self._of(words[begins:]).conditions()
                if not conditions:
                    self.refuse("a case has no condition", token)
            branches.append((self.inside(value), conditions))
        return Cases(tuple(branches))

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


def _without_degree(side: Sequence[Token], other: Sequence[Token]) -> Sequence[Token]:
    r"""Return one side of a fraction; in π/180° the sign is a unit that is converted."""
    plain = len(side) == 1 and side[0].text == "180" and text_of(side[0].sup) == "\\circ"
    return [replace(side[0], sup=())] if plain and text_of(other) == "\\pi" else side


def _positive_part(term: Term) -> Term:
    return Call("\\max", (ZERO, term))


def _one_if(condition: Comparison) -> Term:
    return Cases(((ONE, (condition,)), (ZERO, ())))
