r"""KaTeX's parse tree as a sequence of tokens: what is only look is dropped, the rest gets a kind.

Groups that show nothing, spaces and sizes vanish; ``\bigl(`` and ``\left(`` are parentheses as all
others; digits join to numbers, letters of a `\text` to words. A node of an unknown type is an
error: nothing is ever left out because it was not understood.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from truepage.maths import katex
from truepage.maths.tokens import (
    ACCENTS,
    BOLD,
    CLOSING,
    DOTS,
    INDICATOR,
    LABELS,
    OPENING,
    OPERATORS,
    PROSE,
    QUAD,
    RELATIONS,
    SETS,
    Token,
    Unreadable,
    joined,
)

SUBSTACK = 0.5
"""Distance of the rows of a `\\substack`."""
Node: TypeAlias = dict[str, Any]


@functools.lru_cache(maxsize=1024)
def tokens(tex: str) -> tuple[Token, ...]:
    """Return the tokens of a formula.

    Raises
    ------
    Unreadable
        It has a part of a kind that is not known.
    katex.TexError
        KaTeX does not accept it.
    """
    return _tokens(katex.parse(tex))


def _tokens(nodes: Sequence[Node]) -> tuple[Token, ...]:
    return tuple(joined([token for node in nodes for token in _token(node)]))


def _token(node: Node) -> Iterator[Token]:
    try:
        read = _READERS[node["type"]]
    except KeyError:
        words = f"a part of the kind {node['type']!r} is not understood"
        raise Unreadable(words, *_place(node)) from None
    yield from read(node)


def _place(node: object) -> tuple[int | None, int | None]:
    """Return where a node stands: its own place, or from its first to its last part's."""
    if isinstance(node, dict):
        if node.get("loc"):
            start, end = node["loc"]
            return start, end
        node = list(node.values())
    if not isinstance(node, list):
        return None, None
    places = [_place(part) for part in node]
    starts = [start for start, _ in places if start is not None]
    ends = [end for _, end in places if end is not None]
    return (min(starts), max(ends)) if starts and ends else (None, None)


def _ordinary(node: Node) -> Iterator[Token]:
    text: str = node["text"]
    if text.isdigit():
        yield Token("number", text, *_place(node))
    elif text in ("|", "\\vert"):
        yield Token("bar", "|", *_place(node))
    elif text in ("\\|", "\\Vert"):
        yield Token("bar", "\\|", *_place(node))
    elif text in OPERATORS:
        yield Token("operator", OPERATORS[text], *_place(node))
    elif text in DOTS:
        yield Token("dots", text, *_place(node))
    elif text in (".", ",", ";"):
        yield Token("stop" if text == "." else "comma", text, *_place(node))
    elif text == " ":
        return
    elif text in ("\\Re", "\\Im"):
        yield Token("word", text[1:], *_place(node))
    elif text == "\\forall":
        yield Token("text", "for all", *_place(node))
    else:
        yield Token("symbol", text, *_place(node))


def _atom(node: Node) -> Iterator[Token]:
    text, place = node["text"], _place(node)
    tables = (("relation", RELATIONS), ("operator", OPERATORS), ("open", OPENING))
    for kind, table in (*tables, ("close", CLOSING)):
        if text in table:
            yield Token(kind, table[text], *place)
            return
    if text in DOTS:
        yield Token("dots", text, *place)
    elif text in (",", ";"):
        yield Token("comma", text, *place)
    elif text in ("!", "\\mid", "\\to", "\\rightarrow"):
        yield Token({"!": "factorial", "\\mid": "mid"}.get(text, "arrow"), text, *place)
    elif text in SETS:
        yield Token("set", text, *place)
    elif text == ":":
        yield Token("colon", text, *place)
    elif text in ("\\mapsto", "\\longmapsto"):
        raise Unreadable(f"{text} is not understood; write f(x) = …", *place)
    elif text in ("\\pm", "\\mp"):
        words = f"{text} makes two statements; write one with + and one with -"
        raise Unreadable(f"{text} is not understood: {words}", *place)
    else:
        words = {
            "rel": "; relations are =, \\ne, <, \\le, >, \\ge and \\approx",
            "bin": "; operators are +, -, \\cdot, \\times, /, \\odot and \\bmod",
        }.get(node.get("family", ""), "")
        raise Unreadable(f"{text} is not understood{words}", *place)


