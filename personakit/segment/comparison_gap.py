"""The gap statistic: does splitting customers gain more than it would gain where nobody is alike?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from personakit.privacy.settings import whole
from personakit.segment.comparison_fits import Floats, Whole, counts_of, labels_of, matrix_of, sampled

__all__ = ["GapStatistic", "even_box", "gap_statistic", "one_se", "within"]


@dataclass(frozen=True)
class GapStatistic:
    """What the gap says about the number of segments.

    Attributes
    ----------
    table : DataFrame, index n_segments
        log_within (log of the pooled sum of squares within segments), expected (its mean over the reference data), gap
        (expected - log_within), se (s_k, with the error of simulation).
    n_segments : int
        The smallest number whose gap is at least that of the next less its standard error; 1 means no segments.
    n_customers, n_references : int
        How many customers it was computed on, after sampling, and how many reference data sets.
    """

    table: pd.DataFrame
    n_segments: int
    n_customers: int
    n_references: int


def gap_statistic(
    profiles: Any,
    n_segments: int | Iterable[int] = range(1, 9),
    *,
    method: str = "kmeans",
    n_references: int = 20,
    max_customers: int = 1500,
    numbers: str = "standard",
    random_state: int | np.random.RandomState | None = None,
) -> GapStatistic:
    """The gap statistic with its 1-standard-error rule; the reference fills the box along the principal axes evenly.

    Parameters
    ----------
    profiles : DataFrame, what a consent gate returned, or array of shape (n_customers, n_features)
    n_segments : iterable of int
        Numbers to try; 1 is needed to find that there are no segments.
    method : {"kmeans", "gaussian_mixture", "hierarchical"}
    n_references : int, default 20
    max_customers : int, default 1500
        More are sampled down to so many.
    numbers : {"standard", "ranks", "keep"}
        As in `ProfileEncoder`. Ranks close the empty space between clusters: see Notes.

    Notes
    -----
    The rule stops at the first number that will do, so a dip of the gap at 2 hides three segments. On three blobs of 30
    customers, nine standard deviations apart in the plane (eight seeds), the largest gap was at three in all eight,
    and the rule found three in five and 1 in three; with a third column of noise and blobs eight apart, in two. With
    numbers="ranks" it found 1 in all eight, and so did the largest gap. Look at the table too.

    Raises
    ------
    DataError
        No more customers than segments; nothing that can be used; an infinite value.
    UnknownNameError
        No such method.

    References
    ----------
    R. Tibshirani, G. Walther and T. Hastie (2001), "Estimating the number of clusters in a data set via the gap
    statistic", JRSS B 63(2), sections 3 and 4 (variant b).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> blobs = rng.normal(size=(90, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 30, axis=0)
    >>> gap_statistic(blobs, range(1, 6), random_state=0).n_segments
    3
    >>> gap_statistic(rng.normal(size=(90, 2)), range(1, 6), random_state=0).n_segments
    1
    """
    draws = check_random_state(random_state)
    whole("n_references", n_references, 2)
    matrix = sampled(matrix_of(profiles, numbers), whole("max_customers", max_customers, 10), draws)
    counts = counts_of(n_segments, len(matrix))
    seen = np.array([np.log(within(matrix, labels_of(matrix, count, method, draws))) for count in counts])
    reference = np.empty((n_references, len(counts)))
    for place in range(n_references):
        drawn = even_box(matrix, draws)
        reference[place] = [np.log(within(drawn, labels_of(drawn, count, method, draws))) for count in counts]
    gap = reference.mean(axis=0) - seen
    se = reference.std(axis=0) * np.sqrt(1 + 1 / n_references)
    table = pd.DataFrame(
        {"log_within": seen, "expected": reference.mean(axis=0), "gap": gap, "se": se},
        index=pd.Index(counts, name="n_segments"),
    )
    return GapStatistic(table, one_se(table), len(matrix), n_references)


def one_se(table: pd.DataFrame) -> int:
    """The smallest number with gap(k) >= gap(k + 1) - s(k + 1); the largest tried where there is none.

    >>> one_se(pd.DataFrame({"gap": [0.1, 0.5, 0.52], "se": [0.01, 0.01, 0.05]}, index=[1, 2, 3]))
    2
    """
    gap, se = table["gap"].to_numpy(float), table["se"].to_numpy(float)
    enough = np.flatnonzero(gap[:-1] >= gap[1:] - se[1:])
    return int(table.index[enough[0] if len(enough) else -1])


def within(matrix: Floats, labels: Whole) -> float:
    """The pooled sum of squares of customers about the mean of their segment.

    >>> within(np.array([[0.0], [2.0], [5.0]]), np.array([0, 0, 1]))
    2.0
    """
    sizes = np.bincount(labels)
    sums = np.zeros((len(sizes), matrix.shape[1]))
    np.add.at(sums, labels, matrix)
    squares = float((matrix**2).sum() - ((sums[sizes > 0] ** 2).sum(axis=1) / sizes[sizes > 0]).sum())
    return max(squares, float(np.finfo(float).tiny))


def even_box(matrix: Floats, draws: np.random.RandomState) -> Floats:
    """As many points, evenly spread over the box that the customers fill along their principal axes."""
    centre = matrix.mean(axis=0)
    axes = np.linalg.svd(matrix - centre, full_matrices=False)[2]
    turned = (matrix - centre) @ axes.T
    drawn = draws.uniform(turned.min(axis=0), turned.max(axis=0), size=turned.shape)
    return np.asarray(drawn @ axes + centre, dtype=float)
