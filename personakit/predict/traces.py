"""What each customer bought and viewed of each class of products, by how long ago."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.profile.facts_purchases import bought
from personakit.profile.sources import Sources

__all__ = ["kinds_of", "traces_of"]


def kinds_of(sources: Sources, windows: Sequence[int]) -> list[str]:
    """What each kind of trace is called, in the order of `traces_of`."""
    edges = [0, *windows]
    ages = [f"{first} to {until - 1} days" for first, until in pairwise(edges)]
    sorts = ["bought", "viewed"] if sources.has("interactions") else ["bought"]
    return [f"{sort}, {age}" for sort in sorts for age in (*ages, f"{edges[-1]} days or more")]


def traces_of(
    sources: Sources, classes: pd.Series, ids: pd.Index, windows: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Counts by kind of trace, customer and class, and what each customer bought last.

    Parameters
    ----------
    sources : Sources
        Cut off at a day, from whose end ages are counted.
    classes : Series of categories by product_id
        A product without a class is passed over.
    ids : Index
        The customers, in order.
    windows : sequence of int, days

    Returns
    -------
    tuple of ndarray of shape (n_kinds, n_customers, n_classes) and ndarray of shape (n_customers,)
        The second is the place of the class of the last purchase, -1 without one.
    """
    rows: list[Any] = [bought(sources)]
    if sources.has("interactions"):
        acts = sources.tables["interactions"]
        rows.append(acts.filter(acts["event"] == "view"))
    found, last = [], np.full(len(ids), -1)
    end = datetime(sources.day.year, sources.day.month, sources.day.day) + timedelta(days=1)
    starts = [end - timedelta(days=int(each)) for each in windows]
    places = pd.Series(classes.cat.codes, classes.index)
    for place, table in enumerate(rows):
        seen = _counted(sources, table, starts)
        seen["class"] = seen["product_id"].map(places).fillna(-1).astype(int)
        seen["row"] = ids.get_indexer(pd.Index(seen["customer_id"]))
        seen = seen[(seen["class"] >= 0) & (seen["row"] >= 0)]
        for age in range(len(starts) + 1):
            counts = np.zeros((len(ids), len(classes.cat.categories)))
            of_age = seen[seen["age"] == age]
            np.add.at(counts, (of_age["row"].to_numpy(), of_age["class"].to_numpy()), of_age["times"].to_numpy())
            found.append(counts)
        if not place:
            late = seen.sort_values(["latest", "product_id"], kind="stable").drop_duplicates("row", keep="last")
            last[late["row"].to_numpy()] = late["class"].to_numpy()
    return np.array(found), last


def _counted(sources: Sources, rows: Any, starts: Sequence[datetime]) -> pd.DataFrame:
    """By customer and product: times and the latest, by age (0 is the latest window)."""
    age: Any = ibis.literal(len(starts))
    for place in reversed(range(len(starts))):
        since = ibis.timestamp(starts[place].isoformat(sep=" "))
        age = ibis.ifelse(rows["timestamp"] >= since, ibis.literal(place), age)
    aged = rows.select("customer_id", "product_id", "timestamp", age=age.cast("int64"))
    grouped = aged.group_by(["customer_id", "product_id", "age"])
    return sources.connection.to_pandas(grouped.agg(times=aged.count(), latest=aged["timestamp"].max()))
