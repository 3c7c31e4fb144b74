r"""The value of a term, in ball arithmetic: a rigorous enclosure, whatever the precision.

Where a term certainly has no value, `Undefined` is raised; NaN means that nothing is known, because
the balls are too wide for the precision.

Examples
--------
>>> from fractions import Fraction
>>> from truepage.maths.terms import Apply, Call, Derivative, Number, Symbol
>>> x = Symbol("x")
>>> relu = Call("\\max", (Number(Fraction(0)), x))
>>> float(value(relu, {"x": 3.5}))
3.5
>>> interval = value(Apply("subtract", (relu, x)), {"x": arb(0, 1)})
>>> interval.contains(arb(0)) and interval.contains(arb(1))
True
>>> float(value(Derivative(Apply("power", (x, Number(Fraction(3)))), x), {"x": 2}))
12.0
>>> value(Derivative(relu, x), {"x": 0})
Traceback (most recent call last):
    ...
truepage.maths.calculus.NoDerivative: the slope is 0 from the left and 1 from the right
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial, reduce
from typing import Any

import numpy as np
from flint import acb, arb

from truepage.maths.arrays import Meaningless, Scaled, Value, mapped
from truepage.maths.calculus import (
    INFINITY,
    derivative_of,
    infinite_sum_of,
    limit_of,
    prime_of,
)
from truepage.maths.environment import NOTHING, Definitions, Environment, Local, numbers
from truepage.maths.functions import FUNCTIONS, NoCase, Undefined, exact, exponential, sign, union
from truepage.maths.integrals import integral_of
from truepage.maths.jets import UNKNOWN, Scalar
from truepage.maths.linear import OF_ARRAYS, OPERATIONS, TAKES_ARRAYS, check_real, multiply
from truepage.maths.terms import (
    Apply,
    Call,
    Cases,
    Comparison,
    Definition,
    Derivative,
    Index,
    Number,
    Repeated,
    Symbol,
    Term,
    rebuilt,
    walk,
)

MOST_TERMS = 20_000
"""How many terms the sums and products of one evaluation may have."""
UNORDERED = "complex numbers are not ordered; compare their sizes, as in |z| < 1"
COMPLEX = "in a formula with complex numbers is not computed; write real and imaginary parts"
WHAT = {"integrate": "an integral", "limit": "a limit", "add": "an infinite sum"}
AVERAGES = {"\\mathbb{E}", "Var"}
APART = {"gradient", "power", "element"}
"""Operations that are more than a function of their operands."""
TOTALS = {"add": OPERATIONS["add"], "multiply": multiply}


class Evaluation(Environment):
    """Terms evaluated at one point."""

    _terms = 0

    def value(self, term: Term, local: Local = NOTHING) -> Value:
        """Return the value of a term, in which some names may be bound."""
        found = _RULES[type(term)](self, term, local)
        return found if self._each is None else self._each(found)

    def holds(self, comparison: Comparison, local: Local = NOTHING) -> bool | None:
        """Tell whether a chain of relations holds; None: it is not known, or not everywhere."""
        values = [self.scalar(term, local) for term in comparison.terms]
        if any(isinstance(one, acb) for one in values):
            raise Meaningless(UNORDERED)
        pairs = zip(values, comparison.relations, values[1:], strict=False)
        answers = [related(relation, sign(left - right)) for left, relation, right in pairs]
        if False in answers:
            return False
        return None if None in answers else True

    def applied(self, function: str, arguments: Sequence[Value]) -> Value:
        """Return the value of a function."""
        definition = self.definitions.table.get(function)
        if definition is None:
            if self.definitions.is_complex:
                check_real(function, arguments)
            if function in OF_ARRAYS and len(arguments) == 1:
                return OF_ARRAYS[function](*arguments)
            if function not in FUNCTIONS:
                raise Meaningless(f"{function} is no function")
            known = FUNCTIONS[function]
            if function in ("\\max", "\\min") and len(arguments) != 2:
                one = arguments[0]
                all_of = (
                    one.flat if len(arguments) == 1 and isinstance(one, np.ndarray) else arguments
                )
                return reduce(partial(mapped, known), all_of)
            return mapped(known, *arguments)
        if len(arguments) != len(definition.parameters):
            raise Meaningless(f"{function} is defined with {len(definition.parameters)} arguments")
        local = dict(zip(definition.parameters, arguments, strict=True))
        arrays = [
            name
            for name, argument in local.items()
            if isinstance(argument, np.ndarray)
            and not self.definitions.takes_arrays(definition, name)
        ]
        if not arrays:
            return self.enter(definition, local)

        def of_one(*elements: Scalar) -> Value:
            return self.enter(definition, {**local, **dict(zip(arrays, elements, strict=True))})

        return mapped(of_one, *(local[name] for name in arrays))

    def _number(self, term: Number, local: Local) -> Value:
        return exact(term.value)

    def _symbol(self, term: Symbol, local: Local) -> Any:
        found = local.get(term.name)
        if found is None:
            found = self.named(term.name)
        if found is None and term.name == "I":
            return Scaled(arb(1))
        if found is None:
            raise Meaningless(f"{term.name} stands for nothing")
        return found

    def _index(self, term: Index, local: Local) -> Value:
        own, digits = self.definitions.fact("index", term, lambda: (term.name, _digits(term)))
        found = local.get(own)
        if found is None:
            found = self.named(own)
        if found is not None:
            return found
        name = term.base.name
        if digits:
            array = local.get(name, self.given.get(name))
            if isinstance(array, np.ndarray) and array.ndim == 2:
                return self.element(name, digits, local)
        return self.element(name, tuple([self.whole(one, local) for one in term.indices]), local)

    def _apply(self, term: Apply, local: Local) -> Value:
        operation, parts = term.operation, term.arguments
        if operation in APART:
            if operation == "gradient":
                gradient = self.definitions.fact("gradient", term, lambda: self._gradient(term))
                return self.value(gradient, local)
            if operation == "power" and self._is_e(parts[0], local):
                return mapped(exponential, self.value(parts[1], local))
            if operation == "element" and self.definitions.first != 1:
                words = "elements of what is computed are counted from 1, and here from 0"
                raise Meaningless(words)
        if len(parts) == 2:  # quickly, and one call less deep
            arguments = [self.value(parts[0], local), self.value(parts[1], local)]
        else:
            arguments = [self.value(one, local) for one in parts]
        if self.definitions.is_complex:
            check_real(operation, arguments)
        return OPERATIONS[operation](*arguments)

    def _is_e(self, term: Term, local: Local) -> bool:
        """Tell whether a term is Euler's number, and no variable of that name."""
        if not (isinstance(term, Symbol) and term.name == "e"):
            return False
        return not any("e" in one for one in (local, self.given, self.definitions.table))

    def _gradient(self, term: Apply) -> Term:
        """Return a gradient: by what stands below it, or by the arguments of what it is of."""
        body, *by = term.arguments
        if not by:
            match body:
                case Call(_, arguments):
                    by = list(arguments)
                case Symbol(name) if name in self.definitions.table:
                    by = [Symbol(one) for one in self.definitions.table[name].parameters]
        slopes = [Derivative(body, one) for one in by if isinstance(one, Symbol | Index)]
        if not by or len(slopes) < len(by):
            words = "by what a gradient is taken is not said; write \\nabla_x f(x)"
            raise Meaningless(words)
        if len(slopes) == 1:
            return slopes[0]
        return Apply("matrix", tuple(Apply("row", (one,)) for one in slopes))

    def _call(self, term: Call, local: Local) -> Value:
        if term.order:
            self._refuse_complex("a derivative")
            return prime_of(self, term, local)
        name = term.function
        if name in AVERAGES and name not in self.definitions.table:
            return self._average(term, local)
        given = local.get(name)
        if given is None:
            given = self.given.get(name)
        if isinstance(given, np.ndarray):
            return self.element(name, tuple([self.whole(i, local) for i in term.arguments]), local)
        return self.applied(name, [self.value(one, local) for one in term.arguments])

    def _refuse_complex(self, what: str) -> None:
        if self.definitions.is_complex:
            raise Meaningless(f"{what} {COMPLEX}")

    def _average(self, term: Call, local: Local) -> Value:
        """Return E or Var of an expression: over the numbers of the samples that stand in it."""
        if len(term.arguments) != 1:
            raise Meaningless("E and Var are of one expression")
        facts: tuple[Term, list[Term], list[str], bool] = self.definitions.fact(
            "average", term, lambda: _parted(term.arguments[0])
        )
        body, averages, names, whole = facts
        known = {
            **local,
            **{_average_name(n): self.value(one, local) for n, one in enumerate(averages)},
        }
        found = {name: known.get(name, self.named(name)) for name in names}
        samples = {name: one for name, one in found.items() if isinstance(one, np.ndarray)}
        average = OF_ARRAYS[term.function]
        if whole or not samples or any(one.ndim > 1 for one in samples.values()):
            return average(self.value(body, known))
        sizes = {len(one) for one in samples.values()}
        if len(sizes) > 1:
            raise Meaningless("E and Var over samples of different sizes")
        values = np.empty(sizes.pop(), dtype=object)
        for at in range(len(values)):
            one = {name: sample[at] for name, sample in samples.items()}
            values[at] = self.scalar(body, {**known, **one})
        return average(values)

    def _repeated(self, term: Repeated, local: Local) -> Any:
        if term.operation not in TOTALS or term.upper == INFINITY:
            self._refuse_complex(WHAT.get(term.operation, "this"))
        if term.operation == "limit":
            return limit_of(self, term, local)
        if term.operation == "integrate":
            return integral_of(self, term, local)
        if term.upper == INFINITY:
            return infinite_sum_of(self, term, local)
        found = list(self._summands(term, local))
        if term.operation not in TOTALS:
            return _extreme(term.operation, found)
        if not found:
            return arb(0 if term.operation == "add" else 1)
        return reduce(TOTALS[term.operation], [one for _, one in found])

    def _summands(self, term: Repeated, local: Local) -> Iterator[tuple[int, Value]]:
        """Yield the values of a sum's body, each with the index's."""
        if term.lower is None or term.upper is None:
            lower = self.definitions.first
            upper = lower + self.extent(term.index, term.body, local) - 1
        else:
            lower, upper = self.whole(term.lower, local), self.whole(term.upper, local)
        self._terms += max(0, upper - lower + 1)
        if self._terms > MOST_TERMS:
            raise Meaningless(f"its sums and products have more than {MOST_TERMS} terms")
        inside = dict(local)
        for place in range(lower, upper + 1):
            inside[term.index] = arb(place)
            states = [self.holds(one, inside) for one in term.conditions]
            if None in states:
                words = "which terms a sum has is not certain; expected a condition on its index"
                raise Meaningless(words)
            if all(states):
                yield place, self.value(term.body, inside)

    def _cases(self, term: Cases, local: Local) -> Value:
        possible: Scalar | None = None
        for body, conditions in term.branches:
            answers = [self.holds(condition, local) for condition in conditions]
            if False in answers:
                continue
            certain = None not in answers
            if certain and possible is None:
                return self.value(body, local)
            try:
                branch = self.scalar(body, local)
            except Undefined:
                branch = UNKNOWN
            possible = branch if possible is None else union(possible, branch)
            if certain:
                return possible
        if possible is None:
            raise NoCase
        return possible

    def _comparison(self, term: Comparison, local: Local) -> Value:
        raise Meaningless("a relation stands where a value is expected")

    def _derivative(self, term: Derivative, local: Local) -> Value:
        self._refuse_complex("a derivative")
        return derivative_of(self, term, local)


