"""Subscripts, superscripts and bounds, as tokens carry them."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NoReturn, TypeAlias

from truepage.maths.terms import Number, Symbol, Term
from truepage.maths.tokens import Token, Unreadable

Inside: TypeAlias = Callable[[Sequence[Token]], Term]
"""Reads the one term that tokens are."""


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


def bounds(token: Token, inside: Inside) -> list[tuple[str, Term | None, Term | None]]:
    """Return what a sum or product runs over: its indices with their bounds."""

    def refuse() -> NoReturn:
        raise Unreadable(
            f"what {token.text} runs over is not understood; expected i=1 and n, x \\in X, or i",
            token.start,
            token.end,
        )

    sub = token.sub
    if any(one.text == "\\infty" for one in (*sub, *token.sup)):
        words = "has infinitely many terms, whose sum is not computed; give it a last term"
        raise Unreadable(f"{token.text} {words}", token.start, token.end)
    if not sub or sub[0].kind != "symbol" or sub[0].sub or sub[0].sup:
        refuse()
    if len(sub) > 2 and sub[1].text in ("=", "\\in"):
        index, after = sub[0].text, sub[2:]
        if sub[1].text == "=" and token.sup:
            return [(index, inside(after), inside(token.sup))]
        if sub[1].text == "\\in" and not token.sup:
            over = inside(after)
            if isinstance(over, Symbol):
                return [(index, Number(Fraction(1)), over)]
        refuse()
    names = [one for one in sub if one.kind != "comma"]
    if token.sup or any(one.kind != "symbol" or one.sub or one.sup for one in names):
        refuse()
    return [(one.text, None, None) for one in names]
