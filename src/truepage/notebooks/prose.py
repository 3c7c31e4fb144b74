"""Prose of notebooks as pages have it, where formulas are not written between dollars alone."""

import re
from collections.abc import Iterator

_CODE = r"(?P<ticks>`+)(?:(?!\n[ \t]*\n).)+?(?P=ticks)(?!`)|\\\$"
# Where a formula begins and ends is as in Jupyter: no space inside the dollars, no digit behind.
_INLINE = r"(?<![\\$])\$(?![\s$`])(?P<tex>(?:\\.|[^$\\\n]|\n(?![ \t]*\n))*?)(?<![\s\\])\$(?![\d$])"
_FENCE = r"^[ \t]*(?P<fence>`{3,}|~{3,})(?:.*?)(?:\n[ \t]*(?P=fence)[`~]*[ \t]*(?=\n|\Z)|\Z)"
_DISPLAY = r"(?<!\\)\$\$(?P<display>.+?)\$\$|^[ \t]*\$\$(?P<open>(?:(?!\$\$).)*)\Z"
_ENVIRONMENT = (
    r"(?P<whole>\\begin\{(?P<name>(?:align|alignat|flalign|eqnarray|equation|gather|multline)\*?)\}"
    r".*?\\end\{(?P=name)\})"
)
_IN_WORDS = re.compile(f"{_CODE}|{_INLINE}", re.DOTALL)
_ANYWHERE = re.compile(
    f"{_FENCE}|{_CODE}|{_DISPLAY}|{_ENVIRONMENT}|{_INLINE}", re.DOTALL | re.MULTILINE
)
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d+[.)])[ \t]+")

_WITHIN = {
    **dict.fromkeys(("align", "flalign", "eqnarray"), "aligned"),
    **dict.fromkeys(("gather", "multline"), "gathered"),
    "alignat": "alignedat",
}
"""Environments that stand by themselves in LaTeX → what KaTeX has within a formula, unnumbered."""


def as_on_pages(text: str) -> str:
    r"""Return words in one line, formulas written as pages have them.

    Examples
    --------
    >>> as_on_pages(r"$x$ costs \$5, and `$y$` is code.")
    '$`x`$ costs $5, and `$y$` is code.'
    """
    return _IN_WORDS.sub(_inline, text)


def _inline(match: re.Match[str]) -> str:
    if match["tex"] is not None:
        return f"$`{match['tex']}`$"
    return "$" if match[0] == r"\$" else match[0]


def prose(source: str) -> Iterator[tuple[str, int]]:
    """Yield the lines of prose, formulas written as pages have them, each with its number."""
    pending, done, at = "", 0, 0

    def lines(text: str) -> Iterator[tuple[str, int]]:
        nonlocal pending, at
        *whole, rest = text.split("\n")
        for line in whole:
            yield pending + line, at
            pending, at = "", at + 1
        pending += rest

    for match in _ANYWHERE.finditer(source):
        yield from lines(source[done : match.start()])
        done = match.end()
        tex = next((match[name] for name in ("display", "open", "whole") if match[name]), None)
        if tex is None and match["open"] is None:
            yield from lines(_inline(match))
            continue
        # Not within its line any more: before it ends what stood there.
        item = _ITEM.match(pending)
        indent = " " * 4 if item else pending[: len(pending) - len(pending.lstrip())]
        if pending.strip():
            yield pending.rstrip(), at
        pending = ""
        yield "", at
        yield f"{indent}```math", at
        for line, number in _display(tex or "", at):
            yield f"{indent}{line}", number
        at += match[0].count("\n")
        if match["open"] is None:
            yield f"{indent}```", at
        yield "", at
        end = source.find("\n", done)
        rest = source[done : end if end >= 0 else len(source)]
        if not rest.strip():  # the line is over
            done += len(rest) + (end >= 0)
            if end < 0:
                return
            at += 1
        else:
            done += len(rest) - len(rest.lstrip())
            pending = indent
    yield from lines(source[done:])
    yield pending, at


def _display(tex: str, at: int) -> Iterator[tuple[str, int]]:
    """Yield the lines of a display formula that are not blank, as KaTeX sets them."""
    if r"\tag" in tex:  # which stands in what is numbered
        tex = re.sub(r"\\(begin|end)\{(align|gather|equation)\}", r"\\\1{\2*}", tex)
    else:
        tex = re.sub(r"\\(?:begin|end)\{equation\*?\}", "", tex)
        tex = re.sub(
            r"\\(begin|end)\{([a-z]+)\*?\}",
            lambda found: (
                rf"\{found[1]}{{{_WITHIN.get(found[2], '')}}}" if found[2] in _WITHIN else found[0]
            ),
            re.sub(r"&[ \t]*([^&\\]{1,9}|\\[a-z]+)[ \t]*&", r"&\1", tex)
            if "{eqnarray" in tex
            else tex,
        )
    tex = re.sub(r"\\label\{[^{}]*\}", "", tex)
    for number, line in enumerate(tex.split("\n"), start=at):
        if words := line.strip():
            yield words, number
