"""Sums, products, extremes, integrals, limits and derivatives, with what they run over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any, NoReturn, TypeAlias

from truepage.maths.cursor import Cursor
from truepage.maths.terms import (
    Apply,
    Comparison,
    Derivative,
    Index,
    Number,
    Repeated,
    Symbol,
    Term,
    index_letters,
    rebuilt,
)
from truepage.maths.tokens import Token, Unreadable, parted

TIMES = {
    "\\cdot": "dot",
    "\\times": "times",
    "\\odot": "elementwise",
    "\\otimes": "tensor",
    "\\bmod": "mod",
}
REPEATED = {"\\sum": "add", "\\prod": "multiply"}
EXTREMES = {"max", "min", "argmax", "argmin"}
DIFFERENTIALS = {"d", "\\partial", "\\mathrm{d}"}
HIGHEST_ORDER = 100

Inside: TypeAlias = Callable[[Sequence[Token]], Term]
"""Reads the one term that tokens are."""
ONE = Number(Fraction(1))
PLACE = Symbol("•")
"""The index of a sum that is written with dots."""


def starred(token: Token) -> Symbol:
    """Return the symbol of a token; a star, as in f^*, is part of its name."""
    star = len(token.sup) == 1 and token.sup[0].text in ("*", "\\ast", "\\cdot", "\\star")
    return Symbol(f"{token.text}^*" if star else token.text)


def exponent_of(token: Token) -> tuple[Token, ...]:
    """Return the superscript of a token, if it is no star that belongs to the name."""
    return () if token.kind == "symbol" and starred(token).name != token.text else token.sup


def indices(found: Sequence[Token], inside: Inside) -> tuple[Term, ...]:
    """Read a subscript: letters side by side, or terms with commas between them, are indices."""
    parts = parted(found, "comma")
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
    return tuple(inside(part) for part in parts)


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


@dataclass(frozen=True)
class Run:
    """What one index of a sum, a product or an extreme runs over."""

    index: str
    lower: Term | None = None
    upper: Term | None = None
    conditions: tuple[Comparison, ...] = ()


class Bounds:
    """Reads what a sum, a product or an extreme runs over.

    Parameters
    ----------
    token
        Its sign.
    inside, compared
        Read the one term, or the relations, that tokens are.
    free
        Tells whether a letter stands for nothing so far.
    """

    def __init__(
        self,
        token: Token,
        inside: Inside,
        compared: Callable[[Sequence[Token]], Comparison],
        free: Callable[[str], bool],
    ) -> None:
        self._token, self._inside, self._compared, self._free = token, inside, compared, free
        self._runs: list[Run] = []

    def _refuse(self) -> NoReturn:
        raise Unreadable(
            f"what {self._token.text} runs over is not understood; expected i=1 and n, x \\in X, "
            "i, 1 \\le i \\le n, i \\ne k or i < j",
            self._token.start,
            self._token.end,
        )

    def runs(self) -> list[Run]:
        """Return the indices with what they run over, the outermost first; none, if none is named.

        Raises
        ------
        Unreadable
            It is not understood.
        """
        if not self._token.sub and not self._token.sup:
            return []
        parts, last = parted(self._token.sub, "comma"), list(self._token.sup)
        dots = next((at for at, one in enumerate(parts) if one and one[0].kind == "dots"), 0)
        if dots and (len(parts[dots]) > 1 or len(parts) != dots + 2 or last):
            self._refuse()
        if dots:  # i = 1, …, n
            parts, last = parts[:1], parts[dots + 1]
        for part in parts:
            if not part or part[0].kind == "dots":
                self._refuse()
            if len(part) > 2 and part[0].kind == "symbol" and part[1].text == "=" and last:
                ends = self._inside(part[2:]), self._inside(last)
                self._runs.append(Run(part[0].text, *ends))
                last = []
            elif len(part) > 2 and part[1].text == "\\in":
                self._runs.append(self._member(part))
            else:
                self._related(part)
        if last or not self._runs:
            self._refuse()
        return self._runs

    def _member(self, part: Sequence[Token]) -> Run:
        r"""Read ``x \in X`` or ``i \in \{1, \dots, n\}``."""
        if part[0].kind != "symbol" or part[0].sub:
            self._refuse()
        if part[2].text == "{" and part[-1].text == "}":
            first, *_, last = ends = parted(part[3:-1], "comma")
            if len(ends) > 2 and len(ends[-2]) == 1 and ends[-2][0].kind == "dots":
                return Run(part[0].text, self._inside(first), self._inside(last))
            self._refuse()
        over = self._inside(part[2:])
        if not isinstance(over, Symbol):
            self._refuse()
        return Run(part[0].text, ONE, over)

    def _related(self, part: Sequence[Token]) -> None:
        r"""Read an index alone, ``1 \le i \le n``, or a condition such as ``i \ne k``."""
        found = self._compared(part)
        terms, relations = found.terms, found.relations
        if not relations and isinstance(terms[0], Symbol):
            self._runs.append(Run(terms[0].name))
            return
        between = len(terms) == 3 and set(relations) <= {"<", "\\le"}
        if between and isinstance(terms[1], Symbol) and self._is_new(terms[1].name):
            low, high = terms[0], terms[2]
            low = Apply("add", (low, ONE)) if relations[0] == "<" else low
            high = Apply("subtract", (high, ONE)) if relations[1] == "<" else high
            if not (isinstance(terms[0], Symbol) and self._is_new(terms[0].name)):
                self._runs.append(Run(terms[1].name, low, high))
                return
        names = [term.name for term in terms if isinstance(term, Symbol)]
        self._runs += [Run(name) for name in dict.fromkeys(names) if self._is_new(name)]
        if not relations or not self._runs or "\\in" in relations:
            self._refuse()
        last = self._runs[-1]
        self._runs[-1] = replace(last, conditions=(*last.conditions, found))

    def _is_new(self, name: str) -> bool:
        return self._free(name) and all(run.index != name for run in self._runs)


def repeated(operation: str, runs: Sequence[Run], body: Term) -> Term:
    """Return a term repeated over indices."""
    for run in reversed(runs):
        body = Repeated(operation, run.index, run.lower, run.upper, body, run.conditions)
    return body


class Operators(Cursor):
    """Reads what stands before a term and binds a letter in it: sums, limits, derivatives, …."""

    def _over_an_index(self, token: Token) -> Term:
        r"""Read ``\max_i x_i`` or ``\arg\min_k x_k``."""
        operation = token.text.removeprefix("\\")
        if token.primes:
            self.refuse(f"{token.text} with a prime is not understood", token)
        return self._run_over(operation, token)

    def _derivative(self, token: Token) -> Term:
        """Read ∂L/∂w, d²y/dx², ∂²f/∂x∂y, or ∂/∂w followed by what it is applied to."""
        over = token.parts[0]
        power = text_of(over[0].sup)
        if not (power.isdecimal() or not power):
            self.refuse("this derivative is not understood", token)
        variables = self._differentials(token)
        order = int(power or 1)
        if sum(times for _, times in variables) != order:
            self.refuse("the orders of this derivative above and below the bar differ", token)
        if order > HIGHEST_ORDER:
            self.refuse(f"a derivative of an order above {HIGHEST_ORDER}", token)
        body = self.inside(over[1:]) if len(over) > 1 else self.product()
        for variable, times in reversed(variables):
            match body:
                case Derivative(inner, same, order) if same == variable:
                    body = Derivative(inner, variable, order + times)
                case _:
                    body = Derivative(body, variable, times)
        return body

    def _differentials(self, token: Token) -> list[tuple[Symbol | Index, int]]:
        """Read what stands below the bar, ∂x²∂y: each variable, and how many times it is one."""
        found = []
        differential, *rest = token.parts[1]
        while rest:
            letter, *rest = rest
            power = text_of(letter.sup)
            if power.isdecimal():
                letter = replace(letter, sup=())
            variable = self.inside([letter])
            if not isinstance(variable, Symbol | Index):
                self.refuse("a derivative is with respect to a letter", token)
            found.append((variable, int(power) if power.isdecimal() else 1))
            if rest and (rest[0].text != differential.text or rest[0].sup or len(rest) == 1):
                self.refuse("this derivative is not understood", token)
            rest = rest[1:]
        return found

    def _repeated(self) -> Term:
        token = self.next()
        if token.text == "\\int":
            return self._integral(token)
        return self._run_over(REPEATED[token.text], token)

    def _run_over(self, operation: str, token: Token) -> Term:
        """Read what stands after a sum, a product or an extreme, which runs over indices."""

        def free(name: str) -> bool:
            return self._kind(name) is None and name not in self._bound

        def compared(found: Sequence[Token]) -> Comparison:
            return self._of(found).comparison()

        runs = Bounds(token, self.end, compared, free).runs()
        if operation.startswith("arg") and len(runs) > 1:
            self.refuse("an arg max over two indices is not understood", token)
        if not self.begins_factor() and self.now.text not in TIMES:
            self.refuse(f"nothing stands after {token.text}", token)
        around = self._bound
        self._bound |= {run.index for run in runs}
        body = self.product()
        self._bound = around
        if not runs:
            implied = [name for name in index_letters(body) if free(name)]
            if len(implied) != 1:
                self.refuse(f"over what {token.text} runs is not said; write {token.text}_i", token)
            runs = [Run(implied[0])]
        return repeated(operation, runs, body)

    def _integral(self, token: Token) -> Term:
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
                    if after.sub or after.sup:
                        self.refuse("an integral is over a letter", after)
                    return Repeated("integrate", after.text, lower, upper, body)
                at += 1
            at += 1
        self.refuse("this integral has no dx of its own (of a fraction, write it behind)", token)

    def _limit(self, token: Token) -> Term:
        r"""Read ``\lim_{x \to 0^+} f(x)``."""
        letter, *rest = token.sub or (token,)
        if letter.kind != "symbol" or len(rest) < 2 or rest[0].kind != "arrow":
            self.refuse("expected \\lim_{x \\to a}", token)
        *place, last = rest[1:]
        side = {"+": Number(Fraction(1)), "-": Number(Fraction(-1))}.get(text_of(last.sup))
        if side:
            last = replace(last, sup=())
        at = self.end([*place, last])
        around = self._bound
        self._bound |= {letter.text}
        body = self.product()
        self._bound = around
        return Repeated("limit", letter.text, at, side, body)


def text_of(found: Sequence[Token]) -> str:
    """Return the texts of tokens, joined."""
    return "".join(one.text for one in found)
