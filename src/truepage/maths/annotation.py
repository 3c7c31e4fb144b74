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
from collections.abc import Iterator, Sequence
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
    """An annotation is not as it should be.

    Parameters
    ----------
    words
        What was found and what is expected.
    line
        Its line's number, if it is not the formula's.
    """

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
class Argument:
    """An argument of a call: TeX or a name; a keyword argument has its keyword."""

    text: str
    keyword: str = ""


@dataclass(frozen=True)
class Code:
    """A call that a formula is held to.

    Parameters
    ----------
    symbol
        The function's dotted name.
    arguments
        What it is called with.
    picks
        Positions in what it returns, as in ``f(x)[-1]``, Python's: from 0.
    """

    symbol: str
    arguments: tuple[Argument, ...]
    picks: tuple[int, ...] = ()


@dataclass(frozen=True)
class Annotation:
    """All that is written beside one formula.

    Parameters
    ----------
    check
        What it is held to: a call, or ``identity``; None: nothing.
    where
        Declarations and definitions.
    unchecked, refuted
        The reason, if the author gives up a check or shows a wrong formula.
    accuracy
        Largest error of the code in ULP that the author accepts, over all floats.
    tolerance
        Largest error of the code that the author accepts, absolute below 1 and relative above.
    """

    check: "Code | str | None" = None
    where: tuple[Note, ...] = ()
    unchecked: str | None = None
    refuted: str | None = None
    accuracy: float | None = None
    tolerance: float | None = None


@dataclass(frozen=True)
class Equation:
    """A formula that states something.

    Parameters
    ----------
    page
        The page's path, as messages show it.
    line
        Number of the line that its TeX begins in.
    tex
        The TeX without comments; a display formula's keeps its lines.
    display
        Whether it stands by itself.
    label
        The name that references use, if it has one.
    notes
        What is written beside it.
    source
        All of it as it stands on the page, comments too.
    ordinal
        Which of the page's formulas it is, from 0; those count that state nothing.
    fault
        What is wrong with how it is written.
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
    """Return what notes say together.

    Raises
    ------
    AnnotationError
        One stands twice, excludes another, or is not as it should be.
    """
    for note in notes:
        if not note.key and get_close_matches(note.text, (*KEYS, "label")):
            raise AnnotationError(
                f"`% {note.text}:` is no annotation; there are: {', '.join((*KEYS, 'label'))}",
                note.line,
            )
    by_key: dict[str, list[Note]] = {}
    for note in notes:
        by_key.setdefault(note.key, []).append(note)
    for key in ("check", "unchecked", "refuted", "accuracy", "tolerance"):
        if len(by_key.get(key, [])) > 1:
            raise AnnotationError(
                f"an equation has two lines {key!r}; expected one", notes[-1].line
            )
    if "unchecked" in by_key and "check" in by_key:
        line = by_key["unchecked"][0].line
        raise AnnotationError("an equation is both checked and unchecked; expected one", line)
    if "refuted" in by_key and "check" not in by_key:
        line = by_key["refuted"][0].line
        raise AnnotationError("`% refuted:` needs a `% check:` that refutes it", line)

    def only(key: str) -> Note | None:
        return by_key[key][0] if key in by_key else None

    check, unchecked, refuted = only("check"), only("unchecked"), only("refuted")
    if unchecked and not unchecked.text:
        raise AnnotationError("`% unchecked:` gives no reason; expected one", unchecked.line)
    return Annotation(
        check=_check(check) if check else None,
        where=tuple(by_key.get("where", ())),
        unchecked=unchecked.text if unchecked else None,
        refuted=refuted.text if refuted else None,
        accuracy=_accuracy(only("accuracy")),
        tolerance=_tolerance(only("tolerance")),
    )


def _accuracy(note: Note | None) -> float | None:
    if note is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:ulp|ULP)", note.text)
    if not found:
        raise AnnotationError(f"{note.text!r} is no accuracy; expected such as 4 ulp", note.line)
    return float(found[1])


def _tolerance(note: Note | None) -> float | None:
    if note is None:
        return None
    try:
        found = float(note.text)
    except ValueError:
        found = 0.0
    if not 0 < found < 1:
        raise AnnotationError(f"{note.text!r} is no tolerance; expected such as 1e-6", note.line)
    return found


def _check(note: Note) -> Code | str:
    if note.text == "identity":
        return "identity"
    found = CALL.fullmatch(note.text)
    picks = found["picks"].strip() if found else ""
    if not found or PICK.sub("", picks):
        raise AnnotationError(
            f"{note.text!r} is no check; expected `identity` or a call such as "
            "package.module.function(x, slope=a)",
            note.line,
        )
    arguments = []
    for part in split_at_commas(found["inside"]):
        if not part:
            raise AnnotationError(f"{note.text!r} has an empty argument", note.line)
        keyword = KEYWORD.fullmatch(part)
        arguments.append(Argument(keyword[2], keyword[1]) if keyword else Argument(part))
    return Code(found["symbol"], tuple(arguments), tuple(map(int, PICK.findall(picks))))


def split_at_commas(text: str, comma: str = ",") -> list[str]:
    r"""Part a text at commas that are inside no parentheses.

    Examples
    --------
    >>> split_at_commas(r"x_{1,2}, f(a, b)")
    ['x_{1,2}', 'f(a, b)']
    """
    return [part.strip() for part in _split(text, comma)] if text.strip() else []


def _split(text: str, comma: str) -> Iterator[str]:
    depth, start = 0, 0
    for position, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == comma and depth == 0:
            yield text[start:position]
            start = position + 1
    yield text[start:]
