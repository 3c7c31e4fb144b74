r"""Terms, written as TeX again: for messages, and for the edits that would make a formula true."""

from fractions import Fraction

from truepage.maths.terms import (
    IMAGINARY,
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

REPEATED = {
    "add": "\\sum",
    "multiply": "\\prod",
    "max": "\\max",
    "min": "\\min",
    "argmax": "\\arg\\max",
    "argmin": "\\arg\\min",
}
SIGNS = {
    "add": " + ",
    "subtract": " - ",
    "multiply": r" \, ",
    "dot": r" \cdot ",
    "times": r" \times ",
    "elementwise": r" \odot ",
}


def spelled(term: Term) -> str:
    r"""Return a term as TeX.

    Examples
    --------
    >>> x = Symbol("x")
    >>> spelled(Apply("multiply", (Number(Fraction(2)), Apply("add", (x, Call("\\exp", (x,)))))))
    '2 \\, (x + \\exp(x))'
    """
    return _spelled(term)[0]


def statement_spelled(terms: tuple[Term, ...], relations: tuple[str, ...]) -> str:
    """Return a chain of relations as TeX."""
    text = spelled(terms[0])
    for relation, term in zip(relations, terms[1:], strict=True):
        text += f" {relation} {spelled(term)}"
    return text


def _spelled(term: Term) -> tuple[str, int]:
    match term:
        case Number(value, decimals):
            if value.denominator == 1 and not decimals:
                return str(value), ATOM if value >= 0 else SUM
            if decimals:
                return f"{float(value):.{decimals}f}", ATOM
            return f"\\frac{{{value.numerator}}}{{{value.denominator}}}", ATOM
        case Symbol(name):
            return _name(name), ATOM
        case Index(base, indices):
            inner = "".join(map(spelled, indices))
            if any(len(spelled(index)) > 1 for index in indices) and len(indices) > 1:
                inner = ", ".join(map(spelled, indices))
            return f"{_name(base.name)}_{{{inner}}}" if len(inner) > 1 else (
                f"{_name(base.name)}_{inner}"
            ), ATOM
        case Call(function, arguments, order):
            inner = ", ".join(map(spelled, arguments))
            return f"{_name(function)}{chr(39) * order}({inner})", ATOM
        case Apply(operation, arguments):
            return _operation(operation, arguments)
        case Repeated():
            return _repeated(term), PREFIX
        case Comparison(terms, relations):
            return statement_spelled(terms, relations), SUM
        case Cases(branches):
            rows = []
            for body, conditions in branches:
                when = ", ".join(map(spelled, conditions))
                said = rf"\text{{if }} {when}" if when else r"\text{otherwise}"
                rows.append(rf"{spelled(body)} & {said}")
            return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}", ATOM
        case Derivative(body, variable, order):
            return _derivative(body, variable, order)
    raise AssertionError(term)


def _name(name: str) -> str:
    if len(name) > 1 and name[0].isalpha() and name[1:].isdigit():
        return name
    if len(name) > 1 and name.replace("_", "").isalnum() and not name[0].isdigit():
        if "_" in name and len(name.split("_")[0]) == 1:
            return name
        return "\\text{" + name.replace("_", "\\_") + "}"
    return "i" if name == IMAGINARY else name.removesuffix("_⋯")


def _in(term: Term, tightness: int) -> str:
    text, own = _spelled(term)
    return text if own >= tightness else f"({text})"


