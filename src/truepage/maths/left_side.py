r"""What an equation is held to: a call of some code, and the name on the left for what it gives.

What stands on the left may be a name: ``s^2``, ``x'``, ``L_\\delta(r)``, ``|H(\\omega)|``,
``p(x \\mid \\mu)``. It is one if it is a single factor that stands for nothing so far; its
arguments are those of the call, or labels. A left side whose letters are all known, such as a
derivative of something defined, is compared. In any other, such as ``1/R``, the one letter that is
not known stands for what the code gives.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import TypeAlias

from truepage.engine.errors import PageError
from truepage.maths import katex
from truepage.maths.annotation import AnnotationError, Code
from truepage.maths.calls import CodeFunction
from truepage.maths.domains import REAL
from truepage.maths.functions import FUNCTIONS
from truepage.maths.linear import OF_ARRAYS
from truepage.maths.notation import Kind, read_term
from truepage.maths.scope import FAMILY, Scope, definition_of, spellings
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
    spelled,
    walk,
)
from truepage.maths.tokens import (
    Token,
    Unreadable,
    everything,
    first_relation,
    outside,
    parted,
    text_of,
)
from truepage.maths.tree import tokens

ARGUMENTS = ("symbol", "word", "number", "fraction")
BARS = ("|", "\\|")
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
class CodeCall:
    """A call that an equation is held to: the function, and terms for its arguments."""

    function: CodeFunction
    arguments: tuple[tuple[str, Term | float], ...]
    picks: tuple[int, ...]

    def terms(self) -> list[Term]:
        """Return the arguments, numbers too, as terms."""
        given = (one for _, one in self.arguments)
        return [Number(Fraction(one)) if isinstance(one, int | float) else one for one in given]


def read_call(
    check: Code,
    scope: Scope,
    occurring: set[str],
    kind: Kind,
    function_of: Callable[[str], CodeFunction],
) -> CodeCall:
    """Return the call that a check is; arguments that mean nothing become variables of the scope.

    Parameters
    ----------
    occurring
        All names in the formula.
    function_of
        Finds a function by its dotted name.

    Raises
    ------
    AnnotationError
        There is no such function, or an argument is not understood.
    """
    try:
        function = function_of(check.symbol)
    except PageError as error:
        raise AnnotationError(str(error)) from None

    def read(text: str) -> Term | float:
        if text.lstrip("-").isdigit():
            return int(text)
        with suppress(ValueError):
            return float(text)
        if text.isidentifier():
            name = _letter(text, check, scope, occurring)
            if not scope.knows(name):
                scope.variables[name] = REAL
            return Symbol(name)
        try:
            term = read_term(tokens(text), kind)
        except (Unreadable, katex.TexError) as error:
            words = f"the argument {text!r} of {check.symbol} is not understood: {error.words}"
            raise AnnotationError(words) from None
        if isinstance(term, Index) and not scope.knows(term.base.name):
            term = Symbol(term.name)  # one number that is called m_{t-1}
        for part in walk(term):
            if (
                isinstance(part, Symbol)
                and not scope.knows(part.name)
                and part.name not in CONSTANTS
            ):
                scope.variables[part.name] = REAL
        return term

    return CodeCall(function, tuple((key, read(one)) for key, one in check.arguments), check.picks)


def _letter(text: str, check: Code, scope: Scope, occurring: set[str]) -> str:
    """Return the letter of a formula that an identifier means."""
    found = spellings(text)
    usual = found[:2][-1]
    found.append(f"\\vec{{{usual}}}")
    name = next(filter(scope.knows, found), None) or next(
        filter(occurring.__contains__, found), None
    )
    base, _, index = usual.partition("_")
    if name is None and index.isdigit() and base in occurring:
        name = usual  # y_0, of a formula with y_{t-1}: where a recurrence begins
    base, _, index = text.partition("_")
    if name is None and index and scope.knows(base):
        name = FAMILY.format(base)  # W_i
    if name is None:
        raise AnnotationError(
            f"the argument {text!r} of {check.symbol} is no letter of this formula; "
            f"expected one, such as {usual}, or declare it by `% where:`"
        )
    family = FAMILY.format(name.partition("_")[0])
    return family if not scope.knows(name) and family in scope.variables else name


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
    """Find out what the left side of an equation is, which is held to a call with arguments.

    Raises
    ------
    Unreadable
        It is neither understood nor a name.
    """
    plain = LeftSide(tuple(found))
    relation = first_relation(found)
    left, rest = found[:relation], found[relation:]
    if not left or any(token.kind in ("comma", "quad") for _, token in outside(left)):
        return plain
    named = _Named(left, scope, kind, arguments)
    try:
        term = read_term(left, kind)
    except Unreadable:
        known = left[0].text in FUNCTIONS.keys() - RANGES.keys()
        if known or not _is_one_factor(left):
            raise
        return named.left_side(tex, rest, NOT_NEGATIVE if left[0].text in BARS else ANYTHING)
    new = definition_of(term, term)
    if not list(scope.strangers(term, frozenset(index_letters(term)))):
        return plain
    if isinstance(term, Apply) and term.operation == "gradient":
        return named.left_side(tex, rest, ANYTHING)
    if new and not _is_fixed(term) and not scope.knows(new[0]):
        named.refuse_strangers(whole=isinstance(term, Call))
        return plain
    within = _range(term)
    if within and _is_one_factor(left):
        return named.left_side(tex, rest, within)
    parts = list(walk(term))
    names = {part.name for part in parts if isinstance(part, Symbol | Index)}
    letters = {name for name in names if not scope.knows(name) and name not in CONSTANTS}
    letters -= {part.base.name for part in parts if isinstance(part, Index)}
    return LeftSide(plain.tokens, letter=letters.pop()) if len(letters) == 1 else plain


def _is_fixed(term: Term) -> bool:
    """Whether a term is the value of a function with a fixed meaning."""
    return isinstance(term, Call) and (term.function in FUNCTIONS or term.function in OF_ARRAYS)


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
        case Apply(operation, (inner, *_)) if operation.startswith(("abs", "norm")):
            return NOT_NEGATIVE if _is_value(inner) else None
        case Apply("element", (Call(function), *_)) if function not in FUNCTIONS:
            return ANYTHING
        case Apply("transpose" | "transpose_letter" | "inner"):
            return ANYTHING
        case Apply("multiply", (Index(), _)):
            return ANYTHING  # F_X(x)
        case Call(function, (inner,)) if function in RANGES:
            return RANGES[function] if _is_value(inner) else None
        case Call():
            return None if _is_fixed(term) else ANYTHING
        case Symbol() | Index():
            return ANYTHING
    return None


def _is_value(term: Term) -> bool:
    """Whether a term is a letter or the value of a function without a fixed meaning."""
    free = isinstance(term, Call) and term.function not in FUNCTIONS
    return free or _range(term) is not None


def _is_one_factor(found: Sequence[Token]) -> bool:
    """Whether tokens are one factor: a letter, a function with its argument, something in bars."""
    first, rest = found[0], found[1:]
    if not rest:
        return first.kind in ("symbol", "word")
    if first.text == "\\nabla":
        return _is_one_factor(rest)
    if first.kind == "bar" or first.text in (*BARS, "\\langle"):
        return _closes(found) == len(found) - 1
    if rest[0].kind == "open" and first.kind in ("symbol", "word"):
        return _closes(rest) == len(rest) - 1
    argument = len(rest) == 1 and rest[0].kind in ARGUMENTS
    return first.kind == "word" and (argument or _is_one_factor(rest))


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
        text = text_of(self._left)
        if first.start is not None and last.end is not None:
            text = tex[first.start : last.end].strip()
        picked = {one.text for token in everything(rest) for one in token.sub}
        sub = last.sub if all(one.text in picked for one in last.sub) else ()
        token = Token("symbol", f"{{{text}}}", first.start, last.end, sub=sub)
        return LeftSide((token, *rest), is_name=True, within=within)

    def refuse_strangers(self, *, whole: bool = False) -> None:
        """Raise an error for an argument that the call does not have: the code gives another value.

        Whole is a left side that is a function applied to letters and no more.
        """
        at = next((n for n, token in enumerate(self._left) if token.kind == "open"), None)
        if at is None or (self._left[0].kind == "word" and whole):
            return
        if at == 0:  # |H(ω)|
            inner = self._left[1:-1]
            if inner and inner[0].kind in ("symbol", "word"):
                _Named(inner, self._scope, self._kind, self._arguments).refuse_strangers()
            return
        inside = self._left[at + 1 : at + _closes(self._left[at:])]
        fixed = next(
            (n for n, t in enumerate(inside) if t.kind == "mid" or t.text == ";"), len(inside)
        )
        for token in inside[fixed:]:
            self._refuse_stranger(token.text, [token])
        names = []
        for part in parted(inside[:fixed], "comma"):
            term = self._read(part)
            names.append(term.name if isinstance(term, Symbol) else "")
            if term is None or term in self._arguments:
                continue
            if isinstance(term, Symbol | Index):
                self._refuse_stranger(term.name, part)
            elif not isinstance(term, Call) or term.function in FUNCTIONS:
                words = f"{spelled(term)} is no argument of the call; expected its letters, as in"
                words = f"{words} f({self._call()}), or a call with this argument"
                raise Unreadable(words, part[0].start, part[-1].end)
        if whole and all(len(n) == 1 and n.islower() and not self._scope.knows(n) for n in names):
            words = f"{names[0]} stands for nothing, and the call does not have it; expected"
            words = f"{words} f({self._call()}), or a letter alone on the left"
            raise Unreadable(words, inside[0].start, inside[-1].end)

    def _refuse_stranger(self, name: str, part: Sequence[Token]) -> None:
        if name in self._scope.variables and name not in self._letters():
            words = f"{name} is no argument of the call; expected f({self._call()})"
            raise Unreadable(words, part[0].start, part[-1].end)

    def _read(self, part: Sequence[Token]) -> Term | None:
        """Return what an argument is, or the right side of X = k; None: a label."""
        relation = first_relation(part)
        with suppress(Unreadable):
            return read_term(part[relation + 1 :] if relation else part, self._kind)
        return None

    def _letters(self) -> set[str]:
        """Return the letters that the call depends on."""
        parts = reached(self._arguments, self._scope.definitions)
        names = {name for part in parts for name in names_in(part)}
        return names | {name.removesuffix(FAMILY.format("")) for name in names}

    def _call(self) -> str:
        return ", ".join(map(spelled, self._arguments))
