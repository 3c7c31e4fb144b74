"""KaTeX, in this process: TeX in, HTML with MathML out.

KaTeX is one JavaScript file without dependencies; QuickJS runs it about fifty times faster than
the process per formula that markdown-katex would start, and on every platform with a wheel.
"""

import functools
import json
from dataclasses import dataclass

import quickjs

from truepage.assets import vendored

MEMORY = 256 * 1024 * 1024
SECONDS = 5.0
WIDTH = 90
"""Characters of a formula that a message shows."""

# Output is JSON, never a bare string: quickjs fails on some.
_PROGRAM = """
globalThis.console = {warn() {}, log() {}, error() {}};
%s
globalThis.render = (tex, displayMode) => {
  try {
    const options = {
      displayMode, output: "htmlAndMathml", strict: "error", throwOnError: true, trust: false,
      maxSize: 20, maxExpand: 1000, errorColor: "#c0ffee",
    };
    return JSON.stringify({html: katex.renderToString(tex, options)});
  } catch (error) {
    const words = error.rawMessage || String(error);
    return JSON.stringify({words, position: error.position ?? null});
  }
};
"""

# With trust off, KaTeX sets a forbidden command in this colour and calls that success.
_FORBIDDEN = "color:#c0ffee"


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
            return f"{self.words}\n    {self.tex.strip()[:WIDTH]}"
        start = max(self.tex.rfind("\n", 0, self.position) + 1, self.position - WIDTH // 2)
        line = self.tex[start : start + WIDTH].split("\n", 1)[0]
        return f"{self.words}\n    {line}\n    {' ' * (self.position - start)}^"


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
    try:
        answer = json.loads(_context().eval(f"render({json.dumps(tex)}, {json.dumps(display)})"))
    except quickjs.JSException as error:
        _context.cache_clear()  # out of memory or time: the state inside is not to be trusted
        raise TexError(tex, f"KaTeX gave up: {str(error).strip().splitlines()[0]}") from None
    if "html" not in answer:
        raise TexError(tex, answer["words"], answer["position"])
    html: str = answer["html"]
    if _FORBIDDEN in html:
        raise TexError(tex, "uses a command that can load or run things; expected plain maths")
    return html


@functools.cache
def _context() -> quickjs.Context:
    """Return the one JavaScript context of this process."""
    context = quickjs.Context()
    context.set_memory_limit(MEMORY)
    context.set_time_limit(SECONDS)
    context.set_max_stack_size(1024 * 1024)
    context.eval(_PROGRAM % vendored("katex/katex.min.js").read_text(encoding="utf-8"))
    return context
