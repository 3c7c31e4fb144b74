"""The entries of BibTeX files, remembered between builds, and how pages name them."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from truepage.engine.cache import Memo, digest
from truepage.engine.errors import PageError
from truepage.pages import bibtext
from truepage.pages.bibtext import Piece, pieces, plain

FILE = "bibtex"
"""The name of what was read before in a project's cache."""

_ENTRY = re.compile(r"@(?P<kind>\w+)\s*[{(]\s*(?P<key>[^,\s}]+)\s*,")
UNDATED = {"manual", "misc", "online", "software", "unpublished", "electronic", "www", "dataset"}
"""Kinds of entries that may be without a year."""

PERSONS = ("author", "editor", "translator", "bookauthor")
BODIES = ("organization", "institution", "publisher")
"""Who stands for an author where there is none: the first that is there."""

WHOLE = {"inproceedings", "conference", "incollection", "inbook", "inreference", "suppcollection"}
"""Kinds of entries that are part of the one that `crossref` names: its title is their book's."""
OWN = {"title", "subtitle", "crossref", "xref", "keywords", "note", "url", "doi", "eprint", "pages"}
"""Fields that no entry takes from another one."""

ENCODING = re.compile(rb"^%+\s*Encoding:\s*(?P<name>[\w.-]+)", re.IGNORECASE | re.MULTILINE)
"""What JabRef writes."""

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
    rich
        The title in pieces, where some are no plain text (`truepage.pages.bibtext`).
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
    rich: Sequence[Piece] = ()
    note: str = ""
    url: str = ""
    keywords: frozenset[str] = frozenset()
    letter: str = ""
    initials: bool = False

    @property
    def names(self) -> str:
        """Return the authors as running text names them."""
        names = [str(author) if self.initials else author.last for author in self.authors]
        if not names:
            return f"“{self.title}”"
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
        code = (Path(file).read_bytes() for file in (__file__, bibtext.__file__))
        return Memo(self._file, digest(*makers, *code))

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
    return {**asdict(source), "rich": source.rich, "keywords": sorted(source.keywords)}


def _from_json(entry: dict[str, Any]) -> Source:
    authors = [Author(**author) for author in entry["authors"]]
    rich = tuple((kind, text) for kind, text in entry["rich"])
    return Source(
        **{**entry, "authors": authors, "rich": rich, "keywords": frozenset(entry["keywords"])}
    )


def read_text(path: Path, file: str) -> str | None:
    """Return the text of a BibTeX file: in UTF-8, or as its first lines say; None: there is none.

    Raises
    ------
    PageError
        It is in another encoding.
    """
    if not path.is_file():
        return None
    content = path.read_bytes()
    said = ENCODING.search(content[:500])
    name = said["name"].decode() if said else "utf-8"
    try:
        return content.decode("utf-8-sig" if name.lower() in {"utf8", "utf-8"} else name)
    except (UnicodeDecodeError, LookupError) as error:
        at = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = content.count(b"\n", 0, at) + 1
        raise PageError(
            f"{file}:{line}: the byte 0x{content[at]:02X} is not "
            f"{name}; expected a file in UTF-8, or a first line such as `% Encoding: ISO-8859-1`."
        ) from None


