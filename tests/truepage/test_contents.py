"""What arguments and results of steps are kept as."""

import json
import math
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from truepage.engine.step_call import StepCall
from truepage.steps.contents import Packer, UnkeepableError, unpack

OFFSETS = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)
HASHED = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**70)
    | st.floats()
    | st.text()
    | st.binary()
    | st.complex_numbers()
    | st.fractions()
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.datetimes(timezones=st.none() | st.timezones() | OFFSETS)
    | st.times(timezones=st.none() | OFFSETS)
    | st.timedeltas()
    | st.builds(Path, st.sampled_from(["a/b", "/c"]))
    | st.sampled_from([np.float32(1.5), np.int8(3), np.datetime64("2020-01-02"), np.bool_(True)])
)
DATA = st.recursive(
    HASHED,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(HASHED, inner)
        | st.sets(st.integers() | st.text())
    ),
    max_leaves=12,
)


def packed(value: object) -> tuple[str, dict[str, np.ndarray[Any, Any]]]:
    """Return a value as text, and its arrays."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}

    def keep(array: np.ndarray[Any, Any]) -> str:
        name = f"{array.dtype.descr} {array.shape} {array.tobytes().hex()}"
        arrays[name] = array.copy()
        return name

    return json.dumps(Packer(keep, lambda name: None).pack(value, "it")), arrays


def back(value: object) -> Any:
    """Return a value that was packed and unpacked."""
    text, arrays = packed(value)
    return unpack(json.loads(text), arrays.__getitem__, lambda name: None)


def shown(value: Any) -> Any:
    """Return what tells values apart, by pickle: which is no way to keep them, but knows them."""
    if isinstance(value, set | frozenset):
        return type(value), sorted(map(shown, value), key=repr)
    if isinstance(value, dict):
        return [(shown(key), shown(each)) for key, each in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [shown(each) for each in value]
    return type(value), pickle.dumps(value)


@given(DATA)
@example(-math.nan)
@example([complex(1, -math.nan)])
def test_data_comes_back_the_same(value: object) -> None:
    """Types, order and signs of zero included."""
    assert shown(back(value)) == shown(value)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 3)),
        np.array(5.0),
        np.arange(6).reshape(2, 3).T,
        np.arange(10)[::2],
        np.array([1, 2], ">i4"),
        np.array(["2020-01-01"], "M8[D]"),
        np.array([(1, 2.0)], [("a", int), ("b", float)]),
        np.array(["ä", ""]),
    ],
)
def test_arrays_come_back_the_same(array: np.ndarray[Any, Any]) -> None:
    """In whatever layout and of whatever type."""
    found = back({"x": array})["x"]
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    assert (found == array).all()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.0, -0.0),
        (1, True),
        (1, 1.0),
        ([1], (1,)),
        ("1", b"1"),
        (1.0, np.float64(1.0)),
        (date(2020, 1, 1), datetime(2020, 1, 1)),
        (Decimal("1.0"), Decimal("1.00")),
        (Fraction(1), 1),
        (timedelta(1), 86_400),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ("a/b", Path("a/b")),
        ({"is": "int", "value": "0x1"}, 1),
    ],
)
def test_what_differs_is_packed_differently(one: object, other: object) -> None:
    """Or a call would get the result of another one."""
    assert packed(one) != packed(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (date(2020, 1, 1), date(2020, 1, 2)),
        (Path("data/one.csv"), Path("data/one.tsv")),
        (np.float32(1.0), np.int32(0x3F800000)),
        ((1, 2), {1, 2}),
        (datetime(2020, 1, 1), datetime(2020, 1, 1, tzinfo=UTC)),
        (b"a" * 50, b"a" * 49 + b"b"),
    ],
)
def test_what_differs_is_shown_differently(one: object, other: object) -> None:
    """Or a command would know only one of the calls."""
    texts = (json.loads(packed(value)[0]) for value in (one, other))
    one_call, other_call = (StepCall("m", "src/m.py", "f", {"x": text}).shown for text in texts)
    assert one_call != other_call


def test_the_order_of_a_set_makes_no_difference() -> None:
    """It depends on how the set came to be."""
    assert packed({8, 0}) == packed({0, 8})


def test_what_holds_itself_is_refused() -> None:
    """And what is held twice is not."""
    twice: list[Any] = [1]
    assert back([twice, twice]) == [[1], [1]]
    twice.append(twice)
    with pytest.raises(UnkeepableError, match=r"it\[1\] holds itself"):
        packed(twice)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=1), "X")),
            "expected one of zoneinfo",
        ),
        (np.ma.masked_equal([1.0, 2.0], 2), "expected what its mask leaves"),
    ],
)
def test_what_would_lose_a_part_is_refused(value: object, message: str) -> None:
    """And the remedy loses none: a plain array of a masked one would have what is masked."""
    with pytest.raises(UnkeepableError, match=message):
        packed(value)
