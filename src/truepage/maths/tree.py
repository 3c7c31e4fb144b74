r"""KaTeX's parse tree as a sequence of tokens: what is only look is dropped, the rest gets a kind.

Groups that show nothing, spaces and sizes vanish; ``\bigl(`` and ``\left(`` are parentheses as all
others; digits join to numbers, letters of a `\text` to words. A node of an unknown type is an
error: nothing is ever left out because it was not understood.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NoReturn, TypeAlias

from truepage.maths import katex
from truepage.maths.tokens import INDICATOR, SIGNS, Token, Unreadable, joined, outside, text_of

Node: TypeAlias = dict[str, Any]
Tokens: TypeAlias = tuple[Token, ...]

SUBSTACK = 0.5
"""Distance of the rows of a `\\substack`."""
QUAD = 1.0
"""Width in em from which a space parts two statements."""
BOLD = {"mathbf", "boldsymbol", "mathit", "mathnormal", "bm"}
"""Typefaces that do not make another letter: a vector's elements are written without them."""
ACCENTS = {"\\hat", "\\bar", "\\tilde", "\\vec", "\\dot", "\\ddot", "\\widehat", "\\widetilde"}
LABELS = {"def", "def.", "!", "\\triangle", "\\Delta", "∆"}
"""What may stand above an equals sign without another meaning."""
PROSE = {"if", "for", "when", "where", "with", "and", "or", "otherwise", "else", "all", "every"}
"""Words of a `\\text{…}` that are no name."""
MAPS = "; write f(x) = …"
TWO_SIGNS = ": {} makes two statements; write one with + and one with -"
REMEDIES = {"\\mapsto": MAPS, "\\longmapsto": MAPS, "\\pm": TWO_SIGNS, "\\mp": TWO_SIGNS}
FAMILIES = {
    "rel": "; relations are =, \\ne, <, \\le, >, \\ge and \\approx",
    "bin": "; operators are +, -, \\cdot, \\times, /, \\odot and \\bmod",
}
TWO_FORMS = {"≠": ("relation", "\\ne"), "≔": ("relation", "="), "\u0338": ("stroke", "")}
"""What KaTeX has two forms for; the last is the stroke of \\not."""


@functools.lru_cache(maxsize=1024)
def tokens(tex: str) -> Tokens:
    """Return the tokens of a formula.

    Raises
    ------
    Unreadable
        It has a part of a kind that is not known.
    katex.TexError
        KaTeX does not accept it.
    """
    return _tokens(katex.parse(tex))


def _tokens(nodes: Sequence[Node]) -> Tokens:
    return tuple(joined([token for node in nodes for token in _token(node)]))


def _token(node: Node) -> Iterator[Token]:
    read = _READERS.get(node["type"])
    if read is None:
        _refuse(node, f"a part of the kind {node['type']!r} is not understood")
    return read(node)


def _refuse(node: Node, words: str) -> NoReturn:
    raise Unreadable(words, *_place(node))


def _place(node: object) -> tuple[int | None, int | None]:
    """Return where a node stands: its own place, or from its first to its last part's."""
    if isinstance(node, dict):
        if node.get("loc"):
            start, end = node["loc"]
            return start, end
        node = list(node.values())
    if not isinstance(node, list):
        return None, None
    places = list(map(_place, node))
    starts = [start for start, _ in places if start is not None]
    ends = [end for _, end in places if end is not None]
    return (min(starts), max(ends)) if starts and ends else (None, None)


def _ordinary(node: Node) -> Iterator[Token]:
    text: str = node["text"]
    if text != " ":
        kind, text = SIGNS.get(text, ("number" if text.isdigit() else "symbol", text))
        yield Token(kind, text, *_place(node))


def _atom(node: Node) -> Iterator[Token]:
    text: str = node["text"]
    if text not in SIGNS:
        remedy = REMEDIES.get(text) or FAMILIES.get(node.get("family", ""), "")
        _refuse(node, f"{text} is not understood{remedy.format(text)}")
    yield Token(*SIGNS[text], *_place(node))


def _group(node: Node) -> Iterator[Token]:
    if [one.get("text") for one in node["body"]] == [","]:  # 0{,}5
        return iter([Token("stop", "{,}", *_place(node))])
    return iter(_tokens(node["body"]))


def _framed(node: Node) -> Iterator[Token]:
    if "fbox" not in node["label"] and "colorbox" not in node["label"]:
        _refuse(node, f"{node['label']} is not understood")
    return _token(node["body"])


def _braced(node: Node) -> Iterator[Token]:
    """Read what a horizontal brace is about; beside a factor it could be one factor."""
    inside = _tokens([node["base"]])
    if not any(token.text in ("+", "-") for _, token in outside(inside)):
        return iter(inside)
    edges = [Token("brace", text, *_place(node)) for text in ("open", "close")]
    return iter((edges[0], *inside, edges[1]))


