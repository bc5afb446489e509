"""What lists are worth beside hits: novelty, diversity, serendipity, popularity bias, and who gets exposure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import DataError, some
from personakit.recommend.evaluation.ranking import check_k, read_lists
from personakit.recommend.evaluation.splitting import pairs_among
from personakit.recommend.interactions import IdIndex, as_index, pair_matrix, read_interactions

__all__ = ["LIST_METRICS", "catalogue_metrics", "exposure_gini", "list_metrics"]

LIST_METRICS = ("novelty", "diversity", "serendipity", "popularity", "popularity_lift", "filled")
_ENTRIES_AT_ONCE = 4_000_000


def list_metrics(
    recommendations: pd.DataFrame,
    train: pd.DataFrame,
    *,
    k: int = 10,
    held_out: pd.DataFrame | None = None,
    features: pd.DataFrame | None = None,
    obvious: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What each customer's list is like, whether it hits or not.

    Parameters
    ----------
    recommendations : pandas.DataFrame
        As `recommend` returns it: `customer_id`, `product_id`, `rank`.
    train : pandas.DataFrame
        What the model learnt from: `customer_id`, `product_id`.
    k : int, default 10
        Length of the lists.
    held_out : pandas.DataFrame, optional
        What was held out, for `serendipity`.
    features : pandas.DataFrame, optional
        Numbers that describe each product (embeddings, ``pd.get_dummies`` of its attributes), index `product_id`. Two
        products are as similar as the cosine between their rows. Without it, as the cosine between the sets of
        customers who have them: 0 for products that share none.
    obvious : pandas.DataFrame, optional
        The lists that `serendipity` is against, as `recommendations`: those of a popularity model.

    Returns
    -------
    pandas.DataFrame
        Index `customer_id`, sorted; columns
        `novelty`, the mean self-information ``-log2 p`` of the products in bits, p being the share of the customers who
        have it (a product that nobody has counts as half a customer's; Zhou et al. 2010);
        `diversity`, 1 - the mean similarity of two products of the list (Ziegler et al. 2005), NaN for less than two;
        `serendipity`, the share of the k places that hit and are not in the obvious list (Ge et al. 2010), NaN without
        `held_out` and `obvious`;
        `popularity`, the mean p (average recommendation popularity: Yin et al. 2012);
        `popularity_lift`, by how much that exceeds the mean p of what she has: 0.5 is half as much again
        (Abdollahpouri et al. 2019), NaN for a stranger;
        `filled`, the share of the k places that hold a product.

    Raises
    ------
    ParameterError, DataError
        For k < 1, a missing column, or a product without features.

    Examples
    --------
    >>> lists = pd.DataFrame({"customer_id": [1, 1], "product_id": ["b", "c"], "rank": [1, 2]})
    >>> train = pd.DataFrame({"customer_id": [1, 2, 2, 3, 4], "product_id": ["a", "b", "c", "b", "a"]})
    >>> list_metrics(lists, train, k=2).round(3).to_dict("records")
    [{'novelty': 1.5, 'diversity': 0.293, 'serendipity': nan, 'popularity': 0.375, 'popularity_lift': -0.25,
      'filled': 1.0}]
    """
    k = check_k(k)
    listed, train = read_lists(recommendations, k), read_interactions(train, name="train")
    customers, rows = IdIndex.encode(listed["customer_id"])
    people, owners = IdIndex.encode(train["customer_id"])
    both = np.concatenate([train["product_id"].to_numpy(object), listed["product_id"].to_numpy(object)])
    products, codes = IdIndex.encode(pd.Series(both).infer_objects())
    owned, columns = codes[: len(train)], codes[len(train) :]
    had = pair_matrix(owners, owned, (len(people), len(products)))
    holders = np.bincount(had.indices, minlength=len(products))
    share = holders / len(people)
    length = np.bincount(rows, minlength=len(customers))

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(rows, values, minlength=len(customers)) / length

    popularity = mean(share[columns])
    place = people.codes(customers.ids)
    own_size = np.diff(had.indptr)
    own = np.where(place >= 0, (had @ share)[place] / np.maximum(own_size[place], 1), np.nan)
    shelf = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(customers), len(products)))
    described = had.T.tocsr() if features is None else _described(features, products, columns)
    return pd.DataFrame(
        {
            "novelty": mean(-np.log2(np.maximum(holders, 0.5) / len(people))[columns]),
            "diversity": _diversity(shelf, described),
            "serendipity": _serendipity(listed, customers, rows, held_out, obvious, k),
            "popularity": popularity,
            "popularity_lift": popularity / own - 1,
            "filled": length / k,
        },
        index=customers.ids.rename("customer_id"),
    )


