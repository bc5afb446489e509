"""Recommendations as they come, checked: the lists, what was relevant, and which groups the products fall into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, UnknownNameError, some
from personakit.privacy.fairness.groups import MISSING, id_column, numbers, ordered, plain_frame
from personakit.privacy.settings import whole

__all__ = [
    "Lists",
    "catalogue_of",
    "catalogue_shares",
    "item_groups",
    "length_of_lists",
    "pairs_of",
    "positions",
    "read_lists",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Lists:
    """Recommendations as arrays, one entry a place in a list."""

    customers: pd.Index
    products: pd.Index
    row: Ints
    item: Ints
    rank: Ints


def length_of_lists(k: Any) -> int:
    """k, checked."""
    return whole("k", k, why=", the length of the lists")


def read_lists(recommendations: Any, k: int | None = None, *, where: str = "recommendations") -> pd.DataFrame:
    """Checked lists, sorted by customer and rank, those places above k left out; `where` is what the caller calls them.

    >>> read_lists(pd.DataFrame({"customer_id": [1, 1], "product_id": [7, 8], "score": [0.1, 0.9]}))["rank"].tolist()
    [2, 1]
    """
    table = plain_frame(recommendations, where)
    if table.empty:
        raise DataError(f"{where} is empty, so there are no lists. Pass rows of customer_id, product_id and rank.")
    for name in ("customer_id", "product_id"):
        id_column(table, where, name)
    if "rank" in table.columns:
        rank = numbers(table["rank"], f"{where}.rank")
        wrong = ~((rank >= 1) & (rank == np.floor(rank)))
        if wrong.any():
            raise DataError(
                f"{where}.rank has {int(wrong.sum())} values that are not 1, 2, 3 ... ({some(rank[wrong])}). The best "
                "place is 1: number the places anew, or drop the column and give score."
            )
        table = table.assign(rank=rank.astype(np.int64))
    elif "score" in table.columns:
        best = table["score"].groupby(table["customer_id"]).rank(ascending=False, method="first")
        table = table.assign(rank=best.astype(np.int64))
    else:
        raise DataError(
            f"{where} has neither rank nor score (it has {', '.join(map(str, table.columns))}). Name the "
            "column that gives the order of each list."
        )
    for columns, what in (
        (["customer_id", "product_id"], "a product twice"),
        (["customer_id", "rank"], "a rank twice"),
    ):
        twice = table.duplicated(columns)
        if twice.any():
            raise DataError(
                f"{where} has {what} in the lists of {table.loc[twice, 'customer_id'].nunique()} customers "
                f"(customer_id {some(table.loc[twice, 'customer_id'].unique())}). Drop the repetitions."
            )
    return table[table["rank"] <= k] if k is not None else table


def pairs_of(data: Any, where: str) -> pd.DataFrame:
    """Each pair of customer_id and product_id once."""
    table = plain_frame(data, where)
    for name in ("customer_id", "product_id"):
        id_column(table, where, name)
    if table.empty:
        raise DataError(f"{where} is empty. Leave it out, or pass rows of customer_id and product_id.")
    return table[["customer_id", "product_id"]].drop_duplicates()


def positions(index: pd.Index, ids: pd.Series) -> Ints:
    """Where each id stands in the index; -1 for one that does not."""
    return np.asarray(index.get_indexer(pd.Index(ids)), dtype=np.intp)


def catalogue_of(
    products: Any, items: pd.Index, item_group: str
) -> tuple[Ints | None, list[str] | None, Floats | None]:
    """For each product of the lists its group and price; and the names of the groups."""
    if products is None:
        return None, None, None
    table = plain_frame(products, "products")
    id_column(table, "products", "product_id")
    if item_group not in table.columns and "price" not in table.columns:
        raise UnknownNameError(
            f"products has neither {item_group!r} nor price (it has {', '.join(map(str, table.columns))}). Name the "
            "column with the groups of products: item_group=."
        )
    place = pd.Index(table["product_id"]).get_indexer(items) if table["product_id"].is_unique else None
    if place is None:
        raise DataError("products has a product_id twice. Keep one row for each product.")
    if (place < 0).any():
        raise DataError(
            f"products lacks {int((place < 0).sum())} of the products in the lists (product_id "
            f"{some(items[place < 0])}). Add them, with their {item_group} or price."
        )
    price = table["price"].to_numpy(float)[place] if "price" in table.columns else None
    if item_group not in table.columns:
        return None, None, price
    values = item_groups(table[item_group])
    names = ordered(values).tolist()
    return np.asarray(pd.Index(names).get_indexer(pd.Index(values)), dtype=np.intp)[place], names, price


def item_groups(values: pd.Series) -> pd.Series:
    """Names of the groups of products; a missing one is a group of its own."""
    return values.astype(object).where(values.notna(), MISSING).astype(str)


def catalogue_shares(products: Any, item_group: str, names: list[str]) -> Floats:
    """Each group\'s share of the products."""
    counts = item_groups(plain_frame(products, "products")[item_group]).value_counts(normalize=True)
    return np.asarray(counts.reindex(names), dtype=float)