def read_sources(text: str, file: str) -> dict[str, Source]:
    """Return the entries of a BibTeX file: key → entry.

    Raises
    ------
    PageError
        The file is no BibTeX, or entries lack what a list needs: with file and line.
    """
    # Here, not above: sites without a bibliography do without.
    from pybtex import errors
    from pybtex.database import BibliographyDataError
    from pybtex.database.input.bibtex import Parser, UndefinedMacro
    from pybtex.scanner import PybtexSyntaxError

    lines = {
        match["key"]: text.count("\n", 0, match.start("kind")) + 1
        for match in _ENTRY.finditer(text)
    }
    with errors.capture() as found:
        entries = Parser().parse_string(text).entries
    problems = []
    for error in found:
        if isinstance(error, UndefinedMacro):
            name = str(error).rpartition(": ")[2]
            problems.append(
                f"{file}:{error.lineno}: the string {name!r} is not defined; expected "
                f"@string{{{name} = {{…}}}} above, or the words themselves: {{{name}}}."
            )
        elif isinstance(error, PybtexSyntaxError):
            words = str(error).partition(": ")[2]
            problems.append(f"{file}:{error.lineno}: this is no BibTeX: {words}.")
        elif isinstance(error, BibliographyDataError):
            problems.append(_twice(str(error), text, file, lines))
    if problems:
        raise PageError("\n".join(problems))
    sources = {}
    for key, entry in entries.items():
        place = f"{file}:{lines.get(key, 1)}"
        raw = {name.lower(): value for name, value in entry.fields.items()}
        persons = dict(entry.persons)
        other = entries.get(raw["crossref"]) if "crossref" in raw else None
        if other:
            raw = {**_inherited(other.fields, entry.type), **raw}
            persons = {**{k: v for k, v in other.persons.items() if k != "author"}, **persons}
        elif "crossref" in raw:
            problems.append(
                f"{place}: {key!r} names the entry {raw['crossref']!r} as its crossref, which is "
                "not in this file; expected that entry, or no crossref."
            )
            continue
        fields = {name: plain(pieces(value)) for name, value in raw.items()}
        people: Sequence[Any] = next((persons[role] for role in PERSONS if persons.get(role)), ())
        authors = [_author(person) for person in people]
        if not authors and (body := next((b for b in BODIES if fields.get(b)), "")):
            authors = [Author(fields.pop(body))]
        year = fields.get("year") or _year(fields.get("date", ""))
        # Of a page of the web, a manual or a program often nobody is named.
        is_named = authors or (entry.type in UNDATED and any(map(raw.get, ("url", "howpublished"))))
        missing = [
            name
            for name, there in (
                ("author", is_named),
                ("title", fields.get("title")),
                ("year", year or entry.type in UNDATED),
            )
            if not there
        ]
        if missing:
            problems.append(f"{place}: {key!r} has no {' and no '.join(missing)}.")
            continue
        title = raw["title"]
        if raw.get("subtitle"):
            title += f": {raw['subtitle']}"
        rich = tuple(pieces(title))
        sources[key] = Source(
            key=key,
            place=place,
            authors=authors,
            title=plain(rich),
            year=year,
            where=_where(fields, entry.type),
            rich=rich if any(kind for kind, _ in rich) else (),
            note=". ".join(
                fields[name].rstrip(".") + "." for name in ("note", "addendum") if fields.get(name)
            ),
            url=_url(raw),
            keywords=frozenset(re.split(r"[,;]\s*", fields.get("keywords", ""))) - {""},
        )
    if problems:
        raise PageError("\n".join(problems))
    return _told_apart(sources)


def _twice(words: str, text: str, file: str, lines: Mapping[str, int]) -> str:
    """Return the message on an entry, or a field of one, that is given a second time."""
    if field := re.search(r"key (?P<key>\S+) has a duplicate (?P<field>\S+) field", words):
        line = lines.get(field["key"], 1)
        return f"{file}:{line}: {words}; expected each field once."
    repeated = Counter(match["key"].lower() for match in _ENTRY.finditer(text))
    key = next((key for key, count in repeated.items() if count > 1), "")
    line = max((n for name, n in lines.items() if name.lower() == key), default=1)
    return f"{file}:{line}: {words}; expected each key once."


def _inherited(fields: Mapping[str, str], kind: str) -> dict[str, str]:
    """Return what an entry takes from the one that its `crossref` names."""
    given = {name.lower(): value for name, value in fields.items()}
    taken = {name: value for name, value in given.items() if name not in OWN}
    if kind in WHOLE and "title" in given:
        taken.setdefault("booktitle", given["title"])
    return taken


