r"""Names, and what each stands for in a formula: a variable, with its domain, or a definition.

What stands beside the formula comes first (`% where:`), then what earlier equations of the page
define, nearest first, then the site's table of symbols; and the arguments of a call are variables
if they are nothing else. A definition brings along what its own formula says of its letters.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from truepage.maths import katex
from truepage.maths.annotation import AnnotationError, Note, split_at_commas
from truepage.maths.domains import REAL, Domain, SampleDistribution, read_domains
from truepage.maths.functions import FUNCTIONS
from truepage.maths.linear import OF_ARRAYS
from truepage.maths.notation import Kind, Statement, read_term, statement_of
from truepage.maths.terms import (
    CONSTANTS,
    ONE,
    Apply,
    Call,
    Comparison,
    Definition,
    Index,
    Number,
    Repeated,
    Symbol,
    Term,
    children,
    element_name,
    walk,
)
from truepage.maths.tokens import Token, Unreadable, everything, first_relation, parted, text_of
from truepage.maths.tree import tokens

GREEK = {
    "set", "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta",
    "vartheta", "iota", "kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau",
    "upsilon", "phi", "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi",
    "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega", "ell",
}  # fmt: skip
ACCENTS = ("hat", "bar", "tilde", "vec", "dot")
FAMILY = "{}_⋯"
"""Name of letters that differ by their number only: W_1, …, W_n."""
FIXED = (*CONSTANTS, "\\infty")


def spellings(identifier: str) -> list[str]:
    r"""Return the names in formulas that an identifier may mean, likeliest first.

    Examples
    --------
    >>> spellings("y_hat"), spellings("theta_g"), spellings("lambda_")
    (['y_hat', '\\hat{y}'], ['theta_g', '\\theta_g'], ['lambda_', '\\lambda'])
    """
    parts = identifier.rstrip("_").split("_")
    name, *indices = (
        f"\\{part}" if part in GREEK else part
        for at, part in enumerate(parts)
        if not at or part not in ACCENTS
    )
    for accent in (part for part in parts[1:] if part in ACCENTS):
        name = f"\\{accent}{{{name}}}"
    found = [identifier, element_name(name, indices)]
    if len(indices) == 1 and len(indices[0]) > 1 and indices[0].isalpha():  # H_{in} of two letters
        found.append(element_name(name, indices[0]))
    return list(dict.fromkeys(found))


def own_name(token: Token) -> str:
    r"""Return the name that a letter has with its index: that of ``W_1``, ``\theta_g``."""
    if all(one.kind == "symbol" for one in token.sub):  # letters side by side are indices: W_{ij}
        return element_name(token.text, [text_of([one]) for one in token.sub])
    return element_name(token.text, map(text_of, parted(token.sub, "comma")))


def names(found: Iterable[Token]) -> Iterator[str]:
    """Yield every name in a formula: letters and words, and letters with their index."""
    for token, after in pairwise((*found, Token("end"))):
        if token.kind == "symbol" and after.kind == "number":
            yield token.text + after.text  # s2, if it is declared
        if token.kind in ("symbol", "word"):
            yield token.text
            if token.sub:
                yield own_name(token)
        for part in token.inside():
            yield from names(part)


def imaginary_units(found: Sequence[Token], taken: Container[str]) -> list[str]:
    """Return which of i and j is the imaginary unit: no index, no parameter, and nothing named.

    The tokens are those of a formula and of what is declared beside it; names that are taken stand
    for something else.
    """
    end, every = Token("end"), list(everything(found))
    others = {sub.text for token in every for sub in everything(token.sub)}
    for before, token, after in zip([end, *every], every, [*every[1:], end], strict=False):
        alone = before.kind == "open" and after.kind in ("close", "comma")
        head = before.kind in ("end", "quad", "comma", "rows") and after.kind == "relation"
        if alone or head or before.text in ("d", "\\partial"):
            others.add(token.text)
    names = {token.text for token in every if token.kind == "symbol" and not token.sub}
    return [one for one in ("i", "j") if one in names - others and one not in taken]


@dataclass
class Scope:
    """What letters stand for, beside one formula.

    Parameters
    ----------
    variables
        Letters that may have any value of their domain.
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
        if name in self.variables:
            return "function" if self._is_distribution(name) else "variable"
        return "variable" if name in self.sizes else None

    def knows(self, name: str) -> bool:
        """Whether a name stands for something."""
        return self.kind(name) is not None or FAMILY.format(name) in self.variables

    def _is_distribution(self, name: str) -> bool:
        return name in self.variables and isinstance(self.variables[name].of, SampleDistribution)

    @property
    def sizes(self) -> set[str]:
        """Letters that stand for sizes of vectors and matrices."""
        return {name for domain in self.variables.values() for name in domain.sizes}

    def include(self, other: "Scope", what: str) -> None:
        """Take over what a definition brings along; none may have two meanings."""
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

    def strangers(
        self, term: Term, bound: frozenset[str] = frozenset(), role: str = "letter"
    ) -> Iterator[tuple[str, str]]:
        """Yield names that stand for nothing, each with its role: a letter, an index, a function.

        An equation holds for each value of an index that nothing binds.
        """
        parts = [(child, bound, role) for child in children(term)]
        match term:
            case Symbol(name):
                identity = name == "I" and any(one.shape for one in self.variables.values())
                fixed = role == "letter" and (name in FIXED or identity)
                if not (fixed or name in bound or self.knows(name)):
                    yield name, role
            case Index(base, indices):
                if self.knows(term.name):
                    return
                if base.name not in bound and not self.knows(base.name):
                    yield base.name, role
                parts = [(index, bound, "index") for index in indices]
            case Apply("element", (whole, *places)):
                parts = [(whole, bound, role), *((place, bound, "index") for place in places)]
            case Call(name, arguments):
                known = name in FUNCTIONS or name in OF_ARRAYS or name in bound
                if not (known or self.knows(name)):
                    yield name, "function"
                if self._is_distribution(name):
                    parts = [(argument, bound, "index") for argument in arguments]
            case Repeated(_, index, lower, upper):
                inner = bound | {index}
                ends = [one for one in (lower, upper) if one is not None]
                parts = [(end, bound, role) for end in ends]
                parts += [(one, inner, role) for one in (term.body, *term.conditions)]
        for part in parts:
            yield from self.strangers(*part)


