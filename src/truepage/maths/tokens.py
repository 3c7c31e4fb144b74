"""The tokens of a formula: what they are, and which signs of TeX each of them stands for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

NO_LETTERS = {
    "\\%": "a percentage is a number: write 0.5 or \\frac{50}{100}",
    "\\exists": "state what holds for every value",
    "\\top": "it stands above a vector or a matrix, as in x^\\top",
    "\\prime": "write f'",
    "\\partial": "write \\frac{\\partial f}{\\partial x}",
    "\\degree": "write \\frac{\\pi}{180}",
    "\\neg": "write the condition that holds",
    "\\emptyset": "sets stand in `% where:` lines only",
    "\\#": "write a letter",
    "\\&": "write \\text{ and }",
    "\\$": "write the number without its unit",
}
"""Signs that stand for no value, and what to write instead."""
RELATIONS = {
    "=": "=",
    **dict.fromkeys(("\\equiv", "\\triangleq", "\\doteq"), "="),
    "<": "<",
    "\\lt": "<",
    ">": ">",
    "\\gt": ">",
    "\\le": "\\le",
    "\\leq": "\\le",
    "\\leqslant": "\\le",
    "\\ge": "\\ge",
    "\\geq": "\\ge",
    "\\geqslant": "\\ge",
    "\\approx": "\\approx",
    "\\leftarrow": "\\leftarrow",
    "\\gets": "\\leftarrow",
    "\\in": "\\in",
}
OPERATORS = {
    "+": "+",
    "-": "-",
    "\\cdot": "\\cdot",
    "\\times": "\\times",
    "*": "\\cdot",
    "\\odot": "\\odot",
    "\\circ": "\\circ",
    "\\otimes": "\\otimes",
    "\\star": "\\star",
    "\\ast": "\\ast",
    "/": "/",
}
SETS = {"\\cup", "\\setminus"}
"""Signs between domains."""
OPENING = {
    "(": "(",
    "[": "[",
    "\\{": "{",
    "\\lbrace": "{",
    "\\lvert": "|",
    "\\lbrack": "[",
    "\\lVert": "\\|",
    "\\langle": "\\langle",
    "\\lfloor": "\\lfloor",
    "\\lceil": "\\lceil",
}
CLOSING = {
    ")": ")",
    "]": "]",
    "\\}": "}",
    "\\rbrace": "}",
    "\\rvert": "|",
    "\\rbrack": "]",
    "\\rVert": "\\|",
    "\\rangle": "\\rangle",
    "\\rfloor": "\\rfloor",
    "\\rceil": "\\rceil",
}
PARTNERS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "|": "|",
    "\\|": "\\|",
    "\\langle": "\\rangle",
    "\\lfloor": "\\rfloor",
    "\\lceil": "\\rceil",
}
"""The delimiter that closes what another opens."""
DOTS = {
    "\\@cdots",
    "\\cdots",
    "\\ldots",
    "\\dots",
    "\\dotsc",
    "\\dotsb",
    "\\cdotp",
    "\\mathellipsis",
}
BOLD = {"mathbf", "boldsymbol", "mathit", "mathnormal", "bm"}
"""Typefaces that do not make another letter: a vector's elements are written without them."""
ACCENTS = {"\\hat", "\\bar", "\\tilde", "\\vec", "\\dot", "\\ddot", "\\widehat", "\\widetilde"}
LABELS = {"def", "def.", "!", "\\triangle", "\\Delta", "∆"}
"""What may stand above an equals sign without another meaning."""
QUAD = 1.0
"""Width in em from which a space parts two statements."""

PROSE = {"if", "for", "when", "where", "with", "and", "or", "otherwise", "else", "all", "every"}
"""Words of a `\\text{…}` that are no name."""


INDICATOR = "\\mathbf{1}"
"""The bold 1: of a condition."""


class Unreadable(Exception):  # noqa: N818 (a description of a formula, for the author)
    """A formula, or a part of it, is not understood.

    Parameters
    ----------
    words
        What is not understood, and what to write instead.
    start, end
        Where in the formula, if that is known.
    """

    def __init__(self, words: str, start: int | None = None, end: int | None = None) -> None:
        super().__init__(words)
        self.words, self.start, self.end = words, start, end


