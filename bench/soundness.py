"""No claim is proved or tested that is false, none refuted that is true.

`python bench/soundness.py [FUNCTIONS] [SEED]` draws random functions, with constants that nearly
fit where pieces meet, cuts far out and irrational ones, and random claims of each kind, some about
a part of the numbers. Each answer is held to mpmath with 400 bits, by a few lines of this file,
near the cuts and far beyond the interval that proofs are for.
"""

import random
import sys
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath as mp

from truepage.maths.claims.curve import prove
from truepage.maths.claims.fence import read_properties
from truepage.maths.claims.reals import ClaimError
from truepage.maths.terms import Apply, Call, Cases, Comparison, Number, Symbol, Term

X = Symbol("x")
CLAIMS = (
    "range: [0, 1]", "range: [−1, 1]", "range: (0, 1)", "range: (−1, 1)", "range: [0, ∞)",
    "range: (0, ∞)", "range: (−∞, ∞)", "range: {0, 1}", "range: {1}", "range: {0}",
    "monotone: increasing", "monotone: strictly increasing", "monotone: decreasing",
    "monotone: strictly decreasing", "monotone: constant", "monotone: no",
    "symmetry: none", "symmetry: odd", "symmetry: even", "symmetry: point (CUT, 0)",
    "continuous: everywhere", "continuous: except at CUT", "kinks: none", "kinks: CUT",
    "derivative: > 0", "derivative: ≥ 0", "derivative: < 0", "derivative: ≤ 0", "derivative: = 0",
    "derivative range: {0, 1}", "derivative range: [0, 1]", "derivative range: (0, ∞)",
    "derivative range: [−1, 1]", "zero gradient: nowhere", "zero gradient: everywhere",
    "zero gradient: for x < CUT", "zero gradient: at x = CUT", "zero gradient: for x != CUT",
    "zero gradient: for x > CUT", "limits: 0 at ∞", "limits: 1 at ∞", "limits: ∞ at ∞",
    "limits: 0 at −∞", "limits: 0 at CUT", "limits: −∞ at −∞", "limits: 1 at CUT",
)  # fmt: skip
SMOOTH = ("\\sin", "\\cos", "\\exp", "\\log", "\\tanh", "erf", "\\arctan")
CUTS = (
    0, 0, 0, 1, -1, 2, 40, 60, -60, 100, 1000, -200, "1/3", "3/10", "60.3", "−75.25", "12345.678",
    "−0.001", "1414213562/1000000000",
)  # fmt: skip
DOMAINS = ("", "", "", "", "(0, ∞)", "[0, ∞)", "(−∞, 0) ∪ (0, ∞)", "[−200, 200]", "(0, 1)",
           "(60, ∞)", "(−100, 80]")  # fmt: skip
TINY = mp.mpf(2) ** -90


def number(random: random.Random) -> Number:
    """Return a number, now and then one that is nearly e or 1, or far out."""
    near = [Fraction("2.718281828459045"), 1 + Fraction(1, 10**9), Fraction(1, 3), Fraction(70)]
    return Number(Fraction(random.choice([-2, -1, 0, 1, 2, 3, Fraction(1, 2), *near])))


def grown(random: random.Random, depth: int, cut: Fraction) -> Term:
    """Return a random term."""
    if depth == 0 or random.random() < 0.15:
        return X if random.random() < 0.65 else number(random)
    a, b = (grown(random, depth - 1, cut) for _ in range(2))
    kind = random.randrange(11)
    if kind < 4:
        return Apply(("add", "subtract", "multiply", "divide")[kind], (a, b))
    if kind == 4:
        return Call(random.choice(SMOOTH), (a,))
    if kind == 5:
        return Apply("power", (a, Number(Fraction(random.choice([2, 3])))))
    if kind == 6:
        return Call(random.choice(["\\max", "\\min"]), (a, b))
    if kind == 7:
        return Apply(random.choice(["abs", "sqrt", "negate"]), (a,))
    if random.random() < 0.3:  # a bump, or a branch, beside the cut
        cut += random.choice([Fraction(1, 7), 3, -10])
    if random.random() < 0.15:
        bump = Apply("power", (Apply("subtract", (X, Number(cut))), Number(Fraction(2))))
        return Apply("add", (a, Call("\\exp", (Apply("negate", (bump,)),))))
    relation = random.choice(["<", "\\le", ">", "\\ge", "="])
    if kind == 8:  # pieces that nearly meet
        value = evaluate(a, mp.mpf(cut.numerator) / cut.denominator)
        if value is not None and abs(value) < 1e17:
            shown = random.choice([10, 17, 40])
            b = Number(Fraction(mp.nstr(value, shown)))
    left: Term = X if random.random() < 0.8 else Apply("power", (X, Number(Fraction(2))))
    condition = Comparison((left, Number(cut)), (relation,))
    return Cases(((a, (condition,)), (b, ())))


