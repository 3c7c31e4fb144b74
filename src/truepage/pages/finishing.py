"""What is mended on a page that Material made, before it is written.

Each mend says what is wrong without it. All of them are of Material 9.8; where another version has
other words, a mend finds nothing and does nothing.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mend:
    """A pattern on a page, and what stands there instead."""

    why: str
    pattern: re.Pattern[str]
    instead: str | Callable[[re.Match[str]], str]


_OPENS = {"drawer": "Navigation", "search": "Search"}


_WORDS = re.compile(r"(?<=[a-z0-9])_(?=[a-z0-9])")


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.DOTALL)


MENDS = (
    Mend(
        "The dialog that the search opens has no name for those who hear it.",
        _pattern(r'(<div class="md-search" data-md-component="search" role="dialog")>'),
        r'\1 aria-label="Search">',
    ),
    Mend(
        "An attribute without a value is no number; the label of a section is not for focus.",
        _pattern(r' tabindex=""'),
        "",
    ),
    Mend(
        "A part of the navigation takes its name from a label that holds an icon and no words; "
        "its title is within.",
        _pattern(
            r'aria-labelledby="(?P<id>__nav_[\d_]+)_label"(?P<rest>[^>]*>\s*)'
            r'<label class="md-nav__title" for="(?P=id)">'
        ),
        r'aria-labelledby="\g<id>_title"\g<rest>'
        r'<label class="md-nav__title" for="\g<id>" id="\g<id>_title">',
    ),
    Mend(
        "The keyboard does not reach the labels that open navigation and search, and they have no "
        "words. (Material's script clicks a focused label on Enter.)",
        _pattern(r'<label class="md-header__button md-icon" for="__(?P<what>drawer|search)">'),
        lambda match: (
            f'<label class="md-header__button md-icon" for="__{match["what"]}" tabindex="0">'
            f'<span class="truepage-heard">{_OPENS[match["what"]]}</span>'
        ),
    ),
    Mend(
        "The boxes behind those labels have no names; they are reached where scripts are off.",
        _pattern(r'(data-md-toggle="(?P<what>drawer|search)" type="checkbox")'),
        lambda match: f'{match[1]} aria-label="{_OPENS[match["what"]]}"',
    ),
    Mend(
        "On a phone the name of a function is wider than its heading, and is broken anywhere.",
        _pattern(r'doc-function-name">(?P<name>\w+)<'),
        lambda match: f'doc-function-name">{_WORDS.sub("_<wbr>", match["name"])}<',
    ),
    Mend(
        "The keyboard comes to those boxes before it comes to the link that skips them.",
        _pattern(
            r'(?P<boxes><input class="md-toggle" data-md-toggle="drawer".*?)'
            r'(?P<skip><div data-md-component="skip">.*?</div>)'
        ),
        r"\g<skip>\g<boxes>",
    ),
    Mend(
        "Names and spaces in code are marked, and look like the code around them: a quarter of its "
        "bytes.",
        _pattern(r'<span class="[nw]">([^<]*)</span>'),
        r"\1",
    ),
    Mend(
        "A script that only makes the page more comfortable comes before what the page needs.",
        _pattern(r'<script (src="[^"]*assets/javascripts/bundle\.)'),
        r'<script fetchpriority="low" \1',
    ),
)


DROPPED = re.compile(
    r"\[data-md-color-switching\] \*(?:,\[data-md-color-switching\] ::?(?:before|after))*\{[^}]*\}"
)
"""A rule about everything on a page: for it the browser looks at each element anew, twice, while
Material starts. It keeps colours from fading when a reader changes them; now they fade."""

SCRIPTS = {
    "truepage.js": ("truepage-figure",),
    "formulas.js": ('class="katex"',),
    "page.js": ("truepage-reference", "truepage-citation", "truepage-term", "<table"),
}
"""Script → what a page must have for it to have anything to do."""

CODE = re.compile(r'(?<!no-copy highlight">)(<pre(?: [^>]*)?><span></span>)<code>')
COPY = (
    '<span class="md-code__nav"><button class="md-code__button" title="Copy to clipboard" '
    'data-clipboard-target="#__copy_%d" data-md-type="copy"></button></span><code id="__copy_%d">'
)

SIDEBARS = re.compile(r'<div class="md-sidebar .*?(?=<div class="md-content")', re.DOTALL)
BLANK = re.compile(r"\n\s*\n")

_TOC_TITLE = '<label class="md-nav__title">'


def finished(html: str, *, copy: bool = False) -> str:
    """Return a page with all that is to be mended mended.

    Parameters
    ----------
    copy
        Whether code gets a button to copy it. Material's script would make one that is a landmark
        of the page, without a name.
    """
    if copy:
        numbers = itertools.count()
        html = CODE.sub(lambda match: match[1] + COPY % ((next(numbers),) * 2), html)
    for mend in MENDS:
        html = mend.pattern.sub(mend.instead, html)
    if 'id="__toc"' not in html:  # a section's own page is not in the navigation's list
        html = html.replace('<label class="md-nav__title" for="__toc">', _TOC_TITLE)
    # A third of what Material writes there is blank lines.
    return SIDEBARS.sub(lambda sidebars: BLANK.sub("\n", sidebars[0]), html)


def without_idle_scripts(html: str) -> str:
    """Return a page without those of our scripts that have nothing to do on it."""
    for name, needed in SCRIPTS.items():
        if not any(part in html for part in needed):
            html = re.sub(rf'<script src="[^"]*assets/{name}"[^>]*></script>', "", html)
    return html


ABBREVIATION = re.compile(
    r"<(?P<holder>a|h[1-6]|summary|button|label)\b.*?</(?P=holder)>"
    r'|<abbr title="(?P<title>[^"]*)">(?P<term>[^<]*)</abbr>',
    re.DOTALL,
)


def with_terms(html: str) -> str:
    """Return a page on which each term of the glossary is explained once, where it comes first.

    The keyboard reaches it there. Headings and links are left as they are.

    Examples
    --------
    >>> with_terms('<article><abbr title="T">x</abbr> <abbr title="T">x</abbr></article>')
    '<article><abbr class="truepage-term" tabindex="0" title="T">x</abbr> x</article>'
    """
    before, begin, article = html.partition("<article")
    seen: set[str] = set()

    def explained(match: re.Match[str]) -> str:
        if match["holder"]:
            return ABBREVIATION_TAG.sub("", match[0])
        if match["title"] in seen:
            return match["term"]
        seen.add(match["title"])
        return (
            f'<abbr class="truepage-term" tabindex="0" title="{match["title"]}">'
            f"{match['term']}</abbr>"
        )

    return before + begin + ABBREVIATION.sub(explained, article)


ABBREVIATION_TAG = re.compile(r"</?abbr\b[^>]*>")