def remedy(name: str, role: str) -> str:
    """Return what an author can do about a name that stands for nothing."""
    if len(name) > 1 and name.isascii() and name.isalpha():
        return f"declare it as a function, `% where: \\operatorname{{{name}}}(u) = …`"
    if role == "function":
        return (
            f"declare it as a function, `% where: {name}(u) = …`, or as a variable that "
            f"multiplies, `% where: {name} \\in \\mathbb{{R}}`"
        )
    return f"declare it: `% where: {name} \\in \\mathbb{{R}}`, or `{name} = …`"


@dataclass(frozen=True)
class Declaration:
    """What one part of a `% where:` line declares: its line's number, its text, its tokens."""

    line: int
    text: str
    tokens: tuple[Token, ...]

    def heads(self) -> Iterator[tuple[str, bool]]:
        """Yield the names that it is about, and whether it defines a function."""
        found, relation = self.tokens, first_relation(self.tokens)
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


def declarations(notes: Iterable[Note]) -> list[Declaration]:
    """Return what `% where:` lines declare; one that is no formula is an `AnnotationError`."""
    found = []
    for note in notes:
        for text in filter(None, split_at_commas(note.text, ";")):
            try:
                found.append(Declaration(note.line, text, tokens(text)))
            except (Unreadable, katex.TexError) as error:
                raise AnnotationError(f"`% where: {text}`: {error.words}", note.line) from None
    return found


def declare(scope: Scope, listed: Sequence[Declaration], known: Kind) -> None:
    """Add to a scope what `% where:` lines declare; `known` tells what other names are.

    Raises
    ------
    AnnotationError
        One is not understood.
    """
    functions = {name for one in listed for name, function in one.heads() if function}

    def kind(name: str) -> Literal["function", "variable", None]:
        return "function" if name in functions else scope.kind(name) or known(name)

    said: dict[str, str] = {}
    for one in sorted(listed, key=lambda one: "\\in" not in one.text):  # domains first
        try:
            names = _declare(scope, one, kind)
        except Unreadable as error:
            part = one.text[error.start : error.end] if error.start is not None else one.text
            words = f"`% where: {one.text}` is not understood: {error.words}, at `{part}`"
            raise AnnotationError(words, one.line) from None
        for name in names:
            if name in said:
                words = f"{name} is declared twice, as `{said[name]}` and as `{one.text}`"
                raise AnnotationError(f"{words}; expected one meaning", one.line)
            said[name] = one.text


