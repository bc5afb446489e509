"""Diverse lists: products that are wanted and unlike each other, by maximal marginal relevance or by determinants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import DataError, UnknownNameError, some
from personakit.privacy.fairness.lists import length_of_lists
from personakit.recommend.interactions import IdIndex, as_index
from personakit.recommend.reranking.candidates import (
    Chosen,
    first_best,
    listed,
    positions_of,
    read_candidates,
    share_of_relevance,
)
from personakit.recommend.topk import DEFAULT_MEMORY

__all__ = ["diversify", "list_diversity"]

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]
Matrix = Any  # a dense array or a sparse matrix by rows
Pairwise = Callable[[Codes], Floats]

_ALL_AT_ONCE = 4096  # products whose similarities are held in one matrix of 128 MiB
_SPANNED = 1e-10  # what is left of a product that the list spans already, but for rounding


def diversify(
    lists: Any,
    features: Any,
    k: int = 10,
    *,
    method: Literal["mmr", "dpp"] = "mmr",
    trade_off: float = 0.7,
    similarity: bool = False,
    reasons: bool = False,
) -> pd.DataFrame:
    """The best k candidates that are also unlike each other, chosen one by one for every customer.

    Scores are scaled to 0 .. 1 within each customer's candidates first, so that `trade_off` means the same for every
    model. With relevance r, similarity s and the products chosen so far C, the next product has the largest

    - "mmr": trade_off * r - (1 - trade_off) * max of s over C. Carbonell and Goldstein 1998, "The use of MMR".
    - "dpp": trade_off * r + (1 - trade_off) * log(det of s over C and it / det of s over C), the greedy search for the
      most probable set of a determinantal point process. Chen, Zhang and Zhou 2018, "Fast greedy MAP inference",
      equation 12 and algorithm 1. Once the chosen span all features, what is left goes by relevance.

    Ties go by score, then by product id.

    Parameters
    ----------
    lists : pandas.DataFrame
        `customer_id`, `product_id`, `score`: ask the model for many more than k, such as 100.
    features : pandas.DataFrame, or pair of a matrix and its product ids
        Numbers that describe each product, one row each; a frame has them in the index or in the column `product_id`.
        Similarity is the cosine between rows; a row of zeros is unlike any other. The matrix may be sparse.
    k : int, default 10
        Length of the lists; shorter where there are fewer candidates.
    method : {"mmr", "dpp"}, default "mmr"
    trade_off : float from 0 to 1, default 0.7
        Share of relevance: 1 gives the lists by score, 0 looks at diversity alone.
    similarity : bool, default False
        `features` holds similarities already: square, symmetric, with 1 on the diagonal; for "dpp" also positive
        semidefinite, as any Gram matrix is.
    reasons : bool, default False
        Add `relevance_part` and `diversity_part`, the two parts of what a product gained when it was chosen.

    Returns
    -------
    pandas.DataFrame
        `customer_id`, `product_id`, `score` as it came, `rank` anew; `attrs["purpose"]` is kept.

    Raises
    ------
    DataError
        Lists or features that are not what they should be; products without features, which are named: leave them out,
        or give them a row of zeros.
    ParameterError, UnknownNameError
        k below 1, trade_off outside 0 .. 1, another method.

    Examples
    --------
    >>> lists = pd.DataFrame({"customer_id": 1, "product_id": ["mug", "cup", "tea"], "score": [3.0, 2.9, 2.0]})
    >>> features = pd.DataFrame({"to_drink_from": [1, 1, 0], "to_drink": [0, 0, 1]}, index=["mug", "cup", "tea"])
    >>> diversify(lists, features, k=2, trade_off=0.5)["product_id"].tolist()
    ['mug', 'tea']
    """
    length, share = length_of_lists(k), share_of_relevance(trade_off)
    if method not in ("mmr", "dpp"):
        raise UnknownNameError(f"method is {method!r}. Use 'mmr' or 'dpp'.")
    candidates = read_candidates(lists)
    matrix, ids = _read_features(features, similarity=similarity)
    place = positions_of(ids, candidates.products.ids, "product_id", "features")
    pairwise = _pairwise(matrix, place, similarity=similarity)
    n, m = candidates.item.shape
    choose = _mmr if method == "mmr" else _dpp
    width = min(length, m)
    chosen, relevant, different = np.full((n, width), -1, dtype=np.intp), np.zeros((n, width)), np.zeros((n, width))
    step = max(1, DEFAULT_MEMORY // (8 * max(m, 1) ** 2))
    for start in range(0, n, step):
        rows = slice(start, start + step)
        item = candidates.item[rows]
        relevance = np.where(item >= 0, share * candidates.relevance[rows], -np.inf)
        chosen[rows], relevant[rows], different[rows] = choose(relevance, pairwise(item), width, 1 - share)
    parts = {"relevance_part": relevant, "diversity_part": different} if reasons else {}
    return listed(candidates, chosen, **parts)


def list_diversity(lists: Any, features: Any, *, similarity: bool = False) -> pd.Series:
    """How unlike the products of each list are: 1 minus the mean similarity of two of them.

    Intra-list distance; Ziegler et al. 2005, "Improving recommendation lists through topic diversification".

    Parameters
    ----------
    lists, features, similarity
        As in `diversify`.

    Returns
    -------
    pandas.Series
        By customer_id; NaN for a list of one product.

    Examples
    --------
    >>> lists = pd.DataFrame({"customer_id": 1, "product_id": ["mug", "cup", "tea"], "score": [3.0, 2.9, 2.0]})
    >>> features = pd.DataFrame({"to_drink_from": [1, 1, 0], "to_drink": [0, 0, 1]}, index=["mug", "cup", "tea"])
    >>> list_diversity(lists, features).round(3).to_dict()
    {1: 0.667}
    """
    candidates = read_candidates(lists)
    matrix, ids = _read_features(features, similarity=similarity)
    place = positions_of(ids, candidates.products.ids, "product_id", "features")
    pairwise = _pairwise(matrix, place, similarity=similarity)
    n, m = candidates.item.shape
    mean = np.full(n, np.nan)
    step = max(1, DEFAULT_MEMORY // (8 * max(m, 1) ** 2))
    for start in range(0, n, step):
        item = candidates.item[start : start + step]
        there = item >= 0
        pairs = there[:, :, None] & there[:, None, :] & ~np.eye(m, dtype=bool)
        count = pairs.sum(axis=(1, 2))
        total = np.where(pairs, pairwise(item), 0.0).sum(axis=(1, 2))
        mean[start : start + step] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return pd.Series(1 - mean, index=candidates.customers.rename("customer_id"), name="diversity")


def _mmr(relevance: Floats, alike: Floats, k: int, weight: float) -> Chosen:
    """`relevance` (n, m) with its share, -inf where there is no candidate; `alike` (n, m, m)."""
    rows = np.arange(len(relevance))
    open_, nearest = relevance.copy(), np.zeros(relevance.shape)
    place, parts = np.full((len(rows), k), -1, dtype=np.intp), np.zeros((2, len(rows), k))
    for step in range(k):
        best = first_best(open_ - weight * nearest)
        place[:, step] = best
        parts[0, :, step], parts[1, :, step] = relevance[rows, best], 0.0 - weight * nearest[rows, best]
        open_[rows, best] = -np.inf  # where nothing was left, best is -1 and so is nothing
        nearest = alike[rows, best] if step == 0 else np.maximum(nearest, alike[rows, best])
    return Chosen(place, parts[0], parts[1])


def _dpp(relevance: Floats, alike: Floats, k: int, weight: float) -> Chosen:
    """The Cholesky factor grows by a row for each product chosen; `left` is what it leaves of each diagonal entry."""
    rows, (n, m) = np.arange(len(relevance)), relevance.shape
    open_, left = relevance.copy(), np.ones((n, m))
    factor, reach = np.zeros((n, k, m)), np.ones((n, m))
    place, parts = np.full((n, k), -1, dtype=np.intp), np.zeros((2, n, k))
    for step in range(k):
        gained = weight * np.log(np.maximum(left, _SPANNED)) if weight else np.zeros((n, m))
        best = first_best(open_ + gained)
        place[:, step], parts[0, :, step], parts[1, :, step] = best, relevance[rows, best], gained[rows, best]
        open_[rows, best] = -np.inf
        there = left[rows, best]
        row = alike[rows, best] - np.einsum("nj,njm->nm", factor[rows, :step, best], factor[:, :step])
        # a product that the list spans adds no direction: dividing by its nought would only magnify rounding
        spans = (there <= _SPANNED)[:, None]
        row = np.where(spans, 0.0, row / np.sqrt(np.where(spans, 1.0, there[:, None])))
        factor[:, step] = row
        left = left - row**2
        reach = np.where(np.isneginf(open_), reach, left)
        if (reach < -1e-6).any():
            raise DataError(
                "features with similarity=True is not positive semidefinite, so that its determinants mean nothing. "
                "Pass features instead, or use method='mmr'."
            )
    return Chosen(place, parts[0], parts[1])


def _pairwise(matrix: Matrix, place: Codes, *, similarity: bool) -> Pairwise:
    """A function from candidates (n, m) to their similarities (n, m, m); one of -1 is unlike any other.

    For few products all similarities are held; else each customer's are computed by themselves.
    """
    rows = matrix[place]
    if similarity:
        rows = rows[:, place]
        if len(place) <= _ALL_AT_ONCE:
            rows = _dense(rows)
    elif len(place) <= _ALL_AT_ONCE:
        rows = _dense(rows @ rows.T)
    whole = similarity or len(place) <= _ALL_AT_ONCE

    def between(item: Codes) -> Floats:
        if whole and isinstance(rows, np.ndarray):
            held = rows[item[:, :, None], item[:, None, :]]
        else:
            held = np.empty((*item.shape, item.shape[1]))
            for number, own in enumerate(item):
                some_rows = rows[own]
                held[number] = _dense(some_rows[:, own] if similarity else some_rows @ some_rows.T)
        held[item < 0] = 0.0
        return held

    return between


def _dense(matrix: Any) -> Floats:
    return np.asarray(matrix.toarray() if sparse.issparse(matrix) else matrix, dtype=float)


def _read_features(features: Any, *, similarity: bool) -> tuple[Matrix, pd.Index]:
    """The matrix, its rows of unit length unless it holds similarities, and the product id of each row."""
    matrix, ids = _matrix_and_ids(features)
    values = matrix.data if sparse.issparse(matrix) else matrix
    if not np.isfinite(values).all():
        raise DataError(
            f"features has {int((~np.isfinite(values)).sum())} values that are no finite numbers. Fill them."
        )
    if matrix.shape[0] != len(ids):
        raise DataError(
            f"features has {matrix.shape[0]} rows for {len(ids)} product ids. Give one row for each product."
        )
    if ids.has_duplicates:
        twice = ids[ids.duplicated()]
        raise DataError(f"features has {len(twice)} products twice ({some(twice)}). Keep one row for each product.")
    if similarity:
        _check_similarity(matrix)
        return matrix, ids
    if sparse.issparse(matrix):
        norm = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        return sparse.csr_matrix(sparse.diags_array(1 / np.where(norm > 0, norm, 1.0)) @ matrix), ids
    norm = np.sqrt((matrix**2).sum(axis=1))
    return matrix / np.where(norm > 0, norm, 1.0)[:, None], ids


def _matrix_and_ids(features: Any) -> tuple[Matrix, pd.Index]:
    if isinstance(features, pd.DataFrame):
        if "product_id" in features.columns:
            features = features.set_index("product_id")
        words = [name for name in features.columns if not pd.api.types.is_numeric_dtype(features[name].dtype)]
        if words:
            raise DataError(
                f"features has {len(words)} columns that are no numbers ({some(words)}). Turn them into numbers first, "
                "for example with pandas.get_dummies."
            )
        return features.to_numpy(dtype=float), as_index(features.index)
    if isinstance(features, tuple) and len(features) == 2:
        matrix, ids = features
        if sparse.issparse(matrix):
            return sparse.csr_matrix(matrix, dtype=float), as_index(ids.ids if isinstance(ids, IdIndex) else ids)
        dense = np.asarray(matrix)
        if dense.ndim == 2 and np.issubdtype(dense.dtype, np.number):
            return dense.astype(float), as_index(ids.ids if isinstance(ids, IdIndex) else ids)
    raise DataError(
        f"features is a {type(features).__name__}. Pass a data frame by product_id, or a pair of a matrix of numbers "
        "(products x features, dense or sparse) and its product ids."
    )


def _check_similarity(matrix: Matrix) -> None:
    if matrix.shape[0] != matrix.shape[1]:
        raise DataError(f"features has the shape {matrix.shape}; similarities are square, products x products.")
    if abs(matrix - matrix.T).max() > 1e-8:
        raise DataError(
            "features with similarity=True is not symmetric: s(a, b) differs from s(b, a). Pass (S + S.T) / 2, or its "
            "maximum with S.T."
        )
    if not np.allclose(matrix.diagonal(), 1.0):
        raise DataError(
            "features with similarity=True has other values than 1 on the diagonal. A product is itself: 1."
        )
