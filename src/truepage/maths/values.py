"""Values on a page: `[0.0066](value:neural.activations.sigmoid_derivative(5))`.

The text of the link is what readers see, wherever the Markdown is read. Its address says how the
value is computed. The build computes it and holds the text to it: as many digits as are shown,
each of them right, the last one rounded. Where the text is empty the build fills it in, in the
format after a colon at the end: `[](value:neural.activations.sigmoid(5):.4f)`.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

BEGIN = re.compile(r"(?<![!\\])\[(?P<text>[^\[\]]*)\]\((?P<angle><?)value:")

FORMAT = re.compile(r":(?P<format>,?(?:\.\d{1,2})?[efgd%]|,d?)$")

TIE = 4 * 2.0**-53
"""How near to a tie, relatively, a float may be for both roundings to count as right."""


@dataclass(frozen=True)
class Value:
    """A value as it stands in Markdown.

    Parameters
    ----------
    start, end
        Where it begins in the text, and where it ends.
    shown
        The text that readers see.
    expression
        How it is computed.
    format
        How to write it where the text is empty; "" when none is given.
    fault
        What is wrong with the way it is written, or "".
    """

    start: int
    end: int
    shown: str
    expression: str
    format: str = ""
    fault: str = ""


def find_values(text: str) -> Iterator[Value]:
    """Yield the values in a piece of Markdown that has no code in it.

    Examples
    --------
    >>> [value.expression for value in find_values("[2](value:abs(-2)) [](<value:max(1, 2):d>)")]
    ['abs(-2)', 'max(1, 2)']
    """
    at = 0
    while match := BEGIN.search(text, at):
        value = value_at(text, match)
        yield value
        at = value.end


def value_at(text: str, match: re.Match[str]) -> Value:
    """Return the value that begins where `BEGIN` matches."""
    end = _end(text, match.end(), angle=bool(match["angle"]))
    if end is None:
        stop = (text.find("\n", match.end()) + 1 or len(text) + 1) - 1
        return Value(
            match.start(), stop, match["text"], text[match.end() : stop],
            fault="its address has no end; expected [text](value:expression)",
        )  # fmt: skip
    address = text[match.end() : end].strip()
    form = FORMAT.search(address)
    fault = ""
    if not match["angle"] and re.search(r"\s", address):
        fault = (
            "its address has a space in it, so that others who read Markdown see no link; "
            f"expected <…> around it: ](<value:{address}>)"
        )
    return Value(
        match.start(),
        end + (2 if match["angle"] else 1),
        " ".join(match["text"].split()),
        address[: form.start()] if form else address,
        form["format"] if form else "",
        fault,
    )


def _end(text: str, start: int, *, angle: bool) -> int | None:
    """Return where an address ends: at its > or at the ) that nothing in it has opened."""
    depth, quote = 0, ""
    for at in range(start, len(text)):
        character = text[at]
        if character == "\n":
            return None
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif angle:
            if text.startswith(">)", at):
                return at
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            if depth == 0:
                return at
            depth -= 1
    return None


def shown(value: Value, number: int | float) -> tuple[str, str]:
    """Return the text that a page is to show, and what is wrong with it or ""."""
    if not math.isfinite(number):
        return value.shown, f"value {value.expression!r} is {number}; expected a finite number."
    if not value.shown:
        if not value.format and not isinstance(number, int):
            return "", (
                f"value {value.expression!r} has neither a text nor a format; expected one of "
                f"them, such as [{number:.4g}](value:{value.expression})."
            )
        return filled(number, value.format), ""
    if value.format:
        return value.shown, (
            f"value {value.expression!r} has a text and a format; expected only one of them."
        )
    reading = read_number(value.shown)
    if reading is None:
        return value.shown, (
            f"value {value.expression!r}: its text {value.shown!r} is not read as a number; "
            "expected one like 0.0066, −0.5, 1.2e-5, 1.2 × 10⁻⁵, 95,615, 25 % or ½."
        )
    claimed, unit = reading
    true = Fraction(number)
    slack = abs(true) * Fraction(TIE) if isinstance(number, float) else Fraction(0)
    if abs(claimed - true) <= unit / 2 + slack:
        return value.shown, ""
    return value.shown, (
        f"value {value.expression!r} is {written(value.shown, true, unit)}, "
        f"and the page says {value.shown}. (More exactly: {number:.12g}.)"
    )


def filled(number: int | float, form: str) -> str:
    """Return a number in a format of Python's, with a real minus sign.

    Examples
    --------
    >>> filled(-0.00664805, ".4f"), filled(95615, ","), filled(0.25, ".0%")
    ('−0.0066', '95,615', '25 %')
    """
    whole = form.endswith("d") or not form
    text = format(round(number) if whole and number == round(number) else number, form)
    return text.replace("%", " %").replace("-", "−")


NUMBER = re.compile(
    r"(?P<sign>[-+−]?)"
    r"(?P<whole>\d{1,3}(?:,\d{3})+|\d+)?(?:\.(?P<part>\d+))?"
    r"(?P<vulgar>[¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])?"
    r"(?:[eE](?P<exponent>[-+−]?\d{1,3})|[  ]?[×·][  ]?10(?P<power>[⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}))?"
    r"(?P<percent>[  ]?%)?",
    re.ASCII,
)
"""A number as text has it: 0.0066, −0.5, 1.2e-5, 1.2 × 10⁻⁵, 95,615, 25 %, ½."""

VULGAR = {
    **{"¼": "1/4", "½": "1/2", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅕": "1/5", "⅖": "2/5"},
    **{"⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8"},
    "⅞": "7/8",
}
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def read_number(text: str) -> tuple[Fraction, Fraction] | None:
    """Return a number that text shows, and the unit of its last digit (0: exact); None: not one.

    Examples
    --------
    >>> read_number("−0.50"), read_number("25 %")
    ((Fraction(-1, 2), Fraction(1, 100)), (Fraction(1, 4), Fraction(1, 100)))
    >>> read_number("1½"), read_number("many")
    ((Fraction(3, 2), Fraction(0, 1)), None)
    """
    match = NUMBER.fullmatch(text.strip())
    if not match or not (match["whole"] or match["vulgar"]):
        return None
    part = match["part"] or ""
    if match["vulgar"] and (part or match["exponent"] or match["power"]):
        return None
    exponent = int((match["exponent"] or match["power"] or "0").translate(RAISED))
    scale = Fraction(10) ** exponent / (100 if match["percent"] else 1)
    digits = (match["whole"] or "").replace(",", "")
    size = Fraction(Decimal(f"{digits or 0}.{part or 0}"))
    if match["vulgar"]:
        size += Fraction(VULGAR[match["vulgar"]])
    number = size * scale * (-1 if match["sign"] in {"-", "−"} else 1)
    return number, Fraction(0) if match["vulgar"] else scale / 10 ** len(part)


def written(text: str, true: Fraction, unit: Fraction) -> str:
    """Return a number in the way in which a text of that unit shows another, wrong one."""
    if not unit:  # vulgar fractions, which are exact
        for sign, vulgar in VULGAR.items():
            if abs(true) == Fraction(vulgar):
                return f"{'−' * (true < 0)}{sign}"
        return f"{float(true):.6g}".replace("-", "−")
    match = NUMBER.fullmatch(text.strip())
    assert match  # noqa: S101 (it was read)
    places = len(match["part"] or "")
    scaled = true * (100 if match["percent"] else 1)
    tail = f"{match['percent'] or ''}"
    if match["exponent"] or match["power"]:
        return f"{float(scaled):.{places}e}".replace("-", "−") + tail
    digits = f"{abs(round(scaled * 10**places)):0{places + 1}d}"
    whole, part = (digits[:-places], digits[-places:]) if places else (digits, "")
    if "," in (match["whole"] or ""):
        whole = f"{int(whole):,}"
    sign = "-" if match["sign"] == "-" else "−"
    return f"{sign * (scaled < 0)}{whole}{'.' * bool(part)}{part}{tail}"
