"""Honest comparison of recommenders: held-out products, full ranking, intervals over customers, paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Literal

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from personakit.errors import UnknownNameError
from personakit.recommend.evaluation.measuring import (
    METRICS,
    PER_CUSTOMER,
    PER_MODEL,
    check_metrics,
    check_models,
    measure,
)
from personakit.recommend.evaluation.significance import bootstrap_means, check_resamples, interval, paired_tests
from personakit.recommend.evaluation.splitting import Split, split_parts
from personakit.recommend.protocol import Recommender

__all__ = ["METRICS", "evaluate"]


def evaluate(
    models: Mapping[str, Recommender],
    interactions: pd.DataFrame,
    *,
    split: Split = "random",
    test_size: float = 0.25,
    k: int = 10,
    metrics: Sequence[str] = METRICS,
    ratings: pd.DataFrame | None = None,
    relevance: str | None = None,
    features: pd.DataFrame | None = None,
    n_candidates: int | None = None,
    baseline: str | None = None,
    test: Literal["sign_flip", "bootstrap"] = "sign_flip",
    n_bootstrap: int = 1000,
    random_state: int | np.random.RandomState | None = 0,
    progress: bool = False,
) -> pd.DataFrame:
    """Measure recommenders on held-out interactions, all on the same split.

    Each model is cloned and fitted on the training part alone, so nothing of the test part leaks, fitted model or not;
    but what a model holds itself it keeps: give it reviews, say, that were written before.
    All products that the model can score and that a customer has not seen in the training part are ranked (no sampled
    candidates, unless asked for). Measured are the customers who have something in both parts; held-out products that
    the model does not know count as misses, and so does a place that it leaves empty.

    Under "cold_users" nobody who is measured is in the training part. A model with `recommend_from(interactions, k)` is
    given the first half of their products, as a shop would; for any other they are strangers. That half is left out of
    the lists of both.

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
    metrics : sequence of str
        By customer: ndcg, recall, precision, map, hit_rate and mrr (`ranking_metrics`), auc (`ranking_auc`), novelty,
        diversity, serendipity, popularity, popularity_lift and filled (`list_metrics`). By model: rmse and mae over the
        held-out ratings (NaN for a model without `predict`), gini of the places over the products.
    ratings : pandas.DataFrame, optional
        Ratings for the models that need them, if `interactions` has none and they are not fitted on ratings yet. Not
        shown to them: ratings of what is held out, of new customers and products under the cold splits, and under
        "time" and "last" those given later, which only a column `timestamp` can tell.
    relevance : str, optional
        Column of `interactions` that grades what is held out, for ndcg.
    features : pandas.DataFrame, optional
        What diversity is measured on, as in `list_metrics`.
    n_candidates : int, optional
        Rank what was held out among that many random products instead of all. The table then says so, in a warning and
        in a column `candidates`: such figures mislead.
    baseline : str, optional
        The model that the differences are taken from; without it the first.
    test : {"sign_flip", "bootstrap"}, default "sign_flip"
        The paired test behind the p values, as in `paired_tests`.
    n_bootstrap : int, default 1000
        Resamples of the customers for the 95 % percentile intervals; 0 for none, and no p values.
    random_state : int, RandomState or None, default 0
        For the split, the bootstrap and the tests.
    progress : bool, default False
        Show a progress bar over the models.

    Returns
    -------
    pandas.DataFrame
        One row a model: `model`; the metrics, by customer the mean with `_low` and `_high`; `coverage`, the share of
        the products of the training part (with "cold_items" of all) that some list holds; `ndcg_gain` (or the gain of
        the first metric asked for), the paired difference from the baseline, with `_low` and `_high` (an interval
        without 0 is a difference) and `_p`, its p value corrected for the number of models (Holm); `n_customers`;
        `seconds` to fit and recommend. A metric that a customer has no value for (auc, where nothing is left to compare
        with) leaves her out.

    Raises
    ------
    ParameterError, UnknownNameError, DataError
        For `models` that are none, an unknown baseline or metric, a table that cannot be split or lacks ratings, a
        wrong number of resamples, or a model whose scores are NaN.

    Examples
    --------
    >>> from personakit.recommend import Popular, Random
    >>> visits = pd.DataFrame({"customer_id": np.arange(80) // 4, "product_id": np.arange(80) ** 2 % 9})
    >>> evaluate({"popular": Popular(), "random": Random(0)}, visits, k=3, n_bootstrap=50).shape
    (2, 23)
    """
    names = check_models(models)
    check_resamples(n_bootstrap, "n_bootstrap")
    baseline = names[0] if baseline is None else baseline
    if baseline not in models:
        near = get_close_matches(str(baseline), names, n=1)
        raise UnknownNameError(
            f"baseline {baseline!r} is not among the models ({', '.join(names)})."
            + (f" Did you mean {near[0]!r}?" if near else "")
        )
    asked = check_metrics(metrics)
    by_customer = [metric for metric in asked if metric in PER_CUSTOMER]
    draws = check_random_state(random_state)
    measured = measure(
        models,
        split_parts(interactions, split=split, test_size=test_size, random_state=draws),
        split=split,
        k=k,
        metrics=asked,
        ratings=ratings,
        relevance=relevance,
        features=features,
        n_candidates=n_candidates,
        draws=draws,
        progress=progress,
    )
    values = {name: measured.values[name].to_numpy() for name in names}
    means = bootstrap_means(np.hstack(list(values.values())), n_bootstrap, draws)
    resampled = dict(zip(names, np.hsplit(means, len(names)), strict=True))
    p_values: dict[str, float] = {}
    first = by_customer[0]
    if n_bootstrap and any(
        np.isfinite(values[name][:, 0] - values[baseline][:, 0]).any() for name in names if name != baseline
    ):
        tested = paired_tests({name: values[name][:, 0] for name in names}, baseline=baseline, test=test,
                              random_state=draws)  # fmt: skip
        p_values = dict(zip(tested["model"], tested["p_holm"], strict=True))
    table = []
    for name in names:
        row: dict[str, object] = {"model": name}
        for column, metric in enumerate(by_customer):
            row[metric] = measured.values[name][metric].mean()
            row[f"{metric}_low"], row[f"{metric}_high"] = interval(resampled[name][:, column])
        whole = measured.models[name]
        row |= {metric: whole[metric] for metric in asked if metric in PER_MODEL}
        row["coverage"] = whole["coverage"]
        row[f"{first}_gain"] = (measured.values[name][first] - measured.values[baseline][first]).mean()
        row[f"{first}_gain_low"], row[f"{first}_gain_high"] = interval(
            resampled[name][:, 0] - resampled[baseline][:, 0]
        )
        row[f"{first}_gain_p"] = p_values.get(name, float("nan"))
        row["n_customers"], row["seconds"] = len(measured.customers), whole["seconds"]
        if n_candidates is not None:
            row["candidates"] = f"{n_candidates} sampled"
        table.append(row)
    result = pd.DataFrame(table)
    result.attrs |= {"split": split, "k": k, "candidates": n_candidates or "all", "baseline": baseline, "metric": first}
    return result
