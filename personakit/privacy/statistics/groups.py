"""Who counts in which cell of a private statistic: stated groups and bins, and a bounded part for each person.

Nothing here looks at the values to decide what cells there are, or which errors to raise.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.privacy.gate_permitted import plain_frame

__all__ = [
    "REST",
    "bins_of",
    "bounded_rows",
    "bounds_of",
    "cells_of",
    "column_of",
    "numbers_of",
    "people_of",
    "selected",
]

REST = "(rest)"
Cells = NDArray[np.int64]
Mask = NDArray[np.bool_]


def people_of(table: Any, unit: str) -> tuple[pd.DataFrame, pd.Series]:
    """The rows (with a plain index), and the person in each; an error where a row names nobody.

    >>> people_of(pd.DataFrame({"customer_id": [4, 9]}), "customer_id")[1].tolist()
    [4, 9]
    """
    frame = plain_frame(table)
    if not isinstance(frame, pd.DataFrame):
        raise DataError(
            f"PrivateStatistics needs a DataFrame or what the gate returned, and got {type(frame).__name__}. Read a "
            "file with pandas.read_csv or pandas.read_parquet first."
        )
    if unit not in frame.columns and frame.index.name != unit:
        raise DataError(
            f"The table has no column {unit!r} to tell people apart (it has {some(frame.columns, 8)}): without it, "
            "nobody's part can be bounded. Name the column with unit=."
        )
    frame = frame.reset_index(drop=unit in frame.columns)
    if (without := frame[unit].isna()).any():
        raise DataError(
            f"{unit} is missing in {int(without.sum())} rows (rows {some(np.flatnonzero(without))}), so it cannot be "
            "told whose they are. Drop these rows, or give each visitor an id of her own."
        )
    return frame, frame[unit]


def column_of(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column by name, or an error that offers the nearest."""
    if name not in frame.columns:
        near = difflib.get_close_matches(str(name), [str(column) for column in frame.columns], n=1)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        raise UnknownNameError(f"The table has no column {name!r}.{guess} It has {some(frame.columns, 12)}.")
    return frame[name]


def numbers_of(frame: pd.DataFrame, name: str, where: str) -> NDArray[np.float64]:
    """A numeric column in floats, missing values as NaN; text is refused even where it could be read as numbers.

    >>> numbers_of(pd.DataFrame({"spent": [1, None]}), "spent", "mean")
    array([ 1., nan])
    """
    values = column_of(frame, name)
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_complex_dtype(values.dtype):
        raise DataError(
            f"{where}({name!r}): the column is of kind {values.dtype}, not numeric. Convert it first, for example with "
            "pd.to_numeric, or count its categories with histogram(..., categories=[...])."
        )
    return values.to_numpy(dtype=float, na_value=np.nan)


def bounds_of(column: str, bounds: Any) -> tuple[float, float]:
    """Two finite numbers, the lower first, or an error that says why they must be stated.

    >>> bounds_of("spent", (0, 500))
    (0.0, 500.0)
    """
    try:
        low, high = (float(bound) for bound in bounds)
    except (TypeError, ValueError) as problem:
        raise ParameterError(
            f"mean({column!r}): bounds={bounds!r} are not two numbers. Give bounds=(low, high), known without "
            "the data, for example from the price list: the least and greatest values are those of two customers, and "
            "noise must be able to hide either of them."
        ) from problem
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ParameterError(
            f"mean({column!r}): bounds=({low:g}, {high:g}) must be finite and the lower first, such as (0, 500)."
        )
    return low, high


