"""An equation with all that its letters stand for: what is to be verified."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from truepage.maths.annotation import Annotation, AnnotationError, Code, Equation
from truepage.maths.calls import CodeFunction
from truepage.maths.environment import JUMPS
from truepage.maths.functions import FUNCTIONS
from truepage.maths.left_side import (
    ANYTHING,
    CodeCall,
    LeftSide,
    Range,
    read_call,
    read_left_side,
)
from truepage.maths.notation import Statement, read_tokens, unstacked
from truepage.maths.scope import (
    FIXED,
    Declaration,
    Scope,
    declarations,
    declare,
    definition_of,
    first_element,
    imaginary_units,
    implied_vectors,
    names,
    own_name,
    remedy,
)
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
    spelled,
)
from truepage.maths.tokens import Token, Unreadable, first_relation, renamed
from truepage.maths.tree import tokens


@dataclass(frozen=True)
class Known:
    """A definition that an equation of the page or the site gives.

    Parameters
    ----------
    scope
        What the letters in the definition stand for.
    symbol
        The code that it was checked against.
    """

    name: str
    definition: Definition
    scope: Scope
    equation: Equation
    symbol: str

    def brought(self) -> Scope:
        """Return what letters stand for wherever the definition is used."""
        definitions = {self.name: self.definition, **self.scope.definitions}
        return Scope(self.scope.variables, definitions, self.scope.constraints)


@dataclass
class Context:
    """What an equation may refer to.

    Parameters
    ----------
    symbols
        The site's table: symbol → the code it stands for.
    meaning
        Gives the site's definition of some code, if an equation is one.
    page
        Definitions by earlier equations of its page.
    """

    symbols: Mapping[str, str]
    meaning: Callable[[str], Known | None]
    function: Callable[[str], CodeFunction]
    page: dict[str, Known] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """An equation that was understood.

    Parameters
    ----------
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
    letter, is_name, within
        What its left side is: those of a `LeftSide`.
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

    def _defined(self, position: int) -> tuple[str, Definition]:
        new = definition_of(*self.statements[position].terms[:2])
        assert new is not None  # noqa: S101 (that is why it is in `defines`)
        return new

    def definitions(self) -> dict[str, Definition]:
        """Return all definitions: those in scope and its own."""
        return self.scope.definitions | dict(map(self._defined, self.defines))

    def known(self) -> Known | None:
        """Return what it defines for the equations after it."""
        refuted = self.annotation.refuted is not None
        if self.code is None or 0 not in self.defines or self.is_name or refuted:
            return None
        name, definition = self._defined(0)
        scope = Scope(dict(self.scope.variables), self.definitions(), list(self.scope.constraints))
        scope.definitions.pop(name)
        return Known(name, definition, scope, self.equation, self.code.function.symbol)

    def free_indices(self) -> tuple[str, ...]:
        """Return indices that nothing binds, in the order of writing: it holds for each."""
        scope = Scope(self.scope.variables, self.definitions())
        terms = (term for statement in self.statements for term in statement.terms)
        found = (one for term in terms for one in scope.strangers(term))
        return tuple(dict.fromkeys(name for name, role in found if role == "index"))

    def refuse_unknown(self) -> None:
        """Raise an error for the first letter that stands for nothing."""
        scope, free = (
            Scope(self.scope.variables, self.definitions()),
            {*self.free_indices(), *FIXED},
        )
        for position, statement in enumerate(self.statements):
            known = set(free)
            if position in self.defines:
                known.update(self._defined(position)[1].parameters)
            if not position and self.letter:
                known |= {self.letter, self.letter.partition("_")[0]}
            terms = (*statement.terms, *(t for c in statement.conditions for t in c.terms))
            for name, role in (one for term in terms for one in scope.strangers(term)):
                if name not in known:
                    words = f"{name} stands for nothing here; {remedy(name, role)}"
                    raise Unreadable(words, *_place(name, self.equation.tex))
        for name, definition in scope.definitions.items():
            for letter, role in scope.strangers(definition.body):
                if letter not in free and letter not in definition.parameters:
                    words = f"in the definition of {name}, {letter} stands for nothing"
                    raise AnnotationError(f"{words}; {remedy(letter, role)}")

    def refuse_unused(self) -> None:
        """Raise an error for a definition that nothing that is compared refers to."""
        compared = [
            term
            for position, statement in enumerate(self.statements)
            for term in (*statement.terms[position in self.defines :], *statement.conditions)
            if position == 0 or position not in self.defines or len(statement.terms) > 2
        ]
        used = {name for part in reached(compared, self.definitions()) for name in names_in(part)}
        for position in self.defines[self.defines[:1] == (0,) :]:
            name, _ = self._defined(position)
            if name not in used:
                words = "expected it in a formula of its own, with a check of its own"
                raise Unreadable(
                    f"{name} is defined here, and nothing that is compared refers to it; {words}"
                )


