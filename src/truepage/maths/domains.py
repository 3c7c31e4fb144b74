r"""Where a letter takes its values, as in ``p \in (0, 1)`` or ``X \in \mathbb{R}^{n \times d}``."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf

from truepage.maths.notation import Kind, read_term
from truepage.maths.terms import Apply, Index, Number, Symbol, Term
from truepage.maths.tokens import Token, Unreadable

NATURALS = {"\\mathbb{N}", "\\mathbb{Z}"}
REALS = "\\mathbb{R}"
MOST_NUMBERS = 10_000
"""How many numbers a set may have whose middle is left out."""
FARTHEST = 40
"""How far whole numbers are tried: beyond where factorials and powers of 2 leave an integer."""


@dataclass(frozen=True)
class Interval:
    """Numbers from one to another.

    Parameters
    ----------
    low, high
        The ends; ±∞ as floats.
    low_closed, high_closed
        Whether they belong to it.
    """

    low: Fraction | float = -inf
    high: Fraction | float = inf
    low_closed: bool = False
    high_closed: bool = False


@dataclass(frozen=True)
class Finite:
    """A few numbers."""

    values: tuple[Fraction, ...]


@dataclass(frozen=True)
class Whole:
    r"""Whole numbers from one to another, the ends as terms: ``\{1, \dots, K\}``."""

    low: Term
    high: Term


@dataclass(frozen=True)
class Distribution:
    r"""Probabilities of as many outcomes as a size says; none is 0 in ``\Delta_X^+``."""

    size: Symbol
    positive: bool = False


@dataclass(frozen=True)
class Domain:
    """Where a letter takes its values.

    Parameters
    ----------
    of
        Where each number of it lies.
    shape
        The sizes of a vector or matrix: numbers and letters; none for a number.
    """

    of: Interval | Finite | Whole | Distribution = Interval()
    shape: tuple[Term, ...] = ()

    @property
    def sizes(self) -> tuple[str, ...]:
        """Letters that stand for sizes."""
        size = (self.of.size,) if isinstance(self.of, Distribution) else ()
        return tuple(term.name for term in (*self.shape, *size) if isinstance(term, Symbol))


REAL = Domain()


def read_domain(found: Sequence[Token], kind: Kind) -> Domain:
    r"""Return the domain that tokens after ``\in`` are.

    Raises
    ------
    Unreadable
        It is none that is known.
    """
    tokens = list(found)
    while tokens and tokens[-1].kind in ("stop", "comma", "quad"):
        tokens.pop()
    if not tokens:
        raise Unreadable("nothing stands after \\in")
    first, last = tokens[0], tokens[-1]
    if len(tokens) == 1 and first.kind == "symbol":
        return _named(first, kind)
    if first.kind == "open" and last.kind == "close":
        shape = _shape(last.sup, kind)
        inside = tokens[1:-1]
        if first.text == "{":
            return Domain(_set(inside, kind, first), shape)
        if first.text in "([" and last.text in ")]":
            low, high = _ends(inside, kind, first)
            return Domain(Interval(low, high, first.text == "[", last.text == "]"), shape)
    raise Unreadable("this domain is not understood", first.start, last.end)


def _named(token: Token, kind: Kind) -> Domain:
    if token.text == "\\Delta" and len(token.sub) == 1 and token.sub[0].kind == "symbol":
        if token.sup and [one.text for one in token.sup] != ["+"]:
            raise Unreadable("expected \\Delta_X, or \\Delta_X^+", token.start, token.end)
        return Domain(Distribution(Symbol(token.sub[0].text), bool(token.sup)), ())
    shape = _shape(token.sup, kind)
    if token.text in NATURALS and not token.sub:
        low = 1 if token.text == "\\mathbb{N}" else -FARTHEST
        return Domain(Whole(Number(Fraction(low)), Number(Fraction(FARTHEST))), shape)
    if token.text == REALS and not token.sub:
        return Domain(Interval(), shape)
    words = "expected such as \\mathbb{R}, (0, 1), \\{0, 1\\}, \\mathbb{R}^{n \\times d}, \\Delta_X"
    raise Unreadable(f"the domain {token.text} is not known; {words}", token.start, token.end)


def _shape(exponent: Sequence[Token], kind: Kind) -> tuple[Term, ...]:
    parts: list[list[Token]] = [[]] if exponent else []
    for token in exponent:
        if token.text == "\\times":
            parts.append([])
        else:
            parts[-1].append(token)
    read = (read_term(part, kind) for part in parts)
    shape = tuple(Symbol(size.name) if isinstance(size, Index) else size for size in read)
    for size, part in zip(shape, parts, strict=True):
        if not isinstance(size, Number | Symbol):
            raise Unreadable("a size is a number or a letter", part[0].start, part[-1].end)
    return shape


def _set(inside: Sequence[Token], kind: Kind, at: Token) -> Finite | Whole:
    parts = _parts(inside)
    dots = [position for position, part in enumerate(parts) if part[0].kind == "dots"]
    if not dots:
        return Finite(tuple(_number(part, kind) for part in parts))
    words = (
        "this set is not understood; expected such as \\{1, \\dots, n\\} or \\{0, 2, \\dots, 10\\}"
    )
    if len(parts) < 3 or dots != [len(parts) - 2]:
        raise Unreadable(words, at.start)
    terms = [read_term(part, kind) for part in (*parts[:-2], parts[-1])]
    *shown, last = [rational(term) for term in terms]
    numbers = [number for number in shown if number is not None]
    if len(numbers) == len(shown) and last is not None:
        return Finite(_progression([*numbers, last], words, at))
    # The last one is a letter: the size of a vector.
    first = numbers[0] if numbers else Fraction(1, 2)
    if first.denominator != 1 or shown != [first + n for n in range(len(shown))]:
        raise Unreadable(words, at.start)
    return Whole(Number(first), terms[-1])


def _progression(shown: Sequence[Fraction], words: str, at: Token) -> tuple[Fraction, ...]:
    """Return all numbers of a set of which the first ones and the last are written out."""
    first, last = shown[0], shown[-1]
    step = shown[1] - first if len(shown) > 2 else Fraction(1)
    count = (last - first) / step if step else Fraction(-1)
    if count.denominator != 1 or not 0 <= count < MOST_NUMBERS:
        raise Unreadable(words, at.start)
    found = tuple(first + n * step for n in range(int(count) + 1))
    if found[: len(shown) - 1] != tuple(shown[:-1]):
        raise Unreadable(words, at.start)
    return found


def _ends(
    inside: Sequence[Token], kind: Kind, at: Token
) -> tuple[Fraction | float, Fraction | float]:
    parts = _parts(inside)
    if len(parts) != 2:
        raise Unreadable("an interval has two ends", at.start, at.end)
    low, high = (_number(part, kind, infinite=True) for part in parts)
    if not low < high:
        raise Unreadable("the ends of the interval are not in order", at.start, at.end)
    return low, high


def _parts(inside: Sequence[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in inside:
        if token.kind == "comma":
            parts.append([])
        else:
            parts[-1].append(token)
    if not all(parts):
        where = inside[0] if inside else Token("end")
        raise Unreadable("this set is not understood", where.start, where.end)
    return parts


def _number(part: Sequence[Token], kind: Kind, *, infinite: bool = False) -> Fraction:
    """Return the rational number that tokens are, or ±∞ where that may be."""
    signs = [token.text for token in part[:-1]]
    if infinite and part[-1].text == "\\infty" and signs in ([], ["+"], ["-"]):
        return -inf if signs == ["-"] else inf  # type: ignore[return-value]
    found = rational(read_term(part, kind))
    if found is None:
        raise Unreadable("expected a number", part[0].start, part[-1].end)
    return found


def rational(term: Term) -> Fraction | None:
    """Return the number that a term is if it is one written out: 2, −½, 3/4."""
    match term:
        case Number(value):
            return value
        case Apply("negate", (inner,)):
            number = rational(inner)
            return None if number is None else -number
        case Apply("divide", (over, under)):
            left, right = rational(over), rational(under)
            return left / right if left is not None and right else None
    return None
