r"""The left side of an equation that is held to code: a name for what the code gives.

Whatever stands there may be a name: ``s^2``, ``x'``, ``L_\\delta(r)``, ``|H(\\omega)|``,
``p(x \\mid \\mu)``. It is one if it is a single factor that stands for nothing so far. A left side
whose letters are all known, such as a derivative of something defined, is compared. In any other,
such as ``1/R``, the one letter that is not known stands for what the code gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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
    letters = {
        part.name
        for part in walk(term)
        if isinstance(part, Symbol | Index) and not _stands_for_something(part, scope)
    }
    applied = isinstance(term, Call) and scope.kind(term.function) is None
    if not letters or (defined(term) and (not isinstance(term, Call) or applied)):
        return plain
    if not any(True for _ in unknown(term, scope, frozenset(_indices(term)))):
        return plain
    if _is_one_factor(left):
        return _named(tex, left, rest)
    names = [one for one in letters if not any(one != other and one in other for other in letters)]
    bases = {part.base.name for part in walk(term) if isinstance(part, Index)}
    names = sorted(letters - bases) or names
    return LeftSide(tuple(found), letter=names[0]) if len(names) == 1 else plain


def _stands_for_something(part: Symbol | Index, scope: Scope) -> bool:
    return scope.knows(part.name) or part.name in CONSTANTS


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
    if first.kind not in ("symbol", "word", "group"):
        return False
    if not rest:
        return True
    if rest[0].kind == "open":
        return _closes(rest) == len(rest) - 1
    return first.kind == "word" and len(rest) == 1 and rest[0].kind in ARGUMENTS


def _closes(found: Sequence[Token]) -> int:
    """Return where the parenthesis that the first token opens is closed."""
    depth = 0
    for at, token in enumerate(found):
        depth += token.kind == "open" or (token.kind == "bar" and at == 0)
        depth -= token.kind == "close" or (token.kind == "bar" and at > 0)
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
