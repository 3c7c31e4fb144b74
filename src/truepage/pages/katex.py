"""KaTeX, in this process: TeX in, HTML with MathML out.

KaTeX is one JavaScript file without dependencies; QuickJS runs it about fifty times faster than
the process per formula that markdown-katex would start, and on every platform with a wheel.
"""

import hashlib
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truepage.pages import plaintext
from truepage.pages.assets import vendored

if TYPE_CHECKING:  # imported where it is needed: a build that finds all its formulas needs none
    import quickjs

MEMORY = 256 * 1024 * 1024
SECONDS = 3.0
STACK = 1024 * 1024
LENGTH = 20_000
"""Characters of the longest formula that KaTeX is given; a page of dense TeX has three thousand."""

WIDTH = 90
"""Characters of a formula that a message shows."""

# Output is JSON, never a bare string: quickjs fails on some. `errorColor` is no colour that an
# author can write: it marks what KaTeX, trust being off, would show in red and call a success.
_PROGRAM = r"""
globalThis.console = {warn() {}, log() {}, error() {}};
%s
const REFUSED = "truepage-refused";
// Being strict about the first would let \\ do nothing in a display, in silence; trust, being
// off, refuses what the second is about, with a better message.
const LENIENT = ["newLineInDisplayMode", "htmlExtension"];
const SIZES = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.44, 1.728, 2.074, 2.488];

const em = (length) => (length !== undefined && length.endsWith("em") ? parseFloat(length) : 0);

const PADS = {boxpad: 0.6, "x-arrow-pad": 1, "cd-arrow-pad": 0.8334, "cancel-pad": 0.4};

// How wide a node of KaTeX's tree is, in em of its parent: each letter's width is known.
function width(node) {
  const text = node.text, style = node.style, names = node.classes;
  if (text !== undefined) {
    // KaTeX joins letters of \text into one node and keeps the first one's width; those that its
    // fonts do not have are as wide as in others.
    let own = node.width || (text > "\u017f" && text !== "\u200b" ? text.length : 0);
    if (text.length > 1) own = Math.max(own, 0.55 * text.length);
    if (node.italic > 0) own += node.italic;
    return names.includes("katex-sizing") ? own * scale(names) : own;
  }
  const children = node.children;
  if (children === undefined || names === undefined) return 0; // a drawing fills its parent
  let own = 0, pad = 0, stacked = false, sized = false;
  for (const name of names) {
    if (name === "vlist" || name === "vlist-t") stacked = true;
    else if (name === "nulldelimiter") own = 0.12;
    else if (name === "vlist-s" || name === "llap" || name === "rlap" || name === "clap") return 0;
    else if (name.endsWith("pad")) pad += PADS[name] || 0;
    else if (name.startsWith("reset-size")) sized = true;
  }
  own ||= em(style.width) || em(style.minWidth);
  if (own === 0) {
    for (const child of children) {
      const one = width(child);
      own = stacked ? Math.max(own, one) : own + one;
    }
  }
  own += pad + em(style.paddingLeft) + em(style.borderRightWidth);
  own += em(style.marginLeft) + em(style.marginRight);
  return sized ? own * scale(names) : own;
}

// A size is given by two classes: reset-size6 size3.
function scale(names) {
  let factor = 1;
  for (const name of names) {
    if (name.startsWith("reset-size")) factor /= SIZES[name.slice(10) - 1];
    else if (/^size\d+$/.test(name)) factor *= SIZES[name.slice(4) - 1];
  }
  return factor;
}

// The widest line of a formula, and the widest part of it that no line can break.
function measure(tree) {
  if (tree.classes.includes("katex-display")) tree = tree.children[0];
  let line = 0, longest = 0, widest = 0;
  for (const part of tree.children[1].children) {
    if (part.classes.includes("katex-newline")) line = 0;
    const one = width(part);
    line += one;
    longest = Math.max(longest, line);
    widest = Math.max(widest, one);
  }
  return [longest, widest];
}

globalThis.typeset = (tex, displayMode, macros) => {
  let refused = null;
  const options = {
    displayMode, macros, output: "htmlAndMathml", throwOnError: true,
    strict: (code) => (LENIENT.includes(code) ? "ignore" : "error"),
    maxSize: 20, maxExpand: 1000, errorColor: REFUSED,
    trust(context) { refused ??= context.command; return false; },
  };
  try {
    const tree = katex.__renderToDomTree(tex, options);
    const html = tree.toMarkup();
    if (refused || html.includes(`color:${REFUSED}`)) return JSON.stringify({refused});
    return JSON.stringify({html, widths: measure(tree)});
  } catch (error) {
    const words = error.rawMessage || String(error);
    return JSON.stringify({words, position: error.position ?? null});
  }
};

globalThis.parsed = (tex) => {
  const options = {displayMode: true, strict: "error", maxSize: 20, maxExpand: 1000};
  const place = (loc) => (loc && loc.lexer.input === tex ? [loc.start, loc.end] : undefined);
  try {
    const tree = katex.__parse(tex, options);
    return JSON.stringify({tree}, (key, value) => (key === "loc" ? place(value) : value));
  } catch (error) {
    const words = error.rawMessage || String(error);
    return JSON.stringify({words, position: error.position ?? null});
  }
};
"""

