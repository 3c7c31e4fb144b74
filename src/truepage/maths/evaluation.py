"""Evaluating terms at one point: names, elements, functions, sums, cases, derivatives."""

from collections.abc import Callable, Mapping, Sequence, Set
from functools import cached_property, partial
from typing import Any, Self

import numpy as np
from flint import acb, arb

from truepage.maths.arrays import Array, Meaningless, NoElement, Value, guarded, mapped
from truepage.maths.codes import code_of, scalar_of, whole_of
from truepage.maths.definitions import Definitions
from truepage.maths.functions import (
    FUNCTIONS,
    sign,
)
from truepage.maths.jets import Scalar
from truepage.maths.linear import OF_ARRAYS
from truepage.maths.slopes import Local, Place
from truepage.maths.terms import (
    IMAGINARY,
    Apply,
    Call,
    Comparison,
    Definition,
    Index,
    Repeated,
    Symbol,
    Term,
    element_name,
    walk,
)

CONSTANTS: dict[str, Callable[[], Any]] = {
    "e": lambda: arb(1).exp(),
    "\\pi": arb.pi,
    IMAGINARY: lambda: acb(0, 1),
}

MOST_TERMS = 20_000
"""How many terms the sums and products of one evaluation may have."""

UNORDERED = "complex numbers are not ordered; compare their sizes, as in |z| < 1"
CIRCLE = "a definition leads back to itself; declare where it begins"

DEEPEST = 160
"""How deep definitions may lead from one to the next."""

