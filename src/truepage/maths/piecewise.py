"""Functions of one variable that are quotients of polynomials in x and e^(r·x), piece by piece.

`pieces` reads a term into that form. Max, min, |x| and cases are resolved by finding where they
switch: every place must be rational, and every sign between two places must be proved. A term that
is not of this form is not guessed at: `NotPiecewise` is raised.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import lcm

from truepage.maths.quotients import (
    INFINITY,
    End,
    Quotient,
    TooLarge,
    U,
    X,
    inside,
    limit,
    only_rational_roots,
    rational_roots,
    sign_at,
    signs,
)
from truepage.maths.terms import (
    Apply,
    Call,
    Cases,
    Comparison,
    Definition,
    Derivative,
    Index,
    Number,
    Symbol,
    Term,
)

MOST = 60
"""How many places a function may have where pieces meet."""


class NotPiecewise(Exception):  # noqa: N818 (it is an answer)
    """A term is not of this form, as far as can be proved."""


class _OtherRate(Exception):  # noqa: N818
    """The exponentials of a term need another common rate."""


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


def pieces(
    term: Term,
    variable: str,
    numbers: Mapping[str, Fraction],
    definitions: Mapping[str, Definition],
) -> Piecewise:
    """Read a term.

    Parameters
    ----------
    term
        The function's formula.
    variable
        Its variable.
    numbers
        What other letters stand for.
    definitions
        What symbols are defined as.

    Raises
    ------
    NotPiecewise
        It is not of this form.
    """
    rate = Fraction(1)
    for _ in range(6):
        try:
            return _Reader(rate, definitions).variable(term, variable, numbers)
        except _OtherRate as other:
            rate = 1 / Fraction(lcm((1 / rate).numerator, other.args[0].denominator))
        except (RecursionError, TooLarge):
            raise NotPiecewise("it is too large") from None
    raise NotPiecewise("its exponents are too many")


Local = Mapping[str, Piecewise]


class _Reader:
    """Reads terms with exponentials of multiples of one rate."""

    def __init__(self, rate: Fraction, definitions: Mapping[str, Definition]) -> None:
        self._rate = rate
        self._definitions = definitions

    def variable(self, term: Term, variable: str, numbers: Mapping[str, Fraction]) -> Piecewise:
        local = {name: self._constant(number) for name, number in numbers.items()}
        local[variable] = self._whole(Quotient.of(X, 1 + 0 * X, self._rate))
        return self._read(term, local).simple()

    def _whole(self, quotient: Quotient) -> Piecewise:
        return Piecewise((), (quotient,), ())

    def _constant(self, number: Fraction | int) -> Piecewise:
        return self._whole(Quotient.number(number, self._rate))

    def _read(self, term: Term, local: Local) -> Piecewise:
        match term:
            case Number(value):
                return self._constant(value)
            case Symbol(name) if name in local:
                return local[name]
            case Symbol(name) if name in self._definitions:
                definition = self._definitions[name]
                if not definition.indexed and set(definition.parameters) <= local.keys():
                    return self._read(definition.body, local)
            case Apply("power", (Symbol("e"), exponent)) if "e" not in local:
                return self._exponential(self._read(exponent, local))
            case Apply("power", (base, exponent)):
                return self._power(self._read(base, local), self._read(exponent, local))
            case Apply(operation, arguments) if operation in _ARITHMETIC:
                return self._operate(operation, [self._read(one, local) for one in arguments])
            case Call(function, arguments, order):
                return self._call(function, [self._read(one, local) for one in arguments], order)
            case Cases(branches):
                return self._cases(list(branches), local)
            case Derivative(body, Symbol(name), order):
                return self._derivative(body, name, order, local)
        what = {Apply: "operation", Symbol: "name", Index: "base"}.get(type(term), "")
        name = getattr(term, what, type(term).__name__.lower())
        raise NotPiecewise(f"{name} is not made of powers and exponentials of x")

    def _operate(self, operation: str, arguments: list[Piecewise]) -> Piecewise:
        if operation == "abs":
            (one,) = arguments
            negative = combined(Quotient.__neg__, one)
            return chosen(one, {-1: negative, 0: one, 1: one})
        if operation == "divide":
            top, bottom = arguments
            bottom, _, _ = split_by_sign(bottom)
            return combined(lambda a, b: None if b.top.is_zero() else a / b, top,
                            self._without_zeros(bottom))  # fmt: skip
        return combined(_ARITHMETIC[operation], *arguments)

    def _without_zeros(self, function: Piecewise) -> Piecewise:
        """Return a function without a value where it is zero."""
        here = tuple(
            None if value is None or sign_at(value, place) == 0 else value
            for place, value in zip(function.places, function.here, strict=True)
        )
        return Piecewise(function.places, function.pieces, here)

    def _power(self, base: Piecewise, exponent: Piecewise) -> Piecewise:
        (piece,) = exponent.pieces if len(exponent.pieces) == 1 else (None,)
        whole = piece.constant if piece else None
        if whole is None or whole.denominator != 1 or abs(whole) > 40:
            raise NotPiecewise("it has a power that is not a whole number")
        result = self._constant(1)
        for _ in range(abs(int(whole))):
            result = combined(Quotient.__mul__, result, base)
        return result if whole >= 0 else self._operate("divide", [self._constant(1), result])

    def _exponential(self, exponent: Piecewise) -> Piecewise:
        def of_one(one: Quotient) -> Quotient:
            terms = {(int(i), int(j)): c for (i, j), c in one.top.to_dict().items()}
            if not one.bottom.is_constant() or terms.keys() - {(1, 0)}:
                raise NotPiecewise("it has an exponential of something that is no multiple of x")
            slope = Fraction(0)
            if terms:
                ratio = terms[1, 0] / one.bottom[0, 0]
                slope = Fraction(int(ratio.p), int(ratio.q))
            power = slope / self._rate
            if power.denominator != 1:
                raise _OtherRate(slope)
            n = int(power)
            top, bottom = (U**n, 1 + 0 * X) if n >= 0 else (1 + 0 * X, U**-n)
            return Quotient.of(top, bottom, self._rate)

        return combined(of_one, exponent)

    def _call(self, function: str, arguments: list[Piecewise], order: int) -> Piecewise:
        definition = self._definitions.get(function)
        if definition is not None:
            if definition.indexed or len(definition.parameters) != len(arguments):
                raise NotPiecewise(f"{function} is no function of numbers here")
            if order:
                return self._primed(definition, arguments, order)
            return self._read(
                definition.body, dict(zip(definition.parameters, arguments, strict=True))
            )
        if order and len(arguments) == 1:
            known = Definition(("u",), Call(function, (Symbol("u"),)))
            return self._primed(known, arguments, order)
        if function in {"\\max", "\\min"} and len(arguments) >= 2:
            return self._extreme(1 if function == "\\max" else -1, arguments)
        if len(arguments) == 1 and function in {"\\exp", *_HYPERBOLIC}:
            (one,) = arguments
            if function == "\\exp":
                return self._exponential(one)
            up = self._exponential(one)
            down = self._operate("divide", [self._constant(1), up])
            return self._operate("divide", _HYPERBOLIC[function](self, up, down))
        if len(arguments) == 1 and function in {"sgn", "sign"}:
            return chosen(arguments[0], {side: self._constant(side) for side in (-1, 0, 1)})
        raise NotPiecewise(f"{function} is not made of powers and exponentials of x")

    def _extreme(self, side: int, arguments: list[Piecewise]) -> Piecewise:
        result, *others = arguments
        for other in others:
            difference = combined(Quotient.__sub__, result, other)
            result = chosen(difference, {side: result, 0: result, -side: other})
        return result

    def _primed(self, definition: Definition, arguments: list[Piecewise], order: int) -> Piecewise:
        """Return f′(c·x), from the derivative of f by its own variable."""
        (parameter,) = definition.parameters if len(definition.parameters) == 1 else ("",)
        (argument,) = arguments if len(arguments) == 1 else (None,)
        if not parameter or argument is None or argument.places:
            raise NotPiecewise("it has a derivative of another kind")
        inner = argument.pieces[0]
        slope = inner.derivative().constant if inner else None
        if inner is None or not slope:
            raise NotPiecewise("it has a derivative of another kind")
        outer = self._read(definition.body, {parameter: argument})
        for _ in range(order):
            outer = combined(Quotient.__mul__, outer.derivative(), self._constant(1 / slope))
        return outer

    def _derivative(self, body: Term, name: str, order: int, local: Local) -> Piecewise:
        own = local.get(name)
        x = Quotient.of(X, 1 + 0 * X, self._rate)
        if own is None or own.places or own.pieces[0] is None or not own.pieces[0].same(x):
            raise NotPiecewise("it has a derivative of another kind")
        result = self._read(body, local)
        for _ in range(order):
            result = result.derivative()
        return result

    def _cases(
        self, branches: list[tuple[Term, tuple[Comparison, ...]]], local: Local
    ) -> Piecewise:
        """Return the first branch whose conditions hold, place by place."""
        nothing = Piecewise((), (None,), ())
        result = nothing
        for body, conditions in reversed(branches):
            branch = self._read(body, local)
            for condition in conditions:
                branch = self._where(condition, branch, result, local)
            result = branch
        return result

    def _where(
        self, condition: Comparison, then: Piecewise, otherwise: Piecewise, local: Local
    ) -> Piecewise:
        result = then
        sides = [self._read(term, local) for term in condition.terms]
        for left, relation, right in zip(sides[:-1], condition.relations, sides[1:], strict=True):
            holds = _RELATIONS.get(relation)
            if holds is None:
                raise NotPiecewise(f"it has a condition with {relation}")
            difference = combined(Quotient.__sub__, left, right)
            options = {side: result if side in holds else otherwise for side in (-1, 0, 1)}
            result = chosen(difference, options)
        return result


_RELATIONS = {
    "=": {0},
    "\\ne": {-1, 1},
    "<": {-1},
    ">": {1},
    "\\le": {-1, 0},
    "\\ge": {0, 1},
}

_ARITHMETIC: Mapping[str, Each] = {
    "add": Quotient.__add__,
    "subtract": Quotient.__sub__,
    "negate": Quotient.__neg__,
    "multiply": Quotient.__mul__,
    "dot": Quotient.__mul__,
    "divide": Quotient.__truediv__,
    "abs": lambda one: one,  # resolved by its sign
}


def _sum(reader: _Reader, *terms: Piecewise) -> Piecewise:
    return combined(Quotient.__add__, *terms)


_HYPERBOLIC: Mapping[str, Callable[[_Reader, Piecewise, Piecewise], list[Piecewise]]] = {
    "\\sinh": lambda r, up, down: [combined(Quotient.__sub__, up, down), r._constant(2)],
    "\\cosh": lambda r, up, down: [_sum(r, up, down), r._constant(2)],
    "\\tanh": lambda r, up, down: [combined(Quotient.__sub__, up, down), _sum(r, up, down)],
}
