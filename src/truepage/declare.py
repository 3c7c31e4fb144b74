"""Declaring figures and steps: `@figure`, `@step`, and what they leave on the author's function."""

import builtins
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, ParamSpec, TypeVar, overload

Scheme = Literal["auto", "light", "both"]
Draw = TypeVar("Draw", bound=Callable[..., object])
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
ATTRIBUTE = "__truepage_figure__"
STEP = "__truepage_step__"
"""Name of the attribute that holds a step's declaration, and of the builtin that answers calls of
steps in a build."""


@dataclass(frozen=True)
class FigureDeclaration:
    """What `@figure` was told.

    Parameters
    ----------
    alt
        Alternative text: what the picture shows, for a reader who cannot see it.
    name
        The figure's name; None means the function's name with ``_`` written ``-``.
    inputs
        Files the drawing reads in ways Python cannot see, relative to the project's root.
    sweep
        A parameter of the function, and the values that it is drawn for.
    scheme
        Whether the picture follows a dark page: `auto` (where that is right), `light` (never) or
        `both` (always).
    timeout
        Seconds of processor time that drawing it may take; None: two minutes.
    """

    alt: str
    name: str | None = None
    inputs: tuple[str, ...] | None = None
    sweep: Mapping[str, Iterable[float]] | None = None
    scheme: Scheme = "auto"
    timeout: float | None = None


def figure(
    *,
    alt: str,
    name: str | None = None,
    inputs: Sequence[str] | None = None,
    sweep: Mapping[str, Iterable[float]] | None = None,
    scheme: Scheme = "auto",
    timeout: float | None = None,
) -> Callable[[Draw], Draw]:
    """Declare that a function draws a figure.

    It is called without arguments, or with one that is swept. It returns a matplotlib Figure, Axes
    or another artist, something that holds such (arrays of axes, seaborn's grids), something that
    displays itself as SVG or PNG, the text of an SVG, or nothing: then what pyplot has open counts.

    The function itself is returned unchanged, so that it can still be called, in a notebook say.

    Parameters
    ----------
    alt
        Alternative text: what the picture shows, for a reader who cannot see it.
    name
        What pages call the figure. By default the function's name with ``_`` written ``-``.
    inputs
        Files the drawing reads in ways Python cannot see (through a C library, say), relative to
        the project's root; ``data/*.nc`` means all that match. ``[]`` says that there are none.
        Files that Python code reads are found by themselves.
    sweep
        A parameter of the function and increasing values for it, such as
        ``{"slope": np.linspace(0, 1, 21)}``: the function is drawn for each, and the page has a
        slider. Its default must be among them; it is what the page shows first.
    scheme
        On a dark page a picture is dark where all that is seen in the light is seen there, too, in
        the same colours where these stand for values; else it stays light, on a light ground.
        ``"light"``: it always stays light; ``"both"``: it is dark whatever was found.
    timeout
        Seconds of processor time that drawing it may take, all frames together; two minutes unless
        it is said. A number as it is: it is read without running the file.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> @figure(alt="An empty picture.")
    ... def nothing_yet() -> Figure:
    ...     return Figure()
    """
    declaration = FigureDeclaration(
        alt, name, None if inputs is None else tuple(inputs), sweep, scheme, timeout
    )

    def declare(draw: Draw) -> Draw:
        setattr(draw, ATTRIBUTE, declaration)
        return draw

    return declare


@dataclass(frozen=True)
class DeclaredStep:
    """The options of `@step`.

    Parameters
    ----------
    function
        The author's function.
    inputs
        Files it reads in ways Python cannot see, relative to the project's root.
    timeout
        Seconds of processor time that computing it may take; None: an hour.
    """

    function: Callable[..., object]
    inputs: tuple[str, ...] | None = None
    timeout: float | None = None


@overload
def step(function: Callable[Parameters, Result], /) -> Callable[Parameters, Result]: ...


@overload
def step(
    *, inputs: Sequence[str] | None = None, timeout: float | None = None
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]: ...


def step(
    function: Callable[..., Any] | None = None,
    /,
    *,
    inputs: Sequence[str] | None = None,
    timeout: float | None = None,
) -> Callable[..., Any]:
    """Declare that a function's results are computed once for all who call it, and kept.

    In a build, each call with other arguments is computed in a clean process of its own. Its result
    counts as long as nothing of the code, the files and the settings that computing it touched has
    changed. Whoever calls it gets an own copy of the result. Without a build the function is called
    as any other.

    Parameters
    ----------
    function
        The function, of a module's top level. Its arguments and its result are data: numbers,
        texts, arrays, tables, collections and dataclasses of them.
    inputs
        Files it reads in ways Python cannot see, as for `figure`.
    timeout
        Seconds of processor time that computing it may take; an hour unless it is said.

    Examples
    --------
    >>> @step
    ... def simulation(n: int = 10_000) -> list[int]:
    ...     return [k * k for k in range(n)]
    >>> simulation(3)
    [0, 1, 4]
    """

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        declaration = DeclaredStep(function, None if inputs is None else tuple(inputs), timeout)

        @functools.wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            answer = getattr(builtins, STEP, None)
            if answer is None:
                return function(*arguments, **named)
            return answer(declaration, arguments, named)

        setattr(call, STEP, declaration)
        return call

    return declare if function is None else declare(function)
