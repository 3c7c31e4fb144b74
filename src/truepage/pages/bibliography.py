"""The sources that pages cite: read from BibTeX files, held against what is cited.

A page lists a file's entries by `![](bibliography:references.bib#keyword)`; any page cites one of
them by its key. Each citation has an entry, each entry a citation and one place in a list.
"""

import difflib
import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from truepage.errors import PageError
from truepage.source import prose_without_code

# As Pandoc, Quarto and MyST have it. A bare key ends in a year, so that no @name is taken for one.
KEY = r"[A-Za-z][\w:-]*"
DATED = r"[A-Za-z][A-Za-z-]*\d{4}[a-z]?"
BARE = rf"(?<![\w@/.\[-])@(?P<key>{DATED})(?![\w-])"
_ITEM = rf"-?@(?!(?:fig|eq|tbl|sec)-){KEY}(?:,[^\]\[;@]*)?"
BRACKETED = rf"\[(?P<items>{_ITEM}(?:;\s*{_ITEM})*)\](?!\()"
LIST = re.compile(r"!\[\]\(bibliography:(?P<file>[^)#\s]+)(?:#(?P<keyword>[\w-]+))?\)")

_CITED = re.compile(rf"{BRACKETED}|{BARE}")
_ENTRY = re.compile(r"^[ \t]*@(?P<kind>\w+)\s*\{\s*(?P<key>[^,\s]+)\s*,", re.MULTILINE)
UNDATED = {"manual", "misc", "online", "software"}
"""Kinds of entries that may be without a year."""

NAMES = 4
"""So many authors are named in running text; of more, the first."""


@dataclass(frozen=True)
class Author:
    """A person, or an organisation, which has a last name only."""

    last: str
    initials: str = ""

    def __str__(self) -> str:
        """Return the name as a list of references has it."""
        return f"{self.initials} {self.last}".strip()


@dataclass(frozen=True)
class Source:
    """An entry of a bibliography.

    Parameters
    ----------
    key, place
        Its key, and file and line where it stands.
    authors, title, year, where, note
        What the list says of it. `where` is the journal with its volume, the book, the publisher.
    url
        Where it can be read, if it can.
    keywords
        What lists choose by.
    letter
        Tells apart what has the same authors and year.
    initials
        Whether running text needs initials: other authors have the same last names.
    """

    key: str
    place: str
    authors: Sequence[Author]
    title: str
    year: str
    where: str = ""
    note: str = ""
    url: str = ""
    keywords: frozenset[str] = frozenset()
    letter: str = ""
    initials: bool = False

    @property
    def names(self) -> str:
        """Return the authors as running text names them."""
        names = [str(author) if self.initials else author.last for author in self.authors]
        return f"{names[0]} et al." if len(names) > NAMES else listed(names)

    @property
    def cited(self) -> str:
        """Return how running text names it: authors, and the year in parentheses."""
        return f"{self.names} ({self.dated})" if self.dated else self.names

    @property
    def dated(self) -> str:
        """Return the year, with the letter that tells apart."""
        return self.year + self.letter


