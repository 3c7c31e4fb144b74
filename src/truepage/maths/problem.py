"""An equation with all that its letters stand for: what is to be verified."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from truepage.maths.annotation import Annotation, AnnotationError, Code, Equation
from truepage.maths.arguments import CodeCall, read_call
from truepage.maths.calls import Function
from truepage.maths.environment import JUMPS
from truepage.maths.functions import FUNCTIONS
from truepage.maths.left_side import ANYTHING, LeftSide, Range, read_left_side
from truepage.maths.names import free_indices, imaginary_units, names, remedy, unknown
from truepage.maths.notation import Statement, read_tokens, unstacked
from truepage.maths.scope import (
    Declaration,
    Scope,
    declarations,
    declare,
    defined,
    first_element,
    implied_vectors,
    own_name,
)
from truepage.maths.spelling import spelled
from truepage.maths.terms import (
    IMAGINARY,
    Call,
    Comparison,
    Definition,
    Index,
    Number,
    Term,
    names_in,
    reached,
    rebuilt,
)
from truepage.maths.tokens import Token, Unreadable, first_relation, renamed
from truepage.maths.tree import tokens


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
    letter
        The letter of the left side that stands for what the code gives, if one does.
    is_name
        Whether the left side is a name that no other equation can use.
    within
        Where what it names must lie.
    first
        The number of the first element of a vector.
    """

    equation: Equation
    annotation: Annotation
    statements: tuple[Statement, ...]
    scope: Scope
    code: CodeCall | None
    defines: tuple[int, ...]
    uses: tuple[Known, ...]
    letter: str = ""
    is_name: bool = False
    within: Range = ANYTHING
    first: int = 1

    def definitions(self) -> dict[str, Definition]:
        """Return all definitions: those in scope and its own."""
        found = dict(self.scope.definitions)
        for position in self.defines:
            name, definition = _definition(self.statements[position])
            found[name] = definition
        return found

    def known(self) -> Known | None:
        """Return what it defines for the equations after it."""
        refuted = self.annotation.refuted is not None
        if self.code is None or 0 not in self.defines or self.is_name or refuted:
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
                for name in free_indices(term, defined_here, frozenset()):
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
    written, declared = _with_imaginary_unit(
        tokens(equation.tex), declarations(annotation.where), annotation.check, context
    )
    scope, imported = Scope(), _imported(written, annotation, declared, context)

    brought = [Scope({}, {one.name: one.definition}, []) for one in imported]
    brought += [one.scope for one in imported]

    def known(name: str) -> Literal["function", "variable", None]:
        kinds = (one.kind(name) for one in brought)
        return next((kind for kind in kinds if kind), None)

    def kind(name: str) -> Literal["function", "variable", None]:
        return scope.kind(name) or known(name)

    declare(scope, declared, known)
    for one in imported:
        own = Scope({}, {one.name: one.definition}, [])
        scope.include(own, f"its definition in line {one.equation.line}")
        scope.include(one.scope, f"{one.name} as defined in line {one.equation.line}")
    occurring = set(_names_in(written, declared))
    code = (
        read_call(annotation.check, scope, occurring, kind, context.function)
        if isinstance(annotation.check, Code)
        else None
    )
    left = LeftSide(tuple(unstacked(written)))
    if code:
        left = read_left_side(
            equation.tex, left.tokens, scope, kind, [_as_term(one) for _, one in code.arguments]
        )
    statements = tuple(_exact_thresholds(one) for one in read_tokens(left.tokens, kind))
    _refuse_unrelated(statements, equation.tex, code is not None)
    scope.definitions = {
        name: replace(one, body=_of_code(one.body)) for name, one in scope.definitions.items()
    }
    with_domain = {name for one in declared for name, _ in one.heads()}
    for statement in statements:
        for term in statement.terms:
            scope.variables.update(implied_vectors(term, scope, {}, with_domain))
    defines = tuple(
        position
        for position, statement in enumerate(statements)
        if (position > 0 or code) and _defines(statement, scope, position)
    )
    problem = Problem(
        equation,
        annotation,
        statements,
        scope,
        code,
        defines,
        tuple(imported),
        left.letter,
        left.is_name,
        left.within,
        first_element(statements, scope),
    )
    _refuse_unknown(problem)
    _refuse_unused(problem)
    return problem


def _with_imaginary_unit(
    written: tuple[Token, ...],
    declared: list[Declaration],
    check: Code | str | None,
    context: Context,
) -> tuple[tuple[Token, ...], list[Declaration]]:
    """Return a formula and what is declared beside it with a name of its own for i or j."""
    taken = {name for one in declared for name, _ in one.heads()}
    taken |= {*context.page, *context.symbols}
    if isinstance(check, Code):
        taken |= {word for one in check.arguments for word in re.findall(r"\w+", one.text)}
    found = [*written, *(token for one in declared for token in (*one.tokens, Token("quad")))]
    for unit in imaginary_units(found, taken):
        written = renamed(written, unit, IMAGINARY)
        declared = [replace(one, tokens=renamed(one.tokens, unit, IMAGINARY)) for one in declared]
    return written, declared


def _as_term(argument: Term | float) -> Term:
    return Number(Fraction(argument)) if isinstance(argument, int | float) else argument


