"""Calibrated lists: the categories in a list in the proportions in which the customer chose them before."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.fairness.groups import MISSING, plain_frame
from personakit.privacy.fairness.lists import length_of_lists
from personakit.recommend.interactions import IdIndex, as_index, read_interactions
from personakit.recommend.reranking.candidates import (
    Candidates,
    Chosen,
    check_purposes,
    first_best,
    listed,
    positions_of,
    read_candidates,
    share_of_relevance,
)
from personakit.recommend.topk import DEFAULT_MEMORY

__all__ = ["calibrate", "miscalibration"]

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]


class _Mixes(NamedTuple):
    """The mix of each customer (n, c), NaN where nothing is known of her; and of each product (p, c)."""

    customers: Floats
    products: Floats


def calibrate(
    lists: Any,
    history: Any,
    categories: Any,
    k: int = 10,
    *,
    trade_off: float = 0.7,
    category: str = "category",
    smoothing: float = 0.01,
    reasons: bool = False,
) -> pd.DataFrame:
    """The best k candidates whose categories are mixed as in the customer's own history, chosen one by one.

    The set C of k products is to have the largest

        trade_off * mean relevance of C - (1 - trade_off) * KL(p, q)

    with p the shares of the categories in her history, q those in C, and KL the Kullback-Leibler divergence in which q
    is smoothed to (1 - smoothing) q + smoothing p. Relevance is the score scaled to 0 .. 1 within the customer's
    candidates. Up to a constant this is a monotone submodular function of C, so that the greedy choice gains at least
    1 - 1/e of what the best set with the same first product gains beyond it. Steck 2018, "Calibrated recommendations",
    sections 3 and 4, where relevance is summed instead of averaged and lambda weighs the divergence.

    The list of a customer without history goes by score: nobody knows her mix.

    Parameters
    ----------
    lists : pandas.DataFrame
        `customer_id`, `product_id`, `score`: ask the model for many more than k, such as 100.
    history : pandas.DataFrame
        `customer_id`, `product_id`; each row counts once.
    categories : pandas.DataFrame
        `product_id` and the column `category`. A product may have several rows; it then belongs to each category in
        part. A missing category is a category of its own, "(not stated)".
    k : int, default 10
        Length of the lists; shorter where there are fewer candidates.
    trade_off : float from 0 to 1, default 0.7
        Share of relevance: 1 gives the lists by score, 0 looks at the mix alone.
    category : str, default "category"
        The column of `categories`.
    smoothing : float between 0 and 1, default 0.01
        Keeps the divergence finite where a category is missing from the list.
    reasons : bool, default False
        Add `relevance_part` and `calibration_part`, the two parts of what a product gained when it was chosen; for
        the first, the latter is minus the divergence of a list of it alone, times its weight.

    Returns
    -------
    pandas.DataFrame
        `customer_id`, `product_id`, `score` as it came, `rank` anew; `attrs["purpose"]` is kept.

    Raises
    ------
    DataError
        Tables that are not what they should be; products of the lists or the history that `categories` lacks.
    ParameterError
        k below 1, trade_off outside 0 .. 1, smoothing not between 0 and 1.
    ConsentError
        The history was released for another purpose than the lists.

    Examples
    --------
    >>> lists = pd.DataFrame({"customer_id": 1, "product_id": ["mug", "cup", "tea"], "score": [3.0, 2.9, 2.0]})
    >>> goods = pd.DataFrame({"product_id": ["mug", "cup", "tea", "mate"], "category": ["ware", "ware", "tea", "tea"]})
    >>> history = pd.DataFrame({"customer_id": 1, "product_id": ["mate", "mug"]})
    >>> calibrate(lists, history, goods, k=2, trade_off=0.5)["product_id"].tolist()
    ['mug', 'tea']
    """
    length, share = length_of_lists(k), share_of_relevance(trade_off)
    candidates = read_candidates(lists)
    check_purposes(lists, history=history)
    mixes = _mixes(candidates, history, categories, category, smoothing)
    n, m = candidates.item.shape
    width = min(length, m)
    place, relevant, mixed = np.full((n, width), -1, dtype=np.intp), np.zeros((n, width)), np.zeros((n, width))
    n_categories = mixes.products.shape[1]
    step = max(1, DEFAULT_MEMORY // (8 * max(m * n_categories, 1)))
    for start in range(0, n, step):
        rows = slice(start, start + step)
        item = candidates.item[rows]
        relevance = np.where(item >= 0, share * candidates.relevance[rows] / length, -np.inf)
        wanted = mixes.customers[rows]
        known = np.isfinite(wanted[:, 0])
        wanted = np.where(known[:, None], wanted, 0.0)
        offered = (1 - smoothing) * mixes.products[item] + smoothing * wanted[:, None, :]
        chosen = _greedy(relevance, wanted, offered, width, np.where(known, 1 - share, 0.0))
        place[rows], relevant[rows], mixed[rows] = chosen
    parts = {"relevance_part": relevant, "calibration_part": mixed} if reasons else {}
    return listed(candidates, place, **parts)


def miscalibration(
    lists: Any, history: Any, categories: Any, *, category: str = "category", smoothing: float = 0.01
) -> pd.Series:
    """How far the mix of each list is from the customer's own: the divergence of Steck 2018, equation 6, in nats.

    Parameters
    ----------
    lists, history, categories, category, smoothing
        As in `calibrate`.

    Returns
    -------
    pandas.Series
        By customer_id; 0 is the same mix, `-log(smoothing)` the most; NaN for a customer without history.

    Examples
    --------
    >>> lists = pd.DataFrame({"customer_id": 1, "product_id": ["mug", "tea"], "score": [2.0, 1.0]})
    >>> goods = pd.DataFrame({"product_id": ["mug", "tea"], "category": ["ware", "tea"]})
    >>> history = pd.DataFrame({"customer_id": 1, "product_id": ["mug", "tea"]})
    >>> float(miscalibration(lists, history, goods)[1]), float(miscalibration(lists[:1], history, goods)[1].round(3))
    (0.0, 1.959)
    """
    candidates = read_candidates(lists)
    check_purposes(lists, history=history)
    mixes = _mixes(candidates, history, categories, category, smoothing)
    n = len(candidates.customers)
    there = candidates.item >= 0
    rows = np.repeat(np.arange(n), there.sum(axis=1))
    members = sparse.csr_matrix(
        (np.ones(len(rows)), (rows, candidates.item[there])), shape=(n, len(candidates.products))
    )
    offered = members @ mixes.products / np.maximum(there.sum(axis=1), 1)[:, None]
    smoothed = (1 - smoothing) * offered + smoothing * mixes.customers
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(mixes.customers == 0, 0.0, mixes.customers * np.log(mixes.customers / smoothed))
    far = np.maximum(parts.sum(axis=1), 0.0)  # below 0 by rounding only
    return pd.Series(far, index=candidates.customers.rename("customer_id"), name="miscalibration")


def _greedy(relevance: Floats, wanted: Floats, offered: Floats, k: int, weight: Floats) -> Chosen:
    """The divergence at full length falls as sum(p log sum(q)) over the chosen grows: no need to normalise on the way.

    `relevance` (n, m), `wanted` (n, c), `offered` (n, m, c), `weight` (n,).
    """
    rows = np.arange(len(relevance))
    open_, total = relevance.copy(), np.zeros(wanted.shape)
    place, parts = np.full((len(rows), k), -1, dtype=np.intp), np.zeros((2, len(rows), k))
    some_of_it = wanted > 0
    before = np.where(some_of_it, wanted * np.log(np.where(some_of_it, wanted, 1.0)), 0.0).sum(axis=1)
    for step in range(k):
        reached = np.where(some_of_it[:, None, :], total[:, None, :] + offered, 1.0)
        now = np.einsum("nc,nmc->nm", wanted, np.log(reached))
        gain = weight[:, None] * (now - before[:, None])
        best = first_best(open_ + gain)
        place[:, step], parts[0, :, step], parts[1, :, step] = best, relevance[rows, best], gain[rows, best]
        open_[rows, best] = -np.inf
        total, before = total + offered[rows, best], now[rows, best]
    return Chosen(place, parts[0], parts[1])


def _mixes(candidates: Candidates, history: Any, categories: Any, category: str, smoothing: float) -> _Mixes:
    if isinstance(smoothing, bool) or not isinstance(smoothing, (int, float, np.number)) or not 0 < smoothing < 1:
        raise ParameterError(f"smoothing is {smoothing!r}. Give a number between 0 and 1, such as 0.01.")
    known, mix = _mix_of_products(categories, category)
    frame = read_interactions(history, name="history")
    listed_products = candidates.products.ids
    own = mix[positions_of(known.ids, listed_products, "product_id", "categories")]
    row = positions_of(
        IdIndex(frame["customer_id"]).ids, candidates.customers, "customer_id", "history", complete=False
    )
    customer = np.asarray(candidates.customers.get_indexer(as_index(frame["customer_id"])), dtype=np.intp)
    hers = customer >= 0
    bought = positions_of(
        known.ids, as_index(frame["product_id"])[hers], "product_id", "categories", asked_in="history"
    )
    shape = (len(candidates.customers), len(known))
    counts = sparse.csr_matrix((np.ones(hers.sum()), (customer[hers], bought)), shape=shape)
    total = np.asarray(counts.sum(axis=1), dtype=float)
    with np.errstate(invalid="ignore"):
        wanted = (counts @ mix) / total.reshape(-1, 1)
    wanted[row < 0] = np.nan
    return _Mixes(wanted, own)


def _mix_of_products(categories: Any, category: str) -> tuple[IdIndex, Floats]:
    """The products that have a category, and the share of each category in each of them (p, c)."""
    table = plain_frame(categories, "categories")
    for name in ("product_id", category):
        if name not in table.columns:
            raise DataError(
                f"categories has no column {name!r} (columns: {some(table.columns, 12)}). Pass product_id and a "
                "category, or name the column: category=."
            )
    if table.empty or table["product_id"].isna().any():
        raise DataError("categories has no rows, or rows without product_id. Pass one row or more for each product.")
    products, code = IdIndex.encode(table["product_id"])
    labels = table[category].astype(object)
    label, names = pd.factorize(labels.where(labels.notna(), MISSING), sort=False)
    pairs = np.unique(np.stack([code, label]), axis=1)
    mix = np.zeros((len(products), len(names)))
    mix[pairs[0], pairs[1]] = 1.0
    return products, mix / mix.sum(axis=1, keepdims=True)