@dataclass(frozen=True)
class Token:
    """One sign of a formula.

    Parameters
    ----------
    kind
        ``number``, ``symbol``, ``word`` (of letters), ``operator``, ``relation``, ``open``,
        ``close``, ``bar``, ``comma``, ``dots``, ``quad``, ``text``, ``big`` (a sum or product),
        ``fraction``, ``root``, ``group`` (in braces that matter), ``cases``, ``stop`` or ``end``.
    text
        What it is, as in TeX.
    start, end
        Where it stands, if that is known.
    parts
        The tokens inside it, such as numerator and denominator.
    sub, sup
        The tokens of its subscript and superscript; primes are counted apart.
    upright
        Written in upright letters, as a word or a label is: never an index that runs.
    """

    kind: str
    text: str = ""
    start: int | None = None
    end: int | None = None
    parts: "tuple[tuple[Token, ...], ...]" = ()
    sub: "tuple[Token, ...]" = ()
    sup: "tuple[Token, ...]" = ()
    primes: int = 0
    rows: "tuple[tuple[tuple[Token, ...], ...], ...]" = field(default=())
    upright: bool = False


def everything(found: Sequence[Token]) -> Iterator[Token]:
    """Yield tokens and all that are inside them."""
    for token in found:
        yield token
        for part in _inside(token):
            yield from everything(part)


def _inside(token: Token) -> Iterator[tuple[Token, ...]]:
    yield from (token.sub, token.sup, *token.parts, *(cell for row in token.rows for cell in row))


def renamed(found: Sequence[Token], name: str, other: str) -> tuple[Token, ...]:
    """Return tokens with another name for a symbol, everywhere."""

    def renew(part: tuple[Token, ...]) -> tuple[Token, ...]:
        return renamed(part, name, other)

    return tuple(
        replace(
            token,
            text=other if token.kind == "symbol" and token.text == name else token.text,
            sub=renew(token.sub),
            sup=renew(token.sup),
            parts=tuple(map(renew, token.parts)),
            rows=tuple(tuple(map(renew, row)) for row in token.rows),
        )
        for token in found
    )


def first_relation(found: Sequence[Token]) -> int:
    """Return where the first relation stands that is inside no parentheses; 0: there is none."""
    depth = 0
    for at, token in enumerate(found):
        depth += (token.kind == "open") - (token.kind == "close")
        if depth <= 0 and token.kind == "relation":
            return at
    return 0


def parted(found: Sequence[Token], kind: str, text: str = "") -> list[list[Token]]:
    """Part tokens at those of a kind (with a text, if one is given) inside no parentheses."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        depth += (token.kind == "open") - (token.kind == "close")
        if token.kind == kind and text in ("", token.text) and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


BEFORE = ("relation", "operator", "open", "comma", "quad", "rows", "text", "end")
"""What may stand before a number that begins with its point, or before a brace over a sum."""


def joined(found: Sequence[Token]) -> Iterator[Token]:
    r"""Join digits to numbers, \not and : with the relation after them."""
    index, before = 0, Token("end")
    while index < len(found):
        token = found[index]
        after = found[index + 1] if index + 1 < len(found) else Token("end")
        count = 1
        if token.kind in ("stroke", "colon"):
            if after.text != "=":
                sign = "\\not" if token.kind == "stroke" else ":"
                words = f"{sign} is understood before = only; write / or \\frac for a ratio"
                raise Unreadable(words, token.start or after.start, token.end or after.end)
            token = replace(after, text="\\ne") if token.kind == "stroke" else after
            count = 2
        elif token.kind == "brace":
            opens = token not in found[:index]
            outside = before if opens else after
            fits = (*BEFORE, "close") if not opens else BEFORE
            if outside.kind not in fits or (
                outside.text not in ("+", "-")[: 2 - opens] and (outside.kind == "operator")
            ):
                raise Unreadable(
                    "what this brace holds is a sum; write (…)", token.start, token.end
                )
            index += 1
            continue
        elif token.kind == "number" or (
            token.text == "." and after.kind == "number" and before.kind in BEFORE
        ):
            token, count = _number(found[index:])
        yield token
        before = token
        index += count


def _number(found: Sequence[Token]) -> tuple[Token, int]:
    """Return the number that tokens begin with, and how many of them it is."""
    text, count = "", 0
    for at, token in enumerate(found):
        point = token.kind == "stop" and "." not in text
        digit = at + 1 < len(found) and found[at + 1].kind == "number"
        if token.kind != "number" and not (point and digit):
            break
        text, count = text + ("." if point else token.text), at + 1
        if token.sub or token.sup or token.primes:
            break
    last = found[count - 1]
    whole, _, decimals = text.partition(".")
    if any(one.text == "{,}" for one in found[:count]) and len(decimals) == 3 and whole != "0":
        words = f"{whole}{{,}}{decimals} can be read in two ways; write {whole}.{decimals}"
        raise Unreadable(f"{words} or {whole}{decimals}", found[0].start, last.end)
    return replace(last, text=text if whole else f"0{text}", start=found[0].start), count
