"""Do forecasts come true? Reliability, the Brier score and its parts, and the expected calibration error."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from personakit.predict.outcomes import beside
from personakit.privacy.settings import check_between, generator_of, whole

__all__ = ["BrierScore", "CalibrationError", "brier_score", "calibration_error", "reliability"]

Floats = NDArray[np.float64]


class BrierScore(NamedTuple):
    """score = reliability - resolution + uncertainty + within, the mean squared error of the probabilities.

    reliability (0 is best): how far forecasts are from what came, by bins; resolution (more is better): how far what
    came differs between bins; uncertainty: of the outcome itself, share x (1 - share); within: what forecasts differ
    within bins, mostly near 0; skill: 1 - score / uncertainty, the part of the uncertainty that is taken away.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float
    skill: float


class CalibrationError(NamedTuple):
    """How far forecasts are off on average, and what to make of it.

    error: the expected calibration error (ECE), mean over bins of equal mass of |observed - predicted|; low and high:
    its bootstrap interval; debiased: less what chance adds; noise: the error that perfect forecasts would show with so
    many customers, below which nothing can be seen; n_bins.
    """

    error: float
    low: float
    high: float
    debiased: float
    noise: float
    n_bins: int


def reliability(
    y: Any, p: Any, *, n_bins: int = 10, positive: Any = None, truth: Any = None, confidence: float = 0.95
) -> pd.DataFrame:
    """What was forecast beside what happened, in bins of equal numbers of customers.

    Parameters
    ----------
    y : Series or array of shape (n,)
        0 and 1, truth values, or classes with `positive`; a Series about customers is joined with p by customer_id.
    p : Series or array of shape (n,), forecast probabilities
    n_bins : int, default 10
        Fewer come out where forecasts are equal: equal forecasts share a bin.
    positive : the class that is forecast, where y is neither truth values nor 0 and 1
    truth : array of shape (n,), optional
        True probabilities in the order of p, where a simulated world knows them.
    confidence : float, default 0.95

    Returns
    -------
    DataFrame
        predicted (mean of the bin), observed (share), low and high (Wilson's interval of observed), n; and truth.

    Raises
    ------
    DataError
        Values are missing or outside 0 to 1, classes without `positive`, lengths or customers that differ.

    Examples
    --------
    >>> reliability([0, 0, 1, 0, 1, 1], [0.2, 0.2, 0.2, 0.8, 0.8, 0.8], n_bins=2).round(2)
       predicted  observed   low  high  n
    0        0.2      0.33  0.06  0.79  3
    1        0.8      0.67  0.21  0.94  3

    References
    ----------
    E. B. Wilson (1927), "Probable inference", JASA 22.
    """
    hit, chance = beside(y, p, "reliability", positive=positive)
    check_between("confidence", confidence)
    place = _bins(chance, n_bins, "reliability")
    n = np.bincount(place).astype(float)
    observed = np.bincount(place, hit) / n
    z = norm.ppf(0.5 + confidence / 2)
    centre = (observed + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(observed * (1 - observed) / n + z**2 / (4 * n**2))
    table = pd.DataFrame(
        {
            "predicted": np.bincount(place, chance) / n,
            "observed": observed,
            "low": np.clip(centre - half, 0, 1),
            "high": np.clip(centre + half, 0, 1),
            "n": n.astype(int),
        }
    )
    if truth is not None:
        table["truth"] = np.bincount(place, beside(truth, chance, "reliability", shares=True)[0]) / n
    return table


def brier_score(y: Any, p: Any, *, n_bins: int = 10, positive: Any = None) -> BrierScore:
    """The mean squared error of probabilities, and what it is made of.

    Parameters
    ----------
    y, p, n_bins, positive
        As in `reliability`.

    Returns
    -------
    BrierScore
        The parts add up exactly, whatever the bins.

    Raises
    ------
    DataError
        As in `reliability`.

    References
    ----------
    A. H. Murphy (1973), "A new vector partition of the probability score", J. Applied Meteorology 12; D. B. Stephenson,
    C. A. S. Coelho and I. T. Jolliffe (2008), "Two extra components in the Brier score decomposition", Weather and
    Forecasting 23, for `within`.

    Examples
    --------
    >>> brier_score([0, 0, 1, 0, 1, 1], [0.2, 0.2, 0.2, 0.8, 0.8, 0.8], n_bins=2)._asdict()  # doctest: +ELLIPSIS
    {'score': 0.24..., 'reliability': 0.017..., 'resolution': 0.027..., 'uncertainty': 0.25, 'within': ...}
    """
    hit, chance = beside(y, p, "brier_score", positive=positive)
    place = _bins(chance, n_bins, "brier_score")
    n = np.bincount(place)
    share = n / n.sum()
    observed, predicted = np.bincount(place, hit) / n, np.bincount(place, chance) / n
    score = float(((hit - chance) ** 2).mean())
    base = float(hit.mean())
    apart = float((share * (observed - predicted) ** 2).sum())
    told = float((share * (observed - base) ** 2).sum())
    spread = base * (1 - base)
    skill = 1 - score / spread if spread else float("nan")
    return BrierScore(score, apart, told, spread, score - (apart - told + spread), skill)


def calibration_error(
    y: Any,
    p: Any,
    *,
    n_bins: int = 15,
    positive: Any = None,
    confidence: float = 0.95,
    n_bootstrap: int = 500,
    random_state: Any = 0,
) -> CalibrationError:
    """The expected calibration error over bins of equal mass, with an interval and without what chance adds.

    The plain error is never 0: labels are a draw, and in bins of n customers shares differ from honest probabilities by
    about sqrt(p (1 - p) / n) (0.8 times that, on average). `noise` says how much that is here; an error of its size is
    no evidence against the forecasts. `debiased` takes off, bin by bin, what the draw adds (Kumar, Liang & Ma, 2019,
    in closed form: the mean of a folded normal less its centre), which removes most of it but not all.

    Parameters
    ----------
    y : Series or array of shape (n,)
        As in `reliability`; or the true probability of each, between 0 and 1, for which `noise` is 0.
    p, n_bins, positive, confidence
        As in `reliability`.
    n_bootstrap : int, default 500
        Samples of customers for the interval; the bias that resampling adds is taken off it.
    random_state : int, Generator, RandomState or None

    Raises
    ------
    DataError
        As in `reliability`.

    References
    ----------
    A. Kumar, P. Liang and T. Ma (2019), "Verified uncertainty calibration", NeurIPS; R. Roelofs, N. Cain, J. Shlens and
    M. C. Mozer (2022), "Mitigating bias in calibration error estimation", AISTATS, for bins of equal mass.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> p = rng.random(5000)
    >>> honest, bold = (calibration_error(rng.random(5000) < p, told) for told in (p, p**2))
    >>> honest.error < 2 * honest.noise, bold.debiased > 0.1
    (True, True)
    """
    hit, chance = beside(y, p, "calibration_error", positive=positive, shares=positive is None)
    check_between("confidence", confidence)
    whole("n_bootstrap", n_bootstrap, 2, where="calibration_error")
    place = _bins(chance, n_bins, "calibration_error")
    n = np.bincount(place).astype(float)
    gap = hit - chance
    apart = np.bincount(place, gap) / n
    spread = np.maximum(np.bincount(place, gap**2) / n - apart**2, 0)
    error = float((n * np.abs(apart)).sum() / len(gap))
    added = _folded(np.abs(apart), np.sqrt(spread / n)) - np.abs(apart)
    drawn = np.bincount(place, chance * (1 - chance)) / n if np.isin(hit, (0, 1)).all() else np.zeros(len(n))
    noise = float((n * np.sqrt(2 / np.pi * drawn / n)).sum() / len(gap))
    random = generator_of(random_state) or np.random.default_rng()
    again = np.empty(n_bootstrap)
    for at in range(n_bootstrap):
        times = random.multinomial(len(gap), np.full(len(gap), 1 / len(gap)))
        again[at] = np.abs(np.bincount(place, times * gap)).sum() / len(gap)
    low, high = np.quantile(again, [0.5 - confidence / 2, 0.5 + confidence / 2]) - (again.mean() - error)
    debiased = max(0.0, error - float((n * added).sum() / len(gap)))
    return CalibrationError(error, max(0.0, float(low)), float(high), debiased, noise, len(n))


def _bins(chance: Floats, n_bins: int, where: str) -> NDArray[np.intp]:
    """The bin of each forecast: as equal in number as equal forecasts allow, each with somebody in it."""
    whole("n_bins", n_bins, where=where, why=", the bins of equal mass")
    edges = np.quantile(chance, np.arange(1, n_bins) / n_bins, method="inverted_cdf")
    return np.unique(np.searchsorted(np.unique(edges), chance, side="left"), return_inverse=True)[1]


def _folded(centre: Floats, sd: Floats) -> Floats:
    """The mean of |N(centre, sd²)|."""
    z = np.divide(centre, sd, out=np.full_like(centre, 40.0), where=sd > centre / 40)  # beyond, it is the centre
    return sd * np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) + centre * (1 - 2 * norm.cdf(-z))
