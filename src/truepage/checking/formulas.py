"""The formulas of a page, each with its place and its notes: one reader for pages and checks.

Whoever needs formulas reads them here: Markdown puts a mark in the place of each, the checker holds
those that state something to their notes. They meet by a formula's ordinal among those of the same
lines, never by what it says: a page may hold the same TeX twice.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from truepage.maths.annotation import KEYS, Equation, Note, split_comments, split_inline
from truepage.maths.katex import defined_macros
from truepage.pages.source import FENCE, Span, fences, prose, spans

COMMENT = re.compile(r"[ \t]*%")
NOTE = re.compile(rf"(?<!\\)(?:\\\\)*(?P<note>%[ \t]*(?P<word>label|{'|'.join(KEYS)})[ \t]*:)")
QUOTE = re.compile(r"[ \t]*>[ \t>]*")

LABELLED = "an inline formula has a label; expected it in a line of its own in a ```math fence."
ESCAPE = "expected $`…`$. A dollar sign before code is written \\$."
FAULTS = {
    "maths": "",
    "open": f"inline maths is opened and not closed in its paragraph; {ESCAPE}",
    "half": f"inline maths ends without a dollar sign; {ESCAPE}",
}


@dataclass(frozen=True)
class Formula:
    r"""A formula as an author wrote it.

    Parameters
    ----------
    source
        The whole of it as it stands in the text, without what indents it.
    tex
        The TeX that is set: without notes and without lines that are comments.
    display
        Whether it is in a fence.
    starts
        Where each line of the TeX begins: index of the page's line (None: not known), column.
    comments
        The lines of a fence that are comments, each with the index of its line.
    fault
        What is wrong with it before KaTeX looks at it.
    start, end
        Offsets in the text that was read.
    line
        Number of the line of that text in which what it states begins.
    stated
        The TeX that is checked: with an empty line in the place of a comment, so that lines count.
    inside
        The source without what encloses it.
    macros
        Commands that formulas before it define by ``\gdef``.
    """

    source: str
    tex: str = ""
    display: bool = False
    starts: tuple[tuple[int | None, int], ...] = ((None, 0),)
    comments: tuple[tuple[int | None, str], ...] = ()
    fault: str = ""
    start: int = 0
    end: int = 0
    line: int = 1
    stated: str = ""
    notes: tuple[Note, ...] = ()
    inside: str = ""
    macros: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """The name that references use, if it has one."""
        return next((note.text for note in self.notes if note.key == "label"), "")

    def place(self, position: int) -> tuple[int | None, int]:
        """Return line and column of a character of the TeX."""
        line = min(self.tex.count("\n", 0, position), len(self.starts) - 1)
        index, column = self.starts[line]
        return index, column + position - (self.tex.rfind("\n", 0, position) + 1)


def find_equations(page: str, text: str) -> list[Equation]:
    r"""Return the equations of a page in their order.

    Examples
    --------
    >>> [(e.line, e.tex) for e in find_equations("p.md", "$`a = b % check: identity`$ and $`c`$")]
    [(1, 'a = b')]
    """
    return equations(page, find_formulas(text.split("\n")))


def equations(page: str, formulas: Iterable[Formula]) -> list[Equation]:
    """Return those formulas of a page that state something: in fences, or with notes."""
    return [
        Equation(
            page=page,
            line=formula.line,
            tex=formula.stated,
            display=formula.display,
            label=formula.label,
            notes=tuple(note for note in formula.notes if note.key != "label"),
            source=formula.inside,
            ordinal=ordinal,
            fault=formula.fault,
            macros=formula.macros,
        )
        for ordinal, formula in enumerate(formulas)
        if formula.display or formula.notes
    ]


def find_formulas(
    lines: Sequence[str], origins: Sequence[int | None] | None = None
) -> list[Formula]:
    """Return all formulas of a text in their order.

    Parameters
    ----------
    origins
        Of each line, the index of the page's line that it comes from (None: not known). By default
        the text is the page.
    """
    return _Reader(lines, range(len(lines)) if origins is None else origins).formulas()


class _Reader:
    def __init__(self, lines: Sequence[str], origins: Sequence[int | None]) -> None:
        self._lines, self._origins = lines, origins
        self._offsets = list(accumulate((len(line) + 1 for line in lines), initial=0))

    def formulas(self) -> list[Formula]:
        text, shown = "\n".join(self._lines), "\n".join(prose(self._lines))
        found = [
            *(self._block(*fence) for fence in fences(self._lines) if _is_math(fence[2])),
            *(self._inline(span, text) for span in spans(shown) if span.kind in FAULTS),
        ]
        return _with_definitions(sorted(found, key=lambda formula: formula.start))

    def _block(self, start: int, end: int, info: str) -> Formula:
        """Return the formula of a math fence, without its indentation."""
        closed = end <= len(self._lines)
        lines = self._lines[start:end]
        opening = FENCE.match(lines[0])
        assert opening  # noqa: S101 (fences() said so)
        indent = opening["indent"]  # in a block quote with its >
        cut = [_shared(line, indent) for line in lines]
        bare = [line[some:] for line, some in zip(lines, cut, strict=True)]
        within = range(1, len(lines) - closed)
        tex = [bare[at] for at in within if not COMMENT.match(bare[at])]
        starts = [
            (self._origins[start + at], cut[at]) for at in within if not COMMENT.match(bare[at])
        ]
        if tex and "%" in tex[-1]:  # KaTeX wants a line's end after a comment
            tex.append("")
            starts.append(starts[-1])
        fault = ""
        if not closed:
            fault = "a math fence is opened and never closed; expected a line of ``` after it."
        elif info != "math":
            fault = (
                f"a math fence has more in its first line than `math`: {info!r}; "
                "expected no options there."
            )
        elif not "".join(tex).strip():
            fault = "a math fence holds no formula; expected TeX between its lines."
        all_lines, notes = split_comments([(start + at + 1, bare[at]) for at in within])
        stated = all_lines.split("\n")
        first = next((at for at, line in enumerate(stated) if line.strip()), 0)
        last = min(end, len(self._lines)) - 1
        return Formula(
            source="\n".join(bare),
            tex="\n".join(tex),
            display=True,
            starts=((self._origins[start], len(indent)),) if fault else tuple(starts),
            comments=tuple(
                (self._origins[start + at], bare[at].strip())
                for at in within
                if COMMENT.match(bare[at])
            ),
            fault=fault,
            start=self._offsets[start] + len(indent),
            end=self._offsets[last] + len(self._lines[last]),
            line=start + 1 if fault else start + 2 + first,
            stated="\n".join(stated[first:]),
            notes=tuple(notes),
            inside="\n".join(bare[at] for at in within),
        )

    def _inline(self, span: Span, text: str) -> Formula:
        """Return an inline formula."""
        first = self._line(span.start)
        if fault := FAULTS[span.kind]:
            place = (self._origins[first], span.start - self._offsets[first])
            return Formula(
                source="$",
                starts=(place,),
                fault=fault,
                start=span.start,
                end=span.start + 1,
                line=first + 1,
            )
        begin, end = span.start + 1 + span.ticks, span.end - 1 - span.ticks
        opening, last = self._line(begin), self._line(end)
        quote = QUOTE.match(self._lines[opening])
        tex, starts = [], []
        for at in range(opening, last + 1):
            left = max(begin - self._offsets[at], 0)
            if at > opening and quote and (prefix := QUOTE.match(self._lines[at])):
                left = prefix.end()  # > at the head of a line is the block quote's
            tex.append(self._lines[at][left : end - self._offsets[at] if at == last else None])
            starts.append((self._origins[at], left))
        inside = "\n".join(tex)
        shown, notes = split_inline(inside, first + 1)
        if notes:
            tex = shown.split("\n")
        return Formula(
            source=text[span.start : span.end],
            tex="\n".join(tex),
            display=False,
            starts=tuple(starts[: len(tex)]),
            fault=LABELLED if any(note.key == "label" for note in notes) else "",
            start=span.start,
            end=span.end,
            line=first + 1,
            stated=_one_line("\n".join(tex)).strip(),
            notes=tuple(Note(note.key, _one_line(note.text), note.line) for note in notes),
            inside=_one_line(inside),
        )

    def _line(self, offset: int) -> int:
        return bisect_right(self._offsets, offset) - 1


def _with_definitions(formulas: list[Formula]) -> list[Formula]:
    """Return formulas, each with the commands that those before it define."""
    if not any("\\gdef" in formula.tex for formula in formulas):
        return formulas
    macros: dict[str, str] = {}
    found = []
    for formula in formulas:
        found.append(replace(formula, macros=tuple(macros.items())))
        macros.update(defined_macros(formula.tex))
    return found


def _one_line(text: str) -> str:
    return re.sub(r"\n[ \t]*", " ", text)


def _shared(line: str, indent: str) -> int:
    """Return how many characters a line begins with as the indentation does."""
    pairs = zip(line, indent, strict=False)
    return next(
        (at for at, (one, other) in enumerate(pairs) if one != other), min(map(len, (line, indent)))
    )


def _is_math(info: str) -> bool:
    """Tell whether a fence is one of maths, also one with more in its first line."""
    return re.match(r"math(?![\w-])", info) is not None