def listed(names: Sequence[str]) -> str:
    """Return names in a row.

    Examples
    --------
    >>> listed(["Maas", "Hannun", "Ng"])
    'Maas, Hannun and Ng'
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


@dataclass
class Bibliography:
    """What the pages of a site cite, and where it is listed.

    Parameters
    ----------
    pages
        Path of each page → its Markdown text, in reading order.
    read
        Gives the text of a file, or None if there is no such file.
    """

    pages: Mapping[str, str]
    read: Callable[[str], str | None]
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
            self.sources.update(read_sources(text, file))
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


def read_sources(text: str, file: str) -> dict[str, Source]:
    """Return the entries of a BibTeX file: key → entry.

    Raises
    ------
    PageError
        The file is no BibTeX, or entries lack what a list needs: with file and line.
    """
    # Here, not above: sites without a bibliography do without.
    from pybtex.database import BibliographyDataError, parse_string
    from pybtex.scanner import PybtexSyntaxError

    lines = {
        match["key"]: text.count("\n", 0, match.start("kind")) + 1
        for match in _ENTRY.finditer(text)
    }
    try:
        entries = parse_string(text, "bibtex").entries
    except PybtexSyntaxError as error:
        words = str(error).partition(": ")[2]
        raise PageError(f"{file}:{error.lineno}: this is no BibTeX: {words}.") from None
    except BibliographyDataError as error:
        repeated = Counter(match["key"].lower() for match in _ENTRY.finditer(text))
        key = next((key for key, count in repeated.items() if count > 1), "")
        line = max((n for name, n in lines.items() if name.lower() == key), default=1)
        raise PageError(f"{file}:{line}: {error}; expected each key once.") from None
    problems, sources = [], {}
    for key, entry in entries.items():
        place = f"{file}:{lines.get(key, 1)}"
        fields = {name.lower(): _plain(value) for name, value in entry.fields.items()}
        people = entry.persons.get("author") or entry.persons.get("editor") or []
        needed = ["title"] if entry.type in UNDATED else ["title", "year"]
        missing = [name for name in needed if not fields.get(name)]
        if not people:
            missing.insert(0, "author")
        if missing:
            problems.append(f"{place}: {key!r} has no {' and no '.join(missing)}.")
            continue
        sources[key] = Source(
            key=key,
            place=place,
            authors=[_author(person) for person in people],
            title=fields["title"],
            year=fields.get("year", ""),
            where=_where(fields),
            note=fields.get("note", ""),
            url=_url(fields),
            keywords=frozenset(re.split(r"[,;]\s*", fields.get("keywords", ""))) - {""},
        )
    if problems:
        raise PageError("\n".join(problems))
    return _told_apart(sources)


def _plain(tex: str) -> str:
    """Return what TeX says as plain text."""
    from pybtex.richtext import Text

    return str(Text.from_latex(" ".join(tex.split())))


def _author(person: object) -> Author:
    first = [*person.first_names, *person.middle_names]  # type: ignore[attr-defined]
    last = " ".join([*person.prelast_names, *person.last_names, *person.lineage_names])  # type: ignore[attr-defined]
    initials = [
        "-".join(f"{part[0]}." for part in _plain(name).split("-") if part) for name in first
    ]
    return Author(_plain(last), " ".join(initials))


def _where(fields: Mapping[str, str]) -> str:
    journal = " ".join(filter(None, (fields.get("journal"), fields.get("volume"))))
    book = fields.get("booktitle", "")
    return ", ".join(
        part
        for part in (
            journal,
            f"In: {book}" if book and fields.get("publisher") else book,
            fields.get("type", ""),
            fields.get("publisher") or fields.get("school") or fields.get("institution") or "",
            fields.get("howpublished", ""),
        )
        if part
    )


def _url(fields: Mapping[str, str]) -> str:
    if doi := fields.get("doi"):
        return f"https://doi.org/{doi}"
    if eprint := fields.get("eprint"):
        return f"https://arxiv.org/abs/{eprint}"
    return fields.get("url", "")


def _told_apart(sources: Mapping[str, Source]) -> dict[str, Source]:
    """Return the entries, with initials or letters where running text would name two alike."""
    alike: defaultdict[str, list[Source]] = defaultdict(list)
    for source in sources.values():
        alike[source.cited].append(source)
    apart = dict(sources)
    for group in alike.values():
        people = {tuple(map(str, source.authors)) for source in group}
        for index, source in enumerate(sorted(group, key=lambda source: source.title)):
            if len(people) == len(group) > 1:
                apart[source.key] = replace(source, initials=True)
            elif len(group) > 1:
                apart[source.key] = replace(source, letter=chr(ord("a") + index))
    return apart
