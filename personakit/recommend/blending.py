"""What a blend of recommenders is made of: scores on one scale, and weights from products that were held out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression

from personakit.recommend.interactions import IdIndex
from personakit.recommend.protocol import Recommender
from personakit.recommend.topk import best_columns, block_rows

__all__ = ["CANDIDATES", "candidate_scores", "gain", "on_one_scale", "regressed_weights", "selected_weights"]

Floats = NDArray[np.float64]

CANDIDATES = 100  # of each member and customer, when weights are learnt: a blend's first ten lie within them
_ROUNDS = 40


def on_one_scale(raw: Floats, owned: NDArray[np.bool_], how: str | None) -> tuple[Floats, Floats, Floats]:
    """Scores (n_customers, n_products) normalised by row, and the slope and offset, (n_customers, 1), that do it.

    Scale and level come from the finite scores of what is not owned; where there is none, from all.
    """
    finite = np.isfinite(raw)
    counted = finite & ~owned
    counted[~counted.any(axis=1)] = True
    counted &= finite
    number = np.maximum(counted.sum(axis=1, keepdims=True), 1)
    slope, offset = np.ones((len(raw), 1)), np.zeros((len(raw), 1))
    lowest = np.where(finite, raw, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    values = np.where(finite, raw, np.where(np.isfinite(lowest), lowest, 0.0))
    if how == "rank":
        worse = rankdata(values, axis=1) - 1
        return worse / max(values.shape[1] - 1, 1), slope, offset
    if how == "zscore":
        mean = np.where(counted, values, 0.0).sum(axis=1, keepdims=True) / number
        spread = np.sqrt((np.where(counted, values - mean, 0.0) ** 2).sum(axis=1, keepdims=True) / number)
    elif how == "minmax":
        mean = np.where(counted, values, np.inf).min(axis=1, keepdims=True)
        spread = np.where(counted, values, -np.inf).max(axis=1, keepdims=True) - mean
        mean, spread = np.where(np.isfinite(mean), mean, 0.0), np.where(np.isfinite(spread), spread, 0.0)
    else:
        return values, slope, offset
    flat = spread <= 1e-12 * np.maximum(np.abs(mean), 1e-300)
    slope = np.where(flat, 0.0, 1.0) / np.where(flat, 1.0, spread)
    offset = -mean * slope
    return values * slope + offset, slope, offset


def candidate_scores(
    fitted: dict[str, Recommender], train: pd.DataFrame, held: pd.DataFrame, *, k: int, normalise: str | None
) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """What weights are learnt from: of each customer the best products of every member, the rest is out of reach.

    Returns
    -------
    scores : ndarray, shape (n_models, n_customers, n_candidates), -inf beyond a customer's candidates
    hits : ndarray of bool, shape (n_customers, n_candidates)
    best_possible : ndarray, shape (n_customers,)
        The gain of a list without fault.
    """
    everybody = IdIndex(train["customer_id"])
    products, product_codes = IdIndex.encode(train["product_id"])
    held = held[everybody.codes(held["customer_id"]) >= 0]
    people, owners = IdIndex.encode(held["customer_id"])
    wanted = products.codes(held["product_id"])
    of_train = people.codes(train["customer_id"])
    width = min(max(CANDIDATES, 2 * k), len(products))
    n_candidates = min(width * len(fitted), len(products))
    scores = np.full((len(fitted), len(people), n_candidates), -np.inf)
    hits = np.zeros((len(people), n_candidates), dtype=bool)
    n_held = np.zeros(len(people), dtype=np.intp)
    size = block_rows(len(products) * (len(fitted) + 1))
    for start in range(0, len(people), size):
        stop = min(start + size, len(people))
        owned, target = np.zeros((2, stop - start, len(products)), dtype=bool)
        here = (of_train >= start) & (of_train < stop)
        owned[of_train[here] - start, product_codes[here]] = True
        here = (owners >= start) & (owners < stop)
        n_held[start:stop] = np.bincount(
            np.unique(np.c_[owners[here], held["product_id"].factorize()[0][here]], axis=0)[:, 0] - start,
            minlength=stop - start,
        )
        here &= wanted >= 0
        target[owners[here] - start, wanted[here]] = True
        chosen = np.zeros(owned.shape, dtype=bool)
        parts = []
        for model in fitted.values():
            part = on_one_scale(model.scores(people.ids[start:stop], products.ids), owned, normalise)[0]
            part[owned] = -np.inf
            rows = np.arange(stop - start)[:, None]
            chosen[rows, best_columns(part, width)[0]] = True
            parts.append(part)
        chosen &= ~owned
        row, column = np.nonzero(chosen)
        counts = chosen.sum(axis=1)
        place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        for member, part in enumerate(parts):
            scores[member, start + row, place] = part[row, column]
        hits[start + row, place] = target[row, column]
    discount = np.cumsum(1 / np.log2(np.arange(2, k + 2)))
    return scores, hits, discount[np.minimum(n_held, k) - 1]


def selected_weights(scores: Floats, quality: Callable[[Floats], float]) -> Floats:
    """How often each member is taken when the one that helps most is added again and again."""
    counts, total, best = np.zeros(len(scores)), np.zeros_like(scores[0]), -1.0
    chosen = counts
    for _ in range(_ROUNDS):
        gains = [quality(total + part) for part in scores]
        added = int(np.argmax(gains))
        counts[added] += 1
        total += scores[added]
        if gains[added] > best:
            best, chosen = gains[added], counts.copy()
    return chosen


def regressed_weights(features: Floats, hits: NDArray[np.bool_]) -> Floats:
    """The coefficients of the members' scores in a ridge-penalised logistic regression of what was held out."""
    spread = features.std(axis=0)
    spread[spread == 0] = 1.0
    model = LogisticRegression(C=0.01, max_iter=500).fit(features / spread, hits)
    return np.asarray(model.coef_[0] / spread)


def gain(blend: Floats, hits: NDArray[np.bool_], k: int) -> Floats:
    """Discounted gain of each row's best k candidates."""
    places, _ = best_columns(blend, min(k, blend.shape[1]))
    found = np.take_along_axis(hits, places, axis=1) & (places >= 0)
    return np.asarray(found @ (1 / np.log2(np.arange(2, places.shape[1] + 2))))
