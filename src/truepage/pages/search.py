"""Pages as the search of a host reads them, which parses even the parts that it excludes.

It takes longer than all that we do for an unchanged page. So pictures with their data and code, and
the colours of code (Pygments puts nearly every word in an element of its own), are taken out before
and put back afterwards.
"""

import re
from collections.abc import Sequence

CODE = re.compile(r"(<pre[^>]*)(><span></span><code[^>]*>)(.*?)(</code></pre>)", re.DOTALL)
COLOUR = re.compile(r"</?(?:span|a)\b[^<>]*>")
CODE_PLACE = re.compile(r'<pre[^>]* data-truepage-code="(\d+)"><span></span>.*?</pre>', re.DOTALL)
PART = re.compile(
    r'(?<=<div class="truepage-picture" data-search-exclude="">)<svg .*?</svg>'
    r'|<(?P<tag>details|template) data-search-exclude="">.*?</(?P=tag)>',
    re.DOTALL,
)
PART_PLACE = re.compile(r"<!--truepage-unsearched-(\d+)-->")


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
    return CODE_PLACE.sub(lambda place: blocks[int(place[1])], html)


def without_excluded(html: str) -> tuple[str, list[str]]:
    """Return a page without the parts that the search excludes, and the parts.

    Examples
    --------
    >>> page, parts = without_excluded('a<details data-search-exclude=""><p>b</p></details>c')
    >>> page
    'a<!--truepage-unsearched-0-->c'
    >>> with_excluded(page, parts)
    'a<details data-search-exclude=""><p>b</p></details>c'
    """
    parts: list[str] = []

    def place(part: re.Match[str]) -> str:
        parts.append(part[0])
        return f"<!--truepage-unsearched-{len(parts) - 1}-->"

    return PART.sub(place, html), parts


def with_excluded(html: str, parts: Sequence[str]) -> str:
    """Return a page of `without_excluded` with its parts in their places again."""
    return PART_PLACE.sub(lambda place: parts[int(place[1])], html)
