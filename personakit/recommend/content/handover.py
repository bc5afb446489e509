"""Quality against what is known: how good a recommender is for a customer of whom it has seen n products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import check_random_state

from personakit.errors import DataError, ParameterError
from personakit.recommend.evaluation.measuring import check_models
from personakit.recommend.evaluation.ranking import ranking_metrics
from personakit.recommend.evaluation.significance import check_resamples
from personakit.recommend.interactions import IdIndex, read_interactions, ticks
from personakit.recommend.protocol import Recommender

__all__ = ["quality_by_history"]

Floats = NDArray[np.float64]


def quality_by_history(
    models: Mapping[str, Recommender],
    interactions: pd.DataFrame,
    *,
    histories: Sequence[int] = (0, 1, 2, 5, 10, 20),
    n_customers: int = 300,
    k: int = 10,
    value: pd.DataFrame | None = None,
    n_bootstrap: int = 1000,
    random_state: int | np.random.RandomState | None = 0,
) -> pd.DataFrame:
    """Measure recommenders on the same customers as if each had 0, 1, 2, ... products so far.

    From the customers with more than ``max(histories)`` products some are drawn. What comes after their first
    ``max(histories)`` products (in order of `timestamp` where there is one, else by chance) is held out, the same for
    all points of the curve. For each n the models are fitted on everybody else's data and these customers' first n
    products, and recommend to them. So the points differ by n alone, and not by who has n products.

    Parameters
    ----------
    models : mapping of name to Recommender
        Cloned and fitted for each n.
    interactions : pandas.DataFrame
        `customer_id`, `product_id`, and what the models need.
    histories : sequence of int, default (0, 1, 2, 5, 10, 20)
        Numbers of products that a customer has so far.
    n_customers : int, default 300
        How many customers to draw, at most half of those who qualify, so that others are left to learn from.
    k : int, default 10
        Length of the lists.
    value : pandas.DataFrame, optional
        The true worth of each product to each customer, where it is known, as in a simulated world: index customer_id,
        columns product_id. Adds the mean over a list as `value`.
    n_bootstrap : int, default 1000
        Resamples of the customers for the 95 % intervals.
    random_state : int, RandomState or None, default 0

    Returns
    -------
    pandas.DataFrame
        One row a model and n: `model`, `history`, `ndcg`, `ndcg_low`, `ndcg_high`, with `value` also `value_low` and
        `value_high`, and `n_customers`.

    Raises
    ------
    ParameterError
        No models, or histories that are no numbers of products.
    DataError
        Fewer than two customers with so many products; or `value` lacks a customer or product.

    Examples
    --------
    >>> from personakit.recommend import Popular
    >>> visits = pd.DataFrame({"customer_id": np.repeat(np.arange(20), 6), "product_id": np.arange(120) ** 2 % 31})
    >>> quality_by_history({"popular": Popular()}, visits, histories=(0, 2), k=3)[["history", "n_customers"]].values
    array([[ 0, 10],
           [ 2, 10]])
    """
    check_models(models)
    check_resamples(n_bootstrap, "n_bootstrap")
    if not len(histories) or not all(_is_whole(n) and n >= 0 for n in histories):
        raise ParameterError(f"histories must be numbers of products >= 0, e.g. (0, 1, 5), but is {histories!r}.")
    numbers = sorted(set(histories))
    if not (_is_whole(n_customers) and n_customers >= 1):
        raise ParameterError(f"n_customers must be a whole number >= 1, but is {n_customers!r}.")
    timed = "timestamp" in getattr(interactions, "columns", ())
    frame = read_interactions(interactions, columns=("timestamp",) if timed else ())
    draws = check_random_state(random_state)
    order = _order(frame, draws)
    customers, owners = IdIndex.encode(frame["customer_id"])
    longest = np.zeros(len(customers), dtype=np.intp)
    np.maximum.at(longest, owners, order + 1)
    able = np.flatnonzero(longest > numbers[-1])
    if len(able) < 2:
        raise DataError(
            f"{len(able)} customers have more than {numbers[-1]} products, so that there is nobody to measure. "
            f"Pass shorter histories; the longest history here is {longest.max()}."
        )
    tested = np.zeros(len(customers), dtype=bool)
    tested[draws.choice(able, size=min(n_customers, max(len(able) // 2, 1)), replace=False)] = True
    asked, hers = customers.take(np.flatnonzero(tested)), tested[owners]
    held_out = frame[hers & (order >= numbers[-1])]
    luck = draws.randint(len(asked), size=(n_bootstrap, len(asked)))
    rows = []
    for name, model in models.items():
        for n in numbers:
            train = frame[~hers | (order < n)]
            lists = clone(model).fit(train).recommend(asked, k)
            row: dict[str, object] = {"model": name, "history": int(n)}
            row |= _with_interval("ndcg", ranking_metrics(lists, held_out, k=k)["ndcg"].to_numpy(), luck)
            if value is not None:
                row |= _with_interval("value", _worth(lists, value, asked), luck)
            rows.append({**row, "n_customers": len(asked)})
    return pd.DataFrame(rows)


def _is_whole(number: object) -> bool:
    return isinstance(number, (int, np.integer)) and not isinstance(number, bool)


def _order(frame: pd.DataFrame, draws: np.random.RandomState) -> NDArray[np.intp]:
    """The place of each row's product among those of its customer, from 0; repeats have that of the first."""
    pairs = frame[["customer_id", "product_id"]]
    when = ticks(frame)[0] if "timestamp" in frame.columns else np.zeros(len(frame))
    sorted_rows = np.lexsort((draws.random_sample(len(frame)), when))
    first = ~pairs.iloc[sorted_rows].duplicated().to_numpy()
    chosen = pairs.iloc[sorted_rows[first]]
    place = chosen.assign(place=chosen.groupby("customer_id").cumcount())
    return pairs.merge(place, on=["customer_id", "product_id"], how="left")["place"].to_numpy(dtype=np.intp)


def _with_interval(name: str, values: Floats, luck: NDArray[np.intp]) -> dict[str, float]:
    means = values[luck].mean(axis=1) if len(luck) else np.full(1, np.nan)
    low, high = np.percentile(means, [2.5, 97.5])
    return {name: float(values.mean()), f"{name}_low": float(low), f"{name}_high": float(high)}


def _worth(lists: pd.DataFrame, value: pd.DataFrame, customers: pd.Index) -> Floats:
    """The mean true worth of each customer's list."""
    rows, columns = (
        value.index.get_indexer(pd.Index(lists["customer_id"])),
        value.columns.get_indexer(pd.Index(lists["product_id"])),
    )
    if (rows < 0).any() or (columns < 0).any():
        raise DataError(
            f"value lacks {(rows < 0).sum()} of the customers or {(columns < 0).sum()} of the products recommended. "
            "It needs index customer_id and columns product_id, for all of them."
        )
    worth = lists.assign(worth=value.to_numpy()[rows, columns]).groupby("customer_id")["worth"].mean()
    return worth.reindex(customers).fillna(0.0).to_numpy(dtype=float)
