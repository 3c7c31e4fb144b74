"""Prose of notebooks as pages have it, where formulas are not written between dollars alone."""

import re
from collections.abc import Iterator

# Where a formula begins and ends is as in Jupyter: no space inside the dollars, no digit behind.
CODE = re.compile(r"(?P<ticks>`+)(?:.+?)(?P=ticks)(?!`)|\\\$", re.DOTALL)
INLINE = re.compile(r"(?<![\\$])\$(?![\s$`])(?P<tex>(?:\\.|[^$\\\n])*?)(?<![\s\\])\$(?![\d$])")
FENCE = re.compile(r"^\s*(?P<fence>`{3,}|~{3,})")

_INLINE = re.compile(f"{CODE.pattern}|{INLINE.pattern}")


def as_on_pages(text: str) -> str:
    r"""Return words in one line, formulas written as pages have them.

    Examples
    --------
    >>> as_on_pages(r"$x$ costs \$5, and `$y$` is code.")
    '$`x`$ costs $5, and `$y$` is code.'
    """
    return _INLINE.sub(_inline, text)


def _inline(match: re.Match[str]) -> str:
    if match["tex"] is not None:
        return f"$`{match['tex']}`$"
    return "$" if match[0] == r"\$" else match[0]


def prose(source: str) -> Iterator[tuple[str, int]]:
    """Yield the lines of prose, formulas written as pages have them, each with its number."""
    fence = ""
    inside = False  # of a display formula
    for at, line in enumerate(source.split("\n")):
        stripped = line.strip()
        if fence or (not inside and (FENCE.match(line))):
            found = FENCE.match(line)
            if not fence and found:
                fence = found["fence"]
            elif stripped.startswith(fence) and not stripped.strip(fence[0]):
                fence = ""
            yield line, at
        elif inside or stripped.startswith("$$"):
            tex = stripped if inside else stripped[2:]
            if not inside:
                yield "", at
                yield "```math", at
            ends = tex.endswith("$$")
            if words := (tex[:-2] if ends else tex).strip():
                yield words, at
            inside = not ends
            if ends:
                yield "```", at
                yield "", at
        else:
            yield as_on_pages(line), at
    if inside:  # the formula is never closed: what is made of it says so
        yield "", at
