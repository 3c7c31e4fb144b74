r"""Names: as formulas have them (``\hat{y}``, ``\theta_g``), and as Python has them (``y_hat``)."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from truepage.maths.scope import own_name
from truepage.maths.tokens import Token

GREEK = {
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "varepsilon",
    "zeta",
    "eta",
    "theta",
    "vartheta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "pi",
    "rho",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "varphi",
    "chi",
    "psi",
    "omega",
    "Gamma",
    "Delta",
    "Theta",
    "Lambda",
    "Xi",
    "Pi",
    "Sigma",
    "Upsilon",
    "Phi",
    "Psi",
    "Omega",
    "ell",
}
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
        name = f"{name}_{sub}" if len(sub) == 1 else f"{name}_{{{sub}}}"
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