_RULES: dict[type, Callable[[Evaluation, Any, Local], Value]] = {
    kind: getattr(Evaluation, f"_{kind.__name__.lower()}")
    for kind in (Number, Symbol, Index, Apply, Call, Repeated, Comparison, Cases, Derivative)
}


def _digits(term: Index) -> tuple[int, ...]:
    """Return the two indices that ``A_{12}`` of a matrix has without a comma between."""
    match term.indices:
        case (Number(value),) if value.denominator == 1 and 11 <= value <= 99:
            return tuple(map(int, str(value)))
    return ()


def _average_name(number: int) -> str:
    return f"average {number}"


def _parted(body: Term) -> tuple[Term, list[Term], list[str], bool]:
    """Return what an average is of with letters for the averages in it: one for all of the sample.

    With it come these averages, the names in the rest, and whether something takes them as arrays.
    """
    averages: list[Term] = []

    def outside(part: Term) -> Term:
        if isinstance(part, Call) and part.function in AVERAGES:
            averages.append(part)
            return Symbol(_average_name(len(averages) - 1))
        return rebuilt(part, outside)

    rest = outside(body)
    names = sorted({part.name for part in walk(rest) if isinstance(part, Symbol)})
    whole = any(isinstance(one, Apply) and one.operation in TAKES_ARRAYS for one in walk(rest))
    return rest, averages, names, whole


