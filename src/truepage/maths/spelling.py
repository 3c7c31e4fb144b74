r"""Terms, written as TeX again: for messages, and for the edits that would make a formula true."""

from collections.abc import Iterable

from truepage.maths.terms import (
    IMAGINARY,
    ONE,
    Apply,
    Call,
    Cases,
    Comparison,
    Derivative,
    Index,
    Number,
    Repeated,
    Symbol,
    Term,
)

SUM, PRODUCT, PREFIX, POWER, ATOM = range(5)
"""How tightly a term holds together."""

OPERATIONS: dict[str, tuple[str, int, tuple[int, ...]]] = {
    "add": ("{} + {}", SUM, (SUM, PRODUCT)),
    "subtract": ("{} - {}", SUM, (SUM, PRODUCT)),
    "negate": ("-{}", SUM, (PRODUCT,)),
    "multiply": (r"{} \, {}", PRODUCT, (PRODUCT, PREFIX)),
    "dot": (r"{} \cdot {}", PRODUCT, (PRODUCT, PREFIX)),
    "times": (r"{} \times {}", PRODUCT, (PRODUCT, PREFIX)),
    "elementwise": (r"{} \odot {}", PRODUCT, (PRODUCT, PREFIX)),
    "tensor": (r"({} \otimes {})", ATOM, (ATOM, ATOM)),
    "mod": (r"({} \bmod {})", ATOM, (ATOM, ATOM)),
    "factorial": ("{}!", POWER, (ATOM,)),
    "power": ("{}^{{{}}}", POWER, (ATOM,)),
    "transpose": (r"{}^\top", POWER, (ATOM,)),
    "transpose_letter": ("{}^T", POWER, (ATOM,)),
    "norm": (r"\lVert {} \rVert", ATOM, ()),
    "norm_2": (r"\lVert {} \rVert_2", POWER, ()),
    "norm_max": (r"\lVert {} \rVert_\infty", POWER, ()),
    "norm_frobenius": (r"\lVert {} \rVert_F", POWER, ()),
    "norm_p": (r"\lVert {} \rVert_{{{}}}", POWER, ()),
    "abs": ("|{}|", ATOM, ()),
    "floor": (r"\lfloor {} \rfloor", ATOM, ()),
    "ceil": (r"\lceil {} \rceil", ATOM, ()),
    "inner": (r"\langle {}, {} \rangle", ATOM, ()),
    "det": (r"\det({})", ATOM, ()),
    "divide": (r"\frac{{{}}}{{{}}}", ATOM, ()),
    "binomial": (r"\binom{{{}}}{{{}}}", ATOM, ()),
    "sqrt": (r"\sqrt{{{}}}", ATOM, ()),
    "root": (r"\sqrt[{1}]{{{0}}}", ATOM, ()),
    "log_base": (r"\log_{{{1}}}({0})", ATOM, ()),
}
"""Operation → its TeX, how tightly that holds together, and how tightly its operands must."""
REPEATED = {
    "add": "\\sum",
    "multiply": "\\prod",
    "max": "\\max",
    "min": "\\min",
    "argmax": "\\arg\\max",
    "argmin": "\\arg\\min",
}


def spelled(term: Term) -> str:
    r"""Return a term as TeX.

    Examples
    --------
    >>> x = Symbol("x")
    >>> spelled(Apply("multiply", (ONE, Apply("add", (x, Call("\\exp", (x,)))))))
    '1 \\, (x + \\exp(x))'
    """
    return _spelled(term)[0]