def _operation(operation: str, arguments: tuple[Term, ...]) -> tuple[str, int]:
    match operation, arguments:
        case (("add" | "subtract"), (left, right)):
            text = _in(left, SUM) + SIGNS[operation] + _in(right, PRODUCT)
            return text, SUM
        case (("multiply" | "dot" | "times" | "elementwise"), (left, right)):
            return _in(left, PRODUCT) + SIGNS[operation] + _in(right, PREFIX), PRODUCT
        case "divide", (left, right):
            return f"\\frac{{{spelled(left)}}}{{{spelled(right)}}}", ATOM
        case "negate", (inner,):
            return f"-{_in(inner, PRODUCT)}", SUM
        case "tensor" | "mod", (left, right):
            sign = r" \otimes " if operation == "tensor" else r" \bmod "
            return f"({_in(left, ATOM)}{sign}{_in(right, ATOM)})", ATOM
        case "factorial", (inner,):
            return f"{_in(inner, ATOM)}!", POWER
        case "binomial", (left, right):
            return f"\\binom{{{spelled(left)}}}{{{spelled(right)}}}", ATOM
        case "norm", (inner,):
            return f"\\lVert {spelled(inner)} \\rVert", ATOM
        case "gradient", (inner, *by):
            under = f"_{{{', '.join(map(spelled, by))}}}" if by else ""
            return f"\\nabla{under} {_in(inner, POWER)}", PREFIX
        case "norm_2", (inner,):
            return f"\\lVert {spelled(inner)} \\rVert_2", POWER
        case "norm_max", (inner,):
            return f"\\lVert {spelled(inner)} \\rVert_\\infty", POWER
        case "norm_frobenius", (inner,):
            return f"\\lVert {spelled(inner)} \\rVert_F", POWER
        case "norm_p", (inner, which):
            return f"\\lVert {spelled(inner)} \\rVert_{{{spelled(which)}}}", POWER
        case "inner", (left, right):
            return f"\\langle {spelled(left)}, {spelled(right)} \\rangle", ATOM
        case (("floor" | "ceil"), (inner,)):
            return f"\\l{operation} {spelled(inner)} \\r{operation}", ATOM
        case "det", (inner,):
            return f"\\det({spelled(inner)})", ATOM
        case "row", cells:
            return " & ".join(map(spelled, cells)), SUM
        case "matrix", rows:
            inside = r" \\ ".join(map(spelled, rows))
            return f"\\begin{{pmatrix}} {inside} \\end{{pmatrix}}", ATOM
        case "transpose_letter", (inner,):
            return f"{_in(inner, ATOM)}^T", POWER
        case "power", (base, exponent):
            return f"{_in(base, ATOM)}^{{{spelled(exponent)}}}", POWER
        case "element", (inner, *places):
            return f"{_in(inner, ATOM)}_{{{', '.join(map(spelled, places))}}}", POWER
        case "transpose", (inner,):
            return f"{_in(inner, ATOM)}^\\top", POWER
        case "abs", (inner,):
            return f"|{spelled(inner)}|", ATOM
        case "sqrt", (inner,):
            return f"\\sqrt{{{spelled(inner)}}}", ATOM
        case "root", (inner, degree):
            return f"\\sqrt[{spelled(degree)}]{{{spelled(inner)}}}", ATOM
        case "log_base", (inner, base):
            return f"\\log_{{{spelled(base)}}}({spelled(inner)})", ATOM
    raise AssertionError(operation)


def _repeated(term: Repeated) -> str:
    index, lower, upper = term.index, term.lower, term.upper
    if term.operation == "integrate" and lower is not None and upper is not None:
        return f"\\int_{{{spelled(lower)}}}^{{{spelled(upper)}}} {spelled(term.body)} \\, d{index}"
    below, above = index, ""
    if lower is not None and upper is not None:
        capital = isinstance(upper, Symbol) and upper.name.isupper()
        if capital and index == "x" and lower == Number(Fraction(1)):
            below = f"{index} \\in {spelled(upper)}"
        else:
            below, above = f"{index}={spelled(lower)}", f"^{{{spelled(upper)}}}"
    if term.operation == "limit" and lower is not None:
        side = "" if upper is None else "^+" if upper == Number(Fraction(1)) else "^-"
        return f"\\lim_{{{index} \\to {spelled(lower)}{side}}} {_in(term.body, PRODUCT)}"
    conditions = [spelled(one) for one in term.conditions]
    shown = [below, *conditions] if above else conditions or [below]
    rows = r" \\ ".join(shown)
    under = rows if len(shown) == 1 else f"\\substack{{{rows}}}"
    under = under if len(under) == 1 else f"{{{under}}}"
    return f"{REPEATED[term.operation]}_{under}{above} {_in(term.body, PRODUCT)}"


def _derivative(body: Term, variable: Symbol | Index, order: int) -> tuple[str, int]:
    power = "" if order == 1 else f"^{order}" if order < 10 else f"^{{{order}}}"
    under = f"\\partial {spelled(variable)}{power}"
    if isinstance(body, Symbol | Index):
        return f"\\frac{{\\partial{power} {spelled(body)}}}{{{under}}}", ATOM
    return f"\\frac{{\\partial{power}}}{{{under}}} {_in(body, PRODUCT)}", PREFIX
