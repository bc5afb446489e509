"""Scores from Surprise algorithms that have no factor form: kNN, SlopeOne, NormalPredictor, and the reader's own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from personakit.recommend.protocol import Codes
from personakit.world.random import Key, normal

__all__ = ["estimate_block", "estimate_one"]

Floats = NDArray[np.float64]


def estimate_block(algorithm: Any, customers: Codes, products: Codes, *, seed: int | None = None) -> Floats:
    """Estimates of every given customer for every given product, unclipped; -inf where the estimate is not a number.

    Parameters
    ----------
    algorithm : surprise.AlgoBase
        Fitted.
    customers, products : ndarray of int
        Surprise's inner ids, all known.
    seed : int, optional
        For NormalPredictor, which draws its predictions.

    Returns
    -------
    ndarray of float, shape (len(customers), len(products))
    """
    import surprise

    if type(algorithm) is surprise.NormalPredictor and seed is not None:
        luck = normal(Key(seed, "recommend.normal").at(customers[:, None], products))
        return algorithm.trainset.global_mean + algorithm.sigma * luck
    if type(algorithm) is surprise.SlopeOne:
        return np.stack([_slope_one(algorithm, customer, products) for customer in customers.tolist()])
    # the slow way, kept for whatever may come: one Python call an estimate, as in the recipe, but nothing is kept of it
    names = products.tolist()
    block = np.array(
        [[estimate_one(algorithm, customer, product) for product in names] for customer in customers.tolist()]
    )
    block = block.reshape(len(customers), len(products)).astype(float, copy=False)
    block[np.isnan(block)] = -np.inf
    return block


def estimate_one(algorithm: Any, customer: int, product: int) -> float:
    """The unclipped estimate of one pair of inner ids, -1 for an unknown one, as `AlgoBase.predict` gives it."""
    from surprise import PredictionImpossible

    try:
        estimate = algorithm.estimate(
            customer if customer >= 0 else "UKN__customer", product if product >= 0 else "UKN__product"
        )
    except PredictionImpossible:
        return float(algorithm.default_prediction())
    return float(estimate[0] if isinstance(estimate, tuple) else estimate)


def _slope_one(algorithm: Any, customer: int, products: Codes) -> Floats:
    """Lemire and Maclachlan 2007: her mean plus the mean deviation from what she rated, where anybody rated both."""
    rated = np.array([product for product, _ in algorithm.trainset.ur[customer]])
    shared = algorithm.freq[np.ix_(products, rated)] > 0
    deviations = np.where(shared, algorithm.dev[np.ix_(products, rated)], 0.0).sum(axis=1)
    return algorithm.user_mean[customer] + deviations / np.maximum(shared.sum(axis=1), 1)
