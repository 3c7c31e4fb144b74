"""KaTeX, in this process: its parser, and what runs its JavaScript.

KaTeX is one JavaScript file without dependencies; QuickJS runs it about fifty times faster than
a process per formula would, and on every platform with a wheel.
"""

import json
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truepage.engine.files import vendored

if TYPE_CHECKING:  # imported where it is needed: a build that finds all its formulas needs none
    import quickjs

MEMORY = 256 * 1024 * 1024
SECONDS = 3.0
STACK = 1024 * 1024

WIDTH = 90
"""Characters of a formula that a message shows."""

SILENCE = "globalThis.console = {warn() {}, log() {}, error() {}};"

# Output is JSON, never a bare string: quickjs fails on some.
PARSER = r"""
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

UNFIT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Characters that no HTML file may hold."""


@dataclass(eq=False)  # not frozen: context managers set an exception's traceback
class TexError(Exception):
    """KaTeX does not accept a formula.

    Parameters
    ----------
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
    return UNFIT.sub("\ufffd", text)


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
        context.eval(SILENCE)
        context.eval(vendored("katex/katex.min.js").read_text(encoding="utf-8"))
        _ours.context, _ours.programs = context, set()
    return _ours.context


def answer(tex: str, program: str, call: str) -> dict[str, Any]:
    """Return what a JavaScript function answers about a formula.

    Parameters
    ----------
    program
        What defines the function.
    call
        The call of it; its value is JSON. With `words` in it KaTeX does not accept the formula.

    Raises
    ------
    TexError
        KaTeX does not accept it, or gives up within its limits of time and memory.
    """
    import quickjs

    try:
        ours = context()
        if program not in _ours.programs:
            ours.eval(program)
            _ours.programs.add(program)
        answer: dict[str, Any] = json.loads(ours.eval(call))
    except quickjs.JSException as error:
        _ours.__dict__.clear()  # out of memory or time: the state inside is not to be trusted
        raise TexError(tex, f"KaTeX gave up: {str(error).strip().splitlines()[0]}") from None
    if "words" in answer:
        raise TexError(tex, answer["words"], _index(tex, answer["position"]))
    return answer


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
    tree: list[dict[str, Any]] = answer(tex, PARSER, f"parsed({json.dumps(tex)})")["tree"]
    if not tex.isascii():
        _count_characters(tree, tex)
    return tree


def _index(tex: str, position: int | None) -> int | None:
    """Return the index of a character; JavaScript counts those beyond U+FFFF twice."""
    if position is None:
        return None
    return len(tex.encode("utf-16-le")[: 2 * position].decode("utf-16-le", errors="ignore"))


def _count_characters(part: Any, tex: str) -> None:
    """Turn the positions in a tree from JavaScript's into indices of characters."""
    if isinstance(part, dict):
        if part.get("loc"):
            part["loc"] = [_index(tex, position) for position in part["loc"]]
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            _count_characters(one, tex)