def _year(date: str) -> str:
    """Return the year of a date as biblatex has it.

    Examples
    --------
    >>> [_year(date) for date in ("2021-03-04", "1999~", "2019/2021", "-0044", "2018-21?", "")]
    ['2021', '1999', '2019–2021', '-0044', '2018', '']
    """
    years = [re.match(r"-?\d{4}", part.strip()) for part in date.split("/")]
    return "–".join(dict.fromkeys(year[0] for year in years if year))


def _author(person: object) -> Author:
    first = [*person.first_names, *person.middle_names]  # type: ignore[attr-defined]
    last = " ".join([*person.prelast_names, *person.last_names, *person.lineage_names])  # type: ignore[attr-defined]
    initials = [
        "-".join(f"{part[0]}." for part in plain(pieces(name)).split("-") if part) for name in first
    ]
    return Author(plain(pieces(last)), " ".join(initials))


def _where(fields: Mapping[str, str], kind: str) -> str:
    """Return where a source appeared: journal with volume, number and pages, book, publisher."""
    journal = fields.get("journal") or fields.get("journaltitle") or ""
    volume, number = fields.get("volume", ""), fields.get("number") or fields.get("issue", "")
    book, edition = fields.get("booktitle", ""), fields.get("edition", "")
    if book == fields["title"]:
        book = ""
    publisher = next(
        (fields[name] for name in ("publisher", "school", "institution") if fields.get(name)), ""
    )
    pages = fields.get("pages", "")
    if pages:
        many = re.search(r"[-–—,]|\band\b", pages) is not None
        pages = f"{'pp' if many else 'p'}. {re.sub(r' *[-–—]+ *', '–', pages)}"
    parts = []
    if journal:
        parts.append(f"{journal} {volume}".strip() + (f"({number})" if volume and number else ""))
        if number and not volume:
            parts.append(f"no. {number}")
    else:
        kinds = {"phdthesis": "PhD thesis", "mastersthesis": "Master’s thesis"}
        kinds["techreport"] = "Technical report"
        named = fields.get("type") or kinds.get(kind, "")
        parts += [
            f"In: {book}" if book and publisher else book,
            " ".join(filter(None, (fields.get("series", ""), number if not named else ""))),
            f"vol. {volume}" if volume else "",
            f"{named} {number}".strip() if named else "",
            f"{_ordinal(edition)} edition" if edition else "",
            publisher,
        ]
    return ", ".join(filter(None, [*parts, fields.get("howpublished", ""), pages]))


def _ordinal(edition: str) -> str:
    """Return the number of an edition as it is read.

    Examples
    --------
    >>> [_ordinal(edition) for edition in ("2", "3", "11", "Second", "2nd edition")]
    ['2nd', '3rd', '11th', 'second', '2nd']
    """
    edition = re.sub(r"[ ,]*\b(?:edition|ed\.?)$", "", edition, flags=re.IGNORECASE)
    if not edition.isdecimal():
        return edition.lower()
    last = (
        "th" if edition[-2:-1] == "1" else {"1": "st", "2": "nd", "3": "rd"}.get(edition[-1], "th")
    )
    return edition + last


def _url(raw: Mapping[str, str]) -> str:
    """Return where a source can be read; nothing but the web's addresses are links."""
    fields = {
        name: re.sub(r"\\url\s*|\\(?=[_%&#~])|[{}\s]", "", raw.get(name, ""))
        for name in ("doi", "eprint", "eprinttype", "archiveprefix", "url")
    }
    if doi := re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)", "", fields["doi"], flags=re.I):
        return f"https://doi.org/{doi}"
    archive = (fields["eprinttype"] or fields["archiveprefix"]).lower()
    number = re.sub(r"^arxiv:", "", fields["eprint"], flags=re.IGNORECASE)
    if archive in {"", "arxiv"} and re.fullmatch(r"[\w.-]+(?:/\d+)?(?:v\d+)?", number):
        return f"https://arxiv.org/abs/{number}"
    address = next((a for a in (fields["url"], fields["eprint"]) if a), "")
    return address if re.match(r"(?:https?|ftp)://", address, re.IGNORECASE) else ""


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
