"""Estimates of Surprise's four kNN algorithms in blocks: the same neighbours and weights, no call for each pair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from personakit.recommend.protocol import Codes, Reason
from personakit.recommend.ratings.estimates import Estimates, groups, rating_lists
from personakit.recommend.ratings.similarities import cut_to_nearest

__all__ = ["NeighbourEstimates"]

Floats = NDArray[np.float64]


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
        self._mean = float(trainset.global_mean)
        self._kind = type(algorithm).__name__
        self._centre = np.zeros(algorithm.n_x)
        self._spread = np.ones(algorithm.n_x)
        self._of_y = np.zeros(algorithm.n_y)
        if self._kind in ("KNNWithMeans", "KNNWithZScore"):
            self._centre = algorithm.means
        if self._kind == "KNNWithZScore":
            # where all ratings are equal there is no spread at all, and nothing that departs from the mean either
            self._spread = np.where(algorithm.sigmas > 0, algorithm.sigmas, 1.0)
        if self._kind == "KNNBaseline":
            self._centre, self._of_y = self._mean + algorithm.bx, algorithm.by
            self._of_customers, self._of_products = algorithm.bu, algorithm.bi

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
        ratings = np.full(len(customers), self._mean)
        known_customer, known_product = customers >= 0, products >= 0
        if self._kind == "KNNBaseline":
            ratings[known_customer] += self._of_customers[customers[known_customer]]
            ratings[known_product] += self._of_products[products[known_product]]
        x, y = (customers, products) if self._between_customers else (products, customers)
        for owner, places in groups(y, np.flatnonzero(known_customer & known_product)):
            ratings[places] = self._estimate(x[places], owner)
        return ratings

    def reasons(self, customer: int, product: int) -> list[Reason]:
        x, y = (customer, product) if self._between_customers else (product, customer)
        similar, departures = self._neighbours(np.array([x]), y)
        count, total = np.count_nonzero(similar), similar.sum()
        if self._kind == "KNNBasic" and (count < self._min_k or not count):
            return [Reason("average rating: too few neighbours", -1, self._mean)]
        reasons = []
        if self._kind == "KNNBaseline":
            reasons += [
                Reason("average rating", -1, self._mean),
                Reason("how this customer rates", -1, float(self._of_customers[customer])),
                Reason("how this product is rated", -1, float(self._of_products[product])),
            ]
        elif self._kind != "KNNBasic":
            who = "how this customer rates on average" if self._between_customers else "how this product is rated"
            reasons.append(Reason(who, -1, float(self._centre[x])))
        if count < self._min_k or not count:
            return reasons
        parts = similar[0] * departures / total * self._spread[x]
        ratings = self._lists.ratings(y)
        for place in np.flatnonzero(similar[0]):
            if self._between_customers:  # who they are is nobody's business
                reason = Reason(f"a customer like this one rated it {ratings[place]:g}", -1, float(parts[place]))
            else:
                other = int(self._lists.others(y)[place])
                reason = Reason(f"rated this product {ratings[place]:g}", other, float(parts[place]))
            reasons.append(reason)
        return reasons

    def _estimate(self, x: Codes, y: int) -> Floats:
        """Estimates of many x for one y, shape (len(x),)."""
        similar, departures = self._neighbours(x, y)
        count, total = np.count_nonzero(similar, axis=1), similar.sum(axis=1)
        enough = (count >= self._min_k) & (count > 0)
        weighted = np.zeros(len(x))
        np.divide(similar @ departures, total, out=weighted, where=enough)
        if self._kind == "KNNBasic":
            return np.where(enough, weighted, self._mean)
        return (self._centre[x] + self._of_y[y]) + weighted * self._spread[x]

    def _neighbours(self, x: Codes, y: int) -> tuple[Floats, Floats]:
        """Similarities of each x to the raters of y, 0 for all but the nearest; what each rater's rating departs."""
        others = self._lists.others(y)
        similar = cut_to_nearest(self._sim[x[:, None], others], self._k)
        departures = (self._lists.ratings(y) - (self._centre[others] + self._of_y[y])) / self._spread[others]
        return similar, departures
