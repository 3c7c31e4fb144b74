r"""KaTeX, in this process: its parser, what runs its JavaScript, and macros.

KaTeX is one JavaScript file without dependencies; QuickJS runs it about fifty times faster than
a process per formula would, and on every platform with a wheel.

Macros hold for many formulas: those of the project, and those that `\gdef` defines. KaTeX is given
them as they are. What checks a formula reads it in parts, so there they are replaced beforehand.
"""

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truepage.engine.file_access import vendored

if TYPE_CHECKING:  # imported where it is needed: a build that finds all its formulas needs none
    import quickjs

MEMORY = 256 * 1024 * 1024
SECONDS = 3.0
STACK = 1024 * 1024
WIDTH = 90
"""Characters of a formula that a message shows."""
DEEPEST = 50
"""So many macros may stand in each other."""

SILENCE = "globalThis.console = {warn() {}, log() {}, error() {}};"

# Output is JSON, never a bare string: quickjs fails on some.
PARSER = r"""
globalThis.parsed = (tex) => {
  const options = {displayMode: true, strict: "error", maxSize: 20, maxExpand: 1000};
  // JavaScript counts characters beyond U+FFFF twice.
  const index = (at) => (/[^\0-\x7f]/.test(tex) ? Array.from(tex.slice(0, at)).length : at);
  const own = (loc) => loc && loc.lexer.input === tex;
  const place = (loc) => (own(loc) ? [index(loc.start), index(loc.end)] : undefined);
  try {
    const tree = katex.__parse(tex, options);
    return JSON.stringify({tree}, (key, value) => (key === "loc" ? place(value) : value));
  } catch (error) {
    const words = error.rawMessage || String(error);
    return JSON.stringify({words, position: error.position ?? null});
  }
};
"""

_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)", re.DOTALL)
_DEFINITION = re.compile(r"\\gdef\s*(?P<name>\\(?:[A-Za-z]+|.))\s*(?:#\d)*\s*\{")
UNFIT = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Characters that no HTML file may hold."""


@dataclass(eq=False)  # not frozen: context managers set an exception's traceback
class TexError(Exception):
    """KaTeX does not accept a formula: its words, and at which character if it knows that."""

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
    return tree


def _index(tex: str, position: int | None) -> int | None:
    """Return the index of a character; JavaScript counts those beyond U+FFFF twice."""
    if position is None:
        return None
    return len(tex.encode("utf-16-le")[: 2 * position].decode("utf-16-le", errors="ignore"))


def expanded(tex: str, macros: Mapping[str, str], depth: int = 0) -> str:
    r"""Return TeX with what macros stand for in their place.

    Examples
    --------
    >>> expanded(r"\E[x] + \norm{\E}_2", {r"\E": r"\mathbb{E}", r"\norm": r"\|#1\|"})
    '\\mathbb{E}[x] + \\|\\mathbb{E}\\|_2'
    """
    out, at = [], 0
    while found := _COMMAND.search(tex, at):
        out.append(tex[at : found.start()])
        at = found.end()
        body = macros.get(found[0])
        if body is None or depth > DEEPEST:
            out.append(found[0])
            continue
        arguments = {}
        for number in range(1, max(map(int, re.findall(r"#(\d)", body)), default=0) + 1):
            arguments[f"#{number}"], at = _argument(tex, at)
        filled = "".join(arguments.get(part, part) for part in re.split(r"(#\d)", body))
        out.append(expanded(filled, macros, depth + 1))
        if re.search(r"\\[A-Za-z]+$", out[-1]) and tex[at : at + 1].isalpha():
            out.append(" ")
    return "".join([*out, tex[at:]])


def defined_macros(tex: str) -> dict[str, str]:
    r"""Return the commands that `\gdef` defines in a formula, for those after it.

    Examples
    --------
    >>> defined_macros(r"\gdef\E{\mathbb{E}} \gdef\norm#1{\|#1\|} \E[x]")
    {'\\E': '\\mathbb{E}', '\\norm': '\\|#1\\|'}
    """
    return {
        found["name"]: _argument(tex, found.end() - 1)[0] for found in _DEFINITION.finditer(tex)
    }


def _argument(tex: str, at: int) -> tuple[str, int]:
    """Return a macro's argument, without its braces, and where it ends."""
    at += len(tex[at:]) - len(tex[at:].lstrip(" \t\n"))
    if not tex.startswith("{", at):
        found = _COMMAND.match(tex, at)
        end = found.end() if found else min(at + 1, len(tex))
        return tex[at:end], end
    level, ends = 0, re.compile(r"\\.|[{}]", re.DOTALL)
    for token in ends.finditer(tex, at):
        level += {"{": 1, "}": -1}.get(token[0], 0)
        if not level:
            return tex[at + 1 : token.start()], token.end()
    return tex[at + 1 :], len(tex)
