"""An interval for a share of people, and the check of the confidence that is asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from personakit.privacy.settings import check_between

__all__ = ["wilson_interval"]


def wilson_interval(
    share: ArrayLike, n: ArrayLike, *, confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wilson's interval for shares, within 0 and 1 and of width above 0 also for shares of 0 and 1.

    Parameters
    ----------
    share : float or array, 0 to 1
        Observed.
    n : int or array of the same shape
        Out of how many; where it is 0 there is no interval, and both ends are NaN.
    confidence : float in (0, 1), default 0.95

    Returns
    -------
    low, high : arrays of that shape (of shape () for numbers)

    Raises
    ------
    ParameterError
        confidence is not between 0 and 1.

    References
    ----------
    E. B. Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22(158).

    Examples
    --------
    >>> low, high = wilson_interval([0.5, 0.0], [2, 2])
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.095, 0.0], [0.905, 0.658])
    """
    check_between("confidence", confidence)
    p, size = np.asarray(share, dtype=float), np.asarray(n, dtype=float)
    size = np.where(size > 0, size, np.nan)
    z = stats.norm.ppf((1 + confidence) / 2)
    middle = (p + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z / (1 + z**2 / size) * np.sqrt(p * (1 - p) / size + z**2 / (4 * size**2))
    return np.asarray(np.maximum(middle - half, 0.0)), np.asarray(np.minimum(middle + half, 1.0))
