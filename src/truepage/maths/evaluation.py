"""Evaluating terms at one point: names, elements, functions, sums, cases, derivatives."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from flint import arb

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
from truepage.maths.integrals import integral
from truepage.maths.jets import UNKNOWN, Scalar
from truepage.maths.linear import (
    OF_ARRAYS,
    OPERATIONS,
    Array,
    Meaningless,
    Scaled,
    Value,
    mapped,
    multiply,
)
from truepage.maths.slopes import Local, Place, derivative_of, prime_of
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
    walk,
)

CONSTANTS = {"e": lambda: arb(1).exp(), "\\pi": arb.pi}

MOST_TERMS = 20_000
"""How many terms the sums and products of one evaluation may have."""

DEEPEST = 60
"""How deep definitions may lead from one to the next."""


class Evaluation:
    """Terms evaluated at one point; what is defined is computed once.

    Parameters
    ----------
    definitions
        What symbols are defined as.
    given
        What symbols are given as numbers.
    fixed
        What holds in place of both: an element, say, while it is varied.
    level
        Number of derivatives that the terms are inside.
    """

    def __init__(
        self,
        definitions: Definitions,
        given: Mapping[str, Value],
        fixed: Mapping[Place, Value] | None = None,
        depth: int = 0,
        level: int = 0,
    ) -> None:
        self.definitions = definitions
        self._given = given
        self._fixed = dict(fixed or {})
        self._memo: dict[Place, Value] = {}
        self._depth = depth
        self.level = level
        self._terms = 0

    def value(self, term: Term, local: Local | None = None) -> Value:
        """Return the value of a term, in which some names may be bound."""
        return _VALUES[type(term)](self, term, local or _NOTHING)

    def scalar(self, term: Term, local: Local | None = None) -> Scalar:
        """Return the value of a term that must be a number."""
        result = self.value(term, local)
        if isinstance(result, np.ndarray):
            raise Meaningless("a vector or matrix stands where a number is expected")
        return result

    def integer(self, term: Term, local: Local | None = None) -> int:
        """Return the value of a term that must be a whole number: an index, a bound."""
        found = self.scalar(term, local)
        number = whole(found)
        if number is None:
            raise Meaningless("an index or a bound is not a whole number")
        return number

    def holds(self, comparison: Comparison, local: Local | None = None) -> bool | None:
        """Whether a chain of relations holds; None: it is not known, or not everywhere."""
        values = [self.scalar(term, local) for term in comparison.terms]
        answers = [
            related(relation, sign(left - right))
            for left, relation, right in zip(
                values[:-1], comparison.relations, values[1:], strict=True
            )
        ]
        if False in answers:
            return False
        return None if None in answers else True

    def _number(self, term: Number, local: Local) -> Value:
        found = self.definitions.whole(term)
        return exact(term.value) if found is None else found

    def _symbol(self, term: Symbol, local: Local) -> Value:
        found = self._named(term.name, local)
        if found is None and term.name == "I":
            return Scaled(arb(1))  # type: ignore[return-value]
        if found is None:
            raise Meaningless(f"{term.name} stands for nothing")
        return found

    def _named(self, name: str, local: Local) -> Value | None:
        """Return what a name stands for, if anything."""
        if name in local:
            return local[name]
        place = (name, ())
        if place in self._fixed:
            return self._fixed[place]
        if name in self._given:
            return self._given[name]
        definition = self.definitions.table.get(name)
        if definition is not None:
            return self._defined(name, definition)
        return CONSTANTS[name]() if name in CONSTANTS else None

    def _defined(self, name: str, definition: Definition) -> Value:
        place = (name, ())
        if place not in self._memo and definition.indexed:
            self._memo[place] = self._all_elements(name, definition)
        if place not in self._memo:
            # A function named without arguments, as in ∂f/∂x: that of its own letters.
            local = {p: self._symbol(Symbol(p), {}) for p in definition.parameters}
            self._memo[place] = self.enter(definition, local)
        return self._memo[place]

    def _all_elements(self, name: str, definition: Definition) -> Value:
        """Return what is defined element by element, as a whole."""
        extents = [self.extent(one, definition.body, {}) for one in definition.parameters]
        array: Array = np.empty(extents, dtype=object)
        for place in np.ndindex(*extents):
            array[place] = self._element(name, tuple(i + 1 for i in place), {})
        return array

    def enter(self, definition: Definition, local: Local) -> Value:
        """Evaluate the body of a definition, which sees its parameters and what is global."""
        if self._depth > DEEPEST:
            raise Meaningless("a definition leads back to itself; declare where it begins")
        self._depth += 1
        try:
            return self.value(definition.body, local)
        finally:
            self._depth -= 1

    def _index(self, term: Index, local: Local) -> Value:
        own = self._named(self.definitions.own_name(term), local)
        if own is not None:
            return own
        return self._element(term.base.name, self._indices(term, local), local)

    def _indices(self, term: Index, local: Local) -> tuple[int, ...]:
        return tuple(self.integer(index, local) for index in term.indices)

    def _element(self, name: str, indices: tuple[int, ...], local: Local) -> Value:
        if (name, indices) in self._fixed:
            return self._fixed[name, indices]
        own = self._named(f"{name}_{','.join(map(str, indices))}", local)
        if own is not None:  # where a recurrence begins, say: y_0
            return own
        definition = self.definitions.table.get(name)
        if name not in local and definition and definition.indexed:
            if len(indices) != len(definition.parameters):
                raise Meaningless(f"{name} has {len(indices)} indices here and others elsewhere")
            if min(indices) < 0:
                raise Meaningless(f"{name} is not declared where it begins")
            if (name, indices) not in self._memo:
                bound: Local = dict(zip(definition.parameters, map(arb, indices), strict=True))
                self._memo[name, indices] = self.enter(definition, bound)
            return self._memo[name, indices]
        array = self._given.get(f"{name}_⋯")  # a family: W_1, …, W_n, beside a W of its own
        if array is None:
            array = self._named(name, local)
        if not isinstance(array, np.ndarray):
            what = "stands for nothing" if array is None else "is a number and has no elements"
            raise Meaningless(f"{name} {what}")
        inside = len(indices) <= array.ndim and all(
            1 <= i <= n for i, n in zip(indices, array.shape, strict=False)
        )
        if not inside:
            which = ", ".join(map(str, indices))
            remedy = "; elements are counted from 1, as in \\sum_{i=1}^{n}" if 0 in indices else ""
            raise Meaningless(f"{name} has no element {which}{remedy}")
        element: Value = array[tuple(i - 1 for i in indices)]
        return element

    def _apply(self, term: Apply, local: Local) -> Value:
        if term.operation == "power" and self._is_euler(term.arguments[0], local):
            return mapped(exponential, self.value(term.arguments[1], local))
        arguments = [self.value(argument, local) for argument in term.arguments]
        return OPERATIONS[term.operation](*arguments)

    def _is_euler(self, base: Term, local: Local) -> bool:
        """Whether a base is Euler's number: e, and no variable of that name."""
        return (
            isinstance(base, Symbol)
            and base.name == "e"
            and "e" not in local
            and "e" not in self._given
            and "e" not in self.definitions.table
        )

    def _call(self, term: Call, local: Local) -> Value:
        if term.order:
            return prime_of(self, term, local)
        given = local.get(term.function, self._given.get(term.function))
        if isinstance(given, np.ndarray):
            places = tuple(self.integer(argument, local) for argument in term.arguments)
            return self._element(term.function, places, local)
        arguments = [self.value(argument, local) for argument in term.arguments]
        return self._applied(term.function, arguments)

    def _applied(self, function: str, arguments: Sequence[Value]) -> Value:
        definition = self.definitions.table.get(function)
        if definition is None:
            if function in OF_ARRAYS and len(arguments) == 1:
                return OF_ARRAYS[function](arguments[0])
            if function not in FUNCTIONS:
                raise Meaningless(f"{function} is no function")
            if function in ("\\max", "\\min") and len(arguments) != 2:
                return self._extreme(function, arguments)
            return mapped(FUNCTIONS[function], *arguments)
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

    def place(self, variable: Symbol | Index, local: Local) -> Place:
        """Return what names a variable: its name, or the name and the indices of an element."""
        if isinstance(variable, Symbol):
            return variable.name, ()
        own = self.definitions.own_name(variable)
        if self._named(own, local) is not None:
            return own, ()
        return variable.base.name, self._indices(variable, local)

    def varied(self, change: Mapping[Place, Value]) -> Self:
        """Return the same inside a derivative: some things are fixed otherwise, none is known."""
        fixed = {**self._fixed, **change}
        for (name, indices), one in change.items():
            array = fixed.get((name, ()), self._given.get(name))
            if indices and isinstance(array, np.ndarray):
                changed = array.copy()  # the array as a whole has the new element, too
                changed[tuple(i - 1 for i in indices)] = one
                fixed[name, ()] = changed
        return type(self)(self.definitions, self._given, fixed, self._depth, self.level + 1)

    def _extreme(self, function: str, arguments: Sequence[Value]) -> Value:
        if len(arguments) == 1 and isinstance(arguments[0], np.ndarray):
            arguments = list(arguments[0].flat)
        result, *others = arguments
        for other in others:
            result = mapped(FUNCTIONS[function], result, other)
        return result

    def _repeated(self, term: Repeated, local: Local) -> Value:
        if term.operation == "integrate":
            return self._integral(term, local)
        if term.lower is None or term.upper is None:
            lower, upper = 1, self.extent(term.index, term.body, local)
        else:
            lower, upper = self.integer(term.lower, local), self.integer(term.upper, local)
        total: Value | None = None
        candidates: list[tuple[int, Value]] = []
        self._terms += max(0, upper - lower + 1)
        if self._terms > MOST_TERMS:
            raise Meaningless(f"its sums and products have more than {MOST_TERMS} terms")
        for place in range(lower, upper + 1):
            one = self.value(term.body, {**local, term.index: arb(place)})
            if term.operation not in ("add", "multiply"):
                candidates.append((place, one))
                continue
            if total is None:
                total = one
            else:
                total = (
                    OPERATIONS["add"](total, one)
                    if term.operation == "add"
                    else multiply(total, one)
                )
        if term.operation not in ("add", "multiply"):
            return extreme_of(term.operation, candidates)
        if total is None:
            return arb(0 if term.operation == "add" else 1)
        return total

    def _integral(self, term: Repeated, local: Local) -> Value:
        lower, upper = term.lower, term.upper
        if lower is None or upper is None:
            raise Meaningless("an integral without ends")
        ends = [self.scalar(lower, local), self.scalar(upper, local)]
        if not all(isinstance(end, arb) for end in ends):
            raise Meaningless("the derivative of an integral by its ends is not computed")
        if any(
            isinstance(part, Repeated) and part.operation == "integrate" for part in walk(term.body)
        ):
            raise Meaningless("an integral inside an integral is not computed")
        if self.definitions.branches(term.body):
            raise Meaningless("an integral over something with branches; part it at each of them")

        def integrand(x: Scalar) -> Scalar:
            return self.scalar(term.body, {**local, term.index: x})

        return integral(integrand, ends[0], ends[1])

    def extent(self, index: str, body: Term, local: Local) -> int:
        """Return how far an index runs that has no bounds: over all elements of what it picks."""
        for part in walk(body):
            match part:
                case Index(Symbol(name), indices) | Call(name, indices):
                    pass
                case _:
                    continue
            for position, one in enumerate(indices):
                if one != Symbol(index):
                    continue
                array = local.get(name, self._given.get(name))
                if isinstance(array, np.ndarray) and position < array.ndim:
                    return int(array.shape[position])
                definition = self.definitions.table.get(name)
                if definition and definition.indexed and position < len(definition.parameters):
                    parameter = definition.parameters[position]
                    return self.extent(parameter, definition.body, {})
        raise Meaningless(f"how far {index} runs is not said")

    def _cases(self, term: Cases, local: Local) -> Value:
        possible: Scalar | None = None
        for body, conditions in term.branches:
            answers = [self.holds(condition, local) for condition in conditions]
            if False in answers:
                continue
            certain = None not in answers
            if certain and possible is None:
                return self.value(body, local)
            branch: Scalar
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
        side = (
            sign(best - one)
            if not (isinstance(best, arb) and isinstance(one, arb))
            else (0 if one.is_exact() and best.is_exact() and one == best else sign(best - one))
        )
        if side is None or side == 0:
            here = arb(place)
            possible = here if possible is None else union(possible, here)
            if side == 0:
                break
    return UNKNOWN if possible is None else possible


def related(relation: str, side: int | None) -> bool | None:
    """Whether a relation holds between two numbers, from the sign of their difference."""
    if side is None:
        return None
    return {
        "=": side == 0,
        "\\ne": side != 0,
        "<": side < 0,
        ">": side > 0,
        "\\le": side <= 0,
        "\\ge": side >= 0,
    }[relation]


_NOTHING: Local = {}
_VALUES: dict[type, Callable[[Evaluation, Any, Local], Value]] = {
    Number: Evaluation._number,
    Symbol: Evaluation._symbol,
    Index: Evaluation._index,
    Apply: Evaluation._apply,
    Call: Evaluation._call,
    Repeated: Evaluation._repeated,
    Comparison: Evaluation._comparison,
    Cases: Evaluation._cases,
    Derivative: derivative_of,
}
