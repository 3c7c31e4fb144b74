"""Terms made into functions of an evaluation: once, for all points at which they are evaluated."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from flint import arb

from truepage.maths.arrays import Meaningless, Scaled, Value, guarded, mapped, multiply
from truepage.maths.definitions import Definitions
from truepage.maths.functions import (
    FUNCTIONS,
    NoCase,
    Undefined,
    exact,
    exponential,
    sign,
    union,
    whole,
)
from truepage.maths.jets import UNKNOWN, Scalar
from truepage.maths.limits import improper_integral, infinite_sum, integral, limit
from truepage.maths.linear import OF_ARRAYS, OPERATIONS, TAKES_ARRAYS
from truepage.maths.slopes import Evaluation, Local, derivative_of, prime_of
from truepage.maths.terms import (
    Apply,
    Call,
    Cases,
    Comparison,
    Derivative,
    Index,
    Number,
    Repeated,
    Symbol,
    Term,
    reached,
    rebuilt,
    walk,
)

COMPLEX = "in a formula with complex numbers is not computed; write real and imaginary parts"
WHAT = {"integrate": "an integral", "limit": "a limit", "add": "an infinite sum"}
AVERAGES = {"\\mathbb{E}", "Var"}
INFINITY = Symbol("\\infty")
MINUS_INFINITY = Apply("negate", (INFINITY,))

Code: TypeAlias = Callable[[Evaluation, Local], Value]
"""A term, made into a function."""


def code_of(definitions: Definitions, term: Term) -> Code:
    """Return a term as a function, the same each time."""
    known = definitions.codes.get(id(term))
    if known is None:
        known = definitions.codes[id(term)] = (term, _code(definitions, term))
    code: Code = known[1]
    return code


def _code(definitions: Definitions, term: Term) -> Code:
    code, each = _MAKERS[type(term)](definitions, term), definitions.each
    return code if each is None else lambda e, local: each(code(e, local))


def _codes(definitions: Definitions, terms: Sequence[Term]) -> list[Code]:
    return [_code(definitions, term) for term in terms]


def _number(definitions: Definitions, term: Number) -> Code:
    value = term.value
    if value.denominator == 1:
        found = arb(int(value))
    elif Fraction(float(value)) == value:
        found = arb(float(value))
    else:
        return lambda e, local: exact(value)  # in the precision of the moment
    return lambda e, local: found


def _symbol(definitions: Definitions, term: Symbol) -> Code:
    name = term.name

    def code(e: Evaluation, local: Local) -> Value:
        found = local.get(name)
        if found is None:
            found = e.named(name)
        if found is None and name == "I":
            return Scaled(arb(1))  # type: ignore[return-value]
        if found is None:
            raise Meaningless(f"{name} stands for nothing")
        return found

    return code


def _index(definitions: Definitions, term: Index) -> Code:
    own, name = term.name, term.base.name
    codes = _codes(definitions, term.indices)
    digits = _digits(term)

    def code(e: Evaluation, local: Local) -> Value:
        found = local.get(own)
        if found is None:
            found = e.named(own)
        if found is not None:
            return found
        if digits:
            array = local.get(name, e.given(name))
            if isinstance(array, np.ndarray) and array.ndim == 2:
                return e.element(name, digits, local)
        return e.element(name, tuple([whole_of(one(e, local)) for one in codes]), local)

    return code


def _digits(term: Index) -> tuple[int, ...]:
    """Return the two indices that ``A_{12}`` of a matrix has without a comma between."""
    match term.indices:
        case (Number(value),) if value.denominator == 1 and 11 <= value <= 99:
            return tuple(map(int, str(value)))
    return ()


def _apply(definitions: Definitions, term: Apply) -> Code:
    if term.operation == "gradient":
        return _gradient(definitions, term)
    if term.operation == "element" and definitions.first != 1:
        return _refusing("elements of what is computed are counted from 1, and here from 0")
    operation = OPERATIONS[term.operation]
    if definitions.is_complex:
        operation = guarded(term.operation, operation)
    codes = _codes(definitions, term.arguments)
    if term.operation == "power":
        return _power(definitions, term, codes)
    if len(codes) == 2:
        left, right = codes
        return lambda e, local: operation(left(e, local), right(e, local))
    return lambda e, local: operation(*[one(e, local) for one in codes])


def _gradient(definitions: Definitions, term: Apply) -> Code:
    """Return a gradient: by what stands below it, or by the arguments of what it is of."""
    body, *by = term.arguments
    if not by:
        match body:
            case Call(_, arguments):
                by = list(arguments)
            case Symbol(name) if name in definitions.table:
                by = [Symbol(one) for one in definitions.table[name].parameters]
        if not by or not all(isinstance(one, Symbol | Index) for one in by):
            return _refusing("by what a gradient is taken is not said; write \\nabla_x f(x)")
    slopes = [Derivative(body, one) for one in by if isinstance(one, Symbol | Index)]
    if len(slopes) == 1:
        return _code(definitions, slopes[0])
    return _code(definitions, Apply("matrix", tuple(Apply("row", (one,)) for one in slopes)))


def _power(definitions: Definitions, term: Apply, codes: Sequence[Code]) -> Code:
    base, exponent = codes
    if term.arguments[0] != Symbol("e") or "e" in definitions.table:
        return lambda e, local: OPERATIONS["power"](base(e, local), exponent(e, local))

    def code(e: Evaluation, local: Local) -> Value:
        if "e" in local or e.given("e") is not None:  # a variable of that name
            return OPERATIONS["power"](base(e, local), exponent(e, local))
        return mapped(exponential, exponent(e, local))

    return code


def _call(definitions: Definitions, term: Call) -> Code:
    if term.order and definitions.is_complex:
        return _refusing(f"a derivative {COMPLEX}")
    if term.order:
        return lambda e, local: prime_of(e, term, local)
    if term.function in AVERAGES and term.function not in definitions.table:
        return _average(definitions, term)
    name, codes = term.function, _codes(definitions, term.arguments)

    def code(e: Evaluation, local: Local) -> Value:
        given = local.get(name)
        if given is None:
            given = e.given(name)
        arguments = [one(e, local) for one in codes]
        if isinstance(given, np.ndarray):
            return e.element(name, tuple(map(whole_of, arguments)), local)
        return e.applied(name, arguments)

    return code


def _average(definitions: Definitions, term: Call) -> Code:
    """Return E or Var of an expression: over the numbers of the samples that stand in it."""
    averages: list[Term] = []

    def outside(part: Term) -> Term:
        if isinstance(part, Call) and part.function in AVERAGES:
            averages.append(part)  # one number for all of the sample
            return Symbol(f"average {len(averages)}")
        return rebuilt(part, outside)

    bodies = [outside(one) for one in term.arguments]
    parts = [part for body in bodies for part in walk(body)]
    names = sorted({part.name for part in parts if isinstance(part, Symbol)})
    whole = any(isinstance(part, Apply) and part.operation in TAKES_ARRAYS for part in parts)
    codes, inner = _codes(definitions, bodies), _codes(definitions, averages)

    def code(e: Evaluation, local: Local) -> Value:
        known = {**local, **{f"average {n}": one(e, local) for n, one in enumerate(inner, 1)}}
        found = {name: known.get(name, e.named(name)) for name in names}
        samples = {name: one for name, one in found.items() if isinstance(one, np.ndarray)}
        if len(codes) != 1:
            raise Meaningless("E and Var are of one expression")
        if whole or not samples or any(one.ndim > 1 for one in samples.values()):
            return OF_ARRAYS[term.function](codes[0](e, known))
        sizes = {len(one) for one in samples.values()}
        if len(sizes) > 1:
            raise Meaningless("E and Var over samples of different sizes")
        values = np.empty(sizes.pop(), dtype=object)
        for at in range(len(values)):
            one = {name: sample[at] for name, sample in samples.items()}
            values[at] = scalar_of(codes[0](e, {**known, **one}))
        return OF_ARRAYS[term.function](values)

    return code


def _repeated(definitions: Definitions, term: Repeated) -> Code:
    if definitions.is_complex and (term.operation not in _TOTALS or term.upper == INFINITY):
        return _refusing(f"{WHAT.get(term.operation, 'this')} {COMPLEX}")
    if term.operation == "limit":
        return _limit(definitions, term)
    if term.operation == "integrate":
        return _integral(definitions, term)
    if term.upper == INFINITY:
        return _infinite_sum(definitions, term)
    operation, index, conditions = term.operation, term.index, term.conditions
    body = _code(definitions, term.body)
    ends = None
    if term.lower is not None and term.upper is not None:
        ends = _codes(definitions, (term.lower, term.upper))

    def code(e: Evaluation, local: Local) -> Value:
        if ends is None:
            lower = definitions.first
            upper = lower + e.extent(index, term.body, local) - 1
        else:
            lower, upper = (whole_of(end(e, local)) for end in ends)
        e.count(upper - lower + 1)
        inside = dict(local)
        found: list[tuple[int, Value]] = []
        for place in range(lower, upper + 1):
            inside[index] = _ball_of(place)
            if all(_certain(e, one, inside) for one in conditions):
                found.append((place, body(e, inside)))
        if operation not in _TOTALS:
            return extreme_of(operation, found)
        if not found:
            return arb(0 if operation == "add" else 1)
        total, *others = [one for _, one in found]
        for one in others:
            total = _TOTALS[operation](total, one)
        return total

    return code


def _certain(e: Evaluation, condition: Comparison, local: Local) -> bool:
    holds = e.holds(condition, local)
    if holds is None:
        raise Meaningless("which terms a sum has is not certain; expected a condition on its index")
    return holds


def _integral(definitions: Definitions, term: Repeated) -> Code:
    if term.lower is None or term.upper is None:
        return _refusing("an integral without ends")
    nested = any(
        isinstance(part, Repeated) and part.operation == "integrate"
        for part in reached([term.body], definitions.table)
    )
    improper = {INFINITY, MINUS_INFINITY} & {term.lower, term.upper}
    if improper and nested:
        return _refusing("an integral to ∞ over another integral is not computed")
    if definitions.bends(term.body):
        return _refusing("an integral over something with branches; part it at each of them")
    body = _code(definitions, term.body)
    codes = _codes(definitions, (term.lower, term.upper))

    ends = (term.lower, term.upper)

    def code(e: Evaluation, local: Local) -> Value:
        within = e.varied({})

        def integrand(x: Scalar) -> Scalar:
            return scalar_of(body(within, {**local, term.index: x}))

        def between(low: Scalar, high: Scalar) -> Scalar:
            return integral(integrand, low, high, within.level, nested=nested)

        lower, upper = (
            arb(0) if end in (INFINITY, MINUS_INFINITY) else scalar_of(one(e, local))
            for end, one in zip(ends, codes, strict=True)
        )
        if not improper:
            return between(lower, upper)
        if e.level or not (isinstance(lower, arb) and isinstance(upper, arb)):
            raise Meaningless("an integral to ∞ inside a derivative or an integral is not computed")

        def known(low: arb, high: arb) -> arb:
            return _number_of(between(low, high), "an integral to ∞")

        total = arb(0)
        # What comes before 0 need not shrink.
        if ends[1] == INFINITY:
            start = lower.max(arb(0))
            total += known(lower, start) + improper_integral(known, start, 1)
        if ends[0] == MINUS_INFINITY:
            start = upper.min(arb(0))
            total += known(start, upper) + improper_integral(known, start, -1)
        return total

    return code


def _infinite_sum(definitions: Definitions, term: Repeated) -> Code:
    if term.operation != "add" or term.lower is None:
        return _refusing("an infinite product, maximum or minimum is not computed")
    lower, body = _codes(definitions, (term.lower, term.body))

    def code(e: Evaluation, local: Local) -> Value:
        def one(n: int) -> arb:
            return _number_of(body(e, {**local, term.index: _ball_of(n)}), "an infinite sum")

        return infinite_sum(one, whole_of(lower(e, local)))

    return code


def _limit(definitions: Definitions, term: Repeated) -> Code:
    place = term.lower
    if place is None:
        return _refusing("a limit without a place")
    far = place in (INFINITY, MINUS_INFINITY)
    sides = (-1,) if place == MINUS_INFINITY else (1,) if far else (1, -1)
    if isinstance(term.upper, Number):  # from one side: 0⁺, 0⁻
        sides = (int(term.upper.value),)
    at = _code(definitions, place)

    def code(e: Evaluation, local: Local) -> Value:
        def function(x: arb) -> arb:
            return _number_of(e.varied({}).value(term.body, {**local, term.index: x}), "a limit")

        return limit(function, None if far else _number_of(at(e, local), "a limit"), sides)

    return code


def _number_of(value: Value, what: str) -> arb:
    if not isinstance(value, arb):
        raise Meaningless(f"{what} of anything but numbers is not computed, nor its derivative")
    return value


def _cases(definitions: Definitions, term: Cases) -> Code:
    branches = [(_code(definitions, body), conditions) for body, conditions in term.branches]

    def code(e: Evaluation, local: Local) -> Value:
        possible: Scalar | None = None
        for body, conditions in branches:
            answers = [e.holds(condition, local) for condition in conditions]
            if False in answers:
                continue
            certain = None not in answers
            if certain and possible is None:
                return body(e, local)
            branch: Scalar
            try:
                branch = scalar_of(body(e, local))
            except Undefined:
                branch = UNKNOWN
            possible = branch if possible is None else union(possible, branch)
            if certain:
                return possible
        if possible is None:
            raise NoCase
        return possible

    return code


def _comparison(definitions: Definitions, term: Comparison) -> Code:
    return _refusing("a relation stands where a value is expected")


def _derivative(definitions: Definitions, term: Derivative) -> Code:
    if definitions.is_complex:
        return _refusing(f"a derivative {COMPLEX}")
    return lambda e, local: derivative_of(e, term, local)


def _refusing(words: str) -> Code:
    def code(e: Evaluation, local: Local) -> Value:
        raise Meaningless(words)

    return code


def scalar_of(value: Value) -> Scalar:
    """Return a value that must be a number."""
    if isinstance(value, np.ndarray):
        raise Meaningless("a vector or matrix stands where a number is expected")
    return value


def whole_of(value: Value) -> int:
    """Return a value that must be a whole number: an index, a bound."""
    number = whole(scalar_of(value))
    if number is None:
        raise Meaningless("an index or a bound is not a whole number")
    return number


@cache
def _ball_of(place: int) -> arb:
    return arb(place)


def extreme_of(operation: str, candidates: list[tuple[int, Value]]) -> Value:
    """Return the greatest or least of some numbers, or the first index at which it is."""
    if not candidates:
        raise Undefined
    if any(isinstance(one, np.ndarray) for _, one in candidates):
        raise Meaningless("a maximum or minimum over an index is of numbers")
    numbers = [(place, one) for place, one in candidates if not isinstance(one, np.ndarray)]
    better = FUNCTIONS["\\max" if operation.endswith("max") else "\\min"]
    best = numbers[0][1]
    for _, one in numbers[1:]:
        best = better(best, one)
    if not operation.startswith("arg"):
        return best
    possible: Scalar | None = None
    for place, one in numbers:
        side = sign(best - one)
        if side is None or side == 0:
            here = arb(place)
            possible = here if possible is None else union(possible, here)
            if side == 0:
                break
    return UNKNOWN if possible is None else possible


_TOTALS = {"add": OPERATIONS["add"], "multiply": multiply}
_MAKERS: dict[type, Callable[[Definitions, Any], Code]] = {
    Number: _number,
    Symbol: _symbol,
    Index: _index,
    Apply: _apply,
    Call: _call,
    Repeated: _repeated,
    Comparison: _comparison,
    Cases: _cases,
    Derivative: _derivative,
}
