"""What the search of a host need not read: pictures, their data and their code.

They are excluded from it by an attribute, but it parses them all the same, and that takes longer
than all that we do for an unchanged page.
"""

import re
from collections.abc import Sequence

PART = re.compile(
    r'(?<=<div class="truepage-picture" data-search-exclude="">)<svg .*?</svg>'
    r'|<(?P<tag>details|template) data-search-exclude="">.*?</(?P=tag)>',
    re.DOTALL,
)
PLACE = re.compile(r"<!--truepage-unsearched-(\d+)-->")


def without(html: str) -> tuple[str, list[str]]:
    """Return a page without these parts, and the parts.

    Examples
    --------
    >>> page, parts = without('a<details data-search-exclude=""><p>b</p></details>c')
    >>> page
    'a<!--truepage-unsearched-0-->c'
    >>> whole(page, parts)
    'a<details data-search-exclude=""><p>b</p></details>c'
    """
    parts: list[str] = []

    def place(part: re.Match[str]) -> str:
        parts.append(part[0])
        return f"<!--truepage-unsearched-{len(parts) - 1}-->"

    return PART.sub(place, html), parts


def whole(html: str, parts: Sequence[str]) -> str:
    """Return a page of `without` with its parts in their places again."""
    return PLACE.sub(lambda place: parts[int(place[1])], html)
