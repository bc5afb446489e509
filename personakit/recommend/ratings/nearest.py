"""Estimates of Surprise's four kNN algorithms in blocks: the same neighbours and weights, no call for each pair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from personakit.recommend.protocol import Codes, Reason
from personakit.recommend.ratings.estimates import Estimates, groups, rating_lists
from personakit.recommend.ratings.normalisation import Normalisation
from personakit.recommend.ratings.similarities import cut_to_nearest

__all__ = ["NeighbourEstimates"]

Floats = NDArray[np.float64]
_KINDS = {"KNNBasic": "none", "KNNWithMeans": "mean", "KNNWithZScore": "zscore", "KNNBaseline": "baseline"}


class NeighbourEstimates(Estimates):
    """A fitted KNNBasic, KNNWithMeans, KNNWithZScore or KNNBaseline, between customers or between products.

    In Surprise's words x is the side that has neighbours and y the other: for a y, the similarities of many x to those
    who rated y are one block. Of these the k largest count, among equal ones those that stand first in the list of
    ratings (as `heapq.nlargest` has it), and of these the ones above 0. NaN similarities never count.

    Parameters
    ----------
    algorithm : surprise.AlgoBase
        Fitted, one of the four classes themselves.
    """

    def __init__(self, algorithm: Any) -> None:
        trainset = algorithm.trainset
        self._between_customers = bool(algorithm.sim_options["user_based"])
        self._sim = algorithm.sim
        self._k, self._min_k = int(algorithm.k), int(algorithm.min_k)
        self._lists = rating_lists(algorithm.yr, algorithm.n_y)
        mean, n_x, n_y = float(trainset.global_mean), algorithm.n_x, algorithm.n_y
        kind = _KINDS[type(algorithm).__name__]
        centre, spread, of_y = np.zeros(n_x), np.ones(n_x), np.zeros(n_y)
        if kind == "baseline":
            centre, of_y = mean + algorithm.bx, algorithm.by
        elif kind != "none":
            centre = algorithm.means
        if kind == "zscore":
            # where all ratings are equal there is no spread at all, and nothing that departs from the mean either
            spread = np.where(algorithm.sigmas > 0, algorithm.sigmas, 1.0)
        self._parts = Normalisation(kind, mean, centre, spread, of_y, self._between_customers)

    def scorer(self, products: Codes) -> Callable[[Codes], Floats]:
        def block(rows: Codes) -> Floats:
            result = np.empty((len(rows), len(products)))
            if self._between_customers:
                for place, product in enumerate(products.tolist()):
                    result[:, place] = self._estimate(rows, product)
            else:
                for place, customer in enumerate(rows.tolist()):
                    result[place] = self._estimate(products, customer)
            return result

        return block

    def pairs(self, customers: Codes, products: Codes) -> Floats:
        x, y = (customers, products) if self._between_customers else (products, customers)
        ratings = self._parts.alone(x, y)
        for owner, places in groups(y, np.flatnonzero((x >= 0) & (y >= 0))):
            ratings[places] = self._estimate(x[places], owner)
        return ratings

    def reasons(self, customer: int, product: int) -> list[Reason]:
        x, y = (customer, product) if self._between_customers else (product, customer)
        others = self._lists.others(y)
        similar = cut_to_nearest(self._sim[x, others][None, :], self._k)[0]
        near = np.flatnonzero(similar)
        return self._parts.reasons(
            x,
            y,
            similar[near],
            others[near],
            self._lists.ratings(y)[near],
            enough=len(near) >= max(self._min_k, 1),
        )

    def _estimate(self, x: Codes, y: int) -> Floats:
        """Estimates of many x for one y, shape (len(x),)."""
        others = self._lists.others(y)
        similar = cut_to_nearest(self._similarities(x, others), self._k)
        enough = np.count_nonzero(similar, axis=1) >= max(self._min_k, 1)
        weighted = similar @ self._parts.departures(self._lists.ratings(y), others, y)
        np.divide(weighted, similar.sum(axis=1), out=weighted, where=enough)
        return self._parts.estimate(x, y, weighted, enough)

    def _similarities(self, x: Codes, others: Codes) -> Floats:
        """The similarities of some x to some others, a new array of shape (len(x), len(others))."""
        if 4 * len(x) < len(self._sim):
            return np.asarray(self._sim[x[:, None], others])
        # similarities are symmetric: whole rows, turned, come several times as fast as one entry after the other
        return np.ascontiguousarray(self._sim[others].T)[x]
