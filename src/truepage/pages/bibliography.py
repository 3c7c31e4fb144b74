"""The sources that pages cite: read from BibTeX files, held against what is cited.

A page lists those entries of a file that pages cite by `![](bibliography:references.bib)`, or those
with a keyword by `![](bibliography:references.bib#keyword)`; any page cites one by its key. Each
citation has an entry, and each entry that is cited a place in a list.
"""

import difflib
import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from truepage.engine.errors import PageError
from truepage.pages.bibtex import BibTeX, Source
from truepage.pages.source import prose_without_code

# As Pandoc, Quarto and MyST have it: letters and digits, and single signs among them. A bare key
# that no file has is taken for one if it ends in a year; else @name is a name.
KEY = r"[^\W_](?:\w|[:.#$%&+?~/-]+(?=\w))*"
DATED = re.compile(r"[A-Za-z][A-Za-z-]*\d{4}[a-z]?(?![\w-])")
BARE = rf"(?<![\w@/.\[\\-])@(?!(?:fig|eq|tbl|sec)-)(?P<key>{KEY})"
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
    """Messages on entries that pages cite, and none lists."""
    sources: dict[str, Source] = field(default_factory=dict)
    listed_on: dict[str, str] = field(default_factory=dict)
    """Key → the page that lists it."""
    cited_on: dict[str, list[str]] = field(default_factory=dict)
    """Key → the pages that cite it."""

    def __post_init__(self) -> None:
        """Read the files that pages list, and hold them against what pages cite."""
        cited: defaultdict[str, list[str]] = defaultdict(list)
        lists: list[tuple[str, str, str | None]] = []
        prose = {
            page: "\n".join(prose_without_code(text.split("\n")))
            for page, text in self.pages.items()
            if "@" in text or "bibliography:" in text
        }
        for page, text in prose.items():
            for match in LIST.finditer(text):
                file = posixpath.normpath(posixpath.join(posixpath.dirname(page), match["file"]))
                lists.append((page, file, match["keyword"]))
        for file in dict.fromkeys(file for _, file, _ in lists):
            self._add(file)
        for page, text in prose.items():
            for key in dict.fromkeys(cited_keys(text, self.sources)):
                cited[key].append(page)
        self.cited_on = dict(cited)
        for page, file, keyword in lists:
            for source in self.choose(file, keyword):
                self.listed_on.setdefault(source.key, page)
        keywords = sorted({keyword for _, _, keyword in lists if keyword})
        self.idle += [
            f"{source.place}: {source.key!r} is cited, and on no page's list; expected one of the "
            f"keywords that pages list: {keywords}."
            for source in self.sources.values()
            if source.key in cited and source.key not in self.listed_on
        ]

    def _add(self, file: str) -> None:
        try:
            text = self.read(file)
            if text is None:
                return  # the page that asks for it says so
            found = self.bibtex.read(text, file)
        except PageError as error:
            self.broken[file] = str(error)
            return
        for key, source in found.items():
            if (other := self.sources.setdefault(key, source)) is not source:
                self.idle.append(
                    f"{source.place}: a second entry has the key {key!r}; the first is at "
                    f"{other.place}. Rename one of them."
                )

    def choose(self, file: str, keyword: str | None) -> list[Source]:
        """Return the entries that a list of a file has, sorted by author and year.

        Those with the keyword; without one, those that pages cite, or all if they cite none.
        """
        own = [s for s in self.sources.values() if s.place.startswith(f"{file}:")]
        if keyword is not None:
            own = [source for source in own if keyword in source.keywords]
        else:
            own = [source for source in own if source.key in self.cited_on] or own
        return sorted(
            own,
            key=lambda source: ([a.last.casefold() for a in source.authors], source.dated),
        )

    def find(self, key: str) -> Source | str | None:
        """Return the entry of a key, or the message that there is none; None: that is known."""
        if key in self.sources:
            return self.sources[key] if key in self.listed_on else None
        if self.broken:
            return None  # the page with the list says what is wrong with its file
        if not self.sources:
            return (
                f"@{key} cites a source, and no page has a list of them; expected a page with "
                "![](bibliography:references.bib)."
            )
        near = difflib.get_close_matches(key, self.sources, n=1)
        remedy = f"did you mean @{near[0]}?" if near else "expected a key of the bibliography."
        return f"@{key} is in no bibliography; {remedy}"


def bare_key(text: str, sources: Collection[str]) -> str | None:
    """Return the key that a text begins with: that of a source, or one that looks so.

    Examples
    --------
    >>> [bare_key(text, ["x:y.z"]) for text in ("x:y.z", "x:y.z.Now", "x:y", "he2015.Now", "he")]
    ['x:y.z', 'x:y.z', None, 'he2015', None]
    """
    key = text
    while key not in sources:
        cut = re.search(r"[^\w]+\w*$", key)
        if not cut:
            dated = DATED.match(text)
            return dated[0] if dated else None
        key = key[: cut.start()]
    return key


def cited_keys(prose: str, sources: Collection[str] = ()) -> list[str]:
    """Return the keys that a text cites, in order.

    Parameters
    ----------
    sources
        The keys that there are.

    Examples
    --------
    >>> cited_keys("As @maas2013 and others [-@he2015, p. 3; @x:y]; see @fig-relu.")
    ['maas2013', 'he2015', 'x:y']
    """
    keys = []
    for match in _CITED.finditer(prose):
        if match["items"]:
            keys += re.findall(rf"@({KEY})", match["items"])
        elif key := bare_key(match["key"], sources):
            keys.append(key)
    return keys