_UNFIT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Characters that no HTML file may hold."""


@dataclass(frozen=True)
class Typeset:
    """A formula as KaTeX sets it.

    Parameters
    ----------
    html
        KaTeX's own output, HTML and MathML.
    text
        The formula as one line of plain text.
    width
        About how wide its longest line is, in em.
    part
        About how wide its widest part is that no line can break, in em.
    """

    html: str
    text: str
    width: float
    part: float


@dataclass(eq=False)  # not frozen: context managers set an exception's traceback
class TexError(Exception):
    """KaTeX does not accept a formula.

    Parameters
    ----------
    tex
        The formula.
    words
        What KaTeX says of it.
    position
        Index of the offending character, if KaTeX knows it.
    """

    tex: str
    words: str
    position: int | None = None

    def __str__(self) -> str:
        """Return the words, then the formula's line with a caret under the place."""
        if self.position is None:
            return f"{self.words}\n    {_visible(self.tex.strip()[:WIDTH])}"
        begin = self.tex.rfind("\n", 0, self.position) + 1
        start = max(begin, self.position - WIDTH // 2)
        line = self.tex[start : start + WIDTH].split("\n", 1)[0]
        return f"{self.words}\n    {_visible(line)}\n    {' ' * (self.position - start)}^"


def _visible(text: str) -> str:
    """Return a text that a terminal can show, each character in a place of its own."""
    return _UNFIT.sub("\ufffd", text)


def render(tex: str, *, display: bool) -> str:
    r"""Return the HTML of a formula.

    Raises
    ------
    TexError
        KaTeX does not accept it, or gives up within its limits of time and memory.

    Examples
    --------
    >>> 'encoding="application/x-tex">\\sigma(x)' in render(r"\sigma(x)", display=False)
    True
    """
    return typeset(tex, display=display).html


def typeset(tex: str, *, display: bool, macros: Mapping[str, str] | None = None) -> Typeset:
    r"""Return a formula as KaTeX sets it.

    Parameters
    ----------
    tex
        The formula.
    display
        Whether it stands by itself.
    macros
        Commands that it may use: name → TeX, with ``#1`` for an argument.

    Raises
    ------
    TexError
        KaTeX does not accept it, or gives up within its limits of time and memory.

    Examples
    --------
    >>> typeset(r"\frac{1}{1 + e^{-x}}", display=False).text
    '1/(1 + e^(−x))'
    """
    if len(tex) > LENGTH:
        raise TexError(tex, f"is {len(tex):,} characters long; expected {LENGTH:,} at most")
    if unfit := _UNFIT.search(tex):
        code = f"U+{ord(unfit[0]):04X}"
        raise TexError(tex, f"holds the character {code}, which no page can show", unfit.start())
    import quickjs

    try:
        given = ", ".join(map(json.dumps, (tex, display, dict(macros or {}))))
        answer = json.loads(context().eval(f"typeset({given})"))
    except quickjs.JSException as error:
        _ours.__dict__.clear()  # out of memory or time: the state inside is not to be trusted
        raise TexError(tex, f"KaTeX gave up: {str(error).strip().splitlines()[0]}") from None
    if "words" in answer:
        raise TexError(tex, answer["words"], _index(tex, answer["position"]))
    if "refused" in answer:
        command = answer["refused"] or "a command"
        at = tex.find(command)
        words = f"{command} can load or run things; expected plain maths"
        raise TexError(tex, words, None if at < 0 else at)
    html: str = answer["html"]
    width, part = answer["widths"]
    return Typeset(html, plaintext.of_html(html), round(width, 1), round(part, 1))


def _index(tex: str, position: int | None) -> int | None:
    """Return the index of a character; JavaScript counts those beyond U+FFFF twice."""
    if position is None:
        return None
    return len(tex.encode("utf-16-le")[: 2 * position].decode("utf-16-le", errors="ignore"))


def digest() -> str:
    """Return what the look of a formula depends on besides its TeX: KaTeX, and our own code."""
    parts = [vendored("katex/katex.min.js"), Path(__file__), Path(plaintext.__file__)]
    state = hashlib.sha256()
    for part in parts:
        state.update(hashlib.sha256(part.read_bytes()).digest())
    return state.hexdigest()


_ours = threading.local()
"""The JavaScript context of each thread: QuickJS knows one thread's stack."""


def context() -> "quickjs.Context":
    """Return this thread's JavaScript context, in which `katex` is defined."""
    if not hasattr(_ours, "context"):
        import quickjs

        context = quickjs.Context()
        context.set_memory_limit(MEMORY)
        context.set_time_limit(SECONDS)
        context.set_max_stack_size(STACK)
        context.eval(_PROGRAM % vendored("katex/katex.min.js").read_text(encoding="utf-8"))
        _ours.context = context
    return _ours.context


def parse(tex: str) -> list[dict[str, Any]]:
    r"""Return the tree that KaTeX reads a formula into: typed nodes, macros expanded.

    A node's `loc` is where it stands in the formula, as two indices; what a macro expanded into has
    none. It is KaTeX's internal interface, and `package.json` pins the version.

    Raises
    ------
    TexError
        KaTeX does not accept the formula, or gives up within its limits of time and memory.

    Examples
    --------
    >>> [node["type"] for node in parse(r"\frac{1}{2} x^2")]
    ['genfrac', 'supsub']
    """
    import quickjs

    try:
        answer = json.loads(context().eval(f"parsed({json.dumps(tex)})"))
    except quickjs.JSException as error:
        _ours.__dict__.clear()
        raise TexError(tex, f"KaTeX gave up: {str(error).strip().splitlines()[0]}") from None
    if "words" in answer:
        raise TexError(tex, answer["words"], _index(tex, answer["position"]))
    tree: list[dict[str, Any]] = answer["tree"]
    if not tex.isascii():
        _count_characters(tree, tex)
    return tree


def _count_characters(part: Any, tex: str) -> None:
    """Turn the positions in a tree from JavaScript's into indices of characters."""
    if isinstance(part, dict):
        if part.get("loc"):
            part["loc"] = [_index(tex, position) for position in part["loc"]]
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            _count_characters(one, tex)
