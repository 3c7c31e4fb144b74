"""No claim is proved that is false: `python bench/soundness.py [FUNCTIONS]`.

Random functions, with constants that nearly fit where pieces meet, and random claims of each kind.
What is called proved is held to mpmath with 400 bits, evaluated by a few lines of this file.
"""

import random
import sys
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath as mp

from truepage.maths import proofs
from truepage.maths.claim import Answer
from truepage.maths.properties import read_properties
from truepage.maths.terms import Apply, Call, Cases, Comparison, Number, Symbol, Term

X = Symbol("x")
CLAIMS = (
    "range: [0, 1]", "range: [-1, 1]", "range: {0, 1}", "range: {1}",
    "monotone: increasing", "monotone: strictly increasing", "monotone: decreasing",
    "monotone: strictly decreasing", "monotone: constant", "monotone: no",
    "symmetry: none", "symmetry: odd", "symmetry: even", "continuous: everywhere",
    "continuous: except at CUT", "kinks: none", "kinks: CUT", "derivative: > 0",
    "derivative: ≥ 0", "derivative: < 0", "derivative: ≤ 0", "derivative: = 0",
    "derivative range: {0, 1}", "derivative range: [0, 1]", "zero gradient: nowhere",
    "zero gradient: for x < CUT", "zero gradient: at x = CUT", "zero gradient: for x != CUT",
    "limits: 0 at ∞",
)  # fmt: skip
SMOOTH = ("\\sin", "\\cos", "\\exp", "\\log", "\\tanh", "erf", "\\arctan")


def number(random: random.Random) -> Number:
    """Return a number, now and then one that is nearly e or 1."""
    near = [Fraction("2.718281828459045"), 1 + Fraction(1, 10**9), Fraction(1, 3)]
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
    relation = random.choice(["<", "\\le", ">", "\\ge", "="])
    if kind == 8:  # pieces that nearly meet
        value = evaluate(a, mp.mpf(cut.numerator) / cut.denominator)
        if value is not None and abs(value) < 1e17:
            shown = random.choice([10, 17, 40])
            b = Number(Fraction(mp.nstr(value, shown)))
    condition = Comparison((X, Number(cut)), (relation,))
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
    "\\exp": lambda a: mp.exp(a) if a < 1e6 else mp.inf, "\\log": mp.log, "\\tanh": mp.tanh,
    "erf": lambda a: mp.erf(a) if abs(a) < 40 else mp.sign(a), "\\arctan": mp.atan,
    "\\max": max, "\\min": min,
}  # fmt: skip


def _holds(one: Comparison, x: Any) -> bool:
    left, right = (evaluate(term, x) for term in one.terms)
    return {
        "<": left < right, "\\le": left <= right, ">": left > right, "\\ge": left >= right,
        "=": left == right,
    }[one.relations[0]]  # fmt: skip


