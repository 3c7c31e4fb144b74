"""Terms, read as functions that are known piece by piece (`truepage.maths.piecewise`)."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import lcm

from truepage.maths.piecewise import Each, NotPiecewise, Piecewise, chosen, combined, split_by_sign
from truepage.maths.quotients import Quotient, TooLarge, U, X, sign_at
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


class _OtherRate(Exception):  # noqa: N818
    """The exponentials of a term need another common rate."""


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
