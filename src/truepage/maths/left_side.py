r"""The left side of an equation that is held to code: a name for what the code gives.

What stands there may be a name: ``s^2``, ``x'``, ``L_\\delta(r)``, ``|H(\\omega)|``,
``p(x \\mid \\mu)``. It is one if it is a single factor that stands for nothing so far; its
arguments are those of the call, or labels. A left side whose letters are all known, such as a
derivative of something defined, is compared. In any other, such as ``1/R``, the one letter that is
not known stands for what the code gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import NoReturn, TypeAlias

from truepage.maths.functions import FUNCTIONS
from truepage.maths.linear import OF_ARRAYS
from truepage.maths.names import unknown
from truepage.maths.notation import Kind, Reader
from truepage.maths.scope import FAMILY, Scope, defined
from truepage.maths.spelling import spelled
from truepage.maths.terms import (
    CONSTANTS,
    Apply,
    Call,
    Index,
    Number,
    Symbol,
    Term,
    index_letters,
    names_in,
    reached,
    walk,
)
from truepage.maths.tokens import Token, Unreadable, everything, first_relation, parted

ARGUMENTS = ("symbol", "word", "number", "fraction")
Range: TypeAlias = tuple[float, float]
ANYTHING: Range = (-inf, inf)
NOT_NEGATIVE: Range = (0, inf)
RANGES = {
    **dict.fromkeys(("\\log", "\\ln", "\\lg", "\\tan", "\\cot", "\\sinh", "arsinh"), ANYTHING),
    **dict.fromkeys(("\\sin", "\\cos", "\\tanh", "erf"), (-1, 1)),
    **{"\\exp": NOT_NEGATIVE, "\\mathbb{E}": ANYTHING, "Var": NOT_NEGATIVE},
}
"""Functions of which a value may be named, as in ``\\cos\\theta = …``: where it lies."""


@dataclass(frozen=True)
class LeftSide:
    """Tokens of a formula whose left side was looked at.

    Parameters
    ----------
    tokens
        The formula, with one token in the place of a left side that is a name.
    letter
        The letter of the left side that stands for what the code gives, if one does.
    is_name
        Whether the left side is a name that can be used nowhere else.
    within
        Where what it names must lie: ``|y|`` and ``y^2`` are not negative.
    """

    tokens: tuple[Token, ...]
    letter: str = ""
    is_name: bool = False
    within: Range = ANYTHING


def read_left_side(
    tex: str, found: Sequence[Token], scope: Scope, kind: Kind, arguments: Sequence[Term]
) -> LeftSide:
    """Find out what the left side of an equation is.

    Parameters
    ----------
    arguments
        Those of the call.

    Raises
    ------
    Unreadable
        It is neither understood nor a name.
    """
    plain = LeftSide(tuple(found))
    relation = first_relation(found)
    left, rest = found[:relation], found[relation:]
    if not left or any(token.kind in ("comma", "quad") for token in _outside(left)):
        return plain
    named = _Named(left, scope, kind, arguments)
    try:
        term = Reader(left, kind).whole()
    except Unreadable:
        known = left[0].text in FUNCTIONS.keys() - RANGES.keys()
        if known or not _is_one_factor(left):
            raise
        return named.left_side(tex, rest, _range_of_bars(left))
    strange = {name for name, _ in unknown(term, scope, frozenset(index_letters(term)))}
    fixed = isinstance(term, Call) and (term.function in FUNCTIONS or term.function in OF_ARRAYS)
    new = defined(term)
    if not strange:
        return plain
    if isinstance(term, Apply) and term.operation == "gradient":
        return named.left_side(tex, rest, ANYTHING)
    if new and not fixed and not scope.knows(new[0]):
        named.refuse_strangers(whole=isinstance(term, Call))
        return plain
    within = _range(term)
    if within and _is_one_factor(left):
        return named.left_side(tex, rest, within)
    names = {
        part.name
        for part in walk(term)
        if isinstance(part, Symbol | Index)
        and not scope.knows(part.name)
        and part.name not in CONSTANTS
    }
    letters = names - {part.base.name for part in walk(term) if isinstance(part, Index)}
    return LeftSide(tuple(found), letter=letters.pop()) if len(letters) == 1 else plain


def _range(term: Term) -> Range | None:
    """Return where a term lies that may be a name; None: it is none."""
    match term:
        case Apply("power", (Symbol("R"), Number(value))) if value == 2:
            return ANYTHING  # the coefficient of determination, which is no square
        case Apply("power", (Symbol("e"), _)):
            return NOT_NEGATIVE
        case Apply("power", (base, Apply("negate", (exponent,)) | exponent)):
            even = isinstance(exponent, Number) and exponent.value % 2 == 0
            return NOT_NEGATIVE if even and _is_value(base) else _range(base)
        case Apply(
            "abs" | "norm" | "norm_2" | "norm_p" | "norm_max" | "norm_frobenius", (inner, *_)
        ):
            return NOT_NEGATIVE if _is_value(inner) else None
        case Apply("element", (Call(function), *_)) if function not in FUNCTIONS:
            return ANYTHING
        case Apply("transpose" | "transpose_letter" | "inner"):
            return ANYTHING
        case Apply("multiply", (Index(), _)):
            return ANYTHING  # F_X(x)
        case Call(function, (inner,)) if function in RANGES:
            return RANGES[function] if _is_value(inner) else None
        case Call(function):
            return None if function in FUNCTIONS or function in OF_ARRAYS else ANYTHING
        case Symbol() | Index():
            return ANYTHING
    return None


def _is_value(term: Term) -> bool:
    """Whether a term is a letter or the value of a function without a fixed meaning."""
    free = isinstance(term, Call) and term.function not in FUNCTIONS
    return free or isinstance(term, Symbol | Index) or _range(term) is not None


def _range_of_bars(left: Sequence[Token]) -> Range:
    return NOT_NEGATIVE if left[0].text in ("|", "\\|") else ANYTHING


def _outside(found: Sequence[Token]) -> list[Token]:
    """Return the tokens that are inside no parentheses."""
    depth, outside = 0, []
    for token in found:
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0:
            outside.append(token)
    return outside


def _is_one_factor(found: Sequence[Token]) -> bool:
    """Whether tokens are one factor: a letter, a function with its argument, something in bars."""
    first, rest = found[0], found[1:]
    if first.text == "\\nabla" and rest:
        return _is_one_factor(rest)
    if first.kind == "bar" or first.text in ("|", "\\|", "\\langle"):
        return bool(rest) and _closes(found) == len(found) - 1
    if first.kind not in ("symbol", "word"):
        return False
    if not rest:
        return True
    if rest[0].kind == "open":
        return _closes(rest) == len(rest) - 1
    return first.kind == "word" and (
        (len(rest) == 1 and rest[0].kind in ARGUMENTS) or _is_one_factor(rest)
    )


def _closes(found: Sequence[Token]) -> int:
    """Return where the parenthesis or the bar that the first token opens is closed."""
    first, depth = found[0], 0
    for at, token in enumerate(found):
        if at and depth == 1 and token.kind == first.kind == "bar" and token.text == first.text:
            return at
        depth += token.kind == "open" or (at == 0 and first.kind == "bar")
        depth -= token.kind == "close"
        if depth == 0:
            return at
    return -1


class _Named:
    """A left side that is a name, with the arguments that it shows."""

    def __init__(
        self, left: Sequence[Token], scope: Scope, kind: Kind, arguments: Sequence[Term]
    ) -> None:
        self._left, self._scope, self._kind, self._arguments = left, scope, kind, arguments

    def left_side(self, tex: str, rest: Sequence[Token], within: Range) -> LeftSide:
        """Put one token in the place of it; its indices stay if they pick elements."""
        self.refuse_strangers()
        first, last = self._left[0], self._left[-1]
        text = "".join(token.text for token in self._left)
        if first.start is not None and last.end is not None:
            text = tex[first.start : last.end].strip()
        picked = {one.text for token in everything(rest) for one in token.sub}
        sub = last.sub if last.sub and all(one.text in picked for one in last.sub) else ()
        token = Token("symbol", f"{{{text}}}", first.start, last.end, sub=sub)
        return LeftSide((token, *rest), is_name=True, within=within)

    def refuse_strangers(self, *, whole: bool = False) -> None:
        """Raise an error for an argument that the call does not have: the code gives another value.

        Parameters
        ----------
        whole
            The left side is a function applied to letters and no more.
        """
        at = next((n for n, token in enumerate(self._left) if token.kind == "open"), None)
        start = self._left[0]
        if at is None or (start.kind == "word" and whole):
            return
        if at == 0:  # |H(ω)|
            inner = self._left[1:-1]
            if inner and inner[0].kind in ("symbol", "word"):
                _Named(inner, self._scope, self._kind, self._arguments).refuse_strangers()
            return
        inside = self._left[at + 1 : at + _closes(self._left[at:])]
        fixed = next((n for n, t in enumerate(inside) if t.kind == "mid" or t.text == ";"), None)
        letters = self._letters()
        for token in inside[fixed:] if fixed is not None else ():
            if token.text in self._scope.variables and token.text not in letters:
                self._refuse_stranger(token.text, [token])
        parts = parted(inside[:fixed], "comma")
        terms = [self._read(part) for part in parts]
        for part, term in zip(parts, terms, strict=True):
            if term is None or term in self._arguments:
                continue
            fixed_call = isinstance(term, Call) and term.function in FUNCTIONS
            if fixed_call or not isinstance(term, Symbol | Index | Call):
                words = (
                    f"{spelled(term)} is no argument of the call; expected its letters, as in "
                    f"f({self._call()}), or a call with this argument"
                )
                raise Unreadable(words, part[0].start, part[-1].end)
            name = term.name if isinstance(term, Symbol | Index) else ""
            if name in self._scope.variables and name not in letters:
                self._refuse_stranger(name, part)
        names = [term.name if isinstance(term, Symbol) else "" for term in terms]
        strange = all(len(n) == 1 and n.islower() and not self._scope.knows(n) for n in names)
        if whole and names and strange:
            words = (
                f"{names[0]} stands for nothing, and the call does not have it; expected "
                f"f({self._call()}), or a letter alone on the left"
            )
            raise Unreadable(words, inside[0].start, inside[-1].end)

    def _refuse_stranger(self, name: str, part: Sequence[Token]) -> NoReturn:
        words = f"{name} is no argument of the call; expected f({self._call()})"
        raise Unreadable(words, part[0].start, part[-1].end)

    def _read(self, part: Sequence[Token]) -> Term | None:
        """Return what an argument is, or the right side of X = k; None: a label."""
        relation = first_relation(part)
        try:
            return Reader(part[relation + 1 :] if relation else part, self._kind).whole()
        except Unreadable:
            return None

    def _letters(self) -> set[str]:
        """Return the letters that the call depends on."""
        parts = reached(self._arguments, self._scope.definitions)
        names = {name for part in parts for name in names_in(part)}
        return names | {name.removesuffix(FAMILY.format("")) for name in names}

    def _call(self) -> str:
        return ", ".join(map(spelled, self._arguments))
