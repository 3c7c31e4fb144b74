r"""Formulas, read: from the tokens of KaTeX's parse tree to terms and statements.

What mathematicians leave open is decided here, or refused: a letter before parentheses is applied
if it is known as a function and multiplies if it is known as a variable; a sum reaches to the next
plus or minus; ``\log a b`` and ``a / b c`` are errors that ask for parentheses, and ``f^{-1}`` for
another letter. Nothing is guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from truepage.maths.cursor import Kind
from truepage.maths.factors import CONDITIONS
from truepage.maths.reader import Reader
from truepage.maths.terms import Comparison, Index, Symbol, Term, children
from truepage.maths.tokens import Token, Unreadable, tokens

__all__ = [
    "Kind",
    "Reader",
    "Statement",
    "read",
    "read_term",
    "read_tokens",
    "statement_of",
    "unstacked",
]


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
    statements = read_tokens(unstacked(tokens(tex)), kind)
    if not statements:
        raise Unreadable("the formula is empty", 0, len(tex))
    return statements


def read_tokens(found: Sequence[Token], kind: Kind) -> list[Statement]:
    """Return the statements that tokens are.

    Raises
    ------
    Unreadable
        A part is not understood.
    """
    statements: list[Statement] = []
    for part in _parted(found):
        if part[0].kind == "text" and part[0].text in CONDITIONS and statements:
            last = statements.pop()
            conditions = (*last.conditions, *Reader(part[1:], kind).conditions())
            statements.append(Statement(last.terms, last.relations, conditions))
        else:
            statements.append(statement_of(part, kind))
    return statements


def statement_of(found: Sequence[Token], kind: Kind) -> Statement:
    """Return the one statement that tokens are."""
    comparison = Reader(found, kind).comparison()
    first, *others = comparison.terms
    if others and isinstance(first, Index) and _is_label(first, others, kind):
        first = Symbol(first.name)
    return Statement((first, *others), comparison.relations)


def _is_label(first: Index, others: Sequence[Term], kind: Kind) -> bool:
    """Whether the index of the left side is part of its name, as in ``E_A``: no side runs over it.

    An index that something on another side has, or that stands there as a number, is one.
    """
    letters = {one.name for one in first.indices if isinstance(one, Symbol)}
    if len(letters) != len(first.indices) or kind(first.base.name) == "function":
        return False
    return _only_in_names(letters, others, kind)


def _only_in_names(letters: set[str], terms: Sequence[Term], kind: Kind) -> bool:
    """Whether letters occur in such names only as are known with their index."""
    ahead, found = list(terms), False
    while ahead:
        here = ahead.pop()
        if isinstance(here, Index) and kind(here.name) is not None:
            continue
        found = found or (isinstance(here, Symbol) and here.name in letters)
        ahead += children(here)
    return not found


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
            while line and line[0].kind == "quad":
                del line[0]
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
