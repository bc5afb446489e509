"""Surprise's nearest-neighbour algorithms without some customers, equal to a fit that never saw them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from personakit.recommend.protocol import Codes

if TYPE_CHECKING:
    from surprise import AlgoBase, Trainset

__all__ = ["is_neighbourhood", "refitted"]

_NAMES = ("KNNBasic", "KNNWithMeans", "KNNWithZScore", "KNNBaseline")


def is_neighbourhood(algorithm: str | type[AlgoBase] | AlgoBase) -> bool:
    """Whether an algorithm, named in any of the ways of `SurpriseRecommender`, is one of Surprise's own kNN.

    >>> is_neighbourhood("KNNBasic"), is_neighbourhood("SVD")
    (True, False)
    """
    if isinstance(algorithm, str):
        return algorithm in _NAMES
    kind = algorithm if isinstance(algorithm, type) else type(algorithm)
    return kind.__name__ in _NAMES and kind.__module__.startswith("surprise.")


def refitted(
    algorithm: AlgoBase, before: AlgoBase, trainset: Trainset, *, customers: Codes, products: Codes, touched: Codes
) -> AlgoBase:
    """Fit on what is left, taking over every similarity that those who left had no part in.

    Between customers, that is each one; between products, all but those of two products that one of them had rated.
    These are computed by Surprise itself, with the same sums in the same order. Means and baselines are fitted anew, as
    they cost little; `pearson_baseline` rests on all baselines, so there everything is.

    Parameters
    ----------
    algorithm : surprise.AlgoBase
        New and unfitted, with the options of `before`.
    before : surprise.AlgoBase
        Fitted on everybody.
    trainset : surprise.Trainset
        What is left.
    customers, products : ndarray of int
        The inner ids in `before` of the inner ids in `trainset`, in their order.
    touched : ndarray of int
        Inner ids in `trainset` of the products that those who left had rated.

    Returns
    -------
    surprise.AlgoBase
        The algorithm, fitted.
    """
    options = algorithm.sim_options
    if options.get("name", "msd").lower() == "pearson_baseline":
        return algorithm.fit(trainset)
    if options.get("user_based", True):
        similarity = before.sim[np.ix_(customers, customers)]
    else:
        similarity = before.sim[np.ix_(products, products)]
        if len(touched):
            similarity[np.ix_(touched, touched)] = _between(trainset, touched, options)
    algorithm.compute_similarities = lambda: similarity  # stands before the method of its class while it is fitted
    try:
        return algorithm.fit(trainset)
    finally:
        del algorithm.compute_similarities


def _between(trainset: Trainset, products: Codes, options: dict[str, Any]) -> NDArray[np.float64]:
    """Similarities between some products only."""
    from surprise import similarities

    place = {product: number for number, product in enumerate(products.tolist())}
    rated = {
        customer: [(place[product], rating) for product, rating in ratings if product in place]
        for customer, ratings in trainset.ur.items()
    }
    measure = getattr(similarities, options.get("name", "msd").lower())
    return np.asarray(measure(len(products), rated, options.get("min_support", 1)))
