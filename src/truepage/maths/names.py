r"""Names in formulas, as Python has them, and those that stand for nothing.

A formula has ``\hat{y}`` or ``\theta_g`` for Python's ``y_hat`` and ``theta_g``. A letter that
stands for nothing is a free index, or must be declared.
"""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import pairwise

from truepage.maths.domains import Distribution
from truepage.maths.functions import FUNCTIONS
from truepage.maths.linear import OF_ARRAYS
from truepage.maths.scope import Scope, own_name
from truepage.maths.terms import (
    CONSTANTS,
    Apply,
    Call,
    Index,
    Repeated,
    Symbol,
    Term,
    children,
    walk,
)
from truepage.maths.tokens import Token, everything

GREEK = {
    "set", "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta",
    "vartheta", "iota", "kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau",
    "upsilon", "phi", "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi",
    "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega", "ell",
}  # fmt: skip
ACCENTS = ("hat", "bar", "tilde", "vec", "dot")


def spellings(identifier: str) -> list[str]:
    r"""Return the names in formulas that an identifier may mean, likeliest first.

    Examples
    --------
    >>> spellings("y_hat"), spellings("theta_g"), spellings("lambda_")
    (['y_hat', '\\hat{y}'], ['theta_g', '\\theta_g'], ['lambda_', '\\lambda'])
    """
    first, *others = identifier.rstrip("_").split("_")
    name = f"\\{first}" if first in GREEK else first
    accents = [part for part in others if part in ACCENTS]
    indices = [part for part in others if part not in ACCENTS]
    for accent in accents:
        name = f"\\{accent}{{{name}}}"
    if indices:
        sub = ",".join(f"\\{part}" if part in GREEK else part for part in indices)
        name, bare = f"{name}_{sub}" if len(sub) == 1 else f"{name}_{{{sub}}}", name
        if len(indices) == 1 and len(sub) > 1 and sub.isalpha():  # H_{in} of two letters
            return [identifier, name, f"{bare}_{{{','.join(sub)}}}"]
    return list(dict.fromkeys([identifier, name]))


def names(found: Iterable[Token]) -> Iterator[str]:
    """Yield every name in a formula: letters and words, and letters with their index."""
    for token, after in pairwise((*found, Token("end"))):
        if token.kind == "symbol" and after.kind == "number":
            yield token.text + after.text  # s2, if it is declared
        if token.kind in ("symbol", "word"):
            yield token.text
            if token.sub:
                yield own_name(token)
        yield from names(token.sub)
        yield from names(token.sup)
        for part in token.parts:
            yield from names(part)
        for row in token.rows:
            for cell in row:
                yield from names(cell)


def imaginary_units(found: Sequence[Token], taken: Container[str]) -> list[str]:
    """Return which of i and j is the imaginary unit: no index, no parameter, and nothing named.

    Parameters
    ----------
    found
        The tokens of a formula and of what is declared beside it.
    taken
        Names that stand for something else.
    """
    every = list(everything(found))
    others = {sub.text for token in every for sub in everything(token.sub)}
    for before, token, after in zip(
        [Token("end"), *every], every, [*every[1:], Token("end")], strict=False
    ):
        alone = before.kind == "open" and after.kind in ("close", "comma")
        head = before.kind in ("end", "quad", "comma", "rows") and after.kind == "relation"
        if alone or head or before.text in ("d", "\\partial"):
            others.add(token.text)
    names = {token.text for token in every if token.kind == "symbol" and not token.sub}
    return [one for one in ("i", "j") if one in names - others and one not in taken]


def free_indices(term: Term, scope: Scope, bound: frozenset[str]) -> Iterator[str]:
    """Yield letters in indices that stand for nothing: the equation holds for each of them."""
    if isinstance(term, Index):
        if scope.knows(term.name):
            return
        for index in term.indices:
            yield from _letters(index, scope, bound)
    elif isinstance(term, Apply) and term.operation == "element":
        for index in term.arguments[1:]:
            yield from _letters(index, scope, bound)
    elif isinstance(term, Call) and _is_distribution(term.function, scope):
        for argument in term.arguments:
            yield from _letters(argument, scope, bound)
    elif isinstance(term, Repeated):
        bound = bound | {term.index}
    for child in children(term):
        yield from free_indices(child, scope, bound)


def _letters(index: Term, scope: Scope, bound: frozenset[str]) -> Iterator[str]:
    for part in walk(index):
        if isinstance(part, Symbol) and part.name not in bound and not scope.knows(part.name):
            yield part.name


def _is_distribution(name: str, scope: Scope) -> bool:
    domain = scope.variables.get(name)
    return domain is not None and isinstance(domain.of, Distribution)


def unknown(term: Term, scope: Scope, bound: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """Yield names that stand for nothing, and whether they are applied like functions."""
    match term:
        case Symbol(name):
            identity = name == "I" and any(one.shape for one in scope.variables.values())
            plain = name not in (*CONSTANTS, "\\infty") and not identity
            if plain and name not in bound and not scope.knows(name):
                yield name, False
            return
        case Index(base, indices):
            if not scope.knows(term.name) and base.name not in bound:
                if not scope.knows(base.name):
                    yield base.name, False
                for index in indices:
                    yield from unknown(index, scope, bound)
            return
        case Call(function) if not (
            function in FUNCTIONS
            or function in OF_ARRAYS
            or scope.knows(function)
            or function in bound
        ):
            yield function, True
        case Repeated():
            for bounds in (term.lower, term.upper):
                if bounds is not None:
                    yield from unknown(bounds, scope, bound)
            for part in (term.body, *term.conditions):
                yield from unknown(part, scope, bound | {term.index})
            return
    for child in children(term):
        yield from unknown(child, scope, bound)


def remedy(name: str, function: bool) -> str:
    """Return what an author can do about a name that stands for nothing."""
    if re.fullmatch("[A-Za-z]{2,}", name):
        return f"declare it as a function, `% where: \\operatorname{{{name}}}(u) = …`"
    if function:
        return (
            f"declare it as a function, `% where: {name}(u) = …`, or as a variable that "
            f"multiplies, `% where: {name} \\in \\mathbb{{R}}`"
        )
    return f"declare it: `% where: {name} \\in \\mathbb{{R}}`, or `{name} = …`"
