"""A place in a sequence of tokens, and what is to be read from there."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Literal, NoReturn, Self

from truepage.maths.terms import Apply, Comparison, Symbol, Term
from truepage.maths.tokens import PARTNERS, Token, Unreadable

Kind = Callable[[str], Literal["function", "variable", None]]
"""Tells what a name is known as."""

END = Token("end")


class Cursor(ABC):
    r"""Reads one sequence of tokens from left to right.

    Parameters
    ----------
    found
        The tokens.
    kind
        Tells what a name is known as.
    in_bars
        The bar that was opened, ``|`` or ``\|``: the next of its kind closes.
    bound
        Indices that something around runs over.
    """

    def __init__(
        self,
        found: Sequence[Token],
        kind: Kind,
        *,
        in_bars: str = "",
        bound: frozenset[str] = frozenset(),
    ) -> None:
        self._tokens = list(found)
        self._kind = kind
        self._in_bars = in_bars
        self._bound = bound
        self._at = 0

    @abstractmethod
    def sum(self) -> Term:
        """Read terms with plus and minus between them."""

    @abstractmethod
    def product(self) -> Term:
        """Read factors."""

    @abstractmethod
    def comparison(self, *, whole: bool = True) -> Comparison:
        """Read terms and the relations between them; whole: to the end."""

    @abstractmethod
    def conditions(self) -> tuple[Comparison, ...]:
        """Read relations, separated by commas or “and”, to the end."""

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
        if found and found[-1].text == "\\infty" and len(found) < 3 and not found[-1].sup:
            sign = found[0].text if len(found) == 2 else "+"
            if sign in ("+", "-"):
                infinity = Symbol("\\infty")
                return infinity if sign == "+" else Apply("negate", (infinity,))
        return self.inside(found)

    def _of(self, found: Sequence[Token], *, in_bars: str = "") -> Self:
        return type(self)(found, self._kind, in_bars=in_bars, bound=self._bound)

    def _from_here(self, *, in_bars: str) -> Self:
        return self._of(self._tokens[self._at :], in_bars=in_bars)

    @property
    def now(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._at] if self._at < len(self._tokens) else END

    def next(self) -> Token:
        """Take the token that comes next."""
        token = self.now
        self._at += 1
        return token

    def begins_factor(self) -> bool:
        """Whether a factor comes next."""
        kinds = {"number", "symbol", "word", "open", "big", "fraction", "root", "cases"}
        kinds |= {"binomial", "matrix", "determinant"}
        if self.now.kind == "bar":
            return self.now.text != self._in_bars
        return self.now.kind in kinds and self.now.text != "\\infty"

    def expect_end(self) -> None:
        """Refuse whatever comes."""
        if self.now.kind != "end":
            self.refuse(f"{self.now.text or 'a part'} is not expected here")

    def refuse(self, words: str, token: Token | None = None) -> NoReturn:
        """Raise `Unreadable`, at a token or here."""
        token = token or self.now
        if token.start is None:  # a macro's, or the end: show what stands nearest before it
            placed = [one for one in self._tokens[: self._at] if one.start is not None]
            token = placed[-1] if placed else token
        raise Unreadable(words, token.start, token.end)

    def close(self, opening: Token) -> Token:
        """Take the parenthesis that closes another."""
        partner = PARTNERS[opening.text]
        if self.now.kind == "relation":
            self.refuse("a relation stands in parentheses; [x > 0] is understood, as 1 or 0")
        if self.now.kind not in ("close", "bar") or self.now.text != partner:
            self.refuse(f"{opening.text} is not closed", opening)
        return self.next()
