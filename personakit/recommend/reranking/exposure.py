"""Limits to the exposure of producers: the least and the most that a brand may have of all that is shown."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.privacy.binding import purpose_of
from personakit.privacy.fairness.groups import ordered
from personakit.privacy.fairness.lists import item_groups, length_of_lists
from personakit.privacy.fairness.reranking import ExposureReranker
from personakit.recommend.interactions import as_index
from personakit.recommend.reranking.candidates import groups_by_product, listed, positions_of, read_candidates

__all__ = ["exposure_shares", "limit_exposure"]

Floats = NDArray[np.float64]
Limits = float | Mapping[Any, float] | None

_TRIES = 4


def limit_exposure(
    lists: Any,
    products: Any,
    k: int = 10,
    *,
    group: str = "brand",
    minimum: Limits = None,
    maximum: Limits = None,
    tolerance: float = 0.005,
) -> pd.DataFrame:
    """Lists in which each producer has at least and at most a stated share of the exposure, over all customers.

    A place in a list is seen 1 / log2(1 + rank) times as often as the first. Where a producer is outside the limits,
    its share is moved to the limit and the others' in proportion; `personakit.privacy.fairness.reranking` then finds
    the bonus for each producer that reaches these shares at the least cost in relevance. One list may be all of one
    brand: for a cap in each list there is the rule `AtMostPerList`.

    Parameters
    ----------
    lists : pandas.DataFrame
        `customer_id`, `product_id`, `score`: more than k for each customer, or there is nothing to choose.
    products : pandas.DataFrame
        `product_id` and the column `group`, one row for each product. A missing producer is the group "(not stated)".
    k : int, default 10
        Length of the lists.
    group : str, default "brand"
    minimum, maximum : float or mapping of producer to share, optional
        Shares from 0 to 1, one for all producers or for some.
    tolerance : float, default 0.005
        Shares farther outside the limits than this are warned of.

    Returns
    -------
    pandas.DataFrame
        `customer_id`, `product_id`, `score` as it came, `rank` anew; `attrs["purpose"]` is kept.

    Raises
    ------
    DataError
        Lists without choice; products that are not known.
    ParameterError
        Limits outside 0 .. 1, or that cannot hold together.
    UnknownNameError
        Limits for a producer that nobody knows.

    Warns
    -----
    UserWarning
        The candidates do not allow the limits: the producers and the shares reached are named.

    Examples
    --------
    >>> lists = pd.DataFrame({"customer_id": np.repeat(range(200), 4), "product_id": [1, 2, 3, 4] * 200})
    >>> lists["score"] = np.random.default_rng(0).uniform(size=800) + lists["product_id"].isin([1, 2])
    >>> goods = pd.DataFrame({"product_id": [1, 2, 3, 4], "brand": ["big", "big", "small", "small"]})
    >>> fairer = limit_exposure(lists, goods, k=2, minimum={"small": 0.2})
    >>> exposure_shares(fairer, goods).round(2).to_dict()
    {'big': 0.8, 'small': 0.2}
    """
    length = length_of_lists(k)
    candidates = read_candidates(lists)
    groups = item_groups(groups_by_product(products, group))
    positions_of(groups.index, candidates.products.ids, "product_id", "products")
    names = ordered(groups)
    low, high = _limits(minimum, "minimum", names, 0.0), _limits(maximum, "maximum", names, 1.0)
    _check_limits(low, high, names)
    ranked = listed(candidates, np.where(candidates.item >= 0, np.arange(candidates.item.shape[1]), -1))
    result = ranked[ranked["rank"] <= length].reset_index(drop=True)
    table = pd.DataFrame({"product_id": groups.index, group: groups.to_numpy()})
    if len(ranked):
        shares = _shares(result, groups, names)
        inner_low, inner_high = low.copy(), high.copy()
        best = _outside(shares, low, high)
        for _ in range(_TRIES if best > 0 else 0):
            target = pd.Series(_within(shares, inner_low, inner_high), names)
            model = ExposureReranker(group, target=target / target.sum(), k=length).fit(ranked, table)
            tried = model.rerank(ranked)
            reached = _shares(tried, groups, names)
            if (off := _outside(reached, low, high)) < best:
                best, result = off, _with_scores(tried, ranked)
            if off <= tolerance / 5:
                break
            # what is missed, by rounding or because a bonus moves many lists at once, is aimed beyond
            inner_low = np.clip(inner_low + np.maximum(low - reached, 0) * (low > 0), 0.0, high)
            inner_high = np.clip(inner_high - np.maximum(reached - high, 0), low, 1.0)
            if inner_low.sum() > 1 or inner_high.sum() < 1:
                break
        _warn_outside(_shares(result, groups, names), low, high, names, tolerance)
    if (purpose := purpose_of(lists)) is not None:
        result.attrs["purpose"] = purpose
    return result


def exposure_shares(lists: Any, products: Any, *, group: str = "brand") -> pd.Series:
    """The share of the exposure of each producer, over all lists: places count 1 / log2(1 + rank).

    Parameters
    ----------
    lists : pandas.DataFrame
        `customer_id`, `product_id`, `rank`.
    products, group
        As in `limit_exposure`.

    Returns
    -------
    pandas.Series
        By producer, sorted; sums to 1, or all 0 for lists without rows.

    Raises
    ------
    DataError
        Lists without ranks, or products that are not what they should be.
    """
    missing = [name for name in ("product_id", "rank") if name not in getattr(lists, "columns", ())]
    if missing:
        raise DataError(f"lists has no column {missing[0]!r}. Pass lists as `recommend` gives them.")
    groups = item_groups(groups_by_product(products, group))
    positions_of(groups.index, as_index(lists["product_id"]), "product_id", "products")
    names = ordered(groups)
    return pd.Series(_shares(lists, groups, names), names.rename(group), name="exposure")


def _shares(lists: pd.DataFrame, groups: pd.Series, names: pd.Index) -> Floats:
    code = names.get_indexer(pd.Index(groups))[groups.index.get_indexer(as_index(lists["product_id"]))]
    seen = np.bincount(code, 1 / np.log2(1 + lists["rank"].to_numpy(float)), len(names)).astype(float)
    return seen / seen.sum() if len(lists) else seen


def _with_scores(chosen: pd.DataFrame, ranked: pd.DataFrame) -> pd.DataFrame:
    """The model's own scores in the place of those with the bonus."""
    scores = ranked[["customer_id", "product_id", "score"]]
    merged = chosen.drop(columns="score").merge(scores, on=["customer_id", "product_id"], how="left")
    return merged[["customer_id", "product_id", "score", "rank"]]


