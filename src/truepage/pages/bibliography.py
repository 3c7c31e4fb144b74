"""The sources that pages cite: read from BibTeX files, held against what is cited.

A page lists a file's entries by `![](bibliography:references.bib#keyword)`; any page cites one of
them by its key. Each citation has an entry, each entry a citation and one place in a list.
"""

import difflib
import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from truepage.errors import PageError
from truepage.pages.bibtex import BibTeX, Source
from truepage.source import prose_without_code

# As Pandoc, Quarto and MyST have it. A bare key ends in a year, so that no @name is taken for one.
KEY = r"[A-Za-z][\w:-]*"
DATED = r"[A-Za-z][A-Za-z-]*\d{4}[a-z]?"
BARE = rf"(?<![\w@/.\[-])@(?P<key>{DATED})(?![\w-])"
_ITEM = rf"-?@(?!(?:fig|eq|tbl|sec)-){KEY}(?:,[^\]\[;@]*)?"
BRACKETED = rf"\[(?P<items>{_ITEM}(?:;\s*{_ITEM})*)\](?!\()"
LIST = re.compile(r"!\[\]\(bibliography:(?P<file>[^)#\s]+)(?:#(?P<keyword>[\w-]+))?\)")

_CITED = re.compile(rf"{BRACKETED}|{BARE}")


@dataclass
class Bibliography:
    """What the pages of a site cite, and where it is listed.

    Parameters
    ----------
    pages
        Path of each page → its Markdown text, in reading order.
    read
        Gives the text of a file, or None if there is no such file.
    bibtex
        What reads such a text.
    """

    pages: Mapping[str, str]
    read: Callable[[str], str | None]
    bibtex: BibTeX = field(default_factory=BibTeX)
    broken: dict[str, str] = field(default_factory=dict)
    """File → what is wrong with it, with its lines."""
    idle: list[str] = field(default_factory=list)
    """Messages on entries that no page lists, or none cites."""
    sources: dict[str, Source] = field(default_factory=dict)
    listed_on: dict[str, str] = field(default_factory=dict)
    """Key → the page that lists it."""
    cited_on: dict[str, list[str]] = field(default_factory=dict)
    """Key → the pages that cite it."""

    def __post_init__(self) -> None:
        """Read the files that pages list, and hold them against what pages cite."""
        cited: defaultdict[str, list[str]] = defaultdict(list)
        lists: list[tuple[str, str, str | None]] = []
        for page, text in self.pages.items():
            if "@" not in text and "bibliography:" not in text:
                continue
            prose = "\n".join(prose_without_code(text.split("\n")))
            for key in dict.fromkeys(cited_keys(prose)):
                cited[key].append(page)
            for match in LIST.finditer(prose):
                file = posixpath.normpath(posixpath.join(posixpath.dirname(page), match["file"]))
                lists.append((page, file, match["keyword"]))
        self.cited_on = dict(cited)
        for file in dict.fromkeys(file for _, file, _ in lists):
            self._add(file)
        for page, file, keyword in lists:
            for source in self.choose(file, keyword):
                self.listed_on.setdefault(source.key, page)
        for source in self.sources.values():
            if source.key not in self.listed_on:
                self.idle.append(
                    f"{source.place}: {source.key!r} is on no page's list; expected one of the "
                    f"keywords that pages list: {sorted({k for _, _, k in lists if k})}."
                )
            elif source.key not in cited:
                self.idle.append(
                    f"{source.place}: {source.key!r} is never cited; expected @{source.key} on "
                    "some page, or no such entry."
                )

    def _add(self, file: str) -> None:
        text = self.read(file)
        if text is None:
            return  # the page that asks for it says so
        try:
            self.sources.update(self.bibtex.read(text, file))
        except PageError as error:
            self.broken[file] = str(error)

    def choose(self, file: str, keyword: str | None) -> list[Source]:
        """Return the entries of a file that have a keyword, sorted by author and year."""
        return sorted(
            (
                source
                for source in self.sources.values()
                if source.place.startswith(f"{file}:")
                and (keyword is None or keyword in source.keywords)
            ),
            key=lambda source: ([a.last.casefold() for a in source.authors], source.dated),
        )

    def find(self, key: str) -> Source | str:
        """Return the entry of a key, or the message that there is none."""
        if key in self.sources:
            return self.sources[key]
        if not self.sources:
            return (
                f"@{key} cites a source, and no page has a list of them; expected a page with "
                "![](bibliography:references.bib)."
            )
        near = difflib.get_close_matches(key, self.sources, n=1)
        remedy = f"did you mean @{near[0]}?" if near else "expected a key of the bibliography."
        return f"@{key} is in no bibliography; {remedy}"


def cited_keys(prose: str) -> list[str]:
    """Return the keys that a text cites, in order.

    Examples
    --------
    >>> cited_keys("As @maas2013 and others [-@he2015, p. 3; @glorot2011]; see @fig-relu.")
    ['maas2013', 'he2015', 'glorot2011']
    """
    keys = []
    for match in _CITED.finditer(prose):
        if match["items"]:
            keys += re.findall(rf"@({KEY})", match["items"])
        else:
            keys.append(match["key"])
    return keys
