"""The clusterings behind `CustomerSegments`: scikit-learn's, and k-prototypes for numbers and categories together."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.metrics import pairwise_distances_argmin
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors, kneighbors_graph
from sklearn.utils import check_random_state

__all__ = ["METHODS", "Fitted", "KPrototypes", "fitted"]

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

METHODS = ("kmeans", "gaussian_mixture", "hierarchical", "hdbscan", "mixed")
MOST_PAIRS = 10_000
"""Above so many customers, hierarchical clustering merges neighbours only: all pairs of 10,000 take 400 MB."""


@dataclass
class Fitted:
    """What a method found: labels of the customers seen, how many groups, and how to assign others."""

    labels: Labels
    n: int
    assign: Any
    model: Any = None


def fitted(method: str, matrix: Floats, n: int, groups: Labels, least: int, seed: Any, starts: int = 10) -> Fitted:
    """Cluster the rows of a matrix of numbers; `least` is for "hdbscan", `groups` (see KPrototypes) for "mixed"."""
    if method == "hierarchical":
        return _ward(matrix, n)
    if method == "hdbscan":
        return _dense(matrix, least)
    model: Any
    if method == "kmeans":
        model = KMeans(n, n_init=starts, random_state=seed)
    elif method == "gaussian_mixture":
        model = GaussianMixture(n, covariance_type="diag", n_init=(starts + 1) // 2, reg_covar=1e-4, random_state=seed)
    else:
        model = KPrototypes(n, groups, random_state=seed)
    model.fit(matrix)
    return Fitted(model.predict(matrix).astype(np.int64), n, _Predict(model), model)


@dataclass
class _Predict:
    model: Any

    def __call__(self, matrix: Floats) -> Labels:
        labels: Labels = self.model.predict(matrix).astype(np.int64)
        return labels


@dataclass
class _NearestCenter:
    centers: Floats

    def __call__(self, matrix: Floats) -> Labels:
        labels: Labels = pairwise_distances_argmin(matrix, self.centers).astype(np.int64)
        return labels


@dataclass
class _NearestCustomer:
    """The group of the nearest customer seen, unless she is further off than its members are from each other."""

    neighbours: NearestNeighbors
    labels: Labels
    reach: Floats

    def __call__(self, matrix: Floats) -> Labels:
        distance, nearest = self.neighbours.kneighbors(matrix, 1)
        label = self.labels[nearest[:, 0]]
        return np.where(distance[:, 0] <= np.append(self.reach, 0.0)[label], label, -1)


def _ward(matrix: Floats, n: int) -> Fitted:
    graph = None
    if len(matrix) > MOST_PAIRS:
        graph = kneighbors_graph(matrix, 10)
        graph = graph + graph.T
    with warnings.catch_warnings():  # neighbours in several islands are joined by scikit-learn, as they should be
        warnings.filterwarnings("ignore", message="the number of connected components")
        labels = AgglomerativeClustering(n, connectivity=graph).fit_predict(matrix).astype(np.int64)
    return Fitted(labels, n, _NearestCenter(np.array([matrix[labels == each].mean(axis=0) for each in range(n)])))


def _dense(matrix: Floats, least: int) -> Fitted:
    labels = HDBSCAN(min_cluster_size=min(least, len(matrix)), copy=True).fit_predict(matrix).astype(np.int64)
    n = int(labels.max()) + 1
    reach = np.zeros(n)
    for each in range(n):
        members = matrix[labels == each]
        reach[each] = NearestNeighbors(n_neighbors=1).fit(members).kneighbors()[0].max()
    # scikit-learn gives rows that are the same the same group, so that to find either is to find the group
    return Fitted(labels, n, _NearestCustomer(NearestNeighbors(n_neighbors=1).fit(matrix), labels, reach))


class KPrototypes:
    """Numbers by their mean and squared distance, categories by their most frequent value and weighted mismatch.

    A mismatch in a category costs the square of its column's weight (the value that a category's indicator has where it
    is set). For a category scaled to a total variance of 1 this is 1 over the chance that two customers differ, so that
    categories and numbers cost the same in the mean.

    Parameters
    ----------
    n_clusters : int
    groups : int ndarray of shape (n_columns,), -1 for a number, else of which category the column is an indicator
    n_init, max_iter : int
    random_state : int, RandomState or None

    Examples
    --------
    >>> rows = np.array([[0.0, 1, 0], [1.0, 1, 0], [9.0, 0, 1], [8.0, 1, 0]])
    >>> model = KPrototypes(2, np.array([-1, 0, 0]), random_state=0).fit(rows)
    >>> sorted(model.prototypes_.tolist()), float(model.cost_)
    ([[0.5, 1.0, 0.0], [8.5, 1.0, 0.0]], 2.0)
    """

    prototypes_: Floats
    cost_: float

    def __init__(
        self,
        n_clusters: int,
        groups: Labels,
        *,
        n_init: int = 10,
        max_iter: int = 100,
        random_state: Any = None,
    ) -> None:
        self.n_clusters, self.groups = n_clusters, groups
        self.n_init, self.max_iter, self.random_state = n_init, max_iter, random_state

    def fit(self, matrix: Floats) -> KPrototypes:
        """Lloyd's alternation from `n_init` starts, the best kept; starts are drawn as in k-means++."""
        random = check_random_state(self.random_state)
        self.cost_ = np.inf
        for _ in range(self.n_init):
            prototypes, cost = self._once(matrix, random)
            if cost < self.cost_:
                self.prototypes_, self.cost_ = prototypes, cost
        return self

    def predict(self, matrix: Floats) -> Labels:
        """The nearest prototype of each row."""
        return self._costs(matrix, self.prototypes_).argmin(axis=1)

    def _costs(self, matrix: Floats, prototypes: Floats) -> Floats:
        """Squared distance in the numbers, and half of it in the indicators: (w² + w²) / 2 for a mismatch."""
        scale = np.where(self.groups >= 0, np.sqrt(0.5), 1.0)
        rows, places = matrix * scale, prototypes * scale
        squares = (rows**2).sum(axis=1)[:, None] + (places**2).sum(axis=1) - 2 * rows @ places.T
        return np.maximum(squares, 0.0)

    def _once(self, matrix: Floats, random: np.random.RandomState) -> tuple[Floats, float]:
        prototypes = matrix[[random.randint(len(matrix))]]
        while len(prototypes) < self.n_clusters:
            nearest = self._costs(matrix, prototypes).min(axis=1)
            chance = nearest / nearest.sum() if nearest.sum() else None
            prototypes = np.vstack([prototypes, matrix[random.choice(len(matrix), p=chance)]])
        labels = np.full(len(matrix), -1)
        for _ in range(self.max_iter):
            costs = self._costs(matrix, prototypes)
            new = costs.argmin(axis=1)
            if (new == labels).all():
                break
            labels = new
            prototypes = np.array(
                [self._center(matrix[labels == each], prototypes[each]) for each in range(self.n_clusters)]
            )
        return prototypes, float(self._costs(matrix, prototypes).min(axis=1).sum())

    def _center(self, rows: Floats, before: Floats) -> Floats:
        """Means of numbers; of each category's indicators the one most often set, at its weight."""
        if not len(rows):
            return before
        center: Floats = rows.mean(axis=0)
        for group in range(self.groups.max(initial=-1) + 1):
            columns = np.flatnonzero(self.groups == group)
            most = columns[center[columns].argmax()]
            height = rows[:, most].max()
            center[columns] = 0.0
            center[most] = height
        return center
