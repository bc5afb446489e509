"""Rows taken out of a frame so that nothing of the others stays, neither in categories nor in attributes."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["NOT_ABOUT_PEOPLE", "only_rows"]

#: The canonical tables that are about nobody: they pass the gate whole, and no erasure touches them.
NOT_ABOUT_PEOPLE = frozenset({"products", "prices"})


def only_rows(table: pd.DataFrame, rows: NDArray[Any], columns: NDArray[Any] | None = None) -> pd.DataFrame:
    """Some rows (and columns) of a frame, and no value that only the others have.

    Categories, levels of the index and Arrow dictionaries are made anew from the rows that stay. Of `attrs`, single
    values stay; a list or a table there may be about anybody.

    Parameters
    ----------
    table : DataFrame
    rows, columns : array of bool
        What stays.

    Examples
    --------
    >>> import numpy as np
    >>> people = pd.DataFrame({"email": pd.Categorical(["ada@x.org", "eve@x.org"])})
    >>> only_rows(people, np.array([True, False]))["email"].cat.categories.tolist()
    ['ada@x.org']
    """
    part = (table.loc[rows] if columns is None else table.loc[rows, columns]).copy(deep=False)
    for at, kind in enumerate(part.dtypes):
        if _has_dictionary(kind):
            part.isetitem(at, _lean(part.iloc[:, at].array))
    index = _lean_index(part.index)
    part = part if index is part.index else part.set_axis(index, axis=0)
    part.attrs = {name: value for name, value in table.attrs.items() if pd.api.types.is_scalar(value)}
    return part


def _has_dictionary(kind: Any) -> bool:
    arrow = isinstance(kind, pd.ArrowDtype) and pa.types.is_dictionary(kind.pyarrow_dtype)
    return arrow or isinstance(kind, pd.CategoricalDtype)


def _lean(values: Any) -> Any:
    """The same values with the categories, or the Arrow dictionary, that they use."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.remove_unused_categories()
    kind = values.dtype.pyarrow_dtype
    plain = pa.chunked_array(values.__arrow_array__()).cast(kind.value_type).combine_chunks()
    coded = plain.dictionary_encode()
    same = pa.DictionaryArray.from_arrays(coded.indices.cast(kind.index_type), coded.dictionary, ordered=kind.ordered)
    return pd.array(same, dtype=pd.ArrowDtype(same.type))


def _lean_index(index: pd.Index) -> pd.Index:
    if isinstance(index, pd.MultiIndex):
        used = index.remove_unused_levels()
        if any(_has_dictionary(level.dtype) for level in used.levels):
            levels: list[Any] = [_lean_index(level) for level in used.levels]
            return used.set_levels(levels)
        return used
    return pd.Index(_lean(index.array), name=index.name) if _has_dictionary(index.dtype) else index