def _space(node: Node) -> Iterator[Token]:
    dimension = node.get("dimension")
    if dimension and dimension["unit"] == "em" and dimension["number"] >= QUAD:
        yield Token("quad")


def _delimiter(node: Node, sign: str, kind: str) -> Iterator[Token]:
    """Read one of a pair of delimiters, which opens or closes."""
    if sign != ".":
        own, text = SIGNS.get(sign, ("", ""))
        if own != kind and text not in ("|", "\\|"):
            _refuse(node, f"the delimiter {sign} is not understood")
        yield Token(kind, text, *_place(node))


def _left_right(node: Node) -> Iterator[Token]:
    body, ends = node["body"], (node["left"], node["right"])
    if len(body) == 1 and body[0]["type"] == "array":
        kinds = dict.fromkeys((("(", ")"), ("[", "]")), "matrix")
        kind = {**kinds, ("|", "|"): "determinant", ("\\{", "."): "cases"}.get(ends)
        if kind:
            text = "" if kind == "cases" else "\\begin{matrix}"
            yield Token(kind, text, *_place(node), rows=_rows(body[0]))
            return
    if "." in ends and ends != (".", "."):
        _refuse(node, "a delimiter has no partner")
    yield from _delimiter(node, ends[0], "open")
    yield from _tokens(body)
    yield from _delimiter(node, ends[1], "close")


def _rows(node: Node) -> tuple[tuple[Tokens, ...], ...]:
    return tuple(tuple(_tokens([cell]) for cell in row) for row in node["body"])


def _array(node: Node) -> Iterator[Token]:
    if node.get("arraystretch") == SUBSTACK:
        for at, row in enumerate(node["body"]):
            yield from (*([Token("comma", ",", *_place(node))] if at else ()), *_tokens(row))
        return
    if node.get("colSeparationType") not in ("align", "gather", "alignat", "split"):
        words = "a matrix written out is understood in \\begin{pmatrix} or \\begin{bmatrix}"
        _refuse(node, words)
    yield Token("rows", "", *_place(node), rows=_rows(node))


def _fraction(node: Node) -> Iterator[Token]:
    parts = (_tokens([node["numer"]]), _tokens([node["denom"]]))
    if node["hasBarLine"]:
        yield Token("fraction", "\\frac", *_place(node), parts=parts)
    elif (node.get("leftDelim"), node.get("rightDelim")) == ("(", ")"):
        yield Token("binomial", "\\binom", *_place(node), parts=parts)
    else:
        _refuse(node, "a fraction without its bar is not understood")


def _root(node: Node) -> Iterator[Token]:
    parts = (_tokens([node["body"]]), _tokens([node["index"]]) if node["index"] else ())
    yield Token("root", "\\sqrt", *_place(node), parts=parts if parts[1] else parts[:1])


def _operator(node: Node) -> Iterator[Token]:
    name = node.get("name")
    if node.get("body"):
        yield from _tokens(node["body"])
    elif name in ("\\sum", "\\prod", "\\int"):
        yield Token("big", name, *_place(node))
    elif node.get("symbol") or not name:
        words = "; write \\int_a^b … dx, one for each letter" if name and "int" in name else ""
        _refuse(node, f"{name or 'an operator'} is not understood{words}")
    else:
        yield Token("word", name, *_place(node))


def _letters(nodes: Sequence[Node]) -> str:
    text = ""
    for node in nodes:
        if node["type"] in ("ordgroup", "font", "text", "styling"):
            body = node["body"]
            text += _letters(body if isinstance(body, list) else [body])
        elif "text" in node:
            text += node["text"]
        elif node["type"] not in ("kern", "spacing"):
            _refuse(node, "a name in upright letters has a part that is no letter")
    return text.replace("\\_", "_").replace("\\ ", " ")


def _text(node: Node) -> Iterator[Token]:
    text = _letters(node["body"])
    if text.strip():
        name = text.replace("_", "").isalnum() and text.strip().split(" ")[0] not in PROSE
        yield Token("symbol" if name else "text", text.strip(), *_place(node), upright=True)


def _font(node: Node) -> Iterator[Token]:
    inside, font = _tokens([node["body"]]), node["font"]
    letters = "" if font in BOLD else _letters([node["body"]])
    if font in BOLD:
        one = len(inside) == 1 and inside[0].text == "1"
        yield from (replace(inside[0], kind="symbol", text=INDICATOR),) if one else inside
    elif font in ("mathrm", "mathsf", "mathtt"):
        yield Token("symbol", letters, *_place(node), upright=True)
    elif letters == "1" and font == "mathbb":
        yield Token("symbol", INDICATOR, *_place(node))
    elif len(inside) == 1 and inside[0].kind == "symbol":
        yield replace(inside[0], text=f"\\{font}{{{inside[0].text}}}")
    else:
        _refuse(node, f"\\{font} over more than one letter")


