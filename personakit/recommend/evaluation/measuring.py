"""Fit each model on the training part, let it rank, and measure every customer's list."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import check_random_state

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.recommend.evaluation.beyond_accuracy import LIST_METRICS, catalogue_metrics, list_metrics
from personakit.recommend.evaluation.candidates import SAMPLED_WARNING, sampled_candidates, sampled_lists
from personakit.recommend.evaluation.ranking import (
    RANKING_METRICS,
    check_k,
    check_scores,
    ranking_auc,
    ranking_metrics,
)
from personakit.recommend.evaluation.splitting import (
    Parts,
    Split,
    pairs_among,
    ratings_to_learn_from,
    split_parts,
)
from personakit.recommend.interactions import IdIndex, as_index, read_interactions
from personakit.recommend.popularity import Popular
from personakit.recommend.protocol import Recommender

__all__ = ["METRICS", "PER_CUSTOMER", "PER_MODEL", "Measured", "evaluate_each", "measure"]

METRICS = ("ndcg", "recall", "precision", "map", "hit_rate")
PER_CUSTOMER = (*RANKING_METRICS, "auc", *LIST_METRICS)
PER_MODEL = ("rmse", "mae", "gini")
_SCORES_CHECKED = 1_000_000


class Measured(NamedTuple):
    """The customers' measures under each model, and what belongs to a model as a whole."""

    customers: pd.DataFrame  # index customer_id; n_history, n_held_out
    values: dict[str, pd.DataFrame]  # model -> index customer_id, one column a metric
    models: dict[str, dict[str, float]]  # model -> coverage, seconds, gini, rmse, mae


def evaluate_each(
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
    random_state: int | np.random.RandomState | None = 0,
    progress: bool = False,
) -> pd.DataFrame:
    """As `evaluate`, with one row a model and customer: for quality by group, and for tests of your own.

    Returns
    -------
    pandas.DataFrame
        `model`, `customer_id`, `n_history` (products in the training part), `n_held_out`, and one column for each of
        `metrics` that is measured by customer.

    Examples
    --------
    >>> visits = pd.DataFrame({"customer_id": np.arange(80) // 4, "product_id": np.arange(80) ** 2 % 9})
    >>> each = evaluate_each({"popular": Popular()}, visits, k=3, metrics=["mrr"])
    >>> each.shape, list(each)
    ((18, 5), ['model', 'customer_id', 'n_history', 'n_held_out', 'mrr'])
    """
    draws = check_random_state(random_state)
    measured = measure(
        models,
        split_parts(interactions, split=split, test_size=test_size, random_state=draws),
        split=split,
        k=k,
        metrics=metrics,
        ratings=ratings,
        relevance=relevance,
        features=features,
        n_candidates=n_candidates,
        draws=draws,
        progress=progress,
    )
    tables = [
        measured.customers.join(values).reset_index().assign(model=name) for name, values in measured.values.items()
    ]
    each = pd.concat(tables, ignore_index=True)
    return each[["model", *(column for column in each.columns if column != "model")]]


