"""Code without its colours, for the search of a host, which reads the same text much sooner.

Pygments puts nearly every word of code in an element of its own.
"""

import re
from collections.abc import Sequence

CODE = re.compile(r"(<pre[^>]*)(><span></span><code[^>]*>)(.*?)(</code></pre>)", re.DOTALL)
COLOUR = re.compile(r"</?(?:span|a)\b[^<>]*>")
PLACE = re.compile(r'<pre[^>]* data-truepage-code="(\d+)"><span></span>.*?</pre>', re.DOTALL)


def without_colours(html: str) -> tuple[str, list[str]]:
    """Return a page with blocks of code as plain text, and the blocks as they were.

    Examples
    --------
    >>> code = '<pre><span></span><code><span class="k">if</span> a</code></pre>'
    >>> page, blocks = without_colours(code)
    >>> page
    '<pre data-truepage-code="0"><span></span><code>if a</code></pre>'
    >>> with_colours(page, blocks) == code
    True
    """
    blocks: list[str] = []

    def plain(block: re.Match[str]) -> str:
        text = COLOUR.sub("", block[3])
        if "<" in text:  # something else is in it, too, and may be more than a colour
            return block[0]
        blocks.append(block[0])
        return f'{block[1]} data-truepage-code="{len(blocks) - 1}"{block[2]}{text}{block[4]}'

    return CODE.sub(plain, html), blocks


def with_colours(html: str, blocks: Sequence[str]) -> str:
    """Return a page of `without_colours` with its blocks as they were."""
    return PLACE.sub(lambda place: blocks[int(place[1])], html)
