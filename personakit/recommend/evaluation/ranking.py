"""Exact measures of ranked lists against what was held out, all customers at once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import DataError, ParameterError, some
from personakit.recommend.interactions import IdIndex, as_index, pair_matrix, read_interactions
from personakit.recommend.topk import block_rows

__all__ = ["RANKING_METRICS", "check_k", "ranking_auc", "ranking_metrics", "read_lists"]

Codes = NDArray[np.int64]

RANKING_METRICS = ("ndcg", "recall", "precision", "map", "hit_rate", "mrr")
_LOWEST = np.finfo(np.float64).min


class _Listed(NamedTuple):
    """The first k places of lists: the rows as they came, and codes of their ids among the distinct ones."""

    table: pd.DataFrame
    rows: Codes
    customers: pd.Index
    columns: Codes
    products: pd.Index
    ranks: Codes


def ranking_metrics(
    recommendations: pd.DataFrame, held_out: pd.DataFrame, *, k: int = 10, relevance: str | None = None
) -> pd.DataFrame:
    """How well each customer's list finds what was held out for her.

    Parameters
    ----------
    recommendations : pandas.DataFrame
        As `recommend` returns it: `customer_id`, `product_id`, `rank`. Ranks above k are ignored; a place that the
        model left empty finds nothing.
    held_out : pandas.DataFrame
        `customer_id`, `product_id`; repeated pairs count once. These customers are measured, one without a list with 0.
    k : int, default 10
        Length of the lists.
    relevance : str, optional
        Column of `held_out` with how relevant each pair is, >= 0 (ratings, say; the largest of a repeated pair). It
        is the gain in `ndcg`; the other measures ask only whether it is above 0. Without it every pair counts 1.

    Returns
    -------
    pandas.DataFrame
        Index `customer_id`, sorted; columns, each from 0 to 1, with h hits among k and n held out:
        `ndcg` (gain / log2(1 + rank), summed, divided by that of the best possible list), `recall` (h / n), `precision`
        (h / k), `map` (precision at each hit, summed, over min(n, k)), `hit_rate` (1 if h > 0), `mrr` (1 / rank of the
        first hit). Järvelin and Kekäläinen 2002; definitions as in Microsoft Recommenders.

    Raises
    ------
    ParameterError, DataError
        For k < 1, a missing column, a product listed twice, or a relevance that is negative or not a number.

    Examples
    --------
    >>> lists = pd.DataFrame({"customer_id": [1, 1], "product_id": ["a", "b"], "rank": [1, 2]})
    >>> held_out = pd.DataFrame({"customer_id": [1], "product_id": ["b"]})
    >>> ranking_metrics(lists, held_out, k=2).round(3).to_dict("records")
    [{'ndcg': 0.631, 'recall': 1.0, 'precision': 0.5, 'map': 0.5, 'hit_rate': 1.0, 'mrr': 0.5}]
    """
    k = check_k(k)
    held_out = read_interactions(held_out, columns=() if relevance is None else (relevance,), name="held_out")
    gains = None if relevance is None else _gains(held_out, relevance)
    (owners, customers), (wanted, products) = (_factorized(held_out[name]) for name in ("customer_id", "product_id"))
    pairs, worth = _distinct(owners * len(products) + wanted, gains)
    n_held = np.diff(np.searchsorted(pairs, np.arange(len(customers) + 1) * len(products)))
    listed = _coded(recommendations, k)
    rows = customers.get_indexer(listed.customers)[listed.rows]
    columns = products.get_indexer(listed.products)[listed.columns]
    there = (rows >= 0) & (columns >= 0)
    asked = rows[there] * len(products) + columns[there]
    place = np.minimum(np.searchsorted(pairs, asked), max(len(pairs) - 1, 0))
    hit = pairs[place] == asked if len(pairs) else np.zeros(len(asked), dtype=bool)
    found = np.zeros((len(customers), k))
    found[rows[there][hit], listed.ranks[there][hit] - 1] = 1.0 if worth is None else worth[place[hit]]
    ranks = np.arange(1, k + 1)
    discount = 1 / np.log2(ranks + 1)
    hits = (found > 0).astype(float)
    n_hits, possible = hits.sum(axis=1), np.minimum(n_held, k)
    some_held = np.maximum(n_held, 1)  # a customer whose pairs all have the relevance 0 measures 0
    ideal = np.cumsum(discount)[possible - 1] if worth is None else _ideal(worth, n_held, discount)
    first = np.argmax(hits, axis=1)
    ids = IdIndex(customers).ids
    measured = pd.DataFrame(
        {
            "ndcg": np.divide(found @ discount, ideal, out=np.zeros(len(customers)), where=n_held > 0),
            "recall": n_hits / some_held,
            "precision": n_hits / k,
            "map": (np.cumsum(hits, axis=1) / ranks * hits).sum(axis=1) / np.maximum(possible, 1),
            "hit_rate": (n_hits > 0).astype(float),
            "mrr": np.where(n_hits > 0, 1 / ranks[first], 0.0),
        },
        index=customers.rename("customer_id"),
    )
    return measured.iloc[customers.get_indexer(ids)]


def ranking_auc(
    score: Callable[[pd.Index], NDArray[np.float64]],
    held_out: pd.DataFrame,
    *,
    products: pd.Index,
    seen: pd.DataFrame | None = None,
    block_size: int | None = None,
) -> pd.Series:
    """The chance that a held-out product scores above one that was not, over all unseen products; ties count half.

    Parameters
    ----------
    score : callable
        Takes customers and returns their scores, shape (n, n_products): ``lambda ids: model.scores(ids, None)``.
    held_out : pandas.DataFrame
        `customer_id`, `product_id`. A product that is not among `products` is below all others: a miss.
    products : pandas.Index
        The products that the columns of the scores stand for: ``model.products_.ids``.
    seen : pandas.DataFrame, optional
        `customer_id`, `product_id`: pairs that do not compete.
    block_size : int, optional
        Customers ranked at once; the default keeps a block and its temporaries within about 64 MiB.

    Returns
    -------
    pandas.Series
        Index `customer_id`, sorted; NaN where everything that is left was held out.

    Raises
    ------
    DataError
        If a score is NaN, the scores are not of that shape, or a product stands in `products` twice.

    Examples
    --------
    >>> held_out = pd.DataFrame({"customer_id": [1], "product_id": ["b"]})
    >>> scores = np.array([[0.9, 0.5, 0.1]])
    >>> ranking_auc(lambda ids: scores, held_out, products=pd.Index(["a", "b", "c"])).tolist()
    [0.5]
    """
    held_out = read_interactions(held_out, name="held_out")
    if not products.is_unique:
        raise DataError(f"products holds {some(products[products.duplicated()])} twice. Pass model.products_.ids.")
    customers, owners = IdIndex.encode(held_out["customer_id"])
    columns = np.asarray(products.get_indexer(as_index(held_out["product_id"])))
    strangers = held_out.assign(customer_id=owners)[columns < 0].drop_duplicates(["customer_id", "product_id"])
    n_unknown = np.bincount(strangers["customer_id"].to_numpy(), minlength=len(customers))
    shape = (len(customers), len(products))
    wanted = pair_matrix(owners[columns >= 0], columns[columns >= 0], shape)
    known = sparse.csr_matrix(shape)
    if seen is not None:
        rows = customers.codes(seen["customer_id"])
        there = np.asarray(products.get_indexer(as_index(seen["product_id"])))
        both = (rows >= 0) & (there >= 0)
        known = pair_matrix(rows[both], there[both], shape)
        known = known - known.multiply(wanted)  # what is held out competes, whatever else is known
        known.eliminate_zeros()
    size = block_rows(len(products), block_size=block_size)
    values = np.empty(len(customers))
    for start in range(0, len(customers), size):
        part = slice(start, start + size)
        ids = customers.ids[part]
        block = np.array(score(ids), dtype=float)
        if block.shape != (len(ids), len(products)):
            raise DataError(
                f"score gave an array of shape {block.shape} for {len(ids)} customers and {len(products)} products. "
                "It must have one row a customer and one column for each of products."
            )
        check_scores(block, ids)
        np.maximum(block, _LOWEST, out=block)
        out, held = known[part], wanted[part]
        n_held, n_seen = np.diff(held.indptr), np.diff(out.indptr)
        block[np.repeat(np.arange(len(block)), n_seen), out.indices] = -np.inf
        chosen = block[np.repeat(np.arange(len(block)), n_held), held.indices]
        block.sort(axis=1)
        below = np.empty(len(block))
        for row, (first, last) in enumerate(pairwise(held.indptr)):  # rows are sorted: a bisection a held product
            left, right = (np.searchsorted(block[row], chosen[first:last], side=side) for side in ("left", "right"))
            below[row] = (left + right + 1).sum() / 2  # mean ranks, so that ties count half
        below -= n_held * n_seen + n_held * (n_held + 1) / 2
        n_other = len(products) - n_seen - n_held
        with np.errstate(invalid="ignore", divide="ignore"):
            values[part] = below / ((n_held + n_unknown[part]) * n_other)
    return pd.Series(values, index=customers.ids.rename("customer_id"), name="auc")


def check_scores(scores: NDArray[np.float64], customers: pd.Index) -> None:
    """Refuse NaN among scores, which no order can be made of."""
    bad = np.flatnonzero(np.isnan(scores).any(axis=1))
    if len(bad):
        raise DataError(
            f"The model scores NaN for {len(bad)} customers ({some(customers[bad])}). No list can be made of that: "
            "look for NaN or a division by 0 in what it learnt."
        )


def check_k(k: int) -> int:
    """The length of lists, a whole number of at least 1."""
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise ParameterError(f"k must be a whole number of products >= 1, but is {k!r}.")
    return int(k)


def read_lists(lists: pd.DataFrame, k: int) -> pd.DataFrame:
    """The first k places of each list, checked."""
    return _coded(lists, k).table


def _coded(lists: pd.DataFrame, k: int) -> _Listed:
    if not isinstance(lists, pd.DataFrame):
        raise DataError(f"recommendations is a {type(lists).__name__}. Pass the data frame that recommend() returns.")
    missing = [name for name in ("customer_id", "product_id", "rank") if name not in lists.columns]
    if missing:
        raise DataError(
            f"recommendations has no column {missing[0]!r} (columns: {some(lists.columns, 12)}). Pass what recommend() "
            "returns."
        )
    ranks = lists["rank"].to_numpy()
    if len(lists) and not (np.issubdtype(ranks.dtype, np.number) and (ranks >= 1).all() and (ranks % 1 == 0).all()):
        raise DataError("recommendations.rank must hold whole numbers from 1 (best) on. Pass what recommend() returns.")
    near = ranks <= k
    table, ranks = (lists, ranks) if near.all() else (lists[near], ranks[near])
    (rows, customers), (columns, products) = (_factorized(table[name]) for name in ("customer_id", "product_id"))
    for name, codes in (("customer_id", rows), ("product_id", columns)):
        if (bad := codes < 0).any():
            raise DataError(
                f"recommendations.{name} has {bad.sum()} missing values (rows {some(table.index[bad])}). Drop those "
                "rows."
            )
    listed = _Listed(
        table, rows.astype(np.int64), customers, columns.astype(np.int64), products, ranks.astype(np.int64)
    )
    for what, codes, width in (("a product", listed.columns, len(products)), ("a rank", listed.ranks, k + 1)):
        keys = np.sort(listed.rows * width + codes, kind="stable")
        twice = keys[~_first_of_run(keys)] // max(width, 1)
        if len(twice):
            who = customers[np.unique(twice)]
            raise DataError(
                f"recommendations holds {what} twice for {len(who)} customers ({some(who)}), which would count a hit "
                "twice. List each once."
            )
    return listed


def _factorized(column: pd.Series) -> tuple[NDArray[np.intp], pd.Index]:
    """Codes, -1 for what is missing, and the distinct values; only objects, which may be tuples, need a copy.

    Whole numbers that lie close together are looked up in a table, in a third of the time that a hash takes.
    """
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu" and len(column):
        values = column.to_numpy()
        low, high = int(values.min()), int(values.max())
        if max(abs(low), abs(high)) < 2**62 and high - low < 2 * len(values):
            place = values.astype(np.int64) - low
            there = np.zeros(high - low + 1, dtype=bool)
            there[place] = True
            return (np.cumsum(there) - 1)[place], pd.Index((np.flatnonzero(there) + low).astype(values.dtype))
    codes, distinct = pd.factorize(as_index(column) if column.dtype == object else column)
    return codes, as_index(distinct)


def _distinct(keys: Codes, gains: NDArray[np.float64] | None) -> tuple[Codes, NDArray[np.float64] | None]:
    """The pairs that are held out, each once and sorted, with the largest gain of each; without those of gain 0."""
    if gains is None:  # tables are by customer as a rule, and on such runs this kind of sort is the fastest by far
        keys = np.sort(keys, kind="stable")
        return keys[_first_of_run(keys)], None
    wanted = np.flatnonzero(gains)
    order = wanted[np.lexsort((gains[wanted], keys[wanted]))]
    last = order[_first_of_run(keys[order][::-1])[::-1]]
    return keys[last], gains[last]


def _first_of_run(ordered: Codes) -> NDArray[np.bool_]:
    """Where a value stands for the first time."""
    new = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return new


def _gains(held_out: pd.DataFrame, relevance: str) -> NDArray[np.float64]:
    column = held_out[relevance]
    gains = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    bad = ~(np.isfinite(gains) & (gains >= 0))
    if bad.any():
        raise DataError(
            f"held_out.{relevance} has {bad.sum()} values that are no relevance ({some(column[bad])}). It must be a "
            "finite number >= 0: 0 for what is not wanted."
        )
    return gains


def _ideal(gains: NDArray[np.float64], n_held: Codes, discount: NDArray[np.float64]) -> NDArray[np.float64]:
    """The discounted gain of the best possible list of each customer, 1 where there is nothing to gain."""
    rows = np.repeat(np.arange(len(n_held)), n_held)
    order = np.lexsort((-gains, rows))
    place = np.arange(len(rows)) - np.repeat(np.cumsum(n_held) - n_held, n_held)
    first = place < len(discount)
    ideal = np.bincount(rows[first], gains[order][first] * discount[place[first]], minlength=len(n_held))
    return np.where(ideal > 0, ideal, 1.0)
