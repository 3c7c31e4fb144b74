r"""Commands that hold for many formulas: those of the project, and those that `\gdef` defines.

KaTeX is given them as they are. What checks a formula reads it in parts, so there they are replaced
beforehand.
"""

import re
from collections.abc import Mapping

DEEPEST = 50
"""So many macros may stand in each other."""

_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)", re.DOTALL)
_SKIPPED = re.compile(r"[ \t\n]*")
_DEFINITION = re.compile(r"\\gdef\s*(?P<name>\\(?:[A-Za-z]+|.))\s*(?:#\d)*\s*\{")
_PARAMETER = re.compile(r"#(\d)")


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
        for number in range(1, max(map(int, _PARAMETER.findall(body)), default=0) + 1):
            arguments[f"#{number}"], at = _argument(tex, at)
        filled = "".join(arguments.get(part, part) for part in re.split(r"(#\d)", body))
        out.append(expanded(filled, macros, depth + 1))
        if re.search(r"\\[A-Za-z]+$", out[-1]) and tex[at : at + 1].isalpha():
            out.append(" ")
    return "".join([*out, tex[at:]])


def defined(tex: str) -> dict[str, str]:
    r"""Return the commands that `\gdef` defines in a formula, for those after it.

    Examples
    --------
    >>> defined(r"\gdef\E{\mathbb{E}} \gdef\norm#1{\|#1\|} \E[x]")
    {'\\E': '\\mathbb{E}', '\\norm': '\\|#1\\|'}
    """
    return {
        found["name"]: _argument(tex, found.end() - 1)[0] for found in _DEFINITION.finditer(tex)
    }


def _argument(tex: str, at: int) -> tuple[str, int]:
    """Return a macro's argument, without its braces, and where it ends."""
    skipped = _SKIPPED.match(tex, at)
    at = skipped.end() if skipped else at
    if not tex.startswith("{", at):
        found = _COMMAND.match(tex, at)
        end = found.end() if found else min(at + 1, len(tex))
        return tex[at:end], end
    level = 0
    for token in re.compile(r"\\.|[{}]", re.DOTALL).finditer(tex, at):
        level += {"{": 1, "}": -1}.get(token[0], 0)
        if not level:
            return tex[at + 1 : token.start()], token.end()
    return tex[at + 1 :], len(tex)
