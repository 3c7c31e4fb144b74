"""Data as text and arrays, and back: what arguments and results of steps are kept as.

A packed value is what JSON can hold. Numbers, texts and lists are as they are; anything else is an
object that says what it `is`. Arrays are files of their own, named by the digest of their content.
To unpack it executes nothing but what makes data: of the author's classes only the fields are set.
"""

import base64
import contextlib
import dataclasses
import datetime
import enum
import io
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import PosixPath, WindowsPath
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from truepage.steps import tables

Tree = Any
"""A packed value."""

SMALL = 1 << 63
"""Whole numbers up to here are written in decimal."""

_MAPPINGS: Mapping[type, str] = {dict: "dict", OrderedDict: "OrderedDict", Counter: "Counter"}
_COLLECTIONS: Mapping[type, str] = {tuple: "tuple", set: "set", frozenset: "frozenset"}
_WRITTEN: Mapping[type, Callable[[Any], str]] = {
    Decimal: str,
    Fraction: str,
    PosixPath: str,
    WindowsPath: str,
    datetime.date: datetime.date.isoformat,
    datetime.time: datetime.time.isoformat,
    datetime.datetime: datetime.datetime.isoformat,
}
_READ: Mapping[str, Callable[[str], Any]] = {
    kind.__name__: getattr(kind, "fromisoformat", kind) for kind in _WRITTEN
}
_MAKING: Mapping[str, Callable[[Any], Any]] = {
    kind.__name__: kind for kind in (*_MAPPINGS, *_COLLECTIONS)
}


class UnkeepableError(Exception):
    """A value that is no data: where it is, what was found there, and what would do."""


