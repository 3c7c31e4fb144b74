"""Claims in float64: the sweep, saturation to the last bit, and the task that runs it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from truepage.checking.claims import Claims
from truepage.checking.pages import fence_at
from truepage.engine.batch import run_tasks
from truepage.engine.context import BuildContext
from truepage.engine.project import find_project
from truepage.maths.claims.fence import read_properties
from truepage.maths.claims.floats import Code, Sweep, points, swept
from truepage.maths.claims.model import ClaimAnswer

Make = Callable[[Mapping[str, str | bytes]], Path]


def sigmoid(x: Any) -> Any:
    """σ as in the textbook, with its overflow silenced."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


CODES: dict[str, Code] = {
    "sigmoid": sigmoid,
    "relu": lambda x: np.maximum(x, 0.0),
    "step": lambda x: np.where(x > 0, 1.0, 0.0),
    "from 3": lambda x: np.where(x >= 3.0, 1.0, np.where(x <= -0.1, -1.0, x / 10)),
    "bumpy": lambda x: np.where(x >= 3.0, 1.0, np.where(x > np.nextafter(3, 0) - 1e-14, 1.0, x)),
    "holes": lambda x: np.where((x >= 3.0) & (x != 3 + 2**-45), 1.0, 0.0),
    "nan": lambda x: np.where(x == 0, np.nan, x),
    "cube": lambda x: x * x * x,
    "square": lambda x: x * x,
    "constant": lambda x: 0 * np.clip(x, -1, 1),
}


def judge(name: str, claim: str) -> ClaimAnswer:
    """What comes of one claim about a piece of code."""
    (answer,) = swept(list(read_properties(["code.f(x)", claim]).claims), CODES[name])
    return answer


def test_the_points_are_many_fixed_and_have_all_that_is_special() -> None:
    """More than 95,000; zeros, subnormals, ends, all powers of two and their neighbours."""
    x = points()
    assert len(x) > 95_000
    assert (x == points()).all()
    assert (np.diff(x) > 0).all() and (x == -x[::-1]).all()
    largest = np.finfo(np.float64).max
    for special in (36.7, 37.5, 709.7, 745.1, 1e10, 1e300):
        assert np.abs(x / special - 1).min() <= 0.1
    for special in (0.0, 5e-324, largest, 1.0, np.nextafter(1, 2), np.nextafter(1, 0), 2.0**-1000):
        assert special in x
        assert -special in x


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_words_do_not_depend_on_the_zero_that_sorting_keeps(
    zero: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """−0 and 0 are equal, and the processor decides which one np.unique keeps: 0 is shown."""
    unique = np.unique

    def kept(x: Any) -> Any:
        found = unique(x)
        return np.where(found == 0, zero, found)

    monkeypatch.setattr(np, "unique", kept)
    x = points()
    assert not np.signbit(x[x == 0]).any()
    answer = judge("relu", "monotone in float64: decreasing")
    assert answer.words == "the code gives 0 at 0 and 5e−324 at 5e−324"
    assert judge("nan", "range in float64: [0, 1]").words == "at 0 the code gives NaN"
    assert judge("constant", "range in float64: [0, 1]").right == "{0}"


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("sigmoid", "range in float64: [0, 1]"),
        ("sigmoid", "limits in float64: 0 at −∞, 1 at ∞"),
        ("sigmoid", "saturates in float64: 1 from 36.74"),
        ("sigmoid", "saturates in float64: 1 from 37"),
        ("relu", "range in float64: [0, ∞)"),
        ("relu", "monotone in float64: increasing"),
        ("relu", "saturates in float64: 0 up to 0"),
        ("relu", "symmetry in float64: none"),
        ("step", "range in float64: {0, 1}"),
        ("step", "symmetry in float64: point (0, 1/2) except at 0"),
        ("from 3", "saturates in float64: −1 up to −0.1, 1 from 3"),
        ("from 3", "range in float64: [−1, 1]"),
        ("cube", "symmetry in float64: odd"),
        ("square", "symmetry in float64: even"),
        ("square", "monotone in float64: no"),
        ("constant", "monotone in float64: constant"),
        ("constant", "range in float64: {0}"),
    ],
)
def test_what_holds_holds_at_every_tested_point(name: str, claim: str) -> None:
    """It is called tested, and nothing more."""
    answer = judge(name, claim)
    assert answer.status == "tested"
    assert answer.points > 0