def _group(node: Node) -> Iterator[Token]:
    body = node["body"]
    if [one.get("text") for one in body] == [","]:
        yield Token("stop", "{,}", *_place(node))  # 0{,}5
        return
    yield from _tokens(body)


def _framed(node: Node) -> Iterator[Token]:
    if "fbox" not in node["label"] and "colorbox" not in node["label"]:
        raise Unreadable(f"{node['label']} is not understood", *_place(node))
    yield from _token(node["body"])


def _braced(node: Node) -> Iterator[Token]:
    """Read what a horizontal brace is about; beside a factor it could be one factor."""
    inside = _tokens([node["base"]])
    depth, joined = 0, False
    for token in inside:
        depth += (token.kind == "open") - (token.kind == "close")
        joined = joined or (depth == 0 and token.text in ("+", "-"))
    edge = [Token("brace", node["label"], *_place(node))] if joined else []
    yield from (*edge, *inside, *edge)


def _space(node: Node) -> Iterator[Token]:
    dimension = node.get("dimension")
    if dimension and dimension["unit"] == "em" and dimension["number"] >= QUAD:
        yield Token("quad")


def _delimiter(node: Node) -> Iterator[Token]:
    yield from _atom_of(node["delim"], node, opening=node["mclass"] == "mopen")


def _atom_of(delimiter: str, node: Node, *, opening: bool) -> Iterator[Token]:
    if delimiter == ".":
        return
    sign = {"|": "|", "\\vert": "|", "\\|": "\\|", "\\Vert": "\\|"}.get(delimiter)
    if sign or delimiter in ("\\lvert", "\\rvert"):
        yield Token("open" if opening else "close", sign or "|", *_place(node))
        return
    table = OPENING if opening else CLOSING
    if delimiter not in table:
        raise Unreadable(f"the delimiter {delimiter} is not understood", *_place(node))
    yield Token("open" if opening else "close", table[delimiter], *_place(node))


def _left_right(node: Node) -> Iterator[Token]:
    body = node["body"]
    array = len(body) == 1 and body[0]["type"] == "array"
    if node["left"] == "\\{" and node["right"] == "." and array:
        start, end = _place(node)
        yield Token("cases", rows=_rows(body[0]), start=start, end=end)
        return
    if node["left"] == node["right"] == ".":
        yield from _tokens(body)
        return
    if array and (node["left"], node["right"]) in (("(", ")"), ("[", "]"), ("|", "|")):
        start, end = _place(node)
        kind = "determinant" if node["left"] == "|" else "matrix"
        yield Token(kind, "\\begin{matrix}", rows=_rows(body[0]), start=start, end=end)
        return
    if "." in (node["left"], node["right"]):
        raise Unreadable("a delimiter has no partner", *_place(node))
    yield from _atom_of(node["left"], node, opening=True)
    yield from _tokens(body)
    yield from _atom_of(node["right"], node, opening=False)


def _rows(node: Node) -> tuple[tuple[tuple[Token, ...], ...], ...]:
    return tuple(tuple(_tokens([cell]) for cell in row) for row in node["body"])


def _array(node: Node) -> Iterator[Token]:
    start, end = _place(node)
    if node.get("arraystretch") == SUBSTACK:
        for at, row in enumerate(node["body"]):
            yield from (*([Token("comma", ",", start, end)] if at else ()), *_tokens(row))
        return
    if node.get("colSeparationType") not in ("align", "gather", "alignat", "split"):
        words = "a matrix written out is understood in \\begin{pmatrix} or \\begin{bmatrix}"
        raise Unreadable(words, start, end)
    yield Token("rows", rows=_rows(node), start=start, end=end)


