"""Who did what with which product: ids to positions, checks of the input, and the sparse customer-product matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.privacy.gate import Permitted
from personakit.privacy.gate_permitted import plain_frame
from personakit.privacy.ids import as_index, check_types_of_ids, twin_of, wanted_ids

__all__ = [
    "IdIndex",
    "as_index",
    "check_types_of_ids",
    "pair_matrix",
    "product_codes",
    "read_interactions",
    "wanted_ids",
]

Codes = NDArray[np.intp]
_DAY = np.timedelta64(1, "D") / np.timedelta64(1, "ns")


class IdIndex:
    """A sorted vocabulary: any hashable ids to the positions 0 .. n - 1 and back.

    Ids that compare with each other (numbers, strings, times) are in their own order, mixed ones by type and then by
    text, so that "ties go by product id" always means something.

    Parameters
    ----------
    ids : iterable of hashable
        The ids; repeats are allowed.

    Attributes
    ----------
    ids : pandas.Index
        The distinct ids, sorted; the position in it is the code.

    Examples
    --------
    >>> products = IdIndex(["tea", "cup", "tea"])
    >>> products.codes(["tea", "milk"]).tolist(), list(products.take([0]))
    ([1, -1], ['cup'])
    """

    __slots__ = ("ids",)

    def __init__(self, ids: Iterable[Any]) -> None:
        self.ids: pd.Index = self.encode(ids)[0].ids

    @classmethod
    def encode(cls, values: Iterable[Any]) -> tuple[IdIndex, Codes]:
        """The vocabulary of `values` and the code of each of them, shape (len(values),), in one pass."""
        codes, distinct = pd.factorize(as_index(values))
        order = _sorted_order(distinct)
        rank = np.empty(len(order), dtype=np.intp)
        rank[order] = np.arange(len(order))
        index = cls.__new__(cls)
        index.ids = distinct.take(order)
        return index, rank[codes]

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, value: object) -> bool:
        return bool(self.codes([value])[0] >= 0)

    def codes(self, values: Iterable[Any]) -> Codes:
        """The position of each value, shape (len(values),); -1 for a value that is not in the vocabulary."""
        return np.asarray(self.ids.get_indexer(as_index(values)), dtype=np.intp)

    def take(self, codes: Any) -> pd.Index:
        """The ids at the given positions."""
        return self.ids.take(np.asarray(codes, dtype=np.intp))


def _sorted_order(distinct: pd.Index) -> Codes:
    try:
        return np.asarray(distinct.argsort(), dtype=np.intp)
    except TypeError:  # 7 and "7" in one column do not compare
        keys = [(type(value).__name__, str(value)) for value in distinct]
        return np.asarray(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.intp)


def product_codes(known: IdIndex, given: Any, argument: str) -> Codes:
    """The position of each product that is meant, -1 for one that is not known.

    Parameters
    ----------
    known : IdIndex
    given : iterable of ids, or a table with the column `product_id`
    argument : str
        What error texts call `given`.

    Raises
    ------
    ParameterError
        It is one text, no collection, or a mask.
    DataError
        A table without `product_id`; or no id is known, and one of another type that is written the same is.

    Examples
    --------
    >>> product_codes(IdIndex(["cup", "tea"]), pd.DataFrame({"product_id": ["tea", "milk"]}), "candidates").tolist()
    [1, -1]
    """
    given = plain_frame(given)
    if isinstance(given, pd.DataFrame):
        if "product_id" not in given.columns:
            raise DataError(
                f"{argument} is a table without the column 'product_id' (columns: {some(given.columns, 12)}). Pass a "
                "table with it, or a list of ids."
            )
        given = given["product_id"]
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable) or getattr(given, "ndim", 1) != 1:
        raise ParameterError(f"{argument} must be a collection of product ids, but is {given!r}. Pass a list.")
    ids = as_index(given)
    if len(ids) and ids.inferred_type == "boolean" and known.ids.inferred_type != "boolean":
        raise ParameterError(f"{argument} holds True and False, not product ids. Pass the ids where it is True.")
    codes = known.codes(ids)
    if len(codes) and (codes < 0).all():
        twins = {value: twin for value in ids if (twin := twin_of(value)) is not None}
        if twins and (found := known.codes(list(twins.values())) >= 0).any():
            value, twin = list(twins.items())[int(found.argmax())]
            raise DataError(
                f"{argument}: there is no product {value!r} ({type(value).__name__}), but {twin!r} "
                f"({type(twin).__name__}). Ask with the type that they have in the data."
            )
    return codes


def frame_in(table: Any, name: str) -> Any:
    """The data frame in what was given, of several gated tables that of this name; else what was given."""
    return table.tables[name] if isinstance(table, Permitted) and name in table.tables else plain_frame(table)


def read_interactions(table: Any, *, columns: tuple[str, ...] = (), name: str = "interactions") -> pd.DataFrame:
    """The table as a checked data frame, its `attrs` kept.

    Parameters
    ----------
    table : pandas.DataFrame, what the consent gate returned, or anything with `to_pandas()`
        One row an interaction, with `customer_id`, `product_id` and `columns`.
    columns : tuple of str, default ()
        Further columns that must be there, without nulls.
    name : str, default "interactions"
        What error texts call the table.

    Raises
    ------
    DataError
        For a missing column, no row, a null id, or a null or infinite number in `columns`.
    """
    frame = frame_in(table, name)
    if not isinstance(frame, pd.DataFrame):
        raise DataError(
            f"{name} is a {type(table).__name__}. Pass a data frame with one row an interaction "
            "and the columns customer_id and product_id."
        )
    for column in ("customer_id", "product_id", *columns):
        if (many := int((frame.columns == column).sum())) > 1:
            raise DataError(f"{name} has {many} columns called {column!r}. Keep the one that is meant.")
        if not many:
            near = get_close_matches(column, [str(held) for held in frame.columns], n=1)
            hint = f"Did you mean {near[0]!r}? Rename it" if near else "Rename the column that holds it"
            raise DataError(
                f"{name} has no column {column!r} (columns: {some(frame.columns, 12)}). "
                f'{hint}: frame.rename(columns={{"...": "{column}"}}).'
            )
    if frame.empty:
        raise DataError(
            f"{name} has no rows, so there is nothing to learn from. Check the filter or the file before it."
        )
    for column in ("customer_id", "product_id", *columns):
        _check_column(frame[column], name, number=column in ("rating",))
    return frame


def _check_column(column: pd.Series, name: str, *, number: bool) -> None:
    """Nulls in any column, and anything but finite numbers in a number column."""
    where = f"{name}.{column.name}"
    bad = column.isna().to_numpy()
    if bad.any():
        raise DataError(
            f"{where} has {bad.sum()} missing values (rows {some(column.index[bad])}). "
            f"Drop those rows, e.g. frame.dropna(subset=[{str(column.name)!r}]), or repair them."
        )
    if number:
        if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
            raise DataError(
                f"{where} holds {column.dtype} values ({some(column)}), not numbers. "
                f"Convert it first: pd.to_numeric(frame[{str(column.name)!r}])."
            )
        bad = ~np.isfinite(column.to_numpy(dtype=float))
        if bad.any():
            raise DataError(
                f"{where} has {bad.sum()} infinite values (rows {some(column.index[bad])}). Drop or repair those rows."
            )


def event_weights(
    frame: pd.DataFrame, event_weight: Mapping[str, float] | None, *, learning: bool = True
) -> NDArray[np.float64]:
    """The weight of each row: 1, or that of its event; an event that the mapping leaves out weighs nothing.

    A table to learn from must hold the events that have a weight; a few rows more (`learning=False`) need not.
    """
    if event_weight is None:
        return np.ones(len(frame))
    if not isinstance(event_weight, Mapping):
        raise ParameterError(f"event_weight must map events to weights, but is {event_weight!r}.")
    bad = {event: weight for event, weight in event_weight.items() if not _is_weight(weight)}
    if bad or not event_weight:
        raise ParameterError(f"event_weight must map events to finite weights >= 0, but has {bad or 'no event'}.")
    weights = {str(event): float(weight) for event, weight in event_weight.items()}
    if "event" not in frame.columns:
        raise DataError(
            "interactions has no column 'event', but event_weight was given. "
            "Add the column (view, basket, purchase, return) or pass event_weight=None to count every row as 1."
        )
    _check_column(frame["event"], "interactions", number=False)
    found = frame["event"].astype(str)
    if not learning:
        return np.asarray(found.map(weights).fillna(0.0), dtype=np.float64)
    unknown = [
        event for event in weights if event not in set(found.unique()) | {"view", "basket", "purchase", "return"}
    ]
    if unknown:
        near = get_close_matches(unknown[0], found.unique().tolist(), n=1)
        raise UnknownNameError(
            f"event_weight names the event {unknown[0]!r}, which interactions.event does not hold "
            f"(it holds {some(sorted(found.unique()), 6)})." + (f" Did you mean {near[0]!r}?" if near else "")
        )
    weighed = np.asarray(found.map(weights).fillna(0.0), dtype=np.float64)
    if not weighed.any():
        raise DataError(
            f"No row of interactions has an event with a weight above 0 (events: {some(sorted(found.unique()), 6)}; "
            f"event_weight: {weights}). Give a weight to an event that is there."
        )
    return weighed


def _is_weight(weight: Any) -> bool:
    return isinstance(weight, Real) and 0 <= float(weight) < np.inf


def age_in_days(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Days from each row's `timestamp` to the last one; a timestamp is a time, or seconds as in MovieLens."""
    when, a_day = ticks(frame)
    return np.asarray((when.max() - when) / a_day, dtype=float)