def _spelled(term: Term) -> tuple[str, int]:
    match term:
        case Number(value, decimals) if decimals:
            return f"{float(value):.{decimals}f}", ATOM
        case Number(value):
            if value.denominator == 1:
                return str(value), ATOM if value >= 0 else SUM
            return f"\\frac{{{value.numerator}}}{{{value.denominator}}}", ATOM
        case Symbol(name):
            return _name(name), ATOM
        case Index(base, indices):
            each = list(map(spelled, indices))
            inner = ("" if all(len(one) == 1 for one in each) else ", ").join(each)
            return f"{_name(base.name)}_{_braced(inner)}", ATOM
        case Call(function, arguments, order):
            return f"{_name(function)}{chr(39) * order}({_listed(arguments)})", ATOM
        case Apply("gradient", (inner, *by)):
            under = f"_{{{_listed(by)}}}" if by else ""
            return f"\\nabla{under} {_in(inner, POWER)}", PREFIX
        case Apply("element", (inner, *places)):
            return f"{_in(inner, ATOM)}_{{{_listed(places)}}}", POWER
        case Apply("row", cells):
            return " & ".join(map(spelled, cells)), SUM
        case Apply("matrix", rows):
            inside = r" \\ ".join(map(spelled, rows))
            return f"\\begin{{pmatrix}} {inside} \\end{{pmatrix}}", ATOM
        case Apply(operation, operands):
            form, own, tightness = OPERATIONS[operation]
            pairs = zip(operands, (*tightness, SUM, SUM), strict=False)
            return form.format(*(_in(operand, least) for operand, least in pairs)), own
        case Repeated():
            return _repeated(term), PREFIX
        case Comparison(terms, relations):
            others = zip(relations, map(spelled, terms[1:]), strict=True)
            return " ".join([spelled(terms[0]), *(part for pair in others for part in pair)]), SUM
        case Cases(branches):
            cases = [
                rf"{spelled(body)} & "
                + (rf"\text{{if }} {_listed(when)}" if when else r"\text{otherwise}")
                for body, when in branches
            ]
            return r"\begin{cases} " + r" \\ ".join(cases) + r" \end{cases}", ATOM
        case Derivative(body, variable, order):
            power = "" if order == 1 else f"^{_braced(str(order))}"
            under = f"\\partial {spelled(variable)}{power}"
            if isinstance(body, Symbol | Index):
                return f"\\frac{{\\partial{power} {spelled(body)}}}{{{under}}}", ATOM
            return f"\\frac{{\\partial{power}}}{{{under}}} {_in(body, PRODUCT)}", PREFIX


def _name(name: str) -> str:
    letters = len(name) > 1 and name.replace("_", "").isalnum() and not name[0].isdigit()
    digits = name[0].isalpha() and name[1:].isdigit()
    if letters and not digits and not ("_" in name and len(name.split("_")[0]) == 1):
        return "\\text{" + name.replace("_", "\\_") + "}"
    return "i" if name == IMAGINARY else name.removesuffix("_⋯")


def _in(term: Term, tightness: int) -> str:
    text, own = _spelled(term)
    return text if own >= tightness else f"({text})"


def _listed(terms: Iterable[Term]) -> str:
    return ", ".join(map(spelled, terms))


def _braced(text: str) -> str:
    return text if len(text) == 1 else f"{{{text}}}"


def _repeated(term: Repeated) -> str:
    index, lower, upper = term.index, term.lower, term.upper
    ends = [spelled(one) for one in (lower, upper) if one is not None]
    body = _in(term.body, PRODUCT)
    if term.operation == "integrate":
        return f"\\int_{{{ends[0]}}}^{{{ends[1]}}} {spelled(term.body)} \\, d{index}"
    if term.operation == "limit":
        side = "" if upper is None else "^+" if upper == ONE else "^-"
        return f"\\lim_{{{index} \\to {ends[0]}{side}}} {body}"
    below, above = [spelled(one) for one in term.conditions], ""
    if len(ends) < 2:
        below = below or [index]
    elif isinstance(upper, Symbol) and upper.name.isupper() and index == "x" and lower == ONE:
        below = below or [f"{index} \\in {ends[1]}"]
    else:
        below, above = [f"{index}={ends[0]}", *below], f"^{{{ends[1]}}}"
    rows = r" \\ ".join(below)
    under = rows if len(below) == 1 else f"\\substack{{{rows}}}"
    return f"{REPEATED[term.operation]}_{_braced(under)}{above} {body}"
