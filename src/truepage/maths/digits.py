"""Numbers as text shows them: what they are, and how far they are shown."""

import re
from decimal import Decimal
from fractions import Fraction

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
