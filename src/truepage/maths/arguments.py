"""The call in a `% check:`: which function, and what its arguments are in the formula."""

from collections.abc import Callable
from dataclasses import dataclass

from truepage.engine.errors import PageError
from truepage.maths import katex
from truepage.maths.annotation import AnnotationError, Argument, Code
from truepage.maths.calls import Function
from truepage.maths.domains import REAL
from truepage.maths.names import spellings
from truepage.maths.notation import Kind, read_term
from truepage.maths.scope import FAMILY, Scope
from truepage.maths.terms import CONSTANTS, Index, Symbol, Term, walk
from truepage.maths.tokens import Unreadable
from truepage.maths.tree import tokens


@dataclass(frozen=True)
class CodeCall:
    """A call that an equation is held to: the function, and terms for its arguments."""

    function: Function
    arguments: tuple[tuple[str, Term | float], ...]
    picks: tuple[int, ...]


def read_call(
    check: Code,
    scope: Scope,
    occurring: set[str],
    kind: Kind,
    function_of: Callable[[str], Function],
) -> CodeCall:
    """Return the call that a check is, its arguments read; those that mean nothing are variables.

    Parameters
    ----------
    scope
        What letters stand for; the arguments are added to it.
    occurring
        All names in the formula.
    kind
        Tells what a name is known as.
    function_of
        Finds a function by its dotted name.

    Raises
    ------
    AnnotationError
        There is no such function, or an argument is not understood.
    """
    try:
        function = function_of(check.symbol)
    except PageError as error:
        raise AnnotationError(str(error)) from None
    arguments = [
        (argument.keyword, _argument(argument, check, scope, occurring, kind))
        for argument in check.arguments
    ]
    return CodeCall(function, tuple(arguments), check.picks)


def _argument(
    argument: Argument,
    check: Code,
    scope: Scope,
    occurring: set[str],
    kind: Kind,
) -> Term | float:
    text = argument.text
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        pass
    if text.isidentifier():
        candidates = spellings(text)
        usual = candidates[:2][-1]
        vector = f"\\vec{{{usual}}}"
        name = next(
            (one for one in (*candidates, vector) if scope.knows(one)),
            next((one for one in (*candidates, vector) if one in occurring), None),
        )
        if name is None:  # y_0, of a formula with y_{t-1}: where a recurrence begins
            base, _, index = usual.partition("_")
            name = usual if index.isdigit() and base in occurring else None
        if name is None and "_" in text:  # W_i: a family
            base = text.split("_")[0]
            name = FAMILY.format(base) if scope.knows(base) else None
        if name is None:
            raise AnnotationError(
                f"the argument {text!r} of {check.symbol} is no letter of this formula; "
                f"expected one, such as {usual}, or declare it by `% where:`"
            )
        family = FAMILY.format(name.partition("_")[0])
        if not scope.knows(name) and "_" in name and family in scope.variables:
            name = family
        if not scope.knows(name):
            scope.variables[name] = REAL
        return Symbol(name)
    try:
        term = read_term(tokens(text), kind)
    except (Unreadable, katex.TexError) as error:
        raise AnnotationError(
            f"the argument {text!r} of {check.symbol} is not understood: {error.words}"
        ) from None
    if isinstance(term, Index) and not scope.knows(term.base.name):
        scope.variables[term.name] = REAL  # one number that is called m_{t-1}
        return Symbol(term.name)
    for part in walk(term):
        if isinstance(part, Symbol) and not scope.knows(part.name) and part.name not in CONSTANTS:
            scope.variables[part.name] = REAL
    return term