_NOTHING: Local = {}


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
        self.level = level
        self._given = given
        self._fixed = dict(fixed or {})
        self._memo: dict[Place, Value] = {}
        self._depth = depth
        self._terms = 0

    def value(self, term: Term, local: Local | None = None) -> Value:
        """Return the value of a term, in which some names may be bound."""
        return code_of(self.definitions, term)(self, local or _NOTHING)

    def scalar(self, term: Term, local: Local | None = None) -> Scalar:
        """Return the value of a term that must be a number."""
        return scalar_of(self.value(term, local))

    def holds(self, comparison: Comparison, local: Local | None = None) -> bool | None:
        """Tell whether a chain of relations holds; None: it is not known, or not everywhere."""
        values = [self.scalar(term, local) for term in comparison.terms]
        if any(isinstance(one, acb) for one in values):
            raise Meaningless(UNORDERED)
        answers = [
            related(relation, sign(left - right))
            for left, relation, right in zip(
                values[:-1], comparison.relations, values[1:], strict=True
            )
        ]
        if False in answers:
            return False
        return None if None in answers else True

    def named(self, name: str) -> Value | None:
        """Return what a name stands for that is not bound, if anything."""
        if self._fixed and (name, ()) in self._fixed:
            return self._fixed[name, ()]
        found = self._given.get(name)
        if found is not None:
            return found
        definition = self.definitions.table.get(name)
        if definition is not None:
            return self._defined(name, definition)
        return CONSTANTS[name]() if name in CONSTANTS else None

    def given(self, name: str) -> Value | None:
        """Return what a name is given as."""
        return self._given.get(name)

    def _defined(self, name: str, definition: Definition) -> Value:
        place = (name, ())
        if place not in self._memo and definition.indexed:
            self._memo[place] = self._all_elements(name, definition)
        if place not in self._memo:
            # A function named without arguments, as in ∂f/∂x: that of its own letters.
            local = {p: self.value(Symbol(p)) for p in definition.parameters}
            self._memo[place] = self.enter(definition, local)
        return self._memo[place]

    def _all_elements(self, name: str, definition: Definition) -> Value:
        """Return what is defined element by element, as a whole."""
        extents = [self.extent(one, definition.body, {}) for one in definition.parameters]
        array: Array = np.empty(extents, dtype=object)
        for place in np.ndindex(*extents):
            array[place] = self.element(name, self._numbers(place), _NOTHING)
        return array

    def enter(self, definition: Definition, local: Local) -> Value:
        """Evaluate the body of a definition, which sees its parameters and what is global."""
        if self._depth > DEEPEST:
            raise Meaningless(CIRCLE)
        self._depth += 1
        try:
            return self.value(definition.body, local)
        except RecursionError:
            raise Meaningless(CIRCLE) from None
        finally:
            self._depth -= 1

    def element(self, name: str, indices: tuple[int, ...], local: Local) -> Value:
        """Return an element of a vector or matrix, or of what is defined element by element."""
        if self._fixed and (name, indices) in self._fixed:
            return self._fixed[name, indices]
        if name in self._numbered:
            own = self.named(element_name(name, map(str, indices)))
            if own is not None:
                return own
        array = local.get(name)
        definition = self.definitions.table.get(name)
        if array is None and definition and definition.indexed:
            if len(indices) != len(definition.parameters):
                raise Meaningless(f"{name} has {len(indices)} indices here and others elsewhere")
            if min(indices) < 0:
                raise Meaningless(f"{name} is not declared where it begins")
            if (name, indices) not in self._memo:
                bound: Local = dict(zip(definition.parameters, map(arb, indices), strict=True))
                self._memo[name, indices] = self.enter(definition, bound)
            return self._memo[name, indices]
        family = self._given.get(f"{name}_⋯")  # W_1, …, W_n, beside a W of its own
        if family is not None:
            array = family
        elif array is None:
            array = self.named(name)
        if not isinstance(array, np.ndarray):
            what = "stands for nothing" if array is None else "is a number and has no elements"
            raise Meaningless(f"{name} {what}")
        first = self.definitions.first
        places = tuple([i - first for i in indices])
        beyond = [i for i, n in zip(places, array.shape, strict=False) if not 0 <= i < n]
        if beyond or len(places) > array.ndim:
            which = ", ".join(map(str, indices))
            remedy = "; elements are counted from 1, as in \\sum_{i=1}^{n}" if 0 in indices else ""
            if first == 0:
                remedy = "; elements are counted from 0 here, as a sum over them begins there"
            raise NoElement(f"{name} has no element {which}{remedy}")
        found: Value = array[places]
        return found

    @cached_property
    def _numbered(self) -> Set[str]:
        """Names of which an element may have one of its own: where a recurrence begins, y_0."""
        numbered = {name.rpartition("_")[0] for name in self._given if "_" in name}
        return self.definitions.numbered | numbered if numbered else self.definitions.numbered

    def _numbers(self, place: Sequence[int]) -> tuple[int, ...]:
        """Return the indices that an element has whose place is counted from 0."""
        return tuple(i + self.definitions.first for i in place)

    def applied(self, function: str, arguments: Sequence[Value]) -> Value:
        """Return the value of a function."""
        definition = self.definitions.table.get(function)
        if definition is None:
            if function in OF_ARRAYS and len(arguments) == 1:
                known = OF_ARRAYS[function]
            elif function not in FUNCTIONS:
                raise Meaningless(f"{function} is no function")
            elif function in ("\\max", "\\min") and len(arguments) != 2:
                known = partial(_extreme, function)
            else:
                known = partial(mapped, FUNCTIONS[function])
            return (guarded(function, known) if self.definitions.is_complex else known)(*arguments)
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
        if variable.name in local or self.named(variable.name) is not None:
            return variable.name, ()
        return variable.base.name, tuple(whole_of(self.value(i, local)) for i in variable.indices)

    def varied(self, change: Mapping[Place, Value]) -> Self:
        """Return the same inside a derivative: some things are fixed otherwise, none is known."""
        fixed = {**self._fixed, **change}
        for (name, indices), one in change.items():
            array = fixed.get((name, ()), self._given.get(name))
            if indices and isinstance(array, np.ndarray):
                changed = array.copy()  # the array as a whole has the new element, too
                changed[tuple(i - self.definitions.first for i in indices)] = one
                fixed[name, ()] = changed
        return type(self)(self.definitions, self._given, fixed, self._depth, self.level + 1)

    def count(self, terms: int) -> None:
        """Count the terms of sums and products; too many are refused."""
        self._terms += max(0, terms)
        if self._terms > MOST_TERMS:
            raise Meaningless(f"its sums and products have more than {MOST_TERMS} terms")

    def extent(self, index: str, body: Term, local: Local) -> int:
        """Return how far an index runs that has no bounds: over all elements of what it picks."""
        picked = self.definitions.fact(f"picked by {index}", body, lambda: _picked(index, body))
        for name, position in picked:
            array = local.get(name, self._given.get(name))
            if isinstance(array, np.ndarray) and position < array.ndim:
                return int(array.shape[position])
            definition = self.definitions.table.get(name)
            if definition and definition.indexed and position < len(definition.parameters):
                return self.extent(definition.parameters[position], definition.body, {})
        for part in walk(body):
            match part:
                case Apply("element", (inner, *places)) if Symbol(index) in places:
                    array = self.value(inner, local)
                    if isinstance(array, np.ndarray) and len(places) <= array.ndim:
                        return int(array.shape[places.index(Symbol(index))])
                case Repeated(upper=upper, conditions=conditions) if any(
                    Symbol(index) in walk(one) for one in conditions
                ):  # k of Σ_{i ≠ k}
                    if upper is not None:
                        return whole_of(self.value(upper, local))
                    return self.extent(part.index, part.body, local)
        raise Meaningless(f"how far {index} runs is not said")


def _extreme(function: str, *arguments: Value) -> Value:
    if len(arguments) == 1 and isinstance(arguments[0], np.ndarray):
        arguments = tuple(arguments[0].flat)
    result, *others = arguments
    for other in others:
        result = mapped(FUNCTIONS[function], result, other)
    return result


def _picked(index: str, body: Term) -> list[tuple[str, int]]:
    """Return what an index picks elements of in a term: names, each with the index's position."""
    found = []
    for part in walk(body):
        match part:
            case Index(Symbol(name), indices) | Call(name, indices):
                found += [(name, at) for at, one in enumerate(indices) if one == Symbol(index)]
    return found


def related(relation: str, side: int | None) -> bool | None:
    """Tell whether a relation holds between two numbers, from the sign of their difference."""
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
