"""pandas' tables as columns: each an array, or a list where it is one of texts or objects."""

import importlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

Tree = Any
Pack = Callable[[Any, str], Tree]
Unpack = Callable[[Tree], Any]


def pack(value: Any, inner: Pack, where: str) -> Tree | None:
    """Return a table, a series or an index, packed; None if the value is none of them.

    Parameters
    ----------
    value
        What may be one.
    inner
        Packs what is in it.
    where
        What messages call it.
    """
    pandas: Any = sys.modules.get("pandas")
    if pandas is None:
        return None
    if type(value) is pandas.DataFrame:
        names = list(value.columns)
        columns = [
            _column(pandas, value.iloc[:, at].array, inner, f"{where}[{name!r}]")
            for at, name in enumerate(names)
        ]
        around = [_index(pandas, each, inner, where) for each in (value.index, value.columns)]
        packed = [*around, columns, inner(value.attrs, f"{where}.attrs")]
        return None if None in [*columns, *around] else {"is": "DataFrame", "value": packed}
    if type(value) is pandas.Series:
        column = _column(pandas, value.array, inner, where)
        index = _index(pandas, value.index, inner, where)
        packed = [index, inner(value.name, f"{where}.name"), column]
        packed.append(inner(value.attrs, f"{where}.attrs"))
        return None if None in [index, column] else {"is": "Series", "value": packed}
    if isinstance(value, pandas.Index):
        return _index(pandas, value, inner, where)
    if type(value) is pandas.Timestamp:
        zone = None if value.tz is None else str(value.tz)
        instant = value if value.tz is None else value.tz_convert("UTC").tz_localize(None)
        return {"is": "Timestamp", "of": [zone, value.unit], "value": instant.isoformat()}
    if type(value) is pandas.Timedelta:
        return {"is": "Timedelta", "of": value.unit, "value": value.value}
    names = [name for name in ("NA", "NaT") if value is getattr(pandas, name)]
    return {"is": "missing", "value": names[0]} if names else None


def is_same(one: Any, other: Any) -> bool:
    """Tell whether a table, series or index is the same as another, in all that can be seen."""
    pandas: Any = sys.modules["pandas"]
    testing = pandas.testing
    for kind, compare in {
        pandas.DataFrame: testing.assert_frame_equal,
        pandas.Series: testing.assert_series_equal,
        pandas.Index: testing.assert_index_equal,
    }.items():
        if isinstance(one, kind):
            try:
                compare(one, other, check_exact=True)
            except AssertionError:
                return False
            return kind is pandas.Index or one.attrs == other.attrs
    return one is other or (bool(one == other) and repr(one) == repr(other))


def _column(pandas: Any, array: Any, inner: Pack, where: str) -> Tree | None:
    kind = array.dtype
    if type(array) is pandas.arrays.NumpyExtensionArray:
        kind = kind.numpy_dtype
    if isinstance(kind, np.dtype) and not kind.hasobject:
        return inner(array.to_numpy(), where)
    if isinstance(kind, pandas.CategoricalDtype):
        categories = _index(pandas, kind.categories, inner, where)
        if categories is None:
            return None
        value = [inner(array.codes, where), categories]
        return {"is": "categories", "of": kind.ordered, "value": value}
    if isinstance(kind, pandas.DatetimeTZDtype):
        instants = array.tz_convert("UTC").tz_localize(None).to_numpy()
        return {"is": "zoned", "of": str(kind.tz), "value": inner(instants, where)}
    if isinstance(kind, pandas.PeriodDtype):
        return {"is": "periods", "of": str(kind), "value": inner(array.asi8, where)}
    if isinstance(kind, pandas.IntervalDtype):
        ends = [_index(pandas, end, inner, where) for end in (array.left, array.right)]
        return None if None in ends else {"is": "intervals", "of": array.closed, "value": ends}
    if isinstance(kind, np.dtype | pandas.StringDtype | pandas.ArrowDtype):
        items = [inner(each, f"{where}[{at}]") for at, each in enumerate(array)]
        return {"is": "items", "of": str(kind), "value": items}
    arrays = pandas.arrays
    if isinstance(array, arrays.IntegerArray | arrays.BooleanArray | arrays.FloatingArray):
        missing = array.isna()
        filled = array.to_numpy(dtype=kind.numpy_dtype, na_value=kind.numpy_dtype.type(0))
        return {"is": "gaps", "of": str(kind), "value": [inner(filled, where), inner(missing, "")]}
    return None


