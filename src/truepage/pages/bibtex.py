"""The entries of BibTeX files, remembered between builds, and how pages name them."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from truepage.errors import PageError
from truepage.memo import Memo, digest

FILE = "bibtex"
"""The name of what was read before in a project's cache."""

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


class BibTeX:
    """A reader with a memory: importing what reads BibTeX takes longer than all pages that cite.

    Parameters
    ----------
    file
        Where entries are kept between builds; None: nowhere.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file

    @cached_property
    def _memo(self) -> Memo:
        makers = (version("pybtex"), version("latexcodec"))  # the other reads TeX's accents
        return Memo(self._file, digest(*makers, Path(__file__).read_bytes()))

    def read(self, text: str, file: str) -> dict[str, Source]:
        """Return the entries of a file, read now or before: key → entry.

        Raises
        ------
        PageError
            As `read_sources` does.
        """
        key = digest(file, text)
        kept = self._memo.find(key)
        if kept is None:
            sources = read_sources(text, file)
            self._memo.note(key, [_as_json(source) for source in sources.values()])
            return sources
        return {source.key: source for source in map(_from_json, kept)}

    def save(self) -> None:
        """Keep what is new for the next build."""
        if "_memo" in self.__dict__:  # a file was read
            self._memo.save()


def _as_json(source: Source) -> dict[str, Any]:
    return {**asdict(source), "keywords": sorted(source.keywords)}


def _from_json(entry: dict[str, Any]) -> Source:
    authors = [Author(**author) for author in entry["authors"]]
    return Source(**{**entry, "authors": authors, "keywords": frozenset(entry["keywords"])})


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
        url = _url(fields)
        if url and not _ADDRESS.match(url):
            problems.append(f"{place}: {key!r} links to {url!r}; expected https://… or http://….")
            continue
        sources[key] = Source(
            key=key,
            place=place,
            authors=[_author(person) for person in people],
            title=fields["title"],
            year=fields.get("year", ""),
            where=_where(fields),
            note=fields.get("note", ""),
            url=url,
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


_ADDRESS = re.compile(r"(?i)(?:https?|ftp)://|mailto:")
"""What links may begin with: none of them runs anything."""


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
