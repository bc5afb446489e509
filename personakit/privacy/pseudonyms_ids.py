"""Customer ids as text that says their type, so that 7 and "7" stay two customers wherever an id is hashed."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

import pandas as pd

__all__ = ["id_text", "id_texts", "listed"]


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


def listed(customer_ids: Any) -> list[Any]:
    """One id or many, as a list.

    >>> listed("ada"), listed((1, 2))
    (['ada'], [1, 2])
    """
    alone = isinstance(customer_ids, (str, bytes)) or not isinstance(customer_ids, Iterable)
    return [customer_ids] if alone else list(customer_ids)
