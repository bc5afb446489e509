"""Who belongs to which group: attributes by customer, with those who said nothing as a group of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, some
from personakit.privacy import gate_permitted

__all__ = [
    "MISSING",
    "Attribute",
    "attributes_of",
    "id_column",
    "ids_in",
    "keyed",
    "numbers",
    "once",
    "ordered",
    "plain_frame",
    "same_kind_of_id",
    "sums_by",
    "zero_or_one",
]

MISSING = "(not stated)"
"""The group of customers whose attribute is missing, or who are not in `groups` at all."""

_GROUPS = "a Series by customer_id, or a DataFrame with customer_id and one column an attribute, is"


@dataclass(frozen=True)
class Attribute:
    """One attribute of n customers.

    Attributes
    ----------
    name : str
    labels : tuple of str
        The groups, in the order in which they are shown.
    codes : int array of shape (n,)
        Each customer's position in `labels`.
    """

    name: str
    labels: tuple[str, ...]
    codes: NDArray[np.intp]


def attributes_of(
    groups: pd.DataFrame | pd.Series | Mapping[Any, Any] | Any,
    customers: pd.Index,
    *,
    intersections: bool = False,
) -> list[Attribute]:
    """Each attribute of `groups` for these customers, and the groups' intersections if asked for.

    Parameters
    ----------
    groups : Series by customer_id, or DataFrame with a column (or an index) customer_id and one column an attribute
        A categorical keeps its order, other values are sorted. A missing value, and a customer without a row, is in the
        group "(not stated)", which stands last.
    customers : Index of n ids, each once
    intersections : bool, default False
        Every pair of attributes, and all of them together, as further attributes.

    Raises
    ------
    DataError
        No attribute; ids of another type; a customer with two values; values missing for everybody; one group only.

    Examples
    --------
    >>> people = pd.Series(["b", None, "a"], index=[1, 2, 3], name="arm")
    >>> attributes_of(people, pd.Index([3, 1, 2, 9]))[0]
    Attribute(name='arm', labels=('a', 'b', '(not stated)'), codes=array([0, 1, 2, 2]))
    """
    table = _table(groups)
    same_kind_of_id(table.index, customers, "groups")
    place = table.index.get_indexer(customers)
    found = [_attribute(name, table[name], place) for name in table.columns]
    if intersections:
        if len(found) < 2:
            raise ParameterError(
                f"intersections=True needs two attributes or more, and groups has only {found[0].name!r}. "
                "Pass a DataFrame with a column for each attribute."
            )
        sizes = [2, len(found)] if len(found) > 2 else [2]
        found += [_crossed(list(few)) for size in sizes for few in combinations(found, size)]
    return found


def _table(groups: Any) -> pd.DataFrame:
    if isinstance(groups, Mapping):
        groups = pd.Series(dict(groups), name="group")
    if isinstance(groups, pd.Series):
        table = groups.rename("group" if groups.name is None else str(groups.name)).to_frame()
    else:
        table = plain_frame(groups, "groups", _GROUPS)
        table = table.set_index(id_column(table, "groups")) if "customer_id" in table.columns else table
    if table.empty or not len(table.columns):
        raise DataError(
            "groups is empty, so no group can be told from another. Pass a Series by customer_id, or a DataFrame "
            "with customer_id and one column for each attribute."
        )
    table = table[table.index.notna()]
    if table.index.has_duplicates:
        table = _once(table)
    return table


def _once(table: pd.DataFrame) -> pd.DataFrame:
    """Repeated rows that say the same count once; two values for one customer are an error."""
    repeated = table[table.index.duplicated(keep=False)]
    different = repeated.groupby(level=0).nunique(dropna=False).gt(1).any(axis=1)
    twice = different.index[different]
    if len(twice):
        raise DataError(
            f"groups has {len(twice)} customers with different values of an attribute (customer_id {some(twice)}). "
            "Keep one row for each customer."
        )
    return table[~table.index.duplicated()]


def _attribute(name: Any, values: pd.Series, place: NDArray[np.intp]) -> Attribute:
    category = values.astype("category")
    coded = np.asarray(category.cat.codes, dtype=np.intp)
    codes = np.where(place >= 0, coded[place], -1)
    labels = [str(label) for label in category.cat.categories]
    if not (codes >= 0).any():
        raise DataError(
            f"groups.{name} is missing for all {len(codes):,} customers of the audit, so there is nothing to compare. "
            "Check that both tables are about the same customers, or name an attribute that is known."
        )
    if (codes < 0).any():
        codes = np.where(codes < 0, len(labels), codes)
        labels.append(MISSING)
    return _in_use(str(name), labels, codes)


def _crossed(few: list[Attribute]) -> Attribute:
    shape = tuple(len(each.labels) for each in few)
    codes = np.ravel_multi_index(tuple(each.codes for each in few), shape)
    used, codes = np.unique(codes, return_inverse=True)
    parts = np.unravel_index(used, shape)
    labels = [
        " & ".join(each.labels[at] for each, at in zip(few, cell, strict=True)) for cell in zip(*parts, strict=True)
    ]
    return _in_use(" & ".join(each.name for each in few), labels, codes)


def _in_use(name: str, labels: list[str], codes: NDArray[np.intp]) -> Attribute:
    """Without the labels that no customer of the audit has."""
    used, codes = np.unique(codes, return_inverse=True)
    if len(used) < 2:
        raise DataError(
            f"groups.{name} puts all {len(codes):,} customers of the audit into one group ({labels[used[0]]!r}). "
            "A comparison needs two groups or more."
        )
    return Attribute(name, tuple(labels[at] for at in used), codes.reshape(-1).astype(np.intp))


def same_kind_of_id(known: pd.Index, asked: pd.Index, where: str, *, name: str = "customer_id") -> None:
    """Refuse two tables that share no customer: everybody would land in "(not stated)", and look equal.

    Of products, only ids of another type are refused: lists may well hold nothing that was relevant.
    """
    if not len(known) or not len(asked) or asked.isin(known).any():
        return
    if asked.astype(str).isin(known.astype(str)).any():
        raise DataError(
            f"{name} is {type(known[0]).__name__} in {where} ({some(known)}) and {type(asked[0]).__name__} in the "
            f"table audited ({some(asked)}), so none is found. Convert one of them, for example with .astype(str)."
        )
    if name != "customer_id":
        return
    raise DataError(
        f"No customer of the table audited (customer_id {some(asked)}) is in {where} (customer_id {some(known)}). "
        "Pass the groups of the same customers."
    )


def plain_frame(data: Any, where: str, wanted: str = "a DataFrame is") -> pd.DataFrame:
    """The frame of a DataFrame, a `Permitted` or an Ibis table; `wanted` says in the error what may be passed."""
    frame = gate_permitted.plain_frame(data)
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"{where}: {wanted} expected, a {type(data).__name__} was given.")
    return frame


def id_column(table: pd.DataFrame, where: str, name: str = "customer_id") -> str:
    """The name of the id column, which must be there once."""
    if (count := int((table.columns == name).sum())) != 1:
        listed = ", ".join(map(str, table.columns))
        raise DataError(f"{where} has {count or 'no'} column{'s' * (count > 1)} {name} (it has {listed}). Name it so.")
    return name


def keyed(data: Any, where: str, column: str | None = None) -> pd.Series:
    """Values by customer_id, from a Series, a mapping, or a frame with customer_id and one further column.

    Raises
    ------
    DataError
        Nothing in it, or no such column, or several and none named.
    """
    if isinstance(data, Mapping):
        data = pd.Series(dict(data))
    if not isinstance(data, pd.Series):
        table = plain_frame(data, where, "a Series by customer_id is")
        if "customer_id" in table.columns:
            table = table.set_index("customer_id")
        column = column if column in table.columns else (table.columns[0] if len(table.columns) == 1 else None)
        if column is None:
            listed = ", ".join(map(str, table.columns))
            raise DataError(f"{where} has columns {listed}: it cannot be told which is meant. Pass one of them.")
        data = table[column]
    if not len(data):
        raise DataError(f"{where} is empty, so there is nothing to audit.")
    if data.index.hasnans:
        raise DataError(f"{where} has {int(data.index.isna().sum())} rows without customer_id. Drop or mend them.")
    return data


def numbers(values: pd.Series, where: str) -> NDArray[np.float64]:
    """The values in floats, missing ones as NaN; text and times are refused.

    >>> numbers(pd.Series([1, None]), "y_true")
    array([ 1., nan])
    """
    try:
        if values.dtype.kind in "mMc":
            raise TypeError
        return values.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as problem:
        raise DataError(
            f"{where} holds {values.dtype} values ({some(values)}), not numbers. Convert it first; "
            f"of two answers, for example, with ({where.rpartition('.')[2]} == 'yes').astype(int)."
        ) from problem


def zero_or_one(values: Any, where: str) -> None:
    """Refuse what is not a flag."""
    wrong = ~np.isin(values, (0, 1))
    if wrong.any():
        raise DataError(f"{where} has {int(wrong.sum())} values that are not 0 or 1 ({some(values[wrong])}).")


def once(ids: pd.Index, where: str) -> None:
    """Refuse two rows of one customer."""
    if ids.has_duplicates:
        twice = ids[ids.duplicated()].unique()
        raise DataError(f"{where} has {len(twice)} customers more than once (customer_id {some(twice)}). Keep one row.")


def ordered(ids: Any) -> pd.Index:
    """Each id once, in an order that depends on the ids alone."""
    unique = pd.Index(pd.unique(pd.Series(ids).dropna()))
    try:
        return unique.sort_values()
    except TypeError:  # numbers beside words
        return unique[np.argsort(unique.astype(str), kind="stable")]


def sums_by(row: NDArray[Any], values: NDArray[Any], customers: pd.Index) -> NDArray[np.float64]:
    """The sum of the values of each customer."""
    return np.asarray(np.bincount(row, values, len(customers)), dtype=float)


def ids_in(groups: Any) -> pd.Series:
    """The customers that groups are known of."""
    if isinstance(groups, Mapping):
        return pd.Series(list(groups))
    if isinstance(groups, pd.Series):
        return groups.index.to_series()
    table = plain_frame(groups, "groups", _GROUPS)
    return table["customer_id"] if "customer_id" in table.columns else table.index.to_series()
