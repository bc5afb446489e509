"""What models are made of, as plain JSON and NumPy arrays, and back: no pickle, and no code from the file is run."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import DataError
from personakit.privacy.ids import objects

__all__ = ["Reader", "Writer"]

Json = Any
_PLAIN = (str, int, bool, type(None))
_PACKED_FROM = 64
_SPARSE = {
    f"{layout}_{kind}": getattr(sparse, f"{layout}_{kind}")
    for layout in ("csr", "csc", "coo")
    for kind in ("matrix", "array")
}
_TEXTS: dict[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]] = {
    "date": (dt.date, dt.date.isoformat, dt.date.fromisoformat),
    "datetime": (dt.datetime, dt.datetime.isoformat, dt.datetime.fromisoformat),
    "decimal": (decimal.Decimal, str, decimal.Decimal),
    "uuid": (uuid.UUID, str, uuid.UUID),
}
_LARGEST_TREE = 10_000_000  # values in a tuple of tuples: a hash walks all of them, however often each occurs
_COLUMN = re.compile(r"(U?Int(8|16|32|64)|Float(32|64)|boolean|str|string|object)$")


class Writer:
    """Describe values one by one: arrays go into `arrays`, all else into `values`, which refer to earlier ones.

    What occurs twice is written once, and is one thing again when it is read.

    Parameters
    ----------
    name_of : callable
        From a class to the name under which a reader finds it, or None where such objects are not saved.
    special : callable
        From an object to what stands for it (a kind and a state), or None for the common way.
    left_out : mapping
        From the name of a class to attributes that are not saved, as they follow from others.
    """

    def __init__(
        self,
        name_of: Callable[[type], str | None],
        special: Callable[[Any], tuple[str, dict[str, Any]] | None],
        left_out: Mapping[str, tuple[str, ...]],
    ) -> None:
        self.values: list[Json] = []
        self.arrays: list[NDArray[Any]] = []
        self._name_of, self._special, self._left_out = name_of, special, left_out
        self._places: dict[int, Json] = {}
        self._alive: list[Any] = []  # an id stands for an object only as long as the object lives
        self._open: set[int] = set()

    def add(self, value: Any, where: str) -> Json:
        """The JSON that stands for a value; `where` is its name in an error text."""
        if type(value) in _PLAIN:
            return value
        if type(value) is float:
            return value if math.isfinite(value) else {"float": str(value)}
        if id(value) in self._places:
            return self._places[id(value)]
        if id(value) in self._open:
            raise DataError(f"{where} refers back to what it is part of, which cannot be saved.")
        self._open.add(id(value))
        described = self._describe(value, where)
        self._open.discard(id(value))
        self.values.append(described)
        self._alive.append(value)
        self._places[id(value)] = {"at": len(self.values) - 1}
        return self._places[id(value)]

    def _describe(self, value: Any, where: str) -> Json:
        kind = type(value)
        if isinstance(value, np.ndarray) and value.dtype == object:
            return {"objects": self._listed(value.ravel().tolist(), where), "shape": list(value.shape)}
        if isinstance(value, np.ndarray):
            if value.dtype.hasobject:
                raise DataError(f"{where} is an array of records that hold objects, which cannot be saved.")
            return {"array": self._array(value)}
        if isinstance(value, np.generic):
            return {"scalar": self._array(np.asarray(value))}
        if kind in (list, tuple):
            return {kind.__name__: self._listed(list(value), where)}
        if kind in (set, frozenset):
            return {kind.__name__: self._listed(sorted(value, key=repr), where)}
        if kind is dict:
            values = [self.add(each, f"{where}[{key!r}]") for key, each in value.items()]
            return {"dict": self._listed(list(value), where), "values": values}
        if sparse.issparse(value) and type(value).__name__ in _SPARSE:
            parts = ("row", "col", "data") if value.format == "coo" else ("indptr", "indices", "data")
            arrays = [self.add(getattr(value, part), where) for part in parts]
            return {"sparse": type(value).__name__, "parts": arrays, "shape": [int(n) for n in value.shape]}
        if isinstance(value, (pd.Series, pd.Index, pd.DataFrame)):
            return self._table(value, where)
        if isinstance(value, (pd.Timestamp, pd.Timedelta)):
            zone = _zone(value.tz, where) if isinstance(value, pd.Timestamp) and value.tz is not None else None
            return {"time": kind.__name__, "ticks": int(value.as_unit("ns").value), "unit": value.unit, "zone": zone}
        if kind is bytes:
            return {"bytes": value.hex()}
        for name, (held, write, _) in _TEXTS.items():
            if kind is held:
                return {"text": name, "value": write(value)}
        if isinstance(value, np.random.RandomState):
            return {"luck": self.add(list(value.get_state(legacy=True)), where)}
        if isinstance(value, type) and issubclass(value, np.generic):
            return {"number": np.dtype(value).name}
        return self._object(value, where)

    def _object(self, value: Any, where: str) -> Json:
        if (special := self._special(value)) is not None:
            return {"special": special[0], "state": self._state(special[1], where)}
        if (name := self._name_of(type(value))) is None:
            raise DataError(
                f"{where} is a {type(value).__name__} ({value!r:.60}), which cannot be saved without running code when "
                "it is loaded. Use a value of a plain kind instead, or save the model without it and set it anew."
            )
        if isinstance(value, tuple):
            return {"tuple of": name, "state": self._state(value._asdict(), where)}  # type: ignore[attr-defined]
        state = {slot: getattr(value, slot) for slot in _slots(type(value)) if hasattr(value, slot)}
        state |= {
            key: each for key, each in getattr(value, "__dict__", {}).items() if key not in self._left_out.get(name, ())
        }
        return {"object": name, "state": self._state(state, where)}

    def _state(self, state: Mapping[str, Any], where: str) -> Json:
        return [[name, self.add(value, f"{where}.{name}")] for name, value in state.items()]

    def _table(self, value: Any, where: str) -> Json:
        if isinstance(value, pd.DataFrame):
            columns = [self.add(value.iloc[:, place], where) for place in range(value.shape[1])]
            names, index = self.add(value.columns, where), self.add(value.index, where)
            return {"frame": columns, "names": names, "index": index, "attrs": self.add(dict(value.attrs), where)}
        held = {"name": self.add(value.name, where)}
        if isinstance(value, pd.Series):
            return {"series": self._column(value, where), "index": self.add(value.index, where), **held}
        if isinstance(value, pd.RangeIndex):
            return {"range": [value.start, value.stop, value.step], **held}
        return {"index": self._column(value, where), **held}

    def _column(self, column: pd.Series | pd.Index, where: str) -> Json:
        dtype = column.dtype
        if isinstance(dtype, pd.CategoricalDtype):
            held: Any = column.cat if isinstance(column, pd.Series) else column
            codes = self.add(np.asarray(held.codes), where)
            return {"codes": codes, "categories": self.add(dtype.categories, where), "ordered": bool(dtype.ordered)}
        if isinstance(dtype, pd.DatetimeTZDtype):
            ticks = np.asarray(column.array.asi8)
            return {"ticks": self.add(ticks, where), "unit": dtype.unit, "zone": _zone(dtype.tz, where)}
        if isinstance(dtype, np.dtype) and dtype.kind != "O":
            return {"plain": self.add(column.to_numpy(), where)}
        if isinstance(column, pd.MultiIndex) or not _COLUMN.match(str(dtype)):
            raise DataError(f"{where} holds {dtype} values, which cannot be saved. Convert them, e.g. to text.")
        values = [None if each is pd.NA else each for each in column.tolist()]
        return {"dtype": str(dtype), "listed": self._listed(values, where)}

    def _listed(self, values: list[Any], where: str) -> Json:
        """Many values; long lists of one plain type as arrays."""
        kinds = {type(value) for value in values} if len(values) >= _PACKED_FROM else set()
        if kinds == {str}:
            encoded = [value.encode("utf-8", "surrogatepass") for value in values]
            ends = np.cumsum([len(each) for each in encoded])
            return {"texts": self._array(np.frombuffer(b"".join(encoded), dtype=np.uint8)), "ends": self._array(ends)}
        if kinds == {float} or (kinds == {int} and all(abs(value) < 2**63 for value in values)):
            return {"numbers": self._array(np.asarray(values))}
        return [self.add(value, where) for value in values]

    def _array(self, array: NDArray[Any]) -> int:
        self.arrays.append(array)
        return len(self.arrays) - 1


class Reader:
    """The values that a `Writer` described. Only classes that `class_of` gives are made, without their `__init__`."""

    def __init__(
        self,
        values: list[Json],
        array: Callable[[int], NDArray[Any]],
        class_of: Callable[[str], type],
        special: Callable[[str, dict[str, Any]], Any],
    ) -> None:
        self._array, self._class_of, self._special = array, class_of, special
        self._made: list[Any] = []
        self._trees: dict[int, int] = {}  # how many values a tuple or frozenset holds, those in it included
        for described in values:  # each refers to earlier ones only, so that nothing can go round in a circle
            self._made.append(self._make(described))

    def value(self, json: Json) -> Any:
        """What the JSON stands for."""
        if type(json) in _PLAIN or type(json) is float:
            return json
        if "float" in json:
            return float(json["float"])
        at = json["at"]
        if not 0 <= at < len(self._made):
            raise DataError(f"it refers to value {at} before that is there")
        return self._made[at]

    def made(self, kind: type) -> list[Any]:
        """Everything of a class that was read."""
        return [value for value in self._made if isinstance(value, kind)]

    def _make(self, json: Json) -> Any:
        kind = next(iter(json))
        if kind == "array":
            return self._array(json["array"])
        if kind == "scalar":
            return self._array(json["scalar"])[()]
        if kind == "objects":
            return objects(self._list(json["objects"])).reshape(json["shape"])
        if kind in ("list", "tuple", "set", "frozenset"):
            values = self._list(json[kind])
            if kind in ("tuple", "frozenset"):
                self._count(json[kind])
            return values if kind == "list" else {"tuple": tuple, "set": set, "frozenset": frozenset}[kind](values)
        if kind == "dict":
            return dict(zip(self._list(json["dict"]), map(self.value, json["values"]), strict=True))
        if kind == "sparse":
            return self._sparse(json)
        if kind in ("frame", "series", "range", "index"):
            return self._table(kind, json)
        if kind == "time":
            if json["time"] == "Timedelta":
                return pd.Timedelta(json["ticks"], unit="ns").as_unit(json["unit"])
            moment = pd.Timestamp(json["ticks"], unit="ns").as_unit(json["unit"])
            return moment if json["zone"] is None else moment.tz_localize("UTC").tz_convert(_named(json["zone"]))
        if kind == "bytes":
            return bytes.fromhex(json["bytes"])
        if kind == "text":
            return _TEXTS[json["text"]][2](json["value"])
        if kind == "luck":
            luck = np.random.RandomState()
            luck.set_state(tuple(self.value(json["luck"])))
            return luck
        if kind == "number":
            return np.dtype(re.fullmatch(r"[a-z]+\d*", json["number"])[0]).type  # type: ignore[index]
        state = {name: self.value(value) for name, value in json["state"]}
        if kind == "special":
            return self._special(json["special"], state)
        return self._object(self._class_of(json[kind]), state)

    def _object(self, held: type, state: dict[str, Any]) -> Any:
        if issubclass(held, tuple):
            return tuple.__new__(held, [state[name] for name in held._fields])  # type: ignore[attr-defined]
        made = object.__new__(held)
        slots = _slots(held)
        for name, value in state.items():
            if name in slots:
                object.__setattr__(made, name, value)
            else:
                vars(made)[name] = value
        return made

    def _sparse(self, json: Json) -> Any:
        kind, parts, shape = _SPARSE[json["sparse"]], [self.value(part) for part in json["parts"]], tuple(json["shape"])
        if "coo" in json["sparse"]:
            return kind((parts[2], (parts[0], parts[1])), shape=shape)
        matrix = kind((parts[2], parts[1], parts[0]), shape=shape)
        matrix.check_format(full_check=True)  # an index out of bounds would be read by C code that does not look
        return matrix

    def _table(self, kind: str, json: Json) -> Any:
        if kind == "frame":
            columns = [self.value(column) for column in json["frame"]]
            frame = pd.DataFrame(dict(enumerate(columns)), index=self.value(json["index"]))
            frame.columns = self.value(json["names"])
            frame.attrs.update(self.value(json["attrs"]))
            return frame
        name = self.value(json["name"])
        if kind == "range":
            start, stop, step = json["range"]
            return pd.RangeIndex(start, stop, step, name=name)
        if kind == "series":
            return pd.Series(self._column(json["series"]), index=self.value(json["index"]), name=name)
        return pd.Index(self._column(json["index"]), name=name, tupleize_cols=False)

    def _column(self, json: Json) -> Any:
        if "plain" in json:
            return self.value(json["plain"])
        if "codes" in json:
            kind = pd.CategoricalDtype(self.value(json["categories"]), json["ordered"])
            return pd.Categorical.from_codes(self.value(json["codes"]), dtype=kind)
        if "ticks" in json:
            moments = pd.DatetimeIndex(self.value(json["ticks"]).astype(f"datetime64[{json['unit']}]"))
            return moments.tz_localize("UTC").tz_convert(_named(json["zone"])).array
        dtype, values = json["dtype"], self._list(json["listed"])
        if not _COLUMN.match(dtype):
            raise DataError(f"it has a column of the unknown kind {dtype!r}")
        if dtype == "object":
            return objects(values)
        return pd.array(values, dtype=dtype)

    def _list(self, json: Json) -> list[Any]:
        if isinstance(json, list):
            return [self.value(value) for value in json]
        if "numbers" in json:
            return self._array(json["numbers"]).tolist()
        text, ends = self._array(json["texts"]).tobytes(), self._array(json["ends"]).tolist()
        starts = [0, *ends[:-1]]
        if any(a > b for a, b in zip(starts, ends, strict=True)) or ends[-1] != len(text):
            raise DataError("it holds texts that overlap")  # a few bytes could stand for any number of texts
        return [text[a:b].decode("utf-8", "surrogatepass") for a, b in zip(starts, ends, strict=True)]

    def _count(self, json: Json) -> None:
        """Refuse tuples of tuples that refer to one another so often that a hash of them would never end."""
        inner = [each["at"] for each in json if isinstance(each, dict) and "at" in each] if type(json) is list else []
        size = 1 + sum(self._trees.get(at, 1) for at in inner)
        if size > _LARGEST_TREE:
            raise DataError("it holds tuples in tuples that no model has")
        self._trees[len(self._made)] = size


def _zone(zone: Any, where: str) -> str:
    """The name of a time zone by which it is found again; one that is known by a file has none."""
    try:
        return _named(str(zone))
    except (DataError, LookupError, TypeError, ValueError):
        raise DataError(
            f"{where} has the time zone {zone}, which has no name to save it by. Convert it first, e.g. "
            "column.dt.tz_convert('Europe/Berlin')."
        ) from None


def _named(zone: str) -> str:
    """The name of a time zone that there is; a name beginning with "dateutil" would open any file."""
    if zone.startswith("dateutil"):
        raise DataError(f"it holds the time zone {zone!r}, which is a path")
    pd.Timestamp(0, tz=zone)
    return zone


def _slots(held: type) -> list[str]:
    """The names of the slots of a class and its ancestors; one slot may be given as plain text."""
    named = [getattr(each, "__slots__", ()) for each in held.__mro__]
    every = [slot for slots in named for slot in ([slots] if isinstance(slots, str) else slots)]
    return [slot for slot in every if slot not in ("__dict__", "__weakref__")]