def evaluate(term: Term, x: Any) -> Any:
    """Return the value of a term at a number, by mpmath; None: it has none."""
    match term:
        case Number(value):
            return mp.mpf(value.numerator) / value.denominator
        case Symbol():
            return x
        case Cases(branches):
            for body, conditions in branches:
                if all(_holds(one, x) for one in conditions):
                    return evaluate(body, x)
            return None
    given = [evaluate(one, x) for one in term.arguments]  # type: ignore[union-attr]
    if None in given:
        return None
    name = term.operation if isinstance(term, Apply) else term.function  # type: ignore[union-attr]
    try:
        found = _OPERATIONS[name](*given)
    except (ZeroDivisionError, ValueError, OverflowError):
        return None
    return found if mp.isfinite(found) and not isinstance(found, mp.mpc) else None


_OPERATIONS = {
    "add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b, "power": lambda a, b: a ** int(b), "negate": lambda a: -a,
    "abs": abs, "sqrt": mp.sqrt, "\\sin": mp.sin, "\\cos": mp.cos,
    "\\exp": lambda a: mp.exp(a) if a < 1e15 else mp.inf, "\\log": mp.log, "\\tanh": mp.tanh,
    "erf": lambda a: mp.erf(a) if abs(a) < 40 else mp.sign(a), "\\arctan": mp.atan,
    "\\max": max, "\\min": min,
}  # fmt: skip


def _holds(one: Comparison, x: Any) -> bool:
    left, right = (evaluate(term, x) for term in one.terms)
    return {
        "<": left < right, "\\le": left <= right, ">": left > right, "\\ge": left >= right,
        "=": left == right,
    }[one.relations[0]]  # fmt: skip


class Oracle:
    """A function at many places, by mpmath."""

    def __init__(self, term: Term, cut: Fraction, holds: Callable[[Fraction], bool]) -> None:
        self.term, self.holds = term, holds
        self.cut = mp.mpf(cut.numerator) / cut.denominator
        cuts = {self.cut, mp.mpf(0)} | {
            sign * root
            for part in numbers_of(term)
            for root in (part, mp.sqrt(abs(part)))
            for sign in (1, -1)
        }
        xs = {mp.mpf(n) / 4 for n in range(-80, 81)} | {mp.mpf(n) * 7 / 3 for n in range(-90, 91)}
        xs |= {s * mp.mpf(10) ** n * mp.sqrt(q) for n in range(-6, 7) for q in (2, 3, 7)
               for s in (1, -1)}  # fmt: skip
        for one in cuts:
            xs |= {one + s * mp.mpf(2) ** n for n in (-60, -20, -9, -4, -2, -1, 0, 2, 4)
                   for s in (1, -1)} | {one}  # fmt: skip
        self.xs = sorted(x for x in xs if self.inside(x))
        self.ys = {x: evaluate(term, x) for x in self.xs}
        self.known = [(x, y) for x, y in self.ys.items() if y is not None]

    def inside(self, x: Any) -> bool:
        """Tell whether a place is in the domain."""
        return self.holds(Fraction(mp.nstr(x, 80)))

    def at(self, x: Any) -> Any:
        """Return the value at a place; None: there is none."""
        return evaluate(self.term, x) if self.inside(x) else None

    def slopes(self) -> list[tuple[Any, Any]]:
        """Return places at which both one-sided differences agree, with the slope."""
        h, found = mp.mpf(2) ** -80, []
        for x, y in self.known:
            if abs(x) > 1e7:
                continue
            sides = [self.at(x + d) for d in (-h, -h / 2, h / 2, h)]
            if None in sides:
                continue
            steps = [(sides[0] - y) / -h, (sides[1] - y) / (-h / 2), (sides[2] - y) / (h / 2),
                     (sides[3] - y) / h]  # fmt: skip
            if max(steps) - min(steps) < 1e-9 * (1 + abs(steps[0])):
                found.append((x, sum(steps) / 4))
        return found