def _declare(scope: Scope, said: Declaration, kind: Kind) -> list[str]:
    """Add what one declaration says; return the names that it gives a meaning."""
    found, length = said.tokens, len(said.text)
    at = next((at for at, token in enumerate(found) if token.text == "\\in"), None)
    if at is not None:
        if found[at] == found[-1]:
            raise Unreadable("nothing stands after \\in", found[at].start, found[at].end)
        domain, gaps = read_domains(found[at + 1 :], kind)
        named = dict(_named(found[:at], domain))
        scope.variables.update(named)
        letters = map(Symbol, named)
        scope.constraints += [c for one in letters for gap in gaps for c in gap.conditions(one)]
        return list(named)
    statement = statement_of(found, kind)
    terms, relations = statement.terms, statement.relations
    if relations == ("=",) and (new := definition_of(*terms)):
        name, definition = new
        constant = not any(isinstance(part, Symbol | Call) for part in walk(terms[1]))
        if name in FUNCTIONS or name in OF_ARRAYS or (name in CONSTANTS and constant):
            raise Unreadable(f"{name} has a fixed meaning; use another name", 0, length)
        scope.definitions[name] = definition
        return [name]
    if not relations or "\\approx" in relations:
        raise Unreadable("expected a definition, a domain or a condition", 0, length)
    scope.constraints.append(Comparison(terms, relations))
    for part in (part for term in terms for part in walk(term)):
        if isinstance(part, Symbol) and not scope.knows(part.name):
            scope.variables[part.name] = REAL
    return []


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
    term = read_term(part, lambda name: "variable") if part else None
    if not isinstance(term, Symbol | Index):
        where = part[0] if part else Token("end")
        raise Unreadable("expected a letter, or a name such as \\text{TP}", where.start, where.end)
    return term


def definition_of(left: Term, right: Term) -> tuple[str, Definition] | None:
    """Return the name that ``left = right`` defines, and as what, if the left side can be one."""
    match left:
        case Call(name, arguments, 0) if letters := _letters(arguments):
            return name, Definition(letters, right)
        case Index(Symbol(name), indices) if letters := _letters(indices):
            return name, Definition(letters, right, indexed=True)
        case Symbol(name) | Index(name=name):
            return name, Definition((), right)
    return None


def _letters(terms: Iterable[Term]) -> tuple[str, ...]:
    names = tuple(term.name if isinstance(term, Symbol | Index) else "" for term in terms)
    return names if all(names) and len(set(names)) == len(names) else ()


def implied_vectors(
    term: Term, scope: Scope, declared: Container[str], bounds: Mapping[str, Term]
) -> Iterator[tuple[str, Domain]]:
    r"""Yield vectors and matrices that a formula makes of letters nothing else is said of.

    In ``\sum_{i=1}^{n} y_i`` the letter y stands for n numbers. The author gives the domain of what
    is declared; bounds are those of indices of sums around that begin at 1.
    """
    if isinstance(term, Repeated) and term.upper is not None and term.lower == ONE:
        bounds = {**bounds, term.index: term.upper}
    elif isinstance(term, Index) and term.base.name not in declared:
        sizes = (bounds.get(one.name) for one in term.indices if isinstance(one, Symbol))
        shape = tuple(size for size in sizes if size is not None)
        plain = scope.variables.get(term.base.name) == REAL and len(shape) == len(term.indices)
        taken = any(isinstance(size, Symbol) and size.name in scope.variables for size in shape)
        if plain and not taken:
            yield term.base.name, Domain(shape=shape)
    for child in children(term):
        yield from implied_vectors(child, scope, declared, bounds)


def first_element(statements: Sequence[Statement], scope: Scope) -> int:
    """Return 0 if a sum over the elements of a vector begins there, else 1."""
    terms = [term for statement in statements for term in statement.terms]
    terms += [one.body for one in scope.definitions.values()]
    for part in (part for term in terms for part in walk(term)):
        if not (
            isinstance(part, Repeated) and isinstance(part.lower, Number) and not part.lower.value
        ):
            continue
        for one in walk(part.body):
            if isinstance(one, Index) and Symbol(part.index) in one.indices:
                domain = scope.variables.get(one.base.name)
                if domain and domain.shape and not scope.knows(f"{one.base.name}_0"):
                    return 0
    return 1
