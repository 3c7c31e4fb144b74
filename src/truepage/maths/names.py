r"""Names in formulas and in Python: ``\hat{y}`` and ``\theta_g``, `y_hat` and `theta_g`."""

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import pairwise

from truepage.maths.terms import element_name
from truepage.maths.tokens import Token, everything, parted, text_of

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
        return element_name(token.text, [one.text for one in token.sub])
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
