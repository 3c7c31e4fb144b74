r"""A formula as one line of plain text, for places where nothing can be set.

Titles of pages, the search, alternative text and the addresses of headings hold text alone. It is
made from the MathML that KaTeX writes: `\frac{1}{1 + e^{-x}}` becomes `1/(1 + e^(−x))`.
"""

import html as entities
import re
import unicodedata
from collections.abc import Callable, Iterable
from xml.etree import ElementTree

MATHML = re.compile(r"<math .*?</math>", re.DOTALL)
NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"

RELATIONS = set("=<>∼≃≅≈≡≠≤≥≪≫∝∈∉∋⊂⊃⊆⊇→←↔⇒⇐⇔↦⟶⟵⟹⟺⟼≺≻⊢⊨:") | {":="}
"""Operators with a space on both sides."""

BINARY = set("+−±∓×÷⋅∗∘⊙⊕⊗∪∩∖∧∨∣∥")
"""Operators with a space on both sides where they stand between two things."""

SCRIPTS = {"msub", "msup", "msubsup", "munder", "mover", "munderover", "mfrac"}
ATOM = re.compile(r"[\w.]+[′″‴]*|[^\w\s]")
FACTOR = re.compile(r"(?:(?:\d[\d.]*|[^\W\d]\w*|[^\w\s¤])[′″‴]*¤?|¤)(?:[_^][^\s_^/]+)*")
ACCENTS = dict(zip("^ˆˉ‾¯~˜→⃗˙¨ˇ˘", "\u0302\u0302\u0304\u0304\u0304\u0303\u0303\u20d7\u20d7"
                   "\u0307\u0308\u030c\u0306", strict=True))  # fmt: skip
NAMES = {"′": "prime", "∞": "infinity", "∂": "partial", "∇": "nabla", "∑": "sum", "∏": "product"}
GREEK = re.compile("[\u0370-\u03ff]")


def of_html(html: str) -> str:
    """Return the plain text of a formula from KaTeX's HTML.

    A formula that is nested too deeply to be read gives the empty text.
    """
    found = MATHML.search(html)
    if not found:
        return ""
    try:
        math = ElementTree.fromstring(found[0])  # noqa: S314 (KaTeX's own output)
        return _tidy(_text(math))
    except (ElementTree.ParseError, RecursionError):
        return ""


def spelled(text: str) -> str:
    """Return a plain formula as words that an address can be made of.

    Examples
    --------
    >>> spelled("σ′(x)")
    'sigma prime x'
    """
    words = "".join(NAMES.get(letter, letter) for letter in re.sub("([′∞∂∇∑∏])", r" \1 ", text))
    words = GREEK.sub(lambda letter: f" {_name(letter[0])} ", words)
    return " ".join(re.sub(r"[^\w\s]", " ", words).split())


def _name(letter: str) -> str:
    """Return the name of a Greek letter: `ϵ` and `ε` are both epsilon."""
    words = unicodedata.name(letter, "").split()
    kind = {"GREEK", "SMALL", "CAPITAL", "LETTER", "SYMBOL", "FINAL", "LUNATE"}
    return " ".join(word for word in words if word not in kind).lower()


def _tidy(text: str) -> str:
    text = (
        text.replace("∣", "|")
        .replace("\u2061 ", "\u2061")
        .replace("\u2061(", "(")
        .replace("\u2061", " ")
    )
    text = re.sub(r"\s+", " ", re.sub("[\u200b\u2062-\u2064]", "", text)).strip()
    text = re.sub(r" ([,;.)\]}])", r"\1", re.sub(r"([(\[{]) ", r"\1", text))
    return unicodedata.normalize("NFC", text)


def _text(node: ElementTree.Element) -> str:
    """Return the text of an element."""
    tag = node.tag.removeprefix(NAMESPACE)
    if tag in {"mi", "mn", "mo", "mtext"}:
        return entities.unescape(node.text or "").replace("\u00a0", " ")
    if tag in {"annotation", "mphantom"}:
        return ""
    if tag == "mspace":
        return "" if node.get("width", "").startswith(("-", "0em")) else " "
    if tag == "mtable":
        return "; ".join(_row(cell for cell in row) for row in node)
    if tag in TWO and len(node) > 1:
        return TWO[tag](node)
    if tag == "msqrt":
        return "√" + _group(_row(node))
    return _row(node)


def _row(nodes: Iterable[ElementTree.Element]) -> str:
    """Return the texts of elements side by side, with the spaces that a reader expects."""
    out = last = ""
    for node in nodes:
        text = _text(node)
        tag = node.tag.removeprefix(NAMESPACE)
        between = text in BINARY and re.search(r"[\w)\]}!′∞⊤%]\s*$", out[-4:])
        if tag == "mo" and (text in RELATIONS or between):
            out += f" {text} "
        elif tag == "mo" and text in {",", ";"}:
            out += f"{text} "
        elif tag == "mtd":
            out += f" {text}" if out and text else text
        elif text[:1].isalnum() and (last in SCRIPTS or (out[-1:].isalnum() and _is_word(text))):
            out += f" {text}"
        else:
            out += text
        last = tag
    return out


def _is_word(text: str) -> bool:
    """Tell whether a text begins with the name of a function, such as `max`."""
    return re.match(r"[^\W\d_]{2,}", text) is not None


def _group(text: str) -> str:
    """Return a text that is one thing: in parentheses unless it is one already."""
    text = _tidy(text)
    return text if ATOM.fullmatch(text) else f"({text})"


def _part(text: str) -> str:
    """Return a part of a fraction: in parentheses unless it is one factor, such as `e^(−x)`."""
    text = _tidy(text)
    flat, closed = text, ""
    while flat != closed:
        flat, closed = re.sub(r"\([^()]*\)", "¤", flat), flat
    return text if FACTOR.fullmatch(flat) else f"({text})"


def _scripts(base: str, below: str = "", above: str = "") -> str:
    """Return a base with what stands at its right, below and above."""
    name = base.removesuffix("\u2061")  # which comes between a function and its argument
    text = name + (f"_{_group(below)}" if below else "")
    if above:
        text += above if set(above) <= set("′″‴") else f"^{_group(above)}"
    return text + base[len(name) :]


def _fraction(node: ElementTree.Element) -> str:
    above, below = _text(node[0]), _text(node[1])
    if node.get("linethickness", "").startswith("0"):
        return f"{_tidy(above)} choose {_tidy(below)}"
    return f"{_part(above)}/{_part(below)}"


def _over(node: ElementTree.Element) -> str:
    base, above = _text(node[0]), _text(node[1])
    if node.get("accent") == "true" and above in ACCENTS:
        return base + ACCENTS[above] if len(base) == 1 else base
    if len(above) == 1 and above in "⏞⎴‾¯":
        return base
    return _scripts(base, above=above)


def _under(node: ElementTree.Element) -> str:
    base, below = _text(node[0]), _text(node[1])
    return base if below in {"⏟", "⎵", "‾", "_", "~"} else _scripts(base, below)


def _both(node: ElementTree.Element) -> str:
    base, below, above = (_text(child) for child in node)
    return _scripts(base, below, above)


TWO: dict[str, Callable[[ElementTree.Element], str]] = {
    "mfrac": _fraction,
    "msup": lambda node: _scripts(_text(node[0]), above=_text(node[1])),
    "msub": lambda node: _scripts(_text(node[0]), _text(node[1])),
    "msubsup": _both,
    "munder": _under,
    "mover": _over,
    "munderover": _both,
    "mroot": lambda node: f"{_group(_text(node[1]))}√{_group(_text(node[0]))}",
}
"""How elements of two or three parts read."""
