r"""What each letter of a formula stands for: a variable, with its domain, or a definition.

What stands beside the formula comes first (`% where:`), then what earlier equations of the page
define, nearest first, then the site's table of symbols; and the arguments of a call are variables
if they are nothing else. A definition brings along what its own formula says of its letters.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from truepage.maths import katex
from truepage.maths.annotation import AnnotationError, Note, split_at_commas
from truepage.maths.domains import REAL, Distribution, Domain, read_domains
from truepage.maths.functions import FUNCTIONS
from truepage.maths.linear import OF_ARRAYS
from truepage.maths.notation import Kind, Reader, statement_of
from truepage.maths.terms import CONSTANTS, Call, Comparison, Definition, Index, Symbol, Term, walk
from truepage.maths.tokens import Token, Unreadable, first_relation, parted
from truepage.maths.tree import tokens

FAMILY = "{}_⋯"
"""Name of letters that differ by their number only: W_1, …, W_n."""


@dataclass
class Scope:
    """What letters stand for, beside one formula.

    Parameters
    ----------
    variables
        Letters that may have any value of their domain.
    definitions
        Letters that are defined.
    constraints
        What else must hold of the variables.
    """

    variables: dict[str, Domain] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    constraints: list[Comparison] = field(default_factory=list)

    def kind(self, name: str) -> Literal["function", "variable", None]:
        """Tell what a name is known as."""
        if definition := self.definitions.get(name):
            return "function" if definition.parameters and not definition.indexed else "variable"
        if domain := self.variables.get(name):
            return "function" if isinstance(domain.of, Distribution) else "variable"
        return "variable" if name in self.sizes else None

    def knows(self, name: str) -> bool:
        """Whether a name stands for something."""
        family = FAMILY.format(name) in self.variables
        return family or name in self.definitions or name in self.variables or name in self.sizes

    @property
    def sizes(self) -> set[str]:
        """Letters that stand for sizes of vectors and matrices."""
        return {name for domain in self.variables.values() for name in domain.sizes}

    def include(self, other: "Scope", what: str) -> None:
        """Take over what a definition brings along.

        Raises
        ------
        AnnotationError
            One letter is defined in two ways.
        """
        for name, definition in other.definitions.items():
            mine = self.definitions.get(name)
            if name in self.variables or (mine is not None and mine != definition):
                raise AnnotationError(
                    f"{name} is declared here in one way and, for {what}, in another; "
                    "expected one meaning: use another letter"
                )
            self.definitions[name] = definition
        for name, domain in other.variables.items():
            if name not in self.definitions:
                self.variables.setdefault(name, domain)
        self.constraints += [one for one in other.constraints if one not in self.constraints]


def items(notes: Iterable[Note]) -> list[tuple[int, str]]:
    """Return what `% where:` lines declare one by one, each with its line's number."""
    return [(note.line, text) for note in notes for text in split_at_commas(note.text, ";") if text]