def bins_of(frame: pd.DataFrame, column: str, bins: Any) -> tuple[Cells, pd.DataFrame]:
    """The bin of each row (-1: none) and the bins' edges, in the columns from and to.

    >>> cells, edges = bins_of(pd.DataFrame({"spent": [0, 5, 10, 11, None]}), "spent", [0, 5, 10])
    >>> cells.tolist(), edges["to"].tolist()
    ([0, 1, 1, -1, -1], [5.0, 10.0])
    """
    values = numbers_of(frame, column, "histogram")
    if isinstance(bins, (int, np.integer, str)) or not hasattr(bins, "__iter__"):
        raise ParameterError(
            f"histogram({column!r}, bins={bins!r}): state the edges, such as bins=[0, 50, 100, 200]. A number of bins "
            "would take the range from the data, and its ends are two customers' values."
        )
    try:
        edges = np.asarray(list(bins), dtype=float)
    except (TypeError, ValueError):
        edges = np.array([])
    if len(edges) < 2 or np.isnan(edges).any() or (np.diff(edges) <= 0).any():
        raise ParameterError(f"histogram({column!r}): the edges must rise and be two at least, not {list(bins)!r}.")
    cells = np.searchsorted(edges, values, side="right") - 1
    cells = np.where(values == edges[-1], len(edges) - 2, cells)
    outside = np.isnan(values) | (values < edges[0]) | (values > edges[-1])
    return np.where(outside, -1, cells).astype(np.int64), pd.DataFrame({"from": edges[:-1], "to": edges[1:]})


def cells_of(
    frame: pd.DataFrame, by: list[str], categories: Sequence[Any] | Mapping[str, Sequence[Any]] | None, rest: bool
) -> tuple[Cells, pd.DataFrame]:
    """The group of each row (-1: none), and the groups as rows of a table; without `by`, everybody is in the one group.

    >>> frame = pd.DataFrame({"region": ["wales", "fife", None]})
    >>> cells_of(frame, ["region"], ["fife", "wales"], False)[0].tolist()
    [1, 0, -1]
    """
    if not by:
        if categories is not None or rest:
            raise ParameterError(
                "categories and rest say what the groups are: name the columns of the groups with by=."
            )
        return np.zeros(len(frame), dtype=np.int64), pd.DataFrame(index=pd.RangeIndex(1))
    if len(set(by)) < len(by) or {"estimate", "low", "high"} & set(by):
        raise ParameterError(
            f"by={by!r}: name each column once, and none that is called estimate, low or high, as the answer's columns "
            "are. Rename it first."
        )
    stated = dict(categories) if isinstance(categories, Mapping) else {by[0]: categories} if len(by) == 1 else {}
    cells, lists = np.zeros(len(frame), dtype=np.int64), []
    for column in by:
        values = column_of(frame, column)
        names = _stated(column, values, stated.get(column))
        plain = values.astype(object) if isinstance(values.dtype, pd.CategoricalDtype) else values
        if names.hasnans:  # pandas 2 tells None and NaN apart
            names, plain = names.astype(object).fillna(np.nan), plain.astype(object).where(plain.notna(), np.nan)
        found = names.get_indexer(pd.Index(plain))
        cells = np.where((cells < 0) | (found < 0), -1, cells * len(names) + found)
        lists.append(names.tolist())
    groups = pd.DataFrame(list(product(*lists)), columns=by)
    if rest:
        cells = np.where(cells < 0, len(groups), cells)
        groups = pd.concat([groups.astype(object), pd.DataFrame([[REST] * len(by)], columns=by)], ignore_index=True)
    return cells.astype(np.int64), groups


def _stated(column: str, values: pd.Series, names: Any) -> pd.Index:
    if names is None or isinstance(names, str) or not hasattr(names, "__iter__"):
        raise ParameterError(
            f"The categories of {column!r} must be stated: categories={{{column!r}: [...]}}, all that are possible, "
            "known without the data. A category that only one customer is in would give her away by being there. Where "
            "you do not know them, count(by=..., delta=1e-6) finds those with many people, for a price in delta."
        )
    index = pd.Index(list(names))
    if not len(index) or not index.is_unique:
        raise ParameterError(f"The categories of {column!r} must be one at least, each once, not {list(names)!r}.")
    numeric = pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype)
    text = values.dtype == "str" or isinstance(values.dtype, pd.StringDtype)
    strings = [isinstance(name, str) for name in index if not pd.isna(name)]
    if (numeric and any(strings)) or (text and not all(strings)):
        raise ParameterError(
            f"The categories of {column!r} ({some(index)}) are of another kind than the column ({values.dtype}), so "
            "nobody would be found. Write them as the column does."
        )
    return index


