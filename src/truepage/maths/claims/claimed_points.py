"""The points at which claims in the reals are tried, and the numbers that a formula is about.

Of a formula such as e^(−(x − 60.3)²) the number 60.3 is a landmark: an argument of a function is 0
or turns there. Proofs reach beyond all landmarks, and points lie beside them.
"""

from collections.abc import Iterator, Set
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from flint import arb

from truepage.maths.claims.enclosure import deciding, known, name_of, polynomial, singular
from truepage.maths.claims.reals import ClaimedDomain, ClaimedInterval
from truepage.maths.functions import PERIODIC, sign
from truepage.maths.terms import Apply, Call, Number, Term, walk

FAR = (4, 6, 8, 10, 12, 16, 32, 64, 128, 256, 512, 1000)
"""The points far out, and those next to an end or a landmark: 2 to these powers, times a factor."""

FACTORS = (
    Fraction(1), Fraction(1414213562373095, 10**15), Fraction(1618033988749894848, 10**18),
    Fraction(11447298858494, 10**13), Fraction(13, 9),
)  # fmt: skip
"""1 and numbers between 1 and 2 that no period is likely to have in common with it."""

REACH = Fraction(50)
"""Proofs are for the numbers from minus this to this, or to ten times this, and so on."""

BESIDE = Fraction(1, 1000)
"""How far from an open end of the domain a proof begins, at most."""


def points(domain: ClaimedDomain, marks: Set[Fraction]) -> list[Fraction]:
    """Return the points in a domain, the simplest first, from 0 outwards."""
    found = {*marks}
    for place in marks:
        found.update(beside(place, (-6, -3, -1, 0, 1, 2, 4, 10, 40)))
    common = _common(domain)
    more = [place for place in found - {*common} if domain.holds(place)]
    return sorted([*common, *sorted(more, key=simplicity)], key=simplicity)


@lru_cache(maxsize=16)
def _common(domain: ClaimedDomain) -> tuple[Fraction, ...]:
    """Return the points that all functions are tried at."""
    found = {Fraction(n, 8) for n in range(49)} | {Fraction(n) for n in range(7, 51)}
    found |= {factor * Fraction(2) ** n for n in (*range(-12, 13), *FAR) for factor in FACTORS[:3]}
    found |= {-place for place in found}
    for one in domain.intervals:
        low, high = one.low.value, one.high.value
        if low is not None and high is not None:
            steps = [Fraction(n, 64) for n in range(65)]
            steps += [factor * n / 23 for factor in FACTORS[1:3] for n in range(23)]
            found |= {low + (high - low) * step for step in steps}
    for end, _ in domain.ends:
        found |= {end, *beside(end, FAR[1:])}
    return tuple(sorted(filter(domain.holds, found), key=simplicity))


def simplicity(place: Fraction) -> tuple[bool, Fraction, bool]:
    """Return a key that sorts places as messages prefer them."""
    return place.denominator > 8, abs(place), place < 0


def beside(place: Fraction, powers: tuple[int, ...]) -> Iterator[Fraction]:
    """Yield places on both sides of one, at distances of 1/2 to some powers."""
    for n in powers:
        for factor in FACTORS[:2]:
            yield place + factor / Fraction(2) ** n
            yield place - factor / Fraction(2) ** n


def towards(place: Fraction | None, side: int, n: int) -> list[Fraction]:
    """Return places that are about 2⁻ⁿ beside one; without one, about 2ⁿ out."""
    sizes = [factor * (Fraction(2) ** (n if place is None else -n)) for factor in FACTORS]
    if place is None:
        sizes += [sizes[0] + Fraction(1, 3), sizes[0] + FACTORS[2]]
        return [side * size for size in sizes]
    return [place + side * size for size in sizes]


def spans(domain: ClaimedDomain, marks: Set[Fraction]) -> list[tuple[Fraction, Fraction]]:
    """Return the intervals of a domain that proofs are for."""
    reach = REACH
    while any(abs(mark) * 5 > reach * 4 for mark in marks):
        reach *= 10
    return [_span(one, reach, marks) for one in domain.intervals]


