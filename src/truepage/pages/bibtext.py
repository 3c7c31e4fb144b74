r"""Text of bibliographies: TeX as pieces of plain text, emphasis, indices and maths.

Exporters write accents, dashes and quotes as TeX does, which latexcodec reads; around that stand a
few commands, such as `\emph{…}`, and formulas.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterator, Sequence

Piece = tuple[str, str]
"""A kind (`""`, `em`, `sub`, `sup`, `math`) and a text; of a formula, its TeX."""

KINDS = {
    **dict.fromkeys(("emph", "textit", "textsl", "em", "it", "itshape", "sl", "mkbibemph"), "em"),
    "textsubscript": "sub",
    "textsuperscript": "sup",
}
WORDS = {
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "LaTeXe": "LaTeX2ε",
    "BibTeX": "BibTeX",
    "textquoteright": "’",
    "textquoteleft": "‘",
    "textquotedblleft": "“",
    "textquotedblright": "”",
    "textemdash": "—",
    "textendash": "–",
    "textbackslash": "\\",
    "textasciicircum": "^",
    "textdegree": "°",
    "textmu": "µ",
    "euro": "€",
    "texttimes": "×",
    "ldots": "…",
    "dots": "…",
    "textellipsis": "…",
    "slash": "/",
    "newline": " ",
    "quad": " ",
    "qquad": " ",
}
QUOTED = {"enquote", "mkbibquote"}
LAST = {"href": 2, "textcolor": 2}
"""Commands of which an argument after the first one is the text."""

ACCENTS = {
    **{"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306"},
    **{".": "\u0307", '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323"},
    **{"c": "\u0327", "k": "\u0328", "b": "\u0331"},
}

_MATHS = re.compile(r"(?<!\\)\$\$?(?P<dollars>(?:\\.|[^$\\])+)\$\$?|\\\((?P<round>.+?)\\\)", re.S)
_TOKEN = re.compile(
    r"\\(?P<name>[A-Za-z]+\*?|.)[ \t]*|(?P<brace>[{}])|\x02(?P<maths>\d+)\x03", re.S
)
_SPACE = re.compile(r"[ \t\r\n]+")


def pieces(tex: str) -> list[Piece]:
    r"""Return the pieces of a text.

    Examples
    --------
    >>> pieces(r"On $L^2$ and {\em deep} nets, {\O}ystein")
    [('', 'On '), ('math', 'L^2'), ('', ' and '), ('em', 'deep'), ('', ' nets, Øystein')]
    """
    import latexcodec  # noqa: F401 (it registers the codec)

    formulas: list[str] = []

    def aside(match: re.Match[str]) -> str:
        formulas.append((match["dollars"] or match["round"]).strip())
        return f"\x02{len(formulas) - 1}\x03"

    text = _MATHS.sub(aside, _SPACE.sub(" ", tex.translate({2: None, 3: None})))
    text = codecs.decode(text, "ulatex")  # type: ignore[call-overload] # from text to text
    joined: list[Piece] = []
    for kind, part in _TexReader(text, formulas).group():
        if joined and joined[-1][0] == kind != "math":
            part = joined.pop()[1] + part
        joined.append((kind, part))
    found = [
        (kind, part if kind == "math" else unicodedata.normalize("NFC", part))
        for kind, part in joined
        if part
    ]
    return [(kind, _SPACE.sub(" ", part) if kind == "" else part) for kind, part in found]


class _TexReader:
    """What reads groups and commands in a text that holds no accents any more."""

    def __init__(self, text: str, formulas: Sequence[str]) -> None:
        self._text, self._formulas, self._at = text, formulas, 0

    def group(self, kind: str = "") -> Iterator[Piece]:
        """Yield the pieces up to the end of a group, or of the text."""
        while self._at < len(self._text):
            found = _TOKEN.search(self._text, self._at)
            if not found:
                yield kind, self._text[self._at :]
                self._at = len(self._text)
                return
            yield kind, self._text[self._at : found.start()]
            self._at = found.end()
            if found["brace"] == "}":
                return
            if found["brace"]:
                yield from self.group(kind)
            elif found["maths"]:
                yield "math", self._formulas[int(found["maths"])]
            else:
                name = found["name"].rstrip("*")
                if name in KINDS and not self._text.startswith("{", self._at):
                    kind = KINDS[name]  # up to the end of this group, as {\em …} has it
                else:
                    yield from self._command(name, kind)

    def _command(self, name: str, kind: str) -> Iterator[Piece]:
        if name in WORDS:
            if self._text.startswith("{}", self._at):
                self._at += 2
            yield kind, WORDS[name]
        elif name in ACCENTS:
            letter = "".join(text for _, text in self._argument(kind))
            letter = {"ı": "i", "ȷ": "j"}.get(letter[:1], letter[:1]) + letter[1:]
            yield kind, f"{letter[:1]}{ACCENTS[name]}{letter[1:]}"
        elif not name.isalpha():  # an escaped sign
            yield kind, "" if name in "/-" else " " if name in ",;: \\" else name
        else:
            for _ in range(LAST.get(name, 1) - 1):
                list(self._argument(kind))
            inside = self._argument(KINDS.get(name, kind), whole=True)
            quotes = "“”" if name in QUOTED else ("", "")
            yield kind, quotes[0]
            yield from inside
            yield kind, quotes[1]

    def _argument(self, kind: str, *, whole: bool = False) -> list[Piece]:
        """Return a command's argument: a group, or one character unless it must be a group."""
        if self._text.startswith("{", self._at):
            self._at += 1
            return list(self.group(kind))
        if whole or self._at >= len(self._text):
            return []
        self._at += 1
        return [(kind, self._text[self._at - 1])]


def plain(found: Sequence[Piece]) -> str:
    """Return pieces as plain text, formulas as one line."""
    from truepage.maths.katex import TexError
    from truepage.pages import typesetting

    def text(kind: str, part: str) -> str:
        if kind != "math":
            return part
        try:
            return typesetting.typeset(part, display=False).text or part
        except TexError:
            return part

    return "".join(text(*piece) for piece in found)