def measure(
    models: Mapping[str, Recommender],
    parts: Parts,
    *,
    split: Split,
    k: int,
    metrics: Sequence[str],
    ratings: pd.DataFrame | None,
    relevance: str | None,
    features: pd.DataFrame | None,
    n_candidates: int | None,
    draws: np.random.RandomState,
    progress: bool,
) -> Measured:
    """Measure all models on the same parts; see `evaluate` for the arguments."""
    check_models(models)
    k, metrics = check_k(k), check_metrics(metrics)
    train, test, history, _ = parts
    if history.empty:
        test = test[_known(test["customer_id"], train["customer_id"])]
    if test.empty:
        raise DataError(
            "After the split no customer has interactions in both parts, so nobody can be measured. "
            "Use split='random', or a table that reaches further back."
        )
    if ratings is not None:
        ratings = read_interactions(ratings, columns=("rating",), name="ratings")
    true_ratings = _true_ratings(test, ratings) if {"rmse", "mae"} & set(metrics) else None
    customers = pd.Index(test["customer_id"].unique())
    seen = pd.concat([train[["customer_id", "product_id"]], history[["customer_id", "product_id"]]])
    chosen = None
    if n_candidates is not None:
        chosen = sampled_candidates(test, seen, n_candidates, draws)
        warnings.warn(SAMPLED_WARNING.format(n_candidates), UserWarning, stacklevel=3)
    beside = [name for name in metrics if name in LIST_METRICS]
    obvious = _lists(Popular().fit(train), customers, k, history) if "serendipity" in metrics else None
    catalogue = as_index(train["product_id"]).unique()
    if split == "cold_items":
        catalogue = catalogue.append(as_index(parts.test["product_id"]).unique())
    values: dict[str, pd.DataFrame] = {}
    whole: dict[str, dict[str, float]] = {}
    for name in _with_progress(list(models), progress):
        shown = _shown_to(name, models[name], parts, split, ratings)
        started = time.perf_counter()
        model = clone(models[name]).fit(shown)
        fitted = time.perf_counter()
        try:
            _check_scores(model, customers)
            ready = time.perf_counter()
            lists = _lists(model, customers, k, history) if chosen is None else sampled_lists(model, chosen, k)
            seconds = fitted - started + time.perf_counter() - ready
            found = ranking_metrics(lists, test, k=k, relevance=relevance)
            if "auc" in metrics:
                found["auc"] = _auc(model, test, seen, from_history=not history.empty)
        except DataError as error:
            raise DataError(f"The model {name!r} cannot be measured. {error}") from error
        if beside:
            told = list_metrics(lists, seen, k=k, held_out=test, features=features, obvious=obvious)
            found = found.join(told[beside].reindex(found.index, fill_value=np.nan))
            if "filled" in beside:
                found["filled"] = found["filled"].fillna(0.0)
        values[name] = found[[metric for metric in metrics if metric in PER_CUSTOMER]]
        whole[name] = {**catalogue_metrics(lists, catalogue, k=k), "seconds": seconds}
        if true_ratings is not None:
            whole[name] |= _errors(model, true_ratings)
    return Measured(_sizes(seen, test), values, whole)


def check_models(models: Mapping[str, Recommender]) -> list[str]:
    """The names of the models; anything but recommenders by name is refused."""
    if not isinstance(models, Mapping):
        raise ParameterError(
            f"models is a {type(models).__name__}. Pass recommenders by name, e.g. {{'popular': Popular()}}."
        )
    if not models:
        raise ParameterError("models is empty. Pass at least one, e.g. {'popular': Popular()}.")
    for name, model in models.items():
        if not isinstance(model, Recommender):
            raise ParameterError(
                f"The model {name!r} is no recommender but {model!r:.60}. Pass an instance: Popular()."
            )
    return list(models)


def check_metrics(metrics: Sequence[str]) -> list[str]:
    """The names, each once; an unknown one is refused with the nearest that there is."""
    known = (*PER_CUSTOMER, *PER_MODEL)
    if isinstance(metrics, str):
        raise ParameterError(f"metrics must be a list of names, but is {metrics!r}. Pass [{metrics!r}].")
    names = list(dict.fromkeys(metrics))
    for name in names:
        if name not in known:
            near = get_close_matches(str(name), known, n=1, cutoff=0.5)
            raise UnknownNameError(
                f"metrics names {name!r}, which is none of: {', '.join(known)}."
                + (f" Did you mean {near[0]!r}?" if near else "")
            )
    if not any(name in PER_CUSTOMER for name in names):
        raise ParameterError("metrics holds nothing that is measured by customer. Add one, e.g. 'ndcg'.")
    return names