def _place(name: str, tex: str) -> tuple[int, int] | tuple[()]:
    bare = name.removesuffix("}").split("{")[-1] if name not in tex else name
    start = tex.find(bare)
    return (start, start + len(bare)) if start >= 0 else ()


def pose(equation: Equation, annotation: Annotation, context: Context) -> Problem:
    """Find out what every letter of an equation stands for.

    Raises
    ------
    Unreadable, AnnotationError, katex.TexError
        A part is not understood.
    """
    check = annotation.check if isinstance(annotation.check, Code) else None
    written, declared = _with_imaginary_unit(
        tokens(equation.tex), declarations(annotation.where), check, context
    )
    occurring = [
        name for found in (written, *(one.tokens for one in declared)) for name in names(found)
    ]
    scope, imported = Scope(), _imported(written, occurring, check, declared, context)
    brought = [one.brought() for one in imported]

    def known(name: str) -> Literal["function", "variable", None]:
        return next(filter(None, (one.kind(name) for one in brought)), None)

    def kind(name: str) -> Literal["function", "variable", None]:
        return scope.kind(name) or known(name)

    declare(scope, declared, known)
    for one, its in zip(imported, brought, strict=True):
        scope.include(its, f"{one.name} as defined in line {one.equation.line}")
    code = read_call(check, scope, set(occurring), kind, context.function) if check else None
    left = LeftSide(tuple(unstacked(written)))
    if code:
        left = read_left_side(equation.tex, left.tokens, scope, kind, code.terms())
    statements = tuple(read_tokens(left.tokens, kind))
    if code or imported:  # an identity by itself is about numbers as they are written
        statements = tuple(replace(one, terms=tuple(map(_exact, one.terms))) for one in statements)
        scope.definitions = {
            name: replace(one, body=_of_code(one.body)) for name, one in scope.definitions.items()
        }
    _refuse_unrelated(statements, equation.tex, held=code is not None)
    with_domain = {name for one in declared for name, _ in one.heads()}
    for term in (term for statement in statements for term in statement.terms):
        scope.variables.update(implied_vectors(term, scope, with_domain, {}))
    problem = Problem(
        equation,
        annotation,
        statements,
        scope,
        code,
        tuple(
            position
            for position, statement in enumerate(statements)
            if (position > 0 or code) and _defines(statement, scope, position)
        ),
        tuple(imported),
        left.letter,
        left.is_name,
        left.within,
        first_element(statements, scope),
    )
    problem.refuse_unknown()
    problem.refuse_unused()
    return problem