@lru_cache(maxsize=64)
def landmarks(term: Term, variable: str, domain: ClaimedDomain) -> frozenset[Fraction]:
    """Return numbers beside which a formula may do what it does nowhere else."""
    places, anchors = _grid(domain)
    found = {place for place in anchors if domain.borders(place)}
    for one in dict.fromkeys([term, *_arguments(term)]):
        if (poly := polynomial(one, variable)) is not None:
            found |= {(a + b) / 2 for a, b in [*poly.roots, *poly.slope.roots]}
        elif not any(name_of(part) in PERIODIC for part in walk(one)):
            found |= set(_turns(one, variable, places, anchors))
    for part in walk(term):
        if isinstance(part, Call) and part.function in PERIODIC:
            line = polynomial(part.arguments[0], variable)
            if line and line.degree == 1 and abs(rate := line.slope.at(Fraction(0))) * 8 < 1:
                found |= {7 / rate, -7 / rate}
    return frozenset(place for place in map(_short, found) if domain.borders(place))


@lru_cache(maxsize=16)
def _grid(domain: ClaimedDomain) -> tuple[list[Fraction], set[Fraction]]:
    """Return places in a domain that are ever farther from 0 and from its ends, and these."""
    ends = {end for end, _ in domain.ends}
    anchors = {Fraction(0), *ends}
    sizes = [Fraction(step, 2) * Fraction(2) ** n for n in range(40) for step in (2, 3)]
    grid = {a + s for a in anchors for size in sizes for s in (size, -size)}
    small = [Fraction(step, 3) / Fraction(2) ** n for n in range(120) for step in (2, 3)]
    grid |= {end + s for end in ends for size in small for s in (size, -size)}
    return sorted(place for place in grid | anchors if domain.holds(place)), anchors


def _short(place: Fraction) -> Fraction:
    """Return a number itself, or one close to it if it is long."""
    return place if place.denominator < 10**12 else Fraction(float(place))


def _arguments(term: Term) -> Iterator[Term]:
    """Yield the terms inside a formula whose size decides what it does."""
    for part in walk(term):
        yield from deciding(part)
        match part:
            case Call(_, arguments):
                yield from arguments
            case Apply("power", (base, exponent)):
                yield base if isinstance(exponent, Number) else exponent
    yield from singular(term)


def _turns(
    term: Term, variable: str, places: list[Fraction], anchors: Set[Fraction]
) -> Iterator[Fraction]:
    """Yield about where a term changes its sign or turns, as far as values at places show it."""

    def value(place: Fraction) -> arb | None:
        found = known(term, variable, place, bits=96)
        return found[0] if found else None

    seen = [(place, y) for place in places if (y := value(place)) is not None]
    for (a, left), (b, right) in pairwise([(place, y) for place, y in seen if sign(y)]):
        if sign(left) == sign(right) or any(a < end < b for end in anchors):
            continue  # what happens at 0 and at the ends is looked at anyway
        for _ in range(40):
            middle = (a + b) / 2
            y = value(middle)
            if y is None or not sign(y):
                break
            a, b = (middle, b) if sign(y) == sign(left) else (a, middle)
        yield (a + b) / 2
    for (a, left), (b, top), (c, right) in zip(seen, seen[1:], seen[2:], strict=False):
        up = sign(top - left)
        if not up or sign(top - right) != up or any(a < end < c and end != b for end in anchors):
            continue
        for _ in range(60):
            for place in ((a + b) / 2, (b + c) / 2):
                y = value(place)
                if y is not None and sign(y - top) == up:
                    a, b, c = (a, place, b) if place < b else (b, place, c)
                    top = y
                    break
            else:
                a, c = (a + b) / 2, (b + c) / 2
        yield b


def _span(one: ClaimedInterval, reach: Fraction, marks: Set[Fraction]) -> tuple[Fraction, Fraction]:
    """Return the interval of a domain's interval that proofs are for."""
    inner = sorted(mark for mark in marks if one.low.key() < mark < one.high.key())
    start, end = one.low.value, one.high.value
    room = [end - start] if start is not None and end is not None else []
    room += [abs(mark - edge) for mark in inner for edge in (start, end) if edge is not None]
    beside = BESIDE
    while room and beside * 8 > min(room):
        beside /= 10
    if start is not None and not one.low_closed:
        start += beside
    if end is not None and not one.high_closed:
        end -= beside
    return -reach if start is None else start, reach if end is None else end