def _exact_thresholds(statement: Statement) -> Statement:
    return replace(statement, terms=tuple(map(_exact, statement.terms)))


def _exact(term: Term) -> Term:
    r"""Return a term with the floats that code has for the decimals where it may jump.

    In ``x \ge 0.3`` the code compares with the float next to 0.3, and so does the formula.
    """

    def of_float(part: Term) -> Term:
        if isinstance(part, Number) and part.decimals:
            return Number(Fraction(float(part.value)), part.decimals)
        return rebuilt(part, of_float)

    name = getattr(term, "operation", getattr(term, "function", ""))
    decides = isinstance(term, Comparison) or name in JUMPS | {"abs"}
    return of_float(term) if decides else rebuilt(term, _exact)


def _of_code(body: Term) -> Term:
    """Return the body of a definition as code has it: a decimal by itself is a float."""
    if isinstance(body, Number) and body.decimals:
        return Number(Fraction(float(body.value)), body.decimals)
    return _exact(body)


def _refuse_unrelated(statements: Sequence[Statement], tex: str, code: bool) -> None:
    """Raise an error for a statement that states nothing that can be compared."""
    if not statements:
        raise Unreadable("the formula is empty", 0, len(tex))
    for position, statement in enumerate(statements):
        if "\\in" in statement.relations:
            raise Unreadable("∈ is compared nowhere; expected it in a `% where:` line")
        if not statement.relations and (position or not code):
            raise Unreadable(
                f"`{spelled(statement.terms[0])}` states nothing; expected a relation such as ="
            )


def _refuse_unused(problem: Problem) -> None:
    """Raise an error for a definition that nothing that is compared refers to."""
    compared = [
        term
        for position, statement in enumerate(problem.statements)
        for term in (*statement.terms[position in problem.defines :], *statement.conditions)
        if position == 0 or position not in problem.defines or len(statement.terms) > 2
    ]
    parts = reached(compared, problem.definitions())
    used = {name for part in parts for name in names_in(part)}
    for position in problem.defines:
        name, _ = _definition(problem.statements[position])
        if position and name not in used:
            raise Unreadable(
                f"{name} is defined here, and nothing that is compared refers to it; expected "
                "it in a formula of its own, with a check of its own"
            )


def _defines(statement: Statement, scope: Scope, position: int) -> bool:
    """Whether the left side of a statement is a letter that stands for nothing so far."""
    first = statement.terms[0]
    new = defined(first) if len(statement.terms) > 1 else None
    known = isinstance(first, Call) and bool(new) and first.function in FUNCTIONS
    if new is None or scope.knows(new[0]) or known:
        return False
    if statement.relations[0] not in ("=", "\\leftarrow") and position:
        return False
    # y_3 is an element of y, if that is known.
    element = isinstance(first, Index) and not new[2]
    return not (element and isinstance(first, Index) and scope.knows(first.base.name))


def _imported(
    written: Sequence[Token],
    annotation: Annotation,
    declared: Sequence[Declaration],
    context: Context,
) -> list[Known]:
    """Return the definitions of other equations that this one refers to."""
    local = {name for one in declared for name, _ in one.heads()}
    symbol = annotation.check.symbol if isinstance(annotation.check, Code) else ""
    new = _defined_here(unstacked(written)) if symbol else set[str]()
    found: list[Known] = []
    for name in dict.fromkeys(_names_in(written, declared)):
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


def _names_in(written: Sequence[Token], declared: Sequence[Declaration]) -> Iterator[str]:
    for found in (written, *(one.tokens for one in declared)):
        yield from names(found)


def _defined_here(found: Sequence[Token]) -> set[str]:
    """Return the names that the left side defines if it is a letter, or one with letters."""
    relation = first_relation(found)
    if not relation:
        return set()
    first = found[0]
    if first.kind != "symbol" or found[relation].text != "=":
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


def _refuse_unknown(problem: Problem) -> None:
    """Raise an error for the first letter that stands for nothing."""
    scope = Scope(problem.scope.variables, problem.definitions(), [])
    free = frozenset(problem.free_indices())
    for statement in problem.statements:
        parameters = frozenset[str]()
        new = defined(statement.terms[0])
        if problem.statements.index(statement) in problem.defines and new:
            parameters = frozenset(new[1])
        if statement is problem.statements[0] and problem.letter:
            parameters |= {problem.letter, problem.letter.partition("_")[0]}
        terms = [*statement.terms, *(t for c in statement.conditions for t in c.terms)]
        for term in terms:
            for name, function in unknown(term, scope, free | parameters):
                _refuse(problem.equation.tex, name, function)
    for name, definition in scope.definitions.items():
        bound = free | frozenset(definition.parameters)
        for letter, function in unknown(definition.body, scope, bound):
            raise AnnotationError(
                f"in the definition of {name}, {letter} stands for nothing; "
                + remedy(letter, function)
            )


def _refuse(tex: str, name: str, function: bool) -> None:
    bare = name.removesuffix("}").split("{")[-1] if name not in tex else name
    start = tex.find(bare)
    place = (start, start + len(bare)) if start >= 0 else (None, None)
    raise Unreadable(f"{name} stands for nothing here; {remedy(name, function)}", *place)
