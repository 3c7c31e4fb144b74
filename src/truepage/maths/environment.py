"""What names stand for at one point: numbers, arrays, definitions, and elements of these.

A ball may be as wide as you like; what is evaluated then encloses all values that a term takes on
it. Arrays hold vectors and matrices; a finite set is the number of its elements, and they are
numbered from 1, as all indices are.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Set
from fractions import Fraction
from functools import cached_property
from typing import Any, Self, TypeAlias

import numpy as np
from flint import acb, arb

from truepage.maths.arrays import Array, Meaningless, NoElement, Value
from truepage.maths.functions import exact, whole
from truepage.maths.jets import Scalar
from truepage.maths.linear import OF_ARRAYS, TAKES_ARRAYS
from truepage.maths.terms import (
    IMAGINARY,
    Apply,
    Call,
    Cases,
    Definition,
    Index,
    Repeated,
    Symbol,
    Term,
    element_name,
    names_in,
    reached,
    walk,
)

CONSTANTS: dict[str, Callable[[], Any]] = {
    "e": lambda: arb(1).exp(),
    "\\pi": arb.pi,
    IMAGINARY: lambda: acb(0, 1),
}
KINKS = {"max", "min", "\\max", "\\min", "abs", "sqrt"} | {
    *("norm", "norm_2", "norm_max", "norm_p", "norm_frobenius"),
}
"""Operations and functions whose slope jumps, or is infinite somewhere."""
JUMPS = {"floor", "ceil", "mod", "round", "sgn", "sign", "atan2", "argmax", "argmin"}
"""Operations and functions that jump."""
DEEPEST = 160
"""How deep definitions may lead from one to the next."""
CIRCLE = "a definition leads back to itself; declare where it begins"

Local: TypeAlias = dict[str, Value]
"""Names that are bound, with what they stand for."""
Place: TypeAlias = tuple[str, tuple[int, ...]]
"""A name, and the indices of an element of it."""
NOTHING: Local = {}


class Definitions:
    """Definitions of symbols, and what is known of terms once and for all.

    Parameters
    ----------
    each
        What is done with the value of each part of a term.
    first
        The number of the first element of a vector: 1, or 0 where sums over elements begin there.
    is_complex
        Whether there is an imaginary unit in something that is evaluated.
    """

    def __init__(
        self,
        table: Mapping[str, Definition],
        each: Callable[[Any], Any] | None = None,
        first: int = 1,
        *,
        is_complex: bool = False,
    ) -> None:
        self.table, self.each, self.first = dict(table), each, first
        self.is_complex = is_complex
        self.numbered = frozenset(name.rpartition("_")[0] for name in table if "_" in name)
        self._known: dict[tuple[str, int], tuple[object, Any]] = {}

    def fact(self, kind: str, about: object, find: Callable[[], Any]) -> Any:
        """Return what is known of a term once and for all; it is found the first time."""
        key = (kind, id(about))
        known = self._known.get(key)
        if known is None:  # kept with the term, so that its id is its own
            known = self._known[key] = (about, find())
        return known[1]

    def branches(self, term: Term) -> bool:
        """Tell whether a term, or a definition that it leads to, has branches: max, |x|, cases."""
        return self._has("branches", KINKS | JUMPS, term)

    def bends(self, term: Term) -> bool:
        """Tell whether a term has branches besides roots, which have no slope where they end."""
        return self._has("bends", (KINKS | JUMPS) - {"sqrt"}, term)

    def jumps(self, term: Term) -> bool:
        """Tell whether a term, or a definition that it leads to, may jump."""
        return self._has("jumps", JUMPS, term)

    def _has(self, kind: str, wanted: Set[str], term: Term) -> bool:
        def find() -> bool:
            return any(
                isinstance(part, Cases)
                or (isinstance(part, Repeated | Apply) and part.operation in wanted)
                or names_in(part) & wanted
                for part in reached([term], self.table)
            )

        return bool(self.fact(kind, term, find))

    def takes_arrays(self, definition: Definition, parameter: str) -> bool:
        """Whether a parameter stands for a vector, a distribution, …: it has indices or arguments.

        A function of numbers is applied to an array element by element.
        """

        def is_array(part: Term) -> bool:
            match part:
                case Index(Symbol(name)) | Call(name) if name == parameter:
                    return True
                case Apply(name, arguments) | Call(name, arguments):
                    known = TAKES_ARRAYS if isinstance(part, Apply) else OF_ARRAYS
                    if name in known:
                        return any(Symbol(parameter) in walk(one) for one in arguments)
                    inner = self.table.get(name) if isinstance(part, Call) else None
                    return inner is not None and any(
                        argument == Symbol(parameter) and self.takes_arrays(inner, its)
                        for argument, its in zip(arguments, inner.parameters, strict=False)
                    )
            return False

        def find() -> bool:
            return any(map(is_array, walk(definition.body)))

        return bool(self.fact(f"array {parameter}", definition, find))


class Environment(ABC):
    """What names stand for at one point; what is defined is computed once.

    Parameters
    ----------
    given
        What symbols are given as numbers.
    fixed
        What holds in place of both: an element, say, while it is varied.
    depth, level
        How many definitions, and how many derivatives, led here.
    """

    def __init__(
        self,
        definitions: Definitions,
        given: Mapping[str, Value],
        fixed: Mapping[Place, Value] | None = None,
        depth: int = 0,
        level: int = 0,
    ) -> None:
        self.definitions, self.given, self.level = definitions, given, level
        self._each = definitions.each
        self._fixed, self._depth = dict(fixed or {}), depth
        self._memo: dict[Place, Value] = {}

    @abstractmethod
    def value(self, term: Term, local: Local = NOTHING) -> Value:
        """Return the value of a term, in which some names may be bound."""

    def scalar(self, term: Term, local: Local = NOTHING) -> Scalar:
        """Return the value of a term that must be a number."""
        found = self.value(term, local)
        if isinstance(found, np.ndarray):
            raise Meaningless("a vector or matrix stands where a number is expected")
        return found

    def whole(self, term: Term, local: Local = NOTHING) -> int:
        """Return the value of a term that must be a whole number: an index, a bound."""
        number = whole(self.scalar(term, local))
        if number is None:
            raise Meaningless("an index or a bound is not a whole number")
        return number

    def named(self, name: str) -> Value | None:
        """Return what a name stands for that is not bound, if anything."""
        if self._fixed and (name, ()) in self._fixed:
            return self._fixed[name, ()]
        found = self.given.get(name)
        if found is not None:
            return found
        definition = self.definitions.table.get(name)
        if definition is None:
            return CONSTANTS[name]() if name in CONSTANTS else None
        if (name, ()) not in self._memo:
            self._memo[name, ()] = self._defined(name, definition)
        return self._memo[name, ()]

    def _defined(self, name: str, definition: Definition) -> Value:
        if not definition.indexed:
            # A function named without arguments, as in ∂f/∂x: that of its own letters.
            return self.enter(definition, {p: self.value(Symbol(p)) for p in definition.parameters})
        extents = [self.extent(one, definition.body, {}) for one in definition.parameters]
        array: Array = np.empty(extents, dtype=object)
        for place in np.ndindex(*extents):
            indices = tuple(i + self.definitions.first for i in place)
            array[place] = self.element(name, indices, NOTHING)
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
        family = self.given.get(f"{name}_⋯")  # W_1, …, W_n, beside a W of its own
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
        numbered = {name.rpartition("_")[0] for name in self.given if "_" in name}
        return self.definitions.numbered | numbered if numbered else self.definitions.numbered

    def place(self, variable: Symbol | Index, local: Local) -> Place:
        """Return what names a variable: its name, or the name and the indices of an element."""
        if isinstance(variable, Symbol):
            return variable.name, ()
        if variable.name in local or self.named(variable.name) is not None:
            return variable.name, ()
        return variable.base.name, tuple(self.whole(i, local) for i in variable.indices)

    def varied(self, change: Mapping[Place, Value] | None = None) -> Self:
        """Return the same inside a derivative: some things are fixed otherwise, none is known."""
        fixed = {**self._fixed, **(change or {})}
        for (name, indices), one in (change or {}).items():
            array = fixed.get((name, ()), self.given.get(name))
            if indices and isinstance(array, np.ndarray):
                changed = array.copy()  # the array as a whole has the new element, too
                changed[tuple(i - self.definitions.first for i in indices)] = one
                fixed[name, ()] = changed
        return type(self)(self.definitions, self.given, fixed, self._depth, self.level + 1)

    def extent(self, index: str, body: Term, local: Local) -> int:
        """Return how far an index runs that has no bounds: over all elements of what it picks."""
        picked = self.definitions.fact(f"picked by {index}", body, lambda: _picked(index, body))
        for name, position in picked:
            array = local.get(name, self.given.get(name))
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
                        return self.whole(upper, local)
                    return self.extent(part.index, part.body, local)
        raise Meaningless(f"how far {index} runs is not said")


def _picked(index: str, body: Term) -> list[tuple[str, int]]:
    """Return what an index picks elements of in a term: names, each with the index's position."""
    found = []
    for part in walk(body):
        match part:
            case Index(Symbol(name), indices) | Call(name, indices):
                found += [(name, at) for at, one in enumerate(indices) if one == Symbol(index)]
    return found


def ball(given: Any) -> Any:
    """Return a number, or an array of numbers, as balls; each is exactly that float or fraction."""
    if isinstance(given, np.ndarray) and given.dtype != object:
        balls = np.empty(given.shape, dtype=object)
        for place, number in np.ndenumerate(given):
            balls[place] = ball(number.item())
        return balls
    if isinstance(given, complex):
        return acb(given)
    if isinstance(given, float | np.floating):
        return arb(float(given))
    return exact(given) if isinstance(given, Fraction | int) else given


def numbers(given: Mapping[str, Any]) -> dict[str, Value]:
    """Return what names are given as, as balls."""
    return {name: ball(one) for name, one in given.items() if not isinstance(one, Definition)}