@pytest.mark.parametrize(
    ("name", "claim", "words", "right"),
    [
        ("sigmoid", "range in float64: (0, 1)", "the code gives 1", "[0, 1]"),
        ("sigmoid", "range in float64: [0, 2]", "the code gives 2 at no tested point", "[0, 1]"),
        ("sigmoid", "range in float64: [0, 2)", "the code's values end at 1", "[0, 1]"),
        ("sigmoid", "range in float64: {0, 1}", "the code gives 0.5", "[0, 1]"),
        ("sigmoid", "limits in float64: 1 at −∞", "at −∞ the code gives 0", ""),
        (
            "sigmoid",
            "saturates in float64: 1 from 37.43",
            "the code gives 1 from 36.7368005697",
            "1 from 36.74",
        ),
        ("sigmoid", "saturates in float64: 1 from 36.73", "from 36.736800", "1 from 36.74"),
        (
            "sigmoid",
            "saturates in float64: 1/2 from 100",
            "far out the code gives 1, not 1/2",
            "",
        ),
        ("relu", "saturates in float64: 1 from 3", "far out the code gives 1.797", ""),
        ("relu", "range in float64: (0, ∞)", "the code gives 0", ""),
        ("relu", "monotone in float64: decreasing", "at 0 and 5e−324 at 5e−324", ""),
        ("relu", "monotone in float64: strictly increasing", "gives 0 at", "increasing"),
        ("relu", "monotone in float64: no", "one way only", ""),
        ("relu", "symmetry in float64: odd", "at −5e−324 the code gives 0", ""),
        ("cube", "symmetry in float64: none", "it is symmetric", "odd"),
        ("square", "symmetry in float64: none", "it is symmetric", "even"),
        ("step", "range in float64: [0, 1]", "the code gives a few values only", "{0, 1}"),
        ("nan", "range in float64: (−∞, ∞)", "at 0 the code gives NaN", ""),
    ],
)
def test_what_is_wrong_is_refuted_at_a_float(name: str, claim: str, words: str, right: str) -> None:
    """With the float nearest to zero, what the code gives, and what holds where it is known."""
    answer = judge(name, claim)
    assert answer.status == "refuted"
    assert words in answer.words
    assert answer.right == right


def test_the_first_float_of_a_saturation_is_found_to_the_last_bit() -> None:
    """Against a walk float by float, which shares nothing with the halving."""
    end = 36.0
    while sigmoid(np.float64(end)) != 1:
        end += 0.001
    low = end - 0.001
    for step in (1e-5, 1e-8, 1e-11, 1e-13):
        while sigmoid(np.float64(low + step)) != 1:
            low += step
    first = low
    while sigmoid(np.float64(first)) != 1:
        first = float(np.nextafter(first, np.inf))
    assert end_of("sigmoid") == first


def end_of(name: str) -> float | None:
    """The float from which on a piece of code gives 1."""
    return Sweep(points(), CODES[name]).end(1.0, upward=True)


def test_a_function_that_is_not_monotone_near_the_end_is_looked_at_float_by_float() -> None:
    """A value that differs beyond where the halving ended moves the end."""
    assert end_of("bumpy") == np.nextafter(np.nextafter(3, 0) - 1e-14, 3)
    assert end_of("holes") == np.nextafter(3 + 2**-45, 4)


SOURCE = """
import numpy as np

CEILING = 6.0


def clipped(x, low=0.0):
    return np.clip(x, low, CEILING)


def broken(x):
    return x[:3]


def raising(x):
    raise ValueError("no floats, please")
"""


def fence(*lines: str) -> Any:
    """A fence in line 7 of a page."""
    return fence_at("docs/a.md", 7, ["```properties", *lines, "```"])


def test_code_is_swept_in_a_recorded_child_again_only_when_it_changed(
    make: Make, warm_workers: None
) -> None:
    """The promise that figures have: a constant that the code reads counts."""
    root = make({"src/lib.py": SOURCE})
    asked = fence("lib.clipped(x, low=1)", "range in float64: [1, 6]",
                  "saturates in float64: 1 up to 1, 6 from 6")  # fmt: skip

    def verdict() -> tuple[list[str], int]:
        claims = Claims(BuildContext(find_project(root)), {})
        found = [one.answer.status for one in claims.verdict(asked).judged]
        runs = sum(path.is_file() for path in (root / ".truepage/traces").rglob("*"))
        return found, runs

    assert verdict() == (["tested", "tested"], 1)
    assert verdict() == (["tested", "tested"], 1)
    (root / "src/lib.py").write_text(SOURCE.replace("6.0", "5.0"))
    assert verdict() == (["refuted", "refuted"], 2)
    (root / "src/lib.py").write_text(SOURCE.replace("x[:3]", "x[:4]"))
    assert verdict() == (["tested", "tested"], 2)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("broken", "it gives an array of shape (3,) for one of shape ("),
        ("raising", "ValueError: no floats, please\n    src/lib.py:16:"),
        ("gone", "src/lib.py has no 'gone' for the symbol 'lib.gone'"),
        ("CEILING", "lib.CEILING is 6.0 once the module is imported; expected a function"),
    ],
)
def test_code_that_cannot_be_swept_says_why(
    make: Make, warm_workers: None, function: str, words: str
) -> None:
    """At the fence's line, with the author's own frames."""
    root = make({"src/lib.py": SOURCE})
    claims = Claims(BuildContext(find_project(root)), {})
    verdict = claims.verdict(fence(f"lib.{function}(x)", "range in float64: [0, 1]"))
    (finding,) = verdict.findings
    assert (finding.place, finding.wrong) == ("docs/a.md:7", True)
    assert words in finding.message
    assert verdict.judged == ()


def test_the_sweep_needs_no_more_than_numpy(make: Make, warm_workers: None) -> None:
    """Neither ball arithmetic nor the engine is loaded where the author's code runs."""
    root = make(
        {"src/lib.py": "import sys\n\n\ndef f(x):\n    return x * ('flint' in sys.modules)"}
    )
    context = BuildContext(find_project(root))
    claims = Claims(context, {})
    asked = fence("lib.f(x)", "range in float64: {0}")
    assert [one.answer.status for one in claims.verdict(asked).judged] == ["tested"]
    assert run_tasks(context, []).done == {}
