"""Would other customers of the same shop give the same segments? Agreement between bootstrap samples."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score
from sklearn.utils import check_random_state

from personakit.privacy.settings import whole
from personakit.segment.clustering_methods import Fitted, fitted

__all__ = ["Stability", "stability", "stability_of"]

Floats = NDArray[np.float64]
FEW_STARTS = 3


@dataclass(frozen=True)
class Stability:
    """How far solutions on bootstrap samples agree.

    Attributes
    ----------
    adjusted_rand : float
        The mean over all pairs of samples: 1 the same segments, 0 as by chance.
    low, high : float
        A 95 % interval of that mean, by the jackknife over samples.
    n_bootstrap : int
    """

    adjusted_rand: float
    low: float
    high: float
    n_bootstrap: int


def stability(profiles: Any, model: Any, *, n_bootstrap: int = 12, random_state: Any = 0) -> Stability:
    """Fit the segmentation on bootstrap samples, let each assign all customers, and compare.

    Parameters
    ----------
    profiles : DataFrame, what a consent gate returned, or array
    model : CustomerSegments
        Its settings are used; it is not changed. The encoding of the columns is learnt once, on all customers.
    n_bootstrap : int, default 12
        Samples, drawn with replacement; all pairs of them are compared.

    Returns
    -------
    Stability

    References
    ----------
    L. Hubert and P. Arabie (1985), "Comparing partitions", Journal of Classification 2; A. Ben-Hur, A. Elisseeff and
    I. Guyon (2002), "A stability based method for discovering structure in clustered data".

    Examples
    --------
    >>> from personakit.segment import CustomerSegments
    >>> rng = np.random.default_rng(0)
    >>> blobs = rng.normal(size=(90, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 30, axis=0)
    >>> stability(blobs, CustomerSegments(3, numbers="standard"), n_bootstrap=5).adjusted_rand
    1.0
    """
    from sklearn.base import clone

    whole("n_bootstrap", n_bootstrap, 3, where="stability")
    first = clone(model).set_params(random_state=0).fit(profiles)
    matrix = first.transform(profiles)
    return stability_of(matrix, first.method, first.n_segments, n_bootstrap, check_random_state(random_state))


def stability_of(
    matrix: Floats, method: str, n_segments: int, n_bootstrap: int, draws: np.random.RandomState
) -> Stability:
    """The same for customers that are numbers already."""
    solutions = []
    for _ in range(n_bootstrap):
        sample = matrix[draws.randint(len(matrix), size=len(matrix))]
        solutions.append(fit_of(sample, method, n_segments, draws).assign(matrix))
    agree = np.full((n_bootstrap, n_bootstrap), np.nan)
    for one, other in combinations(range(n_bootstrap), 2):
        agree[one, other] = agree[other, one] = adjusted_rand_score(solutions[one], solutions[other])
    mean = float(np.nanmean(agree))
    without = np.array([np.nanmean(np.delete(np.delete(agree, each, 0), each, 1)) for each in range(n_bootstrap)])
    error = float(np.sqrt((n_bootstrap - 1) / n_bootstrap * ((without - without.mean()) ** 2).sum()))
    return Stability(mean, mean - 1.96 * error, min(1.0, mean + 1.96 * error), n_bootstrap)


def fit_of(matrix: Floats, method: str, n_segments: int, draws: np.random.RandomState) -> Fitted:
    """One clustering with few starts, as a study repeats it often; all columns count as numbers."""
    no_groups = np.full(matrix.shape[1], -1)
    least = max(5, len(matrix) // 50)
    return fitted(method, matrix, n_segments, no_groups, least, draws, FEW_STARTS)
