"""Ranking among sampled candidates, for comparison with papers that did: labelled, because it can mislead."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.utils import check_random_state

from personakit.errors import ParameterError
from personakit.recommend.evaluation.ranking import check_scores
from personakit.recommend.interactions import IdIndex, pair_matrix
from personakit.recommend.protocol import Recommender
from personakit.recommend.topk import block_rows, top_k

__all__ = ["SAMPLED_WARNING", "Candidates", "sampled_candidates", "sampled_lists"]

SAMPLED_WARNING = (
    "Each customer's held-out products are ranked among {} sampled products, not among all. Such figures are larger, "
    "and can order the models differently (Krichene and Rendle 2020, On Sampled Metrics for Item Recommendation). "
    "Leave n_candidates out to rank all products."
)


class Candidates(NamedTuple):
    """What is ranked for each customer."""

    customers: IdIndex
    products: IdIndex
    allowed: sparse.csr_matrix  # (n_customers, n_products)


def sampled_candidates(
    held_out: pd.DataFrame,
    seen: pd.DataFrame,
    n_candidates: int,
    random_state: int | np.random.RandomState | None = 0,
) -> Candidates:
    """What was held out for each customer, and as many products drawn from those she neither has nor was held out.

    Parameters
    ----------
    held_out, seen : pandas.DataFrame
        `customer_id`, `product_id`.
    n_candidates : int
        Products to draw for each customer, uniformly; all that are left where there are fewer.
    random_state : int, RandomState or None, default 0

    Examples
    --------
    >>> held_out = pd.DataFrame({"customer_id": [1], "product_id": ["b"]})
    >>> seen = pd.DataFrame({"customer_id": [1, 2, 2, 2], "product_id": ["a", "b", "c", "d"]})
    >>> sampled_candidates(held_out, seen, 1).allowed.toarray().sum().item()
    2.0
    """
    if isinstance(n_candidates, bool) or not isinstance(n_candidates, (int, np.integer)) or n_candidates < 1:
        raise ParameterError(
            f"n_candidates must be a whole number of products >= 1, or None to rank all, but is {n_candidates!r}."
        )
    draws = check_random_state(random_state)
    customers, owners = IdIndex.encode(held_out["customer_id"])
    products = IdIndex(pd.concat([seen["product_id"], held_out["product_id"]]))
    shape = (len(customers), len(products))
    held = pair_matrix(owners, products.codes(held_out["product_id"]), shape)
    rows = customers.codes(seen["customer_id"])
    taken = held + pair_matrix(rows[rows >= 0], products.codes(seen["product_id"])[rows >= 0], shape)
    size = block_rows(len(products))
    blocks = []
    for start in range(0, len(customers), size):
        part = slice(start, start + size)
        luck = draws.random_sample((held[part].shape[0], len(products)))
        luck[taken[part].toarray() > 0] = np.inf
        width = min(n_candidates, len(products))
        drawn = np.argpartition(luck, width - 1, axis=1)[:, :width]
        chosen = np.zeros(luck.shape, dtype=bool)
        np.put_along_axis(chosen, drawn, np.isfinite(np.take_along_axis(luck, drawn, axis=1)), axis=1)
        blocks.append(sparse.csr_matrix(chosen.astype(float)))
    return Candidates(customers, products, (held + sparse.vstack(blocks)).tocsr())


def sampled_lists(model: Recommender, candidates: Candidates, k: int) -> pd.DataFrame:
    """The k best of each customer's candidates by the model's scores, as `recommend` gives them."""

    def score(rows: np.ndarray) -> np.ndarray:
        ids = candidates.customers.take(rows)
        block = model.scores(ids, candidates.products.ids)
        check_scores(block, ids)
        block[candidates.allowed[rows].toarray() == 0] = -np.inf
        return block

    everyone = np.arange(len(candidates.customers))
    places, scores = top_k(score, everyone, n_columns=len(candidates.products), k=k)
    filled = places >= 0
    return pd.DataFrame(
        {
            "customer_id": candidates.customers.ids.repeat(filled.sum(axis=1)),
            "product_id": candidates.products.take(places[filled]),
            "score": scores[filled],
            "rank": np.broadcast_to(np.arange(1, k + 1), places.shape)[filled],
        }
    )
