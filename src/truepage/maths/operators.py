"""Tokens read from left to right; what binds a letter: sums, limits, integrals, derivatives."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any, Literal, NoReturn, Self

from truepage.maths.terms import (
    ONE,
    Apply,
    Call,
    Comparison,
    Derivative,
    Index,
    Number,
    Repeated,
    Symbol,
    Term,
    index_letters,
    rebuilt,
    walk,
)
from truepage.maths.tokens import PARTNERS, Token, Unreadable, parted, text_of

Kind = Callable[[str], Literal["function", "variable", None]]
"""Tells what a name is known as."""

END = Token("end")
FACTORS = {"number", "symbol", "word", "open", "big", "fraction", "root", "cases", "binomial"}
FACTORS |= {"matrix", "determinant"}
"""Kinds of tokens that begin a factor."""
TIMES = {
    "\\cdot": "dot",
    "\\times": "times",
    "\\odot": "elementwise",
    "\\otimes": "tensor",
    "\\bmod": "mod",
}
REPEATED = {"\\sum": "add", "\\prod": "multiply"}
DIFFERENTIALS = {"d", "\\partial", "\\mathrm{d}"}
HIGHEST_ORDER = 100
PLACE = Symbol("•")
"""The index of a sum that is written with dots."""


class Operators(ABC):
    r"""Reads one sequence of tokens from left to right; what binds a letter is read here.

    Parameters
    ----------
    kind
        Tells what a name is known as.
    bound
        Indices that something around runs over.
    """

    def __init__(
        self, found: Sequence[Token], kind: Kind, bound: frozenset[str] = frozenset()
    ) -> None:
        self._tokens, self._kind, self._bound = list(found), kind, bound
        self._at = 0
        self._in_bars = ""  # the bar that was opened, | or \|: the next of its kind closes

    @abstractmethod
    def sum(self) -> Term:
        """Read terms with plus and minus between them."""

    @abstractmethod
    def product(self) -> Term:
        """Read factors."""

    @abstractmethod
    def factor(self) -> Term:
        """Read one factor."""

    @abstractmethod
    def comparison(self, *, whole: bool = True) -> Comparison:
        """Read terms and the relations between them; whole: to the end."""

    def whole(self) -> Term:
        """Read one term, to the end."""
        term = self.sum()
        self.expect_end()
        return term

    def inside(self, found: Sequence[Token]) -> Term:
        """Read the one term that other tokens are."""
        return self._of(found).whole()

    def end(self, found: Sequence[Token]) -> Term:
        r"""Read an end of a sum, an integral or a limit, which may be ∞ or −∞."""
        *signs, last = found or [END]
        if last == replace(END, kind="symbol", text="\\infty", start=last.start, end=last.end):
            if text_of(signs) in ("", "+"):
                return Symbol("\\infty")
            if text_of(signs) == "-":
                return Apply("negate", (Symbol("\\infty"),))
        return self.inside(found)

    def _of(self, found: Sequence[Token]) -> Self:
        return type(self)(found, self._kind, self._bound)

    @contextmanager
    def _around(self, letters: Iterable[str] = (), bars: str | None = None) -> Iterator[None]:
        """Bind letters, or open other bars, for what is read meanwhile."""
        before = self._bound, self._in_bars
        self._bound |= frozenset(letters)
        self._in_bars = self._in_bars if bars is None else bars
        yield
        self._bound, self._in_bars = before

    @property
    def now(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._at] if self._at < len(self._tokens) else END

    def next(self) -> Token:
        """Take the token that comes next."""
        token = self.now
        self._at += 1
        return token

    def takes(self, *signs: str) -> str:
        """Take an operator if it comes next, and return it; else "" is returned."""
        found = self.now.kind == "operator" and self.now.text in signs
        return self.next().text if found else ""

    def begins_factor(self) -> bool:
        """Whether a factor comes next."""
        if self.now.kind == "bar":
            return self.now.text != self._in_bars
        return self.now.kind in FACTORS and self.now.text != "\\infty"

    def expect_end(self) -> None:
        """Refuse whatever comes."""
        if self.now.kind != "end":
            self.refuse(f"{self.now.text or 'a part'} is not expected here")

    def bare(self, token: Token) -> None:
        """Refuse the index, exponent or prime of a token that is read without it."""
        if token.sub or token.sup or token.primes:
            self.refuse(f"an index, exponent or prime at {token.text} is not understood", token)

    def refuse(self, words: str, token: Token | None = None) -> NoReturn:
        """Raise `Unreadable`, at a token or here."""
        token = token or self.now
        if token.start is None:  # a macro's, or the end: show what stands nearest before it
            placed = [one for one in self._tokens[: self._at] if one.start is not None]
            token = placed[-1] if placed else token
        raise Unreadable(words, token.start, token.end)

    def close(self, opening: Token) -> Token:
        """Take the parenthesis that closes another."""
        if self.now.kind == "relation":
            self.refuse("a relation stands in parentheses; [x > 0] is understood, as 1 or 0")
        if self.now.kind not in ("close", "bar") or self.now.text != PARTNERS[opening.text]:
            self.refuse(f"{opening.text} is not closed", opening)
        return self.next()

    def repeated(self, operation: str, token: Token) -> Term:
        """Read what stands after a sum, a product or an extreme, which runs over indices."""
        if token.primes:
            self.refuse(f"{token.text} with a prime is not understood", token)
        runs = self._runs(token)
        if operation.startswith("arg") and len(runs) > 1:
            self.refuse("an arg max over two indices is not understood", token)
        if not self.begins_factor() and self.now.text not in TIMES:
            self.refuse(f"nothing stands after {token.text}", token)
        with self._around(run.index for run in runs):
            body = self.product()
        if not runs:
            implied = [name for name in index_letters(body) if self._is_free(name)]
            if len(implied) != 1:
                self.refuse(f"over what {token.text} runs is not said; write {token.text}_i", token)
            runs = [_run(implied[0])]
        for run in reversed(runs):
            body = replace(run, operation=operation, body=body)
        return body

    def _is_free(self, name: str) -> bool:
        return self._kind(name) is None and name not in self._bound

    def _runs(self, token: Token) -> list[Repeated]:
        """Return what a sum runs over, the outermost first, as sums whose bodies are not read."""
        if not token.sub and not token.sup:
            return []
        parts, last, runs = parted(token.sub, "comma"), list(token.sup), list[Repeated]()
        dots = any(part and part[0].kind == "dots" for part in parts)
        if dots and not last and _is_assigned(parts[0]):  # i = 1, …, n
            self.bare(parts[0][0])
            ends = self._listed([parts[0][2:], *parts[1:]], token)
            return [_run(parts[0][0].text, *ends)]
        for part in parts:
            if not part or dots:
                self._refuse_runs(token)
            if last and _is_assigned(part):
                self.bare(part[0])
                runs.append(_run(part[0].text, self.end(part[2:]), self.end(last)))
                last = []
            elif len(part) > 2 and part[1].text == "\\in":
                runs.append(self._member(part, token))
            else:
                self._related(part, runs, token)
        if last or not runs:
            self._refuse_runs(token)
        return runs

    def _refuse_runs(self, token: Token) -> NoReturn:
        words = "i=1 and n, x \\in X, i, 1 \\le i \\le n, i \\ne k or i < j"
        words = f"what {token.text} runs over is not understood; expected {words}"
        places = [one for one in (*token.sub, *token.sup) if one.start is not None]
        raise Unreadable(words, *(places[0].start, places[-1].end) if places else ())

    def _listed(self, parts: Sequence[Sequence[Token]], token: Token) -> tuple[Term, Term]:
        r"""Return the ends of ``1, 2, \dots, n``."""
        if len(parts) < 3 or [one.kind for one in parts[-2]] != ["dots"]:
            self._refuse_runs(token)
        first, *others = map(self.end, parts[:-2])
        for at, one in enumerate(others, 1):
            if not isinstance(first, Number) or one != Number(first.value + at):
                self._refuse_runs(token)
        return first, self.end(parts[-1])

    def _member(self, part: Sequence[Token], token: Token) -> Repeated:
        r"""Read ``x \in X`` or ``i \in \{1, \dots, n\}``."""
        letter, _, *over = part
        self.bare(letter)
        if letter.kind != "symbol":
            self._refuse_runs(token)
        if over[0].text == "{" and over[-1].text == "}":
            self.bare(over[-1])
            return _run(letter.text, *self._listed(parted(over[1:-1], "comma"), token))
        of = self.end(over)
        if not isinstance(of, Symbol):
            self._refuse_runs(token)
        return _run(letter.text, ONE, of)

    def _related(self, part: Sequence[Token], runs: list[Repeated], token: Token) -> None:
        r"""Read an index alone, ``1 \le i \le n``, or a condition such as ``i \ne k``."""

        def is_new(term: Term) -> bool:
            free = isinstance(term, Symbol) and self._is_free(term.name)
            return free and all(Symbol(run.index) != term for run in runs)

        found = self._of(part).comparison()
        terms, relations = found.terms, found.relations
        if not relations and isinstance(terms[0], Symbol):
            runs.append(_run(terms[0].name))
            return
        match terms:
            case (low, Symbol(name) as index, high) if set(relations) <= {"<", "\\le"}:
                if is_new(index) and not is_new(low):
                    low = Apply("add", (low, ONE)) if relations[0] == "<" else low
                    high = Apply("subtract", (high, ONE)) if relations[1] == "<" else high
                    runs.append(_run(name, low, high))
                    return
        new = [term.name for term in terms if isinstance(term, Symbol) and is_new(term)]
        runs += map(_run, dict.fromkeys(new))
        if not relations or not runs:
            self._refuse_runs(token)
        runs[-1] = replace(runs[-1], conditions=(*runs[-1].conditions, found))

    def derivative(self, token: Token) -> Term:
        """Read ∂L/∂w, d²y/dx², ∂²f/∂x∂y, or ∂/∂w followed by what it is applied to."""
        differential, *body = token.parts[0]
        if differential.sup and not text_of(differential.sup).isdecimal():
            self.refuse("this derivative is not understood", token)
        for one in (token, replace(differential, sup=()), token.parts[1][0]):
            self.bare(one)
        variables = self._differentials(token)
        order = sum(times for _, times in variables)
        if text_of(differential.sup) != str(order) and (differential.sup or order != 1):
            self.refuse("the orders of this derivative above and below the bar differ", token)
        if order > HIGHEST_ORDER:
            self.refuse(f"a derivative of an order above {HIGHEST_ORDER}", token)
        term = self.inside(body) if body else self.product()
        for variable, times in reversed(variables):
            match term:
                case Derivative(inner, same, order) if same == variable:
                    term = Derivative(inner, variable, order + times)
                case _:
                    term = Derivative(term, variable, times)
        return term

    def _differentials(self, token: Token) -> list[tuple[Symbol | Index, int]]:
        """Read what stands below the bar, ∂x²∂y: each variable, and how many times it is one."""
        found = []
        differential, *rest = token.parts[1]
        while rest:
            letter, *rest = rest
            power = text_of(letter.sup)
            times = int(power) if power.isdecimal() else 1
            variable = self.inside([replace(letter, sup=()) if power.isdecimal() else letter])
            if not isinstance(variable, Symbol | Index):
                self.refuse("a derivative is with respect to a letter", token)
            found.append((variable, times))
            if rest and (text_of(rest[:1]) != differential.text or len(rest) == 1):
                self.refuse("this derivative is not understood", token)
            rest = rest[1:]
        return found

    def gradient(self, token: Token) -> Term:
        r"""Read ``\nabla_w L``, ``\nabla f(x)`` or ``\nabla f``, a vector of derivatives."""
        if token.sup or token.primes:
            words = "\\nabla^2 can be the Laplace operator or a matrix; write second derivatives"
            self.refuse(words, token)
        if self.now.text in TIMES:
            self.refuse("a divergence or a curl is not computed; write its derivatives", token)
        body = self.factor()
        if self.begins_factor() and not any(isinstance(one, Symbol | Index) for one in walk(body)):
            body = Apply("multiply", (body, self.product()))
        plain = isinstance(body, Call | Symbol | Index) and self.now.text in TIMES
        if self.begins_factor() or (self.now.text in (*TIMES, "/") and not plain):
            words = "what \\nabla is applied to can be read in two ways; write \\nabla (…)"
            self.refuse(words, token)
        by = [self.inside(one) for one in (parted(token.sub, "comma") if token.sub else ())]
        if not all(isinstance(one, Symbol | Index) for one in by):
            self.refuse("a gradient is with respect to letters, as in \\nabla_w L", token)
        return Apply("gradient", (body, *by))

    def integral(self, token: Token) -> Term:
        r"""Read ``\int_a^b f(x) \, dx``."""
        if not token.sub or not token.sup:
            self.refuse("an integral without ends is not understood; write \\int_a^b", token)
        lower, upper = self.end(token.sub), self.end(token.sup)
        open_integrals, at = 1, self._at
        while at + 1 < len(self._tokens):
            here, after = self._tokens[at], self._tokens[at + 1]
            own = here.upright or self._kind("d") is None
            open_integrals += here.text == "\\int"
            if here.text == "d" and here.kind == after.kind == "symbol" and own:
                open_integrals -= 1
                if not open_integrals:
                    body = self.inside(self._tokens[self._at : at])
                    self._at = at + 2
                    for one in (replace(token, sub=(), sup=()), here, after):
                        self.bare(one)
                    return Repeated("integrate", after.text, lower, upper, body)
                at += 1
            at += 1
        self.refuse("this integral has no dx of its own (of a fraction, write it behind)", token)

    def limit(self, token: Token) -> Term:
        r"""Read ``\lim_{x \to 0^+} f(x)``."""
        letter, *rest = token.sub or (token,)
        if letter.kind != "symbol" or len(rest) < 2 or rest[0].kind != "arrow":
            self.refuse("expected \\lim_{x \\to a}", token)
        for one in (letter, replace(token, sub=())):
            self.bare(one)
        *place, last = rest[1:]
        side = {"+": ONE, "-": Number(Fraction(-1))}.get(text_of(last.sup))
        if side:
            last = replace(last, sup=())
        at = self.end([*place, last])
        with self._around([letter.text]):
            return Repeated("limit", letter.text, at, side, self.product())


def _run(index: str, lower: Term | None = None, upper: Term | None = None) -> Repeated:
    return Repeated("", index, lower, upper, ONE)


def _is_assigned(part: Sequence[Token]) -> bool:
    return len(part) > 2 and part[0].kind == "symbol" and part[1].text == "="


def filled(operation: str, firsts: Sequence[Term], last: Term) -> Repeated | None:
    r"""Return what ``x_1^2 + x_2^2 + \dots + x_n^2`` repeats, if its parts differ by one number."""
    ends: list[tuple[Term, Term]] = []
    body = _common(firsts[0], last, ends)
    begin, end = ends[0] if ends else (ONE, ONE)
    if body is None or set(ends) != {(begin, end)} or not isinstance(begin, Number):
        return None
    for at, one in enumerate(firsts):
        if _with_place(body, Number(begin.value + at)) != one:
            return None
    return Repeated(operation, PLACE.name, begin, end, body)


def _common(one: Any, other: Any, ends: list[tuple[Term, Term]]) -> Any:
    """Return a term with a place where two differ: a number in one, any term in the other."""
    if one == other:
        return one
    if isinstance(one, Number) and isinstance(other, Term) and not one.decimals:
        ends.append((one, other))
        return PLACE
    if type(one) is not type(other) or not isinstance(one, tuple | Term):
        return None
    if isinstance(one, tuple):
        pairs = [_common(*pair, ends) for pair in zip(one, other, strict=False)]
        return tuple(pairs) if len(one) == len(other) and None not in pairs else None
    names = [field.name for field in fields(one)]
    parts = [_common(getattr(one, name), getattr(other, name), ends) for name in names]
    return None if None in parts else type(one)(*parts)


def _with_place(term: Term, number: Number) -> Term:
    return number if term == PLACE else rebuilt(term, lambda part: _with_place(part, number))