def ticks(frame: pd.DataFrame) -> tuple[NDArray[Any], float]:
    """Each row's `timestamp` as a number, and how much of it makes a day: seconds, or for times nanoseconds (UTC)."""
    column = frame["timestamp"].infer_objects()  # numbers among objects would be read as nanoseconds
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        seconds = column.to_numpy(dtype=float)
        bad = ~np.isfinite(seconds)
        if bad.any():
            raise DataError(
                f"interactions.timestamp has {bad.sum()} values that are no time (rows {some(column.index[bad])}). "
                "Drop or repair those rows."
            )
        return seconds, 86_400.0
    try:
        if column.dtype == object and not all(isinstance(value, (str, date, np.datetime64)) for value in column):
            raise TypeError("neither times nor texts")
        return pd.DatetimeIndex(pd.to_datetime(column)).as_unit("ns").asi8, _DAY
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(
            f"interactions.timestamp holds {column.dtype} values ({some(column)}) that cannot all be read as times: "
            f"{error}. Convert them first: pd.to_datetime(frame['timestamp'], utc=True)."
        ) from error


def pair_matrix(
    customers: Codes, products: Codes, shape: tuple[int, int], weights: NDArray[np.float64] | None = None
) -> sparse.csr_matrix:
    """The sparse customers x products matrix with the largest weight of each pair, whatever the order of the rows.

    Parameters
    ----------
    customers, products : ndarray of int, shape (n_rows,)
        Codes of each row.
    shape : (int, int)
        Number of customers and of products.
    weights : ndarray of float, shape (n_rows,), optional
        Weight of each row, 1 without it. Pairs of weight 0 are not stored.

    Examples
    --------
    >>> pair_matrix(np.array([0, 0, 1]), np.array([1, 1, 0]), (2, 2), np.array([1.0, 3.0, 2.0])).toarray().tolist()
    [[0.0, 3.0], [2.0, 0.0]]
    """
    if weights is not None and not weights.all():
        kept = weights > 0
        customers, products, weights = customers[kept], products[kept], weights[kept]
    keys = customers.astype(np.int64) * shape[1] + products
    if weights is None:
        # By a sort, a stable one since rows often come in groups: np.unique hashes, which takes ten times as long.
        keys, values = np.sort(keys, kind="stable"), None
        keys = keys[np.flatnonzero(np.diff(keys, prepend=-1))]
    else:
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else np.empty(0, dtype=np.intp)
        values = np.maximum.reduceat(weights[order], starts) if len(keys) else np.empty(0)
        keys = keys[starts]
    rows, columns = np.divmod(keys, shape[1])
    data = np.ones(len(keys)) if values is None else values
    pointers = np.zeros(shape[0] + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=shape[0]), out=pointers[1:])
    return sparse.csr_matrix((data, columns, pointers), shape=shape)
