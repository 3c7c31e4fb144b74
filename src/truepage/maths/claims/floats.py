"""A function of the code at about a hundred thousand floats, the same ones each time.

They are zeros, subnormals, every power of two and its neighbours, grids, and random ones from a
fixed seed. Where a function begins to be constant is found to the last bit, by halving the floats
between a value that differs and one that does not.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from truepage.maths.claims.model import Claim, ClaimAnswer, refuted, undecided
from truepage.maths.claims.reals import ClaimedDomain, ClaimedNumber

Floats: TypeAlias = NDArray[np.float64]
Code: TypeAlias = Callable[[Floats], Floats]

SEED = 20210918
BESIDE = 1000
"""How many floats on either side of an end are looked at one by one."""


class ShapeError(Exception):
    """Code does not give one number for each that it is given."""


def points() -> Floats:
    """Return the points of a sweep, in order, each once, the same ones on every processor.

    They come of exact or correctly rounded operations alone: the last bits of powers and
    logarithms depend on the processor.
    """
    powers = np.ldexp(1.0, np.arange(-1074, 1024))
    generator = np.random.default_rng(SEED)
    positive = np.concatenate(
        [
            powers,
            np.nextafter(powers, np.inf),
            np.nextafter(powers, 0.0),
            np.ldexp([[1.1], [1.3], [1.5], [1.7]], np.arange(-1073, 1024)).ravel(),
            np.linspace(0, 50, 20_001),
            np.linspace(50, 1000, 9_501),
            16 * generator.random(6_000),
            [np.finfo(np.float64).max, np.finfo(np.float64).tiny, 0.0],
        ]
    )
    # Of −0 and 0, which are equal, the processor decides which one is kept; adding 0 gives 0.
    return np.unique(np.concatenate([-positive, positive])) + 0.0


def inside(domain: ClaimedDomain) -> Floats:
    """Return the points in a domain, with the floats next to its ends."""
    x = points()
    ends = [one.key() for both in domain.intervals for one in (both.low, both.high)]
    near = [np.nextafter(float(end), way) for end in ends for way in (-np.inf, float(end), np.inf)]
    x = np.unique(np.concatenate([x, np.array(near)[np.isfinite(near)]])) + 0.0
    held = np.zeros(len(x), dtype=bool)
    for one in domain.intervals:
        low, high = float(one.low.key()), float(one.high.key())
        held |= ((x >= low) if one.low_closed else (x > low)) & (
            (x <= high) if one.high_closed else (x < high)
        )
    return x[held]


class Sweep:
    """A function of the code at the points.

    Attributes
    ----------
    x, y
        The points in order, shape (n,), and the code's values there.
    """

    def __init__(self, x: Floats, code: Code) -> None:
        self.x, self.code = x, code
        self.y = code(x)

    def tested(self) -> ClaimAnswer:
        """Return the answer to a claim that holds at every point."""
        return ClaimAnswer("tested", points=len(self.x))

    def code_at(self, place: float) -> float:
        """Return the code's value at a place."""
        return float(self.code(np.array([place]))[0])

    def as_float(self, number: ClaimedNumber) -> float:
        """Return a claimed number."""
        return float(number.key())

    def among(self, values: Floats, numbers: Sequence[ClaimedNumber]) -> NDArray[np.bool_]:
        """Tell for each value whether it is one of some numbers."""
        return np.isin(values, [self.as_float(one) for one in numbers])

    def first(self, wrong: NDArray[np.bool_]) -> int:
        """Return where something is wrong nearest to zero."""
        places = np.flatnonzero(wrong)
        return int(places[np.argmin(np.abs(self.x[places]))])

    def gives(self, at: int) -> str:
        """Return words for a value."""
        return f"at {self.text(self.x[at])} the code gives {self.text(self.y[at])}"

    def distinct(self) -> Floats:
        """Return the values in order, each once."""
        return np.unique(self.y)

    @staticmethod
    def text(number: float) -> str:
        """Return a float as messages show it."""
        number = float(number) + 0.0  # −0 is shown as 0: the processor decides which code gives
        return repr(number).removesuffix(".0").replace("-", "−").replace("inf", "∞")

    def end(self, value: float, *, upward: bool) -> float | None:
        """Return the float from which on (or up to which) all values are one; None: none is."""
        x, sign = self.x, 1.0 if upward else -1.0
        order = np.arange(len(x)) if upward else np.arange(len(x))[::-1]
        differs = np.flatnonzero(self.y[order] != value)
        if len(differs) == len(x) or (len(differs) and differs[-1] == len(x) - 1):
            return None
        if not len(differs):
            return float(x[order[0]])
        # In the order of their bits floats are whole numbers.
        low, high = _bits(x[order[differs[-1]]]), _bits(x[order[differs[-1] + 1]])
        while abs(high - low) > 1:
            middle = (low + high) // 2
            if self.code_at(_unbits(middle)) == value:
                high = middle
            else:
                low = middle
        beside = np.array([_unbits(high + n) for n in range(-BESIDE, BESIDE + 1)])
        other = sign * beside[self.code(beside) != value]
        inner = beside[sign * beside > (other.max() if len(other) else -np.inf)]
        return float((sign * inner).min() * sign)


def _bits(number: float) -> int:
    """Return a float's place among all floats: 0 for 0, −1 for the next below it, and so on."""
    whole = int(np.float64(abs(number)).view(np.int64))
    return whole if number >= 0 else -whole


def _unbits(place: int) -> float:
    return float(np.copysign(np.int64(abs(place)).view(np.float64), place))


def swept(claims: list[Claim], code: Code) -> list[ClaimAnswer]:
    """Hold claims in float64 to code."""
    if not claims:
        return []
    x = inside(claims[0].domain)
    if not len(x):
        return [undecided("no float is in the domain") for _ in claims]
    with np.errstate(all="ignore"):  # how the code rounds and overflows is looked at
        sweep = Sweep(x, partial(_each, code))
        nan = np.isnan(sweep.y)
        if nan.any():
            place = sweep.text(x[sweep.first(nan)])
            return [refuted(f"at {place} the code gives NaN") for _ in claims]
        return [claim.property.sweep(sweep) for claim in claims]


def _each(code: Code, x: Floats) -> Floats:
    """Return the code's values, one for each number."""
    found: Floats = np.asarray(code(x), dtype=np.float64)
    if found.shape != x.shape:
        raise ShapeError(
            f"it gives an array of shape {found.shape} for one of shape {x.shape}; "
            "expected one number for each"
        )
    return found
