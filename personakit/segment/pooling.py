"""Partial pooling: many noisy estimates in a table of segments by offers, each drawn towards what its likes say.

The largest of many noisy numbers is mostly luck. A cell with few customers is therefore told mostly by its row, its
column and their parts; one with many customers mostly by itself. How much, the estimates themselves decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from personakit.errors import DataError

__all__ = ["pooled"]

Floats = NDArray[np.float64]


def pooled(
    estimates: ArrayLike, covariance: ArrayLike, kinds: Mapping[str, Sequence[Any]]
) -> tuple[Floats, Floats, dict[str, float]]:
    """Draw estimates towards those that share something with them (empirical Bayes, a Gaussian model).

    Each true value is taken as a common mean, plus one deviation for every thing that it shares with others (its
    segment, its offer), plus one of its own. How far the deviations of each kind spread is found by restricted maximum
    likelihood, with a penalty that keeps a spread from being taken for nought where the data cannot tell.

    Parameters
    ----------
    estimates : array-like of shape (n,)
        NaN where there is none: the answer is then what its likes say.
    covariance : array-like of shape (n, n)
        Of the errors of the estimates; they may share errors, as all gains over one baseline do.
    kinds : mapping of str to sequence of n labels
        What estimates share, e.g. {"segment": [...], "offer": [...]}. A kind that tells nobody apart is left out.

    Returns
    -------
    values : ndarray of shape (n,)
    covariance : ndarray of shape (n, n)
        Of what is left unknown about the true values.
    spread : dict of str to float
        The standard deviation of the deviations of each kind, and "own" of the cells' own.

    Raises
    ------
    DataError
        There is no estimate at all.

    References
    ----------
    B. Efron and C. Morris (1975), "Data analysis using Stein's estimator and its generalizations", JASA 70; Y. Chung,
    S. Rabe-Hesketh, V. Dorie, A. Gelman and J. Liu (2013), "A nondegenerate penalized likelihood estimator for variance
    parameters in multilevel models", Psychometrika 78, for the penalty.

    Examples
    --------
    >>> values, _, _ = pooled([1.0, 1.1, 0.9, 1.0, 9.0], np.diag([0.01, 0.01, 0.01, 0.01, 25.0]), {})
    >>> bool(values[4] < 2)  # the wild one is told by the sure ones
    True
    """
    value, errors = np.asarray(estimates, dtype=float), np.asarray(covariance, dtype=float)
    known = np.flatnonzero(np.isfinite(value))
    if not len(known):
        raise DataError("There is no estimate to pool: every cell is empty.")
    likeness = {"own": np.eye(len(value))}
    for name, labels in kinds.items():
        codes = pd.factorize(pd.Series(list(labels), dtype=object))[0]
        same = np.equal.outer(codes, codes).astype(float)
        if 1 < codes.max() + 1 < len(codes) and not any(np.array_equal(same, other) for other in likeness.values()):
            likeness[name] = same
    seen, own_errors = value[known], errors[np.ix_(known, known)]
    between = np.stack([same[np.ix_(known, known)] for same in likeness.values()])
    variances = _spread(seen, own_errors, between)
    prior = np.tensordot(variances, np.stack(list(likeness.values())), axes=1)
    factor = cho_factor(prior[np.ix_(known, known)] + own_errors)
    weights = cho_solve(factor, np.ones(len(known)))
    certain = 1 / weights.sum()  # variance of the common mean
    mean = float(certain * (weights @ seen))
    gain = cho_solve(factor, prior[known]).T
    left = 1 - gain.sum(axis=1)  # how much of each answer is the common mean
    answer = mean + gain @ (seen - mean)
    rest = prior - gain @ prior[known] + certain * np.outer(left, left)
    spread = {name: float(np.sqrt(each)) for name, each in zip(likeness, variances, strict=True)}
    return answer, (rest + rest.T) / 2, spread


def _spread(value: Floats, errors: Floats, between: Floats) -> Floats:
    """The variance of each kind of deviation."""
    scale = max(float(np.var(value)), float(np.median(np.diag(errors))), 1e-12)
    ones = np.ones(len(value))

    def loss(logs: Floats) -> tuple[float, Floats]:
        variances = scale * np.exp(logs)
        total = np.tensordot(variances, between, axes=1) + errors
        factor = cho_factor(total)
        inverse = cho_solve(factor, np.eye(len(value)))
        weights = inverse @ ones
        projected = inverse - np.outer(weights, weights) / weights.sum()
        moved = projected @ value
        likelihood = 2 * np.log(np.diag(factor[0])).sum() + np.log(weights.sum()) + value @ moved
        slope = np.einsum("kij,ij->k", between, projected) - np.einsum("kij,i,j->k", between, moved, moved)
        return 0.5 * (likelihood - logs.sum()), 0.5 * (slope * variances - 1)

    start = np.full(len(between), -np.log(2.0 * len(between)))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(-12.0, 4.0)] * len(between))
    return np.asarray(scale * np.exp(found.x), dtype=float)
