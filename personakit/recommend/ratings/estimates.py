"""Scores of fitted Surprise algorithms in blocks and for pairs, and the parts that they are made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from personakit.recommend.protocol import Codes, Reason
from personakit.world.random import Key, normal

__all__ = ["Estimates", "NormalEstimates", "OneByOne", "RatingLists", "SlopeOneEstimates", "groups", "rating_lists"]

Floats = NDArray[np.float64]


class Estimates(ABC):
    """What a fitted algorithm estimates, unclipped, in Surprise's inner numbering."""

    @abstractmethod
    def scorer(self, products: Codes) -> Callable[[Codes], Floats]:
        """A function from customers to their estimates of these products, shape (n_customers, n_products)."""

    @abstractmethod
    def pairs(self, customers: Codes, products: Codes) -> Floats:
        """Estimates of pairs, -1 for unknown, with Surprise's answer where there is none."""

    @abstractmethod
    def reasons(self, customer: int, product: int) -> list[Reason]:
        """Parts that add up to the estimate of a known pair; products in the inner numbering."""


class NormalEstimates(Estimates):
    """NormalPredictor's draws: one for each pair, whatever else is asked for, in lists and scores.

    `pairs` answers as Surprise does after `np.random.seed(seed)`, where each question draws the next number.
    """

    def __init__(self, algorithm: Any, seed: int) -> None:
        self._mean, self._sigma, self._seed = float(algorithm.trainset.global_mean), float(algorithm.sigma), seed

    def scorer(self, products: Codes) -> Callable[[Codes], Floats]:
        key = Key(self._seed, "recommend.normal")
        return lambda rows: self._mean + self._sigma * normal(key.at(rows[:, None], products))

    def pairs(self, customers: Codes, products: Codes) -> Floats:
        return np.random.RandomState(self._seed).normal(self._mean, self._sigma, size=len(customers))

    def reasons(self, customer: int, product: int) -> list[Reason]:
        luck = float(self.scorer(np.array([product]))(np.array([customer]))[0, 0])
        return [Reason("average rating", -1, self._mean), Reason("drawn at random", -1, luck - self._mean)]


class SlopeOneEstimates(Estimates):
    """SlopeOne: her mean plus the mean deviation from what she rated, where anybody rated both products.

    Lemire and Maclachlan 2007, "Slope one predictors for online rating-based collaborative filtering".
    """

    def __init__(self, algorithm: Any) -> None:
        self._mean = float(algorithm.trainset.global_mean)
        self._user_mean = np.asarray(algorithm.user_mean, dtype=float)
        self._rated = rating_lists(algorithm.trainset.ur, algorithm.trainset.n_users)
        self._freq = algorithm.freq
        self._dev = algorithm.dev
        if not np.isfinite(self._dev).all():  # Surprise's own fit leaves 0 / 0 where nobody rated both
            self._dev = np.where(self._freq > 0, self._dev, 0.0)

    def scorer(self, products: Codes) -> Callable[[Codes], Floats]:
        n_products = len(self._dev)
        everything = len(products) == n_products and bool((products == np.arange(n_products)).all())
        # dev[i, j] = -dev[j, i], so that sums over what she rated run along rows, in memory's order
        deviations = self._dev if everything else self._dev[:, products]
        shared = (self._freq if everything else self._freq[:, products]).astype(bool).astype(np.float32)

        def block(rows: Codes) -> Floats:
            rated = self._rated.matrix(rows, n_products)
            result = -(rated @ deviations)
            result /= np.maximum(rated.astype(np.float32) @ shared, 1)
            result += self._user_mean[rows, None]
            return np.round(result, 12, out=np.asarray(result))  # equal sums in another order stay equal

        return block

    def pairs(self, customers: Codes, products: Codes) -> Floats:
        ratings = np.full(len(customers), self._mean)
        known = np.flatnonzero((customers >= 0) & (products >= 0))
        for customer, places in groups(customers, known):
            parts, shared = self._parts(customer, products[places])
            ratings[places] = self._user_mean[customer] + parts.sum(axis=1) / np.maximum(shared.sum(axis=1), 1)
        return ratings

    def reasons(self, customer: int, product: int) -> list[Reason]:
        parts, shared = (table[0] for table in self._parts(customer, np.array([product])))
        rated = self._rated.others(customer)
        return [
            Reason("how this customer rates on average", -1, float(self._user_mean[customer])),
            *(
                Reason("rated against this product", int(other), float(part / shared.sum()))
                for other, part, both in zip(rated, parts, shared, strict=True)
                if both
            ),
        ]

    def _parts(self, customer: int, products: Codes) -> tuple[Floats, NDArray[np.bool_]]:
        where = np.ix_(products, self._rated.others(customer))
        return self._dev[where], self._freq[where] > 0


