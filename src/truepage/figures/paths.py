"""Paths in as few characters as they take, and back again."""

import re
from collections.abc import Iterator
from functools import lru_cache

DIGITS = 2
"""Decimal places of a coordinate, in points."""

STEPS: int = 10**DIGITS
"""The smallest steps in a point."""

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")

COMMAND = re.compile(r"([MLHVCSQTAZmlhvcsqtaz])([^MLHVCSQTAZmlhvcsqtaz]*)")


def path_data(data: str, x: float = 0.0, y: float = 0.0) -> str:
    """Return the data of a path in relative numbers, each as short as it can be.

    Rounding does not add up: every point stands where it would stand alone.

    Parameters
    ----------
    data
        Absolute commands `M`, `L`, `Q`, `C` and `z`, as matplotlib writes them.
    x, y
        Added to each point.

    Examples
    --------
    >>> path_data("M 10 20 L 10.5 20 L 10.5 30.004 z")
    'M10 20h.5v10z'
    """
    out: list[str] = []
    here = start = (0, 0)
    said = ""
    values: list[tuple[int, ...]]
    for command, numbers in COMMAND.findall(data):
        if command in "zZ":
            out.append("z")
            here, said = start, "z"
            continue
        points = [
            (_fixed(float(a) + x), _fixed(float(b) + y)) for a, b in _pairs(NUMBER.findall(numbers))
        ]
        if command == "M":
            out.append(f"M{_join(points[0])}")
            here = start = points[0]
            said = "M"
            continue
        steps = [(a - here[0], b - here[1]) for a, b in points]
        if command == "L":
            across, down = steps[0]
            if steps[0] == (0, 0) and said != "M":
                continue
            letter = "h" if down == 0 else "v" if across == 0 else "l"
            values = [{"h": (across,), "v": (down,), "l": (across, down)}[letter]]
        else:
            letter, values = command.lower(), [*steps]
        joined = _join(*values)
        if letter == said:
            out.append(joined if joined.startswith("-") else f" {joined}")
        else:
            out.append(f"{letter}{joined}")
        here, said = points[-1], letter
    while out and out[-1].startswith("M"):
        out.pop()  # a pen that is put down and draws nothing
    return "".join(out)


def _pairs(numbers: list[str]) -> Iterator[tuple[str, str]]:
    return zip(numbers[::2], numbers[1::2], strict=True)


def _fixed(value: float) -> int:
    """Return a coordinate as a whole number of the smallest steps."""
    return round(value * STEPS)


def _join(*points: tuple[int, ...]) -> str:
    """Return whole numbers of steps as they stand in a path."""
    out = ""
    for number in (number for point in points for number in point):
        text = _steps(number)
        out += text if not out or text.startswith("-") else f" {text}"
    return out


@lru_cache(1 << 16)
def _steps(number: int) -> str:
    return short(number / STEPS)


def short(value: float) -> str:
    """Return a number in as few characters as it takes.

    Examples
    --------
    >>> short(0.5), short(-0.001), short(12.0), short(-3.14159)
    ('.5', '0', '12', '-3.14')
    """
    text = f"{value:.{DIGITS}f}".rstrip("0").rstrip(".")
    if text in {"-0", "0", ""}:
        return "0"
    if text.startswith("0."):
        return text[1:]
    return f"-{text[2:]}" if text.startswith("-0.") else text


def places(data: str) -> list[tuple[str, tuple[float, float]]]:
    """Return the points of a path as `path_data` writes it: what leads to each, and where it is.

    Examples
    --------
    >>> places("M10 20h.5v10z")
    [('M', (10.0, 20.0)), ('l', (10.5, 20.0)), ('l', (10.5, 30.0)), ('z', (10.0, 20.0))]
    """
    found: list[tuple[str, tuple[float, float]]] = []
    here = start = (0.0, 0.0)
    sizes = {"c": 6, "q": 4, "h": 1, "v": 1}
    for command, numbers in COMMAND.findall(data):
        values = [float(number) for number in NUMBER.findall(numbers)]
        size = sizes.get(command, 2)
        if command == "z":
            here = start
            found.append(("z", here))
        for at in range(0, len(values), size):
            step = values[at : at + size]
            if command in "hv":
                step = [step[0], 0.0] if command == "h" else [0.0, step[0]]
            corner = (0.0, 0.0) if command == "M" else here
            for x, y in zip(step[::2], step[1::2], strict=True):
                here = (round(corner[0] + x, 6), round(corner[1] + y, 6))
                found.append(("l" if command in "hv" else command, here))
            if command == "M":
                start = here
    return found
