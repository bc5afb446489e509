"""How far a segment stands apart from the rest, on one scale for numbers and categories.

Cliff's delta is the chance that a customer of the segment has more than one of the rest, less the chance that she has
less: from -1 to 1, and 0 where neither is so. For a column of noughts and ones it is the difference of shares, so that
numbers and categories stand in one table.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from personakit.privacy.statistics.intervals import wilson_interval

__all__ = ["against_the_rest", "strength"]

Floats = NDArray[np.float64]


def against_the_rest(
    values: Floats, inside: NDArray[np.bool_], shares: NDArray[np.bool_], *, level: float = 0.95, fewest: int = 2
) -> pd.DataFrame:
    """Effect sizes of the columns of a matrix between some customers and all others.

    Parameters
    ----------
    values : ndarray of shape (n_customers, n_columns)
        Missing values are left out, column by column.
    inside : bool ndarray of shape (n_customers,)
        Who is in the segment.
    shares : bool ndarray of shape (n_columns,)
        Which columns hold noughts and ones.
    level : float, default 0.95
        Of the interval of each effect.
    fewest : int, default 2
        Known values that each side must have.

    Returns
    -------
    DataFrame, one row a column of the matrix
        effect, low, high, p_value, here and elsewhere (the median in the segment and in the rest; for shares, the
        share). All missing where one side has too few known values.

    References
    ----------
    N. Cliff (1993), "Dominance statistics", Psychological Bulletin 114; the asymmetric interval of D. Feng and N. Cliff
    (2004), Journal of Modern Applied Statistical Methods 3(2), with the variance of DeLong et al. (1988); p-values of
    Mann and Whitney's test with ties. For shares R. G. Newcombe's hybrid score interval (1998, method 10) and Fisher's
    exact test, both tails by doubling.

    Examples
    --------
    >>> values = np.array([[1.0, 1], [2, 1], [3, 0], [4, 0]])
    >>> here = np.array([False, False, True, True])
    >>> against_the_rest(values, here, np.array([False, True]))["effect"].tolist()
    [1.0, -1.0]
    """
    known = np.isfinite(values)
    n, m = known[inside].sum(axis=0), known[~inside].sum(axis=0)
    z = float(stats.norm.ppf((1 + level) / 2))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # columns without a known value on one side
        pooled = _ranks(values)
        mine = 2 * (pooled[inside] - _ranks(values[inside])) / m - 1
        theirs = 1 - 2 * (pooled[~inside] - _ranks(values[~inside])) / n
        effect = np.nanmean(mine, axis=0)
        variance = np.nanvar(mine, axis=0, ddof=1) / n + np.nanvar(theirs, axis=0, ddof=1) / m
        low, high = _feng_cliff(effect, variance, np.minimum(n, m), z)
        spread = np.sqrt(n * m / ((n + m) * (n + m - 1.0)) * np.nansum((pooled - np.nanmean(pooled, 0)) ** 2, axis=0))
        score = np.maximum(np.abs(effect) * n * m / 2 - 0.5, 0) / spread
        p_value = 2 * stats.norm.sf(score)
        here, elsewhere = (np.nanmedian(values[side], axis=0) for side in (inside, ~inside))
        if shares.any():
            counts = np.nansum(values[inside][:, shares], axis=0), np.nansum(values[~inside][:, shares], axis=0)
            low[shares], high[shares] = _newcombe(*counts, n[shares], m[shares], level)
            law = stats.hypergeom(n[shares] + m[shares], counts[0] + counts[1], n[shares])
            p_value[shares] = np.minimum(2 * np.minimum(law.cdf(counts[0]), law.sf(counts[0] - 1)), 1)
            here[shares], elsewhere[shares] = counts[0] / n[shares], counts[1] / m[shares]
    table = pd.DataFrame(
        {"effect": effect, "low": low, "high": high, "p_value": p_value, "here": here, "elsewhere": elsewhere}
    )
    table[np.minimum(n, m) < fewest] = np.nan
    return table


def strength(effect: float) -> str:
    """A word for the size of an effect, at the bounds that J. Romano et al. (2006) gave for Cliff's delta.

    >>> [strength(value) for value in (0.1, -0.2, 0.4, -0.9)]
    ['negligible', 'small', 'medium', 'large']
    """
    size = abs(effect)
    return "negligible" if size < 0.147 else "small" if size < 0.33 else "medium" if size < 0.474 else "large"


def _ranks(values: Floats) -> Floats:
    return np.asarray(stats.rankdata(values, axis=0, nan_policy="omit"), dtype=float)


def _feng_cliff(effect: Floats, variance: Floats, fewer: Floats, z: float) -> tuple[Floats, Floats]:
    spread = z * np.sqrt(variance * ((1 - effect**2) ** 2 + z**2 * variance))
    below = 1 - effect**2 + z**2 * variance
    low, high = (effect - effect**3 - spread) / below, (effect - effect**3 + spread) / below
    bound = np.maximum((fewer - z**2) / (fewer + z**2), 0)  # where every one of them is beyond all others
    low, high = np.where(effect >= 1, bound, low), np.where(effect <= -1, -bound, high)
    return np.where(effect <= -1, -1, np.maximum(low, -1)), np.where(effect >= 1, 1, np.minimum(high, 1))


def _newcombe(a: Floats, b: Floats, n: Floats, m: Floats, level: float) -> tuple[Floats, Floats]:
    p, q = a / n, b / m
    (p_low, p_high), (q_low, q_high) = (
        wilson_interval(a / n, n, confidence=level),
        wilson_interval(b / m, m, confidence=level),
    )
    low = p - q - np.sqrt((p - p_low) ** 2 + (q_high - q) ** 2)
    return low, p - q + np.sqrt((p_high - p) ** 2 + (q - q_low) ** 2)
