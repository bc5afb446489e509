"""Metrics weighted against exposure bias: what nobody was shown could not be held out, and counts for more when it was.

Held-out interactions over-represent what was on show, so a recommender of popular products looks better than it is. If
a relevant pair had the chance p to be observed, weighting it by 1 / p takes that out on average: inverse propensity
scoring (Schnabel et al. 2016, Recommendations as Treatments; for held-out lists Yang et al. 2018, Unbiased Offline
Recommender Evaluation for Missing-Not-At-Random Implicit Feedback). The price is variance: a few rare pairs carry most
of the weight, which `n_effective` tells.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from personakit.errors import DataError, ParameterError, some
from personakit.recommend.evaluation.ranking import check_k, read_lists
from personakit.recommend.evaluation.significance import bootstrap_means, check_resamples, interval
from personakit.recommend.interactions import IdIndex, read_interactions

__all__ = ["exposure_metrics", "popularity_propensity"]

Floats = NDArray[np.float64]


def popularity_propensity(interactions: pd.DataFrame, *, gamma: float = 0.5) -> pd.Series:
    """A guess of each product's chance to be observed where it is relevant: ``(n / max n) ** gamma``.

    Parameters
    ----------
    interactions : pandas.DataFrame
        The training part: `customer_id`, `product_id`; n is how many customers have the product.
    gamma : float, default 0.5
        0: no bias. 0.5 as in Saito et al. 2020. Yang et al. 2018 derive (g + 1) / 2 for a popularity that follows a
        power law of exponent g. It is an assumption: logged propensities are better.

    Returns
    -------
    pandas.Series
        Index `product_id`, sorted; above 0, up to 1. Only the ratios mean something.

    Raises
    ------
    ParameterError
        For a gamma that is negative or not finite.

    Examples
    --------
    >>> visits = pd.DataFrame({"customer_id": [1, 2, 3, 4, 1], "product_id": ["a", "a", "a", "a", "b"]})
    >>> popularity_propensity(visits).to_dict()
    {'a': 1.0, 'b': 0.5}
    """
    if not (np.isfinite(gamma) and gamma >= 0):
        raise ParameterError(f"gamma must be a finite number >= 0, e.g. 0.5, but is {gamma!r}.")
    pairs = read_interactions(interactions)[["customer_id", "product_id"]].drop_duplicates()
    products, codes = IdIndex.encode(pairs["product_id"])
    counts = np.bincount(codes)
    return pd.Series((counts / counts.max()) ** gamma, index=products.ids.rename("product_id"), name="propensity")


def exposure_metrics(
    lists: Mapping[str, pd.DataFrame],
    held_out: pd.DataFrame,
    propensity: str | pd.Series,
    *,
    k: int = 10,
    clip: float = 0.0,
    n_bootstrap: int = 1000,
    random_state: int | np.random.RandomState | None = 0,
) -> pd.DataFrame:
    """How well lists find what was held out, each held-out row weighted by one over its chance to be observed.

    Parameters
    ----------
    lists : mapping of model to DataFrame
        As `recommend` returns them: `customer_id`, `product_id`, `rank`.
    held_out : pandas.DataFrame
        `customer_id`, `product_id`; every row counts. From a logged random recommender: the clicked rows of
        `exposures`, which know their propensity.
    propensity : str or pandas.Series
        The column of `held_out` that holds it, or one for each product (index `product_id`), as
        `popularity_propensity` gives. Between 0 (not included) and 1.
    k : int, default 10
        Length of the lists.
    clip : float, default 0.0
        Propensities below count as this: less variance for some bias (Ionides 2008).
    n_bootstrap : int, default 1000
        Resamples of the customers for the 95 % intervals of `snips`.
    random_state : int, RandomState or None, default 0

    Returns
    -------
    pandas.DataFrame
        One row a model and metric: `model`; `metric`, "recall" (1 for a held-out row that is in the list) or "dcg" (1 /
        log2(1 + rank)); `naive`, the mean over the rows; `ips`, the sum weighted by 1 / p, by customer of `held_out`;
        `snips`, self-normalised: the weighted mean, what `naive` would be had all been exposed alike (Swaminathan and
        Joachims 2015), with `snips_low` and `snips_high`; `n_effective`, how many rows of equal weight would tell as
        much (Kish 1965), and `n_rows`.

    Raises
    ------
    ParameterError, DataError
        For a propensity outside (0, 1], or a held-out product that has none.

    Examples
    --------
    >>> held_out = pd.DataFrame({"customer_id": [1, 2], "product_id": ["hit", "gem"], "propensity": [0.8, 0.2]})
    >>> lists = pd.DataFrame({"customer_id": [1, 2], "product_id": ["hit", "hit"], "rank": [1, 1]})
    >>> table = exposure_metrics({"popular": lists}, held_out, "propensity", k=1)
    >>> table.loc[0, ["naive", "ips", "snips"]].tolist()
    [0.5, 0.625, 0.2]
    """
    k = check_k(k)
    if not isinstance(lists, Mapping) or not lists:
        raise ParameterError(
            "lists holds nothing by name. Pass the lists of at least one model, e.g. {'popular': lists}."
        )
    if not 0 <= clip <= 1:
        raise ParameterError(f"clip must lie between 0 and 1, but is {clip!r}.")
    check_resamples(n_bootstrap, "n_bootstrap")
    held_out = read_interactions(held_out, name="held_out")
    weights = 1 / np.maximum(_propensities(held_out, propensity), clip)
    people, owners = IdIndex.encode(held_out["customer_id"])
    draws = check_random_state(random_state)
    values = {}
    for name, table in lists.items():
        rank = _ranks(read_lists(table, k), held_out)
        found = np.isfinite(rank)
        values[name, "recall"] = found.astype(float)
        values[name, "dcg"] = np.where(found, 1 / np.log2(1 + rank), 0.0)
    sums = [np.bincount(owners, weights * each, minlength=len(people)) for each in values.values()]
    total = np.bincount(owners, weights, minlength=len(people))
    means = bootstrap_means(np.column_stack([*sums, total]), n_bootstrap, draws)
    n_effective = weights.sum() ** 2 / (weights**2).sum()
    rows = []
    for column, ((name, metric), each) in enumerate(values.items()):
        low, high = interval(means[:, column] / means[:, -1])
        rows.append(
            {
                "model": name,
                "metric": metric,
                "naive": each.mean(),
                "ips": sums[column].sum() / len(people),
                "snips": sums[column].sum() / total.sum(),
                "snips_low": low,
                "snips_high": high,
                "n_effective": n_effective,
                "n_rows": len(held_out),
            }
        )
    return pd.DataFrame(rows)


def _propensities(held_out: pd.DataFrame, propensity: str | pd.Series) -> Floats:
    if isinstance(propensity, pd.Series):
        if not propensity.index.is_unique:
            twice = propensity.index[propensity.index.duplicated()]
            raise DataError(f"propensity has {some(twice)} twice. Give one value for each product.")
        chances = propensity.reindex(held_out["product_id"]).to_numpy(dtype=float)
        missing = held_out.loc[np.isnan(chances), "product_id"].unique()
        if len(missing):
            raise DataError(
                f"propensity has no value for {len(missing)} held-out products ({some(missing)}). Give one for every "
                "product, or leave these rows out and say so: nobody could have been shown them."
            )
    elif propensity not in held_out.columns:
        raise DataError(
            f"held_out has no column {propensity!r} (columns: {some(held_out.columns, 12)}). Name the column of the "
            "propensities, or pass a Series with one for each product."
        )
    else:
        chances = pd.to_numeric(held_out[propensity], errors="coerce").to_numpy(dtype=float)
    bad = ~((chances > 0) & (chances <= 1))
    if bad.any():
        raise DataError(
            f"The propensity of {bad.sum()} held-out rows is not above 0 and up to 1 "
            f"({some(chances[bad])}; products {some(held_out['product_id'][bad])}). What has no chance has no weight."
        )
    return chances


def _ranks(listed: pd.DataFrame, held_out: pd.DataFrame) -> Floats:
    """The rank of each held-out pair in the lists, inf where it is not there."""
    customers, owners = IdIndex.encode(held_out["customer_id"])
    products, wanted = IdIndex.encode(held_out["product_id"])
    rows, columns = customers.codes(listed["customer_id"]), products.codes(listed["product_id"])
    both = (rows >= 0) & (columns >= 0)
    place = pd.Series(
        listed["rank"].to_numpy(dtype=float)[both], index=rows[both].astype(np.int64) * len(products) + columns[both]
    )
    return place.reindex(owners.astype(np.int64) * len(products) + wanted).fillna(np.inf).to_numpy()
