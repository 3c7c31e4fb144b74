"""What symbols are defined as, and what is known of these terms once and for all."""

from collections.abc import Callable, Mapping, Set
from typing import Any

from truepage.maths.linear import OF_ARRAYS, TAKES_ARRAYS
from truepage.maths.terms import (
    Apply,
    Call,
    Cases,
    Definition,
    Index,
    Repeated,
    Symbol,
    Term,
    names_in,
    reached,
    walk,
)

KINKS = {"max", "min", "\\max", "\\min", "abs", "sqrt"} | {
    *("norm", "norm_2", "norm_max", "norm_p", "norm_frobenius"),
}
"""Operations and functions whose slope jumps, or is infinite somewhere."""
JUMPS = {"floor", "ceil", "mod", "round", "sgn", "sign", "atan2", "argmax", "argmin"}
"""Operations and functions that jump."""


class Definitions:
    """What symbols are defined as, and what is known of these terms once and for all.

    Parameters
    ----------
    table
        Name → definition.
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
        self.codes: dict[
            int, tuple[object, Any]
        ] = {}  # kept with the term, so that its id is its own
        self._known: dict[tuple[str, int], tuple[object, Any]] = {}

    @classmethod
    def of(cls, env: Mapping[str, object]) -> "Definitions":
        """Return the definitions of an environment."""
        return cls({name: d for name, d in env.items() if isinstance(d, Definition)})

    def fact(self, kind: str, about: object, find: Callable[[], Any]) -> Any:
        """Return what is known of a term once and for all; it is found the first time."""
        key = (kind, id(about))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = (about, find())
        return known[1]

    def branches(self, term: Term) -> bool:
        """Tell whether a term, or a definition that it leads to, has branches: max, |x|, cases."""
        return bool(self.fact("branches", term, lambda: self._has(KINKS | JUMPS, term)))

    def bends(self, term: Term) -> bool:
        """Tell whether a term has branches besides roots, which have no slope where they end."""
        bends = (KINKS | JUMPS) - {"sqrt"}
        return bool(self.fact("bends", term, lambda: self._has(bends, term)))

    def jumps(self, term: Term) -> bool:
        """Tell whether a term, or a definition that it leads to, may jump."""
        return bool(self.fact("jumps", term, lambda: self._has(JUMPS, term)))

    def _has(self, wanted: Set[str], term: Term) -> bool:
        return any(
            isinstance(part, Cases)
            or (isinstance(part, Repeated | Apply) and part.operation in wanted)
            or names_in(part) & wanted
            for part in reached([term], self.table)
        )

    def takes_arrays(self, definition: Definition, parameter: str) -> bool:
        """Whether a parameter stands for a vector, a distribution, …: it has indices or arguments.

        A function of numbers is applied to an array element by element.
        """

        def find() -> bool:
            for part in walk(definition.body):
                match part:
                    case Apply(operation, arguments) if operation in TAKES_ARRAYS:
                        if any(Symbol(parameter) in walk(argument) for argument in arguments):
                            return True
                    case Call(function, arguments) if function in OF_ARRAYS:
                        if any(Symbol(parameter) in walk(argument) for argument in arguments):
                            return True
                    case Index(Symbol(name)) | Call(name):
                        if name == parameter:
                            return True
                    case Call(function, arguments) if function in self.table:
                        inner = self.table[function]
                        for argument, its in zip(arguments, inner.parameters, strict=False):
                            if argument == Symbol(parameter) and self.takes_arrays(inner, its):
                                return True
            return False

        return bool(self.fact(f"array {parameter}", definition, find))