def _fraction(node: Node) -> Iterator[Token]:
    parts = (_tokens([node["numer"]]), _tokens([node["denom"]]))
    if not node["hasBarLine"]:
        if (node.get("leftDelim"), node.get("rightDelim")) == ("(", ")"):
            yield Token("binomial", "\\binom", *_place(node), parts=parts)
            return
        raise Unreadable("a fraction without its bar is not understood", *_place(node))
    yield Token("fraction", "\\frac", *_place(node), parts=parts)


def _root(node: Node) -> Iterator[Token]:
    index = _tokens([node["index"]]) if node["index"] else ()
    yield Token("root", "\\sqrt", *_place(node), parts=(_tokens([node["body"]]), index))


def _operator(node: Node) -> Iterator[Token]:
    name = node.get("name")
    if node.get("body"):
        yield from _tokens(node["body"])
    elif name in ("\\sum", "\\prod", "\\int"):
        yield Token("big", name, *_place(node))
    elif node.get("symbol") or not name:
        words = "; write \\int_a^b … dx, one for each letter" if name and "int" in name else ""
        raise Unreadable(f"{name or 'an operator'} is not understood{words}", *_place(node))
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
            raise Unreadable(
                "a name in upright letters has a part that is no letter", *_place(node)
            )
    return text.replace("\\_", "_").replace("\\ ", " ")


def _named(node: Node) -> Iterator[Token]:
    yield Token("word", _letters(node["body"]), *_place(node))


def _text(node: Node) -> Iterator[Token]:
    text = _letters(node["body"])
    if not text.strip():
        return
    plain = text.replace("_", "").isalnum()
    known = text.strip().split(" ")[0] in PROSE
    kind = "symbol" if plain and not known else "text"
    yield Token(kind, text.strip(), *_place(node), upright=True)


def _font(node: Node) -> Iterator[Token]:
    inside = _tokens([node["body"]])
    letters = "" if node["font"] in BOLD else _letters([node["body"]])
    if node["font"] in BOLD:
        one = len(inside) == 1 and inside[0].text == "1"
        yield from (replace(inside[0], kind="symbol", text=INDICATOR),) if one else inside
        return
    if node["font"] in ("mathrm", "mathsf", "mathtt"):
        yield Token("symbol", letters, *_place(node), upright=True)
    elif letters == "1" and node["font"] == "mathbb":
        yield Token("symbol", INDICATOR, *_place(node))
    elif len(inside) == 1 and inside[0].kind == "symbol":
        text = f"\\{node['font']}{{{inside[0].text}}}"
        yield replace(inside[0], text=text)
    else:
        raise Unreadable(f"\\{node['font']} over more than one letter", *_place(node))


def _accent(node: Node) -> Iterator[Token]:
    inside = _tokens([node["base"] if "base" in node else node["body"]])
    label = node.get("label", "\\overline")
    if label not in (*ACCENTS, "\\overline") or len(inside) != 1 or inside[0].kind != "symbol":
        raise Unreadable(f"{label} is understood over one letter only", *_place(node))
    yield replace(inside[0], text=f"{label}{{{inside[0].text}}}")


def _scripts(node: Node) -> Iterator[Token]:
    if not node.get("base"):
        raise Unreadable("an index or exponent stands beside nothing", *_place(node))
    if node["base"]["type"] == "horizBrace":
        if node.get("sup" if node["base"]["label"] == "\\underbrace" else "sub"):
            raise Unreadable("what stands beside this brace is not understood", *_place(node))
        yield from _braced(node["base"])
        return
    inside = tuple(_token(node["base"]))
    if not inside:
        raise Unreadable("an index or exponent stands beside nothing", *_place(node))
    base = inside[-1]
    if len(inside) > 1 and node["base"]["type"] == "leftright":
        yield from inside[:-1]  # what hangs on a pair of delimiters hangs on the closing one
    elif len(inside) > 1 and (
        base.kind in ("close", "bar") or all(one.kind == "word" for one in inside)
    ):
        yield from inside[:-1]
    elif len(inside) > 1:
        words = "the braces around this show nothing on the page; write (…)"
        raise Unreadable(words, inside[0].start, base.end)
    if base.sup or (base.sub and node.get("sub")):
        words = "an index or exponent stands at one that has its own; write (…)"
        raise Unreadable(words, base.start, base.end)
    sup = _tokens([node["sup"]]) if node.get("sup") else ()
    primes = sum(token.text == "\\prime" for token in sup)
    _, end = _place(node)
    yield replace(
        base,
        end=end if base.end is None or end is None else max(end, base.end),
        sub=_subscript(_tokens([node["sub"]])) if node.get("sub") else base.sub,
        sup=tuple(token for token in sup if token.text != "\\prime"),
        primes=base.primes + primes,
    )


