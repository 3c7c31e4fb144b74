"""What has a number on a site, and `@fig-name`, `@eq-name`: links to it in running text.

A kind of thing that is numbered is one entry of `KINDS`: how its labels begin, its word, and how
a page's labels are found. Numbers follow reading order over the whole site.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as etree  # noqa: N813 (as Python-Markdown calls it)

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.util import AtomicString

from truepage.figures.blocks import with_images
from truepage.markdown.page import FIGURE, Page, fences, prose_without_code

_LETTER = r"(?:[^\W_]|[\u0300-\u036f])"  # accents may be signs of their own
NAME = rf"{_LETTER}+(?:-{_LETTER}+)*"
NAMED = rf"{_LETTER}+(?:[-_]+{_LETTER}+)*"  # what follows @ in words: no part of it is another one
LABEL = re.compile(rf"^[ \t>]*%[ \t]*label:[ \t]*(?P<label>eq-{NAME})[ \t]*$")


CAPTION = re.compile(
    rf"^[ \t>]*Table:[ \t]+(?P<caption>(?:[^\n]+\n)*?[^\n]*?)\s*"
    rf"\{{#(?P<label>tbl-{NAME})\}}[ \t]*$",
    re.MULTILINE,
)
HEADING = re.compile(
    rf"^#{{1,6}}[ \t].*\{{:?[ \t]*#(?P<label>sec-{NAME})[ \t]*\}}[ \t#]*$", re.MULTILINE
)


def _figures(lines: Sequence[str]) -> Iterable[str]:
    shown = "\n".join(prose_without_code(with_images(lines)))
    # A picture without a caption is one that nobody named, and has no number.
    return (f"fig-{match['name']}" for match in FIGURE.finditer(shown) if match["caption"].strip())


def _equations(lines: Sequence[str]) -> Iterable[str]:
    for start, end, info in fences(lines):
        if info == "math":
            found = (LABEL.match(line) for line in lines[start + 1 : end - 1])
            yield from (match["label"] for match in found if match)


def _found(pattern: re.Pattern[str]) -> Callable[[Sequence[str]], Iterable[str]]:
    def labels(lines: Sequence[str]) -> Iterable[str]:
        shown = "\n".join(prose_without_code(lines))
        return (match["label"] for match in pattern.finditer(shown))

    return labels


@dataclass(frozen=True)
class ReferenceKind:
    """A kind of thing that has a number.

    Parameters
    ----------
    prefix
        What its labels begin with.
    word
        What comes before its number.
    labels
        The labels in a page's lines, in reading order.
    example
        What an author writes to have one; ``{name}`` is the label without its prefix.
    idle
        Whether one that nothing refers to is as good as any. A label that is written for
        references alone is not.
    """

    prefix: str
    word: str
    labels: Callable[[Sequence[str]], Iterable[str]]
    example: str
    idle: bool = True


KINDS = {
    kind.prefix: kind
    for kind in (
        ReferenceKind("fig", "Figure", _figures, "![Caption.](figure:{name})"),
        ReferenceKind(
            "eq", "Equation", _equations, "a math fence with the line `% label: eq-{name}`"
        ),
        ReferenceKind(
            "tbl", "Table", _found(CAPTION), "Table: Caption. {{#tbl-{name}}}", idle=False
        ),
        ReferenceKind("sec", "Section", _found(HEADING), "## Heading {{#sec-{name}}}", idle=False),
    )
}

_USED = re.compile(rf"(?:(?<![\w@/.\\])@|(?<![{{:\s])#)(?P<label>(?:{'|'.join(KINDS)})-{NAMED})")
REFERENCE = rf"(?<![\w@/.\\])@(?P<label>(?:{'|'.join(KINDS)})-{NAMED})"


@dataclass(frozen=True)
class Numbered:
    """What a label names: `Figure`, its number, and the page that shows it first."""

    word: str
    number: int
    page: str


def number(pages: Mapping[str, str]) -> dict[str, Numbered]:
    """Give each thing on a site its number.

    Parameters
    ----------
    pages
        Path → Markdown text, in reading order.

    Returns
    -------
    dict
        Label → what it names.

    Examples
    --------
    >>> number({"a.md": "![A](figure:a) ![B](figure:b) and ![A](figure:a)"})["fig-b"]
    Numbered(word='Figure', number=2, page='a.md')
    """
    numbers: dict[str, Numbered] = {}
    for kind in KINDS.values():
        count = 0
        for path, text in pages.items():
            for label in kind.labels(text.split("\n")):
                if label not in numbers:
                    count += 1
                    numbers[label] = Numbered(kind.word, count, path)
    return numbers


def unused(pages: Mapping[str, str]) -> list[str]:
    r"""Return messages on labels that nothing refers to, with page and line.

    Parameters
    ----------
    pages
        Path, as messages show it → Markdown text.

    Examples
    --------
    >>> unused({"a.md": "# A {#sec-a}\n\nHere.", "b.md": "# B {#sec-b}\n\nSee @sec-b."})
    ["a.md:1: nothing refers to 'sec-a'; expected @sec-a on some page, or no such label."]
    """
    shown = {path: prose_without_code(text.split("\n")) for path, text in pages.items()}
    used = {
        match["label"] for lines in shown.values() for match in _USED.finditer("\n".join(lines))
    }
    return [
        f"{path}:{next((at for at, line in enumerate(lines, 1) if f'#{label}' in line), 1)}: "
        f"nothing refers to {label!r}; expected @{label} on some page, or no such label."
        for path, lines in shown.items()
        for kind in KINDS.values()
        if not kind.idle
        for label in dict.fromkeys(kind.labels(lines))
        if label not in used
    ]


def find(numbers: Mapping[str, Numbered], label: str) -> Numbered | str:
    """Return what a label names, or the message that nothing is named so."""
    if label in numbers:
        return numbers[label]
    kind, _, name = label.partition("-")
    same = [other for other in numbers if other.startswith(f"{kind}-")]
    near = difflib.get_close_matches(label, same, n=1)
    word = KINDS[kind].word.lower()
    article = "an" if word[0] in "aeiou" else "a"
    remedy = f"did you mean @{near[0]}?" if near else f"expected {KINDS[kind].example}."
    return f"@{label} refers to {article} {word} that is on no page; {remedy.format(name=name)}"


class Preprocessing:
    """The changes that a host's extensions make to a page before its maths is read: snippets, say.

    Parameters
    ----------
    extensions, configs
        The host's extensions, and their options.
    """

    def __init__(
        self, extensions: Sequence[Any], configs: Mapping[str, Mapping[str, Any]], until: float
    ) -> None:
        others = [one for one in extensions if not str(one).startswith("truepage")]
        self._md = Markdown(extensions=others, extension_configs=dict(configs))
        self._md.preprocessors.register(_Last(self._md), "truepage-last", until)

    def run(self, text: str) -> str:
        """Return the text as maths is read from it.

        Raises
        ------
        Exception
            What an extension raises, for a snippet that is not there, say.
        """
        self._md.reset()
        lines = text.split("\n")
        for preprocessor in self._md.preprocessors:
            if isinstance(preprocessor, _Last):
                break
            lines = preprocessor.run(lines)
        return "\n".join(lines)


class _Last(Preprocessor):
    """The place at which reading ends."""


def register(md: Markdown, page: Page) -> None:
    """Add references to a converter."""
    # After code (190), escapes (180) and links (160), so that none of them holds a reference.
    md.inlinePatterns.register(Reference(page, md), "truepage-reference", 70)


class Reference(InlineProcessor):
    """A cross-reference in running text."""

    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self, page: Page, md: Markdown) -> None:
        super().__init__(REFERENCE, md)
        self._page = page

    def handleMatch(  # type: ignore[override] # noqa: N802 (Python-Markdown's names and types)
        self, m: re.Match[str], data: str
    ) -> tuple[etree.Element | None, int, int]:
        """Return the link."""
        target = self._page.site.target(m["label"], self._page.path)
        if isinstance(target, str):
            message = self._page.problem(target, m[0])
            if not self._page.preview:
                return None, m.start(0), m.end(0)
            shown = etree.Element("span", {"class": "truepage-problem"})
            shown.text = AtomicString(message)
            return shown, m.start(0), m.end(0)
        link = etree.Element("a", {"href": target.href, "class": "truepage-reference"})
        link.text = target.words
        return link, m.start(0), m.end(0)
