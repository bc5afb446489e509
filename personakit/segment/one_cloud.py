"""Customers as one cloud: data that keep each column and how columns go together, but have no groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks
from scipy.stats import norm, rankdata
from sklearn.metrics import silhouette_score

from personakit.segment.comparison_gap import even_box

__all__ = ["Apartness", "apartness", "one_cloud"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

LEAST_PEAK = 0.05  # of the highest peak: a lower one is an outlier, not a mode
GRID = 256


@dataclass(frozen=True)
class Apartness:
    """Whether groups are further apart than in one cloud.

    Attributes
    ----------
    silhouette : ndarray of shape (n_counts,), of the customers
    expected, spread : ndarrays of shape (n_counts,), mean and standard deviation in one cloud
    p_value : float
        How often one cloud shows as large an excess, at the number of segments where it is largest.
    """

    silhouette: Floats
    expected: Floats
    spread: Floats
    p_value: float

    @property
    def excess(self) -> Floats:
        """The silhouette less what one cloud shows."""
        return self.silhouette - self.expected


def apartness(
    matrix: Floats,
    blocks: Whole,
    cluster: Callable[[Floats, int], Whole],
    counts: list[int],
    *,
    n_references: int,
    draws: np.random.RandomState,
) -> Apartness:
    """The silhouette of each number of segments beside those of one cloud (a Monte Carlo test, Hope 1968).

    One cloud is drawn by columns, by principal axes, and as an even box along these; groups must be further apart than
    in any of them. By columns, a thin cloud that lies askew would come out too fat; by axes, a skewed one too round;
    and both round off the corners of an even one.
    """
    seen = _silhouettes(matrix, cluster, counts)
    found = []
    for cloud in (one_cloud(matrix, blocks), _along_axes(matrix), lambda draws: even_box(matrix, draws)):
        null = np.array([_silhouettes(cloud(draws), cluster, counts) for _ in range(n_references)])
        expected, spread = null.mean(axis=0), np.maximum(null.std(axis=0, ddof=1), 1e-9)
        largest = ((null - expected) / spread).max(axis=1)
        beyond = int((largest >= ((seen - expected) / spread).max()).sum())
        found.append(Apartness(seen, expected, spread, (1 + beyond) / (1 + n_references)))
    return max(found, key=lambda each: each.p_value)


def one_cloud(matrix: Floats, blocks: Whole) -> Callable[[np.random.RandomState], Floats]:
    """A source of as many customers without groups.

    Numbers keep their distribution but for its valleys: they are drawn from the data, and noise as strong as is needed
    to leave one mode is added (Silverman 1981). The values of a category are drawn together. Ranks are put together by
    a Gaussian copula with the correlations of the data.

    Parameters
    ----------
    matrix : ndarray of shape (n_customers, n_numbers)
    blocks : int ndarray of shape (n_numbers,), ascending, equal for numbers made from the same column

    References
    ----------
    B. W. Silverman (1981), "Using kernel density estimates to investigate multimodality", JRSS B 43(1).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> two = rng.normal(size=(200, 1)) + np.repeat([[0.0], [9.0]], 100, axis=0)
    >>> drawn = one_cloud(two, np.array([0]))(np.random.RandomState(0))
    >>> bool(((two > 3) & (two < 6)).mean() < 0.02), bool(((drawn > 3) & (drawn < 6)).mean() > 0.15)
    (True, True)
    """
    parts = [matrix[:, blocks == each] for each in np.unique(blocks)]
    scores = np.column_stack([_first_axis(part) for part in parts])
    orders = [np.argsort(column, kind="stable") for column in scores.T]
    normal = norm.ppf((np.apply_along_axis(rankdata, 0, scores) - 0.5) / len(scores))
    correlation = np.atleast_2d(np.corrcoef(normal, rowvar=False))
    values, vectors = np.linalg.eigh(np.nan_to_num(correlation))
    root = vectors * np.sqrt(np.maximum(values, 0))
    noise = [_bandwidth(part[:, 0]) if len(np.unique(part[:, 0])) > 2 else 0.0 for part in parts]

    def draw(draws: np.random.RandomState) -> Floats:
        n = len(matrix)
        ranks = np.argsort(np.argsort(draws.normal(size=(n, len(parts))) @ root.T, axis=0), axis=0)
        moves = draws.normal(size=(n, len(parts))) @ root.T  # noise correlates as the data do, or a thin cloud grew fat
        made = []
        for place, part in enumerate(parts):
            drawn = part[orders[place][ranks[:, place]]].copy()
            if noise[place]:
                mean, variance = part[:, 0].mean(), part[:, 0].var()
                moved = drawn[:, 0] - mean + noise[place] * moves[:, place]
                drawn[:, 0] = mean + moved / np.sqrt(1 + noise[place] ** 2 / variance)
            made.append(drawn)
        return np.column_stack(made)

    return draw


def _along_axes(matrix: Floats) -> Callable[[np.random.RandomState], Floats]:
    """One cloud drawn along the principal axes, each on its own, and turned back."""
    centre = matrix.mean(axis=0)
    _, sizes, axes = np.linalg.svd(matrix - centre, full_matrices=False)
    axes = axes[sizes > 1e-9 * sizes[0]]
    cloud = one_cloud((matrix - centre) @ axes.T, np.arange(len(axes)))
    return lambda draws: cloud(draws) @ axes + centre


def _silhouettes(matrix: Floats, cluster: Callable[[Floats, int], Whole], counts: list[int]) -> Floats:
    found: list[Any] = []
    for count in counts:
        labels = cluster(matrix, count)
        found.append(silhouette_score(matrix, labels) if 1 < len(np.unique(labels)) < len(matrix) else -1.0)
    return np.array(found, dtype=float)


def _first_axis(part: Floats) -> Floats:
    """One number for the values that a column became: the value itself, or the place along the first axis."""
    if part.shape[1] == 1 or len(np.unique(part[:, 0])) > 2:
        return part[:, 0]
    centred = part - part.mean(axis=0)
    return np.asarray(centred @ np.linalg.svd(centred, full_matrices=False)[2][0], dtype=float)


def _bandwidth(values: Floats) -> float:
    """The least width of a Gaussian kernel that leaves one mode."""
    low, high = 0.0, float(values.std()) * 2
    for _ in range(12):
        middle = (low + high) / 2
        if _modes(values, middle) > 1:
            low = middle
        else:
            high = middle
    return high


def _modes(values: Floats, width: float) -> int:
    edges = np.linspace(values.min() - 3 * width, values.max() + 3 * width, GRID + 1)
    counts, _ = np.histogram(values, edges)
    middles = (edges[:-1] + edges[1:]) / 2
    density = np.exp(-0.5 * ((middles[:, None] - middles) / max(width, 1e-12)) ** 2) @ counts
    peaks, _ = find_peaks(np.pad(density, 1), prominence=LEAST_PEAK * density.max())
    return len(peaks)