def numbers_of(term: Term) -> set[Any]:
    """Return the numbers in a term, where its branches may meet."""
    from truepage.maths.terms import walk

    return {
        mp.mpf(one.value.numerator) / one.value.denominator
        for one in walk(term)
        if isinstance(one, Number)
    }


def false(claim: str, f: Oracle) -> str:
    """Return words if a claim is certainly false, as far as values at some places show."""
    name, _, said = claim.partition(": ")
    said = said.replace("−", "-")
    check = {
        "range": _range, "derivative range": _range, "monotone": _monotone, "symmetry": _symmetry,
        "continuous": _continuous, "kinks": _kinks, "derivative": _derivative,
        "zero gradient": _gradient, "limits": _limits,
    }[name]  # fmt: skip
    return check(name, said, f)


def _range(name: str, said: str, f: Oracle) -> str:
    slopes = name != "range"
    slack = mp.mpf(10) ** -8 if slopes else TINY
    known = f.slopes() if slopes else f.known
    if said[0] == "{":
        values = [float(one) for one in said[1:-1].split(",")]
        return next((f"{x}: {y}" for x, y in known if min(abs(y - v) for v in values) > slack), "")
    low, high = (mp.mpf(one.replace("∞", "inf")) for one in said[1:-1].split(","))
    for x, y in known:
        if not low - slack <= y <= high + slack:
            return f"{x}: {y}"
        if not slopes and ((said[0] == "(" and y == low) or (said[-1] == ")" and y == high)):
            return f"{x}: {y} is reached"
    ordered = sorted(y for _, y in known if abs(y) < 1e6)
    if known and len({mp.nstr(y, 8) for _, y in known}) <= 2:
        return "it has two values at most"
    # A gap in the middle of a bounded set that no value comes near to.
    if high - low <= 2 and ordered and max(b - a for a, b in pairwise(ordered)) > 0.9:
        return "there is a gap"
    return ""


def _monotone(name: str, said: str, f: Oracle) -> str:
    ups = [(x, b - a) for (x, a), (_, b) in pairwise(f.known)
           if abs(b - a) > TINY * (1 + abs(a))]  # fmt: skip
    up, down = any(d > 0 for _, d in ups), any(d < 0 for _, d in ups)
    level = next((x for (x, a), (z, b) in pairwise(f.known) if a == b and a != 0
                  and abs(a) < 0.9 and z - x > 1e-3 and abs(x - f.cut) < 8), None)  # fmt: skip
    bad = {"increasing": down, "decreasing": up, "constant": up or down}.get(
        said.removeprefix("strictly "), False
    )
    if bad:
        return "it goes the other way"
    return f"level at {level}" if said.startswith("strictly") and level is not None else ""


def _symmetry(name: str, said: str, f: Oracle) -> str:
    if said == "none":
        return ""
    centre = f.cut if said.startswith("point") else mp.mpf(0)
    for x, y in f.known:
        other = f.at(2 * centre - x)
        if other is None:
            return f"no value at the mirror image of {x}"
        wanted = other if said == "even" else -other
        if abs(y - wanted) > TINY * (1 + abs(y)) * 2**20:
            return f"{x}: {y}, {other}"
    return ""


def _sides(f: Oracle, x: Any, power: int = 170) -> tuple[Any, Any, Any]:
    beside = mp.mpf(2) ** -power
    return f.at(x - beside), f.at(x), f.at(x + beside)


def _jump(f: Oracle, x: Any) -> bool | None:
    """Tell whether values stay apart the nearer they come, however little; None: not known."""
    near, far = _sides(f, x, 300), _sides(f, x)
    here = near[1]
    if here is None:
        return True if f.inside(x) else None
    return any(
        None not in (one, other)
        and abs(one - here) > max(abs(other - here) * 0.9, mp.mpf(2) ** -360 * (1 + abs(here)))
        for one, other in zip(near, far, strict=True)
    )


def _continuous(name: str, said: str, f: Oracle) -> str:
    excepted = f.cut if said != "everywhere" else None
    for x in f.xs:
        if x != excepted and _jump(f, x):
            return f"a jump at {x}"
    if excepted is not None and None not in _sides(f, excepted):
        return "no jump" if _jump(f, excepted) is False else ""
    return ""


def _bend(f: Oracle, x: Any) -> Any:
    beside = mp.mpf(2) ** -170
    left, here, right = _sides(f, x)
    if None in (left, here, right):
        return None
    slopes = (here - left) / beside, (right - here) / beside
    return abs(slopes[1] - slopes[0]) / (1 + abs(slopes[0]))