def heads(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the names that a declaration is about, and whether it defines a function."""
    found = tokens(text)
    relation = first_relation(found)
    if relation and found[relation].text == "\\in":
        for token, after in pairwise((*found[:relation], Token("end"))):
            if token.kind == "symbol":
                digits = after.text if after.kind == "number" else ""
                yield token.text + digits if digits else own_name(token), False
    elif relation and found[relation].text == "=":
        first = found[0]
        yield own_name(first), len(found) > 1 and found[1].kind == "open"
        if any(token.kind == "symbol" and not token.upright for token in first.sub):
            yield first.text, False  # of y_t = … the whole of y is what is defined


def own_name(token: Token) -> str:
    r"""Return the name that a letter has with its index: that of ``W_1``, ``\theta_g``."""
    if any(one.kind == "comma" for one in token.sub):
        parts = ["" if one.kind == "comma" else one.text for one in token.sub]
        sub = "".join(part or "," for part in parts)
    else:  # letters side by side are indices of their own: W_{ij}
        plain = all(one.kind == "symbol" for one in token.sub)
        sub = ("," if plain else "").join(one.text for one in token.sub)
    return (
        f"{token.text}_{sub}" if len(sub) == 1 else f"{token.text}_{{{sub}}}" if sub else token.text
    )


def declare(scope: Scope, notes: Sequence[Note], known: Kind) -> None:
    """Add to a scope what `% where:` lines declare.

    Parameters
    ----------
    known
        Tells what names are known as that the lines do not declare.

    Raises
    ------
    Unreadable, AnnotationError, katex.TexError
        One is not understood.
    """
    listed = items(notes)
    functions = set()
    for line, text in listed:
        try:
            functions |= {name for name, function in heads(text) if function}
        except (Unreadable, katex.TexError) as error:
            raise AnnotationError(
                f"`% where: {text}` is not understood: {error.words}", line
            ) from None

    def kind(name: str) -> Literal["function", "variable", None]:
        return "function" if name in functions else scope.kind(name) or known(name)

    said: dict[str, str] = {}
    for line, text in sorted(listed, key=lambda item: "\\in" not in item[1]):  # domains first
        try:
            for name in _declare(scope, text, kind):
                if name in said:
                    words = f"{name} is declared twice, as `{said[name]}` and as `{text}`"
                    raise AnnotationError(f"{words}; expected one meaning", line)
                said[name] = text
        except Unreadable as error:
            part = text[error.start : error.end] if error.start is not None else text
            words = f"`% where: {text}` is not understood: {error.words}, at `{part}`"
            raise AnnotationError(words, line) from None
        except katex.TexError as error:
            raise AnnotationError(f"`% where: {text}`: {error.words}", line) from None


def _declare(scope: Scope, text: str, kind: Kind) -> list[str]:
    """Add what one declaration says; return the names that it gives a meaning."""
    found = tokens(text)
    membership = [at for at, token in enumerate(found) if token.text == "\\in"]
    if membership and found[membership[0]].kind == "relation":
        at = membership[0]
        domain, gaps = read_domains(found[at + 1 :], kind)
        named = dict(_named(found[:at], domain))
        scope.variables.update(named)
        letters = map(Symbol, named)
        scope.constraints += [c for one in letters for gap in gaps for c in gap.conditions(one)]
        return list(named)
    statement = statement_of(found, kind)
    if statement.relations == ("=",) and (new := defined(statement.terms[0])):
        name, parameters, indexed = new
        constant = not any(isinstance(part, Symbol | Call) for part in walk(statement.terms[1]))
        if name in FUNCTIONS or name in OF_ARRAYS or (name in CONSTANTS and constant):
            raise Unreadable(f"{name} has a fixed meaning; use another name", 0, len(text))
        scope.definitions[name] = Definition(parameters, statement.terms[1], indexed)
        return [name]
    if statement.relations and all(relation != "\\approx" for relation in statement.relations):
        scope.constraints.append(Comparison(statement.terms, statement.relations))
        for term in statement.terms:
            for part in walk(term):
                if isinstance(part, Symbol) and not scope.knows(part.name):
                    scope.variables[part.name] = REAL
        return []
    raise Unreadable("expected a definition, a domain or a condition", 0, len(text))


def _named(found: Sequence[Token], domain: Domain) -> Iterator[tuple[str, Domain]]:
    r"""Yield the names before ``\in`` with their domains.

    ``W_1, \dots, W_n`` are one name, a vector (or a stack of matrices) with n elements.
    """
    parts = parted(found, "comma")
    if not any(part and part[0].kind == "dots" for part in parts):
        for part in parts:
            yield _name(part).name, domain
        return
    first, last = _name(parts[0]), _name(parts[-1])
    if not (isinstance(first, Index) and isinstance(last, Index) and first.base == last.base):
        raise Unreadable("expected such as W_1, \\dots, W_n", found[0].start, found[-1].end)
    yield FAMILY.format(first.base.name), Domain(domain.of, (last.indices[0], *domain.shape))


def _name(part: Sequence[Token]) -> Symbol | Index:
    term = Reader(part, lambda name: "variable").whole() if part else None
    if not isinstance(term, Symbol | Index):
        where = part[0] if part else Token("end")
        raise Unreadable("expected a letter, or a name such as \\text{TP}", where.start, where.end)
    return term


def defined(term: Term) -> tuple[str, tuple[str, ...], bool] | None:
    """Return the name, the parameters and whether they are indices, if a term can be defined."""
    match term:
        case Symbol(name):
            return name, (), False
        case Call(name, arguments, 0) if letters := _letters(arguments):
            return name, letters, False
        case Index(Symbol(name), indices) if letters := _letters(indices):
            return name, letters, True
        case Index():
            return term.name, (), False
    return None


def _letters(terms: Iterable[Term]) -> tuple[str, ...]:
    names = tuple(term.name if isinstance(term, Symbol | Index) else "" for term in terms)
    return names if all(names) and len(set(names)) == len(names) else ()