class Packer:
    """Packs values.

    Parameters
    ----------
    keep
        Keeps an array, and returns its digest.
    find
        Returns the class of a name such as ``models:Result``, or None if it is not the author's.
    """

    def __init__(
        self, keep: Callable[[np.ndarray[Any, Any]], str], find: Callable[[str], object]
    ) -> None:
        self._keep, self._find = keep, find
        self.arrays: dict[str, int] = {}
        """Digest of each array that was kept → its bytes."""
        self._held: dict[str, np.ndarray[Any, Any]] = {}
        self._inside: set[int] = set()  # what is being packed, by its identity

    def pack(self, value: Any, where: str) -> Tree:
        """Return a value, packed.

        Parameters
        ----------
        where
            What messages call the value, such as ``its result``.

        Raises
        ------
        UnkeepableError
            It, or something in it, is no data.
        """
        kind = type(value)
        if kind in {float, complex} and value != value:  # JSON knows one NaN, without a sign
            raw = np.array(value)
            shown = base64.b64encode(raw.tobytes()).decode()
            return {"is": "not a number", "of": raw.dtype.str, "value": shown}
        if value is None or kind in {bool, float, str}:
            return value
        if kind is int:
            return value if -SMALL < value < SMALL else {"is": "int", "value": hex(value)}
        if kind is complex:
            return {"is": "complex", "value": [value.real, value.imag]}
        if kind is bytes:
            return {"is": "bytes", "value": base64.b64encode(value).decode()}
        if kind in {datetime.datetime, datetime.time} and (value.tzinfo or value.fold):
            plain, zone = value.replace(tzinfo=None, fold=0), _zone(value.tzinfo, where)
            packed = [self.pack(each, where) for each in (plain, zone, value.fold)]
            return {"is": "moment", "value": packed}
        if kind in _WRITTEN:
            return {"is": kind.__name__, "value": _WRITTEN[kind](value)}
        if isinstance(value, np.generic) and value.dtype.fields is None and not _is_loose(value):
            shown = base64.b64encode(value.tobytes()).decode()
            return {"is": "scalar", "of": value.dtype.str, "value": shown}
        if kind in {np.ndarray, np.memmap}:
            return self._array(value, where)
        if id(value) in self._inside:
            raise UnkeepableError(f"{where} holds itself; expected data without circles")
        self._inside.add(id(value))
        try:
            return self._composed(value, kind, where)
        finally:
            self._inside.discard(id(value))

    def _array(self, value: np.ndarray[Any, Any], where: str) -> Tree:
        if _is_loose(value):
            raise UnkeepableError(
                f"{where} is an array of Python objects; expected an array with a type of its own, "
                "such as array.astype(float), or a list"
            )
        digest = self._keep(value)
        self._held[digest] = value
        self.arrays[digest] = value.nbytes
        return {"is": "array", "value": digest}

    def _composed(self, value: Any, kind: type, where: str) -> Tree:
        if kind is list:
            return [self.pack(each, f"{where}[{at}]") for at, each in enumerate(value)]
        if kind in _COLLECTIONS:
            items = [self.pack(each, f"{where}[{at}]") for at, each in enumerate(value)]
            if kind is not tuple:
                items.sort(key=repr)  # in whatever order they were added
            return {"is": _COLLECTIONS[kind], "value": items}
        if kind in _MAPPINGS:
            return {
                "is": _MAPPINGS[kind],
                "value": [
                    [self.pack(key, f"a key of {where}"), self.pack(each, f"{where}[{key!r}]")]
                    for key, each in value.items()
                ],
            }
        if kind is range or kind is slice:
            return {"is": kind.__name__, "value": [value.start, value.stop, value.step]}
        if kind is datetime.timedelta:
            return {"is": "timedelta", "value": [value.days, value.seconds, value.microseconds]}
        if isinstance(value, enum.Enum):
            return {"is": "enum", "of": self._class(kind, where), "value": value.name}
        if issubclass(kind, tuple) and hasattr(kind, "_fields") and kind.__bases__ == (tuple,):
            items = [
                self.pack(each, f"{where}.{field}")
                for field, each in zip(kind._fields, value, strict=True)
            ]
            return {"is": "namedtuple", "of": self._class(kind, where), "value": items}
        if dataclasses.is_dataclass(kind):
            return {
                "is": "dataclass",
                "of": self._class(kind, where),
                "value": [
                    [name, self.pack(each, f"{where}.{name}")]
                    for name, each in _fields(value, kind, where).items()
                ],
            }
        tree = tables.pack(value, self.pack, where)
        with contextlib.suppress(TypeError, ValueError):
            if tree and tables.is_same(value, unpack(tree, self._held.__getitem__, self._find)):
                return tree
        raise UnkeepableError(f"{where} is {_called(value)}; expected {_remedy(value)}")

    def _class(self, kind: type, where: str) -> str:
        name = f"{kind.__module__}:{kind.__qualname__}"
        if self._find(name) is not kind:
            raise UnkeepableError(
                f"{where} is of the class {kind.__qualname__} of {kind.__module__}, which cannot "
                "be found again; expected one at the top level of a module of the project, or "
                "plain data: dicts, lists, arrays"
            )
        return name


def unpack(
    tree: Tree, load: Callable[[str], np.ndarray[Any, Any]], find: Callable[[str], Any]
) -> Any:
    """Return a packed value, made anew.

    Parameters
    ----------
    tree
        The packed value.
    load
        Returns the array of a digest.
    find
        As for `Packer`.

    Raises
    ------
    ValueError
        This is no packed value, or names a class that is not there.
    """
    if isinstance(tree, list):
        return [unpack(each, load, find) for each in tree]
    if not isinstance(tree, dict):
        return tree
    kind, value = tree["is"], tree["value"]
    match kind:
        case "array":
            return load(value)
        case "scalar":
            return np.frombuffer(base64.b64decode(value), np.dtype(tree["of"]))[0]
        case "not a number":
            return np.frombuffer(base64.b64decode(value), np.dtype(tree["of"]))[0].item()
        case "int":
            return int(value, 16)
        case "bytes":
            return base64.b64decode(value)
        case "complex":
            return complex(*value)
        case "range" | "slice" | "timedelta":
            return {"range": range, "slice": slice, "timedelta": datetime.timedelta}[kind](*value)
        case "dict" | "OrderedDict" | "Counter":
            pairs = [(unpack(key, load, find), unpack(each, load, find)) for key, each in value]
            return _MAKING[kind](dict(pairs))
        case "moment":
            plain, zone, fold = (unpack(each, load, find) for each in value)
            if isinstance(zone, datetime.timedelta):
                return plain.replace(tzinfo=datetime.timezone(zone), fold=fold)
            return plain.replace(tzinfo=zone and ZoneInfo(zone), fold=fold)
        case "tuple" | "set" | "frozenset":
            return _MAKING[kind](unpack(each, load, find) for each in value)
        case "enum" | "namedtuple" | "dataclass":
            return _instance(tree, load, find)
        case _ if kind in _READ:
            return _READ[kind](value)
    return tables.unpack(tree, lambda inner: unpack(inner, load, find))


