"""Tokens of a formula: their kinds, and the signs of TeX that each of them stands for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

_KINDS = {
    "relation": r"= < > \le \ge \approx \leftarrow \in",
    "operator": r"+ - / \cdot \times \odot \circ \otimes \star \ast",
    "open": r"( [ \langle \lfloor \lceil",
    "close": r") ] \rangle \rfloor \rceil",
    "bar": r"| \|",
    "dots": r"\@cdots \cdots \ldots \dots \dotsc \dotsb \cdotp \mathellipsis",
    "comma": ", ;",
    "stop": ".",
    "colon": ":",
    "factorial": "!",
    "mid": r"\mid",
    "arrow": r"\to \rightarrow",
    "set": r"\cup \setminus",
}
_OTHER_NAMES = {
    "=": r"\equiv \triangleq \doteq",
    "<": r"\lt",
    ">": r"\gt",
    r"\le": r"\leq \leqslant",
    r"\ge": r"\geq \geqslant",
    r"\leftarrow": r"\gets",
    r"\cdot": "*",
    "[": r"\lbrack",
    "]": r"\rbrack",
    "|": r"\vert",
    r"\|": r"\Vert",
}
SIGNS = {text: (kind, text) for kind, texts in _KINDS.items() for text in texts.split()}
SIGNS |= {one: SIGNS[text] for text, names in _OTHER_NAMES.items() for one in names.split()}
SIGNS |= {
    **dict.fromkeys((r"\{", r"\lbrace"), ("open", "{")),
    **dict.fromkeys((r"\}", r"\rbrace"), ("close", "}")),
    **{r"\lvert": ("open", "|"), r"\rvert": ("close", "|")},
    **{r"\lVert": ("open", r"\|"), r"\rVert": ("close", r"\|")},
    **{r"\Re": ("word", "Re"), r"\Im": ("word", "Im"), r"\forall": ("text", "for all")},
}
"""Sign of TeX → the kind and the text of its token."""
PARTNERS = {"(": ")", "[": "]", "{": "}", "|": "|", r"\|": r"\|", r"\langle": r"\rangle"}
PARTNERS |= {r"\lfloor": r"\rfloor", r"\lceil": r"\rceil"}
"""The delimiter that closes what another opens."""
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
INDICATOR = "\\mathbf{1}"
"""The bold 1: of a condition."""
BEFORE = ("relation", "operator", "open", "comma", "quad", "rows", "text", "end")
"""Kinds of tokens before a number that begins with its point."""
SCRIPTED = {"number", "symbol", "word", "close", "bar", "big", "factorial", "fraction", "root"}
SCRIPTED |= {"cases", "binomial", "matrix", "determinant"}
"""Kinds of tokens that may have an index, an exponent or a prime."""


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
    r"""One sign of a formula.

    Parameters
    ----------
    kind
        One of those in `SIGNS`, or ``number``, ``symbol``, ``word`` (of letters), ``quad``,
        ``big`` (a sum, a product or an integral), ``fraction``, ``root``, ``binomial``, ``cases``,
        ``matrix``, ``determinant``, ``rows`` or ``end``; only `joined` sees ``stroke`` (the one of
        ``\not``) and ``brace`` (before and behind a sum).
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
    rows: "tuple[tuple[tuple[Token, ...], ...], ...]" = ()
    upright: bool = False

    def inside(self) -> "tuple[tuple[Token, ...], ...]":
        """Return all sequences of tokens that belong to it."""
        return (self.sub, self.sup, *self.parts, *(cell for row in self.rows for cell in row))


def everything(found: Sequence[Token]) -> Iterator[Token]:
    """Yield tokens and all that are inside them."""
    for token in found:
        yield token
        for part in token.inside():
            yield from everything(part)


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


def text_of(found: Sequence[Token]) -> str:
    """Return the texts of tokens, joined, with their scripts."""
    return "".join(
        f"{one.text}{'_' * bool(one.sub)}{text_of(one.sub)}{chr(39) * one.primes}"
        f"{'^' * bool(one.sup)}{text_of(one.sup)}"
        for one in found
    )


def outside(found: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """Yield the tokens that are inside no parentheses, with their positions."""
    depth = 0
    for at, token in enumerate(found):
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0:
            yield at, token


def first_relation(found: Sequence[Token]) -> int:
    """Return the position of the first relation inside no parentheses; 0: there is none."""
    return next((at for at, token in outside(found) if token.kind == "relation"), 0)


def parted(found: Sequence[Token], kind: str, text: str = "") -> list[list[Token]]:
    """Part tokens at those of a kind (with a text, if one is given) inside no parentheses."""
    cuts = [at for at, one in outside(found) if one.kind == kind and text in ("", one.text)]
    ends = zip([-1, *cuts], [*cuts, len(found)], strict=True)
    return [list(found[start + 1 : end]) for start, end in ends]


def joined(found: Sequence[Token]) -> Iterator[Token]:
    r"""Join digits to numbers, \not and : with the relation after them.

    Raises
    ------
    Unreadable
        One of them, the index of a sign or a brace around a sum can be read in several ways.
    """
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
            _refuse_factor(token, before if token.text == "open" else after)
            index += 1
            continue
        elif token.kind == "number" or (
            token.text == "." and after.kind == "number" and before.kind in BEFORE
        ):
            token, count = _number(found[index:])
        if token.kind not in SCRIPTED and (token.sub or token.sup or token.primes):
            words = f"an index or exponent at {token.text} is not understood; write it at a letter"
            raise Unreadable(words, token.start, token.end)
        yield token
        before = token
        index += count


def _refuse_factor(brace: Token, neighbour: Token) -> None:
    """Raise an error for a brace around a sum with a factor beside it: nobody sees parentheses."""
    behind = brace.text == "close"
    if neighbour.kind == "operator":
        fits = neighbour.text == "+" or (neighbour.text == "-" and behind)
    else:
        fits = neighbour.kind in BEFORE or (neighbour.kind == "close" and behind)
    if not fits:
        raise Unreadable("what this brace holds is a sum; write (…)", brace.start, brace.end)


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
