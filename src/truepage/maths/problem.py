"""An equation with all that its letters stand for: what is to be verified."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from truepage import katex
from truepage.errors import PageError
from truepage.maths.annotation import Annotation, AnnotationError, Argument, Code
from truepage.maths.calls import Function
from truepage.maths.domains import REAL, Distribution
from truepage.maths.equations import Equation
from truepage.maths.functions import FUNCTIONS
from truepage.maths.names import names, spellings
from truepage.maths.notation import Statement, read, read_term, unstacked
from truepage.maths.scope import FAMILY, Scope, declare, defined, heads, items, own_name
from truepage.maths.terms import Call, Definition, Index, Repeated, Symbol, Term, children
from truepage.maths.tokens import Token, Unreadable, tokens

CONSTANTS = {"e", "\\pi"}


@dataclass(frozen=True)
class Known:
    """A definition that an equation of the page or the site gives.

    Parameters
    ----------
    name
        The symbol that is defined.
    definition
        As what.
    scope
        What the letters in it stand for.
    equation
        Where it stands.
    symbol
        The code that it was checked against.
    """

    name: str
    definition: Definition
    scope: Scope
    equation: Equation
    symbol: str


@dataclass
class Context:
    """What an equation may refer to.

    Parameters
    ----------
    page
        Definitions by earlier equations of its page.
    symbols
        The site's table: symbol → the code it stands for.
    meaning
        Gives the site's definition of some code, if an equation is one.
    function
        Finds a function of the project by its dotted name.
    """

    symbols: Mapping[str, str]
    meaning: Callable[[str], Known | None]
    function: Callable[[str], Function]
    page: dict[str, Known] = field(default_factory=dict)


@dataclass(frozen=True)
class CodeCall:
    """A call that an equation is held to: the function, and terms for its arguments."""

    function: Function
    arguments: tuple[tuple[str, Term | float], ...]
    picks: tuple[int, ...]


@dataclass(frozen=True)
class Problem:
    """An equation that was understood.

    Parameters
    ----------
    equation, annotation
        As they stand on the page.
    statements
        What it states.
    scope
        What its letters stand for.
    code
        The call that its first side is held to, if any.
    defines
        Position of each statement whose left side it defines.
    uses
        Definitions of other equations that it refers to.
    """

    equation: Equation
    annotation: Annotation
    statements: tuple[Statement, ...]
    scope: Scope
    code: CodeCall | None
    defines: tuple[int, ...]
    uses: tuple[Known, ...]

    def definitions(self) -> dict[str, Definition]:
        """Return all definitions: those in scope and its own."""
        found = dict(self.scope.definitions)
        for position in self.defines:
            name, definition = _definition(self.statements[position])
            found[name] = definition
        return found

    def known(self) -> Known | None:
        """Return what it defines for the equations after it."""
        if self.code is None or 0 not in self.defines:
            return None
        name, definition = _definition(self.statements[0])
        scope = Scope(dict(self.scope.variables), self.definitions(), list(self.scope.constraints))
        scope.definitions.pop(name)
        return Known(name, definition, scope, self.equation, self.code.function.symbol)

    def free_indices(self) -> tuple[str, ...]:
        """Return indices that nothing binds, in the order of writing: it holds for each."""
        defined_here = Scope(self.scope.variables, self.definitions(), [])
        found: dict[str, None] = {}
        for statement in self.statements:
            for term in statement.terms:
                for name in _free_indices(term, defined_here, frozenset()):
                    found.setdefault(name)
        return tuple(found)


def _definition(statement: Statement) -> tuple[str, Definition]:
    new = defined(statement.terms[0])
    assert new is not None  # noqa: S101 (that is why it is in `defines`)
    name, parameters, indexed = new
    return name, Definition(parameters, statement.terms[1], indexed)


def pose(equation: Equation, annotation: Annotation, context: Context) -> Problem:
    """Find out what every letter of an equation stands for.

    Raises
    ------
    Unreadable, AnnotationError, katex.TexError
        A part is not understood.
    """
    scope, imported = Scope(), _imported(equation, annotation, context)

    def known(name: str) -> Literal["function", "variable", None]:
        for one in imported:
            if name == one.name:
                return (
                    "function"
                    if one.definition.parameters and not one.definition.indexed
                    else "variable"
                )
        kinds = (one.scope.kind(name) for one in imported)
        return next((kind for kind in kinds if kind), None)

    def kind(name: str) -> Literal["function", "variable", None]:
        return scope.kind(name) or known(name)

    declare(scope, annotation.where, known)
    for one in imported:
        own = Scope({}, {one.name: one.definition}, [])
        scope.include(own, f"its definition in line {one.equation.line}")
        scope.include(one.scope, f"{one.name} as defined in line {one.equation.line}")
    occurring = set(_names_in(equation, annotation))
    code = (
        _code(annotation.check, scope, occurring, kind, context)
        if isinstance(annotation.check, Code)
        else None
    )
    statements = tuple(read(equation.tex, kind))
    defines = []
    for position, statement in enumerate(statements):
        new = defined(statement.terms[0]) if len(statement.terms) > 1 else None
        unknown = new is not None and not scope.knows(new[0]) and new[0] not in FUNCTIONS
        first = statement.terms[0]
        if isinstance(first, Index) and scope.knows(first.base.name) and new and not new[2]:
            unknown = False  # y_3 is an element of what is known
        if unknown and (position > 0 or code):
            defines.append(position)
    problem = Problem(
        equation, annotation, statements, scope, code, tuple(defines), tuple(imported)
    )
    _refuse_unknown(problem)
    return problem


def _imported(equation: Equation, annotation: Annotation, context: Context) -> list[Known]:
    """Return the definitions of other equations that this one refers to."""
    local: set[str] = set()
    for line, text in items(annotation.where):
        try:
            local |= {name for name, _ in heads(text)}
        except (Unreadable, katex.TexError) as error:
            raise AnnotationError(f"`% where: {text}`: {error.words}", line) from None
    symbol = annotation.check.symbol if isinstance(annotation.check, Code) else ""
    new = _defined_here(unstacked(tokens(equation.tex))) if symbol else set[str]()
    found: list[Known] = []
    for name in dict.fromkeys(_names_in(equation, annotation)):
        if name in local or any(name == one.name for one in found):
            continue
        if name in context.page and name not in new:
            found.append(context.page[name])
        elif name in context.symbols and not (name in new and context.symbols[name] == symbol):
            meaning = context.meaning(context.symbols[name])
            if meaning is None:
                raise AnnotationError(
                    f"{name} stands for {context.symbols[name]} on this site, and no equation "
                    "defines that: expected one with a plain call of it as its check"
                )
            found.append(
                Known(name, meaning.definition, meaning.scope, meaning.equation, meaning.symbol)
            )
    return found


def _names_in(equation: Equation, annotation: Annotation) -> Iterator[str]:
    yield from names(tokens(equation.tex))
    for line, text in items(annotation.where):
        try:
            yield from names(tokens(text))
        except (Unreadable, katex.TexError) as error:
            raise AnnotationError(f"`% where: {text}`: {error.words}", line) from None


def _defined_here(found: Sequence[Token]) -> set[str]:
    """Return the names that the left side defines if it is a letter, or one with letters."""
    relation = next((at for at, token in enumerate(found) if token.kind == "relation"), 0)
    first = found[0]
    if not relation or first.kind != "symbol" or found[relation].text != "=":
        return set()
    if first.primes or first.sup:
        return set()
    inside = found[2 : relation - 1]
    plain = relation == 1 or (
        found[1].kind == "open" and all(token.kind in ("symbol", "comma") for token in inside)
    )
    if not plain:
        return set()
    element = first.sub and all(token.kind == "number" for token in first.sub)
    return {own_name(first)} if element else {first.text, own_name(first)}


def _code(
    check: Code,
    scope: Scope,
    occurring: set[str],
    kind: Callable[[str], Literal["function", "variable", None]],
    context: Context,
) -> CodeCall:
    try:
        function = context.function(check.symbol)
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
    kind: Callable[[str], Literal["function", "variable", None]],
) -> Term | float:
    text = argument.text
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        pass
    if text.isidentifier():
        candidates = spellings(text)
        name = next(
            (one for one in candidates if scope.knows(one)),
            next((one for one in candidates if one in occurring), None),
        )
        if name is None:  # y_0, of a formula with y_{t-1}: where a recurrence begins
            base, _, index = candidates[-1].partition("_")
            name = candidates[-1] if index.isdigit() and base in occurring else None
        if name is None and "_" in text:  # W_i: a family
            base = text.split("_")[0]
            name = FAMILY.format(base) if scope.knows(base) else None
        if name is None:
            raise AnnotationError(
                f"the argument {text!r} of {check.symbol} is no letter of this formula; "
                f"expected one, such as {candidates[-1]}, or declare it by `% where:`"
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
    for part in _all(term):
        if isinstance(part, Symbol) and not scope.knows(part.name) and part.name not in CONSTANTS:
            scope.variables[part.name] = REAL
    return term


def _all(term: Term) -> Iterator[Term]:
    yield term
    for child in children(term):
        yield from _all(child)


def _free_indices(term: Term, scope: Scope, bound: frozenset[str]) -> Iterator[str]:
    """Yield letters in indices that stand for nothing: the equation holds for each of them."""
    if isinstance(term, Index):
        if scope.knows(term.name):
            return
        for index in term.indices:
            yield from _letters(index, scope, bound)
    elif isinstance(term, Call) and _is_distribution(term.function, scope):
        for argument in term.arguments:
            yield from _letters(argument, scope, bound)
    elif isinstance(term, Repeated):
        bound = bound | {term.index}
    for child in children(term):
        yield from _free_indices(child, scope, bound)


def _letters(index: Term, scope: Scope, bound: frozenset[str]) -> Iterator[str]:
    for part in _all(index):
        if isinstance(part, Symbol) and part.name not in bound and not scope.knows(part.name):
            yield part.name


def _is_distribution(name: str, scope: Scope) -> bool:
    domain = scope.variables.get(name)
    return domain is not None and isinstance(domain.of, Distribution)


def _refuse_unknown(problem: Problem) -> None:
    """Raise an error for the first letter that stands for nothing."""
    scope = Scope(problem.scope.variables, problem.definitions(), [])
    free = frozenset(problem.free_indices())
    for statement in problem.statements:
        parameters = frozenset[str]()
        new = defined(statement.terms[0])
        if problem.statements.index(statement) in problem.defines and new:
            parameters = frozenset(new[1])
        terms = [*statement.terms, *(t for c in statement.conditions for t in c.terms)]
        for term in terms:
            for name, function in _unknown(term, scope, free | parameters):
                _refuse(problem.equation.tex, name, function)
    for name, definition in scope.definitions.items():
        for unknown, function in _unknown(
            definition.body, scope, free | frozenset(definition.parameters)
        ):
            raise AnnotationError(
                f"in the definition of {name}, {unknown} stands for nothing; "
                + _remedy(unknown, function)
            )


def _unknown(term: Term, scope: Scope, bound: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """Yield names that stand for nothing, and whether they are applied like functions."""
    match term:
        case Symbol(name):
            if name not in bound and not scope.knows(name) and name not in CONSTANTS:
                yield name, False
            return
        case Index(base, indices):
            if not scope.knows(term.name) and base.name not in bound:
                if not scope.knows(base.name):
                    yield base.name, False
                for index in indices:
                    yield from _unknown(index, scope, bound)
            return
        case Call(function) if not (
            function in FUNCTIONS or scope.knows(function) or function in bound
        ):
            yield function, True
        case Repeated():
            for bounds in (term.lower, term.upper):
                if bounds is not None:
                    yield from _unknown(bounds, scope, bound)
            yield from _unknown(term.body, scope, bound | {term.index})
            return
    for child in children(term):
        yield from _unknown(child, scope, bound)


def _remedy(name: str, function: bool) -> str:
    if function:
        return (
            f"declare it as a function, `% where: {name}(u) = …`, or as a variable that "
            f"multiplies, `% where: {name} \\in \\mathbb{{R}}`"
        )
    return f"declare it: `% where: {name} \\in \\mathbb{{R}}`, or `{name} = …`"


def _refuse(tex: str, name: str, function: bool) -> None:
    bare = name.removesuffix("}").split("{")[-1] if name not in tex else name
    start = tex.find(bare)
    place = (start, start + len(bare)) if start >= 0 else (None, None)
    raise Unreadable(f"{name} stands for nothing here; {_remedy(name, function)}", *place)