def _outside(shares: Floats, low: Floats, high: Floats) -> float:
    return float(np.maximum(np.maximum(low - shares, shares - high), 0).max(initial=0.0))


def _within(shares: Floats, low: Floats, high: Floats) -> Floats:
    """Shares within the limits that sum to 1, those that are free in the proportions that they have.

    Their common factor is found by bisection: the sum of clip(factor * share) grows with it.
    """
    free = np.maximum(shares, 1e-9)
    least, most = 0.0, 2 / free.min()
    for _ in range(200):
        factor = (least + most) / 2
        least, most = (factor, most) if np.clip(factor * free, low, high).sum() < 1 else (least, factor)
    return np.clip(most * free, low, high)


def _limits(limits: Limits, what: str, names: pd.Index, default: float) -> Floats:
    if isinstance(limits, (Mapping, pd.Series)):
        unknown = [name for name in dict(limits) if str(name) not in names]
        if unknown:
            raise UnknownNameError(f"{what} names {some(unknown)}, but the producers are {some(names, 12)}.")
        given = pd.Series({str(name): value for name, value in dict(limits).items()}, dtype=float)
        found = given.reindex(names).to_numpy(float)
        bad = ~((given >= 0) & (given <= 1))
        if bad.any():
            raise ParameterError(f"{what} is {some(given[bad])} for {some(given.index[bad])}. Give shares from 0 to 1.")
        return np.where(np.isnan(found), default, found)
    if limits is None:
        return np.full(len(names), default)
    if isinstance(limits, bool) or not isinstance(limits, (int, float, np.number)) or not 0 <= limits <= 1:
        raise ParameterError(f"{what} is {limits!r}. Give a share from 0 to 1, or a mapping of producer to share.")
    return np.full(len(names), float(limits))


def _check_limits(low: Floats, high: Floats, names: pd.Index) -> None:
    if (crossed := low > high).any():
        raise ParameterError(f"minimum is above maximum for {some(names[crossed])}. Lower the one or raise the other.")
    if low.sum() > 1 + 1e-12:
        raise ParameterError(f"The minimum shares sum to {low.sum():.3g}, but there is only 1 to share. Lower them.")
    if high.sum() < 1 - 1e-12:
        raise ParameterError(
            f"The maximum shares of all {len(names)} producers sum to {high.sum():.3g}, less than the 1 that is shown. "
            "Raise them."
        )


def _warn_outside(shares: Floats, low: Floats, high: Floats, names: pd.Index, tolerance: float) -> None:
    off = (shares < low - tolerance) | (shares > high + tolerance)
    if off.any():
        told = [f"{name} {share:.1%}" for name, share in zip(names[off], shares[off], strict=True)]
        warnings.warn(
            f"The candidates do not allow the limits of {off.sum()} producers: they reach {some(told)}. Give more "
            "candidates, or wider limits.",
            UserWarning,
            stacklevel=3,
        )
