r"""What an author writes beside a formula: TeX comments that say what it is held to.

    % check: neural.activations.leaky_relu(x, negative_slope)    or    % check: identity
    % where: z = w x + b; p \in (0, 1)
    % unchecked: why no check is possible
    % refuted: why it is shown although it is wrong
    % accuracy: 2 ulp
    % tolerance: 1e-6

In a fence each stands in a line of its own, at the end of an inline formula they follow the TeX
and each other, parted by semicolons.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches

KEYS = ("check", "where", "unchecked", "refuted", "accuracy", "tolerance")
NOTE = re.compile(rf"\s*(?P<key>{'|'.join((*KEYS, 'label'))})\s*:\s*(?P<text>.*)", re.DOTALL)
LIKE_A_NOTE = re.compile(r"\s*(?P<key>\w+)\s*:")
COMMENT = re.compile(r"(?<!\\)(?:\\\\)*%")
CALL = re.compile(r"(?P<symbol>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)\((?P<inside>.*)\)(?P<picks>.*)")
PICK = re.compile(r"\[(-?\d+)\]")
KEYWORD = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)\s*(.*)", re.DOTALL)


class AnnotationError(Exception):
    """An annotation is not as it should be: words, and its line if it is not the formula's."""

    def __init__(self, words: str, line: int | None = None) -> None:
        super().__init__(words)
        self.words, self.line = words, line


@dataclass(frozen=True)
class Note:
    """One annotation: its key, its text, and its line's number on the page."""

    key: str
    text: str
    line: int


@dataclass(frozen=True)
class Code:
    """A call that a formula is held to.

    Parameters
    ----------
    symbol
        The function's dotted name.
    arguments
        Of each its keyword or "", and TeX or a name.
    picks
        Positions in what it returns, as in ``f(x)[-1]``, Python's: from 0.
    """

    symbol: str
    arguments: tuple[tuple[str, str], ...]
    picks: tuple[int, ...] = ()


@dataclass(frozen=True)
class Annotation:
    """All that is written beside one formula.

    Parameters
    ----------
    check
        What it is held to: a call, or ``identity``; None: nothing.
    unchecked, refuted
        The reason, if the author gives up a check or shows a wrong formula.
    accuracy
        Largest error of the code in ULP that the author accepts, over all floats.
    tolerance
        Largest error of the code that the author accepts, absolute below 1 and relative above.
    """

    check: Code | str | None = None
    where: tuple[Note, ...] = ()
    unchecked: str | None = None
    refuted: str | None = None
    accuracy: float | None = None
    tolerance: float | None = None


@dataclass(frozen=True)
class Equation:
    r"""A formula that states something.

    Parameters
    ----------
    line
        Number of the line that its TeX begins in.
    tex
        The TeX without comments; a display formula's keeps its lines.
    source
        All of it as it stands on the page, comments too.
    ordinal
        Which of the page's formulas it is, from 0; those count that state nothing.
    fault
        What is wrong with how it is written.
    macros
        Commands that formulas before it define by ``\gdef``.
    """

    page: str
    line: int
    tex: str
    display: bool
    label: str
    notes: tuple[Note, ...]
    source: str
    ordinal: int = 0
    fault: str = ""
    macros: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """What messages call it: its label, or how it begins."""
        if self.label:
            return f"equation {self.label}"
        short = " ".join(self.tex.split())
        return f"the formula `{short if len(short) <= 40 else short[:39] + '…'}`"


def split_comments(lines: Sequence[tuple[int, str]]) -> tuple[str, list[Note]]:
    """Part the lines of a fence, each with its number, into TeX and notes.

    A note that is too long for a line goes on in the next comment that has no key.
    """
    tex, notes = [], list[Note]()
    for number, line in lines:
        if not line.lstrip().startswith("%"):
            shown, behind = split_inline(line, number)
            tex.append(shown if behind else line)
            notes += behind
            continue
        tex.append("")  # lines keep their numbers
        text = line.lstrip().removeprefix("%")
        if found := NOTE.fullmatch(text):
            notes.append(Note(found["key"], found["text"].strip(), number))
        elif notes and text.startswith("  "):
            last = notes[-1]
            notes[-1] = Note(last.key, f"{last.text} {text.strip()}".strip(), last.line)
        elif found := LIKE_A_NOTE.match(text):
            notes.append(Note("", found["key"], number))
    return "\n".join(tex), notes