def false(claim: str, term: Term, cut: Fraction) -> str:
    """Return words if a claim is certainly false, as far as values at some places show."""
    centre = mp.mpf(cut.numerator) / cut.denominator
    h, beside = mp.mpf(2) ** -60, mp.mpf(2) ** -170
    near = [centre + sign * mp.mpf(2) ** -n for n in range(1, 60, 6) for sign in (1, -1)]
    xs = sorted({*(mp.mpf(n) / 4 for n in range(-80, 81)), *near, centre, mp.mpf(-49), mp.mpf(49)})
    ys = {x: evaluate(term, x) for x in xs}
    known = [(x, y) for x, y in ys.items() if y is not None]
    name, _, said = claim.partition(": ")
    tiny = mp.mpf(2) ** -100
    slopes = []
    for x in xs:
        if abs(x - centre) <= 2 * h:
            continue
        sides = [evaluate(term, x + d) for d in (-h, 0, h)]
        if None not in sides:
            left, right = (sides[1] - sides[0]) / h, (sides[2] - sides[1]) / h
            if abs(left - right) < 1e-9 * (1 + abs(left)):
                slopes.append((x, (left + right) / 2))
    slack = mp.mpf(10) ** -8
    at, left, right = (evaluate(term, centre + d) for d in (0, -beside, beside))
    jump = (
        None not in (at, left, right) and max(abs(at - left), abs(at - right)) > mp.mpf(2) ** -150
    )
    fits = {
        "increasing": lambda a, b: b - a >= -tiny, "decreasing": lambda a, b: b - a <= tiny,
        "strictly increasing": lambda a, b: b - a > -tiny,
        "strictly decreasing": lambda a, b: b - a < tiny,
        "constant": lambda a, b: abs(a - b) < tiny,
    }  # fmt: skip
    if name == "range" and said[0] == "[":
        low, high = (float(one) for one in said[1:-1].split(","))
        return next((f"{x}: {y}" for x, y in known if not low - tiny <= y <= high + tiny), "")
    if name == "range":
        values = [float(one) for one in said[1:-1].split(",")]
        return next((f"{x}: {y}" for x, y in known if min(abs(y - v) for v in values) > tiny), "")
    if name == "monotone" and said in fits:
        for (x, a), (_, b) in pairwise(known):
            if not fits[said](a, b):
                return f"{x}: {a}, {b}"
    if name == "symmetry" and said in ("odd", "even"):
        for x, y in known:
            other = evaluate(term, -x)
            if other is not None and abs(y - (other if said == "even" else -other)) > tiny * (
                1 + abs(y)
            ):
                return f"{x}: {y}, {other}"
    if name == "continuous":
        missing = next((str(x) for x, y in ys.items() if y is None and x != centre), "")
        return missing or ("jump" if said == "everywhere" and (jump or at is None) else "")
    if name == "kinks" and None not in (at, left, right):
        step = beside
        bend = abs((right - at) / step - (at - left) / step)
        if said == "none" and not jump and bend > slack:
            return f"slopes differ by {bend}"
        if said != "none" and (jump or bend < mp.mpf(10) ** -30):
            return "no kink"
    if name == "derivative":
        wrong = {
            "> 0": lambda s: s < -slack, "≥ 0": lambda s: s < -slack, "< 0": lambda s: s > slack,
            "≤ 0": lambda s: s > slack, "= 0": lambda s: abs(s) > slack,
        }[said]  # fmt: skip
        return next((f"{x}: slope {s}" for x, s in slopes if wrong(s)), "")
    if name == "derivative range":
        for x, s in slopes:
            if said[0] == "[" and not -slack <= s <= 1 + slack:
                return f"{x}: slope {s}"
            if said[0] == "{" and min(abs(s), abs(s - 1)) > slack:
                return f"{x}: slope {s}"
    if name == "zero gradient":
        for x, s in slopes:
            wanted = ("<" in said and x < centre) or "!=" in said
            if wanted and abs(s) > slack:
                return f"{x}: slope {s}"
            if (
                not wanted
                and s == 0
                and abs(x - centre) > 1e-3
                and evaluate(term, x + h) == evaluate(term, x - h)
                and abs(evaluate(term, x)) > 1e-9
                and abs(evaluate(term, x)) < 0.9
            ):
                return f"{x}: level"
    return ""


def tried(functions: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Judge claims about random functions; return the statuses, and what is proved and false."""
    chance = random.Random(seed)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    with mp.workprec(400):
        for _ in range(functions):
            cut = Fraction(chance.choice([0, 0, 1, -1, 2, 40, Fraction(1, 3), Fraction(3, 10)]))
            term = grown(chance, chance.choice([2, 3]), cut)
            for one in chance.sample(CLAIMS, 3):
                claim = one.replace("CUT", str(cut))
                fence = read_properties(["code.f(x)", claim])
                (answer,) = proofs.prove(list(fence.claims), term, "x", {}, {})
                counts[answer.status] += 1
                if answer.status == "proved" and (words := false(claim, term, cut)):
                    wrong.append(f"{claim} of {term}: {words}")
    return counts, wrong


def main() -> None:
    """Try as many functions as are asked for, and print what is wrong."""
    # What is not proved is not looked at: points take most of the time.
    proofs.tested = lambda *given: Answer("undecided")
    functions = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    counts, wrong = tried(functions, 1)
    print(f"{functions} functions: {dict(counts)}; proved and false: {len(wrong)}")
    print("\n".join(wrong))


if __name__ == "__main__":
    main()
