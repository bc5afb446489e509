"""Customer ids: one or many, in whatever they come, told apart by their type, and as text that says the type.

One rule for the whole package: a tuple is one id, as keys of several parts are tuples; a list, an array, a Series or an
Index holds many ids; a table names its people in `customer_id`; and 7 and "7" are two customers.
"""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, some
from personakit.privacy.gate_permitted import plain_frame

__all__ = [
    "as_index",
    "check_types_of_ids",
    "id_text",
    "id_texts",
    "id_values",
    "is_one_id",
    "listed",
    "objects",
    "twin_of",
    "wanted_ids",
]


def id_values(customer_ids: Any) -> list[Any] | pd.Series | pd.Index | NDArray[Any]:
    """The ids that are meant, as a column or a list: repeats, their order and their types are kept.

    Parameters
    ----------
    customer_ids : a single id (a tuple or an array without dimensions is one), an iterable, or a table
        A table is a DataFrame, what the gate released or an engine's table, with the column `customer_id`, or with its
        index named so.

    Raises
    ------
    DataError
        A table without `customer_id`.

    Examples
    --------
    >>> id_values(("a", 1)), id_values(np.array(17)), id_values({3: "x"})
    ([('a', 1)], [17], [3])
    """
    given = plain_frame(customer_ids)
    if isinstance(given, pd.DataFrame):
        if "customer_id" in given.columns:
            return given["customer_id"]
        if given.index.name == "customer_id":
            return given.index
        raise DataError(
            f"customer_ids is a table without the column 'customer_id' (columns: {some(given.columns, 12)}). Pass a "
            "table with it, or a list of ids."
        )
    if is_one_id(given):
        return [np.asarray(given).item() if getattr(given, "ndim", 1) == 0 else given]
    return given if isinstance(given, (pd.Series, pd.Index, np.ndarray)) else list(given)


def is_one_id(given: Any) -> bool:
    """Whether this is a single id, not a collection of ids: a tuple is one.

    >>> is_one_id("ada"), is_one_id(("a", 1)), is_one_id(np.array(17)), is_one_id([17])
    (True, True, True, False)
    """
    alone = isinstance(given, (str, bytes, tuple)) or not isinstance(given, Iterable)
    return alone or getattr(given, "ndim", 1) == 0


def listed(customer_ids: Any) -> list[Any]:
    """The ids that are meant, as a list; see `id_values`.

    >>> listed("ada"), listed((1, 2)), listed([1, 2]), listed(pd.DataFrame({"customer_id": [7, 7]}))
    (['ada'], [(1, 2)], [1, 2], [7, 7])
    """
    values = id_values(customer_ids)
    return values if isinstance(values, list) else values.tolist()


def wanted_ids(customer_ids: Any) -> pd.Index:
    """The customers that are meant, each once; see `id_values`.

    >>> wanted_ids("eve").tolist(), wanted_ids(pd.DataFrame({"customer_id": [1, 1]})).tolist()
    (['eve'], [1])
    """
    return as_index(id_values(customer_ids)).unique()


def as_index(values: Iterable[Any]) -> pd.Index:
    """Many ids of any kind as one flat index: tuples stay ids, and categories count by their values.

    >>> as_index([("a", 1), ("b", 2)]).nlevels
    1
    """
    if not isinstance(values, (pd.Index, pd.Series, np.ndarray)):
        values = list(values)
    if isinstance(values, list) and any(isinstance(value, tuple) for value in values):
        values = objects(values)
    index = pd.Index(values, tupleize_cols=False)
    return index.astype(index.categories.dtype) if isinstance(index, pd.CategoricalIndex) else index


def objects(values: Iterable[Any]) -> NDArray[np.object_]:
    """Ids of any kind as an array of shape (n,), a tuple being one id.

    >>> objects([("a", 1), 7]).shape
    (2,)
    """
    many = list(values)
    held = np.empty(len(many), dtype=object)
    for place, value in enumerate(many):
        held[place] = value
    return held


def check_types_of_ids(wanted: pd.Index, known: pd.Index, where: str) -> None:
    """Refuse an id that is not known while one of another type that is written the same is, or its parts are.

    Raises
    ------
    DataError

    Examples
    --------
    >>> check_types_of_ids(pd.Index([7, 8]), pd.Index([7]), "forget")
    >>> check_types_of_ids(pd.Index(["7"]), pd.Index([7]), "forget")
    Traceback (most recent call last):
        ...
    personakit.errors.DataError: forget: there is no customer '7' (str), but 7 (int). Ask with the type ...
    """
    strangers = wanted[~wanted.isin(known)]
    twins = {value: twin for value in strangers if (twin := twin_of(value)) is not None}
    there = as_index(list(twins.values())).isin(known)
    if found := [value for value, held in zip(twins, there, strict=True) if held]:
        value, twin = found[0], twins[found[0]]
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise DataError(
            f"{where}: there is no customer {_shown(value)}, but {_shown(twin)}{more}. Ask with the type that they "
            "have in the data."
        )
    for several in (value for value in strangers if isinstance(value, tuple)):
        if (parts := as_index(several)).isin(known).any():
            raise DataError(
                f"{where}: there is no customer {several!r}, but {some(map(repr, parts[parts.isin(known)]))}. A tuple "
                "is one id: pass a list to name several customers."
            )


def twin_of(value: Any) -> Any:
    """The id of another type that is written the same, if there is one.

    >>> twin_of("-7"), twin_of(7), twin_of(7.0), twin_of("--7")
    (-7, '7', '7', None)
    """
    if isinstance(value, str) and value.removeprefix("-").isdecimal():
        return int(value)
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value) if isinstance(value, (int, np.integer)) and not isinstance(value, bool) else None


def _shown(value: Any) -> str:
    plain = value.item() if isinstance(value, np.generic) else value
    return f"{plain!r} ({type(plain).__name__})"


def id_text(value: Any) -> str:
    """One id with its type in front: a whole number, a text, or the name of its class.

    A whole number that pandas made a float (a column with gaps) is the whole number again.

    >>> id_text(7), id_text(7.0), id_text("7")
    ('i7', 'i7', 's7')
    """
    if isinstance(value, str):
        return f"s{value}"
    if isinstance(value, bool):
        return f"b{int(value)}"
    if isinstance(value, Integral):
        return f"i{int(value)}"
    if isinstance(value, Real):
        number = float(value)
        return f"i{int(number)}" if number.is_integer() else f"f{number!r}"
    if isinstance(value, bytes):
        return f"y{value.hex()}"
    return f"o{type(value).__name__}:{value}"


def id_texts(ids: Iterable[Any]) -> list[str]:
    """Many ids, as `id_text` writes each; ids must not be missing.

    >>> id_texts([3, 4]), id_texts(["a", 3])
    (['i3', 'i4'], ['sa', 'i3'])
    """
    column = ids if isinstance(ids, (pd.Series, pd.Index)) else pd.Series(list(ids), dtype=object)
    values = column.tolist()
    if pd.api.types.is_integer_dtype(column.dtype):
        return [f"i{value}" for value in values]
    if isinstance(column.dtype, pd.StringDtype):
        return [f"s{value}" for value in values]
    return [id_text(value) for value in values]
