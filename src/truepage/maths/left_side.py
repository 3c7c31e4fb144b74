r"""The left side of an equation that is held to code: a name for what the code gives.

Whatever stands there may be a name: ``s^2``, ``x'``, ``L_\\delta(r)``, ``|H(\\omega)|``,
``p(x \\mid \\mu)``. It is one if it is a single factor that stands for nothing so far. A left side
whose letters are all known, such as a derivative of something defined, is compared. In any other,
such as ``1/R``, the one letter that is not known stands for what the code gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from truepage.maths.functions import FUNCTIONS
from truepage.maths.letters import CONSTANTS, unknown
from truepage.maths.notation import Kind, Reader
from truepage.maths.scope import Scope, defined
from truepage.maths.terms import Call, Index, Symbol, Term, walk
from truepage.maths.tokens import Token, Unreadable

PARTNERS = {"open": "close", "bar": "bar"}
ARGUMENTS = ("symbol", "word", "number", "fraction")


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
    """

    tokens: tuple[Token, ...]
    letter: str = ""
    is_name: bool = False


def read_left_side(tex: str, found: Sequence[Token], scope: Scope, kind: Kind) -> LeftSide:
    """Find out what the left side of an equation is.

    Raises
    ------
    Unreadable
        It is neither understood nor a name.
    """
    plain = LeftSide(tuple(found))
    relation = next((at for at, token in enumerate(found) if token.kind == "relation"), 0)
    left, rest = found[:relation], found[relation:]
    if not left or any(token.kind in ("comma", "quad") for token in _outside(left)):
        return plain
    try:
        term = Reader(left, kind).whole()
    except Unreadable:
        if not _is_one_factor(left):
            raise
        return _named(tex, left, rest)
    strange = {name for name, _ in unknown(term, scope, frozenset(_indices(term)))}
    new = defined(term)
    known = isinstance(term, Call) and term.function in FUNCTIONS
    if not strange or (new and not known and not scope.knows(new[0])):
        return plain
    if _is_one_factor(left):
        return _named(tex, left, rest)
    names = {
        part.name
        for part in walk(term)
        if isinstance(part, Symbol | Index)
        and not scope.knows(part.name)
        and part.name not in CONSTANTS
    }
    letters = names - {part.base.name for part in walk(term) if isinstance(part, Index)}
    return LeftSide(tuple(found), letter=letters.pop()) if len(letters) == 1 else plain


def _indices(term: Term) -> set[str]:
    return {
        one.name
        for part in walk(term)
        if isinstance(part, Index)
        for index in part.indices
        for one in walk(index)
        if isinstance(one, Symbol)
    }


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
    if first.kind in PARTNERS:
        return bool(rest) and _closes(found) == len(found) - 1
    if first.kind not in ("symbol", "word"):
        return False
    if not rest:
        return True
    if rest[0].kind == "open":
        return _closes(rest) == len(rest) - 1
    return first.kind == "word" and len(rest) == 1 and rest[0].kind in ARGUMENTS


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


def _named(tex: str, left: Sequence[Token], rest: Sequence[Token]) -> LeftSide:
    """Put one token in the place of a left side; its indices stay if they pick elements."""
    first, last = left[0], left[-1]
    text = "".join(token.text for token in left)
    if first.start is not None and last.end is not None:
        text = tex[first.start : last.end].strip()
    picked = {one.text for token in _everything(rest) for one in token.sub}
    sub = last.sub if last.sub and all(one.text in picked for one in last.sub) else ()
    token = Token("symbol", f"{{{text}}}", first.start, last.end, sub=sub)
    return LeftSide((token, *rest), is_name=True)


def _everything(found: Sequence[Token]) -> list[Token]:
    """Return tokens and all that are inside them."""
    every: list[Token] = []
    for token in found:
        inside = [token.sub, token.sup, *token.parts, *(c for row in token.rows for c in row)]
        every += [token, *(one for part in inside for one in _everything(part))]
    return every