def _lists(model: Recommender, customers: pd.Index, k: int, history: pd.DataFrame) -> pd.DataFrame:
    """The lists of these customers, without what they had before: the model learnt it, or gets it as their history."""
    if history.empty:
        return model.recommend(customers, k)
    longest = int(history.groupby("customer_id")["product_id"].nunique().max())
    if hasattr(model, "recommend_from"):
        strangers = customers.difference(pd.Index(history["customer_id"].unique()))
        lists = model.recommend_from(history, k + longest)
        lists = lists[lists["customer_id"].isin(customers)]
        if len(strangers):
            lists = pd.concat([lists, model.recommend(strangers, k)], ignore_index=True)
    else:
        lists = model.recommend(customers, k + longest)
    lists = lists[~pairs_among(lists, history)].copy()
    lists["rank"] = lists.sort_values("rank").groupby("customer_id").cumcount() + 1
    return lists[lists["rank"] <= k]


def _check_scores(model: Recommender, ids: pd.Index) -> None:
    """Look for NaN among the scores of as many customers as can be checked in no time."""
    if hasattr(model, "scores") and len(model.products_):
        size = max(1, _SCORES_CHECKED // len(model.products_))
        some_ids = ids[:: max(1, -(-len(ids) // size))]
        check_scores(model.scores(some_ids, None), some_ids)


def _auc(model: Recommender, test: pd.DataFrame, seen: pd.DataFrame, *, from_history: bool) -> pd.Series | float:
    if from_history and hasattr(model, "recommend_from"):
        return float("nan")  # its scores are those of a stranger, its lists are not
    return ranking_auc(lambda ids: model.scores(ids, None), test, products=model.products_.ids, seen=seen)


def _true_ratings(test: pd.DataFrame, ratings: pd.DataFrame | None) -> pd.DataFrame:
    if ratings is not None:
        return ratings[pairs_among(ratings, test)]
    if "rating" not in test.columns:
        raise DataError(
            "metrics asks for rmse or mae, and interactions has no column 'rating'. Pass the ratings beside it: "
            'evaluate(models, interactions, ratings=tables["ratings"]).'
        )
    return read_interactions(test, columns=("rating",), name="interactions")


def _errors(model: Recommender, true_ratings: pd.DataFrame) -> dict[str, float]:
    """Root mean squared and mean absolute error over the held-out ratings; NaN for a model that predicts none."""
    if not hasattr(model, "predict") or true_ratings.empty:
        return {"rmse": float("nan"), "mae": float("nan")}
    estimates = np.asarray(model.predict(true_ratings["customer_id"], true_ratings["product_id"]), dtype=float)
    missed = estimates - true_ratings["rating"].to_numpy(float)
    return {"rmse": float(np.sqrt((missed**2).mean())), "mae": float(np.abs(missed).mean())}


def _sizes(seen: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    def products(frame: pd.DataFrame) -> pd.Series:
        return frame[["customer_id", "product_id"]].drop_duplicates().groupby("customer_id").size()

    held = products(test)
    return pd.DataFrame({"n_history": products(seen).reindex(held.index, fill_value=0), "n_held_out": held})


def _shown_to(name: str, model: Recommender, parts: Parts, split: Split, ratings: pd.DataFrame | None) -> pd.DataFrame:
    """The training part for one model: the interactions, or ratings where it needs them, without what is held out."""
    if not getattr(model, "needs_ratings", False):
        return parts.train
    if ratings is not None:
        return ratings_to_learn_from(ratings, parts, split)
    if "rating" in parts.train.columns:
        return parts.train
    if hasattr(model, "popularity_"):
        return ratings_to_learn_from(model.ratings_, parts, split)
    raise DataError(
        f"The model {name!r} predicts ratings, and interactions has no column 'rating'. Pass the ratings beside it: "
        'evaluate(models, interactions, ratings=tables["ratings"]).'
    )


def _known(customer_ids: pd.Series, among: pd.Series) -> NDArray[np.bool_]:
    return IdIndex.encode(among)[0].codes(customer_ids) >= 0


def _with_progress(names: list[str], progress: bool) -> list[str]:
    if not progress:
        return names
    from tqdm.auto import tqdm

    return tqdm(names, desc="evaluate", unit="model")