def _accent(node: Node) -> Iterator[Token]:
    inside = _tokens([node["base"] if "base" in node else node["body"]])
    label = node.get("label", "\\overline")
    if label not in (*ACCENTS, "\\overline") or len(inside) != 1 or inside[0].kind != "symbol":
        _refuse(node, f"{label} is understood over one letter only")
    yield replace(inside[0], text=f"{label}{{{inside[0].text}}}")


def _scripts(node: Node) -> Iterator[Token]:
    """Read a base with its scripts; on a pair of delimiters they hang on the closing one."""
    if node.get("base") and node["base"]["type"] == "horizBrace":
        if node.get("sup" if node["base"]["label"] == "\\underbrace" else "sub"):
            _refuse(node, "what stands beside this brace is not understood")
        yield from _braced(node["base"])
        return
    inside = tuple(_token(node["base"])) if node.get("base") else ()
    if not inside:
        _refuse(node, "an index or exponent stands beside nothing")
    *before, base = inside
    delimited = node["base"]["type"] == "leftright" or base.kind in ("close", "bar")
    if before and not delimited and any(one.kind != "word" for one in inside):
        words = "the braces around this show nothing on the page; write (…)"
        raise Unreadable(words, inside[0].start, base.end)
    yield from before
    if base.sup or (base.sub and node.get("sub")):
        words = "an index or exponent stands at one that has its own; write (…)"
        raise Unreadable(words, base.start, base.end)
    sup = _tokens([node["sup"]]) if node.get("sup") else ()
    _, end = _place(node)
    yield replace(
        base,
        end=end if base.end is None or end is None else max(end, base.end),
        sub=_subscript(_tokens([node["sub"]])) if node.get("sub") else base.sub,
        sup=tuple(token for token in sup if token.text != "\\prime"),
        primes=base.primes + sum(token.text == "\\prime" for token in sup),
    )


def _subscript(found: Tokens) -> Tokens:
    r"""Return a subscript, in which one word (``\max``) or one sign (``+``) is a label."""
    if len(found) == 1 and (found[0].kind == "word" or found[0].text in ("+", "-")):
        text = found[0].text.removeprefix("\\")
        return (replace(found[0], kind="symbol", text=text, upright=True),)
    return found


def _classed(node: Node) -> Iterator[Token]:
    r"""Read ``\bmod``, which KaTeX makes of letters, and signs with something above or below."""
    body = node["body"]
    if node["mclass"] == "mpunct" and not body:
        _refuse(node, "\\colon is not understood; write f(x) = …")
    if node["mclass"] == "mbin" and _letters(body) == "mod":
        yield Token("operator", "\\bmod", *_place(node))
        return
    stacked = any(one["type"] == "supsub" and one["base"]["type"] == "op" for one in body)
    for token in (token for one in body for token in _token(one)):
        if token.kind == "relation" and (token.sup or token.sub):
            label = text_of((*token.sup, *token.sub))
            if token.text != "=" or label not in LABELS:
                words = f"{label} above or below {token.text} is not understood"
                _refuse(node, f"{words}; write {token.text}")
            token = replace(token, sup=(), sub=())
        elif stacked and (token.sup or (token.sub and token.kind != "word")):
            words = f"what stands above or below {token.text} is not understood; write an index"
            _refuse(node, words)
        yield token


def _two_forms(node: Node) -> Iterator[Token]:
    """Read what KaTeX has two forms for, one to show and one in MathML."""
    text = _letters_anywhere(node["mathml"])
    if text not in TWO_FORMS:
        _refuse(node, f"{text} is not understood")
    yield Token(*TWO_FORMS[text])


def _letters_anywhere(nodes: Sequence[Node]) -> str:
    return "".join(
        node["text"] if "text" in node else _letters_anywhere(node.get("body", []))
        for node in nodes
    )


_READERS: dict[str, Callable[[Node], Iterator[Token]]] = {
    **dict.fromkeys(("mathord", "textord"), _ordinary),
    **dict.fromkeys(("ordgroup", "styling", "sizing", "color", "tag"), _group),
    **dict.fromkeys(("accent", "overline"), _accent),
    **dict.fromkeys(("spacing", "phantom", "vphantom"), lambda node: iter(())),
    "atom": _atom,
    "kern": _space,
    "delimsizing": lambda node: _delimiter(
        node, node["delim"], "open" if node["mclass"] == "mopen" else "close"
    ),
    "leftright": _left_right,
    "array": _array,
    "genfrac": _fraction,
    "sqrt": _root,
    "op": _operator,
    "operatorname": lambda node: iter([Token("word", _letters(node["body"]), *_place(node))]),
    "text": _text,
    "font": _font,
    "supsub": _scripts,
    "htmlmathml": _two_forms,
    "mclass": _classed,
    "enclose": _framed,
    "horizBrace": _braced,
    "smash": lambda node: _token(node["body"]),
    "mathchoice": lambda node: iter(_tokens(node["display"])),
}