def split_inline(tex: str, line: int) -> tuple[str, list[Note]]:
    r"""Part an inline formula into TeX and notes.

    Examples
    --------
    >>> tex, notes = split_inline("x + x = 2x % check: identity; where: x > 0", 3)
    >>> tex, [(note.key, note.text) for note in notes]
    ('x + x = 2x', [('check', 'identity'), ('where', 'x > 0')])
    """
    comment = COMMENT.search(tex)
    if not comment:
        return tex, []
    notes: list[Note] = []
    for part in tex[comment.end() :].split(";"):
        if found := NOTE.fullmatch(part):
            notes.append(Note(found["key"], found["text"].strip(), line))
        elif notes:
            last = notes[-1]
            notes[-1] = Note(last.key, f"{last.text}; {part.strip()}", line)
    return tex[: comment.end() - 1].rstrip(), notes


def annotation(notes: Sequence[Note]) -> Annotation:
    """Return what notes say together; one that does not fit is an `AnnotationError`."""
    for note in notes:
        if not note.key and get_close_matches(note.text, (*KEYS, "label")):
            words = f"`% {note.text}:` is no annotation; there are: {', '.join((*KEYS, 'label'))}"
            raise AnnotationError(words, note.line)
    only: dict[str, Note] = {}
    for note in notes:
        if note.key in only and note.key in KEYS and note.key != "where":
            words = f"an equation has two lines {note.key!r}; expected one"
            raise AnnotationError(words, notes[-1].line)
        only[note.key] = note
    check, unchecked, refuted = (only.get(key) for key in ("check", "unchecked", "refuted"))
    if unchecked and check:
        words = "an equation is both checked and unchecked; expected one"
        raise AnnotationError(words, unchecked.line)
    if refuted and not check:
        raise AnnotationError("`% refuted:` needs a `% check:` that refutes it", refuted.line)
    if unchecked and not unchecked.text:
        raise AnnotationError("`% unchecked:` gives no reason; expected one", unchecked.line)
    return Annotation(
        check=_check(check) if check else None,
        where=tuple(note for note in notes if note.key == "where"),
        unchecked=unchecked.text if unchecked else None,
        refuted=refuted.text if refuted else None,
        accuracy=_accuracy(only["accuracy"]) if "accuracy" in only else None,
        tolerance=_tolerance(only["tolerance"]) if "tolerance" in only else None,
    )


def _accuracy(note: Note) -> float:
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:ulp|ULP)", note.text):
        return float(found[1])
    raise AnnotationError(f"{note.text!r} is no accuracy; expected such as 4 ulp", note.line)


def _tolerance(note: Note) -> float:
    with suppress(ValueError):
        if 0 < float(note.text) < 1:
            return float(note.text)
    raise AnnotationError(f"{note.text!r} is no tolerance; expected such as 1e-6", note.line)


def _check(note: Note) -> Code | str:
    if note.text == "identity":
        return "identity"
    found = CALL.fullmatch(note.text)
    picks = found["picks"].strip() if found else ""
    if not found or PICK.sub("", picks):
        words = "expected `identity` or a call such as package.module.function(x, slope=a)"
        raise AnnotationError(f"{note.text!r} is no check; {words}", note.line)
    arguments = split_at_commas(found["inside"])
    if not all(arguments):
        raise AnnotationError(f"{note.text!r} has an empty argument", note.line)
    named = ((KEYWORD.fullmatch(one), one) for one in arguments)
    return Code(
        found["symbol"],
        tuple((keyword[1], keyword[2]) if keyword else ("", one) for keyword, one in named),
        tuple(map(int, PICK.findall(picks))),
    )


def split_at_commas(text: str, comma: str = ",") -> list[str]:
    r"""Part a text at commas that are inside no parentheses.

    Examples
    --------
    >>> split_at_commas(r"x_{1,2}, f(a, b)")
    ['x_{1,2}', 'f(a, b)']
    """
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == comma and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts] if text.strip() else []
