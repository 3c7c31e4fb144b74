"""Functions of one variable that are quotients of polynomials in x and e^(r·x), piece by piece.

`truepage.maths.pieces` reads a term into that form. Max, min, |x| and cases are resolved by finding
where they switch: every place must be rational, and every sign between two places must be proved.
What is not of this form is not guessed at: `NotPiecewise` is raised.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from truepage.maths.quotients import (
    INFINITY,
    End,
    Quotient,
    inside,
    limit,
    only_rational_roots,
    rational_roots,
    sign_at,
    signs,
)

MOST = 60
"""How many places a function may have where pieces meet."""


class NotPiecewise(Exception):  # noqa: N818 (it is an answer)
    """A term is not of this form, as far as can be proved."""


@dataclass(frozen=True)
class Piecewise:
    """A function that is a quotient between places, and has a value or none at each.

    Parameters
    ----------
    places
        Where pieces meet, in order.
    pieces
        The quotients between them: one more than there are places. None: no value.
    here
        At each place, a quotient that has the function's value there. None: no value.
    """

    places: tuple[Fraction, ...]
    pieces: tuple[Quotient | None, ...]
    here: tuple[Quotient | None, ...]

    def intervals(self) -> list[tuple[End, End, Quotient | None]]:
        """Return the open intervals, each with its quotient."""
        ends: list[End] = [None, *self.places, None]
        return [(a, b, q) for (a, b), q in zip(pairwise(ends), self.pieces, strict=True)]

    def refined(self, places: Iterable[Fraction]) -> "Piecewise":
        """Return the same function with more places."""
        for place in sorted(set(places) - set(self.places)):
            at = sum(own < place for own in self.places)
            piece = self.pieces[at]
            value = None if piece is None or sign_at(piece, place) is None else piece
            self = Piecewise(
                (*self.places[:at], place, *self.places[at:]),
                (*self.pieces[:at], piece, *self.pieces[at:]),
                (*self.here[:at], value, *self.here[at:]),
            )
        if len(self.places) > MOST:
            raise NotPiecewise("it has too many pieces")
        return self

    def simple(self) -> "Piecewise":
        """Return the same function without the places where nothing happens."""
        for at, place in enumerate(self.places):
            left, right, value = self.pieces[at], self.pieces[at + 1], self.here[at]
            if left and right and value and left.same(right) and same_at(left, value, place):
                return Piecewise(
                    (*self.places[:at], *self.places[at + 1 :]),
                    (*self.pieces[:at], *self.pieces[at + 1 :]),
                    (*self.here[:at], *self.here[at + 1 :]),
                ).simple()
        return self

    def one_sided(self, at: int, *, left: bool) -> Quotient | float | None:
        """Return the limit at a place from one side: a quotient with that value there, or ±∞.

        None: it is not known.
        """
        piece, place = self.pieces[at if left else at + 1], self.places[at]
        if piece is None:
            return None
        if sign_at(piece, place) is not None:
            return piece
        over = Quotient(piece.bottom, piece.top, piece.rate)
        if sign_at(over, place) != 0:
            return None
        step = Fraction(1, 1024)
        found = signs(piece, place - step, place) if left else signs(piece, place, place + step)
        return next(iter(found)) * INFINITY if found and len(found) == 1 else None

    def derivative(self) -> "Piecewise":
        """Return the derivative, with a value only where there is one."""
        slopes = tuple(piece.derivative() if piece else None for piece in self.pieces)
        bare = Piecewise(self.places, slopes, tuple(None for _ in self.places))
        here = []
        for at, place in enumerate(self.places):
            left, right = bare.one_sided(at, left=True), bare.one_sided(at, left=False)
            smooth = (
                self.continuous_at(at)
                and isinstance(left, Quotient)
                and isinstance(right, Quotient)
                and same_at(left, right, place)
            )
            here.append(right if smooth and isinstance(right, Quotient) else None)
        return Piecewise(self.places, slopes, tuple(here))

    def continuous_at(self, at: int) -> bool:
        """Tell whether the function has a value at a place, and tends to it from both sides."""
        value, place = self.here[at], self.places[at]
        sides = (self.one_sided(at, left=True), self.one_sided(at, left=False))
        return value is not None and all(
            isinstance(side, Quotient) and same_at(side, value, place) for side in sides
        )

    def mirrored(self) -> "Piecewise":
        """Return the function of −x."""
        return Piecewise(
            tuple(-place for place in reversed(self.places)),
            tuple(piece.mirrored() if piece else None for piece in reversed(self.pieces)),
            tuple(value.mirrored() if value else None for value in reversed(self.here)),
        )

    def limit(self, *, left: bool) -> Fraction | float | None:
        """Return the limit at −∞ (left) or at ∞."""
        piece = self.pieces[0 if left else -1]
        return None if piece is None else limit(piece, left=left)


def same_at(one: Quotient, other: Quotient, place: Fraction) -> bool:
    """Tell whether two quotients have the same value at a place."""
    return sign_at(one - other, place) == 0


def together(functions: Sequence[Piecewise]) -> list[Piecewise]:
    """Return functions with the same places."""
    places = {place for function in functions for place in function.places}
    return [function.refined(places) for function in functions]


Each = Callable[..., Quotient | None]


def combined(operation: Each, *functions: Piecewise) -> Piecewise:
    """Return what an operation on quotients makes of functions, piece by piece."""
    same = together(functions)

    def apply(parts: tuple[Quotient | None, ...]) -> Quotient | None:
        return None if any(part is None for part in parts) else operation(*parts)

    return Piecewise(
        same[0].places,
        tuple(map(apply, zip(*(function.pieces for function in same), strict=True))),
        tuple(map(apply, zip(*(function.here for function in same), strict=True))),
    ).simple()


def split_by_sign(function: Piecewise) -> tuple[Piecewise, list[int | None], list[int | None]]:
    """Return a function refined so that each piece has one sign, with those of pieces and places.

    Raises
    ------
    NotPiecewise
        It cannot be proved.
    """
    roots = set()
    for low, high, piece in function.intervals():
        if piece is None:
            continue
        if not only_rational_roots(piece.top, low, high, piece.rate):
            raise NotPiecewise("where its branches meet is not a rational number")
        roots |= {root for root in rational_roots(piece.top) if inside(root, low, high)}
    function = function.refined(roots)
    of_pieces: list[int | None] = []
    for low, high, piece in function.intervals():
        found = frozenset({None}) if piece is None else signs(piece, low, high)
        if found is None or len(found) != 1:
            raise NotPiecewise("the sign of a part of it is not proved")
        of_pieces.append(next(iter(found)))
    of_places = [
        None if value is None else sign_at(value, place)
        for place, value in zip(function.places, function.here, strict=True)
    ]
    return function, of_pieces, of_places


def chosen(function: Piecewise, options: Mapping[int, Piecewise]) -> Piecewise:
    """Return, where a function has a sign, the option for that sign."""
    function, of_pieces, of_places = split_by_sign(function)
    signed = list(options)
    same = together([function, *options.values()])
    refined, branches = same[0], dict(zip(signed, same[1:], strict=True))
    # Refined once more by the options' places: each new one has the sign of its piece.
    known = dict(zip(function.places, of_places, strict=True))
    piece_signs = [
        of_pieces[sum(low is not None and place <= low for place in function.places)]
        for low, _, _ in refined.intervals()
    ]
    place_signs = [known.get(place, piece_signs[at]) for at, place in enumerate(refined.places)]
    return Piecewise(
        refined.places,
        tuple(
            None if side is None else branches[side].pieces[at]
            for at, side in enumerate(piece_signs)
        ),
        tuple(
            None if side is None else branches[side].here[at] for at, side in enumerate(place_signs)
        ),
    ).simple()