class OneByOne(Estimates):
    """The reader's own algorithms: one Python call an estimate, as in the recipe, but nothing is kept of it."""

    def __init__(self, algorithm: Any) -> None:
        self._algorithm = algorithm

    def scorer(self, products: Codes) -> Callable[[Codes], Floats]:
        names = products.tolist()

        def block(rows: Codes) -> Floats:
            estimates = [[self._one(customer, product) for product in names] for customer in rows.tolist()]
            result = np.array(estimates, dtype=float).reshape(len(rows), len(names))
            result[np.isnan(result)] = -np.inf
            return result

        return block

    def pairs(self, customers: Codes, products: Codes) -> Floats:
        return np.array([self._one(*pair) for pair in zip(customers.tolist(), products.tolist(), strict=True)])

    def reasons(self, customer: int, product: int) -> list[Reason]:
        return [Reason(f"estimate of {type(self._algorithm).__name__}", -1, self._one(customer, product))]

    def _one(self, customer: int, product: int) -> float:
        from surprise import PredictionImpossible

        try:
            estimate = self._algorithm.estimate(
                customer if customer >= 0 else "UKN__customer", product if product >= 0 else "UKN__product"
            )
        except PredictionImpossible:
            return float(self._algorithm.default_prediction())
        return float(estimate[0] if isinstance(estimate, tuple) else estimate)


class RatingLists(NamedTuple):
    """Lists of (other, rating) in their order, end to end; the list of `owner` is `starts[owner] : starts[owner+1]`."""

    starts: Codes
    other: Codes
    rating: Floats

    def others(self, owner: int) -> Codes:
        return self.other[self.starts[owner] : self.starts[owner + 1]]

    def ratings(self, owner: int) -> Floats:
        return self.rating[self.starts[owner] : self.starts[owner + 1]]

    def matrix(self, owners: Codes | None, n_others: int, *, ratings: bool = False) -> Any:
        """The lists as rows of a sparse matrix of ones, or of the ratings with sorted columns."""
        from scipy import sparse

        data = self.rating if ratings else np.ones(len(self.other))
        whole = sparse.csr_matrix((data, self.other, self.starts), shape=(len(self.starts) - 1, n_others), copy=ratings)
        if ratings:
            whole.sort_indices()
        return whole if owners is None else whole[owners]


def rating_lists(lists: dict[int, list[tuple[int, float]]], n_owners: int) -> RatingLists:
    """Surprise's `ur` or `ir` as arrays.

    >>> rating_lists({0: [(1, 4.0)], 1: [(0, 2.0), (1, 5.0)]}, 2).others(1).tolist()
    [0, 1]
    """
    counts = [len(lists[owner]) for owner in range(n_owners)]
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
    pairs = chain.from_iterable(chain.from_iterable(lists[owner]) for owner in range(n_owners))
    flat = np.fromiter(pairs, dtype=float, count=2 * int(starts[-1]))
    return RatingLists(starts, flat[::2].astype(np.intp), flat[1::2].copy())


def groups(keys: Codes, places: Codes) -> Iterator[tuple[int, Codes]]:
    """The places that share a key, key by key.

    >>> [(key, places.tolist()) for key, places in groups(np.array([7, 3, 7]), np.array([0, 1, 2]))]
    [(3, [1]), (7, [0, 2])]
    """
    ordered = places[np.argsort(keys[places], kind="stable")]
    cuts = np.flatnonzero(np.diff(keys[ordered])) + 1
    for part in np.split(ordered, cuts) if len(ordered) else []:
        yield int(keys[part[0]]), part