def _index(pandas: Any, index: Any, inner: Pack, where: str) -> Tree | None:
    names = [inner(name, f"the name of the index of {where}") for name in index.names]
    if type(index) is pandas.RangeIndex:
        return {"is": "RangeIndex", "of": names, "value": [index.start, index.stop, index.step]}
    if isinstance(index, pandas.MultiIndex):
        levels = range(index.nlevels)
        arrays = [index.get_level_values(level).array for level in levels]
        columns = [_column(pandas, each, inner, f"the index of {where}") for each in arrays]
        return None if None in columns else {"is": "MultiIndex", "of": names, "value": columns}
    column = _column(pandas, index.array, inner, f"the index of {where}")
    return column and {"is": "Index", "of": names, "value": [column, getattr(index, "freqstr", "")]}


def unpack(tree: Tree, inner: Unpack) -> Any:
    """Return a packed table, made anew.

    Raises
    ------
    ValueError
        This is no packed value.
    """
    pandas: Any = importlib.import_module("pandas")
    kind, value = tree["is"], tree["value"]
    match kind:
        case "DataFrame":
            index, header, columns, attrs = (
                inner(value[0]),
                inner(value[1]),
                [inner(each) for each in value[2]],
                inner(value[3]),
            )
            frame = pandas.DataFrame(dict(enumerate(columns)), index=index, copy=False)
            frame.columns = header
            frame.attrs = attrs
            return frame
        case "Series":
            index, name, column, attrs = map(inner, value)
            series = pandas.Series(column, index=index, name=name, copy=False)
            series.attrs = attrs
            return series
        case "RangeIndex":
            return pandas.RangeIndex(*value, name=inner(tree["of"][0]))
        case "MultiIndex":
            columns = [inner(each) for each in value]
            return pandas.MultiIndex.from_arrays(columns, names=[inner(n) for n in tree["of"]])
        case "Index":
            column, name = inner(value[0]), inner(tree["of"][0])
            index = pandas.Index(column, name=name, dtype=column.dtype, copy=False)
            return type(index)(index, freq=value[1]) if value[1] else index
        case "categories":
            codes, categories = map(inner, value)
            dtype = pandas.CategoricalDtype(categories, ordered=tree["of"])
            return pandas.Categorical.from_codes(codes, dtype=dtype)
        case "zoned":
            return (
                pandas.DatetimeIndex(inner(value)).tz_localize("UTC").tz_convert(tree["of"]).array
            )
        case "items":
            return pandas.array([inner(each) for each in value], dtype=tree["of"])
        case "gaps":
            filled, missing = map(inner, value)
            array = pandas.array(filled, dtype=tree["of"])
            array[missing] = pandas.NA
            return array
        case "periods":
            return pandas.arrays.PeriodArray(
                inner(value), dtype=pandas.PeriodDtype(tree["of"][7:-1])
            )
        case "intervals":
            left, right = map(inner, value)
            return pandas.arrays.IntervalArray.from_arrays(left, right, closed=tree["of"])
        case "Timestamp":
            zone, unit = tree["of"]
            instant = pandas.Timestamp(value).as_unit(unit)
            return instant.tz_localize("UTC").tz_convert(zone) if zone else instant
        case "Timedelta":
            return pandas.Timedelta(value, "ns").as_unit(tree["of"])
        case "missing":
            return getattr(pandas, value)
    raise ValueError(f"{kind!r} is no kind of data")
