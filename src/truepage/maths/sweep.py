"""Claims in float64, held to the code: the task of sweeping a function, done in a child.

The code is called at about a hundred thousand floats, the same ones each time: zeros, subnormals,
every power of two and its neighbours, grids, and random ones from a fixed seed. Where a function
begins to be constant is found to the last bit, by halving the floats between a value that differs
and one that does not. What survives holds at every tested point.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from truepage.author import RefusedError, load
from truepage.maths.claim import (
    Answer,
    Claim,
    Interval,
    Limit,
    Number,
    Saturation,
    Symmetry,
    Values,
)
from truepage.maths.properties import read_properties
from truepage.recording.recorder import Recorder

Floats: TypeAlias = NDArray[np.float64]
Code: TypeAlias = Callable[[Floats], Floats]

SEED = 20210918
BESIDE = 1000
"""How many floats on either side of an end are looked at one by one."""


def run(
    request: Mapping[str, Any], recorder: Recorder
) -> tuple[dict[str, bytes], dict[str, object]]:
    """Import the author's module and hold claims to its function.

    Parameters
    ----------
    request
        `module`, its `path`, `function` (a dotted name inside it), its other `arguments`, and the
        `lines` of the fence.
    recorder
        What records this job.

    Raises
    ------
    RefusedError
        There is no such function, or it does not give one number for each.
    """
    function: Any = load(request["module"], request["path"])
    for name in request["function"].split("."):
        function = getattr(function, name, None)
    if not callable(function):
        raise RefusedError(f"{request['function']} is no function once its module is imported")

    def code(x: Floats) -> Floats:
        found = np.asarray(function(x, **request["arguments"]), dtype=np.float64)
        if found.shape != x.shape:
            raise RefusedError(
                f"it gives an array of shape {found.shape} for one of shape {x.shape}; "
                "expected one number for each"
            )
        return found

    claims = [claim for claim in read_properties(request["lines"]).claims if claim.floats]
    return {}, {"answers": [vars(answer) for answer in swept(claims, code)]}


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


def swept(claims: list[Claim], code: Code) -> list[Answer]:
    """Hold claims in float64 to code."""
    domain = claims[0].domain if claims else None
    x = points()
    if domain:
        low, high = _float(domain.low), _float(domain.high)
        inside = (x >= low) if domain.low_closed else (x > low)
        x = x[inside & ((x <= high) if domain.high_closed else (x < high))]
        if not len(x):
            return [Answer("undecided", "no float is in the domain") for _ in claims]
    with np.errstate(all="ignore"):  # how the code rounds and overflows is what is looked at
        y = code(x)
        if np.isnan(y).any():
            place = x[_first(x, np.isnan(y))]
            return [Answer("refuted", f"at {_text(place)} the code gives NaN") for _ in claims]
        return [_TESTS[claim.property](claim.statement, code, x, y) for claim in claims]


def _range(claimed: Interval | Values, code: Code, x: Floats, y: Floats) -> Answer:
    if isinstance(claimed, Values):
        numbers = np.array([_float(number) for number in claimed.numbers])
        wrong = ~np.isin(y, numbers)
        missing = [n for n in claimed.numbers if not (y == _float(n)).any()]
    else:
        low, high = _float(claimed.low), _float(claimed.high)
        wrong = (y < low) if claimed.low_closed else (y <= low)
        wrong |= (y > high) if claimed.high_closed else (y >= high)
        closed = [claimed.low] * claimed.low_closed + [claimed.high] * claimed.high_closed
        missing = [n for n in closed if not (y == _float(n)).any()]
    right = _range_found(y)
    if wrong.any():
        at = _first(x, wrong)
        return Answer("refuted", f"at {_text(x[at])} the code gives {_text(y[at])}", right)
    if missing:
        return Answer("refuted", f"the code gives {missing[0].text} at no tested point", right)
    if isinstance(claimed, Interval):
        if right.startswith("{"):
            return Answer("refuted", "the code gives a few values only", right)
        for end, best in ((low, y.min()), (high, y.max())):
            near = np.isfinite(end) and abs(best - end) <= 1e-6 * max(1.0, abs(high - low))
            if not (near or (np.isinf(end) and abs(best) > 1e100)):
                words = f"the code's values end at {_text(best)}"
                return Answer("refuted", words, right)
    return Answer("tested", points=len(x))


def _range_found(y: Floats) -> str:
    """Return the range that was seen, where it can be said simply."""
    values = np.unique(y)
    if len(values) <= 4:
        return "{" + ", ".join(map(_text, values)) + "}"
    if np.isfinite(y).all() and abs(y).max() < 1e100:
        return f"[{_text(values[0])}, {_text(values[-1])}]"
    return ""


def _limits(claimed: tuple[Limit, ...], code: Code, x: Floats, y: Floats) -> Answer:
    for one in claimed:
        place = _float(one.at)
        found = code(np.array([place]))[0]
        if found != _float(one.value):
            return Answer("refuted", f"at {one.at.text} the code gives {_text(found)}")
    return Answer("tested", points=len(claimed))


def _monotone(claimed: str, code: Code, x: Floats, y: Floats) -> Answer:
    up, down = y[1:] > y[:-1], y[1:] < y[:-1]
    kind = claimed.removeprefix("strictly ")
    if claimed == "no":
        both = bool(up.any() and down.any())
        return (
            Answer("tested", points=len(x)) if both else Answer("refuted", "it goes one way only")
        )
    wrong = {"increasing": down, "decreasing": up, "constant": up | down}[kind]
    if claimed != kind:
        wrong = wrong | (y[1:] == y[:-1])
    if wrong.any():
        at = _first(x[:-1], wrong)
        words = (
            f"the code gives {_text(y[at])} at {_text(x[at])} "
            f"and {_text(y[at + 1])} at {_text(x[at + 1])}"
        )
        weaker = (
            kind if claimed != kind and not (down if kind == "increasing" else up).any() else ""
        )
        return Answer("refuted", words, weaker)
    return Answer("tested", points=len(x))


def _symmetry(claimed: Symmetry, code: Code, x: Floats, y: Floats) -> Answer:
    x0, y0 = (_float(number) for number in claimed.centre) if claimed.centre else (0.0, 0.0)
    mirrored = code(2 * x0 - x)
    wanted = mirrored if claimed.kind == "even" else 2 * y0 - mirrored
    wrong = (y != wanted) & ~np.isin(x, [_float(number) for number in claimed.excepted])
    if claimed.kind == "none":
        odd, even = (y == -mirrored).all(), (y == mirrored).all()
        if odd or even:
            return Answer("refuted", "it is symmetric", "odd" if odd else "even")
    elif wrong.any():
        at = _first(x, wrong)
        return Answer(
            "refuted",
            f"at {_text(x[at])} the code gives {_text(y[at])}, "
            f"and at {_text(2 * x0 - x[at])} it gives {_text(mirrored[at])}",
        )
    return Answer("tested", points=len(x))


def _saturates(claimed: tuple[Saturation, ...], code: Code, x: Floats, y: Floats) -> Answer:
    wrong, right, points_seen = [], [], len(x)
    for one in claimed:
        value = _float(one.value)
        end = _end(code, x, y, value, upward=one.upward)
        word = "from" if one.upward else "up to"
        if end is None:
            far = y[-1 if one.upward else 0]
            wrong.append(f"far out the code gives {_text(far)}, not {one.value.text}")
            continue
        points_seen += 2 * BESIDE + 1
        unit = one.end.shown
        assert one.end.value is not None  # noqa: S101 (an end is finite)
        rounded = Fraction(round(Fraction(end) / unit)) * unit if unit else Fraction(end)
        right.append(f"{one.value.text} {word} {_decimal(rounded, unit)}")
        if abs(Fraction(end) - one.end.value) > unit / 2:
            wrong.append(f"the code gives {one.value.text} {word} {_text(float(f'{end:.12g}'))}")
    if wrong:
        return Answer("refuted", "; ".join(wrong), ", ".join(right))
    return Answer("tested", points=points_seen)


def _end(code: Code, x: Floats, y: Floats, value: float, *, upward: bool) -> float | None:
    """Return the float from which on (or up to which) all tested values are one; None: none is."""
    sign = 1.0 if upward else -1.0
    order = np.arange(len(x)) if upward else np.arange(len(x))[::-1]
    differs = np.flatnonzero(y[order] != value)
    if len(differs) == len(x) or (len(differs) and differs[-1] == len(x) - 1):
        return None
    if not len(differs):
        return float(x[order[0]])
    # In the order of their bits floats are whole numbers.
    low, high = _bits(x[order[differs[-1]]]), _bits(x[order[differs[-1] + 1]])
    while abs(high - low) > 1:
        middle = (low + high) // 2
        if code(np.array([_unbits(middle)]))[0] == value:
            high = middle
        else:
            low = middle
    beside = np.array([_unbits(high + n) for n in range(-BESIDE, BESIDE + 1)])
    other = sign * beside[code(beside) != value]
    inner = beside[sign * beside > (other.max() if len(other) else -np.inf)]
    return float((sign * inner).min() * sign)


def _bits(number: float) -> int:
    """Return a float's place among all floats: 0 for 0, −1 for the next below it, and so on."""
    whole = int(np.float64(abs(number)).view(np.int64))
    return whole if number >= 0 else -whole


def _unbits(place: int) -> float:
    return float(np.copysign(np.int64(abs(place)).view(np.float64), place))


def _float(number: Number) -> float:
    return float(number.key())


def _first(x: Floats, wrong: NDArray[np.bool_]) -> int:
    """Return where something is wrong nearest to zero."""
    places = np.flatnonzero(wrong)
    return int(places[np.argmin(np.abs(x[places]))])


def _text(number: float) -> str:
    number = float(number) + 0.0  # −0 is shown as 0: the processor decides which one code gives
    return repr(number).removesuffix(".0").replace("-", "−").replace("inf", "∞")


def _decimal(number: Fraction, unit: Fraction) -> str:
    places = 0
    while unit and unit * 10**places < 1:
        places += 1
    text = f"{float(number):.{places}f}" if unit else repr(float(number))
    return text.replace("-", "−")


_TESTS: Mapping[str, Callable[[Any, Code, Floats, Floats], Answer]] = {
    "range": _range,
    "limits": _limits,
    "monotone": _monotone,
    "symmetry": _symmetry,
    "saturates": _saturates,
}
