"""Honest comparison of recommenders: held-out products, full ranking, intervals over customers, paired differences."""

from __future__ import annotations

import time
from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import check_random_state

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.recommend.interactions import IdIndex, read_interactions
from personakit.recommend.protocol import Recommender
from personakit.recommend.evaluation.splitting import Split, split_interactions

__all__ = ["METRICS", "evaluate", "ranking_metrics"]

METRICS = ("ndcg", "recall", "precision", "map", "hit_rate")
_DRAWS_AT_ONCE = 2_000_000


def ranking_metrics(recommendations: pd.DataFrame, held_out: pd.DataFrame, *, k: int = 10) -> pd.DataFrame:
    """How well each customer's list finds what was held out for her; relevance is yes or no.

    Parameters
    ----------
    recommendations : pandas.DataFrame
        As `recommend` returns it: `customer_id`, `product_id`, `rank`. Ranks above k are ignored.
    held_out : pandas.DataFrame
        `customer_id`, `product_id`; repeated pairs count once. These customers are measured, one without a list with 0.
    k : int, default 10
        Length of the lists.

    Returns
    -------
    pandas.DataFrame
        Index `customer_id`, sorted; columns, each from 0 to 1, with h hits among k and n held out:
        `ndcg` (gain 1 / log2(1 + rank), divided by that of the best possible list), `recall` (h / n), `precision` (h /
        k), `map` (precision at each hit, summed, over min(n, k)), `hit_rate` (1 if h > 0).
        Järvelin and Kekäläinen 2002; definitions as in Microsoft Recommenders.

    Examples
    --------
    >>> lists = pd.DataFrame({"customer_id": [1, 1], "product_id": ["a", "b"], "rank": [1, 2]})
    >>> ranking_metrics(lists, pd.DataFrame({"customer_id": [1], "product_id": ["b"]}), k=2).round(3).to_dict("records")
    [{'ndcg': 0.631, 'recall': 1.0, 'precision': 0.5, 'map': 0.5, 'hit_rate': 1.0}]
    """
    if k < 1:
        raise ParameterError(f"k must be a whole number of products >= 1, but is {k!r}.")
    held_out = read_interactions(held_out, name="held_out")
    customers, owners = IdIndex.encode(held_out["customer_id"])
    products, wanted = IdIndex.encode(held_out["product_id"])
    pairs = np.unique(owners.astype(np.int64) * len(products) + wanted)
    n_held = np.bincount(pairs // len(products), minlength=len(customers))
    listed = recommendations[recommendations["rank"].to_numpy() <= k]
    rows, columns = customers.codes(listed["customer_id"]), products.codes(listed["product_id"])
    hit = (rows >= 0) & (columns >= 0)
    hit[hit] = np.isin(rows[hit].astype(np.int64) * len(products) + columns[hit], pairs)
    hits = np.zeros((len(customers), k))
    hits[rows[hit], listed["rank"].to_numpy()[hit].astype(int) - 1] = 1.0
    ranks = np.arange(1, k + 1)
    discount = 1 / np.log2(ranks + 1)
    possible = np.minimum(n_held, k)
    found = hits.sum(axis=1)
    return pd.DataFrame(
        {
            "ndcg": hits @ discount / np.cumsum(discount)[possible - 1],
            "recall": found / n_held,
            "precision": found / k,
            "map": (np.cumsum(hits, axis=1) / ranks * hits).sum(axis=1) / possible,
            "hit_rate": (found > 0).astype(float),
        },
        index=customers.ids.rename("customer_id"),
    )


def evaluate(
    models: Mapping[str, Recommender],
    interactions: pd.DataFrame,
    *,
    split: Split = "random",
    test_size: float = 0.25,
    k: int = 10,
    ratings: pd.DataFrame | None = None,
    baseline: str | None = None,
    n_bootstrap: int = 1000,
    random_state: int | np.random.RandomState | None = 0,
    progress: bool = False,
) -> pd.DataFrame:
    """Measure recommenders on held-out interactions, all on the same split.

    Each model is cloned and fitted on the training part alone, so nothing of the test part leaks, fitted model or not.
    All products of the training part that a customer has not seen there are ranked (no sampled candidates). Measured
    are the customers who have something in both parts; held-out products that nobody has in the training part count as
    misses.

    Parameters
    ----------
    models : mapping of name to Recommender
        What to compare; the models themselves are not changed.
    interactions : pandas.DataFrame
        `customer_id`, `product_id`; `timestamp` for "last" and "time"; `rating` for models that predict ratings.
    split, test_size
        As in `split_interactions`.
    k : int, default 10
        Length of the lists.
    ratings : pandas.DataFrame, optional
        Ratings for the models that need them, if `interactions` has none and they are not fitted on ratings yet: rows
        whose pair is held out are not shown to them.
    baseline : str, optional
        The model that the differences are taken from; without it the first.
    n_bootstrap : int, default 1000
        Resamples of the customers for the 95 % percentile intervals; 0 for none.
    random_state : int, RandomState or None, default 0
        For the split and the bootstrap.
    progress : bool, default False
        Show a progress bar over the models.

    Returns
    -------
    pandas.DataFrame
        One row a model: `model`; `ndcg`, `recall`, `precision`, `map`, `hit_rate`, each the mean over customers, with
        `_low` and `_high`; `coverage`, the share of the products that some list holds; `ndcg_gain`, the paired
        difference from the baseline, with `_low` and `_high` (an interval without 0 is a difference); `n_customers`;
        `seconds` to fit and recommend.

    Raises
    ------
    ParameterError, UnknownNameError, DataError
        For an empty `models`, an unknown baseline, or a table that cannot be split or lacks ratings.

    Examples
    --------
    >>> from personakit.recommend import Popular, Random
    >>> visits = pd.DataFrame({"customer_id": np.arange(80) // 4, "product_id": np.arange(80) ** 2 % 9})
    >>> evaluate({"popular": Popular(), "random": Random(0)}, visits, k=3, n_bootstrap=50).shape
    (2, 22)
    """
    if not models:
        raise ParameterError("models is empty. Pass at least one, e.g. {'popular': Popular()}.")
    names = list(models)
    baseline = names[0] if baseline is None else baseline
    if baseline not in models:
        near = get_close_matches(str(baseline), names, n=1)
        raise UnknownNameError(
            f"baseline {baseline!r} is not among the models ({', '.join(names)})."
            + (f" Did you mean {near[0]!r}?" if near else "")
        )
    draws = check_random_state(random_state)
    train, test = split_interactions(interactions, split=split, test_size=test_size, random_state=draws)
    test = test[np.isin(*_codes(test["customer_id"], train["customer_id"]))]
    if test.empty:
        raise DataError(
            f"After the {split!r} split no customer has interactions in both parts, so nobody can be measured. "
            "Use split='random', or a table that reaches further back."
        )
    if ratings is not None:
        ratings = read_interactions(ratings, columns=("rating",), name="ratings")
    customers = pd.unique(test["customer_id"])
    n_products = train["product_id"].nunique()
    measured: dict[str, NDArray[np.float64]] = {}
    rows: dict[str, dict[str, object]] = {}
    for name in _with_progress(names, progress):
        shown = _shown_to(name, models[name], train, test, ratings)
        started = time.perf_counter()
        lists = clone(models[name]).fit(shown).recommend(customers, k)
        seconds = time.perf_counter() - started
        measured[name] = ranking_metrics(lists, test, k=k)[list(METRICS)].to_numpy()
        rows[name] = {"coverage": lists["product_id"].nunique() / n_products, "seconds": seconds}
    resampled = _bootstrap(measured, n_bootstrap, draws)
    table = []
    for name in names:
        row: dict[str, object] = {"model": name}
        for column, metric in enumerate(METRICS):
            row[metric] = measured[name][:, column].mean()
            row[f"{metric}_low"], row[f"{metric}_high"] = _interval(resampled[name][:, column])
        row["coverage"] = rows[name]["coverage"]
        row["ndcg_gain"] = measured[name][:, 0].mean() - measured[baseline][:, 0].mean()
        row["ndcg_gain_low"], row["ndcg_gain_high"] = _interval(resampled[name][:, 0] - resampled[baseline][:, 0])
        row["n_customers"], row["seconds"] = len(customers), rows[name]["seconds"]
        table.append(row)
    return pd.DataFrame(table)


def _codes(first: pd.Series, second: pd.Series) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Both columns in one numbering."""
    index, codes = IdIndex.encode(second)
    return index.codes(first), codes


def _shown_to(
    name: str, model: Recommender, train: pd.DataFrame, test: pd.DataFrame, ratings: pd.DataFrame | None
) -> pd.DataFrame:
    """The training part for one model: the interactions, or ratings where it needs them, without what is held out."""
    if not getattr(model, "needs_ratings", False):
        return train
    if ratings is not None:
        return _without(ratings, test)
    if "rating" in train.columns:
        return train
    if hasattr(model, "popularity_"):
        return _without(model.ratings_, test)
    raise DataError(
        f"The model {name!r} predicts ratings, and interactions has no column 'rating'. Pass the ratings beside it: "
        'evaluate(models, interactions, ratings=tables["ratings"]).'
    )


def _without(ratings: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    """The ratings whose pair is not held out."""
    customers, owners = IdIndex.encode(test["customer_id"])
    products, wanted = IdIndex.encode(test["product_id"])
    rows, columns = customers.codes(ratings["customer_id"]), products.codes(ratings["product_id"])
    held = (rows >= 0) & (columns >= 0)
    held[held] = np.isin(rows[held] * len(products) + columns[held], owners * len(products) + wanted)
    return ratings[~held]


def _bootstrap(
    measured: dict[str, NDArray[np.float64]], n_bootstrap: int, draws: np.random.RandomState
) -> dict[str, NDArray[np.float64]]:
    """Means over resampled customers, (n_bootstrap, metrics) a model; the same resamples for all, so that they pair."""
    stacked = np.hstack(list(measured.values()))
    n_customers = len(stacked)
    size = max(1, _DRAWS_AT_ONCE // n_customers)
    means = np.empty((max(n_bootstrap, 0), stacked.shape[1]))
    for start in range(0, n_bootstrap, size):
        n_draws = min(size, n_bootstrap - start)
        chosen = draws.randint(n_customers, size=(n_draws, n_customers)) + np.arange(n_draws)[:, None] * n_customers
        weights = np.bincount(chosen.ravel(), minlength=n_draws * n_customers).reshape(n_draws, n_customers)
        means[start : start + n_draws] = weights @ stacked / n_customers
    return dict(zip(measured, np.hsplit(means, len(measured)), strict=True))


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _with_progress(names: list[str], progress: bool) -> list[str]:
    if not progress:
        return names
    from tqdm.auto import tqdm

    return tqdm(names, desc="evaluate", unit="model")