def selected(frame: pd.DataFrame, where: Mapping[str, Any] | None) -> Mask:
    """The rows that meet every condition: column to a value, a list of values, or a tuple (low, high).

    >>> selected(pd.DataFrame({"spent": [5, 20, 80]}), {"spent": (10, 80)}).tolist()
    [False, True, True]
    """
    mask = np.ones(len(frame), dtype=bool)
    if where is None:
        return mask
    if not isinstance(where, Mapping):
        raise ParameterError(
            f"where must be a mapping of column to value, list or (low, high), not {type(where).__name__}: a condition "
            "may look at one row at a time only, or one person would change the part of another."
        )
    for column, wanted in where.items():
        values = column_of(frame, column)
        if isinstance(wanted, tuple):
            if len(wanted) != 2:
                raise ParameterError(f"where={{{column!r}: {wanted!r}}}: a tuple is a range (low, high). Use a list.")
            numbers = numbers_of(frame, column, "where")
            if not all(isinstance(end, (int, float, np.number)) and not math.isnan(end) for end in wanted):
                raise ParameterError(
                    f"where={{{column!r}: {wanted!r}}}: a range is of two numbers, (low, high), of which -inf and inf "
                    "may be ends."
                )
            with np.errstate(invalid="ignore"):
                mask &= (numbers >= wanted[0]) & (numbers <= wanted[1])
        else:
            several = isinstance(wanted, (list, set, frozenset, range, pd.Index, pd.Series)) or np.ndim(wanted) == 1
            listed = list(wanted) if several else [wanted]
            if not all(value is None or pd.api.types.is_scalar(value) for value in listed):
                raise ParameterError(
                    f"where={{{column!r}: ...}} holds a {type(wanted).__name__} that is no value to compare with. Give "
                    "a value, a list of values, or a range (low, high); of anything else, make a column first."
                )
            try:
                mask &= values.isin(listed).to_numpy(dtype=bool)
            except (TypeError, ValueError, NotImplementedError) as problem:
                raise ParameterError(
                    f"where={{{column!r}: {some(listed)}}} cannot be compared with the column ({values.dtype}). Write "
                    "the values as the column does."
                ) from problem
    return mask


def bounded_rows(people: pd.Series, used: pd.DataFrame, mask: Mask, max_rows: int) -> NDArray[np.int64]:
    """The rows that count: of each person at most `max_rows` of those in the mask, drawn by a hash of her own rows.

    The draw must not depend on anybody else, or one person more would change the rows of others; nor on the order of
    the table. So each row's place in the draw is a hash of the person, of what the statistic reads, and of a number
    that tells a person's equal rows apart.
    """
    rows = np.flatnonzero(mask)
    who = pd.factorize(people.iloc[rows])[0]
    over = np.bincount(who)[who] > max_rows if len(rows) else np.zeros(0, dtype=bool)
    if not over.any():
        return rows
    rows, enough = rows[over], rows[~over]
    mine = people.iloc[rows]
    read = used.iloc[rows].reset_index(drop=True)
    parts = pd.DataFrame({f"v{place}": read.iloc[:, place].to_numpy() for place in range(read.shape[1])})
    parts.insert(0, "person", mine.to_numpy())
    parts["copy"] = parts.groupby(list(parts.columns), dropna=False, sort=False, observed=True).cumcount()
    place = pd.util.hash_pandas_object(parts, index=False).to_numpy(dtype=np.uint64)
    # The hash of a table mixes its columns weakly; one more round (SplitMix64) makes the draw even.
    place = _mixed(place.astype(np.uint64))
    order = np.lexsort((place, pd.factorize(parts["person"])[0]))
    nth = parts["person"].iloc[order].groupby(parts["person"].iloc[order], sort=False).cumcount().to_numpy()
    return np.sort(np.concatenate([enough, rows[order[nth < max_rows]]]))


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        mixed = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))
