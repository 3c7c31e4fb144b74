"""Subscripts, superscripts and bounds, as tokens carry them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any, NoReturn, TypeAlias

from truepage.maths.terms import Apply, Comparison, Number, Repeated, Symbol, Term, rebuilt
from truepage.maths.tokens import Token, Unreadable, parted

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