def catalogue_metrics(recommendations: pd.DataFrame, products: Iterable[Any], *, k: int = 10) -> dict[str, float]:
    """How much of the catalogue the lists show, and how evenly.

    Parameters
    ----------
    recommendations : pandas.DataFrame
        `customer_id`, `product_id`, `rank`.
    products : iterable of product ids
        The catalogue; a repeated id counts once.
    k : int, default 10
        Length of the lists.

    Returns
    -------
    dict
        `coverage`, the share of the catalogue that some list holds; `gini`, that of the places over the catalogue.

    Raises
    ------
    DataError
        For an empty catalogue, or lists that are none.

    Examples
    --------
    >>> lists = pd.DataFrame({"customer_id": [1, 2], "product_id": ["a", "a"], "rank": [1, 1]})
    >>> catalogue_metrics(lists, pd.Index(["a", "b"]), k=1)
    {'coverage': 0.5, 'gini': 0.5}
    """
    listed = read_lists(recommendations, check_k(k))
    catalogue = as_index(products).unique()
    if not len(catalogue):
        raise DataError("products is empty. Pass the ids of the catalogue, e.g. model.products_.ids.")
    places = catalogue.get_indexer(as_index(listed["product_id"]))
    shown = np.bincount(places[places >= 0], minlength=len(catalogue))
    return {"coverage": float((shown > 0).mean()), "gini": exposure_gini(shown)}


def exposure_gini(counts: NDArray[np.floating] | NDArray[np.integer]) -> float:
    """The Gini coefficient of counts, shape (n,): 0 if all are equal, 1 - 1/n if one has everything.

    Examples
    --------
    >>> exposure_gini(np.array([1, 1])), exposure_gini(np.array([0, 4]))
    (0.0, 0.5)
    """
    ordered = np.sort(np.asarray(counts, dtype=float))
    n, total = len(ordered), ordered.sum()
    if not total:
        return float("nan")
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * total))


def _described(features: pd.DataFrame, products: IdIndex, columns: NDArray[np.intp]) -> sparse.csr_matrix:
    """Features by product position; every listed product must have them."""
    if not features.index.is_unique:
        raise DataError(f"features describes {some(features.index[features.index.duplicated()])} twice. Keep one row.")
    places = features.index.get_indexer(products.ids)
    listed = np.unique(columns)
    missing = products.ids[listed[places[listed] < 0]]
    if len(missing):
        raise DataError(
            f"features describes {len(missing)} recommended products not at all ({some(missing)}). Its index must be "
            "product_id: products.set_index('product_id')."
        )
    try:
        numbers = features.to_numpy(dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(
            "features holds values that are not numbers. Turn words into columns: pd.get_dummies."
        ) from error
    if not np.isfinite(numbers).all():
        raise DataError(f"features has {(~np.isfinite(numbers)).sum()} values that are NaN or infinite. Fill them.")
    known = np.where(places >= 0, places, 0)
    return sparse.csr_matrix(numbers[known] * (places >= 0)[:, None])


def _diversity(shelf: sparse.csr_matrix, described: sparse.csr_matrix) -> NDArray[np.float64]:
    """1 - the mean cosine over pairs of a list, from the length of the sum of its unit vectors: no pair is formed."""
    norms = np.sqrt(np.asarray(described.multiply(described).sum(axis=1)).ravel())
    unit = sparse.diags_array(np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0)) @ described
    length = np.diff(shelf.indptr)
    own = shelf @ (norms > 0).astype(float)  # what the pairs of a product with itself add
    squared = np.empty(shelf.shape[0])
    size = max(1, _ENTRIES_AT_ONCE // max(unit.shape[1], 1))
    for start in range(0, shelf.shape[0], size):
        total = shelf[start : start + size] @ unit
        squared[start : start + size] = np.asarray(total.multiply(total).sum(axis=1)).ravel()
    pairs = length * (length - 1.0)
    return np.divide(pairs - (squared - own), pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)


def _serendipity(
    listed: pd.DataFrame,
    customers: IdIndex,
    rows: NDArray[np.intp],
    held_out: pd.DataFrame | None,
    obvious: pd.DataFrame | None,
    k: int,
) -> NDArray[np.float64]:
    if held_out is None or obvious is None:
        return np.full(len(customers), np.nan)
    held_out = read_interactions(held_out, name="held_out")
    useful = pairs_among(listed, held_out) & ~pairs_among(listed, read_lists(obvious, k))
    return np.bincount(rows, useful, minlength=len(customers)) / k