def _subscript(found: tuple[Token, ...]) -> tuple[Token, ...]:
    r"""Return a subscript, in which one word (``\max``) or one sign (``+``) is a label."""
    if len(found) == 1 and (found[0].kind == "word" or found[0].text in ("+", "-")):
        text = found[0].text.removeprefix("\\")
        return (replace(found[0], kind="symbol", text=text, upright=True),)
    return found


def _mclass(node: Node) -> Iterator[Token]:
    r"""Read ``\bmod``, which KaTeX makes of letters, and signs with something above or below."""
    if node["mclass"] == "mpunct" and not node["body"]:
        raise Unreadable("\\colon is not understood; write f(x) = …", *_place(node))
    if node["mclass"] == "mbin" and _letters(node["body"]) == "mod":
        found: tuple[Token, ...] = (Token("operator", "\\bmod", *_place(node)),)
    else:
        found = _tokens(node["body"])
    stacked = any(one["type"] == "supsub" and one["base"]["type"] == "op" for one in node["body"])
    for token in found:
        above = token.sup or (token.sub and token.kind != "word")
        if stacked and above and token.kind != "relation":
            words = f"what stands above or below {token.text} is not understood; write an index"
            raise Unreadable(words, *_place(node))
        if token.kind == "relation" and (token.sup or token.sub):
            label = "".join(one.text for one in (*token.sup, *token.sub))
            if token.text != "=" or label not in LABELS:
                words = f"{label} above or below {token.text} is not understood; write {token.text}"
                raise Unreadable(words, *_place(node))
            yield replace(token, sup=(), sub=())
        else:
            yield token


def _html_or_mathml(node: Node) -> Iterator[Token]:
    """Read what KaTeX has two forms for: of these only ≠ is a sign that formulas here use."""
    shown = _letters_anywhere(node["mathml"])
    if shown == "≠":
        yield Token("relation", "\\ne")
    elif shown == "≔":
        yield Token("relation", "=")
    elif shown == "\u0338":  # the stroke of \not: of \not= it is one sign with what follows
        yield Token("stroke")
    else:
        raise Unreadable(f"{shown} is not understood", *_place(node))


def _letters_anywhere(nodes: Sequence[Node]) -> str:
    return "".join(
        node["text"] if "text" in node else _letters_anywhere(node.get("body", []))
        for node in nodes
    )


_READERS: dict[str, Callable[[Node], Iterator[Token]]] = {
    "mathord": _ordinary,
    "textord": _ordinary,
    "atom": _atom,
    "ordgroup": _group,
    "styling": _group,
    "sizing": _group,
    "kern": _space,
    "spacing": lambda node: iter(()),
    "delimsizing": _delimiter,
    "leftright": _left_right,
    "array": _array,
    "genfrac": _fraction,
    "sqrt": _root,
    "op": _operator,
    "operatorname": _named,
    "text": _text,
    "font": _font,
    "accent": _accent,
    "overline": _accent,
    "supsub": _scripts,
    "htmlmathml": _html_or_mathml,
    "mclass": _mclass,
    "enclose": _framed,
    "color": _group,
    "horizBrace": _braced,
    "tag": _group,
    "smash": lambda node: _token(node["body"]),
    "phantom": lambda node: iter(()),
    "vphantom": lambda node: iter(()),
    "mathchoice": lambda node: iter(_tokens(node["display"])),
}