def _kinks(name: str, said: str, f: Oracle) -> str:
    claimed = f.cut if said != "none" else None
    for x in f.xs:
        if x == claimed or _jump(f, x) is not False:
            continue
        bend = _bend(f, x)
        if bend is not None and bend > 1e-6:
            return f"slopes differ by {bend} at {x}"
    if claimed is not None:
        bend = _bend(f, claimed)
        if _jump(f, claimed) or (bend is not None and bend < mp.mpf(2) ** -150):
            return "no kink"
    return ""


def _derivative(name: str, said: str, f: Oracle) -> str:
    slack = mp.mpf(10) ** -8
    wrong = {
        ">": lambda s: s < -slack, "≥": lambda s: s < -slack, "<": lambda s: s > slack,
        "≤": lambda s: s > slack, "=": lambda s: abs(s) > slack,
    }[said[0]]  # fmt: skip
    return next((f"{x}: slope {s}" for x, s in f.slopes() if wrong(s)), "")


def _gradient(name: str, said: str, f: Oracle) -> str:
    for x, s in f.slopes():
        wanted = (
            ("<" in said and x < f.cut) or (">" in said and x > f.cut) or said == "everywhere"
            or ("!=" in said and x != f.cut)
        )  # fmt: skip
        if wanted and abs(s) > mp.mpf(10) ** -8:
            return f"{x}: slope {s}"
        level = f.at(x + mp.mpf(2) ** -9), f.at(x - mp.mpf(2) ** -9)
        # Not far out: e^(−x²) is there, and its slope is not to be seen in 400 bits.
        same = s == 0 and 0.01 < abs(x - f.cut) < 8 and level[0] == level[1] == f.at(x)
        if not wanted and same and 1e-9 < abs(level[0]) < 0.9:
            return f"{x}: level"
    return ""


def _limits(name: str, said: str, f: Oracle) -> str:
    value, _, at = said.partition(" at ")
    limit = mp.mpf(value.replace("∞", "inf"))
    if at.endswith("∞"):
        side = -1 if at[0] == "-" else 1
        places = [side * mp.mpf(10) ** n * mp.sqrt(q) for n in (60, 90) for q in (2, 3, 5, 7, 11)]
    else:
        places = [f.cut + s * mp.mpf(10) ** -n * mp.sqrt(q) for n in (60, 90) for q in (2, 3, 5)
                  for s in (1, -1)]  # fmt: skip
    for x in places:
        y = f.at(x)
        if y is None and f.inside(x):
            continue
        if y is not None and (abs(y - limit) > 1e-8 if abs(limit) < mp.inf else y * limit < 10):
            return f"{x}: {y}"
    return ""


def tried(functions: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Judge claims about random functions; return the statuses, and the answers that are wrong."""
    chance = random.Random(seed)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    with mp.workprec(400):
        for _ in range(functions):
            cut = Fraction(str(chance.choice(CUTS)).replace("−", "-"))
            term = grown(chance, chance.choice([2, 3]), cut)
            domain = chance.choice(DOMAINS)
            claims = []
            for one in chance.sample(CLAIMS, 3):
                claim = one.replace("CUT", str(cut).replace("-", "−"))
                lines = ["code.f(x)", *[f"domain: {domain}"] * bool(domain), claim]
                try:
                    claims += read_properties(lines).claims
                except ClaimError:
                    counts["refused"] += 1
            oracle = None
            for claim, answer in zip(claims, prove(claims, term, "x", {}, {}), strict=True):
                counts[answer.status] += 1
                if answer.status in ("proved", "tested"):
                    oracle = oracle or Oracle(term, cut, claim.domain.holds)
                    if words := false(claim.text, oracle):
                        counts[f"{answer.status} and false"] += 1
                        wrong.append(
                            f"{answer.status}: {claim.text} on {domain} of {term}: {words}"
                        )
    return counts, wrong


def main() -> None:
    """Try as many functions as are asked for, by a hundred, and print what is wrong."""
    functions = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    counts: Counter[str] = Counter()
    for n in range(0, functions, 100):
        found, wrong = tried(min(100, functions - n), seed * 10**6 + n)
        counts += found
        print(*wrong, sep="\n", end="\n" * bool(wrong))
        print(f"{min(n + 100, functions)} functions from seed {seed}: {dict(counts)}", flush=True)


if __name__ == "__main__":
    main()