def _with_imaginary_unit(
    written: tuple[Token, ...],
    declared: list[Declaration],
    check: Code | None,
    context: Context,
) -> tuple[tuple[Token, ...], list[Declaration]]:
    """Return a formula and what is declared beside it with a name of its own for i or j."""
    taken = {name for one in declared for name, _ in one.heads()}
    taken |= {*context.page, *context.symbols}
    for _, text in check.arguments if check else ():
        taken |= set(re.findall(r"\w+", text))
    found = [*written, *(token for one in declared for token in (*one.tokens, Token("quad")))]
    for unit in imaginary_units(found, taken):
        written = renamed(written, unit, IMAGINARY)
        declared = [replace(one, tokens=renamed(one.tokens, unit, IMAGINARY)) for one in declared]
    return written, declared


def _exact(term: Term) -> Term:
    r"""Return a term with the floats that code has for the decimals where it may jump.

    In ``x \ge 0.3`` the code compares with the float next to 0.3, and so does the formula.
    """
    name = getattr(term, "operation", getattr(term, "function", ""))
    decides = isinstance(term, Comparison) or name in JUMPS | {"abs"}
    return _of_floats(term) if decides else rebuilt(term, _exact)


def _of_floats(term: Term) -> Term:
    if isinstance(term, Number):
        return Number(Fraction(float(term.value)), term.decimals) if term.decimals else term
    return rebuilt(term, _of_floats)


def _of_code(body: Term) -> Term:
    """Return the body of a definition as code has it: a decimal by itself is a float."""
    return _of_floats(body) if isinstance(body, Number) else _exact(body)


def _refuse_unrelated(statements: Sequence[Statement], tex: str, *, held: bool) -> None:
    """Raise an error for a statement that states nothing that can be compared."""
    if not statements:
        raise Unreadable("the formula is empty", 0, len(tex))
    for position, statement in enumerate(statements):
        if not statement.relations and (position or not held):
            raise Unreadable(
                f"`{spelled(statement.terms[0])}` states nothing; expected a relation such as ="
            )


def _defines(statement: Statement, scope: Scope, position: int) -> bool:
    """Whether the left side of a statement is a letter that stands for nothing so far."""
    new = definition_of(*statement.terms[:2]) if statement.relations else None
    if new is None or scope.knows(new[0]):
        return False
    if position and statement.relations[0] not in ("=", "\\leftarrow"):
        return False
    match statement.terms[0]:
        case Call(function):
            return function not in FUNCTIONS
        case Index(base):  # y_3 is an element of y, if that is known
            return new[1].indexed or not scope.knows(base.name)
    return True


def _imported(
    written: Sequence[Token],
    occurring: Sequence[str],
    check: Code | None,
    declared: Sequence[Declaration],
    context: Context,
) -> list[Known]:
    """Return the definitions of other equations that this one refers to."""
    local = {name for one in declared for name, _ in one.heads()}
    new = _defined_here(unstacked(written)) if check else set[str]()
    found: list[Known] = []
    for name in dict.fromkeys(occurring):
        symbol = context.symbols.get(name)
        if name in local or any(name == one.name for one in found):
            continue
        if name in context.page and name not in new:
            found.append(context.page[name])
        elif symbol and not (name in new and check and symbol == check.symbol):
            meaning = context.meaning(symbol)
            if meaning is None:
                raise AnnotationError(
                    f"{name} stands for {symbol} on this site, and no equation defines that: "
                    "expected one with a plain call of it as its check"
                )
            found.append(replace(meaning, name=name))
    return found


def _defined_here(found: Sequence[Token]) -> set[str]:
    """Return the names that the left side defines if it is a letter, or one with letters."""
    relation = first_relation(found)
    first, inside = found[0] if found else Token("end"), found[2 : max(relation - 1, 2)]
    plain = relation == 1 or (relation and found[1].kind == "open")
    letters = all(token.kind in ("symbol", "comma") for token in inside)
    if first.kind != "symbol" or first.primes or first.sup or not (plain and letters):
        return set()
    if found[relation].text != "=":
        return set()
    element = first.sub and all(token.kind == "number" for token in first.sub)
    return {own_name(first)} if element else {first.text, own_name(first)}