def _extreme(operation: str, candidates: Sequence[tuple[int, Any]]) -> Scalar:
    """Return the greatest or least of some numbers, or the first index at which it is."""
    if not candidates:
        raise Undefined
    if any(isinstance(one, np.ndarray) for _, one in candidates):
        raise Meaningless("a maximum or minimum over an index is of numbers")
    better = FUNCTIONS["\\max" if operation.endswith("max") else "\\min"]
    best: Scalar = reduce(better, [one for _, one in candidates])
    if not operation.startswith("arg"):
        return best
    possible: Scalar | None = None
    for place, one in candidates:
        side = sign(best - one)
        if not side:
            possible = arb(place) if possible is None else union(possible, arb(place))
        if side == 0:
            break
    return UNKNOWN if possible is None else possible


def related(relation: str, side: int | None) -> bool | None:
    """Tell whether a relation holds between two numbers, from the sign of their difference."""
    if side is None:
        return None
    signs = {"=": (0,), "\\ne": (-1, 1), "<": (-1,), ">": (1,), "\\le": (-1, 0), "\\ge": (0, 1)}
    return side in signs[relation]


def value(term: Term, env: Mapping[str, Any]) -> Any:
    """Return the value of a term.

    Parameters
    ----------
    env
        What its letters stand for: numbers, balls, arrays, and definitions.

    Raises
    ------
    NoDerivative
        A derivative is taken at exactly a kink or a jump. Over a wide ball a derivative encloses
        the slopes at all points that have one, and at a kink everything between the two; so a
        continuous term is monotone where this has one sign.
    Undefined
        It certainly has none here.
    Meaningless
        It has none anywhere: a letter that stands for nothing, shapes that do not fit.
    """
    definitions = {name: one for name, one in env.items() if isinstance(one, Definition)}
    return Evaluation(Definitions(definitions), numbers(env)).value(term)
