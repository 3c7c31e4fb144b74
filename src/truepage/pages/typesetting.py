"""Formulas as pages show them: TeX in, KaTeX's HTML with MathML out."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from truepage.engine.file_access import vendored
from truepage.maths import katex
from truepage.maths.katex import UNFIT, TexError
from truepage.pages import plaintext

LENGTH = 20_000
"""Characters of the longest formula that KaTeX is given; a page of dense TeX has three thousand."""

# `errorColor` is no colour that an author can write: it marks what KaTeX, trust being off, would
# show in red and call a success.
_PROGRAM = r"""
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
"""


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
    if unfit := UNFIT.search(tex):
        code = f"U+{ord(unfit[0]):04X}"
        raise TexError(tex, f"holds the character {code}, which no page can show", unfit.start())
    given = ", ".join(map(json.dumps, (tex, display, dict(macros or {}))))
    answer = katex.answer(tex, _PROGRAM, f"typeset({given})")
    if "refused" in answer:
        command = answer["refused"] or "a command"
        at = tex.find(command)
        words = f"{command} can load or run things; expected plain maths"
        raise TexError(tex, words, None if at < 0 else at)
    html: str = answer["html"]
    width, part = answer["widths"]
    return Typeset(html, plaintext.of_html(html), round(width, 1), round(part, 1))


def digest() -> str:
    """Return what the look of a formula depends on besides its TeX: KaTeX, and our own code."""
    own = (__file__, katex.__file__, plaintext.__file__)
    parts = [vendored("katex/katex.min.js"), *map(Path, own)]
    state = hashlib.sha256()
    for part in parts:
        state.update(hashlib.sha256(part.read_bytes()).digest())
    return state.hexdigest()