def _instance(tree: Tree, load: Callable[[str], Any], find: Callable[[str], Any]) -> Any:
    """Return an instance of a class of the author's, without calling anything of it."""
    kind, found = tree["is"], find(tree["of"])
    if not isinstance(found, type):
        raise ValueError(f"there is no class {tree['of']}")
    if kind == "enum" and issubclass(found, enum.Enum):
        return found.__members__[tree["value"]]
    if kind == "namedtuple" and issubclass(found, tuple):
        return tuple.__new__(found, [unpack(each, load, find) for each in tree["value"]])
    if kind != "dataclass" or not dataclasses.is_dataclass(found):
        raise ValueError(f"{tree['of']} is no {kind}")
    made = object.__new__(found)
    for name, value in tree["value"]:
        object.__setattr__(made, name, unpack(value, load, find))
    return made


def _fields(value: Any, kind: Any, where: str) -> dict[str, Any]:
    """Return the fields of a dataclass's instance, if it has nothing else."""
    names = [field.name for field in dataclasses.fields(kind)]
    more = sorted(
        name
        for name in getattr(value, "__dict__", {})
        if name not in names and not isinstance(getattr(kind, name, None), cached_property)
    )
    if more:
        raise UnkeepableError(
            f"{where} has the attribute {more[0]!r}, which is no field of "
            f"{kind.__qualname__}; expected all that it holds to be fields of the dataclass"
        )
    return {name: object.__getattribute__(value, name) for name in names if hasattr(value, name)}


def _zone(zone: datetime.tzinfo | None, where: str) -> str | datetime.timedelta | None:
    """Return what gives a time zone back: its name, or how far it is from UTC."""
    if type(zone) is ZoneInfo and zone.key:
        return zone.key
    if type(zone) is datetime.timezone:
        offset = zone.utcoffset(None)
        if zone.tzname(None) == datetime.timezone(offset).tzname(None):
            return offset
    if zone:
        raise UnkeepableError(
            f"{where} has the time zone {zone!r}; expected one of zoneinfo.ZoneInfo(…), "
            "datetime.timezone.utc, or none"
        )
    return None


def _is_loose(value: Any) -> bool:
    """Tell whether an array or a number of NumPy's has Python objects in it."""
    return bool(value.dtype.hasobject)


def _called(value: object) -> str:
    """Return what a value is, in words."""
    kind = type(value)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    return f"a {name}" if name[:1] not in "aeiou" else f"an {name}"


def _remedy(value: object) -> str:
    """Return what would do in the place of a value."""
    if isinstance(value, io.IOBase):
        return "what was read of the file, or its path"
    if callable(value) and not isinstance(value, type):
        return "the values that it gives, or its parameters"
    if hasattr(value, "__next__"):
        return "all of it at once, such as list(…)"
    if type(value).__module__.partition(".")[0] == "pandas":
        return "columns and an index of numbers, texts, dates, periods, intervals or categories"
    if isinstance(value, np.ma.MaskedArray):
        return "what its mask leaves, such as array.filled(numpy.nan), or its data and its mask"
    if isinstance(value, np.ndarray):
        return "a plain array, such as numpy.asarray(…) gives"
    if isinstance(value, dict):
        return "a plain one, dict(…)"
    if isinstance(value, list | tuple | set | str | bytearray):
        return f"a plain {type(value).__mro__[-2].__name__} or bytes"
    return "data: numbers, texts, arrays, tables, lists, dicts, or a dataclass with fields of these"
