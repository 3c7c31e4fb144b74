r"""The language that formulas are read into, and its TeX: terms, relations, definitions.

Names are spelled as in TeX (``x``, ``\sigma``, ``\hat{y}``, ``W_1``); the name of a `\text{…}` or
`\operatorname{…}` is its text. Terms say what stands on the page and no more: whether ``y_3`` is a
name of its own or the third element of ``y``, and how far a sum without bounds runs, depends on
what its letters stand for (`truepage.maths.environment`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any, TypeAlias, get_args

IMAGINARY = "\\imath"
"""The imaginary unit, which formulas write i or j."""
CONSTANTS = {"e", "\\pi", IMAGINARY}
"""Letters that are numbers if nothing else is said of them."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written: exact, with the count of digits after its decimal point."""

    value: Fraction
    decimals: int = 0


ONE = Number(Fraction(1))


@dataclass(frozen=True, slots=True)
class Symbol:
    """A letter with its accents, or a word: a variable, a constant, a set or a definition."""

    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """A symbol with a subscript: an element of it, or a name of its own such as ``W_1``."""

    base: Symbol
    indices: "tuple[Term, ...]"

    @property
    def name(self) -> str:
        """The name that it has if it is one of its own."""
        return element_name(self.base.name, map(_plain, self.indices))


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation that has a sign: its name in `linear.OPERATIONS`, and its operands."""

    operation: str
    arguments: "tuple[Term, ...]"


@dataclass(frozen=True, slots=True)
class Call:
    r"""A function that has a name, applied; with primes, a derivative of it, as in σ′(z).

    Parameters
    ----------
    function
        Its name: one of `truepage.maths.functions.FUNCTIONS`, or of a definition, or of what is
        given as numbers (a distribution f, with f(x) for each outcome x).
    order
        Number of primes.
    """

    function: str
    arguments: "tuple[Term, ...]"
    order: int = 0


@dataclass(frozen=True, slots=True)
class Repeated:
    """A sum, a product or an extreme over an index, an integral, or a limit.

    Parameters
    ----------
    operation
        ``add``, ``multiply``, ``max``, ``min``, ``argmax``, ``argmin``, ``integrate`` or ``limit``.
    lower, upper
        Where it runs from and to. Both None: over all elements, as in Σⱼ wⱼ. For a sum over a set
        the upper end is the set's symbol, since a set is known by the number of its elements. An
        end may be the symbol ∞. Of a limit, the lower one is the place, the upper one 1 or −1 if
        it is from the right or from the left, else None.
    conditions
        What must hold of the index: others are left out.
    """

    operation: str
    index: str
    lower: "Term | None"
    upper: "Term | None"
    body: "Term"
    conditions: "tuple[Comparison, ...]" = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    r"""A chain of relations, such as ``0 < x \le 1``: terms, and the relations between them."""

    terms: "tuple[Term, ...]"
    relations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """One of several terms: the first whose conditions all hold. No conditions: otherwise."""

    branches: "tuple[tuple[Term, tuple[Comparison, ...]], ...]"


@dataclass(frozen=True, slots=True)
class Derivative:
    """Derivative of a term with respect to a variable, or to something that is defined."""

    body: "Term"
    variable: "Symbol | Index"
    order: int = 1


Term: TypeAlias = (
    Number | Symbol | Index | Apply | Call | Repeated | Comparison | Cases | Derivative
)


@dataclass(frozen=True, slots=True)
class Definition:
    r"""What a symbol stands for: a term, in which its parameters are free.

    Parameters
    ----------
    parameters
        Names of the parameters: of ``f(x, a) = …`` they are x and a, of ``z_i = …`` it is i.
    indexed
        The parameters are written as indices: ``z_i`` and not ``z(i)``.
    """

    parameters: tuple[str, ...]
    body: Term
    indexed: bool = False


def element_name(name: str, indices: Iterable[str]) -> str:
    """Return the name of an element that has one of its own: ``y_0``, ``c_{0,1}``."""
    inner = ",".join(indices)
    return f"{name}_{inner}" if len(inner) == 1 else f"{name}_{{{inner}}}" if inner else name


def children(term: Term) -> Iterator[Term]:
    """Yield the terms that a term is made of, in the order of writing."""
    for name in _FIELDS[type(term)]:
        yield from _terms(getattr(term, name))


_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in get_args(Term)}


def _terms(part: object) -> Iterator[Term]:
    if isinstance(part, Term):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from _terms(one)


def walk(term: Term) -> Iterator[Term]:
    """Yield a term and all terms inside it.

    Examples
    --------
    >>> [type(part).__name__ for part in walk(Apply("negate", (Symbol("x"),)))]
    ['Apply', 'Symbol']
    """
    ahead = [term]
    while ahead:
        here = ahead.pop()
        yield here
        ahead.extend(reversed(list(children(here))))


def names_in(part: Term) -> set[str]:
    """Return the names that a term has itself, not inside: those of an element and of its whole."""
    match part:
        case Call(name) | Symbol(name):
            return {name}
        case Index(base):
            return {part.name, base.name}
    return set()


def reached(terms: Iterable[Term], table: Mapping[str, Definition]) -> Iterator[Term]:
    """Yield terms and all terms inside them, and inside the definitions that they lead to."""
    waiting, seen = list(terms), set[str]()
    while waiting:
        for part in walk(waiting.pop()):
            yield part
            for name in (names_in(part) & table.keys()) - seen:
                seen.add(name)
                waiting.append(table[name].body)


def index_letters(term: Term) -> list[str]:
    """Return the letters that stand in indices of a term, each once."""
    found: list[str] = []
    for part in walk(term):
        places: tuple[Term, ...] = ()
        if isinstance(part, Index):
            places = part.indices
        elif isinstance(part, Apply) and part.operation == "element":
            places = part.arguments[1:]
        found += [one.name for place in places for one in walk(place) if isinstance(one, Symbol)]
    return list(dict.fromkeys(found))


def rebuilt(term: Term, change: Callable[[Term], Term]) -> Term:
    """Return a term with a change made to each of its children."""

    def renew(part: object) -> object:
        if isinstance(part, Term):
            return change(part)
        return tuple(map(renew, part)) if isinstance(part, tuple) else part

    parts: list[Any] = [renew(getattr(term, name)) for name in _FIELDS[type(term)]]
    return type(term)(*parts)


def _plain(index: Term) -> str:
    """Return an index as it is written in a name: ``1``, ``i``, ``t-1``."""
    match index:
        case Number(value):
            return str(value)
        case Symbol(name):
            return name
        case Index():
            return index.name
        case Apply("add", (left, right)):
            return f"{_plain(left)}+{_plain(right)}"
        case Apply("subtract", (left, right)):
            return f"{_plain(left)}-{_plain(right)}"
    return "…"


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
