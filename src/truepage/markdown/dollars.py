"""Maths between dollar signs alone, which pages show as it is written."""

import re
from collections.abc import Sequence

from truepage.markdown.page import prose
from truepage.pages.source import spans

# No space inside the dollars and no digit behind, and a sign that no price has.
INLINE = re.compile(
    r"(?<![\\$\w])\$(?=\S)(?P<tex>[A-Za-z]|[^$\n]*?(?:\\[A-Za-z]|[\^_=<>])[^$\n]*?)(?<![\s\\])\$"
    r"(?![\w$`])"
)
DISPLAY = re.compile(r"(?<!\\)\$\$(?P<tex>(?:(?!\n[ \t]*\n)[^$])+)\$\$")
SETS = re.compile(r"arithmatex|mdx_math|mathjax|katex", re.IGNORECASE)
"""Names of extensions and scripts that set it."""


def find_dollars(lines: Sequence[str]) -> list[tuple[int, str]]:
    r"""Return maths between dollar signs: the number of its line, from 1, and the whole of it.

    Examples
    --------
    >>> find_dollars(["Of $x_1$, $5 and $6 or \\$y$,", "$$", "z", "$$", "`$a$` and $`b`$."])
    [(1, '$x_1$'), (2, '$$ z $$')]
    """
    text = "\n".join(prose(lines))
    for span in spans(text):  # code, and formulas of ours
        text = text[: span.start] + _blank(text[span.start : span.end]) + text[span.end :]
    found = [(match.start(), match[0]) for match in DISPLAY.finditer(text)]
    rest = DISPLAY.sub(lambda match: _blank(match[0]), text)
    found += [(match.start(), match[0]) for match in INLINE.finditer(rest)]
    return [(text.count("\n", 0, at) + 1, " ".join(maths.split())) for at, maths in sorted(found)]


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
